#include "esl_build.h"

#include "format/gpt.h"

static uint8_t *add(struct esl_build *b, size_t len)
{
	uint8_t *at = b->bytes + b->len;

	if (len > sizeof(b->bytes) - b->len)
		fail_msg("no room for %zu bytes of a list", len);
	memset(at, 0, len);
	b->len += len;
	return at;
}

static void put_guid(uint8_t *to, const char *text)
{
	struct guid guid;

	if (!guid_parse(span_of_text(text), &guid))
		fail_msg("%s is no GUID", text);
	memcpy(to, guid.bytes, sizeof(guid.bytes));
}

void esl_build_list(struct esl_build *b, const char *type, uint32_t data_len)
{
	uint8_t *head;

	b->list = b->len;
	head = add(b, 28);
	put_guid(head, type);
	store_le32(head + 16, 28);
	store_le32(head + 24, 16 + data_len);
}

static uint8_t *add_entry(struct esl_build *b, const char *owner,
			  uint32_t *ret_len)
{
	uint32_t size = span_le32(span_of(b->bytes, b->len), b->list + 24);
	uint8_t *entry = add(b, size);

	put_guid(entry, owner);
	store_le32(b->bytes + b->list + 16, (uint32_t)(b->len - b->list));
	*ret_len = size - 16;
	return entry + 16;
}

void esl_build_entry(struct esl_build *b, const char *owner, struct span data)
{
	uint32_t room;
	uint8_t *to = add_entry(b, owner, &room);

	if (data.len > room)
		fail_msg("an entry has %u bytes, not %zu", room, data.len);
	memcpy(to, data.ptr, data.len);
}

void esl_build_fill(struct esl_build *b, const char *owner, uint8_t fill)
{
	uint32_t room;
	uint8_t *to = add_entry(b, owner, &room);

	memset(to, fill, room);
}

void esl_build_update(struct esl_build *b, uint32_t cert_len)
{
	uint32_t head = 16 + 24 + cert_len;

	add(b, head);
	memmove(b->bytes + head, b->bytes, b->len - head);
	memset(b->bytes, 0, head);
	b->bytes[0] = 0xda; /* 2010-03-06 19:17:21 */
	b->bytes[1] = 0x07;
	store_le32(b->bytes + 16, 24 + cert_len);
	store_le32(b->bytes + 20, 0x0ef10200);
	put_guid(b->bytes + 24, ESL_T_CERT_PKCS7);
	memset(b->bytes + 40, 0x30, cert_len);
	b->list += head;
}

struct span esl_build_file(const struct esl_build *b)
{
	return span_of(b->bytes, b->len);
}
