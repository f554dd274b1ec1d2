#include "trust/chain.h"

#include "trust/digest.h"
#include "trust/signature.h"

#include <stdlib.h>
#include <string.h>

/* Keys tried for one chain. Real ones take two or three; certificates that all
 * claim to issue each other could ask for hundreds. */
#define KEYS_TRIED_MAX 64

/* A certificate on a way up, and how it was reached. */
struct node {
	struct x509_view cert;
	int below; /* index of the one it issued, -1 for the signer */
	uint32_t depth;
};

struct search {
	const struct chain_question *question;
	uint32_t keys_tried;
	bool is_exhausted; /* KEYS_TRIED_MAX was not enough */
	uint32_t count;
	struct node nodes[PKCS7_CERTS_MAX];
	struct error obstacle; /* the first thing in the way of an anchor */
};

bool chain_is_issued_by(const struct x509_view *cert,
			const struct x509_view *issuer)
{
	uint8_t digest[DIGEST_MAX];

	if (!span_equal(cert->issuer, issuer->subject) ||
	    cert->algorithm.kind == X509_KEY_OTHER)
		return false;
	digest_of(cert->algorithm.digest, cert->tbs, digest);
	return signature_check(&issuer->key, cert->algorithm, digest,
			       cert->signature, NULL) == OK;
}

/* The same with the work counted. */
static bool is_issued_by(struct search *s, const struct x509_view *cert,
			 const struct x509_view *issuer)
{
	if (!span_equal(cert->issuer, issuer->subject))
		return false;
	if (s->keys_tried == KEYS_TRIED_MAX) {
		s->is_exhausted = true;
		return false;
	}
	s->keys_tried++;
	return chain_is_issued_by(cert, issuer);
}

static bool tbs_is_revoked(const struct keyring *keyring, struct span tbs)
{
	unsigned kinds = keyring_digests(keyring, KEYRING_DBX_TBS);
	uint8_t digest[DIGEST_MAX];

	for (enum digest_kind k = DIGEST_SHA256; k <= DIGEST_SHA512; k++) {
		if (!(kinds & 1U << k))
			continue;
		digest_of(k, tbs, digest);
		if (keyring_holds(keyring, KEYRING_DBX_TBS, k,
				  span_of(digest, digest_len(k))))
			return true;
	}
	return false;
}

static void note_obstacle(struct search *s, enum status code, const char *text,
			  const struct x509_view *cert)
{
	struct display name;

	if (s->obstacle.code != OK)
		return;
	x509_name_text(cert->subject, &name);
	fail(&s->obstacle, code, "%s %s", name.text, text);
}

static bool dates_hold(struct search *s, const struct x509_view *cert)
{
	const struct judge_rules *rules = s->question->rules;
	struct display name;

	if (!rules->check_dates ||
	    (rules->now >= cert->not_before && rules->now <= cert->not_after))
		return true;
	if (s->obstacle.code != OK)
		return false;
	x509_name_text(cert->subject, &name);
	fail(&s->obstacle, E_JUDGE_DATES,
	     "the certificate %s is valid from %lld to %lld, and now is %lld "
	     "(seconds since 1970)",
	     name.text, (long long)cert->not_before, (long long)cert->not_after,
	     (long long)rules->now);
	return false;
}

/* Whether issuer may issue a certificate that is depth steps above the signer;
 * notes what is in the way. A certificate may be at most path_len others away
 * from the one before the signer. */
static bool may_issue(struct search *s, const struct x509_view *issuer,
		      uint32_t depth)
{
	if (!issuer->is_ca || (issuer->has_key_usage &&
			       !(issuer->key_usage & X509_USAGE_CERT_SIGN))) {
		note_obstacle(s, E_JUDGE_NOT_A_CA,
			      "has issued a certificate of the chain, but is "
			      "not a CA by its basicConstraints and keyUsage",
			      issuer);
		return false;
	}
	if (issuer->has_path_len && depth > issuer->path_len + 1ULL) {
		note_obstacle(s, E_JUDGE_PATH_LEN,
			      "stands further from the signer than its "
			      "pathLenConstraint allows",
			      issuer);
		return false;
	}
	return dates_hold(s, issuer);
}

static bool is_reached(const struct search *s, struct span der)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (span_equal(s->nodes[i].cert.der, der))
			return true;
	return false;
}

/* Adds the embedded certificates that have issued node `at`. With strict, only
 * those that may. */
static void go_up(struct search *s, int at, bool strict)
{
	const struct pkcs7_view *p7 = s->question->signature;

	for (uint32_t i = 0; i < p7->cert_count; i++) {
		struct node *next = &s->nodes[s->count];
		const struct node *node = &s->nodes[at];

		if (s->count == PKCS7_CERTS_MAX)
			return;
		/* One that cannot be read cannot be shown to have issued
		 * anything. */
		if (is_reached(s, p7->certs[i]) ||
		    x509_parse(p7->certs[i], &next->cert, NULL) != OK ||
		    !is_issued_by(s, &node->cert, &next->cert))
			continue;
		if (strict && !may_issue(s, &next->cert, node->depth + 1))
			continue;
		next->below = at;
		next->depth = node->depth + 1;
		s->count++;
	}
}

static void begin(struct search *s, const struct x509_view *signer)
{
	s->count = 1;
	s->nodes[0] = (struct node){ .cert = *signer, .below = -1 };
}

