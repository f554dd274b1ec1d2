/*
 * Noise and what is none: random bytes, a wrong speed, an echo of our own
 * screen are found out soon; nothing that is typed, pasted or answered ever is.
 */
#include "test.h"
#include "typing.h"
#include "ui/screen.h"

/* Milliseconds that a byte takes at 9600 and at 1200 Baud. */
#define AT_9600 1
#define AT_1200 8

static struct keys keys;
static uint64_t now;

static void start(void)
{
	keys_init(&keys);
	now = 100000;
}

/* Bytes at so many milliseconds each; how many it took to be noise, or all of
 * them. */
static size_t feed(struct span bytes, uint64_t ms)
{
	struct key key;

	for (size_t i = 0; i < bytes.len; i++) {
		keys_feed(&keys, bytes.ptr[i], now);
		while (keys_take(&keys, &key))
			;
		if (keys_is_noise(&keys))
			return i + 1;
		now += ms;
	}
	return bytes.len;
}

static void feed_text(const char *bytes, uint64_t ms)
{
	feed(span_of_text(bytes), ms);
}

/* --- noise --------------------------------------------------------------- */

static uint8_t garble(uint64_t random)
{
	return (uint8_t)random;
}

/* Seven bits, as of a line with a wrong parity. */
static uint8_t garble7(uint64_t random)
{
	return random & 0x7f;
}

/* What a receiver that is too fast makes of a terminal's bytes. */
static uint8_t garble_slow_sender(uint64_t random)
{
	static const uint8_t some[] = { 0x00, 0x80, 0xff, 0xfe, 0xf8,
					0xe0, 0xc0, 0xf0, 0x78, 0x00 };

	return some[random % sizeof(some)];
}

static void random_bytes_are_noise(void **state)
{
	static const struct {
		uint8_t (*garble)(uint64_t random);
		uint64_t ms;
		size_t most, mean;
	} lines[] = {
		{ garble, 0, 64, 20 },
		{ garble, AT_9600, 64, 21 },
		{ garble, AT_1200, 96, 30 },
		{ garble_slow_sender, 0, 64, 14 },
		{ garble_slow_sender, AT_9600, 64, 16 },
		{ garble_slow_sender, AT_1200, 96, 20 },
		{ garble7, AT_9600, 600, 200 },
	};
	uint64_t seed = 11;

	(void)state;
	for (size_t i = 0; i < test_count(lines); i++) {
		size_t sum = 0;

		for (unsigned round = 0; round < 2000; round++) {
			uint8_t bytes[600];
			size_t took;

			for (size_t at = 0; at < sizeof(bytes); at++)
				bytes[at] = lines[i].garble(
					test_random(&seed) >> 24);
			start();
			took = feed(span_of(bytes, lines[i].most), lines[i].ms);
			if (!keys_is_noise(&keys))
				fail_msg("line %zu, round %u: no noise after "
					 "%zu bytes",
					 i, round, took);
			sum += took;
		}
		assert_in_range(sum / 2000, 2, lines[i].mean);
	}
}

/* Noise that goes on is noise to its end, whatever is in it. */
static void ten_megabytes_are_noise_throughout(void **state)
{
	uint64_t seed = 5;

	(void)state;
	start();
	for (size_t i = 0; i < 10 << 20; i++) {
		struct key key;

		keys_feed(&keys, (uint8_t)(test_random(&seed) >> 16), now);
		while (keys_take(&keys, &key))
			;
		if (i >= 64)
			assert_true(keys_is_noise(&keys));
		now += i % 960 == 0;
	}
}

/* Our own bytes come back, from the first question on, or from a later time. */
static void an_echo_is_noise(void **state)
{
	static struct screen screen;
	char buf[4096];
	struct text out = text_over(buf, sizeof(buf));

	(void)state;
	screen_init(&screen, SCREEN_VT);
	screen_ask_size(&screen, &out);
	start();
	assert_in_range(feed(span_of(out.buf, out.len), AT_9600), 1, 8);
	assert_true(keys_is_noise(&keys));

	for (unsigned row = 0; row < screen.rows; row++)
		screen_put(&screen, row, row % 4, 70, ATTR_REVERSE,
			   "1 Debian GNU/Linux 12 (bookworm)");
	out = text_over(buf, sizeof(buf));
	screen_flush(&screen, &out);
	start();
	feed(span_of(out.buf, out.len), AT_9600);
	assert_true(keys_is_noise(&keys));

	/* a countdown that ticks */
	start();
	feed_text("\033[22;47H9", AT_9600);
	assert_true(keys_is_noise(&keys));
}

