#include "format/chid.h"

#include "format/smbios.h"

#include <stdio.h>
#include <string.h>

/* 70ffd812-4c7f-4c7d-0000-000000000000, as its digits stand. */
static const uint8_t namespace[16] = { 0x70, 0xff, 0xd8, 0x12,
				       0x4c, 0x7f, 0x4c, 0x7d };

#define BIT(field) (1U << CHID_##field)

/* The ids 3, 6, 8, 10, 4, 5, 7, 9 and 11 of the specification. */
static const uint16_t masks[CHID_PRIORITY_COUNT] = {
	BIT(MANUFACTURER) | BIT(FAMILY) | BIT(PRODUCT) | BIT(SKU) |
		BIT(BOARD_MANUFACTURER) | BIT(BOARD_PRODUCT),
	BIT(MANUFACTURER) | BIT(SKU) | BIT(BOARD_MANUFACTURER) |
		BIT(BOARD_PRODUCT),
	BIT(MANUFACTURER) | BIT(PRODUCT) | BIT(BOARD_MANUFACTURER) |
		BIT(BOARD_PRODUCT),
	BIT(MANUFACTURER) | BIT(FAMILY) | BIT(BOARD_MANUFACTURER) |
		BIT(BOARD_PRODUCT),
	BIT(MANUFACTURER) | BIT(FAMILY) | BIT(PRODUCT) | BIT(SKU),
	BIT(MANUFACTURER) | BIT(FAMILY) | BIT(PRODUCT),
	BIT(MANUFACTURER) | BIT(SKU),
	BIT(MANUFACTURER) | BIT(PRODUCT),
	BIT(MANUFACTURER) | BIT(FAMILY),
};

/* Where the strings stand: offsets of their numbers (DSP0134, 7.1 to 7.3). */
static const struct {
	enum smbios_type type;
	uint8_t offset;
	enum chid_field field;
} strings[] = {
	{ SMBIOS_SYSTEM, 0x04, CHID_MANUFACTURER },
	{ SMBIOS_SYSTEM, 0x05, CHID_PRODUCT },
	{ SMBIOS_SYSTEM, 0x19, CHID_SKU },
	{ SMBIOS_SYSTEM, 0x1a, CHID_FAMILY },
	{ SMBIOS_BASEBOARD, 0x04, CHID_BOARD_MANUFACTURER },
	{ SMBIOS_BASEBOARD, 0x05, CHID_BOARD_PRODUCT },
	{ SMBIOS_BIOS, 0x04, CHID_BIOS_VENDOR },
	{ SMBIOS_BIOS, 0x05, CHID_BIOS_VERSION },
};

#define BIOS_MAJOR 0x14
#define BIOS_MINOR 0x15

static struct span hashable(struct span s)
{
	while (s.len && s.ptr[0] == ' ')
		s = span_slice(s, 1, s.len - 1);
	while (s.len && s.ptr[0] == '0')
		s = span_slice(s, 1, s.len - 1);
	while (s.len && s.ptr[s.len - 1] == ' ')
		s.len--;
	return s;
}

static bool is_ascii(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] > 0x7f)
			return false;
	return true;
}

static void read_release(struct span smbios, struct chid_fields *ret)
{
	struct smbios_structure s;

	if (!smbios_find(smbios, SMBIOS_BIOS, &s) || s.area.len <= BIOS_MINOR)
		return;
	snprintf(ret->major, sizeof(ret->major), "%02x",
		 s.area.ptr[BIOS_MAJOR]);
	snprintf(ret->minor, sizeof(ret->minor), "%02x",
		 s.area.ptr[BIOS_MINOR]);
	ret->text[CHID_BIOS_MAJOR] = span_of_text(ret->major);
	ret->text[CHID_BIOS_MINOR] = span_of_text(ret->minor);
	ret->has[CHID_BIOS_MAJOR] = ret->has[CHID_BIOS_MINOR] = true;
}

void chid_fields_of(struct span smbios, struct chid_fields *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		struct smbios_structure s;
		struct span text;

		if (!smbios_find(smbios, strings[i].type, &s))
			continue;
		text = smbios_string_at(&s, strings[i].offset);
		if (!text.ptr || !is_ascii(text))
			continue;
		ret->has[strings[i].field] = true;
		ret->text[strings[i].field] = hashable(text);
	}
	read_release(smbios, ret);
}

/* Characters as UTF-16, low byte first. */
static bool put_text(uint8_t *out, size_t *at, struct span text)
{
	if (text.len > (CHID_MESSAGE_MAX - *at) / 2)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		out[(*at)++] = text.ptr[i];
		out[(*at)++] = 0;
	}
	return true;
}

bool chid_message(const struct chid_fields *fields, unsigned place,
		  uint8_t out[static CHID_MESSAGE_MAX], size_t *ret_len)
{
	size_t at = sizeof(namespace);

	memcpy(out, namespace, sizeof(namespace));
	for (unsigned i = 0; i < CHID_FIELD_COUNT; i++) {
		if (!(masks[place] & 1U << i))
			continue;
		if (!fields->has[i])
			return false;
		if (i && !put_text(out, &at, span_of_text("&")))
			return false;
		if (!put_text(out, &at, fields->text[i]))
			return false;
	}
	*ret_len = at;
	return true;
}

/* The UUID's first three numbers are the high byte first, an EFI GUID's the low
 * one. */
void chid_of_sha1(const uint8_t sha1[static 20], uint8_t ret[static CHID_LEN])
{
	static const uint8_t from[CHID_LEN] = { 3, 2, 1,  0,  5,  4,  7,  6,
						8, 9, 10, 11, 12, 13, 14, 15 };

	for (size_t i = 0; i < CHID_LEN; i++)
		ret[i] = sha1[from[i]];
	ret[7] = (uint8_t)((ret[7] & 0x0f) | 5 << 4);
	ret[8] = (uint8_t)((ret[8] & 0x3f) | 0x80);
}
