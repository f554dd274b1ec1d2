/* Scripts of iPXE that are wrong: each check, and values from outside that want
 * out of their place. */
#include "test.h"

#include "ipxe_rig.h"

static enum status try_lines(struct rig *r, const char *lines)
{
	static char text[IPXE_TEXT_MAX];

	snprintf(text, sizeof(text), "#!ipxe\n%s\n", lines);
	return rig_try(r, span_of_text(text));
}

static void each_check_has_its_status(void **state)
{
	static const struct {
		const char *lines;
		enum status want;
		uint32_t line;
	} cases[] = {
		{ "frobnicate a", E_IPXE_COMMAND, 2 },
		{ "\n\nKERNEL k", E_IPXE_COMMAND, 4 },
		{ "imgverify a b", E_IPXE_COMMAND, 2 },
		{ "imgtrust", E_IPXE_COMMAND, 2 },
		{ "vcreate --tag 7 net0", E_IPXE_COMMAND, 2 },
		{ "param a b", E_IPXE_COMMAND, 2 },
		{ "autoboot", E_IPXE_COMMAND, 2 },
		{ "\x01\x32", E_IPXE_COMMAND, 2 },
		{ "kernel --frob k", E_IPXE_OPTION, 2 },
		{ "kernel -", E_IPXE_OPTION, 2 },
		{ "kernel --name", E_IPXE_OPTION, 2 },
		{ "kernel --quiet=1 k", E_IPXE_OPTION, 2 },
		{ "kernel --names x k", E_IPXE_OPTION, 2 },
		{ "item --gap ----- x", E_IPXE_OPTION, 2 },
		{ "set", E_IPXE_ARGUMENTS, 2 },
		{ "clear", E_IPXE_ARGUMENTS, 2 },
		{ "clear a b", E_IPXE_ARGUMENTS, 2 },
		{ "inc a 1 2", E_IPXE_ARGUMENTS, 2 },
		{ "isset a b", E_IPXE_ARGUMENTS, 2 },
		{ "iseq a", E_IPXE_ARGUMENTS, 2 },
		{ "iseq a b c", E_IPXE_ARGUMENTS, 2 },
		{ "goto", E_IPXE_ARGUMENTS, 2 },
		{ "choose", E_IPXE_ARGUMENTS, 2 },
		{ "kernel", E_IPXE_ARGUMENTS, 2 },
		{ "initrd --name a", E_IPXE_ARGUMENTS, 2 },
		{ "exit 0 1", E_IPXE_ARGUMENTS, 2 },
		{ "echo ${mac:frob}", E_IPXE_TYPE, 2 },
		{ "set a:frob 1", E_IPXE_TYPE, 2 },
		{ "echo ${a:}", E_IPXE_TYPE, 2 },
		{ "set a:int8 x", E_IPXE_VALUE, 2 },
		{ "inc a b", E_IPXE_VALUE, 2 },
		{ "set a:ipv4 192.0.2.7\ninc a", E_IPXE_VALUE, 3 },
		{ "exit never", E_IPXE_VALUE, 2 },
		{ "item a\nchoose --timeout x a", E_IPXE_VALUE, 3 },
		{ "isset ${none}", E_IPXE_FALSE, 2 },
		{ "iseq a b", E_IPXE_FALSE, 2 },
		{ "iseq a b && exit", E_IPXE_FALSE, 2 },
		{ "show none", E_IPXE_FALSE, 2 },
		{ "goto nowhere", E_IPXE_LABEL, 2 },
		{ "goto a\n :b", E_IPXE_LABEL, 2 },
		{ "# :a \\\n:a\ngoto a", E_IPXE_LABEL, 4 },
		{ "prompt Press a key", E_IPXE_NOBODY, 2 },
		{ "prompt --timeout 10", E_IPXE_NOBODY, 2 },
		{ "read x", E_IPXE_NOBODY, 2 },
		{ "shell", E_IPXE_NOBODY, 2 },
		{ "login", E_IPXE_NOBODY, 2 },
		{ "config", E_IPXE_NOBODY, 2 },
		{ "present", E_IPXE_NOBODY, 2 },
		{ "choose x", E_IPXE_CHOICE, 2 },
		{ "item a\nitem b\nchoose x", E_IPXE_CHOICE, 4 },
		{ "dhcp net2", E_IPXE_INTERFACE, 2 },
		{ "ifopen net3", E_IPXE_INTERFACE, 2 },
		{ "ifopen eth0", E_IPXE_INTERFACE, 2 },
		{ "boot", E_IPXE_IMAGE, 2 },
		{ "imgfree none", E_IPXE_IMAGE, 2 },
		{ "imgstat none", E_IPXE_IMAGE, 2 },
		{ "kernel k\nimgfree k\nboot", E_IPXE_IMAGE, 4 },
		{ "sanboot iscsi:192.0.2.1", E_IPXE_KIND, 2 },
		{ "cpuid --ext 28", E_IPXE_KIND, 2 },
		{ "cpuid 29", E_IPXE_KIND, 2 },
		{ "kernel ftp://boot.example/k", E_IPXE_URL, 2 },
		{ "kernel nfs://boot.example/k", E_IPXE_URL, 2 },
		{ "kernel http://user:pass@boot.example/k", E_IPXE_URL, 2 },
		{ "initrd http:///i", E_IPXE_URL, 2 },
		{ "fdt ftp://x/y", E_IPXE_URL, 2 },
		{ "chain ftp://x/y", E_IPXE_URL, 2 },
		{ "chain nothing", E_IPXE_FETCH, 2 },
		{ "kernel gone", E_IPXE_FETCH, 2 },
		{ "exit 1", E_IPXE_EXIT, 2 },
		{ "exit -1", E_IPXE_OPTION, 2 },
		{ "kernel k\ninitrd i a/../b\nboot", E_IPXE_INITRD, 4 },
		{ "kernel k\ninitrd i a mode=8\nboot", E_IPXE_INITRD, 4 },
		{ "kernel k\ninitrd i a mode=\nboot", E_IPXE_INITRD, 4 },
		{ "kernel k\ninitrd i a mode=10000\nboot", E_IPXE_INITRD, 4 },
		{ "kernel k\ninitrd i a mkdir=x\nboot", E_IPXE_INITRD, 4 },
		{ "kernel k", E_IPXE_END, 2 },
		{ "", E_IPXE_END, 2 },
	};
	struct rig *r = rig_new();

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		char where[80];

		print_message("%s\n", cases[i].lines);
		assert_refused(cases[i].want, &r->err,
			       try_lines(r, cases[i].lines));
		snprintf(where, sizeof(where),
			 "http://boot.example/menu/start.ipxe?x=/:%u: ",
			 cases[i].line);
		if (cases[i].want != E_IPXE_END)
			assert_ptr_equal(strstr(r->err.text, where),
					 r->err.text);
	}
	r->machine.arch = "arm64";
	assert_refused(E_IPXE_FALSE, &r->err, try_lines(r, "cpuid --ext 29"));
	rig_drop(r);
}

