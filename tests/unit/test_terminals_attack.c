/* Two people at two consoles, one of whom wants what the other may. */
#include "console_rig.h"
#include "test.h"

static void type_and_wait(struct console_rig *m, struct rig_line *line,
			  const char *text, uint64_t ms)
{
	rig_press(m, line, text);
	m->now += ms;
	rig_turn(m);
}

/* The rest of a sequence takes back the ESC of its own line only: a page that
 * was left on another console, and the secret typed there, stay gone. */
static void test_esc_of_another_line(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("ttyS0 ttyS1");
	struct ui_menu *ui = &m->terminals.ui;

	(void)state;
	m->model.password_for = UI_GATE_BOOT;
	rig_open(m);
	rig_turn(m);
	type_and_wait(m, &m->line[1], "\033", KEYS_ESC_MS);
	rig_press(m, &m->line[0], "2\rsecret");
	assert_int_equal(ui->seat.page, UI_PAGE_PASSWORD);
	assert_string_equal(ui->line.text, "secret");
	type_and_wait(m, &m->line[0], "\033", KEYS_ESC_MS);
	assert_int_equal(ui->seat.page, UI_PAGE_LIST);
	rig_press(m, &m->line[1], "[");
	assert_int_equal(ui->seat.page, UI_PAGE_LIST);
	assert_int_equal(rig_press(m, &m->line[1], "~\r").code, UI_NONE);
	assert_string_not_equal(ui->line.text, "secret");

	/* its own is taken back as before */
	ui_menu_reset(ui);
	rig_turn(m);
	rig_press(m, &m->line[0], "j2\rsecret");
	type_and_wait(m, &m->line[0], "\033", KEYS_ESC_MS);
	assert_int_equal(ui->seat.page, UI_PAGE_LIST);
	rig_press(m, &m->line[0], "[");
	assert_int_equal(ui->seat.page, UI_PAGE_PASSWORD);
	assert_int_equal(rig_press(m, &m->line[0], "D\r").code, UI_PASSWORD);
	assert_string_equal(ui->line.text, "secret");
}

/* Somebody leaves the password page of another, and opens the search, which
 * shows what is typed. */
static void test_page_taken_from_a_typist(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("ttyS0 ttyS1");
	struct ui_menu *ui = &m->terminals.ui;

	(void)state;
	m->model.password_for = UI_GATE_BOOT;
	rig_open(m);
	rig_turn(m);
	rig_press(m, &m->line[0], "j2\rse");
	assert_int_equal(ui->seat.page, UI_PAGE_PASSWORD);
	type_and_wait(m, &m->line[1], "\033", KEYS_ESC_MS);
	rig_press(m, &m->line[1], "/");
	assert_true(ui->seat.is_searching);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(rig_press(m, &m->line[0], "cretqry\r").code,
				 UI_NONE);
		m->now += TERMINAL_TYPIST_MS - 1;
	}
	assert_string_equal(ui->seat.search, "");
	assert_string_equal(terminals_operator(&m->terminals), "ttyS1");
	assert_int_equal(ui->seat.page, UI_PAGE_LIST);
	/* who has stopped typing has looked up */
	m->now += 1;
	rig_press(m, &m->line[0], "x");
	assert_string_equal(ui->seat.search, "x");
	assert_string_equal(terminals_operator(&m->terminals), "ttyS0");
}

/* What was typed does not stay in the buffers of its line. */
static void test_bytes_are_forgotten(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("ttyS0");
	struct ui_menu *ui = &m->terminals.ui;
	const char *bytes = (const char *)&m->terminals;
	const char secret[] = "s3cretpw";
	size_t len = sizeof(secret) - 1;

	(void)state;
	m->model.password_for = UI_GATE_BOOT;
	rig_open(m);
	rig_turn(m);
	rig_press(m, &m->line[0], "j");
	assert_int_equal(rig_press(m, &m->line[0], "2\rs3cretpw\r").code,
			 UI_PASSWORD);
	assert_string_equal(ui->line.text, secret);
	ui_menu_unlock(ui, false, "Wrong.");
	for (size_t i = 0; i + len <= sizeof(m->terminals); i++)
		assert_memory_not_equal(bytes + i, secret, len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_esc_of_another_line),
		cmocka_unit_test(test_page_taken_from_a_typist),
		cmocka_unit_test(test_bytes_are_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
