/*
 * The watchdog against a model of the kernel's device (watchdog_dev.c of Linux
 * 6.1): opening starts the timer, closing stops it only after a V and without
 * nowayout. tests/qemu/test_watchdog.py has real ones, and resets.
 */
#include "base/own.h"
#include "sys/file.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int model_open(const char *path, int flags, ...);
static int model_close(int fd);
static int model_unlink(const char *path);
static ssize_t model_write(int fd, const void *bytes, size_t len);
static int model_ioctl(int fd, unsigned long request, void *to);
static bool model_read_number(int dir, const char *path, uint64_t *ret);
#define open		 model_open
#define close		 model_close
#define unlink		 model_unlink
#define write		 model_write
#define ioctl		 model_ioctl
#define file_read_number model_read_number
#include "boot/sys/watchdog.c"
#undef open
#undef close
#undef unlink
#undef write
#undef ioctl
#undef file_read_number

#include "scratch.h"
#include "test.h"

#define DEVICE_FD 1000

static struct scratch tree;

static struct {
	int open_errno, set_errno; /* 0: it works */
	int options_errno;	   /* of stopping it by request */
	bool nowayout, is_deaf;
	int rounds_to; /* what it makes of a time, 0: the same */
	bool is_open, runs, may_stop;
	int timeout;
	unsigned fed;
	const char *identity;
} dog;

static const char *note_path(void)
{
	return scratch_path(&tree, "note");
}

static int model_open(const char *path, int flags, ...)
{
	if (!strcmp(path, WATCHDOG_ARMED_FILE))
		return open(note_path(), flags, 0600);
	assert_string_equal(path, "/dev/watchdog");
	if (dog.open_errno || dog.is_open) {
		errno = dog.open_errno ? dog.open_errno : EBUSY;
		return -1;
	}
	dog.is_open = dog.runs = true;
	dog.may_stop = false;
	return DEVICE_FD;
}

static int model_close(int fd)
{
	if (fd != DEVICE_FD)
		return close(fd);
	assert_true(dog.is_open);
	dog.is_open = false;
	if (dog.may_stop && !dog.nowayout)
		dog.runs = false;
	return 0;
}

static int model_unlink(const char *path)
{
	assert_string_equal(path, WATCHDOG_ARMED_FILE);
	return unlink(note_path());
}

static ssize_t model_write(int fd, const void *bytes, size_t len)
{
	assert_int_equal(fd, DEVICE_FD);
	assert_true(dog.is_open);
	if (dog.is_deaf) {
		errno = EIO;
		return -1;
	}
	dog.fed++;
	dog.may_stop = memchr(bytes, 'V', len) != NULL;
	return (ssize_t)len;
}

static int give_error(int value)
{
	errno = value;
	return value ? -1 : 0;
}

static int model_ioctl(int fd, unsigned long request, void *to)
{
	struct watchdog_info *info = to;
	int *value = to;

	assert_int_equal(fd, DEVICE_FD);
	switch (request) {
	case WDIOC_GETSUPPORT:
		strncpy((char *)info->identity, dog.identity,
			sizeof(info->identity));
		return 0;
	case WDIOC_SETTIMEOUT:
		if (dog.set_errno)
			return give_error(dog.set_errno);
		dog.timeout = dog.rounds_to ? dog.rounds_to : *value;
		return 0;
	case WDIOC_GETTIMEOUT:
		*value = dog.timeout;
		return 0;
	case WDIOC_SETOPTIONS:
		assert_int_equal(*value, WDIOS_DISABLECARD);
		if (dog.nowayout || dog.options_errno)
			return give_error(dog.nowayout ? EBUSY
						       : dog.options_errno);
		dog.runs = false;
		return 0;
	default:
		fail_msg("ioctl 0x%lx", request);
		return -1;
	}
}

static bool model_read_number(int dir, const char *path, uint64_t *ret)
{
	assert_string_equal(path, WATCHDOG_ARMED_FILE);
	return file_read_number(dir, note_path(), ret);
}

static int begin(void **state)
{
	(void)state;
	tree = scratch_make();
	memset(&dog, 0, sizeof(dog));
	dog.identity = "i6300ESB timer";
	return 0;
}

static int finish(void **state)
{
	(void)state;
	scratch_drop(&tree);
	return 0;
}

static bool is_noted(uint64_t want)
{
	uint64_t seconds;

	return file_read_number(AT_FDCWD, note_path(), &seconds) &&
	       seconds == want;
}

/* --- arming and feeding --------------------------------------------------- */

