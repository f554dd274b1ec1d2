/* keelboot's store: each fault, every bit that can flip, every cut, and slots
 * that are written in turn. */
#include "test.h"

#include "format/crc32.h"
#include "format/store.h"

#include <stdio.h>

static const struct store full = {
	.sequence = 12,
	.oneshot = "debian-6.1.efi",
	.default_entry = "*-lts.efi",
	.preferred = "caf\xc3\xa9 1.conf",
	.last = "a",
	.sysfail = "rescue.efi@factory",
	.timeout = "menu-force",
};

static void assert_same(const struct store *a, const struct store *b)
{
	assert_int_equal(a->sequence, b->sequence);
	assert_string_equal(a->oneshot, b->oneshot);
	assert_string_equal(a->default_entry, b->default_entry);
	assert_string_equal(a->preferred, b->preferred);
	assert_string_equal(a->last, b->last);
	assert_string_equal(a->sysfail, b->sysfail);
	assert_string_equal(a->timeout, b->timeout);
}

static enum status parse_slot(struct span slot, struct store *ret,
			      struct error *err)
{
	_drop_copy_ struct span copy = test_copy(slot);

	return store_parse_slot(copy, ret, err);
}

static enum status parse(struct span file, struct store *ret, struct error *err)
{
	_drop_copy_ struct span copy = test_copy(file);

	return store_parse(copy, ret, err);
}

/* A slot of text with the right last line. */
static void make_slot(const char *text, uint8_t to[static STORE_SLOT_SIZE])
{
	char end[16];

	memset(to, '\n', STORE_SLOT_SIZE);
	memcpy(to, text, strlen(text));
	snprintf(end, sizeof(end), "crc32 %08x\n",
		 crc32_add(CRC32_BEGIN, span_of(to, STORE_SLOT_SIZE - 15)));
	memcpy(to + STORE_SLOT_SIZE - 15, end, 15);
}

static void what_is_written_is_read(void **state)
{
	uint8_t slot[STORE_SLOT_SIZE];
	struct store got, empty = { .sequence = 1 };
	struct error err;

	(void)state;
	assert_ok(&err, store_encode(&full, slot, &err));
	assert_ok(&err, parse_slot(span_of(slot, sizeof(slot)), &got, &err));
	assert_same(&full, &got);
	assert_memory_equal(slot,
			    "keelboot store 1\nsequence 12\n"
			    "oneshot debian-6.1.efi\n"
			    "default *-lts.efi\n",
			    70);
	assert_ok(&err, store_encode(&empty, slot, &err));
	assert_ok(&err, parse_slot(span_of(slot, sizeof(slot)), &got, &err));
	assert_same(&empty, &got);
}

static void the_longest_values_fit(void **state)
{
	uint8_t slot[STORE_SLOT_SIZE];
	struct store store = { .sequence = UINT64_MAX }, got;
	struct error err;

	(void)state;
	memset(store.oneshot, 'o', STORE_VALUE_MAX);
	memset(store.default_entry, 'd', STORE_VALUE_MAX);
	memset(store.preferred, 'p', STORE_VALUE_MAX);
	memset(store.last, 'l', STORE_VALUE_MAX);
	memset(store.sysfail, 's', STORE_VALUE_MAX);
	memset(store.timeout, 't', STORE_VALUE_MAX);
	assert_ok(&err, store_encode(&store, slot, &err));
	assert_ok(&err, parse_slot(span_of(slot, sizeof(slot)), &got, &err));
	assert_same(&store, &got);
}

static void values_have_rules(void **state)
{
	static const char *const bad[] = { " a",   "a ",   "a\nb", "a\tb",
					   "\x7f", "\xff", "\xc3" };
	uint8_t slot[STORE_SLOT_SIZE];
	char long_value[STORE_VALUE_MAX + 2];
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		struct store store = { .sequence = 1 };

		strcpy(store.last, bad[i]);
		assert_refused(E_STORE_VALUE, &err,
			       store_encode(&store, slot, &err));
	}
	assert_true(store_is_value(span_of_text("")));
	memset(long_value, 'x', sizeof(long_value));
	assert_true(store_is_value(span_of(long_value, STORE_VALUE_MAX)));
	assert_false(store_is_value(span_of(long_value, STORE_VALUE_MAX + 1)));
	assert_false(store_is_value(span_of("a\0b", 3)));
}

