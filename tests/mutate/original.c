#include "original.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void end_with(const char *text, ...)
{
	va_list list;

	va_start(list, text);
	fprintf(stderr, "mutate: ");
	vfprintf(stderr, text, list);
	fprintf(stderr, "\n");
	va_end(list);
	exit(2);
}

uint16_t get_u16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] | bytes[1] << 8);
}

uint32_t get_u32(const uint8_t *bytes)
{
	return get_u16(bytes) | (uint32_t)get_u16(bytes + 2) << 16;
}

void put_u16(uint8_t *bytes, uint32_t value)
{
	bytes[0] = (uint8_t)value;
	bytes[1] = (uint8_t)(value >> 8);
}

void put_u32(uint8_t *bytes, uint32_t value)
{
	put_u16(bytes, value);
	put_u16(bytes + 2, value >> 16);
}

static void read_file(struct original *o, const char *path)
{
	FILE *file = fopen(path, "rb");
	long len;

	if (!file || fseek(file, 0, SEEK_END) || (len = ftell(file)) <= 0)
		end_with("unable to read %s", path);
	rewind(file);
	o->len = (size_t)len;
	o->bytes = malloc(o->len);
	if (!o->bytes || fread(o->bytes, 1, o->len, file) != o->len)
		end_with("unable to read %s", path);
	fclose(file);
}

static void read_headers(struct original *o)
{
	uint16_t magic;
	size_t directories;

	o->pe = get_u32(o->bytes + 0x3c);
	o->optional = o->pe + 24;
	magic = get_u16(o->bytes + o->optional);
	directories = o->optional + (magic == 0x20b ? 112 : 96);
	o->checksum = o->optional + 64;
	o->cert_entry = directories + 32;
	o->section_count = get_u16(o->bytes + o->pe + 6);
	o->section_table = o->optional + get_u16(o->bytes + o->pe + 20);
	o->headers_end = o->section_table + 40 * o->section_count;
	o->certs_at = get_u32(o->bytes + o->cert_entry);
	if (!o->certs_at || o->certs_at >= o->len)
		end_with("%s is not signed", o->name);
}

/* Adds the element at `at` and all inside of it; returns its index. */
static int read_node(struct original *o, size_t at, int parent, int entry)
{
	int self = (int)o->node_count++;
	struct node *n;
	size_t end;

	if (o->node_count > NODES_MAX)
		end_with("%s has more than %d elements", o->name, NODES_MAX);
	n = &o->nodes[self];
	*n = (struct node){ .at = at,
			    .head = 2,
			    .parent = parent,
			    .entry = entry,
			    .tag = o->bytes[at] };
	n->len = o->bytes[at + 1];
	if (n->len & 0x80) {
		size_t octets = n->len & 0x7f;

		n->len = 0;
		n->head += octets;
		for (size_t i = 0; i < octets; i++)
			n->len = n->len << 8 | o->bytes[at + 2 + i];
	}
	end = at + n->head + n->len;
	if (end > o->len)
		end_with("%s has an element that ends outside", o->name);
	if (!(n->tag & 0x20))
		return self;
	for (at += n->head; at < end;) {
		const struct node *child =
			&o->nodes[read_node(o, at, self, entry)];

		at += child->head + child->len;
	}
	return self;
}

/* The nth child of a node, -1 if there is none. */
static int child_of(const struct original *o, int parent, int number)
{
	for (size_t i = (size_t)parent + 1; i < o->node_count; i++)
		if (o->nodes[i].parent == parent && number-- == 0)
			return (int)i;
	return -1;
}

static int path_to(const struct original *o, int from, const char *numbers)
{
	for (; *numbers && from >= 0; numbers++)
		from = child_of(o, from, *numbers - '0');
	return from;
}

static bool nodes_equal(const struct original *o, int a, int b)
{
	const struct node *x = &o->nodes[a], *y = &o->nodes[b];

	return a >= 0 && b >= 0 && x->len == y->len &&
	       memcmp(o->bytes + x->at, o->bytes + y->at, x->head + x->len) ==
		       0;
}

