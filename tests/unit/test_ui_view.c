/*
 * Whole screens as an operator sees them, compared with the files in
 * tests/golden/ui.
 */
#include "test.h"
#include "ui_bench.h"

#include <stdio.h>

#define FAILURE                                                                \
	"unable to boot \"Debian GNU/Linux 12 (bookworm)\": unable to read "   \
	"nvme0n1p1 /EFI/Linux/debian-6.1.0-28-amd64.efi: section .linux "      \
	"ends at 0x3f2000, the file ends at 0x3e0000"

static void fail_last_boot(struct ui_bench *b)
{
	b->model.failure = FAILURE;
	b->model.has_failed_id = true;
	b->model.failed_id = 1;
}

static void list_page(void **state)
{
	(void)state;
	ui_bench_compare_sizes("list", "", NULL);
}

static void list_after_a_failure(void **state)
{
	(void)state;
	ui_bench_compare_sizes("failure", "", fail_last_boot);
}

static void refused_entry_marked(void **state)
{
	(void)state;
	ui_bench_compare_sizes("refused", "\033[Fk", NULL);
}

static void details_page(void **state)
{
	(void)state;
	ui_bench_compare_sizes("details", "i", fail_last_boot);
}

static void details_of_a_refused_entry(void **state)
{
	(void)state;
	ui_bench_compare_sizes("details-refused", "5\r", NULL);
}

static void help_page(void **state)
{
	(void)state;
	ui_bench_compare_sizes("help", "?", NULL);
}

static void lock_all(struct ui_bench *b)
{
	b->model.shell_locked = "locked by verify = enforce, without "
				"rescue-shell = yes";
	b->model.editor_locked = "locked by verify = enforce, without "
				 "editor = yes";
	b->model.store_locked = "nothing can be written";
	b->model.save_locked = "locked by verify = enforce";
}

static void help_page_with_locks(void **state)
{
	(void)state;
	ui_bench_compare_sizes("help-locked", "?\033[F", lock_all);
}

static void mark_verdicts(struct ui_bench *b)
{
	b->items[0].mark = "refused: revoked";
	b->items[1].mark = "claims Debian Secure Boot Signer 2022 - linux";
	b->items[2].mark = "unsigned";
	b->items[3].mark = "bad";
	b->items[2].is_network = true;
	b->items[1].is_locked = true;
	b->model.has_failed_id = true;
	b->model.failed_id = 1;
	b->model.default_id = 2;
}

static void list_with_verdicts(void **state)
{
	(void)state;
	ui_bench_compare_sizes("verdicts", "", mark_verdicts);
}

static void lock_shell(struct ui_bench *b)
{
	b->model.shell_locked = "the configuration does not allow it";
}

static void leave_page(void **state)
{
	(void)state;
	ui_bench_compare_sizes("leave", "q", NULL);
	ui_bench_compare_sizes("leave-locked", "q", lock_shell);
	ui_bench_compare_sizes("confirm", "qo", NULL);
}

static void add_log(struct ui_bench *b)
{
	static char log[8192];
	struct text text = text_over(log, sizeof(log));

	for (unsigned i = 0; i < 40; i++)
		text_addf(&text,
			  "[%5u.%03u] sd%c1: ESP, 2 entries, 1 refused%s\n", i,
			  i * 7, 'a' + (int)i % 26,
			  i % 5 ? ""
				: ": section .linux ends at 0x3f2000, "
				  "the file ends at 0x3e0000");
	b->model.log = span_of(log, text.len);
}

static void page_of_all_that_is_refused(void **state)
{
	(void)state;
	ui_bench_compare_sizes("refused-page", "x", NULL);
}

static void offer_all(struct ui_bench *b)
{
	for (size_t i = 0; i < b->model.count; i++)
		b->items[i].bootable = true;
}

static void page_of_nothing_refused(void **state)
{
	(void)state;
	ui_bench_compare_sizes("refused-none", "x", offer_all);
}

static void log_page(void **state)
{
	(void)state;
	ui_bench_compare_sizes("log", "l", add_log);
	ui_bench_compare_sizes("log-start", "l\033[H", add_log);
}

static void remove_all(struct ui_bench *b)
{
	b->model.count = 0;
	b->model.countdown_s = -1;
}

static void empty_list(void **state)
{
	(void)state;
	ui_bench_compare_sizes("empty", "", remove_all);
}

static void add_many(struct ui_bench *b)
{
	static char titles[212][32];

	b->model.count = 0;
	for (size_t i = 0; i < test_count(titles); i++) {
		snprintf(titles[i], sizeof(titles[i]), "Linux 6.1.%zu", i + 1);
		ui_bench_add(b, titles[i], "sda1 /EFI/Linux/linux.efi");
	}
	ui_menu_update(&b->menu, &b->model, b->now_ms);
}

