/*
 * The list of what can boot, live: probes' records and the kernel's events of
 * disks that come and go -> struct boot_entry.
 *
 * Nothing here waits for a disk. A probe that has not answered at its deadline
 * is abandoned with a line in the log, and its disk counts no more until it
 * comes anew.
 */
#ifndef KEELBOOT_SCAN_H
#define KEELBOOT_SCAN_H

#include "candidate.h"
#include "image.h"
#include "net.h"
#include "probe.h"
#include "scan_texts.h"

#include <poll.h>
#include <sys/types.h>

#define SCAN_PROBES_MAX 1024
/* Killed ones that may still be ending when all disks are looked at again. */
#define SCAN_ENDING_MAX		       64
#define SCAN_ENTRIES_MAX	       8192
#define SCAN_OF_A_DISK_MAX	       1024 /* the first ones in order are kept */
#define SCAN_CONFIGURED_MAX	       32
#define SCAN_REVOCATIONS_MAX	       64
#define SCAN_REVOCATIONS_OF_A_DISK_MAX 4
/* In place of a probe: what comes from the network. */
#define SCAN_NETWORK SCAN_PROBES_MAX
#define SCAN_FDS_MAX (SCAN_PROBES_MAX + 1)

/* A disk that has not answered for so long holds up nobody any more, though it
 * is waited for until its deadline. */
#define SCAN_PATIENCE_MS 5000

struct boot_entry {
	uint32_t id;	/* of this file on this disk, never 0 */
	uint32_t probe; /* index in scan.probes */
	struct place place;
	/* The same entry on several disks is one line: the id of its first
	 * copy. One of the copies leads, which is the next to be tried. */
	uint32_t line;
	bool leads;
	uint32_t copies; /* of the line, itself included */
	/* scan_fold()'s: the next line whose id has the same hash; the line's
	 * first copy; of that, the one that leads. */
	struct boot_entry *next_line, *first, *leader;
	uint64_t found_ms;  /* when, of now_ms() */
	uint64_t failed_ms; /* when the last attempt failed */
	/* Of the last attempt: OK and "" if there was none. */
	enum status failure_code;
	bool is_text_refused; /* a disk's, before anything was fetched */
	char failure[ERROR_TEXT_MAX];
	/* "signed by Example CA": what vouched for it then, "" if nothing did
	 */
	struct display verified;
	/* what would have refused it under enforce, "" if nothing would */
	char warning[ERROR_TEXT_MAX];
	struct found found; /* found_size() of it is there: never copied */
};

enum probe_state {
	PROBE_FREE = 0,
	PROBE_LOOKING,
	PROBE_READY, /* looked at everything, serves files */
	PROBE_LOST,  /* failed, ended or abandoned */
};

struct scan_probe {
	enum probe_state state;
	uint32_t last_request; /* number of the last file asked for */
	char name[48];
	uint64_t diskseq;
	struct display model, serial; /* "" if unknown */
	pid_t pid;
	int socket;
	uint64_t started_ms, deadline_ms;
};

struct scan {
	uint32_t probe_timeout_s;
	struct place_rules places; /* ESPs alone until somebody says more */
	uint64_t came_ms;	   /* when the last disk came */
	uint32_t seed;		   /* of the entries' numbers */
	char root[512]; /* the directory that stands for the machine, or "" */
	int uevents;	/* -1 if none */
	uint32_t configured_count;
	struct configured *configured; /* SCAN_CONFIGURED_MAX of them */
	struct scan_probe *probes;     /* SCAN_PROBES_MAX of them, and one */
	struct net *net; /* NULL where nothing comes from the network */
	/* Lists that are not read yet; whoever reads one takes it out with
	 * scan_take_revocations(). */
	uint32_t revocation_count;
	struct boot_entry *revocations[SCAN_REVOCATIONS_MAX];
	struct scan_texts texts; /* what volumes say about the default */
	uint32_t writable_count; /* scan_places.h */
	struct scan_place *writable;
	bool is_again_due;  /* when fewer processes are about to end */
	bool is_full_noted; /* that entries were left out */
	bool is_folded;	    /* which entries are copies has been said */
	uint32_t entry_count;
	struct boot_entry **entries; /* in the order of the menu */
};

/* An empty list. Errors: E_NO_MEMORY. */
MUST_USE enum status scan_init(struct scan *scan, uint32_t probe_timeout_s,
			       struct error *err);

/* Adds the configured entries of a directory (BLS files, *.conf), those of the
 * network too if scan->net is set; bad ones are lines in the log. A directory
 * that is not there is no error. */
void scan_add_configured(struct scan *scan, const char *directory);

