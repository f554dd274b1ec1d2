/*
 * The trees of the device tree tests, made by dtc when the tests start.
 */
#ifndef KEELBOOT_TESTS_UNIT_FDT_TREES_H
#define KEELBOOT_TESTS_UNIT_FDT_TREES_H

#include "format/fdt.h"
#include "guard.h"
#include "test.h"

#include <libfdt.h>
#include <limits.h>

#define OUT_LEN 16384

static const struct span none;
static char workdir[PATH_MAX];
static struct span board;   /* what a boot loader without UEFI passes on */
static struct span machine; /* what a UEFI stub makes */

static const char board_source[] =
	"/dts-v1/;\n"
	"/memreserve/ 0x80000000 0x10000;\n"
	"/memreserve/ 0x48000000 0x123456;\n"
	"/memreserve/ 0x90000000 0x7000;\n"
	"/memreserve/ 0x47000000 0x1000;\n"
	"/ {\n"
	"	#address-cells = <2>; #size-cells = <2>;\n"
	"	compatible = \"test,board\";\n"
	"	memory@40000000 { device_type = \"memory\";\n"
	"		reg = <0 0x40000000 0 0x80000000>; };\n"
	"	chosen {\n"
	"		stdout-path = \"/pl011@9000000:115200\";\n"
	"		bootargs = \"console=ttyAMA0 old\";\n"
	"		linux,initrd-start = <0x48000000>;\n"
	"		linux,initrd-end = <0 0x48123456>;\n"
	"		linux,elfcorehdr = <0 1 0 2>;\n"
	"		linux,usable-memory-range = <0 1 0 2>;\n"
	"		linux,ima-kexec-buffer = <0 0x90000000 0 0x7000>;\n"
	"		linux,kho-fdt = <1 2 3 4>;\n"
	"		linux,kho-scratch = <5 6 7 8>;\n"
	"		linux,booted-from-kexec;\n"
	"		kaslr-seed = <0 0>;\n"
	"		rng-seed = [00 11 22];\n"
	"		u-boot,version = \"2025.01\";\n"
	"	};\n"
	"	pl011@9000000 { reg = <0 0x9000000 0 0x1000>;\n"
	"		bootargs = \"not in chosen\"; };\n"
	"};\n";

static const char machine_source[] =
	"/dts-v1/;\n"
	"/ {\n"
	"	chosen {\n"
	"		linux,uefi-mmap-start = <1 2>;\n"
	"		linux,uefi-mmap-size = <3>;\n"
	"		linux,uefi-system-table = <4 5>;\n"
	"		linux,uefi-mmap-desc-size = <48>;\n"
	"		linux,uefi-mmap-desc-ver = <1>;\n"
	"		bootargs = \"of the running kernel\";\n"
	"	};\n"
	"};\n";

static const struct fdt_edits all_edits = {
	.cmdline = "root=/dev/sda2 quiet",
	.has_initrd = true,
	.initrd_start = 0x123456789a,
	.initrd_end = 0x12345fffff,
	.has_seeds = true,
	.kaslr_seed = 0x0123456789abcdef,
	.rng_seed = { 1, 2, 3, [FDT_SEED_LEN - 1] = 64 },
	.keep_uefi = true,
};

/* Runs dtc on a file with that content, gives what it wrote. */
static __attribute__((noinline, unused)) struct span
dtc(const char *options, const void *input, size_t len)
{
	char path[PATH_MAX + 16], line[2 * PATH_MAX + 128];
	FILE *to;

	snprintf(path, sizeof(path), "%s/in", workdir);
	to = fopen(path, "wb");
	assert_non_null(to);
	assert_int_equal(fwrite(input, 1, len, to), len);
	fclose(to);
	snprintf(line, sizeof(line), "dtc -q %s -o '%s/out' '%s/in'", options,
		 workdir, workdir);
	if (system(line))
		fail_msg("dtc failed (scripts/setup.sh test installs it)");
	snprintf(path, sizeof(path), "%s/out", workdir);
	return test_read_file(path);
}

static inline struct span compile(const char *source)
{
	return dtc("-I dts -O dtb -a 8", source, strlen(source));
}

static inline int make_trees(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	snprintf(workdir, sizeof(workdir), "%s/keelboot-fdt-XXXXXX",
		 tmp ? tmp : "/tmp");
	if (!mkdtemp(workdir))
		return 1;
	board = compile(board_source);
	machine = compile(machine_source);
	return 0;
}

static inline int drop_trees(void **state)
{
	char line[PATH_MAX + 16];

	(void)state;
	test_drop(&board);
	test_drop(&machine);
	snprintf(line, sizeof(line), "rm -r '%s'", workdir);
	return system(line);
}

#endif
