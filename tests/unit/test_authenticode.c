/* What a signature of an image covers: real signers' digests, gaps, overlaps,
 * each field of the certificate table broken. */
#include "pki.h"
#include "pe_build.h"

#include "format/authenticode.h"
#include "format/pkcs7.h"
#include "trust/digest.h"

#define HEADERS	 0x400
#define CHECKSUM (0x40 + 24 + 64)
/* the directory entry of the images that pe_build makes */
#define ENTRY (0x40 + 24 + 112 + 32)

static enum status parse(struct span file, struct authenticode_view *view,
			 struct error *err)
{
	struct span copy = test_copy(file);
	struct pe_view pe;
	enum status s = pe_parse(copy, copy.len, &pe, err);

	if (s == OK)
		s = authenticode_parse(copy, &pe, view, err);
	test_drop(&copy);
	return s;
}

static void build(struct pe_build *b)
{
	pe_build_begin(b, PE_MACHINE_X86_64, HEADERS);
	pe_build_text(b, ".text", "code");
	pe_build_text(b, ".data", "data");
}

static void assert_ranges(const struct authenticode_view *v,
			  const struct byte_range *want, size_t count)
{
	assert_int_equal(v->range_count, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(v->ranges[i].offset, want[i].offset);
		assert_int_equal(v->ranges[i].len, want[i].len);
	}
}

static void unsigned_image_is_covered_to_its_end(void **state)
{
	static const struct byte_range ranges[] = {
		{ 0, CHECKSUM },
		{ CHECKSUM + 4, ENTRY - CHECKSUM - 4 },
		{ ENTRY + 8, HEADERS - ENTRY - 8 },
		{ 0x400, 0x200 },
		{ 0x600, 0x200 },
		{ 0x800, 3 },
	};
	_drop_pe_ struct pe_build b;
	struct authenticode_view v;
	struct error err;

	(void)state;
	build(&b);
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	assert_ranges(&v, ranges, 5);
	assert_int_equal(v.signature_count, 0);
	assert_int_equal(v.passed_over, 0);
	/* as it is: the padding to a multiple of 8 is a signer's */
	pe_build_append(&b, span_of_text("odd"));
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	assert_ranges(&v, ranges, 6);
}

static void signed_image_is_covered_to_its_table(void **state)
{
	static const struct byte_range ranges[] = {
		{ 0, CHECKSUM },
		{ CHECKSUM + 4, ENTRY - CHECKSUM - 4 },
		{ ENTRY + 8, HEADERS - ENTRY - 8 },
		{ 0x400, 0x200 },
		{ 0x600, 0x200 },
		{ 0x800, 16 },
	};
	_drop_pe_ struct pe_build b, plain;
	struct authenticode_view v;
	struct error err;

	(void)state;
	build(&b);
	pe_build_append(&b, span_of_text("symbols, 16 bytes"));
	b.len--;
	assert_int_equal(pe_build_sign(&b, 0x18), 0x810);
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	assert_ranges(&v, ranges, 6);
	assert_int_equal(v.signature_count, 1);
	assert_int_equal(v.signatures[0].offset, 0x818);
	assert_int_equal(v.signatures[0].len, 0x10);
	build(&plain);
	assert_int_equal(pe_build_sign(&plain, 0x18), 0x800);
	assert_ok(&err, parse(pe_build_file(&plain), &v, &err));
	assert_ranges(&v, ranges, 5);
}

static void headers_differ_in_pe32_and_without_directory(void **state)
{
	_drop_pe_ struct pe_build b;
	struct authenticode_view v;
	struct pe_view pe;
	struct error err;

	(void)state;
	pe_build_begin_pe32(&b, PE_MACHINE_I386, HEADERS);
	pe_build_text(&b, ".text", "code");
	assert_ok(&err, pe_parse(pe_build_file(&b), b.len, &pe, &err));
	assert_ok(&err, authenticode_parse(pe_build_file(&b), &pe, &v, &err));
	assert_int_equal(v.ranges[2].offset, 0x40 + 24 + 96 + 32 + 8);
	assert_int_equal(v.range_count, 4);
	/* 4 directories: then there is no entry to leave out */
	pe.cert_entry = 0;
	assert_ok(&err, authenticode_parse(pe_build_file(&b), &pe, &v, &err));
	assert_int_equal(v.range_count, 3);
	assert_int_equal(v.ranges[1].offset, CHECKSUM + 4);
	assert_int_equal(v.ranges[1].len, HEADERS - CHECKSUM - 4);
}

