#include "trust/tls_parts.h"

#define ALERT_NO_CERTIFICATE	   41
#define ALERT_CERTIFICATE_FIRST	   42
#define ALERT_CERTIFICATE_LAST	   49 /* access_denied */
#define ALERT_HANDSHAKE_FAILURE	   40
#define ALERT_PROTOCOL_VERSION	   70
#define ALERT_CERTIFICATE_REQUIRED 116

/* RFC 5246, 7.2; RFC 6066, 9; RFC 7507; RFC 8446, 6. */
static const char *alert_name(int alert)
{
	static const struct {
		int alert;
		const char *name;
	} alerts[] = {
		{ 10, "unexpected_message" },
		{ 20, "bad_record_mac" },
		{ 22, "record_overflow" },
		{ ALERT_HANDSHAKE_FAILURE, "handshake_failure" },
		{ 42, "bad_certificate" },
		{ 43, "unsupported_certificate" },
		{ 44, "certificate_revoked" },
		{ 45, "certificate_expired" },
		{ 46, "certificate_unknown" },
		{ 47, "illegal_parameter" },
		{ 48, "unknown_ca" },
		{ 49, "access_denied" },
		{ 50, "decode_error" },
		{ 51, "decrypt_error" },
		{ ALERT_PROTOCOL_VERSION, "protocol_version" },
		{ 71, "insufficient_security" },
		{ 80, "internal_error" },
		{ 90, "user_canceled" },
		{ 100, "no_renegotiation" },
		{ 112, "unrecognized_name" },
		{ ALERT_CERTIFICATE_REQUIRED, "certificate_required" },
	};

	for (size_t i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++)
		if (alerts[i].alert == alert)
			return alerts[i].name;
	return "unnamed";
}

/* What a server says that does not like who we are; before TLS 1.3 it has
 * nothing better than handshake_failure for who shows nothing. */
static bool is_about_certificates(int alert)
{
	return alert == ALERT_HANDSHAKE_FAILURE ||
	       alert == ALERT_CERTIFICATE_REQUIRED ||
	       (alert >= ALERT_NO_CERTIFICATE &&
		alert <= ALERT_CERTIFICATE_LAST);
}

static void explain_alert(const struct tls *tls, int alert, struct error *err)
{
	const char *name = alert_name(alert);
	bool is_about_us = !tls->is_open && is_about_certificates(alert);

	if (alert == ALERT_PROTOCOL_VERSION)
		fail(err, E_TLS_VERSION,
		     "the server refuses TLS 1.2, the only version spoken here "
		     "(alert %d, %s)",
		     alert, name);
	else if (is_about_us && tls->shown == TLS_ASKED_HAD_NONE)
		fail(err, E_TLS_CLIENT_WANTED,
		     "the server has ended TLS (alert %d, %s) after it asked "
		     "for a certificate, and there is none %s",
		     alert, name,
		     tls->identity ? "of a kind that it takes" : "to show");
	else if (is_about_us && tls->shown == TLS_ASKED_SHOWN)
		fail(err, E_TLS_CLIENT_REFUSED,
		     "the server refuses our certificate (alert %d, %s)", alert,
		     name);
	else
		fail(err, E_TLS_ALERT,
		     "the server has ended TLS with the alert %d (%s)%s", alert,
		     name,
		     alert == ALERT_HANDSHAKE_FAILURE && !tls->is_open
			     ? ": it speaks no TLS 1.2 with ECDHE and AES-GCM "
			       "or ChaCha20"
			     : "");
}

/* The reasons a server gives rise to; others have their number only. */
static const char *reason_of(int number)
{
	static const struct {
		int number;
		const char *reason;
	} reasons[] = {
		{ BR_ERR_BAD_PARAM, "a value or length that does not fit" },
		{ BR_ERR_UNKNOWN_TYPE, "a record of an unknown type" },
		{ BR_ERR_UNEXPECTED, "a message out of its order" },
		{ BR_ERR_BAD_CCS, "a malformed ChangeCipherSpec" },
		{ BR_ERR_BAD_ALERT, "a malformed alert" },
		{ BR_ERR_BAD_HANDSHAKE, "a malformed handshake message" },
		{ BR_ERR_OVERSIZED_ID, "a session ID above 32 bytes" },
		{ BR_ERR_BAD_CIPHER_SUITE,
		  "a cipher suite that was not offered" },
		{ BR_ERR_BAD_COMPRESSION, "compression" },
		{ BR_ERR_BAD_FRAGLEN, "a fragment length not asked for" },
		{ BR_ERR_BAD_SECRENEG, "no secure renegotiation (RFC 5746)" },
		{ BR_ERR_EXTRA_EXTENSION, "an extension not asked for" },
		{ BR_ERR_BAD_SNI, "a malformed server_name" },
		{ BR_ERR_BAD_HELLO_DONE, "a malformed ServerHelloDone" },
		{ BR_ERR_LIMIT_EXCEEDED, "a key or signature too large" },
		{ BR_ERR_BAD_FINISHED, "a Finished of another handshake" },
		{ BR_ERR_INVALID_ALGORITHM,
		  "a curve, hash or signature that was not offered" },
		{ BR_ERR_WRONG_KEY_USAGE,
		  "a certificate whose key is not the cipher suite's" },
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].number == number)
			return reasons[i].reason;
	return "something else";
}

void tls_explain(const struct tls *tls, int number, struct error *err)
{
	switch (number) {
	case BR_ERR_UNSUPPORTED_VERSION:
	case BR_ERR_BAD_VERSION:
		fail(err, E_TLS_VERSION,
		     "the server answers in another version than TLS 1.2, the "
		     "only one spoken here");
		return;
	case BR_ERR_BAD_MAC:
		fail(err, E_TLS_MAC,
		     "a record from the server was changed on its way: its "
		     "authentication tag is not that of its content");
		return;
	case BR_ERR_TOO_LARGE:
	case BR_ERR_BAD_LENGTH:
		fail(err, E_TLS_LONG,
		     "the server has sent a record of a length that TLS does "
		     "not allow");
		return;
	case BR_ERR_BAD_SIGNATURE:
		fail(err, E_TLS_SIGNATURE,
		     "the server's signature of the key exchange is not by "
		     "the key of its certificate");
		return;
	default:
		break;
	}
	if (number >= BR_ERR_RECV_FATAL_ALERT &&
	    number < BR_ERR_SEND_FATAL_ALERT)
		explain_alert(tls, number - BR_ERR_RECV_FATAL_ALERT, err);
	else
		fail(err, E_TLS_PROTOCOL,
		     "the server breaks the rules of TLS with %s (error %d of "
		     "BearSSL)",
		     reason_of(number), number);
}
