/*
 * Entries of the network that turn out to be texts: verified, followed to
 * entries, and what of those boots.
 */
#include "menu_network_bench.h"

/* --- what a text says --------------------------------------------------------
 */

/* It was the text's own way to say so, and no failure of it. */
static void a_script_leaves_it_to_the_next(void **state)
{
	(void)state;
	add_entry("uki-url " A "x\non-failure reboot\n");
	put_page(A "x", span_of_text("#!ipxe\nexit\n"));
	assert_int_equal(boot(true), E_NET_MENU_EXIT);
	assert_int_equal(menu.clock.end_status, 0);
	assert_true(menu.clock.has_deadline);
	assert_false(menu.is_held);
	assert_int_equal(menu.scan.entry_count, 1);
	assert_int_equal(menu.scan.entries[0]->failure_code, E_NET_MENU_EXIT);
}

static void a_script_ends_the_machine(void **state)
{
	static const struct {
		const char *text;
		int want;
	} cases[] = { { "#!ipxe\nreboot\n", INIT_EXIT_REBOOT },
		      { "#!ipxe\npoweroff\n", INIT_EXIT_POWER_OFF } };

	(void)state;
	add_entry("uki-url " A "x\non-failure hold\n");
	for (size_t i = 0; i < test_count(cases); i++) {
		page_count = 0;
		put_page(A "x", span_of_text(cases[i].text));
		assert_int_equal(boot(true), E_NET_MENU_END);
		assert_int_equal(menu.clock.end_status, cases[i].want);
		assert_true(menu.clock.has_deadline);
		assert_false(menu.is_held);
		menu.clock.end_status = 0;
		assert_int_equal(boot(false), E_NET_MENU_END);
		assert_int_equal(menu.clock.end_status, 0);
	}
}

static void what_a_script_names_is_booted_and_stays_in_the_list(void **state)
{
	uint32_t first;

	(void)state;
	first = add_entry("uki-url " A "s/x.ipxe\n");
	put_page(A "s/x.ipxe", span_of_text("#!ipxe\nkernel k quiet\nboot\n"));
	put_page(A "s/k", span_of_text("<html>"));
	for (unsigned i = 0; i < 3; i++) {
		const struct boot_entry *child;

		assert_int_equal(boot(i != 1), E_NET_MENU_KIND);
		assert_string_equal(requests, A "s/x.ipxe " A "s/k ");
		/* those of the last time are gone */
		assert_int_equal(menu.scan.entry_count, 2);
		assert_true(has_entry("x.ipxe"));
		child = menu.scan.entries[0]->id == first
				? menu.scan.entries[1]
				: menu.scan.entries[0];
		assert_false(child->found.is_automatic);
		assert_int_equal(child->failure_code, OK);
		assert_int_equal(scan_find(&menu.scan, first)->failure_code,
				 E_NET_MENU_KIND);
	}
}

static void by_itself_a_menu_has_a_default(void **state)
{
	(void)state;
	add_entry("uki-url " A "m/menu\n");
	put_menu();
	assert_int_equal(boot(true), E_NET_MENU_KIND);
	assert_string_equal(requests, A "m/menu " A "m/one.conf " A
					"m/two.conf " A "m/2 ");
	assert_int_equal(menu.scan.entry_count, 3);
}

/* Who asked for it is shown what there is. */
static void somebody_may_choose(void **state)
{
	static const char title[] = "\nmenu: Rack? 7\n";

	(void)state;
	add_entry("uki-url " A "m/menu\n");
	put_menu();
	boot(false);
	assert_string_equal(menu.failure, "");
	assert_string_equal(requests,
			    A "m/menu " A "m/one.conf " A "m/two.conf ");
	assert_int_equal(menu.scan.entry_count, 3);
	assert_true(has_entry("one.conf") && has_entry("two.conf"));
	for (uint32_t i = 0; i < 3; i++) {
		const struct boot_entry *e = menu.scan.entries[i];
		bool is_of_menu = strstr(e->found.id, "one.conf") ||
				  strstr(e->found.id, "two.conf");
		char buf[2048];
		struct text about = text_over(buf, sizeof(buf));

		menu_list_describe(&menu.scan, e, &about);
		assert_int_equal(strstr(buf, title) != NULL, is_of_menu);
	}
	assert_true(menu.is_touched);
	assert_int_equal(menu.scan.entries[0]->failure_code, OK);
}

static struct cmdline planned;

static bool read_line(void)
{
	size_t limit;
	bool is_read;

	requests[0] = '\0';
	played_begin(&played, &menu.net, serve_pages);
	is_read = menu_read_command_line(&menu, menu.scan.entries[0]->line,
					 &planned, &limit);
	played_end(&played);
	assert_false(menu.is_starting || menu.terminals.is_paused);
	return is_read;
}

static bool was_plain;

/* Whoever waits can be heard. */
static bool see_lines(void *ctx)
{
	(void)ctx;
	was_plain = menu.is_starting && menu.terminals.is_paused;
	return false;
}

