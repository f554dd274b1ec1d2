#include "format/bls.h"

#include "format/bls_expand.h"
#include "format/bls_path.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

struct parser {
	struct bls_entry *entry;
	const struct bls_variables *vars; /* NULL: the specification holds */
	bls_report_fn *report;		  /* NULL: nobody wants to know */
	void *ctx;
};

enum key {
	KEY_TITLE,
	KEY_VERSION,
	KEY_SORT_KEY,
	KEY_MACHINE_ID,
	KEY_LINUX,
	KEY_EFI,
	KEY_UKI,
	KEY_UKI_URL,
	KEY_INITRD,
	KEY_OPTIONS,
	KEY_DEVICETREE,
	KEY_OVERLAY,
	KEY_ARCHITECTURE,
	KEY_PROFILE,
	KEY_EXTRA,
	KEY_GRUB, /* means nothing here */
	KEY_UNKNOWN,
};

static const struct {
	const char *name;
	enum key key;
} keys[] = {
	{ "title", KEY_TITLE },
	{ "version", KEY_VERSION },
	{ "sort-key", KEY_SORT_KEY },
	{ "machine-id", KEY_MACHINE_ID },
	{ "linux", KEY_LINUX },
	{ "efi", KEY_EFI },
	{ "uki", KEY_UKI },
	{ "uki-url", KEY_UKI_URL },
	{ "initrd", KEY_INITRD },
	{ "options", KEY_OPTIONS },
	{ "devicetree", KEY_DEVICETREE },
	{ "devicetree-overlay", KEY_OVERLAY },
	{ "architecture", KEY_ARCHITECTURE },
	{ "profile", KEY_PROFILE },
	{ "extra", KEY_EXTRA },
	{ "grub_users", KEY_GRUB },
	{ "grub_arg", KEY_GRUB },
	{ "grub_class", KEY_GRUB },
	{ "grub_hotkey", KEY_GRUB },
	{ "id", KEY_GRUB },
};

static enum key key_of(struct span name)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (span_equal_text(name, keys[i].name))
			return keys[i].key;
	return KEY_UNKNOWN;
}

static enum status add_path(char (*list)[BLS_PATH_MAX], uint32_t *count,
			    uint32_t max, const char *key, struct span value,
			    struct error *err)
{
	enum status s;

	if (*count == max)
		return fail(err, E_BLS_TOO_MANY,
			    "%s names %" PRIu32 " files, the most is %" PRIu32,
			    key, max + 1, max);
	s = bls_set_path(list[*count], key, value, err);
	if (s == OK)
		(*count)++;
	return s;
}

static enum status add_initrd(struct bls_entry *e, struct span path,
			      struct error *err)
{
	return add_path(e->initrds, &e->initrd_count, BLS_INITRDS_MAX, "initrd",
			path, err);
}

static enum status add_overlays(struct bls_entry *e, struct span value,
				struct error *err)
{
	enum status s = OK;
	struct span word;

	while (s == OK && (word = span_next_word(&value)).len)
		s = add_path(e->overlays, &e->overlay_count, BLS_OVERLAYS_MAX,
			     "devicetree-overlay", word, err);
	return s;
}

/* One word of a line for GRUB, which may stand for several files or none. */
static enum status add_initrd_word(struct parser *p, struct span word,
				   struct error *err)
{
	struct bls_expansion x = { .vars = p->vars,
				   .key = "initrd",
				   .may_miss = true };
	char buf[BLS_OPTIONS_MAX];
	struct text t = text_over(buf, sizeof(buf));
	enum status s = bls_expand(&x, word, 1, &t, err);
	struct span rest = span_of(buf, t.len), path;

	if (s != OK || x.has_missed)
		return s;
	while (s == OK && (path = span_next_word(&rest)).len)
		s = add_initrd(p->entry, path, err);
	return s;
}

static enum status take_initrd(struct parser *p, struct span value,
			       struct error *err)
{
	enum status s = OK;
	struct span word;

	if (!p->vars)
		return add_initrd(p->entry, value, err);
	while (s == OK && (word = span_next_word(&value)).len)
		s = add_initrd_word(p, word, err);
	return s;
}

