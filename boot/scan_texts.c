#include "scan_texts.h"

#include "base/log.h"

#include <stdlib.h>
#include <string.h>

/* Of one file; a file of noise shall not push everything else out of the log.
 */
#define NOTES_MAX 8

struct notes {
	struct scan_texts *texts;
	const char *volume;
	unsigned count;
};

/* --- what the log has -------------------------------------------------------
 */

/* True the first time, for a key that every distribution may have. */
static bool is_new(struct scan_texts *texts, const struct display *key)
{
	for (uint32_t i = 0; i < texts->noted_count; i++)
		if (!strcmp(texts->noted[i].text, key->text))
			return false;
	if (texts->noted_count < sizeof(texts->noted) / sizeof(texts->noted[0]))
		texts->noted[texts->noted_count++] = *key;
	return true;
}

static void note(void *ctx, const struct config_finding *f)
{
	struct notes *n = ctx;
	char source[64], line[512];
	struct text t = text_over(source, sizeof(source));

	if (f->result == CONFIG_SET)
		return;
	if ((f->result == CONFIG_NO_EFFECT || f->result == CONFIG_LOCKED) &&
	    !is_new(n->texts, &f->key))
		return;
	if (++n->count > NOTES_MAX)
		return;
	text_addf(&t, "%s: loader.conf", n->volume);
	t = text_over(line, sizeof(line));
	config_describe(f, source, &t);
	log_warn("%s", line);
}

static void take_conf(struct scan_texts *texts, struct scan_text *text,
		      struct span bytes)
{
	struct notes n = { .texts = texts, .volume = text->place.name };

	config_parse_esp(&text->conf, bytes, note, &n);
	if (n.count > NOTES_MAX)
		log_warn("%s: loader.conf: %u more lines are not understood",
			 text->place.name, n.count - NOTES_MAX);
}

static void use_store(struct scan_text *text, const struct store *store)
{
	const char *timeout = store->timeout;

	text->store = *store;
	text->has_store = true;
	text->store_timeout = (struct config_choices){ .has_timeout = false };
	if (timeout[0] &&
	    !config_set_timeout(&text->store_timeout, span_of_text(timeout)))
		log_warn("%s: the store: timeout cannot be \"%s\"",
			 text->place.name, display_of_text(timeout).text);
}

static void take_store(struct scan_text *text, struct span bytes)
{
	struct store store;
	struct error err;

	if (store_parse(bytes, &store, &err) != OK) {
		log_warn("%s: the store does not count: %s", text->place.name,
			 err.text);
		return;
	}
	use_store(text, &store);
	text->is_spent = false;
	if (store.oneshot[0] && !text->place.may_write) {
		text->is_spent = true;
		log_warn("%s: the store: the one-shot \"%s\" does not count, "
			 "as nothing may be written there and it would boot "
			 "for ever",
			 text->place.name, display_of_text(store.oneshot).text);
	}
}

static void keep(const struct scan_text *text, struct scan_bytes *dst,
		 struct span bytes)
{
	free(dst->ptr);
	*dst = (struct scan_bytes){ .ptr = NULL };
	if (bytes.len <= SCAN_NETWORK_TEXT_MAX)
		dst->ptr = malloc(bytes.len + !bytes.len);
	else
		log_warn("%s: keelboot.conf or its signature has %zu bytes, "
			 "the most is %d",
			 text->place.name, bytes.len, SCAN_NETWORK_TEXT_MAX);
	if (!dst->ptr)
		return;
	memcpy(dst->ptr, bytes.ptr, bytes.len);
	dst->len = bytes.len;
}

/* Its signature has come before it. */
static void take_network(struct scan_text *text, struct span bytes)
{
	keep(text, &text->network, bytes);
	text->is_network_new = text->network.ptr != NULL;
}

/* --- the list ---------------------------------------------------------------
 */

static void drop(struct scan_text *text)
{
	free(text->network.ptr);
	free(text->network_signature.ptr);
	free(text);
}

static int compare(const struct scan_text *a, uint32_t probe,
		   const struct place *place)
{
	int order = strverscmp(a->place.name, place->name);

	if (!order)
		order = (a->probe > probe) - (a->probe < probe);
	if (!order)
		order = (a->place.number > place->number) -
			(a->place.number < place->number);
	return order;
}

