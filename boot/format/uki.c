#include "format/uki.h"

#include "base/text.h"
#include "format/bls_path.h"

#include <string.h>

/* What is known of a section name. */
struct rule {
	const char *name;
	uint32_t since;	      /* first stub that knows it, where that decides
			       * whether it counts at boot */
	uint32_t size_max;    /* 0: bounded by the file */
	bool is_repeatable;   /* several in a slice are alternatives */
	bool makes_addon;     /* what an addon may consist of */
	bool is_image_marker; /* found in UKIs and addons only */
};

/* clang-format off */
static const struct rule rules[UKI_SECTION_COUNT] = {
	[UKI_LINUX]   = { ".linux",   0,   0,               false, false, true },
	[UKI_OSREL]   = { ".osrel",   0,   UKI_TEXT_MAX,    false, false, false },
	[UKI_CMDLINE] = { ".cmdline", 0,   UKI_CMDLINE_MAX, false, true,  true },
	[UKI_INITRD]  = { ".initrd",  0,   0,               false, true,  true },
	[UKI_UCODE]   = { ".ucode",   256, 0,               false, true,  true },
	[UKI_SPLASH]  = { ".splash",  0,   0,               false, false, true },
	[UKI_DTB]     = { ".dtb",     0,   UKI_DTB_MAX,     false, true,  true },
	[UKI_UNAME]   = { ".uname",   0,   UKI_TEXT_MAX,    false, false, true },
	[UKI_SBAT]    = { ".sbat",    0,   UKI_TEXT_MAX,    false, false, false },
	[UKI_PCRSIG]  = { ".pcrsig",  0,   UKI_TEXT_MAX,    false, false, true },
	[UKI_PCRPKEY] = { ".pcrpkey", 0,   UKI_TEXT_MAX,    false, false, true },
	[UKI_PROFILE] = { ".profile", 257, UKI_TEXT_MAX,    false, false, true },
	[UKI_DTBAUTO] = { ".dtbauto", 257, UKI_DTB_MAX,     true,  true,  true },
	[UKI_HWIDS]   = { ".hwids",   257, UKI_HWIDS_MAX,   false, false, true },
	[UKI_EFIFW]   = { ".efifw",   258, 0,               true,  false, true },
};
/* clang-format on */

struct parser {
	struct span file;
	const struct pe_view *pe;
	struct uki_view *view;
	uint32_t offsets[UKI_SECTION_COUNT]; /* in this slice, for messages */
	struct error *err;
};

const char *uki_section_name(enum uki_section section)
{
	if ((unsigned)section >= UKI_SECTION_COUNT)
		return "";
	return rules[section].name;
}

/* UKI_SECTION_COUNT if the name is not known. Names are whole: both sides are
 * at most 8 bytes and NUL-terminated. */
static enum uki_section find_section(const char *name)
{
	unsigned i = 0;

	while (i < UKI_SECTION_COUNT && strcmp(rules[i].name, name) != 0)
		i++;
	return (enum uki_section)i;
}

bool uki_is_candidate(const struct pe_view *pe)
{
	bool has_frame = false, has_marker = false;

	for (uint32_t i = 0; i < pe->section_count; i++) {
		const char *name = pe->sections[i].name;
		enum uki_section section = find_section(name);

		if (section == UKI_LINUX)
			return true;
		if (section == UKI_OSREL || !strcmp(name, ".sdmagic"))
			has_frame = true;
		else if (section != UKI_SECTION_COUNT)
			has_marker |= rules[section].is_image_marker;
	}
	return has_frame && has_marker;
}

/* "#### LoaderInfo: systemd-stub 257.13-1~deb13u1 ####" -> 257 */
static uint32_t read_stub_version(struct span magic)
{
	static const char *const begins[] = {
		"#### LoaderInfo: systemd-stub ",
		"#### LoaderInfo: systemd-addon ",
	};
	uint64_t version = 0;

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
		size_t len = strlen(begins[i]), digits = 0;

		if (!span_starts_with(magic, begins[i], len))
			continue;
		magic = span_slice(magic, len, magic.len - len);
		while (digits < magic.len && magic.ptr[digits] >= '0' &&
		       magic.ptr[digits] <= '9')
			digits++;
		if (!text_parse_number(span_slice(magic, 0, digits), 99999,
				       &version))
			return UKI_STUB_UNKNOWN;
		return (uint32_t)version;
	}
	return UKI_STUB_UNKNOWN;
}

static struct uki_part part_from(const struct pe_section *section)
{
	struct uki_part part = {
		.named = true,
		.present = section->virtual_size != 0,
		.offset = section->raw_offset,
		.stored = section->raw_size,
	};

	/* What is stored beyond VirtualSize is padding, not content. */
	if (part.stored > section->virtual_size)
		part.stored = section->virtual_size;
	part.zero_tail = section->virtual_size - part.stored;
	return part;
}

struct span uki_part_bytes(struct span file, struct uki_part part)
{
	return part.present ? span_slice(file, part.offset, part.stored)
			    : span_of(NULL, 0);
}

