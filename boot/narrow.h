/*
 * What a firmware revokes besides the keyring that is built in: its variables
 * dbx (UEFI 2.10, 32.6.1) and SbatLevelRT (shim's SBAT.md), read through
 * efivarfs. Nothing in them can make anything trusted.
 *
 * A variable counts only if no program of the machine could simply have made
 * it: dbx has to be an authenticated one, SbatLevelRT a volatile one, which
 * only lasts from shim's run to the next reset. Else whoever was root once
 * could keep the machine from ever booting again.
 */
#ifndef KEELBOOT_NARROW_H
#define KEELBOOT_NARROW_H

#include "trust/keyring.h"

/*
 * Adds what is in the variables below efivars, a directory like efivarfs; one
 * that is not there revokes nothing. May be called again, e.g. when efivarfs
 * has been mounted only now: what the keyring has is not added again.
 *
 * A variable that cannot be read or honoured never stops a boot, which would
 * go on without it if it did not exist: what could be read of it counts, the
 * rest is an error in the log, and the first such error is returned to be shown
 * to the operator. So it is with a firmware that does not answer: a process
 * of its own reads, and is given up after EFIVAR_READ_MS for all of them; what
 * it has read by then counts. ret_added, which may be NULL, is the number of
 * new revocations, also then.
 *
 * Errors: E_NARROW_ATTRIBUTES, E_NO_MEMORY, those of efivar_read(), of a
 * process that reads (efivar_process.h), of blob_begin(), blob_append() and
 * blob_adopt(), and of keyring_narrow().
 */
MUST_USE enum status narrow_by_firmware(struct keyring *keyring,
					const char *efivars,
					uint32_t *ret_added, struct error *err);

#endif
