/*
 * What the configuration allows: the words of keelboot.conf(5), and what they
 * come to together.
 */
#ifndef KEELBOOT_POLICY_H
#define KEELBOOT_POLICY_H

#include <stdbool.h>

struct config;

enum verify_mode {
	VERIFY_ENFORCE = 0, /* zeroed memory is the strict one */
	VERIFY_WARN,
	VERIFY_OFF,
};

struct policy {
	enum verify_mode verify;
	bool verify_dates; /* certificates count only within their dates */
};

/* A key whose default goes by `verify`: no under enforce, else yes. */
enum policy_choice { CHOICE_DEFAULT = 0, CHOICE_NO, CHOICE_YES };

const char *verify_mode_name(enum verify_mode mode);

/* Whether the menu may open a rescue shell, and whether it may let a command
 * line be edited. What the configuration says wins over the default. */
bool policy_shell_allowed(const struct config *config);
bool policy_editor_allowed(const struct config *config);

/* Why not, as a clause for people; "" if it is allowed. */
const char *policy_shell_locked(const struct config *config);
const char *policy_editor_locked(const struct config *config);

#endif
