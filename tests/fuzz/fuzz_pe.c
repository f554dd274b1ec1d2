/* pe_parse() on any bytes, as a whole file and as the begin of a larger one. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span file = span_of(data, size);
	struct pe_view whole, prefix;
	struct error err;
	enum status s;

	if (fuzz_parse_pe(file, &whole)) {
		fuzz_must(whole.file_size == size);
		(void)pe_machine_name(whole.machine);
	}
	s = pe_parse(file, UINT32_MAX, &prefix, &err);
	if (s != OK)
		fuzz_check_error(s, &err);
	else
		fuzz_check_view(&prefix);
	return 0;
}
