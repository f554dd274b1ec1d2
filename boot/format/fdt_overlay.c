#include "format/fdt_overlay.h"

#include "format/fdt.h"

#include <libfdt.h>
#include <limits.h>
#include <string.h>

/* Each name of the overlay may become new in the strings, and each node gets a
 * path in /__symbols__. */
#define GROWTH 4
#define SLACK  4096

size_t fdt_overlay_room(size_t base_len, size_t overlay_len)
{
	uint64_t room;

	if (!mul_size(overlay_len, GROWTH, &room) ||
	    !add_size(room, base_len, &room) || !add_size(room, SLACK, &room) ||
	    room > FDT_SIZE_MAX)
		return FDT_SIZE_MAX;
	return (size_t)(room + 7) & ~(size_t)7;
}

static enum status fail_overlay(int result, struct error *err)
{
	if (result == -FDT_ERR_NOSPACE)
		return fail(err, E_FDT_ROOM,
			    "the device tree has no room for its overlay");
	return fail(err, E_FDT_OVERLAY,
		    "the overlay does not fit the device tree: %s",
		    fdt_strerror(result));
}

static enum status check_both(struct span base, struct span overlay,
			      struct error *err)
{
	uint32_t size;
	enum status s = fdt_check_tree(base, &size, err);

	if (s != OK)
		return s;
	s = fdt_check_tree(overlay, &size, err);
	return s == OK ? OK : fail_in(err, s, "overlay");
}

enum status fdt_overlay(struct span base, uint8_t *overlay, size_t overlay_len,
			uint8_t *out, size_t out_len, uint32_t *ret_size,
			struct error *err)
{
	int room = out_len > INT_MAX ? INT_MAX : (int)out_len;
	enum status s = check_both(base, span_of(overlay, overlay_len), err);
	int result;

	if (s != OK)
		return s;
	if ((uintptr_t)out % 8)
		return fail(err, E_FDT_ALIGNMENT,
			    "room for a device tree lies %u bytes past a "
			    "multiple of 8",
			    (unsigned)((uintptr_t)out % 8));
	result = fdt_open_into(base.ptr, out, room);
	if (!result)
		result = fdt_overlay_apply(out, overlay);
	if (!result)
		result = fdt_pack(out);
	if (result)
		return fail_overlay(result, err);
	if (fdt_totalsize(out) > FDT_SIZE_MAX)
		return fail(err, E_FDT_TOO_LARGE,
			    "device tree grew to %u bytes, it can have %u",
			    fdt_totalsize(out), FDT_SIZE_MAX);
	*ret_size = fdt_totalsize(out);
	return OK;
}

bool fdt_first_compatible(struct span blob, struct span *ret)
{
	const char *value;
	uint32_t size;
	int len = 0;

	if (fdt_check_tree(blob, &size, NULL) != OK)
		return false;
	value = fdt_getprop(blob.ptr, 0, "compatible", &len);
	if (!value || len <= 0 || !memchr(value, 0, (size_t)len))
		return false;
	*ret = span_until_nul(span_of(value, (size_t)len));
	return true;
}
