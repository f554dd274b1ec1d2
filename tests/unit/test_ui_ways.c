/*
 * The ways through the menu: help and search lead back to where they came from,
 * an ESC that was none leads nowhere, a menu may be hidden, and a list may be
 * long.
 */
#include "test.h"
#include "ui_bench.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* --- help and search ----------------------------------------------------- */

static void help_goes_back_to_where_it_came_from(void **state)
{
	static const struct {
		const char *keys, *help;
		enum ui_page page;
	} from[] = {
		{ "", "?", UI_PAGE_LIST },
		{ "i", "?", UI_PAGE_DETAILS },
		{ "l", "?", UI_PAGE_LOG },
		{ "x", "?", UI_PAGE_REFUSED },
		{ "n", "?", UI_PAGE_NETWORK },
		{ "q", "?", UI_PAGE_LEAVE },
		{ "lw", "?", UI_PAGE_TARGETS },
		{ "qr", "?", UI_PAGE_CONFIRM },
		{ "2\rpw", "\t", UI_PAGE_PASSWORD },
		{ "/de", "\t", UI_PAGE_LIST },
		{ "f", "?", UI_PAGE_FAILURE },
	};
	struct ui_bench *b = *state;

	for (size_t i = 0; i < test_count(from); i++) {
		ui_bench_start_gated(b, UI_GATE_BOOT);
		b->model.failure = "it failed";
		ui_bench_type(b, from[i].keys);
		assert_page(b, from[i].page);
		ui_bench_type(b, from[i].help);
		assert_page(b, UI_PAGE_HELP);
		ui_bench_show(b);
		ui_bench_type(b, "?j \r");
		assert_page(b, UI_PAGE_HELP);
		ui_bench_type(b, "q");
		assert_page(b, from[i].page);
	}
	assert_string_equal(b->menu.seat.search, "");
	ui_bench_start_over(b);
	ui_bench_type(b, "e");
	ui_bench_give_line(b, 1, "one", 2047);
	ui_bench_type(b, " x\tq");
	assert_page(b, UI_PAGE_EDITOR);
	assert_action(ui_bench_type(b, "\r"), UI_BOOT_EDITED, 1);
	assert_string_equal(b->menu.line.text, "one x");
}

static void the_search_moves_the_mark(void **state)
{
	struct ui_bench *b = *state;

	assert_action(ui_bench_type(b, "/FEDORA\r"), UI_NONE, 0);
	assert_int_equal(b->menu.selected, 4);
	/* nor does the next, however late it is */
	assert_action(ui_bench_type(b, "\r"), UI_NONE, 0);
	assert_non_null(strstr(b->menu.notice, "Enter was for the search"));
	ui_bench_wait(b, 60000);
	assert_action(ui_bench_type(b, "\r"), UI_NONE, 0);
	assert_action(ui_bench_type(b, "j\r"), UI_BOOT, 6);
	ui_bench_type(b, "/fedora\033");
	ui_bench_wait(b, KEYS_ESC_MS);
	assert_action(ui_bench_type(b, "\r"), UI_BOOT, 4);
	assert_action(ui_bench_type(b, "/fedora\r\x0c\r"), UI_BOOT, 4);
	/* every letter is text, the arrows go on, Enter only ends it */
	ui_bench_type(b, "1/debian\033[B");
	assert_int_equal(b->menu.selected, 2);
	ui_bench_type(b, "\033[B");
	assert_int_equal(b->menu.selected, 2);
	ui_bench_type(b, "\033[A");
	assert_int_equal(b->menu.selected, 1);
	ui_bench_type(b, "\033[F");
	assert_int_equal(b->menu.selected, 2);
	/* nothing has it: the mark stays */
	ui_bench_type(b, "qqqq");
	assert_true(b->menu.seat.no_match);
	assert_int_equal(b->menu.selected, 2);
	ui_bench_type(b, "\b\b\b\b");
	assert_false(b->menu.seat.no_match);
	ui_bench_type(b, "\033");
	ui_bench_wait(b, KEYS_ESC_MS);
	assert_false(b->menu.seat.is_searching);
	/* places and marks are searched too; rubbing all out ends it */
	ui_bench_type(b, "/sdb1");
	assert_int_equal(b->menu.selected, 3);
	ui_bench_type(b, "\b\b\b\b");
	assert_true(b->menu.seat.is_searching);
	ui_bench_type(b, "\b");
	assert_false(b->menu.seat.is_searching);
	ui_bench_type(b, "/\xc3\xa9");
	assert_true(b->menu.seat.no_match);
	ui_bench_type(b, "\b");
	assert_string_equal(b->menu.seat.search, "");
}

