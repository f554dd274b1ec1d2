/*
 * dmtool NAME SECTORS: makes a device-mapper disk and suspends it, so
 * that every read of it waits for ever: a dead disk for the tests.
 */
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define BUFFER 4096

static struct dm_ioctl *request(char *buf, const char *name)
{
	struct dm_ioctl *dm = (struct dm_ioctl *)buf;

	memset(buf, 0, BUFFER);
	dm->version[0] = DM_VERSION_MAJOR;
	dm->data_size = BUFFER;
	dm->data_start = sizeof(*dm);
	snprintf(dm->name, sizeof(dm->name), "%s", name);
	return dm;
}

static void call(int fd, unsigned long command, void *dm, const char *what)
{
	if (ioctl(fd, command, dm) < 0) {
		perror(what);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	static char buf[BUFFER] __attribute__((aligned(16)));
	struct dm_target_spec *target;
	struct dm_ioctl *dm;
	int fd;

	if (argc != 3)
		return 2;
	mkdir("/dev/mapper", 0755);
	mknod("/dev/mapper/control", S_IFCHR | 0600, makedev(10, 236));
	fd = open("/dev/mapper/control", O_RDWR);
	if (fd < 0) {
		perror("/dev/mapper/control");
		return 1;
	}
	call(fd, DM_DEV_CREATE, request(buf, argv[1]), "create");
	dm = request(buf, argv[1]);
	dm->target_count = 1;
	target = (struct dm_target_spec *)(buf + sizeof(*dm));
	target->length = strtoull(argv[2], NULL, 10);
	strcpy(target->target_type, "error");
	call(fd, DM_TABLE_LOAD, dm, "load");
	call(fd, DM_DEV_SUSPEND, request(buf, argv[1]), "resume");
	dm = request(buf, argv[1]);
	dm->flags = DM_SUSPEND_FLAG | DM_NOFLUSH_FLAG | DM_SKIP_LOCKFS_FLAG;
	call(fd, DM_DEV_SUSPEND, dm, "suspend");
	return 0;
}
