/* Where the pieces of an x86_64 kernel go, what is refused, and that the
 * trampoline does what its kernel asks for. */
#include "kexec_x86_bench.h"

#include <sys/mman.h>

/* --- places --------------------------------------------------------------- */

static void places_kernel_initrd_and_boot_data(void **state)
{
	struct bench b _drop_bench_ = make_bench();
	const struct kexec_segment *seg;

	(void)state;
	plan_ok(&b);
	assert_int_equal(b.list.count, 3);
	/* In the middle of 4-6 GiB, and then of what is left. */
	seg = find(&b, "kernel");
	assert_int_equal(seg->mem, 0x13e600000);
	assert_int_equal(seg->memsz, 0x3378000);
	assert_ptr_equal(seg->bytes.ptr, b.image.ptr + BZIMAGE_BUILD_PROTECTED);
	assert_int_equal(seg->bytes.len, b.kernel.view.protected_len);
	seg = find(&b, "initrd");
	assert_int_equal(seg->mem, 0x207ff000);
	assert_int_equal(seg->memsz, 0x2000);
	assert_ptr_equal(seg->bytes.ptr, initrd);
	seg = find(&b, "boot data");
	assert_int_equal(seg->mem, 1 * MIB);
	assert_int_equal(b.list.entry, seg->mem);
}

/* Memory that has just one place for the kernel. */
static void starts_at_an_aligned_place_past_the_preferred(void **state)
{
	struct bench b _drop_bench_ = make_bench();
	struct platform_range taken = { 15 * MIB, 21 * MIB, PLATFORM_RAM };
	struct platform_range all = { 1 * MIB, 0, PLATFORM_RAM };

	(void)state;
	b.platform.ram = (struct platform_ranges){ &all, 1, 0 };
	b.platform.reserved = (struct platform_ranges){ &taken, 1, 0 };
	all.end = 22 * MIB + 0x3378000 + 0x5000;
	plan_ok(&b);
	assert_int_equal(find(&b, "kernel")->mem, 22 * MIB);
	b.kernel.view.kernel_alignment = 16 * MIB;
	all.end = 32 * MIB + 0x3378000 + 0x5000;
	plan_ok(&b);
	assert_int_equal(find(&b, "kernel")->mem, 32 * MIB);
}

static void packs_what_does_not_fit_in_the_middle(void **state)
{
	struct bench b _drop_bench_ = make_bench();
	struct platform_range all = { 0x1000, 2 * MIB, PLATFORM_RAM };
	struct error err;

	(void)state;
	b.platform.ram = (struct platform_ranges){ &all, 1, 0 };
	b.kernel.initrd.bytes.len = 0;
	b.kernel.view.pref_address = 0;
	b.kernel.view.kernel_alignment = 0x1000;
	b.kernel.view.init_size = 1 * MIB - 0x3000;
	plan_ok(&b);
	assert_int_equal(find(&b, "kernel")->mem, 1 * MIB);
	assert_int_equal(find(&b, "boot data")->mem, 2 * MIB - 0x3000);
	b.kernel.view.init_size += 0x1000;
	assert_refused(E_KEXEC_NO_ROOM, &err, plan(&b, &err));
	assert_non_null(strstr(err.text, "boot data"));
}

static void keeps_old_kernels_below_4_gib(void **state)
{
	struct bench b _drop_bench_ = make_bench();
	struct error err;

	(void)state;
	b.kernel.view.xloadflags = 0x1;
	b.kernel.view.initrd_addr_max = UINT32_MAX;
	plan_ok(&b);
	assert_true(find(&b, "kernel")->mem < 1 * GIB);
	assert_true(find(&b, "initrd")->mem < 1 * GIB);
	assert_int_equal(span_le32(params(&b), 0x0c0), 0);
	b.kernel.view.initrd_addr_max = 16 * MIB + 0x1fff;
	plan_ok(&b);
	assert_int_equal(find(&b, "initrd")->mem, 16 * MIB);
	b.kernel.view.initrd_addr_max--;
	assert_refused(E_KEXEC_NO_ROOM, &err, plan(&b, &err));
	assert_non_null(strstr(err.text, "initrd"));
	b.kernel.view.initrd_addr_max = UINT32_MAX;
	b.kernel.view.init_size = 1023 * MIB;
	assert_refused(E_KEXEC_NO_ROOM, &err, plan(&b, &err));
	assert_non_null(strstr(err.text, "kernel"));
	b.kernel.view.xloadflags = 0x3;
	plan_ok(&b);
	assert_int_equal(find(&b, "kernel")->mem, 4 * GIB + 512 * MIB);
}

