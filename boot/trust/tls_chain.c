#include "trust/tls_chain.h"

#include "trust/chain.h"
#include "trust/signature.h"

#include <stdlib.h>
#include <time.h>

/* Keys tried for one chain. Real ones take two or three; certificates that all
 * claim to issue each other could ask for hundreds. */
#define KEYS_TRIED_MAX 32

#define TIME_TEXT_MAX 32

/* A certificate on a way up, and how it was reached. */
struct node {
	struct x509_view cert;
	struct x509_server server;
	int below; /* index of the one it issued, -1 for the server's own */
	uint32_t depth;
};

struct search {
	const struct tls_chain_question *question;
	uint32_t keys_tried;
	bool is_exhausted; /* KEYS_TRIED_MAX was not enough */
	uint32_t count;
	struct node nodes[TLS_CERTS_MAX];
	struct error obstacle; /* the first thing in the way of an anchor */
};

static bool is_leaf(const struct node *node)
{
	return node->below < 0;
}

/* Which one a sentence is about. */
static enum status in_cert(struct error *err, enum status s,
			   const struct node *node)
{
	struct display name;

	x509_name_text(node->cert.subject, &name);
	return fail_in(err, s, "the %s certificate (%s)",
		       is_leaf(node) ? "server's" : "issuer's", name.text);
}

/* --- one certificate ------------------------------------------------------ */

/* strftime() would bring time zones along. */
static void write_time(int64_t seconds, char to[static TIME_TEXT_MAX])
{
	struct text text = text_over(to, TIME_TEXT_MAX);
	time_t time = (time_t)seconds;
	struct tm tm = { 0 };

	gmtime_r(&time, &tm);
	text_addf(&text, "%04d-%02d-%02d %02d:%02d:%02d UTC", tm.tm_year + 1900,
		  tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static enum status check_dates(const struct x509_view *cert,
			       const struct tls_clock *clock, struct error *err)
{
	char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX], now[TIME_TEXT_MAX];

	write_time(cert->not_before, from);
	write_time(cert->not_after, to);
	write_time(clock->now, now);
	if (clock->now > cert->not_after)
		return fail(err, E_TLS_EXPIRED, "it has expired on %s, %s %s",
			    to,
			    clock->is_known ? "and the clock says"
					    : "before this program's own date",
			    now);
	if (clock->is_known && clock->now < cert->not_before)
		return fail(err, E_TLS_NOT_YET,
			    "it is valid from %s, and the clock says %s", from,
			    now);
	return OK;
}

/* What any certificate must allow, whoever shows it. */
static enum status check_any(const struct node *node, struct error *err)
{
	const struct x509_server *server = &node->server;

	if (server->has_unknown)
		return fail(err, E_TLS_CERT_CRITICAL,
			    "it has the critical extension %s, which is not "
			    "known here",
			    server->unknown.text);
	if (server->has_purposes && !server->is_for_servers)
		return fail(err, E_TLS_CERT_PURPOSE,
			    "its extended key usage is for other purposes than "
			    "serverAuth");
	return OK;
}

static enum status check_issuer(const struct search *s, const struct node *node,
				struct error *err)
{
	const struct x509_view *cert = &node->cert;
	enum status status;

	if (!cert->is_ca ||
	    (cert->has_key_usage && !(cert->key_usage & X509_USAGE_CERT_SIGN)))
		return fail(err, E_TLS_NOT_A_CA,
			    "it has issued a certificate, but is not a CA by "
			    "its basicConstraints and keyUsage");
	if (cert->has_path_len && node->depth > cert->path_len + 1ULL)
		return fail(err, E_TLS_PATH_LEN,
			    "%u issuers stand between it and the server, its "
			    "pathLenConstraint allows %u",
			    node->depth - 1, cert->path_len);
	status = check_any(node, err);
	if (status == OK)
		status = check_dates(cert, &s->question->clock, err);
	for (int i = node->below; i >= 0 && status == OK; i = s->nodes[i].below)
		status = tls_names_allowed(&node->server, &s->nodes[i].server,
					   s->nodes[i].cert.subject,
					   s->question->server, err);
	return status;
}

static enum status parse_node(struct span der, struct node *ret,
			      struct error *err)
{
	enum status s = x509_parse(der, &ret->cert, err);

	return s == OK ? x509_server_parse(&ret->cert, &ret->server, err) : s;
}

/* --- the way up ----------------------------------------------------------- */

static void note_obstacle(struct search *s, const struct node *node,
			  const struct error *why)
{
	if (s->obstacle.code != OK)
		return;
	s->obstacle = *why;
	in_cert(&s->obstacle, why->code, node);
}

static bool is_issued_by(struct search *s, const struct node *node,
			 const struct x509_view *issuer)
{
	if (!span_equal(node->cert.issuer, issuer->subject))
		return false;
	if (s->keys_tried == KEYS_TRIED_MAX) {
		s->is_exhausted = true;
		return false;
	}
	s->keys_tried++;
	return chain_is_issued_by(&node->cert, issuer);
}

/* The issuer of node `at`, if it may be: then next is above it. */
static bool may_issue(struct search *s, uint32_t at, struct node *next)
{
	struct error why;

	next->below = (int)at;
	next->depth = s->nodes[at].depth + 1;
	if (check_issuer(s, next, &why) == OK)
		return true;
	note_obstacle(s, next, &why);
	return false;
}

static bool is_reached(const struct search *s, struct span der)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (span_equal(s->nodes[i].cert.der, der))
			return true;
	return false;
}

