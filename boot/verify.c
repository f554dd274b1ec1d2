#include "verify.h"

#include <stdlib.h>

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
};

void verified_image_drop(struct verified_image **image)
{
	if (!*image)
		return;
	raw_image_drop(&(*image)->raw);
	free(*image);
	*image = NULL;
}

/* Parses once; these views are the ones the verdict is about and the ones
 * used later. */
static enum status look(struct verified_image *v, struct error *err)
{
	struct span file = v->raw.blob.bytes;
	struct kimage_view kimage;
	enum status s;

	if (pe_is_candidate(file)) {
		s = pe_parse(file, file.len, &v->pe, err);
		if (s != OK)
			return s;
		v->has_pe = true;
		if (zboot_is_candidate(file)) {
			v->kind = IMAGE_ZBOOT;
			return zboot_parse(file, &v->pe, &v->zboot, err);
		}
		if (uki_is_candidate(&v->pe)) {
			v->kind = IMAGE_UKI;
			return uki_parse(file, &v->pe, &v->uki, err);
		}
	}
	if (kimage_identify(file) == KIMAGE_NONE)
		return fail(err, E_VERIFY_NOT_AN_IMAGE,
			    "neither a UKI, nor a zboot image, nor a kernel");
	v->kind = IMAGE_KERNEL;
	return kimage_parse(file, &kimage, err);
}

/* The verdict. Starts as a refusal and is made in one place. */
static enum status judge(struct verified_image *v, const struct policy *policy,
			 struct error *err)
{
	if (policy->verify != VERIFY_OFF)
		return fail(err, E_VERIFY_NO_KEYRING,
			    "the configuration says verify = %s, but this "
			    "build has no keyring to check signatures with",
			    verify_mode_name(policy->verify));
	v->how = VERIFIED_POLICY_OFF;
	v->verdict = VERDICT_TRUSTED;
	return OK;
}

static enum status verify(struct raw_image *raw, const struct policy *policy,
			  bool is_loose_file, struct verified_image **ret,
			  struct error *err)
{
	struct verified_image *v = calloc(1, sizeof(*v));
	enum status s;

	if (!v) {
		raw_image_drop(raw);
		return fail(err, E_NO_MEMORY, "no memory for the views of %s",
			    raw->name);
	}
	v->raw = *raw;
	raw->blob = BLOB_NONE;
	v->kind = IMAGE_DATA;
	s = is_loose_file ? OK : look(v, err);
	if (s == OK)
		s = judge(v, policy, err);
	if (s != OK || v->verdict != VERDICT_TRUSTED) {
		fail_in(err, s, "%s", v->raw.name);
		verified_image_drop(&v);
		return s;
	}
	*ret = v;
	return OK;
}

enum status verify_image(struct raw_image *raw, const struct policy *policy,
			 struct verified_image **ret, struct error *err)
{
	return verify(raw, policy, false, ret, err);
}

enum status verify_loose_file(struct raw_image *raw,
			      const struct policy *policy,
			      struct verified_image **ret, struct error *err)
{
	return verify(raw, policy, true, ret, err);
}

enum verified_how verified_how(const struct verified_image *image)
{
	return image->verdict == VERDICT_TRUSTED ? image->how : VERIFIED_NOT;
}

const char *verified_how_text(enum verified_how how)
{
	switch (how) {
	case VERIFIED_POLICY_OFF:
		return "not verified (verify = off)";
	case VERIFIED_NOT:
		break;
	}
	return "refused";
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

	if (image->kind != IMAGE_UKI)
		return (struct trusted_span){ .zero_tail = 0 };
	part = uki_part_of(&image->uki, profile, section);
	return (struct trusted_span){
		.in = uki_part_bytes(image->raw.blob.bytes, part),
		.zero_tail = part.present ? part.zero_tail : 0,
	};
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
