/*
 * Bytes of a terminal -> keys: every sequence in one piece, split at every
 * place and delayed; unknown and broken ones.
 */
#include "test.h"
#include "typing.h"

#define SEQ TYPING_SEQUENCE

/* Each stands alone and is followed by silence. */
static const struct typing_sequence sequences[] = {
	SEQ("a", "a "),
	SEQ(" ", "  "),
	SEQ("~", "~ "),
	SEQ("\t", "tab "),
	SEQ("\b", "bs "),
	SEQ("\x7f", "bs "),
	SEQ("\x0c", "^L "),
	SEQ("\x03", "^C "),
	/* one Enter, whatever ends the line */
	SEQ("\r", "enter "),
	SEQ("\n", "enter "),
	SEQ("\r\n", "enter "),
	SEQ("\r\0\n", "enter "),
	SEQ("\r\r", "enter enter "),
	SEQ("\n\n", "enter enter "),
	SEQ("\r\n\n", "enter enter "),
	SEQ("\r\n\r\n", "enter enter "),
	SEQ("\ra\n", "enter a enter "),
	/* BREAK and flow control are not keys */
	SEQ("\0", ""),
	SEQ("a\0b", "a b "),
	SEQ("\x11\x13", ""),
	SEQ("\033", "esc "),
	SEQ("\033\033", "esc esc "),
	SEQ("\033a", "esc a "),
	SEQ("\033\r", "esc enter "),
	SEQ("\0\033\0[\0A", "up "),
	/* CSI */
	SEQ("\033[A", "up "),
	SEQ("\033[B", "down "),
	SEQ("\033[C", "right "),
	SEQ("\033[D", "left "),
	SEQ("\033[F", "end "),
	SEQ("\033[H", "home "),
	SEQ("\033[1~", "home "),
	SEQ("\033[7~", "home "),
	SEQ("\033[4~", "end "),
	SEQ("\033[8~", "end "),
	SEQ("\033[3~", "delete "),
	SEQ("\033[5~", "pgup "),
	SEQ("\033[6~", "pgdn "),
	SEQ("\033[1;5A", "up "),
	SEQ("\033[6;2~", "pgdn "),
	SEQ("\033[A\033[B", "up down "),
	SEQ("\033[1;2C", "right "),
	SEQ("\033[1;5C\033[1;3C\033[1;7C", "word-right word-right word-right "),
	SEQ("\033[1;5D\033[1;3D\033[1;6D", "word-left word-left word-left "),
	SEQ("\033[5C\033[5D\033O5C\033O1;5D",
	    "word-right word-left word-right word-left "),
	SEQ("\033Oc\033Od", "word-right word-left "),
	SEQ("\033[2C\033[1C\033[0D\033[;D", "right right left left "),
	SEQ("\033[1;5H", "home "),
	SEQ("\033\033[A", "esc up "),
	/* keys without a meaning stop a countdown, so they are keys */
	SEQ("\033[2~", "other "),
	SEQ("\033[15~", "other "),
	SEQ("\033[1;2P", "other "),
	SEQ("\033[R", "other "),
	SEQ("\033[1;5R", "other "),
	SEQ("\033[1;16R", "other "),
	SEQ("\033[Z", "other "),
	SEQ("\033[13;2u", "other "),
	SEQ("\033[27;2;13~", "other "),
	SEQ("\033[[A", "other "),
	SEQ("\033[[Ex", "other x "),
	/* characters, and what only looks like one */
	SEQ("\xc3\xa9", "text:\xc3\xa9 "),
	SEQ("\xe4\xb8\xad", "text:\xe4\xb8\xad "),
	SEQ("\xf0\x9f\x98\x80", "text:\xf0\x9f\x98\x80 "),
	SEQ("\xc2\xa0", "text:\xc2\xa0 "),
	SEQ("\xdf\xbf", "text:\xdf\xbf "),
	SEQ("\xe0\xa0\x80", "text:\xe0\xa0\x80 "),
	SEQ("\xed\x9f\xbf", "text:\xed\x9f\xbf "),
	SEQ("\xee\x80\x80", "text:\xee\x80\x80 "),
	SEQ("\xf0\x90\x80\x80", "text:\xf0\x90\x80\x80 "),
	SEQ("\xf4\x8f\xbf\xbf", "text:\xf4\x8f\xbf\xbf "),
	SEQ("\xc2\x80\xc2\x9b"
	    "1\xc2\x9f",
	    "1 "),
	SEQ("\xc1\xbf\xe0\x9f\xbf\xed\xa0\x80\xf0\x8f\xbf\xbf", ""),
	SEQ("\xf4\x90\x80\x80\xf5\x80\x80\x80\xf8\x88\x80\x80\x80", ""),
	SEQ("\xe4\xb8\xc3\xa9", "text:\xc3\xa9 "),
	SEQ("\033\xc3\xa9", "esc text:\xc3\xa9 "),
	/* SS3 */
	SEQ("\033OA", "up "),
	SEQ("\033OB", "down "),
	SEQ("\033OC", "right "),
	SEQ("\033OD", "left "),
	SEQ("\033OF", "end "),
	SEQ("\033OH", "home "),
	SEQ("\033OM", "enter "),
	SEQ("\033Op", "0 "),
	SEQ("\033Oy", "9 "),
	SEQ("\033OP", "other "),
	SEQ("\033OS", "other "),
	SEQ("\033O1;5A", "up "),
	/* answers: sizes are told, the rest is swallowed */
	SEQ("\033[24;80R", "24x80 "),
	SEQ("\033[8;43;132t", "43x132 "),
	SEQ("\033[999999;80R", "9999x80 "),
	SEQ("\033[;80R", ""),
	SEQ("\033[1;80R", ""),
	SEQ("\033[4;600;800t", ""),
	SEQ("\033[?1;2c", ""),
	SEQ("\033[>0;276;0c", ""),
	SEQ("\033[0n", ""),
	SEQ("\033[?2004;2$y", ""),
	SEQ("\033[?24;80R", ""),
	SEQ("\033[I\033[O", ""),
	SEQ("\033[<0;10;10M\033[<0;10;10m", ""),
	SEQ("\033[M qr", ""),
	SEQ("\033[1;2;3;4;5;6;7A", ""),
	SEQ("\033[38:2:1A", ""),
	SEQ("\033P>|term 1.0\033\\x", "x "),
	SEQ("\033]10;rgb:ff/ff/ff\007y", "y "),
	SEQ("\033]10;rgb:ff/ff/ff\033\\y", "y "),
	SEQ("\033_q\033\\\033^r\033\\\033Xs\033\\", ""),
	/* in a paste there is text and nothing else */
	SEQ("\033[200~r\r\nq\ty\r\033[201~a",
	    "paste:r paste:  paste:q paste:  paste:y paste:  a "),
	SEQ("\033[200~\033[A\033OB\033OM\033Op\033[24;80R\003\b\033[201~a",
	    "a "),
	SEQ("\033[200~\xc3\xa9\033\033x\xff\033[201~",
	    "paste:\xc3\xa9 paste:x "),
	SEQ("\033[201~a", "a "),
	/* broken: a control ends a sequence and counts */
	SEQ("\033[1\r", "enter "),
	SEQ("\033[\033[A", "up "),
	SEQ("\033O\r", "enter "),
	SEQ("\033O\033OA", "up "),
	SEQ("\033]0;title\r", "enter "),
	SEQ("\033]0;title\033[A", "up "),
	SEQ("\033[\xff\xfe"
	    "A",
	    "up "),
	SEQ("\033[1\x7f", "bs "),
	/* noise beyond ASCII is not a key */
	SEQ("\xff\xfe\x80\xbf", ""),
	SEQ("\xc3", ""),
	SEQ("\xc3\xc3\xa9", "text:\xc3\xa9 "),
	SEQ("\xe4\xb8q\xad", "q "),
	SEQ("\xc0\xaf", ""),
};

