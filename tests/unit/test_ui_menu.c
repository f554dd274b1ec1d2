/*
 * The menu as a state machine: what each key does on each page, which entry is
 * marked while the list changes, and what can never happen by one key.
 */
#include "test.h"
#include "ui_bench.h"

#include <stdio.h>

/* --- order and numbers --------------------------------------------------- */

static void refused_entries_come_last(void **state)
{
	static const uint32_t order[] = { 1, 2, 4, 6, 3, 5 };
	struct ui_bench *b = *state;
	size_t at;

	for (size_t i = 0; i < test_count(order); i++) {
		assert_int_equal(ui_model_shown(&b->model, i)->id, order[i]);
		assert_true(ui_model_place(&b->model, order[i], &at));
		assert_int_equal(at, i);
	}
	assert_null(ui_model_shown(&b->model, test_count(order)));
	assert_null(ui_model_shown(&b->model, SIZE_MAX));
	assert_false(ui_model_place(&b->model, 7, &at));
}

static void enter_boots_the_marked_entry(void **state)
{
	struct ui_bench *b = *state;

	assert_action(ui_bench_type(b, "\r"), UI_BOOT, 1);
	assert_action(ui_bench_type(b, "j\r"), UI_BOOT, 2);
	assert_action(ui_bench_type(b, "\033[B\r\n"), UI_BOOT, 4);
	assert_action(ui_bench_type(b, "\033OA\n"), UI_BOOT, 2);
}

static void every_moving_key_moves(void **state)
{
	static const struct {
		const char *keys;
		uint32_t id;
	} moves[] = {
		{ "k", 1 },
		{ "j", 2 },
		{ "jj", 4 },
		{ "jjk", 2 },
		{ "jjjjjjjjjj", 5 },
		{ "\033[F", 5 },
		{ "\033[F\033[H", 1 },
		{ "\033[6~", 5 },
		{ " ", 5 },
		{ " -", 1 },
		{ "\033[6~\033[5~", 1 },
		{ "\033[B\033[B\033[A", 2 },
	};
	struct ui_bench *b = *state;

	for (size_t i = 0; i < test_count(moves); i++) {
		ui_bench_start_over(b);
		ui_bench_type(b, moves[i].keys);
		assert_int_equal(b->menu.selected, moves[i].id);
	}
}

static void page_keys_move_by_what_is_seen(void **state)
{
	struct ui_bench *b = *state;

	for (unsigned i = 0; i < 200; i++)
		ui_bench_add(b, "more", "sdc1");
	ui_bench_type(b, " ");
	assert_int_equal(b->menu.at, 13);
	ui_menu_set_size(&b->menu, 10, 40);
	ui_bench_type(b, "-");
	assert_int_equal(b->menu.at, 13 - 5);
}

static void a_digit_marks_at_once(void **state)
{
	struct ui_bench *b = *state;

	for (unsigned i = 0; i < 20; i++)
		ui_bench_add(b, "more", "sdc1");
	ui_bench_type(b, "1");
	assert_int_equal(b->menu.at, 0);
	ui_bench_type(b, "2");
	assert_int_equal(b->menu.at, 11);
	ui_bench_type(b, "\b");
	assert_int_equal(b->menu.at, 0);
	ui_bench_type(b, "\177");
	assert_int_equal(b->menu.seat.number, 0);
	/* any other key ends the number */
	ui_bench_type(b, "2j4");
	assert_int_equal(b->menu.at, 3);
	assert_action(ui_bench_type(b, "\r"), UI_BOOT, 6);
	assert_action(ui_bench_type(b, "12\r"), UI_BOOT, 14);
	assert_action(ui_bench_type(b, "02\r"), UI_BOOT, 2);
}

static void a_number_without_entry_boots_nothing(void **state)
{
	struct ui_bench *b = *state;

	assert_action(ui_bench_type(b, "17\r"), UI_NONE, 0);
	assert_string_equal(b->menu.notice,
			    "There is no entry 17; nothing was booted.");
	assert_action(ui_bench_type(b, "\r"), UI_NONE, 0);
	assert_string_equal(b->menu.notice, "Enter was for that number: it "
					    "counts again after another key.");
	/* it is forgotten then */
	assert_action(ui_bench_type(b, "2\r"), UI_BOOT, 2);
	/* and can be corrected before */
	assert_action(ui_bench_type(b, "28\b\r"), UI_BOOT, 2);
	assert_action(ui_bench_type(b, "99999999999999999999\r"), UI_NONE, 0);
}

/* --- what the mark follows ----------------------------------------------- */

