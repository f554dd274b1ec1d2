#include "base/error.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* All slugs in a row and where each begins: pointers would be 5 KB. */
static const struct slugs {
	char ok[sizeof("ok")];
#define STATUS(code, slug) char code[sizeof(slug)];
#include "base/status.def"
#undef STATUS
} slugs = {
	"ok",
#define STATUS(code, slug) slug,
#include "base/status.def"
#undef STATUS
};

static const uint16_t slug_at[STATUS_COUNT] = {
	[OK] = offsetof(struct slugs, ok),
#define STATUS(code, slug) [code] = offsetof(struct slugs, code),
#include "base/status.def"
#undef STATUS
};

const char *status_slug(enum status code)
{
	if ((unsigned)code >= STATUS_COUNT)
		return "unknown";
	return (const char *)&slugs + slug_at[code];
}

static void mark_cut(char *text, size_t cap)
{
	static const char dots[] = "…";

	memcpy(text + cap - sizeof(dots), dots, sizeof(dots));
}

static void set_text(struct error *err, const char *fmt, va_list args)
{
	int len = vsnprintf(err->text, sizeof(err->text), fmt, args);

	if (len >= (int)sizeof(err->text))
		mark_cut(err->text, sizeof(err->text));
}

enum status fail(struct error *err, enum status code, const char *fmt, ...)
{
	va_list args;

	if (!err)
		return code;
	err->code = code;
	err->sys = 0;
	va_start(args, fmt);
	set_text(err, fmt, args);
	va_end(args);
	return code;
}

enum status fail_sys(struct error *err, enum status code, int sys,
		     const char *fmt, ...)
{
	va_list args;
	size_t used;

	if (!err)
		return code;
	err->code = code;
	err->sys = sys;
	va_start(args, fmt);
	set_text(err, fmt, args);
	va_end(args);
	used = strlen(err->text);
	if (snprintf(err->text + used, sizeof(err->text) - used, ": %s",
		     strerror(sys)) >= (int)(sizeof(err->text) - used))
		mark_cut(err->text, sizeof(err->text));
	return code;
}

enum status fail_in(struct error *err, enum status fallback, const char *fmt,
		    ...)
{
	char was[ERROR_TEXT_MAX];
	va_list args;
	size_t used;

	if (!err)
		return fallback;
	memcpy(was, err->text, sizeof(was));
	va_start(args, fmt);
	set_text(err, fmt, args);
	va_end(args);
	used = strlen(err->text);
	if (snprintf(err->text + used, sizeof(err->text) - used, ": %s", was) >=
	    (int)(sizeof(err->text) - used))
		mark_cut(err->text, sizeof(err->text));
	return err->code;
}
