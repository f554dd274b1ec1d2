/* Errors: codes with slugs, sentences that fit, context put in front. */
#include "test.h"

#include <errno.h>

static void every_status_has_a_slug_of_its_own(void **state)
{
	(void)state;
	assert_string_equal(status_slug(OK), "ok");
	for (unsigned i = 1; i < STATUS_COUNT; i++) {
		const char *slug = status_slug((enum status)i);
		size_t len = strlen(slug);

		assert_string_not_equal(slug, "unknown");
		assert_int_equal(strspn(slug, "abcdefghijklmnopqrstuvwxyz"
					      "0123456789-"),
				 len);
		assert_true(len > 1 && slug[0] != '-' && slug[len - 1] != '-');
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(slug,
						status_slug((enum status)j));
	}
	assert_string_equal(status_slug(STATUS_COUNT), "unknown");
	assert_string_equal(status_slug((enum status) - 1), "unknown");
}

static void failure_is_set_and_returned(void **state)
{
	struct error err = { .code = OK, .sys = 7, .text = "old" };

	(void)state;
	assert_status(E_NOT_FOUND,
		      fail(&err, E_NOT_FOUND, "no %s in %u places", "it", 3));
	assert_int_equal(err.code, E_NOT_FOUND);
	assert_int_equal(err.sys, 0);
	assert_string_equal(err.text, "no it in 3 places");
}

static void system_error_keeps_its_number(void **state)
{
	struct error err;

	(void)state;
	assert_status(E_DEADLINE,
		      fail_sys(&err, E_DEADLINE, ENOENT, "unable to open x"));
	assert_int_equal(err.code, E_DEADLINE);
	assert_int_equal(err.sys, ENOENT);
	assert_string_equal(err.text,
			    "unable to open x: No such file or directory");
}

static void context_comes_first(void **state)
{
	struct error err;

	(void)state;
	(void)fail_sys(&err, E_NOT_FOUND, EIO, "section 3");
	assert_status(E_NOT_FOUND, fail_in(&err, E_INTERNAL, "file %s", "x"));
	assert_status(E_NOT_FOUND, fail_in(&err, E_INTERNAL, "unable to boot"));
	assert_string_equal(
		err.text,
		"unable to boot: file x: section 3: Input/output error");
	assert_int_equal(err.code, E_NOT_FOUND);
	assert_int_equal(err.sys, EIO);
}

static void nobody_has_to_listen(void **state)
{
	(void)state;
	assert_status(E_NOT_FOUND, fail(NULL, E_NOT_FOUND, "%s", "x"));
	assert_status(E_NOT_FOUND, fail_sys(NULL, E_NOT_FOUND, EIO, "x"));
	assert_status(E_NOT_FOUND, fail_in(NULL, E_NOT_FOUND, "x"));
}

/* At every length around the limit: whole if it fits, else it ends in "…". */
static void long_sentences_are_marked(void **state)
{
	char text[ERROR_TEXT_MAX + 10];

	(void)state;
	for (int len = ERROR_TEXT_MAX - 9; len < ERROR_TEXT_MAX + 9; len++) {
		struct error err;
		bool fits = len < ERROR_TEXT_MAX;

		memset(text, 'x', sizeof(text));
		text[len] = '\0';
		(void)fail(&err, E_NOT_FOUND, "%s", text);
		assert_int_equal(strlen(err.text),
				 fits ? len : ERROR_TEXT_MAX - 1);
		assert_int_equal(strstr(err.text, "…") == NULL, fits);
		(void)fail_in(&err, E_NOT_FOUND, "context");
		assert_memory_equal(err.text, "context: xxx", 12);
		assert_non_null(strstr(err.text, "…"));
		assert_true(strlen(err.text) < ERROR_TEXT_MAX);
		(void)fail_sys(&err, E_NOT_FOUND, ENOENT, "%s", text);
		assert_non_null(strstr(err.text, "…"));
		assert_true(strlen(err.text) < ERROR_TEXT_MAX);
	}
}

static void context_alone_may_fill_the_sentence(void **state)
{
	char text[2 * ERROR_TEXT_MAX];
	struct error err;

	(void)state;
	memset(text, 'c', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	(void)fail(&err, E_NOT_FOUND, "reason");
	assert_status(E_NOT_FOUND, fail_in(&err, E_INTERNAL, "%s", text));
	assert_int_equal(strlen(err.text), ERROR_TEXT_MAX - 1);
	assert_string_equal(err.text + ERROR_TEXT_MAX - 4, "…");
	(void)fail_sys(&err, E_NOT_FOUND, ENOENT, "%s", text);
	assert_int_equal(strlen(err.text), ERROR_TEXT_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_status_has_a_slug_of_its_own),
		cmocka_unit_test(failure_is_set_and_returned),
		cmocka_unit_test(system_error_keeps_its_number),
		cmocka_unit_test(context_comes_first),
		cmocka_unit_test(nobody_has_to_listen),
		cmocka_unit_test(long_sentences_are_marked),
		cmocka_unit_test(context_alone_may_fill_the_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
