#include "loader_vars.h"

#include "base/log.h"
#include "format/utf16.h"
#include "sys/efivar.h"
#include "sys/proc.h"

#include <string.h>

#define VENDOR	    "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
#define VALUE_BYTES (2 * LOADER_VALUE_MAX)

static const char *const names[LOADER_VAR_COUNT] = {
	[LOADER_ONE_SHOT] = "LoaderEntryOneShot-" VENDOR,
	[LOADER_DEFAULT] = "LoaderEntryDefault-" VENDOR,
	[LOADER_PREFERRED] = "LoaderEntryPreferred-" VENDOR,
	[LOADER_SYS_FAIL] = "LoaderEntrySysFail-" VENDOR,
	[LOADER_LAST_BOOTED] = "LoaderEntryLastBooted-" VENDOR,
	[LOADER_TIMEOUT] = "LoaderConfigTimeout-" VENDOR,
	[LOADER_TIMEOUT_ONE_SHOT] = "LoaderConfigTimeoutOneShot-" VENDOR,
};

const char *loader_var_name(enum loader_var var)
{
	static const char *const short_names[LOADER_VAR_COUNT] = {
		[LOADER_ONE_SHOT] = "LoaderEntryOneShot",
		[LOADER_DEFAULT] = "LoaderEntryDefault",
		[LOADER_PREFERRED] = "LoaderEntryPreferred",
		[LOADER_SYS_FAIL] = "LoaderEntrySysFail",
		[LOADER_LAST_BOOTED] = "LoaderEntryLastBooted",
		[LOADER_TIMEOUT] = "LoaderConfigTimeout",
		[LOADER_TIMEOUT_ONE_SHOT] = "LoaderConfigTimeoutOneShot",
	};

	return short_names[var];
}

/* --- reading ---------------------------------------------------------------
 */

/* What the process that reads says: one message. */
struct answer {
	char values[LOADER_VAR_COUNT][LOADER_VALUE_MAX];
	char notes[LOADER_VAR_COUNT][ERROR_TEXT_MAX]; /* "": nothing wrong */
};

static enum status read_one(const char *root, enum loader_var var,
			    char ret[static LOADER_VALUE_MAX],
			    struct error *err)
{
	uint8_t bytes[VALUE_BYTES];
	size_t len = 0;
	enum status s = efivar_read(root, names[var], bytes, sizeof(bytes),
				    NULL, &len, err);

	if (s == OK)
		s = utf16_decode(span_of(bytes, len), ret, LOADER_VALUE_MAX,
				 err);
	else if (s == E_EFIVAR_NONE)
		return OK;
	if (s == OK)
		return OK;
	ret[0] = '\0';
	return fail_in(err, s, "%s does not count", loader_var_name(var));
}

static void read_all(const char *root, struct answer *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (int i = 0; i < LOADER_VAR_COUNT; i++) {
		struct error err;

		if (read_one(root, (enum loader_var)i, ret->values[i], &err) !=
		    OK)
			memcpy(ret->notes[i], err.text, sizeof(err.text));
	}
}

static struct config_choices timeout_of(const char *value, enum loader_var var)
{
	struct config_choices c = { .has_timeout = false };

	if (value[0] && !config_set_timeout(&c, span_of_text(value)))
		log_warn("%s does not count: it cannot be \"%s\", it takes 0 "
			 "to 86400 seconds or a word of `timeout`",
			 loader_var_name(var), display_of_text(value).text);
	return c;
}

static void take_answer(struct answer *answer, struct loader_vars *ret)
{
	for (int i = 0; i < LOADER_VAR_COUNT; i++) {
		answer->values[i][LOADER_VALUE_MAX - 1] = '\0';
		answer->notes[i][ERROR_TEXT_MAX - 1] = '\0';
		if (answer->notes[i][0])
			log_warn("%s", answer->notes[i]);
	}
	memcpy(ret->values, answer->values, sizeof(ret->values));
	ret->timeout = timeout_of(ret->values[LOADER_TIMEOUT], LOADER_TIMEOUT);
	ret->timeout_one_shot = timeout_of(ret->values[LOADER_TIMEOUT_ONE_SHOT],
					   LOADER_TIMEOUT_ONE_SHOT);
}

void loader_vars_read(const char *root, struct loader_vars *ret)
{
	struct answer answer;

	read_all(root, &answer);
	take_answer(&answer, ret);
}

static int run_reader(int socket, const void *context)
{
	const char *root = context;
	struct answer answer;

	read_all(root, &answer);
	return msg_send(socket, span_of(&answer, sizeof(answer)), -1, NULL) !=
	       OK;
}

enum status loader_vars_begin(struct efivar_process *reader, const char *root,
			      struct error *err)
{
	return efivar_process_begin(reader, run_reader, root, EFIVAR_READ_MS,
				    err);
}

void loader_vars_end(struct efivar_process *reader)
{
	efivar_process_end(reader);
}

enum status loader_vars_take(struct efivar_process *reader, uint64_t now,
			     struct loader_vars *ret, struct error *err)
{
	struct answer answer;
	enum status s = efivar_process_take(reader, &answer, sizeof(answer),
					    NULL, now, err);

	if (s != OK)
		return s;
	efivar_process_end(reader);
	take_answer(&answer, ret);
	return OK;
}

/* --- changing --------------------------------------------------------------
 */

struct changing {
	const char *root;
	const struct loader_change *changes;
	uint32_t count;
};

struct outcome {
	uint32_t done;
	struct error error;
};

static enum status change_one(const char *root,
			      const struct loader_change *change,
			      struct error *err)
{
	uint8_t bytes[VALUE_BYTES];
	size_t len;
	enum status s;

	if (!change->value[0])
		return efivar_delete(root, names[change->var], err);
	s = utf16_encode(change->value, bytes, sizeof(bytes), &len, err);
	return s == OK ? efivar_write(root, names[change->var],
				      span_of(bytes, len), err)
		       : s;
}

static int run_changer(int socket, const void *context)
{
	const struct changing *c = context;
	struct outcome o = { .done = 0 };

	while (o.done < c->count &&
	       change_one(c->root, &c->changes[o.done], &o.error) == OK)
		o.done++;
	if (o.done == c->count)
		o.error.code = OK;
	return msg_send(socket, span_of(&o, sizeof(o)), -1, NULL) != OK;
}

enum status loader_vars_change(const char *root,
			       const struct loader_change *changes,
			       uint32_t count, uint32_t *ret_done,
			       struct error *err)
{
	const struct changing c = { .root = root,
				    .changes = changes,
				    .count = count };
	_end_efivar_process_ struct efivar_process process;
	struct outcome o;
	enum status s;

	*ret_done = 0;
	s = efivar_process_begin(&process, run_changer, &c, EFIVAR_WRITE_MS,
				 err);
	if (s == OK)
		s = efivar_process_await(&process, &o, sizeof(o), NULL, err);
	if (s != OK)
		return s;
	*ret_done = o.done;
	return efivar_process_said(&o.error, err);
}
