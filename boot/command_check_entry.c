/*
 * keelboot check-config on an entry: every line, what is wrong with it, and
 * what is right by itself and yet comes to nothing.
 */
#include "command_check.h"

#include "base/own.h"
#include "config_keys.h"
#include "format/bls.h"
#include "format/net_entry_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* What a parser said, by lines in their order. */
struct told {
	uint32_t line;
	struct error why;
};

struct check {
	const char *path;
	struct json *json;
	struct told *told;
	size_t count, room, at; /* the next that was not shown */
	unsigned bad;
	bool is_of_disk, is_good;
	struct net_entry *net; /* of one of the network, as far as it is good */
	uint32_t initrds;      /* lines of that key up to here */
};

/* --- what is shown ----------------------------------------------------------
 */

struct line {
	uint32_t number;
	struct span key, value;
};

static void show(const struct check *c, const struct line *l,
		 const char *result, const struct error *why)
{
	bool is_secret = span_equal_text(l->key, "header");
	struct display value = is_secret ? display_of_text("(not shown)")
					 : display_of(l->value);

	if (!c->json) {
		printf("%s:", c->path);
		if (l->number)
			printf("%u:", l->number);
		if (!why)
			printf(" %s is %s\n", display_of(l->key).text,
			       value.text);
		else
			printf(" %s%s\n",
			       strcmp(result, "warning") ? "" : "warning: ",
			       why->text);
		return;
	}
	json_object(c->json, NULL);
	json_number(c->json, "line", l->number);
	json_text(c->json, "result", result);
	json_text(c->json, "key", display_of(l->key).text);
	json_text(c->json, "value", value.text);
	if (why)
		json_text(c->json, "why", why->text);
	json_close(c->json);
}

__attribute__((format(printf, 3, 4))) static void
warn(const struct check *c, const struct line *l, const char *fmt, ...)
{
	char text[ERROR_TEXT_MAX];
	struct error why;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fail(&why, E_INTERNAL, "%s: %s", display_of(l->key).text, text);
	show(c, l, "warning", &why);
}

static const char *result_of(enum status code)
{
	switch ((int)code) {
	case E_BLS_UNKNOWN:
	case E_NET_ENTRY_UNKNOWN:
		return "unknown-key";
	case E_BLS_UNUSED:
		return "no-effect";
	default:
		return "bad-value";
	}
}

static void keep(void *ctx, uint32_t line, const struct error *why)
{
	struct check *c = ctx;

	if (!line) /* it is the error, too */
		return;
	c->bad += why->code != E_BLS_UNUSED;
	if (c->count == c->room) {
		size_t room = c->room ? 2 * c->room : 16;
		struct told *more = realloc(c->told, room * sizeof(c->told[0]));

		if (!more)
			return;
		c->told = more;
		c->room = room;
	}
	c->told[c->count].line = line;
	c->told[c->count++].why = *why;
}

/* --- what is right and yet comes to nothing ---------------------------------
 */

static bool has_url_of(const struct net_entry *e, const char *scheme)
{
	for (uint32_t i = 0; i < e->file_count; i++)
		for (uint32_t m = 0; m < e->files[i].url_count; m++)
			if (!strncasecmp(net_entry_text(e, e->files[i].urls[m]),
					 scheme, strlen(scheme)))
				return true;
	return false;
}

/* Whether FOLDER/../network, beside the folder of the entry, lacks a file. */
static bool is_missing(const char *path, struct span name, char *ret,
		       size_t cap)
{
	const char *slash = strrchr(path, '/');
	struct text t = text_over(ret, cap);
	struct stat st;

	if (slash)
		text_add_bytes(&t, span_of(path, (size_t)(slash - path) + 1));
	text_add(&t, "../network");
	if (t.cut || stat(ret, &st) != 0 || !S_ISDIR(st.st_mode))
		return false;
	text_add(&t, "/");
	text_add_bytes(&t, name);
	return !t.cut && (stat(ret, &st) != 0 || !S_ISREG(st.st_mode));
}

static void weigh_secret(const struct check *c, const struct line *l,
			 bool is_file, bool is_of_tls)
{
	char path[ERROR_TEXT_MAX / 2];

	if (is_file && is_missing(c->path, l->value, path, sizeof(path)))
		warn(c, l, "there is no file %s", path);
	if (is_of_tls && !has_url_of(c->net, "https:"))
		warn(c, l, "it means nothing, as no URL is https");
	if (!is_of_tls && has_url_of(c->net, "http:"))
		warn(c, l, "it can be read on the way, as a URL is http");
}

/* Its digest stands in the entry, or a signature is in the file. */
static void weigh_file(struct check *c, const struct line *l)
{
	bool is_initrd = span_equal_text(l->key, "initrd");
	uint32_t nth = is_initrd ? c->initrds++ : 0;
	enum net_role role = is_initrd ? NET_INITRD : NET_DEVICETREE;

	for (uint32_t i = 0; i < c->net->file_count; i++) {
		const struct net_file *f = &c->net->files[i];

		if (f->role == role && !nth-- && !f->has_sha256)
			warn(c, l,
			     "without sha256 it is refused where verify is "
			     "enforce");
	}
}

