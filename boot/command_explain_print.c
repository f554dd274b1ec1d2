/*
 * keelboot explain: what it has to say, for people and for programs.
 */
#include "command_explain.h"

#include "base/json.h"

#include <stdio.h>

static const char not_measured[] = "not measured yet";

static const char *words_for_signer(const struct explained_file *f)
{
	if (!f->signer.text[0])
		return "";
	return verified_proves_signer(f->how) ? ", signer "
					      : ", claimed signer ";
}

static void print_files(const struct explanation *x)
{
	const struct explained_file *image = &x->files[0];

	printf("trust:        %s%s%s\n", verified_how_text(image->how),
	       words_for_signer(image), image->signer.text);
	if (x->refusal[0])
		printf("              refused under verify = enforce: %s\n",
		       x->refusal);
	for (uint32_t i = 1; i < x->file_count; i++) {
		const struct explained_file *f = &x->files[i];

		printf("              %s %s: %s%s%s\n", f->what, f->path.text,
		       verified_how_text(f->how), words_for_signer(f),
		       f->signer.text);
	}
}

static void print_initrd(const struct explanation *x)
{
	printf("initrd:       %zu bytes in %u piece%s\n",
	       x->kernel.initrd.bytes.len, x->piece_count,
	       x->piece_count == 1 ? "" : "s");
	if (x->kernel.initrd.bytes.len)
		printf("              sha256 %s\n", x->initrd_digest);
	for (uint32_t i = 0; i < x->piece_count; i++)
		printf("              %llu bytes at %llu: %s\n"
		       "              sha256 %s\n",
		       (unsigned long long)x->pieces[i].len,
		       (unsigned long long)x->pieces[i].offset,
		       x->pieces[i].source.text, x->pieces[i].digest);
}

static void print_tree(const struct explanation *x)
{
	if (x->kernel.dtb.fd < 0)
		return;
	printf("device tree:  %zu bytes: %s\n"
	       "              sha256 %s\n",
	       x->kernel.dtb.bytes.len, x->tree_source.text, x->tree_digest);
}

static void print_notes(const struct explanation *x)
{
	for (uint32_t i = 0; i < x->notes.count; i++)
		printf("%s%s\n", i ? "              " : "left out:     ",
		       x->notes.text[i]);
	if (x->notes.lost)
		printf("              and %u more\n", x->notes.lost);
}

void explain_print_text(const struct explanation *x)
{
	const struct found *f = &x->entry->found;
	const struct loadable_kernel *k = &x->kernel;

	printf("entry:        %s (%s)\n", f->title.text, f->id);
	printf("file:         %s on %s\n", display_of_text(f->path).text,
	       x->entry->place.name);
	print_files(x);
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
		       x->cmdline.pieces[i].source.text);
	print_initrd(x);
	print_tree(x);
	print_notes(x);
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
		json_text(j, "source", p->source.text);
		json_bytes(j, "text",
			   span_of(x->cmdline.text + p->start, p->len));
		json_close(j);
	}
	json_close(j);
	json_array(j, "initrd_pieces");
	for (uint32_t i = 0; i < x->piece_count; i++) {
		json_object(j, NULL);
		json_text(j, "source", x->pieces[i].source.text);
		json_number(j, "offset", x->pieces[i].offset);
		json_number(j, "size", x->pieces[i].len);
		json_text(j, "sha256", x->pieces[i].digest);
		json_close(j);
	}
	json_close(j);
}

static void json_files(struct json *j, const struct explanation *x)
{
	json_array(j, "files");
	for (uint32_t i = 0; i < x->file_count; i++) {
		json_object(j, NULL);
		json_text(j, "what", x->files[i].what);
		json_text(j, "path", x->files[i].path.text);
		json_text(j, "trust", verified_how_text(x->files[i].how));
		json_text(j, "signer", x->files[i].signer.text);
		json_close(j);
	}
	json_close(j);
	json_array(j, "left_out");
	for (uint32_t i = 0; i < x->notes.count; i++)
		json_text(j, NULL, x->notes.text[i]);
	json_close(j);
}

static void json_tree(struct json *j, const struct explanation *x)
{
	if (x->kernel.dtb.fd < 0) {
		json_null(j, "device_tree");
		return;
	}
	json_object(j, "device_tree");
	json_text(j, "source", x->tree_source.text);
	json_number(j, "size", x->kernel.dtb.bytes.len);
	json_text(j, "sha256", x->tree_digest);
	json_close(j);
}

void explain_print_json(const struct explanation *x)
{
	const struct loadable_kernel *k = &x->kernel;
	struct json j = json_to(stdout);

	json_object(&j, NULL);
	json_text(&j, "id", x->entry->found.id);
	json_text(&j, "title", x->entry->found.title.text);
	json_text(&j, "volume", x->entry->place.name);
	json_bytes(&j, "path", span_of_text(x->entry->found.path));
	json_text(&j, "trust", verified_how_text(k->how));
	json_text(&j, "signer", x->files[0].signer.text);
	json_bool(&j, "signer_is_proven", verified_proves_signer(k->how));
	json_text(&j, "refusal", x->refusal);
	json_files(&j, x);
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
	json_tree(&j, x);
	json_null(&j, "pcr11");
	json_null(&j, "pcr12");
	json_null(&j, "pcr13");
	json_close(&j);
	json_end(&j);
}
