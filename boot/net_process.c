#include "net_process.h"

#include "base/own.h"
#include "net_links.h"
#include "net_worker.h"
#include "sys/caps.h"
#include "sys/file.h"
#include "sys/proc.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

/* Behind the menu, before the probes of a hundred disks. */
#define NET_NICE 5

#define TELLS_MAX  8
#define TELL_MS	   12000 /* the two of net_fetch_tell(), and their names */
#define GRACE_MS   3000	 /* of a fetch, after its deadline */
#define STATE_MS   100	 /* until a state that was too much is said again */
#define REAP_TRIES 50

/* What RFC 5970 calls this machine, of PXE and of HTTP. */
#if defined(__x86_64__)
#define PXE_ARCH  7
#define HTTP_ARCH 16
#elif defined(__aarch64__)
#define PXE_ARCH  11
#define HTTP_ARCH 19
#else
#error "no architecture type of RFC 5970 is known for this machine"
#endif

struct peer {
	pid_t pid;
	int socket; /* -1: there is none */
	bool is_busy;
	uint32_t request; /* that it serves */
	uint64_t end_ms;  /* when it is killed if it still does */
};

struct process {
	const struct net_task *task;
	struct net_links *links; /* NULL: there can be none */
	struct net_state state;	 /* of the links */
	struct peer worker;
	bool owes_state; /* to the worker */
	struct peer teller;
	uint32_t tell_count; /* the first is served if there is a teller */
	struct net_request tells[TELLS_MAX];
	struct net_request request; /* the last one received */
	int request_fd;		    /* that came with it, or -1 */
	struct net_job job;
	struct net_message message;
};

/* --- to the menu ---------------------------------------------------------- */

/* The menu is gone when it cannot be told: then there is nothing left to do. */
static void send(struct process *p, enum net_kind kind, uint32_t request)
{
	p->message.kind = kind;
	p->message.request = request;
	if (msg_send(p->task->socket,
		     span_of(&p->message, net_message_size(kind)), -1,
		     NULL) != OK)
		_exit(0);
}

static void note(void *ctx, const char *text)
{
	struct process *p = ctx;
	struct text t = text_over(p->message.note, sizeof(p->message.note));

	memset(p->message.note, 0, sizeof(p->message.note));
	text_add_safe(&t, span_of_text(text));
	send(p, NET_NOTE, 0);
}

static void send_failed(struct process *p, uint32_t request,
			const struct error *err)
{
	p->message.error = *err;
	send(p, NET_FAILED, request);
}

/* --- the others ----------------------------------------------------------- */

static void end_peer(struct peer *peer)
{
	int status, tries = REAP_TRIES;

	if (peer->socket >= 0)
		close(take_fd(&peer->socket));
	proc_kill(peer->pid);
	while (peer->pid > 0 && !proc_reap(peer->pid, &status) && tries--)
		(void)poll(NULL, 0, 1);
	*peer = (struct peer){ .socket = -1 };
}

static enum status begin_peer(const struct process *p, const char *name,
			      int (*run)(void *), struct peer *ret,
			      struct error *err)
{
	struct net_worker_task start = {
		.task = p->task,
		.state = &p->state,
		.tell = &p->tells[0],
		.socket = -1,
	};
	enum status s = msg_pair(&ret->socket, &start.socket, err);

	if (s != OK)
		return s;
	s = proc_spawn(name, run, &start, &start.socket, 1, &ret->pid, err);
	close(start.socket);
	if (s != OK)
		close(take_fd(&ret->socket));
	return s;
}

/* True if there was one. *ret_len is 0 once it has ended. */
static bool receive_from(struct process *p, const struct peer *peer,
			 size_t *ret_len)
{
	int fd = -1;
	enum status s = msg_receive(peer->socket, &p->message,
				    sizeof(p->message), ret_len, &fd, NULL);

	if (fd >= 0)
		close(fd);
	if (s != OK)
		*ret_len = 0;
	return s != E_MSG_NONE;
}

/* --- the worker ----------------------------------------------------------- */

static void tell_state(struct process *p)
{
	p->owes_state = false;
	if (p->worker.socket < 0)
		return;
	p->job.kind = NET_JOB_STATE;
	p->job.state = p->state;
	if (msg_send(p->worker.socket, span_of(&p->job, net_job_size(&p->job)),
		     -1, NULL) == E_MSG_FULL)
		p->owes_state = true;
}

