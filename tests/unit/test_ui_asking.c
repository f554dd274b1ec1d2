/*
 * What stands between a key and what cannot be undone: the editor, passwords,
 * questions and locks.
 */
#include "test.h"
#include "ui_bench.h"

#include <stdio.h>

/* --- the editor ---------------------------------------------------------- */

static void enter_boots_what_the_editor_shows(void **state)
{
	struct ui_bench *b = *state;

	assert_action(ui_bench_type(b, "2e"), UI_EDIT, 2);
	ui_bench_give_line(b, 2, "root=/dev/sda1 ro", 2047);
	assert_action(ui_bench_type(b, " single\r"), UI_BOOT_EDITED, 2);
	assert_string_equal(b->menu.line.text, "root=/dev/sda1 ro single");
	/* sent twice it boots the same, and not what the list has */
	assert_action(ui_bench_type(b, "\r"), UI_BOOT_EDITED, 2);
	ui_menu_fail(&b->menu);
	assert_page(b, UI_PAGE_FAILURE);
	assert_action(ui_bench_type(b, "\r\r"), UI_NONE, 0);
	assert_int_equal(b->menu.selected, 2);
}

static void a_line_stays_until_another_is_edited(void **state)
{
	struct ui_bench *b = *state;

	ui_bench_type(b, "2e");
	ui_bench_give_line(b, 2, "two", 2047);
	ui_bench_type(b, " x\033");
	ui_bench_wait(b, KEYS_ESC_MS);
	assert_page(b, UI_PAGE_LIST);
	assert_action(ui_bench_type(b, "e"), UI_EDIT, 2);
	ui_bench_give_line(b, 2, "two", 2047);
	assert_string_equal(b->menu.line.text, "two x");
	ui_bench_type(b, "\033");
	ui_bench_wait(b, KEYS_ESC_MS);
	assert_action(ui_bench_type(b, "1e"), UI_EDIT, 1);
	ui_bench_give_line(b, 1, "one", 2047);
	assert_string_equal(b->menu.line.text, "one");
	/* one that was only looked at is taken anew */
	ui_bench_type(b, "\033[D\033");
	ui_bench_wait(b, KEYS_ESC_MS);
	assert_action(ui_bench_type(b, "e"), UI_EDIT, 1);
	ui_bench_give_line(b, 1, "new", 2047);
	assert_string_equal(b->menu.line.text, "new");
}

static void a_line_that_does_not_fit_boots_nothing(void **state)
{
	struct ui_bench *b = *state;
	static char endless[UI_LINE_MAX + 1];
	const struct ui_edit e = { .text = endless, .limit = 2047 };

	ui_bench_type(b, "e");
	ui_bench_give_line(b, 1, "12345", 4);
	assert_action(ui_bench_type(b, "\r"), UI_NONE, 0);
	assert_string_equal(b->menu.notice,
			    "Too long by 1 byte: nothing was booted.");
	assert_action(ui_bench_type(b, "\b\r"), UI_BOOT_EDITED, 1);
	memset(endless, 'a', sizeof(endless) - 1);
	ui_bench_start_over(b);
	ui_bench_type(b, "e");
	ui_menu_edit(&b->menu, 1, &e);
	assert_page(b, UI_PAGE_LIST);
	assert_string_equal(b->menu.notice,
			    "The command line is too long for the editor.");
}

static void no_edited_boot_of_what_is_gone_or_locked(void **state)
{
	struct ui_bench *b = *state;

	ui_bench_type(b, "2e");
	ui_bench_give_line(b, 2, "two", 2047);
	b->model.editor_locked = "locked";
	assert_action(ui_bench_type(b, "\r"), UI_NONE, 0);
	b->model.editor_locked = NULL;
	b->model.password_for = UI_GATE_EDIT; /* it came meanwhile */
	assert_action(ui_bench_type(b, "\r"), UI_NONE, 0);
	assert_string_equal(b->menu.line.text, "two");
	b->model.password_for = 0;
	ui_bench_remove(b, 2);
	assert_action(ui_bench_type(b, "\r"), UI_NONE, 0);
	assert_string_equal(b->menu.notice, "The entry is not there any more.");
}

