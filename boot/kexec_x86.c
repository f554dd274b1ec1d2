/*
 * x86_64 segments, see kexec_x86.h. The boot data is one segment:
 *
 *   0x0000  trampoline, its descriptor table and stack
 *   0x1000  boot parameters ("zero page")
 *   0x2000  command line, EFI memory map, setup_data list
 */
#include "kexec_x86.h"

#include <inttypes.h>
#include <string.h>

#define PAGE	  0x1000U
#define PARAMS_AT PAGE
#define TABLES_AT (2 * PAGE)
#define LOW_MEMORY                                                             \
	0x100000ULL /* BIOS and start-up code of other processors              \
		     */
#define DMA_MEMORY 0x1000000ULL
#define FOUR_GIB   0x100000000ULL
/* Four-level paging maps 46 bits of physical memory. */
#define MEMORY_END ((1ULL << 46) - PAGE)

/* The setup header in a bzImage and in the boot parameters, boot.rst. */
#define HEADER_START	 0x1f1
#define HEADER_ROOM_END	 0x290 /* what follows in the boot parameters */
#define TYPE_OF_LOADER	 0x210
#define LOADFLAGS	 0x211
#define RAMDISK_IMAGE	 0x218
#define RAMDISK_SIZE	 0x21c
#define CMD_LINE_PTR	 0x228
#define HARDWARE_SUBARCH 0x23c
#define SETUP_DATA	 0x250

#define LOADER_UNDEFINED 0xff
#define LOADED_HIGH	 0x01

#define XLF_ABOVE_4G  (1U << 1)
#define XLF_EFI_KEXEC (1U << 4)
#define XLF_5LEVEL    (1U << 5)

/* The boot parameters, zero-page.rst. */
#define ACPI_RSDP_ADDR	  0x070
#define EXT_RAMDISK_IMAGE 0x0c0
#define EXT_RAMDISK_SIZE  0x0c4
#define EXT_CMD_LINE_PTR  0x0c8
#define EFI_INFO	  0x1c0
#define E820_ENTRIES	  0x1e8
#define E820_TABLE	  0x2d0
#define E820_TABLE_MAX	  128U
#define E820_ENTRY_LEN	  20U

/* setup_data: next u64, type u32, len u32, data. */
#define SETUP_HEAD_LEN 16U
#define SETUP_E820_EXT 1
#define SETUP_EFI      4
#define SETUP_RNG_SEED 9
#define SETUP_EFI_LEN  96U /* struct efi_setup_data of the kernel */
#define SETUP_RNG_LEN  32U

#define EFI_DESCRIPTOR_LEN 40U /* EFI_MEMORY_DESCRIPTOR, UEFI 2.10, 7.2.3 */

/* --- the trampoline ------------------------------------------------------- */

/*
 * kexec jumps here in 64-bit mode with identity mapping, interrupts off and
 * registers zero. The kernel wants its boot parameters in rsi, and segments
 * from a descriptor table of ours, since the old kernel's is gone: __BOOT_CS
 * 0x10 and __BOOT_DS 0x18, both flat. A test assembles the comments and
 * compares.
 */
#define TRAMPOLINE_PARAMS 0x70 /* the two addresses to fill in */
#define TRAMPOLINE_ENTRY  0x78