static void it_is_fed_in_time(void **state)
{
	struct watchdog w = { 0 };
	struct error err;
	uint64_t now;

	(void)state;
	assert_int_equal(watchdog_wait_ms(&w, 5), -1);
	watchdog_feed(&w, UINT64_MAX);
	watchdog_feed_now(&w);
	assert_int_equal(dog.fed, 0);
	assert_ok(&err, watchdog_arm(&w, 30, &err));
	assert_true(w.is_armed && dog.runs && is_noted(30));
	assert_int_equal(w.seconds, 30);
	assert_string_equal(w.driver, "i6300ESB timer");
	assert_int_equal(dog.fed, 1);
	now = w.due_ms;
	assert_int_equal(watchdog_wait_ms(&w, now - 10000), 10000);
	watchdog_feed(&w, now - 1);
	assert_int_equal(dog.fed, 1);
	watchdog_feed(&w, now);
	assert_int_equal(dog.fed, 2);
	assert_int_equal(watchdog_wait_ms(&w, now), 10000);
	/* The clock has jumped: late is late, it is fed once. */
	assert_int_equal(watchdog_wait_ms(&w, now + 999999), 0);
	watchdog_feed(&w, now + 999999);
	assert_int_equal(dog.fed, 3);
	watchdog_feed_now(&w);
	assert_int_equal(dog.fed, 4);
	watchdog_leave(&w);
}

/* The hardware's time counts, and the shortest is fed often. */
static void the_driver_may_round(void **state)
{
	struct watchdog w = { 0 };
	struct error err;

	(void)state;
	dog.rounds_to = 1;
	assert_ok(&err, watchdog_arm(&w, 30, &err));
	assert_int_equal(w.seconds, 1);
	assert_int_equal(watchdog_wait_ms(&w, w.due_ms - 333), 333);
	assert_true(is_noted(30));
	watchdog_leave(&w);
}

static void one_that_is_armed_is_set_anew(void **state)
{
	struct watchdog w = { 0 };
	struct error err;

	(void)state;
	assert_ok(&err, watchdog_arm(&w, 30, &err));
	assert_ok(&err, watchdog_arm(&w, 60, &err));
	assert_int_equal(w.seconds, 60);
	assert_true(is_noted(60));
	dog.set_errno = EINVAL;
	assert_refused(E_WATCHDOG_TIMEOUT, &err, watchdog_arm(&w, 9999, &err));
	assert_true(w.is_armed && dog.is_open && dog.runs);
	assert_int_equal(w.seconds, 60);
	watchdog_leave(&w);
}

static void what_cannot_be_armed(void **state)
{
	static const struct {
		int value;
		enum status want;
	} opens[] = {
		{ ENOENT, E_WATCHDOG_NONE }, { ENODEV, E_WATCHDOG_NONE },
		{ ENXIO, E_WATCHDOG_NONE },  { EBUSY, E_WATCHDOG_OPEN },
		{ EACCES, E_WATCHDOG_OPEN },
	};
	struct watchdog w = { 0 };
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(opens); i++) {
		dog.open_errno = opens[i].value;
		assert_refused(opens[i].want, &err, watchdog_arm(&w, 30, &err));
		assert_false(w.is_armed);
	}
	dog.open_errno = 0;
	dog.set_errno = EINVAL;
	assert_refused(E_WATCHDOG_TIMEOUT, &err, watchdog_arm(&w, 86400, &err));
	assert_false(w.is_armed || dog.is_open || dog.runs);
	assert_false(is_noted(86400));
}

static void one_that_cannot_be_fed_is_no_end(void **state)
{
	struct watchdog w = { 0 };
	struct error err;
	uint64_t due;

	(void)state;
	assert_ok(&err, watchdog_arm(&w, 30, &err));
	dog.is_deaf = true;
	due = w.due_ms;
	watchdog_feed(&w, due);
	assert_true(w.is_armed);
	assert_int_equal(w.due_ms, due + 10000);
	watchdog_leave(&w);
}

/* --- the end, and who comes after ----------------------------------------- */

static void disarming_stops_it(void **state)
{
	/* Some drivers stop by request, some only by a V. */
	static const int options[] = { 0, EOPNOTSUPP, ENOTTY };
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(options); i++) {
		struct watchdog w = { 0 };

		dog.options_errno = options[i];
		assert_ok(&err, watchdog_disarm(&w, &err));
		assert_ok(&err, watchdog_arm(&w, 30, &err));
		assert_ok(&err, watchdog_disarm(&w, &err));
		assert_false(w.is_armed || dog.is_open || dog.runs);
		assert_false(is_noted(30));
		assert_ok(&err, watchdog_take_over(&w, &err));
		assert_false(w.is_armed);
	}
}

