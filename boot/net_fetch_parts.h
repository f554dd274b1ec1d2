/* What the files of net_fetch.h share. */
#ifndef KEELBOOT_NET_FETCH_PARTS_H
#define KEELBOOT_NET_FETCH_PARTS_H

#include "net_fetch.h"

#define NET_STALL_MS   10000 /* without a byte */
#define NET_CONNECT_MS 10000
#define NET_TICK_MS    50 /* of waiting, until hear() is called again */

/* What an entry has besides its URLs, and who may see it. */
struct net_secrets {
	struct keyring ca; /* has_ca: instead of the image's */
	bool has_ca;
	struct tls_identity *identity;
	char *auth; /* a field; wiped when dropped */
	size_t field_count;
	struct span fields[NET_HEADERS_MAX + 1];
	size_t origin_count;
	struct url origins[NET_MIRRORS_MAX]; /* each once */
	struct fetch_secret of[NET_MIRRORS_MAX];
};

/* Reads the files that an entry names, for the origins of these URLs: those
 * that are no http are left out. Errors: E_NET_FILE. */
MUST_USE enum status net_secrets_read(const char *folder,
				      const struct net_entry *entry,
				      const struct net_request *request,
				      struct net_secrets *ret,
				      struct error *err);
void net_secrets_drop(struct net_secrets *secrets);

struct net_fetcher {
	struct net_fetch_setup setup;
	struct url proxy;
	bool has_proxy;

	/* For one entry and its origins; kept for the next file of them. */
	struct fetcher *http;
	uint32_t entry;
	bool has_clock;
	struct net_secrets secrets;

	struct tcp_address tftp; /* the last one that has answered */
	uint64_t ntp_after_ms;	 /* it is not asked before */
};

/* One call of net_fetch_file(). */
struct net_visit {
	struct net_fetcher *f;
	const struct net_request *request;
	const struct fetch_sink *inner;
	struct fetch_sink sink; /* the inner one, with an ear */
	bool sink_failed;
	bool is_resuming; /* no byte has come since it is tried */
	bool has_gained;  /* bytes have come in this round, and fast enough */
	uint32_t index;	  /* of the mirror that is tried */
	uint32_t sources; /* bits: mirrors that the bytes so far are of */
	uint64_t deadline_ms;
	struct fetch_progress progress;
	struct net_facts *facts;
	struct error last; /* of the last try that failed */
};

/* A file by TFTP, from its start; *ret is where it came from. Errors:
 * E_NET_TFTP, E_NET_TFTP_MISSING, E_FETCH_DEADLINE, E_FETCH_TOO_LARGE, those of
 * url_tftp_file(), tcp_find() and of the sink. */
MUST_USE enum status net_fetch_tftp(struct net_visit *visit,
				    const struct url *url,
				    struct tcp_address *ret, struct error *err);

/* The time of day, as far as it is known. may_ask: the NTP server, if need be,
 * for 5 s at most. */
struct tls_clock net_clock(struct net_fetcher *f, bool may_ask);

void net_note(const struct net_fetcher *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
