/* iPXE scripts and PXELINUX files that were fetched. */
#include "net_menu_rig.h"

#include "format/pe.h"

#define SCRIPT "http://h.example/ipxe/Boot.ipxe?x=1"
#define CONFIG "tftp://192.0.2.1/p/pxelinux.cfg/default"

/* --- iPXE --- */

static void a_script_is_one_entry(void **state)
{
	_drop_rig_ struct rig *r = rig_new();
	const struct net_entry *e = &r->added[0].entry;

	(void)state;
	assert_ok(&r->err,
		  rig_follow(r, SCRIPT,
			     "#!ipxe\nnonsense || echo going on\n"
			     "kernel /k root=${mac} x=$${y}\n"
			     "initrd i.img\ninitrd http://o.example/j\n"
			     "fdt board.dtb\nboot\n"));
	assert_int_equal(r->outcome, NET_MENU_ENTRIES);
	assert_int_equal(r->add_count, 1);
	assert_string_equal(r->added[0].id, "boot.ipxe");
	assert_string_equal(e->title.text, "boot.ipxe");
	assert_file(e, 0, NET_LINUX, "http://h.example/k");
	assert_file(e, 1, NET_INITRD, "http://h.example/ipxe/i.img");
	assert_file(e, 2, NET_INITRD, "http://o.example/j");
	assert_file(e, 3, NET_DEVICETREE, "http://h.example/ipxe/board.dtb");
	assert_int_equal(e->file_count, 4);
	assert_true(e->has_options && e->is_literal);
	assert_string_equal(e->options, "root=52:54:00:12:34:56 x=$");
	assert_int_equal(e->timeout_s, NET_TIMEOUT_S);
	assert_noted(r, "says: going on");
	assert_noted(r, ":2: ");
	assert_int_equal(r->fetch_count, 0);
}

static void a_kernel_alone_may_be_anything(void **state)
{
	static const struct {
		const char *text;
		enum net_role want;
		bool has_options;
	} cases[] = {
		{ "kernel k\nboot", NET_ANY, false },
		{ "kernel k quiet\nboot", NET_LINUX, true },
		{ "kernel k\ninitrd i\nboot", NET_LINUX, false },
		{ "kernel k\nfdt d\nboot", NET_LINUX, false },
		{ "chain big.efi", NET_ANY, false },
		{ "chain small.efi", NET_ANY, false },
		{ "chain big.efi a", NET_LINUX, true },
	};
	_drop_rig_ struct rig *r = rig_new();
	char text[80];

	(void)state;
	r->files[0] = (struct rig_file){ "http://h.example/ipxe/big.efi", "",
					 E_FETCH_TOO_LARGE };
	r->files[1] = (struct rig_file){ "http://h.example/ipxe/small.efi",
					 "MZ", OK };
	for (size_t i = 0; i < test_count(cases); i++) {
		snprintf(text, sizeof(text), "#!ipxe\n%s\n", cases[i].text);
		assert_ok(&r->err, rig_follow(r, SCRIPT, text));
		assert_int_equal(r->add_count, 1);
		assert_int_equal(r->added[0].entry.files[0].role,
				 cases[i].want);
		assert_int_equal(r->added[0].entry.has_options,
				 cases[i].has_options);
	}
}

static void scripts_chain(void **state)
{
	_drop_rig_ struct rig *r = rig_new();

	(void)state;
	r->files[0] = (struct rig_file){ "http://h.example/sub/x",
					 "#!ipxe\nkernel k\nboot\n", OK };
	r->files[1] =
		(struct rig_file){ "http://h.example/bad", "", E_TLS_CUT };
	assert_ok(&r->err, rig_follow(r, SCRIPT,
				      "#!ipxe\nchain /gone || chain /bad ||\n"
				      "chain /sub/x\n"));
	assert_int_equal(r->fetch_count, 3);
	assert_file(&r->added[0].entry, 0, NET_ANY, "http://h.example/sub/k");
	assert_refused(E_IPXE_FETCH, &r->err,
		       rig_follow(r, SCRIPT, "#!ipxe\nchain /bad\n"));
	assert_non_null(strstr(r->err.text, "as the test has it"));
}

