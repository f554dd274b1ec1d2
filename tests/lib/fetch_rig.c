#include "fetch_rig.h"

#include "tls_rig.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_S 20 /* of the server: a test that hangs fails */

struct peer {
	int listener, fd;
	struct tls_server *tls;
	char *asked;
};

/* --- below HTTP ----------------------------------------------------------- */

static bool write_all(int fd, const uint8_t *from, size_t len)
{
	while (len) {
		ssize_t n = send(fd, from, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		from += n;
		len -= (size_t)n;
	}
	return true;
}

static bool flush(struct peer *peer)
{
	size_t len;
	const uint8_t *from;

	while ((from = br_ssl_engine_sendrec_buf(&peer->tls->context.eng,
						 &len))) {
		if (!write_all(peer->fd, from, len))
			return false;
		br_ssl_engine_sendrec_ack(&peer->tls->context.eng, len);
	}
	return true;
}

static ssize_t hear(struct peer *peer, uint8_t *to, size_t cap)
{
	while (peer->tls) {
		size_t len = tls_server_hear(peer->tls, to, cap);
		uint8_t *in;
		ssize_t n;

		if (len || !flush(peer))
			return (ssize_t)len;
		in = br_ssl_engine_recvrec_buf(&peer->tls->context.eng, &len);
		n = in ? recv(peer->fd, in, len, 0) : 0;
		if (n <= 0)
			return n;
		br_ssl_engine_recvrec_ack(&peer->tls->context.eng, (size_t)n);
	}
	return recv(peer->fd, to, cap, 0);
}

static bool say(struct peer *peer, struct span bytes)
{
	if (!peer->tls)
		return write_all(peer->fd, bytes.ptr, bytes.len);
	while (bytes.len) {
		size_t len = tls_server_say(peer->tls, bytes);

		bytes = span_slice(bytes, len, bytes.len - len);
		if (!flush(peer))
			return false;
	}
	return true;
}

static void drip(struct peer *peer, struct span bytes, unsigned pause_ms)
{
	for (size_t i = 0; i < bytes.len; i++) {
		(void)poll(NULL, 0, (int)pause_ms);
		if (!say(peer, span_slice(bytes, i, 1)))
			return;
	}
}

/* --- turns ---------------------------------------------------------------- */

static bool hear_request(struct peer *peer)
{
	size_t start = strlen(peer->asked);

	while (!strstr(peer->asked + start, "\r\n\r\n")) {
		size_t len = strlen(peer->asked);
		ssize_t n = hear(peer, (uint8_t *)peer->asked + len,
				 FETCH_RIG_ASKED_MAX - 1 - len);

		if (n <= 0)
			return false;
	}
	return true;
}

static void start_tls(struct peer *peer, const char *name)
{
	struct span rest = span_of_text(name), word = span_next_word(&rest);
	char server[64];

	snprintf(server, sizeof(server), "%.*s", (int)word.len,
		 (const char *)word.ptr);
	peer->tls = tls_server_new(server);
	if (span_trim(rest).len)
		tls_server_ask(peer->tls, (const char *)span_trim(rest).ptr);
	tls_server_listen(peer->tls);
}

static void end_connection(struct peer *peer, enum fetch_rig_end end)
{
	const struct linger now = { .l_onoff = 1 };
	uint8_t rest[512];

	if (peer->tls && end == FETCH_RIG_CLOSES) {
		br_ssl_engine_close(&peer->tls->context.eng);
		(void)flush(peer);
	}
	if (peer->tls)
		tls_server_drop(&peer->tls);
	peer->tls = NULL;
	if (end == FETCH_RIG_RESETS)
		setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	else if (!shutdown(peer->fd, SHUT_WR))
		/* a close with unread bytes would be a reset */
		while (recv(peer->fd, rest, sizeof(rest), 0) > 0)
			;
	close(peer->fd);
	peer->fd = -1;
}

/* Gives 0 if all of it happened, else the number of the turn. */
static int serve(struct peer *peer, const char *tls, const char *tunnel,
		 const struct fetch_rig_turn *turns, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct span said = turns[i].said ? span_of_text(turns[i].said)
						 : turns[i].bytes;

		if (peer->fd < 0) {
			peer->fd = accept(peer->listener, NULL, NULL);
			if (tls)
				start_tls(peer, tls);
		}
		/* what says nothing may find TLS refused */
		if (!hear_request(peer) && said.len)
			return (int)i + 1;
		(void)say(peer, span_slice(said, 0, said.len - turns[i].drips));
		drip(peer,
		     span_slice(said, said.len - turns[i].drips,
				turns[i].drips),
		     turns[i].drip_ms);
		(void)poll(NULL, 0, (int)turns[i].hangs_ms);
		if (turns[i].end == FETCH_RIG_TLS)
			start_tls(peer, tunnel);
		else if (turns[i].end != FETCH_RIG_KEEPS)
			end_connection(peer, turns[i].end);
	}
	if (peer->fd >= 0)
		end_connection(peer, FETCH_RIG_CLOSES);
	return 0;
}

void fetch_rig_begin(struct fetch_rig *rig, const char *tls, const char *tunnel,
		     const struct fetch_rig_turn *turns, size_t count)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t len = sizeof(sa);
	struct peer peer = { .fd = -1 };

	peer.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(peer.listener, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(listen(peer.listener, 8), 0);
	getsockname(peer.listener, (struct sockaddr *)&sa, &len);
	rig->port = ntohs(sa.sin_port);
	rig->asked = mmap(NULL, FETCH_RIG_ASKED_MAX, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(rig->asked != MAP_FAILED);
	peer.asked = rig->asked;
	rig->pid = fork();
	assert_true(rig->pid >= 0);
	if (!rig->pid) {
		alarm(PATIENCE_S);
		_exit(serve(&peer, tls, tunnel, turns, count));
	}
	close(peer.listener);
}

void fetch_rig_end(struct fetch_rig *rig)
{
	int status = -1;

	assert_int_equal(waitpid(rig->pid, &status, 0), rig->pid);
	munmap(rig->asked, FETCH_RIG_ASKED_MAX);
	assert_int_equal(status, 0);
}

/* --- where the bytes go --------------------------------------------------- */

static enum status begin(void *context, bool has_size, uint64_t size,
			 struct error *err)
{
	struct fetch_rig_sink *sink = context;

	sink->begins++;
	sink->len = 0;
	sink->has_size = has_size;
	sink->size = size;
	if (sink->refuses_begin != OK)
		return fail(err, sink->refuses_begin, "the sink has no room");
	return OK;
}

static enum status take(void *context, struct span bytes, struct error *err)
{
	struct fetch_rig_sink *sink = context;

	assert_true(bytes.len > 0 && bytes.len <= sink->cap - sink->len);
	memcpy(sink->bytes + sink->len, bytes.ptr, bytes.len);
	sink->len += bytes.len;
	if (sink->refuses != OK)
		return fail(err, sink->refuses, "the sink is full");
	return OK;
}

void fetch_rig_sink_begin(struct fetch_rig_sink *sink, size_t cap)
{
	*sink = (struct fetch_rig_sink){
		.sink = { .context = sink, .begin = begin, .take = take },
		.bytes = malloc(cap),
		.cap = cap,
	};
	assert_non_null(sink->bytes);
}

void fetch_rig_sink_end(struct fetch_rig_sink *sink)
{
	free(sink->bytes);
}