static void every_sequence_in_one_piece(void **state)
{
	struct typing t;

	(void)state;
	for (size_t i = 0; i < test_count(sequences); i++) {
		typing_start(&t);
		typing_type(&t, span_of(sequences[i].bytes, sequences[i].len));
		typing_wait(&t, 10 * KEYS_QUIET_MS);
		typing_check(&t, &sequences[i], "in one piece");
		assert_int_equal(keys_due(&t.keys, t.now), -1);
	}
}

/* A line may hold any piece back for less than the time of an ESC, ... */
static void every_sequence_split_anywhere(void **state)
{
	struct typing t;

	(void)state;
	for (size_t i = 0; i < test_count(sequences); i++) {
		struct span all = span_of(sequences[i].bytes, sequences[i].len);

		for (size_t at = 0; at <= all.len; at++) {
			typing_start(&t);
			typing_type(&t, span_slice(all, 0, at));
			typing_wait(&t, KEYS_ESC_MS - 1);
			typing_type(&t, span_slice(all, at, all.len - at));
			typing_wait(&t, 10 * KEYS_QUIET_MS);
			typing_check(&t, &sequences[i], "split");
		}
	}
}

/* ... and every one of them. BREAK does not count as a byte, so that the two
 * bytes around one come within that time as well. */
