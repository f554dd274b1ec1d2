/*
 * One file by its mirrors: http and https by fetch.h, tftp by a busybox child
 * whose output is read through a pipe. A transfer that breaks goes on at the
 * next mirror where it broke; when all have failed all are tried again, after a
 * pause that doubles and is in part chance. And small messages to servers of
 * the machine's owner. Runs in the network process alone.
 */
#ifndef KEELBOOT_NET_FETCH_H
#define KEELBOOT_NET_FETCH_H

#include "fetch.h"
#include "net_wire.h"

#include "format/net_settings.h"

/* The image's folder of what entries name: CAs, certificates, keys, tokens. */
#define NET_FILES_FOLDER "/etc/keelboot/network"

/*
 * The least speed of an HTTP server: 512 bytes a second, half of what a serial
 * line of 9600 baud carries and a day for an initrd; over a time in which such
 * a line brings a whole record of TLS, up to 16 KiB that are of no use before
 * their end.
 */
#define NET_SLOW_MS    30000
#define NET_SLOW_BYTES (NET_SLOW_MS / 1000 * 512)

struct net_fetcher;

struct net_fetch_setup {
	const struct net_settings *settings;
	const struct net_entry *entries; /* of the image, by their index */
	uint32_t entry_count;
	const char *folder; /* NET_FILES_FOLDER */
	const char *busybox;
	const struct keyring *keyring; /* of keys/tls */
	/* KEELBOOT_BUILD_TIME. The time of day is the machine's if that is
	 * later; else, before https, the NTP server of the settings sets the
	 * machine's; else it is not known. */
	int64_t build_time;
	bool has_uuid;
	uint8_t uuid[16]; /* in SMBIOS's order of bytes; for net_fetch_tell() */
	uint32_t slow_ms, slow_bytes; /* NET_SLOW_MS, _BYTES: fetch.h */

	/* For news of the network: called before each try and with each piece
	 * that comes, and at least 10 times a second inside of pauses, of TFTP
	 * and while there is no network; not while an HTTP or DNS server is
	 * waited for. Who does not want a file any more ends the process. */
	void (*hear)(void *ctx);
	void (*note)(void *ctx, const char *text); /* one line for each try */
	/* Where the network stands; each try waits until that is NET_UP. */
	const struct net_state *(*state)(void *ctx);
	void *ctx;
};

/* Errors: E_NO_MEMORY, what url_parse() says of the proxy. */
MUST_USE enum status net_fetch_open(const struct net_fetch_setup *setup,
				    struct net_fetcher **ret,
				    struct error *err);
void net_fetch_close(struct net_fetcher **fetcher);

/*
 * Serves NET_FETCH. Errors: E_NET_DEADLINE (the request's timeout, with what it
 * waited for: link, address, or the last try's reason), those of the sink,
 * E_NET_NO_URL (none, or too many), E_NO_MEMORY, and the last try's: fetch.h,
 * url.h, tcp_find() of a TFTP server's name, E_NET_TFTP_MISSING (a TFTP server
 * says that it has no such file for us), E_NET_TFTP (what else busybox said,
 * silence, or an empty file), E_NET_FILE (a file of the image that an entry
 * names cannot be used).
 *
 * When the sink's begin() is called, ret->mirror is who the file begins at.
 *
 * Secrets of the entry go to the origins of request's URLs alone, which are
 * that entry's own, and to no other that one of them redirects to. A round in
 * which bytes have come is none that has failed, but for those of a server that
 * was too slow (E_FETCH_SLOW).
 *
 * By TFTP the addresses of a name are tried in turn until one answers, each
 * with its share of the time that is left at most; the one that has answered
 * last comes first. Silence is bounded as by HTTP, but who is slow by the
 * request's timeout alone: there is no going on where it broke, so that a break
 * would cost all that has come.
 */
MUST_USE enum status net_fetch_file(struct net_fetcher *fetcher,
				    const struct net_request *request,
				    const struct fetch_sink *sink,
				    struct net_facts *ret, struct error *err);

/* Serves NET_TELL: one UDP datagram of RFC 5424, to an address of each family
 * that the server's name has, and one POST of a small JSON object, with a short
 * deadline; failures are notes. */
void net_fetch_tell(struct net_fetcher *fetcher,
		    const struct net_request *request);

#endif
