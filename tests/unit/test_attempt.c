/*
 * What a boot uses up: counters, one-shots of variables and stores, what booted
 * last and where that goes; and that it is written, or the boot is not.
 */
#include "attempt.h"

#include "scratch.h"
#include "test.h"

#include <stdio.h>
#include <unistd.h>

#define ONE_SHOT_FILE "LoaderEntryOneShot-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"

struct bench {
	struct config config;
	struct loader_vars vars;
	struct choices in;
	struct boot_entry entry;
	struct boot_entry *entries[1];
	struct scan_text all[2];
	struct scan_text *texts[2];
	struct choice choice;
	struct attempt_plan plan;
	struct scan scan;
};

static int set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct error err;

	assert_non_null(b);
	config_defaults(&b->config);
	assert_ok(&err, scan_init(&b->scan, 5, &err));
	b->entries[0] = &b->entry;
	b->entry.leads = true;
	b->entry.probe = 1;
	b->entry.place.kind = PLACE_ESP;
	b->entry.place.may_write = true;
	b->entry.found.is_automatic = true;
	strcpy(b->entry.found.id, "os.efi");
	strcpy(b->entry.found.path, "/EFI/Linux/os+3-0.efi");
	for (unsigned i = 0; i < 2; i++) {
		b->texts[i] = &b->all[i];
		b->all[i].probe = i;
		b->all[i].place.kind = PLACE_ESP;
		b->all[i].place.may_write = true;
		snprintf(b->all[i].place.name, sizeof(b->all[i].place.name),
			 "vd%c1", 'a' + (char)i);
	}
	b->in = (struct choices){ .config = &b->config,
				  .texts = b->texts,
				  .text_count = 2,
				  .entries = b->entries,
				  .entry_count = 1 };
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	scan_end(&b->scan);
	free(b);
	return 0;
}

static const struct attempt_plan *plan(struct bench *b)
{
	struct error err;

	assert_ok(&err, attempt_make(&b->in, NULL, &b->entry, ATTEMPT_ALL,
				     &b->plan, &err));
	return &b->plan;
}

/* As an entry that boots by itself. */
static const struct attempt_plan *plan_by_itself(struct bench *b)
{
	struct error err;

	choice_make(&b->in, &b->choice);
	assert_ptr_equal(b->choice.entry, &b->entry);
	assert_ok(&err, attempt_make(&b->in, &b->choice, &b->entry, ATTEMPT_ALL,
				     &b->plan, &err));
	return &b->plan;
}

static void assert_nothing(const struct attempt_plan *p)
{
	assert_string_equal(p->new_name, "");
	assert_int_equal(p->store_count, 0);
	assert_int_equal(p->change_count, 0);
	assert_false(p->is_change_required);
}

static void nothing_is_written_without_need(void **state)
{
	struct bench *b = *state;

	b->in.vars = &b->vars;
	b->config.last_booted = true; /* but nobody says @saved */
	assert_nothing(plan(b));
	assert_nothing(plan_by_itself(b));
	b->config.last_booted = false;
	strcpy(b->config.builtin.default_entry, "@saved");
	assert_nothing(plan(b));
}

static void a_counted_entry_is_counted(void **state)
{
	struct bench *b = *state;

	b->entry.found.is_counted = true;
	b->entry.found.tries_left = 3;
	assert_string_equal(plan(b)->new_name, "os+2-1.efi");
	strcpy(b->entry.found.path, "/EFI/Linux/os+0-3.efi");
	b->entry.found.tries_left = 0; /* chosen by hand */
	assert_string_equal(plan(b)->new_name, "os+0-4.efi");
	b->entry.place.may_write = false;
	assert_string_equal(plan(b)->new_name, "");
	b->entry.place.may_write = true;
	strcpy(b->entry.found.path,
	       "/EFI/Linux/os.efi"); /* of a turned probe */
	assert_string_equal(plan(b)->new_name, "");
}

