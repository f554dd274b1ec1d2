#include "net_worker.h"

#include "base/own.h"
#include "net_fetch.h"
#include "sys/caps.h"
#include "sys/proc.h"
#include "sys/transfer.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#define WAIT_MS 100

struct worker {
	const struct net_task *task;
	int socket;
	struct net_state state; /* the newest */
	struct net_fetcher *fetcher;
	struct net_job job;	    /* the last one */
	int job_fd;		    /* that came with it, or -1 */
	struct net_request request; /* that is served */
	struct net_facts facts;	    /* of its file */
	uint64_t deadline_ms;

	struct transfer transfer;
	uint64_t at;	 /* of the file: where the slot begins */
	size_t fill;	 /* bytes in the slot that is filled now */
	unsigned on_way; /* slots that the menu has not taken yet */
	struct net_message message;
};

size_t net_job_size(const struct net_job *job)
{
	if (job->kind == NET_JOB_STATE)
		return offsetof(struct net_job, state) + sizeof(job->state);
	if (job->request.order == NET_TAKEN)
		return offsetof(struct net_job, request.urls);
	return sizeof(*job);
}

/* Nobody is left to be told if it cannot be. */
static void send(struct worker *w, enum net_kind kind)
{
	w->message.kind = kind;
	w->message.request = w->request.request;
	if (msg_send(w->socket, span_of(&w->message, net_message_size(kind)),
		     -1, NULL) != OK)
		_exit(0);
}

static void note(void *ctx, const char *text)
{
	struct worker *w = ctx;

	memset(w->message.note, 0, sizeof(w->message.note));
	snprintf(w->message.note, sizeof(w->message.note), "%s", text);
	send(w, NET_NOTE);
}

static const struct net_state *state(void *ctx)
{
	return &((struct worker *)ctx)->state;
}

/* --- jobs ----------------------------------------------------------------- */

/* The next one; whoever gives them is gone if there is none. */
static void receive(struct worker *w)
{
	size_t len = 0;

	if (w->job_fd >= 0)
		close(take_fd(&w->job_fd));
	memset(&w->job, 0, sizeof(w->job));
	if (msg_receive(w->socket, &w->job, sizeof(w->job), &len, &w->job_fd,
			NULL) != OK ||
	    len != net_job_size(&w->job))
		_exit(0);
	if (w->job.kind == NET_JOB_STATE)
		w->state = w->job.state;
}

static bool has_job(struct worker *w, int wait_ms)
{
	struct pollfd fd = { .fd = w->socket, .events = POLLIN };

	return poll(&fd, 1, wait_ms) > 0;
}

/* While a file is fetched: a new one would end this process. */
static void hear(void *ctx)
{
	struct worker *w = ctx;

	while (has_job(w, 0)) {
		receive(w);
		if (w->job.kind == NET_JOB_ORDER &&
		    w->job.request.order == NET_TAKEN &&
		    w->job.request.request == w->request.request && w->on_way)
			w->on_way--;
	}
}

/* --- the sink ------------------------------------------------------------- */

static enum status await_taken(struct worker *w, unsigned most,
			       struct error *err)
{
	hear(w);
	while (w->on_way > most) {
		if (now_ms() >= w->deadline_ms)
			return fail(err, E_NET_DEADLINE,
				    "the time is over, and the menu has %u "
				    "parts still to take",
				    w->on_way);
		(void)has_job(w, WAIT_MS);
		hear(w);
	}
	return OK;
}

/* All of it has been taken before a slot is filled again. */
static enum status begin(void *context, bool has_size, uint64_t size,
			 struct error *err)
{
	struct worker *w = context;
	enum status s = await_taken(w, 0, err);

	if (s != OK)
		return s;
	w->at = 0;
	w->fill = 0;
	memset(&w->message, 0, sizeof(w->message));
	w->message.begin.has_size = has_size;
	w->message.begin.size = has_size ? size : 0;
	w->message.begin.mirror = w->facts.mirror;
	send(w, NET_BEGIN);
	return OK;
}

