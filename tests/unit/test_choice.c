/*
 * What boots by itself: every pair of sources, patterns, @saved, what is
 * passed over, locks, several volumes in both orders, and when it is final.
 */
#include "choice.h"

#include "test.h"

#include <stdio.h>

#define ENTRIES_MAX 12
#define TEXTS_MAX   4

struct bench {
	struct config config;
	struct loader_vars vars;
	struct choices in;
	struct boot_entry *entries[ENTRIES_MAX];
	struct scan_text *texts[TEXTS_MAX];
	struct choice choice;
};

static int set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	config_defaults(&b->config);
	b->in = (struct choices){ .config = &b->config,
				  .vars = &b->vars,
				  .texts = b->texts,
				  .entries = b->entries };
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	for (uint32_t i = 0; i < b->in.entry_count; i++)
		free(b->entries[i]);
	for (uint32_t i = 0; i < b->in.text_count; i++)
		free(b->texts[i]);
	free(b);
	return 0;
}

static struct boot_entry *add(struct bench *b, const char *id)
{
	struct boot_entry *e = calloc(1, sizeof(*e));

	assert_non_null(e);
	assert_true(b->in.entry_count < ENTRIES_MAX);
	e->leads = true;
	e->copies = 1;
	e->id = e->line = b->in.entry_count + 1;
	e->found.kind = FOUND_UKI;
	e->found.is_automatic = true;
	snprintf(e->found.id, sizeof(e->found.id), "%s", id);
	snprintf(e->found.path, sizeof(e->found.path), "/EFI/Linux/%s", id);
	snprintf(e->place.name, sizeof(e->place.name), "vda1");
	b->entries[b->in.entry_count++] = e;
	return e;
}

static struct scan_text *add_volume(struct bench *b, const char *name)
{
	struct scan_text *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	assert_true(b->in.text_count < TEXTS_MAX);
	snprintf(t->place.name, sizeof(t->place.name), "%s", name);
	t->place.may_write = true;
	b->texts[b->in.text_count++] = t;
	return t;
}

static const char *chosen(struct bench *b)
{
	choice_make(&b->in, &b->choice);
	assert_true(!b->choice.entry == !b->choice.why[0]);
	return b->choice.entry ? b->choice.entry->found.id : "";
}

#define assert_chosen(b, id) assert_string_equal(chosen(b), id)

static void set(char *to, size_t cap, const char *value)
{
	assert_true(text_copy(to, cap, value));
}

#define SET(field, value) set(field, sizeof(field), value)

/* --- the order of the sources ----------------------------------------------
 */

/* Every source, first ones first, each with an entry of its own. */
enum {
	EFI_ONE_SHOT,
	STORE_ONE_SHOT,
	EFI_SYS_FAIL,
	STORE_SYS_FAIL,
	CMDLINE_PREFERRED,
	CMDLINE_DEFAULT,
	EFI_PREFERRED,
	STORE_PREFERRED,
	CONF_PREFERRED,
	IMAGE_PREFERRED,
	EFI_DEFAULT,
	STORE_DEFAULT,
	CONF_DEFAULT,
	IMAGE_DEFAULT,
	NOBODY,
	SOURCES
};

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

static char *slot_of(struct bench *b, unsigned source)
{
	struct scan_text *t = b->texts[0];

	switch (source) {
	case EFI_ONE_SHOT:
		return b->vars.values[LOADER_ONE_SHOT];
	case STORE_ONE_SHOT:
		return t->store.oneshot;
	case EFI_SYS_FAIL:
		return b->vars.values[LOADER_SYS_FAIL];
	case STORE_SYS_FAIL:
		return t->store.sysfail;
	case CMDLINE_PREFERRED:
		return b->config.cmdline.preferred;
	case CMDLINE_DEFAULT:
		return b->config.cmdline.default_entry;
	case EFI_PREFERRED:
		return b->vars.values[LOADER_PREFERRED];
	case STORE_PREFERRED:
		return t->store.preferred;
	case CONF_PREFERRED:
		return t->conf.preferred;
	case IMAGE_PREFERRED:
		return b->config.builtin.preferred;
	case EFI_DEFAULT:
		return b->vars.values[LOADER_DEFAULT];
	case STORE_DEFAULT:
		return t->store.default_entry;
	case CONF_DEFAULT:
		return t->conf.default_entry;
	default:
		return b->config.builtin.default_entry;
	}
}

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

