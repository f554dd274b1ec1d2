#include "scan.h"

#include "base/progress.h"
#include "sys/meminfo.h"
#include "sys/proc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* At its height a kexec_file_load(2) holds a file three times: our blob of its
 * part, the kernel's copy, and the pages at their destination. */
#define MEMORY_TIMES 3

/* Patience: a start, and the slowest medium that is still worth waiting for
 * (USB 1.1 delivers about 1 MB/s). */
#define READ_START_MS	   30000
#define READ_BYTES_PER_SEC (512 << 10)

/* While a disk is silent it is told this often that it is still waited for. */
#define READ_TELL_MS 100

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

/* One file on its way. */
struct delivery {
	struct scan *scan;
	uint32_t index;		  /* of the probe */
	struct found_file wanted; /* the list may change, and the entry with
				   * it, while we wait */
	uint32_t request;
	struct transfer transfer;
	struct image_filling filling;
	char what[sizeof("reading ") + FOUND_PATH_MAX]; /* for people */
	struct probe_message message;			/* the last one */
	size_t message_len;
};

static struct scan_probe *probe_of(const struct delivery *d)
{
	return &d->scan->probes[d->index];
}

static enum status order(const struct delivery *d, enum probe_order what,
			 int fd, struct error *err)
{
	const struct probe_request request = {
		.order = what,
		.request = d->request,
		.handle = d->wanted.handle,
	};

	if (msg_send(probe_of(d)->socket, span_of(&request, sizeof(request)),
		     fd, NULL) == OK)
		return OK;
	return fail(err, E_IMAGE_GONE, "%s: disk %s is not there any more",
		    d->wanted.path, probe_of(d)->name);
}

static enum status fail_gone(const struct delivery *d, struct error *err)
{
	return fail(err, E_IMAGE_GONE,
		    "%s: the probe of disk %s ended while it read",
		    d->wanted.path, probe_of(d)->name);
}

/* Only what comes in order, and as much as was announced. */
static enum status check_part(const struct delivery *d, struct error *err)
{
	uint64_t offset = d->message.part.offset, len = d->message.part.len;
	uint64_t have = d->filling.writer.len;
	uint64_t left = d->wanted.size - have;
	uint64_t want = left < TRANSFER_SLOT_LEN ? left : TRANSFER_SLOT_LEN;

	if (d->message_len == offsetof(struct probe_message, part) +
				      sizeof(d->message.part) &&
	    offset == have && len == want && len > 0)
		return OK;
	return fail(err, E_PROBE_PROTOCOL,
		    "%s: its probe sends %llu bytes at offset %llu, %llu at "
		    "%llu are next",
		    d->wanted.path, (unsigned long long)len,
		    (unsigned long long)offset, (unsigned long long)want,
		    (unsigned long long)have);
}

/* From here on the bytes are where only this process can write: what the probe
 * does to the slot later changes nothing. */
static enum status take_part(struct delivery *d, struct error *err)
{
	enum status s = check_part(d, err);

	if (s == OK)
		s = image_filling_add(
			&d->filling,
			span_of(transfer_slot(&d->transfer,
					      d->message.part.offset),
				(size_t)d->message.part.len),
			err);
	if (s != OK)
		return s;
	return order(d, PROBE_TAKEN, -1, err);
}

static enum status take_end(const struct delivery *d, struct error *err)
{
	uint64_t have = d->filling.writer.len, said = d->message.file_size;

	if (d->message_len != offsetof(struct probe_message, file_size) +
				      sizeof(d->message.file_size) ||
	    said != d->wanted.size || have != said)
		return fail(err, E_IMAGE_SIZE,
			    "%s had %llu bytes when it was found, %llu have "
			    "come and its probe counts %llu",
			    d->wanted.path, (unsigned long long)d->wanted.size,
			    (unsigned long long)have, (unsigned long long)said);
	return OK;
}

/* Answers to another request are of one that was given up. */
static enum status take_message(struct delivery *d, bool *ret_done,
				struct error *err)
{
	struct probe_message *m = &d->message;
	bool is_ours = m->request == d->request;

