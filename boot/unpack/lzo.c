/*
 * The container of lzop (as lzop 1.04 writes it; all numbers big-endian) with
 * liblzo2's LZO1X decoder: a header under a checksum, blocks that each name
 * their packed and unpacked length and the checksums of either form, and a zero
 * length at the end. A block that did not shrink is stored as it is.
 */
#include "unpack/unpack.h"

#include "base/progress.h"

#include <lzo/lzo1x.h>
#include <string.h>
#define ZLIB_CONST
#include <zlib.h>

#define LZOP_MAGIC "\x89LZO\0\r\n\x1a\n"

/* Versions as lzop counts them: 0x1040 is 1.04. */
#define LZOP_VERSION_MIN   0x0900
#define LZOP_VERSION_LEVEL 0x0940 /* since then with level, version, time */
#define LZOP_VERSION_MAX   0x1040 /* newest that may be needed to extract */

/* All three are LZO1X to a decoder. */
#define LZOP_METHOD_1	  1
#define LZOP_METHOD_1_15  2
#define LZOP_METHOD_999	  3
#define LZOP_BLOCK_MAX	  (64U << 20)
#define LZOP_MULTIPART_AT 0xffffffffU

enum lzop_flag {
	LZOP_ADLER32_UNPACKED = 0x00000001,
	LZOP_ADLER32_PACKED = 0x00000002,
	LZOP_EXTRA_FIELD = 0x00000040,
	LZOP_CRC32_UNPACKED = 0x00000100,
	LZOP_CRC32_PACKED = 0x00000200,
	LZOP_MULTIPART = 0x00000400,
	LZOP_FILTER = 0x00000800,
	LZOP_HEADER_CRC32 = 0x00001000,
	LZOP_RESERVED = 0x000fc000,
};

struct lzop_header {
	uint16_t version;
	uint16_t version_needed;
	uint8_t method;
	uint32_t flags;
	uint32_t checksum;
	struct span covered; /* by the checksum */
};

struct lzop_block {
	size_t at; /* in the input */
	uint32_t unpacked_len;
	uint32_t packed_len;
	uint32_t unpacked_adler32, unpacked_crc32;
	uint32_t packed_adler32, packed_crc32;
	struct span packed;
};

static uint32_t adler32_of(struct span s)
{
	return (uint32_t)adler32_z(adler32_z(0, Z_NULL, 0), s.ptr, s.len);
}

static uint32_t crc32_of(struct span s)
{
	return (uint32_t)crc32_z(crc32_z(0, Z_NULL, 0), s.ptr, s.len);
}

static enum status lzop_truncated(const char *part, size_t at, size_t end,
				  struct error *err)
{
	return fail(err, E_UNPACK_TRUNCATED,
		    "lzop stream ends at 0x%zx, inside its %s at 0x%zx", end,
		    part, at);
}

/* The fields up to the checksum; the names are lzop's. */
static struct lzop_header lzop_read_header(struct cursor *c)
{
	struct lzop_header h = { 0 };
	size_t start = c->at;

	h.version = cursor_be16(c);
	cursor_skip(c, 2); /* version of the library */
	h.version_needed = h.version;
	if (h.version >= LZOP_VERSION_LEVEL)
		h.version_needed = cursor_be16(c);
	h.method = cursor_u8(c);
	if (h.version >= LZOP_VERSION_LEVEL)
		cursor_skip(c, 1); /* level */
	h.flags = cursor_be32(c);
	if (h.flags & LZOP_FILTER)
		cursor_skip(c, 4);
	cursor_skip(c, 8); /* mode, time */
	if (h.version >= LZOP_VERSION_LEVEL)
		cursor_skip(c, 4);    /* high half of the time */
	cursor_skip(c, cursor_u8(c)); /* name */
	h.covered = span_slice(c->all, start, c->at - start);
	h.checksum = cursor_be32(c);
	return h;
}

static enum status lzop_check_checksum(const struct lzop_header *h,
				       struct error *err)
{
	uint32_t is = h->flags & LZOP_HEADER_CRC32 ? crc32_of(h->covered)
						   : adler32_of(h->covered);

	if (is != h->checksum)
		return fail(err, E_UNPACK_CORRUPT,
			    "lzop header has checksum 0x%08x, it says 0x%08x",
			    is, h->checksum);
	return OK;
}

