/* Choosing on a machine: how what comes over time is gathered, and that a
 * one-shot that stays is not honoured twice. */
#include "menu_choice_bench.h"

#include <sys/stat.h>

static unsigned log_count(const char *what)
{
	struct span log = log_kept(), line;
	unsigned count = 0;

	while (span_next_line(&log, &line))
		count += strstr(display_of(line).text, what) != NULL;
	return count;
}

static void a_host_has_no_variables(void **state)
{
	struct bench *b = *state;
	struct choices in = menu_choice_sources(&b->c, &b->scan);
	struct pollfd fd;

	assert_null(in.vars);
	assert_false(in.vars_pending);
	assert_int_equal(menu_choice_poll_fds(&b->c, &fd), 0);
	assert_int_equal(menu_choice_wait_ms(&b->c), -1);
}

/* Nothing is asked of the firmware that could not change anything. */
static void variables_that_cannot_count_are_not_read(void **state)
{
	struct bench *b = *state;

	config_parse(&b->config,
		     span_of_text("lock = default preferred one-shot timeout"),
		     NULL, NULL);
	menu_choice_begin(&b->c, &b->config, true);
	assert_null(b->c.efivars);
	config_defaults(&b->config);
	b->config.efi_variables = false;
	menu_choice_begin(&b->c, &b->config, true);
	assert_null(b->c.efivars);
}

static void variables_come_after_a_while(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	struct bench *b = *state;
	struct choice choice;
	struct pollfd fd;

	scratch_file(&dir, FILE_OF("LoaderEntryDefault"),
		     span_of("\7\0\0\0a\0\0\0", 8));
	add(b, "a");
	add(b, "b");
	start_reading(b, dir.dir);
	assert_true(menu_choice_sources(&b->c, &b->scan).vars_pending);
	assert_string_equal(choose(b, &choice), "b");
	assert_int_equal(menu_choice_poll_fds(&b->c, &fd), 1);
	assert_true(menu_choice_wait_ms(&b->c) > 0);
	menu_choice_settle(&b->c);
	assert_int_equal(menu_choice_poll_fds(&b->c, &fd), 0);
	assert_string_equal(choose(b, &choice), "a");
	choose(b, &choice);
	/* once, however often it is asked */
	assert_int_equal(log_count("boots by itself: a: default of the EFI "
				   "variable LoaderEntryDefault"),
			 1);
}

static void a_reader_that_dies_leaves_no_variables(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	struct bench *b = *state;

	/* a pipe that nobody writes to: it cannot have answered yet */
	assert_int_equal(
		mkfifo(scratch_path(&dir, FILE_OF("LoaderEntryDefault")), 0600),
		0);
	start_reading(b, dir.dir);
	proc_kill(b->c.reader.pid);
	menu_choice_settle(&b->c);
	assert_null(menu_choice_sources(&b->c, &b->scan).vars);
	assert_false(menu_choice_sources(&b->c, &b->scan).vars_pending);
	assert_int_equal(log_count("the boot goes on without them"), 1);
}

static void a_one_shot_is_used_up(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	struct bench *b = *state;
	struct choice choice;
	struct error err;

	scratch_file(&dir, FILE_OF("LoaderEntryOneShot"),
		     span_of("\7\0\0\0a\0\0\0", 8));
	add(b, "a");
	add(b, "b");
	start_reading(b, dir.dir);
	menu_choice_settle(&b->c);
	assert_string_equal(choose(b, &choice), "a");
	assert_ok(&err, menu_choice_use_up(&b->c, &b->scan, choice.entry->id,
					   &choice, ATTEMPT_ALL, &err));
	assert_int_not_equal(
		access(scratch_path(&dir, FILE_OF("LoaderEntryOneShot")), F_OK),
		0);
	assert_string_equal(choose(b, &choice), "b");
}

static void a_one_shot_that_stays_is_not_honoured(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	struct bench *b = *state;
	struct choice choice;
	struct error err;

	add(b, "a");
	add(b, "b");
	scratch_folder(&dir, FILE_OF("LoaderEntryOneShot"));
	b->c.efivars = dir.dir;
	b->c.has_vars = true;
	strcpy(b->c.vars.values[LOADER_ONE_SHOT], "a");
	assert_string_equal(choose(b, &choice), "a");
	assert_refused(E_ATTEMPT_ONE_SHOT, &err,
		       menu_choice_use_up(&b->c, &b->scan, choice.entry->id,
					  &choice, ATTEMPT_ONE_SHOTS, &err));
	assert_string_equal(choose(b, &choice), "b");
}

static void an_entry_that_is_gone_needs_no_counter(void **state)
{
	struct bench *b = *state;
	struct error err;

	assert_ok(&err, menu_choice_use_up(&b->c, &b->scan, 77, NULL,
					   ATTEMPT_ALL, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_host_has_no_variables),
		TEST(variables_that_cannot_count_are_not_read),
		TEST(variables_come_after_a_while),
		TEST(a_reader_that_dies_leaves_no_variables),
		TEST(a_one_shot_is_used_up),
		TEST(a_one_shot_that_stays_is_not_honoured),
		TEST(an_entry_that_is_gone_needs_no_counter),
	};

	log_to(-1, false, LOG_INFO);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
