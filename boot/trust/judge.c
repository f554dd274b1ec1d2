#include "trust/judge.h"

#include "trust/chain.h"
#include "trust/digest.h"
#include "trust/signature.h"

#include <stdlib.h>
#include <string.h>

/* The image's digests, each made at most once. */
struct image {
	image_digest_fn *make;
	void *ctx;
	bool made[DIGEST_SHA512 + 1];
	uint8_t digests[DIGEST_SHA512 + 1][DIGEST_MAX];
};

static enum status image_digest(struct image *image, enum digest_kind kind,
				struct span *ret, struct error *err)
{
	if (!image->made[kind]) {
		enum status s = image->make(image->ctx, kind,
					    image->digests[kind], err);

		if (s != OK)
			return s;
		image->made[kind] = true;
	}
	*ret = span_of(image->digests[kind], digest_len(kind));
	return OK;
}

/* --- one signature -----------------------------------------------------------
 */

/* What follows the DER in a WIN_CERTIFICATE is padding, and nothing else. */
static enum status check_padding(struct span bytes, size_t used,
				 struct error *err)
{
	struct span behind = span_slice(bytes, used, bytes.len - used);

	if (authenticode_is_padding(behind))
		return OK;
	return fail(err, E_JUDGE_TRAILING,
		    "the signature ends at %zu of %zu bytes, and the %zu "
		    "behind it are not all 0",
		    used, bytes.len, behind.len);
}

/* The signed attributes name the content's digest, and the signature is over
 * the attributes, hashed as the SET OF they are (RFC 5652, 5.4). */
static enum status check_content(const struct pkcs7_view *p7,
				 struct span content, struct error *err)
{
	uint8_t digest[DIGEST_MAX];

	digest_of(p7->digest, content, digest);
	if (!span_equal(span_of(digest, digest_len(p7->digest)),
			p7->message_digest))
		return fail(err, E_JUDGE_ATTRIBUTES_DIGEST,
			    "the %s of the signed content begins %02x%02x%02x"
			    "%02x, its signed attributes say "
			    "%02x%02x%02x%02x",
			    digest_name(p7->digest), digest[0], digest[1],
			    digest[2], digest[3], p7->message_digest.ptr[0],
			    p7->message_digest.ptr[1],
			    p7->message_digest.ptr[2],
			    p7->message_digest.ptr[3]);
	return OK;
}

static void digest_attributes(const struct pkcs7_view *p7,
			      uint8_t out[static DIGEST_MAX])
{
	static const uint8_t set_of = 0x31;
	struct digest digest;

	digest_begin(&digest, p7->algorithm.digest);
	digest_add(&digest, span_of(&set_of, 1));
	digest_add(&digest,
		   span_slice(p7->attributes, 1, p7->attributes.len - 1));
	digest_end(&digest, out);
}

static bool is_of_signer(const struct pkcs7_view *p7,
			 const struct x509_view *cert)
{
	return span_equal(cert->issuer, p7->signer_issuer) &&
	       span_equal(cert->serial, p7->signer_serial);
}

/* The certificate whose key made the signature. Several may have the signer's
 * issuer and serial number; the first whose key fits is it. */
static enum status find_signer(const struct pkcs7_view *p7,
			       struct x509_view *ret, struct error *err)
{
	uint8_t digest[DIGEST_MAX];
	enum status s = OK;
	bool is_there = false;

	digest_attributes(p7, digest);
	for (uint32_t i = 0; i < p7->cert_count; i++) {
		struct error why = { .code = OK };
		enum status one = x509_parse(p7->certs[i], ret, &why);

		if (one == OK && !is_of_signer(p7, ret))
			continue;
		if (one == OK)
			one = signature_check(&ret->key, p7->algorithm, digest,
					      p7->signature, &why);
		if (one == OK)
			return OK;
		if (is_there)
			continue;
		is_there = true;
		s = one;
		if (err)
			*err = why;
	}
	if (is_there)
		return s;
	return fail(err, E_JUDGE_NO_SIGNER_CERT,
		    "none of its %u certificates is the signer's",
		    p7->cert_count);
}

/* Everything about a signature but what was signed. */
static enum status check_signer(const struct pkcs7_view *p7,
				const struct keyring *keyring,
				enum keyring_kind anchors,
				const struct judge_rules *rules,
				struct judged_signature *ret, struct error *err)
{
	const struct chain_question question = {
		.signature = p7,
		.keyring = keyring,
		.anchors = anchors,
		.rules = rules,
	};
	struct x509_view signer;
	enum status s;

	ret->digest = p7->digest;
	s = find_signer(p7, &signer, err);
	if (s != OK)
		return s;
	return chain_find(&question, &signer, ret, err);
}

