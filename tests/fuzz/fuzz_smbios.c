/* smbios_next() and the ids of a machine on any table. */
#include "fuzz.h"

#include "format/chid.h"
#include "format/smbios.h"

static void check_inside(struct span s, const uint8_t *data, size_t size)
{
	fuzz_must(!s.len || (s.ptr >= data && s.ptr + s.len <= data + size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t message[CHID_MESSAGE_MAX];
	struct span table = span_of(data, size), rest = table;
	struct smbios_structure one = { .type = 0 };
	struct chid_fields fields;
	struct error err;
	enum status s = OK;
	size_t len;

	while (s == OK && one.type != SMBIOS_END) {
		size_t before = rest.len;

		s = smbios_next(&rest, &one, &err);
		if (s != OK) {
			fuzz_check_error(s, &err);
			break;
		}
		fuzz_must(rest.len < before || !before);
		check_inside(one.area, data, size);
		check_inside(one.strings, data, size);
		for (size_t at = 0; at < 256; at++)
			check_inside(smbios_string_at(&one, at), data, size);
	}
	check_inside(smbios_oem_string(table, "io.systemd."), data, size);
	chid_fields_of(table, &fields);
	for (unsigned i = 0; i < CHID_PRIORITY_COUNT; i++)
		if (chid_message(&fields, i, message, &len))
			fuzz_must(len >= 16 && len <= sizeof(message));
	return 0;
}
