/* The stub's cpio archives, byte for byte. */
#include "test.h"

#include "format/cpio.h"

/* Archives written down from the format's description, not by the code. */
static const char one_file[] =
	"070701000000010000416d000000000000000000000001000000000000000000000000"
	"00000000000000000000000000000007"
	"00000000"
	".extra\0"
	"\0\0\0" /* 110 + 7 are 117, then 3 to 120 */
	"07070100000002000081240000000000000000000000010000000000000003"
	"00000000000000000000000000000000"
	"00000012"
	"00000000"
	".extra/os-release\0"
	"ID=\0"
	"07070100000000000000000000000000000000000000010000000000000000"
	"00000000000000000000000000000000"
	"0000000B"
	"00000000"
	"TRAILER!!!\0\0\0";

static void archive_has_these_bytes(void **state)
{
	const struct cpio_file file = { "os-release", span_of_text("ID=") };
	uint8_t out[1024];
	uint64_t size = cpio_size(".extra", &file, 1);
	struct error err;

	(void)state;
	assert_int_equal(size, 120 + 128 + 4 + 124);
	assert_ok(&err, cpio_build(".extra", 0555, 0444, &file, 1, out,
				   sizeof(out), &err));
	assert_span_equal(span_of(out, size), span_of(one_file, size));
}

/* A reader of its own: fields of the record at *at, which moves behind it. */
struct record {
	uint32_t inode, mode, links, size, name_len;
	const char *name;
	struct span content;
};

static uint32_t hex(struct span s, size_t at)
{
	char digits[9] = { 0 };

	memcpy(digits, s.ptr + at, 8);
	assert_int_equal(strspn(digits, "0123456789abcdefB"), 8);
	return (uint32_t)strtoul(digits, NULL, 16);
}

static struct record read_record(struct span archive, size_t *at)
{
	struct span head = span_slice(archive, *at, 110);
	struct record r;

	assert_int_equal(*at % 4, 0);
	assert_int_equal(head.len, 110);
	assert_memory_equal(head.ptr, "070701", 6);
	r.inode = hex(head, 6);
	r.mode = hex(head, 14);
	r.links = hex(head, 38);
	r.size = hex(head, 54);
	r.name_len = hex(head, 94);
	for (size_t zero = 0; zero < 13; zero++)
		if (zero == 2 || zero == 3 || zero == 5 ||
		    (zero >= 7 && zero != 11))
			assert_int_equal(hex(head, 6 + 8 * zero), 0);
	r.name = (const char *)archive.ptr + *at + 110;
	assert_int_equal(strlen(r.name) + 1, r.name_len);
	*at = (*at + 110 + r.name_len + 3) & ~(size_t)3;
	r.content = span_slice(archive, *at, r.size);
	assert_int_equal(r.content.len, r.size);
	*at = (*at + r.size + 3) & ~(size_t)3;
	return r;
}

static void assert_record(struct span archive, size_t *at, uint32_t inode,
			  uint32_t mode, const char *name, struct span content)
{
	struct record r = read_record(archive, at);

	assert_int_equal(r.inode, inode);
	assert_int_equal(r.mode, mode);
	assert_int_equal(r.links, 1);
	assert_string_equal(r.name, name);
	assert_span_equal(r.content, content);
}

static void parents_come_first_and_files_in_order(void **state)
{
	const struct cpio_file files[] = {
		{ "b.cred", span_of_text("12345678") },
		{ "a.cred", span_of_text("123456789") },
		{ "empty.cred", span_of(NULL, 0) },
	};
	uint64_t size = cpio_size(".extra/global/x", files, 3);
	struct span archive;
	struct error err;
	uint8_t *out = malloc(size);
	size_t at = 0;

	(void)state;
	archive = span_of(out, size);
	assert_ok(&err, cpio_build(".extra/global/x", 0500, 0400, files, 3, out,
				   size, &err));
	assert_record(archive, &at, 1, 0040555, ".extra", span_of(NULL, 0));
	assert_record(archive, &at, 2, 0040555, ".extra/global",
		      span_of(NULL, 0));
	assert_record(archive, &at, 3, 0040500, ".extra/global/x",
		      span_of(NULL, 0));
	for (uint32_t i = 0; i < 3; i++) {
		char name[64] = ".extra/global/x/";

		strcat(name, files[i].name);
		assert_record(archive, &at, 4 + i, 0100400, name,
			      files[i].content);
	}
	assert_int_equal(size - at, 124);
	assert_memory_equal(archive.ptr + at + 110, "TRAILER!!!\0\0\0\0", 14);
	free(out);
}

