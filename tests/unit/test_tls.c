/*
 * TLS with a server of BearSSL's in this process: what goes well, and each way
 * in which a server or the way to it can be wrong.
 */
#include "tls_rig.h"

#include <stdio.h>

#define HOST	 "boot.example"
#define ANY_STEP 65536

#define _server_ _drop_tls_server_ struct tls_server
#define _visit_	 __attribute__((cleanup(tls_visit_end))) struct tls_visit

static void start(struct tls_visit *visit)
{
	struct error err;

	assert_ok(&err, tls_init(&visit->settings, &visit->tls, &err));
	assert_int_equal(tls_state(visit->tls), TLS_HANDSHAKE);
}

/* The two meet; fails unless that comes to `want`. */
static void meet(struct tls_server *server, struct tls_visit *visit,
		 enum status want, size_t step)
{
	struct error err = { .code = OK };

	tls_server_listen(server);
	start(visit);
	tls_server_pump(server, visit->tls, step);
	if (want == OK) {
		assert_ok(&err, tls_error(visit->tls, &err));
		assert_int_equal(tls_state(visit->tls), TLS_OPEN);
		return;
	}
	assert_refused(want, &err, tls_error(visit->tls, &err));
	print_message("    %s\n", err.text);
	assert_int_equal(tls_state(visit->tls), TLS_FAILED);
	assert_int_equal(tls_write(visit->tls, span_of_text("secret")), 0);
	assert_int_equal(tls_feed(visit->tls, span_of_text("more")), 0);
	assert_int_equal(tls_read(visit->tls).len, 0);
}

static void assert_reads(struct tls *tls, struct span want)
{
	struct span got = tls_read(tls);

	assert_span_equal(got, want);
	tls_consumed(tls, got.len);
}

static void assert_hears(struct tls_server *server, const char *want)
{
	uint8_t got[256];
	size_t len = tls_server_hear(server, got, sizeof(got));

	assert_span_text(span_of(got, len), want);
}

/* --- what goes well ------------------------------------------------------- */

static void data_goes_both_ways(void **state)
{
	static const size_t steps[] = { 1, 7, ANY_STEP };

	(void)state;
	for (size_t i = 0; i < test_count(steps); i++) {
		_server_ *server;
		_visit_ visit;
		struct tls *tls;

		server = tls_server_new("server");
		tls_visit_begin(&visit, "ca", HOST);
		meet(server, &visit, OK, steps[i]);
		tls = visit.tls;
		/* a connection serves one request after the other */
		for (unsigned round = 0; round < 3; round++) {
			assert_int_equal(tls_write(tls, span_of_text("GET")),
					 3);
			tls_server_pump(server, tls, steps[i]);
			assert_hears(server, "GET");
			assert_int_equal(
				tls_server_say(server, span_of_text("200")), 3);
			tls_server_pump(server, tls, steps[i]);
			assert_reads(tls, span_of_text("200"));
			assert_int_equal(tls_state(tls), TLS_OPEN);
		}
		br_ssl_engine_close(&server->context.eng);
		tls_server_pump(server, tls, steps[i]);
		assert_int_equal(tls_state(tls), TLS_ENDED);
		assert_status(OK, tls_feed_end(tls, NULL));
		assert_int_equal(tls_write(tls, span_of_text("x")), 0);
	}
}

/* More than a record, and more than there is room for, in both directions. */
static void much_data_arrives_whole(void **state)
{
	_drop_copy_ struct span all = test_make_bytes(200000);
	size_t said = 0, heard = 0, written = 0, read = 0;
	_server_ *server;
	_visit_ visit;

	(void)state;
	server = tls_server_new("server");
	tls_visit_begin(&visit, "ca", HOST);
	meet(server, &visit, OK, ANY_STEP);
	while (heard < all.len || read < all.len) {
		uint8_t got[3000];
		struct span in;
		size_t len;

		said += tls_server_say(server,
				       span_slice(all, said, all.len - said));
		written += tls_write(
			visit.tls, span_slice(all, written, all.len - written));
		tls_server_pump(server, visit.tls, 5000);
		in = tls_read(visit.tls);
		if (in.len > 777)
			in.len = 777;
		assert_span_equal(in, span_slice(all, read, in.len));
		tls_consumed(visit.tls, in.len);
		read += in.len;
		len = tls_server_hear(server, got, sizeof(got));
		assert_span_equal(span_of(got, len),
				  span_slice(all, heard, len));
		heard += len;
	}
	assert_int_equal(tls_state(visit.tls), TLS_OPEN);
}

