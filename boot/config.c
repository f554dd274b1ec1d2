#include "config.h"

#include "place_rules.h"

#include <stddef.h>
#include <string.h>

#define TIMEOUT_MAX_S 86400

struct key {
	const char *name;
	bool is_choice; /* may come from any source */
	bool (*set)(struct config *, struct span);
	const char *expected;
};

struct word {
	const char *text;
	int value;
};

static bool pick_word(struct span value, const struct word *words, int *ret)
{
	for (; words->text; words++) {
		if (span_equal_text(value, words->text)) {
			*ret = words->value;
			return true;
		}
	}
	return false;
}

static bool set_text(char *dst, size_t cap, struct span value)
{
	if (value.len >= cap)
		return false;
	memcpy(dst, value.ptr, value.len);
	dst[value.len] = '\0';
	return true;
}

static bool set_seconds(uint32_t *dst, struct span value)
{
	uint64_t seconds;

	if (!text_parse_number(value, TIMEOUT_MAX_S, &seconds))
		return false;
	*dst = (uint32_t)seconds;
	return true;
}

static bool set_bool(bool *dst, struct span value)
{
	static const struct word words[] = {
		{ "yes", 1 }, { "no", 0 },  { "true", 1 }, { "false", 0 },
		{ "on", 1 },  { "off", 0 }, { "1", 1 },	   { "0", 0 },
		{ "y", 1 },   { "n", 0 },   { NULL, 0 },
	};
	int on;

	if (!pick_word(value, words, &on))
		return false;
	*dst = on;
	return true;
}

static bool set_verify(struct config *c, struct span value)
{
	static const struct word words[] = { { "enforce", VERIFY_ENFORCE },
					     { "warn", VERIFY_WARN },
					     { "off", VERIFY_OFF },
					     { NULL, 0 } };
	int mode;

	if (!pick_word(value, words, &mode))
		return false;
	c->policy.verify = (enum verify_mode)mode;
	return true;
}

static bool set_default(struct config *c, struct span value)
{
	return set_text(c->default_entry, sizeof(c->default_entry), value);
}

static bool set_timeout(struct config *c, struct span value)
{
	if (span_equal_text(value, "menu-force")) {
		c->timeout_s = CONFIG_TIMEOUT_FORCE;
		return true;
	}
	if (span_equal_text(value, "menu-hidden") ||
	    span_equal_text(value, "menu-disabled")) {
		c->timeout_s = 0;
		return true;
	}
	return set_seconds(&c->timeout_s, value);
}

static bool set_kexec(struct config *c, struct span value)
{
	static const struct word words[] = { { "auto", KEXEC_AUTO },
					     { "file", KEXEC_FILE },
					     { "load", KEXEC_LOAD },
					     { NULL, 0 } };
	int mode;

	if (!pick_word(value, words, &mode))
		return false;
	c->kexec = (enum kexec_mode)mode;
	return true;
}

static bool set_append(struct config *c, struct span value)
{
	return set_text(c->append, sizeof(c->append), value);
}

static bool set_probe_timeout(struct config *c, struct span value)
{
	return set_seconds(&c->probe_timeout_s, value) && c->probe_timeout_s;
}

static bool set_crash_action(struct config *c, struct span value)
{
	static const struct word words[] = { { "reboot", END_REBOOT },
					     { "power-off", END_POWER_OFF },
					     { "poweroff", END_POWER_OFF },
					     { "shell", END_SHELL },
					     { NULL, 0 } };
	int action;

	if (!pick_word(value, words, &action))
		return false;
	c->crash_action = (enum end_action)action;
	return true;
}

static bool set_crash_delay(struct config *c, struct span value)
{
	return set_seconds(&c->crash_delay_s, value);
}

static bool set_choice(enum policy_choice *dst, struct span value)
{
	bool on;

	if (!set_bool(&on, value))
		return false;
	*dst = on ? CHOICE_YES : CHOICE_NO;
	return true;
}

static bool set_rescue_shell(struct config *c, struct span value)
{
	return set_choice(&c->rescue_shell, value);
}

static bool set_editor(struct config *c, struct span value)
{
	return set_choice(&c->editor, value);
}

static bool set_verify_dates(struct config *c, struct span value)
{
	return set_bool(&c->policy.verify_dates, value);
}