static enum status add_options(struct bls_entry *e, struct span value,
			       struct error *err)
{
	size_t used = strlen(e->options), gap = used ? 1 : 0;
	size_t control = bls_find_control(value, true);

	if (control < value.len)
		return fail(err, E_BLS_OPTIONS_CONTROL,
			    "options have the control character 0x%02x at byte "
			    "%zu",
			    (unsigned)value.ptr[control], control);
	if (!value.len)
		return OK;
	if (value.len >= sizeof(e->options) - used - gap)
		return fail(err, E_BLS_OPTIONS_LENGTH,
			    "options are %zu bytes long, the most is %d",
			    used + gap + value.len, BLS_OPTIONS_MAX - 1);
	if (gap)
		e->options[used++] = ' ';
	memcpy(e->options + used, value.ptr, value.len);
	e->options[used + value.len] = '\0';
	return OK;
}

static enum status take_options(struct parser *p, struct span value,
				struct error *err)
{
	struct bls_expansion x = { .vars = p->vars, .key = "options" };
	char buf[BLS_OPTIONS_MAX];
	struct text t = text_over(buf, sizeof(buf));
	enum status s;

	if (!p->vars)
		return add_options(p->entry, value, err);
	x.may_miss = p->vars->is_complete;
	s = bls_expand(&x, value, 2, &t, err);
	if (s != OK)
		return s;
	return add_options(p->entry, span_trim(span_of(buf, t.len)), err);
}

static enum status take_path_once(struct parser *p, char *dst, const char *key,
				  struct span value, struct error *err)
{
	struct bls_expansion x = { .vars = p->vars, .key = key };
	char buf[BLS_OPTIONS_MAX];
	struct text t = text_over(buf, sizeof(buf));
	enum status s;

	if (dst[0])
		return fail(err, E_BLS_TWICE, "%s stands twice", key);
	if (!p->vars)
		return bls_set_path(dst, key, value, err);
	s = bls_expand(&x, value, 1, &t, err);
	if (s != OK)
		return s;
	return bls_set_path(dst, key, span_trim(span_of(buf, t.len)), err);
}

static const char *kind_name(enum bls_kind kind)
{
	static const char *const names[] = { "", "linux", "efi", "uki",
					     "uki-url" };

	return names[kind];
}

static enum status take_kind(struct bls_entry *e, enum bls_kind kind,
			     struct error *err)
{
	if (e->kind == kind)
		return fail(err, E_BLS_TWICE, "%s stands twice",
			    kind_name(kind));
	if (e->kind)
		return fail(err, E_BLS_TWO_KERNELS,
			    "the entry has both %s and %s", kind_name(e->kind),
			    kind_name(kind));
	e->kind = kind;
	return OK;
}

static enum status take_kernel(struct parser *p, enum bls_kind kind,
			       struct span value, struct error *err)
{
	struct bls_entry *e = p->entry;
	enum status s = take_kind(e, kind, err);

	if (s != OK)
		return s;
	if (kind == BLS_LINUX)
		return take_path_once(p, e->kernel, "linux", value, err);
	return bls_set_path(kind == BLS_UKI ? e->uki : e->kernel,
			    kind_name(kind), value, err);
}

static enum status take_url(struct bls_entry *e, struct span value,
			    struct error *err)
{
	enum status s = take_kind(e, BLS_UKI_URL, err);

	if (s != OK)
		return s;
	for (size_t i = 0; i < value.len; i++)
		if (value.ptr[i] <= 0x20 || value.ptr[i] > 0x7e)
			return fail(err, E_BLS_URL_BYTE,
				    "uki-url has the byte 0x%02x at byte %zu, "
				    "which no URL has",
				    (unsigned)value.ptr[i], i);
	if (value.len >= sizeof(e->uki_url))
		return fail(err, E_BLS_URL_LENGTH,
			    "uki-url is %zu bytes long, the most is %d",
			    value.len, BLS_URL_MAX - 1);
	memcpy(e->uki_url, value.ptr, value.len);
	return OK;
}