static void locks_say_why(void **state)
{
	static const struct {
		const char *keys, *notice;
	} locks[] = {
		{ "e", "No editing: edit lock" },
		{ "v", "No verbose boot: edit lock" },
		{ "d", "Cannot be set: store lock" },
		{ "o", "Cannot be set: store lock" },
		{ "lw", "The log cannot be saved: save lock" },
		{ "qs", "No rescue shell: shell lock" },
		{ "5e", "This entry is refused: Enter shows why." },
		{ "5d", "This entry is refused: Enter shows why." },
		{ "6o", "This entry is refused: Enter shows why." },
		{ "f", "No boot has failed." },
	};
	struct ui_bench *b = *state;

	for (size_t i = 0; i < test_count(locks); i++) {
		ui_bench_start_over(b);
		b->model.editor_locked = "edit lock";
		b->model.store_locked = "store lock";
		b->model.save_locked = "save lock";
		b->model.shell_locked = "shell lock";
		assert_action(ui_bench_type(b, locks[i].keys), UI_NONE, 0);
		assert_string_equal(b->menu.notice, locks[i].notice);
		assert_false(b->menu.is_verbose);
		assert_true(b->menu.seat.page != UI_PAGE_CONFIRM);
	}
	ui_bench_start_over(b);
	ui_bench_type(b, "lw");
	assert_string_equal(b->menu.notice,
			    "There is no disk to save the log to.");
}

/* --- verbose ------------------------------------------------------------- */

static void only_enter_boots_verbosely(void **state)
{
	struct ui_bench *b = *state;

	assert_action(ui_bench_type(b, "v"), UI_NONE, 0);
	assert_action(ui_bench_type(b, "2\r"), UI_BOOT_VERBOSE, 2);
	/* once */
	assert_action(ui_bench_type(b, "\r"), UI_BOOT, 2);
	assert_action(ui_bench_type(b, "vv\r"), UI_BOOT, 2);
}

/* --- passwords ----------------------------------------------------------- */

static bool holds(const struct ui_menu *m, const char *secret)
{
	const char *at = (const char *)m;
	size_t len = strlen(secret);

	for (size_t i = 0; i + len <= sizeof(*m); i++)
		if (!memcmp(at + i, secret, len))
			return true;
	return false;
}

static const struct gate {
	uint32_t bit;
	const char *keys;
	enum ui_action_code code;
	uint32_t id;
} gates[] = {
	{ UI_GATE_EDIT, "e", UI_EDIT, 1 },
	{ UI_GATE_EDIT, "v\r", UI_BOOT_VERBOSE, 1 },
	{ UI_GATE_BOOT, "e", UI_EDIT, 1 },
	{ UI_GATE_BOOT, "2\r", UI_BOOT, 2 },
	{ UI_GATE_BOOT, "2v\r", UI_BOOT_VERBOSE, 2 },
	{ UI_GATE_WRITE, "2dy", UI_SET_DEFAULT, 2 },
	{ UI_GATE_WRITE, "2oy", UI_SET_ONE_SHOT, 2 },
	{ UI_GATE_WRITE, "lw2y", UI_SAVE_LOG, 9 },
	{ UI_GATE_LEAVE, "qry", UI_REBOOT, 0 },
	{ UI_GATE_LEAVE, "qoy", UI_POWER_OFF, 0 },
	{ UI_GATE_SHELL, "qsy", UI_SHELL, 0 },
};

