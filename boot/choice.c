#include "choice.h"

#include "format/glob.h"

#include <stdio.h>
#include <string.h>

#define SAVED "@saved"

/* --- which entries may -----------------------------------------------------
 */

static bool is_there(const struct boot_entry *e)
{
	return e->leads && e->found.why == OK && e->failure_code == OK;
}

/* A profile that is not the first has to be meant. */
static bool names_profile(const char *name)
{
	return strchr(name, '@') != NULL;
}

/* A profile of a UKI, and not what a type 1 entry is for. */
static bool is_other_profile(const struct found *f)
{
	return f->profile && f->kind != FOUND_TYPE1 &&
	       f->kind != FOUND_CONFIGURED;
}

static bool may_boot(const struct boot_entry *e, enum choice_rank rank,
		     bool is_meant)
{
	const struct found *f = &e->found;

	if (!is_there(e) || f->kind == FOUND_OWN)
		return false;
	if (rank == CHOSEN_BY_ONE_SHOT)
		return !is_other_profile(f) || is_meant;
	if (found_is_bad(f))
		return false;
	return is_other_profile(f) ? f->kind == FOUND_UKI && is_meant
				   : f->is_automatic;
}

static struct boot_entry *find(const struct choices *in, const char *name,
			       enum choice_rank rank, uint64_t *left)
{
	struct span pattern = span_of_text(name);

	for (uint32_t i = 0; i < in->entry_count; i++) {
		struct boot_entry *e = in->entries[i];

		if (may_boot(e, rank, names_profile(name)) &&
		    glob_match_within(pattern, span_of_text(e->found.id),
				      GLOB_FOLD, left))
			return e;
	}
	for (uint32_t i = 0; i < in->entry_count; i++) {
		struct boot_entry *e = in->entries[i];
		struct span title = span_of_text(e->found.title.text);

		if (may_boot(e, rank, span_equal(pattern, title)) &&
		    glob_match_within(pattern, title, GLOB_EXACT, left))
			return e;
	}
	return NULL;
}

/* --- the sources ------------------------------------------------------------
 */

/* The keys that a volume or the image may set, by their rank. */
struct key {
	const char *name; /* for config_is_locked() */
	const char *what; /* for people */
	enum choice_rank rank;
	enum loader_var var;
	size_t in_store;  /* offset in struct store */
	bool has_config;  /* loader.conf and the image have it, too */
	size_t in_config; /* offset in struct config_choices */
};

static const struct key one_shot = { CONFIG_LOCK_ONE_SHOT,
				     "one-shot",
				     CHOSEN_BY_ONE_SHOT,
				     LOADER_ONE_SHOT,
				     offsetof(struct store, oneshot),
				     false,
				     0 };
static const struct key system_failure = { "default",
					   "sysfail",
					   CHOSEN_BY_FAILURE,
					   LOADER_SYS_FAIL,
					   offsetof(struct store, sysfail),
					   false,
					   0 };
static const struct key preferred = { "preferred",
				      "preferred",
				      CHOSEN_BY_PREFERRED,
				      LOADER_PREFERRED,
				      offsetof(struct store, preferred),
				      true,
				      offsetof(struct config_choices,
					       preferred) };
static const struct key default_entry = { "default",
					  "default",
					  CHOSEN_BY_DEFAULT,
					  LOADER_DEFAULT,
					  offsetof(struct store, default_entry),
					  true,
					  offsetof(struct config_choices,
						   default_entry) };

static const char *in_config(const struct config_choices *c,
			     const struct key *key)
{
	return (const char *)c + key->in_config;
}

static const char *variable(const struct choices *in, enum loader_var var)
{
	return in->vars ? in->vars->values[var] : "";
}

/* Which entry booted last, "" if nobody knows. */
static const char *saved(const struct choices *in)
{
	const char *id = variable(in, LOADER_LAST_BOOTED);

	for (uint32_t i = 0; !id[0] && i < in->text_count; i++)
		id = in->texts[i]->store.last;
	return id;
}

/* Where a name comes from, for people: "the store", " on ", "vda1". */
struct source {
	const char *what, *link, *which;
};

/* Takes what a source names, if that is there. Nobody misses what booted last
 * where that is not known. */
static bool ask(const struct choices *in, const struct key *key,
		const char *name, struct source source, struct choice *ret)
{
	bool is_saved = !strcmp(name, SAVED);
	const char *wanted = is_saved ? saved(in) : name;
	uint64_t own = UINT64_MAX;

	if (!wanted[0])
		return false;
	ret->entry =
		find(in, wanted, ret->rank, ret->text ? &ret->work_left : &own);
	if (!ret->entry) {
		ret->is_missing = true;
		return false;
	}
	snprintf(ret->why, sizeof(ret->why), "%s%s of %s%s%s", key->what,
		 is_saved ? " (" SAVED ")" : "", source.what, source.link,
		 source.which);
	return true;
}

static bool ask_variable(const struct choices *in, const struct key *key,
			 struct choice *ret)
{
	const struct source source = { "the EFI variable", " ",
				       loader_var_name(key->var) };

