/* SBAT texts: rows lie inside; an image is revoked exactly if one of its
 * generations is below one of the level. The input is both, with a blank line
 * of "--" in between. */
#include "fuzz.h"

#include "format/sbat.h"

static bool parse(enum status (*how)(struct span text, struct sbat_view *ret,
				     struct error *err),
		  struct span text, struct sbat_view *v)
{
	struct error err;
	enum status s = how(text, v, &err);

	if (s != OK) {
		fuzz_check_error(s, &err);
		return false;
	}
	fuzz_must(v->count >= 1 && v->count <= SBAT_ROWS_MAX);
	fuzz_must(span_equal_text(v->rows[0].component, "sbat"));
	for (uint32_t i = 0; i < v->count; i++) {
		struct span name = v->rows[i].component;

		fuzz_must(name.len > 0 && name.ptr >= text.ptr);
		fuzz_must(name.ptr + name.len < text.ptr + text.len);
		fuzz_must(name.ptr[name.len] == ',');
		fuzz_must(!memchr(name.ptr, ',', name.len));
	}
	return true;
}

static bool is_below(const struct sbat_view *image,
		     const struct sbat_view *level)
{
	for (uint32_t i = 0; i < image->count; i++)
		for (uint32_t j = 0; j < level->count; j++)
			if (span_equal(image->rows[i].component,
				       level->rows[j].component) &&
			    image->rows[i].generation <
				    level->rows[j].generation)
				return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sbat_view image, level;
	struct span text = span_of(data, size), rest = text;
	const uint8_t *cut = size >= 4 ? memmem(data, size, "\n--\n", 4) : NULL;
	struct error err;
	enum status s;

	if (cut) {
		text.len = (size_t)(cut - data) + 1;
		rest = span_of(cut + 4, size - text.len - 3);
	}
	if (!parse(sbat_parse_image, text, &image) ||
	    !parse(sbat_parse_level, rest, &level))
		return 0;
	s = sbat_check(&image, &level, &err);
	if (s != OK)
		fuzz_check_error(s, &err);
	fuzz_must((s == OK) != is_below(&image, &level));
	return 0;
}
