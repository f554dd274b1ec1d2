/*
 * Ten thousand operators at bad lines, on a clock that moves when told to.
 *
 * A line that only holds bytes back, each for less than KEYS_QUIET_MS, changes
 * nothing: the same actions come and the same picture is left. A line that
 * loses, doubles and garbles bytes and adds noise, while entries come and go,
 * never leads to what breaks a rule of tests/lib/menu_rules.h, and what boots
 * is the entry that the screen shows as marked.
 *
 * KEELBOOT_SCHEDULES in the environment is how many there are of each kind,
 * KEELBOOT_SEED where they start: a failure says both to repeat it alone.
 */
#include "menu_rules.h"
#include "seat.h"
#include "test.h"

#include <stdio.h>

#define SCHEDULES 10000
#define SEED	  1
#define GAP_MAX	  (KEYS_QUIET_MS - 1)

static struct seat seats[2];
static struct schedule plain, bad;
static uint64_t failing_seed;
static void refuse(const struct schedule *s, const char *why)
{
	print_error("KEELBOOT_SCHEDULES=1 KEELBOOT_SEED=%llu, the bytes and "
		    "the pauses before them in ms:\n",
		    (unsigned long long)failing_seed);
	for (size_t i = 0; i < s->count; i++)
		print_error("%s+%u %02x%s", i % 12 ? " " : "", s->at[i].gap_ms,
			    s->at[i].byte, i % 12 == 11 ? "\n" : "");
	fail_msg("\n%s", why);
}

/* --- scripts ------------------------------------------------------------- */

/* What operators do; keys whose first byte is ESC are one key each. */
static const char *const phrases[] = {
	"\033[A",
	"\033[A",
	"\033[B",
	"\033[B",
	"\033OA",
	"\033OB",
	"\033[C",
	"\033[D",
	"\033[5~",
	"\033[6~",
	"\033[H",
	"\033[F",
	"\033",
	"\033",
	"\033",
	"\033",
	"j",
	"k",
	"j",
	"k",
	" ",
	"-",
	"1",
	"2",
	"12",
	"7",
	"99",
	"0",
	"\b",
	"\x7f",
	"i",
	"l",
	"x",
	"n",
	"f",
	"?",
	"h",
	"r",
	"q",
	"y",
	"v",
	"e",
	"d",
	"o",
	"w",
	"s",
	"/",
	"\t",
	"\r",
	"\n",
	"\r\n",
	"\014",
	"\033[Z",
	"\033OP",
	"q r n",
	"q\033",
	"d n",
	"o y",
	"d y",
	"l w 1 y",
	"l w 2 n",
	"/ 0 7 \r",
	"/ e n \033",
	"/ z z \b \b \r",
	"e s i n g l e \r",
	"e \027 x \033",
	"e \033[1;5D \b \025 \037 \r",
	"p w \r",
	"p \b p w \r",
	"e \xc3\xa9 \033",
	"\xe2\x82\xac",
	"\033[200~rw\r\nquiet\033[201~",
	"\033[200~y\rqry\033[201~",
	"\033[8;30;100t",
	"\033[24;80R",
	"\033[?1;2c",
	"\033[1;5C",
	"\033]0;title\007",
	"q r",
	"q o",
	"q s",
	"O",
	"[",
	"A",
	"R",
	"v \r",
	"q s y",
	"q o y",
	"5 \r",
	"i \033[D",
	"l \033[F",
};

static void add(struct schedule *s, const char *bytes, size_t len,
		uint32_t gap_ms)
{
	for (size_t i = 0; i < len && s->count < SCHEDULE_MAX; i++) {
		s->at[s->count].byte = (uint8_t)bytes[i];
		s->at[s->count++].gap_ms = i ? 0 : gap_ms;
	}
}

/* The keys of a phrase stand between blanks, " " is one alone. */
static void add_phrase(struct schedule *s, const char *phrase, uint64_t *seed)
{
	do {
		size_t len = strcspn(phrase + 1, " ") + 1;

		add(s, phrase, len, 20 + seat_pick(seed, 900));
		phrase += len + (phrase[len] == ' ');
	} while (*phrase);
}

/* What a terminal says with nobody at it. */
static const char *const answers[] = {
	"\033[8;30;100t",
	"\033[24;80R",
	"\033[?1;2c",
	"\033[?62;1;6c",
	"\033]10;rgb:ff/ff/ff\007",
};

static void write_script(struct schedule *s, uint64_t *seed)
{
	unsigned count = 5 + seat_pick(seed, 40);

	s->count = 0;
	for (unsigned i = seat_pick(seed, 4); i; i--)
		add_phrase(s, answers[seat_pick(seed, test_count(answers))],
			   seed);
	if (!seat_pick(seed, 30))
		return;
	while (count-- && s->count + 64 < SCHEDULE_MAX)
		add_phrase(s, phrases[seat_pick(seed, test_count(phrases))],
			   seed);
}

static void play(struct seat *seat, const struct schedule *s, bool is_lazy,
		 uint64_t *changes)
{
	const char *broken = seat_play(seat, s, is_lazy, changes);

	if (broken)
		refuse(s, broken);
}

/* --- delays -------------------------------------------------------------- */

