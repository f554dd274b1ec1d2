/*
 * keelboot manifest: what is to be signed for a loose entry, or for what stands
 * beside a UKI, and whether what was signed still holds.
 */
#include "base/log.h"
#include "base/own.h"
#include "command_keys.h"
#include "commands.h"
#include "companions.h"
#include "digest_text.h"
#include "format/bls.h"
#include "format/entry_name.h"
#include "load_request.h"
#include "prepare.h"
#include "sys/hostfile.h"
#include "verify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_LEN 1280

/* The entry or UKI, its root, and with --check the manifest. */
struct check {
	const char *root;
	const char *uki; /* its path below root, or NULL: it is an entry */
	char *real;	 /* backs it */
	struct bls_entry entry;
	struct verify_context verify;
	struct verified_manifest *manifest; /* NULL when one is written */
};

static enum status read_below(const char *root, const char *path,
			      struct raw_image *ret, struct error *err)
{
	char whole[PATH_LEN];

	if ((size_t)snprintf(whole, sizeof(whole), "%s/%s", root, path) >=
	    sizeof(whole))
		return fail(err, E_HOSTFILE_OPEN, "%s: the path is too long",
			    path);
	snprintf(ret->name, sizeof(ret->name), "%s", path);
	return hostfile_read(whole, &ret->blob, err);
}

static enum status read_entry(const char *path, struct bls_entry *ret,
			      struct error *err)
{
	_drop_blob_ struct blob blob = BLOB_NONE;
	enum status s = hostfile_read(path, &blob, err);

	if (s == OK)
		s = bls_parse(blob.bytes, NULL, ret, err);
	return s == OK ? OK : fail_in(err, s, "%s", path);
}

static void write_row(enum manifest_role role, struct span bytes,
		      const char *path)
{
	char digest[DIGEST_TEXT_LEN + 1];

	digest_text(bytes, 0, digest);
	printf("%s %s %s\n", manifest_role_name(role), digest, path);
}

/* One part of the entry: into the manifest, or compared with it. */
static enum status do_part(struct check *c, enum manifest_role role,
			   const char *path, struct error *err)
{
	_drop_raw_ struct raw_image raw = { .blob = BLOB_NONE };
	_drop_verified_ struct verified_image *image = NULL;
	enum status s = read_below(c->root, path, &raw, err);

	if (s != OK)
		return s;
	if (c->manifest)
		return verify_covered_file(&raw, c->manifest, role, &c->verify,
					   &image, err);
	write_row(role, raw.blob.bytes, path);
	return OK;
}

static enum status do_options(struct check *c, struct error *err)
{
	struct span options = span_of_text(c->entry.options);

	if (c->manifest)
		return verify_covered_options(c->manifest, options, err);
	if (options.len)
		write_row(MANIFEST_OPTIONS, options, "-");
	return OK;
}

/* In the order of a boot (boot/prepare.c). */
static enum status do_parts(struct check *c, struct error *err)
{
	const struct bls_entry *e = &c->entry;
	enum status s =
		do_part(c, MANIFEST_LINUX, e->uki[0] ? e->uki : e->kernel, err);

	for (uint32_t i = 0; s == OK && i < e->initrd_count; i++)
		s = do_part(c, MANIFEST_INITRD, e->initrds[i], err);
	if (s == OK && e->devicetree[0])
		s = do_part(c, MANIFEST_DEVICETREE, e->devicetree, err);
	for (uint32_t i = 0; s == OK && i < e->overlay_count; i++)
		s = do_part(c, MANIFEST_OVERLAY, e->overlays[i], err);
	for (uint32_t i = 0; s == OK && i < e->extra_count; i++) {
		enum load_archive archive;

		if (load_archive_of_extra(e->extras[i], &archive))
			s = do_part(c, MANIFEST_EXTRA, e->extras[i], err);
	}
	if (s == OK)
		s = do_options(c, err);
	return s;
}

/* --- a UKI and what stands beside it -----------------------------------------
 */

/* Every file is as good as kept: they are read from the directory later. */
static bool keep(void *ctx, const struct volume *volume, const char *path,
		 uint64_t size, uint32_t *ret_handle)
{
	(void)ctx, (void)volume, (void)path, (void)size;
	*ret_handle = 0;
	return true;
}

static enum status find_companions(const struct check *c, const char *uki,
				   struct found *ret, struct error *err)
{
	static const struct candidate_sink sink = { .keep = keep };
	_close_volume_ struct volume volume = VOLUME_NONE;
	const struct candidate_look look = { .volume = &volume, .sink = &sink };
	enum status s = volume_open_dir(c->root, &volume, err);

	if (s != OK)
		return s;
	companions_add(&look, uki, ret);
	if (ret->left_out_count)
		log_warn("cannot be taken along: %s", ret->left_out.text);
	return OK;
}

