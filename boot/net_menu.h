/*
 * What was fetched and is no image: another entry, a network menu, an iPXE
 * script, a PXELINUX file; followed, as data, to entries that can be fetched.
 * And what a DHCP server's answer means as an entry. Knows no policy: whoever
 * fetches texts for it has verified them, or knows that nobody asks for it.
 *
 * A network menu is a text of keelboot.conf's syntax with `entry URL` lines
 * (relative ones are so to the menu; each names a Boot Loader Specification
 * file), and `default PATTERN` (of ids, then of titles) and `title TEXT` (kept
 * with its entries) at most once.
 *
 * An entry that was fetched is read as format/net_entry.h has it, but the names
 * of its files need not be URLs: any other name, with '/' in front or not, is
 * below the folder that the entry lies in; of an entry in ".../loader/entries/"
 * below the folder that has loader/. `uki` and `efi` count as uki-url. One that
 * has `extra` or `devicetree-overlay` is refused.
 *
 * Of a PXELINUX file, the names are below the folder above pxelinux.cfg/, or
 * else below that of the file.
 */
#ifndef KEELBOOT_NET_MENU_H
#define KEELBOOT_NET_MENU_H

#include "net_wire.h"

#define NET_MENU_TEXT_MAX    (256U << 10) /* of one text */
#define NET_MENU_ENTRIES_MAX 64		  /* the rest is noted and left out */

enum net_content {
	NET_IS_IMAGE = 1, /* PE, a kernel of another kind, or compressed */
	NET_IS_IPXE,
	/* Texts, by the first line that tells: */
	NET_IS_ENTRY,	 /* linux, uki, uki-url or efi */
	NET_IS_MENU,	 /* entry */
	NET_IS_PXELINUX, /* LABEL or INCLUDE, or nothing but DEFAULT */
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
	 * the call below returns. E_FETCH_TOO_LARGE, before anything is
	 * verified, if there are more than max: a script may `chain` to an
	 * image. E_FETCH_STATUS and E_NET_TFTP_MISSING say that there is no
	 * such file, which the search below goes on after: no tries are worth
	 * their time.
	 */
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
	NET_MENU_EXITS,	      /* whatever comes next in the order; what was
			       * added boots if somebody chooses it */
	NET_MENU_DISK,	      /* boot from the disk */
	NET_MENU_REBOOTS,
	NET_MENU_POWERS_OFF,
};

/*
 * Follows a text that was fetched from url. An entry of several that cannot be
 * booted is a note. Nothing was added where it fails, but for
 * E_NET_MENU_DEFAULT, after which nothing boots by itself.
 *
 * E_NET_MENU_LENGTH   more than NET_MENU_TEXT_MAX bytes; of an entry with its
 *		       names as URLs more than BLS_TEXT_MAX
 * E_NET_MENU_KIND     NET_IS_IMAGE, NET_IS_UNKNOWN: with what it is
 * E_NET_MENU_DEFAULT  what it names as its default cannot be booted
 * E_NET_MENU_EMPTY    it has no entry
 *
 * What url_parse() says of url, ipxe_evaluate() and extlinux_evaluate() of the
 * text; and if no entry can be booted why the first of them cannot:
 *
 * E_NET_MENU_WRAPPED  a script's initrd that is to be wrapped in an archive
 * E_NET_MENU_FILES    a kind of file that cannot come from the network: extra,
 *		       devicetree-overlay, FDTOVERLAYS
 * E_NET_MENU_PASSWORD a label with MENU PASSWD
 * E_NET_MENU_DEPTH    a menu of a menu
 * E_NET_MENU_KIND     an entry of a menu that is none
 * E_ENTRY_MACHINE     an entry for another architecture
 * E_NO_MEMORY, those of fetch(), of net_entry_parse(), of net_entry_add_file(),
 * and the reasons of pxelinux.h. Notes only are E_NET_MENU_LINE (a line of a
 * menu that is no key, has no value, or stands twice) and E_NET_MENU_MANY (more
 * than NET_MENU_ENTRIES_MAX entries, or lines with one).
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
 * the file is called *pxelinux.0 or *syslinux.efi; *ret_is_search is true then,
 * and *ret_url the prefix. What DHCPv6 told counts where that of IPv4 leads to
 * nothing. Errors: E_NET_DHCP_NOTHING (nothing to boot was told),
 * E_NET_DHCP_DISCOVERY (nor a file, but that a boot server of PXE is to be
 * asked for one: which), E_NET_DHCP_SERVER (a file without a server), what
 * url_parse() says.
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
