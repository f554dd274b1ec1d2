#include "format/pkcs7.h"

#include "format/algorithm.h"
#include "format/der.h"

#define OID_SPC_PE_IMAGE_DATA "1.3.6.1.4.1.311.2.1.15"
/* Written in its place by old versions of pesign; Linux and firmware take it,
 * and nothing but the digest counts. */
#define OID_INDIVIDUAL_KEY_PURPOSE "1.3.6.1.4.1.311.2.1.21"

/* SpcAttributeTypeAndOptionalValue. */
static void pass_over_data(struct der *content)
{
	static const char what[] = "SpcIndirectData";
	struct der data = der_enter(content, DER_SEQUENCE, what);
	struct oid oid = der_oid(&data, what);

	if (der_ok(&data) && !oid_is(&oid, OID_SPC_PE_IMAGE_DATA) &&
	    !oid_is(&oid, OID_INDIVIDUAL_KEY_PURPOSE))
		der_fail(&data, E_SPC_KIND,
			 "the signature is for a file of kind %s, that of PE "
			 "images is %s",
			 oid.text, OID_SPC_PE_IMAGE_DATA);
	if (der_more(&data))
		der_any(&data, what);
	der_end(&data, what);
}

enum status spc_parse(struct span content, struct spc_digest *ret,
		      struct error *err)
{
	static const char what[] = "the signed image digest";
	struct spc_digest spc = { 0 };
	struct der_source source;
	struct der d = der_over(&source, content, err);
	struct der info;

	pass_over_data(&d);
	info = der_enter(&d, DER_SEQUENCE, what);
	der_end(&d, "SpcIndirectData");
	spc.kind = algorithm_take_digest(&info, E_SPC_DIGEST, what);
	spc.digest = der_take(&info, DER_OCTET_STRING, what).content;
	der_end(&info, what);
	if (der_ok(&d) && spc.digest.len != digest_len(spc.kind))
		der_fail(&d, E_SPC_DIGEST_LENGTH,
			 "the signed image digest has %zu bytes, %s has %zu",
			 spc.digest.len, digest_name(spc.kind),
			 digest_len(spc.kind));
	if (der_ok(&d))
		*ret = spc;
	return der_status(&d);
}
