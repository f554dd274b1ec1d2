/* The order of entries: what the specification says under "Sorting", and that
 * it is an order. */
#include "test.h"

#include "format/entry_order.h"

#include <stdio.h>

#define S(text)                                                                \
	{                                                                      \
		(const uint8_t *)(text), sizeof(text) - 1                      \
	}

static void assert_first(const struct entry_order *a,
			 const struct entry_order *b, int want, size_t i,
			 size_t j)
{
	int there = entry_order_compare(a, b);
	int back = entry_order_compare(b, a);

	if (there != want || back != -want)
		fail_msg("entries %zu and %zu: %d and back %d, want %d", i, j,
			 there, back, want);
}

static void assert_list(const struct entry_order *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		assert_first(&list[i], &list[i], 0, i, i);
		for (size_t j = i + 1; j < count; j++)
			assert_first(&list[i], &list[j], -1, i, j);
	}
}

/* One menu, from its first line to its last. */
static void menu_is_in_order(void **state)
{
	static const struct entry_order menu[] = {
		/* the sort key, upwards */
		{ .sort_key = S("Fedora"), .id = S("a.conf") },
		{ .sort_key = S("debian"), .id = S("z.conf") },
		{ .sort_key = S("debian-a"), .id = S("z.conf") },
		/* the machine, upwards, one without first */
		{ .sort_key = S("fedora"), .version = S("1") },
		{ .sort_key = S("fedora"), .machine_id = S("aa") },
		{ .sort_key = S("fedora"), .machine_id = S("b") },
		/* the version, downwards */
		{ .sort_key = S("g"), .version = S("6.10.1") },
		{ .sort_key = S("g"), .version = S("6.9.12") },
		{ .sort_key = S("g"), .version = S("6.9.12~rc1") },
		{ .sort_key = S("g"), .version = S("") },
		{ .sort_key = S("g"), .version = S("~") },
		/* the id, downwards */
		{ .sort_key = S("h"), .version = S("1"), .id = S("x-10.conf") },
		{ .sort_key = S("h"), .version = S("1"), .id = S("x-9.conf") },
		/* the profile, upwards */
		{ .sort_key = S("i"), .id = S("u.efi") },
		{ .sort_key = S("i"), .id = S("u.efi"), .profile = 1 },
		{ .sort_key = S("i"), .id = S("u.efi"), .profile = 10 },
		/* without a sort key, whatever else there is */
		{ .id = S("z-2.conf"), .version = S("1") },
		{ .id = S("z-1.conf"),
		  .version = S("2"),
		  .machine_id = S("a") },
		{ .id = S("m.efi") },
		{ .id = S("m.efi"), .counted = true, .left = 3 },
		{ .id = S("m.efi"), .counted = true, .left = 2, .done = 1 },
		{ .id = S("m.efi"), .counted = true, .left = 2, .done = 2 },
		{ .id = S("m.efi"), .profile = 1 },
		{ .id = S("b.conf") },
		{ .id = S("b-fallback.conf") },
		{ .id = S("a.conf"), .counted = true, .left = 1 },
		/* bad ones, in the same order among themselves */
		{ .sort_key = S("a"), .version = S("9"), .counted = true },
		{ .sort_key = S("a"),
		  .version = S("8"),
		  .counted = true,
		  .done = 3 },
		{ .id = S("z.conf"), .counted = true, .done = 3 },
		{ .id = S("z.conf"), .counted = true, .done = 4 },
	};

	(void)state;
	assert_list(menu, test_count(menu));
}

