#include "load_notes.h"

#include "base/log.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void load_note(struct load_notes *notes, const char *fmt, ...)
{
	char text[ERROR_TEXT_MAX], clean[ERROR_TEXT_MAX];
	struct text t = text_over(clean, sizeof(clean));
	char *copy = NULL;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	text_add_safe(&t, span_of_text(text)); /* names of files are in it */
	log_warn("%s", clean);
	if (notes->count < LOAD_NOTES_MAX)
		copy = strdup(clean);
	if (copy)
		notes->text[notes->count++] = copy;
	else
		notes->lost++;
}

void load_notes_drop(struct load_notes *notes)
{
	for (uint32_t i = 0; i < notes->count; i++)
		free(notes->text[i]);
	notes->count = notes->lost = 0;
}
