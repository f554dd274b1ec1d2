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
struct span pki_read_signature(const char *file);

/* A parser of all of der; *ret_view is written only when it succeeds. */
typedef enum status pki_parse_fn(struct span der, void *ret_view,
				 struct error *err);

/* Each change of der comes to what it should, and a refusal leaves the view
 * alone. */
void pki_check_broken(struct span der, const struct broken *broken,
		      size_t count, pki_parse_fn *parse, size_t view_size);

/* The element at path may be anything: grown until all has limit bytes it is
 * taken, and refused with one more. */
void pki_check_size_limit(struct span der, const char *path, size_t limit,
			  enum status refusal, pki_parse_fn *parse,
			  size_t view_size);

/* With the outermost SEQUENCE of der made to fit, every shorter content is
 * refused, too. */
void pki_check_shortened(struct span der, pki_parse_fn *parse,
			 size_t view_size);

#endif
