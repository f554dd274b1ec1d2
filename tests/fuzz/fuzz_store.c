/* The store: what is read can be written, and read again as the same. A slot
 * that fits gets a checksum, so that its lines are reached. */
#include "fuzz.h"

#include "format/crc32.h"
#include "format/store.h"

static void round_trip(const struct store *store)
{
	uint8_t slot[STORE_SLOT_SIZE];
	struct store again;
	struct error err;

	fuzz_must(store->sequence > 0);
	fuzz_must(store_encode(store, slot, &err) == OK);
	fuzz_must(store_parse_slot(span_of(slot, sizeof(slot)), &again, &err) ==
		  OK);
	fuzz_must(again.sequence == store->sequence);
	fuzz_must(!strcmp(again.oneshot, store->oneshot));
	fuzz_must(!strcmp(again.default_entry, store->default_entry));
	fuzz_must(!strcmp(again.preferred, store->preferred));
	fuzz_must(!strcmp(again.last, store->last));
	fuzz_must(!strcmp(again.sysfail, store->sysfail));
	fuzz_must(!strcmp(again.timeout, store->timeout));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t slot[STORE_SLOT_SIZE];
	char end[16];
	struct store store;
	struct error err;
	enum status s = store_parse(span_of(data, size), &store, &err);

	if (s == OK)
		round_trip(&store);
	else
		fuzz_check_error(s, &err);
	if (size > STORE_SLOT_SIZE - 15)
		return 0;
	memset(slot, '\n', sizeof(slot));
	memcpy(slot, data, size);
	snprintf(end, sizeof(end), "crc32 %08x\n",
		 crc32_add(CRC32_BEGIN, span_of(slot, sizeof(slot) - 15)));
	memcpy(slot + sizeof(slot) - 15, end, 15);
	s = store_parse_slot(span_of(slot, sizeof(slot)), &store, &err);
	if (s == OK)
		round_trip(&store);
	else
		fuzz_check_error(s, &err);
	return 0;
}
