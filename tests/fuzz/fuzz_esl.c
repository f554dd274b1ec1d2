/* esl_next() on any bytes: entries lie inside, one behind the other; and the
 * lists of a signed update are a part of it. */
#include "fuzz.h"

#include "format/esl.h"

static void check_entry(struct span lists, const struct esl_entry *e,
			size_t least)
{
	char text[ESL_KIND_TEXT_MAX];
	size_t len = digest_len(e->digest);

	fuzz_must(e->offset >= least);
	fuzz_must(span_holds(lists, e->offset, 16 + e->data.len));
	fuzz_must(e->data.ptr == lists.ptr + e->offset + 16);
	fuzz_must(e->data.len > 0);
	fuzz_must((e->kind == ESL_HASH || e->kind == ESL_X509_TBS) == !!len);
	fuzz_must(!len || e->data.len == len);
	fuzz_must(!e->is_dated || e->kind == ESL_X509_TBS);
	fuzz_must(!e->is_svn || e->digest == DIGEST_SHA256);
	esl_describe(e, text);
	fuzz_must(text[0] && strlen(text) < sizeof(text));
}

static void walk(struct span lists)
{
	struct esl_walk walk = esl_begin(lists);
	struct esl_entry e;
	struct error err;
	bool found = true;
	size_t least = 28;
	enum status s;

	for (;;) {
		s = esl_next(&walk, &e, &found, &err);
		if (s != OK) {
			fuzz_check_error(s, &err);
			return;
		}
		if (!found)
			return;
		check_entry(lists, &e, least);
		least = e.offset + 16 + e.data.len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span file = span_of(data, size), lists;
	struct error err;
	enum status s = esl_strip_update(file, &lists, &err);

	walk(file);
	if (s != OK) {
		fuzz_check_error(s, &err);
		return 0;
	}
	fuzz_must(esl_is_update(file));
	fuzz_must(lists.len <= size - 40);
	fuzz_must(!lists.len || lists.ptr + lists.len == data + size);
	walk(lists);
	return 0;
}
