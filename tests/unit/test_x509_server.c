/* What certificates say about servers: read, each field broken. */
#include "tls_rig.h"

#include "format/x509_server.h"
#include "pki.h"

static enum status parse(struct span der, void *server, struct error *err)
{
	struct span copy = test_copy(der);
	struct x509_view view;
	enum status s = x509_parse(copy, &view, err);

	if (s == OK)
		s = x509_server_parse(&view, server, err);
	test_drop(&copy);
	return s;
}

static void read_from(struct span der, struct x509_server *ret)
{
	struct x509_view view;
	struct error err;

	assert_ok(&err, x509_parse(der, &view, &err));
	assert_ok(&err, x509_server_parse(&view, ret, &err));
}

static void assert_next(struct x509_names *names, uint8_t kind, const char *hex)
{
	_drop_copy_ struct span want = der_edit_bytes(hex);
	struct x509_name name;

	assert_true(x509_names_next(names, &name));
	assert_int_equal(name.kind, kind);
	assert_span_equal(name.value, want);
}

static void names_are_walked(void **state)
{
	static const char *const dns[] = { "boot.example", "*.wild.example" };
	_drop_copy_ struct span der = tls_read_der("server");
	struct x509_server server;
	struct x509_name name;

	(void)state;
	read_from(der, &server);
	assert_true(server.has_names && server.has_purposes);
	assert_true(server.is_for_servers);
	assert_false(server.has_unknown);
	for (size_t i = 0; i < test_count(dns); i++) {
		assert_true(x509_names_next(&server.names, &name));
		assert_int_equal(name.kind, X509_NAME_DNS);
		assert_span_text(name.value, dns[i]);
	}
	assert_next(&server.names, X509_NAME_ADDRESS, "c0000201");
	assert_next(&server.names, X509_NAME_ADDRESS,
		    "20010db8 00000000 00000000 00000001");
	assert_next(&server.names, X509_NAME_ADDRESS, "7f000001");
	assert_next(&server.names, X509_NAME_ADDRESS,
		    "00000000 00000000 00000000 00000001");
	assert_next(&server.names, X509_NAME_DNS, "6c6f63616c686f7374");
	assert_false(x509_names_next(&server.names, &name));
	assert_false(x509_names_next(&server.permitted, &name));
	assert_false(x509_names_next(&server.excluded, &name));
}

static void limits_are_walked(void **state)
{
	_drop_copy_ struct span der = tls_read_der("limited");
	struct x509_server server;
	struct x509_name name;

	(void)state;
	read_from(der, &server);
	assert_false(server.has_names || server.has_purposes);
	assert_next(&server.permitted, X509_NAME_DNS, "696e2e6578616d706c65");
	assert_next(&server.permitted, X509_NAME_DNS,
		    "2e7375622e6578616d706c65");
	assert_next(&server.permitted, X509_NAME_ADDRESS, "c0000200 ffffff00");
	assert_true(x509_names_next(&server.permitted, &name));
	assert_int_equal(name.value.len, 32);
	assert_false(x509_names_next(&server.permitted, &name));
	assert_next(&server.excluded, X509_NAME_DNS,
		    "6f75742e696e2e6578616d706c65");
	assert_next(&server.excluded, X509_NAME_ADDRESS, "c0000280 ffffff80");
	assert_false(x509_names_next(&server.excluded, &name));
}

static void directories_are_whole_names(void **state)
{
	_drop_copy_ struct span der = tls_read_der("limited-directory");
	struct x509_server server;
	struct x509_name name;
	struct display shown;

	(void)state;
	read_from(der, &server);
	assert_true(x509_names_next(&server.excluded, &name));
	assert_int_equal(name.kind, X509_NAME_DIRECTORY);
	x509_name_text(name.value, &shown);
	assert_string_equal(shown.text, "bad");
}

static void purposes_and_the_unknown_are_told(void **state)
{
	static const struct {
		const char *name;
		bool has_purposes, is_for_servers, has_unknown;
	} cases[] = {
		{ "ca", false, false, false },
		{ "for-clients", true, false, false },
		{ "for-any", true, true, false },
		{ "critical", true, true, true },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_copy_ struct span der = tls_read_der(cases[i].name);
		struct x509_server server;

		read_from(der, &server);
		assert_int_equal(server.has_purposes, cases[i].has_purposes);
		assert_int_equal(server.is_for_servers,
				 cases[i].is_for_servers);
		assert_int_equal(server.has_unknown, cases[i].has_unknown);
		if (server.has_unknown)
			assert_string_equal(server.unknown.text,
					    "1.3.6.1.4.1.55555.1");
	}
}

