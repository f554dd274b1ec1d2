/*
 * The next kernel's command line, put together from pieces that each remember
 * where they came from.
 */
#ifndef KEELBOOT_CMDLINE_H
#define KEELBOOT_CMDLINE_H

#include "base/error.h"
#include "base/span.h"

/* Longest command line that is put together: what the newest architecture
 * takes (loongarch, 4096) with room to name the real limit in the refusal. */
#define CMDLINE_MAX    8192
#define CMDLINE_PIECES 8

struct cmdline_piece {
	const char *source; /* "UKI .cmdline", "built-in config append", … */
	uint32_t start, len;
};

struct cmdline {
	char text[CMDLINE_MAX];
	uint32_t len;
	uint32_t piece_count;
	struct cmdline_piece pieces[CMDLINE_PIECES];
};

#endif
