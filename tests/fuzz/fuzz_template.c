/* Templates with any text and any values: seven lines of values, then the text.
 * A value stays inside of its part of a URL, and is a word in a command line.
 */
#include "fuzz.h"

#include "base/text.h"
#include "format/template.h"
#include "format/url.h"

static bool is_word_byte(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || (c && strchr("._:-", c));
}

static enum status expand(struct span text, const struct template_values *v,
			  enum template_use use, char *buf, size_t cap)
{
	struct text t = text_over(buf, cap);
	struct error err = { .code = OK };
	enum status s = template_expand(text, v, use, &t, &err);

	if (s != OK)
		fuzz_check_error(s, &err);
	fuzz_must(t.len < cap && (s != OK || !t.cut));
	return s;
}

/* Each value alone, where a server could be led elsewhere by it. */
static void check_value(enum template_name name,
			const struct template_values *v)
{
	static char text[64], got[URL_TEXT_MAX];
	struct text t = text_over(text, sizeof(text));
	struct url u;

	text_addf(&t, "http://h/a/${%s}/b?c=${%s}", template_name_text(name),
		  template_name_text(name));
	if (expand(span_of(text, t.len), v, TEMPLATE_URL, got, sizeof(got)) ==
	    OK) {
		fuzz_must(url_parse(span_of_text(got), &u, NULL) == OK);
		fuzz_must(!strcmp(u.host, "h") && u.port == 80);
		fuzz_must(!strcmp(u.target, got + strlen("http://h")));
	}
	t = text_over(text, sizeof(text));
	text_addf(&t, "%s=${%s}", "x", template_name_text(name));
	if (expand(span_of(text, t.len), v, TEMPLATE_CMDLINE, got,
		   sizeof(got)) == OK) {
		fuzz_must(strlen(got) > 2 &&
			  strlen(got) <= 2 + TEMPLATE_WORD_MAX);
		for (const char *c = got + 2; *c; c++)
			fuzz_must(is_word_byte(*c));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char buf[8192];
	struct span text = span_of(data, size);
	struct template_values v;
	struct error err = { .code = OK };
	enum status checked, s;

	for (unsigned i = 0; i < TEMPLATE_NAME_COUNT; i++)
		v.of[i] = span_cut_at(&text, '\n');
	for (unsigned i = 0; i < TEMPLATE_NAME_COUNT; i++)
		check_value((enum template_name)i, &v);
	checked = template_check(text, &err);
	if (checked != OK)
		fuzz_check_error(checked, &err);
	for (unsigned use = TEMPLATE_URL; use <= TEMPLATE_CMDLINE; use++) {
		s = expand(text, &v, (enum template_use)use, buf, sizeof(buf));
		fuzz_must(checked == OK || s != OK);
		fuzz_must(s != E_TEMPLATE_OPEN || checked == s);
		fuzz_must(s != E_TEMPLATE_NAME || checked == s);
		(void)expand(text, &v, (enum template_use)use, buf, 7);
	}
	return 0;
}