static void weigh_of_network(struct check *c, const struct line *l)
{
	static const struct {
		const char *name;
		bool is_file, is_of_tls;
	} secrets[] = {
		{ "ca", true, true },		{ "client-cert", true, true },
		{ "client-key", true, true },	{ "auth-basic", true, false },
		{ "auth-bearer", true, false }, { "header", false, false },
	};

	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		if (span_equal_text(l->key, secrets[i].name))
			weigh_secret(c, l, secrets[i].is_file,
				     secrets[i].is_of_tls);
	if (span_equal_text(l->key, "initrd") ||
	    span_equal_text(l->key, "devicetree"))
		weigh_file(c, l);
}

static bool is_shown_as_it_is(struct span value)
{
	return value.len < DISPLAY_MAX &&
	       span_equal_text(value, display_of(value).text);
}

static bool is_machine_id(struct span value)
{
	uint8_t id[16];

	return text_parse_hex(value, id, sizeof(id));
}

/* Of keys that take any text. */
static void weigh(struct check *c, const struct line *l)
{
	if (span_equal_text(l->key, "architecture") &&
	    !span_equal_text(l->value, "x64") &&
	    !span_equal_text(l->value, "X64") &&
	    !span_equal_text(l->value, "aa64") &&
	    !span_equal_text(l->value, "AA64"))
		warn(c, l,
		     "the entry is offered nowhere: there is x64, and aa64");
	if (span_equal_text(l->key, "machine-id") && !is_machine_id(l->value))
		warn(c, l, "\"%s\" is not of 32 hexadecimal digits",
		     display_of(l->value).text);
	if ((span_equal_text(l->key, "title") ||
	     span_equal_text(l->key, "version") ||
	     span_equal_text(l->key, "sort-key")) &&
	    !is_shown_as_it_is(l->value))
		warn(c, l,
		     "it has more than %d bytes, or some that are no text",
		     DISPLAY_MAX - 1);
	if (c->net)
		weigh_of_network(c, l);
}

/* --- line by line -----------------------------------------------------------
 */

static void cut(const struct check *c, struct span line, struct line *ret)
{
	if (!c->is_of_disk) {
		net_entry_cut_line(line, &ret->key, &ret->value);
		return;
	}
	ret->key = span_next_word(&line);
	ret->value = span_trim(line);
}

static void check_line(struct check *c, const struct line *l)
{
	bool is_told = false;

	for (; c->at < c->count && c->told[c->at].line == l->number; c->at++) {
		const struct error *why = &c->told[c->at].why;

		show(c, l, result_of(why->code), why);
		is_told = true;
	}
	if (is_told)
		return;
	if (l->value.len)
		show(c, l, "set", NULL);
	else
		warn(c, l, "it has no value");
	weigh(c, l);
}

static void check_lines(struct check *c, struct span text)
{
	struct line l = { .number = 0 };
	struct span line;

	text = span_without_mark(text);
	while (span_next_line(&text, &line)) {
		l.number++;
		line = span_trim(line);
		if (!line.len || line.ptr[0] == '#')
			continue;
		cut(c, line, &l);
		check_line(c, &l);
	}
}

/* The file as a whole: of its length, of what it lacks. */
static void check_rest(struct check *c, const struct error *err)
{
	struct line whole = { .number = 0 };

	if (c->is_good || c->bad)
		return;
	c->bad = 1;
	show(c, &whole, "bad-entry", err);
}

unsigned check_entry(const char *path, struct span text, struct json *json)
{
	struct check c = { .path = path, .json = json };
	_free_ struct net_entry *net = malloc(sizeof(*net));
	_free_ struct bls_entry *bls = malloc(sizeof(*bls));
	struct error err;

	fail(&err, E_NO_MEMORY, "no memory");
	if (net && bls && net_entry_is(text)) {
		c.is_good =
			net_entry_parse(text, true, keep, &c, net, &err) == OK;
		c.net = net;
	} else if (net && bls) {
		c.is_of_disk = true;
		c.is_good = bls_check(text, keep, &c, bls, &err) == OK;
	}
	check_lines(&c, text);
	check_rest(&c, &err);
	free(c.told);
	return c.bad;
}

/* --- which of the two it is -------------------------------------------------
 */

static bool is_key_of_entries(struct span key)
{
	static const char *const of_disks[] = {
		"efi",	      "uki", "devicetree-overlay", "profile", "extra",
		"grub_class", NULL
	};
	uint32_t bit;

	for (size_t i = 0; of_disks[i]; i++)
		if (span_equal_text(key, of_disks[i]))
			return true;
	return net_entry_find_key(key, &bit) != NULL;
}

static bool is_in_entries(const char *path)
{
	static const char folder[] = "entries/";
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) + 1 : 0;
	size_t want = sizeof(folder) - 1;

	return len >= want && !strncmp(path + len - want, folder, want) &&
	       (len == want || path[len - want - 1] == '/');
}

static bool is_keelboot_conf(const char *path)
{
	const char *slash = strrchr(path, '/');

	return !strcmp(slash ? slash + 1 : path, "keelboot.conf");
}

bool check_is_entry(const char *path, struct span text)
{
	unsigned of_entries = 0, of_config = 0;
	bool has_url = false;
	struct span line, key, value;
	uint64_t bit;

	/* keys of both count for none */
	while (span_next_line(&text, &line)) {
		net_entry_cut_line(span_trim(line), &key, &value);
		of_entries += is_key_of_entries(key);
		of_config += config_key_find(key, &bit) != NULL;
		has_url |= span_equal_text(key, "uki-url");
	}
	return of_entries > of_config || is_in_entries(path) ||
	       (of_entries == of_config && has_url && !is_keelboot_conf(path));
}
