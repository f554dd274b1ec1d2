#include "format/esl.h"

#include "base/text.h"

#include <string.h>

/* Sizes of UEFI 2.10, 32.4.1 and 8.2.2. */
#define LIST_HEADER_SIZE 28
#define OWNER_SIZE	 16
#define TIME_SIZE	 16
#define ENTRY_SIZE_MIN	 (OWNER_SIZE + 1)
#define CERT_HEADER_SIZE 24 /* WIN_CERTIFICATE_UEFI_GUID up to its data */
#define UPDATE_MIN	 (TIME_SIZE + CERT_HEADER_SIZE)
#define CERT_REVISION	 0x0200
#define CERT_TYPE_GUID	 0x0ef1

struct known_type {
	struct guid guid;
	enum esl_kind kind;
	enum digest_kind digest;
	uint32_t data_size; /* 0: any */
};

/* clang-format off */
static const struct known_type known_types[] = {
	{ { { 0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a,
	      0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72 } },
	  ESL_X509, 0, 0 },
	{ { { 0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40,
	      0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28 } },
	  ESL_HASH, DIGEST_SHA256, 32 },
	{ { { 0x07, 0x53, 0x3e, 0xff, 0xd0, 0x9f, 0xc9, 0x48,
	      0x85, 0xf1, 0x8a, 0xd5, 0x6c, 0x70, 0x1e, 0x01 } },
	  ESL_HASH, DIGEST_SHA384, 48 },
	{ { { 0xae, 0x0f, 0x3e, 0x09, 0xc4, 0xa6, 0x50, 0x4f,
	      0x9f, 0x1b, 0xd4, 0x1e, 0x2b, 0x89, 0xc1, 0x9a } },
	  ESL_HASH, DIGEST_SHA512, 64 },
	{ { { 0x92, 0xa4, 0xd2, 0x3b, 0xc0, 0x96, 0x79, 0x40,
	      0xb4, 0x20, 0xfc, 0xf9, 0x8e, 0xf1, 0x03, 0xed } },
	  ESL_X509_TBS, DIGEST_SHA256, 32 + TIME_SIZE },
	{ { { 0x6e, 0x87, 0x76, 0x70, 0xc2, 0x80, 0xe6, 0x4e,
	      0xaa, 0xd2, 0x28, 0xb3, 0x49, 0xa6, 0x86, 0x5b } },
	  ESL_X509_TBS, DIGEST_SHA384, 48 + TIME_SIZE },
	{ { { 0x63, 0xbf, 0x6d, 0x44, 0x02, 0x25, 0xda, 0x4c,
	      0xbc, 0xfa, 0x24, 0x65, 0xd2, 0xb0, 0xfe, 0x9d } },
	  ESL_X509_TBS, DIGEST_SHA512, 64 + TIME_SIZE },
	{ { { 0x12, 0xa5, 0x6c, 0x82, 0x10, 0xcf, 0xc9, 0x4a,
	      0xb1, 0x87, 0xbe, 0x01, 0x49, 0x66, 0x31, 0xbd } },
	  ESL_SHA1, 0, 20 },
	{ { { 0xe8, 0x66, 0x57, 0x3c, 0x9c, 0x26, 0x34, 0x4e,
	      0xaa, 0x14, 0xed, 0x77, 0x6e, 0x85, 0xb3, 0xb6 } },
	  ESL_RSA2048, 0, 256 },
};

/* 9d132b6c-59d5-4388-ab1c-185cfcb2eb92: owner of the version numbers that
 * Microsoft puts into a dbx for Windows' boot manager. */
static const struct guid svn_owner = { {
	0x6c, 0x2b, 0x13, 0x9d, 0xd5, 0x59, 0x88, 0x43,
	0xab, 0x1c, 0x18, 0x5c, 0xfc, 0xb2, 0xeb, 0x92 } };

