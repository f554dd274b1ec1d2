/* What can be done to one element of a signature's DER. All but the raw changes
 * keep everything around the element well-formed. */
#include "sweep.h"

#include <stdlib.h>
#include <string.h>

/* Object identifiers to put in place of others, with tag and length. */
static const struct {
	const char *name;
	uint8_t len, der[16];
} oids[] = {
	{ "md5", 10, { 6, 8, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 5 } },
	{ "sha1", 7, { 6, 5, 0x2b, 0x0e, 3, 2, 0x1a } },
	{ "sha256", 11, { 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1 } },
	{ "sha384", 11, { 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2 } },
	{ "sha512", 11, { 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3 } },
	{ "sha224", 11, { 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 4 } },
	{ "rsa", 11, { 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1 } },
	{ "rsa-sha1",
	  11,
	  { 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5 } },
	{ "rsa-sha256",
	  11,
	  { 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11 } },
	{ "rsa-sha512",
	  11,
	  { 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13 } },
	{ "pss", 11, { 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10 } },
	{ "ecdsa-sha256", 10, { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2 } },
	{ "data", 11, { 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1 } },
	{ "signed-data",
	  11,
	  { 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2 } },
	{ "spc", 12, { 6, 10, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 4 } },
};
#define OIDS (sizeof(oids) / sizeof(oids[0]))

_Static_assert(DER_OPS == OIDS + 33, "see der_mutate()");

static const uint8_t tags[] = { 0x02, 0x04, 0x05, 0x1f, 0x24,
				0x30, 0x31, 0x80, 0xa0, 0xa1 };

struct op {
	const struct original *o;
	const struct node *n;
	struct mutant *m;
	const uint8_t *bytes; /* the element */
	size_t size;
};

/* The element becomes before + content + after, with this tag. */
static bool rebuild(struct op *p, uint8_t tag, const void *before,
		    size_t before_len, size_t content_len, const void *after,
		    size_t after_len)
{
	size_t len = before_len + content_len + after_len;
	uint8_t *out = malloc(len + 8), head[8];
	size_t at = der_head(head, tag, len);

	if (!out)
		end_with("no memory for an element");
	memcpy(out, head, at);
	if (before_len)
		memcpy(out + at, before, before_len);
	memcpy(out + at + before_len, p->bytes + p->n->head, content_len);
	if (after_len)
		memcpy(out + at + before_len + content_len, after, after_len);
	mutant_replace_node(p->m, p->n, out, at + len, false);
	free(out);
	return true;
}

static bool put_raw(struct op *p, const void *octets, size_t len,
		    const char *what)
{
	mutant_note(p->m, "%s", what);
	mutant_put(p->m, p->n->at + 1, octets, len);
	return true;
}

/* The other element that starts where this one ends, in the same parent. */
static const struct node *next_sibling(const struct op *p)
{
	for (size_t i = 0; i < p->o->node_count; i++)
		if (p->o->nodes[i].parent == p->n->parent &&
		    p->o->nodes[i].entry == p->n->entry &&
		    p->o->nodes[i].at == p->n->at + p->size)
			return &p->o->nodes[i];
	return NULL;
}

/* Both have the same parent, so lengths stay. */
static bool swap_with_next(struct op *p)
{
	const struct node *next = next_sibling(p);
	uint32_t intact = p->m->intact;
	uint8_t *both;
	size_t len;

	if (!next || p->n->parent < 0)
		return false;
	mutant_note(p->m, "swapped with the next");
	len = next->head + next->len;
	both = malloc(len + p->size);
	if (!both)
		end_with("no memory for two elements");
	memcpy(both, p->o->bytes + next->at, len);
	memcpy(both + len, p->bytes, p->size);
	mutant_splice(p->m, p->n->at, len + p->size, both, len + p->size);
	free(both);
	if (p->n->is_among_certs || p->n->is_free)
		p->m->intact = intact;
	return true;
}

static bool in_another_form(struct op *p, size_t octets, bool is_indefinite)
{
	uint8_t *out = malloc(p->size + 16);
	size_t at = 1;

	if (!out)
		end_with("no memory for an element");
	mutant_note(p->m, is_indefinite ? "of indefinite length"
					: "length longer than needed");
	out[0] = p->n->tag;
	out[at++] = (uint8_t)(is_indefinite ? 0x80 : 0x80 | octets);
	for (size_t i = octets; !is_indefinite && i-- > 0;)
		out[at++] = (uint8_t)(i < 8 ? p->n->len >> 8 * i : 0);
	memcpy(out + at, p->bytes + p->n->head, p->n->len);
	at += p->n->len;
	if (is_indefinite) {
		out[at++] = 0;
		out[at++] = 0;
	}
	mutant_replace_node(p->m, p->n, out, at, false);
	free(out);
	return true;
}

/* Twice, or not at all. */
static bool repeat(struct op *p, bool twice)
{
	uint8_t *out = malloc(2 * p->size);
	bool is_loose = twice ? p->n->is_among_certs : p->n->is_loose_null;

	if (!out)
		end_with("no memory for an element");
	mutant_note(p->m, twice ? "twice" : "left out");
	memcpy(out, p->bytes, p->size);
	memcpy(out + p->size, p->bytes, p->size);
	mutant_replace_node(p->m, p->n, out, twice ? 2 * p->size : 0, is_loose);
	free(out);
	return true;
}

