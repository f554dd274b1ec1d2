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
#include "sys/block.h"

#define PROBE_VOLUMES_MAX 16
#define PROBE_FILES_MAX	  512

/* What a probe says: one message each. */
enum probe_kind {
	PROBE_FOUND = 1,   /* a candidate */
	PROBE_NOTE,	   /* something the log should have */
	PROBE_DONE,	   /* everything was looked at; it listens now */
	PROBE_FAILED,	   /* nothing can be had from this disk; it ends */
	PROBE_FILE,	   /* the file asked for, in a memory file */
	PROBE_FILE_FAILED, /* why it cannot be had */
};

struct probe_message {
	enum probe_kind kind;
	char volume[48]; /* "nvme0n1p1", for display */
	union {
		struct found found;
		char note[ERROR_TEXT_MAX];
		struct error error;
		uint64_t file_size;
	};
};

struct probe_request {
	uint32_t handle; /* of found_file */
};

/* What a probe is told when it starts. Lives until it has started. */
struct probe_task {
	bool is_directory;
	struct block_disk disk; /* unless is_directory */
	char directory[1024];
	char name[48]; /* for display */
	const struct configured *configured;
	uint32_t configured_count;
	int socket; /* the probe's end */
};

/* The whole life of a probe: proc_spawn()'s function. context is a
 * struct probe_task. */
int probe_run(void *context);

#endif
