/*
 * Command lines as distributions have them, made to talk.
 */
#include "verbose.h"

#include "test.h"

#define TALK	  "loglevel=7 " TALK_REST
#define TALK_REST "systemd.show_status=1 plymouth.enable=0"

static void quiet_lines_talk(void **state)
{
	static const struct {
		const char *line, *want;
	} cases[] = {
		{ "", TALK },
		/* Debian, Ubuntu */
		{ "BOOT_IMAGE=/vmlinuz root=UUID=1 ro quiet",
		  "BOOT_IMAGE=/vmlinuz root=UUID=1 ro " TALK },
		{ "root=/dev/vda1 ro quiet splash vt.handoff=7",
		  "root=/dev/vda1 ro " TALK },
		/* Fedora */
		{ "root=UUID=1 ro rootflags=subvol=root rhgb quiet",
		  "root=UUID=1 ro rootflags=subvol=root " TALK },
		/* openSUSE */
		{ "root=UUID=1 splash=silent mitigations=auto quiet security=",
		  "root=UUID=1 mitigations=auto security= " TALK },
		/* Alpine */
		{ "modules=loop,squashfs quiet console=ttyS0",
		  "modules=loop,squashfs console=ttyS0 " TALK },
		/* what is wanted quieter still */
		{ "loglevel=3 systemd.show_status=auto "
		  "rd.systemd.show_status=no rd.udev.log_level=3 "
		  "udev.log-priority=3 rd.plymouth=0 plymouth.splash-delay=20 "
		  "plymouth:debug vt.global_cursor_default=0",
		  "vt.global_cursor_default=0 " TALK },
		{ "\"quiet\" a=\"quiet splash\" \"loglevel=1\"",
		  "a=\"quiet splash\" " TALK },
		/* of init, not of the kernel */
		{ "quiet -- quiet splash", TALK " -- quiet splash" },
		/* not these words */
		{ "quieter unquiet loglevels=1 xsplash",
		  "quieter unquiet loglevels=1 xsplash " TALK },
		/* louder than what would be added */
		{ "debug quiet", "debug " TALK_REST },
		{ "ignore_loglevel quiet", "ignore_loglevel " TALK_REST },
		{ "ignore-loglevel=1", "ignore-loglevel=1 " TALK_REST },
		{ "debug=vc quiet", "debug=vc " TALK },
		{ "a -- debug", "a " TALK " -- debug" },
	};
	static struct cmdline line;
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		line = (struct cmdline){ .len = 0 };
		assert_ok(&err, cmdline_add(&line, "x",
					    span_of_text(cases[i].line), &err));
		assert_ok(&err, verbose_apply(&line, &err));
		assert_string_equal(line.text, cases[i].want);
		/* and once more changes nothing but the order of its own */
		assert_ok(&err, verbose_apply(&line, &err));
		assert_int_equal(line.len, strlen(cases[i].want));
	}
}

static void the_words_have_a_source(void **state)
{
	static struct cmdline line;
	struct error err;

	(void)state;
	line = (struct cmdline){ .len = 0 };
	assert_ok(&err, cmdline_add(&line, "x", span_of_text("a quiet"), &err));
	assert_ok(&err, verbose_apply(&line, &err));
	assert_int_equal(line.piece_count, 2);
	assert_int_equal(line.pieces[0].len, 1);
	assert_string_equal(line.pieces[1].source.text, "verbose boot");
	assert_int_equal(line.pieces[1].start, 2);
	assert_int_equal(line.pieces[1].len, strlen(TALK));
}

static void a_full_line_is_refused(void **state)
{
	static char text[CMDLINE_MAX - 1];
	static struct cmdline line;
	struct error err;

	(void)state;
	memset(text, 'a', sizeof(text));
	line = (struct cmdline){ .len = 0 };
	assert_ok(&err,
		  cmdline_add(&line, "x", span_of(text, sizeof(text)), &err));
	assert_refused(E_CMDLINE_TOO_LONG, &err, verbose_apply(&line, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quiet_lines_talk),
		cmocka_unit_test(the_words_have_a_source),
		cmocka_unit_test(a_full_line_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
