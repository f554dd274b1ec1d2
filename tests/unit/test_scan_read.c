/*
 * A file on its way from a probe: through real probe processes, and from a
 * probe that lies, which is a thread at the other end of the line.
 */
#include "scan.h"

#include "base/own.h"
#include "pe_build.h"
#include "scratch.h"
#include "sys/proc.h"
#include "test.h"
#include "trust/image_digest.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define SLOT TRANSFER_SLOT_LEN

static struct scan scan;
static struct scratch scratch;

static int begin(void **state)
{
	struct error err;

	(void)state;
	scratch = scratch_make();
	assert_ok(&err, scan_init(&scan, 5, &err));
	return 0;
}

static int end(void **state)
{
	(void)state;
	scan_end(&scan);
	scratch_drop(&scratch);
	return 0;
}

/* --- real probes -------------------------------------------------------------
 */

/* A machine with one file; gives its entry. */
static const struct boot_entry *offer(struct span bytes)
{
	struct error err;

	scratch_file(&scratch, "EFI/Linux/x.efi", bytes);
	assert_ok(&err, scan_begin_root(&scan, scratch.dir, &err));
	scan_settle(&scan);
	assert_int_equal(scan.entry_count, 1);
	return scan.entries[0];
}

static enum status read_with(const struct boot_entry *entry,
			     const struct image_request *request,
			     struct raw_image *ret, struct error *err)
{
	ret->blob = BLOB_NONE;
	return scan_read_with(&scan, entry, &entry->found.files[0], request,
			      ret, err);
}

static void delivers_files_of_any_length(void **state)
{
	static const size_t lens[] = {
		1,	  SLOT - 1,	SLOT,	      SLOT + 1, 4 * SLOT - 1,
		4 * SLOT, 4 * SLOT + 1, 9 * SLOT + 77
	};

	(void)state;
	for (size_t i = 0; i < test_count(lens); i++) {
		_drop_copy_ struct span bytes = test_make_bytes(lens[i]);
		struct raw_image raw;
		struct error err;

		begin(NULL);
		assert_ok(&err, read_with(offer(bytes), NULL, &raw, &err));
		assert_true(span_equal(raw.blob.bytes, bytes));
		assert_int_equal(raw.ahead.kind, 0);
		raw_image_drop(&raw);
		end(NULL);
	}
}

struct progress {
	uint64_t last;
	unsigned calls;
};

static void note(void *ctx, uint64_t done, uint64_t size)
{
	struct progress *p = ctx;

	assert_true(done > p->last && done <= size);
	p->last = done;
	p->calls++;
}

static void hashes_while_it_comes(void **state)
{
	struct progress progress = { 0 };
	const struct image_request request = {
		.plan = HASH_PLAN_IMAGE,
		.progress = note,
		.progress_ctx = &progress,
	};
	_drop_copy_ struct span bytes = test_make_bytes(5 * SLOT);
	_drop_raw_ struct raw_image raw = { .blob = BLOB_NONE };
	_drop_pe_ struct pe_build b;
	struct authenticode_view view;
	uint8_t want[DIGEST_MAX];
	struct pe_view pe;
	struct span file;
	struct error err;

	(void)state;
	pe_build_begin(&b, 0x8664, 0x400);
	pe_build_section(&b, ".linux", bytes);
	file = pe_build_file(&b);
	assert_ok(&err, pe_parse(file, file.len, &pe, &err));
	assert_ok(&err, authenticode_parse(file, &pe, &view, &err));
	assert_ok(&err,
		  image_digest_of(file, &view, DIGEST_SHA256, want, &err));
	assert_ok(&err, read_with(offer(file), &request, &raw, &err));
	assert_true(span_equal(raw.blob.bytes, file));
	assert_int_equal(raw.ahead.kind, DIGEST_SHA256);
	assert_true(image_ranges_equal(&raw.ahead.ranges, &view));
	assert_memory_equal(raw.ahead.digest, want, 32);
	assert_int_equal(progress.last, file.len);
	assert_int_equal(progress.calls, 6);
}

/* A file that fails in its middle does not spoil the next request. */
static void goes_on_after_a_file_that_became_shorter(void **state)
{
	const struct image_request request = { .plan = HASH_PLAN_WHOLE };
	_drop_copy_ struct span bytes = test_make_bytes(6 * SLOT);
	_drop_raw_ struct raw_image raw = { .blob = BLOB_NONE };
	const struct boot_entry *entry = offer(bytes);
	const char *path = scratch_path(&scratch, "EFI/Linux/x.efi");
	struct error err;

	(void)state;
	assert_int_equal(truncate(path, 5 * SLOT + 3), 0);
	assert_refused(E_BLOB_SHRUNK, &err,
		       read_with(entry, &request, &raw, &err));
	assert_int_equal(raw.blob.fd, -1);
	scratch_file(&scratch, "EFI/Linux/x.efi", bytes);
	assert_ok(&err, read_with(entry, &request, &raw, &err));
	assert_true(span_equal(raw.blob.bytes, bytes));
}

