/* Answers of a TPM, as each of the commands would take them. */
#include "fuzz.h"

#include "format/tpm2.h"

static void check_banks(const struct tpm2_banks *banks)
{
	fuzz_must(banks->count <= TPM2_BANKS_MAX);
	for (size_t i = 0; i < banks->count; i++)
		for (size_t k = 0; k < i; k++)
			fuzz_must(banks->banks[i].alg != banks->banks[k].alg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span answer = span_of(data, size);
	struct tpm2_banks banks = { .count = SIZE_MAX };
	struct error err;
	enum status s = tpm2_parse_banks(answer, &banks, &err);

	if (s == OK)
		check_banks(&banks);
	else
		fuzz_check_error(s, &err);
	fuzz_must(s == OK || banks.count == SIZE_MAX);
	s = tpm2_parse_extend(answer, &err);
	if (s == OK)
		fuzz_must(size == 19);
	else
		fuzz_check_error(s, &err);
	s = tpm2_parse_startup(answer, &err);
	if (s == OK)
		fuzz_must(size == 10);
	else
		fuzz_check_error(s, &err);
	return 0;
}
