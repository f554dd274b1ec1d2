#include "probe.h"

#include "base/log.h"
#include "base/own.h"
#include "sys/blob.h"
#include "sys/file.h"
#include "sys/proc.h"
#include "writing.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A machine may have a hundred disks and two processors. Who starts the probes
 * and hears them comes first, or none would be heard before the last one is
 * done. */
#define PROBE_NICE 10

/* A file that may be asked for; it is opened then. */
struct known_file {
	uint64_t size;
	uint32_t volume; /* index */
	char *path;
};

struct probe {
	const struct probe_task *task;
	const struct place *place; /* what is being looked at */
	struct place whole;	   /* the disk itself */
	struct places places;
	uint32_t file_count;
	struct known_file files[PROBE_FILES_MAX];
	struct probe_message message;
	struct probe_request request; /* the last one received */
	int request_fd;		      /* that came with it, or -1 */
};

/* The menu is gone when it cannot be told: then there is nothing left to do. */
static void send(struct probe *p, enum probe_kind kind, size_t len)
{
	p->message.kind = kind;
	p->message.sent_ms = now_ms();
	p->message.place = *p->place;
	if (msg_send(p->task->socket,
		     span_of(&p->message,
			     offsetof(struct probe_message, found) + len),
		     -1, NULL) != OK)
		_exit(0);
}

static void send_error(struct probe *p, enum probe_kind kind,
		       const struct error *err)
{
	p->message.error = *err;
	send(p, kind, sizeof(*err));
}

static void at(void *ctx, uint32_t index)
{
	struct probe *p = ctx;

	p->place = &p->places.volumes[index].place;
}

static bool keep(void *ctx, const struct volume *volume, const char *path,
		 uint64_t size, uint32_t *ret_handle)
{
	struct probe *p = ctx;
	struct known_file *file = &p->files[p->file_count];

	if (p->file_count == PROBE_FILES_MAX)
		return false;
	*file = (struct known_file){ .size = size, .path = strdup(path) };
	while (&p->places.volumes[file->volume].volume != volume)
		file->volume++;
	if (!file->path)
		return false;
	*ret_handle = p->file_count++;
	return true;
}

static void found(void *ctx, const struct found *found)
{
	struct probe *p = ctx;

	memcpy(&p->message.found, found, found_size(found));
	send(p, PROBE_FOUND, found_size(found));
}

static void text(void *ctx, enum found_text_kind kind, struct span bytes)
{
	struct probe *p = ctx;
	struct found_text *t = &p->message.text;

	t->kind = kind;
	t->len = (uint32_t)bytes.len;
	memcpy(t->bytes, bytes.ptr, bytes.len);
	send(p, PROBE_TEXT, offsetof(struct found_text, bytes) + bytes.len);
}

static void note(void *ctx, const char *text)
{
	struct probe *p = ctx;

	snprintf(p->message.note, sizeof(p->message.note), "%s", text);
	send(p, PROBE_NOTE, sizeof(p->message.note));
}

/* What the floors below logged while this process looked, as notes: the
 * menu's log is the one the operator reads. */
static void forward_log(struct probe *p, size_t from)
{
	struct span rest = log_kept(), line;
	struct text t;

	if (from > rest.len)
		return;
	rest = span_slice(rest, from, rest.len - from);
	while (span_next_line(&rest, &line)) {
		const uint8_t *stamp = memchr(line.ptr, ']', line.len);
		size_t cut = stamp ? (size_t)(stamp - line.ptr) + 2 : 0;

		t = text_over(p->message.note, sizeof(p->message.note));
		text_add_safe(&t, span_slice(line, cut, line.len - cut));
		send(p, PROBE_NOTE, sizeof(p->message.note));
	}
}

static void tell_writable(struct probe *p)
{
	for (uint32_t i = 0; i < p->places.count; i++) {
		at(p, i);
		if (p->place->may_write)
			send(p, PROBE_PLACE, 0);
	}
	p->place = &p->whole;
}

