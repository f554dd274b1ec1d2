/*
 * What is sealed to this machine's boot stays sealed: PCR 11 (the unified
 * kernel image) and PCR 12 (its command line and companions) get one more
 * event, so that no policy that names one of them holds until the next restart.
 */
#ifndef KEELBOOT_TPM_SEAL_H
#define KEELBOOT_TPM_SEAL_H

#include "base/error.h"

#define TPM_PCR_IMAGE	11
#define TPM_PCR_OPTIONS 12

/* What a rescue shell is measured as: the digest of these bytes. */
#define TPM_EVENT_SHELL "keelboot: rescue shell"

/*
 * Extends PCR 11 and 12 of every TPM, in every bank that is in use, with the
 * digest of the text event. OK means that all of it was done; doing it twice
 * does no harm. E_TPM_NONE: the machine has no TPM, so there is nothing to
 * close. Else secrets may be open: E_TPM_HASH (a bank in use whose hash we do
 * not have), E_TPM_NO_BANK (no bank has the PCRs, so nothing closes), and those
 * of sys/tpm.h. It may hang for as long as the kernel's driver does: see there.
 */
enum status tpm_forget_secrets(const char *event, struct error *err);

/* The same for the machine described by these folders. */
enum status tpm_forget_secrets_in(const char *sysfs, const char *dev,
				  const char *event, struct error *err);

#endif
