#include "format/store.h"

#include "base/text.h"
#include "format/crc32.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FIRST_LINE "keelboot store 1"
#define END_LEN	   15 /* "crc32 01234567\n" */

static const struct key {
	const char *name;
	size_t offset; /* in struct store */
} keys[] = {
	{ "oneshot", offsetof(struct store, oneshot) },
	{ "default", offsetof(struct store, default_entry) },
	{ "preferred", offsetof(struct store, preferred) },
	{ "last", offsetof(struct store, last) },
	{ "sysfail", offsetof(struct store, sysfail) },
	{ "timeout", offsetof(struct store, timeout) },
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

static void write_end(struct span body, char ret[static END_LEN + 1])
{
	snprintf(ret, END_LEN + 1, "crc32 %08" PRIx32 "\n",
		 crc32_add(CRC32_BEGIN, body));
}

/* All but the last line of a slot, which must have its checksum. */
static enum status check_end(struct span slot, struct span *ret_body,
			     struct error *err)
{
	struct span body, end;
	char want[END_LEN + 1];

	if (slot.len != STORE_SLOT_SIZE)
		return fail(err, E_STORE_SIZE,
			    "a slot of the store has %zu bytes, not %d",
			    slot.len, STORE_SLOT_SIZE);
	body = span_slice(slot, 0, slot.len - END_LEN);
	end = span_slice(slot, body.len, END_LEN);
	if (!span_starts_with(end, "crc32 ", 6) || end.ptr[END_LEN - 1] != '\n')
		return fail(err, E_STORE_END,
			    "a slot of the store ends in \"%s\", not in its "
			    "crc32 line",
			    display_of(end).text);
	write_end(body, want);
	if (!span_equal_text(end, want))
		return fail(err, E_STORE_CRC,
			    "a slot of the store has the CRC-32 %.8s, its last "
			    "line says %s",
			    want + 6, display_of(span_slice(end, 6, 8)).text);
	*ret_body = body;
	return OK;
}

bool store_is_value(struct span value)
{
	return value.len <= STORE_VALUE_MAX &&
	       span_trim(value).len == value.len && utf8_is_clean(value);
}

static enum status take_sequence(struct store *store, struct span value,
				 struct error *err)
{
	if (store->sequence)
		return fail(err, E_STORE_TWICE,
			    "sequence stands twice in a slot of the store");
	if (!text_parse_number(value, UINT64_MAX, &store->sequence) ||
	    !store->sequence)
		return fail(err, E_STORE_SEQUENCE,
			    "the sequence of the store is \"%s\", not a number "
			    "from 1",
			    display_of(value).text);
	return OK;
}

static enum status take_value(struct store *store, const struct key *key,
			      struct span value, struct error *err)
{
	char *to = (char *)store + key->offset;

	if (*to)
		return fail(err, E_STORE_TWICE,
			    "%s stands twice in a slot of the store",
			    key->name);
	if (!value.len || !store_is_value(value))
		return fail(err, E_STORE_VALUE,
			    "%s of the store is \"%s\" (%zu bytes), not 1 to "
			    "%d bytes of text",
			    key->name, display_of(value).text, value.len,
			    STORE_VALUE_MAX);
	memcpy(to, value.ptr, value.len);
	to[value.len] = '\0';
	return OK;
}

static enum status take_line(struct store *store, struct span line,
			     struct error *err)
{
	struct span value = line, key = span_cut_at(&value, ' ');

	if (span_equal_text(key, "sequence"))
		return take_sequence(store, value, err);
	for (size_t i = 0; i < KEYS; i++)
		if (span_equal_text(key, keys[i].name))
			return take_value(store, &keys[i], value, err);
	return OK;
}

enum status store_parse_slot(struct span slot, struct store *ret,
			     struct error *err)
{
	struct store store = { .sequence = 0 };
	struct span body, line;
	enum status s = check_end(slot, &body, err);

	if (s != OK)
		return s;
	if (!span_next_line(&body, &line) || !span_equal_text(line, FIRST_LINE))
		return fail(err, E_STORE_FIRST_LINE,
			    "a slot of the store begins with \"%s\", not with "
			    "\"" FIRST_LINE "\"",
			    display_of(line).text);
	while (s == OK && span_next_line(&body, &line))
		s = take_line(&store, line, err);
	if (s == OK && !store.sequence)
		s = fail(err, E_STORE_SEQUENCE,
			 "a slot of the store has no sequence");
	if (s == OK)
		*ret = store;
	return s;
}

/* Numbers go round, so that there is always a next one: else whoever writes the
 * last one had a one-shot that nothing takes out. */
static bool is_newer(uint64_t a, uint64_t b)
{
	return a && (!b || (a != b && a - b <= UINT64_MAX / 2));
}

uint64_t store_next_sequence(uint64_t sequence)
{
	return sequence == UINT64_MAX ? 1 : sequence + 1;
}

enum status store_parse(struct span file, struct store *ret, struct error *err)
{
	struct store slots[2] = { { .sequence = 0 }, { .sequence = 0 } };
	struct error first;
	enum status s[2];

	*ret = slots[0];
	if (file.len != STORE_SIZE)
		return fail(err, E_STORE_SIZE,
			    "the store has %zu bytes, not %d", file.len,
			    STORE_SIZE);
	for (unsigned i = 0; i < 2; i++) {
		s[i] = store_parse_slot(
			span_slice(file, i * STORE_SLOT_SIZE, STORE_SLOT_SIZE),
			&slots[i], i ? NULL : &first);
		slots[i].slot = i;
	}
	if (s[0] != OK && s[1] != OK) {
		if (err)
			*err = first;
		return s[0];
	}
	*ret = slots[is_newer(slots[1].sequence, slots[0].sequence)];
	return OK;
}

enum status store_encode(const struct store *store,
			 uint8_t ret[static STORE_SLOT_SIZE], struct error *err)
{
	char buf[STORE_SLOT_SIZE + 1], end[END_LEN + 1];
	struct text t = text_over(buf, sizeof(buf));
	struct span body;

	text_addf(&t, FIRST_LINE "\nsequence %" PRIu64 "\n", store->sequence);
	for (size_t i = 0; i < KEYS; i++) {
		const char *value = (const char *)store + keys[i].offset;

		if (!store_is_value(span_of_text(value)))
			return fail(err, E_STORE_VALUE,
				    "%s of the store would be \"%s\" (%zu "
				    "bytes), not at most %d bytes of text",
				    keys[i].name, display_of_text(value).text,
				    strlen(value), STORE_VALUE_MAX);
		if (*value)
			text_addf(&t, "%s %s\n", keys[i].name, value);
	}
	memset(ret, '\n', STORE_SLOT_SIZE);
	memcpy(ret, buf, t.len);
	body = span_of(ret, STORE_SLOT_SIZE - END_LEN);
	write_end(body, end);
	memcpy(ret + body.len, end, END_LEN);
	return OK;
}