static void digest_file(struct span file, const struct authenticode_view *v,
			enum digest_kind kind, uint8_t out[static DIGEST_MAX])
{
	struct digest digest;

	digest_begin(&digest, kind);
	for (uint32_t i = 0; i < v->range_count; i++)
		digest_add(&digest, span_slice(file, v->ranges[i].offset,
					       v->ranges[i].len));
	digest_end(&digest, out);
}

/* Every byte is covered once, or one of those that a signature changes. */
static void assert_tiled(struct span file, const struct authenticode_view *v)
{
	uint64_t at = 0, table_size = span_le32(file, ENTRY + 4);

	for (uint32_t i = 0; i < v->range_count; i++) {
		if (at == CHECKSUM)
			at += 4;
		else if (at == ENTRY)
			at += 8;
		assert_int_equal(v->ranges[i].offset, at);
		at += v->ranges[i].len;
	}
	assert_int_equal(at + table_size, file.len);
}

static void real_signers_signed_these_bytes(void **state)
{
	static const struct {
		const char *file;
		uint32_t signatures;
	} files[] = {
		{ PKI "sbsign.efi", 1 },
		{ PKI "sbsign-twice.efi", 2 },
		{ PKI "osslsigncode.efi", 1 },
		{ PKI "pesign.efi", 1 },
	};

	(void)state;
	for (size_t i = 0; i < test_count(files); i++) {
		_drop_copy_ struct span file = test_read_file(files[i].file);
		struct authenticode_view v;
		struct error err;

		print_message("%s\n", files[i].file);
		assert_ok(&err, parse(file, &v, &err));
		assert_tiled(file, &v);
		assert_int_equal(v.signature_count, files[i].signatures);
		for (uint32_t k = 0; k < v.signature_count; k++) {
			struct span entry =
				span_slice(file, v.signatures[k].offset,
					   v.signatures[k].len);
			uint8_t digest[DIGEST_MAX];
			struct pkcs7_view p7;
			struct spc_digest spc;
			size_t used;

			assert_ok(&err, pkcs7_parse(entry, &p7, &used, &err));
			assert_ok(&err, spc_parse(p7.content, &spc, &err));
			digest_file(file, &v, spc.kind, digest);
			assert_span_equal(spc.digest,
					  span_of(digest, spc.digest.len));
			assert_true(authenticode_is_padding(
				span_slice(entry, used, entry.len - used)));
		}
	}
}

static void sections_are_taken_by_their_place(void **state)
{
	static const uint8_t more[0x201];
	_drop_pe_ struct pe_build b;
	struct authenticode_view v;
	struct error err;

	(void)state;
	build(&b);
	pe_build_section(&b, ".bss", span_of(NULL, 0));
	pe_build_section(&b, ".more", span_of(more, sizeof(more)));
	/* what has no bytes is nowhere */
	pe_build_section_set(&b, 2, PE_S_RAW_OFFSET, 0x1234);
	pe_build_section_set(&b, 0, PE_S_RAW_OFFSET, 0x600);
	pe_build_section_set(&b, 1, PE_S_RAW_OFFSET, 0x400);
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	assert_int_equal(v.range_count, 6);
	assert_int_equal(v.ranges[3].offset, 0x400);
	assert_int_equal(v.ranges[4].offset, 0x600);
	assert_int_equal(v.ranges[5].offset, 0x800);
	assert_int_equal(v.ranges[5].len, 0x400);
}

