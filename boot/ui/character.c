#include "ui/character.h"

/* Bytes that follow the first one; 0 if it is no first one. */
static unsigned rest_of(uint8_t lead)
{
	if (lead >= 0xc2 && lead <= 0xdf)
		return 1;
	if (lead >= 0xe0 && lead <= 0xef)
		return 2;
	return lead >= 0xf0 && lead <= 0xf4 ? 3 : 0;
}

/* Whether the second byte may follow the first. */
static bool is_pair(uint8_t lead, uint8_t second)
{
	switch (lead) {
	case 0xe0:
		return second >= 0xa0;
	case 0xed:
		return second < 0xa0;
	case 0xf0:
		return second >= 0x90;
	case 0xf4:
		return second < 0x90;
	default:
		return true;
	}
}

static enum character_step start(struct character *c, uint8_t lead)
{
	bool was_open = c->left > 0;

	*c = (struct character){ .utf8 = { (char)lead },
				 .len = 1,
				 .left = rest_of(lead) };
	return was_open || !c->left ? CHARACTER_BROKEN : CHARACTER_OPEN;
}

enum character_step character_feed(struct character *c, uint8_t byte)
{
	uint8_t lead = (uint8_t)c->utf8[0];

	if (!c->left || (byte & 0xc0) != 0x80 ||
	    (c->len == 1 && !is_pair(lead, byte)))
		return start(c, byte);
	c->utf8[c->len++] = (char)byte;
	if (--c->left)
		return CHARACTER_OPEN;
	return lead == 0xc2 && byte < 0xa0 ? CHARACTER_CONTROL
					   : CHARACTER_WHOLE;
}

bool character_cut(struct character *c)
{
	bool was_open = c->left > 0;

	c->left = 0;
	return was_open;
}
