/* grub.cfg with everything wrong: what cannot be understood costs its stanza
 * only, under the code of its check, with file and line. */
#include "grub_rig.h"

#include <stdio.h>

#define GOOD "menuentry good { linux /k }\n"

/* Runs a text between two good entries, both of which must stay. */
static void run_between(struct grub_rig *rig, const char *bad)
{
	static char text[1 << 16];
	struct text t = text_over(text, sizeof(text));
	unsigned good = 0;

	print_message("%s\n", bad);
	text_addf(&t, GOOD "%s\n" GOOD, bad);
	assert_false(t.cut);
	rig_run_text(rig, text);
	for (unsigned i = 0; i < rig->entry_count; i++)
		good += rig->entries[i].why == OK &&
			!strcmp(rig->entries[i].title.text, "good");
	assert_int_equal(good, 2);
	assert_int_equal(rig->result.ended, OK);
}

static const struct grub_entry *refused(const struct grub_rig *rig)
{
	for (unsigned i = 0; i < rig->entry_count; i++)
		if (rig->entries[i].why != OK)
			return &rig->entries[i];
	fail_msg("nothing was refused");
	return NULL;
}

static void each_entry_is_refused_alone(void **state)
{
	static const struct {
		const char *body;
		enum status want;
		unsigned line; /* in the body */
	} cases[] = {
		{ "", E_GRUB_NO_KERNEL, 0 },
		{ "true", E_GRUB_NO_KERNEL, 0 },
		{ "initrd /i\nlinux /k", E_GRUB_INITRD_FIRST, 1 },
		{ "linux", E_GRUB_ARGUMENT, 1 },
		{ "linux $unset", E_GRUB_ARGUMENT, 1 },
		{ "linux /k\ninitrd", E_GRUB_ARGUMENT, 2 },
		{ "linux k", E_GRUB_PATH, 1 },
		{ "linux ''", E_GRUB_PATH, 1 },
		{ "linux /", E_GRUB_PATH, 1 },
		{ "linux (vol0)", E_GRUB_PATH, 1 },
		{ "linux (vol0/k", E_GRUB_PATH, 1 },
		{ "linux (hd0)0+1", E_GRUB_PATH, 1 },
		{ "linux /../k", E_GRUB_PATH, 1 },
		{ "linux /a/../../k", E_GRUB_PATH, 1 },
		{ "linux '/a\nb'", E_GRUB_PATH, 1 },
		{ "linux /k\ninitrd /i i", E_GRUB_PATH, 2 },
		{ "linux /k\ndevicetree d", E_GRUB_PATH, 2 },
		{ "linux (vol1)/k", E_GRUB_DEVICE, 1 },
		{ "linux (vol99999)/k", E_GRUB_DEVICE, 1 },
		{ "linux (vol-1)/k", E_GRUB_DEVICE, 1 },
		{ "linux (hd0,gpt1)/k", E_GRUB_DEVICE, 1 },
		{ "linux (http,1.2.3.4)/k", E_GRUB_DEVICE, 1 },
		{ "unset root\nlinux /k", E_GRUB_DEVICE, 2 },
		{ "search -u -s root X-1\nlinux /k", E_GRUB_SEARCH, 2 },
		{ "search -l -s root 'a b'\nlinux ($root)/k", E_GRUB_SEARCH,
		  2 },
		{ "search -f -s root /x\nlinux /k", E_GRUB_SEARCH, 2 },
		{ "search --set=root x\nlinux /k", E_GRUB_ARGUMENT, 1 },
		{ "search --fs-uuid --what x", E_GRUB_ARGUMENT, 1 },
		{ "search --fs-uuid", E_GRUB_ARGUMENT, 1 },
		{ "linux /vmlinuz*", E_GRUB_WILDCARD, 1 },
		{ "linux /k\ninitrd /initrd-?", E_GRUB_WILDCARD, 2 },
		{ "for k in /vmlinuz-*; do linux $k; done", E_GRUB_WILDCARD,
		  1 },
		{ "linux /k 'a\tb'", E_GRUB_OPTIONS_CONTROL, 1 },
		{ "linux /k 'a\nb'", E_GRUB_OPTIONS_CONTROL, 1 },
		{ "linux /k \x7f", E_GRUB_OPTIONS_CONTROL, 1 },
		{ "chainloader +1", E_GRUB_KIND, 1 },
		{ "chainloader /EFI/Microsoft/Boot/bootmgfw.efi", E_GRUB_KIND,
		  1 },
		{ "multiboot2 /xen.gz\nmodule2 /k", E_GRUB_KIND, 1 },
		{ "loopback loop /a.iso\nlinux (loop)/k", E_GRUB_KIND, 1 },
		{ "fwsetup", E_GRUB_KIND, 1 },
		{ "reboot", E_GRUB_KIND, 1 },
		{ "halt", E_GRUB_KIND, 1 },
		{ "exit", E_GRUB_KIND, 1 },
		{ "linux /k\ninitrd newc:a:/b", E_GRUB_KIND, 2 },
		{ "linux /k\nfrobnicate", E_GRUB_COMMAND, 2 },
		{ "if frobnicate; then linux /k; fi", E_GRUB_COMMAND, 1 },
		{ "linux /k | cat", E_GRUB_SYNTAX, 1 },
		{ "linux /k && true", E_GRUB_SYNTAX, 1 },
		{ "linux /k\nfi", E_GRUB_SYNTAX, 2 },
		{ "if true; then linux /k", E_GRUB_SYNTAX, 2 },
		{ "for x y; do linux /k; done", E_GRUB_SYNTAX, 1 },
		{ "for x in a; linux /k", E_GRUB_SYNTAX, 1 },
		{ "while true; linux /k; done", E_GRUB_SYNTAX, 1 },
		{ "function { linux /k; }", E_GRUB_SYNTAX, 1 },
		{ "!", E_GRUB_SYNTAX, 1 },
		{ "{ linux /k }", E_GRUB_BRACES, 1 },
		{ "linux /k $", E_GRUB_DOLLAR, 1 },
		{ "linux /k ${x", E_GRUB_DOLLAR, 1 },
		{ "linux /k \"${}\"", E_GRUB_DOLLAR, 1 },
		{ "linux /k 'a", E_GRUB_QUOTE, 1 },
		{ "linux /k \"a", E_GRUB_QUOTE, 1 },
		{ "true; menuentry x { linux /k }", E_GRUB_NESTED, 1 },
		{ "blscfg", E_GRUB_NESTED, 1 },
		{ "source /none\nlinux /k", E_GRUB_READ, 1 },
		{ "configfile /none", E_GRUB_READ, 1 },
		{ "source", E_GRUB_ARGUMENT, 1 },
		{ "load_env\nlinux /k", E_GRUB_READ, 1 },
		{ "load_env --what", E_GRUB_ARGUMENT, 1 },
		{ "set x", E_GRUB_ARGUMENT, 1 },
		{ "increment", E_GRUB_ARGUMENT, 1 },
		{ "while true; do true; done", E_GRUB_STEPS, 1 },
		{ "function f { f; }\nf", E_GRUB_DEPTH, 2 },
		{ "configfile /boot/grub/grub.cfg", E_GRUB_FILE_LOOP, 0 },
		{ "source /self", E_GRUB_FILE_LOOP, 1 },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_rig_ struct grub_rig rig = { 0 };
		char bad[400], where[60];
		struct text t = text_over(bad, sizeof(bad));
		const struct grub_entry *e;

		rig_add_text(&rig, 0, "/self", "source /self");
		rig_add_text(&rig, 0, "/boot/grub/grub.cfg", "true");
		text_addf(&t, "menuentry bad {\n%s\n}", cases[i].body);
		run_between(&rig, bad);
		e = refused(&rig);
		print_message("  %s\n", e->reason);
		assert_string_equal(status_slug(e->why),
				    status_slug(cases[i].want));
		assert_string_equal(e->title.text, "bad");
		snprintf(where, sizeof(where),
			 "/boot/grub/grub.cfg:%u: ", cases[i].line + 2);
		assert_ptr_equal(strstr(e->reason, where), e->reason);
		assert_int_equal(rig.entry_count, 3);
	}
}

