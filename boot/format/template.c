#include "format/template.h"

#include "format/url.h"

#include <string.h>

static const char *const names[TEMPLATE_NAME_COUNT] = {
	[TEMPLATE_MAC] = "mac",	      [TEMPLATE_UUID] = "uuid",
	[TEMPLATE_SERIAL] = "serial", [TEMPLATE_PRODUCT] = "product",
	[TEMPLATE_ARCH] = "arch",     [TEMPLATE_HOSTNAME] = "hostname",
	[TEMPLATE_IP] = "ip",
};

const char *template_name_text(enum template_name name)
{
	return names[name];
}

/* Where "${" is in s; its length if nowhere. */
static size_t find_open(struct span s)
{
	size_t at = 0;

	while (at < s.len &&
	       !span_starts_with(span_slice(s, at, s.len - at), "${", 2))
		at++;
	return at;
}

static enum status read_name(struct span name, enum template_name *ret,
			     struct error *err)
{
	for (size_t i = 0; i < TEMPLATE_NAME_COUNT; i++) {
		if (!span_equal_text(name, names[i]))
			continue;
		*ret = (enum template_name)i;
		return OK;
	}
	return fail(err, E_TEMPLATE_NAME,
		    "the name \"${%s}\" is not known: there are mac, uuid, "
		    "serial, product, arch, hostname and ip",
		    display_of(name).text);
}

/*
 * Cuts off *rest what stands in front of the first name, and the name.
 * *ret_name is TEMPLATE_NAME_COUNT if there is none.
 */
static enum status take_name(struct span *rest, struct span *ret_before,
			     enum template_name *ret_name, struct error *err)
{
	size_t at = find_open(*rest);
	struct span name;

	*ret_before = span_slice(*rest, 0, at);
	*ret_name = TEMPLATE_NAME_COUNT;
	*rest = span_slice(*rest, at, rest->len - at);
	if (!rest->len)
		return OK;
	if (!memchr(rest->ptr, '}', rest->len))
		return fail(err, E_TEMPLATE_OPEN, "\"%s\" has no closing brace",
			    display_of(*rest).text);
	name = span_cut_at(rest, '}');
	return read_name(span_slice(name, 2, name.len - 2), ret_name, err);
}

enum status template_check(struct span text, struct error *err)
{
	enum template_name name;
	struct span before;
	enum status s = OK;

	while (s == OK && text.len)
		s = take_name(&text, &before, &name, err);
	return s;
}

static bool is_word_byte(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || (c && strchr("._:-", c));
}

static enum status check_word(const char *name, struct span value,
			      struct error *err)
{
	if (value.len > TEMPLATE_WORD_MAX)
		return fail(err, E_TEMPLATE_WORD_LENGTH,
			    "${%s} has %zu bytes, a command line takes %d",
			    name, value.len, TEMPLATE_WORD_MAX);
	for (size_t i = 0; i < value.len; i++)
		if (!is_word_byte(value.ptr[i]))
			return fail(err, E_TEMPLATE_WORD_BYTE,
				    "${%s} is \"%s\", and a command line takes "
				    "letters, digits, '.', '_', ':' and '-', "
				    "not the byte 0x%02x",
				    name, display_of(value).text, value.ptr[i]);
	return OK;
}

static enum status check_part(const char *name, struct span value,
			      struct error *err)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.ptr[i] != '.')
			return OK;
	return fail(err, E_TEMPLATE_DOTS,
		    "${%s} is \"%s\", which in a URL would name a folder", name,
		    display_of(value).text);
}

static enum status add_value(enum template_name name, struct span value,
			     enum template_use use, struct text *to,
			     struct error *err)
{
	enum status s;

	if (!value.len)
		return fail(err, E_TEMPLATE_UNSET,
			    "this machine has no value for ${%s}", names[name]);
	if (use == TEMPLATE_URL) {
		s = check_part(names[name], value, err);
		if (s == OK)
			url_add_encoded(to, value, "");
		return s;
	}
	s = check_word(names[name], value, err);
	if (s == OK)
		text_add_bytes(to, value);
	return s;
}

enum status template_expand(struct span text,
			    const struct template_values *values,
			    enum template_use use, struct text *to,
			    struct error *err)
{
	enum template_name name;
	struct span before;
	enum status s = OK;

	while (s == OK && text.len) {
		s = take_name(&text, &before, &name, err);
		if (s != OK)
			return s;
		text_add_bytes(to, before);
		if (name != TEMPLATE_NAME_COUNT)
			s = add_value(name, values->of[name], use, to, err);
	}
	if (s == OK && to->cut)
		return fail(err, E_TEMPLATE_LENGTH,
			    "it has more than %zu bytes once its names are "
			    "replaced",
			    to->cap - 1);
	return s;
}
