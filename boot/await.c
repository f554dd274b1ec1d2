#include "await.h"

#include "format/glob.h"

#include <string.h>
#include <strings.h>

#define WORD_MAX 256

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Cuts the next word off; false at the end. What is too long for any name is
 * cut, and not found. */
static bool next_word(const char **rest, char word[static WORD_MAX])
{
	const char *at = *rest;
	bool quoted = false;
	size_t len = 0;

	while (is_blank(*at))
		at++;
	if (!*at)
		return false;
	for (; *at && (quoted || !is_blank(*at)); at++) {
		if (*at == '"')
			quoted = !quoted;
		else if (len < WORD_MAX - 1)
			word[len++] = *at;
	}
	word[len] = '\0';
	*rest = at;
	return true;
}

/* The value of "KEY=value", NULL if the word is another. */
static const char *value_of(const char *word, const char *key)
{
	size_t len = strlen(key);

	return !strncmp(word, key, len) ? word + len : NULL;
}

static bool is_place(const struct place *place, const char *word)
{
	const char *value;

	value = value_of(word, "PARTUUID=");
	if (value)
		return *value && !strcasecmp(value, place->part_uuid);
	value = value_of(word, "UUID=");
	if (value)
		return *value && !strcasecmp(value, place->fs_uuid);
	value = value_of(word, "LABEL=");
	return value && *value && !strcmp(value, place->fs_label);
}

static bool is_of_place(const char *word)
{
	return value_of(word, "PARTUUID=") || value_of(word, "UUID=") ||
	       value_of(word, "LABEL=");
}

static bool matches(const char *word, const char *text, enum glob_case fold)
{
	return glob_match(span_of_text(word), span_of_text(text), fold);
}

static bool is_entry(const struct boot_entry *e, const char *word)
{
	if (is_of_place(word))
		return is_place(&e->place, word);
	return e->found.why == OK &&
	       (!strcmp(word, "disk") || matches(word, e->found.id, GLOB_FOLD));
}

static bool is_disk(const struct scan_probe *p, const char *word)
{
	if (p->state != PROBE_READY || is_of_place(word))
		return false;
	return matches(word, p->name, GLOB_EXACT) ||
	       (p->model.text[0] && matches(word, p->model.text, GLOB_EXACT)) ||
	       (p->serial.text[0] && matches(word, p->serial.text, GLOB_EXACT));
}

static bool is_there(const struct scan *scan, const char *word)
{
	for (uint32_t i = 0; i < scan->entry_count; i++)
		if (is_entry(scan->entries[i], word))
			return true;
	for (uint32_t i = 0; i < SCAN_PROBES_MAX; i++)
		if (is_disk(&scan->probes[i], word))
			return true;
	return false;
}

bool await_is_there(const char *words, const struct scan *scan,
		    struct display *ret_missing)
{
	char word[WORD_MAX];

	while (next_word(&words, word)) {
		if (is_there(scan, word))
			continue;
		*ret_missing = display_of_text(word);
		return false;
	}
	return true;
}

bool await_is_holding(const char *words, uint32_t timeout_s, uint64_t waited_ms,
		      const struct scan *scan, struct display *ret_missing)
{
	return waited_ms < (uint64_t)timeout_s * 1000 &&
	       !await_is_there(words, scan, ret_missing);
}
