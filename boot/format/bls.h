/*
 * Boot Loader Specification (UAPI.1) type 1 entries: `key value` lines. What a
 * configured entry of keelboot is, too.
 */
#ifndef KEELBOOT_FORMAT_BLS_H
#define KEELBOOT_FORMAT_BLS_H

#include "base/error.h"
#include "base/span.h"
#include "base/text.h"

#define BLS_INITRDS_MAX 16
#define BLS_PATH_MAX	256
#define BLS_OPTIONS_MAX 4096
#define BLS_TEXT_MAX	65536 /* no entry of any tool passes 4 KiB */

struct bls_entry {
	struct display title;
	struct display version;
	struct display sort_key;
	struct display machine_id;
	char kernel[BLS_PATH_MAX]; /* linux, or efi where it is a kernel */
	char uki[BLS_PATH_MAX];
	char devicetree[BLS_PATH_MAX];
	char initrds[BLS_INITRDS_MAX][BLS_PATH_MAX];
	uint32_t initrd_count;
	char options[BLS_OPTIONS_MAX]; /* all of them, joined by one blank */
	char architecture[16];	       /* "" if none is named */
	uint32_t unknown_keys;
};

/*
 * Paths come out with '/' between components and one in front. Unknown keys
 * are counted and passed over, as the specification wants.
 *
 * Errors: E_BLS_TOO_LONG (the text, or the options), E_BLS_NO_KERNEL (neither
 * linux, efi nor uki), E_BLS_TWICE (a key that may stand once), E_BLS_PATH (too
 * long, empty, with "..", a control character), E_BLS_TOO_MANY (initrds).
 */
enum status bls_parse(struct span text, struct bls_entry *ret,
		      struct error *err);

/* True if the entry names no architecture, or this one: "x64", "aa64", … as in
 * the specification, upper or lower case. */
bool bls_is_for(const struct bls_entry *entry, const char *efi_architecture);

#endif
