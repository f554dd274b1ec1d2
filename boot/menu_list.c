#include "menu_list.h"

#include "base/log.h"
#include "base/text.h"
#include "zboot_load.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

struct menu_list_words {
	char title[2 * DISPLAY_MAX + 2];
	char where[FOUND_PATH_MAX + 64];
	char mark[DISPLAY_MAX + 16];
	char summary[DISPLAY_MAX + 64];
	char about[1536];
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

static const char *kind_name(const struct found *found)
{
	switch (found->kind) {
	case FOUND_CONFIGURED:
		return "entry of the built-in configuration";
	case FOUND_UKI:
		return "unified kernel image (UKI)";
	case FOUND_KERNEL:
		if (found->why != OK)
			return "file that cannot be booted";
		return "kernel without an entry; never boots by itself";
	case FOUND_OWN:
		return "keelboot itself; never boots by itself";
	case FOUND_TYPE1:
		return "Boot Loader Specification entry";
	case FOUND_GRUB:
		return "entry of a grub.cfg";
	case FOUND_EXTLINUX:
		return "entry of an extlinux.conf";
	case FOUND_FALLBACK:
		return "removable-media boot file; never boots by itself";
	case FOUND_PLACE:
	case FOUND_REVOCATIONS:
	case FOUND_KIND_COUNT:
		break;
	}
	return "";
}

/* A verdict is about bytes that were read once: a disk that gave good ones may
 * have given others since, and then only the refusal holds. */
static bool is_verified(const struct boot_entry *entry)
{
	return entry->verified.text[0] &&
	       !menu_list_refusal(entry->failure_code);
}

static void describe_copies(const struct scan *scan,
			    const struct boot_entry *entry, struct text *about)
{
	for (uint32_t i = 0; entry->copies > 1 && i < scan->entry_count; i++) {
		const struct boot_entry *e = scan->entries[i];

		if (e->line != entry->line || e == entry)
			continue;
		text_addf(about, "also: %s on %s", e->found.path,
			  e->place.name);
		if (e->failure[0])
			text_addf(about, ", failed: %s", e->failure);
		text_add(about, "\n");
	}
}

static void describe(const struct scan *scan, const struct boot_entry *entry,
		     struct text *about)
{
	const struct found *f = &entry->found;

	text_addf(about, "id: %s\n", f->id);
	text_addf(about, "kind: %s\n", kind_name(f));
	text_addf(about, "file: %s on %s\n", f->path, entry->place.name);
	if (f->line)
		text_addf(about, "line: %u\n", f->line);
	if (f->is_counted)
		text_addf(about, "attempts: %u left, %u done\n", f->tries_left,
			  f->tries_done);
	describe_copies(scan, entry, about);
	if (f->version.text[0])
		text_addf(about, "version: %s\n", f->version.text);
	if (f->release.text[0])
		text_addf(about, "kernel: %s\n", f->release.text);
	if (f->profile)
		text_addf(about, "profile: %u\n", f->profile);
	if (f->signature == FOUND_UNSIGNED)
		text_add(about, "signature: none\n");
	else if (f->signature == FOUND_SIGNED)
		text_addf(about, "signature: claims %s\n",
			  f->claims.text[0] ? f->claims.text
					    : "a signer that cannot be read");
	for (uint32_t i = 0; i < f->file_count; i++)
		text_addf(about, "%s: %s, %llu bytes\n",
			  found_role_name(f->files[i].role), f->files[i].path,
			  (unsigned long long)f->files[i].size);
	if (f->left_out_count)
		text_addf(about, "cannot be taken along: %s\n",
			  f->left_out.text);
	if (is_verified(entry))
		text_addf(about, "verified: %s\n", entry->verified.text);
	if (entry->warning[0])
		text_addf(about, "not verified: %s\n", entry->warning);
	if (entry->failure[0])
		text_addf(about, "last attempt: %s\n", entry->failure);
}

/* What verification said, in the words of its codes' groups. Several codes
 * share one: the sentence has the rest. */
const char *menu_list_refusal(enum status code)
{
	static const struct {
		enum status code;
		const char *word;
	} words[] = {
		{ E_JUDGE_UNSIGNED, "unsigned" },
		{ E_JUDGE_REVOKED_HASH, "revoked" },
		{ E_JUDGE_REVOKED_SIGNER, "revoked" },
		{ E_SBAT_REVOKED, "revoked" },
		{ E_JUDGE_UNKNOWN_SIGNER, "unknown signer" },
		{ E_JUDGE_NO_SIGNER_CERT, "unknown signer" },
		{ E_JUDGE_IMAGE_DIGEST, "changed" },
		{ E_VERIFY_DIGEST, "changed" },
		{ E_VERIFY_NOT_COVERED, "not covered" },
		{ E_VERIFY_LEFT_OVER, "not covered" },
		{ E_VERIFY_UNCOVERED, "not covered" },
		{ E_VERIFY_NO_PE, "unsigned" },
		{ E_VERIFY_NO_SBAT, "no SBAT" },
		{ E_VERIFY_SBAT_TWICE, "bad SBAT" },
		{ E_JUDGE_DATES, "out of date" },
		{ E_JUDGE_ATTRIBUTES_DIGEST, "bad signature" },
		{ E_JUDGE_CONTENT_KIND, "bad signature" },
	};
	static const struct {
		const char *slug, *word;
	} groups[] = {
		{ "authenticode-", "bad signature" },
		{ "pkcs7-", "bad signature" },
		{ "spc-", "bad signature" },
		{ "der-", "bad signature" },
		{ "x509-", "bad signature" },
		{ "algorithm-", "bad signature" },
		{ "signature-", "bad signature" },
		{ "chain-", "bad signature" },
		{ "manifest-", "bad manifest" },
		{ "sbat-", "bad SBAT" },
	};
	const char *slug = status_slug(code);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].code == code)
			return words[i].word;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (!strncmp(slug, groups[i].slug, strlen(groups[i].slug)))
			return groups[i].word;
	return NULL;
}

