/* The machine as the running kernel shows it: recorded trees of a BIOS, an EFI
 * and an arm64 machine, and each file of them missing or wrong. */
#include "platform_trees.h"

static void reads_a_bios_machine(void **state)
{
	static const uint32_t types[] = { 1,  2, 1,	     3, 4, 5,
					  12, 7, 0xefffffff, 2, 1, 1 };
	struct scratch s _drop_scratch_ = scratch_make();
	struct platform p _drop_platform_ = { 0 };

	(void)state;
	make_bios(&s);
	read_it(&s, PE_MACHINE_X86_64, &p);
	assert_int_equal(p.machine, PE_MACHINE_X86_64);
	assert_int_equal(p.page_size, sysconf(_SC_PAGESIZE));
	assert_int_equal(p.ram_bytes, 995604ULL * 1024);
	assert_int_equal(p.rsdp, 0xf59e0);
	assert_int_equal(p.boot_params[0x10], 0xab);
	assert_true(p.has_la57);
	assert_false(platform_has_efi(&p));
	assert_false(platform_has_efi_runtime(&p));
	/* What both maps call RAM; what a driver added is not there. */
	assert_int_equal(p.ram.count, 3);
	assert_range(&p.ram, 0, 0x1000, 0x9fc00);
	assert_range(&p.ram, 1, 0x100000, 0x3ffdf000);
	assert_range(&p.ram, 2, 0x100000000, 0x1c0000000);
	assert_int_equal(p.reserved.count, 1);
	assert_range(&p.reserved, 0, 0x30000000, 0x38000000);
	assert_int_equal(p.kernel.count, 4);
	assert_range(&p.kernel, 0, 0x1000000, 0x1e01ef2);
	assert_int_equal(p.firmware.count, test_count(memmap));
	for (size_t i = 0; i < test_count(types); i++)
		assert_int_equal(p.firmware.at[i].type, types[i]);
	assert_range(&p.firmware, 0, 0, 0x9fc00);
	assert_range(&p.firmware, 11, 0x180000000, 0x1c0000000);
}

static void trusts_neither_map_alone(void **state)
{
	struct scratch s _drop_scratch_ = scratch_make();
	struct platform p _drop_platform_ = { 0 };
	struct error err;

	(void)state;
	make_bios(&s);
	/* A piece that the running kernel took out, one that it was given. */
	scratch_text(&s, "proc/iomem",
		     "00100000-1fffffff : System RAM\n"
		     "20000000-2fffffff : Reserved\n"
		     "30000000-4fffffff : System RAM\n");
	read_it(&s, PE_MACHINE_X86_64, &p);
	assert_int_equal(p.ram.count, 2);
	assert_range(&p.ram, 0, 0x100000, 0x20000000);
	assert_range(&p.ram, 1, 0x30000000, 0x3ffdf000);
	scratch_text(&s, "proc/iomem", "50000000-5fffffff : System RAM\n");
	platform_drop(&p);
	assert_refused(E_PLATFORM_NO_RAM, &err,
		       platform_read(s.dir, PE_MACHINE_X86_64, &p, &err));
}

static void reads_an_efi_machine(void **state)
{
	struct scratch s _drop_scratch_ = scratch_make();
	struct platform p _drop_platform_ = { 0 };

	(void)state;
	make_efi(&s);
	read_it(&s, PE_MACHINE_X86_64, &p);
	assert_true(platform_has_efi(&p));
	assert_true(platform_has_efi_runtime(&p));
	assert_int_equal(p.rsdp, 0x3f77d014);
	assert_int_equal(p.efi.smbios, 0x3f520000);
	assert_int_equal(p.efi.fw_vendor, 0x3f52aa18);
	assert_int_equal(p.efi.config_table, 0x3f5ebc98);
	assert_int_equal(p.efi.region_count, 2);
	assert_int_equal(p.efi.regions[0].phys_addr, 0x3f4ec000);
	assert_int_equal(p.efi.regions[0].virt_addr, 0xfffffffeff6ec000);
	assert_int_equal(p.efi.regions[1].num_pages, 0x80);
	assert_int_equal(p.efi.regions[1].attribute, 0x800000000000000f);
	assert_int_equal(p.efi.regions[1].type, 5);
}

