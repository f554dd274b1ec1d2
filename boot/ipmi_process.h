/*
 * Asking the BMC what to boot (format/ipmi_boot.h), in a process of its own: a
 * BMC, or the kernel's driver for it, may take its time or never come back.
 */
#ifndef KEELBOOT_IPMI_PROCESS_H
#define KEELBOOT_IPMI_PROCESS_H

#include "efivar_process.h"
#include "sys/ipmi.h"

/* A BMC that works answers within some ten. */
#define IPMI_READ_MS  3000
#define IPMI_WRITE_MS 5000

/* Where it is, and how it is asked: ipmi_ask() but in tests. */
struct ipmi_bmc {
	const char *path;
	ipmi_ask_fn *ask;
};

/* Starts to ask for the boot flags, for IPMI_READ_MS at most. reader is to be
 * polled as efivar_process.h says. Errors: those of
 * efivar_process_begin_for(). */
enum status ipmi_begin(struct efivar_process *reader,
		       const struct ipmi_bmc *bmc, struct error *err);

/*
 * What the BMC says; never waits. The reader is at its end then, but for
 * E_MSG_NONE. Errors, all with !is_valid: E_MSG_NONE (not yet), those of
 * ipmi_ask() and ipmi_boot_parse(), E_IPMI_DEADLINE, E_IPMI_ENDED (it ended
 * without a word, or with one that makes no sense).
 */
MUST_USE enum status ipmi_take(struct efivar_process *reader, uint64_t now_ms,
			       struct ipmi_boot *ret, struct error *err);

/* Gives up what is under way. */
void ipmi_end(struct efivar_process *reader);

/*
 * Takes a one-shot back, looks whether it is gone, and tells the BMC that it
 * was handled, which not every BMC wants to know. Waits IPMI_WRITE_MS at most.
 * Errors: as ipmi_take(), E_IPMI_STAYS (the BMC takes the new flags and has the
 * old ones).
 */
MUST_USE enum status ipmi_use_up(const struct ipmi_bmc *bmc, struct error *err);

#endif