/* "-1" makes it longer. */
static void a_name_that_would_be_too_long_is_not_counted(void **state)
{
	struct bench *b = *state;
	char *path = b->entry.found.path, name[FOUND_PATH_MAX];

	b->entry.found.is_counted = true;
	for (int len = VOLUME_NAME_MAX - 3; len <= VOLUME_NAME_MAX; len++) {
		bool fits = len + 2 <= VOLUME_NAME_MAX;

		assert_int_equal(snprintf(path, FOUND_PATH_MAX, "/%0*d+3.efi",
					  len - 6, 0),
				 len + 1);
		assert_int_equal(
			attempt_next_name(&b->entry, name, sizeof(name)), fits);
		assert_int_equal(strlen(name), fits ? len + 2 : 0);
	}
}

static void one_shots_go_whatever_boots(void **state)
{
	struct bench *b = *state;
	const struct attempt_plan *p;

	b->in.vars = &b->vars;
	strcpy(b->vars.values[LOADER_ONE_SHOT], "gone.efi");
	strcpy(b->vars.values[LOADER_TIMEOUT_ONE_SHOT], "3");
	strcpy(b->all[1].store.oneshot, "os.efi");
	strcpy(b->all[1].store.default_entry, "kept.efi");
	p = plan(b);
	assert_int_equal(p->change_count, 2);
	assert_int_equal(p->changes[0].var, LOADER_ONE_SHOT);
	assert_string_equal(p->changes[0].value, "");
	assert_int_equal(p->changes[1].var, LOADER_TIMEOUT_ONE_SHOT);
	assert_false(p->is_change_required);
	assert_int_equal(p->store_count, 1);
	assert_int_equal(p->stores[0].probe, 1);
	assert_string_equal(p->stores[0].store.oneshot, "");
	assert_string_equal(p->stores[0].store.default_entry, "kept.efi");
	assert_false(p->stores[0].is_required);
}

static void the_one_shot_that_boots_is_required(void **state)
{
	struct bench *b = *state;
	const struct attempt_plan *p;

	strcpy(b->all[0].store.oneshot, "gone.efi");
	strcpy(b->all[1].store.oneshot, "os.efi");
	p = plan_by_itself(b);
	assert_int_equal(p->store_count, 2);
	assert_int_equal(p->stores[0].probe, 1); /* first of all */
	assert_true(p->stores[0].is_required);
	assert_false(p->stores[1].is_required);
	b->in.vars = &b->vars;
	strcpy(b->vars.values[LOADER_ONE_SHOT], "gone.efi");
	p = plan_by_itself(b);
	assert_true(p->stores[0].is_required);
	assert_int_equal(p->change_count, 1);
	assert_false(p->is_change_required); /* it did not choose this */
	strcpy(b->vars.values[LOADER_ONE_SHOT], "os.efi");
	p = plan_by_itself(b);
	assert_true(p->is_change_required);
	assert_int_equal(p->changes[0].var, LOADER_ONE_SHOT);
	assert_int_equal(p->store_count, 2);
	assert_false(p->stores[0].is_required);
	b->vars.values[LOADER_ONE_SHOT][0] = '\0';
	b->all[1].store.oneshot[0] = '\0';
	strcpy(b->vars.values[LOADER_DEFAULT], "os.efi");
	strcpy(b->vars.values[LOADER_TIMEOUT_ONE_SHOT], "3");
	p = plan_by_itself(b);
	assert_int_equal(p->change_count, 1);
	assert_false(p->is_change_required); /* nor is this one */
}

static void a_one_shot_that_went_with_its_disk_boots_nothing(void **state)
{
	struct bench *b = *state;
	struct error err;

	strcpy(b->all[1].store.oneshot, "os.efi");
	choice_make(&b->in, &b->choice);
	assert_int_equal(b->choice.rank, CHOSEN_BY_ONE_SHOT);
	b->in.text_count = 1;
	assert_refused(E_ATTEMPT_ONE_SHOT, &err,
		       attempt_make(&b->in, &b->choice, &b->entry, ATTEMPT_ALL,
				    &b->plan, &err));
}

static void what_is_locked_is_not_taken_out(void **state)
{
	struct bench *b = *state;

	b->in.vars = &b->vars;
	strcpy(b->vars.values[LOADER_ONE_SHOT], "os.efi");
	strcpy(b->vars.values[LOADER_TIMEOUT_ONE_SHOT], "3");
	strcpy(b->all[1].store.oneshot, "os.efi");
	config_parse(&b->config, span_of_text("lock = one-shot timeout"), NULL,
		     NULL);
	assert_nothing(plan(b));
}

