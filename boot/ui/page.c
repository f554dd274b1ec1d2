#include "ui/page.h"
#include "ui/wrap.h"

#include <string.h>

const char *page_text(const char *text)
{
	return text ? text : "";
}

static void write_span(struct page_sink *sink, enum screen_attr attr,
		       struct span text)
{
	struct wrap w = wrap_over(text, sink->width);
	struct span line;

	while (wrap_next(&w, &line))
		sink->line(sink, attr, line);
}

static void write_text(struct page_sink *sink, enum screen_attr attr,
		       const char *text)
{
	write_span(sink, attr, span_of_text(page_text(text)));
}

static void write_blank(struct page_sink *sink)
{
	sink->line(sink, ATTR_NONE, span_of_text(""));
}

/* "Label: text", or nothing if there is no text. */
static void write_field(struct page_sink *sink, const char *label,
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
	write_text(sink, ATTR_NONE, head);
	if (!is_short)
		write_text(sink, ATTR_NONE, text);
}

static void write_failure(const struct ui_menu *m, const struct ui_model *model,
			  struct page_sink *sink)
{
	bool is_this = m->has_selected && model->has_failed_id &&
		       model->failed_id == m->selected;

	if (!*page_text(model->failure))
		return;
	write_text(sink, ATTR_BOLD,
		   is_this ? "The last attempt to boot this entry failed:"
			   : "The last attempt to boot failed:");
	write_text(sink, ATTR_NONE, model->failure);
	write_blank(sink);
}

static void write_details(const struct ui_menu *m, const struct ui_model *model,
			  struct page_sink *sink)
{
	const struct ui_item *item;
	size_t at;

	write_failure(m, model, sink);
	if (!m->has_selected || !ui_model_place(model, m->selected, &at)) {
		write_text(sink, ATTR_NONE, "No entry is marked.");
		return;
	}
	item = ui_model_shown(model, at);
	write_text(sink, ATTR_BOLD, item->title);
	if (!item->bootable) {
		write_text(sink, ATTR_BOLD, "This entry cannot be booted:");
		write_text(sink, ATTR_NONE, item->reason);
	}
	write_field(sink, "Found at: ", item->where);
	write_field(sink, "State: ", item->mark);
	write_text(sink, ATTR_NONE, item->summary);
	write_text(sink, ATTR_NONE, item->about);
}

/* Returns how many there are, those before included. */
static size_t write_refused_items(const struct ui_item *items, size_t count,
				  size_t before, struct page_sink *sink)
{
	for (size_t i = 0; i < count; i++) {
		if (items[i].bootable)
			continue;
		if (before++)
			write_blank(sink);
		write_text(sink, ATTR_BOLD, items[i].title);
		write_text(sink, ATTR_NONE, items[i].where);
		write_text(sink, ATTR_NONE, items[i].reason);
	}
	return before;
}

static void write_refused(const struct ui_model *model, struct page_sink *sink)
{
	size_t count = write_refused_items(model->items, model->count, 0, sink);

	if (!write_refused_items(model->places, model->place_count, count,
				 sink))
		write_text(sink, ATTR_NONE,
			   "Everything that was found is offered.");
}

static void write_locks(const struct ui_model *model, struct page_sink *sink)
{
	if (!*page_text(model->shell_locked) &&
	    !*page_text(model->editor_locked))
		return;
	write_blank(sink);
	write_field(sink, "No rescue shell: ", model->shell_locked);
	write_field(sink,
		    "No editing of command lines: ", model->editor_locked);
}

static void write_help(const struct ui_model *model, struct page_sink *sink)
{
	write_text(sink, ATTR_NONE,
		   "Up Down j k  move the mark (>)\n"
		   "digits       mark the entry with that number\n"
		   "Home End     first, last entry\n"
		   "PgUp PgDn    a page up, down (also - and space)\n"
		   "Enter        boot the marked entry\n"
		   "i            all about the marked entry, and\n"
		   "             why it or the last attempt failed\n"
		   "l            the log of this start\n"
		   "x            all that was found and is refused\n"
		   "r            look at all disks again\n"
		   "q            reboot, power off, rescue shell\n"
		   "Ctrl-L       draw the screen again\n"
		   "Esc          back to the list\n"
		   "\n"
		   "The first key stops the countdown. A refused entry is\n"
		   "listed last; Enter on it shows the reason.");
	write_locks(model, sink);
}

static void write_leave(const struct ui_model *model, struct page_sink *sink)
{
	write_text(sink, ATTR_NONE,
		   "r  reboot the machine\n"
		   "o  power the machine off");
	if (!*page_text(model->shell_locked)) {
		write_text(sink, ATTR_NONE, "s  rescue shell");
	} else {
		write_field(sink, "-  no rescue shell: ", model->shell_locked);
	}
	write_blank(sink);
	write_text(sink, ATTR_NONE, "Each asks once more.");
}

static void write_confirm(const struct ui_menu *m, struct page_sink *sink)
{
	const char *question = m->seat.asked.code == UI_REBOOT ? "Reboot now?"
			       : m->seat.asked.code == UI_POWER_OFF
				       ? "Power the machine off now?"
				       : "Leave the menu for a rescue shell?";

	write_text(sink, ATTR_BOLD, question);
	write_blank(sink);
	write_text(sink, ATTR_NONE, "y  yes\nAny other key: no.");
}

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
	case UI_PAGE_HELP:
		write_help(model, sink);
		break;
	case UI_PAGE_LEAVE:
		write_leave(model, sink);
		break;
	case UI_PAGE_CONFIRM:
		write_confirm(m, sink);
		break;
	case UI_PAGE_NETWORK:
	case UI_PAGE_FAILURE:
	case UI_PAGE_TARGETS:
	case UI_PAGE_EDITOR:
	case UI_PAGE_PASSWORD:
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

const char *page_title(enum ui_page page)
{
	switch (page) {
	case UI_PAGE_DETAILS:
		return "Details";
	case UI_PAGE_LOG:
		return "Log";
	case UI_PAGE_REFUSED:
		return "Refused";
	case UI_PAGE_HELP:
		return "Keys";
	case UI_PAGE_LEAVE:
		return "Leave the menu";
	case UI_PAGE_CONFIRM:
		return "Are you sure?";
	case UI_PAGE_NETWORK:
	case UI_PAGE_FAILURE:
	case UI_PAGE_TARGETS:
	case UI_PAGE_EDITOR:
	case UI_PAGE_PASSWORD:
	case UI_PAGE_LIST:
		break;
	}
	return "";
}
