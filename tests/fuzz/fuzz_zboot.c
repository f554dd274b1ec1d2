/* zboot_parse() on any PE file: the payload and its size lie inside. */
#include "fuzz.h"

#include "format/zboot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span file = span_of(data, size);
	struct pe_view pe;
	struct zboot_view v;
	struct error err;
	enum status s;

	if (!fuzz_parse_pe(file, &pe))
		return 0;
	s = zboot_parse(file, &pe, &v, &err);
	if (s != OK) {
		fuzz_check_error(s, &err);
		return 0;
	}
	fuzz_must(zboot_is_candidate(file));
	fuzz_must(span_holds(file, v.payload_offset, v.payload_len));
	fuzz_must(v.payload_len > 0 && v.payload_offset >= pe.size_of_headers);
	fuzz_must(v.out_len >= ZBOOT_OUT_MIN && v.out_len <= ZBOOT_OUT_MAX);
	fuzz_must(v.codec >= ZBOOT_GZIP && v.codec <= ZBOOT_LZO);
	fuzz_must(strlen(v.label) < sizeof(v.label));
	return 0;
}
