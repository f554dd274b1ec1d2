/*
 * One request to the BMC through the kernel's IPMI driver, /dev/ipmi0
 * (linux/ipmi.h). The driver itself may hang: this belongs into a process that
 * can be given up.
 */
#ifndef KEELBOOT_SYS_IPMI_H
#define KEELBOOT_SYS_IPMI_H

#include "base/error.h"
#include "format/ipmi_boot.h"

#define IPMI_DEVICE_PATH "/dev/ipmi0"
#define IPMI_ANSWER_MAX	 64

/* From its completion code on. */
struct ipmi_answer {
	uint8_t bytes[IPMI_ANSWER_MAX];
	size_t len;
};

/* How a BMC is asked: ipmi_ask(), or what a test has for it. */
typedef enum status ipmi_ask_fn(const char *path,
				const struct ipmi_request *request,
				int patience_ms, struct ipmi_answer *ret,
				struct error *err);

/*
 * Asks the BMC behind the device path and waits patience_ms at most for what
 * it answers. What is not the answer to this request is passed over; a longer
 * one is cut.
 *
 * Errors: E_IPMI_NONE (there is no such device), E_IPMI_OPEN, E_IPMI_SEND,
 * E_IPMI_SILENT (no answer in time), E_IPMI_RECEIVE.
 */
enum status ipmi_ask(const char *path, const struct ipmi_request *request,
		     int patience_ms, struct ipmi_answer *ret,
		     struct error *err);

#endif
