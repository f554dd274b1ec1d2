#include "scan.h"

#include "base/log.h"
#include "base/progress.h"
#include "sys/proc.h"
#include "writing.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A sector and a flush; a disk that spins up first takes 10 s. */
#define WRITE_PATIENCE_MS 20000

/* One write on its way. */
struct errand {
	struct scan *scan;
	uint32_t index; /* of the probe */
	struct probe_request request;
	struct probe_message message; /* the last one */
	size_t message_len;
};

static const char *way_text(uint32_t way)
{
	switch (way) {
	case WRITE_IN_PLACE:
	case WRITE_IN_PLACE_TWICE:
		return "in place";
	case WRITE_THROUGH_MOUNT:
		return "through the file system";
	default:
		return "in an unknown way";
	}
}

static enum status take_refusal(struct errand *e, struct error *err)
{
	struct error *why = &e->message.error;

	why->text[sizeof(why->text) - 1] = '\0';
	if (e->message_len !=
		    offsetof(struct probe_message, error) + sizeof(*why) ||
	    why->code == OK || (unsigned)why->code >= STATUS_COUNT)
		return fail(err, E_PROBE_PROTOCOL,
			    "its probe does not write it and gives no reason");
	if (err)
		*err = *why;
	return why->code;
}

/* True when it is over. Answers to another request are of one that was given
 * up. */
static bool take_answer(struct errand *e, enum status *ret, struct error *err)
{
	struct probe_message *m = &e->message;

	if (m->kind == PROBE_WRITTEN || m->kind == PROBE_WRITE_FAILED) {
		if (m->request != e->request.request)
			return false;
		*ret = m->kind == PROBE_WRITTEN ? OK : take_refusal(e, err);
		return true;
	}
	if (m->kind != PROBE_FILE_PART && m->kind != PROBE_FILE &&
	    m->kind != PROBE_FILE_FAILED)
		scan_take_message(e->scan, e->index, m, e->message_len);
	return false;
}

static enum status fail_gone(const struct errand *e, struct error *err)
{
	return fail(err, E_IMAGE_GONE, "disk %s is not there any more",
		    e->scan->probes[e->index].name);
}

static enum status await_answer(struct errand *e, struct error *err)
{
	struct scan_probe *p = &e->scan->probes[e->index];
	uint64_t deadline = now_ms() + WRITE_PATIENCE_MS;

	while (p->socket >= 0 && deadline_left_ms(deadline)) {
		struct pollfd fd = { .fd = p->socket, .events = POLLIN };
		int passed = -1;
		enum status s;

		poll(&fd, 1,
		     progress_wait_ms("writing", deadline_left_ms(deadline)));
		memset(&e->message, 0, sizeof(e->message));
		s = msg_receive(p->socket, &e->message, sizeof(e->message),
				&e->message_len, &passed, NULL);
		if (passed >= 0)
			close(passed);
		if (s == E_MSG_NONE)
			continue;
		if (s != OK ||
		    e->message_len < offsetof(struct probe_message, found))
			return fail_gone(e, err);
		if (take_answer(e, &s, err))
			return s;
	}
	if (p->socket < 0)
		return fail_gone(e, err);
	return fail(err, E_IMAGE_DEADLINE,
		    "disk %s has not written it within %d s", p->name,
		    WRITE_PATIENCE_MS / 1000);
}

static enum status send_errand(struct errand *e, struct error *err)
{
	struct scan_probe *p = &e->scan->probes[e->index];

	if (p->socket < 0)
		return fail_gone(e, err);
	e->request.request = ++p->last_request;
	if (msg_send(p->socket, span_of(&e->request, sizeof(e->request)), -1,
		     NULL) != OK)
		return fail_gone(e, err);
	return await_answer(e, err);
}

static struct errand *make_errand(struct scan *scan, uint32_t probe,
				  const struct place *place,
				  enum probe_order order)
{
	struct errand *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->scan = scan;
	e->index = probe;
	e->request.order = order;
	e->request.place = place->number;
	return e;
}

enum status scan_count_attempt(struct scan *scan,
			       const struct boot_entry *entry,
			       const char *new_name, struct error *err)
{
	struct errand *e = make_errand(scan, entry->probe, &entry->place,
				       PROBE_COUNT_ATTEMPT);
	struct place place = entry->place;
	enum status s;

	if (!e)
		return fail(err, E_NO_MEMORY, "no memory for a message");
	memcpy(e->request.path, entry->found.path, sizeof(e->request.path));
	if (!text_copy(e->request.new_name, sizeof(e->request.new_name),
		       new_name))
		s = fail(err, E_WRITE_NAME, "the name %s is too long",
			 new_name);
	else
		s = send_errand(e, err);
	if (s == OK)
		log_info("%s: %s is %s now, written %s", place.name,
			 e->request.path, new_name, way_text(e->message.way));
	else
		s = fail_in(err, s, "%s: unable to count an attempt of %s",
			    place.name, e->request.path);
	free(e);
	return s;
}

enum status scan_write_store(struct scan *scan, uint32_t probe,
			     const struct place *place,
			     const struct store *store, struct error *err)
{
	struct errand *e = make_errand(scan, probe, place, PROBE_WRITE_STORE);
	enum status s;

	if (!e)
		return fail(err, E_NO_MEMORY, "no memory for a message");
	e->request.store = *store;
	s = send_errand(e, err);
	if (s == OK)
		log_info("%s: the store is written %s", place->name,
			 way_text(e->message.way));
	else
		s = fail_in(err, s, "%s: unable to write the store",
			    place->name);
	free(e);
	return s;
}
