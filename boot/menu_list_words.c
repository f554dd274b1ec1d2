#include "menu_list_words.h"

#include "zboot_load.h"

#include <string.h>

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
	case FOUND_NETWORK:
		return "entry whose files come from the network";
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

/* By which name the menu goes that has it. */
static void describe_menu(const struct scan *scan, const struct found *f,
			  struct text *about)
{
	const struct net_entry *e = NULL;

	if (f->kind == FOUND_NETWORK && scan->net)
		e = scan->net->slots[f->configured].entry;
	if (e && e->menu.text[0])
		text_addf(about, "menu: %s\n", e->menu.text);
}

void menu_list_describe(const struct scan *scan, const struct boot_entry *entry,
			struct text *about)
{
	const struct found *f = &entry->found;

	text_addf(about, "id: %s\n", f->id);
	text_addf(about, "kind: %s\n", kind_name(f));
	describe_menu(scan, f, about);
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
	for (uint32_t i = 0; i < f->file_count; i++) {
		text_addf(about, "%s: %s", found_role_name(f->files[i].role),
			  f->files[i].path);
		if (f->files[i].size) /* nobody knows that of a URL yet */
			text_addf(about, ", %llu bytes",
				  (unsigned long long)f->files[i].size);
		text_add(about, "\n");
	}
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

void menu_list_mark(const struct boot_entry *entry, const struct policy *policy,
		    struct text *mark)
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

static void add_part(struct text *t, const char *words)
{
	text_add(t, t->len ? ", " : "");
	text_add(t, words);
}

static void add_trust(const struct boot_entry *entry, struct text *ret)
{
	const struct found *f = &entry->found;

	if (is_verified(entry)) {
		add_part(ret, "verified: ");
		text_add(ret, entry->verified.text);
	} else if (f->signature == FOUND_UNSIGNED) {
		add_part(ret, "unsigned");
	} else if (f->signature == FOUND_SIGNED) {
		add_part(ret, "claims ");
		text_add(ret, f->claims.text[0]
				      ? f->claims.text
				      : "a signer that cannot be read");
	}
}

void menu_list_summarize(const struct boot_entry *entry,
			 const struct policy *policy, struct text *ret)
{
	const struct found *f = &entry->found;

	if (f->release.text[0] || f->version.text[0])
		add_part(ret, f->release.text[0] ? f->release.text
						 : f->version.text);
	if (policy->verify != VERIFY_OFF)
		add_trust(entry, ret);
	if (f->is_counted) {
		add_part(ret, "");
		text_addf(ret, "%u %s left", f->tries_left,
			  f->tries_left == 1 ? "try" : "tries");
	}
}
