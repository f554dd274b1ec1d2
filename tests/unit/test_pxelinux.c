/* PXELINUX: names of configurations and files, menus of installers, what
 * SYSAPPEND adds, each fault. */
#include "test.h"

#include "format/pxelinux.h"

#include <stdio.h>

static const struct pxelinux_client client = {
	.has_uuid = true,
	.uuid = { 0xb8, 0x94, 0x5a, 0x1b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
		  11 },
	.hardware_type = 1,
	.mac = { 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd },
	.ip = { 192, 0, 2, 91 },
	.server = { 192, 0, 2, 1 },
	.gateway = { 192, 0, 2, 254 },
	.netmask = { 255, 255, 255, 0 },
	.vendor = "Dell  Inc.",
	.product = "",
	.serial = "AB1-2",
};

struct kept {
	struct pxelinux_entry entry;
	struct extlinux_entry from;
};

struct rig {
	struct kept entries[8];
	unsigned entry_count, note_count;
	enum status note;
	const char *include_url, *include;
	const struct pxelinux_client *client;
	const char *name;
	struct extlinux_result result;
};

static struct url url_of(const char *text)
{
	struct error err;
	struct url url;

	assert_ok(&err, url_parse(span_of_text(text), &url, &err));
	return url;
}

static void assert_url(const struct url *url, const char *want)
{
	char text[URL_TEXT_MAX];
	struct text t = text_over(text, sizeof(text));

	url_add_text(&t, url);
	assert_string_equal(text, want);
}

static bool load(void *ctx, const struct url *url, struct span *ret)
{
	struct rig *r = ctx;
	char text[URL_TEXT_MAX];
	struct text t = text_over(text, sizeof(text));

	url_add_text(&t, url);
	if (!r->include || strcmp(text, r->include_url) != 0)
		return false;
	*ret = span_of_text(r->include);
	return true;
}

static void keep_entry(void *ctx, const struct pxelinux_entry *entry)
{
	struct rig *r = ctx;

	assert_true(!entry->why == !entry->reason[0]);
	if (r->entry_count == test_count(r->entries))
		return;
	r->entries[r->entry_count].entry = *entry;
	r->entries[r->entry_count++].from = *entry->entry;
}

static void keep_note(void *ctx, const char *file, uint32_t line,
		      const struct error *why)
{
	struct rig *r = ctx;

	assert_true(file[0] && line);
	print_message("  %s\n", why->text);
	r->note = why->code;
	r->note_count++;
}

static enum status try_at(struct rig *r, const char *prefix, struct span text,
			  struct error *err)
{
	const struct pxelinux_ops ops = { r, load, keep_entry, keep_note };
	struct pxelinux_state *x = malloc(pxelinux_state_size());
	_drop_copy_ struct span copy = test_copy(text);
	struct url url = url_of(prefix);
	const struct pxelinux_source source = {
		.prefix = &url,
		.name = r->name ? r->name : "pxelinux.cfg/default",
		.text = copy,
		.client = r->client ? r->client : &client,
	};
	enum status s;

	r->entry_count = r->note_count = 0;
	memset(x, 0xa5, pxelinux_state_size());
	s = pxelinux_evaluate(x, &source, &ops, &r->result, err);
	free(x);
	return s;
}

static void run(struct rig *r, const char *prefix, const char *text)
{
	struct error err;

	print_message("%s\n", text);
	assert_ok(&err, try_at(r, prefix, span_of_text(text), &err));
}

static struct rig *rig_new(void)
{
	struct rig *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	return r;
}

/* --- names --- */

static void names_in_their_order(void **state)
{
	static const char *const want[PXELINUX_NAME_COUNT] = {
		"",
		"pxelinux.cfg/b8945a1b-0001-0203-0405-060708090a0b",
		"pxelinux.cfg/01-88-99-aa-bb-cc-dd",
		"pxelinux.cfg/C000025B",
		"pxelinux.cfg/C000025",
		"pxelinux.cfg/C00002",
		"pxelinux.cfg/C0000",
		"pxelinux.cfg/C000",
		"pxelinux.cfg/C00",
		"pxelinux.cfg/C0",
		"pxelinux.cfg/C",
		"pxelinux.cfg/default",
	};
	const struct pxelinux_client unknown = { .config = "node.cfg" };
	struct pxelinux_client c = client;
	char name[PXELINUX_NAME_MAX], longest[PXELINUX_NAME_MAX + 1];

	(void)state;
	for (unsigned i = 0; i < PXELINUX_NAME_COUNT + 3; i++) {
		bool has = i && i < PXELINUX_NAME_COUNT;

		assert_int_equal(pxelinux_config_name(&client, i, name), has);
		if (has)
			assert_string_equal(name, want[i]);
		assert_int_equal(pxelinux_config_name(&unknown, i, name),
				 !i || i == 11);
	}
	assert_true(pxelinux_config_name(&unknown, 0, name));
	assert_string_equal(name, "node.cfg");
	c.config = "a\nb";
	assert_false(pxelinux_config_name(&c, 0, name));
	c.config = "";
	assert_false(pxelinux_config_name(&c, 0, name));
	c.config = longest;
	memset(longest, 'a', sizeof(longest));
	longest[PXELINUX_NAME_MAX] = '\0';
	assert_false(pxelinux_config_name(&c, 0, name));
	longest[PXELINUX_NAME_MAX - 1] = '\0';
	assert_true(pxelinux_config_name(&c, 0, name));
	c.hardware_type = 0x20; /* InfiniBand */
	assert_true(pxelinux_config_name(&c, 2, name));
	assert_string_equal(name, "pxelinux.cfg/20-88-99-aa-bb-cc-dd");
}

