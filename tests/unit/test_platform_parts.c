/* The text of /proc/iomem, lists of ranges, and the small files that tell what
 * forbids kexec. */
#include "platform_trees.h"

#include <errno.h>

/* --- /proc/iomem ---------------------------------------------------------- */

static enum status parse(const char *text, struct error *err)
{
	struct platform p = { 0 };
	enum status s = platform_parse_iomem(span_of_text(text), &p, err);

	platform_drop(&p);
	return s;
}

static void refuses_lines_that_are_none(void **state)
{
	static const char *const bad[] = {
		"00001000-00001fff System RAM\n",
		"00001000-00001fff: System RAM\n",
		"00001000 : System RAM\n",
		"-00001fff : System RAM\n",
		"00001000- : System RAM\n",
		"0000100g-00001fff : System RAM\n",
		"00001000-00001FFF : System RAM\n",
		"00002000-00001fff : System RAM\n",
		"00000000000001000-00001fff : System RAM\n",
		"00001000-ffffffffffffffff : System RAM\n",
		"00001000-00001fff :\n",
		"00001000-00001fff\n",
		"\n",
		"   \n",
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++)
		assert_refused(E_PLATFORM_IOMEM, &err, parse(bad[i], &err));
	assert_refused(E_PLATFORM_NO_RAM, &err, parse("", &err));
	assert_refused(E_PLATFORM_NO_RAM, &err,
		       parse("00001000-00001fff : System\n", &err));
	assert_refused(E_PLATFORM_IOMEM_HIDDEN, &err,
		       parse("00000000-00000000 : Reserved\n"
			     "00000000-00000000 : System RAM\n",
			     &err));
	assert_refused(
		E_PLATFORM_IOMEM, &err,
		parse("00001000-00001fff : System RAM\n\x1b[2J\n", &err));
}

static void survives_truncation_at_every_length(void **state)
{
	static const char *const texts[] = { BIOS_IOMEM, ARM64_IOMEM };

	(void)state;
	for (size_t i = 0; i < test_count(texts); i++) {
		for (size_t len = 0; len < strlen(texts[i]); len++) {
			struct span cut _drop_copy_ =
				test_copy(span_of(texts[i], len));
			struct platform p = { 0 };
			enum status s = platform_parse_iomem(cut, &p, NULL);

			assert_true(s == OK || s == E_PLATFORM_IOMEM ||
				    s == E_PLATFORM_NO_RAM);
			platform_drop(&p);
		}
	}
}

static void has_a_limit(void **state)
{
	struct platform_ranges list = { 0 };
	struct error err;

	(void)state;
	for (unsigned i = 0; i < PLATFORM_RANGES_MAX; i++)
		assert_ok(&err, platform_ranges_add(&list, i, i + 1, 1, &err));
	assert_refused(E_PLATFORM_TOO_MANY, &err,
		       platform_ranges_add(&list, 1, 2, 1, &err));
	platform_ranges_sort(&list, true);
	assert_int_equal(list.count, 1);
	assert_range(&list, 0, 0, PLATFORM_RANGES_MAX);
	free(list.at);
}

static void merges_what_touches(void **state)
{
	static const uint64_t in[][2] = { { 50, 60 }, { 10, 20 }, { 20, 30 },
					  { 12, 14 }, { 61, 70 }, { 10, 11 } };
	struct platform_ranges list = { 0 };
	struct error err;

	(void)state;
	platform_ranges_sort(&list, true);
	for (size_t i = 0; i < test_count(in); i++)
		assert_ok(&err, platform_ranges_add(&list, in[i][0], in[i][1],
						    1, &err));
	platform_ranges_sort(&list, true);
	assert_int_equal(list.count, 3);
	assert_range(&list, 0, 10, 30);
	assert_range(&list, 1, 50, 60);
	assert_range(&list, 2, 61, 70);
	free(list.at);
}

/* --- what forbids --------------------------------------------------------- */

static void reads_locks(void **state)
{
	struct scratch s _drop_scratch_ = scratch_make();
	struct platform_locks locks = platform_read_locks(s.dir);

	(void)state;
	assert_string_equal(locks.lockdown, "");
	assert_false(locks.load_disabled || locks.limit_reached);
	assert_int_equal(locks.is_privileged, geteuid() == 0);
	scratch_text(&s, "sys/kernel/security/lockdown",
		     "[none] integrity confidentiality\n");
	scratch_text(&s, "proc/sys/kernel/kexec_load_disabled", "0\n");
	scratch_text(&s, "proc/sys/kernel/kexec_load_limit_reboot", "-1\n");
	locks = platform_read_locks(s.dir);
	assert_string_equal(locks.lockdown, "");
	assert_false(locks.load_disabled || locks.limit_reached);
	scratch_text(&s, "sys/kernel/security/lockdown",
		     "none integrity [confidentiality]\n");
	scratch_text(&s, "proc/sys/kernel/kexec_load_disabled", "1\n");
	scratch_text(&s, "proc/sys/kernel/kexec_load_limit_reboot", "0\n");
	locks = platform_read_locks(s.dir);
	assert_string_equal(locks.lockdown, "confidentiality");
	assert_true(locks.load_disabled && locks.limit_reached);
	scratch_text(&s, "sys/kernel/security/lockdown",
		     "[a mode of a later kernel, with a long name]\n");
	locks = platform_read_locks(s.dir);
	assert_string_equal(locks.lockdown, "a mode of a later kerne");
}

