#include "tls_rig.h"

#include "format/pem.h"

#include <stdio.h>

struct span tls_read_file(const char *name, const char *suffix)
{
	char path[128];

	snprintf(path, sizeof(path), TLS_DATA "%s.%s", name, suffix);
	return test_read_file(path);
}

struct span tls_read_der(const char *name)
{
	_drop_copy_ struct span pem = tls_read_file(name, "pem");
	struct span rest = pem;
	struct pem_block block;
	uint8_t room[4096];
	struct error err;
	bool found;

	assert_ok(&err,
		  pem_next(&rest, room, sizeof(room), &block, &found, &err));
	assert_true(found);
	return test_copy(block.der);
}

void tls_trust(struct keyring *keyring, const char *names)
{
	struct span rest = span_of_text(names), word;

	while ((word = span_next_word(&rest)).len) {
		char name[64];
		struct error err;

		snprintf(name, sizeof(name), "%.*s", (int)word.len,
			 (const char *)word.ptr);
		{
			_drop_copy_ struct span pem =
				tls_read_file(name, "pem");

			assert_ok(&err,
				  keyring_add_file(keyring, KEYRING_FOLDER_TLS,
						   name, pem, &err));
		}
	}
}

struct tls_identity *tls_read_identity(const char *name)
{
	struct span rest = span_of_text(name);
	struct span first = span_cut_at(&rest, '+');
	struct tls_identity *identity = NULL;
	char file[64], second[64];
	struct error err;

	snprintf(file, sizeof(file), "%.*s", (int)first.len,
		 (const char *)first.ptr);
	snprintf(second, sizeof(second), "%.*s", (int)rest.len,
		 (const char *)rest.ptr);
	{
		_drop_copy_ struct span key = tls_read_file(file, "key");
		_drop_copy_ struct span pem = tls_read_file(file, "pem");
		_drop_copy_ struct span more =
			rest.len ? tls_read_file(second, "pem")
				 : test_copy(span_of_text("\n"));
		uint8_t both[8192];

		assert_true(pem.len + more.len <= sizeof(both));
		memcpy(both, pem.ptr, pem.len);
		memcpy(both + pem.len, more.ptr, more.len);
		assert_ok(&err,
			  tls_identity_read(span_of(both, pem.len + more.len),
					    key, &identity, &err));
	}
	return identity;
}

/* --- a server ------------------------------------------------------------- */

struct tls_server *tls_server_new(const char *name)
{
	struct tls_server *server = calloc(1, sizeof(*server));
	const struct tls_identity *identity;
	br_ssl_server_context *context;

	assert_non_null(server);
	context = &server->context;
	identity = server->identity = tls_read_identity(name);
	if (identity->kind == X509_KEY_RSA)
		br_ssl_server_init_full_rsa(context, identity->chain,
					    identity->count, &identity->rsa);
	else
		br_ssl_server_init_full_ec(context, identity->chain,
					   identity->count, BR_KEYTYPE_EC,
					   &identity->ec);
	br_ssl_engine_set_buffer(&context->eng, server->records,
				 sizeof(server->records), 1);
	br_ssl_engine_inject_entropy(&context->eng, "server", 6);
	context->eng.rng_os_rand_done = 1;
	return server;
}

