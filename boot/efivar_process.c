#include "efivar_process.h"

#include "base/own.h"
#include "base/progress.h"
#include "sys/proc.h"

#include <poll.h>
#include <unistd.h>

static const struct efivar_asked firmware = {
	.process = "keelboot-efivar",
	.waiting = "waiting for the firmware",
	.silent = "the firmware has not answered about EFI variables",
	.gone = "the process that asks for EFI variables ended unexpectedly",
	.deadline = E_EFIVAR_DEADLINE,
	.ended = E_EFIVAR_ENDED,
};

struct start {
	efivar_work *work;
	const void *context;
	int socket;
};

static int run(void *context)
{
	const struct start *start = context;

	return start->work(start->socket, start->context);
}

enum status efivar_process_begin_for(struct efivar_process *process,
				     const struct efivar_asked *asked,
				     efivar_work *work, const void *context,
				     int patience_ms, struct error *err)
{
	struct start start = { .work = work, .context = context };
	enum status s;

	*process = EFIVAR_PROCESS_NONE;
	process->asked = asked;
	s = msg_pair(&process->socket, &start.socket, err);
	if (s != OK)
		return s;
	s = proc_spawn(asked->process, run, &start, &start.socket, 1,
		       &process->pid, err);
	close(start.socket);
	if (s != OK)
		close(take_fd(&process->socket));
	process->patience_ms = patience_ms;
	process->deadline_ms = now_ms() + (uint64_t)patience_ms;
	return s;
}

enum status efivar_process_begin(struct efivar_process *process,
				 efivar_work *work, const void *context,
				 int patience_ms, struct error *err)
{
	return efivar_process_begin_for(process, &firmware, work, context,
					patience_ms, err);
}

void efivar_process_end(struct efivar_process *process)
{
	int status;

	if (process->socket < 0)
		return;
	close(take_fd(&process->socket));
	proc_kill(process->pid);
	proc_reap(process->pid, &status);
}

static const struct efivar_asked *asked_by(const struct efivar_process *process)
{
	return process->asked ? process->asked : &firmware;
}

static enum status fail_ended(const struct efivar_asked *asked,
			      struct error *err)
{
	return fail(err, asked->ended, "%s", asked->gone);
}

enum status efivar_process_take(struct efivar_process *process, void *buf,
				size_t len, int *ret_fd, uint64_t now,
				struct error *err)
{
	const struct efivar_asked *asked = asked_by(process);
	_close_ int fd = -1;
	enum status s = E_MSG_CLOSED;
	size_t got = 0;

	if (ret_fd)
		*ret_fd = -1;
	if (process->socket >= 0)
		s = msg_receive(process->socket, buf, len, &got, &fd, err);
	if (s == E_MSG_NONE && now < process->deadline_ms)
		return s;
	if (s == OK && got == len) {
		if (ret_fd)
			*ret_fd = take_fd(&fd);
		return OK;
	}
	efivar_process_end(process);
	if (s == E_MSG_NONE)
		return fail(err, asked->deadline, "%s for %d ms", asked->silent,
			    process->patience_ms);
	return fail_ended(asked, err);
}

enum status efivar_process_await(struct efivar_process *process, void *buf,
				 size_t len, int *ret_fd, struct error *err)
{
	enum status s;

	for (;;) {
		struct pollfd fd = { .fd = process->socket, .events = POLLIN };

		s = efivar_process_take(process, buf, len, ret_fd, now_ms(),
					err);
		if (s != E_MSG_NONE)
			return s;
		poll(&fd, 1,
		     progress_wait_ms(asked_by(process)->waiting,
				      deadline_left_ms(process->deadline_ms)));
	}
}

enum status efivar_process_said(const struct error *said, struct error *err)
{
	if ((unsigned)said->code >= STATUS_COUNT)
		return fail_ended(&firmware, err);
	if (said->code != OK && err) {
		*err = *said;
		err->text[ERROR_TEXT_MAX - 1] = '\0';
	}
	return said->code;
}
