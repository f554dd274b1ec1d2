#include "digest_text.h"

#include "base/text.h"
#include "trust/digest.h"

void digest_text(struct span bytes, uint64_t zero_tail,
		 char ret[static DIGEST_TEXT_LEN + 1])
{
	static const uint8_t zeros[512];
	struct text text = text_over(ret, DIGEST_TEXT_LEN + 1);
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
	text_add_hex(&text, span_of(sum, digest_len(DIGEST_SHA256)));
}
