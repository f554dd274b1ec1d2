/*
 * Kernel events of devices that come and go (NETLINK_KOBJECT_UEVENT): only what
 * the kernel itself says, never a process.
 *
 * A message is "ACTION@DEVPATH" NUL, then KEY=VALUE NUL for each property
 * (lib/kobject_uevent.c of Linux; at most 2 KiB of properties).
 */
#ifndef KEELBOOT_SYS_UEVENT_H
#define KEELBOOT_SYS_UEVENT_H

#include "base/error.h"
#include "base/span.h"

#include <stdint.h>

#define UEVENT_MAX 8192

/* Pointers into the message; NULL where a property is missing. */
struct uevent {
	const char *action;  /* "add", "remove", "change", …: always there */
	const char *devpath; /* "/devices/…": always there */
	const char *subsystem;
	const char *devtype;
	const char *devname; /* relative to /dev */
	const char *modalias;
	uint64_t diskseq; /* 0 if none */
};

/*
 * Pure. Unknown properties are passed over; of one that comes twice the last
 * counts. *ret points into message. Errors: E_UEVENT_EMPTY,
 * E_UEVENT_UNTERMINATED (no NUL at the end), E_UEVENT_HEADER (not
 * "action@/devpath"), E_UEVENT_MISMATCH (ACTION or DEVPATH is missing or not
 * what the header says), E_UEVENT_PROPERTY (no '=' or no key),
 * E_UEVENT_DISKSEQ (not a number).
 */
enum status uevent_parse(struct span message, struct uevent *ret,
			 struct error *err);

/* A non-blocking socket that becomes readable when there are events. Errors:
 * E_UEVENT_SOCKET. */
enum status uevent_open(int *ret_fd, struct error *err);

/*
 * The next event of the kernel; messages from anyone else, and ones that do not
 * parse, are dropped with a line in the log. *ret points into buf. Errors:
 * E_UEVENT_NONE (nothing there now), E_UEVENT_LOST (the queue overflowed: look
 * at all devices again), E_UEVENT_SOCKET.
 */
enum status uevent_receive(int fd, char buf[static UEVENT_MAX],
			   struct uevent *ret, struct error *err);

#endif
