#include "menu_list.h"

#include "advice.h"
#include "base/log.h"
#include "base/text.h"
#include "menu_list_words.h"

#include <stdlib.h>
#include <string.h>

struct menu_list_words {
	char title[2 * DISPLAY_MAX + 2];
	char where[FOUND_PATH_MAX + 64];
	char mark[DISPLAY_MAX + 16];
	char summary[2 * DISPLAY_MAX + 64];
	char reason[ERROR_TEXT_MAX];
};

/* Without memory for all, the first ones are shown. */
static void make_room(struct menu_list *list, size_t count)
{
	struct menu_list_words *words;
	struct ui_item *items;

	if (count <= list->cap)
		return;
	words = realloc(list->words, count * sizeof(*words));
	if (!words)
		return;
	list->words = words;
	items = realloc(list->items, count * sizeof(*items));
	if (!items)
		return;
	list->items = items;
	list->cap = count;
}

static void fill_item(struct ui_item *item, struct menu_list_words *w,
		      const struct boot_entry *entry,
		      const struct menu_list_state *state)
{
	const struct found *f = &entry->found;
	const char *version = found_version(f);
	struct text t = text_over(w->title, sizeof(w->title));

	text_add(&t, f->title.text);
	text_add(&t, version[0] ? " " : "");
	text_add(&t, version);
	t = text_over(w->where, sizeof(w->where));
	text_add(&t, entry->place.name);
	text_add(&t, " ");
	text_add(&t, f->path);
	t = text_over(w->mark, sizeof(w->mark));
	menu_list_mark(entry, state->policy, &t);
	t = text_over(w->summary, sizeof(w->summary));
	menu_list_summarize(entry, state->policy, &t);
	t = text_over(w->reason, sizeof(w->reason));
	text_add(&t, f->reason);
	*item = (struct ui_item){
		.id = entry->line,
		.title = w->title,
		.where = w->where,
		.mark = w->mark,
		.summary = w->summary,
		.bootable = f->why == OK,
		.is_network = found_is_of_network(f),
		.is_locked = state->default_locked &&
			     entry->line == state->default_id,
		.reason = w->reason,
	};
}

/* Details are long, and one entry's are shown at a time. */
static void fill_about(struct menu_list *list, const struct scan *scan,
		       const struct boot_entry *entry, struct ui_item *item)
{
	struct text t = text_over(list->about, sizeof(list->about));

	menu_list_describe(scan, entry, &t);
	item->about = list->about;
}

static void say_security(struct menu_list *list, const struct policy *policy)
{
	struct text t = text_over(list->security, sizeof(list->security));

	switch (policy->verify) {
	case VERIFY_OFF:
		text_add(&t, "Nothing is verified (verify = off).");
		break;
	case VERIFY_WARN:
		text_add(&t, "WARNING: what the keyring does not vouch for "
			     "boots all the same (warn).");
		break;
	case VERIFY_ENFORCE:
		text_add(&t, "Enforcing: only images the keyring vouches for "
			     "boot.");
		break;
	}
}

static bool has_entries(const struct scan *scan)
{
	for (uint32_t i = 0; i < scan->entry_count; i++)
		if (scan->entries[i]->found.kind != FOUND_PLACE)
			return true;
	return false;
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
	else if (!has_entries(scan))
		text_add(&t, "Nothing to boot was found yet; new disks are "
			     "looked at as they come.");
}

static void say_program(struct menu_list *list)
{
	struct text t = text_over(list->program, sizeof(list->program));

	machine_program_line(&t);
}

/* Where network boot stands, behind what interfaces there are. */
static void say_network(const struct scan *scan, struct text *t)
{
	const struct net *net = scan->net;

	if (!net || !net->is_wanted)
		text_add(t, "Nothing is set up to boot from the network.\n");
	else if (net->state.line[0])
		text_addf(t, "Network boot: %s\n", net->state.line);
	else
		text_add(t, "Network boot: the network is being set up.\n");
	if (net && net->provenance[0])
		text_addf(t, "Fetched last:\n%s", net->provenance);
}

static void say_machine(struct menu_list *list, const struct scan *scan,
			const struct menu_list_state *state)
{
	struct text t = text_over(list->facts, sizeof(list->facts));

	if (state->machine)
		machine_facts_line(state->machine,
				   state->watchdog ? state->watchdog : "", &t);
	t = text_over(list->network, sizeof(list->network));
	if (state->machine)
		machine_network_text(state->machine, &t);
	say_network(scan, &t);
}

