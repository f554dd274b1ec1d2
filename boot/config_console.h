/*
 * How the keys of the console take their values: rows of the table in
 * config_keys.c.
 */
#ifndef KEELBOOT_CONFIG_CONSOLE_H
#define KEELBOOT_CONFIG_CONSOLE_H

#include "config.h"

bool config_set_consoles(struct config *c, struct span value);
bool config_set_console(struct config *c, struct span value);
bool config_set_watchdog(struct config *c, struct span value);

/* These two fail closed: a password that is not well formed locks what it is
 * for, and words that are not all understood mean everything. */
bool config_set_password(struct config *c, struct span value);
bool config_set_password_for(struct config *c, struct span value);

/* What a value that was not taken should have been. */
const char *config_password_expected(struct span value);

#endif
