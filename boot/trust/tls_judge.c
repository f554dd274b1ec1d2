#include "trust/tls_parts.h"

#include <string.h>

static struct tls *owner_of(const br_x509_class **slot)
{
	void *owner = (uint8_t *)slot - offsetof(struct tls, judge_vtable);

	return owner;
}

static void start_chain(const br_x509_class **slot, const char *server_name)
{
	struct tls *tls = owner_of(slot);

	(void)server_name; /* the question has it */
	tls->question.count = 0;
	tls->bytes_len = 0;
}

static void start_cert(const br_x509_class **slot, uint32_t len)
{
	struct tls *tls = owner_of(slot);
	struct tls_chain_question *q = &tls->question;

	if (tls->error.code != OK)
		return;
	if (q->count == TLS_CERTS_MAX) {
		fail(&tls->error, E_TLS_CERT_MANY,
		     "the server has sent more than %d certificates",
		     TLS_CERTS_MAX);
		return;
	}
	if (len > sizeof(tls->bytes) - tls->bytes_len) {
		fail(&tls->error, E_TLS_CERT_MANY,
		     "the server has sent certificates of %zu bytes, the most "
		     "is %zu",
		     tls->bytes_len + len, sizeof(tls->bytes));
		return;
	}
	q->certs[q->count++] = span_of(tls->bytes + tls->bytes_len, 0);
}

/* BearSSL promises no more than start_cert() was told; the room is checked
 * all the same. */
static void append(const br_x509_class **slot, const unsigned char *bytes,
		   size_t len)
{
	struct tls *tls = owner_of(slot);
	struct tls_chain_question *q = &tls->question;

	if (tls->error.code != OK || !q->count ||
	    len > sizeof(tls->bytes) - tls->bytes_len)
		return;
	memcpy(tls->bytes + tls->bytes_len, bytes, len);
	tls->bytes_len += len;
	q->certs[q->count - 1].len += len;
}

static void end_cert(const br_x509_class **slot)
{
	(void)slot;
}

/* The part of bytes that view points into, which BearSSL wants without const.
 */
static unsigned char *own(struct tls *tls, struct span part)
{
	return part.ptr ? tls->bytes + (part.ptr - tls->bytes) : NULL;
}

static void keep_key(struct tls *tls)
{
	const struct x509_key *key = &tls->answer.leaf.key;

	if (key->kind == X509_KEY_RSA) {
		tls->key.key_type = BR_KEYTYPE_RSA;
		tls->key.key.rsa = (br_rsa_public_key){
			.n = own(tls, key->modulus),
			.nlen = key->modulus.len,
			.e = own(tls, key->exponent),
			.elen = key->exponent.len,
		};
	} else {
		tls->key.key_type = BR_KEYTYPE_EC;
		tls->key.key.ec = (br_ec_public_key){
			.curve = tls_curve(key->curve),
			.q = own(tls, key->point),
			.qlen = key->point.len,
		};
	}
}

static unsigned end_chain(const br_x509_class **slot)
{
	struct tls *tls = owner_of(slot);

	if (tls->error.code == OK &&
	    tls_chain_judge(&tls->question, &tls->answer, &tls->error) == OK) {
		keep_key(tls);
		return 0;
	}
	return BR_ERR_X509_NOT_TRUSTED;
}

static const br_x509_pkey *get_key(const br_x509_class *const *slot,
				   unsigned *ret_usages)
{
	const void *owner =
		(const uint8_t *)slot - offsetof(struct tls, judge_vtable);
	const struct tls *tls = owner;

	/* The server's key signs, it never decrypts: ECDHE only. */
	if (ret_usages)
		*ret_usages = BR_KEYTYPE_SIGN;
	return tls->key.key_type ? &tls->key : NULL;
}

const br_x509_class tls_judge_class = {
	.context_size = sizeof(struct tls),
	.start_chain = start_chain,
	.start_cert = start_cert,
	.append = append,
	.end_cert = end_cert,
	.end_chain = end_chain,
	.get_pkey = get_key,
};
