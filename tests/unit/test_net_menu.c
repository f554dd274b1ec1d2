/* What was fetched: kinds of content, entries whose files are names, network
 * menus, each fault. */
#include "net_menu_rig.h"

#include "format/bls.h"

#define HERE "http://h.example/a/b/x.conf"

/* --- content --- */

static void kinds_are_told_by_their_bytes(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		enum net_content want;
		const char *what;
	} cases[] = {
#define BYTES(b) b, sizeof(b) - 1
		{ BYTES(""), NET_IS_UNKNOWN, "an empty file" },
		{ BYTES(" \r\n\t"), NET_IS_UNKNOWN, "a file of blanks" },
		{ BYTES("\xef\xbb\xbf\n"), NET_IS_UNKNOWN, "a file of blanks" },
		{ BYTES("MZ"), NET_IS_IMAGE, "a PE file" },
		{ BYTES("\x1f\x8b\x08"), NET_IS_IMAGE, "a gzip file" },
		{ BYTES("\x28\xb5\x2f\xfd"), NET_IS_IMAGE, "a zstd file" },
		{ BYTES("\xfd"
			"7zXZ\0"),
		  NET_IS_IMAGE, "an xz file" },
		{ BYTES("\x02\x21\x4c\x18"), NET_IS_IMAGE, "an lz4 file" },
		{ BYTES("\x7f"
			"ELF\2"),
		  NET_IS_UNKNOWN, "an ELF file" },
		{ BYTES("0707010000"), NET_IS_UNKNOWN, "a cpio archive" },
		{ BYTES("{ \"entry\": 1 }"), NET_IS_UNKNOWN, "JSON" },
		{ BYTES("<!DOCTYPE html>\nlabel a"), NET_IS_UNKNOWN,
		  "an HTML page" },
		{ BYTES("\r\n <html>"), NET_IS_UNKNOWN, "an HTML page" },
		{ BYTES("label a\0"), NET_IS_UNKNOWN,
		  "a file of no known kind" },
		{ BYTES("Not found\n"), NET_IS_UNKNOWN,
		  "a text of no known kind" },
		{ BYTES("title x\noptions y\n"), NET_IS_UNKNOWN,
		  "a text of no known kind" },
		{ BYTES("#!ipxe\nlabel"), NET_IS_IPXE, "an iPXE script" },
		{ BYTES("#!gpxe\n"), NET_IS_IPXE, "an iPXE script" },
		{ BYTES("#!ipxebin\n"), NET_IS_UNKNOWN,
		  "a text of no known kind" },
		{ BYTES("title x\nlinux /k\n"), NET_IS_ENTRY, "an entry" },
		{ BYTES("\xef\xbb\xbfuki-url=u\n"), NET_IS_ENTRY, "an entry" },
		{ BYTES("# c\n\tefi\t/x"), NET_IS_ENTRY, "an entry" },
		{ BYTES("uki x\nentry y\n"), NET_IS_ENTRY, "an entry" },
		{ BYTES("title t\ndefault d\nentry = x\nlinux y"), NET_IS_MENU,
		  "a network menu" },
		{ BYTES("entries x\n"), NET_IS_UNKNOWN,
		  "a text of no known kind" },
		{ BYTES("DEFAULT linux\nLabel linux\n linux k\n"),
		  NET_IS_PXELINUX, "a PXELINUX file" },
		{ BYTES("prompt 0\r\n\tINCLUDE x\r\n"), NET_IS_PXELINUX,
		  "a PXELINUX file" },
		{ BYTES("default x\n"), NET_IS_PXELINUX, "a PXELINUX file" },
		{ BYTES("LINUX k\nlabel x\n"), NET_IS_PXELINUX,
		  "a PXELINUX file" },
	};
	const char *what;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_copy_ struct span copy =
			test_copy(span_of(cases[i].bytes, cases[i].len));

		print_message("%s\n", cases[i].bytes);
		assert_int_equal(net_content_of(copy, &what), cases[i].want);
		assert_string_equal(what, cases[i].what);
	}
}

