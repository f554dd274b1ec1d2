/*
 * The body of every codec's fuzz target. The last four bytes of an input say
 * how much the rest shall unpack to, as they do behind a zboot payload; input
 * and output end at forbidden pages, because the codec libraries are not
 * compiled with the sanitizers.
 */
#ifndef KEELBOOT_TESTS_FUZZ_FUZZ_UNPACK_H
#define KEELBOOT_TESTS_FUZZ_FUZZ_UNPACK_H

#include "guard.h"
#include "unpack/unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Enough for what a corpus holds; most dictionaries are larger and refused. */
#define FUZZ_OUT_MAX   (256U << 10)
#define FUZZ_ARENA_CAP (1U << 20)

static inline int fuzz_codec(enum codec codec, struct span all)
{
	static uint8_t memory[FUZZ_ARENA_CAP] __attribute__((aligned(64)));
	struct arena arena = { .base = memory, .cap = sizeof(memory) };
	struct guarded in, out;
	struct error err = { .code = OK };
	enum status s;

	if (all.len < 4)
		return 0;
	in = guard_copy(span_slice(all, 0, all.len - 4));
	out = guard_make(span_le32(all, all.len - 4) % (FUZZ_OUT_MAX + 1));
	s = unpack(codec, guard_span(&in), out.ptr, out.len, &arena, &err);
	if (!guard_intact(&out) || arena.used > arena.cap || err.code != s ||
	    (s == OK) != (err.text[0] == '\0'))
		abort();
	guard_drop(&out);
	guard_drop(&in);
	return 0;
}

#endif
