/*
 * The power-cut test's program, and PID 1 of its guest: writes counters and the
 * store of each disk, many times, with keelboot's own code, while the disk is
 * mounted read-only as a probe mounts it. QEMU keeps every write; the host
 * replays them (tests/qemu/test_power_cut.py). Not installed.
 *
 * The command line has rounds=N. Each step is told on the console:
 *
 *	step count DISK WAY FOLDER OLD NEW
 *	step store DISK WAY ONESHOT LAST
 *	disk DISK end
 *
 * WAY is 1 in place, 2 in place in two sectors, 3 through the mount. "-" is an
 * empty value.
 */
#include "base/log.h"
#include "sys/block.h"
#include "sys/mount.h"
#include "sys/writable.h"
#include "writing.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#define ENTRIES_MAX 64

struct entry {
	const char *folder;
	char name[256];
};

struct rounds {
	const char *disk;  /* "vda" */
	const char *node;  /* "/dev/vda" */
	const char *mount; /* where it is mounted */
	struct volume volume;
	struct entry entries[ENTRIES_MAX];
	unsigned count;
	struct store store;
};

static _Noreturn void power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

static _Noreturn void die(const struct error *err)
{
	printf("failed %s: %s\n", status_slug(err->code), err->text);
	power_off();
}

/* The names with a '+' in a folder. */
static void take_entries(struct rounds *r, const char *folder)
{
	_drop_volume_list_ struct volume_list list = { 0 };
	struct error err;

	if (volume_list(&r->volume, folder, &list, &err) != OK)
		die(&err);
	for (size_t i = 0; i < list.count && r->count < ENTRIES_MAX; i++) {
		struct entry *e = &r->entries[r->count];

		if (!strchr(list.entries[i].name, '+'))
			continue;
		e->folder = folder;
		snprintf(e->name, sizeof(e->name), "%s", list.entries[i].name);
		r->count++;
	}
}

/* One attempt: tries left minus 1, tries done plus 1, widths kept. False once
 * there is none left. */
static bool next_name(const char *name, char to[static 256])
{
	const char *plus = strrchr(name, '+'), *dot = strrchr(name, '.');
	unsigned left = 0, done = 0;
	int left_len = 0, done_len = 0;

	sscanf(plus + 1, "%u%n-%u%n", &left, &left_len, &done, &done_len);
	if (!left)
		return false;
	snprintf(to, 256, "%.*s+%0*u-%0*u%s", (int)(plus - name), name,
		 left_len, left - 1, done_len ? done_len - left_len - 1 : 1,
		 done + 1, dot);
	return true;
}

/*
 * Through the mount, as writing_count() and writing_store() do where a kernel
 * keeps mounted devices from being written: these two functions are what they
 * call around it then.
 */
static struct write_place begin_mounted(const struct rounds *r)
{
	struct write_place place = { .may_write = true, .volume = &r->volume };
	struct error err;

	if (writable_remount(r->node, r->mount, &err) != OK)
		die(&err);
	return place;
}

static void end_mounted(const struct rounds *r)
{
	struct error err;

	if (writable_settle(r->node, r->mount, &err) != OK)
		die(&err);
}

static struct write_place begin_in_place(const struct rounds *r)
{
	return (struct write_place){ .node = r->node,
				     .mount = r->mount,
				     .may_write = true,
				     .volume = &r->volume };
}

static void count(struct rounds *r, struct entry *e, bool is_mounted)
{
	struct write_place place =
		is_mounted ? begin_mounted(r) : begin_in_place(r);
	enum write_way way = 0;
	char path[600], name[256];
	struct error err;

	if (next_name(e->name, name)) {
		snprintf(path, sizeof(path), "%s/%s", e->folder, e->name);
		if (writing_count(&place, path, name, &way, &err) != OK)
			die(&err);
		printf("step count %s %d %s %s %s\n", r->disk, way, e->folder,
		       e->name, name);
		snprintf(e->name, sizeof(e->name), "%s", name);
	}
	if (is_mounted)
		end_mounted(r);
}

static const char *shown(const char *value)
{
	return *value ? value : "-";
}

static void store(struct rounds *r, bool is_mounted)
{
	struct write_place place =
		is_mounted ? begin_mounted(r) : begin_in_place(r);
	enum write_way way = 0;
	struct store got;
	struct error err;

	if (writing_store(&place, &r->store, &way, &err) != OK)
		die(&err);
	printf("step store %s %d %s %s\n", r->disk, way,
	       shown(r->store.oneshot), shown(r->store.last));
	if (is_mounted)
		end_mounted(r);
	if (writing_load_store(&r->volume, &got, &err) != OK)
		die(&err);
	if (strcmp(got.oneshot, r->store.oneshot) ||
	    strcmp(got.last, r->store.last))
		printf("failed: the store was read as %s %s\n", got.oneshot,
		       got.last);
}

static void one_round(struct rounds *r, unsigned number)
{
	struct entry *e = &r->entries[number % r->count];
	bool is_mounted = number % 10 == 9;

	snprintf(r->store.oneshot, sizeof(r->store.oneshot), "round-%u.efi",
		 number);
	store(r, false);
	count(r, e, is_mounted);
	r->store.oneshot[0] = '\0';
	store(r, number % 20 == 19);
	snprintf(r->store.last, sizeof(r->store.last), "%.*s%s",
		 (int)strcspn(e->name, "+"), e->name, strrchr(e->name, '.'));
	store(r, false);
}

/* As a probe does. */
static void mount_disk(struct rounds *r)
{
	struct error err;
	int fd = open(r->node, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || block_set_read_only(fd, &err) != OK ||
	    mount_esp(r->node, "vfat", r->mount, &err) != OK ||
	    volume_open_dir(r->mount, &r->volume, &err) != OK)
		die(&err);
	close(fd);
}

static void run_disk(const char *name, unsigned rounds)
{
	static struct rounds r;
	char node[64], target[64];

	snprintf(node, sizeof(node), "/dev/%s", name);
	snprintf(target, sizeof(target), "/run/%s", name);
	r = (struct rounds){ .disk = name, .node = node, .mount = target };
	mount_disk(&r);
	take_entries(&r, "/EFI/Linux");
	take_entries(&r, "/loader/entries");
	if (!r.count)
		printf("failed: no entries\n");
	for (unsigned i = 0; r.count && i < rounds; i++)
		one_round(&r, i);
	printf("disk %s end\n", name);
}

int main(void)
{
	char line[1024] = "";
	const char *word;
	struct error err;
	unsigned rounds;
	FILE *file;

	if (mount_api_filesystems(&err) != OK)
		power_off();
	log_to(STDERR_FILENO, false, LOG_WARN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	file = fopen("/proc/cmdline", "r");
	if (!file || !fgets(line, sizeof(line), file))
		power_off();
	word = strstr(line, "rounds=");
	rounds = word ? (unsigned)strtoul(word + 7, NULL, 10) : 1;
	for (char name[] = "vda"; name[2] <= 'z'; name[2]++) {
		char node[64];

		snprintf(node, sizeof(node), "/dev/%s", name);
		if (access(node, F_OK))
			break;
		run_disk(name, rounds);
	}
	printf("all done\n");
	power_off();
}
