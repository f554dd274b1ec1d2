#include "seat.h"

#include "base/text.h"
#include "menu_rules.h"
#include "test.h"
#include "ui/screen_cells.h"
#include "ui/view.h"

#include <stdio.h>

#define TARGETS 3

static char titles[SEAT_ENTRIES][32];

unsigned seat_pick(uint64_t *seed, unsigned count)
{
	return (unsigned)(test_random(seed) >> 20) % count;
}

void seat_start(struct seat *seat, uint64_t seed)
{
	static const struct ui_target targets[TARGETS] = { { 31, "sdb1" },
							   { 32, "sdc1" },
							   { 33, "sdd1" } };
	static const uint32_t gates[] = {
		0,
		0,
		0,
		UI_GATE_EDIT | UI_GATE_SHELL,
		UI_GATE_LEAVE | UI_GATE_WRITE | UI_GATE_BOOT,
		UI_GATE_BOOT,
	};

	ui_menu_init(&seat->menu);
	keys_init(&seat->keys);
	seat->now = 100000;
	seat->was_noise = false;
	seat->waiting.code = UI_NONE;
	seat->count = 0;
	seat->screen = NULL;
	for (unsigned i = 0; i < SEAT_ENTRIES; i++) {
		snprintf(titles[i], sizeof(titles[i]), "entry %02u", i + 1);
		seat->items[i] = (struct ui_item){
			.id = i + 1,
			.title = titles[i],
			.bootable = i + 2 < SEAT_ENTRIES,
			.reason = "it is made for another machine",
		};
	}
	seat->model = (struct ui_model){
		.program = "keelboot",
		.security = "Nothing is verified (verify = off).",
		.items = seat->items,
		.count = SEAT_ENTRIES,
		.has_default = true,
		.default_id = 1 + seat_pick(&seed, 4),
		.countdown_s = 5,
		.failure = seat_pick(&seed, 2) ? "unable to boot" : NULL,
		.log = span_of_text("one\ntwo\nthree\n"),
		.targets = targets,
		.target_count = TARGETS,
		.shell_locked = seat_pick(&seed, 4) ? NULL : "there is none",
		.editor_locked =
			seat_pick(&seed, 4) ? NULL : "verify = enforce",
		.password_for = gates[seat_pick(&seed, test_count(gates))],
		.manner = seat_pick(&seed, 4) ? UI_SHOWN : UI_HIDDEN,
	};
	ui_menu_update(&seat->menu, &seat->model, seat->now);
}

/* The entry whose row has the mark on the screen, 0 if none has. */
static uint32_t drawn_mark(struct seat *seat)
{
	struct screen *s = seat->screen;

	ui_menu_draw(&seat->menu, &seat->model, s, NULL);
	for (unsigned row = 0; row < s->rows; row++) {
		const uint32_t *cells = s->want + row * SCREEN_COLS_MAX;
		char text[16] = "";

		if ((cells[1] & CELL_POINT) != '>')
			continue;
		for (unsigned i = 0; i + 1 < sizeof(text); i++)
			text[i] = (char)(cells[i] & CELL_POINT);
		for (unsigned i = 0; i < SEAT_ENTRIES; i++)
			if (strstr(text, titles[i]))
				return i + 1;
	}
	return 0;
}

static void note(struct seat *seat, struct ui_action action)
{
	if (seat->count == SEAT_ACTIONS_MAX)
		return;
	seat->did[seat->count].action = action;
	seat->did[seat->count].text[0] = '\0';
	if (action.code == UI_BOOT_EDITED)
		memcpy(seat->did[seat->count].text, seat->menu.line.text,
		       seat->menu.line.len + 1);
	seat->count++;
}

static const char *answer(struct seat *seat, struct ui_action action);

static const char *answer_password(struct seat *seat)
{
	bool ok = !strcmp(seat->menu.line.text, "pw");
	struct ui_action action =
		ui_menu_unlock(&seat->menu, ok, ok ? "" : "That is not it.");

	if (!ok && action.code != UI_NONE)
		return "a wrong password led to something";
	if (ok && !rules_same(action, seat->waiting))
		return "the password led to something else";
	return answer(seat, action);
}

/* As boot/menu_act.c does; every boot fails. */
static const char *answer(struct seat *seat, struct ui_action action)
{
	static const struct ui_edit edit = { .text = "root=/dev/vda1 ro quiet",
					     .limit = SEAT_LINE_LIMIT };

	if (action.code == UI_NONE)
		return NULL;
	note(seat, action);
	if (action.code == UI_PASSWORD)
		return answer_password(seat);
	if (action.code == UI_EDIT)
		ui_menu_edit(&seat->menu, action.id, &edit);
	if (action.code == UI_BOOT || action.code == UI_BOOT_VERBOSE ||
	    action.code == UI_BOOT_EDITED)
		ui_menu_fail(&seat->menu);
	return NULL;
}

