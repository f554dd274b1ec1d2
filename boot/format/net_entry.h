/*
 * Entries whose files come from the network: a Boot Loader Specification type 1
 * file (format/bls.h) whose kernel is a URL, with keys of our own beside. A
 * line is `key value` or `key = value`.
 *
 *	title, version, sort-key, machine-id, architecture   as in bls.h
 *	uki-url URL...       what is there is told by its content: UKI, kernel,
 *	                     another entry, a menu, a script
 *	linux URL...         a kernel; beside it, each with mirrors, too:
 *	initrd URL...        repeats
 *	devicetree URL...
 *	options TEXT         repeats, joined by one blank
 *	sha256 HEX           of the file named last before it
 *	max-size BYTES       with K, M or G; of each file
 *	timeout SECONDS      1 to 86400; for all files, from link to last
 *	                     byte, pauses and further tries included
 *	retry COUNT          further tries at all mirrors of a file, after
 *	                     pauses; 0 to 1000
 *	on-failure next|menu|reboot|poweroff|hold
 *	ca FILE              of /etc/keelboot/network: only these CAs
 *	client-cert FILE, client-key FILE
 *	auth-basic FILE      of "user:password"; auth-bearer FILE
 *	header Name: value   repeats
 *
 * Several URLs on a line are mirrors, tried in that order. URLs and options are
 * templates (format/template.h). The keys from ca on are secrets: they count in
 * entries of the image alone.
 */
#ifndef KEELBOOT_FORMAT_NET_ENTRY_H
#define KEELBOOT_FORMAT_NET_ENTRY_H

#include "base/error.h"
#include "base/span.h"
#include "base/text.h"

#define NET_MIRRORS_MAX 8
#define NET_INITRDS_MAX 16
#define NET_FILES_MAX	(NET_INITRDS_MAX + 2)
#define NET_HEADERS_MAX 8
#define NET_NAME_MAX	64 /* of a file of the image */
#define NET_OPTIONS_MAX 4096
#define NET_POOL_MAX	32768
#define NET_TIMEOUT_S	600 /* where an entry says nothing */
#define NET_RETRY	3
#define NET_MAX_SIZE	(UINT64_C(4) << 30)

enum net_role { NET_ANY = 1, NET_LINUX, NET_INITRD, NET_DEVICETREE };

/* What follows when it has failed. */
enum net_end {
	NET_END_CONFIG = 0, /* what `on-failure` of keelboot.conf says */
	NET_END_NEXT,
	NET_END_MENU,
	NET_END_REBOOT,
	NET_END_POWER_OFF,
	NET_END_HOLD, /* stays, and says why, until somebody comes */
};

struct net_file {
	enum net_role role;
	uint32_t url_count;
	uint32_t urls[NET_MIRRORS_MAX]; /* net_entry_text() */
	bool has_sha256;
	uint8_t sha256[32];
};

struct net_entry {
	struct display title, version, sort_key, machine_id;
	struct display menu; /* title of the network menu that has it; "" */
	char architecture[16];
	uint32_t file_count; /* the first is NET_ANY or NET_LINUX */
	struct net_file files[NET_FILES_MAX];
	bool has_options;
	char options[NET_OPTIONS_MAX]; /* a template, or: */
	bool is_literal;	       /* as they are, of a script */
	uint64_t max_size;
	uint32_t timeout_s, retry;
	enum net_end on_failure;

	/* "" where there is none: names without '/' and not of dots alone */
	char ca[NET_NAME_MAX], client_cert[NET_NAME_MAX],
		client_key[NET_NAME_MAX];
	char auth_basic[NET_NAME_MAX], auth_bearer[NET_NAME_MAX];
	uint32_t header_count;
	uint32_t headers[NET_HEADERS_MAX]; /* net_entry_text() */

	uint32_t unknown_keys;
	uint32_t pool_len;
	char pool[NET_POOL_MAX]; /* texts, each with its NUL */
};

/* Told of each line that is not as it should be, or not known
 * (E_NET_ENTRY_UNKNOWN); for check-config. line is from 1, and 0 for what the
 * entry as a whole lacks, which is told if every line is good. */
typedef void net_entry_report_fn(void *ctx, uint32_t line,
				 const struct error *why);

/*
 * Lines of entries, and of network menus. The next of a text that says
 * something, cut; *number counts all lines from 1. What is cut has no blanks at
 * its ends; neither have key and value, and either may be empty.
 */
bool net_entry_next_line(struct span *text, uint32_t *number,
			 struct span *ret_key, struct span *ret_value);
void net_entry_cut_line(struct span line, struct span *ret_key,
			struct span *ret_value);

/* Whether a BLS text is one of these: it has uki-url, or a URL ("word://") as
 * its linux. */
bool net_entry_is(struct span text);

/*
 * Reads an entry. may_have_secrets: it is of the image. Unknown keys are
 * counted (and told to report, which may be NULL). Any line that is wrong
 * refuses the entry; with a report all of them are told, and the first is the
 * error.
 *
 * Errors: E_BLS_TOO_LONG, E_BLS_NUL as there; E_NET_ENTRY_KERNEL (none of
 * uki-url and linux, or two), E_NET_ENTRY_TWICE, E_NET_ENTRY_URL (what
 * url_parse() says, templates taken for a letter), E_NET_ENTRY_TEMPLATE (what
 * template_check() says), E_NET_ENTRY_MANY (URLs, initrds, headers),
 * E_NET_ENTRY_FILE (sha256 with no file before it, another file beside
 * uki-url), E_NET_ENTRY_NUMBER, E_NET_ENTRY_DIGEST, E_NET_ENTRY_WORD
 * (on-failure), E_NET_ENTRY_NAME (of a file of the image), E_NET_ENTRY_HEADER
 * (what http_check_field() says), E_NET_ENTRY_SECRET (a key that only the image
 * may have), E_NET_ENTRY_TOGETHER (client-cert without client-key, two that
 * make an Authorization), E_NET_ENTRY_LENGTH (options, or all texts together),
 * E_NET_ENTRY_CONTROL.
 */
MUST_USE enum status net_entry_parse(struct span text, bool may_have_secrets,
				     net_entry_report_fn *report, void *ctx,
				     struct net_entry *ret, struct error *err);

/* Makes an entry by hand, as scripts and menus do: clears *ret with the
 * defaults; adds a file of one URL (no template in it; a '$' in front of '{'
 * is a byte that no URL has). Errors: E_NET_ENTRY_MANY (of that role; kernels
 * are one), E_NET_ENTRY_LENGTH. */
void net_entry_begin(struct net_entry *ret);
MUST_USE enum status net_entry_add_file(struct net_entry *entry,
					enum net_role role, const char *url,
					struct error *err);

/* A text of the pool. */
const char *net_entry_text(const struct net_entry *entry, uint32_t at);

/* "uki-url", "linux", ... */
const char *net_role_name(enum net_role role);

#endif
