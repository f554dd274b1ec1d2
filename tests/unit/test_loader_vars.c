/* EFI variables as plain data: texts, what is broken in them, a firmware that
 * never answers, and changes. */
#include "loader_vars.h"

#include "scratch.h"
#include "sys/proc.h"
#include "test.h"

#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define VENDOR "-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"

static void put(const struct scratch *dir, const char *name, const char *ascii)
{
	uint8_t bytes[600] = { 7, 0, 0, 0 };
	size_t len = strlen(ascii);
	char file[128];

	assert_true(2 * len + 6 <= sizeof(bytes));
	for (size_t i = 0; i < len; i++)
		bytes[4 + 2 * i] = (uint8_t)ascii[i];
	snprintf(file, sizeof(file), "%s" VENDOR, name);
	scratch_file(dir, file, span_of(bytes, 4 + 2 * len + 2));
}

static bool is_there(const struct scratch *dir, enum loader_var var)
{
	char file[128];

	snprintf(file, sizeof(file), "%s" VENDOR, loader_var_name(var));
	return access(scratch_path(dir, file), F_OK) == 0;
}

static void variables_become_values(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	struct loader_vars v;

	(void)state;
	put(&dir, "LoaderEntryOneShot", "once.efi");
	put(&dir, "LoaderEntryDefault", "@saved");
	put(&dir, "LoaderEntryPreferred", "p*");
	put(&dir, "LoaderEntrySysFail", "rescue.efi");
	put(&dir, "LoaderEntryLastBooted", "last.efi");
	put(&dir, "LoaderConfigTimeout", "7");
	put(&dir, "LoaderConfigTimeoutOneShot", "menu-force");
	loader_vars_read(dir.dir, &v);
	assert_string_equal(v.values[LOADER_ONE_SHOT], "once.efi");
	assert_string_equal(v.values[LOADER_DEFAULT], "@saved");
	assert_string_equal(v.values[LOADER_PREFERRED], "p*");
	assert_string_equal(v.values[LOADER_SYS_FAIL], "rescue.efi");
	assert_string_equal(v.values[LOADER_LAST_BOOTED], "last.efi");
	assert_true(v.timeout.has_timeout);
	assert_int_equal(v.timeout.timeout_s, 7);
	assert_true(v.timeout_one_shot.timeout_s == CONFIG_TIMEOUT_FORCE);
}

static void what_is_broken_does_not_count(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	char longest[257];
	struct loader_vars v;

	(void)state;
	memset(longest, 'l', 256);
	longest[256] = '\0';
	scratch_file(&dir, "LoaderEntryOneShot" VENDOR,
		     span_of("\7\0\0\0a\0b", 7)); /* half a character */
	scratch_file(&dir, "LoaderEntryDefault" VENDOR, span_of("\7\0", 2));
	scratch_file(&dir, "LoaderEntrySysFail" VENDOR,
		     span_of("\7\0\0\0a\0\0\0b\0", 10)); /* two texts */
	put(&dir, "LoaderEntryPreferred", longest);
	put(&dir, "LoaderEntryLastBooted", "good.efi");
	put(&dir, "LoaderConfigTimeout", "1 week");
	put(&dir, "LoaderConfigTimeoutOneShot", "99999999");
	loader_vars_read(dir.dir, &v);
	assert_string_equal(v.values[LOADER_ONE_SHOT], "");
	assert_string_equal(v.values[LOADER_DEFAULT], "");
	assert_string_equal(v.values[LOADER_PREFERRED], "");
	assert_string_equal(v.values[LOADER_SYS_FAIL], "");
	assert_string_equal(v.values[LOADER_LAST_BOOTED], "good.efi");
	assert_false(v.timeout.has_timeout);
	assert_false(v.timeout_one_shot.has_timeout);
	put(&dir, "LoaderEntryPreferred", longest + 1);
	loader_vars_read(dir.dir, &v);
	assert_string_equal(v.values[LOADER_PREFERRED], longest + 1);
}

/* Waits as a menu does. */
static enum status take(struct efivar_process *r, struct loader_vars *v,
			struct error *err)
{
	enum status s = E_MSG_NONE;

	while (s == E_MSG_NONE) {
		struct pollfd fd = { .fd = r->socket, .events = POLLIN };

		poll(&fd, 1, deadline_left_ms(r->deadline_ms));
		s = loader_vars_take(r, now_ms(), v, err);
	}
	return s;
}

