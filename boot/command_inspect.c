/*
 * keelboot inspect: what an image is. Claims of the file are shown as claims;
 * nothing here decides whether it may boot.
 */
#include "base/json.h"
#include "commands.h"
#include "digest_text.h"
#include "format/kimage.h"
#include "format/osrel.h"
#include "format/uki.h"
#include "format/zboot.h"
#include "image.h"
#include "sys/hostfile.h"
#include "trust/image_digest.h"
#include "trust/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct inspection {
	const char *path;
	struct span file;
	bool is_pe, is_uki, is_zboot, is_kernel;
	struct pe_view pe;
	struct uki_view uki;
	struct zboot_view zboot;
	struct kimage_view kernel;
	/* What is said about the bytes, not believed: the digest a signature
	 * would be over, and who says to have signed it. */
	struct authenticode_view covered;
	bool has_digest;
	char digest[DIGEST_TEXT_LEN + 1];
	struct error not_covered; /* why there is no such digest */
};

static enum status look(struct inspection *in, struct error *err)
{
	enum status s = OK;

	if (pe_is_candidate(in->file)) {
		s = pe_parse(in->file, in->file.len, &in->pe, err);
		in->is_pe = s == OK;
	}
	if (s == OK && zboot_is_candidate(in->file)) {
		s = zboot_parse(in->file, &in->pe, &in->zboot, err);
		in->is_zboot = s == OK;
	} else if (in->is_pe && uki_is_candidate(&in->pe)) {
		s = uki_parse(in->file, &in->pe, &in->uki, err);
		in->is_uki = s == OK;
	} else if (s == OK && kimage_identify(in->file) != KIMAGE_NONE) {
		s = kimage_parse(in->file, &in->kernel, err);
		in->is_kernel = s == OK;
	} else if (s == OK && !in->is_pe) {
		s = fail(err, E_VERIFY_NOT_AN_IMAGE,
			 "neither a PE file nor a kernel");
	}
	return s == OK ? OK : fail_in(err, s, "%s", in->path);
}

static void look_at_signatures(struct inspection *in)
{
	struct text text = text_over(in->digest, sizeof(in->digest));
	uint8_t digest[DIGEST_MAX];

	if (!in->is_pe)
		return;
	if (authenticode_parse(in->file, &in->pe, &in->covered,
			       &in->not_covered) != OK ||
	    image_digest_of(in->file, &in->covered, DIGEST_SHA256, digest,
			    &in->not_covered) != OK)
		return;
	in->has_digest = true;
	text_add_hex(&text, span_of(digest, digest_len(DIGEST_SHA256)));
}

static struct display claim_of(const struct inspection *in, uint32_t number)
{
	const struct byte_range *at = &in->covered.signatures[number];
	struct display name;

	if (judge_claimed_signer(span_slice(in->file, at->offset, at->len),
				 &name))
		return name;
	return display_of_text("a signer that cannot be read");
}

static const char *kind_of(const struct inspection *in)
{
	if (in->is_uki)
		return in->uki.is_addon	 ? "uki-addon"
		       : in->uki.is_thin ? "thin-uki"
					 : "uki";
	if (in->is_zboot)
		return "zboot";
	return in->is_kernel ? kimage_kind_name(in->kernel.kind) : "pe";
}

/* --- JSON --------------------------------------------------------------------
 */

static void json_pe(struct json *j, const struct inspection *in)
{
	json_object(j, "pe");
	json_text(j, "machine", pe_machine_name(in->pe.machine));
	json_number(j, "subsystem", in->pe.subsystem);
	json_number(j, "size_of_headers", in->pe.size_of_headers);
	json_number(j, "certificate_table_offset", in->pe.cert_offset);
	json_number(j, "certificate_table_size", in->pe.cert_size);
	json_array(j, "sections");
	for (uint32_t i = 0; i < in->pe.section_count; i++) {
		const struct pe_section *s = &in->pe.sections[i];

		json_object(j, NULL);
		json_bytes(j, "name", span_of_text(s->name));
		json_number(j, "virtual_address", s->virtual_address);
		json_number(j, "virtual_size", s->virtual_size);
		json_number(j, "raw_offset", s->raw_offset);
		json_number(j, "raw_size", s->raw_size);
		json_close(j);
	}
	json_close(j);
	json_close(j);
}

