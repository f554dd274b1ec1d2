/* UKIs: sections, profiles, stub versions, addons, thin images, every cut. */
#include "test.h"
#include "uki_build.h"

#include "format/uki.h"

static enum status parse(struct span file, struct uki_view *view,
			 struct error *err)
{
	struct span copy = test_copy(file);
	struct pe_view pe;
	enum status s = pe_parse(copy, copy.len, &pe, err);

	if (s == OK)
		s = uki_parse(copy, &pe, view, err);
	test_drop(&copy);
	return s;
}

static enum status parse_pieces(const struct uki_piece *pieces, size_t count,
				struct uki_view *view, struct error *err)
{
	_drop_pe_ struct pe_build b;

	uki_build(&b, pieces, count);
	return parse(pe_build_file(&b), view, err);
}

/* Builds, parses and gives the view; the file stays in *b. */
static void must_parse(struct pe_build *b, const struct uki_piece *pieces,
		       size_t count, struct uki_view *view)
{
	struct error err;

	uki_build(b, pieces, count);
	assert_ok(&err, parse(pe_build_file(b), view, &err));
}

#define assert_part(b, part, text)                                             \
	assert_span_text(uki_part_bytes(pe_build_file(b), part), text)

static void every_section_is_found(void **state)
{
	static const struct uki_piece pieces[] = {
		{ ".text", "stub" },	   { ".sdmagic", UKI_BUILD_MAGIC_262 },
		{ ".linux", "kernel" },	   { ".osrel", "ID=x" },
		{ ".cmdline", "quiet" },   { ".initrd", "cpio" },
		{ ".ucode", "microcode" }, { ".splash", "BM" },
		{ ".dtb", "tree" },	   { ".uname", "6.1" },
		{ ".sbat", "sbat,1" },	   { ".pcrsig", "{}" },
		{ ".pcrpkey", "PEM" },	   { ".dtbauto", "tree 1" },
		{ ".dtbauto", "tree 2" },  { ".hwids", "table" },
		{ ".efifw", "firmware" },  { ".profile", "ID=main" },
	};
	_drop_pe_ struct pe_build b;
	struct uki_view v;

	(void)state;
	must_parse(&b, pieces, test_count(pieces), &v);
	assert_int_equal(v.stub_version, 262);
	assert_true(v.has_linux);
	assert_false(v.is_addon);
	assert_false(v.is_thin);
	assert_int_equal(v.profile_count, 1);
	for (size_t i = 2; i < test_count(pieces); i++) {
		enum uki_section id = UKI_LINUX;

		while (strcmp(uki_section_name(id), pieces[i].name) != 0)
			id++;
		assert_true(id < UKI_SECTION_COUNT);
		if (i == 14) /* the second .dtbauto: the first counts */
			continue;
		assert_part(&b, uki_part_of(&v, 0, id), pieces[i].content);
	}
	assert_false(v.base.parts[UKI_PROFILE].named);
	assert_string_equal(uki_section_name(UKI_SECTION_COUNT), "");
}

static void only_linux_is_needed(void **state)
{
	static const struct uki_piece pieces[] = { { ".linux", "kernel" } };
	_drop_pe_ struct pe_build b;
	struct uki_view v;

	(void)state;
	must_parse(&b, pieces, 1, &v);
	assert_int_equal(v.stub_version, UKI_STUB_UNKNOWN);
	assert_true(v.has_linux);
	assert_false(uki_part_of(&v, 0, UKI_CMDLINE).present);
	assert_false(uki_part_of(&v, 5, UKI_CMDLINE).present);
}

