#include "scan_list.h"
#include "scan_order.h"
#include "scan_parts.h"

#include "base/log.h"
#include "format/glob.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

uint32_t scan_hash_begin(const struct scan *scan)
{
	return 2166136261U ^ scan->seed;
}

uint32_t scan_hash(uint32_t hash, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

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
	uint32_t number = scan_hash_begin(scan);

	number = scan_hash(number, entry->place.name,
			   strlen(entry->place.name) + 1);
	number = scan_hash(number, &p->diskseq, sizeof(p->diskseq));
	number = scan_hash(number, f->id, strlen(f->id) + 1);
	number = scan_hash(number, f->path, strlen(f->path) + 1);
	number = scan_hash(number, &f->profile, sizeof(f->profile));
	while (!number || scan_find(scan, number))
		number++;
	return number;
}

static struct boot_entry *make_entry(uint32_t probe,
				     const struct probe_message *message)
{
	size_t len = found_size(&message->found);
	struct boot_entry *entry =
		calloc(1, offsetof(struct boot_entry, found) + len);

	if (!entry) {
		log_warn("no memory for %s", message->found.path);
		return NULL;
	}
	entry->probe = probe;
	entry->place = message->place;
	memcpy(&entry->found, &message->found, len);
	return entry;
}

static void add_revocations(struct scan *scan, uint32_t probe,
			    const struct probe_message *message)
{
	struct boot_entry *list;
	uint32_t of_disk = 0;

	for (uint32_t i = 0; i < scan->revocation_count; i++)
		of_disk += scan->revocations[i]->probe == probe;
	/* each disk has its share: none crowds out another's list */
	if (scan->revocation_count == SCAN_REVOCATIONS_MAX ||
	    of_disk == SCAN_REVOCATIONS_OF_A_DISK_MAX) {
		log_warn("%s: a list of revocations too many: %u of this disk, "
			 "%u in all",
			 message->place.name, of_disk, scan->revocation_count);
		return;
	}
	list = make_entry(probe, message);
	if (list)
		scan->revocations[scan->revocation_count++] = list;
}

/* Where the entry belongs in the order. */
static uint32_t place_of(const struct scan *scan,
			 const struct boot_entry *entry)
{
	uint32_t low = 0, high = scan->entry_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (scan_order(scan->entries[middle], entry) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void insert(struct scan *scan, struct boot_entry *entry)
{
	uint32_t at = place_of(scan, entry);

	memmove(&scan->entries[at + 1], &scan->entries[at],
		(scan->entry_count - at) * sizeof(*scan->entries));
	scan->entries[at] = entry;
	scan->entry_count++;
}

static void take_out(struct scan *scan, uint32_t at)
{
	free(scan->entries[at]);
	scan->entry_count--;
	memmove(&scan->entries[at], &scan->entries[at + 1],
		(scan->entry_count - at) * sizeof(*scan->entries));
}

/* Room for one more of a disk that has too many: its last one in order goes, so
 * that no disk crowds out another, and a good entry is not lost among bad. */
static void make_room(struct scan *scan, uint32_t probe)
{
	uint32_t of_disk = 0, last = 0;

	for (uint32_t i = 0; i < scan->entry_count; i++) {
		if (scan->entries[i]->probe != probe)
			continue;
		of_disk++;
		last = i;
	}
	if (of_disk <= SCAN_OF_A_DISK_MAX)
		return;
	if (!scan->is_full_noted)
		log_warn("%s: more than %d entries, the last ones in order are "
			 "left out",
			 scan->entries[last]->place.name, SCAN_OF_A_DISK_MAX);
	scan->is_full_noted = true;
	take_out(scan, last);
}

static void log_entry(const struct boot_entry *entry)
{
	if (entry->found.kind == FOUND_PLACE)
		log_warn("%s: %s", entry->place.name, entry->found.reason);
	else if (entry->found.why != OK)
		log_warn("%s: %s is refused: %s", entry->place.name,
			 entry->found.path, entry->found.reason);
	else
		log_info("%s: found %s (%s)", entry->place.name,
			 entry->found.path, entry->found.title.text);
}

uint32_t scan_list_insert(struct scan *scan, uint32_t probe,
			  const struct probe_message *message)
{
	struct boot_entry *entry = make_entry(probe, message);
	uint32_t id;

	if (!entry)
		return 0;
	entry->id = entry->line = id = number_of(scan, entry);
	entry->leads = true;
	entry->copies = 1;
	entry->found_ms = message->sent_ms;
	scan->is_folded = false;
	log_entry(entry);
	insert(scan, entry);
	if (scan->entry_count > SCAN_OF_A_DISK_MAX)
		make_room(scan, probe);
	if (scan->entry_count > SCAN_ENTRIES_MAX)
		take_out(scan, scan->entry_count - 1);
	return id;
}

void scan_list_add(struct scan *scan, uint32_t probe,
		   struct probe_message *message, size_t len)
{
	place_tame(&message->place);
	if (!found_tame(&message->found, len, scan->configured_count)) {
		log_error("%s: the probe sent a record that makes no sense",
			  message->place.name);
		return;
	}
	if (message->found.kind == FOUND_REVOCATIONS)
		add_revocations(scan, probe, message);
	else
		(void)!scan_list_insert(scan, probe, message);
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

static bool has_files_of(struct boot_entry *const *entries, uint32_t count,
			 uint32_t probe)
{
	for (uint32_t i = 0; i < count; i++)
		if (entries[i]->probe == probe && entries[i]->found.file_count)
			return true;
	return false;
}

bool scan_list_uses(const struct scan *scan, uint32_t probe)
{
	return has_files_of(scan->entries, scan->entry_count, probe) ||
	       has_files_of(scan->revocations, scan->revocation_count, probe) ||
	       scan_texts_has(&scan->texts, probe);
}

void scan_list_remove(struct scan *scan, uint32_t probe)
{
	scan->is_folded = false;
	scan->entry_count =
		remove_from(scan->entries, scan->entry_count, probe);
	scan->revocation_count =
		remove_from(scan->revocations, scan->revocation_count, probe);
	scan_texts_remove(&scan->texts, probe);
}

void scan_list_remove_network(struct scan *scan, uint32_t number)
{
	scan->is_folded = false;
	for (uint32_t i = 0; i < scan->entry_count; i++) {
		const struct found *f = &scan->entries[i]->found;

		if (f->kind == FOUND_NETWORK && f->configured == number) {
			take_out(scan, i);
			return;
		}
	}
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

struct boot_entry *scan_match(struct scan *scan, const char *pattern)
{
	struct span p = span_of_text(pattern);

	for (uint32_t i = 0; i < scan->entry_count; i++)
		if (glob_match(p, span_of_text(scan->entries[i]->found.id),
			       GLOB_FOLD))
			return scan->entries[i];
	for (uint32_t i = 0; i < scan->entry_count; i++)
		if (glob_match(p,
			       span_of_text(scan->entries[i]->found.title.text),
			       GLOB_EXACT))
			return scan->entries[i];
	return NULL;
}
