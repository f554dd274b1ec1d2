/*
 * Entries whose files come from the network, up to the load_request: what
 * vouches for each file, texts in place of images, options.
 */
#include "prepare_network_bench.h"

/* --- what vouches for files --------------------------------------------------
 */

static void pinned_files_boot_under_enforce(void **state)
{
	static const char *const pieces[] = {
		A "one",
		B "two",
		"/.extra/keelboot/entry",
		"/.extra/keelboot/network",
		"/usr/lib/tmpfiles.d/keelboot.conf",
	};
	_drop_pe_ struct pe_build kernel;
	struct span one = span_of_text("initrd one");
	struct span two = span_of_text("initrd two");
	struct error err;

	(void)state;
	bzimage_build(&kernel);
	put_page(A "vmlinuz", pe_build_file(&kernel));
	put_page(A "one", one);
	put_page(B "two", two);
	strcpy(net.machine.hostname, "node-7.example");
	config.hand_on = CONFIG_HAND_ON_BOOTIF;
	assert_ok(&err,
		  prepare_text(entry_text("linux " A "vmlinuz%s"
					  "initrd " A "one%s"
					  "initrd " B "two%s"
					  "options quiet host=${hostname}\n",
					  pin(pe_build_file(&kernel)), pin(one),
					  pin(two)),
			       VERIFY_ENFORCE, &err));
	assert_int_equal(verified_how(request.image), VERIFIED_HASH_PIN);
	assert_int_equal(request.initrd_count, 2);
	assert_span_equal(verified_bytes(request.initrds[0]).in, one);
	assert_span_equal(verified_bytes(request.initrds[1]).in, two);
	assert_int_equal(verified_how(request.initrds[1]), VERIFIED_HASH_PIN);
	assert_null(request.dtb);
	assert_cmdline("quiet host=node-7.example BOOTIF=01-00-00-00-00-00-00");
	assert_string_equal(requests, A "vmlinuz " A "one " B "two ");
	assert_non_null(strstr(request.fetched, A "vmlinuz from 192.0.2.1, "));
	assert_non_null(strstr(request.fetched, B "two from 192.0.2.1, "
						  "10 bytes\n"));
	assert_non_null(strstr(request.handover, "\nkind network\n"));
	assert_pieces(pieces, test_count(pieces));
	load_request_drop(&request);
}

static void a_device_tree_goes_along(void **state)
{
	_drop_pe_ struct pe_build kernel;
	struct span tree = span_of_text("a tree");
	struct error err;

	(void)state;
	bzimage_build(&kernel);
	enroll(pe_build_file(&kernel));
	put_page(A "vmlinuz", pe_build_file(&kernel));
	put_page(A "tree.dtb", tree);
	assert_ok(&err, prepare_text(entry_text("linux " A "vmlinuz\n"
						"devicetree " A "tree.dtb%s",
						pin(tree)),
				     VERIFY_ENFORCE, &err));
	assert_int_equal(verified_how(request.image), VERIFIED_ENROLLED_HASH);
	assert_span_equal(verified_bytes(request.dtb).in, tree);
	assert_int_equal(request.initrd_count, 0);
	load_request_drop(&request);
}

/* A signed kernel with somebody's initrd is no signed boot. */
static void an_initrd_needs_a_pin(void **state)
{
	static const char text[] = "linux " A "vmlinuz\ninitrd " A "initrd\n";
	_drop_pe_ struct pe_build kernel;
	struct error err;

	(void)state;
	bzimage_build(&kernel);
	enroll(pe_build_file(&kernel));
	put_page(A "vmlinuz", pe_build_file(&kernel));
	put_page(A "initrd", span_of_text("initrd"));
	assert_refused(E_VERIFY_UNCOVERED, &err,
		       prepare_text(text, VERIFY_ENFORCE, &err));
	assert_null(request.image);
	assert_ok(&err, prepare_text(text, VERIFY_WARN, &err));
	assert_int_equal(verified_how(request.initrds[0]), VERIFIED_POLICY_OFF);
	assert_ok(&err, prepare_text(text, VERIFY_OFF, &err));
	load_request_drop(&request);
}

