/*
 * The verdict on an image, and on a detached signature: who signed it, whether
 * the keyring vouches for that signer, whether anything revokes it.
 *
 * The rules are those EDK2's image verification was measured to follow, but
 * tightened: docs/verification-differences.md has the table of differences.
 *
 * 1. An image whose Authenticode digest (by any algorithm the dbx uses) is in
 *    the dbx is refused, whatever else holds.
 * 2. An image with a signature whose signer's chain touches a dbx certificate,
 *    or an embedded certificate whose TBS hash is in the dbx, is refused. The
 *    TBS hash of a keyring certificate that is not embedded only takes that
 *    anchor away; so does a dbx certificate that has issued it.
 * 3. One good signature whose chain reaches a db certificate accepts.
 * 4. So does an enrolled Authenticode digest.
 * 5. Everything else is refused.
 */
#ifndef KEELBOOT_TRUST_JUDGE_H
#define KEELBOOT_TRUST_JUDGE_H

#include "format/authenticode.h"
#include "format/pkcs7.h"
#include "trust/keyring.h"

/* Certificates from signer to anchor. */
#define CHAIN_MAX 6

struct judge_rules {
	bool check_dates;
	int64_t now; /* seconds since 1970; never below the build's own time */
};

enum judged_how { JUDGED_NOT = 0, JUDGED_SIGNATURE, JUDGED_ENROLLED_HASH };

/* What one signature came to. */
struct judged_signature {
	enum status why; /* OK: good, and its chain ends in the keyring */
	char reason[ERROR_TEXT_MAX];
	bool is_revoked; /* its chain touches the dbx */
	enum digest_kind digest;
	uint32_t chain_count;		 /* 0 if the signer is not known */
	struct display chain[CHAIN_MAX]; /* names, the signer first */
};

struct judgement {
	enum judged_how how;
	struct display signer;	      /* of what accepted it, else of the first
				       * signature; "" if unsigned */
	enum digest_kind digest_kind; /* the identity: the digest that was
				       * signed, SHA-256 if unsigned */
	uint8_t digest[DIGEST_MAX];
	uint32_t signature_count;
	struct judged_signature signatures[AUTHENTICODE_SIGNATURES_MAX];
};

/* Gives the Authenticode digest of the image in question; kept by the caller,
 * so that one that was made while the file was read need not be made again. */
typedef enum status image_digest_fn(void *ctx, enum digest_kind kind,
				    uint8_t out[static DIGEST_MAX],
				    struct error *err);

/*
 * *ret is filled as far as things got, also when the image is refused. Errors:
 * E_JUDGE_UNSIGNED, E_JUDGE_REVOKED_HASH, E_JUDGE_REVOKED_SIGNER,
 * E_JUDGE_UNKNOWN_SIGNER (good signature, no way into the keyring), or the
 * first signature's own error.
 */
MUST_USE enum status judge_image(struct span file,
				 const struct authenticode_view *view,
				 const struct keyring *keyring,
				 const struct judge_rules *rules,
				 image_digest_fn *digest, void *digest_ctx,
				 struct judgement *ret, struct error *err);

/* Only the first rule, for an image that a manifest covers. Errors:
 * E_JUDGE_REVOKED_HASH. */
MUST_USE enum status judge_revoked_hash(const struct keyring *keyring,
					image_digest_fn *digest,
					void *digest_ctx, struct error *err);

/* The signer that an image's first signature claims, without any check: for a
 * list. False if there is none. */
bool judge_claimed_signer(struct span signature, struct display *ret);

/*
 * A detached CMS signature (id-data) over content, by a manifest key. The whole
 * of signature has to be the CMS. Errors: E_JUDGE_NOT_DETACHED and those of
 * pkcs7_parse(), signature_check() and the chain.
 */
MUST_USE enum status judge_detached(struct span content, struct span signature,
				    const struct keyring *keyring,
				    const struct judge_rules *rules,
				    struct judged_signature *ret,
				    struct error *err);

#endif
