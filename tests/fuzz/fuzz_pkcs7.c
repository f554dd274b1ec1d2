/* pkcs7_parse() on any bytes, and spc_parse() on the content it gives. */
#include "fuzz.h"

#include "format/pkcs7.h"

static void must_be_inside(struct span part, struct span all)
{
	fuzz_must(part.len == 0 ||
		  (part.ptr >= all.ptr && part.len <= all.len &&
		   part.ptr + part.len <= all.ptr + all.len));
}

static void check_spc(struct span content)
{
	struct spc_digest spc;
	struct error err;
	enum status s = spc_parse(content, &spc, &err);

	if (s != OK) {
		fuzz_check_error(s, &err);
		return;
	}
	fuzz_must(spc.digest.len == digest_len(spc.kind));
	fuzz_must(spc.digest.len > 0);
	must_be_inside(spc.digest, content);
	/* where firmware looks for it, without parsing */
	fuzz_must(spc.digest.ptr + spc.digest.len == content.ptr + content.len);
}

static void check_view(const struct pkcs7_view *v)
{
	must_be_inside(v->content, v->der);
	fuzz_must(!v->is_detached || !v->content.len);
	fuzz_must(digest_len(v->digest) > 0);
	fuzz_must(v->message_digest.len == digest_len(v->digest));
	must_be_inside(v->message_digest, v->attributes);
	must_be_inside(v->attributes, v->der);
	fuzz_must(v->attributes.ptr[0] == 0xa0);
	must_be_inside(v->signature, v->der);
	must_be_inside(v->signer_issuer, v->der);
	must_be_inside(v->signer_serial, v->der);
	fuzz_must(v->signer_serial.len > 0);
	fuzz_must(v->algorithm.kind == X509_KEY_OTHER ||
		  v->algorithm.digest == v->digest);
	fuzz_must(v->cert_count <= PKCS7_CERTS_MAX);
	for (uint32_t i = 0; i < v->cert_count; i++) {
		must_be_inside(v->certs[i], v->der);
		fuzz_must(v->certs[i].ptr[0] == 0x30);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pkcs7_view v, again;
	size_t used = 0, used_again = 0;
	struct error err;
	enum status s = pkcs7_parse(span_of(data, size), &v, &used, &err);

	check_spc(span_of(data, size));
	if (s != OK) {
		fuzz_check_error(s, &err);
		return 0;
	}
	fuzz_must(used <= size && used <= PKCS7_SIZE_MAX);
	fuzz_must(v.der.ptr == data && v.der.len == used);
	check_view(&v);
	if (v.content_kind == PKCS7_CONTENT_SPC)
		check_spc(v.content);
	/* what follows has no say */
	fuzz_must(pkcs7_parse(v.der, &again, &used_again, &err) == OK);
	fuzz_must(used_again == used);
	fuzz_must(again.signature.ptr == v.signature.ptr);
	fuzz_must(again.content.ptr == v.content.ptr);
	return 0;
}
