/*
 * The only door to trust: raw_image -> verified_image.
 *
 * A verified_image is made in verify.c alone and says how it came to be
 * trusted. Slices of it are trusted_spans; nothing else makes one. The PE view
 * that was looked at for the verdict is kept inside and is the one used later,
 * so no second parser can disagree with the first.
 */
#ifndef KEELBOOT_VERIFY_H
#define KEELBOOT_VERIFY_H

#include "format/kimage.h"
#include "format/uki.h"
#include "format/zboot.h"
#include "image.h"
#include "policy.h"

/* Zeroed memory means no. */
enum verdict { VERDICT_REFUSED = 0, VERDICT_TRUSTED = 0x5a17c0de };

enum verified_how {
	VERIFIED_NOT = 0,
	VERIFIED_POLICY_OFF, /* nothing was checked, as the policy says */
};

enum image_kind {
	IMAGE_UNKNOWN = 0,
	IMAGE_UKI,
	IMAGE_ZBOOT,
	IMAGE_KERNEL, /* bare bzImage, Image, … */
	IMAGE_DATA,   /* an initrd or another file of a loose entry */
};

struct verified_image; /* defined in verify.c */

/* Bytes of a verified image; zero_tail zero bytes follow those of `in`. */
struct trusted_span {
	struct span in;
	uint32_t zero_tail;
};

/*
 * Judges a kernel image (UKI, zboot or bare kernel). Consumes raw in every
 * case: on success its bytes live on in *ret, on failure they are gone.
 *
 * Errors: E_VERIFY_NO_KEYRING (the policy asks for signatures and this build
 * cannot check any), E_VERIFY_NOT_AN_IMAGE, or what the parsers say.
 */
MUST_USE enum status verify_image(struct raw_image *raw,
				  const struct policy *policy,
				  struct verified_image **ret,
				  struct error *err);

/* The same for another file of a loose entry (initrd, device tree), which has
 * no signature of its own. */
MUST_USE enum status verify_loose_file(struct raw_image *raw,
				       const struct policy *policy,
				       struct verified_image **ret,
				       struct error *err);

void verified_image_drop(struct verified_image **image);
#define _drop_verified_ __attribute__((cleanup(verified_image_drop)))

enum verified_how verified_how(const struct verified_image *image);
const char *verified_how_text(enum verified_how how);
enum image_kind verified_kind(const struct verified_image *image);
const char *verified_name(const struct verified_image *image);

/* The views made before the verdict; NULL where the kind has none. */
const struct pe_view *verified_pe(const struct verified_image *image);
const struct uki_view *verified_uki(const struct verified_image *image);
const struct zboot_view *verified_zboot(const struct verified_image *image);

/* The whole file. */
struct trusted_span verified_bytes(const struct verified_image *image);

/* A section of a UKI as it counts in a profile; empty if absent. */
struct trusted_span verified_section(const struct verified_image *image,
				     uint32_t profile,
				     enum uki_section section);

/* Part of a trusted span; empty if it is not inside. */
struct trusted_span trusted_slice(struct trusted_span of, uint64_t offset,
				  uint64_t len);

/* Moves the file itself out, for a kernel that is handed on as it is; the image
 * is dropped. */
struct blob verified_take_blob(struct verified_image **image);

#endif
