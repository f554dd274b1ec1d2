/*
 * What a volume offers: every file that could boot, offered or refused.
 *
 * Candidates are looked at through the first bytes of their file and small
 * sections of it; nothing found here is trusted. It fills the menu, and the
 * file itself is read whole, verified and parsed again when it is chosen.
 */
#ifndef KEELBOOT_CANDIDATE_H
#define KEELBOOT_CANDIDATE_H

#include "format/bls.h"
#include "found.h"
#include "sys/volume.h"

/* A configured entry: a BLS file of the image. */
struct configured {
	char id[FOUND_ID_MAX]; /* the file's name */
	struct bls_entry entry;
};

/* Where the manifest of a loose entry stands on its volume, and what its
 * signature's name adds to that. */
#define CANDIDATE_MANIFESTS	"/loader/entries"
#define CANDIDATE_MANIFEST_END	".manifest"
#define CANDIDATE_SIGNATURE_END ".p7s"
#define CANDIDATE_NETWORK	"/loader/keelboot.conf"

/* The list of revocations of a volume, and its signature. */
#define CANDIDATE_REVOCATIONS_PATH "/loader/keelboot/revoked"

/* A volume and where it is. */
struct candidate_volume {
	struct volume volume;
	struct place place;
};

/* What does not depend on the disk. */
struct candidate_rules {
	const struct configured *configured;
	uint32_t configured_count;
	/* What a look at all volumes of a disk may take, 0 for no end: one that
	 * takes longer than its disk is waited for would find nothing. */
	uint64_t budget_ms;
};

/* Where the findings go. */
struct candidate_sink {
	void *ctx;
	/* From now on they are about this volume. */
	void (*at)(void *ctx, uint32_t index);
	/* Remembers a file of size bytes, which may be asked for later, and
	 * gives its handle; false if there is no room. */
	bool (*keep)(void *ctx, const struct volume *volume, const char *path,
		     uint64_t size, uint32_t *ret_handle);
	void (*found)(void *ctx, const struct found *found);
	void (*text)(void *ctx, enum found_text_kind kind, struct span text);
	void (*note)(void *ctx, const char *text);
};

/*
 * Looks at the volumes of a disk, one after the other. On each in this order:
 * the list of revocations; loader.conf and the store; files that configured
 * entries name; type 1 entries; /EFI/Linux/<name>.efi; grub.cfg and
 * extlinux.conf; /EFI/BOOT/BOOT*.EFI; vmlinuz* in the root and in
 * /EFI/<vendor>/. A folder that is not there is nothing; one that cannot be
 * read is a note.
 *
 * Of the budget the grub.cfg files of the disk may use a quarter, and each
 * volume its share of what is left, so that a folder of a million names hides
 * what comes after it, and no other volume. What there was no time for is a
 * note.
 */
void candidate_scan(const struct candidate_volume *volumes, uint32_t count,
		    const struct candidate_rules *rules,
		    const struct candidate_sink *sink);

/* What the Boot Loader Specification calls this machine: "x64", "aa64". */
const char *candidate_architecture(void);

/* Whether an entry that names this architecture, "" for none, is for it. */
bool candidate_is_for_us(const char *architecture);

#endif
