/* The process that asks the kernel for its interfaces; the contract is in
 * sys/network.h. */
#include "base/own.h"
#include "sys/link.h"
#include "sys/proc.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A cable that goes in and out all the time is told so often at most. */
#define PAUSE_MS 300

/* What it says: one message. */
struct answer {
	struct error error; /* OK, or the last thing it says */
	struct network network;
};

/* Waits for a change. What it was is not looked at: all of it is asked for
 * again, and more changes while it waits are the same one. False if the menu is
 * gone. */
static bool await_change(int events, int socket)
{
	struct pollfd fds[] = { { .fd = socket, .events = POLLIN },
				{ .fd = events, .events = POLLIN } };

	while (!fds[0].revents && !fds[1].revents)
		poll(fds, 2, -1);
	fds[0].revents = 0;
	if (poll(fds, 1, PAUSE_MS) > 0)
		return false;
	link_drain(events);
	return true;
}

static enum status tell(int socket, const struct answer *a)
{
	return msg_send(socket, span_of(a, sizeof(*a)), -1, NULL);
}

struct asker {
	int socket;
	struct answer now, told;
};

/* First the ear, then the question: nothing can change in between unheard. */
static enum status ask_for_ever(struct asker *a, struct error *err)
{
	_close_ int events = -1, kernel = -1;
	bool is_told = false;
	enum status s =
		link_open(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
			  &events, err);

	if (s == OK)
		s = link_open(0, &kernel, err);
	while (s == OK) {
		memset(&a->now, 0, sizeof(a->now));
		s = link_read(kernel, &a->now.network, err);
		if (s != OK)
			break;
		network_read_sysfs("", &a->now.network);
		if (!is_told || memcmp(&a->now, &a->told, sizeof(a->now)) != 0)
			s = tell(a->socket, &a->now);
		a->told = a->now;
		is_told = true;
		if (s != OK || !await_change(events, a->socket))
			return OK;
	}
	return s;
}

static int run(void *context)
{
	struct asker *a = calloc(1, sizeof(*a));
	struct error err = { .code = OK };

	if (!a)
		return 1;
	a->socket = *(const int *)context;
	if (ask_for_ever(a, &err) == OK)
		return 0;
	memset(&a->now, 0, sizeof(a->now));
	a->now.error = err;
	(void)!tell(a->socket, &a->now);
	return 1;
}

enum status network_watch_begin(struct network_watch *watch, struct error *err)
{
	int theirs = -1;
	enum status s;

	*watch = NETWORK_WATCH_NONE;
	s = msg_pair(&watch->socket, &theirs, err);
	if (s != OK)
		return s;
	s = proc_spawn("keelboot-net", run, &theirs, &theirs, 1, &watch->pid,
		       err);
	close(theirs);
	if (s != OK)
		close(take_fd(&watch->socket));
	return s;
}

size_t network_watch_poll_fds(const struct network_watch *watch,
			      struct pollfd *fds)
{
	if (watch->socket < 0)
		return 0;
	*fds = (struct pollfd){ .fd = watch->socket, .events = POLLIN };
	return 1;
}

/* Makes what it says safe to use. */
static bool tame(struct answer *a)
{
	struct network *n = &a->network;

	a->error.text[sizeof(a->error.text) - 1] = '\0';
	if ((unsigned)a->error.code >= STATUS_COUNT ||
	    n->count > NETWORK_LINKS_MAX)
		return false;
	for (uint32_t i = 0; i < n->count; i++) {
		struct network_link *link = &n->links[i];

		link->name[sizeof(link->name) - 1] = '\0';
		link->driver[sizeof(link->driver) - 1] = '\0';
		if (link->mac_len > NETWORK_MAC_MAX ||
		    link->address_count > NETWORK_ADDRESSES_MAX)
			return false;
	}
	return true;
}

static enum status take_one(struct network_watch *watch, struct answer *a,
			    struct error *err)
{
	_close_ int passed = -1;
	size_t len = 0;
	enum status s = E_MSG_NONE;

	if (watch->socket >= 0)
		s = msg_receive(watch->socket, a, sizeof(*a), &len, &passed,
				err);
	else
		fail(err, s, "nobody watches the network");
	if (s == OK && len == sizeof(*a) && tame(a))
		s = a->error.code;
	else if (s != E_MSG_NONE)
		return fail(err, E_NETWORK_ENDED,
			    "the process that watches the network ended "
			    "unexpectedly");
	else
		return s;
	if (s != OK && err)
		*err = a->error;
	return s;
}

enum status network_watch_take(struct network_watch *watch, struct network *ret,
			       struct error *err)
{
	struct answer *a = calloc(1, sizeof(*a));
	bool is_new = false;
	enum status s;

	if (!a)
		return fail(err, E_MSG_NONE, "no memory for an answer");
	while ((s = take_one(watch, a, err)) == OK) {
		*ret = a->network;
		is_new = true;
	}
	if (s != E_MSG_NONE)
		network_watch_end(watch);
	else if (is_new)
		s = OK;
	free(a);
	return s;
}

void network_watch_end(struct network_watch *watch)
{
	int status;

	if (watch->socket < 0)
		return;
	close(take_fd(&watch->socket));
	proc_kill(watch->pid);
	proc_reap(watch->pid, &status);
}