	switch (m->kind) {
	case PROBE_FILE_PART:
		return is_ours ? take_part(d, err) : OK;
	case PROBE_FILE:
		*ret_done = is_ours;
		return is_ours ? take_end(d, err) : OK;
	case PROBE_FILE_FAILED:
		return is_ours ? take_refusal(m, d->message_len, &d->wanted,
					      err)
			       : OK;
	case PROBE_WRITTEN:
	case PROBE_WRITE_FAILED:
		return OK; /* of one that was given up */
	case PROBE_FOUND:
	case PROBE_TEXT:
	case PROBE_NOTE:
	case PROBE_PLACE:
	case PROBE_DONE:
	case PROBE_FAILED:
		break;
	}
	scan_take_message(d->scan, d->index, m, d->message_len);
	return OK;
}

/* E_MSG_NONE if there is none; descriptors are not asked for. */
static enum status next_message(struct delivery *d, struct error *err)
{
	int fd = -1;
	enum status s;

	memset(&d->message, 0, sizeof(d->message));
	s = msg_receive(probe_of(d)->socket, &d->message, sizeof(d->message),
			&d->message_len, &fd, err);
	if (fd >= 0)
		close(fd);
	if (s == E_MSG_NONE)
		return s;
	if (s != OK || d->message_len < offsetof(struct probe_message, found))
		return fail_gone(d, err);
	return OK;
}

static void tell(const struct delivery *d)
{
	progress_step(d->what, d->filling.writer.len, d->wanted.size);
}

static int poll_ms(uint64_t deadline)
{
	int left = deadline_left_ms(deadline);

	return left < READ_TELL_MS ? left : READ_TELL_MS;
}

static enum status await_file(struct delivery *d, struct error *err)
{
	struct scan_probe *p = probe_of(d);
	uint64_t patience =
		READ_START_MS + d->wanted.size / READ_BYTES_PER_SEC * 1000;
	uint64_t deadline = now_ms() + patience;
	bool done = false;

	while (p->socket >= 0 && deadline_left_ms(deadline)) {
		struct pollfd fd = { .fd = p->socket, .events = POLLIN };
		enum status s;

		poll(&fd, 1, poll_ms(deadline));
		s = next_message(d, err);
		if (s == OK)
			s = take_message(d, &done, err);
		tell(d);
		if (done || (s != OK && s != E_MSG_NONE))
			return s;
	}
	if (p->socket < 0)
		return fail_gone(d, err);
	return fail(err, E_IMAGE_DEADLINE,
		    "%s: disk %s did not deliver %llu bytes within %llu s",
		    d->wanted.path, p->name, (unsigned long long)d->wanted.size,
		    (unsigned long long)(patience / 1000));
}

static enum status deliver(struct delivery *d,
			   const struct image_request *request,
			   struct raw_image *ret, struct error *err)
{
	enum status s = transfer_make(&d->transfer, err);

	if (s == OK)
		s = order(d, PROBE_READ, d->transfer.fd, err);
	if (s == OK)
		s = image_filling_begin(request, d->wanted.size, &d->filling,
					err);
	if (s != OK)
		return s;
	s = await_file(d, err);
	if (s != OK) {
		image_filling_abandon(&d->filling);
		return s;
	}
	snprintf(ret->name, sizeof(ret->name), "%s", d->wanted.path);
	return image_filling_finish(&d->filling, ret, err);
}

enum status scan_read_with(struct scan *scan, const struct boot_entry *entry,
			   const struct found_file *file,
			   const struct image_request *request,
			   struct raw_image *ret, struct error *err)
{
	struct delivery *d;
	enum status s = check_budget(file, err);

	if (s != OK)
		return s;
	d = calloc(1, sizeof(*d));
	if (!d)
		return fail(err, E_NO_MEMORY, "no memory for a message");
	d->scan = scan;
	d->index = entry->probe;
	d->wanted = *file;
	snprintf(d->what, sizeof(d->what), "reading %s", file->path);
	d->request = ++scan->probes[entry->probe].last_request;
	d->transfer = TRANSFER_NONE;
	s = deliver(d, request, ret, err);
	transfer_drop(&d->transfer);
	free(d);
	return s;
}

enum status scan_read(struct scan *scan, const struct boot_entry *entry,
		      const struct found_file *file, struct raw_image *ret,
		      struct error *err)
{
	return scan_read_with(scan, entry, file, NULL, ret, err);
}
