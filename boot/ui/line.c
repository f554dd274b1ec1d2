#include "ui/line.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* What a change was, to know which ones are undone together. */
enum edit {
	EDIT_ALONE,
	EDIT_TYPE,
	EDIT_PASTE,
	EDIT_RUB,    /* backwards */
	EDIT_DELETE, /* forwards */
	EDIT_REFUSED,
};

/* In the memory for undo each change is the bytes it took away, then this. */
struct change {
	uint16_t at, removed, inserted;
	uint16_t cursor; /* before the change */
};

_Static_assert(UI_LINE_MAX <= UINT16_MAX, "positions are of 16 bits");
_Static_assert(UI_LINE_UNDO_MAX >= UI_LINE_MAX + sizeof(struct change),
	       "the greatest change can be undone");

/* --- the memory for undo ------------------------------------------------- */

/* The change whose record ends there. */
static struct change change_before(const struct ui_line *l, size_t end)
{
	struct change c;

	memcpy(&c, l->undo + end - sizeof(c), sizeof(c));
	return c;
}

static size_t record_start(const struct ui_line *l, size_t end)
{
	return end - sizeof(struct change) - change_before(l, end).removed;
}

/* Forgets the oldest changes until there is room for so many bytes. */
static void make_room(struct ui_line *l, size_t need)
{
	size_t least, drop = l->undo_len;

	if (l->undo_len + need <= UI_LINE_UNDO_MAX)
		return;
	least = l->undo_len + need - UI_LINE_UNDO_MAX;
	while (record_start(l, drop) >= least)
		drop = record_start(l, drop);
	l->undo_len -= drop;
	memmove(l->undo, l->undo + drop, l->undo_len);
}

/* Puts bytes into the memory at an offset; there is room. */
static void put(struct ui_line *l, size_t at, const void *bytes, size_t len)
{
	memmove(l->undo + at + len, l->undo + at, l->undo_len - at);
	memcpy(l->undo + at, bytes, len);
	l->undo_len += len;
}

static void put_change(struct ui_line *l, const struct change *c)
{
	put(l, l->undo_len, c, sizeof(*c));
}

/* Whether a change goes on where the last one ended. */
static bool is_joined(const struct ui_line *l, enum edit edit,
		      const struct change *c)
{
	struct change last;

	if (edit == EDIT_ALONE || l->joins != edit || !l->undo_len)
		return false;
	last = change_before(l, l->undo_len);
	if (edit == EDIT_RUB)
		return c->at + c->removed == last.at;
	return c->at == last.at + last.inserted;
}

/* Notes a change before it is made. */
static void record(struct ui_line *l, enum edit edit, struct change c)
{
	const char *gone = l->text + c.at;
	struct change last;
	size_t start;

	if (l->secret)
		return;
	make_room(l, c.removed + sizeof(c));
	if (!is_joined(l, edit, &c)) {
		put(l, l->undo_len, gone, c.removed);
		put_change(l, &c);
		return;
	}
	last = change_before(l, l->undo_len);
	start = record_start(l, l->undo_len);
	l->undo_len -= sizeof(last);
	put(l, edit == EDIT_RUB ? start : l->undo_len, gone, c.removed);
	last.at = edit == EDIT_RUB ? c.at : last.at;
	last.removed = (uint16_t)(last.removed + c.removed);
	last.inserted = (uint16_t)(last.inserted + c.inserted);
	put_change(l, &last);
}

/* --- changes ------------------------------------------------------------- */

/* Puts bytes in the place of others; the cursor ends behind them. What the text
 * does not reach any more is overwritten: it may be a secret. */
static void splice(struct ui_line *l, size_t at, size_t gone, const void *bytes,
		   size_t len)
{
	size_t end = l->len - gone + len;

	memmove(l->text + at + len, l->text + at + gone, l->len - at - gone);
	memcpy(l->text + at, bytes, len);
	if (end < l->len)
		memset(l->text + end, 0, l->len - end);
	l->len = end;
	l->text[end] = '\0';
	l->at = at + len;
}

static void change(struct ui_line *l, enum edit edit, size_t at, size_t gone,
		   const void *bytes, size_t len)
{
	record(l, edit,
	       (struct change){ .at = (uint16_t)at,
				.removed = (uint16_t)gone,
				.inserted = (uint16_t)len,
				.cursor = (uint16_t)l->at });
	l->joins = edit;
	splice(l, at, gone, bytes, len);
}

static void insert(struct ui_line *l, enum edit edit, const char *bytes,
		   size_t len)
{
	/* of a paste that does not fit nothing comes after the hole */
	bool is_rest = edit == EDIT_PASTE && l->joins == EDIT_REFUSED;

	if (!is_rest && l->len + len <= l->limit) {
		change(l, edit, l->at, 0, bytes, len);
		return;
	}
	snprintf(l->notice, sizeof(l->notice),
		 "No room: the line has %zu of %zu bytes.", l->len, l->limit);
	l->joins = EDIT_REFUSED;
}

static void erase(struct ui_line *l, enum edit edit, size_t from, size_t to)
{
	if (from < to)
		change(l, edit, from, to - from, "", 0);
}

static void cut(struct ui_line *l, size_t from, size_t to)
{
	if (!l->secret && from < to) {
		l->cut_len = to - from;
		memcpy(l->cut, l->text + from, l->cut_len);
	}
	erase(l, EDIT_ALONE, from, to);
}

static void say(struct ui_line *l, const char *sentence)
{
	snprintf(l->notice, sizeof(l->notice), "%s", sentence);
}

