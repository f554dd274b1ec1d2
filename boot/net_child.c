#include "net_child.h"

#include "base/own.h"
#include "sys/caps.h"
#include "sys/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

/* Milliseconds between the end of a process's output and its own. */
#define REAP_TRIES 50

struct start {
	const char *busybox;
	const char *const *words;
	uint64_t caps;
	int out, err;
};

static int run(void *context)
{
	const struct start *start = context;
	char *env[] = { NULL };
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(start->out, STDOUT_FILENO) < 0 ||
	    dup2(start->err, STDERR_FILENO) < 0 || !caps_keep(start->caps))
		return 126;
	close(start->out);
	close(start->err);
	execve(start->busybox, (char *const *)(uintptr_t)start->words, env);
	return 127;
}

enum status net_child_begin(const char *busybox, const char *const *words,
			    uint64_t caps, struct net_child *ret,
			    struct error *err)
{
	int out[2] = { -1, -1 }, problem[2] = { -1, -1 };
	struct start start = { .busybox = busybox,
			       .words = words,
			       .caps = caps };
	enum status s;

	*ret = NET_CHILD_NONE;
	if (pipe2(out, O_CLOEXEC) != 0)
		return fail_sys(err, E_PROC_FORK, errno, "unable to start %s",
				words[0]);
	if (pipe2(problem, O_CLOEXEC) != 0) {
		int sys = errno;

		close(out[0]);
		close(out[1]);
		return fail_sys(err, E_PROC_FORK, sys, "unable to start %s",
				words[0]);
	}
	start.out = out[1];
	start.err = problem[1];
	s = proc_spawn(words[0], run, &start,
		       (const int[]){ start.out, start.err }, 2, &ret->pid,
		       err);
	close(out[1]);
	close(problem[1]);
	ret->out = out[0];
	ret->err = problem[0];
	if (s != OK)
		net_child_drop(ret);
	return s;
}

static void hear(struct net_child *c)
{
	char buf[256];
	ssize_t len = read(c->err, buf, sizeof(buf));

	if (len <= 0)
		close(take_fd(&c->err));
	for (ssize_t i = 0; i < len; i++) {
		bool is_end = buf[i] == '\n' || buf[i] == '\r';

		if (is_end || c->is_new) {
			c->is_new = true;
			if (is_end)
				continue;
			c->last_len = 0;
			c->is_new = false;
		}
		if (c->last_len < sizeof(c->last) - 1)
			c->last[c->last_len++] = buf[i];
	}
	c->last[c->last_len] = '\0';
}

bool net_child_read(struct net_child *c, int wait_ms, uint8_t *to, size_t cap,
		    size_t *ret_len)
{
	struct pollfd fds[] = {
		{ .fd = c->out, .events = POLLIN },
		{ .fd = c->err, .events = POLLIN },
	};
	ssize_t len;

	*ret_len = 0;
	(void)poll(fds, 2, wait_ms);
	if (fds[1].revents)
		hear(c);
	if (!fds[0].revents)
		return c->out >= 0;
	len = read(c->out, to, cap);
	if (len > 0)
		*ret_len = (size_t)len;
	if (len <= 0)
		close(take_fd(&c->out));
	return len > 0;
}

static bool reap(pid_t pid, int tries, int *ret_status)
{
	while (!proc_reap(pid, ret_status)) {
		if (!tries--)
			return false;
		(void)poll(NULL, 0, 1);
	}
	return true;
}

/* What it has said to the last. */
static void hear_rest(struct net_child *c)
{
	struct pollfd fd = { .fd = c->err, .events = POLLIN };

	while (c->err >= 0 && poll(&fd, 1, 0) > 0) {
		hear(c);
		fd.fd = c->err;
	}
}

bool net_child_end(struct net_child *c, struct text *why)
{
	int status = -1;
	bool has_ended = c->out < 0 && reap(c->pid, REAP_TRIES, &status);

	if (has_ended)
		hear_rest(c);
	if (c->last_len)
		text_add_safe(why, span_of_text(c->last));
	else if (has_ended)
		proc_describe_end(status, why);
	else
		text_add(why, "it does not end");
	if (has_ended)
		c->pid = 0;
	net_child_drop(c);
	return has_ended && !status;
}

void net_child_drop(struct net_child *c)
{
	int status;

	if (c->pid > 0) {
		proc_kill(c->pid);
		(void)reap(c->pid, REAP_TRIES, &status);
	}
	if (c->out >= 0)
		close(c->out);
	if (c->err >= 0)
		close(c->err);
	*c = NET_CHILD_NONE;
}
