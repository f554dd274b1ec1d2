/*
 * Long text -> lines of a screen's width.
 */
#ifndef KEELBOOT_UI_WRAP_H
#define KEELBOOT_UI_WRAP_H

#include "base/text.h"

struct wrap {
	struct span rest;
	unsigned width;
};

/* Lines of at most width columns (2 or more) over text. */
struct wrap wrap_over(struct span text, unsigned width);

/* The next line, broken at a blank unless that is far from its end, else
 * between characters; an LF ends a line too. False at the end. */
bool wrap_next(struct wrap *w, struct span *ret_line);

/* As many characters of the first line as fit, without regard to words. */
struct span wrap_cut(struct span text, unsigned width);

#endif
