#include "keyring_dir.h"

#include "base/text.h"
#include "sys/hostfile.h"

#include <string.h>

#define KEY_PATH_MAX 4096

static enum status add_file(struct keyring *keyring, enum keyring_folder folder,
			    const char *path, const char *source,
			    struct error *err)
{
	_drop_blob_ struct blob blob = BLOB_NONE;
	enum status s = hostfile_read(path, &blob, err);

	if (s != OK)
		return s;
	s = keyring_add_file(keyring, folder, source, blob.bytes, err);
	return s == OK ? OK : fail_in(err, s, "%s", path);
}

enum status keyring_add_path(struct keyring *keyring,
			     enum keyring_folder folder, const char *path,
			     struct error *err)
{
	return add_file(keyring, folder, path, path, err);
}

static enum status join(char *buf, const char *dir, const char *name,
			struct error *err)
{
	struct text t = text_over(buf, KEY_PATH_MAX);

	text_addf(&t, "%s/%s", dir, name);
	if (t.cut)
		return fail(err, E_KEYRING_DIR_PATH,
			    "the path of %s is longer than %d bytes", name,
			    KEY_PATH_MAX - 1);
	return OK;
}

static bool is_passed_over(const struct hostfile_entry *entry)
{
	return entry->name[0] == '.' ||
	       (!entry->is_folder && !strncmp(entry->name, "README", 6));
}

/* The files of one folder. inside is its path below the keys' folder, or NULL
 * if it is that itself. */
static enum status add_folder(struct keyring *keyring,
			      enum keyring_folder folder, const char *dir,
			      const char *inside, struct error *err)
{
	_drop_hostfile_list_ struct hostfile_list list = { 0 };
	enum status s = hostfile_list(dir, &list, err);
	char path[KEY_PATH_MAX], source[KEY_PATH_MAX];

	for (size_t i = 0; s == OK && i < list.count; i++) {
		const struct hostfile_entry *entry = &list.entries[i];

		if (is_passed_over(entry))
			continue;
		if (entry->is_folder)
			return fail(err, E_KEYRING_DIR_STRAY,
				    "%s/%s is a folder, expected are files",
				    dir, entry->name);
		s = join(path, dir, entry->name, err);
		if (s == OK && inside)
			s = join(source, inside, entry->name, err);
		if (s == OK)
			s = add_file(keyring, folder, path,
				     inside ? source : entry->name, err);
	}
	return s;
}

static bool find_folder(const struct hostfile_entry *entry,
			enum keyring_folder *ret)
{
	static const enum keyring_folder all[] = {
		KEYRING_FOLDER_DB,   KEYRING_FOLDER_DBX,
		KEYRING_FOLDER_SBAT, KEYRING_FOLDER_MANIFEST,
		KEYRING_FOLDER_TLS,
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (entry->is_folder &&
		    !strcmp(entry->name, keyring_folder_name(all[i]))) {
			*ret = all[i];
			return true;
		}
	return false;
}

static enum status add_entry(struct keyring *keyring, const char *dir,
			     const struct hostfile_entry *entry,
			     struct error *err)
{
	enum keyring_folder folder;
	char path[KEY_PATH_MAX];
	enum status s;

	if (is_passed_over(entry) ||
	    (entry->is_folder && !strcmp(entry->name, "examples")))
		return OK;
	if (!find_folder(entry, &folder))
		return fail(err, E_KEYRING_DIR_STRAY,
			    "%s/%s is none of the folders db, dbx, sbat, "
			    "manifest and tls",
			    dir, entry->name);
	s = join(path, dir, entry->name, err);
	if (s == OK)
		s = add_folder(keyring, folder, path, entry->name, err);
	return s;
}

enum status keyring_add_dir(struct keyring *keyring, const char *dir,
			    struct error *err)
{
	_drop_hostfile_list_ struct hostfile_list list = { 0 };
	enum status s = hostfile_list(dir, &list, err);
	enum keyring_folder folder;
	bool has_folders = false;

	if (s != OK)
		return s;
	for (size_t i = 0; i < list.count; i++)
		has_folders |= find_folder(&list.entries[i], &folder);
	if (!has_folders)
		return add_folder(keyring, KEYRING_FOLDER_DB, dir, NULL, err);
	for (size_t i = 0; s == OK && i < list.count; i++)
		s = add_entry(keyring, dir, &list.entries[i], err);
	return s;
}
