/* grub.cfg of any size: each limit under its code, and what was found before
 * it stays. */
#include "grub_rig.h"

#include "format/grub_state.h"

#include <stdio.h>

#define TEXT_CAP (4U << 20)

/* A text of up to 4 MiB; freed by the test. */
static struct text big_text(void)
{
	char *buf = malloc(TEXT_CAP);

	assert_non_null(buf);
	return text_over(buf, TEXT_CAP);
}

static void fill(struct text *t, char c, size_t len)
{
	while (len-- && !t->cut)
		text_add_char(t, c);
}

static void a_file_has_a_size(void **state)
{
	_drop_rig_ struct grub_rig rig = { 0 };
	struct text t = big_text();
	const struct grub_ops ops = { 0 };
	const struct grub_source source = { .path = "/grub.cfg",
					    .cpu = "arm64",
					    .text = span_of(
						    t.buf, GRUB_TEXT_MAX + 1) };
	struct grub_result result;
	struct error err;

	(void)state;
	text_add(&t, "menuentry a { linux /k }\n");
	fill(&t, '#', GRUB_TEXT_MAX - t.len);
	rig_run(&rig, span_of(t.buf, GRUB_TEXT_MAX));
	assert_int_equal(rig_entry(&rig, "0")->why, OK);
	assert_refused(E_GRUB_TOO_LONG, &err,
		       grub_evaluate(rig.state, &source, &ops, &result, &err));
	free(t.buf);
}

static void a_file_has_a_path(void **state)
{
	static const char *const bad[] = { "", "grub.cfg", "/", "/../grub.cfg",
					   "/a\nb" };
	struct grub_state *g = malloc(grub_state_size());
	const struct grub_ops ops = { 0 };
	struct grub_result result;
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		struct grub_source source = { .path = bad[i], .cpu = "x86_64" };

		assert_refused(E_GRUB_PATH, &err,
			       grub_evaluate(g, &source, &ops, &result, &err));
	}
	free(g);
}

/* A line of almost the whole file, in every place a line can be. */
static void long_lines_cost_their_stanza(void **state)
{
	static const struct {
		const char *before, *after;
		enum status entry, note;
	} cases[] = {
		{ "menuentry b {\nlinux /k ", "\n}\n", E_GRUB_WORDS, OK },
		{ "menuentry b {\nlinux /", "\n}\n", E_GRUB_WORDS, OK },
		{ "menuentry b {\nlinux /k\n# ", "\n}\n", OK, OK },
		{ "menuentry b {\nlinux /k \"", "\"\n}\n", E_GRUB_WORDS, OK },
		{ "set x=", "\n", OK, E_GRUB_WORDS },
		{ "", "\n", OK, E_GRUB_WORDS },
		{ "menuentry ", " { linux /k }\n", OK, E_GRUB_WORDS },
		{ "if [ ", " ]; then true; fi\n", OK, E_GRUB_WORDS },
		{ "x=$", "\n", OK, OK },
		{ "function ", " { true; }\n", OK, OK },
		{ "set x='", "\n", OK, E_GRUB_QUOTE },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_rig_ struct grub_rig rig = { 0 };
		struct text t = big_text();

		print_message("%s\n", cases[i].before);
		text_add(&t, "menuentry a { linux /k }\n");
		text_add(&t, cases[i].before);
		fill(&t, 'a', GRUB_TEXT_MAX - 200);
		text_add(&t, cases[i].after);
		text_add(&t, "menuentry c { linux /k }\n");
		rig_run(&rig, span_of(t.buf, t.len));
		assert_int_equal(rig_entry(&rig, "0")->why, OK);
		assert_int_equal(rig.entries[rig.entry_count - 1].why, OK);
		if (cases[i].entry)
			assert_int_equal(rig_entry(&rig, "1")->why,
					 cases[i].entry);
		if (cases[i].note)
			assert_true(rig_has_note(&rig, cases[i].note, 2));
		free(t.buf);
	}
}

static void options_have_a_length(void **state)
{
	struct text t = big_text();

	(void)state;
	for (unsigned more = 0; more < 2; more++) {
		_drop_rig_ struct grub_rig rig = { 0 };

		t = text_over(t.buf, t.cap);
		text_add(&t, "menuentry a { linux /k ");
		fill(&t, 'a', GRUB_OPTIONS_MAX - 1 + more);
		text_add(&t, " }");
		rig_run_text(&rig, t.buf);
		assert_int_equal(rig_entry(&rig, "0")->why,
				 more ? E_GRUB_OPTIONS_LONG : OK);
	}
	free(t.buf);
}

