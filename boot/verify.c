#include "verify.h"

#include "trust/digest.h"
#include "verify_manifest.h"
#include "verify_verdict.h"

#include <stdlib.h>
#include <string.h>

/* Defined here and nowhere else: no other file can make one, read one or
 * change one. */
struct verified_image {
	enum verdict verdict;
	enum verified_how how;
	enum image_kind kind;
	struct raw_image raw;
	bool has_pe;
	struct pe_view pe;
	struct uki_view uki;
	struct zboot_view zboot;
	struct display signer;
	char warning[ERROR_TEXT_MAX];
};

void verified_image_drop(struct verified_image **image)
{
	if (!*image)
		return;
	raw_image_drop(&(*image)->raw);
	free(*image);
	*image = NULL;
}

/* --- what it is --------------------------------------------------------------
 */

static enum status look_at_pe(struct verified_image *v, struct error *err)
{
	struct span file = v->raw.blob.bytes;
	enum status s = pe_parse(file, file.len, &v->pe, err);

	if (s != OK)
		return s;
	v->has_pe = true;
	if (zboot_is_candidate(file)) {
		v->kind = IMAGE_ZBOOT;
		return zboot_parse(file, &v->pe, &v->zboot, err);
	}
	if (uki_is_candidate(&v->pe)) {
		s = uki_parse(file, &v->pe, &v->uki, err);
		v->kind = v->uki.is_addon ? IMAGE_ADDON : IMAGE_UKI;
		return s;
	}
	v->kind = IMAGE_OTHER_PE;
	return OK;
}

/* Parses once; these views are the ones the verdict is about and the ones
 * used later. */
static enum status look(struct verified_image *v, struct error *err)
{
	struct span file = v->raw.blob.bytes;
	struct kimage_view kimage;
	enum status s;

	if (pe_is_candidate(file)) {
		s = look_at_pe(v, err);
		if (s != OK || v->kind != IMAGE_OTHER_PE)
			return s;
	}
	if (kimage_identify(file) == KIMAGE_NONE)
		return v->has_pe ? OK
				 : fail(err, E_VERIFY_NOT_AN_IMAGE,
					"neither a UKI, nor a zboot image, nor "
					"a kernel");
	v->kind = IMAGE_KERNEL;
	return kimage_parse(file, &kimage, err);
}

/* Whether the kind is one that this door lets through. */
static enum status check_kind(const struct verified_image *v, bool is_addon,
			      struct error *err)
{
	if (is_addon && v->kind != IMAGE_ADDON)
		return fail(err, E_VERIFY_NOT_AN_ADDON,
			    "it is not a PE addon: those have no .linux but a "
			    ".cmdline, .dtb, .ucode or .initrd");
	if (!is_addon && (v->kind == IMAGE_OTHER_PE || v->kind == IMAGE_ADDON))
		return fail(err, E_VERIFY_NOT_AN_IMAGE,
			    v->kind == IMAGE_ADDON
				    ? "it is an addon of a UKI, with no kernel "
				      "of its own"
				    : "it is a PE image, but neither a UKI, "
				      "nor a zboot image, nor a kernel");
	return OK;
}

/* --- the verdict -------------------------------------------------------------
 */

static struct verdict_subject subject_of(const struct verified_image *v)
{
	return (struct verdict_subject){
		.raw = &v->raw,
		.pe = &v->pe,
		.needs_sbat = v->kind == IMAGE_UKI || v->kind == IMAGE_ADDON,
	};
}

static enum status judge_signed(const struct verified_image *v,
				const struct verify_context *context,
				struct judgement *judgement, struct error *err)
{
	const struct verdict_subject subject = subject_of(v);

	if (!v->has_pe)
		return fail(err, E_VERIFY_NO_PE,
			    "it has no PE headers, so it cannot carry a "
			    "signature; only a manifest can cover it");
	return verdict_on_image(&subject, context, judgement, err);
}

static void trust(struct verified_image *v, enum verified_how how)
{
	v->how = how;
	v->verdict = VERDICT_TRUSTED;
}

/* Under `warn` a refusal lets through, and is kept to be told. */
static enum status or_warn(struct verified_image *v, enum status s,
			   const struct error *why,
			   const struct verify_context *context,
			   struct error *err)
{
	if (s == OK)
		return OK;
	if (context->mode == VERIFY_WARN) {
		memcpy(v->warning, why->text, sizeof(v->warning));
		trust(v, VERIFIED_POLICY_OFF);
		return OK;
	}
	if (err)
		*err = *why;
	return s;
}

/* The verdict. Starts as a refusal and is made in one place. */
static enum status judge(struct verified_image *v,
			 const struct verify_context *context,
			 struct judgement *judgement, struct error *err)
{
	struct error why = { .code = OK };
	enum status s;

	if (context->mode == VERIFY_OFF) {
		trust(v, VERIFIED_POLICY_OFF);
		return OK;
	}
	s = judge_signed(v, context, judgement, &why);
	v->signer = judgement->signer;
	if (s == OK)
		trust(v, judgement->how == JUDGED_ENROLLED_HASH
				 ? VERIFIED_ENROLLED_HASH
				 : VERIFIED_SIGNATURE);
	return or_warn(v, s, &why, context, err);
}

