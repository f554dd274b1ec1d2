/*
 * load_request -> what the next kernel gets, piece by piece, each with where it
 * comes from: systemd-stub's rules (src/boot/stub.c), by the version of the
 * stub that the UKI was built with, because the same UKI must come up the same
 * way under it. A stub that is not systemd's, or does not say so, has no such
 * promise: companions and addons are taken as by the newest, and the sections
 * .pcrsig, .pcrpkey, .osrel and .profile, which say what systemd-stub measured,
 * are not passed on.
 */
#ifndef KEELBOOT_LOAD_PLAN_H
#define KEELBOOT_LOAD_PLAN_H

#include "cmdline.h"
#include "initrd.h"
#include "load_request.h"

/* First versions of the stub that know something. */
#define STUB_ADDONS	       254 /* of command lines */
#define STUB_SMBIOS	       254
#define STUB_ADDON_DEVICETREES 255
#define STUB_ADDON_INITRDS     256 /* and .ucode */
#define STUB_CONFEXTS	       257
#define STUB_GLOBAL_EXTENSIONS 258

/* Whether the stub of the request's image knows what came with a version; true
 * for an unknown stub and where there is no UKI. */
bool load_stub_knows(const struct load_request *request, uint32_t since);

/* E_LOAD_PROFILE if the image has no such profile. */
MUST_USE enum status load_check_profile(const struct load_request *request,
					struct error *err);

/* The command line: the entry's options or else the UKI's .cmdline, the addons'
 * in their order, what the firmware adds, what the configuration appends and
 * makes of consoles (console_hand_on.h), what makes it talk (verbose.h). An
 * edited one takes the place of all that. Errors: those of cmdline_add(). */
MUST_USE enum status load_plan_cmdline(const struct load_request *request,
				       struct cmdline *ret, struct error *err);

/*
 * The initrd pieces in order. *ret points into the request's images; the caller
 * drops it.
 *
 * - .ucode of addons, last first; the UKI's .ucode
 * - the entry's initrds, archives of what its `extra` names
 * - the UKI's .initrd, or what a thin UKI names
 * - archives of companions: credentials, global ones, system extensions, global
 *   ones, configuration extensions, global ones
 * - .pcrsig, .pcrpkey, .osrel, .profile, each as an archive
 * - .initrd of addons
 * - keelboot's own: what the booted system is told (format/handover.h), the log
 *   so far, and for initrds with systemd a file of tmpfiles.d(5) that keeps
 *   them
 *
 * Errors: E_LOAD_PROFILE, E_NO_MEMORY, E_INITRD_TOO_LARGE, E_CPIO_….
 */
MUST_USE enum status load_plan_initrd(const struct load_request *request,
				      struct initrd_plan *ret,
				      struct error *err);

#endif
