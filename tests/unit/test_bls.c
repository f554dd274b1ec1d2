/* Type 1 entries as the specification has them; GRUB's are in test_bls_grub.c.
 */
#include "format/bls.h"
#include "test.h"

#include <stdio.h>

static const char good[] = "\xef\xbb\xbf# made by hand\n"
			   "title\tFedora  42\n"
			   "version 6.1\r\n"
			   "sort-key fedora\n"
			   "machine-id 0123\n"
			   "architecture X64\n"
			   "  linux \\EFI\\\\fedora//./vmlinuz\n"
			   "initrd /a\n"
			   "options root=/dev/sda1 \t\n"
			   "initrd b/c\n"
			   "options\tquiet $x ${y \r\n"
			   "devicetree /x.dtb\n"
			   "devicetree-overlay /a.dtbo  b.dtbo\t/c.dtbo\n"
			   "devicetree-overlay d.dtbo\n"
			   "profile 3\n"
			   "extra /x.cred\n"
			   "extra y.sysext.raw\n"
			   "grub_users $x\n"
			   "boot_later yes\n"
			   "Title upper case\n"
			   "\n"
			   "#options commented\n"
			   "options";

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
	assert_int_equal(entry.kind, BLS_LINUX);
	assert_string_equal(entry.kernel, "/EFI/fedora/vmlinuz");
	assert_int_equal(entry.initrd_count, 2);
	assert_string_equal(entry.initrds[0], "/a");
	assert_string_equal(entry.initrds[1], "/b/c");
	assert_string_equal(entry.options, "root=/dev/sda1 quiet $x ${y");
	assert_string_equal(entry.devicetree, "/x.dtb");
	assert_int_equal(entry.overlay_count, 4);
	assert_string_equal(entry.overlays[0], "/a.dtbo");
	assert_string_equal(entry.overlays[1], "/b.dtbo");
	assert_string_equal(entry.overlays[2], "/c.dtbo");
	assert_string_equal(entry.overlays[3], "/d.dtbo");
	assert_int_equal(entry.extra_count, 2);
	assert_string_equal(entry.extras[0], "/x.cred");
	assert_string_equal(entry.extras[1], "/y.sysext.raw");
	assert_true(entry.has_profile);
	assert_int_equal(entry.profile, 3);
	assert_int_equal(entry.unknown_keys, 2);
	assert_true(bls_is_for(&entry, "x64"));
	assert_false(bls_is_for(&entry, "aa64"));
}

/* The example of the specification, "Type #1 Boot Loader Entry Keys". */
static void specification_example_is_read(void **state)
{
	static const char text[] =
		"# /boot/loader/entries/6a98-3.8.0-2.fc19.x86_64.conf\n"
		"title        Fedora 19 (Rawhide)\n"
		"sort-key     fedora\n"
		"machine-id   6a9857a393724b7a981ebb5b8495b9ea\n"
		"version      3.8.0-2.fc19.x86_64\n"
		"options      root=UUID=6d3376e4-fc93-4509-95ec-a21d68011da2 "
		"quiet\n"
		"architecture x64\n"
		"linux        /6a98/3.8.0-2.fc19.x86_64/linux\n"
		"initrd       /6a98/3.8.0-2.fc19.x86_64/initrd\n"
		"extra        /6a98/3.8.0-2.fc19.x86_64/somedata.cred\n"
		"extra        /6a98/3.8.0-2.fc19.x86_64/somethingelse.cred\n";
	struct error err;

	(void)state;
	assert_ok(&err, parse(text, &err));
	assert_string_equal(entry.title.text, "Fedora 19 (Rawhide)");
	assert_string_equal(
		entry.options,
		"root=UUID=6d3376e4-fc93-4509-95ec-a21d68011da2 quiet");
	assert_string_equal(entry.initrds[0],
			    "/6a98/3.8.0-2.fc19.x86_64/initrd");
	assert_int_equal(entry.extra_count, 2);
	assert_int_equal(entry.unknown_keys, 0);
	assert_false(entry.has_profile);
}

