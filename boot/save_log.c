#include "save_log.h"

#include "base/log.h"
#include "base/own.h"
#include "base/progress.h"
#include "machine.h"
#include "places.h"
#include "scan_places.h"
#include "sys/proc.h"
#include "writing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- where ------------------------------------------------------------------
 */

static const char *kind_words(enum place_kind kind)
{
	switch (kind) {
	case PLACE_ESP:
		return "ESP";
	case PLACE_XBOOTLDR:
		return "XBOOTLDR";
	case PLACE_MBR:
		return "boot partition";
	case PLACE_WHOLE_DISK:
	case PLACE_DIRECTORY:
	case PLACE_MD_MEMBER:
	case PLACE_NETWORK:
	case PLACE_FOREIGN:
	case PLACE_KIND_COUNT:
		break;
	}
	return "FAT";
}

static void name_place(const struct scan *scan, const struct scan_place *p,
		       struct save_place *ret)
{
	const char *model = scan->probes[p->probe].model.text;
	struct text t = text_over(ret->name, sizeof(ret->name));

	ret->id = p->id;
	text_addf(&t, "%s, ", p->place.name);
	if (p->place.is_removable)
		text_addf(&t, "removable disk%s%s", model[0] ? " " : "", model);
	else if (model[0])
		text_addf(&t, "%s of disk %s", kind_words(p->place.kind),
			  model);
	else
		text_addf(&t, "%s of disk %s", kind_words(p->place.kind),
			  scan->probes[p->probe].name);
}

size_t save_log_places(const struct scan *scan,
		       struct save_place ret[static SAVE_PLACES_MAX])
{
	size_t count = 0;

	if (scan->root[0]) /* a host's directories are never written */
		return 0;
	for (int removable = 1; removable >= 0; removable--)
		for (uint32_t i = 0; i < scan->writable_count; i++) {
			const struct scan_place *p = &scan->writable[i];

			if (p->place.is_removable == removable &&
			    count < SAVE_PLACES_MAX)
				name_place(scan, p, &ret[count++]);
		}
	return count;
}

const char *save_log_locked(const struct scan *scan)
{
	if (scan->root[0])
		return "a rehearsal writes nothing";
	return scan->writable_count ? ""
				    : "no disk with FAT was found that may be "
				      "written";
}

/* --- the process that writes ------------------------------------------------
 */

struct task {
	int socket;
	bool any_fat; /* the first that there is, else the one named place */
	struct block_disk disk;
	char place[48];
	struct span text;
};

struct answer {
	struct error error;
	char path[128];
};

static void refused(void *ctx, const struct place *place,
		    const struct error *why)
{
	(void)ctx;
	(void)place;
	(void)why;
}

static void note(void *ctx, const struct place *place, const char *text)
{
	(void)ctx;
	(void)place;
	(void)text;
}

static enum status find_place(const struct task *task,
			      const struct places *places, uint32_t *ret,
			      struct error *err)
{
	for (uint32_t i = 0; i < places->count; i++) {
		const struct place *p = &places->volumes[i].place;

		if (!p->may_write ||
		    (!task->any_fat && strcmp(p->name, task->place) != 0))
			continue;
		*ret = i;
		return OK;
	}
	if (task->any_fat)
		return fail(err, E_SAVE_NO_FAT,
			    "disk %s has no FAT that can be written",
			    task->disk.name);
	return fail(err, E_SAVE_PLACE, "%s cannot be written any more",
		    task->place);
}

static enum status pick_name(const struct volume *volume, const char *place,
			     char *ret, size_t cap, struct error *err)
{
	for (int i = 0; i < SAVE_LOG_FILES; i++) {
		snprintf(ret, cap, "keelboot-log-%d.txt", i);
		if (writing_name_is_free(volume, ret))
			return OK;
	}
	return fail(err, E_SAVE_FULL,
		    "%s has keelboot-log-0.txt to -%d.txt already, and none "
		    "is replaced",
		    place, SAVE_LOG_FILES - 1);
}

static enum status save_to(const struct places *places, uint32_t index,
			   struct span text, struct answer *ret,
			   struct error *err)
{
	const struct candidate_volume *v = &places->volumes[index];
	const struct place_mount *mount = &places->mounts[index];
	const struct write_place to = {
		.node = mount->node[0] ? mount->node : NULL,
		.mount = mount->target[0] ? mount->target : NULL,
		.may_write = v->place.may_write,
		.volume = &v->volume
	};
	char name[32];
	enum status s =
		pick_name(&v->volume, v->place.name, name, sizeof(name), err);

	if (s == OK)
		s = writing_new_file(&to, name, text, err);
	if (s == OK)
		snprintf(ret->path, sizeof(ret->path), "/%s on %s", name,
			 v->place.name);
	return s;
}

static enum status save(const struct task *task, struct answer *ret,
			struct error *err)
{
	static const struct places_sink sink = { .refused = refused,
						 .note = note };
	const struct place_rules rules = {
		.filesystems = 1U << PLACE_FS_VFAT,
		.removable = true,
		.every_fat = task->any_fat,
	};
	struct places *places = calloc(1, sizeof(*places));
	uint32_t index = 0;
	enum status s;

	if (!places)
		return fail(err, E_NO_MEMORY, "no memory for a disk's places");
	s = places_open_disk(&task->disk, &rules, &sink, places, err);
	if (s == OK)
		s = find_place(task, places, &index, err);
	if (s == OK)
		s = save_to(places, index, task->text, ret, err);
	return s; /* the process ends, and all of it goes */
}

