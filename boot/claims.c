#include "claims.h"

#include "trust/judge.h"

#define CERTIFICATE_HEADER 8
#define CERTIFICATE_ALIGN  8
#define TYPE_PKCS7	   0x0002

bool claims_of_table(struct span table, struct display *ret)
{
	while (table.len >= CERTIFICATE_HEADER) {
		uint64_t len = span_le32(table, 0), next;

		/* the revision, at 4, changes nothing about the layout */
		if (len < CERTIFICATE_HEADER || len > table.len)
			return false;
		if (span_le16(table, 6) == TYPE_PKCS7)
			return judge_claimed_signer(
				span_slice(table, CERTIFICATE_HEADER,
					   len - CERTIFICATE_HEADER),
				ret);
		if (!round_up_size(len, CERTIFICATE_ALIGN, &next) ||
		    next > table.len)
			return false;
		table = span_slice(table, next, table.len - next);
	}
	return false;
}