/* Adds those of the server's certificates that have issued node `at`. One that
 * cannot be read cannot be shown to have issued anything. */
static void go_up(struct search *s, uint32_t at)
{
	const struct tls_chain_question *q = s->question;

	for (uint32_t i = 1; i < q->count && s->count < TLS_CERTS_MAX; i++) {
		struct node *next = &s->nodes[s->count];

		if (!is_reached(s, q->certs[i]) &&
		    parse_node(q->certs[i], next, NULL) == OK &&
		    is_issued_by(s, &s->nodes[at], &next->cert) &&
		    may_issue(s, at, next))
			s->count++;
	}
}

/* An anchor has the issuer's name, and did not sign. */
static void note_not_signed(struct search *s, const struct node *node)
{
	struct display issuer;
	struct error why;

	x509_name_text(node->cert.issuer, &issuer);
	if (node->cert.algorithm.kind == X509_KEY_OTHER)
		fail(&why, E_TLS_CERT_ALGORITHM,
		     "it is signed in a way that is not accepted; accepted are "
		     "RSA (PKCS#1 v1.5) and ECDSA with SHA-256, 384 and 512");
	else
		fail(&why, E_TLS_OTHER_KEY,
		     "it names %s as its issuer, but the key of the CA of that "
		     "name that is trusted here did not sign it",
		     issuer.text);
	note_obstacle(s, node, &why);
}

/* Whether node `at` is an anchor or issued by one; its name is given. */
static bool find_anchor(struct search *s, uint32_t at, struct display *ret)
{
	const struct keyring *keyring = s->question->keyring;
	const struct node *node = &s->nodes[at];

	for (uint32_t i = 0; i < keyring->count; i++) {
		const struct keyring_item *item = &keyring->items[i];
		struct node anchor;

		if (item->kind != KEYRING_TLS_CERT ||
		    parse_node(item->data, &anchor, NULL) != OK)
			continue;
		x509_name_text(anchor.cert.subject, ret);
		if (span_equal(item->data, node->cert.der))
			return true;
		if (!span_equal(node->cert.issuer, anchor.cert.subject))
			continue;
		if (!is_issued_by(s, node, &anchor.cert))
			note_not_signed(s, node);
		else if (may_issue(s, at, &anchor))
			return true;
	}
	return false;
}

