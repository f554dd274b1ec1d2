/* The keyring as one block of bytes, to be compiled into the program. */
#include "trust/keyring.h"

#include "trust/keyring_parts.h"

#include <stdlib.h>
#include <string.h>

/* All numbers are little-endian u32: the magic of 8 bytes, the table's length,
 * the number of items, then for each item kind, digest, offset and length of
 * its data, offset of its source, which ends in a NUL. */
#define MAGIC	    "KEELKEY\1"
#define MAGIC_SIZE  8
#define HEADER_SIZE 16
#define ITEM_SIZE   20

/* The place of an item's source: that of the item before, if it is the same. */
struct writer {
	uint8_t *table;
	size_t at; /* of the next data or source */
	const char *source;
	size_t source_at;
};

static size_t table_size(const struct keyring *keyring)
{
	size_t size = HEADER_SIZE + (size_t)keyring->count * ITEM_SIZE;
	const char *source = NULL;

	for (uint32_t i = 0; i < keyring->count; i++) {
		const struct keyring_item *item = &keyring->items[i];

		size += item->data.len;
		if (item->source != source)
			size += strlen(item->source) + 1;
		source = item->source;
	}
	return size;
}

static size_t write_bytes(struct writer *w, const void *bytes, size_t len)
{
	size_t at = w->at;

	memcpy(w->table + at, bytes, len);
	w->at += len;
	return at;
}

static void write_item(struct writer *w, uint8_t *to,
		       const struct keyring_item *item)
{
	if (item->source != w->source) {
		w->source = item->source;
		w->source_at =
			write_bytes(w, item->source, strlen(item->source) + 1);
	}
	store_le32(to, (uint32_t)item->kind);
	store_le32(to + 4, (uint32_t)item->digest);
	store_le32(to + 8,
		   (uint32_t)write_bytes(w, item->data.ptr, item->data.len));
	store_le32(to + 12, (uint32_t)item->data.len);
	store_le32(to + 16, (uint32_t)w->source_at);
}

enum status keyring_write(const struct keyring *keyring, uint8_t **ret_table,
			  size_t *ret_len, struct error *err)
{
	size_t size = table_size(keyring);
	struct writer w = {
		.at = HEADER_SIZE + (size_t)keyring->count * ITEM_SIZE,
	};

	if (size > UINT32_MAX)
		return fail(err, E_KEYRING_TABLE_LENGTH,
			    "the keyring's table would have %zu bytes, the "
			    "most is %u",
			    size, UINT32_MAX);
	w.table = malloc(size);
	if (!w.table)
		return fail(err, E_NO_MEMORY,
			    "no memory for a keyring's table of %zu bytes",
			    size);
	memcpy(w.table, MAGIC, MAGIC_SIZE);
	store_le32(w.table + 8, (uint32_t)size);
	store_le32(w.table + 12, keyring->count);
	for (uint32_t i = 0; i < keyring->count; i++)
		write_item(&w, w.table + HEADER_SIZE + (size_t)i * ITEM_SIZE,
			   &keyring->items[i]);
	*ret_table = w.table;
	*ret_len = size;
	return OK;
}

static enum status check_header(struct span table, uint32_t *ret_count,
				struct error *err)
{
	uint32_t size = span_le32(table, 8), count = span_le32(table, 12);

