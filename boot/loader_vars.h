/*
 * What was left for a boot loader in EFI variables: the Boot Loader Interface
 * (systemd.io/BOOT_LOADER_INTERFACE), where a firmware keeps variables.
 *
 * A firmware may take its time or never come back, so all of them are read by
 * a process of its own with a deadline, which gives plain data; and so they are
 * changed.
 */
#ifndef KEELBOOT_LOADER_VARS_H
#define KEELBOOT_LOADER_VARS_H

#include "config.h"

#include <sys/types.h>

enum loader_var {
	LOADER_ONE_SHOT, /* what to boot next, once */
	LOADER_DEFAULT,
	LOADER_PREFERRED,
	LOADER_SYS_FAIL, /* what to boot after a failure of the firmware */
	LOADER_LAST_BOOTED,
	LOADER_TIMEOUT,
	LOADER_TIMEOUT_ONE_SHOT,
	LOADER_VAR_COUNT
};

#define LOADER_VALUE_MAX CONFIG_PATTERN_MAX

/* Longer than any firmware that works takes; flash is slow to write. */
#define LOADER_VARS_READ_MS  2000
#define LOADER_VARS_WRITE_MS 5000

struct loader_vars {
	char values[LOADER_VAR_COUNT][LOADER_VALUE_MAX]; /* "": not set */
	struct config_choices timeout, timeout_one_shot; /* has_timeout */
};

/* "LoaderEntryOneShot", as people and bootctl(1) know it. */
const char *loader_var_name(enum loader_var var);

/* Reads them here and now from a directory like efivarfs. What cannot be read,
 * or is no text, counts as not set and is a line in the log. */
void loader_vars_read(const char *root, struct loader_vars *ret);

/* A reading under way. */
struct loader_vars_reader {
	pid_t pid;
	int socket; /* to poll(2) for, -1 if there is nothing to wait for */
	uint64_t deadline_ms;
};

/* Starts to read, LOADER_VARS_READ_MS at most. root lives as long as that.
 * Errors: those of msg_pair() and proc_spawn(). */
enum status loader_vars_begin(struct loader_vars_reader *reader,
			      const char *root, struct error *err);

/* What was read; never waits. Errors: E_MSG_NONE (not yet), and at the end
 * E_LOADER_VARS_DEADLINE and E_LOADER_VARS_ENDED. */
enum status loader_vars_take(struct loader_vars_reader *reader, uint64_t now_ms,
			     struct loader_vars *ret, struct error *err);

/* Gives up what is under way. */
void loader_vars_end(struct loader_vars_reader *reader);

/* A change: a new value, or "" to delete it. */
struct loader_change {
	enum loader_var var;
	char value[LOADER_VALUE_MAX];
};

/*
 * Carries them out, waiting for LOADER_VARS_WRITE_MS at most. *ret_done is how
 * many were, in their order, until one failed. Errors: E_LOADER_VARS_DEADLINE,
 * E_LOADER_VARS_ENDED, those of efivar.h and utf16_encode(), proc_spawn(),
 * msg_pair().
 */
enum status loader_vars_change(const char *root,
			       const struct loader_change *changes,
			       uint32_t count, uint32_t *ret_done,
			       struct error *err);

#endif