/* --- an ESC that was none ------------------------------------------------ */

static void a_late_arrow_changes_no_page(void **state)
{
	static const struct {
		const char *keys;
		enum ui_page page;
	} seats[] = {
		{ "l", UI_PAGE_LOG },	       { "qr", UI_PAGE_CONFIRM },
		{ "qr?", UI_PAGE_HELP },       { "/de", UI_PAGE_LIST },
		{ "2\rpw", UI_PAGE_PASSWORD }, { "lw", UI_PAGE_TARGETS },
	};
	struct ui_bench *b = *state;

	for (size_t i = 0; i < test_count(seats); i++) {
		ui_bench_start_gated(b, UI_GATE_BOOT);
		ui_bench_type(b, seats[i].keys);
		ui_bench_type(b, "\033");
		ui_bench_wait(b, KEYS_ESC_MS);
		ui_bench_show(b);
		/* a size report: no key of its own */
		ui_bench_type(b, "[24;80R");
		assert_page(b, seats[i].page);
	}
	assert_action(ui_bench_type(b, "1y"), UI_SAVE_LOG, 7);
	ui_bench_start_gated(b, UI_GATE_BOOT);
	ui_bench_type(b, "2\rpw\033");
	ui_bench_wait(b, KEYS_ESC_MS);
	ui_bench_type(b, "[D");
	assert_action(ui_bench_type(b, "\r"), UI_PASSWORD, 0);
	assert_string_equal(b->menu.line.text, "pw");
}

/* --- a menu that is hidden ----------------------------------------------- */

static void a_hidden_menu_takes_the_first_key(void **state)
{
	struct ui_bench *b = *state;

	b->model.manner = UI_HIDDEN;
	b->model.countdown_s = 5;
	assert_action(ui_bench_type(b, "\r"), UI_NONE, 0);
	assert_true(b->menu.touched);
	assert_false(ui_menu_is_hidden(&b->menu, &b->model));
	assert_action(ui_bench_type(b, "\r"), UI_NONE, 0);
	assert_action(ui_bench_type(b, "k\r"), UI_BOOT, 1);
	ui_menu_reset(&b->menu);
	/* another key is all that is asked for */
	assert_action(ui_bench_type(b, "x"), UI_NONE, 0);
	assert_string_equal(b->menu.notice, "The countdown has stopped.");
	assert_action(ui_bench_type(b, "\r"), UI_BOOT, 1);
	ui_menu_reset(&b->menu);
	assert_true(ui_menu_is_hidden(&b->menu, &b->model));
	/* what failed is not hidden */
	b->model.failure = "it failed";
	assert_false(ui_menu_is_hidden(&b->menu, &b->model));
}

static void a_disabled_menu_takes_none(void **state)
{
	struct ui_bench *b = *state;

	b->model.manner = UI_DISABLED;
	b->model.countdown_s = 5;
	for (unsigned byte = 1; byte < 256; byte++) {
		char key[3] = { (char)byte, (char)byte, 0 };

		assert_action(ui_bench_type(b, key), UI_NONE, 0);
	}
	ui_bench_wait(b, KEYS_QUIET_MS);
	assert_false(b->menu.touched);
	assert_page(b, UI_PAGE_LIST);
}

static void nobody_there_starts_over(void **state)
{
	struct ui_bench *b = *state;

	ui_bench_type(b, "2v/fed");
	ui_menu_reset(&b->menu);
	ui_bench_wait(b, 0);
	assert_false(b->menu.touched || b->menu.is_verbose);
	assert_false(b->menu.seat.is_searching);
	assert_int_equal(b->menu.selected, 1);
	/* not what was marked a moment ago, nor what nobody has seen marked */
	assert_action(ui_bench_type(b, "\r"), UI_NONE, 0);
	ui_bench_wait(b, UI_JUMP_MS);
	assert_action(ui_bench_type(b, "\r"), UI_BOOT, 1);
}

/* --- an Enter that is sent twice ----------------------------------------- */

