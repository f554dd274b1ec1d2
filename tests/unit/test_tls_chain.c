/*
 * Chains of TLS servers' certificates, each wrong in one way (tests/data/tls),
 * and the one sentence that each comes to.
 */
#include "tls_rig.h"

#define HOST "boot.example"

/* What the server sends, what is trusted, and what comes of it. */
struct chain {
	const char *sent, *trusted, *host;
	struct tls_clock clock;
	enum status want;
	const char *word; /* that the sentence must have */
};

static void judge(const struct chain *c, struct tls_chain_answer *answer,
		  struct span certs[static TLS_CERTS_MAX])
{
	_drop_keyring_ struct keyring keyring = KEYRING_NONE;
	struct tls_chain_question q = { .keyring = &keyring,
					.clock = c->clock };
	struct span rest = span_of_text(c->sent), word;
	struct tls_name name;
	struct error err;

	while ((word = span_next_word(&rest)).len) {
		char file[64] = "";

		memcpy(file, word.ptr, word.len);
		certs[q.count] = tls_read_der(file);
		q.certs[q.count] = certs[q.count];
		q.count++;
	}
	tls_trust(&keyring, c->trusted);
	assert_ok(&err, tls_name_parse(c->host, &name, &err));
	q.server = &name;
	if (c->want == OK) {
		assert_ok(&err, tls_chain_judge(&q, answer, &err));
		return;
	}
	assert_refused(c->want, &err, tls_chain_judge(&q, answer, &err));
	print_message("    %s\n", err.text);
	if (!strstr(err.text, c->word))
		fail_msg("'%s' has no '%s'", err.text, c->word);
	assert_int_equal(tls_chain_judge(&q, answer, NULL), c->want);
}

static void judge_all(const struct chain *chains, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct span certs[TLS_CERTS_MAX] = { { 0 } };
		struct tls_chain_answer answer;
		struct chain c = chains[i];

		if (!c.clock.now)
			c.clock = (struct tls_clock){ true, TLS_TIME };
		print_message("%s, trusted %s, for %s\n", c.sent, c.trusted,
			      c.host);
		judge(&c, &answer, certs);
		for (size_t j = 0; j < TLS_CERTS_MAX; j++)
			test_drop(&certs[j]);
	}
}

static void good_chains_end_at_an_anchor(void **state)
{
	static const struct chain chains[] = {
		{ "server", "ca", HOST, .want = OK },
		{ "server", "stranger ca-again ca", HOST, .want = OK },
		{ "server ca", "ca", HOST, .want = OK },
		{ "server-p384", "ca", HOST, .want = OK },
		{ "server-p521", "ca-p521", HOST, .want = OK },
		{ "server-rsa", "ca-rsa", HOST, .want = OK },
		{ "server-mixed", "ca", HOST, .want = OK },
		{ "of-inter inter", "ca", HOST, .want = OK },
		{ "of-inter ca inter", "ca", HOST, .want = OK },
		{ "of-inter stranger server inter", "ca", HOST, .want = OK },
		/* an intermediate or the server itself, pinned */
		{ "of-inter", "inter", HOST, .want = OK },
		{ "server", "server", HOST, .want = OK },
		{ "self", "self", HOST, .want = OK },
		{ "of-stranger stranger", "of-stranger", HOST, .want = OK },
		{ "for-any", "ca", HOST, .want = OK },
		{ "no-purposes", "ca", HOST, .want = OK },
		{ "no-subject", "ca", HOST, .want = OK },
	};

	(void)state;
	judge_all(chains, test_count(chains));
}

