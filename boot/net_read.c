#include "net_parts.h"

#include "base/log.h"
#include "base/own.h"
#include "base/progress.h"
#include "candidate.h"
#include "sys/meminfo.h"
#include "sys/proc.h"
#include "sys/transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As in scan_read.c: a kexec holds a file three times at its height. */
#define MEMORY_TIMES 3

/* --- what is asked for -------------------------------------------------------
 */

struct template_values net_values(const struct net *net)
{
	const struct net_machine *m = &net->machine;

	return (struct
		template_values){ .of = {
					  [TEMPLATE_MAC] = span_of_text(m->mac),
					  [TEMPLATE_UUID] =
						  span_of_text(m->uuid_text),
					  [TEMPLATE_SERIAL] =
						  span_of_text(m->serial),
					  [TEMPLATE_PRODUCT] =
						  span_of_text(m->product),
					  [TEMPLATE_ARCH] = span_of_text(
						  candidate_architecture()),
					  [TEMPLATE_HOSTNAME] =
						  span_of_text(m->hostname),
					  [TEMPLATE_IP] = span_of_text(m->ip),
				  } };
}

static enum status expand_url(const struct net *net, const char *template,
			      char ret[static URL_TEXT_MAX], struct error *err)
{
	const struct template_values values = net_values(net);
	struct text t = text_over(ret, URL_TEXT_MAX);
	struct url url;
	enum status s = template_expand(span_of_text(template), &values,
					TEMPLATE_URL, &t, err);

	if (s == OK)
		s = url_parse(span_of_text(ret), &url, err);
	return s == OK ? OK : fail_in(err, s, "%s", template);
}

/* Whether an entry names a URL of that origin. */
static bool names_origin(const struct net *net, const struct net_entry *e,
			 const struct url *origin)
{
	char text[URL_TEXT_MAX];
	struct url url;

	for (uint32_t i = 0; i < e->file_count; i++)
		for (uint32_t m = 0; m < e->files[i].url_count; m++)
			if (expand_url(net,
				       net_entry_text(e, e->files[i].urls[m]),
				       text, NULL) == OK &&
			    url_parse(span_of_text(text), &url, NULL) == OK &&
			    url_same_origin(&url, origin))
				return true;
	return false;
}

uint32_t net_secrets_for(const struct net *net, uint32_t entry,
			 const struct net_request *request)
{
	struct url url;

	while (entry < NET_SLOTS_MAX && !net->slots[entry].is_of_image)
		entry = net->slots[entry].parent;
	if (entry >= NET_SLOTS_MAX || !net->slots[entry].entry)
		return NET_NO_ENTRY;
	for (uint32_t i = 0; i < request->url_count; i++)
		if (url_parse(span_of_text(request->urls[i]), &url, NULL) !=
			    OK ||
		    !names_origin(net, net->slots[entry].entry, &url))
			return NET_NO_ENTRY;
	return entry;
}

enum status net_ask_for(const struct net *net, uint32_t entry, uint32_t file,
			uint32_t first, struct net_request *ret,
			struct error *err)
{
	const struct net_slot *slot = &net->slots[entry];
	const struct net_file *f = &slot->entry->files[file];
	enum status s = OK;

	*ret = (struct net_request){
		.order = NET_FETCH,
		.max_size = slot->entry->max_size,
		.retry = slot->entry->retry,
	};
	for (uint32_t i = first; i < f->url_count; i++) {
		s = expand_url(net, net_entry_text(slot->entry, f->urls[i]),
			       ret->urls[ret->url_count], err);
		if (s == OK)
			ret->places[ret->url_count++] = (uint8_t)i;
		else
			log_warn("%s: a mirror is left out: %s", slot->id,
				 err->text);
	}
	ret->entry = net_secrets_for(net, entry, ret);
	return ret->url_count ? OK : s;
}

/* --- the file ----------------------------------------------------------------
 */

/* One on its way. */
struct arrival {
	struct net *net;
	const struct image_request *request; /* NULL of a text */
	const char *url;		     /* the first, for people */
	const struct net_request *wish;
	uint32_t url_count;
	uint64_t deadline_ms;
	uint32_t number;
	uint64_t max_size;
	struct transfer transfer;
	bool is_begun, has_size;
	uint64_t size;	 /* or the most that may come */
	uint32_t mirror; /* that it began at */
	struct image_filling filling;
	struct net_message message;
	char what[sizeof("fetching ") + URL_TEXT_MAX];
};

static enum status send(const struct arrival *a, enum net_order what,
			struct error *err)
{
	_free_ struct net_request *r = calloc(1, sizeof(*r));

	if (!r)
		return fail(err, E_NO_MEMORY, "no memory for a message");
	r->order = what;
	r->request = a->number;
	if (msg_send(a->net->socket, span_of(r, sizeof(*r)), -1, NULL) == OK)
		return OK;
	return fail(err, E_NET_ENDED, "%s: the network's process takes nothing",
		    a->url);
}

/* The most that may come: of a file whose size nobody has told, as much as
 * memory has room for. */