static void puts_a_fixed_kernel_where_it_wants(void **state)
{
	struct bench b _drop_bench_ = make_bench();
	struct platform_range taken = { 17 * MIB, 18 * MIB, PLATFORM_RAM };
	struct error err;

	(void)state;
	b.kernel.view.relocatable = false;
	plan_ok(&b);
	assert_int_equal(find(&b, "kernel")->mem, 16 * MIB);
	b.platform.reserved = (struct platform_ranges){ &taken, 1, 0 };
	assert_refused(E_KEXEC_NO_ROOM, &err, plan(&b, &err));
	b.kernel.view.pref_address = UINT64_MAX - 0x1000;
	assert_refused(E_KEXEC_NO_ROOM, &err, plan(&b, &err));
}

static void does_without_an_initrd(void **state)
{
	struct bench b _drop_bench_ = make_bench();

	(void)state;
	b.kernel.initrd.bytes.len = 0;
	plan_ok(&b);
	assert_int_equal(b.list.count, 2);
	assert_int_equal(halves(params(&b), 0x218, 0x0c0), 0);
	assert_int_equal(halves(params(&b), 0x21c, 0x0c4), 0);
}

/* --- refusals --------------------------------------------------------------
 */

static void refuses_a_kernel_that_cannot_five_levels(void **state)
{
	struct bench b _drop_bench_ = make_bench();
	struct error err;

	(void)state;
	b.platform.has_la57 = true;
	plan_ok(&b);
	b.kernel.view.xloadflags &= (uint16_t) ~(1U << 5);
	assert_refused(E_KEXEC_LA57, &err, plan(&b, &err));
	b.platform.has_la57 = false;
	plan_ok(&b);
}

static void refuses_a_view_that_does_not_fit(void **state)
{
	struct error err;

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		struct bench b _drop_bench_ = make_bench();
		struct kimage_view *view = &b.kernel.view;

		plan_ok(&b);
		if (i == 0)
			view->kind = KIMAGE_ARM64;
		else if (i == 1)
			view->setup_header_end = 0x1f1;
		else if (i == 2)
			view->setup_header_end = (uint32_t)b.image.len + 1;
		else if (i == 3)
			view->protected_len++;
		else if (i == 4)
			view->protected_offset++;
		else
			view->protected_len = 0x200;
		assert_refused(E_KEXEC_HEADER, &err, plan(&b, &err));
		if (i == 5) {
			view->protected_len++;
			plan_ok(&b);
		}
	}
}

static void refuses_too_little_scratch(void **state)
{
	struct bench b _drop_bench_ = make_bench();
	size_t need = kexec_x86_scratch(&b.platform, &b.kernel);
	struct error err;

	(void)state;
	assert_refused(E_KEXEC_SCRATCH, &err,
		       kexec_x86_plan(&b.platform, &b.kernel, &b.seeds,
				      b.scratch, need - 1, &b.list, &err));
	plan_ok(&b);
	for (size_t i = need; i < SCRATCH_LEN; i++)
		assert_int_equal(b.scratch[i], 0xa5);
}

static void refuses_more_than_half_of_memory(void **state)
{
	struct bench b _drop_bench_ = make_bench();
	struct error err;

	(void)state;
	b.platform.ram_bytes = 100 * MIB;
	assert_refused(E_KEXEC_HALF_RAM, &err, plan(&b, &err));
	assert_non_null(strstr(err.text, "102400 KiB"));
}

/* --- the trampoline ---------------------------------------------------------
 */

static void fills_in_the_two_addresses(void **state)
{
	struct bench b _drop_bench_ = make_bench();
	uint64_t mem;

	(void)state;
	plan_ok(&b);
	mem = find(&b, "boot data")->mem;
	assert_int_equal(span_le64(at(&b, mem, 4096), 0x70), mem + 0x1000);
	assert_int_equal(span_le64(at(&b, mem, 4096), 0x78),
			 find(&b, "kernel")->mem + 0x200);
}

