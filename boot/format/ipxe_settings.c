/*
 * Settings: what the script sets, and below that what is known of the machine.
 */
#include "format/ipxe_state.h"

#include <stdio.h>
#include <string.h>

#define LOOK_COST 16 /* of a setting that is another, as bytes of work */

/* "[block/]name[:type]" in its parts; a type that is not written is
 * IPXE_TYPE_COUNT. */
struct name {
	struct span whole; /* without the type */
	struct span block, own;
	enum ipxe_type type;
};

static enum ipxe_flow split_name(struct ipxe_state *x, struct span text,
				 struct name *ret)
{
	struct span rest = text;

	ret->whole = span_cut_at(&rest, ':');
	ret->type = IPXE_TYPE_COUNT;
	if (ret->whole.len < text.len) {
		ret->type = ipxe_type_of(rest);
		if (ret->type == IPXE_TYPE_COUNT)
			return ipxe_fail(x, E_IPXE_TYPE,
					 "the type of \"%s\" is not known",
					 display_of(text).text);
	}
	ret->own = ret->whole;
	ret->block = span_cut_at(&ret->own, '/');
	if (ret->block.len == ret->whole.len) {
		ret->own = ret->block;
		ret->block = span_slice(ret->whole, 0, 0);
	}
	return IPXE_NEXT;
}

/* --- the machine's --- */

const struct ipxe_interface *ipxe_find_interface(const struct ipxe_machine *m,
						 struct span name)
{
	uint64_t n = m->booted;

	if (name.len < 4 || !span_starts_with(name, "net", 3))
		return NULL;
	name = span_slice(name, 3, name.len - 3);
	if (!span_equal_text(name, "X") &&
	    !text_parse_number(name, UINT32_MAX, &n))
		return NULL;
	return n < m->interface_count ? &m->interfaces[n] : NULL;
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
	while (len && !bytes[len - 1])
		len--;
	return !len;
}

static bool give_bytes(struct ipxe_value *v, enum ipxe_type type,
		       const uint8_t *bytes, size_t len)
{
	if (is_zero(bytes, len))
		return false;
	v->type = type;
	v->is_outside = true;
	v->len = len;
	memcpy(v->bytes, bytes, len);
	return true;
}

static bool give_marked(struct ipxe_value *v, const struct text *t)
{
	v->type = IPXE_STRING;
	v->is_outside = false;
	v->len = t->len;
	return t->len && !t->cut;
}

static bool give_text(struct ipxe_value *v, const char *s, bool is_outside)
{
	struct text t = text_over((char *)v->bytes, sizeof(v->bytes));

	if (!s)
		return false;
	ipxe_add_marked(&t, span_of_text(s), is_outside);
	return give_marked(v, &t);
}

static bool find_of_interface(const struct ipxe_interface *i, struct span name,
			      struct ipxe_value *ret)
{
	const struct {
		const char *name;
		const uint8_t *bytes;
		size_t len;
		enum ipxe_type type;
		const char *text;
	} all[] = {
		{ "mac", i->mac, 6, IPXE_HEX, NULL },
		{ "hwaddr", i->mac, 6, IPXE_HEX, NULL },
		{ "ip", i->ip, 4, IPXE_IPV4, NULL },
		{ "netmask", i->netmask, 4, IPXE_IPV4, NULL },
		{ "gateway", i->gateway, 4, IPXE_IPV4, NULL },
		{ "dns", i->dns, 4, IPXE_IPV4, NULL },
		{ "next-server", i->next_server, 4, IPXE_IPV4, NULL },
		{ "dhcp-server", i->dhcp_server, 4, IPXE_IPV4, NULL },
		{ "ip6", i->ip6, 16, IPXE_IPV6, NULL },
		{ "dns6", i->dns6, 16, IPXE_IPV6, NULL },
		{ "ifname", NULL, 0, IPXE_STRING, i->name },
		{ "hostname", NULL, 0, IPXE_STRING, i->hostname },
		{ "domain", NULL, 0, IPXE_STRING, i->domain },
		{ "filename", NULL, 0, IPXE_STRING, i->filename },
		{ "root-path", NULL, 0, IPXE_STRING, i->root_path },
	};

	for (size_t n = 0; n < sizeof(all) / sizeof(all[0]); n++) {
		if (!span_equal_text(name, all[n].name))
			continue;
		return all[n].len ? give_bytes(ret, all[n].type, all[n].bytes,
					       all[n].len)
				  : give_text(ret, all[n].text, true);
	}
	return false;
}

static bool find_of_machine(const struct ipxe_machine *m, struct span name,
			    struct ipxe_value *ret)
{
	const struct {
		const char *name, *text;
	} all[] = {
		{ "serial", m->serial },
		{ "asset", m->asset },
		{ "manufacturer", m->manufacturer },
		{ "product", m->product },
		{ "board-serial", m->board_serial },
	};

