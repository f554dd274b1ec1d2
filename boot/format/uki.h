/*
 * Unified kernel images (UAPI.5): which sections an image has, per profile,
 * with the rules of the systemd-stub version that is inside it, because the
 * stub decides what counts and what is measured.
 *
 * A section's content is VirtualSize bytes: `stored` bytes of the file followed
 * by `zero_tail` zero bytes. A section of VirtualSize 0 counts as absent, and in
 * a profile it hides the base's.
 */
#ifndef KEELBOOT_FORMAT_UKI_H
#define KEELBOOT_FORMAT_UKI_H

#include "format/pe.h"

/* In the order systemd-stub measures them (its own table, which differs from
 * the order of UAPI.5's prose). Do not reorder. */
enum uki_section {
	UKI_LINUX,
	UKI_OSREL,
	UKI_CMDLINE,
	UKI_INITRD,
	UKI_UCODE,
	UKI_SPLASH,
	UKI_DTB,
	UKI_UNAME,
	UKI_SBAT,
	UKI_PCRSIG,
	UKI_PCRPKEY,
	UKI_PROFILE,
	UKI_DTBAUTO,
	UKI_HWIDS,
	UKI_EFIFW,
	UKI_SECTION_COUNT
};

#define UKI_PROFILES_MAX 32

/* systemd-stub version when there is no .sdmagic, or none that can be read */
#define UKI_STUB_UNKNOWN 0

struct uki_part {
	bool named;   /* a header of that name exists in the slice */
	bool present; /* named, and VirtualSize is not 0 */
	uint32_t offset;
	uint32_t stored;
	uint32_t zero_tail;
};

struct uki_slice {
	struct uki_part parts[UKI_SECTION_COUNT];
};

struct uki_view {
	uint32_t stub_version; /* 252 …, or UKI_STUB_UNKNOWN */
	bool has_linux;	       /* of the base slice */
	bool is_addon;	       /* no .linux, but something an addon may have */
	bool is_thin;	       /* lanzaboote: .linux is a path, .linuxh a hash */
	struct uki_slice base;
	uint32_t profile_count; /* number of .profile headers, may be 0 */
	struct uki_slice profiles[UKI_PROFILES_MAX];
	struct uki_part linux_hash, initrd_hash; /* thin images only */
};

/* ".linux", … */
const char *uki_section_name(enum uki_section section);

/* True if the PE file has a section that only UKIs and addons have (.linux, or
 * .cmdline/.initrd/.dtb/… beside .sdmagic or .osrel): a cheap look, no check. */
bool uki_is_candidate(const struct pe_view *pe);

/*
 * file must hold the contents of .sdmagic if the image has one and the stub
 * version is wanted (a prefix that ends before it gives UKI_STUB_UNKNOWN and
 * the strict rules).
 *
 * Refused, each with a code of its own (E_UKI_…): no .linux and not an addon;
 * a singleton section twice in a slice; a name that only begins with a known
 * one, or .profile, where the stub is older than 257 or unknown; more profiles
 * than UKI_PROFILES_MAX; a section beyond its size limit (config/limits.h
 * reasons: .cmdline 64 KiB, .osrel/.uname/.sbat/.pcrsig/.pcrpkey/.profile 1 MiB,
 * .dtb 2 MiB; .linux and .initrd are bounded by the file).
 */
enum status uki_parse(struct span file, const struct pe_view *pe,
		      struct uki_view *ret_view, struct error *err);

/* The section that counts in a profile: the profile's own, else the base's.
 * profile must be 0 or below profile_count. */
struct uki_part uki_part_of(const struct uki_view *view, uint32_t profile,
			    enum uki_section section);

/* The stored bytes of a part. */
struct span uki_part_bytes(struct span file, struct uki_part part);

/* Reads ID= and TITLE= of a .profile section; empty spans where absent. */
void uki_profile_names(struct span profile_section, struct span *ret_id,
		       struct span *ret_title);

#endif
