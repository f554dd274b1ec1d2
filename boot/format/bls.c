#include "format/bls.h"

#include <string.h>
#include <strings.h>

static bool has_dot_dot(struct span path)
{
	for (size_t at = 0; at + 2 <= path.len; at++) {
		bool starts = at == 0 || path.ptr[at - 1] == '/';
		bool ends = at + 2 == path.len || path.ptr[at + 2] == '/';

		if (starts && ends && !memcmp(path.ptr + at, "..", 2))
			return true;
	}
	return false;
}

static enum status set_path(char dst[static BLS_PATH_MAX], const char *key,
			    struct span value, struct error *err)
{
	size_t len = 1;
	struct span path;

	dst[0] = '/';
	for (size_t i = 0; i < value.len && len < BLS_PATH_MAX - 1; i++) {
		char c = value.ptr[i] == '\\' ? '/' : (char)value.ptr[i];

		if (c == '/' && dst[len - 1] == '/')
			continue;
		if ((unsigned char)c < 0x20 || c == 0x7f)
			return fail(err, E_BLS_PATH,
				    "%s has the control character 0x%02x at "
				    "byte %zu",
				    key, (unsigned)value.ptr[i], i);
		dst[len++] = c;
	}
	dst[len] = '\0';
	path = span_of(dst, len);
	if (len < 2 || value.len >= BLS_PATH_MAX - 1)
		return fail(err, E_BLS_PATH,
			    "%s is a path of %zu bytes, it may have 1 to %d",
			    key, value.len, BLS_PATH_MAX - 2);
	if (has_dot_dot(path))
		return fail(err, E_BLS_PATH, "%s has \"..\" in its path", key);
	return OK;
}

static enum status set_path_once(char dst[static BLS_PATH_MAX], const char *key,
				 struct span value, struct error *err)
{
	if (dst[0])
		return fail(err, E_BLS_TWICE, "%s stands twice", key);
	return set_path(dst, key, value, err);
}

static enum status add_initrd(struct bls_entry *e, struct span value,
			      struct error *err)
{
	if (e->initrd_count == BLS_INITRDS_MAX)
		return fail(err, E_BLS_TOO_MANY,
			    "initrd stands %d times, the most is %d",
			    BLS_INITRDS_MAX + 1, BLS_INITRDS_MAX);
	return set_path(e->initrds[e->initrd_count++], "initrd", value, err);
}

static enum status add_options(struct bls_entry *e, struct span value,
			       struct error *err)
{
	size_t used = strlen(e->options), gap = used ? 1 : 0;

	if (value.len >= sizeof(e->options) - used - gap)
		return fail(err, E_BLS_TOO_LONG,
			    "options are %zu bytes long, the most is %d",
			    used + gap + value.len, BLS_OPTIONS_MAX - 1);
	if (gap)
		e->options[used++] = ' ';
	memcpy(e->options + used, value.ptr, value.len);
	e->options[used + value.len] = '\0';
	return OK;
}

static enum status take_key(struct bls_entry *e, struct span key,
			    struct span value, struct error *err)
{
	if (span_equal_text(key, "title"))
		e->title = display_of(value);
	else if (span_equal_text(key, "version"))
		e->version = display_of(value);
	else if (span_equal_text(key, "sort-key"))
		e->sort_key = display_of(value);
	else if (span_equal_text(key, "machine-id"))
		e->machine_id = display_of(value);
	else if (span_equal_text(key, "architecture"))
		memcpy(e->architecture, value.ptr,
		       value.len < 15 ? value.len : 15);
	else if (span_equal_text(key, "linux") || span_equal_text(key, "efi"))
		return set_path_once(e->kernel, "linux", value, err);
	else if (span_equal_text(key, "uki"))
		return set_path_once(e->uki, "uki", value, err);
	else if (span_equal_text(key, "devicetree"))
		return set_path_once(e->devicetree, "devicetree", value, err);
	else if (span_equal_text(key, "initrd"))
		return add_initrd(e, value, err);
	else if (span_equal_text(key, "options"))
		return add_options(e, value, err);
	else
		e->unknown_keys++;
	return OK;
}

static void split(struct span line, struct span *ret_key,
		  struct span *ret_value)
{
	size_t end = 0;

	while (end < line.len && line.ptr[end] != ' ' && line.ptr[end] != '\t')
		end++;
	*ret_key = span_slice(line, 0, end);
	*ret_value = span_trim(span_slice(line, end, line.len - end));
}

enum status bls_parse(struct span text, struct bls_entry *ret,
		      struct error *err)
{
	struct span line, key, value;
	enum status s;

	memset(ret, 0, sizeof(*ret));
	if (text.len > BLS_TEXT_MAX)
		return fail(err, E_BLS_TOO_LONG,
			    "the entry is %zu bytes long, the most is %d",
			    text.len, BLS_TEXT_MAX);
	for (unsigned number = 1; span_next_line(&text, &line); number++) {
		line = span_trim(line);
		if (!line.len || line.ptr[0] == '#')
			continue;
		split(line, &key, &value);
		if (!value.len)
			continue;
		s = take_key(ret, key, value, err);
		if (s != OK)
			return fail_in(err, s, "line %u", number);
	}
	if (!ret->kernel[0] && !ret->uki[0])
		return fail(err, E_BLS_NO_KERNEL,
			    "the entry has neither linux nor uki");
	return OK;
}

bool bls_is_for(const struct bls_entry *entry, const char *efi_architecture)
{
	return !entry->architecture[0] ||
	       !strcasecmp(entry->architecture, efi_architecture);
}
