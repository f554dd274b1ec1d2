/* Menus of grub.cfg: names, variables by menu, other files, the default. */
#include "grub_rig.h"

static void bodies_see_the_end_of_their_menu(void **state)
{
	static const char text[] =
		"set late=early\n"
		"set hidden=1\n"
		"menuentry a { linux /k $late $mine; }\n"
		"menuentry b { set late=b; set mine=b; linux /k $late $mine }\n"
		"menuentry c { linux /k $late $mine }\n"
		"submenu s $late {\n"
		"	export inner\n"
		"	menuentry d { linux /k $late $hidden $1 }\n"
		"	set late=sub\n"
		"	menuentry e { linux /k $late ${hidden} }\n"
		"	submenu t { menuentry f { linux /k $late $inner } }\n"
		"	set inner=x\n"
		"}\n"
		"menuentry g { linux /k $late $hidden $inner }\n"
		"set late=late\n"
		"export late\n";
	static const char *const want[][2] = {
		{ "0", "late" },    { "1", "b b" },   { "2", "late" },
		{ "3>0", "sub d" }, { "3>1", "sub" }, { "3>2>0", "sub x" },
		{ "4", "late 1" },
	};
	_drop_rig_ struct grub_rig rig = { 0 };

	(void)state;
	rig_run_text(&rig, text);
	for (size_t i = 0; i < test_count(want); i++)
		assert_string_equal(rig_entry(&rig, want[i][0])->options,
				    want[i][1]);
	assert_int_equal(rig.entry_count, test_count(want));
	assert_string_equal(rig_entry(&rig, "3>2>0")->menu.text, "s > t");
}

static void entries_have_names(void **state)
{
	static const char text[] =
		"menuentry_id_option=--id\n"
		"menuentry 'A > B' --class x --class=y --hotkey a --users \"\" "
		"--unrestricted $menuentry_id_option 'i>d' one two "
		"{ linux /k $1 $2 $3 }\n"
		"menuentry --id=second \"Two\" { linux /k }\n"
		"submenu 'S>' --id s { menuentry 'T' { linux /k } }\n"
		"menuentry \"\" { linux /k }\n"
		"menuentry 'x' --id { linux /k }\n";
	_drop_rig_ struct grub_rig rig = { 0 };

	(void)state;
	rig_run_text(&rig, text);
	assert_int_equal(rig.note_count, 0);
	assert_string_equal(rig_entry(&rig, "0")->titles, "A >> B");
	assert_string_equal(rig_entry(&rig, "0")->title.text, "A > B");
	assert_string_equal(rig_entry(&rig, "0")->ids, "i>>d");
	assert_string_equal(rig_entry(&rig, "0")->options, "A > B one two");
	assert_string_equal(rig_entry(&rig, "1")->ids, "second");
	assert_string_equal(rig_entry(&rig, "2>0")->titles, "S>>>T");
	assert_string_equal(rig_entry(&rig, "2>0")->ids, "s>T");
	assert_string_equal(rig_entry(&rig, "3")->titles, "");
	assert_string_equal(rig_entry(&rig, "4")->ids, "x");
}

static void a_text_names_an_entry(void **state)
{
	static const char text[] =
		"menuentry 'One' --id 1st { linux /k }\n"
		"submenu 'More >' --id more {\n"
		"	menuentry 'Two' --id 2nd { linux /k }\n"
		"	submenu 'Deep' { menuentry 'Three' { linux /k } }\n"
		"	menuentry '7' { linux /k }\n"
		"}\n"
		"submenu 'Last' {\n"
		"	submenu 'Sub' { menuentry 'x' { linux /k } }\n"
		"}\n"
		"hiddenentry 'Hidden' { linux /k }\n";
	static const char *const names[][2] = {
		{ "0", "0" },
		{ "One", "0" },
		{ "1st", "0" },
		{ "1", "1>0" },
		{ "More >>", "1>0" },
		{ "more", "1>0" },
		{ "1>0", "1>0" },
		{ "more>2nd", "1>0" },
		{ "1>Two", "1>0" },
		{ "More >>>2nd", "1>0" },
		{ "1>1", "1>1>0" },
		{ "1>1>0", "1>1>0" },
		{ "more>Deep>Three", "1>1>0" },
		{ "1>2", "1>2" },
		{ "1>7", "1>2" },
		{ "2", "2>0>0" },
		{ "Last>0", "2>0>0" },
		{ "0>3", "0" },
		{ "", "" },
		{ "Two", "" },
		{ "3", "" },
		{ "One ", "" },
		{ "more>none", "" },
		{ "more>", "" },
		{ "Hidden", "" },
		{ "one", "" },
		{ "-1", "" },
		{ "More >", "" },
		{ "99999999999999999999", "" },
	};
	_drop_rig_ struct grub_rig rig = { 0 };

	(void)state;
	rig_run_text(&rig, text);
	for (size_t i = 0; i < test_count(names); i++) {
		print_message("%s\n", names[i][0]);
		assert_string_equal(rig_named(&rig, names[i][0]), names[i][1]);
	}
}