static void json_profile(struct json *j, const struct inspection *in,
			 uint32_t profile)
{
	char digest[DIGEST_TEXT_LEN + 1];

	json_object(j, NULL);
	json_number(j, "profile", profile);
	json_array(j, "sections");
	for (int i = 0; i < UKI_SECTION_COUNT; i++) {
		enum uki_section section = (enum uki_section)i;
		struct uki_part part = uki_part_of(&in->uki, profile, section);

		if (!part.present)
			continue;
		digest_text(uki_part_bytes(in->file, part), part.zero_tail,
			    digest);
		json_object(j, NULL);
		json_text(j, "name", uki_section_name(section));
		json_number(j, "size", (uint64_t)part.stored + part.zero_tail);
		json_text(j, "sha256", digest);
		json_close(j);
	}
	json_close(j);
	json_close(j);
}

static uint32_t profiles_of(const struct uki_view *uki)
{
	return uki->profile_count ? uki->profile_count : 1;
}

static void json_uki(struct json *j, const struct inspection *in)
{
	json_object(j, "uki");
	if (in->uki.stub_version == UKI_STUB_UNKNOWN)
		json_null(j, "stub_version");
	else
		json_number(j, "stub_version", in->uki.stub_version);
	json_bool(j, "addon", in->uki.is_addon);
	json_bool(j, "thin", in->uki.is_thin);
	json_array(j, "profiles");
	for (uint32_t i = 0; i < profiles_of(&in->uki); i++)
		json_profile(j, in, i);
	json_close(j);
	json_close(j);
}

static void json_zboot(struct json *j, const struct inspection *in)
{
	json_object(j, "zboot");
	json_text(j, "compression", in->zboot.label);
	json_number(j, "payload_offset", in->zboot.payload_offset);
	json_number(j, "payload_size", in->zboot.payload_len);
	json_number(j, "unpacked_size", in->zboot.out_len);
	json_text(j, "machine", pe_machine_name(in->zboot.machine));
	json_close(j);
}

static void json_kernel(struct json *j, const struct inspection *in)
{
	json_object(j, "kernel");
	json_text(j, "kind", kimage_kind_name(in->kernel.kind));
	json_text(j, "machine", pe_machine_name(in->kernel.machine));
	json_text(j, "version", in->kernel.version);
	json_number(j, "exact_size", in->kernel.file_len);
	json_number(j, "memory_size", in->kernel.image_size);
	if (in->kernel.kind == KIMAGE_BZIMAGE)
		json_number(j, "command_line_max", in->kernel.cmdline_size);
	json_close(j);
}

static void json_signatures(struct json *j, const struct inspection *in)
{
	json_object(j, "authenticode");
	if (in->has_digest)
		json_text(j, "sha256", in->digest);
	else
		json_text(j, "reason", in->not_covered.text);
	json_array(j, "claimed_signers");
	for (uint32_t i = 0; in->has_digest && i < in->covered.signature_count;
	     i++)
		json_text(j, NULL, claim_of(in, i).text);
	json_close(j);
	json_close(j);
}

static void print_json(const struct inspection *in, const char *digest)
{
	struct json j = json_to(stdout);

	json_object(&j, NULL);
	json_text(&j, "file", in->path);
	json_number(&j, "size", in->file.len);
	json_text(&j, "sha256", digest);
	json_text(&j, "kind", kind_of(in));
	if (in->is_pe)
		json_pe(&j, in);
	if (in->is_pe)
		json_signatures(&j, in);
	if (in->is_uki)
		json_uki(&j, in);
	if (in->is_zboot)
		json_zboot(&j, in);
	if (in->is_kernel)
		json_kernel(&j, in);
	json_close(&j);
	json_end(&j);
}

