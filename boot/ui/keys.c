#include "ui/keys.h"

#include <string.h>

enum control {
	NUL = 0x00,
	BEL = 0x07,
	BS = 0x08,
	HT = 0x09,
	LF = 0x0a,
	CR = 0x0d,
	XON = 0x11,
	XOFF = 0x13,
	ESC = 0x1b,
	DEL = 0x7f,
};

enum keys_state {
	GROUND,
	ESCAPE,	     /* ESC came, its key is not given yet */
	ESCAPE_LATE, /* ESC was given as a key; "[" or "O" may still follow */
	CSI,
	SS3,
	STRING,	       /* DCS, OSC, …: an answer, up to BEL or ESC \ */
	STRING_ESCAPE, /* the ESC that may end it */
	BLIND,	       /* so many bytes belong to what came before */
};

#define PARAM_MAX 9999

void keys_init(struct keys *k)
{
	memset(k, 0, sizeof(*k));
}

static void push(struct keys *k, struct key key)
{
	if (!k->in_paste && k->queued < KEYS_QUEUE)
		k->queue[k->queued++] = key;
}

static void push_code(struct keys *k, enum key_code code)
{
	push(k, (struct key){ .code = code });
}

static void push_char(struct keys *k, enum key_code code, int ch)
{
	push(k, (struct key){ .code = code, .ch = (char)ch });
}

static void start_sequence(struct keys *k, enum keys_state state)
{
	k->state = state;
	k->param_count = 0;
	k->is_private = false;
	memset(k->params, 0, sizeof(k->params));
}

static unsigned utf8_rest(uint8_t lead)
{
	if (lead >= 0xc2 && lead <= 0xdf)
		return 1;
	if (lead >= 0xe0 && lead <= 0xef)
		return 2;
	return lead >= 0xf0 && lead <= 0xf4 ? 3 : 0;
}

/* A character beyond ASCII is a key once it is whole; what is no UTF-8 is
 * noise and must not stop a countdown. */
static void feed_high(struct keys *k, uint8_t byte)
{
	if ((byte & 0xc0) != 0x80)
		k->utf8_left = utf8_rest(byte);
	else if (k->utf8_left && !--k->utf8_left)
		push_code(k, KEY_OTHER);
}

static void feed_ground(struct keys *k, uint8_t byte)
{
	k->state = GROUND;
	if (byte >= 0x80) {
		feed_high(k, byte);
		return;
	}
	k->utf8_left = 0;
	if (byte == ESC)
		start_sequence(k, ESCAPE);
	else if (byte == CR || byte == LF)
		push_code(k, KEY_ENTER);
	else if (byte == HT)
		push_code(k, KEY_TAB);
	else if (byte == BS || byte == DEL)
		push_code(k, KEY_BACKSPACE);
	else if (byte < 0x20)
		push_char(k, KEY_CTRL, byte + '@');
	else
		push_char(k, KEY_CHAR, byte);
}

static void feed_escape(struct keys *k, uint8_t byte)
{
	if (byte == '[') {
		start_sequence(k, CSI);
	} else if (byte == 'O') {
		start_sequence(k, SS3);
	} else if (byte && strchr("P]X^_", byte)) {
		k->state = STRING;
	} else {
		push_code(k, KEY_ESC);
		feed_ground(k, byte);
	}
}

static enum key_code arrow_key(uint8_t final)
{
	switch (final) {
	case 'A':
		return KEY_UP;
	case 'B':
		return KEY_DOWN;
	case 'C':
		return KEY_RIGHT;
	case 'D':
		return KEY_LEFT;
	case 'F':
		return KEY_END;
	case 'H':
		return KEY_HOME;
	default:
		return KEY_NONE;
	}
}

static void end_tilde(struct keys *k)
{
	switch (k->params[0]) {
	case 1:
	case 7:
		push_code(k, KEY_HOME);
		break;
	case 4:
	case 8:
		push_code(k, KEY_END);
		break;
	case 3:
		push_code(k, KEY_DELETE);
		break;
	case 5:
		push_code(k, KEY_PAGE_UP);
		break;
	case 6:
		push_code(k, KEY_PAGE_DOWN);
		break;
	case 200:
		k->in_paste = true;
		break;
	case 201:
		k->in_paste = false;
		break;
	default:
		push_code(k, KEY_OTHER);
	}
}

static void push_size(struct keys *k, unsigned rows, unsigned cols)
{
	push(k, (struct key){ .code = KEY_SIZE,
			      .rows = (uint16_t)rows,
			      .cols = (uint16_t)cols });
}

/* Finals of keys give a key, finals of answers nothing. */
static void end_csi(struct keys *k, uint8_t final)
{
	k->state = GROUND;
	if (final == '[' && !k->param_count) {
		/* F1 to F5 of Linux's own console: ESC [ [ A */
		k->state = BLIND;
		k->params[0] = 1;
		push_code(k, KEY_OTHER);
	} else if (final == 'M' && !k->param_count && !k->is_private) {
		/* a mouse that somebody left on: three bytes follow */
		k->state = BLIND;
		k->params[0] = 3;
	} else if (k->is_private) {
		return;
	} else if (arrow_key(final) != KEY_NONE) {
		push_code(k, arrow_key(final));
	} else if (final == '~') {
		end_tilde(k);
	} else if (final == 'R' && k->param_count == 2) {
		push_size(k, k->params[0], k->params[1]);
	} else if (final == 't' && k->param_count == 3 && k->params[0] == 8) {
		push_size(k, k->params[1], k->params[2]);
	} else if (strchr("EGPQRSZu", final)) {
		push_code(k, KEY_OTHER);
	}
}