static void the_last_of_each_counts(void **state)
{
	_drop_rig_ struct grub_rig rig = { 0 };
	const struct grub_entry *e;

	(void)state;
	rig_run_text(&rig, "menuentry a {\nlinux /old x\ninitrd /gone\n"
			   "linux16 /k a b\ninitrd16 /a /b\ninitrdefi /c\n"
			   "devicetree /d\ndevicetree\n}\n");
	e = rig_entry(&rig, "0");
	assert_string_equal(e->kernel.path, "/k");
	assert_string_equal(e->options, "a b");
	assert_int_equal(e->initrd_count, 1);
	assert_string_equal(e->initrds[0].path, "/c");
	assert_int_equal(e->devicetree.volume, -1);
}

static void passwords_are_told(void **state)
{
	_drop_rig_ struct grub_rig rig = { 0 };

	(void)state;
	rig_run_text(&rig,
		     "menuentry a { linux /k }\n"
		     "menuentry b --unrestricted { linux /k }\n"
		     "submenu s { menuentry c --unrestricted { linux /k } }\n"
		     "submenu s --unrestricted {\n"
		     "menuentry d --unrestricted { linux /k }\n"
		     "menuentry e --users u { linux /k } }\n"
		     "set superusers=root; export superusers\n"
		     "password_pbkdf2 root grub.pbkdf2.sha512.1.00.00\n");
	assert_true(rig_entry(&rig, "0")->asks_password);
	assert_false(rig_entry(&rig, "1")->asks_password);
	assert_true(rig_entry(&rig, "2>0")->asks_password);
	assert_false(rig_entry(&rig, "3>0")->asks_password);
	assert_true(rig_entry(&rig, "3>1")->asks_password);
	rig_run_text(&rig, "menuentry a { linux /k }\n");
	assert_false(rig_entry(&rig, "0")->asks_password);
}

static void defaults_and_timeouts(void **state)
{
	static const struct {
		const char *text, *entry;
		int timeout;
	} cases[] = {
		{ "", "", -1 },
		{ "default=2; timeout=10", "2", 10 },
		{ "default='1>2'; timeout=0", "1>2", 0 },
		{ "default=saved; saved_entry=x; timeout=-1", "x", -1 },
		{ "default=saved", "", -1 },
		{ "timeout=soon", "", -1 },
		{ "timeout=99999999999", "", -1 },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_rig_ struct grub_rig rig = { 0 };

		rig_run_text(&rig, cases[i].text);
		assert_string_equal(rig.result.default_entry, cases[i].entry);
		assert_int_equal(rig.result.timeout, cases[i].timeout);
	}
}

static void other_files_are_followed(void **state)
{
	_drop_rig_ struct grub_rig rig = { 0 };

	(void)state;
	rig_add_text(&rig, 0, "/a.cfg",
		     "menuentry a { linux /a $x }\nset y=a\n"
		     "function f { menuentry f { linux /f } }\nreturn\ny=b");
	rig_add_text(&rig, 0, "/boot/grub/b.cfg",
		     "menuentry b { linux /b }\nsource /a.cfg\n");
	rig_run_text(&rig, "source /a.cfg\n. $prefix/b.cfg\nx=$y\nf\n"
			   "menuentry c { linux /c }\n");
	assert_int_equal(rig.note_count, 0);
	assert_int_equal(rig.entry_count, 5);
	assert_string_equal(rig_entry(&rig, "0")->kernel.path, "/a");
	assert_string_equal(rig_entry(&rig, "0")->options, "a");
	assert_string_equal(rig_entry(&rig, "0")->file.text, "/a.cfg");
	assert_string_equal(rig_entry(&rig, "1")->kernel.path, "/b");
	assert_string_equal(rig_entry(&rig, "2")->kernel.path, "/a");
	assert_string_equal(rig_entry(&rig, "3")->kernel.path, "/f");
	assert_string_equal(rig_entry(&rig, "3")->file.text, "/a.cfg");
	assert_string_equal(rig_entry(&rig, "4")->file.text,
			    "/boot/grub/grub.cfg");
	assert_int_equal(rig.files[0].loads, 1);
}

