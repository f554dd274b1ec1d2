#include "format/sbat.h"

#include "base/text.h"

#include <inttypes.h>

#define IMAGE_COLUMNS 6
#define LEVEL_COLUMNS 2

/* Cuts the next column off *rest; false if there is none. The text behind the
 * last comma is a column, too. */
static bool next_column(struct span *rest, struct span *ret)
{
	size_t end = 0;

	if (!rest->ptr)
		return false;
	while (end < rest->len && rest->ptr[end] != ',')
		end++;
	*ret = span_slice(*rest, 0, end);
	*rest = end == rest->len
			? span_of(NULL, 0)
			: span_slice(*rest, end + 1, rest->len - end - 1);
	return true;
}

static enum status check_controls(struct span line, uint32_t number,
				  struct error *err)
{
	for (size_t i = 0; i < line.len; i++)
		if (line.ptr[i] < 0x20 || line.ptr[i] == 0x7f)
			return fail(err, E_SBAT_CONTROL,
				    "SBAT line %" PRIu32
				    " has the control character 0x%02x",
				    number, line.ptr[i]);
	return OK;
}

static enum status check_columns(struct span line, uint32_t number,
				 uint32_t needed, struct error *err)
{
	struct span rest = line, column;
	uint32_t count = 0;

	for (; count < needed && next_column(&rest, &column); count++)
		if (!column.len)
			return fail(err, E_SBAT_COLUMN_EMPTY,
				    "column %" PRIu32 " of SBAT line %" PRIu32
				    " is empty",
				    count + 1, number);
	if (count < needed)
		return fail(err, E_SBAT_COLUMNS,
			    "SBAT line %" PRIu32 " has %" PRIu32
			    " columns, the least is %" PRIu32,
			    number, count, needed);
	return OK;
}

static enum status read_row(struct span line, uint32_t number, uint32_t needed,
			    struct sbat_row *ret, struct error *err)
{
	struct span rest = line, text = span_of(NULL, 0);
	struct display shown;
	uint64_t generation;
	enum status s = check_controls(line, number, err);

	if (s == OK)
		s = check_columns(line, number, needed, err);
	if (s != OK)
		return s;
	next_column(&rest, &ret->component);
	next_column(&rest, &text);
	if (!text_parse_number(text, UINT32_MAX, &generation)) {
		shown = display_of(text);
		return fail(err, E_SBAT_GENERATION,
			    "the generation in SBAT line %" PRIu32
			    " is '%s', it has to be a number up to %" PRIu32,
			    number, shown.text, UINT32_MAX);
	}
	ret->generation = (uint32_t)generation;
	return OK;
}

static enum status check_first(const struct sbat_view *view, struct error *err)
{
	struct display shown;

	if (!view->count)
		return fail(err, E_SBAT_FIRST,
			    "there are 0 SBAT rows, the first has to be of "
			    "component sbat");
	if (span_equal_text(view->rows[0].component, "sbat"))
		return OK;
	shown = display_of(view->rows[0].component);
	return fail(err, E_SBAT_FIRST,
		    "the first SBAT row is of component '%s', not of sbat",
		    shown.text);
}

static enum status read_rows(struct span text, uint32_t needed,
			     struct sbat_view *ret, struct error *err)
{
	struct sbat_view view = { .count = 0 };
	struct span line;
	uint32_t number = 0;
	enum status s;

	if (text.len > SBAT_SIZE_MAX)
		return fail(err, E_SBAT_SIZE,
			    "the SBAT text has %zu bytes, the most is %u",
			    text.len, SBAT_SIZE_MAX);
	text = span_without_mark(text);
	while (span_next_line(&text, &line)) {
		number++;
		if (!line.len)
			continue;
		if (view.count == SBAT_ROWS_MAX)
			return fail(err, E_SBAT_TOO_MANY,
				    "there are more than %d SBAT rows",
				    SBAT_ROWS_MAX);
		s = read_row(line, number, needed, &view.rows[view.count], err);
		if (s != OK)
			return s;
		view.count++;
	}
	s = check_first(&view, err);
	if (s == OK)
		*ret = view;
	return s;
}

enum status sbat_parse_image(struct span text, struct sbat_view *ret,
			     struct error *err)
{
	return read_rows(span_until_nul(text), IMAGE_COLUMNS, ret, err);
}

enum status sbat_parse_level(struct span text, struct sbat_view *ret,
			     struct error *err)
{
	struct span level = span_until_nul(text);

	for (size_t i = level.len; i < text.len; i++)
		if (text.ptr[i])
			return fail(err, E_SBAT_NUL,
				    "the SBAT level has a NUL at byte %zu and "
				    "goes on at byte %zu",
				    level.len, i);
	return read_rows(level, LEVEL_COLUMNS, ret, err);
}

enum status sbat_check(const struct sbat_view *image,
		       const struct sbat_view *level, struct error *err)
{
	for (uint32_t i = 0; i < image->count; i++) {
		const struct sbat_row *has = &image->rows[i];

		for (uint32_t j = 0; j < level->count; j++) {
			const struct sbat_row *least = &level->rows[j];
			struct display name = display_of(has->component);

			if (!span_equal(has->component, least->component) ||
			    has->generation >= least->generation)
				continue;
			return fail(err, E_SBAT_REVOKED,
				    "SBAT component '%s' has generation "
				    "%" PRIu32 ", those below %" PRIu32
				    " are revoked",
				    name.text, has->generation,
				    least->generation);
		}
	}
	return OK;
}