static enum status check_memory(struct arrival *a, struct error *err)
{
	struct meminfo mem;
	enum status s = meminfo_read(MEMINFO_PATH, &mem, err);
	uint64_t room;

	if (s != OK)
		return s;
	room = mem.available_bytes / MEMORY_TIMES;
	if (!a->has_size) {
		a->size = a->max_size < room ? a->max_size : room;
		return OK;
	}
	if (a->size <= room)
		return OK;
	return fail(err, E_IMAGE_MEMORY,
		    "%s has %llu MiB and booting takes %d times that, but %llu "
		    "MiB of memory are available",
		    a->wish->urls[a->mirror],
		    (unsigned long long)(a->size >> 20), MEMORY_TIMES,
		    (unsigned long long)(mem.available_bytes >> 20));
}

static void forget(struct arrival *a)
{
	if (a->is_begun)
		image_filling_abandon(&a->filling);
	a->is_begun = false;
}

static enum status check_mirror(const struct arrival *a, uint32_t mirror,
				struct error *err)
{
	if (mirror < a->url_count)
		return OK;
	return fail(err, E_PROBE_PROTOCOL,
		    "%s: the network's process has it from URL %u, there are "
		    "%u",
		    a->url, mirror + 1, a->url_count);
}

/* What came before does not count. */
static enum status take_begin(struct arrival *a, struct error *err)
{
	enum status s = check_mirror(a, a->message.begin.mirror, err);

	forget(a);
	if (s != OK)
		return s;
	a->mirror = a->message.begin.mirror;
	a->has_size = a->message.begin.has_size;
	a->size = a->message.begin.size;
	if (a->has_size && a->size > a->max_size)
		return fail(err, E_PROBE_PROTOCOL,
			    "%s: the network's process lets %llu bytes come, "
			    "the most is %llu",
			    a->url, (unsigned long long)a->size,
			    (unsigned long long)a->max_size);
	s = check_memory(a, err);
	if (s != OK)
		return s;
	s = image_filling_begin(a->request,
				a->has_size ? a->size : HASH_SIZE_UNKNOWN,
				&a->filling, err);
	a->is_begun = s == OK;
	return s;
}

static enum status check_part(const struct arrival *a, struct error *err)
{
	uint64_t offset = a->message.part.offset, len = a->message.part.len;
	uint64_t have = a->is_begun ? a->filling.writer.len : 0;

	if (!a->is_begun || offset != have || offset % TRANSFER_SLOT_LEN ||
	    !len || len > TRANSFER_SLOT_LEN)
		return fail(err, E_PROBE_PROTOCOL,
			    "%s: the network's process sends %llu bytes at "
			    "offset %llu, those at %llu are next",
			    a->url, (unsigned long long)len,
			    (unsigned long long)offset,
			    (unsigned long long)have);
	if (len <= a->size - have)
		return OK;
	if (a->has_size)
		return fail(err, E_PROBE_PROTOCOL,
			    "%s: %llu bytes come at offset %llu of %llu",
			    a->url, (unsigned long long)len,
			    (unsigned long long)offset,
			    (unsigned long long)a->size);
	return fail(err, E_IMAGE_MEMORY,
		    "%s has more than %llu MiB, for which there is no room",
		    a->wish->urls[a->mirror],
		    (unsigned long long)(a->size >> 20));
}

/* From here on only this process can write the bytes. */
static enum status take_part(struct arrival *a, struct error *err)
{
	enum status s = check_part(a, err);

	if (s == OK)
		s = image_filling_add(
			&a->filling,
			span_of(transfer_slot(&a->transfer,
					      a->message.part.offset),
				(size_t)a->message.part.len),
			err);
	return s == OK ? send(a, NET_TAKEN, err) : s;
}

static enum status take_end(const struct arrival *a, struct error *err)
{
	uint64_t have = a->is_begun ? a->filling.writer.len : 0;
	uint64_t said = a->message.facts.size;
	enum status s = check_mirror(a, a->message.facts.mirror, err);

	if (s != OK)
		return s;
	if (a->is_begun && have == said && (!a->has_size || have == a->size)) {
		a->net->ends = 0; /* it was good for something */
		return OK;
	}
	return fail(err, E_IMAGE_SIZE,
		    "%s: %llu bytes have come and the network's process counts "
		    "%llu",
		    a->url, (unsigned long long)have, (unsigned long long)said);
}

/* Answers to another request are of one that was given up. */
static enum status take(struct arrival *a, bool *ret_done, struct error *err)
{
	const struct net_message *m = &a->message;

	if (m->kind == NET_STATE || m->kind == NET_NOTE ||
	    m->kind == NET_TOLD) {
		net_take(a->net, m);
		return OK;
	}
	if (m->request != a->number)
		return OK;
	if (m->kind == NET_BEGIN)
		return take_begin(a, err);
	if (m->kind == NET_PART)
		return take_part(a, err);
	if (m->kind == NET_END) {
		*ret_done = true;
		return take_end(a, err);
	}
	*err = m->error;
	return err->code;
}

