/* The certificates, signatures and signed images in tests/data/pki, which
 * tests/data/mkpki.sh made. */
#ifndef KEELBOOT_TESTS_LIB_PKI_H
#define KEELBOOT_TESTS_LIB_PKI_H

#include "der_edit.h"
#include "test.h"

#define PKI "tests/data/pki/"

/* Where those images have their certificate directory. */
#define PKI_CERT_ENTRY 0xe8

/* DER of object identifiers that take the place of a SHA-256. */
#define OID_MD5	   "06082a864886f70d0205"
#define OID_SHA1   "06052b0e03021a"
#define OID_SHA384 "0609608648016503040202"

/* A change of a good structure, and what it comes to. */
struct broken {
	const char *path;
	enum der_edit_what what;
	const char *hex;
	enum status want; /* OK: it is not broken by that */
};

/* The DER in an image's first WIN_CERTIFICATE, as a copy. */
static inline struct span pki_read_signature(const char *file)
{
	_drop_copy_ struct span image = test_read_file(file);
	uint32_t at = span_le32(image, PKI_CERT_ENTRY);
	uint32_t len = span_le32(image, at);

	return test_copy(der_edit_find(span_slice(image, at + 8, len - 8), ""));
}

#endif