	if (span_equal_text(name, "uuid"))
		return m->has_uuid && give_bytes(ret, IPXE_UUID, m->uuid, 16);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (span_equal_text(name, all[i].name))
			return give_text(ret, all[i].text, true);
	return false;
}

/* What a build of iPXE is. "efi" fits best: images with EFI stubs are what is
 * booted here. */
static bool find_builtin(const struct ipxe_machine *m, struct span name,
			 struct ipxe_value *ret)
{
	if (span_equal_text(name, "buildarch"))
		return give_text(ret, m->arch, false);
	return span_equal_text(name, "platform") &&
	       give_text(ret, "efi", false);
}

/* The URL of the script at work, and that of its folder: where a copy of a
 * signed script lies is up to a server, or to DHCP. */
static bool find_url(struct ipxe_state *x, struct span name,
		     struct ipxe_value *ret)
{
	char buf[URL_TEXT_MAX];
	struct text t = text_over(buf, sizeof(buf));
	struct text to = text_over((char *)ret->bytes, sizeof(ret->bytes));
	size_t end;

	if (!span_equal_text(name, "cwuri") && !span_equal_text(name, "cwduri"))
		return false;
	url_add_text(&t, &ipxe_frame(x)->url);
	if (span_equal_text(name, "cwduri")) {
		end = strcspn(buf, "?#");
		while (end && buf[end - 1] != '/')
			end--;
		buf[end] = '\0';
	}
	ipxe_add_place(&to, span_of_text(buf));
	return give_marked(ret, &to);
}

/* A block of settings is an interface, "net0", or a part of what it was told,
 * "net0.dhcp"; or "smbios", or "builtin". */
static bool find_known(struct ipxe_state *x, const struct name *n,
		       struct ipxe_value *ret)
{
	const struct ipxe_machine *m = x->machine;
	const struct ipxe_interface *i = NULL;
	struct span block = n->block;

	if (!block.len)
		return find_builtin(m, n->own, ret) ||
		       find_of_machine(m, n->own, ret) ||
		       find_url(x, n->own, ret) ||
		       (m->booted < m->interface_count &&
			find_of_interface(&m->interfaces[m->booted], n->own,
					  ret));
	if (span_equal_text(block, "builtin"))
		return find_builtin(m, n->own, ret);
	if (span_equal_text(block, "smbios"))
		return find_of_machine(m, n->own, ret);
	i = ipxe_find_interface(m, span_cut_at(&block, '.'));
	return i && find_of_interface(i, n->own, ret);
}

/* --- the script's --- */

static uint32_t find_set(const struct ipxe_settings *s, struct span name)
{
	uint32_t i = 0;

	while (i < s->count &&
	       !span_equal(name, span_of(s->pool + s->list[i].name,
					 s->list[i].name_len)))
		i++;
	return i;
}

static bool find(struct ipxe_state *x, const struct name *n,
		 struct ipxe_value *ret)
{
	const struct ipxe_settings *s = &x->settings;
	uint32_t i = find_set(s, n->whole);

	if (i == s->count)
		return find_known(x, n, ret);
	ret->type = s->list[i].type;
	ret->is_outside = s->list[i].is_outside;
	ret->len = s->list[i].len;
	memcpy(ret->bytes, s->pool + s->list[i].value, ret->len);
	if (ret->type == IPXE_STRING)
		ret->bytes[ret->len] = '\0'; /* marks are looked for */
	return true;
}

static void forget(struct ipxe_settings *s, uint32_t i)
{
	uint32_t at = s->list[i].name;
	uint32_t len = s->list[i].name_len + s->list[i].len;

	memmove(s->pool + at, s->pool + at + len, s->used - at - len);
	s->used -= len;
	for (; i + 1 < s->count; i++) {
		s->list[i] = s->list[i + 1];
		s->list[i].name -= len;
		s->list[i].value -= len;
	}
	s->count--;
}

static enum ipxe_flow keep(struct ipxe_state *x, struct span name,
			   const struct ipxe_value *v)
{
	struct ipxe_settings *s = &x->settings;
	uint32_t i = find_set(s, name);

	if (i < s->count)
		forget(s, i);
	if (s->count == IPXE_SETTINGS_MAX ||
	    name.len + v->len > sizeof(s->pool) - s->used)
		return ipxe_halt(x, E_IPXE_SETTINGS,
				 "there is no room for the setting \"%s\": at "
				 "most %d, of %d bytes",
				 display_of(name).text, IPXE_SETTINGS_MAX,
				 IPXE_SETTINGS_POOL);
	i = s->count++;
	s->list[i].name = s->used;
	s->list[i].name_len = (uint32_t)name.len;
	s->list[i].value = s->used + (uint32_t)name.len;
	s->list[i].len = (uint32_t)v->len;
	s->list[i].type = v->type;
	s->list[i].is_outside = v->is_outside;
	memcpy(s->pool + s->list[i].name, name.ptr, name.len);
	memcpy(s->pool + s->list[i].value, v->bytes, v->len);
	s->used += (uint32_t)(name.len + v->len);
	return IPXE_NEXT;
}