static void kernels_are_told_by_their_magic(void **state)
{
	uint8_t bytes[0x300] = { 0xea };
	const char *what;

	(void)state;
	memcpy(bytes + 0x202, "HdrS", 4);
	for (size_t len = 1; len <= sizeof(bytes); len += 5) {
		_drop_copy_ struct span copy = test_copy(span_of(bytes, len));

		assert_int_equal(net_content_of(copy, &what),
				 len >= 0x206 ? NET_IS_IMAGE : NET_IS_UNKNOWN);
	}
	memset(bytes, 1, sizeof(bytes));
	memcpy(bytes + 56, "ARM\x64", 4);
	assert_int_equal(net_content_of(span_of(bytes, 64), &what),
			 NET_IS_IMAGE);
	assert_string_equal(what, "a kernel");
}

/* --- entries --- */

static void names_are_below_the_folder(void **state)
{
	static const struct {
		const char *url, *line;
		enum net_role role;
		const char *want;
	} cases[] = {
		{ HERE, "linux /k", NET_LINUX, "http://h.example/a/b/k" },
		{ HERE, "linux c/k", NET_LINUX, "http://h.example/a/b/c/k" },
		{ HERE, "linux = //c\\k", NET_LINUX,
		  "http://h.example/a/b/c/k" },
		{ HERE, "uki \\EFI\\Linux\\x.efi", NET_ANY,
		  "http://h.example/a/b/EFI/Linux/x.efi" },
		{ HERE, "efi x^y%z%41.efi", NET_ANY,
		  "http://h.example/a/b/x%5Ey%25z%41.efi" },
		{ HERE, "uki-url x.efi?v=1", NET_ANY,
		  "http://h.example/a/b/x.efi?v=1" },
		{ HERE, "uki-url ${mac}/x{.efi", NET_ANY,
		  "http://h.example/a/b/${mac}/x%7B.efi" },
		{ HERE, "uki-url tftp://o.example/x", NET_ANY,
		  "tftp://o.example/x" },
		{ "https://h.example:8443/r/loader/entries/x.conf?y=/z",
		  "linux /k", NET_LINUX, "https://h.example:8443/r/k" },
		{ "http://[2001:db8::1]/loader/entries/x.conf", "linux /k",
		  NET_LINUX, "http://[2001:db8::1]/k" },
		{ "http://h/loader/entries/x/y.conf", "linux /k", NET_LINUX,
		  "http://h/loader/entries/x/k" },
		{ "http://h/xloader/entries/y.conf", "linux k", NET_LINUX,
		  "http://h/xloader/entries/k" },
		{ "http://h?x", "linux k", NET_LINUX, "http://h/k" },
	};
	_drop_rig_ struct rig *r = rig_new();

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		assert_ok(&r->err, rig_follow(r, cases[i].url, cases[i].line));
		assert_int_equal(r->outcome, NET_MENU_ENTRIES);
		assert_int_equal(r->add_count, 1);
		assert_file(&r->added[0].entry, 0, cases[i].role,
			    cases[i].want);
	}
}

static void an_entry_has_all_its_keys(void **state)
{
	static const char text[] =
		"\xef\xbb\xbf# Debian\r\n"
		"title Debian\r\n"
		"version = 12\n"
		"grub_class x\n"
		"linux /k http://m.example/k\n"
		"sha256 0000000000000000000000000000000000000000000000000000000"
		"0000000aa\n"
		"initrd /i\n"
		"initrd=j\n"
		"devicetree d.dtb\n"
		"options = =x a=${mac}\n"
		"options quiet $x\n"
		"timeout 7\n";
	_drop_rig_ struct rig *r = rig_new();
	const struct net_entry *e = &r->added[0].entry;

	(void)state;
	assert_ok(&r->err, rig_follow(r, "http://h/Rescue+3-1.CONF", text));
	assert_int_equal(r->add_count, 1);
	assert_string_equal(r->added[0].id, "rescue.conf");
	assert_false(r->added[0].is_default);
	assert_string_equal(e->title.text, "Debian");
	assert_string_equal(e->version.text, "12");
	assert_int_equal(e->unknown_keys, 1);
	assert_int_equal(e->file_count, 4);
	assert_int_equal(e->files[0].url_count, 2);
	assert_string_equal(net_entry_text(e, e->files[0].urls[0]),
			    "http://h/k");
	assert_string_equal(net_entry_text(e, e->files[0].urls[1]),
			    "http://m.example/k");
	assert_true(e->files[0].has_sha256);
	assert_file(e, 1, NET_INITRD, "http://h/i");
	assert_file(e, 2, NET_INITRD, "http://h/j");
	assert_file(e, 3, NET_DEVICETREE, "http://h/d.dtb");
	assert_string_equal(e->options, "=x a=${mac} quiet $x");
	assert_false(e->is_literal);
	assert_int_equal(e->timeout_s, 7);
	assert_int_equal(r->note_count, 0);
}

