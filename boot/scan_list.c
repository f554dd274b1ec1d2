#include "scan_list.h"

#include "base/log.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* Offered before refused, then by kind, then newest first. */
static int compare_entries(const void *a, const void *b)
{
	const struct boot_entry *const *pa = a, *const *pb = b;
	const struct found *x = &(*pa)->found, *y = &(*pb)->found;
	int order = (x->why != OK) - (y->why != OK);

	if (!order)
		order = (int)x->kind - (int)y->kind;
	if (!order && x->kind == CANDIDATE_CONFIGURED)
		order = (int)x->configured - (int)y->configured;
	if (!order)
		order = strverscmp(y->version.text, x->version.text);
	if (!order)
		order = strverscmp(y->kernel.path, x->kernel.path);
	if (!order)
		order = (int)x->profile - (int)y->profile;
	if (!order)
		order = strcmp((*pa)->volume, (*pb)->volume);
	return order;
}

static void end_text(char *text, size_t cap)
{
	text[cap - 1] = '\0';
}

static void tame_file(struct found_file *file)
{
	end_text(file->path, sizeof(file->path));
}

/* The probe has read a hostile disk: should that have turned it, its records
 * still cannot do more here than name a file. False if one makes no sense. */
static bool tame(struct found *f, const struct scan *scan)
{
	end_text(f->title.text, sizeof(f->title.text));
	end_text(f->version.text, sizeof(f->version.text));
	end_text(f->id, sizeof(f->id));
	end_text(f->reason, sizeof(f->reason));
	f->title = display_of_text(f->title.text);
	f->version = display_of_text(f->version.text);
	end_text(f->claims.text, sizeof(f->claims.text));
	f->claims = display_of_text(f->claims.text);
	end_text(f->companions.text, sizeof(f->companions.text));
	f->companions = display_of_text(f->companions.text);
	tame_file(&f->kernel);
	tame_file(&f->manifest);
	tame_file(&f->manifest_signature);
	tame_file(&f->devicetree);
	for (uint32_t i = 0; i < BLS_INITRDS_MAX; i++)
		tame_file(&f->initrds[i]);
	if ((unsigned)f->kind > CANDIDATE_REVOCATIONS ||
	    (unsigned)f->why >= STATUS_COUNT ||
	    (unsigned)f->signature > FOUND_SIGNED ||
	    f->initrd_count > BLS_INITRDS_MAX)
		return false;
	return f->kind != CANDIDATE_CONFIGURED ||
	       f->configured < scan->configured_count;
}

static uint32_t mix(uint32_t hash, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	/* FNV-1a */
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ at[i]) * 16777619U;
	return hash;
}

/* The same file of the same disk has the same number after another look at the
 * disks, so a mark on it stays, and what replaced it has another one. */
static uint32_t number_of(struct scan *scan, const struct boot_entry *entry)
{
	const struct found *f = &entry->found;
	const struct scan_probe *p = &scan->probes[entry->probe];
	uint32_t number = 2166136261U;

	number = mix(number, entry->volume, strlen(entry->volume) + 1);
	number = mix(number, &p->diskseq, sizeof(p->diskseq));
	number = mix(number, f->id, strlen(f->id) + 1);
	number = mix(number, f->kernel.path, strlen(f->kernel.path) + 1);
	number = mix(number, &f->profile, sizeof(f->profile));
	while (!number || scan_find(scan, number))
		number++;
	return number;
}

static struct boot_entry *make_entry(uint32_t probe,
				     const struct probe_message *message)
{
	struct boot_entry *entry = calloc(1, sizeof(*entry));

	if (!entry) {
		log_warn("no memory for %s", message->found.kernel.path);
		return NULL;
	}
	entry->probe = probe;
	memcpy(entry->volume, message->volume, sizeof(entry->volume));
	memcpy(&entry->found, &message->found, sizeof(entry->found));
	return entry;
}