static void the_way_up_is_proven(void **state)
{
	static const struct chain chains[] = {
		{ "self", "ca", HOST, .want = E_TLS_SELF_SIGNED,
		  .word = "server's certificate (self): it is its own issuer" },
		{ "of-stranger", "ca ca-rsa", HOST, .want = E_TLS_UNKNOWN_CA,
		  .word = "(of-stranger): it was issued by stranger, which is "
			  "none of the CAs trusted here (2)" },
		{ "of-stranger stranger", "ca", HOST, .want = E_TLS_UNKNOWN_CA,
		  .word = "issuer's certificate (stranger)" },
		{ "of-inter", "ca", HOST, .want = E_TLS_UNKNOWN_CA,
		  .word = "issued by inter," },
		{ "of-ca-again", "ca", HOST, .want = E_TLS_OTHER_KEY,
		  .word = "names ca as its issuer" },
		{ "of-ca-again ca-again", "ca", HOST, .want = E_TLS_OTHER_KEY,
		  .word = "names ca as its issuer" },
		{ "sha1", "ca-rsa", HOST, .want = E_TLS_CERT_ALGORITHM,
		  .word = "(sha1): it is signed in a way" },
		{ "rsa1024", "ca-rsa", HOST, .want = E_SIGNATURE_KEY_SIZE,
		  .word = "(rsa1024): the RSA key has 1024 bits" },
		{ "of-server server", "ca", HOST, .want = E_TLS_NOT_A_CA,
		  .word = "issuer's certificate (server): it has issued" },
		{ "of-server", "server", HOST, .want = E_TLS_NOT_A_CA,
		  .word = "issuer's certificate (server)" },
		{ "of-no-cert-sign no-cert-sign", "ca", HOST,
		  .want = E_TLS_NOT_A_CA, .word = "(no-cert-sign)" },
		{ "of-inter-2 inter-2 inter", "ca", HOST,
		  .want = E_TLS_PATH_LEN,
		  .word = "(inter): 1 issuers stand between" },
		{ "of-inter-2 inter-2", "inter", HOST, .want = E_TLS_PATH_LEN,
		  .word = "(inter)" },
		{ "loop-0 loop-1 loop-2 loop-3 loop-4 loop-5 loop-6 loop-7 "
		  "loop-8 loop-9",
		  "other-loop-0 other-loop-1 other-loop-2 other-loop-3", HOST,
		  .want = E_TLS_TOO_DEEP, .word = "more than 32 keys" },
		{ "loop-0 loop-1", "other-loop-0", HOST,
		  .want = E_TLS_OTHER_KEY, .word = "(loop): it names loop" },
	};

	(void)state;
	judge_all(chains, test_count(chains));
}

static void limits_of_purpose_hold(void **state)
{
	static const struct chain chains[] = {
		{ "for-clients", "ca", HOST, .want = E_TLS_CERT_PURPOSE,
		  .word = "server's certificate (for-clients)" },
		{ "of-inter-for-clients inter-for-clients", "ca", HOST,
		  .want = E_TLS_CERT_PURPOSE,
		  .word = "issuer's certificate (inter-for-clients)" },
		{ "of-inter-for-clients", "inter-for-clients", HOST,
		  .want = E_TLS_CERT_PURPOSE,
		  .word = "issuer's certificate (inter-for-clients)" },
		{ "no-signing", "ca", HOST, .want = E_TLS_CERT_USAGE,
		  .word = "digitalSignature" },
		{ "critical", "ca", HOST, .want = E_TLS_CERT_CRITICAL,
		  .word = "1.3.6.1.4.1.55555.1" },
		{ "of-inter-critical inter-critical", "ca", HOST,
		  .want = E_TLS_CERT_CRITICAL,
		  .word = "issuer's certificate (inter-critical)" },
	};

	(void)state;
	judge_all(chains, test_count(chains));
}

/* 2025, 2030 and 2035: server from, inter until, server until. */
#define Y2020 1577836800
#define Y2025 1735689600
#define Y2030 1893456000
#define Y2035 2051222400
#define Y2060 2840140800

