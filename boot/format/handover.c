#include "format/handover.h"

#include "base/text.h"

#include <string.h>

#define FIRST_LINE "keelboot entry 1"

static bool is_any(const char *value)
{
	(void)value;
	return true;
}

static bool is_path(const char *value)
{
	for (const char *at = value; (at = strstr(at, "/..")); at += 3)
		if (!at[3] || at[3] == '/')
			return false;
	return value[0] == '/';
}

static bool has_form(const char *value, const char *form)
{
	size_t i;

	for (i = 0; form[i] && value[i]; i++)
		if (form[i] == '-' ? value[i] != '-'
				   : !strchr("0123456789abcdef", value[i]))
			return false;
	return !form[i] && !value[i];
}

/* A GPT's, or an MBR's number and the partition's. */
static bool is_partition(const char *value)
{
	return has_form(value, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx") ||
	       has_form(value, "xxxxxxxx-xx");
}

static const struct key {
	const char *name;
	size_t offset, max; /* in struct handover; bytes */
	bool required;
	bool (*is_good)(const char *value);
} keys[] = {
	{ "id", offsetof(struct handover, id), HANDOVER_ID_MAX, true, is_any },
	{ "kind", offsetof(struct handover, kind), HANDOVER_KIND_MAX, false,
	  is_any },
	{ "path", offsetof(struct handover, path), HANDOVER_PATH_MAX, true,
	  is_path },
	{ "partition", offsetof(struct handover, partition),
	  HANDOVER_PARTITION_MAX, false, is_partition },
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

static enum status fail_value(const char *key, struct span value,
			      struct error *err)
{
	return fail(err, E_HANDOVER_VALUE,
		    "\"%s\" (%zu bytes) cannot be the %s of a booted entry",
		    display_of(value).text, value.len, key);
}

static enum status take_value(struct handover *h, const struct key *key,
			      struct span value, struct error *err)
{
	char *to = (char *)h + key->offset;

	if (*to)
		return fail(err, E_HANDOVER_TWICE,
			    "%s stands twice in what is known of the booted "
			    "entry",
			    key->name);
	if (!value.len || value.len > key->max || !utf8_is_clean(value))
		return fail_value(key->name, value, err);
	memcpy(to, value.ptr, value.len);
	to[value.len] = '\0';
	return key->is_good(to) ? OK : fail_value(key->name, value, err);
}

static enum status take_counter(struct handover *h, bool *seen,
				struct span value, struct error *err)
{
	if (*seen)
		return fail(err, E_HANDOVER_TWICE,
			    "counter stands twice in what is known of the "
			    "booted entry");
	*seen = true;
	h->counter = span_equal_text(value, "yes");
	if (!h->counter && !span_equal_text(value, "no"))
		return fail_value("counter", value, err);
	return OK;
}

static enum status check_required(const struct handover *h, struct error *err)
{
	for (size_t i = 0; i < KEYS; i++)
		if (keys[i].required && !*((const char *)h + keys[i].offset))
			return fail(err, E_HANDOVER_MISSING,
				    "the booted entry's %s is not told",
				    keys[i].name);
	return OK;
}

static enum status take_line(struct handover *h, bool *seen, struct span line,
			     struct error *err)
{
	struct span value = line, key = span_cut_at(&value, ' ');

	if (span_equal_text(key, "counter"))
		return take_counter(h, seen, value, err);
	for (size_t i = 0; i < KEYS; i++)
		if (span_equal_text(key, keys[i].name))
			return take_value(h, &keys[i], value, err);
	return OK;
}

enum status handover_parse(struct span text, struct handover *ret,
			   struct error *err)
{
	struct handover h = { .counter = false };
	bool seen_counter = false;
	struct span line = span_of(text.ptr, 0);
	enum status s = OK;

	if (text.len > HANDOVER_TEXT_MAX)
		return fail(err, E_HANDOVER_SIZE,
			    "what is known of the booted entry has %zu bytes, "
			    "the most is %d",
			    text.len, HANDOVER_TEXT_MAX);
	if (!span_next_line(&text, &line) || !span_equal_text(line, FIRST_LINE))
		return fail(err, E_HANDOVER_FIRST_LINE,
			    "what is known of the booted entry begins with "
			    "\"%s\", not with \"" FIRST_LINE "\"",
			    display_of(line).text);
	while (s == OK && span_next_line(&text, &line))
		s = take_line(&h, &seen_counter, line, err);
	if (s == OK)
		s = check_required(&h, err);
	if (s == OK)
		*ret = h;
	return s;
}

enum status handover_format(const struct handover *handover, char *buf,
			    size_t cap, size_t *ret_len, struct error *err)
{
	struct text t = text_over(buf, cap);
	enum status s = check_required(handover, err);

	if (s != OK)
		return s;
	text_add(&t, FIRST_LINE "\n");
	for (size_t i = 0; i < KEYS; i++) {
		const char *value = (const char *)handover + keys[i].offset;

		if (!*value)
			continue;
		if (!utf8_is_clean(span_of_text(value)) ||
		    !keys[i].is_good(value))
			return fail_value(keys[i].name, span_of_text(value),
					  err);
		text_addf(&t, "%s %s\n", keys[i].name, value);
	}
	text_addf(&t, "counter %s\n", handover->counter ? "yes" : "no");
	if (t.cut)
		return fail(err, E_HANDOVER_ROOM,
			    "what is known of the booted entry does not fit "
			    "into %zu bytes",
			    cap);
	*ret_len = t.len;
	return OK;
}
