/*
 * .xz (the .xz file format 1.2) and .lzma ("LZMA alone") with liblzma, which
 * keeps the dictionary in memory of its own: the arena limits what a header
 * can ask for. Of .xz one stream is read, with any number of blocks.
 * scripts/deps.sh builds the library with the filters that kernels' builds use
 * and with the checks CRC32, which is theirs too, and CRC64, xz's default.
 */
#include "unpack/unpack.h"

#include "base/progress.h"

#include <lzma.h>

/* The second of the Stream Flags: .xz file format, 2.1.1. */
#define CHECK_AT 7

/* liblzma releases what it took for one block's header before it takes the
 * next: giving the newest piece back keeps a file of many blocks from eating
 * the arena. */
struct lzma_memory {
	struct arena *arena;
	void *newest;
	size_t used_before;
};

static void *lzma_take(void *opaque, size_t items, size_t size)
{
	struct lzma_memory *memory = opaque;
	size_t used_before = memory->arena->used;
	uint64_t len;
	void *piece;

	if (!mul_size(items, size, &len) || len > SIZE_MAX)
		return NULL;
	piece = arena_take(memory->arena, (size_t)len);
	if (!piece)
		return NULL;
	memory->newest = piece;
	memory->used_before = used_before;
	return piece;
}

static void lzma_drop(void *opaque, void *piece)
{
	struct lzma_memory *memory = opaque;

	if (!piece || piece != memory->newest)
		return;
	memory->arena->used = memory->used_before;
	memory->newest = NULL;
}

static enum status lzma_ended(const lzma_stream *z, const char *name,
			      struct span in, size_t out_len, struct error *err)
{
	if (z->avail_in)
		return fail(err, E_UNPACK_TRAILING,
			    "%s stream ends at 0x%zx, %zu bytes follow it",
			    name, in.len - z->avail_in, z->avail_in);
	if (z->total_out < out_len)
		return fail(err, E_UNPACK_TOO_SHORT,
			    "%s stream gives %llu bytes, it should give %zu",
			    name, (unsigned long long)z->total_out, out_len);
	return OK;
}

static enum status lzma_broken(const lzma_stream *z, lzma_ret result,
			       const char *name, struct span in,
			       struct error *err)
{
	unsigned long long at = z->total_in;

	if (result == LZMA_MEM_ERROR)
		return fail(err, E_UNPACK_MEMORY,
			    "%s stream needs more memory than is set aside",
			    name);
	if (result == LZMA_MEMLIMIT_ERROR)
		return fail(err, E_UNPACK_MEMORY,
			    "%s stream needs %llu bytes of memory, %llu are "
			    "set aside",
			    name, (unsigned long long)lzma_memusage(z),
			    (unsigned long long)lzma_memlimit_get(z));
	if (result == LZMA_OPTIONS_ERROR)
		return fail(err, E_UNPACK_UNSUPPORTED,
			    "%s stream asks at 0x%llx of 0x%zx for filters or "
			    "options that are not supported",
			    name, at, in.len);
	if (result == LZMA_UNSUPPORTED_CHECK)
		return fail(err, E_UNPACK_UNSUPPORTED,
			    "%s stream has check type %u, which is not "
			    "supported",
			    name, (unsigned)lzma_get_check(z));
	if (result == LZMA_FORMAT_ERROR)
		return fail(err, E_UNPACK_CORRUPT,
			    "%s stream of %zu bytes does not begin as %s does",
			    name, in.len, name);
	return fail(err, E_UNPACK_CORRUPT,
		    "%s stream is corrupt at 0x%llx of 0x%zx", name, at,
		    in.len);
}

static lzma_ret lzma_go_on(lzma_stream *z)
{
	lzma_ret result;

	do {
		result = lzma_code(z, LZMA_FINISH);
	} while (result == LZMA_OK);
	return result;
}

static lzma_ret lzma_fill(lzma_stream *z)
{
	size_t out_len = z->avail_out, left = out_len;
	lzma_ret result;

	do {
		z->avail_out = left < PROGRESS_STEP ? left : PROGRESS_STEP;
		left -= z->avail_out;
		result = lzma_code(z, LZMA_FINISH);
		left += z->avail_out;
		progress_step("unpacking", out_len - left, out_len);
	} while (result == LZMA_OK);
	return result;
}

