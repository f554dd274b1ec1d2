#include "ui/progress.h"

#include <string.h>

/* How long a sample of the rate takes at least. */
#define SAMPLE_MS UI_PROGRESS_QUIET_MS

#define KIB 1024U
#define MIB (1024U * KIB)

/* A longer rest of time is no news to anybody. */
#define LEFT_MAX_S (100ULL * 3600)

/* The least columns of a name that numbers are left out for. */
#define WHAT_MIN 12

/* A copy of what as it is kept: cut at a character, harmless. */
static void keep_what(char *to, const char *what)
{
	struct text t = text_over(to, UI_PROGRESS_WHAT_MAX);

	text_add_safe(&t, span_of_text(what));
	if (to[0] >= 'a' && to[0] <= 'z')
		to[0] = (char)(to[0] - 'a' + 'A');
}

static void begin(struct ui_progress *p, const char *what, uint64_t now_ms)
{
	memset(p, 0, sizeof(*p));
	keep_what(p->what, what);
	p->start_ms = p->sample_ms = p->said_ms = now_ms;
}

static bool has_total(const struct ui_progress *p)
{
	return p->total && p->done <= p->total;
}

/* a * b / c for any sizes: the result is cut to the greatest number. */
static uint64_t scale(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t whole;

	while (!mul_size(a, b, &whole)) {
		a >>= 1;
		c >>= 1;
	}
	return c ? whole / c : UINT64_MAX;
}

/* What counts is how fast it goes now, without jumping about. */
static void take_sample(struct ui_progress *p)
{
	uint64_t took = p->now_ms - p->sample_ms, rate;

	if (took < SAMPLE_MS)
		return;
	rate = scale(p->done - p->sample_done, 1000, took);
	/* the first sample stands for itself */
	p->rate = p->sample_ms == p->start_ms
			  ? rate
			  : p->rate - p->rate / 4 + rate / 4;
	p->sample_ms = p->now_ms;
	p->sample_done = p->done;
}

bool ui_progress_is_other(const struct ui_progress *p, const char *what,
			  uint64_t done)
{
	char kept[UI_PROGRESS_WHAT_MAX];

	keep_what(kept, what);
	/* what runs backwards is another piece of work of the same name */
	return strcmp(kept, p->what) != 0 || done < p->done;
}

void ui_progress_step(struct ui_progress *p, const char *what, uint64_t done,
		      uint64_t total, uint64_t now_ms)
{
	if (ui_progress_is_other(p, what, done))
		begin(p, what, now_ms);
	p->done = done;
	p->total = total;
	if (now_ms > p->now_ms)
		p->now_ms = now_ms;
	take_sample(p);
}

static bool is_long(const struct ui_progress *p)
{
	return p->what[0] && p->now_ms - p->start_ms >= UI_PROGRESS_QUIET_MS;
}

bool ui_progress_is_due(struct ui_progress *p)
{
	if (!is_long(p) ||
	    (p->is_shown && p->now_ms - p->drawn_ms < UI_PROGRESS_DRAW_MS))
		return false;
	p->is_shown = true;
	p->drawn_ms = p->now_ms;
	return true;
}

bool ui_progress_is_tenth(struct ui_progress *p)
{
	unsigned tenths =
		has_total(p) ? (unsigned)scale(p->done, 10, p->total) : 0;

	if (!is_long(p) || (tenths <= p->tenths &&
			    p->now_ms - p->said_ms < UI_PROGRESS_LINE_MS))
		return false;
	p->tenths = tenths;
	p->said_ms = p->now_ms;
	return true;
}

/* --- words ---------------------------------------------------------------- */

/* One digit after the point where that says something. */
static void add_in(struct text *out, uint64_t bytes, uint64_t unit)
{
	if (bytes / unit >= 10)
		text_addf(out, "%llu", (unsigned long long)(bytes / unit));
	else
		text_addf(out, "%llu.%llu", (unsigned long long)(bytes / unit),
			  (unsigned long long)(bytes % unit * 10 / unit));
}

static uint64_t unit_of(uint64_t bytes)
{
	return bytes < MIB ? KIB : MIB;
}

static const char *name_of(uint64_t unit)
{
	return unit == KIB ? "KiB" : "MiB";
}

static void add_bytes(struct text *out, uint64_t bytes)
{
	uint64_t unit = unit_of(bytes);

	add_in(out, bytes, unit);
	text_addf(out, " %s", name_of(unit));
}

static void add_time(struct text *out, uint64_t seconds)
{
	if (seconds < 60)
		text_addf(out, "%u s", (unsigned)seconds);
	else if (seconds < 3600)
		text_addf(out, "%u min %02u s", (unsigned)(seconds / 60),
			  (unsigned)(seconds % 60));
	else
		text_addf(out, "%llu h %02u min",
			  (unsigned long long)(seconds / 3600),
			  (unsigned)(seconds / 60 % 60));
}

