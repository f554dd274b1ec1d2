/* osrel_get() and osrel_title() on any bytes: what comes out is display text.
 */
#include "fuzz.h"

#include "format/osrel.h"

static void check_display(const struct display *d)
{
	struct span rest = span_of_text(d->text);
	unsigned width;
	bool is_valid;
	size_t len;

	fuzz_must(rest.len < sizeof(d->text));
	while ((len = utf8_next(rest, &width, &is_valid)) > 0) {
		fuzz_must(is_valid);
		rest = span_slice(rest, len, rest.len - len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const keys[] = { "ID", "PRETTY_NAME", "NAME",
					    "VERSION", "" };
	struct span text = span_of(data, size);
	struct display d;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (osrel_get(text, keys[i], &d))
			check_display(&d);
	if (osrel_title(text, &d)) {
		check_display(&d);
		fuzz_must(d.text[0] != '\0');
	}
	return 0;
}
