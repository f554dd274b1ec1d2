#include "menu_consoles_parts.h"

#include "base/log.h"

#include <string.h>

/* --- output --------------------------------------------------------------- */

bool terminal_queue(struct terminal *one, struct span bytes)
{
	size_t left = one->out_len - one->out_at;

	if (bytes.len > sizeof(one->out) - left)
		return false;
	memmove(one->out, one->out + one->out_at, left);
	memcpy(one->out + left, bytes.ptr, bytes.len);
	one->out_at = 0;
	one->out_len = left + bytes.len;
	return true;
}

bool terminals_push(struct terminals *t, struct terminal *one,
		    unsigned budget_ms)
{
	one->out_at += console_write(
		&one->console,
		span_of(one->out + one->out_at, one->out_len - one->out_at),
		budget_ms);
	if (one->console.is_gone)
		terminals_lose(t, one);
	return one->out_at == one->out_len;
}

/* Gets the next piece of the drawing, when the last one has gone; so a slow
 * line gets the newest state. False if nothing is to be sent. */
static bool fill(struct terminal *one)
{
	struct text out;

	if (one->out_at < one->out_len)
		return true;
	out = text_over(one->out, TERMINAL_OUT_MAX);
	screen_flush(one->screen, &out);
	one->out_at = 0;
	one->out_len = out.len;
	return out.len > 0;
}

/* Sends what the line takes. */
static void pump(struct terminals *t, struct terminal *one)
{
	while (one->console.fd >= 0) {
		one->is_waiting = fill(one);
		if (!one->is_waiting)
			return;
		if (!console_is_ready(&one->console) ||
		    !terminals_push(t, one, 0))
			break;
	}
	ui_menu_lag(&t->ui, t->now_ms);
}

void terminal_leave(struct terminal *one)
{
	char buf[SCREEN_CHUNK_MIN];
	struct text out = text_over(buf, sizeof(buf));

	screen_leave(one->screen, &out);
	terminal_queue(one, span_of(out.buf, out.len));
}

/* A hidden menu is a line that counts down: nothing is erased for that. */
static void set_kind(const struct terminals *t, struct terminal *one)
{
	enum screen_kind kind = t->is_plain ? SCREEN_DUMB : one->kind;

	if (one->screen->kind != kind) {
		/* hidden again: the line goes below what was drawn */
		if (t->is_plain && !one->screen->fresh)
			terminal_leave(one);
		one->screen->kind = kind;
		screen_invalidate(one->screen);
	}
	if (!t->is_plain && !one->is_asked)
		terminal_ask_size(one);
}

void terminals_show(struct terminals *t, const struct ui_model *model,
		    uint64_t now_ms)
{
	t->now_ms = now_ms;
	if (t->is_paused)
		return;
	t->wants_show = false;
	ui_menu_update(&t->ui, model, now_ms);
	t->is_plain = model->manner != UI_SHOWN && !t->ui.touched;
	for (size_t i = 0; i < t->count; i++) {
		struct terminal *one = &t->all[i];

		if (one->console.fd < 0)
			continue;
		terminal_look_at_size(one);
		terminal_change(one, now_ms);
		set_kind(t, one);
		ui_menu_draw(&t->ui, model, one->screen,
			     one == t->in_use ? NULL : terminals_operator(t));
		pump(t, one);
	}
}

void terminals_send(struct terminals *t)
{
	for (size_t i = 0; i < t->count && !t->is_paused; i++)
		pump(t, &t->all[i]);
}