/* The text of a volume, made if it is not there; NULL without room. */
static struct scan_text *text_of(struct scan_texts *texts, uint32_t probe,
				 const struct place *place)
{
	uint32_t at = 0;
	struct scan_text *text;

	while (at < texts->count && compare(texts->all[at], probe, place) < 0)
		at++;
	if (at < texts->count && compare(texts->all[at], probe, place) == 0)
		return texts->all[at];
	if (at == SCAN_TEXTS_MAX)
		return NULL;
	text = calloc(1, sizeof(*text));
	if (!text)
		return NULL;
	text->probe = probe;
	text->place = *place;
	if (texts->count == SCAN_TEXTS_MAX)
		drop(texts->all[--texts->count]);
	memmove(texts->all + at + 1, texts->all + at,
		(texts->count - at) * sizeof(texts->all[0]));
	texts->all[at] = text;
	texts->count++;
	return text;
}

void scan_texts_add(struct scan_texts *texts, uint32_t probe,
		    const struct probe_message *message, size_t len)
{
	const struct found_text *m = &message->text;
	struct scan_text *text;
	struct span bytes;

	if (len < offsetof(struct found_text, bytes) ||
	    m->len > FOUND_TEXT_MAX ||
	    len != offsetof(struct found_text, bytes) + m->len ||
	    (unsigned)m->kind >= TEXT_KIND_COUNT) {
		log_error("%s: the probe sent a text that makes no sense",
			  message->place.name);
		return;
	}
	bytes = span_of(m->bytes, m->len);
	text = text_of(texts, probe, &message->place);
	if (text)
		text->place = message->place;
	if (!text)
		log_warn("%s: no room for what it says about the default",
			 message->place.name);
	else if (m->kind == TEXT_LOADER_CONF)
		take_conf(texts, text, bytes);
	else if (m->kind == TEXT_NETWORK)
		take_network(text, bytes);
	else if (m->kind == TEXT_NETWORK_SIGNATURE)
		keep(text, &text->network_signature, bytes);
	else
		take_store(text, bytes);
}

void scan_texts_remove(struct scan_texts *texts, uint32_t probe)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < texts->count; i++) {
		if (texts->all[i]->probe == probe)
			drop(texts->all[i]);
		else
			texts->all[kept++] = texts->all[i];
	}
	texts->count = kept;
}

bool scan_texts_has(const struct scan_texts *texts, uint32_t probe)
{
	for (uint32_t i = 0; i < texts->count; i++)
		if (texts->all[i]->probe == probe)
			return true;
	return false;
}

struct scan_text *scan_texts_find(struct scan_texts *texts, uint32_t probe,
				  uint32_t volume)
{
	for (uint32_t i = 0; i < texts->count; i++)
		if (texts->all[i]->probe == probe &&
		    texts->all[i]->place.number == volume)
			return texts->all[i];
	return NULL;
}

bool scan_texts_has_network(const struct scan_texts *texts)
{
	for (uint32_t i = 0; i < texts->count; i++)
		if (texts->all[i]->is_network_new)
			return true;
	return false;
}

const struct scan_text *scan_texts_next_network(struct scan_texts *texts)
{
	for (uint32_t i = 0; i < texts->count; i++) {
		if (!texts->all[i]->is_network_new)
			continue;
		texts->all[i]->is_network_new = false;
		return texts->all[i];
	}
	return NULL;
}

void scan_texts_written(struct scan_texts *texts, uint32_t probe,
			const struct place *place, const struct store *store)
{
	struct scan_text *text = text_of(texts, probe, place);

	if (text)
		use_store(text, store);
}

void scan_texts_spend(struct scan_texts *texts, uint32_t probe, uint32_t volume)
{
	struct scan_text *text = scan_texts_find(texts, probe, volume);

	if (text)
		text->is_spent = true;
}

void scan_texts_drop(struct scan_texts *texts)
{
	for (uint32_t i = 0; i < texts->count; i++)
		drop(texts->all[i]);
	texts->count = 0;
}