static void content_is_virtual_size_bytes(void **state)
{
	static const struct uki_piece pieces[] = {
		{ ".linux", "kernel" },
		{ ".initrd", "initrd, then zeroes" },
	};
	_drop_pe_ struct pe_build b;
	struct uki_view v;
	struct error err;

	(void)state;
	uki_build(&b, pieces, test_count(pieces));
	/* less than is stored: the rest is padding */
	pe_build_section_set(&b, 0, PE_S_VIRTUAL_SIZE, 4);
	/* more than is stored: the rest is zero */
	pe_build_section_set(&b, 1, PE_S_VIRTUAL_SIZE, 0x203);
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	assert_part(&b, v.base.parts[UKI_LINUX], "kern");
	assert_int_equal(v.base.parts[UKI_LINUX].zero_tail, 0);
	assert_int_equal(v.base.parts[UKI_INITRD].stored, 0x200);
	assert_int_equal(v.base.parts[UKI_INITRD].zero_tail, 3);
}

static void profiles_are_sliced(void **state)
{
	static const struct uki_piece pieces[] = {
		{ ".sdmagic", UKI_BUILD_MAGIC_257 },
		{ ".linux", "kernel" },
		{ ".cmdline", "base" },
		{ ".initrd", "initrd" },
		{ ".profile", "ID=main" },
		{ ".profile", "ID=factory" },
		{ ".cmdline", "factory" },
		{ ".profile", "ID=bare" },
		{ ".initrd", "" },
		{ ".cmdline", "bare" },
	};
	_drop_pe_ struct pe_build b;
	struct uki_view v;

	(void)state;
	must_parse(&b, pieces, test_count(pieces), &v);
	assert_int_equal(v.stub_version, 257);
	assert_int_equal(v.profile_count, 3);
	assert_part(&b, uki_part_of(&v, 0, UKI_PROFILE), "ID=main");
	assert_part(&b, uki_part_of(&v, 0, UKI_CMDLINE), "base");
	assert_part(&b, uki_part_of(&v, 1, UKI_PROFILE), "ID=factory");
	assert_part(&b, uki_part_of(&v, 1, UKI_CMDLINE), "factory");
	assert_part(&b, uki_part_of(&v, 1, UKI_INITRD), "initrd");
	assert_part(&b, uki_part_of(&v, 2, UKI_CMDLINE), "bare");
	assert_part(&b, uki_part_of(&v, 2, UKI_LINUX), "kernel");
	/* an empty section hides the base's */
	assert_true(uki_part_of(&v, 2, UKI_INITRD).named);
	assert_false(uki_part_of(&v, 2, UKI_INITRD).present);
	assert_part(&b, uki_part_of(&v, 2, UKI_INITRD), "");
}

static void empty_profile_section_still_separates(void **state)
{
	static const struct uki_piece pieces[] = {
		{ ".sdmagic", UKI_BUILD_MAGIC_257 },
		{ ".linux", "kernel" },
		{ ".profile", "" },
		{ ".cmdline", "first" },
		{ ".profile", "" },
		{ ".cmdline", "second" },
	};
	_drop_pe_ struct pe_build b;
	struct uki_view v;

	(void)state;
	must_parse(&b, pieces, test_count(pieces), &v);
	assert_int_equal(v.profile_count, 2);
	assert_part(&b, uki_part_of(&v, 0, UKI_CMDLINE), "first");
	assert_part(&b, uki_part_of(&v, 1, UKI_CMDLINE), "second");
	assert_false(uki_part_of(&v, 1, UKI_PROFILE).present);
}

