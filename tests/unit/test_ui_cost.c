/*
 * What pictures cost on a slow line, in bytes: 9600 baud are 960 a second.
 */
#include "test.h"
#include "ui_bench.h"

static struct ui_bench *ten_entries(void)
{
	struct ui_bench *b = ui_bench_new(24, 80);

	ui_bench_add_usual(b);
	for (unsigned i = 0; i < 4; i++)
		ui_bench_add(b, "Debian GNU/Linux 12 (bookworm)",
			     "sdb1 /EFI/Linux/debian-6.1.0-28-amd64.efi");
	b->model.countdown_s = 10;
	return b;
}

/* 9600 baud are 960 bytes a second. */
static void first_picture_takes_less_than_1500_ms(void **state)
{
	for (unsigned colour = 0; colour < 2; colour++) {
		struct ui_bench *b = ten_entries();
		size_t sent;

		(void)state;
		b->screen.colour = b->vt.has_colour = colour > 0;
		sent = ui_bench_show(b);
		print_message("the first picture: %zu bytes\n", sent);
		assert_in_range(sent, 1, 1440);
		free(b);
	}
}

/* From any number of seconds. */
static void a_tick_is_at_most_12_bytes(void **state)
{
	struct ui_bench *b = ten_entries();

	(void)state;
	b->model.countdown_s = 1100;
	ui_bench_show(b);
	while (b->model.countdown_s > 0) {
		b->model.countdown_s--;
		ui_bench_wait(b, 1000);
		assert_in_range(ui_bench_show(b), 1, 12);
	}
	b->model.countdown_s = 1100;
	b->model.manner = UI_HIDDEN;
	ui_bench_wait(b, 1000);
	ui_bench_show(b);
	while (b->model.countdown_s > 0) {
		b->model.countdown_s--;
		ui_bench_wait(b, 1000);
		assert_in_range(ui_bench_show(b), 1, 12);
	}
	free(b);
}

/* A key on the editor's line: a character, the cursor and the count. */
static void a_typed_character_is_at_most_60_bytes(void **state)
{
	struct ui_bench *b = ten_entries();
	const struct ui_edit e = { .text = "root=/dev/mapper/vg0-root ro",
				   .limit = 2047 };

	(void)state;
	ui_bench_type(b, "e");
	ui_menu_edit(&b->menu, 1, &e);
	ui_bench_show(b);
	for (unsigned i = 0; i < 40; i++) {
		ui_bench_type(b, "x");
		assert_in_range(ui_bench_show(b), 1, 60);
	}
	for (unsigned i = 0; i < 40; i++) {
		ui_bench_type(b, "\033[D");
		assert_in_range(ui_bench_show(b), 1, 60);
	}
	free(b);
}

/* Nothing is said by colour alone: the same characters are there without. */
static void colour_is_only_emphasis(void **state)
{
	static char plain[BENCH_TEXT_MAX], coloured[BENCH_TEXT_MAX];
	struct ui_bench *b = ten_entries();
	struct text t = text_over(plain, sizeof(plain));

	(void)state;
	b->model.failure = "it failed";
	ui_bench_show(b);
	vt_print(&b->vt, &t);
	b->screen.colour = b->vt.has_colour = true;
	assert_true(ui_bench_show(b) > 0);
	t = text_over(coloured, sizeof(coloured));
	vt_print(&b->vt, &t);
	assert_true(strcmp(plain, coloured) != 0);
	*strchr(plain, '~') = '\0';
	*strchr(coloured, '~') = '\0';
	assert_string_equal(plain, coloured);
	free(b);
}

static void a_step_is_at_most_60_bytes(void **state)
{
	struct ui_bench *b = ten_entries();

	(void)state;
	b->model.countdown_s = -1;
	ui_bench_show(b);
	for (unsigned i = 0; i < 18; i++) {
		size_t sent;

		ui_bench_type(b, i < 9 ? "j" : "k");
		sent = ui_bench_show(b);
		assert_in_range(sent, 1, 60);
		/* the line about the entry comes when the keys rest */
		ui_bench_wait(b, UI_DETAIL_MS - 1);
		assert_int_equal(ui_bench_show(b), 0);
		assert_int_equal(ui_menu_due(&b->menu, b->now_ms), 1);
		ui_bench_wait(b, 1);
		assert_int_equal(ui_menu_due(&b->menu, b->now_ms), -1);
		sent += ui_bench_show(b);
		assert_in_range(sent, 1, 200);
	}
	free(b);
}

static void an_idle_menu_sends_nothing(void **state)
{
	struct ui_bench *b = ten_entries();

	(void)state;
	ui_bench_show(b);
	for (unsigned i = 0; i < 100; i++) {
		ui_bench_wait(b, 60000);
		assert_int_equal(ui_bench_show(b), 0);
	}
	assert_int_equal(keys_due(&b->keys, b->now_ms), -1);
	assert_int_equal(ui_menu_due(&b->menu, b->now_ms), -1);
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_picture_takes_less_than_1500_ms),
		cmocka_unit_test(a_tick_is_at_most_12_bytes),
		cmocka_unit_test(a_typed_character_is_at_most_60_bytes),
		cmocka_unit_test(colour_is_only_emphasis),
		cmocka_unit_test(a_step_is_at_most_60_bytes),
		cmocka_unit_test(an_idle_menu_sends_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
