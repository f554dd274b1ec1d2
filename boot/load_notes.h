/*
 * What a boot does without, one sentence each: for the log, and for `explain`.
 */
#ifndef KEELBOOT_LOAD_NOTES_H
#define KEELBOOT_LOAD_NOTES_H

#include "base/error.h"

/* Every file of an entry, and some words about options. */
#define LOAD_NOTES_MAX 64

struct load_notes {
	uint32_t count;
	uint32_t lost; /* for which there was no room or memory */
	char *text[LOAD_NOTES_MAX];
};

/* Adds a sentence and logs it as a warning. */
void load_note(struct load_notes *notes, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

void load_notes_drop(struct load_notes *notes);

#endif
