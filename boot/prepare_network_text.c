/* Entries of disks whose files come from the network: like any other text of
 * theirs, it counts if a manifest key has signed it, or where the policy does
 * not care. */
#include "prepare_parts.h"

#include "format/pkcs7.h"

#include <stdio.h>
#include <stdlib.h>

static enum status read_text(struct preparation *p,
			     const struct found_file *file, uint64_t max,
			     struct raw_image *ret, struct error *err)
{
	if (file->size <= max)
		return prepare_read(p, file, HASH_PLAN_NOTHING, ret, err);
	return fail(err, E_ENTRY_TEXT_TOO_LONG,
		    "%s has %llu bytes, the most is %llu", file->path,
		    (unsigned long long)file->size, (unsigned long long)max);
}

/* Why there is none is in *missing. */
static enum status read_signature(struct preparation *p, struct raw_image *ret,
				  struct error *missing)
{
	const struct found *found = &p->entry->found;
	const struct found_file *file =
		found_file(found, FILE_ENTRY_SIGNATURE, 0);

	if (file)
		return read_text(p, file, PKCS7_SIZE_MAX, ret, missing);
	return fail(missing, E_VERIFY_UNCOVERED,
		    "%s names files of the network and nothing vouches for "
		    "it: %s" CANDIDATE_SIGNATURE_END " beside it would",
		    found->path, found->id);
}

static enum status verify_text(struct preparation *p,
			       struct verified_image **ret, struct error *err)
{
	const struct found_file *file =
		found_file(&p->entry->found, FILE_ENTRY, 0);
	struct raw_image raw, signature;
	struct error missing = { .code = OK };
	bool is_signed = false;
	enum status s = read_text(p, file, BLS_TEXT_MAX, &raw, err);

	if (s != OK)
		return s;
	if (p->verify->mode != VERIFY_OFF)
		is_signed = read_signature(p, &signature, &missing) == OK;
	return verify_signed_text(&raw, is_signed ? &signature : NULL, &missing,
				  p->verify, ret, err);
}

static void forget(void *ctx, uint32_t number)
{
	scan_remove_network(ctx, number);
}

/* Nothing of it is a secret's: those are in the image. */
static enum status add(struct preparation *p, struct span text, uint32_t *ret,
		       struct error *err)
{
	struct net_entry *e = malloc(sizeof(*e));
	enum status s;

	if (!e)
		return fail(err, E_NO_MEMORY, "no memory for an entry");
	s = net_entry_parse(text, false, NULL, NULL, e, err);
	if (s == OK)
		*ret = net_set_of_disk(p->scan->net, e, p->entry->found.id,
				       p->entry->id, forget, p->scan);
	else
		free(e);
	return s;
}

static void tell(struct preparation *p, const struct verified_image *text)
{
	char line[FOUND_PATH_MAX + 2 * DISPLAY_MAX];
	const char *signer = verified_signer(text);

	prepare_tell_warning(text);
	/* names of a disk's may have line ends in them */
	snprintf(line, sizeof(line), "entry %s of %s%s%s",
		 display_of_text(p->entry->found.path).text,
		 display_of_text(p->entry->place.name).text,
		 signer[0] ? ", signed by " : "", signer);
	net_note_file(p->scan->net, line);
}

enum status prepare_network_number(struct preparation *p, uint32_t *ret,
				   struct error *err)
{
	const struct found *found = &p->entry->found;
	struct verified_image *text = NULL;
	enum status s;

	if (found->kind == FOUND_NETWORK) {
		*ret = found->configured;
		return net_begin_late(p->scan->net, err);
	}
	if (!p->scan->net)
		return fail(err, E_ENTRY_NETWORK,
			    "%s: its files come from the network, which only "
			    "the menu has",
			    found->path);
	s = verify_text(p, &text, err);
	if (s != OK)
		return s;
	tell(p, text);
	s = add(p, verified_bytes(text).in, ret, err);
	p->scan->net->has_text = s == OK;
	verified_image_drop(&text);
	return s == OK ? net_begin_late(p->scan->net, err) : s;
}
