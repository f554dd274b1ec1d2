#include "scan.h"
#include "scan_list.h"
#include "scan_parts.h"
#include "scan_places.h"

#include "base/log.h"
#include "base/own.h"
#include "sys/file.h"
#include "sys/platform.h"
#include "sys/proc.h"
#include "sys/uevent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEDIA_POLL_FILE "/sys/module/block/parameters/events_dfl_poll_msecs"
#define MEDIA_POLL_MS	"2000"

/* Messages of one probe that are taken in one go: others, and who sits at the
 * console, shall not wait for one that never ends. */
#define DRAIN_MAX 128

/* What this process has open besides a socket to each probe, and more. */
#define DESCRIPTORS_BESIDE 64

enum status scan_init(struct scan *scan, uint32_t probe_timeout_s,
		      struct error *err)
{
	memset(scan, 0, sizeof(*scan));
	scan->probe_timeout_s = probe_timeout_s;
	scan->places.filesystems = 1U << PLACE_FS_VFAT;
	scan->uevents = -1;
	scan->probes = calloc(SCAN_PROBES_MAX + 1, sizeof(*scan->probes));
	scan->entries = calloc(SCAN_ENTRIES_MAX + 1, sizeof(*scan->entries));
	scan->configured =
		calloc(SCAN_CONFIGURED_MAX, sizeof(*scan->configured));
	scan->writable = calloc(SCAN_PLACES_MAX + 1, sizeof(*scan->writable));
	if (!scan->probes || !scan->entries || !scan->configured ||
	    !scan->writable)
		return fail(err, E_NO_MEMORY, "no memory for the boot list");
	if (!platform_random(&scan->seed, sizeof(scan->seed)))
		log_debug("no random numbers yet: entries' numbers are known");
	proc_allow_descriptors(SCAN_PROBES_MAX + DESCRIPTORS_BESIDE);
	for (size_t i = 0; i < SCAN_PROBES_MAX; i++)
		scan->probes[i].socket = -1;
	scan->probes[SCAN_NETWORK].socket = -1;
	memcpy(scan->probes[SCAN_NETWORK].name, "network", sizeof("network"));
	return OK;
}

/* --- probes --------------------------------------------------------------- */

static void end_probe(struct scan_probe *p, enum probe_state state)
{
	if (p->pid > 0)
		proc_kill(p->pid);
	if (p->socket >= 0)
		close(p->socket);
	p->socket = -1;
	p->state = state;
}

static void forget_probe(struct scan *scan, uint32_t index)
{
	end_probe(&scan->probes[index], PROBE_FREE);
	scan_list_remove(scan, index);
	scan_places_remove(scan, index);
}

/* Of one that was killed: whether its process is gone. One that hangs in a
 * disk's driver may never be. */
static bool has_ended(struct scan_probe *p)
{
	int status;

	if (p->pid > 0 && proc_reap(p->pid, &status))
		p->pid = 0;
	return p->pid <= 0;
}

static struct scan_probe *free_probe(struct scan *scan)
{
	for (size_t i = 0; i < SCAN_PROBES_MAX; i++)
		if (scan->probes[i].state == PROBE_FREE &&
		    has_ended(&scan->probes[i]))
			return &scan->probes[i];
	return NULL;
}

enum status scan_start_probe(struct scan *scan, struct probe_task *task,
			     struct error *err)
{
	struct scan_probe *p = free_probe(scan);
	enum status s;