/* --- text --------------------------------------------------------------------
 */

static void print_uki(const struct inspection *in)
{
	struct display title;
	struct span osrel =
		uki_part_bytes(in->file, uki_part_of(&in->uki, 0, UKI_OSREL));

	if (osrel_title(osrel, &title))
		printf("title:     %s\n", title.text);
	if (in->uki.stub_version == UKI_STUB_UNKNOWN)
		printf("stub:      unknown\n");
	else
		printf("stub:      systemd-stub %u\n", in->uki.stub_version);
	for (uint32_t p = 0; p < profiles_of(&in->uki); p++) {
		if (in->uki.profile_count)
			printf("profile %u:\n", p);
		for (int i = 0; i < UKI_SECTION_COUNT; i++) {
			enum uki_section s = (enum uki_section)i;
			struct uki_part part = uki_part_of(&in->uki, p, s);
			char digest[DIGEST_TEXT_LEN + 1];

			if (!part.present)
				continue;
			digest_text(uki_part_bytes(in->file, part),
				    part.zero_tail, digest);
			printf("  %-9s %10llu  sha256 %.16s…\n",
			       uki_section_name(s),
			       (unsigned long long)part.stored + part.zero_tail,
			       digest);
		}
	}
}

static void print_signatures(const struct inspection *in)
{
	if (!in->has_digest) {
		printf("signed:    in no way that counts: %s\n",
		       in->not_covered.text);
		return;
	}
	printf("image:     sha256 %s (Authenticode)\n", in->digest);
	for (uint32_t i = 0; i < in->covered.signature_count; i++)
		printf("signed:    claims %s (not checked; see `keelboot "
		       "verify`)\n",
		       claim_of(in, i).text);
	if (!in->covered.signature_count)
		printf("signed:    no\n");
}

static void print_text(const struct inspection *in, const char *digest)
{
	printf("file:      %s\n", display_of_text(in->path).text);
	printf("size:      %zu\n", in->file.len);
	printf("sha256:    %s\n", digest);
	printf("kind:      %s\n", kind_of(in));
	if (in->is_pe)
		printf("machine:   %s\n", pe_machine_name(in->pe.machine));
	if (in->is_pe)
		print_signatures(in);
	if (in->is_uki)
		print_uki(in);
	if (in->is_zboot)
		printf("codec:     %s\npayload:   %u bytes at 0x%x\n"
		       "unpacked:  %u bytes\n",
		       in->zboot.label, in->zboot.payload_len,
		       in->zboot.payload_offset, in->zboot.out_len);
	if (in->is_kernel) {
		printf("version:   %s\n", in->kernel.version);
		printf("exact:     %llu bytes of the file\n",
		       (unsigned long long)in->kernel.file_len);
		printf("memory:    %llu bytes when it runs\n",
		       (unsigned long long)in->kernel.image_size);
	}
}

int command_inspect(int argc, char **argv)
{
	_drop_blob_ struct blob blob = BLOB_NONE;
	char digest[DIGEST_TEXT_LEN + 1];
	struct inspection *in;
	struct command_line cl;
	struct error err;
	enum status s;

	if (!command_parse(argc, argv, OPTION_ARGUMENT | OPTION_JSON, &cl))
		return 2;
	if (hostfile_read(cl.argument, &blob, &err) != OK)
		return command_fail(&err);
	in = calloc(1, sizeof(*in));
	if (!in)
		return 1;
	in->path = cl.argument;
	in->file = blob.bytes;
	s = look(in, &err);
	if (s == OK) {
		digest_text(blob.bytes, 0, digest);
		look_at_signatures(in);
		if (cl.json)
			print_json(in, digest);
		else
			print_text(in, digest);
	}
	free(in);
	return s == OK ? 0 : command_fail(&err);
}
