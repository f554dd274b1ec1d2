#include "authority.h"

#include "base/log.h"
#include "builtin.h"
#include "narrow.h"
#include "sys/efivar.h"

#include <stdlib.h>

/* Microsoft's whole dbx has 24 KiB. */
#define REVOCATIONS_SIZE_MAX (1U << 20)

enum status authority_open(struct authority *ret, const struct policy *policy,
			   bool on_machine, struct error *err)
{
	enum status s;

	ret->on_machine = on_machine;
	ret->keyring = KEYRING_NONE;
	ret->verify = verify_context_of(policy, &ret->keyring);
	s = keyring_read(&ret->keyring,
			 span_of(builtin_keyring, builtin_keyring_len), err);
	return s;
}

static enum status check_size(const struct found_file *file, uint64_t max,
			      struct error *err)
{
	if (file->size <= max)
		return OK;
	return fail(err, E_KEYRING_FILE_SIZE,
		    "%s has %llu bytes, the most is %llu", file->path,
		    (unsigned long long)file->size, (unsigned long long)max);
}

static enum status read_list(struct scan *scan, const struct boot_entry *list,
			     struct raw_image *ret_bytes,
			     struct raw_image *ret_signature, struct error *err)
{
	const struct found_file *file =
		found_file(&list->found, FILE_MANIFEST, 0);
	const struct found_file *detached =
		found_file(&list->found, FILE_MANIFEST_SIGNATURE, 0);
	enum status s;

	if (!file || !detached)
		return fail(err, E_PROBE_PROTOCOL,
			    "its probe names no file and signature");
	s = check_size(file, REVOCATIONS_SIZE_MAX, err);
	if (s == OK)
		s = check_size(detached, PKCS7_SIZE_MAX, err);
	if (s == OK)
		s = scan_read(scan, list, file, ret_bytes, err);
	if (s == OK)
		s = scan_read(scan, list, detached, ret_signature, err);
	return s;
}

static enum status take_list(struct authority *authority, struct scan *scan,
			     const struct boot_entry *list, struct error *err)
{
	_drop_raw_ struct raw_image bytes = { .blob = BLOB_NONE };
	_drop_raw_ struct raw_image signature = { .blob = BLOB_NONE };
	struct judged_signature *judged = calloc(1, sizeof(*judged));
	enum status s;

	if (!judged)
		return fail(err, E_NO_MEMORY, "no memory for a signature");
	s = read_list(scan, list, &bytes, &signature, err);
	if (s == OK)
		s = judge_detached(bytes.blob.bytes, signature.blob.bytes,
				   &authority->keyring,
				   &authority->verify.rules, judged, err);
	if (s == OK) {
		struct error why;

		if (keyring_narrow(&authority->keyring, list->found.path,
				   bytes.blob.bytes, NULL, &why) != OK)
			log_error("%s: not all of %s can be honoured: %s",
				  list->place.name, list->found.path, why.text);
		log_info("%s: revocations of %s, signed by %s, are in force",
			 list->place.name, list->found.path,
			 judged->chain[0].text);
	}
	free(judged);
	return s;
}

/* narrow.c tells what it could not honour; the rest counts, and a variable that
 * is spoilt is no reason to boot nothing. */
static void narrow_by_machine(struct authority *authority)
{
	if (narrow_by_firmware(&authority->keyring, EFIVAR_ROOT, NULL, NULL) !=
	    OK)
		log_warn("the boot goes on with the revocations that could be "
			 "read");
}

void authority_narrow(struct authority *authority, struct scan *scan)
{
	struct boot_entry *list;
	struct error err;

	if (authority->verify.mode == VERIFY_OFF)
		return;
	if (authority->on_machine)
		narrow_by_machine(authority);
	while ((list = scan_take_revocations(scan))) {
		if (take_list(authority, scan, list, &err) != OK)
			log_error("%s: the revocations in %s do not count: %s",
				  list->place.name, list->found.path, err.text);
		free(list);
	}
}

void authority_close(struct authority *authority)
{
	keyring_drop(&authority->keyring);
}