static void entries_are_refused(void **state)
{
	static const struct {
		const char *text;
		enum status want;
		const char *says;
	} cases[] = {
		{ "linux k\nextra x\n", E_NET_MENU_FILES, "line 2: extra" },
		{ "\n\ndevicetree-overlay x\nlinux k", E_NET_MENU_FILES,
		  "line 3: devicetree-overlay" },
		{ "linux k\n\n\nlinux j\n", E_NET_ENTRY_TWICE, "line 4" },
		{ "linux k\nefi x\n", E_NET_ENTRY_KERNEL, "line 2" },
		{ "uki x\ninitrd y\n", E_NET_ENTRY_FILE, "initrd" },
		{ "linux ${nonsense}\n", E_NET_ENTRY_TEMPLATE, "nonsense" },
		{ "linux k\nca x\n", E_NET_ENTRY_SECRET, "image" },
		{ "linux\n", E_NET_ENTRY_URL, "no URL" },
		{ "linux ftp://x/y\n", E_NET_ENTRY_URL, "ftp" },
	};
	_drop_rig_ struct rig *r = rig_new();

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		assert_refused(cases[i].want, &r->err,
			       rig_follow(r, HERE, cases[i].text));
		assert_non_null(strstr(r->err.text, cases[i].says));
		assert_int_equal(r->add_count, 0);
	}
}

/* Whatever is cut off: it is an entry, or there is one sentence. */
static void every_length_of_an_entry_ends(void **state)
{
	static const char text[] = "title Debian\nlinux /k /l\ninitrd=${mac}\n"
				   "options a ${ip}\nretry 3\n";
	_drop_rig_ struct rig *r = rig_new();

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		enum status s = rig_follow_bytes(r, HERE, span_of(text, len));

		assert_int_equal(r->add_count, s == OK);
		if (s != OK)
			test_check_sentence(s, &r->err, __FILE__, __LINE__);
	}
}

static void long_texts_are_refused(void **state)
{
	_drop_rig_ struct rig *r = rig_new();
	size_t len = NET_MENU_TEXT_MAX + 1;
	char *text = malloc(len);

	(void)state;
	assert_non_null(text);
	memset(text, '\n', len);
	memcpy(text, "linux k", 7);
	assert_refused(E_NET_MENU_LENGTH, &r->err,
		       rig_follow_bytes(r, HERE, span_of(text, len)));
	/* Blank lines are lines: they are kept. */
	text[BLS_TEXT_MAX] = 'x';
	assert_refused(E_NET_MENU_LENGTH, &r->err,
		       rig_follow_bytes(r, HERE, span_of(text, len - 1)));
	text[BLS_TEXT_MAX] = '\n';
	assert_ok(&r->err, rig_follow_bytes(r, HERE, span_of(text, len - 1)));
	free(text);
}

static void what_leads_nowhere_says_what_it_is(void **state)
{
	_drop_rig_ struct rig *r = rig_new();

	(void)state;
	assert_refused(E_NET_MENU_KIND, &r->err, rig_follow(r, HERE, "<html>"));
	assert_string_equal(r->err.text,
			    HERE " is an HTML page, and nothing that leads to "
				 "entries");
	assert_refused(E_NET_MENU_KIND, &r->err, rig_follow(r, HERE, "MZ"));
	assert_refused(E_NET_MENU_KIND, &r->err, rig_follow(r, HERE, ""));
	assert_refused(E_URL_SCHEME, &r->err,
		       rig_follow(r, "ftp://h/x", "linux k"));
}

/* --- menus --- */

