/* Boot flags of a BMC, as bytes: each byte of the requests, each byte, length
 * and completion code of the answers. */
#include "format/ipmi_boot.h"

#include "test.h"

#include <stdio.h>

/* Network, once: version 1 of parameter 5, valid, device 1. */
static const uint8_t network[] = { 0x00, 0x01, 0x05, 0x80,
				   0x04, 0x00, 0x00, 0x00 };

static void check_request(const struct ipmi_request *r, uint8_t command,
			  const char *data, size_t len)
{
	assert_int_equal(r->netfn, 0);
	assert_int_equal(r->command, command);
	assert_int_equal(r->len, len);
	assert_memory_equal(r->data, data, len);
}

static void requests_are_those_of_the_specification(void **state)
{
	struct ipmi_request r;

	(void)state;
	ipmi_boot_get(&r);
	check_request(&r, 9, "\x05\x00\x00", 3);
	ipmi_boot_clear(&r);
	check_request(&r, 8, "\x05\x00\x00\x00\x00\x00", 6);
	ipmi_boot_acknowledge(&r);
	check_request(&r, 8, "\x04\x03\xfc", 3);
}

static enum status parse(const uint8_t *bytes, size_t len,
			 struct ipmi_boot *ret, struct error *err)
{
	_drop_copy_ struct span answer = test_copy(span_of(bytes, len));

	memset(ret, 0xff, sizeof(*ret));
	return ipmi_boot_parse(answer, ret, err);
}

static void check_none(const struct ipmi_boot *boot)
{
	assert_false(boot->is_valid);
	assert_false(boot->is_persistent);
	assert_false(boot->is_uefi);
	assert_int_equal(boot->device, IPMI_DEVICE_NONE);
}

static void a_one_shot_of_the_network_is_read(void **state)
{
	struct ipmi_boot boot;
	struct error err;

	(void)state;
	assert_ok(&err, parse(network, sizeof(network), &boot, &err));
	assert_true(boot.is_valid);
	assert_false(boot.is_persistent);
	assert_false(boot.is_uefi);
	assert_int_equal(boot.device, IPMI_DEVICE_NETWORK);
}

static void every_length_but_the_whole_is_refused(void **state)
{
	uint8_t longer[sizeof(network) + 4] = { 0 };
	struct ipmi_boot boot;
	struct error err;

	(void)state;
	memcpy(longer, network, sizeof(network));
	for (size_t len = 0; len < sizeof(network); len++) {
		assert_refused(E_IPMI_LENGTH, &err,
			       parse(longer, len, &boot, &err));
		check_none(&boot);
	}
	/* of a later revision */
	for (size_t len = sizeof(network); len <= sizeof(longer); len++) {
		memset(longer + sizeof(network), 0xff, 4);
		assert_ok(&err, parse(longer, len, &boot, &err));
		assert_int_equal(boot.device, IPMI_DEVICE_NETWORK);
	}
}

static enum status code_of(unsigned code)
{
	if (code == 0x80 || code == 0xc1)
		return E_IPMI_UNSUPPORTED;
	return code ? E_IPMI_COMPLETION : OK;
}

static void every_completion_code_is_heard(void **state)
{
	uint8_t bytes[sizeof(network)];
	struct ipmi_boot boot;
	struct error err;
	char hex[8];

	(void)state;
	memcpy(bytes, network, sizeof(network));
	for (unsigned code = 1; code < 256; code++) {
		bytes[0] = (uint8_t)code;
		snprintf(hex, sizeof(hex), "0x%02x", code);
		/* a BMC that refuses sends no data, or some */
		for (size_t len = 1; len <= sizeof(bytes); len++) {
			assert_refused(code_of(code), &err,
				       parse(bytes, len, &boot, &err));
			assert_non_null(strstr(err.text, hex));
			check_none(&boot);
		}
		assert_refused(code_of(code), &err,
			       ipmi_boot_done(span_of(bytes, 1), &err));
		assert_int_equal(ipmi_boot_is_busy(span_of(bytes, 1)),
				 code == 0xc0 || code == 0xc3 || code == 0xd2);
	}
	bytes[0] = 0;
	assert_ok(&err, ipmi_boot_done(span_of(bytes, 1), &err));
	assert_false(ipmi_boot_is_busy(span_of(bytes, 1)));
	assert_refused(E_IPMI_LENGTH, &err,
		       ipmi_boot_done(span_of(bytes, 0), &err));
	assert_false(ipmi_boot_is_busy(span_of(bytes, 0)));
}

static void every_version_but_the_first_is_refused(void **state)
{
	uint8_t bytes[sizeof(network)];
	struct ipmi_boot boot;
	struct error err;

	(void)state;
	memcpy(bytes, network, sizeof(network));
	for (unsigned i = 0; i < 256; i++) {
		bytes[1] = (uint8_t)i; /* the upper half is reserved */
		if ((i & 15) == 1) {
			assert_ok(&err,
				  parse(bytes, sizeof(bytes), &boot, &err));
			assert_true(boot.is_valid);
			continue;
		}
		assert_refused(E_IPMI_VERSION, &err,
			       parse(bytes, sizeof(bytes), &boot, &err));
		check_none(&boot);
	}
}

