/*
 * Option 43 of a server that answers as PXE, "PXEClient" in option 60: how a
 * machine is to find the server that knows its boot file (PXE 2.1, section 2).
 * In it are options of the form of those around it: a code, a length, a value;
 * 0 pads, 255 ends, but need not be there (RFC 2132, 8.4).
 *
 * Looked at are 6 (control), 7 (the multicast address), 8 (boot servers), 9
 * (the menu), 10 (its prompt; that it is one) and 71 (what was chosen). The
 * others are passed over.
 *
 * Nobody is asked here: a boot server is only told of.
 */
#ifndef KEELBOOT_FORMAT_LEASE_PXE_H
#define KEELBOOT_FORMAT_LEASE_PXE_H

#include "base/error.h"
#include "base/span.h"

#define LEASE_PXE_PORT 4011

struct lease_pxe {
	bool no_broadcast, no_multicast; /* of 6; 0 without one */
	bool has_multicast;
	uint8_t multicast[4];
	bool has_chosen;
	uint16_t chosen;
	/* checked; of the option that was parsed, and empty without one */
	struct span servers, menu;
};

/* Whether option 60 says so. */
bool lease_is_of_pxe(const char *vendor_class);

/*
 * Reads option 43. *ret is written on success only. Errors:
 *
 * E_LEASE_PXE_CUT       a sub-option that goes on behind the end
 * E_LEASE_PXE_TWICE     one of those looked at stands there twice
 * E_LEASE_PXE_LENGTH    6 is not one byte, 7 or 71 not four, 10 is empty
 * E_LEASE_PXE_MULTICAST 7 is not in 224.0.0.0/4
 * E_LEASE_PXE_SERVERS   8 ends within a server: type, count, addresses
 * E_LEASE_PXE_ADDRESS   8 has an address that no host can have
 * E_LEASE_PXE_MENU      9 ends within an item: type, length, text
 */
MUST_USE enum status lease_pxe_parse(struct span option, struct lease_pxe *ret,
				     struct error *err);

enum lease_pxe_way {
	LEASE_PXE_UNICAST = 1,
	LEASE_PXE_MULTICAST,
	LEASE_PXE_BROADCAST,
};

struct lease_pxe_server {
	uint16_t type;
	struct span name; /* of the menu; empty without one */
	enum lease_pxe_way way;
	uint8_t address[4]; /* 0.0.0.0 of LEASE_PXE_BROADCAST */
};

/* Whom a machine asks to which nobody says otherwise: for the type that was
 * chosen, else the first of the menu that is not the machine's own disk (0),
 * else the first of the servers. By the first address of that type, else by
 * what 6 and 7 allow. False: nobody is to be asked. */
bool lease_pxe_find_server(const struct lease_pxe *pxe,
			   struct lease_pxe_server *ret);

#endif
