/*
 * What was fetched and is no image: another entry, a network menu, an iPXE
 * script, a PXELINUX file; followed, as data, to entries that can be fetched.
 * And what a DHCP server's answer means as an entry. Knows no policy: whoever
 * fetches texts for it has verified them, or knows that nobody asks for it.
 *
 * A network menu is a text of keelboot.conf's syntax with `entry URL` lines
 * (relative ones are so to the menu; each names a Boot Loader Specification
 * file), and `default PATTERN` and `title TEXT` at most once.
 */
#ifndef KEELBOOT_NET_MENU_H
#define KEELBOOT_NET_MENU_H

#include "net_wire.h"

#define NET_MENU_TEXT_MAX    (256U << 10) /* of one text */
#define NET_MENU_ENTRIES_MAX 64		  /* the rest is noted and left out */

enum net_content {
	NET_IS_IMAGE = 1, /* PE, or a kernel of another kind, or gzip */
	NET_IS_IPXE,
	NET_IS_ENTRY,	 /* type 1: its first key is one of bls.h's, and it
			  * names something to boot */
	NET_IS_MENU,	 /* has an `entry` line */
	NET_IS_PXELINUX, /* a line that begins with LABEL, DEFAULT, INCLUDE */
	NET_IS_UNKNOWN,	 /* HTML, an empty file */
};

/* By its first bytes, NET_MENU_TEXT_MAX at most; pure. ret_what is for people:
 * "an HTML page", "an empty file". */
enum net_content net_content_of(struct span begin, const char **ret_what);

struct net_menu_machine {
	const struct net_state *state;
	bool has_uuid;
	uint8_t uuid[16]; /* in the order it is written */
	const char *serial, *product, *manufacturer, *asset; /* or NULL */
};

struct net_menu_ops {
	void *ctx;

	/* The bytes at a URL, verified as the policy has it; they stay until
	 * the call below returns. */
	enum status (*fetch)(void *ctx, const char *url, size_t max,
			     struct span *ret, struct error *err);

	/* An entry; id is a name for it ("rescue.conf", "linux"). The default
	 * is told once at most. */
	void (*add)(void *ctx, const struct net_entry *entry, const char *id,
		    bool is_default);
	void (*note)(void *ctx, const char *text);
};

enum net_menu_outcome {
	NET_MENU_ENTRIES = 1, /* added; without a default the first is meant */
	NET_MENU_EXITS,	      /* whatever comes next in the order */
	NET_MENU_DISK,	      /* boot from the disk */
	NET_MENU_REBOOTS,
	NET_MENU_POWERS_OFF,
};

/*
 * Follows a text that was fetched from url. Errors: E_NET_MENU_LENGTH,
 * E_NET_MENU_KIND (NET_IS_IMAGE, NET_IS_UNKNOWN: with what it is),
 * E_NET_MENU_EMPTY (nothing in it can be booted, with the first reason),
 * E_NET_MENU_DEPTH (menus of menus), those of ipxe.h and pxelinux.h.
 */
MUST_USE enum status net_menu_follow(struct span text, const char *url,
				     const struct net_menu_machine *machine,
				     const struct net_menu_ops *ops,
				     enum net_menu_outcome *ret,
				     struct error *err);

/*
 * What DHCP told to boot, as petitboot and UEFI take it: a URL (67 or 59 of
 * DHCPv6; HTTPClient), a file of a TFTP server (67 or file, from 66, siaddr or
 * 54), or the search for a PXELINUX file where option 209 or 210 is given or
 * the file is called *pxelinux.0; *ret_is_search is true then, and *ret_url the
 * prefix. Errors: E_NET_DHCP_NOTHING (nothing to boot was told),
 * E_NET_DHCP_SERVER (a file without a server), what url_parse() says.
 */
MUST_USE enum status net_menu_of_dhcp(const struct net_state *state,
				      char ret_url[static URL_TEXT_MAX],
				      bool *ret_is_search, struct error *err);

/* The search of pxelinux_config_name() below a prefix, then as
 * net_menu_follow(). A name that is not there is a note; another failure ends
 * the search. Errors: as above, E_NET_MENU_NOT_FOUND. */
MUST_USE enum status net_menu_search(const char *prefix,
				     const struct net_menu_machine *machine,
				     const struct net_menu_ops *ops,
				     enum net_menu_outcome *ret,
				     struct error *err);

#endif