static void dates_are_judged_by_the_clock_there_is(void **state)
{
#define KNOWN(time)                                                            \
	{                                                                      \
		true, time                                                     \
	}
#define UNKNOWN(time)                                                          \
	{                                                                      \
		false, time                                                    \
	}
	static const struct chain chains[] = {
		{ "server", "ca", HOST, KNOWN(Y2025), OK, NULL },
		{ "server", "ca", HOST, KNOWN(Y2035), OK, NULL },
		{ "server", "ca", HOST, KNOWN(Y2025 - 1), E_TLS_NOT_YET,
		  "valid from 2025-01-01 00:00:00 UTC, and the clock says "
		  "2024-12-31 23:59:59 UTC" },
		{ "server", "ca", HOST, KNOWN(Y2035 + 1), E_TLS_EXPIRED,
		  "server's certificate (server): it has expired on 2035-01-01 "
		  "00:00:00 UTC, and the clock says 2035-01-01 00:00:01 UTC" },
		{ "of-inter inter", "ca", HOST, KNOWN(Y2030), OK, NULL },
		{ "of-inter inter", "ca", HOST, KNOWN(Y2030 + 1), E_TLS_EXPIRED,
		  "issuer's certificate (inter): it has expired" },
		/* no clock: only what has certainly passed counts */
		{ "server", "ca", HOST, UNKNOWN(1), OK, NULL },
		{ "server", "ca", HOST, UNKNOWN(Y2035), OK, NULL },
		{ "server", "ca", HOST, UNKNOWN(Y2035 + 1), E_TLS_EXPIRED,
		  "before this program's own date 2035-01-01 00:00:01 UTC" },
		{ "of-inter inter", "ca", HOST, UNKNOWN(Y2030 + 1),
		  E_TLS_EXPIRED, "issuer's certificate (inter)" },
		/* an anchor has dates like any other */
		{ "server", "server", HOST, KNOWN(Y2035 + 1), E_TLS_EXPIRED,
		  "(server)" },
		{ "server", "ca", HOST, KNOWN(Y2020 - 1), E_TLS_NOT_YET,
		  "issuer's certificate (ca)" },
		{ "server", "ca", HOST, KNOWN(Y2060 + 1), E_TLS_EXPIRED,
		  "issuer's certificate (ca)" },
	};

	(void)state;
	judge_all(chains, test_count(chains));
}

static void names_are_the_ones_asked_for(void **state)
{
	static const char list[] = "it is for boot.example, *.wild.example, "
				   "192.0.2.1 and 4 more, not for ";
	static const struct chain chains[] = {
		{ "server", "ca", "BOOT.Example", .want = OK },
		{ "server", "ca", "a.wild.example", .want = OK },
		{ "server", "ca", "192.0.2.1", .want = OK },
		{ "server", "ca", "2001:db8::1", .want = OK },
		{ "server", "ca", "2001:db8:0:0::1", .want = OK },
		{ "server", "ca", "localhost", .want = OK },
		{ "server", "ca", "other.example", .want = E_TLS_NAME_OTHER,
		  .word = list },
		{ "server", "ca", "xboot.example", .want = E_TLS_NAME_OTHER,
		  .word = list },
		{ "server", "ca", "wild.example", .want = E_TLS_NAME_OTHER,
		  .word = list },
		{ "server", "ca", ".wild.example", .want = E_TLS_NAME_OTHER,
		  .word = list },
		{ "server", "ca", "a.b.wild.example", .want = E_TLS_NAME_OTHER,
		  .word = list },
		{ "server", "ca", "192.0.2.2", .want = E_TLS_NAME_OTHER,
		  .word = list },
		{ "server", "ca", "2001:db8::2", .want = E_TLS_NAME_OTHER,
		  .word = list },
		{ "server", "ca", "::ffff:192.0.2.1", .want = E_TLS_NAME_OTHER,
		  .word = list },
		{ "server", "ca", "example", .want = E_TLS_NAME_OTHER,
		  .word = list },
		/* the commonName is not a name */
		{ "no-names", "ca", "no-names", .want = E_TLS_NAME_NONE,
		  .word = "no subjectAltName" },
		{ "mail-names", "ca", HOST, .want = E_TLS_NAME_OTHER,
		  .word = "it is for no server, not for" },
		{ "many-names", "ca", HOST, .want = E_TLS_NAME_OTHER,
		  .word = "a.example, b.example, c.example and 2 more" },
		/* wildcards: one whole first label, before two or more */
		{ "wild-names", "ca", "a.ok.example", .want = OK },
		{ "wild-names", "ca", "a.com", .want = E_TLS_NAME_OTHER,
		  .word = "" },
		{ "wild-names", "ca", "com", .want = E_TLS_NAME_OTHER,
		  .word = "" },
		{ "wild-names", "ca", "ba.partial.example",
		  .want = E_TLS_NAME_OTHER, .word = "" },
		{ "wild-names", "ca", "a.b.twice.example",
		  .want = E_TLS_NAME_OTHER, .word = "" },
		{ "wild-names", "ca", "a.b.middle.example",
		  .want = E_TLS_NAME_OTHER, .word = "" },
	};

	(void)state;
	judge_all(chains, test_count(chains));
}

