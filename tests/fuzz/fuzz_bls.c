/* bls_parse() on any text, as the specification has it and with variables that
 * stand for any part of the text: paths and options come out as bls.h says. And
 * an entry written down again is the same entry. */
#include "fuzz.h"

#include "format/bls.h"

static struct span all;

/* Every third name is not set; the others stand for some of the input. */
static bool get(void *ctx, struct span name, struct span *ret_value)
{
	size_t sum = 0;

	(void)ctx;
	for (size_t i = 0; i < name.len; i++)
		sum = sum * 31 + name.ptr[i];
	if (sum % 3 == 0 || !all.len)
		return false;
	sum %= all.len;
	*ret_value =
		span_slice(all, sum, all.len - sum < 80 ? all.len - sum : 80);
	return true;
}

static void check_text(const char *text, size_t cap, bool is_tab_good)
{
	fuzz_must(memchr(text, '\0', cap) != NULL);
	for (; *text; text++)
		fuzz_must(((unsigned char)*text >= 0x20 && *text != 0x7f) ||
			  (is_tab_good && *text == '\t'));
}

static void check_path(const char *path)
{
	check_text(path, BLS_PATH_MAX, false);
	fuzz_must(path[0] == '/' && path[1] != '\0');
	fuzz_must(!strchr(path, '\\'));
	fuzz_must(path[strlen(path) - 1] != '/');
	for (const char *c = path; c; c = strchr(c + 1, '/')) {
		size_t len = strcspn(c + 1, "/");

		fuzz_must(len > 0);
		fuzz_must(len != 1 || c[1] != '.');
		fuzz_must(len != 2 || strncmp(c + 1, "..", 2) != 0);
	}
}

static void check_paths(const char (*list)[BLS_PATH_MAX], uint32_t count,
			uint32_t max)
{
	fuzz_must(count <= max);
	for (uint32_t i = 0; i < count; i++)
		check_path(list[i]);
}

static void check(const struct bls_entry *e)
{
	fuzz_must(e->kind >= BLS_LINUX && e->kind <= BLS_UKI_URL);
	fuzz_must(!e->kernel[0] ==
		  (e->kind == BLS_UKI || e->kind == BLS_UKI_URL));
	fuzz_must(!e->uki[0] == (e->kind != BLS_UKI));
	fuzz_must(!e->uki_url[0] == (e->kind != BLS_UKI_URL));
	if (e->kernel[0])
		check_path(e->kernel);
	if (e->uki[0])
		check_path(e->uki);
	if (e->devicetree[0])
		check_path(e->devicetree);
	else
		fuzz_must(!e->overlay_count);
	check_text(e->uki_url, sizeof(e->uki_url), false);
	fuzz_must(!strchr(e->uki_url, ' '));
	check_text(e->options, sizeof(e->options), true);
	check_text(e->architecture, sizeof(e->architecture), false);
	check_paths(e->initrds, e->initrd_count, BLS_INITRDS_MAX);
	check_paths(e->overlays, e->overlay_count, BLS_OVERLAYS_MAX);
	check_paths(e->extras, e->extra_count, BLS_EXTRAS_MAX);
	fuzz_must(e->has_profile || !e->profile);
}

/* With a slash behind it, as blanks at the end of a line do not count. */
static void add_path(struct text *t, const char *key, const char *path)
{
	if (path[0])
		text_addf(t, "%s %s/\n", key, path);
}

static void add_paths(struct text *t, const char *key,
		      const char (*list)[BLS_PATH_MAX], uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		add_path(t, key, list[i]);
}

static void write_again(const struct bls_entry *e, struct text *t)
{
	add_path(t, e->kind == BLS_LINUX ? "linux" : "efi", e->kernel);
	add_path(t, "uki", e->uki);
	if (e->uki_url[0])
		text_addf(t, "uki-url %s\n", e->uki_url);
	add_path(t, "devicetree", e->devicetree);
	add_paths(t, "devicetree-overlay", e->overlays, e->overlay_count);
	add_paths(t, "initrd", e->initrds, e->initrd_count);
	add_paths(t, "extra", e->extras, e->extra_count);
	if (e->options[0])
		text_addf(t, "options %s\n", e->options);
	if (e->has_profile)
		text_addf(t, "profile %u\n", e->profile);
	text_addf(t,
		  "title %s\nversion %s\nsort-key %s\nmachine-id %s\n"
		  "architecture %s\n",
		  e->title.text, e->version.text, e->sort_key.text,
		  e->machine_id.text, e->architecture);
}

static void check_round(const struct bls_entry *e)
{
	static char buf[BLS_TEXT_MAX + 1];
	static struct bls_entry again, want;
	struct text t = text_over(buf, sizeof(buf));

	write_again(e, &t);
	fuzz_must(!t.cut);
	fuzz_must(bls_parse(span_of(buf, t.len), NULL, &again, NULL) == OK);
	want = *e;
	want.unknown_keys = 0;
	/* what was cut may end in a blank, which a line does not */
	again.title = want.title;
	again.version = want.version;
	again.sort_key = want.sort_key;
	again.machine_id = want.machine_id;
	memcpy(again.architecture, want.architecture,
	       sizeof(again.architecture));
	fuzz_must(!memcmp(&again, &want, sizeof(again)));
}

static void parse(struct span text, const struct bls_variables *vars)
{
	static struct bls_entry entry;
	struct error err = { .code = OK };
	enum status s = bls_parse(text, vars, &entry, &err);

	if (s != OK) {
		fuzz_check_error(s, &err);
		return;
	}
	check(&entry);
	check_round(&entry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bls_variables vars = { .get = get };

	all = span_of(data, size);
	parse(all, NULL);
	parse(all, &vars);
	vars.is_complete = true;
	parse(all, &vars);
	(void)bls_srel_is_type1(all);
	return 0;
}
