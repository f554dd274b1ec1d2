/*
 * Operators at bad lines as the countdown ends: a key whose first byte came
 * before the time was over counts, however the line splits it and holds it
 * back, and though the machine is busy meanwhile.
 *
 * KEELBOOT_SCHEDULES in the environment is how many there are, KEELBOOT_SEED
 * where they start: a failure says both to repeat it alone.
 */
#include "menu_keys_bench.h"

#define SCHEDULES   300
#define SEED	    1
#define PHRASES_MAX 5
#define BYTES_MAX   (PHRASES_MAX * 12)

struct schedule {
	size_t count;
	struct {
		uint64_t at;
		char byte;
	} of[BYTES_MAX];
	uint64_t busy_from, busy_to; /* nothing turns */
};

struct script {
	size_t count;
	struct {
		uint64_t at;
		const char *bytes;
	} of[PHRASES_MAX];
};

struct outcome {
	char booted[DISPLAY_MAX], marked[DISPLAY_MAX];
	bool by_itself, touched;
	struct ui_seat seat;
	uint64_t at;
};

static const char *const keys[] = {
	"\033[A", "\033[B", "\033OB",	"\033[6~", "\033[F", "j",
	"k",	  "2",	    "9",	"\r",	   "\n",     "q",
	"i",	  "?",	    "\xc3\xa9", "\033",
};

/* What nobody has pressed. */
static const char *const answers[] = { "\033[?1;2c", "\033[8;30;80t" };

static unsigned pick(uint64_t *seed, unsigned count)
{
	return (unsigned)(test_random(seed) >> 20) % count;
}

static void write_script(struct script *s, uint64_t *seed)
{
	uint64_t at = DEADLINE - 1 - pick(seed, pick(seed, 2) ? 2500 : 120);

	s->count = 1 + pick(seed, PHRASES_MAX);
	for (size_t i = 0; i < s->count; i++) {
		bool is_answer = !i && !pick(seed, 4);

		s->of[i].at = at;
		s->of[i].bytes =
			is_answer ? answers[pick(seed, test_count(answers))]
				  : keys[pick(seed, test_count(keys))];
		/* not so soon that Esc and an arrow are something else */
		at += 110 + pick(seed, 1200);
	}
}

static uint64_t gap(uint64_t *seed, uint64_t most)
{
	uint64_t ms = 0;

	switch (pick(seed, 4)) {
	case 0:
		ms = pick(seed, TERMINAL_HOLD_MS + 2);
		break;
	case 1:
		ms = KEYS_ESC_MS - 1 + pick(seed, 3);
		break;
	case 2:
		ms = pick(seed, KEYS_QUIET_MS);
		break;
	default:
		break;
	}
	return ms < most ? ms : most;
}

/* One phrase is split, if is_split, and what follows stays behind it. */
static void put(const struct script *script, struct schedule *s, bool is_split,
		uint64_t *seed)
{
	size_t which = pick(seed, (unsigned)script->count);
	uint64_t last = 0, left = 2 * KEYS_QUIET_MS - 100;

	*s = (struct schedule){ .count = 0 };
	for (size_t i = 0; i < script->count; i++) {
		if (last < script->of[i].at)
			last = script->of[i].at;
		for (const char *b = script->of[i].bytes; *b; b++) {
			if (is_split && i == which && b > script->of[i].bytes) {
				uint64_t ms = gap(seed, left);

				last += ms;
				left -= ms;
			}
			s->of[s->count].at = last;
			s->of[s->count++].byte = *b;
		}
	}
	if (!is_split || pick(seed, 3))
		return;
	s->busy_from = DEADLINE - 1500 + pick(seed, 2000);
	s->busy_to = s->busy_from + pick(seed, 3000);
}

static void pass(const struct schedule *s, uint64_t until)
{
	if (clock_ms < s->busy_from)
		run_until(until < s->busy_from ? until : s->busy_from);
	if (!has_booted() && clock_ms >= s->busy_from && clock_ms < s->busy_to)
		clock_ms = until < s->busy_to ? until : s->busy_to;
	if (clock_ms < until)
		run_until(until);
}

static void play(const struct schedule *s, struct outcome *ret)
{
	begin(TIMEOUT_S);
	run_until(START + 10);
	for (size_t i = 0; i < s->count && !has_booted();) {
		uint64_t at = s->of[i].at;

		pass(s, at);
		for (; !has_booted() && i < s->count && s->of[i].at == at; i++)
			type_bytes(&s->of[i].byte, 1);
	}
	pass(s, clock_ms + LONG_MS);
	memset(ret, 0, sizeof(*ret));
	snprintf(ret->booted, sizeof(ret->booted), "%s", booted());
	snprintf(ret->marked, sizeof(ret->marked), "%s", marked());
	ret->by_itself = by_itself();
	ret->touched = menu.terminals.ui.touched;
	ret->seat = menu.terminals.ui.seat;
	ret->at = clock_ms;
	end();
}

static void compare(const struct outcome *want, const struct outcome *got,
		    const struct schedule *s, uint64_t seed)
{
	if (!strcmp(want->booted, got->booted) &&
	    want->by_itself == got->by_itself &&
	    !strcmp(want->marked, got->marked) &&
	    want->touched == got->touched &&
	    want->seat.page == got->seat.page &&
	    want->seat.number == got->seat.number)
		return;
	print_error("KEELBOOT_SCHEDULES=1 KEELBOOT_SEED=%llu, the bytes in ms "
		    "after the time is over, busy from %lld to %lld:\n",
		    (unsigned long long)seed,
		    (long long)(s->busy_from - DEADLINE),
		    (long long)(s->busy_to - DEADLINE));
	for (size_t i = 0; i < s->count; i++)
		print_error("%+lld %02x\n", (long long)(s->of[i].at - DEADLINE),
			    (unsigned char)s->of[i].byte);
	fail_msg("%s boots%s, %s is marked on page %d, and not: %s boots%s, %s "
		 "is marked on page %d",
		 got->booted, got->by_itself ? " by itself" : "", got->marked,
		 got->seat.page, want->booted,
		 want->by_itself ? " by itself" : "", want->marked,
		 want->seat.page);
}

static uint64_t setting(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 10) : otherwise;
}

static void lines_change_nothing(void **state)
{
	uint64_t rounds = setting("KEELBOOT_SCHEDULES", SCHEDULES);
	unsigned alone = 0, chosen = 0;

	(void)state;
	for (uint64_t round = 0; round < rounds; round++) {
		uint64_t number = setting("KEELBOOT_SEED", SEED) + round;
		uint64_t seed = number * 0x9e3779b97f4a7c15U;
		struct outcome want, got;
		struct schedule plain, bad;
		struct script script;

		write_script(&script, &seed);
		put(&script, &plain, false, &seed);
		play(&plain, &want);
		/* what came when all was over is no key of this menu */
		while (script.count &&
		       script.of[script.count - 1].at >= want.at)
			script.count--;
		put(&script, &bad, true, &seed);
		play(&bad, &got);
		compare(&want, &got, &bad, number);
		alone += want.by_itself;
		chosen += want.touched && strcmp(want.booted, "nothing") != 0;
	}
	/* the scripts do lead to something */
	assert_true(rounds < 100 || (alone > rounds / 50 && chosen > 0));
	begin(TIMEOUT_S); /* for the end */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lines_change_nothing, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