static void each_kind_is_read(void **state)
{
	struct error err;

	(void)state;
	assert_ok(&err, parse("uki /x.efi", &err));
	assert_int_equal(entry.kind, BLS_UKI);
	assert_string_equal(entry.uki, "/x.efi");
	assert_string_equal(entry.kernel, "");
	assert_ok(&err, parse("efi /x.efi", &err));
	assert_int_equal(entry.kind, BLS_EFI);
	assert_string_equal(entry.kernel, "/x.efi");
	assert_ok(&err, parse("uki-url http://example.com/a%20b.efi?c", &err));
	assert_int_equal(entry.kind, BLS_UKI_URL);
	assert_string_equal(entry.uki_url, "http://example.com/a%20b.efi?c");
	assert_string_equal(entry.kernel, "");
	assert_string_equal(entry.uki, "");
	assert_ok(&err, parse("uki-url :fooos.efi", &err));
	assert_string_equal(entry.uki_url, ":fooos.efi");
}

static void values_are_literal(void **state)
{
	struct error err;

	(void)state;
	assert_ok(&err, parse("linux /a b\ninitrd /$x y\n"
			      "options \"q\" 'r' \\s # t\ntitle \"T\"\n",
			      &err));
	assert_string_equal(entry.kernel, "/a b");
	assert_int_equal(entry.initrd_count, 1);
	assert_string_equal(entry.initrds[0], "/$x y");
	assert_string_equal(entry.options, "\"q\" 'r' \\s # t");
	assert_string_equal(entry.title.text, "\"T\"");
	assert_ok(&err, parse("linux /a..b/c/d../...\n", &err));
	assert_string_equal(entry.kernel, "/a..b/c/d../...");
	assert_ok(&err, parse("linux /a\ntitle x\ntitle \x1b[2J\n", &err));
	assert_string_equal(entry.title.text, "?[2J");
}

static void no_architecture_is_every_architecture(void **state)
{
	struct error err;

	(void)state;
	assert_ok(&err, parse("uki /x.efi", &err));
	assert_true(bls_is_for(&entry, "aa64"));
	assert_ok(&err, parse("uki /x.efi\narchitecture aa64-and-long-behind\n",
			      &err));
	assert_false(bls_is_for(&entry, "aa64"));
	assert_string_equal(entry.architecture, "aa64-and-long-b");
}

