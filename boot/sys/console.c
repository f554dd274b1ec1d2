#include "sys/console.h"

#include "base/log.h"
#include "base/own.h"
#include "base/text.h"
#include "sys/file.h"
#include "sys/ioctl_request.h"
#include "sys/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>

/* klogctl(3): what syslog(2) of the kernel calls these. */
#define KLOG_CONSOLE_OFF 6
#define KLOG_CONSOLE_ON	 7

/* How often the device is asked whether it has sent everything. */
#define DRAIN_STEP_MS 5

/* tty_ioctl(4) knows it, but not every C library: the number of the terminal
 * behind a name such as /dev/tty0. */
#ifndef TIOCGDEV
#define TIOCGDEV _IOR('T', 0x32, unsigned int)
#endif

enum status console_open(const char *path, struct console *ret,
			 struct error *err)
{
	const char *base = strrchr(path, '/');
	struct console console = { .fd = -1 };
	_close_ int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return fail_sys(err, E_CONSOLE_OPEN, errno,
				"unable to open the console %s", path);
	if (!isatty(fd))
		return fail(err, E_CONSOLE_NOT_TTY, "%s is not a terminal",
			    path);
	if (!text_copy(console.name, sizeof(console.name),
		       base ? base + 1 : path))
		return fail(err, E_CONSOLE_OPEN,
			    "the console's name %s is longer than %d bytes",
			    path, CONSOLE_NAME_MAX - 1);
	if (ioctl(fd, (ioctl_request)TIOCGDEV, &console.device) < 0)
		console.device = 0;
	console.fd = take_fd(&fd);
	*ret = console;
	return OK;
}

static bool is_listed(const struct console_names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (!strcmp(names->name[i], name))
			return true;
	return false;
}

bool console_is_name(const char *name)
{
	return name[0] && name[0] != '.' && !strchr(name, '/');
}

static void add_names(struct span words, struct console_names *ret)
{
	struct span word;

	while ((word = span_next_word(&words)).len) {
		char name[CONSOLE_NAME_MAX];
		struct text t = text_over(name, sizeof(name));

		text_add_safe(&t, word);
		if (t.cut || !console_is_name(name))
			log_warn("console %s is left out: that is no name of "
				 "a terminal",
				 display_of(word).text);
		else if (is_listed(ret, name))
			continue;
		else if (ret->count == CONSOLES_MAX)
			log_warn("console %s is left out: there are %d "
				 "already",
				 name, CONSOLES_MAX);
		else
			memcpy(ret->name[ret->count++], name, sizeof(name));
	}
}

enum status console_list(const char *sysfs, const char *extra,
			 struct console_names *ret, struct error *err)
{
	char path[256], active[512];
	enum status s = OK;

	ret->count = 0;
	snprintf(path, sizeof(path), "%s/class/tty/console/active", sysfs);
	if (file_read_line(AT_FDCWD, path, active, sizeof(active)))
		add_names(span_of_text(active), ret);
	else
		s = fail_sys(err, E_CONSOLE_NONE, errno,
			     "unable to read the list of consoles %s", path);
	if (extra)
		add_names(span_of_text(extra), ret);
	return s;
}

bool console_is_virtual(struct span name)
{
	return span_starts_with(name, "tty", 3) && name.len > 3 &&
	       name.ptr[3] >= '0' && name.ptr[3] <= '9';
}

enum status console_open_all(const char *sysfs, const char *dev,
			     struct console *consoles, size_t cap,
			     size_t *ret_count, struct error *err)
{
	struct console_names names;
	struct error why;
	size_t count = 0;
	enum status s = console_list(sysfs, NULL, &names, err);

	if (s != OK)
		return s;
	for (size_t i = 0; i < names.count && count < cap; i++) {
		char path[256];

		snprintf(path, sizeof(path), "%s/%s", dev, names.name[i]);
		if (console_open(path, &consoles[count], &why) == OK)
			count++;
		else
			log_warn("%s", why.text);
	}
	if (!count)
		return fail(err, E_CONSOLE_NONE,
			    "none of the kernel's consoles can be opened, "
			    "there are %zu in its list",
			    names.count);
	*ret_count = count;
	return OK;
}

void console_restore(struct console *console)
{
	if (console->is_raw)
		tcsetattr(console->fd, TCSANOW, &console->saved);
	console->is_raw = false;
}

void console_close(struct console *console)
{
	int waiting = 0;

	if (console->fd < 0)
		return;
	/* The last close of a serial line waits up to 30 s for its buffer. A
	 * pty never waits: what its other end has still to read is not lost. */
	if (!ioctl(console->fd, TIOCOUTQ, &waiting) && waiting)
		tcflush(console->fd, TCOFLUSH);
	console_restore(console);
	close(console->fd);
	console->fd = -1;
}

