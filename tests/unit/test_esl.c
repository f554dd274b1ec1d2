/* EFI signature lists: each type, each field broken, every cut. */
#include "test.h"
#include "esl_build.h"

#include "format/esl.h"

/* Walks all of it; gives the last entry and how many there were. */
static enum status walk(struct span lists, struct esl_entry *last,
			unsigned *ret_count, struct error *err)
{
	struct esl_walk walk = esl_begin(lists);
	enum status s = OK;
	bool found = true;

	*ret_count = 0;
	while (s == OK && found) {
		s = esl_next(&walk, last, &found, err);
		if (s == OK && found)
			(*ret_count)++;
	}
	return s;
}

/* The same over a copy, in which an overrun shows. */
static enum status walk_copy(struct span lists, unsigned *ret_count,
			     struct error *err)
{
	_drop_copy_ struct span copy = test_copy(lists);
	struct esl_entry last;

	return walk(copy, &last, ret_count, err);
}

static void every_type_has_its_kind(void **state)
{
	static const struct {
		const char *type;
		uint32_t size, len;
		enum esl_kind kind;
		enum digest_kind digest;
		const char *text;
	} types[] = {
		{ ESL_T_X509, 99, 99, ESL_X509, 0, "certificates" },
		{ ESL_T_SHA256, 32, 32, ESL_HASH, DIGEST_SHA256,
		  "SHA-256 hashes of images" },
		{ ESL_T_SHA384, 48, 48, ESL_HASH, DIGEST_SHA384,
		  "SHA-384 hashes of images" },
		{ ESL_T_SHA512, 64, 64, ESL_HASH, DIGEST_SHA512,
		  "SHA-512 hashes of images" },
		{ ESL_T_TBS_SHA256, 48, 32, ESL_X509_TBS, DIGEST_SHA256,
		  "SHA-256 hashes of certificates" },
		{ ESL_T_TBS_SHA384, 64, 48, ESL_X509_TBS, DIGEST_SHA384,
		  "SHA-384 hashes of certificates" },
		{ ESL_T_TBS_SHA512, 80, 64, ESL_X509_TBS, DIGEST_SHA512,
		  "SHA-512 hashes of certificates" },
		{ ESL_T_SHA1, 20, 20, ESL_SHA1, 0, "SHA-1 hashes of images" },
		{ ESL_T_RSA2048, 256, 256, ESL_RSA2048, 0,
		  "bare RSA-2048 keys" },
		{ ESL_T_UNKNOWN, 1, 1, ESL_OTHER, 0,
		  "signatures of the type " ESL_T_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < test_count(types); i++) {
		struct esl_build b = { .len = 0 };
		char text[ESL_KIND_TEXT_MAX], owner[GUID_TEXT_LEN + 1];
		struct esl_entry e;
		unsigned count;
		struct error err;

		print_message("%s\n", types[i].type);
		esl_build_list(&b, types[i].type, types[i].size);
		esl_build_fill(&b, ESL_OWNER, 0xa5);
		assert_ok(&err, walk(esl_build_file(&b), &e, &count, &err));
		assert_int_equal(count, 1);
		assert_int_equal(e.kind, types[i].kind);
		assert_int_equal(e.digest, types[i].digest);
		assert_int_equal(e.data.len, types[i].len);
		assert_int_equal(e.data.ptr[0], 0xa5);
		assert_int_equal(e.offset, 28);
		assert_int_equal(e.is_dated, e.kind == ESL_X509_TBS);
		assert_false(e.is_svn);
		guid_format(&e.owner, owner);
		assert_string_equal(owner, ESL_OWNER);
		esl_describe(&e, text);
		assert_string_equal(text, types[i].text);
	}
}

static void lists_follow_each_other(void **state)
{
	struct esl_build b = { .len = 0 };
	struct esl_walk w;
	struct esl_entry e;
	bool found;

	(void)state;
	esl_build_list(&b, ESL_T_SHA256, 32);
	esl_build_fill(&b, ESL_OWNER, 1);
	esl_build_fill(&b, ESL_OWNER, 2);
	esl_build_list(&b, ESL_T_SHA1, 20); /* empty */
	esl_build_list(&b, ESL_T_X509, 3);
	esl_build_fill(&b, ESL_OWNER_SVN, 3);
	w = esl_begin(esl_build_file(&b));
	for (uint8_t i = 1; i <= 3; i++) {
		assert_status(OK, esl_next(&w, &e, &found, NULL));
		assert_true(found);
		assert_int_equal(e.kind, i < 3 ? ESL_HASH : ESL_X509);
		assert_int_equal(e.data.ptr[0], i);
		assert_ptr_equal(e.data.ptr, b.bytes + e.offset + 16);
	}
	assert_false(e.is_svn); /* only hashes are */
	for (int again = 0; again < 2; again++) {
		assert_status(OK, esl_next(&w, &e, &found, NULL));
		assert_false(found);
	}
}

static void nothing_is_no_lists(void **state)
{
	unsigned count;

	(void)state;
	assert_status(OK, walk_copy(span_of(NULL, 0), &count, NULL));
	assert_int_equal(count, 0);
}

static void dates_and_version_numbers_are_told(void **state)
{
	struct esl_build b = { .len = 0 };
	struct esl_entry e;
	unsigned count;

	(void)state;
	esl_build_list(&b, ESL_T_TBS_SHA256, 48);
	esl_build_entry(&b, ESL_OWNER, span_of_text("the digest"));
	assert_status(OK, walk(esl_build_file(&b), &e, &count, NULL));
	assert_false(e.is_dated);
	b.bytes[b.len - 1] = 1;
	assert_status(OK, walk(esl_build_file(&b), &e, &count, NULL));
	assert_true(e.is_dated);

	b.len = 0;
	esl_build_list(&b, ESL_T_SHA256, 32);
	esl_build_fill(&b, ESL_OWNER_SVN, 1);
	assert_status(OK, walk(esl_build_file(&b), &e, &count, NULL));
	assert_true(e.is_svn);
	b.bytes[28 + 15] ^= 1;
	assert_status(OK, walk(esl_build_file(&b), &e, &count, NULL));
	assert_false(e.is_svn);
}

static void a_type_header_is_passed_over(void **state)
{
	struct esl_build b = { .len = 0 };
	struct esl_entry e;
	unsigned count;

	(void)state;
	/* an entry of 48 bytes becomes a header of 28 and an entry of 20 */
	esl_build_list(&b, ESL_T_UNKNOWN, 32);
	esl_build_fill(&b, ESL_OWNER, 7);
	store_le32(b.bytes + 20, 28);
	store_le32(b.bytes + 24, 20);
	assert_status(OK, walk(esl_build_file(&b), &e, &count, NULL));
	assert_int_equal(count, 1);
	assert_int_equal(e.offset, 56);
	assert_int_equal(e.data.len, 4);
	assert_ptr_equal(e.data.ptr, b.bytes + 72);
}

static void each_broken_field_has_its_code(void **state)
{
	/* a list of two SHA-256 entries: 28 + 96 bytes */
	static const struct {
		unsigned at;
		uint32_t value;
		enum status want;
	} broken[] = {
		{ 16, 0, E_ESL_LIST_SIZE },
		{ 16, 27, E_ESL_LIST_SIZE },
		{ 16, 125, E_ESL_LIST_SIZE },
		{ 16, 0xffffffff, E_ESL_LIST_SIZE },
		/* then the next header begins 48 bytes before the end */
		{ 16, 123, E_ESL_REMAINDER },
		{ 16, 77, E_ESL_REMAINDER },
		{ 20, 97, E_ESL_HEADER_SIZE },
		{ 20, 0xffffffff, E_ESL_HEADER_SIZE },
		{ 20, 0xffffffe4, E_ESL_HEADER_SIZE },
		{ 20, 1, E_ESL_REMAINDER },
		{ 24, 0, E_ESL_SIGNATURE_SIZE },
		{ 24, 16, E_ESL_SIGNATURE_SIZE },
		{ 24, 47, E_ESL_SIGNATURE_SIZE },
		{ 24, 49, E_ESL_SIGNATURE_SIZE },
		{ 24, 0xffffffff, E_ESL_SIGNATURE_SIZE },
		{ 24, 0x80000030, E_ESL_SIGNATURE_SIZE },
	};

	(void)state;
	for (size_t i = 0; i < test_count(broken); i++) {
		struct esl_build b = { .len = 0 };
		struct error err;
		unsigned count;

		print_message("0x%x at %u\n", broken[i].value, broken[i].at);
		esl_build_list(&b, ESL_T_SHA256, 32);
		esl_build_fill(&b, ESL_OWNER, 1);
		esl_build_fill(&b, ESL_OWNER, 2);
		store_le32(b.bytes + broken[i].at, broken[i].value);
		assert_refused(broken[i].want, &err,
			       walk_copy(esl_build_file(&b), &count, &err));
	}
}

static void known_types_have_one_size(void **state)
{
	static const struct {
		const char *type;
		uint32_t size;
	} types[] = {
		{ ESL_T_SHA256, 32 },	  { ESL_T_SHA384, 48 },
		{ ESL_T_SHA512, 64 },	  { ESL_T_TBS_SHA256, 48 },
		{ ESL_T_TBS_SHA384, 64 }, { ESL_T_TBS_SHA512, 80 },
		{ ESL_T_SHA1, 20 },	  { ESL_T_RSA2048, 256 },
	};

	(void)state;
	for (size_t i = 0; i < test_count(types); i++) {
		for (int off = -1; off <= 1; off += 2) {
			struct esl_build b = { .len = 0 };
			struct error err;
			unsigned count;

			esl_build_list(&b, types[i].type,
				       types[i].size + (uint32_t)off);
			esl_build_fill(&b, ESL_OWNER, 1);
			assert_refused(
				E_ESL_SIGNATURE_SIZE, &err,
				walk_copy(esl_build_file(&b), &count, &err));
		}
	}
}

static void every_cut_is_refused(void **state)
{
	struct esl_build b = { .len = 0 };

	(void)state;
	esl_build_list(&b, ESL_T_SHA256, 32);
	esl_build_fill(&b, ESL_OWNER, 1);
	esl_build_list(&b, ESL_T_X509, 40);
	esl_build_fill(&b, ESL_OWNER, 2);
	for (size_t len = 0; len <= b.len; len++) {
		struct error err;
		unsigned count;
		size_t in_list = len <= 76 ? len : len - 76;
		enum status s = walk_copy(span_of(b.bytes, len), &count, &err);

		if (len == 0 || len == 76 || len == b.len)
			assert_status(OK, s);
		else
			assert_status(in_list < 28 ? E_ESL_SHORT
						   : E_ESL_LIST_SIZE,
				      s);
	}
}

static void updates_are_stripped(void **state)
{
	struct esl_build b = { .len = 0 };
	struct span lists;
	struct error err;
	unsigned count;

	(void)state;
	esl_build_list(&b, ESL_T_SHA256, 32);
	esl_build_fill(&b, ESL_OWNER, 1);
	assert_false(esl_is_update(esl_build_file(&b)));
	assert_refused(E_ESL_UPDATE_KIND, &err,
		       esl_strip_update(esl_build_file(&b), &lists, &err));
	esl_build_update(&b, 9);
	assert_true(esl_is_update(esl_build_file(&b)));
	assert_ok(&err, esl_strip_update(esl_build_file(&b), &lists, &err));
	assert_int_equal(lists.len, 76);
	assert_ok(&err, walk_copy(lists, &count, &err));
	assert_int_equal(count, 1);
}

static void broken_updates_have_their_codes(void **state)
{
	static const struct {
		unsigned at;
		uint32_t value;
		enum status want;
	} broken[] = {
		{ 16, 0, E_ESL_UPDATE_LENGTH },
		{ 16, 23, E_ESL_UPDATE_LENGTH },
		{ 16, 40 + 9 + 76 - 16 + 1, E_ESL_UPDATE_LENGTH },
		{ 16, 0xffffffff, E_ESL_UPDATE_LENGTH },
		{ 16, 0xfffffff0, E_ESL_UPDATE_LENGTH },
		{ 16, 24, OK },
		{ 16, 40 + 9 + 76 - 16, OK },
		{ 20, 0x0ef10201, E_ESL_UPDATE_KIND },
		{ 20, 0x00020200, E_ESL_UPDATE_KIND },
		{ 24, 0, E_ESL_UPDATE_KIND },
		{ 36, 0, E_ESL_UPDATE_KIND },
	};

	(void)state;
	for (size_t i = 0; i < test_count(broken); i++) {
		struct esl_build b = { .len = 0 };
		struct span lists;
		struct error err;

		print_message("0x%x at %u\n", broken[i].value, broken[i].at);
		esl_build_list(&b, ESL_T_SHA256, 32);
		esl_build_fill(&b, ESL_OWNER, 1);
		esl_build_update(&b, 9);
		store_le32(b.bytes + broken[i].at, broken[i].value);
		if (broken[i].want == OK)
			assert_status(OK, esl_strip_update(esl_build_file(&b),
							   &lists, &err));
		else
			assert_refused(broken[i].want, &err,
				       esl_strip_update(esl_build_file(&b),
							&lists, &err));
		assert_int_equal(esl_is_update(esl_build_file(&b)),
				 broken[i].want != E_ESL_UPDATE_KIND);
	}
}

static void cut_updates_are_refused(void **state)
{
	struct esl_build b = { .len = 0 };

	(void)state;
	esl_build_update(&b, 9);
	for (size_t len = 0; len < b.len; len++) {
		_drop_copy_ struct span cut = test_copy(span_of(b.bytes, len));
		struct span lists;
		struct error err;

		assert_int_equal(esl_is_update(cut), len >= 40);
		assert_refused(len < 40 ? E_ESL_UPDATE_SHORT
					: E_ESL_UPDATE_LENGTH,
			       &err, esl_strip_update(cut, &lists, &err));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_has_its_kind),
		cmocka_unit_test(lists_follow_each_other),
		cmocka_unit_test(nothing_is_no_lists),
		cmocka_unit_test(dates_and_version_numbers_are_told),
		cmocka_unit_test(a_type_header_is_passed_over),
		cmocka_unit_test(each_broken_field_has_its_code),
		cmocka_unit_test(known_types_have_one_size),
		cmocka_unit_test(every_cut_is_refused),
		cmocka_unit_test(updates_are_stripped),
		cmocka_unit_test(broken_updates_have_their_codes),
		cmocka_unit_test(cut_updates_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
