#include "ipmi_process.h"

#include "sys/proc.h"

#include <poll.h>
#include <string.h>

/* What is left of the time to say that the BMC was silent. */
#define LAST_WORD_MS 500

/* Between two requests to one that is busy. */
#define BUSY_MS 100

static const struct efivar_asked the_bmc = {
	.process = "keelboot-ipmi",
	.waiting = "waiting for the BMC",
	.silent = "the IPMI driver has not answered",
	.gone = "the process that asks the BMC ended unexpectedly",
	.deadline = E_IPMI_DEADLINE,
	.ended = E_IPMI_ENDED,
};

/* What the process says: one message. */
struct answer {
	struct ipmi_boot boot;
	struct error error; /* code OK: none */
};

struct asking {
	const struct ipmi_bmc *bmc;
	uint64_t deadline_ms;
};

/* --- in the process ---------------------------------------------------------
 */

typedef void make_fn(struct ipmi_request *ret);

/* Asks until the BMC has time for it. */
static enum status ask(const struct asking *a, make_fn *make,
		       struct ipmi_answer *ret, struct error *err)
{
	struct ipmi_request request;

	make(&request);
	for (;;) {
		int left = deadline_left_ms(a->deadline_ms);
		enum status s =
			a->bmc->ask(a->bmc->path, &request, left, ret, err);

		if (s != OK ||
		    !ipmi_boot_is_busy(span_of(ret->bytes, ret->len)) ||
		    left <= BUSY_MS)
			return s;
		poll(NULL, 0, BUSY_MS);
	}
}

static enum status get(const struct asking *a, struct ipmi_boot *ret,
		       struct error *err)
{
	struct ipmi_answer answer;
	enum status s = ask(a, ipmi_boot_get, &answer, err);

	return s == OK ? ipmi_boot_parse(span_of(answer.bytes, answer.len), ret,
					 err)
		       : s;
}

static enum status set(const struct asking *a, make_fn *make, struct error *err)
{
	struct ipmi_answer answer;
	enum status s = ask(a, make, &answer, err);

	return s == OK ? ipmi_boot_done(span_of(answer.bytes, answer.len), err)
		       : s;
}

static int run_reader(int socket, const void *context)
{
	const struct asking a = { context,
				  now_ms() + IPMI_READ_MS - LAST_WORD_MS };
	struct answer answer;

	memset(&answer, 0, sizeof(answer));
	answer.error.code = get(&a, &answer.boot, &answer.error);
	return msg_send(socket, span_of(&answer, sizeof(answer)), -1, NULL) !=
	       OK;
}

static enum status use_up(const struct asking *a, struct error *err)
{
	struct ipmi_boot boot;
	enum status s = set(a, ipmi_boot_clear, err);

	if (s == OK)
		s = get(a, &boot, err);
	if (s == OK && boot.is_valid && boot.device != IPMI_DEVICE_NONE)
		s = fail(err, E_IPMI_STAYS,
			 "the BMC still asks for a boot from %s",
			 ipmi_device_name(boot.device));
	if (s == OK)
		(void)!set(a, ipmi_boot_acknowledge, NULL);
	return s;
}

static int run_changer(int socket, const void *context)
{
	const struct asking a = { context,
				  now_ms() + IPMI_WRITE_MS - LAST_WORD_MS };
	struct answer answer;

	memset(&answer, 0, sizeof(answer));
	answer.error.code = use_up(&a, &answer.error);
	return msg_send(socket, span_of(&answer, sizeof(answer)), -1, NULL) !=
	       OK;
}

/* --- on this side ----------------------------------------------------------
 */

enum status ipmi_begin(struct efivar_process *reader,
		       const struct ipmi_bmc *bmc, struct error *err)
{
	return efivar_process_begin_for(reader, &the_bmc, run_reader, bmc,
					IPMI_READ_MS, err);
}

void ipmi_end(struct efivar_process *reader)
{
	efivar_process_end(reader);
}

/* What the process says of an error, made safe to use. */
static enum status said(struct answer *answer, struct error *err)
{
	struct error *e = &answer->error;

	if ((unsigned)e->code >= STATUS_COUNT)
		return fail(err, the_bmc.ended, "%s", the_bmc.gone);
	e->text[ERROR_TEXT_MAX - 1] = '\0';
	if (e->code != OK && err)
		*err = *e;
	return e->code;
}

enum status ipmi_take(struct efivar_process *reader, uint64_t now,
		      struct ipmi_boot *ret, struct error *err)
{
	struct answer answer;
	enum status s = efivar_process_take(reader, &answer, sizeof(answer),
					    NULL, now, err);

	*ret = (struct ipmi_boot){ .is_valid = false };
	if (s != OK)
		return s;
	efivar_process_end(reader);
	s = said(&answer, err);
	if (s == OK)
		*ret = answer.boot;
	return s;
}

enum status ipmi_use_up(const struct ipmi_bmc *bmc, struct error *err)
{
	_end_efivar_process_ struct efivar_process process;
	struct answer answer;
	enum status s = efivar_process_begin_for(
		&process, &the_bmc, run_changer, bmc, IPMI_WRITE_MS, err);

	if (s == OK)
		s = efivar_process_await(&process, &answer, sizeof(answer),
					 NULL, err);
	return s == OK ? said(&answer, err) : s;
}
