/*
 * Recorded trees of /proc and /sys: a BIOS machine, the same with EFI, and an
 * arm64 machine.
 */
#ifndef KEELBOOT_TESTS_UNIT_PLATFORM_TREES_H
#define KEELBOOT_TESTS_UNIT_PLATFORM_TREES_H

#include "format/pe.h"
#include "scratch.h"
#include "sys/platform.h"
#include "sys/platform_parts.h"
#include "test.h"

#include <stdio.h>
#include <unistd.h>

#define BIOS_IOMEM                                                             \
	"00000000-00000fff : Reserved\n"                                       \
	"00001000-0009fbff : System RAM\n"                                     \
	"0009fc00-0009ffff : Reserved\n"                                       \
	"000a0000-000bffff : PCI Bus 0000:00\n"                                \
	"000f0000-000fffff : Reserved\n"                                       \
	"  000f0000-000fffff : System ROM\n"                                   \
	"00100000-3ffdefff : System RAM\n"                                     \
	"  01000000-01e01ef1 : Kernel code\n"                                  \
	"  02000000-02826fff : Kernel rodata\n"                                \
	"  02a00000-02c45dff : Kernel data\n"                                  \
	"  032b1000-037fffff : Kernel bss\n"                                   \
	"  30000000-37ffffff : Crash kernel\n"                                 \
	"3ffdf000-3fffffff : Reserved\n"                                       \
	"b0000000-bfffffff : PCI MMCONFIG 0000 [bus 00-ff]\n"                  \
	"  b0000000-bfffffff : Reserved\n"                                     \
	"100000000-1bfffffff : System RAM\n"                                   \
	"1c0000000-1cfffffff : System RAM (kmem)\n"                            \
	"fd00000000-ffffffffff : Reserved\n"

#define ARM64_IOMEM                                                            \
	"09000000-09000fff : pl011@9000000\n"                                  \
	"  09000000-09000fff : 9000000.pl011 pl011@9000000\n"                  \
	"40000000-7fffffff : System RAM\n"                                     \
	"  40210000-40d5ffff : Kernel code\n"                                  \
	"  40d60000-40ebffff : reserved\n"                                     \
	"  40ec0000-4118ffff : Kernel data\n"                                  \
	"  48000000-48eb4fff : reserved\n"                                     \
	"    48000000-48000fff : deeper\n"                                     \
	"  7ec00000-7fbfffff : reserved\n"                                     \
	"    7ed00000-7edfffff : Kernel data\n"                                \
	"  7fdf7000-7fffffff : reserved\n"                                     \
	"80000000-8000ffff : reserved\n"                                       \
	"88000000-8fffffff : CXL Window 0\n"                                   \
	"  88000000-8fffffff : System RAM\n"                                   \
	"    8ff00000-8fffffff : reserved\n"

static const struct {
	const char *start, *end, *type;
} memmap[] = {
	{ "0x0\n", "0x9fbff\n", "System RAM\n" },
	{ "0x9fc00\n", "0x9ffff\n", "Reserved\n" },
	{ "0x100000\n", "0x3ffdefff\n", "System RAM\n" },
	{ "0x3ffdf000\n", "0x3ffdffff\n", "ACPI Tables\n" },
	{ "0x3ffe0000\n", "0x3ffe0fff\n", "ACPI Non-volatile Storage\n" },
	{ "0x3ffe1000\n", "0x3ffe1fff\n", "Unusable memory\n" },
	{ "0x3ffe2000\n", "0x3ffe2fff\n", "Persistent Memory (legacy)\n" },
	{ "0x3ffe3000\n", "0x3ffe3fff\n", "Persistent Memory\n" },
	{ "0x3ffe4000\n", "0x3ffe4fff\n", "Soft Reserved\n" },
	{ "0x3ffe5000\n", "0x3ffe5fff\n", "Of a later kernel\n" },
	{ "0x100000000\n", "0x17fffffff\n", "System RAM\n" },
	{ "0x180000000\n", "0x1bfffffff\n", "System RAM\n" },
};

