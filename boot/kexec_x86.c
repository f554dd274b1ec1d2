/*
 * x86_64 segments, see kexec_x86.h: what the kernel asks for and where it goes.
 */
#include "kexec_x86.h"

#include "kexec_x86_data.h"

#include <inttypes.h>

#define PAGE	 0x1000U
#define FOUR_GIB 0x100000000ULL

/* Below are the BIOS and the start-up code of other processors; and what ISA
 * devices can reach. */
#define LOW_MEMORY 0x100000ULL
#define DMA_MEMORY 0x1000000ULL

/* Four-level paging maps 46 bits of physical memory. */
#define MEMORY_END ((1ULL << 46) - PAGE)

/* xloadflags, boot.rst. */
#define XLF_ABOVE_4G (1U << 1)
#define XLF_5LEVEL   (1U << 5)

/* Where the setup header starts, and the 64-bit entry in the code. */
#define HEADER_START 0x1f1
#define ENTRY_64     0x200

size_t kexec_x86_scratch(const struct platform *platform,
			 const struct loadable_kernel *kernel)
{
	return x86_lay_out(platform, kernel).len;
}

static enum status check_kernel(const struct platform *platform,
				const struct kimage_view *view,
				struct span kernel, struct error *err)
{
	if (view->kind != KIMAGE_BZIMAGE ||
	    view->setup_header_end <= HEADER_START ||
	    !span_holds(kernel, 0, view->setup_header_end) ||
	    !span_holds(kernel, view->protected_offset, view->protected_len) ||
	    view->protected_len <= ENTRY_64)
		return fail(err, E_KEXEC_HEADER,
			    "the kernel's code of 0x%" PRIx64 " bytes at 0x%x "
			    "does not fit its file of 0x%zx bytes",
			    view->protected_len, view->protected_offset,
			    kernel.len);
	if (platform->has_la57 && !(view->xloadflags & XLF_5LEVEL))
		return fail(err, E_KEXEC_LA57,
			    "the running kernel uses five-level paging, which "
			    "the next one cannot (xloadflags 0x%x): start the "
			    "running one with no5lvl",
			    view->xloadflags);
	return OK;
}

/*
 * The kernel takes init_size bytes from the place where it starts to unpack
 * itself, which is never below pref_address. All of it is the segment's, not
 * just the file's part: kexec keeps its page tables out of segments only, and
 * the next kernel still runs on them when it starts to move itself.
 */
static enum status place_kernel(struct x86_boot_data *data,
				enum kexec_where where,
				struct kexec_segments *list, struct error *err)
{
	const struct kimage_view *view = &data->kernel->view;
	bool is_free = view->xloadflags & XLF_ABOVE_4G;
	struct kexec_wish wish = {
		.name = "kernel",
		.bytes =
			span_slice(data->kernel->kernel.bytes,
				   view->protected_offset, view->protected_len),
		.memsz = view->init_size > view->protected_len
				 ? view->init_size
				 : view->protected_len,
		.align = view->kernel_alignment,
		.min = view->pref_address > LOW_MEMORY ? view->pref_address
						       : LOW_MEMORY,
		.end = is_free ? MEMORY_END : FOUR_GIB,
		.where = where,
	};

	if (!view->relocatable) {
		wish.align = PAGE;
		wish.min = view->pref_address;
		if (!add_size(wish.min, wish.memsz, &wish.end) ||
		    !round_up_size(wish.end, PAGE, &wish.end))
			wish.end = MEMORY_END;
	}
	return kexec_segments_add(list, data->platform, &wish,
				  &data->kernel_mem, err);
}

static enum status place_initrd(struct x86_boot_data *data,
				enum kexec_where where,
				struct kexec_segments *list, struct error *err)
{
	const struct kimage_view *view = &data->kernel->view;
	struct span bytes = data->kernel->initrd.bytes;
	bool is_free = view->xloadflags & XLF_ABOVE_4G;
	struct kexec_wish wish = {
		.name = "initrd",
		.bytes = bytes,
		.memsz = bytes.len,
		.min = DMA_MEMORY,
		.end = is_free ? MEMORY_END
			       : (uint64_t)view->initrd_addr_max + 1,
		.where = where,
	};

	if (!bytes.len)
		return OK;
	return kexec_segments_add(list, data->platform, &wish,
				  &data->initrd_mem, err);
}

static enum status place_boot_data(struct x86_boot_data *data,
				   struct kexec_segments *list,
				   struct error *err)
{
	struct kexec_wish wish = {
		.name = "boot data",
		.bytes = span_of(data->bytes, data->at.len),
		.memsz = data->at.len,
		.min = LOW_MEMORY,
		.end = FOUR_GIB,
	};

	return kexec_segments_add(list, data->platform, &wish, &data->mem, err);
}

static enum status place_all(struct x86_boot_data *data, enum kexec_where where,
			     struct kexec_segments *list, struct error *err)
{
	enum status s;

	list->count = 0;
	s = place_kernel(data, where, list, err);
	if (s == OK)
		s = place_initrd(data, where, list, err);
	if (s == OK)
		s = place_boot_data(data, list, err);
	return s;
}

enum status kexec_x86_plan(const struct platform *platform,
			   const struct loadable_kernel *kernel,
			   const struct kexec_seeds *seeds, uint8_t *scratch,
			   size_t scratch_len, struct kexec_segments *ret,
			   struct error *err)
{
	struct x86_boot_data data = {
		.platform = platform,
		.kernel = kernel,
		.at = x86_lay_out(platform, kernel),
		.bytes = scratch,
	};
	struct kexec_segments list = { .count = 0 };
	uint32_t dtb_size;
	enum status s = check_kernel(platform, &kernel->view,
				     kernel->kernel.bytes, err);

	if (s == OK && kernel->dtb.bytes.len)
		s = fdt_check_tree(kernel->dtb.bytes, &dtb_size, err);
	if (s == OK && scratch_len < data.at.len)
		s = fail(err, E_KEXEC_SCRATCH,
			 "the boot data takes %zu bytes, there is room for %zu",
			 data.at.len, scratch_len);
	if (s != OK)
		return s;
	/* If they do not fit in the middle, they may when they are packed. */
	if (place_all(&data, KEXEC_MIDDLE, &list, NULL) != OK)
		s = place_all(&data, KEXEC_LOWEST, &list, err);
	if (s != OK)
		return s;
	x86_put_boot_data(&data, seeds);
	list.entry = data.mem;
	s = kexec_segments_check(&list, platform, err);
	if (s == OK)
		*ret = list;
	return s;
}