enum status console_make_raw(struct console *console, struct error *err)
{
	struct termios modes;

	if (tcgetattr(console->fd, &modes) < 0)
		return fail_sys(err, E_CONSOLE_MODE, errno,
				"unable to read the modes of %s",
				console->name);
	if (!console->is_raw)
		console->saved = modes;
	cfmakeraw(&modes);
	/* An XOFF in the noise must not stop the output, nor a full buffer send
	 * one. Bytes with a framing error are noise that the driver drops. */
	modes.c_iflag &= ~(tcflag_t)(IXOFF | IXANY);
	modes.c_iflag |= IGNBRK | INPCK | IGNPAR;
	/* No modem signal may hang up the line or hold back its output. */
	modes.c_cflag |= CLOCAL | CREAD;
	modes.c_cc[VMIN] = 1;
	modes.c_cc[VTIME] = 0;
	if (tcsetattr(console->fd, TCSANOW, &modes) < 0)
		return fail_sys(err, E_CONSOLE_MODE, errno,
				"unable to set the modes of %s", console->name);
	console->is_raw = true;
	/* whoever stopped it is not there any more */
	tcflow(console->fd, TCOON);
	return OK;
}

size_t console_write(struct console *console, struct span bytes,
		     unsigned budget_ms)
{
	uint64_t deadline = now_ms() + budget_ms;
	struct pollfd ready = { .fd = console->fd, .events = POLLOUT };
	size_t done = 0;
	int left;

	while (done < bytes.len) {
		ssize_t some =
			write(console->fd, bytes.ptr + done, bytes.len - done);

		if (some > 0) {
			done += (size_t)some;
			continue;
		}
		if (some < 0 && errno == EINTR)
			continue;
		if (some == 0 || errno != EAGAIN) {
			console->is_gone = some < 0;
			break;
		}
		left = deadline_left_ms(deadline);
		if (!left || poll(&ready, 1, left) <= 0 ||
		    !(ready.revents & POLLOUT))
			break;
	}
	return done;
}

bool console_is_ready(const struct console *console)
{
	struct pollfd ready = { .fd = console->fd, .events = POLLOUT };

	/* a line that hung up takes the write that tells so */
	return poll(&ready, 1, 0) > 0;
}

bool console_is_drained(const struct console *console)
{
	int waiting;

	return ioctl(console->fd, TIOCOUTQ, &waiting) == 0 && !waiting;
}

bool console_drain(struct console *console, unsigned budget_ms)
{
	uint64_t deadline = now_ms() + budget_ms;
	int waiting, left;

	for (;;) {
		if (ioctl(console->fd, TIOCOUTQ, &waiting) < 0)
			return false;
		if (!waiting)
			return true;
		left = deadline_left_ms(deadline);
		if (!left)
			return false;
		poll(NULL, 0, left < DRAIN_STEP_MS ? left : DRAIN_STEP_MS);
	}
}

size_t console_read(struct console *console, void *buf, size_t cap,
		    bool *ret_gone)
{
	ssize_t got;

	do {
		got = read(console->fd, buf, cap);
	} while (got < 0 && errno == EINTR);
	*ret_gone = got == 0 || (got < 0 && errno != EAGAIN);
	return got > 0 ? (size_t)got : 0;
}

void console_drop_input(struct console *console)
{
	tcflush(console->fd, TCIFLUSH);
}

bool console_size(const struct console *console, unsigned *ret_columns,
		  unsigned *ret_rows)
{
	struct winsize size = { 0 };

	if (ioctl(console->fd, TIOCGWINSZ, &size) < 0)
		size = (struct winsize){ 0 };
	*ret_columns = size.ws_col ? size.ws_col : CONSOLE_COLUMNS_DEF;
	*ret_rows = size.ws_row ? size.ws_row : CONSOLE_ROWS_DEF;
	return size.ws_col && size.ws_row;
}

void console_mute_kernel(void)
{
	if (klogctl(KLOG_CONSOLE_OFF, NULL, 0) < 0)
		log_debug("unable to keep the kernel's messages off the "
			  "consoles: %s",
			  strerror(errno));
}

void console_unmute_kernel(void)
{
	if (klogctl(KLOG_CONSOLE_ON, NULL, 0) < 0)
		log_debug("unable to let the kernel's messages back on the "
			  "consoles: %s",
			  strerror(errno));
}
