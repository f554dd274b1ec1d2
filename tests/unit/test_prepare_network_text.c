/*
 * Entries of disks whose files come from the network: what vouches for their
 * text, and that nothing is fetched for one that does not count. A text that is
 * signed is in the host's tests of whole boots.
 */
#include "prepare_network_bench.h"

#define ENTRY "loader/entries/x.conf"
#define TEXT  "title On a disk\nlinux " A "vmlinuz\noptions quiet\n"

static struct pe_build kernel;
static struct scratch s;

static int set_up_all(void **state)
{
	(void)state;
	bzimage_build(&kernel);
	return 0;
}

static int tear_down_all(void **state)
{
	(void)state;
	pe_build_drop(&kernel);
	return 0;
}

static int begin_one(void **state)
{
	s = scratch_make();
	return set_up(state);
}

static int end_one(void **state)
{
	int result = tear_down(state);

	scratch_drop(&s);
	return result;
}

/* Begins a look at a directory; returns the entry called x.conf. */
static struct boot_entry *look(void)
{
	struct boot_entry *entry;
	struct error err;

	scan_end(&scan);
	assert_ok(&err, scan_init(&scan, 5, &err));
	scan.net = &net;
	assert_ok(&err, scan_begin_root(&scan, s.dir, &err));
	scan_settle(&scan);
	entry = scan_match(&scan, "x.conf");
	assert_non_null(entry);
	return entry;
}

static enum status prepare_disk(enum verify_mode mode, struct error *err)
{
	const struct verify_context context = { .mode = mode,
						.keyring = &keys };
	struct boot_entry *entry = look();
	enum status result;

	requests[0] = '\0';
	load_request_drop(&request);
	played_begin(&played, &net, serve_pages);
	result = prepare_entry(&scan, entry, &config, &context, &request, err);
	played_end(&played);
	return result;
}

static void put(const char *text)
{
	enroll(pe_build_file(&kernel));
	page_count = 0;
	put_page(A "vmlinuz", pe_build_file(&kernel));
	scratch_text(&s, ENTRY, text);
}

static void under_enforce_somebody_signs_it(void **state)
{
	struct error err;

	(void)state;
	put(TEXT);
	assert_refused(E_VERIFY_UNCOVERED, &err,
		       prepare_disk(VERIFY_ENFORCE, &err));
	assert_non_null(strstr(err.text, "/" ENTRY));
	assert_non_null(strstr(err.text, "x.conf.p7s"));
	assert_string_equal(requests, "");
	assert_int_equal(net.image_count, 0);
	assert_false(net.is_wanted);
}

/* The signature of another text. */
static void a_signature_is_of_that_text(void **state)
{
	_drop_copy_ struct span p7s =
		test_read_file("tests/data/pki/detached.p7s");
	_drop_copy_ struct span der = test_read_file("tests/data/pki/p521.der");
	struct error err;

	(void)state;
	assert_ok(&err, keyring_add_file(&keys, KEYRING_FOLDER_MANIFEST,
					 "p521.der", der, &err));
	put(TEXT);
	scratch_file(&s, ENTRY ".p7s", p7s);
	assert_refused(E_JUDGE_ATTRIBUTES_DIGEST, &err,
		       prepare_disk(VERIFY_ENFORCE, &err));
	assert_string_equal(requests, "");
	assert_false(net.is_wanted);
	assert_ok(&err, prepare_disk(VERIFY_WARN, &err));
	/* its name has none of the counter, which changes */
	assert_int_equal(rename(scratch_path(&s, ENTRY),
				scratch_path(&s, "loader/entries/x+3.conf")),
			 0);
	assert_refused(E_JUDGE_ATTRIBUTES_DIGEST, &err,
		       prepare_disk(VERIFY_ENFORCE, &err));
}

static void where_the_policy_does_not_care_it_boots(void **state)
{
	static const enum verify_mode modes[] = { VERIFY_WARN, VERIFY_OFF };
	struct error err;

	(void)state;
	put(TEXT);
	for (size_t i = 0; i < test_count(modes); i++) {
		strcpy(net.provenance, "on the way\n");
		assert_ok(&err, prepare_disk(modes[i], &err));
		assert_string_equal(requests, A "vmlinuz ");
		assert_memory_equal(request.fetched, "on the way\nentry ", 17);
		assert_cmdline("quiet");
		assert_non_null(strstr(request.fetched, "entry /" ENTRY));
		assert_non_null(strstr(request.fetched, A "vmlinuz from"));
		assert_true(net.slots[NET_OF_DISK].is_used);
		assert_false(net.slots[NET_OF_DISK].is_of_image);
		assert_int_equal(net.image_count, 0);
	}
}