static void finds_la57_as_a_word(void **state)
{
	static const struct {
		const char *text;
		bool has;
	} cases[] = {
		{ "flags\t\t: fpu la57\n", true },
		{ "flags\t\t: fpu la57", true },
		{ "flags\t\t: fpu la57x lm\n", false },
		{ "flags\t\t: fpu xla57 lm\n", false },
		{ "flags\t\t: fpu lm\nmodel name : a la57 b\n", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		struct scratch s _drop_scratch_ = scratch_make();
		struct platform p _drop_platform_ = { 0 };

		make_bios(&s);
		scratch_text(&s, "proc/cpuinfo", cases[i].text);
		read_it(&s, PE_MACHINE_X86_64, &p);
		assert_int_equal(p.has_la57, cases[i].has);
	}
}

/* Files of more than one page, and one that has no end. */
static void reads_large_files(void **state)
{
	struct scratch s _drop_scratch_ = scratch_make();
	struct platform p _drop_platform_ = { 0 };
	size_t len = 5U << 20;
	char *big = malloc(len);
	struct error err;

	(void)state;
	assert_non_null(big);
	make_arm64(&s);
	for (size_t i = 0; i < len; i++)
		big[i] = (char)(i * 31 >> 3);
	scratch_file(&s, "sys/firmware/fdt", span_of(big, 10001));
	for (len = 0; len < 20000;)
		len += (size_t)sprintf(big + len, "%08zx-%08zx : a device\n",
				       len, len);
	len += (size_t)sprintf(big + len, "40000000-7fffffff : System RAM\n");
	scratch_file(&s, "proc/iomem", span_of(big, len));
	read_it(&s, PE_MACHINE_ARM64, &p);
	assert_int_equal(p.ram.count, 1);
	assert_int_equal(p.fdt_len, 10001);
	for (size_t i = 0; i < 10001; i++)
		assert_int_equal(p.fdt[i], (uint8_t)(i * 31 >> 3));
	platform_drop(&p);
	scratch_file(&s, "proc/iomem", span_of(big, 4U << 20));
	assert_refused(E_PLATFORM_READ, &err,
		       platform_read(s.dir, PE_MACHINE_ARM64, &p, &err));
	assert_int_equal(err.sys, EFBIG);
	free(big);
}

/* Thousands of processors: the first one's flags are enough. */
static void reads_the_first_processor_only(void **state)
{
	struct scratch s _drop_scratch_ = scratch_make();
	struct platform p _drop_platform_ = { 0 };
	char *text = malloc(5U << 20);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', 5U << 20);
	memcpy(text, cpuinfo, sizeof(cpuinfo) - 1);
	make_bios(&s);
	scratch_file(&s, "proc/cpuinfo", span_of(text, 5U << 20));
	read_it(&s, PE_MACHINE_X86_64, &p);
	assert_true(p.has_la57);
	free(text);
}

static void draws_random_bytes(void **state)
{
	uint8_t a[64] = { 0 }, b[64] = { 0 };

	(void)state;
	assert_true(platform_random(a, sizeof(a)));
	assert_true(platform_random(b, sizeof(b)));
	assert_memory_not_equal(a, b, sizeof(a));
}

static void tells_efi_by_its_folder(void **state)
{
	struct scratch s _drop_scratch_ = scratch_make();

	(void)state;
	make_bios(&s);
	assert_false(platform_is_efi(s.dir));
	make_efi(&s);
	assert_true(platform_is_efi(s.dir));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_lines_that_are_none),
		cmocka_unit_test(survives_truncation_at_every_length),
		cmocka_unit_test(has_a_limit),
		cmocka_unit_test(merges_what_touches),
		cmocka_unit_test(reads_large_files),
		cmocka_unit_test(reads_the_first_processor_only),
		cmocka_unit_test(draws_random_bytes),
		cmocka_unit_test(tells_efi_by_its_folder),
		cmocka_unit_test(reads_locks),
		cmocka_unit_test(finds_la57_as_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
