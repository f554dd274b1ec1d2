/*
 * Any bytes at any time -> keys. Each pair of input bytes is a pause and a byte
 * that was read. No byte gives more than two keys, text is whole UTF-8 without
 * controls, and pauses below KEYS_QUIET_MS change nothing but that an ESC comes
 * and is taken back.
 */
#include "fuzz.h"
#include "ui/keys.h"

#include "base/text.h"

#define KEYS_MAX 20000

/* The keys of a line, without what was taken back. */
struct stream {
	struct keys keys;
	uint64_t now;
	size_t count;
	struct key got[KEYS_MAX];
};

static struct stream slow, quick;

static void check_text(const struct key *key)
{
	size_t len = strlen(key->utf8);
	unsigned width;
	bool valid;

	fuzz_must(len && len < sizeof(key->utf8));
	fuzz_must(utf8_next(span_of(key->utf8, len), &width, &valid) == len);
	if (len == 1)
		fuzz_must(key->utf8[0] >= ' ' && key->utf8[0] <= '~');
	else
		fuzz_must(len > 2 || (uint8_t)key->utf8[0] > 0xc2 ||
			  (uint8_t)key->utf8[1] >= 0xa0);
}

static void check_key(const struct key *key)
{
	if (key->code == KEY_CHAR || key->code == KEY_TEXT ||
	    key->code == KEY_PASTE_CHAR)
		check_text(key);
	else
		fuzz_must(!key->utf8[0]);
	if (key->code == KEY_CHAR)
		fuzz_must(key->ch == key->utf8[0] && !key->utf8[1]);
	if (key->code == KEY_CTRL)
		fuzz_must(key->ch >= 'A' && key->ch <= '_');
	fuzz_must(key->code != KEY_NONE);
}

static void take(struct stream *s)
{
	unsigned count = 0;
	struct key key;

	while (keys_take(&s->keys, &key)) {
		fuzz_must(++count <= 2);
		check_key(&key);
		if (key.code == KEY_UNESC) {
			fuzz_must(s->count &&
				  s->got[s->count - 1].code == KEY_ESC);
			s->count--;
		} else {
			fuzz_must(s->count < KEYS_MAX);
			s->got[s->count++] = key;
		}
	}
}

static void start(struct stream *s)
{
	keys_init(&s->keys);
	s->now = 1000;
	s->count = 0;
}

static void feed(struct stream *s, uint8_t byte)
{
	keys_feed(&s->keys, byte, s->now);
	take(s);
}

/* As a caller that minds keys_due(), or one that is busy. */
static void pass(struct stream *s, uint64_t ms, bool ticks)
{
	uint64_t end = s->now + ms;
	int due;

	while (ticks && (due = keys_due(&s->keys, s->now)) >= 0 &&
	       s->now + (uint64_t)due <= end) {
		s->now += (uint64_t)due;
		keys_tick(&s->keys, s->now);
		take(s);
	}
	s->now = end;
}

static uint64_t pause_of(uint8_t value, uint8_t byte)
{
	uint64_t ms = value < 64 ? value : 100U * (value & 63);

	/* what is ignored ends no pause */
	if (byte == 0x00 || byte == 0x11 || byte == 0x13)
		return 0;
	return ms < KEYS_QUIET_MS ? ms : KEYS_QUIET_MS - 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > KEYS_MAX)
		return 0;
	start(&slow);
	start(&quick);
	for (size_t i = 0; i + 1 < size; i += 2) {
		pass(&slow, pause_of(data[i], data[i + 1]), data[i] & 1);
		feed(&slow, data[i + 1]);
		feed(&quick, data[i + 1]);
		fuzz_must(keys_due(&slow.keys, slow.now) >= -1);
	}
	pass(&slow, 60000, true);
	pass(&quick, 60000, true);
	fuzz_must(!keys_is_noise(&slow.keys) && !keys_is_noise(&quick.keys));
	fuzz_must(keys_due(&slow.keys, slow.now) == -1);
	fuzz_must(slow.count == quick.count);
	for (size_t i = 0; i < slow.count; i++)
		fuzz_must(!memcmp(&slow.got[i], &quick.got[i],
				  sizeof(struct key)));
	return 0;
}