static void names_of_files(void **state)
{
	static const struct {
		const char *prefix, *name, *want; /* NULL: none */
	} cases[] = {
		{ "tftp://h/pxe/", "vmlinuz", "tftp://h/pxe/vmlinuz" },
		{ "tftp://h/", "a/b", "tftp://h/a/b" },
		{ "tftp://h/pxe/", "/a", "tftp://h/pxe/a" },
		{ "tftp://h/pxe/", "//a", "tftp://h/pxe/a" },
		{ "tftp://h/pxe", "a", "tftp://h/pxea" },
		{ "tftp://h/pxe", "/a", "tftp://h/pxe/a" },
		{ "tftp://h/pxe/", "::a/b", "tftp://h/a/b" },
		{ "tftp://h:1069/pxe/", "::/a", "tftp://h:1069/a" },
		{ "http://h/pxe/", "192.0.2.9::a b", "tftp://192.0.2.9/a%20b" },
		{ "tftp://h/", "http://o.example/k?x=1",
		  "http://o.example/k?x=1" },
		{ "http://[2001:db8::1]:80/p/", "::k",
		  "http://[2001:db8::1]/k" },
		{ "http://h/", "a b#c%41%4z", "http://h/a%20b%23c%41%254z" },
		{ "http://h/", "k:1", "http://h/k:1" },
		{ "http://h/", "k?x=a&b", "http://h/k?x=a&b" },
		{ "http://h/p/", "ftp://h/k", NULL },
		{ "http://h/p/", "a@b::k", NULL },
		{ "http://h/p/", "a b::k", NULL },
		{ "http://h/p/", "http://", NULL },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		struct url prefix = url_of(cases[i].prefix), got;
		struct error err;

		print_message("%s %s\n", cases[i].prefix, cases[i].name);
		if (!cases[i].want) {
			assert_refused(E_PXELINUX_URL, &err,
				       pxelinux_resolve(&prefix, cases[i].name,
							&got, &err));
			continue;
		}
		assert_ok(&err,
			  pxelinux_resolve(&prefix, cases[i].name, &got, &err));
		assert_url(&got, cases[i].want);
	}
}

static void urls_have_a_length(void **state)
{
	static const char head[] = "http://h/";
	struct url prefix = url_of(head), got;
	char name[URL_TEXT_MAX + 8];
	struct error err;

	(void)state;
	memset(name, 'a', sizeof(name));
	name[URL_TEXT_MAX - strlen(head)] = '\0';
	assert_refused(E_PXELINUX_URL, &err,
		       pxelinux_resolve(&prefix, name, &got, &err));
	name[URL_TEXT_MAX - 1 - strlen(head)] = '\0';
	assert_ok(&err, pxelinux_resolve(&prefix, name, &got, &err));
}

/* --- files --- */