static void add_digit(struct keys *k, unsigned digit)
{
	unsigned *param;

	if (!k->param_count)
		k->param_count = 1;
	if (k->param_count > KEYS_PARAMS)
		return;
	param = &k->params[k->param_count - 1];
	*param = *param * 10 + digit;
	if (*param > PARAM_MAX)
		*param = PARAM_MAX;
}

/* Inside a sequence: a control ends it and counts, a byte with the high bit is
 * noise. True if the byte is dealt with. */
static bool feed_broken(struct keys *k, uint8_t byte)
{
	if (byte < 0x20 || byte == DEL)
		feed_ground(k, byte);
	else if (byte < 0x80)
		return false;
	return true;
}

static void feed_csi(struct keys *k, uint8_t byte)
{
	if (feed_broken(k, byte))
		return;
	if (byte >= '0' && byte <= '9') {
		add_digit(k, (unsigned)(byte - '0'));
	} else if (byte == ';') {
		/* an empty first parameter is one too */
		k->param_count += k->param_count ? 1 : 2;
		if (k->param_count > KEYS_PARAMS)
			k->is_private = true;
	} else if (byte < 0x40) {
		k->is_private = true;
	} else {
		end_csi(k, byte);
	}
}

static void feed_ss3(struct keys *k, uint8_t byte)
{
	if (feed_broken(k, byte))
		return;
	if ((byte >= '0' && byte <= '9') || byte == ';')
		return;
	k->state = GROUND;
	if (arrow_key(byte) != KEY_NONE)
		push_code(k, arrow_key(byte));
	else if (byte == 'M')
		push_code(k, KEY_ENTER);
	else if (byte >= 'p' && byte <= 'y')
		push_char(k, KEY_CHAR, byte - 'p' + '0');
	else
		push_code(k, KEY_OTHER);
}

static void feed_string(struct keys *k, uint8_t byte)
{
	if (byte == BEL)
		k->state = GROUND;
	else if (byte == ESC)
		k->state = STRING_ESCAPE;
	else if (byte < 0x20)
		feed_ground(k, byte);
}

static void feed_string_escape(struct keys *k, uint8_t byte)
{
	if (byte == '\\')
		k->state = GROUND;
	else
		feed_escape(k, byte);
}

static void feed_blind(struct keys *k, uint8_t byte)
{
	if (feed_broken(k, byte))
		return;
	if (!--k->params[0])
		k->state = GROUND;
}

static void feed_state(struct keys *k, uint8_t byte)
{
	switch ((enum keys_state)k->state) {
	case GROUND:
		feed_ground(k, byte);
		break;
	case ESCAPE:
		feed_escape(k, byte);
		break;
	case ESCAPE_LATE:
		if (byte == '[' || byte == 'O')
			feed_escape(k, byte);
		else
			feed_ground(k, byte);
		break;
	case CSI:
		feed_csi(k, byte);
		break;
	case SS3:
		feed_ss3(k, byte);
		break;
	case STRING:
		feed_string(k, byte);
		break;
	case STRING_ESCAPE:
		feed_string_escape(k, byte);
		break;
	case BLIND:
		feed_blind(k, byte);
		break;
	}
}

void keys_feed(struct keys *k, uint8_t byte, uint64_t now_ms)
{
	bool belongs_to_cr = k->after_cr && byte == LF;

	/* BREAK, the padding of telnet's CR, and flow control say nothing */
	if (byte == NUL || byte == XON || byte == XOFF)
		return;
	keys_tick(k, now_ms);
	k->since_ms = now_ms;
	k->after_cr = byte == CR;
	if (!belongs_to_cr)
		feed_state(k, byte);
}

/* Milliseconds of silence after which something happens, or 0 for never. */
static uint64_t patience(const struct keys *k)
{
	if (k->state == ESCAPE)
		return KEYS_ESC_MS;
	if (k->in_paste)
		return KEYS_QUIET_MS;
	return k->state == GROUND || k->state == ESCAPE_LATE ? 0
							     : KEYS_QUIET_MS;
}

static uint64_t silence(const struct keys *k, uint64_t now_ms)
{
	return now_ms > k->since_ms ? now_ms - k->since_ms : 0;
}

void keys_tick(struct keys *k, uint64_t now_ms)
{
	if (!patience(k) || silence(k, now_ms) < patience(k))
		return;
	if (k->state == ESCAPE) {
		push_code(k, KEY_ESC);
		k->state = ESCAPE_LATE;
	} else {
		k->state = GROUND;
		k->in_paste = false;
	}
}

int keys_due(const struct keys *k, uint64_t now_ms)
{
	uint64_t wait = patience(k), past = silence(k, now_ms);

	if (!wait)
		return -1;
	return past < wait ? (int)(wait - past) : 0;
}

bool keys_take(struct keys *k, struct key *ret)
{
	if (!k->queued)
		return false;
	*ret = k->queue[0];
	k->queued--;
	memmove(k->queue, k->queue + 1, k->queued * sizeof(k->queue[0]));
	return true;
}
