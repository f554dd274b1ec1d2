#include "menu_consoles_parts.h"

#include "base/log.h"
#include "sys/proc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One that goes sooner is likely to go again. */
#define SHORT_LIFE_MS 10000
#define RETRY_SHIFT   5

/* --- one console ---------------------------------------------------------- */

static const char *term_of(const struct terminals *t, const char *name)
{
	const char *term = t->options.term ? t->options.term : getenv("TERM");

	if (console_is_virtual(span_of_text(name)))
		return "linux";
	return term || t->options.is_host ? term : "vt220";
}

static enum status make_screen(struct terminals *t, struct terminal *one,
			       struct error *err)
{
	const char *term = term_of(t, one->console.name);

	if (!one->screen)
		one->screen = malloc(sizeof(*one->screen));
	if (!one->screen)
		return fail(err, E_NO_MEMORY, "no memory for a screen");
	one->kind = screen_kind_of(term);
	screen_init(one->screen, one->kind);
	/* the console of Linux has a font of 256 or 512 characters */
	if (term && !strcmp(term, "linux") &&
	    (t->options.is_host ||
	     console_is_virtual(span_of_text(one->console.name))))
		one->screen->ascii = true;
	/* DEC's terminals, and what claims no more than to be one */
	one->screen->colour = t->options.colour && one->kind == SCREEN_VT &&
			      strncmp(term, "vt", 2) != 0;
	return OK;
}

/* Another name of a terminal that is open, such as tty0 and tty1: one of two
 * readers would get each key. */
static const struct terminal *find_same(const struct terminals *t,
					const struct console *console)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->all[i].console.fd >= 0 && console->device &&
		    t->all[i].console.device == console->device)
			return &t->all[i];
	return NULL;
}

static void forget_io(struct terminal *one)
{
	keys_init(&one->keys);
	one->is_waiting = one->is_stuck = one->has_progress = false;
	one->out_len = one->out_at = one->in_len = one->in_at = 0;
	one->is_asked = one->has_size = one->has_redraw = false;
	one->redraw_ms = one->read_ms = one->read_bytes = one->read_keys = 0;
	one->answers = one->columns = one->rows = 0;
}

static enum status open_one(struct terminals *t, struct terminal *one,
			    struct error *err)
{
	const struct terminal *same;
	struct console fresh;
	char path[256];
	enum status s;

	snprintf(path, sizeof(path), "%s/%s",
		 t->options.dev ? t->options.dev : "/dev", one->console.name);
	s = console_open(path, &fresh, err);
	if (s != OK)
		return s;
	same = find_same(t, &fresh);
	if (same) {
		one->is_left_out = true;
		close(fresh.fd);
		return fail(err, E_CONSOLE_OPEN, "%s is another name of %s",
			    one->console.name, same->console.name);
	}
	one->console = fresh;
	forget_io(one);
	s = make_screen(t, one, err);
	if (s == OK)
		s = console_make_raw(&one->console, err);
	if (s != OK) {
		console_close(&one->console);
		return s;
	}
	one->came_ms = t->now_ms;
	terminal_look_at_size(one);
	terminal_change(one, t->now_ms);
	return OK;
}

void terminals_lose(struct terminals *t, struct terminal *one)
{
	bool is_short = t->now_ms - one->came_ms < SHORT_LIFE_MS;
	unsigned shift;

	log_warn("console %s is gone", one->console.name);
	console_close(&one->console);
	forget_io(one);
	one->short_lives = is_short ? one->short_lives + 1 : 0;
	shift = one->short_lives > 1 ? one->short_lives - 1 : 0;
	if (shift > RETRY_SHIFT)
		shift = RETRY_SHIFT;
	one->retry_ms = t->now_ms + ((uint64_t)TERMINAL_RETRY_MS << shift);
	if (t->in_use == one)
		t->in_use = NULL;
	t->wants_show = true;
}

void terminals_find_lost(struct terminals *t)
{
	for (size_t i = 0; i < t->count; i++) {
		struct terminal *one = &t->all[i];
		struct error why;

		if (one->console.fd >= 0 || one->is_left_out ||
		    t->now_ms < one->retry_ms)
			continue;
		one->retry_ms = t->now_ms + TERMINAL_RETRY_MS;
		if (open_one(t, one, &why) != OK) {
			if (one->is_left_out)
				log_warn("%s", why.text);
			continue;
		}
		log_info("console %s is there", one->console.name);
		t->wants_show = true;
	}
}

/* --- all of them ---------------------------------------------------------- */

static void list_names(struct terminals *t)
{
	struct console_names names;
	struct error why;

	if (console_list(t->options.sysfs ? t->options.sysfs : "/sys",
			 t->options.extra, &names, &why) != OK)
		log_warn("%s", why.text);
	for (size_t i = 0; i < names.count; i++) {
		struct terminal *one = &t->all[t->count++];

		one->console.fd = -1;
		memcpy(one->console.name, names.name[i],
		       sizeof(one->console.name));
	}
}

static enum status open_all(struct terminals *t, struct error *err)
{
	enum status s;

	t->now_ms = now_ms();
	t->is_open = true;
	if (t->options.is_host) {
		t->count = 1;
		t->all[0].console = (struct console){ .fd = -1, .name = "tty" };
		s = open_one(t, &t->all[0], err);
		if (s != OK)
			terminals_close(t);
		return s;
	}
	list_names(t);
	for (size_t i = 0; i < t->count; i++) {
		struct error why;

		if (open_one(t, &t->all[i], &why) == OK)
			continue;
		log_warn("%s", why.text);
		t->all[i].retry_ms = t->now_ms + TERMINAL_RETRY_MS;
	}
	console_mute_kernel();
	return OK;
}

/* Most answers are there before the menu is. */
static void ask_sizes(struct terminals *t)
{
	for (size_t i = 0; i < t->count; i++) {
		if (t->is_plain || t->all[i].console.fd < 0)
			continue;
		terminal_ask_size(&t->all[i]);
		terminals_push(t, &t->all[i], 0);
	}
}

enum status terminals_open(struct terminals *t,
			   const struct terminals_options *o, struct error *err)
{
	enum status s;

	memset(t, 0, sizeof(*t));
	t->options = *o;
	t->is_plain = o->is_hidden;
	ui_menu_init(&t->ui);
	s = open_all(t, err);
	if (s == OK)
		ask_sizes(t);
	return s;
}

enum status terminals_reopen(struct terminals *t, struct error *err)
{
	t->is_paused = true;
	return open_all(t, err);
}

void terminals_close(struct terminals *t)
{
	uint64_t deadline;

	if (!t->is_paused)
		terminals_pause(t);
	terminals_end_progress(t);
	deadline = now_ms() + CONSOLE_DRAIN_MS;
	for (size_t i = 0; i < t->count; i++) {
		struct terminal *one = &t->all[i];

		if (one->console.fd >= 0 && !one->is_stuck)
			console_drain(&one->console,
				      (unsigned)deadline_left_ms(deadline));
		console_close(&one->console);
		free(one->screen);
	}
	memset(t->all, 0, sizeof(t->all));
	t->count = 0;
	t->in_use = NULL;
	if (t->is_open && !t->options.is_host)
		console_unmute_kernel();
	t->is_open = false;
}
