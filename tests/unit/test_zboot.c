/* zboot images: labels, each field broken, every cut. */
#include "test.h"
#include "image_build.h"

#include "format/zboot.h"

#define OUT_LEN 0x00123450

/* As long as a gzip member has to be, ending in its ISIZE. */
static const uint8_t payload[] = {
	0x1f, 0x8b, 8, 0, 0, 0, 0,    0,    2,	  3,	3,
	0,    1,    2, 3, 4, 5, 0x50, 0x34, 0x12, 0x00,
};

static void build(struct pe_build *b, const char *label)
{
	zboot_build(b, PE_MACHINE_ARM64, label,
		    span_of(payload, sizeof(payload)), OUT_LEN);
}

static enum status parse(struct span file, struct zboot_view *view,
			 struct error *err)
{
	struct span copy = test_copy(file);
	struct pe_view pe;
	enum status s = pe_parse(copy, copy.len, &pe, err);

	if (s == OK)
		s = zboot_parse(copy, &pe, view, err);
	test_drop(&copy);
	return s;
}

static void every_label_of_linux_is_known(void **state)
{
	static const struct {
		const char *label;
		enum zboot_codec codec;
	} labels[] = {
		{ "gzip", ZBOOT_GZIP },	  { "zstd", ZBOOT_ZSTD },
		{ "zstd22", ZBOOT_ZSTD }, { "xzkern", ZBOOT_XZ },
		{ "lzma", ZBOOT_LZMA },	  { "lz4", ZBOOT_LZ4 },
		{ "lzo", ZBOOT_LZO },
	};

	(void)state;
	for (size_t i = 0; i < test_count(labels); i++) {
		_drop_pe_ struct pe_build b;
		struct zboot_view v;
		struct error err;

		build(&b, labels[i].label);
		assert_true(zboot_is_candidate(pe_build_file(&b)));
		assert_ok(&err, parse(pe_build_file(&b), &v, &err));
		assert_int_equal(v.codec, labels[i].codec);
		assert_string_equal(v.label, labels[i].label);
		assert_int_equal(v.payload_offset, 0x1200);
		assert_int_equal(v.payload_len, sizeof(payload));
		assert_int_equal(v.out_len, OUT_LEN);
		assert_int_equal(v.machine, PE_MACHINE_ARM64);
		/* Linux 6.1 has no magic at 0x38 */
		store_le32(b.bytes + 0x38, 0);
		assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	}
}

static void labels_are_compared_whole(void **state)
{
	static const char *const labels[] = {
		"",	 "zstd2", "zstd222",	 "zst", "gzip ",
		" gzip", "GZIP",  "zstdXYZ",	 "xz",	"lzma2",
		"lz4hc", "bzip2", "\033[2Jgzip",
	};

	(void)state;
	for (size_t i = 0; i < test_count(labels); i++) {
		_drop_pe_ struct pe_build b;
		struct zboot_view v;
		struct error err;

		build(&b, labels[i]);
		assert_refused(E_ZBOOT_LABEL, &err,
			       parse(pe_build_file(&b), &v, &err));
		assert_null(strchr(err.text, '\033'));
	}
}

static void label_ends_inside_its_field(void **state)
{
	_drop_pe_ struct pe_build b;
	struct zboot_view v;
	struct error err;

	(void)state;
	build(&b, "zstd");
	/* what follows the NUL means nothing */
	memset(b.bytes + 0x18 + 5, 'x', 32 - 5);
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	memset(b.bytes + 0x18, 'x', 31);
	b.bytes[0x18 + 31] = 0;
	assert_refused(E_ZBOOT_LABEL, &err, parse(pe_build_file(&b), &v, &err));
	b.bytes[0x18 + 31] = 'x';
	assert_refused(E_ZBOOT_LABEL_END, &err,
		       parse(pe_build_file(&b), &v, &err));
}