static void mark_follows_the_default_until_a_key(void **state)
{
	struct ui_bench *b = *state;

	assert_int_equal(b->menu.selected, 1);
	b->model.default_id = 4;
	ui_bench_wait(b, 1000);
	assert_int_equal(b->menu.selected, 4);
	b->model.has_default = false;
	ui_bench_wait(b, 1000);
	assert_int_equal(b->menu.selected, 1);
	ui_bench_type(b, "?q");
	b->model.has_default = true;
	ui_bench_wait(b, 1000);
	assert_int_equal(b->menu.selected, 1);
}

static void mark_follows_its_entry(void **state)
{
	struct ui_bench *b = *state;

	ui_bench_type(b, "jj");
	assert_int_equal(b->menu.selected, 4);
	ui_bench_remove(b, 1);
	ui_bench_wait(b, 0);
	assert_int_equal(b->menu.selected, 4);
	assert_int_equal(b->menu.at, 1);
	assert_action(ui_bench_type(b, "\r"), UI_BOOT, 4);
}

/* An Enter that was on its way must not boot what took the entry's place. */
static void no_mark_where_its_entry_went(void **state)
{
	struct ui_bench *b = *state;
	struct ui_item gone;

	ui_bench_type(b, "j");
	gone = b->items[1];
	ui_bench_remove(b, 2);
	assert_action(ui_bench_type(b, "\r"), UI_NONE, 0);
	assert_string_equal(ui_bench_marked(b), "");
	assert_string_equal(b->menu.notice, "No entry is marked: choose one.");
	/* the first step marks what stands there now */
	assert_action(ui_bench_type(b, "j\r"), UI_BOOT, 4);
	/* if it comes back before, so does the mark */
	ui_bench_type(b, "k");
	ui_bench_remove(b, 1);
	ui_bench_wait(b, 0);
	assert_string_equal(b->menu.notice,
			    "The marked entry is not there any more.");
	assert_string_equal(ui_bench_marked(b), "");
	gone.id = 1;
	memmove(b->items + 1, b->items, b->model.count++ * sizeof(b->items[0]));
	b->items[0] = gone;
	ui_bench_wait(b, 0);
	assert_int_equal(b->menu.selected, 1);
	assert_string_equal(b->menu.notice, "");
}

static void first_entry_after_an_early_key_is_marked(void **state)
{
	struct ui_bench *b = ui_bench_new(24, 80);

	(void)state;
	assert_action(ui_bench_type(b, "\r"), UI_NONE, 0);
	assert_string_equal(b->menu.notice, "There is nothing to boot yet.");
	assert_action(ui_bench_type(b, "jk5 -i\033\033lqr"), UI_RESCAN, 0);
	ui_bench_add(b, "late", "sda1");
	ui_bench_wait(b, 0);
	ui_bench_wait(b, UI_JUMP_MS);
	assert_action(ui_bench_type(b, "\r"), UI_BOOT, 1);
	/* from then on it stays, whatever the default is */
	ui_bench_add(b, "later", "sda1");
	b->model.has_default = true;
	b->model.default_id = 2;
	assert_action(ui_bench_type(b, "\r"), UI_BOOT, 1);
	free(b);
}

static void a_list_that_moves_ends_a_number(void **state)
{
	struct ui_bench *b = *state;

	for (unsigned i = 0; i < 20; i++)
		ui_bench_add(b, "more", "sdc1");
	ui_bench_type(b, "2");
	ui_bench_remove(b, 1);
	ui_bench_wait(b, 0);
	assert_int_equal(b->menu.seat.number, 0);
	assert_int_equal(b->menu.selected, 2);
}

/* --- the countdown ------------------------------------------------------- */

static void any_key_stops_the_countdown(void **state)
{
	static const char *const keys[] = {
		"x",	    " ", "\033OP", "\033[15~", "\t", "\x0c",
		"\xc3\xa9", "5", "j",	   "?",	       "i",
	};
	struct ui_bench *b = *state;

	for (size_t i = 0; i < test_count(keys); i++) {
		ui_bench_start_over(b);
		b->model.countdown_s = 5;
		ui_bench_type(b, keys[i]);
		assert_true(b->menu.touched);
		assert_true(b->menu.notice[0]);
	}
}

static void no_answer_or_noise_stops_it(void **state)
{
	struct ui_bench *b = *state;

	b->model.countdown_s = 5;
	ui_bench_type_span(b, span_of("\0\0\0", 3));
	ui_bench_type(b, "\033[24;80R\033[8;24;80t\033[?1;2c\033]11;x\007");
	ui_bench_type(b, "\xff\xfe\x80\x11\x13");
	ui_bench_type(b, "\033[200~paste\r\033[201~");
	assert_false(b->menu.touched);
}