static void stub_version_is_read(void **state)
{
	static const struct {
		const char *magic;
		uint32_t version;
	} cases[] = {
		{ UKI_BUILD_MAGIC_252, 252 },
		{ UKI_BUILD_MAGIC_257, 257 },
		{ UKI_BUILD_MAGIC_262, 262 },
		{ UKI_BUILD_MAGIC_ADDON, 262 },
		{ "#### LoaderInfo: systemd-stub 258~rc1 ####", 258 },
		{ "#### LoaderInfo: systemd-stub 99999", 99999 },
		{ "#### LoaderInfo: systemd-stub 100000", 0 },
		{ "#### LoaderInfo: systemd-stub 99999999999999999999 #", 0 },
		{ "#### LoaderInfo: systemd-stub v257 ####", 0 },
		{ "#### LoaderInfo: systemd-stub ", 0 },
		{ "#### LoaderInfo: systemd-boot 257 ####", 0 },
		{ "### LoaderInfo: systemd-stub 257 ####", 0 },
		{ "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		const struct uki_piece pieces[] = {
			{ ".linux", "kernel" },
			{ ".sdmagic", cases[i].magic },
		};
		struct uki_view v;
		struct error err;

		print_message("%s\n", cases[i].magic);
		assert_ok(&err, parse_pieces(pieces, 2, &v, &err));
		assert_int_equal(v.stub_version, cases[i].version);
	}
}

static void two_stub_versions_are_none(void **state)
{
	static const struct uki_piece pieces[] = {
		{ ".linux", "kernel" },
		{ ".sdmagic", UKI_BUILD_MAGIC_262 },
		{ ".sdmagic", UKI_BUILD_MAGIC_262 },
	};
	struct uki_view v;
	struct error err;

	(void)state;
	assert_ok(&err, parse_pieces(pieces, 3, &v, &err));
	assert_int_equal(v.stub_version, UKI_STUB_UNKNOWN);
}

static void prefix_without_magic_gives_no_version(void **state)
{
	static const struct uki_piece pieces[] = {
		{ ".linux", "kernel" },
		{ ".sdmagic", UKI_BUILD_MAGIC_262 },
	};
	_drop_pe_ struct pe_build b;
	struct pe_view pe;
	struct uki_view v;
	struct error err;

	(void)state;
	uki_build(&b, pieces, 2);
	assert_ok(&err, pe_parse(span_of(b.bytes, UKI_BUILD_HEADERS), b.len,
				 &pe, &err));
	assert_ok(&err, uki_parse(span_of(b.bytes, UKI_BUILD_HEADERS), &pe, &v,
				  &err));
	assert_int_equal(v.stub_version, UKI_STUB_UNKNOWN);
	assert_true(v.has_linux);
	assert_ok(&err, uki_parse(pe_build_file(&b), &pe, &v, &err));
	assert_int_equal(v.stub_version, 262);
}

static void addons_are_recognised(void **state)
{
	static const char *const names[] = { ".cmdline", ".dtb", ".dtbauto",
					     ".ucode", ".initrd" };
	struct uki_view v;
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(names); i++) {
		const struct uki_piece pieces[] = {
			{ ".sdmagic", UKI_BUILD_MAGIC_ADDON },
			{ names[i], "x" },
		};
		const struct uki_piece empty[] = {
			{ ".sdmagic", UKI_BUILD_MAGIC_ADDON },
			{ names[i], "" },
		};

		print_message("%s\n", names[i]);
		assert_ok(&err, parse_pieces(pieces, 2, &v, &err));
		assert_true(v.is_addon);
		assert_false(v.has_linux);
		assert_refused(E_UKI_NO_LINUX, &err,
			       parse_pieces(empty, 2, &v, &err));
	}
}

