/*
 * The few messages keelboot exchanges with a TPM 2.0, as bytes: commands are
 * built, answers are parsed and every field of theirs is checked (TPM 2.0
 * Library, part 2 for the structures, part 3 for the commands). All numbers are
 * big-endian.
 */
#ifndef KEELBOOT_FORMAT_TPM2_H
#define KEELBOOT_FORMAT_TPM2_H

#include "base/error.h"
#include "base/span.h"

/* Hash algorithms (TPM_ALG_ID) that a bank of PCRs may have. */
enum tpm2_alg {
	TPM2_SHA1 = 0x0004,
	TPM2_SHA256 = 0x000b,
	TPM2_SHA384 = 0x000c,
	TPM2_SHA512 = 0x000d,
	TPM2_SM3_256 = 0x0012,
	TPM2_SHA3_256 = 0x0027,
	TPM2_SHA3_384 = 0x0028,
	TPM2_SHA3_512 = 0x0029,
};

#define TPM2_BANKS_MAX	16 /* HASH_COUNT of all profiles is below */
#define TPM2_DIGEST_MAX 64 /* bytes */
#define TPM2_ANSWER_MAX 4096

/* TPM2_PCR_Extend with TPM2_BANKS_MAX digests of TPM2_DIGEST_MAX bytes: 10 of
 * header, 4 of handle, 13 of authorisation, 4 of count, 66 each. */
#define TPM2_COMMAND_MAX (10 + 4 + 13 + 4 + TPM2_BANKS_MAX * 66)

/* The PCRs that a bank has: bit 11 is PCR 11. None: the bank is off. */
struct tpm2_bank {
	uint16_t alg;
	uint32_t pcrs;
};

struct tpm2_banks {
	size_t count;
	struct tpm2_bank banks[TPM2_BANKS_MAX];
};

struct tpm2_digest {
	uint16_t alg;
	uint8_t bytes[TPM2_DIGEST_MAX]; /* tpm2_digest_len() count */
};

/* Bytes of a digest of that algorithm; 0 for an unknown one. */
size_t tpm2_digest_len(uint16_t alg);

/* "sha256", as sysfs and tpm2-tools have it; "?" for an unknown one. */
const char *tpm2_alg_name(uint16_t alg);

/* Each writes a command to to and returns how many bytes it has. */

/* TPM2_GetCapability(TPM_CAP_PCRS): which banks are there? */
size_t tpm2_build_get_banks(uint8_t to[static TPM2_COMMAND_MAX]);

/* TPM2_Startup(TPM_SU_CLEAR). */
size_t tpm2_build_startup(uint8_t to[static TPM2_COMMAND_MAX]);

/* TPM2_PCR_Extend under the empty password, for count digests, at most
 * TPM2_BANKS_MAX, of known algorithms. */
size_t tpm2_build_extend(uint32_t pcr, const struct tpm2_digest *digests,
			 size_t count, uint8_t to[static TPM2_COMMAND_MAX]);

/*
 * Each parses the answer to one of these. Errors of all: E_TPM2_SHORT (no
 * header), E_TPM2_TAG (not the kind of answer that the command has: TPM 1.2
 * answers 0xc4), E_TPM2_SIZE (the length it names is not what it has),
 * E_TPM2_INITIALIZE (TPM_RC_INITIALIZE: it waits for TPM2_Startup, or has
 * had it), E_TPM2_CODE (any other failure), E_TPM2_TRAILING.
 */

/* Banks that are off are there, without PCRs. Errors besides: E_TPM2_CUT,
 * E_TPM2_MORE (it has not told all), E_TPM2_CAPABILITY (another was asked
 * for), E_TPM2_BANKS (more than TPM2_BANKS_MAX), E_TPM2_SELECT (a bitmap of
 * less than 3 or more than 32 bytes), E_TPM2_BANK_TWICE. */
enum status tpm2_parse_banks(struct span answer, struct tpm2_banks *ret,
			     struct error *err);

enum status tpm2_parse_startup(struct span answer, struct error *err);

/* Errors besides: E_TPM2_CUT, E_TPM2_PARAMETERS (it has some), E_TPM2_SESSION
 * (not the answer to a password). */
enum status tpm2_parse_extend(struct span answer, struct error *err);

#endif
