#include "verify_verdict.h"

#include "format/sbat.h"
#include "sys/proc.h"

#include <stdlib.h>
#include <string.h>

struct verify_context verify_context_of(const struct policy *policy,
					const struct keyring *keyring)
{
	int64_t now = wall_clock_s();

	return (struct verify_context){
		.mode = policy->verify,
		.keyring = keyring,
		.rules = {
			.check_dates = policy->verify_dates,
			.now = now > KEELBOOT_BUILD_TIME ? now
							 : KEELBOOT_BUILD_TIME,
		},
	};
}

const char *verified_how_text(enum verified_how how)
{
	switch (how) {
	case VERIFIED_SIGNATURE:
		return "verified by its signature";
	case VERIFIED_ENROLLED_HASH:
		return "verified by its enrolled digest";
	case VERIFIED_MANIFEST:
		return "verified by a signed manifest";
	case VERIFIED_HASH_PIN:
		return "verified by a pinned digest";
	case VERIFIED_POLICY_OFF:
		return "NOT VERIFIED";
	case VERIFIED_NOT:
		break;
	}
	return "refused";
}

void verified_add_voucher(struct text *t, enum verified_how how,
			  const char *signer)
{
	switch (how) {
	case VERIFIED_SIGNATURE:
		text_addf(t, "signed by %s", signer);
		break;
	case VERIFIED_MANIFEST:
		text_addf(t, "manifest signed by %s", signer);
		break;
	case VERIFIED_ENROLLED_HASH:
		text_add(t, "its digest is enrolled");
		break;
	case VERIFIED_HASH_PIN:
		text_add(t, "its digest is configured");
		break;
	case VERIFIED_POLICY_OFF:
	case VERIFIED_NOT:
		break;
	}
}

bool verified_proves_signer(enum verified_how how)
{
	return how == VERIFIED_SIGNATURE || how == VERIFIED_MANIFEST;
}

struct digest_source {
	const struct raw_image *raw;
	const struct authenticode_view *view;
};

static enum status digest_image(void *ctx, enum digest_kind kind,
				uint8_t out[static DIGEST_MAX],
				struct error *err)
{
	const struct digest_source *source = ctx;

	return image_digest_get(source->raw, source->view, kind, out, err);
}

/* The one .sbat of the file; readers would differ about a second. */
static enum status find_sbat(const struct verdict_subject *v, struct span *ret,
			     struct error *err)
{
	uint32_t count = 0;

	*ret = span_of(NULL, 0);
	for (uint32_t i = 0; i < v->pe->section_count; i++) {
		const struct pe_section *p = &v->pe->sections[i];
		uint64_t len = p->raw_size < p->virtual_size ? p->raw_size
							     : p->virtual_size;

		if (strcmp(p->name, ".sbat") != 0)
			continue;
		count++;
		*ret = span_slice(v->raw->blob.bytes, p->raw_offset, len);
	}
	if (count > 1)
		return fail(err, E_VERIFY_SBAT_TWICE,
			    "it has %u .sbat sections instead of one", count);
	return OK;
}

static enum status check_sbat_levels(const struct sbat_view *image,
				     const struct keyring *keyring,
				     struct sbat_view *level, struct error *err)
{
	for (uint32_t i = 0; i < keyring->count; i++) {
		const struct keyring_item *item = &keyring->items[i];
		enum status s;

		if (item->kind != KEYRING_SBAT_LEVEL)
			continue;
		s = sbat_parse_level(item->data, level, err);
		if (s == OK)
			s = sbat_check(image, level, err);
		if (s != OK)
			return fail_in(err, s, "SBAT level %s", item->source);
	}
	return OK;
}

/* Kernels of today have no .sbat; where one is, it counts. */
static enum status check_sbat(const struct verdict_subject *v,
			      const struct keyring *keyring, struct error *err)
{
	struct sbat_view *views;
	struct span text;
	enum status s = find_sbat(v, &text, err);

	if (s != OK)
		return s;
	if (!text.len && v->needs_sbat)
		return fail(err, E_VERIFY_NO_SBAT,
			    "it has no .sbat section, so what is in it could "
			    "not be revoked");
	if (!text.len)
		return OK;
	views = calloc(2, sizeof(*views));
	if (!views)
		return fail(err, E_NO_MEMORY, "no memory for .sbat");
	s = sbat_parse_image(text, &views[0], err);
	if (s != OK)
		fail_in(err, s, ".sbat");
	else
		s = check_sbat_levels(&views[0], keyring, &views[1], err);
	free(views);
	return s;
}

enum status verdict_on_image(const struct verdict_subject *subject,
			     const struct verify_context *context,
			     struct judgement *ret, struct error *err)
{
	struct span file = subject->raw->blob.bytes;
	struct authenticode_view *view = calloc(1, sizeof(*view));
	struct digest_source source = { .raw = subject->raw, .view = view };
	enum status s;

	if (!view)
		return fail(err, E_NO_MEMORY, "no memory for signatures");
	s = authenticode_parse(file, subject->pe, view, err);
	if (s == OK)
		s = judge_image(file, view, context->keyring, &context->rules,
				digest_image, &source, ret, err);
	free(view);
	if (s == OK)
		s = check_sbat(subject, context->keyring, err);
	if (s != OK)
		ret->how = JUDGED_NOT;
	return s;
}

enum status verdict_on_revocation(const struct verdict_subject *subject,
				  const struct verify_context *context,
				  struct error *err)
{
	struct authenticode_view *view = calloc(1, sizeof(*view));
	struct digest_source source = { .raw = subject->raw, .view = view };
	enum status s = OK;

	if (!view)
		return fail(err, E_NO_MEMORY, "no memory for signatures");
	/* An image without a digest (because its bytes do not tile) cannot be
	 * in the dbx; whatever vouches for it covers every byte. */
	if (authenticode_parse(subject->raw->blob.bytes, subject->pe, view,
			       NULL) == OK)
		s = judge_revoked_hash(context->keyring, digest_image, &source,
				       err);
	free(view);
	return s;
}

/* The same keys sign manifests, for files of a disk. One that was read as an
 * entry would start another kernel, with the digests as its options. */
static enum status check_is_text(struct span text, struct error *err)
{
	struct manifest_view *view = calloc(1, sizeof(*view));
	enum status s = OK;

	if (!view)
		return fail(err, E_NO_MEMORY, "no memory for a text");
	if (manifest_parse(text, view, NULL) == OK)
		s = fail(err, E_VERIFY_MANIFEST,
			 "it is a manifest of %u files, not a text to follow",
			 view->count);
	free(view);
	return s;
}

enum status verdict_on_text(struct span text, const struct raw_image *signature,
			    const struct error *missing,
			    const struct verify_context *context,
			    struct display *ret_signer, struct error *err)
{
	struct judged_signature judged;
	enum status s;

	if (!signature) {
		*err = *missing;
		return err->code == OK ? fail(err, E_INTERNAL, "no signature")
				       : err->code;
	}
	s = judge_detached(text, signature->blob.bytes, context->keyring,
			   &context->rules, &judged, err);
	if (s != OK)
		return fail_in(err, s, "%s", signature->name);
	s = check_is_text(text, err);
	if (s == OK)
		*ret_signer = judged.chain[0];
	return s;
}
