/* The program's own printf against the C library's of this host. */
#include "base/printf.h"
#include "base/text.h"
#include "test.h"

#include <limits.h>
#include <stddef.h>
#include <stdio.h>

struct sink {
	char text[512];
	size_t len;
};

static void put(void *to, struct span piece)
{
	struct sink *sink = to;

	assert_true(piece.len && piece.len < sizeof(sink->text) - sink->len);
	memcpy(sink->text + sink->len, piece.ptr, piece.len);
	sink->len += piece.len;
	sink->text[sink->len] = '\0';
}

__attribute__((format(printf, 2, 3))) static void ours(struct sink *sink,
						       const char *fmt, ...)
{
	va_list args;

	*sink = (struct sink){ 0 };
	va_start(args, fmt);
	printf_format(put, sink, fmt, args);
	va_end(args);
}

#define SAME(...)                                                              \
	do {                                                                   \
		struct sink sink;                                              \
		char want[512];                                                \
                                                                               \
		snprintf(want, sizeof(want), __VA_ARGS__);                     \
		ours(&sink, __VA_ARGS__);                                      \
		assert_string_equal(sink.text, want);                          \
	} while (0)

/* The compiler does not see what is put together here; the argument's type is
 * right for each. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static const char *const fields[] = { "",    "1",      "2",	"8",   "20",
				      "40",  "-1",     "-8",	"-40", "0",
				      "08",  "020",    "-0",	"08",  ".0",
				      "0.0", ".1",     ".8",	".",   "8.",
				      "8.4", "-20.12", "020.12" };

static void numbers(void **state)
{
	static const long values[] = { 0,	 1,	   -1,	    9,
				       10,	 -10,	   127,	    128,
				       -128,	 255,	   256,	    32767,
				       65535,	 65536,	   INT_MAX, INT_MIN,
				       UINT_MAX, LONG_MAX, LONG_MIN };
	static const char *const wide[] = { "l", "ll", "z", "j", "t" };
	static const char *const narrow[] = { "", "h", "hh" };
	char fmt[64];

	(void)state;
	for (size_t f = 0; f < test_count(fields); f++)
		for (const char *kind = "diuxX"; *kind; kind++)
			for (size_t v = 0; v < test_count(values); v++) {
				for (size_t w = 0; w < test_count(wide); w++) {
					snprintf(fmt, sizeof(fmt), "<%%%s%s%c>",
						 fields[f], wide[w], *kind);
					SAME(fmt, values[v]);
				}
				for (size_t n = 0; n < test_count(narrow);
				     n++) {
					snprintf(fmt, sizeof(fmt), "<%%%s%s%c>",
						 fields[f], narrow[n], *kind);
					SAME(fmt, (int)values[v]);
				}
			}
}

static void texts(void **state)
{
	static const char *const values[] = {
		"", "x", "a text", "one that is longer than any of the fields"
	};
	char fmt[64];

	(void)state;
	for (size_t f = 0; f < test_count(fields); f++) {
		if (fields[f][0] == '0') /* no such thing with a text */
			continue;
		for (size_t v = 0; v < test_count(values); v++) {
			snprintf(fmt, sizeof(fmt), "<%%%ss>", fields[f]);
			SAME(fmt, values[v]);
		}
	}
}

/* What is not understood stands as it is, and what follows keeps its place. */
static void others(void **state)
{
	static const char *const left[] = { "%",   "%f",  "100% sure", "%5",
					    "%-",  "%.",  "%l",	       "%5.2lf",
					    "%+d", "%Lf", "% d",       "%#x" };
	struct sink sink;

	(void)state;
	for (size_t i = 0; i < test_count(left); i++) {
		ours(&sink, left[i], 7);
		assert_string_equal(sink.text, left[i]);
	}
}

#pragma GCC diagnostic pop

static void several(void **state)
{
	const int sizes[] = { 0, 1, -1, 12, -12 };

	(void)state;
	SAME("nothing to convert");
	SAME("%s%s%c%%%u of %zu, %p", "a", "b", 'c', 4U, sizeof(int),
	     (const void *)sizes);
	SAME("%c|%3c|%-3c|", 'x', 'y', 'z');
	for (size_t i = 0; i < test_count(sizes); i++) {
		SAME("%*d|%-*d|%0*d", sizes[i], 42, sizes[i], 42, sizes[i], 42);
		SAME("%.*s|%*s|%.*d", sizes[i], "some text", sizes[i],
		     "some text", sizes[i], 42);
	}
}

/* A text without its NUL is read as far as the precision says. */
static void ends_at_the_precision(void **state)
{
	_drop_copy_ struct span copy = test_copy(span_of_text("abcdef"));
	struct sink sink;

	(void)state;
	ours(&sink, "%.*s", (int)copy.len, (const char *)copy.ptr);
	assert_string_equal(sink.text, "abcdef");
	ours(&sink, "%.6s", (const char *)copy.ptr);
	assert_string_equal(sink.text, "abcdef");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(texts),
		cmocka_unit_test(others),
		cmocka_unit_test(several),
		cmocka_unit_test(ends_at_the_precision),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
