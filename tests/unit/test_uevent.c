/* Device events: the parser against every broken message, and the socket, which
 * listens to the kernel and to nobody else. */
#include "sys/uevent.h"

#include "base/own.h"
#include "scratch.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

#define HEADER "add@/devices/pci0000:00/virtio1/block/vda"
#define NEEDED                                                                 \
	"ACTION=add\0"                                                         \
	"DEVPATH=/devices/pci0000:00/virtio1/block/vda\0"

/* A literal with its NULs, the one at its end included. */
#define MESSAGE(text) span_of(text, sizeof(text))

/* The same for one that writes its last NUL itself. */
#define ENDED(text) span_of(text, sizeof(text) - 1)

static void assert_parse_refused(struct span message, enum status want)
{
	_drop_copy_ struct span copy = test_copy(message);
	struct uevent event = { .diskseq = 77 };
	struct error err;

	assert_refused(want, &err, uevent_parse(copy, &event, &err));
	assert_int_equal(event.diskseq, 77);
}

static void test_parse(void **state)
{
	_drop_copy_ struct span message =
		test_copy(MESSAGE(HEADER "\0" NEEDED "SUBSYSTEM=block\0"
					 "MAJOR=253\0"
					 "MINOR=0\0"
					 "DEVNAME=vda\0"
					 "DEVTYPE=disk\0"
					 "DISKSEQ=18446744073709551615\0"
					 "MODALIAS=virtio:d00000002v00001AF4\0"
					 "SEQNUM=1234"));
	struct uevent event;
	struct error err;

	(void)state;
	assert_ok(&err, uevent_parse(message, &event, &err));
	assert_string_equal(event.action, "add");
	assert_string_equal(event.devpath,
			    "/devices/pci0000:00/virtio1/block/vda");
	assert_string_equal(event.subsystem, "block");
	assert_string_equal(event.devtype, "disk");
	assert_string_equal(event.devname, "vda");
	assert_string_equal(event.modalias, "virtio:d00000002v00001AF4");
	assert_true(event.diskseq == UINT64_MAX);
}

static void test_parse_bare(void **state)
{
	struct span message = ENDED(HEADER "\0" NEEDED);
	struct uevent event;
	struct error err;

	(void)state;
	assert_ok(&err, uevent_parse(message, &event, &err));
	assert_null(event.subsystem);
	assert_null(event.devtype);
	assert_null(event.devname);
	assert_null(event.modalias);
	assert_int_equal(event.diskseq, 0);
}

/* A property whose name only begins like one of ours, and values with '='. */
static void test_parse_alike(void **state)
{
	struct uevent event;
	struct error err;

	(void)state;
	assert_ok(&err, uevent_parse(MESSAGE(HEADER "\0" NEEDED "DEVNAMES=no\0"
						    "XDEVNAME=no\0"
						    "DEVTYPE=a=b\0"
						    "SUBSYSTEM="),
				     &event, &err));
	assert_null(event.devname);
	assert_string_equal(event.devtype, "a=b");
	assert_string_equal(event.subsystem, "");
	assert_ok(&err,
		  uevent_parse(MESSAGE(HEADER "\0" NEEDED "DEVNAME=first\0"
					      "DEVNAME=last"),
			       &event, &err));
	assert_string_equal(event.devname, "last");
}

