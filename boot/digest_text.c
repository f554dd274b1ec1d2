#include "digest_text.h"

#include "trust/digest.h"

void digest_text(struct span bytes, uint64_t zero_tail,
		 char ret[static DIGEST_TEXT_LEN + 1])
{
	static const char hex[] = "0123456789abcdef";
	static const uint8_t zeros[512];
	uint8_t sum[DIGEST_MAX];
	struct digest digest;

	digest_begin(&digest, DIGEST_SHA256);
	digest_add(&digest, bytes);
	while (zero_tail) {
		size_t step = zero_tail < sizeof(zeros) ? (size_t)zero_tail
							: sizeof(zeros);

		digest_add(&digest, span_of(zeros, step));
		zero_tail -= step;
	}
	digest_end(&digest, sum);
	for (size_t i = 0; i < DIGEST_TEXT_LEN / 2; i++) {
		ret[2 * i] = hex[sum[i] >> 4];
		ret[2 * i + 1] = hex[sum[i] & 15];
	}
	ret[DIGEST_TEXT_LEN] = '\0';
}
