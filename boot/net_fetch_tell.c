/* Small messages to those who watch over a machine from elsewhere. */
#include "net_fetch_parts.h"

#include "base/json.h"
#include "base/own.h"
#include "sys/proc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define TELL_MS	    3000
#define SYSLOG_PORT 514
#define FACILITY    3 /* system daemons, of RFC 5424, 6.2.1 */
#define WARNING	    4

/* What the message says of the machine; "" where nothing is known. */
struct sender {
	char host[LEASE_TEXT_MAX], address[INET6_ADDRSTRLEN], mac[18], uuid[37];
};

static void describe(struct net_fetcher *f, const struct net_state *state,
		     struct sender *ret)
{
	static const uint8_t order[16] = { 3, 2, 1,  0,	 5,  4,	 7,  6,
					   8, 9, 10, 11, 12, 13, 14, 15 };
	struct text t;

	memset(ret, 0, sizeof(*ret));
	t = text_over(ret->host, sizeof(ret->host));
	text_add(&t, state->lease.hostname);
	t = text_over(ret->mac, sizeof(ret->mac));
	for (unsigned i = 0; i < 6; i++)
		text_addf(&t, "%s%02x", i ? ":" : "", state->mac[i]);
	t = text_over(ret->uuid, sizeof(ret->uuid));
	for (unsigned i = 0; i < 16 && f->setup.has_uuid; i++)
		text_addf(&t, "%s%02x",
			  i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
			  f->setup.uuid[order[i]]);
	if (state->has_ipv4)
		inet_ntop(AF_INET, state->ipv4, ret->address,
			  sizeof(ret->address));
	else if (state->has_ipv6)
		inet_ntop(AF_INET6, state->ipv6, ret->address,
			  sizeof(ret->address));
}

/* --- syslog --------------------------------------------------------------- */

/* host, host:port, address, [address]:port */
static enum status find_server(const char *text, struct tcp_addresses *ret,
			       struct error *err)
{
	const char *colon = strrchr(text, ':'), *bracket = strrchr(text, ']');
	bool has_port = colon && (!bracket || colon > bracket);
	char buf[URL_TEXT_MAX];
	struct text t = text_over(buf, sizeof(buf));
	struct url url;
	enum status s;

	text_addf(&t, "http://%s", text);
	s = url_parse(span_of(buf, t.len), &url, err);
	if (s != OK)
		return s;
	if (!has_port)
		url.port = SYSLOG_PORT;
	return tcp_find(url.host, url.port, ret, err);
}

/* A field of the head: printable ASCII without blanks, "-" for none. */
static void add_word(struct text *t, const char *word, size_t max)
{
	size_t from = t->len;

	for (; *word && t->len - from < max; word++)
		if (*word > 0x20 && *word < 0x7f)
			text_add_char(t, *word);
	text_add(t, t->len == from ? "- " : " ");
}

static void add_time(struct net_fetcher *f, struct text *t)
{
	struct tls_clock clock = net_clock(f, false);
	time_t now = (time_t)clock.now;
	char buf[32] = "";
	struct tm tm;

	if (clock.is_known && gmtime_r(&now, &tm))
		(void)strftime(buf, sizeof(buf), "%Y-%m-%dT%H:%M:%SZ", &tm);
	add_word(t, buf, sizeof(buf));
}

static bool send_datagram(const struct tcp_address *to, struct span bytes)
{
	_close_ int fd = socket(to->is_ipv6 ? AF_INET6 : AF_INET,
				SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(to->port) };
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = htons(to->port) };
	const struct sockaddr *sa = to->is_ipv6 ? (const struct sockaddr *)&v6
						: (const struct sockaddr *)&v4;

	memcpy(&v6.sin6_addr, to->bytes, sizeof(v6.sin6_addr));
	memcpy(&v4.sin_addr, to->bytes, sizeof(v4.sin_addr));
	return fd >= 0 && sendto(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL, sa,
				 to->is_ipv6 ? sizeof(v6) : sizeof(v4)) ==
				  (ssize_t)bytes.len;
}

