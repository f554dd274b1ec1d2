/*
 * A network of a test's own: a name space for the test, another for the servers
 * of the far end, cables between them and dnsmasq there; and one loop that lets
 * boot/net_links.h work until something is so. Needs root, ip(8), nsenter(1)
 * and dnsmasq(8).
 */
#ifndef KEELBOOT_TESTS_LIB_LAN_H
#define KEELBOOT_TESTS_LIB_LAN_H

#include "net_links.h"

#include <sys/types.h>

struct lan {
	char dir[64];
	char script[96]; /* this program as DHCP_SCRIPT_NAME */
	char resolv[96];
	char busybox[512]; /* with udhcpc and udhcpc6 */
	pid_t far, dnsmasq;
	struct net_settings settings;
	struct net_links *links;
	char notes[65536];
	unsigned handled; /* how often there was something to do */
};

/* For cmocka's setup and teardown of each test: *state is the lan. */
int lan_begin(void **state);
int lan_end(void **state);

/* A command here, or at the far end; fails the test if that fails. */
void lan_run(const struct lan *lan, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void lan_far(const struct lan *lan, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A cable from here to far, which is up and has that address unless NULL. */
void lan_cable(const struct lan *lan, const char *here, const char *far,
	       const char *address);

/* dnsmasq at the far end, options without "--", separated by blanks; ends the
 * one before. NULL ends it only. */
void lan_dnsmasq(struct lan *lan, const char *options);

/* A file in lan->dir. */
void lan_write(const struct lan *lan, const char *name, const char *text);

/* Instead of busybox: a script of a shell that begins as clients do, with
 * "deconfig", and goes on with that. $s is the script to call. */
void lan_play(struct lan *lan, const char *client);

/* Another rule; to be filled in. */
struct net_interface *lan_rule(struct lan *lan, const char *glob);

/* bits are after a slash, if there are any. */
struct net_address lan_address(const char *text);

void lan_start(struct lan *lan);

/* Lets the links work until the stage is that, and for so long at most; false
 * if it never was. */
bool lan_reaches(struct lan *lan, enum net_stage stage, int timeout_ms);

/* The same until the line has that in it. */
bool lan_says(struct lan *lan, const char *text, int timeout_ms);

/* The same, until a command here succeeds. */
bool lan_comes(struct lan *lan, int timeout_ms, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void lan_goes_on(struct lan *lan, int for_ms);

const struct net_state *lan_state(const struct lan *lan);

/* Whether resolv.conf has that in it. */
bool lan_resolves(const struct lan *lan, const char *text);

#endif