/* All that a script can ask of the machine, through its command line. */
static void a_script_knows_the_machine(void **state)
{
	_drop_rig_ struct rig *r = rig_new();
	struct lease *l = &r->state.lease;
	char want[512];

	(void)state;
	l->dns = (struct lease_addresses){
		2, { { .is_ipv6 = true }, { .bytes = { 192, 0, 2, 53 } } }
	};
	l->next_server =
		(struct lease_addresses){ 1,
					  { { .bytes = { 192, 0, 2, 1 } } } };
	l->server =
		(struct lease_addresses){ 1,
					  { { .bytes = { 192, 0, 2, 2 } } } };
	snprintf(l->hostname, sizeof(l->hostname), "node7");
	snprintf(l->domain, sizeof(l->domain), "example");
	snprintf(l->boot_file, sizeof(l->boot_file), "x.ipxe");
	snprintf(l->root_path, sizeof(l->root_path), "iscsi:x");
	r->state.has_ipv6 = true;
	memcpy(r->state.ipv6, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7", 16);
	assert_ok(&r->err, rig_follow(r, SCRIPT,
				      "#!ipxe\nkernel k ${net0/ip} ${netmask} "
				      "${gateway} ${dns} ${next-server} "
				      "${dhcp-server} ${hostname} ${domain} "
				      "${filename} ${root-path} ${ip6} ${uuid} "
				      "${serial} ${product} ${buildarch} "
				      "${net0/chip}\nboot\n"));
	snprintf(want, sizeof(want),
		 "192.0.2.91 255.255.240.0 192.0.2.254 192.0.2.53 192.0.2.1 "
		 "192.0.2.2 node7 example x.ipxe iscsi:x 2001:db8::7 "
		 "b8945a1b-0001-0203-0405-060708090a0b SN42 R640 %s ",
		 pe_machine_native() == PE_MACHINE_ARM64 ? "arm64" : "x86_64");
	assert_int_equal(
		strncmp(r->added[0].entry.options, want, strlen(want) - 1), 0);
	/* without an address there is none to tell */
	r->state.has_ipv4 = r->state.has_ipv6 = false;
	assert_refused(E_IPXE_FALSE, &r->err,
		       rig_follow(r, SCRIPT, "#!ipxe\nisset ${ip}\n"));
	assert_refused(E_IPXE_FALSE, &r->err,
		       rig_follow(r, SCRIPT, "#!ipxe\nisset ${ip6}\n"));
}

static void scripts_end_in_other_ways(void **state)
{
	static const struct {
		const char *command;
		enum net_menu_outcome want;
	} cases[] = {
		{ "exit", NET_MENU_EXITS },
		{ "sanboot --drive 0x80", NET_MENU_DISK },
		{ "reboot", NET_MENU_REBOOTS },
		{ "poweroff", NET_MENU_POWERS_OFF },
	};
	_drop_rig_ struct rig *r = rig_new();
	char text[80];

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		snprintf(text, sizeof(text), "#!ipxe\n%s\n", cases[i].command);
		assert_ok(&r->err, rig_follow(r, SCRIPT, text));
		assert_int_equal(r->outcome, cases[i].want);
		assert_int_equal(r->add_count, 0);
	}
}

static void scripts_are_refused(void **state)
{
	_drop_rig_ struct rig *r = rig_new();
	char *text = malloc(40000), *at = text;

	(void)state;
	assert_refused(E_NET_MENU_WRAPPED, &r->err,
		       rig_follow(r, SCRIPT,
				  "#!ipxe\nkernel k\ninitrd i\n"
				  "initrd ign /etc/ign mode=644\nboot\n"));
	assert_non_null(strstr(r->err.text, "initrd 2"));
	assert_non_null(strstr(r->err.text, "/etc/ign"));
	assert_int_equal(r->add_count, 0);
	assert_refused(E_IPXE_END, &r->err,
		       rig_follow(r, SCRIPT, "#!ipxe\nkernel k\n"));
	assert_refused(E_IPXE_COMMAND, &r->err,
		       rig_follow(r, SCRIPT, "#!ipxe\nnonsense\n"));
	assert_non_null(text);
	/* URLs that do not fit into an entry */
	at += sprintf(at, "#!ipxe\nkernel k\n");
	for (unsigned i = 0; i < 16; i++)
		at += sprintf(at,
			      "set x%u http://h.example/%01019u/\n"
			      "initrd ${x%u}%01000u/i\n",
			      i, i, i, i);
	sprintf(at, "fdt ${x0}/i\nboot\n");
	assert_refused(E_NET_ENTRY_LENGTH, &r->err,
		       rig_follow(r, SCRIPT, text));
	assert_int_equal(r->add_count, 0);
	free(text);
}

