/*
 * keelboot verify: the verdict on image files, the same that a boot under
 * `verify = enforce` comes to, with every signature and its reason.
 */
#include "base/json.h"
#include "command_keys.h"
#include "commands.h"
#include "sys/hostfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Exit statuses: the worst of all files. */
enum { EXIT_TRUSTED = 0, EXIT_REFUSED = 1, EXIT_NOT_AN_IMAGE = 2 };

struct verification {
	const char *path;
	struct judgement judgement;
	struct error err; /* of a refusal */
	int exit;
};

/* What is no PE image at all has no verdict. */
static bool is_no_image(enum status code)
{
	return code == E_VERIFY_NOT_AN_IMAGE || code == E_HOSTFILE_OPEN ||
	       code == E_PE_DOS_MAGIC;
}

static void verify_one(struct verification *v,
		       const struct verify_context *context)
{
	_drop_raw_ struct raw_image raw = { .blob = BLOB_NONE };
	const struct image_request request = { .plan = HASH_PLAN_IMAGE };
	enum status s = image_read_hostfile(v->path, &request, &raw, &v->err);

	if (s == OK)
		s = verify_any_pe(&raw, context, &v->judgement, &v->err);
	v->exit = s == OK	   ? EXIT_TRUSTED
		  : is_no_image(s) ? EXIT_NOT_AN_IMAGE
				   : EXIT_REFUSED;
}

static const char *how_slug(enum judged_how how)
{
	switch (how) {
	case JUDGED_SIGNATURE:
		return "signature";
	case JUDGED_ENROLLED_HASH:
		return "enrolled-hash";
	case JUDGED_NOT:
		break;
	}
	return "none";
}

static struct span digest_of_judgement(const struct judgement *j)
{
	return span_of(j->digest, digest_len(j->digest_kind));
}

static void print_signature(const struct judged_signature *one, uint32_t number)
{
	printf("  signature %u, %s: %s\n", number,
	       one->digest ? digest_name(one->digest) : "unreadable",
	       one->why == OK ? "good" : one->reason);
	for (uint32_t i = 0; i < one->chain_count; i++)
		printf("    %s%s\n", i ? "issued by " : "signed by ",
		       one->chain[i].text);
}

static void print_text(const struct verification *v)
{
	const struct judgement *j = &v->judgement;
	struct span digest = digest_of_judgement(j);
	char hex[2 * DIGEST_MAX + 1];
	struct text text = text_over(hex, sizeof(hex));

	if (v->exit == EXIT_NOT_AN_IMAGE) {
		printf("%s\n  not an image\n", v->err.text);
		return;
	}
	if (v->exit == EXIT_TRUSTED && j->how == JUDGED_SIGNATURE)
		printf("%s: trusted, signed by %s\n", v->path, j->signer.text);
	else if (v->exit == EXIT_TRUSTED)
		printf("%s: trusted, its digest is enrolled\n", v->path);
	else
		printf("%s\n  refused (%s)\n", v->err.text,
		       status_slug(v->err.code));
	text_add_hex(&text, digest);
	if (digest.len)
		printf("  %s %s (Authenticode)\n", digest_name(j->digest_kind),
		       hex);
	for (uint32_t i = 0; i < j->signature_count; i++)
		print_signature(&j->signatures[i], i + 1);
}

static void json_signature(struct json *j, const struct judged_signature *one)
{
	json_object(j, NULL);
	json_text(j, "why", one->why == OK ? "ok" : status_slug(one->why));
	json_text(j, "reason", one->reason);
	json_bool(j, "revoked", one->is_revoked);
	json_text(j, "digest", one->digest ? digest_name(one->digest) : "");
	json_array(j, "chain");
	for (uint32_t i = 0; i < one->chain_count; i++)
		json_text(j, NULL, one->chain[i].text);
	json_close(j);
	json_close(j);
}

static void print_json(struct json *j, const struct verification *v)
{
	static const char *const verdicts[] = {
		[EXIT_TRUSTED] = "trusted",
		[EXIT_REFUSED] = "refused",
		[EXIT_NOT_AN_IMAGE] = "not-an-image",
	};
	const struct judgement *judgement = &v->judgement;

	json_object(j, NULL);
	json_bytes(j, "file", span_of_text(v->path));
	json_text(j, "verdict", verdicts[v->exit]);
	json_text(j, "how", how_slug(judgement->how));
	if (v->exit != EXIT_TRUSTED) {
		json_text(j, "code", status_slug(v->err.code));
		json_text(j, "reason", v->err.text);
	}
	json_text(j, "signer", judgement->signer.text);
	if (judgement->digest_kind) {
		json_object(j, "digest");
		json_text(j, "kind", digest_name(judgement->digest_kind));
		json_hex(j, "hex", digest_of_judgement(judgement));
		json_close(j);
	}
	json_array(j, "signatures");
	for (uint32_t i = 0; i < judgement->signature_count; i++)
		json_signature(j, &judgement->signatures[i]);
	json_close(j);
	json_close(j);
}

static int verify_all(const struct command_line *cl,
		      const struct verify_context *context)
{
	struct verification *v = malloc(sizeof(*v));
	struct json j = json_to(stdout);
	int worst = EXIT_TRUSTED;

	if (!v)
		return EXIT_REFUSED;
	if (cl->json)
		json_array(&j, NULL);
	for (int i = 0; i < cl->argument_count; i++) {
		memset(v, 0, sizeof(*v));
		v->path = cl->arguments[i];
		verify_one(v, context);
		if (cl->json)
			print_json(&j, v);
		else
			print_text(v);
		if (v->exit > worst)
			worst = v->exit;
	}
	if (cl->json) {
		json_close(&j);
		json_end(&j);
	}
	free(v);
	return worst;
}

int command_verify(int argc, char **argv)
{
	_drop_keyring_ struct keyring keyring = KEYRING_NONE;
	struct verify_context context;
	struct command_line cl;
	struct error err;

	if (!command_parse(argc, argv,
			   OPTION_ARGUMENTS | OPTION_KEYRING | OPTION_JSON,
			   &cl))
		return 2;
	if (command_keys(&cl, &keyring, &context, &err) != OK)
		return command_fail(&err);
	return verify_all(&cl, &context);
}
