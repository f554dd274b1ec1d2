#include "format/grubenv.h"

#include "base/text.h"

#include <string.h>

static const char signature[] = "# GRUB Environment Block\n";

enum status grubenv_open(struct span block, struct grubenv_cursor *ret,
			 struct error *err)
{
	size_t len = sizeof(signature) - 1;

	memset(ret, 0, sizeof(*ret));
	if (block.len > GRUBENV_SIZE_MAX)
		return fail(err, E_GRUBENV_SIZE,
			    "the environment block has %zu bytes, the most is "
			    "%u",
			    block.len, GRUBENV_SIZE_MAX);
	if (!span_starts_with(block, signature, len))
		return fail(
			err, E_GRUBENV_SIGNATURE,
			"the environment block begins with \"%s\" instead "
			"of \"# GRUB Environment Block\"",
			display_of(span_slice(block, 0,
					      block.len < 24 ? block.len : 24))
				.text);
	*ret = (struct grubenv_cursor){ .block = block, .at = len, .line = 2 };
	return OK;
}

static bool is_name(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || c == '_'))
			return false;
	}
	return s.len > 0 && s.len < GRUBENV_NAME_MAX;
}

/* The line at the cursor, without its end; a backslash takes the next byte
 * along. False if the block ends first. */
static bool take_line(struct grubenv_cursor *c, struct span *ret)
{
	size_t from = c->at, at = from;
	struct span all = c->block;

	while (at < all.len && all.ptr[at] != '\n') {
		at += all.ptr[at] == '\\' ? 2 : 1;
		if (at < all.len && all.ptr[at - 1] == '\n')
			c->line++; /* one that was escaped */
	}
	c->line++;
	c->at = at < all.len ? at + 1 : all.len;
	*ret = span_slice(all, from, (at < all.len ? at : all.len) - from);
	return at < all.len;
}

static enum status take_value(struct span value, char *ret, size_t cap,
			      const char *name, struct error *err)
{
	size_t len = 0;

	for (size_t i = 0; i < value.len; i++) {
		uint8_t c = value.ptr[i];

		if (c == '\\' && i + 1 < value.len)
			c = value.ptr[++i];
		if (!c)
			return fail(err, E_GRUBENV_NUL,
				    "the value of %s has a NUL at byte %zu",
				    name, i);
		if (len + 1 >= cap)
			return fail(err, E_GRUBENV_LONG,
				    "the value of %s has more than %zu bytes",
				    name, cap - 1);
		ret[len++] = (char)c;
	}
	ret[len] = '\0';
	return OK;
}

/* The next line that is neither empty nor padding; *ret_found is false at the
 * end. */
static enum status find_line(struct grubenv_cursor *c, struct span *ret,
			     uint32_t *ret_line, bool *ret_found,
			     struct error *err)
{
	*ret_found = false;
	while (c->at < c->block.len) {
		bool ended;

		*ret_line = c->line;
		ended = take_line(c, ret);
		if (!ret->len || ret->ptr[0] == '#')
			continue; /* padding has no line's end */
		if (!ended)
			return fail(err, E_GRUBENV_END,
				    "line %u: the block ends at byte %zu, the "
				    "line does not",
				    *ret_line, c->block.len);
		*ret_found = true;
		return OK;
	}
	return OK;
}

static enum status split(struct span line, struct span *ret_name,
			 struct span *ret_value, struct error *err)
{
	const uint8_t *equals = memchr(line.ptr, '=', line.len);
	size_t len;

	if (!equals)
		return fail(err, E_GRUBENV_LINE, "\"%s\" has no \"=\"",
			    display_of(line).text);
	len = (size_t)(equals - line.ptr);
	*ret_name = span_slice(line, 0, len);
	*ret_value = span_slice(line, len + 1, line.len - len - 1);
	if (!is_name(*ret_name))
		return fail(err, E_GRUBENV_NAME,
			    "\"%s\" is no name of at most %d letters, digits "
			    "and \"_\"",
			    display_of(*ret_name).text, GRUBENV_NAME_MAX - 1);
	return OK;
}

enum status grubenv_next(struct grubenv_cursor *c, struct grubenv_variable *ret,
			 bool *ret_found, struct error *err)
{
	struct span line, name = { 0 }, value = { 0 };
	uint32_t number;
	enum status s = find_line(c, &line, &number, ret_found, err);

	ret->name[0] = ret->value[0] = '\0';
	if (s != OK || !*ret_found)
		return s;
	*ret_found = false;
	s = split(line, &name, &value, err);
	if (s == OK) {
		struct text t = text_over(ret->name, sizeof(ret->name));

		text_add_bytes(&t, name);
		s = take_value(value, ret->value, sizeof(ret->value), ret->name,
			       err);
	}
	if (s != OK)
		return fail_in(err, s, "line %u", number);
	*ret_found = true;
	return OK;
}

enum status grubenv_get(struct span block, const char *name, char *ret,
			size_t cap, bool *ret_found, struct error *err)
{
	struct grubenv_cursor c;
	enum status s = grubenv_open(block, &c, err);

	*ret_found = false;
	ret[0] = '\0';
	while (s == OK) {
		struct span line, key = { 0 }, value = { 0 };
		uint32_t number;
		bool found;

		if (find_line(&c, &line, &number, &found, NULL) != OK || !found)
			break;
		if (split(line, &key, &value, NULL) != OK ||
		    !span_equal_text(key, name))
			continue;
		s = take_value(value, ret, cap, name, err);
		*ret_found = s == OK;
	}
	if (s != OK)
		ret[0] = '\0';
	return s;
}