static void each_fault_has_its_code(void **state)
{
#define BEGIN "keelboot store 1\nsequence 7\n"
#define TEN   "xxxxxxxxxx"
#define FIFTY TEN TEN TEN TEN TEN
	static const struct {
		const char *text;
		enum status want;
	} cases[] = {
		{ BEGIN, OK },
		{ BEGIN "unknown key\nmore\n \noneshot-2 x\n", OK },
		{ "sequence 7\nkeelboot store 1\n", E_STORE_FIRST_LINE },
		{ "keelboot store 2\nsequence 7\n", E_STORE_FIRST_LINE },
		{ "keelboot store 1 \nsequence 7\n", E_STORE_FIRST_LINE },
		{ "", E_STORE_FIRST_LINE },
		{ "keelboot store 1\n", E_STORE_SEQUENCE },
		{ "keelboot store 1\nsequence 0\n", E_STORE_SEQUENCE },
		{ "keelboot store 1\nsequence -1\n", E_STORE_SEQUENCE },
		{ "keelboot store 1\nsequence \n", E_STORE_SEQUENCE },
		{ "keelboot store 1\nsequence\n", E_STORE_SEQUENCE },
		{ "keelboot store 1\nsequence 18446744073709551616\n",
		  E_STORE_SEQUENCE },
		{ BEGIN "sequence 8\n", E_STORE_TWICE },
		{ BEGIN "last a\nlast a\n", E_STORE_TWICE },
		{ BEGIN "last \n", E_STORE_VALUE },
		{ BEGIN "last\n", E_STORE_VALUE },
		{ BEGIN "last  a\n", E_STORE_VALUE },
		{ BEGIN "last a \n", E_STORE_VALUE },
		{ BEGIN "oneshot a\x1b[2J\n", E_STORE_VALUE },
		{ BEGIN "timeout \xff\n", E_STORE_VALUE },
		{ BEGIN "default " FIFTY FIFTY FIFTY TEN "\n", OK },
		{ BEGIN "default " FIFTY FIFTY FIFTY TEN "x\n", E_STORE_VALUE },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		uint8_t slot[STORE_SLOT_SIZE];
		struct store got;
		struct error err;

		print_message("%s\n", cases[i].text);
		make_slot(cases[i].text, slot);
		if (cases[i].want == OK)
			assert_ok(&err, parse_slot(span_of(slot, sizeof(slot)),
						   &got, &err));
		else
			assert_refused(cases[i].want, &err,
				       parse_slot(span_of(slot, sizeof(slot)),
						  &got, &err));
	}
}

static void the_last_line_is_exact(void **state)
{
	static const struct {
		unsigned back; /* from the end */
		char value;
		enum status want;
	} broken[] = { { 1, ' ', E_STORE_END },
		       { 15, 'C', E_STORE_END },
		       { 10, '\t', E_STORE_END },
		       { 9, 'g', E_STORE_CRC },
		       { 2, '-', E_STORE_CRC } };
	struct store got;
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(broken); i++) {
		uint8_t slot[STORE_SLOT_SIZE];

		make_slot(BEGIN, slot);
		slot[STORE_SLOT_SIZE - broken[i].back] =
			(uint8_t)broken[i].value;
		assert_refused(
			broken[i].want, &err,
			parse_slot(span_of(slot, sizeof(slot)), &got, &err));
	}
}

