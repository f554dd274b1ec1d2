#include "config.h"
#include "place_rules.h"
#include "test.h"

#include <stdio.h>

#define FOUND_MAX 48

/* Well formed; nothing is the password. */
#define TEST_PASSWORD                                                          \
	"pbkdf2-sha512:1000:0011223344556677:"                                 \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"     \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct found {
	unsigned count;
	struct config_finding all[FOUND_MAX];
};

static void keep(void *ctx, const struct config_finding *f)
{
	struct found *found = ctx;

	assert_true(found->count < FOUND_MAX);
	found->all[found->count++] = *f;
}

static unsigned parse(struct config *c, const char *text, struct found *found)
{
	memset(found, 0, sizeof(*found));
	config_defaults(c);
	c->policy.verify = VERIFY_OFF;
	return config_parse(c, span_of_text(text), keep, found);
}

static void defaults_are_strict(void **state)
{
	static struct config c;

	(void)state;
	config_defaults(&c);
	assert_int_equal(c.policy.verify, VERIFY_ENFORCE);
	assert_false(c.policy.verify_dates);
	assert_int_equal(c.rescue_shell, CHOICE_DEFAULT);
	assert_int_equal(c.editor, CHOICE_DEFAULT);
	assert_false(policy_shell_allowed(&c));
	assert_false(policy_editor_allowed(&c));
	assert_int_equal(c.builtin.timeout_s, 5);
	assert_true(c.builtin.has_timeout);
	assert_false(c.cmdline.has_timeout);
	assert_int_equal(c.kexec, KEXEC_AUTO);
	assert_int_equal(c.on_failure, FAILURE_NEXT);
	assert_true(c.efi_variables);
	assert_false(c.last_booted); /* nothing is written unasked */
	assert_false(config_is_locked(&c, "default"));
	assert_int_equal(c.builtin.manner, MENU_SHOWN);
	assert_int_equal(c.idle_timeout_s, 600);
	assert_true(c.colour);
	assert_string_equal(c.consoles, "");
	assert_int_equal(c.console_hand_on, CONSOLE_ENTRY);
	assert_int_equal(c.watchdog_s, 0);
	assert_string_equal(c.password, "");
	assert_int_equal(c.password_for, GATE_EDIT | GATE_SHELL);
	assert_int_equal(policy_password_for(&c), 0);
}

