#include "prepare_parts.h"

#include "base/log.h"
#include "base/own.h"
#include "sys/proc.h"

#include <stdlib.h>
#include <string.h>

/* The bytes by which a fetched file is told from another. */
static struct span front_of(const struct raw_image *raw)
{
	struct span all = raw->blob.bytes;

	return all.len > NET_MENU_TEXT_MAX
		       ? span_slice(all, 0, NET_MENU_TEXT_MAX)
		       : all;
}

/* What is being fetched. */
struct fetching {
	struct preparation *p;
	const struct net_slot *slot;
	uint32_t number; /* of the entry */
	uint64_t deadline_ms;
	struct net_request wish;
	struct net_facts facts;
	bool has_come; /* what facts are of, whole, though perhaps refused */
};

/* As long as it was not asked for whole. */
static bool is_of_parts(const struct fetching *f)
{
	return f->has_come && f->facts.is_of_mirrors && !f->wish.is_whole;
}

/* A text is no failure: whoever asked for the entry goes on with it. */
static enum status keep_text(struct net *net, const struct fetching *f,
			     struct raw_image *raw, struct error *err)
{
	raw_image_drop(&net->text);
	net->text = *raw;
	raw->blob = BLOB_NONE;
	memcpy(net->text_url, f->facts.url, sizeof(net->text_url));
	return fail(err, E_NET_TEXT, "%s is a text", f->facts.url);
}

static enum status judge_kernel(const struct fetching *f,
				const struct net_file *file,
				struct raw_image *raw,
				struct verified_image **ret, struct error *err)
{
	const char *what = "";
	enum net_content content = net_content_of(front_of(raw), &what);

	if (content == NET_IS_UNKNOWN) {
		raw_image_drop(raw);
		return fail(err, E_NET_MENU_KIND, "%s is %s", f->facts.url,
			    what);
	}
	if (file->has_sha256) /* a text has no way around that */
		return verify_pinned_file(raw, true, file->sha256, f->p->verify,
					  ret, err);
	if (file->role == NET_ANY && content != NET_IS_IMAGE)
		return keep_text(f->p->scan->net, f, raw, err);
	return verify_image(raw, f->p->verify, ret, err);
}

/* Consumes raw. */
static enum status judge(const struct fetching *f, const struct net_file *file,
			 struct raw_image *raw, struct verified_image **ret,
			 struct error *err)
{
	if (file->role == NET_ANY || file->role == NET_LINUX)
		return judge_kernel(f, file, raw, ret, err);
	if (file->has_sha256)
		return verify_pinned_file(raw, false, file->sha256,
					  f->p->verify, ret, err);
	return verify_loose_file(raw, f->p->verify, ret, err);
}

static enum hash_plan plan_of(const struct preparation *p,
			      const struct net_file *file)
{
	if (p->verify->mode == VERIFY_OFF)
		return HASH_PLAN_NOTHING;
	if (file->has_sha256)
		return HASH_PLAN_WHOLE;
	return file->role == NET_ANY || file->role == NET_LINUX
		       ? HASH_PLAN_IMAGE
		       : HASH_PLAN_NOTHING;
}

/* The digest by which a file is known: Authenticode's of an image, that of all
 * bytes of any other. */
static void tell_digest(const struct raw_image *raw, enum hash_plan plan,
			struct text *to)
{
	bool is_image = plan == HASH_PLAN_IMAGE && raw->ahead.kind;
	enum digest_kind kind = is_image ? raw->ahead.kind : DIGEST_SHA256;
	uint8_t digest[DIGEST_MAX];

	if (is_image)
		memcpy(digest, raw->ahead.digest, sizeof(digest));
	else
		image_whole_digest_get(raw, kind, digest);
	text_addf(to, "  %s%s ", is_image ? "Authenticode " : "",
		  digest_name(kind));
	text_add_hex(to, span_of(digest, digest_len(kind)));
}

static void tell_verdict(const struct verified_image *image, struct text *to)
{
	text_addf(to, ", %s", verified_how_text(verified_how(image)));
	if (verified_signer(image)[0])
		text_addf(to, ", %s %s",
			  verified_proves_signer(verified_how(image))
				  ? "signed by"
				  : "claims to be signed by",
			  verified_signer(image));
}

/* Parts of two mirrors that do not go together are for whoever verifies the
 * file to notice: where nobody does, it does not count. */
static enum status check_parts(const struct fetching *f,
			       struct verified_image **image, struct error *err)
{
	const char *why = verified_warning(*image);

	if (!is_of_parts(f) || verified_how(*image) != VERIFIED_POLICY_OFF)
		return OK;
	fail(err, E_VERIFY_UNCOVERED, "%s: %s", f->facts.url,
	     why[0] ? why : "nothing vouches for it");
	verified_image_drop(image);
	return E_VERIFY_UNCOVERED;
}

