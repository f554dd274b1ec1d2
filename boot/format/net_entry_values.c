/* What stands behind each key; a part of net_entry.c. */
#include "format/net_entry_parts.h"

#include "format/bls_path.h"
#include "format/http.h"
#include "format/template.h"
#include "format/url.h"

#include <stddef.h>
#include <string.h>

#define SECONDS_MAX 86400
#define RETRY_MAX   1000

static enum status check_template(struct span text, struct error *err)
{
	struct error why = { .code = OK };

	if (template_check(text, &why) == OK)
		return OK;
	return fail(err, E_NET_ENTRY_TEMPLATE, "%s", why.text);
}

static enum status check_url(struct span text, struct error *err)
{
	struct template_values values;
	char buf[URL_TEXT_MAX + 1]; /* one too long is url_parse()'s to tell */
	struct text t = text_over(buf, sizeof(buf));
	struct error why = { .code = OK };
	enum status s = check_template(text, err);
	struct url url;

	if (s != OK)
		return s;
	for (size_t i = 0; i < TEMPLATE_NAME_COUNT; i++)
		values.of[i] = span_of("x", 1);
	s = template_expand(text, &values, TEMPLATE_URL, &t, &why);
	if (s == OK)
		s = url_parse(span_of(buf, t.len), &url, &why);
	if (s == OK && url.scheme == URL_TFTP)
		s = url_tftp_file(&url, buf, sizeof(buf), &why);
	if (s != OK)
		return fail(err, E_NET_ENTRY_URL, "%s", why.text);
	return OK;
}

static enum status take_urls(struct net_entry_parser *p, struct span value,
			     struct error *err)
{
	struct net_file *f = &p->file;
	struct span word;
	enum status s = OK;

	while (s == OK && (word = span_next_word(&value)).len) {
		if (f->url_count == NET_MIRRORS_MAX)
			return fail(err, E_NET_ENTRY_MANY,
				    "there are more than %d URLs",
				    NET_MIRRORS_MAX);
		s = check_url(word, err);
		if (s != OK)
			return fail_in(err, s, "URL %u", f->url_count + 1);
		s = net_entry_put_text(p->entry, word, &f->urls[f->url_count++],
				       err);
	}
	if (s == OK && !f->url_count)
		return fail(err, E_NET_ENTRY_URL, "there is no URL");
	return s;
}

static enum status take_file(struct net_entry_parser *p,
			     const struct net_entry_key *key, struct span value,
			     struct error *err)
{
	struct net_entry *e = p->entry;
	enum status s;

	/* A digest behind a wrong file is of that one, too. */
	p->file = (struct net_file){ .role = (enum net_role)key->at };
	p->last = &p->file;
	if (net_role_is_kernel(p->file.role) && e->file_count &&
	    net_role_is_kernel(e->files[0].role))
		return fail(err, E_NET_ENTRY_KERNEL,
			    "the entry has both uki-url and linux");
	s = take_urls(p, value, err);
	return s == OK ? net_entry_put_file(e, &p->file, &p->last, err) : s;
}

static enum status take_digest(struct net_entry_parser *p,
			       const struct net_entry_key *key,
			       struct span value, struct error *err)
{
	(void)key;
	if (!p->last)
		return fail(err, E_NET_ENTRY_FILE,
			    "it is of the file named before it, and there is "
			    "none");
	if (p->last->has_sha256)
		return fail(err, E_NET_ENTRY_TWICE, "%s has one already",
			    net_role_name(p->last->role));
	p->last->has_sha256 = true;
	if (!text_parse_hex(value, p->last->sha256, sizeof(p->last->sha256)))
		return fail(err, E_NET_ENTRY_DIGEST,
			    "\"%s\", of %zu bytes, is no digest of 64 "
			    "hexadecimal digits",
			    display_of(value).text, value.len);
	return OK;
}

static enum status take_display(struct net_entry_parser *p,
				const struct net_entry_key *key,
				struct span value, struct error *err)
{
	struct display d = display_of(value);

	(void)err;
	memcpy((uint8_t *)p->entry + key->at, &d, sizeof(d));
	return OK;
}

static enum status take_architecture(struct net_entry_parser *p,
				     const struct net_entry_key *key,
				     struct span value, struct error *err)
{
	struct text t = text_over(p->entry->architecture,
				  sizeof(p->entry->architecture));

	(void)key;
	(void)err;
	text_add_safe(&t, value);
	return OK;
}

static enum status take_options(struct net_entry_parser *p,
				const struct net_entry_key *key,
				struct span value, struct error *err)
{
	struct net_entry *e = p->entry;
	size_t used = strlen(e->options), gap = used ? 1 : 0;
	size_t control = bls_find_control(value, true);
	enum status s;

	(void)key;
	if (control < value.len)
		return fail(err, E_NET_ENTRY_CONTROL,
			    "the control character 0x%02x is at byte %zu",
			    value.ptr[control], control);
	if (value.len >= sizeof(e->options) - used - gap)
		return fail(err, E_NET_ENTRY_LENGTH,
			    "%zu bytes in all, the most is %d",
			    used + gap + value.len, NET_OPTIONS_MAX - 1);
	s = check_template(value, err);
	if (s != OK || !value.len)
		return s;
	if (gap)
		e->options[used++] = ' ';
	memcpy(e->options + used, value.ptr, value.len);
	e->has_options = true;
	return OK;
}

