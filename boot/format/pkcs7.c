#include "format/pkcs7.h"

#include "format/algorithm.h"
#include "format/der.h"

#define VERSION_ISSUER_AND_SERIAL 1
#define VERSION_CMS_OTHER_CONTENT 3

#define OID_DATA	   "1.2.840.113549.1.7.1"
#define OID_SIGNED_DATA	   "1.2.840.113549.1.7.2"
#define OID_CONTENT_TYPE   "1.2.840.113549.1.9.3"
#define OID_MESSAGE_DIGEST "1.2.840.113549.1.9.4"
#define OID_SPC_INDIRECT   "1.3.6.1.4.1.311.2.1.4"

struct reader {
	struct pkcs7_view view;
	struct oid content_type;
	bool has_content_type, has_message_digest;
};

/* encapContentInfo (RFC 5652, 5.2). PKCS#7 puts the content itself into the
 * [0] element, CMS an OCTET STRING: id-data has the latter in both, and
 * Authenticode is PKCS#7. */
static void read_content(struct der *signed_data, struct reader *r)
{
	static const char what[] = "the signed content";
	struct pkcs7_view *view = &r->view;
	struct der info = der_enter(signed_data, DER_SEQUENCE, what);
	struct der inside;
	struct der_element content;

	r->content_type = der_oid(&info, "the content type");
	if (oid_is(&r->content_type, OID_DATA))
		view->content_kind = PKCS7_CONTENT_DATA;
	else if (oid_is(&r->content_type, OID_SPC_INDIRECT))
		view->content_kind = PKCS7_CONTENT_SPC;
	view->is_detached = !der_more(&info);
	if (view->is_detached)
		return;
	inside = der_enter(&info, DER_CONSTRUCTED + 0, what);
	der_end(&info, what);
	if (view->content_kind == PKCS7_CONTENT_DATA)
		content = der_take(&inside, DER_OCTET_STRING, what);
	else if (view->content_kind == PKCS7_CONTENT_SPC)
		content = der_take(&inside, DER_SEQUENCE, what);
	else
		content = der_any(&inside, what);
	der_end(&inside, what);
	view->content = content.content;
}

static void read_digest_algorithms(struct der *signed_data, struct reader *r)
{
	static const char what[] = "digestAlgorithm";
	struct der set = der_enter(signed_data, DER_SET, "digestAlgorithms");

	if (der_ok(&set) && !der_more(&set))
		der_fail(&set, E_PKCS7_NO_DIGEST,
			 "the signature has 0 digestAlgorithms, it should have "
			 "1");
	r->view.digest = algorithm_take_digest(&set, E_PKCS7_DIGEST, what);
	if (der_more(&set))
		der_fail(&set, E_PKCS7_DIGESTS,
			 "the signature has more than 1 digestAlgorithm: the "
			 "first takes %zu bytes, %zu are left",
			 set.c.at, cursor_left(&set.c));
}

static void read_certificates(struct der *signed_data, struct reader *r)
{
	static const char what[] = "the embedded certificate";
	struct pkcs7_view *view = &r->view;
	struct der set;

	if (!der_next_is(signed_data, DER_CONSTRUCTED + 0))
		return;
	set = der_enter(signed_data, DER_CONSTRUCTED + 0,
			"the embedded certificates");
	while (der_more(&set)) {
		struct der_element cert;

		/* attribute certificates and the like are of other tags */
		if (!der_next_is(&set, DER_SEQUENCE))
			der_fail(&set, E_PKCS7_CERT_KIND,
				 "embedded certificate %u has tag 0x%02x, that "
				 "of X.509 is 0x%02x",
				 view->cert_count + 1, set.c.all.ptr[set.c.at],
				 DER_SEQUENCE);
		cert = der_any(&set, what);
		if (der_ok(&set) && view->cert_count == PKCS7_CERTS_MAX)
			der_fail(&set, E_PKCS7_CERTS,
				 "the signature has more than %u certificates: "
				 "%zu bytes are left",
				 PKCS7_CERTS_MAX,
				 cursor_left(&set.c) + cert.whole.len);
		if (der_ok(&set))
			view->certs[view->cert_count++] = cert.whole;
	}
}

/* A list of revoked certificates would look as if it were obeyed. */
static void refuse_crls(struct der *signed_data)
{
	if (der_next_is(signed_data, DER_CONSTRUCTED + 1))
		der_fail(signed_data, E_PKCS7_CRLS,
			 "the signature has revocation lists (tag 0x%02x) in "
			 "it, it should have none",
			 DER_CONSTRUCTED + 1);
}