static bool set_file_systems(struct config *c, struct span value)
{
	return place_filesystems_parse(value, &c->file_systems);
}

static bool set_removable(struct config *c, struct span value)
{
	return set_choice(&c->removable, value);
}

static bool set_wait_for(struct config *c, struct span value)
{
	return set_text(c->wait_for, sizeof(c->wait_for), value);
}

static bool set_wait_for_timeout(struct config *c, struct span value)
{
	return set_seconds(&c->wait_for_timeout_s, value);
}

/* The program is this table; docs/man/keelboot.conf.5 has a paragraph on each
 * key, and a test compares the two. */
static const struct key keys[] = {
	{ "verify", false, set_verify, "enforce, warn or off" },
	{ "verify-dates", false, set_verify_dates, "yes or no" },
	{ "default", true, set_default, "an entry id or a pattern" },
	{ "timeout", true, set_timeout, "0 to 86400 seconds, or menu-force" },
	{ "kexec", false, set_kexec, "auto, file or load" },
	{ "append", false, set_append, "text of at most 2047 bytes" },
	{ "probe-timeout", false, set_probe_timeout, "1 to 86400 seconds" },
	{ "crash-action", false, set_crash_action,
	  "reboot, power-off or shell" },
	{ "crash-delay", false, set_crash_delay, "0 to 86400 seconds" },
	{ "rescue-shell", false, set_rescue_shell, "yes or no" },
	{ "editor", false, set_editor, "yes or no" },
	{ "file-systems", false, set_file_systems,
	  "names of vfat, exfat, ext4, xfs, btrfs, iso9660, squashfs and "
	  "erofs" },
	{ "removable", false, set_removable, "yes or no" },
	{ "wait-for", false, set_wait_for,
	  "disk, PARTUUID=, UUID=, LABEL=, a disk's name, model or serial, an "
	  "entry's id" },
	{ "wait-for-timeout", false, set_wait_for_timeout,
	  "0 to 86400 seconds" },
};

/* Keys of loader.conf(5) that steer what only a UEFI boot loader has. */
static const char *const no_effect[] = {
	"auto-entries",
	"auto-firmware",
	"auto-poweroff",
	"auto-reboot",
	"beep",
	"console-mode",
	"log-level",
	"preferred",
	"random-seed-mode",
	"reboot-for-bitlocker",
	"reboot-on-error",
	"secure-boot-enroll",
	"secure-boot-enroll-action",
	"secure-boot-enroll-timeout-sec",
	NULL,
};

const char *config_key_name(unsigned index)
{
	if (index >= sizeof(keys) / sizeof(keys[0]))
		return NULL;
	return keys[index].name;
}

void config_defaults(struct config *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->policy.verify = VERIFY_ENFORCE;
	ret->timeout_s = 5;
	ret->kexec = KEXEC_AUTO;
	ret->probe_timeout_s = 15;
	ret->crash_action = END_REBOOT;
	ret->crash_delay_s = 60;
	ret->wait_for_timeout_s = 30;
}

static bool is_no_effect(struct span key)
{
	for (unsigned i = 0; no_effect[i]; i++)
		if (span_equal_text(key, no_effect[i]))
			return true;
	return false;
}

static bool has_control(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((s.ptr[i] < 0x20 && s.ptr[i] != '\t') || s.ptr[i] == 0x7f)
			return true;
	return false;
}

static enum config_result apply(struct config *config, struct span key,
				struct span value, enum config_source source,
				const char **ret_expected)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!span_equal_text(key, keys[i].name))
			continue;
		*ret_expected = keys[i].expected;
		if (!keys[i].is_choice && source != CONFIG_BUILTIN &&
		    config->policy.verify == VERIFY_ENFORCE)
			return CONFIG_LOCKED;
		return keys[i].set(config, value) ? CONFIG_SET
						  : CONFIG_BAD_VALUE;
	}
	return is_no_effect(key) ? CONFIG_NO_EFFECT : CONFIG_UNKNOWN;
}

