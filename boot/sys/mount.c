#include "sys/mount.h"

#include "base/log.h"
#include "base/own.h"
#include "base/text.h"
#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256 /* Linux 5.10; mount(2) of older ones ignores it */
#endif

#define ESP_FLAGS                                                              \
	(MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOSYMFOLLOW)

enum status mount_private(struct error *err)
{
	if (unshare(CLONE_NEWNS) < 0)
		return fail_sys(err, E_MOUNT_NAMESPACE, errno,
				"unable to leave the mount namespace");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return fail_sys(err, E_MOUNT_NAMESPACE, errno,
				"unable to make the mounts private");
	return OK;
}

bool mount_has_filesystem(const char *fstype)
{
	char buf[4096];
	struct span rest, line;
	size_t len;

	if (!file_read_small(AT_FDCWD, "/proc/filesystems", buf, sizeof(buf),
			     &len))
		return false;
	rest = span_of(buf, len);
	while (span_next_line(&rest, &line)) {
		if (span_starts_with(line, "nodev", 5))
			line = span_slice(line, 5, line.len - 5);
		if (span_equal_text(span_trim(line), fstype))
			return true;
	}
	return false;
}

/*
 * A FAT's first sector ends in 55 aa and begins with a jump (Microsoft's FAT
 * specification of 2005, "Boot Sector and BPB"). Looked at only to tell an
 * operator why the kernel refused.
 */
static enum status explain_refusal(const char *node, int sys, struct error *err)
{
	_close_ int fd = open(node, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	uint8_t sector[512];

	if (fd >= 0 && sys == EINVAL &&
	    pread(fd, sector, sizeof(sector), 0) == (ssize_t)sizeof(sector) &&
	    (sector[510] != 0x55 || sector[511] != 0xaa ||
	     (sector[0] != 0xeb && sector[0] != 0xe9)))
		return fail(err, E_MOUNT_NOT_FAT,
			    "%s is not a FAT file system: its first sector "
			    "begins with %02x and ends in %02x %02x, not with "
			    "eb or e9 and in 55 aa",
			    node, sector[0], sector[510], sector[511]);
	return fail_sys(err, E_MOUNT_REFUSED, sys,
			"the kernel does not mount %s", node);
}

/*
 * Names come as UTF-8 with utf8; the other table is for upper and lower case,
 * and a kernel that has it only as a module, or not at all, refuses the mount.
 * The last try is whatever the kernel's own default is.
 */
static const char *const vfat_options[] = {
	"utf8",
	"utf8,iocharset=ascii",
	"utf8,iocharset=iso8859-1",
	"iocharset=utf8",
	"",
};

enum status mount_esp(const char *node, const char *fstype, const char *target,
		      struct error *err)
{
	int sys = 0;

