#include "password_gate.h"

#include "trust/password.h"

static uint64_t left_ms(const struct password_gate *gate, uint64_t now_ms)
{
	return gate->from_ms > now_ms ? gate->from_ms - now_ms : 0;
}

static enum status refuse(struct password_gate *gate, uint64_t now_ms,
			  struct error *err)
{
	gate->wait_s = gate->wait_s ? 2 * gate->wait_s : 1;
	if (gate->wait_s > PASSWORD_WAIT_MAX_S)
		gate->wait_s = PASSWORD_WAIT_MAX_S;
	gate->from_ms = now_ms + gate->wait_s * 1000ULL;
	return fail(err, E_PASSWORD_WRONG,
		    "wrong password; the next one is looked at in %u s",
		    gate->wait_s);
}

enum status password_gate_try(struct password_gate *gate, const char *stored,
			      struct span typed, uint64_t now_ms,
			      struct error *err)
{
	uint64_t left = left_ms(gate, now_ms);
	enum status s;
	bool is_right;

	if (left)
		return fail(err, E_PASSWORD_WAIT,
			    "after a wrong password the next one is looked at "
			    "in %llu s",
			    (unsigned long long)(left + 999) / 1000);
	s = password_check(stored, typed, &is_right, err);
	if (s != OK)
		return s;
	if (!is_right)
		return refuse(gate, now_ms, err);
	*gate = (struct password_gate){ .wait_s = 0 };
	return OK;
}
