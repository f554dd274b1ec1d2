#include "format/manifest.h"

#include "base/text.h"

#include <inttypes.h>

static const struct {
	const char *name;
	enum manifest_role role;
	bool is_single;
} roles[] = {
	{ "linux", MANIFEST_LINUX, true },
	{ "initrd", MANIFEST_INITRD, false },
	{ "devicetree", MANIFEST_DEVICETREE, true },
	{ "devicetree-overlay", MANIFEST_OVERLAY, false },
	{ "options", MANIFEST_OPTIONS, true },
	{ "extra", MANIFEST_EXTRA, false },
	{ "credential", MANIFEST_CREDENTIAL, false },
	{ "global-credential", MANIFEST_GLOBAL_CREDENTIAL, false },
	{ "sysext", MANIFEST_SYSEXT, false },
	{ "global-sysext", MANIFEST_GLOBAL_SYSEXT, false },
	{ "confext", MANIFEST_CONFEXT, false },
	{ "global-confext", MANIFEST_GLOBAL_CONFEXT, false },
};

#define ROLE_COUNT (sizeof(roles) / sizeof(roles[0]))

const char *manifest_role_name(enum manifest_role role)
{
	for (size_t i = 0; i < ROLE_COUNT; i++)
		if (roles[i].role == role)
			return roles[i].name;
	return "unknown";
}

static bool is_single(enum manifest_role role)
{
	for (size_t i = 0; i < ROLE_COUNT; i++)
		if (roles[i].role == role)
			return roles[i].is_single;
	return false;
}

static enum status check_controls(struct span line, uint32_t number,
				  struct error *err)
{
	for (size_t i = 0; i < line.len; i++)
		if ((line.ptr[i] < 0x20 && line.ptr[i] != '\t') ||
		    line.ptr[i] == 0x7f)
			return fail(err, E_MANIFEST_CONTROL,
				    "manifest line %" PRIu32
				    " has the control character 0x%02x",
				    number, line.ptr[i]);
	return OK;
}

static enum status read_role(struct span word, uint32_t number,
			     enum manifest_role *ret, struct error *err)
{
	struct display shown = display_of(word);

	for (size_t i = 0; i < ROLE_COUNT; i++)
		if (span_equal_text(word, roles[i].name)) {
			*ret = roles[i].role;
			return OK;
		}
	return fail(err, E_MANIFEST_ROLE,
		    "manifest line %" PRIu32
		    " has the role '%s', known are linux, initrd, devicetree, "
		    "devicetree-overlay, options, extra, and credential, "
		    "sysext and confext with or without global-",
		    number, shown.text);
}

static enum status read_digest(struct span word, uint32_t number,
			       uint8_t ret[static 32], struct error *err)
{
	if (text_parse_hex(word, ret, 32))
		return OK;
	return fail(err, E_MANIFEST_DIGEST,
		    "manifest line %" PRIu32
		    " has a digest of %zu characters, a SHA-256 has 64 "
		    "hexadecimal digits",
		    number, word.len);
}

static enum status check_path(enum manifest_role role, struct span path,
			      uint32_t number, struct error *err)
{
	const char *wanted = role == MANIFEST_OPTIONS ? "-" : "/";
	struct display shown = display_of(path);

	if (role == MANIFEST_OPTIONS ? span_equal_text(path, "-")
				     : span_starts_with(path, "/", 1))
		return OK;
	return fail(err, E_MANIFEST_PATH,
		    "manifest line %" PRIu32
		    " has the path '%s' for its %s, expected is %s'%s'",
		    number, shown.text, manifest_role_name(role),
		    role == MANIFEST_OPTIONS ? "" : "one that begins with ",
		    wanted);
}

static enum status read_row(struct span line, uint32_t number,
			    struct manifest_row *ret, struct error *err)
{
	struct span role = span_next_word(&line);
	struct span digest = span_next_word(&line), path = span_trim(line);
	enum status s;

	if (!digest.len || !path.len)
		return fail(err, E_MANIFEST_LINE,
			    "manifest line %" PRIu32
			    " has no %s: a line is `role sha256 path`",
			    number, digest.len ? "path" : "digest");
	ret->line = number;
	ret->path = path;
	s = read_role(role, number, &ret->role, err);
	if (s == OK)
		s = read_digest(digest, number, ret->sha256, err);
	if (s == OK)
		s = check_path(ret->role, path, number, err);
	return s;
}

static const struct manifest_row *find_role(const struct manifest_view *view,
					    enum manifest_role role)
{
	for (uint32_t i = 0; i < view->count; i++)
		if (view->rows[i].role == role)
			return &view->rows[i];
	return NULL;
}

static enum status check_single(const struct manifest_view *view,
				const struct manifest_row *row,
				struct error *err)
{
	const struct manifest_row *other = find_role(view, row->role);

	if (!other || !is_single(row->role))
		return OK;
	return fail(err, E_MANIFEST_TWICE,
		    "manifest lines %" PRIu32 " and %" PRIu32
		    " both have the role %s",
		    other->line, row->line, manifest_role_name(row->role));
}

static enum status add_row(struct span line, uint32_t number,
			   struct manifest_view *view, struct error *err)
{
	struct manifest_row row;
	enum status s = check_controls(line, number, err);

	if (s == OK)
		s = read_row(line, number, &row, err);
	if (s == OK)
		s = check_single(view, &row, err);
	if (s != OK)
		return s;
	if (view->count == MANIFEST_ROWS_MAX)
		return fail(err, E_MANIFEST_TOO_MANY,
			    "the manifest has more than %d rows",
			    MANIFEST_ROWS_MAX);
	view->rows[view->count++] = row;
	return OK;
}

enum status manifest_parse(struct span text, struct manifest_view *ret,
			   struct error *err)
{
	struct manifest_view view = { .count = 0 };
	struct span line;
	uint32_t number = 0;
	enum status s;

	if (text.len > MANIFEST_SIZE_MAX)
		return fail(err, E_MANIFEST_SIZE,
			    "the manifest has %zu bytes, the most is %u",
			    text.len, MANIFEST_SIZE_MAX);
	while (span_next_line(&text, &line)) {
		number++;
		line = span_trim(line);
		if (!line.len || line.ptr[0] == '#')
			continue;
		s = add_row(line, number, &view, err);
		if (s != OK)
			return s;
	}
	if (!find_role(&view, MANIFEST_LINUX))
		return fail(err, E_MANIFEST_NO_LINUX,
			    "none of the %" PRIu32
			    " rows of the manifest has the role linux",
			    view.count);
	*ret = view;
	return OK;
}
