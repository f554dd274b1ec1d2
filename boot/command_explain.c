/*
 * keelboot explain: the dry run of a boot. Every piece the next kernel would
 * get, where it comes from, and its digest.
 */
#include "base/json.h"
#include "base/log.h"
#include "command_scan.h"
#include "commands.h"
#include "digest_text.h"
#include "authority.h"
#include "prepare.h"

#include <stdio.h>
#include <stdlib.h>

static const char not_measured[] = "not measured yet";

/* Collected before zboot_load() takes the request apart. */
struct explanation {
	const struct boot_entry *entry;
	struct cmdline cmdline;
	struct initrd_plan plan;
	char piece_digests[INITRD_PIECES_MAX][DIGEST_TEXT_LEN + 1];
	char kernel_digest[DIGEST_TEXT_LEN + 1];
	char initrd_digest[DIGEST_TEXT_LEN + 1];
	struct loadable_kernel kernel;
	struct display signer;
	char warning[ERROR_TEXT_MAX]; /* why it would be refused, or "" */
};

/* A dry run shows what would be refused, too: it says so and goes on. */
static struct verify_context lenient(const struct authority *authority)
{
	struct verify_context verify = authority->verify;

	if (verify.mode == VERIFY_ENFORCE)
		verify.mode = VERIFY_WARN;
	return verify;
}

static enum status explain(struct scan *scan, const struct config *config,
			   const struct authority *authority,
			   struct explanation *x, struct error *err)
{
	const struct verify_context verify = lenient(authority);
	_drop_request_ struct load_request request = { 0 };
	enum status s =
		prepare_entry(scan, x->entry, config, &verify, &request, err);

	if (s == OK) {
		x->signer = display_of_text(verified_signer(request.image));
		snprintf(x->warning, sizeof(x->warning), "%s",
			 verified_warning(request.image));
	}
	if (s == OK)
		s = load_plan_cmdline(&request, &x->cmdline, err);
	if (s == OK)
		s = load_plan_initrd(&request, &x->plan, err);
	for (uint32_t i = 0; s == OK && i < x->plan.count; i++)
		digest_text(x->plan.pieces[i].bytes,
			    x->plan.pieces[i].zero_tail, x->piece_digests[i]);
	if (s == OK)
		s = zboot_load(&request, &x->kernel, err);
	if (s != OK)
		return s;
	digest_text(x->kernel.kernel.bytes, 0, x->kernel_digest);
	digest_text(x->kernel.initrd.bytes, 0, x->initrd_digest);
	return OK;
}

static uint64_t piece_len(const struct initrd_piece *p)
{
	return (uint64_t)p->bytes.len + p->zero_tail;
}

static const char *words_for_signer(const struct explanation *x)
{
	if (!x->signer.text[0])
		return "";
	return verified_proves_signer(x->kernel.how) ? ", signer "
						     : ", claimed signer ";
}

static void print_text(const struct explanation *x)
{
	const struct found *f = &x->entry->found;
	const struct loadable_kernel *k = &x->kernel;

	printf("entry:        %s (%s)\n", f->title.text, f->id);
	printf("file:         %s on %s\n", display_of_text(f->path).text,
	       x->entry->place.name);
	printf("trust:        %s%s%s\n", verified_how_text(k->how),
	       words_for_signer(x), x->signer.text);
	if (x->warning[0])
		printf("              refused under verify = enforce: %s\n",
		       x->warning);
	printf("kernel:       %s %s, %zu bytes%s%s\n",
	       kimage_kind_name(k->view.kind), k->view.version,
	       k->kernel.bytes.len, k->codec[0] ? ", unpacked from zboot " : "",
	       k->codec);
	printf("              sha256 %s\n", x->kernel_digest);
	printf("command line: %s\n", k->cmdline.text);
	for (uint32_t i = 0; i < x->cmdline.piece_count; i++)
		printf("              bytes %u to %u: %s\n",
		       x->cmdline.pieces[i].start,
		       x->cmdline.pieces[i].start + x->cmdline.pieces[i].len,
		       x->cmdline.pieces[i].source);
	printf("initrd:       %zu bytes in %u piece%s\n", k->initrd.bytes.len,
	       x->plan.count, x->plan.count == 1 ? "" : "s");
	for (uint32_t i = 0; i < x->plan.count; i++)
		printf("              %s, %llu bytes\n"
		       "              sha256 %s\n",
		       x->plan.pieces[i].source,
		       (unsigned long long)piece_len(&x->plan.pieces[i]),
		       x->piece_digests[i]);
	if (k->dtb.fd >= 0)
		printf("device tree:  %zu bytes\n", k->dtb.bytes.len);
	printf("PCR 11:       %s\n", not_measured);
	printf("PCR 12:       %s\n", not_measured);
	printf("PCR 13:       %s\n", not_measured);
}

