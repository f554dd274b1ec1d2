/* The DHCP clients; the contract is in dhcp.h. */
#include "dhcp.h"

#include "base/own.h"
#include "sys/caps.h"
#include "sys/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

#define WORDS_MAX 48
#define ROOM_MAX  1024

/* The clients have a pipe at 3 and 4, whatever was there. */
#define SOCKET_MIN 16

/* Milliseconds between the end of a process's sockets and its own. */
#define REAP_TRIES 20

/* The numbers of options that are asked for on top of udhcpc's own. */
static const char *const wanted4[] = { "17", "26",  "43",  "60",  "66", "67",
				       "97", "119", "121", "209", "210" };
static const char *const wanted6[] = { "23", "24", "59", "60" };

/* --- the command line -------------------------------------------------------
 */

struct command {
	const char *words[WORDS_MAX]; /* NULL at the end */
	size_t count;
	struct text text; /* words that are made */
	char room[ROOM_MAX];
};

static void add(struct command *c, const char *word)
{
	if (c->count < WORDS_MAX - 1)
		c->words[c->count++] = word;
}

/* Ends the word that was added to c->text from there on. */
static void add_made(struct command *c, size_t from)
{
	text_add_char(&c->text, '\0');
	add(c, c->room + from);
}

static void add_pair(struct command *c, const char *option, const char *value)
{
	add(c, option);
	add(c, value);
}

static void add_hex(struct command *c, const char *option, struct span head,
		    struct span bytes)
{
	size_t from = c->text.len;

	text_add(&c->text, option);
	text_add_hex(&c->text, head);
	text_add_hex(&c->text, bytes);
	add(c, "-x");
	add_made(c, from);
}

static const char *class_name(enum dhcp_class class)
{
	return class == DHCP_HTTP ? "HTTPClient" : "PXEClient";
}

/* Options 60, 93, 94, 97 and 77. */
static void add_identity4(struct command *c, const struct dhcp_request *q)
{
	const uint8_t arch[] = { (uint8_t)(q->arch >> 8), (uint8_t)q->arch };
	const struct span none = { NULL, 0 };
	size_t from = c->text.len;

	if (q->class != DHCP_PLAIN) {
		text_addf(&c->text, "%s:Arch:%05u:UNDI:003001",
			  class_name(q->class), q->arch);
		add(c, "-V");
		add_made(c, from);
		add_hex(c, "0x5d:", span_of(arch, 2), none);
		add_hex(c, "0x5e:", span_of("\x01\x03\x01", 3), none);
	} else {
		add_pair(c, "-V", "keelboot");
	}
	if (q->has_uuid)
		add_hex(c, "0x61:", span_of("\0", 1), span_of(q->uuid, 16));
	if (q->user_class && *q->user_class)
		add_hex(c, "0x4d:", span_of_text(q->user_class), none);
}

/* Options 16 (of Intel's number, as firmware has it) and 61. */
static void add_identity6(struct command *c, const struct dhcp_request *q)
{
	const uint8_t arch[] = { (uint8_t)(q->arch >> 8), (uint8_t)q->arch };
	uint8_t head[] = { 0, 0, 0x01, 0x57, 0, 0 };
	const struct span none = { NULL, 0 };
	char name[64];
	struct text t = text_over(name, sizeof(name));

	if (q->class == DHCP_PLAIN)
		return;
	text_addf(&t, "%s:Arch:%05u:UNDI:003001", class_name(q->class),
		  q->arch);
	head[5] = (uint8_t)t.len;
	add_hex(c, "0x10:", span_of(head, sizeof(head)), span_of(name, t.len));
	add_hex(c, "0x3d:", span_of(arch, 2), none);
}

static void make_command(struct command *c, const struct dhcp_request *q)
{
	const char *const *wanted = q->is_ipv6 ? wanted6 : wanted4;
	size_t count = q->is_ipv6 ? sizeof(wanted6) / sizeof(wanted6[0])
				  : sizeof(wanted4) / sizeof(wanted4[0]);

	c->count = 0;
	c->text = text_over(c->room, sizeof(c->room));
	add(c, q->is_ipv6 ? "udhcpc6" : "udhcpc");
	add(c, "-f");
	add_pair(c, "-i", q->interface);
	add_pair(c, "-s", q->script);
	/* Without an end: the lease has a deadline where it is waited for. Of
	 * 200 machines that start at once a server's socket loses some, which
	 * is soon made good; where nobody answers there are pauses. */
	add_pair(c, "-t", "4");
	add_pair(c, "-T", "1");
	add_pair(c, "-A", "3");
	for (size_t i = 0; i < count; i++)
		add_pair(c, "-O", wanted[i]);
	if (q->is_ipv6 && q->is_stateless)
		add(c, "-l");
	if (q->is_ipv6)
		add_identity6(c, q);
	else
		add_identity4(c, q);
	c->words[c->count] = NULL;
}

/* --- the child --------------------------------------------------------------
 */