	if (table.len < HEADER_SIZE)
		return fail(err, E_KEYRING_TABLE_SHORT,
			    "the keyring's table has %zu bytes, its header has "
			    "%d",
			    table.len, HEADER_SIZE);
	if (!span_starts_with(table, MAGIC, MAGIC_SIZE))
		return fail(err, E_KEYRING_TABLE_MAGIC,
			    "the keyring's table does not begin with KEELKEY "
			    "and version 1");
	if (size != table.len)
		return fail(err, E_KEYRING_TABLE_LENGTH,
			    "the keyring's table has %zu bytes, its header "
			    "says %u",
			    table.len, size);
	if (count > KEYRING_ITEMS_MAX)
		return fail(err, E_KEYRING_TABLE_COUNT,
			    "the keyring's table has %u items, the most is %d",
			    count, KEYRING_ITEMS_MAX);
	if (!span_holds(table, HEADER_SIZE, (uint64_t)count * ITEM_SIZE))
		return fail(err, E_KEYRING_TABLE_SHORT,
			    "the keyring's table has %zu bytes, its %u items "
			    "end at %u",
			    table.len, count, HEADER_SIZE + count * ITEM_SIZE);
	*ret_count = count;
	return OK;
}

static enum status check_digest(uint32_t index, const struct keyring_item *item,
				struct error *err)
{
	size_t len = digest_len(item->digest);

	if (keyring_kind_has_digest(item->kind) ? !len : item->digest != 0)
		return fail(err, E_KEYRING_TABLE_DIGEST,
			    "keyring item %u of kind %d has digest algorithm "
			    "%d",
			    index, (int)item->kind, (int)item->digest);
	if (len && item->data.len != len)
		return fail(err, E_KEYRING_TABLE_DATA,
			    "keyring item %u has %zu bytes of %s, which has "
			    "%zu",
			    index, item->data.len, digest_name(item->digest),
			    len);
	return OK;
}

static enum status read_source(struct span table, uint32_t index, uint32_t at,
			       uint32_t begin, const char **ret,
			       struct error *err)
{
	struct span rest = span_slice(table, at, table.len - at);

	if (at < begin || !rest.len || span_until_nul(rest).len == rest.len)
		return fail(err, E_KEYRING_TABLE_SOURCE,
			    "the name of keyring item %u begins at 0x%x and "
			    "does not end before 0x%zx",
			    index, at, table.len);
	*ret = (const char *)rest.ptr;
	return OK;
}

static enum status read_item(struct span table, uint32_t index, uint32_t begin,
			     struct keyring_item *ret, struct error *err)
{
	size_t at = HEADER_SIZE + (size_t)index * ITEM_SIZE;
	uint32_t kind = span_le32(table, at), digest = span_le32(table, at + 4);
	uint32_t from = span_le32(table, at + 8);
	uint32_t len = span_le32(table, at + 12);
	enum status s;

	if (kind < KEYRING_DB_CERT || kind > KEYRING_TLS_CERT)
		return fail(err, E_KEYRING_TABLE_KIND,
			    "keyring item %u has the kind %u, known are %d to "
			    "%d",
			    index, kind, KEYRING_DB_CERT, KEYRING_TLS_CERT);
	if (from < begin || !len || !span_holds(table, from, len))
		return fail(err, E_KEYRING_TABLE_DATA,
			    "the %u bytes of keyring item %u begin at 0x%x, "
			    "data lies between 0x%x and 0x%zx",
			    len, index, from, begin, table.len);
	ret->kind = (enum keyring_kind)kind;
	ret->digest = (enum digest_kind)digest;
	ret->data = span_slice(table, from, len);
	s = check_digest(index, ret, err);
	if (s == OK)
		s = read_source(table, index, span_le32(table, at + 16), begin,
				&ret->source, err);
	return s;
}

enum status keyring_read(struct keyring *ret, struct span table,
			 struct error *err)
{
	struct keyring keyring = KEYRING_NONE;
	uint32_t count = 0, begin;
	enum status s = check_header(table, &count, err);

	if (s == OK)
		s = keyring_reserve(&keyring, count, err);
	begin = HEADER_SIZE + count * ITEM_SIZE;
	for (; s == OK && keyring.count < count; keyring.count++)
		s = read_item(table, keyring.count, begin,
			      &keyring.items[keyring.count], err);
	if (s != OK) {
		keyring_drop(&keyring);
		return s;
	}
	*ret = keyring;
	return OK;
}
