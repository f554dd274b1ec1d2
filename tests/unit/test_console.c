/* Consoles: whatever a line does - not taking output, hanging up, never
 * draining - costs no more than its budget. Pseudo-terminals play the lines. */
#include <sys/ioctl.h>
#include <unistd.h>

static int fault_ioctl(int fd, unsigned long request, void *arg);
#define ioctl fault_ioctl
#include "boot/sys/console.c"
#undef ioctl

#include "scratch.h"
#include "test.h"

#include <stdlib.h>

/* What TIOCOUTQ answers: so many bytes wait, of which some go each time. */
static struct {
	bool play;
	int waiting, per_call;
} line;

static int fault_ioctl(int fd, unsigned long request, void *arg)
{
	if (!line.play || request != TIOCOUTQ)
		return ioctl(fd, request, arg);
	*(int *)arg = line.waiting;
	line.waiting -=
		line.per_call < line.waiting ? line.per_call : line.waiting;
	return 0;
}

struct terminal {
	int master;
	char path[64];
	struct console console;
};

static void drop_terminal(struct terminal *t)
{
	console_close(&t->console);
	own_close(&t->master);
}
#define _drop_terminal_ __attribute__((cleanup(drop_terminal)))

static struct terminal make_terminal(void)
{
	struct terminal t = { .console.fd = -1 };
	struct error err;

	memset(&line, 0, sizeof(line));
	t.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (t.master < 0 || grantpt(t.master) < 0 || unlockpt(t.master) < 0 ||
	    ptsname_r(t.master, t.path, sizeof(t.path)) != 0)
		fail_msg("unable to make a pseudo-terminal: %s",
			 strerror(errno));
	assert_ok(&err, console_open(t.path, &t.console, &err));
	return t;
}

static struct termios modes_of(int fd)
{
	struct termios modes;

	assert_int_equal(tcgetattr(fd, &modes), 0);
	return modes;
}