static void every_key_is_set(void **state)
{
	static struct config c;
	struct found found;

	(void)state;
	assert_int_equal(parse(&c,
			       "verify = warn\ndefault = a*\ntimeout = 9\n"
			       "kexec load\nappend\tx  y \nprobe-timeout=3\n"
			       "crash-action = power-off\ncrash-delay = 7\n"
			       "rescue-shell = yes\neditor no\n"
			       "verify-dates = yes\n"
			       "file-systems = vfat,ext3 xfs\nremovable yes\n"
			       "wait-for = disk UUID=a\nwait-for-timeout 8\n"
			       "preferred = p\nlock = default\n"
			       "efi-variables = no\nlast-booted = yes\n"
			       "on-failure = menu\n"
			       "menu = hidden\nidle-timeout = 60\n"
			       "consoles = ttyS1, hvc0\ncolour = no\n"
			       "console = reuse\nwatchdog = 90\n"
			       "password = " TEST_PASSWORD "\n"
			       "password-for = boot leave\n"
			       "network = eth0 dhcp=v4\ndns = 192.0.2.53\n"
			       "ntp = ntp.example\n"
			       "proxy = http://proxy.example:3128\n"
			       "syslog = [2001:db8::5]:5514\n"
			       "status-url = https://boot.example/status\n"
			       "boot-from-dhcp = yes\n"
			       "network-timeout = 90\n"
			       "boot-order = fleet-*, disk  dhcp\n"
			       "hand-on = ip, vlan\n",
			       &found),
			 0);
	assert_int_equal(found.count, 38);
	assert_int_equal(c.network.interface_count, 1);
	assert_string_equal(c.network.interfaces[0].text, "eth0");
	assert_int_equal(c.network.dns_count, 1);
	assert_string_equal(c.network.ntp, "ntp.example");
	assert_string_equal(c.network.proxy, "http://proxy.example:3128");
	assert_string_equal(c.network.syslog, "[2001:db8::5]:5514");
	assert_string_equal(c.network.status_url,
			    "https://boot.example/status");
	assert_true(c.network.boot_from_dhcp);
	assert_int_equal(c.network.timeout_s, 90);
	assert_string_equal(c.boot_order, "fleet-* disk dhcp");
	assert_int_equal(c.hand_on, CONFIG_HAND_ON_IP | CONFIG_HAND_ON_VLAN);
	assert_int_equal(c.builtin.manner, MENU_HIDDEN);
	assert_int_equal(c.idle_timeout_s, 60);
	assert_string_equal(c.consoles, "ttyS1 hvc0");
	assert_false(c.colour);
	assert_int_equal(c.console_hand_on, CONSOLE_REUSE);
	assert_int_equal(c.watchdog_s, 90);
	assert_string_equal(c.password, TEST_PASSWORD);
	assert_int_equal(c.password_for, GATE_BOOT | GATE_LEAVE);
	assert_string_equal(c.builtin.preferred, "p");
	assert_true(config_is_locked(&c, "default"));
	assert_false(c.efi_variables);
	assert_true(c.last_booted);
	assert_int_equal(c.on_failure, FAILURE_MENU);
	assert_int_equal(c.policy.verify, VERIFY_WARN);
	assert_string_equal(c.builtin.default_entry, "a*");
	assert_int_equal(c.builtin.timeout_s, 9);
	assert_int_equal(c.kexec, KEXEC_LOAD);
	assert_string_equal(c.append, "x  y");
	assert_int_equal(c.probe_timeout_s, 3);
	assert_int_equal(c.crash_action, END_POWER_OFF);
	assert_int_equal(c.crash_delay_s, 7);
	assert_int_equal(c.rescue_shell, CHOICE_YES);
	assert_int_equal(c.editor, CHOICE_NO);
	assert_true(c.policy.verify_dates);
	assert_int_equal(c.file_systems, 1U << PLACE_FS_VFAT |
						 1U << PLACE_FS_EXT4 |
						 1U << PLACE_FS_XFS);
	assert_int_equal(c.removable, CHOICE_YES);
	assert_string_equal(c.wait_for, "disk UUID=a");
	assert_int_equal(c.wait_for_timeout_s, 8);
}

/* Where one looks goes by verify unless somebody says otherwise. */
static void places_go_by_verify(void **state)
{
	static const struct {
		enum verify_mode verify;
		const char *lines;
		bool ext4, vfat, removable;
	} cases[] = {
		{ VERIFY_ENFORCE, "", false, true, false },
		{ VERIFY_WARN, "", true, true, true },
		{ VERIFY_OFF, "", true, true, true },
		{ VERIFY_ENFORCE, "file-systems = ext2 vfat", true, true,
		  false },
		{ VERIFY_ENFORCE, "removable = yes", false, true, true },
		{ VERIFY_OFF, "file-systems xfs", false, false, true },
		{ VERIFY_OFF, "removable no", true, true, false },
	};
	struct place_rules rules;
	static struct config c;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		config_defaults(&c);
		c.policy.verify = cases[i].verify;
		assert_int_equal(config_parse(&c, span_of_text(cases[i].lines),
					      NULL, NULL),
				 0);
		rules = place_rules_of(&c);
		assert_int_equal(
			place_filesystem_allowed(&rules, PLACE_FS_EXT4),
			cases[i].ext4);
		assert_int_equal(
			place_filesystem_allowed(&rules, PLACE_FS_VFAT),
			cases[i].vfat);
		assert_int_equal(rules.removable, cases[i].removable);
	}
}

static void unknown_file_systems_are_refused(void **state)
{
	static const char *const bad[] = { "", " ,", "ntfs", "ext4 vfatx",
					   "ext4;xfs" };
	uint32_t bits = 77;

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++)
		assert_false(
			place_filesystems_parse(span_of_text(bad[i]), &bits));
	assert_int_equal(bits, 77);
}