static void a_stopping_key_does_its_job_too(void **state)
{
	struct ui_bench *b = *state;

	b->model.countdown_s = 5;
	ui_bench_type(b, "j");
	assert_int_equal(b->menu.selected, 2);
	assert_string_equal(b->menu.notice, "The countdown has stopped.");
	ui_bench_type(b, "j");
	assert_string_equal(b->menu.notice, "");
}

/* --- pages --------------------------------------------------------------- */

static void letters_open_and_close_pages(void **state)
{
	static const struct {
		const char *keys;
		enum ui_page page;
	} ways[] = {
		{ "i", UI_PAGE_DETAILS },      { "\033[C", UI_PAGE_DETAILS },
		{ "l", UI_PAGE_LOG },	       { "?", UI_PAGE_HELP },
		{ "h", UI_PAGE_HELP },	       { "q", UI_PAGE_LEAVE },
		{ "il", UI_PAGE_LOG },	       { "l?q", UI_PAGE_LOG },
		{ "?i", UI_PAGE_HELP },	       { "iq", UI_PAGE_LIST },
		{ "l\r", UI_PAGE_LOG },	       { "?\033[D", UI_PAGE_LIST },
		{ "i\b", UI_PAGE_LIST },       { "qq", UI_PAGE_LIST },
		{ "qr", UI_PAGE_CONFIRM },     { "qrn", UI_PAGE_LEAVE },
		{ "qr\r\r", UI_PAGE_CONFIRM }, { "qrr", UI_PAGE_LEAVE },
		{ "qr\x0c", UI_PAGE_CONFIRM }, { "qo\033[A", UI_PAGE_LEAVE },
		{ "qz", UI_PAGE_LEAVE },       { "lz5", UI_PAGE_LOG },
		{ "x", UI_PAGE_REFUSED },      { "lx", UI_PAGE_REFUSED },
	};
	struct ui_bench *b = *state;

	for (size_t i = 0; i < test_count(ways); i++) {
		ui_bench_start_over(b);
		assert_action(ui_bench_type(b, ways[i].keys), UI_NONE, 0);
		assert_int_equal(b->menu.seat.page, ways[i].page);
	}
}

static void esc_goes_back_after_its_time(void **state)
{
	struct ui_bench *b = *state;

	ui_bench_type(b, "l\033");
	assert_int_equal(b->menu.seat.page, UI_PAGE_LOG);
	ui_bench_wait(b, KEYS_ESC_MS);
	assert_int_equal(b->menu.seat.page, UI_PAGE_LIST);
	/* an arrow whose rest was late has closed nothing */
	ui_bench_type(b, "\033");
	ui_bench_wait(b, 10 * KEYS_ESC_MS);
	ui_bench_type(b, "[B");
	assert_int_equal(b->menu.selected, 2);
}

static void enter_on_a_refused_entry_says_why(void **state)
{
	struct ui_bench *b = *state;

	assert_action(ui_bench_type(b, "5\r"), UI_NONE, 0);
	assert_int_equal(b->menu.seat.page, UI_PAGE_DETAILS);
	assert_int_equal(b->menu.selected, 3);
	/* an Enter more does nothing, here and on every page */
	assert_action(ui_bench_type(b, "\r"), UI_NONE, 0);
	assert_int_equal(b->menu.seat.page, UI_PAGE_DETAILS);
}

static void details_close_when_their_entry_goes(void **state)
{
	struct ui_bench *b = *state;

	ui_bench_type(b, "ji");
	ui_bench_remove(b, 2);
	ui_bench_wait(b, 0);
	assert_int_equal(b->menu.seat.page, UI_PAGE_LIST);
}

static void the_log_follows_its_end(void **state)
{
	struct ui_bench *b = *state;
	static char log[4096];
	struct text text = text_over(log, sizeof(log));

	for (unsigned i = 0; i < 100; i++)
		text_addf(&text, "line %u\n", i);
	b->model.log = span_of(log, text.len);
	ui_bench_type(b, "l");
	assert_true(b->menu.seat.at_end);
	ui_bench_type(b, "k");
	assert_false(b->menu.seat.at_end);
	assert_int_equal(b->menu.seat.scroll, 100 - 20 - 10);
	ui_bench_type(b, "\033[H");
	assert_int_equal(b->menu.seat.scroll, 0);
	ui_bench_type(b, "\033[5~k");
	assert_int_equal(b->menu.seat.scroll, 0);
	ui_bench_type(b, "j ");
	assert_int_equal(b->menu.seat.scroll, 30);
	ui_bench_type(b, "\033[F");
	assert_true(b->menu.seat.at_end);
	/* a page shorter than the screen does not scroll */
	b->model.log = span_of_text("one line\n");
	ui_bench_type(b, "kkk  ");
	assert_int_equal(b->menu.seat.scroll, 0);
}

