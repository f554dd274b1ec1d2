/*
 * What an iPXE script would boot: the script followed as iPXE follows it
 * (ipxe.org, "Scripting" and the pages of its commands), as data. Nothing is
 * run, and the network stays as keelboot's configuration has it; what comes out
 * is a kernel, initrds and a command line, or that there is nothing to boot.
 *
 * Nobody watches: `choose` takes its default, and what waits for a key fails,
 * as it does in iPXE when its time is over. A command that fails ends the
 * script, unless `||` or `;` stands behind it. So does one that is not known:
 * scripts that mean to run on several builds of iPXE write `||` behind it.
 *
 * Values of the machine come from outside (DHCP, DMI). In a URL their bytes are
 * percent-encoded, in a command line only short harmless words are let in;
 * either holds through `set`, too. So it is with the script's own URL, which in
 * another URL stays as it is: a copy of a signed script can lie anywhere.
 *
 * Pure: texts come by a callback, memory from the caller.
 */
#ifndef KEELBOOT_FORMAT_IPXE_H
#define KEELBOOT_FORMAT_IPXE_H

#include "base/error.h"
#include "base/span.h"
#include "base/text.h"
#include "format/url.h"

#define IPXE_TEXT_MAX	   (256U << 10) /* of one script */
#define IPXE_LINE_MAX	   8192	  /* with its NUL, lines that go on joined */
#define IPXE_WORDS_MAX	   512	  /* of one command */
#define IPXE_WORD_POOL	   16384  /* bytes of them, expanded */
#define IPXE_NESTED_MAX	   8	  /* ${a${b}}, and so on */
#define IPXE_STEPS_MAX	   20000U /* lines and commands of one boot */
#define IPXE_WORK_MAX	   (64U << 20) /* bytes looked through */
#define IPXE_DEPTH_MAX	   8	       /* scripts that chain to each other */
#define IPXE_FETCHES_MAX   64	       /* texts and images asked for */
#define IPXE_SETTINGS_MAX  256
#define IPXE_SETTINGS_POOL 32768
#define IPXE_NAME_MAX	   128 /* of a setting or an image */
#define IPXE_ITEMS_MAX	   512 /* of all menus at a time */
#define IPXE_ITEM_POOL	   16384
#define IPXE_IMAGES_MAX	   24
#define IPXE_INITRDS_MAX   16
#define IPXE_OPTIONS_MAX   4096
#define IPXE_PATH_MAX	   256 /* of a file in an initrd */
#define IPXE_OUTSIDE_MAX   64  /* bytes of a value in a command line */

/* What net0, net1, ... are. An address of zeros is not known, nor is a text
 * that is NULL. */
struct ipxe_interface {
	const char *name; /* "eth0" */
	uint8_t mac[6];
	uint8_t ip[4], netmask[4], gateway[4], dns[4];
	uint8_t next_server[4], dhcp_server[4];
	uint8_t ip6[16], dns6[16];
	const char *hostname, *domain, *filename, *root_path;
};

struct ipxe_machine {
	const struct ipxe_interface *interfaces;
	uint32_t interface_count;
	uint32_t booted;  /* netX, and what settings without a block are of */
	const char *arch; /* ${buildarch}: "x86_64", "arm64" */
	bool has_uuid;
	uint8_t uuid[16]; /* in the order it is written */
	const char *serial, *asset, *manufacturer, *product, *board_serial;
};

enum ipxe_fetched {
	IPXE_FETCH_FAILED = 0,
	IPXE_FETCH_SCRIPT, /* it begins as one: see ipxe_is_script() */
	IPXE_FETCH_IMAGE,  /* something else, which would be booted */
};

struct ipxe_ops {
	void *ctx;

	/* What `chain` leads to: the bytes of a script, which stay as they are
	 * until ipxe_evaluate() returns; of anything else only its kind. At
	 * most IPXE_TEXT_MAX are wanted. Sets err if it fails. */
	enum ipxe_fetched (*fetch)(void *ctx, const struct url *url,
				   struct span *ret, struct error *err);

	/* Whether a file that a script takes (kernel, initrd) can be had, so
	 * that `kernel A || kernel B` means what it says; sets err if not. NULL
	 * if every one can. */
	bool (*reach)(void *ctx, const struct url *url, struct error *err);

	/* A line that `echo` writes; may be NULL. */
	void (*say)(void *ctx, const struct display *text);

	/* A failure that the script went on after; may be NULL. */
	void (*note)(void *ctx, const struct display *script, uint32_t line,
		     const struct error *why);
};

struct ipxe_source {
	const struct url *url; /* of the script: what is relative is so to it */
	struct span text;
	const struct ipxe_machine *machine;
};

