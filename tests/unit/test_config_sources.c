/* What the kernel command line and disks may set, and what locks keep. */
#include "config.h"
#include "test.h"

#include <stdio.h>

#define FOUND_MAX 24

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

static unsigned parse_cmdline(struct config *c, enum verify_mode verify,
			      const char *text, struct found *found)
{
	memset(found, 0, sizeof(*found));
	config_defaults(c);
	c->policy.verify = verify;
	return config_parse_cmdline(c, span_of_text(text), keep, found);
}

static void kernel_command_line(void **state)
{
	static struct config c;
	struct found found;

	(void)state;
	assert_int_equal(parse_cmdline(&c, VERIFY_OFF,
				       "console=ttyS0 keelboot.timeout=0 quiet "
				       "keelboot.append=\"a b\" "
				       "\"keelboot.default=x y\" "
				       "keelboot.kexec=load\n",
				       &found),
			 0);
	assert_int_equal(found.count, 4);
	assert_int_equal(c.cmdline.timeout_s, 0);
	assert_string_equal(c.append, "a b");
	assert_string_equal(c.cmdline.default_entry, "x y");
	assert_int_equal(c.kexec, KEXEC_LOAD);
}

static void outside_only_chooses_under_enforce(void **state)
{
	static const char line[] = "keelboot.verify=off keelboot.kexec=load "
				   "keelboot.append=x keelboot.timeout=1 "
				   "keelboot.default=y "
				   "keelboot.rescue-shell=yes "
				   "keelboot.editor=yes "
				   "keelboot.verify-dates=yes "
				   "keelboot.crash-action=shell";
	static struct config c;
	struct found found;

	(void)state;
	parse_cmdline(&c, VERIFY_ENFORCE, line, &found);
	assert_int_equal(c.policy.verify, VERIFY_ENFORCE);
	assert_int_equal(c.kexec, KEXEC_AUTO);
	assert_string_equal(c.append, "");
	assert_int_equal(c.rescue_shell, CHOICE_DEFAULT);
	assert_int_equal(c.editor, CHOICE_DEFAULT);
	assert_false(c.policy.verify_dates);
	assert_int_equal(c.crash_action, END_REBOOT);
	assert_int_equal(c.cmdline.timeout_s, 1);
	assert_string_equal(c.cmdline.default_entry, "y");
	for (unsigned i = 0; i < found.count; i++)
		assert_int_equal(found.all[i].result,
				 i == 3 || i == 4 ? CONFIG_SET : CONFIG_LOCKED);
}

/* Nothing on a disk changes how disks are treated, not even when nothing is
 * verified. */
static void a_disk_only_chooses(void **state)
{
	static const char text[] =
		"default a*\npreferred = b\ntimeout 7\neditor no\n"
		"verify off\nlock default\nlast-booted yes\nwait-for disk\n"
		"auto-entries no\nconsole-mode max\nwhat 1\ntimeout x\n";
	static const enum config_result results[] = {
		CONFIG_SET,	  CONFIG_SET,	  CONFIG_SET,
		CONFIG_LOCKED,	  CONFIG_LOCKED,  CONFIG_LOCKED,
		CONFIG_LOCKED,	  CONFIG_LOCKED,  CONFIG_NO_EFFECT,
		CONFIG_NO_EFFECT, CONFIG_UNKNOWN, CONFIG_BAD_VALUE,
	};
	struct found found = { .count = 0 };
	struct config_choices c;

	(void)state;
	assert_int_equal(config_parse_esp(&c, span_of_text(text), keep, &found),
			 7);
	assert_int_equal(found.count, test_count(results));
	for (size_t i = 0; i < test_count(results); i++)
		assert_int_equal(found.all[i].result, results[i]);
	assert_string_equal(c.default_entry, "a*");
	assert_string_equal(c.preferred, "b");
	assert_true(c.has_timeout);
	assert_int_equal(c.timeout_s, 7);
	config_parse_esp(&c, span_of_text(""), NULL, NULL);
	assert_string_equal(c.default_entry, "");
	assert_false(c.has_timeout);
}

