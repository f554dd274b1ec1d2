/*
 * zstd (RFC 8878) with libzstd: exactly one frame, decoded block by block from
 * the whole input into the final buffer. That way matches are copied from the
 * output itself and no window is allocated, whatever size the frame asks for
 * (zstd -22 --ultra asks for 128 MiB). The frame's checksum is checked if it
 * has one.
 */
#include "unpack/unpack.h"

#include "base/progress.h"

#define ZSTD_STATIC_LINKING_ONLY /* static contexts */
#include <zstd.h>
#include <zstd_errors.h>

/*
 * The library's verdict on a frame, as one of ours. It is built without its own
 * words (scripts/deps.sh), so the sentence's are here.
 */
static const struct verdict {
	ZSTD_ErrorCode code;
	enum status status;
	const char *words;
} verdicts[] = {
	{ ZSTD_error_srcSize_wrong, E_UNPACK_TRUNCATED, "it is cut off" },
	{ ZSTD_error_dstSize_tooSmall, E_UNPACK_TOO_LONG, "it gives more" },
	{ ZSTD_error_memory_allocation, E_UNPACK_MEMORY,
	  "it needs more memory" },
	{ ZSTD_error_dictionary_wrong, E_UNPACK_UNSUPPORTED,
	  "it needs a dictionary" },
	{ ZSTD_error_frameParameter_unsupported, E_UNPACK_UNSUPPORTED,
	  "its header has an unknown flag" },
	{ ZSTD_error_frameParameter_windowTooLarge, E_UNPACK_UNSUPPORTED,
	  "its window is too large" },
	{ ZSTD_error_version_unsupported, E_UNPACK_UNSUPPORTED,
	  "it is of another version" },
	{ ZSTD_error_checksum_wrong, E_UNPACK_CORRUPT,
	  "its checksum does not match" },
	{ ZSTD_error_GENERIC, E_UNPACK_CORRUPT, "it is corrupt" }, /* others */
};

static enum status zstd_fail(size_t result, struct span in, size_t out_len,
			     struct error *err)
{
	const struct verdict *v = verdicts;

	while (v->code != ZSTD_error_GENERIC &&
	       v->code != ZSTD_getErrorCode(result))
		v++;
	return fail(err, v->status,
		    "zstd frame of %zu bytes for %zu is refused: %s", in.len,
		    out_len, v->words);
}

/*
 * One frame and nothing else. The library itself would go on with a second
 * frame, step over a skippable one, and read the formats of before 1.0.
 */
static enum status zstd_check_frame(struct span in, size_t out_len,
				    struct error *err)
{
	size_t frame_len;

	if (in.len < 4)
		return fail(err, E_UNPACK_TRUNCATED,
			    "zstd frame of %zu bytes is shorter than its magic "
			    "of 4",
			    in.len);
	if (span_le32(in, 0) != ZSTD_MAGICNUMBER)
		return fail(err, E_UNPACK_CORRUPT,
			    "zstd frame begins with 0x%08x, not with 0x%08x",
			    span_le32(in, 0), ZSTD_MAGICNUMBER);
	frame_len = ZSTD_findFrameCompressedSize(in.ptr, in.len);
	if (ZSTD_isError(frame_len))
		return zstd_fail(frame_len, in, out_len, err);
	if (frame_len != in.len)
		return fail(err, E_UNPACK_TRAILING,
			    "zstd frame ends at 0x%zx, %zu bytes follow it",
			    frame_len, in.len - frame_len);
	return OK;
}

/* A frame may say what it holds; then nothing has to be tried. */
static enum status zstd_check_length(struct span in, size_t out_len,
				     struct error *err)
{
	unsigned long long says = ZSTD_getFrameContentSize(in.ptr, in.len);

	if (says == ZSTD_CONTENTSIZE_UNKNOWN || says == out_len)
		return OK;
	if (says == ZSTD_CONTENTSIZE_ERROR)
		return fail(err, E_UNPACK_CORRUPT,
			    "zstd frame of %zu bytes has a broken header",
			    in.len);
	return fail(err,
		    says > out_len ? E_UNPACK_TOO_LONG : E_UNPACK_TOO_SHORT,
		    "zstd frame holds %llu bytes, it should hold %zu", says,
		    out_len);
}

/* Bytes of output, or an error of the library. It says how many bytes it wants
 * next: a header, a block, a checksum; none is the end. */
static size_t zstd_run(ZSTD_DCtx *context, struct span in, uint8_t *out,
		       size_t out_len)
{
	size_t at = 0, filled = 0, told = 0, want, got;

	got = ZSTD_decompressBegin(context);
	while (!ZSTD_isError(got) &&
	       (want = ZSTD_nextSrcSizeToDecompress(context))) {
		if (want > in.len - at)
			return (size_t)-ZSTD_error_srcSize_wrong;
		got = ZSTD_decompressContinue(context, out + filled,
					      out_len - filled, in.ptr + at,
					      want);
		if (ZSTD_isError(got))
			return got;
		at += want;
		filled += got;
		if (filled - told >= PROGRESS_STEP || filled == out_len) {
			told = filled;
			progress_step("unpacking", filled, out_len);
		}
	}
	return ZSTD_isError(got) ? got : filled;
}

enum status unpack_zstd(struct span in, uint8_t *out, size_t out_len,
			struct arena *arena, struct error *err)
{
	size_t need = ZSTD_estimateDCtxSize(), got;
	void *memory = arena_take(arena, need);
	ZSTD_DCtx *context;
	enum status s;

	if (!memory)
		return fail(err, E_UNPACK_MEMORY,
			    "zstd needs %zu bytes of memory, %zu are left",
			    need, arena->cap - arena->used);
	context = ZSTD_initStaticDCtx(memory, need);
	if (!context)
		return fail(err, E_UNPACK_MEMORY,
			    "zstd refuses a context of %zu bytes", need);
	s = zstd_check_frame(in, out_len, err);
	if (s != OK)
		return s;
	s = zstd_check_length(in, out_len, err);
	if (s != OK)
		return s;
	got = zstd_run(context, in, out, out_len);
	if (ZSTD_isError(got))
		return zstd_fail(got, in, out_len, err);
	if (got != out_len)
		return fail(err, E_UNPACK_TOO_SHORT,
			    "zstd frame gives %zu bytes, it should give %zu",
			    got, out_len);
	return OK;
}