/* An installer's menu, and what servers write for one machine. */
static void installer(void **state)
{
	struct rig *r = rig_new();

	(void)state;
	r->include_url = "tftp://192.0.2.1/debian-installer/txt.cfg";
	r->include = "label install\n"
		     "	menu label ^Install\n"
		     "	kernel debian-installer/amd64/linux\n"
		     "	append vga=788 initrd=debian-installer/amd64/initrd.gz,"
		     "/extra.gz --- quiet\n";
	run(r, "tftp://192.0.2.1/",
	    "path debian-installer/amd64/boot-screens/\n"
	    "include /debian-installer/txt.cfg\n"
	    "default vesamenu.c32\nprompt 0\ntimeout 100\nontimeout disk\n"
	    "label rescue\n  IPAPPEND 3\n  KERNEL ::k\n"
	    "  INITRD http://192.0.2.5/i\n  FDT b.dtb\n  APPEND rescue\n"
	    "label disk\n  menu default\n  LOCALBOOT 0\n");
	assert_int_equal(r->note_count, 0);
	assert_int_equal(r->entry_count, 3);
	assert_int_equal(r->entries[0].entry.why, OK);
	assert_url(&r->entries[0].entry.kernel,
		   "tftp://192.0.2.1/debian-installer/amd64/linux");
	assert_int_equal(r->entries[0].from.initrd_count, 2);
	assert_url(&r->entries[0].entry.initrds[0],
		   "tftp://192.0.2.1/debian-installer/amd64/initrd.gz");
	assert_url(&r->entries[0].entry.initrds[1],
		   "tftp://192.0.2.1/extra.gz");
	assert_string_equal(r->entries[0].entry.options, "vga=788 --- quiet");
	assert_string_equal(r->entries[0].from.title.text, "Install");
	assert_string_equal(r->entries[1].entry.options,
			    "rescue ip=192.0.2.91:192.0.2.1:192.0.2.254:"
			    "255.255.255.0 BOOTIF=01-88-99-aa-bb-cc-dd");
	assert_url(&r->entries[1].entry.kernel, "tftp://192.0.2.1/k");
	assert_url(&r->entries[1].entry.initrds[0], "http://192.0.2.5/i");
	assert_url(&r->entries[1].entry.devicetree, "tftp://192.0.2.1/b.dtb");
	assert_int_equal(r->entries[2].entry.why, E_EXTLINUX_KIND);
	assert_true(r->entries[2].from.boots_locally);
	assert_true(extlinux_entry_is_named(&r->entries[2].from,
					    r->result.default_entry));
	assert_int_equal(r->result.timeout, 100);
	free(r);
}

static void sysappend(void **state)
{
	static const struct {
		const char *lines, *want;
	} cases[] = {
		{ "ipappend 0", "a" },
		{ "ipappend 2", "a BOOTIF=01-88-99-aa-bb-cc-dd" },
		{ "sysappend 4",
		  "a SYSUUID=b8945a1b-0001-0203-0405-060708090a0b" },
		{ "sysappend 0x10", "a SYSVENDOR=Dell_Inc." },
		{ "sysappend 0xb0", "a SYSVENDOR=Dell_Inc. SYSSERIAL=AB1-2" },
		{ "sysappend 0x3ff48", "a" },
		{ "sysappend nonsense", "a" },
	};
	struct pxelinux_client none = { 0 };
	struct rig *r = rig_new();
	char text[200];

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		snprintf(text, sizeof(text),
			 "%s\nlabel a\nlinux k\nappend a\n"
			 "label b\nlinux k\nappend a\nipappend 0\n",
			 cases[i].lines);
		r->client = NULL;
		run(r, "http://h/", text);
		assert_string_equal(r->entries[0].entry.options, cases[i].want);
		assert_string_equal(r->entries[1].entry.options, "a");
		r->client = &none;
		run(r, "http://h/", text);
		assert_string_equal(r->entries[0].entry.options, "a");
	}
	run(r, "http://h/", "label a\nlinux k\nsysappend 4\n");
	assert_string_equal(r->entries[0].entry.options, "");
	free(r);
}

static void hostile_values_refuse_their_label(void **state)
{
	static const char *const bad[] = {
		"a=b",
		"x init=/bin/sh",
		"a\"b",
		"a\nb",
		"\x80",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"a"
		"aa",
	};
	struct pxelinux_client c = client;
	struct rig *r = rig_new();

	(void)state;
	r->client = &c;
	for (size_t i = 0; i < test_count(bad); i++) {
		c.serial = bad[i];
		run(r, "http://h/",
		    "label a\nlinux k\nsysappend 0x80\nlabel b\nlinux k\n");
		assert_int_equal(r->entries[0].entry.why, E_PXELINUX_OPTION);
		assert_int_equal(r->entries[1].entry.why, OK);
	}
	c.serial = bad[5] + 1; /* 64 bytes */
	run(r, "http://h/", "label a\nlinux k\nsysappend 0x80\n");
	assert_int_equal(r->entries[0].entry.why, OK);
	free(r);
}

