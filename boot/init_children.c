#include "init_children.h"

#include "base/log.h"
#include "sys/console.h"
#include "sys/proc.h"
#include "sys/watchdog.h"
#include "tpm_seal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define CONFIGURE_MS	2000
#define END_DELAY_MAX_S 86400
#define TERM_SIZE	64

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

/* The kernel's command line says what a serial line's terminal is. Without
 * that the kernel says "linux", which stands for other. */
static void name_terminal(char ret[static TERM_SIZE], const char *other)
{
	const char *term = getenv("TERM");

	if (!term || !strcmp(term, "linux"))
		term = other;
	snprintf(ret, TERM_SIZE, "TERM=%s", term);
}

int init_child_menu(void *context)
{
	static const char *const args[] = { "keelboot", "menu", NULL };
	char term[TERM_SIZE];

	(void)context;
	name_terminal(term, "linux");
	return exec_with("/proc/self/exe", args, term);
}

int init_child_shell(void *context)
{
	static const char *const args[] = { "-sh", NULL };
	const char *console = context;
	char path[64], term[TERM_SIZE] = "TERM=linux";
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
	if (!console_is_virtual(span_of_text(console)))
		name_terminal(term, "vt220");
	return exec_with("/bin/sh", args, term);
}

/* --- questions to a child ------------------------------------------------- */

struct question {
	void (*ask)(void *context, void *answer);
	void *context;
	void *answer; /* len bytes, less than a pipe takes at once */
	size_t len;
	int to;
};

static int run_question(void *context)
{
	const struct question *q = context;

	q->ask(q->context, q->answer);
	return write(q->to, q->answer, q->len) == (ssize_t)q->len ? 0 : 1;
}

/* The answer as the child gives it. A child that has none when the time is over
 * is killed, not waited for. Errors: E_PROC_FORK, E_DEADLINE, E_NOT_FOUND (it
 * ended without one). */
static enum status ask_child(const char *name, struct question *q, int log_fd,
			     unsigned budget_ms, struct error *err)
{
	struct pollfd ready = { .events = POLLIN };
	int ends[2], keep[2], n;
	ssize_t got = -1;
	enum status s;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail_sys(err, E_PROC_FORK, errno,
				"unable to make a pipe for %s", name);
	q->to = keep[0] = ends[1];
	keep[1] = log_fd;
	s = proc_spawn(name, run_question, q, keep, 2, &pid, err);
	close(ends[1]);
	if (s == OK) {
		ready.fd = ends[0];
		n = poll(&ready, 1, (int)budget_ms);
		if (n > 0)
			got = read(ends[0], q->answer, q->len);
		proc_kill(pid); /* reaped with the others */
		if (n <= 0)
			s = fail(err, E_DEADLINE,
				 "there was no answer within %u ms", budget_ms);
		else if (got != (ssize_t)q->len)
			s = fail(err, E_NOT_FOUND,
				 "the process %s ended without an answer",
				 name);
	}
	close(ends[0]);
	return s;
}

struct configure_call {
	void (*configure)(struct init_end *ret);
};

static void run_configure(void *context, void *answer)
{
	const struct configure_call *call = context;

	call->configure(answer);
}

bool init_ask_end(void (*configure)(struct init_end *ret), int log_fd,
		  struct init_end *ret)
{
	struct configure_call call = { .configure = configure };
	struct init_end end = INIT_END_DEFAULT;
	struct question q = { .ask = run_configure,
			      .context = &call,
			      .answer = &end,
			      .len = sizeof(end) };
	struct error why;

	if (ask_child("keelboot-conf", &q, log_fd, CONFIGURE_MS, &why) != OK ||
	    (unsigned)end.action > INIT_END_SHELL ||
	    end.delay_s > END_DELAY_MAX_S)
		return false;
	*ret = end;
	return true;
}

/* The status is the answer's own. */
static void run_forget(void *context, void *answer)
{
	struct error *err = answer;

	(void)context;
	err->code = tpm_forget_secrets(TPM_EVENT_SHELL, err);
}

enum status init_forget_secrets(int log_fd, struct error *err)
{
	struct error answer = { .code = E_TPM_ENDED };
	struct question q = { .ask = run_forget,
			      .answer = &answer,
			      .len = sizeof(answer) };
	enum status s =
		ask_child("keelboot-tpm", &q, log_fd, INIT_FORGET_MS, err);

	if (s == E_DEADLINE)
		return fail(err, E_TPM_DEADLINE,
			    "the TPM has not answered within %d s",
			    INIT_FORGET_MS / 1000);
	if (s == E_NOT_FOUND)
		return fail(err, E_TPM_ENDED, "%s",
			    "the process that asks the TPM has died");
	if (s != OK)
		return s;
	answer.text[sizeof(answer.text) - 1] = '\0';
	*err = answer;
	return answer.code;
}

int init_child_feed(void *context)
{
	struct watchdog w = { .is_armed = false };
	struct error why;

	(void)context;
	if (watchdog_take_over(&w, &why) != OK)
		log_error("%s", why.text);
	while (w.is_armed) {
		poll(NULL, 0, watchdog_wait_ms(&w, now_ms()));
		watchdog_feed(&w, now_ms());
	}
	return 1;
}