static void long_list(void **state)
{
	(void)state;
	ui_bench_compare_sizes("many", "", add_many);
	ui_bench_compare_sizes("many-middle", "107", add_many);
	ui_bench_compare_sizes("many-end", "\033[F", add_many);
	ui_bench_compare_sizes("many-no-such", "999", add_many);
}

static void make_hostile(struct ui_bench *b)
{
	static char endless[4097];

	memset(endless, 'A', sizeof(endless) - 1);
	b->items[0].title = "\033[2J\033]0;owned\007\r\nboot me";
	b->items[0].where = "sda1 /\033[31m/\xe2\x80\xae/x.efi";
	b->items[1].title = endless;
	b->items[1].where = endless;
	b->items[1].mark = endless;
	b->items[4].reason = endless;
	b->items[2].title = "\xe4\xb8\xad\xe6\x96\x87\xe7\xb3\xbb\xe7\xbb\x9f "
			    "\xe7\xac\xac\xe4\xb8\x80\xe7\x89\x88 "
			    "\xe4\xb8\xad\xe6\x96\x87\xe7\xb3\xbb\xe7\xbb\x9f";
	b->items[2].where = "sda1 /\xe4\xb8\xad\xe6\x96\x87\xe7\xb3\xbb"
			    "\xe7\xbb\x9f/\xe7\xac\xac\xe4\xb8\x80.efi";
	b->items[5].title = "\xff\xfe\x80";
	b->items[3].title = NULL;
	b->items[3].where = NULL;
	b->model.warning = "\u202ewarning \u2066inert\u2069 "
			   "\u200e\u200f\u061cx\u200by";
	b->model.facts = endless;
}

static void hostile_titles(void **state)
{
	(void)state;
	ui_bench_compare_sizes("hostile", "", make_hostile);
	ui_bench_compare_sizes("hostile-marked", "2", make_hostile);
	ui_bench_compare_sizes("hostile-details", "2i", make_hostile);
}

static void be_ascii(struct ui_bench *b)
{
	make_hostile(b);
	b->screen.ascii = true;
}

static void ascii_terminal(void **state)
{
	static char picture[BENCH_TEXT_MAX];
	static const char *const keys[] = { "", "i", "q?", "q", "q2e" };
	struct ui_bench *b = ui_bench_new(24, 80);
	struct ui_edit e = { .text = "\u4e2d\u6587\u202e \xff", .limit = 9 };

	(void)state;
	ui_bench_compare_sizes("ascii", "", be_ascii);
	ui_bench_add_usual(b);
	be_ascii(b);
	fail_last_boot(b);
	for (size_t i = 0; i < test_count(keys); i++) {
		struct text t = text_over(picture, sizeof(picture));

		if (ui_bench_type(b, keys[i]).code == UI_EDIT)
			ui_menu_edit(&b->menu, 2, &e);
		ui_bench_show(b);
		vt_print(&b->vt, &t);
		for (const char *at = picture; *at; at++)
			assert_true(*at > 0 && *at < 127);
	}
	free(b);
}

/* The model may mark what failed before; it is not said twice. */
static void mark_failed_too(struct ui_bench *b)
{
	fail_last_boot(b);
	b->items[0].mark = "failed";
}

static void failed_is_said_once(void **state)
{
	(void)state;
	ui_bench_compare_sizes("failure-mark", "", mark_failed_too);
}

/* A session on a terminal that can only print lines, a picture after each of
 * its strings. */
static void print_session(struct ui_bench *b, const char *const *session,
			  size_t count, const char *name)
{
	static const struct ui_edit edit = {
		.text = "root=/dev/sda1 ro",
		.limit = 24,
		.sources = "from the image (.cmdline): root=/dev/sda1 ro\n",
	};

	for (size_t i = 0; i < count; i++) {
		struct ui_action action = ui_bench_type(b, session[i]);

		if (action.code == UI_EDIT)
			ui_menu_edit(&b->menu, action.id, &edit);
		else if (action.code == UI_PASSWORD)
			ui_menu_unlock(&b->menu, false, "Wrong.");
		if (i)
			b->model.countdown_s = -1;
		for (unsigned tick = 0; tick < 5; tick++) {
			ui_bench_show(b);
			b->model.countdown_s -= !i;
			ui_bench_wait(b, 1000);
		}
	}
	ui_bench_compare(b, name);
	free(b);
}

static void dumb_terminal(void **state)
{
	static const char *const session[] = {
		"",  "j", "1",	"7\r", "5",  "\r", "q", "l",
		"-", "q", "qr", "n",   "qi", "q",  "2",
	};
	struct ui_bench *b = ui_bench_new_dumb();

	(void)state;
	ui_bench_add_usual(b);
	fail_last_boot(b);
	add_log(b);
	b->model.countdown_s = 10;
	print_session(b, session, test_count(session), "dumb");
}

