/* Keyrings of any bytes: a file that is refused leaves nothing, narrowing never
 * makes anything trusted, a table gives back what went in, and any bytes as a
 * table are read or refused. The first byte is the folder. */
#include "fuzz.h"

#include "trust/keyring.h"

static void check_table(const struct keyring *k)
{
	_drop_keyring_ struct keyring again = KEYRING_NONE;
	uint8_t *table = NULL;
	size_t len;

	fuzz_must(keyring_write(k, &table, &len, NULL) == OK);
	fuzz_must(keyring_read(&again, span_of(table, len), NULL) == OK);
	fuzz_must(again.count == k->count);
	for (uint32_t i = 0; i < k->count; i++) {
		const struct keyring_item *a = &k->items[i];
		const struct keyring_item *b = &again.items[i];

		fuzz_must(a->kind == b->kind && a->digest == b->digest);
		fuzz_must(span_equal(a->data, b->data));
		fuzz_must(!strcmp(a->source, b->source));
		fuzz_must(keyring_holds(k, a->kind, a->digest, a->data));
	}
	free(table);
}

static void check_add(enum keyring_folder folder, struct span bytes)
{
	_drop_keyring_ struct keyring k = KEYRING_NONE;
	struct error err;
	enum status s = keyring_add_file(&k, folder, "x", bytes, &err);

	if (s != OK) {
		fuzz_check_error(s, &err);
		fuzz_must(!k.count && !k.owned_count);
		return;
	}
	check_table(&k);
}

static void check_narrow(struct span bytes)
{
	_drop_keyring_ struct keyring k = KEYRING_NONE;
	struct error err;
	uint32_t added;
	enum status s = keyring_narrow(&k, "x", bytes, &added, &err);

	if (s != OK)
		fuzz_check_error(s, &err);
	fuzz_must(added == k.count);
	for (uint32_t i = 0; i < k.count; i++)
		fuzz_must(k.items[i].kind == KEYRING_DBX_CERT ||
			  k.items[i].kind == KEYRING_DBX_HASH ||
			  k.items[i].kind == KEYRING_DBX_TBS ||
			  k.items[i].kind == KEYRING_SBAT_LEVEL);
	check_table(&k);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_drop_keyring_ struct keyring k = KEYRING_NONE;
	struct span bytes = span_of(data, size);
	struct error err;
	enum status s = keyring_read(&k, bytes, &err);

	if (s != OK)
		fuzz_check_error(s, &err);
	else
		check_table(&k);
	if (!size)
		return 0;
	bytes = span_of(data + 1, size - 1);
	check_narrow(bytes);
	check_add((enum keyring_folder)(data[0] % (KEYRING_FOLDER_TLS + 1)),
		  bytes);
	return 0;
}
