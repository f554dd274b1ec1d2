#include "hash_ahead.h"

#include "format/pe.h"
#include "trust/digest.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

/* In which the section table of an image lies, or nothing is done ahead: real
 * ones have it in the first 8 KiB. */
#define HEADERS_LEN ((size_t)64 << 10)

/* One room is filled, one is hashed, two make up for the different pace. All
 * of them stay in a CPU's cache, which is why the bytes are hashed there and
 * not in the memory file: that would have to be mapped page by page. */
#define ROOMS	  4
#define ROOMS_LEN (ROOMS * HASHER_ROOM)

/* Views of 6 and 3 KiB are the largest things on it; the sanitizers want
 * several times that. */
#define STACK_LEN ((size_t)256 << 10)

struct hasher {
	pthread_t thread;
	enum hash_plan plan;
	uint8_t *rooms;

	/* The thread's until it is joined. */
	uint64_t size; /* that the file should have, or HASH_SIZE_UNKNOWN */
	struct hash_ahead result;
	struct digest digest;
	uint32_t range; /* the next one to be hashed, or gone on with */

	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t news;
	uint64_t given, done; /* bytes of the file */
	bool is_idle;	      /* the thread wants no more */
	bool is_over;	      /* no more will be given */
};

struct authenticode_view hash_ranges_whole(uint64_t size)
{
	return (struct authenticode_view){ .range_count = 1,
					   .ranges = { { 0, size } } };
}

static uint8_t *room_at(const struct hasher *h, uint64_t at)
{
	return h->rooms + at % ROOMS_LEN;
}

/* --- the thread --------------------------------------------------------------
 */

/* The bytes at an offset, once they are there; none if it is the file's end, or
 * will never be whole, and then those that are there are not worth the work
 * either. */
static struct span wait_for(struct hasher *h, uint64_t at)
{
	bool has_size = h->size != HASH_SIZE_UNKNOWN;
	uint64_t given;

	pthread_mutex_lock(&h->lock);
	while (h->given == at && !h->is_over)
		pthread_cond_wait(&h->news, &h->lock);
	given = has_size && h->is_over && h->given < h->size ? at : h->given;
	pthread_mutex_unlock(&h->lock);
	return span_of(room_at(h, at), given - at < HASHER_ROOM
					       ? (size_t)(given - at)
					       : HASHER_ROOM);
}

/* A reader that waits is woken when there is room for some steps of it: each
 * time would cost a switch of threads a room. */
static bool has_room_again(const struct hasher *h)
{
	return h->is_idle || h->given - h->done <= ROOMS_LEN / 2;
}

static void tell(struct hasher *h, uint64_t done, bool is_idle)
{
	pthread_mutex_lock(&h->lock);
	h->done = done;
	h->is_idle = is_idle;
	if (has_room_again(h))
		pthread_cond_signal(&h->news);
	pthread_mutex_unlock(&h->lock);
}

/* The bytes go by once. */
static bool are_in_order(const struct authenticode_view *view, uint64_t size)
{
	uint64_t end = 0;

	for (uint32_t i = 0; i < view->range_count; i++) {
		if (view->ranges[i].offset < end ||
		    !add_size(view->ranges[i].offset, view->ranges[i].len,
			      &end) ||
		    end > size)
			return false;
	}
	return true;
}

static bool find_ranges(struct hasher *h, struct span first)
{
	struct authenticode_view *ranges = &h->result.ranges;
	struct pe_view pe;

	if (h->plan == HASH_PLAN_WHOLE) {
		*ranges = hash_ranges_whole(h->size);
		return true;
	}
	if (first.len > HEADERS_LEN)
		first.len = HEADERS_LEN;
	if (pe_parse(first, h->size, &pe, NULL) != OK)
		return false;
	/* nothing may follow the certificate table */
	if (h->size == HASH_SIZE_UNKNOWN && pe.cert_size) {
		h->size = (uint64_t)pe.cert_offset + pe.cert_size;
		pe.file_size = h->size;
	}
	return authenticode_ranges(&pe, ranges, NULL) == OK &&
	       are_in_order(ranges, h->size);
}