/* 4aafd29d-68df-49ee-8aa9-347d375665a7: EFI_CERT_TYPE_PKCS7_GUID */
static const struct guid cert_pkcs7 = { {
	0x9d, 0xd2, 0xaf, 0x4a, 0xdf, 0x68, 0xee, 0x49,
	0x8a, 0xa9, 0x34, 0x7d, 0x37, 0x56, 0x65, 0xa7 } };
/* clang-format on */

static struct guid take_guid(struct cursor *c)
{
	struct span bytes = cursor_take(c, sizeof(struct guid));
	struct guid guid = { { 0 } };

	if (bytes.len)
		memcpy(guid.bytes, bytes.ptr, sizeof(guid.bytes));
	return guid;
}

static const struct known_type *find_type(const struct guid *type)
{
	for (size_t i = 0; i < sizeof(known_types) / sizeof(known_types[0]);
	     i++)
		if (guid_equal(&known_types[i].guid, type))
			return &known_types[i];
	return NULL;
}

struct esl_walk esl_begin(struct span lists)
{
	return (struct esl_walk){ .lists = cursor_over(lists) };
}

static enum status check_entry_size(const struct esl_walk *walk, size_t at,
				    struct error *err)
{
	const struct known_type *known = find_type(&walk->type);
	size_t left = cursor_left(&walk->entries);

	if (walk->entry_size < ENTRY_SIZE_MIN)
		return fail(err, E_ESL_SIGNATURE_SIZE,
			    "the list at 0x%zx has entries of %u bytes, the "
			    "least is %u",
			    at, walk->entry_size, ENTRY_SIZE_MIN);
	if (known && known->data_size &&
	    walk->entry_size != OWNER_SIZE + known->data_size)
		return fail(err, E_ESL_SIGNATURE_SIZE,
			    "the list at 0x%zx has entries of %u bytes, its "
			    "type has %u",
			    at, walk->entry_size,
			    OWNER_SIZE + known->data_size);
	if (left % walk->entry_size)
		return fail(err, E_ESL_REMAINDER,
			    "the list at 0x%zx has %zu bytes of entries, which "
			    "is not a multiple of %u",
			    at, left, walk->entry_size);
	return OK;
}

/* Enters the next list. */
static enum status next_list(struct esl_walk *walk, struct error *err)
{
	size_t at = walk->lists.at, left = cursor_left(&walk->lists);
	struct cursor head = walk->lists;
	uint32_t list_size, header_size;

	if (left < LIST_HEADER_SIZE)
		return fail(err, E_ESL_SHORT,
			    "%zu bytes follow the list that ends at 0x%zx, the "
			    "header of a list has %u",
			    left, at, LIST_HEADER_SIZE);
	walk->type = take_guid(&head);
	list_size = cursor_le32(&head);
	header_size = cursor_le32(&head);
	walk->entry_size = cursor_le32(&head);
	if (list_size < LIST_HEADER_SIZE || list_size > left)
		return fail(err, E_ESL_LIST_SIZE,
			    "the list at 0x%zx has a size of %u bytes, %u to "
			    "%zu are possible",
			    at, list_size, LIST_HEADER_SIZE, left);
	if (header_size > list_size - LIST_HEADER_SIZE)
		return fail(err, E_ESL_HEADER_SIZE,
			    "the list at 0x%zx has a type header of %u bytes, "
			    "%u are left in it",
			    at, header_size, list_size - LIST_HEADER_SIZE);
	walk->entries = cursor_sub(&walk->lists, list_size);
	cursor_skip(&walk->entries, LIST_HEADER_SIZE + header_size);
	return check_entry_size(walk, at, err);
}

static bool is_all_zero(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i])
			return false;
	return true;
}