#define KEPT (CAP_BIT(CAP_NET_RAW) | CAP_BIT(CAP_NET_BIND_SERVICE))

struct start {
	const struct dhcp_request *request;
	int socket;
};

static int run(void *context)
{
	const struct start *start = context;
	char number[sizeof(DHCP_SOCKET_VARIABLE) + 16];
	char *env[] = { number, NULL };
	struct command c;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int socket = fcntl(start->socket, F_DUPFD, SOCKET_MIN);

	make_command(&c, start->request);
	snprintf(number, sizeof(number), "%s=%d", DHCP_SOCKET_VARIABLE, socket);
	/* what it says to a terminal would be in the menu */
	if (c.text.cut || null < 0 || socket < 0 ||
	    dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    dup2(null, STDERR_FILENO) < 0 || !caps_keep(KEPT))
		return 126;
	execve(start->request->busybox, (char *const *)(uintptr_t)c.words, env);
	return 127;
}

enum status dhcp_begin(struct dhcp *dhcp, const struct dhcp_request *request,
		       struct error *err)
{
	struct start start = { request, -1 };
	size_t len = strlen(request->interface);
	enum status s;

	*dhcp = DHCP_NONE;
	if (!len || len > 15 || strchr(request->interface, '/') ||
	    request->interface[0] == '-')
		return fail(err, E_DHCP_INTERFACE,
			    "no DHCP for \"%s\" of %zu bytes: an interface has "
			    "1 to 15 without a slash",
			    display_of_text(request->interface).text, len);
	s = msg_pair(&dhcp->socket, &start.socket, err);
	if (s != OK)
		return s;
	s = proc_spawn("keelboot-dhcp", run, &start, &start.socket, 1,
		       &dhcp->pid, err);
	close(start.socket);
	if (s != OK)
		close(take_fd(&dhcp->socket));
	return s;
}

/* --- what it says -----------------------------------------------------------
 */

size_t dhcp_poll_fds(const struct dhcp *dhcp, struct pollfd *fds)
{
	if (dhcp->socket < 0)
		return 0;
	*fds = (struct pollfd){ .fd = dhcp->socket, .events = POLLIN };
	return 1;
}

/* Clients that were started again and again would leave as many dead. */
static bool reap(const struct dhcp *dhcp, int *ret_status)
{
	for (int tries = 0; tries < REAP_TRIES; tries++) {
		if (proc_reap(dhcp->pid, ret_status))
			return true;
		poll(NULL, 0, 1);
	}
	return false;
}

static enum status say_ended(struct dhcp *dhcp, struct error *err)
{
	char buf[64];
	struct text how = text_over(buf, sizeof(buf));
	int status;

	if (reap(dhcp, &status)) {
		dhcp->pid = 0;
		proc_describe_end(status, &how);
	} else {
		text_add(&how, "its socket is closed");
	}
	dhcp_end(dhcp);
	return fail(err, E_DHCP_ENDED, "the DHCP client ended: %s", buf);
}

enum status dhcp_take(struct dhcp *dhcp, struct lease *ret, struct error *err)
{
	_free_ uint8_t *buf = malloc(LEASE_MESSAGE_MAX);
	_close_ int passed = -1;
	size_t len = 0;
	enum status s;

	if (dhcp->socket < 0)
		return fail(err, E_MSG_NONE, "no DHCP client runs");
	if (!buf)
		return fail(err, E_MSG_NONE, "no memory for a lease");
	s = msg_receive(dhcp->socket, buf, LEASE_MESSAGE_MAX, &len, &passed,
			err);
	if (s == E_MSG_CLOSED)
		return say_ended(dhcp, err);
	return s == OK ? lease_parse(span_of(buf, len), ret, err) : s;
}

void dhcp_end(struct dhcp *dhcp)
{
	int status;

	if (dhcp->socket < 0)
		return;
	close(take_fd(&dhcp->socket));
	if (!dhcp->pid)
		return;
	proc_kill(dhcp->pid);
	(void)reap(dhcp, &status);
}

/* --- the script -------------------------------------------------------------
 */

int dhcp_script(int argc, char **argv)
{
	_free_ char *buf = malloc(LEASE_MESSAGE_MAX);
	const char *number = getenv(DHCP_SOCKET_VARIABLE);
	struct text t;
	uint64_t fd;

	if (argc < 2 || !number || !buf ||
	    !text_parse_number(span_of_text(number), 1023, &fd))
		return 2;
	t = text_over(buf, LEASE_MESSAGE_MAX);
	text_add_bytes(&t, span_of(argv[1], strlen(argv[1]) + 1));
	for (char **e = environ; *e; e++)
		if (lease_knows(span_of_text(*e)))
			text_add_bytes(&t, span_of(*e, strlen(*e) + 1));
	if (t.cut)
		return 1;
	return msg_send((int)fd, span_of(buf, t.len), -1, NULL) == OK ? 0 : 1;
}
