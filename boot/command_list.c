/*
 * keelboot list, boot and the search for an entry by name: the menu's own scan
 * without a menu.
 */
#include "command_scan.h"

#include "authority.h"
#include "base/json.h"
#include "base/log.h"
#include "base/own.h"
#include "boot_load.h"
#include "commands.h"
#include "menu_choice.h"
#include "settings.h"

#include <stdio.h>
#include <stdlib.h>

enum status command_scan_begin(const char *root, struct config **ret_config,
			       struct scan *scan, struct error *err)
{
	struct config *config = malloc(sizeof(*config));
	enum status s;

	*ret_config = config;
	if (!config)
		return fail(err, E_NO_MEMORY, "no memory for %zu bytes",
			    sizeof(*config));
	if (root)
		settings_load_builtin(config);
	else
		settings_load(config);
	s = scan_init(scan, config->probe_timeout_s, err);
	if (s != OK)
		return s;
	scan->places = place_rules_of(config);
	if (!root && (scan->net = calloc(1, sizeof(*scan->net))))
		net_init(scan->net); /* for its entries; lives until we end */
	scan_add_configured(scan, SETTINGS_ENTRIES);
	s = root ? scan_begin_root(scan, root, err)
		 : scan_begin_machine(scan, err);
	if (s == OK)
		scan_settle(scan);
	return s;
}

struct boot_entry *command_scan_find(struct scan *scan, const char *name,
				     struct error *err)
{
	struct boot_entry *entry = scan_match(scan, name);

	if (!entry)
		fail(err, E_ENTRY_NONE,
		     "no entry has the id or title \"%s\", of %u that were "
		     "found",
		     display_of_text(name).text, scan->entry_count);
	return entry;
}

static const char *kind_slug(enum found_kind kind)
{
	switch (kind) {
	case FOUND_CONFIGURED:
		return "configured";
	case FOUND_UKI:
		return "uki";
	case FOUND_KERNEL:
		return "kernel";
	case FOUND_OWN:
		return "keelboot";
	case FOUND_TYPE1:
		return "type1";
	case FOUND_GRUB:
		return "grub";
	case FOUND_EXTLINUX:
		return "extlinux";
	case FOUND_FALLBACK:
		return "fallback";
	case FOUND_NETWORK:
		return "network";
	case FOUND_PLACE:
		return "place";
	case FOUND_REVOCATIONS:
	case FOUND_KIND_COUNT:
		break;
	}
	return "";
}

/* Every copy of a line, the one that leads among them. */
static void json_replicas(struct json *j, const struct scan *scan,
			  uint32_t line)
{
	json_array(j, "replicas");
	for (uint32_t i = 0; i < scan->entry_count; i++) {
		const struct boot_entry *e = scan->entries[i];

		if (e->line != line)
			continue;
		json_object(j, NULL);
		json_text(j, "volume", e->place.name);
		json_bytes(j, "path", span_of_text(e->found.path));
		if (e->found.is_counted) {
			json_number(j, "tries_left", e->found.tries_left);
			json_number(j, "tries_done", e->found.tries_done);
		}
		json_close(j);
	}
	json_close(j);
}

static void json_names(struct json *j, const struct found *f)
{
	json_text(j, "id", f->id);
	json_text(j, "title", f->title.text);
	json_text(j, "version", f->version.text);
	json_text(j, "release", f->release.text);
	json_text(j, "sort_key", f->sort_key.text);
	json_text(j, "machine_id", f->machine_id.text);
	json_text(j, "kind", kind_slug(f->kind));
	json_number(j, "profile", f->profile);
}

static void json_entry(struct json *j, const struct scan *scan,
		       const struct boot_entry *e, const struct choice *choice)
{
	const struct found *f = &e->found;

	json_object(j, NULL);
	json_names(j, f);
	json_text(j, "volume", e->place.name);
	json_bytes(j, "path", span_of_text(f->path));
	if (f->line)
		json_number(j, "line", f->line);
	json_number(j, "size", f->file_count ? f->files[0].size : 0);
	json_bool(j, "offered", f->why == OK);
	json_bool(j, "automatic", f->is_automatic && !found_is_bad(f));
	json_bool(j, "default", e == choice->entry);
	if (e == choice->entry)
		json_text(j, "default_reason", choice->why);
	if (f->is_counted) {
		json_number(j, "tries_left", f->tries_left);
		json_number(j, "tries_done", f->tries_done);
	}
	json_replicas(j, scan, e->line);
	if (f->signature != FOUND_NOT_ASKED)
		json_bool(j, "signed", f->signature == FOUND_SIGNED);
	if (f->claims.text[0])
		json_text(j, "claims", f->claims.text);
	if (f->why != OK) {
		json_text(j, "reason_code", status_slug(f->why));
		json_text(j, "reason", f->reason);
	}
	json_close(j);
}