/* Another machine's console: a kernel's messages are plain text and cannot be
 * told from a paste; a login, an editor or a menu can. */
static void a_host_is_noise(void **state)
{
	static const char *const sent[] = {
		"\033[2J\033[1;1H\033[m",
		"\033[?25h",
		"\033[0m\033[K",
		"\033[01;32mroot@host\033[00m:\033[K",
		"\033[6n",
		"\033[18t",
		"\033[1;24r",
		"\033[40C",
	};

	(void)state;
	for (size_t i = 0; i < test_count(sent); i++) {
		start();
		feed_text(sent[i], AT_9600);
		if (!keys_is_noise(&keys))
			fail_msg("\"%s\" is no noise", sent[i] + 1);
	}
}

/* --- no noise ------------------------------------------------------------ */

static void assert_quiet(const char *what)
{
	if (keys_is_noise(&keys))
		fail_msg("%s is noise", what);
}

/* Everything a keyboard gives, as fast as a line can, and held down. */
static void keys_are_no_noise(void **state)
{
	static const char *const sent[] = {
		"\033[A", "\033[B", "\033[H",	  "\033[F",    "\033[5~",
		"\033OP", "\033[P", "\033[15~",	  "\033[[A",   "\033[1;5C",
		"\033Op", "\033[Z", "\033[1;5R",  "\033[1;6H", "\033[24;8~",
		"\033[K", "\033[m", "\033[M",	  "\033[J",    "\033[r",
		"\033[I", "\033x",  "\033\033[D", "\xc3\xa9",
	};

	(void)state;
	for (size_t i = 0; i < test_count(sent); i++) {
		start();
		for (unsigned held = 0; held < 100; held++)
			feed_text(sent[i], AT_9600);
		assert_quiet(sent[i]);
	}
	start();
	for (unsigned byte = 1; byte < 0x80; byte++) {
		uint8_t held[100];

		memset(held, (int)byte, sizeof(held));
		feed(span_of(held, sizeof(held)), AT_9600);
		feed_text("\030", AT_9600);
		assert_quiet("a held key");
		now += 1000;
	}
}

/* Someone tries every control, ten a second, without a pause. */
static void every_control_by_hand_is_no_noise(void **state)
{
	(void)state;
	start();
	for (unsigned i = 0; i < 2000; i++) {
		uint8_t byte = (uint8_t)(i * 7 % 32);

		feed(span_of(&byte, 1), 100);
		assert_quiet("a control");
	}
}

/* All of Unicode in one go. */
static void pastes_are_no_noise(void **state)
{
	char buf[8];

	(void)state;
	start();
	for (uint32_t point = 0x20; point < 0x110000; point++) {
		struct text out = text_over(buf, sizeof(buf));

		if (point >= 0xd800 && point < 0xe000)
			continue;
		text_add_point(&out, point);
		feed(span_of(out.buf, out.len), 0);
		if (keys_is_noise(&keys))
			fail_msg("U+%04X is noise", point);
	}
	start();
	for (unsigned i = 0; i < 1000; i++)
		feed_text("\033[200~quiet\tsplash\r\nr\xc3\xa9sum\xc3\xa9\n"
			  "\033[201~if (x)\r\n\t\xe2\x82\xac\f",
			  0);
	assert_quiet("a paste");
}

/* A terminal of another character set: nothing but bad bytes, typed fast; and
 * text with the accents of Latin-1. */
static void other_character_sets_are_no_noise(void **state)
{
	(void)state;
	start();
	for (unsigned i = 0; i < 1000; i++) {
		uint8_t byte = (uint8_t)(0xc0 + i % 0x40);

		feed(span_of(&byte, 1), 100);
		assert_quiet("KOI8-R");
	}
	start();
	for (unsigned i = 0; i < 1000; i++)
		feed_text("d\xe9j\xe0 vu", 30);
	assert_quiet("Latin-1");
}

