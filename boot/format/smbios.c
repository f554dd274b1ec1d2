#include "format/smbios.h"

#include <string.h>

#define HEADER_LEN 4 /* type, length, handle */

enum status smbios_next(struct span *rest, struct smbios_structure *ret,
			struct error *err)
{
	struct cursor c = cursor_over(*rest);
	uint8_t len;
	size_t end;

	*ret = (struct smbios_structure){ .type = SMBIOS_END };
	if (!rest->len)
		return OK;
	ret->type = cursor_u8(&c);
	len = cursor_u8(&c);
	if (len < HEADER_LEN || len > rest->len)
		return fail(err, E_SMBIOS_SHORT,
			    "SMBIOS structure of type %u has %u bytes, %zu are "
			    "there and its header takes %d",
			    ret->type, len, rest->len, HEADER_LEN);
	/* Two NULs end the strings, also where there are none. */
	for (end = len; end + 2 <= rest->len; end++)
		if (!rest->ptr[end] && !rest->ptr[end + 1])
			break;
	if (end + 2 > rest->len)
		return fail(err, E_SMBIOS_STRINGS,
			    "SMBIOS structure of type %u has strings without "
			    "an end in the %zu bytes that are there",
			    ret->type, rest->len - len);
	ret->area = span_slice(*rest, 0, len);
	ret->strings = span_slice(*rest, len, end + 1 - len);
	*rest = span_slice(*rest, end + 2, rest->len - end - 2);
	return OK;
}

bool smbios_find(struct span table, enum smbios_type type,
		 struct smbios_structure *ret)
{
	while (smbios_next(&table, ret, NULL) == OK && ret->type != SMBIOS_END)
		if (ret->type == type)
			return true;
	return false;
}

static struct span string_number(struct span strings, uint8_t number)
{
	while (number && strings.len) {
		struct span one = span_until_nul(strings);

		if (number == 1)
			return one;
		number--;
		strings = span_slice(strings, one.len + 1,
				     strings.len - one.len - 1);
	}
	return span_of(NULL, 0);
}

struct span smbios_string_at(const struct smbios_structure *s, size_t offset)
{
	if (offset < HEADER_LEN || offset >= s->area.len)
		return span_of(NULL, 0);
	return string_number(s->strings, s->area.ptr[offset]);
}

static struct span find_in(const struct smbios_structure *s, const char *key)
{
	size_t len = strlen(key);
	struct span rest = s->strings;

	while (rest.len) {
		struct span one = span_until_nul(rest);

		if (span_starts_with(one, key, len))
			return span_slice(one, len, one.len - len);
		rest = span_slice(rest, one.len + 1, rest.len - one.len - 1);
	}
	return span_of(NULL, 0);
}

struct span smbios_oem_string(struct span table, const char *key)
{
	struct smbios_structure s;

	while (smbios_next(&table, &s, NULL) == OK && s.type != SMBIOS_END) {
		struct span found = find_in(&s, key);

		if (s.type == SMBIOS_OEM_STRINGS && found.ptr)
			return found;
	}
	return span_of(NULL, 0);
}
