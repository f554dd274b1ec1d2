/*
 * What somebody tried who wanted more from the menu than it gives: ways around
 * a password, and an Enter that was meant for something else.
 */
#include "test.h"
#include "ui_bench.h"

/* --- the password -----------------------------------------------------------
 */

/* What may not be booted may not be made to boot by itself. */
static void a_default_is_a_choice(void **state)
{
	struct ui_bench *b = *state;
	static const char *const keys[] = { "2dy", "2oy" };

	for (size_t i = 0; i < test_count(keys); i++) {
		b->model.password_for = UI_GATE_BOOT;
		assert_int_equal(ui_bench_type(b, keys[i]).code, UI_NONE);
		assert_page(b, UI_PAGE_PASSWORD);
		ui_menu_reset(&b->menu);
		b->model.password_for = UI_GATE_WRITE;
		assert_int_equal(ui_bench_type(b, keys[i]).code, UI_NONE);
		assert_page(b, UI_PAGE_PASSWORD);
		ui_menu_reset(&b->menu);
		b->model.password_for = UI_GATE_EDIT | UI_GATE_LEAVE;
		assert_int_equal(ui_bench_type(b, keys[i]).id, 2);
		ui_menu_reset(&b->menu);
	}
	/* saving the log is none */
	b->model.password_for = UI_GATE_BOOT;
	b->model.targets = &(struct ui_target){ 7, "sdb" };
	b->model.target_count = 1;
	assert_int_equal(ui_bench_type(b, "lw1y").code, UI_SAVE_LOG);
}

/* Looking takes time, and Enter is sent twice by lines and held keys. */
static void an_enter_after_the_password_boots_nothing(void **state)
{
	struct ui_bench *b = *state;
	const struct ui_edit e = { .text = "quiet", .limit = 100 };

	b->model.password_for = UI_GATE_WRITE | UI_GATE_EDIT;
	ui_bench_type(b, "1dy");
	assert_int_equal(ui_bench_type(b, "pw\r").code, UI_PASSWORD);
	assert_int_equal(ui_menu_unlock(&b->menu, true, "").code,
			 UI_SET_DEFAULT);
	assert_page(b, UI_PAGE_LIST);
	assert_int_equal(ui_bench_type(b, "\r").code, UI_NONE);
	ui_bench_wait(b, 60000);
	assert_int_equal(ui_bench_type(b, "\r\r\r").code, UI_NONE);
	assert_non_null(strstr(b->menu.notice, "Enter"));
	/* nor is the late answer of a terminal another key */
	ui_bench_type(b, "\033");
	ui_bench_wait(b, KEYS_ESC_MS);
	ui_bench_type(b, "[24;80R");
	assert_int_equal(ui_bench_type(b, "\r").code, UI_NONE);
	/* any other key says that somebody has seen the list */
	assert_int_equal(ui_bench_type(b, "j\r").code, UI_BOOT);

	ui_menu_reset(&b->menu);
	ui_bench_type(b, "2e");
	assert_page(b, UI_PAGE_PASSWORD);
	assert_int_equal(ui_bench_type(b, "pw\r").code, UI_PASSWORD);
	assert_int_equal(ui_menu_unlock(&b->menu, true, "").code, UI_EDIT);
	ui_menu_edit(&b->menu, 2, &e);
	assert_int_equal(ui_bench_type(b, "\r\r").code, UI_NONE);
	assert_page(b, UI_PAGE_EDITOR);
	assert_string_equal(b->menu.line.text, "quiet");
	assert_int_equal(ui_bench_type(b, " x\r").code, UI_BOOT_EDITED);
}

/* While disks still answer, what boots by itself may be another one yet. */
static void a_default_that_may_change_is_none(void **state)
{
	struct ui_bench *b = *state;

	b->model.password_for = UI_GATE_BOOT;
	b->model.has_default = true;
	b->model.default_id = 1;
	b->model.default_may_change = true;
	assert_int_equal(ui_bench_type(b, "\r").code, UI_NONE);
	assert_page(b, UI_PAGE_PASSWORD);
	ui_menu_reset(&b->menu);
	b->model.default_may_change = false;
	assert_int_equal(ui_bench_type(b, "\r").code, UI_BOOT);
}

/* --- the mark ---------------------------------------------------------------
 */

/* Until the first key the mark goes with the default. Who presses Enter at that
 * moment has seen another entry marked. */
static void a_mark_that_just_moved_is_not_booted(void **state)
{
	struct ui_bench *b = *state;

	assert_int_equal(b->menu.selected, 1);
	b->model.has_default = true;
	b->model.default_id = 2;
	ui_menu_update(&b->menu, &b->model, b->now_ms);
	assert_int_equal(b->menu.selected, 2);
	ui_bench_wait(b, UI_JUMP_MS - 300);
	assert_int_equal(ui_bench_type(b, "\r").code, UI_NONE);
	assert_false(b->menu.touched); /* the countdown goes on */
	assert_non_null(strstr(b->menu.notice, "moved"));
	ui_bench_wait(b, 300);
	assert_int_equal(ui_bench_type(b, "\r").id, 2);

	/* who has had the time to see it means it */
	ui_menu_reset(&b->menu);
	ui_menu_update(&b->menu, &b->model, b->now_ms);
	b->model.default_id = 1;
	ui_menu_update(&b->menu, &b->model, b->now_ms);
	ui_bench_wait(b, UI_JUMP_MS);
	assert_int_equal(ui_bench_type(b, "\r").id, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_default_is_a_choice,
						ui_bench_set_up,
						ui_bench_tear_down),
		cmocka_unit_test_setup_teardown(
			an_enter_after_the_password_boots_nothing,
			ui_bench_set_up, ui_bench_tear_down),
		cmocka_unit_test_setup_teardown(
			a_default_that_may_change_is_none, ui_bench_set_up,
			ui_bench_tear_down),
		cmocka_unit_test_setup_teardown(
			a_mark_that_just_moved_is_not_booted, ui_bench_set_up,
			ui_bench_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
