/*
 * Who a file claims to be signed by, read from its certificate table without
 * any check: for a list, and for nothing else.
 */
#ifndef KEELBOOT_CLAIMS_H
#define KEELBOOT_CLAIMS_H

#include "base/span.h"
#include "base/text.h"

/* Certificate tables of real files have 1 to 20 KiB; a longer one is not read
 * for a list. */
#define CLAIMS_TABLE_MAX (64U << 10)

/*
 * table holds WIN_CERTIFICATEs one after the other (PE Format, "The Attribute
 * Certificate Table"). Gives the name of the signer in the first PKCS#7 among
 * them; false if there is none that can be read.
 */
bool claims_of_table(struct span table, struct display *ret);

#endif