static enum status order(struct process *p, int fd, struct error *err)
{
	p->job.kind = NET_JOB_ORDER;
	p->job.request = p->request;
	return msg_send(p->worker.socket,
			span_of(&p->job, net_job_size(&p->job)), fd, err);
}

static void fetch(struct process *p)
{
	struct error err = { .code = OK };
	enum status s = OK;

	if (p->worker.is_busy)
		end_peer(&p->worker);
	if (p->worker.socket < 0) {
		p->owes_state = false;
		s = begin_peer(p, "keelboot-fetch", net_worker_run, &p->worker,
			       &err);
	}
	if (s == OK)
		s = order(p, p->request_fd, &err);
	if (s != OK) {
		end_peer(&p->worker);
		send_failed(p, p->request.request, &err);
		return;
	}
	p->worker.is_busy = true;
	p->worker.request = p->request.request;
	p->worker.end_ms =
		now_ms() + (uint64_t)p->request.timeout_s * 1000 + GRACE_MS;
}

static void lose_worker(struct process *p, enum status why, const char *text)
{
	bool was_busy = p->worker.is_busy;
	uint32_t request = p->worker.request;
	struct error err;

	end_peer(&p->worker);
	if (!was_busy)
		return;
	(void)fail(&err, why, "%s", text);
	send_failed(p, request, &err);
}

/* Only what a worker says, about the file that is wanted now. */
static void hear_worker(struct process *p)
{
	struct net_message *m = &p->message;
	size_t len;

	while (p->worker.socket >= 0 && receive_from(p, &p->worker, &len)) {
		if (len < offsetof(struct net_message, state) ||
		    len != net_message_size(m->kind)) {
			lose_worker(p, E_NET_WORKER,
				    "the process that fetches has ended");
			return;
		}
		if (m->kind == NET_NOTE) {
			send(p, NET_NOTE, 0);
			continue;
		}
		if (!p->worker.is_busy || m->request != p->worker.request ||
		    (m->kind != NET_BEGIN && m->kind != NET_PART &&
		     m->kind != NET_END && m->kind != NET_FAILED))
			continue;
		p->worker.is_busy = m->kind == NET_BEGIN || m->kind == NET_PART;
		send(p, m->kind, m->request);
	}
}

/* --- messages to the owner's servers -------------------------------------- */

static void told(struct process *p)
{
	uint32_t request = p->tells[0].request;

	end_peer(&p->teller);
	p->tell_count--;
	memmove(p->tells, p->tells + 1, p->tell_count * sizeof(p->tells[0]));
	send(p, NET_TOLD, request);
}

/* One after the other: their order counts. What is told before there is a
 * network is the begin of the story, and waits for one. */
static void begin_tell(struct process *p)
{
	struct error err = { .code = OK };

	while (p->tell_count && p->teller.socket < 0 &&
	       p->state.stage == NET_UP) {
		if (begin_peer(p, "keelboot-tell", net_worker_tell, &p->teller,
			       &err) == OK) {
			p->teller.end_ms = now_ms() + TELL_MS;
			return;
		}
		note(p, err.text);
		told(p);
	}
}

static void tell(struct process *p)
{
	if (p->tell_count == TELLS_MAX) { /* the first may be on its way */
		send(p, NET_TOLD, p->tells[1].request);
		memmove(p->tells + 1, p->tells + 2,
			(TELLS_MAX - 2) * sizeof(p->tells[0]));
		p->tell_count--;
		note(p, "too much is to be told at once, some is not");
	}
	p->request.stage[sizeof(p->request.stage) - 1] = '\0';
	p->request.tell[sizeof(p->request.tell) - 1] = '\0';
	p->tells[p->tell_count++] = p->request;
	begin_tell(p);
}

static void hear_teller(struct process *p)
{
	size_t len;

	while (p->teller.socket >= 0 && receive_from(p, &p->teller, &len)) {
		if (p->message.kind == NET_NOTE &&
		    len == net_message_size(NET_NOTE)) {
			send(p, NET_NOTE, 0);
			continue;
		}
		told(p);
		begin_tell(p);
	}
}

/* --- orders --------------------------------------------------------------- */

static void take_order(struct process *p)
{
	struct error ignored;
	size_t len = 0;

	if (msg_receive(p->task->socket, &p->request, sizeof(p->request), &len,
			&p->request_fd, NULL) != OK)
		_exit(0);
	if (len != sizeof(p->request))
		goto out;
	switch (p->request.order) {
	case NET_FETCH:
		fetch(p);
		break;
	case NET_TAKEN:
		if (p->worker.is_busy &&
		    p->worker.request == p->request.request &&
		    order(p, -1, &ignored) != OK)
			lose_worker(p, E_NET_WORKER,
				    "the process that fetches takes nothing");
		break;
	case NET_CANCEL:
		if (p->worker.is_busy &&
		    p->worker.request == p->request.request)
			end_peer(&p->worker);
		break;
	case NET_TELL:
		tell(p);
		break;
	}
out:
	if (p->request_fd >= 0)
		close(take_fd(&p->request_fd));
}

