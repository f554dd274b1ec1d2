/* boot-order, network entries among others, and what is tried again. */
#include "choice_bench.h"

static struct boot_entry *add_net(struct bench *b, const char *id)
{
	struct boot_entry *e = add(b, id);

	e->found.kind = FOUND_NETWORK;
	e->place.kind = PLACE_NETWORK;
	return e;
}

static void fill(struct bench *b)
{
	add(b, "a")->found.title = display_of_text("System A");
	add(b, "b")->found.title = display_of_text("System B");
	add_net(b, "n1")->found.title = display_of_text("Network One");
	add_net(b, "n2")->found.title = display_of_text("Network Two");
}

/* --- words -------------------------------------------------------------------
 */

static void each_word_has_its_meaning(void **state)
{
	static const struct {
		const char *order, *chosen, *why;
		enum choice_rank rank;
		bool is_missing;
	} cases[] = {
		{ "disk", "b", "default of the built-in configuration",
		  CHOSEN_BY_DEFAULT, false },
		{ "network", "n1", "network in boot-order", CHOSEN_BY_ORDER,
		  false },
		{ "disk network", "b", "default of the built-in configuration",
		  CHOSEN_BY_DEFAULT, false },
		{ "network disk", "n1", "network in boot-order",
		  CHOSEN_BY_ORDER, false },
		{ "n2", "n2", "n2 in boot-order", CHOSEN_BY_ORDER, false },
		{ "N?", "n1", "N? in boot-order", CHOSEN_BY_ORDER, false },
		{ "*Two", "n2", "*Two in boot-order", CHOSEN_BY_ORDER, false },
		{ "a", "a", "a in boot-order", CHOSEN_BY_ORDER, false },
		{ "gone network", "n1", "network in boot-order",
		  CHOSEN_BY_ORDER, true },
		{ "gone", "", "", CHOSEN_BY_NOBODY, true },
		{ "\t n2 \t a ", "n2", "n2 in boot-order", CHOSEN_BY_ORDER,
		  false },
		{ "", "b", "default of the built-in configuration",
		  CHOSEN_BY_DEFAULT, false },
	};
	struct bench *b = *state;

	fill(b);
	SET(b->config.builtin.default_entry, "b");
	for (size_t i = 0; i < test_count(cases); i++) {
		SET(b->config.boot_order, cases[i].order);
		assert_chosen(b, cases[i].chosen);
		assert_string_equal(b->choice.why, cases[i].why);
		assert_int_equal(b->choice.rank, cases[i].rank);
		assert_int_equal(b->choice.is_missing, cases[i].is_missing);
		assert_false(b->choice.is_again);
	}
}

static void what_fails_leaves_it_to_the_next(void **state)
{
	struct bench *b = *state;

	fill(b);
	SET(b->config.boot_order, "n2 disk network");
	assert_chosen(b, "n2");
	b->entries[3]->failure_code = E_FETCH_STATUS;
	assert_chosen(b, "a");
	b->entries[0]->failure_code = E_JUDGE_UNSIGNED;
	assert_chosen(b, "b");
	b->entries[1]->found.why = E_ENTRY_MACHINE;
	assert_chosen(b, "n1");
	assert_false(b->choice.is_again);
	b->entries[2]->found.is_automatic = false; /* a fetched menu named it */
	assert_chosen(b, "n2");
	assert_true(b->choice.is_again);
}

static void disks_are_asked_among_themselves(void **state)
{
	struct bench *b = *state;

	fill(b);
	SET(b->config.boot_order, "disk network");
	SET(b->vars.values[LOADER_PREFERRED], "n2");
	SET(b->vars.values[LOADER_DEFAULT], "b");
	assert_chosen(b, "b");
	SET(b->config.boot_order, "network disk");
	assert_chosen(b, "n1");
	/* without an order they are all the same */
	SET(b->config.boot_order, "");
	assert_chosen(b, "n2");
}

static void its_place_is_behind_the_command_line(void **state)
{
	struct ipmi_boot bmc = { .is_valid = true, .device = IPMI_DEVICE_DISK };
	struct bench *b = *state;

	fill(b);
	SET(b->config.boot_order, "network");
	SET(b->vars.values[LOADER_PREFERRED], "a");
	SET(b->vars.values[LOADER_DEFAULT], "a");
	SET(b->config.builtin.preferred, "a");
	assert_chosen(b, "n1");
	bmc.is_persistent = true;
	b->in.ipmi = &bmc;
	assert_chosen(b, "a");
	assert_true(b->choice.is_of_bmc);
	b->in.ipmi = NULL;
	SET(b->config.cmdline.default_entry, "b");
	assert_chosen(b, "b");
	assert_int_equal(b->choice.rank, CHOSEN_BY_CMDLINE);
	SET(b->vars.values[LOADER_ONE_SHOT], "n2");
	assert_chosen(b, "n2");
	assert_int_equal(b->choice.rank, CHOSEN_BY_ONE_SHOT);
}

