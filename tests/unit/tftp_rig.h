/* A TFTP server that can break (RFC 1350, 2347, 2348), and a shell script in
 * busybox's place. */
#ifndef KEELBOOT_TESTS_UNIT_TFTP_RIG_H
#define KEELBOOT_TESTS_UNIT_TFTP_RIG_H

#include "net_fetch_bench.h"
#include "scratch.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BUSYBOX "/bin/busybox"

struct tftp {
	pid_t pid;
	uint16_t port;
};

/* REFUSES and the ways behind it have an error's code. */
enum tftp_way { SERVES, STOPS, IS_SILENT, REFUSES, HAS_NONE, FORBIDS };

static __attribute__((unused, noinline)) void
send_block(int fd, const struct sockaddr_in6 *to, struct span file,
	   size_t block, unsigned number)
{
	struct span part = span_of(file.ptr + block * (number - 1),
				   file.len - block * (number - 1));
	uint8_t packet[4 + 2048] = { 0, 3, (uint8_t)(number >> 8),
				     (uint8_t)number };

	if (part.len > block)
		part.len = block;
	memcpy(packet + 4, part.ptr, part.len);
	sendto(fd, packet, 4 + part.len, 0, (const struct sockaddr *)to,
	       sizeof(*to));
}

/* With the size of a block that is asked for, or 512. */
static __attribute__((unused, noinline)) size_t
take_block_size(const uint8_t *packet, size_t len)
{
	const uint8_t *at = memmem(packet, len, "blksize", 8);

	return at ? (size_t)atoi((const char *)at + 8) : 512;
}

static __attribute__((unused, noinline)) void
serve_tftp(int fd, struct span file, enum tftp_way way)
{
	uint8_t error[] = "\0\5\0\1it is \33 gone";
	struct sockaddr_in6 from;
	size_t block = 512;
	uint8_t packet[1024] = { 0 };

	for (;;) {
		socklen_t len = sizeof(from);
		ssize_t got = recvfrom(fd, packet, sizeof(packet) - 1, 0,
				       (struct sockaddr *)&from, &len);
		unsigned number = (unsigned)packet[2] << 8 | packet[3];
		char oack[64] = "\0\6blksize";

		if (got < 4 || way == IS_SILENT)
			continue;
		if (packet[1] == 1 && way >= REFUSES) {
			error[3] = (uint8_t)(way - REFUSES);
			sendto(fd, error, sizeof(error), 0,
			       (struct sockaddr *)&from, len);
		} else if (packet[1] == 1) {
			block = take_block_size(packet, (size_t)got);
			snprintf(oack + 10, sizeof(oack) - 10, "%zu", block);
			sendto(fd, oack, 10 + strlen(oack + 10) + 1, 0,
			       (struct sockaddr *)&from, len);
		} else if (packet[1] == 4 && block * number <= file.len &&
			   !(way == STOPS && number == 2)) {
			send_block(fd, &from, file, block, number + 1);
		}
	}
}

/* At port 0 at any that is free. */
static __attribute__((unused, noinline)) struct tftp
begin_tftp_at(const char *address, uint16_t port, struct span file,
	      enum tftp_way way)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(port) };
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	bool is_v6 = inet_pton(AF_INET6, address, &v6.sin6_addr) == 1;
	struct sockaddr *sa = is_v6 ? (void *)&v6 : (void *)&v4;
	socklen_t len = is_v6 ? sizeof(v6) : sizeof(v4);
	int fd = socket(sa->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct tftp tftp;

	(void)inet_pton(AF_INET, address, &v4.sin_addr);
	assert_int_equal(bind(fd, sa, len), 0);
	getsockname(fd, sa, &len);
	tftp.port = ntohs(is_v6 ? v6.sin6_port : v4.sin_port);
	tftp.pid = fork();
	assert_true(tftp.pid >= 0);
	if (!tftp.pid) {
		alarm(60);
		serve_tftp(fd, file, way);
	}
	close(fd);
	return tftp;
}

static __attribute__((unused, noinline)) struct tftp
begin_tftp(struct span file, enum tftp_way way)
{
	return begin_tftp_at("127.0.0.1", 0, file, way);
}

static __attribute__((unused, noinline)) void end_tftp(struct bench *b,
						       const struct tftp *tftp)
{
	net_fetch_close(&b->fetcher);
	kill(tftp->pid, SIGKILL);
	waitpid(tftp->pid, NULL, 0);
}

/* A script in place of busybox that says what it was called with and what it
 * may, and then does as it is told. */
static __attribute__((unused, noinline)) void
pretend(struct bench *b, const struct scratch *dir, const char *what)
{
	static char path[SCRATCH_PATH_MAX];
	char text[1024];

	snprintf(text, sizeof(text),
		 "#!/bin/sh\nexec 3>%s/said\nprintf '%%s\\n' \"$*\" >&3\n"
		 "while read -r line; do case $line in Cap*|NoNew*) echo "
		 "\"$line\" >&3 ;; esac; done < /proc/self/status\n%s\n",
		 dir->dir, what);
	scratch_text(dir, "busybox", text);
	snprintf(path, sizeof(path), "%s", scratch_path(dir, "busybox"));
	assert_int_equal(chmod(path, 0755), 0);
	b->setup.busybox = path;
}

static __attribute__((unused, noinline)) void
check_said(const struct scratch *dir, const char *what)
{
	char text[2048] = "";
	FILE *f = fopen(scratch_path(dir, "said"), "r");

	assert_non_null(f);
	assert_true(fread(text, 1, sizeof(text) - 1, f) > 0);
	fclose(f);
	if (!strstr(text, what))
		fail_msg("\"%s\" is not in:\n%s", what, text);
}

#endif
