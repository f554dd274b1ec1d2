#include "trust/tls_parts.h"

#include "base/own.h"

#include <string.h>

#define RECORD_ALERT	 21
#define RECORD_HANDSHAKE 22
#define RECORD_MAJOR	 3

/* Fast where the CPU has instructions for AES and for GCM's multiplication, and
 * AES in tables-free C is the slowest of all. */
static const uint16_t aes_first[] = {
	BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	BR_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	BR_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	BR_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	BR_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
};
static const uint16_t chacha_first[] = {
	BR_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	BR_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	BR_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	BR_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
};

int tls_curve(enum x509_curve curve)
{
	switch (curve) {
	case X509_CURVE_P256:
		return BR_EC_secp256r1;
	case X509_CURVE_P384:
		return BR_EC_secp384r1;
	case X509_CURVE_P521:
		return BR_EC_secp521r1;
	case X509_CURVE_NONE:
		break;
	}
	return 0;
}

/* --- setting up ----------------------------------------------------------- */

/* What the CPU may lack is asked for; any of 64 bits has ctmulq. */
static void set_ciphers(br_ssl_engine_context *engine)
{
	const br_block_ctr_class *aes = br_aes_x86ni_ctr_get_vtable();
	br_ghash ghash = br_ghash_pclmul_get();
	br_chacha20_run chacha = br_chacha20_sse2_get();

	if (aes && ghash)
		br_ssl_engine_set_suites(engine, aes_first,
					 sizeof(aes_first) / sizeof(uint16_t));
	else
		br_ssl_engine_set_suites(engine, chacha_first,
					 sizeof(chacha_first) /
						 sizeof(uint16_t));
	br_ssl_engine_set_gcm(engine, &br_sslrec_in_gcm_vtable,
			      &br_sslrec_out_gcm_vtable);
	br_ssl_engine_set_aes_ctr(engine, aes ? aes : &br_aes_ct64_ctr_vtable);
	br_ssl_engine_set_ghash(engine, ghash ? ghash : br_ghash_ctmul64);
	br_ssl_engine_set_chapol(engine, &br_sslrec_in_chapol_vtable,
				 &br_sslrec_out_chapol_vtable);
	br_ssl_engine_set_chacha20(engine,
				   chacha ? chacha : br_chacha20_ct_run);
	br_ssl_engine_set_poly1305(engine, br_poly1305_ctmulq_run);
}

static void set_algorithms(br_ssl_engine_context *engine)
{
	br_ssl_engine_set_versions(engine, BR_TLS12, BR_TLS12);
	br_ssl_engine_set_hash(engine, br_sha256_ID, &br_sha256_vtable);
	br_ssl_engine_set_hash(engine, br_sha384_ID, &br_sha384_vtable);
	br_ssl_engine_set_hash(engine, br_sha512_ID, &br_sha512_vtable);
	br_ssl_engine_set_prf_sha256(engine, &br_tls12_sha256_prf);
	br_ssl_engine_set_prf_sha384(engine, &br_tls12_sha384_prf);
	br_ssl_engine_set_ec(engine, &br_ec_prime_i31);
	br_ssl_engine_set_ecdsa(engine, br_ecdsa_i31_vrfy_asn1);
	br_ssl_engine_set_rsavrfy(engine, br_rsa_i31_pkcs1_vrfy);
	br_ssl_engine_add_flags(engine, BR_OPT_NO_RENEGOTIATION);
	set_ciphers(engine);
}

/* The seed is all there is: BearSSL is told that it has asked the system. */
static void set_seed(br_ssl_engine_context *engine, const uint8_t *seed)
{
	br_ssl_engine_inject_entropy(engine, seed, TLS_SEED_LEN);
	engine->rng_os_rand_done = 1;
}

static bool has_anchor(const struct keyring *keyring)
{
	for (uint32_t i = 0; i < keyring->count; i++)
		if (keyring->items[i].kind == KEYRING_TLS_CERT)
			return true;
	return false;
}