static void each_fault_outside_is_noted(void **state)
{
	static const struct {
		const char *bad;
		enum status want;
		unsigned line; /* within it */
	} cases[] = {
		{ "}", E_GRUB_BRACES, 1 },
		{ "{", E_GRUB_BRACES, 1 },
		{ "{ linux /k }", E_GRUB_BRACES, 1 },
		{ "fi", E_GRUB_SYNTAX, 1 },
		{ "then true", E_GRUB_SYNTAX, 1 },
		{ "done", E_GRUB_SYNTAX, 1 },
		{ "a | b", E_GRUB_SYNTAX, 1 },
		{ "if true; then done; fi", E_GRUB_SYNTAX, 1 },
		{ "for $x in a; do true; done", E_GRUB_SYNTAX, 1 },
		{ "function f g { true; }", E_GRUB_SYNTAX, 1 },
		{ "function f {", E_GRUB_BRACES, 1 },
		{ "set x='a", E_GRUB_QUOTE, 1 },
		{ "\n\nset x=\"a", E_GRUB_QUOTE, 3 },
		{ "menuentry 'a {\nlinux /k\n}", E_GRUB_QUOTE, 1 },
		{ "set x=$", E_GRUB_DOLLAR, 1 },
		{ "menuentry { linux /k }", E_GRUB_ARGUMENT, 1 },
		{ "menuentry a", E_GRUB_ARGUMENT, 1 },
		{ "menuentry a --what { linux /k }", E_GRUB_ARGUMENT, 1 },
		{ "set x", E_GRUB_ARGUMENT, 1 },
		{ "set =x", E_GRUB_ARGUMENT, 1 },
		{ "search x", E_GRUB_ARGUMENT, 1 },
		{ "frobnicate", E_GRUB_COMMAND, 1 },
		{ "linux /k", E_GRUB_KIND, 1 },
		{ "source /none", E_GRUB_READ, 1 },
		{ "source none", E_GRUB_PATH, 1 },
		{ "source (hd9)/none", E_GRUB_DEVICE, 1 },
		{ "configfile /none", E_GRUB_READ, 1 },
		{ "source /boot/grub/grub.cfg", E_GRUB_FILE_LOOP, 1 },
		{ "load_env", E_GRUB_READ, 1 },
		{ "load_env -f /text", E_GRUBENV_SIGNATURE, 1 },
		{ "load_env -f /broken", E_GRUBENV_LINE, 1 },
		{ "source /self\n", E_GRUB_FILE_LOOP, 1 },
		{ "source /large", E_GRUB_TOO_LONG, 1 },
		{ "function f { f; }\nf", E_GRUB_DEPTH, 1 },
		{ "for x in *; do true; done", E_GRUB_WILDCARD, 1 },
		{ "submenu a {\nmenuentry b { linux /k }\n", E_GRUB_BRACES, 1 },
	};
	static uint8_t large[GRUB_TEXT_MAX + 1];

	(void)state;
	memset(large, '\n', sizeof(large));
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_rig_ struct grub_rig rig = { 0 };

		rig_add_text(&rig, 0, "/self", "source /self");
		rig_add_text(&rig, 0, "/text", "text");
		rig_add_text(&rig, 0, "/broken",
			     "# GRUB Environment Block\nbroken\na=1\n###");
		rig_add(&rig, 0, "/large", span_of(large, sizeof(large)));
		run_between(&rig, cases[i].bad);
		assert_true(rig.note_count > 0);
		assert_string_equal(status_slug(rig.notes[0].code),
				    status_slug(cases[i].want));
		if (rig.notes[0].code != E_GRUB_FILE_LOOP)
			assert_int_equal(rig.notes[0].line, cases[i].line + 1);
	}
}

