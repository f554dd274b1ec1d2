/*
 * Serial lines that split, delay, drop, double and garble bytes, on a virtual
 * clock: delays never change the outcome, and whatever happens, nothing boots
 * but the marked entry, and nothing leaves the menu unasked.
 */
#include "test.h"
#include "ui_bench.h"

#include <stdio.h>

static void start_over(struct ui_bench *b)
{
	ui_bench_reset(b);
	ui_bench_add_usual(b);
	ui_menu_update(&b->menu, &b->model, b->now_ms);
}

static int set_up(void **state)
{
	struct ui_bench *b = ui_bench_new(24, 80);

	start_over(b);
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

static const char *const typed[] = {
	"\033[A", "\033[B", "\033OB",	   "\033[6~", "\033[5~", "\033[F",
	"j",	  "k",	    "1",	   "2",	      "15",	 "\b",
	"i",	  "q",	    "l",	   "?",	      "r",	 "y",
	"n",	  "\033",   "\033",	   "\033",    "\r",	 "\r\n",
	"\n",	  "\r",	    "\033[24;80R",
};

struct outcome {
	struct ui_bench *bench;
	uint64_t line; /* what the line does to the bytes: its own dice */
	bool drops, doubles, delays;
	unsigned boots, leaves;
	char actions[512];
};

static void note_action(struct outcome *o, struct ui_action action)
{
	size_t len = strlen(o->actions);

	if (action.code == UI_NONE)
		return;
	assert_true(len + 16 < sizeof(o->actions));
	snprintf(o->actions + len, sizeof(o->actions) - len, "%u:%u ",
		 (unsigned)action.code, action.code == UI_BOOT ? action.id : 0);
	o->boots += action.code == UI_BOOT;
	o->leaves += ui_action_is_asked(action.code);
}

/* One byte arrives; what it does has to be what the screen promised. */
static void arrive(struct outcome *o, uint8_t byte)
{
	struct ui_bench *b = o->bench;
	bool has_esc = keys_due(&b->keys, b->now_ms) >= 0;
	struct ui_seat before;
	struct ui_action action;
	bool had_selected;
	uint32_t selected;

	ui_menu_update(&b->menu, &b->model, b->now_ms);
	before = b->menu.seat;
	had_selected = b->menu.has_selected;
	selected = b->menu.selected;
	action = ui_bench_type_span(b, span_of(&byte, 1));
	if (action.code == UI_BOOT) {
		/* the line that was marked when Enter came (or the end of an
		 * "ESC O M", which is Enter on a keypad) */
		assert_true(byte == '\r' || byte == '\n' || byte == 'M');
		assert_true(before.page == UI_PAGE_LIST || has_esc);
		assert_true(had_selected && !before.bad_number);
		assert_int_equal(action.id, selected);
	} else if (ui_action_is_asked(action.code)) {
		assert_int_equal(byte, 'y');
		assert_int_equal(before.page, UI_PAGE_CONFIRM);
		assert_int_equal(action.code, before.asked.code);
	}
	note_action(o, action);
}

static void travel(struct outcome *o, uint8_t byte)
{
	uint64_t dice = test_random(&o->line);
	unsigned copies = 1;

	if (o->drops && dice % 16 == 0)
		copies = 0;
	if (o->doubles && (dice >> 8) % 16 == 0)
		copies = 2;
	while (copies--)
		arrive(o, byte);
	if (o->delays)
		ui_bench_wait(o->bench, (dice >> 16) % KEYS_ESC_MS);
}

/* Types what the seed says over a line that does what it says. */
static void run_schedule(struct outcome *o, uint64_t seed)
{
	start_over(o->bench);
	o->line = seed * 77 + 1;
	for (unsigned i = 0; i < 24; i++) {
		const char *bytes =
			typed[test_random(&seed) % test_count(typed)];

		for (; *bytes; bytes++)
			travel(o, (uint8_t)*bytes);
		ui_bench_wait(o->bench, 2 * KEYS_ESC_MS);
	}
}

static void delays_change_nothing(void **state)
{
	unsigned boots = 0, leaves = 0;

	for (uint64_t seed = 1; seed <= 5000; seed++) {
		struct outcome clean = { .bench = *state };
		struct outcome slow = { .bench = *state, .delays = true };

		run_schedule(&clean, seed);
		run_schedule(&slow, seed);
		assert_string_equal(clean.actions, slow.actions);
		boots += clean.boots;
		leaves += clean.leaves;
	}
	/* the schedules are worth something: they do boot and leave */
	assert_true(boots > 5000);
	assert_true(leaves > 0);
}

static void lost_and_doubled_bytes_boot_only_what_is_marked(void **state)
{
	unsigned boots = 0;

	for (uint64_t seed = 1; seed <= 5000; seed++) {
		struct outcome bad = { .bench = *state,
				       .drops = true,
				       .doubles = true,
				       .delays = true };

		run_schedule(&bad, seed);
		boots += bad.boots;
	}
	assert_true(boots > 5000);
}

static void noise_is_survived(void **state)
{
	struct ui_bench *b = *state;
	struct outcome o = { .bench = b };
	uint64_t seed = 99;

	for (unsigned i = 0; i < 500000; i++) {
		uint64_t random = test_random(&seed);

		if (random >> 60 == 0)
			b->now_ms += random >> 20 & 0xfff;
		o.actions[0] = '\0';
		arrive(&o, (uint8_t)random);
		/* entries come and go meanwhile */
		if ((random >> 40) % 4096 == 1 && b->model.count > 2)
			ui_bench_remove(b, b->items[random % 2].id);
		if (!(i % 50000))
			ui_bench_show(b);
	}
}

#define LINE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(delays_change_nothing),
		LINE_TEST(lost_and_doubled_bytes_boot_only_what_is_marked),
		LINE_TEST(noise_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