static void yank(struct ui_line *l)
{
	if (!l->cut_len)
		say(l, "Nothing has been cut.");
	else
		insert(l, EDIT_ALONE, l->cut, l->cut_len);
}

static void undo(struct ui_line *l)
{
	struct change c;
	size_t start;

	l->joins = EDIT_ALONE;
	if (!l->undo_len) {
		say(l, "There is nothing to undo.");
		return;
	}
	c = change_before(l, l->undo_len);
	start = record_start(l, l->undo_len);
	splice(l, c.at, c.inserted, l->undo + start, c.removed);
	l->undo_len = start;
	l->at = c.cursor;
}

/* --- places -------------------------------------------------------------- */

/* Bytes of the character that begins there; what is none counts as one. */
static size_t step(const struct ui_line *l, size_t at)
{
	unsigned width;
	bool valid;

	return utf8_next(span_of(l->text + at, l->len - at), &width, &valid);
}

static size_t next(const struct ui_line *l)
{
	return l->at + step(l, l->at);
}

static size_t previous(const struct ui_line *l)
{
	for (size_t back = 4; back > 1; back--)
		if (back <= l->at && step(l, l->at - back) == back)
			return l->at - back;
	return l->at ? l->at - 1 : 0;
}

/* Bytes that were none can become a character when what was between them goes:
 * the cursor is then before it. */
static void settle(struct ui_line *l)
{
	for (size_t back = 3; back; back--)
		if (back <= l->at && step(l, l->at - back) > back)
			l->at -= back;
}

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || (c & 0x80);
}

static size_t word_left(const struct ui_line *l)
{
	size_t at = l->at;

	while (at && !is_word(l->text[at - 1]))
		at--;
	while (at && is_word(l->text[at - 1]))
		at--;
	return at;
}

static size_t word_right(const struct ui_line *l)
{
	size_t at = l->at;

	while (at < l->len && !is_word(l->text[at]))
		at++;
	while (at < l->len && is_word(l->text[at]))
		at++;
	return at;
}

static size_t blank_left(const struct ui_line *l)
{
	size_t at = l->at;

	while (at && l->text[at - 1] == ' ')
		at--;
	while (at && l->text[at - 1] != ' ')
		at--;
	return at;
}

/* --- keys ---------------------------------------------------------------- */

static void move(struct ui_line *l, size_t at)
{
	l->joins = EDIT_ALONE;
	l->at = at;
}

/* A word is undone with the blanks after it. */
static void type(struct ui_line *l, const char *utf8)
{
	if (l->at && l->text[l->at - 1] == ' ' && *utf8 != ' ')
		l->joins = EDIT_ALONE;
	insert(l, EDIT_TYPE, utf8, strlen(utf8));
}

static bool control_key(struct ui_line *l, char letter)
{
	switch (letter) {
	case 'A':
		move(l, 0);
		return true;
	case 'B':
		move(l, previous(l));
		return true;
	case 'D':
		erase(l, EDIT_DELETE, l->at, next(l));
		return true;
	case 'E':
		move(l, l->len);
		return true;
	case 'F':
		move(l, next(l));
		return true;
	case 'K':
		cut(l, l->at, l->len);
		return true;
	case 'U':
		cut(l, 0, l->at);
		return true;
	case 'W':
		cut(l, blank_left(l), l->at);
		return true;
	case 'Y':
		yank(l);
		return true;
	case 'Z':
	case '_':
		undo(l);
		return true;
	default:
		return false;
	}
}

static bool moving_key(struct ui_line *l, enum key_code code)
{
	size_t at;

	if (code == KEY_LEFT)
		at = previous(l);
	else if (code == KEY_RIGHT)
		at = next(l);
	else if (code == KEY_WORD_LEFT)
		at = word_left(l);
	else if (code == KEY_WORD_RIGHT)
		at = word_right(l);
	else if (code == KEY_HOME)
		at = 0;
	else if (code == KEY_END)
		at = l->len;
	else
		return false;
	move(l, at);
	return true;
}

static bool act(struct ui_line *l, const struct key *key)
{
	if (key->code == KEY_CHAR || key->code == KEY_TEXT)
		type(l, key->utf8);
	else if (key->code == KEY_PASTE_CHAR)
		insert(l, EDIT_PASTE, key->utf8, strlen(key->utf8));
	else if (key->code == KEY_BACKSPACE)
		erase(l, EDIT_RUB, previous(l), l->at);
	else if (key->code == KEY_DELETE)
		erase(l, EDIT_DELETE, l->at, next(l));
	else if (key->code == KEY_CTRL)
		return control_key(l, key->ch);
	else
		return moving_key(l, key->code);
	return true;
}

bool ui_line_key(struct ui_line *l, const struct key *key,
		 const char **ret_notice)
{
	bool used;

	l->notice[0] = '\0';
	used = act(l, key);
	if (used)
		settle(l);
	*ret_notice = l->notice[0] ? l->notice : NULL;
	return used;
}

bool ui_line_set(struct ui_line *l, const char *text, size_t limit)
{
	size_t len = text ? strlen(text) : 0;

	ui_line_wipe(l);
	l->limit = limit < UI_LINE_MAX ? limit : UI_LINE_MAX - 1;
	if (len >= UI_LINE_MAX)
		return false;
	memcpy(l->text, text ? text : "", len);
	l->len = l->at = len;
	return true;
}

void ui_line_wipe(struct ui_line *l)
{
	/* of a volatile no store is left out */
	volatile uint8_t *bytes = (volatile uint8_t *)l;

	for (size_t i = 0; i < sizeof(*l); i++)
		bytes[i] = 0;
}