static void names_have_a_length(void **state)
{
	struct text t = big_text();

	(void)state;
	for (unsigned more = 0; more < 2; more++) {
		_drop_rig_ struct grub_rig rig = { 0 };

		t = text_over(t.buf, t.cap);
		text_add(&t, "menuentry ");
		fill(&t, 'a', GRUB_NAME_MAX - 1 + more);
		text_add(&t, " { linux /k }");
		rig_run_text(&rig, t.buf);
		assert_int_equal(rig_entry(&rig, "0")->why,
				 more ? E_GRUB_ARGUMENT : OK);
	}
	free(t.buf);
}

static void names_of_menus_have_a_length(void **state)
{
	_drop_rig_ struct grub_rig rig = { 0 };
	struct text t = big_text();

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		text_add(&t, i ? "submenu "
			       : "menuentry first { linux /k }\n"
				 "submenu ");
		fill(&t, 'a', GRUB_NAME_MAX / 2);
		text_add(&t, " {\n");
	}
	text_add(&t,
		 "menuentry a { linux /k }\n}\n}\n}\n"
		 "submenu '' { submenu '' { menuentry '' { linux /k } } }\n");
	rig_run_text(&rig, t.buf);
	assert_int_equal(rig.entry_count, 3);
	assert_int_equal(rig_entry(&rig, "0")->why, OK);
	assert_int_equal(rig_entry(&rig, "1>0")->why, E_GRUB_ARGUMENT);
	assert_string_equal(rig_named(&rig, "2>0>0"), "2>0>0");
	free(t.buf);
}

static void initrds_are_counted(void **state)
{
	(void)state;
	for (unsigned n = GRUB_INITRDS_MAX; n <= GRUB_INITRDS_MAX + 1; n++) {
		_drop_rig_ struct grub_rig rig = { 0 };
		char text[400];
		struct text t = text_over(text, sizeof(text));

		text_add(&t, "menuentry a { linux /k; initrd");
		for (unsigned i = 0; i < n; i++)
			text_addf(&t, " /i%u", i);
		text_add(&t, " }");
		rig_run_text(&rig, text);
		assert_int_equal(rig_entry(&rig, "0")->why,
				 n > GRUB_INITRDS_MAX ? E_GRUB_INITRDS : OK);
	}
}

static void entries_are_counted(void **state)
{
	struct text t = big_text();

	(void)state;
	for (unsigned more = 0; more < 2; more++) {
		_drop_rig_ struct grub_rig rig = { 0 };

		t = text_over(t.buf, t.cap);
		for (unsigned i = 0; i < GRUB_ENTRIES_MAX + more; i++)
			text_addf(&t, "menuentry e%u { linux /k }\n", i);
		rig_run_text(&rig, t.buf);
		assert_int_equal(rig.entry_count, GRUB_ENTRIES_MAX);
		assert_int_equal(rig.result.ended, more ? E_GRUB_ENTRIES : OK);
		assert_string_equal(
			rig.entries[GRUB_ENTRIES_MAX - 1].title.text, "e511");
	}
	free(t.buf);
}

static void entries_of_loops_are_counted(void **state)
{
	_drop_rig_ struct grub_rig rig = { 0 };

	(void)state;
	rig_run_text(&rig,
		     "for i in 0 1 2 3 4 5 6 7 8 9; do submenu s$i {\n"
		     "for i in 0 1 2 3 4 5 6 7 8 9; do\n"
		     "for j in 0 1 2 3 4 5 6 7 8 9; do\n"
		     "for k in 0 1 2 3 4 5 6 7 8 9; do\n"
		     "menuentry m$i$j$k { linux /k }\ndone; done; done\n}\n"
		     "done\n");
	assert_int_equal(rig.entry_count, GRUB_ENTRIES_MAX);
	assert_int_equal(rig.result.ended, E_GRUB_ENTRIES);
}

static void names_of_entries_need_room(void **state)
{
	_drop_rig_ struct grub_rig rig = { 0 };
	struct text t = big_text();

	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		text_add(&t, "menuentry a { linux /k }\nmenuentry b ");
		fill(&t, 'b', 1000);
		text_add(&t, " { linux /k }\n");
	}
	rig_run(&rig, span_of(t.buf, t.len));
	assert_int_equal(rig.result.ended, E_GRUB_ENTRIES);
	assert_in_range(rig.entry_count, 350, 400);
	assert_int_equal(rig_entry(&rig, "0")->why, OK);
	free(t.buf);
}