static void a_menu_has_entries(void **state)
{
	_drop_rig_ struct rig *r = rig_new();

	(void)state;
	r->files[0] = (struct rig_file){ "http://h/m/one.conf",
					 "title First\nlinux k\n", OK };
	r->files[1] = (struct rig_file){ "http://h/loader/entries/Two.conf",
					 "title Second\nuki /u\n", OK };
	r->files[2] =
		(struct rig_file){ "https://o/3.conf", "uki-url /u\n", OK };
	assert_ok(&r->err,
		  rig_follow(r, "http://h/m/menu?x=/y",
			     "# a menu\ntitle = Rack 7\ndefault t*.conf\n"
			     "entry one.conf\nentry = /loader/entries/Two.conf"
			     "\nentry https://o/3.conf\n"));
	assert_int_equal(r->outcome, NET_MENU_ENTRIES);
	assert_int_equal(r->add_count, 3);
	assert_string_equal(r->added[0].id, "one.conf");
	assert_string_equal(r->added[1].id, "two.conf");
	assert_string_equal(r->added[2].id, "3.conf");
	assert_false(r->added[0].is_default || r->added[2].is_default);
	assert_true(r->added[1].is_default);
	assert_file(&r->added[0].entry, 0, NET_LINUX, "http://h/m/k");
	assert_file(&r->added[1].entry, 0, NET_ANY, "http://h/u");
	assert_file(&r->added[2].entry, 0, NET_ANY, "https://o/u");
	for (unsigned i = 0; i < 3; i++)
		assert_string_equal(r->added[i].entry.menu.text, "Rack 7");
	assert_int_equal(r->note_count, 0);

	assert_ok(&r->err, rig_follow(r, "http://h/m/menu",
				      "entry one.conf\nentry https://o/3.conf\n"
				      "default FIRST\n"));
	assert_true(r->added[0].is_default && !r->added[1].is_default);
	assert_string_equal(r->added[0].entry.menu.text, "");
	assert_ok(&r->err, rig_follow(r, "http://h/m/menu",
				      "entry one.conf\nentry one.conf\n"));
	assert_int_equal(r->add_count, 2);
	assert_false(r->added[0].is_default || r->added[1].is_default);
}

static void what_fails_in_a_menu_is_a_note(void **state)
{
	_drop_rig_ struct rig *r = rig_new();

	(void)state;
	r->files[0] = (struct rig_file){ "http://h/good", "linux k\n", OK };
	r->files[1] = (struct rig_file){ "http://h/menu", "entry good\n", OK };
	r->files[2] = (struct rig_file){ "http://h/page", "<p>", OK };
	r->files[3] = (struct rig_file){ "http://h/bad", "linux k\nca x", OK };
	assert_ok(&r->err,
		  rig_follow(r, "http://h/m",
			     "entry gone\nentry menu\nentry page\nentry bad\n"
			     "entry ftp://h/x\nentry\ntitle a\ntitle b\n"
			     "default good\ndefault x\nnonsense y\n= z\n"
			     "entry good\n"));
	assert_int_equal(r->add_count, 1);
	assert_true(r->added[0].is_default);
	assert_noted(r, "http://h/m:1: http://h/gone: 404");
	assert_noted(r, "http://h/m:2: http://h/menu is a network menu");
	assert_noted(r, "http://h/m:3: http://h/page is an HTML page");
	assert_noted(r, "http://h/m:4: http://h/bad: line 2: ca: ");
	assert_noted(r, "http://h/m:5: its URL: ");
	assert_noted(r, "http://h/m:6: \"entry\" has no value");
	assert_noted(r, "http://h/m:8: title stands twice");
	assert_noted(r, "http://h/m:10: default stands twice");
	assert_noted(r, "http://h/m:11: a menu has no key \"nonsense\"");
	assert_noted(r, "http://h/m:12: a menu has no key \"\"");
	assert_int_equal(r->note_count, 10);
	assert_string_equal(r->added[0].entry.menu.text, "a");
}

