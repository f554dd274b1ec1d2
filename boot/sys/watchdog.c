#include "sys/watchdog.h"

#include "base/log.h"
#include "base/own.h"
#include "base/text.h"
#include "sys/file.h"
#include "sys/ioctl_request.h"
#include "sys/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/watchdog.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#define DEVICE	  "/dev/watchdog"
#define PATH_SIZE 256

/* Fed as often, one feeding may be missed, and another may be late. */
#define FEEDS_IN_TIME 3

#define REQUEST(name) ((ioctl_request)(name))

/* --- the note for those who come after ------------------------------------ */

static void note_armed(uint32_t seconds)
{
	_close_ int fd = open(WATCHDOG_ARMED_FILE,
			      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || dprintf(fd, "%" PRIu32 "\n", seconds) < 0)
		log_warn("nobody feeds the watchdog when the menu dies: "
			 "unable to write " WATCHDOG_ARMED_FILE);
}

/* --- arming --------------------------------------------------------------- */

static void read_driver(int fd, char driver[static 33])
{
	struct watchdog_info info = { .options = 0 };
	struct text t = text_over(driver, 33);

	if (ioctl(fd, REQUEST(WDIOC_GETSUPPORT), &info) < 0)
		return;
	text_add_safe(&t, span_until_nul(span_of(info.identity,
						 sizeof(info.identity))));
}

/* Any byte but "V" feeds it, also where the driver knows no WDIOC_KEEPALIVE. */
static bool feed(int fd)
{
	return write(fd, "", 1) == 1;
}

/* "V" lets the close that follows stop the timer. */
static void close_stopping(int fd)
{
	if (write(fd, "V", 1) != 1)
		log_debug("the watchdog does not take a V");
	close(fd);
}

static enum status set_time(int fd, const char *driver, uint32_t seconds,
			    uint32_t *ret_seconds, struct error *err)
{
	int value = (int)seconds;

	if (ioctl(fd, REQUEST(WDIOC_SETTIMEOUT), &value) < 0)
		return fail_sys(err, E_WATCHDOG_TIMEOUT, errno,
				"the watchdog (%s) cannot count %" PRIu32 " s",
				driver, seconds);
	/* What SETTIMEOUT gives back is the request, with some drivers. */
	if (ioctl(fd, REQUEST(WDIOC_GETTIMEOUT), &value) < 0 || value <= 0)
		value = (int)seconds;
	*ret_seconds = (uint32_t)value;
	return OK;
}

static enum status open_device(int *ret, struct error *err)
{
	int fd = open(DEVICE, O_WRONLY | O_CLOEXEC);

	if (fd < 0 && (errno == ENOENT || errno == ENXIO || errno == ENODEV))
		return fail(err, E_WATCHDOG_NONE,
			    "there is no watchdog: no " DEVICE);
	if (fd < 0)
		return fail_sys(err, E_WATCHDOG_OPEN, errno,
				"unable to open " DEVICE);
	*ret = fd;
	return OK;
}

enum status watchdog_arm(struct watchdog *w, uint32_t seconds,
			 struct error *err)
{
	uint32_t counts = 0;
	int fd = w->fd;
	enum status s = w->is_armed ? OK : open_device(&fd, err);

	if (s != OK)
		return s;
	if (!w->is_armed)
		read_driver(fd, w->driver);
	s = set_time(fd, w->driver, seconds, &counts, err);
	if (s != OK) {
		if (!w->is_armed)
			close_stopping(fd);
		return s;
	}
	feed(fd);
	w->is_armed = true;
	w->fd = fd;
	w->seconds = counts;
	w->due_ms = now_ms() + counts * 1000ULL / FEEDS_IN_TIME;
	note_armed(seconds);
	if (counts == seconds)
		log_info("watchdog (%s): %" PRIu32 " s", w->driver, counts);
	else
		log_info("watchdog (%s): %" PRIu32 " s, asked for were %" PRIu32
			 " s",
			 w->driver, counts, seconds);
	return OK;
}

void watchdog_feed(struct watchdog *w, uint64_t now_ms)
{
	if (!w->is_armed || now_ms < w->due_ms)
		return;
	w->due_ms = now_ms + w->seconds * 1000ULL / FEEDS_IN_TIME;
	watchdog_feed_now(w);
}

void watchdog_feed_now(struct watchdog *w)
{
	if (w->is_armed && !feed(w->fd))
		log_warn("unable to feed the watchdog: %s", strerror(errno));
}

int watchdog_wait_ms(const struct watchdog *w, uint64_t now_ms)
{
	if (!w->is_armed)
		return -1;
	return now_ms < w->due_ms ? (int)(w->due_ms - now_ms) : 0;
}

/* --- the end -------------------------------------------------------------- */

void watchdog_leave(struct watchdog *w)
{
	if (w->is_armed)
		close(w->fd);
	w->is_armed = false;
}

/* Closing does not tell whether the timer stops, this request does. */
enum status watchdog_disarm(struct watchdog *w, struct error *err)
{
	int option = WDIOS_DISABLECARD;

	if (!w->is_armed)
		return OK;
	if (ioctl(w->fd, REQUEST(WDIOC_SETOPTIONS), &option) < 0 &&
	    errno != ENOTTY && errno != EOPNOTSUPP)
		return fail_sys(err, E_WATCHDOG_RUNS, errno,
				"the watchdog (%s) cannot be stopped, and "
				"resets the machine in %" PRIu32
				" s if nobody feeds it",
				w->driver, w->seconds);
	close_stopping(w->fd);
	w->is_armed = false;
	unlink(WATCHDOG_ARMED_FILE);
	return OK;
}

enum status watchdog_take_over(struct watchdog *w, struct error *err)
{
	uint64_t seconds;

	if (!file_read_number(AT_FDCWD, WATCHDOG_ARMED_FILE, &seconds) ||
	    !seconds || seconds > INT32_MAX)
		return OK;
	return watchdog_arm(w, (uint32_t)seconds, err);
}

/* --- the jump ------------------------------------------------------------- */

/* The watchdog of the kernel's core is the first: else it would not have
 * /dev/watchdog. */
static bool is_of_core(const char *sysfs)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/class/watchdog/watchdog0", sysfs);
	return access(path, F_OK) == 0;
}

enum status watchdog_check_jump(const struct watchdog *w, const char *sysfs,
				struct error *err)
{
	char path[PATH_SIZE], value[16];

	if (!w->is_armed || !strcmp(w->driver, "IPMI"))
		return OK;
	if (!is_of_core(sysfs))
		return fail(err, E_WATCHDOG_STOPS,
			    "the jump may stop the watchdog: its driver (%s) "
			    "cannot be told not to",
			    w->driver);
	snprintf(path, sizeof(path), "%s/module/watchdog/parameters/%s", sysfs,
		 "stop_on_reboot");
	if (!file_read_line(AT_FDCWD, path, value, sizeof(value)))
		return fail(err, E_WATCHDOG_STOPS,
			    "the jump stops the watchdog: this kernel has no "
			    "watchdog.stop_on_reboot");
	/* The menu has one line for it: what to do comes first. */
	if (strcmp(value, "0") != 0)
		return fail(err, E_WATCHDOG_STOPS,
			    "the jump stops the watchdog: add "
			    "watchdog.stop_on_reboot=0 (is %s) to the firmware "
			    "kernel's command line",
			    value);
	return OK;
}
