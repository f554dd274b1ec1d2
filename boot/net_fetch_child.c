/* What busybox does for net_fetch.h: TFTP, and the time of day. */
#include "net_child.h"
#include "net_fetch_parts.h"

#include "base/own.h"
#include "sys/caps.h"
#include "sys/proc.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* With the heads of IPv6 and UDP and a VLAN's tag it fits a frame of 1500. */
#define TFTP_BLOCK "1428"

#define READ_MAX     ((size_t)64 << 10)
#define NTP_MS	     5000
#define NTP_PAUSE_MS 60000 /* between two that have failed */

/* --- TFTP ----------------------------------------------------------------- */

static enum status take(struct net_visit *v, struct span bytes,
			struct error *err)
{
	const struct fetch_sink *sink = &v->sink;
	enum status s = OK;

	/* what came before is void from its first byte on */
	if (v->progress.taken + bytes.len > v->request->max_size)
		return fail(err, E_FETCH_TOO_LARGE,
			    "more than %llu bytes have come, which is the "
			    "limit",
			    (unsigned long long)v->request->max_size);
	s = sink->take(sink->context, bytes, err);
	if (s == OK)
		v->progress.taken += bytes.len;
	return s;
}

static enum status begin_anew(struct net_visit *v, struct error *err)
{
	v->progress = (struct fetch_progress){ 0 };
	return v->sink.begin(v->sink.context, false, 0, err);
}

/* patience_ms: until the first byte. */
static enum status receive(struct net_visit *v, struct net_child *child,
			   uint64_t patience_ms, struct error *err)
{
	uint64_t heard_ms = now_ms();
	bool has_begun = false, is_open = true;
	uint8_t buf[READ_MAX / 8];

	if (patience_ms > NET_STALL_MS)
		patience_ms = NET_STALL_MS;
	while (is_open) {
		enum status s = OK;
		size_t len;

		v->f->setup.hear(v->f->setup.ctx);
		if (now_ms() >= v->deadline_ms)
			return fail(err, E_FETCH_DEADLINE,
				    "it has not come in the time there was for "
				    "it");
		is_open = net_child_read(child, NET_TICK_MS, buf, sizeof(buf),
					 &len);
		if (len && !has_begun)
			s = begin_anew(v, err);
		if (len && s == OK)
			s = take(v, span_of(buf, len), err);
		if (s != OK)
			return s;
		has_begun |= len > 0;
		if (len) {
			heard_ms = now_ms();
			patience_ms = NET_STALL_MS;
		} else if (now_ms() - heard_ms > patience_ms)
			return fail(err, E_NET_TFTP,
				    "not one byte has come for %u s",
				    (unsigned)(patience_ms + 999) / 1000);
	}
	return has_begun ? OK : E_NET_TFTP;
}

/* How busybox tells of a packet of RFC 1350, 5: "1)" is "File not found", "2)"
 * is "Access violation", which some say of names that are not there. */
#define SERVER_ERROR "tftp: server error: ("

/* *ret_answered: no other address of the server would change what it says. */
static enum status ask_tftp(struct net_visit *v, const char *file,
			    const struct tcp_address *at, const char *host,
			    uint64_t patience_ms, bool *ret_answered,
			    struct error *err)
{
	_drop_child_ struct net_child child = NET_CHILD_NONE;
	char port[8], said[256];
	const char *const words[] = { "tftp", "-g", "-b", TFTP_BLOCK,
				      "-r",   file, "-l", "-",
				      host,   port, NULL };
	const char *code = said + strlen(SERVER_ERROR);
	struct text why = text_over(said, sizeof(said));
	enum status s;

	*ret_answered = false;
	snprintf(port, sizeof(port), "%u", at->port);
	s = net_child_begin(v->f->setup.busybox, words, 0, &child, err);
	if (s != OK)
		return s;
	s = receive(v, &child, patience_ms, err);
	if (child.out >= 0) /* what is told already was the reason */
		return s;
	*ret_answered = net_child_end(&child, &why);
	if (*ret_answered)
		return s == OK ? s : fail(err, s, "the file is empty");
	*ret_answered = !strncmp(said, SERVER_ERROR, strlen(SERVER_ERROR));
	return fail(err,
		    *ret_answered && (!strncmp(code, "1)", 2) ||
				      !strncmp(code, "2)", 2))
			    ? E_NET_TFTP_MISSING
			    : E_NET_TFTP,
		    "%s", display_of_text(said).text);
}

static void write_address(const struct tcp_address *from,
			  char ret[static INET6_ADDRSTRLEN])
{
	ret[0] = '\0';
	inet_ntop(from->is_ipv6 ? AF_INET6 : AF_INET, from->bytes, ret,
		  INET6_ADDRSTRLEN);
}