static void tell_syslog(struct net_fetcher *f,
			const struct net_request *request,
			const struct sender *sender)
{
	const char *server = f->setup.settings->syslog;
	unsigned severity =
		request->severity <= 7 ? request->severity : WARNING;
	char buf[NET_TELL_MAX + 512];
	struct text t = text_over(buf, sizeof(buf));
	struct tcp_addresses addresses = { 0 };
	struct error err = { .code = OK };
	bool is_sent[2] = { false }; /* by is_ipv6 */

	text_addf(&t, "<%u>1 ", FACILITY * 8 + severity);
	add_time(f, &t);
	add_word(&t, sender->host[0] ? sender->host : sender->address, 255);
	text_add(&t, "keelboot - ");
	add_word(&t, request->stage, sizeof(request->stage));
	text_add(&t, "- ");
	text_add_safe(&t, span_of_text(request->tell));
	if (find_server(server, &addresses, &err) != OK) {
		net_note(f, "syslog %s: %s", server, err.text);
		return;
	}
	/* nobody tells that a family is dead: it goes by both */
	for (size_t i = 0; i < addresses.count; i++) {
		const struct tcp_address *to = &addresses.list[i];

		if (!is_sent[to->is_ipv6])
			is_sent[to->is_ipv6] =
				send_datagram(to, span_of(buf, t.len));
	}
	if (!is_sent[0] && !is_sent[1])
		net_note(f, "syslog %s: unable to send: %s", server,
			 strerror(errno));
}

/* --- the status URL ------------------------------------------------------- */

static void add_member(struct json *j, const char *key, const char *value)
{
	if (value[0])
		json_text(j, key, value);
}

static bool write_json(const struct net_request *request,
		       const struct sender *sender, char **ret, size_t *ret_len)
{
	FILE *to = open_memstream(ret, ret_len);
	struct json j;

	if (!to)
		return false;
	j = json_to(to);
	json_object(&j, NULL);
	json_text(&j, "stage", request->stage);
	json_text(&j, "message", request->tell);
	add_member(&j, "host", sender->host);
	add_member(&j, "address", sender->address);
	add_member(&j, "mac", sender->mac);
	add_member(&j, "uuid", sender->uuid);
	json_close(&j);
	json_end(&j);
	return fclose(to) == 0;
}

static enum status post(struct net_fetcher *f, struct span body,
			uint32_t *ret_status, struct error *err)
{
	const struct fetch_settings settings = {
		.interface = "",
		.keyring = f->setup.keyring,
		.clock = net_clock(f, false),
		.proxy = f->has_proxy ? &f->proxy : NULL,
		.connect_ms = TELL_MS,
		.stall_ms = TELL_MS,
	};
	_fetch_close_ struct fetcher *http = NULL;
	struct url url;
	enum status s = url_parse(span_of_text(f->setup.settings->status_url),
				  &url, err);

	if (s == OK)
		s = fetch_open(&settings, &http, err);
	if (s == OK)
		s = fetch_post(http, &url, "application/json", body,
			       now_ms() + TELL_MS, ret_status, err);
	return s;
}

static void tell_url(struct net_fetcher *f, const struct net_request *request,
		     const struct sender *sender)
{
	struct error err = { .code = OK };
	_free_ char *text = NULL;
	uint32_t status = 0;
	size_t len = 0;

	if (!write_json(request, sender, &text, &len))
		net_note(f, "status URL: no memory");
	else if (post(f, span_of(text, len), &status, &err) != OK)
		net_note(f, "status URL: %s", err.text);
	else if (status < 200 || status > 299)
		net_note(f, "status URL: the server's answer is %u", status);
}

void net_fetch_tell(struct net_fetcher *fetcher,
		    const struct net_request *request)
{
	const struct net_settings *settings = fetcher->setup.settings;
	const struct net_state *state =
		fetcher->setup.state(fetcher->setup.ctx);
	struct sender sender;

	if (!settings->syslog[0] && !settings->status_url[0])
		return;
	if (!state || state->stage != NET_UP) {
		net_note(fetcher, "nobody is told \"%s\": there is no network",
			 request->stage);
		return;
	}
	describe(fetcher, state, &sender);
	if (settings->syslog[0])
		tell_syslog(fetcher, request, &sender);
	if (settings->status_url[0])
		tell_url(fetcher, request, &sender);
}
