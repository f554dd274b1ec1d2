/* extlinux.conf: shapes of distributions, every keyword, every fault. */
#include "test.h"

#include "format/extlinux.h"

#include <stdio.h>

#define DATA "tests/data/menus/"

struct rig {
	struct {
		const char *path;
		struct span text;
	} files[4];
	struct extlinux_entry *entries;
	unsigned entry_count;
	enum status notes[EXTLINUX_NOTES_MAX];
	uint32_t note_lines[EXTLINUX_NOTES_MAX];
	unsigned note_count;
	struct extlinux_result result;
};

static void rig_drop(struct rig *r)
{
	free(r->entries);
	r->entries = NULL;
	r->entry_count = r->note_count = 0;
}
#define _drop_rig_ __attribute__((cleanup(rig_drop)))

static bool load(void *ctx, const char *path, struct span *ret)
{
	struct rig *r = ctx;

	assert_int_equal(path[0], '/');
	for (size_t i = 0; i < test_count(r->files); i++) {
		if (!r->files[i].path || strcmp(path, r->files[i].path) != 0)
			continue;
		*ret = r->files[i].text;
		return true;
	}
	return false;
}

static void check_text(const char *text)
{
	for (; *text; text++)
		assert_true((unsigned char)*text >= 0x20 && *text != 0x7f);
}

static void keep_entry(void *ctx, const struct extlinux_entry *e)
{
	struct rig *r = ctx;

	assert_true(!e->why == !e->reason[0]);
	check_text(e->reason);
	if (e->why == OK) {
		check_text(e->options);
		assert_int_equal(e->kernel[0], '/');
		assert_true(e->label[0] != '\0');
	}
	r->entries =
		realloc(r->entries, (r->entry_count + 1) * sizeof(*r->entries));
	assert_non_null(r->entries);
	r->entries[r->entry_count++] = *e;
}

static void keep_note(void *ctx, const char *file, uint32_t line,
		      const struct error *why)
{
	struct rig *r = ctx;

	assert_int_equal(file[0], '/');
	check_text(why->text);
	r->note_lines[r->note_count] = line;
	r->notes[r->note_count++] = why->code;
}

static void run(struct rig *r, struct span text)
{
	const struct extlinux_ops ops = { r, load, keep_entry, keep_note,
					  false };
	struct extlinux_state *x = malloc(extlinux_state_size());
	_drop_copy_ struct span copy = test_copy(text);
	struct error err;

	rig_drop(r);
	memset(x, 0xa5, extlinux_state_size());
	assert_ok(&err, extlinux_evaluate(x, "/boot/extlinux/extlinux.conf",
					  copy, &ops, &r->result, &err));
	assert_int_equal(r->result.entry_count, r->entry_count);
	free(x);
}

static void run_text(struct rig *r, const char *text)
{
	print_message("%s\n", text);
	run(r, span_of_text(text));
}

static const char *named(const struct rig *r, const char *text)
{
	for (unsigned i = 0; i < r->entry_count; i++)
		if (extlinux_entry_is_named(&r->entries[i], text))
			return r->entries[i].label;
	return "";
}

/* --- shapes --- */

static void alpine(void **state)
{
	_drop_copy_ struct span text = test_read_file(DATA "alpine.conf");
	_drop_rig_ struct rig r = { 0 };

	(void)state;
	run(&r, text);
	assert_int_equal(r.entry_count, 2);
	assert_int_equal(r.note_count, 0);
	assert_int_equal(r.entries[0].why, OK);
	assert_string_equal(r.entries[0].label, "lts");
	assert_string_equal(r.entries[0].title.text, "Linux lts");
	assert_string_equal(r.entries[0].kernel, "/boot/extlinux/vmlinuz-lts");
	assert_int_equal(r.entries[0].initrd_count, 1);
	assert_string_equal(r.entries[0].initrds[0],
			    "/boot/extlinux/initramfs-lts");
	assert_string_equal(r.entries[0].options,
			    "root=UUID=a1a1a1a1-0320-4000-8000-000000000001 "
			    "modules=sd-mod,usb-storage,ext4 quiet "
			    "rootfstype=ext4");
	assert_int_equal(r.entries[0].line, 9);
	assert_string_equal(r.result.default_entry, "lts");
	assert_int_equal(r.result.timeout, 30);
	assert_true(r.result.is_at_once);
	assert_string_equal(r.result.title.text, "Alpine/Linux Boot Menu");
}

