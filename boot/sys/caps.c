#include "sys/caps.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool set_own(uint64_t kept)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct sets[2] = { 0 };

	if (syscall(SYS_capget, &head, sets) != 0)
		return false;
	for (unsigned i = 0; i < 2; i++) {
		sets[i].permitted &= (uint32_t)(kept >> 32 * i);
		sets[i].effective = sets[i].permitted;
		sets[i].inheritable &= sets[i].permitted;
	}
	return syscall(SYS_capset, &head, sets) == 0;
}

bool caps_keep(uint64_t kept)
{
	for (int cap = 0, is_there;
	     (is_there = prctl(PR_CAPBSET_READ, cap)) >= 0; cap++)
		if (is_there && !(kept & CAP_BIT(cap)) &&
		    prctl(PR_CAPBSET_DROP, cap) != 0)
			return false;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && set_own(kept);
}
