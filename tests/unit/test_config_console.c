/*
 * The keys of the console: what a password's keys do with what they do not
 * understand, how `menu` and `timeout` go together, and that nobody but the
 * image says anything of it while signatures are enforced.
 */
#include "config.h"
#include "test.h"

#include <stdio.h>

#define SALT "0011223344556677"
#define HASH                                                                   \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"     \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define GOOD "pbkdf2-sha512:1000:" SALT ":" HASH

static void keep_last(void *ctx, const struct config_finding *f)
{
	*(struct config_finding *)ctx = *f;
}

static const struct config *parse(const char *text,
				  struct config_finding *ret_last)
{
	static struct config c;

	config_defaults(&c);
	*ret_last = (struct config_finding){ .line = 0 };
	config_parse(&c, span_of_text(text), keep_last, ret_last);
	return &c;
}

/* --- the password -----------------------------------------------------------
 */

static void words_say_what_it_is_for(void **state)
{
	static const struct {
		const char *words;
		uint32_t gates;
	} cases[] = {
		{ "edit", GATE_EDIT },
		{ "shell", GATE_SHELL },
		{ "leave", GATE_LEAVE },
		{ "boot", GATE_BOOT },
		{ "write", GATE_WRITE },
		{ "edit,boot", GATE_EDIT | GATE_BOOT },
		{ " write  leave\tshell boot edit edit ", GATE_ALL },
	};
	struct config_finding f;
	static struct config c;
	char text[1024];

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		snprintf(text, sizeof(text), "password-for = %s",
			 cases[i].words);
		c = *parse(text, &f);
		assert_int_equal(f.result, CONFIG_SET);
		assert_int_equal(c.password_for, cases[i].gates);
		assert_int_equal(policy_password_for(&c), 0);
		snprintf(text, sizeof(text),
			 "password-for = %s\npassword = " GOOD, cases[i].words);
		c = *parse(text, &f);
		assert_int_equal(f.result, CONFIG_SET);
		assert_int_equal(policy_password_for(&c), cases[i].gates);
	}
	c = *parse("password = " GOOD, &f);
	assert_int_equal(policy_password_for(&c), GATE_EDIT | GATE_SHELL);
}

/* Whoever misspells one word wanted more to be asked for, not less. */
static void a_word_that_is_none_means_everything(void **state)
{
	static const char *const words[] = { "boots",	   "edit shel", "none",
					     "edit;shell", "Edit",	"," };
	struct config_finding f;
	static struct config c;
	char text[1024];

	(void)state;
	for (size_t i = 0; i < test_count(words); i++) {
		snprintf(text, sizeof(text),
			 "password = " GOOD "\npassword-for = %s", words[i]);
		c = *parse(text, &f);
		assert_int_equal(f.result, CONFIG_BAD_VALUE);
		assert_string_equal(f.expected, "words of edit, shell, leave, "
						"boot and write");
		assert_int_equal(policy_password_for(&c), GATE_ALL);
	}
}

static void a_malformed_password_locks(void **state)
{
	static const struct {
		const char *value, *expected;
	} cases[] = {
		{ "hunter2", "what `keelboot password` prints" },
		{ "pbkdf2-sha256:1000:" SALT ":" HASH,
		  "what `keelboot password` prints" },
		{ "pbkdf2-sha512:999:" SALT ":" HASH,
		  "1000 to 2000000 iterations" },
		{ "pbkdf2-sha512:1000:00:" HASH,
		  "a salt of 16 to 128 hexadecimal digits" },
		{ GOOD "0", "a hash of 128 hexadecimal digits" },
		{ GOOD HASH HASH, "a hash of 128 hexadecimal digits" },
	};
	struct config_finding f;
	char text[1024], line[512];
	static struct config c;
	bool ok;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		struct text t = text_over(line, sizeof(line));

		/* not even a good one before it opens anything then */
		snprintf(text, sizeof(text), "password = " GOOD "\npassword=%s",
			 cases[i].value);
		c = *parse(text, &f);
		assert_int_equal(f.result, CONFIG_BAD_VALUE);
		assert_string_equal(f.expected, cases[i].expected);
		assert_int_equal(policy_password_for(&c),
				 GATE_EDIT | GATE_SHELL);
		assert_status(E_PASSWORD_KIND,
			      password_check(c.password,
					     span_of_text(cases[i].value), &ok,
					     NULL));
		assert_false(ok);
		/* the log does not get what may be the password itself */
		config_describe(&f, "file", &t);
		assert_null(strstr(line, cases[i].value));
		assert_non_null(strstr(line, "file:2: password cannot be"));
	}
	c = *parse("password = " GOOD, &f);
	assert_string_equal(f.value.text, "(not shown)");
	assert_string_equal(c.password, GOOD);
}

