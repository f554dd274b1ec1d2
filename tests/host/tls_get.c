/*
 * A TLS client over a socket, for servers of others:
 *
 *	tls_get [-c CA.pem] [-i CERT.pem KEY.pem] [-n NAME] [-t SECONDS]
 *		[-u SECONDS] [-q] ADDRESS PORT REQUEST
 *
 * Sends REQUEST and writes the answer to standard output (-q: only counts it).
 * -n is the name asked for (default: ADDRESS), -t the clock, -u a time that has
 * passed where there is no clock. The last line of standard error is "ended
 * DESCRIPTION, BYTES bytes" or "failed SLUG after BYTES bytes: SENTENCE".
 */
#include "base/own.h"
#include "trust/tls.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

struct get {
	const char *request;
	bool is_quiet;
	int fd;
	uint64_t received;
	struct tls *tls;
};

static int usage(void)
{
	fprintf(stderr, "usage: tls_get [OPTIONS] ADDRESS PORT REQUEST\n");
	return 2;
}

static bool fatal(const char *what)
{
	perror(what);
	exit(2);
}

static struct span file(const char *path)
{
	static uint8_t room[3][1 << 16];
	static unsigned used;
	FILE *from = fopen(path, "rb");
	uint8_t *to = room[used++ % 3];
	size_t len;

	if (!from)
		fatal(path);
	len = fread(to, 1, sizeof(room[0]), from);
	fclose(from);
	return span_of(to, len);
}

static int connect_to(const char *address, const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)atoi(port)) };
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6,
				    .sin6_port = to.sin_port };
	bool is_v4 = inet_pton(AF_INET, address, &to.sin_addr) == 1;
	int fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM, 0);

	if (!is_v4 && inet_pton(AF_INET6, address, &to6.sin6_addr) != 1)
		fatal(address);
	if (fd < 0 ||
	    connect(fd,
		    is_v4 ? (struct sockaddr *)&to : (struct sockaddr *)&to6,
		    is_v4 ? sizeof(to) : sizeof(to6)) != 0)
		fatal("connect");
	return fd;
}

static void send_all(struct get *get)
{
	struct span out;
	ssize_t sent;

	while ((out = tls_take(get->tls)).len) {
		sent = send(get->fd, out.ptr, out.len, MSG_NOSIGNAL);
		if (sent < 0) /* the reason may be there to be received */
			return;
		tls_taken(get->tls, (size_t)sent);
	}
}

static void read_all(struct get *get)
{
	struct span data;

	while ((data = tls_read(get->tls)).len) {
		if (!get->is_quiet &&
		    fwrite(data.ptr, 1, data.len, stdout) != data.len)
			fatal("write");
		get->received += data.len;
		tls_consumed(get->tls, data.len);
	}
}

static void receive(struct get *get)
{
	static uint8_t room[1 << 18];
	ssize_t len = recv(get->fd, room, sizeof(room), 0);
	struct span bytes;
	size_t taken;

	if (len <= 0) {
		tls_feed_end(get->tls, NULL);
		return;
	}
	bytes = span_of(room, (size_t)len);
	do {
		taken = tls_feed(get->tls, bytes);
		bytes = span_slice(bytes, taken, bytes.len - taken);
		read_all(get);
		send_all(get);
	} while (bytes.len && tls_state(get->tls) < TLS_ENDED);
}

static int talk(struct get *get)
{
	struct span rest = span_of_text(get->request);
	char line[256] = "";
	struct text text = text_over(line, sizeof(line));
	struct error err;
	size_t taken;

	while (tls_state(get->tls) < TLS_ENDED) {
		taken = tls_write(get->tls, rest);
		rest = span_slice(rest, taken, rest.len - taken);
		send_all(get);
		receive(get);
	}
	read_all(get);
	fflush(stdout);
	if (tls_error(get->tls, &err) != OK) {
		fprintf(stderr, "failed %s after %llu bytes: %s\n",
			status_slug(err.code),
			(unsigned long long)get->received, err.text);
		return 1;
	}
	tls_describe(get->tls, &text);
	fprintf(stderr, "ended %s, %llu bytes\n", line,
		(unsigned long long)get->received);
	return 0;
}

static int failed(const struct error *err)
{
	fprintf(stderr, "failed %s after 0 bytes: %s\n", status_slug(err->code),
		err->text);
	return 1;
}

static void set_clock(struct tls_settings *settings, bool is_known,
		      const char *seconds)
{
	settings->clock.is_known = is_known;
	settings->clock.now = atoll(seconds);
}

int main(int argc, char **argv)
{
	_drop_keyring_ struct keyring keyring = KEYRING_NONE;
	_drop_tls_identity_ struct tls_identity *identity = NULL;
	struct tls_settings settings = { .keyring = &keyring };
	struct get get = { .is_quiet = false };
	struct error err = { .code = OK };
	int option;

	while ((option = getopt(argc, argv, "c:i:n:t:u:q")) != -1) {
		if (option == 'c' &&
		    keyring_add_file(&keyring, KEYRING_FOLDER_TLS, optarg,
				     file(optarg), &err) != OK)
			return failed(&err);
		if (option == 'i' &&
		    tls_identity_read(file(optarg), file(argv[optind++]),
				      &identity, &err) != OK)
			return failed(&err);
		if (option == 'n')
			settings.server = optarg;
		if (option == 't' || option == 'u')
			set_clock(&settings, option == 't', optarg);
		if (option == 'q')
			get.is_quiet = true;
		if (option == '?')
			return usage();
	}
	if (argc - optind != 3)
		return usage();
	get.request = argv[optind + 2];
	if (!settings.server)
		settings.server = argv[optind];
	settings.identity = identity;
	if (getrandom(settings.seed, TLS_SEED_LEN, 0) != TLS_SEED_LEN)
		fatal("getrandom");
	if (tls_init(&settings, &get.tls, &err) != OK)
		return failed(&err);
	get.fd = connect_to(argv[optind], argv[optind + 1]);
	option = talk(&get);
	tls_drop(&get.tls);
	close(get.fd);
	return option;
}
