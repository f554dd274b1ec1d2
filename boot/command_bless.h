/* What the commands of a booted system share: which entry it was started from,
 * and where its ESP is. */
#ifndef KEELBOOT_COMMAND_BLESS_H
#define KEELBOOT_COMMAND_BLESS_H

#include "commands.h"
#include "esp.h"
#include "format/handover.h"

/* Reads --entry, else /run/keelboot/entry, else /.extra/keelboot/entry.
 * Errors: E_BLESS_NO_ENTRY (there is none), those of handover_parse(). */
enum status bless_read_entry(const struct command_line *cl,
			     struct handover *ret, struct error *err);

/* --esp, else what esp_find() finds. Errors: those of esp_find(). */
enum status bless_find_esp(const struct command_line *cl, const char *partition,
			   char ret[static ESP_TARGET_MAX], struct error *err);

#endif