/* A name is whatever its disk says; the next system reads lines. */
static void a_name_forges_no_line(void **state)
{
	const struct verify_context context = { .mode = VERIFY_OFF };
	struct error err;

	(void)state;
	put(TEXT);
	assert_int_equal(rename(scratch_path(&s, ENTRY),
				scratch_path(&s, "loader/entries/a\nsigned "
						 "by us\nx.conf")),
			 0);
	scratch_text(&s, ENTRY, TEXT);
	(void)look();
	for (uint32_t i = 0; i < scan.entry_count; i++) {
		played_begin(&played, &net, serve_pages);
		load_request_drop(&request);
		assert_ok(&err, prepare_entry(&scan, scan.entries[i], &config,
					      &context, &request, &err));
		played_end(&played);
		assert_null(strstr(request.fetched, "\nsigned"));
	}
	assert_int_equal(scan.entry_count, 2);
}

/* Of two disks' entries one is prepared at a time, and nothing grows. */
static void one_follows_another(void **state)
{
	static const struct boot_entry other = { .found.kind = FOUND_TYPE1 };
	struct net_entry *child = calloc(1, sizeof(*child));
	uint32_t number, of_child;
	struct error err;

	(void)state;
	put(TEXT);
	assert_ok(&err, prepare_disk(VERIFY_OFF, &err));
	assert_true(
		scan_network_slot(&scan, scan_match(&scan, "x.conf"), &number));
	assert_int_equal(number, NET_OF_DISK);
	assert_false(scan_network_slot(&scan, &other, &number));
	assert_ok(&err, net_add_child(&net, child, "c", NET_OF_DISK, &of_child,
				      &err));
	scan_add_network(&scan, of_child, false);
	net.slots[NET_OF_DISK].of_disk++; /* as if it had been another's */
	load_request_drop(&request);
	played_begin(&played, &net, serve_pages);
	assert_ok(&err,
		  prepare_entry(&scan, scan_match(&scan, "x.conf"), &config,
				&(struct verify_context){ .mode = VERIFY_OFF,
							  .keyring = &keys },
				&request, &err));
	played_end(&played);
	assert_true(
		scan_network_slot(&scan, scan_match(&scan, "x.conf"), &number));
	assert_false(net.slots[of_child].is_used);
	assert_null(scan_match(&scan, "c"));
}

static void what_cannot_be_is_refused_in_the_list(void **state)
{
	static const struct {
		const char *text;
		enum status want;
	} cases[] = {
		{ "linux " A "k\nheader X: y\n", E_NET_ENTRY_SECRET },
		{ "linux " A "k\nclient-key k.pem\nclient-cert c.pem\n",
		  E_NET_ENTRY_SECRET },
		{ "linux " A "k\ninitrd /initrd\n", E_NET_ENTRY_URL },
		{ "uki-url " A "k\narchitecture arm\n", E_ENTRY_MACHINE },
		{ "uki-url\n", E_NET_ENTRY_URL },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		put(cases[i].text);
		assert_int_equal(look()->found.why, cases[i].want);
	}
}

static void a_signature_has_a_size(void **state)
{
	char *large = calloc(1, PKCS7_SIZE_MAX + 1);
	struct error err;

	(void)state;
	put(TEXT);
	scratch_file(&s, ENTRY ".p7s", span_of(large, PKCS7_SIZE_MAX + 1));
	assert_refused(E_ENTRY_TEXT_TOO_LONG, &err,
		       prepare_disk(VERIFY_ENFORCE, &err));
	free(large);
}

static void the_list_has_its_urls(void **state)
{
	const struct found *found;

	(void)state;
	put("uki-url " A "one " A "two\nsort-key k\nversion 7\n");
	found = &look()->found;
	assert_int_equal(found->why, OK);
	assert_int_equal(found->kind, FOUND_TYPE1);
	assert_true(found->is_automatic);
	assert_true(found_is_of_network(found));
	assert_string_equal(found->title.text, "x.conf");
	assert_string_equal(found->sort_key.text, "k");
	assert_string_equal(found->version.text, "7");
	assert_string_equal(found_file(found, FILE_KERNEL, 0)->path, A "one");
	assert_string_equal(found_file(found, FILE_ENTRY, 0)->path, "/" ENTRY);
}

/* A command on a host has none, and a menu's that was not begun neither. */
static void without_a_network_it_says_so(void **state)
{
	const struct verify_context context = { .mode = VERIFY_OFF };
	struct boot_entry *entry;
	struct error err;

	(void)state;
	put(TEXT);
	entry = look();
	assert_refused(
		E_NET_ENDED, &err,
		prepare_entry(&scan, entry, &config, &context, &request, &err));
	scan.net = NULL;
	assert_refused(
		E_ENTRY_NETWORK, &err,
		prepare_entry(&scan, entry, &config, &context, &request, &err));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin_one, end_one)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(under_enforce_somebody_signs_it),
		TEST(a_signature_is_of_that_text),
		TEST(where_the_policy_does_not_care_it_boots),
		TEST(a_name_forges_no_line),
		TEST(one_follows_another),
		TEST(what_cannot_be_is_refused_in_the_list),
		TEST(a_signature_has_a_size),
		TEST(the_list_has_its_urls),
		TEST(without_a_network_it_says_so),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
