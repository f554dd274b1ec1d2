#include "ui/noise.h"

#include <string.h>

#define ONE_BYTE 1000
#define ENOUGH	 (NOISE_BYTES * ONE_BYTE)
#define HALF	 (5 * ONE_BYTE) /* of two in a row a little has sunk already */

/* The greatest number that says which of Shift, Alt and Ctrl were held. */
#define MODIFIER_MAX 16

void noise_pass(struct noise *n, uint64_t ms)
{
	const uint64_t sunk = ms * NOISE_PER_S * ONE_BYTE / 1000;

	if (ms >= NOISE_SILENCE_MS)
		*n = (struct noise){ .is_noise = false };
	else
		n->weight -= sunk < n->weight ? (unsigned)sunk : n->weight;
}

static void add(struct noise *n, unsigned weight)
{
	n->weight += weight;
	if (n->weight >= ENOUGH) {
		n->weight = ENOUGH;
		n->is_noise = true;
	}
}

static void add_unless_held(struct noise *n, unsigned weight, unsigned what)
{
	if (n->last != what)
		add(n, weight);
	n->last = what;
}

void noise_add_byte(struct noise *n)
{
	add(n, ONE_BYTE);
}

void noise_add_control(struct noise *n, uint8_t byte)
{
	/* Ctrl-G N O P R T V X \ ] ^; the others are keys, or Ctrl-C */
	if (byte && strchr("\a\016\017\020\022\024\026\030\034\035\036", byte))
		add_unless_held(n, ONE_BYTE, byte);
}

/* A key has no parameter, or its modifiers, or 1 and its modifiers. */
static bool is_place(const unsigned *params, unsigned count)
{
	if (count == 2)
		return params[0] > 1 || params[1] > MODIFIER_MAX;
	return count == 1 && params[0] > MODIFIER_MAX;
}

static bool is_question(uint8_t final, const unsigned *params, unsigned count)
{
	if (final == 'n')
		return params[0] == 5 || params[0] == 6;
	return final == 't' && count == 1 && params[0] > 10;
}

void noise_add_sequence(struct noise *n, uint8_t final, const unsigned *params,
			unsigned count, bool is_private)
{
	bool is_mode = strchr("hlr", final) && (count || is_private);

	if (is_mode || is_question(final, params, count))
		add(n, ENOUGH);
	else if (is_private)
		return;
	else if (strchr("ABCDGHdf", final) && is_place(params, count))
		add(n, ENOUGH);
	else if (strchr("JKhlmr", final))
		add_unless_held(n, HALF, final | 0x100U);
}
