#include "choice.h"

#include "format/glob.h"

#include <stdio.h>
#include <string.h>

#define SAVED "@saved"

/* --- which entries may -----------------------------------------------------
 */

/* What the devices of boot flags are here; the rest means nothing. */
static bool is_of_device(const struct boot_entry *e, enum ipmi_device device)
{
	bool is_network = e->found.kind == FOUND_NETWORK;

	switch (device) {
	case IPMI_DEVICE_NETWORK:
		return is_network;
	case IPMI_DEVICE_DISK:
		return !is_network;
	case IPMI_DEVICE_CD:
	case IPMI_DEVICE_REMOTE_CD:
		return !is_network && !strcmp(e->place.fs_type, "iso9660");
	case IPMI_DEVICE_FLOPPY:
	case IPMI_DEVICE_REMOTE_FLOPPY:
	case IPMI_DEVICE_REMOTE_MEDIUM:
	case IPMI_DEVICE_REMOTE_DISK:
		return !is_network && e->place.is_removable;
	case IPMI_DEVICE_NONE:
		return true;
	case IPMI_DEVICE_SAFE:
	case IPMI_DEVICE_SETUP:
	case IPMI_DEVICE_DIAGNOSTIC:
		return false;
	}
	return false;
}

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

static bool may_boot(const struct choices *in, const struct boot_entry *e,
		     enum choice_rank rank, bool is_meant)
{
	const struct found *f = &e->found;

	if (!is_there(e) || f->kind == FOUND_OWN || !is_of_device(e, in->only))
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

