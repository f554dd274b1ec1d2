#include "typing.h"

#include "test.h"

#include <stdio.h>

void typing_name(const struct key *key, char *ret, size_t cap)
{
	static const char *const names[] = {
		[KEY_NONE] = "none",
		[KEY_CHAR] = "",
		[KEY_TEXT] = "text:",
		[KEY_PASTE_CHAR] = "paste:",
		[KEY_CTRL] = "^",
		[KEY_ENTER] = "enter",
		[KEY_ESC] = "esc",
		[KEY_UNESC] = "unesc",
		[KEY_TAB] = "tab",
		[KEY_BACKSPACE] = "bs",
		[KEY_DELETE] = "delete",
		[KEY_UP] = "up",
		[KEY_DOWN] = "down",
		[KEY_LEFT] = "left",
		[KEY_RIGHT] = "right",
		[KEY_WORD_LEFT] = "word-left",
		[KEY_WORD_RIGHT] = "word-right",
		[KEY_HOME] = "home",
		[KEY_END] = "end",
		[KEY_PAGE_UP] = "pgup",
		[KEY_PAGE_DOWN] = "pgdn",
		[KEY_OTHER] = "other",
		[KEY_SIZE] = "size",
	};

	if (key->code == KEY_SIZE)
		snprintf(ret, cap, "%ux%u ", key->rows, key->cols);
	else if (key->code == KEY_CTRL)
		snprintf(ret, cap, "^%c ", key->ch);
	else
		snprintf(ret, cap, "%s%s ", names[key->code], key->utf8);
	if (key->code == KEY_CHAR)
		assert_true(key->ch == key->utf8[0] && !key->utf8[1]);
}

void typing_take(struct typing *t)
{
	struct key key;
	size_t len;

	while (keys_take(&t->keys, &key)) {
		len = strlen(t->got);
		assert_true(len + 16 < sizeof(t->got));
		typing_name(&key, t->got + len, sizeof(t->got) - len);
	}
}

void typing_start(struct typing *t)
{
	memset(t, 0, sizeof(*t));
	keys_init(&t->keys);
	t->now = 1000;
}

void typing_type(struct typing *t, struct span bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		keys_feed(&t->keys, bytes.ptr[i], t->now);
		typing_take(t);
	}
}

void typing_wait(struct typing *t, uint64_t ms)
{
	uint64_t end = t->now + ms;
	int due;

	while ((due = keys_due(&t->keys, t->now)) >= 0 &&
	       t->now + (uint64_t)due <= end) {
		t->now += (uint64_t)due;
		keys_tick(&t->keys, t->now);
		typing_take(t);
	}
	t->now = end;
	keys_tick(&t->keys, t->now);
	typing_take(t);
}

void typing_settle(struct typing *t)
{
	static const char pair[] = "esc unesc ";
	char *at;

	while ((at = strstr(t->got, pair)) != NULL)
		memmove(at, at + sizeof(pair) - 1,
			strlen(at + sizeof(pair) - 1) + 1);
}

void typing_check(const struct typing *t, const struct typing_sequence *s,
		  const char *how)
{
	if (!strcmp(t->got, s->keys))
		return;
	for (size_t i = 0; i < s->len; i++)
		print_error("%02x ", (unsigned char)s->bytes[i]);
	fail_msg("%s: keys \"%s\", wanted \"%s\"", how, t->got, s->keys);
}