static void send_part(struct worker *w)
{
	w->message.part.offset = w->at;
	w->message.part.len = w->fill;
	send(w, NET_PART);
	w->at += w->fill;
	w->fill = 0;
	w->on_way++;
}

static enum status take(void *context, struct span bytes, struct error *err)
{
	struct worker *w = context;

	while (bytes.len) {
		size_t len = TRANSFER_SLOT_LEN - w->fill;
		enum status s = OK;

		if (!w->fill)
			s = await_taken(w, TRANSFER_SLOTS - 1, err);
		if (s != OK)
			return s;
		if (len > bytes.len)
			len = bytes.len;
		memcpy(transfer_slot(&w->transfer, w->at) + w->fill, bytes.ptr,
		       len);
		w->fill += len;
		bytes = span_slice(bytes, len, bytes.len - len);
		if (w->fill == TRANSFER_SLOT_LEN)
			send_part(w);
	}
	return OK;
}

/* --- orders --------------------------------------------------------------- */

static void serve(struct worker *w)
{
	const struct fetch_sink sink = { .context = w,
					 .begin = begin,
					 .take = take };
	struct error err = { .code = OK };
	enum status s;

	w->request = w->job.request;
	for (uint32_t i = 0; i < NET_MIRRORS_MAX; i++)
		w->request.urls[i][URL_TEXT_MAX - 1] = '\0';
	w->deadline_ms = now_ms() + (uint64_t)w->request.timeout_s * 1000;
	w->at = 0;
	w->fill = 0;
	w->on_way = 0;
	s = transfer_adopt(take_fd(&w->job_fd), &w->transfer, &err);
	if (s == OK)
		s = net_fetch_file(w->fetcher, &w->request, &sink, &w->facts,
				   &err);
	if (s == OK && w->fill)
		send_part(w);
	memset(&w->message, 0, sizeof(w->message));
	if (s == OK)
		w->message.facts = w->facts;
	else
		w->message.error = err;
	send(w, s == OK ? NET_END : NET_FAILED);
	transfer_drop(&w->transfer);
}

static bool open_worker(struct worker *w, const struct net_worker_task *start)
{
	const struct net_task *task = start->task;
	const struct net_fetch_setup setup = {
		.settings = &task->settings,
		.entries = task->entries,
		.entry_count = task->entry_count,
		.folder = task->folder,
		.busybox = task->busybox,
		.keyring = task->keyring,
		.build_time = KEELBOOT_BUILD_TIME,
		.slow_ms = NET_SLOW_MS,
		.slow_bytes = NET_SLOW_BYTES,
		.has_uuid = task->has_uuid,
		.hear = hear,
		.note = note,
		.state = state,
		.ctx = w,
	};
	/* what the applets do not need is taken from them on top */
	uint64_t caps = CAP_BIT(CAP_SETPCAP) |
			(task->settings.ntp[0] ? CAP_BIT(CAP_SYS_TIME) : 0);
	struct net_fetch_setup own = setup;
	struct error err = { .code = OK };

	memcpy(own.uuid, task->uuid, sizeof(own.uuid));
	w->task = task;
	w->socket = start->socket;
	w->state = *start->state;
	w->job_fd = -1;
	w->transfer = TRANSFER_NONE;
	if (!caps_keep(caps)) {
		note(w, "no file is fetched: unable to drop capabilities");
		return false;
	}
	if (net_fetch_open(&own, &w->fetcher, &err) == OK)
		return true;
	note(w, err.text);
	return false;
}

int net_worker_run(void *context)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (!w || !open_worker(w, context))
		return 1;
	for (;;) {
		receive(w);
		if (w->job.kind == NET_JOB_ORDER &&
		    w->job.request.order == NET_FETCH)
			serve(w);
	}
}

int net_worker_tell(void *context)
{
	const struct net_worker_task *start = context;
	struct worker *w = calloc(1, sizeof(*w));

	if (!w || !open_worker(w, start))
		return 1;
	net_fetch_tell(w->fetcher, start->tell);
	return 0;
}