static void a_config_file_is_a_menu(void **state)
{
	_drop_rig_ struct grub_rig rig = { 0 };

	(void)state;
	rig_add_text(&rig, 0, "/other.cfg",
		     "menuentry a { linux /a $kept$lost }\n"
		     "menuentry b { linux /b }\n"
		     "default=1\ntimeout=7\nroot=elsewhere\n");
	rig_run_text(&rig, "kept=1; export kept\nlost=2\ndefault=5\n"
			   "configfile /other.cfg\n"
			   "menuentry c { linux /c }\n");
	assert_int_equal(rig.entry_count, 3);
	assert_string_equal(rig.result.default_entry, "1");
	assert_int_equal(rig.result.timeout, 7);
	assert_int_equal(rig_entry(&rig, "0")->why, E_GRUB_DEVICE);
	assert_string_equal(rig_entry(&rig, "2")->kernel.path, "/c");

	/* one without entries leaves the first one's */
	rig_add_text(&rig, 0, "/none.cfg", "default=3");
	rig_run_text(&rig, "default=5\nconfigfile /none.cfg\n");
	assert_string_equal(rig.result.default_entry, "5");

	/* in an entry it is a submenu */
	rig_run_text(&rig, "menuentry Other { set kept=x; export kept\n"
			   "configfile /other.cfg }\n"
			   "menuentry last { linux /k }");
	assert_string_equal(rig_entry(&rig, "0>1")->titles, "Other>b");
	assert_string_equal(rig_entry(&rig, "0>1")->menu.text, "Other");
	assert_int_equal(rig_entry(&rig, "1")->why, OK);
}

static void environment_blocks_are_loaded(void **state)
{
	static const char block[] = "# GRUB Environment Block\na=1\nb=x y\n"
				    "c=p\\\\q\nroot=evil\n######";
	_drop_rig_ struct grub_rig rig = { 0 };

	(void)state;
	rig_add_text(&rig, 0, "/boot/grub/grubenv", block);
	rig_add_text(&rig, 0, "/env", block);
	rig_run_text(&rig, "load_env a b");
	assert_string_equal(grub_variable(rig.state, "a"), "1");
	assert_string_equal(grub_variable(rig.state, "b"), "x y");
	assert_null(grub_variable(rig.state, "c"));
	rig_run_text(&rig, "load_env --file=/env c");
	assert_string_equal(grub_variable(rig.state, "c"), "p\\q");
	rig_run_text(&rig, "load_env -s -f /env");
	assert_string_equal(grub_variable(rig.state, "b"), "x y");
	assert_int_equal(rig.note_count, 0);
	rig_run_text(&rig, "load_env --file /env; unset a; load_env -f /env a");
	assert_true(rig_has_note(&rig, E_GRUB_DEVICE, 1)); /* root=evil */
	assert_null(grub_variable(rig.state, "a"));
}

static void blscfg_is_told(void **state)
{
	_drop_rig_ struct grub_rig rig = { .volumes = { { 0 },
							{ .uuid = "u" } } };

	(void)state;
	rig_run_text(&rig, "menuentry a { linux /k }\nsearch -u -s root u\n"
			   "blscfg\nroot=vol0\nmenuentry b { linux /k }\n"
			   "blscfg\n");
	assert_true(rig.result.uses_blscfg);
	assert_int_equal(rig.result.bls_volume, 1);
	assert_int_equal(rig.result.bls_index, 1);
	rig_run_text(&rig, "if false; then blscfg; fi");
	assert_false(rig.result.uses_blscfg);
	rig_run_text(&rig, "search -u -s root none; blscfg");
	assert_int_equal(rig.result.bls_volume, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_see_the_end_of_their_menu),
		cmocka_unit_test(entries_have_names),
		cmocka_unit_test(a_text_names_an_entry),
		cmocka_unit_test(the_last_of_each_counts),
		cmocka_unit_test(passwords_are_told),
		cmocka_unit_test(defaults_and_timeouts),
		cmocka_unit_test(other_files_are_followed),
		cmocka_unit_test(a_config_file_is_a_menu),
		cmocka_unit_test(environment_blocks_are_loaded),
		cmocka_unit_test(blscfg_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
