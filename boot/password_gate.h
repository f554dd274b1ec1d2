/*
 * What stands between a password that is typed and what it opens: after a wrong
 * one, the next is only looked at after a second, then two, four, up to a
 * minute. Pure but for the arithmetic of the check; it is told the time.
 *
 * One gate for all consoles. It is the menu's: when the menu starts again,
 * after a crash or with the machine, the waiting begins anew.
 */
#ifndef KEELBOOT_PASSWORD_GATE_H
#define KEELBOOT_PASSWORD_GATE_H

#include "base/error.h"

#define PASSWORD_WAIT_MAX_S 60

/* Zeroed memory is a gate that is closed, and at which nobody has been. */
struct password_gate {
	bool is_open;
	uint32_t wait_s; /* after the last wrong one */
	uint64_t from_ms;
};

/* Opens the gate if typed is the password of the line stored
 * (trust/password.h); the caller wipes typed. now_ms never goes back.
 * E_PASSWORD_WAIT, and nothing is looked at, while the last wrong one is too
 * near; E_PASSWORD_WRONG with the time to wait in the sentence; errors of
 * password_check(), after which there is no wait. Nothing but OK leaves it
 * open. */
enum status password_gate_try(struct password_gate *gate, const char *stored,
			      struct span typed, uint64_t now_ms,
			      struct error *err);

/* Closes it, when nobody has been there for the idle timeout. Wrong ones stay
 * counted. */
void password_gate_close(struct password_gate *gate);

#endif
