#include "menu_consoles_parts.h"

#include "base/log.h"
#include "sys/proc.h"

#include <string.h>

/* What is read of a console is limited per so many ms. */
#define WINDOW_MS 100

/* The answers to one question for the size: CSI 8 t and CSI R. */
#define ANSWERS 2

/* --- size ----------------------------------------------------------------- */

void terminal_ask_size(struct terminal *one)
{
	char buf[SCREEN_CHUNK_MIN];
	struct text out = text_over(buf, sizeof(buf));

	one->is_asked = true;
	if (one->columns)
		return; /* the driver says it */
	screen_ask_size(one->screen, &out);
	if (out.len && terminal_queue(one, span_of(out.buf, out.len)))
		one->answers = ANSWERS;
}

/* A size that was told, by whomever; the screen gets it at its time. */
static void note_size(struct terminal *one, unsigned rows, unsigned columns)
{
	if (rows > SCREEN_ROWS_MAX)
		rows = SCREEN_ROWS_MAX;
	if (columns > SCREEN_COLS_MAX)
		columns = SCREEN_COLS_MAX;
	one->new_rows = rows;
	one->new_columns = columns;
	one->has_size =
		rows >= SCREEN_ROWS_MIN && columns >= SCREEN_COLS_MIN &&
		(rows != one->screen->rows || columns != one->screen->cols);
}

void terminal_look_at_size(struct terminal *one)
{
	unsigned columns, rows;

	if (!console_size(&one->console, &columns, &rows) ||
	    (columns == one->columns && rows == one->rows))
		return;
	one->columns = columns;
	one->rows = rows;
	note_size(one, rows, columns);
}

bool terminal_change(struct terminal *one, uint64_t now_ms)
{
	if ((!one->has_size && !one->has_redraw) || now_ms < one->redraw_ms)
		return false;
	one->redraw_ms = now_ms + TERMINAL_REDRAW_MS;
	if (one->has_size)
		screen_resize(one->screen, one->new_rows, one->new_columns);
	if (one->has_redraw) {
		screen_invalidate(one->screen);
		terminal_ask_size(one);
	}
	one->has_size = one->has_redraw = false;
	return true;
}

/* --- keys ----------------------------------------------------------------- */

/* Enough came from it for now. Noise is looked at now and then. */
static bool is_throttled(const struct terminal *one, uint64_t now_ms)
{
	return now_ms - one->read_ms < WINDOW_MS &&
	       (one->read_bytes >= TERMINAL_READ_MAX ||
		one->read_keys >= TERMINAL_KEYS_MAX ||
		keys_is_noise(&one->keys));
}

static void say_noise(struct terminal *one)
{
	if (!one->has_said_noise)
		log_warn("console %s: noise on the line, its keys are ignored "
			 "until it is quiet for %d s",
			 one->console.name, NOISE_SILENCE_MS / 1000);
	one->has_said_noise = true;
}

/* Whether what was read has to wait for what follows. */
static bool is_held(const struct terminals *t, const struct terminal *one,
		    uint64_t now_ms)
{
	return !t->ui.touched && one->in_at < one->in_len &&
	       one->in_len < sizeof(one->in) &&
	       now_ms - one->in_ms < TERMINAL_HOLD_MS &&
	       now_ms - one->in_first_ms < TERMINAL_HOLD_MOST_MS;
}

/* What turns out to be noise later in the same piece was none before. */
static void drop_if_noise(struct terminal *one, uint64_t now_ms)
{
	struct keys ahead = one->keys;
	struct key unused;

	for (size_t i = one->in_at; i < one->in_len; i++) {
		keys_feed(&ahead, one->in[i], now_ms);
		while (keys_take(&ahead, &unused))
			;
	}
	if (!keys_is_noise(&ahead))
		return;
	say_noise(one);
	one->keys = ahead;
	one->in_at = one->in_len;
}

