/*
 * What boots by itself: patterns, @saved, defaults of files, locks, the time to
 * wait, and when the choice is final.
 */
#include "choice_bench.h"

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

/* A menu of a thousand entries took minutes for each key. */
static void patterns_of_disks_have_an_end(void **state)
{
	struct bench *b = *state;
	char name[256] = "*", id[256];

	memset(name + 1, '[', 99);
	strcpy(name + 100, "b");
	memset(id, '[', 250);
	id[250] = '\0';
	for (int i = 0; i < ENTRIES_MAX - 1; i++)
		add(b, id);
	add(b, "b");
	for (int i = 0; i < TEXTS_MAX; i++) {
		struct scan_text *text = add_volume(b, "sda1");

		snprintf(text->conf.default_entry,
			 sizeof(text->conf.default_entry), "%.99s%d", name, i);
		snprintf(text->conf.preferred, sizeof(text->conf.preferred),
			 "%.99s%dc", name, i);
	}
	strcpy(b->config.builtin.default_entry, "b");
	choice_make(&b->in, &b->choice);
	/* none had the work it wanted, and the image still has its word */
	assert_true(b->choice.work_left < 100);
	assert_string_equal(b->choice.entry->found.id, "b");
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
	assert_int_equal(b->choice.rank, CHOSEN_BY_NOBODY);
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

static void say(struct config_choices *c, const char *lines)
{
	config_parse_esp(c, span_of_text(lines), NULL, NULL);
}

/* `menu` has the order of `timeout`; a word of timeout goes with its time. */
static void the_manner_has_an_order(void **state)
{
	struct bench *b = *state;
	struct scan_text *one, *two;

	one = add_volume(b, "vda1");
	two = add_volume(b, "vdb1");
	assert_int_equal(choice_manner(&b->in), MENU_SHOWN);
	b->config.builtin.manner = MENU_DISABLED;
	b->config.builtin.has_manner = true;
	assert_int_equal(choice_manner(&b->in), MENU_DISABLED);
	say(&two->conf, "menu hidden");
	assert_int_equal(choice_manner(&b->in), MENU_HIDDEN);
	say(&one->conf, "menu show");
	assert_int_equal(choice_manner(&b->in), MENU_SHOWN);
	say(&one->conf, "timeout 3"); /* says nothing of it */
	assert_int_equal(choice_manner(&b->in), MENU_HIDDEN);
	say(&one->conf, "timeout menu-disabled");
	assert_int_equal(choice_manner(&b->in), MENU_DISABLED);
	/* another time counts, so that word does not */
	say(&b->config.cmdline, "timeout 9");
	assert_int_equal(choice_manner(&b->in), MENU_HIDDEN);
	say(&b->config.cmdline, "timeout 9\nmenu show");
	assert_int_equal(choice_manner(&b->in), MENU_SHOWN);
	assert_true(config_set_timeout(&b->vars.timeout_one_shot,
				       span_of_text("menu-hidden")));
	assert_int_equal(choice_manner(&b->in), MENU_HIDDEN);
	lock(b, "lock = timeout");
	assert_int_equal(choice_manner(&b->in), MENU_SHOWN);
	lock(b, "lock = menu");
	assert_int_equal(choice_manner(&b->in), MENU_DISABLED);
}

static void a_variable_or_a_store_says_the_manner(void **state)
{
	struct bench *b = *state;
	struct scan_text *one = add_volume(b, "vda1");

	say(&one->conf, "menu disabled");
	assert_true(config_set_timeout(&one->store_timeout,
				       span_of_text("menu-hidden")));
	assert_int_equal(choice_manner(&b->in), MENU_HIDDEN);
	assert_true(config_set_timeout(&b->vars.timeout,
				       span_of_text("menu-force")));
	assert_int_equal(choice_manner(&b->in), MENU_SHOWN);
	assert_true(config_set_timeout(&b->vars.timeout, span_of_text("4")));
	assert_int_equal(choice_manner(&b->in), MENU_DISABLED);
	b->in.vars = NULL;
	assert_int_equal(choice_manner(&b->in), MENU_HIDDEN);
}

/* --- when it is final -------------------------------------------------------
 */

static bool is_final(struct bench *b, unsigned pending, unsigned holding,
		     bool more_come)
{
	const struct choice_wait wait = { pending, holding, more_come, false };

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
	b->config.locked = 0;
	SET(b->config.builtin.preferred, "x");
	lock(b, "lock = one-shot");
	assert_false(is_final(b, 1, 1, true));
	lock(b, "lock = preferred");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ids_come_before_titles),
		TEST(patterns_of_disks_have_an_end),
		TEST(saved_is_what_booted_last),
		TEST(everybody_may_say_saved),
		TEST(a_grub_cfg_has_a_default),
		TEST(a_grub_cfg_does_not_choose_for_others),
		TEST(what_the_image_locks_stays),
		TEST(the_time_to_wait_has_an_order),
		TEST(the_manner_has_an_order),
		TEST(a_variable_or_a_store_says_the_manner),
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
