/*
 * arm64 segments, see kexec_arm64.h.
 */
#include "kexec_arm64.h"

#include <inttypes.h>
#include <string.h>

#define TWO_MIB	 0x200000ULL
#define ONE_GIB	 0x40000000ULL
#define PAGE_MAX 0x10000U /* the largest page a next kernel may have */

/* Initrd and kernel have to lie within this much, from a multiple of 1 GiB on
 * (booting.rst, "Call the kernel image"). */
#define INITRD_WINDOW (32 * ONE_GIB)

/* Flags of the Image header: it may be anywhere in memory. Without, memory
 * below the kernel is lost to it. */
#define IMAGE_ANYWHERE (1U << 3)

/* In scratch the trampoline is followed by the tree. */
#define TREE_AT 64U

/* What the edits of fdt_edit() add beside the command line. */
#define TREE_GROWTH 8192U

/*
 * kexec jumps here with the MMU off. The kernel wants its device tree in x0 and
 * x1 to x3 zero. A test assembles the comments and compares.
 */
/* clang-format off */
static const uint32_t trampoline[] = {
	0x580000c0, /* ldr x0, tree */
	0x580000f0, /* ldr x16, kernel */
	0xaa1f03e1, /* mov x1, xzr */
	0xaa1f03e2, /* mov x2, xzr */
	0xaa1f03e3, /* mov x3, xzr */
	0xd61f0200, /* br x16 */
	0, 0,	    /* tree: .quad 0 */
	0, 0,	    /* kernel: .quad 0 */
};
/* clang-format on */
#define TRAMPOLINE_TREE	  24
#define TRAMPOLINE_KERNEL 32

static struct span tree_of(const struct platform *platform,
			   const struct loadable_kernel *kernel)
{
	if (kernel->dtb.bytes.len)
		return kernel->dtb.bytes;
	return span_of(platform->fdt, platform->fdt_len);
}

/* Without the certificate table: nothing vouches for what is in there. */
static struct span code_of(const struct loadable_kernel *kernel)
{
	return span_slice(kernel->kernel.bytes, 0, kernel->view.data_len);
}

size_t kexec_arm64_scratch(const struct platform *platform,
			   const struct loadable_kernel *kernel)
{
	return TREE_AT + tree_of(platform, kernel).len + TREE_GROWTH +
	       kernel->cmdline.len;
}

struct plan {
	const struct platform *platform;
	const struct loadable_kernel *kernel;
	const struct kexec_seeds *seeds;
	uint8_t *scratch;
	size_t scratch_len;
	struct kexec_segments list;
	uint64_t kernel_mem, initrd_mem, tree_mem, jump_mem;
	uint64_t others_min;	/* lowest address for all but the kernel */
	enum kexec_where where; /* the large pieces go */
};

static enum status check_kernel(const struct plan *plan, struct error *err)
{
	const struct kimage_view *view = &plan->kernel->view;
	struct span bytes = code_of(plan->kernel);
	size_t need = kexec_arm64_scratch(plan->platform, plan->kernel);

	if (view->kind != KIMAGE_ARM64 || bytes.len < 64 || !view->image_size)
		return fail(err, E_KEXEC_HEADER,
			    "the kernel of 0x%zx bytes is no arm64 Image that "
			    "tells its size in memory (0x%" PRIx64 ")",
			    bytes.len, view->image_size);
	if (view->text_offset % plan->platform->page_size)
		return fail(err, E_KEXEC_TEXT_OFFSET,
			    "the kernel's text_offset 0x%" PRIx64
			    " is not a multiple of the running kernel's page "
			    "size 0x%x",
			    view->text_offset, plan->platform->page_size);
	if (plan->scratch_len < need)
		return fail(err, E_KEXEC_SCRATCH,
			    "the device tree takes %zu bytes, there is room "
			    "for %zu",
			    need, plan->scratch_len);
	return OK;
}

static bool is_anywhere(const struct kimage_view *view)
{
	return view->flags & IMAGE_ANYWHERE;
}

/*
 * All of image_size is the segment's, not just the file's part: what kexec
 * places is clean in the caches, and the kernel writes to the rest before it
 * has caches of its own.
 */
static enum status place_kernel(struct plan *plan, uint64_t min,
				struct error *err)
{
	const struct kimage_view *view = &plan->kernel->view;
	struct span bytes = code_of(plan->kernel);
	struct kexec_wish wish = {
		.name = "kernel",
		.bytes = bytes,
		.memsz = view->image_size > bytes.len ? view->image_size
						      : bytes.len,
		.align = TWO_MIB,
		.skip = view->text_offset,
		.min = min,
		.end = UINT64_MAX,
		.where = plan->where,
	};
	enum status s = kexec_segments_add(&plan->list, plan->platform, &wish,
					   &plan->kernel_mem, err);

	if (s != OK)
		return s;
	plan->others_min =
		(plan->kernel_mem - view->text_offset) & ~(ONE_GIB - 1);
	if (!is_anywhere(view))
		plan->others_min = plan->kernel_mem + plan->list.at[0].memsz;
	return OK;
}