/* --- names ------------------------------------------------------------------
 */

static void ids_come_before_titles(void **state)
{
	struct bench *b = *state;

	add(b, "b.efi")->found.title = display_of_text("A.efi");
	add(b, "a.efi")->found.title = display_of_text("Debian 12");
	SET(b->config.builtin.default_entry, "A.efi");
	assert_chosen(b, "a.efi"); /* in any case of an id */
	SET(b->config.builtin.default_entry, "Debian*");
	assert_chosen(b, "a.efi");
	SET(b->config.builtin.default_entry, "debian*"); /* not of a title */
	assert_chosen(b, "b.efi");
	SET(b->config.builtin.default_entry, "[ab].EFI");
	assert_chosen(b, "b.efi"); /* the first of the list */
	SET(b->config.builtin.default_entry, "?.efi");
	assert_chosen(b, "b.efi");
	SET(b->config.builtin.default_entry, "a?.efi");
	assert_chosen(b, "b.efi");
	assert_true(b->choice.is_missing);
}

static void saved_is_what_booted_last(void **state)
{
	struct bench *b = *state;
	struct scan_text *one, *two;

	add(b, "first");
	add(b, "x");
	add(b, "y");
	one = add_volume(b, "vda1");
	two = add_volume(b, "vdb1");
	SET(two->conf.default_entry, "@saved");
	assert_true(choice_uses_saved(&b->in));
	assert_chosen(b, "first");
	assert_false(b->choice.is_missing); /* nobody misses it */
	SET(two->store.last, "y");
	assert_chosen(b, "y");
	assert_string_equal(b->choice.why,
			    "default (@saved) of loader.conf on vdb1");
	SET(one->store.last, "x");
	assert_chosen(b, "x");
	SET(b->vars.values[LOADER_LAST_BOOTED], "y");
	assert_chosen(b, "y");
	SET(b->vars.values[LOADER_LAST_BOOTED], "gone");
	assert_chosen(b, "first");
	assert_true(b->choice.is_missing);
	two->conf.default_entry[0] = '\0';
	assert_false(choice_uses_saved(&b->in));
}

static void everybody_may_say_saved(void **state)
{
	struct bench *b = *state;

	add(b, "first");
	add(b, "x");
	add_volume(b, "vda1");
	SET(b->vars.values[LOADER_LAST_BOOTED], "x");
	for (unsigned i = CMDLINE_PREFERRED; i < NOBODY; i++) {
		assert_false(choice_uses_saved(&b->in));
		strcpy(slot_of(b, i), "@saved");
		assert_true(choice_uses_saved(&b->in));
		assert_chosen(b, "x");
		slot_of(b, i)[0] = '\0';
	}
}

/* --- files with a default of their own --------------------------------------
 */

static struct boot_entry *add_grub(struct bench *b, const char *id,
				   const char *path, uint32_t volume)
{
	struct boot_entry *e = add(b, id);

	e->found.kind = FOUND_GRUB;
	e->place.number = volume;
	snprintf(e->found.path, sizeof(e->found.path), "%s", path);
	return e;
}

static void a_grub_cfg_has_a_default(void **state)
{
	struct bench *b = *state;
	struct boot_entry *named;

	add_grub(b, "1", "/grub/grub.cfg", 0);
	named = add_grub(b, "2", "/grub/grub.cfg", 0);
	add_grub(b, "3", "/grub/grub.cfg", 1)->found.is_file_default = true;
	add_grub(b, "4", "/x/grub.cfg", 0)->found.is_file_default = true;
	assert_chosen(b, "1");
	named->found.is_file_default = true;
	assert_chosen(b, "2");
	assert_string_equal(b->choice.why, "default of /grub/grub.cfg on vda1");
	named->failure_code = E_JUDGE_UNSIGNED;
	assert_chosen(b, "1");
	named->failure_code = OK;
	SET(b->config.builtin.default_entry, "3");
	assert_chosen(b, "3");
}

