/*
 * What the tests of net.h share: a thread that plays the network process at the
 * other end of the menu's socket. It checks nothing itself, for an assertion
 * would end another thread; what it was told stands in its fields, which count
 * once played_end() has come back.
 */
#ifndef KEELBOOT_TESTS_UNIT_NET_RIG_H
#define KEELBOOT_TESTS_UNIT_NET_RIG_H

#include "net_parts.h"
#include "sys/proc.h"
#include "sys/transfer.h"
#include "test.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

struct played {
	struct net *net;
	int socket;
	pthread_t thread;
	struct transfer transfer;
	struct net_request asked; /* the last NET_FETCH */
	struct net_request told;  /* the last NET_TELL */
	unsigned fetches, cancels, tells;
	unsigned on_the_way; /* parts that were not taken */
	bool is_closed;
	bool is_cancelled;	    /* while it comes */
	struct net_message message; /* what is said next */
	struct net_request heard;
	void (*serve)(struct played *p); /* a NET_FETCH */
	bool is_deaf;			 /* answers no NET_TELL */
	const void *ctx;
};

/* --- what it says ------------------------------------------------------------
 */

/* Says p->message, as one of that kind, about nothing in particular. */
static inline void say_as(struct played *p, enum net_kind kind)
{
	struct net_message *m = &p->message;
	struct error err;

	m->kind = kind;
	if (msg_send(p->socket, span_of(m, net_message_size(kind)), -1, &err) !=
	    OK)
		p->is_closed = true;
}

/* The same about the file. */
static inline void say(struct played *p, enum net_kind kind)
{
	p->message.request = p->asked.request;
	say_as(p, kind);
}

/* An empty one, to be filled in. */
static inline struct net_message *anew(struct played *p)
{
	memset(&p->message, 0, sizeof(p->message));
	return &p->message;
}

static inline void say_begin_at(struct played *p, uint32_t mirror,
				bool has_size, uint64_t size)
{
	anew(p)->begin.has_size = has_size;
	p->message.begin.size = size;
	p->message.begin.mirror = mirror;
	say(p, NET_BEGIN);
}

static inline void say_begin(struct played *p, bool has_size, uint64_t size)
{
	say_begin_at(p, 0, has_size, size);
}

static inline void say_part(struct played *p, uint64_t offset, uint64_t len)
{
	anew(p)->part.offset = offset;
	p->message.part.len = len;
	say(p, NET_PART);
}

static inline void say_end(struct played *p, uint64_t size)
{
	anew(p)->facts.size = size;
	say(p, NET_END);
}

static inline void say_failed(struct played *p, enum status why,
			      const char *text)
{
	struct error *err = &anew(p)->error;

	err->code = why;
	snprintf(err->text, sizeof(err->text), "%s", text);
	say(p, NET_FAILED);
}

static inline void say_state(struct played *p, enum net_stage stage)
{
	struct net_state *state = &anew(p)->state;

	state->stage = stage;
	snprintf(state->line, sizeof(state->line), "eth7: as it is");
	say_as(p, NET_STATE);
}

/* --- what it is told ---------------------------------------------------------
 */

/* The next request; false when there will be none. */
static inline bool hear(struct played *p)
{
	struct error err;
	size_t len;
	int fd = -1;

	if (p->is_closed || msg_receive(p->socket, &p->heard, sizeof(p->heard),
					&len, &fd, &err) != OK) {
		p->is_closed = true;
		return false;
	}
	if (p->heard.order == NET_FETCH) {
		transfer_drop(&p->transfer);
		p->is_closed = transfer_adopt(fd, &p->transfer, &err) != OK;
	} else if (fd >= 0) {
		close(fd);
	}
	return true;
}

/* Bytes from there on, which is where a slot begins; waits for room as the
 * process does. */
static inline void put_part(struct played *p, struct span file, uint64_t offset)
{
	uint64_t left = file.len - offset;
	size_t len = left < TRANSFER_SLOT_LEN ? left : TRANSFER_SLOT_LEN;

	while (p->on_the_way == TRANSFER_SLOTS && hear(p)) {
		p->on_the_way -= p->heard.order == NET_TAKEN;
		p->is_cancelled |= p->heard.order == NET_CANCEL;
	}
	if (p->is_closed)
		return;
	memcpy(transfer_slot(&p->transfer, offset), file.ptr + offset, len);
	p->on_the_way++;
	say_part(p, offset, len);
}

static inline void put_parts(struct played *p, struct span file)
{
	for (uint64_t at = 0;
	     at < file.len && !p->is_cancelled && !p->is_closed;
	     at += TRANSFER_SLOT_LEN)
		put_part(p, file, at);
}

static inline void take_order(struct played *p)
{
	switch (p->heard.order) {
	case NET_FETCH:
		p->asked = p->heard;
		p->fetches++;
		p->on_the_way = 0;
		p->is_cancelled = false;
		if (p->serve)
			p->serve(p);
		p->cancels += p->is_cancelled;
		break;
	case NET_TAKEN:
		break;
	case NET_CANCEL:
		p->cancels++;
		break;
	case NET_TELL:
		p->told = p->heard;
		p->tells++;
		anew(p)->request = p->told.request;
		if (!p->is_deaf)
			say_as(p, NET_TOLD);
		break;
	}
}

static inline void *play(void *ctx)
{
	struct played *p = ctx;

	while (hear(p))
		take_order(p);
	transfer_drop(&p->transfer);
	close(p->socket);
	return NULL;
}

/* --- its life ----------------------------------------------------------------
 */

/* In place of the process of net, which net_init() has seen and no more. */
static inline void played_begin(struct played *p, struct net *net,
				void (*serve)(struct played *p))
{
	struct error err;

	memset(p, 0, sizeof(*p));
	p->net = net;
	p->serve = serve;
	p->transfer = TRANSFER_NONE;
	assert_ok(&err, msg_pair(&net->socket, &p->socket, &err));
	assert_int_equal(pthread_create(&p->thread, NULL, play, p), 0);
}

static inline void played_end(struct played *p)
{
	if (p->net->socket >= 0)
		close(p->net->socket);
	p->net->socket = -1;
	pthread_join(p->thread, NULL);
}

#endif
