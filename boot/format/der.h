/*
 * DER (ITU-T X.690, 2021; section numbers below are its own), for certificates
 * and signatures: definite minimal lengths, low tag numbers, one encoding of
 * each value. What two readers could understand differently is refused; BER is
 * not read.
 *
 * A reader walks the elements of one level; der_enter() gives a reader of its
 * own for what is inside an element, which cannot see past its end. All readers
 * of one parse share a source, which keeps the first failure: from then on they
 * give zeros and empty spans and have no elements left. A parser may therefore
 * read on and ask once, at its end, with der_status(). Loops over der_more()
 * end by themselves.
 *
 * what: a few words for the sentence ("the serial number").
 */
#ifndef KEELBOOT_FORMAT_DER_H
#define KEELBOOT_FORMAT_DER_H

#include "base/error.h"
#include "base/span.h"

/* Identifier octets, with the constructed bit where it belongs (8.1.2). */
enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_UTF8_STRING = 0x0c,
	DER_PRINTABLE_STRING = 0x13,
	DER_TELETEX_STRING = 0x14,
	DER_IA5_STRING = 0x16,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_BMP_STRING = 0x1e,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT = 0x80,    /* plus the number: [n] of a primitive type */
	DER_CONSTRUCTED = 0xa0 /* plus the number: [n] around elements */
};

struct der_source {
	struct span all;    /* for offsets in sentences */
	enum status status; /* the first failure */
	struct error *err;  /* may be NULL */
};

struct der {
	struct der_source *source;
	struct cursor c;
};

struct der_element {
	uint8_t tag;
	struct span whole;   /* with tag and length */
	struct span content; /* without */
};

/* An OBJECT IDENTIFIER as text, "1.2.840.113549.1.7.2". One with a number of
 * more than 64 bits, or too long for the text, is "unreadable": it is equal to
 * none that is known. */
struct oid {
	char text[96];
};

/* Prepares *source; source and err must outlive the reader. */
struct der der_over(struct der_source *source, struct span bytes,
		    struct error *err);

enum status der_status(const struct der *d);
bool der_ok(const struct der *d);

/* Makes code the failure of the whole parse, unless there is one. */
void der_fail(struct der *d, enum status code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* True if nothing failed and there is another element, or one of that tag. */
bool der_more(const struct der *d);
bool der_next_is(const struct der *d, uint8_t tag);

/*
 * The next element, whatever it is. Errors:
 * E_DER_TRUNCATED         no element is left, or its header is cut
 * E_DER_TAG_RESERVED      tag 0x00, the end of a BER value (8.1.5)
 * E_DER_HIGH_TAG          a tag number above 30: nothing here has one
 * E_DER_INDEFINITE        length 0x80 (10.1)
 * E_DER_LENGTH_SIZE       a length of more than 4 octets
 * E_DER_LENGTH_NOT_MINIMAL  (10.1)
 * E_DER_PAST_END          the content ends after what is around it
 */
struct der_element der_any(struct der *d, const char *what);

/* The same with that tag, else E_DER_TAG. */
struct der_element der_take(struct der *d, uint8_t tag, const char *what);
struct der der_enter(struct der *d, uint8_t tag, const char *what);

/* A reader of what is inside an element. */
struct der der_inside(const struct der *d, const struct der_element *element);

/* E_DER_TRAILING unless every element was read. */
void der_end(struct der *d, const char *what);

/* 0xff or 0x00 (11.1), else E_DER_BOOLEAN. */
bool der_boolean(struct der *d, const char *what);

/* E_DER_NULL if it holds something. */
void der_null(struct der *d, const char *what);

/*
 * Content octets of an INTEGER that is not negative; the first is 0 where the
 * next has its highest bit set. Errors: E_DER_INTEGER_EMPTY,
 * E_DER_INTEGER_NOT_MINIMAL (8.3.2), E_DER_INTEGER_NEGATIVE.
 */
struct span der_integer(struct der *d, const char *what);

/* The same without that 0; empty for the number zero. */
struct span der_natural(struct der *d, const char *what);

/* The same as a number; E_DER_INTEGER_LARGE if it has more than 32 bits. */
uint32_t der_number(struct der *d, const char *what);

/*
 * The octets of a BIT STRING that has a multiple of 8 bits. Errors:
 * E_DER_BITS_EMPTY (no count of unused bits), E_DER_BITS_UNUSED (count is not
 * 0).
 */
struct span der_bit_octets(struct der *d, const char *what);

/*
 * A BIT STRING of named bits, bit n as 1 << n. Errors: E_DER_BITS_EMPTY,
 * E_DER_BITS_UNUSED (above 7, or of no octet), E_DER_BITS_PADDING (unused bits
 * that are not 0, 11.2.1), E_DER_BITS_LONG (more than 32). Zero bits at the
 * end, which 11.2.2 wants removed, are taken: they mean the same.
 */
uint32_t der_named_bits(struct der *d, const char *what);

/* E_DER_OID if it is empty, or a number is not minimal or has no end (8.19). */
struct oid der_oid(struct der *d, const char *what);
bool oid_is(const struct oid *oid, const char *text);

/*
 * UTCTime YYMMDDHHMMSSZ (years 1950 to 2049) or GeneralizedTime
 * YYYYMMDDHHMMSSZ, in the only forms RFC 5280 (4.1.2.5) leaves, as seconds
 * since 1970. Errors: E_DER_TAG, E_DER_TIME_FORM, E_DER_TIME_VALUE.
 */
int64_t der_time(struct der *d, const char *what);

#endif
