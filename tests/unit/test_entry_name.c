#include "test.h"

#include "format/entry_name.h"

static void kind_is_the_suffix(void **state)
{
	static const struct {
		const char *name;
		enum entry_name_kind want;
	} cases[] = {
		{ "a.conf", ENTRY_NAME_CONF },
		{ "A.CONF", ENTRY_NAME_CONF },
		{ "a.efi", ENTRY_NAME_EFI },
		{ "a.Efi", ENTRY_NAME_EFI },
		{ "a+3-1.efi", ENTRY_NAME_EFI },
		{ "a.efi.conf", ENTRY_NAME_CONF },
		{ "automatic.conf", ENTRY_NAME_CONF },
		{ "größe.efi", ENTRY_NAME_EFI },
		{ "", ENTRY_NAME_NONE },
		{ "conf", ENTRY_NAME_NONE },
		{ "a.con", ENTRY_NAME_NONE },
		{ "a.conf~", ENTRY_NAME_NONE },
		{ "a.conf.manifest", ENTRY_NAME_NONE },
		{ ".conf", ENTRY_NAME_NONE },
		{ ".efi", ENTRY_NAME_NONE },
		{ ".a.conf", ENTRY_NAME_NONE },
		{ "auto-windows.conf", ENTRY_NAME_NONE },
		{ "AUTO-reboot.efi", ENTRY_NAME_NONE },
		{ "a/b.conf", ENTRY_NAME_NONE },
		{ "a\\b.conf", ENTRY_NAME_NONE },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_copy_ struct span copy =
			test_copy(span_of_text(cases[i].name));

		if (entry_name_kind(copy) != cases[i].want)
			fail_msg("'%s' is of kind %d", cases[i].name,
				 (int)entry_name_kind(copy));
	}
	assert_int_equal(entry_name_kind(span_of("a\0.conf", 7)),
			 ENTRY_NAME_NONE);
}

static void name_has_a_limit(void **state)
{
	char name[ENTRY_NAME_MAX + 2];

	(void)state;
	memset(name, 'n', sizeof(name));
	memcpy(name + ENTRY_NAME_MAX - 5, ".conf", 5);
	assert_int_equal(entry_name_kind(span_of(name, ENTRY_NAME_MAX)),
			 ENTRY_NAME_CONF);
	memcpy(name + ENTRY_NAME_MAX - 4, ".conf", 5);
	assert_int_equal(entry_name_kind(span_of(name, ENTRY_NAME_MAX + 1)),
			 ENTRY_NAME_NONE);
}

static void ids_are_made(void **state)
{
	static const struct {
		const char *name, *profile, *id;
	} cases[] = {
		{ "a.conf", "", "a.conf" },
		{ "Debian+3-1.EFI", "", "debian.efi" },
		{ "Debian+3-1.EFI", "Rescue", "debian.efi@rescue" },
		{ "f.efi", "2", "f.efi@2" },
		{ "6.1+DEB13.conf", "", "6.1+deb13.conf" },
		{ "ÄZ.efi", "", "Äz.efi" },
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		assert_true(entry_id_make(span_of_text(cases[i].name),
					  span_of_text(cases[i].profile), out,
					  sizeof(out)));
		assert_string_equal(out, cases[i].id);
	}
}

static void room_is_exact(void **state)
{
	static const char id[] = "ab.efi@cd";
	char out[sizeof(id)];

	(void)state;
	for (size_t cap = 1; cap <= sizeof(id); cap++) {
		bool fits = cap == sizeof(id);

		memset(out, 'x', sizeof(out));
		assert_int_equal(entry_id_make(span_of_text("ab+1.efi"),
					       span_of_text("cd"), out, cap),
				 fits);
		assert_string_equal(out, fits ? id : "");
	}
	assert_false(entry_id_make(span_of("a\0.efi", 6), span_of("", 0), out,
				   sizeof(out)));
	assert_string_equal(out, "");
	assert_false(entry_id_make(span_of("a.efi", 5), span_of("b\0", 2), out,
				   sizeof(out)));
	assert_string_equal(out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kind_is_the_suffix),
		cmocka_unit_test(name_has_a_limit),
		cmocka_unit_test(ids_are_made),
		cmocka_unit_test(room_is_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
