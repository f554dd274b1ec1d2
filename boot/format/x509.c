#include "format/x509.h"

#include "format/algorithm.h"
#include "format/der.h"

#define VERSION_1 0
#define VERSION_2 1
#define VERSION_3 2

#define OID_COMMON_NAME	      "2.5.4.3"
#define OID_ORGANIZATION      "2.5.4.10"
#define OID_KEY_USAGE	      "2.5.29.15"
#define OID_BASIC_CONSTRAINTS "2.5.29.19"

#define POINT_UNCOMPRESSED 0x04
#define NAME_TEXT_MAX	   512

/* What a certificate's own fields decide about others of it. */
struct reader {
	struct x509_view view;
	uint32_t version;
	struct span inner_algorithm; /* as stored, to be compared */
	bool has_constraints;
};

/* One AttributeTypeAndValue of a Name (RFC 5280, 4.1.2.4). */
struct name_part {
	struct oid oid;
	struct der_element value;
};

static struct name_part take_name_part(struct der *set, const char *what)
{
	struct der pair = der_enter(set, DER_SEQUENCE, what);
	struct name_part part = { .oid = der_oid(&pair, what) };

	part.value = der_any(&pair, what);
	der_end(&pair, what);
	return part;
}

/* Only the form: names are compared byte by byte. */
static struct span take_name(struct der *d, const char *what)
{
	struct der_element name = der_take(d, DER_SEQUENCE, what);
	struct der sets = der_inside(d, &name);

	while (der_more(&sets)) {
		struct der set = der_enter(&sets, DER_SET, what);

		do
			take_name_part(&set, what);
		while (der_more(&set));
	}
	return name.whole;
}

static void add_units(struct text *t, struct span value, unsigned unit)
{
	for (size_t i = 0; i + unit <= value.len; i += unit) {
		uint32_t point = value.ptr[i];

		if (unit == 2)
			point = point << 8 | value.ptr[i + 1];
		/* halves of a pair mean nothing alone */
		if (point >= 0xd800 && point < 0xe000)
			point = 0xfffd;
		text_add_point(t, point);
	}
}

static struct display shown_value(const struct der_element *value)
{
	char buf[NAME_TEXT_MAX];
	struct text t = text_over(buf, sizeof(buf));

	if (value->tag == DER_BMP_STRING)
		add_units(&t, value->content, 2);
	else if (value->tag == DER_TELETEX_STRING) /* Latin-1, as it is used */
		add_units(&t, value->content, 1);
	else
		return display_of(value->content);
	return display_of(span_of(buf, t.len));
}

void x509_name_text(struct span name, struct display *ret)
{
	struct der_element common = { 0 }, organization = { 0 };
	struct der_source source;
	struct der d = der_over(&source, name, NULL);
	struct der sets = der_enter(&d, DER_SEQUENCE, "the name");

	while (der_more(&sets)) {
		struct der set = der_enter(&sets, DER_SET, "the name");

		while (der_more(&set)) {
			struct name_part part =
				take_name_part(&set, "the name");

			if (oid_is(&part.oid, OID_COMMON_NAME))
				common = part.value;
			else if (oid_is(&part.oid, OID_ORGANIZATION))
				organization = part.value;
		}
	}
	*ret = shown_value(common.content.len ? &common : &organization);
	if (!ret->text[0]) /* neither, or half a character */
		*ret = display_of_text("unnamed");
}

static void read_version(struct der *tbs, struct reader *r)
{
	struct der inside;

	r->version = VERSION_1;
	if (!der_next_is(tbs, DER_CONSTRUCTED + 0))
		return;
	inside = der_enter(tbs, DER_CONSTRUCTED + 0, "the version");
	r->version = der_number(&inside, "the version");
	der_end(&inside, "the version");
	/* version 1 is the default, which DER does not write down */
	if (der_ok(tbs) && r->version != VERSION_2 && r->version != VERSION_3)
		der_fail(tbs, E_X509_VERSION,
			 "the certificate's version field is %u, it should be "
			 "%u, %u or absent",
			 r->version, VERSION_2, VERSION_3);
}

static void read_validity(struct der *tbs, struct x509_view *view)
{
	struct der validity = der_enter(tbs, DER_SEQUENCE, "the validity");

	view->not_before = der_time(&validity, "notBefore");
	view->not_after = der_time(&validity, "notAfter");
	der_end(&validity, "the validity");
}

