/*
 * Patterns for the ids of entries, as loader.conf(5) has them: `*` any text,
 * `?` any character, `[a-z]` one of a set. There is no negation and no escape:
 * every other character stands for itself, and so does a `[` without its `]`.
 * Not fnmatch(3), whose time can grow beyond all bounds with hostile patterns;
 * this takes at most the product of the lengths, and with many `[` that of the
 * text's length and the square of the pattern's.
 */
#ifndef KEELBOOT_FORMAT_GLOB_H
#define KEELBOOT_FORMAT_GLOB_H

#include "base/span.h"

enum glob_case { GLOB_EXACT, GLOB_FOLD /* A-Z are a-z */ };

MUST_USE bool glob_match(struct span pattern, struct span text,
			 enum glob_case fold);

/* The same for a pattern of somebody who may mean harm: *left goes down by what
 * was looked at, and with nothing left no pattern matches. An id takes some
 * dozens. */
MUST_USE bool glob_match_within(struct span pattern, struct span text,
				enum glob_case fold, uint64_t *left);

/* Whether it has a `*`, a `?` or a set. */
bool glob_is_pattern(struct span pattern);

#endif
