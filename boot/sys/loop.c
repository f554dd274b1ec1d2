#include "sys/loop.h"

#include "base/own.h"
#include "sys/ioctl_request.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>

/* Two probes may be offered the same device; one of them asks again. */
#define TRIES_MAX 64

/* devtmpfs makes the node before the number is told. */
#define NODE_TRIES   100
#define NODE_STEP_MS 10

static int open_node(const char *node)
{
	int fd = -1;

	for (unsigned i = 0; fd < 0 && i < NODE_TRIES; i++) {
		fd = open(node, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (fd < 0 && errno != ENOENT)
			break;
		if (fd < 0)
			poll(NULL, 0, NODE_STEP_MS);
	}
	return fd;
}

/* LOOP_CONFIGURE does it in one step, from Linux 5.8 on. */
static bool configure(int loop, int fd, uint64_t offset, uint64_t len)
{
	struct loop_config config = {
		.fd = (uint32_t)fd,
		.info = { .lo_offset = offset,
			  .lo_sizelimit = len,
			  .lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR },
	};

	return ioctl(loop, (ioctl_request)LOOP_CONFIGURE, &config) == 0;
}

static enum status check_read_only(int loop, const char *node,
				   struct error *err)
{
	int is_on = 0;

	if (ioctl(loop, (ioctl_request)BLKROGET, &is_on) < 0 || !is_on)
		return fail(err, E_LOOP_READ_ONLY,
			    "%s was made read-only and is not", node);
	return OK;
}

enum status loop_attach(int fd, uint64_t offset, uint64_t len,
			char ret_node[static LOOP_NODE_MAX], int *ret_fd,
			struct error *err)
{
	_close_ int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	char node[LOOP_NODE_MAX] = "a loop device";
	int number, sys = EBUSY;

	if (control < 0)
		return fail_sys(err, E_LOOP_CONTROL, errno,
				"unable to ask for a loop device");
	for (unsigned i = 0; sys == EBUSY && i < TRIES_MAX; i++) {
		_close_ int loop = -1;

		number = ioctl(control, (ioctl_request)LOOP_CTL_GET_FREE);
		if (number < 0)
			return fail_sys(err, E_LOOP_CONTROL, errno,
					"unable to get a loop device");
		snprintf(node, sizeof(node), "/dev/loop%d", number);
		loop = open_node(node);
		if (loop >= 0 && configure(loop, fd, offset, len)) {
			enum status s = check_read_only(loop, node, err);

			if (s != OK)
				return s;
			snprintf(ret_node, LOOP_NODE_MAX, "%s", node);
			*ret_fd = take_fd(&loop);
			return OK;
		}
		sys = errno;
	}
	return fail_sys(err, E_LOOP_SET_UP, sys,
			"unable to make %s of %llu bytes from offset %llu on",
			node, (unsigned long long)len,
			(unsigned long long)offset);
}