/* Work of which nothing is known but that it goes on. */
static bool is_waiting(const struct ui_progress *p)
{
	return !p->done && !p->total;
}

/* The numbers, the one that can be spared first at the end; some say nothing.
 */
enum number { PERCENT, AMOUNT, RATE, LEFT, NUMBERS };

static void add_amount(const struct ui_progress *p, struct text *out)
{
	uint64_t unit = unit_of(p->total);

	if (!has_total(p)) {
		add_bytes(out, p->done);
		return;
	}
	add_in(out, p->done, unit);
	text_add(out, " of ");
	add_in(out, p->total, unit);
	text_addf(out, " %s", name_of(unit));
}

static void add_left(const struct ui_progress *p, struct text *out)
{
	uint64_t left =
		has_total(p) && p->rate ? (p->total - p->done) / p->rate : 0;

	/* the last moments are not worth a "0 s left" */
	if (!left || left >= LEFT_MAX_S)
		return;
	add_time(out, left);
	text_add(out, " left");
}

static void add_number(const struct ui_progress *p, enum number which,
		       struct text *out)
{
	switch (which) {
	case PERCENT:
		if (has_total(p))
			text_addf(out, "%u %%",
				  (unsigned)scale(p->done, 100, p->total));
		break;
	case AMOUNT:
		if (is_waiting(p))
			add_time(out, (p->now_ms - p->start_ms) / 1000);
		else
			add_amount(p, out);
		break;
	case RATE:
		if (is_waiting(p))
			break;
		add_bytes(out, p->rate);
		text_add(out, "/s");
		break;
	case LEFT:
		add_left(p, out);
		break;
	case NUMBERS:
		break;
	}
}

/* Adds the characters of text that fit into width columns. */
static void add_cut(struct text *out, const char *text, unsigned width,
		    bool ascii)
{
	struct span rest = span_fit(span_of_text(text), width);
	unsigned one;
	bool valid;
	size_t len;

	while ((len = utf8_next(rest, &one, &valid)) > 0) {
		if (ascii && rest.ptr[0] >= 0x80)
			text_add(out, &"??"[one < 2 ? 2 - one : 0]);
		else
			text_add_bytes(out, span_slice(rest, 0, len));
		rest = span_slice(rest, len, rest.len - len);
	}
}

/* "What: numbers", the name with dots where it had to be cut. */
static void write_line(const char *what, const char *numbers, unsigned width,
		       bool ascii, struct text *out)
{
	const char *dots = ascii ? "..." : "\u2026";
	unsigned room = text_columns(numbers) + 2, dots_width = ascii ? 3 : 1;

	if (room > width) {
		add_cut(out, numbers, width, ascii);
		return;
	}
	room = width - room;
	if (text_columns(what) <= room) {
		add_cut(out, what, room, ascii);
	} else if (room > dots_width) {
		add_cut(out, what, room - dots_width, ascii);
		text_add(out, dots);
	} else {
		add_cut(out, numbers, width, ascii);
		return;
	}
	text_add(out, ": ");
	text_add(out, numbers);
}

void ui_progress_write(const struct ui_progress *p, unsigned width, bool ascii,
		       struct text *out)
{
	char numbers[160];
	struct text t = text_over(numbers, sizeof(numbers));
	unsigned what = text_columns(p->what);

	if (what > WHAT_MIN)
		what = WHAT_MIN;
	for (enum number i = PERCENT; i < NUMBERS; i++) {
		char buf[40];
		struct text one = text_over(buf, sizeof(buf));

		add_number(p, i, &one);
		if (!one.len)
			continue;
		if (t.len && what + 2 + t.len + 2 + one.len > width)
			break;
		if (t.len)
			text_add(&t, ", ");
		text_add(&t, buf);
	}
	write_line(p->what, numbers, width, ascii, out);
}

void ui_progress_write_end(const struct ui_progress *p, unsigned width,
			   bool ascii, struct text *out)
{
	char numbers[80];
	struct text t = text_over(numbers, sizeof(numbers));
	uint64_t took = p->now_ms - p->start_ms;

	if (!is_waiting(p)) {
		add_bytes(&t, p->done);
		text_add(&t, " in ");
	}
	if (took < 10000)
		text_addf(&t, "%u.%u s", (unsigned)(took / 1000),
			  (unsigned)(took % 1000 / 100));
	else
		add_time(&t, took / 1000);
	write_line(p->what, numbers, width, ascii, out);
}

void ui_progress_end(struct ui_progress *p)
{
	memset(p, 0, sizeof(*p));
}