/* --- numbers and names ------------------------------------------------------
 */

static void a_watchdog_is_off_or_has_a_time(void **state)
{
	static const struct {
		const char *line;
		uint32_t seconds;
	} cases[] = {
		{ "watchdog = 1", 1 },
		{ "watchdog = 86400", 86400 },
		{ "watchdog = 30\nwatchdog = 0", 0 },
		{ "watchdog = 30\nwatchdog = no", 0 },
		{ "watchdog = 30\nwatchdog = off", 30 },
	};
	struct config_finding f;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++)
		assert_int_equal(parse(cases[i].line, &f)->watchdog_s,
				 cases[i].seconds);
}

static void names_of_consoles_fit(void **state)
{
	char line[CONFIG_CONSOLES_MAX + 16];
	struct config_finding f;
	static struct config c;

	(void)state;
	for (int len = CONFIG_CONSOLES_MAX - 1; len <= CONFIG_CONSOLES_MAX;
	     len++) {
		snprintf(line, sizeof(line), "consoles = a %0*d", len - 2, 0);
		c = *parse(line, &f);
		if (len < CONFIG_CONSOLES_MAX) {
			assert_int_equal(f.result, CONFIG_SET);
			assert_int_equal(strlen(c.consoles), len);
		} else {
			assert_int_equal(f.result, CONFIG_BAD_VALUE);
			assert_string_equal(c.consoles, "");
		}
	}
	c = *parse("consoles = ttyS0 ,\tttyAMA0,hvc0", &f);
	assert_string_equal(c.consoles, "ttyS0 ttyAMA0 hvc0");
}

static void other_spellings_are_hinted_at(void **state)
{
	struct config_finding f;
	char line[128];
	struct text t = text_over(line, sizeof(line));
	static struct config c;

	(void)state;
	c = *parse("color = no", &f);
	assert_true(c.colour);
	config_describe(&f, "file", &t);
	assert_string_equal(
		line, "file:1: unknown key color, ignored; it may mean colour");
	parse("colors = no", &f);
	t = text_over(line, sizeof(line));
	config_describe(&f, "file", &t);
	assert_string_equal(line, "file:1: unknown key colors, ignored");
}

/* --- menu and timeout -------------------------------------------------------
 */

static void the_later_line_wins(void **state)
{
	static const struct {
		const char *lines;
		enum menu_manner manner;
		bool has_manner;
		uint32_t timeout_s;
	} cases[] = {
		{ "menu hidden", MENU_HIDDEN, true, 5 },
		{ "menu disabled", MENU_DISABLED, true, 5 },
		{ "menu hidden\nmenu show", MENU_SHOWN, true, 5 },
		{ "menu hidden\ntimeout 3", MENU_HIDDEN, true, 3 },
		{ "timeout 3\nmenu hidden", MENU_HIDDEN, true, 3 },
		{ "timeout menu-hidden\ntimeout 3", MENU_SHOWN, false, 3 },
		{ "timeout menu-hidden\nmenu show", MENU_SHOWN, true, 0 },
		{ "menu show\ntimeout menu-disabled", MENU_DISABLED, true, 0 },
		{ "menu hidden\ntimeout menu-force", MENU_SHOWN, true,
		  CONFIG_TIMEOUT_FORCE },
		{ "timeout menu-force\nmenu hidden", MENU_HIDDEN, true,
		  CONFIG_TIMEOUT_FORCE },
		{ "timeout menu-hidden\nmenu disabled\ntimeout 3",
		  MENU_DISABLED, true, 3 },
		{ "menu hidden\ntimeout x", MENU_HIDDEN, true, 5 },
		{ "menu hidden\nmenu x", MENU_HIDDEN, true, 5 },
	};
	struct config_finding f;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		const struct config *c = parse(cases[i].lines, &f);

		assert_int_equal(c->builtin.manner, cases[i].manner);
		assert_int_equal(c->builtin.has_manner, cases[i].has_manner);
		assert_true(c->builtin.timeout_s == cases[i].timeout_s);
	}
}

