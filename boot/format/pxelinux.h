/*
 * What PXELINUX would boot: its configuration file, found by names that tell
 * machines apart, in the language of format/extlinux.h (Syslinux wiki, pages
 * "PXELINUX" and "Config"). Files are names behind a prefix, which is a URL
 * here: that of option 210, or that of the folder of the boot file.
 *
 * Pure: files come by a callback, memory from the caller.
 */
#ifndef KEELBOOT_FORMAT_PXELINUX_H
#define KEELBOOT_FORMAT_PXELINUX_H

#include "format/extlinux.h"
#include "format/url.h"

#define PXELINUX_NAME_MAX EXTLINUX_PATH_MAX

/* Who asks. An address of zeros is not known, nor is a text that is NULL. */
struct pxelinux_client {
	bool has_uuid;
	uint8_t uuid[16];      /* in the order it is written */
	uint8_t hardware_type; /* of ARP: 1 is Ethernet */
	uint8_t mac[6];
	uint8_t ip[4], server[4], gateway[4], netmask[4];
	const char *config; /* option 209: a file that is tried first */
	const char *vendor, *product, *serial;
};

/*
 * The names to try, by their number from 0 on: the client's config, then below
 * "pxelinux.cfg/" the UUID, the MAC address, the IP address in hexadecimal with
 * one digit less each time, and "default". False for a number that has no name:
 * from PXELINUX_NAME_COUNT on, what is not known of the client, a config that
 * is too long or has a control character.
 */
#define PXELINUX_NAME_COUNT 12
MUST_USE bool pxelinux_config_name(const struct pxelinux_client *client,
				   unsigned number,
				   char ret[static PXELINUX_NAME_MAX]);

/*
 * What a name means: a URL is itself, "ADDRESS::NAME" is a file of another TFTP
 * server, "::NAME" one of the prefix's server without the prefix' folder, and
 * any other name is put behind the prefix as it is, which may end in half a
 * name; a '/' between them is not doubled. What a URL cannot have is
 * percent-encoded; "%41" stays.
 *
 * Errors: E_PXELINUX_URL, with what url_parse() says.
 */
MUST_USE enum status pxelinux_resolve(const struct url *prefix,
				      const char *name, struct url *ret,
				      struct error *err);

struct pxelinux_entry {
	/* Of its names, those here as URLs are to be used. */
	const struct extlinux_entry *entry;
	struct url kernel;
	struct url initrds[EXTLINUX_INITRDS_MAX]; /* entry->initrd_count */
	struct url devicetree;			  /* if the entry has one */
	struct url overlays[EXTLINUX_OVERLAYS_MAX];

	/* With what SYSAPPEND adds: ip= (1), BOOTIF= (2), SYSUUID= (4),
	 * SYSVENDOR= (16), SYSPRODUCT= (32), SYSSERIAL= (128). What is not
	 * known of the client is left out, as are other bits. */
	char options[EXTLINUX_OPTIONS_MAX];

	/* As the entry's, if that is refused. entry->boots_locally is then
	 * what is left to do: whatever comes next in the order. */
	enum status why;
	char reason[ERROR_TEXT_MAX];
};

struct pxelinux_ops {
	void *ctx;

	/* The bytes of a file for INCLUDE; see extlinux_ops. */
	bool (*load)(void *ctx, const struct url *url, struct span *ret);
	void (*entry)(void *ctx, const struct pxelinux_entry *entry);
	void (*note)(void *ctx, const char *file, uint32_t line,
		     const struct error *why);
};

/* What is read. */
struct pxelinux_source {
	const struct url *prefix;
	const char *name; /* by which the text was found */
	struct span text;
	const struct pxelinux_client *client;
};

/* What is kept between lines: memory of pxelinux_state_size() bytes, aligned
 * for any type, which need not be cleared. */
struct pxelinux_state;

size_t pxelinux_state_size(void);

/*
 * Reads a file: entries and notes are told as they are met.
 *
 * Errors: as of extlinux_evaluate().
 *
 * Reasons of entries: those of extlinux_evaluate(); E_PXELINUX_URL;
 * E_PXELINUX_OPTION (a value for SYSAPPEND that is longer than 64 bytes or has
 * others than [A-Za-z0-9._:-]; a blank becomes '_', as in PXELINUX);
 * E_EXTLINUX_OPTIONS_LONG (with what SYSAPPEND adds).
 */
MUST_USE enum status pxelinux_evaluate(struct pxelinux_state *state,
				       const struct pxelinux_source *source,
				       const struct pxelinux_ops *ops,
				       struct extlinux_result *ret,
				       struct error *err);

#endif
