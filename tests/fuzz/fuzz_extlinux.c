/* extlinux_evaluate() on any text; what follows a NUL is the file that every
 * INCLUDE gives. */
#include "fuzz.h"

#include "format/extlinux.h"

struct world {
	struct span include;
	unsigned entries, notes, loads;
};

static bool load(void *ctx, const char *path, struct span *ret)
{
	struct world *w = ctx;

	fuzz_must(path[0] == '/' && path[1]);
	fuzz_must(++w->loads <= EXTLINUX_FILES_MAX);
	*ret = w->include;
	return w->include.len > 0;
}

static void check_text(const char *text)
{
	for (; *text; text++)
		fuzz_must((unsigned char)*text >= 0x20 && *text != 0x7f);
}

static void check_path(const char *path)
{
	fuzz_must(path[0] == '/' && path[1]);
	fuzz_must(strlen(path) < EXTLINUX_PATH_MAX);
	fuzz_must(!strstr(path, "/../") && !strstr(path, "//"));
	check_text(path);
}

static void entry(void *ctx, const struct extlinux_entry *e)
{
	struct world *w = ctx;

	w->entries++;
	fuzz_must(e->initrd_count <= EXTLINUX_INITRDS_MAX);
	fuzz_must(e->overlay_count <= EXTLINUX_OVERLAYS_MAX);
	fuzz_must(!e->why == !e->reason[0]);
	check_text(e->reason);
	fuzz_must(!e->label[0] || extlinux_entry_is_named(e, e->label));
	if (e->why != OK)
		return;
	fuzz_must(e->label[0] && e->line > 0);
	check_text(e->options);
	fuzz_must(strncmp(e->options, "initrd=", 7) != 0);
	fuzz_must(!strstr(e->options, " initrd="));
	check_path(e->kernel);
	for (uint32_t i = 0; i < e->initrd_count; i++)
		check_path(e->initrds[i]);
	for (uint32_t i = 0; i < e->overlay_count; i++)
		check_path(e->overlays[i]);
	if (e->devicetree[0])
		check_path(e->devicetree);
}

static void note(void *ctx, const char *file, uint32_t line,
		 const struct error *why)
{
	struct world *w = ctx;

	fuzz_must(file[0] == '/' && line > 0);
	fuzz_must(why->code != OK && why->text[0]);
	check_text(why->text);
	fuzz_must(++w->notes <= EXTLINUX_NOTES_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct extlinux_state *state;
	const uint8_t *end = size ? memchr(data, '\0', size) : NULL;
	size_t len = end ? (size_t)(end - data) : size;
	struct world w = { 0 };
	const struct extlinux_ops ops = { &w, load, entry, note, false };
	struct extlinux_result result;
	struct error err;
	enum status s;

	if (!state)
		state = malloc(extlinux_state_size());
	if (end)
		w.include = span_of(end + 1, size - len - 1);
	s = extlinux_evaluate(state, "/boot/extlinux/extlinux.conf",
			      span_of(data, len), &ops, &result, &err);
	if (s != OK) {
		fuzz_check_error(s, &err);
		return 0;
	}
	fuzz_must(result.entry_count == w.entries);
	fuzz_must(result.entry_count <= EXTLINUX_ENTRIES_MAX);
	fuzz_must(result.timeout == -1 || result.timeout > 0);
	return 0;
}