/* clang-format off */
static const uint8_t trampoline[] = {
	0xfa, /* cli */
	0xfc, /* cld */
	0x48, 0x8d, 0x25, 0xf7, 0x0f, 0x00, 0x00, /* lea stack(%rip), %rsp */
	0x48, 0x8d, 0x05, 0x70, 0x00, 0x00, 0x00, /* lea gdt(%rip), %rax */
	0x48, 0x89, 0x05, 0x8b, 0x00, 0x00, 0x00, /* mov %rax, gdtr+2(%rip) */
	0x0f, 0x01, 0x15, 0x82, 0x00, 0x00, 0x00, /* lgdt gdtr(%rip) */
	0xb8, 0x18, 0x00, 0x00, 0x00, /* mov $0x18, %eax */
	0x8e, 0xd8, /* mov %eax, %ds */
	0x8e, 0xc0, /* mov %eax, %es */
	0x8e, 0xd0, /* mov %eax, %ss */
	0x8e, 0xe0, /* mov %eax, %fs */
	0x8e, 0xe8, /* mov %eax, %gs */
	0x48, 0x8d, 0x05, 0x05, 0x00, 0x00, 0x00, /* lea next(%rip), %rax */
	0x6a, 0x10, /* push $0x10 */
	0x50, /* push %rax */
	0x48, 0xcb, /* lretq */
	/* next: */
	0x48, 0x8b, 0x35, 0x30, 0x00, 0x00, 0x00, /* mov params(%rip), %rsi */
	0x31, 0xc0, /* xor %eax, %eax */
	0x31, 0xdb, /* xor %ebx, %ebx */
	0x31, 0xc9, /* xor %ecx, %ecx */
	0x31, 0xd2, /* xor %edx, %edx */
	0x31, 0xff, /* xor %edi, %edi */
	0x31, 0xed, /* xor %ebp, %ebp */
	0x45, 0x31, 0xc0, /* xor %r8d, %r8d */
	0x45, 0x31, 0xc9, /* xor %r9d, %r9d */
	0x45, 0x31, 0xd2, /* xor %r10d, %r10d */
	0x45, 0x31, 0xdb, /* xor %r11d, %r11d */
	0x45, 0x31, 0xe4, /* xor %r12d, %r12d */
	0x45, 0x31, 0xed, /* xor %r13d, %r13d */
	0x45, 0x31, 0xf6, /* xor %r14d, %r14d */
	0x45, 0x31, 0xff, /* xor %r15d, %r15d */
	0xff, 0x25, 0x0e, 0x00, 0x00, 0x00, /* jmp *entry(%rip) */
	0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, /* .balign 8, 0xcc */
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* params: .quad 0 */
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* entry: .quad 0 */
	/* gdt: */
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* .quad 0 */
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* .quad 0 */
	0xff, 0xff, 0x00, 0x00, 0x00, 0x9b, 0xaf, 0x00, /* .quad 0x00af9b000000ffff */
	0xff, 0xff, 0x00, 0x00, 0x00, 0x93, 0xcf, 0x00, /* .quad 0x00cf93000000ffff */
	/* gdtr: */
	0x1f, 0x00, /* .short 0x1f */
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* .quad 0 */
	/* .set stack, start + 0x1000 */
};
/* clang-format on */

struct span kexec_x86_trampoline(void)
{
	return span_of(trampoline, sizeof(trampoline));
}

/* --- the boot data -------------------------------------------------------- */

/* Offsets in the boot data. */
struct layout {
	bool has_efi;
	size_t cmdline;
	size_t efi_map, efi_map_len;
	size_t efi_data;
	size_t e820_data, e820_count; /* entries that the table cannot hold */
	size_t seed;
	size_t len;
};

static size_t reserve(size_t *at, size_t len)
{
	size_t was = *at;

	*at = (was + len + 15) & ~(size_t)15;
	return was;
}

static struct layout lay_out(const struct platform *platform,
			     const struct loadable_kernel *kernel)
{
	struct layout l = { .len = TABLES_AT };
	size_t ranges = platform->firmware.count;

	l.has_efi = platform_has_efi_runtime(platform) &&
		    (kernel->view.xloadflags & XLF_EFI_KEXEC);
	l.efi_map_len =
		l.has_efi ? platform->efi.region_count * EFI_DESCRIPTOR_LEN : 0;
	l.e820_count = ranges > E820_TABLE_MAX ? ranges - E820_TABLE_MAX : 0;
	l.cmdline = reserve(&l.len, kernel->cmdline.len + 1);
	l.efi_map = reserve(&l.len, l.efi_map_len);
	l.efi_data = reserve(&l.len, SETUP_HEAD_LEN + SETUP_EFI_LEN);
	l.e820_data =
		reserve(&l.len, SETUP_HEAD_LEN + l.e820_count * E820_ENTRY_LEN);
	l.seed = reserve(&l.len, SETUP_HEAD_LEN + SETUP_RNG_LEN);
	l.len = (l.len + PAGE - 1) & ~(size_t)(PAGE - 1);
	return l;
}

size_t kexec_x86_scratch(const struct platform *platform,
			 const struct loadable_kernel *kernel)
{
	return lay_out(platform, kernel).len;
}

/* What is written, and where it will be. */
struct boot_data {
	const struct platform *platform;
	const struct loadable_kernel *kernel;
	struct layout at;
	uint8_t *bytes;
	uint64_t mem; /* of bytes[0] */
	uint64_t kernel_mem, initrd_mem;
};

static uint8_t *params_of(const struct boot_data *data)
{
	return data->bytes + PARAMS_AT;
}

/* Low half to one place, high half to another. */
static void store_halves(uint8_t *params, size_t low, size_t high,
			 uint64_t value)
{
	store_le32(params + low, (uint32_t)value);
	store_le32(params + high, (uint32_t)(value >> 32));
}

/* Puts an entry in front of the setup_data list; returns its data. */
static uint8_t *link_setup_data(const struct boot_data *data, size_t at,
				uint32_t type, size_t len)
{
	uint8_t *entry = data->bytes + at, *params = params_of(data);

	memcpy(entry, params + SETUP_DATA, 8);
	store_le32(entry + 8, type);
	store_le32(entry + 12, (uint32_t)len);
	store_le64(params + SETUP_DATA, data->mem + at);
	return entry + SETUP_HEAD_LEN;
}

