/*
 * keelboot explain: the dry run of a boot. Every piece the next kernel would
 * get, where it comes from, and its digest.
 */
#include "command_explain.h"

#include "authority.h"
#include "base/log.h"
#include "base/own.h"
#include "base/text.h"
#include "command_scan.h"
#include "commands.h"
#include "load_devicetree.h"
#include "load_plan.h"
#include "prepare.h"
#include "trust/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- who vouches for what
 * ------------------------------------------------------
 */

static void add_file(struct explanation *x, const char *what,
		     const struct verified_image *file)
{
	if (!file || x->file_count == EXPLAINED_FILES_MAX)
		return;
	x->files[x->file_count++] = (struct explained_file){
		.what = what,
		.path = display_of_text(verified_name(file)),
		.how = verified_how(file),
		.signer = display_of_text(verified_signer(file)),
	};
}

static void add_files(struct explanation *x, const struct load_request *r)
{
	static const char *const companions[ARCHIVE_COUNT] = {
		"credential",
		"credential",
		"system extension",
		"system extension",
		"configuration extension",
		"configuration extension",
	};

	add_file(x, "image", r->image);
	add_file(x, "kernel", r->thin_kernel);
	add_file(x, "initrd", r->thin_initrd);
	for (uint32_t i = 0; i < r->initrd_count; i++)
		add_file(x, "initrd", r->initrds[i]);
	add_file(x, "device tree", r->dtb);
	for (uint32_t i = 0; i < r->overlay_count; i++)
		add_file(x, "device tree overlay", r->overlays[i]);
	for (uint32_t i = 0; i < r->addon_count; i++)
		add_file(x, "addon", r->addons[i]);
	for (uint32_t i = 0; i < r->companion_count; i++)
		add_file(x, companions[r->companions[i].archive],
			 r->companions[i].file);
}

/* --- the initrd
 * ----------------------------------------------------------------
 */

static void digest_piece(const struct initrd_plan *plan,
			 const struct initrd_piece *piece,
			 char ret[static DIGEST_TEXT_LEN + 1])
{
	static const uint8_t zeros[256];
	struct text text = text_over(ret, DIGEST_TEXT_LEN + 1);
	uint8_t sum[DIGEST_MAX];
	struct digest digest;

	digest_begin(&digest, DIGEST_SHA256);
	for (uint32_t i = 0; i < piece->count; i++) {
		const struct initrd_part *part = &plan->parts[piece->first + i];
		uint64_t left = part->zero_tail;

		digest_add(&digest, part->bytes);
		while (left) {
			size_t step = left < sizeof(zeros) ? (size_t)left
							   : sizeof(zeros);

			digest_add(&digest, span_of(zeros, step));
			left -= step;
		}
	}
	digest_end(&digest, sum);
	text_add_hex(&text, span_of(sum, digest_len(DIGEST_SHA256)));
}

static enum status add_pieces(struct explanation *x,
			      const struct load_request *request,
			      struct error *err)
{
	_drop_plan_ struct initrd_plan plan = { 0 };
	enum status s = load_plan_initrd(request, &plan, err);

	if (s != OK)
		return s;
	x->pieces = calloc(plan.count + 1, sizeof(*x->pieces));
	if (!x->pieces)
		return fail(err, E_NO_MEMORY, "no memory for %u pieces",
			    plan.count);
	x->piece_count = plan.count;
	for (uint32_t i = 0; i < plan.count; i++) {
		x->pieces[i].source = plan.pieces[i].source;
		x->pieces[i].offset = initrd_plan_offset(&plan, i);
		x->pieces[i].len = plan.pieces[i].len;
		digest_piece(&plan, &plan.pieces[i], x->pieces[i].digest);
	}
	return OK;
}

/* --- the whole
 * -----------------------------------------------------------------
 */

static void drop(struct explanation *x)
{
	loadable_kernel_drop(&x->kernel);
	load_notes_drop(&x->notes);
	free(x->pieces);
}

static enum status take_apart(struct load_request *request,
			      struct explanation *x, struct error *err)
{
	struct devicetree_plan tree;
	enum status s = load_plan_cmdline(request, &x->cmdline, err);

	add_files(x, request);
	if (s == OK)
		s = add_pieces(x, request, err);
	if (s != OK)
		return s;
	load_plan_devicetree(request, &tree);
	x->tree_source = tree.source;
	x->notes = request->notes;
	memset(&request->notes, 0, sizeof(request->notes));
	s = zboot_load(request, &x->kernel, err);
	if (s != OK)
		return s;
	digest_text(x->kernel.kernel.bytes, 0, x->kernel_digest);
	digest_text(x->kernel.initrd.bytes, 0, x->initrd_digest);
	digest_text(x->kernel.dtb.bytes, 0, x->tree_digest);
	return OK;
}

/* What the policy makes of it; and if it refuses, what would be refused: a dry
 * run says so and goes on. */
static enum status explain(struct scan *scan, const struct config *config,
			   const struct authority *authority,
			   struct explanation *x, struct error *err)
{
	struct verify_context verify = authority->verify;
	_drop_request_ struct load_request request = { 0 };
	enum status s =
		prepare_entry(scan, x->entry, config, &verify, &request, err);

	if (s != OK && verify.mode == VERIFY_ENFORCE) {
		memcpy(x->refusal, err->text, sizeof(x->refusal));
		verify.mode = VERIFY_WARN;
		s = prepare_entry(scan, x->entry, config, &verify, &request,
				  err);
	}
	return s == OK ? take_apart(&request, x, err) : s;
}

int command_explain(int argc, char **argv)
{
	struct command_line cl;
	struct explanation *x;
	_free_ struct config *config = NULL;
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
	if (authority_open(&authority, &config->policy, !cl.root, &err) != OK)
		log_warn("the keyring cannot be used: %s", err.text);
	authority_narrow(&authority, &scan);
	x->entry = command_scan_find(&scan, cl.argument, &err);
	s = x->entry ? explain(&scan, config, &authority, x, &err) : err.code;
	if (s == OK && cl.json)
		explain_print_json(x);
	else if (s == OK)
		explain_print_text(x);
	drop(x);
	scan_end(&scan);
	authority_close(&authority);
	free(x);
	return s == OK ? 0 : command_fail(&err);
}
