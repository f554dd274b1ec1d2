/*
 * One TLS 1.2 connection as a client (RFC 5246), by BearSSL: an engine that
 * bytes go into and come out of. It makes no system call; who owns the socket
 * moves the bytes, and keeps the deadlines.
 *
 *	tls_init(&settings, &tls, err)
 *	until the work is done, in any order, whatever is possible:
 *		send tls_take(), then tls_taken()
 *		receive, then tls_feed(); at the peer's end tls_feed_end()
 *		use tls_read(), then tls_consumed()
 *		tls_write()
 *		tls_state(): once TLS_FAILED, tls_error() says why
 *	tls_drop(&tls)
 *
 * Spoken is ECDHE on P-256, P-384 and P-521 with AES-GCM or ChaCha20-Poly1305,
 * whichever the CPU is faster with first; nothing older, and no TLS 1.3. There
 * is no renegotiation (a server that asks is told so) and no resumption: a
 * connection is kept open for the next request instead.
 *
 * The end. A connection that ends without TLS's own close_notify was cut, by
 * anyone between here and there: that is E_TLS_CUT, also where all that came
 * before was genuine. What an HTTP length has told the end of is complete by
 * then, and may be kept; what is read "until the connection closes" may not. Of
 * our own none is said: each request tells its length.
 */
#ifndef KEELBOOT_TRUST_TLS_H
#define KEELBOOT_TRUST_TLS_H

#include "base/text.h"
#include "trust/keyring.h"
#include "trust/tls_chain.h"
#include "trust/tls_identity.h"

#define TLS_SEED_LEN 32

struct tls_settings {
	/* A host name or an IP address without brackets, as the URL has it. */
	const char *server;
	/* Whose servers are trusted: the KEYRING_TLS_CERT of it, and nothing
	 * else in it counts. For a `ca =` of its own, a keyring of that file
	 * alone (keyring_add_file() with KEYRING_FOLDER_TLS). */
	const struct keyring *keyring;
	struct tls_clock clock;
	/* Shown to a server that asks for it, or NULL. The caller decides that
	 * this origin may see it. */
	const struct tls_identity *identity;
	/* From the kernel's generator, once it is initialised. */
	uint8_t seed[TLS_SEED_LEN];
};

enum tls_state {
	TLS_HANDSHAKE, /* no data yet, in either direction */
	TLS_OPEN,      /* data goes both ways, as far as there is room */
	TLS_ENDED,     /* close_notify came and all data before it was read */
	TLS_FAILED,    /* tls_error() */
};

struct tls;

/*
 * keyring and identity must outlive the connection, the rest is copied. Errors:
 * E_TLS_SERVER_NAME    neither an address nor a name that DNS could have
 * E_TLS_NO_CA          the keyring has no KEYRING_TLS_CERT
 * E_NO_MEMORY          about 80 KiB
 */
MUST_USE enum status tls_init(const struct tls_settings *settings,
			      struct tls **ret, struct error *err);

/* Wipes and frees; *tls may be NULL. */
void tls_drop(struct tls **tls);
#define _drop_tls_ __attribute__((cleanup(tls_drop)))

/*
 * Bytes from the server. Gives how many were taken: fewer than all when what
 * they held must be read or sent first, or after the end. The rest is fed
 * again.
 */
MUST_USE size_t tls_feed(struct tls *tls, struct span bytes);

/* The server's TCP connection has ended: E_TLS_CUT unless a close_notify came,
 * or what failed before. Data that was there already can still be read. */
enum status tls_feed_end(struct tls *tls, struct error *err);

/* What is to be sent next, at most a record, empty if there is nothing;
 * tls_taken() says how much of it was. The bytes are there until then. */
struct span tls_take(const struct tls *tls);
void tls_taken(struct tls *tls, size_t len);

/* The next data from the server, at most a record; tls_consumed() says how
 * much of it is done with. The bytes are there until then. */
struct span tls_read(const struct tls *tls);
void tls_consumed(struct tls *tls, size_t len);

/* Data for the server, which then is in tls_take(). Gives how many bytes were
 * taken: 0 before TLS_OPEN, and while there is no room. */
MUST_USE size_t tls_write(struct tls *tls, struct span bytes);

enum tls_state tls_state(const struct tls *tls);

/*
 * Why it failed, which is also returned; OK unless TLS_FAILED. Errors, besides
 * those of tls_chain_judge():
 * E_TLS_NOT_TLS        the first bytes are no TLS record: an HTTP server?
 * E_TLS_VERSION        the server speaks no TLS 1.2
 * E_TLS_ALERT          the server ended it; the alert is named
 * E_TLS_CLIENT_WANTED  the same, after it asked for a certificate and there
 *                      was none, or none of a kind that it takes
 * E_TLS_CLIENT_REFUSED the same, after it was shown the certificate
 * E_TLS_MAC            a record that was changed on its way
 * E_TLS_LONG           a record or message above the limits of TLS
 * E_TLS_SIGNATURE      the server has not the key of its certificate
 * E_TLS_PROTOCOL       anything else that TLS does not allow; has BearSSL's
 *                      number
 * E_TLS_CUT            tls_feed_end() without a close_notify
 */
enum status tls_error(const struct tls *tls, struct error *err);

/* For the log, once TLS_OPEN: "TLS 1.2, ECDHE-RSA-AES128-GCM-SHA256, shown by
 * boot.example, trusted by Example CA". */
void tls_describe(const struct tls *tls, struct text *to);

#endif
