#include "format/bls.h"
#include "test.h"

#include <stdio.h>

static const char good[] = "# made by hand\n"
			   "title\tFedora  42\n"
			   "version 6.1\r\n"
			   "sort-key fedora\n"
			   "machine-id 0123\n"
			   "architecture X64\n"
			   "  linux \\EFI\\\\fedora//vmlinuz\n"
			   "initrd /a\n"
			   "options root=/dev/sda1\n"
			   "initrd b/c\n"
			   "options quiet \n"
			   "devicetree /x.dtb\n"
			   "grub_users $x\n"
			   "options\n";

static struct bls_entry entry;

static enum status parse(const char *text, struct error *err)
{
	struct span copy = test_copy(span_of_text(text));
	enum status s = bls_parse(copy, NULL, &entry, err);

	test_drop(&copy);
	return s;
}

static void every_key_is_read(void **state)
{
	struct error err;

	(void)state;
	assert_ok(&err, parse(good, &err));
	assert_string_equal(entry.title.text, "Fedora  42");
	assert_string_equal(entry.version.text, "6.1");
	assert_string_equal(entry.sort_key.text, "fedora");
	assert_string_equal(entry.machine_id.text, "0123");
	assert_string_equal(entry.kernel, "/EFI/fedora/vmlinuz");
	assert_int_equal(entry.initrd_count, 2);
	assert_string_equal(entry.initrds[0], "/a");
	assert_string_equal(entry.initrds[1], "/b/c");
	assert_string_equal(entry.options, "root=/dev/sda1 quiet");
	assert_string_equal(entry.devicetree, "/x.dtb");
	assert_int_equal(entry.unknown_keys, 1);
	assert_true(bls_is_for(&entry, "x64"));
	assert_false(bls_is_for(&entry, "aa64"));
}

static void no_architecture_is_every_architecture(void **state)
{
	struct error err;

	(void)state;
	assert_ok(&err, parse("uki /x.efi", &err));
	assert_true(bls_is_for(&entry, "aa64"));
	assert_string_equal(entry.uki, "/x.efi");
}

static void each_check_has_its_code(void **state)
{
	static const struct {
		const char *text;
		enum status want;
	} cases[] = {
		{ "", E_BLS_NO_KERNEL },
		{ "title x\n", E_BLS_NO_KERNEL },
		{ "linux /a\nlinux /b\n", E_BLS_TWICE },
		{ "linux /a\nefi /b\n", E_BLS_TWICE },
		{ "uki /a\nuki /b\n", E_BLS_TWICE },
		{ "linux /a\ndevicetree /b\ndevicetree /c\n", E_BLS_TWICE },
		{ "linux /../x", E_BLS_PATH_DOTS },
		{ "linux /a/..", E_BLS_PATH_DOTS },
		{ "linux ..", E_BLS_PATH_DOTS },
		{ "linux \\..\\x", E_BLS_PATH_DOTS },
		{ "linux /", E_BLS_PATH_DOTS },
		{ "linux /a\x01", E_BLS_PATH_DOTS },
		{ "linux /a\ninitrd /b/../c", E_BLS_PATH_DOTS },
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++)
		assert_refused(cases[i].want, &err, parse(cases[i].text, &err));
	assert_ok(&err, parse("linux /a..b/..c/d..", &err));
}

static void limits_are_exact(void **state)
{
	static char text[BLS_TEXT_MAX + 2];
	struct error err;
	size_t at;

	(void)state;
	for (int len = BLS_PATH_MAX - 3; len < BLS_PATH_MAX + 2; len++) {
		snprintf(text, sizeof(text), "linux /%0*d\n", len - 1, 0);
		if (len <= BLS_PATH_MAX - 2)
			assert_ok(&err, parse(text, &err));
		else
			assert_refused(E_BLS_PATH_DOTS, &err, parse(text, &err));
	}
	for (int len = BLS_OPTIONS_MAX - 2; len <= BLS_OPTIONS_MAX; len++) {
		snprintf(text, sizeof(text), "linux /a\noptions %0*d\n", len,
			 0);
		if (len < BLS_OPTIONS_MAX)
			assert_ok(&err, parse(text, &err));
		else
			assert_refused(E_BLS_TOO_LONG, &err, parse(text, &err));
	}
	at = (size_t)snprintf(text, sizeof(text), "linux /a\n");
	for (int i = 0; i < BLS_INITRDS_MAX; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
				       "initrd /%d\n", i);
	assert_ok(&err, parse(text, &err));
	snprintf(text + at, sizeof(text) - at, "initrd /x\n");
	assert_refused(E_BLS_TOO_MANY, &err, parse(text, &err));
	memset(text, '#', sizeof(text));
	text[BLS_TEXT_MAX + 1] = '\0';
	assert_refused(E_BLS_TOO_LONG, &err, parse(text, &err));
}

/* Cut anywhere, the text parses or is refused; the sanitizers watch. */
static void truncation_at_every_length(void **state)
{
	struct error err;

	(void)state;
	for (size_t len = 0; len < sizeof(good) - 1; len++) {
		struct span copy = test_copy(span_of(good, len));
		enum status s = bls_parse(copy, NULL, &entry, &err);

		assert_true(s == OK || s == E_BLS_NO_KERNEL || s == E_BLS_PATH_DOTS);
		test_drop(&copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_is_read),
		cmocka_unit_test(no_architecture_is_every_architecture),
		cmocka_unit_test(each_check_has_its_code),
		cmocka_unit_test(limits_are_exact),
		cmocka_unit_test(truncation_at_every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