/* Before verification only what the file says of itself, and only where
 * somebody will check it. */
static void mark_trust(const struct boot_entry *entry,
		       const struct policy *policy, struct text *mark)
{
	const struct found *f = &entry->found;
	const char *word = menu_list_refusal(entry->failure_code);

	if (entry->failure_code != OK && word)
		text_addf(mark, "refused: %s", word);
	else if (entry->failure_code != OK)
		text_add(mark, "failed");
	else if (policy->verify == VERIFY_OFF || f->why != OK)
		return;
	else if (is_verified(entry))
		text_add(mark, "verified");
	else if (f->signature == FOUND_UNSIGNED)
		text_add(mark, "unsigned");
	else if (f->signature == FOUND_SIGNED && f->claims.text[0])
		text_addf(mark, "claims %s", f->claims.text);
}

static void mark_entry(const struct boot_entry *entry,
		       const struct policy *policy, struct text *mark)
{
	const struct found *f = &entry->found;

	mark_trust(entry, policy, mark);
	if (found_is_bad(f))
		text_addf(mark, "%sbad", mark->len ? ", " : "");
	else if (f->is_counted)
		text_addf(mark, "%s%u %s left", mark->len ? ", " : "",
			  f->tries_left, f->tries_left == 1 ? "try" : "tries");
	if (entry->copies > 1)
		text_addf(mark, "%s%u copies", mark->len ? ", " : "",
			  entry->copies);
}

/* The same in full, for the line about the marked entry. */
static void summarize(const struct boot_entry *entry,
		      const struct policy *policy, struct text *ret)
{
	const struct found *f = &entry->found;

	if (policy->verify == VERIFY_OFF)
		return;
	if (is_verified(entry))
		text_addf(ret, "verified: %s", entry->verified.text);
	else if (f->signature == FOUND_UNSIGNED)
		text_add(ret, "unsigned");
	else if (f->signature == FOUND_SIGNED)
		text_addf(ret, "claims %s",
			  f->claims.text[0] ? f->claims.text
					    : "a signer that cannot be read");
}

static void fill_item(struct ui_item *item, struct menu_list_words *w,
		      const struct scan *scan, const struct boot_entry *entry,
		      const struct policy *policy)
{
	const struct found *f = &entry->found;
	struct text t = text_over(w->title, sizeof(w->title));

	text_add(&t, f->title.text);
	if (found_version(f)[0])
		text_addf(&t, " %s", found_version(f));
	t = text_over(w->where, sizeof(w->where));
	text_addf(&t, "%s %s", entry->place.name, f->path);
	t = text_over(w->mark, sizeof(w->mark));
	mark_entry(entry, policy, &t);
	t = text_over(w->summary, sizeof(w->summary));
	summarize(entry, policy, &t);
	t = text_over(w->about, sizeof(w->about));
	describe(scan, entry, &t);
	t = text_over(w->reason, sizeof(w->reason));
	text_add(&t, f->reason);
	*item = (struct ui_item){ .id = entry->line,
				  .title = w->title,
				  .where = w->where,
				  .mark = w->mark,
				  .summary = w->summary,
				  .about = w->about,
				  .bootable = f->why == OK,
				  .reason = w->reason };
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
			const struct policy *policy, enum part part, size_t at)
{
	for (size_t i = 0; i < scan->entry_count && at < list->cap; i++) {
		const struct boot_entry *e = scan->entries[i];

		if (!e->leads || part_of(&e->found) != part)
			continue;
		fill_item(&list->items[at], &list->words[at], scan, e, policy);
		at++;
	}
	return at;
}

void menu_list_fill(struct menu_list *list, const struct scan *scan,
		    const struct menu_list_state *state)
{
	size_t count, places;

	say_machine(list);
	say_security(list, state->policy);
	say_status(list, scan, state);
	make_room(list, scan->entry_count);
	count = fill_part(list, scan, state->policy, PART_BOOTABLE, 0);
	count = fill_part(list, scan, state->policy, PART_REFUSED, count);
	places = fill_part(list, scan, state->policy, PART_PLACES, count) -
		 count;
	list->model = (struct ui_model){
		.host = list->host,
		.program = list->program,
		.security = list->security,
		.items = list->items,
		.count = count,
		.places = list->items + count,
		.place_count = places,
		.has_default = state->default_id != 0,
		.default_id = state->default_id,
		.countdown_s = state->countdown_s,
		.status = list->status,
		.failure = state->failure,
		.has_failed_id = state->failed_id != 0,
		.failed_id = state->failed_id,
		.log = log_kept(),
		.shell_locked = state->shell_locked,
		.editor_locked = state->editor_locked,
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
