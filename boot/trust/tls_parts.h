/*
 * What the files tls*.c share, and nobody else needs: a connection from the
 * inside. BearSSL calls back with a pointer to one of our vtable slots, and the
 * connection around it is found from that.
 */
#ifndef KEELBOOT_TRUST_TLS_PARTS_H
#define KEELBOOT_TRUST_TLS_PARTS_H

#include "trust/tls.h"

#include <bearssl.h>

#define IDENTITY_CERTS_MAX 8

struct tls_identity {
	size_t count;
	br_x509_certificate chain[IDENTITY_CERTS_MAX];
	enum x509_key_kind kind;
	br_rsa_private_key rsa;
	br_ec_private_key ec;
	size_t block_len; /* of what the others point into */
	uint8_t *block;
};

enum tls_shown { TLS_NOT_ASKED, TLS_ASKED_HAD_NONE, TLS_ASKED_SHOWN };

struct tls {
	br_ssl_client_context client;
	const br_x509_class *judge_vtable;
	const br_ssl_client_certificate_class *shower_vtable;
	const struct tls_identity *identity;
	struct tls_name server;
	bool has_input; /* the first bytes were looked at */
	bool is_open;	/* the handshake has succeeded */
	enum tls_shown shown;
	struct error error; /* OK as long as nothing failed */

	/* the server's certificates, as they arrive */
	size_t bytes_len;
	struct tls_chain_question question;
	struct tls_chain_answer answer;
	br_x509_pkey key;

	uint8_t bytes[TLS_CERTS_BYTES_MAX];
	uint8_t records[BR_SSL_BUFSIZE_BIDI];
};

/* Collects the server's certificates and has them judged (tls_judge.c). */
extern const br_x509_class tls_judge_class;

/* Shows ours to a server that asks (tls_show.c). */
extern const br_ssl_client_certificate_class tls_show_class;

/* A signature over a digest by the identity's key, as TLS has it; hash is
 * BearSSL's number of SHA-256, 384 or 512. Gives its length, 0 if the key is
 * wrong or room too small (tls_identity.c). */
#define TLS_SIGNATURE_MAX 512
size_t tls_identity_sign(const struct tls_identity *identity, int hash,
			 const uint8_t *digest, uint8_t *to, size_t room);

/* BearSSL's error as one of ours, with a sentence (tls_error.c). */
void tls_explain(const struct tls *tls, int number, struct error *err);

/* BearSSL's number of a curve; 0 for none. */
int tls_curve(enum x509_curve curve);

#endif