/* What this kernel was told of the machine and the next has to know, too. */
static void carry_params(const struct boot_data *data)
{
	static const struct {
		uint16_t at, len;
	} fields[] = {
		{ 0x000, 0x040 }, /* screen_info */
		{ 0x140, 0x080 }, /* edid_info */
		{ 0x1e9, 2 },	  /* eddbuf_entries, edd_mbr_sig_buf_entries */
		{ 0x1ec, 1 },	  /* secure_boot */
		{ HARDWARE_SUBARCH, 4 },
		{ 0x290, 0x040 }, /* edd_mbr_sig_buffer */
		{ 0xd00, 0x1ec }, /* eddbuf */
	};
	uint8_t *params = params_of(data);

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		memcpy(params + fields[i].at,
		       data->platform->boot_params + fields[i].at,
		       fields[i].len);
	store_le64(params + ACPI_RSDP_ADDR, data->platform->rsdp);
}

static void put_header(const struct boot_data *data)
{
	const struct kimage_view *view = &data->kernel->view;
	uint32_t end = view->setup_header_end < HEADER_ROOM_END
			       ? view->setup_header_end
			       : HEADER_ROOM_END;
	uint8_t *params = params_of(data);

	memcpy(params + HEADER_START,
	       data->kernel->kernel.bytes.ptr + HEADER_START,
	       end - HEADER_START);
	params[TYPE_OF_LOADER] = LOADER_UNDEFINED;
	params[LOADFLAGS] = LOADED_HIGH;
	store_le64(params + SETUP_DATA, 0);
}

static void put_cmdline(const struct boot_data *data)
{
	const struct cmdline *line = &data->kernel->cmdline;

	memcpy(data->bytes + data->at.cmdline, line->text, line->len);
	store_halves(params_of(data), CMD_LINE_PTR, EXT_CMD_LINE_PTR,
		     data->mem + data->at.cmdline);
}

static void put_initrd(const struct boot_data *data)
{
	uint8_t *params = params_of(data);

	store_halves(params, RAMDISK_IMAGE, EXT_RAMDISK_IMAGE,
		     data->initrd_mem);
	store_halves(params, RAMDISK_SIZE, EXT_RAMDISK_SIZE,
		     data->kernel->initrd.bytes.len);
}

static void put_e820_entry(uint8_t *to, const struct platform_range *range)
{
	store_le64(to, range->start);
	store_le64(to + 8, range->end - range->start);
	store_le32(to + 16, range->type);
}

static void put_e820(const struct boot_data *data)
{
	const struct platform_ranges *map = &data->platform->firmware;
	uint8_t *params = params_of(data), *to;
	size_t len = data->at.e820_count * E820_ENTRY_LEN;

	for (size_t i = 0; i < map->count && i < E820_TABLE_MAX; i++) {
		put_e820_entry(params + E820_TABLE + i * E820_ENTRY_LEN,
			       &map->at[i]);
		params[E820_ENTRIES] = (uint8_t)(i + 1);
	}
	if (!len)
		return;
	to = link_setup_data(data, data->at.e820_data, SETUP_E820_EXT, len);
	for (size_t i = E820_TABLE_MAX; i < map->count; i++) {
		put_e820_entry(to, &map->at[i]);
		to += E820_ENTRY_LEN;
	}
}

static void put_efi_map(const struct boot_data *data)
{
	const struct platform_efi *efi = &data->platform->efi;
	uint8_t *to = data->bytes + data->at.efi_map;

	for (size_t i = 0; i < efi->region_count; i++) {
		const struct platform_efi_region *region = &efi->regions[i];

		store_le32(to, region->type);
		store_le64(to + 8, region->phys_addr);
		store_le64(to + 16, region->virt_addr);
		store_le64(to + 24, region->num_pages);
		store_le64(to + 32, region->attribute);
		to += EFI_DESCRIPTOR_LEN;
	}
}

/*
 * efi_info: signature, system table, descriptor size and version, map and its
 * size, upper halves. With it goes the list entry that tells the kernel that
 * the virtual addresses are set, and the pointers from before they were: struct
 * efi_setup_data {fw_vendor, unused, tables, smbios, reserved[8]}.
 */
