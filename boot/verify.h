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

#include "base/text.h"
#include "format/kimage.h"
#include "format/manifest.h"
#include "format/uki.h"
#include "format/zboot.h"
#include "image.h"
#include "policy.h"
#include "trust/judge.h"

/* Zeroed memory means no. */
enum verdict { VERDICT_REFUSED = 0, VERDICT_TRUSTED = 0x5a17c0de };

enum verified_how {
	VERIFIED_NOT = 0,
	VERIFIED_SIGNATURE,	/* by a signer the keyring vouches for */
	VERIFIED_ENROLLED_HASH, /* its Authenticode digest is in the keyring */
	VERIFIED_MANIFEST,	/* a signed manifest names its digest */
	VERIFIED_HASH_PIN,	/* a trusted file or config names its digest */
	VERIFIED_POLICY_OFF,	/* not vouched for; the policy says boot */
};

enum image_kind {
	IMAGE_UNKNOWN = 0,
	IMAGE_UKI,
	IMAGE_ZBOOT,
	IMAGE_KERNEL, /* bare bzImage, Image, … */
	IMAGE_ADDON,
	IMAGE_OTHER_PE, /* a boot loader, a tool: judged, never booted */
	IMAGE_DATA,	/* an initrd or another file of a loose entry */
};

struct verified_image; /* defined in verify.c */

/* Bytes of a verified image; zero_tail zero bytes follow those of `in`. */
struct trusted_span {
	struct span in;
	uint32_t zero_tail;
};

/* What verdicts are made with. */
struct verify_context {
	enum verify_mode mode;
	const struct keyring *keyring; /* NULL only with VERIFY_OFF */
	struct judge_rules rules;
};

/* The policy, the keyring and the time of day, which never counts as earlier
 * than this program was built. */
struct verify_context verify_context_of(const struct policy *policy,
					const struct keyring *keyring);

/*
 * The image door: a UKI, zboot or bare kernel, by its own signature or its
 * enrolled digest. A UKI must have a .sbat section that the level does not
 * revoke; a plain kernel may lack one.
 *
 * Consumes raw in every case: on success its bytes live on in *ret, on failure
 * they are gone. Under `warn` a refusal becomes VERIFIED_POLICY_OFF, and
 * verified_warning() tells it; under `off` nothing is checked.
 *
 * Errors: E_VERIFY_NOT_AN_IMAGE, what the parsers say, E_AUTHENTICODE_…,
 * E_JUDGE_…, E_SBAT_…, E_VERIFY_NO_SBAT, E_VERIFY_SBAT_TWICE, E_VERIFY_NO_PE (a
 * kernel that cannot carry a signature).
 */
MUST_USE enum status verify_image(struct raw_image *raw,
				  const struct verify_context *context,
				  struct verified_image **ret,
				  struct error *err);

/* Only the verdict, for a person who asks for it: any PE image, also what could
 * never boot here. Errors: as verify_image(). */
MUST_USE enum status verify_any_pe(const struct raw_image *raw,
				   const struct verify_context *context,
				   struct judgement *ret_judgement,
				   struct error *err);

/* The addon door: as above, for a PE addon without a kernel. Errors: those of
 * verify_image(), E_VERIFY_NOT_AN_ADDON. */
MUST_USE enum status verify_addon(struct raw_image *raw,
				  const struct verify_context *context,
				  struct verified_image **ret,
				  struct error *err);

/*
 * The manifest door. A manifest is verified first; the files it covers then
 * come in its order, each once, and in the end nothing may be left over:
 * a loose entry is covered as a whole or not at all.
 */
struct verified_manifest; /* defined in verify_manifest.c only */

/* Consumes both. Errors: E_MANIFEST_…, E_JUDGE_…, E_PKCS7_…. */
MUST_USE enum status verify_manifest(struct raw_image *manifest,
				     struct raw_image *signature,
				     const struct verify_context *context,
				     struct verified_manifest **ret,
				     struct error *err);

/* The next file of the entry; consumes raw. A kernel is parsed as
 * verify_image() does, and refused if its Authenticode digest is revoked.
 * Of companions the name counts, too.
 * Errors: E_VERIFY_NOT_COVERED (no such role or name next), E_VERIFY_DIGEST
 * (with both digests), those of the parsers, E_JUDGE_REVOKED_HASH. */
MUST_USE enum status verify_covered_file(struct raw_image *raw,
					 struct verified_manifest *manifest,
					 enum manifest_role role,
					 const struct verify_context *context,
					 struct verified_image **ret,
					 struct error *err);

