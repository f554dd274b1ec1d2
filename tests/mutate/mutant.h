/*
 * One mutant in the making: a copy of an original and edits of it, by the
 * original's own offsets. Edits that change the length come last, one to a
 * mutant.
 */
#ifndef TEST_MUTATE_MUTANT_H
#define TEST_MUTATE_MUTANT_H

#include "original.h"

struct mutant {
	const struct original *of;
	uint8_t *bytes;
	size_t len, room;
	uint32_t intact; /* bit n: in signature n nothing was touched but what
			  * neither signs nor is signed */
	char what[160];	 /* what was done, for people */
};

void mutant_begin(struct mutant *m, const struct original *o);
void mutant_free(struct mutant *m);
__attribute__((format(printf, 2, 3))) void mutant_note(struct mutant *m,
						       const char *text, ...);

/* Overwrites bytes. */
void mutant_put(struct mutant *m, size_t at, const void *bytes, size_t len);

/* Bytes [at, at + old_len) become others. */
void mutant_splice(struct mutant *m, size_t at, size_t old_len,
		   const void *bytes, size_t len);

/* A DER element becomes other bytes, and the lengths of all around it, of the
 * WIN_CERTIFICATE, of the table and its padding follow. is_loose: the signature
 * means the same with it. */
void mutant_replace_node(struct mutant *m, const struct node *n,
			 const void *bytes, size_t len, bool is_loose);

/* Tag and minimal length; returns how many octets. */
size_t der_head(uint8_t out[static 8], uint8_t tag, size_t len);

/* SHA-256 as the original's own headers would have it hashed: everything before
 * the certificate table, but for the checksum and the table's entry. */
void mutant_digest(const struct mutant *m, uint8_t out[static 32]);

/*
 * Whether a verifier may take it like its original: what is hashed is the same
 * and where it was, the certificate table reaches from there to the file's
 * end, and one of the signatures is in it as it was, or changed only where
 * nothing signs.
 */
bool mutant_is_same(const struct mutant *m);

#endif
