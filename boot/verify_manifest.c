#include "verify_manifest.h"

#include "base/text.h"
#include "trust/digest.h"

#include <stdlib.h>
#include <string.h>

struct verified_manifest {
	struct raw_image raw; /* rows' paths point into it */
	struct manifest_view view;
	struct judged_signature signature;
	uint32_t next;
};

void verified_manifest_drop(struct verified_manifest **manifest)
{
	if (!*manifest)
		return;
	raw_image_drop(&(*manifest)->raw);
	free(*manifest);
	*manifest = NULL;
}

const char *verified_manifest_signer(const struct verified_manifest *m)
{
	return m->signature.chain[0].text;
}

enum status verify_manifest(struct raw_image *manifest,
			    struct raw_image *signature,
			    const struct verify_context *context,
			    struct verified_manifest **ret, struct error *err)
{
	_drop_raw_ struct raw_image p7s = *signature;
	struct verified_manifest *m = calloc(1, sizeof(*m));
	enum status s;

	signature->blob = BLOB_NONE;
	if (!m) {
		raw_image_drop(manifest);
		return fail(err, E_NO_MEMORY, "no memory for a manifest");
	}
	m->raw = *manifest;
	manifest->blob = BLOB_NONE;
	/* Nothing in it is read before its signature holds. */
	s = judge_detached(m->raw.blob.bytes, p7s.blob.bytes, context->keyring,
			   &context->rules, &m->signature, err);
	if (s != OK)
		fail_in(err, s, "%s", p7s.name);
	else
		s = manifest_parse(m->raw.blob.bytes, &m->view, err);
	if (s != OK) {
		fail_in(err, s, "manifest %s", m->raw.name);
		verified_manifest_drop(&m);
		return s;
	}
	*ret = m;
	return OK;
}

static void hex_of(const uint8_t sha256[static 32], char ret[static 65])
{
	struct text text = text_over(ret, 65);

	text_add_hex(&text, span_of(sha256, 32));
}

static struct span base_name(struct span path)
{
	size_t at = path.len;

	while (at && path.ptr[at - 1] != '/')
		at--;
	return span_slice(path, at, path.len - at);
}

/* The name of a credential says which one it is, that of an extension the order
 * it is taken in. */
static enum status check_name(const struct verified_manifest *m,
			      const struct manifest_row *row, const char *name,
			      struct error *err)
{
	struct display shown = display_of(row->path);

	if (row->role < MANIFEST_EXTRA ||
	    span_equal(base_name(row->path), base_name(span_of_text(name))))
		return OK;
	return fail(err, E_VERIFY_NOT_COVERED,
		    "manifest %s has the %s %s in line %u where the entry has "
		    "%s",
		    m->raw.name, manifest_role_name(row->role), shown.text,
		    row->line, name);
}

enum status verified_manifest_take(struct verified_manifest *m,
				   enum manifest_role role, const char *name,
				   const uint8_t sha256[static 32],
				   struct error *err)
{
	const struct manifest_row *row = &m->view.rows[m->next];
	enum status s;
	char have[65], want[65];

	if (m->next == m->view.count)
		return fail(err, E_VERIFY_NOT_COVERED,
			    "manifest %s covers %u parts and none of them is "
			    "the entry's %s %s",
			    m->raw.name, m->view.count,
			    manifest_role_name(role), name);
	if (row->role != role)
		return fail(err, E_VERIFY_NOT_COVERED,
			    "manifest %s has a %s in line %u where the entry "
			    "has the %s %s",
			    m->raw.name, manifest_role_name(row->role),
			    row->line, manifest_role_name(role), name);
	s = check_name(m, row, name, err);
	if (s != OK)
		return s;
	if (memcmp(sha256, row->sha256, sizeof(row->sha256)) != 0) {
		hex_of(sha256, have);
		hex_of(row->sha256, want);
		return fail(err, E_VERIFY_DIGEST,
			    "%s %s has SHA-256 %s, line %u of manifest %s says "
			    "%s",
			    manifest_role_name(role), name, have, row->line,
			    m->raw.name, want);
	}
	m->next++;
	return OK;
}

enum status verify_covered_options(struct verified_manifest *manifest,
				   struct span options, struct error *err)
{
	uint8_t digest[DIGEST_MAX];

	/* No options and no line for them are the same. */
	if (!options.len &&
	    (manifest->next == manifest->view.count ||
	     manifest->view.rows[manifest->next].role != MANIFEST_OPTIONS))
		return OK;
	digest_of(DIGEST_SHA256, options, digest);
	return verified_manifest_take(manifest, MANIFEST_OPTIONS, "line",
				      digest, err);
}

enum status verify_manifest_end(const struct verified_manifest *m,
				struct error *err)
{
	const struct manifest_row *row = &m->view.rows[m->next];

	if (m->next == m->view.count)
		return OK;
	return fail(err, E_VERIFY_LEFT_OVER,
		    "manifest %s has a %s in line %u that the entry lacks",
		    m->raw.name, manifest_role_name(row->role), row->line);
}