static void cas_keep_to_their_names(void **state)
{
#define IN "in.example"
	static const enum status no = E_TLS_NAME_FORBIDDEN;
	const struct chain chains[] = {
		{ "limited-good limited", "ca", IN, .want = OK },
		{ "limited-good limited", "ca", "a.in.example", .want = OK },
		{ "limited-good limited", "ca", "a.sub.example", .want = OK },
		{ "limited-good limited", "ca", "192.0.2.1", .want = OK },
		{ "limited-good", "limited", "2001:db8:1::1", .want = OK },
		/* the wildcard is allowed, this one of it is not */
		{ "limited-good limited", "ca", "out.in.example", .want = no,
		  .word = "issuer's certificate (limited): its name "
			  "constraints exclude out.in.example" },
		{ "limited-other limited", "ca", IN, .want = no,
		  .word = "do not permit notin.example" },
		{ "limited-other", "limited", IN, .want = no,
		  .word = "do not permit notin.example" },
		{ "limited-apex limited", "ca", "sub.example", .want = no,
		  .word = "do not permit sub.example" },
		{ "limited-excluded limited", "ca", IN, .want = no,
		  .word = "exclude x.out.in.example" },
		{ "limited-address limited", "ca", IN, .want = no,
		  .word = "do not permit 198.51.100.1" },
		{ "limited-address-6 limited", "ca", IN, .want = no,
		  .word = "do not permit 2001:db9::1" },
		{ "limited-half limited", "ca", IN, .want = no,
		  .word = "exclude 192.0.2.200" },
		/* kinds that are not compared: nothing of it, no limit */
		{ "of-limited-mail limited-mail", "ca", HOST, .want = OK },
		{ "has-limited-mail limited-mail", "ca", HOST, .want = no,
		  .word = "of a kind (0x81)" },
		{ "directory-good limited-directory", "ca", HOST, .want = OK },
		{ "directory-bad limited-directory", "ca", HOST, .want = no,
		  .word = "exclude bad" },
		{ "directory-other limited-directory", "ca", HOST, .want = no,
		  .word = "do not permit directory-other" },
	};

	(void)state;
	judge_all(chains, test_count(chains));
}

static void names_to_ask_for_have_a_form(void **state)
{
	static const char *const bad[] = {
		"",	 "a b",		 "a/b",		"*.example",
		"[::1]", "fe80::1%eth0", "1.2.3.4:443", "bücher.example",
		"a\nb",
	};
	static const char *const good[] = { "a", "a_b-c.9.example", "1.2.3.4",
					    "::", "0x7f.example" };
	char text[TLS_HOST_MAX + 2];
	struct tls_name name;
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++)
		assert_refused(E_TLS_SERVER_NAME, &err,
			       tls_name_parse(bad[i], &name, &err));
	for (size_t i = 0; i < test_count(good); i++) {
		assert_ok(&err, tls_name_parse(good[i], &name, &err));
		assert_string_equal(name.host, good[i]);
		assert_int_equal(name.address_len, i == 2   ? 4
						   : i == 3 ? 16
							    : 0);
	}
	memset(text, 'a', sizeof(text));
	text[TLS_HOST_MAX] = '\0';
	assert_ok(&err, tls_name_parse(text, &name, &err));
	text[TLS_HOST_MAX] = 'a';
	text[TLS_HOST_MAX + 1] = '\0';
	assert_refused(E_TLS_SERVER_NAME, &err,
		       tls_name_parse(text, &name, &err));
}

