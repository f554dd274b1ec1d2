/*
 * File names of Boot Loader Specification entries (UAPI.1), and the ids that
 * entries are chosen by, which are systemd-boot's.
 */
#ifndef KEELBOOT_FORMAT_ENTRY_NAME_H
#define KEELBOOT_FORMAT_ENTRY_NAME_H

#include "base/span.h"

/* What the specification allows a file name of an entry to have. */
#define ENTRY_NAME_MAX 255

enum entry_name_kind {
	ENTRY_NAME_NONE = 0,
	ENTRY_NAME_CONF, /* a type 1 entry, where it lies in /loader/entries */
	ENTRY_NAME_EFI,	 /* a type 2 entry, where it lies in /EFI/Linux */
};

/*
 * By the suffix, in either case. Hidden names (".x") and such that systemd-boot
 * keeps for entries of its own making ("auto-x") are none, nor is one with a
 * NUL, '/', '\\' or more bytes than ENTRY_NAME_MAX.
 */
enum entry_name_kind entry_name_kind(struct span name);

/*
 * The id of an entry: its file name without counter of attempts (boot_count.h),
 * with the suffix; for a profile but the first of a UKI "@" and the ID of that
 * profile, or its number in decimal where it has none. Upper case letters of
 * ASCII become lower case in all of it.
 *
 * name: file name, without a path. profile: empty for none. Writes a
 * NUL-terminated string; false, with an empty string in ret, if cap (at least
 * 1) is too small for it or there is a NUL in it.
 */
MUST_USE bool entry_id_make(struct span name, struct span profile, char *ret,
			    size_t cap);

#endif