static void every_flipped_bit_is_seen(void **state)
{
	uint8_t slot[STORE_SLOT_SIZE];
	struct store got;

	(void)state;
	assert_int_equal(store_encode(&full, slot, NULL), OK);
	for (size_t bit = 0; bit < STORE_SLOT_SIZE * 8; bit++) {
		enum status s;

		slot[bit / 8] ^= (uint8_t)(1u << bit % 8);
		s = store_parse_slot(span_of(slot, sizeof(slot)), &got, NULL);
		assert_true(s == E_STORE_CRC || s == E_STORE_END);
		slot[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static void every_cut_is_seen(void **state)
{
	static uint8_t file[STORE_SIZE + 1];
	struct store got;

	(void)state;
	assert_int_equal(store_encode(&full, file, NULL), OK);
	assert_int_equal(store_encode(&full, file + STORE_SLOT_SIZE, NULL), OK);
	for (size_t len = 0; len < STORE_SIZE; len++) {
		assert_status(E_STORE_SIZE,
			      parse(span_of(file, len), &got, NULL));
		assert_int_equal(got.sequence, 0);
		if (len < STORE_SLOT_SIZE)
			assert_status(
				E_STORE_SIZE,
				parse_slot(span_of(file, len), &got, NULL));
	}
	assert_status(E_STORE_SIZE,
		      parse(span_of(file, STORE_SIZE + 1), &got, NULL));
	assert_status(OK, parse(span_of(file, STORE_SIZE), &got, NULL));
}

/* Wherever the writing of a slot of sectors ends, the other one counts. */
static void a_torn_slot_leaves_the_other(void **state)
{
	static uint8_t file[STORE_SIZE];
	const size_t whole = STORE_SLOT_SIZE - 1; /* both end in LF */
	uint8_t fresh[STORE_SLOT_SIZE];
	struct store store = full, got;

	(void)state;
	assert_int_equal(store_encode(&store, file, NULL), OK);
	store.sequence--;
	assert_int_equal(store_encode(&store, file + STORE_SLOT_SIZE, NULL),
			 OK);
	store.sequence += 2;
	strcpy(store.oneshot, "");
	assert_int_equal(store_encode(&store, fresh, NULL), OK);
	for (size_t len = 0; len <= STORE_SLOT_SIZE; len++) {
		memcpy(file + STORE_SLOT_SIZE, fresh, len);
		assert_status(OK, parse(span_of(file, STORE_SIZE), &got, NULL));
		assert_same(&got, len >= whole ? &store : &full);
		assert_int_equal(got.slot, len >= whole);
	}
}

static void without_a_valid_slot_it_is_empty(void **state)
{
	static uint8_t file[STORE_SIZE];
	struct store got = full;
	struct error err;

	(void)state;
	assert_refused(E_STORE_END, &err,
		       parse(span_of(file, STORE_SIZE), &got, &err));
	assert_int_equal(got.sequence, 0);
	assert_string_equal(got.last, "");
	make_slot(BEGIN "last\n", file);
	assert_refused(E_STORE_VALUE, &err,
		       parse(span_of(file, STORE_SIZE), &got, &err));
	make_slot(BEGIN "last x\n", file + STORE_SLOT_SIZE);
	assert_ok(&err, parse(span_of(file, STORE_SIZE), &got, &err));
	assert_int_equal(got.slot, 1);
	assert_string_equal(got.last, "x");
	make_slot(BEGIN "last y\n", file); /* the same sequence: the first */
	assert_ok(&err, parse(span_of(file, STORE_SIZE), &got, &err));
	assert_string_equal(got.last, "y");
}

/* A store with the greatest number would keep its one-shot for ever. */
static void every_sequence_has_a_next_one(void **state)
{
	static const uint64_t numbers[] = { 1, UINT64_MAX / 2,
					    UINT64_MAX / 2 + 1, UINT64_MAX - 1,
					    UINT64_MAX };
	static uint8_t file[STORE_SIZE];
	struct store got;
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(numbers); i++)
		for (unsigned slot = 0; slot < 2; slot++) {
			struct store now = { .sequence = numbers[i],
					     .oneshot = "again" };
			struct store next = { .last = "x" };

			next.sequence = store_next_sequence(now.sequence);
			assert_ok(&err,
				  store_encode(&now,
					       file + slot * STORE_SLOT_SIZE,
					       &err));
			assert_ok(&err,
				  store_encode(&next,
					       file + !slot * STORE_SLOT_SIZE,
					       &err));
			assert_ok(&err,
				  parse(span_of(file, STORE_SIZE), &got, &err));
			assert_int_equal(got.slot, !slot);
			assert_string_equal(got.oneshot, "");
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(the_longest_values_fit),
		cmocka_unit_test(values_have_rules),
		cmocka_unit_test(each_fault_has_its_code),
		cmocka_unit_test(the_last_line_is_exact),
		cmocka_unit_test(every_flipped_bit_is_seen),
		cmocka_unit_test(every_cut_is_seen),
		cmocka_unit_test(a_torn_slot_leaves_the_other),
		cmocka_unit_test(without_a_valid_slot_it_is_empty),
		cmocka_unit_test(every_sequence_has_a_next_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
