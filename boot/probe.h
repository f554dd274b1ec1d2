/*
 * One process per disk, which alone touches it: it finds ESPs, reports what is
 * on them, and later hands over the bytes of the file that was chosen. When the
 * disk hangs, this process hangs and nobody else; at its deadline it is
 * abandoned.
 *
 * On a host a directory takes the disk's place.
 */
#ifndef KEELBOOT_PROBE_H
#define KEELBOOT_PROBE_H

#include "candidate.h"
#include "place_rules.h"
#include "places.h"
#include "format/store.h"
#include "sys/block.h"
#include "sys/transfer.h"

#define PROBE_FILES_MAX 65536

/* What a probe says: one message each. */
enum probe_kind {
	PROBE_FOUND = 1,    /* a candidate */
	PROBE_TEXT,	    /* what chooses among them */
	PROBE_NOTE,	    /* something the log should have */
	PROBE_PLACE,	    /* a volume that may be written */
	PROBE_DONE,	    /* everything was looked at; it listens now */
	PROBE_FAILED,	    /* nothing can be had from this disk; it ends */
	PROBE_FILE_PART,    /* some of the file asked for, in its slot */
	PROBE_FILE,	    /* all of it has been sent */
	PROBE_FILE_FAILED,  /* why it cannot be had */
	PROBE_WRITTEN,	    /* what was to be written is on the medium */
	PROBE_WRITE_FAILED, /* why it is not */
};

struct probe_message {
	enum probe_kind kind;
	uint32_t request; /* that those about a file or a write answer, or 0 */
	uint64_t sent_ms; /* of now_ms() */
	struct place place; /* the volume it is about; only a name for others */
	union {
		struct found found; /* found_size() of it is sent */
		struct found_text text;
		char note[ERROR_TEXT_MAX];
		struct error error;
		struct {
			uint64_t offset; /* a multiple of TRANSFER_SLOT_LEN */
			uint64_t len;	 /* that, but for the last part */
		} part;
		uint64_t file_size;
		uint32_t way; /* PROBE_WRITTEN: enum write_way */
	};
};

/*
 * What a probe is told. A file goes by parts through a transfer, whose
 * descriptor comes with PROBE_READ: at most TRANSFER_SLOTS parts are on the
 * way, and each PROBE_TAKEN makes room for one. A new PROBE_READ ends one that
 * is not over, and whoever gave up on that knows its answers by their number.
 */
enum probe_order {
	PROBE_READ = 1,
	PROBE_TAKEN,
	PROBE_COUNT_ATTEMPT, /* the file at path gets new_name in its folder */
	PROBE_WRITE_STORE,   /* keelboot's store becomes this one */
};

struct probe_request {
	enum probe_order order;
	uint32_t request; /* a number of its own for each, but PROBE_TAKEN */
	uint32_t handle;  /* PROBE_READ: of found_file */
	uint32_t place;	  /* of the two that write: the number of a place */
	char path[FOUND_PATH_MAX];
	char new_name[FOUND_PATH_MAX];
	struct store store;
};

/* What a probe is told when it starts. Lives until it has started. */
struct probe_task {
	struct block_disk disk;	  /* if there are no directories */
	uint32_t directory_count; /* that stand for its partitions */
	char directories[PLACES_MAX][PLACES_PATH_MAX];
	char name[48]; /* for display */
	struct candidate_rules rules;
	struct place_rules places;
	int socket; /* the probe's end */
};

/* The whole life of a probe: proc_spawn()'s function. context is a
 * struct probe_task. */
int probe_run(void *context);

#endif