static void nothing_is_no_chain(void **state)
{
	const struct chain none = { "",
				    "ca",
				    HOST,
				    { true, TLS_TIME },
				    E_TLS_CERT_NONE,
				    "0 certificates" };
	struct span certs[TLS_CERTS_MAX] = { { 0 } };
	struct tls_chain_answer answer;

	(void)state;
	judge(&none, &answer, certs);
}

static void the_answer_names_who_it_was(void **state)
{
	const struct chain c = { "of-inter inter",
				 "stranger ca",
				 HOST,
				 { true, TLS_TIME },
				 OK,
				 NULL };
	struct span certs[TLS_CERTS_MAX] = { { 0 } };
	struct tls_chain_answer answer;

	(void)state;
	judge(&c, &answer, certs);
	assert_string_equal(answer.subject.text, "of-inter");
	assert_string_equal(answer.anchor.text, "ca");
	assert_int_equal(answer.leaf.key.kind, X509_KEY_EC);
	for (size_t j = 0; j < TLS_CERTS_MAX; j++)
		test_drop(&certs[j]);
}

/* Any byte of any certificate changed, and any of them cut: never trusted for
 * what it was not. A change of what is not signed may pass in the anchor. */
static void changed_and_cut_certificates_are_refused(void **state)
{
	_drop_keyring_ struct keyring keyring = KEYRING_NONE;
	_drop_copy_ struct span leaf = tls_read_der("of-inter");
	_drop_copy_ struct span inter = tls_read_der("inter");
	struct tls_name name;
	struct tls_chain_question q = {
		.count = 2,
		.keyring = &keyring,
		.server = &name,
		.clock = { true, TLS_TIME },
	};

	(void)state;
	tls_trust(&keyring, "ca");
	assert_status(OK, tls_name_parse(HOST, &name, NULL));
	for (size_t i = 0; i < leaf.len + inter.len; i++) {
		bool is_leaf = i < leaf.len;
		struct span good = is_leaf ? leaf : inter;
		size_t at = is_leaf ? i : i - leaf.len;
		_drop_copy_ struct span bad = test_copy(good);
		_drop_copy_ struct span cut = test_copy(span_of(good.ptr, at));
		struct tls_chain_answer answer;
		struct error err;

		q.certs[0] = is_leaf ? bad : leaf;
		q.certs[1] = is_leaf ? inter : bad;
		test_bytes(bad)[at] ^= 0x01;
		if (tls_chain_judge(&q, &answer, &err) == OK)
			fail_msg("byte %zu of the %s may be changed", at,
				 is_leaf ? "leaf" : "issuer");
		q.certs[is_leaf ? 0 : 1] = cut;
		if (tls_chain_judge(&q, &answer, &err) == OK)
			fail_msg("the %s may end at %zu",
				 is_leaf ? "leaf" : "issuer", at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_chains_end_at_an_anchor),
		cmocka_unit_test(the_way_up_is_proven),
		cmocka_unit_test(limits_of_purpose_hold),
		cmocka_unit_test(dates_are_judged_by_the_clock_there_is),
		cmocka_unit_test(names_are_the_ones_asked_for),
		cmocka_unit_test(cas_keep_to_their_names),
		cmocka_unit_test(names_to_ask_for_have_a_form),
		cmocka_unit_test(nothing_is_no_chain),
		cmocka_unit_test(the_answer_names_who_it_was),
		cmocka_unit_test(changed_and_cut_certificates_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
