/* fdt_overlay() on any two trees: the first four bytes say how long the base
 * is. What comes out must be a sane tree. */
#include "format/fdt.h"
#include "format/fdt_overlay.h"
#include "fuzz.h"
#include "guard.h"

static struct guarded aligned_copy(struct span s)
{
	struct guarded g = guard_make((s.len + 7) & ~(size_t)7);

	if (s.len)
		memcpy(g.ptr, s.ptr, s.len);
	return g;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over(span_of(data, size));
	uint32_t base_len = cursor_le32(&c);
	struct span base = cursor_take(&c, base_len);
	struct span overlay = cursor_take(&c, cursor_left(&c));
	struct guarded a, b, out;
	struct span first;
	uint32_t len = 0, again = 0;
	struct error err;
	enum status s;

	if (!cursor_ok(&c))
		return 0;
	a = aligned_copy(base);
	b = aligned_copy(overlay);
	out = guard_make(fdt_overlay_room(base.len, overlay.len));
	s = fdt_overlay(span_of(a.ptr, base.len), b.ptr, overlay.len, out.ptr,
			out.len, &len, &err);
	if (s != OK) {
		fuzz_check_error(s, &err);
	} else {
		fuzz_must(len <= out.len);
		fuzz_must(fdt_check_tree(span_of(out.ptr, len), &again, &err) ==
			  OK);
		fuzz_must(again == len);
	}
	if (fdt_first_compatible(span_of(a.ptr, base.len), &first))
		fuzz_must(first.ptr >= a.ptr &&
			  first.ptr + first.len < a.ptr + base.len);
	guard_drop(&a);
	guard_drop(&b);
	guard_drop(&out);
	return 0;
}