/* Runs an initialized decoder to its end. When it stops with the output full,
 * one byte of room more tells a stream that is too long from one that still
 * has to end. */
static enum status lzma_run(lzma_stream *z, const char *name, struct span in,
			    uint8_t *out, size_t out_len, struct error *err)
{
	lzma_ret result;
	uint8_t extra;

	z->next_in = in.ptr;
	z->avail_in = in.len;
	z->next_out = out;
	z->avail_out = out_len;
	result = lzma_fill(z);
	if (result == LZMA_BUF_ERROR && !z->avail_out) {
		z->next_out = &extra;
		z->avail_out = 1;
		result = lzma_go_on(z);
	}
	if (z->total_out > out_len)
		return fail(err, E_UNPACK_TOO_LONG,
			    "%s stream gives more than the %zu bytes it should",
			    name, out_len);
	if (result == LZMA_STREAM_END)
		return lzma_ended(z, name, in, out_len, err);
	if (result == LZMA_BUF_ERROR)
		return fail(err, E_UNPACK_TRUNCATED,
			    "%s stream ends early: all of its %zu bytes gave "
			    "%llu of %zu",
			    name, in.len, (unsigned long long)z->total_out,
			    out_len);
	return lzma_broken(z, result, name, in, err);
}

static enum status lzma_no_start(const char *name, const struct arena *arena,
				 struct error *err)
{
	return fail(err, E_UNPACK_MEMORY,
		    "%s needs more memory than the %zu bytes set aside", name,
		    arena->cap - arena->used);
}

enum status unpack_xz(struct span in, uint8_t *out, size_t out_len,
		      struct arena *arena, struct error *err)
{
	static const uint8_t magic[] = { 0xfd, '7', 'z', 'X', 'Z', 0 };
	struct lzma_memory memory = { .arena = arena };
	lzma_allocator allocator = { lzma_take, lzma_drop, &memory };
	lzma_stream z = LZMA_STREAM_INIT;

	/* a host's library may know it: same answer as in the image */
	if (span_starts_with(in, magic, sizeof(magic)) && in.len > CHECK_AT &&
	    in.ptr[CHECK_AT] == LZMA_CHECK_SHA256)
		return fail(err, E_UNPACK_UNSUPPORTED,
			    "xz stream has check type %u (SHA-256), 0, 1 and 4 "
			    "are supported",
			    in.ptr[CHECK_AT]);
	z.allocator = &allocator;
	if (lzma_stream_decoder(&z, arena->cap - arena->used,
				LZMA_TELL_UNSUPPORTED_CHECK) != LZMA_OK)
		return lzma_no_start("xz", arena, err);
	return lzma_run(&z, "xz", in, out, out_len, err);
}

/* A .lzma header may say what it holds; all bits set mean an end marker. */
static enum status lzma_check_length(struct span in, size_t out_len,
				     struct error *err)
{
	uint64_t says = span_le64(in, 5);

	if (!span_holds(in, 5, 8) || says == UINT64_MAX || says == out_len)
		return OK;
	return fail(err,
		    says > out_len ? E_UNPACK_TOO_LONG : E_UNPACK_TOO_SHORT,
		    "lzma stream holds %llu bytes, it should hold %zu",
		    (unsigned long long)says, out_len);
}

enum status unpack_lzma(struct span in, uint8_t *out, size_t out_len,
			struct arena *arena, struct error *err)
{
	struct lzma_memory memory = { .arena = arena };
	lzma_allocator allocator = { lzma_take, lzma_drop, &memory };
	lzma_stream z = LZMA_STREAM_INIT;
	enum status s = lzma_check_length(in, out_len, err);

	if (s != OK)
		return s;
	z.allocator = &allocator;
	if (lzma_alone_decoder(&z, arena->cap - arena->used) != LZMA_OK)
		return lzma_no_start("lzma", arena, err);
	return lzma_run(&z, "lzma", in, out, out_len, err);
}