static enum status set_up(struct tls *tls, const struct tls_settings *settings,
			  struct error *err)
{
	br_ssl_engine_context *engine = &tls->client.eng;
	const struct tls_name *server = &tls->server;

	tls->identity = settings->identity;
	tls->question.keyring = settings->keyring;
	tls->question.server = server;
	tls->question.clock = settings->clock;
	tls->judge_vtable = &tls_judge_class;
	tls->shower_vtable = &tls_show_class;
	br_ssl_client_zero(&tls->client);
	set_algorithms(engine);
	br_ssl_engine_set_x509(engine, &tls->judge_vtable);
	br_ssl_client_set_client_certificate(&tls->client, &tls->shower_vtable);
	br_ssl_engine_set_buffer(engine, tls->records, sizeof(tls->records), 1);
	set_seed(engine, settings->seed);
	/* No server_name for an address (RFC 6066, 3). */
	if (!br_ssl_client_reset(&tls->client,
				 server->address_len ? NULL : server->host, 0))
		return fail(err, E_INTERNAL, "BearSSL refuses its settings: %d",
			    br_ssl_engine_last_error(engine));
	return OK;
}

enum status tls_init(const struct tls_settings *settings, struct tls **ret,
		     struct error *err)
{
	_drop_tls_ struct tls *tls = NULL;
	struct tls_name server;
	enum status s = tls_name_parse(settings->server, &server, err);

	if (s != OK)
		return s;
	if (!has_anchor(settings->keyring))
		return fail(err, E_TLS_NO_CA,
			    "no CA is trusted for TLS servers, so none can be "
			    "for %s",
			    server.host);
	tls = calloc(1, sizeof(*tls));
	if (!tls)
		return fail(err, E_NO_MEMORY,
			    "no memory for a TLS connection (%zu bytes)",
			    sizeof(*tls));
	tls->server = server;
	s = set_up(tls, settings, err);
	if (s != OK)
		return s;
	*ret = take_ptr(tls);
	return OK;
}

void tls_drop(struct tls **tls)
{
	if (!*tls)
		return;
	explicit_bzero(*tls, sizeof(**tls));
	free(*tls);
	*tls = NULL;
}

/* --- what became of it ---------------------------------------------------- */

/* After anything that makes BearSSL go on. */
static void look(struct tls *tls)
{
	const br_ssl_engine_context *engine = &tls->client.eng;
	unsigned state = br_ssl_engine_current_state(engine);
	int number = br_ssl_engine_last_error(engine);

	if (state & BR_SSL_SENDAPP)
		tls->is_open = true;
	if (tls->error.code != OK)
		return;
	if (state == BR_SSL_CLOSED && number != BR_ERR_OK)
		tls_explain(tls, number, &tls->error);
	else if (engine->shutdown_recv && !tls->is_open)
		fail(&tls->error, E_TLS_CUT,
		     "the server has closed TLS before it was open");
}

static bool has_data(const struct tls *tls)
{
	return tls_read(tls).len > 0;
}

enum tls_state tls_state(const struct tls *tls)
{
	const br_ssl_engine_context *engine = &tls->client.eng;

	if (tls->error.code != OK)
		return TLS_FAILED;
	if (!has_data(tls) &&
	    (engine->shutdown_recv ||
	     br_ssl_engine_current_state(engine) == BR_SSL_CLOSED))
		return TLS_ENDED;
	return tls->is_open ? TLS_OPEN : TLS_HANDSHAKE;
}

enum status tls_error(const struct tls *tls, struct error *err)
{
	if (tls->error.code != OK && err)
		*err = tls->error;
	return tls->error.code;
}

/* --- bytes in and out ----------------------------------------------------- */

/* The first record is a handshake message or an alert. What speaks something
 * else is shown: it is often a sentence. */
