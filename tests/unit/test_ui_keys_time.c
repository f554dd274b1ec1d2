/*
 * What time makes of a terminal's bytes: a lone ESC, one that is taken back,
 * sequences and pastes without an end, answers that come late.
 */
#include "test.h"
#include "typing.h"

#include <stdio.h>

#define SEQ TYPING_SEQUENCE

static const struct typing_sequence late[] = {
	SEQ("[A", "up "),      SEQ("OB", "down "), SEQ("[24;80R", "24x80 "),
	SEQ("[6~", "pgdn "),   SEQ("[?1;2c", ""),  SEQ("]0;r\007", ""),
	SEQ("P>|r\033\\", ""),
};

/* What follows an ESC that was given as a key is the rest of a sequence, and
 * the ESC is taken back if it was not long ago. */
static void late_rest_takes_the_esc_back(void **state)
{
	char want[64];
	struct typing t;

	(void)state;
	for (size_t i = 0; i < 2 * test_count(late); i++) {
		const struct typing_sequence *s = &late[i / 2];
		struct typing_sequence full = { s->bytes, s->len, want };

		snprintf(want, sizeof(want), "esc %s%s", i % 2 ? "unesc " : "",
			 s->keys);
		typing_start(&t);
		typing_type(&t, span_of_text("\033"));
		typing_wait(&t, i % 2 ? KEYS_QUIET_MS - 1 : KEYS_QUIET_MS);
		typing_type(&t, span_of(s->bytes, s->len));
		typing_wait(&t, 10 * KEYS_QUIET_MS);
		typing_check(&t, &full, "late");
	}
}

/* Only what continues a sequence takes an ESC back: there is no Alt. */
static void other_keys_leave_the_esc(void **state)
{
	static const struct typing_sequence others[] = {
		SEQ("j", "esc j "),
		SEQ("\r", "esc enter "),
		SEQ("\033[A", "esc up "),
		SEQ("\033", "esc esc "),
		SEQ("5", "esc 5 "),
		SEQ("\xc3\xa9", "esc text:\xc3\xa9 "),
		SEQ("\b[A", "esc bs [ A "),
		SEQ("\xff[A", "esc [ A "),
	};
	static const uint64_t waits[] = { 0, KEYS_ESC_MS, 60000 };
	struct typing t;

	(void)state;
	for (size_t i = 0; i < 3 * test_count(others); i++) {
		typing_start(&t);
		typing_type(&t, span_of_text("\033"));
		typing_wait(&t, waits[i % 3]);
		typing_type(&t,
			    span_of(others[i / 3].bytes, others[i / 3].len));
		typing_wait(&t, 10 * KEYS_QUIET_MS);
		typing_check(&t, &others[i / 3], "with ESC before it");
	}
}

/* A key that a paste swallowed is not taken back. */
static void esc_in_a_paste_is_no_key(void **state)
{
	struct typing t;

	(void)state;
	typing_start(&t);
	typing_type(&t, span_of_text("\033[200~a\033"));
	typing_wait(&t, 1000);
	typing_type(&t, span_of_text("[201~b"));
	assert_string_equal(t.got, "paste:a b ");
	typing_start(&t);
	typing_type(&t, span_of_text("\033[200~a\033"));
	typing_wait(&t, KEYS_QUIET_MS);
	typing_type(&t, span_of_text("[Ab"));
	assert_string_equal(t.got, "paste:a [ A b ");
}

/* Answers to the questions about the size come when they like: between any two
 * bytes of another's keys they are not, as a terminal sends each whole. */
