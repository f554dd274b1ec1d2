/* A BMC's boot flags on a machine: when it is asked, what is told, and that a
 * one-shot is taken back before anything starts. */
#include "menu_choice_bench.h"

#include <sys/mman.h>

/* Shared with the processes that ask. */
static struct model {
	uint8_t flags[2];
	uint8_t code; /* of every answer */
	bool is_deaf;
	unsigned gets, clears, acknowledges;
} * bmc;

static enum status ask_model(const char *path,
			     const struct ipmi_request *request,
			     int patience_ms, struct ipmi_answer *ret,
			     struct error *err)
{
	(void)path;
	(void)patience_ms;
	(void)err;
	*ret = (struct ipmi_answer){ .bytes = { bmc->code }, .len = 1 };
	if (request->command == 9) {
		bmc->gets++;
		*ret = (struct ipmi_answer){ .bytes = { bmc->code, 1, 5,
							bmc->flags[0],
							bmc->flags[1] },
					     .len = 8 };
	} else if (request->data[0] == 5) {
		bmc->clears++;
		if (!bmc->is_deaf)
			memcpy(bmc->flags, request->data + 1, 2);
	} else {
		bmc->acknowledges++;
	}
	return OK;
}

static unsigned log_count(const char *what)
{
	struct span log = log_kept(), line;
	unsigned count = 0;

	while (span_next_line(&log, &line))
		count += strstr(display_of(line).text, what) != NULL;
	return count;
}

static void add_network(struct bench *b, const char *id)
{
	add(b, id);
	for (uint32_t i = 0; i < b->scan.entry_count; i++)
		if (!strcmp(b->scan.entries[i]->found.id, id))
			b->scan.entries[i]->found.kind = FOUND_NETWORK;
}

/* The file stands for its device. */
static void install(struct bench *b, const struct scratch *dir,
		    enum ipmi_device device, bool is_persistent)
{
	memset(bmc, 0, sizeof(*bmc));
	bmc->flags[0] = is_persistent ? 0xc0 : 0x80;
	bmc->flags[1] = (uint8_t)(device << 2);
	b->c.bmc = (struct ipmi_bmc){ scratch_path(dir, "ipmi0"), ask_model };
	b->c.looks_for_bmc = true;
	add(b, "disk");
	add_network(b, "net");
	strcpy(b->config.builtin.default_entry, "disk");
}

static void flags_come_after_a_while(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	struct bench *b = *state;
	struct choice choice;
	const struct choice_wait wait = { .pending = 0 };
	struct pollfd fds[MENU_CHOICE_FDS_MAX];
	bool final;

	install(b, &dir, IPMI_DEVICE_NETWORK, false);
	/* its driver may come with the others */
	menu_choice_handle(&b->c, true);
	assert_int_equal(menu_choice_poll_fds(&b->c, fds), 0);
	assert_string_equal(choose(b, &choice), "disk");
	scratch_text(&dir, "ipmi0", "");
	menu_choice_handle(&b->c, true);
	if (menu_choice_sources(&b->c, &b->scan).ipmi_pending) {
		assert_int_equal(menu_choice_poll_fds(&b->c, fds), 1);
		assert_in_range(menu_choice_wait_ms(&b->c), 0, IPMI_READ_MS);
		menu_choice_make(&b->c, &b->scan, &wait, &choice, &final);
		assert_false(final);
	}
	menu_choice_settle(&b->c);
	assert_int_equal(menu_choice_poll_fds(&b->c, fds), 0);
	assert_int_equal(menu_choice_wait_ms(&b->c), -1);
	assert_string_equal(choose(b, &choice), "net");
	assert_true(choice.is_of_bmc);
	assert_int_equal(log_count("the BMC asks for a boot from network, "
				   "once"),
			 1);
	assert_int_equal(bmc->gets, 1);
	menu_choice_settle(&b->c); /* once is enough */
	assert_int_equal(bmc->gets, 1);
}

static void a_device_that_never_comes_is_not_waited_for(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	struct bench *b = *state;
	struct choice choice;

	install(b, &dir, IPMI_DEVICE_NETWORK, false);
	menu_choice_handle(&b->c, false);
	scratch_text(&dir, "ipmi0", "");
	menu_choice_settle(&b->c);
	assert_int_equal(bmc->gets, 0);
	assert_string_equal(choose(b, &choice), "disk");
}

static void flags_that_cannot_count_are_not_asked_for(void **state)
{
	const char *const lines[] = { "lock = one-shot preferred timeout",
				      "lock = one-shot preferred menu",
				      "ipmi = no" };
	struct bench *b = *state;

	menu_choice_begin(&b->c, &b->config, false);
	assert_false(b->c.looks_for_bmc);
	for (unsigned i = 0; i < test_count(lines); i++) {
		config_defaults(&b->config);
		b->config.efi_variables = false;
		config_parse(&b->config, span_of_text(lines[i]), NULL, NULL);
		menu_choice_begin(&b->c, &b->config, true);
		assert_false(b->c.looks_for_bmc);
		assert_int_equal(b->c.bmc_reader.socket, -1);
	}
}

