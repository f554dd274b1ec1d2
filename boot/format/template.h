/*
 * Templates: ${mac} and the like in the URLs and command lines of network
 * entries. Values come from outside (DHCP, DMI), so what they can do is
 * bounded: in a command line they are a short word, in a URL they are
 * percent-encoded and cannot leave the part they stand in.
 *
 * "${" begins a name, which ends at the next "}"; any other '$' is itself. No
 * name is expanded inside of a value.
 */
#ifndef KEELBOOT_FORMAT_TEMPLATE_H
#define KEELBOOT_FORMAT_TEMPLATE_H

#include "base/error.h"
#include "base/span.h"
#include "base/text.h"

#define TEMPLATE_WORD_MAX 64 /* bytes of a value in a command line */

enum template_name {
	TEMPLATE_MAC = 0,
	TEMPLATE_UUID,
	TEMPLATE_SERIAL,
	TEMPLATE_PRODUCT,
	TEMPLATE_ARCH,
	TEMPLATE_HOSTNAME,
	TEMPLATE_IP,
	TEMPLATE_NAME_COUNT
};

/* What the names stand for; empty where it is not known. */
struct template_values {
	struct span of[TEMPLATE_NAME_COUNT];
};

enum template_use {
	/* Every byte of a value that is not unreserved (RFC 3986, 2.3) is
	 * percent-encoded. */
	TEMPLATE_URL = 1,
	/* A value has at most TEMPLATE_WORD_MAX bytes of [A-Za-z0-9._:-]. */
	TEMPLATE_CMDLINE,
};

/* "mac" … */
const char *template_name_text(enum template_name name);

/*
 * Whether the names in text are known, for whoever checks a configuration away
 * from the machine.
 *
 * Errors: E_TEMPLATE_OPEN ("${" without "}"), E_TEMPLATE_NAME (not known).
 */
MUST_USE enum status template_check(struct span text, struct error *err);

/*
 * Adds text to *to with its names replaced.
 *
 * Errors: those of template_check(); E_TEMPLATE_UNSET (the machine has no such
 * value), E_TEMPLATE_WORD_LENGTH and E_TEMPLATE_WORD_BYTE (in a command line),
 * E_TEMPLATE_DOTS (in a URL: a value of dots alone, which could be "..",
 * another folder), E_TEMPLATE_LENGTH (it does not fit).
 */
MUST_USE enum status template_expand(struct span text,
				     const struct template_values *values,
				     enum template_use use, struct text *to,
				     struct error *err);

#endif
