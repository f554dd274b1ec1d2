/*
 * A boot that talks, from one that was made to be quiet.
 */
#ifndef KEELBOOT_VERBOSE_H
#define KEELBOOT_VERBOSE_H

#include "cmdline.h"

/*
 * Takes away what keeps a boot quiet or hides it behind a picture: quiet,
 * loglevel=, splash, rhgb, plymouth.…, vt.handoff=, systemd's show_status and
 * udev's log level, also those for the initrd alone. Then adds what makes the
 * kernel and systemd talk, and keeps plymouth, which takes the console, away;
 * initrds without systemd (Alpine's, Debian's) and OpenRC talk once `quiet` is
 * gone. A `debug` or `ignore_loglevel` says more than the added level would, so
 * then none is. Errors: E_CMDLINE_TOO_LONG.
 */
MUST_USE enum status verbose_apply(struct cmdline *line, struct error *err);

#endif
