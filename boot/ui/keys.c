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
	ESCAPE_LATE, /* its key was given; the rest of a sequence may follow */
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
	if (k->queued < KEYS_QUEUE)
		k->queue[k->queued++] = key;
}

/* Keys in a paste are not pressed by anybody. */
static void push_code(struct keys *k, enum key_code code)
{
	if (!k->in_paste)
		push(k, (struct key){ .code = code });
}

static void push_control(struct keys *k, uint8_t byte)
{
	noise_add_control(&k->noise, byte);
	if (!k->in_paste)
		push(k, (struct key){ .code = KEY_CTRL,
				      .ch = (char)(byte + '@') });
}

static void push_char(struct keys *k, int ch)
{
	push(k, (struct key){ .code = k->in_paste ? KEY_PASTE_CHAR : KEY_CHAR,
			      .ch = (char)ch,
			      .utf8 = { (char)ch } });
}

/* A key that is a blank when pasted. */
static void push_blank(struct keys *k, enum key_code code)
{
	if (k->in_paste)
		push_char(k, ' ');
	else
		push_code(k, code);
}

static void start_sequence(struct keys *k, enum keys_state state)
{
	k->state = state;
	k->param_count = 0;
	k->is_private = false;
	memset(k->params, 0, sizeof(k->params));
}

/* --- characters beyond ASCII --------------------------------------------- */

static void push_text(struct keys *k)
{
	struct key key = { .code = k->in_paste ? KEY_PASTE_CHAR : KEY_TEXT };

	memcpy(key.utf8, k->character.utf8, sizeof(key.utf8));
	push(k, key);
}

/* A byte beyond ASCII ends no sequence but the one that has not begun. What is
 * no UTF-8 is noise and must not stop a countdown. */
static void feed_high(struct keys *k, uint8_t byte)
{
	enum character_step step;

	if (k->state == ESCAPE || k->state == STRING_ESCAPE)
		push_code(k, KEY_ESC);
	if (k->state == ESCAPE || k->state == STRING_ESCAPE ||
	    k->state == ESCAPE_LATE)
		k->state = GROUND;
	step = character_feed(&k->character, byte);
	if (step == CHARACTER_BROKEN)
		noise_add_byte(&k->noise);
	else if (step == CHARACTER_WHOLE && k->state == GROUND)
		push_text(k);
}

/* --- keys of one byte, and what begins a sequence ------------------------ */

static void feed_ground(struct keys *k, uint8_t byte)
{
	k->state = GROUND;
	if (byte == ESC)
		start_sequence(k, ESCAPE);
	else if (byte == CR || byte == LF)
		push_blank(k, KEY_ENTER);
	else if (byte == HT)
		push_blank(k, KEY_TAB);
	else if (byte == BS || byte == DEL)
		push_code(k, KEY_BACKSPACE);
	else if (byte < 0x20)
		push_control(k, byte);
	else
		push_char(k, byte);
}

static bool continues_escape(uint8_t byte)
{
	return byte && strchr("[OP]X^_", byte);
}

static void feed_escape(struct keys *k, uint8_t byte)
{
	if (byte == '[') {
		start_sequence(k, CSI);
	} else if (byte == 'O') {
		start_sequence(k, SS3);
	} else if (continues_escape(byte)) {
		k->state = STRING;
	} else {
		push_code(k, KEY_ESC);
		feed_ground(k, byte);
	}
}

static void feed_escape_late(struct keys *k, uint8_t byte)
{
	if (!continues_escape(byte)) {
		feed_ground(k, byte);
		return;
	}
	if (k->esc_given)
		push_code(k, KEY_UNESC);
	feed_escape(k, byte);
}

/* --- sequences ----------------------------------------------------------- */

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

/* Left and Right with Ctrl, Alt or Meta held: CSI 1;5 C, and CSI 5 C of a few
 * terminals. The parameter is 1 and a bit for each, Shift being the first. */
static enum key_code word_key(const struct keys *k, enum key_code code)
{
	unsigned held = k->params[k->param_count == 2];

	if (k->param_count > 2 || !held || !((held - 1) & ~1U))
		return code;
	return code == KEY_LEFT	   ? KEY_WORD_LEFT
	       : code == KEY_RIGHT ? KEY_WORD_RIGHT
				   : code;
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
	if (!k->in_paste)
		push(k, (struct key){ .code = KEY_SIZE,
				      .rows = (uint16_t)rows,
				      .cols = (uint16_t)cols });
}

/* Where the cursor is; F3 with modifiers looks the same in the first row, which
 * is the last one of no terminal. */
static void end_report(struct keys *k)
{
	if (k->param_count != 2 || (k->params[0] == 1 && k->params[1] <= 16))
		push_code(k, KEY_OTHER);
	else if (k->params[0] > 1)
		push_size(k, k->params[0], k->params[1]);
}

