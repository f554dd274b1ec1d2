/* claims_of_table() on any bytes: a name comes only from a PKCS#7 that stands
 * in the table, and is display text. */
#include "fuzz.h"

#include "claims.h"
#include "format/pkcs7.h"

static void check_display(const struct display *d)
{
	struct span rest;
	unsigned width;
	bool is_valid;
	size_t len;

	fuzz_must(memchr(d->text, '\0', sizeof(d->text)) != NULL);
	rest = span_of_text(d->text);
	fuzz_must(rest.len > 0);
	while ((len = utf8_next(rest, &width, &is_valid)) > 0) {
		fuzz_must(is_valid);
		rest = span_slice(rest, len, rest.len - len);
	}
}

/* Entries begin at multiples of 8, whatever the walk over them. */
static bool has_signature(struct span table)
{
	static struct pkcs7_view p7;
	size_t used;

	for (size_t at = 8; at < table.len; at += 8)
		if (pkcs7_parse(span_slice(table, at, table.len - at), &p7,
				&used, NULL) == OK)
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span table = span_of(data, size);
	struct display name;
	struct display again;

	memset(&name, 0xff, sizeof(name));
	if (!claims_of_table(table, &name))
		return 0;
	check_display(&name);
	fuzz_must(has_signature(table));
	fuzz_must(claims_of_table(table, &again));
	fuzz_must(!strcmp(name.text, again.text));
	return 0;
}
