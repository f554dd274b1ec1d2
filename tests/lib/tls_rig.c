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
	_drop_copy_ struct span pem = tls_read_file(name, "pem");
	_drop_copy_ struct span key = tls_read_file(name, "key");
	struct tls_identity *identity = NULL;
	struct error err;

	assert_ok(&err, tls_identity_read(pem, key, &identity, &err));
	return identity;
}
