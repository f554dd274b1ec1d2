#include "init_children.h"

#include "base/error.h"
#include "sys/proc.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define CONFIGURE_MS	2000
#define END_DELAY_MAX_S 86400

static int exec_with(const char *path, const char *const *args,
		     const char *term)
{
	const char *env[] = { "PATH=/bin:/sbin:/usr/bin:/usr/sbin", "HOME=/",
			      term, NULL };

	/* execve(2) changes neither; its prototype is older than const. */
	execve(path, (char *const *)(uintptr_t)args,
	       (char *const *)(uintptr_t)env);
	return 127;
}

int init_child_menu(void *context)
{
	static const char *const args[] = { "keelboot", "menu", NULL };

	(void)context;
	return exec_with("/proc/self/exe", args, "TERM=linux");
}

int init_child_shell(void *context)
{
	static const char *const args[] = { "-sh", NULL };
	const char *console = context;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/%s", console);
	setsid();
	fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return 126;
	fcntl(fd, F_SETFL, 0);
	ioctl(fd, TIOCSCTTY, 1);
	for (int to = STDIN_FILENO; to <= STDERR_FILENO; to++)
		dup2(fd, to);
	if (fd > STDERR_FILENO)
		close(fd);
	/* A graphics console is tty followed by a number, a serial one not. */
	return exec_with("/bin/sh", args,
			 console[3] >= '0' && console[3] <= '9' ? "TERM=linux"
								: "TERM=vt220");
}

struct configure_call {
	void (*configure)(struct init_end *ret);
	int to;
};

static int run_configure(void *context)
{
	struct configure_call *call = context;
	struct init_end end = INIT_END_DEFAULT;

	call->configure(&end);
	return write(call->to, &end, sizeof(end)) == (ssize_t)sizeof(end) ? 0
									  : 1;
}

bool init_ask_end(void (*configure)(struct init_end *ret), int log_fd,
		  struct init_end *ret)
{
	struct pollfd ready = { .events = POLLIN };
	struct configure_call call = { .configure = configure };
	struct init_end end;
	struct error why;
	int ends[2], keep[2];
	ssize_t got = -1;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	call.to = keep[0] = ends[1];
	keep[1] = log_fd;
	if (proc_spawn("keelboot-conf", run_configure, &call, keep, 2, &pid,
		       &why) == OK) {
		close(ends[1]);
		ready.fd = ends[0];
		if (poll(&ready, 1, CONFIGURE_MS) > 0)
			got = read(ends[0], &end, sizeof(end));
		proc_kill(pid); /* reaped with the others */
	} else {
		close(ends[1]);
	}
	close(ends[0]);
	if (got != (ssize_t)sizeof(end) ||
	    (unsigned)end.action > INIT_END_SHELL ||
	    end.delay_s > END_DELAY_MAX_S)
		return false;
	*ret = end;
	return true;
}
