#include "attempt.h"

#include "base/log.h"
#include "format/boot_count.h"

#include <stdio.h>
#include <string.h>

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool attempt_next_name(const struct boot_entry *entry, char *ret, size_t cap)
{
	const struct found *f = &entry->found;

	if (f->is_counted && entry->place.may_write &&
	    boot_count_after_attempt(span_of_text(base_name(f->path)), ret,
				     cap) &&
	    strlen(ret) <= VOLUME_NAME_MAX)
		return true;
	ret[0] = '\0';
	return false;
}

/* The plan for a volume's store, made of what is there; NULL without room. */
static struct attempt_store *store_of(struct attempt_plan *plan,
				      const struct scan_text *text)
{
	struct attempt_store *s = plan->stores;

	for (uint32_t i = 0; i < plan->store_count; i++, s++)
		if (s->probe == text->probe &&
		    s->place.number == text->place.number)
			return s;
	if (plan->store_count == ATTEMPT_STORES_MAX)
		return NULL;
	plan->store_count++;
	*s = (struct attempt_store){ .probe = text->probe,
				     .place = text->place,
				     .store = text->store };
	return s;
}

static void clear_one_shot(struct attempt_plan *plan,
			   const struct scan_text *text, bool is_required)
{
	struct attempt_store *s;

	if (!text->store.oneshot[0] || !text->place.may_write)
		return;
	s = store_of(plan, text);
	if (!s)
		return;
	s->store.oneshot[0] = '\0';
	s->is_required |= is_required;
}

static void change(const struct choices *in, enum loader_var var,
		   const char *value, struct attempt_plan *plan)
{
	struct loader_change *c = &plan->changes[plan->change_count];

	if (!in->vars || !strcmp(in->vars->values[var], value))
		return;
	c->var = var;
	if (text_copy(c->value, sizeof(c->value), value))
		plan->change_count++;
}

static bool is_text(const struct choices *in, const struct scan_text *text)
{
	for (uint32_t i = 0; i < in->text_count; i++)
		if (in->texts[i] == text)
			return true;
	return false;
}

static enum status plan_one_shots(const struct choices *in,
				  const struct choice *choice,
				  struct attempt_plan *plan, struct error *err)
{
	bool is_one_shot = choice && choice->rank == CHOSEN_BY_ONE_SHOT;

	if (config_is_locked(in->config, CONFIG_LOCK_ONE_SHOT))
		return OK;
	change(in, LOADER_ONE_SHOT, "", plan);
	plan->is_change_required = is_one_shot && choice->is_of_variable;
	if (is_one_shot && choice->text) {
		if (!is_text(in, choice->text))
			return fail(err, E_ATTEMPT_ONE_SHOT,
				    "the disk with the one-shot is gone");
		clear_one_shot(plan, choice->text, true);
	}
	for (uint32_t i = 0; i < in->text_count; i++)
		clear_one_shot(plan, in->texts[i], false);
	return OK;
}

/* --- what booted last -------------------------------------------------------
 */

/* The volume whose store says, or shall say, what booted last. */
static const struct scan_text *last_of(const struct choices *in,
				       const struct boot_entry *entry)
{
	const struct scan_text *own = NULL, *first = NULL;

	for (uint32_t i = 0; i < in->text_count; i++) {
		const struct scan_text *text = in->texts[i];

		if (text->store.last[0])
			return text;
		if (!text->place.may_write)
			continue;
		if (text->probe == entry->probe &&
		    text->place.number == entry->place.number)
			own = text;
		if (!first)
			first = text;
	}
	return own ? own : first;
}

static void plan_last_in_store(const struct choices *in,
			       const struct boot_entry *entry,
			       struct attempt_plan *plan)
{
	const struct scan_text *text = last_of(in, entry);
	const char *id = entry->found.id;
	struct scan_text fresh = { .probe = entry->probe,
				   .place = entry->place };
	struct attempt_store *s;

