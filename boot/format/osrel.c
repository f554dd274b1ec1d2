#include "format/osrel.h"

#include <string.h>

/* A display string shows at most DISPLAY_MAX - 1 bytes, and cleaning never
 * makes a text shorter than its number of characters; what is beyond this many
 * unquoted bytes would not be seen. */
#define VALUE_MAX (4 * DISPLAY_MAX)

/* Which characters a backslash takes the meaning of: inside double quotes only
 * these, outside of quotes every one (XCU 2.2). */
static bool is_escapable(uint8_t c, uint8_t quote)
{
	return !quote || c == '"' || c == '\\' || c == '$' || c == '`';
}

/* Removes quotes and backslashes as a shell would from one assignment's value.
 * A quote that is not closed ends with the line. */
static struct display unquote(struct span value)
{
	char plain[VALUE_MAX + 1];
	struct text t = text_over(plain, sizeof(plain));
	uint8_t quote = 0;

	for (size_t i = 0; i < value.len; i++) {
		uint8_t c = value.ptr[i];
		bool has_next = i + 1 < value.len;

		if (quote ? c == quote : c == '"' || c == '\'') {
			quote = quote ? 0 : c;
			continue;
		}
		if (c == '\\' && quote != '\'' && has_next &&
		    is_escapable(value.ptr[i + 1], quote))
			c = value.ptr[++i];
		text_add_char(&t, (char)c);
	}
	return display_of(span_of(plain, t.len));
}

static bool read_assignment(struct span line, const char *key,
			    struct span *ret_value)
{
	size_t len = strlen(key);

	line = span_trim(line);
	if (!span_starts_with(line, key, len) || line.len == len ||
	    line.ptr[len] != '=')
		return false;
	*ret_value = span_slice(line, len + 1, line.len - len - 1);
	return true;
}

bool osrel_get(struct span text, const char *key, struct display *ret)
{
	struct span rest = span_until_nul(text), line, value;
	bool found = false;

	while (span_next_line(&rest, &line))
		found |= read_assignment(line, key, &value);
	if (found)
		*ret = unquote(value);
	return found;
}

static bool get_filled(struct span text, const char *key, struct display *ret)
{
	struct display d;

	if (!osrel_get(text, key, &d) || !d.text[0])
		return false;
	*ret = d;
	return true;
}

/* The first of the keys that is there and not empty. */
static bool get_first(struct span text, const char *const *keys,
		      struct display *ret)
{
	for (; *keys; keys++)
		if (get_filled(text, *keys, ret))
			return true;
	return false;
}

bool osrel_title(struct span text, struct display *ret)
{
	static const char *const keys[] = { "PRETTY_NAME", "IMAGE_ID", "NAME",
					    "ID", NULL };

	return get_first(text, keys, ret);
}

bool osrel_version(struct span text, struct display *ret)
{
	static const char *const keys[] = { "IMAGE_VERSION", "VERSION",
					    "VERSION_ID", "BUILD_ID", NULL };

	return get_first(text, keys, ret);
}

bool osrel_sort_key(struct span text, struct display *ret)
{
	static const char *const keys[] = { "IMAGE_ID", "ID", NULL };

	return get_first(text, keys, ret);
}
