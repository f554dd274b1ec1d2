#include "format/bls_path.h"

#include <string.h>

size_t bls_find_control(struct span s, bool is_tab_good)
{
	size_t at = 0;

	while (at < s.len && s.ptr[at] != 0x7f &&
	       (s.ptr[at] >= 0x20 || (is_tab_good && s.ptr[at] == '\t')))
		at++;
	return at;
}

/* A path's next component; empty where there is none left. */
static struct span next_component(struct span *rest)
{
	struct span part;
	size_t at = 0, end;

	while (at < rest->len &&
	       (rest->ptr[at] == '/' || rest->ptr[at] == '\\'))
		at++;
	end = at;
	while (end < rest->len && rest->ptr[end] != '/' &&
	       rest->ptr[end] != '\\')
		end++;
	part = span_slice(*rest, at, end - at);
	*rest = span_slice(*rest, end, rest->len - end);
	return part;
}

enum status bls_set_path(char dst[static BLS_PATH_MAX], const char *key,
			 struct span value, struct error *err)
{
	struct text t = text_over(dst, BLS_PATH_MAX);
	struct span rest = value, part;
	size_t control = bls_find_control(value, false);

	memset(dst, 0, BLS_PATH_MAX); /* what stood here may have been longer */
	if (control < value.len)
		return fail(err, E_BLS_PATH_CONTROL,
			    "%s has the control character 0x%02x at byte %zu",
			    key, (unsigned)value.ptr[control], control);
	while ((part = next_component(&rest)).len) {
		if (span_equal_text(part, ".."))
			return fail(err, E_BLS_PATH_DOTS,
				    "%s has \"..\" in its path", key);
		if (span_equal_text(part, "."))
			continue;
		text_add_char(&t, '/');
		text_add_bytes(&t, part);
	}
	if (t.cut || !t.len)
		return fail(err, E_BLS_PATH_LENGTH,
			    "%s is a path of %zu bytes, it has to name a file "
			    "in at most %d",
			    key, value.len, BLS_PATH_MAX - 1);
	return OK;
}

enum status bls_set_path_beside(const char *other, const char *key,
				struct span name, char dst[static BLS_PATH_MAX],
				struct error *err)
{
	const char *slash = strrchr(other, '/');
	char buf[2 * BLS_PATH_MAX];
	struct text t = text_over(buf, sizeof(buf));

	text_add_bytes(&t, span_of(other, (size_t)(slash - other) + 1));
	text_add_bytes(&t, name);
	if (t.cut)
		return fail(err, E_BLS_PATH_LENGTH,
			    "%s is a path of %zu bytes, the most is %d", key,
			    name.len, BLS_PATH_MAX - 1);
	return bls_set_path(dst, key, span_of(buf, t.len), err);
}
