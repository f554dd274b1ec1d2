/*
 * Whole screens of the pages one types on, the questions, and what the list
 * says besides its entries, compared with the files in tests/golden/ui.
 */
#include "test.h"
#include "ui_bench.h"

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

static void lock_editor(struct ui_bench *b)
{
	b->model.editor_locked = "locked by verify = enforce, without "
				 "editor = yes";
}

/* --- the pages one types on ---------------------------------------------- */

#define LINE                                                                   \
	"root=/dev/mapper/vg0-root ro quiet console=tty0 "                     \
	"console=ttyS0,115200n8"

static const char sources[] =
	"from the image (.cmdline): root=/dev/mapper/vg0-root ro quiet\n"
	"from the configuration (options): console=tty0 "
	"console=ttyS0,115200n8\n";

static const char long_line[] =
	LINE " rd.luks.uuid=6f9a1f6e-4d1d-4b2c-9a3d-2f6f2a7f4a10 "
	     "rd.lvm.lv=vg0/root rd.lvm.lv=vg0/swap crashkernel=512M audit=1";

static void edit(struct ui_bench *b, const char *line, size_t limit)
{
	const struct ui_edit e = { .text = line,
				   .limit = limit,
				   .sources = sources };
	struct ui_action action = ui_bench_type(b, "2e");

	assert_int_equal(action.code, UI_EDIT);
	ui_menu_edit(&b->menu, action.id, &e);
	b->model.countdown_s = -1;
}

static void open_editor(struct ui_bench *b)
{
	edit(b, LINE, 2047);
	ui_bench_type(b, " single");
}

static void open_long_line(struct ui_bench *b)
{
	edit(b, long_line, 2047);
	ui_bench_type(b, "\033[1;5D\033[1;5D\033[1;5D");
}

static void open_start(struct ui_bench *b)
{
	edit(b, long_line, 2047);
	ui_bench_type(b, "\001");
}

static void open_too_long(struct ui_bench *b)
{
	edit(b, long_line, 100);
	assert_int_equal(ui_bench_type(b, "\r").code, UI_NONE);
}

static void open_wide_line(struct ui_bench *b)
{
	edit(b,
	     "\u4e2d\u6587\u7cfb\u7edf\u4e2d\u6587\u7cfb\u7edf\u4e2d\u6587"
	     "\u7cfb\u7edf\u4e2d\u6587\u7cfb\u7edf\u4e2d\u6587\u7cfb\u7edf"
	     "\u4e2d\u6587\u7cfb\u7edf\u4e2d\u6587\u7cfb\u7edf\u4e2d\u6587"
	     "\u7cfb\u7edf\u4e2d\u6587\u7cfb\u7edf\u4e2d\u6587\u7cfb\u7edf"
	     "\033[2J \u202e e\u0301 \xff=\t1",
	     200);
	ui_bench_type(b, "\033[D\033[D\033[D");
}

static void editor_page(void **state)
{
	(void)state;
	ui_bench_compare_sizes("editor", "", open_editor);
	ui_bench_compare_sizes("editor-long", "", open_long_line);
	ui_bench_compare_sizes("editor-start", "", open_start);
	ui_bench_compare_sizes("editor-too-long", "", open_too_long);
	ui_bench_compare_sizes("editor-wide", "", open_wide_line);
	ui_bench_compare_sizes("editor-help", "\t", open_editor);
}

static void be_gated(struct ui_bench *b)
{
	b->model.password_for = UI_GATE_EDIT | UI_GATE_SHELL;
}

static void be_refused(struct ui_bench *b)
{
	be_gated(b);
	ui_bench_type(b, "qsysecret\r");
	ui_menu_unlock(&b->menu, false, "Wrong. The next try is in 4 s.");
}

static void password_page(void **state)
{
	(void)state;
	ui_bench_compare_sizes("password", "2esecret", be_gated);
	ui_bench_compare_sizes("password-wrong", "", be_refused);
}

static void search(void **state)
{
	(void)state;
	ui_bench_compare_sizes("search", "/fed", NULL);
	ui_bench_compare_sizes("search-none", "/nosuch", NULL);
	ui_bench_compare_sizes("search-help", "/fed\t", NULL);
}

/* --- the other pages ----------------------------------------------------- */

