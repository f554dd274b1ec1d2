#include "config_values.h"

#include "base/text.h"

#include <string.h>

bool config_pick_word(struct span value, const struct config_word *words,
		      int *ret)
{
	for (; words->text; words++) {
		if (span_equal_text(value, words->text)) {
			*ret = words->value;
			return true;
		}
	}
	return false;
}

bool config_take_bool(bool *dst, struct span value)
{
	static const struct config_word words[] = {
		{ "yes", 1 }, { "no", 0 },  { "true", 1 }, { "false", 0 },
		{ "on", 1 },  { "off", 0 }, { "1", 1 },	   { "0", 0 },
		{ "y", 1 },   { "n", 0 },   { NULL, 0 },
	};
	int on;

	if (!config_pick_word(value, words, &on))
		return false;
	*dst = on;
	return true;
}

bool config_take_seconds(uint32_t *dst, struct span value)
{
	uint64_t seconds;

	if (!text_parse_number(value, CONFIG_SECONDS_MAX, &seconds))
		return false;
	*dst = (uint32_t)seconds;
	return true;
}

bool config_take_text(char *dst, size_t cap, struct span value)
{
	if (value.len >= cap)
		return false;
	memcpy(dst, value.ptr, value.len);
	dst[value.len] = '\0';
	return true;
}

static bool is_gap(uint8_t c)
{
	return c == ' ' || c == '\t' || c == ',';
}

bool config_next_word(struct span *rest, struct span *ret)
{
	size_t start = 0, end;

	while (start < rest->len && is_gap(rest->ptr[start]))
		start++;
	for (end = start; end < rest->len && !is_gap(rest->ptr[end]);)
		end++;
	*ret = span_slice(*rest, start, end - start);
	*rest = span_slice(*rest, end, rest->len - end);
	return ret->len;
}
