/* An operator's default or one-shot; the contract is in menu_choice.h. */
#include "menu_choice.h"

#include "base/log.h"
#include "base/own.h"

#include <string.h>

/* What differs between the two. */
struct wish {
	const char *lock; /* for config_is_locked() */
	const char *what;
	const char *now; /* what is so when it is done */
	enum choice_rank rank;
	enum loader_var var;
	size_t in_store; /* offset in struct store */
};

static const struct wish wishes[] = {
	{ "default", "the default", "is the default now", CHOSEN_BY_DEFAULT,
	  LOADER_DEFAULT, offsetof(struct store, default_entry) },
	{ CONFIG_LOCK_ONE_SHOT, "the one-shot", "boots the next time only",
	  CHOSEN_BY_ONE_SHOT, LOADER_ONE_SHOT,
	  offsetof(struct store, oneshot) },
};

static const struct wish *wish_of(bool is_one_shot)
{
	return &wishes[is_one_shot];
}

const char *menu_choice_locked(const struct menu_choice *c, bool is_one_shot)
{
	if (!c->on_machine)
		return "a rehearsal writes nothing";
	if (!config_is_locked(c->config, wish_of(is_one_shot)->lock))
		return "";
	return is_one_shot ? "the image does not allow it (lock = one-shot)"
			   : "the image does not allow it (lock = default)";
}

/* --- whether it may ---------------------------------------------------------
 */

static enum status check_id(const struct found *f, struct error *err)
{
	if (!f->id[0])
		return fail(err, E_SET_ID,
			    "%s has no name that it could be found by again",
			    f->title.text);
	if (!store_is_value(span_of_text(f->id)))
		return fail(err, E_SET_ID,
			    "the id of %s has %zu bytes, at most %d of plain "
			    "text can be kept",
			    f->title.text, strlen(f->id), STORE_VALUE_MAX);
	return OK;
}

static const char *why_never(const struct boot_entry *e)
{
	if (e->failure_code != OK)
		return "it has failed";
	if (found_is_bad(&e->found))
		return "it has no tries left";
	if (e->found.kind == FOUND_OWN)
		return "it is keelboot";
	return "it is of a kind that has to be chosen by hand";
}

/* What it would boot once it is written. An id is a pattern there. */
static enum status check_meaning(const struct choices *in,
				 const struct boot_entry *e,
				 const struct wish *wish, struct error *err)
{
	const struct boot_entry *named =
		choice_named(in, e->found.id, wish->rank);

	if (named && named->line == e->line)
		return OK;
	if (named)
		return fail(err, E_SET_ID, "the id of %s means %s on %s, too",
			    e->found.title.text, named->found.title.text,
			    named->place.name);
	return fail(err, E_SET_NEVER, "%s never boots by itself: %s",
		    e->found.title.text, why_never(e));
}

static enum status check(const struct menu_choice *c, const struct choices *in,
			 const struct boot_entry *e, bool is_one_shot,
			 struct error *err)
{
	const char *locked = menu_choice_locked(c, is_one_shot);
	enum status s;

	if (locked[0])
		return fail(err, E_SET_LOCKED, "%s cannot be set: %s",
			    wish_of(is_one_shot)->what, locked);
	if (!e)
		return fail(err, E_SET_ENTRY,
			    "the entry is not there any more");
	if (e->found.why != OK)
		return fail(err, E_SET_ENTRY, "%s is refused: %s",
			    e->found.title.text, e->found.reason);
	if (in->vars_pending)
		return fail(err, E_SET_PENDING,
			    "the EFI variables are not read yet");
	s = check_id(&e->found, err);
	return s == OK ? check_meaning(in, e, wish_of(is_one_shot), err) : s;
}

/* --- where it goes ----------------------------------------------------------
 */

static enum status set_variable(struct menu_choice *c, const struct wish *wish,
				const char *id, struct text *where,
				struct error *err)
{
	struct loader_change change = { .var = wish->var };
	uint32_t done = 0;
	enum status s;

	(void)!text_copy(change.value, sizeof(change.value), id);
	s = loader_vars_change(c->efivars, &change, 1, &done, err);
	if (s != OK)
		return fail_in(err, s, "%s cannot be set", wish->what);
	memcpy(c->vars.values[wish->var], change.value, sizeof(change.value));
	if (wish->rank == CHOSEN_BY_ONE_SHOT)
		c->is_spent = false;
	text_addf(where, "the EFI variable %s", loader_var_name(wish->var));
	return OK;
}

