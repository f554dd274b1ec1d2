/* Paths of boot loaders' files, made absolute. */
#include "test.h"

#include "format/path.h"

static void paths_are_made_absolute(void **state)
{
	static const struct {
		const char *folder, *name, *want;
		enum path_fault fault;
	} cases[] = {
		{ "", "/a", "/a", PATH_OK },
		{ "", "a", "/a", PATH_OK },
		{ "", "//a///b//", "/a/b", PATH_OK },
		{ "", "/./a/./b/.", "/a/b", PATH_OK },
		{ "/boot", "a", "/boot/a", PATH_OK },
		{ "/boot/", "a/b", "/boot/a/b", PATH_OK },
		{ "/boot", "/a", "/a", PATH_OK },
		{ "/boot/syslinux", "../vmlinuz", "/boot/vmlinuz", PATH_OK },
		{ "/boot", "../../a", "", PATH_ABOVE },
		{ "/boot", "..", "", PATH_EMPTY },
		{ "", "/a/../b", "/b", PATH_OK },
		{ "", "/a/../..", "", PATH_ABOVE },
		{ "", "/..a/b..", "/..a/b..", PATH_OK },
		{ "", "...", "/...", PATH_OK },
		{ "", "/", "", PATH_EMPTY },
		{ "/boot", "", "", PATH_EMPTY },
		{ "", ".", "", PATH_EMPTY },
		{ "/boot", ".", "/boot", PATH_OK },
		{ "", "/a\x1f", "", PATH_CONTROL },
		{ "", "/a/\n", "", PATH_CONTROL },
		{ "", "/a\x7f/b", "", PATH_CONTROL },
		{ "", "/a b\xc3\xa4", "/a b\xc3\xa4", PATH_OK },
		{ "", "/234567890123456", "/234567890123456", PATH_LONG },
		{ "", "/2345678901234", "/2345678901234", PATH_OK },
		{ "/23456", "8901234567", "", PATH_LONG },
		{ "", "/23456789012345/../a", "/a", PATH_OK },
		{ "/a\n", "/b", "/b", PATH_OK },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_copy_ struct span name =
			test_copy(span_of_text(cases[i].name));
		char ret[16];

		print_message("%s %s\n", cases[i].folder, cases[i].name);
		memset(ret, 'x', sizeof(ret));
		assert_int_equal(
			path_resolve(cases[i].folder, name, ret, sizeof(ret)),
			cases[i].fault);
		assert_string_equal(ret, cases[i].fault ? "" : cases[i].want);
		assert_true(strlen(path_fault_text(cases[i].fault)) > 5);
	}
}

static void a_nul_is_a_control_character(void **state)
{
	char ret[16];

	(void)state;
	assert_int_equal(path_resolve("", span_of("/a\0b", 4), ret, 16),
			 PATH_CONTROL);
	assert_string_equal(path_fault_text((enum path_fault)99),
			    "is not known");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_made_absolute),
		cmocka_unit_test(a_nul_is_a_control_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
