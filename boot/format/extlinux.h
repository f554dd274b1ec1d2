/*
 * What extlinux, syslinux and U-Boot would offer: their extlinux.conf or
 * syslinux.cfg, keywords and values line by line (Syslinux wiki, pages "Config"
 * and "Menu"; U-Boot documentation, "Generic Distro Configuration Concept").
 * Keywords are of any case. A label that cannot be booted is refused alone.
 *
 * As in syslinux, a label's APPEND takes the place of the global one, the last
 * INITRD counts, and an initrd= among the options counts before it; such words
 * do not stay among the options.
 *
 * Pure: files come by a callback, memory from the caller. All files are on the
 * volume of the first one, but for PXELINUX (format/pxelinux.h), where names
 * are whatever its server makes of them.
 */
#ifndef KEELBOOT_FORMAT_EXTLINUX_H
#define KEELBOOT_FORMAT_EXTLINUX_H

#include "base/error.h"
#include "base/span.h"
#include "base/text.h"

#define EXTLINUX_TEXT_MAX     (1U << 20) /* of one file */
#define EXTLINUX_ENTRIES_MAX  512
#define EXTLINUX_FILES_MAX    64 /* read for INCLUDE */
#define EXTLINUX_DEPTH_MAX    8	 /* of files in each other */
#define EXTLINUX_MENUS_MAX    8	 /* likewise of menus */
#define EXTLINUX_NOTES_MAX    64
#define EXTLINUX_INITRDS_MAX  16
#define EXTLINUX_OVERLAYS_MAX 8
#define EXTLINUX_PATH_MAX     256
#define EXTLINUX_OPTIONS_MAX  4096
#define EXTLINUX_LABEL_MAX    128

struct extlinux_entry {
	char label[EXTLINUX_LABEL_MAX];
	struct display title; /* MENU LABEL, else the label */
	struct display menu;  /* titles of its submenus, "" at the top */
	char kernel[EXTLINUX_PATH_MAX];
	char initrds[EXTLINUX_INITRDS_MAX][EXTLINUX_PATH_MAX];
	uint32_t initrd_count;
	char devicetree[EXTLINUX_PATH_MAX];
	char fdtdir[EXTLINUX_PATH_MAX]; /* where U-Boot would choose one */
	char overlays[EXTLINUX_OVERLAYS_MAX][EXTLINUX_PATH_MAX];
	uint32_t overlay_count;
	char options[EXTLINUX_OPTIONS_MAX];
	bool is_hidden;	    /* MENU HIDE: bootable, but not shown */
	bool asks_password; /* MENU PASSWD */
	bool boots_locally; /* LOCALBOOT: refused, and meant for a disk */
	uint32_t sysappend; /* IPAPPEND, SYSAPPEND: bits of what to append */
	struct display file;
	uint32_t line;		     /* of its LABEL */
	enum status why;	     /* OK if it can be offered, else why not */
	char reason[ERROR_TEXT_MAX]; /* with file and line */
};

struct extlinux_ops {
	void *ctx;

	/* The bytes of a file on the same volume, which stay as they are until
	 * extlinux_evaluate() returns; false if they cannot be had. At most
	 * EXTLINUX_TEXT_MAX are wanted. */
	bool (*load)(void *ctx, const char *path, struct span *ret);
	void (*entry)(void *ctx, const struct extlinux_entry *entry);
	void (*note)(void *ctx, const char *file, uint32_t line,
		     const struct error *why);

	/* Names are no paths: they stay as they are written, and load() gets
	 * them so. */
	bool keeps_names;
};

struct extlinux_result {
	uint32_t entry_count; /* refused ones among them */
	uint32_t note_count;  /* beyond EXTLINUX_NOTES_MAX they are not told */

	/* What boots when nobody chooses: ONTIMEOUT, else the label with MENU
	 * DEFAULT, else DEFAULT; "" if there is none, then the first entry. */
	char default_entry[EXTLINUX_LABEL_MAX];
	int32_t timeout; /* in tenths of a second; -1: none */
	bool is_at_once; /* PROMPT 0 without a menu: no wait */
	struct display title;
};

/* What is kept between lines: memory of extlinux_state_size() bytes, aligned
 * for any type, which need not be cleared. */
struct extlinux_state;

size_t extlinux_state_size(void);

/*
 * Reads a file, the path of which is absolute; names in it are relative to its
 * folder. A path may have "..", but not out of the volume. With keeps_names, a
 * path is any name without control characters.
 *
 * Errors: E_EXTLINUX_TOO_LONG (the text), E_EXTLINUX_PATH (the file's own),
 *with nothing done.
 *
 * Reasons of entries and notes:
 * E_EXTLINUX_ENTRIES	more than EXTLINUX_ENTRIES_MAX
 * E_EXTLINUX_NUL	a line with a NUL
 * E_EXTLINUX_LABEL	LABEL without a name, or with one that is too long
 * E_EXTLINUX_KEYWORD	a keyword that is not known
 * E_EXTLINUX_DEPTH	files deeper than EXTLINUX_DEPTH_MAX
 * E_EXTLINUX_FILES	more than EXTLINUX_FILES_MAX
 * E_EXTLINUX_FILE_LOOP	a file that includes itself
 * E_EXTLINUX_READ	a file that cannot be read
 * E_EXTLINUX_MENUS	MENU BEGIN and MENU END do not fit each other
 * E_EXTLINUX_TEXT	TEXT without ENDTEXT
 * E_EXTLINUX_KIND	something other than Linux: COM32, LOCALBOOT, ...
 * E_EXTLINUX_PATH	a path that names no file, or (without keeps_names) a
 *			URL
 * E_EXTLINUX_INITRDS, E_EXTLINUX_OVERLAYS  more than are kept
 * E_EXTLINUX_OPTIONS_LONG, E_EXTLINUX_OPTIONS_CONTROL  of the command line
 * E_EXTLINUX_FDTDIR	the device tree is U-Boot's to choose: only FDT names
 *			one. Everything else of the entry is filled in.
 * E_EXTLINUX_NO_KERNEL	neither LINUX nor KERNEL
 */
MUST_USE enum status extlinux_evaluate(struct extlinux_state *state,
				       const char *path, struct span text,
				       const struct extlinux_ops *ops,
				       struct extlinux_result *ret,
				       struct error *err);

/* True if text, as DEFAULT has it, names this entry; what stands behind the
 * label are options. */
bool extlinux_entry_is_named(const struct extlinux_entry *entry,
			     const char *text);

#endif
