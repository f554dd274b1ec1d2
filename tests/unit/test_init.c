/* PID 1: what it makes of the ends of the menu, how it asks the configuration,
 * and that it is no program for anybody else. */
#include "init.h"

#include "base/own.h"
#include "init_children.h"
#include "scratch.h"
#include "sys/proc.h"
#include "test.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT(n) ((n) << 8)

/* --- what the end of a menu means ----------------------------------------- */

static void test_requests(void **state)
{
	static const struct {
		int status;
		enum init_step want;
	} cases[] = {
		{ EXIT(INIT_EXIT_RESTART), INIT_MENU_AGAIN },
		{ EXIT(INIT_EXIT_REBOOT), INIT_REBOOT },
		{ EXIT(INIT_EXIT_POWER_OFF), INIT_POWER_OFF },
		{ EXIT(INIT_EXIT_SHELL), INIT_SHELL },
		{ EXIT(0), INIT_MENU_CRASHED },
		{ EXIT(1), INIT_MENU_CRASHED },
		{ EXIT(9), INIT_MENU_CRASHED },
		{ EXIT(14), INIT_MENU_CRASHED },
		{ EXIT(127), INIT_MENU_CRASHED },
		{ SIGSEGV, INIT_MENU_CRASHED },
		{ SIGABRT | 0x80, INIT_MENU_CRASHED },
		{ SIGKILL, INIT_MENU_CRASHED },
		/* Killed by the signal whose number is a request's. */
		{ INIT_EXIT_RESTART, INIT_MENU_CRASHED },
		/* Stopped by it, which is no end. */
		{ EXIT(INIT_EXIT_RESTART) | 0x7f, INIT_MENU_CRASHED },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		struct init_crashes crashes = { 0 };

		assert_int_equal(init_decide(&crashes, 5000, cases[i].status),
				 cases[i].want);
		assert_int_equal(crashes.count,
				 cases[i].want == INIT_MENU_CRASHED);
	}
}

/* Times of crashes in seconds, and which of them is one too many. */
static void test_window(void **state)
{
	static const struct {
		unsigned at[8];	    /* ends with 0 */
		unsigned end_at[3]; /* positions from 1, ends with 0 */
	} cases[] = {
		{ { 1, 2, 3, 0 }, { 3, 0 } },
		{ { 1, 1, 1, 0 }, { 3, 0 } },
		{ { 1, 2, 0 }, { 0 } },
		{ { 1, 30, 60, 0 }, { 3, 0 } },
		{ { 1, 30, 61, 0 }, { 0 } },
		{ { 1, 30, 61, 62, 0 }, { 4, 0 } },
		{ { 1, 61, 121, 181, 241, 0 }, { 0 } },
		{ { 1, 31, 61, 91, 121, 151, 0 }, { 0 } },
		{ { 1, 2, 3, 4, 5, 6, 0 }, { 3, 6, 0 } },
		{ { 1, 2, 3, 4, 70, 71, 72, 0 }, { 3, 7, 0 } },
		{ { 1000000, 1000001, 1000002, 0 }, { 3, 0 } },
	};

	(void)state;
	for (size_t c = 0; c < test_count(cases); c++) {
		struct init_crashes crashes = { 0 };
		unsigned next = 0;

		for (unsigned i = 0; cases[c].at[i]; i++) {
			uint64_t now = (uint64_t)cases[c].at[i] * 1000;
			enum init_step want = INIT_MENU_CRASHED;

			if (cases[c].end_at[next] == i + 1) {
				want = INIT_END;
				next++;
			}
			assert_int_equal(init_decide(&crashes, now, SIGSEGV),
					 want);
		}
		assert_int_equal(cases[c].end_at[next], 0);
	}
}

/* What was asked for is no crash, and wipes none out. */
static void test_requests_between(void **state)
{
	struct init_crashes crashes = { 0 };

	(void)state;
	assert_int_equal(init_decide(&crashes, 1000, SIGSEGV),
			 INIT_MENU_CRASHED);
	for (uint64_t now = 1001; now < 1100; now++)
		assert_int_equal(
			init_decide(&crashes, now, EXIT(INIT_EXIT_RESTART)),
			INIT_MENU_AGAIN);
	assert_int_equal(init_decide(&crashes, 2000, EXIT(INIT_EXIT_SHELL)),
			 INIT_SHELL);
	assert_int_equal(init_decide(&crashes, 3000, EXIT(0)),
			 INIT_MENU_CRASHED);
	assert_int_equal(init_decide(&crashes, 4000, EXIT(3)), INIT_END);
}

