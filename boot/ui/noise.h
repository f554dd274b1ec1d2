/*
 * Tells a line that gives noise from one with a terminal at its end.
 *
 * A terminal in UTF-8 or ASCII, typed at, pasted into or answering, sends none
 * of these, so each of them weighs on the line:
 *   - a byte that belongs to no UTF-8 character, or a character cut short;
 *   - a control that means nothing here, unless it repeats the one before, as
 *     a held key does;
 *   - the end of a sequence that programs send to terminals and terminals do
 *     not send: a place (CSI 7;1 H), a mode (CSI ? 25 h), a question (CSI 6 n)
 *     weigh as much as noise needs: somebody echoes, or it is another
 *     machine's console. Erasing and colours (CSI K, CSI m), which are keys of
 *     a few old terminals, weigh half of that, unless repeated.
 * The weight sinks by NOISE_PER_S bytes a second, more than are typed on a
 * terminal of another character set, and is noise from NOISE_BYTES on. Of
 * random bytes about one in two weighs, so that a line of 9600 Baud is found
 * out after 20 of them on average, and hardly ever after more than 50; one that
 * gives seven bits only, after 120. NUL, XON and XOFF, which a line may give of
 * itself, must not be told.
 *
 * Noise ends with NOISE_SILENCE_MS without a byte: also plain text that comes
 * between two pieces of it is not typed by anybody.
 */
#ifndef KEELBOOT_UI_NOISE_H
#define KEELBOOT_UI_NOISE_H

#include <stdbool.h>
#include <stdint.h>

#define NOISE_BYTES	 8
#define NOISE_PER_S	 10
#define NOISE_SILENCE_MS 2000

struct noise {
	unsigned weight; /* thousandths of a byte */
	unsigned last;	 /* what weighed last, to know a held key */
	bool is_noise;
};

/* That much silence has passed. */
void noise_pass(struct noise *n, uint64_t ms);

/* A byte, or the bytes before it, were no UTF-8. */
void noise_add_byte(struct noise *n);

/* A control character that is no part of a sequence. */
void noise_add_control(struct noise *n, uint8_t byte);

/* A whole CSI sequence: its final byte, the first two parameters and how many
 * there were, and whether it had a byte like "?". */
void noise_add_sequence(struct noise *n, uint8_t final, const unsigned *params,
			unsigned count, bool is_private);

#endif
