/*
 * SHA-1, where others have settled on it and no trust hangs on it: under
 * name-based UUIDs (RFC 9562, 5.5), where two names with one UUID would only
 * choose a device tree, out of those a verified image has; and in the sha1 bank
 * of a TPM. It is nowhere near what judges signatures.
 */
#ifndef KEELBOOT_TRUST_SHA1_H
#define KEELBOOT_TRUST_SHA1_H

#include "base/span.h"

#define SHA1_LEN 20

void sha1_of(struct span bytes, uint8_t ret[static SHA1_LEN]);

#endif