static uint32_t find_stub_version(const struct parser *p)
{
	const struct pe_section *magic = NULL;

	for (uint32_t i = 0; i < p->pe->section_count; i++) {
		if (strcmp(p->pe->sections[i].name, ".sdmagic") != 0)
			continue;
		if (magic)
			return UKI_STUB_UNKNOWN;
		magic = &p->pe->sections[i];
	}
	if (!magic)
		return UKI_STUB_UNKNOWN;
	return read_stub_version(uki_part_bytes(p->file, part_from(magic)));
}

/* Where the slice that is being filled stands, for messages. */
static struct display slice_name(const struct parser *p)
{
	struct display d;
	struct text t = text_over(d.text, sizeof(d.text));

	if (p->view->profile_count)
		text_addf(&t, "profile %u", p->view->profile_count - 1);
	else
		text_add(&t, "the image");
	return d;
}

static struct display stub_name(const struct parser *p)
{
	struct display d;
	struct text t = text_over(d.text, sizeof(d.text));

	if (p->view->stub_version == UKI_STUB_UNKNOWN)
		text_add(&t, "an unknown stub");
	else
		text_addf(&t, "systemd-stub %u", p->view->stub_version);
	return d;
}

static bool has_exact_names(const struct parser *p)
{
	return p->view->stub_version >= UKI_STUB_EXACT_NAMES;
}

/* An older stub would take the section for the one its name begins with, and a
 * newer one would not: what is verified has to be what is meant. */
static enum status check_name(const struct parser *p, const char *name)
{
	struct display shown, stub;

	if (has_exact_names(p))
		return OK;
	for (unsigned i = 0; i < UKI_SECTION_COUNT; i++) {
		const char *known = rules[i].name;

		if (!strcmp(known, name) ||
		    strncmp(known, name, strlen(known)) != 0)
			continue;
		shown = display_of_text(name);
		stub = stub_name(p);
		return fail(p->err, E_UKI_NAME_PREFIX,
			    "section %s begins with %s: %s may take it for "
			    "that, systemd-stub %d and later do not",
			    shown.text, known, stub.text, UKI_STUB_EXACT_NAMES);
	}
	return OK;
}

static enum status check_size(const struct parser *p,
			      const struct pe_section *section, uint32_t limit)
{
	if (limit && section->virtual_size > limit)
		return fail(p->err, E_UKI_SECTION_TOO_LARGE,
			    "section %s has %u bytes, the most is %u",
			    section->name, section->virtual_size, limit);
	if (section->virtual_size > p->pe->file_size)
		return fail(p->err, E_UKI_SECTION_TOO_LARGE,
			    "section %s has %u bytes, the whole file has %llu",
			    section->name, section->virtual_size,
			    (unsigned long long)p->pe->file_size);
	return OK;
}

static enum status begin_profile(struct parser *p)
{
	struct display stub = stub_name(p);

	if (!has_exact_names(p))
		return fail(p->err, E_UKI_PROFILE_STUB,
			    "the image has profiles, which systemd-stub %d and "
			    "later know; it was built with %s",
			    UKI_STUB_EXACT_NAMES, stub.text);
	if (p->view->profile_count == UKI_PROFILES_MAX)
		return fail(p->err, E_UKI_TOO_MANY_PROFILES,
			    "the image has %d profiles or more, the most is %d",
			    UKI_PROFILES_MAX + 1, UKI_PROFILES_MAX);
	p->view->profile_count++;
	return OK;
}

static enum status fail_duplicate(const struct parser *p,
				  const struct pe_section *section,
				  uint32_t first_offset)
{
	struct display where = slice_name(p);

	return fail(p->err, E_UKI_DUPLICATE,
		    "%s has section %s twice, at 0x%x and at 0x%x", where.text,
		    section->name, first_offset, section->raw_offset);
}

static enum status add_known(struct parser *p, enum uki_section id,
			     const struct pe_section *section)
{
	struct uki_slice *slice =
		p->view->profile_count
			? &p->view->profiles[p->view->profile_count - 1]
			: &p->view->base;
	struct uki_part *part = &slice->parts[id];
	enum status s = check_size(p, section, rules[id].size_max);

	if (s != OK)
		return s;
	if (part->named && !rules[id].is_repeatable)
		return fail_duplicate(p, section, p->offsets[id]);
	if (!part->present) {
		*part = part_from(section);
		p->offsets[id] = section->raw_offset;
	}
	return OK;
}

/* Lanzaboote's thin images: .linux and .initrd are paths, these two hold the
 * SHA-256 of the files. */
static enum status add_thin_hash(struct parser *p, struct uki_part *hash,
				 const struct pe_section *section)
{
	if (hash->named)
		return fail_duplicate(p, section, hash->offset);
	if (section->virtual_size != UKI_THIN_HASH_LEN ||
	    section->raw_size < UKI_THIN_HASH_LEN)
		return fail(p->err, E_UKI_THIN_HASH,
			    "section %s has %u bytes (%u stored), a SHA-256 "
			    "has %d",
			    section->name, section->virtual_size,
			    section->raw_size, UKI_THIN_HASH_LEN);
	*hash = part_from(section);
	p->view->is_thin = true;
	return OK;
}

