#include "format/path.h"

#include <string.h>

static struct span next_part(struct span *rest)
{
	size_t from = 0, to;
	struct span part;

	while (from < rest->len && rest->ptr[from] == '/')
		from++;
	for (to = from; to < rest->len && rest->ptr[to] != '/';)
		to++;
	part = span_slice(*rest, from, to - from);
	*rest = span_slice(*rest, to, rest->len - to);
	return part;
}

static bool has_control(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
			return true;
	return false;
}

/* Takes the last part off again; false if there is none. */
static bool go_up(const char *path, size_t *len)
{
	if (!*len)
		return false;
	while (path[--*len] != '/')
		;
	return true;
}

static enum path_fault append(struct span rest, char *ret, size_t cap,
			      size_t *len)
{
	for (;;) {
		struct span part = next_part(&rest);

		if (!part.len)
			return PATH_OK;
		if (span_equal_text(part, "."))
			continue;
		if (span_equal_text(part, "..")) {
			if (!go_up(ret, len))
				return PATH_ABOVE;
			continue;
		}
		if (has_control(part))
			return PATH_CONTROL;
		if (part.len >= cap || *len + part.len + 2 > cap)
			return PATH_LONG;
		ret[(*len)++] = '/';
		memcpy(ret + *len, part.ptr, part.len);
		*len += part.len;
	}
}

enum path_fault path_resolve(const char *folder, struct span name, char *ret,
			     size_t cap)
{
	enum path_fault fault = PATH_OK;
	size_t len = 0;

	if (!name.len || name.ptr[0] != '/')
		fault = append(span_of_text(folder), ret, cap, &len);
	if (!fault && !name.len)
		fault = PATH_EMPTY;
	if (!fault)
		fault = append(name, ret, cap, &len);
	if (!fault && !len)
		fault = PATH_EMPTY;
	ret[fault ? 0 : len] = '\0';
	return fault;
}

const char *path_fault_text(enum path_fault fault)
{
	switch (fault) {
	case PATH_OK:
		return "is well";
	case PATH_EMPTY:
		return "names no file";
	case PATH_LONG:
		return "is too long";
	case PATH_CONTROL:
		return "has a control character";
	case PATH_ABOVE:
		return "leads out of its volume with \"..\"";
	}
	return "is not known";
}
