/* Scripts of iPXE: shapes that users have, and each command. */
#include "test.h"

#include "ipxe_rig.h"

static void kernel_and_initrds(void **state)
{
	struct rig *r = rig_new();

	(void)state;
	rig_run(r, "#!ipxe\n"
		   "# a network installer\n"
		   "set base images/${buildarch}\n"
		   "kernel ${base}/vmlinuz initrd=initrd.img ip=dhcp "
		   "inst.repo=http://repo.example/os quiet\n"
		   "initrd --name one ${base}/initrd.img\n"
		   "initrd /other/two.img\n"
		   "initrd https://elsewhere.example:8443/ign.json "
		   "/config/ignition.json mode=0600 mkdir=-1\n"
		   "boot\n");
	assert_int_equal(r->result.outcome, IPXE_BOOTS);
	assert_int_equal(r->result.line, 8);
	assert_url(&r->result.kernel,
		   "http://boot.example/menu/images/x86_64/vmlinuz");
	assert_string_equal(r->result.options,
			    "ip=dhcp inst.repo=http://repo.example/os quiet");
	assert_int_equal(r->result.initrd_count, 3);
	assert_url(&r->result.initrds[0].url,
		   "http://boot.example/menu/images/x86_64/initrd.img");
	assert_string_equal(r->result.initrds[0].path, "");
	assert_url(&r->result.initrds[1].url,
		   "http://boot.example/other/two.img");
	assert_url(&r->result.initrds[2].url,
		   "https://elsewhere.example:8443/ign.json");
	assert_string_equal(r->result.initrds[2].path, "/config/ignition.json");
	assert_int_equal(r->result.initrds[2].mode, 0600);
	assert_int_equal(r->result.initrds[2].makes, UINT32_MAX);
	rig_drop(r);
}

/* Matchbox, Tinkerbell, Talos: the machine names itself to the server. */
static void machine_names_itself(void **state)
{
	struct rig *r = rig_new();

	(void)state;
	r->files[0] = (struct rig_file){
		"http://boot.example/ipxe?uuid=4c4c4544-0035-4410-8051-"
		"b2c04f4a3732&mac=52-54-00-12-34-56&domain=dc1.example&"
		"hostname=node7&serial=SN%20%2F42&arch=x86_64",
		"#!ipxe\nkernel /k a=${net0/mac:hexraw} "
		"b=${mac} c=${uuid:guid} d=${ip} "
		"${next-server}/${netX/ifname}\nboot\n"
	};
	rig_run(r, "#!ipxe\nchain /ipxe?uuid=${uuid}&mac=${mac:hexhyp}&"
		   "domain=${domain}&hostname=${hostname}&serial=${serial}&"
		   "arch=${buildarch:uristring}\n");
	assert_url(&r->result.kernel, "http://boot.example/k");
	assert_string_equal(r->result.options,
			    "a=525400123456 b=52:54:00:12:34:56 "
			    "c=44454c4c-3500-1044-8051-b2c04f4a3732 "
			    "d=192.0.2.7 192.0.2.1/eth0");
	assert_int_equal(r->result.line, 3);
	assert_non_null(strstr(r->result.script.text, "http://boot.example/"));
	rig_drop(r);
}

/* The idiom of Foreman: every interface is asked for, one after the other. */
static void loop_over_interfaces(void **state)
{
	static const char text[] =
		"#!ipxe\n"
		"set i:int32 -1\n"
		":next\n"
		"inc i\n"
		"isset ${net${i}/mac} || goto none\n"
		"echo trying net${i}\n"
		"ifopen net${i} || goto next\n"
		"dhcp net${i} || goto next\n"
		"chain /unattended?mac=${net${i}/mac} || goto next\n"
		"exit 0\n"
		":none\n"
		"echo nothing answered\n"
		"sleep 30\n"
		"exit 1\n";
	struct rig *r = rig_new();

	(void)state;
	r->files[0] = (struct rig_file){
		"http://boot.example/unattended?mac=52:54:00:12:34:57",
		"#!ipxe\nkernel k\nboot\n"
	};
	rig_run(r, text);
	assert_int_equal(r->result.outcome, IPXE_BOOTS);
	assert_url(&r->result.kernel, "http://boot.example/k");
	assert_int_equal(r->say_count, 2); /* net1 gets an answer */
	assert_string_equal(r->said[1], "trying net1");
	assert_int_equal(r->note_count, 1);
	assert_int_equal(r->notes[0], E_IPXE_FETCH);
	r->files[0].url = "";
	assert_refused(E_IPXE_EXIT, &r->err, rig_try(r, span_of_text(text)));
	assert_int_equal(r->say_count, 4); /* net2 has no address */
	assert_string_equal(r->said[3], "nothing answered");
	rig_drop(r);
}

