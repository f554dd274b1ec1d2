/*
 * The signed image that mutants are made of, taken apart by a reader of its
 * own: it shares no line with the parsers under test and trusts its input,
 * which is an intact image.
 */
#ifndef TEST_MUTATE_ORIGINAL_H
#define TEST_MUTATE_ORIGINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NODES_MAX    2048
#define SECTIONS_MAX 96
#define ENTRIES_MAX  8

/* An element of a signature's DER. */
struct node {
	size_t at, head, len; /* in the file; octets of tag and length */
	int parent;	      /* -1: the ContentInfo */
	int entry;	      /* which signature */
	uint8_t tag;
	bool is_free; /* nothing is signed or signs here: unsigned attributes,
		       * certificates beside the signer's */
	bool is_loose_null;  /* NULL parameters that may be left out */
	bool is_loose_rsa;   /* OID that may say RSA alone or with SHA-256 */
	bool is_among_certs; /* a certificate: their order is free */
};

/* A WIN_CERTIFICATE of the PKCS#7 type. */
struct entry {
	size_t at, len; /* the whole entry, its padding to 8 included */
	size_t der_at, der_len;
};

struct original {
	const char *name;
	uint8_t *bytes;
	size_t len;
	size_t pe, optional, checksum, cert_entry, section_table, headers_end;
	size_t certs_at;
	uint32_t section_count;
	uint32_t entry_count;
	struct entry entries[ENTRIES_MAX];
	size_t node_count;
	struct node nodes[NODES_MAX];
	size_t digest_at; /* the image's digest in the first signature */
	size_t message_digest_at; /* that of the signed content */
	size_t content_at, content_len;
};

/* Reads the file; ends the program with a sentence if it is no signed image. */
void original_load(struct original *o, const char *path);

uint16_t get_u16(const uint8_t *bytes);
uint32_t get_u32(const uint8_t *bytes);
void put_u16(uint8_t *bytes, uint32_t value);
void put_u32(uint8_t *bytes, uint32_t value);

__attribute__((noreturn, format(printf, 1, 2))) void end_with(const char *text,
							      ...);

#endif
