/* The language of grub.cfg: words, variables, conditions, loops, functions,
 * searches, paths. */
#include "grub_rig.h"

static void words_become_options(void **state)
{
	static const struct {
		const char *words, *options;
	} cases[] = {
		{ "a b", "a b" },
		{ "  a \t b  # c", "a b" },
		{ "a#b #c", "a#b" },
		{ "a;initrd /i", "a" },
		{ "'a b'", "\"a b\"" },
		{ "\"a b\"", "\"a b\"" },
		{ "a\\ b", "\"a b\"" },
		{ "'a'\"b\"c", "abc" },
		{ "''", "" },
		{ "a '' b", "a b" },
		{ "\"\" ro", "ro" },
		{ "it\\'s", "it\\'s" },
		{ "\"say \\\"x\\\"\"", "\"say \\\"x\\\"\"" },
		{ "'a\\b'", "a\\\\b" },
		{ "\"a\\b\"", "a\\\\b" },
		{ "a\\b", "ab" },
		{ "LABEL=A\\x20B", "LABEL=A\\x20B" },
		{ "a \\\n b", "a b" },
		{ "a\\\nb", "ab" },
		{ "\"a\\\nb\"", "ab" },
		{ "$one", "1" },
		{ "${one}", "1" },
		{ "x${one}y", "x1y" },
		{ "x$one-y", "x1-y" },
		{ "'$one'", "$one" },
		{ "\\$one", "$one" },
		{ "\"$one\"", "1" },
		{ "\"\\$one\"", "$one" },
		{ "$two", "a b" },
		{ "\"$two\"", "\"a b\"" },
		{ "x${two}y", "xa by" },
		{ "$nothing", "" },
		{ "a${nothing}b", "ab" },
		{ "\"$nothing\"", "" },
		{ "a $nothing b", "a b" },
		{ "$spaces", "a b" },
		{ "x${spaces}y", "x a b y" },
		{ "$\"text\"", "text" },
		{ "a=b=c,d:e/f", "a=b=c,d:e/f" },
		{ "if then fi", "if then fi" },
		{ "$1 $#", "title 1" },
		{ "\r", "" },
		{ "a\r", "a" },
		{ "[ ]", "[ ]" },
		{ "!", "!" },
		{ "*.txt", "*.txt" },
		{ "\xc3\xa4", "\xc3\xa4" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_rig_ struct grub_rig rig = { 0 };
		char text[400];
		struct text t = text_over(text, sizeof(text));

		print_message("%s\n", cases[i].words);
		text_addf(&t,
			  "set one=1\nset two='a b'\nspaces='  a  b '\n"
			  "menuentry title {\nlinux /k %s\n}\n",
			  cases[i].words);
		rig_run_text(&rig, text);
		assert_int_equal(rig.note_count, 0);
		assert_int_equal(rig_entry(&rig, "0")->why, OK);
		assert_string_equal(rig_entry(&rig, "0")->options,
				    cases[i].options);
	}
}

/* What the variable x is at the end. */
static void scripts_run(void **state)
{
	static const struct {
		const char *script, *x;
	} cases[] = {
		{ "x=1", "1" },
		{ "set x=1", "1" },
		{ "set x=", "" },
		{ "x=1; x=2", "2" },
		{ "x='a b'", "a b" },
		{ "set x=a b", "a" },
		{ "x=1; unset x", NULL },
		{ "unset x", NULL },
		{ "export x", "" },
		{ "y=1; x=$y$y", "11" },
		{ "x=1; x=${x}2$x", "121" },
		{ "x=a=b", "a=b" },
		{ "name=x; set $name=1", "1" },
		/* if */
		{ "if true; then x=1; fi", "1" },
		{ "if false; then x=1; fi", NULL },
		{ "if false; then x=1; else x=2; fi", "2" },
		{ "if false; then x=1; elif true; then x=2; else x=3; fi",
		  "2" },
		{ "if false; then x=1; elif false; then x=2; else x=3; fi",
		  "3" },
		{ "if true\nthen\n\nx=1\nelse\nx=2\nfi", "1" },
		{ "if ! false; then x=1; fi", "1" },
		{ "if ! true; then x=1; fi", NULL },
		{ "if true; false; then x=1; else x=2; fi", "2" },
		{ "if true; then if false; then x=1; else x=2; fi; fi", "2" },
		{ "if false; then if true; then x=1; fi; else x=2; fi", "2" },
		{ "if true; then x=1;; fi", "1" },
		{ "if false; then echo { ; } fi\nx=1", "1" },
		{ "false; if [ $? = 1 ]; then x=1; fi", "1" },
		{ "true; x=$?", "0" },
		/* a condition nobody can judge takes no branch */
		{ "x=0; if hwmatch a; then x=1; else x=2; fi", "0" },
		{ "x=0; if hwmatch a; then x=1; elif true; then x=2; fi", "0" },
		{ "x=0; if [ /a -nt /b ]; then x=1; else x=2; fi", "0" },
		/* loops */
		{ "for i in a b c; do x=$x$i; done", "abc" },
		{ "for i in; do x=1; done", NULL },
		{ "l='a b'; for i in $l c; do x=$i$x; done", "cba" },
		{ "for i in a b c\ndo\nif [ $i = b ]; then continue; fi\n"
		  "x=$x$i\ndone",
		  "ac" },
		{ "for i in a b c; do x=$x$i; if [ $i = b ]; then break; "
		  "fi; done",
		  "ab" },
		{ "for i in a b; do for j in 1 2; do x=$x$i$j; done; done",
		  "a1a2b1b2" },
		{ "for i in a b; do for j in 1 2; do break; done; x=$x$i; "
		  "done",
		  "ab" },
		{ "x=; while [ \"$x\" != aaa ]; do x=a$x; done", "aaa" },
		{ "x=; until [ \"$x\" = aa ]; do x=a$x; done", "aa" },
		{ "x=1; while false; do x=2; done", "1" },
		{ "x=1; while true; do x=2; break; x=3; done", "2" },
		{ "for i in a b; do for j in 1 2; do x=$x$j; continue; x=z; "
		  "done; done",
		  "1212" },
		/* functions */
		{ "function f { x=1; }\nf", "1" },
		{ "function f\n{\nx=$1$2\n}\nf a b", "ab" },
		{ "function f { x=$#; }\nf a 'b c' d", "3" },
		{ "function f { x=\"$*\"; }\nf a 'b c'", "a b c" },
		{ "function f { for i in \"$@\"; do x=\"$x-$i\"; done; }\n"
		  "f a 'b c'",
		  "-a-b c" },
		{ "function f { x=$1; shift; x=$x$1$#; }\nf a b", "ab1" },
		{ "function f { x=1; return; x=2; }\nf", "1" },
		{ "function f { return 1; }\nif f; then x=1; else x=2; fi",
		  "2" },
		{ "function f { g $1$1; }\nfunction g { x=$1; }\nf a", "aa" },
		{ "function f { x=1; }\nfunction f { x=2; }\nf", "2" },
		{ "function f { x=$10; }\nf 1 2 3 4 5 6 7 8 9 ten", "ten" },
		{ "function f { x=$3; }\nf 1 2", "" },
		{ "function echo { x=mine; }\necho a", "mine" },
		{ "function f { for i in 1 2; do return; done; x=1; }\nf",
		  NULL },
		/* counting */
		{ "increment x", "1" },
		{ "x=41; increment x", "42" },
		{ "x=0; decrement x", "-1" },
		{ "x=word; increment x", "1" },
		/* what GRUB knows */
		{ "x=$grub_cpu-$grub_platform", "x86_64-efi" },
		{ "x=$feature_menuentry_id$feature_none", "y" },
		{ "x=$root", "vol0" },
		{ "x=$prefix", "(vol0)/boot/grub" },
		{ "x=$config_directory", "(vol0)/boot/grub" },
		{ "x=$config_file", "(vol0)/boot/grub/grub.cfg" },
		{ "if keystatus --shift; then x=1; else x=2; fi", "2" },
		{ "if loadfont unicode; then x=1; fi", "1" },
		{ "if cpuid -l; then x=1; fi", "1" },
		{ "if fwsetup --is-supported; then x=1; fi", "1" },
		{ "x=1; return; x=2", "1" },
		{ "x=1; exit; x=2", "1" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_rig_ struct grub_rig rig = { 0 };
		const char *x;

		print_message("%s\n", cases[i].script);
		rig_run_text(&rig, cases[i].script);
		x = grub_variable(rig.state, "x");
		if (cases[i].x)
			assert_string_equal(x ? x : "(unset)", cases[i].x);
		else
			assert_null(x);
	}
}

static void conditions_are_judged(void **state)
{
	static const char *const yes[] = {
		"", /* GRUB says so */
		"a",
		"a = a",
		"a == a",
		"a != b",
		"-z ''",
		"-n a",
		"! ''",
		"a '<' b",
		"b '>=' b",
		"1 -eq 01",
		"0x10 -eq 16",
		"2 -lt 10",
		"10 -gt 2",
		"-1 -lt 0",
		"3 -le 3",
		"3 -ge 3",
		"3 -ne 4",
		"k-2 -plt k-11",
		"k-11 -pgt k-2",
		"a -a b",
		"a -o ''",
		"'' -o a",
		"'' -a '' -o a",
		"a -o '' -a ''",
		"! '' -a ! ''",
		"( a )",
		"'' -o ( a -a b )",
		"! ( '' )",
		"! ! a",
		"-f /file",
		"-s /file",
		"-e /file",
		"-f /empty",
		"-e /empty",
		"-d /folder",
		"-e /folder",
		"-d /",
		"-e (vol0)/file",
		"-e (vol0)",
		"-e (hd1,gpt1)/other",
		"-e $root_file",
		"x$feature_all_video_module = xy",
		"\"${unset}\" = \"\"",
		"-f /file -a -s /file -a ! -e /none",
	};
	static const char *const no[] = {
		"''",
		"a = b",
		"a != a",
		"-z a",
		"-n ''",
		"! a",
		"b '<' b",
		"10 -lt 2",
		"word -eq 1",
		"a -a ''",
		"'' -o ''",
		"a -a '' -o ''",
		"( '' )",
		"! ( a )",
		"-f /folder",
		"-s /empty",
		"-s /folder",
		"-d /file",
		"-f /none",
		"-e /none",
		"-f none",
		"-e (vol9)/file",
		"-e (hd9)/file",
		"-e /../file",
		"-e (vol0",
		"-f /",
		"-f '' -a -e x",
	};

	(void)state;
	for (size_t i = 0; i < test_count(yes) + test_count(no); i++) {
		bool is = i < test_count(yes);
		const char *what = is ? yes[i] : no[i - test_count(yes)];
		_drop_rig_ struct grub_rig rig = { 0 };
		char text[300];
		struct text t = text_over(text, sizeof(text));

		print_message("[ %s ]\n", what);
		rig.volumes[1].device = "hd1,gpt1";
		rig_add_text(&rig, 0, "/file", "x");
		rig_add_text(&rig, 0, "/empty", "");
		rig_add(&rig, 0, "/folder", (struct span){ 0 });
		rig_add_text(&rig, 1, "/other", "x");
		text_addf(&t,
			  "root_file=($root)/file\n"
			  "if [ %s ]; then a=1; else a=0; fi\n"
			  "if test %s; then b=1; else b=0; fi\n",
			  what, what);
		rig_run_text(&rig, text);
		assert_int_equal(rig.note_count, 0);
		assert_string_equal(grub_variable(rig.state, "a"),
				    is ? "1" : "0");
		assert_string_equal(grub_variable(rig.state, "b"),
				    is ? "1" : "0");
	}
}

static void searches_set_variables(void **state)
{
	static const struct {
		const char *command, *variable, *value;
	} cases[] = {
		{ "search --fs-uuid --set=root u1", "root", "vol1" },
		{ "search -u -s root u1", "root", "vol1" },
		{ "search --no-floppy --fs-uuid --set u1", "root", "vol1" },
		{ "search --fs-uuid --set=root --hint-bios=hd0 --hint-efi hd0 "
		  "--hint='hd0,gpt2' u1",
		  "root", "vol1" },
		{ "search --fs-uuid=u1 --set=root", "root", "vol1" },
		{ "search --label --set=dev 'a label'", "dev", "vol2" },
		{ "search -l -s dev 'a label'", "dev", "vol2" },
		{ "search --file --set=dev /there", "dev", "vol3" },
		{ "search -f --set=dev //./there", "dev", "vol3" },
		{ "search --set=dev -f /there", "dev", "vol3" },
		{ "search.fs_uuid u1 dev hd0,gpt1", "dev", "vol1" },
		{ "search.fs_label 'a label' root", "root", "vol2" },
		{ "search.file /there prefix", "prefix", "vol3" },
		{ "search --fs-uuid u1", "root", "vol0" },
		{ "search --fs-uuid --set=dev none", "dev", NULL },
		{ "search --file --set=dev there", "dev", NULL },
		{ "search --fs-uuid --set=root none", "root", "lost0" },
		{ "if search --fs-uuid --set=x none; then y=1; else y=2; fi",
		  "y", "2" },
		{ "if search --fs-uuid u1; then y=1; else y=2; fi", "y", "1" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_rig_ struct grub_rig rig = {
			.volumes = { { 0 },
				     { .uuid = "u1" },
				     { .label = "a label" } }
		};
		const char *value;

		print_message("%s\n", cases[i].command);
		rig_add_text(&rig, 3, "/there", "");
		rig_run_text(&rig, cases[i].command);
		assert_int_equal(rig.note_count, 0);
		value = grub_variable(rig.state, cases[i].variable);
		if (cases[i].value)
			assert_string_equal(value, cases[i].value);
		else
			assert_null(value);
	}
}

static void paths_have_volumes(void **state)
{
	static const struct {
		const char *path;
		int volume;
		const char *want;
	} cases[] = {
		{ "/boot/k", 0, "/boot/k" },
		{ "//boot/./k", 0, "/boot/k" },
		{ "/boot/../k", 0, "/k" },
		{ "()/k", 0, "/k" },
		{ "(vol0)/k", 0, "/k" },
		{ "($root)/k", 0, "/k" },
		{ "$prefix/k", 0, "/boot/grub/k" },
		{ "(hd0,gpt2)/k", 1, "/k" },
		{ "(md/0)/k", 2, "/k" },
		{ "($found)/k", 1, "/k" },
		{ "'/with blank'", 0, "/with blank" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_rig_ struct grub_rig rig = {
			.volumes = { { 0 },
				     { .uuid = "u", .device = "hd0,gpt2" },
				     { .device = "md/0" } }
		};
		const struct grub_entry *e;
		char text[200];
		struct text t = text_over(text, sizeof(text));

		print_message("%s\n", cases[i].path);
		text_addf(&t,
			  "search -u -s found u\n"
			  "menuentry a { linux %s; initrd %s %s; "
			  "devicetree %s }",
			  cases[i].path, cases[i].path, cases[i].path,
			  cases[i].path);
		rig_run_text(&rig, text);
		e = rig_entry(&rig, "0");
		assert_int_equal(e->why, OK);
		assert_int_equal(e->kernel.volume, cases[i].volume);
		assert_string_equal(e->kernel.path, cases[i].want);
		assert_int_equal(e->initrd_count, 2);
		assert_string_equal(e->initrds[1].path, cases[i].want);
		assert_int_equal(e->devicetree.volume, cases[i].volume);
		assert_string_equal(e->devicetree.path, cases[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_become_options),
		cmocka_unit_test(scripts_run),
		cmocka_unit_test(conditions_are_judged),
		cmocka_unit_test(searches_set_variables),
		cmocka_unit_test(paths_have_volumes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
