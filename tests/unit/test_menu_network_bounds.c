/*
 * What bounds the texts of the network: how many of texts, how long, how many
 * entries, for which machines.
 */
#include "menu_network_bench.h"

/* What is for others is none of its entries, nor its default. */
static void entries_of_others_are_nobodys_default(void **state)
{
	bool is_arm = !strcmp(candidate_architecture(), "aa64");
	char text[64];

	(void)state;
	snprintf(text, sizeof(text), "linux 1\narchitecture %s\n",
		 is_arm ? "x64" : "aa64");
	add_entry("uki-url " A "m/menu\n");
	put_page(A "m/menu", span_of_text("entry wipe\nentry os-a\nentry "
					  "os-b\ndefault os-*\n"));
	put_page(A "m/wipe", span_of_text("linux w\n"));
	put_page(A "m/os-a", span_of_text(text));
	put_page(A "m/os-b", span_of_text("linux 2\n"));
	put_page(A "m/2", span_of_text("<html>"));
	assert_int_equal(boot(true), E_NET_MENU_KIND);
	assert_non_null(strstr(requests, A "m/2 "));
	assert_null(strstr(requests, A "m/w "));
	pages[0].bytes = span_of_text("entry os-a\n");
	assert_int_equal(boot(true), E_ENTRY_MACHINE);
	assert_int_equal(menu.scan.entry_count, 1);
}

/* A default for which there is no room is not replaced by another entry. */
static void a_default_without_room_boots_nothing(void **state)
{
	struct net_entry *child;
	uint32_t number;
	struct error err;

	(void)state;
	add_entry("uki-url " A "m/menu\n");
	put_menu();
	for (int i = 2; i < NET_SLOTS_MAX; i++) {
		child = calloc(1, sizeof(*child));
		assert_ok(&err, net_add_child(&menu.net, child, "x",
					      NET_NO_PARENT, &number, &err));
	}
	assert_int_equal(boot(true), E_NET_SLOTS);
	assert_non_null(strstr(menu.failure, "no room for its default"));
	assert_null(strstr(requests, A "m/1 "));
}

/* The entry's is for all that it leads to. */
static void a_timeout_is_for_texts_too(void **state)
{
	(void)state;
	add_entry("uki-url " A "x\ntimeout 20\n");
	put_page(A "x", span_of_text("uki-url " A "y\ntimeout 86400\n"));
	put_page(A "y", span_of_text("#!ipxe\nkernel k\nboot\n"));
	put_page(A "k", span_of_text("<html>"));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(boot(true), E_NET_MENU_KIND);
		assert_string_equal(requests, A "x " A "y " A "k ");
		assert_in_range(played.asked.timeout_s, 1, 20);
	}
}

static void texts_of_texts_have_an_end(void **state)
{
	unsigned fetches = 0;

	(void)state;
	add_entry("uki-url " A "x\n");
	put_page(A "x", span_of_text("uki-url " A "x\n"));
	for (unsigned i = 0; i < 2; i++) {
		fetches = 0;
		assert_int_equal(boot(true), E_NET_TEXT);
		for (const char *at = requests; *at; at++)
			fetches += *at == ' ';
		assert_int_equal(fetches, 9);
		assert_int_equal(menu.scan.entry_count, 9);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(entries_of_others_are_nobodys_default),
		TEST(a_default_without_room_boots_nothing),
		TEST(a_timeout_is_for_texts_too),
		TEST(texts_of_texts_have_an_end),
	};

	log_to(-1, false, LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