	if (key->rank == CHOSEN_BY_ONE_SHOT && in->is_spent)
		return false;
	ret->is_of_variable = ask(in, key, variable(in, key->var), source, ret);
	return ret->is_of_variable;
}

typedef const char *read_fn(const struct scan_text *, const struct key *);

static const char *in_store(const struct scan_text *text, const struct key *key)
{
	return (const char *)&text->store + key->in_store;
}

static const char *in_conf(const struct scan_text *text, const struct key *key)
{
	return in_config(&text->conf, key);
}

/* Mirrored disks say the same: once is enough to know that nothing has that
 * name. */
static bool is_repeated(const struct choices *in, uint32_t index,
			const struct key *key, read_fn *read)
{
	const char *name = read(in->texts[index], key);

	for (uint32_t i = 0; name[0] && i < index; i++)
		if (!strcmp(read(in->texts[i], key), name) &&
		    !in->texts[i]->is_spent)
			return true;
	return false;
}

static bool ask_texts(const struct choices *in, const struct key *key,
		      const char *what, read_fn *read, struct choice *ret)
{
	for (uint32_t i = 0; i < in->text_count; i++) {
		const struct scan_text *text = in->texts[i];
		const struct source source = { what, " on ", text->place.name };

		if ((key->rank == CHOSEN_BY_ONE_SHOT && text->is_spent) ||
		    is_repeated(in, i, key, read))
			continue;
		ret->text = text;
		if (ask(in, key, read(text, key), source, ret))
			return true;
	}
	ret->text = NULL;
	return false;
}

static bool ask_all(const struct choices *in, const struct key *key,
		    struct choice *ret)
{
	static const struct source image = { "the built-in configuration", "",
					     "" };

	ret->rank = key->rank;
	if (!config_is_locked(in->config, key->name) &&
	    (ask_variable(in, key, ret) ||
	     ask_texts(in, key, "the store", in_store, ret) ||
	     (key->has_config &&
	      ask_texts(in, key, "loader.conf", in_conf, ret))))
		return true;
	return key->has_config &&
	       ask(in, key, in_config(&in->config->builtin, key), image, ret);
}

static bool ask_cmdline(const struct choices *in, struct choice *ret)
{
	static const struct source source = { "the kernel command line", "",
					      "" };
	const struct config_choices *c = &in->config->cmdline;

	ret->rank = CHOSEN_BY_CMDLINE;
	return ask(in, &preferred, c->preferred, source, ret) ||
	       ask(in, &default_entry, c->default_entry, source, ret);
}

struct boot_entry *choice_named(const struct choices *in, const char *name,
				enum choice_rank rank)
{
	uint64_t left = CHOICE_WORK_MAX;

	return find(in, name, rank, &left);
}

/* --- without a name ---------------------------------------------------------
 */

/* A reason that may be gone in a moment: the disk or the memory, not what the
 * entry is. */
static bool may_pass(enum status code)
{
	return code == E_IMAGE_GONE || code == E_IMAGE_DEADLINE ||
	       code == E_IMAGE_MEMORY || code == E_NO_MEMORY ||
	       code == E_BLOB_READ || code == E_BLOB_WRITE;
}

static bool may_boot_again(const struct boot_entry *e)
{
	const struct found *f = &e->found;

	return e->leads && f->why == OK && f->is_automatic &&
	       !is_other_profile(f) && f->kind != FOUND_OWN &&
	       !found_is_bad(f) && may_pass(e->failure_code);
}

/* Whether one file speaks of both: their own, or the grub.cfg that shows the
 * type 1 entries of a volume. */
static bool are_of_one_file(const struct found *a, const struct found *b)
{
	return (a->kind == FOUND_TYPE1 && b->kind == FOUND_TYPE1) ||
	       !strcmp(a->path, b->path);
}

/* What the file of that entry calls its default. */
static struct boot_entry *default_of_file(const struct choices *in,
					  const struct boot_entry *entry)
{
	for (uint32_t i = 0; i < in->entry_count; i++) {
		struct boot_entry *e = in->entries[i];

		if (e->found.is_file_default && e->probe == entry->probe &&
		    e->place.number == entry->place.number &&
		    are_of_one_file(&e->found, &entry->found) &&
		    may_boot(e, CHOSEN_BY_NOBODY, false))
			return e;
	}
	return NULL;
}

static void take_first(const struct choices *in, struct choice *ret)
{
	struct boot_entry *e = NULL, *named;

	ret->rank = CHOSEN_BY_NOBODY;
	for (uint32_t i = 0; !e && i < in->entry_count; i++)
		if (may_boot(in->entries[i], CHOSEN_BY_NOBODY, false))
			e = in->entries[i];
	snprintf(ret->why, sizeof(ret->why), "the first of the list");
	named = e ? default_of_file(in, e) : NULL;
	if (named) {
		snprintf(ret->why, sizeof(ret->why), "default of %s on %s",
			 named->found.kind == FOUND_TYPE1
				 ? "grub.cfg"
				 : display_of_text(named->found.path).text,
			 named->place.name);
		e = named;
	}
	for (uint32_t i = 0; !e && i < in->entry_count; i++) {
		if (!may_boot_again(in->entries[i]))
			continue;
		e = in->entries[i];
		snprintf(ret->why, sizeof(ret->why),
			 "the first of the list that may boot now, though it "
			 "failed before");
	}
	ret->entry = e;
	if (!e)
		ret->why[0] = '\0';
}