static unsigned anchors_of(const struct keyring *keyring)
{
	unsigned count = 0;

	for (uint32_t i = 0; i < keyring->count; i++)
		count += keyring->items[i].kind == KEYRING_TLS_CERT;
	return count;
}

/* Nothing was in the way, but there was no anchor. */
static enum status fail_unknown(const struct search *s, struct error *err)
{
	const struct node *last = &s->nodes[s->count - 1];
	unsigned anchors = anchors_of(s->question->keyring);
	struct display issuer;
	enum status status;

	x509_name_text(last->cert.issuer, &issuer);
	if (is_leaf(last) && span_equal(last->cert.issuer, last->cert.subject))
		status = fail(err, E_TLS_SELF_SIGNED,
			      "it is its own issuer, and none of those trusted "
			      "here (%u)",
			      anchors);
	else
		status = fail(err, E_TLS_UNKNOWN_CA,
			      "it was issued by %s, which is none of the CAs "
			      "trusted here (%u)",
			      issuer.text, anchors);
	return in_cert(err, status, last);
}

static enum status find_way(struct search *s, struct display *ret_anchor,
			    struct error *err)
{
	for (uint32_t i = 0; i < s->count; i++) {
		if (find_anchor(s, i, ret_anchor))
			return OK;
		go_up(s, i);
	}
	if (s->is_exhausted)
		return fail(err, E_TLS_TOO_DEEP,
			    "the server's certificates ask for more than %d "
			    "keys to be tried",
			    KEYS_TRIED_MAX);
	if (s->obstacle.code == OK)
		return fail_unknown(s, err);
	if (err)
		*err = s->obstacle;
	return s->obstacle.code;
}

/* --- all of it ------------------------------------------------------------ */

/* What the server's own must be, whoever issued it. */
static enum status check_leaf(const struct node *leaf, struct error *err)
{
	const struct x509_view *cert = &leaf->cert;
	enum status s = check_any(leaf, err);

	if (s == OK && cert->has_key_usage &&
	    !(cert->key_usage & X509_USAGE_DIGITAL_SIGNATURE))
		s = fail(err, E_TLS_CERT_USAGE,
			 "its keyUsage lacks digitalSignature, with which a "
			 "server signs its part of the key exchange");
	return s == OK ? signature_check_key(&cert->key, err) : s;
}

static enum status judge(struct search *s, struct tls_chain_answer *ret,
			 struct error *err)
{
	const struct tls_chain_question *q = s->question;
	struct node *leaf = &s->nodes[0];
	enum status status = parse_node(q->certs[0], leaf, err);

	if (status != OK)
		return fail_in(err, status, "the server's certificate");
	s->count = 1;
	leaf->below = -1;
	status = check_leaf(leaf, err);
	if (status != OK)
		return in_cert(err, status, leaf);
	status = find_way(s, &ret->anchor, err);
	if (status != OK)
		return status;
	status = check_dates(&leaf->cert, &q->clock, err);
	if (status == OK)
		status = tls_names_match(&leaf->server, q->server, err);
	if (status != OK)
		return in_cert(err, status, leaf);
	ret->leaf = leaf->cert;
	x509_name_text(leaf->cert.subject, &ret->subject);
	return OK;
}

enum status tls_chain_judge(const struct tls_chain_question *question,
			    struct tls_chain_answer *ret, struct error *err)
{
	struct search *s;
	enum status status;

	if (!question->count)
		return fail(err, E_TLS_CERT_NONE,
			    "the server has sent 0 certificates, it should "
			    "have sent 1 or more");
	s = calloc(1, sizeof(*s));
	if (!s)
		return fail(err, E_NO_MEMORY,
			    "no memory to follow a chain of certificates");
	s->question = question;
	status = judge(s, ret, err);
	free(s);
	return status;
}