static void add_revocations(struct scan *scan, uint32_t probe,
			    const struct probe_message *message)
{
	struct boot_entry *list;

	if (scan->revocation_count == SCAN_REVOCATIONS_MAX) {
		log_warn("%s: more than %d lists of revocations",
			 message->volume, SCAN_REVOCATIONS_MAX);
		return;
	}
	list = make_entry(probe, message);
	if (list)
		scan->revocations[scan->revocation_count++] = list;
}

void scan_list_add(struct scan *scan, uint32_t probe,
		   struct probe_message *message)
{
	struct boot_entry *entry;

	if (!tame(&message->found, scan)) {
		log_error("%s: the probe sent a record that makes no sense",
			  message->volume);
		return;
	}
	if (message->found.kind == CANDIDATE_REVOCATIONS) {
		add_revocations(scan, probe, message);
		return;
	}
	if (scan->entry_count == SCAN_ENTRIES_MAX) {
		log_warn("%s: more than %d entries, %s is left out",
			 message->volume, SCAN_ENTRIES_MAX, message->found.id);
		return;
	}
	entry = make_entry(probe, message);
	if (!entry)
		return;
	entry->id = number_of(scan, entry);
	scan->entries[scan->entry_count++] = entry;
	qsort(scan->entries, scan->entry_count, sizeof(*scan->entries),
	      compare_entries);
	if (entry->found.why != OK)
		log_warn("%s: %s is refused: %s", entry->volume,
			 entry->found.kernel.path, entry->found.reason);
	else
		log_info("%s: found %s (%s)", entry->volume,
			 entry->found.kernel.path, entry->found.title.text);
}

/* Returns how many are kept. */
static uint32_t remove_from(struct boot_entry **entries, uint32_t count,
			    uint32_t probe)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (entries[i]->probe == probe)
			free(entries[i]);
		else
			entries[kept++] = entries[i];
	}
	return kept;
}

void scan_list_remove(struct scan *scan, uint32_t probe)
{
	scan->entry_count =
		remove_from(scan->entries, scan->entry_count, probe);
	scan->revocation_count =
		remove_from(scan->revocations, scan->revocation_count, probe);
}

struct boot_entry *scan_take_revocations(struct scan *scan)
{
	if (!scan->revocation_count)
		return NULL;
	return scan->revocations[--scan->revocation_count];
}

struct boot_entry *scan_find(struct scan *scan, uint32_t id)
{
	for (uint32_t i = 0; i < scan->entry_count; i++)
		if (scan->entries[i]->id == id)
			return scan->entries[i];
	return NULL;
}

/* A reason that may be gone in a moment: the disk or the memory, not what the
 * entry is. */
static bool may_pass(enum status code)
{
	return code == E_IMAGE_GONE || code == E_IMAGE_DEADLINE ||
	       code == E_IMAGE_MEMORY || code == E_NO_MEMORY ||
	       code == E_BLOB_READ || code == E_BLOB_WRITE;
}

struct boot_entry *scan_match(struct scan *scan, const char *pattern,
			      bool automatic)
{
	for (uint32_t i = 0; i < scan->entry_count; i++) {
		struct boot_entry *e = scan->entries[i];

		/* What failed once is not tried again by itself: neither what
		 * verification refused nor what the kernel did not take. */
		if (automatic && (!e->found.is_automatic ||
				  e->found.why != OK || e->failure_code != OK))
			continue;
		if (!fnmatch(pattern, e->found.id, FNM_CASEFOLD) ||
		    !fnmatch(pattern, e->found.title.text, 0))
			return e;
	}
	return NULL;
}

struct boot_entry *scan_first_automatic(struct scan *scan)
{
	struct boot_entry *first = scan_match(scan, "*", true);

	for (uint32_t i = 0; !first && i < scan->entry_count; i++) {
		struct boot_entry *e = scan->entries[i];

		if (e->found.is_automatic && e->found.why == OK &&
		    may_pass(e->failure_code))
			first = e;
	}
	return first;
}