static enum status take_size(struct net_entry_parser *p,
			     const struct net_entry_key *key, struct span value,
			     struct error *err)
{
	static const char units[] = "KMG";
	const char *unit =
		value.len ? memchr(units, value.ptr[value.len - 1], 3) : NULL;
	struct span digits = span_slice(value, 0, value.len - (unit ? 1 : 0));
	uint64_t number, scale = unit ? 1024ULL << 10 * (unit - units) : 1;

	(void)key;
	if (!text_parse_number(digits, UINT64_MAX, &number) || !number ||
	    !mul_size(number, scale, &p->entry->max_size))
		return fail(err, E_NET_ENTRY_NUMBER,
			    "\"%s\" is no number of bytes from 1 on, with K, M "
			    "or G or without",
			    display_of(value).text);
	return OK;
}

static enum status take_number(struct span value, uint32_t min, uint32_t max,
			       uint32_t *ret, struct error *err)
{
	uint64_t number;

	if (!text_parse_number(value, max, &number) || number < min)
		return fail(err, E_NET_ENTRY_NUMBER,
			    "\"%s\" is no number of %u to %u",
			    display_of(value).text, min, max);
	*ret = (uint32_t)number;
	return OK;
}

static enum status take_timeout(struct net_entry_parser *p,
				const struct net_entry_key *key,
				struct span value, struct error *err)
{
	(void)key;
	return take_number(value, 1, SECONDS_MAX, &p->entry->timeout_s, err);
}

static enum status take_retry(struct net_entry_parser *p,
			      const struct net_entry_key *key,
			      struct span value, struct error *err)
{
	(void)key;
	return take_number(value, 0, RETRY_MAX, &p->entry->retry, err);
}

static enum status take_end(struct net_entry_parser *p,
			    const struct net_entry_key *key, struct span value,
			    struct error *err)
{
	static const char *const words[] = {
		[NET_END_NEXT] = "next",	  [NET_END_MENU] = "menu",
		[NET_END_REBOOT] = "reboot",	  [NET_END_HOLD] = "hold",
		[NET_END_POWER_OFF] = "poweroff",
	};

	(void)key;
	for (int i = NET_END_NEXT; i <= NET_END_HOLD; i++) {
		if (!span_equal_text(value, words[i]))
			continue;
		p->entry->on_failure = (enum net_end)i;
		return OK;
	}
	return fail(err, E_NET_ENTRY_WORD,
		    "\"%s\" is none of next, menu, reboot, poweroff and hold",
		    display_of(value).text);
}

static enum status take_name(struct net_entry_parser *p,
			     const struct net_entry_key *key, struct span value,
			     struct error *err)
{
	bool is_good = value.len < NET_NAME_MAX, is_dots = true;

	for (size_t i = 0; i < value.len; i++) {
		is_good = is_good && value.ptr[i] >= ' ' &&
			  value.ptr[i] <= '~' && value.ptr[i] != '/';
		is_dots = is_dots && value.ptr[i] == '.';
	}
	if (!is_good || is_dots)
		return fail(err, E_NET_ENTRY_NAME,
			    "\"%s\" is no name of a file in the image's "
			    "folder: 1 to %d bytes of ASCII without '/', not "
			    "dots alone",
			    display_of(value).text, NET_NAME_MAX - 1);
	memcpy((char *)p->entry + key->at, value.ptr, value.len);
	return OK;
}

static enum status take_header(struct net_entry_parser *p,
			       const struct net_entry_key *key,
			       struct span value, struct error *err)
{
	struct net_entry *e = p->entry;
	struct error why = { .code = OK };

	(void)key;
	if (http_check_field(value, &why) != OK)
		return fail(err, E_NET_ENTRY_HEADER, "%s", why.text);
	if (e->header_count == NET_HEADERS_MAX)
		return fail(err, E_NET_ENTRY_MANY, "there are at most %d",
			    NET_HEADERS_MAX);
	return net_entry_put_text(e, value, &e->headers[e->header_count++],
				  err);
}

#define AT(member) offsetof(struct net_entry, member)

static const struct net_entry_key keys[] = {
	{ "title", take_display, AT(title), true, false },
	{ "version", take_display, AT(version), true, false },
	{ "sort-key", take_display, AT(sort_key), true, false },
	{ "machine-id", take_display, AT(machine_id), true, false },
	{ "architecture", take_architecture, 0, false, false },
	{ "uki-url", take_file, NET_ANY, false, false },
	{ "linux", take_file, NET_LINUX, false, false },
	{ "initrd", take_file, NET_INITRD, true, false },
	{ "devicetree", take_file, NET_DEVICETREE, false, false },
	{ "options", take_options, 0, true, false },
	{ "sha256", take_digest, 0, true, false },
	{ "max-size", take_size, 0, false, false },
	{ "timeout", take_timeout, 0, false, false },
	{ "retry", take_retry, 0, false, false },
	{ "on-failure", take_end, 0, false, false },
	{ "ca", take_name, AT(ca), false, true },
	{ "client-cert", take_name, AT(client_cert), false, true },
	{ "client-key", take_name, AT(client_key), false, true },
	{ "auth-basic", take_name, AT(auth_basic), false, true },
	{ "auth-bearer", take_name, AT(auth_bearer), false, true },
	{ "header", take_header, 0, true, true },
};

const struct net_entry_key *net_entry_find_key(struct span name, uint32_t *ret)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		*ret = 1U << i;
		if (span_equal_text(name, keys[i].name))
			return &keys[i];
	}
	return NULL;
}
