/*
 * The firmware kernel's consoles as words for the next kernel, out of what that
 * kernel says of them.
 */
#include "console_hand_on.h"

#include "config.h"
#include "scratch.h"
#include "test.h"

#include <stdio.h>

static struct load_notes notes;

static int drop_notes(void **state)
{
	(void)state;
	load_notes_drop(&notes);
	return 0;
}

static void all_consoles_are_handed_on(void **state)
{
	static const struct {
		const char *cmdline, *active, *want;
	} cases[] = {
		{ "", "", "" },
		{ "quiet", "\n", "" },
		{ "quiet", "tty0\n", "console=tty0" },
		{ "", "tty0 ttyAMA0\n", "console=tty0 console=ttyAMA0" },
		{ "console=ttyS0,115200n8", "ttyS0\n",
		  "console=ttyS0,115200n8" },
		/* the last one is /dev/console, and stays it */
		{ "console=tty0 console=ttyS1,57600 x console=ttyS0,115200n8r",
		  "tty0 ttyS1 ttyS0\n",
		  "console=tty0 console=ttyS1,57600 console=ttyS0,115200n8r" },
		{ "console=ttyS0,115200 console=tty0", "ttyS0 tty0\n",
		  "console=ttyS0,115200 console=tty0" },
		{ "console=ttyS0,115200", "tty0 hvc0 ttyS0\n",
		  "console=tty0 console=hvc0 console=ttyS0,115200" },
		/* not there, but perhaps in the next kernel */
		{ "console=ttyS3 console=ttyS0", "ttyS0\n",
		  "console=ttyS3 console=ttyS0" },
		{ "console=ttyS0 console=tty0 console=ttyS0,9600", "tty0\n",
		  "console=ttyS0 console=tty0 console=ttyS0,9600" },
		/* as the kernel reads names */
		{ "console=tty console=ttyS,115200", "tty0 ttyS0\n",
		  "console=tty console=ttyS,115200" },
		{ "console=1,9600", "ttyS1 tty0\n",
		  "console=tty0 console=1,9600" },
		{ "console=ttyS1,9600", "ttyS10 ttyS1\n",
		  "console=ttyS10 console=ttyS1,9600" },
		/* whose it is cannot be known */
		{ "console=uart8250,io,0x3f8,115200n8", "tty0 ttyS0 hvc0\n",
		  "console=tty0 console=uart8250,io,0x3f8,115200n8" },
		{ "console=00:04:0.0,115200", "tty0 ttyS0\n",
		  "console=tty0 console=00:04:0.0,115200" },
		/* no consoles */
		{ "earlycon=uart8250,io,0x3f8 console netconsole=@/ "
		  "earlyprintk=ttyS0 myconsole=x",
		  "ttynull0\n", "" },
		{ "a -- console=ttyS0", "", "" },
		{ "\"console=ttyS0\" console=\"ttyS1\"", "",
		  "console=ttyS0 console=ttyS1" },
	};
	char got[CONSOLE_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_copy_ struct span cmdline =
			test_copy(span_of_text(cases[i].cmdline));
		_drop_copy_ struct span active =
			test_copy(span_of_text(cases[i].active));

		console_hand_on_words(cmdline, active, got, &notes);
		assert_string_equal(got, cases[i].want);
		assert_int_equal(notes.count, 0);
	}
}

static void bad_values_are_left_out(void **state)
{
	static const char *const bad[] = {
		"",
		"ttyS0;init=/bin/sh",
		"ttyS0\"",
		"tty/../x",
		"t\xc3\xa9",

		"\"ttyS0 init=x\"",
		"a\x1b[2J",
		"$x",
		"a=b",
		"`",
		"a\\",
	};
	char cmdline[256], got[CONSOLE_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		snprintf(cmdline, sizeof(cmdline), "console=%s console=hvc0",
			 bad[i]);
		console_hand_on_words(span_of_text(cmdline), span_of(NULL, 0),
				      got, &notes);
		assert_null(strpbrk(got, ";\"/$`\\\x1b\xc3"));
		assert_null(strstr(got, "init"));
		assert_int_equal(notes.count, 1);
		load_notes_drop(&notes);
	}
	/* and so of a kernel that lies about its devices */
	console_hand_on_words(span_of_text("console=hvc0"),
			      span_of_text("ttyS0,;x hvc0\n"), got, &notes);
	assert_string_equal(got, "console=hvc0");
	assert_int_equal(notes.count, 1);
}

