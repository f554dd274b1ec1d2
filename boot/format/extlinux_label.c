/*
 * One label: what its lines say, and the entry that comes of it.
 */
#include "format/extlinux_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

void extlinux_refuse(struct extlinux_state *x, enum status code,
		     const char *fmt, ...)
{
	struct extlinux_entry *e = &x->label.entry;
	struct text t;
	va_list args;

	if (e->why != OK)
		return; /* the first reason counts */
	t = text_over(e->reason, sizeof(e->reason));
	va_start(args, fmt);
	vsnprintf(x->error.text, sizeof(x->error.text), fmt, args);
	va_end(args);
	e->why = code;
	text_addf(&t, "%s:%u: ", display_of_text(x->files[x->depth - 1]).text,
		  x->line);
	text_add_safe(&t, span_of_text(x->error.text));
}

static bool is_url(struct span s)
{
	for (size_t i = 0; i + 1 < s.len; i++)
		if (s.ptr[i] == ':' &&
		    (s.ptr[i + 1] == '/' || s.ptr[i + 1] == ':'))
			return true; /* http://, and 10.0.0.1::name */
	return false;
}

static bool take_path(struct extlinux_state *x, const char *what,
		      struct span name, char ret[static EXTLINUX_PATH_MAX])
{
	const char *fault;

	ret[0] = '\0';
	if (!x->ops->keeps_names && is_url(name)) {
		extlinux_refuse(x, E_EXTLINUX_PATH,
				"%s %s is on the network, which only "
				"keelboot's own configuration names",
				what, display_of(name).text);
		return false;
	}
	fault = extlinux_resolve(x, name, ret);
	if (!fault)
		return true;
	extlinux_refuse(x, E_EXTLINUX_PATH, "%s \"%s\" %s", what,
			display_of(name).text, fault);
	return false;
}

/* Files with commas between. */
static void take_initrds(struct extlinux_state *x, struct span list)
{
	struct extlinux_entry *e = &x->label.entry;

	e->initrd_count = 0;
	while (list.len) {
		const uint8_t *comma = memchr(list.ptr, ',', list.len);
		size_t len = comma ? (size_t)(comma - list.ptr) : list.len;
		struct span name = span_trim(span_slice(list, 0, len));

		len += comma != NULL;
		list = span_slice(list, len, list.len - len);
		if (!name.len)
			continue;
		if (e->initrd_count == EXTLINUX_INITRDS_MAX) {
			extlinux_refuse(x, E_EXTLINUX_INITRDS,
					"it has more than %d initrds",
					EXTLINUX_INITRDS_MAX);
			return;
		}
		if (!take_path(x, "initrd", name, e->initrds[e->initrd_count]))
			return;
		e->initrd_count++;
	}
}

static void take_overlays(struct extlinux_state *x, struct span list)
{
	struct extlinux_entry *e = &x->label.entry;

	e->overlay_count = 0;
	while (list.len) {
		struct span name = extlinux_word(&list);

		if (e->overlay_count == EXTLINUX_OVERLAYS_MAX) {
			extlinux_refuse(x, E_EXTLINUX_OVERLAYS,
					"it has more than %d device tree "
					"overlays",
					EXTLINUX_OVERLAYS_MAX);
			return;
		}
		if (!take_path(x, "overlay", name,
			       e->overlays[e->overlay_count]))
			return;
		e->overlay_count++;
	}
}

/* --- the kernel --- */

/* By these ends of names KERNEL knows what is no Linux. */
static bool is_other_kind(struct span name)
{
	static const char *const ends[] = { ".c32", ".com", ".cbt", ".img",
					    ".bss", ".bs",  ".bin", ".0" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t len = strlen(ends[i]);

		if (name.len > len &&
		    !strncasecmp((const char *)name.ptr + name.len - len,
				 ends[i], len))
			return true;
	}
	return false;
}

static void take_kernel(struct extlinux_state *x, struct span value,
			bool any_kind)
{
	struct extlinux_label *l = &x->label;
	struct span name = extlinux_word(&value);

	if (!name.len)
		return;
	l->has_kernel = true;
	if (any_kind && is_other_kind(name)) {
		extlinux_refuse(x, E_EXTLINUX_KIND,
				"%s is no Linux kernel by its name",
				display_of(name).text);
		return;
	}
	take_path(x, "kernel", name, l->entry.kernel);
	if (!extlinux_copy(l->arguments, sizeof(l->arguments), value))
		extlinux_refuse(x, E_EXTLINUX_OPTIONS_LONG,
				"its options are longer than %d bytes",
				EXTLINUX_OPTIONS_MAX - 1);
}