static void a_process_reads_them(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	struct efivar_process r;
	struct loader_vars v;
	struct error err;

	(void)state;
	put(&dir, "LoaderEntryOneShot", "once.efi");
	assert_ok(&err, loader_vars_begin(&r, dir.dir, &err));
	assert_ok(&err, take(&r, &v, &err));
	assert_string_equal(v.values[LOADER_ONE_SHOT], "once.efi");
	assert_int_equal(r.socket, -1);
	loader_vars_end(&r);
	assert_refused(E_EFIVAR_ENDED, &err,
		       loader_vars_take(&r, now_ms(), &v, &err));
}

/* Opening a pipe that nobody writes to is a firmware that does not answer. */
static void a_firmware_that_hangs_is_given_up(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	struct efivar_process r;
	struct loader_vars v;
	struct error err;

	(void)state;
	assert_int_equal(
		mkfifo(scratch_path(&dir, "LoaderEntryDefault" VENDOR), 0600),
		0);
	assert_ok(&err, loader_vars_begin(&r, dir.dir, &err));
	assert_status(E_MSG_NONE, loader_vars_take(&r, now_ms(), &v, &err));
	assert_refused(E_EFIVAR_DEADLINE, &err, take(&r, &v, &err));
	assert_true(now_ms() >= r.deadline_ms);
	assert_int_equal(r.socket, -1);
}

static void a_reader_that_dies_is_noticed(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	struct efivar_process r;
	struct loader_vars v;
	struct error err;

	(void)state;
	assert_int_equal(
		mkfifo(scratch_path(&dir, "LoaderEntryDefault" VENDOR), 0600),
		0);
	assert_ok(&err, loader_vars_begin(&r, dir.dir, &err));
	proc_kill(r.pid);
	assert_refused(E_EFIVAR_ENDED, &err, take(&r, &v, &err));
}

static void changes_are_carried_out(void **state)
{
	static const struct loader_change changes[] = {
		{ LOADER_ONE_SHOT, "" },
		{ LOADER_TIMEOUT_ONE_SHOT, "" },
		{ LOADER_LAST_BOOTED, "new.efi" },
	};
	_drop_scratch_ struct scratch dir = scratch_make();
	struct loader_vars v;
	struct error err;
	uint32_t done;

	(void)state;
	put(&dir, "LoaderEntryOneShot", "once.efi");
	put(&dir, "LoaderEntryLastBooted", "old.efi");
	assert_ok(&err, loader_vars_change(dir.dir, changes, 3, &done, &err));
	assert_int_equal(done, 3);
	assert_false(is_there(&dir, LOADER_ONE_SHOT));
	loader_vars_read(dir.dir, &v);
	assert_string_equal(v.values[LOADER_LAST_BOOTED], "new.efi");
}

static void a_change_that_fails_says_how_far_it_came(void **state)
{
	static const struct loader_change changes[] = {
		{ LOADER_ONE_SHOT, "" },
		{ LOADER_LAST_BOOTED, "new.efi" },
		{ LOADER_TIMEOUT_ONE_SHOT, "" },
	};
	_drop_scratch_ struct scratch dir = scratch_make();
	struct error err;
	uint32_t done;

	(void)state;
	put(&dir, "LoaderEntryOneShot", "once.efi");
	put(&dir, "LoaderConfigTimeoutOneShot", "3");
	scratch_folder(&dir, "LoaderEntryLastBooted" VENDOR);
	assert_refused(E_EFIVAR_WRITE, &err,
		       loader_vars_change(dir.dir, changes, 3, &done, &err));
	assert_int_equal(done, 1);
	assert_false(is_there(&dir, LOADER_ONE_SHOT));
	assert_true(is_there(&dir, LOADER_TIMEOUT_ONE_SHOT));
}

static void a_change_that_hangs_is_given_up(void **state)
{
	static const struct loader_change changes[] = {
		{ LOADER_LAST_BOOTED, "new.efi" },
	};
	_drop_scratch_ struct scratch dir = scratch_make();
	uint64_t start = now_ms();
	struct error err;
	uint32_t done;

	(void)state;
	assert_int_equal(
		mkfifo(scratch_path(&dir, "LoaderEntryLastBooted" VENDOR),
		       0600),
		0);
	assert_refused(E_EFIVAR_DEADLINE, &err,
		       loader_vars_change(dir.dir, changes, 1, &done, &err));
	assert_int_equal(done, 0);
	assert_true(now_ms() >= start + EFIVAR_WRITE_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(variables_become_values),
		cmocka_unit_test(what_is_broken_does_not_count),
		cmocka_unit_test(a_process_reads_them),
		cmocka_unit_test(a_firmware_that_hangs_is_given_up),
		cmocka_unit_test(a_reader_that_dies_is_noticed),
		cmocka_unit_test(changes_are_carried_out),
		cmocka_unit_test(a_change_that_fails_says_how_far_it_came),
		cmocka_unit_test(a_change_that_hangs_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