static void read_content_type(struct der *values, struct reader *r)
{
	struct oid type;

	if (r->has_content_type)
		der_fail(values, E_PKCS7_CONTENT_TYPE_TWICE,
			 "the signature has 2 contentType attributes, it "
			 "should have 1");
	r->has_content_type = true;
	type = der_oid(values, "the contentType attribute");
	if (der_ok(values) && !oid_is(&type, r->content_type.text))
		der_fail(values, E_PKCS7_CONTENT_TYPE_DIFFERS,
			 "the contentType attribute says %s, the content is "
			 "%s",
			 type.text, r->content_type.text);
}

static void read_message_digest(struct der *values, struct reader *r)
{
	struct pkcs7_view *view = &r->view;

	if (r->has_message_digest)
		der_fail(values, E_PKCS7_MESSAGE_DIGEST_TWICE,
			 "the signature has 2 messageDigest attributes, it "
			 "should have 1");
	r->has_message_digest = true;
	view->message_digest = der_take(values, DER_OCTET_STRING,
					"the messageDigest attribute")
				       .content;
	if (der_ok(values) &&
	    view->message_digest.len != digest_len(view->digest))
		der_fail(values, E_PKCS7_MESSAGE_DIGEST_LENGTH,
			 "the messageDigest attribute has %zu bytes, %s has "
			 "%zu",
			 view->message_digest.len, digest_name(view->digest),
			 digest_len(view->digest));
}

static void read_attribute(struct der *attributes, struct reader *r)
{
	static const char what[] = "the signed attribute";
	struct der attribute = der_enter(attributes, DER_SEQUENCE, what);
	struct oid oid = der_oid(&attribute, what);
	struct der values = der_enter(&attribute, DER_SET, what);

	der_end(&attribute, what);
	if (oid_is(&oid, OID_CONTENT_TYPE))
		read_content_type(&values, r);
	else if (oid_is(&oid, OID_MESSAGE_DIGEST))
		read_message_digest(&values, r);
	else
		return;
	/* either has exactly one value (RFC 5652, 11.1 and 11.2) */
	der_end(&values, what);
}

/*
 * The attributes are what the signature is over, so all that counts stands in
 * two of them, each exactly once. DER wants the members of a SET OF sorted;
 * that is not asked for here: producers of signatures in use leave them
 * unsorted, and as the bytes are hashed as stored and no member is found by
 * its place, no other reading can come of it.
 */
static void read_attributes(struct der *signer, struct reader *r)
{
	struct der_element element;
	struct der attributes;

	if (der_ok(signer) && !der_next_is(signer, DER_CONSTRUCTED + 0))
		der_fail(signer, E_PKCS7_NO_ATTRIBUTES,
			 "the signer has 0 signed attributes, it should have "
			 "contentType and messageDigest");
	element =
		der_take(signer, DER_CONSTRUCTED + 0, "the signed attributes");
	attributes = der_inside(signer, &element);
	r->view.attributes = element.whole;
	while (der_more(&attributes))
		read_attribute(&attributes, r);
	if (der_ok(signer) && !r->has_content_type)
		der_fail(signer, E_PKCS7_NO_CONTENT_TYPE,
			 "the signed attributes have 0 contentType, they "
			 "should have 1");
	if (der_ok(signer) && !r->has_message_digest)
		der_fail(signer, E_PKCS7_NO_MESSAGE_DIGEST,
			 "the signed attributes have 0 messageDigest, they "
			 "should have 1");
}

static void read_signer_id(struct der *signer, struct reader *r)
{
	static const char what[] = "the signer's issuer and serial number";
	uint32_t version = der_number(signer, "the signer's version");
	struct der id;

	/* a key identifier names a key and not a certificate */
	if (der_next_is(signer, DER_CONTEXT + 0) ||
	    der_next_is(signer, DER_CONSTRUCTED + 0))
		der_fail(signer, E_PKCS7_SIGNER_ID,
			 "the signer is named by a key identifier (tag "
			 "0x%02x), it should be by issuer and serial number",
			 signer->c.all.ptr[signer->c.at]);
	if (der_ok(signer) && version != VERSION_ISSUER_AND_SERIAL)
		der_fail(signer, E_PKCS7_SIGNER_VERSION,
			 "the signer's version is %u, it should be %u", version,
			 VERSION_ISSUER_AND_SERIAL);
	id = der_enter(signer, DER_SEQUENCE, what);
	r->view.signer_issuer =
		der_take(&id, DER_SEQUENCE, "the signer's issuer").whole;
	r->view.signer_serial = der_integer(&id, "the signer's serial number");
	der_end(&id, what);
}

/* rsaEncryption, as PKCS#7 has it, leaves the digest to digestAlgorithm. Where
 * it is named again it has to be the same. */
