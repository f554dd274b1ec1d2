#include "policy.h"

const char *verify_mode_name(enum verify_mode mode)
{
	switch (mode) {
	case VERIFY_WARN:
		return "warn";
	case VERIFY_OFF:
		return "off";
	case VERIFY_ENFORCE:
		break;
	}
	return "enforce";
}
