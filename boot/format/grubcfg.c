#include "format/grubcfg.h"

#include "format/grub_state.h"
#include "format/path.h"

#include <string.h>

size_t grub_state_size(void)
{
	return sizeof(struct grub_state);
}

const char *grub_variable(const struct grub_state *state, const char *name)
{
	return grub_get_text(state, name);
}

void grub_note(struct grub_state *g, uint32_t line)
{
	struct error e = { .code = g->error.code };
	struct text t = text_over(e.text, sizeof(e.text));

	if (g->result->note_count++ >= GRUB_NOTES_MAX)
		return;
	text_add_safe(&t, span_of_text(g->error.text));
	g->ops->note(g->ops->ctx, g->files[g->file].path, line, &e);
}

/* --- the result --- */

static void capture_text(struct grub_state *g, const char *name, char *ret,
			 size_t cap)
{
	const char *value = grub_get_text(g, name);
	struct text t = text_over(ret, cap);

	text_add(&t, value ? value : "");
	if (t.cut)
		ret[0] = '\0'; /* half a name names another entry */
}

void grub_capture(struct grub_state *g)
{
	struct grub_result *r = g->result;
	const char *timeout = grub_get_text(g, "timeout");
	const char *style = grub_get_text(g, "timeout_style");
	uint64_t seconds;

	capture_text(g, "default", r->default_entry, sizeof(r->default_entry));
	if (!strcmp(r->default_entry, "saved"))
		capture_text(g, "saved_entry", r->default_entry,
			     sizeof(r->default_entry));
	capture_text(g, "fallback", r->fallback, sizeof(r->fallback));
	r->default_is_once =
		g->next_entry[0] && !strcmp(g->next_entry, r->default_entry);
	r->timeout = -1;
	if (timeout &&
	    text_parse_number(span_of_text(timeout), INT32_MAX, &seconds))
		r->timeout = (int32_t)seconds;
	r->timeout_style = display_of_text(style ? style : "");
}

/* --- the beginning --- */

static enum status check(const struct grub_source *source, char *ret_path,
			 struct error *err)
{
	enum path_fault fault = PATH_EMPTY;

	if (source->text.len > GRUB_TEXT_MAX)
		return fail(err, E_GRUB_TOO_LONG,
			    "grub.cfg has %zu bytes, the most are %u",
			    source->text.len, GRUB_TEXT_MAX);
	if (source->path[0] == '/')
		fault = path_resolve("", span_of_text(source->path), ret_path,
				     GRUB_PATH_MAX);
	if (fault)
		return fail(err, E_GRUB_PATH, "the path \"%s\" of grub.cfg %s",
			    display_of_text(source->path).text,
			    path_fault_text(fault));
	return OK;
}

/* The variables that GRUB has before the first line. */
static void set_first(struct grub_state *g, const char *path)
{
	static const char *const folders[] = { "prefix", "config_directory" };
	const char *name = strrchr(path, '/');
	char value[GRUB_PATH_MAX + 16];
	struct text t = text_over(value, sizeof(value));

	text_addf(&t, "vol%d", g->source->volume);
	grub_set_text(g, "root", value);
	grub_export(g, span_of_text("root"));
	t = text_over(value, sizeof(value));
	text_addf(&t, "(vol%d)%.*s", g->source->volume, (int)(name - path),
		  path);
	for (size_t i = 0; i < 2; i++) {
		grub_set_text(g, folders[i], value);
		grub_export(g, span_of_text(folders[i]));
	}
	text_add(&t, name);
	grub_set_text(g, "config_file", value);
	grub_export(g, span_of_text("config_file"));
}

static void begin(struct grub_state *g, const struct grub_source *source,
		  const struct grub_ops *ops, struct grub_result *result,
		  const char *path)
{
	memset(result, 0, sizeof(*result));
	result->bls_volume = -1;
	memset(g, 0, sizeof(*g));
	g->source = source;
	g->ops = ops;
	g->result = result;
	g->work_left = GRUB_WORK_MAX;
	g->index = text_over(g->index_text, sizeof(g->index_text));
	g->titles = text_over(g->titles_text, sizeof(g->titles_text));
	g->ids = text_over(g->ids_text, sizeof(g->ids_text));
	g->menu = text_over(g->menu_text, sizeof(g->menu_text));
	g->files[0].volume = source->volume;
	g->files[0].text = source->text;
	g->files[0].is_read = true;
	memcpy(g->files[0].path, path, strlen(path) + 1);
	g->file_count = 1;
	grub_know_volume(g, source->volume);
	set_first(g, path);
}

enum status grub_evaluate(struct grub_state *state,
			  const struct grub_source *source,
			  const struct grub_ops *ops, struct grub_result *ret,
			  struct error *err)
{
	struct grub_state *g = state;
	char path[GRUB_PATH_MAX];
	enum status s = check(source, path, err);
	enum grub_flow flow;

	if (s != OK)
		return s;
	begin(g, source, ops, ret, path);
	flow = grub_follow(g, 0);
	if (flow == GRUB_HALT) {
		ret->ended = g->error.code;
		grub_note(g, g->line);
	}
	if (!g->has_result)
		grub_capture(g);
	g->files[0].is_active = true;
	flow = grub_emit(g, 0);
	g->files[0].is_active = false;
	if (flow == GRUB_HALT) {
		ret->ended = g->error.code;
		grub_note(g, g->line);
	}
	return OK;
}

/* --- which entry a text names --- */

/* Cuts the first of the names that ">" stands between; ">>" is no end. */
static bool next_name(struct span *rest, struct span *ret)
{
	size_t at = 0;

	if (!rest->ptr)
		return false;
	while (at < rest->len) {
		if (rest->ptr[at] != '>') {
			at++;
		} else if (at + 1 < rest->len && rest->ptr[at + 1] == '>') {
			at += 2;
		} else {
			break;
		}
	}
	*ret = span_slice(*rest, 0, at);
	if (at < rest->len)
		*rest = span_slice(*rest, at + 1, rest->len - at - 1);
	else
		*rest = (struct span){ 0 };
	return true;
}

static bool same_number(struct span a, struct span b)
{
	uint64_t x, y;

	return text_parse_number(a, UINT32_MAX, &x) &&
	       text_parse_number(b, UINT32_MAX, &y) && x == y;
}

bool grub_entry_is_named(const struct grub_entry *entry, const char *text)
{
	struct span indexes = span_of_text(entry->index), index;
	struct span titles = span_of_text(entry->titles);
	struct span ids = span_of_text(entry->ids);
	struct span spec = span_of_text(text);

	if (!indexes.len || !spec.len)
		return false;
	while (next_name(&indexes, &index)) {
		struct span title, id, name;
		bool has_title = next_name(&titles, &title);
		bool has_id = next_name(&ids, &id);

		if (!next_name(&spec, &name)) {
			if (!span_equal_text(index, "0"))
				return false;
		} else if (!same_number(name, index) &&
			   !(has_title && span_equal(name, title)) &&
			   !(has_id && span_equal(name, id))) {
			return false;
		}
	}
	return true;
}
