/*
 * Decompression into a buffer of exactly the size the header promised.
 *
 * A codec is named by the file that carries the stream and is never guessed.
 * Each decoder must use up its input, produce exactly out.len bytes, check what
 * checksums the format has, and refuse anything after the stream. Where a codec
 * library must allocate, it does so in the caller's arena, which has a limit;
 * decoders call no other allocator and make no system call.
 */
#ifndef KEELBOOT_UNPACK_UNPACK_H
#define KEELBOOT_UNPACK_UNPACK_H

#include "base/error.h"
#include "base/span.h"

enum codec {
	CODEC_NONE = 0,
	CODEC_GZIP, /* one RFC 1952 member */
	CODEC_ZSTD, /* one RFC 8878 frame */
	CODEC_XZ,   /* one .xz stream */
	CODEC_LZMA, /* .lzma ("alone") */
	CODEC_LZ4,  /* legacy frame, magic 0x184c2102 */
	CODEC_LZO,  /* lzop container */
	CODEC_COUNT
};

/* Memory the decoders may use, taken from front to back and never given back
 * before the caller drops the whole arena. */
struct arena {
	uint8_t *base; /* aligned to 64 */
	size_t cap;
	size_t used;
};

/* What a decoder may need at most: liblzma's state and a dictionary of
 * ARENA_DICT_MAX. Untouched pages of the arena cost nothing. */
#define ARENA_DICT_MAX (128U << 20)
#define ARENA_SIZE_MAX (ARENA_DICT_MAX + (2U << 20))

/* len bytes aligned to 16, or NULL when the arena is full. */
void *arena_take(struct arena *arena, size_t len);

/* "gzip", … for messages. */
const char *codec_name(enum codec codec);

/*
 * Errors: E_UNPACK_TRUNCATED (input ends early), E_UNPACK_CORRUPT (the stream
 * breaks its format or a checksum), E_UNPACK_TOO_LONG (more than out_len),
 * E_UNPACK_TOO_SHORT (less), E_UNPACK_TRAILING (bytes after the stream),
 * E_UNPACK_MEMORY (arena exhausted), E_UNPACK_UNSUPPORTED (a feature of the
 * format that is not supported).
 */
enum status unpack(enum codec codec, struct span in, uint8_t *out,
		   size_t out_len, struct arena *arena, struct error *err);

/* One file each. */
enum status unpack_gzip(struct span in, uint8_t *out, size_t out_len,
			struct arena *arena, struct error *err);
enum status unpack_zstd(struct span in, uint8_t *out, size_t out_len,
			struct arena *arena, struct error *err);
enum status unpack_xz(struct span in, uint8_t *out, size_t out_len,
		      struct arena *arena, struct error *err);
enum status unpack_lzma(struct span in, uint8_t *out, size_t out_len,
			struct arena *arena, struct error *err);
enum status unpack_lz4(struct span in, uint8_t *out, size_t out_len,
		       struct arena *arena, struct error *err);
enum status unpack_lzo(struct span in, uint8_t *out, size_t out_len,
		       struct arena *arena, struct error *err);

#endif