static void a_store_that_may_not_be_written_is_left(void **state)
{
	struct bench *b = *state;

	strcpy(b->all[0].store.oneshot, "os.efi");
	b->all[0].place.may_write = false;
	assert_nothing(plan(b));
}

static void parts_are_told_apart(void **state)
{
	struct bench *b = *state;
	struct error err;

	b->entry.found.is_counted = true;
	b->in.vars = &b->vars;
	b->config.last_booted = true;
	strcpy(b->config.builtin.default_entry, "@saved");
	strcpy(b->vars.values[LOADER_ONE_SHOT], "os.efi");
	assert_ok(&err, attempt_make(&b->in, NULL, NULL, ATTEMPT_ONE_SHOTS,
				     &b->plan, &err));
	assert_string_equal(b->plan.new_name, "");
	assert_int_equal(b->plan.change_count, 1);
	assert_int_equal(b->plan.changes[0].var, LOADER_ONE_SHOT);
	assert_ok(&err, attempt_make(&b->in, NULL, &b->entry, ATTEMPT_COUNTER,
				     &b->plan, &err));
	assert_string_equal(b->plan.new_name, "os+2-1.efi");
	assert_int_equal(b->plan.change_count, 0);
	assert_ok(&err, attempt_make(&b->in, NULL, &b->entry, ATTEMPT_LAST,
				     &b->plan, &err));
	assert_string_equal(b->plan.new_name, "");
	assert_int_equal(b->plan.change_count, 1);
	assert_int_equal(b->plan.changes[0].var, LOADER_LAST_BOOTED);
}

/* --- what booted last -------------------------------------------------------
 */

static void use_saved(struct bench *b)
{
	b->config.last_booted = true;
	strcpy(b->config.builtin.default_entry, "@saved");
}

static void last_booted_goes_to_the_variable(void **state)
{
	struct bench *b = *state;
	const struct attempt_plan *p;

	use_saved(b);
	b->in.vars = &b->vars;
	p = plan(b);
	assert_int_equal(p->change_count, 1);
	assert_string_equal(p->changes[0].value, "os.efi");
	assert_int_equal(p->store_count, 0);
	strcpy(b->vars.values[LOADER_LAST_BOOTED], "os.efi");
	assert_nothing(plan(b)); /* flash wears */
	memset(b->entry.found.id, 'i', LOADER_VALUE_MAX);
	assert_nothing(plan(b)); /* too long for a variable */
}

static void last_booted_goes_to_the_store_that_has_it(void **state)
{
	struct bench *b = *state;
	const struct attempt_plan *p;

	use_saved(b);
	strcpy(b->all[0].store.last, "old.efi");
	strcpy(b->all[0].store.preferred, "kept.efi");
	p = plan(b);
	assert_int_equal(p->store_count, 1);
	assert_int_equal(p->stores[0].probe, 0);
	assert_string_equal(p->stores[0].store.last, "os.efi");
	assert_string_equal(p->stores[0].store.preferred, "kept.efi");
	assert_false(p->stores[0].is_required);
	b->all[0].place.may_write = false; /* which would go on to be read */
	assert_nothing(plan(b));
	b->all[0].place.may_write = true;
	strcpy(b->all[0].store.last, "os.efi");
	assert_nothing(plan(b));
}

static void without_one_it_goes_to_the_entry_s_volume(void **state)
{
	struct bench *b = *state;
	const struct attempt_plan *p;

	use_saved(b);
	p = plan(b);
	assert_int_equal(p->store_count, 1);
	assert_int_equal(p->stores[0].probe, 1);
	b->entry.probe = 9;
	assert_int_equal(plan(b)->stores[0].probe, 0); /* the first one */
	b->in.text_count = 0;
	p = plan(b); /* a new one, with the entry */
	assert_int_equal(p->store_count, 1);
	assert_int_equal(p->stores[0].probe, 9);
	assert_string_equal(p->stores[0].store.last, "os.efi");
	b->entry.place.may_write = false;
	assert_nothing(plan(b));
}

static void an_id_that_is_too_long_is_not_remembered(void **state)
{
	struct bench *b = *state;

	use_saved(b);
	memset(b->entry.found.id, 'i', STORE_VALUE_MAX);
	b->entry.found.id[STORE_VALUE_MAX] = '\0';
	assert_int_equal(plan(b)->store_count, 1);
	b->entry.found.id[STORE_VALUE_MAX] = 'i';
	b->entry.found.id[STORE_VALUE_MAX + 1] = '\0';
	assert_nothing(plan(b));
}

