/*
 * What the menu and its network process say to each other, one message each
 * (sys/proc.h). The process does all that can wait on a network, and what it
 * says is believed no more than a disk's probe: bytes are hashed and verified
 * in the menu, texts are cleaned with net_tame().
 */
#ifndef KEELBOOT_NET_WIRE_H
#define KEELBOOT_NET_WIRE_H

#include "base/error.h"
#include "format/lease.h"
#include "format/net_entry.h"
#include "format/url.h"

#define NET_NO_ENTRY UINT32_MAX
#define NET_TELL_MAX 1024

/* Severities of RFC 5424, 6.2.1. */
#define RFC5424_ERROR  3
#define RFC5424_NOTICE 5

/* --- what the process is told ----------------------------------------------
 */

enum net_order {
	NET_FETCH = 1, /* a file, by parts through a transfer (its descriptor
			* comes along); ends a fetch that is not over */
	NET_TAKEN,     /* a part was taken: at most TRANSFER_SLOTS are on the
			* way */
	NET_CANCEL,    /* nobody wants the rest */
	NET_TELL,      /* text goes to the syslog server and the status URL */
};

struct net_request {
	enum net_order order;
	uint32_t request; /* a number of its own for each fetch and tell */

	/* NET_FETCH */
	uint32_t entry; /* whose secrets and CAs count, or NET_NO_ENTRY */
	uint64_t max_size;
	uint32_t timeout_s; /* for all of it, the link included */
	uint32_t retry;	    /* further tries at all mirrors, after pauses */
	bool is_whole;	    /* no part of one mirror and part of another */
	uint32_t url_count; /* mirrors, in order; templates are filled in */
	/* Of each URL, its place among the entry's: for the menu alone, as some
	 * of those may be left out here. */
	uint8_t places[NET_MIRRORS_MAX];

	/* NET_TELL: */
	uint8_t severity; /* of RFC 5424 */
	char stage[32];	  /* "boot", "failed", ... */

	union {
		char urls[NET_MIRRORS_MAX][URL_TEXT_MAX];
		char tell[NET_TELL_MAX];
	};
};

/* --- what it says ------------------------------------------------------------
 */

enum net_kind {
	NET_STATE = 1, /* where the network stands; again when that changes */
	NET_NOTE,      /* something the log should have */
	NET_BEGIN,     /* the file begins, or begins anew: all before is void */
	NET_PART,
	NET_END,
	NET_FAILED,
	NET_TOLD, /* what was to be told has gone out, or cannot: an answer to
		   * each NET_TELL, with its number */
};

enum net_stage {
	NET_STARTING = 0,
	NET_NO_INTERFACE, /* none is there, or none that is meant */
	NET_NO_CARRIER,
	NET_NO_ADDRESS, /* nobody has given one yet */
	NET_UP,
};

/* Of the interface that came first; plain data. Texts are "" and counts 0
 * where nothing is known. */
struct net_state {
	enum net_stage stage;
	char line[160]; /* "eth0: no carrier for 12 s" for people */
	char interface[16];
	char port[16];	/* under its VLAN, or itself; a bond's name */
	uint8_t mac[6]; /* of the port, under VLANs and bonds */
	uint32_t vlan;
	bool is_bond;
	bool has_ipv4, has_ipv6; /* global ones */
	uint8_t ipv4[4], ipv4_prefix, ipv4_gateway[4];
	uint8_t ipv6[16], ipv6_prefix, ipv6_gateway[16];
	bool is_static4;
	struct lease lease; /* the last IPv4 one; event 0 if there is none */
	char boot_url6[LEASE_URL_MAX]; /* option 59 of DHCPv6 */
};

/* Provenance of a file. */
struct net_facts {
	char url[URL_TEXT_MAX]; /* behind redirects */
	char address[64];
	char tls[256]; /* "" without */
	uint64_t size;
	uint32_t resumed;   /* how often */
	bool is_of_mirrors; /* parts came from more than one */
	uint32_t mirror;    /* that the end came from: index of the request's */
};

struct net_message {
	enum net_kind kind;
	uint32_t request; /* that those about a file answer */
	union {
		struct net_state state;
		char note[ERROR_TEXT_MAX];
		struct error error;
		struct {
			bool has_size;
			uint64_t size;
			uint32_t mirror; /* as of net_facts */
		} begin;
		struct {
			uint64_t offset; /* a multiple of TRANSFER_SLOT_LEN */
			uint64_t len;	 /* that, but for the last part */
		} part;
		struct net_facts facts;
	};
};

/* Makes what a turned process may have sent safe to use: strings end, numbers
 * are in range, text for people is clean. False if len is not that of its
 * kind, or if it fails with a code that only the menu gives, and acts on. */
MUST_USE bool net_tame(struct net_message *message, size_t len);

/* Bytes of a message of that kind. */
size_t net_message_size(enum net_kind kind);

#endif