static void as_many_sections_as_there_may_be(void **state)
{
	_drop_pe_ struct pe_build b;
	struct authenticode_view v;
	struct error err;

	(void)state;
	pe_build_begin(&b, PE_MACHINE_X86_64, 0x2000);
	for (size_t i = 0; i < PE_SECTIONS_MAX; i++)
		pe_build_text(&b, ".s", "x");
	pe_build_append(&b, span_of_text("behind"));
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	assert_int_equal(v.range_count, AUTHENTICODE_RANGES_MAX);
}

static void gaps_are_refused(void **state)
{
	_drop_pe_ struct pe_build b;
	struct authenticode_view v;
	struct error err;

	(void)state;
	build(&b);
	/* behind the headers */
	pe_build_set(&b, PE_SIZE_OF_HEADERS, HEADERS - 1);
	assert_refused(E_AUTHENTICODE_GAP, &err,
		       parse(pe_build_file(&b), &v, &err));
	assert_non_null(strstr(err.text, "0x400"));
	assert_non_null(strstr(err.text, "0x3ff"));
	pe_build_set(&b, PE_SIZE_OF_HEADERS, HEADERS);
	/* between sections, of one byte */
	pe_build_section_set(&b, 0, PE_S_RAW_SIZE, 0x1ff);
	assert_refused(E_AUTHENTICODE_GAP, &err,
		       parse(pe_build_file(&b), &v, &err));
	pe_build_section_set(&b, 0, PE_S_RAW_SIZE, 0x200);
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	/* a section that is gone, and one that has moved */
	pe_build_section_set(&b, 0, PE_S_RAW_SIZE, 0);
	assert_refused(E_AUTHENTICODE_GAP, &err,
		       parse(pe_build_file(&b), &v, &err));
	/* the last may be shorter: what follows is covered all the same */
	pe_build_section_set(&b, 0, PE_S_RAW_SIZE, 0x200);
	pe_build_section_set(&b, 1, PE_S_RAW_SIZE, 0x100);
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	assert_int_equal(v.ranges[5].offset, 0x700);
}

/* pe_parse() refuses these; a view is plain data and may come from elsewhere.
 */
static void overlaps_are_refused(void **state)
{
	static struct authenticode_view v, before;
	static struct pe_view pe, bad;
	_drop_pe_ struct pe_build b;
	struct error err;

	(void)state;
	build(&b);
	pe_build_sign(&b, 0x20);
	memset(&v, 0xa5, sizeof(v));
	before = v;
	assert_ok(&err, pe_parse(pe_build_file(&b), b.len, &pe, &err));
	bad = pe;
	bad.sections[1].raw_offset--;
	assert_refused(E_AUTHENTICODE_OVERLAP, &err,
		       authenticode_parse(pe_build_file(&b), &bad, &v, &err));
	bad = pe;
	bad.size_of_headers++;
	assert_refused(E_AUTHENTICODE_OVERLAP, &err,
		       authenticode_parse(pe_build_file(&b), &bad, &v, &err));
	bad = pe;
	bad.sections[1].raw_size++;
	assert_refused(E_AUTHENTICODE_TABLE_OVERLAP, &err,
		       authenticode_parse(pe_build_file(&b), &bad, &v, &err));
	assert_memory_equal(&v, &before, sizeof(v));
}

static void nothing_follows_the_table(void **state)
{
	_drop_pe_ struct pe_build b;
	struct authenticode_view v;
	struct error err;

	(void)state;
	build(&b);
	pe_build_sign(&b, 0x20);
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	pe_build_append(&b, span_of("", 1));
	assert_refused(E_AUTHENTICODE_AFTER_TABLE, &err,
		       parse(pe_build_file(&b), &v, &err));
}

/* A table of one or two entries: where they begin, what they say. */
struct table {
	enum status want;
	uint32_t signatures, passed_over;
	uint32_t size;
	struct {
		uint32_t at, len, kind; /* revision, then type */
	} entries[2];
};

#define P7 0x00020200 /* PKCS#7 of revision 2.0 */