static void take_state(struct process *p)
{
	p->state = *net_links_state(p->links);
	p->message.state = p->state;
	send(p, NET_STATE, 0);
	tell_state(p);
	begin_tell(p);
}

/* --- the loop ------------------------------------------------------------- */

static void keep_times(struct process *p)
{
	uint64_t now = now_ms();

	if (p->worker.is_busy && now >= p->worker.end_ms)
		lose_worker(p, E_NET_DEADLINE,
			    "the time is over, and whoever fetches waits for "
			    "a server");
	if (p->teller.socket >= 0 && now >= p->teller.end_ms) {
		note(p, "whoever was to be told does not answer");
		told(p);
		begin_tell(p);
	}
	if (p->owes_state)
		tell_state(p);
}

static int wait_ms(const struct process *p)
{
	uint64_t now = now_ms();
	int wait = p->links ? net_links_wait_ms(p->links, now) : -1;

	if (p->worker.is_busy)
		wait = ms_sooner(wait, ms_until(p->worker.end_ms, now));
	if (p->teller.socket >= 0)
		wait = ms_sooner(wait, ms_until(p->teller.end_ms, now));
	if (p->owes_state)
		wait = ms_sooner(wait, STATE_MS);
	return wait;
}

static void step(struct process *p)
{
	struct pollfd fds[3 + NET_LINKS_FDS_MAX] = {
		{ .fd = p->task->socket, .events = POLLIN },
		{ .fd = p->worker.socket, .events = POLLIN },
		{ .fd = p->teller.socket, .events = POLLIN },
	};
	size_t count = 3;

	if (p->links)
		count += net_links_poll_fds(p->links, fds + 3);
	(void)poll(fds, count, wait_ms(p));
	if (p->links && net_links_handle(p->links, now_ms()))
		take_state(p);
	if (fds[1].revents)
		hear_worker(p);
	if (fds[2].revents)
		hear_teller(p);
	if (fds[0].revents)
		take_order(p);
	keep_times(p);
}

/* SETPCAP is for taking more from the children. */
static bool give_up_capabilities(const struct net_task *task)
{
	uint64_t caps = CAP_BIT(CAP_NET_ADMIN) | CAP_BIT(CAP_NET_RAW) |
			CAP_BIT(CAP_NET_BIND_SERVICE) | CAP_BIT(CAP_SETPCAP);

	if (task->settings.ntp[0])
		caps |= CAP_BIT(CAP_SYS_TIME);
	return caps_keep(caps);
}

static void begin_links(struct process *p)
{
	const struct net_task *task = p->task;
	struct net_links_setup setup = {
		.settings = &task->settings,
		.busybox = task->busybox,
		.script = task->script,
		.resolv_conf = task->resolv_conf,
		.pxe_arch = PXE_ARCH,
		.http_arch = HTTP_ARCH,
		.is_again = task->is_again,
		.has_uuid = task->has_uuid,
		.note = note,
		.ctx = p,
	};
	struct error err = { .code = OK };

	memcpy(setup.uuid, task->uuid, sizeof(setup.uuid));
	if (net_links_begin(&setup, &p->links, &err) == OK) {
		take_state(p);
		return;
	}
	note(p, err.text);
	p->state.stage = NET_NO_INTERFACE;
	snprintf(p->state.line, sizeof(p->state.line), "%.*s",
		 (int)sizeof(p->state.line) - 1, err.text);
	p->message.state = p->state;
	send(p, NET_STATE, 0);
}

int net_process_run(void *context)
{
	struct process *p = calloc(1, sizeof(*p));

	if (!p)
		return 1;
	p->task = context;
	p->worker.socket = -1;
	p->teller.socket = -1;
	p->request_fd = -1;
	proc_yield(NET_NICE);
	/* what a server makes it use up is not taken from the menu */
	(void)!file_write_small("/proc/self/oom_score_adj", "1000");
	if (!give_up_capabilities(p->task)) {
		note(p, "no network: unable to drop capabilities");
		return 1;
	}
	begin_links(p);
	for (;;)
		step(p);
}
