#include "narrow.h"

#include "base/log.h"
#include "base/own.h"
#include "efivar_process.h"
#include "sys/blob.h"
#include "sys/efivar.h"
#include "sys/proc.h"

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

#define VARIABLES (sizeof(variables) / sizeof(variables[0]))

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

/* --- the process that asks the firmware -------------------------------------
 */

/* What it says of each variable, with the value in a memory file. */
struct answer {
	struct error error; /* code OK: it was read */
	uint32_t attributes;
	uint64_t len;
};

static enum status read_value(const char *efivars, const char *name,
			      struct answer *answer, struct blob_writer *value,
			      struct error *err)
{
	_free_ char *buf = malloc(VARIABLE_MAX);
	size_t len = 0;
	enum status s;

	if (!buf)
		return fail(err, E_NO_MEMORY, "no memory for the variable %s",
			    name);
	s = efivar_read(efivars, name, buf, VARIABLE_MAX, &answer->attributes,
			&len, err);
	if (s == OK)
		s = blob_begin(name, value, err);
	if (s == OK)
		s = blob_append(value, span_of(buf, len), err);
	answer->len = len;
	return s;
}

/* One by one, so that what was read counts if the next is never heard of. */
static int send_variables(int socket, const void *context)
{
	for (size_t i = 0; i < VARIABLES; i++) {
		struct blob_writer value = { .fd = -1 };
		struct answer answer = { .error.code = OK };
		enum status s;

		answer.error.code = read_value(context, variables[i].name,
					       &answer, &value, &answer.error);
		s = msg_send(socket, span_of(&answer, sizeof(answer)), value.fd,
			     NULL);
		blob_abandon(&value);
		if (s != OK)
			return 1;
	}
	return 0;
}

/* --- what counts of it ------------------------------------------------------
 */

static enum status use_answer(const struct variable *v,
			      const struct answer *answer, int fd,
			      struct keyring *keyring, uint32_t *ret_added,
			      struct error *err)
{
	_drop_blob_ struct blob value = BLOB_NONE;
	enum status s = efivar_process_said(&answer->error, err);

	if (s == OK)
		s = blob_adopt(fd, answer->len, &value, err);
	else if (fd >= 0)
		close(fd);
	if (s == E_EFIVAR_NONE)
		return OK;
	if (s == OK)
		s = use_value(v, value.bytes, answer->attributes, keyring,
			      ret_added, err);
	return s == OK ? OK
		       : fail_in(err, s, "revocations in the variable %s",
				 v->name);
}

struct narrowing {
	struct keyring *keyring;
	uint32_t added;
	struct error first; /* what went wrong first; code OK: nothing */
};

static void note_error(struct narrowing *n, const struct error *err)
{
	log_error("%s", err->text);
	if (n->first.code == OK)
		n->first = *err;
}

/* False if nothing more is to be had of the process. */
static bool hear_variable(struct narrowing *n, struct efivar_process *process,
			  const struct variable *v)
{
	struct answer answer;
	uint32_t added = 0;
	struct error err;
	int fd;

	if (efivar_process_await(process, &answer, sizeof(answer), &fd, &err) !=
	    OK) {
		fail_in(&err, err.code, "revocations in the variable %s",
			v->name);
		note_error(n, &err);
		return false;
	}
	if (use_answer(v, &answer, fd, n->keyring, &added, &err) != OK)
		note_error(n, &err);
	n->added += added;
	if (added)
		log_info("%u revocations from the variable %s", added, v->name);
	return true;
}

enum status narrow_by_firmware(struct keyring *keyring, const char *efivars,
			       uint32_t *ret_added, struct error *err)
{
	_end_efivar_process_ struct efivar_process process;
	struct narrowing n = { .keyring = keyring };
	struct error why;
	size_t heard = 0;

	if (efivar_process_begin(&process, send_variables, efivars,
				 EFIVAR_READ_MS, &why) != OK)
		note_error(&n, &why);
	else
		while (heard < VARIABLES &&
		       hear_variable(&n, &process, &variables[heard]))
			heard++;
	for (size_t i = heard + 1; i < VARIABLES; i++)
		log_error("revocations in the variable %s are not known either",
			  variables[i].name);
	if (ret_added)
		*ret_added = n.added;
	if (n.first.code != OK && err)
		*err = n.first;
	return n.first.code;
}