static void look_at_volumes(struct probe *p)
{
	const struct candidate_sink sink = {
		.ctx = p,
		.at = at,
		.keep = keep,
		.found = found,
		.text = text,
		.note = note,
	};

	candidate_scan(p->places.volumes, p->places.count, &p->task->rules,
		       &sink);
	p->place = &p->whole;
}

/* What cannot be looked into is a record like any other, so that a list of what
 * was refused has it. */
static void place_refused(void *ctx, const struct place *place,
			  const struct error *why)
{
	struct found *record = calloc(1, sizeof(*record));
	struct probe *p = ctx;

	if (!record)
		return;
	p->place = place;
	record->kind = FOUND_PLACE;
	snprintf(record->id, sizeof(record->id), "%s", place->name);
	record->why = why->code;
	snprintf(record->reason, sizeof(record->reason), "%s", why->text);
	snprintf(record->path, sizeof(record->path), "%s", place->name);
	record->title = display_of_text(place->name);
	found(p, record);
	p->place = &p->whole;
	free(record);
}

static void place_note(void *ctx, const struct place *place, const char *text)
{
	struct probe *p = ctx;

	p->place = place;
	note(p, text);
	p->place = &p->whole;
}

static enum status look(struct probe *p, struct error *err)
{
	const struct probe_task *task = p->task;
	const struct places_sink sink = { .ctx = p,
					  .refused = place_refused,
					  .note = place_note };
	enum status s;

	if (task->directory_count)
		s = places_open_directories(
			task->directories, task->directory_count, task->name,
			&task->places, &sink, &p->places, err);
	else
		s = places_open_disk(&task->disk, &task->places, &sink,
				     &p->places, err);
	if (s == OK) {
		tell_writable(p);
		look_at_volumes(p);
	}
	return s;
}

/* --- files -------------------------------------------------------------------
 */

/* The next order; the menu is gone if there is none. */
static void receive(struct probe *p)
{
	size_t len = 0;

	do {
		if (p->request_fd >= 0)
			close(take_fd(&p->request_fd));
		if (msg_receive(p->task->socket, &p->request,
				sizeof(p->request), &len, &p->request_fd,
				NULL) != OK)
			_exit(0);
	} while (len != sizeof(p->request));
}

/* Waits until a part of that request has been taken. False if the menu wants
 * something else by now, which is p->request then. */
static bool await_taken(struct probe *p, uint32_t request)
{
	do
		receive(p);
	while (p->request.order == PROBE_TAKEN &&
	       p->request.request != request);
	return p->request.order == PROBE_TAKEN;
}

static enum status send_part(struct probe *p, const struct transfer *transfer,
			     int fd, uint64_t size, uint64_t at,
			     struct error *err)
{
	uint64_t left = size - at;
	size_t len =
		left < TRANSFER_SLOT_LEN ? (size_t)left : TRANSFER_SLOT_LEN;
	enum status s = blob_read_source(fd, size, at,
					 transfer_slot(transfer, at), len, err);

	if (s != OK)
		return s;
	p->message.part.offset = at;
	p->message.part.len = len;
	send(p, PROBE_FILE_PART, sizeof(p->message.part));
	return OK;
}

/* False, and nothing in *err, if the menu wants something else by now. */
static bool send_parts(struct probe *p, const struct transfer *transfer,
		       uint32_t request, int fd, uint64_t size,
		       struct error *err)
{
	uint64_t at = 0;
	unsigned on_way = 0;
	enum status s = OK;

	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	while (s == OK && at < size) {
		if (on_way == TRANSFER_SLOTS) {
			if (!await_taken(p, request))
				return false;
			on_way--;
		}
		blob_read_ahead(fd, at);
		s = send_part(p, transfer, fd, size, at, err);
		at += TRANSFER_SLOT_LEN;
		on_way++;
	}
	if (s == OK)
		blob_check_source_end(fd, size, err);
	return true;
}

/* Opens a file that was found before. Its size is that of then: reading says so
 * if it has another one now. */
