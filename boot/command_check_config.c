/*
 * keelboot check-config: every line of a configuration, understood or not.
 * Files that are entries are command_check_entry.c's.
 */
#include "candidate.h"
#include "command_check.h"
#include "commands.h"
#include "config_keys.h"
#include "format/glob.h"
#include "net.h"
#include "sys/hostfile.h"

#include <stdio.h>
#include <string.h>

#define FOLDER_MAX 1024

static const char *const result_slugs[] = {
	[CONFIG_SET] = "set",
	[CONFIG_NO_EFFECT] = "no-effect",
	[CONFIG_UNKNOWN] = "unknown-key",
	[CONFIG_BAD_VALUE] = "bad-value",
	[CONFIG_BAD_LINE] = "bad-line",
	[CONFIG_LOCKED] = "locked",
};

struct report {
	const char *path;
	struct json *json;  /* NULL for text */
	uint32_t lines[64]; /* by the bit of a key: the last, 0 for none */
};

/* Where the line of a key stands; NULL if there is no such key. */
static uint32_t *line_of(struct report *r, const char *key)
{
	uint64_t bit;

	if (!config_key_find(span_of_text(key), &bit))
		return NULL;
	return &r->lines[__builtin_ctzll(bit)];
}

static void show(struct report *r, const struct config_finding *f)
{
	char line[1024];
	struct text t = text_over(line, sizeof(line));

	if (!r->json) {
		config_describe(f, r->path, &t);
		puts(line);
		return;
	}
	json_object(r->json, NULL);
	json_number(r->json, "line", f->line);
	json_text(r->json, "result", result_slugs[f->result]);
	json_text(r->json, "key", f->key.text);
	json_text(r->json, "value", f->value.text);
	if (f->expected && f->result == CONFIG_BAD_VALUE)
		json_text(r->json, "expected", f->expected);
	if (f->why)
		json_text(r->json, "why", f->why);
	if (f->expected && f->result == CONFIG_UNKNOWN)
		json_text(r->json, "meant", f->expected);
	json_close(r->json);
}

static void report_gap(struct report *r, uint32_t line, const char *result,
		       const char *key, const char *note)
{
	if (!r->json) {
		printf("%s:%u: %s: %s\n", r->path, line, key, note);
		return;
	}
	json_object(r->json, NULL);
	json_number(r->json, "line", line);
	json_text(r->json, "result", result);
	json_text(r->json, "key", key);
	json_text(r->json, "note", note);
	json_close(r->json);
}

/* Of most keys the last line counts. */
static void report(void *ctx, const struct config_finding *f)
{
	struct report *r = ctx;
	uint32_t *line =
		f->result == CONFIG_SET ? line_of(r, f->key.text) : NULL;
	char note[64];

	show(r, f);
	if (!line)
		return;
	snprintf(note, sizeof(note), "line %u says it again", f->line);
	if (*line && strcmp(f->key.text, "network") != 0 &&
	    strcmp(f->key.text, CONFIG_KEY_LOCK) != 0)
		report_gap(r, *line, "without-effect", f->key.text, note);
	*line = f->line;
}

static bool has_word(const char *words, const char *word)
{
	struct span rest = span_of_text(words), one;

	while ((one = span_next_word(&rest)).len)
		if (span_equal_text(one, word))
			return true;
	return false;
}

/* What is understood line by line and yet comes to nothing. */
static void report_gaps(struct report *r, const struct config *config)
{
	if (*line_of(r, "password-for") && !config->password[0])
		report_gap(r, *line_of(r, "password-for"), "without-effect",
			   "password-for",
			   "it asks for nothing without password");
	if (has_word(config->boot_order, "dhcp") &&
	    !config->network.boot_from_dhcp)
		report_gap(r, *line_of(r, "boot-order"), "without-effect",
			   "boot-order",
			   "there is no dhcp without boot-from-dhcp = yes");
	if (*line_of(r, "network-timeout") && !config->uki_url[0] &&
	    !config->network.boot_from_dhcp)
		report_gap(r, *line_of(r, "network-timeout"), "without-effect",
			   "network-timeout",
			   "it is for uki-url and boot-from-dhcp, and there is "
			   "neither");
}

/* As its place is on a disk, where most keys do not count. */
static bool is_of_disk(const char *path)
{
	size_t len = strlen(path), end = sizeof(CANDIDATE_NETWORK) - 1;

	return !strcmp(path, CANDIDATE_NETWORK + 1) ||
	       (len >= end && !strcmp(path + len - end, CANDIDATE_NETWORK));
}

