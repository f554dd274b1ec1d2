#include "menu_consoles.h"

#include "base/log.h"

#include <stdlib.h>
#include <string.h>

#define SAY_BUDGET_MS 50

static enum status prepare(struct terminal *t, struct error *err)
{
	const char *term = getenv("TERM");
	unsigned columns, rows;
	enum status s;

	keys_init(&t->keys);
	t->screen = malloc(sizeof(*t->screen));
	if (!t->screen)
		return fail(err, E_NO_MEMORY, "no memory for a screen");
	screen_init(t->screen, screen_kind_of(term));
	s = console_make_raw(&t->console, err);
	if (s != OK)
		return s;
	console_size(&t->console, &columns, &rows);
	screen_resize(t->screen, rows, columns);
	return OK;
}

static void ask_size(struct terminal *t)
{
	struct text out = text_over(t->out, sizeof(t->out));

	screen_ask_size(t->screen, &out);
	t->out_len = out.len;
	t->out_at = 0;
}

static void release(struct terminal *t)
{
	console_close(&t->console);
	free(t->screen);
	t->screen = NULL;
}

static enum status open_all(struct terminals *t, struct error *err)
{
	struct console consoles[CONSOLES_MAX];
	size_t count = 0;
	enum status s;

	if (t->is_host) {
		s = console_open("/dev/tty", &consoles[0], err);
		if (s != OK)
			return s;
		count = 1;
	} else if (console_open_all("/sys", "/dev", consoles, CONSOLES_MAX,
				    &count, err) != OK) {
		log_warn("no console: %s", err->text);
		count = 0;
	}
	for (size_t i = 0; i < count; i++) {
		struct terminal *one = &t->all[t->count];

		memset(one, 0, sizeof(*one));
		one->console = consoles[i];
		s = prepare(one, err);
		if (s == OK) {
			t->count++;
			continue;
		}
		log_warn("console %s is left out: %s", one->console.name,
			 err->text);
		release(one);
	}
	return OK;
}

enum status terminals_open(struct terminals *t, bool is_host, struct error *err)
{
	enum status s;

	memset(t, 0, sizeof(*t));
	t->is_host = is_host;
	ui_menu_init(&t->ui);
	s = open_all(t, err);
	if (s != OK)
		return s;
	if (!is_host)
		console_mute_kernel();
	for (size_t i = 0; i < t->count; i++)
		ask_size(&t->all[i]);
	return OK;
}

/* True when nothing waits for the line any more. */
static bool push(struct terminal *t)
{
	t->out_at += console_write(
		&t->console,
		span_of(t->out + t->out_at, t->out_len - t->out_at), 0);
	return t->out_at >= t->out_len;
}

/* Sends what the line takes. The screen is asked for the next piece only when
 * the last one has gone, so a slow line gets the newest state. */
static void pump(struct terminal *t)
{
	while (push(t)) {
		struct text out = text_over(t->out, sizeof(t->out));

		screen_flush(t->screen, &out);
		t->out_len = out.len;
		t->out_at = 0;
		if (!out.len)
			return;
	}
}

void terminals_show(struct terminals *t, const struct ui_model *model,
		    uint64_t now_ms)
{
	ui_menu_update(&t->ui, model, now_ms);
	for (size_t i = 0; i < t->count; i++) {
		ui_menu_draw(&t->ui, model, t->all[i].screen, NULL);
		pump(&t->all[i]);
	}
}

void terminals_send(struct terminals *t)
{
	for (size_t i = 0; i < t->count; i++)
		pump(&t->all[i]);
}

static void remove_terminal(struct terminals *t, size_t index)
{
	log_warn("console %s is gone", t->all[index].console.name);
	release(&t->all[index]);
	t->count--;
	memmove(&t->all[index], &t->all[index + 1],
		(t->count - index) * sizeof(t->all[0]));
}

