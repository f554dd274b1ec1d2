/* Processes and messages: a child has what it was given and nothing more, dies
 * with its parent, and no message, descriptor or end of a peer confuses us. */
#include "sys/proc.h"

#include "base/own.h"
#include "scratch.h"
#include "sys/blob.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* --- clocks --------------------------------------------------------------- */

static void test_clock(void **state)
{
	uint64_t start = now_ms();

	(void)state;
	assert_true(start > 0);
	poll(NULL, 0, 30);
	assert_in_range(now_ms() - start, 29, 5000);
	assert_int_equal(deadline_left_ms(0), 0);
	assert_int_equal(deadline_left_ms(start), 0);
	assert_in_range(deadline_left_ms(now_ms() + 1000), 900, 1000);
	assert_int_equal(deadline_left_ms(UINT64_MAX), INT_MAX);
}

static void test_waits(void **state)
{
	(void)state;
	assert_int_equal(ms_until(7, 5), 2);
	assert_int_equal(ms_until(5, 5), 0);
	assert_int_equal(ms_until(4, 5), 0);
	assert_int_equal(ms_until(UINT64_MAX, 5), INT_MAX);
	assert_int_equal(ms_sooner(3, 5), 3);
	assert_int_equal(ms_sooner(5, 3), 3);
	assert_int_equal(ms_sooner(-1, 3), 3);
	assert_int_equal(ms_sooner(3, -1), 3);
	assert_int_equal(ms_sooner(0, -1), 0);
	assert_int_equal(ms_sooner(-1, -1), -1);
}

/* --- children ------------------------------------------------------------- */

static pid_t spawn(int (*run)(void *context), void *context, const int *keep,
		   size_t count)
{
	struct error err;
	pid_t pid = -5;

	assert_ok(&err, proc_spawn("test-child", run, context, keep, count,
				   &pid, &err));
	assert_true(pid > 0);
	return pid;
}

static int wait_for(pid_t pid)
{
	uint64_t deadline = now_ms() + 10000;
	int status = 0;

	while (!proc_reap(pid, &status)) {
		if (!deadline_left_ms(deadline))
			fail_msg("the child does not end");
		poll(NULL, 0, 2);
	}
	return status;
}

static int exit_with(void *context)
{
	return *(int *)context;
}

static void test_spawn_and_reap(void **state)
{
	int want = 42, status = 77;
	pid_t pid = spawn(exit_with, &want, NULL, 0);

	(void)state;
	status = wait_for(pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 42);
	/* Once. */
	assert_false(proc_reap(pid, &status));
	assert_false(proc_reap(-1, &status));
	assert_false(proc_reap(0, &status));
}

static int sleep_long(void *context)
{
	(void)context;
	poll(NULL, 0, 60000);
	return 0;
}