static void scripts_begin_as_such(void **state)
{
	static const struct {
		const char *text;
		enum status want;
	} cases[] = {
		{ "", E_IPXE_MAGIC },
		{ "#!ipxe", E_IPXE_MAGIC },
		{ "#!ipxer\nexit", E_IPXE_MAGIC },
		{ " #!ipxe\nexit", E_IPXE_MAGIC },
		{ "#!IPXE\nexit", E_IPXE_MAGIC },
		{ "<html>", E_IPXE_MAGIC },
		{ "#!ipxe exit", E_IPXE_END },
		{ "#!ipxe\r\nexit", OK },
		{ "#!gpxe\nexit\r", OK },
		{ "#!gpxe\nexit\r\n", OK },
	};
	struct rig *r = rig_new();

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++)
		assert_status(cases[i].want,
			      rig_try(r, span_of_text(cases[i].text)));
	r->files[0] = (struct rig_file){ "http://boot.example/menu/html",
					 "<html>\n" };
	assert_refused(E_IPXE_MAGIC, &r->err, try_lines(r, "chain html"));
	assert_ptr_equal(strstr(r->err.text, "http://boot.example/menu/html:1"),
			 r->err.text);
	rig_drop(r);
}

/* A hostile DHCP server or mainboard. */
static void values_from_outside_stay_in_their_place(void **state)
{
	static const char *const hostile[] = {
		"a b",
		"x init=/bin/sh",
		"a\nb",
		"a\tb",
		"a\"b",
		"a'b",
		"a=b",
		"../../x",
		"${mac}",
		"a/b",
		"a%b",
		"a#b",
		"\x01"
		"41",
		"\x7f",
		"a\x80",
		"a&b",
		"a,b",
		"a?b",
		"a\\b",
		"$",
		"}",
		"a;b",
		"a@b",
	};
	static const char *const uses[] = {
		"kernel k host=${hostname} || kernel k\nboot || exit",
		"set h ${hostname}\nset a host=${h}\nkernel k\n"
		"imgargs k ${a} || exit\nboot || exit",
		"kernel k\nboot k host=${hostname:string} || exit",
		"kernel k\nboot k host=${hostname:uristring} || exit",
		"set h:uristring ${hostname:uristring}\nkernel k ${h}\n"
		"boot || exit",
		"set x:hex ${hostname:hex}\nkernel k\ninitrd i x\nboot k "
		"${hostname} || exit",
		"kernel k\ninitrd --name x i ${hostname} || exit\nboot || exit",
		"set h:hex ${hostname:hex}\nkernel k ${h:string}\n"
		"boot || exit",
		"set h:hexraw ${hostname:hexraw}\nkernel k ${h:uristring}\n"
		"boot || exit",
		"kernel --name ${hostname} k || exit\nboot",
		"set ${hostname} x || exit\nexit",
	};
	struct rig *r = rig_new();
	struct ipxe_interface net = rig_interfaces[0];

	(void)state;
	r->machine.interfaces = &net;
	r->machine.interface_count = 1;
	for (size_t i = 0; i < test_count(hostile); i++) {
		net.hostname = hostile[i];
		for (size_t k = 0; k < test_count(uses); k++) {
			print_message("%s: %s\n", hostile[i], uses[k]);
			assert_refused(E_IPXE_UNSAFE, &r->err,
				       try_lines(r, uses[k]));
		}
		/* it does no harm where it is compared */
		assert_ok(&r->err, try_lines(r, "iseq ${hostname} x || echo "
						"${hostname}\nexit"));
	}
	rig_drop(r);
}