static void braces_that_are_lost(void **state)
{
	_drop_rig_ struct grub_rig rig = { 0 };

	(void)state;
	/* an entry without its end, at the top and in a submenu */
	run_between(&rig, "menuentry bad {\nlinux /bad\n");
	assert_int_equal(rig.entry_count, 3);
	assert_int_equal(rig_entry(&rig, "1")->why, E_GRUB_BRACES);
	run_between(&rig, "submenu sub {\n"
			  "  menuentry one {\n    linux /one\n  }\n"
			  "  menuentry bad {\n    linux /bad\n"
			  "  menuentry two {\n    linux /two\n  }\n"
			  "}\n");
	assert_int_equal(rig.entry_count, 5);
	assert_string_equal(rig_entry(&rig, "1>0")->kernel.path, "/one");
	assert_int_equal(rig_entry(&rig, "1>1")->why, E_GRUB_BRACES);
	assert_string_equal(rig_entry(&rig, "1>2")->kernel.path, "/two");
	assert_string_equal(rig_entry(&rig, "2")->title.text, "good");

	/* an end too much */
	run_between(&rig, "menuentry a {\nlinux /a\n}\n}\nset default=7\n");
	assert_int_equal(rig.entry_count, 3);
	assert_string_equal(rig.result.default_entry, "7");
	assert_true(rig_has_note(&rig, E_GRUB_BRACES, 5));

	/* the last entry is cut off */
	rig_run_text(&rig, GOOD "menuentry bad {\nlinux /bad\n");
	assert_int_equal(rig_entry(&rig, "0")->why, OK);
	assert_int_equal(rig_entry(&rig, "1")->why, E_GRUB_BRACES);

	/* if without fi: what is in it counts */
	rig_run_text(&rig, "if true; then\n" GOOD);
	assert_int_equal(rig.entry_count, 1);
	assert_true(rig_has_note(&rig, E_GRUB_SYNTAX, 3));
}

