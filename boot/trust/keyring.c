#include "trust/keyring.h"

#include "trust/keyring_parts.h"

#include <stdlib.h>

#define SLOTS_MIN 16U

const char *keyring_folder_name(enum keyring_folder folder)
{
	switch (folder) {
	case KEYRING_FOLDER_DB:
		return "db";
	case KEYRING_FOLDER_DBX:
		return "dbx";
	case KEYRING_FOLDER_SBAT:
		return "sbat";
	case KEYRING_FOLDER_MANIFEST:
		return "manifest";
	case KEYRING_FOLDER_TLS:
		return "tls";
	}
	return "unknown";
}

void keyring_drop(struct keyring *keyring)
{
	for (uint32_t i = 0; i < keyring->owned_count; i++)
		free(keyring->owned[i]);
	free(keyring->owned);
	free(keyring->items);
	*keyring = KEYRING_NONE;
}

/* How many slots an array of count entries has: the next power of two. The
 * arrays grow when a count reaches one. */
static uint32_t slots_for(uint32_t count)
{
	uint32_t slots = SLOTS_MIN;

	while (slots < count)
		slots *= 2;
	return slots;
}

/* Room for one more in an array of count entries of size bytes each. */
static enum status grow(void **array, uint32_t count, size_t size,
			struct error *err)
{
	uint32_t slots = slots_for(count + 1);
	void *larger;

	if (*array && slots_for(count) == slots)
		return OK;
	larger = reallocarray(*array, slots, size);
	if (!larger)
		return fail(err, E_NO_MEMORY,
			    "no memory for a keyring of %u items", slots);
	*array = larger;
	return OK;
}

enum status keyring_reserve(struct keyring *keyring, uint32_t count,
			    struct error *err)
{
	keyring->items = calloc(slots_for(count), sizeof(*keyring->items));
	if (!keyring->items)
		return fail(err, E_NO_MEMORY,
			    "no memory for a keyring of %u items", count);
	return OK;
}

struct keyring_mark keyring_mark(const struct keyring *keyring)
{
	return (struct keyring_mark){ keyring->count, keyring->owned_count };
}

void keyring_cut(struct keyring *keyring, struct keyring_mark mark)
{
	keyring->count = mark.count;
	while (keyring->owned_count > mark.owned_count)
		free(keyring->owned[--keyring->owned_count]);
}

enum status keyring_own(struct keyring *keyring, size_t size, void **ret,
			struct error *err)
{
	void *array = keyring->owned, *block;
	enum status s = grow(&array, keyring->owned_count, sizeof(void *), err);

	if (s != OK)
		return s;
	keyring->owned = array;
	block = malloc(size ? size : 1);
	if (!block)
		return fail(err, E_NO_MEMORY,
			    "no memory for %zu bytes of a keyring", size);
	keyring->owned[keyring->owned_count++] = block;
	*ret = block;
	return OK;
}

enum status keyring_add_item(struct keyring *keyring,
			     const struct keyring_item *item, struct error *err)
{
	void *array = keyring->items;
	enum status s;

	if (keyring_holds(keyring, item->kind, item->digest, item->data))
		return OK;
	if (keyring->count >= KEYRING_ITEMS_MAX)
		return fail(err, E_KEYRING_FULL,
			    "the keyring has %u items already, the most is %d",
			    keyring->count, KEYRING_ITEMS_MAX);
	s = grow(&array, keyring->count, sizeof(*item), err);
	if (s != OK)
		return s;
	keyring->items = array;
	keyring->items[keyring->count++] = *item;
	return OK;
}

bool keyring_has_no_image_keys(const struct keyring *keyring)
{
	for (uint32_t i = 0; i < keyring->count; i++)
		if (keyring->items[i].kind == KEYRING_DB_CERT ||
		    keyring->items[i].kind == KEYRING_DB_HASH)
			return false;
	return true;
}

bool keyring_holds(const struct keyring *keyring, enum keyring_kind kind,
		   enum digest_kind digest, struct span data)
{
	for (uint32_t i = 0; i < keyring->count; i++) {
		const struct keyring_item *item = &keyring->items[i];

		if (item->kind == kind && item->digest == digest &&
		    span_equal(item->data, data))
			return true;
	}
	return false;
}

unsigned keyring_digests(const struct keyring *keyring, enum keyring_kind kind)
{
	unsigned digests = 0;

	for (uint32_t i = 0; i < keyring->count; i++)
		if (keyring->items[i].kind == kind &&
		    keyring_kind_has_digest(kind))
			digests |= 1U << keyring->items[i].digest;
	return digests;
}
