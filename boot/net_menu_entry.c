/* A Boot Loader Specification entry that was fetched: names of files become
 * URLs in its text, which is then read as any entry of the network. */
#include "net_menu_parts.h"

#include "base/own.h"
#include "candidate.h"
#include "format/bls.h"

#include <string.h>

static const char entries_folder[] = "/loader/entries/";

/* The URL of the folder that names are below. */
static void add_root(struct text *t, const struct url *url)
{
	size_t end = strcspn(url->target, "?");
	size_t len = strlen(entries_folder);

	while (url->target[end - 1] != '/')
		end--;
	if (end >= len && !memcmp(url->target + end - len, entries_folder, len))
		end -= len - 1;
	text_addf(t, "%s://", url_scheme_name(url->scheme));
	url_add_authority(t, url);
	text_add_bytes(t, span_of(url->target, end));
}

/* A name, as what a URL can have; templates and what is encoded already stay.
 */
static void add_name(struct text *t, struct span name)
{
	uint8_t c;

	while (name.len && (name.ptr[0] == '/' || name.ptr[0] == '\\'))
		name = span_slice(name, 1, name.len - 1);
	while (name.len) {
		const uint8_t *end = span_starts_with(name, "${", 2)
					     ? memchr(name.ptr, '}', name.len)
					     : NULL;
		size_t len = end ? (size_t)(end - name.ptr) + 1 : 1;
		struct span part = span_slice(name, 0, len);

		if (end || (name.ptr[0] == '%' && name.len > 2 &&
			    text_parse_hex(span_slice(name, 1, 2), &c, 1)))
			text_add_bytes(t, part);
		else if (name.ptr[0] == '\\')
			text_add_char(t, '/');
		else
			url_add_encoded(t, part, "/?!$&'()*+,;=:@");
		name = span_slice(name, len, name.len - len);
	}
}

static void add_files(struct text *t, struct span value, const struct url *url)
{
	struct span word;

	while ((word = span_next_word(&value)).len) {
		text_add_char(t, ' ');
		if (url_has_scheme(word)) {
			text_add_bytes(t, word);
		} else {
			add_root(t, url);
			add_name(t, word);
		}
	}
}

/* The key of our own for one that names files, NULL for other keys. */
static const char *key_of_files(struct span key)
{
	static const char *const keys[][2] = {
		{ "linux", "linux" },	  { "initrd", "initrd" },
		{ "uki-url", "uki-url" }, { "uki", "uki-url" },
		{ "efi", "uki-url" },	  { "devicetree", "devicetree" },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (span_equal_text(key, keys[i][0]))
			return keys[i][1];
	return NULL;
}

/* The lines stay on their numbers. */
static enum status rewrite(struct text *t, struct span text,
			   const struct url *url, struct error *err)
{
	struct span key, value;
	uint32_t line = 0, written = 1;

	text = span_without_mark(text);
	while (net_entry_next_line(&text, &line, &key, &value)) {
		const char *name = key_of_files(key);

		if (span_equal_text(key, "devicetree-overlay") ||
		    span_equal_text(key, "extra"))
			return fail(err, E_NET_MENU_FILES,
				    "line %u: %s names files that cannot come "
				    "from the network",
				    line, display_of(key).text);
		for (; written < line; written++)
			text_add_char(t, '\n');
		if (name) {
			text_addf(t, "%s =", name);
			add_files(t, value, url);
			continue;
		}
		text_add_bytes(t, key);
		text_add(t, " = ");
		text_add_bytes(t, value);
	}
	if (t->cut)
		return fail(err, E_NET_MENU_LENGTH,
			    "the entry has more than %d bytes with its files "
			    "as URLs",
			    BLS_TEXT_MAX);
	return OK;
}

enum status menu_read_entry(struct menu_work *w, struct span text,
			    const struct url *url, const char *id,
			    struct error *err)
{
	_free_ char *buf = malloc(BLS_TEXT_MAX + 1);
	struct menu_kept *kept;
	struct text t;
	enum status s;

	if (!buf)
		return fail(err, E_NO_MEMORY, "no memory for an entry");
	t = text_over(buf, BLS_TEXT_MAX + 1);
	s = rewrite(&t, text, url, err);
	if (s == OK)
		s = menu_keep(w, id, &kept, err);
	if (s != OK)
		return s;
	s = net_entry_parse(span_of(t.buf, t.len), false, NULL, NULL,
			    &kept->entry, err);
	if (s == OK && !candidate_is_for_us(kept->entry.architecture))
		s = fail(err, E_ENTRY_MACHINE,
			 "it is for %s, this machine is %s",
			 kept->entry.architecture, candidate_architecture());
	if (s != OK)
		menu_forget(w);
	return s;
}
