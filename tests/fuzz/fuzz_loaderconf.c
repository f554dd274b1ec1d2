/* A loader.conf of a disk, a pattern on an id, and a text of an EFI variable,
 * over the same bytes. */
#include "fuzz.h"

#include "config.h"
#include "format/glob.h"
#include "format/utf16.h"

static void describe(void *ctx, const struct config_finding *f)
{
	unsigned *bad = ctx;
	char line[512];
	struct text t = text_over(line, sizeof(line));

	config_describe(f, "loader.conf", &t);
	fuzz_must(t.len > 0);
	*bad += f->result != CONFIG_SET && f->result != CONFIG_NO_EFFECT;
}

static void check_config(struct span text)
{
	struct config_choices c;
	unsigned bad = 0;

	fuzz_must(config_parse_esp(&c, text, describe, &bad) == bad);
	fuzz_must(memchr(c.default_entry, '\0', sizeof(c.default_entry)));
	fuzz_must(memchr(c.preferred, '\0', sizeof(c.preferred)));
	fuzz_must(c.has_timeout || !c.timeout_s);
	fuzz_must(c.timeout_s <= 86400 || c.timeout_s == CONFIG_TIMEOUT_FORCE);
	fuzz_must(c.manner == MENU_SHOWN || !c.timeout_s);
}

/* Everything in front of a `*` matches what begins so; a text without wildcards
 * matches itself. */
static void check_glob(struct span s)
{
	size_t cut = 0;

	while (cut < s.len && s.ptr[cut] != '\n')
		cut++;
	(void)!glob_match(span_slice(s, 0, cut),
			  span_slice(s, cut, s.len - cut), GLOB_FOLD);
	fuzz_must(glob_match(span_of("*", 1), s, GLOB_EXACT));
	fuzz_must(glob_is_pattern(s) || glob_match(s, s, GLOB_EXACT));
}

static void check_utf16(struct span s)
{
	uint8_t back[2 * 512 + 2];
	struct error err;
	char text[512];
	size_t len;
	enum status status = utf16_decode(s, text, sizeof(text), &err);

	if (status != OK) {
		fuzz_check_error(status, &err);
		return;
	}
	status = utf16_encode(text, back, sizeof(back), &len, &err);
	if (status != OK) {
		fuzz_must(status == E_UTF16_TEXT);
		fuzz_check_error(status, &err);
		return;
	}
	fuzz_must(len == s.len || len == s.len + 2);
	fuzz_must(span_equal(span_of(back, s.len < len ? s.len : len),
			     span_of(s.ptr, s.len < len ? s.len : len)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = span_of(data, size);

	check_config(all);
	check_glob(all);
	check_utf16(all);
	return 0;
}