/* --- who may say it ---------------------------------------------------------
 */

static const char *const changing[] = {
	"idle-timeout=0", "colour=no",	"consoles=ttyS1",
	"console=reuse",  "watchdog=1", "password=" GOOD,
	"password=x",	  "editor=yes", "password-for=write",
	"password-for=x",
};

static void under_enforce_the_image_alone_changes_it(void **state)
{
	static struct config c, was;
	struct config_finding f;
	char word[512];

	(void)state;
	for (size_t i = 0; i < test_count(changing); i++) {
		config_defaults(&was);
		config_defaults(&c);
		snprintf(word, sizeof(word), "keelboot.%s", changing[i]);
		assert_int_equal(config_parse_cmdline(&c, span_of_text(word),
						      keep_last, &f),
				 1);
		assert_int_equal(f.result, CONFIG_LOCKED);
		assert_memory_equal(&c, &was, sizeof(c));
	}
	assert_int_equal(
		config_parse_cmdline(&c, span_of_text("keelboot.menu=hidden"),
				     keep_last, &f),
		0);
	assert_int_equal(c.cmdline.manner, MENU_HIDDEN);
}

static void a_disk_never_changes_it(void **state)
{
	struct config_choices choices;
	struct config_finding f;

	(void)state;
	for (size_t i = 0; i < test_count(changing); i++) {
		assert_int_equal(config_parse_esp(&choices,
						  span_of_text(changing[i]),
						  keep_last, &f),
				 1);
		assert_int_equal(f.result, CONFIG_LOCKED);
		assert_false(choices.has_manner || choices.has_timeout);
	}
	assert_int_equal(config_parse_esp(&choices,
					  span_of_text("menu disabled"),
					  keep_last, &f),
			 0);
	assert_int_equal(choices.manner, MENU_DISABLED);
}

static void a_lock_keeps_the_password(void **state)
{
	struct config_finding f;
	static struct config c;

	(void)state;
	c = *parse("verify = warn\nlock = password password-for\n"
		   "password = " GOOD,
		   &f);
	config_parse_cmdline(&c,
			     span_of_text("keelboot.password=x "
					  "keelboot.password-for=write"),
			     keep_last, &f);
	assert_string_equal(c.password, GOOD);
	assert_int_equal(policy_password_for(&c), GATE_EDIT | GATE_SHELL);
	c.locked = 0;
	config_parse_cmdline(&c, span_of_text("keelboot.password-for=write"),
			     keep_last, &f);
	assert_int_equal(policy_password_for(&c), GATE_WRITE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_say_what_it_is_for),
		cmocka_unit_test(a_word_that_is_none_means_everything),
		cmocka_unit_test(a_malformed_password_locks),
		cmocka_unit_test(a_watchdog_is_off_or_has_a_time),
		cmocka_unit_test(names_of_consoles_fit),
		cmocka_unit_test(other_spellings_are_hinted_at),
		cmocka_unit_test(the_later_line_wins),
		cmocka_unit_test(under_enforce_the_image_alone_changes_it),
		cmocka_unit_test(a_disk_never_changes_it),
		cmocka_unit_test(a_lock_keeps_the_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