static enum status check_image_digest(const struct pkcs7_view *p7,
				      struct image *image, struct error *err)
{
	struct spc_digest spc;
	struct span digest;
	enum status s;

	if (p7->content_kind != PKCS7_CONTENT_SPC)
		return fail(err, E_JUDGE_CONTENT_KIND,
			    "what it signs is not an SpcIndirectData");
	s = spc_parse(p7->content, &spc, err);
	if (s != OK)
		return s;
	if (spc.kind != p7->digest)
		return fail(err, E_JUDGE_IMAGE_DIGEST,
			    "it signs a %s of the image with a %s of its own",
			    digest_name(spc.kind), digest_name(p7->digest));
	s = image_digest(image, spc.kind, &digest, err);
	if (s == OK && !span_equal(digest, spc.digest))
		return fail(err, E_JUDGE_IMAGE_DIGEST,
			    "the image's %s begins %02x%02x%02x%02x, signed "
			    "was %02x%02x%02x%02x",
			    digest_name(spc.kind), digest.ptr[0], digest.ptr[1],
			    digest.ptr[2], digest.ptr[3], spc.digest.ptr[0],
			    spc.digest.ptr[1], spc.digest.ptr[2],
			    spc.digest.ptr[3]);
	return s;
}

static enum status judge_signature(struct span bytes, struct image *image,
				   const struct keyring *keyring,
				   const struct judge_rules *rules,
				   struct judged_signature *ret,
				   struct error *err)
{
	struct pkcs7_view *p7 = calloc(1, sizeof(*p7));
	size_t used = 0;
	enum status s;

	if (!p7)
		return fail(err, E_NO_MEMORY, "no memory for a signature");
	s = pkcs7_parse(bytes, p7, &used, err);
	if (s == OK)
		s = check_padding(bytes, used, err);
	if (s == OK)
		s = check_content(p7, p7->content, err);
	/* Before the image's digest: a revoked chain counts whatever it
	 * signed. */
	if (s == OK)
		s = check_signer(p7, keyring, KEYRING_DB_CERT, rules, ret, err);
	if (s == OK || s == E_JUDGE_UNKNOWN_SIGNER) {
		struct error why = { .code = OK };
		enum status digest = check_image_digest(p7, image, &why);

		if (digest != OK) {
			s = digest;
			if (err)
				*err = why;
		}
	}
	free(p7);
	return s;
}

/* --- an image ----------------------------------------------------------------
 */

/* Every digest algorithm the keyring uses for hashes of this kind is tried. */
static enum status is_listed(struct image *image, const struct keyring *keyring,
			     enum keyring_kind kind, bool *ret,
			     struct error *err)
{
	unsigned kinds = keyring_digests(keyring, kind);

	*ret = false;
	for (enum digest_kind k = DIGEST_SHA256; k <= DIGEST_SHA512; k++) {
		struct span digest;
		enum status s;

		if (!(kinds & 1U << k))
			continue;
		s = image_digest(image, k, &digest, err);
		if (s != OK)
			return s;
		if (keyring_holds(keyring, kind, k, digest)) {
			*ret = true;
			return OK;
		}
	}
	return OK;
}

static enum status check_revoked_hash(struct image *image,
				      const struct keyring *keyring,
				      struct error *err)
{
	bool is_in;
	enum status s =
		is_listed(image, keyring, KEYRING_DBX_HASH, &is_in, err);

	if (s == OK && is_in)
		return fail(err, E_JUDGE_REVOKED_HASH,
			    "this very image is revoked: its Authenticode "
			    "digest is in the dbx");
	return s;
}

static void judge_signatures(struct span file,
			     const struct authenticode_view *view,
			     struct image *image, const struct keyring *keyring,
			     const struct judge_rules *rules,
			     struct judgement *ret)
{
	for (uint32_t i = 0; i < view->signature_count; i++) {
		struct judged_signature *one = &ret->signatures[i];
		struct error why = { .code = OK };
		const struct byte_range *at = &view->signatures[i];

		one->why =
			judge_signature(span_slice(file, at->offset, at->len),
					image, keyring, rules, one, &why);
		memcpy(one->reason, why.text, sizeof(one->reason));
		if (one->why == OK)
			one->reason[0] = '\0';
		ret->signature_count = i + 1;
	}
}

static const struct judged_signature *revoked_one(const struct judgement *j)
{
	for (uint32_t i = 0; i < j->signature_count; i++)
		if (j->signatures[i].is_revoked)
			return &j->signatures[i];
	return NULL;
}

static const struct judged_signature *good_one(const struct judgement *j)
{
	for (uint32_t i = 0; i < j->signature_count; i++)
		if (j->signatures[i].why == OK)
			return &j->signatures[i];
	return NULL;
}