static char *value_in(struct store *store, const struct wish *wish)
{
	return (char *)store + wish->in_store;
}

static bool is_of(const struct scan_text *t, const struct boot_entry *e)
{
	return t->probe == e->probe && t->place.number == e->place.number;
}

/* The volume to write to, and what its store says now. The first that has a
 * word on it wins, so it is best said there. */
static bool pick_volume(const struct choices *in, const struct boot_entry *e,
			const struct wish *wish, struct attempt_store *ret)
{
	const struct scan_text *own = NULL, *first = NULL, *pick;

	for (uint32_t i = 0; i < in->text_count; i++) {
		struct scan_text *t = in->texts[i];

		if (!t->place.may_write)
			continue;
		if (value_in(&t->store, wish)[0] && !first)
			first = t;
		own = is_of(t, e) ? t : own;
	}
	pick = first ? first : own;
	for (uint32_t i = 0; !pick && !e->place.may_write && i < in->text_count;
	     i++)
		if (in->texts[i]->place.may_write)
			pick = in->texts[i];
	*ret = (struct attempt_store){ .probe = e->probe, .place = e->place };
	if (pick)
		*ret = (struct attempt_store){ .probe = pick->probe,
					       .place = pick->place,
					       .store = pick->store };
	for (uint32_t i = 0; !ret->place.may_write && i < in->entry_count; i++)
		if (in->entries[i]->place.may_write)
			*ret = (struct attempt_store){
				.probe = in->entries[i]->probe,
				.place = in->entries[i]->place,
			};
	return ret->place.may_write;
}

static enum status set_in_store(const struct choices *in, struct scan *scan,
				const struct boot_entry *e,
				const struct wish *wish, struct text *where,
				struct error *err)
{
	_free_ struct attempt_store *to = malloc(sizeof(*to));
	struct scan_text *text;
	enum status s;

	if (!to)
		return fail(err, E_NO_MEMORY, "no memory for a store");
	if (!pick_volume(in, e, wish, to))
		return fail(err, E_SET_NO_PLACE,
			    "%s cannot be set: no volume may be written",
			    wish->what);
	/* it fits: it has been checked */
	(void)!text_copy(value_in(&to->store, wish), STORE_VALUE_MAX + 1,
			 e->found.id);
	/* in and e are worth nothing after this */
	s = scan_write_store(scan, to->probe, &to->place, &to->store, err);
	if (s != OK)
		return fail_in(err, s, "%s cannot be set", wish->what);
	scan_texts_written(&scan->texts, to->probe, &to->place, &to->store);
	text = scan_texts_find(&scan->texts, to->probe, to->place.number);
	if (text && wish->rank == CHOSEN_BY_ONE_SHOT)
		text->is_spent = false;
	text_addf(where, "the store on %s", to->place.name);
	return OK;
}

/* Something else may have the first word. */
static void say(struct menu_choice *c, const struct scan *scan, uint32_t line,
		struct text *said)
{
	struct choices in = menu_choice_sources(c, scan);
	struct choice choice;

	choice_make(&in, &choice);
	if (!choice.entry || choice.entry->line == line)
		return;
	text_addf(said, " But %s boots before it: %s.",
		  choice.entry->found.title.text, choice.why);
}

enum status menu_choice_set(struct menu_choice *c, struct scan *scan,
			    uint32_t line, bool is_one_shot,
			    struct text *ret_said, struct error *err)
{
	const struct wish *wish = wish_of(is_one_shot);
	struct choices in = menu_choice_sources(c, scan);
	const struct boot_entry *e = scan_leader(scan, line);
	char where_buf[128];
	struct text where = text_over(where_buf, sizeof(where_buf));
	struct display title;
	enum status s = check(c, &in, e, is_one_shot, err);

	if (s != OK)
		return s;
	title = e->found.title;
	s = in.vars ? set_variable(c, wish, e->found.id, &where, err)
		    : set_in_store(&in, scan, e, wish, &where, err);
	if (s != OK)
		return s;
	text_addf(ret_said, "%s %s, in %s.", title.text, wish->now, where_buf);
	log_info("by hand: %s", ret_said->buf);
	say(c, scan, line, ret_said);
	return OK;
}
