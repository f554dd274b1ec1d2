/*
 * The bookkeeping of the manifest door: which row of a verified manifest comes
 * next. Only verify.c calls this; what others may do is in verify.h.
 */
#ifndef KEELBOOT_VERIFY_MANIFEST_H
#define KEELBOOT_VERIFY_MANIFEST_H

#include "verify.h"

/* Takes the next row: its role must be role and its digest sha256. name is for
 * messages. Errors: E_VERIFY_NOT_COVERED, E_VERIFY_DIGEST. */
MUST_USE enum status verified_manifest_take(struct verified_manifest *manifest,
					    enum manifest_role role,
					    const char *name,
					    const uint8_t sha256[static 32],
					    struct error *err);

#endif