static void variables_are_counted(void **state)
{
	struct text t = big_text();

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		_drop_rig_ struct grub_rig rig = { 0 };

		t = text_over(t.buf, t.cap);
		text_add(&t, "menuentry a { linux /k }\n");
		for (unsigned i = 0; i < GRUB_VARIABLES_MAX; i++) {
			text_addf(&t, "set v%u=", i);
			fill(&t, 'a', k ? 150 : 1);
			text_add(&t, "\n");
		}
		text_add(&t, "menuentry b { linux /k }\n");
		rig_run(&rig, span_of(t.buf, t.len));
		assert_int_equal(rig.result.ended, E_GRUB_VARIABLES);
		assert_int_equal(rig.entry_count, 1);
		assert_int_equal(rig_entry(&rig, "0")->why, OK);
	}
	free(t.buf);
}

static void a_variable_set_again_takes_no_more_room(void **state)
{
	_drop_rig_ struct grub_rig rig = { 0 };
	struct text t = big_text();

	(void)state;
	for (unsigned i = 0; i < 5000; i++)
		text_addf(&t, "set v=aaaaaaaaaaaaaaaaaaaaaaaaaa%u\n", i);
	text_add(&t, "menuentry b { linux /k $v }\n");
	rig_run(&rig, span_of(t.buf, t.len));
	assert_int_equal(rig.result.ended, OK);
	assert_string_equal(rig_entry(&rig, "0")->options,
			    "aaaaaaaaaaaaaaaaaaaaaaaaaa4999");
	free(t.buf);
}

static void functions_are_counted(void **state)
{
	struct text t = big_text();

	(void)state;
	for (unsigned more = 0; more < 2; more++) {
		_drop_rig_ struct grub_rig rig = { 0 };

		t = text_over(t.buf, t.cap);
		text_add(&t, "menuentry a { linux /k }\n");
		for (unsigned i = 0; i < GRUB_FUNCTIONS_MAX + more; i++)
			text_addf(&t, "function f%u { true; }\n", i);
		text_add(&t, "menuentry b { linux /k }\n");
		rig_run(&rig, span_of(t.buf, t.len));
		assert_int_equal(rig.result.ended,
				 more ? E_GRUB_FUNCTIONS : OK);
		assert_int_equal(rig.entry_count, more ? 1 : 2);
	}
	free(t.buf);
}

static void a_command_has_so_many_words(void **state)
{
	_drop_rig_ struct grub_rig rig = { 0 };
	struct text t = big_text();

	(void)state;
	text_add(&t, "menuentry a { linux /k }\nset x='");
	for (unsigned i = 0; i < GRUB_WORDS_MAX; i++)
		text_add(&t, "a ");
	text_add(&t, "'\nfor i in $x b; do true; done\n"
		     "menuentry b { linux /k $x }\nmenuentry c { linux /k }\n");
	rig_run(&rig, span_of(t.buf, t.len));
	assert_int_equal(rig_entry(&rig, "0")->why, OK);
	assert_int_equal(rig_entry(&rig, "1")->why, E_GRUB_WORDS);
	assert_int_equal(rig_entry(&rig, "2")->why, OK);
	assert_true(rig_has_note(&rig, E_GRUB_WORDS, 3));
	free(t.buf);
}

static void files_are_counted(void **state)
{
	static char paths[GRUB_FILES_MAX + 1][16];
	_drop_rig_ struct grub_rig rig = { 0 };
	struct text t = big_text();

	(void)state;
	text_add(&t, "menuentry a { linux /k }\n");
	for (unsigned i = 0; i < GRUB_FILES_MAX; i++) {
		snprintf(paths[i], sizeof(paths[i]), "/%u.cfg", i);
		rig_add_text(&rig, 0, paths[i], "true");
		text_addf(&t, "source %s\nsource %s\n", paths[i], paths[i]);
	}
	rig_run(&rig, span_of(t.buf, t.len));
	/* the first file counts, too */
	assert_true(rig_has_note(&rig, E_GRUB_FILES, 2 * GRUB_FILES_MAX));
	assert_int_equal(rig.note_count, 2);
	for (unsigned i = 0; i < GRUB_FILES_MAX; i++)
		assert_int_equal(rig.files[i].loads, i + 1 < GRUB_FILES_MAX);
	assert_int_equal(rig_entry(&rig, "0")->why, OK);
	free(t.buf);
}

