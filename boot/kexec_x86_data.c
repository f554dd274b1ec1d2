/*
 * Writes what an x86_64 kernel is started with, see kexec_x86_data.h. The
 * numbers are those of Linux Documentation/arch/x86/boot.rst and zero-page.rst;
 * what goes over from this kernel to the next is what the kernel's own
 * kexec_file_load(2) carries over, and EDID, EDD signatures and memory ranges
 * beyond the 128th besides.
 */
#include "kexec_x86_data.h"

#include <string.h>

#define PAGE	  0x1000U
#define PARAMS_AT PAGE
#define TABLES_AT (2 * PAGE)

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

#define XLF_EFI_KEXEC (1U << 4)

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
#define SETUP_DTB      2
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

/* --- the boot data -------------------------------------------------------- */

static size_t reserve(size_t *at, size_t len)
{
	size_t was = *at;

	*at = (was + len + 15) & ~(size_t)15;
	return was;
}

struct x86_layout x86_lay_out(const struct platform *platform,
			      const struct loadable_kernel *kernel)
{
	struct x86_layout l = { .len = TABLES_AT };
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
	l.dtb_len = kernel->dtb.bytes.len;
	l.dtb = reserve(&l.len, SETUP_HEAD_LEN + l.dtb_len);
	l.len = (l.len + PAGE - 1) & ~(size_t)(PAGE - 1);
	return l;
}

static uint8_t *params_of(const struct x86_boot_data *data)
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
static uint8_t *link_setup_data(const struct x86_boot_data *data, size_t at,
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
static void carry_params(const struct x86_boot_data *data)
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

static void put_header(const struct x86_boot_data *data)
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

static void put_cmdline(const struct x86_boot_data *data)
{
	memcpy(data->bytes + data->at.cmdline, data->kernel->cmdline.text,
	       data->kernel->cmdline.len);
	store_halves(params_of(data), CMD_LINE_PTR, EXT_CMD_LINE_PTR,
		     data->mem + data->at.cmdline);
}

static void put_initrd(const struct x86_boot_data *data)
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

static void put_e820(const struct x86_boot_data *data)
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

static void put_efi_map(const struct x86_boot_data *data)
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
static void put_efi(const struct x86_boot_data *data)
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

static void put_seed(const struct x86_boot_data *data,
		     const struct kexec_seeds *seeds)
{
	if (seeds->has_seeds)
		memcpy(link_setup_data(data, data->at.seed, SETUP_RNG_SEED,
				       SETUP_RNG_LEN),
		       seeds->rng, SETUP_RNG_LEN);
}

/* The image's own device tree, for kernels that read one beside ACPI. */
static void put_dtb(const struct x86_boot_data *data)
{
	if (data->at.dtb_len)
		memcpy(link_setup_data(data, data->at.dtb, SETUP_DTB,
				       data->at.dtb_len),
		       data->kernel->dtb.bytes.ptr, data->at.dtb_len);
}

static void put_trampoline(const struct x86_boot_data *data)
{
	memcpy(data->bytes, trampoline, sizeof(trampoline));
	store_le64(data->bytes + TRAMPOLINE_PARAMS, data->mem + PARAMS_AT);
	/* The 64-bit entry is 0x200 behind the start of the code. */
	store_le64(data->bytes + TRAMPOLINE_ENTRY, data->kernel_mem + 0x200);
}

void x86_put_boot_data(const struct x86_boot_data *data,
		       const struct kexec_seeds *seeds)
{
	memset(data->bytes, 0, data->at.len);
	put_header(data);
	carry_params(data);
	put_cmdline(data);
	put_initrd(data);
	put_e820(data);
	put_efi(data);
	put_seed(data, seeds);
	put_dtb(data);
	put_trampoline(data);
}