static void read_signature_algorithm(struct der *signer, struct reader *r)
{
	struct x509_algorithm algorithm =
		algorithm_take_signature(signer, "the signature algorithm");

	if (algorithm.kind == X509_KEY_RSA && !algorithm.digest)
		algorithm.digest = r->view.digest;
	if (der_ok(signer) && algorithm.kind != X509_KEY_OTHER &&
	    algorithm.digest != r->view.digest)
		der_fail(signer, E_PKCS7_SIGNATURE_DIGEST,
			 "the signature algorithm uses %s, digestAlgorithm is "
			 "%s",
			 digest_name(algorithm.digest),
			 digest_name(r->view.digest));
	r->view.algorithm = algorithm;
}

/* SignerInfo (RFC 5652, 5.3). */
static void read_signer(struct der *signed_data, struct reader *r)
{
	struct der set = der_enter(signed_data, DER_SET, "signerInfos");
	struct der signer;
	enum digest_kind digest;

	if (der_ok(&set) && !der_more(&set))
		der_fail(&set, E_PKCS7_NO_SIGNER,
			 "the signature has 0 signers, it should have 1");
	signer = der_enter(&set, DER_SEQUENCE, "the signer");
	if (der_more(&set))
		der_fail(&set, E_PKCS7_SIGNERS,
			 "the signature has more than 1 signer: the first "
			 "takes %zu bytes, %zu are left",
			 set.c.at, cursor_left(&set.c));
	read_signer_id(&signer, r);
	digest = algorithm_take_digest(&signer, E_PKCS7_DIGEST,
				       "the signer's digestAlgorithm");
	if (der_ok(&signer) && digest != r->view.digest)
		der_fail(&signer, E_PKCS7_DIGEST_DIFFERS,
			 "the signer's digestAlgorithm is %s, that of the "
			 "content is %s",
			 digest_name(digest), digest_name(r->view.digest));
	read_attributes(&signer, r);
	read_signature_algorithm(&signer, r);
	r->view.signature =
		der_take(&signer, DER_OCTET_STRING, "the signature").content;
	if (der_next_is(&signer, DER_CONSTRUCTED + 1))
		der_any(&signer, "the unsigned attributes");
	der_end(&signer, "the signer");
}

/* SignedData (RFC 2315, 9.1; RFC 5652, 5.1). */
static void read_signed_data(struct der *signed_data, struct reader *r)
{
	uint32_t version = der_number(signed_data, "the signature's version");

	if (der_ok(signed_data) && version != VERSION_ISSUER_AND_SERIAL &&
	    version != VERSION_CMS_OTHER_CONTENT)
		der_fail(signed_data, E_PKCS7_VERSION,
			 "the signature's version is %u, it should be %u or "
			 "%u",
			 version, VERSION_ISSUER_AND_SERIAL,
			 VERSION_CMS_OTHER_CONTENT);
	read_digest_algorithms(signed_data, r);
	read_content(signed_data, r);
	read_certificates(signed_data, r);
	refuse_crls(signed_data);
	read_signer(signed_data, r);
	der_end(signed_data, "the signature");
}

/* A SignedData begins with a number, a ContentInfo around it with an OID. */
static void read_outermost(struct der *inside, struct reader *r)
{
	struct der wrapped, signed_data;
	struct oid oid;

	if (der_next_is(inside, DER_INTEGER)) {
		read_signed_data(inside, r);
		return;
	}
	oid = der_oid(inside, "the kind of the signature");
	if (der_ok(inside) && !oid_is(&oid, OID_SIGNED_DATA))
		der_fail(inside, E_PKCS7_KIND,
			 "the signature is of kind %s, SignedData is %s",
			 oid.text, OID_SIGNED_DATA);
	wrapped = der_enter(inside, DER_CONSTRUCTED + 0, "the signature");
	der_end(inside, "the signature");
	signed_data = der_enter(&wrapped, DER_SEQUENCE, "the signature");
	der_end(&wrapped, "the signature");
	read_signed_data(&signed_data, r);
}

enum status pkcs7_parse(struct span bytes, struct pkcs7_view *ret,
			size_t *ret_used, struct error *err)
{
	struct reader r = { 0 };
	struct der_source source;
	struct der d = der_over(&source, bytes, err);
	struct der_element all = der_take(&d, DER_SEQUENCE, "the signature");
	struct der inside = der_inside(&d, &all);

	if (all.whole.len > PKCS7_SIZE_MAX)
		der_fail(&d, E_PKCS7_TOO_LARGE,
			 "the signature has %zu bytes, the most is %u",
			 all.whole.len, PKCS7_SIZE_MAX);
	r.view.der = all.whole;
	read_outermost(&inside, &r);
	if (!der_ok(&d))
		return der_status(&d);
	*ret = r.view;
	*ret_used = all.whole.len;
	return OK;
}