static void json_pieces(struct json *j, const struct explanation *x)
{
	json_array(j, "command_line_pieces");
	for (uint32_t i = 0; i < x->cmdline.piece_count; i++) {
		const struct cmdline_piece *p = &x->cmdline.pieces[i];

		json_object(j, NULL);
		json_text(j, "source", p->source);
		json_bytes(j, "text",
			   span_of(x->cmdline.text + p->start, p->len));
		json_close(j);
	}
	json_close(j);
	json_array(j, "initrd_pieces");
	for (uint32_t i = 0; i < x->plan.count; i++) {
		json_object(j, NULL);
		json_text(j, "source", x->plan.pieces[i].source);
		json_number(j, "size", piece_len(&x->plan.pieces[i]));
		json_text(j, "sha256", x->piece_digests[i]);
		json_close(j);
	}
	json_close(j);
}

static void print_json(const struct explanation *x)
{
	const struct loadable_kernel *k = &x->kernel;
	struct json j = json_to(stdout);

	json_object(&j, NULL);
	json_text(&j, "id", x->entry->found.id);
	json_text(&j, "title", x->entry->found.title.text);
	json_text(&j, "volume", x->entry->place.name);
	json_bytes(&j, "path", span_of_text(x->entry->found.path));
	json_text(&j, "trust", verified_how_text(k->how));
	json_text(&j, "signer", x->signer.text);
	json_text(&j, "refusal", x->warning);
	json_object(&j, "kernel");
	json_text(&j, "kind", kimage_kind_name(k->view.kind));
	json_text(&j, "version", k->view.version);
	json_text(&j, "codec", k->codec);
	json_number(&j, "size", k->kernel.bytes.len);
	json_text(&j, "sha256", x->kernel_digest);
	json_close(&j);
	json_text(&j, "command_line", k->cmdline.text);
	json_number(&j, "initrd_size", k->initrd.bytes.len);
	json_text(&j, "initrd_sha256", x->initrd_digest);
	json_pieces(&j, x);
	json_null(&j, "pcr11");
	json_null(&j, "pcr12");
	json_null(&j, "pcr13");
	json_close(&j);
	json_end(&j);
}

int command_explain(int argc, char **argv)
{
	struct command_line cl;
	struct explanation *x;
	struct config config;
	struct scan scan;
	struct authority authority;
	struct error err = { .code = OK };
	enum status s;

	if (!command_parse(argc, argv,
			   OPTION_ARGUMENT | OPTION_ROOT | OPTION_JSON, &cl))
		return 2;
	x = calloc(1, sizeof(*x));
	if (!x)
		return 1;
	x->kernel.kernel = x->kernel.initrd = x->kernel.dtb = BLOB_NONE;
	s = command_scan_begin(cl.root, &config, &scan, &err);
	if (s != OK) {
		free(x);
		return command_fail(&err);
	}
	if (authority_open(&authority, &config.policy, !cl.root, &err) != OK)
		log_warn("the keyring cannot be used: %s", err.text);
	authority_narrow(&authority, &scan);
	x->entry = command_scan_find(&scan, cl.argument, &err);
	s = x->entry ? explain(&scan, &config, &authority, x, &err) : err.code;
	if (s == OK && cl.json)
		print_json(x);
	else if (s == OK)
		print_text(x);
	loadable_kernel_drop(&x->kernel);
	initrd_plan_drop(&x->plan);
	scan_end(&scan);
	authority_close(&authority);
	free(x);
	return s == OK ? 0 : command_fail(&err);
}