static void a_doubled_enter_boots_nothing(void **state)
{
	static const struct {
		const char *keys;
		enum ui_page page;
	} ways[] = {
		{ "/fed", UI_PAGE_LIST },   { "/nothing", UI_PAGE_LIST },
		{ "17", UI_PAGE_LIST },	    { "d", UI_PAGE_CONFIRM },
		{ "o", UI_PAGE_CONFIRM },   { "qr", UI_PAGE_CONFIRM },
		{ "lw1", UI_PAGE_CONFIRM }, { "lw", UI_PAGE_TARGETS },
		{ "5", UI_PAGE_DETAILS },   { "i", UI_PAGE_DETAILS },
		{ "l", UI_PAGE_LOG },	    { "x", UI_PAGE_REFUSED },
		{ "n", UI_PAGE_NETWORK },   { "f", UI_PAGE_FAILURE },
		{ "?", UI_PAGE_HELP },	    { "q", UI_PAGE_LEAVE },
	};
	struct ui_bench *b = *state;

	for (size_t i = 0; i < test_count(ways); i++) {
		ui_bench_start_gated(b, 0);
		b->model.failure = "it failed";
		ui_bench_type(b, ways[i].keys);
		for (unsigned more = 0; more < 20; more++) {
			assert_action(ui_bench_type(b, "\r"), UI_NONE, 0);
			assert_page(b, ways[i].page);
			ui_bench_wait(b, 30 * more);
		}
	}
	ui_bench_start_gated(b, 0);
	ui_bench_type(b, "qr\r");
	assert_string_equal(b->menu.notice, "Enter is no answer: y or n.");
	assert_action(ui_bench_type(b, "y"), UI_REBOOT, 0);
}

/* --- a mark that moves by itself ----------------------------------------- */

static void start_empty(struct ui_bench *b)
{
	ui_bench_reset(b);
	b->now_ms += 60000;
	ui_bench_wait(b, 0);
}

static void an_entry_that_just_appeared_is_not_booted(void **state)
{
	struct ui_bench *b = *state;

	for (unsigned is_touched = 0; is_touched < 2; is_touched++) {
		start_empty(b);
		if (is_touched) {
			assert_action(ui_bench_type(b, "\r"), UI_NONE, 0);
			assert_string_equal(b->menu.notice,
					    "There is nothing to boot yet.");
			ui_bench_type(b, "r");
		}
		ui_bench_add_usual(b);
		assert_action(ui_bench_type(b, "\r"), UI_NONE, 0);
		assert_non_null(strstr(b->menu.notice, "just moved"));
		ui_bench_wait(b, UI_JUMP_MS - 1);
		assert_action(ui_bench_type(b, "\r"), UI_NONE, 0);
		assert_int_equal(b->menu.touched, is_touched);
		ui_bench_wait(b, 1);
		assert_action(ui_bench_type(b, "\r"), UI_BOOT, 1);
	}
	/* who moves it there has seen the list; so does who names one */
	start_empty(b);
	ui_bench_add_usual(b);
	ui_bench_wait(b, 0);
	assert_action(ui_bench_type(b, "j\r"), UI_BOOT, 2);
	/* other pages are not about the mark */
	start_empty(b);
	ui_bench_add_usual(b);
	ui_bench_wait(b, 0);
	ui_bench_type(b, "e");
	ui_bench_give_line(b, 1, "quiet", 100);
	assert_action(ui_bench_type(b, "\r"), UI_BOOT_EDITED, 1);
}

static void jump(struct ui_bench *b, uint32_t id)
{
	b->model.has_default = true;
	b->model.default_id = id;
	ui_bench_wait(b, 0);
	assert_int_equal(b->menu.selected, id);
}

/* Down was meant from where the mark was. */
static void a_step_from_a_mark_that_moved_is_not_booted(void **state)
{
	struct ui_bench *b = *state;

	ui_bench_wait(b, 0);
	jump(b, 2);
	assert_action(ui_bench_type(b, "j\r"), UI_NONE, 0);
	assert_int_equal(b->menu.selected, 4);
	assert_non_null(strstr(b->menu.notice, "just moved"));
	ui_bench_wait(b, UI_JUMP_MS);
	assert_action(ui_bench_type(b, "\r"), UI_BOOT, 4);
	/* a number says which */
	ui_menu_reset(&b->menu);
	jump(b, 1);
	assert_action(ui_bench_type(b, "4\r"), UI_BOOT, 6);
	ui_menu_reset(&b->menu);
	jump(b, 2);
	ui_bench_type(b, "/fed\033");
	ui_bench_wait(b, KEYS_ESC_MS);
	assert_action(ui_bench_type(b, "\r"), UI_BOOT, 4);
}

/* The time runs from when the line has taken what shows the move, but a line
 * that is stuck does not hold up the others for ever. */
