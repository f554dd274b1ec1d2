/*
 * What the tests of menu_network.c share: a menu whose entries of the network
 * are texts, and what their boots come to. Nothing here is a kernel that boots.
 */
#ifndef KEELBOOT_TESTS_UNIT_MENU_NETWORK_BENCH_H
#define KEELBOOT_TESTS_UNIT_MENU_NETWORK_BENCH_H

#include "base/log.h"
#include "image_build.h"
#include "init.h"
#include "menu_list_words.h"
#include "menu_parts.h"
#include "net_pages.h"
#include "scratch.h"
#include "sys/proc.h"

static struct menu menu;
static struct played played;
static struct span signature;

static inline int set_up(void **state)
{
	struct error err;

	(void)state;
	memset(&menu, 0, sizeof(menu));
	menu.root = "/nowhere"; /* a rehearsal: nothing of it is for real */
	net_init(&menu.net);
	menu.net.state.stage = NET_UP;
	config_defaults(&menu.config);
	menu.config.policy.verify = VERIFY_OFF;
	menu.authority.keyring = KEYRING_NONE;
	menu.authority.verify.keyring = &menu.authority.keyring;
	menu.authority.verify.mode = VERIFY_OFF;
	menu.start_ms = menu.key_ms = now_ms();
	ui_menu_init(&menu.terminals.ui);
	assert_ok(&err, scan_init(&menu.scan, 5, &err));
	menu_network_init(&menu);
	menu_choice_begin(&menu.choice, &menu.config, false);
	page_count = 0;
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	menu_choice_end(&menu.choice);
	scan_end(&menu.scan);
	net_end(&menu.net);
	keyring_drop(&menu.authority.keyring);
	menu_list_drop(&menu.list);
	return 0;
}

/* An entry of the image, or (NULL) of what DHCP tells. */
static inline uint32_t add_entry(const char *text)
{
	struct net_entry *entry = NULL;
	uint32_t number, id;
	struct error err;

	if (text) {
		entry = malloc(sizeof(*entry));
		assert_non_null(entry);
		assert_ok(&err, net_entry_parse(span_of_text(text), true, NULL,
						NULL, entry, &err));
	}
	assert_ok(&err, net_add(&menu.net, entry, "n.conf", &number, &err));
	id = scan_add_network(&menu.scan, number, true);
	scan_fold(&menu.scan);
	return id;
}

/* The first entry boots by itself, or because somebody says so. */
static inline enum status boot(bool is_by_itself)
{
	uint32_t line = menu.scan.entries[0]->line;

	menu.failed_code = OK;
	menu.failure[0] = requests[0] = '\0';
	played_begin(&played, &menu.net, serve_pages);
	if (is_by_itself) {
		for (uint32_t i = 0; i < menu.scan.entry_count; i++)
			menu.scan.entries[i]->failure_code = OK;
		menu.clock.has_deadline = true;
		menu.clock.deadline_ms = 1;
		assert_int_equal(menu_act_when_due(&menu, now_ms()), -1);
	} else {
		menu_boot(&menu, line, NULL);
	}
	played_end(&played);
	return menu.failed_code;
}

static inline bool has_entry(const char *id)
{
	for (uint32_t i = 0; i < menu.scan.entry_count; i++)
		if (!strcmp(menu.scan.entries[i]->found.id, id))
			return true;
	return false;
}

static inline void put_menu(void)
{
	put_page(A "m/menu", span_of_text("title Rack\x1b 7\nentry one.conf\n"
					  "entry two.conf\ndefault two*\n"));
	put_page(A "m/one.conf", span_of_text("linux 1\n"));
	put_page(A "m/two.conf", span_of_text("linux 2\n"));
	put_page(A "m/1", span_of_text("<html>"));
	put_page(A "m/2", span_of_text("<html>"));
}

/* signature is one of the text, by a key that the keyring has for that. */
static inline void sign(const struct scratch *s, const char *text,
			enum keyring_folder folder)
{
	_drop_copy_ struct span pem = { 0 };
	char command[2048];
	struct error err;

	scratch_text(s, "text", text);
	snprintf(command, sizeof(command),
		 "cd %s && openssl req -x509 -newkey ec -pkeyopt "
		 "ec_paramgen_curve:P-256 -nodes -keyout key -out pem -days 2 "
		 "-subj /CN=menus 2>err && openssl cms -sign -binary "
		 "-md sha256 -in text -signer pem -inkey key -outform DER "
		 "-out text.p7s",
		 s->dir);
	if (system(command))
		fail_msg("failed (scripts/setup.sh test installs it): %s",
			 command);
	pem = test_read_file(scratch_path(s, "pem"));
	assert_ok(&err, keyring_add_file(&menu.authority.keyring, folder,
					 "test", pem, &err));
	test_drop(&signature);
	signature = test_read_file(scratch_path(s, "text.p7s"));
}

static inline void set_mode(enum verify_mode mode)
{
	menu.config.policy.verify = menu.authority.verify.mode = mode;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