static void certificate_tables_are_walked(void **state)
{
	/* clang-format off */
	static const struct table tables[] = {
		{ OK, 1, 0, 0x20, { { 0, 0x20, P7 } } },
		/* unpadded, in a table whose size is, and in one where not */
		{ OK, 1, 0, 0x20, { { 0, 0x19, P7 } } },
		{ OK, 1, 0, 0x19, { { 0, 0x19, P7 } } },
		{ OK, 1, 0, 9, { { 0, 9, P7 } } },
		{ OK, 2, 0, 0x40, { { 0, 0x19, P7 }, { 0x20, 0x20, P7 } } },
		{ OK, 1, 1, 0x3f,
		  { { 0, 0x20, 0x10200 }, { 0x20, 0x1f, P7 } } },
		/* other types, of other revisions, and nothing else */
		{ OK, 0, 2, 0x40,
		  { { 0, 0x20, 0x0ef00100 }, { 0x20, 0x20, 0x0ef10000 } } },
		{ E_AUTHENTICODE_REVISION, 0, 0, 0x20,
		  { { 0, 0x20, 0x20100 } } },
		{ E_AUTHENTICODE_REVISION, 0, 0, 0x20,
		  { { 0, 0x20, 0x20000 } } },
		{ E_AUTHENTICODE_ENTRY_SHORT, 0, 0, 0x20, { { 0, 0, P7 } } },
		{ E_AUTHENTICODE_ENTRY_SHORT, 0, 0, 0x20, { { 0, 7, P7 } } },
		{ E_AUTHENTICODE_ENTRY_SHORT, 0, 0, 0x20, { { 0, 8, P7 } } },
		{ E_AUTHENTICODE_ENTRY_SHORT, 0, 0, 0x28, { { 0, 0x20, P7 } } },
		{ E_AUTHENTICODE_ENTRY_SHORT, 0, 0, 0x24, { { 0, 0x20, P7 } } },
		{ E_AUTHENTICODE_ENTRY_SHORT, 0, 0, 8, { { 0, 8, P7 } } },
		{ E_AUTHENTICODE_ENTRY_SHORT, 0, 0, 1, { { 0, 1, P7 } } },
		{ E_AUTHENTICODE_ENTRY_PAST_END, 0, 0, 0x20,
		  { { 0, 0x21, P7 } } },
		{ E_AUTHENTICODE_ENTRY_PAST_END, 0, 0, 0x20,
		  { { 0, ~0U, P7 } } },
		{ E_AUTHENTICODE_ENTRY_PAST_END, 0, 0, 0x40,
		  { { 0, 0x20, P7 }, { 0x20, 0x28, P7 } } },
		/* neither without padding nor with all of it */
		{ E_AUTHENTICODE_WALK, 0, 0, 0x1f, { { 0, 0x19, P7 } } },
		{ E_AUTHENTICODE_WALK, 0, 0, 0x1a, { { 0, 0x19, 0x10200 } } },
		/* the second is where the padding of the first should be */
		{ E_AUTHENTICODE_PADDING, 0, 0, 0x40,
		  { { 0, 0x19, P7 }, { 0x19, 0x20, P7 } } },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < test_count(tables); i++) {
		const struct table *t = &tables[i];
		_drop_pe_ struct pe_build b;
		struct authenticode_view v;
		struct error err;
		uint8_t table[0x80] = { 0 };
		uint32_t at;

		print_message("table %zu\n", i);
		build(&b);
		for (size_t k = 0; k < test_count(t->entries); k++) {
			uint8_t *entry = table + t->entries[k].at;

			if (!t->entries[k].kind)
				continue;
			store_le32(entry, t->entries[k].len);
			store_le32(entry + 4, t->entries[k].kind);
		}
		at = pe_build_sign(&b, 0x80);
		memcpy(b.bytes + at, table, sizeof(table));
		b.len = at + t->size;
		pe_build_set(&b, PE_CERT_SIZE, t->size);
		if (t->want != OK) {
			assert_refused(t->want, &err,
				       parse(pe_build_file(&b), &v, &err));
			continue;
		}
		assert_ok(&err, parse(pe_build_file(&b), &v, &err));
		assert_int_equal(v.signature_count, t->signatures);
		assert_int_equal(v.passed_over, t->passed_over);
	}
}

