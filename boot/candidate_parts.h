/*
 * What the looks at the kinds of candidates share. Used by candidate*.c alone.
 */
#ifndef KEELBOOT_CANDIDATE_PARTS_H
#define KEELBOOT_CANDIDATE_PARTS_H

#include "candidate.h"

/* What the grub.cfg files of a disk say: candidate_grub.c */
struct candidate_grub;

/* One look at a volume. */
struct candidate_look {
	const struct candidate_volume *volumes; /* all of the disk's */
	uint32_t volume_count;
	const struct volume *volume; /* the one looked at */
	const struct place *place;
	const struct candidate_rules *rules;
	const struct candidate_sink *sink;
	struct candidate_grub *grub; /* NULL without memory */
	uint32_t index;		     /* of volume */
	bool has_manifests;	     /* there is one on the volume */
	bool has_loader_conf;
	uint64_t deadline_ms; /* of now_ms(), 0 for none */
};

/* False once the time for this volume is over: then no more is looked at. */
MUST_USE bool candidate_has_time(const struct candidate_look *look);

/* A record without anything in it, or NULL with a note. Freed by the caller. */
struct found *candidate_make(const struct candidate_look *look,
			     enum found_kind kind);

/* Says why an entry is not offered; the first reason stays. */
void candidate_refuse(struct found *found, const struct error *err);

/* Notes what is wrong in a line of a file. */
void candidate_note(const struct candidate_look *look, const char *file,
		    uint32_t line, const struct error *why);

void candidate_emit(const struct candidate_look *look,
		    const struct found *found);

const char *candidate_base_name(const char *path);
bool candidate_has_suffix(const char *name, const char *suffix);

/* Sets path, id and counter of an entry that is a file of its own. profile is
 * empty, or that of a UKI that is not the first. */
void candidate_name(struct found *found, const char *path, struct span profile);

/* FNV-1a of 64 bits, for fingerprints. Start with CANDIDATE_HASH. */
#define CANDIDATE_HASH 14695981039346656037ULL
uint64_t candidate_hash(uint64_t hash, const void *bytes, size_t len);

/* Remembers a file of size bytes as a part of an entry. Errors:
 * E_ENTRY_NOT_BOOTABLE (no room). */
enum status candidate_keep_sized(const struct candidate_look *look,
				 const struct volume *volume, const char *path,
				 uint64_t size, enum file_role role,
				 struct found *found, struct error *err);

/* The same for a file that must be there. Errors: those of volume_open() and of
 * candidate_keep_sized(). */
enum status candidate_keep(const struct candidate_look *look,
			   const struct volume *volume, const char *path,
			   enum file_role role, struct found *found,
			   struct error *err);

/* The manifest and its signature of a loose entry, where both are there:
 * without one of them the entry says what it lacks when it is chosen. */
void candidate_keep_manifest(const struct candidate_look *look,
			     struct found *found);

/* A small text file, whole. buf has cap bytes. Errors: those of volume_open(),
 * E_ENTRY_TEXT_TOO_LONG, those of block_read_at(). */
enum status candidate_read_text(const struct volume *volume, const char *path,
				void *buf, size_t cap, struct span *ret,
				struct error *err);

/* True unless it is for another machine; says so in err. Errors:
 * E_ENTRY_MACHINE. */
enum status candidate_check_machine(uint16_t machine, struct error *err);

/* Calls fn for the files of a folder whose names begin and end so, hidden ones
 * left out; a folder that cannot be read is a note. */
typedef void candidate_file_fn(const struct candidate_look *look,
			       const char *path);
void candidate_each_file(const struct candidate_look *look, const char *folder,
			 const char *prefix, const char *suffix,
			 candidate_file_fn *fn);

/* candidate_image.c: a UKI, a kernel without an entry, /EFI/BOOT. */
void candidate_look_at_image(const struct candidate_look *look,
			     const char *path);
void candidate_look_at_fallback(const struct candidate_look *look);

/*
 * A cheap look at the kernel of a loose entry: that it is one, for this
 * machine. Adds what tells it from others to the fingerprint. Errors:
 * E_VERIFY_NOT_AN_IMAGE, E_ENTRY_MACHINE, those of pe_parse() and of reading.
 */
enum status candidate_check_kernel(const struct volume *volume,
				   struct found *found, struct error *err);

/* candidate_entry.c: loose entries, built into the image or as type 1 files on
 * the volume. */
void candidate_look_at_configured(const struct candidate_look *look,
				  uint32_t index);
void candidate_look_at_type1(const struct candidate_look *look);

/* candidate_extlinux.c: the entries of a volume's extlinux.conf. */
void candidate_look_at_extlinux(const struct candidate_look *look);

/*
 * candidate_grub.c: reads every grub.cfg of a disk's volumes, which is not yet
 * looking at one of them. NULL without memory.
 */
struct candidate_grub *candidate_grub_read(const struct candidate_look *look);
void candidate_grub_drop(struct candidate_grub *grub);

/* The variables that entries on a volume are written for; false if nothing says
 * that they are written for GRUB. *ret lives as long as grub. */
bool candidate_grub_variables(struct candidate_grub *grub,
			      const struct candidate_look *look,
			      struct bls_variables *ret);

/* Whether a grub.cfg that shows the type 1 entries of this volume has this one
 * for its default: by id without suffix, or title. */
bool candidate_grub_names(const struct candidate_grub *grub,
			  const struct candidate_look *look,
			  const struct found *found);

/* Emits the entries of the grub.cfg files of a volume. */
void candidate_grub_emit(const struct candidate_grub *grub,
			 const struct candidate_look *look, uint32_t volume);

/* How many seconds a menu waits by a file that is no loader.conf, negative if
 * it does not say, or for ever, which nobody may be there to end. Told as a
 * line of a loader.conf, where the volume has none. */
void candidate_tell_timeout(const struct candidate_look *look, int32_t seconds);

#endif
