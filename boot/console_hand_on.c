#include "console_hand_on.h"

#include "sys/console.h"
#include "sys/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND_LINE   "/proc/cmdline"
#define ACTIVE	       "/sys/class/tty/console/active"
#define COMMAND_SIZE   16384
#define ACTIVE_SIZE    512
#define LEGACY_SERIAL  "ttyS"
#define NOTHING_AT_ALL "ttynull"

struct consoles {
	struct span words[CONSOLE_WORDS_MAX]; /* values */
	unsigned count;
	struct span active[CONSOLE_WORDS_MAX]; /* that no word names */
	unsigned active_count;
	struct load_notes *notes;
};

bool console_is_word(const struct cmdline_word *word)
{
	return word->has_value && cmdline_word_is(word, "console");
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_allowed(uint8_t c)
{
	return is_digit(c) || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || (c && strchr("._,:-", c));
}

/* Whether it may be part of a command line; a note if not. */
static bool check_value(struct consoles *c, struct span value)
{
	bool is_good = value.len && value.len <= CONSOLE_VALUE_MAX;

	for (size_t i = 0; is_good && i < value.len; i++)
		is_good = is_allowed(value.ptr[i]);
	if (!is_good)
		load_note(c->notes,
			  "console=%s of the firmware's kernel left out: %zu "
			  "bytes, it may be 1 to %d of A-Z, a-z, 0-9 and "
			  "._,:-",
			  display_of(value).text, value.len, CONSOLE_VALUE_MAX);
	return is_good;
}

static bool has_room(struct consoles *c, struct span value)
{
	if (c->count + c->active_count < CONSOLE_WORDS_MAX)
		return true;
	load_note(c->notes,
		  "console=%s of the firmware's kernel left out: a kernel "
		  "takes %d",
		  display_of(value).text, CONSOLE_WORDS_MAX);
	return false;
}

/* --- which is which ----------------------------------------------------------
 */

static struct span name_of(struct span value)
{
	return span_cut_at(&value, ',');
}

/* As the kernel reads a name: without a number it is the first one, and a
 * number alone is of a serial port. */
static bool is_same(struct span name, struct span device)
{
	size_t head = sizeof(LEGACY_SERIAL) - 1;

	if (span_equal(name, device))
		return true;
	if (name.len && !is_digit(name.ptr[name.len - 1]) &&
	    device.len == name.len + 1 && device.ptr[name.len] == '0' &&
	    span_starts_with(device, name.ptr, name.len))
		return true;
	return span_starts_with(device, LEGACY_SERIAL, head) &&
	       span_equal(span_slice(device, head, device.len - head), name);
}

static bool is_named(const struct consoles *c, struct span device)
{
	for (unsigned i = 0; i < c->count; i++)
		if (is_same(name_of(c->words[i]), device))
			return true;
	return false;
}

static bool is_by_address(struct span value)
{
	struct span name = name_of(value);

	return span_starts_with(name, "uart", 4) ||
	       memchr(name.ptr, ':', name.len);
}

static bool some_by_address(const struct consoles *c)
{
	for (unsigned i = 0; i < c->count; i++)
		if (is_by_address(c->words[i]))
			return true;
	return false;
}

/* --- the words ---------------------------------------------------------------
 */

static void take_words(struct consoles *c, struct span cmdline)
{
	struct cmdline_word word;
	size_t at = 0;

	while (cmdline_next_word(cmdline, &at, &word))
		if (console_is_word(&word) && check_value(c, word.value) &&
		    has_room(c, word.value))
			c->words[c->count++] = word.value;
}

static void take_active(struct consoles *c, struct span active)
{
	bool screens_only = some_by_address(c);
	struct span device;

	if (active.len && active.ptr[active.len - 1] == '\n')
		active.len--;
	while ((device = span_next_word(&active)).len) {
		if (is_named(c, device) ||
		    span_starts_with(device, NOTHING_AT_ALL,
				     sizeof(NOTHING_AT_ALL) - 1) ||
		    (screens_only && !console_is_virtual(device)))
			continue;
		if (check_value(c, device) && has_room(c, device))
			c->active[c->active_count++] = device;
	}
}

static void add(struct text *t, struct span value)
{
	text_add(t, t->len ? " console=" : "console=");
	text_add_bytes(t, value);
}

void console_hand_on_words(struct span cmdline, struct span active,
			   char ret[static CONSOLE_TEXT_MAX],
			   struct load_notes *notes)
{
	struct consoles c = { .notes = notes };
	struct text t = text_over(ret, CONSOLE_TEXT_MAX);

	take_words(&c, cmdline);
	take_active(&c, active);
	for (unsigned i = 0; i < c.active_count; i++)
		add(&t, c.active[i]);
	for (unsigned i = 0; i < c.count; i++)
		add(&t, c.words[i]);
}

static size_t read_file(const char *root, const char *name, char *buf,
			size_t cap, struct load_notes *notes)
{
	char path[512];
	size_t len = 0;

	snprintf(path, sizeof(path), "%s%s", root, name);
	if (!file_read_small(AT_FDCWD, path, buf, cap, &len)) {
		load_note(notes, "the consoles of %s cannot be read", path);
		return 0;
	}
	return len;
}

void console_hand_on_read(const char *root, char ret[static CONSOLE_TEXT_MAX],
			  struct load_notes *notes)
{
	char active[ACTIVE_SIZE];
	char *cmdline = malloc(COMMAND_SIZE);
	size_t len, active_len;

	ret[0] = '\0';
	if (!cmdline) {
		load_note(notes, "no memory for the consoles of " COMMAND_LINE);
		return;
	}
	len = read_file(root, COMMAND_LINE, cmdline, COMMAND_SIZE, notes);
	active_len = read_file(root, ACTIVE, active, sizeof(active), notes);
	console_hand_on_words(span_of(cmdline, len),
			      span_of(active, active_len), ret, notes);
	free(cmdline);
}
