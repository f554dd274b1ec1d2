/*
 * Builds unified kernel images in memory for tests from a table of sections, on
 * top of pe_build.
 */
#ifndef KEELBOOT_TESTS_LIB_UKI_BUILD_H
#define KEELBOOT_TESTS_LIB_UKI_BUILD_H

#include "pe_build.h"

/* The contents of .sdmagic in Debian's stubs. */
#define UKI_BUILD_MAGIC_252                                                    \
	"#### LoaderInfo: systemd-stub 252.39-1~deb12u2 ####"
#define UKI_BUILD_MAGIC_257                                                    \
	"#### LoaderInfo: systemd-stub 257.13-1~deb13u1 ####"
#define UKI_BUILD_MAGIC_262   "#### LoaderInfo: systemd-stub 262.1-1 ####"
#define UKI_BUILD_MAGIC_ADDON "#### LoaderInfo: systemd-addon 262.1-1 ####"

/* Where the first section's data begins. */
#define UKI_BUILD_HEADERS 0x2000

struct uki_piece {
	const char *name, *content;
};

/* An x86_64 image of these sections, in this order. */
void uki_build(struct pe_build *b, const struct uki_piece *pieces,
	       size_t count);

#endif
