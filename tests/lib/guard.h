/*
 * Buffers that end at a page nobody may touch: a codec library is not compiled
 * with the sanitizers, so only the memory management unit sees it read or write
 * past the end. The bytes begin wherever that puts them, mostly unaligned.
 */
#ifndef KEELBOOT_TESTS_LIB_GUARD_H
#define KEELBOOT_TESTS_LIB_GUARD_H

#include "base/span.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct guarded {
	uint8_t *ptr;
	size_t len;
	uint8_t *map;
	size_t map_len;
};

static inline void guard_drop(struct guarded *g)
{
	if (g->map)
		munmap(g->map, g->map_len);
	*g = (struct guarded){ 0 };
}

#define _drop_guarded_ __attribute__((cleanup(guard_drop)))

/* len bytes right in front of the forbidden page, filled with 0xa5. */
static inline struct guarded guard_make(size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t body = (len + page - 1) / page * page;
	struct guarded g = { .len = len, .map_len = body + page };

	g.map = mmap(NULL, g.map_len, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (g.map == MAP_FAILED || mprotect(g.map + body, page, PROT_NONE)) {
		perror("unable to map a guarded buffer");
		abort();
	}
	memset(g.map, 0xa5, body);
	g.ptr = g.map + body - len;
	return g;
}

static inline struct guarded guard_copy(struct span s)
{
	struct guarded g = guard_make(s.len);

	if (s.len)
		memcpy(g.ptr, s.ptr, s.len);
	return g;
}

/* True if nothing was written in front of the bytes either. */
static inline bool guard_intact(const struct guarded *g)
{
	for (const uint8_t *p = g->map; p < g->ptr; p++)
		if (*p != 0xa5)
			return false;
	return true;
}

static inline struct span guard_span(const struct guarded *g)
{
	return (struct span){ g->ptr, g->len };
}

#endif