static void each_label_is_refused_alone(void **state)
{
	static const struct {
		const char *lines;
		enum status want;
	} cases[] = {
		{ "linux", E_EXTLINUX_NO_KERNEL },
		{ "kernel menu.c32", E_EXTLINUX_KIND },
		{ "kernel pxelinux.0", E_EXTLINUX_KIND },
		{ "linux k\x01", E_EXTLINUX_PATH },
		{ "linux k\ninitrd i\x7f", E_EXTLINUX_PATH },
		{ "linux ftp://h/k", E_PXELINUX_URL },
		{ "linux k\ninitrd ftp://h/i", E_PXELINUX_URL },
		{ "linux k\nfdt x@y::d", E_PXELINUX_URL },
		{ "linux k\nfdtoverlays a ftp://h/d", E_PXELINUX_URL },
		{ "linux k\nfdtdir d", E_EXTLINUX_FDTDIR },
	};
	struct rig *r = rig_new();
	char text[300];

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		snprintf(text, sizeof(text),
			 "label good\nlinux k\nlabel bad\n%s\n"
			 "label good2\nlinux ../k\n",
			 cases[i].lines);
		run(r, "http://h/p/", text);
		assert_int_equal(r->entry_count, 3);
		assert_int_equal(r->entries[0].entry.why, OK);
		assert_int_equal(r->entries[1].entry.why, cases[i].want);
		assert_non_null(strstr(r->entries[1].entry.reason,
				       "pxelinux.cfg/default:"));
		assert_url(&r->entries[2].entry.kernel, "http://h/k");
	}
	free(r);
}

static void files_that_are_refused(void **state)
{
	static uint8_t large[EXTLINUX_TEXT_MAX + 1];
	struct rig *r = rig_new();
	struct error err;

	(void)state;
	memset(large, '\n', sizeof(large));
	assert_refused(
		E_EXTLINUX_TOO_LONG, &err,
		try_at(r, "http://h/", span_of(large, sizeof(large)), &err));
	r->name = "";
	assert_refused(E_EXTLINUX_PATH, &err,
		       try_at(r, "http://h/", span_of("", 0), &err));
	r->name = "a\nb";
	assert_refused(E_EXTLINUX_PATH, &err,
		       try_at(r, "http://h/", span_of("", 0), &err));
	r->name = "self";
	r->include_url = "http://h/other";
	r->include = "include other\n";
	run(r, "http://h/", "include self\n");
	assert_int_equal(r->note, E_EXTLINUX_FILE_LOOP);
	run(r, "http://h/", "include other\n");
	assert_int_equal(r->note, E_EXTLINUX_FILE_LOOP);
	run(r, "http://h/", "include ftp://h/x\n");
	assert_int_equal(r->note, E_EXTLINUX_READ);
	run(r, "http://h/", "include\n");
	assert_int_equal(r->note, E_EXTLINUX_PATH);
	free(r);
}

static void appended_options_have_a_length(void **state)
{
	static const char before[] = "label a\nlinux k\nappend ";
	static char text[EXTLINUX_OPTIONS_MAX + 100];
	struct rig *r = rig_new();

	(void)state;
	for (unsigned more = 0; more < 2; more++) {
		struct text t = text_over(text, sizeof(text));
		size_t len = EXTLINUX_OPTIONS_MAX - 1 + more -
			     strlen(" SYSSERIAL=AB1-2");

		text_add(&t, before);
		while (len--)
			text_add_char(&t, 'a');
		text_add(&t, "\nsysappend 0x80\n");
		run(r, "http://h/", text);
		assert_int_equal(r->entries[0].entry.why,
				 more ? E_EXTLINUX_OPTIONS_LONG : OK);
	}
	free(r);
}

static void every_cut(void **state)
{
	static const char text[] =
		"default a\nsysappend 3\nlabel a\nkernel k x\n"
		"initrd i,http://h/j\nlabel b\nlinux 192.0.2.9::k\nfdt d\n"
		"fdtoverlays o p\nlocalboot 0\ninclude other\n";
	struct rig *r = rig_new();
	struct error err;

	(void)state;
	r->include_url = "http://h/other";
	r->include = text;
	for (size_t len = 0; len < sizeof(text); len++) {
		struct span cut = span_of(text, len);

		assert_ok(&err, try_at(r, "http://h/", cut, &err));
		/* every LABEL that is whole is told */
		assert_true(r->entry_count + 1 >=
			    (unsigned)(len > 35) + (len > 85));
		assert_true(r->entry_count <= 4);
	}
	free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_in_their_order),
		cmocka_unit_test(names_of_files),
		cmocka_unit_test(urls_have_a_length),
		cmocka_unit_test(installer),
		cmocka_unit_test(sysappend),
		cmocka_unit_test(hostile_values_refuse_their_label),
		cmocka_unit_test(each_label_is_refused_alone),
		cmocka_unit_test(files_that_are_refused),
		cmocka_unit_test(appended_options_have_a_length),
		cmocka_unit_test(every_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