static bool is_stopped(void *ctx)
{
	(void)ctx;
	return true;
}

static void the_line_of_a_text_is_that_of_its_entry(void **state)
{
	_drop_pe_ struct pe_build kernel;

	(void)state;
	bzimage_build(&kernel);
	add_entry("uki-url " A "x\n");
	put_page(A "x", span_of_text("#!ipxe\nkernel k quiet 7\nboot\n"));
	put_page(A "k", pe_build_file(&kernel));
	menu.net.is_stopped = see_lines;
	assert_true(read_line());
	assert_true(was_plain);
	assert_string_equal(planned.text, "quiet 7");
	assert_string_equal(requests, A "x " A "k ");
	pages[1].bytes = span_of_text("<html>");
	assert_false(read_line());
	assert_int_equal(menu.failed_code, E_NET_MENU_KIND);
	/* no failure, but somebody's wish */
	menu.net.is_stopped = is_stopped;
	assert_false(read_line());
	assert_string_equal(menu.failure, "");
	pages[0].bytes = span_of_text("uki-url " A "x\n");
	menu.net.is_stopped = NULL;
	assert_false(read_line());
	assert_int_equal(menu.failed_code, E_NET_TEXT);
}

static void serve_y_for_ever(struct played *p)
{
	if (strcmp(p->asked.urls[0], A "y") == 0) {
		strcat(requests, "y... ");
		say_begin(p, true, 5);
	} else {
		serve_pages(p);
	}
}

/* One key, which is not pressed again for what has the next turn. */
static bool is_stopped_at_y(void *ctx)
{
	bool *is_pressed = ctx;
	bool is_at_y = strstr(requests, "y...") && !*is_pressed;

	*is_pressed |= is_at_y;
	return is_at_y;
}

static void a_key_ends_all_that_a_text_leads_to(void **state)
{
	bool is_pressed = false;

	(void)state;
	add_entry("uki-url " A "x\n");
	put_page(A "x", span_of_text("#!ipxe\nchain y || kernel k\nboot\n"));
	put_page(A "k", span_of_text("<html>"));
	menu.net.is_stopped = is_stopped_at_y;
	menu.net.stop_ctx = &is_pressed;
	requests[0] = '\0';
	played_begin(&played, &menu.net, serve_y_for_ever);
	assert_false(menu_boot(&menu, menu.scan.entries[0]->line, NULL));
	played_end(&played);
	assert_string_equal(requests, A "x y... ");
	assert_true(is_pressed);
	assert_string_equal(menu.failure, "");
	assert_int_equal(menu.scan.entry_count, 1);
}

static void what_is_gone_is_not_followed(void **state)
{
	struct error err;
	uint32_t id;

	(void)state;
	assert_refused(E_IMAGE_GONE, &err,
		       menu_follow_text(&menu, 4711, &id, &err));
}

/* --- DHCP --------------------------------------------------------------------
 */

static void dhcp_tells_what_to_boot(void **state)
{
	struct lease *l = &menu.net.state.lease;

	(void)state;
	add_entry(NULL);
	l->event = LEASE_BOUND;
	assert_int_equal(boot(true), E_NET_DHCP_NOTHING);
	assert_string_equal(requests, "");
	strcpy(l->boot_file, A "m/menu");
	put_menu();
	assert_int_equal(boot(true), E_NET_MENU_KIND);
	assert_string_equal(requests, A "m/menu " A "m/one.conf " A
					"m/two.conf " A "m/2 ");
	assert_int_equal(menu.scan.entry_count, 4);
	assert_true(has_entry("dhcp-file"));
}

/* --- signatures --------------------------------------------------------------
 */

/* What is known of the way to what was tried last, in that order, and from the
 * first byte on. */
#define assert_provenance(...)                                                 \
	check_provenance((const char *const[]){ __VA_ARGS__, NULL })
static void check_provenance(const char *const *words)
{
	const char *at = menu.net.provenance;

	assert_memory_equal(at, words[0], strlen(words[0]));
	for (; *words; words++) {
		const char *found = strstr(at, *words);

		if (!found)
			fail_msg("%s: not in %s", *words, menu.net.provenance);
		at = found;
	}
}

#define SCRIPT "#!ipxe\nkernel k\nboot\n"

static void put_script(const char *text)
{
	page_count = 0;
	put_page(A "x?y=1", span_of_text(text));
	put_page(A "k", span_of_text("<html>"));
	put_page(A "x.p7s?y=1", signature);
}

