#include "ui/layout.h"
#include "ui/page.h"
#include "ui/wrap.h"

#include <string.h>

/* From these heights on a screen has room for more than the bare list. */
#define ROWS_ROOMY 16
#define ROWS_TALL  24
#define ROWS_HUGE  40

/* What a small screen gives up first. */
#define ROWS_FOR_HEAD	8
#define ROWS_FOR_TWO	10
#define ROWS_FOR_KEYS	8
#define ROWS_FOR_DETAIL 7

static unsigned failure_most(unsigned rows)
{
	if (rows >= ROWS_HUGE)
		return 8;
	if (rows >= ROWS_TALL)
		return 4;
	if (rows >= ROWS_ROOMY)
		return 3;
	return rows >= ROWS_FOR_TWO ? 2 : 1;
}

void layout_failure(const struct ui_model *model, struct text *ret)
{
	text_add(ret, "FAILED: ");
	text_add(ret, page_text(model->failure));
}

static unsigned rows_of(const char *text, unsigned width, unsigned most)
{
	struct wrap w = wrap_over(span_of_text(page_text(text)), width);
	struct span line;
	unsigned count = 0;

	while (count < most && wrap_next(&w, &line))
		count++;
	return count;
}

static unsigned failure_rows(const struct ui_model *model, unsigned rows,
			     unsigned width)
{
	char buf[FAILURE_SHOWN];
	struct text text = text_over(buf, sizeof(buf));

	if (!*page_text(model->failure))
		return 0;
	layout_failure(model, &text);
	return rows_of(buf, width, failure_most(rows));
}

/* Rows from the bottom up; returns the first that is taken. */
static unsigned layout_foot(unsigned rows, bool is_dumb,
			    struct list_layout *ret)
{
	unsigned row = rows;

	ret->prompt = is_dumb ? (int)--row : NO_ROW;
	ret->keys2 = rows >= ROWS_TALL ? (int)--row : NO_ROW;
	ret->keys = rows >= ROWS_FOR_KEYS ? (int)--row : NO_ROW;
	ret->tick = (int)--row;
	ret->status = rows >= ROWS_ROOMY ? (int)--row : ret->tick;
	/* lines that are printed one by one need a row each; the list stays
	 * as long as it is on other terminals of 24 rows */
	ret->notice = is_dumb ? (int)--row : ret->status;
	ret->detail_rows = is_dumb || rows < ROWS_FOR_DETAIL ? 0
			   : rows >= ROWS_HUGE		     ? 3
			   : rows >= ROWS_TALL		     ? 2
							     : 1;
	row -= ret->detail_rows;
	ret->detail = ret->detail_rows ? (int)row : NO_ROW;
	return rows >= ROWS_ROOMY ? row - 1 : row;
}

/* Rows from the top down; returns the first that is free. */
static unsigned layout_head(const struct ui_model *model, unsigned rows,
			    struct list_layout *ret)
{
	unsigned row = 0;
	bool warns = *page_text(model->warning);

	ret->head = rows >= ROWS_FOR_HEAD ? (int)row++ : NO_ROW;
	ret->security = (int)row++;
	ret->facts = row;
	if (rows >= ROWS_ROOMY)
		ret->facts_rows = rows_of(model->facts, ret->width,
					  rows >= ROWS_TALL ? 2 : 1);
	row += ret->facts_rows;
	ret->warning = NO_ROW;
	if (warns && rows >= ROWS_ROOMY) {
		ret->warning = (int)row++;
	} else if (warns && ret->head != NO_ROW) {
		ret->warning = ret->head;
		ret->head = NO_ROW;
	}
	return row;
}

void layout_list(const struct ui_model *model, unsigned rows, unsigned cols,
		 bool is_dumb, struct list_layout *ret)
{
	unsigned row, foot;

	memset(ret, 0, sizeof(*ret));
	ret->width = cols - 1;
	foot = layout_foot(rows, is_dumb, ret);
	row = layout_head(model, rows, ret);
	if (*page_text(model->failure) && rows >= ROWS_TALL)
		row++;
	ret->failure = row;
	ret->failure_rows = failure_rows(model, rows, ret->width);
	row += ret->failure_rows;
	ret->position = rows >= ROWS_ROOMY ? (int)row++ : NO_ROW;
	ret->list = row;
	ret->list_rows = foot - row;
}

void layout_page(enum ui_page page, unsigned rows, unsigned cols, bool is_dumb,
		 struct page_layout *ret)
{
	unsigned gap = rows >= ROWS_ROOMY ? 1 : 0, row = 1 + gap;
	bool is_editor = page == UI_PAGE_EDITOR;

	memset(ret, 0, sizeof(*ret));
	ret->width = cols - 1;
	ret->prompt = (int)rows - 1;
	/* what is typed on a dumb terminal stands below everything */
	ret->keys = rows - 1 - (is_dumb && is_editor ? 1 : 0);
	ret->notice = (int)(ret->keys - gap);
	ret->line = is_editor ? (int)(is_dumb ? rows - 1 : row++) : NO_ROW;
	ret->count = is_editor ? (int)row++ : NO_ROW;
	ret->body = row + (is_editor ? gap : 0);
	/* the row of a notice is no blank one there, so there is one more */
	ret->body_rows =
		(unsigned)ret->notice - ret->body - (is_dumb ? gap : 0);
}

size_t layout_first(const struct ui_model *model,
		    const struct list_layout *layout, size_t at)
{
	size_t page = layout->list_rows, first = at / page * page;

	/* the last page is a full one */
	if (model->count > page && first > model->count - page)
		first = model->count - page;
	return first;
}