/* rescue-shell and editor go by verify unless somebody says otherwise. */
static void what_is_allowed_goes_by_verify(void **state)
{
	static const struct {
		enum verify_mode verify;
		const char *lines;
		bool shell, editor;
	} cases[] = {
		{ VERIFY_ENFORCE, "", false, false },
		{ VERIFY_WARN, "", true, true },
		{ VERIFY_OFF, "", true, true },
		{ VERIFY_ENFORCE, "rescue-shell = yes", true, false },
		{ VERIFY_ENFORCE, "editor = on", false, true },
		{ VERIFY_OFF, "rescue-shell = no", false, true },
		{ VERIFY_WARN, "editor no", true, false },
		{ VERIFY_ENFORCE, "rescue-shell yes\nrescue-shell no", false,
		  false },
	};
	static struct config c;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		config_defaults(&c);
		c.policy.verify = cases[i].verify;
		assert_int_equal(config_parse(&c, span_of_text(cases[i].lines),
					      NULL, NULL),
				 0);
		assert_int_equal(policy_shell_allowed(&c), cases[i].shell);
		assert_int_equal(policy_editor_allowed(&c), cases[i].editor);
		assert_int_equal(!*policy_shell_locked(&c), cases[i].shell);
		assert_int_equal(!*policy_editor_locked(&c), cases[i].editor);
	}
}

/* The reason names the key that would change it. */
static void what_is_locked_says_by_what(void **state)
{
	static struct config c;

	(void)state;
	config_defaults(&c);
	assert_non_null(strstr(policy_shell_locked(&c), "verify = enforce"));
	assert_non_null(strstr(policy_shell_locked(&c), "rescue-shell = yes"));
	assert_non_null(strstr(policy_editor_locked(&c), "editor = yes"));
	c.rescue_shell = c.editor = CHOICE_NO;
	assert_non_null(strstr(policy_shell_locked(&c), "rescue-shell = no"));
	assert_non_null(strstr(policy_editor_locked(&c), "editor = no"));
}

static void bad_values_change_nothing(void **state)
{
	static const char *const lines[] = {
		"verify = yes",
		"timeout = -1",
		"timeout = 5s",
		"timeout = 99999999",
		"kexec = fast",
		"crash-action = cry",
		"crash-delay = 1.5",
		"rescue-shell = 2",
		"probe-timeout = 0",
		"timeout = 18446744073709551617",
		"editor = maybe",
		"verify-dates = 2026-01-01",
		"on-failure = cry",
		"efi-variables = 2",
		"last-booted = a",
		"menu = force",
		"menu = menu-hidden",
		"idle-timeout = never",
		"idle-timeout = -1",
		"idle-timeout = 86401",
		"colour = blue",
		"console = all",
		"watchdog = yes",
		"watchdog = 86401",
		"consoles = /dev/ttyS0",
		"consoles = ttyS0 ../sda",
		"consoles = ttyS0,115200n8 -x",
		"consoles = tty.1",
		"consoles = ,",
	};
	static struct config c, was;
	static struct found found;

	(void)state;
	for (size_t i = 0; i < test_count(lines); i++) {
		parse(&was, "", &found);
		assert_int_equal(parse(&c, lines[i], &found), 1);
		assert_int_equal(found.all[0].result, CONFIG_BAD_VALUE);
		assert_non_null(found.all[0].expected);
		if (strncmp(lines[i], "probe", 5) != 0)
			assert_memory_equal(&c, &was, sizeof(c));
	}
}

static void too_long_a_value_is_refused(void **state)
{
	char line[CONFIG_PATTERN_MAX + 16];
	static struct config c;
	struct found found;

	(void)state;
	for (int len = CONFIG_PATTERN_MAX - 1; len <= CONFIG_PATTERN_MAX;
	     len++) {
		snprintf(line, sizeof(line), "default %0*d", len, 0);
		parse(&c, line, &found);
		assert_int_equal(found.all[0].result,
				 len < CONFIG_PATTERN_MAX ? CONFIG_SET
							  : CONFIG_BAD_VALUE);
	}
}

static void lines_are_told_apart(void **state)
{
	static struct config c;
	struct found found;

	(void)state;
	assert_int_equal(parse(&c,
			       "# comment\r\n\r\n  \t\nbeep on\nverify\n"
			       "timeuot 3\n= 3\ntimeout:3\ntimeout =\n"
			       "append = a\x1b[2J\n",
			       &found),
			 6);
	assert_int_equal(found.count, 7);
	assert_int_equal(found.all[0].result, CONFIG_NO_EFFECT);
	assert_int_equal(found.all[0].line, 4);
	assert_int_equal(found.all[1].result, CONFIG_BAD_LINE);
	assert_int_equal(found.all[2].result, CONFIG_UNKNOWN);
	assert_int_equal(found.all[2].line, 6);
	for (int i = 3; i < 7; i++)
		assert_int_equal(found.all[i].result, CONFIG_BAD_LINE);
}

