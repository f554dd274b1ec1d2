/*
 * The files systemd-stub would hand on beside a UKI (UAPI.5; systemd-stub(7),
 * "Companion Files"; src/boot/stub.c): addons, credentials, system and
 * configuration extensions, in <uki>.extra.d (the UKI's name without a counter
 * of attempts), /loader/addons, /loader/credentials and /loader/extensions.
 *
 * Used by candidate*.c alone. Nothing is said here about what vouches for them,
 * and which of them the UKI's stub is old enough not to know: prepare.c does.
 */
#ifndef KEELBOOT_COMPANIONS_H
#define KEELBOOT_COMPANIONS_H

#include "candidate_parts.h"

/*
 * Adds the companions of the UKI with this path to found, by role and within a
 * role in the stub's order, bytewise by name. As there, names that begin with a
 * dot, are longer than 255 bytes or not ASCII do not count, and neither do
 * folders; a suffix may be in upper case.
 *
 * What cannot be opened, has such a name, or is too much for FOUND_FILES_MAX is
 * told in found->left_out.
 */
void companions_add(const struct candidate_look *look, const char *uki,
		    struct found *found);

#endif