	if (!file_make_folders(target))
		return fail_sys(err, E_MOUNT_TARGET, errno,
				"unable to make the mount point %s", target);
	for (size_t i = 0; i < sizeof(vfat_options) / sizeof(*vfat_options);
	     i++) {
		if (mount(node, target, fstype, ESP_FLAGS, vfat_options[i]) ==
		    0) {
			log_debug("%s mounted, options \"%s\"", node,
				  vfat_options[i]);
			return OK;
		}
		sys = errno;
		if (sys == ENODEV)
			return fail(err, E_MOUNT_FSTYPE,
				    "this kernel has no file system %s",
				    fstype);
		if (sys != EINVAL)
			break;
	}
	return explain_refusal(node, sys, err);
}

/* By file system, what is tried in this order. ext4 knows ext2 and ext3, too,
 * and some kernels have no other. */
static const struct foreign {
	const char *fstype, *driver;
	const char *options[3];
} foreigners[] = {
	{ "exfat", "exfat", { "errors=continue", "" } },
	{ "ext2", "ext4", { "noload,errors=continue" } },
	{ "ext3", "ext4", { "noload,errors=continue" } },
	{ "ext4", "ext4", { "noload,errors=continue" } },
	{ "xfs", "xfs", { "norecovery,nouuid" } },
	/* the first from Linux 5.9 on */
	{ "btrfs", "btrfs", { "rescue=nologreplay", "nologreplay" } },
	{ "iso9660", "iso9660", { "" } },
	{ "squashfs", "squashfs", { "" } },
	{ "erofs", "erofs", { "" } },
};

static const struct foreign *find_foreign(const char *fstype)
{
	for (size_t i = 0; i < sizeof(foreigners) / sizeof(*foreigners); i++)
		if (!strcmp(foreigners[i].fstype, fstype))
			return &foreigners[i];
	return NULL;
}

enum status mount_foreign(const char *node, const char *fstype,
			  const char *target, struct error *err)
{
	const struct foreign *f = find_foreign(fstype);
	int sys = ENODEV;

	if (!file_make_folders(target))
		return fail_sys(err, E_MOUNT_TARGET, errno,
				"unable to make the mount point %s", target);
	for (size_t i = 0; f && i < 3 && f->options[i]; i++) {
		if (mount(node, target, f->driver, ESP_FLAGS, f->options[i]) ==
		    0) {
			log_debug("%s mounted as %s, options \"%s\"", node,
				  f->driver, f->options[i]);
			return OK;
		}
		sys = errno;
		if (sys != EINVAL)
			break;
	}
	if (sys == ENODEV)
		return fail(err, E_MOUNT_FSTYPE,
			    "%s: this kernel has no file system %s", node,
			    fstype);
	return fail_sys(err, E_MOUNT_REFUSED, sys,
			"the kernel does not mount %s (%s)", node, fstype);
}

enum status mount_detach(const char *target, struct error *err)
{
	if (umount2(target, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
		return fail_sys(err, E_MOUNT_DETACH, errno,
				"unable to detach %s", target);
	return OK;
}

struct api {
	const char *fstype;
	const char *target;
	unsigned long flags;
	const char *options;
};

/* A second tmpfs would hide the first, so the kernel is not left to notice. */
static bool is_mounted(const char *target)
{
	struct stat root, st;

	return stat("/", &root) == 0 && stat(target, &st) == 0 &&
	       root.st_dev != st.st_dev;
}

static bool mount_one(const struct api *api)
{
	if (mount(api->fstype, api->target, api->fstype, api->flags,
		  api->options) == 0 ||
	    errno == EBUSY) /* this very file system is there */
		return true;
	log_warn("unable to mount %s on %s: %s", api->fstype, api->target,
		 strerror(errno));
	return false;
}

enum status mount_api_filesystems(struct error *err)
{
	static const struct api apis[] = {
		{ "proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "" },
		{ "sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, "" },
		{ "devtmpfs", "/dev", MS_NOSUID | MS_NOEXEC, "mode=0755" },
		{ "tmpfs", "/run", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  "mode=0755" },
	};
	enum status s = OK;

	for (size_t i = 0; i < sizeof(apis) / sizeof(*apis); i++) {
		if (file_make_folders(apis[i].target) &&
		    (is_mounted(apis[i].target) || mount_one(&apis[i])))
			continue;
		if (s == OK)
			s = fail(err, E_MOUNT_API, "%s is not mounted",
				 apis[i].target);
	}
	return s;
}

void mount_optional_filesystems(void)
{
	static const struct api apis[] = {
		{ "efivarfs", "/sys/firmware/efi/efivars",
		  MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "" },
		{ "securityfs", "/sys/kernel/security",
		  MS_NOSUID | MS_NODEV | MS_NOEXEC, "" },
	};

	for (size_t i = 0; i < sizeof(apis) / sizeof(*apis); i++)
		if (mount_has_filesystem(apis[i].fstype) &&
		    access(apis[i].target, F_OK) == 0)
			mount_one(&apis[i]);
}