static void nowayout_is_told(void **state)
{
	struct watchdog w = { 0 };
	struct error err;

	(void)state;
	dog.nowayout = true;
	assert_ok(&err, watchdog_arm(&w, 30, &err));
	assert_refused(E_WATCHDOG_RUNS, &err, watchdog_disarm(&w, &err));
	/* It goes on to be fed, by whom ever. */
	assert_true(w.is_armed && dog.runs && is_noted(30));
	watchdog_leave(&w);
}

static void the_next_takes_over(void **state)
{
	struct watchdog w = { 0 }, next = { 0 };
	struct error err;

	(void)state;
	assert_ok(&err, watchdog_arm(&w, 30, &err));
	assert_refused(E_WATCHDOG_OPEN, &err, watchdog_take_over(&next, &err));
	watchdog_leave(&w);
	assert_false(w.is_armed || dog.is_open);
	assert_true(dog.runs);
	assert_ok(&err, watchdog_take_over(&next, &err));
	assert_true(next.is_armed && dog.is_open);
	assert_int_equal(next.seconds, 30);
	watchdog_leave(&next);
	watchdog_leave(&next);
}

static void notes_that_say_nothing(void **state)
{
	static const char *const notes[] = { "", "0\n", "x\n", "-1\n",
					     "99999999999\n" };
	struct watchdog w = { 0 };
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(notes); i++) {
		scratch_text(&tree, "note", notes[i]);
		assert_ok(&err, watchdog_take_over(&w, &err));
		assert_false(w.is_armed || dog.runs);
	}
}

/* --- the jump ------------------------------------------------------------- */

#define PARAMETER "module/watchdog/parameters/stop_on_reboot"

static void the_jump_stops_it_or_not(void **state)
{
	static const struct {
		const char *identity, *value;
		bool is_core;
		enum status want;
	} cases[] = {
		{ "i6300ESB timer", "0\n", true, OK },
		{ "i6300ESB timer", "-1\n", true, E_WATCHDOG_STOPS },
		{ "i6300ESB timer", "1\n", true, E_WATCHDOG_STOPS },
		{ "i6300ESB timer", NULL, true, E_WATCHDOG_STOPS },
		{ "PCI-Watchdog", "0\n", false, E_WATCHDOG_STOPS },
		{ "PCI-Watchdog", NULL, false, E_WATCHDOG_STOPS },
		{ "IPMI", NULL, false, OK },
		{ "IPMI", "-1\n", false, OK },
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_scratch_ struct scratch sys = scratch_make();
		struct watchdog w = { 0 };

		dog.identity = cases[i].identity;
		if (cases[i].value)
			scratch_text(&sys, PARAMETER, cases[i].value);
		if (cases[i].is_core)
			scratch_folder(&sys, "class/watchdog/watchdog0/");
		assert_ok(&err, watchdog_check_jump(&w, sys.dir, &err));
		assert_ok(&err, watchdog_arm(&w, 30, &err));
		if (cases[i].want == OK)
			assert_ok(&err, watchdog_check_jump(&w, sys.dir, &err));
		else
			assert_refused(cases[i].want, &err,
				       watchdog_check_jump(&w, sys.dir, &err));
		watchdog_leave(&w);
	}
}

/* An operator can act on it. */
static void the_sentence_says_what_to_add(void **state)
{
	_drop_scratch_ struct scratch sys = scratch_make();
	struct watchdog w = { 0 };
	struct error err;

	(void)state;
	scratch_text(&sys, PARAMETER, "-1\n");
	scratch_folder(&sys, "class/watchdog/watchdog0/");
	assert_ok(&err, watchdog_arm(&w, 30, &err));
	assert_refused(E_WATCHDOG_STOPS, &err,
		       watchdog_check_jump(&w, sys.dir, &err));
	assert_non_null(
		strstr(err.text, "add watchdog.stop_on_reboot=0 (is -1) to"));
	watchdog_leave(&w);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_fed_in_time),
		TEST(the_driver_may_round),
		TEST(one_that_is_armed_is_set_anew),
		TEST(what_cannot_be_armed),
		TEST(one_that_cannot_be_fed_is_no_end),
		TEST(disarming_stops_it),
		TEST(nowayout_is_told),
		TEST(the_next_takes_over),
		TEST(notes_that_say_nothing),
		TEST(the_jump_stops_it_or_not),
		TEST(the_sentence_says_what_to_add),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
