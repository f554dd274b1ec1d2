/* grub_evaluate() on any text. What follows a NUL are other files: each is as
 * long as its first byte says, sixteen times, and is called /0, /1, ... */
#include "fuzz.h"

#include "format/grubcfg.h"

struct world {
	struct span files[8];
	unsigned file_count;
	unsigned entries, notes;
};

static void check_path(int volume, const char *path)
{
	fuzz_must(volume >= 0 && volume <= 2);
	fuzz_must(path[0] == '/' && path[1]);
	fuzz_must(strlen(path) < GRUB_PATH_MAX);
	fuzz_must(!strstr(path, "/../") && !strstr(path, "//"));
}

static bool load(void *ctx, int volume, const char *path, struct span *ret)
{
	struct world *w = ctx;
	unsigned i;

	check_path(volume, path);
	i = (unsigned)(path[strlen(path) - 1] - '0');
	if (i >= w->file_count)
		return false;
	*ret = w->files[i];
	return true;
}

static enum grub_file_kind kind(void *ctx, int volume, const char *path)
{
	(void)ctx;
	check_path(volume, path);
	return (enum grub_file_kind)(strlen(path) % 4);
}

static int search(void *ctx, enum grub_search_kind how, const char *what)
{
	(void)ctx;
	fuzz_must(how >= GRUB_SEARCH_UUID && how <= GRUB_SEARCH_FILE);
	return (int)(strlen(what) % 3) - 1;
}

static int device(void *ctx, const char *name)
{
	(void)ctx;
	fuzz_must(name[0] != '\0');
	return name[0] == 'h' ? 2 : -1;
}

static void check_text(const char *text)
{
	for (; *text; text++)
		fuzz_must((unsigned char)*text >= 0x20 && *text != 0x7f);
}

static void entry(void *ctx, const struct grub_entry *e)
{
	struct world *w = ctx;

	w->entries++;
	fuzz_must(memchr(e->index, '\0', sizeof(e->index)) != NULL);
	fuzz_must(memchr(e->titles, '\0', sizeof(e->titles)) != NULL);
	fuzz_must(memchr(e->ids, '\0', sizeof(e->ids)) != NULL);
	fuzz_must(memchr(e->options, '\0', sizeof(e->options)) != NULL);
	fuzz_must(e->initrd_count <= GRUB_INITRDS_MAX);
	fuzz_must(!e->why == !e->reason[0]);
	check_text(e->reason);
	(void)grub_entry_is_named(e, e->ids);
	if (e->why != OK)
		return;
	fuzz_must(grub_entry_is_named(e, e->index));
	(void)grub_entry_is_named(e, e->titles);
	check_text(e->options);
	check_path(e->kernel.volume, e->kernel.path);
	for (uint32_t i = 0; i < e->initrd_count; i++)
		check_path(e->initrds[i].volume, e->initrds[i].path);
	if (e->devicetree.volume >= 0)
		check_path(e->devicetree.volume, e->devicetree.path);
}

static void note(void *ctx, const char *file, uint32_t line,
		 const struct error *why)
{
	struct world *w = ctx;

	fuzz_must(file[0] == '/' && line > 0);
	fuzz_must(why->code != OK && why->text[0]);
	check_text(why->text);
	fuzz_must(++w->notes <= GRUB_NOTES_MAX);
}

static void split(struct world *w, struct span all, struct span *ret_first)
{
	const uint8_t *end = memchr(all.ptr, '\0', all.len);
	size_t at = end ? (size_t)(end - all.ptr) : all.len;

	*ret_first = span_slice(all, 0, at);
	while (++at < all.len && w->file_count < 8) {
		size_t len = all.ptr[at] * 16U;

		at++;
		if (len > all.len - at)
			len = all.len - at;
		w->files[w->file_count++] = span_slice(all, at, len);
		at += len - 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct grub_state *state;
	struct world w = { 0 };
	const struct grub_ops ops = { &w,     load,  kind, search,
				      device, entry, note };
	struct grub_source source = { .path = "/boot/grub/grub.cfg",
				      .cpu = "arm64" };
	struct grub_result result;
	struct error err;
	enum status s;

	if (!state)
		state = malloc(grub_state_size());
	if (!size)
		return 0;
	split(&w, span_of(data, size), &source.text);
	s = grub_evaluate(state, &source, &ops, &result, &err);
	if (s != OK) {
		fuzz_check_error(s, &err);
		return 0;
	}
	fuzz_must(result.entry_count == w.entries);
	fuzz_must(result.entry_count <= GRUB_ENTRIES_MAX);
	fuzz_must(result.note_count >= w.notes);
	fuzz_must(result.timeout >= -1);
	fuzz_must(result.bls_volume >= -1 && result.bls_volume <= 2);
	fuzz_must(!result.uses_blscfg || result.bls_index <= GRUB_ENTRIES_MAX);
	(void)grub_variable(state, "kernelopts");
	return 0;
}
