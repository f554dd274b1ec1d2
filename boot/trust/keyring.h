/*
 * What is trusted and what is revoked, as one list of plain items.
 *
 * The keyring that counts is compiled into the program (tools/mkkeyring makes
 * its table out of a folder like keys/). While the program runs it can only be
 * narrowed: by a firmware's dbx, or a signed revocation file. On a host,
 * `keelboot verify --keyring DIR` reads a folder instead, with the same code.
 *
 * No key serves two purposes: an image's signer is looked for among
 * KEYRING_DB_CERT only, a manifest's among KEYRING_MANIFEST_CERT only, a
 * server's among KEYRING_TLS_CERT only.
 */
#ifndef KEELBOOT_TRUST_KEYRING_H
#define KEELBOOT_TRUST_KEYRING_H

#include "base/error.h"
#include "base/span.h"
#include "format/digest_kind.h"

#define KEYRING_ITEMS_MAX 16384

enum keyring_kind {
	KEYRING_DB_CERT = 1, /* signs images */
	KEYRING_DB_HASH,     /* Authenticode digest of an image, enrolled */
	KEYRING_DBX_CERT,    /* revoked: the certificate itself */
	KEYRING_DBX_HASH,    /* Authenticode digest of a revoked image */
	KEYRING_DBX_TBS,    /* hash of a revoked certificate's TBSCertificate */
	KEYRING_SBAT_LEVEL, /* text of an SBAT level (format/sbat.h) */
	KEYRING_MANIFEST_CERT,
	KEYRING_TLS_CERT,
};

struct keyring_item {
	enum keyring_kind kind;
	enum digest_kind digest; /* of *_HASH and *_TBS */
	struct span data;	 /* certificate DER, digest or text */
	const char *source;	 /* file name it came from, for messages */
};

struct keyring {
	uint32_t count;
	struct keyring_item *items; /* malloc'ed */
	uint32_t owned_count;	    /* blocks of memory that items point into */
	void **owned;
};

#define KEYRING_NONE ((struct keyring){ 0 })

void keyring_drop(struct keyring *keyring);
#define _drop_keyring_ __attribute__((cleanup(keyring_drop)))

/* A folder of a keys/ tree, which says what the files in it are for. */
enum keyring_folder {
	KEYRING_FOLDER_DB,
	KEYRING_FOLDER_DBX,
	KEYRING_FOLDER_SBAT,
	KEYRING_FOLDER_MANIFEST,
	KEYRING_FOLDER_TLS,
};

/* "db", "dbx", … */
const char *keyring_folder_name(enum keyring_folder folder);

/* A file of a keyring; Microsoft's largest dbx update has 25 KB. */
#define KEYRING_FILE_MAX (4U << 20)

/*
 * Adds what a file holds; bytes and name are copied. The content decides what
 * it is: PEM (one or more certificates), a DER certificate, EFI signature
 * lists, a signed dbxupdate (its lists are taken; who signed it is not asked),
 * a list of hashes in hex (one a line, `#` comments; 64, 96 or 128 digits,
 * optionally `tbs:` before one in dbx), an SBAT level in the sbat folder. What
 * the keyring has already is not added again.
 *
 * In EFI signature lists of a dbx, a certificate's hash with a time counts as
 * revoked for ever, and version numbers of Windows' boot manager in the shape
 * of hashes (format/esl.h, is_svn) are passed over: no image has such a hash.
 *
 * A certificate whose key can never verify anything (RSA outside of 2048 to
 * 4096 bits, an unknown kind) is refused when it is to be trusted, and taken
 * when it is to be revoked.
 *
 * Errors, which do not name the file; nothing is added then:
 * E_KEYRING_EMPTY_FILE  no bytes
 * E_KEYRING_FILE_SIZE   more than KEYRING_FILE_MAX bytes
 * E_KEYRING_NOTHING     no certificate, hash or level in it
 * E_KEYRING_PLACE       an item that its folder has no use for
 * E_KEYRING_PEM_LABEL   a PEM block that is no certificate
 * E_KEYRING_LINE        a line that is no hash
 * E_KEYRING_TYPE        EFI signatures that cannot be honoured: SHA-1 hashes,
 *                       bare keys, unknown types
 * E_KEYRING_KEY         a key that can never verify anything
 * E_KEYRING_PURPOSE     a key that is trusted for something else already
 * E_KEYRING_FULL        more than KEYRING_ITEMS_MAX items
 * E_NO_MEMORY, E_ESL_…, E_PEM_…, E_SBAT_…, E_DER_…, E_X509_…
 */
MUST_USE enum status keyring_add_file(struct keyring *keyring,
				      enum keyring_folder folder,
				      const char *name, struct span bytes,
				      struct error *err);

/*
 * Adds revocations while the program runs: bytes are what a file of the dbx
 * folder may hold, or an SBAT level. Nothing of them can make anything trusted.
 *
 * Revoking is never wrong, so what could be read is kept when the rest could
 * not: then the first thing that could not be honoured is the error, as of
 * keyring_add_file(). ret_added, which may be NULL, is always set to the number
 * of items that are new.
 */
MUST_USE enum status keyring_narrow(struct keyring *keyring, const char *name,
				    struct span bytes, uint32_t *ret_added,
				    struct error *err);

/*
 * The compiled table: a header and the items, written by keyring_write() and
 * read by keyring_read(), which copies nothing but small bookkeeping: table
 * must outlive the keyring. *ret_table is the caller's to free.
 *
 * Errors of reading:
 * E_KEYRING_TABLE_SHORT   shorter than its header and items
 * E_KEYRING_TABLE_MAGIC   not such a table, or of another version
 * E_KEYRING_TABLE_LENGTH  another length than its header says
 * E_KEYRING_TABLE_COUNT   more than KEYRING_ITEMS_MAX items
 * E_KEYRING_TABLE_KIND    an unknown kind of item
 * E_KEYRING_TABLE_DIGEST  a digest algorithm that does not go with the kind
 * E_KEYRING_TABLE_DATA    data outside of the table, empty, or of a length that
 *                         does not go with the digest algorithm
 * E_KEYRING_TABLE_SOURCE  a name outside of the table or without an end
 * E_NO_MEMORY
 */
MUST_USE enum status keyring_read(struct keyring *ret, struct span table,
				  struct error *err);
MUST_USE enum status keyring_write(const struct keyring *keyring,
				   uint8_t **ret_table, size_t *ret_len,
				   struct error *err);

/* True if nothing in it could make an image trusted. */
bool keyring_has_no_image_keys(const struct keyring *keyring);

/* Whether an item of this kind and digest algorithm has exactly these bytes. */
bool keyring_holds(const struct keyring *keyring, enum keyring_kind kind,
		   enum digest_kind digest, struct span data);

/* The digest algorithms in use among items of a kind, as bits 1 << kind. */
unsigned keyring_digests(const struct keyring *keyring, enum keyring_kind kind);

#endif
