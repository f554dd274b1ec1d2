/*
 * What the configuration allows: the words of keelboot.conf(5), and what they
 * come to together.
 */
#ifndef KEELBOOT_POLICY_H
#define KEELBOOT_POLICY_H

#include <stdbool.h>
#include <stdint.h>

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

/* What a password can be asked for. */
enum policy_gate {
	GATE_EDIT = 1,	/* a command line is edited */
	GATE_SHELL = 2, /* the rescue shell */
	GATE_LEAVE = 4, /* reboot, power off */
	GATE_BOOT = 8,	/* any entry but the one that boots by itself, and
			 * what makes another one do that */
	GATE_WRITE = 16 /* a default or one-shot is set, the log saved */
};

#define GATE_ALL (GATE_EDIT | GATE_SHELL | GATE_LEAVE | GATE_BOOT | GATE_WRITE)

const char *verify_mode_name(enum verify_mode mode);

/* Whether the menu may open a rescue shell, and whether it may let a command
 * line be edited. What the configuration says wins over the default. */
bool policy_shell_allowed(const struct config *config);
bool policy_editor_allowed(const struct config *config);

/* Why not, as a clause for people; "" if it is allowed. */
const char *policy_shell_locked(const struct config *config);
const char *policy_editor_locked(const struct config *config);

/* Bits of enum policy_gate for which a password has to be given; 0 where the
 * configuration has none. A password never opens what is locked. */
uint32_t policy_password_for(const struct config *config);

#endif