static void signatures_have_a_limit(void **state)
{
	for (uint32_t count = 1; count <= AUTHENTICODE_SIGNATURES_MAX + 1;
	     count++) {
		_drop_pe_ struct pe_build b;
		struct authenticode_view v;
		struct error err;
		uint32_t at;

		(void)state;
		build(&b);
		at = pe_build_sign(&b, count * 0x10);
		for (uint32_t i = 0; i < count; i++) {
			store_le32(b.bytes + at + (size_t)i * 0x10, 0x10);
			store_le32(b.bytes + at + (size_t)i * 0x10 + 4, P7);
		}
		if (count > AUTHENTICODE_SIGNATURES_MAX) {
			assert_refused(E_AUTHENTICODE_TOO_MANY, &err,
				       parse(pe_build_file(&b), &v, &err));
			continue;
		}
		assert_ok(&err, parse(pe_build_file(&b), &v, &err));
		assert_int_equal(v.signature_count, count);
	}
}

static void padding_is_zeros(void **state)
{
	(void)state;
	assert_true(authenticode_is_padding(span_of(NULL, 0)));
	assert_true(authenticode_is_padding(span_of("\0\0\0", 3)));
	assert_false(authenticode_is_padding(span_of("\0\0\1", 3)));
	assert_false(authenticode_is_padding(span_of("\1\0\0", 3)));
}

static void truncated_image_never_passes(void **state)
{
	_drop_copy_ struct span file = test_read_file(PKI "sbsign-twice.efi");
	struct authenticode_view v;
	struct pe_view pe;
	struct error err;

	(void)state;
	assert_ok(&err, pe_parse(file, file.len, &pe, &err));
	for (size_t len = 0; len < file.len; len++) {
		_drop_copy_ struct span cut = test_copy(span_of(file.ptr, len));

		assert_int_not_equal(parse(cut, &v, NULL), OK);
		assert_status(E_AUTHENTICODE_VIEW,
			      authenticode_parse(cut, &pe, &v, NULL));
	}
}

/* The walk over a table that is cut, together with what names its size. */
static void truncated_table_never_passes(void **state)
{
	_drop_copy_ struct span file = test_read_file(PKI "sbsign-twice.efi");
	uint32_t at = span_le32(file, ENTRY), size = span_le32(file, ENTRY + 4);
	uint32_t first = span_le32(file, at);

	(void)state;
	for (uint32_t len = 1; len < size; len++) {
		_drop_copy_ struct span cut =
			test_copy(span_of(file.ptr, at + len));
		uint32_t padded = (first + 7) & ~7U;
		/* the first alone, with or without padding; both, without */
		bool is_whole = len == first || len == padded ||
				len == padded + span_le32(file, at + padded);
		struct authenticode_view v;
		enum status s;

		store_le32(test_bytes(cut) + ENTRY + 4, len);
		s = parse(cut, &v, NULL);
		if (is_whole)
			assert_status(OK, s);
		else
			assert_int_not_equal(s, OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unsigned_image_is_covered_to_its_end),
		cmocka_unit_test(signed_image_is_covered_to_its_table),
		cmocka_unit_test(headers_differ_in_pe32_and_without_directory),
		cmocka_unit_test(real_signers_signed_these_bytes),
		cmocka_unit_test(sections_are_taken_by_their_place),
		cmocka_unit_test(as_many_sections_as_there_may_be),
		cmocka_unit_test(gaps_are_refused),
		cmocka_unit_test(overlaps_are_refused),
		cmocka_unit_test(nothing_follows_the_table),
		cmocka_unit_test(certificate_tables_are_walked),
		cmocka_unit_test(signatures_have_a_limit),
		cmocka_unit_test(padding_is_zeros),
		cmocka_unit_test(truncated_image_never_passes),
		cmocka_unit_test(truncated_table_never_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