static const char meminfo[] = "MemTotal:        995604 kB\n"
			      "MemFree:         900000 kB\n"
			      "MemAvailable:    900000 kB\n";
static const char cpuinfo[] = "processor\t: 0\nflags\t\t: fpu lm la57 sse\n";

static inline void make_memmap(const struct scratch *s, size_t i,
			       const char *start, const char *end,
			       const char *type)
{
	char path[64];

	snprintf(path, sizeof(path), "sys/firmware/memmap/%zu/start", i);
	scratch_text(s, path, start);
	snprintf(path, sizeof(path), "sys/firmware/memmap/%zu/end", i);
	scratch_text(s, path, end);
	snprintf(path, sizeof(path), "sys/firmware/memmap/%zu/type", i);
	scratch_text(s, path, type);
}

static inline void make_bios(const struct scratch *s)
{
	uint8_t params[4096] = { [0x10] = 0xab };

	store_le64(params + 0x70, 0xf59e0);
	scratch_text(s, "proc/iomem", BIOS_IOMEM);
	scratch_text(s, "proc/meminfo", meminfo);
	scratch_text(s, "proc/cpuinfo", cpuinfo);
	scratch_file(s, "sys/kernel/boot_params/data",
		     span_of(params, sizeof(params)));
	/* Not in the order of their addresses, as after a hot-plug. */
	for (size_t i = 0; i < test_count(memmap); i++)
		make_memmap(s, test_count(memmap) - i, memmap[i].start,
			    memmap[i].end, memmap[i].type);
}

static inline void make_region(const struct scratch *s, unsigned i,
			       const char *phys, const char *virt,
			       const char *attribute)
{
	static const char *const names[] = { "type", "phys_addr", "virt_addr",
					     "num_pages", "attribute" };
	const char *const values[] = { "0x5\n", phys, virt, "0x80\n",
				       attribute };
	char path[64];

	for (size_t j = 0; j < test_count(names); j++) {
		snprintf(path, sizeof(path),
			 "sys/firmware/efi/runtime-map/%u/%s", i, names[j]);
		scratch_text(s, path, values[j]);
	}
}

static inline void make_efi(const struct scratch *s)
{
	uint8_t params[4096] = { 0 };

	make_bios(s);
	memcpy(params + 0x1c0, "EL64", 4);
	scratch_file(s, "sys/kernel/boot_params/data",
		     span_of(params, sizeof(params)));
	scratch_text(s, "sys/firmware/efi/systab",
		     "ACPI20=0x3f77d014\nACPI=0x3f77d000\nSMBIOS3=0x2\n"
		     "SMBIOS=0x3f520000\n");
	scratch_text(s, "sys/firmware/efi/fw_platform_size", "64\n");
	scratch_text(s, "sys/firmware/efi/fw_vendor", "0x3f52aa18\n");
	scratch_text(s, "sys/firmware/efi/config_table", "0x3f5ebc98\n");
	make_region(s, 0, "0x3fef4000\n", "0xfffffffeffe4e000\n",
		    "0x800000000000000f\n");
	make_region(s, 1, "0x3f4ec000\n", "0xfffffffeff6ec000\n",
		    "0x800000000000000f\n");
}

static inline void make_arm64(const struct scratch *s)
{
	scratch_text(s, "proc/iomem", ARM64_IOMEM);
	scratch_text(s, "proc/meminfo", meminfo);
	scratch_text(s, "sys/firmware/fdt", "a tree");
}

static inline void read_it(const struct scratch *s, uint16_t machine,
			   struct platform *ret)
{
	struct error err;

	assert_ok(&err, platform_read(s->dir, machine, ret, &err));
}

static inline void assert_range(const struct platform_ranges *list, size_t i,
				uint64_t start, uint64_t end)
{
	assert_true(i < list->count);
	assert_int_equal(list->at[i].start, start);
	assert_int_equal(list->at[i].end, end);
}

#endif
