/*
 * Any bytes at any time on the operator's line: keys, menu, drawing and both
 * kinds of terminals. Each pair of input bytes is a pause and a byte that was
 * read; some pairs change the list or the size instead.
 *
 * Nothing may boot but the marked entry on an Enter, and nothing leave the menu
 * but by "y" to the question.
 */
#include "fuzz.h"
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
};

static void fill(struct seat *seat, const uint8_t *data, size_t size)
{
	/* titles and sentences are made of the input too */
	static char texts[4][64];

	for (size_t i = 0; i < 4; i++) {
		size_t len = size / 4 < 63 ? size / 4 : 63;

		memcpy(texts[i], data + i * len, len);
		texts[i][len] = '\0';
	}
	for (unsigned i = 0; i < ITEMS; i++)
		seat->items[i] = (struct ui_item){
			.id = i,
			.title = texts[i % 4],
			.where = texts[(i + 1) % 4],
			.mark = i % 3 ? NULL : texts[2],
			.about = texts[i % 2],
			.reason = texts[3],
			.bootable = i % 4 != 3,
		};
	seat->model = (struct ui_model){
		.program = "keelboot",
		.security = texts[1],
		.items = seat->items,
		.count = size % ITEMS,
		.has_default = true,
		.default_id = 2,
		.countdown_s = (int)(size % 4) - 1,
		.failure = size & 1 ? texts[0] : NULL,
		.log = span_of(data, size),
	};
}

static void draw(struct seat *seat, struct screen *s, size_t chunk)
{
	char buf[256];
	struct text out = text_over(buf, SCREEN_CHUNK_MIN + chunk % 190);

	ui_menu_draw(&seat->menu, &seat->model, s, NULL);
	while (!screen_flush(s, &out)) {
		fuzz_must(out.len && !out.cut);
		out = text_over(buf, SCREEN_CHUNK_MIN + chunk % 190);
	}
	fuzz_must(!out.cut);
}

static void act(struct seat *seat, uint8_t byte)
{
	struct key key;

	while (keys_take(&seat->keys, &key)) {
		struct ui_menu before;
		struct ui_action action;

		ui_menu_update(&seat->menu, &seat->model, seat->now);
		before = seat->menu;
		action =
			ui_menu_key(&seat->menu, &seat->model, &key, seat->now);
		if (action.code == UI_BOOT)
			fuzz_must(key.code == KEY_ENTER &&
				  before.has_selected &&
				  before.seat.page == UI_PAGE_LIST &&
				  action.id == before.selected &&
				  seat->items[action.id].bootable);
		else if (ui_action_is_asked(action.code))
			fuzz_must(byte == 'y' &&
				  before.seat.page == UI_PAGE_CONFIRM &&
				  action.code == before.seat.asked.code);
		if (key.code == KEY_SIZE &&
		    screen_resize(&vt, key.rows, key.cols))
			ui_menu_set_size(&seat->menu, vt.rows, vt.cols);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seat seat = { .now = 1000 };

	ui_menu_init(&seat.menu);
	keys_init(&seat.keys);
	screen_init(&vt, SCREEN_VT);
	screen_init(&dumb, SCREEN_DUMB);
	fill(&seat, data, size);
	for (size_t i = 0; i + 1 < size; i += 2) {
		/* 0 to 63 are short pauses, then long ones, then changes */
		seat.now += data[i] < 64 ? data[i] : 100U * (data[i] & 63);
		if (data[i] >= 224)
			seat.model.count = data[i + 1] % ITEMS;
		keys_feed(&seat.keys, data[i + 1], seat.now);
		act(&seat, data[i + 1]);
		fuzz_must(keys_due(&seat.keys, seat.now) >= -1);
		ui_menu_update(&seat.menu, &seat.model, seat.now);
		if (i % 64 == 0 && i < 512)
			draw(&seat, i % 128 ? &vt : &dumb, size);
	}
	return 0;
}