/* False if there is nothing to read, or enough was read. */
static bool read_more(struct terminals *t, struct terminal *one)
{
	bool gone = false;
	size_t got;

	if (one->in_at == one->in_len)
		one->in_at = one->in_len = 0;
	got = console_read(&one->console, one->in + one->in_len,
			   sizeof(one->in) - one->in_len, &gone);
	if (!got) {
		if (gone)
			terminals_lose(t, one);
		return false;
	}
	if (!one->in_len)
		one->in_first_ms = t->now_ms;
	one->in_len += got;
	one->in_ms = t->now_ms;
	one->read_bytes += got;
	drop_if_noise(one, t->now_ms);
	/* more of it is worth nothing, and would be read for ever */
	if (keys_is_noise(&one->keys) && one->read_bytes >= TERMINAL_READ_MAX)
		console_drop_input(&one->console);
	return true;
}

/* What had to wait here is not late for that. It may be of a password, and does
 * not stay. */
static void feed_byte(struct terminal *one)
{
	uint64_t came_ms = one->in_at ? one->in_ms : one->in_first_ms;

	keys_feed(&one->keys, one->in[one->in_at], came_ms);
	one->in[one->in_at++] = 0;
}

/* The next key of a console, reading more when its bytes are used up. */
static bool next_key(struct terminals *t, struct terminal *one, struct key *ret)
{
	if (t->now_ms - one->read_ms >= WINDOW_MS) {
		one->read_ms = t->now_ms;
		one->read_bytes = one->read_keys = 0;
	}
	for (;;) {
		if (one->in_at == one->in_len)
			keys_tick(&one->keys, t->now_ms);
		if (keys_take(&one->keys, ret)) {
			one->read_keys++;
			if (!keys_is_noise(&one->keys))
				return true;
			say_noise(one);
			continue;
		}
		if (one->in_at < one->in_len && !is_held(t, one, t->now_ms))
			feed_byte(one);
		else if (one->read_bytes >= TERMINAL_READ_MAX ||
			 one->read_keys >= TERMINAL_KEYS_MAX ||
			 !read_more(t, one))
			return false;
	}
}

/* Whether the key belongs to what was typed when another console took over. */
static bool is_of_typist(struct terminals *t, struct terminal *from)
{
	if (from->typist_ms && t->now_ms - from->typist_ms < TERMINAL_TYPIST_MS)
		from->typist_ms = t->now_ms;
	else
		from->typist_ms = 0;
	if (!from->typist_ms && t->in_use && t->in_use != from &&
	    ui_menu_is_typed_on(&t->ui))
		t->in_use->typist_ms = t->now_ms;
	return from->typist_ms != 0;
}

/* True if the key is one an operator pressed. */
static bool take_key(struct terminals *t, struct terminal *from,
		     const struct key *key)
{
	if (key->code == KEY_NONE)
		return false;
	if (key->code == KEY_SIZE) {
		/* no terminal says it without being asked */
		if (from->answers) {
			from->answers--;
			note_size(from, key->rows, key->cols);
			t->wants_show |= terminal_change(from, t->now_ms);
		}
		return false;
	}
	/* the ESC before it may be of another console, whose page stays left */
	if (key->code == KEY_UNESC && t->in_use != from)
		return false;
	if (is_of_typist(t, from))
		return false;
	if (key->code == KEY_CTRL && key->ch == 'L') {
		from->has_redraw = true;
		t->wants_show |= terminal_change(from, t->now_ms);
	}
	t->in_use = from;
	ui_menu_set_size(&t->ui, from->screen->rows, from->screen->cols);
	return true;
}

bool terminals_next(struct terminals *t, const struct ui_model *model,
		    uint64_t now_ms, struct ui_action *ret)
{
	t->now_ms = now_ms;
	if (t->is_paused)
		return false;
	terminals_find_lost(t);
	for (size_t i = 0; i < t->count; i++) {
		struct terminal *one = &t->all[i];
		struct key key;

		while (one->console.fd >= 0 && !is_throttled(one, now_ms) &&
		       next_key(t, one, &key)) {
			if (!take_key(t, one, &key))
				continue;
			*ret = ui_menu_key(&t->ui, model, &key, now_ms);
			return true;
		}
	}
	return false;
}

