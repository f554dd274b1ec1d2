#include "format/pxelinux.h"

#include <stdio.h>
#include <string.h>

#define VALUE_MAX 64 /* of a value from outside in a command line */

struct pxelinux_state {
	const struct pxelinux_source *source;
	const struct pxelinux_ops *ops;
	struct pxelinux_entry entry;
	char joined[URL_TEXT_MAX];
	max_align_t extlinux[]; /* a struct extlinux_state */
};

size_t pxelinux_state_size(void)
{
	return sizeof(struct pxelinux_state) + extlinux_state_size();
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
	while (len && !bytes[len - 1])
		len--;
	return !len;
}

/* --- names of configurations --- */

static void add_uuid(struct text *t, const uint8_t uuid[static 16])
{
	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			text_add_char(t, '-');
		text_add_hex(t, span_of(uuid + i, 1));
	}
}

/* "01-88-99-aa-bb-cc-dd" */
static void add_mac(struct text *t, const struct pxelinux_client *c)
{
	text_add_hex(t, span_of(&c->hardware_type, 1));
	for (size_t i = 0; i < sizeof(c->mac); i++) {
		text_add_char(t, '-');
		text_add_hex(t, span_of(c->mac + i, 1));
	}
}

static bool add_config(struct text *t, const char *config)
{
	for (const char *s = config; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	text_add(t, config);
	return t->len > 0;
}

bool pxelinux_config_name(const struct pxelinux_client *client, unsigned number,
			  char ret[static PXELINUX_NAME_MAX])
{
	struct text t = text_over(ret, PXELINUX_NAME_MAX);
	const uint8_t *ip = client->ip;
	char hex[9];

	if (!number)
		return client->config && add_config(&t, client->config) &&
		       !t.cut;
	text_add(&t, "pxelinux.cfg/");
	if (number == 1 && client->has_uuid) {
		add_uuid(&t, client->uuid);
	} else if (number == 2 && !is_zero(client->mac, sizeof(client->mac))) {
		add_mac(&t, client);
	} else if (number >= 3 && number <= 10 && !is_zero(ip, 4)) {
		snprintf(hex, sizeof(hex), "%02X%02X%02X%02X", ip[0], ip[1],
			 ip[2], ip[3]);
		hex[11 - number] = '\0';
		text_add(&t, hex);
	} else if (number == 11) {
		text_add(&t, "default");
	} else {
		return false;
	}
	return true;
}

/* --- names of files --- */

/* Adds a name, percent-encoded where a URL must be. */
static void add_name(struct text *t, const char *name)
{
	for (; *name; name++) {
		uint8_t c;
		bool is_encoded =
			*name == '%' &&
			text_parse_hex(span_of(name + 1, strnlen(name + 1, 2)),
				       &c, 1);

		if (is_encoded)
			text_add_char(t, '%');
		else
			url_add_encoded(t, span_of(name, 1), "/?!$&'()*+,;=:@");
	}
}

/* Where the scheme's "://" or the "::" of an old name stands; NULL if neither
 * does. As in PXELINUX, the first ':' decides. */
static const char *find_mark(const char *name, const char *mark)
{
	const char *colon = strchr(name, ':');

	return colon && !strncmp(colon, mark, strlen(mark)) ? colon : NULL;
}

static void join(const struct url *prefix, const char *name, struct text *t)
{
	const char *old = find_mark(name, "::");
	size_t end;

	if (find_mark(name, "://")) {
		text_add(t, name);
		return;
	}
	if (old && old > name) {
		text_addf(t, "tftp://%.*s/", (int)(old - name), name);
		name = old + 2;
	} else if (old) {
		text_addf(t, "%s://", url_scheme_name(prefix->scheme));
		url_add_authority(t, prefix);
		text_add_char(t, '/');
		name = old + 2;
	} else {
		url_add_text(t, prefix);
	}
	for (end = t->len; end && t->buf[end - 1] == '/' && *name == '/';)
		name++;
	add_name(t, name);
}

static enum status resolve(char buf[static URL_TEXT_MAX],
			   const struct url *prefix, const char *name,
			   struct url *ret, struct error *err)
{
	struct text t = text_over(buf, URL_TEXT_MAX);
	struct error why;

	join(prefix, name, &t);
	if (t.cut)
		return fail(err, E_PXELINUX_URL,
			    "the URL of \"%s\" has more than %d bytes",
			    display_of_text(name).text, URL_TEXT_MAX - 1);
	if (url_parse(span_of(t.buf, t.len), ret, &why) == OK)
		return OK;
	return fail(err, E_PXELINUX_URL, "\"%s\" is no URL: %s",
		    display_of_text(name).text, why.text);
}

enum status pxelinux_resolve(const struct url *prefix, const char *name,
			     struct url *ret, struct error *err)
{
	char buf[URL_TEXT_MAX];

	return resolve(buf, prefix, name, ret, err);
}

/* --- options --- */

static void add_ip(struct text *t, const struct pxelinux_client *c)
{
	const uint8_t *all[] = { c->ip, c->server, c->gateway, c->netmask };

	for (size_t i = 0; i < 4; i++)
		text_addf(t, "%s%u.%u.%u.%u", i ? ":" : "ip=", all[i][0],
			  all[i][1], all[i][2], all[i][3]);
}

static bool is_harmless(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '.' || c == '_' || c == ':' ||
	       c == '-';
}

/* A text of the mainboard's, its blanks as '_'. */
static bool add_text(struct text *t, const char *name, const char *value)
{
	struct span rest = span_trim(span_of_text(value)), word;
	size_t before;

	text_add(t, name);
	before = t->len;
	for (word = span_next_word(&rest); word.len;
	     word = span_next_word(&rest)) {
		if (t->len > before)
			text_add_char(t, '_');
		text_add_bytes(t, word);
		for (size_t i = 0; i < word.len; i++)
			if (!is_harmless(word.ptr[i]))
				return false;
	}
	return t->len - before <= VALUE_MAX;
}

static const char *text_of_bit(const struct pxelinux_client *c, unsigned bit,
			       const char **ret_name)
{
	static const char *const names[] = {
		[4] = "SYSVENDOR=", [5] = "SYSPRODUCT=", [7] = "SYSSERIAL="
	};
	const char *const values[] = {
		[4] = c->vendor, [5] = c->product, [7] = c->serial
	};

	*ret_name = bit < 8 ? names[bit] : NULL;
	return bit < 8 && values[bit] && values[bit][0] ? values[bit] : NULL;
}

/* Adds what one bit of SYSAPPEND means; false if the value may not stand in a
 * command line. */
static bool add_bit(struct text *t, const struct pxelinux_client *c,
		    unsigned bit)
{
	const char *name, *value = text_of_bit(c, bit, &name);
	bool has_mac = !is_zero(c->mac, sizeof(c->mac));
	bool is_known = (bit == 0 && !is_zero(c->ip, 4)) ||
			(bit == 1 && has_mac) || (bit == 2 && c->has_uuid) ||
			value;

	if (!is_known)
		return true;
	if (t->len)
		text_add_char(t, ' ');
	if (value)
		return add_text(t, name, value);
	if (bit == 0) {
		add_ip(t, c);
	} else if (bit == 1) {
		text_add(t, "BOOTIF=");
		add_mac(t, c);
	} else {
		text_add(t, "SYSUUID=");
		add_uuid(t, c->uuid);
	}
	return true;
}

static enum status make_options(struct pxelinux_state *x,
				const struct extlinux_entry *from,
				struct error *err)
{
	struct text t = text_over(x->entry.options, sizeof(x->entry.options));

	text_add(&t, from->options);
	for (unsigned bit = 0; bit < 8; bit++)
		if (from->sysappend >> bit & 1 &&
		    !add_bit(&t, x->source->client, bit))
			return fail(err, E_PXELINUX_OPTION,
				    "SYSAPPEND 0x%x appends a value of the "
				    "machine that is no word of at most %d "
				    "bytes of [A-Za-z0-9._:-]",
				    1U << bit, VALUE_MAX);
	if (t.cut)
		return fail(err, E_EXTLINUX_OPTIONS_LONG,
			    "its options are longer than %d bytes",
			    EXTLINUX_OPTIONS_MAX - 1);
	return OK;
}

/* --- entries --- */

static enum status resolve_all(struct pxelinux_state *x,
			       const struct extlinux_entry *from,
			       struct error *err)
{
	const struct url *prefix = x->source->prefix;
	struct pxelinux_entry *e = &x->entry;
	enum status s =
		resolve(x->joined, prefix, from->kernel, &e->kernel, err);

	for (uint32_t i = 0; s == OK && i < from->initrd_count; i++)
		s = resolve(x->joined, prefix, from->initrds[i], &e->initrds[i],
			    err);
	if (s == OK && from->devicetree[0])
		s = resolve(x->joined, prefix, from->devicetree, &e->devicetree,
			    err);
	for (uint32_t i = 0; s == OK && i < from->overlay_count; i++)
		s = resolve(x->joined, prefix, from->overlays[i],
			    &e->overlays[i], err);
	return s;
}

static void take_entry(void *ctx, const struct extlinux_entry *from)
{
	struct pxelinux_state *x = ctx;
	struct pxelinux_entry *e = &x->entry;
	struct error err = { .code = from->why };

	memset(e, 0, sizeof(*e));
	e->entry = from;
	memcpy(e->reason, from->reason, sizeof(e->reason));
	if (err.code == OK)
		err.code = resolve_all(x, from, &err);
	if (err.code == OK)
		err.code = make_options(x, from, &err);
	if (from->why == OK && err.code != OK) {
		fail_in(&err, err.code, "%s:%u", from->file.text, from->line);
		memcpy(e->reason, err.text, sizeof(e->reason));
	}
	e->why = err.code;
	x->ops->entry(x->ops->ctx, e);
}

static void take_note(void *ctx, const char *file, uint32_t line,
		      const struct error *why)
{
	struct pxelinux_state *x = ctx;

	x->ops->note(x->ops->ctx, file, line, why);
}

static bool load(void *ctx, const char *path, struct span *ret)
{
	struct pxelinux_state *x = ctx;
	struct url url;

	return resolve(x->joined, x->source->prefix, path, &url, NULL) == OK &&
	       x->ops->load(x->ops->ctx, &url, ret);
}

enum status pxelinux_evaluate(struct pxelinux_state *state,
			      const struct pxelinux_source *source,
			      const struct pxelinux_ops *ops,
			      struct extlinux_result *ret, struct error *err)
{
	const struct extlinux_ops below = { .ctx = state,
					    .load = load,
					    .entry = take_entry,
					    .note = take_note,
					    .keeps_names = true };

	state->source = source;
	state->ops = ops;
	return extlinux_evaluate((void *)state->extlinux, source->name,
				 source->text, &below, ret, err);
}