static void outside_in_a_url_is_encoded(void **state)
{
	static const struct {
		const char *hostname, *want;
	} cases[] = {
		{ "node7", "http://boot.example/menu/node7/x?h=node7" },
		{ "a/b", "http://boot.example/menu/a%2Fb/x?h=a%2Fb" },
		{ "../..", "http://boot.example/menu/..%2F../x?h=..%2F.." },
		{ "a b&c=d",
		  "http://boot.example/menu/a%20b%26c%3Dd/x?h=a%20b%26c%3Dd" },
		{ "\xc3\xa4%", "http://boot.example/menu/%C3%A4%25/x?h="
			       "%C3%A4%25" },
		{ "#?", "http://boot.example/menu/%23%3F/x?h=%23%3F" },
	};
	struct rig *r = rig_new();
	struct ipxe_interface net = rig_interfaces[0];

	(void)state;
	r->machine.interfaces = &net;
	r->machine.interface_count = 1;
	for (size_t i = 0; i < test_count(cases); i++) {
		net.hostname = cases[i].hostname;
		assert_ok(&r->err, try_lines(r, "kernel ${hostname}/x?h="
						"${hostname:uristring}\nboot"));
		assert_url(&r->result.kernel, cases[i].want);
		assert_ok(&r->err,
			  try_lines(r, "set h ${hostname}\n"
				       "set u ${h}/x?h=${h:uristring}\n"
				       "kernel ${u}\nboot"));
		assert_url(&r->result.kernel, cases[i].want);
	}
	net.hostname = "..";
	assert_refused(E_IPXE_UNSAFE, &r->err,
		       try_lines(r, "kernel ${hostname}/x ||\nexit"));
	rig_drop(r);
}

/* A copy of a signed script can lie anywhere: what it makes of its own URL is
 * fetched and verified, but is no word that nobody has signed. */
static void where_it_lies_is_no_word(void **state)
{
	static const char *const uses[] = {
		"kernel k ks=${cwduri}ks.cfg\nboot",
		"kernel k ks=${cwuri}\nboot",
		"set b ${cwduri}\nset c ${b}ks\nkernel k ks=${c}\nboot",
		"kernel k ks=${cwduri:uristring}\nboot",
		"kernel k ks=${cwduri:base64}\nboot",
		"kernel --name ${cwduri} k\nboot",
	};
	struct rig *r = rig_new();

	(void)state;
	for (size_t i = 0; i < test_count(uses); i++)
		assert_refused(E_IPXE_UNSAFE, &r->err, try_lines(r, uses[i]));
	assert_ok(&r->err, try_lines(r, "set b ${cwduri}\n"
					"kernel ${b}sub/k?u=${cwduri} a\n"
					"iseq ${b} http://boot.example/menu/ "
					"&& boot"));
	assert_url(&r->result.kernel, "http://boot.example/menu/sub/k?u="
				      "http://boot.example/menu/");
	assert_string_equal(r->result.options, "a");
	rig_drop(r);
}

static void outside_in_a_command_line_is_short(void **state)
{
	char name[IPXE_OUTSIDE_MAX + 2];
	struct ipxe_interface net = rig_interfaces[0];
	struct rig *r = rig_new();
	struct text t = text_over(name, sizeof(name));

	(void)state;
	r->machine.interfaces = &net;
	r->machine.interface_count = 1;
	net.hostname = name;
	for (unsigned i = 0; i < IPXE_OUTSIDE_MAX; i++)
		text_add_char(&t, 'a');
	assert_ok(&r->err, try_lines(r, "kernel k ${hostname}\nboot"));
	assert_string_equal(r->result.options, name);
	text_add_char(&t, 'a');
	assert_refused(E_IPXE_UNSAFE, &r->err,
		       try_lines(r, "kernel k ${hostname}\nboot"));
	/* what the script itself says may be of any length, but no control
	 * characters */
	assert_ok(&r->err, try_lines(r, "kernel k a=\"b c\" ${none}\nboot"));
	assert_refused(E_IPXE_UNSAFE, &r->err,
		       try_lines(r, "kernel k a\x02z\nboot"));
	assert_refused(E_IPXE_UNSAFE, &r->err,
		       try_lines(r, "set e:hex 0a\nkernel k ${e:string}\n"
				    "boot"));
	assert_status(E_IPXE_UNSAFE,
		      rig_try(r, span_of("#!ipxe\nkernel k a\0z\nboot\n", 26)));
	rig_drop(r);
}