static void test_kill(void **state)
{
	pid_t pid = spawn(sleep_long, NULL, NULL, 0);
	int status = 77;

	(void)state;
	assert_false(proc_reap(pid, &status));
	assert_int_equal(status, 77);
	proc_kill(pid);
	status = wait_for(pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	/* These would be every process there is. */
	proc_kill(0);
	proc_kill(-1);
}

struct check {
	int kept[2], closed[3];
};

/* Exit status says which check failed; the sanitizers' own descriptors are
 * closed too, so nothing is printed. */
static int check_descriptors(void *context)
{
	const struct check *check = context;

	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			return 1;
	for (size_t i = 0; i < test_count(check->kept); i++)
		if (fcntl(check->kept[i], F_GETFD) < 0)
			return 2;
	for (size_t i = 0; i < test_count(check->closed); i++)
		if (fcntl(check->closed[i], F_GETFD) >= 0 || errno != EBADF)
			return 3;
	return 0;
}

static void test_descriptors(void **state)
{
	int fds[5], keep[4];
	struct check check;

	(void)state;
	for (size_t i = 0; i < test_count(fds); i++)
		assert_true((fds[i] = open("/dev/null", O_RDONLY)) >= 0);
	check = (struct check){ { fds[1], fds[3] },
				{ fds[0], fds[2], fds[4] } };
	keep[0] = fds[3]; /* not in order, with a gap, twice */
	keep[1] = -1;
	keep[2] = fds[1];
	keep[3] = fds[3];
	assert_int_equal(wait_for(spawn(check_descriptors, &check, keep, 4)),
			 0);
	for (size_t i = 0; i < test_count(fds); i++)
		close(fds[i]);
}

static void test_too_many_descriptors(void **state)
{
	int keep[PROC_KEEP_MAX + 1] = { 0 };
	struct error err;
	pid_t pid = -5;

	(void)state;
	assert_refused(E_PROC_KEEP, &err,
		       proc_spawn("x", sleep_long, NULL, keep,
				  PROC_KEEP_MAX + 1, &pid, &err));
	assert_int_equal(pid, -5);
}

static int check_surroundings(void *context)
{
	char name[16] = "";
	sigset_t set;
	int death = 0;

	prctl(PR_GET_NAME, name);
	prctl(PR_GET_PDEATHSIG, &death);
	sigprocmask(SIG_BLOCK, NULL, &set);
	if (strcmp(name, "test-child") != 0)
		return 1;
	if (death != SIGKILL || getppid() != *(pid_t *)context)
		return 2;
	if (sigismember(&set, SIGUSR1) || sigismember(&set, SIGCHLD))
		return 3;
	if (signal(SIGUSR2, SIG_DFL) != SIG_DFL ||
	    signal(SIGPIPE, SIG_DFL) != SIG_DFL)
		return 4;
	return 0;
}

static void on_signal(int sig)
{
	(void)sig;
}

static void test_surroundings(void **state)
{
	pid_t us = getpid();
	sigset_t set, was;

	(void)state;
	sigfillset(&set);
	sigprocmask(SIG_SETMASK, &set, &was);
	signal(SIGUSR2, on_signal);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(wait_for(spawn(check_surroundings, &us, NULL, 0)), 0);
	signal(SIGUSR2, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &was, NULL);
}

/* A child that makes a child of its own, says so, and ends. */
static int make_grandchild(void *context)
{
	int *line = context;
	pid_t pid;

	if (proc_spawn("grandchild", sleep_long, NULL, line, 1, &pid, NULL) !=
	    OK)
		return 1;
	return write(*line, "", 1) == 1 ? 0 : 2;
}

/* The grandchild keeps the line open for as long as it lives. */
static void test_dies_with_parent(void **state)
{
	struct pollfd line = { .events = POLLIN };
	char byte;
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	line.fd = ends[0];
	assert_int_equal(
		wait_for(spawn(make_grandchild, &ends[1], &ends[1], 1)), 0);
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	assert_int_equal(poll(&line, 1, 5000), 1);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
}

static void assert_end(int status, const char *want)
{
	char buf[64];
	struct text t = text_over(buf, sizeof(buf));

	proc_describe_end(status, &t);
	assert_string_equal(buf, want);
}

static void test_describe_end(void **state)
{
	(void)state;
	assert_end(0, "exit status 0");
	assert_end(3 << 8, "exit status 3");
	assert_end(SIGSEGV, "signal 11 (SIGSEGV)");
	assert_end(SIGKILL, "signal 9 (SIGKILL)");
	assert_end(SIGABRT | 0x80, "signal 6 (SIGABRT)");
	assert_end(40, "signal 40");
}

/* --- messages ------------------------------------------------------------- */

struct pair {
	int ours, theirs;
};

static void drop_pair(struct pair *pair)
{
	own_close(&pair->ours);
	own_close(&pair->theirs);
}
#define _drop_pair_ __attribute__((cleanup(drop_pair)))

static struct pair make_pair(void)
{
	struct pair pair;
	struct error err;

	assert_ok(&err, msg_pair(&pair.ours, &pair.theirs, &err));
	return pair;
}

static void assert_received(int fd, const char *want)
{
	struct error err;
	char buf[64];
	size_t len;
	int passed;

	assert_ok(&err, msg_receive(fd, buf, sizeof(buf), &len, &passed, &err));
	assert_int_equal(passed, -1);
	assert_span_text(span_of(buf, len), want);
}

static void assert_receive_refused(int fd, enum status want)
{
	struct error err;
	size_t len = 77;
	int passed = -5;
	char buf[8];

	assert_refused(want, &err,
		       msg_receive(fd, buf, sizeof(buf), &len, &passed, &err));
	assert_int_equal(len, 77);
	assert_int_equal(passed, -5);
}

static void test_messages(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_pair_ struct pair pair = make_pair();
	struct error err;

	(void)state;
	assert_true(fcntl(pair.ours, F_GETFL) & O_NONBLOCK);
	assert_false(fcntl(pair.theirs, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(pair.ours, F_GETFD) & FD_CLOEXEC);
	assert_receive_refused(pair.ours, E_MSG_NONE);
	assert_ok(&err, msg_send(pair.theirs, span_of("one", 3), -1, &err));
	assert_ok(&err, msg_send(pair.theirs, span_of("two!", 4), -1, &err));
	assert_received(pair.ours, "one");
	assert_received(pair.ours, "two!");
	assert_ok(&err, msg_send(pair.ours, span_of("three", 5), -1, &err));
	assert_received(pair.theirs, "three");
	assert_refused(E_MSG_SEND, &err,
		       msg_send(pair.ours, span_of("", 0), -1, &err));
	assert_refused(E_MSG_SEND, &err,
		       msg_send(-1, span_of("x", 1), -1, &err));
	assert_receive_refused(-1, E_MSG_RECEIVE);
}

static void test_message_too_long(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_pair_ struct pair pair = make_pair();
	_close_ int passed = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct error err;

	(void)state;
	assert_ok(&err,
		  msg_send(pair.theirs, span_of("nine long", 9), -1, &err));
	assert_receive_refused(pair.ours, E_MSG_TOO_LONG);
	/* With a descriptor, which must not be lost. */
	assert_ok(&err,
		  msg_send(pair.theirs, span_of("nine long", 9), passed, &err));
	assert_receive_refused(pair.ours, E_MSG_TOO_LONG);
	assert_ok(&err,
		  msg_send(pair.theirs, span_of("eight...", 8), -1, &err));
	assert_received(pair.ours, "eight...");
}

static void test_closed(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_pair_ struct pair pair = make_pair();
	struct error err;

	(void)state;
	assert_ok(&err, msg_send(pair.theirs, span_of("last", 4), -1, &err));
	close(take_fd(&pair.theirs));
	assert_received(pair.ours, "last");
	assert_receive_refused(pair.ours, E_MSG_CLOSED);
	assert_refused(E_MSG_CLOSED, &err,
		       msg_send(pair.ours, span_of("x", 1), -1, &err));
}

/* The peer went without reading: its kernel says "reset", once. */
static void test_reset(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_pair_ struct pair pair = make_pair();
	struct error err;

	(void)state;
	assert_ok(&err, msg_send(pair.ours, span_of("unread", 6), -1, &err));
	close(take_fd(&pair.theirs));
	assert_receive_refused(pair.ours, E_MSG_CLOSED);
	assert_receive_refused(pair.ours, E_MSG_CLOSED);
}

static void test_full(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_pair_ struct pair pair = make_pair();
	uint8_t bytes[1024] = { 0 };
	struct error err;
	enum status got;
	int sent = 0;

	(void)state;
	while ((got = msg_send(pair.ours, span_of(bytes, sizeof(bytes)), -1,
			       &err)) == OK)
		assert_true(++sent < 100000);
	assert_int_equal(got, E_MSG_FULL);
}

/* --- descriptors in messages ---------------------------------------------- */

/* A child fills a memory file and hands it over, as a probe does. */
static int send_file(void *context)
{
	int line = *(int *)context;
	struct blob_writer w;

	if (blob_begin("probe", &w, NULL) != OK ||
	    blob_append(&w, span_of("contents", 8), NULL) != OK ||
	    msg_send(line, span_of("file", 4), w.fd, NULL) != OK)
		return 1;
	return 0;
}

static void test_file_of_child(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_pair_ struct pair pair = make_pair();
	_drop_blob_ struct blob blob = BLOB_NONE;
	struct error err;
	char buf[64];
	size_t len;
	pid_t pid;
	int fd;

	(void)state;
	pid = spawn(send_file, &pair.theirs, &pair.theirs, 1);
	assert_int_equal(wait_for(pid), 0);
	assert_ok(&err,
		  msg_receive(pair.ours, buf, sizeof(buf), &len, &fd, &err));
	assert_span_text(span_of(buf, len), "file");
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_ok(&err, blob_adopt(fd, 8, &blob, &err));
	assert_span_text(blob.bytes, "contents");
}

/* What a broken or hostile peer could send. */
static void send_descriptors(int to, const int *fds, size_t count)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(64 * sizeof(int))];
	} control = { .bytes = { 0 } };
	struct iovec part = { (char[]){ 'x' }, 1 };
	struct msghdr msg = { .msg_iov = &part,
			      .msg_iovlen = 1,
			      .msg_control = control.bytes,
			      .msg_controllen =
				      CMSG_SPACE(count * sizeof(int)) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&msg);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(head), fds, count * sizeof(int));
	assert_int_equal(sendmsg(to, &msg, 0), 1);
}

static void test_many_descriptors(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_pair_ struct pair pair = make_pair();
	_close_ int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct error err;
	char buf[8];
	size_t len;
	int fds[64], passed;

	(void)state;
	for (size_t i = 0; i < test_count(fds); i++)
		fds[i] = fd;
	for (size_t count = 2; count <= test_count(fds); count++) {
		unsigned before = scratch_open_fds();

		send_descriptors(pair.theirs, fds, count);
		assert_receive_refused(pair.ours, E_MSG_DESCRIPTORS);
		assert_int_equal(scratch_open_fds(), before);
	}
	send_descriptors(pair.theirs, fds, 1);
	assert_ok(&err, msg_receive(pair.ours, buf, sizeof(buf), &len, &passed,
				    &err));
	assert_true(passed >= 0);
	close(passed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_spawn_and_reap),
		cmocka_unit_test(test_kill),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_too_many_descriptors),
		cmocka_unit_test(test_surroundings),
		cmocka_unit_test(test_dies_with_parent),
		cmocka_unit_test(test_describe_end),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_message_too_long),
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_file_of_child),
		cmocka_unit_test(test_many_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