/* Reads it from the mirrors from `first` on, and judges it. */
static enum status read_once(struct fetching *f, uint32_t index, uint32_t first,
			     bool is_whole, struct verified_image **ret,
			     struct error *err)
{
	const struct net_file *file = &f->slot->entry->files[index];
	const struct image_request request = { .plan = plan_of(f->p, file) };
	struct net *net = f->p->scan->net;
	struct raw_image raw = { .blob = BLOB_NONE };
	char buf[512];
	struct text line = text_over(buf, sizeof(buf));
	enum status s;

	f->has_come = false;
	s = net_ask_for(net, f->number, index, first, &f->wish, err);
	if (s != OK)
		return s;
	f->wish.is_whole = is_whole;
	s = net_read(net, &f->wish, f->deadline_ms, &request, &raw, &f->facts,
		     err);
	f->has_come = s == OK;
	if (s != OK)
		return s;
	tell_digest(&raw, request.plan, &line);
	s = judge(f, file, &raw, ret, err);
	if (s == OK)
		s = check_parts(f, ret, err);
	if (s == OK)
		tell_verdict(*ret, &line);
	net_note_file(net, line.buf);
	return s;
}

/* What one mirror has that nothing vouches for, or is too much for the memory,
 * the next may have as it should be; and where parts of two do not go together,
 * one of them alone may. */
static enum status read_file(struct fetching *f, uint32_t index,
			     struct verified_image **ret, struct error *err)
{
	uint32_t count = f->slot->entry->files[index].url_count, first = 0;
	bool is_whole = false;

	for (;;) {
		enum status s = read_once(f, index, first, is_whole, ret, err);

		if (s == OK || (!f->has_come && s != E_IMAGE_MEMORY))
			return s;
		if (is_of_parts(f)) { /* of a text, too */
			raw_image_drop(&f->p->scan->net->text);
			is_whole = true;
			log_warn("%s; it came from two mirrors and is fetched "
				 "whole once",
				 err->text);
			continue;
		}
		if (s == E_NET_TEXT)
			return s;
		first = f->wish.places[f->facts.mirror] + 1U;
		if (first >= count)
			return s;
		log_warn("%s; the next mirror is asked", err->text);
	}
}

static enum status add_files(struct fetching *f, struct error *err)
{
	const struct net_entry *e = f->slot->entry;
	struct load_request *r = f->p->request;
	enum status s = OK;

	for (uint32_t i = 0; s == OK && i < e->file_count; i++) {
		struct verified_image **to = &r->image;

		if (e->files[i].role == NET_DEVICETREE)
			to = &r->dtb;
		else if (e->files[i].role == NET_INITRD)
			to = &r->initrds[r->initrd_count];
		s = read_file(f, i, to, err);
		if (s != OK)
			return s;
		prepare_tell_warning(*to);
		r->initrd_count += e->files[i].role == NET_INITRD;
	}
	return s;
}

/* --- texts -------------------------------------------------------------------
 */

static enum status expand_options(struct preparation *p,
				  const struct net_slot *slot,
				  struct error *err)
{
	const struct template_values values = net_values(p->scan->net);
	struct load_request *r = p->request;
	struct text t;
	enum status s = OK;

	if (!slot->entry->has_options)
		return OK;
	r->options = malloc(CMDLINE_MAX);
	r->options_source = "options of the network entry";
	if (!r->options)
		return fail(err, E_NO_MEMORY, "no memory for options");
	t = text_over(r->options, CMDLINE_MAX);
	if (slot->entry->is_literal)
		text_add(&t, slot->entry->options);
	else
		s = template_expand(span_of_text(slot->entry->options), &values,
				    TEMPLATE_CMDLINE, &t, err);
	return s == OK ? OK : fail_in(err, s, "options of %s", slot->id);
}

static enum status keep_provenance(struct preparation *p, struct error *err)
{
	p->request->fetched = strdup(p->scan->net->provenance);
	return p->request->fetched
		       ? OK
		       : fail(err, E_NO_MEMORY, "no memory for a text");
}

/* --- the entry ---------------------------------------------------------------
 */

static enum status fetch_all(struct fetching *f, struct error *err)
{
	struct preparation *p = f->p;
	struct net *net = p->scan->net;
	enum status s = net_await_up(net, f->deadline_ms, err);

	if (s == OK && !f->slot->entry)
		return fail(err, E_NET_TEXT, "what DHCP tells");
	if (s == OK) /* cheap, and refuses before anything is fetched */
		s = expand_options(p, f->slot, err);
	if (s == OK)
		s = add_files(f, err);
	if (s == OK)
		s = prepare_hand_on(p, err);
	if (s == OK)
		s = keep_provenance(p, err);
	return s;
}

enum status prepare_network(struct preparation *p, struct error *err)
{
	_free_ struct fetching *f = calloc(1, sizeof(*f));
	struct net *net = p->scan->net;
	enum status s;

	if (!f)
		return fail(err, E_NO_MEMORY, "no memory for a fetch");
	f->p = p;
	s = prepare_network_number(p, &f->number, err);
	if (s != OK)
		return s;
	f->slot = &net->slots[f->number];
	f->deadline_ms = net_deadline_of(net, f->number);
	return fetch_all(f, err);
}