static void each_check_has_its_code(void **state)
{
	static const struct {
		const char *text;
		enum status want;
	} cases[] = {
		{ "", E_BLS_NO_KERNEL },
		{ "title x\n", E_BLS_NO_KERNEL },
		{ "linux\n", E_BLS_NO_KERNEL },
		{ "linux /a\nlinux /b\n", E_BLS_TWICE },
		{ "efi /a\nefi /b\n", E_BLS_TWICE },
		{ "uki /a\nuki /b\n", E_BLS_TWICE },
		{ "uki-url a\nuki-url a\n", E_BLS_TWICE },
		{ "linux /a\nefi /b\n", E_BLS_TWO_KERNELS },
		{ "uki /a\nlinux /b\n", E_BLS_TWO_KERNELS },
		{ "uki-url a\nuki /b\n", E_BLS_TWO_KERNELS },
		{ "linux /a\nuki-url b\n", E_BLS_TWO_KERNELS },
		{ "linux /a\ndevicetree /b\ndevicetree /c\n", E_BLS_TWICE },
		{ "architecture x64\narchitecture x64\n", E_BLS_TWICE },
		{ "profile 1\nprofile 1\n", E_BLS_TWICE },
		{ "linux /../x", E_BLS_PATH_DOTS },
		{ "linux /a/..", E_BLS_PATH_DOTS },
		{ "linux ..", E_BLS_PATH_DOTS },
		{ "linux \\..\\x", E_BLS_PATH_DOTS },
		{ "uki a/../b", E_BLS_PATH_DOTS },
		{ "efi a/../b", E_BLS_PATH_DOTS },
		{ "linux /a\ninitrd /b/../c", E_BLS_PATH_DOTS },
		{ "linux /a\ndevicetree ../c", E_BLS_PATH_DOTS },
		{ "linux /a\ndevicetree-overlay /b ../c", E_BLS_PATH_DOTS },
		{ "linux /a\nextra ../c.cred", E_BLS_PATH_DOTS },
		{ "linux /", E_BLS_PATH_LENGTH },
		{ "linux /.//./", E_BLS_PATH_LENGTH },
		{ "linux /a\x01", E_BLS_PATH_CONTROL },
		{ "linux /a\tb", E_BLS_PATH_CONTROL },
		{ "linux /a\x7f", E_BLS_PATH_CONTROL },
		{ "linux /a\rb", E_BLS_PATH_CONTROL },
		{ "linux /a\ninitrd /\x1b[2J", E_BLS_PATH_CONTROL },
		{ "linux /a\noptions \x1b[2J", E_BLS_OPTIONS_CONTROL },
		{ "linux /a\noptions a\rb", E_BLS_OPTIONS_CONTROL },
		{ "linux /a\ndevicetree-overlay /b", E_BLS_OVERLAY_ALONE },
		{ "uki-url http://a b", E_BLS_URL_BYTE },
		{ "uki-url http://a\tb", E_BLS_URL_BYTE },
		{ "uki-url http://\x7f", E_BLS_URL_BYTE },
		{ "uki-url http://ä", E_BLS_URL_BYTE },
		{ "uki /a\nprofile x", E_BLS_PROFILE },
		{ "uki /a\nprofile -1", E_BLS_PROFILE },
		{ "uki /a\nprofile @1", E_BLS_PROFILE },
		{ "uki /a\nprofile 1 2", E_BLS_PROFILE },
		{ "uki /a\nprofile 4294967296", E_BLS_PROFILE },
		{ "uki /a\nprofile 99999999999999999999999999", E_BLS_PROFILE },
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++)
		assert_refused(cases[i].want, &err, parse(cases[i].text, &err));
	assert_refused(E_BLS_TWICE, &err, parse("\n#\nuki /a\nuki /b", &err));
	assert_non_null(strstr(err.text, "line 4"));
	assert_ok(&err, parse("uki /a\nprofile 4294967295\n", &err));
	assert_int_equal(entry.profile, UINT32_MAX);
	assert_ok(&err, parse("linux /a\noptions a\tb\n", &err));
	assert_string_equal(entry.options, "a\tb");
}

static void nul_is_refused_wherever_it_is(void **state)
{
	static const char text[] = "title a\nlinux /b\noptions c\n#d\n";
	struct error err;

	(void)state;
	for (size_t at = 0; at < sizeof(text) - 1; at++) {
		_drop_copy_ struct span copy =
			test_copy(span_of(text, sizeof(text) - 1));

		assert_ok(&err, bls_parse(copy, NULL, &entry, &err));
		test_bytes(copy)[at] = 0;
		assert_refused(E_BLS_NUL, &err,
			       bls_parse(copy, NULL, &entry, &err));
	}
	/* UTF-16, with its mark */
	assert_refused(
		E_BLS_NUL, &err,
		bls_parse(span_of("\xff\xfel\0i\0", 6), NULL, &entry, &err));
}

static char text[BLS_TEXT_MAX + 2];

