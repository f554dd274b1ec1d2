/*
 * The machine's TPMs as the kernel's raw devices (/dev/tpm0): found, opened,
 * asked for their banks, PCRs extended. A command is queued and its answer
 * polled for, with a deadline; but while a command runs the kernel holds a lock
 * that poll(2) and close(2) want, so a TPM that does not answer keeps its
 * caller until the kernel gives up (seconds, and minutes for a broken driver):
 * call this in a process that may be lost.
 */
#ifndef KEELBOOT_SYS_TPM_H
#define KEELBOOT_SYS_TPM_H

#include "base/error.h"
#include "format/tpm2.h"

#define TPMS_MAX      4
#define TPM_NAME_MAX  8	   /* "tpm0" */
#define TPM_ANSWER_MS 3000 /* for one command; the kernel allows most 2 s */

struct tpm {
	int fd;
	char name[TPM_NAME_MAX];
};

struct tpm_list {
	size_t count;
	char names[TPMS_MAX][TPM_NAME_MAX];
};

/*
 * The TPMs that the kernel has a driver for, from SYSFS/class/tpm ("/sys").
 * Errors: E_TPM_NONE (the machine has none), E_TPM_NO_DRIVER (the kernel has
 * none, and yet firmware says there is one: SYSFS/firmware/acpi/tables/TPM2 or
 * TCPA, or a node tpm* of the device tree), E_TPM_LIST (cannot be told, or more
 * than TPMS_MAX).
 */
enum status tpm_find(const char *sysfs, struct tpm_list *ret,
		     struct error *err);

/* Opens DEV/name ("/dev"). Errors: E_TPM_VERSION (sysfs says it is a TPM 1.2),
 * E_TPM_OPEN (also: somebody else has it open, and the device is missing). */
enum status tpm_open(const char *sysfs, const char *dev, const char *name,
		     struct tpm *ret, struct error *err);
void tpm_close(struct tpm *tpm);

/*
 * Each sends one command, and TPM2_Startup and then the same again where the
 * TPM waits for that. Errors: E_TPM_SEND, E_TPM_DEADLINE, E_TPM_RECEIVE, and
 * those of format/tpm2.h.
 */
enum status tpm_get_banks(const struct tpm *tpm, struct tpm2_banks *ret,
			  struct error *err);
enum status tpm_extend(const struct tpm *tpm, uint32_t pcr,
		       const struct tpm2_digest *digests, size_t count,
		       struct error *err);

#endif
