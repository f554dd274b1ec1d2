#include "test.h"

#include <stdio.h>

void test_check_status(enum status want, enum status got,
		       const struct error *err, const char *call,
		       const char *file, int line)
{
	if (want == got)
		return;
	print_error("%s\n  wanted %s, got %s\n", call, status_slug(want),
		    status_slug(got));
	if (err && got != OK)
		print_error("  says: %s\n", err->text);
	_fail(file, line);
}

/* One sentence: there is one, it is whole, it fits on one line and does not
 * end in a full stop, so that callers can put their own words in front. */
void test_check_sentence(enum status want, const struct error *err,
			 const char *file, int line)
{
	size_t len = strlen(err->text);
	const char *fault = NULL;

	if (err->code != want)
		fault = "another code is in the error";
	else if (!len)
		fault = "there is no sentence";
	else if (strchr(err->text, '\n') || err->text[len - 1] == '.')
		fault = "the sentence ends in a full stop or holds a LF";
	else if (strstr(err->text, "…"))
		fault = "the sentence was cut";
	if (!fault)
		return;
	print_error("%s: %s: '%s'\n", status_slug(want), fault, err->text);
	_fail(file, line);
}

void test_check_span(struct span got, struct span want, const char *what,
		     const char *file, int line)
{
	if (span_equal(got, want))
		return;
	print_error("%s has %zu bytes '%.*s',\n  wanted %zu bytes '%.*s'\n",
		    what, got.len, (int)got.len, (const char *)got.ptr,
		    want.len, (int)want.len, (const char *)want.ptr);
	_fail(file, line);
}

struct span test_copy(struct span s)
{
	/* malloc(0) may give NULL, and an empty input is an input too. */
	uint8_t *copy = malloc(s.len ? s.len : 1);

	if (!copy)
		fail_msg("no memory for %zu bytes", s.len);
	if (s.len)
		memcpy(copy, s.ptr, s.len);
	return span_of(copy, s.len);
}

uint8_t *test_bytes(struct span copy)
{
	return (uint8_t *)(uintptr_t)copy.ptr;
}

void test_drop(struct span *copy)
{
	free(test_bytes(*copy));
	*copy = span_of(NULL, 0);
}

struct span test_read_file(const char *path)
{
	FILE *from = fopen(path, "rb");
	struct span file = { NULL, 0 };
	long len;

	if (!from)
		fail_msg("unable to open %s", path);
	fseek(from, 0, SEEK_END);
	len = ftell(from);
	rewind(from);
	file = span_of(malloc((size_t)len + !len), (size_t)len);
	if (!file.ptr || fread(test_bytes(file), 1, file.len, from) != file.len)
		fail_msg("unable to read %s", path);
	fclose(from);
	return file;
}

struct span test_make_bytes(size_t len)
{
	uint8_t *bytes = malloc(len + !len);
	uint64_t seed = len + 1;

	assert_non_null(bytes);
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(test_random(&seed) >> 32);
	return span_of(bytes, len);
}

uint64_t test_random(uint64_t *seed)
{
	uint64_t x = *seed ? *seed : 1;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*seed = x;
	return x * UINT64_C(2685821657736338717);
}