static void settle(struct bench *b, const struct scratch *dir,
		   enum ipmi_device device, bool is_persistent)
{
	install(b, dir, device, is_persistent);
	scratch_text(dir, "ipmi0", "");
	menu_choice_settle(&b->c);
}

static enum status use_up(struct bench *b, const struct choice *choice,
			  unsigned parts, struct error *err)
{
	return menu_choice_use_up(&b->c, &b->scan, b->scan.entries[0]->id,
				  choice, parts, err);
}

static void a_one_shot_is_taken_back(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	struct bench *b = *state;
	struct choice choice;
	struct error err;

	settle(b, &dir, IPMI_DEVICE_NETWORK, false);
	assert_string_equal(choose(b, &choice), "net");
	assert_ok(&err, use_up(b, &choice, ATTEMPT_COUNTER, &err));
	assert_int_equal(bmc->clears, 0);
	assert_ok(&err, use_up(b, &choice, ATTEMPT_ALL, &err));
	assert_int_equal(bmc->clears, 1);
	assert_int_equal(bmc->acknowledges, 1);
	assert_int_equal(bmc->flags[0], 0);
	assert_string_equal(choose(b, &choice), "disk");
	assert_ok(&err, use_up(b, &choice, ATTEMPT_ALL, &err));
	assert_int_equal(bmc->clears, 1);
}

static void one_that_is_not_for_it_is_taken_back_too(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	struct bench *b = *state;
	struct error err;

	/* by hand */
	settle(b, &dir, IPMI_DEVICE_SETUP, false);
	assert_int_equal(log_count("setup, once: the menu stays"), 1);
	assert_ok(&err, use_up(b, NULL, ATTEMPT_ALL, &err));
	assert_int_equal(bmc->clears, 1);
	/* and where it stays that is no reason not to boot */
	bmc->flags[0] = 0x80;
	bmc->flags[1] = IPMI_DEVICE_CD << 2;
	b->c.looks_for_bmc = true;
	menu_choice_settle(&b->c);
	assert_true(b->c.ipmi.is_valid);
	bmc->is_deaf = true;
	assert_ok(&err, use_up(b, NULL, ATTEMPT_ALL, &err));
	assert_int_equal(bmc->clears, 2);
	assert_int_equal(log_count("would boot for ever"), 1);
	assert_false(b->c.ipmi.is_valid);
}

static void flags_that_stay_are_left_alone(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	struct bench *b = *state;
	struct choice choice;
	struct error err;

	settle(b, &dir, IPMI_DEVICE_NETWORK, true);
	assert_int_equal(log_count("network, until it says otherwise"), 1);
	assert_string_equal(choose(b, &choice), "net");
	assert_ok(&err, use_up(b, &choice, ATTEMPT_ALL, &err));
	assert_int_equal(bmc->clears, 0);
	assert_string_equal(choose(b, &choice), "net");
}

static void a_one_shot_that_stays_boots_nothing(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	struct bench *b = *state;
	struct choice choice;
	struct error err;

	settle(b, &dir, IPMI_DEVICE_NETWORK, false);
	assert_string_equal(choose(b, &choice), "net");
	bmc->is_deaf = true;
	assert_refused(E_ATTEMPT_ONE_SHOT, &err,
		       use_up(b, &choice, ATTEMPT_ALL, &err));
	assert_non_null(strstr(err.text, "still asks for"));
	/* and is not honoured again */
	assert_string_equal(choose(b, &choice), "disk");
	assert_ok(&err, use_up(b, &choice, ATTEMPT_ALL, &err));
}

static void what_it_refuses_is_a_line_in_the_log(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	struct bench *b = *state;
	struct choice choice;

	install(b, &dir, IPMI_DEVICE_NETWORK, false);
	scratch_text(&dir, "ipmi0", "");
	bmc->code = 0x80;
	menu_choice_settle(&b->c);
	assert_int_equal(log_count("the BMC has no boot flags"), 1);
	assert_string_equal(choose(b, &choice), "disk");
	b->c.looks_for_bmc = true;
	bmc->code = 0xff;
	menu_choice_settle(&b->c);
	assert_int_equal(log_count("the BMC's boot flags do not count: "), 1);
	b->c.looks_for_bmc = true;
	bmc->code = 0;
	bmc->flags[1] = IPMI_DEVICE_DIAGNOSTIC << 2;
	menu_choice_settle(&b->c);
	assert_int_equal(log_count("diagnostic partition, once, which means "
				   "nothing here"),
			 1);
	assert_string_equal(choose(b, &choice), "disk");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(flags_come_after_a_while),
		TEST(a_device_that_never_comes_is_not_waited_for),
		TEST(flags_that_cannot_count_are_not_asked_for),
		TEST(a_one_shot_is_taken_back),
		TEST(one_that_is_not_for_it_is_taken_back_too),
		TEST(flags_that_stay_are_left_alone),
		TEST(a_one_shot_that_stays_boots_nothing),
		TEST(what_it_refuses_is_a_line_in_the_log),
	};

	log_to(-1, false, LOG_INFO);
	bmc = mmap(NULL, sizeof(*bmc), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(bmc, MAP_FAILED);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
