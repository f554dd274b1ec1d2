#include "trust/tls_parts.h"

#include <string.h>

static struct tls *owner_of(const br_ssl_client_certificate_class **slot)
{
	void *owner = (uint8_t *)slot - offsetof(struct tls, shower_vtable);

	return owner;
}

/* The CAs that the server would take are not looked at: there is one
 * certificate to show, and the server's refusal tells more than silence. */
static void ignore(const br_ssl_client_certificate_class **slot)
{
	(void)slot;
}

static void ignore_name(const br_ssl_client_certificate_class **slot,
			size_t len)
{
	(void)slot;
	(void)len;
}

static void ignore_bytes(const br_ssl_client_certificate_class **slot,
			 const unsigned char *bytes, size_t len)
{
	(void)slot;
	(void)bytes;
	(void)len;
}

/* The first of SHA-256, 384 and 512 among bits numbered as TLS does; 0 for
 * none. */
static int choose_hash(uint32_t bits)
{
	for (int id = br_sha256_ID; id <= br_sha512_ID; id++)
		if (bits >> id & 1)
			return id;
	return 0;
}

static void choose(const br_ssl_client_certificate_class **slot,
		   const br_ssl_client_context *client, uint32_t auth_types,
		   br_ssl_client_certificate *ret)
{
	struct tls *tls = owner_of(slot);
	const struct tls_identity *identity = tls->identity;
	bool is_ec = identity && identity->kind == X509_KEY_EC;
	int hash =
		choose_hash(is_ec ? auth_types >> 8 & 0xff : auth_types & 0xff);

	(void)client;
	memset(ret, 0, sizeof(*ret));
	tls->shown = TLS_ASKED_HAD_NONE;
	if (!identity || !hash)
		return;
	tls->shown = TLS_ASKED_SHOWN;
	ret->auth_type = is_ec ? BR_AUTH_ECDSA : BR_AUTH_RSA;
	ret->hash_id = hash;
	ret->chain = identity->chain;
	ret->chain_len = identity->count;
}

/* Of static ECDH, which choose() never takes. */
static uint32_t do_keyx(const br_ssl_client_certificate_class **slot,
			unsigned char *data, size_t *len)
{
	(void)slot;
	(void)data;
	(void)len;
	return 0;
}

static size_t do_sign(const br_ssl_client_certificate_class **slot, int hash,
		      size_t digest_len, unsigned char *data, size_t room)
{
	const struct tls_identity *identity = owner_of(slot)->identity;
	uint8_t digest[DIGEST_MAX] = { 0 };

	if (!identity || digest_len > sizeof(digest))
		return 0;
	memcpy(digest, data, digest_len);
	return tls_identity_sign(identity, hash, digest, data, room);
}

const br_ssl_client_certificate_class tls_show_class = {
	.context_size = sizeof(struct tls),
	.start_name_list = ignore,
	.start_name = ignore_name,
	.append_name = ignore_bytes,
	.end_name = ignore,
	.end_name_list = ignore,
	.choose = choose,
	.do_keyx = do_keyx,
	.do_sign = do_sign,
};
