/*
 * Loop devices: a range of a block device as a read-only block device of its
 * own, for file systems that begin in the middle of one. May block on a dead
 * disk: belongs into a probe.
 */
#ifndef KEELBOOT_SYS_LOOP_H
#define KEELBOOT_SYS_LOOP_H

#include "base/error.h"

#include <stdint.h>

#define LOOP_NODE_MAX 32

/*
 * Makes a loop device over len bytes from offset (both multiples of 512) of
 * what fd has open. The kernel refuses every write to it, and takes it apart
 * when nobody has it open or mounted any more. ret_node is its node, *ret_fd
 * (the caller's) keeps it.
 *
 * Errors: E_LOOP_CONTROL (this kernel has no loop devices), E_LOOP_SET_UP,
 * E_LOOP_READ_ONLY (it does not say that it is read-only).
 */
enum status loop_attach(int fd, uint64_t offset, uint64_t len,
			char ret_node[static LOOP_NODE_MAX], int *ret_fd,
			struct error *err);

#endif