static void broken_magics_have_their_codes(void **state)
{
	_drop_pe_ struct pe_build b;
	struct pe_view pe;
	struct zboot_view v;
	struct error err;

	(void)state;
	build(&b, "gzip");
	assert_ok(&err, pe_parse(pe_build_file(&b), b.len, &pe, &err));
	memcpy(b.bytes + 4, "zelf", 4);
	assert_true(zboot_is_candidate(pe_build_file(&b)));
	assert_refused(E_ZBOOT_ELF, &err, parse(pe_build_file(&b), &v, &err));
	memcpy(b.bytes + 4, "zimh", 4);
	assert_false(zboot_is_candidate(pe_build_file(&b)));
	assert_refused(E_ZBOOT_MAGIC, &err, parse(pe_build_file(&b), &v, &err));
	b.bytes[0] = 'Z';
	assert_false(zboot_is_candidate(pe_build_file(&b)));
	assert_refused(E_ZBOOT_MAGIC, &err,
		       zboot_parse(pe_build_file(&b), &pe, &v, &err));
	assert_refused(E_ZBOOT_SHORT, &err,
		       zboot_parse(span_of(b.bytes, 0x3f), &pe, &v, &err));
	assert_refused(E_ZBOOT_MAGIC, &err,
		       zboot_parse(span_of(b.bytes, 0x40), &pe, &v, &err));
	assert_false(zboot_is_candidate(span_of("MZ\0\0zim", 7)));
	assert_false(zboot_is_candidate(span_of(NULL, 0)));
}

static void each_broken_field_has_its_code(void **state)
{
	/* .text: 0x1000 to 0x1400; the payload: 0x1200 to 0x1215, then 4 */
	static const struct {
		const char *label;
		uint32_t offset, len;
		enum status want;
	} broken[] = {
		{ "zstd", 0, 21, E_ZBOOT_NO_OFFSET },
		{ "zstd", 0x1200, 0, E_ZBOOT_NO_PAYLOAD },
		{ "zstd", 0xfff, 21, E_ZBOOT_IN_HEADERS },
		{ "zstd", 1, 21, E_ZBOOT_IN_HEADERS },
		{ "zstd", 0x1200, 0x1fd, E_ZBOOT_PAST_EOF },
		{ "gzip", 0x1200, 0x201, E_ZBOOT_PAST_EOF },
		{ "zstd", 0x1400, 1, E_ZBOOT_PAST_EOF },
		{ "zstd", 0x1200, 0xffffffff, E_ZBOOT_PAST_EOF },
		{ "zstd", 0xffffffff, 0xffffffff, E_ZBOOT_PAST_EOF },
		/* the sum of 32 bits would be inside */
		{ "zstd", 0xfffff000, 0x2200, E_ZBOOT_PAST_EOF },
		{ "gzip", 0x1200, 17, E_ZBOOT_PAYLOAD_SHORT },
		{ "gzip", 0x1200, 3, E_ZBOOT_PAYLOAD_SHORT },
		{ "gzip", 0x1200, 1, E_ZBOOT_PAYLOAD_SHORT },
		/* ends where zeroes are in place of the size */
		{ "zstd", 0x1200, 29, E_ZBOOT_OUT_SMALL },
		/* and one byte earlier: 0x1234xxyy */
		{ "zstd", 0x1200, 20, E_ZBOOT_OUT_LARGE },
	};

	(void)state;
	for (size_t i = 0; i < test_count(broken); i++) {
		_drop_pe_ struct pe_build b;
		struct zboot_view v;
		struct error err;

		print_message("%s at 0x%x, 0x%x bytes\n", broken[i].label,
			      broken[i].offset, broken[i].len);
		build(&b, broken[i].label);
		store_le32(b.bytes + 8, broken[i].offset);
		store_le32(b.bytes + 12, broken[i].len);
		b.bytes[0x1214 + 3] |= 0x40;
		assert_refused(broken[i].want, &err,
			       parse(pe_build_file(&b), &v, &err));
	}
}

static void payload_may_fill_its_section(void **state)
{
	_drop_pe_ struct pe_build b;
	struct zboot_view v;
	struct error err;

	(void)state;
	build(&b, "lz4");
	store_le32(b.bytes + 8, 0x1000);
	store_le32(b.bytes + 12, 0x3fc);
	store_le32(b.bytes + 0x13fc, ZBOOT_OUT_MIN);
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	assert_int_equal(v.out_len, ZBOOT_OUT_MIN);
	pe_build_sign(&b, 8);
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
}

static void payload_stays_out_of_the_certificate_table(void **state)
{
	_drop_pe_ struct pe_build b;
	struct zboot_view v;
	struct error err;

	(void)state;
	build(&b, "zstd");
	assert_int_equal(pe_build_sign(&b, 0x40), 0x1400);
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	store_le32(b.bytes + 12, 0x1fd);
	assert_refused(E_ZBOOT_IN_CERT, &err,
		       parse(pe_build_file(&b), &v, &err));
	store_le32(b.bytes + 12, 0x1fc);
	store_le32(b.bytes + 0x13fc, OUT_LEN);
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
}