/* --- PXELINUX --- */

static void labels_are_entries(void **state)
{
	_drop_rig_ struct rig *r = rig_new();
	const struct net_entry *e = &r->added[1].entry;

	(void)state;
	r->files[0] =
		(struct rig_file){ "tftp://192.0.2.1/p/more",
				   "label c\nmenu label C\nlinux c\n", OK };
	assert_ok(&r->err,
		  rig_follow(r, CONFIG,
			     "default b\nprompt 0\nlabel a\nkernel k\n"
			     "label b\nmenu label The ^second\nlinux d/k\n"
			     "append initrd=d/i,/j quiet ${mac}\nfdt d/b.dtb\n"
			     "ipappend 2\ninclude more\ninclude none\n"));
	assert_int_equal(r->outcome, NET_MENU_ENTRIES);
	assert_int_equal(r->add_count, 3);
	assert_string_equal(r->added[0].id, "a");
	assert_file(&r->added[0].entry, 0, NET_ANY, "tftp://192.0.2.1/p/k");
	assert_false(r->added[0].entry.has_options);
	assert_false(r->added[0].is_default || r->added[2].is_default);
	assert_true(r->added[1].is_default);
	assert_string_equal(r->added[1].id, "b");
	assert_string_equal(e->title.text, "The second");
	assert_file(e, 0, NET_LINUX, "tftp://192.0.2.1/p/d/k");
	assert_file(e, 1, NET_INITRD, "tftp://192.0.2.1/p/d/i");
	assert_file(e, 2, NET_INITRD, "tftp://192.0.2.1/p/j");
	assert_file(e, 3, NET_DEVICETREE, "tftp://192.0.2.1/p/d/b.dtb");
	assert_string_equal(e->options, "quiet ${mac} "
					"BOOTIF=01-52-54-00-12-34-56");
	assert_true(e->is_literal);
	assert_string_equal(r->added[2].id, "c");
	assert_file(&r->added[2].entry, 0, NET_ANY, "tftp://192.0.2.1/p/c");
	assert_noted(r, "tftp://192.0.2.1/p/none: 404");
}

static void names_are_below_the_prefix(void **state)
{
	static const char *const cases[][2] = {
		{ "http://h/menu.cfg?x=/y", "http://h/k" },
		{ "http://h/a/pxelinux.cfg", "http://h/a/k" },
		{ "http://h/a/pxelinux.cfg/01-52", "http://h/a/k" },
		{ "http://h/pxelinux.cfg/x/y", "http://h/k" },
		{ "http://h/?pxelinux.cfg/x", "http://h/k" },
	};
	_drop_rig_ struct rig *r = rig_new();

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		assert_ok(&r->err,
			  rig_follow(r, cases[i][0], "label a\nlinux k\n"));
		assert_file(&r->added[0].entry, 0, NET_ANY, cases[i][1]);
	}
}

