#include "sweep.h"

#include "trust/digest.h"

#include <string.h>

#define CUTS	   1024
#define EXTENSIONS 64
#define FLIPS	   512
#define REHASHES   64

static const uint32_t interesting[] = {
	0,	    1,		2,	    4,		7,	    8,
	0x10,	    0x28,	0x200,	    0x1000,	0xffff,	    0x10000,
	0x7ffffff8, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff,
};
#define INTERESTING  (sizeof(interesting) / sizeof(interesting[0]))
#define FIELD_VALUES (INTERESTING + 10)

static bool change_byte(struct mutant *m, size_t at, size_t how)
{
	uint8_t old = m->bytes[at];
	const uint8_t values[] = { old ^ 1, old ^ 0x80, 0, 0xff,
				   (uint8_t)(old + 1) };

	mutant_note(m, "byte 0x%zx: 0x%02x -> 0x%02x", at, old, values[how]);
	mutant_put(m, at, &values[how], 1);
	return values[how] != old;
}

static size_t header_bytes(const struct sweep_input *in)
{
	return 5 * in->o->headers_end;
}

static bool header_byte(const struct sweep_input *in, size_t n,
			struct mutant *m)
{
	(void)in;
	return change_byte(m, n / 5, n % 5);
}

static size_t table_bytes(const struct sweep_input *in)
{
	return 5 * (in->o->len - in->o->certs_at);
}

static bool table_byte(const struct sweep_input *in, size_t n, struct mutant *m)
{
	return change_byte(m, in->o->certs_at + n / 5, n % 5);
}

/* Every even place of the PE headers as a 32-bit field. */
static size_t header_fields(const struct sweep_input *in)
{
	return (in->o->headers_end - in->o->pe) / 2 * FIELD_VALUES;
}

static uint32_t field_value(const struct original *o, uint32_t old, size_t n)
{
	const uint32_t more[] = {
		old + 1,	  old - 1,	old + 8,
		old - 8,	  old + 0x200,	old - 0x200,
		old + 0x1000,	  old - 0x1000, (uint32_t)o->certs_at,
		(uint32_t)o->len,
	};

	return n < INTERESTING ? interesting[n] : more[n - INTERESTING];
}

static bool header_field(const struct sweep_input *in, size_t n,
			 struct mutant *m)
{
	size_t at = in->o->pe + n / FIELD_VALUES * 2;
	uint32_t old = get_u32(m->bytes + at);
	uint32_t value = field_value(in->o, old, n % FIELD_VALUES);
	uint8_t octets[4];

	mutant_note(m, "field 0x%zx: 0x%x -> 0x%x", at, old, value);
	put_u32(octets, value);
	mutant_put(m, at, octets, 4);
	return value != old;
}

static size_t cuts(const struct sweep_input *in)
{
	return in->o->len < CUTS ? in->o->len : CUTS;
}

/* The last bytes one by one, the rest in steps. */
static bool cut(const struct sweep_input *in, size_t n, struct mutant *m)
{
	size_t count = cuts(in), len;

	if (n < count / 2)
		len = in->o->len - 1 - n;
	else
		len = in->o->len / count * (n - count / 2) * 2;
	mutant_note(m, "cut to %zu bytes", len);
	mutant_splice(m, len, in->o->len - len, NULL, 0);
	return true;
}

static size_t extensions(const struct sweep_input *in)
{
	(void)in;
	return 6 * EXTENSIONS;
}

/* Zeros, ones, or the file's own end, at the end; the directory knows or does
 * not. */
static bool extension(const struct sweep_input *in, size_t n, struct mutant *m)
{
	uint8_t more[EXTENSIONS];
	size_t len = n / 6 + 1, entry = in->o->cert_entry + 4;
	bool is_known = n % 2;

	memset(more, n % 6 / 2 == 0 ? 0 : 0xff, sizeof(more));
	if (n % 6 / 2 == 2)
		memcpy(more, in->o->bytes + in->o->len - len, len);
	mutant_note(m, "%zu bytes more (kind %zu)%s", len, n % 6 / 2,
		    is_known ? ", and the directory says so" : "");
	if (is_known) {
		put_u32(m->bytes + entry,
			get_u32(m->bytes + entry) + (uint32_t)len);
	}
	mutant_splice(m, m->len, 0, more, len);
	return true;
}

static size_t der_changes(const struct sweep_input *in)
{
	return in->o->node_count * DER_OPS;
}

static bool der_change(const struct sweep_input *in, size_t n, struct mutant *m)
{
	return der_mutate(in->o, n / DER_OPS, n % DER_OPS, m);
}

static size_t data_flips(const struct sweep_input *in)
{
	size_t len = in->o->certs_at - in->o->headers_end;

	return len < FLIPS ? len : FLIPS;
}

static bool data_flip(const struct sweep_input *in, size_t n, struct mutant *m)
{
	size_t len = in->o->certs_at - in->o->headers_end;
	size_t at = in->o->headers_end + len / data_flips(in) * n;

	return change_byte(m, at, n % 2);
}

static size_t rehashes(const struct sweep_input *in)
{
	return in->o->digest_at && in->o->message_digest_at ? 2 * REHASHES : 0;
}

/* A changed image with the digest that is right for it put into the signature;
 * and then that of the signed content, too. Only the signature itself is left
 * to notice. */
static bool rehash(const struct sweep_input *in, size_t n, struct mutant *m)
{
	const struct original *o = in->o;
	size_t len = o->certs_at - o->headers_end;
	uint8_t full[64], digest[32];
	bool deep = n % 2;

	if (!change_byte(m, o->headers_end + len / REHASHES * (n / 2), 0))
		return false;
	mutant_note(m, ", and the digest%s made right",
		    deep ? "s" : " of the image");
	mutant_digest(m, digest);
	mutant_put(m, o->digest_at, digest, 32);
	if (!deep)
		return true;
	digest_of(DIGEST_SHA256,
		  span_of(m->bytes + o->content_at, o->content_len), full);
	mutant_put(m, o->message_digest_at, full, 32);
	return true;
}

static const struct {
	size_t (*count)(const struct sweep_input *in);
	bool (*make)(const struct sweep_input *in, size_t n, struct mutant *m);
} sweeps[] = {
	{ header_bytes, header_byte },	 { table_bytes, table_byte },
	{ header_fields, header_field }, { cuts, cut },
	{ extensions, extension },	 { der_changes, der_change },
	{ data_flips, data_flip },	 { rehashes, rehash },
	{ layout_count, layout_make },
};
#define SWEEPS (sizeof(sweeps) / sizeof(sweeps[0]))

size_t sweep_count(const struct sweep_input *in)
{
	size_t count = 0;

	for (size_t i = 0; i < SWEEPS; i++)
		count += sweeps[i].count(in);
	return count;
}

bool sweep_make(const struct sweep_input *in, size_t number, struct mutant *m)
{
	size_t i = 0, count;

	while (number >= (count = sweeps[i].count(in))) {
		number -= count;
		i++;
	}
	mutant_begin(m, in->o);
	return sweeps[i].make(in, number, m);
}