static void a_kernel_needs_somebody(void **state)
{
	static const char *const texts[] = { "linux " A "vmlinuz\n",
					     "uki-url " A "vmlinuz\n" };
	_drop_pe_ struct pe_build kernel;
	struct error err;

	(void)state;
	bzimage_build(&kernel);
	put_page(A "vmlinuz", pe_build_file(&kernel));
	for (size_t i = 0; i < test_count(texts); i++) {
		assert_refused(E_JUDGE_UNSIGNED, &err,
			       prepare_text(texts[i], VERIFY_ENFORCE, &err));
		assert_ok(&err, prepare_text(texts[i], VERIFY_WARN, &err));
		assert_non_null(
			strstr(verified_warning(request.image), "signed"));
	}
	enroll(pe_build_file(&kernel));
	for (size_t i = 0; i < test_count(texts); i++)
		assert_ok(&err, prepare_text(texts[i], VERIFY_ENFORCE, &err));
	load_request_drop(&request);
}

/* What is pinned is that or nothing, whatever `verify` says. */
static void a_pin_holds_without_verify(void **state)
{
	static const enum verify_mode modes[] = { VERIFY_ENFORCE, VERIFY_WARN,
						  VERIFY_OFF };
	_drop_pe_ struct pe_build kernel;
	const char *other;
	struct error err;

	(void)state;
	bzimage_build(&kernel);
	enroll(pe_build_file(&kernel));
	put_page(A "vmlinuz", pe_build_file(&kernel));
	put_page(A "initrd", span_of_text("initrd"));
	put_page(A "script", span_of_text("#!ipxe\nchain " A "vmlinuz\n"));
	other = pin(span_of_text("another"));
	for (size_t i = 0; i < test_count(modes); i++) {
		assert_refused(
			E_VERIFY_DIGEST, &err,
			prepare_text(entry_text("linux " A "vmlinuz%s", other),
				     modes[i], &err));
		assert_refused(E_VERIFY_DIGEST, &err,
			       prepare_text(entry_text("uki-url " A "vmlinuz%s",
						       other),
					    modes[i], &err));
		assert_refused(E_VERIFY_DIGEST, &err,
			       prepare_text(entry_text("linux " A "vmlinuz\n"
						       "initrd " A "initrd%s",
						       other),
					    modes[i], &err));
		/* a script in its place would say what to boot */
		assert_refused(
			E_VERIFY_DIGEST, &err,
			prepare_text(entry_text("uki-url " A "script%s", other),
				     modes[i], &err));
		assert_int_equal(net.text.blob.fd, -1);
	}
}

/* --- texts -------------------------------------------------------------------
 */

static void a_text_is_kept(void **state)
{
	static const char *const texts[] = {
		"#!ipxe\nkernel " A "k\nboot\n",
		"linux /vmlinuz\n",
		"entry x.conf\n",
		"LABEL x\nKERNEL k\n",
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(texts); i++) {
		page_count = 0;
		put_page(A "x", span_of_text(texts[i]));
		put_page(B "x", span_of_text("other"));
		assert_refused(E_NET_TEXT, &err,
			       prepare_text("uki-url " A "x " B "x\n",
					    VERIFY_ENFORCE, &err));
		assert_span_text(net.text.blob.bytes, texts[i]);
		assert_string_equal(net.text_url, A "x");
		assert_string_equal(requests, A "x ");
		assert_null(request.image);
	}
}

static void what_is_no_kernel_is_refused(void **state)
{
	static const struct {
		const char *key, *content;
		enum status want;
		const char *words;
	} cases[] = {
		{ "uki-url", "<!DOCTYPE html><p>Hi", E_NET_MENU_KIND,
		  "an HTML page" },
		{ "uki-url", "", E_NET_MENU_KIND, "an empty file" },
		{ "uki-url", "{\"a\": 1}", E_NET_MENU_KIND, "JSON" },
		{ "uki-url", "no such thing", E_NET_MENU_KIND,
		  "no known kind" },
		{ "linux", "<html>", E_NET_MENU_KIND, "an HTML page" },
		{ "linux", "#!ipxe\nboot k\n", E_VERIFY_NOT_AN_IMAGE,
		  "neither" },
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		page_count = 0;
		put_page(A "x", span_of_text(cases[i].content));
		assert_refused(
			cases[i].want, &err,
			prepare_text(entry_text("%s " A "x\n", cases[i].key),
				     VERIFY_OFF, &err));
		assert_non_null(strstr(err.text, cases[i].words));
		assert_int_equal(net.text.blob.fd, -1);
	}
}