		if (may_boot(in, e, rank, names_profile(name)) &&
		    glob_match_within(pattern, span_of_text(e->found.id),
				      GLOB_FOLD, left))
			return e;
	}
	for (uint32_t i = 0; i < in->entry_count; i++) {
		struct boot_entry *e = in->entries[i];
		struct span title = span_of_text(e->found.title.text);

		if (may_boot(in, e, rank, span_equal(pattern, title)) &&
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

static bool ask_bmc(const struct choices *in, const struct key *key,
		    struct choice *ret);

static bool ask_all(const struct choices *in, const struct key *key,
		    struct choice *ret)
{
	static const struct source image = { "the built-in configuration", "",
					     "" };

	ret->rank = key->rank;
	if (!config_is_locked(in->config, key->name) &&
	    (ask_variable(in, key, ret) || ask_bmc(in, key, ret) ||
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

/* A reason that may be gone in a moment: the disk, the memory or a server, not
 * what the entry is. What has not failed was not to be tried. */
static bool may_pass(const struct boot_entry *e)
{
	enum status code = e->failure_code;

	if (code == OK)
		return false;
	return (found_is_of_network(&e->found) && !e->is_text_refused) ||
	       code == E_IMAGE_GONE || code == E_IMAGE_DEADLINE ||
	       code == E_IMAGE_MEMORY || code == E_NO_MEMORY ||
	       code == E_BLOB_READ || code == E_BLOB_WRITE;
}

static bool may_boot_again(const struct boot_entry *e)
{
	const struct found *f = &e->found;

	return e->leads && f->why == OK && f->is_automatic &&
	       !is_other_profile(f) && f->kind != FOUND_OWN &&
	       !found_is_bad(f) && may_pass(e);
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
		    may_boot(in, e, CHOSEN_BY_NOBODY, false))
			return e;
	}
	return NULL;
}

static bool take_first(const struct choices *in, struct choice *ret)
{
	struct boot_entry *e = NULL, *named;

	ret->rank = CHOSEN_BY_NOBODY;
	for (uint32_t i = 0; !e && i < in->entry_count; i++)
		if (may_boot(in, in->entries[i], CHOSEN_BY_NOBODY, false))
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
	ret->entry = e;
	if (!e)
		ret->why[0] = '\0';
	return e != NULL;
}

/* What has waited for the longest since it failed. */
static void take_again(const struct choices *in, struct choice *ret)
{
	for (uint32_t i = 0; i < in->entry_count; i++) {
		struct boot_entry *e = in->entries[i];

		if (may_boot_again(e) &&
		    (!ret->entry || e->failed_ms < ret->entry->failed_ms))
			ret->entry = e;
	}
	ret->rank = CHOSEN_BY_NOBODY;
	ret->is_again = ret->entry != NULL;
	if (ret->entry)
		snprintf(ret->why, sizeof(ret->why),
			 "it may boot now, though it failed before");
}

static bool take_usual(const struct choices *in, struct choice *ret)
{
	return ask_all(in, &preferred, ret) ||
	       ask_all(in, &default_entry, ret) || take_first(in, ret);
}

/* --- boot-order -------------------------------------------------------------
 */

static struct boot_entry *first_of_network(const struct choices *in)
{
	for (uint32_t i = 0; i < in->entry_count; i++)
		if (in->entries[i]->found.kind == FOUND_NETWORK &&
		    may_boot(in, in->entries[i], CHOSEN_BY_ORDER, false))
			return in->entries[i];
	return NULL;
}

/* An entry of the image before one to which a disk gave the same name. */
static struct boot_entry *find_in_order(const struct choices *in,
					const char *name)
{
	struct choices network = *in;
	uint64_t own = UINT64_MAX;
	struct boot_entry *e = NULL;

	network.only = IPMI_DEVICE_NETWORK;
	if (in->only == IPMI_DEVICE_NONE)
		e = find(&network, name, CHOSEN_BY_ORDER, &own);
	return e ? e : find(in, name, CHOSEN_BY_ORDER, &own);
}

static bool take_word(const struct choices *in, const char *word,
		      struct choice *ret)
{
	struct choices disks = *in;
	bool may_come = true;

	if (!strcmp(word, "disk")) {
		disks.only = IPMI_DEVICE_DISK;
		if (take_usual(&disks, ret))
			return true;
	} else {
		ret->rank = CHOSEN_BY_ORDER;
		may_come = strcmp(word, "network") != 0;
		ret->entry = may_come ? find_in_order(in, word)
				      : first_of_network(in);
	}
	if (!ret->entry)
		ret->is_missing |= may_come;
	else
		snprintf(ret->why, sizeof(ret->why), "%.64s in boot-order",
			 word);
	return ret->entry != NULL;
}

static bool ask_order(const struct choices *in, struct choice *ret)
{
	char words[sizeof(in->config->boot_order)], *at = words, *word;

	memcpy(words, in->config->boot_order, sizeof(words));
	while ((word = strsep(&at, " \t")))
		if (word[0] && take_word(in, word, ret))
			return true;
	return false;
}

/* --- the boot flags of a BMC ------------------------------------------------
 */

/* Flags name no entry but a device: of its entries the one that would boot if
 * there were no others. */
static bool ask_bmc(const struct choices *in, const struct key *key,
		    struct choice *ret)
{
	struct choice of_device = { .work_left = ret->work_left };
	const struct ipmi_boot *boot = in->ipmi;
	struct choices narrowed = *in;

	if (!choice_heeds_bmc(in->config, boot) || choice_bmc_wants_menu(in) ||
	    key->rank != (boot->is_persistent ? CHOSEN_BY_PREFERRED
					      : CHOSEN_BY_ONE_SHOT))
		return false;
	narrowed.ipmi = NULL;
	narrowed.only = boot->device;
	ret->is_of_bmc = ask_cmdline(&narrowed, &of_device) ||
			 ask_all(&narrowed, &preferred, &of_device) ||
			 ask_all(&narrowed, &default_entry, &of_device) ||
			 take_first(&narrowed, &of_device);
	ret->work_left = of_device.work_left;
	ret->is_missing |= !ret->is_of_bmc;
	ret->entry = of_device.entry;
	if (ret->is_of_bmc)
		snprintf(ret->why, sizeof(ret->why),
			 "%s of the BMC (%s): %.180s", key->what,
			 ipmi_device_name(boot->device), of_device.why);
	return ret->is_of_bmc;
}

void choice_make(const struct choices *in, struct choice *ret)
{
	bool has_order = in->config->boot_order[0];

	*ret = (struct choice){ .work_left = CHOICE_WORK_MAX };
	if (ask_all(in, &one_shot, ret) ||
	    (in->system_failed && ask_all(in, &system_failure, ret)) ||
	    ask_cmdline(in, ret))
		return;
	ret->rank = CHOSEN_BY_PREFERRED;
	if (has_order && ask_bmc(in, &preferred, ret))
		return;
	if (!(has_order ? ask_order(in, ret) : take_usual(in, ret)))
		take_again(in, ret);
}
