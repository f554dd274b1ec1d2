#include "init.h"

#include <sys/wait.h>

static enum init_step count_crash(struct init_crashes *crashes, uint64_t now)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < crashes->count; i++)
		if (now - crashes->at_ms[i] < INIT_CRASH_WINDOW_MS)
			crashes->at_ms[kept++] = crashes->at_ms[i];
	crashes->at_ms[kept++] = now;
	crashes->count = kept;
	if (kept < INIT_CRASHES_MAX)
		return INIT_MENU_CRASHED;
	crashes->count = 0;
	return INIT_END;
}

enum init_step init_decide(struct init_crashes *crashes, uint64_t now,
			   int status)
{
	if (!WIFEXITED(status))
		return count_crash(crashes, now);
	switch (WEXITSTATUS(status)) {
	case INIT_EXIT_RESTART:
		return INIT_MENU_AGAIN;
	case INIT_EXIT_REBOOT:
		return INIT_REBOOT;
	case INIT_EXIT_POWER_OFF:
		return INIT_POWER_OFF;
	case INIT_EXIT_SHELL:
		return INIT_SHELL;
	default:
		return count_crash(crashes, now);
	}
}
