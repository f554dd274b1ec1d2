/*
 * From a signer's certificate to the keyring (RFC 5280, section 6, as UEFI
 * firmware applies it to images): issuers are found by name among the
 * certificates beside the signature and those of the keyring, and proven by
 * their key.
 *
 * Any certificate of the keyring is an anchor, a leaf and an intermediate too.
 * Who issues must be a CA by its basicConstraints and keyUsage, an anchor like
 * any other. Purposes (extended key usage) are not looked at, as in firmware.
 */
#ifndef KEELBOOT_TRUST_CHAIN_H
#define KEELBOOT_TRUST_CHAIN_H

#include "trust/judge.h"

struct chain_question {
	const struct pkcs7_view *signature; /* certs and signer of */
	const struct keyring *keyring;
	enum keyring_kind anchors; /* KEYRING_DB_CERT, KEYRING_MANIFEST_CERT */
	const struct judge_rules *rules;
};

/*
 * Looks at every way up from signer, which is one of question's certificates,
 * not only at the first that is good: one that touches the dbx denies.
 *
 * OK with ret->chain named when an anchor is reached; else
 * E_JUDGE_REVOKED_SIGNER, also with ret->is_revoked (the whole image is denied;
 * without it only this way is), E_JUDGE_NOT_A_CA, E_JUDGE_PATH_LEN,
 * E_JUDGE_DATES, E_JUDGE_TOO_DEEP (more work than any real chain takes),
 * E_JUDGE_UNKNOWN_SIGNER.
 */
MUST_USE enum status chain_find(const struct chain_question *question,
				const struct x509_view *signer,
				struct judged_signature *ret,
				struct error *err);

/* Whether issuer has signed cert: by name, then by key. */
bool chain_is_issued_by(const struct x509_view *cert,
			const struct x509_view *issuer);

#endif
