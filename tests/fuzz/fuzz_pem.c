/* pem_next() on any text: blocks fit into the room that is promised to be
 * enough, and each call goes on. */
#include "fuzz.h"

#include "format/pem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_of(data, size);
	size_t cap = size / 4 * 3, used = 0, left;
	uint8_t *room = malloc(cap ? cap : 1);
	struct pem_block block;
	struct error err;
	bool found = true;
	enum status s = OK;

	fuzz_must(room != NULL);
	while (s == OK && found) {
		left = rest.len;
		s = pem_next(&rest, room + used, cap - used, &block, &found,
			     &err);
		if (s != OK) {
			fuzz_check_error(s, &err);
			fuzz_must(s != E_PEM_ROOM);
		} else if (found) {
			fuzz_must(pem_is_candidate(span_of(data, size)));
			fuzz_must(rest.len < left);
			fuzz_must(block.der.ptr == room + used);
			fuzz_must(block.der.len > 0);
			used += block.der.len;
			fuzz_must(used <= cap);
		}
	}
	free(room);
	return 0;
}