static void take_append(struct extlinux_state *x, struct span value)
{
	struct extlinux_label *l = &x->label;

	l->has_append = true;
	if (span_equal_text(value, "-"))
		value.len = 0;
	if (!extlinux_copy(l->append, sizeof(l->append), value))
		extlinux_refuse(x, E_EXTLINUX_OPTIONS_LONG,
				"APPEND is longer than %d bytes",
				EXTLINUX_OPTIONS_MAX - 1);
}

static void take_devicetree(struct extlinux_state *x, struct span value)
{
	x->label.no_fdt = span_equal_text(value, "-");
	x->label.entry.devicetree[0] = '\0';
	if (!x->label.no_fdt)
		take_path(x, "device tree", value, x->label.entry.devicetree);
}

static bool is_one_of(struct span keyword, const char *const *names)
{
	for (; *names; names++)
		if (extlinux_is(keyword, *names))
			return true;
	return false;
}

bool extlinux_label_line(struct extlinux_state *x, struct span keyword,
			 struct span value)
{
	static const char *const others[] = { "com32",	"comboot",   "boot",
					      "bss",	"pxe",	     "fdimage",
					      "config", "localboot", NULL };
	static const char *const fdt[] = { "fdt", "devicetree", NULL };
	static const char *const dirs[] = { "fdtdir", "devicetreedir", NULL };
	static const char *const appends[] = { "ipappend", "sysappend", NULL };
	static const char *const overlays[] = { "fdtoverlays",
						"devicetree-overlay", NULL };

	if (extlinux_is(keyword, "localboot"))
		x->label.entry.boots_locally = true;
	if (extlinux_is(keyword, "linux"))
		take_kernel(x, value, false);
	else if (extlinux_is(keyword, "kernel"))
		take_kernel(x, value, true);
	else if (extlinux_is(keyword, "append"))
		take_append(x, value);
	else if (extlinux_is(keyword, "initrd"))
		take_initrds(x, value);
	else if (is_one_of(keyword, fdt))
		take_devicetree(x, value);
	else if (is_one_of(keyword, dirs))
		take_path(x, "fdtdir", value, x->label.entry.fdtdir);
	else if (is_one_of(keyword, overlays))
		take_overlays(x, value);
	else if (is_one_of(keyword, appends))
		x->label.entry.sysappend = extlinux_sysappend(value);
	else if (is_one_of(keyword, others))
		extlinux_refuse(x, E_EXTLINUX_KIND,
				"%s starts something other than Linux",
				display_of(keyword).text);
	else
		return false;
	return true;
}

/* --- its line in the menu --- */

static void take_title(struct extlinux_state *x, struct span value)
{
	char title[DISPLAY_MAX];
	struct text t = text_over(title, sizeof(title));
	const uint8_t *key =
		value.len ? memchr(value.ptr, '^', value.len) : NULL;
	size_t at = key ? (size_t)(key - value.ptr) : value.len;

	text_add_bytes(&t, span_slice(value, 0, at));
	if (key)
		text_add_bytes(&t,
			       span_slice(value, at + 1, value.len - at - 1));
	x->label.entry.title = display_of(span_of(t.buf, t.len));
}

bool extlinux_label_menu(struct extlinux_state *x, struct span keyword,
			 struct span value)
{
	static const char *const elsewhere[] = { "goto", "exit", "quit", "help",
						 NULL };
	struct extlinux_label *l = &x->label;

	if (extlinux_is(keyword, "label"))
		take_title(x, value);
	else if (extlinux_is(keyword, "default"))
		memcpy(x->menu_default, l->entry.label,
		       sizeof(x->menu_default));
	else if (extlinux_is(keyword, "hide"))
		l->entry.is_hidden = true;
	else if (extlinux_is(keyword, "passwd"))
		l->entry.asks_password = true;
	else if (extlinux_is(keyword, "disable") ||
		 extlinux_is(keyword, "disabled"))
		extlinux_refuse(x, E_EXTLINUX_KIND,
				"MENU DISABLE stands in it");
	else if (is_one_of(keyword, elsewhere))
		extlinux_refuse(x, E_EXTLINUX_KIND,
				"MENU %s leads to another menu",
				display_of(keyword).text);
	else
		return false;
	return true;
}