static bool calls(const struct key *key, bool is_escape)
{
	if (key->code == KEY_NONE || key->code == KEY_SIZE)
		return false;
	return !is_escape || key->code == KEY_ESC ||
	       (key->code == KEY_CTRL && key->ch == 'C');
}

bool terminals_are_called(struct terminals *t, bool is_escape, uint64_t now_ms)
{
	t->now_ms = now_ms;
	for (size_t i = 0; t->is_paused && i < t->count; i++) {
		struct terminal *one = &t->all[i];
		struct key key;

		while (one->console.fd >= 0 && !is_throttled(one, now_ms) &&
		       next_key(t, one, &key)) {
			if (key.code == KEY_SIZE && one->answers)
				one->answers--;
			else if (calls(&key, is_escape))
				return true;
		}
	}
	return false;
}

const char *terminals_operator(const struct terminals *t)
{
	return t->in_use ? t->in_use->console.name : NULL;
}

/* Bytes that wait, or an escape sequence or a character without its end. What
 * is pasted is no key. */
static bool is_amid_key(const struct terminal *one, uint64_t now_ms)
{
	const struct keys *k = &one->keys;

	if (one->console.fd < 0 || keys_is_noise(k))
		return false;
	if (one->in_at < one->in_len)
		return true;
	return !k->in_paste &&
	       (keys_due(k, now_ms) >= 0 ||
		(k->character.left && now_ms - k->since_ms < KEYS_QUIET_MS));
}

bool terminals_are_amid_key(const struct terminals *t, uint64_t now_ms)
{
	for (size_t i = 0; i < t->count; i++)
		if (is_amid_key(&t->all[i], now_ms))
			return true;
	return false;
}

bool terminals_are_holding(const struct terminals *t, uint64_t now_ms)
{
	for (size_t i = 0; i < t->count; i++)
		if (is_held(t, &t->all[i], now_ms))
			return true;
	return false;
}

/* --- when to come back ---------------------------------------------------- */

static int terminal_due(const struct terminals *t, const struct terminal *one,
			uint64_t now_ms)
{
	int due;

	if (one->console.fd < 0)
		return one->is_left_out ? -1 : ms_until(one->retry_ms, now_ms);
	due = one->in_at < one->in_len ? -1 : keys_due(&one->keys, now_ms);
	if (one->in_at < one->in_len && !is_held(t, one, now_ms) &&
	    !is_throttled(one, now_ms))
		return 0; /* there was no time for them */
	if (one->has_size || one->has_redraw)
		due = ms_sooner(due, ms_until(one->redraw_ms, now_ms));
	if (is_held(t, one, now_ms)) {
		due = ms_sooner(
			due, ms_until(one->in_ms + TERMINAL_HOLD_MS, now_ms));
		due = ms_sooner(
			due, ms_until(one->in_first_ms + TERMINAL_HOLD_MOST_MS,
				      now_ms));
	}
	if (is_throttled(one, now_ms))
		due = ms_sooner(due,
				ms_until(one->read_ms + WINDOW_MS, now_ms));
	return due;
}

int terminals_due(const struct terminals *t, uint64_t now_ms)
{
	int due = ui_menu_due(&t->ui, now_ms);

	if (t->wants_show && !terminals_are_holding(t, now_ms))
		return 0;
	for (size_t i = 0; i < t->count; i++)
		due = ms_sooner(due, terminal_due(t, &t->all[i], now_ms));
	return due;
}

size_t terminals_poll_fds(const struct terminals *t, struct pollfd *fds)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct terminal *one = &t->all[i];
		int events = one->is_waiting ? POLLOUT : 0;

		if (!is_throttled(one, t->now_ms))
			events |= POLLIN;
		/* without events a line that hung up would not let us sleep */
		fds[i] = (struct pollfd){
			.fd = events ? one->console.fd : -1,
			.events = (short)events,
		};
	}
	return t->count;
}