void choice_make(const struct choices *in, struct choice *ret)
{
	*ret = (struct choice){ .work_left = CHOICE_WORK_MAX };
	if (ask_all(in, &one_shot, ret) ||
	    (in->system_failed && ask_all(in, &system_failure, ret)) ||
	    ask_cmdline(in, ret) || ask_all(in, &preferred, ret) ||
	    ask_all(in, &default_entry, ret))
		return;
	take_first(in, ret);
}

/* --- when -------------------------------------------------------------------
 */

/* Whether what a disk says could come before something that no disk has said.
 */
static bool disks_outrank(const struct choices *in, const struct choice *c)
{
	const struct config *config = in->config;

	if (!config_is_locked(config, CONFIG_LOCK_ONE_SHOT))
		return true;
	if (c->rank < CHOSEN_BY_PREFERRED ||
	    (c->rank == CHOSEN_BY_PREFERRED && c->is_of_variable))
		return false;
	if (!config_is_locked(config, preferred.name))
		return true;
	return c->rank == CHOSEN_BY_DEFAULT && !c->is_of_variable &&
	       !config_is_locked(config, default_entry.name);
}

bool choice_is_final(const struct choices *in, const struct choice *choice,
		     const struct choice_wait *wait)
{
	if (in->vars_pending)
		return false;
	if (choice->is_missing)
		return !wait->pending && !wait->more_come;
	if (choice->rank == CHOSEN_BY_ONE_SHOT && choice->is_of_variable)
		return true;
	if (!choice->text && choice->rank != CHOSEN_BY_NOBODY)
		return !wait->holding || !disks_outrank(in, choice);
	return !wait->holding && !wait->more_come;
}

static const struct config_choices *timeout_of_texts(const struct choices *in)
{
	for (uint32_t i = 0; i < in->text_count; i++)
		if (in->texts[i]->store_timeout.has_timeout)
			return &in->texts[i]->store_timeout;
	for (uint32_t i = 0; i < in->text_count; i++)
		if (in->texts[i]->conf.has_timeout)
			return &in->texts[i]->conf;
	return NULL;
}

const struct config_choices *choice_timeout(const struct choices *in)
{
	const struct config *config = in->config;
	const struct config_choices *of_texts;

	if (config_is_locked(config, "timeout"))
		return &config->builtin;
	if (in->vars && in->vars->timeout_one_shot.has_timeout)
		return &in->vars->timeout_one_shot;
	if (config->cmdline.has_timeout)
		return &config->cmdline;
	if (in->vars && in->vars->timeout.has_timeout)
		return &in->vars->timeout;
	of_texts = timeout_of_texts(in);
	return of_texts ? of_texts : &config->builtin;
}

/* A word of `timeout` goes with the timeout that counts, and no other. */
static bool says_manner(const struct choices *in,
			const struct config_choices *c)
{
	return c->has_manner &&
	       (!c->is_manner_of_timeout || c == choice_timeout(in));
}

enum menu_manner choice_manner(const struct choices *in)
{
	const struct config *config = in->config;
	const struct config_choices *timeout = choice_timeout(in);

	if (config_is_locked(config, "menu"))
		return config->builtin.manner;
	if (in->vars && says_manner(in, &in->vars->timeout_one_shot))
		return timeout->manner;
	if (says_manner(in, &config->cmdline))
		return config->cmdline.manner;
	if (in->vars && says_manner(in, &in->vars->timeout))
		return timeout->manner;
	for (uint32_t i = 0; i < in->text_count; i++)
		if (says_manner(in, &in->texts[i]->store_timeout))
			return timeout->manner;
	for (uint32_t i = 0; i < in->text_count; i++)
		if (says_manner(in, &in->texts[i]->conf))
			return in->texts[i]->conf.manner;
	return says_manner(in, &config->builtin) ? config->builtin.manner
						 : MENU_SHOWN;
}

static bool says_saved(const struct config_choices *c)
{
	return !strcmp(c->default_entry, SAVED) || !strcmp(c->preferred, SAVED);
}

bool choice_uses_saved(const struct choices *in)
{
	bool used = says_saved(&in->config->builtin) ||
		    says_saved(&in->config->cmdline) ||
		    !strcmp(variable(in, LOADER_DEFAULT), SAVED) ||
		    !strcmp(variable(in, LOADER_PREFERRED), SAVED);

	for (uint32_t i = 0; !used && i < in->text_count; i++) {
		const struct scan_text *text = in->texts[i];

		used = says_saved(&text->conf) ||
		       !strcmp(text->store.default_entry, SAVED) ||
		       !strcmp(text->store.preferred, SAVED);
	}
	return used;
}
