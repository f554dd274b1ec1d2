#include "scan.h"

#include "base/own.h"
#include "sys/meminfo.h"
#include "sys/proc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* At its height a kexec_file_load(2) holds a file three times: our blob of its
 * part, the kernel's copy, and the pages at their destination. */
#define MEMORY_TIMES 3

/* Patience: a start, and the slowest medium that is still worth waiting for
 * (USB 1.1 delivers about 1 MB/s). */
#define READ_START_MS	   30000
#define READ_BYTES_PER_SEC (512 << 10)

static enum status check_budget(const struct found_file *file,
				struct error *err)
{
	struct meminfo mem;
	enum status s = meminfo_read(MEMINFO_PATH, &mem, err);
	uint64_t need;

	if (s != OK)
		return s;
	if (!mul_size(file->size, MEMORY_TIMES, &need) ||
	    need > mem.available_bytes)
		return fail(err, E_IMAGE_MEMORY,
			    "%s has %llu MiB and booting takes %d times that, "
			    "but %llu MiB of memory are available",
			    file->path, (unsigned long long)(file->size >> 20),
			    MEMORY_TIMES,
			    (unsigned long long)(mem.available_bytes >> 20));
	return OK;
}

/* The probe's own reason why a file cannot be had. */
static enum status take_refusal(struct probe_message *m, size_t len,
				const struct found_file *file,
				struct error *err)
{
	size_t body = len - offsetof(struct probe_message, error);

	m->error.text[sizeof(m->error.text) - 1] = '\0';
	if (body != sizeof(m->error) || m->error.code == OK ||
	    (unsigned)m->error.code >= STATUS_COUNT)
		return fail(err, E_PROBE_PROTOCOL,
			    "%s: its probe refuses it without a reason",
			    file->path);
	*err = m->error;
	return fail_in(err, m->error.code, "%s", file->path);
}

/* Waits for the answer to a request; other messages go to the list. */
static enum status await_file(struct scan *scan, uint32_t index,
			      const struct found_file *file,
			      struct probe_message *m, int *ret_fd,
			      struct error *err)
{
	struct scan_probe *p = &scan->probes[index];
	uint64_t patience =
		READ_START_MS + file->size / READ_BYTES_PER_SEC * 1000;
	uint64_t deadline = now_ms() + patience;

	while (p->socket >= 0 && deadline_left_ms(deadline)) {
		struct pollfd fd = { .fd = p->socket, .events = POLLIN };
		size_t len = 0;
		enum status s;

		poll(&fd, 1, deadline_left_ms(deadline));
		memset(m, 0, sizeof(*m));
		s = msg_receive(p->socket, m, sizeof(*m), &len, ret_fd, err);
		if (s == E_MSG_NONE)
			continue;
		if (s != OK || len < offsetof(struct probe_message, found))
			return fail(err, E_IMAGE_GONE,
				    "%s: the probe of disk %s ended while it "
				    "read",
				    file->path, p->name);
		if (m->kind == PROBE_FILE && *ret_fd >= 0)
			return OK;
		if (*ret_fd >= 0)
			close(take_fd(ret_fd));
		if (m->kind == PROBE_FILE_FAILED)
			return take_refusal(m, len, file, err);
		scan_take_message(scan, index, m, len);
	}
	return fail(err, E_IMAGE_DEADLINE,
		    "%s: disk %s did not deliver %llu bytes within %llu s",
		    file->path, p->name, (unsigned long long)file->size,
		    (unsigned long long)(patience / 1000));
}

enum status scan_read(struct scan *scan, const struct boot_entry *entry,
		      const struct found_file *file, struct raw_image *ret,
		      struct error *err)
{
	const struct probe_request request = { .handle = file->handle };
	/* The list may change while we wait, and the entry with it. */
	const struct found_file wanted = *file;
	uint32_t index = entry->probe;
	struct probe_message *m;
	int fd = -1;
	enum status s = check_budget(&wanted, err);

	if (s != OK)
		return s;
	m = malloc(sizeof(*m));
	if (!m)
		return fail(err, E_NO_MEMORY, "no memory for a message");
	s = msg_send(scan->probes[index].socket,
		     span_of(&request, sizeof(request)), -1, err);
	if (s != OK)
		s = fail(err, E_IMAGE_GONE, "%s: disk %s is not there any more",
			 wanted.path, scan->probes[index].name);
	if (s == OK)
		s = await_file(scan, index, &wanted, m, &fd, err);
	if (s == OK && m->file_size != wanted.size) {
		close(fd);
		s = fail(err, E_IMAGE_SIZE,
			 "%s had %llu bytes when it was found and has %llu now",
			 wanted.path, (unsigned long long)wanted.size,
			 (unsigned long long)m->file_size);
	}
	free(m);
	if (s != OK)
		return s;
	ret->ahead = (struct hash_ahead){ 0 };
	snprintf(ret->name, sizeof(ret->name), "%s", wanted.path);
	return blob_adopt(fd, wanted.size, &ret->blob, err);
}
