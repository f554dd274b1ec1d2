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
	static const struct ui_target targets[] = { { 7, "sdb1" },
						    { 9, "sdc1" } };

	ui_bench_start_over(b);
	b->model.targets = targets;
	b->model.target_count = test_count(targets);
	b->model.failure = "it failed";
	b->model.password_for = UI_GATE_WRITE;
	ui_menu_update(&b->menu, &b->model, b->now_ms);
}

static int set_up(void **state)
{
	struct ui_bench *b = ui_bench_new(24, 80);

	start_over(b);
	*state = b;
	return 0;
}

static const char *const typed[] = {
	"\033[A",    "\033[B",	"\033OB", "\033[6~",
	"\033[5~",   "\033[F",	"j",	  "k",
	"1",	     "2",	"15",	  "\b",
	"i",	     "q",	"l",	  "?",
	"r",	     "y",	"y",	  "n",
	"\033",	     "\033",	"\033",	  "\r",
	"\r\n",	     "\n",	"\r",	  "\033[24;80R",
	"e",	     "e",	"v",	  "d",
	"o",	     "/",	"w",	  "f",
	"x",	     "\t",	"\x17",	  "\033[1;5D",
	"\033[3~",   " single", "fed",	  "\033[200~a\rb\033[201~",
	"qry",	     "dy",	"oy",	  "\xc3\xa9",
	"\033[1;5C", "ly1y",	"\x1a",
};

struct outcome {
	struct ui_bench *bench;
	uint64_t line;	     /* what the line does to the bytes: its own dice */
	uint64_t longest_ms; /* that it holds a byte back */
	bool drops, doubles;
	unsigned boots, edited, leaves;
	char actions[4096];
};

static void note_action(struct outcome *o, struct ui_action action)
{
	struct text t = { .buf = o->actions,
			  .cap = sizeof(o->actions),
			  .len = strlen(o->actions) };

	if (action.code == UI_NONE)
		return;
	text_addf(&t, "%u:%u ", (unsigned)action.code, action.id);
	if (action.code == UI_BOOT_EDITED)
		text_addf(&t, "\"%s\" ", o->bench->menu.line.text);
	assert_false(t.cut);
	o->boots += action.code == UI_BOOT || action.code == UI_BOOT_VERBOSE;
	o->edited += action.code == UI_BOOT_EDITED;
	o->leaves += ui_action_is_asked(action.code);
}

/* What the program would answer; every other password is right. */
static void answer(struct outcome *o, struct ui_action action)
{
	struct ui_menu *m = &o->bench->menu;
	static const struct ui_edit edit = { .text = "root=/dev/sda1 quiet",
					     .limit = 64 };

	if (action.code == UI_EDIT)
		ui_menu_edit(m, action.id, &edit);
	else if (action.code == UI_PASSWORD)
		note_action(o, ui_menu_unlock(m, m->line.len % 2, "Wrong."));
	else if (action.code == UI_BOOT_EDITED)
		ui_menu_fail(m);
}

/* What an action has to be, seen from what the screen showed before. */
static void check_action(struct ui_bench *b, const struct ui_seat *before,
			 const uint32_t *selected, struct ui_action action,
			 uint8_t byte, bool has_esc)
{
	if (action.code == UI_BOOT || action.code == UI_BOOT_VERBOSE) {
		/* the line that was marked when Enter came (or the end of an
		 * "ESC O M", which is Enter on a keypad) */
		assert_true(byte == '\r' || byte == '\n' || byte == 'M');
		assert_true(before->page == UI_PAGE_LIST || has_esc);
		assert_true(!before->is_searching || has_esc);
		assert_true(selected && (!before->bad_number || has_esc));
		assert_int_equal(action.id, *selected);
	} else if (action.code == UI_BOOT_EDITED) {
		assert_true(byte == '\r' || byte == '\n' || byte == 'M');
		assert_true(before->page == UI_PAGE_EDITOR || has_esc);
		assert_int_equal(action.id, b->menu.edit_id);
		assert_true(b->menu.line.len <= b->menu.line.limit);
	} else if (ui_action_is_asked(action.code)) {
		assert_int_equal(byte, 'y');
		assert_int_equal(before->page, UI_PAGE_CONFIRM);
		assert_int_equal(action.code, before->asked.code);
		assert_int_equal(action.id, before->asked.id);
	}
}

/* One byte arrives; what it does has to be what the screen promised. */
static void arrive(struct outcome *o, uint8_t byte)
{
	struct ui_bench *b = o->bench;
	bool has_esc = b->keys.state != 0, had_selected;
	struct ui_seat before;
	struct ui_action action;
	uint32_t selected;

	ui_menu_update(&b->menu, &b->model, b->now_ms);
	before = b->menu.seat;
	had_selected = b->menu.has_selected;
	selected = b->menu.selected;
	action = ui_bench_type_span(b, span_of(&byte, 1));
	check_action(b, &before, had_selected ? &selected : NULL, action, byte,
		     has_esc);
	note_action(o, action);
	answer(o, action);
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
	if (o->longest_ms)
		ui_bench_wait(o->bench, (dice >> 16) % o->longest_ms);
}

/* Types what the seed says over a line that does what it says. */
static void run_schedule(struct outcome *o, uint64_t seed)
{
	start_over(o->bench);
	o->line = seed * 77 + 1;
	for (unsigned i = 0; i < 48; i++) {
		const char *bytes =
			typed[test_random(&seed) % test_count(typed)];

		for (; *bytes; bytes++)
			travel(o, (uint8_t)*bytes);
		ui_bench_wait(o->bench, 2 * KEYS_ESC_MS);
	}
}

static void delays_change_nothing(void **state)
{
	unsigned boots = 0, leaves = 0, edited = 0;

	for (uint64_t seed = 1; seed <= 5000; seed++) {
		struct outcome clean = { .bench = *state };
		/* up to what gives a sequence up, far beyond what makes an ESC
		 * a key */
		struct outcome slow = { .bench = *state,
					.longest_ms = seed % 2
							      ? KEYS_ESC_MS
							      : KEYS_QUIET_MS };

		run_schedule(&clean, seed);
		run_schedule(&slow, seed);
		assert_string_equal(clean.actions, slow.actions);
		boots += clean.boots;
		leaves += clean.leaves;
		edited += clean.edited;
	}
	/* the schedules are worth something: they do boot and leave */
	assert_true(boots > 3000);
	assert_true(edited > 500);
	assert_true(leaves > 100);
}

static void lost_and_doubled_bytes_boot_only_what_is_marked(void **state)
{
	unsigned boots = 0;

	for (uint64_t seed = 1; seed <= 5000; seed++) {
		struct outcome bad = { .bench = *state,
				       .drops = true,
				       .doubles = true,
				       .longest_ms = KEYS_ESC_MS };

		run_schedule(&bad, seed);
		boots += bad.boots;
	}
	assert_true(boots > 3000);
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

#define LINE_TEST(name)                                                        \
	cmocka_unit_test_setup_teardown(name, set_up, ui_bench_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(delays_change_nothing),
		LINE_TEST(lost_and_doubled_bytes_boot_only_what_is_marked),
		LINE_TEST(noise_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
