/*
 * Any bytes at any time on the operator's line: keys, menu, drawing and both
 * kinds of terminals, with titles made of the input. Each pair of input bytes
 * is a pause and a byte that was read; some pairs change the list too.
 *
 * The rules are those of tests/lib/menu_rules.h; and no mark goes to another
 * entry by itself.
 */
#include "fuzz.h"
#include "menu_rules.h"
#include "ui/view.h"

#define ITEMS 40

/* Screens are too large to be made anew for each input. */
static struct screen vt, dumb;

struct seat {
	struct ui_menu menu;
	struct ui_model model;
	struct ui_item items[ITEMS];
	struct keys keys;
	uint64_t now;
	struct ui_action waiting; /* what the password page was opened for */
};

static struct seat seat;
static char texts[4][64];

static void fill(const uint8_t *data, size_t size)
{
	static const struct ui_target targets[] = { { 90, texts[0] },
						    { 91, texts[3] } };
	uint8_t bits = size ? data[size - 1] : 0;

	for (size_t i = 0; i < 4; i++) {
		size_t len = size / 4 < 63 ? size / 4 : 63;

		memcpy(texts[i], data + i * len, len);
		texts[i][len] = '\0';
	}
	for (unsigned i = 0; i < ITEMS; i++)
		seat.items[i] = (struct ui_item){
			.id = i,
			.title = texts[i % 4],
			.where = texts[(i + 1) % 4],
			.mark = i % 3 ? NULL : texts[2],
			.about = texts[i % 2],
			.reason = texts[3],
			.bootable = i % 4 != 3,
		};
	seat.model = (struct ui_model){
		.program = "keelboot",
		.host = texts[2],
		.security = texts[1],
		.items = seat.items,
		.count = size % ITEMS,
		.has_default = true,
		.default_id = 2,
		.countdown_s = (int)(size % 4) - 1,
		.failure = size & 1 ? texts[0] : NULL,
		.advice = texts[1],
		.network = texts[2],
		.log = span_of(data, size),
		.targets = targets,
		.target_count = size % 3,
		.editor_locked = bits & 1 ? texts[0] : NULL,
		.shell_locked = bits & 2 ? texts[0] : NULL,
		.password_for = bits & 4 ? bits >> 3 : 0,
		.manner = size % 7   ? UI_SHOWN
			  : bits & 1 ? UI_HIDDEN
				     : UI_DISABLED,
	};
}

static void draw(struct screen *s, size_t chunk)
{
	char buf[256];
	struct text out = text_over(buf, SCREEN_CHUNK_MIN + chunk % 190);

	ui_menu_draw(&seat.menu, &seat.model, s, chunk & 1 ? "ttyS0" : NULL);
	while (!screen_flush(s, &out)) {
		fuzz_must(out.len && !out.cut);
		out = text_over(buf, SCREEN_CHUNK_MIN + chunk % 190);
	}
	fuzz_must(!out.cut);
}

static void must_keep(const char *broken_rule)
{
	if (broken_rule)
		fuzz_check(false, broken_rule, __FILE__, __LINE__);
}

/* As the caller does; a boot fails. */
static void answer(struct ui_action action)
{
	const struct ui_edit edit = { .text = texts[0],
				      .limit = 50,
				      .sources = texts[1] };

	if (action.code == UI_PASSWORD) {
		bool ok = seat.menu.line.len == 1;

		action = ui_menu_unlock(&seat.menu, ok, texts[2]);
		fuzz_must(
			rules_same(action, ok ? seat.waiting
					      : (struct ui_action){ .id = 0 }));
	}
	if (action.code == UI_EDIT)
		ui_menu_edit(&seat.menu, action.id, &edit);
	else if (action.code == UI_BOOT || action.code == UI_BOOT_EDITED)
		ui_menu_fail(&seat.menu);
	else if (ui_action_is_asked(action.code))
		ui_menu_tell(&seat.menu, texts[3]);
}

static void press(const struct key *key)
{
	static struct rules_before before;
	struct ui_action action;

	rules_look(&seat.menu, &before);
	action = ui_menu_key(&seat.menu, &seat.model, key, seat.now);
	must_keep(rules_judge(&before, &seat.menu, &seat.model, key, action));
	if (seat.menu.seat.page == UI_PAGE_PASSWORD &&
	    before.page != UI_PAGE_PASSWORD && key->code != KEY_UNESC &&
	    before.page != UI_PAGE_HELP)
		seat.waiting = seat.menu.seat.pending;
	answer(action);
	if (key->code == KEY_SIZE && screen_resize(&vt, key->rows, key->cols))
		ui_menu_set_size(&seat.menu, vt.rows, vt.cols);
}

static void change_list(size_t count)
{
	uint32_t marked = seat.menu.selected;

	seat.model.count = count;
	ui_menu_update(&seat.menu, &seat.model, seat.now);
	/* an operator who came to an empty list has marked none yet */
	fuzz_must(!seat.menu.touched || !seat.menu.has_selected ||
		  seat.menu.selected == marked || seat.menu.selected == 2 ||
		  seat.menu.selected == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct key key;

	memset(&seat, 0, sizeof(seat));
	seat.now = 1000;
	ui_menu_init(&seat.menu);
	keys_init(&seat.keys);
	screen_init(&vt, SCREEN_VT);
	screen_init(&dumb, SCREEN_DUMB);
	fill(data, size);
	ui_menu_update(&seat.menu, &seat.model, seat.now);
	for (size_t i = 0; i + 1 < size; i += 2) {
		/* 0 to 63 are short pauses, then long ones, then changes */
		seat.now += data[i] < 64 ? data[i] : 100U * (data[i] & 63);
		if (data[i] >= 224)
			change_list(data[i + 1] % ITEMS);
		keys_feed(&seat.keys, data[i + 1], seat.now);
		while (keys_take(&seat.keys, &key)) {
			ui_menu_update(&seat.menu, &seat.model, seat.now);
			if (!keys_is_noise(&seat.keys))
				press(&key);
		}
		ui_menu_update(&seat.menu, &seat.model, seat.now);
		if (i % 64 == 0 && i < 512)
			draw(i % 128 ? &vt : &dumb, size);
	}
	ui_menu_reset(&seat.menu);
	fuzz_must(!seat.menu.touched && !seat.menu.line.len);
	return 0;
}
