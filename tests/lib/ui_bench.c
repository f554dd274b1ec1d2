#include "ui_bench.h"

#include "test.h"

#include <stdio.h>

void ui_bench_reset(struct ui_bench *b)
{
	ui_menu_init(&b->menu);
	ui_menu_set_size(&b->menu, b->screen.rows, b->screen.cols);
	keys_init(&b->keys);
	b->now_ms = 100000;
	b->model = (struct ui_model){
		.host = "db7.example.net",
		.program = "keelboot 0.1.0, Linux 6.1.0-28-amd64",
		.security = "Enforcing: only images the keyring vouches for "
			    "boot.",
		.facts = "Dell Inc. 2.19.1; TPM 2.0; eth0 192.0.2.7; "
			 "watchdog 60 s",
		.status = "Looking at 2 disks.",
		.items = b->items,
		.countdown_s = -1,
	};
}

static struct ui_bench *make(enum screen_kind kind)
{
	struct ui_bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	screen_init(&b->screen, kind);
	ui_bench_reset(b);
	return b;
}

struct ui_bench *ui_bench_new(unsigned rows, unsigned cols)
{
	struct ui_bench *b = make(SCREEN_VT);

	assert_true(screen_resize(&b->screen, rows, cols));
	ui_bench_reset(b);
	vt_init(&b->vt, rows, cols);
	return b;
}

struct ui_bench *ui_bench_new_dumb(void)
{
	return make(SCREEN_DUMB);
}

struct ui_item *ui_bench_add(struct ui_bench *b, const char *title,
			     const char *where)
{
	size_t at = b->model.count;
	struct ui_item *item;

	assert_true(b->model.count < BENCH_ITEMS_MAX);
	/* refused ones are listed last */
	while (at && !b->items[at - 1].bootable)
		at--;
	item = &b->items[at];
	memmove(item + 1, item, (b->model.count - at) * sizeof(*item));
	*item = (struct ui_item){
		.id = (uint32_t)++b->model.count,
		.title = title,
		.where = where,
		.bootable = true,
	};
	return item;
}

struct ui_item *ui_bench_add_refused(struct ui_bench *b, const char *title,
				     const char *where, const char *reason)
{
	struct ui_item *item = &b->items[b->model.count];

	assert_true(b->model.count < BENCH_ITEMS_MAX);
	*item = (struct ui_item){
		.id = (uint32_t)++b->model.count,
		.title = title,
		.where = where,
		.reason = reason,
	};
	return item;
}

void ui_bench_add_usual(struct ui_bench *b)
{
	struct ui_item *item;

	item = ui_bench_add(b, "Debian GNU/Linux 12 (bookworm)",
			    "nvme0n1p1 /EFI/Linux/debian-6.1.0-28-amd64.efi");
	item->summary = "6.1.0-28-amd64, claims Debian Secure Boot CA, "
			"3 tries left";
	item->mark = "3 tries left";
	item->about = "Size: 48 MiB\n"
		      "Sections: .linux .initrd .cmdline .osrel .uname\n"
		      "Command line: root=/dev/mapper/vg0-root ro quiet "
		      "console=tty0 console=ttyS0,115200n8\n";
	item = ui_bench_add(b, "Debian GNU/Linux 12 (bookworm)",
			    "nvme1n1p1 /EFI/Linux/debian-6.1.0-28-amd64.efi");
	item->summary = "6.1.0-28-amd64, verified: Debian Secure Boot CA";
	item->mark = "verified";
	ui_bench_add_refused(b, "Old kernel", "sdb1 /EFI/Linux/old.efi",
			     "section .linux ends at 0x3f2000, the file ends "
			     "at 0x3e0000");
	item = ui_bench_add(b, "Fedora Linux 42 (Server Edition)",
			    "sda1 /EFI/Linux/fedora-6.14.0-63.fc42.efi");
	item->summary = "6.14.0-63.fc42.x86_64, unsigned";
	item->mark = "unsigned";
	ui_bench_add_refused(b, "keelboot", "sda1 /EFI/keelboot/keelboot.efi",
			     "it is made for arm64, this machine is x86_64");
	item = ui_bench_add(b, "vmlinuz-6.12", "sda1 /vmlinuz-6.12");
	item->mark = "no initrd";
	b->model.has_default = true;
	b->model.default_id = 1;
}

void ui_bench_start_over(struct ui_bench *b)
{
	ui_bench_reset(b);
	ui_bench_add_usual(b);
	ui_menu_update(&b->menu, &b->model, b->now_ms);
}

void ui_bench_start_gated(struct ui_bench *b, uint32_t password_for)
{
	static const struct ui_target targets[] = { { 7, "sda1" },
						    { 9, "sdb1" } };

	ui_bench_start_over(b);
	b->model.targets = targets;
	b->model.target_count = test_count(targets);
	b->model.password_for = password_for;
}

int ui_bench_set_up(void **state)
{
	struct ui_bench *b = ui_bench_new(24, 80);

	ui_bench_start_over(b);
	*state = b;
	return 0;
}

int ui_bench_tear_down(void **state)
{
	free(*state);
	return 0;
}

void ui_bench_give_line(struct ui_bench *b, uint32_t id, const char *text,
			size_t limit)
{
	const struct ui_edit e = { .text = text, .limit = limit };

	ui_menu_edit(&b->menu, id, &e);
	assert_page(b, UI_PAGE_EDITOR);
}

void assert_action(struct ui_action got, enum ui_action_code code, uint32_t id)
{
	assert_int_equal(got.code, code);
	if (code != UI_NONE)
		assert_int_equal(got.id, id);
}