/* Whether the dbx has a certificate, or one that issued it. What is outside of
 * the TBSCertificate does not count: of an ECDSA signature anyone can make a
 * second one, and the same certificate would come back with other bytes. */
static bool touches_dbx(struct search *s, const struct x509_view *cert)
{
	const struct keyring *keyring = s->question->keyring;
	struct x509_view revoked;

	if (tbs_is_revoked(keyring, cert->tbs))
		return true;
	for (uint32_t i = 0; i < keyring->count; i++)
		if (keyring->items[i].kind == KEYRING_DBX_CERT &&
		    x509_parse(keyring->items[i].data, &revoked, NULL) == OK &&
		    (span_equal(revoked.tbs, cert->tbs) ||
		     is_issued_by(s, cert, &revoked)))
			return true;
	return false;
}

/* Every way up, whether it could be accepted or not. */
static bool any_way_is_revoked(struct search *s, const struct x509_view *signer,
			       struct display *ret_name)
{
	begin(s, signer);
	for (uint32_t i = 0; i < s->count; i++) {
		if (touches_dbx(s, &s->nodes[i].cert)) {
			x509_name_text(s->nodes[i].cert.subject, ret_name);
			return true;
		}
		go_up(s, (int)i, false);
	}
	return false;
}

static bool is_anchor(const struct search *s, struct span der)
{
	const struct keyring *keyring = s->question->keyring;

	for (uint32_t i = 0; i < keyring->count; i++)
		if (keyring->items[i].kind == s->question->anchors &&
		    span_equal(keyring->items[i].data, der))
			return true;
	return false;
}

/* A keyring certificate that is this one, or has issued it and may. */
static bool find_anchor(struct search *s, const struct node *node,
			bool *ret_is_itself, struct x509_view *ret_anchor)
{
	const struct keyring *keyring = s->question->keyring;

	*ret_is_itself = is_anchor(s, node->cert.der);
	if (*ret_is_itself)
		return true;
	for (uint32_t i = 0; i < keyring->count; i++) {
		if (keyring->items[i].kind != s->question->anchors ||
		    x509_parse(keyring->items[i].data, ret_anchor, NULL) !=
			    OK ||
		    !is_issued_by(s, &node->cert, ret_anchor))
			continue;
		/* An embedded copy of it would have been looked at, so one
		 * that was taken out of the signature is, too. */
		if (touches_dbx(s, ret_anchor)) {
			note_obstacle(s, E_JUDGE_REVOKED_SIGNER,
				      "is in the keyring, but the dbx takes it "
				      "away",
				      ret_anchor);
			continue;
		}
		if (may_issue(s, ret_anchor, node->depth + 1))
			return true;
	}
	return false;
}

/* The names from the signer up to node `at`, and the anchor's. */
static void name_chain(const struct search *s, int at,
		       const struct x509_view *anchor,
		       struct judged_signature *ret)
{
	uint32_t depth = s->nodes[at].depth;

	ret->chain_count = 0;
	for (; at >= 0; at = s->nodes[at].below)
		if (s->nodes[at].depth < CHAIN_MAX)
			x509_name_text(s->nodes[at].cert.subject,
				       &ret->chain[s->nodes[at].depth]);
	ret->chain_count = depth < CHAIN_MAX ? depth + 1 : CHAIN_MAX;
	if (anchor && ret->chain_count < CHAIN_MAX)
		x509_name_text(anchor->subject,
			       &ret->chain[ret->chain_count++]);
}

static enum status find(struct search *s, const struct x509_view *signer,
			struct judged_signature *ret, struct error *err)
{
	struct x509_view anchor;
	bool is_itself = false;

	begin(s, signer);
	name_chain(s, 0, NULL, ret);
	for (uint32_t i = 0; i < s->count && dates_hold(s, signer); i++) {
		if (find_anchor(s, &s->nodes[i], &is_itself, &anchor)) {
			name_chain(s, (int)i, is_itself ? NULL : &anchor, ret);
			return OK;
		}
		go_up(s, (int)i, true);
	}
	if (s->obstacle.code != OK) {
		if (err)
			*err = s->obstacle;
		return s->obstacle.code;
	}
	x509_name_text(s->nodes[s->count - 1].cert.issuer, &ret->chain[1]);
	return fail(err, E_JUDGE_UNKNOWN_SIGNER,
		    "signed by %s, issued by %s, and the keyring holds neither",
		    ret->chain[0].text, ret->chain[1].text);
}

enum status chain_find(const struct chain_question *question,
		       const struct x509_view *signer,
		       struct judged_signature *ret, struct error *err)
{
	struct search *s = calloc(1, sizeof(*s));
	struct display name;
	enum status status;

	if (!s)
		return fail(err, E_NO_MEMORY, "no memory to follow a chain");
	s->question = question;
	x509_name_text(signer->subject, &ret->chain[0]);
	ret->chain_count = 1;
	if (any_way_is_revoked(s, signer, &name)) {
		ret->is_revoked = true;
		status =
			fail(err, E_JUDGE_REVOKED_SIGNER,
			     "%s, in the chain of its signer %s, is revoked by "
			     "the dbx",
			     name.text, ret->chain[0].text);
	} else {
		status = find(s, signer, ret, err);
	}
	/* What was not looked at could have been revoked. */
	if (s->is_exhausted && !ret->is_revoked)
		status = fail(err, E_JUDGE_TOO_DEEP,
			      "the certificates of the signature ask for more "
			      "than %d keys to be tried",
			      KEYS_TRIED_MAX);
	free(s);
	return status;
}