static void mark_free(struct original *o, int top)
{
	size_t end = o->nodes[top].at + o->nodes[top].head + o->nodes[top].len;

	for (size_t i = (size_t)top; i < o->node_count && o->nodes[i].at < end;
	     i++)
		o->nodes[i].is_free = true;
}

/* An AlgorithmIdentifier whose parameters are NULL. */
static void mark_algorithm(struct original *o, int algorithm)
{
	int null = child_of(o, algorithm, 1);

	if (null >= 0 && o->nodes[null].tag == 5)
		o->nodes[null].is_loose_null = true;
}

static void mark_certificates(struct original *o, int certs, int serial)
{
	int cert;

	for (int i = 0; (cert = child_of(o, certs, i)) >= 0; i++) {
		o->nodes[cert].is_among_certs = true;
		/* tbsCertificate: [0] version, serialNumber */
		if (!nodes_equal(o, path_to(o, cert, "01"), serial))
			mark_free(o, cert);
	}
}

static void mark_signer(struct original *o, int signer)
{
	int part, number = 4;

	mark_algorithm(o, child_of(o, signer, 2));
	mark_algorithm(o, child_of(o, signer, number));
	part = path_to(o, child_of(o, signer, number), "0");
	if (part >= 0)
		o->nodes[part].is_loose_rsa = true;
	part = child_of(o, signer, 6);
	if (part >= 0)
		mark_free(o, part);
}

/* The message digest among the signed attributes: the attribute whose OID ends
 * in 9.4. */
static void find_message_digest(struct original *o, int attributes)
{
	int attribute;

	for (int i = 0; (attribute = child_of(o, attributes, i)) >= 0; i++) {
		const struct node *oid = &o->nodes[child_of(o, attribute, 0)];
		int value = path_to(o, attribute, "10");

		if (oid->len == 9 && o->bytes[oid->at + oid->head + 8] == 4 &&
		    o->bytes[oid->at + oid->head + 7] == 9 && value >= 0)
			o->message_digest_at =
				o->nodes[value].at + o->nodes[value].head;
	}
}

/* ContentInfo { OID, [0] SignedData { version, digestAlgorithms, content,
 * [0] certificates, signerInfos } } */
static void mark_signature(struct original *o, int top, bool is_first)
{
	int signed_data = path_to(o, top, "10");
	int spc = path_to(o, signed_data, "210");
	int signer = path_to(o, signed_data, "40");
	int digest = path_to(o, spc, "11");

	if (signer < 0 || digest < 0)
		end_with("%s has a signature of another shape", o->name);
	mark_algorithm(o, path_to(o, signed_data, "10"));
	mark_certificates(o, child_of(o, signed_data, 3),
			  path_to(o, signer, "11"));
	mark_signer(o, signer);
	if (!is_first)
		return;
	o->content_at = o->nodes[spc].at + o->nodes[spc].head;
	o->content_len = o->nodes[spc].len;
	o->digest_at = o->nodes[digest].at + o->nodes[digest].head;
	find_message_digest(o, child_of(o, signer, 3));
}

static void read_certificates(struct original *o)
{
	size_t at = o->certs_at, step;

	for (; at + 8 <= o->len; at += step) {
		struct entry *e = &o->entries[o->entry_count];
		int top;

		step = (get_u32(o->bytes + at) + 7UL) / 8 * 8;
		if (get_u16(o->bytes + at + 6) != 2)
			continue;
		if (o->entry_count++ == ENTRIES_MAX)
			end_with("%s has too many signatures", o->name);
		top = read_node(o, at + 8, -1, (int)o->entry_count - 1);
		*e = (struct entry){ .at = at,
				     .len = step,
				     .der_at = at + 8,
				     .der_len = o->nodes[top].head +
						o->nodes[top].len };
		mark_signature(o, top, o->entry_count == 1);
	}
}

void original_load(struct original *o, const char *path)
{
	memset(o, 0, sizeof(*o));
	o->name = path;
	read_file(o, path);
	read_headers(o);
	read_certificates(o);
}