/* --- a probe that lies -------------------------------------------------------
 */

struct liar {
	pthread_t thread;
	int socket;
	struct transfer transfer;
	struct probe_request request;
	struct probe_message message;
	void (*lie)(struct liar *);
	struct boot_entry entry;
};

static void say(struct liar *l, enum probe_kind kind, size_t len)
{
	struct error err;

	l->message.kind = kind;
	l->message.request = l->request.request;
	assert_ok(&err,
		  msg_send(l->socket,
			   span_of(&l->message,
				   offsetof(struct probe_message, found) + len),
			   -1, &err));
}

static void say_part(struct liar *l, uint64_t offset, uint64_t len)
{
	l->message.part.offset = offset;
	l->message.part.len = len;
	say(l, PROBE_FILE_PART, sizeof(l->message.part));
}

static void say_end(struct liar *l, uint64_t size)
{
	l->message.file_size = size;
	say(l, PROBE_FILE, sizeof(l->message.file_size));
}

static void hear(struct liar *l, enum probe_order order)
{
	struct error err;
	size_t len = 0;
	int fd = -1;

	assert_ok(&err, msg_receive(l->socket, &l->request, sizeof(l->request),
				    &len, &fd, &err));
	assert_int_equal(l->request.order, order);
	if (order == PROBE_READ)
		assert_ok(&err, transfer_adopt(fd, &l->transfer, &err));
}

static void *run_liar(void *ctx)
{
	struct liar *l = ctx;

	hear(l, PROBE_READ);
	l->lie(l);
	transfer_drop(&l->transfer);
	return NULL;
}

/* Reads a file of size bytes from a probe that does what lie says. */
static enum status read_from(void (*lie)(struct liar *), uint64_t size,
			     struct raw_image *ret, struct error *err)
{
	const struct image_request request = { .plan = HASH_PLAN_WHOLE };
	struct liar *l = calloc(1, sizeof(*l));
	enum status s;

	assert_non_null(l);
	l->lie = lie;
	assert_true(found_add_file(&l->entry.found, FILE_KERNEL, 0, size,
				   "/lie.efi"));
	scan.probes[0].state = PROBE_READY;
	assert_ok(err, msg_pair(&scan.probes[0].socket, &l->socket, err));
	assert_int_equal(pthread_create(&l->thread, NULL, run_liar, l), 0);
	s = read_with(&l->entry, &request, ret, err);
	pthread_join(l->thread, NULL);
	close(l->socket);
	free(l);
	return s;
}

static void part_of_nothing(struct liar *l)
{
	say_part(l, 0, 0);
}

static void part_out_of_order(struct liar *l)
{
	say_part(l, SLOT, SLOT);
}

static void part_that_is_short(struct liar *l)
{
	say_part(l, 0, SLOT - 1);
}

static void part_that_is_long(struct liar *l)
{
	say_part(l, 0, 2 * SLOT);
}

static void part_twice(struct liar *l)
{
	say_part(l, 0, SLOT);
	say_part(l, 0, SLOT);
}

static void part_that_is_huge(struct liar *l)
{
	say_part(l, 0, UINT64_MAX);
}

static void part_beyond_the_end(struct liar *l)
{
	for (uint64_t at = 0; at < 3; at++)
		say_part(l, at * SLOT, SLOT);
}

static void part_without_numbers(struct liar *l)
{
	say(l, PROBE_FILE_PART, 8);
}

static void end_that_is_early(struct liar *l)
{
	say_part(l, 0, SLOT);
	say_end(l, 2 * SLOT);
}

static void end_of_another_size(struct liar *l)
{
	say_part(l, 0, SLOT);
	say_part(l, SLOT, SLOT);
	say_end(l, 2 * SLOT + 1);
}

static void end_without_number(struct liar *l)
{
	say_part(l, 0, SLOT);
	say_part(l, SLOT, SLOT);
	say(l, PROBE_FILE, 0);
}

static void refusal_without_reason(struct liar *l)
{
	say(l, PROBE_FILE_FAILED, 0);
}

static void silence(struct liar *l)
{
	shutdown(l->socket, SHUT_RDWR);
}

