#include "sys/ipmi.h"

#include "base/own.h"
#include "sys/ioctl_request.h"
#include "sys/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ipmi.h>
#include <poll.h>
#include <sys/ioctl.h>

#define REQUEST(name) ((ioctl_request)(name))

/* By which the driver says what an answer belongs to. */
#define MESSAGE_ID 1

static enum status open_device(const char *path, int *ret, struct error *err)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0 && (errno == ENOENT || errno == ENXIO || errno == ENODEV))
		return fail(err, E_IPMI_NONE, "there is no BMC: no %s", path);
	if (fd < 0)
		return fail_sys(err, E_IPMI_OPEN, errno, "unable to open %s",
				path);
	*ret = fd;
	return OK;
}

static enum status send_request(int fd, const struct ipmi_request *request,
				struct error *err)
{
	struct ipmi_system_interface_addr to = {
		.addr_type = IPMI_SYSTEM_INTERFACE_ADDR_TYPE,
		.channel = IPMI_BMC_CHANNEL,
	};
	uint8_t data[IPMI_DATA_MAX];
	struct ipmi_req req = {
		.addr = (unsigned char *)&to,
		.addr_len = sizeof(to),
		.msgid = MESSAGE_ID,
		.msg = { .netfn = request->netfn,
			 .cmd = request->command,
			 .data_len = (unsigned short)request->len,
			 .data = data },
	};

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = request->data[i];
	if (ioctl(fd, REQUEST(IPMICTL_SEND_COMMAND), &req) < 0)
		return fail_sys(err, E_IPMI_SEND, errno,
				"the IPMI driver does not take a request");
	return OK;
}

/* E_MSG_NONE: nothing, or nothing of ours, is there now. */
static enum status receive(int fd, const struct ipmi_request *request,
			   struct ipmi_answer *ret, struct error *err)
{
	struct ipmi_addr from;
	struct ipmi_recv got = {
		.addr = (unsigned char *)&from,
		.addr_len = sizeof(from),
		.msg = { .data = ret->bytes, .data_len = sizeof(ret->bytes) },
	};
	int failed = ioctl(fd, REQUEST(IPMICTL_RECEIVE_MSG_TRUNC), &got);

	if (failed < 0 && (errno == EAGAIN || errno == EINTR))
		return E_MSG_NONE;
	if (failed < 0 && errno != EMSGSIZE) /* which says that it was cut */
		return fail_sys(err, E_IPMI_RECEIVE, errno,
				"unable to read what the BMC answers");
	if (got.recv_type != IPMI_RESPONSE_RECV_TYPE ||
	    got.msgid != MESSAGE_ID || got.msg.netfn != (request->netfn | 1) ||
	    got.msg.cmd != request->command)
		return E_MSG_NONE;
	ret->len = got.msg.data_len;
	if (ret->len > sizeof(ret->bytes))
		ret->len = sizeof(ret->bytes);
	return OK;
}

enum status ipmi_ask(const char *path, const struct ipmi_request *request,
		     int patience_ms, struct ipmi_answer *ret,
		     struct error *err)
{
	uint64_t deadline = now_ms() + (uint64_t)patience_ms;
	_close_ int fd = -1;
	enum status s = open_device(path, &fd, err);

	ret->len = 0;
	if (s == OK)
		s = send_request(fd, request, err);
	if (s != OK)
		return s;
	for (;;) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		int left = deadline_left_ms(deadline);

		if (poll(&wait, 1, left) > 0)
			s = receive(fd, request, ret, err);
		else
			s = E_MSG_NONE;
		if (s != E_MSG_NONE)
			return s;
		if (!left)
			return fail(err, E_IPMI_SILENT,
				    "the BMC has not answered for %d ms",
				    patience_ms);
	}
}