/* Ranges that were made for HASH_SIZE_UNKNOWN, now that there is a size: as
 * they would be had it been known. False if the file ends before the last. */
static bool end_ranges(struct authenticode_view *ranges, uint64_t size)
{
	struct byte_range *last = &ranges->ranges[ranges->range_count - 1];

	if (last->offset > size)
		return false;
	last->len = size - last->offset;
	if (!last->len)
		ranges->range_count--;
	return true;
}

/* Hashes what of the bytes at an offset is to be. */
static void add(struct hasher *h, uint64_t at, struct span bytes)
{
	uint64_t until = at + bytes.len;

	for (; h->range < h->result.ranges.range_count; h->range++) {
		const struct byte_range *r = &h->result.ranges.ranges[h->range];
		uint64_t end = r->offset + r->len;
		uint64_t from = r->offset > at ? r->offset : at;
		uint64_t to = end < until ? end : until;

		if (from < to)
			digest_add(&h->digest,
				   span_slice(bytes, from - at, to - from));
		if (end > until)
			return;
	}
}

static void *follow(void *context)
{
	struct hasher *h = context;
	uint64_t at = 0;

	digest_begin(&h->digest, DIGEST_SHA256);
	while (at < h->size) {
		struct span bytes = wait_for(h, at);

		if (!bytes.len || (at == 0 && !find_ranges(h, bytes)))
			break;
		add(h, at, bytes);
		at += bytes.len;
		tell(h, at, false);
	}
	if (h->size == HASH_SIZE_UNKNOWN && at &&
	    end_ranges(&h->result.ranges, at))
		h->size = at;
	if (at >= h->size) {
		digest_end(&h->digest, h->result.digest);
		h->result.kind = DIGEST_SHA256;
	}
	tell(h, at, true); /* more may be given, and is not waited for */
	return NULL;
}

/* --- who reads the file ------------------------------------------------------
 */

/* Signals go to the threads that were there before. */
static bool start(struct hasher *h)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	int failed = pthread_attr_init(&attributes);

	if (failed)
		return false;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_attr_setstacksize(&attributes, STACK_LEN) ||
		 pthread_create(&h->thread, &attributes, follow, h);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return !failed;
}

static void drop(struct hasher *h)
{
	pthread_cond_destroy(&h->news);
	pthread_mutex_destroy(&h->lock);
	free(h->rooms);
	free(h);
}

struct hasher *hasher_begin(enum hash_plan plan, uint64_t size)
{
	struct hasher *h;

	if (plan == HASH_PLAN_NOTHING || size < HASH_AHEAD_MIN)
		return NULL;
	h = calloc(1, sizeof(*h));
	if (!h)
		return NULL;
	h->plan = plan;
	h->size = size;
	h->rooms = malloc(ROOMS_LEN);
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->news, NULL);
	if (!h->rooms || !start(h)) {
		drop(h);
		return NULL;
	}
	return h;
}

uint8_t *hasher_room(struct hasher *h)
{
	uint64_t at;

	pthread_mutex_lock(&h->lock);
	if (h->given - h->done > ROOMS_LEN - HASHER_ROOM)
		while (!has_room_again(h))
			pthread_cond_wait(&h->news, &h->lock);
	at = h->given;
	pthread_mutex_unlock(&h->lock);
	return room_at(h, at);
}

void hasher_give(struct hasher *h, size_t len)
{
	pthread_mutex_lock(&h->lock);
	h->given += len;
	pthread_cond_signal(&h->news);
	pthread_mutex_unlock(&h->lock);
}

void hasher_end(struct hasher *h, struct hash_ahead *ret)
{
	*ret = (struct hash_ahead){ 0 };
	if (!h)
		return;
	pthread_mutex_lock(&h->lock);
	h->is_over = true;
	pthread_cond_signal(&h->news);
	pthread_mutex_unlock(&h->lock);
	pthread_join(h->thread, NULL);
	if (h->given == h->size)
		*ret = h->result;
	drop(h);
}
