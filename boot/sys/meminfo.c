#include "sys/meminfo.h"

#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/text.h"

/* Some 60 lines of 28 bytes today. */
#define MEMINFO_MAX 8192

/* The value of "KEY:    123 kB" in bytes. */
static bool find_field(struct span text, const char *key, uint64_t *ret)
{
	size_t key_len = strlen(key);
	uint64_t kib;
	struct span line;

	while (span_next_line(&text, &line)) {
		if (!span_starts_with(line, key, key_len))
			continue;
		line = span_trim(span_slice(line, key_len, line.len - key_len));
		if (line.len < 3 ||
		    !span_equal_text(span_slice(line, line.len - 3, 3), " kB"))
			return false;
		line.len -= 3;
		return text_parse_number(line, UINT64_MAX / 1024, &kib) &&
		       mul_size(kib, 1024, ret);
	}
	return false;
}

enum status meminfo_read(const char *path, struct meminfo *ret,
			 struct error *err)
{
	char buf[MEMINFO_MAX];
	struct meminfo info;
	struct span text;
	size_t len;

	if (!file_read_small(AT_FDCWD, path, buf, sizeof(buf), &len))
		return fail_sys(err, E_MEMINFO_READ, errno, "unable to read %s",
				path);
	text = span_of(buf, len);
	if (!find_field(text, "MemTotal:", &info.total_bytes))
		return fail(err, E_MEMINFO_FIELD, "%s has no MemTotal in kB",
			    path);
	if (!find_field(text, "MemAvailable:", &info.available_bytes))
		return fail(err, E_MEMINFO_FIELD,
			    "%s has no MemAvailable in kB", path);
	*ret = info;
	return OK;
}