static void a_menu_without_entries_says_why(void **state)
{
	static const struct {
		const char *text;
		enum status want;
	} cases[] = {
		{ "entry\n", E_NET_MENU_EMPTY },
		{ "entry menu\nentry page\n", E_NET_MENU_DEPTH },
		{ "entry page\nentry menu\n", E_NET_MENU_KIND },
		{ "default x\nentry gone\n", E_FETCH_STATUS },
		{ "entry unsigned\n", E_TLS_CUT },
		{ "entry bad\nentry gone\n", E_NET_ENTRY_SECRET },
		{ "entry http://\n", E_URL_NO_HOST },
	};
	_drop_rig_ struct rig *r = rig_new();

	(void)state;
	r->files[1] = (struct rig_file){ "http://h/menu", "entry good\n", OK };
	r->files[2] = (struct rig_file){ "http://h/page", "<p>", OK };
	r->files[3] = (struct rig_file){ "http://h/bad", "linux k\nca x", OK };
	r->files[4] = (struct rig_file){ "http://h/unsigned", "", E_TLS_CUT };
	for (size_t i = 0; i < test_count(cases); i++) {
		assert_refused(cases[i].want, &r->err,
			       rig_follow(r, "http://h/m", cases[i].text));
		assert_int_equal(r->add_count, 0);
		assert_int_equal(strncmp(r->err.text, "http://h/m has ", 15),
				 0);
	}
}

/* Another entry than the one that is meant could wipe a disk. */
static void a_default_that_is_not_there_boots_nothing(void **state)
{
	_drop_rig_ struct rig *r = rig_new();

	(void)state;
	r->every = "linux k\n";
	assert_refused(
		E_NET_MENU_DEFAULT, &r->err,
		rig_follow(r, "http://h/m", "default x\nentry a\nentry b\n"));
	assert_int_equal(r->add_count, 2);
	assert_false(r->added[0].is_default || r->added[1].is_default);
}

static void menus_have_an_end(void **state)
{
	_drop_rig_ struct rig *r = rig_new();
	char text[70 * 16], *at = text;

	(void)state;
	for (unsigned i = 0; i < 67; i++)
		at += sprintf(at, "entry e%u\n", i);
	r->every = "linux k\n";
	assert_ok(&r->err, rig_follow(r, "http://h/m", text));
	assert_int_equal(r->add_count, NET_MENU_ENTRIES_MAX);
	assert_int_equal(r->fetch_count, NET_MENU_ENTRIES_MAX);
	assert_int_equal(r->note_count, 3);
	assert_noted(r, "http://h/m:65: there are more than 64 entries");
	/* So does asking for what is not there, and talking about it. */
	r->every = NULL;
	assert_refused(E_FETCH_STATUS, &r->err,
		       rig_follow(r, "http://h/m", text));
	assert_int_equal(r->fetch_count, NET_MENU_ENTRIES_MAX);
	assert_int_equal(r->note_count, 65);
	assert_string_equal(r->notes[64], "there is more to note");
}

static void nobody_has_to_listen(void **state)
{
	_drop_rig_ struct rig *r = rig_new();
	const struct net_menu_ops ops = rig_ops(r);

	(void)state;
	assert_status(E_FETCH_STATUS,
		      net_menu_follow(span_of_text("entry x"), "http://h/m",
				      &r->machine, &ops, &r->outcome, NULL));
	assert_status(E_NET_MENU_KIND,
		      net_menu_follow(span_of_text("?"), "http://h/m",
				      &r->machine, &ops, &r->outcome, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_are_told_by_their_bytes),
		cmocka_unit_test(kernels_are_told_by_their_magic),
		cmocka_unit_test(names_are_below_the_folder),
		cmocka_unit_test(an_entry_has_all_its_keys),
		cmocka_unit_test(entries_are_refused),
		cmocka_unit_test(every_length_of_an_entry_ends),
		cmocka_unit_test(long_texts_are_refused),
		cmocka_unit_test(what_leads_nowhere_says_what_it_is),
		cmocka_unit_test(a_menu_has_entries),
		cmocka_unit_test(what_fails_in_a_menu_is_a_note),
		cmocka_unit_test(a_menu_without_entries_says_why),
		cmocka_unit_test(a_default_that_is_not_there_boots_nothing),
		cmocka_unit_test(menus_have_an_end),
		cmocka_unit_test(nobody_has_to_listen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