static enum status take_architecture(struct bls_entry *e, struct span value,
				     struct error *err)
{
	struct text t;

	if (e->architecture[0])
		return fail(err, E_BLS_TWICE, "architecture stands twice");
	t = text_over(e->architecture, sizeof(e->architecture));
	text_add_safe(&t, value);
	return OK;
}

static enum status take_profile(struct bls_entry *e, struct span value,
				struct error *err)
{
	uint64_t number;

	if (e->has_profile)
		return fail(err, E_BLS_TWICE, "profile stands twice");
	if (!text_parse_number(value, UINT32_MAX, &number))
		return fail(err, E_BLS_PROFILE,
			    "profile is '%s', it has to be a number of at most "
			    "%" PRIu32,
			    display_of(value).text, UINT32_MAX);
	e->has_profile = true;
	e->profile = (uint32_t)number;
	return OK;
}

/* One flat table of what each key does. */
static enum status take_key(struct parser *p, enum key key, struct span value,
			    struct error *err)
{
	struct bls_entry *e = p->entry;

	switch (key) {
	case KEY_TITLE:
		e->title = display_of(value);
		return OK;
	case KEY_VERSION:
		e->version = display_of(value);
		return OK;
	case KEY_SORT_KEY:
		e->sort_key = display_of(value);
		return OK;
	case KEY_MACHINE_ID:
		e->machine_id = display_of(value);
		return OK;
	case KEY_LINUX:
		return take_kernel(p, BLS_LINUX, value, err);
	case KEY_EFI:
		return take_kernel(p, BLS_EFI, value, err);
	case KEY_UKI:
		return take_kernel(p, BLS_UKI, value, err);
	case KEY_UKI_URL:
		return take_url(e, value, err);
	case KEY_INITRD:
		return take_initrd(p, value, err);
	case KEY_OPTIONS:
		return take_options(p, value, err);
	case KEY_DEVICETREE:
		return take_path_once(p, e->devicetree, "devicetree", value,
				      err);
	case KEY_OVERLAY:
		return add_overlays(e, value, err);
	case KEY_ARCHITECTURE:
		return take_architecture(e, value, err);
	case KEY_PROFILE:
		return take_profile(e, value, err);
	case KEY_EXTRA:
		return add_path(e->extras, &e->extra_count, BLS_EXTRAS_MAX,
				"extra", value, err);
	case KEY_GRUB:
	case KEY_UNKNOWN:
		e->unknown_keys += key == KEY_UNKNOWN;
		break;
	}
	return OK;
}

static void tell_unused(const struct parser *p, uint32_t number,
			struct span name, bool has_value)
{
	struct error why;

	if (key_of(name) == KEY_UNKNOWN)
		fail(&why, E_BLS_UNKNOWN, "the key \"%s\" is not known",
		     display_of(name).text);
	else if (!has_value)
		fail(&why, E_BLS_UNUSED, "%s has no value and is passed over",
		     display_of(name).text);
	else if (key_of(name) == KEY_GRUB)
		fail(&why, E_BLS_UNUSED, "%s is GRUB's, it means nothing here",
		     display_of(name).text);
	else
		return;
	p->report(p->ctx, number, &why);
}

/* All lines if somebody wants to know of them; the first error counts. */
static enum status take_lines(struct parser *p, struct span text,
			      struct error *err)
{
	enum status first = OK, s;
	struct span line, key;
	struct error why;

	for (uint32_t number = 1;
	     (first == OK || p->report) && span_next_line(&text, &line);
	     number++) {
		line = span_trim(line);
		if (!line.len || line.ptr[0] == '#')
			continue;
		key = span_next_word(&line);
		line = span_trim(line);
		if (p->report)
			tell_unused(p, number, key, line.len);
		if (!line.len)
			continue;
		s = take_key(p, key_of(key), line, &why);
		if (s == OK)
			continue;
		if (p->report)
			p->report(p->ctx, number, &why);
		if (first == OK) {
			first = fail_in(&why, s, "line %u", number);
			if (err)
				*err = why;
		}
	}
	return first;
}

