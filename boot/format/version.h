/*
 * The order of versions: UAPI.10, the Version Format Specification, which the
 * Boot Loader Specification sorts entries by.
 */
#ifndef KEELBOOT_FORMAT_VERSION_H
#define KEELBOOT_FORMAT_VERSION_H

#include "base/span.h"

/*
 * -1, 0 or 1: a is older than b, as old, or newer. Any bytes are a version:
 * what is not a letter or digit of ASCII nor one of "~-^." only separates, so
 * that different texts may be as old as each other. A total order:
 * antisymmetric, and transitive in its ties too.
 *
 * Two points where the text of the specification says less or other than the
 * implementation everyone has (systemd's), which is followed here. A number is
 * newer than no number even if it is 0 ("0" > "a"): with an empty number being
 * 0, as section "Version Comparison" point 7 has it, "~_1" > "~0a" == "~a" >
 * "~_1". And after a mark that both have, the comparison goes on with the next
 * point and not with the first, so that "~" < "~~".
 */
MUST_USE int version_compare(struct span a, struct span b);

#endif
