#include "sys/proc.h"

#include "base/own.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

uint64_t now_ms(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int64_t wall_clock_s(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec;
}

int deadline_left_ms(uint64_t deadline_ms)
{
	return ms_until(deadline_ms, now_ms());
}

int ms_until(uint64_t then, uint64_t now)
{
	if (then <= now)
		return 0;
	return then - now < INT_MAX ? (int)(then - now) : INT_MAX;
}

int ms_sooner(int a, int b)
{
	return b < 0 || (a >= 0 && a < b) ? a : b;
}

static void close_between(int first, int last)
{
	if (first > last ||
	    syscall(SYS_close_range, (unsigned)first, (unsigned)last, 0) == 0)
		return;
	/* Before Linux 5.9; nobody here has more than a few hundred. */
	if (last > 4096)
		last = 4096;
	for (int fd = first; fd <= last; fd++)
		close(fd);
}

/* Closes everything above standard error but the keep list. */
static void close_others(const int *keep, size_t count)
{
	int at = STDERR_FILENO + 1;

	for (;;) {
		int next = INT_MAX;

		for (size_t i = 0; i < count; i++)
			if (keep[i] >= at && keep[i] < next)
				next = keep[i];
		if (next == INT_MAX)
			break;
		close_between(at, next - 1);
		at = next + 1;
	}
	close_between(at, INT_MAX);
}

static void reset_signals(void)
{
	struct sigaction act = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		sigaction(sig, &act, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

enum status proc_spawn(const char *name, int (*run)(void *context),
		       void *context, const int *keep, size_t keep_count,
		       pid_t *ret_pid, struct error *err)
{
	pid_t parent = getpid(), pid;

	if (keep_count > PROC_KEEP_MAX)
		return fail(err, E_PROC_KEEP,
			    "%zu descriptors for the process %s, the limit is "
			    "%d",
			    keep_count, name, PROC_KEEP_MAX);
	pid = fork();
	if (pid < 0)
		return fail_sys(err, E_PROC_FORK, errno,
				"unable to start the process %s", name);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent) /* it died before the line above */
			_exit(127);
		prctl(PR_SET_NAME, name);
		reset_signals();
		close_others(keep, keep_count);
		_exit(run(context));
	}
	*ret_pid = pid;
	return OK;
}

void proc_allow_descriptors(unsigned count)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= count)
		return;
	limit.rlim_cur = limit.rlim_max < count ? limit.rlim_max : count;
	setrlimit(RLIMIT_NOFILE, &limit);
}

void proc_yield(int by)
{
	(void)!nice(by);
}

void proc_kill(pid_t pid)
{
	if (pid > 0)
		kill(pid, SIGKILL);
}

bool proc_reap(pid_t pid, int *ret_status)
{
	int status;

	if (pid <= 0 || waitpid(pid, &status, WNOHANG) != pid)
		return false;
	*ret_status = status;
	return true;
}

static const char *signal_name(int sig)
{
	static const struct {
		int sig;
		const char *name;
	} names[] = {
		{ SIGHUP, "SIGHUP" },	{ SIGINT, "SIGINT" },
		{ SIGQUIT, "SIGQUIT" }, { SIGILL, "SIGILL" },
		{ SIGTRAP, "SIGTRAP" }, { SIGABRT, "SIGABRT" },
		{ SIGBUS, "SIGBUS" },	{ SIGFPE, "SIGFPE" },
		{ SIGKILL, "SIGKILL" }, { SIGSEGV, "SIGSEGV" },
		{ SIGPIPE, "SIGPIPE" }, { SIGALRM, "SIGALRM" },
		{ SIGTERM, "SIGTERM" }, { SIGXCPU, "SIGXCPU" },
		{ SIGXFSZ, "SIGXFSZ" }, { SIGSYS, "SIGSYS" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].sig == sig)
			return names[i].name;
	return NULL;
}

void proc_describe_end(int status, struct text *to)
{
	const char *name;

	if (WIFEXITED(status)) {
		text_addf(to, "exit status %d", WEXITSTATUS(status));
		return;
	}
	name = signal_name(WTERMSIG(status));
	text_addf(to, "signal %d", WTERMSIG(status));
	if (name)
		text_addf(to, " (%s)", name);
}