/* Extensions of "server": 2 is extendedKeyUsage, 3 subjectAltName. */
static void each_broken_name_has_its_code(void **state)
{
#define SAN "0/7/0/3"
#define EKU "0/7/0/2"
	static const struct broken broken[] = {
		{ SAN, DER_TWICE, "", E_X509_EXTENSION_TWICE },
		{ SAN "/1", DER_CONTENT, "3000", E_X509_NAMES_EMPTY },
		{ SAN "/1", DER_CONTENT, "", E_DER_TRUNCATED },
		{ SAN "/1", DER_CONTENT, "0500", E_DER_TAG },
		{ SAN "/1", DER_APPEND, "0500", E_DER_TRAILING },
		{ SAN "/1/0/0", DER_CONTENT, "61 20 62", E_X509_NAME_DNS },
		{ SAN "/1/0/0", DER_CONTENT, "61 00 62", E_X509_NAME_DNS },
		{ SAN "/1/0/0", DER_CONTENT, "61 c3 a4", E_X509_NAME_DNS },
		{ SAN "/1/0/0", DER_CONTENT, "61 7f", E_X509_NAME_DNS },
		{ SAN "/1/0/0", DER_CONTENT, "21 7e", OK },
		{ SAN "/1/0/2", DER_CONTENT, "", E_X509_NAME_ADDRESS },
		{ SAN "/1/0/2", DER_CONTENT, "c00002", E_X509_NAME_ADDRESS },
		{ SAN "/1/0/2", DER_CONTENT, "c000020100",
		  E_X509_NAME_ADDRESS },
		/* with a mask, which names have not */
		{ SAN "/1/0/2", DER_CONTENT, "c0000201 ffffffff",
		  E_X509_NAME_ADDRESS },
		{ SAN "/1/0/0", DER_REPLACE, "a4023000", OK },
		{ SAN "/1/0/0", DER_REPLACE, "a4023100", E_DER_TAG },
		{ SAN "/1/0/0", DER_REPLACE, "a4043000 3000", E_DER_TRAILING },
		{ SAN "/1/0/0", DER_REPLACE, "a400", E_DER_TRUNCATED },
		{ SAN "/1/0/6", DER_REPLACE, "8203 61", E_DER_PAST_END },
		{ SAN "/1/0/0", DER_REPLACE, "880129", OK },
		{ EKU, DER_TWICE, "", E_X509_EXTENSION_TWICE },
		{ EKU "/1", DER_CONTENT, "3000", E_X509_NAMES_EMPTY },
		{ EKU "/1/0/0", DER_REPLACE, "0500", E_DER_TAG },
		{ EKU "/1/0/0", DER_CONTENT, "2b80", E_DER_OID },
		{ EKU "/1", DER_APPEND, "0500", E_DER_TRAILING },
	};
	_drop_copy_ struct span der = tls_read_der("server");

	(void)state;
	pki_check_broken(der, broken, test_count(broken), parse,
			 sizeof(struct x509_server));
}

static void each_broken_limit_has_its_code(void **state)
{
#define LIMITS "0/7/0/2"
	static const struct broken broken[] = {
		{ LIMITS, DER_TWICE, "", E_X509_EXTENSION_TWICE },
		{ LIMITS "/2", DER_CONTENT, "3000", E_X509_NAMES_EMPTY },
		{ LIMITS "/2/0/0", DER_CONTENT, "", E_X509_NAMES_EMPTY },
		{ LIMITS "/2/0/1", DER_CONTENT, "", E_X509_NAMES_EMPTY },
		{ LIMITS "/2/0/1", DER_REPLACE, "", OK },
		{ LIMITS "/2/0/0", DER_TWICE, "", E_DER_TRAILING },
		{ LIMITS "/2/0", DER_APPEND, "0500", E_DER_TRAILING },
		{ LIMITS "/2", DER_APPEND, "0500", E_DER_TRAILING },
		{ LIMITS "/2/0/0/0", DER_REPLACE, "0500", E_DER_TAG },
		{ LIMITS "/2/0/0/0", DER_CONTENT, "", E_DER_TRUNCATED },
		/* minimum, maximum */
		{ LIMITS "/2/0/0/0", DER_APPEND, "800100", E_X509_SUBTREE },
		{ LIMITS "/2/0/0/0", DER_APPEND, "810101", E_X509_SUBTREE },
		/* without a mask */
		{ LIMITS "/2/0/0/2/0", DER_CONTENT, "c0000201",
		  E_X509_NAME_ADDRESS },
		{ LIMITS "/2/0/0/0/0", DER_CONTENT, "20", E_X509_NAME_DNS },
		{ LIMITS "/2/0/0/0/0", DER_CONTENT, "", OK }, /* all */
	};
	_drop_copy_ struct span der = tls_read_der("limited");

	(void)state;
	pki_check_broken(der, broken, test_count(broken), parse,
			 sizeof(struct x509_server));
}

/* The list inside is shortened everywhere, with all around it made to fit. */
static void shortened_lists_never_run_over(void **state)
{
	_drop_copy_ struct span der = tls_read_der("server");
	struct span list = der_edit_find(der, SAN "/1");
	struct span content = span_slice(list, 2, list.len - 2);

	(void)state;
	for (size_t len = 0; len < content.len; len++) {
		_drop_copy_ struct span cut = der_edit(
			der, SAN "/1", DER_CONTENT, span_of(content.ptr, len));
		struct x509_server server;

		assert_int_not_equal(parse(cut, &server, NULL), OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_walked),
		cmocka_unit_test(limits_are_walked),
		cmocka_unit_test(directories_are_whole_names),
		cmocka_unit_test(purposes_and_the_unknown_are_told),
		cmocka_unit_test(each_broken_name_has_its_code),
		cmocka_unit_test(each_broken_limit_has_its_code),
		cmocka_unit_test(shortened_lists_never_run_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