static void quotes_that_are_lost(void **state)
{
	static const char *const quotes[] = { "'", "\"" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		_drop_rig_ struct grub_rig rig = { 0 };
		char bad[200];

		snprintf(bad, sizeof(bad),
			 "menuentry bad {\nlinux /k x=%sy\n}\n"
			 "menuentry %sin quotes%s {\nlinux /q\n}\n",
			 quotes[i], quotes[i], quotes[i]);
		run_between(&rig, bad);
		assert_int_equal(rig.entry_count, 4);
		assert_int_equal(rig_entry(&rig, "1")->why, E_GRUB_QUOTE);
		assert_string_equal(rig_entry(&rig, "2")->kernel.path, "/q");
	}
}

static void nul_and_noise_cost_their_line(void **state)
{
	static const char text[] =
		GOOD "set a=\0b\nset c=d\n"
		     "menuentry bad { linux /k \0 }\n}\n" GOOD;
	_drop_rig_ struct grub_rig rig = { 0 };
	uint64_t seed = 7;
	static uint8_t noise[5000];

	(void)state;
	rig_run(&rig, span_of(text, sizeof(text) - 1));
	assert_true(rig_has_note(&rig, E_GRUB_NUL, 2));
	assert_string_equal(grub_variable(rig.state, "c"), "d");
	assert_int_equal(rig.entry_count, 3);
	assert_int_equal(rig_entry(&rig, "1")->why, E_GRUB_NUL);
	for (unsigned round = 0; round < 200; round++) {
		static const char some[] = "{}\n;'\"$\\ if fi menuentry a linux"
					   " for do done then else\n\n{{}} \0";

		for (size_t i = 0; i < sizeof(noise); i++)
			noise[i] = (uint8_t)
				some[test_random(&seed) % sizeof(some)];
		rig_run(&rig, span_of(noise, sizeof(noise)));
	}
}

static void loops_end(void **state)
{
	static const char *const endless[] = {
		"while true; do true; done",
		"while true; do continue; done",
		"until false; do x=y; done",
		"while true; do for i in a b c; do break; done; done",
		"function f { f; f; f; }\nf",
		"function f { if f; then f; fi; f; }\nf",
		"while true; do source /small; done",
	};

	(void)state;
	for (size_t i = 0; i < test_count(endless); i++) {
		_drop_rig_ struct grub_rig rig = { 0 };
		char text[300];

		print_message("%s\n", endless[i]);
		snprintf(text, sizeof(text), GOOD "%s\nset after=1\n" GOOD,
			 endless[i]);
		rig_add_text(&rig, 0, "/small", "x=1");
		rig_run_text(&rig, text);
		assert_int_equal(rig_entry(&rig, "0")->why, OK);
		assert_int_equal(rig.result.ended, E_GRUB_STEPS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_entry_is_refused_alone),
		cmocka_unit_test(each_fault_outside_is_noted),
		cmocka_unit_test(braces_that_are_lost),
		cmocka_unit_test(quotes_that_are_lost),
		cmocka_unit_test(nul_and_noise_cost_their_line),
		cmocka_unit_test(loops_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