static uint32_t gap(uint64_t *seed)
{
	switch (seat_pick(seed, 8)) {
	case 0:
		return seat_pick(seed, GAP_MAX + 1);
	case 1:
		return GAP_MAX;
	case 2:
		return KEYS_ESC_MS - 1 + seat_pick(seed, 3);
	case 3:
		return seat_pick(seed, 2 * KEYS_ESC_MS);
	default:
		return 0;
	}
}

/* The same bytes, each held back as the line likes. */
static void delay(const struct schedule *from, struct schedule *to,
		  uint64_t *seed)
{
	*to = *from;
	for (size_t i = 0; i < to->count; i++)
		to->at[i].gap_ms = gap(seed);
}

static void compare(const struct seat *want, const struct seat *got)
{
	char was[512], is[512], why[1200];

	if (want->count != got->count) {
		snprintf(why, sizeof(why), "%zu actions instead of %zu",
			 got->count, want->count);
		refuse(&bad, why);
	}
	for (size_t i = 0; i < want->count; i++) {
		if (rules_same(want->did[i].action, got->did[i].action) &&
		    !strcmp(want->did[i].text, got->did[i].text))
			continue;
		snprintf(
			why, sizeof(why),
			"action %zu is %d of %u \"%s\" and not %d of %u \"%s\"",
			i, (int)got->did[i].action.code, got->did[i].action.id,
			got->did[i].text, (int)want->did[i].action.code,
			want->did[i].action.id, want->did[i].text);
		refuse(&bad, why);
	}
	seat_describe(want, was, sizeof(was));
	seat_describe(got, is, sizeof(is));
	if (!strcmp(was, is))
		return;
	snprintf(why, sizeof(why), "it ends at\n%s\nand not at\n%s", is, was);
	refuse(&bad, why);
}

static uint64_t setting(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 10) : otherwise;
}

static uint64_t next_seed(uint64_t round)
{
	failing_seed = setting("KEELBOOT_SEED", SEED) + round;
	/* neighbours are not to be alike */
	return failing_seed * 0x9e3779b97f4a7c15U;
}

static void delays_change_nothing(void **state)
{
	uint64_t rounds = setting("KEELBOOT_SCHEDULES", SCHEDULES);
	size_t actions = 0, noises = 0;

	(void)state;
	for (uint64_t round = 0; round < rounds; round++) {
		uint64_t seed = next_seed(round), start = seed;

		write_script(&plain, &seed);
		delay(&plain, &bad, &seed);
		seat_start(&seats[0], start);
		play(&seats[0], &plain, false, NULL);
		seat_start(&seats[1], start);
		play(&seats[1], &bad, seat_pick(&seed, 2), NULL);
		/* an Esc with "[1r" typed after it may be */
		noises += seats[0].was_noise || seats[1].was_noise;
		if (!seats[0].was_noise && !seats[1].was_noise)
			compare(&seats[0], &seats[1]);
		actions += seats[0].count;
	}
	/* the scripts do lead to something */
	assert_true(rounds < 100 || actions > rounds);
	assert_true(noises <= rounds / 100);
}

/* --- damage -------------------------------------------------------------- */

static void add_damaged(struct schedule *s, uint8_t byte, uint32_t gap_ms,
			uint64_t *seed)
{
	static const char likely[] = "\033[O\r\ny\377\0rqAP]";
	char one = (char)byte, other;

	switch (seat_pick(seed, 40)) {
	case 0:
		return;
	case 1:
		add(s, &one, 1, gap_ms);
		add(s, &one, 1, gap(seed));
		return;
	case 2:
		one = (char)(byte ^ 1U << seat_pick(seed, 8));
		break;
	case 3:
		other = (char)seat_pick(seed, 256);
		add(s, &other, 1, gap_ms);
		break;
	case 4:
		other = likely[seat_pick(seed, sizeof(likely) - 1)];
		add(s, &other, 1, gap_ms);
		break;
	default:
		break;
	}
	add(s, &one, 1, gap_ms);
}

/* Bytes lost, doubled, changed and added, now and then many in a row. */
static void damage(const struct schedule *from, struct schedule *to,
		   uint64_t *seed)
{
	to->count = 0;
	for (size_t i = 0; i < from->count; i++) {
		add_damaged(to, from->at[i].byte, 2 * gap(seed), seed);
		if (seat_pick(seed, 100))
			continue;
		for (unsigned more = seat_pick(seed, 60); more; more--) {
			char noise = (char)seat_pick(seed, 256);

			add(to, &noise, 1, 1);
		}
	}
}

static void damage_breaks_no_rule(void **state)
{
	static struct screen screen;
	uint64_t rounds = setting("KEELBOOT_SCHEDULES", SCHEDULES);
	size_t boots = 0, asked = 0;

	(void)state;
	screen_init(&screen, SCREEN_VT);
	for (uint64_t round = 0; round < rounds; round++) {
		uint64_t seed = next_seed(round), start = seed;

		write_script(&plain, &seed);
		damage(&plain, &bad, &seed);
		seat_start(&seats[0], start);
		seats[0].screen = round % 8 ? NULL : &screen;
		play(&seats[0], &bad, seat_pick(&seed, 2), &seed);
		for (size_t i = 0; i < seats[0].count; i++) {
			enum ui_action_code code = seats[0].did[i].action.code;

			boots += code == UI_BOOT;
			asked += ui_action_is_asked(code);
		}
	}
	assert_true(rounds < 100 || (boots > rounds / 10 && asked > 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delays_change_nothing),
		cmocka_unit_test(damage_breaks_no_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