/* Disks that may still come are waited for where the order wants one first. */
static void what_may_come_is_waited_for(void **state)
{
	const struct choice_wait coming = { .more_come = true },
				 pending = { .pending = 1 },
				 none = { .pending = 0 };
	struct bench *b = *state;

	add_net(b, "n1");
	SET(b->config.boot_order, "disk network");
	assert_chosen(b, "n1");
	assert_true(b->choice.is_missing);
	assert_false(choice_is_final(&b->in, &b->choice, &coming));
	assert_false(choice_is_final(&b->in, &b->choice, &pending));
	assert_true(choice_is_final(&b->in, &b->choice, &none));
	SET(b->config.boot_order, "network disk");
	assert_chosen(b, "n1");
	assert_false(b->choice.is_missing);
	assert_true(choice_is_final(&b->in, &b->choice, &coming));
	assert_true(choice_is_final(&b->in, &b->choice, &pending));
	/* no entry of the network comes later */
	b->entries[0]->found.why = E_ENTRY_MACHINE;
	add(b, "a");
	assert_chosen(b, "a");
	assert_false(b->choice.is_missing);
}

/* --- again -------------------------------------------------------------------
 */

static void what_the_order_leaves_out_is_never_tried(void **state)
{
	struct bench *b = *state;

	fill(b);
	SET(b->config.boot_order, "disk");
	b->entries[0]->failure_code = E_JUDGE_UNSIGNED;
	b->entries[1]->failure_code = E_JUDGE_UNSIGNED;
	assert_chosen(b, "");
	b->entries[1]->failure_code = E_IMAGE_DEADLINE;
	b->entries[1]->failed_ms = 1000;
	assert_chosen(b, "b");
	assert_true(b->choice.is_again);
}

/* Whoever can write a disk takes nobody's place by a name. */
static void a_name_is_the_networks_first(void **state)
{
	static const char *const words[] = { "fleet.conf disk", "fleet* disk" };
	struct bench *b = *state;
	struct boot_entry *of_disk = add(b, "fleet.conf");
	struct boot_entry *of_network = add(b, "fleet.conf");

	of_disk->found.kind = FOUND_TYPE1;
	of_network->found.kind = FOUND_NETWORK;
	for (size_t i = 0; i < test_count(words); i++) {
		SET(b->config.boot_order, words[i]);
		of_network->failure_code = OK;
		choice_make(&b->in, &b->choice);
		assert_ptr_equal(b->choice.entry, of_network);
		of_network->failure_code = E_NET_LINK;
		choice_make(&b->in, &b->choice);
		assert_ptr_equal(b->choice.entry, of_disk);
	}
}

/* A disk's text that nobody vouches for will not be better in a moment. */
static void a_refused_text_is_not_tried_again(void **state)
{
	struct bench *b = *state;
	struct boot_entry *e = add(b, "x.conf");

	e->found.kind = FOUND_TYPE1;
	assert_true(found_add_file(&e->found, FILE_ENTRY, 0, 10, "/x.conf"));
	e->failure_code = E_NET_LINK;
	choice_make(&b->in, &b->choice);
	assert_ptr_equal(b->choice.entry, e);
	assert_true(b->choice.is_again);
	e->failure_code = E_VERIFY_UNCOVERED;
	e->is_text_refused = true;
	choice_make(&b->in, &b->choice);
	assert_null(b->choice.entry);
}

static void the_oldest_failure_comes_first(void **state)
{
	struct bench *b = *state;

	fill(b);
	for (uint32_t i = 0; i < 4; i++) {
		b->entries[i]->failure_code = E_IMAGE_DEADLINE;
		b->entries[i]->failed_ms = 4000 - 1000 * i;
	}
	b->entries[2]->failure_code = E_JUDGE_UNSIGNED; /* of a server */
	for (uint32_t i = 0; i < 8; i++) {
		static const char *const order[] = { "n2", "n1", "b", "a" };

		assert_chosen(b, order[i % 4]);
		assert_true(b->choice.is_again);
		assert_int_equal(b->choice.rank, CHOSEN_BY_NOBODY);
		b->choice.entry->failed_ms = 5000 + i;
	}
	/* on a disk it stays what it was */
	b->entries[0]->failure_code = E_JUDGE_UNSIGNED;
	b->entries[1]->failure_code = E_VERIFY_DIGEST;
	for (uint32_t i = 0; i < 6; i++) {
		assert_chosen(b, i % 2 ? "n1" : "n2");
		b->choice.entry->failed_ms = 6000 + i;
	}
	/* what has not failed comes before all of that */
	add(b, "fresh");
	assert_chosen(b, "fresh");
	assert_false(b->choice.is_again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_word_has_its_meaning),
		TEST(what_fails_leaves_it_to_the_next),
		TEST(disks_are_asked_among_themselves),
		TEST(its_place_is_behind_the_command_line),
		TEST(what_may_come_is_waited_for),
		TEST(what_the_order_leaves_out_is_never_tried),
		TEST(a_name_is_the_networks_first),
		TEST(a_refused_text_is_not_tried_again),
		TEST(the_oldest_failure_comes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
