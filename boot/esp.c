#include "esp.h"

#include "base/own.h"
#include "base/text.h"
#include "sys/block.h"
#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define MOUNTS_MAX (1 << 20) /* bytes of mountinfo: thousands of containers */

static const char *const usual[] = { "/efi", "/boot", "/boot/efi" };

#define USUAL (sizeof(usual) / sizeof(usual[0]))

/* A line of mountinfo: proc(5). */
struct mounted {
	struct span device; /* major:minor */
	char target[ESP_TARGET_MAX];
	bool is_vfat;
	bool is_root; /* not a folder of the file system, mounted elsewhere */
};

/* Blanks and the like stand as \040. */
static uint8_t unescape(struct span s, size_t *at)
{
	unsigned code = 0;
	size_t digits = 0;
	uint8_t c = s.ptr[(*at)++];

	if (c != '\\')
		return c;
	while (digits < 3 && *at + digits < s.len &&
	       s.ptr[*at + digits] >= '0' && s.ptr[*at + digits] <= '7')
		code = code * 8 + s.ptr[*at + digits++] - '0';
	if (digits < 3)
		return c;
	*at += digits;
	return (uint8_t)code;
}

static bool read_target(struct span word, char ret[static ESP_TARGET_MAX])
{
	struct text t = text_over(ret, ESP_TARGET_MAX);

	for (size_t at = 0; at < word.len;)
		text_add_char(&t, (char)unescape(word, &at));
	return t.len && !t.cut;
}

/* Two numbers, the device, the root and the target; what is optional ends with
 * a dash, then comes the kind. */
static bool parse_line(struct span line, struct mounted *ret)
{
	struct span word;

	span_next_word(&line);
	span_next_word(&line);
	ret->device = span_next_word(&line);
	ret->is_root = span_equal_text(span_next_word(&line), "/");
	if (!read_target(span_next_word(&line), ret->target))
		return false;
	do {
		word = span_next_word(&line);
		if (!word.len)
			return false;
	} while (!span_equal_text(word, "-"));
	ret->is_vfat = span_equal_text(span_next_word(&line), "vfat");
	return true;
}

/* --- the PARTUUID of a device ------------------------------------------------
 */

/* The value of a line KEY=value in an uevent file. */
static bool read_uevent(const char *path, const char *key, char *buf,
			size_t cap)
{
	char text[4096];
	struct span rest, line;
	size_t len, key_len = strlen(key);

	if (!file_read_small(AT_FDCWD, path, text, sizeof(text), &len))
		return false;
	rest = span_of(text, len);
	while (span_next_line(&rest, &line)) {
		if (!span_starts_with(line, key, key_len) ||
		    line.len - key_len >= cap)
			continue;
		memcpy(buf, line.ptr + key_len, line.len - key_len);
		buf[line.len - key_len] = '\0';
		return true;
	}
	return false;
}

/* Of the partition with that number, out of the disk's table. */
static bool read_table(struct esp_roots roots, const char *device,
		       uint64_t number, char ret[static GUID_TEXT_LEN + 1])
{
	const struct block_roots blocks = { .sysfs = roots.sysfs,
					    .dev = roots.dev };
	_free_ struct gpt_table *table = calloc(1, sizeof(*table));
	char path[512], name[BLOCK_NAME_MAX];
	struct block_disk disk;
	_close_ int fd = -1;

	snprintf(path, sizeof(path), "%s/../uevent", device);
	if (!table || !read_uevent(path, "DEVNAME=", name, sizeof(name)) ||
	    block_describe(blocks, name, &disk, NULL) != OK ||
	    block_open(blocks, &disk, &fd, NULL) != OK ||
	    block_read_gpt(fd, disk.sector_size, disk.sectors, table, NULL) !=
		    OK)
		return false;
	for (uint32_t i = 0; i < table->count; i++) {
		if (table->parts[i].number != number)
			continue;
		guid_format(&table->parts[i].unique, ret);
		return true;
	}
	return false;
}

static bool is_partition(struct esp_roots roots, const struct mounted *m,
			 const char *partition)
{
	char device[256], path[512], found[GUID_TEXT_LEN + 1];
	uint64_t number;

	snprintf(device, sizeof(device), "%s/dev/block/%.*s", roots.sysfs,
		 (int)m->device.len, (const char *)m->device.ptr);
	snprintf(path, sizeof(path), "%s/uevent", device);
	if (read_uevent(path, "PARTUUID=", found, sizeof(found)))
		return !strcasecmp(found, partition);
	snprintf(path, sizeof(path), "%s/partition", device);
	return file_read_number(AT_FDCWD, path, &number) &&
	       read_table(roots, device, number, found) &&
	       !strcasecmp(found, partition);
}

/* --- the mounts --------------------------------------------------------------
 */

/* An automount is not in the way: to open what is below it mounts it. */
static void wake_automounts(void)
{
	for (size_t i = 0; i < USUAL; i++) {
		char path[64];
		int fd;

		snprintf(path, sizeof(path), "%s/.", usual[i]);
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0)
			close(fd);
	}
}

/* How much a mount is wanted: 0 not at all, 1 most. */
static size_t rank(struct esp_roots roots, const struct mounted *m,
		   const char *partition)
{
	if (!m->is_root)
		return 0;
	if (*partition)
		return is_partition(roots, m, partition);
	for (size_t i = 0; i < USUAL; i++)
		if (m->is_vfat && !strcmp(m->target, usual[i]))
			return i + 1;
	return 0;
}

enum status esp_find(struct esp_roots roots, const char *partition,
		     char ret_target[static ESP_TARGET_MAX], struct error *err)
{
	_free_ char *text = malloc(MOUNTS_MAX);
	char path[512];
	struct mounted m;
	struct span rest, line;
	size_t len, at, best = 0;

	wake_automounts();
	snprintf(path, sizeof(path), "%s/self/mountinfo", roots.proc);
	if (!text || !file_read_small(AT_FDCWD, path, text, MOUNTS_MAX, &len))
		return fail_sys(err, E_ESP_MOUNTS, errno, "unable to read %s",
				path);
	rest = span_of(text, len);
	while (span_next_line(&rest, &line)) {
		if (!parse_line(line, &m))
			continue;
		at = rank(roots, &m, partition);
		if (!at || (best && at >= best))
			continue;
		best = at;
		memcpy(ret_target, m.target, sizeof(m.target));
	}
	if (!best && *partition)
		return fail(err, E_ESP_NOT_MOUNTED,
			    "the partition %s is not mounted: mount it, or "
			    "name a folder with --esp",
			    partition);
	if (!best)
		return fail(err, E_ESP_NOT_MOUNTED,
			    "no ESP is mounted on /efi, /boot or /boot/efi: "
			    "mount it, or name a folder with --esp");
	return OK;
}