/* Every key of loader.conf(5) is known. */
static void every_key_of_loader_conf_is_accepted(void **state)
{
	static const char *const lines[] = {
		"default a",
		"preferred a",
		"timeout menu-force",
		"console-mode keep",
		"auto-entries no",
		"auto-firmware no",
		"auto-reboot yes",
		"auto-poweroff yes",
		"beep yes",
		"secure-boot-enroll off",
		"secure-boot-enroll-action reboot",
		"secure-boot-enroll-timeout-sec 15",
		"reboot-for-bitlocker no",
		"reboot-on-error auto",
		"random-seed-mode always",
		"log-level info",
	};
	struct config_choices c;

	(void)state;
	for (size_t i = 0; i < test_count(lines); i++)
		assert_int_equal(config_parse_esp(&c, span_of_text(lines[i]),
						  NULL, NULL),
				 0);
}

static void locked_keys_stay(void **state)
{
	static const char line[] = "keelboot.default=y keelboot.timeout=1 "
				   "keelboot.preferred=z keelboot.kexec=load "
				   "keelboot.lock=timeout";
	static const enum config_result results[] = { CONFIG_LOCKED, CONFIG_SET,
						      CONFIG_SET, CONFIG_LOCKED,
						      CONFIG_LOCKED };
	static struct config c;
	struct found found;

	(void)state;
	parse(&c, "lock = default, kexec\nlock one-shot\ndefault = x\n",
	      &found);
	assert_int_equal(found.all[2].result, CONFIG_SET); /* of the image */
	assert_true(config_is_locked(&c, "default"));
	assert_true(config_is_locked(&c, "kexec"));
	assert_true(config_is_locked(&c, CONFIG_LOCK_ONE_SHOT));
	assert_false(config_is_locked(&c, "timeout"));
	memset(&found, 0, sizeof(found));
	config_parse_cmdline(&c, span_of_text(line), keep, &found);
	assert_int_equal(found.count, test_count(results));
	for (size_t i = 0; i < test_count(results); i++)
		assert_int_equal(found.all[i].result, results[i]);
	assert_string_equal(c.builtin.default_entry, "x");
	assert_string_equal(c.cmdline.default_entry, "");
	assert_string_equal(c.cmdline.preferred, "z");
	assert_int_equal(c.kexec, KEXEC_AUTO);
	assert_false(config_is_locked(&c, "timeout"));
}

static void a_lock_of_what_is_no_key_locks_nothing(void **state)
{
	static const char *const lines[] = { "lock = default color", "lock = ,",
					     "lock default;timeout",
					     "lock = One-Shot" };
	static struct config c;
	struct found found;

	(void)state;
	for (size_t i = 0; i < test_count(lines); i++) {
		assert_int_equal(parse(&c, lines[i], &found), 1);
		assert_int_equal(found.all[0].result, CONFIG_BAD_VALUE);
		assert_int_equal(c.locked, 0);
	}
}

static void findings_read_as_sentences(void **state)
{
	char line[256];
	static struct config c;
	struct found found;
	struct text t;

	(void)state;
	parse(&c, "\n\nkexec = fast", &found);
	t = text_over(line, sizeof(line));
	config_describe(&found.all[0], "file", &t);
	assert_string_equal(line, "file:3: kexec cannot be \"fast\": it takes "
				  "auto, file or load");
	parse_cmdline(&c, VERIFY_ENFORCE, "keelboot.kexec=load", &found);
	t = text_over(line, sizeof(line));
	config_describe(&found.all[0], "words", &t);
	assert_string_equal(line, "words:1: kexec may only be set in the image "
				  "while verify is enforce, ignored");
	found.count = 0;
	config_parse_esp(&c.builtin, span_of_text("editor no"), keep, &found);
	t = text_over(line, sizeof(line));
	config_describe(&found.all[0], "loader.conf", &t);
	assert_string_equal(line, "loader.conf:1: editor may only be set in "
				  "the image: what is on a disk only chooses, "
				  "ignored");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernel_command_line),
		cmocka_unit_test(outside_only_chooses_under_enforce),
		cmocka_unit_test(a_disk_only_chooses),
		cmocka_unit_test(every_key_of_loader_conf_is_accepted),
		cmocka_unit_test(locked_keys_stay),
		cmocka_unit_test(a_lock_of_what_is_no_key_locks_nothing),
		cmocka_unit_test(findings_read_as_sentences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
