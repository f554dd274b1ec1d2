/*
 * SHA-256 as people and programs see it.
 */
#ifndef KEELBOOT_DIGEST_TEXT_H
#define KEELBOOT_DIGEST_TEXT_H

#include "base/span.h"

#define DIGEST_TEXT_LEN 64

/* The lower-case hex SHA-256 of bytes followed by zero_tail zeros. */
void digest_text(struct span bytes, uint64_t zero_tail,
		 char ret[static DIGEST_TEXT_LEN + 1]);

#endif
