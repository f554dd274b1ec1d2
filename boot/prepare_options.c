#include "prepare_parts.h"

#include "attempt.h"
#include "base/log.h"
#include "console_hand_on.h"
#include "format/handover.h"
#include "format/smbios.h"
#include "load_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STUB_KEY "io.systemd.stub.kernel-cmdline-extra"
#define BOOT_KEY "io.systemd.boot.kernel-cmdline-extra"

/* --- options
 * -------------------------------------------------------------------
 */

enum status prepare_options(struct preparation *p, struct error *err)
{
	const struct found *found = &p->entry->found;
	struct load_request *r = p->request;
	const char *options;

	if (found->kind == FOUND_CONFIGURED) {
		options = p->scan->configured[found->configured].entry.options;
		r->options_source = "options of the configured entry";
	} else if (found->has_options) {
		options = found->options;
		r->options_source = "options of the entry";
	} else {
		return OK;
	}
	r->options = strdup(options);
	if (!r->options)
		return fail(err, E_NO_MEMORY, "no memory for %zu bytes of %s",
			    strlen(options), r->options_source);
	return OK;
}

enum status prepare_check_options(struct preparation *p, struct error *err)
{
	struct load_request *r = p->request;

	if (p->verify->mode != VERIFY_ENFORCE || p->manifest ||
	    p->entry->found.kind == FOUND_CONFIGURED || !r->options ||
	    !r->options[0])
		return OK;
	/* What the stub does under Secure Boot. */
	if (verified_section(r->image, r->profile, UKI_CMDLINE).in.len) {
		load_note(&r->notes,
			  "%s: its %zu bytes of options are left out: nothing "
			  "vouches for them, and %s has a command line",
			  p->entry->found.path, strlen(r->options),
			  verified_name(r->image));
		r->options[0] = '\0';
		return OK;
	}
	return fail(err, E_VERIFY_UNCOVERED,
		    "%s: nothing vouches for its %zu bytes of options: a "
		    "signed manifest of the entry would (docs/secure-boot.md)",
		    p->entry->found.path, strlen(r->options));
}

/* --- the firmware's
 * ------------------------------------------------------------
 */

/* Strings of the machine's owner, or of whoever runs the virtual machine; no
 * signature covers them. */
static enum status take_smbios(struct preparation *p, const char *key,
			       struct error *err)
{
	struct load_request *r = p->request;
	char with_sign[64];
	struct span value;

	snprintf(with_sign, sizeof(with_sign), "%s=", key);
	value = smbios_oem_string(firmware_smbios(&r->firmware), with_sign);
	if (!value.len)
		return OK;
	if (p->verify->mode == VERIFY_ENFORCE) {
		load_note(&r->notes,
			  "SMBIOS string %s of %zu bytes left out: nothing "
			  "vouches for it",
			  key, value.len);
		return OK;
	}
	r->extra = strndup((const char *)value.ptr, value.len);
	r->extra_source = "SMBIOS " STUB_KEY;
	if (!strcmp(key, BOOT_KEY))
		r->extra_source = "SMBIOS " BOOT_KEY;
	return r->extra ? OK
			: fail(err, E_NO_MEMORY,
			       "no memory for %zu bytes of "
			       "an SMBIOS string",
			       value.len);
}

enum status prepare_firmware_lines(struct preparation *p, struct error *err)
{
	const struct load_request *r = p->request;

	if (verified_uki(r->image))
		return load_stub_knows(r, STUB_SMBIOS)
			       ? take_smbios(p, STUB_KEY, err)
			       : OK;
	if (p->entry->found.kind == FOUND_TYPE1)
		return take_smbios(p, BOOT_KEY, err);
	return OK;
}

enum status prepare_firmware(struct preparation *p, struct error *err)
{
	/* A directory on a host is not this machine. */
	if (!p->scan->root[0])
		firmware_facts_read("", &p->request->firmware);
	return prepare_firmware_lines(p, err);
}

/* --- consoles ----------------------------------------------------------------
 */

/* The words that go, for whoever wonders where they are. */
static enum status drop_consoles(struct preparation *p, struct error *err)
{
	struct load_request *r = p->request;
	const char *append = r->append;
	struct cmdline *line = malloc(sizeof(*line));
	unsigned count = 0;
	enum status s;

	if (!line)
		return fail(err, E_NO_MEMORY, "no memory for a command line");
	r->append = NULL; /* the configuration's own stay */
	s = load_plan_cmdline(r, line, err);
	r->append = append;
	if (s == OK)
		count = cmdline_count(line, console_is_word);
	free(line);
	if (count)
		load_note(&r->notes,
			  "%u console= word%s of the command line: console = "
			  "none in the configuration",
			  count, count == 1 ? "" : "s");
	r->drop_consoles = true;
	return s;
}

