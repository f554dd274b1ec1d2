#include "scan_order.h"
#include "scan_parts.h"

#include "format/entry_order.h"

#include <stdlib.h>
#include <string.h>

#define LINES_HASHED 512

/* Kinds that are sorted among each other have one number. */
static int group_of(enum found_kind kind)
{
	switch (kind) {
	case FOUND_CONFIGURED:
		return 0;
	case FOUND_TYPE1:
	case FOUND_UKI:
		return 1;
	case FOUND_GRUB:
	case FOUND_EXTLINUX:
		return 2;
	case FOUND_FALLBACK:
		return 3;
	case FOUND_KERNEL:
		return 4;
	case FOUND_NETWORK:
		return 5;
	case FOUND_OWN:
	case FOUND_PLACE:
	case FOUND_REVOCATIONS:
	case FOUND_KIND_COUNT:
		break;
	}
	return 6;
}

static struct entry_order order_of(const struct found *f)
{
	return (struct entry_order){
		.counted = f->is_counted,
		.left = f->tries_left,
		.done = f->tries_done,
		.sort_key = span_of_text(f->sort_key.text),
		.machine_id = span_of_text(f->machine_id.text),
		.version = span_of_text(f->version.text),
		.id = span_of(f->id, f->file_id_len),
		.profile = f->profile,
	};
}

static int compare_bls(const struct found *x, const struct found *y)
{
	const struct entry_order a = order_of(x), b = order_of(y);

	return entry_order_compare(&a, &b);
}

static int compare_numbers(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

/* As they stand in their files. */
static int compare_lines(const struct boot_entry *a, const struct boot_entry *b)
{
	int order = strverscmp(a->place.name, b->place.name);

	if (!order)
		order = strcmp(a->found.path, b->found.path);
	return order ? order : compare_numbers(a->found.rank, b->found.rank);
}

static int compare_in_group(const struct boot_entry *a,
			    const struct boot_entry *b, int group)
{
	const struct found *x = &a->found, *y = &b->found;
	int order = 0;

	if (group == 0 || group == 5)
		order = compare_numbers(x->configured, y->configured);
	else if (group == 1)
		order = compare_bls(x, y);
	else if (group == 2)
		order = compare_lines(a, b);
	else
		order = strverscmp(y->version.text, x->version.text);
	if (!order)
		order = strverscmp(y->path, x->path);
	return order;
}

int scan_order(const struct boot_entry *a, const struct boot_entry *b)
{
	const struct found *x = &a->found, *y = &b->found;
	int group = group_of(x->kind);
	int order = (x->why != OK) - (y->why != OK);

	if (!order)
		order = found_is_bad(x) - found_is_bad(y);
	if (!order)
		order = group - group_of(y->kind);
	if (!order)
		order = compare_in_group(a, b, group);
	if (!order)
		order = compare_numbers(x->profile, y->profile);
	return order ? order : strverscmp(a->place.name, b->place.name);
}

static uint64_t size_of(const struct found *f)
{
	return f->file_count ? f->files[0].size : 0;
}

static bool is_of_one_volume(const struct boot_entry *a,
			     const struct boot_entry *b)
{
	return a->probe == b->probe && a->place.number == b->place.number;
}

bool scan_is_copy(const struct boot_entry *a, const struct boot_entry *b)
{
	const struct found *x = &a->found, *y = &b->found;

	if (x->kind != y->kind || x->profile != y->profile)
		return false;
	if (!is_of_one_volume(a, b) &&
	    (x->fingerprint != y->fingerprint || size_of(x) != size_of(y)))
		return false;
	if (!x->is_counted && !y->is_counted && is_of_one_volume(a, b))
		return false;
	return !strcmp(x->id, y->id);
}

/* Which of two copies is to be tried first: one that can be, and has not
 * failed; of two names on one volume the one that was made later, for the other
 * is what a power cut has left behind: the one without a counter, or with fewer
 * attempts left; else the first in order. */
static bool goes_before(const struct boot_entry *a, const struct boot_entry *b)
{
	bool a_good = a->found.why == OK && a->failure_code == OK;
	bool b_good = b->found.why == OK && b->failure_code == OK;

	if (a_good != b_good)
		return a_good;
	/* an empty file is a new name whose bytes have not come to it */
	if (!size_of(&a->found) != !size_of(&b->found))
		return size_of(&a->found);
	if (is_of_one_volume(a, b) &&
	    a->found.is_counted != b->found.is_counted)
		return !a->found.is_counted;
	if (is_of_one_volume(a, b) &&
	    a->found.tries_left != b->found.tries_left)
		return a->found.tries_left < b->found.tries_left;
	return scan_order(a, b) < 0;
}

/* Lines by the hash of their ids, each list in order: a menu of thousands is
 * folded anew with every disk that answers. */
struct lines {
	uint32_t begin; /* of every hash */
	struct boot_entry *first[LINES_HASHED], *last[LINES_HASHED];
};

static uint32_t hash_of(const struct lines *lines, const struct boot_entry *e)
{
	uint32_t hash =
		scan_hash(lines->begin, e->found.id, strlen(e->found.id));

	return (hash ^ hash >> 16) % LINES_HASHED;
}

static void add_line(struct lines *lines, struct boot_entry *e)
{
	uint32_t hash = hash_of(lines, e);

	if (lines->last[hash])
		lines->last[hash]->next_line = e;
	else
		lines->first[hash] = e;
	lines->last[hash] = e;
	e->leader = e;
}

/* The first copy in order of an entry, NULL if that is it. */
static struct boot_entry *first_copy_of(const struct lines *lines,
					const struct boot_entry *e)
{
	struct boot_entry *at = lines->first[hash_of(lines, e)];

	while (at && !scan_is_copy(at, e))
		at = at->next_line;
	return at;
}

void scan_fold(struct scan *scan)
{
	struct lines lines = { .begin = scan_hash_begin(scan) };

	for (uint32_t i = 0; i < scan->entry_count; i++) {
		struct boot_entry *e = scan->entries[i];
		struct boot_entry *first = first_copy_of(&lines, e);

		e->next_line = NULL;
		e->copies = 0;
		e->first = first ? first : e;
		if (!first)
			add_line(&lines, e);
		else if (goes_before(e, first->leader))
			first->leader = e;
		e->first->copies++;
	}
	for (uint32_t i = 0; i < scan->entry_count; i++) {
		struct boot_entry *e = scan->entries[i];

		e->line = e->first->id;
		e->leads = e->first->leader == e;
		e->copies = e->first->copies;
	}
	scan->is_folded = true;
}

struct boot_entry *scan_leader(struct scan *scan, uint32_t line)
{
	for (uint32_t i = 0; i < scan->entry_count; i++)
		if (scan->entries[i]->line == line && scan->entries[i]->leads)
			return scan->entries[i];
	return NULL;
}