enum status msg_pair(int *ret_ours, int *ret_theirs, struct error *err)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail_sys(err, E_MSG_SOCKET, errno,
				"unable to make a pair of sockets");
	if (fcntl(pair[0], F_SETFL, O_NONBLOCK) < 0) {
		int sys = errno;

		close(pair[0]);
		close(pair[1]);
		return fail_sys(err, E_MSG_SOCKET, sys,
				"unable to make a socket not block");
	}
	*ret_ours = pair[0];
	*ret_theirs = pair[1];
	return OK;
}

/* Room for one descriptor on the way out, for a few on the way in, so that too
 * many can be told from one. */
union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(4 * sizeof(int))];
};

static void attach(struct msghdr *msg, union control *control, int fd)
{
	struct cmsghdr *head;

	memset(control, 0, sizeof(*control));
	msg->msg_control = control->bytes;
	msg->msg_controllen = CMSG_SPACE(sizeof(int));
	head = CMSG_FIRSTHDR(msg);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(int));
}

enum status msg_send(int fd, struct span message, int pass_fd,
		     struct error *err)
{
	struct iovec part = { (void *)(uintptr_t)message.ptr, message.len };
	struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1 };
	union control control;
	ssize_t sent;

	if (!message.len)
		return fail(err, E_MSG_SEND, "an empty message cannot be sent");
	if (pass_fd >= 0)
		attach(&msg, &control, pass_fd);
	do {
		sent = sendmsg(fd, &msg, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	if (sent == (ssize_t)message.len)
		return OK;
	if (sent < 0 && (errno == EAGAIN || errno == ENOBUFS))
		return fail(err, E_MSG_FULL,
			    "the other process does not take messages");
	if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
		return fail(err, E_MSG_CLOSED,
			    "the other process has closed the line");
	return fail_sys(err, E_MSG_SEND, sent < 0 ? errno : EIO,
			"unable to send a message of %zu bytes", message.len);
}

/* The descriptors of a message: one goes to *ret_fd, of several none. Returns
 * how many there were. The kernel gives all of them in one header. */
static size_t detach(struct msghdr *msg, int *ret_fd)
{
	struct cmsghdr *head = CMSG_FIRSTHDR(msg);
	size_t count, len;
	int fd = -1;

	*ret_fd = -1;
	if (!head || head->cmsg_level != SOL_SOCKET ||
	    head->cmsg_type != SCM_RIGHTS || head->cmsg_len < CMSG_LEN(0))
		return 0;
	len = head->cmsg_len - CMSG_LEN(0);
	count = len / sizeof(int);
	for (size_t i = 0; i < count; i++) {
		memcpy(&fd, CMSG_DATA(head) + i * sizeof(int), sizeof(int));
		if (count > 1)
			close(fd);
	}
	if (count == 1)
		*ret_fd = fd;
	return count;
}

enum status msg_receive(int fd, void *buf, size_t cap, size_t *ret_len,
			int *ret_fd, struct error *err)
{
	union control control;
	struct iovec part = { buf, cap };
	struct msghdr msg = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	_close_ int passed = -1;
	size_t fds;
	ssize_t got;

	do {
		got = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got < 0 && errno == EAGAIN)
		return fail(err, E_MSG_NONE, "there is no message now");
	if (got < 0 && errno != ECONNRESET)
		return fail_sys(err, E_MSG_RECEIVE, errno,
				"unable to receive a message");
	if (got < 0)
		msg.msg_controllen = 0;
	fds = detach(&msg, &passed);
	if (got <= 0)
		return fail(err, E_MSG_CLOSED,
			    "the other process has closed the line");
	if (msg.msg_flags & MSG_TRUNC)
		return fail(err, E_MSG_TOO_LONG,
			    "a message is longer than %zu bytes", cap);
	if ((msg.msg_flags & MSG_CTRUNC) || fds > 1)
		return fail(err, E_MSG_DESCRIPTORS,
			    "a message carries more than one descriptor, or "
			    "there was no room for it");
	*ret_len = (size_t)got;
	*ret_fd = take_fd(&passed);
	return OK;
}
