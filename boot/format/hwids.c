#include "format/hwids.h"

#include <inttypes.h>
#include <string.h>

#define RECORD_LEN 28

/* A descriptor is a kind above a size. */
#define KIND_SHIFT 28
#define SIZE_MASK  0x0fffffffU

struct record {
	uint32_t descriptor;
	struct span chid;
	uint32_t name_at, value_at;
};

static struct record read_record(struct cursor *c)
{
	struct record r;

	r.descriptor = cursor_le32(c);
	r.chid = cursor_take(c, HWIDS_CHID_LEN);
	r.name_at = cursor_le32(c);
	r.value_at = cursor_le32(c);
	return r;
}

static enum status check_string(struct span table, uint32_t index, uint32_t at,
				struct error *err)
{
	if (at >= table.len)
		return fail(err, E_HWIDS_STRING,
			    ".hwids record %" PRIu32
			    " has a string at 0x%" PRIx32
			    ", the table ends at 0x%zx",
			    index, at, table.len);
	/* No string there at all is said by 0. */
	if (at && !memchr(table.ptr + at, 0, table.len - at))
		return fail(err, E_HWIDS_STRING_END,
			    ".hwids record %" PRIu32
			    " has a string at 0x%" PRIx32
			    " without an end before that of the table, 0x%zx",
			    index, at, table.len);
	return OK;
}

static enum status check_record(struct span table, uint32_t index,
				const struct record *r, struct error *err)
{
	uint32_t kind = r->descriptor >> KIND_SHIFT;
	uint32_t size = r->descriptor & SIZE_MASK;
	enum status s;

	if (kind != HWIDS_DEVICETREE && kind != HWIDS_FIRMWARE)
		return fail(err, E_HWIDS_KIND,
			    ".hwids record %" PRIu32 " has the kind %" PRIu32
			    ", known are %d and %d",
			    index, kind, HWIDS_DEVICETREE, HWIDS_FIRMWARE);
	if (size != RECORD_LEN)
		return fail(err, E_HWIDS_SIZE,
			    ".hwids record %" PRIu32 " says it has %" PRIu32
			    " bytes, a record has %d",
			    index, size, RECORD_LEN);
	s = check_string(table, index, r->name_at, err);
	if (s == OK)
		s = check_string(table, index, r->value_at, err);
	return s;
}

enum status hwids_parse(struct span table, struct hwids_view *ret,
			struct error *err)
{
	struct cursor c = cursor_over(table);
	uint32_t count = 0;

	for (;; count++) {
		struct cursor last = c;
		uint32_t descriptor = cursor_le32(&last);
		struct record r = read_record(&c);
		enum status s;

		if (cursor_ok(&last) && !descriptor)
			break;
		if (!cursor_ok(&c))
			return fail(err, E_HWIDS_END,
				    ".hwids has %zu bytes and no end behind "
				    "its %" PRIu32 " records of %d",
				    table.len, count, RECORD_LEN);
		s = check_record(table, count, &r, err);
		if (s != OK)
			return s;
	}
	*ret = (struct hwids_view){ .table = table, .count = count };
	return OK;
}

static struct span string_at(struct span table, uint32_t at)
{
	if (!at)
		return span_of(NULL, 0);
	return span_until_nul(span_slice(table, at, table.len - at));
}

struct hwids_device hwids_get(const struct hwids_view *view, uint32_t index)
{
	struct cursor c = cursor_over(view->table);
	struct hwids_device device = { 0 };
	struct record r;

	cursor_skip(&c, (uint64_t)index * RECORD_LEN);
	r = read_record(&c);
	if (!cursor_ok(&c))
		return device;
	device.kind = (enum hwids_kind)(r.descriptor >> KIND_SHIFT);
	memcpy(device.chid, r.chid.ptr, HWIDS_CHID_LEN);
	device.name = string_at(view->table, r.name_at);
	device.value = string_at(view->table, r.value_at);
	return device;
}
