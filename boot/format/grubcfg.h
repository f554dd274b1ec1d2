/*
 * What GRUB would offer: its grub.cfg, read as data. The script is followed
 * as GRUB follows it (GRUB manual 2.12, sections "Shell-like scripting" and
 * "The list of available commands") as far as that tells which entries there
 * are and what each boots; nothing is run, loaded or written, and every command
 * that would do so is passed over or, in an entry, a reason to refuse that one
 * entry. What cannot be understood costs the stanza it stands in.
 *
 * As in GRUB, the body of an entry is looked at when the whole file has been
 * read, with the variables of that moment, and a submenu sees those of them
 * that are exported.
 *
 * Volumes are the caller's numbers. In variables such as root they are named
 * "vol3"; a name of GRUB's own, as "hd0,gpt2" or "md/0", is the caller's to
 * understand. Pure: what is on volumes comes by callbacks, memory from the
 * caller.
 */
#ifndef KEELBOOT_FORMAT_GRUBCFG_H
#define KEELBOOT_FORMAT_GRUBCFG_H

#include "base/error.h"
#include "base/span.h"
#include "base/text.h"

#define GRUB_TEXT_MAX	 (1U << 20) /* of one file */
#define GRUB_ENTRIES_MAX 512
#define GRUB_FILES_MAX	 64   /* different ones that one file leads to */
#define GRUB_VOLUMES_MAX 1024 /* numbers are below it */
#define GRUB_DEPTH_MAX	 16 /* of files, functions and submenus in each other */
#define GRUB_NOTES_MAX	 64
#define GRUB_INITRDS_MAX 16
#define GRUB_PATH_MAX	 256
#define GRUB_OPTIONS_MAX 4096
#define GRUB_NAME_MAX	 512 /* of an entry, with those of its submenus */

enum grub_file_kind {
	GRUB_FILE_NONE = 0,
	GRUB_FILE_EMPTY,
	GRUB_FILE_FULL,
	GRUB_FILE_FOLDER,
};

enum grub_search_kind {
	GRUB_SEARCH_UUID = 1, /* of a file system, as blkid prints it */
	GRUB_SEARCH_LABEL,
	GRUB_SEARCH_FILE, /* an absolute path that is there */
};

struct grub_entry;

/* Answers about volumes. Paths are absolute, without "." and "..". */
struct grub_ops {
	void *ctx;

	/* The bytes of a file, which stay as they are until the state is
	 * dropped; false if they cannot be had. At most GRUB_TEXT_MAX are
	 * wanted. */
	bool (*load)(void *ctx, int volume, const char *path, struct span *ret);
	enum grub_file_kind (*kind)(void *ctx, int volume, const char *path);

	/* The volume that was searched for, and the one that a device's name
	 * ("hd0,gpt2", without its parentheses) means; -1 if there is none. */
	int (*search)(void *ctx, enum grub_search_kind kind, const char *what);
	int (*device)(void *ctx, const char *name);

	/* Each entry, in the order of GRUB's menu, submenus where they stand.
	 */
	void (*entry)(void *ctx, const struct grub_entry *entry);

	/* Something outside of entries that was not understood. */
	void (*note)(void *ctx, const char *file, uint32_t line,
		     const struct error *why);
};

struct grub_path {
	int volume; /* -1 and path "" if there is none */
	char path[GRUB_PATH_MAX];
};

struct grub_entry {
	/* Its place, its title and its id, each behind those of the submenus it
	 * is in: "1>0". In titles and ids a ">" stands doubled. */
	char index[64];
	char titles[GRUB_NAME_MAX];
	char ids[GRUB_NAME_MAX];
	struct display title;
	struct display menu; /* titles of its submenus, "" at the top */

	/* The files of the last initrd command: another one takes the place of
	 * the one before, as it does in GRUB. */
	struct grub_path kernel;
	struct grub_path initrds[GRUB_INITRDS_MAX];
	uint32_t initrd_count;
	struct grub_path devicetree;
	char options[GRUB_OPTIONS_MAX]; /* as GRUB quotes them for Linux */

	bool asks_password;  /* GRUB would let nobody boot it without one */
	bool btrfs_relative; /* openSUSE's $btrfs_relative_path: paths are those
			      * of the default subvolume */
	struct display file; /* where it is defined */
	uint32_t line;
	enum status why;	     /* OK if it can be offered, else why not */
	char reason[ERROR_TEXT_MAX]; /* with file and line */
};