static void debian_u_boot_menu(void **state)
{
	_drop_copy_ struct span text =
		test_read_file(DATA "debian-u-boot.conf");
	_drop_rig_ struct rig r = { 0 };

	(void)state;
	run(&r, text);
	assert_int_equal(r.entry_count, 2);
	assert_int_equal(r.note_count, 0);
	assert_int_equal(r.entries[0].why, E_EXTLINUX_FDTDIR);
	assert_string_equal(r.entries[0].fdtdir,
			    "/usr/lib/linux-image-6.1.0-99-arm64");
	assert_string_equal(r.entries[0].kernel,
			    "/boot/vmlinuz-6.1.0-99-arm64");
	assert_non_null(strstr(r.entries[0].options, " ro quiet"));
	assert_int_equal(r.entries[1].why, OK);
	assert_string_equal(r.entries[1].devicetree,
			    "/usr/lib/linux-image-6.1.0-99-arm64/rockchip/"
			    "board.dtb");
	assert_int_equal(r.entries[1].overlay_count, 2);
	assert_string_equal(r.entries[1].overlays[1], "/boot/dtbo/two.dtbo");
	assert_string_equal(named(&r, r.result.default_entry), "l0");
}

static void menus_and_includes(void **state)
{
	static const char text[] =
		"UI vesamenu.c32\nMENU TITLE Top\nTIMEOUT 0\nAPPEND quiet\n"
		"INCLUDE more.cfg\nMENU INCLUDE more.cfg Tagged menu\n"
		"LABEL first\nMENU LABEL ^First one\nKERNEL ../vmlinuz extra\n"
		"INITRD a.img,/b.img, ../c.img\n"
		"LABEL second\nLINUX /vmlinuz\nAPPEND -\n"
		"MENU BEGIN sub\nMENU TITLE Sub menu\n"
		"MENU BEGIN inner\nMENU LABEL Inner\nLABEL deep\nLINUX /k\n"
		"TEXT HELP\nLABEL not one\nLINUX x\nENDTEXT\nMENU DEFAULT\n"
		"MENU END\nLABEL last\nLINUX /k\nAPPEND own initrd=/i,/j x\n"
		"MENU END\nLABEL hidden\nMENU HIDE\nMENU PASSWD x\nLINUX /k\n";
	_drop_rig_ struct rig r = {
		.files = { { "/boot/extlinux/more.cfg",
			     span_of_text("label more\nlinux m\n") } }
	};

	(void)state;
	run_text(&r, text);
	assert_int_equal(r.note_count, 0);
	assert_int_equal(r.entry_count, 7);
	for (unsigned i = 0; i < 7; i++)
		assert_int_equal(r.entries[i].why, OK);
	assert_string_equal(r.entries[0].file.text, "/boot/extlinux/more.cfg");
	assert_string_equal(r.entries[0].menu.text, "");
	assert_string_equal(r.entries[0].options, "quiet");
	assert_string_equal(r.entries[1].menu.text, "Tagged menu");
	assert_string_equal(r.entries[1].kernel, "/boot/extlinux/m");
	assert_string_equal(r.entries[2].title.text, "First one");
	assert_string_equal(r.entries[2].kernel, "/boot/vmlinuz");
	assert_string_equal(r.entries[2].options, "extra quiet");
	assert_int_equal(r.entries[2].initrd_count, 3);
	assert_string_equal(r.entries[2].initrds[0], "/boot/extlinux/a.img");
	assert_string_equal(r.entries[2].initrds[1], "/b.img");
	assert_string_equal(r.entries[2].initrds[2], "/boot/c.img");
	assert_string_equal(r.entries[3].options, "");
	assert_string_equal(r.entries[4].menu.text, "Sub menu > Inner");
	assert_string_equal(r.entries[5].menu.text, "Sub menu");
	assert_string_equal(r.entries[5].options, "own x");
	assert_int_equal(r.entries[5].initrd_count, 2);
	assert_string_equal(r.entries[5].initrds[1], "/j");
	assert_true(r.entries[6].is_hidden && r.entries[6].asks_password);
	assert_string_equal(r.result.default_entry, "deep");
	assert_int_equal(r.result.timeout, -1);
	assert_false(r.result.is_at_once);
	assert_string_equal(r.result.title.text, "Top");
}