static bool is_tls(struct tls *tls, struct span bytes)
{
	struct display shown;

	if (tls->has_input || !bytes.len)
		return true;
	tls->has_input = true;
	if ((bytes.ptr[0] == RECORD_HANDSHAKE ||
	     bytes.ptr[0] == RECORD_ALERT) &&
	    (bytes.len < 2 || bytes.ptr[1] == RECORD_MAJOR))
		return true;
	shown = display_of(
		span_slice(bytes, 0, bytes.len < 32 ? bytes.len : 32));
	fail(&tls->error, E_TLS_NOT_TLS,
	     "the server does not speak TLS, its answer begins with '%s'",
	     shown.text);
	return false;
}

size_t tls_feed(struct tls *tls, struct span bytes)
{
	br_ssl_engine_context *engine = &tls->client.eng;
	size_t taken = 0, room;
	unsigned char *to;

	if (!is_tls(tls, bytes))
		return 0;
	while (taken < bytes.len && tls->error.code == OK) {
		to = br_ssl_engine_recvrec_buf(engine, &room);
		if (!to)
			break;
		if (room > bytes.len - taken)
			room = bytes.len - taken;
		memcpy(to, bytes.ptr + taken, room);
		br_ssl_engine_recvrec_ack(engine, room);
		taken += room;
		look(tls);
	}
	return taken;
}

enum status tls_feed_end(struct tls *tls, struct error *err)
{
	if (tls->error.code == OK && !tls->client.eng.shutdown_recv)
		fail(&tls->error, E_TLS_CUT,
		     tls->is_open ? "the connection has ended without TLS's "
				    "own end, somebody has cut it"
				  : "the server has closed the connection "
				    "before TLS was open");
	return tls_error(tls, err);
}

struct span tls_take(const struct tls *tls)
{
	size_t len = 0;
	const void *from = br_ssl_engine_sendrec_buf(&tls->client.eng, &len);

	return from ? span_of(from, len) : span_of(NULL, 0);
}

void tls_taken(struct tls *tls, size_t len)
{
	if (!len)
		return;
	br_ssl_engine_sendrec_ack(&tls->client.eng, len);
	look(tls);
}

struct span tls_read(const struct tls *tls)
{
	size_t len = 0;
	const void *from = br_ssl_engine_recvapp_buf(&tls->client.eng, &len);

	return from ? span_of(from, len) : span_of(NULL, 0);
}

void tls_consumed(struct tls *tls, size_t len)
{
	if (!len)
		return;
	br_ssl_engine_recvapp_ack(&tls->client.eng, len);
	look(tls);
}

size_t tls_write(struct tls *tls, struct span bytes)
{
	br_ssl_engine_context *engine = &tls->client.eng;
	size_t taken = 0, room;
	unsigned char *to;

	while (taken < bytes.len && tls->error.code == OK) {
		to = br_ssl_engine_sendapp_buf(engine, &room);
		if (!to)
			break;
		if (room > bytes.len - taken)
			room = bytes.len - taken;
		memcpy(to, bytes.ptr + taken, room);
		br_ssl_engine_sendapp_ack(engine, room);
		taken += room;
	}
	br_ssl_engine_flush(engine, 0);
	return taken;
}

/* --- for the log ---------------------------------------------------------- */

static const char *suite_name(unsigned suite)
{
	switch (suite) {
	case BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256:
		return "ECDHE-ECDSA-AES128-GCM-SHA256";
	case BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256:
		return "ECDHE-RSA-AES128-GCM-SHA256";
	case BR_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384:
		return "ECDHE-ECDSA-AES256-GCM-SHA384";
	case BR_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384:
		return "ECDHE-RSA-AES256-GCM-SHA384";
	case BR_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256:
		return "ECDHE-ECDSA-CHACHA20-POLY1305";
	default:
		return "ECDHE-RSA-CHACHA20-POLY1305";
	}
}

void tls_describe(const struct tls *tls, struct text *to)
{
	text_addf(to, "TLS 1.2, %s, shown by %s, trusted by %s",
		  suite_name(tls->client.eng.session.cipher_suite),
		  tls->answer.subject.text, tls->answer.anchor.text);
}
