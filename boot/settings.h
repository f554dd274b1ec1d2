/*
 * The configuration of the running machine: every source, in order.
 */
#ifndef KEELBOOT_SETTINGS_H
#define KEELBOOT_SETTINGS_H

#include "config.h"

#define SETTINGS_FILE	 "/etc/keelboot/keelboot.conf"
#define SETTINGS_ENTRIES "/etc/keelboot/entries"

/* Defaults, the configuration built into the program, the image's file, then
 * keelboot.KEY=VALUE words of the running kernel's command line. What is not
 * understood is a line in the log. */
void settings_load(struct config *ret);

/* Only what is built into the program: for commands on a host. */
void settings_load_builtin(struct config *ret);

#endif