static bool is_key_char(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

/* Cuts "key value" and "key = value"; an empty key says the line is bad. */
static void split_line(struct span line, struct span *ret_key,
		       struct span *ret_value)
{
	size_t end = 0;

	while (end < line.len && is_key_char(line.ptr[end]))
		end++;
	*ret_key = span_slice(line, 0, end);
	*ret_value = span_trim(span_slice(line, end, line.len - end));
	if (ret_value->len && ret_value->ptr[0] == '=')
		*ret_value = span_trim(
			span_slice(*ret_value, 1, ret_value->len - 1));
	else if (ret_value->len && line.ptr[end] != ' ' &&
		 line.ptr[end] != '\t')
		ret_key->len = 0;
}

/* One assignment, reported. Returns 1 if it was not understood. */
static unsigned take(struct config *config, struct span key, struct span value,
		     enum config_source source, uint32_t line_number,
		     config_report_fn *report, void *ctx)
{
	struct config_finding f = { .line = line_number,
				    .result = CONFIG_BAD_LINE,
				    .key = display_of(key),
				    .value = display_of(value) };

	if (key.len && value.len && value.len < CONFIG_LINE_MAX &&
	    !has_control(value))
		f.result = apply(config, key, value, source, &f.expected);
	if (report)
		report(ctx, &f);
	return f.result != CONFIG_SET && f.result != CONFIG_NO_EFFECT;
}

unsigned config_parse(struct config *config, struct span text,
		      enum config_source source, config_report_fn *report,
		      void *ctx)
{
	struct span line, key, value;
	uint32_t number = 0;
	unsigned bad = 0;

	while (span_next_line(&text, &line)) {
		number++;
		line = span_trim(line);
		if (!line.len || line.ptr[0] == '#')
			continue;
		split_line(line, &key, &value);
		bad += take(config, key, value, source, number, report, ctx);
	}
	return bad;
}

/* Cuts the next word off a command line; blanks inside double quotes belong
 * to the word, as the kernel's own parser has it. */
static bool next_word(struct span *rest, struct span *ret)
{
	bool quoted = false;
	size_t end = 0;

	*rest = span_trim(*rest);
	while (rest->len && (rest->ptr[0] == '\n' || rest->ptr[0] == '\0'))
		*rest = span_trim(span_slice(*rest, 1, rest->len - 1));
	if (!rest->len)
		return false;
	for (; end < rest->len; end++) {
		uint8_t c = rest->ptr[end];

		if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == ' ' || c == '\t' || c == '\n'))
			break;
	}
	*ret = span_slice(*rest, 0, end);
	*rest = span_slice(*rest, end, rest->len - end);
	return true;
}

static struct span unquote(struct span s)
{
	if (s.len >= 2 && s.ptr[0] == '"' && s.ptr[s.len - 1] == '"')
		return span_slice(s, 1, s.len - 2);
	return s;
}

unsigned config_parse_cmdline(struct config *config, struct span cmdline,
			      config_report_fn *report, void *ctx)
{
	static const char prefix[] = "keelboot.";
	struct span word, key, value;
	unsigned bad = 0;

	while (next_word(&cmdline, &word)) {
		word = unquote(word);
		if (!span_starts_with(word, prefix, sizeof(prefix) - 1))
			continue;
		word = span_slice(word, sizeof(prefix) - 1,
				  word.len - (sizeof(prefix) - 1));
		split_line(word, &key, &value);
		bad += take(config, key, unquote(value), CONFIG_KERNEL_CMDLINE,
			    1, report, ctx);
	}
	return bad;
}

void config_describe(const struct config_finding *f, const char *source,
		     struct text *out)
{
	text_addf(out, "%s:%u: ", source, f->line);
	switch (f->result) {
	case CONFIG_SET:
		text_addf(out, "%s is %s", f->key.text, f->value.text);
		break;
	case CONFIG_NO_EFFECT:
		text_addf(out, "%s is a systemd-boot key without effect here",
			  f->key.text);
		break;
	case CONFIG_UNKNOWN:
		text_addf(out, "unknown key %s, ignored", f->key.text);
		break;
	case CONFIG_BAD_VALUE:
		text_addf(out, "%s cannot be \"%s\": it takes %s", f->key.text,
			  f->value.text, f->expected);
		break;
	case CONFIG_BAD_LINE:
		text_addf(out,
			  "not a `key value` or `key = value` line, ignored");
		break;
	case CONFIG_LOCKED:
		text_addf(out,
			  "%s may only be set in the image while verify is "
			  "enforce, ignored",
			  f->key.text);
		break;
	}
}
