#include "sys/uevent.h"

#include "base/log.h"
#include "base/own.h"
#include "base/text.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

/* The kernel's own events; group 2 is what udev sends on. */
#define GROUP_KERNEL 1

/* A machine with some hundred disks raises thousands of events at once. */
#define RECEIVE_BUFFER (4 << 20)

/* So that a flood from a process cannot keep the caller here. */
#define LEFT_OUT_MAX 256

/* The value if line is "key=value". */
static const char *value_of(const char *line, const char *key)
{
	size_t len = strlen(key);

	return !strncmp(line, key, len) && line[len] == '=' ? line + len + 1
							    : NULL;
}

/* "action@devpath": the action and the path are in properties too, and two
 * truths are one too many. */
static enum status check_header(const char *header, const struct uevent *event,
				struct error *err)
{
	const char *at = strchr(header, '@');
	size_t len = at ? (size_t)(at - header) : 0;

	if (!len || at[1] != '/')
		return fail(err, E_UEVENT_HEADER,
			    "an event begins with \"%s\", not with "
			    "\"action@/devpath\"",
			    display_of_text(header).text);
	if (!event->action ||
	    !span_equal_text(span_of(header, len), event->action))
		return fail(err, E_UEVENT_MISMATCH,
			    "an event is \"%s\" in its header and \"%s\" in "
			    "ACTION",
			    display_of(span_of(header, len)).text,
			    display_of_text(event->action ? event->action : "")
				    .text);
	if (!event->devpath || strcmp(at + 1, event->devpath) != 0)
		return fail(
			err, E_UEVENT_MISMATCH,
			"an event is of \"%s\" in its header and of \"%s\" in "
			"DEVPATH",
			display_of_text(at + 1).text,
			display_of_text(event->devpath ? event->devpath : "")
				.text);
	return OK;
}

static enum status take_property(const char *line, struct uevent *event,
				 struct error *err)
{
	const struct {
		const char *key;
		const char **to;
	} keys[] = {
		{ "ACTION", &event->action },
		{ "DEVPATH", &event->devpath },
		{ "SUBSYSTEM", &event->subsystem },
		{ "DEVTYPE", &event->devtype },
		{ "DEVNAME", &event->devname },
		{ "MODALIAS", &event->modalias },
	};
	const char *equals = strchr(line, '=');
	const char *value;

	if (!equals || equals == line)
		return fail(err, E_UEVENT_PROPERTY,
			    "an event has \"%s\" where KEY=VALUE belongs",
			    display_of_text(line).text);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		value = value_of(line, keys[i].key);
		if (value)
			*keys[i].to = value;
	}
	value = value_of(line, "DISKSEQ");
	if (value && !text_parse_number(span_of_text(value), UINT64_MAX,
					&event->diskseq))
		return fail(err, E_UEVENT_DISKSEQ,
			    "an event has DISKSEQ=%s, which is not a number",
			    display_of_text(value).text);
	return OK;
}

enum status uevent_parse(struct span message, struct uevent *ret,
			 struct error *err)
{
	struct uevent event = { 0 };
	const char *header = (const char *)message.ptr;
	const char *line;
	enum status s;

	if (!message.len)
		return fail(err, E_UEVENT_EMPTY, "an event has no bytes");
	if (message.ptr[message.len - 1] != '\0')
		return fail(err, E_UEVENT_UNTERMINATED,
			    "an event of %zu bytes ends in 0x%02x, not in NUL",
			    message.len, message.ptr[message.len - 1]);
	/* The NUL at the end bounds every string below. */
	for (line = header + strlen(header) + 1; line < header + message.len;
	     line += strlen(line) + 1) {
		s = take_property(line, &event, err);
		if (s != OK)
			return s;
	}
	s = check_header(header, &event, err);
	if (s != OK)
		return s;
	*ret = event;
	return OK;
}

enum status uevent_open(int *ret_fd, struct error *err)
{
	struct sockaddr_nl us = { .nl_family = AF_NETLINK,
				  .nl_groups = GROUP_KERNEL };
	_close_ int fd =
		socket(AF_NETLINK, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		       NETLINK_KOBJECT_UEVENT);
	int size = RECEIVE_BUFFER, on = 1;

	if (fd < 0)
		return fail_sys(err, E_UEVENT_SOCKET, errno,
				"unable to make the socket of device events");
	/* Without the right to, the buffer is what the system allows. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0)
		return fail_sys(err, E_UEVENT_SOCKET, errno,
				"unable to ask who sends device events");
	if (bind(fd, (struct sockaddr *)&us, sizeof(us)) < 0)
		return fail_sys(err, E_UEVENT_SOCKET, errno,
				"unable to listen to device events");
	*ret_fd = take_fd(&fd);
	return OK;
}

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(struct ucred))];
};

/* Port 0 is the kernel; a process cannot have it. The credentials say so once
 * more. */
static bool is_from_kernel(struct msghdr *msg, const struct sockaddr_nl *from)
{
	struct cmsghdr *head = CMSG_FIRSTHDR(msg);
	struct ucred who;

	if (msg->msg_namelen != sizeof(*from) ||
	    from->nl_family != AF_NETLINK || from->nl_pid != 0)
		return false;
	if (!head || head->cmsg_level != SOL_SOCKET ||
	    head->cmsg_type != SCM_CREDENTIALS ||
	    head->cmsg_len != CMSG_LEN(sizeof(who)))
		return false;
	memcpy(&who, CMSG_DATA(head), sizeof(who));
	return who.pid == 0 && who.uid == 0;
}

/* One message into buf; *ret_len is 0 where it is nothing for us. */
static enum status receive_one(int fd, char *buf, size_t *ret_len,
			       struct error *err)
{
	union control control;
	struct sockaddr_nl from = { 0 };
	struct iovec part = { buf, UEVENT_MAX };
	struct msghdr msg = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t got = recvmsg(fd, &msg, MSG_DONTWAIT);

	*ret_len = 0;
	if (got < 0 && errno == EINTR)
		return OK;
	if (got < 0 && errno == EAGAIN)
		return fail(err, E_UEVENT_NONE, "there is no event now");
	if (got < 0 && errno == ENOBUFS)
		return fail(err, E_UEVENT_LOST,
			    "device events were lost: more than %d bytes were "
			    "waiting",
			    RECEIVE_BUFFER);
	if (got < 0)
		return fail_sys(err, E_UEVENT_SOCKET, errno,
				"unable to receive a device event");
	if (!is_from_kernel(&msg, &from))
		log_warn("a device event that port %u sent, not the kernel, "
			 "is left out",
			 from.nl_pid);
	else if (msg.msg_flags & MSG_TRUNC)
		log_warn("a device event of more than %d bytes is left out",
			 UEVENT_MAX);
	else
		*ret_len = (size_t)got;
	return OK;
}

enum status uevent_receive(int fd, char buf[static UEVENT_MAX],
			   struct uevent *ret, struct error *err)
{
	struct error why;
	enum status s;
	size_t len;

	for (unsigned left_out = 0; left_out < LEFT_OUT_MAX; left_out++) {
		s = receive_one(fd, buf, &len, err);
		if (s != OK)
			return s;
		if (!len)
			continue;
		if (uevent_parse(span_of(buf, len), ret, &why) == OK)
			return OK;
		log_warn("%s: it is left out", why.text);
	}
	return fail(err, E_UEVENT_NONE, "there is no event in %d messages",
		    LEFT_OUT_MAX);
}
