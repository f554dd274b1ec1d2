/*
 * Boot Loader Specification (UAPI.1) type 1 entries: `key value` lines. What a
 * configured entry of keelboot is, too. And what GRUB's blscfg, with which
 * Fedora and its kin boot, reads in such files beyond the specification.
 */
#ifndef KEELBOOT_FORMAT_BLS_H
#define KEELBOOT_FORMAT_BLS_H

#include "base/error.h"
#include "base/span.h"
#include "base/text.h"

#define BLS_INITRDS_MAX	 16
#define BLS_OVERLAYS_MAX 16
#define BLS_EXTRAS_MAX	 16
#define BLS_PATH_MAX	 256
#define BLS_URL_MAX	 512
#define BLS_OPTIONS_MAX	 4096
#define BLS_TEXT_MAX	 65536 /* no entry of any tool passes 4 KiB */

/* The key that says what is booted. */
enum bls_kind { BLS_LINUX = 1, BLS_EFI, BLS_UKI, BLS_UKI_URL };

struct bls_entry {
	struct display title;
	struct display version;
	struct display sort_key;
	struct display machine_id;
	enum bls_kind kind;
	char kernel[BLS_PATH_MAX]; /* of BLS_LINUX and BLS_EFI, else "" */
	char uki[BLS_PATH_MAX];	   /* of BLS_UKI, else "" */
	char uki_url[BLS_URL_MAX]; /* of BLS_UKI_URL, else "" */
	char devicetree[BLS_PATH_MAX];
	char overlays[BLS_OVERLAYS_MAX][BLS_PATH_MAX];
	uint32_t overlay_count;
	char initrds[BLS_INITRDS_MAX][BLS_PATH_MAX];
	uint32_t initrd_count;
	char extras[BLS_EXTRAS_MAX][BLS_PATH_MAX];
	uint32_t extra_count;
	char options[BLS_OPTIONS_MAX]; /* all of them, joined by one blank */
	char architecture[16];	       /* "" if none is named, cut if long */
	bool has_profile;
	uint32_t profile;
	uint32_t unknown_keys;
};

/* GRUB's variables, for a volume whose entries are written for GRUB. */
struct bls_variables {
	void *ctx;
	/* False if there is no such variable; the value lives until
	 * bls_parse() is back. */
	bool (*get)(void *ctx, struct span name, struct span *ret_value);
	/* All of them are known, those set in grub.cfg too: one that is not
	 * there is empty, as it is to GRUB. Else it refuses the entry. */
	bool is_complete;
};

/*
 * Reads an entry. Lines end in LF or CRLF, keys and values are parted by blanks
 * and tabs; a byte order mark at the front and lines that start with '#' are
 * passed over, and so are keys without a value. Unknown keys are counted and
 * passed over, as the specification wants; GRUB's own (grub_users, grub_arg,
 * grub_class, grub_hotkey, id) count as known.
 *
 * title, version, sort-key and machine-id: the last counts. linux, efi, uki,
 * uki-url, devicetree, architecture and profile stand once at most, and of the
 * first four one. initrd, extra, devicetree-overlay and options repeat; an
 * overlay line holds several paths, the others one.
 *
 * Paths come out with one '/' in front and between components, without "."
 * components; a '\' counts as '/', as in systemd-boot.
 *
 * vars is NULL where the specification holds: a '$' is a '$'. Else linux,
 * devicetree, initrd and options have their $name and ${name} replaced as by
 * blscfg, and an initrd line holds several paths. `\$` is a '$', as is one with
 * no letter or '_' behind it ("memmap=1M$2G"). Variables in what options hold
 * are replaced once more, as GRUB then runs the line as a command. A word of
 * initrd with a variable that is not there is dropped, as is usual for
 * $tuned_initrd; in linux and devicetree it refuses the entry. And as by
 * blscfg, early_initrd comes first, in the folder of the first initrd or else
 * of the kernel, and default_kernelopts and devicetree (in the kernel's folder)
 * stand in for what the entry does not have.
 *
 * Errors: E_BLS_TOO_LONG (more than BLS_TEXT_MAX bytes), E_BLS_NUL,
 * E_BLS_NO_KERNEL (none of linux, efi, uki, uki-url), E_BLS_TWO_KERNELS (two of
 * them), E_BLS_TWICE, E_BLS_PATH_LENGTH (no component, or too long),
 * E_BLS_PATH_DOTS (".."), E_BLS_PATH_CONTROL, E_BLS_TOO_MANY (paths of one
 * kind), E_BLS_OVERLAY_ALONE (without devicetree), E_BLS_URL_LENGTH,
 * E_BLS_URL_BYTE (a blank, a control character or one above 0x7e),
 * E_BLS_OPTIONS_LENGTH, E_BLS_OPTIONS_CONTROL (but tabs), E_BLS_PROFILE (no
 * decimal number of 32 bits), E_BLS_VARIABLE (one is not there),
 * E_BLS_VARIABLE_OPEN ("${" without "}"), E_BLS_VARIABLE_LENGTH (a line of more
 * than BLS_OPTIONS_MAX - 1 bytes after that).
 */
enum status bls_parse(struct span text, const struct bls_variables *vars,
		      struct bls_entry *ret, struct error *err);

/* Whether it can be an entry's text at all, of any kind. Errors:
 * E_BLS_TOO_LONG, E_BLS_NUL. */
MUST_USE enum status bls_check_text(struct span text, struct error *err);

/* Told of each line that is wrong, not known (E_BLS_UNKNOWN) or means nothing
 * here (E_BLS_UNUSED: GRUB's keys, a key without a value). line is from 1. */
typedef void bls_report_fn(void *ctx, uint32_t line, const struct error *why);

/* bls_parse() without variables, for check-config: all lines are told, and the
 * first that is wrong is the error, or what the entry as a whole lacks. */
MUST_USE enum status bls_check(struct span text, bls_report_fn *report,
			       void *ctx, struct bls_entry *ret,
			       struct error *err);

/* True if the entry names no architecture, or this one: "x64", "aa64", … as in
 * the specification, upper or lower case. */
bool bls_is_for(const struct bls_entry *entry, const char *efi_architecture);

/* True if the content of /loader/entries.srel says that the entries beside it
 * are as the specification has them. */
bool bls_srel_is_type1(struct span text);

#endif
