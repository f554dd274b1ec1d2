/*
 * A TLS client and any server. The first byte says which: odd, the rest is what
 * the server sends; even, the rest is a list of changes (four bytes each: what,
 * where twice, how) of what a good server has sent to this very client, so that
 * every state of the handshake is reached. The second byte is how much is fed
 * at once.
 *
 * Whatever comes, data is read only if it is the server's own, and the end is
 * an end only if the server said so.
 */
#include "fuzz.h"

#include "base/own.h"
#include "trust/tls_parts.h"

#define DATA	 "tests/data/tls/"
#define PAYLOAD	 "what the server has to say"
#define SENT_MAX 4096

struct recording {
	struct keyring keyring;
	size_t len;
	uint8_t sent[SENT_MAX];
};

/* --- what a good server sends --------------------------------------------- */

static struct span read_file(const char *path, uint8_t *room, size_t cap)
{
	FILE *file = fopen(path, "rb");
	size_t len;

	if (!file) {
		fprintf(stderr, "%s: run this in the top folder\n", path);
		exit(2);
	}
	len = fread(room, 1, cap, file);
	fclose(file);
	return span_of(room, len);
}

static struct tls *new_client(const struct recording *r)
{
	const struct tls_settings settings = {
		.server = "boot.example",
		.keyring = &r->keyring,
		.clock = { true, 1767225600 },
		.seed = "a seed that is the same always",
	};
	struct tls *tls = NULL;

	fuzz_must(tls_init(&settings, &tls, NULL) == OK);
	return tls;
}

static size_t move(struct recording *r, br_ssl_engine_context *server,
		   struct tls *tls)
{
	size_t in = tls_take(tls).len, out, moved = 0;
	uint8_t *to = br_ssl_engine_recvrec_buf(server, &out);
	const uint8_t *from;

	if (to && in) {
		in = in < out ? in : out;
		memcpy(to, tls_take(tls).ptr, in);
		br_ssl_engine_recvrec_ack(server, in);
		tls_taken(tls, in);
		moved += in;
	}
	from = br_ssl_engine_sendrec_buf(server, &out);
	if (from) {
		out = tls_feed(tls, span_of(from, out));
		fuzz_must(out <= sizeof(r->sent) - r->len);
		memcpy(r->sent + r->len, from, out);
		r->len += out;
		if (out)
			br_ssl_engine_sendrec_ack(server, out);
		moved += out;
	}
	tls_consumed(tls, tls_read(tls).len);
	return moved;
}

static void serve(struct recording *r, br_ssl_engine_context *server)
{
	struct tls *tls = new_client(r);
	size_t room;
	uint8_t *to;

	while (move(r, server, tls))
		;
	to = br_ssl_engine_sendapp_buf(server, &room);
	fuzz_must(to && room >= strlen(PAYLOAD));
	memcpy(to, PAYLOAD, strlen(PAYLOAD));
	br_ssl_engine_sendapp_ack(server, strlen(PAYLOAD));
	br_ssl_engine_flush(server, 0);
	while (move(r, server, tls))
		;
	br_ssl_engine_close(server);
	while (move(r, server, tls))
		;
	fuzz_must(tls_state(tls) == TLS_ENDED);
	tls_drop(&tls);
}

static const struct recording *recording(void)
{
	static br_ssl_server_context server;
	static uint8_t records[BR_SSL_BUFSIZE_BIDI], pem[4096], key[4096];
	static struct recording r;
	struct tls_identity *identity = NULL;

	if (r.len)
		return &r;
	fuzz_must(keyring_add_file(&r.keyring, KEYRING_FOLDER_TLS, "ca",
				   read_file(DATA "ca.pem", pem, sizeof(pem)),
				   NULL) == OK);
	fuzz_must(tls_identity_read(
			  read_file(DATA "server.pem", pem, sizeof(pem)),
			  read_file(DATA "server.key", key, sizeof(key)),
			  &identity, NULL) == OK);
	br_ssl_server_init_full_ec(&server, identity->chain, identity->count,
				   BR_KEYTYPE_EC, &identity->ec);
	br_ssl_engine_set_buffer(&server.eng, records, sizeof(records), 1);
	br_ssl_engine_inject_entropy(&server.eng, "server", 6);
	server.eng.rng_os_rand_done = 1;
	fuzz_must(br_ssl_server_reset(&server));
	serve(&r, &server.eng);
	tls_identity_drop(&identity);
	return &r;
}

/* --- what becomes of it --------------------------------------------------- */

/* Puts count bytes in at `at`, or takes them out. */
static void shift(struct recording *r, size_t at, size_t count, bool is_in)
{
	if (is_in && count <= sizeof(r->sent) - r->len) {
		memmove(r->sent + at + count, r->sent + at, r->len - at);
		r->len += count;
	} else if (!is_in) {
		count = count < r->len - at ? count : r->len - at;
		memmove(r->sent + at, r->sent + at + count,
			r->len - at - count);
		r->len -= count;
	}
}

static void change(struct recording *r, const uint8_t edit[static 4])
{
	size_t at = (size_t)(edit[1] << 8 | edit[2]);

	if (!r->len)
		return;
	at %= r->len;
	switch (edit[0] % 4) {
	case 0:
		r->sent[at] ^= edit[3];
		break;
	case 1:
		shift(r, at, edit[3], true);
		break;
	case 2:
		shift(r, at, edit[3], false);
		break;
	default:
		r->sent[at] = edit[3];
		break;
	}
}

static void feed(struct tls *tls, struct span bytes, size_t step)
{
	size_t read = 0, taken;
	struct span data;

	do {
		while (tls_take(tls).len)
			tls_taken(tls, tls_take(tls).len);
		taken = tls_feed(
			tls, span_slice(bytes, 0,
					bytes.len < step ? bytes.len : step));
		bytes = span_slice(bytes, taken, bytes.len - taken);
		data = tls_read(tls);
		fuzz_must(data.len <= strlen(PAYLOAD) - read);
		fuzz_must(!data.len ||
			  !memcmp(data.ptr, PAYLOAD + read, data.len));
		read += data.len;
		tls_consumed(tls, data.len);
	} while (taken || data.len);
	fuzz_must(tls_state(tls) != TLS_ENDED || read == strlen(PAYLOAD));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct recording *good = recording();
	static struct recording r;
	struct span bytes = span_of(data, size);
	struct error err = { .code = OK };
	struct tls *tls;
	enum status s;

	if (size < 2)
		return 0;
	memcpy(r.sent, good->sent, good->len);
	r.len = good->len;
	for (size_t at = 2; at + 4 <= size; at += 4)
		change(&r, data + at);
	bytes = data[0] & 1 ? span_slice(bytes, 2, size - 2)
			    : span_of(r.sent, r.len);
	tls = new_client(good);
	feed(tls, bytes, 1 + (size_t)data[1] * 16);
	/* what comes after the end is not looked at */
	if (tls_state(tls) == TLS_ENDED)
		fuzz_must(!(data[0] & 1) && r.len >= good->len &&
			  !memcmp(r.sent, good->sent, good->len));
	s = tls_feed_end(tls, &err);
	if (s != OK)
		fuzz_check_error(s, &err);
	fuzz_must((s == OK) == (tls_state(tls) == TLS_ENDED));
	tls_drop(&tls);
	return 0;
}
