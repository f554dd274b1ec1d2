#include "policy.h"

#include "config.h"

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

/* A shell and an edited command line are ways around a signature: where
 * signatures count, somebody has to ask for them. */
static bool is_allowed(enum policy_choice choice, const struct config *config)
{
	if (choice == CHOICE_DEFAULT)
		return config->policy.verify != VERIFY_ENFORCE;
	return choice == CHOICE_YES;
}

bool policy_shell_allowed(const struct config *config)
{
	return is_allowed(config->rescue_shell, config);
}

bool policy_editor_allowed(const struct config *config)
{
	return is_allowed(config->editor, config);
}

const char *policy_shell_locked(const struct config *config)
{
	if (policy_shell_allowed(config))
		return "";
	return config->rescue_shell == CHOICE_NO
		       ? "the configuration does not allow it (rescue-shell = "
			 "no)"
		       : "locked by verify = enforce, without rescue-shell = "
			 "yes";
}

const char *policy_editor_locked(const struct config *config)
{
	if (policy_editor_allowed(config))
		return "";
	return config->editor == CHOICE_NO
		       ? "the configuration does not allow it (editor = no)"
		       : "locked by verify = enforce, without editor = yes";
}

uint32_t policy_password_for(const struct config *config)
{
	return config->password[0] ? config->password_for : 0;
}
