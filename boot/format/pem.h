/*
 * PEM (RFC 7468): DER as base64 between two lines that name it. A file may hold
 * several blocks, and other text around them, as `openssl x509 -text` prints.
 *
 * Strict about the blocks themselves: what one reader could pass over would be
 * a certificate that is silently not trusted, or not revoked.
 */
#ifndef KEELBOOT_FORMAT_PEM_H
#define KEELBOOT_FORMAT_PEM_H

#include "base/error.h"
#include "base/span.h"

struct pem_block {
	struct span label; /* "CERTIFICATE" */
	struct span der;   /* in the caller's buffer */
};

/* True if a line of the text begins as a block does. */
bool pem_is_candidate(struct span text);

/*
 * The next block of *rest, which then begins behind it; *ret_found is false at
 * the end. Decoded into room, of which cap bytes are the caller's; a text of n
 * bytes never needs more than n / 4 * 3 in all its blocks.
 *
 * Lines end in LF or CRLF and may have blanks around them. Inside a block there
 * is nothing but base64 (RFC 4648, 4) with its padding and unused bits zero.
 *
 * Errors:
 * E_PEM_BOUNDARY   a line begins like one of a block's two but is not one
 * E_PEM_NO_BEGIN   an END line without a BEGIN
 * E_PEM_NO_END     a BEGIN line inside of a block, or the text ends in one
 * E_PEM_LABELS     the two lines name different things
 * E_PEM_CHARACTER  a character that is not base64's, as in a block with headers
 * E_PEM_PADDING    characters missing from a group of four, something behind
 * the padding, unused bits that are not zero E_PEM_EMPTY      a block of no
 * bytes E_PEM_ROOM       more bytes than cap
 */
MUST_USE enum status pem_next(struct span *rest, uint8_t *room, size_t cap,
			      struct pem_block *ret, bool *ret_found,
			      struct error *err);

#endif