static bool get_variable(struct parser *p, const char *name, struct span *ret)
{
	return p->vars->get(p->vars->ctx, span_of_text(name), ret);
}

static enum status add_early_initrds(struct parser *p, struct span names,
				     struct error *err)
{
	struct bls_entry *e = p->entry;
	char beside[BLS_PATH_MAX];
	enum status s = OK;
	struct span name;

	memcpy(beside, e->initrd_count ? e->initrds[0] : e->kernel,
	       sizeof(beside));
	for (uint32_t at = 0; s == OK && (name = span_next_word(&names)).len;
	     at++) {
		if (e->initrd_count == BLS_INITRDS_MAX)
			return fail(err, E_BLS_TOO_MANY,
				    "early_initrd makes %d files for initrd, "
				    "the most is %d",
				    BLS_INITRDS_MAX + 1, BLS_INITRDS_MAX);
		memmove(e->initrds[at + 1], e->initrds[at],
			(e->initrd_count - at) * sizeof(e->initrds[0]));
		e->initrd_count++;
		s = bls_set_path_beside(beside, "early_initrd", name,
					e->initrds[at], err);
	}
	return s;
}

static enum status take_variables(struct parser *p, struct error *err)
{
	struct bls_entry *e = p->entry;
	struct span value;
	enum status s = OK;

	if (!e->options[0] && get_variable(p, "default_kernelopts", &value))
		s = take_options(p, value, err);
	if (s == OK && !e->devicetree[0] &&
	    get_variable(p, "devicetree", &value) && span_trim(value).len)
		s = bls_set_path_beside(e->kernel, "devicetree",
					span_trim(value), e->devicetree, err);
	if (s == OK && get_variable(p, "early_initrd", &value))
		s = add_early_initrds(p, value, err);
	return s == OK ? OK : fail_in(err, s, "grubenv");
}

static enum status check_whole(const struct bls_entry *e, struct error *err)
{
	if (!e->kind)
		return fail(err, E_BLS_NO_KERNEL,
			    "the entry has none of linux, efi, uki and "
			    "uki-url");
	if (e->overlay_count && !e->devicetree[0])
		return fail(err, E_BLS_OVERLAY_ALONE,
			    "the entry has %" PRIu32
			    " devicetree-overlay and no devicetree",
			    e->overlay_count);
	return OK;
}

enum status bls_check_text(struct span text, struct error *err)
{
	size_t nul = span_until_nul(text).len;

	if (text.len > BLS_TEXT_MAX)
		return fail(err, E_BLS_TOO_LONG,
			    "the entry is %zu bytes long, the most is %d",
			    text.len, BLS_TEXT_MAX);
	if (nul < text.len)
		return fail(err, E_BLS_NUL, "byte %zu of %zu is a NUL", nul,
			    text.len);
	return OK;
}

static enum status parse(struct parser *p, struct span text, struct error *err)
{
	enum status s = bls_check_text(text, err);

	memset(p->entry, 0, sizeof(*p->entry));
	if (s == OK)
		s = take_lines(p, span_without_mark(text), err);
	if (s == OK && p->vars && p->entry->kind == BLS_LINUX)
		s = take_variables(p, err);
	return s == OK ? check_whole(p->entry, err) : s;
}

enum status bls_parse(struct span text, const struct bls_variables *vars,
		      struct bls_entry *ret, struct error *err)
{
	return parse(&(struct parser){ .entry = ret, .vars = vars }, text, err);
}

enum status bls_check(struct span text, bls_report_fn *report, void *ctx,
		      struct bls_entry *ret, struct error *err)
{
	struct parser p = { .entry = ret, .report = report, .ctx = ctx };

	return parse(&p, text, err);
}

bool bls_is_for(const struct bls_entry *entry, const char *efi_architecture)
{
	return !entry->architecture[0] ||
	       !strcasecmp(entry->architecture, efi_architecture);
}

bool bls_srel_is_type1(struct span text)
{
	struct span line;

	return span_next_line(&text, &line) && span_equal_text(line, "type1");
}
