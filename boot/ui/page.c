#include "ui/page.h"
#include "ui/wrap.h"

#include <string.h>

const char *page_text(const char *text)
{
	return text ? text : "";
}

const char *page_item_title(const struct ui_item *item)
{
	return *page_text(item->title) ? item->title : "(no title)";
}

const struct ui_target *page_target(const struct ui_model *model, uint32_t id)
{
	for (size_t i = 0; i < model->target_count; i++)
		if (model->targets[i].id == id)
			return &model->targets[i];
	return NULL;
}

static const struct ui_item *item_of(const struct ui_model *model, uint32_t id)
{
	size_t at;

	return ui_model_place(model, id, &at) ? &model->items[at] : NULL;
}

/* --- lines ---------------------------------------------------------------- */

static void write_span(struct page_sink *sink, enum screen_attr attr,
		       struct span text)
{
	struct wrap w = wrap_over(text, sink->width);
	struct span line;

	while (wrap_next(&w, &line))
		sink->line(sink, attr, line);
}

void page_write_text(struct page_sink *sink, enum screen_attr attr,
		     const char *text)
{
	write_span(sink, attr, span_of_text(page_text(text)));
}

void page_write_blank(struct page_sink *sink)
{
	sink->line(sink, ATTR_NONE, span_of_text(""));
}

void page_write_field(struct page_sink *sink, const char *label,
		      const char *text)
{
	char head[160];
	struct text t = text_over(head, sizeof(head));
	bool is_short = text && strlen(text) + strlen(label) < sizeof(head);

	if (!text || !*text)
		return;
	text_add(&t, label);
	if (is_short)
		text_add(&t, text);
	page_write_text(sink, ATTR_NONE, head);
	if (!is_short)
		page_write_text(sink, ATTR_NONE, text);
}

/* --- entries ---------------------------------------------------------------
 */

static void write_last_failure(const struct ui_menu *m,
			       const struct ui_model *model,
			       struct page_sink *sink)
{
	if (!*page_text(model->failure) || !m->has_selected ||
	    !model->has_failed_id || model->failed_id != m->selected)
		return;
	page_write_text(sink, ATTR_BOLD,
			"The last attempt to boot this entry failed:");
	page_write_text(sink, ATTR_NONE, model->failure);
	page_write_blank(sink);
}

static void write_details(const struct ui_menu *m, const struct ui_model *model,
			  struct page_sink *sink)
{
	const struct ui_item *item =
		m->has_selected ? item_of(model, m->selected) : NULL;

	write_last_failure(m, model, sink);
	if (!item) {
		page_write_text(sink, ATTR_NONE, "No entry is marked.");
		return;
	}
	page_write_text(sink, ATTR_BOLD, item->title);
	if (!item->bootable) {
		page_write_text(sink, ATTR_BOLD | ATTR_BAD,
				"This entry cannot be booted:");
		page_write_text(sink, ATTR_NONE, item->reason);
	}
	page_write_field(sink, "Found at: ", item->where);
	page_write_field(sink, "State: ", item->mark);
	page_write_text(sink, ATTR_NONE, item->summary);
	page_write_text(sink, ATTR_NONE, item->about);
}

/* Returns how many there are, those before included. */
static size_t write_refused_items(const struct ui_item *items, size_t count,
				  size_t before, struct page_sink *sink)
{
	for (size_t i = 0; i < count; i++) {
		if (items[i].bootable)
			continue;
		if (before++)
			page_write_blank(sink);
		page_write_text(sink, ATTR_BOLD, items[i].title);
		page_write_text(sink, ATTR_NONE, items[i].where);
		page_write_text(sink, ATTR_NONE, items[i].reason);
	}
	return before;
}

static void write_refused(const struct ui_model *model, struct page_sink *sink)
{
	size_t count = write_refused_items(model->items, model->count, 0, sink);

	if (!write_refused_items(model->places, model->place_count, count,
				 sink))
		page_write_text(sink, ATTR_NONE,
				"Everything that was found is offered.");
}

/* --- failure, log, network -------------------------------------------------
 */

static void write_failure(const struct ui_model *model, struct page_sink *sink)
{
	if (!*page_text(model->failure)) {
		page_write_text(sink, ATTR_NONE, "No boot has failed.");
		return;
	}
	if (*page_text(model->failed_what)) {
		page_write_text(sink, ATTR_BOLD, "What was tried");
		page_write_text(sink, ATTR_NONE, model->failed_what);
		page_write_blank(sink);
	}
	page_write_text(sink, ATTR_BOLD | ATTR_BAD, "What went wrong");
	page_write_text(sink, ATTR_NONE, model->failure);
	if (!*page_text(model->advice))
		return;
	page_write_blank(sink);
	page_write_text(sink, ATTR_BOLD, "What to do");
	page_write_text(sink, ATTR_NONE, model->advice);
}