static void answers_are_no_keys(void **state)
{
	static const struct typing_sequence answers[] = {
		SEQ("\033[8;24;80t", "24x80 "),
		SEQ("\033[24;80R", "24x80 "),
		SEQ("\033[?62;1;6c", ""),
	};
	char want[64];
	struct typing t;

	(void)state;
	for (size_t i = 0; i < test_count(answers); i++) {
		const struct typing_sequence *s = &answers[i];
		struct typing_sequence full = { s->bytes, s->len, want };

		for (size_t at = 0; at <= s->len; at++) {
			snprintf(want, sizeof(want), "q %sup enter ", s->keys);
			typing_start(&t);
			typing_type(&t, span_of_text("q"));
			typing_type(&t, span_of(s->bytes, at));
			typing_wait(&t, KEYS_QUIET_MS - 1);
			typing_type(&t, span_of(s->bytes + at, s->len - at));
			typing_type(&t, span_of_text("\033[A\r"));
			typing_settle(&t);
			typing_check(&t, &full, "between keys");
		}
	}
}

static void lone_esc_takes_its_time(void **state)
{
	struct typing t;

	(void)state;
	typing_start(&t);
	typing_type(&t, span_of_text("\033"));
	assert_int_equal(keys_due(&t.keys, t.now), KEYS_ESC_MS);
	t.now += KEYS_ESC_MS - 1;
	keys_tick(&t.keys, t.now);
	typing_take(&t);
	assert_string_equal(t.got, "");
	assert_int_equal(keys_due(&t.keys, t.now), 1);
	t.now++;
	assert_int_equal(keys_due(&t.keys, t.now), 0);
	keys_tick(&t.keys, t.now);
	typing_take(&t);
	assert_string_equal(t.got, "esc ");
	assert_int_equal(keys_due(&t.keys, t.now), -1);
}

/* A caller that was busy and never ticked gets the same. */
static void feeding_ticks_too(void **state)
{
	struct typing t;

	(void)state;
	typing_start(&t);
	typing_type(&t, span_of_text("\033"));
	t.now += KEYS_ESC_MS;
	typing_type(&t, span_of_text("j"));
	assert_string_equal(t.got, "esc j ");
}

/* Whatever was opened by noise is given up, and then keys work again. */
static void every_open_sequence_is_given_up(void **state)
{
	static const char *const open[] = {
		"\033[",    "\033[1;",	   "\033O",	   "\033]0;",
		"\033P",    "\033]0;\033", "\033[[",	   "\033[M",
		"\033[Mab", "\033[200~",   "\033[200~abc", "\033[200~\033[",
	};
	struct typing t;

	(void)state;
	for (size_t i = 0; i < test_count(open); i++) {
		typing_start(&t);
		typing_type(&t, span_of_text(open[i]));
		assert_int_equal(keys_due(&t.keys, t.now), KEYS_QUIET_MS);
		typing_wait(&t, KEYS_QUIET_MS);
		t.got[0] = '\0';
		typing_type(&t, span_of_text("j\r"));
		assert_string_equal(t.got, "j enter ");
	}
}

static void break_flood_does_not_hold_an_esc_back(void **state)
{
	struct typing t;

	(void)state;
	typing_start(&t);
	typing_type(&t, span_of_text("\033"));
	for (unsigned i = 0; i < 20; i++) {
		typing_type(&t, span_of("\0", 1));
		typing_wait(&t, 10);
	}
	assert_string_equal(t.got, "esc ");
}

static void clock_may_stand_still_or_step_back(void **state)
{
	struct typing t;

	(void)state;
	typing_start(&t);
	typing_type(&t, span_of_text("\033"));
	t.now -= 500;
	assert_int_equal(keys_due(&t.keys, t.now), KEYS_ESC_MS);
	typing_type(&t, span_of_text("[A"));
	assert_string_equal(t.got, "up ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(late_rest_takes_the_esc_back),
		cmocka_unit_test(other_keys_leave_the_esc),
		cmocka_unit_test(esc_in_a_paste_is_no_key),
		cmocka_unit_test(answers_are_no_keys),
		cmocka_unit_test(lone_esc_takes_its_time),
		cmocka_unit_test(feeding_ticks_too),
		cmocka_unit_test(every_open_sequence_is_given_up),
		cmocka_unit_test(break_flood_does_not_hold_an_esc_back),
		cmocka_unit_test(clock_may_stand_still_or_step_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