static enum status do_companions(struct check *c, const struct found *found,
				 struct error *err)
{
	enum manifest_role role;
	enum status s = OK;

	for (uint32_t i = 0; s == OK && i < found->file_count; i++)
		if (prepare_companion_role(found->files[i].role, &role))
			s = do_part(c, role, found->files[i].path, err);
	return s;
}

/* The same for a UKI: its own signature vouches for it, and the manifest for
 * what stands beside it. */
static enum status do_uki(struct check *c, struct error *err)
{
	struct found *found = calloc(1, sizeof(*found));
	enum status s;

	if (!found)
		return fail(err, E_NO_MEMORY, "no memory for an entry");
	s = find_companions(c, c->uki, found, err);
	if (s == OK)
		s = do_part(c, MANIFEST_LINUX, c->uki, err);
	if (s == OK)
		s = do_companions(c, found, err);
	free(found);
	return s;
}

/* --- the command -------------------------------------------------------------
 */

/* The manifest where a boot looks for it: ROOT/loader/entries/ID.manifest, ID
 * without .conf. */
static enum status open_manifest(struct check *c, const char *entry,
				 struct error *err)
{
	struct raw_image manifest = { .blob = BLOB_NONE };
	struct raw_image signature = { .blob = BLOB_NONE };
	const char *slash = strrchr(entry, '/'), *end;
	char id[FOUND_ID_MAX], path[PATH_LEN];
	enum status s;

	if (!entry_id_make(span_of_text(slash ? slash + 1 : entry),
			   span_of_text(""), id, sizeof(id)))
		return fail(err, E_HOSTFILE_OPEN, "%s: the name is too long",
			    entry);
	end = strrchr(id, '.');
	if (!end || strcmp(end, ".conf") != 0)
		end = id + strlen(id);
	snprintf(path, sizeof(path), CANDIDATE_MANIFESTS "/%.*s%s",
		 (int)(end - id), id, CANDIDATE_MANIFEST_END);
	s = read_below(c->root, path, &manifest, err);
	if (s != OK)
		return s;
	strncat(path, CANDIDATE_SIGNATURE_END, sizeof(path) - strlen(path) - 1);
	s = read_below(c->root, path, &signature, err);
	if (s != OK) {
		raw_image_drop(&manifest);
		return s;
	}
	return verify_manifest(&manifest, &signature, &c->verify, &c->manifest,
			       err);
}

/* A UKI's path as it is below root: check->uki, a part of check->real. */
static enum status set_uki(struct check *c, const char *path, struct error *err)
{
	_free_ char *root = realpath(c->root, NULL);
	size_t len;

	c->real = realpath(path, NULL);
	if (!root || !c->real)
		return fail_sys(err, E_HOSTFILE_OPEN, errno,
				"unable to find %s below %s", path, c->root);
	len = strcmp(root, "/") ? strlen(root) : 0;
	if (strncmp(root, c->real, len) != 0 || c->real[len] != '/')
		return fail(err, E_HOSTFILE_OPEN, "%s is not below %s", path,
			    c->root);
	c->uki = c->real + len;
	return OK;
}

static bool is_uki(const char *path)
{
	return candidate_has_suffix(path, ".efi");
}

static enum status run(const struct command_line *cl, struct check *c,
		       struct error *err)
{
	enum status s = is_uki(cl->argument)
				? set_uki(c, cl->argument, err)
				: read_entry(cl->argument, &c->entry, err);

	if (s == OK && cl->check)
		s = open_manifest(c, cl->argument, err);
	if (s == OK)
		s = c->uki ? do_uki(c, err) : do_parts(c, err);
	if (s == OK && c->manifest)
		s = verify_manifest_end(c->manifest, err);
	if (s == OK && cl->check)
		printf("%s: covered as a whole, signed by %s\n", cl->argument,
		       verified_manifest_signer(c->manifest));
	verified_manifest_drop(&c->manifest);
	return s;
}

int command_manifest(int argc, char **argv)
{
	_drop_keyring_ struct keyring keyring = KEYRING_NONE;
	struct command_line cl;
	struct check *c;
	struct error err = { .code = OK };
	enum status s;

	if (!command_parse(argc, argv,
			   OPTION_ARGUMENT | OPTION_ROOT | OPTION_CHECK |
				   OPTION_KEYRING,
			   &cl))
		return 2;
	c = calloc(1, sizeof(*c));
	if (!c)
		return 1;
	c->root = cl.root ? cl.root : "/";
	s = command_keys(&cl, &keyring, &c->verify, &err);
	if (s == OK)
		s = run(&cl, c, &err);
	free(c->real);
	free(c);
	return s == OK ? 0 : command_fail(&err);
}
