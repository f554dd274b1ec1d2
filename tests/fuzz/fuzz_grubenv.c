/* grubenv_next() and grubenv_get() on any block: they find the same. */
#include "fuzz.h"

#include "format/grubenv.h"

static void check_get(struct span block, const struct grubenv_variable *v)
{
	static char value[GRUBENV_VALUE_MAX];
	struct error err;
	bool found;
	enum status s =
		grubenv_get(block, v->name, value, sizeof(value), &found, &err);

	/* a later line may set it to something else, or be wrong */
	if (s != OK)
		fuzz_check_error(s, &err);
	else
		fuzz_must(found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span block = span_of(data, size);
	static struct grubenv_variable v;
	struct grubenv_cursor c;
	struct error err;
	enum status s = grubenv_open(block, &c, &err);
	bool found = true;
	size_t at = 0;
	unsigned n = 0;

	if (s != OK) {
		fuzz_check_error(s, &err);
		return 0;
	}
	while (found || s != OK) {
		s = grubenv_next(&c, &v, &found, &err);
		fuzz_must(strlen(v.name) < GRUBENV_NAME_MAX);
		fuzz_must(strlen(v.value) < GRUBENV_VALUE_MAX);
		fuzz_must(c.at > at || (s == OK && !found));
		at = c.at;
		if (s != OK)
			fuzz_check_error(s, &err);
		else if (found && n++ < 16)
			check_get(block, &v);
	}
	fuzz_must(c.at == size);
	return 0;
}
