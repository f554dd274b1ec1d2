/*
 * Streams of several megabytes made by the command line tools while the test
 * runs, in the ways kernels' builds and people call them. What the tools read
 * is a file, and what they wrote has to come back as that file, byte for byte.
 */
#include "guard.h"
#include "test.h"
#include "unpack/unpack.h"

#include <limits.h>

/* More than one 8 MiB block of lz4, and not a multiple of anything. */
#define PLAIN_LEN  ((8U << 20) + 700001)
#define ZEROS_LEN  (40U << 20)
#define PLAIN_FILE "plain"
#define ZEROS_FILE "zeros"

static char workdir[PATH_MAX];
static struct arena arena;
static struct span plain;

/* Runs a shell command in the work directory; what it wrote to the file "out"
 * is the result. */
static struct span run(const char *command)
{
	char line[PATH_MAX + 512], out[PATH_MAX + 8];

	snprintf(line, sizeof(line), "cd '%s' && { %s; } >out", workdir,
		 command);
	if (system(line))
		fail_msg("the command failed: %s (scripts/setup.sh test "
			 "installs what is missing)",
			 command);
	snprintf(out, sizeof(out), "%s/out", workdir);
	return test_read_file(out);
}

/* Like a kernel: stretches that repeat with small changes, noise, zeros. */
static void write_plain(uint8_t *to)
{
	uint64_t seed = 1;

	memset(to, 0, PLAIN_LEN);
	for (size_t at = 0; at < 65536; at++)
		to[at] = (uint8_t)(test_random(&seed) >> (at & 32 ? 60 : 56));
	for (size_t at = 65536; at + 65536 < PLAIN_LEN; at += 65536) {
		uint64_t kind = test_random(&seed) % 8;

		if (kind < 3)
			continue;
		memcpy(to + at, to, 65536);
		for (size_t i = 0; i < (kind << 6); i++)
			to[at + test_random(&seed) % 65536] ^=
				(uint8_t)test_random(&seed);
	}
	to[PLAIN_LEN - 1] = 0xff;
}

static int write_file(const char *name, const uint8_t *bytes, size_t len)
{
	char path[PATH_MAX + 16];
	FILE *to;
	int bad;

	snprintf(path, sizeof(path), "%s/%s", workdir, name);
	to = fopen(path, "wb");
	if (!to)
		return 1;
	bad = fwrite(bytes, 1, len, to) != len;
	return fclose(to) || bad;
}

