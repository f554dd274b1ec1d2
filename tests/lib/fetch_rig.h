/* An HTTP server on loopback, in a process of its own, that says what a test
 * has written down and keeps what it was asked. */
#ifndef KEELBOOT_TESTS_LIB_FETCH_RIG_H
#define KEELBOOT_TESTS_LIB_FETCH_RIG_H

#include "fetch.h"
#include "test.h"

#include <sys/types.h>

#define FETCH_RIG_ASKED_MAX 65536

enum fetch_rig_end {
	FETCH_RIG_CLOSES = 0,
	FETCH_RIG_KEEPS, /* the next request comes over the same connection */
	FETCH_RIG_RESETS,
	FETCH_RIG_CUTS, /* TLS: without close_notify */
	FETCH_RIG_TLS,	/* it is a tunnel: goes on as the TLS server */
};

/* One request is read, then said is said. */
struct fetch_rig_turn {
	const char *said; /* a text, or what is in bytes */
	struct span bytes;
	enum fetch_rig_end end;
	unsigned hangs_ms; /* before the end */
	/* So many bytes of what is said come one by one, each after a pause;
	 * until nobody wants the rest. */
	unsigned drips, drip_ms;
};

struct fetch_rig {
	pid_t pid;
	uint16_t port;
	char *asked; /* all requests, one behind the other */
};

/* tls: whose certificate it shows (tls_rig.h), NULL for http or a proxy;
 * tunnel: whose is shown behind FETCH_RIG_TLS, and " NAME" if it asks for the
 * client certificate of that name. Over when all turns are. */
void fetch_rig_begin(struct fetch_rig *rig, const char *tls, const char *tunnel,
		     const struct fetch_rig_turn *turns, size_t count);

/* Fails the test unless all turns were asked for. */
void fetch_rig_end(struct fetch_rig *rig);

/* --- where the bytes go --------------------------------------------------- */

struct fetch_rig_sink {
	struct fetch_sink sink;
	uint8_t *bytes;
	size_t len, cap;
	unsigned begins;
	bool has_size;
	uint64_t size;
	enum status refuses; /* what take() returns, OK for none */
	enum status refuses_begin;
};

void fetch_rig_sink_begin(struct fetch_rig_sink *sink, size_t cap);
void fetch_rig_sink_end(struct fetch_rig_sink *sink);

#endif
