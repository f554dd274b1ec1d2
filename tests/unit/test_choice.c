/*
 * What boots by itself: every pair of sources, what is passed over, several
 * volumes.
 */
#include "choice_bench.h"

/* --- the order of the sources ----------------------------------------------
 */

static const char *const whys[SOURCES] = {
	"one-shot of the EFI variable LoaderEntryOneShot",
	"one-shot of the store on vda1",
	"sysfail of the EFI variable LoaderEntrySysFail",
	"sysfail of the store on vda1",
	"preferred of the kernel command line",
	"default of the kernel command line",
	"preferred of the EFI variable LoaderEntryPreferred",
	"preferred of the store on vda1",
	"preferred of loader.conf on vda1",
	"preferred of the built-in configuration",
	"default of the EFI variable LoaderEntryDefault",
	"default of the store on vda1",
	"default of loader.conf on vda1",
	"default of the built-in configuration",
	"the first of the list",
};

static void every_pair_of_sources(void **state)
{
	struct bench *b = *state;
	struct boot_entry *first, *one, *other;

	first = add(b, "first");
	one = add(b, "one");
	other = add(b, "other");
	add_volume(b, "vda1");
	b->in.system_failed = true;
	for (unsigned i = 0; i < NOBODY; i++) {
		for (unsigned j = i + 1; j < SOURCES; j++) {
			strcpy(slot_of(b, i), one->found.id);
			if (j < NOBODY)
				strcpy(slot_of(b, j), other->found.id);
			assert_chosen(b, "one");
			assert_string_equal(b->choice.why, whys[i]);
			assert_false(b->choice.is_missing);
			assert_true(b->choice.is_of_variable ==
				    !!strstr(whys[i], "EFI variable"));
			assert_true((b->choice.text != NULL) ==
				    !!strstr(whys[i], "vda1"));
			/* what is not there leaves it to the next one */
			strcpy(slot_of(b, i), "gone");
			assert_chosen(b, j < NOBODY ? "other" : "first");
			assert_string_equal(b->choice.why, whys[j]);
			assert_true(b->choice.is_missing);
			slot_of(b, i)[0] = '\0';
			if (j < NOBODY)
				slot_of(b, j)[0] = '\0';
		}
	}
	assert_chosen(b, "first");
	assert_ptr_equal(b->choice.entry, first);
}

static void a_failure_of_the_system_has_to_be_known(void **state)
{
	struct bench *b = *state;

	add(b, "first");
	add(b, "rescue");
	SET(b->vars.values[LOADER_SYS_FAIL], "rescue");
	assert_chosen(b, "first");
	b->in.system_failed = true;
	assert_chosen(b, "rescue");
}

static void without_variables_there_are_none(void **state)
{
	struct bench *b = *state;

	add(b, "first");
	add(b, "other");
	SET(b->vars.values[LOADER_ONE_SHOT], "other");
	SET(b->vars.values[LOADER_DEFAULT], "other");
	b->in.vars = NULL;
	assert_chosen(b, "first");
}

/* --- what is passed over ---------------------------------------------------
 */

static void what_may_not_boot_is_passed_over(void **state)
{
	struct bench *b = *state;
	struct boot_entry *e = add(b, "a");

	add(b, "b");
	SET(b->config.builtin.default_entry, "a");
	assert_chosen(b, "a");
	e->found.why = E_ENTRY_MACHINE;
	assert_chosen(b, "b");
	e->found.why = OK;
	e->failure_code = E_JUDGE_UNSIGNED;
	assert_chosen(b, "b");
	e->failure_code = E_IMAGE_GONE;
	assert_chosen(b, "b");
	e->failure_code = OK;
	e->leads = false;
	assert_chosen(b, "b");
	e->leads = true;
	e->found.is_automatic = false;
	assert_chosen(b, "b");
	e->found.is_automatic = true;
	e->found.is_counted = true;
	assert_chosen(b, "b");
	e->found.tries_left = 1;
	assert_chosen(b, "a");
}

static void nothing_is_chosen_of_nothing(void **state)
{
	struct bench *b = *state;
	struct boot_entry *e;

	assert_chosen(b, "");
	e = add(b, "a");
	e->found.is_counted = true; /* and no attempt left */
	assert_chosen(b, "");
	e->found.is_counted = false;
	e->found.kind = FOUND_OWN;
	SET(b->vars.values[LOADER_ONE_SHOT], "a");
	assert_chosen(b, "");
}