/* The next key of a console, reading more when its bytes are used up. */
static bool next_key(struct terminal *t, uint64_t now_ms, struct key *ret,
		     bool *ret_gone)
{
	for (;;) {
		keys_tick(&t->keys, now_ms);
		if (keys_take(&t->keys, ret))
			return true;
		if (t->in_at == t->in_len) {
			t->in_at = 0;
			t->in_len = console_read(&t->console, t->in,
						 sizeof(t->in), ret_gone);
			if (!t->in_len)
				return false;
		}
		keys_feed(&t->keys, t->in[t->in_at++], now_ms);
	}
}

/* True if the key is one an operator pressed. */
static bool take_key(struct terminals *t, struct terminal *from,
		     const struct key *key)
{
	if (key->code == KEY_NONE)
		return false;
	if (key->code == KEY_SIZE) {
		screen_resize(from->screen, key->rows, key->cols);
		return false;
	}
	if (key->code == KEY_CTRL && key->ch == 'L')
		screen_invalidate(from->screen);
	ui_menu_set_size(&t->ui, from->screen->rows, from->screen->cols);
	return true;
}

bool terminals_next(struct terminals *t, const struct ui_model *model,
		    uint64_t now_ms, struct ui_action *ret)
{
	for (size_t i = 0; i < t->count; i++) {
		struct key key;
		bool gone = false;

		while (next_key(&t->all[i], now_ms, &key, &gone)) {
			if (!take_key(t, &t->all[i], &key))
				continue;
			*ret = ui_menu_key(&t->ui, model, &key, now_ms);
			return true;
		}
		if (gone)
			remove_terminal(t, i--);
	}
	return false;
}

int terminals_due(const struct terminals *t, uint64_t now_ms)
{
	int due = ui_menu_due(&t->ui, now_ms);

	for (size_t i = 0; i < t->count; i++) {
		int keys = keys_due(&t->all[i].keys, now_ms);

		if (due < 0 || (keys >= 0 && keys < due))
			due = keys;
	}
	return due;
}

size_t terminals_poll_fds(const struct terminals *t, struct pollfd *fds)
{
	for (size_t i = 0; i < t->count; i++) {
		bool waits = t->all[i].out_at < t->all[i].out_len;

		fds[i] = (struct pollfd){
			.fd = t->all[i].console.fd,
			.events = (short)(POLLIN | (waits ? POLLOUT : 0)),
		};
	}
	return t->count;
}

void terminals_pause(struct terminals *t)
{
	for (size_t i = 0; i < t->count; i++) {
		struct terminal *one = &t->all[i];
		struct text out;

		console_write(&one->console,
			      span_of(one->out + one->out_at,
				      one->out_len - one->out_at),
			      SAY_BUDGET_MS);
		out = text_over(one->out, sizeof(one->out));
		screen_leave(one->screen, &out);
		console_write(&one->console, span_of(out.buf, out.len),
			      SAY_BUDGET_MS);
		one->out_len = one->out_at = 0;
	}
}

void terminals_resume(struct terminals *t)
{
	for (size_t i = 0; i < t->count; i++) {
		struct terminal *one = &t->all[i];

		/* what was typed while no menu was seen was not meant for it:
		 * an impatient Enter would boot the failed entry again */
		tcflush(one->console.fd, TCIFLUSH);
		one->in_at = one->in_len = 0;
		keys_init(&one->keys);
		screen_invalidate(one->screen);
	}
}

void terminals_say(struct terminals *t, const char *line)
{
	char buf[512];
	struct text out = text_over(buf, sizeof(buf) - 2);

	text_add_safe(&out, span_of_text(line));
	memcpy(buf + out.len, "\r\n", 3);
	for (size_t i = 0; i < t->count; i++)
		console_write(&t->all[i].console, span_of(buf, out.len + 2),
			      SAY_BUDGET_MS);
}

void terminals_close(struct terminals *t)
{
	bool had_any = t->count > 0;

	terminals_pause(t);
	for (size_t i = 0; i < t->count; i++) {
		console_drain(&t->all[i].console, CONSOLE_DRAIN_MS);
		release(&t->all[i]);
	}
	t->count = 0;
	if (had_any && !t->is_host)
		console_unmute_kernel();
}