/* What swallows the bytes after its final; false if it is none. */
static bool end_csi_blind(struct keys *k, uint8_t final)
{
	if (k->param_count || k->is_private || (final != '[' && final != 'M'))
		return false;
	k->state = BLIND;
	if (final == '[') {
		/* F1 to F5 of Linux's own console: ESC [ [ A */
		k->params[0] = 1;
		push_code(k, KEY_OTHER);
	} else {
		/* a mouse that somebody left on: three bytes follow */
		k->params[0] = 3;
	}
	return true;
}

/* Finals of keys give a key, finals of answers nothing. */
static void end_csi(struct keys *k, uint8_t final)
{
	k->state = GROUND;
	noise_add_sequence(&k->noise, final, k->params, k->param_count,
			   k->is_private);
	if (end_csi_blind(k, final) || k->is_private)
		return;
	if (arrow_key(final) != KEY_NONE)
		push_code(k, word_key(k, arrow_key(final)));
	else if (final == '~')
		end_tilde(k);
	else if (final == 'R')
		end_report(k);
	else if (final == 't' && k->param_count == 3 && k->params[0] == 8)
		push_size(k, k->params[1], k->params[2]);
	else if (strchr("EGPQSZu", final))
		push_code(k, KEY_OTHER);
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

/* A digit or a semicolon of a parameter; false if it is neither. */
static bool add_param(struct keys *k, uint8_t byte)
{
	if (byte >= '0' && byte <= '9') {
		add_digit(k, (unsigned)(byte - '0'));
		return true;
	}
	if (byte != ';')
		return false;
	/* an empty first parameter is one too */
	k->param_count += k->param_count ? 1 : 2;
	if (k->param_count > KEYS_PARAMS)
		k->is_private = true;
	return true;
}

/* Inside a sequence a control ends it and counts. True if it was one. */
static bool feed_broken(struct keys *k, uint8_t byte)
{
	if (byte >= 0x20 && byte != DEL)
		return false;
	feed_ground(k, byte);
	return true;
}

static void feed_csi(struct keys *k, uint8_t byte)
{
	if (feed_broken(k, byte) || add_param(k, byte))
		return;
	if (byte < 0x40)
		k->is_private = true;
	else
		end_csi(k, byte);
}

static void feed_ss3(struct keys *k, uint8_t byte)
{
	if (feed_broken(k, byte) || add_param(k, byte))
		return;
	k->state = GROUND;
	if (arrow_key(byte) != KEY_NONE)
		push_code(k, word_key(k, arrow_key(byte)));
	else if (byte == 'c' || byte == 'd')
		push_code(k, byte == 'c' ? KEY_WORD_RIGHT : KEY_WORD_LEFT);
	else if (byte == 'M')
		push_code(k, KEY_ENTER);
	else if (byte < 'p' || byte > 'y')
		push_code(k, KEY_OTHER);
	else if (!k->in_paste)
		push_char(k, byte - 'p' + '0');
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
	if (!feed_broken(k, byte) && !--k->params[0])
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
		feed_escape_late(k, byte);
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

static uint64_t silence(const struct keys *k, uint64_t now_ms)
{
	return now_ms > k->since_ms ? now_ms - k->since_ms : 0;
}

void keys_feed(struct keys *k, uint8_t byte, uint64_t now_ms)
{
	bool belongs_to_cr = k->after_cr && byte == LF;

	/* BREAK, the padding of telnet's CR, and flow control say nothing */
	if (byte == NUL || byte == XON || byte == XOFF)
		return;
	keys_tick(k, now_ms);
	if (silence(k, now_ms) >= KEYS_QUIET_MS)
		k->esc_given = false;
	noise_pass(&k->noise, silence(k, now_ms));
	k->since_ms = now_ms;
	k->after_cr = byte == CR;
	if (byte >= 0x80 && k->state != BLIND) {
		feed_high(k, byte);
		return;
	}
	if (character_cut(&k->character))
		noise_add_byte(&k->noise);
	if (!belongs_to_cr)
		feed_state(k, byte);
}

/* Milliseconds of silence after which something happens, or 0 for never. */
static uint64_t patience(const struct keys *k)
{
	if (k->state == ESCAPE)
		return KEYS_ESC_MS;
	if (k->noise.is_noise)
		return NOISE_SILENCE_MS;
	if (k->in_paste)
		return KEYS_QUIET_MS;
	return k->state == GROUND || k->state == ESCAPE_LATE ? 0
							     : KEYS_QUIET_MS;
}

static void end_patience(struct keys *k)
{
	if (k->state == ESCAPE) {
		k->esc_given = !k->in_paste;
		push_code(k, KEY_ESC);
		k->state = ESCAPE_LATE;
	} else if (k->noise.is_noise) {
		noise_pass(&k->noise, NOISE_SILENCE_MS);
	} else {
		k->state = GROUND;
		k->in_paste = false;
	}
}

void keys_tick(struct keys *k, uint64_t now_ms)
{
	/* silence may be long enough for several */
	while (patience(k) && silence(k, now_ms) >= patience(k))
		end_patience(k);
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

bool keys_is_noise(const struct keys *k)
{
	return k->noise.is_noise;
}