/* The shape of netboot.xyz: architectures, menus, other files. */
static void menu_of_many_files(void **state)
{
	static const char menu[] =
		"#!ipxe\n"
		":start\n"
		"isset ${arch} && goto skip ||\n"
		"cpuid --ext 29 && set arch x86_64 || set arch i386\n"
		"iseq ${buildarch} arm64 && set arch arm64 ||\n"
		":skip\n"
		"chain --autofree boot.cfg ||\n"
		"ntp pool.example ||\n"
		"set cls:hex 1b:5b:4a  # clears the screen\n"
		"set cls ${cls:string}\n"
		"console --picture logo.png --keep ||\n"
		"colour --basic 1 --rgb 0x123456 0 ||\n"
		"clear menu\n"
		"set space:hex 20:20\n"
		"set space ${space:string}\n"
		":main\n"
		"menu ${site_name} [${arch}]\n"
		"item --gap Default:\n"
		"item local ${space} Boot from the disk\n"
		"item --gap -- ------------------\n"
		"iseq ${arch} x86_64 && item --key l linux ${space} Linux ||\n"
		"item shell ${space} Shell\n"
		"isset ${menu} && set timeout 0 || set timeout 300000\n"
		"choose --timeout ${timeout} --default ${wanted} menu || "
		"goto local\n"
		"echo ${cls}\n"
		"goto ${menu} ||\n"
		"chain ${menu}.ipxe || goto error\n"
		"goto main\n"
		":error\n"
		"echo Error occurred, press any key\n"
		"prompt\n"
		"goto main\n"
		":shell\n"
		"shell\n"
		":local\n"
		"sanboot --no-describe --drive 0x80 || exit 1\n";
	struct rig *r = rig_new();

	(void)state;
	r->files[0] = (struct rig_file){
		"http://boot.example/menu/boot.cfg",
		"#!ipxe\nset site_name example\nset wanted linux\n"
	};
	r->files[1] = (struct rig_file){
		"http://boot.example/menu/linux.ipxe",
		"#!ipxe\nimgfree\nkernel k ${params} || goto bad\n"
		"initrd i\nboot\n:bad\nexit 0\n"
	};
	rig_run(r, menu);
	assert_url(&r->result.kernel, "http://boot.example/menu/k");
	assert_int_equal(r->result.line, 5);
	assert_string_equal(r->result.options, "");
	assert_int_equal(r->result.initrd_count, 1);

	/* without the file that sets a default, the time decides: the disk */
	r->files[0].url = "";
	rig_run(r, menu);
	assert_int_equal(r->result.outcome, IPXE_BOOTS_DISK);
	assert_int_equal(r->note_count, 1); /* boot.cfg */
	rig_drop(r);
}

/* Tinkerbell, Ironic: a download is tried again, so many times. */
static void downloads_are_tried_again(void **state)
{
	static const char text[] =
		"#!ipxe\n"
		"set arch ${buildarch}\n"
		"iseq ${arch} arm64 && set arch aarch64 ||\n"
		"set retries:int32 3\n"
		"set n:int32 0\n"
		":again\n"
		"kernel --timeout 5000 gone-${arch} mac=${mac} && goto next || "
		"iseq ${n} ${retries} && goto bad || inc n && echo again ${n} "
		"; sleep 5 ; goto again\n"
		":next\n"
		"initrd --name main i-${arch} || goto bad\n"
		"boot || goto bad\n"
		":bad\n"
		"imgfree\n"
		"iseq ${n} 3 || exit 1\n"
		"chain --autofree --replace other || exit 2\n";
	struct rig *r = rig_new();

	(void)state;
	assert_refused(E_IPXE_EXIT, &r->err, rig_try(r, span_of_text(text)));
	assert_int_equal(r->reach_count, 4);
	assert_int_equal(r->say_count, 3);
	assert_string_equal(r->said[2], "again 3");
	r->files[0] = (struct rig_file){ "http://boot.example/menu/other",
					 "#!ipxe\nexit\n" };
	rig_run(r, text);
	assert_int_equal(r->result.outcome, IPXE_EXITS);
	rig_drop(r);
}

