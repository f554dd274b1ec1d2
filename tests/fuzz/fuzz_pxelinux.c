/* pxelinux_evaluate() on any text; what follows a NUL is the file that every
 * INCLUDE gives. */
#include "fuzz.h"

#include "format/pxelinux.h"

#define EVIL "E=VIL"

struct world {
	struct span include;
	unsigned entries, notes, loads;
};

static void check_text(const char *text)
{
	for (; *text; text++)
		fuzz_must((unsigned char)*text >= 0x20 && *text != 0x7f);
}

static void check_url(const struct url *url)
{
	char text[URL_TEXT_MAX];
	struct text t = text_over(text, sizeof(text));
	struct error err;
	struct url again;

	url_add_text(&t, url);
	fuzz_must(!t.cut);
	fuzz_must(url_parse(span_of_text(text), &again, &err) == OK);
	fuzz_must(!strcmp(url->target, again.target));
}

static bool load(void *ctx, const struct url *url, struct span *ret)
{
	struct world *w = ctx;

	check_url(url);
	fuzz_must(++w->loads <= EXTLINUX_FILES_MAX);
	*ret = w->include;
	return w->include.len > 0;
}

static void entry(void *ctx, const struct pxelinux_entry *e)
{
	struct world *w = ctx;

	w->entries++;
	fuzz_must(!e->why == !e->reason[0]);
	check_text(e->reason);
	fuzz_must(e->why != OK || e->entry->why == OK);
	if (e->why != OK)
		return;
	check_text(e->options);
	fuzz_must(!strstr(e->options, EVIL));
	fuzz_must(!strncmp(e->options, e->entry->options,
			   strlen(e->entry->options)));
	check_url(&e->kernel);
	for (uint32_t i = 0; i < e->entry->initrd_count; i++)
		check_url(&e->initrds[i]);
	for (uint32_t i = 0; i < e->entry->overlay_count; i++)
		check_url(&e->overlays[i]);
	if (e->entry->devicetree[0])
		check_url(&e->devicetree);
}

static void note(void *ctx, const char *file, uint32_t line,
		 const struct error *why)
{
	struct world *w = ctx;

	fuzz_must(file[0] && line > 0);
	fuzz_check_error(why->code, why);
	fuzz_must(++w->notes <= EXTLINUX_NOTES_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pxelinux_state *state;
	struct span rest = span_of(data, size);
	struct span text = span_cut_at(&rest, '\0');
	struct world w = { .include = rest };
	const struct pxelinux_ops ops = { &w, load, entry, note };
	const struct pxelinux_client client = {
		.hardware_type = 1,
		.mac = { 2, 0, 0, 0, 0, 1 },
		.ip = { 192, 0, 2, 7 },
		.vendor = "a b",
		.serial = EVIL,
	};
	struct url prefix;
	const struct pxelinux_source source = { &prefix, "pxelinux.cfg/default",
						text, &client };
	struct extlinux_result result;
	struct error err;
	enum status s;

	if (size && memmem(data, size, EVIL, strlen(EVIL)))
		return 0;
	if (!state)
		state = malloc(pxelinux_state_size());
	fuzz_must(url_parse(span_of_text("tftp://h.example/p/"), &prefix,
			    &err) == OK);
	s = pxelinux_evaluate(state, &source, &ops, &result, &err);
	if (s != OK) {
		fuzz_check_error(s, &err);
		return 0;
	}
	fuzz_must(result.entry_count == w.entries);
	fuzz_must(result.entry_count <= EXTLINUX_ENTRIES_MAX);
	return 0;
}
