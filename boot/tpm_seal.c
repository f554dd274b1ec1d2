#include "tpm_seal.h"

#include "base/log.h"
#include "sys/tpm.h"
#include "trust/digest.h"
#include "trust/sha1.h"

static const uint32_t pcrs[] = { TPM_PCR_IMAGE, TPM_PCR_OPTIONS };

#define PCR_COUNT (sizeof(pcrs) / sizeof(pcrs[0]))
#define PCR_BITS  (1u << TPM_PCR_IMAGE | 1u << TPM_PCR_OPTIONS)

static bool hash_event(uint16_t alg, struct span event, struct tpm2_digest *ret)
{
	ret->alg = alg;
	switch (alg) {
	case TPM2_SHA1:
		sha1_of(event, ret->bytes);
		return true;
	case TPM2_SHA256:
		digest_of(DIGEST_SHA256, event, ret->bytes);
		return true;
	case TPM2_SHA384:
		digest_of(DIGEST_SHA384, event, ret->bytes);
		return true;
	case TPM2_SHA512:
		digest_of(DIGEST_SHA512, event, ret->bytes);
		return true;
	default:
		return false;
	}
}

/* One digest for each bank that is in use: a bank without one would be left as
 * it is, and what is sealed to it stays open. */
static enum status make_digests(const struct tpm *tpm,
				const struct tpm2_banks *banks,
				struct span event, struct tpm2_digest *digests,
				size_t *ret_count, struct error *err)
{
	size_t count = 0;

	for (size_t i = 0; i < banks->count; i++) {
		const struct tpm2_bank *bank = &banks->banks[i];

		if (!(bank->pcrs & PCR_BITS))
			continue;
		if (!hash_event(bank->alg, event, &digests[count++]))
			return fail(err, E_TPM_HASH,
				    "%s has a bank in use whose hash 0x%04x "
				    "(%s) is not known here",
				    tpm->name, bank->alg,
				    tpm2_alg_name(bank->alg));
	}
	if (!count)
		return fail(err, E_TPM_NO_BANK,
			    "%s has %zu banks, none of them with PCR %d or %d",
			    tpm->name, banks->count, TPM_PCR_IMAGE,
			    TPM_PCR_OPTIONS);
	*ret_count = count;
	return OK;
}

static enum status forget(const struct tpm *tpm, struct span event,
			  struct error *err)
{
	struct tpm2_digest digests[TPM2_BANKS_MAX];
	struct tpm2_banks banks;
	size_t count = 0;
	enum status s = tpm_get_banks(tpm, &banks, err);

	if (s == OK)
		s = make_digests(tpm, &banks, event, digests, &count, err);
	for (size_t i = 0; s == OK && i < PCR_COUNT; i++)
		s = tpm_extend(tpm, pcrs[i], digests, count, err);
	if (s == OK)
		log_info("%s: PCR %d and %d extended in %zu banks", tpm->name,
			 TPM_PCR_IMAGE, TPM_PCR_OPTIONS, count);
	return s;
}

enum status tpm_forget_secrets_in(const char *sysfs, const char *dev,
				  const char *event, struct error *err)
{
	struct tpm_list list;
	enum status s = tpm_find(sysfs, &list, err);

	for (size_t i = 0; s == OK && i < list.count; i++) {
		struct tpm tpm;

		s = tpm_open(sysfs, dev, list.names[i], &tpm, err);
		if (s != OK)
			break;
		s = forget(&tpm, span_of_text(event), err);
		tpm_close(&tpm);
	}
	return s;
}

enum status tpm_forget_secrets(const char *event, struct error *err)
{
	return tpm_forget_secrets_in("/sys", "/dev", event, err);
}
