/*
 * What comes instead of TLS, or of what the server has sent: other protocols,
 * other versions, alerts, every byte changed, every end too early.
 */
#include "tls_rig.h"

#include <stdio.h>

#define HOST	"boot.example"
#define PAYLOAD "what the server has to say"

#define _visit_ __attribute__((cleanup(tls_visit_end))) struct tls_visit

static void begin(struct tls_visit *visit)
{
	struct error err;

	tls_visit_begin(visit, "ca", HOST);
	assert_ok(&err, tls_init(&visit->settings, &visit->tls, &err));
}

/* Everything a server sends in a connection with one piece of data, properly
 * closed. Random numbers are the same every time, so it can be sent again. */
static struct span record(void)
{
	_drop_tls_server_ struct tls_server *server = tls_server_new("server");
	_visit_ visit;

	begin(&visit);
	tls_server_listen(server);
	tls_server_pump(server, visit.tls, SIZE_MAX);
	tls_server_say(server, span_of_text(PAYLOAD));
	tls_server_pump(server, visit.tls, SIZE_MAX);
	assert_span_text(tls_read(visit.tls), PAYLOAD);
	tls_consumed(visit.tls, strlen(PAYLOAD));
	br_ssl_engine_close(&server->context.eng);
	tls_server_pump(server, visit.tls, SIZE_MAX);
	assert_int_equal(tls_state(visit.tls), TLS_ENDED);
	return test_copy(span_of(server->sent, server->sent_len));
}

/* The client gets those bytes, whatever it answers; what it reads is counted
 * and must be the payload's beginning. */
static size_t replay(struct tls *tls, struct span bytes)
{
	size_t read = 0, taken;
	struct span data;

	do {
		while (tls_take(tls).len)
			tls_taken(tls, tls_take(tls).len);
		taken = tls_feed(tls, bytes);
		bytes = span_slice(bytes, taken, bytes.len - taken);
		data = tls_read(tls);
		if (data.len && (read + data.len > strlen(PAYLOAD) ||
				 memcmp(PAYLOAD + read, data.ptr, data.len)))
			fail_msg("data that the server did not send");
		read += data.len;
		tls_consumed(tls, data.len);
	} while (taken || data.len);
	return read;
}

static void the_recording_is_good(void **state)
{
	_drop_copy_ struct span sent = record();
	_visit_ visit;

	(void)state;
	begin(&visit);
	assert_int_equal(replay(visit.tls, sent), strlen(PAYLOAD));
	assert_int_equal(tls_state(visit.tls), TLS_ENDED);
	assert_status(OK, tls_feed_end(visit.tls, NULL));
}

/* The record that offset `at` lies in: its type, and where it begins. */
static uint8_t record_at(struct span sent, size_t at, size_t *ret_start)
{
	size_t start = 0;

	for (;;) {
		size_t len = 5 + (size_t)(sent.ptr[start + 3] << 8 |
					  sent.ptr[start + 4]);

		if (at < start + len)
			break;
		start += len;
	}
	*ret_start = start;
	return sent.ptr[start];
}

static void change(struct span sent, size_t at, uint8_t bits)
{
	_drop_copy_ struct span bad = test_copy(sent);
	struct error err = { .code = OK };
	size_t start, read;
	uint8_t type = record_at(sent, at, &start);
	bool is_sealed = type == 23 || (type == 21 && start > 200);
	_visit_ visit;

	begin(&visit);
	test_bytes(bad)[at] ^= bits;
	read = replay(visit.tls, bad);
	if (tls_state(visit.tls) == TLS_ENDED)
		fail_msg("byte 0x%zx may be changed", at);
	assert_true(read == 0 || read == strlen(PAYLOAD));
	if (tls_state(visit.tls) != TLS_FAILED) {
		/* it waits for the rest of a record that is not to come */
		assert_refused(E_TLS_CUT, &err, tls_feed_end(visit.tls, &err));
		return;
	}
	test_check_sentence(tls_error(visit.tls, &err), &err, __FILE__,
			    __LINE__);
	if (is_sealed && at >= start + 5)
		assert_int_equal(err.code, E_TLS_MAC);
}

static void no_byte_may_be_changed(void **state)
{
	_drop_copy_ struct span sent = record();

	(void)state;
	for (size_t at = 0; at < sent.len; at++)
		change(sent, at, (uint8_t)(1 << at % 8));
}