static void test_parse_broken(void **state)
{
	(void)state;
	assert_parse_refused(span_of("", 0), E_UEVENT_EMPTY);
	assert_parse_refused(span_of("x", 1), E_UEVENT_UNTERMINATED);
	assert_parse_refused(span_of(HEADER "\0" NEEDED, 40),
			     E_UEVENT_UNTERMINATED);
	assert_parse_refused(MESSAGE(""), E_UEVENT_HEADER);
	assert_parse_refused(ENDED("add\0" NEEDED), E_UEVENT_HEADER);
	assert_parse_refused(ENDED("@/devices\0" NEEDED), E_UEVENT_HEADER);
	assert_parse_refused(ENDED("add@devices\0" NEEDED), E_UEVENT_HEADER);
	assert_parse_refused(ENDED("add@\0" NEEDED), E_UEVENT_HEADER);
	/* What udev sends on to its own listeners. */
	assert_parse_refused(MESSAGE("libudev\0ACTION=add"), E_UEVENT_HEADER);
	assert_parse_refused(MESSAGE(HEADER "\0no equals sign"),
			     E_UEVENT_PROPERTY);
	assert_parse_refused(MESSAGE(HEADER "\0" NEEDED "=value"),
			     E_UEVENT_PROPERTY);
	assert_parse_refused(MESSAGE(HEADER "\0" NEEDED "\0"
					    "SUBSYSTEM=block"),
			     E_UEVENT_PROPERTY);
	assert_parse_refused(MESSAGE(HEADER "\0" NEEDED "DISKSEQ="),
			     E_UEVENT_DISKSEQ);
	assert_parse_refused(MESSAGE(HEADER "\0" NEEDED "DISKSEQ=-1"),
			     E_UEVENT_DISKSEQ);
	assert_parse_refused(
		MESSAGE(HEADER "\0" NEEDED "DISKSEQ=18446744073709551616"),
		E_UEVENT_DISKSEQ);
	assert_parse_refused(MESSAGE(HEADER), E_UEVENT_MISMATCH);
	assert_parse_refused(MESSAGE(HEADER "\0ACTION=add"), E_UEVENT_MISMATCH);
	assert_parse_refused(MESSAGE(HEADER "\0" NEEDED "ACTION=remove"),
			     E_UEVENT_MISMATCH);
	assert_parse_refused(MESSAGE(HEADER "\0" NEEDED "ACTION=ad"),
			     E_UEVENT_MISMATCH);
	assert_parse_refused(MESSAGE(HEADER "\0" NEEDED "DEVPATH=/devices"),
			     E_UEVENT_MISMATCH);
}

/* Cut at every length it is refused, never read past its end; only where a
 * property is complete it can pass. */
static void test_parse_truncated(void **state)
{
	struct span whole = MESSAGE(HEADER "\0" NEEDED "SUBSYSTEM=block\0"
					   "DISKSEQ=12");
	size_t needed = sizeof(HEADER "\0" NEEDED) - 1;
	struct uevent event;
	struct error err;

	(void)state;
	for (size_t len = 0; len < whole.len; len++) {
		_drop_copy_ struct span cut =
			test_copy(span_slice(whole, 0, len));
		enum status s = uevent_parse(cut, &event, &err);

		if (!len)
			assert_int_equal(s, E_UEVENT_EMPTY);
		else if (whole.ptr[len - 1])
			assert_int_equal(s, E_UEVENT_UNTERMINATED);
		else
			assert_int_equal(s,
					 len < needed ? E_UEVENT_MISMATCH : OK);
	}
}

static void test_parse_huge(void **state)
{
	size_t len = 1 << 20, used = sizeof(HEADER "\0" NEEDED) - 1;
	uint8_t *bytes = malloc(len);
	struct uevent event;
	struct error err;

	(void)state;
	assert_non_null(bytes);
	memcpy(bytes, HEADER "\0" NEEDED, used);
	memset(bytes + used, 'M', len - used);
	bytes[used + 1] = '=';
	bytes[len - 1] = '\0';
	assert_ok(&err, uevent_parse(span_of(bytes, len), &event, &err));
	bytes[used + 1] = 'M';
	assert_refused(E_UEVENT_PROPERTY, &err,
		       uevent_parse(span_of(bytes, len), &event, &err));
	free(bytes);
}

/* --- the socket ----------------------------------------------------------- */

/* Sockets of events work only in a network namespace that may have them. */
static int open_socket(void)
{
	struct error err;
	int fd;

	if (uevent_open(&fd, &err) != OK) {
		print_message("skipped: %s\n", err.text);
		skip();
	}
	return fd;
}

static bool raise_event(void)
{
	_close_ int fd = open("/sys/devices/virtual/mem/null/uevent",
			      O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, "change", 6) == 6;
}

