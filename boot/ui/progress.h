/*
 * How far long work is (base/progress.h), in one line: "Reading debian.efi:
 * 37 %, 23 of 62 MiB, 4.1 MiB/s, 10 s left"; "Writing: 5 s" where only the time
 * is known. What to say and when; knows no terminal.
 *
 *   ui_progress_step()       for each step of the work
 *   ui_progress_is_due()     the line may be drawn again
 *   ui_progress_is_tenth()   a line of its own where none is overwritten
 *   ui_progress_write()      the line, as it is now
 *   ui_progress_end()        the work is over
 */
#ifndef KEELBOOT_UI_PROGRESS_H
#define KEELBOOT_UI_PROGRESS_H

#include "base/text.h"

#define UI_PROGRESS_WHAT_MAX 128

/* Shorter work is not worth a line. */
#define UI_PROGRESS_QUIET_MS 400

/* The least time between two drawings. */
#define UI_PROGRESS_DRAW_MS 250

/* Where the total is not known, or a tenth takes long: a plain line after so
 * much time. */
#define UI_PROGRESS_LINE_MS 30000

struct ui_progress {
	char what[UI_PROGRESS_WHAT_MAX]; /* "" when nothing goes on */
	uint64_t done, total;
	uint64_t start_ms, now_ms;
	uint64_t drawn_ms; /* when it was due last */
	uint64_t said_ms;  /* when a tenth was due last */
	unsigned tenths;   /* what it was then */
	bool is_shown;	   /* it was due once */
	/* bytes per second of late, from samples that take a while each */
	uint64_t rate, sample_ms, sample_done;
};

/* Whether this is other work than before: what is shown of that should be
 * brought to its end. */
bool ui_progress_is_other(const struct ui_progress *p, const char *what,
			  uint64_t done);

/* Takes note of a step; other work than before begins anew. what may be any
 * text, it is cut and made harmless, and its first letter is shown as a
 * capital. total 0, or one less than done, is "not known". */
void ui_progress_step(struct ui_progress *p, const char *what, uint64_t done,
		      uint64_t total, uint64_t now_ms);

/* True when the line should be drawn (again); it then counts as drawn. */
bool ui_progress_is_due(struct ui_progress *p);

/* True when a plain line is due: another tenth is done, or much time went by;
 * it then counts as said. */
bool ui_progress_is_tenth(struct ui_progress *p);

/* Appends the line in at most width columns, with no character beyond ASCII
 * where ascii is set. The name is cut before the numbers are; on a narrow
 * screen the last of the numbers are left out. */
void ui_progress_write(const struct ui_progress *p, unsigned width, bool ascii,
		       struct text *out);

/* The same for work that is over: "Reading debian.efi: 62 MiB in 15 s". */
void ui_progress_write_end(const struct ui_progress *p, unsigned width,
			   bool ascii, struct text *out);

/* Nothing goes on any more. */
void ui_progress_end(struct ui_progress *p);

#endif