static void depth_is_counted(void **state)
{
	static char paths[GRUB_DEPTH_MAX + 2][16],
		texts[GRUB_DEPTH_MAX + 2][60];
	_drop_rig_ struct grub_rig rig = { 0 };
	struct text t = big_text();

	(void)state;
	for (unsigned i = 0; i < GRUB_DEPTH_MAX + 2; i++) {
		snprintf(paths[i], sizeof(paths[i]), "/%u.cfg", i);
		snprintf(texts[i], sizeof(texts[i]),
			 "menuentry m%u { linux /k }\nsource /%u.cfg\n", i,
			 i + 1);
		rig_add_text(&rig, 0, paths[i], texts[i]);
	}
	rig_run_text(&rig, "source /0.cfg");
	assert_int_equal(rig.entry_count, GRUB_DEPTH_MAX);
	assert_true(rig_has_note(&rig, E_GRUB_DEPTH, 2));

	/* menus in menus */
	for (unsigned i = 0; i < GRUB_DEPTH_MAX + 2; i++)
		text_addf(&t, "submenu s%u {\nmenuentry m%u { linux /k }\n", i,
			  i);
	for (unsigned i = 0; i < GRUB_DEPTH_MAX + 2; i++)
		text_add(&t, "}\n");
	rig_run_text(&rig, t.buf);
	assert_int_equal(rig.entry_count, GRUB_DEPTH_MAX + 1);
	assert_int_equal(rig.entries[GRUB_DEPTH_MAX - 1].why, OK);
	assert_int_equal(rig.entries[GRUB_DEPTH_MAX].why, E_GRUB_DEPTH);

	/* if in if */
	t = text_over(t.buf, t.cap);
	text_add(&t, "menuentry a { linux /k }\n");
	for (unsigned i = 0; i < 60000; i++)
		text_add(&t, "if true; then ");
	text_add(&t, "\nmenuentry b { linux /k }\n");
	rig_run(&rig, span_of(t.buf, t.len));
	assert_int_equal(rig_entry(&rig, "0")->why, OK);
	assert_true(rig_has_note(&rig, E_GRUB_DEPTH, 2));

	/* braces in braces */
	t = text_over(t.buf, t.cap);
	text_add(&t, "menuentry a { linux /k }\n");
	fill(&t, '{', 500000);
	text_add(&t, "\nmenuentry b { linux /k }\n");
	rig_run(&rig, span_of(t.buf, t.len));
	assert_int_equal(rig_entry(&rig, "0")->why, OK);
	assert_int_equal(rig_entry(&rig, "1")->why, OK);
	free(t.buf);
}

static void menus_that_lead_to_each_other_end(void **state)
{
	_drop_rig_ struct grub_rig rig = { 0 };

	(void)state;
	rig_add_text(&rig, 0, "/boot/grub/grub.cfg",
		     "menuentry a { linux /k }\n"
		     "menuentry b { configfile /b.cfg }\n"
		     "menuentry c { configfile /b.cfg }\n");
	rig_add_text(&rig, 0, "/b.cfg",
		     "menuentry d { configfile /boot/grub/grub.cfg }\n"
		     "menuentry e { configfile /b.cfg }\n"
		     "menuentry f { linux /k }\n");
	rig_run_file(&rig, 0, "/boot/grub/grub.cfg");
	assert_int_equal(rig.entry_count, 7);
	assert_int_equal(rig_entry(&rig, "1>0")->why, E_GRUB_FILE_LOOP);
	assert_int_equal(rig_entry(&rig, "1>1")->why, E_GRUB_FILE_LOOP);
	assert_int_equal(rig_entry(&rig, "1>2")->why, OK);
	assert_int_equal(rig_entry(&rig, "2>2")->why, OK);
}

static void notes_are_counted(void **state)
{
	_drop_rig_ struct grub_rig rig = { 0 };
	struct text t = big_text();

	(void)state;
	for (unsigned i = 0; i < 10000; i++)
		text_add(&t, "nonsense\n");
	rig_run(&rig, span_of(t.buf, t.len));
	assert_int_equal(rig.note_count, GRUB_NOTES_MAX);
	assert_int_equal(rig.result.note_count, 10000);
	free(t.buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_has_a_size),
		cmocka_unit_test(a_file_has_a_path),
		cmocka_unit_test(long_lines_cost_their_stanza),
		cmocka_unit_test(options_have_a_length),
		cmocka_unit_test(names_have_a_length),
		cmocka_unit_test(names_of_menus_have_a_length),
		cmocka_unit_test(initrds_are_counted),
		cmocka_unit_test(entries_are_counted),
		cmocka_unit_test(entries_of_loops_are_counted),
		cmocka_unit_test(names_of_entries_need_room),
		cmocka_unit_test(variables_are_counted),
		cmocka_unit_test(a_variable_set_again_takes_no_more_room),
		cmocka_unit_test(functions_are_counted),
		cmocka_unit_test(a_command_has_so_many_words),
		cmocka_unit_test(files_are_counted),
		cmocka_unit_test(depth_is_counted),
		cmocka_unit_test(menus_that_lead_to_each_other_end),
		cmocka_unit_test(notes_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
