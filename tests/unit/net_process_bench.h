/* The menu's end of the network process, in a network of the test's own. */
#ifndef KEELBOOT_TESTS_UNIT_NET_PROCESS_BENCH_H
#define KEELBOOT_TESTS_UNIT_NET_PROCESS_BENCH_H

#include "net_process.h"

#include "dhcp.h"
#include "fetch_rig.h"
#include "lan.h"
#include "sys/proc.h"
#include "sys/transfer.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define OK_10	"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
#define BIG	(5 * TRANSFER_SLOT_LEN + 12345)
#define DNSMASQ "interface=sv0 dhcp-range=192.0.2.10,192.0.2.10,600 port=0"

struct menu {
	struct lan *lan;
	struct net_task *task;
	pid_t pid;
	int socket;
	struct fetch_rig rigs[2];
	size_t rig_count;
	struct transfer transfer;
	struct net_request request;
	struct net_state state;
	struct net_message message;
	uint8_t *file;
	size_t len, cap;
	unsigned begins, parts, told;
	uint32_t begun_at; /* mirror of the last beginning */
	uint32_t last_told;
	char notes[16384];
};

/* --- the menu's end ------------------------------------------------------- */

static __attribute__((unused, noinline)) struct menu *menu_new(struct lan *lan)
{
	struct menu *m = calloc(1, sizeof(*m));
	struct error err;

	assert_non_null(m);
	m->lan = lan;
	m->cap = BIG;
	m->file = malloc(m->cap);
	m->task = calloc(1, sizeof(*m->task));
	assert_true(m->file && m->task);
	*m->task = (struct net_task){ .settings = lan->settings,
				      .busybox = lan->busybox,
				      .script = lan->script,
				      .folder = lan->dir,
				      .resolv_conf = lan->resolv };
	lan_run(lan, "ip link set lo up");
	assert_ok(&err, transfer_make(&m->transfer, &err));
	return m;
}

static __attribute__((unused, noinline)) void menu_start(struct menu *m)
{
	struct error err;

	assert_ok(&err, msg_pair(&m->socket, &m->task->socket, &err));
	assert_ok(&err, proc_spawn("keelboot-net", net_process_run, m->task,
				   &m->task->socket, 1, &m->pid, &err));
	close(m->task->socket);
}

static __attribute__((unused, noinline)) void menu_drop(struct menu **menu)
{
	struct menu *m = *menu;
	int status = -1;

	close(m->socket);
	/* it ends by itself once the menu is gone */
	for (unsigned i = 0; i < 3000 && !proc_reap(m->pid, &status); i++)
		usleep(1000);
	assert_int_equal(status, 0);
	for (size_t i = 0; i < m->rig_count; i++)
		fetch_rig_end(&m->rigs[i]);
	transfer_drop(&m->transfer);
	free(m->file);
	free(m->task);
	free(m);
}
#define _menu_ __attribute__((cleanup(menu_drop))) struct menu *

/* The next message; false if there is none for so long. */
static __attribute__((unused, noinline)) bool hear(struct menu *m,
						   int timeout_ms)
{
	struct pollfd fd = { .fd = m->socket, .events = POLLIN };
	size_t len = 0;
	int passed = -1;
	struct error err;

	if (poll(&fd, 1, timeout_ms) != 1)
		return false;
	assert_ok(&err, msg_receive(m->socket, &m->message, sizeof(m->message),
				    &len, &passed, &err));
	assert_int_equal(passed, -1);
	assert_true(net_tame(&m->message, len));
	if (m->message.kind == NET_STATE)
		m->state = m->message.state;
	if (m->message.kind == NET_TOLD) {
		m->told++;
		m->last_told = m->message.request;
	}
	if (m->message.kind == NET_NOTE) {
		print_message("    %s\n", m->message.note);
		snprintf(m->notes + strlen(m->notes),
			 sizeof(m->notes) - strlen(m->notes), "%s\n",
			 m->message.note);
	}
	return true;
}

static __attribute__((unused, noinline)) void await_up(struct menu *m)
{
	uint64_t deadline = now_ms() + 10000;

	while (m->state.stage != NET_UP)
		assert_true(hear(m, deadline_left_ms(deadline)));
}

static __attribute__((unused, noinline)) void say(struct menu *m,
						  enum net_order order, int fd)
{
	struct span bytes = span_of(&m->request, sizeof(m->request));
	struct error err;
	enum status s;

	m->request.order = order;
	while ((s = msg_send(m->socket, bytes, fd, &err)) == E_MSG_FULL)
		usleep(1000);
	assert_ok(&err, s);
}

static __attribute__((unused, noinline)) void
serve(struct menu *m, const struct fetch_rig_turn *turns, size_t count)
{
	fetch_rig_begin(&m->rigs[m->rig_count++], NULL, NULL, turns, count);
}

static __attribute__((unused, noinline)) void
ask(struct menu *m, const struct fetch_rig *rigs, size_t count)
{
	uint32_t number = m->request.request + 1;

	m->request = (struct net_request){ .request = number,
					   .entry = NET_NO_ENTRY,
					   .max_size = BIG,
					   .timeout_s = 10,
					   .url_count = (uint32_t)count };
	for (size_t i = 0; i < count; i++)
		snprintf(m->request.urls[i], URL_TEXT_MAX,
			 "http://127.0.0.1:%u/file", rigs[i].port);
	m->len = 0;
	m->begins = m->parts = 0;
	say(m, NET_FETCH, m->transfer.fd);
}

static __attribute__((unused, noinline)) void take_part(struct menu *m)
{
	const struct net_message *got = &m->message;

	assert_int_equal(got->part.offset, m->len);
	assert_true(got->part.len <= m->cap - m->len);
	memcpy(m->file + m->len, transfer_slot(&m->transfer, got->part.offset),
	       got->part.len);
	m->len += got->part.len;
	m->parts++;
}

/* Until the file has ended, well or not. */
static __attribute__((unused, noinline)) enum net_kind
await_end(struct menu *m, uint32_t request)
{
	for (;;) {
		assert_true(hear(m, 15000));
		if (m->message.kind == NET_STATE ||
		    m->message.kind == NET_NOTE || m->message.kind == NET_TOLD)
			continue;
		assert_int_equal(m->message.request, request);
		if (m->message.kind == NET_BEGIN) {
			m->begins++;
			m->begun_at = m->message.begin.mirror;
			m->len = 0;
		} else if (m->message.kind == NET_PART) {
			take_part(m);
			say(m, NET_TAKEN, -1);
		} else {
			return m->message.kind;
		}
	}
}

static __attribute__((unused, noinline)) void comes(struct menu *m,
						    struct span want)
{
	assert_int_equal(await_end(m, m->request.request), NET_END);
	assert_span_equal(span_of(m->file, m->len), want);
	assert_int_equal(m->message.facts.size, want.len);
}

static __attribute__((unused, noinline)) void fails(struct menu *m,
						    enum status want)
{
	assert_int_equal(await_end(m, m->request.request), NET_FAILED);
	print_message("    %s\n", m->message.error.text);
	assert_int_equal(m->message.error.code, want);
}

static __attribute__((unused, noinline)) void one_is_static(struct lan *lan)
{
	struct net_interface *rule = lan_rule(lan, "eth0");

	lan_cable(lan, "eth0", "sv0", "192.0.2.1/24");
	rule->addresses[rule->address_count++] = lan_address("192.0.2.7/24");
}

#endif
