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

/* Zeroed memory is a gate at which nobody has been. What was opened is for the
 * menu to remember, and to forget after the idle timeout; wrong ones stay
 * counted here. */
struct password_gate {
	uint32_t wait_s; /* after the last wrong one */
	uint64_t from_ms;
};

/* OK if typed is the password of the line stored (trust/password.h), and
 * nothing else lets anybody in; the caller wipes typed. now_ms never goes back.
 * E_PASSWORD_WAIT, and nothing is looked at, while the last wrong one is too
 * near; E_PASSWORD_WRONG with the time to wait in the sentence; errors of
 * password_check(), after which there is no wait. */
enum status password_gate_try(struct password_gate *gate, const char *stored,
			      struct span typed, uint64_t now_ms,
			      struct error *err);

#endif