static void tell(const struct arrival *a)
{
	progress_step(a->what, a->is_begun ? a->filling.writer.len : 0,
		      a->has_size ? a->size : 0);
}

static enum status await(struct arrival *a, struct error *err)
{
	uint64_t end = a->deadline_ms + a->net->grace_ms;
	bool done = false;

	while (deadline_left_ms(end)) {
		struct pollfd fd = { .fd = a->net->socket, .events = POLLIN };
		enum status s;

		poll(&fd, 1, NET_STEP_MS);
		if (net_is_stopped(a->net, err))
			return err->code;
		s = net_next(a->net, &a->message, err);
		if (s == OK)
			s = take(a, &done, err);
		tell(a);
		if (done || (s != OK && s != E_MSG_NONE))
			return s;
	}
	net_lose(a->net); /* it may hang for ever */
	return fail(err, E_NET_SILENT,
		    "%s: the network's process has said nothing for %u ms "
		    "after the deadline",
		    a->url, a->net->grace_ms);
}

static uint32_t seconds_until(uint64_t deadline)
{
	int left = deadline_left_ms(deadline);

	return (uint32_t)(left / 1000) + (left % 1000 ? 1 : 0);
}

static enum status begin(struct arrival *a, const struct net_request *wish,
			 struct error *err)
{
	_free_ struct net_request *r = malloc(sizeof(*r));
	enum status s = transfer_make(&a->transfer, err);

	if (s != OK)
		return s;
	if (!r)
		return fail(err, E_NO_MEMORY, "no memory for a message");
	*r = *wish;
	r->order = NET_FETCH;
	r->request = a->number;
	r->timeout_s = seconds_until(a->deadline_ms);
	if (a->net->socket >= 0 &&
	    msg_send(a->net->socket, span_of(r, sizeof(*r)), a->transfer.fd,
		     NULL) == OK)
		return OK;
	return fail(err, E_NET_ENDED, "%s: the network's process has ended",
		    a->url);
}

/* Within the first `most` bytes. */
static void note(struct net *net, const char *line, size_t most)
{
	static const char more[] = "(more is in the log)\n";
	size_t have = strlen(net->provenance), end = sizeof(more) - 1;
	struct text t = text_over(net->provenance + have,
				  sizeof(net->provenance) - have);

	if (have + strlen(line) + sizeof("\n") + end <= most)
		text_addf(&t, "%s\n", line);
	else if (have < end || strcmp(t.buf - end, more))
		text_add(&t, more);
	log_info("%s", line);
}

void net_note_file(struct net *net, const char *line)
{
	note(net, line, sizeof(net->provenance));
}

void net_note_text(struct net *net, const char *line)
{
	note(net, line, sizeof(net->provenance) / 2);
}

static void keep_facts(const struct arrival *a, const struct net_facts *f)
{
	char buf[URL_TEXT_MAX + 512];
	struct text line = text_over(buf, sizeof(buf));

	text_addf(&line, "fetched %s from %s, %llu bytes", f->url, f->address,
		  (unsigned long long)f->size);
	if (f->tls[0])
		text_addf(&line, ", %s", f->tls);
	if (f->resumed)
		text_addf(&line, ", resumed %u time%s", f->resumed,
			  f->resumed == 1 ? "" : "s");
	if (a->request)
		net_note_file(a->net, buf);
	else
		net_note_text(a->net, buf);
}

static enum status arrive(struct arrival *a, const struct net_request *wish,
			  struct raw_image *ret, struct net_facts *facts,
			  struct error *err)
{
	enum status s = begin(a, wish, err);

	if (s == OK)
		s = await(a, err);
	if (s != OK) {
		struct error ignored;

		forget(a);
		facts->mirror = a->mirror;
		if (a->net->socket >= 0)
			(void)!send(a, NET_CANCEL, &ignored);
		return s;
	}
	*facts = a->message.facts;
	keep_facts(a, facts);
	snprintf(ret->name, sizeof(ret->name), "%s", a->url);
	return image_filling_finish(&a->filling, ret, err);
}

enum status net_read(struct net *net, const struct net_request *wish,
		     uint64_t deadline_ms, const struct image_request *request,
		     struct raw_image *ret, struct net_facts *facts,
		     struct error *err)
{
	struct arrival *a;
	enum status s;

	ret->blob = BLOB_NONE;
	if (!deadline_left_ms(deadline_ms))
		return fail(err, E_NET_DEADLINE, "%s: no time is left for it",
			    wish->urls[0]);
	a = calloc(1, sizeof(*a));
	if (!a)
		return fail(err, E_NO_MEMORY, "no memory for a file");
	a->net = net;
	a->request = request;
	a->wish = wish;
	a->url = wish->urls[0];
	a->url_count = wish->url_count;
	a->deadline_ms = deadline_ms;
	a->number = ++net->last_request;
	a->max_size = wish->max_size;
	a->transfer = TRANSFER_NONE;
	snprintf(a->what, sizeof(a->what), "fetching %s", a->url);
	s = arrive(a, wish, ret, facts, err);
	transfer_drop(&a->transfer);
	free(a);
	return s;
}