static void read_rsa_key(struct der *algorithm, struct der *bits,
			 struct x509_key *key)
{
	static const char what[] = "the RSA key";
	struct span octets = der_bit_octets(bits, what);
	struct der key_bits = { .source = bits->source,
				.c = cursor_over(octets) };
	struct der pair;

	algorithm_take_null_or_nothing(algorithm, what);
	pair = der_enter(&key_bits, DER_SEQUENCE, what);
	der_end(&key_bits, what);
	key->kind = X509_KEY_RSA;
	key->modulus = der_natural(&pair, "the RSA modulus");
	key->exponent = der_natural(&pair, "the RSA exponent");
	der_end(&pair, what);
	if (der_ok(bits) && (!key->modulus.len || !key->exponent.len))
		der_fail(bits, E_X509_RSA_ZERO,
			 "the RSA modulus has %zu bytes and the exponent %zu, "
			 "both are above 0",
			 key->modulus.len, key->exponent.len);
}

static void read_ec_key(struct der *algorithm, struct der *bits,
			struct x509_key *key)
{
	struct span point = der_bit_octets(bits, "the EC point");
	size_t number_len;
	struct oid oid;

	/* parameters that are written out, or left to the issuer */
	if (!der_next_is(algorithm, DER_OID))
		return;
	oid = der_oid(algorithm, "the EC curve");
	der_end(algorithm, "the EC curve");
	key->curve = algorithm_curve(&oid, &number_len);
	if (key->curve == X509_CURVE_NONE)
		return;
	key->kind = X509_KEY_EC;
	key->point = point;
	if (der_ok(bits) && (point.len != 1 + 2 * number_len ||
			     point.ptr[0] != POINT_UNCOMPRESSED))
		der_fail(bits, E_X509_POINT,
			 "the EC point has %zu bytes and begins with 0x%02x, "
			 "it should have %zu and begin with 0x%02x",
			 point.len, point.len ? point.ptr[0] : 0,
			 1 + 2 * number_len, POINT_UNCOMPRESSED);
}

/* SubjectPublicKeyInfo (RFC 5280, 4.1.2.7; RFC 3279; RFC 5480). */
static void read_key(struct der *tbs, struct x509_key *key)
{
	static const char what[] = "the public key";
	struct der info = der_enter(tbs, DER_SEQUENCE, what);
	struct der algorithm = der_enter(&info, DER_SEQUENCE, what);
	struct oid oid = der_oid(&algorithm, what);

	if (oid_is(&oid, OID_RSA_ENCRYPTION))
		read_rsa_key(&algorithm, &info, key);
	else if (oid_is(&oid, OID_EC_PUBLIC_KEY))
		read_ec_key(&algorithm, &info, key);
	else
		der_take(&info, DER_BIT_STRING, what);
	der_end(&info, what);
}

static void read_unique_id(struct der *tbs, const struct reader *r,
			   unsigned number)
{
	if (!der_next_is(tbs, (uint8_t)(DER_CONTEXT + number)))
		return;
	if (r->version == VERSION_1)
		der_fail(tbs, E_X509_UNIQUE_ID,
			 "the certificate has version 1 and a unique "
			 "identifier [%u], which begin with version 2",
			 number);
	der_any(tbs, "the unique identifier");
}

static void read_basic_constraints(struct der *value, struct reader *r)
{
	static const char what[] = "basicConstraints";
	struct der fields = der_enter(value, DER_SEQUENCE, what);

	if (r->has_constraints)
		der_fail(value, E_X509_EXTENSION_TWICE,
			 "the certificate has basicConstraints 2 times, the "
			 "most is 1");
	r->has_constraints = true;
	/* FALSE is the default and should be absent; some issuers write it,
	 * and it cannot be taken for something else. */
	if (der_next_is(&fields, DER_BOOLEAN))
		r->view.is_ca = der_boolean(&fields, "basicConstraints.cA");
	if (der_next_is(&fields, DER_INTEGER)) {
		r->view.has_path_len = true;
		r->view.path_len = der_number(
			&fields, "basicConstraints.pathLenConstraint");
		if (der_ok(&fields) && !r->view.is_ca)
			der_fail(&fields, E_X509_PATH_LEN,
				 "basicConstraints has a path length of %u and "
				 "a cA of FALSE",
				 r->view.path_len);
	}
	der_end(&fields, what);
}

