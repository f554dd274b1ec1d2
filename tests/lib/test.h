/*
 * What unit tests share on top of cmocka: assertions that speak in status
 * slugs and name the caller's line, and copies of inputs that make every
 * overrun visible to the address sanitizer.
 */
#ifndef KEELBOOT_TESTS_LIB_TEST_H
#define KEELBOOT_TESTS_LIB_TEST_H

#include "base/error.h"
#include "base/span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* cmocka's fail() would hide the function of base/error.h; tests that fail on
 * their own say why. */
#undef fail
#undef fail_msg
#define fail_msg(...)                                                          \
	do {                                                                   \
		print_error(__VA_ARGS__);                                      \
		print_error("\n");                                             \
		_fail(__FILE__, __LINE__);                                     \
	} while (0)

#define test_count(array) (sizeof(array) / sizeof((array)[0]))

/* Fails the test unless call gives exactly the status want; prints both slugs
 * and the call. Use assert_refused() where there is a struct error to look at.
 */
#define assert_status(want, call)                                              \
	test_check_status(want, call, NULL, #call, __FILE__, __LINE__)

/* Fails unless call succeeds; prints the sentence in *err if it does not. */
#define assert_ok(err, call)                                                   \
	test_check_status(OK, call, err, #call, __FILE__, __LINE__)

/* Fails unless call gives the status want and leaves it, with one whole
 * sentence, in *err. */
#define assert_refused(want, err, call)                                        \
	do {                                                                   \
		*(err) = (struct error){ .code = OK };                         \
		test_check_status(want, call, err, #call, __FILE__, __LINE__); \
		test_check_sentence(want, err, __FILE__, __LINE__);            \
	} while (0)

void test_check_status(enum status want, enum status got,
		       const struct error *err, const char *call,
		       const char *file, int line);
void test_check_sentence(enum status want, const struct error *err,
			 const char *file, int line);

/* Fails unless the span holds exactly that text. */
#define assert_span_text(s, text)                                              \
	test_check_span(s, span_of_text(text), #s, __FILE__, __LINE__)
#define assert_span_equal(s, want)                                             \
	test_check_span(s, want, #s, __FILE__, __LINE__)

void test_check_span(struct span got, struct span want, const char *what,
		     const char *file, int line);

/* A copy of s in an allocation of exactly s.len bytes, in which a read of one
 * byte too many is an error of the sanitizer. Freed by test_drop(). */
struct span test_copy(struct span s);
void test_drop(struct span *copy);
#define _drop_copy_ __attribute__((cleanup(test_drop)))

/* The bytes of a copy, to break something in it. */
uint8_t *test_bytes(struct span copy);

/* A file as a copy; fails the test if it cannot be read. */
struct span test_read_file(const char *path);

/* That many bytes that look like noise, the same for the same len. Freed by
 * test_drop(). */
struct span test_make_bytes(size_t len);

/* A pseudo-random number (xorshift64*) from a seed the caller keeps; the same
 * on every machine, so that a failing test fails again. */
uint64_t test_random(uint64_t *seed);

#endif
