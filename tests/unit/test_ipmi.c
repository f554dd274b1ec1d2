/*
 * Asking a BMC against a model of the kernel's device (ipmi_devintf.c of Linux
 * 6.1): what is sent, and what may come back instead of an answer.
 * tests/qemu/test_ipmi.py has the real driver.
 */
#include "base/own.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>

static int model_open(const char *path, int flags, ...);
static int model_ioctl(int fd, unsigned long request, void *arg);
static int model_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
#define open  model_open
#define ioctl model_ioctl
#define poll  model_poll
#include "boot/sys/ipmi.c"
#undef open
#undef ioctl
#undef poll

#include "test.h"

#include <unistd.h>

/* What comes back, in its order. */
struct coming {
	int type, error; /* error: of the call, 0 for none */
	long id;
	uint8_t netfn, command;
	size_t len;
};

static struct {
	int open_errno, send_errno;
	bool is_sent;
	uint8_t sent[IPMI_DATA_MAX];
	size_t sent_len;
	unsigned next, count;
	struct coming coming[4];
} bmc;

static int model_open(const char *path, int flags, ...)
{
	assert_string_equal(path, IPMI_DEVICE_PATH);
	assert_int_equal(flags, O_RDWR | O_CLOEXEC);
	errno = bmc.open_errno;
	return bmc.open_errno ? -1 : dup(STDERR_FILENO);
}

static int model_send(const struct ipmi_req *req)
{
	const struct ipmi_system_interface_addr *to = (const void *)req->addr;

	if (bmc.send_errno) {
		errno = bmc.send_errno;
		return -1;
	}
	assert_int_equal(req->addr_len, sizeof(*to));
	assert_int_equal(to->addr_type, IPMI_SYSTEM_INTERFACE_ADDR_TYPE);
	assert_int_equal(to->channel, IPMI_BMC_CHANNEL);
	assert_int_equal(to->lun, 0);
	assert_int_equal(req->msgid, 1);
	assert_int_equal(req->msg.netfn, 0);
	assert_int_equal(req->msg.cmd, 9);
	bmc.sent_len = req->msg.data_len;
	memcpy(bmc.sent, req->msg.data, bmc.sent_len);
	bmc.is_sent = true;
	return 0;
}

/* As handle_recv() of the driver: what does not fit is cut with TRUNC, and says
 * so; data_len is what was copied. */
static int model_receive(struct ipmi_recv *recv)
{
	const struct coming *c = &bmc.coming[bmc.next];

	assert_true(bmc.is_sent && bmc.next < bmc.count);
	bmc.next++;
	errno = c->error;
	if (c->error)
		return -1;
	recv->recv_type = c->type;
	recv->msgid = c->id;
	recv->msg.netfn = c->netfn;
	recv->msg.cmd = c->command;
	if (c->len > recv->msg.data_len)
		errno = EMSGSIZE;
	else
		recv->msg.data_len = (unsigned short)c->len;
	for (size_t i = 0; i < recv->msg.data_len; i++)
		recv->msg.data[i] = (uint8_t)i;
	return errno ? -1 : 0;
}

static int model_ioctl(int fd, unsigned long request, void *arg)
{
	assert_true(fd >= 0);
	if (request == IPMICTL_SEND_COMMAND)
		return model_send(arg);
	assert_int_equal(request, IPMICTL_RECEIVE_MSG_TRUNC);
	return model_receive(arg);
}

static int model_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	assert_int_equal(count, 1);
	assert_int_equal(fds->events, POLLIN);
	assert_true(timeout_ms >= 0);
	if (bmc.next < bmc.count)
		return 1;
	return poll(NULL, 0, timeout_ms);
}

static int set_up(void **state)
{
	(void)state;
	memset(&bmc, 0, sizeof(bmc));
	return 0;
}

static void comes(int type, long id, uint8_t netfn, uint8_t command, size_t len)
{
	bmc.coming[bmc.count++] = (struct coming){ .type = type,
						   .id = id,
						   .netfn = netfn,
						   .command = command,
						   .len = len };
}

static enum status ask(int patience_ms, struct ipmi_answer *ret,
		       struct error *err)
{
	struct ipmi_request request;

	ipmi_boot_get(&request);
	return ipmi_ask(IPMI_DEVICE_PATH, &request, patience_ms, ret, err);
}