static void each_gate_asks_and_goes_on(void **state)
{
	struct ui_bench *b = *state;

	for (size_t i = 0; i < test_count(gates); i++) {
		const struct gate *g = &gates[i];

		/* not asked for without its bit, nor by another one */
		ui_bench_start_gated(b, 31 & ~(UI_GATE_BOOT | UI_GATE_EDIT) &
						~g->bit);
		if (g->bit != UI_GATE_BOOT && g->bit != UI_GATE_EDIT &&
		    g->code != UI_SET_DEFAULT && g->code != UI_SET_ONE_SHOT)
			ui_bench_start_gated(b, 31 & ~g->bit);
		assert_action(ui_bench_type(b, g->keys), g->code, g->id);

		ui_bench_start_gated(b, g->bit);
		assert_action(ui_bench_type(b, g->keys), UI_NONE, 0);
		assert_page(b, UI_PAGE_PASSWORD);
		assert_action(ui_bench_type(b, "\r"), UI_NONE, 0);
		assert_action(ui_bench_type(b, "wr0ngpw\r"), UI_PASSWORD, 0);
		assert_string_equal(b->menu.line.text, "wr0ngpw");
		assert_action(ui_menu_unlock(&b->menu, false, "Wrong."),
			      UI_NONE, 0);
		assert_page(b, UI_PAGE_PASSWORD);
		assert_false(holds(&b->menu, "wr0ng"));
		assert_action(ui_bench_type(b, "r1ghtpw\r"), UI_PASSWORD, 0);
		assert_string_equal(b->menu.line.text, "r1ghtpw");
		assert_action(ui_menu_unlock(&b->menu, true, NULL), g->code,
			      g->id);
		assert_false(holds(&b->menu, "r1ght"));
		/* from now on it is not asked for */
		if (g->code != UI_EDIT)
			ui_bench_type(b, "q");
		ui_bench_type(b, "\033");
		ui_bench_wait(b, KEYS_ESC_MS);
		assert_page(b, UI_PAGE_LIST);
		assert_action(ui_bench_type(b, g->keys), g->code, g->id);
		/* until nobody is there any more */
		ui_menu_reset(&b->menu);
		ui_menu_update(&b->menu, &b->model, b->now_ms);
		assert_action(ui_bench_type(b, g->keys), UI_NONE, 0);
		assert_page(b, UI_PAGE_PASSWORD);
	}
}

static void the_default_boots_without_a_password(void **state)
{
	struct ui_bench *b = *state;

	ui_bench_start_gated(b, 31);
	assert_action(ui_bench_type(b, "\r"), UI_BOOT, 1);
	b->model.has_default = false;
	assert_action(ui_bench_type(b, "\r"), UI_NONE, 0);
	assert_page(b, UI_PAGE_PASSWORD);
}

static void a_password_given_up_is_forgotten(void **state)
{
	struct ui_bench *b = *state;

	ui_bench_start_gated(b, 31);
	ui_bench_type(b, "2\rs3cret\033");
	ui_bench_wait(b, KEYS_ESC_MS);
	assert_page(b, UI_PAGE_LIST);
	/* an answer that comes late opens nothing */
	assert_action(ui_menu_unlock(&b->menu, true, NULL), UI_NONE, 0);
	assert_false(b->menu.is_unlocked);
	assert_false(holds(&b->menu, "s3cret"));
	ui_bench_type(b, "2\rs3cret\033");
	ui_bench_wait(b, KEYS_ESC_MS);
	ui_bench_type(b, "j");
	assert_false(holds(&b->menu, "s3cret"));
	ui_bench_type(b, "2\rs3cret");
	ui_menu_reset(&b->menu);
	assert_false(holds(&b->menu, "s3cret"));
	assert_page(b, UI_PAGE_LIST);
}

static void a_password_is_never_shown(void **state)
{
	static char picture[BENCH_TEXT_MAX], typed[BENCH_TEXT_MAX];
	struct ui_bench *b = *state;
	struct text t = text_over(picture, sizeof(picture));

	ui_bench_start_gated(b, 31);
	ui_bench_type(b, "2\r");
	ui_bench_show(b);
	vt_print(&b->vt, &t);
	ui_bench_type(b, "s3cret");
	assert_int_equal(ui_bench_show(b), 0);
	t = text_over(typed, sizeof(typed));
	vt_print(&b->vt, &t);
	assert_string_equal(picture, typed);
}

/* --- questions ----------------------------------------------------------- */