static enum status reuse_consoles(struct preparation *p, struct error *err)
{
	struct load_request *r = p->request;
	char words[CONSOLE_TEXT_MAX];

	if (p->scan->root[0]) {
		load_note(&r->notes,
			  "the firmware's consoles (console = reuse): a "
			  "directory has none");
		return OK;
	}
	console_hand_on_read("", words, &r->notes);
	if (!words[0])
		return OK;
	r->consoles = strdup(words);
	return r->consoles ? OK
			   : fail(err, E_NO_MEMORY,
				  "no memory for %zu bytes of consoles",
				  strlen(words));
}

enum status prepare_consoles(struct preparation *p, struct error *err)
{
	switch (p->config->console_hand_on) {
	case CONSOLE_REUSE:
		return reuse_consoles(p, err);
	case CONSOLE_NONE:
		return drop_consoles(p, err);
	case CONSOLE_ENTRY:
		break;
	}
	return OK;
}

/* --- what the booted system is told ------------------------------------------
 */

static const char *kind_word(enum found_kind kind)
{
	static const char *const words[FOUND_KIND_COUNT] = {
		[FOUND_CONFIGURED] = "configured",
		[FOUND_TYPE1] = "type1",
		[FOUND_UKI] = "uki",
		[FOUND_GRUB] = "grub",
		[FOUND_EXTLINUX] = "extlinux",
		[FOUND_FALLBACK] = "fallback",
		[FOUND_KERNEL] = "kernel",
		[FOUND_NETWORK] = "network",
		[FOUND_OWN] = "keelboot",
	};

	return words[kind] ? words[kind] : "";
}

/* The path as it is once this attempt is counted. *ret_counted: it will be. */
static bool path_after(const struct boot_entry *entry, char *ret, size_t cap,
		       bool *ret_counted)
{
	const char *path = entry->found.path;
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	char name[FOUND_PATH_MAX];

	*ret_counted = attempt_next_name(entry, name, sizeof(name));
	if (!*ret_counted)
		return text_copy(ret, cap, path);
	return (size_t)snprintf(ret, cap, "%.*s%s", (int)(base - path), path,
				name) < cap;
}

static enum status format_handover(const struct boot_entry *entry, char *buf,
				   size_t cap, struct error *err)
{
	struct handover h = { .counter = false };
	size_t len;

	if (!text_copy(h.id, sizeof(h.id), entry->found.id) ||
	    !path_after(entry, h.path, sizeof(h.path), &h.counter))
		return fail(err, E_HANDOVER_VALUE,
			    "its id has %zu bytes and its path %zu, the most "
			    "are %d and %d",
			    strlen(entry->found.id), strlen(entry->found.path),
			    HANDOVER_ID_MAX, HANDOVER_PATH_MAX);
	if (!text_copy(h.partition, sizeof(h.partition),
		       entry->place.part_uuid) ||
	    !text_copy(h.kind, sizeof(h.kind), kind_word(entry->found.kind)))
		return fail(err, E_HANDOVER_VALUE,
			    "the name of its partition has %zu bytes",
			    strlen(entry->place.part_uuid));
	return handover_format(&h, buf, cap, &len, err);
}

static enum status hand_over_entry(struct preparation *p, struct error *err)
{
	struct load_request *r = p->request;
	struct error why;

	r->handover = calloc(1, HANDOVER_TEXT_MAX + 1);
	if (!r->handover)
		return fail(err, E_NO_MEMORY, "no memory for a text");
	if (format_handover(p->entry, r->handover, HANDOVER_TEXT_MAX + 1,
			    &why) == OK)
		return OK;
	load_note(&r->notes,
		  "the booted system is not told which entry it is: %s",
		  why.text);
	free(r->handover);
	r->handover = NULL;
	return OK;
}

/* An entry that cannot be told of boots all the same: it will not be blessed. A
 * directory on a host is not booted from: its log would be of something else,
 * and different each time. */
enum status prepare_handover(struct preparation *p, struct error *err)
{
	struct load_request *r = p->request;
	enum status s = hand_over_entry(p, err);
	struct span log;

	if (s != OK || p->scan->root[0])
		return s;
	log = log_kept();
	r->log = strndup((const char *)log.ptr, log.len);
	return r->log ? OK
		      : fail(err, E_NO_MEMORY, "no memory for %zu bytes of log",
			     log.len);
}
