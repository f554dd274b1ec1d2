/* What a booted system is told of its entry: written and read, each fault,
 * every cut. */
#include "test.h"

#include "format/handover.h"

#include <stdio.h>

#define GUID  "3d7f6a1e-0000-4000-8000-00000000000f"
#define BEGIN "keelboot entry 1\n"
#define IDENT "id debian.efi\npath /EFI/Linux/debian+2-1.efi\n"

static enum status parse(struct span text, struct handover *h,
			 struct error *err)
{
	_drop_copy_ struct span copy = test_copy(text);

	return handover_parse(copy, h, err);
}

static void what_is_written_is_read(void **state)
{
	static const struct handover h = {
		.id = "debian.efi",
		.path = "/EFI/Linux/debian+2-1.efi",
		.partition = GUID,
		.kind = "uki",
		.counter = true,
	};
	static const char want[] = BEGIN "id debian.efi\nkind uki\n"
					 "path /EFI/Linux/debian+2-1.efi\n"
					 "partition " GUID "\ncounter yes\n";
	struct handover got;
	struct error err;
	char buf[HANDOVER_TEXT_MAX];
	size_t len;

	(void)state;
	assert_ok(&err, handover_format(&h, buf, sizeof(buf), &len, &err));
	assert_span_text(span_of(buf, len), want);
	assert_ok(&err, parse(span_of(buf, len), &got, &err));
	assert_string_equal(got.id, h.id);
	assert_string_equal(got.path, h.path);
	assert_string_equal(got.partition, h.partition);
	assert_string_equal(got.kind, h.kind);
	assert_true(got.counter);
	for (size_t cap = 1; cap <= len; cap++)
		assert_refused(E_HANDOVER_ROOM, &err,
			       handover_format(&h, buf, cap, &len, &err));
	assert_ok(&err, handover_format(&h, buf, strlen(want) + 1, &len, &err));
}

static void each_fault_has_its_code(void **state)
{
	static const struct {
		const char *text;
		enum status want;
	} cases[] = {
		{ BEGIN IDENT, OK },
		{ BEGIN IDENT "counter no\n", OK },
		{ BEGIN IDENT "later key\n\nmore\n", OK },
		{ BEGIN "path /a..b\nid x", OK },
		{ BEGIN IDENT "partition 6b65656c-01\n", OK },
		{ BEGIN IDENT "partition 6b65656c-1\n", E_HANDOVER_VALUE },
		{ "", E_HANDOVER_FIRST_LINE },
		{ IDENT, E_HANDOVER_FIRST_LINE },
		{ "keelboot entry 2\n" IDENT, E_HANDOVER_FIRST_LINE },
		{ BEGIN, E_HANDOVER_MISSING },
		{ BEGIN "id x\n", E_HANDOVER_MISSING },
		{ BEGIN "path /x\n", E_HANDOVER_MISSING },
		{ BEGIN IDENT "id debian.efi\n", E_HANDOVER_TWICE },
		{ BEGIN IDENT "path /x\n", E_HANDOVER_TWICE },
		{ BEGIN "counter no\ncounter no\n", E_HANDOVER_TWICE },
		{ BEGIN IDENT "counter\n", E_HANDOVER_VALUE },
		{ BEGIN IDENT "counter 1\n", E_HANDOVER_VALUE },
		{ BEGIN IDENT "counter Yes\n", E_HANDOVER_VALUE },
		{ BEGIN "id \n", E_HANDOVER_VALUE },
		{ BEGIN "id\n", E_HANDOVER_VALUE },
		{ BEGIN "id a\x1b\n", E_HANDOVER_VALUE },
		{ BEGIN "id \xff\n", E_HANDOVER_VALUE },
		{ BEGIN "path x\n", E_HANDOVER_VALUE },
		{ BEGIN "path /x/../y\n", E_HANDOVER_VALUE },
		{ BEGIN "path /x/..\n", E_HANDOVER_VALUE },
		{ BEGIN "kind 0123456789abcdef\n", E_HANDOVER_VALUE },
		{ BEGIN "partition 3D7F6A1E-0000-4000-8000-00000000000F\n",
		  E_HANDOVER_VALUE },
		{ BEGIN "partition 3d7f6a1e\n", E_HANDOVER_VALUE },
		{ BEGIN "partition " GUID "0\n", E_HANDOVER_VALUE },
		{ BEGIN "partition 3d7f6a1e-0000-4000-8000-00000000000g\n",
		  E_HANDOVER_VALUE },
		{ BEGIN "partition 3d7f6a1e00000-4000-8000-00000000000f\n",
		  E_HANDOVER_VALUE },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		struct span text = span_of_text(cases[i].text);
		struct handover h;
		struct error err;

		print_message("%s\n", cases[i].text);
		if (cases[i].want == OK)
			assert_ok(&err, parse(text, &h, &err));
		else
			assert_refused(cases[i].want, &err,
				       parse(text, &h, &err));
	}
}

static void sizes_have_limits(void **state)
{
	static char text[HANDOVER_TEXT_MAX + 1];
	struct handover h;
	struct error err;

	(void)state;
	memset(text, '\n', sizeof(text));
	memcpy(text, BEGIN IDENT, strlen(BEGIN IDENT));
	assert_ok(&err, parse(span_of(text, HANDOVER_TEXT_MAX), &h, &err));
	assert_refused(E_HANDOVER_SIZE, &err,
		       parse(span_of(text, HANDOVER_TEXT_MAX + 1), &h, &err));
}

static void what_is_bad_is_not_written(void **state)
{
	struct handover h = { .id = "a", .path = "/a" };
	char buf[HANDOVER_TEXT_MAX];
	struct error err;
	size_t len;

	(void)state;
	assert_ok(&err, handover_format(&h, buf, sizeof(buf), &len, &err));
	strcpy(h.kind, "a\nb");
	assert_refused(E_HANDOVER_VALUE, &err,
		       handover_format(&h, buf, sizeof(buf), &len, &err));
	strcpy(h.kind, "");
	strcpy(h.path, "/../a");
	assert_refused(E_HANDOVER_VALUE, &err,
		       handover_format(&h, buf, sizeof(buf), &len, &err));
	strcpy(h.path, "");
	assert_refused(E_HANDOVER_MISSING, &err,
		       handover_format(&h, buf, sizeof(buf), &len, &err));
}

static void every_cut_is_read_or_refused(void **state)
{
	static const char text[] =
		BEGIN IDENT "partition " GUID "\ncounter yes\n";

	(void)state;
	for (size_t len = 0; len < strlen(text); len++) {
		struct handover h, before;
		enum status s;

		memset(&h, 0xa5, sizeof(h));
		before = h;
		s = parse(span_of(text, len), &h, NULL);
		if (s != OK) {
			assert_memory_equal(&h, &before, sizeof(h));
			continue;
		}
		assert_string_equal(h.id, "debian.efi");
		assert_int_equal(h.counter, len >= strlen(text) - 1);
		/* the first 11 characters would be one of an MBR */
		assert_memory_equal(h.partition, GUID, strlen(h.partition));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(each_fault_has_its_code),
		cmocka_unit_test(sizes_have_limits),
		cmocka_unit_test(what_is_bad_is_not_written),
		cmocka_unit_test(every_cut_is_read_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