static bool put_oid(struct op *p, size_t number)
{
	const uint8_t *oid = oids[number].der;
	size_t len = oids[number].len;

	if (p->n->tag != 6 ||
	    (p->size == len && memcmp(p->bytes, oid, len) == 0))
		return false;
	mutant_note(p->m, "replaced by %s", oids[number].name);
	/* RSA or RSA with SHA-256: both are said for the same thing. */
	mutant_replace_node(
		p->m, p->n, oid, len,
		p->n->is_loose_rsa &&
			(strcmp(oids[number].name, "rsa") == 0 ||
			 strcmp(oids[number].name, "rsa-sha256") == 0));
	return true;
}

static bool put_tag(struct op *p, uint8_t tag)
{
	if (p->n->tag == tag)
		return false;
	mutant_note(p->m, "tag 0x%02x", tag);
	mutant_put(p->m, p->n->at, &tag, 1);
	return true;
}

static bool change_content(struct op *p, size_t op)
{
	static const uint8_t huge[600] = { 0x7f }, zero[2], null[2] = { 5, 0 };
	static const uint8_t minus = 0xff;
	uint8_t first = p->n->len ? p->bytes[p->n->head] ^ 0x80 : 0;

	switch (op) {
	case 0:
		mutant_note(p->m, "emptied");
		return rebuild(p, p->n->tag, NULL, 0, 0, NULL, 0);
	case 1:
		mutant_note(p->m, "a zero in front");
		return rebuild(p, p->n->tag, zero, 1, p->n->len, NULL, 0);
	case 2:
		mutant_note(p->m, "a zero behind");
		return rebuild(p, p->n->tag, NULL, 0, p->n->len, zero, 1);
	case 3:
		mutant_note(p->m, "a NULL behind");
		return rebuild(p, p->n->tag, NULL, 0, p->n->len, null, 2);
	case 4:
		mutant_note(p->m, "huge");
		return rebuild(p, p->n->tag, huge, sizeof(huge), 0, NULL, 0);
	case 5:
		mutant_note(p->m, "negative");
		return rebuild(p, p->n->tag, &minus, 1, p->n->len, NULL, 0);
	case 6:
		if (!p->n->len)
			return false;
		mutant_note(p->m, "sign of the first octet");
		mutant_put(p->m, p->n->at + p->n->head, &first, 1);
		return true;
	case 7:
		if (!p->n->len)
			return false;
		mutant_note(p->m, "cut by one");
		return rebuild(p, p->n->tag, NULL, 0, p->n->len - 1, NULL, 0);
	case 8:
		mutant_note(p->m, "a NULL in front");
		return rebuild(p, p->n->tag, null, 2, p->n->len, NULL, 0);
	default:
		mutant_note(p->m, "inside another SEQUENCE");
		if (p->size > 0xfff0)
			return false;
		return rebuild(p, 0x30, p->bytes, p->n->head, p->n->len, NULL,
			       0);
	}
}

static bool change_length(struct op *p, size_t op)
{
	uint8_t last = p->bytes[p->n->head - 1];
	uint8_t more = (uint8_t)(last + 1), less = (uint8_t)(last - 1);

	switch (op) {
	case 0:
		mutant_note(p->m, "length + 1");
		mutant_put(p->m, p->n->at + p->n->head - 1, &more, 1);
		return true;
	case 1:
		mutant_note(p->m, "length - 1");
		mutant_put(p->m, p->n->at + p->n->head - 1, &less, 1);
		return true;
	case 2:
		return put_raw(p, "\0", 1, "length 0");
	case 3:
		return put_raw(p, "\x80", 1, "indefinite, without an end");
	case 4:
		return put_raw(p, "\x84\xff\xff\xff\xff", 5, "length 4 GiB");
	case 5:
		return put_raw(p, "\x84\x7f\xff\xff\xff", 5, "length 2 GiB");
	case 6:
		return put_raw(p, "\xff", 1, "length reserved");
	case 7:
		return in_another_form(p, 4, false);
	case 8:
		return in_another_form(p, 9, false);
	default:
		return in_another_form(p, 0, true);
	}
}

bool der_mutate(const struct original *o, size_t node, size_t op,
		struct mutant *m)
{
	struct op p = { .o = o, .n = &o->nodes[node], .m = m };

	p.bytes = o->bytes + p.n->at;
	p.size = p.n->head + p.n->len;
	mutant_note(m, "element %zu at 0x%zx (tag 0x%02x): ", node, p.n->at,
		    p.n->tag);
	if (op < OIDS)
		return put_oid(&p, op);
	op -= OIDS;
	if (op < sizeof(tags))
		return put_tag(&p, tags[op]);
	op -= sizeof(tags);
	if (op < 10)
		return change_content(&p, op);
	op -= 10;
	if (op < 10)
		return change_length(&p, op);
	op -= 10;
	return op == 0 ? swap_with_next(&p) : repeat(&p, op == 1);
}
