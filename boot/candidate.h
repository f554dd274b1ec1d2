/*
 * What a volume offers: every file that could boot, offered or refused, as
 * plain records that can cross a process boundary.
 *
 * Candidates are looked at through the first bytes of their file and small
 * sections of it; nothing found here is trusted. It fills the menu, and the
 * file itself is read whole, verified and parsed again when it is chosen.
 */
#ifndef KEELBOOT_CANDIDATE_H
#define KEELBOOT_CANDIDATE_H

#include "base/error.h"
#include "base/text.h"
#include "companions.h"
#include "format/bls.h"
#include "sys/volume.h"

#define CANDIDATE_PATH_MAX 256
#define CANDIDATE_ID_MAX   160

/* In the order of the menu. */
enum candidate_kind {
	CANDIDATE_CONFIGURED, /* an entry of the built-in configuration */
	CANDIDATE_UKI,
	CANDIDATE_KERNEL,      /* zboot or bare kernel without an entry */
	CANDIDATE_OWN,	       /* keelboot itself */
	CANDIDATE_REVOCATIONS, /* no entry: what the menu is to revoke,
				* `kernel`, signed in `manifest_signature` */
};

/* A file of a volume that the probe keeps open. */
struct found_file {
	uint32_t handle; /* the probe's number for it */
	uint64_t size;
	char path[CANDIDATE_PATH_MAX];
};

/* Whether a file carries a signature; nothing has been said about its worth. */
enum found_signature {
	FOUND_NOT_ASKED = 0, /* a loose entry, or a file that cannot be read */
	FOUND_UNSIGNED,
	FOUND_SIGNED,
};

struct found {
	enum candidate_kind kind;
	char id[CANDIDATE_ID_MAX]; /* "debian.efi", "debian.efi@rescue" */
	struct display title;
	struct display version;
	uint32_t profile;
	bool is_automatic; /* may boot without being chosen */
	enum status why;   /* OK if it is offered, else why not */
	char reason[ERROR_TEXT_MAX];
	enum found_signature signature;
	struct display claims; /* the signer it names, "" if unreadable */
	uint32_t configured;   /* index of the configured entry */
	struct found_file kernel;
	struct found_file initrds[BLS_INITRDS_MAX];
	uint32_t initrd_count;
	struct found_file devicetree; /* path "" if none */
	uint32_t companion_count;     /* left out, see companions.h */
	struct display companions;
	/* What covers a loose entry: path "" if there is none. */
	struct found_file manifest, manifest_signature;
};

/* A configured entry: a BLS file of the image. */
struct configured {
	char id[CANDIDATE_ID_MAX]; /* the file's name */
	struct bls_entry entry;
};

/* Where the manifest of a loose entry stands on its volume, and what its
 * signature's name adds to that. */
#define CANDIDATE_MANIFESTS	"/loader/entries"
#define CANDIDATE_MANIFEST_END	".manifest"
#define CANDIDATE_SIGNATURE_END ".p7s"

/* The list of revocations of a volume, and its signature. */
#define CANDIDATE_REVOCATIONS_PATH "/loader/keelboot/revoked"

struct candidate_sink {
	void *ctx;
	/* Keeps fd (it is the sink's now) of a file of size bytes and gives its
	 * handle; false, with fd still the caller's, if there is no room. */
	bool (*keep)(void *ctx, int fd, uint64_t size, uint32_t *ret_handle);
	void (*found)(void *ctx, const struct found *found);
	void (*note)(void *ctx, const char *text);
};

/*
 * Looks at the places of an ESP: /EFI/Linux/<name>.efi; vmlinuz* in the root
 * and in /EFI/<vendor>/; the files that configured entries name. A folder that
 * is not there is nothing; one that cannot be read is a note.
 */
void candidate_scan(const struct volume *volume,
		    const struct configured *configured,
		    uint32_t configured_count,
		    const struct candidate_sink *sink);

#endif
