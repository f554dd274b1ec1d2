/*
 * Which entry boots when nobody chooses, and when: from everything that may
 * say so. Pure: the same sources give the same choice, in whatever order they
 * came.
 *
 * The first of these that names an entry that is there and may boot decides;
 * what is locked by the image (config_is_locked()) is passed over but for the
 * image's own:
 *
 *	one-shot	LoaderEntryOneShot, a BMC's boot flags, stores
 *	system failure	LoaderEntrySysFail, stores; only after a failure
 *	command line	its preferred, its default
 *	boot-order	of the image, if it has one: what its words name, in
 *			that order; "disk" stands for all of the rest here but
 *			among disks alone, "network" for the first entry of the
 *			network
 *	preferred	LoaderEntryPreferred, a BMC's boot flags that stay,
 *			stores, loader.confs, the image
 *	default		LoaderEntryDefault, stores, loader.confs, the image
 *	first		of the list, that may boot by itself
 *
 * Of several stores, or several loader.confs, the one of the first volume by
 * name that names such an entry. A value is an id, a title, a pattern
 * (format/glob.h; it is tried on all ids first, then on titles) or "@saved",
 * the entry that booted last: LoaderEntryLastBooted, else the first store's.
 *
 * A BMC's boot flags name a device: of its entries the one that would be chosen
 * if there were no others, by the command line or what comes after it. A CD is
 * what has iso9660, a floppy or other medium what is removable. Setup, and the
 * disk's safe mode, are no entries: the menu stays. A diagnostic partition
 * means nothing.
 *
 * When all that may boot has failed, what failed for a reason that may pass is
 * tried again, the one whose failure is the oldest first: a disk that did not
 * answer, and all of the network, where whoever looks after a server may have
 * mended it.
 *
 * Never by itself: what was refused or has failed (but as above), what attempts
 * have used up, what found.h does not call automatic, keelboot itself. Two
 * things a name can do: a one-shot boots every entry that is offered and has
 * not failed; and every source a profile other than the first, if the name has
 * an "@" or is the title.
 */
#ifndef KEELBOOT_CHOICE_H
#define KEELBOOT_CHOICE_H

#include "config.h"
#include "format/ipmi_boot.h"
#include "loader_vars.h"
#include "scan.h"

struct choices {
	const struct config *config;
	const struct loader_vars *vars; /* NULL: there are none, or not yet */
	bool vars_pending;		/* they may come */
	bool is_spent;			/* the variable's one-shot, see below */
	const struct ipmi_boot *ipmi;	/* NULL: no flags, or not yet */
	bool ipmi_pending;		/* they may come */
	enum ipmi_device only; /* no others, but for IPMI_DEVICE_NONE */
	/* What LoaderEntrySysFail is for. No failure of the firmware can be
	 * known here as yet, so nothing sets it. */
	bool system_failed;
	struct scan_text *const *texts;
	uint32_t text_count;
	struct boot_entry *const *entries;
	uint32_t entry_count;
};

/* In their order. */
enum choice_rank {
	CHOSEN_BY_ONE_SHOT,
	CHOSEN_BY_FAILURE,
	CHOSEN_BY_CMDLINE,
	CHOSEN_BY_ORDER,
	CHOSEN_BY_PREFERRED,
	CHOSEN_BY_DEFAULT,
	CHOSEN_BY_NOBODY,
};

struct choice {
	struct boot_entry *entry; /* NULL if nothing boots by itself */
	enum choice_rank rank;
	bool is_of_variable;	      /* an EFI variable named it */
	bool is_of_bmc;		      /* boot flags did; not by its name */
	const struct scan_text *text; /* a volume that named it, or NULL */
	bool is_missing; /* something of a higher rank names what is not there
			  */
	bool is_again;	 /* it has failed before */
	uint64_t work_left; /* for patterns of disks */
	/* "default of loader.conf on vda1", for people */
	char why[256];
};

/* For the patterns that disks have there is only so much time, some hundred
 * milliseconds: a menu makes a choice each time that something changes. What
 * comes after that names nothing. */
#define CHOICE_WORK_MAX 20000000

void choice_make(const struct choices *in, struct choice *ret);

/* The entry that a name of that rank means now, as choice_make() takes it; NULL
 * if it means none that may boot. */
struct boot_entry *choice_named(const struct choices *in, const char *name,
				enum choice_rank rank);

/* Whether boot flags say anything that counts: NULL does not, nor what the
 * image has locked: `one-shot`, `preferred` if they stay; `timeout` or `menu`
 * where the menu would. */
bool choice_heeds_bmc(const struct config *config,
		      const struct ipmi_boot *boot);

/* Whether they want somebody to see the menu. */
bool choice_bmc_wants_menu(const struct choices *in);

/* What may still come. */
struct choice_wait {
	unsigned pending; /* disks that have not answered */
	unsigned holding; /* those that are waited for: scan_holding() */
	bool more_come;	  /* more disks are about to be found */
	bool is_over;	  /* whatever comes, nothing boots by itself */
};

/*
 * Whether nothing that may still come would be chosen instead. What a disk, or
 * nobody, has named waits for the disks that are waited for and for those about
 * to be found; what a variable, the image or the command line has named waits
 * for the disks that are there already, as long as they may have a word on it;
 * and where something names an entry that is not there, every disk is waited
 * for.
 */
bool choice_is_final(const struct choices *in, const struct choice *choice,
		     const struct choice_wait *wait);

/* How long the menu stands, and how: a BMC that wants it to, for ever;
 * LoaderConfigTimeoutOneShot, the command line, LoaderConfigTimeout, stores,
 * loader.confs, the image. */
const struct config_choices *choice_timeout(const struct choices *in);

/* How the menu behaves while that time runs: `menu` of the command line,
 * loader.confs, the image, or the word of that `timeout` if its source is none
 * of lower rank. */
enum menu_manner choice_manner(const struct choices *in);

/* Whether anything says @saved: only then what booted last has to be known. */
bool choice_uses_saved(const struct choices *in);

#endif
