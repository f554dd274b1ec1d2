/*
 * Boot flags of a BMC: the commands Get and Set System Boot Options of IPMI 2.0
 * revision 1.1, sections 28.12 and 28.13, with parameter 5 (boot flags) and 4
 * (boot info acknowledge) of table 28-14. Bytes only; who asks is
 * ipmi_process.h.
 */
#ifndef KEELBOOT_FORMAT_IPMI_BOOT_H
#define KEELBOOT_FORMAT_IPMI_BOOT_H

#include "base/error.h"
#include "base/span.h"

#define IPMI_DATA_MAX 8 /* of a request */

/* What a BMC is asked, to its own LUN. */
struct ipmi_request {
	uint8_t netfn, command;
	uint8_t data[IPMI_DATA_MAX];
	size_t len;
};

/* The values of the boot device selector. */
enum ipmi_device {
	IPMI_DEVICE_NONE = 0, /* no override */
	IPMI_DEVICE_NETWORK = 1,
	IPMI_DEVICE_DISK = 2,
	IPMI_DEVICE_SAFE = 3, /* the disk, and its safe mode is requested */
	IPMI_DEVICE_DIAGNOSTIC = 4,
	IPMI_DEVICE_CD = 5,
	IPMI_DEVICE_SETUP = 6,
	IPMI_DEVICE_REMOTE_FLOPPY = 7, /* or primary removable medium */
	IPMI_DEVICE_REMOTE_CD = 8,
	IPMI_DEVICE_REMOTE_MEDIUM = 9,
	IPMI_DEVICE_REMOTE_DISK = 11,
	IPMI_DEVICE_FLOPPY = 15, /* or primary removable medium */
};

struct ipmi_boot {
	bool is_valid; /* else all else is 0 */
	bool is_persistent;
	bool is_uefi;
	enum ipmi_device device;
};

/* "network", for people; "" of what is none. */
const char *ipmi_device_name(enum ipmi_device device);

/* Asks for the boot flags: parameter 5. */
void ipmi_boot_get(struct ipmi_request *ret);

/* Takes them back: all of parameter 5 is 0, the valid bit with it. */
void ipmi_boot_clear(struct ipmi_request *ret);

/* Tells that the boot info has been handled, by what stands in for the BIOS and
 * by the boot loader: parameter 4, bits 0 and 1 alone are written. */
void ipmi_boot_acknowledge(struct ipmi_request *ret);

/*
 * The answer to ipmi_boot_get(), from its completion code on; what comes after
 * the fifth byte of data is left to later revisions. Flags that are marked as
 * invalid or locked, or whose valid bit is not set, are no error: !is_valid.
 *
 * Errors: those of ipmi_boot_done(), E_IPMI_LENGTH, E_IPMI_VERSION (of the
 * parameter, which is not 1), E_IPMI_PARAMETER (another one than was asked
 * for), E_IPMI_DEVICE (a reserved one).
 */
MUST_USE enum status ipmi_boot_parse(struct span answer, struct ipmi_boot *ret,
				     struct error *err);

/*
 * The answer to the others, and the head of each. Errors: E_IPMI_LENGTH (not
 * even a completion code), E_IPMI_UNSUPPORTED (the BMC does not know the
 * parameter or the command: it has no boot flags), E_IPMI_COMPLETION (any other
 * code that is not 0).
 */
MUST_USE enum status ipmi_boot_done(struct span answer, struct error *err);

/* Whether the same request may have another answer soon: the BMC is busy, late
 * or only starting. */
bool ipmi_boot_is_busy(struct span answer);

#endif