struct grub_result {
	uint32_t entry_count; /* emitted, refused ones among them */
	uint32_t note_count;  /* beyond GRUB_NOTES_MAX they are not told */
	enum status ended;    /* OK, or the limit that ended the reading: what
			       * was found before counts */

	/* $default: an index, id or title, with ">" before what it means in a
	 * submenu; "" if it is not set. */
	char default_entry[GRUB_NAME_MAX];
	bool default_is_once; /* it was $next_entry of the environment
			       * block, which GRUB would now forget */
	char fallback[GRUB_NAME_MAX];
	int32_t timeout; /* in seconds; -1: none, GRUB waits */
	struct display timeout_style;

	/* The command blscfg was met: the entries of the Boot Loader
	 * Specification on that volume stand in the menu before the entry of
	 * index bls_index. */
	bool uses_blscfg;
	int bls_volume; /* -1 if it is not known */
	uint32_t bls_index;
};

/* What is read, and what GRUB would know when it reads it. */
struct grub_source {
	int volume;	  /* where the file is: $root */
	const char *path; /* absolute, of the file */
	struct span text; /* stays as it is until the state is dropped */
	const char *cpu;  /* $grub_cpu: "x86_64", "arm64" */
	bool ignore_once; /* pass over next_entry in environment blocks */
};

/* Everything that is kept between the first line and the last entry. Memory of
 * grub_state_size() bytes, aligned for any type, holds one; it need not be
 * cleared and is not freed here. */
struct grub_state;

size_t grub_state_size(void);

/*
 * Reads a grub.cfg and all it leads to. ops->entry and ops->note are called on
 * the way; whatever is wrong in the file goes there.
 *
 * Errors: E_GRUB_TOO_LONG (the text), E_GRUB_PATH (the path is not absolute or
 * too long), with nothing done.
 *
 * Reasons of entries and notes:
 * E_GRUB_NUL, E_GRUB_QUOTE, E_GRUB_DOLLAR  see format/grub_lexer.h
 * E_GRUB_BRACES	a "{" or "}" without its counterpart
 * E_GRUB_SYNTAX	words in an order that GRUB's grammar does not have
 * E_GRUB_WORDS		a command longer than is kept
 * E_GRUB_VARIABLES	more variables than are kept
 * E_GRUB_FUNCTIONS	more functions than are kept
 * E_GRUB_ENTRIES	more entries than GRUB_ENTRIES_MAX
 * E_GRUB_STEPS		more steps than a menu can need
 * E_GRUB_DEPTH		more than GRUB_DEPTH_MAX in each other
 * E_GRUB_FILES		more files than GRUB_FILES_MAX
 * E_GRUB_FILE_LOOP	a file that leads to itself
 * E_GRUB_READ		a file that cannot be read
 * E_GRUB_COMMAND	a command that is not known
 * E_GRUB_ARGUMENT	a command without what it needs
 * E_GRUB_WILDCARD	"*" or "?" that GRUB would replace by file names
 * E_GRUB_KIND		it boots something other than Linux, or nothing
 * E_GRUB_NESTED	an entry within an entry
 * E_GRUB_HIDDEN	GRUB does not show it
 * E_GRUB_SEARCH	no volume is what was searched for
 * E_GRUB_DEVICE	no volume has that name
 * E_GRUB_PATH		a path that names no file
 * E_GRUB_INITRD_FIRST	initrd before linux
 * E_GRUB_INITRDS	more than GRUB_INITRDS_MAX
 * E_GRUB_OPTIONS_LONG, E_GRUB_OPTIONS_CONTROL  of the command line
 * E_GRUB_NO_KERNEL	neither that nor another thing to boot
 */
MUST_USE enum status grub_evaluate(struct grub_state *state,
				   const struct grub_source *source,
				   const struct grub_ops *ops,
				   struct grub_result *ret, struct error *err);

/* The value of a variable at the end, for entries of blscfg; NULL if it is not
 * set. Stays in the state. */
const char *grub_variable(const struct grub_state *state, const char *name);

/*
 * True if text ($default, or one of $fallback) names this entry: by index, id
 * or title in each menu on the way, and by the first place in those menus that
 * it does not name. GRUB takes the first entry when no entry is named.
 */
bool grub_entry_is_named(const struct grub_entry *entry, const char *text);

#endif
