/* What boots by itself where a BMC has boot flags: each device, once and until
 * it says otherwise, against the other sources and the locks. */
#include "choice_bench.h"

/* A menu of all kinds: what is of which device. */
static void add_all(struct bench *b)
{
	add(b, "disk");
	add(b, "second");
	add(b, "net")->found.kind = FOUND_NETWORK;
	add(b, "net2")->found.kind = FOUND_NETWORK;
	strcpy(add(b, "cd")->place.fs_type, "iso9660");
	add(b, "stick")->place.is_removable = true;
}

static struct ipmi_boot *flags(struct bench *b, enum ipmi_device device)
{
	static struct ipmi_boot boot;

	boot = (struct ipmi_boot){ .is_valid = true, .device = device };
	b->in.ipmi = &boot;
	return &boot;
}

static void every_device_has_its_entries(void **state)
{
	const char *const chosen_by[16] = {
		[IPMI_DEVICE_NETWORK] = "net",
		[IPMI_DEVICE_DISK] = "disk",
		[IPMI_DEVICE_CD] = "cd",
		[IPMI_DEVICE_REMOTE_CD] = "cd",
		[IPMI_DEVICE_FLOPPY] = "stick",
		[IPMI_DEVICE_REMOTE_FLOPPY] = "stick",
		[IPMI_DEVICE_REMOTE_MEDIUM] = "stick",
		[IPMI_DEVICE_REMOTE_DISK] = "stick",
	};
	struct bench *b = *state;
	char why[128];

	add_all(b);
	SET(b->config.builtin.default_entry, "second");
	for (unsigned i = 0; i < 32; i++) {
		enum ipmi_device device = (enum ipmi_device)(i & 15);
		struct ipmi_boot *boot = flags(b, device);

		boot->is_persistent = i & 16;
		assert_chosen(b, !chosen_by[device] ? "second"
				 : device == IPMI_DEVICE_DISK
					 ? "second"
					 : chosen_by[device]);
		assert_int_equal(b->choice.is_of_bmc,
				 chosen_by[device] != NULL);
		assert_false(b->choice.is_missing);
		assert_null(b->choice.text);
		if (!chosen_by[device]) {
			assert_int_equal(b->choice.rank, CHOSEN_BY_DEFAULT);
			continue;
		}
		assert_int_equal(b->choice.rank, boot->is_persistent
							 ? CHOSEN_BY_PREFERRED
							 : CHOSEN_BY_ONE_SHOT);
		snprintf(why, sizeof(why), "%s of the BMC (%s): %s",
			 boot->is_persistent ? "preferred" : "one-shot",
			 ipmi_device_name(device),
			 device == IPMI_DEVICE_DISK
				 ? "default of the built-in configuration"
				 : "the first of the list");
		assert_string_equal(b->choice.why, why);
		boot->is_valid = false;
		assert_chosen(b, "second");
		assert_false(b->choice.is_of_bmc);
	}
}

/* Of the entries of a device it is the one that is chosen else. */
static void other_sources_choose_within_a_device(void **state)
{
	struct bench *b = *state;

	add_all(b);
	add_volume(b, "vda1");
	flags(b, IPMI_DEVICE_NETWORK);
	for (unsigned i = CMDLINE_PREFERRED; i < NOBODY; i++) {
		strcpy(slot_of(b, i), "net2");
		assert_chosen(b, "net2");
		assert_true(b->choice.is_of_bmc);
		assert_false(b->choice.is_of_variable);
		assert_null(b->choice.text);
		assert_int_equal(b->choice.rank, CHOSEN_BY_ONE_SHOT);
		strcpy(slot_of(b, i), "second");
		assert_chosen(b, "net");
		assert_false(b->choice.is_missing);
		slot_of(b, i)[0] = '\0';
	}
}

/* Which source comes before it. */
static void its_place_is_after_the_variable(void **state)
{
	struct bench *b = *state;
	struct ipmi_boot *boot;

	add_all(b);
	add_volume(b, "vda1");
	b->in.system_failed = true;
	for (unsigned i = 0; i < NOBODY; i++) {
		strcpy(slot_of(b, i), "second");
		boot = flags(b, IPMI_DEVICE_NETWORK);
		assert_chosen(b, i == EFI_ONE_SHOT ? "second" : "net");
		boot->is_persistent = true;
		assert_chosen(b, i <= EFI_PREFERRED ? "second" : "net");
		slot_of(b, i)[0] = '\0';
	}
}

