/*
 * GRUB's variables. A scope is a mark in the list: what is set within it is a
 * newer line for the same name, which goes when the scope is left. So the
 * entries of a menu all begin with the same variables.
 */
#include "format/grub_state.h"

#include <string.h>

#define NONE UINT32_MAX

static const char *name_at(const struct grub_variables *v, uint32_t i)
{
	return v->pool + v->list[i].name;
}

static uint32_t find(const struct grub_variables *v, struct span name)
{
	for (uint32_t i = v->count; i--;)
		if (span_equal_text(name, name_at(v, i)))
			return i;
	return NONE;
}

/* What GRUB itself sets: its features, and what it was built for. */
static const char *built_in(const struct grub_state *g, struct span name)
{
	static const char *const features[] = {
		"feature_chainloader_bpb",	  "feature_ntldr",
		"feature_platform_search_hint",	  "feature_default_font_path",
		"feature_all_video_module",	  "feature_menuentry_id",
		"feature_menuentry_options",	  "feature_200_final",
		"feature_nativedisk_cmd",	  "feature_timeout_style",
		"feature_search_cryptodisk_only",
	};

	if (span_equal_text(name, "grub_cpu"))
		return g->source->cpu;
	if (span_equal_text(name, "grub_platform"))
		return "efi";
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if (span_equal_text(name, features[i]))
			return "y";
	return NULL;
}

static bool is_visible(const struct grub_variables *v, uint32_t i)
{
	return i >= v->menu || v->list[i].is_exported;
}

const char *grub_get(const struct grub_state *g, struct span name)
{
	const struct grub_variables *v = &g->variables;
	uint32_t i = find(v, name);

	if (i == NONE)
		return built_in(g, name);
	if (v->list[i].is_unset || !is_visible(v, i))
		return NULL;
	return v->pool + v->list[i].value;
}

const char *grub_get_text(const struct grub_state *g, const char *name)
{
	return grub_get(g, span_of_text(name));
}

/* Takes a variable out of the list; those behind it move up. */
static void drop(struct grub_variables *v, uint32_t i)
{
	uint32_t from = v->list[i].name;
	uint32_t to = i + 1 < v->count ? v->list[i + 1].name : v->used;

	memmove(v->pool + from, v->pool + to, v->used - to);
	memmove(&v->list[i], &v->list[i + 1],
		(v->count - i - 1) * sizeof(v->list[0]));
	v->used -= to - from;
	v->count--;
	for (; i < v->count; i++) {
		v->list[i].name -= to - from;
		v->list[i].value -= to - from;
	}
}

static uint32_t keep(struct grub_variables *v, struct span s)
{
	uint32_t at = v->used;

	if (s.len)
		memcpy(v->pool + at, s.ptr, s.len);
	v->pool[at + s.len] = '\0';
	v->used += (uint32_t)s.len + 1;
	return at;
}

/* value may be of the pool itself; then the pool only grows behind it. */
static enum grub_flow store(struct grub_state *g, struct span name,
			    struct span value, bool is_unset, bool export)
{
	struct grub_variables *v = &g->variables;
	uint32_t was = find(v, name);
	bool is_exported = export || (was != NONE && is_visible(v, was) &&
				      v->list[was].is_exported);
	uint64_t used = (uint64_t)v->used + name.len + value.len + 2;

	grub_work(g, 10);
	if (v->count == GRUB_VARIABLES_MAX || used > sizeof(v->pool)) {
		fail(&g->error, E_GRUB_VARIABLES,
		     "%s would be variable %u with %zu bytes after %u, the "
		     "most are %u with %u",
		     display_of(name).text, v->count + 1, value.len, v->used,
		     GRUB_VARIABLES_MAX, GRUB_VARIABLE_POOL);
		return GRUB_HALT;
	}
	v->list[v->count].name = keep(v, name);
	v->list[v->count].value = keep(v, value);
	v->list[v->count].is_unset = is_unset;
	v->list[v->count++].is_exported = is_exported;
	if (was != NONE && was >= v->scope)
		drop(v, was);
	return GRUB_NEXT;
}

enum grub_flow grub_set(struct grub_state *g, struct span name,
			struct span value)
{
	return store(g, name, value, false, false);
}

enum grub_flow grub_set_text(struct grub_state *g, const char *name,
			     const char *value)
{
	return grub_set(g, span_of_text(name), span_of_text(value));
}

enum grub_flow grub_unset(struct grub_state *g, struct span name)
{
	if (!grub_get(g, name))
		return GRUB_NEXT;
	return store(g, name, span_of("", 0), true, false);
}

enum grub_flow grub_export(struct grub_state *g, struct span name)
{
	const char *value = grub_get(g, name);

	return store(g, name, span_of_text(value ? value : ""), false, true);
}

struct grub_scope grub_enter(struct grub_state *g, bool is_menu)
{
	struct grub_variables *v = &g->variables;
	struct grub_scope before = { v->count, v->used, v->scope, v->menu };

	v->scope = v->count;
	if (is_menu)
		v->menu = v->count;
	return before;
}

void grub_leave(struct grub_state *g, struct grub_scope before)
{
	struct grub_variables *v = &g->variables;

	v->count = before.count;
	v->used = before.used;
	v->scope = before.scope;
	v->menu = before.menu;
}