static enum status lzop_check_header(const struct lzop_header *h,
				     struct error *err)
{
	if (h->version_needed < LZOP_VERSION_MIN ||
	    h->version_needed > LZOP_VERSION_MAX)
		return fail(err, E_UNPACK_UNSUPPORTED,
			    "lzop stream needs version 0x%04x, supported are "
			    "0x%04x to 0x%04x",
			    h->version_needed, LZOP_VERSION_MIN,
			    LZOP_VERSION_MAX);
	if (h->method < LZOP_METHOD_1 || h->method > LZOP_METHOD_999)
		return fail(err, E_UNPACK_UNSUPPORTED,
			    "lzop stream has method %u, supported are %d to %d",
			    h->method, LZOP_METHOD_1, LZOP_METHOD_999);
	if (h->flags & (LZOP_FILTER | LZOP_MULTIPART | LZOP_RESERVED))
		return fail(err, E_UNPACK_UNSUPPORTED,
			    "lzop header has flags 0x%08x, of which 0x%08x are "
			    "not supported",
			    h->flags,
			    h->flags & (LZOP_FILTER | LZOP_MULTIPART |
					LZOP_RESERVED));
	return OK;
}

/* Bytes of no meaning to a decoder, under the same kind of checksum. */
static enum status lzop_skip_extra(struct cursor *c, struct lzop_header *h,
				   struct error *err)
{
	size_t at = c->at;
	uint32_t len = cursor_be32(c);

	cursor_skip(c, len);
	h->covered = span_slice(c->all, at, c->at - at);
	h->checksum = cursor_be32(c);
	if (!cursor_ok(c))
		return lzop_truncated("extra field", at, c->all.len, err);
	return lzop_check_checksum(h, err);
}

static enum status lzop_header(struct cursor *c, uint32_t *ret_flags,
			       struct error *err)
{
	struct span magic = cursor_take(c, sizeof(LZOP_MAGIC) - 1);
	struct lzop_header h;
	enum status s;

	if (!cursor_ok(c))
		return lzop_truncated("magic", 0, c->all.len, err);
	if (memcmp(magic.ptr, LZOP_MAGIC, magic.len))
		return fail(err, E_UNPACK_CORRUPT,
			    "lzop stream begins with 0x%08x, not with "
			    "0x4f5a4c89",
			    span_le32(magic, 0));
	h = lzop_read_header(c);
	if (!cursor_ok(c))
		return lzop_truncated("header", 0, c->all.len, err);
	s = lzop_check_checksum(&h, err);
	if (s == OK)
		s = lzop_check_header(&h, err);
	if (s == OK && h.flags & LZOP_EXTRA_FIELD)
		s = lzop_skip_extra(c, &h, err);
	*ret_flags = h.flags;
	return s;
}

/* A stored block has one form, so its second pair of checksums is left out. */
static void lzop_read_sums(struct cursor *c, uint32_t flags,
			   struct lzop_block *b)
{
	bool is_packed = b->packed_len < b->unpacked_len;

	if (flags & LZOP_ADLER32_UNPACKED)
		b->unpacked_adler32 = cursor_be32(c);
	if (flags & LZOP_CRC32_UNPACKED)
		b->unpacked_crc32 = cursor_be32(c);
	if (flags & LZOP_ADLER32_PACKED && is_packed)
		b->packed_adler32 = cursor_be32(c);
	if (flags & LZOP_CRC32_PACKED && is_packed)
		b->packed_crc32 = cursor_be32(c);
}

/* Reads a block whose first length is not 0. */
static enum status lzop_read_block(struct cursor *c, uint32_t flags,
				   struct lzop_block *b, struct error *err)
{
	b->packed_len = cursor_be32(c);
	if (!cursor_ok(c))
		return lzop_truncated("block", b->at, c->all.len, err);
	if (b->unpacked_len == LZOP_MULTIPART_AT)
		return fail(err, E_UNPACK_UNSUPPORTED,
			    "lzop block at 0x%zx has length 0x%x: archives in "
			    "several parts are not supported",
			    b->at, b->unpacked_len);
	if (b->unpacked_len > LZOP_BLOCK_MAX)
		return fail(err, E_UNPACK_CORRUPT,
			    "lzop block at 0x%zx unpacks to %u bytes, it can "
			    "to %u",
			    b->at, b->unpacked_len, LZOP_BLOCK_MAX);
	if (!b->packed_len || b->packed_len > b->unpacked_len)
		return fail(err, E_UNPACK_CORRUPT,
			    "lzop block at 0x%zx has %u bytes, it can have 1 "
			    "to %u",
			    b->at, b->packed_len, b->unpacked_len);
	lzop_read_sums(c, flags, b);
	b->packed = cursor_take(c, b->packed_len);
	if (!cursor_ok(c))
		return lzop_truncated("block", b->at, c->all.len, err);
	return OK;
}