/* The same kernel row for a UKI whose own signature has been verified: binds
 * the rows that follow to it. Errors: E_VERIFY_NOT_COVERED, E_VERIFY_DIGEST. */
MUST_USE enum status verify_covered_image(const struct verified_image *image,
					  struct verified_manifest *manifest,
					  struct error *err);

/* The entry's options, joined with single blanks. */
MUST_USE enum status verify_covered_options(struct verified_manifest *manifest,
					    struct span options,
					    struct error *err);

/* Errors: E_VERIFY_LEFT_OVER (the manifest has rows that the entry has not). */
MUST_USE enum status verify_manifest_end(const struct verified_manifest *m,
					 struct error *err);

/* Who signed it; valid as long as the manifest. */
const char *verified_manifest_signer(const struct verified_manifest *m);

void verified_manifest_drop(struct verified_manifest **manifest);
#define _drop_manifest_ __attribute__((cleanup(verified_manifest_drop)))

/* The hash door: a file whose SHA-256 a trusted place names (sha256 = of
 * built-in configuration, .linuxh of a verified thin UKI). Consumes raw.
 * is_kernel says that it is to be parsed as one. Errors: E_VERIFY_DIGEST, those
 * of the parsers. */
MUST_USE enum status verify_pinned_file(struct raw_image *raw, bool is_kernel,
					const uint8_t sha256[static 32],
					const struct verify_context *context,
					struct verified_image **ret,
					struct error *err);

/* The text door: what a manifest key has signed, detached, as network menus
 * are. Consumes both. Under `warn` a refusal becomes VERIFIED_POLICY_OFF, and
 * verified_warning() tells it; under `off` nothing is checked; signature may be
 * NULL, for none, with why it cannot be had in *missing. Errors: *missing,
 * those of judge_detached(), E_VERIFY_MANIFEST (it is one: what was signed for
 * files of a disk says nothing else). */
MUST_USE enum status verify_signed_text(struct raw_image *text,
					struct raw_image *signature,
					const struct error *missing,
					const struct verify_context *context,
					struct verified_image **ret,
					struct error *err);

/* A file nothing vouches for: only what the policy lets pass. Consumes raw.
 * Errors: E_VERIFY_UNCOVERED under enforce. */
MUST_USE enum status verify_loose_file(struct raw_image *raw,
				       const struct verify_context *context,
				       struct verified_image **ret,
				       struct error *err);

void verified_image_drop(struct verified_image **image);
#define _drop_verified_ __attribute__((cleanup(verified_image_drop)))

enum verified_how verified_how(const struct verified_image *image);
const char *verified_how_text(enum verified_how how);

/* What vouches for an image, as part of a sentence; nothing if nothing does. */
void verified_add_voucher(struct text *t, enum verified_how how,
			  const char *signer);

/* Whether such a verdict rests on the signer. Otherwise the name is only what
 * the image claims. */
bool verified_proves_signer(enum verified_how how);

/* The signer's name, "" without one; and under `warn` the sentence that would
 * have refused it, else "". */
const char *verified_signer(const struct verified_image *image);
const char *verified_warning(const struct verified_image *image);
enum image_kind verified_kind(const struct verified_image *image);
const char *verified_name(const struct verified_image *image);

/* The views made before the verdict; NULL where the kind has none. */
const struct pe_view *verified_pe(const struct verified_image *image);
const struct uki_view *verified_uki(const struct verified_image *image);
const struct zboot_view *verified_zboot(const struct verified_image *image);

/* The whole file. */
struct trusted_span verified_bytes(const struct verified_image *image);

/* A section of a UKI or an addon as it counts in a profile; empty if absent.
 * Addons have no profiles: 0. */
struct trusted_span verified_section(const struct verified_image *image,
				     uint32_t profile,
				     enum uki_section section);

/* The sections of a name in a slice, one after the other, as uki_next_part()
 * has it. */
MUST_USE bool verified_next_section(const struct verified_image *image,
				    uint32_t slice, enum uki_section section,
				    uint32_t *at, struct trusted_span *ret);

/* Part of a trusted span; empty if it is not inside. */
struct trusted_span trusted_slice(struct trusted_span of, uint64_t offset,
				  uint64_t len);

/* Moves the file itself out, for a kernel that is handed on as it is; the image
 * is dropped. */
struct blob verified_take_blob(struct verified_image **image);

#endif