static void thin_images_are_named(void **state)
{
	static const struct uki_piece pieces[] = {
		{ ".osrel", "ID=nixos" },
		{ ".cmdline", "init=/nix/store/x" },
		{ ".linux", "\\EFI\\nixos\\kernel.efi" },
		{ ".initrd", "\\EFI\\nixos\\initrd.efi" },
		{ ".linuxh", "0123456789abcdef0123456789abcdef" },
		{ ".initrdh", "fedcba9876543210fedcba9876543210" },
	};
	_drop_pe_ struct pe_build b;
	struct uki_view v;
	struct error err;

	(void)state;
	must_parse(&b, pieces, test_count(pieces), &v);
	assert_true(v.is_thin);
	assert_part(&b, v.linux_hash, pieces[4].content);
	assert_part(&b, v.initrd_hash, pieces[5].content);
	pe_build_section_set(&b, 4, PE_S_VIRTUAL_SIZE, 31);
	assert_refused(E_UKI_THIN_HASH, &err,
		       parse(pe_build_file(&b), &v, &err));
	pe_build_section_set(&b, 4, PE_S_VIRTUAL_SIZE, 33);
	assert_refused(E_UKI_THIN_HASH, &err,
		       parse(pe_build_file(&b), &v, &err));
	pe_build_section_set(&b, 4, PE_S_VIRTUAL_SIZE, 32);
	pe_build_section_set(&b, 5, PE_S_RAW_SIZE, 31);
	assert_refused(E_UKI_THIN_HASH, &err,
		       parse(pe_build_file(&b), &v, &err));
	pe_build_section_set(&b, 5, PE_S_RAW_SIZE, 32);
	pe_build_rename(&b, 4, ".initrdh");
	assert_refused(E_UKI_DUPLICATE, &err,
		       parse(pe_build_file(&b), &v, &err));
	pe_build_rename(&b, 4, ".linuxh");
	pe_build_rename(&b, 2, ".other");
	assert_refused(E_UKI_NO_LINUX, &err,
		       parse(pe_build_file(&b), &v, &err));
}

static void candidates_are_told_from_other_pe_files(void **state)
{
	static const struct {
		struct uki_piece pieces[3];
		bool is_candidate;
	} cases[] = {
		{ { { ".text", "" }, { ".linux", "k" }, { ".x", "" } }, true },
		{ { { ".sdmagic", "" }, { ".cmdline", "" }, { ".x", "" } },
		  true },
		{ { { ".osrel", "" }, { ".initrd", "" }, { ".x", "" } }, true },
		{ { { ".osrel", "" }, { ".profile", "" }, { ".x", "" } },
		  true },
		/* systemd-boot */
		{ { { ".osrel", "" }, { ".sdmagic", "" }, { ".sbat", "" } },
		  false },
		/* shim */
		{ { { ".text", "" }, { ".sbat", "" }, { ".data", "" } },
		  false },
		{ { { ".linux2", "" }, { ".cmdline", "" }, { ".x", "" } },
		  false },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_pe_ struct pe_build b;
		struct pe_view pe;
		struct error err;

		uki_build(&b, cases[i].pieces, 3);
		assert_ok(&err, pe_parse(pe_build_file(&b), b.len, &pe, &err));
		assert_int_equal(uki_is_candidate(&pe), cases[i].is_candidate);
	}
}

/* Which sections, beside the stub's own, make a file worth a look, and which
 * make one without .linux an addon. */
static void each_section_has_its_part_in_that(void **state)
{
	static const struct {
		enum uki_section section;
		bool is_marker, makes_addon;
	} cases[] = {
		{ UKI_OSREL, false, false },  { UKI_CMDLINE, true, true },
		{ UKI_INITRD, true, true },   { UKI_UCODE, true, true },
		{ UKI_SPLASH, true, false },  { UKI_DTB, true, true },
		{ UKI_UNAME, true, false },   { UKI_SBAT, false, false },
		{ UKI_PCRSIG, true, false },  { UKI_PCRPKEY, true, false },
		{ UKI_PROFILE, true, false }, { UKI_DTBAUTO, true, true },
		{ UKI_HWIDS, true, false },   { UKI_EFIFW, true, false },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		const struct uki_piece pieces[] = {
			{ ".sdmagic", UKI_BUILD_MAGIC_262 },
			{ uki_section_name(cases[i].section), "x" },
		};
		_drop_pe_ struct pe_build b;
		struct pe_view pe;
		struct uki_view v;
		struct error err;

		print_message("%s\n", pieces[1].name);
		uki_build(&b, pieces, 2);
		assert_ok(&err, pe_parse(pe_build_file(&b), b.len, &pe, &err));
		assert_int_equal(uki_is_candidate(&pe), cases[i].is_marker);
		assert_status(cases[i].makes_addon ? OK : E_UKI_NO_LINUX,
			      uki_parse(pe_build_file(&b), &pe, &v, NULL));
		/* without the stub's section beside it, it may be anything */
		pe_build_rename(&b, 0, ".text");
		assert_ok(&err, pe_parse(pe_build_file(&b), b.len, &pe, &err));
		assert_false(uki_is_candidate(&pe));
	}
}