static enum status place_initrd(struct plan *plan, struct error *err)
{
	struct span bytes = plan->kernel->initrd.bytes;
	uint64_t window = (plan->kernel_mem - plan->kernel->view.text_offset) &
			  ~(ONE_GIB - 1);
	struct kexec_wish wish = {
		.name = "initrd",
		.bytes = bytes,
		.memsz = bytes.len,
		.align = PAGE_MAX,
		.min = plan->others_min,
		.where = plan->where,
	};

	if (!bytes.len)
		return OK;
	if (!add_size(window, INITRD_WINDOW, &wish.end))
		wish.end = UINT64_MAX;
	return kexec_segments_add(&plan->list, plan->platform, &wish,
				  &plan->initrd_mem, err);
}

/* In the middle of memory, or else packed: the lowest place for the kernel that
 * leaves room for the initrd near it. The error is that of the first packed
 * try: later ones only say that memory ends. */
static enum status place_both(struct plan *plan, struct error *err)
{
	enum status s, first;

	plan->where = KEXEC_MIDDLE;
	if (is_anywhere(&plan->kernel->view) &&
	    place_kernel(plan, 0, NULL) == OK && place_initrd(plan, NULL) == OK)
		return OK;
	plan->where = KEXEC_LOWEST;
	plan->list.count = 0;
	first = place_kernel(plan, 0, err);
	if (first != OK)
		return first;
	first = place_initrd(plan, err);
	for (s = first; s == E_KEXEC_NO_ROOM;) {
		uint64_t next = plan->kernel_mem + plan->list.at[0].memsz;

		plan->list.count = 0;
		if (place_kernel(plan, next, NULL) != OK)
			return first;
		s = place_initrd(plan, NULL);
	}
	return s;
}

/* At a multiple of 2 MiB: the kernel maps the tree in blocks of that size and
 * must not find another block's memory in it. */
static enum status place_tree(struct plan *plan, struct error *err)
{
	const struct loadable_kernel *kernel = plan->kernel;
	struct span running =
		span_of(plan->platform->fdt, plan->platform->fdt_len);
	struct fdt_edits edits = {
		.cmdline = kernel->cmdline.text,
		.has_initrd = kernel->initrd.bytes.len,
		.initrd_start = plan->initrd_mem,
		.initrd_end = plan->initrd_mem + kernel->initrd.bytes.len,
		.has_seeds = plan->seeds->has_seeds,
		.kaslr_seed = plan->seeds->kaslr,
		.keep_uefi = true,
	};
	uint8_t *out = plan->scratch + TREE_AT;
	struct kexec_wish wish = {
		.name = "device tree",
		.align = TWO_MIB,
		.min = plan->others_min,
		.end = UINT64_MAX,
	};
	uint32_t size;
	enum status s;

	memcpy(edits.rng_seed, plan->seeds->rng, sizeof(edits.rng_seed));
	s = fdt_edit(tree_of(plan->platform, kernel),
		     kernel->dtb.bytes.len ? running : span_of(NULL, 0), &edits,
		     out, plan->scratch_len - TREE_AT, &size, err);
	if (s != OK)
		return s;
	wish.bytes = span_of(out, size);
	wish.memsz = size;
	return kexec_segments_add(&plan->list, plan->platform, &wish,
				  &plan->tree_mem, err);
}

static enum status place_jump(struct plan *plan, struct error *err)
{
	struct kexec_wish wish = {
		.name = "trampoline",
		.bytes = span_of(plan->scratch, sizeof(trampoline)),
		.memsz = sizeof(trampoline),
		.align = PAGE_MAX,
		.min = plan->others_min,
		.end = UINT64_MAX,
	};
	enum status s = kexec_segments_add(&plan->list, plan->platform, &wish,
					   &plan->jump_mem, err);

	if (s != OK)
		return s;
	for (size_t i = 0; i < sizeof(trampoline) / sizeof(trampoline[0]); i++)
		store_le32(plan->scratch + 4 * i, trampoline[i]);
	store_le64(plan->scratch + TRAMPOLINE_TREE, plan->tree_mem);
	store_le64(plan->scratch + TRAMPOLINE_KERNEL, plan->kernel_mem);
	plan->list.entry = plan->jump_mem;
	return OK;
}

enum status kexec_arm64_plan(const struct platform *platform,
			     const struct loadable_kernel *kernel,
			     const struct kexec_seeds *seeds, uint8_t *scratch,
			     size_t scratch_len, struct kexec_segments *ret,
			     struct error *err)
{
	struct plan plan = {
		.platform = platform,
		.kernel = kernel,
		.seeds = seeds,
		.scratch = scratch,
		.scratch_len = scratch_len,
	};
	enum status s = check_kernel(&plan, err);

	if (s == OK)
		s = place_both(&plan, err);
	if (s == OK)
		s = place_tree(&plan, err);
	if (s == OK)
		s = place_jump(&plan, err);
	if (s == OK)
		s = kexec_segments_check(&plan.list, platform, err);
	if (s == OK)
		*ret = plan.list;
	return s;
}