	if (!p)
		return fail(err, E_PROBE_START,
			    "%s is disk %d, at most %d are looked at",
			    task->name, SCAN_PROBES_MAX + 1, SCAN_PROBES_MAX);
	task->rules.configured = scan->configured;
	task->rules.configured_count = scan->configured_count;
	task->rules.budget_ms = scan->probe_timeout_s * 1000ULL / 3 * 2;
	task->places = scan->places;
	s = msg_pair(&p->socket, &task->socket, err);
	if (s != OK)
		return s;
	s = proc_spawn("keelboot-probe", probe_run, task, &task->socket, 1,
		       &p->pid, err);
	close(task->socket);
	if (s != OK) {
		end_probe(p, PROBE_FREE);
		return s;
	}
	memcpy(p->name, task->name, sizeof(p->name));
	p->diskseq = task->disk.diskseq;
	p->model = task->disk.model;
	p->serial = task->disk.serial;
	p->state = PROBE_LOOKING;
	p->started_ms = scan->came_ms = now_ms();
	p->deadline_ms = p->started_ms + scan->probe_timeout_s * 1000ULL;
	scan_places_add_disk(scan, (uint32_t)(p - scan->probes), &task->disk);
	return OK;
}

static void start_disk(struct scan *scan, const struct block_disk *disk)
{
	struct probe_task *task = calloc(1, sizeof(*task));
	struct error err;

	if (!task) {
		log_error("no memory for a probe of %s", disk->name);
		return;
	}
	task->disk = *disk;
	snprintf(task->name, sizeof(task->name), "%s", disk->name);
	if (scan_start_probe(scan, task, &err) != OK)
		log_error("%s: %s", disk->name, err.text);
	free(task);
}

static struct scan_probe *probe_named(struct scan *scan, const char *name,
				      uint32_t *ret_index)
{
	for (uint32_t i = 0; i < SCAN_PROBES_MAX; i++) {
		if (scan->probes[i].state == PROBE_FREE ||
		    strcmp(scan->probes[i].name, name) != 0)
			continue;
		*ret_index = i;
		return &scan->probes[i];
	}
	return NULL;
}

static void log_note(const char *volume, const char *text)
{
	log_warn("%s: %s", volume, text);
}

/* Tells a slow disk from a machine that has no time for its answer. */
static void log_answer(const struct scan_probe *p, uint64_t sent_ms)
{
	log_info("%s: looked at within %llu ms, heard %llu ms later", p->name,
		 (unsigned long long)(sent_ms - p->started_ms),
		 (unsigned long long)(now_ms() - sent_ms));
}

/* It ends by itself then. Most disks of a large machine have nothing to boot.
 */
static void hang_up(struct scan_probe *p)
{
	if (p->socket >= 0)
		close(p->socket);
	p->socket = -1;
}

/* One that does not keep to its part is not believed in anything else. */
static void cast_out(struct scan *scan, uint32_t index, const char *why)
{
	struct scan_probe *p = &scan->probes[index];

	log_error("the probe of %s %s", p->name, why);
	end_probe(p, PROBE_LOST);
	scan_list_remove(scan, index);
	scan_places_remove(scan, index);
}

void scan_take_message(struct scan *scan, uint32_t index,
		       struct probe_message *m, size_t len)
{
	struct scan_probe *p = &scan->probes[index];
	size_t body = len - offsetof(struct probe_message, found);

	if (p->state == PROBE_READY && m->kind <= PROBE_FAILED) {
		cast_out(scan, index, "goes on after it was done");
		return;
	}
	place_tame(&m->place);
	if (m->sent_ms < p->started_ms || m->sent_ms > now_ms())
		m->sent_ms = now_ms();
	if (m->kind == PROBE_FOUND) {
		scan_list_add(scan, index, m, body);
	} else if (m->kind == PROBE_TEXT) {
		scan_texts_add(&scan->texts, index, m, body);
	} else if (m->kind == PROBE_PLACE) {
		scan_places_add(scan, index, &m->place);
	} else if (m->kind == PROBE_NOTE && body == sizeof(m->note)) {
		m->note[sizeof(m->note) - 1] = '\0';
		log_note(m->place.name, m->note);
	} else if (m->kind == PROBE_FAILED && body == sizeof(m->error)) {
		m->error.text[sizeof(m->error.text) - 1] = '\0';
		if (m->error.code == E_BLOCK_NO_TABLE ||
		    m->error.code == E_BLOCK_NO_MEDIUM)
			log_info("%s: %s", p->name, m->error.text);
		else
			log_note(p->name, m->error.text);
		end_probe(p, PROBE_LOST);
	} else if (m->kind == PROBE_DONE) {
		p->state = PROBE_READY;
		log_answer(p, m->sent_ms);
		if (!scan_list_uses(scan, index))
			hang_up(p);
	}
}

