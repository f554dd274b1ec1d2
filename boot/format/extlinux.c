#include "format/extlinux.h"

#include "format/extlinux_state.h"
#include "format/path.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void run_text(struct extlinux_state *x, struct span text);

size_t extlinux_state_size(void)
{
	return sizeof(struct extlinux_state);
}

void extlinux_note(struct extlinux_state *x)
{
	struct error e = { .code = x->error.code };
	struct text t = text_over(e.text, sizeof(e.text));

	if (x->result->note_count++ >= EXTLINUX_NOTES_MAX)
		return;
	text_add_safe(&t, span_of_text(x->error.text));
	x->ops->note(x->ops->ctx, x->files[x->depth - 1], x->line, &e);
}

bool extlinux_copy(char *dst, size_t cap, struct span s)
{
	struct text t = text_over(dst, cap);

	text_add_bytes(&t, s);
	return !t.cut;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

struct span extlinux_word(struct span *rest)
{
	size_t len = 0;
	struct span word;

	while (len < rest->len && !is_blank(rest->ptr[len]))
		len++;
	word = span_slice(*rest, 0, len);
	*rest = span_trim(span_slice(*rest, len, rest->len - len));
	return word;
}

bool extlinux_is(struct span keyword, const char *name)
{
	return keyword.len == strlen(name) &&
	       !strncasecmp((const char *)keyword.ptr, name, keyword.len);
}

const char *extlinux_resolve(const struct extlinux_state *x, struct span name,
			     char ret[static EXTLINUX_PATH_MAX])
{
	enum path_fault fault = PATH_OK;

	ret[0] = '\0';
	if (!x->ops->keeps_names)
		fault = path_resolve(x->folder, name, ret, EXTLINUX_PATH_MAX);
	else if (!name.len)
		fault = PATH_EMPTY;
	for (size_t i = 0; x->ops->keeps_names && i < name.len; i++)
		if (name.ptr[i] < 0x20 || name.ptr[i] == 0x7f)
			fault = PATH_CONTROL;
	if (!fault && x->ops->keeps_names &&
	    !extlinux_copy(ret, EXTLINUX_PATH_MAX, name))
		fault = PATH_LONG;
	if (fault)
		ret[0] = '\0';
	return fault ? path_fault_text(fault) : NULL;
}

uint32_t extlinux_sysappend(struct span value)
{
	char digits[16];
	char *end;
	unsigned long bits;

	if (!value.len || value.ptr[0] < '0' || value.ptr[0] > '9' ||
	    !extlinux_copy(digits, sizeof(digits), value))
		return 0;
	bits = strtoul(digits, &end, 0);
	return *end || bits > UINT32_MAX ? 0 : (uint32_t)bits;
}

/* --- menus --- */

static void begin_menu(struct extlinux_state *x, struct span tag)
{
	extlinux_end_label(x);
	if (x->menu_depth < EXTLINUX_MENUS_MAX) {
		x->menus[x->menu_depth] = display_of(tag);
	} else {
		fail(&x->error, E_EXTLINUX_MENUS,
		     "the menu \"%s\" is in more than %d others",
		     display_of(tag).text, EXTLINUX_MENUS_MAX);
		extlinux_note(x);
	}
	x->menu_depth++;
}

static void end_menu(struct extlinux_state *x)
{
	extlinux_end_label(x);
	if (x->menu_depth) {
		x->menu_depth--;
		return;
	}
	fail(&x->error, E_EXTLINUX_MENUS, "MENU END stands without MENU BEGIN");
	extlinux_note(x);
}

static void set_title(struct extlinux_state *x, struct span value)
{
	if (!x->menu_depth)
		x->result->title = display_of(value);
	else if (x->menu_depth <= EXTLINUX_MENUS_MAX)
		x->menus[x->menu_depth - 1] = display_of(value);
}

/* --- files --- */

static bool is_active(const struct extlinux_state *x, const char *path)
{
	for (uint32_t i = 0; i < x->depth; i++)
		if (!strcmp(x->files[i], path))
			return true;
	return false;
}

static enum status load(struct extlinux_state *x, const char *path,
			struct span *ret)
{
	struct display name = display_of_text(path);

	if (is_active(x, path))
		return fail(&x->error, E_EXTLINUX_FILE_LOOP,
			    "%s includes itself", name.text);
	if (x->depth == EXTLINUX_DEPTH_MAX)
		return fail(&x->error, E_EXTLINUX_DEPTH,
			    "%s is included in more than %d files", name.text,
			    EXTLINUX_DEPTH_MAX - 1);
	if (x->loaded == EXTLINUX_FILES_MAX)
		return fail(&x->error, E_EXTLINUX_FILES,
			    "%s is more than the %d files that may be included",
			    name.text, EXTLINUX_FILES_MAX);
	x->loaded++;
	if (!x->ops->load(x->ops->ctx, path, ret))
		return fail(&x->error, E_EXTLINUX_READ, "%s cannot be read",
			    name.text);
	if (ret->len > EXTLINUX_TEXT_MAX)
		return fail(&x->error, E_EXTLINUX_TOO_LONG,
			    "%s has %zu bytes, the most are %u", name.text,
			    ret->len, EXTLINUX_TEXT_MAX);
	return OK;
}

/* INCLUDE FILE [TAG]: with a tag it is a menu of its own. */
static void include(struct extlinux_state *x, struct span value)
{
	struct span name = extlinux_word(&value), text;
	char path[EXTLINUX_PATH_MAX];
	const char *fault = extlinux_resolve(x, name, path);
	uint32_t line = x->line;

	if (fault)
		fail(&x->error, E_EXTLINUX_PATH, "INCLUDE \"%s\" %s",
		     display_of(name).text, fault);
	if (fault || load(x, path, &text) != OK) {
		extlinux_note(x);
		return;
	}
	if (value.len)
		begin_menu(x, value);
	memcpy(x->files[x->depth++], path, sizeof(path));
	run_text(x, text);
	if (value.len)
		end_menu(x);
	x->depth--;
	x->line = line;
}

/* --- lines --- */

static void take_menu(struct extlinux_state *x, struct span value)
{
	struct span keyword = extlinux_word(&value);

	if (extlinux_is(keyword, "begin"))
		begin_menu(x, value);
	else if (extlinux_is(keyword, "end"))
		end_menu(x);
	else if (extlinux_is(keyword, "separator"))
		extlinux_end_label(x);
	else if (extlinux_is(keyword, "title") ||
		 (extlinux_is(keyword, "label") && x->menu_depth &&
		  !x->label.is_open))
		set_title(x, value);
	else if (extlinux_is(keyword, "include"))
		include(x, value);
	else if (x->label.is_open)
		(void)extlinux_label_menu(x, keyword, value);
	/* what is left is about colours and places */
}

static void take_number(struct span value, int32_t *ret)
{
	uint64_t n;

	if (text_parse_number(extlinux_word(&value), INT32_MAX, &n))
		*ret = n ? (int32_t)n : -1;
}

/* A label's name; one that is too long names none. */
static void take_name(struct span value, char ret[static EXTLINUX_LABEL_MAX])
{
	if (!extlinux_copy(ret, EXTLINUX_LABEL_MAX, value))
		ret[0] = '\0';
}

static bool is_known(struct span keyword)
{
	static const char *const names[] = {
		"allowoptions", "background",
		"console",	"display",
		"endtext",	"fallback",
		"font",		"implicit",
		"kaslrseed",	"kbdmap",
		"nocomplete",	"noescape",
		"nohalt",	"onerror",
		"path",		"say",
		"sendcookies",	"serial",
		"totaltimeout", "devicetree-overlay",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (extlinux_is(keyword, names[i]))
			return true;
	return keyword.len >= 2 && keyword.len <= 3 &&
	       (keyword.ptr[0] | 0x20) == 'f' && keyword.ptr[1] >= '0' &&
	       keyword.ptr[1] <= '9'; /* F1 to F12: help texts */
}

static void take_global(struct extlinux_state *x, struct span keyword,
			struct span value)
{
	if (extlinux_is(keyword, "default")) {
		if (!extlinux_copy(x->first_default, sizeof(x->first_default),
				   value))
			x->first_default[0] = '\0';
	} else if (extlinux_is(keyword, "ontimeout")) {
		take_name(value, x->on_timeout);
	} else if (extlinux_is(keyword, "timeout")) {
		take_number(value, &x->result->timeout);
	} else if (extlinux_is(keyword, "prompt")) {
		x->no_prompt = span_equal_text(value, "0");
	} else if (extlinux_is(keyword, "ipappend") ||
		   extlinux_is(keyword, "sysappend")) {
		x->sysappend = extlinux_sysappend(value);
	} else if (extlinux_is(keyword, "ui")) {
		x->has_ui = true;
	} else if (extlinux_is(keyword, "append")) {
		x->append_is_long = !extlinux_copy(
			x->append, sizeof(x->append),
			span_equal_text(value, "-") ? span_slice(value, 0, 0)
						    : value);
	} else if (!is_known(keyword)) {
		fail(&x->error, E_EXTLINUX_KEYWORD,
		     x->label.is_open ? "the keyword \"%s\" is not known"
				      : "the keyword \"%s\" is not known "
					"outside of a label",
		     display_of(keyword).text);
		extlinux_note(x);
	}
}

/* TEXT HELP: everything up to ENDTEXT is prose. */
static void skip_prose(struct extlinux_state *x, struct span *text)
{
	struct span rest = *text, line;
	uint32_t lines = 0;

	while (span_next_line(&rest, &line)) {
		lines++;
		line = span_trim(line);
		if (!extlinux_is(extlinux_word(&line), "endtext"))
			continue;
		*text = rest;
		x->line += lines;
		return;
	}
	fail(&x->error, E_EXTLINUX_TEXT, "TEXT has no ENDTEXT");
	extlinux_note(x);
}

static void take_line(struct extlinux_state *x, struct span line,
		      struct span *text)
{
	struct span value = line, keyword = extlinux_word(&value);

	if (memchr(line.ptr, '\0', line.len)) {
		fail(&x->error, E_EXTLINUX_NUL, "the line has a NUL");
		extlinux_note(x);
		if (x->label.is_open)
			extlinux_refuse(x, E_EXTLINUX_NUL,
					"the line has a NUL");
		return;
	}
	if (extlinux_is(keyword, "text")) {
		skip_prose(x, text);
	} else if (extlinux_is(keyword, "menu")) {
		take_menu(x, value);
	} else if (extlinux_is(keyword, "include")) {
		include(x, value);
	} else if (extlinux_is(keyword, "label")) {
		extlinux_end_label(x);
		extlinux_begin_label(x, value);
	} else if (!x->label.is_open ||
		   !extlinux_label_line(x, keyword, value)) {
		take_global(x, keyword, value);
	}
}

static void run_text(struct extlinux_state *x, struct span text)
{
	struct span line;

	for (x->line = 1; !x->is_full && span_next_line(&text, &line);
	     x->line++) {
		line = span_trim(line);
		if (line.len && line.ptr[0] != '#')
			take_line(x, line, &text);
	}
}

/* --- the whole --- */

/* Without labels, DEFAULT is the kernel's name. */
static void make_only_entry(struct extlinux_state *x)
{
	struct span value = span_of_text(x->first_default);
	struct span rest = value, name = extlinux_word(&rest);

	if (x->result->entry_count || !value.len)
		return;
	extlinux_begin_label(x, name);
	(void)extlinux_label_line(x, span_of_text("kernel"), value);
	extlinux_end_label(x);
}

static void set_result(struct extlinux_state *x)
{
	struct extlinux_result *r = x->result;

	if (x->on_timeout[0])
		memcpy(r->default_entry, x->on_timeout, EXTLINUX_LABEL_MAX);
	else if (x->menu_default[0])
		memcpy(r->default_entry, x->menu_default, EXTLINUX_LABEL_MAX);
	else
		take_name(span_of_text(x->first_default), r->default_entry);
	r->is_at_once = x->no_prompt && !x->has_ui;
}

enum status extlinux_evaluate(struct extlinux_state *state, const char *path,
			      struct span text, const struct extlinux_ops *ops,
			      struct extlinux_result *ret, struct error *err)
{
	struct extlinux_state *x = state;
	const char *fault;
	char *slash;

	if (text.len > EXTLINUX_TEXT_MAX)
		return fail(err, E_EXTLINUX_TOO_LONG,
			    "the file has %zu bytes, the most are %u", text.len,
			    EXTLINUX_TEXT_MAX);
	memset(x, 0, sizeof(*x));
	x->ops = ops;
	fault = extlinux_resolve(x, span_of_text(path), x->files[0]);
	if (!fault && path[0] != '/' && !ops->keeps_names)
		fault = path_fault_text(PATH_EMPTY);
	if (fault)
		return fail(err, E_EXTLINUX_PATH, "the path \"%s\" %s",
			    display_of_text(path).text, fault);
	memset(ret, 0, sizeof(*ret));
	ret->timeout = -1;
	x->result = ret;
	x->depth = 1;
	memcpy(x->folder, x->files[0], sizeof(x->folder));
	slash = strrchr(x->folder, '/');
	if (slash)
		*slash = '\0';
	run_text(x, text);
	extlinux_end_label(x);
	make_only_entry(x);
	if (x->menu_depth) {
		fail(&x->error, E_EXTLINUX_MENUS,
		     "%u MENU BEGIN stand without MENU END", x->menu_depth);
		extlinux_note(x);
	}
	set_result(x);
	return OK;
}

bool extlinux_entry_is_named(const struct extlinux_entry *entry,
			     const char *text)
{
	size_t len = strlen(entry->label);

	return len && !strncmp(text, entry->label, len) &&
	       (!text[len] || is_blank((uint8_t)text[len]));
}