static enum status open_known(struct probe *p, uint32_t handle, int *ret_fd,
			      uint64_t *ret_size, struct error *err)
{
	const struct known_file *file = &p->files[handle];
	uint64_t size;

	if (handle >= p->file_count)
		return fail(err, E_PROBE_PROTOCOL,
			    "file %u was asked for, %u are known", handle,
			    p->file_count);
	*ret_size = file->size;
	return volume_open(&p->places.volumes[file->volume].volume, file->path,
			   ret_fd, &size, err);
}

/* True if p->request is a new one. */
static bool hand_over(struct probe *p)
{
	_drop_transfer_ struct transfer transfer = TRANSFER_NONE;
	uint32_t request = p->request.request;
	struct error err = { .code = OK };
	_close_ int fd = -1;
	uint64_t size = 0;

	p->message.request = request;
	if (open_known(p, p->request.handle, &fd, &size, &err) == OK &&
	    transfer_adopt(take_fd(&p->request_fd), &transfer, &err) == OK &&
	    !send_parts(p, &transfer, request, fd, size, &err))
		return true;
	if (err.code == OK) {
		p->message.file_size = size;
		send(p, PROBE_FILE, sizeof(p->message.file_size));
	} else {
		send_error(p, PROBE_FILE_FAILED, &err);
	}
	return false;
}

static enum status carry_out(const struct probe *p, enum write_way *ret_way,
			     struct error *err)
{
	const struct probe_request *r = &p->request;
	const struct place_mount *mount = &p->places.mounts[r->place];
	struct write_place place;

	if (r->place >= p->places.count)
		return fail(err, E_PROBE_PROTOCOL,
			    "place %u is to be written, there are %u", r->place,
			    p->places.count);
	place = (struct write_place){
		.node = mount->node[0] ? mount->node : NULL,
		.mount = mount->target[0] ? mount->target : NULL,
		/* a host's directories are never written */
		.may_write = !p->task->directory_count &&
			     p->places.volumes[r->place].place.may_write,
		.volume = &p->places.volumes[r->place].volume,
	};
	if (r->order == PROBE_WRITE_STORE)
		return writing_store(&place, &r->store, ret_way, err);
	return writing_count(&place, r->path, r->new_name, ret_way, err);
}

static void write_what_is_asked(struct probe *p)
{
	enum write_way way = WRITE_IN_PLACE;
	struct error err = { .code = OK };

	p->message.request = p->request.request;
	if (carry_out(p, &way, &err) != OK) {
		send_error(p, PROBE_WRITE_FAILED, &err);
		return;
	}
	p->message.way = way;
	send(p, PROBE_WRITTEN, sizeof(p->message.way));
}

static void serve(struct probe *p)
{
	bool has_request = false;

	for (;;) {
		if (!has_request)
			receive(p);
		has_request = false;
		if (p->request.order == PROBE_READ)
			has_request = hand_over(p);
		else if (p->request.order == PROBE_COUNT_ATTEMPT ||
			 p->request.order == PROBE_WRITE_STORE)
			write_what_is_asked(p);
	}
}

int probe_run(void *context)
{
	struct probe *p = calloc(1, sizeof(*p));
	struct error err = { .code = OK };
	size_t logged = log_kept().len;
	enum status s;

	if (!p)
		return 1;
	p->task = context;
	p->request_fd = -1;
	snprintf(p->whole.name, sizeof(p->whole.name), "%s", p->task->name);
	p->place = &p->whole;
	log_to(-1, false, LOG_ERROR);
	proc_yield(PROBE_NICE);
	/* what a disk makes it use up is not taken from the menu */
	(void)!file_write_small("/proc/self/oom_score_adj", "1000");
	s = look(p, &err);
	forward_log(p, logged);
	if (s != OK) {
		send_error(p, PROBE_FAILED, &err);
		return 0;
	}
	send(p, PROBE_DONE, 0);
	serve(p);
	return 0;
}
