/*
 * What is to be loaded, all of it read and verified: a UKI (with its profile)
 * or a kernel, with everything that goes along. prepare.c makes it,
 * zboot_load.c uses it up; load_plan.h says what it comes to.
 */
#ifndef KEELBOOT_LOAD_REQUEST_H
#define KEELBOOT_LOAD_REQUEST_H

#include "firmware_facts.h"
#include "load_notes.h"
#include "verify.h"

#define LOAD_INITRDS_MAX    48
#define LOAD_OVERLAYS_MAX   16
#define LOAD_ADDONS_MAX	    48
#define LOAD_COMPANIONS_MAX 48

/* Where systemd-stub puts a companion, in the order of the archives. */
enum load_archive {
	ARCHIVE_CREDENTIALS,
	ARCHIVE_GLOBAL_CREDENTIALS,
	ARCHIVE_SYSEXT,
	ARCHIVE_GLOBAL_SYSEXT,
	ARCHIVE_CONFEXT,
	ARCHIVE_GLOBAL_CONFEXT,
	ARCHIVE_COUNT
};

struct load_companion {
	enum load_archive archive;
	bool is_extra; /* named by the entry, not found beside the UKI */
	struct verified_image *file;
};

struct load_request {
	struct verified_image *image;
	uint32_t profile;
	/* What a thin UKI names; NULL for others. */
	struct verified_image *thin_kernel, *thin_initrd;
	uint32_t initrd_count;
	struct verified_image *initrds[LOAD_INITRDS_MAX];
	struct verified_image *dtb; /* of the entry, NULL if none */
	uint32_t overlay_count;
	struct verified_image *overlays[LOAD_OVERLAYS_MAX];
	uint32_t addon_count; /* global ones first */
	struct verified_image *addons[LOAD_ADDONS_MAX];
	uint32_t companion_count;
	struct load_companion companions[LOAD_COMPANIONS_MAX];
	struct firmware_facts firmware;
	char *options; /* take the place of .cmdline; NULL or "" for none */
	const char *options_source; /* a constant */
	char *extra;		    /* go behind, NULL for none */
	const char *extra_source;   /* a constant */
	/* Of the built-in configuration: words at the end, "" or NULL for none;
	 * console= words where there are none, NULL for nothing; whether those
	 * that are there go. */
	const char *append;
	/* The network as it is now, for the next system; NULL for none. */
	char *network;
	char *consoles;
	bool drop_consoles;
	/* Of an operator: the whole command line, NULL for none, and whether a
	 * planned one is made to talk. */
	const char *edited;
	bool is_verbose;
	char *handover; /* for the booted system, handover.h; NULL for none */
	char *log;	/* the same: this program's; NULL for none */
	char *fetched;	/* the same: where files came from; NULL for none */
	struct load_notes notes; /* what was left out, and why */
};

/* Drops and frees all of it. */
void load_request_drop(struct load_request *request);
#define _drop_request_ __attribute__((cleanup(load_request_drop)))

/* The same of what only the initrd is made of. */
void load_request_drop_initrds(struct load_request *request);

/* The archive for a file that `extra` names, by its suffix; false if it is none
 * of .cred, .sysext.raw and .confext.raw. */
MUST_USE bool load_archive_of_extra(const char *path, enum load_archive *ret);

#endif
