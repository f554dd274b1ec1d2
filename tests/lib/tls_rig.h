/* Certificates of tests/data/tls (mktls.py made them), keyrings of them, and a
 * TLS server, by BearSSL too, in this process. */
#ifndef KEELBOOT_TESTS_LIB_TLS_RIG_H
#define KEELBOOT_TESTS_LIB_TLS_RIG_H

#include "test.h"
#include "trust/tls_parts.h"

#define TLS_DATA "tests/data/tls/"

/* A time at which all of them are valid: 2026-01-01. */
#define TLS_TIME 1767225600

/* NAME.pem or NAME.key as a copy. */
struct span tls_read_file(const char *name, const char *suffix);

/* NAME.pem as DER, a copy. */
struct span tls_read_der(const char *name);

/* Names with blanks between them; what they have is trusted. */
void tls_trust(struct keyring *keyring, const char *names);

/* NAME.pem and NAME.key; of "a+b" the certificates of both, and the first's
 * key. */
struct tls_identity *tls_read_identity(const char *name);

/* --- a server ------------------------------------------------------------- */

struct tls_server {
	br_ssl_server_context context;
	struct tls_identity *identity; /* its own */
	struct tls_identity *visitor;  /* whose key a client must have */
	br_x509_knownkey_context visitor_key;
	size_t sent_len; /* all that it has sent */
	uint8_t sent[1 << 16];
	uint8_t records[BR_SSL_BUFSIZE_BIDI];
};

/* Shows NAME, with the same random numbers every time. For changes before the
 * handshake: server->context. */
struct tls_server *tls_server_new(const char *name);
void tls_server_drop(struct tls_server **server);
#define _drop_tls_server_ __attribute__((cleanup(tls_server_drop)))

/* It then asks for a certificate, and for the key of NAME. */
void tls_server_ask(struct tls_server *server, const char *name);

/* Ready for a client. */
void tls_server_listen(struct tls_server *server);

/* Moves bytes between the two, at most step at once, as long as any move. */
void tls_server_pump(struct tls_server *server, struct tls *tls, size_t step);

/* Gives how many bytes there was room for. */
size_t tls_server_say(struct tls_server *server, struct span bytes);

/* What it has heard of the client, at most len bytes. */
size_t tls_server_hear(struct tls_server *server, uint8_t *to, size_t len);

/* A client of it that trusts the names in trusted. */
struct tls_visit {
	struct keyring keyring;
	struct tls_settings settings;
	struct tls *tls;
};

void tls_visit_begin(struct tls_visit *visit, const char *trusted,
		     const char *host);
void tls_visit_end(struct tls_visit *visit);

#endif
