/* Files into items: what a file is, what of it a folder has a use for. */
#include "trust/keyring.h"

#include "base/text.h"
#include "format/esl.h"
#include "format/pem.h"
#include "format/sbat.h"
#include "format/x509.h"
#include "trust/keyring_parts.h"
#include "trust/signature.h"

#include <string.h>

#define NO_DIGEST ((enum digest_kind)0)

/* One file on its way into the keyring. */
struct adding {
	struct keyring *keyring;
	enum keyring_folder folder;
	const char *source;
	bool is_narrowing; /* what cannot be honoured does not stop the rest */
	uint32_t found;	   /* items in the file, also those not new */
	enum status first; /* of narrowing: what went wrong first */
	struct error why;
};

/* What went wrong with one item: the end, or noted while narrowing. */
static enum status item_failed(struct adding *a, enum status s,
			       const struct error *why)
{
	if (!a->is_narrowing)
		return s;
	if (a->first == OK) {
		a->first = s;
		a->why = *why;
	}
	return OK;
}

static enum status add_item(struct adding *a, enum keyring_kind kind,
			    enum digest_kind digest, struct span data,
			    struct error *why)
{
	struct keyring_item item = {
		.kind = kind,
		.digest = digest,
		.data = data,
		.source = a->source,
	};

	a->found++;
	return keyring_add_item(a->keyring, &item, why);
}

static enum status misplaced(const struct adding *a, const char *what,
			     struct error *why)
{
	return fail(why, E_KEYRING_PLACE, "%s/ has no use for %s",
		    keyring_folder_name(a->folder), what);
}

/* --- certificates --------------------------------------------------------- */

static unsigned bit_length(struct span number)
{
	unsigned bits = (unsigned)number.len * 8;

	for (uint8_t top = number.len ? number.ptr[0] : 0x80; !(top & 0x80);
	     top = (uint8_t)(top << 1))
		bits--;
	return bits;
}

/* Whether it could verify anything at all (trust/signature.h). */
static enum status check_key(const struct x509_key *key, struct error *why)
{
	unsigned bits;

	if (key->kind == X509_KEY_EC)
		return OK;
	if (key->kind != X509_KEY_RSA)
		return fail(why, E_KEYRING_KEY,
			    "its key is of a kind that is not supported; known "
			    "are RSA and EC on P-256, P-384 and P-521");
	bits = bit_length(key->modulus);
	if (bits < SIGNATURE_RSA_BITS_MIN || bits > SIGNATURE_RSA_BITS_MAX)
		return fail(why, E_KEYRING_KEY,
			    "its RSA key has %u bits, %u to %u are supported",
			    bits, SIGNATURE_RSA_BITS_MIN,
			    SIGNATURE_RSA_BITS_MAX);
	bits = bit_length(key->exponent);
	if (bits < 2 || bits > SIGNATURE_EXPONENT_BITS_MAX ||
	    !(key->exponent.ptr[key->exponent.len - 1] & 1))
		return fail(why, E_KEYRING_KEY,
			    "its RSA exponent has %u bits, supported are odd "
			    "ones of 2 to %u bits",
			    bits, SIGNATURE_EXPONENT_BITS_MAX);
	return OK;
}

static bool is_same_key(const struct x509_key *a, const struct x509_key *b)
{
	return a->kind == b->kind && a->curve == b->curve &&
	       span_equal(a->modulus, b->modulus) &&
	       span_equal(a->exponent, b->exponent) &&
	       span_equal(a->point, b->point);
}

/* What one key has signed must never pass for something else, so it is in one
 * folder only, whatever certificate it comes in. */
static enum status check_purpose(const struct adding *a, enum keyring_kind kind,
				 const struct x509_key *key, struct error *why)
{
	for (uint32_t i = 0; i < a->keyring->count; i++) {
		const struct keyring_item *item = &a->keyring->items[i];
		struct x509_view other;

		if (item->kind == kind ||
		    (item->kind != KEYRING_DB_CERT &&
		     item->kind != KEYRING_MANIFEST_CERT &&
		     item->kind != KEYRING_TLS_CERT))
			continue;
		if (x509_parse(item->data, &other, NULL) == OK &&
		    is_same_key(&other.key, key))
			return fail(why, E_KEYRING_PURPOSE,
				    "its key is that of %s, and no key serves "
				    "two purposes",
				    item->source);
	}
	return OK;
}

