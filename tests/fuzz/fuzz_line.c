/*
 * Any keys on a line of any bytes. The first input byte is the limit, the
 * second how long the first text is (its high bit: a secret), then come that
 * text and what is typed. The text stays a string within its limit, the cursor
 * at a character, undo leads back to where it began, and of a secret there is
 * no copy.
 */
#include "fuzz.h"
#include "ui/line.h"

#include "base/text.h"

static struct ui_line line;

static bool is_zero(const void *bytes, size_t len)
{
	const char *c = bytes;

	for (size_t i = 0; i < len; i++)
		if (c[i])
			return false;
	return true;
}

static bool is_inside_character(size_t at)
{
	unsigned width;
	bool valid;

	for (size_t back = 1; back <= 3 && back <= at; back++)
		if (utf8_next(span_of(line.text + at - back,
				      line.len - at + back),
			      &width, &valid) > back)
			return true;
	return false;
}

static void check(size_t first)
{
	fuzz_must(line.len < UI_LINE_MAX && line.at <= line.len);
	fuzz_must(strnlen(line.text, UI_LINE_MAX) == line.len);
	fuzz_must(line.len <= line.limit || line.len <= first);
	fuzz_must(line.cut_len < UI_LINE_MAX);
	fuzz_must(line.undo_len <= UI_LINE_UNDO_MAX);
	fuzz_must(!is_inside_character(line.at));
	if (!line.secret)
		return;
	fuzz_must(is_zero(line.text + line.len, UI_LINE_MAX - line.len));
	fuzz_must(is_zero(line.cut, sizeof(line.cut)));
	fuzz_must(is_zero(line.undo, sizeof(line.undo)));
}

static bool press(const struct key *key)
{
	const char *notice = "";
	bool used = ui_line_key(&line, key, &notice);

	fuzz_must(!notice || (used && *notice && strlen(notice) < 64));
	return !notice;
}

static void undo_all(const char *text)
{
	static const struct key undo = { .code = KEY_CTRL, .ch = '_' };

	while (press(&undo))
		check(UI_LINE_MAX);
	fuzz_must(!strcmp(line.text, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[128] = "";
	struct keys keys;
	struct key key;
	size_t first;

	if (size < 2 || size > 4096)
		return 0;
	first = data[1] & 127;
	first = first < size - 2 ? first : size - 2;
	memcpy(text, data + 2, first);
	fuzz_must(ui_line_set(&line, text, data[0]));
	line.secret = data[1] & 128;
	keys_init(&keys);
	check(strlen(text));
	for (size_t i = 2 + first; i < size; i++) {
		keys_feed(&keys, data[i], i);
		while (keys_take(&keys, &key)) {
			press(&key);
			check(strlen(text));
		}
	}
	/* at most 4096 changes of 8 bytes and what they took away: it may not
	 * all be there any more */
	if (!line.secret && line.undo_len < UI_LINE_UNDO_MAX - 1024 &&
	    size < 1024)
		undo_all(text);
	ui_line_wipe(&line);
	fuzz_must(is_zero(&line, sizeof(line)));
	return 0;
}
