#include "ui/page.h"

static const char list_help[] =
	"Up Down j k  mark another entry (>)\n"
	"digits       mark the entry with that number\n"
	"Home End     first, last entry\n"
	"PgUp PgDn    a page up, down (also - and space)\n"
	"/            search: type a part of a name or a path\n"
	"Enter        boot the marked entry\n"
	"e            edit its command line, for one boot\n"
	"v            boot it with all its messages (v, then Enter)\n"
	"d  o         set it as default; boot it once, next time\n"
	"i  Right     all about it, and why it is refused\n"
	"f            why the last boot failed, and what to do\n"
	"l  n  x      log, network, all that is refused\n"
	"r            look at all disks again\n"
	"q            reboot, power off, rescue shell\n"
	"Ctrl-L       draw the screen again\n"
	"\n"
	"An extra word for one boot: mark the entry, press e, type a blank\n"
	"and the word, press Enter.\n"
	"The first key stops the countdown. What writes or leaves asks.";

static const char search_help[] =
	"Type a part of a name or a path; the mark goes to the first\n"
	"entry that has it.\n"
	"\n"
	"Up Down      the entry before, after that has it\n"
	"Home End     the first, the last one\n"
	"Backspace    erase a character\n"
	"Enter Esc    end the search; the mark stays, nothing boots\n";

static const char editor_help[] =
	"Enter                    boot with the line as it is shown\n"
	"Esc                      back to the list; what was typed stays\n"
	"Left Right, Home End     move (also Ctrl-B Ctrl-F, Ctrl-A Ctrl-E)\n"
	"Ctrl-Left Ctrl-Right     move by a word\n"
	"Backspace, Delete        erase before, under the cursor\n"
	"Ctrl-W                   cut back to a blank\n"
	"Ctrl-U, Ctrl-K           cut what is before, after the cursor\n"
	"Ctrl-Y                   put in what was cut\n"
	"Ctrl-_ or Ctrl-Z         undo\n"
	"Up Down, PgUp PgDn       scroll what stands below the line\n"
	"Ctrl-L                   draw the screen again\n"
	"\n"
	"The line is for this boot only: nothing is written.";

static const char password_help[] =
	"Type the password and press Enter; nothing of it is shown.\n"
	"Ctrl-U starts over, Esc goes back. After a wrong one the next takes\n"
	"longer.";

static const char confirm_help[] =
	"y            yes, do what is named there\n"
	"n, others    no, go back; Enter is no answer";

static const char targets_help[] =
	"digits       the disk with that number; you are asked once more\n"
	"q Esc        back to the log";

static const char text_help[] =
	"Up Down j k  scroll half a page\n"
	"PgUp PgDn    a page up, down (also - and space)\n"
	"Home End     the first, the last line\n"
	"i f l n x    details, failure, log, network, refused\n"
	"w            on the log page: save it to a disk\n"
	"Ctrl-L       draw the screen again\n"
	"q Esc        back to the list";

static const char *help_of(const struct ui_menu *m)
{
	switch (m->seat.under) {
	case UI_PAGE_LIST:
		return m->seat.is_searching ? search_help : list_help;
	case UI_PAGE_EDITOR:
		return editor_help;
	case UI_PAGE_PASSWORD:
		return password_help;
	case UI_PAGE_CONFIRM:
		return confirm_help;
	case UI_PAGE_TARGETS:
		return targets_help;
	case UI_PAGE_DETAILS:
	case UI_PAGE_LOG:
	case UI_PAGE_REFUSED:
	case UI_PAGE_NETWORK:
	case UI_PAGE_FAILURE:
	case UI_PAGE_HELP:
	case UI_PAGE_LEAVE:
		break;
	}
	return text_help;
}

static void write_locks(const struct ui_model *model, struct page_sink *sink)
{
	page_write_field(sink, "No rescue shell: ", model->shell_locked);
	page_write_field(sink,
			 "No editing, no verbose boot: ", model->editor_locked);
	page_write_field(sink, "No setting of defaults: ", model->store_locked);
	page_write_field(sink, "No saving of the log: ", model->save_locked);
}

void page_write_help(const struct ui_menu *m, const struct ui_model *model,
		     struct page_sink *sink)
{
	page_write_text(sink, ATTR_NONE, help_of(m));
	if (m->seat.under != UI_PAGE_LIST || m->seat.is_searching)
		return;
	if (model->password_for)
		page_write_text(sink, ATTR_NONE,
				"A password is asked for where the "
				"configuration says so.");
	write_locks(model, sink);
}
