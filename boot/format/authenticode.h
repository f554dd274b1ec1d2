/*
 * What an Authenticode signature of a PE image covers (Windows Authenticode
 * Portable Executable Signature Format; UEFI 2.10, 32.2.5), and where its
 * signatures are.
 *
 * Stricter than firmware in one thing: whole files are handed on, so headers,
 * sections and what follows them must tile the file, with no byte outside of
 * what is hashed but the checksum, the certificate table's directory entry and
 * the certificate table itself.
 */
#ifndef KEELBOOT_FORMAT_AUTHENTICODE_H
#define KEELBOOT_FORMAT_AUTHENTICODE_H

#include "format/pe.h"

#define AUTHENTICODE_RANGES_MAX	    (PE_SECTIONS_MAX + 4)
#define AUTHENTICODE_SIGNATURES_MAX 8

struct byte_range {
	uint64_t offset, len;
};

/* Plain data: it can be checked again against the file. */
struct authenticode_view {
	uint32_t range_count; /* in the order they are hashed */
	struct byte_range ranges[AUTHENTICODE_RANGES_MAX];
	uint32_t signature_count; /* 0 for an unsigned image */
	/* The bCertificate bytes of each WIN_CERTIFICATE of type PKCS#7,
	 * padding included. */
	struct byte_range signatures[AUTHENTICODE_SIGNATURES_MAX];
	uint32_t passed_over; /* WIN_CERTIFICATEs of other types */
};

/*
 * pe must be the view of the same bytes. An image without a certificate table
 * has no signatures, and everything to its end is hashed.
 *
 * Errors: one E_AUTHENTICODE_… per check: a gap between headers and sections or
 * between sections, an overlap, bytes after the certificate table, a table that
 * is not at the end of what is hashed, a WIN_CERTIFICATE that does not fit, a
 * table that the walk does not end at exactly, too many signatures.
 */
MUST_USE enum status authenticode_parse(struct span file,
					const struct pe_view *pe,
					struct authenticode_view *ret,
					struct error *err);

#endif
