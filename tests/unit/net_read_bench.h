/* What the tests of net_read() share: one file that is wished for. */
#ifndef KEELBOOT_TESTS_UNIT_NET_READ_BENCH_H
#define KEELBOOT_TESTS_UNIT_NET_READ_BENCH_H

#include "net_rig.h"

#define URL "http://192.0.2.1/image"
#define MIB ((size_t)1 << 20)

static struct net net;
static struct net_request wish;
static struct net_facts facts;
static struct raw_image raw;
static struct played played;

static inline int set_up(void **state)
{
	(void)state;
	net_init(&net);
	net.grace_ms = 150;
	raw = (struct raw_image){ .blob = BLOB_NONE };
	memset(&facts, 0, sizeof(facts));
	wish = (struct net_request){ .entry = 3,
				     .max_size = 64 * MIB,
				     .retry = 2,
				     .is_whole = true,
				     .url_count = 1 };
	strcpy(wish.urls[0], URL);
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	raw_image_drop(&raw);
	net_end(&net);
	return 0;
}

static inline enum status read_for(uint64_t ms, enum hash_plan plan,
				   struct error *err)
{
	const struct image_request request = { .plan = plan };

	return net_read(&net, &wish, now_ms() + ms, &request, &raw, &facts,
			err);
}

#endif
