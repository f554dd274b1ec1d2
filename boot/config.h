/*
 * keelboot.conf(5): `key value` or `key = value` lines, keys of systemd-boot's
 * loader.conf as they are, plus a few of our own. Nothing in it is executed.
 *
 * Sources are parsed one after the other into the same struct config, so the
 * last one wins. Keys that change what may boot count only from trusted
 * sources while signatures are enforced; keys that choose among what may boot
 * count from every source.
 */
#ifndef KEELBOOT_CONFIG_H
#define KEELBOOT_CONFIG_H

#include "base/error.h"
#include "base/span.h"
#include "base/text.h"
#include "kexec_syscall.h"
#include "policy.h"

#define CONFIG_LINE_MAX	     4096
#define CONFIG_PATTERN_MAX   256
#define CONFIG_APPEND_MAX    2048
#define CONFIG_WAIT_FOR_MAX  512
#define CONFIG_TIMEOUT_FORCE UINT32_MAX

enum end_action { END_REBOOT = 0, END_POWER_OFF, END_SHELL };

struct config {
	struct policy policy;
	char default_entry[CONFIG_PATTERN_MAX]; /* pattern, "" for none */
	uint32_t timeout_s; /* or CONFIG_TIMEOUT_FORCE: wait for ever */
	enum kexec_mode kexec;
	char append[CONFIG_APPEND_MAX];
	uint32_t probe_timeout_s;
	enum end_action crash_action;
	uint32_t crash_delay_s;
	enum policy_choice rescue_shell;
	enum policy_choice editor;
	uint32_t file_systems; /* bits of place_rules.h, 0 for the default */
	enum policy_choice removable;
	char wait_for[CONFIG_WAIT_FOR_MAX]; /* words of await.h, "" for none */
	uint32_t wait_for_timeout_s;
};

enum config_source {
	CONFIG_BUILTIN, /* part of the image */
	CONFIG_KERNEL_CMDLINE,
};

/* What became of a line. */
enum config_result {
	CONFIG_SET,
	CONFIG_NO_EFFECT, /* a loader.conf key that means nothing here */
	CONFIG_UNKNOWN,
	CONFIG_BAD_VALUE,
	CONFIG_BAD_LINE, /* no value, NUL or control characters, too long */
	CONFIG_LOCKED,	 /* a changing key from a source that may only choose */
};

struct config_finding {
	enum config_result result;
	uint32_t line; /* from 1 */
	struct display key;
	struct display value;
	const char *expected; /* what a value may be, for people */
};

typedef void config_report_fn(void *ctx, const struct config_finding *f);

void config_defaults(struct config *ret);

/* Parses all of text; each line that is not blank or a comment is reported.
 * report may be NULL. Returns the number of lines that were not understood. */
unsigned config_parse(struct config *config, struct span text,
		      enum config_source source, config_report_fn *report,
		      void *ctx);

/* Takes the `keelboot.KEY=VALUE` words of a kernel command line; a value may
 * stand in double quotes. */
unsigned config_parse_cmdline(struct config *config, struct span cmdline,
			      config_report_fn *report, void *ctx);

/* One sentence on a finding, e.g. for a log. */
void config_describe(const struct config_finding *f, const char *source,
		     struct text *out);

/* The table of keys, for the manual page's test: NULL ends it. */
const char *config_key_name(unsigned index);

#endif
