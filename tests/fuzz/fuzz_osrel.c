/* os-release text of any bytes: what is read out of it is display text. */
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

static void check_pick(bool (*pick)(struct span, struct display *),
		       struct span text)
{
	struct display d;

	if (!pick(text, &d))
		return;
	check_display(&d);
	fuzz_must(d.text[0] != '\0');
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
	check_pick(osrel_title, text);
	check_pick(osrel_version, text);
	check_pick(osrel_sort_key, text);
	return 0;
}
