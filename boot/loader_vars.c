#include "loader_vars.h"

#include "base/log.h"
#include "base/own.h"
#include "format/utf16.h"
#include "sys/efivar.h"
#include "sys/proc.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

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

struct reading {
	const char *root;
	int socket;
};

static int run_reader(void *context)
{
	const struct reading *r = context;
	struct answer answer;

	read_all(r->root, &answer);
	return msg_send(r->socket, span_of(&answer, sizeof(answer)), -1,
			NULL) != OK;
}

enum status loader_vars_begin(struct loader_vars_reader *reader,
			      const char *root, struct error *err)
{
	struct reading r = { .root = root };
	enum status s;

	*reader = (struct loader_vars_reader){ .socket = -1 };
	s = msg_pair(&reader->socket, &r.socket, err);
	if (s != OK)
		return s;
	s = proc_spawn("keelboot-efivar", run_reader, &r, &r.socket, 1,
		       &reader->pid, err);
	close(r.socket);
	if (s != OK)
		close(take_fd(&reader->socket));
	reader->deadline_ms = now_ms() + LOADER_VARS_READ_MS;
	return s;
}

void loader_vars_end(struct loader_vars_reader *reader)
{
	int status;

	if (reader->socket < 0)
		return;
	close(take_fd(&reader->socket));
	proc_kill(reader->pid);
	proc_reap(reader->pid, &status);
}

enum status loader_vars_take(struct loader_vars_reader *reader, uint64_t now,
			     struct loader_vars *ret, struct error *err)
{
	struct answer answer;
	size_t len = 0;
	int fd = -1;
	enum status s = E_MSG_CLOSED;

	if (reader->socket >= 0)
		s = msg_receive(reader->socket, &answer, sizeof(answer), &len,
				&fd, err);
	if (fd >= 0)
		close(fd);
	if (s == E_MSG_NONE && now < reader->deadline_ms)
		return s;
	loader_vars_end(reader);
	if (s == E_MSG_NONE)
		return fail(err, E_LOADER_VARS_DEADLINE,
			    "the firmware has not given its EFI variables for "
			    "%d ms",
			    LOADER_VARS_READ_MS);
	if (s != OK || len != sizeof(answer))
		return fail(err, E_LOADER_VARS_ENDED,
			    "reading EFI variables ended unexpectedly");
	take_answer(&answer, ret);
	return OK;
}

/* --- changing --------------------------------------------------------------
 */

struct changing {
	const char *root;
	const struct loader_change *changes;
	uint32_t count;
	int socket;
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

static int run_changer(void *context)
{
	const struct changing *c = context;
	struct outcome o = { .done = 0 };

	while (o.done < c->count &&
	       change_one(c->root, &c->changes[o.done], &o.error) == OK)
		o.done++;
	if (o.done == c->count)
		o.error.code = OK;
	return msg_send(c->socket, span_of(&o, sizeof(o)), -1, NULL) != OK;
}

/* What the process says, or why it says nothing. */
static enum status await_outcome(int socket, uint32_t *ret_done,
				 struct error *err)
{
	struct pollfd poll_fd = { .fd = socket, .events = POLLIN };
	uint64_t deadline = now_ms() + LOADER_VARS_WRITE_MS;
	struct outcome o;
	size_t len = 0;
	int fd = -1;
	enum status s = E_MSG_NONE;

	while (s == E_MSG_NONE && deadline_left_ms(deadline)) {
		poll(&poll_fd, 1, deadline_left_ms(deadline));
		s = msg_receive(socket, &o, sizeof(o), &len, &fd, NULL);
	}
	if (fd >= 0)
		close(fd);
	if (s == E_MSG_NONE)
		return fail(err, E_LOADER_VARS_DEADLINE,
			    "the firmware has not taken an EFI variable for "
			    "%d ms",
			    LOADER_VARS_WRITE_MS);
	if (s != OK || len != sizeof(o) ||
	    (unsigned)o.error.code >= STATUS_COUNT)
		return fail(err, E_LOADER_VARS_ENDED,
			    "changing EFI variables ended unexpectedly");
	o.error.text[ERROR_TEXT_MAX - 1] = '\0';
	*ret_done = o.done;
	if (o.error.code != OK && err)
		*err = o.error;
	return o.error.code;
}

enum status loader_vars_change(const char *root,
			       const struct loader_change *changes,
			       uint32_t count, uint32_t *ret_done,
			       struct error *err)
{
	struct changing c = { .root = root,
			      .changes = changes,
			      .count = count };
	_close_ int ours = -1;
	pid_t pid;
	int status;
	enum status s;

	*ret_done = 0;
	s = msg_pair(&ours, &c.socket, err);
	if (s != OK)
		return s;
	s = proc_spawn("keelboot-efivar", run_changer, &c, &c.socket, 1, &pid,
		       err);
	close(c.socket);
	if (s != OK)
		return s;
	s = await_outcome(ours, ret_done, err);
	proc_kill(pid);
	proc_reap(pid, &status);
	return s;
}
