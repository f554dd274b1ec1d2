/* url_parse() and url_resolve() on any text: "BASE\nREFERENCE". What comes out
 * is as url.h says, and means the same when it is written down and read again.
 */
#include "fuzz.h"

#include "base/text.h"
#include "format/url.h"

static void check(const struct url *u)
{
	size_t path = strcspn(u->target, "?");

	fuzz_must(u->scheme >= URL_HTTP && u->scheme <= URL_TFTP);
	fuzz_must(u->kind >= URL_NAME && u->kind <= URL_IPV6);
	fuzz_must(u->port > 0);
	fuzz_must(memchr(u->host, '\0', sizeof(u->host)) && u->host[0]);
	fuzz_must(memchr(u->target, '\0', sizeof(u->target)) != NULL);
	fuzz_must(u->target[0] == '/');
	for (const char *c = u->host; *c; c++)
		fuzz_must((*c >= 'a' && *c <= 'z') ||
			  (*c >= '0' && *c <= '9') || *c == '.' ||
			  (u->kind == URL_NAME && (*c == '-' || *c == '_')) ||
			  (u->kind == URL_IPV6 && *c == ':'));
	for (const char *c = u->target; *c; c++)
		fuzz_must(*c > 0x20 && *c < 0x7f &&
			  !strchr("\"#<>[\\]^`{|}", *c));
	for (size_t i = 0; i < path; i++) {
		size_t len = strcspn(u->target + i + 1, "/?");

		if (u->target[i] != '/')
			continue;
		fuzz_must(len != 1 || u->target[i + 1] != '.');
		fuzz_must(len != 2 || strncmp(u->target + i + 1, "..", 2));
	}
}

static void check_file(const struct url *u)
{
	static const size_t caps[] = { 1, 16, URL_TEXT_MAX };

	for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
		char file[URL_TEXT_MAX];
		struct error err = { .code = OK };
		enum status s = url_tftp_file(u, file, caps[i], &err);

		if (s != OK)
			fuzz_check_error(s, &err);
		fuzz_must(!file[0] == (s != OK));
		fuzz_must(strlen(file) < caps[i]);
		for (const char *c = file; *c; c++)
			fuzz_must((unsigned char)*c >= 0x20 && *c != 0x7f);
	}
}

/* Written down and read again, by itself and against any base. */
static void check_round(const struct url *u, const struct url *base)
{
	static char text[URL_TEXT_MAX];
	struct text t = text_over(text, sizeof(text));
	struct url again;
	enum status s;

	url_add_text(&t, u);
	fuzz_must(!t.cut);
	fuzz_must(url_parse(span_of(text, t.len), &again, NULL) == OK);
	fuzz_must(!strcmp(again.target, u->target));
	fuzz_must(url_same_origin(&again, u) && url_same_origin(u, &again));
	fuzz_must(!memcmp(again.address, u->address, sizeof(u->address)));
	fuzz_must(url_resolve(base, span_of(text, t.len), &again, NULL) == OK);
	fuzz_must(!strcmp(again.target, u->target));
	fuzz_must(url_same_origin(&again, u));
	if (u->target[1] == '/') /* would be a host */
		return;
	s = url_resolve(base, span_of_text(u->target), &again, NULL);
	if (s != OK) {
		fuzz_must(s == E_URL_LENGTH); /* with the base's host */
		return;
	}
	fuzz_must(!strcmp(again.target, u->target));
	fuzz_must(url_same_origin(&again, base));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_of(data, size), text = span_cut_at(&rest, '\n');
	struct error err = { .code = OK };
	struct url base, u;
	enum status s = url_parse(text, &base, &err);

	if (s != OK) {
		fuzz_check_error(s, &err);
		return 0;
	}
	check(&base);
	check_round(&base, &base);
	check_file(&base);
	s = url_resolve(&base, rest, &u, &err);
	if (s != OK) {
		fuzz_check_error(s, &err);
		return 0;
	}
	check(&u);
	check_round(&u, &base);
	check_file(&u);
	return 0;
}