static enum status lzop_check_sum(uint32_t is, uint32_t says, const char *what,
				  const struct lzop_block *b, struct error *err)
{
	if (is == says)
		return OK;
	return fail(err, E_UNPACK_CORRUPT,
		    "lzop block at 0x%zx has %s checksum 0x%08x, it says "
		    "0x%08x",
		    b->at, what, is, says);
}

static enum status lzop_check_packed(uint32_t flags, const struct lzop_block *b,
				     struct error *err)
{
	enum status s = OK;

	if (flags & LZOP_ADLER32_PACKED)
		s = lzop_check_sum(adler32_of(b->packed), b->packed_adler32,
				   "packed", b, err);
	if (s == OK && flags & LZOP_CRC32_PACKED)
		s = lzop_check_sum(crc32_of(b->packed), b->packed_crc32,
				   "packed", b, err);
	return s;
}

static enum status lzop_check_unpacked(uint32_t flags,
				       const struct lzop_block *b,
				       const uint8_t *out, struct error *err)
{
	struct span unpacked = span_of(out, b->unpacked_len);
	enum status s = OK;

	if (flags & LZOP_ADLER32_UNPACKED)
		s = lzop_check_sum(adler32_of(unpacked), b->unpacked_adler32,
				   "unpacked", b, err);
	if (s == OK && flags & LZOP_CRC32_UNPACKED)
		s = lzop_check_sum(crc32_of(unpacked), b->unpacked_crc32,
				   "unpacked", b, err);
	return s;
}

/* Fills exactly b->unpacked_len bytes of out, which are there. */
static enum status lzop_unpack_block(uint32_t flags, const struct lzop_block *b,
				     uint8_t *out, struct error *err)
{
	lzo_uint got = b->unpacked_len;
	enum status s;
	int result;

	if (b->packed_len == b->unpacked_len) {
		memcpy(out, b->packed.ptr, b->packed.len);
		return lzop_check_unpacked(flags, b, out, err);
	}
	s = lzop_check_packed(flags, b, err);
	if (s != OK)
		return s;
	result = lzo1x_decompress_safe(b->packed.ptr, b->packed.len, out, &got,
				       NULL);
	if (result != LZO_E_OK || got != b->unpacked_len)
		return fail(err, E_UNPACK_CORRUPT,
			    "lzop block at 0x%zx is corrupt: it unpacks to %zu "
			    "bytes, it says %u (LZO error %d)",
			    b->at, (size_t)got, b->unpacked_len, result);
	return lzop_check_unpacked(flags, b, out, err);
}

static enum status lzop_blocks(struct cursor *c, uint32_t flags, uint8_t *out,
			       size_t out_len, struct error *err)
{
	size_t filled = 0;
	enum status s;

	for (;;) {
		struct lzop_block b = { .at = c->at };

		b.unpacked_len = cursor_be32(c);
		if (!cursor_ok(c))
			return lzop_truncated("block", b.at, c->all.len, err);
		if (!b.unpacked_len)
			break;
		s = lzop_read_block(c, flags, &b, err);
		if (s != OK)
			return s;
		if (b.unpacked_len > out_len - filled)
			return fail(err, E_UNPACK_TOO_LONG,
				    "lzop stream gives %zu bytes with its "
				    "block at 0x%zx, it should give %zu",
				    filled + b.unpacked_len, b.at, out_len);
		s = lzop_unpack_block(flags, &b, out + filled, err);
		if (s != OK)
			return s;
		filled += b.unpacked_len;
		progress_step("unpacking", filled, out_len);
	}
	if (!cursor_done(c))
		return fail(err, E_UNPACK_TRAILING,
			    "lzop stream ends at 0x%zx, %zu bytes follow it",
			    c->at, cursor_left(c));
	if (filled < out_len)
		return fail(err, E_UNPACK_TOO_SHORT,
			    "lzop stream gives %zu bytes, it should give %zu",
			    filled, out_len);
	return OK;
}

enum status unpack_lzo(struct span in, uint8_t *out, size_t out_len,
		       struct arena *arena, struct error *err)
{
	struct cursor c = cursor_over(in);
	uint32_t flags = 0;
	enum status s = lzop_header(&c, &flags, err);

	(void)arena; /* liblzo2 needs no memory to decode */
	if (s != OK)
		return s;
	return lzop_blocks(&c, flags, out, out_len, err);
}