/* --- the configuration ---------------------------------------------------- */

static void answer(struct init_end *ret)
{
	ret->action = INIT_END_SHELL;
	ret->delay_s = 5;
}

static void answer_nothing(struct init_end *ret)
{
	(void)ret;
}

static void answer_nonsense(struct init_end *ret)
{
	ret->action = (enum init_action)99;
}

static void answer_never(struct init_end *ret)
{
	ret->delay_s = UINT32_MAX;
}

static void crash(struct init_end *ret)
{
	(void)ret;
	raise(SIGKILL);
}

static void hang(struct init_end *ret)
{
	(void)ret;
	for (;;)
		poll(NULL, 0, 1000);
}

static void test_ask_end(void **state)
{
	static const struct {
		void (*configure)(struct init_end *ret);
		bool want;
		struct init_end end;
	} cases[] = {
		{ answer, true, { INIT_END_SHELL, 5 } },
		{ answer_nothing, true, { INIT_END_REBOOT, 60 } },
		{ answer_nonsense, false, { INIT_END_HALT, 77 } },
		{ answer_never, false, { INIT_END_HALT, 77 } },
		{ crash, false, { INIT_END_HALT, 77 } },
		{ hang, false, { INIT_END_HALT, 77 } },
	};
	_close_ int log = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_scratch_ struct scratch s = scratch_make();
		struct init_end end = { INIT_END_HALT, 77 };
		uint64_t start = now_ms();

		assert_int_equal(init_ask_end(cases[i].configure, log, &end),
				 cases[i].want);
		assert_int_equal(end.action, cases[i].end.action);
		assert_int_equal(end.delay_s, cases[i].end.delay_s);
		assert_true(now_ms() - start < 4000);
		/* Nobody is left behind, not even the one that hangs. */
		assert_true(waitpid(-1, NULL, 0) > 0);
		assert_int_equal(waitpid(-1, NULL, 0), -1);
	}
}

/* --- somebody else -------------------------------------------------------- */

static int run_init(void *context)
{
	dup2(*(int *)context, STDERR_FILENO);
	return init_run(crash);
}

static void test_not_pid_1(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	char text[256] = "";
	struct error err;
	int ends[2], status;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_ok(&err, proc_spawn("init", run_init, &ends[1], &ends[1], 1,
				   &pid, &err));
	close(ends[1]);
	assert_true(read(ends[0], text, sizeof(text) - 1) > 0);
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, EXIT(1));
	assert_non_null(strstr(text, "PID 1"));
}

/* --- TERM -------------------------------------------------------------------
 */

struct line {
	const char *term; /* NULL for none */
	int to;
};

static int run_menu(void *context)
{
	const struct line *line = context;

	unsetenv("TERM");
	if (line->term)
		setenv("TERM", line->term, 1);
	dup2(line->to, STDOUT_FILENO);
	return init_child_menu(NULL);
}

/* What the menu has, which is this program once more. */
static void test_term(void **state)
{
	static const struct {
		const char *given, *want;
	} cases[] = {
		{ "dumb", "dumb" },   { "vt100", "vt100" }, { "", "" },
		{ "linux", "linux" }, { NULL, "linux" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		struct line line = { .term = cases[i].given };
		char text[64] = "";
		struct error err;
		int ends[2], status;
		pid_t pid;

		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
		line.to = ends[1];
		assert_ok(&err, proc_spawn("menu", run_menu, &line, &ends[1], 1,
					   &pid, &err));
		close(ends[1]);
		while (read(ends[0], text + strlen(text),
			    sizeof(text) - 1 - strlen(text)) > 0)
			;
		close(ends[0]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		assert_string_equal(text, cases[i].want);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_requests_between),
		cmocka_unit_test(test_ask_end),
		cmocka_unit_test(test_not_pid_1),
		cmocka_unit_test(test_term),
	};

	if (argc == 2 && !strcmp(argv[1], "menu")) {
		const char *term = getenv("TERM");

		fputs(term ? term : "none", stdout);
		return 0;
	}

	return cmocka_run_group_tests(tests, NULL, NULL);
}
