/*
 * The SHA-1 under name-based UUIDs (RFC 9562, 5.5), which are no matter of
 * trust: two names with one UUID would only choose a device tree, out of those
 * a verified image has. It is nowhere near what judges signatures.
 */
#ifndef KEELBOOT_TRUST_UUID5_H
#define KEELBOOT_TRUST_UUID5_H

#include "base/span.h"

#define UUID5_SHA1_LEN 20

void uuid5_sha1(struct span namespace_and_name,
		uint8_t ret[static UUID5_SHA1_LEN]);

#endif
