/*
 * keelboot check-config: every line of a configuration, understood or not.
 * Files that are entries are command_check_entry.c's.
 */
#include "candidate.h"
#include "command_check.h"
#include "commands.h"
#include "config.h"
#include "sys/hostfile.h"

#include <stdio.h>
#include <string.h>

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
	struct json *json; /* NULL for text */
	/* the last line of that key, 0 for none */
	uint32_t password_for, boot_order;
};

static void report(void *ctx, const struct config_finding *f)
{
	struct report *r = ctx;
	char line[1024];
	struct text t = text_over(line, sizeof(line));

	if (!strcmp(f->key.text, "password-for"))
		r->password_for = f->line;
	if (!strcmp(f->key.text, "boot-order"))
		r->boot_order = f->line;
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

static void report_gap(struct report *r, uint32_t line, const char *key,
		       const char *note)
{
	if (!r->json) {
		printf("%s:%u: %s: %s\n", r->path, line, key, note);
		return;
	}
	json_object(r->json, NULL);
	json_number(r->json, "line", line);
	json_text(r->json, "result", "without-effect");
	json_text(r->json, "key", key);
	json_text(r->json, "note", note);
	json_close(r->json);
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
	if (r->password_for && !config->password[0])
		report_gap(r, r->password_for, "password-for",
			   "it asks for nothing without password");
	if (has_word(config->boot_order, "dhcp") &&
	    !config->network.boot_from_dhcp)
		report_gap(r, r->boot_order, "boot-order",
			   "there is no dhcp without boot-from-dhcp = yes");
}

/* As its place is on a disk, where most keys do not count. */
static bool is_of_disk(const char *path)
{
	size_t len = strlen(path), end = sizeof(CANDIDATE_NETWORK) - 1;

	return !strcmp(path, CANDIDATE_NETWORK + 1) ||
	       (len >= end && !strcmp(path + len - end, CANDIDATE_NETWORK));
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