/* --- the doors ---------------------------------------------------------------
 */

/* Takes the bytes over, as data that nobody has looked at. */
static enum status take(struct raw_image *raw, struct verified_image **ret,
			struct error *err)
{
	struct verified_image *v = calloc(1, sizeof(*v));

	if (!v) {
		raw_image_drop(raw);
		return fail(err, E_NO_MEMORY, "no memory for the views of %s",
			    raw->name);
	}
	v->raw = *raw;
	raw->blob = BLOB_NONE;
	v->kind = IMAGE_DATA;
	*ret = v;
	return OK;
}

/* The end of every door: what no verdict lets through is dropped. */
static enum status let_through(struct verified_image *v, enum status s,
			       struct verified_image **ret, struct error *err)
{
	if (s != OK || v->verdict != VERDICT_TRUSTED) {
		s = fail_in(err, s == OK ? E_INTERNAL : s, "%s", v->raw.name);
		verified_image_drop(&v);
		return s;
	}
	*ret = v;
	return OK;
}

static enum status verify_pe(struct raw_image *raw, bool is_addon,
			     const struct verify_context *context,
			     struct verified_image **ret,
			     struct judgement *judgement, struct error *err)
{
	struct verified_image *v;
	enum status s = take(raw, &v, err);

	if (s != OK)
		return s;
	s = look(v, err);
	if (s == OK)
		s = check_kind(v, is_addon, err);
	if (s == OK)
		s = judge(v, context, judgement, err);
	return let_through(v, s, ret, err);
}

static enum status with_judgement(struct raw_image *raw, bool is_addon,
				  const struct verify_context *context,
				  struct verified_image **ret,
				  struct error *err)
{
	struct judgement *judgement = calloc(1, sizeof(*judgement));
	enum status s;

	if (!judgement) {
		raw_image_drop(raw);
		return fail(err, E_NO_MEMORY, "no memory for a verdict");
	}
	s = verify_pe(raw, is_addon, context, ret, judgement, err);
	free(judgement);
	return s;
}

enum status verify_image(struct raw_image *raw,
			 const struct verify_context *context,
			 struct verified_image **ret, struct error *err)
{
	return with_judgement(raw, false, context, ret, err);
}

enum status verify_addon(struct raw_image *raw,
			 const struct verify_context *context,
			 struct verified_image **ret, struct error *err)
{
	return with_judgement(raw, true, context, ret, err);
}

enum status verify_any_pe(const struct raw_image *raw,
			  const struct verify_context *context,
			  struct judgement *ret_judgement, struct error *err)
{
	struct verified_image *v = calloc(1, sizeof(*v));
	enum status s;

	memset(ret_judgement, 0, sizeof(*ret_judgement));
	if (!v)
		return fail(err, E_NO_MEMORY, "no memory for the views of %s",
			    raw->name);
	v->raw = *raw; /* lent, not taken: v is freed and not dropped */
	/* Of a kernel only the signature is asked about: one for a machine that
	 * nothing here starts has it, too. */
	s = pe_is_candidate(raw->blob.bytes) ? look_at_pe(v, err)
					     : look(v, err);
	if (s == OK)
		s = judge_signed(v, context, ret_judgement, err);
	if (s != OK)
		fail_in(err, s, "%s", raw->name);
	free(v);
	return s;
}

/* A kernel of a manifest or a pin: what it is, and that it is not revoked. */
static enum status look_at_kernel(struct verified_image *v,
				  const struct verify_context *context,
				  struct error *err)
{
	struct verdict_subject subject;
	enum status s = look(v, err);

	if (s == OK)
		s = check_kind(v, false, err);
	if (s != OK || !v->has_pe)
		return s;
	subject = subject_of(v);
	return verdict_on_revocation(&subject, context, err);
}

enum status verify_covered_file(struct raw_image *raw,
				struct verified_manifest *manifest,
				enum manifest_role role,
				const struct verify_context *context,
				struct verified_image **ret, struct error *err)
{
	uint8_t digest[DIGEST_MAX];
	struct error why = { .code = OK };
	struct verified_image *v;
	enum status s = take(raw, &v, err);

	if (s != OK)
		return s;
	image_whole_digest_get(&v->raw, DIGEST_SHA256, digest);
	s = verified_manifest_take(manifest, role, v->raw.name, digest, &why);
	if (s == OK && role == MANIFEST_LINUX)
		s = look_at_kernel(v, context, &why);
	if (s == OK) {
		v->signer = display_of_text(verified_manifest_signer(manifest));
		trust(v, VERIFIED_MANIFEST);
	}
	s = or_warn(v, s, &why, context, err);
	return let_through(v, s, ret, err);
}

enum status verify_covered_image(const struct verified_image *image,
				 struct verified_manifest *manifest,
				 struct error *err)
{
	uint8_t digest[DIGEST_MAX];

