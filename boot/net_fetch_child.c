/* What busybox does for net_fetch.h: TFTP, and the time of day. */
#include "net_child.h"
#include "net_fetch_parts.h"

#include "sys/caps.h"
#include "sys/proc.h"

#include <stdio.h>

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

static enum status receive(struct net_visit *v, struct net_child *child,
			   struct error *err)
{
	uint64_t heard_ms = now_ms();
	bool has_begun = false, is_open = true;
	uint8_t buf[READ_MAX / 8];

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
		if (len)
			heard_ms = now_ms();
		else if (now_ms() - heard_ms > NET_STALL_MS)
			return fail(err, E_NET_TFTP,
				    "not one byte has come for %u s",
				    NET_STALL_MS / 1000);
	}
	return has_begun ? OK : E_NET_TFTP;
}

enum status net_fetch_tftp(struct net_visit *v, const struct url *url,
			   struct error *err)
{
	_drop_child_ struct net_child child = NET_CHILD_NONE;
	char file[URL_TEXT_MAX], port[8], said[256];
	const char *const words[] = { "tftp",	 "-g", "-b", TFTP_BLOCK,
				      "-r",	 file, "-l", "-",
				      url->host, port, NULL };
	struct text why = text_over(said, sizeof(said));
	enum status s = url_tftp_file(url, file, sizeof(file), err);

	snprintf(port, sizeof(port), "%u", url->port);
	if (s == OK)
		s = net_child_begin(v->f->setup.busybox, words, 0, &child, err);
	if (s != OK)
		return s;
	if (err)
		err->code = OK;
	s = receive(v, &child, err);
	if (child.out >= 0) /* what is told already was the reason */
		return fail_in(err, s, "%s", url->host);
	if (!net_child_end(&child, &why))
		return fail(err, E_NET_TFTP, "%s: %s", url->host,
			    display_of_text(said).text);
	if (s == E_NET_TFTP)
		return fail(err, E_NET_TFTP, "%s: the file is empty",
			    url->host);
	return s;
}

/* --- the time of day ------------------------------------------------------ */

/* ntpd sets the machine's clock. */
static void ask_ntp(struct net_fetcher *f)
{
	const char *host = f->setup.settings->ntp;
	const char *const words[] = { "ntpd", "-n", "-q", "-p", host, NULL };
	_drop_child_ struct net_child child = NET_CHILD_NONE;
	uint64_t end_ms = now_ms() + NTP_MS;
	struct error err = { .code = OK };
	char said[256];
	struct text why = text_over(said, sizeof(said));
	uint8_t buf[64];
	size_t len;

	f->ntp_after_ms = now_ms() + NTP_PAUSE_MS;
	if (net_child_begin(f->setup.busybox, words, CAP_BIT(CAP_SYS_TIME),
			    &child, &err) != OK) {
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