static enum status add_trusted_cert(struct adding *a, enum keyring_kind kind,
				    struct span der, struct error *why)
{
	struct x509_view view;
	struct display name;
	enum status s = x509_parse(der, &view, why);

	if (s != OK)
		return s;
	x509_name_text(view.subject, &name);
	s = check_key(&view.key, why);
	if (s == OK)
		s = check_purpose(a, kind, &view.key, why);
	if (s != OK)
		return fail_in(why, s, "the certificate of %s", name.text);
	return add_item(a, kind, NO_DIGEST, der, why);
}

/* A revoked certificate counts by its bytes, too: while narrowing, one that
 * cannot be read is reported, and added all the same. */
static enum status add_revoked_cert(struct adding *a, struct span der,
				    struct error *why)
{
	struct x509_view view;
	struct error ignored;
	enum status s = x509_parse(der, &view, why);

	if (s == OK)
		return add_item(a, KEYRING_DBX_CERT, NO_DIGEST, der, why);
	if (a->is_narrowing &&
	    add_item(a, KEYRING_DBX_CERT, NO_DIGEST, der, &ignored) != OK)
		*why = ignored;
	return s;
}

static enum status add_cert(struct adding *a, struct span der,
			    struct error *why)
{
	switch (a->folder) {
	case KEYRING_FOLDER_DB:
		return add_trusted_cert(a, KEYRING_DB_CERT, der, why);
	case KEYRING_FOLDER_DBX:
		return add_revoked_cert(a, der, why);
	case KEYRING_FOLDER_MANIFEST:
		return add_trusted_cert(a, KEYRING_MANIFEST_CERT, der, why);
	case KEYRING_FOLDER_TLS:
		return add_trusted_cert(a, KEYRING_TLS_CERT, der, why);
	case KEYRING_FOLDER_SBAT:
		break;
	}
	return misplaced(a, "certificates", why);
}

static enum status add_pem(struct adding *a, struct span text,
			   struct error *why)
{
	size_t cap = text.len / 4 * 3, used = 0;
	struct pem_block block;
	struct display shown;
	unsigned number = 1;
	bool found = true;
	void *room;
	enum status s = keyring_own(a->keyring, cap, &room, why);

	for (; s == OK; number++) {
		s = pem_next(&text, (uint8_t *)room + used, cap - used, &block,
			     &found, why);
		if (s != OK || !found)
			break;
		used += block.der.len;
		shown = display_of(block.label);
		if (!span_equal_text(block.label, "CERTIFICATE"))
			s = fail(why, E_KEYRING_PEM_LABEL,
				 "it is a '%s', not a CERTIFICATE", shown.text);
		else
			s = add_cert(a, block.der, why);
		if (s == OK)
			continue;
		fail_in(why, s, "PEM block %u", number);
		s = item_failed(a, s, why);
	}
	return s;
}

/* --- hashes --------------------------------------------------------------- */

static enum status add_hash(struct adding *a, enum digest_kind digest,
			    struct span data, struct error *why)
{
	if (a->folder == KEYRING_FOLDER_DB)
		return add_item(a, KEYRING_DB_HASH, digest, data, why);
	if (a->folder == KEYRING_FOLDER_DBX)
		return add_item(a, KEYRING_DBX_HASH, digest, data, why);
	return misplaced(a, "hashes of images", why);
}

static enum status add_tbs_hash(struct adding *a, enum digest_kind digest,
				struct span data, struct error *why)
{
	if (a->folder == KEYRING_FOLDER_DBX)
		return add_item(a, KEYRING_DBX_TBS, digest, data, why);
	return misplaced(a, "hashes of certificates", why);
}

