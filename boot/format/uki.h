/*
 * Unified kernel images (UAPI.5): which sections an image has, per profile,
 * with the rules of the systemd-stub version that is inside it, because the
 * stub decides what counts and what is measured.
 *
 * A section's content is VirtualSize bytes: `stored` bytes of the file followed
 * by `zero_tail` zero bytes. A section of VirtualSize 0 counts as absent, and
 * in a profile it hides the base's.
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

/* Ten times what anyone has shown; with the base's some sections they still
 * have to fit into PE_SECTIONS_MAX headers. */
#define UKI_PROFILES_MAX 32

/*
 * The largest sections, in bytes of VirtualSize. They are read into memory and
 * measured before anything is known about them, so each has a limit, well above
 * what a working image can use:
 * - no architecture's kernel takes a command line beyond 4096 bytes; the rest
 *   is room for blanks and comments of tools that keep them;
 * - text (.osrel, .uname, .sbat, .pcrsig, .pcrpkey, .profile) is some hundred
 *   bytes, a .pcrsig with every bank and phase some tens of KiB;
 * - arm64 maps 2 MiB of device tree; a .hwids table for one product line is
 *   some KiB.
 * Kernel, initrd, microcode, firmware and splash have no limit of their own:
 * they cannot be larger than the file.
 */
#define UKI_CMDLINE_MAX (64U << 10)
#define UKI_TEXT_MAX	(1U << 20)
#define UKI_DTB_MAX	(2U << 20)
#define UKI_HWIDS_MAX	(2U << 20)

/* systemd-stub version when there is no .sdmagic, or none that can be read */
#define UKI_STUB_UNKNOWN 0

/* The first version that compares section names as a whole and knows .profile
 * and .dtbauto; older ones take any name that begins with a known one. */
#define UKI_STUB_EXACT_NAMES 257

/* Bytes in .linuxh and .initrdh of a thin image: SHA-256. */
#define UKI_THIN_HASH_LEN 32

/* A path in a thin image, with its NUL. */
#define UKI_THIN_PATH_MAX 256

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
	bool is_addon;	       /* no .linux anywhere, but something an addon
				* may have: .cmdline, .dtb, .dtbauto, .ucode
				* or .initrd */
	bool is_thin; /* lanzaboote: .linux is a path, .linuxh a hash */
	struct uki_slice base;
	uint32_t profile_count; /* number of .profile headers, may be 0 */
	struct uki_slice profiles[UKI_PROFILES_MAX];
	struct uki_part linux_hash, initrd_hash; /* thin images only */
};

/* ".linux", … */
const char *uki_section_name(enum uki_section section);

/* True if the PE file has sections that only UKIs and addons have (.linux, or
 * .cmdline/.initrd/.dtb/… beside .sdmagic or .osrel): a cheap look, no check.
 */
bool uki_is_candidate(const struct pe_view *pe);

/*
 * file must hold the contents of .sdmagic if the image has one and the stub
 * version is wanted (a prefix that ends before it gives UKI_STUB_UNKNOWN and
 * the strict rules, as do two .sdmagic sections).
 *
 * A section that the image's stub is too old to know (.ucode before 256,
 * .hwids before 257, .efifw before 258) is nothing to that stub and is left out
 * here. Where several .dtbauto or .efifw stand in a slice, the part is the
 * first that is present.
 *
 * Errors:
 * E_UKI_NO_LINUX          no .linux in the base slice, and not an addon
 * E_UKI_DUPLICATE         any other section twice in a slice
 * E_UKI_NAME_PREFIX       a name that only begins with a known one (.dtbauto
 *                         with .dtb, too) and a stub older than 257 or unknown
 * E_UKI_PROFILE_STUB      .profile, and a stub older than 257 or unknown
 * E_UKI_TOO_MANY_PROFILES more of them than UKI_PROFILES_MAX
 * E_UKI_SECTION_TOO_LARGE a section beyond its limit above, or beyond the size
 *                         of the file
 * E_UKI_THIN_HASH         .linuxh or .initrdh without UKI_THIN_HASH_LEN bytes
 */
enum status uki_parse(struct span file, const struct pe_view *pe,
		      struct uki_view *ret_view, struct error *err);

/* The section that counts in a profile: the profile's own, else the base's.
 * profile must be 0 or below profile_count. */
struct uki_part uki_part_of(const struct uki_view *view, uint32_t profile,
			    enum uki_section section);

/* A slice of the section table: a profile's number, or what stands before the
 * first .profile. */
#define UKI_SLICE_BASE UINT32_MAX

/*
 * Sections that may stand in a slice more than once (.dtbauto, .efifw), one
 * after the other: *at is 0 at first, and the index to go on from later. False
 * when there are no more; absent ones (VirtualSize 0) are passed over.
 */
MUST_USE bool uki_next_part(const struct pe_view *pe, uint32_t slice,
			    enum uki_section section, uint32_t *at,
			    struct uki_part *ret);

/* The stored bytes of a part; empty if it is absent or file does not reach to
 * its end. */
struct span uki_part_bytes(struct span file, struct uki_part part);

/* The path that .linux or .initrd of a thin image holds, as an entry's paths
 * are: "/" in front and between, whatever slashes it has. Errors: E_BLS_PATH_…,
 * as of bls_set_path(). */
MUST_USE enum status uki_thin_path(struct span section, enum uki_section which,
				   char ret[static UKI_THIN_PATH_MAX],
				   struct error *err);

/* Reads ID= and TITLE= of a .profile section, without a pair of quotes around
 * them; empty spans where absent. The spans point into profile_section. */
void uki_profile_names(struct span profile_section, struct span *ret_id,
		       struct span *ret_title);

#endif