static void a_signed_text_counts(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();

	(void)state;
	add_entry("uki-url " A "x?y=1\n");
	sign(&s, SCRIPT, KEYRING_FOLDER_MANIFEST);
	set_mode(VERIFY_ENFORCE);
	put_script(SCRIPT);
	assert_int_equal(boot(true), E_NET_MENU_KIND); /* of the kernel */
	assert_string_equal(requests, A "x?y=1 " A "x.p7s?y=1 " A "k ");
	assert_provenance("fetched " A "x?y=1 from", "fetched " A "x.p7s?y=1 ",
			  "\n" A "x?y=1 is signed by menus\n",
			  "\nfetched " A "k from ");
	put_script("#!ipxe\nkernel evil\nboot\n");
	assert_int_equal(boot(true), E_JUDGE_ATTRIBUTES_DIGEST);
	assert_string_equal(requests, A "x?y=1 " A "x.p7s?y=1 ");
	assert_int_equal(menu.scan.entry_count, 1);
	set_mode(VERIFY_WARN);
	assert_int_equal(boot(true), E_FETCH_STATUS); /* followed */
	assert_string_equal(requests, A "x?y=1 " A "x.p7s?y=1 " A "evil ");
	assert_provenance("fetched " A "x?y=1 from", "fetched " A "x.p7s?y=1 ",
			  "\n" A "x?y=1 is NOT VERIFIED\n", "");
	assert_null(strstr(menu.net.provenance, "signed by"));
	assert_null(strstr(menu.net.provenance, A "k"));
	test_drop(&signature);
}

/* All the way from a text of a disk on. */
static void where_it_comes_from_is_kept(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	scratch_text(&s, "loader/entries/x.conf", "uki-url " A "m/menu\n");
	put_menu();
	assert_ok(&err, scan_begin_root(&menu.scan, s.dir, &err));
	scan_settle(&menu.scan);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(boot(true), E_NET_MENU_KIND);
		assert_provenance("entry /loader/entries/x.conf of ",
				  "\nfetched " A "m/menu from 192.0.2.1, ",
				  "\n" A "m/menu is NOT VERIFIED\n",
				  "\nfetched " A "m/two.conf from ",
				  "\n" A "m/two.conf is NOT VERIFIED\n",
				  "\nfetched " A "m/2 from ");
	}
	scan_end(&menu.scan);
	assert_ok(&err, scan_init(&menu.scan, 5, &err));
}

#define HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

/* What the same key has signed for files of a disk: read as an entry it would
 * start any signed image with words that nobody has meant for it. */
static void a_manifest_is_no_text(void **state)
{
	static const char manifest[] = "linux " HEX " /k\noptions " HEX " -\n";
	_drop_scratch_ struct scratch s = scratch_make();

	(void)state;
	add_entry("uki-url " A "x?y=1\n");
	sign(&s, manifest, KEYRING_FOLDER_MANIFEST);
	put_script(manifest);
	set_mode(VERIFY_ENFORCE);
	assert_int_equal(boot(true), E_VERIFY_MANIFEST);
	assert_string_equal(requests, A "x?y=1 " A "x.p7s?y=1 ");
	assert_int_equal(menu.scan.entry_count, 1);
	test_drop(&signature);
}

static void a_key_of_images_signs_no_text(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();

	(void)state;
	add_entry("uki-url " A "x?y=1\n");
	sign(&s, SCRIPT, KEYRING_FOLDER_DB);
	set_mode(VERIFY_ENFORCE);
	put_script(SCRIPT);
	assert_int_equal(boot(true), E_JUDGE_UNKNOWN_SIGNER);
	assert_int_equal(menu.scan.entry_count, 1);
	test_drop(&signature);
}

static void without_a_signature_it_is_refused(void **state)
{
	(void)state;
	add_entry("uki-url " A "x?y=1\n");
	put_script(SCRIPT);
	page_count = 2; /* without the signature */
	set_mode(VERIFY_ENFORCE);
	assert_int_equal(boot(true), E_VERIFY_UNCOVERED);
	assert_string_equal(requests, A "x?y=1 " A "x.p7s?y=1 ");
	assert_int_equal(menu.scan.entry_count, 1);
	set_mode(VERIFY_WARN);
	assert_int_equal(boot(true), E_NET_MENU_KIND);
	set_mode(VERIFY_OFF); /* nobody asks for one */
	assert_int_equal(boot(true), E_NET_MENU_KIND);
	assert_string_equal(requests, A "x?y=1 " A "k ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_script_leaves_it_to_the_next),
		TEST(a_script_ends_the_machine),
		TEST(what_a_script_names_is_booted_and_stays_in_the_list),
		TEST(by_itself_a_menu_has_a_default),
		TEST(somebody_may_choose),
		TEST(the_line_of_a_text_is_that_of_its_entry),
		TEST(a_key_ends_all_that_a_text_leads_to),
		TEST(what_is_gone_is_not_followed),
		TEST(dhcp_tells_what_to_boot),
		TEST(a_signed_text_counts),
		TEST(where_it_comes_from_is_kept),
		TEST(a_manifest_is_no_text),
		TEST(a_key_of_images_signs_no_text),
		TEST(without_a_signature_it_is_refused),
	};

	log_to(-1, false, LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
