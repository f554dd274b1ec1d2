#include "format/x509_server.h"

#define OID_KEY_USAGE	       "2.5.29.15"
#define OID_ALT_NAME	       "2.5.29.17"
#define OID_BASIC_CONSTRAINTS  "2.5.29.19"
#define OID_NAME_CONSTRAINTS   "2.5.29.30"
#define OID_POLICIES	       "2.5.29.32"
#define OID_EXTENDED_KEY_USAGE "2.5.29.37"
#define OID_ANY_PURPOSE	       "2.5.29.37.0"
#define OID_SERVER_AUTH	       "1.3.6.1.5.5.7.3.1"

static void check_once(struct der *d, bool *seen, const char *what)
{
	if (*seen)
		der_fail(d, E_X509_EXTENSION_TWICE,
			 "the certificate has %s 2 times, the most is 1", what);
	*seen = true;
}

static void check_not_empty(struct der *d, const char *what)
{
	if (der_ok(d) && !der_more(d))
		der_fail(d, E_X509_NAMES_EMPTY,
			 "%s has 0 elements, it should have 1 or more", what);
}

static void check_address(struct der *d, struct span value, bool is_subtree)
{
	size_t factor = is_subtree ? 2 : 1; /* an address, then a mask */

	if (value.len != 4 * factor && value.len != 16 * factor)
		der_fail(d, E_X509_NAME_ADDRESS,
			 "an iPAddress has %zu bytes, it should have %zu or "
			 "%zu",
			 value.len, 4 * factor, 16 * factor);
}

static void check_dns(struct der *d, struct span value)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.ptr[i] <= ' ' || value.ptr[i] >= 0x7f)
			der_fail(d, E_X509_NAME_DNS,
				 "a dNSName has the byte 0x%02x, it should be "
				 "of visible ASCII",
				 value.ptr[i]);
}

/* A GeneralName. directoryName is EXPLICIT, as Name is a CHOICE. */
static struct x509_name take_name(struct der *d, bool is_subtree)
{
	struct der_element element = der_any(d, "a name");
	struct x509_name name = { element.tag, element.content };

	if (name.kind == X509_NAME_DIRECTORY) {
		struct der inside = der_inside(d, &element);

		name.value = der_take(&inside, DER_SEQUENCE, "a directoryName")
				     .whole;
		der_end(&inside, "a directoryName");
	} else if (name.kind == X509_NAME_ADDRESS) {
		check_address(d, name.value, is_subtree);
	} else if (name.kind == X509_NAME_DNS) {
		check_dns(d, name.value);
	}
	return name;
}

/* GeneralSubtree: minimum is 0 and maximum absent (4.2.1.10). */
static struct x509_name take_subtree(struct der *d)
{
	struct der inside = der_enter(d, DER_SEQUENCE, "a subtree");
	struct x509_name name = take_name(&inside, true);

	if (der_more(&inside))
		der_fail(&inside, E_X509_SUBTREE,
			 "a subtree of nameConstraints goes on with 0x%02x "
			 "after its name, nothing may follow",
			 der_any(&inside, "a subtree").tag);
	return name;
}

static struct x509_names take_names(struct der *list, bool are_subtrees,
				    const char *what)
{
	struct x509_names names = { .are_subtrees = are_subtrees };

	names.rest = span_slice(list->c.all, list->c.at, cursor_left(&list->c));
	check_not_empty(list, what);
	while (der_more(list)) {
		if (are_subtrees)
			take_subtree(list);
		else
			take_name(list, false);
	}
	return names;
}

static void read_alt_names(struct der *value, struct x509_server *view)
{
	static const char what[] = "subjectAltName";
	struct der list = der_enter(value, DER_SEQUENCE, what);

	check_once(value, &view->has_names, what);
	view->names = take_names(&list, false, what);
}

static void read_purposes(struct der *value, struct x509_server *view)
{
	static const char what[] = "extendedKeyUsage";
	struct der list = der_enter(value, DER_SEQUENCE, what);

	check_once(value, &view->has_purposes, what);
	check_not_empty(&list, what);
	while (der_more(&list)) {
		struct oid oid = der_oid(&list, what);

		if (oid_is(&oid, OID_SERVER_AUTH) ||
		    oid_is(&oid, OID_ANY_PURPOSE))
			view->is_for_servers = true;
	}
}

static void read_constraints(struct der *value, bool *seen,
			     struct x509_server *view)
{
	static const char what[] = "nameConstraints";
	struct der lists = der_enter(value, DER_SEQUENCE, what);

	check_once(value, seen, what);
	check_not_empty(&lists, what);
	for (unsigned i = 0; i < 2; i++) {
		struct x509_names *names =
			i ? &view->excluded : &view->permitted;
		struct der list;

		if (!der_next_is(&lists, (uint8_t)(DER_CONSTRUCTED + i)))
			continue;
		list = der_enter(&lists, (uint8_t)(DER_CONSTRUCTED + i), what);
		*names = take_names(&list, true, what);
	}
	der_end(&lists, what);
}

/* Those of x509_parse(), and policies. */
static bool is_understood(const struct oid *oid)
{
	return oid_is(oid, OID_KEY_USAGE) ||
	       oid_is(oid, OID_BASIC_CONSTRAINTS) || oid_is(oid, OID_POLICIES);
}

static void read_extension(struct der *extensions, bool *has_constraints,
			   struct x509_server *view)
{
	static const char what[] = "the extension";
	struct der extension = der_enter(extensions, DER_SEQUENCE, what);
	struct oid oid = der_oid(&extension, what);
	bool is_critical = false;
	struct der value;

	if (der_next_is(&extension, DER_BOOLEAN))
		is_critical = der_boolean(&extension, "critical");
	value = der_enter(&extension, DER_OCTET_STRING, what);
	if (oid_is(&oid, OID_ALT_NAME)) {
		read_alt_names(&value, view);
	} else if (oid_is(&oid, OID_EXTENDED_KEY_USAGE)) {
		read_purposes(&value, view);
	} else if (oid_is(&oid, OID_NAME_CONSTRAINTS)) {
		read_constraints(&value, has_constraints, view);
	} else {
		if (is_critical && !is_understood(&oid) && !view->has_unknown) {
			view->has_unknown = true;
			view->unknown = oid;
		}
		return;
	}
	der_end(&value, what);
}

enum status x509_server_parse(const struct x509_view *cert,
			      struct x509_server *ret, struct error *err)
{
	struct x509_server view = { .has_names = false };
	bool has_constraints = false;
	struct der_source source;
	struct der d = der_over(&source, cert->der, err);

	d.c = cursor_over(cert->extensions);
	while (der_more(&d))
		read_extension(&d, &has_constraints, &view);
	if (der_ok(&d))
		*ret = view;
	return der_status(&d);
}

bool x509_names_next(struct x509_names *names, struct x509_name *ret)
{
	struct der_source source;
	struct der d = der_over(&source, names->rest, NULL);

	if (!der_more(&d))
		return false;
	*ret = names->are_subtrees ? take_subtree(&d) : take_name(&d, false);
	names->rest = span_slice(names->rest, d.c.at, cursor_left(&d.c));
	return der_ok(&d);
}
