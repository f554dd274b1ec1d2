/* hwids_parse() on any table: every string it gives lies in the table. */
#include "fuzz.h"

#include "format/hwids.h"

static void check_string(struct span s, const uint8_t *data, size_t size)
{
	fuzz_must(!s.len || (s.ptr >= data && s.ptr + s.len < data + size));
	fuzz_must(!s.len || s.ptr[s.len] == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hwids_view view;
	struct error err;
	enum status s = hwids_parse(span_of(data, size), &view, &err);

	if (s != OK) {
		fuzz_check_error(s, &err);
		return 0;
	}
	fuzz_must(((uint64_t)view.count * 28) + 4 <= size);
	for (uint32_t i = 0; i < view.count; i++) {
		struct hwids_device device = hwids_get(&view, i);

		fuzz_must(device.kind == HWIDS_DEVICETREE ||
			  device.kind == HWIDS_FIRMWARE);
		check_string(device.name, data, size);
		check_string(device.value, data, size);
	}
	return 0;
}