/* --- the whole --- */

static bool is_dots(const struct ipxe_value *v)
{
	size_t i = 0;

	while (i < v->len && v->bytes[i] == '.')
		i++;
	return v->type == IPXE_STRING && v->len && i == v->len;
}

enum ipxe_flow ipxe_add_setting(struct ipxe_state *x, struct span name,
				struct text *t)
{
	struct ipxe_value *v = &x->value;
	enum ipxe_flow flow;
	struct name n = { 0 };
	bool is_set;

	flow = split_name(x, name, &n);
	if (flow == IPXE_NEXT)
		flow = ipxe_work(x, (size_t)x->settings.count * LOOK_COST);
	if (flow != IPXE_NEXT)
		return flow;
	is_set = find_set(&x->settings, n.whole) < x->settings.count;
	if (!find(x, &n, v))
		return IPXE_NEXT;
	if (!is_set && is_dots(v))
		return ipxe_halt(x, E_IPXE_UNSAFE,
				 "the machine's \"%s\" is nothing but dots, "
				 "which could be another folder",
				 display_of(name).text);
	/* as in iPXE, what cannot be written so is nothing */
	(void)ipxe_format_value(v, n.type == IPXE_TYPE_COUNT ? v->type : n.type,
				t);
	return IPXE_NEXT;
}

static enum ipxe_flow take_name(struct ipxe_state *x, const char *text,
				struct name *ret)
{
	if (strlen(text) >= IPXE_NAME_MAX)
		return ipxe_halt(x, E_IPXE_NAME_LONG,
				 "the name of a setting has %zu bytes, the "
				 "most are %d",
				 strlen(text), IPXE_NAME_MAX - 1);
	if (ipxe_has_marks(text))
		return ipxe_halt(x, E_IPXE_UNSAFE,
				 "the name of a setting has bytes from outside "
				 "of the script, or control characters");
	return split_name(x, span_of_text(text), ret);
}

enum ipxe_flow ipxe_set(struct ipxe_state *x, const char *name,
			const char *marked)
{
	struct ipxe_value *v = &x->value;
	enum ipxe_flow flow;
	struct name n = { 0 };

	flow = take_name(x, name, &n);
	if (flow != IPXE_NEXT)
		return flow;
	v->type = n.type;
	if (n.type == IPXE_TYPE_COUNT)
		v->type = IPXE_STRING;
	if (!ipxe_parse_value(marked, v))
		return ipxe_fail(x, E_IPXE_VALUE,
				 "\"%s\" is no value of the type of \"%s\"",
				 display_of_text(marked).text, name);
	return keep(x, n.whole, v);
}

enum ipxe_flow ipxe_clear(struct ipxe_state *x, const char *name)
{
	enum ipxe_flow flow;
	struct name n = { 0 };
	uint32_t i;

	flow = take_name(x, name, &n);
	if (flow != IPXE_NEXT)
		return flow;
	i = find_set(&x->settings, n.whole);
	if (i < x->settings.count)
		forget(&x->settings, i);
	return IPXE_NEXT;
}

/* The number that a value is: digits of a string, or the bytes. */
static bool number_of(const struct ipxe_value *v, uint32_t *ret)
{
	char digits[16];
	struct text t = text_over(digits, sizeof(digits));

	if (!ipxe_format_value(
		    v, v->type == IPXE_STRING ? IPXE_STRING : IPXE_INT32, &t))
		return false;
	return !t.cut && ipxe_parse_number(digits, ret);
}

enum ipxe_flow ipxe_increment(struct ipxe_state *x, const char *name,
			      uint32_t by)
{
	struct ipxe_value *v = &x->value;
	enum ipxe_type type = IPXE_INT32;
	enum ipxe_flow flow;
	char digits[16];
	struct name n = { 0 };
	uint32_t value = 0;

	flow = take_name(x, name, &n);
	if (flow != IPXE_NEXT)
		return flow;
	if (find(x, &n, v) && number_of(v, &value))
		type = v->type;
	if (n.type != IPXE_TYPE_COUNT)
		type = n.type;
	value += by;
	snprintf(digits, sizeof(digits), "%u", value);
	v->type = type;
	if (!ipxe_parse_value(digits, v))
		return ipxe_fail(x, E_IPXE_VALUE,
				 "\"%s\" has no type that can count",
				 display_of_text(name).text);
	return keep(x, n.whole, v);
}