/* The identity is the digest that was signed, so that most images are hashed
 * once. */
static enum status name_image(struct image *image, struct judgement *ret,
			      struct error *err)
{
	const struct judged_signature *good = good_one(ret);
	struct span digest;
	enum status s;

	ret->digest_kind = DIGEST_SHA256;
	if (good)
		ret->digest_kind = good->digest;
	else if (ret->signature_count && ret->signatures[0].digest)
		ret->digest_kind = ret->signatures[0].digest;
	s = image_digest(image, ret->digest_kind, &digest, err);
	if (s == OK)
		memcpy(ret->digest, digest.ptr, digest.len);
	if (good)
		ret->signer = good->chain[0];
	else if (ret->signature_count && ret->signatures[0].chain_count)
		ret->signer = ret->signatures[0].chain[0];
	return s;
}

/* Refusals first: what is revoked stays so, whoever else vouches for it. */
static enum status decide(struct image *image, const struct keyring *keyring,
			  struct judgement *ret, struct error *err)
{
	const struct judged_signature *one;
	bool is_in;
	enum status s = check_revoked_hash(image, keyring, err);

	if (s != OK)
		return s;
	one = revoked_one(ret);
	if (one)
		return fail(err, one->why, "%s", one->reason);
	if (good_one(ret)) {
		ret->how = JUDGED_SIGNATURE;
		return OK;
	}
	s = is_listed(image, keyring, KEYRING_DB_HASH, &is_in, err);
	if (s != OK)
		return s;
	if (is_in) {
		ret->how = JUDGED_ENROLLED_HASH;
		return OK;
	}
	if (!ret->signature_count)
		return fail(err, E_JUDGE_UNSIGNED,
			    "it is not signed, and its Authenticode digest is "
			    "not enrolled");
	one = &ret->signatures[0];
	return fail(err, one->why, "%s", one->reason);
}

enum status judge_image(struct span file, const struct authenticode_view *view,
			const struct keyring *keyring,
			const struct judge_rules *rules,
			image_digest_fn *digest, void *digest_ctx,
			struct judgement *ret, struct error *err)
{
	struct image image = { .make = digest, .ctx = digest_ctx };
	enum status s;

	memset(ret, 0, sizeof(*ret));
	judge_signatures(file, view, &image, keyring, rules, ret);
	s = name_image(&image, ret, err);
	if (s == OK)
		s = decide(&image, keyring, ret, err);
	if (s != OK)
		ret->how = JUDGED_NOT;
	return s;
}

enum status judge_revoked_hash(const struct keyring *keyring,
			       image_digest_fn *digest, void *digest_ctx,
			       struct error *err)
{
	struct image image = { .make = digest, .ctx = digest_ctx };

	return check_revoked_hash(&image, keyring, err);
}

/* --- around it ---------------------------------------------------------------
 */

bool judge_claimed_signer(struct span signature, struct display *ret)
{
	struct pkcs7_view *p7 = calloc(1, sizeof(*p7));
	struct x509_view cert;
	bool is_there = false;
	size_t used;

	if (p7 && pkcs7_parse(signature, p7, &used, NULL) == OK)
		for (uint32_t i = 0; i < p7->cert_count && !is_there; i++)
			is_there =
				x509_parse(p7->certs[i], &cert, NULL) == OK &&
				is_of_signer(p7, &cert);
	if (is_there)
		x509_name_text(cert.subject, ret);
	free(p7);
	return is_there;
}

enum status judge_detached(struct span content, struct span signature,
			   const struct keyring *keyring,
			   const struct judge_rules *rules,
			   struct judged_signature *ret, struct error *err)
{
	struct pkcs7_view *p7 = calloc(1, sizeof(*p7));
	size_t used = 0;
	enum status s;

	memset(ret, 0, sizeof(*ret));
	if (!p7)
		return fail(err, E_NO_MEMORY, "no memory for a signature");
	s = pkcs7_parse(signature, p7, &used, err);
	if (s == OK && used != signature.len)
		s = fail(err, E_JUDGE_TRAILING,
			 "the signature ends at %zu, its file at %zu", used,
			 signature.len);
	if (s == OK && p7->content_kind != PKCS7_CONTENT_DATA)
		s = fail(err, E_JUDGE_CONTENT_KIND,
			 "it signs something else than plain data");
	if (s == OK && !p7->is_detached)
		s = fail(err, E_JUDGE_NOT_DETACHED,
			 "it has content of its own; a detached signature has "
			 "none");
	if (s == OK)
		s = check_content(p7, content, err);
	if (s == OK)
		s = check_signer(p7, keyring, KEYRING_MANIFEST_CERT, rules, ret,
				 err);
	ret->why = s;
	free(p7);
	return s;
}
