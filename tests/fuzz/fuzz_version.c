/* version_compare() on the first three lines of any text: it is an order. */
#include "fuzz.h"

#include "base/text.h"
#include "format/version.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_of(data, size), lines[3] = { 0 };
	int by[3][3];

	for (int i = 0; i < 3 && span_next_line(&rest, &lines[i]); i++)
		;
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 3; j++) {
			by[i][j] = version_compare(lines[i], lines[j]);
			fuzz_must(by[i][j] >= -1 && by[i][j] <= 1);
		}
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 3; j++) {
			fuzz_must(by[i][j] == -by[j][i]);
			fuzz_must(i != j || by[i][j] == 0);
			for (int k = 0; k < 3; k++)
				if (by[i][j] <= 0 && by[j][k] <= 0)
					fuzz_must(by[i][k] ==
						  (by[i][j] ? -1 : by[j][k]));
		}
	return 0;
}