/* xCAT: everything is fetched first, and named. */
static void named_before_use(void **state)
{
	struct rig *r = rig_new();

	(void)state;
	rig_run(r, "#!ipxe\nimgfetch -n kernel http://x.example/k\n"
		   "imgload kernel\n"
		   "imgargs kernel imgurl=http://x.example/i BOOTIF=01-${"
		   "netX/mac:hexhyp}\n"
		   "imgfetch -n nbfs http://x.example/fs.gz\n"
		   "imgexec kernel\n");
	assert_url(&r->result.kernel, "http://x.example/k");
	assert_int_equal(r->result.initrd_count, 1);
	assert_url(&r->result.initrds[0].url, "http://x.example/fs.gz");
	assert_string_equal(r->result.options, "imgurl=http://x.example/i "
					       "BOOTIF=01-52-54-00-12-34-56");
	rig_drop(r);
}

static void installed_machine_boots_its_disk(void **state)
{
	static const struct {
		const char *text;
		enum ipxe_outcome want;
	} cases[] = {
		{ "exit", IPXE_EXITS },
		{ "exit 0\nboot", IPXE_EXITS },
		{ "iseq ${mac} 52:54:00:12:34:56 && exit || reboot",
		  IPXE_EXITS },
		{ "sanboot --drive 0x80", IPXE_BOOTS_DISK },
		{ "sanboot -n -d 0x80 || exit", IPXE_BOOTS_DISK },
		{ "sanboot iscsi:192.0.2.1::::iqn.2024-01.a:b || reboot",
		  IPXE_REBOOTS },
		{ "isset ${none} && exit || poweroff", IPXE_POWERS_OFF },
		{ "reboot --warm", IPXE_REBOOTS },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		struct rig *r = rig_new();
		char text[300];

		snprintf(text, sizeof(text), "#!ipxe\n%s\n", cases[i].text);
		rig_run(r, text);
		assert_int_equal(r->result.outcome, cases[i].want);
		rig_drop(r);
	}
}