/* It was asked for by name, for once. */
static void a_one_shot_boots_what_else_would_not(void **state)
{
	struct bench *b = *state;
	struct boot_entry *bad = add(b, "bad"), *kernel;

	bad->found.is_counted = true;
	kernel = add(b, "vmlinuz");
	kernel->found.kind = FOUND_KERNEL;
	kernel->found.is_automatic = false;
	add(b, "good");
	SET(b->vars.values[LOADER_ONE_SHOT], "bad");
	assert_chosen(b, "bad");
	assert_int_equal(b->choice.rank, CHOSEN_BY_ONE_SHOT);
	bad->failure_code = E_IMAGE_GONE;
	assert_chosen(b, "good");
	SET(b->vars.values[LOADER_ONE_SHOT], "vmlinuz");
	assert_chosen(b, "vmlinuz");
	kernel->found.why = E_ENTRY_MACHINE;
	assert_chosen(b, "good");
	for (enum loader_var v = LOADER_DEFAULT; v <= LOADER_PREFERRED; v++) {
		b->vars.values[LOADER_ONE_SHOT][0] = '\0';
		bad->failure_code = kernel->found.why = OK;
		SET(b->vars.values[v], "bad");
		assert_chosen(b, "good");
		SET(b->vars.values[v], "vmlinuz");
		assert_chosen(b, "good");
		b->vars.values[v][0] = '\0';
	}
}

static void a_one_shot_that_stays_does_not_count(void **state)
{
	struct bench *b = *state;
	struct scan_text *t;

	add(b, "first");
	add(b, "x");
	add(b, "y");
	t = add_volume(b, "vda1");
	SET(b->vars.values[LOADER_ONE_SHOT], "x");
	SET(t->store.oneshot, "y");
	assert_chosen(b, "x");
	b->in.is_spent = true;
	assert_chosen(b, "y");
	t->is_spent = true;
	assert_chosen(b, "first");
	SET(t->store.default_entry, "y"); /* the rest of the store does */
	assert_chosen(b, "y");
}

static void a_profile_has_to_be_meant(void **state)
{
	struct bench *b = *state;
	struct boot_entry *rescue = add(b, "os.efi@rescue");

	rescue->found.profile = 1;
	rescue->found.is_automatic = false;
	rescue->found.title = display_of_text("OS (Rescue)");
	add(b, "os.efi")->found.title = display_of_text("OS");
	assert_chosen(b, "os.efi");
	SET(b->config.builtin.default_entry, "os.efi*");
	assert_chosen(b, "os.efi");
	SET(b->config.builtin.default_entry, "*");
	assert_chosen(b, "os.efi");
	SET(b->config.builtin.default_entry, "OS*");
	assert_chosen(b, "os.efi");
	SET(b->config.builtin.default_entry, "os.efi@rescue");
	assert_chosen(b, "os.efi@rescue");
	SET(b->config.builtin.default_entry, "*@res*");
	assert_chosen(b, "os.efi@rescue");
	SET(b->config.builtin.default_entry, "OS (Rescue)");
	assert_chosen(b, "os.efi@rescue");
	b->config.builtin.default_entry[0] = '\0';
	SET(b->vars.values[LOADER_ONE_SHOT], "os*");
	assert_chosen(b, "os.efi");
	SET(b->vars.values[LOADER_ONE_SHOT], "os.efi@rescue");
	assert_chosen(b, "os.efi@rescue");
}

/* A machine nobody watches goes on trying. */
static void what_failed_may_come_again_when_nothing_else_is_left(void **state)
{
	struct bench *b = *state;
	struct boot_entry *refused = add(b, "refused"), *gone = add(b, "gone");

	refused->failure_code = E_JUDGE_UNSIGNED;
	gone->failure_code = E_IMAGE_DEADLINE;
	assert_chosen(b, "gone");
	assert_int_equal(b->choice.rank, CHOSEN_BY_NOBODY);
	gone->found.is_counted = true;
	assert_chosen(b, "");
	gone->found.is_counted = false;
	add(b, "fresh");
	assert_chosen(b, "fresh");
}

/* --- several volumes --------------------------------------------------------
 */

/* The list is in the order of names whatever came first: test_scan_texts.c. */
static void the_first_volume_that_names_one_decides(void **state)
{
	struct bench *b = *state;
	struct scan_text *one, *two;

	add(b, "first");
	add(b, "x");
	add(b, "y");
	one = add_volume(b, "vda1");
	two = add_volume(b, "vdb1");
	SET(two->conf.default_entry, "y");
	assert_chosen(b, "y");
	SET(one->conf.default_entry, "x");
	assert_chosen(b, "x");
	SET(one->conf.default_entry, "gone");
	assert_chosen(b, "y");
	assert_string_equal(b->choice.why, "default of loader.conf on vdb1");
	/* any store before any loader.conf */
	SET(one->conf.default_entry, "x");
	SET(two->store.default_entry, "y");
	assert_chosen(b, "y");
	assert_ptr_equal(b->choice.text, two);
	/* and preferred before default, whose ever it is */
	SET(two->conf.preferred, "x");
	assert_chosen(b, "x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_pair_of_sources),
		TEST(a_failure_of_the_system_has_to_be_known),
		TEST(without_variables_there_are_none),
		TEST(what_may_not_boot_is_passed_over),
		TEST(nothing_is_chosen_of_nothing),
		TEST(a_one_shot_boots_what_else_would_not),
		TEST(a_one_shot_that_stays_does_not_count),
		TEST(a_profile_has_to_be_meant),
		TEST(what_failed_may_come_again_when_nothing_else_is_left),
		TEST(the_first_volume_that_names_one_decides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
