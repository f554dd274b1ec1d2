/* UKIs: what is refused, and what a stub version changes about it. */
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

static void duplicates_are_refused(void **state)
{
	static const char *const names[] = {
		".linux", ".osrel",  ".cmdline", ".initrd",
		".ucode", ".splash", ".dtb",	 ".uname",
		".sbat",  ".pcrsig", ".pcrpkey", ".hwids",
	};

	(void)state;
	for (size_t i = 0; i < test_count(names); i++) {
		const struct uki_piece twice[] = {
			{ ".sdmagic", UKI_BUILD_MAGIC_262 },
			{ ".linux", "kernel" },
			{ names[i], "a" },
			{ ".other", "x" },
			{ names[i], "" },
		};
		const struct uki_piece in_profile[] = {
			{ ".sdmagic", UKI_BUILD_MAGIC_262 },
			{ ".linux", "kernel" },
			{ ".profile", "ID=a" },
			{ names[i], "a" },
			{ ".profile", "ID=b" },
			{ names[i], "b" },
			{ names[i], "c" },
		};
		struct uki_view v;
		struct error err;

		print_message("%s\n", names[i]);
		assert_refused(E_UKI_DUPLICATE, &err,
			       parse_pieces(twice, 5, &v, &err));
		assert_refused(E_UKI_DUPLICATE, &err,
			       parse_pieces(in_profile, 7, &v, &err));
		/* once per slice is what profiles are for */
		assert_ok(&err, parse_pieces(in_profile, 6, &v, &err));
	}
}

static void repeatable_sections_repeat(void **state)
{
	static const struct uki_piece pieces[] = {
		{ ".sdmagic", UKI_BUILD_MAGIC_262 },
		{ ".linux", "kernel" },
		{ ".dtbauto", "" },
		{ ".dtbauto", "first" },
		{ ".dtbauto", "second" },
		{ ".efifw", "one" },
		{ ".efifw", "two" },
	};
	_drop_pe_ struct pe_build b;
	struct uki_view v;

	(void)state;
	must_parse(&b, pieces, test_count(pieces), &v);
	assert_part(&b, v.base.parts[UKI_DTBAUTO], "first");
	assert_part(&b, v.base.parts[UKI_EFIFW], "one");
}

static void name_prefixes_depend_on_the_stub(void **state)
{
	static const char *const names[] = {
		".linux2",  ".osrel_", ".initrd2", ".ucodes",
		".splash1", ".dtbo",   ".unames",  ".sbatx",
		".hwids2",  ".efifw1", ".pcrsigs", ".dtbauto",
	};

	(void)state;
	for (size_t i = 0; i < test_count(names); i++) {
		struct uki_piece pieces[] = {
			{ ".linux", "kernel" },
			{ names[i], "x" },
			{ ".sdmagic", UKI_BUILD_MAGIC_257 },
		};
		struct uki_view v;
		struct error err;

		print_message("%s\n", names[i]);
		assert_ok(&err, parse_pieces(pieces, 3, &v, &err));
		/* no stub version: the strict rules */
		assert_refused(E_UKI_NAME_PREFIX, &err,
			       parse_pieces(pieces, 2, &v, &err));
		pieces[2].content = UKI_BUILD_MAGIC_252;
		assert_refused(E_UKI_NAME_PREFIX, &err,
			       parse_pieces(pieces, 3, &v, &err));
	}
}

static void names_are_compared_whole(void **state)
{
	static const struct uki_piece pieces[] = {
		{ ".sdmagic", UKI_BUILD_MAGIC_252 },
		{ ".linux", "kernel" },
		{ ".Linux", "a" },
		{ "linux", "b" },
		{ ".linu", "c" },
		{ ".cmdlin", "d" },
		{ ".bpf", "e" },
		{ "/14", "f" },
	};
	_drop_pe_ struct pe_build b;
	struct uki_view v;
	struct error err;

	(void)state;
	must_parse(&b, pieces, test_count(pieces), &v);
	assert_part(&b, v.base.parts[UKI_LINUX], "kernel");
	/* the stub stops at a NUL, too: this is a second .linux */
	pe_build_rename(&b, 2, ".linux");
	b.bytes[pe_build_section_at(&b, 2, PE_S_NAME) + 7] = 'x';
	assert_refused(E_UKI_DUPLICATE, &err,
		       parse(pe_build_file(&b), &v, &err));
}