void assert_page(const struct ui_bench *b, enum ui_page page)
{
	assert_int_equal(b->menu.seat.page, page);
}

void ui_bench_remove(struct ui_bench *b, uint32_t id)
{
	for (size_t i = 0; i < b->model.count; i++) {
		if (b->items[i].id != id)
			continue;
		b->model.count--;
		memmove(&b->items[i], &b->items[i + 1],
			(b->model.count - i) * sizeof(b->items[0]));
		return;
	}
	fail_msg("there is no entry %u to remove", id);
}

static struct ui_action take_keys(struct ui_bench *b, struct ui_action last)
{
	struct key key;

	while (keys_take(&b->keys, &key)) {
		struct ui_action action;

		if (key.code == KEY_CTRL && key.ch == 'L')
			screen_invalidate(&b->screen);
		ui_menu_update(&b->menu, &b->model, b->now_ms);
		action = ui_menu_key(&b->menu, &b->model, &key, b->now_ms);
		if (action.code == UI_NONE)
			continue;
		assert_int_equal(last.code, UI_NONE);
		last = action;
	}
	return last;
}

struct ui_action ui_bench_type_span(struct ui_bench *b, struct span bytes)
{
	struct ui_action action = { .code = UI_NONE };

	for (size_t i = 0; i < bytes.len; i++) {
		keys_feed(&b->keys, bytes.ptr[i], b->now_ms);
		action = take_keys(b, action);
	}
	return action;
}

struct ui_action ui_bench_type(struct ui_bench *b, const char *bytes)
{
	return ui_bench_type_span(b, span_of_text(bytes));
}

void ui_bench_wait(struct ui_bench *b, uint64_t ms)
{
	b->now_ms += ms;
	keys_tick(&b->keys, b->now_ms);
	take_keys(b, (struct ui_action){ .code = UI_NONE });
	ui_menu_update(&b->menu, &b->model, b->now_ms);
}

size_t ui_bench_show(struct ui_bench *b)
{
	struct text plain = { .buf = b->plain,
			      .cap = sizeof(b->plain),
			      .len = strlen(b->plain) };
	char buf[4096];
	size_t sent = 0;
	bool done;

	ui_menu_update(&b->menu, &b->model, b->now_ms);
	ui_menu_draw(&b->menu, &b->model, &b->screen, b->operator_name);
	do {
		struct text out = text_over(buf, sizeof(buf));

		done = screen_flush(&b->screen, &out);
		sent += out.len;
		if (b->screen.kind == SCREEN_VT)
			vt_feed(&b->vt, span_of(buf, out.len));
		else
			text_add(&plain, buf);
	} while (!done);
	assert_false(plain.cut);
	assert_string_equal(b->vt.problem, "");
	return sent;
}

const char *ui_bench_marked(const struct ui_bench *b)
{
	size_t at;

	if (!b->menu.has_selected ||
	    !ui_model_place(&b->model, b->menu.selected, &at))
		return "";
	return ui_model_shown(&b->model, at)->title;
}

/* The dumb terminal's lines, without their CR. */
static void print_plain(const struct ui_bench *b, struct text *out)
{
	for (const char *at = b->plain; *at; at++)
		if (*at != '\r')
			text_add_char(out, *at);
	text_add_char(out, '\n');
}

static void write_golden(const char *path, struct span got)
{
	FILE *to = fopen(path, "wb");

	if (!to || fwrite(got.ptr, 1, got.len, to) != got.len || fclose(to))
		fail_msg("unable to write %s", path);
	print_message("%s was written: look at it\n", path);
}

void ui_bench_compare(struct ui_bench *b, const char *name)
{
	static char got[BENCH_TEXT_MAX];
	struct text text = text_over(got, sizeof(got));
	const char *mode = getenv("KEELBOOT_GOLDEN");
	char path[128];
	struct span want;

	ui_bench_show(b);
	if (b->screen.kind == SCREEN_VT)
		vt_print(&b->vt, &text);
	else
		print_plain(b, &text);
	assert_false(text.cut);
	snprintf(path, sizeof(path), "tests/golden/ui/%s.txt", name);
	if (mode && !strcmp(mode, "write"))
		write_golden(path, span_of(got, text.len));
	want = test_read_file(path);
	if (!span_equal_text(want, got)) {
		print_error("%s wants\n%.*s\nbut the screen shows\n%s\n", path,
			    (int)want.len, (const char *)want.ptr, got);
		fail_msg("%s differs", path);
	}
	test_drop(&want);
}

const struct ui_bench_size ui_bench_sizes[BENCH_SIZES] = {
	{ "80x24", 24, 80 },
	{ "40x10", 10, 40 },
	{ "132x50", 50, 132 },
	{ "20x6", 6, 20 },
};

void ui_bench_compare_sizes(const char *page, const char *keys,
			    void (*change)(struct ui_bench *b))
{
	for (size_t i = 0; i < BENCH_SIZES; i++) {
		struct ui_bench *b = ui_bench_new(ui_bench_sizes[i].rows,
						  ui_bench_sizes[i].cols);
		char name[64];

		ui_bench_add_usual(b);
		b->model.countdown_s = 10;
		if (change)
			change(b);
		ui_bench_show(b);
		if (*keys)
			b->model.countdown_s = -1;
		ui_bench_type(b, keys);
		ui_bench_wait(b, 1000);
		snprintf(name, sizeof(name), "%s-%s", page,
			 ui_bench_sizes[i].name);
		ui_bench_compare(b, name);
		free(b);
	}
}