static void profile_names_are_read(void **state)
{
	static const struct {
		const char *text, *id, *title;
	} cases[] = {
		{ "ID=main\nTITLE=Main system\n", "main", "Main system" },
		{ "TITLE=\"A title\"\r\nID='x'", "x", "A title" },
		{ "  ID = x\nID=y  \n#ID=z\n", "y", "" },
		{ "ID=a\nID=b", "b", "" },
		{ "ID=\"", "\"", "" },
		{ "ID=\"x'", "\"x'", "" },
		{ "ID=\"\"", "", "" },
		{ "XID=a\nTITLES=b", "", "" },
		{ "", "", "" },
	};
	struct span id, title;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_copy_ struct span text =
			test_copy(span_of_text(cases[i].text));

		uki_profile_names(text, &id, &title);
		assert_span_text(id, cases[i].id);
		assert_span_text(title, cases[i].title);
	}
	uki_profile_names(span_of("ID=a\0ID=b", 9), &id, &title);
	assert_span_text(id, "a");
}

static void truncated_image_never_passes(void **state)
{
	static const struct uki_piece pieces[] = {
		{ ".linux", "kernel" },
		{ ".cmdline", "quiet" },
		{ ".sdmagic", UKI_BUILD_MAGIC_262 },
	};
	_drop_pe_ struct pe_build b;
	struct uki_view v;
	struct error err;

	(void)state;
	uki_build(&b, pieces, 3);
	for (size_t len = 0; len < b.len; len++)
		assert_int_not_equal(parse(span_of(b.bytes, len), &v, &err),
				     OK);
}

/* The PE view is of the whole file, the bytes are fewer: nothing may be read
 * that is not there. */
static void parts_of_a_short_file_are_empty(void **state)
{
	static const struct uki_piece pieces[] = {
		{ ".linux", "kernel" },
		{ ".sdmagic", UKI_BUILD_MAGIC_262 },
	};
	_drop_pe_ struct pe_build b;
	struct pe_view pe;
	struct uki_view v;
	struct error err;

	(void)state;
	uki_build(&b, pieces, 2);
	assert_ok(&err, pe_parse(pe_build_file(&b), b.len, &pe, &err));
	for (size_t len = 0; len < b.len; len += 7) {
		_drop_copy_ struct span cut = test_copy(span_of(b.bytes, len));
		struct span linux_bytes;

		assert_ok(&err, uki_parse(cut, &pe, &v, &err));
		linux_bytes = uki_part_bytes(cut, v.base.parts[UKI_LINUX]);
		assert_int_equal(linux_bytes.len,
				 len >= UKI_BUILD_HEADERS + 6 ? 6 : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_section_is_found),
		cmocka_unit_test(only_linux_is_needed),
		cmocka_unit_test(content_is_virtual_size_bytes),
		cmocka_unit_test(profiles_are_sliced),
		cmocka_unit_test(empty_profile_section_still_separates),
		cmocka_unit_test(stub_version_is_read),
		cmocka_unit_test(two_stub_versions_are_none),
		cmocka_unit_test(prefix_without_magic_gives_no_version),
		cmocka_unit_test(addons_are_recognised),
		cmocka_unit_test(thin_images_are_named),
		cmocka_unit_test(candidates_are_told_from_other_pe_files),
		cmocka_unit_test(each_section_has_its_part_in_that),
		cmocka_unit_test(profile_names_are_read),
		cmocka_unit_test(truncated_image_never_passes),
		cmocka_unit_test(parts_of_a_short_file_are_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
