#include "trust/sha1.h"

#include <bearssl.h>

void sha1_of(struct span bytes, uint8_t ret[static SHA1_LEN])
{
	br_sha1_context context;

	br_sha1_init(&context);
	br_sha1_update(&context, bytes.ptr, bytes.len);
	br_sha1_out(&context, ret);
}
