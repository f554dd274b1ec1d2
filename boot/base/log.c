#include "base/log.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOG_LINE_MAX 512
#define LOG_KEPT_MAX 32768 /* some 400 lines: a boot has about 50 */

static struct {
	bool is_set; /* until log_to(): memory only */
	int fd;
	bool as_kmsg;
	enum log_level most;
	size_t len;
	char kept[LOG_KEPT_MAX];
} sink; /* all zero, so that its 32 KiB are not in the program file */

void log_to(int fd, bool as_kmsg, enum log_level most)
{
	sink.is_set = true;
	sink.fd = fd;
	sink.as_kmsg = as_kmsg;
	sink.most = most;
}

static void keep(struct span line)
{
	if (sink.len + line.len > sizeof(sink.kept)) {
		char *half = memchr(sink.kept + sizeof(sink.kept) / 2, '\n',
				    sink.len - sizeof(sink.kept) / 2);
		size_t gone = half ? (size_t)(half + 1 - sink.kept) : sink.len;

		memmove(sink.kept, sink.kept + gone, sink.len - gone);
		sink.len -= gone;
	}
	memcpy(sink.kept + sink.len, line.ptr, line.len);
	sink.len += line.len;
}

void log_line(enum log_level level, const char *fmt, ...)
{
	char raw[LOG_LINE_MAX - 64], line[LOG_LINE_MAX];
	struct text t = text_over(line, sizeof(line) - 1);
	struct timespec now = { 0 };
	size_t stamp;
	va_list args;

	va_start(args, fmt);
	vsnprintf(raw, sizeof(raw), fmt, args);
	va_end(args);
	clock_gettime(CLOCK_BOOTTIME, &now);
	text_addf(&t, "[%5lld.%03ld] ", (long long)now.tv_sec,
		  now.tv_nsec / 1000000);
	stamp = t.len;
	text_add_safe(&t, span_of_text(raw));
	line[t.len] = '\n';
	line[t.len + 1] = '\0';
	keep(span_of(line, t.len + 1));
	if (!sink.is_set || sink.fd < 0 || level > sink.most)
		return;
	if (sink.as_kmsg)
		dprintf(sink.fd, "<%d>keelboot: %s", (int)level, line + stamp);
	else
		dprintf(sink.fd, "keelboot: %s", line + stamp);
}

struct span log_kept(void)
{
	return span_of(sink.kept, sink.len);
}