#ifdef __x86_64__
/* Registers as the kernel would find them: rax, rbx, rcx, rdx, rsi, rdi, rbp,
 * r8 to r15. */
static uint64_t landed[15] __attribute__((used));
static uint64_t saved_stack __attribute__((used));

/*
 * Runs the part behind the far return, which needs no privilege, with every
 * register full of ones, up to the jump: the entry leads back here.
 */
static void run_tail(uint8_t *page)
{
	__asm__ volatile(
		"sub $128, %%rsp\n" /* past the red zone */
		"push %%rbx; push %%rbp; push %%r12; push %%r13\n"
		"push %%r14; push %%r15\n"
		"mov %%rsp, saved_stack(%%rip)\n"
		"lea 2f(%%rip), %%rax\n"
		"mov %%rax, 0x78(%0)\n"
		"add $0x39, %0\n"
		"mov $-1, %%rbx; mov %%rbx, %%rcx; mov %%rbx, %%rdx\n"
		"mov %%rbx, %%rsi; mov %%rbx, %%rbp; mov %%rbx, %%r8\n"
		"mov %%rbx, %%r9; mov %%rbx, %%r10; mov %%rbx, %%r11\n"
		"mov %%rbx, %%r12; mov %%rbx, %%r13; mov %%rbx, %%r14\n"
		"mov %%rbx, %%r15; mov %%rbx, %%rax\n"
		"jmp *%0\n"
		"2: mov %%rax, landed(%%rip); mov %%rbx, landed+8(%%rip)\n"
		"mov %%rcx, landed+16(%%rip); mov %%rdx, landed+24(%%rip)\n"
		"mov %%rsi, landed+32(%%rip); mov %%rdi, landed+40(%%rip)\n"
		"mov %%rbp, landed+48(%%rip); mov %%r8, landed+56(%%rip)\n"
		"mov %%r9, landed+64(%%rip); mov %%r10, landed+72(%%rip)\n"
		"mov %%r11, landed+80(%%rip); mov %%r12, landed+88(%%rip)\n"
		"mov %%r13, landed+96(%%rip); mov %%r14, landed+104(%%rip)\n"
		"mov %%r15, landed+112(%%rip)\n"
		"mov saved_stack(%%rip), %%rsp\n"
		"pop %%r15; pop %%r14; pop %%r13; pop %%r12\n"
		"pop %%rbp; pop %%rbx\n"
		"add $128, %%rsp\n"
		: "+D"(page)
		:
		: "rax", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11",
		  "memory", "cc");
}

static void leaves_clean_registers(void **state)
{
	struct bench b _drop_bench_ = make_bench();
	uint8_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_true(page != MAP_FAILED);
	plan_ok(&b);
	memcpy(page, find(&b, "boot data")->bytes.ptr, 4096);
	memset(landed, 0xff, sizeof(landed));
	run_tail(page);
	for (size_t i = 0; i < test_count(landed); i++)
		assert_int_equal(landed[i], i == 4 ? 1 * MIB + 0x1000 : 0);
	munmap(page, 4096);
}
#else
static void leaves_clean_registers(void **state)
{
	(void)state;
	print_message("skipped: this processor does not run x86_64 code\n");
	skip();
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_kernel_initrd_and_boot_data),
		cmocka_unit_test(starts_at_an_aligned_place_past_the_preferred),
		cmocka_unit_test(packs_what_does_not_fit_in_the_middle),
		cmocka_unit_test(keeps_old_kernels_below_4_gib),
		cmocka_unit_test(puts_a_fixed_kernel_where_it_wants),
		cmocka_unit_test(does_without_an_initrd),
		cmocka_unit_test(refuses_a_kernel_that_cannot_five_levels),
		cmocka_unit_test(refuses_a_view_that_does_not_fit),
		cmocka_unit_test(refuses_too_little_scratch),
		cmocka_unit_test(refuses_more_than_half_of_memory),
		cmocka_unit_test(fills_in_the_two_addresses),
		cmocka_unit_test(leaves_clean_registers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