static void put_efi(const struct boot_data *data)
{
	const struct platform_efi *efi = &data->platform->efi;
	const uint8_t *was = data->platform->boot_params + EFI_INFO;
	uint8_t *info = params_of(data) + EFI_INFO, *setup;

	if (!data->at.has_efi)
		return;
	memcpy(info, was, 8);		/* signature, system table */
	memcpy(info + 12, was + 12, 4); /* version of the descriptors */
	memcpy(info + 24, was + 24, 4); /* system table, upper half */
	store_le32(info + 8, EFI_DESCRIPTOR_LEN);
	store_le32(info + 20, (uint32_t)data->at.efi_map_len);
	store_halves(info, 16, 28, data->mem + data->at.efi_map);
	put_efi_map(data);
	setup = link_setup_data(data, data->at.efi_data, SETUP_EFI,
				SETUP_EFI_LEN);
	store_le64(setup, efi->fw_vendor);
	store_le64(setup + 16, efi->config_table);
	store_le64(setup + 24, efi->smbios);
}

static void put_seed(const struct boot_data *data,
		     const struct kexec_seeds *seeds)
{
	if (seeds->has_seeds)
		memcpy(link_setup_data(data, data->at.seed, SETUP_RNG_SEED,
				       SETUP_RNG_LEN),
		       seeds->rng, SETUP_RNG_LEN);
}

static void put_trampoline(const struct boot_data *data)
{
	memcpy(data->bytes, trampoline, sizeof(trampoline));
	store_le64(data->bytes + TRAMPOLINE_PARAMS, data->mem + PARAMS_AT);
	/* The 64-bit entry is 0x200 behind the start of the code. */
	store_le64(data->bytes + TRAMPOLINE_ENTRY, data->kernel_mem + 0x200);
}

/* --- places --------------------------------------------------------------- */

static enum status check_kernel(const struct platform *platform,
				const struct kimage_view *view,
				struct span kernel, struct error *err)
{
	if (view->kind != KIMAGE_BZIMAGE ||
	    view->setup_header_end <= HEADER_START ||
	    !span_holds(kernel, 0, view->setup_header_end) ||
	    !span_holds(kernel, view->protected_offset, view->protected_len) ||
	    view->protected_len <= 0x200)
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
static enum status place_kernel(struct boot_data *data,
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
	};

	if (!view->relocatable) {
		wish.align = PAGE;
		wish.min = view->pref_address;
		if (!round_up_size(wish.min + wish.memsz, PAGE, &wish.end))
			wish.end = MEMORY_END;
	}
	return kexec_segments_add(list, data->platform, &wish,
				  &data->kernel_mem, err);
}

/* Above 4 GiB where the kernel can take it, to keep the scarce low memory for
 * what needs it. */
static enum status place_initrd(struct boot_data *data,
				struct kexec_segments *list, struct error *err)
{
	const struct kimage_view *view = &data->kernel->view;
	struct span bytes = data->kernel->initrd.bytes;
	bool is_free = view->xloadflags & XLF_ABOVE_4G;
	struct kexec_wish wish = {
		.name = "initrd",
		.bytes = bytes,
		.memsz = bytes.len,
		.min = FOUR_GIB,
		.end = MEMORY_END,
	};

	if (!bytes.len)
		return OK;
	if (is_free && kexec_segments_add(list, data->platform, &wish,
					  &data->initrd_mem, NULL) == OK)
		return OK;
	wish.min = DMA_MEMORY;
	wish.end = is_free ? FOUR_GIB : (uint64_t)view->initrd_addr_max + 1;
	return kexec_segments_add(list, data->platform, &wish,
				  &data->initrd_mem, err);
}

static enum status place_boot_data(struct boot_data *data,
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

enum status kexec_x86_plan(const struct platform *platform,
			   const struct loadable_kernel *kernel,
			   const struct kexec_seeds *seeds, uint8_t *scratch,
			   size_t scratch_len, struct kexec_segments *ret,
			   struct error *err)
{
	struct boot_data data = {
		.platform = platform,
		.kernel = kernel,
		.at = lay_out(platform, kernel),
		.bytes = scratch,
	};
	struct kexec_segments list = { .count = 0 };
	enum status s = check_kernel(platform, &kernel->view,
				     kernel->kernel.bytes, err);

	if (s == OK && scratch_len < data.at.len)
		s = fail(err, E_KEXEC_SCRATCH,
			 "the boot data takes %zu bytes, there is room for %zu",
			 data.at.len, scratch_len);
	if (s == OK)
		s = place_kernel(&data, &list, err);
	if (s == OK)
		s = place_initrd(&data, &list, err);
	if (s == OK)
		s = place_boot_data(&data, &list, err);
	if (s != OK)
		return s;
	memset(scratch, 0, data.at.len);
	put_header(&data);
	carry_params(&data);
	put_cmdline(&data);
	put_initrd(&data);
	put_e820(&data);
	put_efi(&data);
	put_seed(&data, seeds);
	put_trampoline(&data);
	list.entry = data.mem;
	s = kexec_segments_check(&list, platform, err);
	if (s == OK)
		*ret = list;
	return s;
}