static void what_may_not_boot_is_passed_over(void **state)
{
	struct bench *b = *state;

	add(b, "disk");
	add(b, "own")->found.kind = FOUND_NETWORK;
	add(b, "net")->found.kind = FOUND_NETWORK;
	flags(b, IPMI_DEVICE_NETWORK);
	b->entries[1]->found.is_automatic = false;
	assert_chosen(b, "net");
	b->entries[1]->found.is_automatic = true;
	b->entries[1]->failure_code = E_IMAGE_GONE;
	assert_chosen(b, "net");
	/* none is left, and what failed is not tried again for it */
	b->entries[2]->failure_code = E_IMAGE_GONE;
	assert_chosen(b, "disk");
	assert_false(b->choice.is_of_bmc);
	assert_true(b->choice.is_missing);
	assert_int_equal(b->choice.rank, CHOSEN_BY_NOBODY);
}

static void a_device_that_may_come_is_waited_for(void **state)
{
	struct choice_wait wait = { .pending = 1 };
	struct bench *b = *state;

	add(b, "disk");
	flags(b, IPMI_DEVICE_NETWORK);
	assert_chosen(b, "disk");
	assert_false(choice_is_final(&b->in, &b->choice, &wait));
	wait.pending = 0;
	assert_true(choice_is_final(&b->in, &b->choice, &wait));
	add(b, "net")->found.kind = FOUND_NETWORK;
	assert_chosen(b, "net");
	/* another one may be the first of the list, or have a default */
	wait.pending = 1;
	assert_true(choice_is_final(&b->in, &b->choice, &wait));
	wait.holding = 1;
	assert_false(choice_is_final(&b->in, &b->choice, &wait));
	wait.holding = 0;
	wait.more_come = true;
	assert_false(choice_is_final(&b->in, &b->choice, &wait));
	wait.more_come = false;
	b->in.ipmi_pending = true;
	assert_false(choice_is_final(&b->in, &b->choice, &wait));
}

static void lock(struct bench *b, const char *names)
{
	char line[64];

	config_defaults(&b->config);
	snprintf(line, sizeof(line), "lock = %s\n", names);
	assert_int_equal(
		config_parse(&b->config, span_of_text(line), NULL, NULL), 0);
}

static void the_image_may_lock_it_out(void **state)
{
	struct bench *b = *state;
	struct ipmi_boot *boot;

	add_all(b);
	boot = flags(b, IPMI_DEVICE_NETWORK);
	lock(b, "preferred default timeout menu");
	assert_chosen(b, "net");
	lock(b, "one-shot");
	assert_chosen(b, "disk");
	assert_false(choice_heeds_bmc(&b->config, boot));
	boot->is_persistent = true;
	assert_chosen(b, "net");
	lock(b, "preferred");
	assert_chosen(b, "disk");
	assert_false(choice_heeds_bmc(&b->config, boot));
	assert_false(choice_heeds_bmc(&b->config, NULL));
}

static void setup_holds_the_menu(void **state)
{
	const enum ipmi_device devices[] = { IPMI_DEVICE_SETUP,
					     IPMI_DEVICE_SAFE };
	struct bench *b = *state;

	add_all(b);
	for (unsigned i = 0; i < 4; i++) {
		struct ipmi_boot *boot = flags(b, devices[i & 1]);

		boot->is_persistent = i & 2;
		lock(b, "one-shot preferred default");
		b->config.builtin.manner = MENU_DISABLED;
		b->config.builtin.has_manner = true;
		b->config.cmdline.has_timeout = true;
		b->vars.timeout_one_shot.has_timeout = true;
		assert_true(choice_bmc_wants_menu(&b->in));
		assert_int_equal(choice_timeout(&b->in)->timeout_s,
				 CONFIG_TIMEOUT_FORCE);
		assert_int_equal(choice_manner(&b->in), MENU_SHOWN);
		assert_chosen(b, "disk"); /* is proposed */
		assert_false(b->choice.is_of_bmc);
		assert_false(b->choice.is_missing);
		lock(b, "timeout");
		assert_ptr_equal(choice_timeout(&b->in), &b->config.builtin);
		assert_false(choice_bmc_wants_menu(&b->in));
		lock(b, "menu");
		assert_int_not_equal(choice_timeout(&b->in)->timeout_s,
				     CONFIG_TIMEOUT_FORCE);
		assert_false(choice_bmc_wants_menu(&b->in));
	}
	flags(b, IPMI_DEVICE_NETWORK);
	lock(b, "default");
	assert_false(choice_bmc_wants_menu(&b->in));
	/* the variable's */
	assert_int_equal(choice_timeout(&b->in)->timeout_s, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_device_has_its_entries),
		TEST(other_sources_choose_within_a_device),
		TEST(its_place_is_after_the_variable),
		TEST(what_may_not_boot_is_passed_over),
		TEST(a_device_that_may_come_is_waited_for),
		TEST(the_image_may_lock_it_out),
		TEST(setup_holds_the_menu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
