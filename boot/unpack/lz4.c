/*
 * The legacy frame of lz4 (lz4_Frame_format.md, "Legacy frame") with liblz4: a
 * magic number, then blocks of at most 8 MiB of output, each after its length.
 * There is neither an end mark nor a checksum: the stream ends where the input
 * ends, and only the caller's out_len says whether it is whole.
 *
 * One frame is read. Linux' own decoder also accepts a second magic where a
 * block's length should be, so that files can be put one after the other; no
 * build makes such a kernel, and every other codec here takes one stream only,
 * so that is refused as trailing bytes.
 */
#include "unpack/unpack.h"

#include "base/progress.h"

#include <lz4.h>

#define LZ4_LEGACY_MAGIC 0x184c2102U
#define LZ4_LEGACY_BLOCK (8U << 20)

/* The longest block that lz4 itself makes of LZ4_LEGACY_BLOCK bytes; also far
 * below the value of the magic. */
#define LZ4_LEGACY_BLOCK_PACKED LZ4_COMPRESSBOUND(LZ4_LEGACY_BLOCK)

/* The output is full and input is left: a block, or something else? */
static enum status lz4_surplus(struct cursor c, size_t out_len,
			       struct error *err)
{
	size_t at = c.at, left = cursor_left(&c);
	uint32_t len = cursor_le32(&c);

	if (cursor_ok(&c) && len && len <= cursor_left(&c) &&
	    len <= LZ4_LEGACY_BLOCK_PACKED)
		return fail(err, E_UNPACK_TOO_LONG,
			    "lz4 stream gives more than the %zu bytes it "
			    "should: a block follows at 0x%zx",
			    out_len, at);
	return fail(err, E_UNPACK_TRAILING,
		    "lz4 stream ends at 0x%zx, %zu bytes follow it", at, left);
}

/* A block was not decoded into room bytes. If its beginning fills them, the
 * block is too long and not broken. */
static enum status lz4_refuse_block(struct span block, size_t at, uint8_t *out,
				    size_t room, size_t out_len,
				    struct error *err)
{
	int got = 0;

	if (room < LZ4_LEGACY_BLOCK)
		got = LZ4_decompress_safe_partial((const char *)block.ptr,
						  (char *)out, (int)block.len,
						  (int)room, (int)room);
	if (got > 0 && (size_t)got == room)
		return fail(err, E_UNPACK_TOO_LONG,
			    "lz4 stream gives more than the %zu bytes it "
			    "should, in its block at 0x%zx",
			    out_len, at);
	return fail(err, E_UNPACK_CORRUPT,
		    "lz4 block at 0x%zx of %zu bytes is corrupt", at,
		    block.len);
}

/* Reads the next block's length and takes the block. */
static enum status lz4_next_block(struct cursor *c, struct span *ret_block,
				  struct error *err)
{
	size_t at = c->at, left = cursor_left(c);
	uint32_t len = cursor_le32(c);

	if (!cursor_ok(c))
		return fail(err, E_UNPACK_TRUNCATED,
			    "lz4 block's length at 0x%zx takes 4 bytes, %zu "
			    "are left",
			    at, left);
	if (len == LZ4_LEGACY_MAGIC)
		return fail(err, E_UNPACK_TRAILING,
			    "lz4 stream ends at 0x%zx, a second one of %zu "
			    "bytes follows it",
			    at, left);
	if (!len || len > LZ4_LEGACY_BLOCK_PACKED)
		return fail(err, E_UNPACK_CORRUPT,
			    "lz4 block at 0x%zx has %u bytes, it can have 1 to "
			    "%u",
			    at, len, LZ4_LEGACY_BLOCK_PACKED);
	left = cursor_left(c);
	*ret_block = cursor_take(c, len);
	if (!cursor_ok(c))
		return fail(err, E_UNPACK_TRUNCATED,
			    "lz4 block at 0x%zx has %u bytes, %zu are left", at,
			    len, left);
	return OK;
}

static enum status lz4_blocks(struct cursor *c, uint8_t *out, size_t out_len,
			      struct error *err)
{
	size_t filled = 0;

	while (cursor_left(c)) {
		size_t at = c->at, room = out_len - filled;
		struct span block;
		enum status s;
		int got;

		if (!room)
			return lz4_surplus(*c, out_len, err);
		s = lz4_next_block(c, &block, err);
		if (s != OK)
			return s;
		if (room > LZ4_LEGACY_BLOCK)
			room = LZ4_LEGACY_BLOCK;
		got = LZ4_decompress_safe((const char *)block.ptr,
					  (char *)out + filled, (int)block.len,
					  (int)room);
		if (got < 0)
			return lz4_refuse_block(block, at, out + filled, room,
						out_len, err);
		filled += (size_t)got;
		progress_step("unpacking", filled, out_len);
	}
	if (filled < out_len)
		return fail(err, E_UNPACK_TOO_SHORT,
			    "lz4 stream gives %zu bytes, it should give %zu",
			    filled, out_len);
	return OK;
}

enum status unpack_lz4(struct span in, uint8_t *out, size_t out_len,
		       struct arena *arena, struct error *err)
{
	struct cursor c = cursor_over(in);
	uint32_t magic = cursor_le32(&c);

	(void)arena; /* liblz4 needs no memory to decode */
	if (!cursor_ok(&c))
		return fail(err, E_UNPACK_TRUNCATED,
			    "lz4 stream of %zu bytes is shorter than its magic "
			    "of 4",
			    in.len);
	if (magic != LZ4_LEGACY_MAGIC)
		return fail(err, E_UNPACK_CORRUPT,
			    "lz4 stream begins with 0x%08x, not with 0x%08x",
			    magic, LZ4_LEGACY_MAGIC);
	return lz4_blocks(&c, out, out_len, err);
}