/* --- the end --- */

void extlinux_begin_label(struct extlinux_state *x, struct span name)
{
	struct extlinux_label *l = &x->label;
	struct text menu = text_over(l->entry.menu.text, DISPLAY_MAX);

	memset(l, 0, sizeof(*l));
	l->is_open = true;
	for (uint32_t i = 0; i < x->menu_depth && i < EXTLINUX_MENUS_MAX; i++) {
		if (i)
			text_add(&menu, " > ");
		text_add(&menu, x->menus[i].text);
	}
	l->entry.menu = display_of_text(l->entry.menu.text);
	l->entry.file = display_of_text(x->files[x->depth - 1]);
	l->entry.line = x->line;
	l->entry.sysappend = x->sysappend;
	l->entry.title = display_of(name);
	if (!name.len ||
	    !extlinux_copy(l->entry.label, sizeof(l->entry.label), name)) {
		l->entry.label[0] = '\0';
		extlinux_refuse(x, E_EXTLINUX_LABEL,
				"LABEL has a name of %zu bytes, it may have 1 "
				"to %d",
				name.len, EXTLINUX_LABEL_MAX - 1);
	}
}

/* Adds options but for initrd=, the first of which goes to *ret_initrd. */
static void add_options(struct extlinux_state *x, struct text *t,
			const char *options, struct span *ret_initrd)
{
	struct span rest = span_trim(span_of_text(options));

	while (rest.len) {
		struct span word = extlinux_word(&rest);

		if (span_starts_with(word, "initrd=", 7)) {
			if (!ret_initrd->ptr)
				*ret_initrd = span_slice(word, 7, word.len - 7);
			continue;
		}
		for (size_t i = 0; i < word.len; i++)
			if (word.ptr[i] < 0x20 || word.ptr[i] == 0x7f)
				extlinux_refuse(x, E_EXTLINUX_OPTIONS_CONTROL,
						"its options have the control "
						"character 0x%02x",
						word.ptr[i]);
		if (t->len)
			text_add_char(t, ' ');
		text_add_bytes(t, word);
	}
}

static void make_options(struct extlinux_state *x)
{
	struct extlinux_label *l = &x->label;
	struct text t = text_over(l->entry.options, sizeof(l->entry.options));
	struct span initrd = { 0 };

	if (!l->has_append && x->append_is_long)
		extlinux_refuse(x, E_EXTLINUX_OPTIONS_LONG,
				"the global APPEND is longer than %d bytes",
				EXTLINUX_OPTIONS_MAX - 1);
	add_options(x, &t, l->arguments, &initrd);
	add_options(x, &t, l->has_append ? l->append : x->append, &initrd);
	if (t.cut)
		extlinux_refuse(x, E_EXTLINUX_OPTIONS_LONG,
				"its options are longer than %d bytes",
				EXTLINUX_OPTIONS_MAX - 1);
	if (initrd.ptr)
		take_initrds(x, initrd);
}

void extlinux_end_label(struct extlinux_state *x)
{
	struct extlinux_label *l = &x->label;
	uint32_t line = x->line;

	if (!l->is_open)
		return;
	l->is_open = false;
	if (x->is_full)
		return;
	x->is_full = x->result->entry_count == EXTLINUX_ENTRIES_MAX;
	if (x->is_full) {
		fail(&x->error, E_EXTLINUX_ENTRIES,
		     "there are more entries than the %d that are told",
		     EXTLINUX_ENTRIES_MAX);
		extlinux_note(x);
		return;
	}
	x->line = l->entry.line;
	make_options(x);
	if (!l->has_kernel)
		extlinux_refuse(x, E_EXTLINUX_NO_KERNEL,
				"\"%s\" has neither LINUX nor KERNEL",
				l->entry.title.text);
	if (l->entry.fdtdir[0] && !l->entry.devicetree[0] && !l->no_fdt)
		extlinux_refuse(x, E_EXTLINUX_FDTDIR,
				"FDTDIR %s has U-Boot choose the device tree; "
				"FDT would name one",
				display_of_text(l->entry.fdtdir).text);
	x->line = line;
	x->result->entry_count++;
	x->ops->entry(x->ops->ctx, &l->entry);
}