static void a_slow_line_shows_a_move_later(void **state)
{
	struct ui_bench *b = *state;

	ui_bench_wait(b, 0);
	ui_menu_lag(&b->menu, b->now_ms); /* nothing has moved */
	assert_false(b->menu.has_jumped);
	jump(b, 2);
	for (unsigned i = 0; i < 9; i++) {
		ui_bench_wait(b, 100);
		ui_menu_lag(&b->menu, b->now_ms);
	}
	ui_bench_wait(b, UI_JUMP_MS - 1);
	assert_action(ui_bench_type(b, "\r"), UI_NONE, 0);
	ui_bench_wait(b, 1);
	assert_action(ui_bench_type(b, "\r"), UI_BOOT, 2);

	ui_menu_reset(&b->menu);
	jump(b, 1);
	for (unsigned ms = 0; ms < UI_JUMP_LATE_MS + UI_JUMP_MS; ms += 100) {
		ui_menu_lag(&b->menu, b->now_ms);
		ui_bench_wait(b, 100);
	}
	assert_action(ui_bench_type(b, "\r"), UI_BOOT, 1);
}

/* --- first keys ---------------------------------------------------------- */

static void enter_may_be_the_first_key(void **state)
{
	struct ui_bench *b = *state;

	b->model.countdown_s = 5;
	assert_action(ui_bench_type(b, "\r"), UI_BOOT, 1);
}

/* The rest of a sequence whose start got lost acts on no page. */
static void no_command_ends_a_sequence(void **state)
{
	static const char finals[] = "ABCDEFGHOPQRS~[;";
	static const char *const pages[] = { "",  "i", "l", "x", "n",
					     "f", "?", "q", "lw" };
	struct ui_bench *b = *state;

	for (size_t i = 0; i < test_count(pages); i++) {
		for (const char *at = finals; *at; at++) {
			struct ui_seat before;
			char key[2] = { *at, 0 };

			ui_bench_start_gated(b, 0);
			b->model.failure = "it failed";
			ui_bench_type(b, "2");
			ui_bench_type(b, "j");
			ui_bench_type(b, pages[i]);
			before = b->menu.seat;
			assert_action(ui_bench_type(b, key), UI_NONE, 0);
			assert_memory_equal(&b->menu.seat, &before,
					    sizeof(before));
			assert_int_equal(b->menu.selected, 4);
			assert_false(b->menu.is_verbose);
		}
	}
}

/* --- many entries -------------------------------------------------------- */

#define MANY 5000

/* A key and a picture touch what is on the page: the rest of the entries lies
 * in pages of memory that cannot be read meanwhile. */
static void only_the_page_is_looked_at(void **state)
{
	struct ui_bench *b = *state;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t bytes = (MANY * sizeof(struct ui_item) + page - 1) / page * page;
	struct ui_item *items = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(items != MAP_FAILED);
	for (uint32_t i = 0; i < MANY; i++)
		items[i] = (struct ui_item){ .id = i + 1,
					     .title = "Linux",
					     .where = "sda1 /x.efi",
					     .bootable = true };
	b->model.items = items;
	b->model.count = MANY;
	ui_bench_show(b);
	assert_int_equal(
		mprotect((char *)items + page, bytes - page, PROT_NONE), 0);
	for (unsigned i = 0; i < 20; i++) {
		ui_bench_type(b, "jjk");
		ui_bench_show(b);
	}
	assert_action(ui_bench_type(b, "\r"), UI_BOOT, 21);
	assert_int_equal(munmap(items, bytes), 0);
}

#define WAY_TEST(name)                                                         \
	cmocka_unit_test_setup_teardown(name, ui_bench_set_up,                 \
					ui_bench_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WAY_TEST(help_goes_back_to_where_it_came_from),
		WAY_TEST(the_search_moves_the_mark),
		WAY_TEST(a_late_arrow_changes_no_page),
		WAY_TEST(a_hidden_menu_takes_the_first_key),
		WAY_TEST(a_disabled_menu_takes_none),
		WAY_TEST(nobody_there_starts_over),
		WAY_TEST(a_doubled_enter_boots_nothing),
		WAY_TEST(an_entry_that_just_appeared_is_not_booted),
		WAY_TEST(a_step_from_a_mark_that_moved_is_not_booted),
		WAY_TEST(a_slow_line_shows_a_move_later),
		WAY_TEST(enter_may_be_the_first_key),
		WAY_TEST(no_command_ends_a_sequence),
		WAY_TEST(only_the_page_is_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
