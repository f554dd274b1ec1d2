/* The process that asks a BMC: a model of one answers, is busy, refuses, keeps
 * its one-shot, hangs or kills the process. */
#include "ipmi_process.h"

#include "sys/proc.h"
#include "test.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#define SEEN_MAX 64

/* Shared with the process. */
static struct model {
	uint8_t flags[5];
	unsigned busy;	      /* so many requests more */
	uint8_t busy_code;    /* what it answers then */
	uint8_t set_code[16]; /* of Set, by parameter */
	uint8_t get_code;
	bool is_deaf; /* takes new flags and keeps the old ones */
	bool hangs, kills, is_absent;
	unsigned count;
	struct ipmi_request seen[SEEN_MAX];
	int patience_ms;
} * bmc;

static void answer_get(struct ipmi_answer *ret)
{
	*ret = (struct ipmi_answer){ .bytes = { bmc->get_code, 0x01, 0x05,
						bmc->flags[0], bmc->flags[1],
						bmc->flags[2], bmc->flags[3],
						bmc->flags[4] },
				     .len = bmc->get_code ? 1 : 8 };
}

static void answer_set(const struct ipmi_request *r, struct ipmi_answer *ret)
{
	uint8_t parameter = r->data[0];

	assert_true(parameter < sizeof(bmc->set_code));
	*ret = (struct ipmi_answer){ .bytes = { bmc->set_code[parameter] },
				     .len = 1 };
	if (parameter == 5 && !bmc->is_deaf && !ret->bytes[0])
		memcpy(bmc->flags, r->data + 1, sizeof(bmc->flags));
}

static enum status ask_model(const char *path,
			     const struct ipmi_request *request,
			     int patience_ms, struct ipmi_answer *ret,
			     struct error *err)
{
	if (bmc->is_absent)
		return fail(err, E_IPMI_NONE, "there is no %s", path);
	while (bmc->hangs)
		pause();
	if (bmc->kills)
		raise(SIGKILL);
	if (bmc->count == SEEN_MAX)
		abort();
	bmc->seen[bmc->count++] = *request;
	bmc->patience_ms = patience_ms;
	if (bmc->busy) {
		bmc->busy--;
		*ret = (struct ipmi_answer){ .bytes = { bmc->busy_code },
					     .len = 1 };
	} else if (request->command == 9) {
		answer_get(ret);
	} else {
		answer_set(request, ret);
	}
	return OK;
}

static const struct ipmi_bmc there = { "a BMC", ask_model };

static int set_up(void **state)
{
	(void)state;
	memset(bmc, 0, sizeof(*bmc));
	bmc->flags[0] = 0x80;
	bmc->flags[1] = IPMI_DEVICE_NETWORK << 2;
	return 0;
}

/* As the menu does. */
static enum status ask(struct ipmi_boot *ret, struct error *err)
{
	struct efivar_process reader;
	enum status s = ipmi_begin(&reader, &there, err);

	if (s == OK)
		s = E_MSG_NONE;
	while (s == E_MSG_NONE) {
		struct pollfd fd = { .fd = reader.socket, .events = POLLIN };

		poll(&fd, 1, deadline_left_ms(reader.deadline_ms));
		s = ipmi_take(&reader, now_ms(), ret, err);
	}
	assert_int_equal(reader.socket, -1);
	return s;
}

static void flags_are_read(void **state)
{
	struct ipmi_boot boot;
	struct error err;

	(void)state;
	assert_ok(&err, ask(&boot, &err));
	assert_true(boot.is_valid);
	assert_int_equal(boot.device, IPMI_DEVICE_NETWORK);
	assert_int_equal(bmc->count, 1);
	assert_in_range(bmc->patience_ms, 1, IPMI_READ_MS - 1);
	bmc->flags[0] = 0;
	assert_ok(&err, ask(&boot, &err));
	assert_false(boot.is_valid);
}

static void one_that_is_busy_is_asked_again(void **state)
{
	struct ipmi_boot boot;
	struct error err;

	(void)state;
	bmc->busy = 3;
	bmc->busy_code = 0xc0;
	assert_ok(&err, ask(&boot, &err));
	assert_true(boot.is_valid);
	assert_int_equal(bmc->count, 4);
	/* for as long as there is time */
	bmc->count = 0;
	bmc->busy = SEEN_MAX;
	bmc->busy_code = 0xd2;
	assert_refused(E_IPMI_COMPLETION, &err, ask(&boot, &err));
	assert_in_range(bmc->count, 5, IPMI_READ_MS / 100);
}

