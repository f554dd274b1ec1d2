/*
 * The capabilities of a process (capabilities(7)): who talks to a network keeps
 * the few that need takes, for good.
 */
#ifndef KEELBOOT_SYS_CAPS_H
#define KEELBOOT_SYS_CAPS_H

#include "base/span.h"

#include <linux/capability.h>

#define CAP_BIT(cap) (UINT64_C(1) << (cap))

/*
 * This process and whatever it starts have none but kept (bits of CAP_BIT())
 * from here on, root or not, and no file gives it others. To take more from a
 * child later, keep CAP_SETPCAP. False with errno.
 */
MUST_USE bool caps_keep(uint64_t kept);

#endif