static void an_answer_is_taken_as_it_is(void **state)
{
	struct ipmi_answer answer;
	struct error err;

	(void)state;
	comes(IPMI_RESPONSE_RECV_TYPE, 1, 1, 9, 8);
	assert_ok(&err, ask(5000, &answer, &err));
	assert_int_equal(bmc.sent_len, 3);
	assert_memory_equal(bmc.sent, "\x05\x00\x00", 3);
	assert_int_equal(answer.len, 8);
	assert_memory_equal(answer.bytes, "\0\1\2\3\4\5\6\7", 8);
}

static void what_is_no_answer_to_it_is_passed_over(void **state)
{
	const struct coming others[] = {
		{ IPMI_ASYNC_EVENT_RECV_TYPE, 0, 1, 1, 9, 8 },
		{ IPMI_RESPONSE_RECV_TYPE, 0, 2, 1, 9, 8 },
		{ IPMI_RESPONSE_RECV_TYPE, 0, 1, 0, 9, 8 },
		{ IPMI_RESPONSE_RECV_TYPE, 0, 1, 1, 8, 8 },
		{ 0, EAGAIN, 0, 0, 0, 0 },
		{ 0, EINTR, 0, 0, 0, 0 },
	};
	struct ipmi_answer answer;
	struct error err;

	(void)state;
	for (unsigned i = 0; i < test_count(others); i++) {
		set_up(NULL);
		bmc.coming[bmc.count++] = others[i];
		comes(IPMI_RESPONSE_RECV_TYPE, 1, 1, 9, 5);
		assert_ok(&err, ask(5000, &answer, &err));
		assert_int_equal(answer.len, 5);
		assert_int_equal(bmc.next, 2);
	}
}

static void one_that_says_only_other_things_is_silent(void **state)
{
	struct ipmi_answer answer;
	struct error err;

	(void)state;
	comes(IPMI_RESPONSE_RECV_TYPE, 7, 1, 9, 8);
	assert_refused(E_IPMI_SILENT, &err, ask(30, &answer, &err));
	assert_non_null(strstr(err.text, "30 ms"));
	set_up(NULL);
	assert_refused(E_IPMI_SILENT, &err, ask(0, &answer, &err));
}

static void a_longer_answer_is_cut(void **state)
{
	struct ipmi_answer answer;
	struct error err;

	(void)state;
	for (size_t len = IPMI_ANSWER_MAX - 1; len < IPMI_ANSWER_MAX + 3;
	     len++) {
		set_up(NULL);
		comes(IPMI_RESPONSE_RECV_TYPE, 1, 1, 9, len);
		assert_ok(&err, ask(5000, &answer, &err));
		assert_int_equal(answer.len,
				 len < IPMI_ANSWER_MAX ? len : IPMI_ANSWER_MAX);
	}
}

static void what_fails_is_said(void **state)
{
	const int absent[] = { ENOENT, ENXIO, ENODEV };
	struct ipmi_answer answer;
	struct error err;

	(void)state;
	for (unsigned i = 0; i < test_count(absent); i++) {
		bmc.open_errno = absent[i];
		assert_refused(E_IPMI_NONE, &err, ask(5000, &answer, &err));
		assert_non_null(strstr(err.text, IPMI_DEVICE_PATH));
	}
	bmc.open_errno = EACCES;
	assert_refused(E_IPMI_OPEN, &err, ask(5000, &answer, &err));
	assert_int_equal(err.sys, EACCES);
	bmc.open_errno = 0;
	bmc.send_errno = EINVAL;
	assert_refused(E_IPMI_SEND, &err, ask(5000, &answer, &err));
	assert_int_equal(err.sys, EINVAL);
	bmc.send_errno = 0;
	comes(0, 0, 0, 0, 0);
	bmc.coming[0].error = EFAULT;
	assert_refused(E_IPMI_RECEIVE, &err, ask(5000, &answer, &err));
	assert_int_equal(err.sys, EFAULT);
	assert_int_equal(answer.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_answer_is_taken_as_it_is, set_up),
		cmocka_unit_test_setup(what_is_no_answer_to_it_is_passed_over,
				       set_up),
		cmocka_unit_test_setup(
			one_that_says_only_other_things_is_silent, set_up),
		cmocka_unit_test_setup(a_longer_answer_is_cut, set_up),
		cmocka_unit_test_setup(what_fails_is_said, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