/* --- what only the whole image says, or a disk ------------------------------
 */

static bool is_entry_file(const struct hostfile_entry *e)
{
	size_t len = strlen(e->name);

	return !e->is_folder && len > 5 && !strcmp(e->name + len - 5, ".conf");
}

static bool has_url(const char *folder, const struct hostfile_list *list)
{
	char path[FOLDER_MAX + 258];
	bool has = false;

	for (size_t i = 0; i < list->count && !has; i++) {
		_drop_blob_ struct blob blob = BLOB_NONE;
		struct text t = text_over(path, sizeof(path));

		text_addf(&t, "%s/%s", folder, list->entries[i].name);
		has = is_entry_file(&list->entries[i]) &&
		      hostfile_read(path, &blob, NULL) == OK &&
		      net_entry_is(blob.bytes);
	}
	return has;
}

static bool means(struct span word, const char *id)
{
	return glob_match(word, span_of_text(id), GLOB_FOLD);
}

static bool is_known(struct span word, const struct config *config,
		     const struct hostfile_list *list)
{
	if (span_equal_text(word, "disk") || span_equal_text(word, "network") ||
	    means(word, NET_DHCP_ID) ||
	    (config->uki_url[0] && means(word, NET_UKI_URL_ID)))
		return true;
	for (size_t i = 0; i < list->count; i++)
		if (is_entry_file(&list->entries[i]) &&
		    means(word, list->entries[i].name))
			return true;
	return false;
}

static void hint_at_words(struct report *r, const struct config *config,
			  const struct hostfile_list *list)
{
	struct span rest = span_of_text(config->boot_order), word;
	char note[DISPLAY_MAX + 96];

	while ((word = span_next_word(&rest)).len) {
		if (is_known(word, config, list))
			continue;
		snprintf(note, sizeof(note),
			 "\"%s\": there is no entry of that name in "
			 "entries/; one of a disk may have it",
			 display_of(word).text);
		report_gap(r, *line_of(r, "boot-order"), "hint", "boot-order",
			   note);
	}
}

static void hint_at_network(struct report *r, const struct config *config)
{
	static const char *const keys[] = { "hand-on", "proxy", "ntp" };
	const struct net_settings *n = &config->network;

	if (n->interface_count || n->boot_from_dhcp || n->syslog[0] ||
	    n->status_url[0] || config->uki_url[0])
		return;
	for (size_t i = config->hand_on ? 0 : 1; i < 3; i++)
		if (*line_of(r, keys[i]))
			report_gap(r, *line_of(r, keys[i]), "hint", keys[i],
				   "nothing here comes from the network; an "
				   "entry of a disk may");
}

/* The folder of entries that is built into the image along with the file. */
static void report_hints(struct report *r, const struct config *config)
{
	_drop_hostfile_list_ struct hostfile_list list = { .count = 0 };
	const char *slash = strrchr(r->path, '/');
	char folder[FOLDER_MAX];
	struct text t = text_over(folder, sizeof(folder));

	if (slash)
		text_add_bytes(&t,
			       span_of(r->path, (size_t)(slash - r->path) + 1));
	text_add(&t, "entries");
	if (!t.cut && hostfile_list(folder, &list, NULL) == OK)
		hint_at_words(r, config, &list);
	if (!has_url(folder, &list))
		hint_at_network(r, config);
}

static unsigned check_settings(struct report *r, struct span text)
{
	struct config config;
	unsigned bad;

	config_defaults(&config);
	if (is_of_disk(r->path))
		return config_parse_disk(&config, text, report, r);
	bad = config_parse(&config, text, report, r);
	report_gaps(r, &config);
	report_hints(r, &config);
	return bad;
}

int command_check_config(int argc, char **argv)
{
	_drop_blob_ struct blob blob = BLOB_NONE;
	struct report r = { .json = NULL };
	struct json j = json_to(stdout);
	struct command_line cl;
	struct error err;
	unsigned bad;

	if (!command_parse(argc, argv, OPTION_ARGUMENT | OPTION_JSON, &cl))
		return 2;
	if (hostfile_read(cl.argument, &blob, &err) != OK)
		return command_fail(&err);
	r.path = cl.argument;
	if (cl.json) {
		r.json = &j;
		json_array(&j, NULL);
	}
	bad = check_is_entry(r.path, blob.bytes)
		      ? check_entry(r.path, blob.bytes, r.json)
		      : check_settings(&r, blob.bytes);
	if (cl.json) {
		json_close(&j);
		json_end(&j);
	}
	return bad ? 1 : 0;
}
