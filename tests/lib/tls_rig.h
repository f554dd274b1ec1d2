/* Certificates of tests/data/tls (mktls.py made them), keyrings of them, and a
 * TLS server in this process. */
#ifndef KEELBOOT_TESTS_LIB_TLS_RIG_H
#define KEELBOOT_TESTS_LIB_TLS_RIG_H

#include "test.h"
#include "trust/tls.h"

#define TLS_DATA "tests/data/tls/"

/* A time at which all of them are valid: 2026-01-01. */
#define TLS_TIME 1767225600

/* NAME.pem or NAME.key as a copy. */
struct span tls_read_file(const char *name, const char *suffix);

/* NAME.pem as DER, a copy. */
struct span tls_read_der(const char *name);

/* Names with blanks between them; what they have is trusted. */
void tls_trust(struct keyring *keyring, const char *names);

/* NAME.pem and NAME.key. */
struct tls_identity *tls_read_identity(const char *name);

#endif
