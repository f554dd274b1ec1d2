#include "authority.h"

#include "builtin.h"

enum status authority_open(struct authority *ret, const struct policy *policy,
			   bool on_machine, struct error *err)
{
	enum status s;

	ret->keyring = KEYRING_NONE;
	ret->verify = verify_context_of(policy, &ret->keyring);
	s = keyring_read(&ret->keyring,
			 span_of(builtin_keyring, builtin_keyring_len), err);
	(void)on_machine; /* NARROW */
	return s;
}

void authority_close(struct authority *authority)
{
	keyring_drop(&authority->keyring);
}