static int make_files(void **state)
{
	const char *tmp = getenv("TMPDIR");
	uint8_t *bytes = calloc(1, ZEROS_LEN);

	(void)state;
	snprintf(workdir, sizeof(workdir), "%s/keelboot-unpack-XXXXXX",
		 tmp ? tmp : "/tmp");
	if (!bytes || !mkdtemp(workdir) ||
	    write_file(ZEROS_FILE, bytes, ZEROS_LEN))
		return 1;
	write_plain(bytes);
	if (write_file(PLAIN_FILE, bytes, PLAIN_LEN))
		return 1;
	plain = test_copy(span_of(bytes, PLAIN_LEN));
	free(bytes);
	arena.cap = ARENA_SIZE_MAX;
	arena.base = mmap(NULL, arena.cap, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return arena.base == MAP_FAILED;
}

static int drop_files(void **state)
{
	static const char *const names[] = { PLAIN_FILE, ZEROS_FILE, "out" };
	char path[PATH_MAX + 16];

	(void)state;
	for (size_t i = 0; i < test_count(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", workdir, names[i]);
		unlink(path);
	}
	test_drop(&plain);
	munmap(arena.base, arena.cap);
	return rmdir(workdir);
}

static void try_commands(enum codec codec, const char *const *commands,
			 size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct span made _drop_copy_ = run(commands[i]);
		struct guarded in _drop_guarded_ = guard_copy(made);
		struct guarded out _drop_guarded_ = guard_make(PLAIN_LEN);
		struct arena all = arena;
		struct error err;

		print_message("%s: %zu bytes\n", commands[i], made.len);
		assert_ok(&err, unpack(codec, guard_span(&in), out.ptr, out.len,
				       &all, &err));
		assert_true(guard_intact(&out));
		assert_true(span_equal(guard_span(&out), plain));
	}
}

#define TRY_COMMANDS(codec, ...)                                               \
	do {                                                                   \
		static const char *const commands[] = { __VA_ARGS__ };         \
		try_commands(codec, commands, test_count(commands));           \
	} while (0)

static void takes_what_gzip_makes(void **state)
{
	(void)state;
	TRY_COMMANDS(CODEC_GZIP, "gzip -n -f -9 -c plain", "gzip -1 -c plain",
		     "python3 -c 'import gzip,sys; sys.stdout.buffer.write("
		     "gzip.compress(open(\"plain\", \"rb\").read(), 6))'");
}

static void takes_what_zstd_makes(void **state)
{
	(void)state;
	TRY_COMMANDS(CODEC_ZSTD, "zstd -q -1 -c plain",
		     "zstd -q -7 --no-check -c plain",
		     "cat plain | zstd -q --long=31 -3 -c",
		     "zstd -q --fast=5 -c plain");
}

/* How a kernel's build does it: from a pipe, so that the frame does not say
 * what it holds, and with a window of 128 MiB, which costs no memory here. */
static void takes_what_a_kernels_build_makes_with_zstd(void **state)
{
	const size_t len = 1000003;
	struct span made _drop_copy_ =
		run("head -c 1000003 plain | zstd -q -22 --ultra -c");
	struct guarded in _drop_guarded_ = guard_copy(made);
	struct guarded out _drop_guarded_ = guard_make(len);
	struct arena part = { .base = arena.base, .cap = 256 << 10 };
	struct error err;

	(void)state;
	assert_int_equal(in.ptr[4], 0x04); /* a checksum, no content size */
	assert_int_equal(in.ptr[5], (27 - 10) << 3); /* 2^27 */
	assert_ok(&err,
		  unpack_zstd(guard_span(&in), out.ptr, out.len, &part, &err));
	assert_true(span_equal(guard_span(&out), span_of(plain.ptr, len)));
}

static void takes_what_xz_makes(void **state)
{
	(void)state;
	TRY_COMMANDS(CODEC_XZ, "xz --check=crc32 --lzma2=dict=32MiB -c plain",
		     "xz -0 --check=none -c plain",
		     "xz -0 --check=crc64 -T2 --block-size=300000 -c plain",
		     "xz --check=crc64 --x86 --lzma2=preset=0 -c plain",
		     "xz --check=crc32 --arm64 --lzma2=preset=0 -c plain",
		     "xz --lzma2=preset=0,dict=128MiB -c plain");
}

static void takes_what_lzma_makes(void **state)
{
	(void)state;
	TRY_COMMANDS(CODEC_LZMA, "xz --format=lzma -9 -c plain",
		     "xz --format=lzma -0 -c plain",
		     "xz --format=lzma "
		     "--lzma1=preset=0,dict=128MiB,lc=0,lp=2,pb=0 -c plain",
		     "python3 -c 'import lzma,sys; sys.stdout.buffer.write("
		     "lzma.compress(open(\"plain\", \"rb\").read(), "
		     "lzma.FORMAT_ALONE, preset=1))'");
}

static void takes_what_lz4_makes(void **state)
{
	(void)state;
	TRY_COMMANDS(CODEC_LZ4, "lz4 -q -l -9 -c plain",
		     "cat plain | lz4 -q -l -1 -c");
}

static void takes_what_lzop_makes(void **state)
{
	(void)state;
	TRY_COMMANDS(CODEC_LZO, "lzop -9 -c plain", "lzop -1 -c plain",
		     "lzop -3 -CC --crc32 -c plain", "cat plain | lzop -CC -c");
}

/* 40 MiB of zeros where a page is expected: refused before they are made. */
static void refuses_bombs(void **state)
{
	static const struct {
		enum codec codec;
		const char *command;
	} bombs[] = {
		{ CODEC_GZIP, "gzip -1 -c zeros" },
		{ CODEC_ZSTD, "zstd -q -1 -c zeros" },
		{ CODEC_ZSTD, "cat zeros | zstd -q -1 -c" },
		{ CODEC_XZ, "xz -0 -c zeros" },
		{ CODEC_LZMA, "xz --format=lzma -0 -c zeros" },
		{ CODEC_LZ4, "lz4 -q -l -c zeros" },
		{ CODEC_LZO, "lzop -1 -c zeros" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(bombs); i++) {
		struct span made _drop_copy_ = run(bombs[i].command);

		for (size_t len = 4096; len < ZEROS_LEN; len *= 64) {
			struct guarded out _drop_guarded_ = guard_make(len);
			struct arena all = arena;
			struct error err;

			assert_refused(E_UNPACK_TOO_LONG, &err,
				       unpack(bombs[i].codec, made, out.ptr,
					      out.len, &all, &err));
			assert_true(guard_intact(&out));
		}
	}
}

/* A dictionary may be as large as the arena allows, and no larger. */
static void keeps_dictionaries_to_the_arena(void **state)
{
	struct span made _drop_copy_ =
		run("xz --lzma2=preset=0,dict=129MiB -c plain");
	struct guarded out _drop_guarded_ = guard_make(PLAIN_LEN);
	struct arena all = arena;
	struct error err;

	(void)state;
	assert_refused(E_UNPACK_MEMORY, &err,
		       unpack(CODEC_XZ, made, out.ptr, out.len, &all, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_gzip_makes),
		cmocka_unit_test(takes_what_zstd_makes),
		cmocka_unit_test(takes_what_a_kernels_build_makes_with_zstd),
		cmocka_unit_test(takes_what_xz_makes),
		cmocka_unit_test(takes_what_lzma_makes),
		cmocka_unit_test(takes_what_lz4_makes),
		cmocka_unit_test(takes_what_lzop_makes),
		cmocka_unit_test(refuses_bombs),
		cmocka_unit_test(keeps_dictionaries_to_the_arena),
	};

	return cmocka_run_group_tests(tests, make_files, drop_files);
}
