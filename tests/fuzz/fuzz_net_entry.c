/* Fuzz target: entries whose files come from the network. What is taken stays
 * in its limits and, written down again, is the same; who listens changes
 * nothing, and only the image's entries have secrets. */
#include "format/net_entry.h"
#include "format/template.h"
#include "fuzz.h"

struct heard {
	unsigned count;
	uint32_t line;
};

static void hear(void *ctx, uint32_t line, const struct error *why)
{
	struct heard *h = ctx;

	fuzz_must(why->code != OK);
	fuzz_check_error(why->code, why);
	fuzz_must(!line || line > h->line);
	h->line = line;
	h->count++;
}

static const char *text_at(const struct net_entry *e, uint32_t at)
{
	fuzz_must(at < e->pool_len && e->pool_len <= sizeof(e->pool));
	fuzz_must(memchr(e->pool + at, '\0', e->pool_len - at) != NULL);
	for (const char *c = net_entry_text(e, at); *c; c++)
		fuzz_must(*c == '\t' || (*c >= ' ' && *c <= '~'));
	return net_entry_text(e, at);
}

static void add_file(struct text *t, const struct net_entry *e,
		     const struct net_file *f)
{
	text_addf(t, "%s =", net_role_name(f->role));
	fuzz_must(f->url_count >= 1 && f->url_count <= NET_MIRRORS_MAX);
	for (uint32_t i = 0; i < f->url_count; i++)
		text_addf(t, " %s", text_at(e, f->urls[i]));
	text_add_char(t, '\n');
	if (!f->has_sha256)
		return;
	text_add(t, "sha256 = ");
	text_add_hex(t, span_of(f->sha256, sizeof(f->sha256)));
	text_add_char(t, '\n');
}

static void add_name(struct text *t, const char *key, const char *name)
{
	fuzz_must(memchr(name, '\0', NET_NAME_MAX) != NULL);
	fuzz_must(!strchr(name, '/'));
	fuzz_must(strcmp(name, ".") && strcmp(name, ".."));
	if (name[0])
		text_addf(t, "%s = %s\n", key, name);
}

static void add_secrets(struct text *t, const struct net_entry *e)
{
	add_name(t, "ca", e->ca);
	add_name(t, "client-cert", e->client_cert);
	add_name(t, "client-key", e->client_key);
	add_name(t, "auth-basic", e->auth_basic);
	add_name(t, "auth-bearer", e->auth_bearer);
	fuzz_must(e->header_count <= NET_HEADERS_MAX);
	for (uint32_t i = 0; i < e->header_count; i++)
		text_addf(t, "header = %s\n", text_at(e, e->headers[i]));
}

static void add_entry(struct text *t, const struct net_entry *e)
{
	static const char *const ends[] = { "",	      "next",	  "menu",
					    "reboot", "poweroff", "hold" };

	fuzz_must(e->file_count >= 1 && e->file_count <= NET_FILES_MAX);
	fuzz_must(e->files[0].role == NET_ANY ? e->file_count == 1
					      : e->files[0].role == NET_LINUX);
	for (uint32_t i = 0; i < e->file_count; i++) {
		fuzz_must(!i || e->files[i].role == NET_INITRD ||
			  e->files[i].role == NET_DEVICETREE);
		add_file(t, e, &e->files[i]);
	}
	fuzz_must(memchr(e->options, '\0', sizeof(e->options)) != NULL);
	fuzz_must(e->has_options == (e->options[0] != '\0'));
	fuzz_must(template_check(span_of_text(e->options), NULL) == OK);
	if (e->has_options)
		text_addf(t, "options = %s\n", e->options);
	fuzz_must(e->max_size && e->timeout_s && e->retry <= 1000);
	fuzz_must(e->on_failure <= NET_END_HOLD);
	text_addf(t, "max-size %llu\ntimeout %u\nretry %u\n",
		  (unsigned long long)e->max_size, e->timeout_s, e->retry);
	if (e->on_failure)
		text_addf(t, "on-failure %s\n", ends[e->on_failure]);
	add_secrets(t, e);
}

static void check_round(const struct net_entry *e)
{
	static char first[65536], second[65536];
	static struct net_entry again;
	struct text a = text_over(first, sizeof(first));
	struct text b = text_over(second, sizeof(second));

	add_entry(&a, e);
	fuzz_must(!a.cut && net_entry_is(span_of(first, a.len)));
	fuzz_must(net_entry_parse(span_of(first, a.len), true, NULL, NULL,
				  &again, NULL) == OK);
	add_entry(&b, &again);
	fuzz_must(!strcmp(first, second));
}

static bool has_secrets(const struct net_entry *e)
{
	return e->ca[0] || e->client_cert[0] || e->client_key[0] ||
	       e->auth_basic[0] || e->auth_bearer[0] || e->header_count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct net_entry entry;
	struct span text = span_of(data, size);
	struct error err = { .code = OK };
	struct heard heard = { .count = 0 };
	enum status s, other;

	(void)net_entry_is(text);
	s = net_entry_parse(text, true, NULL, NULL, &entry, &err);
	if (s == OK)
		check_round(&entry);
	else
		fuzz_check_error(s, &err);
	other = net_entry_parse(text, true, hear, &heard, &entry, NULL);
	fuzz_must(other == s);
	fuzz_must(heard.count >= entry.unknown_keys);
	fuzz_must(s != OK || heard.count == entry.unknown_keys);
	other = net_entry_parse(text, false, NULL, NULL, &entry, &err);
	fuzz_must(other != OK || (s == OK && !has_secrets(&entry)));
	return 0;
}