static void the_default_is_the_file_s(void **state)
{
	static const struct {
		const char *head;
		enum status want;
		enum net_menu_outcome outcome;
		int is_default;
	} cases[] = {
		{ "", OK, NET_MENU_ENTRIES, -1 },
		{ "default two quiet\n", OK, NET_MENU_ENTRIES, 1 },
		{ "default one\n", OK, NET_MENU_ENTRIES, 0 },
		{ "default on\n", OK, NET_MENU_ENTRIES, -1 },
		{ "default vesamenu.c32\nontimeout two\n", OK, NET_MENU_ENTRIES,
		  1 },
		{ "default vesamenu.c32\n", OK, NET_MENU_ENTRIES, -1 },
		{ "default disk\n", OK, NET_MENU_EXITS, -1 },
		{ "label first\nlocalboot 0\n", OK, NET_MENU_EXITS, -1 },
		{ "default two\nlabel first\nlocalboot 0\n", OK,
		  NET_MENU_ENTRIES, 1 },
		{ "default com\n", E_NET_MENU_DEFAULT, NET_MENU_ENTRIES, -1 },
		{ "default pass\n", E_NET_MENU_DEFAULT, NET_MENU_ENTRIES, -1 },
	};
	_drop_rig_ struct rig *r = rig_new();
	char text[512];

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		snprintf(text, sizeof(text),
			 "%slabel one\nlinux k\nlabel two\nlinux j\n"
			 "label disk\nlocalboot 0\nlabel com\nkernel x.c32\n"
			 "label pass\nlinux l\nmenu passwd x\n",
			 cases[i].head);
		assert_status(cases[i].want, rig_follow(r, CONFIG, text));
		if (cases[i].want != OK)
			test_check_sentence(cases[i].want, &r->err, __FILE__,
					    __LINE__);
		assert_int_equal(r->outcome, cases[i].outcome);
		assert_int_equal(r->add_count, 2);
		for (int k = 0; k < 2; k++)
			assert_int_equal(r->added[k].is_default,
					 cases[i].is_default == k);
		assert_noted(r, "x.c32");
		assert_false(rig_noted(r, "LOCALBOOT"));
	}
}

static void labels_are_refused(void **state)
{
	static const struct {
		const char *text;
		enum status want;
	} cases[] = {
		{ "label a\nlinux k\nfdt d\nfdtoverlays o\n",
		  E_NET_MENU_FILES },
		{ "label a\nlinux k\nmenu passwd x\n", E_NET_MENU_PASSWORD },
		{ "label a\nkernel x.c32\n", E_EXTLINUX_KIND },
		{ "label a\nlinux ftp://h/k\n", E_PXELINUX_URL },
		{ "label a\nappend x\n", E_EXTLINUX_NO_KERNEL },
		{ "include none\n", E_NET_MENU_EMPTY },
		{ "label a\nlinux k\nsysappend 0x80\n", E_PXELINUX_OPTION },
	};
	_drop_rig_ struct rig *r = rig_new();

	(void)state;
	r->machine.serial = "a/b";
	for (size_t i = 0; i < test_count(cases); i++) {
		assert_refused(cases[i].want, &r->err,
			       rig_follow(r, CONFIG, cases[i].text));
		assert_int_equal(r->add_count, 0);
		assert_int_equal(r->note_count,
				 cases[i].want == E_NET_MENU_EMPTY ? 2 : 1);
	}
	assert_ok(&r->err, rig_follow(r, CONFIG,
				      "label a\nkernel x.c32\n"
				      "label b\nlinux k\n"));
	assert_int_equal(r->add_count, 1);
	assert_noted(r, "x.c32");
}

static void labels_have_an_end(void **state)
{
	_drop_rig_ struct rig *r = rig_new();
	char text[600 * 24], *at = text;

	(void)state;
	for (unsigned i = 0; i < 66; i++)
		at += sprintf(at, "label l%u\nlinux k\n", i);
	assert_ok(&r->err, rig_follow(r, CONFIG, text));
	assert_int_equal(r->add_count, NET_MENU_ENTRIES_MAX);
	assert_int_equal(r->note_count, 2);
	assert_noted(r, "there are more than 64 entries");
	sprintf(at, "default l65\n");
	assert_refused(E_NET_MENU_DEFAULT, &r->err,
		       rig_follow(r, CONFIG, text));
	for (unsigned i = 66; i < 600; i++)
		at += sprintf(at, "label l%u\nlinux k\n", i);
	assert_ok(&r->err, rig_follow(r, CONFIG, text));
	assert_int_equal(r->add_count, NET_MENU_ENTRIES_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_script_is_one_entry),
		cmocka_unit_test(a_kernel_alone_may_be_anything),
		cmocka_unit_test(scripts_chain),
		cmocka_unit_test(a_script_knows_the_machine),
		cmocka_unit_test(scripts_end_in_other_ways),
		cmocka_unit_test(scripts_are_refused),
		cmocka_unit_test(labels_are_entries),
		cmocka_unit_test(names_are_below_the_prefix),
		cmocka_unit_test(the_default_is_the_file_s),
		cmocka_unit_test(labels_are_refused),
		cmocka_unit_test(labels_have_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