static void what_it_refuses_is_said(void **state)
{
	struct ipmi_boot boot;
	struct error err;

	(void)state;
	bmc->get_code = 0x80;
	assert_refused(E_IPMI_UNSUPPORTED, &err, ask(&boot, &err));
	assert_false(boot.is_valid);
	bmc->get_code = 0xff;
	assert_refused(E_IPMI_COMPLETION, &err, ask(&boot, &err));
	bmc->get_code = 0;
	bmc->flags[1] = 10 << 2;
	assert_refused(E_IPMI_DEVICE, &err, ask(&boot, &err));
	bmc->is_absent = true;
	assert_refused(E_IPMI_NONE, &err, ask(&boot, &err));
	assert_string_equal(err.text, "there is no a BMC");
}

static void one_that_hangs_is_given_up(void **state)
{
	struct efivar_process reader;
	struct ipmi_boot boot;
	struct error err;

	(void)state;
	bmc->hangs = true;
	assert_ok(&err, ipmi_begin(&reader, &there, &err));
	boot.is_valid = true;
	assert_status(E_MSG_NONE, ipmi_take(&reader, now_ms(), &boot, &err));
	assert_false(boot.is_valid);
	assert_in_range(reader.deadline_ms - now_ms(), 1, IPMI_READ_MS);
	assert_refused(E_IPMI_DEADLINE, &err,
		       ipmi_take(&reader, reader.deadline_ms, &boot, &err));
	assert_non_null(strstr(err.text, "the IPMI driver has not answered"));
	assert_int_equal(reader.socket, -1);
	/* and by who wants no answer any more */
	assert_ok(&err, ipmi_begin(&reader, &there, &err));
	ipmi_end(&reader);
	assert_int_equal(reader.socket, -1);
}

static void one_that_dies_is_noticed(void **state)
{
	struct ipmi_boot boot;
	struct error err;

	(void)state;
	bmc->kills = true;
	assert_refused(E_IPMI_ENDED, &err, ask(&boot, &err));
	assert_refused(E_IPMI_ENDED, &err, ipmi_use_up(&there, &err));
}

static void check_seen(unsigned index, uint8_t command, const char *data,
		       size_t len)
{
	assert_int_equal(bmc->seen[index].command, command);
	assert_int_equal(bmc->seen[index].len, len);
	assert_memory_equal(bmc->seen[index].data, data, len);
}

static void a_one_shot_is_used_up(void **state)
{
	struct ipmi_boot boot;
	struct error err;

	(void)state;
	assert_ok(&err, ipmi_use_up(&there, &err));
	assert_int_equal(bmc->count, 3);
	check_seen(0, 8, "\x05\0\0\0\0\0", 6);
	check_seen(1, 9, "\x05\0\0", 3);
	check_seen(2, 8, "\x04\x03\xfc", 3);
	assert_ok(&err, ask(&boot, &err));
	assert_false(boot.is_valid);
}

static void a_one_shot_that_stays_is_said(void **state)
{
	struct error err;

	(void)state;
	bmc->is_deaf = true;
	assert_refused(E_IPMI_STAYS, &err, ipmi_use_up(&there, &err));
	assert_non_null(strstr(err.text, "network"));
	assert_int_equal(bmc->count, 2); /* and nothing was handled */
	bmc->flags[1] = 0; /* valid, and asks for nothing: that is as good */
	assert_ok(&err, ipmi_use_up(&there, &err));
}

static void what_it_does_not_take_is_said(void **state)
{
	struct error err;

	(void)state;
	bmc->set_code[5] = 0x82;
	assert_refused(E_IPMI_COMPLETION, &err, ipmi_use_up(&there, &err));
	assert_int_equal(bmc->count, 1);
	bmc->set_code[5] = 0x80;
	assert_refused(E_IPMI_UNSUPPORTED, &err, ipmi_use_up(&there, &err));
	bmc->set_code[5] = 0;
	bmc->get_code = 0xff; /* nobody knows whether it is gone */
	assert_refused(E_IPMI_COMPLETION, &err, ipmi_use_up(&there, &err));
	bmc->get_code = 0;
	bmc->set_code[4] = 0x80; /* that is no matter */
	assert_ok(&err, ipmi_use_up(&there, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(flags_are_read, set_up),
		cmocka_unit_test_setup(one_that_is_busy_is_asked_again, set_up),
		cmocka_unit_test_setup(what_it_refuses_is_said, set_up),
		cmocka_unit_test_setup(one_that_hangs_is_given_up, set_up),
		cmocka_unit_test_setup(one_that_dies_is_noticed, set_up),
		cmocka_unit_test_setup(a_one_shot_is_used_up, set_up),
		cmocka_unit_test_setup(a_one_shot_that_stays_is_said, set_up),
		cmocka_unit_test_setup(what_it_does_not_take_is_said, set_up),
	};

	bmc = mmap(NULL, sizeof(*bmc), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(bmc, MAP_FAILED);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