static void types_of_settings(void **state)
{
	static const struct {
		const char *type, *value, *as, *want; /* NULL: no value */
	} cases[] = {
		{ "string", "a b", "hex", "61:20:62" },
		{ "string", "a b", "hexhyp", "61-20-62" },
		{ "string", "a b/", "uristring", "a%20b%2F" },
		{ "string", "", "hex", "" },
		{ "uristring", "a%20b", "string", "a b" },
		{ "uristring", "a%2", "string", NULL },
		{ "ipv4", "192.0.2.7", "hexraw", "c0000207" },
		{ "ipv4", "192.0.2", "hexraw", NULL },
		{ "ipv6", "2001:DB8:0::7", "ipv6", "2001:db8::7" },
		{ "ipv6", "2001:db8", "ipv6", NULL },
		{ "hex", "c0:00:02:07", "ipv4", "192.0.2.7" },
		{ "hex", "c0:00:02", "ipv4", "" },
		{ "hex", "c00002", "hex", NULL },
		{ "hex", "c0-00", "hex", NULL },
		{ "hex", "c0:0", "hex", NULL },
		{ "hex", "c0:", "hex", NULL },
		{ "hexhyp", "c0-Fe", "hex", "c0:fe" },
		{ "hexraw", "c0fe", "hex", "c0:fe" },
		{ "hexraw", "c0f", "hex", NULL },
		{ "hex", "41:42", "string", "AB" },
		{ "int8", "-1", "uint8", "255" },
		{ "int8", "127", "int8", "127" },
		{ "int8", "128", "int8", "-128" },
		{ "int16", "0x8000", "int16", "-32768" },
		{ "int32", "-2147483648", "int32", "-2147483648" },
		{ "uint32", "4294967295", "int32", "-1" },
		{ "uint32", "4294967296", "int32", NULL },
		{ "uint16", "010", "uint16", "8" },
		{ "uint16", "9x", "uint16", NULL },
		{ "uint16", "", "uint16", NULL },
		{ "int8", "-2", "int32", "-2" },
		{ "hex", "01:02:03:04:05", "int32", "" },
		{ "string", "", "int32", "" },
		{ "base64", "YWI=", "string", "ab" },
		{ "base64", "YWJj", "base64", "YWJj" },
		{ "base64", "YQ==", "base64", "YQ==" },
		{ "base64", "YWI", "string", NULL },
		{ "base64", "Y===", "string", NULL },
		{ "base64", "YW=I", "string", NULL },
		{ "base64", "YW*=", "string", NULL },
		{ "uuid", "00112233-4455-6677-8899-aabbccddeeff", "guid",
		  "33221100-5544-7766-8899-aabbccddeeff" },
		{ "guid", "33221100-5544-7766-8899-AABBCCDDEEFF", "hexraw",
		  "00112233445566778899aabbccddeeff" },
		{ "uuid", "00112233-4455-6677-8899-aabbccddeef", "guid", NULL },
		{ "uuid", "00112233445566778899aabbccddeeff----", "guid",
		  NULL },
		{ "uuid", "0011223g-4455-6677-8899-aabbccddeeff", "guid",
		  NULL },
		{ "hex", "00", "uuid", "" },
	};
	struct rig *r = rig_new();

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		char lines[300];

		snprintf(lines, sizeof(lines),
			 "set a:%s %s\necho ${a:%s}\nexit", cases[i].type,
			 cases[i].value, cases[i].as);
		print_message("%s\n", lines);
		assert_status(cases[i].want ? OK : E_IPXE_VALUE,
			      try_lines(r, lines));
		if (cases[i].want)
			assert_string_equal(r->said[0], cases[i].want);
	}
	rig_drop(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_check_has_its_status),
		cmocka_unit_test(scripts_begin_as_such),
		cmocka_unit_test(values_from_outside_stay_in_their_place),
		cmocka_unit_test(outside_in_a_url_is_encoded),
		cmocka_unit_test(where_it_lies_is_no_word),
		cmocka_unit_test(outside_in_a_command_line_is_short),
		cmocka_unit_test(types_of_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
