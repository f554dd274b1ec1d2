/*
 * keelboot's own store on an ESP, /loader/keelboot/store: what other loaders
 * keep in EFI variables, for machines that have none. Only choices are in it,
 * nothing that could change what may boot.
 *
 * The file has 8192 bytes in two slots of 4096, which are written in turn; so
 * that a write that a power cut ends, or a sector of 4096 bytes it destroys,
 * leaves the other slot as it was. The valid slot with the higher sequence
 * counts, where 1 follows the greatest number. A slot is text:
 *
 *	keelboot store 1
 *	sequence 12
 *	oneshot debian.efi
 *	default *-lts.efi
 *	(empty lines)
 *	crc32 0123abcd
 *
 * The last line ends with the slot; its number is the CRC-32 (as in gzip) of
 * all before that line. Keys are those of struct store; unknown ones are
 * passed over, so that an older keelboot reads a newer one's store.
 */
#ifndef KEELBOOT_FORMAT_STORE_H
#define KEELBOOT_FORMAT_STORE_H

#include "base/error.h"
#include "base/span.h"

#define STORE_PATH	"/loader/keelboot/store"
#define STORE_SLOT_SIZE 4096
#define STORE_SIZE	8192
#define STORE_VALUE_MAX 160 /* bytes of an id or a pattern */

/* What each is stands in docs/store.md. "" is not set. */
struct store {
	uint64_t sequence;
	unsigned slot; /* where it was read: 0 or 1 */
	char oneshot[STORE_VALUE_MAX + 1];
	char default_entry[STORE_VALUE_MAX + 1];
	char preferred[STORE_VALUE_MAX + 1];
	char last[STORE_VALUE_MAX + 1];
	char sysfail[STORE_VALUE_MAX + 1];
	char timeout[STORE_VALUE_MAX + 1];
};

/* True if a value can be stored: up to STORE_VALUE_MAX bytes of UTF-8 without
 * control characters, no blank at its ends. "" can. */
bool store_is_value(struct span value);

/*
 * Reads one slot, without its place in the file. Errors: E_STORE_SIZE (not
 * STORE_SLOT_SIZE bytes), E_STORE_END (no crc32 line at the end), E_STORE_CRC,
 * E_STORE_FIRST_LINE, E_STORE_SEQUENCE (missing, 0, no number), E_STORE_TWICE
 * (a known key), E_STORE_VALUE (see store_is_value(), or empty).
 */
enum status store_parse_slot(struct span slot, struct store *ret,
			     struct error *err);

/*
 * Reads the file. With no valid slot *ret is the empty store all the same,
 * which may be used and written, and the error says why: E_STORE_SIZE (not
 * STORE_SIZE bytes), or that of the first slot.
 */
enum status store_parse(struct span file, struct store *ret, struct error *err);

/* The sequence of the slot that comes after one; 0 is none. */
uint64_t store_next_sequence(uint64_t sequence);

/* Writes a slot. Errors: E_STORE_VALUE; with values of the greatest length
 * there is room. */
enum status store_encode(const struct store *store,
			 uint8_t ret[static STORE_SLOT_SIZE],
			 struct error *err);

#endif