static void test_open(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_terminal_ struct terminal t = make_terminal();
	struct console none = { .fd = -5 };
	struct error err;

	(void)state;
	assert_string_equal(t.console.name, strrchr(t.path, '/') + 1);
	assert_true(fcntl(t.console.fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(t.console.fd, F_GETFD) & FD_CLOEXEC);
	scratch_text(&s, "file", "");
	assert_refused(E_CONSOLE_NOT_TTY, &err,
		       console_open(scratch_path(&s, "file"), &none, &err));
	assert_refused(E_CONSOLE_NOT_TTY, &err,
		       console_open("/dev/null", &none, &err));
	assert_refused(E_CONSOLE_OPEN, &err,
		       console_open(scratch_path(&s, "none"), &none, &err));
	assert_int_equal(none.fd, -5);
}

static void test_open_all(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_terminal_ struct terminal a = make_terminal();
	_drop_terminal_ struct terminal b = make_terminal();
	struct console consoles[2];
	struct error err;
	char sysfs[512], dev[512];
	size_t count = 77;

	(void)state;
	snprintf(sysfs, sizeof(sysfs), "%s", scratch_path(&s, "sys"));
	snprintf(dev, sizeof(dev), "%s", scratch_path(&s, "dev"));
	assert_refused(E_CONSOLE_NONE, &err,
		       console_open_all(sysfs, dev, consoles, 2, &count, &err));
	scratch_text(&s, "sys/class/tty/console/active", "\n");
	assert_refused(E_CONSOLE_NONE, &err,
		       console_open_all(sysfs, dev, consoles, 2, &count, &err));
	scratch_text(&s, "sys/class/tty/console/active",
		     "tty0 ttyS9  file ttyAMA0\n");
	scratch_text(&s, "dev/file", "");
	assert_refused(E_CONSOLE_NONE, &err,
		       console_open_all(sysfs, dev, consoles, 2, &count, &err));
	assert_int_equal(count, 77);
	assert_int_equal(symlink(a.path, scratch_path(&s, "dev/tty0")), 0);
	assert_int_equal(symlink(b.path, scratch_path(&s, "dev/ttyAMA0")), 0);
	assert_ok(&err,
		  console_open_all(sysfs, dev, consoles, 2, &count, &err));
	assert_int_equal(count, 2);
	assert_string_equal(consoles[0].name, "tty0");
	assert_string_equal(consoles[1].name, "ttyAMA0");
	console_close(&consoles[0]);
	console_close(&consoles[1]);
	assert_ok(&err,
		  console_open_all(sysfs, dev, consoles, 1, &count, &err));
	assert_int_equal(count, 1);
	console_close(&consoles[0]);
	console_close(&consoles[0]);
}

static void test_list(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct console_names names;
	struct error err;
	char sysfs[512];

	(void)state;
	snprintf(sysfs, sizeof(sysfs), "%s", scratch_path(&s, "sys"));
	assert_refused(E_CONSOLE_NONE, &err,
		       console_list(sysfs, " ttyS1 ", &names, &err));
	assert_int_equal(names.count, 1);
	assert_string_equal(names.name[0], "ttyS1");
	assert_refused(E_CONSOLE_NONE, &err,
		       console_list(sysfs, NULL, &names, &err));
	assert_int_equal(names.count, 0);
	scratch_text(&s, "sys/class/tty/console/active", "tty0 ttyS0\n");
	assert_ok(&err,
		  console_list(sysfs, "ttyS0\tttyS1 tty0 ttyS1", &names, &err));
	assert_int_equal(names.count, 3);
	assert_string_equal(names.name[0], "tty0");
	assert_string_equal(names.name[1], "ttyS0");
	assert_string_equal(names.name[2], "ttyS1");
	/* no names, one of the greatest length, one that is longer */
	assert_ok(&err, console_list(sysfs,
				     "../mem .. . pts/3 "
				     "tty4567890123456789012345678901 "
				     "tty45678901234567890123456789012",
				     &names, &err));
	assert_int_equal(names.count, 3);
	assert_string_equal(names.name[2], "tty4567890123456789012345678901");
	/* more than there is room for */
	assert_ok(&err,
		  console_list(sysfs, "c d e f g h i j k l", &names, &err));
	assert_int_equal(names.count, CONSOLES_MAX);
	assert_string_equal(names.name[CONSOLES_MAX - 1], "h");
}

static void test_is_virtual(void **state)
{
	(void)state;
	assert_true(console_is_virtual(span_of_text("tty0")));
	assert_true(console_is_virtual(span_of_text("tty63")));
	assert_false(console_is_virtual(span_of_text("tty")));
	assert_false(console_is_virtual(span_of_text("ttyS0")));
	assert_false(console_is_virtual(span_of_text("ttyAMA0")));
	assert_false(console_is_virtual(span_of_text("hvc0")));
	assert_false(console_is_virtual(span_of_text("")));
}

/* Two names of one terminal can be told. */
static void test_device(void **state)
{
	_drop_terminal_ struct terminal a = make_terminal();
	_drop_terminal_ struct terminal b = make_terminal();
	struct console again;
	struct error err;

	(void)state;
	assert_ok(&err, console_open(a.path, &again, &err));
	assert_int_not_equal(a.console.device, 0);
	assert_int_equal(again.device, a.console.device);
	assert_int_not_equal(again.device, b.console.device);
	console_close(&again);
}

static void test_raw(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_terminal_ struct terminal t = make_terminal();
	struct termios was = modes_of(t.master), raw, now;
	struct error err;

	(void)state;
	was.c_iflag |= IXON | IXOFF | IXANY;
	assert_int_equal(tcsetattr(t.master, TCSANOW, &was), 0);
	console_restore(&t.console); /* nothing was changed */
	assert_ok(&err, console_make_raw(&t.console, &err));
	assert_ok(&err, console_make_raw(&t.console, &err));
	raw = modes_of(t.master);
	assert_false(raw.c_lflag & (tcflag_t)(ICANON | ECHO | ISIG));
	assert_false(raw.c_oflag & OPOST);
	assert_false(raw.c_iflag & (tcflag_t)(ICRNL | IXON | IXOFF | IXANY));
	assert_true(raw.c_iflag & IGNBRK);
	assert_true(raw.c_iflag & IGNPAR);
	assert_true(raw.c_cflag & CLOCAL);
	console_restore(&t.console);
	now = modes_of(t.master);
	assert_int_equal(now.c_lflag, was.c_lflag);
	assert_int_equal(now.c_oflag, was.c_oflag);
	assert_int_equal(now.c_iflag, was.c_iflag);
	assert_int_equal(now.c_cflag, was.c_cflag);
}

static void test_close_restores(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_terminal_ struct terminal t = make_terminal();
	/* Held open, as init does: the modes go with the last close. */
	_close_ int held = open(t.path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	tcflag_t was = modes_of(t.master).c_lflag;
	struct error err;

	(void)state;
	assert_ok(&err, console_make_raw(&t.console, &err));
	console_close(&t.console);
	assert_int_equal(t.console.fd, -1);
	assert_int_equal(modes_of(held).c_lflag, was);
}

static void test_modes_refused(void **state)
{
	struct console console = { .fd = open("/dev/null", O_RDWR) };
	struct error err;

	(void)state;
	assert_refused(E_CONSOLE_MODE, &err, console_make_raw(&console, &err));
	close(console.fd);
}

static void test_write_and_read(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_terminal_ struct terminal t = make_terminal();
	struct error err;
	char buf[16] = "";
	bool gone;

	(void)state;
	assert_ok(&err, console_make_raw(&t.console, &err));
	assert_int_equal(console_read(&t.console, buf, sizeof(buf), &gone), 0);
	assert_false(gone);
	assert_int_equal(console_write(&t.console, span_of("menu\n", 5), 100),
			 5);
	assert_int_equal(read(t.master, buf, sizeof(buf)), 5);
	assert_string_equal(buf, "menu\n");
	assert_int_equal(write(t.master, "\x1b[A\r", 4), 4);
	assert_int_equal(console_read(&t.console, buf, 3, &gone), 3);
	assert_int_equal(console_read(&t.console, buf, 3, &gone), 1);
	assert_int_equal(buf[0], '\r');
	assert_false(gone);
}

/* XOFF, from before the modes were set and from after, stops nothing. */
static void test_xoff(void **state)
{
	_drop_terminal_ struct terminal t = make_terminal();
	struct error err;
	char buf[16] = "";
	bool gone;

	(void)state;
	tcflow(t.console.fd, TCOOFF);
	assert_int_equal(console_write(&t.console, span_of("x", 1), 0), 0);
	assert_false(console_is_ready(&t.console));
	assert_ok(&err, console_make_raw(&t.console, &err));
	assert_true(console_is_ready(&t.console));
	assert_int_equal(write(t.master, "\023", 1), 1);
	poll(&(struct pollfd){ .fd = t.console.fd, .events = POLLIN }, 1, 1000);
	assert_int_equal(console_read(&t.console, buf, sizeof(buf), &gone), 1);
	assert_int_equal(console_write(&t.console, span_of("menu", 4), 0), 4);
	assert_int_equal(read(t.master, buf, sizeof(buf)), 4);
	assert_false(t.console.is_gone);
}

static void test_drop_input(void **state)
{
	_drop_terminal_ struct terminal t = make_terminal();
	struct error err;
	char buf[16] = "";
	bool gone;

	(void)state;
	assert_ok(&err, console_make_raw(&t.console, &err));
	assert_int_equal(write(t.master, "\r\r\r", 3), 3);
	poll(&(struct pollfd){ .fd = t.console.fd, .events = POLLIN }, 1, 1000);
	console_drop_input(&t.console);
	assert_int_equal(console_read(&t.console, buf, sizeof(buf), &gone), 0);
	assert_false(gone);
}

/* Nobody reads at the other end. */
static void test_write_stuck(void **state)
{
	static const unsigned budgets[] = { 0, 50, 200 };

	(void)state;
	for (size_t i = 0; i < test_count(budgets); i++) {
		_drop_scratch_ struct scratch s = scratch_make();
		_drop_terminal_ struct terminal t = make_terminal();
		size_t len = 4 << 20, done;
		_free_ char *bytes = calloc(1, len);
		uint64_t start;

		tcflow(t.console.fd, TCOOFF); /* the operator pressed Ctrl-S */
		start = now_ms();
		done = console_write(&t.console, span_of(bytes, len),
				     budgets[i]);
		assert_true(done < len);
		assert_false(t.console.is_gone);
		assert_false(console_is_ready(&t.console));
		assert_in_range(now_ms() - start, budgets[i], budgets[i] + 400);
		start = now_ms();
		console_close(&t.console);
		assert_true(now_ms() - start < 1000);
	}
}

static void test_hung_up(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_terminal_ struct terminal t = make_terminal();
	char buf[16];
	bool gone;

	(void)state;
	close(take_fd(&t.master));
	assert_int_equal(console_read(&t.console, buf, sizeof(buf), &gone), 0);
	assert_true(gone);
	assert_false(t.console.is_gone);
	/* whoever waits for such a line is told to try, and then why not */
	assert_true(console_is_ready(&t.console));
	assert_int_equal(console_write(&t.console, span_of("x", 1), 100), 0);
	assert_true(t.console.is_gone);
	assert_false(console_drain(&t.console, 50));
}

static void test_drain(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_terminal_ struct terminal t = make_terminal();
	uint64_t start;

	(void)state;
	line.play = true;
	assert_true(console_drain(&t.console, 0));
	assert_true(console_is_drained(&t.console));
	line.waiting = 100;
	line.per_call = 20;
	assert_false(console_is_drained(&t.console));
	assert_true(console_drain(&t.console, CONSOLE_DRAIN_MS));
	line.waiting = 100;
	line.per_call = 0;
	start = now_ms();
	assert_false(console_drain(&t.console, CONSOLE_DRAIN_MS));
	assert_in_range(now_ms() - start, CONSOLE_DRAIN_MS,
			CONSOLE_DRAIN_MS + 200);
	start = now_ms();
	assert_false(console_drain(&t.console, 0));
	assert_true(now_ms() - start < 100);
}

static void test_size(void **state)
{
	static const struct {
		unsigned short columns, rows;
		unsigned want_columns, want_rows;
	} cases[] = {
		{ 0, 0, 80, 24 },
		{ 132, 43, 132, 43 },
		{ 0, 50, 80, 50 },
		{ 100, 0, 100, 24 },
	};
	struct console file = { .fd = open("/dev/null", O_RDWR) };
	unsigned columns, rows;

	(void)state;
	assert_false(console_size(&file, &columns, &rows));
	assert_int_equal(columns, 80);
	assert_int_equal(rows, 24);
	close(file.fd);
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_terminal_ struct terminal t = make_terminal();
		struct winsize size = { .ws_col = cases[i].columns,
					.ws_row = cases[i].rows };

		assert_int_equal(ioctl(t.master, TIOCSWINSZ, &size), 0);
		assert_int_equal(console_size(&t.console, &columns, &rows),
				 cases[i].columns && cases[i].rows);
		assert_int_equal(columns, cases[i].want_columns);
		assert_int_equal(rows, cases[i].want_rows);
	}
}

#define KLOG_SET_LEVEL 8
#define KLOG_UNREAD    9
#define LOUD	       "7"

static void read_level(char level[64])
{
	assert_true(
		file_read_line(AT_FDCWD, "/proc/sys/kernel/printk", level, 64));
	level[strcspn(level, "\t ")] = '\0';
}

/* True if the level went down and came back: the kernel has one, and whoever
   else runs tests on this machine may mute it in between. */
static bool mute_undisturbed(void)
{
	char muted[64], after[64];

	assert_int_equal(klogctl(KLOG_SET_LEVEL, NULL, atoi(LOUD)), 0);
	console_mute_kernel();
	console_mute_kernel();
	read_level(muted);
	console_unmute_kernel();
	read_level(after);
	return atoi(muted) < atoi(LOUD) && strcmp(after, LOUD) == 0;
}

/* The level that was set comes back, however often it was muted. */
static void test_mute(void **state)
{
	char before[64];
	int tries = 0;

	(void)state;
	if (klogctl(KLOG_UNREAD, NULL, 0) < 0) {
		print_message("skipped: no right to the kernel's log\n");
		skip();
	}
	read_level(before);
	while (!mute_undisturbed()) {
		assert_true(++tries < 500);
		poll(NULL, 0, 10);
	}
	assert_int_equal(klogctl(KLOG_SET_LEVEL, NULL, atoi(before)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_open_all),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_is_virtual),
		cmocka_unit_test(test_device),
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_close_restores),
		cmocka_unit_test(test_modes_refused),
		cmocka_unit_test(test_write_and_read),
		cmocka_unit_test(test_xoff),
		cmocka_unit_test(test_drop_input),
		cmocka_unit_test(test_write_stuck),
		cmocka_unit_test(test_hung_up),
		cmocka_unit_test(test_drain),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_mute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