/* Each suite alone is taken; of all, the one this CPU is fast with. */
static void suites_come_in_the_cpus_order(void **state)
{
	const struct {
		const char *server, *want;
		uint16_t suite;
	} cases[] = {
		{ "server", "ECDHE-ECDSA-AES128-GCM-SHA256",
		  BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 },
		{ "server", "ECDHE-ECDSA-AES256-GCM-SHA384",
		  BR_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 },
		{ "server", "ECDHE-ECDSA-CHACHA20-POLY1305",
		  BR_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 },
		{ "server-rsa", "ECDHE-RSA-AES128-GCM-SHA256",
		  BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 },
		{ "server-rsa", "ECDHE-RSA-AES256-GCM-SHA384",
		  BR_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 },
		{ "server-rsa", "ECDHE-RSA-CHACHA20-POLY1305",
		  BR_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 },
		{ "server",
		  br_aes_x86ni_ctr_get_vtable() && br_ghash_pclmul_get()
			  ? "ECDHE-ECDSA-AES128-GCM-SHA256"
			  : "ECDHE-ECDSA-CHACHA20-POLY1305",
		  0 },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		char line[256], want[256];
		struct text text = text_over(line, sizeof(line));
		_server_ *server;
		_visit_ visit;

		server = tls_server_new(cases[i].server);
		if (cases[i].suite)
			br_ssl_engine_set_suites(&server->context.eng,
						 &cases[i].suite, 1);
		tls_visit_begin(&visit, "ca ca-rsa", HOST);
		meet(server, &visit, OK, ANY_STEP);
		tls_describe(visit.tls, &text);
		snprintf(want, sizeof(want),
			 "TLS 1.2, %s, shown by %s, trusted by %s",
			 cases[i].want, cases[i].server,
			 strcmp(cases[i].server, "server") ? "ca-rsa" : "ca");
		assert_string_equal(line, want);
		tls_server_say(server, span_of_text("hello"));
		tls_server_pump(server, visit.tls, ANY_STEP);
		assert_reads(visit.tls, span_of_text("hello"));
	}
}

static void every_kind_of_key_can_serve(void **state)
{
	static const char *const cases[][3] = {
		{ "server-p384", "ca", HOST },
		{ "server-p521", "ca-p521", HOST },
		{ "server-rsa", "ca-rsa", HOST },
		{ "server-mixed", "ca", HOST },
		{ "of-inter+inter", "ca", HOST },
		{ "server", "ca", "192.0.2.1" },
		{ "server", "ca", "2001:db8::1" },
		{ "self", "self", HOST },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_server_ *server;
		_visit_ visit;

		server = tls_server_new(cases[i][0]);
		tls_visit_begin(&visit, cases[i][1], cases[i][2]);
		meet(server, &visit, OK, ANY_STEP);
		/* a name is told to the server, an address is not */
		assert_string_equal(
			br_ssl_engine_get_server_name(&server->context.eng),
			strcmp(cases[i][2], HOST) ? "" : HOST);
	}
}

static void clients_show_every_kind_of_key(void **state)
{
	static const char *const names[] = { "client-rsa", "client-p256",
					     "client-p384", "client-p521" };

	(void)state;
	for (size_t i = 0; i < test_count(names); i++) {
		_drop_tls_identity_ struct tls_identity *identity =
			tls_read_identity(names[i]);
		_server_ *server;
		_visit_ visit;

		server = tls_server_new("server");
		tls_server_ask(server, names[i]);
		tls_visit_begin(&visit, "ca", HOST);
		visit.settings.identity = identity;
		/* the server has checked what was signed */
		meet(server, &visit, OK, ANY_STEP);
	}
}

static void a_server_may_ask_in_vain(void **state)
{
	_server_ *server;
	_visit_ visit;

	(void)state;
	server = tls_server_new("server");
	tls_server_ask(server, "client-rsa");
	br_ssl_engine_add_flags(&server->context.eng,
				BR_OPT_TOLERATE_NO_CLIENT_AUTH);
	tls_visit_begin(&visit, "ca", HOST);
	meet(server, &visit, OK, ANY_STEP);
}

static void a_new_handshake_is_declined(void **state)
{
	_server_ *server;
	_visit_ visit;

	(void)state;
	server = tls_server_new("server");
	tls_visit_begin(&visit, "ca", HOST);
	meet(server, &visit, OK, ANY_STEP);
	assert_true(br_ssl_engine_renegotiate(&server->context.eng));
	tls_server_pump(server, visit.tls, ANY_STEP);
	/* the answer is the alert no_renegotiation; nothing else happens */
	assert_int_equal(br_ssl_engine_last_error(&server->context.eng),
			 BR_ERR_RECV_FATAL_ALERT + 100);
	assert_int_equal(tls_state(visit.tls), TLS_OPEN);
	assert_int_equal(tls_write(visit.tls, span_of_text("x")), 1);
}

/* --- servers that are not the one ----------------------------------------- */

