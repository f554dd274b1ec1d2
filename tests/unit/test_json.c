/* JSON that is valid by construction, whatever bytes go in. */
#include "test.h"

#include "base/json.h"
#include "base/text.h"

#include <stdio.h>

/* What a writer has written so far, NUL-terminated. */
struct sheet {
	char *text;
	size_t len;
	struct json json;
};

static void sheet_begin(struct sheet *s)
{
	*s = (struct sheet){ 0 };
	s->json = json_to(open_memstream(&s->text, &s->len));
	assert_non_null(s->json.to);
}

static const char *sheet_end(struct sheet *s)
{
	json_end(&s->json);
	assert_int_equal(fclose(s->json.to), 0);
	return s->text;
}

static void sheet_drop(struct sheet *s)
{
	free(s->text);
}
#define _drop_sheet_ __attribute__((cleanup(sheet_drop)))

static void every_kind_of_value(void **state)
{
	_drop_sheet_ struct sheet s;
	struct json *j = &s.json;

	(void)state;
	sheet_begin(&s);
	json_object(j, NULL);
	json_text(j, "text", "a \"quoted\" \\ word");
	json_number(j, "most", UINT64_MAX);
	json_bool(j, "yes", true);
	json_bool(j, "no", false);
	json_null(j, "none");
	json_hex(j, "hex", span_of("\x00\xff\x1a", 3));
	json_hex(j, "no bytes", span_of(NULL, 0));
	json_bytes(j, "bytes", span_of("a\0\n\x7f", 4));
	json_array(j, "list");
	json_number(j, NULL, 1);
	json_array(j, NULL);
	json_close(j);
	json_object(j, NULL);
	json_close(j);
	json_close(j);
	json_close(j);
	assert_string_equal(sheet_end(&s),
			    "{\n"
			    "  \"text\": \"a \\\"quoted\\\" \\\\ word\",\n"
			    "  \"most\": 18446744073709551615,\n"
			    "  \"yes\": true,\n"
			    "  \"no\": false,\n"
			    "  \"none\": null,\n"
			    "  \"hex\": \"00ff1a\",\n"
			    "  \"no bytes\": \"\",\n"
			    "  \"bytes\": \"a\\u0000\\u000a\\u007f\",\n"
			    "  \"list\": [\n"
			    "    1,\n"
			    "    [],\n"
			    "    {}\n"
			    "  ]\n"
			    "}\n");
}

static void keys_are_escaped_too(void **state)
{
	_drop_sheet_ struct sheet s;

	(void)state;
	sheet_begin(&s);
	json_object(&s.json, NULL);
	json_null(&s.json, "a\"\n");
	json_close(&s.json);
	assert_string_equal(sheet_end(&s), "{\n  \"a\\\"\\u000a\": null\n}\n");
}

static void broken_utf8_is_replaced(void **state)
{
	static const struct {
		const char *bytes, *json;
	} cases[] = {
		{ "Größe €", "\"Größe €\"\n" },
		{ "\xff", "\"\\ufffd\"\n" },
		{ "a\xe2\x82", "\"a\\ufffd\\ufffd\"\n" },
		{ "\xc0\xaf", "\"\\ufffd\\ufffd\"\n" },
		{ "\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"\n" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_sheet_ struct sheet s;
		_drop_copy_ struct span bytes =
			test_copy(span_of_text(cases[i].bytes));

		sheet_begin(&s);
		json_bytes(&s.json, NULL, bytes);
		assert_string_equal(sheet_end(&s), cases[i].json);
	}
}

/* RFC 8259, section 7: what may stand between the quotes of a string. Gives the
 * rest behind the closing one, NULL if the string is not valid. */
static const char *skip_string(const char *s)
{
	if (*s++ != '"')
		return NULL;
	while (*s != '"') {
		if ((unsigned char)*s < 0x20)
			return NULL;
		if (*s++ != '\\')
			continue;
		if (*s == 'u') {
			if (strspn(s + 1, "0123456789abcdef") < 4)
				return NULL;
			s += 5;
		} else if (*s == '"' || *s == '\\') {
			s++;
		} else {
			return NULL;
		}
	}
	return s + 1;
}

static bool is_utf8(const char *text)
{
	for (const uint8_t *p = (const uint8_t *)text; *p;) {
		unsigned more = *p < 0x80   ? 0
				: *p < 0xe0 ? 1
				: *p < 0xf0 ? 2
					    : 3;

		if ((*p >= 0x80 && *p < 0xc2) || *p > 0xf4)
			return false;
		for (p++; more; more--, p++)
			if ((*p & 0xc0) != 0x80)
				return false;
	}
	return true;
}

static void any_bytes_give_a_valid_string(void **state)
{
	uint64_t seed = 3;

	(void)state;
	for (unsigned round = 0; round < 5000; round++) {
		_drop_sheet_ struct sheet s;
		uint8_t bytes[40];
		size_t len = test_random(&seed) % sizeof(bytes);
		const char *rest;

		for (size_t i = 0; i < len; i++)
			bytes[i] = (uint8_t)(test_random(&seed) >> 24);
		sheet_begin(&s);
		json_bytes(&s.json, NULL, span_of(bytes, len));
		(void)sheet_end(&s);
		rest = skip_string(s.text);
		assert_non_null(rest);
		assert_string_equal(rest, "\n");
		assert_true(is_utf8(s.text));
	}
}

static void depth_goes_to_its_limit(void **state)
{
	_drop_sheet_ struct sheet s;
	unsigned open = 0, closed = 0;

	(void)state;
	sheet_begin(&s);
	for (unsigned i = 0; i < JSON_DEPTH_MAX; i++)
		json_array(&s.json, NULL);
	for (unsigned i = 0; i < JSON_DEPTH_MAX; i++)
		json_close(&s.json);
	/* nothing is open any more: there is nothing to close */
	json_close(&s.json);
	(void)sheet_end(&s);
	for (const char *c = s.text; *c; c++) {
		open += *c == '[';
		closed += *c == ']';
		assert_true(open >= closed);
	}
	assert_int_equal(open, JSON_DEPTH_MAX);
	assert_int_equal(closed, JSON_DEPTH_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_value),
		cmocka_unit_test(keys_are_escaped_too),
		cmocka_unit_test(broken_utf8_is_replaced),
		cmocka_unit_test(any_bytes_give_a_valid_string),
		cmocka_unit_test(depth_goes_to_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