/* Every length of name and content, so that all paddings occur; the buffer has
 * not a byte too many. */
static void records_are_padded_to_four(void **state)
{
	static const uint8_t content[9] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	static const char names[] = "abcdefgh";

	(void)state;
	for (size_t n = 0; n < 8; n++) {
		for (size_t c = 0; c < 9; c++) {
			const struct cpio_file file = { names + n,
							span_of(content, c) };
			uint64_t size = cpio_size("d", &file, 1);
			uint8_t *out = malloc(size);
			struct error err;
			size_t at = 0;
			char name[16] = "d/";

			strcat(name, file.name);
			assert_int_equal(size % 4, 0);
			assert_ok(&err, cpio_build("d", 0555, 0444, &file, 1,
						   out, size, &err));
			assert_record(span_of(out, size), &at, 1, 0040555, "d",
				      span_of(NULL, 0));
			assert_record(span_of(out, size), &at, 2, 0100444, name,
				      file.content);
			assert_int_equal(size - at, 124);
			free(out);
		}
	}
}

static void archive_without_files_has_its_directories(void **state)
{
	uint64_t size = cpio_size(".extra", NULL, 0);
	uint8_t out[512];
	struct error err;

	(void)state;
	assert_int_equal(size, 120 + 124);
	assert_ok(&err,
		  cpio_build(".extra", 0555, 0444, NULL, 0, out, size, &err));
}

static void names_are_checked(void **state)
{
	static const char
		*const wrong[] = { "",	 "a/b",	     "/", ".",
				   "..", "\xc3\xa4", NULL /* 256 bytes */ };
	static const char *const wrong_dirs[] = { "",	"/a",	  "a/",	 "a//b",
						  "..", "a/../b", "\xff" };
	char longest[257];
	struct error err;
	uint8_t out[4096];

	(void)state;
	memset(longest, 'n', 256);
	longest[256] = '\0';
	for (size_t i = 0; i < test_count(wrong); i++) {
		const struct cpio_file file = { wrong[i] ? wrong[i] : longest,
						span_of(NULL, 0) };

		assert_refused(E_CPIO_NAME, &err,
			       cpio_build("d", 0555, 0444, &file, 1, out,
					  sizeof(out), &err));
	}
	for (size_t i = 0; i < test_count(wrong_dirs); i++)
		assert_refused(E_CPIO_NAME, &err,
			       cpio_build(wrong_dirs[i], 0555, 0444, NULL, 0,
					  out, sizeof(out), &err));
	longest[255] = '\0';
	longest[254] = 0x7f; /* ASCII, if odd */
	assert_ok(&err,
		  cpio_build("d", 0555, 0444,
			     &(struct cpio_file){ longest, span_of(NULL, 0) },
			     1, out, sizeof(out), &err));
}

static void room_is_checked(void **state)
{
	const struct cpio_file file = { "f", span_of_text("content") };
	uint64_t size = cpio_size("d", &file, 1);
	struct error err;

	(void)state;
	for (size_t len = 0; len < size; len++) {
		uint8_t *out = malloc(len + !len);

		assert_refused(
			E_CPIO_ROOM, &err,
			cpio_build("d", 0555, 0444, &file, 1, out, len, &err));
		free(out);
	}
}

