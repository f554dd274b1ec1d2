/*
 * The EFI firmware's tables as a running x86 kernel shows them, see
 * platform.h. The addresses in the system table itself are of no use to the
 * next kernel: the firmware changed them when it was told the virtual ones, so
 * the kernel keeps the first ones in sysfs.
 */
#include "sys/platform_parts.h"

#include "base/own.h"
#include "base/text.h"
#include "format/pe.h"
#include "sys/file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One page is what sysfs gives at most. */
#define SYSTAB_MAX 4097

/* In the boot parameters, zero-page.rst: the first word of efi_info. */
#define PARAMS_EFI_SIGNATURE 0x1c0
#define SIGNATURE_64BIT	     0x34364c45 /* "EL64" */
#define SIGNATURE_32BIT	     0x32334c45 /* "EL32" */

#define EFI_MEMORY_RUNTIME (1ULL << 63)

/* A value out of /sys/firmware/efi/systab, lines "ACPI20=0x7fb7e014". */
static uint64_t systab_value(struct span text, const char *key)
{
	size_t len = strlen(key);
	struct span line;
	uint64_t value;

	while (span_next_line(&text, &line)) {
		if (!span_starts_with(line, key, len))
			continue;
		if (platform_parse_hex(span_slice(line, len, line.len - len),
				       &value))
			return value;
	}
	return 0;
}

static enum status read_region(int root, const char *name,
			       struct platform_efi_region *ret,
			       struct error *err)
{
	static const char folder[] = "sys/firmware/efi/runtime-map";
	uint64_t type = 0;
	const struct {
		const char *file;
		uint64_t *to;
	} values[] = {
		{ "type", &type },
		{ "phys_addr", &ret->phys_addr },
		{ "virt_addr", &ret->virt_addr },
		{ "num_pages", &ret->num_pages },
		{ "attribute", &ret->attribute },
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%s/%s/%s", folder, name,
			 values[i].file);
		if (!platform_read_hex(root, path, values[i].to))
			return fail(err, E_PLATFORM_EFI,
				    "/%s is not a hexadecimal number", path);
	}
	ret->type = (uint32_t)type;
	return OK;
}

static int compare_region(const void *a, const void *b)
{
	const struct platform_efi_region *left = a, *right = b;

	return (left->phys_addr > right->phys_addr) -
	       (left->phys_addr < right->phys_addr);
}

/* Not there with efi=noruntime or without CONFIG_EFI_RUNTIME_MAP. */
static enum status read_runtime_map(int root, struct platform_efi *efi,
				    struct error *err)
{
	_close_folder_ DIR *folder =
		platform_open_folder(root, "sys/firmware/efi/runtime-map");
	struct dirent *entry;
	enum status s = OK;

	if (!folder)
		return OK;
	efi->regions = calloc(PLATFORM_EFI_MAP_MAX, sizeof(*efi->regions));
	if (!efi->regions)
		return fail(err, E_NO_MEMORY,
			    "no memory for the EFI runtime map");
	while (s == OK && (entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		if (efi->region_count == PLATFORM_EFI_MAP_MAX)
			return fail(err, E_PLATFORM_TOO_MANY,
				    "the EFI runtime map has more than %d "
				    "regions",
				    PLATFORM_EFI_MAP_MAX);
		s = read_region(root, entry->d_name,
				&efi->regions[efi->region_count], err);
		efi->region_count += s == OK;
	}
	qsort(efi->regions, efi->region_count, sizeof(*efi->regions),
	      compare_region);
	return s;
}

enum status platform_read_efi(int root, struct platform *p, struct error *err)
{
	char systab[SYSTAB_MAX], bits[8] = "";
	struct span text = { 0 };
	size_t len;

	if (file_read_small(root, "sys/firmware/efi/systab", systab,
			    sizeof(systab), &len))
		text = span_of(systab, len);
	if (!p->rsdp)
		p->rsdp = systab_value(text, "ACPI20=");
	if (!p->rsdp)
		p->rsdp = systab_value(text, "ACPI=");
	p->efi.smbios = systab_value(text, "SMBIOS=");
	if (file_read_line(root, "sys/firmware/efi/fw_platform_size", bits,
			   sizeof(bits)))
		p->efi.is_64bit = !strcmp(bits, "64");
	/* Absent or unreadable: then the runtime services stay behind. */
	if (!platform_read_hex(root, "sys/firmware/efi/fw_vendor",
			       &p->efi.fw_vendor) ||
	    !platform_read_hex(root, "sys/firmware/efi/config_table",
			       &p->efi.config_table))
		return OK;
	return read_runtime_map(root, &p->efi, err);
}

bool platform_has_efi(const struct platform *platform)
{
	struct span params =
		span_of(platform->boot_params, sizeof(platform->boot_params));

	return platform->machine == PE_MACHINE_X86_64 &&
	       (span_le32(params, PARAMS_EFI_SIGNATURE) == SIGNATURE_64BIT ||
		span_le32(params, PARAMS_EFI_SIGNATURE) == SIGNATURE_32BIT);
}

bool platform_has_efi_runtime(const struct platform *platform)
{
	const struct platform_efi *efi = &platform->efi;

	if (!platform_has_efi(platform) || !efi->is_64bit ||
	    !efi->config_table || !efi->region_count)
		return false;
	/* With efi=noruntime nothing has been mapped, and the next kernel
	 * would take 0 for an address. */
	for (size_t i = 0; i < efi->region_count; i++) {
		if ((efi->regions[i].attribute & EFI_MEMORY_RUNTIME) &&
		    !efi->regions[i].virt_addr)
			return false;
	}
	return true;
}