static void defaults(void **state)
{
	static const struct {
		const char *text, *label;
	} cases[] = {
		{ "default b\nlabel a\nlinux k\nlabel b\nlinux k\n", "b" },
		{ "default b single\nlabel b\nlinux k\n", "b" },
		{ "default a\nontimeout b\nlabel a\nlinux k\nlabel b\nlinux k",
		  "b" },
		{ "default a\nlabel a\nlinux k\nlabel b\nmenu default\n"
		  "linux k",
		  "b" },
		{ "default none\nlabel a\nlinux k", "" },
		{ "default ab\nlabel a\nlinux k", "" },
		{ "label a\nlinux k", "" },
		{ "DEFAULT vmlinuz root=/dev/sda1", "vmlinuz" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_rig_ struct rig r = { 0 };

		run_text(&r, cases[i].text);
		assert_string_equal(named(&r, r.result.default_entry),
				    cases[i].label);
	}
}

static void the_last_of_each_counts(void **state)
{
	_drop_rig_ struct rig r = { 0 };

	(void)state;
	run_text(&r, "LABEL a\nKERNEL old\nlinux new\nINITRD a,b\ninitrd c\n"
		     "FDT x\nDEVICETREE y\nFDTDIR d\nAPPEND p\nappend q\n"
		     "devicetree-overlay o\nIPAPPEND 3\nSAY hello\nF1 help\n");
	assert_int_equal(r.note_count, 0);
	assert_int_equal(r.entries[0].why, OK);
	assert_string_equal(r.entries[0].kernel, "/boot/extlinux/new");
	assert_int_equal(r.entries[0].initrd_count, 1);
	assert_string_equal(r.entries[0].devicetree, "/boot/extlinux/y");
	assert_string_equal(r.entries[0].options, "q");
	assert_int_equal(r.entries[0].overlay_count, 1);
	assert_int_equal(r.entries[0].sysappend, 3);
	run_text(&r, "SYSAPPEND 0x2\nlabel a\nlinux k\nlabel b\nlinux k\n"
		     "ipappend x\nsysappend 4x\nlabel c\nlinux k\n"
		     "sysappend 99999999999999999999\nlabel d\nlocalboot 0\n");
	assert_int_equal(r.note_count, 0);
	assert_int_equal(r.entries[0].sysappend, 2);
	assert_int_equal(r.entries[1].sysappend, 0);
	assert_int_equal(r.entries[2].sysappend, 0);
	assert_false(r.entries[2].boots_locally);
	assert_true(r.entries[3].boots_locally);
	assert_int_equal(r.entries[3].why, E_EXTLINUX_KIND);
	/* no device tree at all is a choice, too */
	run_text(&r, "label a\nlinux k\nfdt -\nfdtdir d\n");
	assert_int_equal(r.entries[0].why, OK);
	assert_string_equal(r.entries[0].devicetree, "");
	/* initrd= of APPEND comes before INITRD, the first one only */
	run_text(&r, "label a\nlinux k\ninitrd a\n"
		     "append x initrd=b,c y initrd=d\n");
	assert_int_equal(r.entries[0].initrd_count, 2);
	assert_string_equal(r.entries[0].initrds[0], "/boot/extlinux/b");
	assert_string_equal(r.entries[0].options, "x y");
}

/* --- faults --- */

static void each_label_is_refused_alone(void **state)
{
	static const struct {
		const char *lines;
		enum status want;
		unsigned line;
	} cases[] = {
		{ "", E_EXTLINUX_NO_KERNEL, 0 },
		{ "append x", E_EXTLINUX_NO_KERNEL, 0 },
		{ "linux", E_EXTLINUX_NO_KERNEL, 0 },
		{ "kernel menu.c32", E_EXTLINUX_KIND, 1 },
		{ "KERNEL memdisk.BIN", E_EXTLINUX_KIND, 1 },
		{ "com32 reboot.c32", E_EXTLINUX_KIND, 1 },
		{ "localboot 0", E_EXTLINUX_KIND, 1 },
		{ "LOCALBOOT -1", E_EXTLINUX_KIND, 1 },
		{ "config other.cfg", E_EXTLINUX_KIND, 1 },
		{ "boot x", E_EXTLINUX_KIND, 1 },
		{ "linux k\nmenu disable", E_EXTLINUX_KIND, 2 },
		{ "menu goto x", E_EXTLINUX_KIND, 1 },
		{ "menu quit", E_EXTLINUX_KIND, 1 },
		{ "linux ../../../k", E_EXTLINUX_PATH, 1 },
		{ "linux /", E_EXTLINUX_PATH, 1 },
		{ "linux http://host/k", E_EXTLINUX_PATH, 1 },
		{ "linux 10.0.0.1::k", E_EXTLINUX_PATH, 1 },
		{ "linux k\x01", E_EXTLINUX_PATH, 1 },
		{ "linux k\ninitrd a,/../b", E_EXTLINUX_PATH, 2 },
		{ "linux k\nfdt ../../../d", E_EXTLINUX_PATH, 2 },
		{ "linux k\nfdtoverlays a ../../../d", E_EXTLINUX_PATH, 2 },
		{ "linux k\nappend initrd=../../../d", E_EXTLINUX_PATH, 0 },
		{ "linux k\ninitrd 1,2,3,4,5,6,7,8,9,a,b,c,d,e,f,g,h",
		  E_EXTLINUX_INITRDS, 2 },
		{ "linux k\nfdtoverlays 1 2 3 4 5 6 7 8 9", E_EXTLINUX_OVERLAYS,
		  2 },
		{ "linux k\nappend a\x02z", E_EXTLINUX_OPTIONS_CONTROL, 0 },
		{ "linux k\nfdtdir /d", E_EXTLINUX_FDTDIR, 0 },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_rig_ struct rig r = { 0 };
		char text[300], where[80];

		snprintf(text, sizeof(text),
			 "label good\nlinux k\n\nlabel bad\n%s\n"
			 "label good2\nlinux k\n",
			 cases[i].lines);
		run_text(&r, text);
		assert_int_equal(r.entry_count, 3);
		assert_int_equal(r.entries[0].why, OK);
		assert_int_equal(r.entries[2].why, OK);
		print_message("  %s\n", r.entries[1].reason);
		assert_string_equal(status_slug(r.entries[1].why),
				    status_slug(cases[i].want));
		snprintf(
			where, sizeof(where),
			"/boot/extlinux/extlinux.conf:%u: ", cases[i].line + 4);
		assert_ptr_equal(strstr(r.entries[1].reason, where),
				 r.entries[1].reason);
	}
}

static void each_fault_outside_is_noted(void **state)
{
	static const struct {
		const char *text;
		enum status want;
	} cases[] = {
		{ "frobnicate x", E_EXTLINUX_KEYWORD },
		{ "linux k", E_EXTLINUX_KEYWORD },
		{ "label", E_EXTLINUX_LABEL },
		{ "include none.cfg", E_EXTLINUX_READ },
		{ "include ../../../x", E_EXTLINUX_PATH },
		{ "include", E_EXTLINUX_PATH },
		{ "include self.cfg", E_EXTLINUX_FILE_LOOP },
		{ "include large.cfg", E_EXTLINUX_TOO_LONG },
		{ "menu end", E_EXTLINUX_MENUS },
		{ "text help\nlabel x\nlinux k\n", E_EXTLINUX_TEXT },
	};
	static uint8_t large[EXTLINUX_TEXT_MAX + 1];

	(void)state;
	memset(large, '\n', sizeof(large));
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_rig_ struct rig r = {
			.files = { { "/boot/extlinux/self.cfg",
				     span_of_text("include self.cfg") },
				   { "/boot/extlinux/large.cfg",
				     span_of(large, sizeof(large)) } }
		};
		char text[300];
		unsigned good = 0;

		snprintf(text, sizeof(text),
			 "label good\nlinux k\nmenu separator\n%s\n"
			 "label good\nlinux k\n",
			 cases[i].text);
		run_text(&r, text);
		for (unsigned k = 0; k < r.entry_count; k++)
			good += r.entries[k].why == OK &&
				!strcmp(r.entries[k].label, "good");
		assert_int_equal(good, 2);
		if (cases[i].want == E_EXTLINUX_LABEL) {
			assert_int_equal(r.entries[1].why, E_EXTLINUX_LABEL);
			continue;
		}
		assert_true(r.note_count > 0);
		assert_string_equal(status_slug(r.notes[0]),
				    status_slug(cases[i].want));
	}
}

static void nul_costs_its_label(void **state)
{
	static const char text[] =
		"timeout 3\0\nlabel a\nlinux k\nappend x\0y\n"
		"label b\nlinux k\n";
	_drop_rig_ struct rig r = { 0 };

	(void)state;
	run(&r, span_of(text, sizeof(text) - 1));
	assert_int_equal(r.notes[0], E_EXTLINUX_NUL);
	assert_int_equal(r.note_lines[0], 1);
	assert_int_equal(r.result.timeout, -1);
	assert_int_equal(r.entries[0].why, E_EXTLINUX_NUL);
	assert_int_equal(r.entries[1].why, OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alpine),
		cmocka_unit_test(debian_u_boot_menu),
		cmocka_unit_test(menus_and_includes),
		cmocka_unit_test(defaults),
		cmocka_unit_test(the_last_of_each_counts),
		cmocka_unit_test(each_label_is_refused_alone),
		cmocka_unit_test(each_fault_outside_is_noted),
		cmocka_unit_test(nul_costs_its_label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