static void profiles_need_a_stub_that_knows_them(void **state)
{
	struct uki_piece pieces[] = {
		{ ".linux", "kernel" },
		{ ".profile", "ID=x" },
		{ ".sdmagic", "#### LoaderInfo: systemd-stub 256.9 ####" },
	};
	struct uki_view v;
	struct error err;

	(void)state;
	assert_refused(E_UKI_PROFILE_STUB, &err,
		       parse_pieces(pieces, 2, &v, &err));
	assert_refused(E_UKI_PROFILE_STUB, &err,
		       parse_pieces(pieces, 3, &v, &err));
	pieces[2].content = "#### LoaderInfo: systemd-stub 257 ####";
	assert_ok(&err, parse_pieces(pieces, 3, &v, &err));
	assert_int_equal(v.profile_count, 1);
}

static void as_many_profiles_as_promised(void **state)
{
	struct uki_piece pieces[3 + UKI_PROFILES_MAX];
	struct uki_view v;
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(pieces); i++)
		pieces[i] = (struct uki_piece){ ".profile", "ID=x" };
	pieces[0] = (struct uki_piece){ ".sdmagic", UKI_BUILD_MAGIC_262 };
	pieces[1] = (struct uki_piece){ ".linux", "kernel" };
	assert_ok(&err, parse_pieces(pieces, 2 + UKI_PROFILES_MAX, &v, &err));
	assert_int_equal(v.profile_count, UKI_PROFILES_MAX);
	assert_refused(E_UKI_TOO_MANY_PROFILES, &err,
		       parse_pieces(pieces, 3 + UKI_PROFILES_MAX, &v, &err));
}

static void sections_newer_than_the_stub_are_left_out(void **state)
{
	struct uki_piece pieces[] = {
		{ ".linux", "kernel" },
		{ ".ucode", "microcode" },
		{ ".hwids", "table" },
		{ ".efifw", "firmware" },
		{ ".sdmagic", UKI_BUILD_MAGIC_252 },
	};
	struct uki_view v;
	struct error err;

	(void)state;
	assert_ok(&err, parse_pieces(pieces, 5, &v, &err));
	assert_false(v.base.parts[UKI_UCODE].named);
	assert_false(v.base.parts[UKI_HWIDS].named);
	pieces[4].content = UKI_BUILD_MAGIC_257;
	assert_ok(&err, parse_pieces(pieces, 5, &v, &err));
	assert_true(v.base.parts[UKI_UCODE].present);
	assert_true(v.base.parts[UKI_HWIDS].present);
	assert_false(v.base.parts[UKI_EFIFW].named);
	pieces[4].content = UKI_BUILD_MAGIC_262;
	assert_ok(&err, parse_pieces(pieces, 5, &v, &err));
	assert_true(v.base.parts[UKI_EFIFW].present);
	/* nothing is known about an unknown stub: all of them count */
	assert_ok(&err, parse_pieces(pieces, 4, &v, &err));
	assert_true(v.base.parts[UKI_UCODE].present);
	assert_true(v.base.parts[UKI_EFIFW].present);
}

static void sizes_have_limits(void **state)
{
	static const struct {
		const char *name;
		uint32_t most;
	} limits[] = {
		{ ".cmdline", UKI_CMDLINE_MAX }, { ".osrel", UKI_TEXT_MAX },
		{ ".uname", UKI_TEXT_MAX },	 { ".sbat", UKI_TEXT_MAX },
		{ ".pcrsig", UKI_TEXT_MAX },	 { ".pcrpkey", UKI_TEXT_MAX },
		{ ".profile", UKI_TEXT_MAX },	 { ".dtb", UKI_DTB_MAX },
		{ ".dtbauto", UKI_DTB_MAX },	 { ".hwids", UKI_HWIDS_MAX },
	};
	static const uint8_t large[4 << 20];

	(void)state;
	for (size_t i = 0; i < test_count(limits); i++) {
		const struct uki_piece pieces[] = {
			{ ".sdmagic", UKI_BUILD_MAGIC_262 },
			{ ".linux", "kernel" },
			{ limits[i].name, "x" },
		};
		_drop_pe_ struct pe_build b;
		struct uki_view v;
		struct error err;

		print_message("%s\n", limits[i].name);
		uki_build(&b, pieces, 3);
		pe_build_append(&b, span_of(large, sizeof(large)));
		pe_build_set(&b, PE_SIZE_OF_IMAGE, 64 << 20);
		pe_build_section_set(&b, 2, PE_S_VIRTUAL_SIZE, limits[i].most);
		assert_ok(&err, parse(pe_build_file(&b), &v, &err));
		pe_build_section_set(&b, 2, PE_S_VIRTUAL_SIZE,
				     limits[i].most + 1);
		assert_refused(E_UKI_SECTION_TOO_LARGE, &err,
			       parse(pe_build_file(&b), &v, &err));
	}
}