static void fail_with_advice(struct ui_bench *b)
{
	fail_last_boot(b);
	b->model.failed_what = "Debian GNU/Linux 12 (bookworm) from nvme0n1p1 "
			       "/EFI/Linux/debian-6.1.0-28-amd64.efi";
	b->model.advice =
		"Boot another entry, or copy the image again: the file is "
		"shorter than it says.\n"
		"Who can: whoever installs kernels on this machine.\n";
	ui_menu_fail(&b->menu);
}

static void failure_page(void **state)
{
	(void)state;
	ui_bench_compare_sizes("failure-page", "", fail_with_advice);
	ui_bench_compare_sizes("failure-none", "f", NULL);
}

static void add_network(struct ui_bench *b)
{
	b->model.network = "eth0  52:54:00:12:34:56  up\n"
			   "      192.0.2.7/24\n"
			   "      2001:db8::7/64\n"
			   "eth1  52:54:00:12:34:57  no cable\n";
}

static void network_page(void **state)
{
	(void)state;
	ui_bench_compare_sizes("network", "n", add_network);
}

static const struct ui_target targets[] = {
	{ 11, "sda1 (ESP)" },
	{ 12, "sdb1 (USB, 14 GiB, KINGSTON)" },
};

static void add_targets(struct ui_bench *b)
{
	b->model.targets = targets;
	b->model.target_count = test_count(targets);
}

static void questions(void **state)
{
	(void)state;
	ui_bench_compare_sizes("confirm-default", "2d", NULL);
	ui_bench_compare_sizes("confirm-once", "2o", NULL);
	ui_bench_compare_sizes("targets", "lw", add_targets);
	ui_bench_compare_sizes("confirm-save", "lw2", add_targets);
	ui_bench_compare_sizes("locked-edit", "e", lock_editor);
}

/* --- what else the list says --------------------------------------------- */

static void warn_of_watchdog(struct ui_bench *b)
{
	b->model.warning = "The watchdog will not survive the jump: "
			   "watchdog.stop_on_reboot=0 is missing.";
}

static void resume(struct ui_bench *b)
{
	b->model.resumed = true;
	b->model.idle_s = 600;
}

static void sit_elsewhere(struct ui_bench *b)
{
	b->operator_name = "ttyS0";
}

static void tell_long(struct ui_bench *b)
{
	ui_bench_type(b, "j");
	b->model.countdown_s = -1;
	ui_menu_tell(&b->menu, FAILURE);
}

static void tell_long_over_the_log(struct ui_bench *b)
{
	b->model.log = span_of_text("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n"
				    "13\n14\n15\n16\n17\n18\n19\n20\n21\n");
	ui_bench_type(b, "l");
	b->model.countdown_s = -1;
	ui_menu_tell(&b->menu, FAILURE);
}

static void list_in_all_states(void **state)
{
	(void)state;
	ui_bench_compare_sizes("warning", "", warn_of_watchdog);
	ui_bench_compare_sizes("resumed", "", resume);
	ui_bench_compare_sizes("elsewhere", "", sit_elsewhere);
	ui_bench_compare_sizes("elsewhere-log", "l", sit_elsewhere);
	ui_bench_compare_sizes("verbose", "v", NULL);
	ui_bench_compare_sizes("told", "", tell_long);
	ui_bench_compare_sizes("told-log", "", tell_long_over_the_log);
}

static void hide(struct ui_bench *b)
{
	b->model.manner = UI_HIDDEN;
}

static void disable(struct ui_bench *b)
{
	b->model.manner = UI_DISABLED;
	warn_of_watchdog(b);
}

static void disable_after_failure(struct ui_bench *b)
{
	disable(b);
	fail_last_boot(b);
}

static void no_menu(void **state)
{
	(void)state;
	ui_bench_compare_sizes("hidden", "", hide);
	ui_bench_compare_sizes("disabled", "", disable);
	ui_bench_compare_sizes("disabled-failure", "", disable_after_failure);
}

static void have_colour(struct ui_bench *b)
{
	fail_last_boot(b);
	b->items[3].mark = "bad";
	b->screen.colour = true;
	b->vt.has_colour = true;
}

static void colour(void **state)
{
	(void)state;
	ui_bench_compare_sizes("colour", "", have_colour);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(editor_page),
		cmocka_unit_test(password_page),
		cmocka_unit_test(search),
		cmocka_unit_test(failure_page),
		cmocka_unit_test(network_page),
		cmocka_unit_test(questions),
		cmocka_unit_test(list_in_all_states),
		cmocka_unit_test(no_menu),
		cmocka_unit_test(colour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