static void every_sequence_byte_by_byte(void **state)
{
	struct typing t;

	(void)state;
	for (size_t i = 0; i < test_count(sequences); i++) {
		typing_start(&t);
		for (size_t at = 0; at < sequences[i].len; at++) {
			typing_type(&t, span_of(sequences[i].bytes + at, 1));
			typing_wait(&t, KEYS_ESC_MS / 2 - 1);
		}
		typing_wait(&t, 10 * KEYS_QUIET_MS);
		typing_check(&t, &sequences[i], "byte by byte");
	}
}

/* Held back for longer, but less than 5 s, a sequence costs an ESC that is
 * taken back. Every byte but one in the middle of BREAKs comes so late. */
static void every_sequence_slowly(void **state)
{
	static const uint64_t waits[] = { KEYS_ESC_MS, KEYS_ESC_MS + 1, 1000,
					  KEYS_QUIET_MS / 2 - 1 };
	struct typing t;

	(void)state;
	for (size_t i = 0; i < test_count(sequences); i++) {
		for (size_t w = 0; w < test_count(waits); w++) {
			typing_start(&t);
			for (size_t at = 0; at < sequences[i].len; at++) {
				typing_type(&t, span_of(sequences[i].bytes + at,
							1));
				typing_wait(&t, waits[w]);
			}
			typing_wait(&t, 10 * KEYS_QUIET_MS);
			typing_settle(&t);
			typing_check(&t, &sequences[i], "slowly");
		}
	}
}

static void no_byte_gives_more_than_two_keys(void **state)
{
	uint64_t seed = 7, now = 0;
	struct keys keys;
	struct key key;

	(void)state;
	keys_init(&keys);
	for (unsigned i = 0; i < 2000000; i++) {
		uint64_t random = test_random(&seed);
		unsigned count = 0;

		now += random >> 32 & 1 ? random >> 40 & 255 : 0;
		/* half of it from the bytes sequences are made of */
		keys_feed(
			&keys,
			random >> 33 & 1
				? (uint8_t) "\033[O;0129~AMRtP\\\r"[random % 17]
				: (uint8_t)random,
			now);
		while (keys_take(&keys, &key))
			count++;
		assert_in_range(count, 0, 2);
		assert_true(keys_due(&keys, now) >= -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sequence_in_one_piece),
		cmocka_unit_test(every_sequence_split_anywhere),
		cmocka_unit_test(every_sequence_byte_by_byte),
		cmocka_unit_test(every_sequence_slowly),
		cmocka_unit_test(no_byte_gives_more_than_two_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