static bool is_same(const struct tcp_address *a, const struct tcp_address *b)
{
	return a->is_ipv6 == b->is_ipv6 &&
	       !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

/* A dead one costs its time once, and not with each file of a search. */
static void put_first(struct tcp_addresses *list,
		      const struct tcp_address *last)
{
	for (size_t i = 1; i < list->count; i++) {
		struct tcp_address found = list->list[i];

		if (!is_same(&found, last))
			continue;
		memmove(&list->list[1], &list->list[0], i * sizeof(found));
		list->list[0] = found;
	}
}

enum status net_fetch_tftp(struct net_visit *v, const struct url *url,
			   struct tcp_address *ret, struct error *err)
{
	char file[URL_TEXT_MAX], host[INET6_ADDRSTRLEN];
	struct tcp_addresses found = { 0 };
	enum status s = url_tftp_file(url, file, sizeof(file), err);

	if (s == OK)
		s = tcp_find(url->host, url->port, &found, err);
	put_first(&found, &v->f->tftp);
	for (size_t i = 0; i < found.count; i++) {
		int left = deadline_left_ms(v->deadline_ms);
		size_t count = found.count - i;
		bool has_answered;

		*ret = found.list[i];
		write_address(ret, host);
		s = ask_tftp(v, file, ret, host,
			     count > 1 ? (size_t)left / count : NET_STALL_MS,
			     &has_answered, err);
		if (has_answered)
			v->f->tftp = *ret;
		if (s == OK)
			return s;
		if (url->kind == URL_NAME)
			fail_in(err, s, "%s at %s", url->host, host);
		else
			fail_in(err, s, "%s", host);
		if (has_answered || s != E_NET_TFTP)
			return s;
		if (count > 1)
			net_note(v->f, "%s", err->text);
	}
	return s;
}

/* --- the time of day ------------------------------------------------------ */

/* ntpd ends if there is no socket for one of its servers. */
static bool has_sockets(bool is_ipv6)
{
	_close_ int fd = socket(is_ipv6 ? AF_INET6 : AF_INET,
				SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd >= 0;
}

/* All of them at once: it takes the time of those that answer. */
static enum status begin_ntp(struct net_fetcher *f, struct net_child *child,
			     struct error *err)
{
	const char *words[4 + 2 * TCP_ADDRESSES_MAX] = { "ntpd", "-n", "-q" };
	char names[TCP_ADDRESSES_MAX][INET6_ADDRSTRLEN];
	struct tcp_addresses found;
	size_t count = 3;
	enum status s = tcp_find(f->setup.settings->ntp, 0, &found, err);

	if (s != OK)
		return s;
	for (size_t i = 0; i < found.count; i++) {
		if (!has_sockets(found.list[i].is_ipv6))
			continue;
		write_address(&found.list[i], names[i]);
		words[count++] = "-p";
		words[count++] = names[i];
	}
	return net_child_begin(f->setup.busybox, words, CAP_BIT(CAP_SYS_TIME),
			       child, err);
}

/* ntpd sets the machine's clock. */
static void ask_ntp(struct net_fetcher *f)
{
	const char *host = f->setup.settings->ntp;
	_drop_child_ struct net_child child = NET_CHILD_NONE;
	uint64_t end_ms = now_ms() + NTP_MS;
	struct error err = { .code = OK };
	char said[256];
	struct text why = text_over(said, sizeof(said));
	uint8_t buf[64];
	size_t len;

	f->ntp_after_ms = now_ms() + NTP_PAUSE_MS;
	if (begin_ntp(f, &child, &err) != OK) {
		net_note(f, "no time of day: %s", err.text);
		return;
	}
	while (now_ms() < end_ms &&
	       net_child_read(&child, NET_TICK_MS, buf, sizeof(buf), &len))
		;
	if (!net_child_end(&child, &why))
		net_note(f, "no time of day from %s: %s", host, said);
	else if (wall_clock_s() <= f->setup.build_time)
		net_note(f,
			 "no time of day from %s: it is before this "
			 "keelboot was built",
			 host);
	else
		net_note(f, "the time of day is from %s", host);
}

struct tls_clock net_clock(struct net_fetcher *f, bool may_ask)
{
	int64_t build = f->setup.build_time, now = wall_clock_s();

	if (now <= build && may_ask && f->setup.settings->ntp[0] &&
	    now_ms() >= f->ntp_after_ms) {
		ask_ntp(f);
		now = wall_clock_s();
	}
	return (struct tls_clock){ .is_known = now > build,
				   .now = now > build ? now : build };
}
