#include "menu_consoles_parts.h"

#include "base/log.h"

#include <string.h>

/* --- plain lines ---------------------------------------------------------- */

/* Sends what waits; a line that did not take it in time gets no more time until
 * it does. */
static void push_line(struct terminals *t, struct terminal *one)
{
	unsigned budget = one->is_stuck ? 0 : TERMINAL_LINE_MS;

	one->is_stuck = !terminals_push(t, one, budget);
}

void terminals_pause(struct terminals *t)
{
	t->is_paused = true;
	for (size_t i = 0; i < t->count; i++) {
		struct terminal *one = &t->all[i];

		if (one->console.fd < 0)
			continue;
		terminal_leave(one);
		push_line(t, one);
	}
}

void terminals_resume(struct terminals *t)
{
	terminals_end_progress(t);
	t->is_paused = false;
	t->wants_show = true;
	for (size_t i = 0; i < t->count; i++) {
		struct terminal *one = &t->all[i];

		if (one->console.fd < 0)
			continue;
		/* what was typed while no menu was seen was not meant for it:
		 * an impatient Enter would boot the failed entry again */
		console_drop_input(&one->console);
		one->in_at = one->in_len = 0;
		keys_init(&one->keys);
		one->out_at = one->out_len = 0;
		screen_invalidate(one->screen);
	}
}

static void say_to(struct terminals *t, struct terminal *one, const char *line)
{
	char buf[TERMINAL_LINE_MAX];
	struct text out = text_over(buf, sizeof(buf) - 2);

	if (one->console.fd < 0)
		return;
	text_add_safe(&out, span_of_text(line));
	memcpy(buf + out.len, "\r\n", 2);
	if (one->out_at < one->out_len)
		push_line(t, one);
	terminal_queue(one, span_of(buf, out.len + 2));
	push_line(t, one);
}

void terminals_say(struct terminals *t, const char *line)
{
	terminals_end_progress(t);
	for (size_t i = 0; i < t->count; i++)
		say_to(t, &t->all[i], line);
}

/* --- progress ------------------------------------------------------------- */

/* Over the line that stands there. */
static void draw_progress(struct terminals *t, struct terminal *one,
			  bool is_end)
{
	char buf[SCREEN_COLS_MAX * 4 + 16];
	struct text out = text_over(buf, sizeof(buf));
	unsigned width = screen_width(one->screen);

	text_add(&out, "\r");
	if (is_end)
		ui_progress_write_end(&t->progress, width, one->screen->ascii,
				      &out);
	else
		ui_progress_write(&t->progress, width, one->screen->ascii,
				  &out);
	text_add(&out, is_end ? "\033[K\r\n" : "\033[K");
	if (terminal_queue(one, span_of(out.buf, out.len)))
		one->has_progress = !is_end;
	push_line(t, one);
}

/* A slow line skips what it has no time for. */
static bool takes_progress(const struct terminal *one)
{
	return one->console.fd >= 0 && one->kind == SCREEN_VT &&
	       one->out_at == one->out_len && !one->is_stuck &&
	       console_is_ready(&one->console) &&
	       console_is_drained(&one->console);
}

static void say_tenth(struct terminals *t)
{
	char line[UI_PROGRESS_WHAT_MAX + 100];
	struct text out = text_over(line, sizeof(line));

	ui_progress_write(&t->progress, sizeof(line), false, &out);
	log_info("%s", line);
	for (size_t i = 0; i < t->count; i++)
		if (t->all[i].kind == SCREEN_DUMB)
			say_to(t, &t->all[i], line);
}

void terminals_progress(struct terminals *t, const char *what, uint64_t done,
			uint64_t total, uint64_t now_ms)
{
	t->now_ms = now_ms;
	if (ui_progress_is_other(&t->progress, what, done))
		terminals_end_progress(t);
	ui_progress_step(&t->progress, what, done, total, now_ms);
	if (ui_progress_is_tenth(&t->progress))
		say_tenth(t);
	if (!ui_progress_is_due(&t->progress))
		return;
	for (size_t i = 0; i < t->count; i++)
		if (takes_progress(&t->all[i]))
			draw_progress(t, &t->all[i], false);
}

static bool some_is_plain(const struct terminals *t)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->all[i].console.fd >= 0 && t->all[i].kind == SCREEN_DUMB)
			return true;
	return false;
}

void terminals_tell_progress(struct terminals *t, const struct ui_model *model,
			     const char *what, uint64_t done, uint64_t total,
			     uint64_t now_ms)
{
	char line[UI_NOTICE_MAX];
	struct text out = text_over(line, sizeof(line));

	ui_progress_step(&t->progress, what, done, total, now_ms);
	if (some_is_plain(t) ? !ui_progress_is_tenth(&t->progress)
			     : !ui_progress_is_due(&t->progress))
		return;
	ui_progress_write(&t->progress, CONSOLE_COLUMNS_DEF - 1, false, &out);
	ui_menu_tell(&t->ui, line);
	terminals_show(t, model, now_ms);
}

void terminals_end_progress(struct terminals *t)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->all[i].console.fd >= 0 && t->all[i].has_progress)
			draw_progress(t, &t->all[i], true);
	ui_progress_end(&t->progress);
}