static void every_parameter_but_ours_is_refused(void **state)
{
	uint8_t bytes[sizeof(network)];
	struct ipmi_boot boot;
	struct error err;

	(void)state;
	memcpy(bytes, network, sizeof(network));
	for (unsigned i = 0; i < 256; i++) {
		bytes[2] = (uint8_t)i;
		if (i == 5 || i == 0x85) { /* marked as invalid or locked */
			assert_ok(&err,
				  parse(bytes, sizeof(bytes), &boot, &err));
			assert_int_equal(boot.is_valid, i == 5);
			if (i != 5)
				check_none(&boot);
			continue;
		}
		assert_refused(E_IPMI_PARAMETER, &err,
			       parse(bytes, sizeof(bytes), &boot, &err));
		check_none(&boot);
	}
}

static void every_first_byte_of_flags_is_read(void **state)
{
	uint8_t bytes[sizeof(network)];
	struct ipmi_boot boot;
	struct error err;

	(void)state;
	memcpy(bytes, network, sizeof(network));
	for (unsigned i = 0; i < 256; i++) {
		bytes[3] = (uint8_t)i;
		assert_ok(&err, parse(bytes, sizeof(bytes), &boot, &err));
		if (!(i & 0x80)) {
			check_none(&boot);
			continue;
		}
		assert_true(boot.is_valid);
		assert_int_equal(boot.is_persistent, (i & 0x40) != 0);
		assert_int_equal(boot.is_uefi, (i & 0x20) != 0);
		assert_int_equal(boot.device, IPMI_DEVICE_NETWORK);
	}
}

static void every_device_is_read(void **state)
{
	const char *const names[16] = { "",
					"network",
					"disk",
					"disk in safe mode",
					"diagnostic partition",
					"CD/DVD",
					"setup",
					"remote floppy",
					"remote CD/DVD",
					"remote medium",
					NULL,
					"remote disk",
					NULL,
					NULL,
					NULL,
					"floppy" };
	uint8_t bytes[sizeof(network)];
	struct ipmi_boot boot;
	struct error err;

	(void)state;
	memcpy(bytes, network, sizeof(network));
	for (unsigned i = 0; i < 256; i++) {
		unsigned device = i >> 2 & 15;

		bytes[4] = (uint8_t)i;
		if (!names[device]) {
			assert_refused(
				E_IPMI_DEVICE, &err,
				parse(bytes, sizeof(bytes), &boot, &err));
			check_none(&boot);
			continue;
		}
		assert_ok(&err, parse(bytes, sizeof(bytes), &boot, &err));
		assert_true(boot.is_valid);
		assert_int_equal(boot.device, device);
		assert_string_equal(ipmi_device_name(boot.device),
				    names[device]);
	}
	assert_string_equal(ipmi_device_name((enum ipmi_device)10), "");
	assert_string_equal(ipmi_device_name((enum ipmi_device)16), "");
	assert_string_equal(ipmi_device_name((enum ipmi_device) - 1), "");
}

static void a_reserved_device_of_no_valid_flags_is_nothing(void **state)
{
	uint8_t bytes[sizeof(network)];
	struct ipmi_boot boot;
	struct error err;

	(void)state;
	memcpy(bytes, network, sizeof(network));
	bytes[3] = 0;
	bytes[4] = 10 << 2;
	assert_ok(&err, parse(bytes, sizeof(bytes), &boot, &err));
	check_none(&boot);
}

static void the_other_bytes_change_nothing(void **state)
{
	uint8_t bytes[sizeof(network)];
	struct ipmi_boot boot;
	struct error err;

	(void)state;
	for (unsigned at = 5; at < sizeof(network); at++) {
		memcpy(bytes, network, sizeof(network));
		for (unsigned i = 0; i < 256; i++) {
			bytes[at] = (uint8_t)i;
			assert_ok(&err,
				  parse(bytes, sizeof(bytes), &boot, &err));
			assert_int_equal(boot.device, IPMI_DEVICE_NETWORK);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_those_of_the_specification),
		cmocka_unit_test(a_one_shot_of_the_network_is_read),
		cmocka_unit_test(every_length_but_the_whole_is_refused),
		cmocka_unit_test(every_completion_code_is_heard),
		cmocka_unit_test(every_version_but_the_first_is_refused),
		cmocka_unit_test(every_parameter_but_ours_is_refused),
		cmocka_unit_test(every_first_byte_of_flags_is_read),
		cmocka_unit_test(every_device_is_read),
		cmocka_unit_test(
			a_reserved_device_of_no_valid_flags_is_nothing),
		cmocka_unit_test(the_other_bytes_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