/* --- leaving ------------------------------------------------------------- */

static void leaving_takes_a_question(void **state)
{
	struct ui_bench *b = *state;

	assert_action(ui_bench_type(b, "qry"), UI_REBOOT, 0);
	assert_action(ui_bench_type(b, "qoy"), UI_POWER_OFF, 0);
	assert_action(ui_bench_type(b, "qsy"), UI_SHELL, 0);
	assert_int_equal(b->menu.seat.page, UI_PAGE_LIST);
	assert_action(ui_bench_type(b, "qrn"), UI_NONE, 0);
	assert_int_equal(b->menu.seat.page, UI_PAGE_LEAVE);
	ui_bench_type(b, "q");
	/* a locked shell is not even asked about */
	b->model.shell_locked = "the configuration does not allow it";
	assert_action(ui_bench_type(b, "qsy"), UI_NONE, 0);
	assert_int_equal(b->menu.seat.page, UI_PAGE_LEAVE);
}

/* From any page: no byte, twice or alone, does what needs a question. */
static void no_single_key_leaves(void **state)
{
	static const char *const pages[] = { "", "i", "l", "?", "q" };
	struct ui_bench *b = *state;

	for (size_t i = 0; i < test_count(pages); i++) {
		for (unsigned byte = 1; byte < 256; byte++) {
			char twice[3] = { (char)byte, (char)byte, 0 };
			struct ui_action action;

			ui_bench_start_over(b);
			ui_bench_type(b, pages[i]);
			action = ui_bench_type_span(b, span_of(twice, 1));
			assert_false(ui_action_is_asked(action.code));
			if (action.code == UI_NONE)
				action = ui_bench_type_span(b,
							    span_of(twice, 1));
			assert_false(ui_action_is_asked(action.code));
		}
	}
}

/* The rest of a sequence whose start got lost must not act. */
static void letters_that_end_sequences_do_nothing(void **state)
{
	static const char letters[] = "ABCDEFGHOPQRS~[;";
	struct ui_bench *b = *state;

	ui_bench_type(b, "j");
	for (const char *at = letters; *at; at++) {
		struct ui_seat before = b->menu.seat;
		uint32_t selected = b->menu.selected;

		assert_action(ui_bench_type_span(b, span_of(at, 1)), UI_NONE,
			      0);
		assert_memory_equal(&b->menu.seat, &before, sizeof(before));
		assert_int_equal(b->menu.selected, selected);
		assert_false(b->menu.is_verbose);
	}
}

static void five_thousand_entries_work(void **state)
{
	struct ui_bench *b = *state;

	for (unsigned i = 0; i < 5000; i++)
		ui_bench_add(b, "Linux", "sdc1 /EFI/Linux/x.efi");
	ui_bench_show(b);
	ui_bench_type(b, "3333");
	assert_int_equal(b->menu.at, 3332);
	assert_int_equal(ui_model_shown(&b->model, 3332)->id, b->menu.selected);
	ui_bench_show(b);
	assert_action(ui_bench_type(b, "\r"), UI_BOOT, b->menu.selected);
	ui_bench_type(b, "\033[F");
	assert_int_equal(b->menu.at, 5005);
	ui_bench_show(b);
}

#define MENU_TEST(name)                                                        \
	cmocka_unit_test_setup_teardown(name, ui_bench_set_up,                 \
					ui_bench_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		MENU_TEST(refused_entries_come_last),
		MENU_TEST(enter_boots_the_marked_entry),
		MENU_TEST(every_moving_key_moves),
		MENU_TEST(page_keys_move_by_what_is_seen),
		MENU_TEST(a_digit_marks_at_once),
		MENU_TEST(a_number_without_entry_boots_nothing),
		MENU_TEST(mark_follows_the_default_until_a_key),
		MENU_TEST(mark_follows_its_entry),
		MENU_TEST(no_mark_where_its_entry_went),
		MENU_TEST(first_entry_after_an_early_key_is_marked),
		MENU_TEST(a_list_that_moves_ends_a_number),
		MENU_TEST(any_key_stops_the_countdown),
		MENU_TEST(no_answer_or_noise_stops_it),
		MENU_TEST(a_stopping_key_does_its_job_too),
		MENU_TEST(letters_open_and_close_pages),
		MENU_TEST(esc_goes_back_after_its_time),
		MENU_TEST(enter_on_a_refused_entry_says_why),
		MENU_TEST(details_close_when_their_entry_goes),
		MENU_TEST(the_log_follows_its_end),
		MENU_TEST(leaving_takes_a_question),
		MENU_TEST(no_single_key_leaves),
		MENU_TEST(letters_that_end_sequences_do_nothing),
		MENU_TEST(five_thousand_entries_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
