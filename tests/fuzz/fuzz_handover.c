/* handover_parse() on any text: what is read can be written, and read again as
 * the same. */
#include "fuzz.h"

#include "format/handover.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[HANDOVER_TEXT_MAX];
	struct handover h, again;
	struct error err;
	size_t len;
	enum status s = handover_parse(span_of(data, size), &h, &err);

	if (s != OK) {
		fuzz_check_error(s, &err);
		return 0;
	}
	fuzz_must(h.id[0] && h.path[0] == '/');
	fuzz_must(!strstr(h.path, "/../"));
	fuzz_must(handover_format(&h, text, sizeof(text), &len, &err) == OK);
	fuzz_must(handover_parse(span_of(text, len), &again, &err) == OK);
	fuzz_must(!strcmp(h.id, again.id) && !strcmp(h.path, again.path));
	fuzz_must(!strcmp(h.partition, again.partition));
	fuzz_must(!strcmp(h.kind, again.kind) && h.counter == again.counter);
	return 0;
}
