/*
 * What a booted system is told of the entry it was started from: a small text,
 * which keelboot adds to the initrd as /.extra/keelboot/entry and the initrd
 * keeps as /run/keelboot/entry, so that `keelboot bless` finds what to rename
 * where there are no EFI variables to say it.
 *
 *	keelboot entry 1
 *	id debian-6.1.efi
 *	kind uki
 *	path /EFI/Linux/debian-6.1+2-1.efi
 *	partition 3d7f6a1e-0000-4000-8000-000000000001
 *	counter yes
 *
 * A key, one blank, its value; the order does not matter. path is the file with
 * the counter as it was when the kernel was started, after it was counted;
 * partition the PARTUUID in lower case, left out where there is none. Lines
 * with unknown keys are passed over.
 */
#ifndef KEELBOOT_FORMAT_HANDOVER_H
#define KEELBOOT_FORMAT_HANDOVER_H

#include "base/error.h"
#include "base/span.h"

#define HANDOVER_DIR	       ".extra/keelboot" /* in the initrd */
#define HANDOVER_NAME	       "entry"
#define HANDOVER_LOG	       "log"	  /* of this program, beside it */
#define HANDOVER_NETWORK       "network"  /* where files came from */
#define HANDOVER_RUN	       "keelboot" /* below /run of the booted system */
#define HANDOVER_ID_MAX	       160
#define HANDOVER_PATH_MAX      512
#define HANDOVER_TEXT_MAX      4096
#define HANDOVER_PARTITION_MAX 36
#define HANDOVER_KIND_MAX      15

struct handover {
	char id[HANDOVER_ID_MAX + 1];
	char path[HANDOVER_PATH_MAX + 1];	    /* '/' in front, no ".." */
	char partition[HANDOVER_PARTITION_MAX + 1]; /* "" if unknown */
	char kind[HANDOVER_KIND_MAX + 1]; /* "uki", "loose", …; "" if unknown */
	bool counter; /* path had a boot counter, which was counted */
};

/*
 * Errors: E_HANDOVER_SIZE (more than HANDOVER_TEXT_MAX), E_HANDOVER_FIRST_LINE,
 * E_HANDOVER_TWICE, E_HANDOVER_VALUE (empty or too long; control characters, or
 * bytes that are no UTF-8; a path without '/' in front or with "..", a
 * partition that is no PARTUUID in lower case, a counter neither yes nor no),
 * E_HANDOVER_MISSING (id or path).
 */
enum status handover_parse(struct span text, struct handover *ret,
			   struct error *err);

/* Writes the text to buf and its length to *ret_len. Errors: E_HANDOVER_VALUE
 * as above, E_HANDOVER_MISSING, E_HANDOVER_ROOM (cap). */
enum status handover_format(const struct handover *handover, char *buf,
			    size_t cap, size_t *ret_len, struct error *err);

#endif