static int run(void *context)
{
	const struct task *task = context;
	struct answer a = { .error.code = OK };

	log_to(-1, false, LOG_ERROR);
	if (save(task, &a, &a.error) == OK)
		a.error.code = OK;
	return msg_send(task->socket, span_of(&a, sizeof(a)), -1, NULL) != OK;
}

/* --- the menu's side --------------------------------------------------------
 */

static enum status fail_ended(const struct task *task, struct error *err)
{
	return fail(err, E_SAVE_ENDED,
		    "the process that writes to disk %s ended unexpectedly",
		    task->disk.name);
}

static enum status take_answer(int socket, const struct task *task,
			       struct answer *ret, struct error *err)
{
	_close_ int passed = -1;
	size_t len = 0;
	enum status s =
		msg_receive(socket, ret, sizeof(*ret), &len, &passed, NULL);

	if (s != OK || len != sizeof(*ret) ||
	    (unsigned)ret->error.code >= STATUS_COUNT)
		return fail_ended(task, err);
	ret->error.text[sizeof(ret->error.text) - 1] = '\0';
	ret->path[sizeof(ret->path) - 1] = '\0';
	if (ret->error.code != OK && err)
		*err = ret->error;
	return ret->error.code;
}

static enum status await(int socket, const struct task *task, uint64_t deadline,
			 struct answer *ret, struct error *err)
{
	struct pollfd fd = { .fd = socket, .events = POLLIN };

	while (!fd.revents && deadline_left_ms(deadline))
		poll(&fd, 1,
		     progress_wait_ms("writing", deadline_left_ms(deadline)));
	if (fd.revents)
		return take_answer(socket, task, ret, err);
	return fail(err, E_SAVE_DEADLINE,
		    "disk %s has not written it within %d s", task->disk.name,
		    SAVE_LOG_PATIENCE_MS / 1000);
}

static enum status carry_out(struct task *task, struct answer *ret,
			     struct error *err)
{
	_close_ int ours = -1;
	pid_t pid = 0;
	int status;
	enum status s = msg_pair(&ours, &task->socket, err);

	if (s != OK)
		return s;
	s = proc_spawn("keelboot-save", run, task, &task->socket, 1, &pid, err);
	close(task->socket);
	if (s != OK)
		return s;
	s = await(ours, task, now_ms() + SAVE_LOG_PATIENCE_MS, ret, err);
	/* It has ended, or is given up. */
	proc_kill(pid);
	proc_reap(pid, &status);
	return s;
}

/* Which keelboot this is, on which machine, and when. */
static void add_head(struct text *t)
{
	struct machine *m = calloc(1, sizeof(*m));
	time_t now = (time_t)wall_clock_s();
	struct tm tm = { .tm_mday = 1 };

	gmtime_r(&now, &tm);
	machine_program_line(t);
	text_addf(t, ", saved %04d-%02d-%02d %02d:%02d:%02d UTC\n",
		  tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		  tm.tm_min, tm.tm_sec);
	if (m) {
		machine_read("", m);
		text_addf(t, "%s%s%s; ", m->host, m->host[0] ? "; " : "",
			  m->model);
		machine_facts_line(m, "", t);
		text_add(t, "\n\n");
	}
	free(m);
}

#define HEAD_MAX 1024

static enum status save_text(struct task *task, struct span log,
			     struct answer *ret, struct error *err)
{
	size_t cap = HEAD_MAX + log.len + 1; /* log is in memory: no overflow */
	_free_ char *text = malloc(cap);
	struct text t;

	if (!text)
		return fail(err, E_NO_MEMORY, "no memory for the log");
	t = text_over(text, HEAD_MAX);
	add_head(&t);
	t.cap = cap;
	text_add_bytes(&t, log);
	task->text = span_of(text, t.len);
	return carry_out(task, ret, err);
}

/* The disk as it is now, and that it is the one the place was found on. */
static enum status find_disk(const struct scan *scan,
			     const struct scan_place *place,
			     struct block_disk *ret, struct error *err)
{
	const struct scan_probe *p = &scan->probes[place->probe];
	enum status s = block_describe(BLOCK_ROOTS, p->name, ret, NULL);

	if (s != OK || ret->diskseq != p->diskseq)
		return fail(err, E_SAVE_PLACE, "disk %s is not there any more",
			    p->name);
	return OK;
}

enum status save_log(struct scan *scan, uint32_t place_id, struct span log,
		     char *ret_path, size_t cap, struct error *err)
{
	const struct scan_place *place = scan_places_find(scan, place_id);
	struct task task = { .socket = -1 };
	struct answer answer = { .path = "" };
	enum status s;

	if (!place || scan->root[0])
		return fail(err, E_SAVE_PLACE,
			    "the place to save the log to is gone");
	s = find_disk(scan, place, &task.disk, err);
	if (s != OK)
		return s;
	task.any_fat = place->place.is_removable;
	memcpy(task.place, place->place.name, sizeof(task.place));
	s = save_text(&task, log, &answer, err);
	if (s != OK)
		return fail_in(err, s, "unable to save the log");
	log_info("the log is saved as %s", answer.path);
	snprintf(ret_path, cap, "%s", answer.path);
	return OK;
}
