#include "config.h"
#include "config_console.h"
#include "config_keys.h"
#include "config_network.h"

#include <stddef.h>
#include <string.h>

static bool has_control(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((s.ptr[i] < 0x20 && s.ptr[i] != '\t') || s.ptr[i] == 0x7f)
			return true;
	return false;
}

enum config_source {
	CONFIG_BUILTIN, /* part of the image */
	CONFIG_KERNEL_CMDLINE,
	CONFIG_LOADER_CONF, /* of a disk */
	CONFIG_DISK,	    /* its keelboot.conf */
};

/* What a source may set. config is NULL for CONFIG_LOADER_CONF, choices for
 * CONFIG_DISK. */
struct taker {
	struct config *config;
	struct config_choices *choices;
	enum config_source source;
	config_report_fn *report;
	void *ctx;
};

/* Why the source may not set the key, NULL if it may. */
static const char *what_locks(const struct taker *t,
			      const struct config_key *key, uint64_t bit)
{
	if (t->source == CONFIG_BUILTIN)
		return NULL;
	if (t->source == CONFIG_LOADER_CONF)
		return key->set ? ": what is on a disk only chooses" : NULL;
	if (t->source == CONFIG_DISK && !config_network_is_for_disks(key->set))
		return key->set ? "" : " and in a loader.conf";
	if (t->config->locked & bit)
		return " (lock)";
	if (t->source == CONFIG_DISK)
		return t->config->of_cmdline & bit
			       ? ": the kernel command line has it, too"
			       : NULL;
	if (!strcmp(key->name, CONFIG_KEY_LOCK))
		return "";
	return key->set && t->config->policy.verify == VERIFY_ENFORCE
		       ? " while verify is enforce"
		       : NULL;
}

static enum config_result apply(const struct taker *t, struct span name,
				struct span value, const char **ret_expected,
				struct error *ret_why)
{
	uint64_t bit;
	const struct config_key *key = config_key_find(name, &bit);
	const char *lock;
	bool ok;

	if (!key) {
		*ret_expected = config_key_meant(name);
		return config_key_is_without_effect(name) ? CONFIG_NO_EFFECT
							  : CONFIG_UNKNOWN;
	}
	lock = what_locks(t, key, bit);
	*ret_expected = lock ? lock : key->expected;
	if (lock)
		return CONFIG_LOCKED;
	ok = key->set ? key->set(t->config, value)
		      : key->choose(t->choices, value);
	if (!ok && key->set == config_set_password)
		*ret_expected = config_password_expected(value);
	if (!ok && key->set)
		config_network_why(t->config, key->set, value, ret_why);
	if (ok && t->source == CONFIG_KERNEL_CMDLINE)
		t->config->of_cmdline |= bit;
	return ok ? CONFIG_SET : CONFIG_BAD_VALUE;
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
static unsigned take(const struct taker *t, struct span key, struct span value,
		     uint32_t line_number)
{
	struct config_finding f = { .line = line_number,
				    .result = CONFIG_BAD_LINE,
				    .key = display_of(key),
				    .value = display_of(value) };
	struct error why = { .code = OK };

	if (span_equal_text(key, CONFIG_KEY_PASSWORD))
		f.value = display_of_text("(not shown)");
	if (key.len && value.len && value.len < CONFIG_LINE_MAX &&
	    !has_control(value))
		f.result = apply(t, key, value, &f.expected, &why);
	if (why.code != OK)
		f.why = why.text;
	if (t->report)
		t->report(t->ctx, &f);
	return f.result != CONFIG_SET && f.result != CONFIG_NO_EFFECT;
}

static unsigned take_lines(const struct taker *t, struct span text)
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
		bad += take(t, key, value, number);
	}
	return bad;
}

static void end_source(struct config *config)
{
	config->network_is_of_before = config->network.interface_count != 0;
}

unsigned config_parse(struct config *config, struct span text,
		      config_report_fn *report, void *ctx)
{
	const struct taker t = { .config = config,
				 .choices = &config->builtin,
				 .source = CONFIG_BUILTIN,
				 .report = report,
				 .ctx = ctx };
	unsigned bad = take_lines(&t, text);

	end_source(config);
	return bad;
}

unsigned config_parse_esp(struct config_choices *ret, struct span text,
			  config_report_fn *report, void *ctx)
{
	const struct taker t = { .choices = ret,
				 .source = CONFIG_LOADER_CONF,
				 .report = report,
				 .ctx = ctx };

	*ret = (struct config_choices){ .has_timeout = false };
	return take_lines(&t, text);
}

unsigned config_parse_disk(struct config *config, struct span text,
			   config_report_fn *report, void *ctx)
{
	const struct taker t = { .config = config,
				 .source = CONFIG_DISK,
				 .report = report,
				 .ctx = ctx };
	unsigned bad = take_lines(&t, text);

	end_source(config);
	return bad;
}

bool config_set_timeout(struct config_choices *choices, struct span value)
{
	uint64_t bit;

	return config_key_find(span_of_text("timeout"), &bit)
		->choose(choices, value);
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
	const struct taker t = { .config = config,
				 .choices = &config->cmdline,
				 .source = CONFIG_KERNEL_CMDLINE,
				 .report = report,
				 .ctx = ctx };
	struct span word, key, value;
	unsigned bad = 0;

	while (next_word(&cmdline, &word)) {
		word = unquote(word);
		if (!span_starts_with(word, prefix, sizeof(prefix) - 1))
			continue;
		word = span_slice(word, sizeof(prefix) - 1,
				  word.len - (sizeof(prefix) - 1));
		split_line(word, &key, &value);
		bad += take(&t, key, unquote(value), 1);
	}
	end_source(config);
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
		text_addf(out, "unknown key %s, ignored%s%s", f->key.text,
			  f->expected ? "; it may mean " : "",
			  f->expected ? f->expected : "");
		break;
	case CONFIG_BAD_VALUE:
		text_addf(out, "%s cannot be \"%s\": %s%s", f->key.text,
			  f->value.text, f->why ? "" : "it takes ",
			  f->why ? f->why : f->expected);
		break;
	case CONFIG_BAD_LINE:
		text_addf(out,
			  "not a `key value` or `key = value` line, ignored");
		break;
	case CONFIG_LOCKED:
		text_addf(out, "%s may only be set in the image%s, ignored",
			  f->key.text, f->expected);
		break;
	}
}
