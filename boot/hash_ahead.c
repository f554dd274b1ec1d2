#include "hash_ahead.h"

#include "format/pe.h"
#include "trust/digest.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>

/* In which the section table of an image lies, or nothing is done ahead: real
 * ones have it in the first 8 KiB. */
#define HEADERS_LEN ((uint64_t)64 << 10)

/* What is hashed between two looks at whether it is still wanted. */
#define STEP ((uint64_t)1 << 20)

/* Views of 6 and 3 KiB are the largest things on it; the sanitizers want
 * several times that. */
#define STACK_LEN ((size_t)256 << 10)

struct hasher {
	pthread_t thread;
	enum hash_plan plan;
	uint64_t size;
	const uint8_t *map; /* of size bytes, those not told of may be past
			     * the file's end */
	struct hash_ahead result; /* the thread's until it is joined */

	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t news;
	uint64_t told;
	bool is_over; /* nothing more will be told */
};

struct authenticode_view hash_ranges_whole(uint64_t size)
{
	return (struct authenticode_view){ .range_count = 1,
					   .ranges = { { 0, size } } };
}

/* --- the thread --------------------------------------------------------------
 */

/* How many bytes are there, once there are want; 0 if the rest never comes,
 * and then the work is not gone on with either. */
static uint64_t wait_for(struct hasher *h, uint64_t want)
{
	uint64_t told;

	pthread_mutex_lock(&h->lock);
	while (h->told < want && !h->is_over)
		pthread_cond_wait(&h->news, &h->lock);
	told = h->is_over && h->told < h->size ? 0 : h->told;
	pthread_mutex_unlock(&h->lock);
	return told;
}

static bool find_ranges(struct hasher *h)
{
	uint64_t len = h->size < HEADERS_LEN ? h->size : HEADERS_LEN;
	struct pe_view pe;

	if (h->plan == HASH_PLAN_WHOLE) {
		h->result.ranges = hash_ranges_whole(h->size);
		return true;
	}
	return wait_for(h, len) &&
	       pe_parse(span_of(h->map, (size_t)len), h->size, &pe, NULL) ==
		       OK &&
	       authenticode_ranges(&pe, &h->result.ranges, NULL) == OK;
}

static bool add_range(struct hasher *h, struct digest *digest,
		      const struct byte_range *range)
{
	uint64_t at = range->offset, end;

	if (!add_size(at, range->len, &end) || end > h->size)
		return false;
	while (at < end) {
		uint64_t told = wait_for(h, at + 1), len;

		if (!told)
			return false;
		len = (told < end ? told : end) - at;
		if (len > STEP)
			len = STEP;
		digest_add(digest, span_of(h->map + at, (size_t)len));
		at += len;
	}
	return true;
}

static void *follow(void *context)
{
	struct hasher *h = context;
	struct digest digest;

	if (!find_ranges(h))
		return NULL;
	digest_begin(&digest, DIGEST_SHA256);
	for (uint32_t i = 0; i < h->result.ranges.range_count; i++)
		if (!add_range(h, &digest, &h->result.ranges.ranges[i]))
			return NULL;
	digest_end(&digest, h->result.digest);
	h->result.kind = DIGEST_SHA256;
	return NULL;
}

/* --- who fills the file ------------------------------------------------------
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
	munmap((void *)(uintptr_t)h->map, (size_t)h->size);
	pthread_cond_destroy(&h->news);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

struct hasher *hasher_begin(enum hash_plan plan, int fd, uint64_t size)
{
	struct hasher *h;
	void *map;

	if (plan == HASH_PLAN_NOTHING || size < HASH_AHEAD_MIN ||
	    size > SIZE_MAX)
		return NULL;
	/* A shared mapping would keep the seals from being put on. */
	map = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return NULL;
	h = calloc(1, sizeof(*h));
	if (!h) {
		munmap(map, (size_t)size);
		return NULL;
	}
	h->plan = plan;
	h->size = size;
	h->map = map;
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->news, NULL);
	if (!start(h)) {
		drop(h);
		return NULL;
	}
	return h;
}

static void wake(struct hasher *h, uint64_t told, bool is_over)
{
	pthread_mutex_lock(&h->lock);
	if (told > h->told)
		h->told = told < h->size ? told : h->size;
	h->is_over |= is_over;
	pthread_cond_signal(&h->news);
	pthread_mutex_unlock(&h->lock);
}

void hasher_tell(struct hasher *h, uint64_t len)
{
	if (h)
		wake(h, len, false);
}

void hasher_end(struct hasher *h, struct hash_ahead *ret)
{
	*ret = (struct hash_ahead){ 0 };
	if (!h)
		return;
	wake(h, 0, true);
	pthread_join(h->thread, NULL);
	/* A view of fewer bytes than there should be is of no use. */
	if (h->told == h->size)
		*ret = h->result;
	drop(h);
}
