#include "narrow.h"

#include "base/log.h"
#include "base/own.h"
#include "sys/efivar.h"

#include <stdlib.h>

/* Variables share 64 to 256 KiB of flash on real machines. */
#define VARIABLE_MAX (1U << 20)

/* UEFI 2.10, 8.2.1 */
#define AUTHENTICATED	   0x10U
#define TIME_AUTHENTICATED 0x20U
#define ENHANCED_AUTH	   0x80U
#define ANY_AUTHENTICATED  (AUTHENTICATED | TIME_AUTHENTICATED | ENHANCED_AUTH)

struct variable {
	const char *name;
	uint32_t needs_one_of; /* attributes; 0: any */
	uint32_t has_none_of;
};

static const struct variable variables[] = {
	{ "dbx-d719b2cb-3d3a-4596-a3bc-dad00e67656f", ANY_AUTHENTICATED, 0 },
	{ "SbatLevelRT-605dab50-e046-4300-abb6-3dd810dd8b23", 0,
	  EFIVAR_NON_VOLATILE },
};

static enum status check_attributes(const struct variable *v, uint32_t has,
				    struct error *err)
{
	if (v->needs_one_of && !(has & v->needs_one_of))
		return fail(err, E_NARROW_ATTRIBUTES,
			    "its attributes are 0x%x, without one of 0x%x: it "
			    "is not authenticated, so any program could have "
			    "written it",
			    has, v->needs_one_of);
	if (has & v->has_none_of)
		return fail(err, E_NARROW_ATTRIBUTES,
			    "its attributes are 0x%x, with 0x%x: it was kept "
			    "over a reset, so any program could have written "
			    "it",
			    has, v->has_none_of);
	return OK;
}

static enum status use_value(const struct variable *v, struct span value,
			     uint32_t attributes, struct keyring *keyring,
			     uint32_t *ret_added, struct error *err)
{
	enum status s;

	if (!value.len)
		return OK;
	s = check_attributes(v, attributes, err);
	if (s == OK)
		s = keyring_narrow(keyring, v->name, value, ret_added, err);
	/* An empty list revokes nothing. */
	return s == E_KEYRING_NOTHING ? OK : s;
}

static enum status use_variable(const struct variable *v, const char *efivars,
				struct keyring *keyring, uint32_t *ret_added,
				struct error *err)
{
	_free_ char *buf = malloc(VARIABLE_MAX);
	uint32_t attributes;
	size_t len;
	enum status s;

	if (!buf)
		return fail(err, E_NO_MEMORY, "no memory for the variable %s",
			    v->name);
	s = efivar_read(efivars, v->name, buf, VARIABLE_MAX, &attributes, &len,
			err);
	if (s == E_EFIVAR_NONE)
		return OK;
	if (s != OK)
		return s;
	s = use_value(v, span_of(buf, len), attributes, keyring, ret_added,
		      err);
	return s == OK ? OK
		       : fail_in(err, s, "revocations in the variable %s",
				 v->name);
}

enum status narrow_by_firmware(struct keyring *keyring, const char *efivars,
			       uint32_t *ret_added, struct error *err)
{
	uint32_t all = 0;
	enum status first = OK;

	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		uint32_t added = 0;
		struct error why;
		enum status s = use_variable(&variables[i], efivars, keyring,
					     &added, &why);

		all += added;
		if (added)
			log_info("%u revocations from the variable %s", added,
				 variables[i].name);
		if (s == OK)
			continue;
		log_error("%s", why.text);
		if (first == OK && err)
			*err = why;
		if (first == OK)
			first = s;
	}
	if (ret_added)
		*ret_added = all;
	return first;
}
