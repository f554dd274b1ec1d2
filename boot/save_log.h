/*
 * Saves the log for an operator who asks for it: onto a FAT made for booting,
 * or onto a removable disk, also where such disks do not count for booting.
 *
 * A process of its own looks at the disk anew, writes and ends; it is given up
 * after SAVE_LOG_PATIENCE_MS, like every write. docs/store.md says what a power
 * cut can leave.
 */
#ifndef KEELBOOT_SAVE_LOG_H
#define KEELBOOT_SAVE_LOG_H

#include "base/error.h"
#include "base/span.h"
#include "scan.h"

#define SAVE_LOG_PATIENCE_MS 20000
#define SAVE_LOG_FILES	     10 /* /keelboot-log-0.txt to -9.txt */
#define SAVE_PLACES_MAX	     32

/* Somewhere the log may be saved. */
struct save_place {
	uint32_t id;	/* stays the same while the place is there */
	char name[160]; /* "sda1, ESP of disk Samsung SSD 870" */
};

/* Returns how many there are, at most SAVE_PLACES_MAX: removable disks first,
 * as they come. */
size_t save_log_places(const struct scan *scan,
		       struct save_place ret[static SAVE_PLACES_MAX]);

/* Why nothing can be saved, as a clause; "" if it can. */
const char *save_log_locked(const struct scan *scan);

/*
 * Writes the log, with a head that says which keelboot on which machine and
 * when. A file that is there is never replaced. ret_path gets
 * "/keelboot-log-0.txt on sda1". The lines of log may be log_kept()'s. Waits
 * for the disk.
 *
 * Errors, each one sentence: E_SAVE_PLACE (no such place, or it is gone),
 * E_SAVE_NO_FAT (a removable disk without one), E_SAVE_FULL (all names are
 * taken), E_SAVE_DEADLINE, E_SAVE_ENDED, E_NO_MEMORY, those of
 * writing_new_file() and places_open_disk().
 */
MUST_USE enum status save_log(struct scan *scan, uint32_t place_id,
			      struct span log, char *ret_path, size_t cap,
			      struct error *err);

#endif
