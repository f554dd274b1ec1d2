#include "trust/uuid5.h"

#include <bearssl.h>

void uuid5_sha1(struct span namespace_and_name,
		uint8_t ret[static UUID5_SHA1_LEN])
{
	br_sha1_context context;

	br_sha1_init(&context);
	br_sha1_update(&context, namespace_and_name.ptr,
		       namespace_and_name.len);
	br_sha1_out(&context, ret);
}