	if (!text)
		text = &fresh;
	if (!strcmp(text->store.last, id))
		return;
	if (!text->place.may_write) {
		log_warn("%s: that %s booted last is not remembered: nothing "
			 "may be written there",
			 text->place.name, display_of_text(id).text);
		return;
	}
	if (!store_is_value(span_of_text(id))) {
		log_warn("%s booted last, which no store can remember: its id "
			 "has %zu bytes, the most is %d",
			 display_of_text(id).text, strlen(id), STORE_VALUE_MAX);
		return;
	}
	s = store_of(plan, text);
	if (s && !text_copy(s->store.last, sizeof(s->store.last), id))
		s->store.last[0] = '\0';
}

static void plan_last(const struct choices *in, const struct boot_entry *entry,
		      struct attempt_plan *plan)
{
	if (!in->config->last_booted || !choice_uses_saved(in))
		return;
	if (in->vars)
		change(in, LOADER_LAST_BOOTED, entry->found.id, plan);
	else
		plan_last_in_store(in, entry, plan);
}

enum status attempt_make(const struct choices *in, const struct choice *choice,
			 const struct boot_entry *entry, unsigned parts,
			 struct attempt_plan *ret, struct error *err)
{
	enum status s = OK;

	memset(ret, 0, sizeof(*ret));
	if (parts & ATTEMPT_ONE_SHOTS)
		s = plan_one_shots(in, choice, ret, err);
	if ((parts & ATTEMPT_ONE_SHOTS) &&
	    !config_is_locked(in->config, "timeout"))
		change(in, LOADER_TIMEOUT_ONE_SHOT, "", ret);
	if (parts & ATTEMPT_COUNTER)
		(void)!attempt_next_name(entry, ret->new_name,
					 sizeof(ret->new_name));
	if (parts & ATTEMPT_LAST)
		plan_last(in, entry, ret);
	return s;
}

/* --- carrying it out --------------------------------------------------------
 */

static enum status change_variables(const struct attempt_plan *plan,
				    const char *efivars,
				    struct loader_vars *vars, struct error *err)
{
	uint32_t done = 0;
	enum status s;

	if (!plan->change_count)
		return OK;
	s = loader_vars_change(efivars, plan->changes, plan->change_count,
			       &done, err);
	for (uint32_t i = 0; i < done && i < plan->change_count; i++) {
		const struct loader_change *c = &plan->changes[i];

		memcpy(vars->values[c->var], c->value, sizeof(c->value));
		if (c->var == LOADER_TIMEOUT_ONE_SHOT)
			vars->timeout_one_shot.has_timeout = false;
	}
	if (s == OK || (!done && plan->is_change_required))
		return s;
	log_warn("%s", err->text);
	return OK;
}

static enum status write_stores(const struct attempt_plan *plan,
				struct scan *scan, struct error *err)
{
	for (uint32_t i = 0; i < plan->store_count; i++) {
		const struct attempt_store *w = &plan->stores[i];
		enum status s = scan_write_store(scan, w->probe, &w->place,
						 &w->store, err);

		if (s == OK) {
			scan_texts_written(&scan->texts, w->probe, &w->place,
					   &w->store);
			continue;
		}
		/* else the next choice would be this one again */
		scan_texts_spend(&scan->texts, w->probe, w->place.number);
		if (w->is_required)
			return s;
		log_warn("%s", err->text);
	}
	return OK;
}

static void count(const struct attempt_plan *plan, struct scan *scan,
		  uint32_t entry_id)
{
	const struct boot_entry *entry = scan_find(scan, entry_id);
	struct error err;

	if (plan->new_name[0] && entry &&
	    scan_count_attempt(scan, entry, plan->new_name, &err) != OK)
		log_warn("%s", err.text);
}

enum status attempt_carry_out(const struct attempt_plan *plan,
			      struct scan *scan, uint32_t entry_id,
			      const char *efivars, struct loader_vars *vars,
			      struct error *err)
{
	struct error why = { .code = OK };
	enum status s = change_variables(plan, efivars, vars, &why);

	if (s == OK)
		s = write_stores(plan, scan, &why);
	if (s != OK)
		return fail(err, E_ATTEMPT_ONE_SHOT,
			    "the one-shot is not taken out and would boot for "
			    "ever: %.300s",
			    why.text);
	count(plan, scan, entry_id);
	return OK;
}