static void wrong_certificates_end_the_handshake(void **state)
{
	static const struct {
		const char *server, *trusted, *host;
		enum status want;
	} cases[] = {
		{ "server", "ca", "other.example", E_TLS_NAME_OTHER },
		{ "server", "ca", "192.0.2.9", E_TLS_NAME_OTHER },
		{ "server", "stranger", HOST, E_TLS_UNKNOWN_CA },
		{ "server", "ca-again", HOST, E_TLS_OTHER_KEY },
		{ "self", "ca", HOST, E_TLS_SELF_SIGNED },
		{ "of-inter", "ca", HOST, E_TLS_UNKNOWN_CA },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_server_ *server;
		_visit_ visit;

		server = tls_server_new(cases[i].server);
		tls_visit_begin(&visit, cases[i].trusted, cases[i].host);
		meet(server, &visit, cases[i].want, ANY_STEP);
	}
}

static void the_clock_counts_as_far_as_it_is_known(void **state)
{
	static const struct {
		struct tls_clock clock;
		enum status want;
	} cases[] = {
		{ { true, 2051222400 }, OK },
		{ { true, 2051222401 }, E_TLS_EXPIRED },
		{ { true, 1735689599 }, E_TLS_NOT_YET },
		{ { false, 1735689599 }, OK },
		{ { false, 2051222401 }, E_TLS_EXPIRED },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_server_ *server;
		_visit_ visit;

		server = tls_server_new("server");
		tls_visit_begin(&visit, "ca", HOST);
		visit.settings.clock = cases[i].clock;
		meet(server, &visit, cases[i].want, ANY_STEP);
	}
}

/* A certificate of somebody else's, as anyone can show. */
static void a_certificate_without_its_key_is_not_enough(void **state)
{
	static const char *const cases[][2] = {
		{ "of-inter", "server" }, { "server-mixed", "server-rsa" }
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_tls_identity_ struct tls_identity *other =
			tls_read_identity(cases[i][1]);
		_server_ *server;
		_visit_ visit;

		server = tls_server_new(cases[i][0]);
		memcpy(server->identity->chain, other->chain,
		       sizeof(other->chain));
		tls_visit_begin(&visit, "ca ca-rsa", HOST);
		meet(server, &visit, E_TLS_SIGNATURE, ANY_STEP);
	}
}

static void too_many_certificates_are_refused(void **state)
{
	static uint8_t large[TLS_CERTS_BYTES_MAX];
	br_x509_certificate chain[TLS_CERTS_MAX + 1];
	const struct {
		size_t count, len;
		enum status want;
	} cases[] = {
		{ TLS_CERTS_MAX, 0, OK },
		{ TLS_CERTS_MAX + 1, 0, E_TLS_CERT_MANY },
		{ 2, sizeof(large), E_TLS_CERT_MANY },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_server_ *server;
		_visit_ visit;

		server = tls_server_new("server");
		for (size_t j = 0; j < test_count(chain); j++)
			chain[j] = server->identity->chain[0];
		if (cases[i].len)
			chain[1] = (br_x509_certificate){ large, cases[i].len };
		br_ssl_server_set_single_ec(
			&server->context, chain, cases[i].count,
			&server->identity->ec, BR_KEYTYPE_SIGN, BR_KEYTYPE_EC,
			&br_ec_prime_i31, br_ecdsa_i31_sign_asn1);
		tls_visit_begin(&visit, "ca", HOST);
		meet(server, &visit, cases[i].want, ANY_STEP);
	}
}

static void settings_are_checked(void **state)
{
	_drop_keyring_ struct keyring none = KEYRING_NONE;
	_visit_ visit;
	struct error err;

	(void)state;
	tls_visit_begin(&visit, "ca", "a b");
	assert_refused(E_TLS_SERVER_NAME, &err,
		       tls_init(&visit.settings, &visit.tls, &err));
	visit.settings.server = HOST;
	visit.settings.keyring = &none;
	assert_refused(E_TLS_NO_CA, &err,
		       tls_init(&visit.settings, &visit.tls, &err));
	assert_null(visit.tls);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_goes_both_ways),
		cmocka_unit_test(much_data_arrives_whole),
		cmocka_unit_test(suites_come_in_the_cpus_order),
		cmocka_unit_test(every_kind_of_key_can_serve),
		cmocka_unit_test(clients_show_every_kind_of_key),
		cmocka_unit_test(a_server_may_ask_in_vain),
		cmocka_unit_test(a_new_handshake_is_declined),
		cmocka_unit_test(wrong_certificates_end_the_handshake),
		cmocka_unit_test(the_clock_counts_as_far_as_it_is_known),
		cmocka_unit_test(a_certificate_without_its_key_is_not_enough),
		cmocka_unit_test(too_many_certificates_are_refused),
		cmocka_unit_test(settings_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