/* A rule that was broken, or NULL. */
static const char *act(struct seat *seat, const struct key *key)
{
	static struct rules_before before;
	uint32_t drawn = 0;
	struct ui_action action;
	const char *broken;

	ui_menu_update(&seat->menu, &seat->model, seat->now);
	if (seat->screen && key->code == KEY_ENTER &&
	    seat->menu.seat.page == UI_PAGE_LIST)
		drawn = drawn_mark(seat);
	rules_look(&seat->menu, &before);
	action = ui_menu_key(&seat->menu, &seat->model, key, seat->now);
	broken = rules_judge(&before, &seat->menu, &seat->model, key, action);
	if (broken)
		return broken;
	if (seat->screen && action.id != drawn &&
	    (action.code == UI_BOOT || action.code == UI_BOOT_VERBOSE))
		return "booted another entry than the one drawn as marked";
	if (seat->menu.seat.page == UI_PAGE_PASSWORD &&
	    before.page != UI_PAGE_PASSWORD && key->code != KEY_UNESC &&
	    before.page != UI_PAGE_HELP)
		seat->waiting = seat->menu.seat.pending;
	return answer(seat, action);
}

static const char *take(struct seat *seat)
{
	const char *broken = NULL;
	struct key key;

	while (!broken && keys_take(&seat->keys, &key)) {
		if (keys_is_noise(&seat->keys))
			seat->was_noise = true;
		else if (key.code == KEY_SIZE)
			ui_menu_set_size(&seat->menu, key.rows, key.cols);
		else if (key.code != KEY_NONE)
			broken = act(seat, &key);
	}
	return broken;
}

/* Lets time pass with a tick whenever one is due. */
static const char *pass(struct seat *seat, uint64_t ms)
{
	uint64_t end = seat->now + ms;
	const char *broken = NULL;
	int due;

	while (!broken && (due = keys_due(&seat->keys, seat->now)) >= 0 &&
	       seat->now + (uint64_t)due <= end) {
		seat->now += (uint64_t)due;
		keys_tick(&seat->keys, seat->now);
		broken = take(seat);
	}
	seat->now = end;
	return broken;
}

/* The list changes under an operator's hand; that moves no mark. */
static const char *change_list(struct seat *seat, uint64_t *seed)
{
	const struct ui_menu *m = &seat->menu;
	size_t at = seat_pick(seed, SEAT_ENTRIES), last = SEAT_ENTRIES - 1;
	struct ui_item item = seat->items[at];
	uint32_t marked = m->selected;

	/* those behind model.count are not there */
	seat->items[at] = seat->items[last];
	seat->items[last] = item;
	seat->model.count = SEAT_ENTRIES - seat_pick(seed, 3);
	seat->model.target_count = seat_pick(seed, TARGETS + 1);
	ui_menu_update(&seat->menu, &seat->model, seat->now);
	return m->touched && m->has_selected && m->selected != marked
		       ? "the mark went to another entry by itself"
		       : NULL;
}

const char *seat_play(struct seat *seat, const struct schedule *s, bool is_lazy,
		      uint64_t *changes)
{
	const char *broken = NULL;

	for (size_t i = 0; i < s->count && !broken; i++) {
		if (changes && !seat_pick(changes, 25))
			broken = change_list(seat, changes);
		if (is_lazy)
			seat->now += s->at[i].gap_ms;
		else if (!broken)
			broken = pass(seat, s->at[i].gap_ms);
		if (broken)
			break;
		keys_feed(&seat->keys, s->at[i].byte, seat->now);
		broken = take(seat);
	}
	if (!broken)
		broken = pass(seat, 10 * KEYS_QUIET_MS);
	return broken;
}

void seat_describe(const struct seat *seat, char *ret, size_t cap)
{
	const struct ui_menu *m = &seat->menu;
	struct text t = text_over(ret, cap);

	text_addf(&t, "page %d entry %u number %u", (int)m->seat.page,
		  m->selected, m->seat.number);
	text_addf(&t, " scroll %zu touched %d", m->seat.scroll, m->touched);
	text_addf(&t, " search %d \"%s\"", m->seat.is_searching,
		  m->seat.search);
	text_addf(&t, " verbose %d unlocked %d", m->is_verbose, m->is_unlocked);
	if (m->has_edit || m->seat.page == UI_PAGE_PASSWORD)
		text_addf(&t, " line \"%.*s|%s\"", (int)m->line.at,
			  m->line.text, m->line.text + m->line.at);
	text_addf(&t, " notice \"%s\"", m->notice);
}
