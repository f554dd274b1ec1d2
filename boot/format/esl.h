/*
 * EFI signature lists (UEFI 2.10, 32.4.1): what the variables db and dbx hold,
 * and the signed files that update them (EFI_VARIABLE_AUTHENTICATION_2, 8.2.2).
 *
 * This says what stands in a list; what of it can be honoured is decided by
 * trust/keyring.
 */
#ifndef KEELBOOT_FORMAT_ESL_H
#define KEELBOOT_FORMAT_ESL_H

#include "base/error.h"
#include "format/digest_kind.h"
#include "format/gpt.h"

enum esl_kind {
	ESL_OTHER = 0,
	ESL_X509,     /* a DER certificate */
	ESL_HASH,     /* the Authenticode digest of an image, by esl.digest */
	ESL_X509_TBS, /* the digest of a certificate's TBSCertificate */
	ESL_SHA1,     /* the digest of an image by an algorithm without trust */
	ESL_RSA2048,  /* the modulus of a key */
};

/* One signature of a list. */
struct esl_entry {
	enum esl_kind kind;
	enum digest_kind digest; /* of ESL_HASH and ESL_X509_TBS */
	struct guid type;
	struct guid owner;
	struct span data; /* certificate or digest, without the time that
			   * follows a TBS digest */
	bool is_dated;	  /* a TBS digest whose time of revocation is not 0:
			   * it counts from then on; whoever keeps no clock has
			   * to take it as revoked for ever */
	bool is_svn;	  /* not a digest at all: a version number of
			   * Windows' boot manager in the shape of a SHA-256,
			   * known by its owner 9d132b6c-… */
	size_t offset;	  /* of the entry in the lists, for messages */
};

/* A walk over lists that follow each other to the end of the bytes. */
struct esl_walk {
	struct cursor lists;
	struct cursor entries; /* what is left of the present list */
	struct guid type;
	uint32_t entry_size;
};

struct esl_walk esl_begin(struct span lists);

/*
 * The next entry; *ret_found is false at the end. A list may be empty. The
 * header of a list, which no known type has, is passed over.
 *
 * Errors:
 * E_ESL_SHORT           fewer bytes are left than the 28 of a list's header
 * E_ESL_LIST_SIZE       the list ends past the end, or inside its own header
 * E_ESL_HEADER_SIZE     the type's header ends past the end of the list
 * E_ESL_SIGNATURE_SIZE  an entry has no room for owner and data, or, in a list
 *                       of a known type, not the type's size
 * E_ESL_REMAINDER       the list's size is not a whole number of entries
 */
MUST_USE enum status esl_next(struct esl_walk *walk, struct esl_entry *ret,
			      bool *ret_found, struct error *err);

/* "SHA-1 hashes", … for a message; "signatures of the type <GUID>" for a type
 * that is not known. buf has room for it. */
#define ESL_KIND_TEXT_MAX 72
void esl_describe(const struct esl_entry *entry,
		  char buf[static ESL_KIND_TEXT_MAX]);

/* True if the bytes look like a signed update of a variable (dbxupdate.bin). */
bool esl_is_update(struct span file);

/*
 * The lists inside a signed update: what follows its time and certificate. Who
 * signed it is not asked.
 *
 * Errors: E_ESL_UPDATE_SHORT (less than time and certificate header),
 * E_ESL_UPDATE_KIND (not a WIN_CERTIFICATE_UEFI_GUID of PKCS#7),
 * E_ESL_UPDATE_LENGTH (the certificate is shorter than its header or longer
 * than the file).
 */
MUST_USE enum status esl_strip_update(struct span file, struct span *ret_lists,
				      struct error *err);

#endif
