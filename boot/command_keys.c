#include "command_keys.h"

#include "keyring_dir.h"
#include "settings.h"

static enum status load(const struct command_line *cl, struct keyring *ret,
			const struct policy *policy, struct error *err)
{
	struct authority authority;
	enum status s;

	if (cl->keyring)
		return keyring_add_dir(ret, cl->keyring, err);
	s = authority_open(&authority, policy, false, err);
	*ret = authority.keyring;
	return s;
}

enum status command_keys(const struct command_line *cl, struct keyring *ret,
			 struct verify_context *ret_verify, struct error *err)
{
	struct config config;
	enum status s;

	settings_load_builtin(&config);
	config.policy.verify = VERIFY_ENFORCE;
	*ret_verify = verify_context_of(&config.policy, ret);
	s = load(cl, ret, &config.policy, err);
	if (s == OK && cl->dbx)
		s = keyring_add_path(ret, KEYRING_FOLDER_DBX, cl->dbx, err);
	if (s == OK && cl->sbat)
		s = keyring_add_path(ret, KEYRING_FOLDER_SBAT, cl->sbat, err);
	return s;
}