/* What was tried stays, though its disk may go. */
static void say_failure(struct menu_list *list, const struct scan *scan,
			const struct menu_list_state *state)
{
	struct text t = text_over(list->advice, sizeof(list->advice));
	const struct boot_entry *e = NULL;

	advice_add(&t, state->failed_code);
	for (uint32_t i = 0; state->failed_id && !e && i < scan->entry_count;
	     i++)
		if (scan->entries[i]->line == state->failed_id &&
		    scan->entries[i]->leads)
			e = scan->entries[i];
	if (!e && list->failed_id == state->failed_id)
		return;
	list->failed_id = state->failed_id;
	t = text_over(list->failed_what, sizeof(list->failed_what));
	if (e)
		text_addf(&t, "%s from %s %s", e->found.title.text,
			  e->place.name, e->found.path);
}

/* Where the log may go, and what may not be set. One lock alone is told when
 * somebody runs into it. */
static void say_writing(struct menu_list *list, const struct scan *scan,
			const struct menu_list_state *state)
{
	struct text t =
		text_over(list->store_locked, sizeof(list->store_locked));

	if (state->choice && menu_choice_locked(state->choice, true)[0])
		text_add(&t, menu_choice_locked(state->choice, false));
	list->target_count = save_log_places(scan, list->places);
	for (size_t i = 0; i < list->target_count; i++)
		list->targets[i] =
			(struct ui_target){ .id = list->places[i].id,
					    .name = list->places[i].name };
}

/* The order in which they are listed. */
enum part {
	PART_BOOTABLE,
	PART_REFUSED,
	PART_PLACES, /* what could not be looked into */
};

static enum part part_of(const struct found *found)
{
	if (found->kind == FOUND_PLACE)
		return PART_PLACES;
	return found->why == OK ? PART_BOOTABLE : PART_REFUSED;
}

/* One part, from an index on; returns the next one. */
static size_t fill_part(struct menu_list *list, const struct scan *scan,
			const struct menu_list_state *state, enum part part,
			size_t at)
{
	uint32_t marked =
		state->marked_id ? state->marked_id : state->default_id;

	for (size_t i = 0; i < scan->entry_count && at < list->cap; i++) {
		const struct boot_entry *e = scan->entries[i];

		if (!e->leads || part_of(&e->found) != part)
			continue;
		fill_item(&list->items[at], &list->words[at], e, state);
		if (e->line == marked)
			fill_about(list, scan, e, &list->items[at]);
		at++;
	}
	return at;
}

static struct ui_model model_of(const struct menu_list *list,
				const struct scan *scan,
				const struct menu_list_state *state)
{
	return (struct ui_model){
		.host = state->machine ? state->machine->host : "",
		.program = list->program,
		.security = list->security,
		.facts = list->facts,
		.warning = state->warning,
		.items = list->items,
		.has_default = state->default_id != 0,
		.default_id = state->default_id,
		.default_may_change = state->default_may_change,
		.countdown_s = state->countdown_s,
		.resumed = state->resumed,
		.idle_s = state->idle_s,
		.status = list->status,
		.failure = state->failure,
		.has_failed_id = state->failed_id != 0,
		.failed_id = state->failed_id,
		.failed_what = list->failed_what,
		.advice = list->advice,
		.log = log_kept(),
		.network = list->network,
		.targets = list->targets,
		.target_count = list->target_count,
		.shell_locked = state->shell_locked,
		.editor_locked = state->editor_locked,
		.store_locked = list->store_locked,
		.save_locked = save_log_locked(scan),
		.password_for = state->password_for,
		.manner = state->manner,
	};
}

void menu_list_fill(struct menu_list *list, const struct scan *scan,
		    const struct menu_list_state *state)
{
	size_t count, places;

	if (!list->program[0])
		say_program(list);
	say_security(list, state->policy);
	say_status(list, scan, state);
	say_machine(list, scan, state);
	say_failure(list, scan, state);
	say_writing(list, scan, state);
	make_room(list, scan->entry_count);
	count = fill_part(list, scan, state, PART_BOOTABLE, 0);
	count = fill_part(list, scan, state, PART_REFUSED, count);
	places = fill_part(list, scan, state, PART_PLACES, count) - count;
	list->model = model_of(list, scan, state);
	list->model.count = count;
	list->model.places = list->items + count;
	list->model.place_count = places;
}

void menu_list_drop(struct menu_list *list)
{
	free(list->items);
	free(list->words);
	list->items = NULL;
	list->words = NULL;
	list->cap = 0;
}
