/*
 * What this program vouches with: the keyring compiled into it, narrowed by
 * what the machine's firmware and signed lists on its disks have revoked, and
 * the policy it is used under.
 */
#ifndef KEELBOOT_AUTHORITY_H
#define KEELBOOT_AUTHORITY_H

#include "scan.h"
#include "verify.h"

struct authority {
	bool on_machine;
	struct keyring keyring;
	struct verify_context verify; /* refers to keyring */
};

/*
 * on_machine: narrow by the firmware's dbx and SbatLevelRT, too, when it comes
 * to a boot. *ret must stay where it is. Without a usable keyring everything is
 * refused that asks for one, so nothing is lost but the boot: an error is for
 * the log.
 *
 * Errors: E_KEYRING_TABLE_…, E_NO_MEMORY.
 */
enum status authority_open(struct authority *ret, const struct policy *policy,
			   bool on_machine, struct error *err);

/*
 * Narrows by what the firmware revokes (each time, for efivarfs may come late),
 * and reads the lists of revocations that scan has found since the last call,
 * and narrows the keyring by those that a manifest key has signed. To be called
 * before each boot, and before anything else is verified. A list that does not
 * hold is a line in the log: whoever can spoil it could as well delete it.
 */
void authority_narrow(struct authority *authority, struct scan *scan);

void authority_close(struct authority *authority);
#define _close_authority_ __attribute__((cleanup(authority_close)))

#endif