enum ipxe_outcome {
	IPXE_BOOTS = 1,
	IPXE_EXITS,	 /* `exit`: whatever comes next in the order */
	IPXE_BOOTS_DISK, /* `sanboot` of a local drive */
	IPXE_REBOOTS,
	IPXE_POWERS_OFF,
};

struct ipxe_initrd {
	struct url url;

	/* Not "": the file is no archive, but stands at this path in one that
	 * is to be made around it. */
	char path[IPXE_PATH_MAX];
	uint32_t mode;	/* permissions of that file */
	uint32_t makes; /* parent directories to be made, from the last */
};

struct ipxe_result {
	enum ipxe_outcome outcome;

	/* Where it was decided. */
	struct display script;
	uint32_t line;

	/* The rest only for IPXE_BOOTS. */
	struct url kernel;
	struct ipxe_initrd initrds[IPXE_INITRDS_MAX];
	uint32_t initrd_count;
	bool has_devicetree;
	struct url devicetree;
	char options[IPXE_OPTIONS_MAX]; /* without initrd= */
};

/* Memory of ipxe_state_size() bytes, aligned for any type, which need not be
 * cleared. */
struct ipxe_state;

size_t ipxe_state_size(void);

/* Whether a text begins as a script does: "#!ipxe" or "#!gpxe" and a blank. */
bool ipxe_is_script(struct span begin);

/*
 * Follows a script to its end. Errors have script and line in front:
 *
 * E_IPXE_MAGIC	      does not begin with "#!ipxe"
 *
 * Limits, which end everything at once:
 * E_IPXE_TOO_LONG    a text of more than IPXE_TEXT_MAX bytes
 * E_IPXE_LINE_LONG   a line of more than IPXE_LINE_MAX - 1
 * E_IPXE_WORDS	      a command of more than IPXE_WORDS_MAX words
 * E_IPXE_WORDS_LONG  words of more than IPXE_WORD_POOL bytes, or a value of
 *		      more than IPXE_OPTIONS_MAX - 1
 * E_IPXE_NESTED      ${} deeper than IPXE_NESTED_MAX
 * E_IPXE_STEPS	      more than IPXE_STEPS_MAX lines and commands: a loop
 * E_IPXE_WORK	      more than IPXE_WORK_MAX bytes looked through for labels
 *		      and settings
 * E_IPXE_DEPTH	      scripts deeper than IPXE_DEPTH_MAX
 * E_IPXE_FETCHES     more than IPXE_FETCHES_MAX files
 * E_IPXE_SETTINGS    more settings than there is room for
 * E_IPXE_NAME_LONG   a name of more than IPXE_NAME_MAX - 1 bytes
 * E_IPXE_ITEMS	      more items of menus than there is room for
 * E_IPXE_IMAGES      more images than IPXE_IMAGES_MAX
 *
 * Refusals, likewise at once:
 * E_IPXE_UNSAFE      a value from outside in a command line, a name or a path,
 *		      of more than IPXE_OUTSIDE_MAX bytes or with other bytes
 *		      than [A-Za-z0-9._:-]; anywhere one of dots alone, which
 *		      could be another folder; a control character
 * E_IPXE_OPTIONS_LONG  a command line of more than IPXE_OPTIONS_MAX - 1 bytes
 * E_IPXE_INITRDS     more than IPXE_INITRDS_MAX
 * E_IPXE_INITRD      a path of a file in an initrd that is too long or has
 *		      "..", a mode= that is not octal, a mkdir= that is no
 *		      number
 *
 * Failures of commands, which a script may catch:
 * E_IPXE_COMMAND     not known
 * E_IPXE_OPTION      an option that is not known, or without its value
 * E_IPXE_ARGUMENTS   too few or too many arguments
 * E_IPXE_TYPE	      a type of settings that is not known
 * E_IPXE_VALUE	      a value that is not of its type
 * E_IPXE_FALSE	      `isset`, `iseq` and `cpuid` say no
 * E_IPXE_LABEL	      no such label
 * E_IPXE_NOBODY      waits for somebody at the keyboard
 * E_IPXE_CHOICE      a menu with nothing to choose, or without time or default
 * E_IPXE_INTERFACE   no such interface, or it has no address
 * E_IPXE_IMAGE	      no such image, or none selected
 * E_IPXE_KIND	      boots or does something that cannot be done here
 * E_IPXE_URL	      what url_resolve() says
 * E_IPXE_FETCH	      what the callbacks say
 * E_IPXE_EXIT	      `exit` with a status other than 0
 *
 * E_IPXE_END	      the script is over, and said neither boot nor exit
 */
MUST_USE enum status ipxe_evaluate(struct ipxe_state *state,
				   const struct ipxe_source *source,
				   const struct ipxe_ops *ops,
				   struct ipxe_result *ret, struct error *err);

#endif