static enum status add_section(struct parser *p,
			       const struct pe_section *section)
{
	enum uki_section id = find_section(section->name);
	enum status s;

	if (!strcmp(section->name, ".linuxh"))
		return add_thin_hash(p, &p->view->linux_hash, section);
	if (!strcmp(section->name, ".initrdh"))
		return add_thin_hash(p, &p->view->initrd_hash, section);
	s = check_name(p, section->name);
	if (s != OK || id == UKI_SECTION_COUNT)
		return s;
	if (id == UKI_PROFILE) {
		s = begin_profile(p);
		if (s != OK)
			return s;
	}
	if (p->view->stub_version != UKI_STUB_UNKNOWN &&
	    p->view->stub_version < rules[id].since)
		return OK;
	return add_known(p, id, section);
}

static bool has_addon_part(const struct uki_slice *slice)
{
	for (unsigned i = 0; i < UKI_SECTION_COUNT; i++)
		if (rules[i].makes_addon && slice->parts[i].present)
			return true;
	return false;
}

static bool has_linux_anywhere(const struct uki_view *view)
{
	bool found = view->base.parts[UKI_LINUX].named;

	for (uint32_t i = 0; i < view->profile_count; i++)
		found |= view->profiles[i].parts[UKI_LINUX].named;
	return found;
}

static enum status classify(struct parser *p)
{
	struct uki_view *v = p->view;

	v->has_linux = v->base.parts[UKI_LINUX].present;
	if (v->has_linux)
		return OK;
	v->is_addon = !has_linux_anywhere(v) && has_addon_part(&v->base);
	if (v->is_addon && !v->is_thin)
		return OK;
	if (v->base.parts[UKI_LINUX].named)
		return fail(p->err, E_UKI_NO_LINUX,
			    "section .linux has 0 bytes, a kernel has more");
	return fail(p->err, E_UKI_NO_LINUX,
		    "the image has no section .linux among its %u sections",
		    p->pe->section_count);
}

enum status uki_parse(struct span file, const struct pe_view *pe,
		      struct uki_view *ret_view, struct error *err)
{
	struct uki_view view = { .stub_version = UKI_STUB_UNKNOWN };
	struct parser p = { .file = file, .pe = pe, .view = &view, .err = err };
	enum status s = OK;

	view.stub_version = find_stub_version(&p);
	for (uint32_t i = 0; s == OK && i < pe->section_count; i++)
		s = add_section(&p, &pe->sections[i]);
	if (s == OK)
		s = classify(&p);
	if (s == OK)
		*ret_view = view;
	return s;
}

struct uki_part uki_part_of(const struct uki_view *view, uint32_t profile,
			    enum uki_section section)
{
	if (profile < view->profile_count &&
	    view->profiles[profile].parts[section].named)
		return view->profiles[profile].parts[section];
	return view->base.parts[section];
}

bool uki_next_part(const struct pe_view *pe, uint32_t slice,
		   enum uki_section section, uint32_t *at, struct uki_part *ret)
{
	uint32_t now = UKI_SLICE_BASE; /* and a profile's number after that */

	for (uint32_t i = 0; i < pe->section_count; i++) {
		const struct pe_section *one = &pe->sections[i];

		if (!strcmp(one->name, rules[UKI_PROFILE].name))
			now++;
		if (i < *at || now != slice ||
		    strcmp(one->name, rules[section].name) != 0)
			continue;
		*ret = part_from(one);
		*at = i + 1;
		if (ret->present)
			return true;
	}
	return false;
}

enum status uki_thin_path(struct span section, enum uki_section which,
			  char ret[static UKI_THIN_PATH_MAX], struct error *err)
{
	_Static_assert(UKI_THIN_PATH_MAX == BLS_PATH_MAX, "one kind of path");

	while (section.len && section.ptr[section.len - 1] == '\0')
		section.len--;
	return bls_set_path(ret, rules[which].name, section, err);
}

static bool read_key(struct span line, const char *key, struct span *ret)
{
	size_t len = strlen(key);
	struct span value;

	if (!span_starts_with(line, key, len))
		return false;
	value = span_trim(span_slice(line, len, line.len - len));
	if (value.len >= 2 && (value.ptr[0] == '"' || value.ptr[0] == '\'') &&
	    value.ptr[value.len - 1] == value.ptr[0])
		value = span_slice(value, 1, value.len - 2);
	*ret = value;
	return true;
}

void uki_profile_names(struct span profile_section, struct span *ret_id,
		       struct span *ret_title)
{
	struct span rest = span_until_nul(profile_section), line;

	*ret_id = span_of(NULL, 0);
	*ret_title = span_of(NULL, 0);
	while (span_next_line(&rest, &line)) {
		line = span_trim(line);
		if (!read_key(line, "ID=", ret_id))
			(void)read_key(line, "TITLE=", ret_title);
	}
}
