#include "format/tpm2.h"

#include <inttypes.h>
#include <string.h>

#define ST_NO_SESSIONS 0x8001
#define ST_SESSIONS    0x8002

#define CC_STARTUP	  0x00000144
#define CC_GET_CAPABILITY 0x0000017a
#define CC_PCR_EXTEND	  0x00000182

#define RC_INITIALIZE 0x100
#define SU_CLEAR      0
#define CAP_PCRS      5
#define RS_PW	      0x40000009 /* the session that is a password */

#define HEADER_LEN  10
#define SELECT_MIN  3 /* bytes: a PC has 24 PCRs */
#define SELECT_MAX  32
#define AUTH_LEN    9	 /* handle, nonce, attributes and password, all empty */
#define SA_CONTINUE 0x01 /* a password is asked for anew each time anyway */

size_t tpm2_digest_len(uint16_t alg)
{
	switch (alg) {
	case TPM2_SHA1:
		return 20;
	case TPM2_SHA256:
	case TPM2_SM3_256:
	case TPM2_SHA3_256:
		return 32;
	case TPM2_SHA384:
	case TPM2_SHA3_384:
		return 48;
	case TPM2_SHA512:
	case TPM2_SHA3_512:
		return 64;
	default:
		return 0;
	}
}

const char *tpm2_alg_name(uint16_t alg)
{
	switch (alg) {
	case TPM2_SHA1:
		return "sha1";
	case TPM2_SHA256:
		return "sha256";
	case TPM2_SHA384:
		return "sha384";
	case TPM2_SHA512:
		return "sha512";
	case TPM2_SM3_256:
		return "sm3_256";
	case TPM2_SHA3_256:
		return "sha3_256";
	case TPM2_SHA3_384:
		return "sha3_384";
	case TPM2_SHA3_512:
		return "sha3_512";
	default:
		return "?";
	}
}

/* --- commands ------------------------------------------------------------- */

struct command {
	uint8_t *bytes;
	size_t len;
};

static void put_number(struct command *c, uint32_t value, size_t len)
{
	while (len--)
		c->bytes[c->len++] = (uint8_t)(value >> (8 * len));
}

static struct command begin(uint8_t *to, uint16_t tag, uint32_t code)
{
	struct command c = { .bytes = to };

	put_number(&c, tag, 2);
	put_number(&c, 0, 4); /* the size: end() */
	put_number(&c, code, 4);
	return c;
}

static size_t end(struct command *c)
{
	size_t len = c->len;

	c->len = 2;
	put_number(c, (uint32_t)len, 4);
	return len;
}

size_t tpm2_build_get_banks(uint8_t to[static TPM2_COMMAND_MAX])
{
	struct command c = begin(to, ST_NO_SESSIONS, CC_GET_CAPABILITY);

	put_number(&c, CAP_PCRS, 4);
	put_number(&c, 0, 4); /* there is one such property, and it is 0 */
	put_number(&c, 1, 4);
	return end(&c);
}

size_t tpm2_build_startup(uint8_t to[static TPM2_COMMAND_MAX])
{
	struct command c = begin(to, ST_NO_SESSIONS, CC_STARTUP);

	put_number(&c, SU_CLEAR, 2);
	return end(&c);
}

size_t tpm2_build_extend(uint32_t pcr, const struct tpm2_digest *digests,
			 size_t count, uint8_t to[static TPM2_COMMAND_MAX])
{
	struct command c = begin(to, ST_SESSIONS, CC_PCR_EXTEND);

	put_number(&c, pcr, 4);
	put_number(&c, AUTH_LEN, 4);
	put_number(&c, RS_PW, 4);
	put_number(&c, 0, 2);
	put_number(&c, 0, 1);
	put_number(&c, 0, 2);
	put_number(&c, (uint32_t)count, 4);
	for (size_t i = 0; i < count; i++) {
		size_t len = tpm2_digest_len(digests[i].alg);

		put_number(&c, digests[i].alg, 2);
		memcpy(c.bytes + c.len, digests[i].bytes, len);
		c.len += len;
	}
	return end(&c);
}

/* --- answers -------------------------------------------------------------- */

static enum status check_code(uint32_t code, struct error *err)
{
	if (code == RC_INITIALIZE)
		return fail(err, E_TPM2_INITIALIZE,
			    "the TPM answers 0x100: it was not started, or "
			    "twice");
	if (code)
		return fail(err, E_TPM2_CODE,
			    "the TPM answers 0x%" PRIx32 ", and not 0", code);
	return OK;
}

/* A refusal has no sessions, whatever the command had. */
static enum status open_answer(struct span answer, uint16_t tag,
			       struct cursor *ret, struct error *err)
{
	struct cursor c = cursor_over(answer);
	uint16_t is = cursor_be16(&c);
	uint32_t size = cursor_be32(&c), code = cursor_be32(&c);

