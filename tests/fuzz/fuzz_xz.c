/* unpack_xz() on any bytes. */
#include "fuzz_unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_codec(CODEC_XZ, span_of(data, size));
}
