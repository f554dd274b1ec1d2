/*
 * The whole verdict on an image, with the last step taken out: here, and in no
 * other program, every signature holds, so that the fuzzer gets past it. What
 * must be true all the same: nothing is accepted whose digest is not the one
 * that was signed, and whose bytes are not all covered.
 */
#include "fuzz.h"

#include "builtin.h"
#include "trust/image_digest.h"
#include "trust/judge.h"
#include "trust/signature.h"

/* Takes the place of boot/trust/signature.c, which is then not linked. */
enum status signature_check(const struct x509_key *key,
			    struct x509_algorithm algorithm,
			    const uint8_t digest[static DIGEST_MAX],
			    struct span signature, struct error *err)
{
	(void)digest;
	if (key->kind == X509_KEY_OTHER || algorithm.kind != key->kind ||
	    !signature.len)
		return fail(err, E_SIGNATURE_ALGORITHM, "not that one");
	return OK;
}

struct source {
	struct span file;
	const struct authenticode_view *view;
};

static enum status digest(void *ctx, enum digest_kind kind,
			  uint8_t out[static DIGEST_MAX], struct error *err)
{
	const struct source *source = ctx;

	return image_digest_of(source->file, source->view, kind, out, err);
}

/* Every byte is hashed but the three things that cannot be. */
static void check_cover(struct span file, const struct pe_view *pe,
			const struct authenticode_view *view)
{
	uint64_t covered = 0;

	for (uint32_t i = 0; i < view->range_count; i++)
		covered += view->ranges[i].len;
	covered += 4; /* the checksum */
	if (pe->cert_entry)
		covered += 8;
	covered += pe->cert_size;
	fuzz_must(covered == file.len);
}

/* A digest that was signed stands in the file as it is. */
static void check_digest(struct span file, const struct pe_view *pe,
			 const struct judgement *j)
{
	size_t len = digest_len(j->digest_kind);

	if (j->how != JUDGED_SIGNATURE)
		return;
	fuzz_must(len != 0 && pe->cert_size > len);
	fuzz_must(memmem(file.ptr + pe->cert_offset, pe->cert_size, j->digest,
			 len) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct judge_rules rules;
	static struct judgement j;
	static struct authenticode_view view;
	static struct pe_view pe;
	struct span file = span_of(data, size);
	struct source source = { .file = file, .view = &view };
	struct keyring keys = KEYRING_NONE;
	struct error err;
	enum status s;

	if (!fuzz_parse_pe(file, &pe))
		return 0;
	s = authenticode_parse(file, &pe, &view, &err);
	if (s != OK) {
		fuzz_check_error(s, &err);
		return 0;
	}
	check_cover(file, &pe, &view);
	fuzz_must(keyring_read(&keys,
			       span_of(builtin_keyring, builtin_keyring_len),
			       &err) == OK);
	s = judge_image(file, &view, &keys, &rules, digest, &source, &j, &err);
	if (s != OK) {
		fuzz_check_error(s, &err);
		fuzz_must(j.how == JUDGED_NOT);
	} else {
		fuzz_must(j.how != JUDGED_NOT);
		check_digest(file, &pe, &j);
	}
	keyring_drop(&keys);
	return 0;
}