static void the_longest_value_is_exact(void **state)
{
	char cmdline[128] = "console=", got[CONSOLE_TEXT_MAX];

	(void)state;
	for (size_t len = CONSOLE_VALUE_MAX; len <= CONSOLE_VALUE_MAX + 1;
	     len++) {
		memset(cmdline + 8, 'a', len);
		cmdline[8 + len] = '\0';
		console_hand_on_words(span_of_text(cmdline), span_of(NULL, 0),
				      got, &notes);
		assert_string_equal(got,
				    len > CONSOLE_VALUE_MAX ? "" : cmdline);
		assert_int_equal(notes.count, len > CONSOLE_VALUE_MAX);
	}
}

/* As many as a kernel takes, each as long as can be; the words come first when
 * there is no room for all. */
static void eight_are_the_most(void **state)
{
	char cmdline[2048] = "", got[CONSOLE_TEXT_MAX];

	(void)state;
	for (int i = 0; i < 8; i++)
		snprintf(cmdline + strlen(cmdline),
			 sizeof(cmdline) - strlen(cmdline), "%sconsole=%0*d",
			 i ? " " : "", CONSOLE_VALUE_MAX, i);
	console_hand_on_words(span_of_text(cmdline), span_of(NULL, 0), got,
			      &notes);
	assert_string_equal(got, cmdline);
	assert_int_equal(notes.count, 0);
	assert_int_equal(strlen(got), CONSOLE_TEXT_MAX - 2);
	console_hand_on_words(span_of_text(cmdline), span_of_text("tty0\n"),
			      got, &notes);
	assert_string_equal(got, cmdline);
	assert_int_equal(notes.count, 1);
	strcat(cmdline, " console=ttyS9");
	console_hand_on_words(span_of_text(cmdline), span_of(NULL, 0), got,
			      &notes);
	assert_null(strstr(got, "ttyS9"));
	assert_int_equal(notes.count, 2);
}

static void the_kernels_files_are_read(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	char got[CONSOLE_TEXT_MAX];

	(void)state;
	console_hand_on_read(s.dir, got, &notes);
	assert_string_equal(got, "");
	assert_int_equal(notes.count, 2);
	load_notes_drop(&notes);
	scratch_text(&s, "proc/cmdline", "ro console=ttyS0,115200\n");
	scratch_text(&s, "sys/class/tty/console/active", "tty0 ttyS0\n");
	console_hand_on_read(s.dir, got, &notes);
	assert_string_equal(got, "console=tty0 console=ttyS0,115200");
	assert_int_equal(notes.count, 0);
}

/* Under enforce it is the image's to say: no other source can. */
static void only_the_image_hands_them_on(void **state)
{
	static const char word[] = "keelboot.console=reuse";
	struct config_choices choices = { .has_timeout = false };
	static struct config config;

	(void)state;
	config_defaults(&config);
	assert_int_equal(config.console_hand_on, CONSOLE_ENTRY);
	assert_int_equal(config.policy.verify, VERIFY_ENFORCE);
	assert_int_equal(
		config_parse_cmdline(&config, span_of_text(word), NULL, NULL),
		1);
	assert_int_equal(config.console_hand_on, CONSOLE_ENTRY);
	config_parse_esp(&choices, span_of_text("console reuse\n"), NULL, NULL);
	assert_int_equal(config.console_hand_on, CONSOLE_ENTRY);
	assert_int_equal(config_parse(&config, span_of_text("console reuse\n"),
				      NULL, NULL),
			 0);
	assert_int_equal(config.console_hand_on, CONSOLE_REUSE);
	assert_int_equal(config_parse(&config, span_of_text("console none\n"),
				      NULL, NULL),
			 0);
	assert_int_equal(config.console_hand_on, CONSOLE_NONE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, drop_notes, drop_notes)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_consoles_are_handed_on),
		TEST(bad_values_are_left_out),
		TEST(the_longest_value_is_exact),
		TEST(eight_are_the_most),
		TEST(the_kernels_files_are_read),
		TEST(only_the_image_hands_them_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