/* What stands before a comment. */
static struct span without_comment(struct span line)
{
	const uint8_t *mark = line.len ? memchr(line.ptr, '#', line.len) : NULL;

	if (mark)
		line.len = (size_t)(mark - line.ptr);
	return span_trim(line);
}

static enum status add_hash_line(struct adding *a, struct span line,
				 uint8_t **room, struct error *why)
{
	static const char tbs[] = "tbs:";
	bool is_tbs = span_starts_with(line, tbs, strlen(tbs));
	struct display shown = display_of(line);
	uint8_t *bytes = *room;

	if (is_tbs)
		line = span_slice(line, strlen(tbs), line.len - strlen(tbs));
	for (enum digest_kind k = DIGEST_SHA256; k <= DIGEST_SHA512; k++) {
		size_t len = digest_len(k);

		if (line.len != 2 * len || !text_parse_hex(line, bytes, len))
			continue;
		*room += len;
		return is_tbs ? add_tbs_hash(a, k, span_of(bytes, len), why)
			      : add_hash(a, k, span_of(bytes, len), why);
	}
	return fail(why, E_KEYRING_LINE,
		    "'%s' is no hash of 64, 96 or 128 hexadecimal digits",
		    shown.text);
}

static enum status add_hash_list(struct adding *a, struct span text,
				 struct error *why)
{
	unsigned number = 0;
	struct span line;
	void *block;
	uint8_t *room;
	enum status s = keyring_own(a->keyring, text.len / 2, &block, why);

	room = s == OK ? block : NULL;
	while (s == OK && span_next_line(&text, &line)) {
		number++;
		line = without_comment(line);
		if (!line.len)
			continue;
		s = add_hash_line(a, line, &room, why);
		if (s == OK)
			continue;
		fail_in(why, s, "line %u", number);
		s = item_failed(a, s, why);
	}
	return s;
}

/* --- EFI signature lists -------------------------------------------------- */

static enum status add_entry(struct adding *a, const struct esl_entry *entry,
			     struct error *why)
{
	char what[ESL_KIND_TEXT_MAX];

	switch (entry->kind) {
	case ESL_X509:
		return add_cert(a, entry->data, why);
	case ESL_HASH:
		/* The number is for Windows' boot manager to look at; firmware
		 * takes it for the hash of an image that does not exist. */
		if (entry->is_svn && a->folder == KEYRING_FOLDER_DBX) {
			a->found++;
			return OK;
		}
		return add_hash(a, entry->digest, entry->data, why);
	case ESL_X509_TBS:
		return add_tbs_hash(a, entry->digest, entry->data, why);
	case ESL_SHA1:
	case ESL_RSA2048:
	case ESL_OTHER:
		break;
	}
	esl_describe(entry, what);
	return fail(why, E_KEYRING_TYPE, "%s cannot be %s", what,
		    a->folder == KEYRING_FOLDER_DBX ? "revoked" : "trusted");
}

static enum status add_lists(struct adding *a, struct span lists,
			     struct error *why)
{
	struct esl_walk walk = esl_begin(lists);
	struct esl_entry entry;
	bool found;
	enum status s;

	for (;;) {
		s = esl_next(&walk, &entry, &found, why);
		if (s != OK || !found)
			return s;
		s = add_entry(a, &entry, why);
		if (s == OK)
			continue;
		fail_in(why, s, "the EFI signature at 0x%zx", entry.offset);
		s = item_failed(a, s, why);
		if (s != OK)
			return s;
	}
}

static enum status add_update(struct adding *a, struct span file,
			      struct error *why)
{
	struct span lists;
	enum status s = esl_strip_update(file, &lists, why);

	return s == OK ? add_lists(a, lists, why) : s;
}

/* --- files ---------------------------------------------------------------- */

static enum status add_level(struct adding *a, struct span text,
			     struct error *why)
{
	struct sbat_view level;
	enum status s = sbat_parse_level(text, &level, why);

	if (s != OK)
		return s;
	return add_item(a, KEYRING_SBAT_LEVEL, NO_DIGEST, text, why);
}

