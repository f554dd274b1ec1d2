/*
 * Certificates of any bytes, as a server could send them: each behind its
 * length of two bytes, the last of them trusted. They are judged for a name and
 * for an address, and each one's names against each other's constraints.
 */
#include "fuzz.h"

#include "trust/tls_chain.h"

struct certs {
	uint32_t count;
	struct span der[TLS_CERTS_MAX];
};

static struct certs split(struct span all)
{
	struct cursor c = cursor_over(all);
	struct certs certs = { 0 };

	while (certs.count < TLS_CERTS_MAX) {
		uint16_t len = cursor_be16(&c);
		struct span der = cursor_take(&c, len);

		if (!cursor_ok(&c))
			break;
		certs.der[certs.count++] = der;
	}
	return certs;
}

static void check_names(struct x509_names names, struct span der)
{
	struct x509_name name;
	size_t left = names.rest.len;

	while (x509_names_next(&names, &name)) {
		fuzz_must(names.rest.len < left);
		left = names.rest.len;
		fuzz_must(!name.value.len || (name.value.ptr >= der.ptr &&
					      name.value.ptr + name.value.len <=
						      der.ptr + der.len));
		if (name.kind == X509_NAME_DNS)
			for (size_t i = 0; i < name.value.len; i++)
				fuzz_must(name.value.ptr[i] > ' ' &&
					  name.value.ptr[i] < 0x7f);
	}
	fuzz_must(!left);
}

static bool parse(struct span der, struct x509_view *view,
		  struct x509_server *server)
{
	struct error err;
	enum status s = x509_parse(der, view, NULL);

	if (s != OK)
		return false;
	s = x509_server_parse(view, server, &err);
	if (s != OK) {
		fuzz_check_error(s, &err);
		return false;
	}
	check_names(server->names, der);
	check_names(server->permitted, der);
	check_names(server->excluded, der);
	return true;
}

static void compare(const struct certs *certs, const struct tls_name *name)
{
	struct x509_view upper, lower;
	struct x509_server ca, cert;
	struct error err;
	enum status s;

	for (uint32_t i = 0; i < certs->count; i++) {
		if (!parse(certs->der[i], &upper, &ca))
			continue;
		s = tls_names_match(&ca, name, &err);
		if (s != OK)
			fuzz_check_error(s, &err);
		for (uint32_t j = 0; j < certs->count; j++) {
			if (!parse(certs->der[j], &lower, &cert))
				continue;
			s = tls_names_allowed(&ca, &cert, lower.subject, name,
					      &err);
			if (s != OK)
				fuzz_check_error(s, &err);
		}
	}
}

static void judge(const struct certs *certs, const struct tls_name *name)
{
	_drop_keyring_ struct keyring keyring = KEYRING_NONE;
	struct tls_chain_question question = { .count = certs->count,
					       .keyring = &keyring,
					       .server = name };
	struct tls_chain_answer answer;
	struct error err;
	enum status s;

	memcpy(question.certs, certs->der, sizeof(certs->der));
	/* without an anchor there is one sentence more to be looked at */
	if (keyring_add_file(&keyring, KEYRING_FOLDER_TLS, "last",
			     certs->der[certs->count - 1], NULL) != OK)
		fuzz_must(!keyring.count);
	s = tls_chain_judge(&question, &answer, &err);
	if (s != OK) {
		fuzz_check_error(s, &err);
		return;
	}
	fuzz_must(keyring.count > 0);
	fuzz_must(answer.leaf.der.ptr == certs->der[0].ptr);
	fuzz_must(answer.leaf.key.kind != X509_KEY_OTHER);
	fuzz_must(answer.anchor.text[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct certs certs = split(span_of(data, size));
	struct tls_name host, address;

	if (!certs.count)
		return 0;
	fuzz_must(tls_name_parse("boot.example", &host, NULL) == OK);
	fuzz_must(tls_name_parse("192.0.2.1", &address, NULL) == OK);
	compare(&certs, &host);
	compare(&certs, &address);
	judge(&certs, &host);
	judge(&certs, &address);
	return 0;
}