/* Fedora with three kernels beside Debian with two, as one sees them. */
static void real_systems_are_in_order(void **state)
{
	static const struct entry_order menu[] = {
		{ .sort_key = S("debian"),
		  .machine_id = S("6a98"),
		  .version = S("6.12.73+deb13-amd64"),
		  .id = S("6a98-6.12.73+deb13-amd64.conf") },
		{ .sort_key = S("debian"),
		  .machine_id = S("6a98"),
		  .version = S("6.1.0-41-amd64"),
		  .id = S("6a98-6.1.0-41-amd64.conf") },
		{ .sort_key = S("fedora"),
		  .machine_id = S("4098"),
		  .version = S("6.17.8-300.fc43.x86_64"),
		  .id = S("4098-6.17.8-300.fc43.x86_64.conf"),
		  .counted = true,
		  .left = 3 },
		{ .sort_key = S("fedora"),
		  .machine_id = S("4098"),
		  .version = S("6.17.8-200.fc42.x86_64"),
		  .id = S("4098-6.17.8-200.fc42.x86_64.conf") },
		{ .sort_key = S("fedora"),
		  .machine_id = S("4098"),
		  .version = S("6.17.10-300.fc43.x86_64"),
		  .id = S("4098-6.17.10-300.fc43.x86_64.conf"),
		  .counted = true,
		  .done = 3 },
	};

	(void)state;
	assert_list(menu, test_count(menu));
}

/* What does not count does not count. */
static void ties_are_ties(void **state)
{
	static const struct entry_order pairs[][2] = {
		{ { .id = S("a_b.conf") }, { .id = S("a+b.conf") } },
		{ { .id = S("a.conf"), .left = 3, .done = 1 },
		  { .id = S("a.conf"), .left = 7 } },
		{ { .id = S("a.conf"), .version = S("1") },
		  { .id = S("a.conf"), .version = S("2") } },
		{ { .id = S("a.conf"), .machine_id = S("1") },
		  { .id = S("a.conf"), .machine_id = S("2") } },
		{ { .sort_key = S("s"), .version = S("1.01") },
		  { .sort_key = S("s"), .version = S("1.1") } },
	};

	(void)state;
	for (size_t i = 0; i < test_count(pairs); i++)
		assert_first(&pairs[i][0], &pairs[i][1], 0, i, i);
}

#define ENTRIES 400

static uint32_t roll(uint64_t *seed, uint32_t sides)
{
	return (uint32_t)(test_random(seed) % sides);
}

static struct span pick(uint64_t *seed, const char *const *from, uint32_t count)
{
	return span_of_text(from[roll(seed, count)]);
}

static void make_entries(struct entry_order *list)
{
	static const char *const names[] = { "", "a", "b", "a1", "a-1", "A" };
	uint64_t seed = 4;

	for (size_t i = 0; i < ENTRIES; i++)
		list[i] = (struct entry_order){
			.counted = roll(&seed, 2),
			.left = roll(&seed, 3),
			.done = roll(&seed, 3),
			.sort_key = pick(&seed, names, 3),
			.machine_id = pick(&seed, names, 3),
			.version = pick(&seed, names, 4),
			.id = pick(&seed, names, 6),
			.profile = roll(&seed, 2),
		};
}

static int compare(const void *a, const void *b)
{
	return entry_order_compare(a, b);
}

/* No three of many entries with much in common go round in a circle. */
static void order_is_total(void **state)
{
	static struct entry_order list[ENTRIES];
	static unsigned rank[ENTRIES];

	(void)state;
	make_entries(list);
	qsort(list, ENTRIES, sizeof(list[0]), compare);
	for (size_t i = 1; i < ENTRIES; i++)
		rank[i] = rank[i - 1] + (compare(&list[i - 1], &list[i]) != 0);
	assert_true(rank[ENTRIES - 1] > 100);
	for (size_t i = 0; i < ENTRIES; i++)
		for (size_t j = 0; j < ENTRIES; j++)
			assert_first(&list[i], &list[j],
				     (rank[i] > rank[j]) - (rank[i] < rank[j]),
				     i, j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(menu_is_in_order),
		cmocka_unit_test(real_systems_are_in_order),
		cmocka_unit_test(ties_are_ties),
		cmocka_unit_test(order_is_total),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
