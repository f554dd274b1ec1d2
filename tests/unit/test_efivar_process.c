/* The process that asks a firmware: what it says, that it ends, dies or hangs,
 * and that what makes no sense does not count. */
#include "efivar_process.h"

#include "scratch.h"
#include "sys/proc.h"
#include "test.h"

#include <fcntl.h>
#include <unistd.h>

static int say_what_it_was_told(int socket, const void *context)
{
	return msg_send(socket, span_of(context, 5), -1, NULL) != OK ||
	       msg_send(socket, span_of("again", 5), -1, NULL) != OK;
}

static int say_nothing(int socket, const void *context)
{
	(void)socket;
	(void)context;
	return 0;
}

static int hang(int socket, const void *context)
{
	(void)socket;
	(void)context;
	return pause(); /* for a signal */
}

static int pass_a_file(int socket, const void *context)
{
	int fd = open(context, O_RDONLY | O_CLOEXEC);

	return fd < 0 || msg_send(socket, span_of("file", 4), fd, NULL) != OK ||
	       msg_send(socket, span_of("file", 4), fd, NULL) != OK;
}

static void messages_come_in_their_order(void **state)
{
	_end_efivar_process_ struct efivar_process p;
	char buf[5], context[] = "hello";
	struct error err;

	(void)state;
	assert_ok(&err, efivar_process_begin(&p, say_what_it_was_told, context,
					     5000, &err));
	memset(context, 0, sizeof(context)); /* it has its own */
	assert_ok(&err, efivar_process_await(&p, buf, 5, NULL, &err));
	assert_memory_equal(buf, "hello", 5);
	assert_ok(&err, efivar_process_await(&p, buf, 5, NULL, &err));
	assert_memory_equal(buf, "again", 5);
	assert_refused(E_EFIVAR_ENDED, &err,
		       efivar_process_await(&p, buf, 5, NULL, &err));
	assert_int_equal(p.socket, -1);
	assert_refused(E_EFIVAR_ENDED, &err,
		       efivar_process_take(&p, buf, 5, NULL, now_ms(), &err));
}

static void another_length_makes_no_sense(void **state)
{
	char buf[8];

	(void)state;
	for (size_t len = 1; len <= sizeof(buf); len++) {
		_end_efivar_process_ struct efivar_process p;
		struct error err;

		assert_ok(&err, efivar_process_begin(&p, say_what_it_was_told,
						     "hello", 5000, &err));
		if (len == 5) {
			assert_ok(&err, efivar_process_await(&p, buf, len, NULL,
							     &err));
			continue;
		}
		assert_refused(E_EFIVAR_ENDED, &err,
			       efivar_process_await(&p, buf, len, NULL, &err));
		assert_int_equal(p.socket, -1);
	}
}

static void one_that_ends_is_noticed(void **state)
{
	_end_efivar_process_ struct efivar_process p;
	struct error err;
	char buf[5];

	(void)state;
	assert_ok(&err,
		  efivar_process_begin(&p, say_nothing, NULL, 5000, &err));
	assert_refused(E_EFIVAR_ENDED, &err,
		       efivar_process_await(&p, buf, 5, NULL, &err));
}

static void one_that_hangs_is_given_up(void **state)
{
	_end_efivar_process_ struct efivar_process p;
	uint64_t start = now_ms();
	struct error err;
	char buf[5];

	(void)state;
	assert_ok(&err, efivar_process_begin(&p, hang, NULL, 200, &err));
	assert_status(E_MSG_NONE,
		      efivar_process_take(&p, buf, 5, NULL, now_ms(), &err));
	assert_refused(E_EFIVAR_DEADLINE, &err,
		       efivar_process_await(&p, buf, 5, NULL, &err));
	assert_non_null(strstr(err.text, "200 ms"));
	assert_in_range(now_ms() - start, 200, 2000);
	assert_int_equal(p.socket, -1);
}

static void a_descriptor_is_given_or_closed(void **state)
{
	_drop_scratch_ struct scratch at = scratch_make(); /* counts them */
	_end_efivar_process_ struct efivar_process p;
	struct error err;
	char buf[4];
	int fd = -2;

	(void)state;
	scratch_text(&at, "file", "x");
	assert_ok(&err,
		  efivar_process_begin(&p, pass_a_file,
				       scratch_path(&at, "file"), 5000, &err));
	assert_ok(&err, efivar_process_await(&p, buf, 4, NULL, &err));
	assert_ok(&err, efivar_process_await(&p, buf, 4, &fd, &err));
	assert_int_equal(read(fd, buf, sizeof(buf)), 1);
	close(fd);
	assert_refused(E_EFIVAR_ENDED, &err,
		       efivar_process_await(&p, buf, 4, &fd, &err));
	assert_int_equal(fd, -1);
}

static void what_it_says_of_an_error_is_made_safe(void **state)
{
	struct error said = { .code = E_EFIVAR_READ }, err;

	(void)state;
	memset(said.text, 'e', sizeof(said.text));
	assert_refused(E_EFIVAR_READ, &err, efivar_process_said(&said, &err));
	assert_int_equal(strlen(err.text), ERROR_TEXT_MAX - 1);
	assert_status(E_EFIVAR_READ, efivar_process_said(&said, NULL));
	said.code = STATUS_COUNT;
	assert_refused(E_EFIVAR_ENDED, &err, efivar_process_said(&said, &err));
	said.code = OK;
	assert_ok(&err, efivar_process_said(&said, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_come_in_their_order),
		cmocka_unit_test(another_length_makes_no_sense),
		cmocka_unit_test(one_that_ends_is_noticed),
		cmocka_unit_test(one_that_hangs_is_given_up),
		cmocka_unit_test(a_descriptor_is_given_or_closed),
		cmocka_unit_test(what_it_says_of_an_error_is_made_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
