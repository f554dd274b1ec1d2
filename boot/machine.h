/*
 * What machine this is, for a person in front of one of many: its name, its
 * firmware, its TPM, its network.
 *
 * Reading takes some small files that the kernel answers from memory. What may
 * wait for a driver, the network, is asked for by a process of its own, which
 * costs nothing while nothing changes (sys/network.h).
 */
#ifndef KEELBOOT_MACHINE_H
#define KEELBOOT_MACHINE_H

#include "base/text.h"
#include "sys/network.h"

#define MACHINE_FACTS_COLUMNS 79

/* Clean of control characters; "" where nothing is known. */
struct machine {
	char host[128];	    /* "host7"; not the kernel's "(none)" */
	char firmware[128]; /* "coreboot 4.19" */
	char model[128];    /* "QEMU Standard PC (Q35 + ICH9, 2009)" */
	char tpm[16];	    /* "TPM 2.0", "TPM 1.2", "TPM", "no TPM" */
	char address[80];   /* "eth0 192.0.2.7", "no network", "" not known */
	bool has_network;   /* network is what the kernel said */
	struct network network;
	struct network_watch watch;
};

/*
 * Name, firmware, model and TPM from below root: "" for the machine itself.
 * Firmware and model are those of SMBIOS (/sys/class/dmi/id), else a model is
 * that of the device tree. The network stays as it is. Cheap: to be called
 * again when drivers have come, for a TPM may.
 */
void machine_read(const char *root, struct machine *machine);

/* Reads, and starts to watch the network: the menu's. Without that there is a
 * line in the log and no network to show. */
void machine_begin(struct machine *machine);

/* What to poll(2) for, at most one. It is readable only when something has
 * changed: no need to come back otherwise. */
size_t machine_poll_fds(const struct machine *machine, struct pollfd *fds);

/* Takes what is there without waiting; true if there is something else to
 * show. */
bool machine_handle(struct machine *machine);

void machine_end(struct machine *machine);

/* What network says is the machine's from now on, with its address in words. */
void machine_take_network(struct machine *machine,
			  const struct network *network);

/*
 * The line of facts: "Firmware coreboot 4.19; TPM 2.0; eth0 192.0.2.7; watchdog
 * 60 s". The last is watchdog as it is, left out if "". Names are cut so that
 * it has MACHINE_FACTS_COLUMNS, the firmware's first.
 */
void machine_facts_line(const struct machine *machine, const char *watchdog,
			struct text *ret);

/* The network page: lines about each interface, or one that there is none. */
void machine_network_text(const struct machine *machine, struct text *ret);

/* Which keelboot this is, on which kernel: "keelboot 0.1.0, Linux 6.1.0". */
void machine_program_line(struct text *ret);

/* Enough for every interface that is told apart. */
#define MACHINE_NETWORK_TEXT_MAX 24576

#endif