static void refuses_what_makes_no_sense(void **state)
{
	static const struct {
		void (*lie)(struct liar *);
		enum status want;
	} cases[] = {
		{ part_of_nothing, E_PROBE_PROTOCOL },
		{ part_out_of_order, E_PROBE_PROTOCOL },
		{ part_that_is_short, E_PROBE_PROTOCOL },
		{ part_that_is_long, E_PROBE_PROTOCOL },
		{ part_twice, E_PROBE_PROTOCOL },
		{ part_that_is_huge, E_PROBE_PROTOCOL },
		{ part_beyond_the_end, E_PROBE_PROTOCOL },
		{ part_without_numbers, E_PROBE_PROTOCOL },
		{ end_that_is_early, E_IMAGE_SIZE },
		{ end_of_another_size, E_IMAGE_SIZE },
		{ end_without_number, E_IMAGE_SIZE },
		{ refusal_without_reason, E_PROBE_PROTOCOL },
		{ silence, E_IMAGE_GONE },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		struct raw_image raw;
		struct error err;

		begin(NULL);
		assert_refused(cases[i].want, &err,
			       read_from(cases[i].lie, 2 * SLOT, &raw, &err));
		assert_int_equal(raw.blob.fd, -1);
		end(NULL);
	}
}

/* Shows good bytes, waits until they are taken, and puts others in their
 * place: as if to have one thing hashed and another one booted. */
static void change_of_mind(struct liar *l)
{
	for (uint64_t at = 0; at < 2 * SLOT; at += SLOT) {
		memset(transfer_slot(&l->transfer, at), 'g', SLOT);
		say_part(l, at, SLOT);
		hear(l, PROBE_TAKEN);
		memset(l->transfer.map, 'b', TRANSFER_SLOTS * SLOT);
	}
	say_end(l, 2 * SLOT);
}

static void is_not_moved_by_what_changes_later(void **state)
{
	_drop_raw_ struct raw_image raw = { .blob = BLOB_NONE };
	uint8_t want[DIGEST_MAX];
	struct error err;

	(void)state;
	assert_ok(&err, read_from(change_of_mind, 2 * SLOT, &raw, &err));
	for (size_t i = 0; i < 2 * SLOT; i++)
		if (raw.blob.bytes.ptr[i] != 'g')
			fail_msg("byte %zu has changed", i);
	digest_of(DIGEST_SHA256, raw.blob.bytes, want);
	assert_int_equal(raw.ahead.kind, DIGEST_SHA256);
	assert_memory_equal(raw.ahead.digest, want, 32);
}

/* What answers a request that was given up is not taken for this one's. */
static void answer_to_an_older_request(struct liar *l)
{
	uint32_t ours = l->request.request;

	l->request.request = ours - 1;
	say_part(l, SLOT, SLOT);
	say_end(l, 9 * SLOT);
	say(l, PROBE_FILE_FAILED, 0);
	l->request.request = ours;
	say_part(l, 0, SLOT);
	say_part(l, SLOT, SLOT);
	say_end(l, 2 * SLOT);
}

static void passes_over_older_answers(void **state)
{
	_drop_raw_ struct raw_image raw = { .blob = BLOB_NONE };
	struct error err;

	(void)state;
	assert_ok(&err,
		  read_from(answer_to_an_older_request, 2 * SLOT, &raw, &err));
	assert_int_equal(raw.blob.bytes.len, 2 * SLOT);
}

/* The memory in between cannot be cut under the reader. */
static void keeps_its_transfer_whole(void **state)
{
	_drop_transfer_ struct transfer t = TRANSFER_NONE;
	struct transfer other = TRANSFER_NONE;
	struct error err;

	(void)state;
	assert_ok(&err, transfer_make(&t, &err));
	assert_int_equal(ftruncate(t.fd, 0), -1);
	assert_int_equal(ftruncate(t.fd, 100 * SLOT), -1);
	assert_true(transfer_slot(&t, 0) == t.map);
	assert_true(transfer_slot(&t, 5 * SLOT) == t.map + SLOT);
	assert_refused(E_TRANSFER, &err,
		       transfer_adopt(open("/dev/null", O_RDWR), &other, &err));
	assert_refused(E_TRANSFER, &err, transfer_adopt(-1, &other, &err));
	assert_int_equal(other.fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delivers_files_of_any_length),
		cmocka_unit_test_setup_teardown(hashes_while_it_comes, begin,
						end),
		cmocka_unit_test_setup_teardown(
			goes_on_after_a_file_that_became_shorter, begin, end),
		cmocka_unit_test(refuses_what_makes_no_sense),
		cmocka_unit_test_setup_teardown(
			is_not_moved_by_what_changes_later, begin, end),
		cmocka_unit_test_setup_teardown(passes_over_older_answers,
						begin, end),
		cmocka_unit_test(keeps_its_transfer_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