/* At each byte, a copy of the connection is told that there are no more. */
static void every_early_end_is_a_cut(void **state)
{
	_drop_copy_ struct span sent = record();
	static struct tls copy;
	_visit_ visit;

	(void)state;
	begin(&visit);
	for (size_t at = 0; at < sent.len; at++) {
		struct error err;

		assert_int_not_equal(tls_state(visit.tls), TLS_ENDED);
		memcpy(&copy, visit.tls, sizeof(copy));
		assert_refused(E_TLS_CUT, &err, tls_feed_end(&copy, &err));
		assert_int_equal(tls_state(&copy), TLS_FAILED);
		replay(visit.tls, span_slice(sent, at, 1));
	}
	assert_int_equal(tls_state(visit.tls), TLS_ENDED);
}

/* What had come before the cut can still be read: an HTTP length may say that
 * it is all. */
static void data_before_a_cut_can_be_read(void **state)
{
	_drop_tls_server_ struct tls_server *server = tls_server_new("server");
	_visit_ visit;

	(void)state;
	begin(&visit);
	tls_server_listen(server);
	tls_server_pump(server, visit.tls, SIZE_MAX);
	tls_server_say(server, span_of_text(PAYLOAD));
	tls_server_pump(server, visit.tls, SIZE_MAX);
	assert_status(E_TLS_CUT, tls_feed_end(visit.tls, NULL));
	assert_int_equal(tls_state(visit.tls), TLS_FAILED);
	assert_span_text(tls_read(visit.tls), PAYLOAD);
}

static void first_bytes_have_their_meaning(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		enum status want;
		const char *word;
	} cases[] = {
		{ "HTTP/1.1 400 Bad Request\r\nServer: x\r\n", 37,
		  E_TLS_NOT_TLS, "'HTTP/1.1 400 Bad Request??Server'" },
		{ "SSH-2.0-OpenSSH_9.2p1\r\n", 23, E_TLS_NOT_TLS, "'SSH-2.0" },
		{ "\0", 1, E_TLS_NOT_TLS, "begins with" },
		{ "\x16\x02", 2, E_TLS_NOT_TLS, "begins with" },
		{ "\x17\3\3\0\1x", 6, E_TLS_NOT_TLS, "begins with" },
		{ "\x15\3\3\0\2\2\x28", 7, E_TLS_ALERT,
		  "alert 40 (handshake_failure): it speaks no TLS 1.2" },
		{ "\x15\3\3\0\2\2\x70", 7, E_TLS_ALERT,
		  "alert 112 (unrecognized_name)" },
		{ "\x15\3\3\0\2\2\xee", 7, E_TLS_ALERT, "alert 238 (unnamed)" },
		{ "\x15\3\1\0\2\2\x46", 7, E_TLS_VERSION,
		  "refuses TLS 1.2, the only version spoken here (alert 70" },
		{ "\x15\3\3\0\2\1\0", 7, E_TLS_CUT, "before it was open" },
		{ "\x16\3\3\xff\xff", 5, E_TLS_LONG, "length" },
		{ "\x16\3\3\0\5\xee\0\0\1\0", 10, E_TLS_PROTOCOL,
		  "a message out of its order (error 10 of" },
		{ "\x16\3\3\0\4\x02\0\0\0", 9, E_TLS_PROTOCOL,
		  "a value or length that does not fit" },
		{ "\x16\3\1\0\x2a\2\0\0\x26\3\1", 11, E_TLS_VERSION,
		  "in another version" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_copy_ struct span bytes =
			test_copy(span_of(cases[i].bytes, cases[i].len));
		struct error err;
		_visit_ visit;

		begin(&visit);
		replay(visit.tls, bytes);
		assert_refused(cases[i].want, &err, tls_error(visit.tls, &err));
		print_message("    %s\n", err.text);
		if (!strstr(err.text, cases[i].word))
			fail_msg("'%s' has no '%s'", err.text, cases[i].word);
	}
}

static void older_servers_are_not_spoken_to(void **state)
{
	_drop_tls_server_ struct tls_server *server = tls_server_new("server");
	struct error err;
	_visit_ visit;

	(void)state;
	begin(&visit);
	br_ssl_engine_set_versions(&server->context.eng, BR_TLS10, BR_TLS11);
	tls_server_listen(server);
	tls_server_pump(server, visit.tls, SIZE_MAX);
	/* BearSSL's server has no suite in common with us then */
	assert_refused(E_TLS_ALERT, &err, tls_error(visit.tls, &err));
	assert_non_null(strstr(err.text, "it speaks no TLS 1.2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_recording_is_good),
		cmocka_unit_test(no_byte_may_be_changed),
		cmocka_unit_test(every_early_end_is_a_cut),
		cmocka_unit_test(data_before_a_cut_can_be_read),
		cmocka_unit_test(first_bytes_have_their_meaning),
		cmocka_unit_test(older_servers_are_not_spoken_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