void tls_server_ask(struct tls_server *server, const char *name)
{
	static unsigned char any_name[] = { 0x30, 0x00 };
	static const br_x500_name names[] = { { any_name, sizeof(any_name) } };
	br_ssl_engine_context *engine = &server->context.eng;
	const br_x509_certificate *first;
	struct x509_view view;
	struct error err;

	server->visitor = tls_read_identity(name);
	first = server->visitor->chain;
	assert_ok(&err, x509_parse(span_of(first->data, first->data_len), &view,
				   &err));
	if (view.key.kind == X509_KEY_RSA) {
		br_rsa_public_key key = {
			.n = (unsigned char *)(uintptr_t)view.key.modulus.ptr,
			.nlen = view.key.modulus.len,
			.e = (unsigned char *)(uintptr_t)view.key.exponent.ptr,
			.elen = view.key.exponent.len,
		};

		br_x509_knownkey_init_rsa(&server->visitor_key, &key,
					  BR_KEYTYPE_SIGN);
		br_ssl_engine_set_default_rsavrfy(engine);
	} else {
		br_ec_public_key key = {
			.curve = tls_curve(view.key.curve),
			.q = (unsigned char *)(uintptr_t)view.key.point.ptr,
			.qlen = view.key.point.len,
		};

		br_x509_knownkey_init_ec(&server->visitor_key, &key,
					 BR_KEYTYPE_SIGN);
		br_ssl_engine_set_default_ecdsa(engine);
	}
	br_ssl_engine_set_x509(engine, &server->visitor_key.vtable);
	br_ssl_server_set_trust_anchor_names(&server->context, names, 1);
}

void tls_server_listen(struct tls_server *server)
{
	assert_true(br_ssl_server_reset(&server->context));
}

void tls_server_drop(struct tls_server **server)
{
	tls_identity_drop(&(*server)->identity);
	tls_identity_drop(&(*server)->visitor);
	free(*server);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool move_to_client(struct tls_server *server, struct tls *tls,
			   size_t step)
{
	size_t len;
	const uint8_t *from =
		br_ssl_engine_sendrec_buf(&server->context.eng, &len);

	if (!from)
		return false;
	len = tls_feed(tls, span_of(from, least(len, step)));
	if (!len)
		return false;
	if (len <= sizeof(server->sent) - server->sent_len) {
		memcpy(server->sent + server->sent_len, from, len);
		server->sent_len += len;
	}
	br_ssl_engine_sendrec_ack(&server->context.eng, len);
	return true;
}

static bool move_to_server(struct tls_server *server, struct tls *tls,
			   size_t step)
{
	struct span out = tls_take(tls);
	size_t len;
	uint8_t *to = br_ssl_engine_recvrec_buf(&server->context.eng, &len);

	if (!to || !out.len)
		return false;
	len = least(least(len, out.len), step);
	memcpy(to, out.ptr, len);
	br_ssl_engine_recvrec_ack(&server->context.eng, len);
	tls_taken(tls, len);
	return true;
}

void tls_server_pump(struct tls_server *server, struct tls *tls, size_t step)
{
	bool moved;

	do {
		moved = move_to_server(server, tls, step);
		moved = move_to_client(server, tls, step) || moved;
	} while (moved);
}

size_t tls_server_say(struct tls_server *server, struct span bytes)
{
	size_t len;
	uint8_t *to = br_ssl_engine_sendapp_buf(&server->context.eng, &len);

	if (!to)
		return 0;
	len = least(len, bytes.len);
	memcpy(to, bytes.ptr, len);
	br_ssl_engine_sendapp_ack(&server->context.eng, len);
	br_ssl_engine_flush(&server->context.eng, 0);
	return len;
}

size_t tls_server_hear(struct tls_server *server, uint8_t *to, size_t len)
{
	size_t there;
	const uint8_t *from =
		br_ssl_engine_recvapp_buf(&server->context.eng, &there);

	if (!from)
		return 0;
	len = least(len, there);
	memcpy(to, from, len);
	br_ssl_engine_recvapp_ack(&server->context.eng, len);
	return len;
}

void tls_visit_begin(struct tls_visit *visit, const char *trusted,
		     const char *host)
{
	memset(visit, 0, sizeof(*visit));
	tls_trust(&visit->keyring, trusted);
	visit->settings = (struct tls_settings){
		.server = host,
		.keyring = &visit->keyring,
		.clock = { true, TLS_TIME },
		.seed = "a seed that is the same always",
	};
}

void tls_visit_end(struct tls_visit *visit)
{
	tls_drop(&visit->tls);
	keyring_drop(&visit->keyring);
}
