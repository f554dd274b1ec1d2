#include "menu_list.h"

#include "base/log.h"
#include "base/text.h"
#include "zboot_load.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

struct menu_list_words {
	char title[2 * DISPLAY_MAX + 2];
	char where[CANDIDATE_PATH_MAX + 64];
	char mark[32];
	char about[1536];
	char reason[ERROR_TEXT_MAX];
};

static bool make_room(struct menu_list *list, size_t count)
{
	struct menu_list_words *words;
	struct ui_item *items;

	if (count <= list->cap)
		return true;
	words = realloc(list->words, count * sizeof(*words));
	if (!words)
		return false;
	list->words = words;
	items = realloc(list->items, count * sizeof(*items));
	if (!items)
		return false;
	list->items = items;
	list->cap = count;
	return true;
}

static const char *kind_name(const struct found *found)
{
	switch (found->kind) {
	case CANDIDATE_CONFIGURED:
		return "entry of the built-in configuration";
	case CANDIDATE_UKI:
		return "unified kernel image (UKI)";
	case CANDIDATE_KERNEL:
		if (found->why != OK)
			return "file that cannot be booted";
		return "kernel without an entry; never boots by itself";
	case CANDIDATE_OWN:
		return "keelboot itself; never boots by itself";
	}
	return "";
}

static void describe(const struct boot_entry *entry, struct text *about)
{
	const struct found *f = &entry->found;

	text_addf(about, "id: %s\n", f->id);
	text_addf(about, "kind: %s\n", kind_name(f));
	text_addf(about, "file: %s on %s, %llu bytes\n", f->kernel.path,
		  entry->volume, (unsigned long long)f->kernel.size);
	if (f->version.text[0])
		text_addf(about, "version: %s\n", f->version.text);
	if (f->profile)
		text_addf(about, "profile: %u\n", f->profile);
	for (uint32_t i = 0; i < f->initrd_count; i++)
		text_addf(about, "initrd: %s, %llu bytes\n", f->initrds[i].path,
			  (unsigned long long)f->initrds[i].size);
	if (f->devicetree.path[0])
		text_addf(about, "device tree: %s\n", f->devicetree.path);
	if (entry->failure[0])
		text_addf(about, "last attempt: %s\n", entry->failure);
}

static void fill_item(struct ui_item *item, struct menu_list_words *w,
		      const struct boot_entry *entry)
{
	const struct found *f = &entry->found;
	struct text t = text_over(w->title, sizeof(w->title));

	text_add(&t, f->title.text);
	if (f->version.text[0] && !strstr(f->title.text, f->version.text))
		text_addf(&t, " %s", f->version.text);
	t = text_over(w->where, sizeof(w->where));
	text_addf(&t, "%s %s", entry->volume, f->kernel.path);
	t = text_over(w->mark, sizeof(w->mark));
	if (entry->failure[0])
		text_add(&t, "failed");
	t = text_over(w->about, sizeof(w->about));
	describe(entry, &t);
	t = text_over(w->reason, sizeof(w->reason));
	text_add(&t, f->reason);
	*item = (struct ui_item){ .id = entry->id,
				  .title = w->title,
				  .where = w->where,
				  .mark = w->mark,
				  .about = w->about,
				  .bootable = f->why == OK,
				  .reason = w->reason };
}

static void say_security(struct menu_list *list, const struct policy *policy)
{
	struct text t = text_over(list->security, sizeof(list->security));

	if (policy->verify == VERIFY_OFF)
		text_add(&t, "Nothing is verified (verify = off).");
	else
		text_addf(&t,
			  "verify = %s, but this build cannot check "
			  "signatures: nothing boots.",
			  verify_mode_name(policy->verify));
}

static void say_status(struct menu_list *list, const struct scan *scan,
		       const struct menu_list_state *state)
{
	struct text t = text_over(list->status, sizeof(list->status));
	unsigned pending = scan_pending(scan);

	if (state->drivers_pending)
		text_add(&t, "Loading drivers.");
	else if (pending)
		text_addf(&t, "Looking at %u disk%s.", pending,
			  pending == 1 ? "" : "s");
	else if (!scan->entry_count)
		text_add(&t, "Nothing to boot was found yet; new disks are "
			     "looked at as they come.");
}

static void say_machine(struct menu_list *list)
{
	struct utsname name;
	struct text t;

	if (list->program[0] || uname(&name) != 0)
		return;
	t = text_over(list->host, sizeof(list->host));
	if (strcmp(name.nodename, "(none)") != 0)
		text_add_safe(&t, span_of_text(name.nodename));
	t = text_over(list->program, sizeof(list->program));
	text_addf(&t, "keelboot %s, Linux ", KEELBOOT_VERSION);
	text_add_safe(&t, span_of_text(name.release));
}

void menu_list_fill(struct menu_list *list, const struct scan *scan,
		    const struct menu_list_state *state)
{
	size_t count = scan->entry_count;

	say_machine(list);
	say_security(list, state->policy);
	say_status(list, scan, state);
	if (!make_room(list, count))
		count = list->cap;
	for (size_t i = 0; i < count; i++)
		fill_item(&list->items[i], &list->words[i], scan->entries[i]);
	list->model = (struct ui_model){
		.host = list->host,
		.program = list->program,
		.security = list->security,
		.items = list->items,
		.count = count,
		.has_default = state->default_id != 0,
		.default_id = state->default_id,
		.countdown_s = state->countdown_s,
		.status = list->status,
		.failure = state->failure,
		.has_failed_id = state->failed_id != 0,
		.failed_id = state->failed_id,
		.log = log_kept(),
		.shell_locked = state->shell_locked,
	};
}

void menu_list_drop(struct menu_list *list)
{
	free(list->items);
	free(list->words);
	list->items = NULL;
	list->words = NULL;
	list->cap = 0;
}