/* All that a probe has said so far. */
static bool drain_probe(struct scan *scan, uint32_t index,
			struct probe_message *m)
{
	struct scan_probe *p = &scan->probes[index];
	unsigned left = DRAIN_MAX;
	bool changed = false;
	enum status s = OK;

	while (p->socket >= 0 && s == OK && left--) {
		struct error err;
		size_t len = 0;
		int fd = -1;

		s = msg_receive(p->socket, m, sizeof(*m), &len, &fd, &err);
		if (fd >= 0)
			close(fd);
		if (s == E_MSG_NONE)
			break;
		changed = true;
		if (s == OK && len >= offsetof(struct probe_message, found))
			scan_take_message(scan, index, m, len);
		else
			cast_out(scan, index, "ended unexpectedly");
	}
	return changed;
}

static bool abandon_late(struct scan_probe *p, uint64_t now, uint32_t timeout_s)
{
	if (p->state != PROBE_LOOKING || now < p->deadline_ms)
		return false;
	log_error("disk %s has not answered for %u s and is left out", p->name,
		  timeout_s);
	end_probe(p, PROBE_LOST);
	return true;
}

static bool handle_probes(struct scan *scan, uint64_t now)
{
	struct probe_message *m = malloc(sizeof(*m));
	bool changed = false;

	for (uint32_t i = 0; m && i < SCAN_PROBES_MAX; i++) {
		struct scan_probe *p = &scan->probes[i];

		if (p->state != PROBE_FREE) {
			changed |= drain_probe(scan, i, m);
			changed |= abandon_late(p, now, scan->probe_timeout_s);
		}
		if (p->socket < 0)
			has_ended(p);
	}
	free(m);
	return changed;
}

/* --- the kernel's events ---------------------------------------------------
 */

static const char *disk_name_of(const struct uevent *event)
{
	const char *slash = strrchr(event->devpath, '/');

	return slash ? slash + 1 : event->devpath;
}

/* One that a probe made, for the file system in a RAID's member. */
static bool is_loop(const char *name)
{
	return !strncmp(name, "loop", 4);
}

/* What cannot be described any more, though it is still there. */
static bool lose_medium(struct scan *scan, uint32_t index)
{
	log_info("disk %s has no medium any more", scan->probes[index].name);
	forget_probe(scan, index);
	return true;
}

static bool disk_event(struct scan *scan, const struct uevent *event)
{
	const char *name = disk_name_of(event);
	struct block_disk disk;
	struct scan_probe *p;
	uint32_t index = 0;

	p = probe_named(scan, name, &index);
	if (!strcmp(event->action, "remove")) {
		if (!p)
			return false;
		log_info("disk %s is gone", name);
		forget_probe(scan, index);
		return true;
	}
	if (is_loop(name))
		return false;
	if (block_describe(BLOCK_ROOTS, name, &disk, NULL) != OK &&
	    block_describe_reader(BLOCK_ROOTS, name, &disk, NULL) != OK)
		return p && lose_medium(scan, index);
	if (p && p->diskseq == disk.diskseq)
		return false;
	if (p)
		forget_probe(scan, index);
	log_info("disk %s has come%s%s", name, disk.model.text[0] ? ": " : "",
		 disk.model.text);
	start_disk(scan, &disk);
	return true;
}

static bool handle_uevents(struct scan *scan)
{
	char *buf = malloc(UEVENT_MAX);
	struct uevent event;
	bool changed = false;
	enum status s = OK;

	while (buf && scan->uevents >= 0) {
		s = uevent_receive(scan->uevents, buf, &event, NULL);
		if (s != OK)
			break;
		if (event.subsystem && event.devtype &&
		    !strcmp(event.subsystem, "block") &&
		    !strcmp(event.devtype, "disk"))
			changed |= disk_event(scan, &event);
	}
	free(buf);
	if (s == E_UEVENT_LOST) {
		log_warn("the kernel's events overflowed, looking again");
		changed |= scan_again(scan, NULL) == OK;
	}
	return changed;
}