static void write_targets(const struct ui_model *model, struct page_sink *sink)
{
	char buf[256];

	page_write_text(sink, ATTR_NONE,
			model->target_count ? "The log goes to a new file on:"
					    : "There is no such disk now.");
	page_write_blank(sink);
	for (size_t i = 0; i < model->target_count; i++) {
		struct text t = text_over(buf, sizeof(buf));

		text_addf(&t, "%zu  ", i + 1);
		text_add(&t, page_text(model->targets[i].name));
		page_write_text(sink, ATTR_NONE, buf);
	}
}

/* --- questions --------------------------------------------------------------
 */

static void write_leave(const struct ui_model *model, struct page_sink *sink)
{
	page_write_text(sink, ATTR_NONE,
			"r  reboot the machine\n"
			"o  power the machine off");
	if (!*page_text(model->shell_locked))
		page_write_text(sink, ATTR_NONE, "s  rescue shell");
	else
		page_write_field(sink,
				 "No rescue shell: ", model->shell_locked);
	page_write_blank(sink);
	page_write_text(sink, ATTR_NONE, "Each asks once more.");
}

static const char *question_of(enum ui_action_code code)
{
	static const char *const questions[] = {
		[UI_REBOOT] = "Reboot now?",
		[UI_POWER_OFF] = "Power the machine off now?",
		[UI_SHELL] = "Leave the menu for a rescue shell?",
		[UI_SET_DEFAULT] = "Boot this entry by default from now on?",
		[UI_SET_ONE_SHOT] = "Boot this entry at the next start, once?",
		[UI_SAVE_LOG] = "Write the log to this disk?",
	};

	return page_text(questions[code]);
}

static void write_named(const struct ui_model *model, struct ui_action action,
			struct page_sink *sink)
{
	static const char gone[] = "It is not there any more.";

	if (action.code == UI_SET_DEFAULT || action.code == UI_SET_ONE_SHOT) {
		const struct ui_item *item = item_of(model, action.id);

		page_write_text(sink, ATTR_NONE,
				item ? page_item_title(item) : gone);
		page_write_text(sink, ATTR_NONE, item ? item->where : "");
		page_write_blank(sink);
	} else if (action.code == UI_SAVE_LOG) {
		const struct ui_target *target = page_target(model, action.id);

		page_write_text(sink, ATTR_NONE, target ? target->name : gone);
		page_write_blank(sink);
	}
}

static void write_confirm(const struct ui_menu *m, const struct ui_model *model,
			  struct page_sink *sink)
{
	page_write_text(sink, ATTR_BOLD, question_of(m->seat.asked.code));
	page_write_blank(sink);
	write_named(model, m->seat.asked, sink);
	page_write_text(sink, ATTR_NONE, "y  yes\nn  no");
}

/* --- all pages --------------------------------------------------------------
 */

void page_write(const struct ui_menu *m, const struct ui_model *model,
		struct page_sink *sink)
{
	switch (m->seat.page) {
	case UI_PAGE_DETAILS:
		write_details(m, model, sink);
		break;
	case UI_PAGE_LOG:
		write_span(sink, ATTR_NONE,
			   model->log.len ? model->log
					  : span_of_text("Nothing yet."));
		break;
	case UI_PAGE_REFUSED:
		write_refused(model, sink);
		break;
	case UI_PAGE_NETWORK:
		page_write_text(sink, ATTR_NONE,
				*page_text(model->network)
					? model->network
					: "No network interface was found.");
		break;
	case UI_PAGE_FAILURE:
		write_failure(model, sink);
		break;
	case UI_PAGE_HELP:
		page_write_help(m, model, sink);
		break;
	case UI_PAGE_LEAVE:
		write_leave(model, sink);
		break;
	case UI_PAGE_TARGETS:
		write_targets(model, sink);
		break;
	case UI_PAGE_CONFIRM:
		write_confirm(m, model, sink);
		break;
	case UI_PAGE_EDITOR:
		page_write_text(sink, ATTR_NONE, m->edit_sources);
		break;
	case UI_PAGE_PASSWORD:
		page_write_text(sink, ATTR_NONE,
				"Type it and press Enter. Nothing of it is "
				"shown.");
		break;
	case UI_PAGE_LIST:
		break;
	}
}

struct counter {
	struct page_sink sink;
	size_t count;
};

static void count_line(struct page_sink *sink, enum screen_attr attr,
		       struct span text)
{
	struct counter *c = (struct counter *)sink;

	(void)attr;
	(void)text;
	c->count++;
}

size_t page_count(const struct ui_menu *m, const struct ui_model *model,
		  unsigned width)
{
	struct counter c = { .sink = { .line = count_line, .width = width } };

	page_write(m, model, &c.sink);
	return c.count;
}
