#include "efivar_process.h"

#include "base/own.h"
#include "base/progress.h"
#include "sys/proc.h"

#include <poll.h>
#include <unistd.h>

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

enum status efivar_process_begin(struct efivar_process *process,
				 efivar_work *work, const void *context,
				 int patience_ms, struct error *err)
{
	struct start start = { .work = work, .context = context };
	enum status s;

	*process = EFIVAR_PROCESS_NONE;
	s = msg_pair(&process->socket, &start.socket, err);
	if (s != OK)
		return s;
	s = proc_spawn("keelboot-efivar", run, &start, &start.socket, 1,
		       &process->pid, err);
	close(start.socket);
	if (s != OK)
		close(take_fd(&process->socket));
	process->patience_ms = patience_ms;
	process->deadline_ms = now_ms() + (uint64_t)patience_ms;
	return s;
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

static enum status fail_ended(struct error *err)
{
	return fail(err, E_EFIVAR_ENDED,
		    "the process that asks for EFI variables ended "
		    "unexpectedly");
}

enum status efivar_process_take(struct efivar_process *process, void *buf,
				size_t len, int *ret_fd, uint64_t now,
				struct error *err)
{
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
		return fail(err, E_EFIVAR_DEADLINE,
			    "the firmware has not answered about EFI variables "
			    "for %d ms",
			    process->patience_ms);
	return fail_ended(err);
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
		     progress_wait_ms("waiting for the firmware",
				      deadline_left_ms(process->deadline_ms)));
	}
}

enum status efivar_process_said(const struct error *said, struct error *err)
{
	if ((unsigned)said->code >= STATUS_COUNT)
		return fail_ended(err);
	if (said->code != OK && err) {
		*err = *said;
		err->text[ERROR_TEXT_MAX - 1] = '\0';
	}
	return said->code;
}