	if (!cursor_ok(&c))
		return fail(err, E_TPM2_SHORT,
			    "the TPM's answer has %zu bytes, a header has %d",
			    answer.len, HEADER_LEN);
	if (code)
		tag = ST_NO_SESSIONS;
	if (is != tag)
		return fail(err, E_TPM2_TAG,
			    "the TPM's answer has the tag 0x%x, and not 0x%x",
			    is, tag);
	if (size != answer.len)
		return fail(err, E_TPM2_SIZE,
			    "the TPM's answer has %zu bytes, its header says "
			    "%" PRIu32,
			    answer.len, size);
	*ret = c;
	return check_code(code, err);
}

static enum status close_answer(const struct cursor *c, struct error *err)
{
	if (!cursor_ok(c))
		return fail(err, E_TPM2_CUT,
			    "the TPM's answer of %zu bytes ends in the middle",
			    c->all.len);
	if (cursor_left(c))
		return fail(err, E_TPM2_TRAILING,
			    "the TPM's answer has %zu bytes, of which it uses "
			    "%zu",
			    c->all.len, c->at);
	return OK;
}

static enum status parse_bank(struct cursor *c, struct tpm2_banks *banks,
			      struct error *err)
{
	struct tpm2_bank bank = { .alg = cursor_be16(c) };
	size_t len = cursor_u8(c);
	struct span select;

	if (cursor_ok(c) && (len < SELECT_MIN || len > SELECT_MAX))
		return fail(err, E_TPM2_SELECT,
			    "the TPM's bank %s has a bitmap of %zu bytes, not "
			    "of %d to %d",
			    tpm2_alg_name(bank.alg), len, SELECT_MIN,
			    SELECT_MAX);
	select = cursor_take(c, len);
	if (!cursor_ok(c))
		return OK; /* close_answer() says it */
	for (size_t i = 0; i < banks->count; i++)
		if (banks->banks[i].alg == bank.alg)
			return fail(err, E_TPM2_BANK_TWICE,
				    "the TPM names the bank 0x%04x twice",
				    bank.alg);
	for (size_t i = 0; i < select.len && i < 4; i++)
		bank.pcrs |= (uint32_t)select.ptr[i] << (8 * i);
	banks->banks[banks->count++] = bank;
	return OK;
}

static enum status check_banks_head(uint8_t more, uint32_t capability,
				    uint32_t count, struct error *err)
{
	if (more)
		return fail(err, E_TPM2_MORE,
			    "the TPM has more banks than it names (%u)", more);
	if (capability != CAP_PCRS)
		return fail(err, E_TPM2_CAPABILITY,
			    "the TPM tells of capability %" PRIu32
			    ", asked for was %d",
			    capability, CAP_PCRS);
	if (count > TPM2_BANKS_MAX)
		return fail(err, E_TPM2_BANKS,
			    "the TPM names %" PRIu32 " banks, at most %d are "
			    "known",
			    count, TPM2_BANKS_MAX);
	return OK;
}

enum status tpm2_parse_banks(struct span answer, struct tpm2_banks *ret,
			     struct error *err)
{
	struct tpm2_banks banks = { .count = 0 };
	struct cursor c;
	uint32_t capability, count;
	uint8_t more;
	enum status s = open_answer(answer, ST_NO_SESSIONS, &c, err);

	if (s != OK)
		return s;
	more = cursor_u8(&c);
	capability = cursor_be32(&c);
	count = cursor_be32(&c);
	if (cursor_ok(&c))
		s = check_banks_head(more, capability, count, err);
	for (uint32_t i = 0; s == OK && cursor_ok(&c) && i < count; i++)
		s = parse_bank(&c, &banks, err);
	if (s == OK)
		s = close_answer(&c, err);
	if (s == OK)
		*ret = banks;
	return s;
}

enum status tpm2_parse_startup(struct span answer, struct error *err)
{
	struct cursor c;
	enum status s = open_answer(answer, ST_NO_SESSIONS, &c, err);

	return s == OK ? close_answer(&c, err) : s;
}

enum status tpm2_parse_extend(struct span answer, struct error *err)
{
	struct cursor c;
	uint32_t parameters;
	uint16_t nonce, hmac;
	uint8_t attributes;
	enum status s = open_answer(answer, ST_SESSIONS, &c, err);

	if (s != OK)
		return s;
	parameters = cursor_be32(&c);
	if (parameters)
		return fail(err, E_TPM2_PARAMETERS,
			    "the TPM's answer has %" PRIu32
			    " bytes of parameters, and not 0",
			    parameters);
	nonce = cursor_be16(&c);
	attributes = cursor_u8(&c);
	hmac = cursor_be16(&c);
	if (cursor_ok(&c) && (nonce || attributes & ~SA_CONTINUE || hmac))
		return fail(err, E_TPM2_SESSION,
			    "the TPM's answer to a password has a nonce of %u "
			    "bytes, attributes 0x%x, a code of %u bytes",
			    nonce, attributes, hmac);
	return close_answer(&c, err);
}
