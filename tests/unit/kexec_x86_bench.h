/*
 * A BIOS machine and a bzImage that the x86_64 tests of kexec start from, and
 * how the next kernel would find things in what was made.
 */
#ifndef KEELBOOT_TESTS_UNIT_KEXEC_X86_BENCH_H
#define KEELBOOT_TESTS_UNIT_KEXEC_X86_BENCH_H

#include "format/pe.h"
#include "image_build.h"
#include "kexec_x86.h"
#include "test.h"

#include <stdio.h>

#define MIB 0x100000ULL
#define GIB 0x40000000ULL

#define SCRATCH_LEN 65536

static struct platform_range ram[] = {
	{ 0x1000, 0x9fc00, PLATFORM_RAM },
	{ 1 * MIB, 1 * GIB, PLATFORM_RAM },
	{ 4 * GIB, 6 * GIB, PLATFORM_RAM },
};
static struct platform_range firmware[300] = {
	{ 0, 0x9fc00, PLATFORM_RAM },
	{ 0xf0000, 1 * MIB, PLATFORM_RESERVED },
	{ 1 * MIB, 1 * GIB, PLATFORM_RAM },
	{ 1 * GIB, 1 * GIB + 0x2000, PLATFORM_ACPI },
	{ 2 * GIB, 2 * GIB + 0x1000, PLATFORM_SOFT_RESERVED },
	{ 4 * GIB, 6 * GIB, PLATFORM_RAM },
};

struct bench {
	struct platform platform;
	struct loadable_kernel kernel;
	struct kexec_seeds seeds;
	uint8_t *scratch;
	struct kexec_segments list;
	struct span image; /* of the kernel, an own copy */
};

static inline void bench_drop(struct bench *b)
{
	free(b->scratch);
	test_drop(&b->image);
}

#define _drop_bench_ __attribute__((cleanup(bench_drop)))

static const uint8_t initrd[0x1234] = { 7, 8, 9 };

/* A BIOS machine with 3 GiB, and a kernel that can be anywhere. */
static inline struct bench make_bench(void)
{
	struct bench b = {
		.platform = {
			.machine = PE_MACHINE_X86_64,
			.page_size = 4096,
			.ram_bytes = 3 * GIB,
			.ram = { ram, test_count(ram), 0 },
			.firmware = { firmware, 6, 0 },
			.rsdp = 0xf59e0,
			.efi = { .is_64bit = true },
		},
		.seeds = { .has_seeds = true, .rng = { 1, 2, 3, [31] = 32 } },
		.scratch = malloc(SCRATCH_LEN),
	};
	struct pe_build pe;
	struct error err;

	assert_non_null(b.scratch);
	bzimage_build(&pe);
	b.image = test_copy(span_of(pe.bytes, pe.len));
	pe_build_drop(&pe);
	assert_ok(&err, kimage_parse(b.image, &b.kernel.view, &err));
	b.kernel.kernel.bytes = b.image;
	b.kernel.initrd.bytes = span_of(initrd, sizeof(initrd));
	b.kernel.cmdline.len =
		(uint32_t)snprintf(b.kernel.cmdline.text, CMDLINE_MAX, "%s",
				   "console=ttyS0 quiet");
	/* What a real one says; the build's is smaller than its code. */
	b.kernel.view.init_size = 0x3378000;
	b.kernel.view.image_size = 0x3378000;
	b.kernel.view.pref_address = 16 * MIB;
	b.kernel.view.kernel_alignment = 2 * MIB;
	b.kernel.view.relocatable = true;
	b.kernel.view.xloadflags = 0x7f;
	memset(b.scratch, 0xa5, SCRATCH_LEN);
	for (unsigned i = 0; i < 4096; i++)
		b.platform.boot_params[i] = (uint8_t)(i * 7 + (i >> 8));
	store_le32(b.platform.boot_params + 0x1c0, 0);
	return b;
}

static inline enum status plan(struct bench *b, struct error *err)
{
	return kexec_x86_plan(&b->platform, &b->kernel, &b->seeds, b->scratch,
			      kexec_x86_scratch(&b->platform, &b->kernel),
			      &b->list, err);
}

static inline void plan_ok(struct bench *b)
{
	struct error err;

	assert_true(kexec_x86_scratch(&b->platform, &b->kernel) <= SCRATCH_LEN);
	assert_ok(&err, plan(b, &err));
	assert_ok(&err, kexec_segments_check(&b->list, &b->platform, &err));
}

static inline const struct kexec_segment *find(const struct bench *b,
					       const char *name)
{
	for (uint32_t i = 0; i < b->list.count; i++) {
		if (!strcmp(b->list.at[i].name, name))
			return &b->list.at[i];
	}
	fail_msg("no segment %s", name);
	return NULL;
}

/* Physical memory after the jump: bytes at an address of the boot data. */
static inline struct span at(const struct bench *b, uint64_t mem, uint64_t len)
{
	const struct kexec_segment *data = find(b, "boot data");

	assert_true(mem >= data->mem);
	assert_true(span_holds(data->bytes, mem - data->mem, len));
	return span_slice(data->bytes, mem - data->mem, len);
}

static inline struct span params(const struct bench *b)
{
	return at(b, find(b, "boot data")->mem + 0x1000, 4096);
}

/* The list as the kernel walks it; an empty span if type is not in it. */
static inline struct span setup_data(const struct bench *b, uint32_t type)
{
	uint64_t next = span_le64(params(b), 0x250);

	for (unsigned i = 0; next; i++) {
		struct span head = at(b, next, 16);
		uint32_t len = span_le32(head, 12);

		assert_true(i < 8);
		assert_int_equal(next % 8, 0);
		if (span_le32(head, 8) == type)
			return at(b, next + 16, len);
		next = span_le64(head, 0);
	}
	return span_of(NULL, 0);
}

static inline uint64_t halves(struct span s, uint64_t low, uint64_t high)
{
	return span_le32(s, low) | (uint64_t)span_le32(s, high) << 32;
}

#endif
