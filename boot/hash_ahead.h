/*
 * Hashing beside reading: a thread follows a memory file while it is filled, so
 * that reading and verifying together take as long as the slower of the two.
 *
 * What it hashes is a guess about what will be asked for. Its digest counts
 * only if, once the file is sealed, exactly the same ranges and the same
 * algorithm are asked for; and it may be used at all only where nobody but the
 * one that fills the file could have written to it before the seals were on.
 * Anything that goes wrong here means no digest, and that it is made later.
 */
#ifndef KEELBOOT_HASH_AHEAD_H
#define KEELBOOT_HASH_AHEAD_H

#include "format/authenticode.h"
#include "format/digest_kind.h"

/* What a file will be asked for. */
enum hash_plan {
	HASH_PLAN_NOTHING = 0,
	HASH_PLAN_IMAGE, /* the Authenticode digest, if it is a PE file */
	HASH_PLAN_WHOLE, /* the digest of every byte */
};

/* Files from which on a thread is worth its start. */
#define HASH_AHEAD_MIN ((uint64_t)256 << 10)

/* A digest and what it is of; kind is 0 where there is none. */
struct hash_ahead {
	enum digest_kind kind;
	struct authenticode_view ranges; /* without signatures */
	uint8_t digest[DIGEST_MAX];
};

/* The one range of a whole file. */
struct authenticode_view hash_ranges_whole(uint64_t size);

struct hasher;

/* Starts to follow fd, which will have size bytes; fd may be closed before the
 * end. NULL, which all of these take, if there is nothing to do or no thread
 * to be had. */
struct hasher *hasher_begin(enum hash_plan plan, int fd, uint64_t size);

/* The first len bytes are there and will not change. */
void hasher_tell(struct hasher *hasher, uint64_t len);

/* Waits for the rest, gives the digest and ends the thread. If not all bytes
 * have been told of, or there is no hasher, ret->kind is 0. */
void hasher_end(struct hasher *hasher, struct hash_ahead *ret);

#endif