static void only_y_is_yes(void **state)
{
	static const char *const asks[] = {
		"2d", "2o", "lw1", "qr", "qo", "qs"
	};
	struct ui_bench *b = *state;

	for (size_t i = 0; i < test_count(asks); i++) {
		for (unsigned byte = 1; byte < 256; byte++) {
			char key[2] = { (char)byte, 0 };
			struct ui_action action;

			ui_bench_start_gated(b, 0);
			ui_bench_type(b, asks[i]);
			assert_page(b, UI_PAGE_CONFIRM);
			action = ui_bench_type(b, key);
			assert_int_equal(ui_action_is_asked(action.code),
					 byte == 'y');
		}
	}
}

static void no_goes_back(void **state)
{
	struct ui_bench *b = *state;

	ui_bench_start_gated(b, 0);
	ui_bench_type(b, "2dn");
	assert_page(b, UI_PAGE_LIST);
	ui_bench_type(b, "lw1n");
	assert_page(b, UI_PAGE_TARGETS);
	ui_bench_type(b, "q");
	assert_page(b, UI_PAGE_LOG);
	assert_action(ui_bench_type(b, "w1y"), UI_SAVE_LOG, 7);
	assert_page(b, UI_PAGE_LOG);
	ui_bench_type(b, "qqr?");
	assert_page(b, UI_PAGE_HELP);
	ui_bench_type(b, "q");
	assert_page(b, UI_PAGE_CONFIRM);
	assert_action(ui_bench_type(b, "y"), UI_REBOOT, 0);
}

static void what_is_asked_about_may_go(void **state)
{
	struct ui_bench *b = *state;

	ui_bench_type(b, "2d");
	ui_bench_remove(b, 2);
	assert_action(ui_bench_type(b, "y"), UI_NONE, 0);
	assert_string_equal(b->menu.notice,
			    "It is not there any more; nothing was done.");
	ui_bench_start_gated(b, 0);
	ui_bench_type(b, "lw2");
	b->model.target_count = 1;
	assert_action(ui_bench_type(b, "y"), UI_NONE, 0);
}

static void many_targets_take_two_digits(void **state)
{
	static const struct ui_target many[12] = {
		{ 20, "a" }, { 21, "b" }, { 22, "c" }, { 23, "d" },
		{ 24, "e" }, { 25, "f" }, { 26, "g" }, { 27, "h" },
		{ 28, "i" }, { 29, "j" }, { 30, "k" }, { 31, "l" },
	};
	struct ui_bench *b = *state;

	b->model.targets = many;
	b->model.target_count = 12;
	assert_action(ui_bench_type(b, "lw12y"), UI_SAVE_LOG, 31);
	assert_action(ui_bench_type(b, "w1\ry"), UI_SAVE_LOG, 20);
	assert_action(ui_bench_type(b, "w2y"), UI_SAVE_LOG, 21);
	ui_bench_type(b, "w13");
	assert_string_equal(b->menu.notice, "There is no disk 13.");
	assert_page(b, UI_PAGE_TARGETS);
}

#define ASK_TEST(name)                                                         \
	cmocka_unit_test_setup_teardown(name, ui_bench_set_up,                 \
					ui_bench_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ASK_TEST(enter_boots_what_the_editor_shows),
		ASK_TEST(a_line_stays_until_another_is_edited),
		ASK_TEST(a_line_that_does_not_fit_boots_nothing),
		ASK_TEST(no_edited_boot_of_what_is_gone_or_locked),
		ASK_TEST(locks_say_why),
		ASK_TEST(only_enter_boots_verbosely),
		ASK_TEST(each_gate_asks_and_goes_on),
		ASK_TEST(the_default_boots_without_a_password),
		ASK_TEST(a_password_given_up_is_forgotten),
		ASK_TEST(a_password_is_never_shown),
		ASK_TEST(only_y_is_yes),
		ASK_TEST(no_goes_back),
		ASK_TEST(what_is_asked_about_may_go),
		ASK_TEST(many_targets_take_two_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