static void four_gigabytes_are_too_much(void **state)
{
	static const uint8_t byte = 0;
	struct cpio_file files[] = {
		{ "a", span_of(&byte, 0x80000000) },
		{ "b", span_of(&byte, 0x80000000) },
	};
	struct error err;
	uint8_t out[16];

	(void)state;
	/* nothing is read: the sizes alone decide */
	assert_int_not_equal(cpio_size("d", files, 1), 0);
	assert_int_equal(cpio_size("d", files, 2), 0);
	assert_refused(
		E_CPIO_TOO_LARGE, &err,
		cpio_build("d", 0555, 0444, files, 2, out, sizeof(out), &err));
	files[0].content.len = SIZE_MAX;
	assert_int_equal(cpio_size("d", files, 1), 0);
	/* two records, one trailer: the last size that fits */
	files[0].content.len = UINT32_MAX - 3 - 112 - 116 - 124;
	assert_int_equal(cpio_size("d", files, 1), UINT32_MAX - 3);
	files[0].content.len += 1;
	assert_int_equal(cpio_size("d", files, 1), 0);
}

/* A frame with the contents put where they belong is the archive itself. */
static void a_frame_holds_any_contents(void **state)
{
	static const uint8_t bytes[] = "0123456789abcdef";
	struct cpio_file files[4] = {
		{ "a.raw", span_of(bytes, 0) },
		{ "b.raw", span_of(bytes, 0) },
		{ "empty", span_of(NULL, 0) },
		{ "z.raw", span_of(bytes, 16) },
	};
	const struct cpio_layout layout = { ".extra/sysext", 0555, 0444,
					    false };
	uint8_t whole[2048], frame[2048], joined[2048];
	uint32_t cuts[4];
	struct error err;

	(void)state;
	for (size_t len = 0; len < 12; len++) {
		uint64_t size, frame_size;
		size_t from = 0, at = 0;

		files[0].content.len = len;
		files[1].content.len = 11 - len;
		size = cpio_size(layout.dir, files, 4);
		frame_size = cpio_frame_size(&layout, files, 4);
		assert_ok(&err, cpio_build(layout.dir, 0555, 0444, files, 4,
					   whole, sizeof(whole), &err));
		assert_ok(&err, cpio_frame(&layout, files, 4, frame,
					   (size_t)frame_size, cuts, &err));
		assert_refused(E_CPIO_ROOM, &err,
			       cpio_frame(&layout, files, 4, frame,
					  (size_t)frame_size - 1, cuts, &err));
		memset(joined, 0, sizeof(joined));
		for (size_t i = 0; i < 4; i++) {
			memcpy(joined + at, frame + from, cuts[i] - from);
			at += cuts[i] - from;
			from = cuts[i];
			if (files[i].content.len)
				memcpy(joined + at, files[i].content.ptr,
				       files[i].content.len);
			at += files[i].content.len +
			      cpio_padding(files[i].content.len);
		}
		memcpy(joined + at, frame + from, frame_size - from);
		assert_int_equal(at + frame_size - from, size);
		assert_memory_equal(joined, whole, size);
	}
}

static void directories_of_others_are_left_alone(void **state)
{
	const struct cpio_file file = { "x.conf", span_of_text("d /run/x\n") };
	const struct cpio_layout layout = { "usr/lib/tmpfiles.d", 0, 0644,
					    true };
	uint64_t size = cpio_frame_size(&layout, &file, 1);
	uint8_t frame[512];
	uint32_t cut;
	struct error err;

	(void)state;
	assert_true(size < sizeof(frame));
	assert_ok(&err, cpio_frame(&layout, &file, 1, frame, (size_t)size, &cut,
				   &err));
	assert_int_equal(cut, (110 + 26 + 3) & ~3);
	assert_memory_equal(frame + 110, "usr/lib/tmpfiles.d/x.conf", 26);
	assert_int_equal(hex(span_of(frame, size), 14), 0100644);
	assert_int_equal(size, cut + 124);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(archive_has_these_bytes),
		cmocka_unit_test(a_frame_holds_any_contents),
		cmocka_unit_test(directories_of_others_are_left_alone),
		cmocka_unit_test(parents_come_first_and_files_in_order),
		cmocka_unit_test(records_are_padded_to_four),
		cmocka_unit_test(archive_without_files_has_its_directories),
		cmocka_unit_test(names_are_checked),
		cmocka_unit_test(room_is_checked),
		cmocka_unit_test(four_gigabytes_are_too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