	image_whole_digest_get(&image->raw, DIGEST_SHA256, digest);
	return verified_manifest_take(manifest, MANIFEST_LINUX, image->raw.name,
				      digest, err);
}

enum status verify_pinned_file(struct raw_image *raw, bool is_kernel,
			       const uint8_t sha256[static 32],
			       const struct verify_context *context,
			       struct verified_image **ret, struct error *err)
{
	uint8_t digest[DIGEST_MAX];
	struct verified_image *v;
	enum status s = take(raw, &v, err);

	if (s != OK)
		return s;
	image_whole_digest_get(&v->raw, DIGEST_SHA256, digest);
	if (memcmp(digest, sha256, 32) != 0)
		s = fail(err, E_VERIFY_DIGEST,
			 "its SHA-256 begins %02x%02x%02x%02x, it should begin "
			 "%02x%02x%02x%02x",
			 digest[0], digest[1], digest[2], digest[3], sha256[0],
			 sha256[1], sha256[2], sha256[3]);
	else if (is_kernel)
		s = look_at_kernel(v, context, err);
	if (s == OK)
		trust(v, VERIFIED_HASH_PIN);
	return let_through(v, s, ret, err);
}

enum status verify_signed_text(struct raw_image *text,
			       struct raw_image *signature,
			       const struct error *missing,
			       const struct verify_context *context,
			       struct verified_image **ret, struct error *err)
{
	struct error why = { .code = OK };
	struct verified_image *v = NULL;
	enum status s = take(text, &v, err);

	if (s == OK && context->mode == VERIFY_OFF) {
		trust(v, VERIFIED_POLICY_OFF);
	} else if (s == OK) {
		s = verdict_on_text(v->raw.blob.bytes, signature, missing,
				    context, &v->signer, &why);
		if (s == OK)
			trust(v, VERIFIED_SIGNATURE);
		s = or_warn(v, s, &why, context, err);
	}
	if (signature)
		raw_image_drop(signature);
	return v ? let_through(v, s, ret, err) : s;
}

enum status verify_loose_file(struct raw_image *raw,
			      const struct verify_context *context,
			      struct verified_image **ret, struct error *err)
{
	struct verified_image *v;
	enum status s = take(raw, &v, err);

	if (s != OK)
		return s;
	if (context->mode == VERIFY_ENFORCE) {
		s = fail(err, E_VERIFY_UNCOVERED,
			 "nothing vouches for it: a signed manifest of the "
			 "entry would (docs/secure-boot.md)");
	} else {
		trust(v, VERIFIED_POLICY_OFF);
	}
	return let_through(v, s, ret, err);
}

enum verified_how verified_how(const struct verified_image *image)
{
	return image->verdict == VERDICT_TRUSTED ? image->how : VERIFIED_NOT;
}

const char *verified_signer(const struct verified_image *image)
{
	return image->signer.text;
}

const char *verified_warning(const struct verified_image *image)
{
	return image->warning;
}

enum image_kind verified_kind(const struct verified_image *image)
{
	return image->kind;
}

const char *verified_name(const struct verified_image *image)
{
	return image->raw.name;
}

const struct pe_view *verified_pe(const struct verified_image *image)
{
	return image->has_pe ? &image->pe : NULL;
}

const struct uki_view *verified_uki(const struct verified_image *image)
{
	return image->kind == IMAGE_UKI ? &image->uki : NULL;
}

const struct zboot_view *verified_zboot(const struct verified_image *image)
{
	return image->kind == IMAGE_ZBOOT ? &image->zboot : NULL;
}

struct trusted_span verified_bytes(const struct verified_image *image)
{
	return (struct trusted_span){ .in = image->raw.blob.bytes };
}

struct trusted_span verified_section(const struct verified_image *image,
				     uint32_t profile, enum uki_section section)
{
	struct uki_part part;

	if (image->kind != IMAGE_UKI && image->kind != IMAGE_ADDON)
		return (struct trusted_span){ .zero_tail = 0 };
	part = uki_part_of(&image->uki, profile, section);
	return (struct trusted_span){
		.in = uki_part_bytes(image->raw.blob.bytes, part),
		.zero_tail = part.present ? part.zero_tail : 0,
	};
}

bool verified_next_section(const struct verified_image *image, uint32_t slice,
			   enum uki_section section, uint32_t *at,
			   struct trusted_span *ret)
{
	struct uki_part part;

	if (!image->has_pe ||
	    !uki_next_part(&image->pe, slice, section, at, &part))
		return false;
	ret->in = uki_part_bytes(image->raw.blob.bytes, part);
	ret->zero_tail = part.zero_tail;
	return true;
}

struct trusted_span trusted_slice(struct trusted_span of, uint64_t offset,
				  uint64_t len)
{
	return (struct trusted_span){ .in = span_slice(of.in, offset, len) };
}

struct blob verified_take_blob(struct verified_image **image)
{
	struct blob blob = blob_take(&(*image)->raw.blob);

	verified_image_drop(image);
	return blob;
}
