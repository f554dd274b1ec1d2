/* What names of files say: counters and what attempts make of them, ids, and
 * entry_order_compare() as an order. Each line is an entry: sort key, machine
 * id, version, file name and profile with '|' between them. */
#include "fuzz.h"

#include "base/text.h"
#include "format/boot_count.h"
#include "format/entry_name.h"
#include "format/entry_order.h"

#define ENTRIES 6

static struct span next_field(struct span *rest)
{
	const uint8_t *end =
		rest->len ? memchr(rest->ptr, '|', rest->len) : NULL;
	size_t len = end ? (size_t)(end - rest->ptr) : rest->len;
	struct span field = span_slice(*rest, 0, len);

	*rest = span_slice(*rest, len + (end != NULL),
			   rest->len - len - (end != NULL));
	return field;
}

static void check_counter(struct span name, const struct boot_count *c)
{
	if (!c->counted) {
		fuzz_must(!c->left && !c->done && !c->at && !c->len);
		return;
	}
	fuzz_must(c->at > 0 && c->at + c->len < name.len);
	fuzz_must(name.ptr[c->at] == '+');
	fuzz_must(c->left <= BOOT_COUNT_MAX && c->done <= BOOT_COUNT_MAX);
	fuzz_must(c->left_digits > 0);
	fuzz_must(c->len == 1 + c->left_digits +
				    (c->done_digits ? 1 + c->done_digits : 0));
}

/* One attempt takes one off and adds one, and nothing else moves. */
static void check_attempt(struct span name, const struct boot_count *before)
{
	char buf[1024];
	bool fits = boot_count_after_attempt(name, buf, sizeof(buf));
	struct span next = span_of_text(buf);
	struct boot_count after;

	if (!fits) {
		fuzz_must(!before->counted || name.len + 3 > sizeof(buf) ||
			  memchr(name.ptr, '\0', name.len));
		return;
	}
	after = boot_count_parse(next);
	fuzz_must(before->counted && after.counted && after.at == before->at);
	fuzz_must(after.left == before->left - (before->left ? 1 : 0));
	fuzz_must(after.done == before->done || after.done == before->done + 1);
	fuzz_must(after.done > before->done || before->done == BOOT_COUNT_MAX ||
		  name.ptr[before->at + before->len - 1] == '9');
	fuzz_must(after.left_digits == before->left_digits);
	fuzz_must(after.done_digits ==
		  (before->done_digits ? before->done_digits : 1));
	fuzz_must(!memcmp(buf, name.ptr, before->at));
	fuzz_must(next.len == name.len + (before->done_digits ? 0 : 2));
}

static void check_without(struct span name, const struct boot_count *c)
{
	char buf[1024];

	if (!boot_count_without(name, buf, sizeof(buf))) {
		fuzz_must(buf[0] == '\0');
		return;
	}
	fuzz_must(strlen(buf) == name.len - c->len);
	fuzz_must(!c->at || !memcmp(buf, name.ptr, c->at));
	fuzz_must(entry_name_kind(name) == entry_name_kind(span_of_text(buf)) ||
		  name.len > ENTRY_NAME_MAX);
}

static void check_id(struct span name, struct span profile)
{
	char buf[1024];

	if (!entry_id_make(name, profile, buf, sizeof(buf))) {
		fuzz_must(buf[0] == '\0');
		return;
	}
	for (const char *c = buf; *c; c++)
		fuzz_must(*c < 'A' || *c > 'Z');
}

static struct entry_order read_entry(struct span line)
{
	struct entry_order e = { .sort_key = next_field(&line) };
	struct boot_count c;
	struct span name;

	e.machine_id = next_field(&line);
	e.version = next_field(&line);
	name = next_field(&line);
	e.profile = line.len ? line.ptr[0] & 3U : 0;
	c = boot_count_parse(name);
	check_counter(name, &c);
	check_attempt(name, &c);
	check_without(name, &c);
	check_id(name, line);
	e.counted = c.counted;
	e.left = c.left;
	e.done = c.done;
	/* without the counter, but where it is in front of the suffix */
	e.id = c.counted ? span_slice(name, 0, c.at) : name;
	return e;
}

static void check_order(int by[ENTRIES][ENTRIES], int i, int j)
{
	fuzz_must(by[i][j] >= -1 && by[i][j] <= 1);
	fuzz_must(by[i][j] == -by[j][i]);
	fuzz_must(i != j || by[i][j] == 0);
	for (int k = 0; k < ENTRIES; k++)
		if (by[i][j] <= 0 && by[j][k] <= 0)
			fuzz_must(by[i][k] == (by[i][j] ? -1 : by[j][k]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_of(data, size), line;
	struct entry_order list[ENTRIES] = { 0 };
	int by[ENTRIES][ENTRIES];

	for (int i = 0; i < ENTRIES && span_next_line(&rest, &line); i++)
		list[i] = read_entry(line);
	for (int i = 0; i < ENTRIES; i++)
		for (int j = 0; j < ENTRIES; j++)
			by[i][j] = entry_order_compare(&list[i], &list[j]);
	for (int i = 0; i < ENTRIES; i++)
		for (int j = 0; j < ENTRIES; j++)
			check_order(by, i, j);
	return 0;
}
