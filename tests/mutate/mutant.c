#include "mutant.h"

#include "trust/digest.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void mutant_begin(struct mutant *m, const struct original *o)
{
	m->of = o;
	m->intact = UINT32_MAX;
	m->what[0] = 0;
	if (m->room < o->len) {
		m->room = o->len + (64U << 10);
		m->bytes = realloc(m->bytes, m->room);
		if (!m->bytes)
			end_with("no memory for a mutant of %s", o->name);
	}
	m->len = o->len;
	memcpy(m->bytes, o->bytes, o->len);
}

void mutant_free(struct mutant *m)
{
	free(m->bytes);
	memset(m, 0, sizeof(*m));
}

void mutant_note(struct mutant *m, const char *text, ...)
{
	size_t used = strlen(m->what);
	va_list list;

	va_start(list, text);
	vsnprintf(m->what + used, sizeof(m->what) - used, text, list);
	va_end(list);
}

/* The smallest element around a byte of a signature; NULL outside of one. */
static const struct node *node_around(const struct original *o, size_t at)
{
	const struct node *found = NULL;

	for (size_t i = 0; i < o->node_count; i++) {
		const struct node *n = &o->nodes[i];

		if (at >= n->at && at < n->at + n->head + n->len)
			found = n;
	}
	return found;
}

/* A byte is no more what it was. */
static void touch(struct mutant *m, size_t at)
{
	const struct node *n = node_around(m->of, at);

	if (n && !n->is_free)
		m->intact &= ~(1U << n->entry);
}

void mutant_put(struct mutant *m, size_t at, const void *bytes, size_t len)
{
	const uint8_t *in = bytes;

	for (size_t i = 0; i < len && at + i < m->len; i++) {
		if (m->bytes[at + i] == in[i])
			continue;
		m->bytes[at + i] = in[i];
		touch(m, at + i);
	}
}

void mutant_splice(struct mutant *m, size_t at, size_t old_len,
		   const void *bytes, size_t len)
{
	size_t end = at + old_len;

	for (uint32_t i = 0; i < m->of->entry_count; i++) {
		const struct entry *e = &m->of->entries[i];

		if (at < e->der_at + e->der_len &&
		    (end > e->der_at || at > e->der_at))
			m->intact &= ~(1U << i);
	}
	if (m->len - old_len + len > m->room) {
		m->room = m->len - old_len + len + (64U << 10);
		m->bytes = realloc(m->bytes, m->room);
		if (!m->bytes)
			end_with("no memory for a mutant of %s", m->of->name);
	}
	memmove(m->bytes + at + len, m->bytes + end, m->len - end);
	if (len)
		memcpy(m->bytes + at, bytes, len);
	m->len = m->len - old_len + len;
}

size_t der_head(uint8_t out[static 8], uint8_t tag, size_t len)
{
	size_t octets = 1;

	out[0] = tag;
	if (len < 0x80) {
		out[1] = (uint8_t)len;
		return 2;
	}
	while (len >> 8 * octets)
		octets++;
	out[1] = (uint8_t)(0x80 | octets);
	for (size_t i = 0; i < octets; i++)
		out[2 + i] = (uint8_t)(len >> 8 * (octets - 1 - i));
	return 2 + octets;
}

/* After a signature's DER has grown by delta: its padding, dwLength and the
 * directory's size. */
static void fix_table(struct mutant *m, const struct entry *e, long delta)
{
	static const uint8_t zeros[8];
	size_t der_len = (size_t)((long)e->der_len + delta);
	size_t der_end = e->der_at + der_len;
	size_t old_pad = e->len - 8 - e->der_len;
	size_t pad = -der_len % 8;
	size_t at = m->of->cert_entry + 4;

	mutant_splice(m, der_end, old_pad, zeros, pad);
	put_u32(m->bytes + e->at, (uint32_t)(8 + der_len + pad));
	put_u32(m->bytes + at, (uint32_t)(m->len - m->of->certs_at));
}

void mutant_replace_node(struct mutant *m, const struct node *n,
			 const void *bytes, size_t len, bool is_loose)
{
	const struct original *o = m->of;
	uint32_t intact = m->intact;
	long delta = (long)len - (long)(n->head + n->len);

	mutant_splice(m, n->at, n->head + n->len, bytes, len);
	for (int i = n->parent; i >= 0; i = o->nodes[i].parent) {
		const struct node *up = &o->nodes[i];
		uint8_t head[8];
		size_t head_len = der_head(head, up->tag,
					   (size_t)((long)up->len + delta));

		mutant_splice(m, up->at, up->head, head, head_len);
		delta += (long)head_len - (long)up->head;
	}
	fix_table(m, &o->entries[n->entry], delta);
	m->intact = intact;
	if (!n->is_free && !is_loose)
		m->intact &= ~(1U << n->entry);
}

void mutant_digest(const struct mutant *m, uint8_t out[static 32])
{
	const struct original *o = m->of;
	uint8_t full[DIGEST_MAX];
	struct digest d;
	size_t last = o->cert_entry + 8;

	digest_begin(&d, DIGEST_SHA256);
	digest_add(&d, span_of(m->bytes, o->checksum));
	digest_add(&d, span_of(m->bytes + o->checksum + 4,
			       o->cert_entry - o->checksum - 4));
	digest_add(&d, span_of(m->bytes + last, o->certs_at - last));
	digest_end(&d, full);
	memcpy(out, full, 32);
}

static bool hashed_bytes_are_same(const struct mutant *m)
{
	const struct original *o = m->of;
	size_t last = o->cert_entry + 8;

	return m->len >= o->certs_at &&
	       memcmp(m->bytes, o->bytes, o->checksum) == 0 &&
	       memcmp(m->bytes + o->checksum + 4, o->bytes + o->checksum + 4,
		      o->cert_entry - o->checksum - 4) == 0 &&
	       memcmp(m->bytes + last, o->bytes + last, o->certs_at - last) ==
		       0;
}

bool mutant_is_same(const struct mutant *m)
{
	const struct original *o = m->of;
	const uint8_t *entry = m->bytes + o->cert_entry;

	if (!hashed_bytes_are_same(m) || get_u32(entry) != o->certs_at ||
	    get_u32(entry + 4) != m->len - o->certs_at)
		return false;
	for (uint32_t i = 0; i < o->entry_count; i++)
		if (m->intact & 1U << i ||
		    memmem(m->bytes + o->certs_at, m->len - o->certs_at,
			   o->bytes + o->entries[i].der_at,
			   o->entries[i].der_len))
			return true;
	return false;
}