static void take_entry(struct esl_walk *walk, struct esl_entry *ret)
{
	const struct known_type *known = find_type(&walk->type);
	size_t list_at = walk->lists.at - walk->entries.all.len;
	size_t data_len = walk->entry_size - OWNER_SIZE;
	struct span time;

	*ret = (struct esl_entry){ .type = walk->type,
				   .offset = list_at + walk->entries.at };
	ret->owner = take_guid(&walk->entries);
	ret->data = cursor_take(&walk->entries, data_len);
	if (!known)
		return;
	ret->kind = known->kind;
	ret->digest = known->digest;
	ret->is_svn = ret->kind == ESL_HASH && ret->digest == DIGEST_SHA256 &&
		      guid_equal(&ret->owner, &svn_owner);
	if (ret->kind == ESL_X509_TBS) {
		data_len -= TIME_SIZE;
		time = span_slice(ret->data, data_len, TIME_SIZE);
		ret->is_dated = !is_all_zero(time);
		ret->data = span_slice(ret->data, 0, data_len);
	}
}

enum status esl_next(struct esl_walk *walk, struct esl_entry *ret,
		     bool *ret_found, struct error *err)
{
	enum status s;

	while (!cursor_left(&walk->entries)) {
		if (!cursor_left(&walk->lists)) {
			*ret_found = false;
			return OK;
		}
		s = next_list(walk, err);
		if (s != OK)
			return s;
	}
	take_entry(walk, ret);
	*ret_found = true;
	return OK;
}

void esl_describe(const struct esl_entry *entry,
		  char buf[static ESL_KIND_TEXT_MAX])
{
	struct text t = text_over(buf, ESL_KIND_TEXT_MAX);
	char guid[GUID_TEXT_LEN + 1];

	switch (entry->kind) {
	case ESL_X509:
		text_add(&t, "certificates");
		return;
	case ESL_HASH:
		text_addf(&t, "%s hashes of images",
			  digest_name(entry->digest));
		return;
	case ESL_X509_TBS:
		text_addf(&t, "%s hashes of certificates",
			  digest_name(entry->digest));
		return;
	case ESL_SHA1:
		text_add(&t, "SHA-1 hashes of images");
		return;
	case ESL_RSA2048:
		text_add(&t, "bare RSA-2048 keys");
		return;
	case ESL_OTHER:
		break;
	}
	guid_format(&entry->type, guid);
	text_addf(&t, "signatures of the type %s", guid);
}

bool esl_is_update(struct span file)
{
	struct cursor c = cursor_over(file);
	struct guid kind;

	cursor_skip(&c, TIME_SIZE + 4);
	if (cursor_le16(&c) != CERT_REVISION ||
	    cursor_le16(&c) != CERT_TYPE_GUID)
		return false;
	kind = take_guid(&c);
	return cursor_ok(&c) && guid_equal(&kind, &cert_pkcs7);
}

enum status esl_strip_update(struct span file, struct span *ret_lists,
			     struct error *err)
{
	uint32_t len = span_le32(file, TIME_SIZE);

	if (file.len < UPDATE_MIN)
		return fail(err, E_ESL_UPDATE_SHORT,
			    "the update has %zu bytes, its time and the head "
			    "of its certificate have %u",
			    file.len, UPDATE_MIN);
	if (!esl_is_update(file))
		return fail(err, E_ESL_UPDATE_KIND,
			    "the update's certificate has revision 0x%04x and "
			    "type 0x%04x, those of a signed variable are "
			    "0x%04x and 0x%04x with the GUID of PKCS#7",
			    span_le16(file, TIME_SIZE + 4),
			    span_le16(file, TIME_SIZE + 6), CERT_REVISION,
			    CERT_TYPE_GUID);
	if (len < CERT_HEADER_SIZE || len > file.len - TIME_SIZE)
		return fail(err, E_ESL_UPDATE_LENGTH,
			    "the update's certificate has a length of %u "
			    "bytes, %u to %zu are possible",
			    len, CERT_HEADER_SIZE, file.len - TIME_SIZE);
	*ret_lists = span_slice(file, (uint64_t)TIME_SIZE + len,
				file.len - TIME_SIZE - len);
	return OK;
}