static void both_changes_of_a_store_are_one_write(void **state)
{
	struct bench *b = *state;
	const struct attempt_plan *p;

	use_saved(b);
	strcpy(b->all[1].store.oneshot, "os.efi");
	p = plan_by_itself(b);
	assert_int_equal(p->store_count, 1);
	assert_string_equal(p->stores[0].store.oneshot, "");
	assert_string_equal(p->stores[0].store.last, "os.efi");
	assert_true(p->stores[0].is_required);
}

/* --- writing ----------------------------------------------------------------
 */

static enum status carry_out(struct bench *b, const char *efivars,
			     struct error *err)
{
	return attempt_carry_out(&b->plan, &b->scan, 1, efivars, &b->vars, err);
}

static void a_variable_is_taken_out(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	struct bench *b = *state;
	struct error err;

	scratch_file(&dir, ONE_SHOT_FILE, span_of("\7\0\0\0a\0\0\0", 8));
	b->in.vars = &b->vars;
	strcpy(b->vars.values[LOADER_ONE_SHOT], "os.efi");
	strcpy(b->vars.values[LOADER_TIMEOUT_ONE_SHOT], "3");
	b->vars.timeout_one_shot.has_timeout = true;
	plan_by_itself(b);
	assert_ok(&err, carry_out(b, dir.dir, &err));
	assert_string_equal(b->vars.values[LOADER_ONE_SHOT], "");
	assert_false(b->vars.timeout_one_shot.has_timeout);
	assert_int_not_equal(access(scratch_path(&dir, ONE_SHOT_FILE), F_OK),
			     0);
}

/* A folder in its place cannot be deleted like a file. */
static void a_variable_that_stays_boots_nothing(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	struct bench *b = *state;
	struct error err;

	scratch_folder(&dir, ONE_SHOT_FILE);
	b->in.vars = &b->vars;
	strcpy(b->vars.values[LOADER_ONE_SHOT], "os.efi");
	plan_by_itself(b);
	assert_refused(E_ATTEMPT_ONE_SHOT, &err, carry_out(b, dir.dir, &err));
	assert_string_equal(b->vars.values[LOADER_ONE_SHOT], "os.efi");
	plan(b); /* by hand it does not matter */
	assert_ok(&err, carry_out(b, dir.dir, &err));
}

static void a_store_that_stays_boots_nothing(void **state)
{
	struct bench *b = *state;
	struct scan_text *text;
	struct error err;

	strcpy(b->all[1].store.oneshot, "os.efi");
	b->all[1].store.sequence = 1;
	scan_texts_written(&b->scan.texts, 1, &b->all[1].place,
			   &b->all[1].store);
	text = scan_texts_find(&b->scan.texts, 1, 0);
	plan_by_itself(b);
	/* no probe is there to write it */
	assert_refused(E_ATTEMPT_ONE_SHOT, &err, carry_out(b, "/", &err));
	assert_true(text->is_spent);
	text->is_spent = false;
	plan(b);
	assert_ok(&err, carry_out(b, "/", &err));
	assert_true(text->is_spent); /* it would boot next */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_written_without_need),
		TEST(a_counted_entry_is_counted),
		TEST(a_name_that_would_be_too_long_is_not_counted),
		TEST(one_shots_go_whatever_boots),
		TEST(the_one_shot_that_boots_is_required),
		TEST(a_one_shot_that_went_with_its_disk_boots_nothing),
		TEST(what_is_locked_is_not_taken_out),
		TEST(a_store_that_may_not_be_written_is_left),
		TEST(parts_are_told_apart),
		TEST(last_booted_goes_to_the_variable),
		TEST(last_booted_goes_to_the_store_that_has_it),
		TEST(without_one_it_goes_to_the_entry_s_volume),
		TEST(an_id_that_is_too_long_is_not_remembered),
		TEST(both_changes_of_a_store_are_one_write),
		TEST(a_variable_is_taken_out),
		TEST(a_variable_that_stays_boots_nothing),
		TEST(a_store_that_stays_boots_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