static void text_and_options_have_limits(void **state)
{
	static const enum status want = E_BLS_OPTIONS_LENGTH;
	struct error err;

	(void)state;
	for (int len = BLS_OPTIONS_MAX - 2; len <= BLS_OPTIONS_MAX; len++) {
		snprintf(text, sizeof(text), "linux /a\noptions %0*d\n", len,
			 0);
		assert_status(len < BLS_OPTIONS_MAX ? OK : want,
			      parse(text, &err));
		/* the same by two lines, with the blank between them */
		snprintf(text, sizeof(text),
			 "linux /a\noptions %0*d\noptions %0*d\n", 100, 0,
			 len - 101, 0);
		assert_status(len < BLS_OPTIONS_MAX ? OK : want,
			      parse(text, &err));
	}
	memset(text, '#', sizeof(text));
	memcpy(text, "uki /a\n", 7);
	text[BLS_TEXT_MAX] = '\0';
	assert_ok(&err, parse(text, &err));
	text[BLS_TEXT_MAX] = '#';
	text[BLS_TEXT_MAX + 1] = '\0';
	assert_refused(E_BLS_TOO_LONG, &err, parse(text, &err));
}

static void huge_line_costs_a_sentence(void **state)
{
	size_t len = 4 << 20;
	char *huge = malloc(len);
	struct error err;

	(void)state;
	assert_non_null(huge);
	memset(huge, 'x', len);
	memcpy(huge, "uki /a\noptions ", 15);
	assert_refused(E_BLS_TOO_LONG, &err,
		       bls_parse(span_of(huge, len), NULL, &entry, &err));
	assert_refused(
		E_BLS_OPTIONS_LENGTH, &err,
		bls_parse(span_of(huge, BLS_TEXT_MAX), NULL, &entry, &err));
	free(huge);
}

static void paths_and_urls_have_limits(void **state)
{
	struct error err;

	(void)state;
	for (int len = BLS_PATH_MAX - 3; len < BLS_PATH_MAX + 2; len++) {
		enum status want = len < BLS_PATH_MAX ? OK : E_BLS_PATH_LENGTH;

		snprintf(text, sizeof(text), "linux /%0*d\n", len - 1, 0);
		assert_status(want, parse(text, &err));
		/* what is dropped does not count */
		snprintf(text, sizeof(text), "linux ///./%0*d//\n", len - 1, 0);
		assert_status(want, parse(text, &err));
	}
	for (int len = BLS_URL_MAX - 2; len <= BLS_URL_MAX; len++) {
		snprintf(text, sizeof(text), "uki-url %0*d\n", len, 0);
		assert_status(len < BLS_URL_MAX ? OK : E_BLS_URL_LENGTH,
			      parse(text, &err));
	}
}

static void assert_at_most(const char *key, int max)
{
	struct error err;
	int at = snprintf(text, sizeof(text), "linux /a\ndevicetree /d\n");

	for (int i = 0; i < max; i++)
		at += snprintf(text + at, sizeof(text) - (size_t)at, "%s /%d\n",
			       key, i);
	assert_ok(&err, parse(text, &err));
	snprintf(text + at, sizeof(text) - (size_t)at, "%s /x\n", key);
	assert_refused(E_BLS_TOO_MANY, &err, parse(text, &err));
}

static void lists_have_limits(void **state)
{
	(void)state;
	assert_at_most("initrd", BLS_INITRDS_MAX);
	assert_string_equal(entry.initrds[BLS_INITRDS_MAX - 1], "/15");
	assert_at_most("extra", BLS_EXTRAS_MAX);
	assert_string_equal(entry.extras[BLS_EXTRAS_MAX - 1], "/15");
	assert_at_most("devicetree-overlay", BLS_OVERLAYS_MAX);
	assert_string_equal(entry.overlays[BLS_OVERLAYS_MAX - 1], "/15");
}

static void conformance_marker_is_read(void **state)
{
	static const struct {
		const char *text;
		bool want;
	} cases[] = {
		{ "type1\n", true },
		{ "type1", true },
		{ "type1\r\n", true },
		{ "type1\nmore\n", true },
		{ "", false },
		{ "\n", false },
		{ "type1x\n", false },
		{ "type\n", false },
		{ "Type1\n", false },
		{ " type1\n", false },
		{ "\ntype1\n", false },
		{ "type10\n", false },
		{ "type1 type2\n", false },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_copy_ struct span copy =
			test_copy(span_of_text(cases[i].text));

		assert_int_equal(bls_srel_is_type1(copy), cases[i].want);
	}
	assert_false(bls_srel_is_type1(span_of("type1\0\n", 7)));
}

