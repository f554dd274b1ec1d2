/*
 * A small memory that a process which can read a disk and one which must not
 * touch it share, for handing over a file of any length: the first fills slot
 * after slot, the second copies each into a memory file of its own.
 *
 * What lies in the slots may change at any time and counts for nothing; only
 * the copy is ever looked at. The memory cannot be cut, so that reading it does
 * not fail.
 */
#ifndef KEELBOOT_SYS_TRANSFER_H
#define KEELBOOT_SYS_TRANSFER_H

#include "base/error.h"
#include "base/span.h"

/* Enough that neither side waits for the other's next step, little enough to
 * stay in a CPU's cache. */
#define TRANSFER_SLOTS	  4
#define TRANSFER_SLOT_LEN ((size_t)512 << 10)

struct transfer {
	int fd; /* -1 if there is none */
	uint8_t *map;
};

#define TRANSFER_NONE ((struct transfer){ .fd = -1 })

/* Who copies makes it; its own mapping is read-only. Errors: E_TRANSFER. */
MUST_USE enum status transfer_make(struct transfer *ret, struct error *err);

/* Who fills gets its descriptor; owns fd, also when it fails. Errors:
 * E_TRANSFER. */
MUST_USE enum status transfer_adopt(int fd, struct transfer *ret,
				    struct error *err);

/* The slot for the bytes at an offset of the file that is a multiple of
 * TRANSFER_SLOT_LEN. */
uint8_t *transfer_slot(const struct transfer *transfer, uint64_t offset);

void transfer_drop(struct transfer *transfer);
#define _drop_transfer_ __attribute__((cleanup(transfer_drop)))

#endif
