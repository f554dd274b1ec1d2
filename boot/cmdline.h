/*
 * The next kernel's command line, put together from pieces that each remember
 * where they came from.
 */
#ifndef KEELBOOT_CMDLINE_H
#define KEELBOOT_CMDLINE_H

#include "base/error.h"
#include "base/span.h"
#include "base/text.h"

/* Longest command line that is put together: what the newest architecture
 * takes (loongarch, 4096) with room to name the real limit in the refusal. */
#define CMDLINE_MAX    8192
#define CMDLINE_PIECES 56 /* one for each addon, and a few */

struct cmdline_piece {
	struct display source; /* "the UKI's .cmdline", an addon's path, … */
	uint32_t start, len;
};

struct cmdline {
	char text[CMDLINE_MAX]; /* NUL-terminated */
	uint32_t len;
	uint32_t piece_count;
	struct cmdline_piece pieces[CMDLINE_PIECES];
};

/*
 * Appends a piece, with one blank before it if there is text already. As
 * systemd-stub does, blanks and control characters at the ends go and those
 * inside become blanks. NULs at the end of the bytes are padding; any other NUL
 * is refused, for what follows it would be read by some and not by others.
 *
 * source is copied. Errors: E_CMDLINE_NUL, E_CMDLINE_TOO_LONG.
 */
MUST_USE enum status cmdline_add(struct cmdline *line, const char *source,
				 struct span bytes, struct error *err);

#endif
