/*
 * What was left for a boot loader in EFI variables: the Boot Loader Interface
 * (systemd.io/BOOT_LOADER_INTERFACE), where a firmware keeps variables.
 *
 * All of them are read by a process of its own (efivar_process.h), which gives
 * plain data; and so they are changed.
 */
#ifndef KEELBOOT_LOADER_VARS_H
#define KEELBOOT_LOADER_VARS_H

#include "config.h"
#include "efivar_process.h"

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

struct loader_vars {
	char values[LOADER_VAR_COUNT][LOADER_VALUE_MAX]; /* "": not set */
	struct config_choices timeout, timeout_one_shot; /* has_timeout */
};

/* "LoaderEntryOneShot", as people and bootctl(1) know it. */
const char *loader_var_name(enum loader_var var);

/* Reads them here and now from a directory like efivarfs. What cannot be read,
 * or is no text, counts as not set and is a line in the log. */
void loader_vars_read(const char *root, struct loader_vars *ret);

/* Starts to read, for EFIVAR_READ_MS at most. Errors: those of
 * efivar_process_begin(). */
enum status loader_vars_begin(struct efivar_process *reader, const char *root,
			      struct error *err);

/* What was read; never waits. The reader is at its end then, but for
 * E_MSG_NONE. Errors: those of efivar_process_take(). */
enum status loader_vars_take(struct efivar_process *reader, uint64_t now_ms,
			     struct loader_vars *ret, struct error *err);

/* Gives up what is under way. */
void loader_vars_end(struct efivar_process *reader);

/* A change: a new value, or "" to delete it. */
struct loader_change {
	enum loader_var var;
	char value[LOADER_VALUE_MAX];
};

/*
 * Carries them out, waiting for EFIVAR_WRITE_MS at most. *ret_done is how many
 * were, in their order, until one failed. Errors: those of efivar.h,
 * utf16_encode() and efivar_process.h.
 */
enum status loader_vars_change(const char *root,
			       const struct loader_change *changes,
			       uint32_t count, uint32_t *ret_done,
			       struct error *err);

#endif