static void dumb_terminal_to_type_on(void **state)
{
	static const char *const session[] = {
		"",	  "2e", " ",  "s",    "in", "gle", "\r",
		"\033[D", "x",	"\b", "\033", "/",  "f",   "ed",
		"z",	  "\b", "\r", "qsy",  "pw", "\r",  "\033",
	};
	struct ui_bench *b = ui_bench_new_dumb();

	(void)state;
	ui_bench_add_usual(b);
	b->model.countdown_s = 10;
	b->model.status = "";
	b->model.password_for = UI_GATE_SHELL;
	print_session(b, session, test_count(session), "dumb-typed");
}

/* --- what can always be read --------------------------------------------- */

/* Collects what the text page shows, screen by screen. */
static void read_page(struct ui_bench *b, struct text *ret)
{
	static char before[BENCH_TEXT_MAX], now[BENCH_TEXT_MAX];

	now[0] = '\0';
	do {
		struct text picture;

		memcpy(before, now, sizeof(before));
		picture = text_over(now, sizeof(now));
		ui_bench_show(b);
		vt_print(&b->vt, &picture);
		text_add(ret, now);
		ui_bench_type(b, " ");
	} while (strcmp(before, now));
}

/* However long the sentence and however small the screen. */
static void a_failure_can_be_read_whole(void **state)
{
	static char text[262144];

	(void)state;
	for (size_t i = 0; i < BENCH_SIZES; i++) {
		struct ui_bench *b = ui_bench_new(ui_bench_sizes[i].rows,
						  ui_bench_sizes[i].cols);
		struct text all = text_over(text, sizeof(text));
		char failure[2400] = "";
		char word[16];

		for (unsigned n = 0; n < 150; n++) {
			snprintf(word, sizeof(word), "word%u. ", n);
			strcat(failure, word);
		}
		ui_bench_add_usual(b);
		b->model.failure = failure;
		ui_bench_show(b);
		ui_bench_type(b, "f");
		read_page(b, &all);
		assert_false(all.cut);
		for (unsigned n = 0; n < 150; n++) {
			snprintf(word, sizeof(word), "word%u.", n);
			if (!strstr(text, word))
				fail_msg("%s: %s is nowhere to be read",
					 ui_bench_sizes[i].name, word);
		}
		free(b);
	}
}

/* Every size a terminal can have, with everything on the screen at once. */
static void every_size_is_drawn(void **state)
{
	static const char *const keys[] = { "", "i", "l", "?", "q" };
	struct ui_bench *b = ui_bench_new(24, 80);

	(void)state;
	ui_bench_add_usual(b);
	make_hostile(b);
	fail_last_boot(b);
	add_log(b);
	b->model.facts = "eth0 10.0.0.7, TPM 2.0";
	for (unsigned rows = SCREEN_ROWS_MIN; rows <= SCREEN_ROWS_MAX;
	     rows += rows < 50 ? 1 : 25) {
		for (unsigned cols = SCREEN_COLS_MIN; cols <= SCREEN_COLS_MAX;
		     cols += cols < 50 ? 3 : 50) {
			screen_resize(&b->screen, rows, cols);
			ui_menu_set_size(&b->menu, rows, cols);
			vt_init(&b->vt, rows, cols);
			for (size_t i = 0; i < test_count(keys); i++) {
				ui_bench_type(b, keys[i]);
				ui_bench_show(b);
				ui_bench_type(b, *keys[i] ? "q" : "");
			}
		}
	}
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(list_page),
		cmocka_unit_test(list_after_a_failure),
		cmocka_unit_test(failed_is_said_once),
		cmocka_unit_test(refused_entry_marked),
		cmocka_unit_test(details_page),
		cmocka_unit_test(details_of_a_refused_entry),
		cmocka_unit_test(help_page),
		cmocka_unit_test(help_page_with_locks),
		cmocka_unit_test(list_with_verdicts),
		cmocka_unit_test(leave_page),
		cmocka_unit_test(page_of_all_that_is_refused),
		cmocka_unit_test(page_of_nothing_refused),
		cmocka_unit_test(log_page),
		cmocka_unit_test(empty_list),
		cmocka_unit_test(long_list),
		cmocka_unit_test(hostile_titles),
		cmocka_unit_test(ascii_terminal),
		cmocka_unit_test(dumb_terminal),
		cmocka_unit_test(dumb_terminal_to_type_on),
		cmocka_unit_test(a_failure_can_be_read_whole),
		cmocka_unit_test(every_size_is_drawn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