/* A certificate is a SEQUENCE of more than 127 bytes, and the digits of a list
 * of hashes, one of which is 0x30, are below 0x80. */
static bool is_der(struct span bytes)
{
	return bytes.len >= 2 && bytes.ptr[0] == 0x30 && bytes.ptr[1] >= 0x80;
}

/* EFI signature lists always have zeros in their headers. */
static bool is_text(struct span bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		uint8_t c = bytes.ptr[i];

		if (c < 0x20 && c != '\t' && c != '\r' && c != '\n')
			return false;
	}
	return true;
}

static enum status add_content(struct adding *a, struct span bytes,
			       struct error *why)
{
	if (a->folder == KEYRING_FOLDER_SBAT)
		return add_level(a, bytes, why);
	if (esl_is_update(bytes))
		return add_update(a, bytes, why);
	if (is_der(bytes))
		return add_cert(a, bytes, why);
	if (pem_is_candidate(bytes))
		return add_pem(a, bytes, why);
	if (is_text(bytes))
		return add_hash_list(a, bytes, why);
	return add_lists(a, bytes, why);
}

static enum status check_size(struct span bytes, struct error *why)
{
	if (!bytes.len)
		return fail(why, E_KEYRING_EMPTY_FILE, "the file has 0 bytes");
	if (bytes.len > KEYRING_FILE_MAX)
		return fail(why, E_KEYRING_FILE_SIZE,
			    "the file has %zu bytes, the most is %u", bytes.len,
			    KEYRING_FILE_MAX);
	return OK;
}

/* Copies of what items will point to. */
static enum status keep(struct adding *a, const char *name, struct span *bytes,
			struct error *why)
{
	size_t name_size = strlen(name) + 1;
	void *block;
	enum status s = keyring_own(a->keyring, name_size, &block, why);

	if (s != OK)
		return s;
	a->source = memcpy(block, name, name_size);
	s = keyring_own(a->keyring, bytes->len, &block, why);
	if (s == OK)
		*bytes = span_of(memcpy(block, bytes->ptr, bytes->len),
				 bytes->len);
	return s;
}

static enum status add_all(struct adding *a, const char *name,
			   struct span bytes)
{
	struct error why = { .code = OK };
	enum status s = check_size(bytes, &why);

	if (s == OK)
		s = keep(a, name, &bytes, &why);
	if (s == OK)
		s = add_content(a, bytes, &why);
	if (s == OK && !a->found && a->first == OK)
		s = fail(&why, E_KEYRING_NOTHING,
			 "there is no certificate, hash or level in it");
	if (s != OK && a->first == OK) {
		a->first = s;
		a->why = why;
	}
	return a->first;
}

enum status keyring_add_file(struct keyring *keyring,
			     enum keyring_folder folder, const char *name,
			     struct span bytes, struct error *err)
{
	struct adding a = { .keyring = keyring, .folder = folder };
	struct keyring_mark mark = keyring_mark(keyring);
	enum status s = add_all(&a, name, bytes);

	if (s == OK)
		return OK;
	keyring_cut(keyring, mark);
	if (err)
		*err = a.why;
	return s;
}

static bool is_level(struct span bytes)
{
	return span_starts_with(bytes, "sbat,", 5) ||
	       span_starts_with(bytes, "\xef\xbb\xbfsbat,", 8);
}

enum status keyring_narrow(struct keyring *keyring, const char *name,
			   struct span bytes, uint32_t *ret_added,
			   struct error *err)
{
	struct adding a = {
		.keyring = keyring,
		.folder = is_level(bytes) ? KEYRING_FOLDER_SBAT
					  : KEYRING_FOLDER_DBX,
		.is_narrowing = true,
	};
	struct keyring_mark before = keyring_mark(keyring);
	enum status s = add_all(&a, name, bytes);

	if (ret_added)
		*ret_added = keyring->count - before.count;
	/* A list may come again and again, with every disk that is plugged
	 * in: no copy of it stays that nothing points into. */
	if (keyring->count == before.count)
		keyring_cut(keyring, before);
	if (s != OK && err)
		*err = a.why;
	return s;
}