/* Takes events until that of /dev/null comes. */
static bool find_event(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	char buf[UEVENT_MAX];
	struct uevent event;
	enum status s;

	while (poll(&ready, 1, 2000) > 0) {
		s = uevent_receive(fd, buf, &event, NULL);
		if (s == OK && event.devname &&
		    !strcmp(event.devname, "null") &&
		    !strcmp(event.subsystem, "mem"))
			return true;
	}
	return false;
}

static void test_nothing_there(void **state)
{
	_close_ int fd = open_socket();
	char buf[UEVENT_MAX];
	struct uevent event;
	struct error err;
	enum status s;

	(void)state;
	do { /* events of this machine's own */
		s = uevent_receive(fd, buf, &event, &err);
	} while (s == OK);
	assert_int_equal(s, E_UEVENT_NONE);
	assert_refused(E_UEVENT_SOCKET, &err,
		       uevent_receive(-1, buf, &event, &err));
}

static void test_kernel_event(void **state)
{
	scratch_needs_root("raising a device event");
	_close_ int fd = open_socket();

	(void)state;
	if (!raise_event()) {
		print_message("skipped: /sys is not writable here\n");
		skip();
	}
	assert_true(find_event(fd));
}

static void send_to(int from, struct sockaddr_nl to, struct span message)
{
	assert_int_equal(sendto(from, message.ptr, message.len, 0,
				(struct sockaddr *)&to, sizeof(to)),
			 message.len);
}

/* A process sends what looks like an event of the kernel: to the group, and to
 * our port. Nothing of it arrives; the kernel's next event does. */
static void test_foreign_event(void **state)
{
	scratch_needs_root("sending to a netlink group");
	static const char fake[] = "change@/devices/virtual/mem/null\0"
				   "ACTION=change\0"
				   "DEVPATH=/devices/virtual/mem/null\0"
				   "SUBSYSTEM=mem\0DEVNAME=null";
	struct sockaddr_nl group = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	struct sockaddr_nl port = { .nl_family = AF_NETLINK };
	_close_ int from = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC,
				  NETLINK_KOBJECT_UEVENT);
	_close_ int fd = open_socket();
	socklen_t len = sizeof(port);
	char buf[UEVENT_MAX];
	struct uevent event;

	(void)state;
	assert_int_equal(getsockname(fd, (struct sockaddr *)&port, &len), 0);
	send_to(from, group, MESSAGE(fake));
	port.nl_groups = 0;
	send_to(from, port, MESSAGE(fake));
	assert_status(E_UEVENT_NONE, uevent_receive(fd, buf, &event, NULL));
	/* A flood of them does not keep the caller. */
	for (int i = 0; i < 300; i++)
		send_to(from, port, MESSAGE(fake));
	assert_status(E_UEVENT_NONE, uevent_receive(fd, buf, &event, NULL));
	assert_status(E_UEVENT_NONE, uevent_receive(fd, buf, &event, NULL));
	if (raise_event())
		assert_true(find_event(fd));
}

/* Too many events waiting: that some were lost is said, once. */
static void test_lost(void **state)
{
	scratch_needs_root("raising device events");
	_close_ int fd = open_socket();
	int size = 4096;
	char buf[UEVENT_MAX];
	struct uevent event;
	enum status s;

	(void)state;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	for (int i = 0; i < 100; i++)
		if (!raise_event()) {
			print_message("skipped: /sys is not writable here\n");
			skip();
		}
	do {
		s = uevent_receive(fd, buf, &event, NULL);
	} while (s == OK);
	assert_int_equal(s, E_UEVENT_LOST);
	assert_true(raise_event());
	assert_true(find_event(fd));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_bare),
		cmocka_unit_test(test_parse_alike),
		cmocka_unit_test(test_parse_broken),
		cmocka_unit_test(test_parse_truncated),
		cmocka_unit_test(test_parse_huge),
		cmocka_unit_test(test_nothing_there),
		cmocka_unit_test(test_kernel_event),
		cmocka_unit_test(test_foreign_event),
		cmocka_unit_test(test_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
