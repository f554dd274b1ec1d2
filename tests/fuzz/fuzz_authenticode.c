/* authenticode_parse() on any PE file: every byte is covered exactly once, or
 * it is one of those that a signature changes. */
#include "fuzz.h"

#include "format/authenticode.h"

#define CHECKSUM 64 /* in the optional header */

static void check_ranges(const struct pe_view *pe,
			 const struct authenticode_view *v)
{
	uint64_t checksum = (uint64_t)pe->optional_offset + CHECKSUM;
	uint64_t at = 0, end = pe->cert_size ? pe->cert_offset : pe->file_size;

	fuzz_must(v->range_count <= AUTHENTICODE_RANGES_MAX);
	for (uint32_t i = 0; i < v->range_count; i++) {
		if (at == checksum)
			at += 4;
		else if (pe->cert_entry && at == pe->cert_entry)
			at += 8;
		fuzz_must(v->ranges[i].offset == at && v->ranges[i].len > 0);
		at += v->ranges[i].len;
	}
	fuzz_must(at == end);
	fuzz_must(!pe->cert_size ||
		  (uint64_t)pe->cert_offset + pe->cert_size == pe->file_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span file = span_of(data, size);
	struct authenticode_view v;
	struct pe_view pe;
	struct error err;
	uint64_t at;
	enum status s;

	if (!fuzz_parse_pe(file, &pe))
		return 0;
	s = authenticode_parse(file, &pe, &v, &err);
	if (s != OK) {
		fuzz_check_error(s, &err);
		return 0;
	}
	check_ranges(&pe, &v);
	fuzz_must(v.signature_count <= AUTHENTICODE_SIGNATURES_MAX);
	fuzz_must(pe.cert_size || !v.signature_count);
	/* each is in the table, behind its header and the one before it */
	at = pe.cert_offset;
	for (uint32_t i = 0; i < v.signature_count; i++) {
		fuzz_must(v.signatures[i].offset >= at + 8);
		fuzz_must(v.signatures[i].len > 0);
		at = v.signatures[i].offset + v.signatures[i].len;
		fuzz_must(at <= size);
	}
	return 0;
}