/* Cut anywhere, the text gives what the whole lines and the rest of the last
 * one say; nothing of it is refused before there is a kernel but for that. */
static void truncation_at_every_length(void **state)
{
	size_t kernel = (size_t)(strstr(good, "\\EFI") - good);
	size_t path = (size_t)(strstr(good, "//./") - good);
	struct error err;

	(void)state;
	for (size_t len = 0; len < sizeof(good) - 1; len++) {
		struct span copy = test_copy(span_of(good, len));
		enum status s = bls_parse(copy, NULL, &entry, &err);

		if (len <= kernel)
			assert_int_equal(s, E_BLS_NO_KERNEL);
		else if (len == kernel + 1)
			assert_int_equal(s, E_BLS_PATH_LENGTH);
		else if (s != OK) /* the '/' of a path that follows */
			assert_int_equal(s, E_BLS_PATH_LENGTH);
		if (s == OK && len < path)
			assert_true(entry.kernel[1] == 'E');
		test_drop(&copy);
	}
}

struct told {
	unsigned count;
	struct {
		uint32_t line;
		enum status code;
	} all[16];
};

static void keep(void *ctx, uint32_t line, const struct error *why)
{
	struct told *told = ctx;

	assert_true(told->count < test_count(told->all));
	assert_true(why->text[0]);
	told->all[told->count].line = line;
	told->all[told->count++].code = why->code;
}

static void a_check_tells_of_every_line(void **state)
{
	static const char entry_text[] = "title a\n"
					 "# b\n"
					 "linux /../a\n"
					 "lixun /a\n"
					 "options\n"
					 "grub_class x\n"
					 "profile x\n"
					 "efi /b\n";
	static const struct {
		uint32_t line;
		enum status code;
	} wanted[] = {
		{ 3, E_BLS_PATH_DOTS }, { 4, E_BLS_UNKNOWN },
		{ 5, E_BLS_UNUSED },	{ 6, E_BLS_UNUSED },
		{ 7, E_BLS_PROFILE },	{ 8, E_BLS_TWO_KERNELS },
	};
	struct told told = { .count = 0 };
	struct error err;

	(void)state;
	assert_status(E_BLS_PATH_DOTS, bls_check(span_of_text(entry_text), keep,
						 &told, &entry, &err));
	assert_true(!strncmp(err.text, "line 3: ", 8));
	assert_int_equal(told.count, test_count(wanted));
	for (size_t i = 0; i < test_count(wanted); i++) {
		assert_int_equal(told.all[i].line, wanted[i].line);
		assert_int_equal(told.all[i].code, wanted[i].code);
	}
	told.count = 0;
	assert_status(E_BLS_NO_KERNEL, bls_check(span_of_text("title a\n"),
						 keep, &told, &entry, &err));
	assert_int_equal(told.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_is_read),
		cmocka_unit_test(specification_example_is_read),
		cmocka_unit_test(each_kind_is_read),
		cmocka_unit_test(values_are_literal),
		cmocka_unit_test(no_architecture_is_every_architecture),
		cmocka_unit_test(each_check_has_its_code),
		cmocka_unit_test(nul_is_refused_wherever_it_is),
		cmocka_unit_test(text_and_options_have_limits),
		cmocka_unit_test(huge_line_costs_a_sentence),
		cmocka_unit_test(paths_and_urls_have_limits),
		cmocka_unit_test(lists_have_limits),
		cmocka_unit_test(conformance_marker_is_read),
		cmocka_unit_test(truncation_at_every_length),
		cmocka_unit_test(a_check_tells_of_every_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
