/* fdt_edit() on any bytes: the last byte chooses the edits, the rest is the
 * tree. What comes out must pass the check that is put to what goes in. */
#include "format/fdt.h"
#include "guard.h"

#define ROOM 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The same bytes at a multiple of 8, as close to the forbidden page as that
 * allows. */
static struct guarded aligned_copy(struct span s)
{
	struct guarded g = guard_make((s.len + 7) & ~(size_t)7);

	if (s.len)
		memcpy(g.ptr, s.ptr, s.len);
	return g;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t choice = size ? data[size - 1] : 0;
	struct span tree = span_of(data, size ? size - 1 : 0), base = { 0 };
	struct guarded in = aligned_copy(tree);
	struct guarded out = guard_make(((tree.len + 7) & ~(size_t)7) + ROOM);
	struct fdt_edits edits = {
		.cmdline = choice & 1 ? "root=/dev/vda2 quiet" : NULL,
		.has_initrd = choice & 2,
		.initrd_start = 0x48000000,
		.initrd_end = 0x49000000,
		.has_seeds = choice & 4,
		.keep_uefi = choice & 8,
	};
	struct error err = { .code = OK };
	uint32_t len = 0, again = 0;
	enum status s;

	tree.ptr = in.ptr;
	if (choice & 16)
		base = tree;
	s = fdt_edit(tree, base, &edits, out.ptr, out.len, &len, &err);
	if (!guard_intact(&out) || err.code != s ||
	    (s == OK) != (err.text[0] == '\0'))
		abort();
	if (s == OK && (fdt_check_tree(span_of(out.ptr, len), &again, &err) ||
			again != len))
		abort();
	guard_drop(&out);
	guard_drop(&in);
	return 0;
}