static void read_key_usage(struct der *value, struct reader *r)
{
	if (r->view.has_key_usage)
		der_fail(value, E_X509_EXTENSION_TWICE,
			 "the certificate has keyUsage 2 times, the most is 1");
	r->view.has_key_usage = true;
	r->view.key_usage = der_named_bits(value, "keyUsage");
}

static void read_extension(struct der *extensions, struct reader *r)
{
	static const char what[] = "the extension";
	struct der extension = der_enter(extensions, DER_SEQUENCE, what);
	struct oid oid = der_oid(&extension, what);
	struct der value;

	/* what is critical is passed over as well, see x509.h */
	if (der_next_is(&extension, DER_BOOLEAN))
		der_boolean(&extension, "the extension's critical");
	value = der_enter(&extension, DER_OCTET_STRING, what);
	der_end(&extension, what);
	if (oid_is(&oid, OID_BASIC_CONSTRAINTS))
		read_basic_constraints(&value, r);
	else if (oid_is(&oid, OID_KEY_USAGE))
		read_key_usage(&value, r);
	else
		return;
	der_end(&value, what);
}

static void read_extensions(struct der *tbs, struct reader *r)
{
	struct der_element all;
	struct der inside, extensions;

	if (!der_next_is(tbs, DER_CONSTRUCTED + 3))
		return;
	if (r->version != VERSION_3)
		der_fail(tbs, E_X509_EXTENSIONS_VERSION,
			 "the certificate has extensions and version %u, they "
			 "need version 3",
			 r->version + 1);
	inside = der_enter(tbs, DER_CONSTRUCTED + 3, "the extensions");
	all = der_take(&inside, DER_SEQUENCE, "the extensions");
	extensions = der_inside(&inside, &all);
	der_end(&inside, "the extensions");
	r->view.extensions = all.content;
	while (der_more(&extensions))
		read_extension(&extensions, r);
}

/* TBSCertificate (RFC 5280, 4.1.2). */
static void read_tbs(struct der *certificate, struct reader *r)
{
	struct x509_view *view = &r->view;
	struct der_element element =
		der_take(certificate, DER_SEQUENCE, "TBSCertificate");
	struct der tbs = der_inside(certificate, &element);

	view->tbs = element.whole;
	read_version(&tbs, r);
	view->serial = der_integer(&tbs, "the serial number");
	r->inner_algorithm =
		der_take(&tbs, DER_SEQUENCE, "the signature algorithm").whole;
	view->issuer = take_name(&tbs, "the issuer");
	read_validity(&tbs, view);
	view->subject = take_name(&tbs, "the subject");
	read_key(&tbs, &view->key);
	read_unique_id(&tbs, r, 1);
	read_unique_id(&tbs, r, 2);
	read_extensions(&tbs, r);
	der_end(&tbs, "TBSCertificate");
}

/* The algorithm stands twice; only the first is signed (4.1.1.2). */
static void read_algorithm(struct der *certificate, struct reader *r)
{
	static const char what[] = "the signature algorithm";
	struct der ahead = *certificate;
	struct span outer = der_take(&ahead, DER_SEQUENCE, what).whole;
	struct x509_algorithm algorithm =
		algorithm_take_signature(certificate, what);

	if (der_ok(certificate) && !span_equal(outer, r->inner_algorithm))
		der_fail(certificate, E_X509_ALGORITHMS_DIFFER,
			 "the signature algorithm of %zu bytes differs from "
			 "the one of %zu bytes that is signed",
			 outer.len, r->inner_algorithm.len);
	/* a key's algorithm does not say how something was signed */
	if (!algorithm.digest)
		algorithm.kind = X509_KEY_OTHER;
	r->view.algorithm = algorithm;
}

enum status x509_parse(struct span der, struct x509_view *ret,
		       struct error *err)
{
	struct reader r = { .view.der = der };
	struct der_source source;
	struct der d = der_over(&source, der, err);
	struct der certificate;

	if (der.len > X509_SIZE_MAX)
		return fail(err, E_X509_TOO_LARGE,
			    "the certificate has %zu bytes, the most is %u",
			    der.len, X509_SIZE_MAX);
	certificate = der_enter(&d, DER_SEQUENCE, "the certificate");
	der_end(&d, "the certificate");
	read_tbs(&certificate, &r);
	read_algorithm(&certificate, &r);
	r.view.signature = der_bit_octets(&certificate, "the signature");
	der_end(&certificate, "the certificate");
	if (der_ok(&d))
		*ret = r.view;
	return der_status(&d);
}