static void loader_conf_timeouts(void **state)
{
	static struct config c;
	struct found found;

	(void)state;
	parse(&c, "timeout menu-force", &found);
	assert_true(c.builtin.timeout_s == CONFIG_TIMEOUT_FORCE);
	assert_int_equal(c.builtin.manner, MENU_SHOWN);
	parse(&c, "timeout menu-hidden", &found);
	assert_int_equal(c.builtin.timeout_s, 0);
	assert_int_equal(c.builtin.manner, MENU_HIDDEN);
	parse(&c, "timeout menu-disabled", &found);
	assert_int_equal(c.builtin.timeout_s, 0);
	assert_int_equal(c.builtin.manner, MENU_DISABLED);
	parse(&c, "timeout menu-hidden\ntimeout 3", &found);
	assert_int_equal(c.builtin.timeout_s, 3);
	assert_int_equal(c.builtin.manner, MENU_SHOWN);
}

static void the_last_one_wins(void **state)
{
	static struct config c;
	struct found found;

	(void)state;
	parse(&c, "timeout 1\ntimeout 2\n", &found);
	assert_int_equal(c.builtin.timeout_s, 2);
}

static void a_failure_has_five_ends(void **state)
{
	static const struct {
		const char *line;
		enum failure_action action;
	} cases[] = {
		{ "on-failure = next", FAILURE_NEXT },
		{ "on-failure = menu", FAILURE_MENU },
		{ "on-failure = reboot", FAILURE_REBOOT },
		{ "on-failure = power-off", FAILURE_POWER_OFF },
		{ "on-failure = poweroff", FAILURE_POWER_OFF },
		{ "on-failure = hold", FAILURE_HOLD },
	};
	static struct config c;
	struct found found;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		assert_int_equal(parse(&c, cases[i].line, &found), 0);
		assert_int_equal(c.on_failure, cases[i].action);
	}
}

/* The manual page has a paragraph on each key, and on nothing else; the file
 * that is built in has a line on each. */
static void every_key_is_documented(void **state)
{
	_drop_copy_ struct span man =
		test_read_file("docs/man/keelboot.conf.5");
	_drop_copy_ struct span file = test_read_file("config/keelboot.conf");
	struct span rest = man, line;
	unsigned keys = 0, paragraphs = 0;
	const char *name;

	(void)state;
	while (span_next_line(&rest, &line))
		paragraphs += span_starts_with(line, ".It Cm ", 7);
	for (; (name = config_key_name(keys)); keys++) {
		char want[64];
		unsigned found = 0, shown = 0;

		snprintf(want, sizeof(want), ".It Cm %s", name);
		rest = man;
		while (span_next_line(&rest, &line))
			found += span_equal_text(line, want);
		snprintf(want, sizeof(want), "%s = ", name);
		rest = file;
		while (span_next_line(&rest, &line)) {
			if (line.len && line.ptr[0] == '#')
				line = span_slice(line, 1, line.len - 1);
			shown += span_starts_with(line, want, strlen(want));
		}
		if (found != 1 || shown != 1)
			fail_msg("%s: %u paragraphs, %u lines", name, found,
				 shown);
	}
	assert_int_equal(paragraphs, keys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_strict),
		cmocka_unit_test(every_key_is_set),
		cmocka_unit_test(places_go_by_verify),
		cmocka_unit_test(unknown_file_systems_are_refused),
		cmocka_unit_test(what_is_allowed_goes_by_verify),
		cmocka_unit_test(what_is_locked_says_by_what),
		cmocka_unit_test(bad_values_change_nothing),
		cmocka_unit_test(too_long_a_value_is_refused),
		cmocka_unit_test(lines_are_told_apart),
		cmocka_unit_test(loader_conf_timeouts),
		cmocka_unit_test(the_last_one_wins),
		cmocka_unit_test(a_failure_has_five_ends),
		cmocka_unit_test(every_key_is_documented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