/* Adds an entry of scan->net by its number. is_automatic: it may boot without
 * being chosen. Returns its id, 0 if there is no room. */
uint32_t scan_add_network(struct scan *scan, uint32_t number,
			  bool is_automatic);
void scan_remove_network(struct scan *scan, uint32_t number);

/* The number in scan->net of an entry whose files come from the network; one of
 * a disk, or another copy of it, has it from prepare_entry() on until the same
 * is asked for another one. */
MUST_USE bool scan_network_slot(const struct scan *scan,
				const struct boot_entry *entry, uint32_t *ret);

/* Starts a probe for every disk of the machine and listens for new ones. */
enum status scan_begin_machine(struct scan *scan, struct error *err);

/* Starts a probe for a directory that stands for a partition, or for each of
 * its directories if it has neither EFI nor loader itself. Errors:
 * E_VOLUME_ROOT, E_PROBE_START. */
enum status scan_begin_root(struct scan *scan, const char *root,
			    struct error *err);

/* What to poll(2) for; returns how many. */
size_t scan_poll_fds(const struct scan *scan,
		     struct pollfd fds[static SCAN_FDS_MAX]);

/* Takes what is there without waiting and abandons late probes. True if the
 * list or the state has changed. */
bool scan_handle(struct scan *scan, uint64_t now_ms);

/* Milliseconds to the next deadline or end of patience, -1 if there is none. */
int scan_wait_ms(const struct scan *scan);

/* Probes that have not answered yet. */
unsigned scan_pending(const struct scan *scan);

/* Those among them for less than SCAN_PATIENCE_MS: what a boot that nobody
 * watches waits for. */
unsigned scan_holding(const struct scan *scan, uint64_t now_ms);

/* Handles until every probe has answered or been given up. */
void scan_settle(struct scan *scan);

/* Forgets everything and starts again; a little later where more than
 * SCAN_ENDING_MAX processes of earlier looks have not ended yet. */
enum status scan_again(struct scan *scan, struct error *err);

struct boot_entry *scan_find(struct scan *scan, uint32_t id);

/* The copy that leads a line, NULL if it is gone. */
struct boot_entry *scan_leader(struct scan *scan, uint32_t line);

/* To be called when an attempt has marked an entry as failed: says anew which
 * copies lead. */
void scan_fold(struct scan *scan);

/* The first entry whose id matches a pattern (format/glob.h), else the first
 * whose title does, offered or not. What boots by itself: choice.h. */
struct boot_entry *scan_match(struct scan *scan, const char *pattern);

/*
 * Reads a file of an entry, once, into a memory file of this process, which is
 * sealed in the end. request may be NULL. Errors: E_IMAGE_MEMORY (three times
 * its size, which a kexec needs at its height, is not available), E_IMAGE_GONE
 * (its disk is), E_IMAGE_DEADLINE (the disk does not answer), E_IMAGE_SIZE,
 * E_PROBE_PROTOCOL, those of blob.h and transfer.h, and what the probe says.
 */
MUST_USE enum status scan_read_with(struct scan *scan,
				    const struct boot_entry *entry,
				    const struct found_file *file,
				    const struct image_request *request,
				    struct raw_image *ret, struct error *err);

/* The same, hashing nothing ahead and telling nobody. */
MUST_USE enum status scan_read(struct scan *scan,
			       const struct boot_entry *entry,
			       const struct found_file *file,
			       struct raw_image *ret, struct error *err);

/* The next list of revocations (FILE_MANIFEST, and its signature) that nobody
 * has read, NULL if there is none. The caller frees it. */
struct boot_entry *scan_take_revocations(struct scan *scan);

/*
 * Has the probe of an entry give its file the next counter, as new_name in the
 * same folder; the entry may be gone afterwards. Errors: those of
 * writing_count(), E_IMAGE_GONE, E_IMAGE_DEADLINE, E_PROBE_PROTOCOL.
 */
MUST_USE enum status scan_count_attempt(struct scan *scan,
					const struct boot_entry *entry,
					const char *new_name,
					struct error *err);

/* Has a probe write the store of one of its places, which is not one of an
 * entry that may go. Errors: those of writing_store(), and as above. */
MUST_USE enum status scan_write_store(struct scan *scan, uint32_t probe,
				      const struct place *place,
				      const struct store *store,
				      struct error *err);

/* Takes over one message of a probe; scan_read_with() meets them while it
 * waits. */
void scan_take_message(struct scan *scan, uint32_t index,
		       struct probe_message *m, size_t len);

/* Kills every probe and frees the list. */
void scan_end(struct scan *scan);

#endif