/* Without the runtime services the tables are found all the same. */
static void leaves_behind_what_is_not_mapped(void **state)
{
	static const struct {
		const char *path, *text; /* NULL: the file is removed */
	} changes[] = {
		{ "sys/firmware/efi/fw_platform_size", "32\n" },
		{ "sys/firmware/efi/fw_platform_size", NULL },
		{ "sys/firmware/efi/config_table", NULL },
		{ "sys/firmware/efi/config_table", "0x0\n" },
		{ "sys/firmware/efi/fw_vendor", NULL },
		{ "sys/firmware/efi/runtime-map/1/virt_addr", "0x0\n" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(changes); i++) {
		struct scratch s _drop_scratch_ = scratch_make();
		struct platform p _drop_platform_ = { 0 };

		make_efi(&s);
		if (changes[i].text)
			scratch_text(&s, changes[i].path, changes[i].text);
		else
			unlink(scratch_path(&s, changes[i].path));
		read_it(&s, PE_MACHINE_X86_64, &p);
		assert_true(platform_has_efi(&p));
		assert_false(platform_has_efi_runtime(&p));
		assert_int_equal(p.rsdp, 0x3f77d014);
	}
}

/* A region that no runtime service uses need not be mapped. */
static void does_not_need_every_region_mapped(void **state)
{
	struct scratch s _drop_scratch_ = scratch_make();
	struct platform p _drop_platform_ = { 0 };

	(void)state;
	make_efi(&s);
	make_region(&s, 2, "0x1000\n", "0x0\n", "0xf\n");
	read_it(&s, PE_MACHINE_X86_64, &p);
	assert_int_equal(p.efi.region_count, 3);
	assert_true(platform_has_efi_runtime(&p));
}

/* 32-bit firmware: there is EFI, but nothing of it can be handed on. */
static void knows_efi_of_32_bits(void **state)
{
	struct scratch s _drop_scratch_ = scratch_make();
	struct platform p _drop_platform_ = { 0 };

	(void)state;
	make_efi(&s);
	read_it(&s, PE_MACHINE_X86_64, &p);
	memcpy(p.boot_params + 0x1c0, "EL32", 4);
	assert_true(platform_has_efi(&p));
	memcpy(p.boot_params + 0x1c0, "EL16", 4);
	assert_false(platform_has_efi(&p));
	assert_false(platform_has_efi_runtime(&p));
}

static void finds_the_rsdp(void **state)
{
	struct scratch s _drop_scratch_ = scratch_make();
	struct platform p _drop_platform_ = { 0 };

	(void)state;
	make_efi(&s);
	scratch_text(&s, "sys/firmware/efi/systab", "ACPI=0x3f77d000\n");
	read_it(&s, PE_MACHINE_X86_64, &p);
	assert_int_equal(p.rsdp, 0x3f77d000);
	assert_int_equal(p.efi.smbios, 0);
	platform_drop(&p);
	unlink(scratch_path(&s, "sys/firmware/efi/systab"));
	read_it(&s, PE_MACHINE_X86_64, &p);
	assert_int_equal(p.rsdp, 0);
}

static void reads_an_arm64_machine(void **state)
{
	struct scratch s _drop_scratch_ = scratch_make();
	struct platform p _drop_platform_ = { 0 };

	(void)state;
	make_arm64(&s);
	read_it(&s, PE_MACHINE_ARM64, &p);
	assert_int_equal(p.ram.count, 2);
	assert_range(&p.ram, 0, 0x40000000, 0x80000000);
	assert_range(&p.ram, 1, 0x88000000, 0x90000000);
	assert_int_equal(p.kernel.count, 3);
	assert_range(&p.kernel, 0, 0x40210000, 0x40d60000);
	assert_int_equal(p.reserved.count, 5);
	assert_range(&p.reserved, 0, 0x40d60000, 0x40ec0000);
	assert_range(&p.reserved, 1, 0x48000000, 0x48eb5000);
	assert_range(&p.reserved, 4, 0x8ff00000, 0x90000000);
	assert_span_text(span_of(p.fdt, p.fdt_len), "a tree");
	assert_false(platform_has_efi(&p));
}

static void needs_each_file(void **state)
{
	static const struct {
		uint16_t machine;
		enum status want;
		const char *path, *text; /* NULL: the file is removed */
		const char *says;
	} bad[] = {
		{ PE_MACHINE_X86_64, E_PLATFORM_READ, "proc/iomem", NULL,
		  "/proc/iomem" },
		{ PE_MACHINE_X86_64, E_PLATFORM_READ, "proc/cpuinfo", NULL,
		  "cpuinfo" },
		{ PE_MACHINE_X86_64, E_PLATFORM_READ,
		  "sys/kernel/boot_params/data", NULL, "CONFIG_SYSFS" },
		{ PE_MACHINE_X86_64, E_PLATFORM_BOOT_PARAMS,
		  "sys/kernel/boot_params/data", "short", " 5 " },
		{ PE_MACHINE_X86_64, E_MEMINFO_READ, "proc/meminfo", NULL,
		  "meminfo" },
		{ PE_MACHINE_X86_64, E_MEMINFO_FIELD, "proc/meminfo", "x\n",
		  "MemTotal" },
		{ PE_MACHINE_X86_64, E_PLATFORM_MEMMAP,
		  "sys/firmware/memmap/3/start", NULL, "memmap/3" },
		{ PE_MACHINE_X86_64, E_PLATFORM_MEMMAP,
		  "sys/firmware/memmap/3/end", "0xg\n", "memmap/3" },
		{ PE_MACHINE_X86_64, E_PLATFORM_MEMMAP,
		  "sys/firmware/memmap/3/type", NULL, "memmap/3" },
		{ PE_MACHINE_X86_64, E_PLATFORM_MEMMAP,
		  "sys/firmware/memmap/3/end", "0x1\n", "0x1" },
		{ PE_MACHINE_X86_64, E_PLATFORM_MEMMAP,
		  "sys/firmware/memmap/3/end", "0xffffffffffffffff\n",
		  "0xffffffffffffffff" },
		{ PE_MACHINE_X86_64, E_PLATFORM_EFI,
		  "sys/firmware/efi/runtime-map/1/type", NULL, "1/type" },
		{ PE_MACHINE_X86_64, E_PLATFORM_EFI,
		  "sys/firmware/efi/runtime-map/0/phys_addr", "\n",
		  "0/phys_addr" },
		{ PE_MACHINE_X86_64, E_PLATFORM_EFI,
		  "sys/firmware/efi/runtime-map/0/virt_addr", "0x\n",
		  "0/virt_addr" },
		{ PE_MACHINE_X86_64, E_PLATFORM_EFI,
		  "sys/firmware/efi/runtime-map/0/num_pages",
		  "0x10000000000000000\n", "0/num_pages" },
		{ PE_MACHINE_X86_64, E_PLATFORM_EFI,
		  "sys/firmware/efi/runtime-map/0/attribute", "0x1 2\n",
		  "0/attribute" },
		{ PE_MACHINE_ARM64, E_PLATFORM_READ, "sys/firmware/fdt", NULL,
		  "CONFIG_OF_EARLY_FLATTREE" },
		{ PE_MACHINE_ARM64, E_PLATFORM_FDT, "sys/firmware/fdt", "",
		  "empty" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		struct scratch s _drop_scratch_ = scratch_make();
		struct platform p = { .page_size = 77 };
		struct error err;

		if (bad[i].machine == PE_MACHINE_ARM64)
			make_arm64(&s);
		else
			make_efi(&s);
		if (bad[i].text)
			scratch_text(&s, bad[i].path, bad[i].text);
		else
			unlink(scratch_path(&s, bad[i].path));
		assert_refused(bad[i].want, &err,
			       platform_read(s.dir, bad[i].machine, &p, &err));
		assert_non_null(strstr(err.text, bad[i].says));
		assert_int_equal(p.page_size, 77);
	}
}

static void needs_a_known_machine_and_a_root(void **state)
{
	struct scratch s _drop_scratch_ = scratch_make();
	struct platform p;
	struct error err;

	(void)state;
	make_arm64(&s);
	assert_refused(E_UNSUPPORTED, &err,
		       platform_read(s.dir, PE_MACHINE_RISCV64, &p, &err));
	assert_refused(E_PLATFORM_READ, &err,
		       platform_read(scratch_path(&s, "none"), PE_MACHINE_ARM64,
				     &p, &err));
	/* No map of the firmware: the sentence says which option makes it. */
	assert_refused(E_PLATFORM_READ, &err, ({
			       scratch_text(&s, "proc/cpuinfo", cpuinfo);
			       platform_read(s.dir, PE_MACHINE_X86_64, &p,
					     &err);
		       }));
	assert_non_null(strstr(err.text, "CONFIG_FIRMWARE_MEMMAP"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_bios_machine),
		cmocka_unit_test(trusts_neither_map_alone),
		cmocka_unit_test(reads_an_efi_machine),
		cmocka_unit_test(leaves_behind_what_is_not_mapped),
		cmocka_unit_test(does_not_need_every_region_mapped),
		cmocka_unit_test(knows_efi_of_32_bits),
		cmocka_unit_test(finds_the_rsdp),
		cmocka_unit_test(reads_an_arm64_machine),
		cmocka_unit_test(needs_each_file),
		cmocka_unit_test(needs_a_known_machine_and_a_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