/* What is echoed by each line of a script that then exits. */
static void the_language(void **state)
{
	static const struct {
		const char *lines, *want;
	} cases[] = {
		{ "echo a  b\tc # d", "a b c" },
		{ "echo a#b", "a#b" },
		{ "echo a \\\n  b \\\r\n c", "a b c" },
		{ "echo a\\\nb", "ab" },
		{ "# c \\\necho a\necho b", "b" },
		{ "isset || echo a", "a" }, /* too few arguments is a failure */
		{ "isset a && echo a || echo b", "a" },
		{ "isset ${n} && echo a || echo b", "b" },
		{ "isset a || echo a && echo b", "b" },
		{ "isset ${n} && echo a ||\necho c", "c" },
		{ "isset ${n} ; echo a", "a" },
		{ "nonsense || echo a", "a" },
		{ "nonsense --x ||\necho b", "b" },
		{ "&& echo a", "a" },
		{ "goto b && echo a\n:a\necho a\nexit\n:b\necho b", "b" },
		{ "goto b\necho a\n  :b echo b", "b" },
		{ "goto none || echo a", "a" },
		{ "set l b ; goto ${l}\n:b\necho b\nexit\n:b\necho c", "b" },
		{ "set a 1 2  3\necho ${a}", "1 2 3" },
		{ "set a 1\nclear a\necho [${a}]", "[]" },
		{ "set a\nisset ${a} || echo x", "x" },
		{ "set a b\nset b c\necho ${${a}}", "c" },
		{ "echo ${a", "${a" },
		{ "echo $} {a} }", "$} {a} }" },
		{ "set a }x${\necho ${a}", "}x${" },
		{ "set x/y 1\necho ${x/y}${y}", "1" },
		{ "iseq a a && echo yes", "yes" },
		{ "iseq ${product:uristring} PowerEdge%20R640 && echo yes",
		  "yes" },
		{ "set p ${product}\niseq ${p} ${product} && echo yes", "yes" },
		{ "set p Power\nset q ${p}Edge\nset r ${q} R640\n"
		  "iseq ${r} ${product} && echo yes",
		  "yes" },
		{ "set e e\nset p ${product}\niseq ${p} PowerEdg${e}%20R640 "
		  "|| echo no",
		  "no" },
		{ "echo ${cwuri} ${cwduri}",
		  "http://boot.example/menu/start.ipxe?x=/ "
		  "http://boot.example/menu/" },
		{ "echo ${platform}/${builtin/buildarch}", "efi/x86_64" },
		{ "echo ${smbios/manufacturer} ${netX/gateway} ${net1.dhcp/ip}",
		  "Dell Inc. 192.0.2.254 198.51.100.8" },
		{ "echo ${net9/mac}${netY/mac}${net/mac}${nets}", "" },
		{ "show hostname && echo yes", "yes" },
		{ "show nothing || echo no", "no" },
		{ "prompt --key 0x02 --timeout 2000 Ctrl-B && shell ||\n"
		  "echo on",
		  "on" },
		{ "shim shim.efi && imgstat && ifstat && echo a", "a" },
		{ "iflinkwait --timeout 1 net0 && ifconf -c dhcp net0 && "
		  "echo a",
		  "a" },
		{ "dhcp net2 || echo none", "none" },
		{ "ifopen net7 || echo none", "none" },
		{ "set a 7\ninc a\ninc a 0x10\necho ${a}", "24" },
		{ "inc n\necho ${n} ${n:hex}", "1 00:00:00:01" },
		{ "set n:uint8 255\ninc n\necho ${n}", "0" },
		{ "set n text\ninc n 2\necho ${n}", "2" },
		{ "menu T\nitem a A\nitem b B\nchoose --default b x\necho ${x}",
		  "b" },
		{ "menu T\nitem a\nitem -d b B\nchoose x && echo ${x}", "b" },
		{ "menu T\nitem a\nitem b\nchoose --timeout 1 x && echo ${x}",
		  "a" },
		{ "item a\nchoose -d none --timeout=9 x && echo ${x}", "a" },
		{ "item a\nchoose -d none x || echo none", "none" },
		{ "item a\nitem b\nchoose x || echo none", "none" },
		{ "item a\nitem b\nchoose --timeout 0 x || echo none", "none" },
		{ "item --gap a\nitem\nchoose -t 9 x || echo none", "none" },
		{ "menu --name m T\nitem --menu m a\nitem b\n"
		  "choose -m m -t 9 x && echo ${x}",
		  "a" },
		{ "item a\nchoose -t 9 x\nchoose -t 9 x || echo gone", "gone" },
		{ "item a\nchoose -k -t 9 x\nchoose -t 9 x && echo kept",
		  "kept" },
		{ "item a\nmenu T\nchoose -t 9 x || echo gone", "gone" },
		{ "choose -t soon x || echo no", "no" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		struct rig *r = rig_new();
		char text[400];

		snprintf(text, sizeof(text), "#!ipxe\n%s\nexit\n",
			 cases[i].lines);
		rig_run(r, text);
		assert_int_equal(r->result.outcome, IPXE_EXITS);
		assert_int_equal(r->say_count, 1);
		assert_string_equal(r->said[0], cases[i].want);
		rig_drop(r);
	}
}

/* What is booted: "KERNEL INITRD... | OPTIONS". */
static void images(void **state)
{
	static const struct {
		const char *lines, *want;
	} cases[] = {
		{ "kernel k a b\nboot", "k | a b" },
		{ "linux k\nmodule m\nimgfetch i\nboot", "k m i | " },
		{ "initrd i\nkernel k\nimgargs k x initrd=i y\nboot",
		  "k i | x y" },
		{ "kernel k a\nimgargs k\nboot", "k | " },
		{ "kernel --name x k a\nboot x", "k | a" },
		{ "kernel k a\nboot k b", "k | b" },
		{ "imgfetch k a\nkernel k\ninitrd i\nboot", "k i | a" },
		{ "imgfetch d/k\nimgselect k a\nboot", "d/k | a" },
		{ "kernel a\nkernel b\nboot", "b | " }, /* a is no initrd */
		{ "kernel a\nkernel b\nboot a", "a | " },
		{ "initrd i\nimgfree\nkernel k\nboot", "k | " },
		{ "kernel k\ninitrd i\ninitrd j\nimgfree i\nboot", "k j | " },
		{ "initrd i\nkernel k\nimgfree i\nboot", "k | " },
		{ "kernel k\nimgfree k\nboot || chain uki.efi x",
		  "uki.efi | x" },
		{ "initrd i\nchain uki.efi", "uki.efi i | " },
		{ "boot uki.efi a b", "uki.efi | a b" },
		{ "imgfetch --name u uki.efi a\ninitrd i\nimgexec u",
		  "uki.efi i | a" },
		{ "kernel gone || kernel k\nboot", "k | " },
		{ "initrd gone ||\nkernel k\nboot", "k | " },
		{ "kernel k --- quiet -- x\nboot", "k | --- quiet -- x" },
		{ "kernel k\nboot nothing || boot", "k | " },
		{ "imgfetch script\nchain script", "k2 | " },
		{ "chain script || echo\nexit", "k2 | " },
		{ "kernel k ${n}\nimgstat k || exit\nboot", "k | " },
		{ "set p a=1 b=2\nkernel k x ${p}\nboot", "k | x a=1 b=2" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		struct rig *r = rig_new();
		char text[300], got[2000], url[URL_TEXT_MAX];
		struct text t = text_over(got, sizeof(got)), u;

		r->files[0] =
			(struct rig_file){ "http://boot.example/menu/script",
					   "#!ipxe\nkernel k2\nboot\n" };
		r->files[1] =
			(struct rig_file){ "http://boot.example/menu/uki.efi",
					   NULL };
		snprintf(text, sizeof(text), "#!ipxe\n%s\n", cases[i].lines);
		rig_run(r, text);
		assert_int_equal(r->result.outcome, IPXE_BOOTS);
		for (uint32_t k = 0; k <= r->result.initrd_count; k++) {
			u = text_over(url, sizeof(url));
			url_add_text(&u, k ? &r->result.initrds[k - 1].url
					   : &r->result.kernel);
			assert_memory_equal(url, "http://boot.example/menu/",
					    25);
			text_addf(&t, "%s ", url + 25);
		}
		text_addf(&t, "| %s", r->result.options);
		assert_string_equal(got, cases[i].want);
		rig_drop(r);
	}
}

static void scripts_return(void **state)
{
	struct rig *r = rig_new();

	(void)state;
	r->files[0] = (struct rig_file){ "http://boot.example/menu/sub/a",
					 "#!ipxe\nset v set-by-a\n"
					 "echo ${cwduri}\n" };
	r->files[1] = (struct rig_file){ "http://boot.example/menu/b",
					 "#!ipxe\nexit 7\n" };
	r->files[2] = (struct rig_file){ "http://boot.example/menu/c",
					 "#!gpxe\nchain sub/a && exit\n"
					 "echo never\n" };
	rig_run(r, "#!ipxe\nchain sub/a\nchain b || echo b failed\n"
		   "chain c\necho ${v} ${cwduri}\nchain --replace c\n"
		   "echo never\nreboot\n");
	assert_int_equal(r->result.outcome, IPXE_EXITS);
	assert_int_equal(r->say_count, 5);
	assert_string_equal(r->said[0], "http://boot.example/menu/sub/");
	assert_string_equal(r->said[1], "b failed");
	assert_string_equal(r->said[3], "set-by-a http://boot.example/menu/");
	assert_int_equal(r->note_count, 1);
	assert_int_equal(r->notes[0], E_IPXE_EXIT);
	assert_int_equal(r->note_lines[0], 3);
	rig_drop(r);
}

static void device_trees(void **state)
{
	struct rig *r = rig_new();

	(void)state;
	rig_run(r, "#!ipxe\nfdt a.dtb\nfdt b.dtb\nkernel k\nboot\n");
	assert_true(r->result.has_devicetree);
	assert_url(&r->result.devicetree, "http://boot.example/menu/b.dtb");
	rig_run(r, "#!ipxe\nfdt a.dtb\nfdt\nkernel k\nboot\n");
	assert_false(r->result.has_devicetree);
	rig_drop(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernel_and_initrds),
		cmocka_unit_test(machine_names_itself),
		cmocka_unit_test(loop_over_interfaces),
		cmocka_unit_test(menu_of_many_files),
		cmocka_unit_test(downloads_are_tried_again),
		cmocka_unit_test(named_before_use),
		cmocka_unit_test(installed_machine_boots_its_disk),
		cmocka_unit_test(the_language),
		cmocka_unit_test(images),
		cmocka_unit_test(scripts_return),
		cmocka_unit_test(device_trees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
