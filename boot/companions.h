/*
 * The files systemd-stub would hand on beside a UKI (UAPI.5; systemd-stub(7),
 * "Companion Files"): credentials, system and configuration extensions, addons.
 * None of them is covered by the UKI's signature, and a credential is as good
 * as a root password, so they are told and left out.
 */
#ifndef KEELBOOT_COMPANIONS_H
#define KEELBOOT_COMPANIONS_H

#include "base/text.h"
#include "sys/volume.h"

/* Names the companions in <uki>.extra.d, /loader/credentials and
 * /loader/addons into ret, separated by ", " and cut at its end; returns how
 * many there are. */
uint32_t companions_find(const struct volume *volume, const char *uki,
			 struct display *ret);

#endif