static void what_dhcp_tells_is_for_the_menu(void **state)
{
	struct error err;

	(void)state;
	assert_refused(E_NET_TEXT, &err,
		       prepare_text(NULL, VERIFY_ENFORCE, &err));
	assert_string_equal(requests, "");
	assert_int_equal(net.text.blob.fd, -1);
}

/* --- templates ---------------------------------------------------------------
 */

static void values_smuggle_nothing_into_a_command_line(void **state)
{
	static const struct {
		const char *value;
		enum status want;
	} bad[] = {
		{ "x init=/bin/sh", E_TEMPLATE_WORD_BYTE },
		{ "x\tinit=/bin/sh", E_TEMPLATE_WORD_BYTE },
		{ "x\"", E_TEMPLATE_WORD_BYTE },
		{ "x=y", E_TEMPLATE_WORD_BYTE },
		{ "", E_TEMPLATE_UNSET },
		{ "a23456789012345678901234567890123456789012345678901234567890"
		  "1"
		  "2345",
		  E_TEMPLATE_WORD_LENGTH },
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		strcpy(net.machine.hostname, bad[i].value);
		assert_refused(bad[i].want, &err,
			       prepare_text("linux " A "k\n"
					    "options host=${hostname}\n",
					    VERIFY_OFF, &err));
		assert_string_equal(requests, "");
		assert_null(request.options);
	}
}

static void values_stay_in_their_part_of_a_url(void **state)
{
	_drop_pe_ struct pe_build kernel;
	struct error err;

	(void)state;
	bzimage_build(&kernel);
	strcpy(net.machine.serial, "../x?y#z %");
	put_page(A "..%2Fx%3Fy%23z%20%25/k", pe_build_file(&kernel));
	assert_ok(&err,
		  prepare_text("linux " A "${serial}/k\n", VERIFY_OFF, &err));
	strcpy(net.machine.serial, "..");
	assert_refused(
		E_TEMPLATE_DOTS, &err,
		prepare_text("linux " A "${serial}/k\n", VERIFY_OFF, &err));
	/* another mirror can do without it */
	put_page(B "k", pe_build_file(&kernel));
	assert_ok(&err, prepare_text("linux " A "${serial}/k " B "k\n",
				     VERIFY_OFF, &err));
	assert_string_equal(requests, B "k ");
	load_request_drop(&request);
}

/* --- time --------------------------------------------------------------------
 */

static void without_a_network_it_ends_at_the_timeout(void **state)
{
	uint64_t before = now_ms();
	struct error err;

	(void)state;
	net.state.stage = NET_NO_CARRIER;
	strcpy(net.state.line, "eth0: no carrier for 12 s");
	assert_refused(
		E_NET_LINK, &err,
		prepare_text("linux " A "k\ntimeout 1\n", VERIFY_OFF, &err));
	assert_string_equal(err.text, "no network: eth0: no carrier for 12 s");
	assert_in_range(now_ms() - before, 1000, 30000);
	assert_string_equal(requests, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pinned_files_boot_under_enforce),
		TEST(a_device_tree_goes_along),
		TEST(an_initrd_needs_a_pin),
		TEST(a_kernel_needs_somebody),
		TEST(a_pin_holds_without_verify),
		TEST(a_text_is_kept),
		TEST(what_is_no_kernel_is_refused),
		TEST(what_dhcp_tells_is_for_the_menu),
		TEST(values_smuggle_nothing_into_a_command_line),
		TEST(values_stay_in_their_part_of_a_url),
		TEST(without_a_network_it_ends_at_the_timeout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