static void list_json(const struct scan *scan, const struct choice *choice)
{
	struct json j = json_to(stdout);

	json_array(&j, NULL);
	for (uint32_t i = 0; i < scan->entry_count; i++)
		if (scan->entries[i]->leads)
			json_entry(&j, scan, scan->entries[i], choice);
	json_close(&j);
	json_end(&j);
}

/* ", claims Example" or ", unsigned": what the file says, not a verdict. */
static void print_claim(const struct found *f)
{
	if (f->signature == FOUND_UNSIGNED)
		printf(", unsigned");
	else if (f->signature == FOUND_SIGNED)
		printf(", claims %s", f->claims.text[0] ? f->claims.text
							: "a signer that "
							  "cannot be read");
}

static void print_file(const struct boot_entry *e)
{
	printf("%s %s", e->place.name, display_of_text(e->found.path).text);
	if (e->found.line)
		printf(" line %u", e->found.line);
	if (e->found.is_counted)
		printf(" (%u %s left)", e->found.tries_left,
		       e->found.tries_left == 1 ? "try" : "tries");
}

static void print_entry(const struct scan *scan, const struct boot_entry *e,
			const struct choice *choice)
{
	const struct found *f = &e->found;
	const char *version = found_version(f);

	printf("%s%s%s\n", f->title.text, version[0] ? " " : "", version);
	printf("    id %s, ", f->id);
	print_file(e);
	if (f->why == OK && !f->is_automatic)
		printf(", never by itself");
	print_claim(f);
	putchar('\n');
	for (uint32_t i = 0; i < scan->entry_count; i++) {
		if (scan->entries[i] == e || scan->entries[i]->line != e->line)
			continue;
		printf("    also on ");
		print_file(scan->entries[i]);
		putchar('\n');
	}
	if (e == choice->entry)
		printf("    boots by itself: %s\n",
		       display_of_text(choice->why).text);
	if (f->why != OK)
		printf("    refused: %s\n", f->reason);
}

static void list_text(const struct scan *scan, const struct choice *choice)
{
	unsigned number = 0;

	for (uint32_t i = 0; i < scan->entry_count; i++) {
		if (!scan->entries[i]->leads)
			continue;
		printf("%2u  ", ++number);
		print_entry(scan, scan->entries[i], choice);
	}
	if (!scan->entry_count)
		puts("nothing to boot was found");
}

/* What would boot if nobody chose, now that everything has answered. Inlined,
 * it would keep its sources on the stack beside all the rest. */
__attribute__((noinline)) static void choose(const struct config *config,
					     struct scan *scan, bool on_machine,
					     struct choice *ret)
{
	struct menu_choice sources;
	struct choices in;

	menu_choice_begin(&sources, config, on_machine);
	menu_choice_settle(&sources);
	in = menu_choice_sources(&sources, scan);
	choice_make(&in, ret);
	menu_choice_end(&sources);
}

int command_list(int argc, char **argv)
{
	struct command_line cl;
	_free_ struct config *config = NULL;
	struct choice choice;
	struct scan scan;
	struct error err;

	if (!command_parse(argc, argv, OPTION_ROOT | OPTION_JSON, &cl))
		return 2;
	if (command_scan_begin(cl.root, &config, &scan, &err) != OK)
		return command_fail(&err);
	choose(config, &scan, !cl.root, &choice);
	if (cl.json)
		list_json(&scan, &choice);
	else
		list_text(&scan, &choice);
	scan_end(&scan);
	return 0;
}

int command_boot(int argc, char **argv)
{
	struct command_line cl;
	_free_ struct config *config = NULL;
	struct kexec_loaded loaded;
	struct boot_entry *entry;
	struct scan scan;
	struct authority authority;
	struct menu_choice sources;
	struct error err;
	enum status s = E_ENTRY_NONE;

	if (!command_parse(argc, argv, OPTION_ARGUMENT, &cl))
		return 2;
	if (command_scan_begin(NULL, &config, &scan, &err) != OK)
		return command_fail(&err);
	menu_choice_begin(&sources, config, true);
	menu_choice_settle(&sources);
	if (authority_open(&authority, &config->policy, true, &err) != OK)
		log_error("the keyring cannot be used: %s", err.text);
	authority_narrow(&authority, &scan);
	entry = command_scan_find(&scan, cl.argument, &err);
	if (entry) {
		uint32_t id = entry->id;

		s = boot_load(&scan, entry, config, &authority.verify, NULL,
			      &loaded, &err);
		if (s == OK)
			s = menu_choice_use_up(&sources, &scan, id, NULL,
					       ATTEMPT_ALL, &err);
	}
	menu_choice_end(&sources);
	scan_end(&scan);
	authority_close(&authority);
	if (s == OK)
		kexec_go(&loaded, &err);
	return command_fail(&err);
}