/* --- the whole --------------------------------------------------------------
 */

static enum status start_all_disks(struct scan *scan, struct error *err)
{
	struct block_disk *disks = calloc(SCAN_PROBES_MAX, sizeof(*disks));
	size_t count = 0;
	uint32_t index;
	enum status s;

	if (!disks)
		return fail(err, E_NO_MEMORY, "no memory for the disks");
	s = block_list(BLOCK_ROOTS, disks, SCAN_PROBES_MAX, &count, err);
	for (size_t i = 0; s == OK && i < count; i++)
		if (!is_loop(disks[i].name) &&
		    !probe_named(scan, disks[i].name, &index))
			start_disk(scan, &disks[i]);
	free(disks);
	return s;
}

enum status scan_begin_machine(struct scan *scan, struct error *err)
{
	/* Listen first, then look: a disk that comes in between is seen by
	 * both and started once. */
	enum status s = uevent_open(&scan->uevents, err);

	/* The kernel asks nobody for a change of media unless it is told to. */
	if (scan->places.removable &&
	    !file_write_small(MEDIA_POLL_FILE, MEDIA_POLL_MS))
		log_debug("media of removable disks are not polled");
	return s == OK ? start_all_disks(scan, err) : s;
}

/* Somebody holds the key, or a disk hangs: there is no end to the processes
 * that end. */
static bool too_many_end(const struct scan *scan)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < SCAN_PROBES_MAX; i++)
		count += scan->probes[i].state == PROBE_FREE &&
			 scan->probes[i].pid > 0;
	return count > SCAN_ENDING_MAX;
}

enum status scan_again(struct scan *scan, struct error *err)
{
	scan->is_again_due = too_many_end(scan);
	if (scan->is_again_due)
		return OK;
	for (uint32_t i = 0; i < SCAN_PROBES_MAX; i++)
		if (scan->probes[i].state != PROBE_FREE)
			forget_probe(scan, i);
	if (scan->root[0])
		return scan_begin_root(scan, scan->root, err);
	return start_all_disks(scan, err);
}

size_t scan_poll_fds(const struct scan *scan,
		     struct pollfd fds[static SCAN_FDS_MAX])
{
	size_t count = 0;

	if (scan->uevents >= 0)
		fds[count++] = (struct pollfd){ .fd = scan->uevents,
						.events = POLLIN };
	for (size_t i = 0; i < SCAN_PROBES_MAX; i++)
		if (scan->probes[i].socket >= 0)
			fds[count++] =
				(struct pollfd){ .fd = scan->probes[i].socket,
						 .events = POLLIN };
	return count;
}

bool scan_handle(struct scan *scan, uint64_t now)
{
	bool changed = handle_uevents(scan);

	changed |= handle_probes(scan, now);
	if (scan->is_again_due && !too_many_end(scan))
		changed |= scan_again(scan, NULL) == OK;
	if (!scan->is_folded)
		scan_fold(scan);
	return changed;
}

void scan_end(struct scan *scan)
{
	for (uint32_t i = 0; scan->probes && i < SCAN_PROBES_MAX; i++)
		if (scan->probes[i].state != PROBE_FREE)
			forget_probe(scan, i);
	if (scan->uevents >= 0)
		close(scan->uevents);
	scan->uevents = -1;
	for (uint32_t i = 0; i < scan->entry_count; i++)
		free(scan->entries[i]);
	scan->entry_count = 0;
	for (uint32_t i = 0; i < scan->revocation_count; i++)
		free(scan->revocations[i]);
	scan->revocation_count = 0;
	scan_texts_drop(&scan->texts);
	free(scan->probes);
	free(scan->entries);
	free(scan->configured);
	free(scan->writable);
	scan->writable = NULL;
	scan->writable_count = 0;
	scan->entries = NULL;
	scan->probes = NULL;
	scan->configured = NULL;
}