static void answers_are_no_noise(void **state)
{
	static const char *const answers[] = {
		"\033[8;24;80t",
		"\033[24;80R",
		"\033[1;80R",
		"\033[?1;2c",
		"\033[?62;1;6c",
		"\033[>0;276;0c",
		"\033[0n",
		"\033[3n",
		"\033[?13n",
		"\033[?2004;2$y",
		"\033[4;600;800t",
		"\033[6;20;10t",
		"\033[1t",
		"\033[9;50;200t",
		"\033[I\033[O",
		"\033[<0;10;10M\033[<0;10;10m",
		"\033[M \xff\xfe",
		"\033P>|xterm(380)\033\\",
		"\033]10;rgb:ff/ff/ff\007",
		"\033]0;\xc3\xa9\033\\",
	};
	uint64_t seed = 3;

	(void)state;
	start();
	for (unsigned i = 0; i < 20000; i++) {
		const char *answer =
			answers[test_random(&seed) % test_count(answers)];

		feed_text(answer, 0);
		assert_quiet(answer);
	}
}

/* What a line gives of itself: BREAK, flow control, a telnet NOP each second
 * that nobody took out. */
static void idle_lines_are_no_noise(void **state)
{
	uint8_t zeros[1000] = { 0 };

	(void)state;
	start();
	feed(span_of(zeros, sizeof(zeros)), 0);
	for (unsigned i = 0; i < 1000; i++)
		feed_text("\023\021", 0);
	for (unsigned i = 0; i < 1000; i++)
		feed_text("\xff\xf1", 500);
	assert_quiet("an idle line");
}

/* --- its end ------------------------------------------------------------- */

static void make_noise(void)
{
	uint8_t bytes[100];

	memset(bytes, 0xff, sizeof(bytes));
	start();
	feed(span_of(bytes, sizeof(bytes)), 0);
	assert_true(keys_is_noise(&keys));
}

static void noise_ends_with_silence(void **state)
{
	(void)state;
	make_noise();
	assert_int_equal(keys_due(&keys, now), NOISE_SILENCE_MS);
	now += NOISE_SILENCE_MS - 1;
	keys_tick(&keys, now);
	assert_true(keys_is_noise(&keys));
	/* not with text that nobody typed */
	for (const char *c = "login: \r\n"; *c; c++)
		keys_feed(&keys, (uint8_t)*c, now);
	now += NOISE_SILENCE_MS - 1;
	keys_tick(&keys, now);
	assert_true(keys_is_noise(&keys));
	assert_int_equal(keys_due(&keys, now), 1);
	now++;
	keys_tick(&keys, now);
	assert_false(keys_is_noise(&keys));
	assert_int_equal(keys_due(&keys, now), -1);
	/* and starts from nothing */
	feed_text("\xff\xff\xff", 0);
	assert_false(keys_is_noise(&keys));
}

/* BREAK and flow control do not prolong it; the first byte after it counts. */
static void the_first_key_after_noise_counts(void **state)
{
	struct key key;

	(void)state;
	make_noise();
	for (unsigned i = 0; i < NOISE_SILENCE_MS; i++)
		keys_feed(&keys, i % 2 ? 0x00 : 0x13, now++);
	keys_feed(&keys, 'j', now);
	assert_false(keys_is_noise(&keys));
	assert_true(keys_take(&keys, &key));
	assert_int_equal(key.ch, 'j');
}

/* An ESC that noise ends with is a key in its time and noise as well. */
static void esc_is_given_during_noise(void **state)
{
	struct key key;

	(void)state;
	make_noise();
	keys_feed(&keys, 0x1b, now);
	assert_int_equal(keys_due(&keys, now), KEYS_ESC_MS);
	keys_tick(&keys, now + KEYS_ESC_MS);
	assert_true(keys_is_noise(&keys));
	assert_true(keys_take(&keys, &key));
	assert_int_equal(key.code, KEY_ESC);
	keys_tick(&keys, now + NOISE_SILENCE_MS);
	assert_false(keys_is_noise(&keys));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_bytes_are_noise),
		cmocka_unit_test(ten_megabytes_are_noise_throughout),
		cmocka_unit_test(an_echo_is_noise),
		cmocka_unit_test(a_host_is_noise),
		cmocka_unit_test(keys_are_no_noise),
		cmocka_unit_test(every_control_by_hand_is_no_noise),
		cmocka_unit_test(pastes_are_no_noise),
		cmocka_unit_test(other_character_sets_are_no_noise),
		cmocka_unit_test(answers_are_no_noise),
		cmocka_unit_test(idle_lines_are_no_noise),
		cmocka_unit_test(noise_ends_with_silence),
		cmocka_unit_test(the_first_key_after_noise_counts),
		cmocka_unit_test(esc_is_given_during_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
