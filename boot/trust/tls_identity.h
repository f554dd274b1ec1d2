/*
 * Who we are to a server that asks for a certificate: a chain and the private
 * key of its first. Lives in the image only; never logged, wiped when dropped.
 */
#ifndef KEELBOOT_TRUST_TLS_IDENTITY_H
#define KEELBOOT_TRUST_TLS_IDENTITY_H

#include "base/error.h"
#include "base/span.h"

struct tls_identity;

/*
 * certificates: PEM, ours first, then its issuers; or one in DER. key: PEM or
 * DER, in any of the forms of format/private_key.h. Both files are copied.
 * Errors, besides E_PEM_…, E_DER_…, E_X509_…, E_PRIVATE_KEY_… and E_SIGNATURE_…
 * (a key that nothing could verify with):
 * E_TLS_ID_NONE        no certificate
 * E_TLS_ID_MANY        more than 8
 * E_TLS_ID_LABEL       a PEM block that is no certificate
 * E_TLS_ID_KEY         no private key, or an encrypted one
 * E_TLS_ID_DIFFERS     the key is not the certificate's
 * E_NO_MEMORY
 */
MUST_USE enum status tls_identity_read(struct span certificates,
				       struct span key,
				       struct tls_identity **ret,
				       struct error *err);

/* *identity may be NULL. */
void tls_identity_drop(struct tls_identity **identity);
#define _drop_tls_identity_ __attribute__((cleanup(tls_identity_drop)))

#endif