static void a_grub_cfg_does_not_choose_for_others(void **state)
{
	struct bench *b = *state;

	add(b, "debian.efi");
	add_grub(b, "2", "/grub/grub.cfg", 0)->found.is_file_default = true;
	assert_chosen(b, "debian.efi");
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

/* --- locks ------------------------------------------------------------------
 */

static void lock(struct bench *b, const char *line)
{
	config_parse(&b->config, span_of_text(line), NULL, NULL);
}

static void what_the_image_locks_stays(void **state)
{
	struct bench *b = *state;
	struct scan_text *t;

	add(b, "first");
	add(b, "x");
	add(b, "image");
	t = add_volume(b, "vda1");
	SET(b->vars.values[LOADER_DEFAULT], "x");
	SET(t->store.default_entry, "x");
	SET(t->conf.default_entry, "x");
	assert_chosen(b, "x");
	lock(b, "lock = default");
	assert_chosen(b, "first");
	SET(b->config.builtin.default_entry, "image");
	assert_chosen(b, "image");
	SET(b->vars.values[LOADER_PREFERRED], "x");
	SET(t->store.preferred, "x");
	SET(t->conf.preferred, "x");
	assert_chosen(b, "x");
	lock(b, "lock = preferred");
	assert_chosen(b, "image");
	SET(b->vars.values[LOADER_ONE_SHOT], "x");
	assert_chosen(b, "x");
	b->vars.values[LOADER_ONE_SHOT][0] = '\0';
	SET(t->store.oneshot, "x");
	assert_chosen(b, "x");
	lock(b, "lock = one-shot");
	assert_chosen(b, "image");
}

/* --- time -------------------------------------------------------------------
 */

static void the_time_to_wait_has_an_order(void **state)
{
	struct bench *b = *state;
	struct scan_text *one, *two;

	one = add_volume(b, "vda1");
	two = add_volume(b, "vdb1");
	assert_int_equal(choice_timeout(&b->in)->timeout_s, 5);
	assert_true(config_set_timeout(&two->conf, span_of_text("12")));
	assert_int_equal(choice_timeout(&b->in)->timeout_s, 12);
	assert_true(config_set_timeout(&one->conf, span_of_text("11")));
	assert_int_equal(choice_timeout(&b->in)->timeout_s, 11);
	assert_true(
		config_set_timeout(&two->store_timeout, span_of_text("10")));
	assert_int_equal(choice_timeout(&b->in)->timeout_s, 10);
	assert_true(config_set_timeout(&b->vars.timeout, span_of_text("9")));
	assert_int_equal(choice_timeout(&b->in)->timeout_s, 9);
	assert_true(config_set_timeout(&b->config.cmdline, span_of_text("8")));
	assert_int_equal(choice_timeout(&b->in)->timeout_s, 8);
	assert_true(config_set_timeout(&b->vars.timeout_one_shot,
				       span_of_text("menu-hidden")));
	assert_int_equal(choice_timeout(&b->in)->timeout_s, 0);
	assert_int_equal(choice_timeout(&b->in)->manner, MENU_HIDDEN);
	lock(b, "lock = timeout");
	assert_int_equal(choice_timeout(&b->in)->timeout_s, 5);
}

/* --- when it is final -------------------------------------------------------
 */

static bool is_final(struct bench *b, unsigned pending, unsigned holding,
		     bool more_come)
{
	const struct choice_wait wait = { pending, holding, more_come };

	chosen(b);
	return choice_is_final(&b->in, &b->choice, &wait);
}

static void nothing_is_final_before_the_variables(void **state)
{
	struct bench *b = *state;

	add(b, "x");
	SET(b->config.cmdline.default_entry, "x");
	assert_true(is_final(b, 0, 0, false));
	b->in.vars_pending = true;
	assert_false(is_final(b, 0, 0, false));
}

static void the_first_of_the_list_waits(void **state)
{
	struct bench *b = *state;

	add(b, "x");
	assert_true(is_final(b, 0, 0, false));
	assert_true(is_final(b, 1, 0, false)); /* for the patient only */
	assert_false(is_final(b, 1, 1, false));
	assert_false(is_final(b, 0, 0, true));
}

static void a_name_waits_for_who_may_object(void **state)
{
	struct bench *b = *state;

	add(b, "x");
	SET(b->config.builtin.default_entry, "x");
	assert_true(is_final(b, 1, 0, true)); /* not for disks to come */
	assert_false(is_final(b, 1, 1, true));
	lock(b, "lock = one-shot");
	assert_false(is_final(b, 1, 1, true));
	lock(b, "lock = preferred");
	assert_false(is_final(b, 1, 1, true));
	lock(b, "lock = default");
	assert_true(is_final(b, 1, 1, true));
}

static void only_a_one_shot_comes_before_the_command_line(void **state)
{
	struct bench *b = *state;

	add(b, "x");
	SET(b->config.cmdline.default_entry, "x");
	assert_true(is_final(b, 1, 0, true));
	assert_false(is_final(b, 1, 1, true));
	lock(b, "lock = one-shot");
	assert_true(is_final(b, 1, 1, true));
}

static void variables_wait_by_their_rank(void **state)
{
	struct bench *b = *state;

	add(b, "x");
	SET(b->vars.values[LOADER_DEFAULT], "x");
	lock(b, "lock = one-shot");
	assert_false(is_final(b, 1, 1, true));
	SET(b->vars.values[LOADER_PREFERRED], "x");
	assert_true(is_final(b, 1, 1, true));
	b->vars.values[LOADER_PREFERRED][0] = '\0';
	lock(b, "lock = preferred");
	assert_true(is_final(b, 1, 1, true));
	b->config.locked = 0;
	SET(b->vars.values[LOADER_ONE_SHOT], "x");
	assert_true(is_final(b, 1, 1, true)); /* nothing comes before it */
}

static void what_a_disk_names_waits_for_disks(void **state)
{
	struct bench *b = *state;
	struct scan_text *t;

	add(b, "x");
	t = add_volume(b, "vdb1");
	SET(t->store.oneshot, "x");
	assert_true(is_final(b, 1, 0, false));
	assert_false(is_final(b, 1, 1, false));
	assert_false(is_final(b, 0, 0, true)); /* vda1 may come */
	t->store.oneshot[0] = '\0';
	SET(t->conf.default_entry, "x");
	assert_false(is_final(b, 0, 0, true));
	assert_true(is_final(b, 0, 0, false));
}

static void what_is_missing_may_be_on_any_disk(void **state)
{
	struct bench *b = *state;

	add(b, "x");
	SET(b->config.builtin.default_entry, "gone");
	assert_false(is_final(b, 1, 0, false));
	assert_false(is_final(b, 0, 0, true));
	assert_true(is_final(b, 0, 0, false));
	SET(b->config.builtin.default_entry, "x");
	SET(b->config.cmdline.default_entry, "gone");
	assert_false(is_final(b, 1, 0, false));
	assert_true(is_final(b, 0, 0, false));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

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
		TEST(ids_come_before_titles),
		TEST(saved_is_what_booted_last),
		TEST(everybody_may_say_saved),
		TEST(a_grub_cfg_has_a_default),
		TEST(a_grub_cfg_does_not_choose_for_others),
		TEST(the_first_volume_that_names_one_decides),
		TEST(what_the_image_locks_stays),
		TEST(the_time_to_wait_has_an_order),
		TEST(nothing_is_final_before_the_variables),
		TEST(the_first_of_the_list_waits),
		TEST(a_name_waits_for_who_may_object),
		TEST(only_a_one_shot_comes_before_the_command_line),
		TEST(variables_wait_by_their_rank),
		TEST(what_a_disk_names_waits_for_disks),
		TEST(what_is_missing_may_be_on_any_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
