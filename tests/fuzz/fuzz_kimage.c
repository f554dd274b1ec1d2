/* kimage_parse() on any bytes: what a loader will copy lies inside the file and
 * inside the memory that is wanted for it. */
#include "fuzz.h"

#include "format/kimage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span file = span_of(data, size);
	struct kimage_view v;
	struct error err;
	enum status s = kimage_parse(file, &v, &err);

	if (s != OK) {
		fuzz_check_error(s, &err);
		return 0;
	}
	fuzz_must(v.kind == kimage_identify(file) && v.kind != KIMAGE_NONE);
	fuzz_must(v.file_len > 0 && v.file_len <= size);
	fuzz_must(v.image_size > 0);
	fuzz_must(strlen(v.version) < sizeof(v.version));
	if (v.kind != KIMAGE_BZIMAGE)
		return 0;
	fuzz_must(span_holds(file, v.protected_offset, v.protected_len));
	fuzz_must(v.protected_len > 0 && v.protected_len <= v.init_size);
	fuzz_must(v.setup_sects > 0);
	fuzz_must(v.setup_header_end <= size && v.setup_header_end <= 0x290);
	return 0;
}
