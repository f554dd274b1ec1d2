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

/* What is hashed, which the headers alone decide: pe may be the view of a
 * prefix. No signatures are looked for. Errors: those of authenticode_parse()
 * up to where the table begins. */
MUST_USE enum status authenticode_ranges(const struct pe_view *pe,
					 struct authenticode_view *ret,
					 struct error *err);

/*
 * pe must be the view of the same bytes. An image without a certificate table
 * has no signatures, and everything to its end is hashed.
 *
 * Errors:
 * E_AUTHENTICODE_VIEW        the view is of a file of another size
 * E_AUTHENTICODE_GAP         bytes between headers and sections, or sections
 * E_AUTHENTICODE_OVERLAP     a section begins before the one ahead of it ends
 * E_AUTHENTICODE_TABLE_OVERLAP  the certificate table does, of the last section
 * E_AUTHENTICODE_AFTER_TABLE bytes after the certificate table
 * E_AUTHENTICODE_ENTRY_SHORT a WIN_CERTIFICATE of no more than its header
 * E_AUTHENTICODE_ENTRY_PAST_END  … that ends after the table
 * E_AUTHENTICODE_REVISION    … of type PKCS#7 and a revision but 0x0200
 * E_AUTHENTICODE_TOO_MANY    more than AUTHENTICODE_SIGNATURES_MAX of those
 * E_AUTHENTICODE_WALK        padded to something but the next multiple of 8;
 *                            none at all is fine at the table's end
 * E_AUTHENTICODE_PADDING     padding that is not zeros
 */
MUST_USE enum status authenticode_parse(struct span file,
					const struct pe_view *pe,
					struct authenticode_view *ret,
					struct error *err);

/* True if bytes are what may stand behind a signature's DER in its entry: any
 * number of zeros, or nothing. */
bool authenticode_is_padding(struct span bytes);

#endif
