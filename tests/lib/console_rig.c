#include "console_rig.h"

#include "base/log.h"
#include "base/own.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

void rig_plug_in(struct console_rig *m, struct rig_line *line)
{
	char name[sizeof(line->name) + 8];
	const char *link;

	line->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (line->master < 0 || grantpt(line->master) < 0 ||
	    unlockpt(line->master) < 0 ||
	    ptsname_r(line->master, line->path, sizeof(line->path)) != 0)
		fail_msg("unable to make a pseudo-terminal: %s",
			 strerror(errno));
	snprintf(name, sizeof(name), "dev/%s", line->name);
	link = scratch_path(&m->scratch, name);
	unlink(link);
	assert_int_equal(symlink(line->path, link), 0);
}

void rig_unplug(struct rig_line *line)
{
	close(take_fd(&line->master));
}

/* A machine whose kernel has these consoles, all plugged in. */
struct console_rig *rig_make(const char *active)
{
	struct console_rig *m = calloc(1, sizeof(*m));
	struct span rest = span_of_text(active), word;

	assert_non_null(m);
	m->scratch = scratch_make();
	snprintf(m->sysfs, sizeof(m->sysfs), "%s",
		 scratch_path(&m->scratch, "sys"));
	snprintf(m->dev, sizeof(m->dev), "%s",
		 scratch_path(&m->scratch, "dev"));
	scratch_text(&m->scratch, "sys/class/tty/console/active", active);
	scratch_folder(&m->scratch, "dev");
	while ((word = span_next_word(&rest)).len) {
		struct rig_line *line = &m->line[m->count++];

		memcpy(line->name, word.ptr, word.len);
		rig_plug_in(m, line);
	}
	m->options = (struct terminals_options){
		.colour = false,
		.term = "vt220",
		.sysfs = m->sysfs,
		.dev = m->dev,
	};
	m->items[0] = (struct ui_item){ .id = 1,
					.title = "Debian 12",
					.bootable = true };
	m->items[1] = (struct ui_item){ .id = 2,
					.title = "Fedora 40",
					.bootable = true };
	m->items[2] = (struct ui_item){ .id = 3,
					.title = "Alpine 3",
					.bootable = true };
	m->model = (struct ui_model){ .host = "host7",
				      .program = "keelboot",
				      .security = "Nothing is verified.",
				      .items = m->items,
				      .count = test_count(m->items),
				      .has_default = true,
				      .default_id = 1,
				      .countdown_s = -1 };
	m->log_at = log_kept().len;
	return m;
}

void console_rig_drop(struct console_rig **slot)
{
	struct console_rig *m = *slot;

	terminals_close(&m->terminals);
	for (size_t i = 0; i < m->count; i++)
		own_close(&m->line[i].master);
	scratch_drop(&m->scratch);
	free(m);
}

void rig_open(struct console_rig *m)
{
	struct error err;

	assert_ok(&err, terminals_open(&m->terminals, &m->options, &err));
	m->now = m->terminals.now_ms;
}

void rig_await_bytes(struct console_rig *m, size_t line, int count)
{
	int there = 0;

	for (unsigned ms = 0; there < count; ms++) {
		assert_true(ms < 10000);
		assert_int_equal(ioctl(m->terminals.all[line].console.fd,
				       FIONREAD, &there),
				 0);
		poll(NULL, 0, 1);
	}
}

/* What the line has shown since the last look, as text. */
const char *rig_look(struct rig_line *line)
{
	struct pollfd ready = { .fd = line->master, .events = POLLIN };
	ssize_t got;

	line->len = 0;
	while (poll(&ready, 1, 20) > 0 && ready.revents & POLLIN) {
		got = read(line->master, line->seen + line->len,
			   sizeof(line->seen) - 1 - line->len);
		if (got <= 0)
			break;
		line->len += (size_t)got;
	}
	line->seen[line->len] = '\0';
	return line->seen;
}

void rig_look_at_all(struct console_rig *m)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->line[i].master >= 0)
			rig_look(&m->line[i]);
}

unsigned rig_count(const char *text, const char *part)
{
	unsigned count = 0;

	for (; (text = strstr(text, part)) != NULL; text++)
		count++;
	return count;
}

/* How often the log of this machine says something. */
unsigned rig_logged(const struct console_rig *m, const char *part)
{
	struct span log = log_kept();
	char *text = calloc(1, log.len + 1);
	unsigned count;

	memcpy(text, log.ptr, log.len);
	count = rig_count(text + m->log_at, part);
	free(text);
	return count;
}

/* One turn of the program's loop. Returns the last action. */
struct ui_action rig_turn(struct console_rig *m)
{
	struct ui_action action = { .code = UI_NONE }, last = action;

	terminals_show(&m->terminals, &m->model, m->now);
	while (terminals_next(&m->terminals, &m->model, m->now, &action)) {
		if (action.code != UI_NONE)
			last = action;
		terminals_show(&m->terminals, &m->model, m->now);
	}
	return last;
}

static bool has_bytes(const struct console_rig *m)
{
	const struct terminals *t = &m->terminals;

	for (size_t i = 0; i < t->count; i++)
		if (t->all[i].in_at < t->all[i].in_len)
			return true;
	return false;
}

struct ui_action rig_press(struct console_rig *m, struct rig_line *line,
			   const char *text)
{
	struct ui_action action;

	rig_type(m, line, text);
	action = rig_turn(m);
	if (!has_bytes(m))
		return action;
	m->now += TERMINAL_HOLD_MS;
	return rig_turn(m);
}

/* Turns, until nothing is left to do at once. */
void rig_settle(struct console_rig *m)
{
	for (unsigned i = 0; i < 20; i++) {
		rig_turn(m);
		if (terminals_due(&m->terminals, m->now) != 0)
			return;
	}
	fail_msg("there is always something to do at once");
}

/* Bytes from the operator, which the program's side has by then. */
void rig_type_bytes(struct console_rig *m, struct rig_line *line,
		    const char *bytes, size_t len)
{
	struct terminals *t = &m->terminals;

	assert_int_equal(write(line->master, bytes, len), (ssize_t)len);
	for (size_t i = 0; i < t->count; i++) {
		struct pollfd in = { .fd = t->all[i].console.fd,
				     .events = POLLIN };

		if (!strcmp(t->all[i].console.name, line->name))
			assert_int_equal(poll(&in, 1, 1000), 1);
	}
	if (len > 1)
		poll(NULL, 0, 2);
}

void rig_type(struct console_rig *m, struct rig_line *line, const char *text)
{
	rig_type_bytes(m, line, text, strlen(text));
}