static void payload_lies_in_one_section(void **state)
{
	_drop_pe_ struct pe_build b;
	struct zboot_view v;
	struct error err;

	(void)state;
	build(&b, "zstd");
	pe_build_append(&b, span_of_text("bytes that no section names"));
	store_le32(b.bytes + 12, 0x1fd);
	assert_refused(E_ZBOOT_NOT_IN_SECTION, &err,
		       parse(pe_build_file(&b), &v, &err));
	store_le32(b.bytes + 8, 0x1400);
	store_le32(b.bytes + 12, 1);
	assert_refused(E_ZBOOT_NOT_IN_SECTION, &err,
		       parse(pe_build_file(&b), &v, &err));
}

static void smallest_gzip_member_fits(void **state)
{
	_drop_pe_ struct pe_build b;
	struct zboot_view v;
	struct error err;

	(void)state;
	build(&b, "gzip");
	store_le32(b.bytes + 12, 18);
	store_le32(b.bytes + 0x1200 + 14, ZBOOT_OUT_MIN);
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	assert_int_equal(v.out_len, ZBOOT_OUT_MIN);
}

static void unpacked_size_has_limits(void **state)
{
	static const struct {
		uint32_t out_len;
		enum status want;
	} sizes[] = {
		{ 0, E_ZBOOT_OUT_SMALL },
		{ ZBOOT_OUT_MIN - 1, E_ZBOOT_OUT_SMALL },
		{ ZBOOT_OUT_MIN, OK },
		{ ZBOOT_OUT_MAX, OK },
		{ ZBOOT_OUT_MAX + 1, E_ZBOOT_OUT_LARGE },
		{ 0xffffffff, E_ZBOOT_OUT_LARGE },
	};
	static const char *const labels[] = { "gzip", "zstd" };

	(void)state;
	for (size_t i = 0; i < test_count(sizes) * 2; i++) {
		bool is_gzip = i < test_count(sizes);
		uint32_t out_len = sizes[i % test_count(sizes)].out_len;
		_drop_pe_ struct pe_build b;
		struct zboot_view v;
		struct error err;

		build(&b, labels[!is_gzip]);
		store_le32(b.bytes + 0x1200 + sizeof(payload) -
				   (is_gzip ? 4 : 0),
			   out_len);
		assert_status(sizes[i % test_count(sizes)].want,
			      parse(pe_build_file(&b), &v, &err));
	}
}

static void truncated_image_never_passes(void **state)
{
	_drop_pe_ struct pe_build b;
	struct pe_view pe;
	struct zboot_view v;
	struct error err;

	(void)state;
	build(&b, "zstd");
	assert_ok(&err, pe_parse(pe_build_file(&b), b.len, &pe, &err));
	for (size_t len = 0; len < b.len; len++) {
		_drop_copy_ struct span cut = test_copy(span_of(b.bytes, len));
		enum status s;

		assert_int_not_equal(parse(cut, &v, &err), OK);
		/* as a prefix, too, until the payload and its size are there */
		s = zboot_parse(cut, &pe, &v, &err);
		if (len >= 0x1200 + sizeof(payload) + 4)
			assert_status(OK, s);
		else
			assert_status(
				len < 0x40 ? E_ZBOOT_SHORT : E_ZBOOT_PREFIX, s);
	}
	/* what can be known of a prefix is checked */
	pe.file_size = 0x1200 + sizeof(payload) + 3;
	assert_refused(E_ZBOOT_PAST_EOF, &err,
		       zboot_parse(span_of(b.bytes, 0x40), &pe, &v, &err));
}

static void view_is_written_on_success_only(void **state)
{
	_drop_pe_ struct pe_build b;
	struct zboot_view v, before;

	(void)state;
	memset(&v, 0xa5, sizeof(v));
	before = v;
	build(&b, "zstd");
	store_le32(b.bytes + 0x1200 + sizeof(payload), 1);
	assert_status(E_ZBOOT_OUT_SMALL, parse(pe_build_file(&b), &v, NULL));
	assert_memory_equal(&v, &before, sizeof(v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_label_of_linux_is_known),
		cmocka_unit_test(labels_are_compared_whole),
		cmocka_unit_test(label_ends_inside_its_field),
		cmocka_unit_test(broken_magics_have_their_codes),
		cmocka_unit_test(each_broken_field_has_its_code),
		cmocka_unit_test(payload_may_fill_its_section),
		cmocka_unit_test(payload_stays_out_of_the_certificate_table),
		cmocka_unit_test(payload_lies_in_one_section),
		cmocka_unit_test(smallest_gzip_member_fits),
		cmocka_unit_test(unpacked_size_has_limits),
		cmocka_unit_test(truncated_image_never_passes),
		cmocka_unit_test(view_is_written_on_success_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