/* Without this a few bytes would ask for gigabytes of zeroes. */
static void no_section_is_larger_than_the_file(void **state)
{
	static const char *const names[] = { ".linux",	".initrd", ".ucode",
					     ".splash", ".efifw",  ".dtb" };

	(void)state;
	for (size_t i = 0; i < test_count(names); i++) {
		const struct uki_piece pieces[] = {
			{ ".sdmagic", UKI_BUILD_MAGIC_262 },
			{ names[i], "x" },
			{ i ? ".linux" : ".other", "kernel" },
		};
		_drop_pe_ struct pe_build b;
		struct uki_view v;
		struct error err;

		print_message("%s\n", names[i]);
		uki_build(&b, pieces, 3);
		pe_build_set(&b, PE_SIZE_OF_IMAGE, 0xffffffff);
		pe_build_section_set(&b, 2, PE_S_VIRTUAL_ADDRESS, 0xfffff000);
		pe_build_section_set(&b, 1, PE_S_VIRTUAL_SIZE, (uint32_t)b.len);
		assert_ok(&err, parse(pe_build_file(&b), &v, &err));
		pe_build_section_set(&b, 1, PE_S_VIRTUAL_SIZE,
				     (uint32_t)b.len + 1);
		assert_refused(E_UKI_SECTION_TOO_LARGE, &err,
			       parse(pe_build_file(&b), &v, &err));
		pe_build_section_set(&b, 1, PE_S_VIRTUAL_SIZE, 0xf0000000);
		assert_refused(E_UKI_SECTION_TOO_LARGE, &err,
			       parse(pe_build_file(&b), &v, &err));
	}
}

static void image_without_linux_is_refused(void **state)
{
	static const struct uki_piece none[] = {
		{ ".sdmagic", UKI_BUILD_MAGIC_262 },
		{ ".osrel", "ID=x" },
		{ ".sbat", "sbat,1" },
	};
	static const struct uki_piece empty[] = {
		{ ".sdmagic", UKI_BUILD_MAGIC_262 },
		{ ".linux", "" },
		{ ".cmdline", "quiet" },
	};
	static const struct uki_piece profile_only[] = {
		{ ".sdmagic", UKI_BUILD_MAGIC_262 },
		{ ".cmdline", "quiet" },
		{ ".profile", "ID=x" },
		{ ".linux", "kernel" },
	};
	struct uki_view v;
	struct error err;

	(void)state;
	assert_refused(E_UKI_NO_LINUX, &err, parse_pieces(none, 3, &v, &err));
	assert_refused(E_UKI_NO_LINUX, &err, parse_pieces(empty, 3, &v, &err));
	assert_refused(E_UKI_NO_LINUX, &err,
		       parse_pieces(profile_only, 4, &v, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(duplicates_are_refused),
		cmocka_unit_test(repeatable_sections_repeat),
		cmocka_unit_test(name_prefixes_depend_on_the_stub),
		cmocka_unit_test(names_are_compared_whole),
		cmocka_unit_test(profiles_need_a_stub_that_knows_them),
		cmocka_unit_test(as_many_profiles_as_promised),
		cmocka_unit_test(sections_newer_than_the_stub_are_left_out),
		cmocka_unit_test(sizes_have_limits),
		cmocka_unit_test(no_section_is_larger_than_the_file),
		cmocka_unit_test(image_without_linux_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
