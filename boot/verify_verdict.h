/*
 * The verdict on a PE image in full: its signatures, then its .sbat. verify.c
 * acts on it.
 */
#ifndef KEELBOOT_VERIFY_VERDICT_H
#define KEELBOOT_VERIFY_VERDICT_H

#include "verify.h"

/* What is judged: bytes and the view of their headers, both the caller's. */
struct verdict_subject {
	const struct raw_image *raw;
	const struct pe_view *pe;
	bool needs_sbat; /* UKIs and addons must say what they are made of */
};

/* Errors: E_AUTHENTICODE_…, E_JUDGE_…, E_SBAT_…, E_VERIFY_NO_SBAT,
 * E_VERIFY_SBAT_TWICE. */
MUST_USE enum status verdict_on_image(const struct verdict_subject *subject,
				      const struct verify_context *context,
				      struct judgement *ret, struct error *err);

/* Only whether its Authenticode digest is revoked, for an image that something
 * else vouches for. Errors: E_JUDGE_REVOKED_HASH. */
MUST_USE enum status
verdict_on_revocation(const struct verdict_subject *subject,
		      const struct verify_context *context, struct error *err);

/* On a text that is signed by another file, NULL if there is none: why is in
 * *missing then. Errors: *missing, those of judge_detached(). */
MUST_USE enum status verdict_on_text(struct span text,
				     const struct raw_image *signature,
				     const struct error *missing,
				     const struct verify_context *context,
				     struct display *ret_signer,
				     struct error *err);

#endif
