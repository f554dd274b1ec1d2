/*
 * Hashing beside reading: a thread hashes the bytes of a file from the buffer
 * they are read into, while they are put where they stay and the next ones
 * come, so that reading and verifying together take as long as the slower of
 * the two.
 *
 * What it hashes is a guess about what will be asked for. Its digest counts
 * only if, once the file is sealed, exactly the same ranges and the same
 * algorithm are asked for. Anything that goes wrong here means no digest, and
 * that it is made later.
 *
 * The size need not be known before, as that of a chunked answer is not: an
 * image's certificate table says where it ends, and without one everything to
 * the end is hashed, wherever that turns out to be.
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

/* A file has as many bytes as are given. */
#define HASH_SIZE_UNKNOWN UINT64_MAX

/* A digest and what it is of; kind is 0 where there is none. */
struct hash_ahead {
	enum digest_kind kind;
	struct authenticode_view ranges; /* without signatures */
	uint8_t digest[DIGEST_MAX];
};

/* The one range of a whole file. */
struct authenticode_view hash_ranges_whole(uint64_t size);

struct hasher;

/* Starts a thread for a file of size bytes, or HASH_SIZE_UNKNOWN. NULL if there
 * is nothing to do or no thread to be had. */
struct hasher *hasher_begin(enum hash_plan plan, uint64_t size);

/* A buffer of HASHER_ROOM bytes for the next ones; waits until there is one. */
#define HASHER_ROOM ((size_t)256 << 10)
uint8_t *hasher_room(struct hasher *hasher);

/* The next len bytes of the file are in that buffer: HASHER_ROOM of them, but
 * for the last. They must stay as they are until hasher_room() is called
 * again; all that is done with the file must be done with these. */
void hasher_give(struct hasher *hasher, size_t len);

/* Waits for the rest, gives the digest and ends the thread. If other than size
 * bytes have been given, or hasher is NULL, ret->kind is 0. */
void hasher_end(struct hasher *hasher, struct hash_ahead *ret);

#endif
