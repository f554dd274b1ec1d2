/*
 * Files that come from the network's process, which a thread plays here: what
 * is kept of it, and what a turned process gets for what it says.
 */
#include "net_read_bench.h"
#include "scratch.h"
#include "trust/digest.h"

/* --- a file as it should be --------------------------------------------------
 */

static struct span content;

static void serve_well(struct played *p)
{
	struct net_facts *end;

	say_state(p, NET_UP);
	say_begin(p, true, content.len);
	put_parts(p, content);
	end = &anew(p)->facts;
	end->size = content.len;
	end->resumed = 2;
	strcpy(end->url, URL "/there");
	strcpy(end->address, "192.0.2.1");
	strcpy(end->tls, "TLS 1.2");
	say(p, NET_END);
}

static void a_file_is_hashed_while_it_comes(void **state)
{
	_drop_copy_ struct span file = test_make_bytes(6 * MIB + 4711);
	uint8_t digest[DIGEST_MAX];
	struct error err;

	(void)state;
	content = file;
	net.last_request = 41;
	played_begin(&played, &net, serve_well);
	net.ends = 3;
	assert_ok(&err, read_for(9500, HASH_PLAN_WHOLE, &err));
	assert_int_equal(net.ends, 0);
	played_end(&played);
	assert_span_equal(raw.blob.bytes, file);
	assert_string_equal(raw.name, URL);
	digest_of(DIGEST_SHA256, file, digest);
	assert_int_equal(raw.ahead.kind, DIGEST_SHA256);
	assert_memory_equal(raw.ahead.digest, digest, 32);
	assert_int_equal(facts.size, file.len);
	assert_non_null(strstr(net.provenance,
			       URL "/there from 192.0.2.1, 6296167 bytes, "
				   "TLS 1.2, resumed 2 times\n"));
	assert_int_equal(net.state.stage, NET_UP);
	assert_int_equal(played.asked.request, 42);
	assert_int_equal(played.asked.entry, 3);
	assert_int_equal(played.asked.retry, 2);
	assert_int_equal(played.asked.max_size, 64 * MIB);
	assert_int_equal(played.asked.timeout_s, 10);
	assert_true(played.asked.is_whole);
	assert_int_equal(played.asked.url_count, 1);
	assert_string_equal(played.asked.urls[0], URL);
	assert_int_equal(played.cancels, 0);
}

static void serve_unknown_size(struct played *p)
{
	say_begin(p, false, 12345); /* which is nothing */
	put_parts(p, content);
	say_end(p, content.len);
}

static void of_unknown_size(void **state)
{
	_drop_copy_ struct span file = test_make_bytes(3 * MIB + 5);
	uint8_t digest[DIGEST_MAX];
	struct error err;

	(void)state;
	content = file;
	played_begin(&played, &net, serve_unknown_size);
	assert_ok(&err, read_for(9000, HASH_PLAN_WHOLE, &err));
	played_end(&played);
	assert_span_equal(raw.blob.bytes, file);
	digest_of(DIGEST_SHA256, file, digest);
	assert_int_equal(raw.ahead.kind, DIGEST_SHA256);
	assert_memory_equal(raw.ahead.digest, digest, 32);
}

static void serve_anew(struct played *p)
{
	_drop_copy_ struct span other = test_make_bytes(2 * MIB);

	say_begin(p, true, 5 * MIB);
	put_parts(p, other);
	say_begin(p, false, 0);
	put_part(p, other, 0);
	say_begin(p, true, content.len);
	put_parts(p, content);
	say_end(p, content.len);
}

static void what_came_before_a_beginning_is_void(void **state)
{
	_drop_copy_ struct span file = test_make_bytes(2 * MIB + 17);
	uint8_t digest[DIGEST_MAX];
	struct error err;

	(void)state;
	content = file;
	played_begin(&played, &net, serve_anew);
	assert_ok(&err, read_for(9000, HASH_PLAN_WHOLE, &err));
	played_end(&played);
	assert_span_equal(raw.blob.bytes, file);
	digest_of(DIGEST_SHA256, file, digest);
	assert_int_equal(raw.ahead.kind, DIGEST_SHA256);
	assert_memory_equal(raw.ahead.digest, digest, 32);
}

static void serve_nothing_at_all(struct played *p)
{
	say_begin(p, true, 0);
	say_end(p, 0);
}

static void an_empty_file_is_one(void **state)
{
	struct error err;

	(void)state;
	played_begin(&played, &net, serve_nothing_at_all);
	assert_ok(&err, read_for(9000, HASH_PLAN_IMAGE, &err));
	played_end(&played);
	assert_int_equal(raw.blob.bytes.len, 0);
}

/* Answers to a request that was given up, and what is about no file. */
static void serve_amid_others(struct played *p)
{
	p->asked.request--;
	say_begin(p, true, 1);
	say_part(p, 7 * TRANSFER_SLOT_LEN, 3);
	say_failed(p, E_FETCH_STATUS, "of another");
	p->asked.request++;
	say_begin(p, true, content.len);
	p->asked.request += 7;
	say_begin(p, true, 5);
	say_end(p, 5);
	p->asked.request -= 7;
	strcpy(anew(p)->note, "a \033[31mnote");
	say_as(p, NET_NOTE);
	put_parts(p, content);
	say_state(p, NET_NO_CARRIER);
	say_end(p, content.len);
}

static void other_requests_do_not_count(void **state)
{
	struct error err;

	(void)state;
	content = span_of_text("the content");
	played_begin(&played, &net, serve_amid_others);
	assert_ok(&err, read_for(9000, HASH_PLAN_NOTHING, &err));
	played_end(&played);
	assert_span_text(raw.blob.bytes, "the content");
	assert_int_equal(net.state.stage, NET_NO_CARRIER);
}

static void one_after_the_other(void **state)
{
	struct error err;

	(void)state;
	played_begin(&played, &net, serve_well);
	for (unsigned i = 0; i < 3; i++) {
		content = span_of_text(i ? "another" : "one");
		assert_ok(&err, read_for(9000, HASH_PLAN_NOTHING, &err));
		assert_span_equal(raw.blob.bytes, content);
		raw_image_drop(&raw);
	}
	played_end(&played);
	assert_int_equal(played.fetches, 3);
}

/* Where it comes from, in whole lines. */
static void a_line_is_there_or_is_not(void **state)
{
	static const char more[] = "\n(more is in the log)\n";
	static char long_one[1000], fits[sizeof(net.provenance)];
	size_t half = sizeof(net.provenance) / 2, len;

	(void)state;
	memset(long_one, 'x', sizeof(long_one) - 1);
	for (unsigned i = 0; i < 100; i++)
		net_note_text(&net, long_one);
	len = strlen(net.provenance);
	assert_in_range(len, half - sizeof(long_one), half - 1);
	assert_int_equal(len % 1000, strlen(more) - 1);
	assert_string_equal(net.provenance + len - strlen(more), more);
	net_note_file(&net, "a file");
	net_note_text(&net, long_one);
	assert_non_null(strstr(net.provenance, "log)\na file\n(more"));
	for (unsigned i = 0; i < 100; i++)
		net_note_file(&net, long_one);
	net_note_file(&net, "a small one fits");
	len = strlen(net.provenance);
	assert_in_range(len, 2 * half - 1100, 2 * half - 1);
	assert_memory_equal(strrchr(net.provenance, 'x') + 1, more,
			    strlen(more));
	assert_non_null(strstr(net.provenance, "log)\na small one fits\n"));
	/* to the last byte */
	for (unsigned i = 0; i < 2; i++) {
		net.provenance[0] = '\0';
		len = sizeof(fits) - strlen(more) - 1 + i;
		memset(fits, 'y', len);
		fits[len] = '\0';
		net_note_file(&net, fits);
		assert_string_equal(strchr(net.provenance, i ? '(' : '\n'),
				    i ? more + 1 : "\n");
		net_note_file(&net, "");
		net_note_file(&net, "");
	}
	assert_true(strlen(net.provenance) < sizeof(net.provenance));
}

/* --- what makes no sense -----------------------------------------------------
 */

#define SLOT TRANSFER_SLOT_LEN

static void serve_a_hole(struct played *p)
{
	say_begin(p, true, 3 * SLOT);
	say_part(p, 0, SLOT);
	say_part(p, 2 * SLOT, SLOT);
}

static void serve_twice(struct played *p)
{
	say_begin(p, true, 3 * SLOT);
	say_part(p, 0, SLOT);
	say_part(p, 0, SLOT);
}

static void serve_behind_a_short_one(struct played *p)
{
	say_begin(p, true, 3 * SLOT);
	say_part(p, 0, SLOT - 1);
	say_part(p, SLOT, SLOT);
}

static void serve_before_a_beginning(struct played *p)
{
	say_part(p, 0, 1);
}

static void serve_more_than_told(struct played *p)
{
	say_begin(p, true, SLOT + 5);
	say_part(p, 0, SLOT);
	say_part(p, SLOT, 6);
}

static void serve_less_than_told(struct played *p)
{
	say_begin(p, true, SLOT + 5);
	say_part(p, 0, SLOT);
	say_end(p, SLOT);
}

static void serve_another_count(struct played *p)
{
	say_begin(p, true, 5);
	say_part(p, 0, 5);
	say_end(p, 6);
}

static void serve_an_end(struct played *p)
{
	say_end(p, 0);
}

static void serve_from_nowhere(struct played *p)
{
	say_begin(p, true, 5);
	say_part(p, 0, 5);
	anew(p)->facts.size = 5;
	p->message.facts.mirror = 1;
	say(p, NET_END);
}

static void serve_a_beginning_from_nowhere(struct played *p)
{
	say_begin_at(p, 1, true, 5);
}

static void serve_over_max(struct played *p)
{
	say_begin(p, true, p->asked.max_size + 1);
}

static void serve_over_memory(struct played *p)
{
	say_begin(p, true, (uint64_t)1 << 52);
}

static void serve_without_end(struct played *p)
{
	say_begin(p, false, 0);
	for (uint64_t at = 0; at <= p->asked.max_size; at += SLOT)
		say_part(p, at, SLOT);
}

static void serve_a_failure(struct played *p)
{
	say_begin(p, true, SLOT);
	say_failed(p, E_FETCH_STATUS, "the server \033says 404");
}

static void nonsense_ends_a_file(void **state)
{
	static const struct {
		void (*serve)(struct played *p);
		enum status want;
		uint64_t max_size;
		const char *words;
	} bad[] = {
		{ serve_a_hole, E_PROBE_PROTOCOL, 0, " are next" },
		{ serve_twice, E_PROBE_PROTOCOL, 0, " are next" },
		{ serve_behind_a_short_one, E_PROBE_PROTOCOL, 0, " are next" },
		{ serve_before_a_beginning, E_PROBE_PROTOCOL, 0, "offset 0" },
		{ serve_more_than_told, E_PROBE_PROTOCOL, 0,
		  ": 6 bytes come at offset " },
		{ serve_less_than_told, E_IMAGE_SIZE, 0,
		  " bytes have come and " },
		{ serve_another_count, E_IMAGE_SIZE, 0,
		  "5 bytes have come and the network's process counts 6" },
		{ serve_an_end, E_IMAGE_SIZE, 0, "0 bytes have come" },
		{ serve_from_nowhere, E_PROBE_PROTOCOL, 0,
		  "has it from URL 2, there are 1" },
		{ serve_a_beginning_from_nowhere, E_PROBE_PROTOCOL, 0,
		  "has it from URL 2, there are 1" },
		{ serve_over_max, E_PROBE_PROTOCOL, 0, "67108865 bytes come" },
		{ serve_over_memory, E_IMAGE_MEMORY, UINT64_MAX, "available" },
		{ serve_without_end, E_IMAGE_MEMORY, 2 * MIB + 1,
		  "more than 2 MiB" },
		{ serve_a_failure, E_FETCH_STATUS, 0, "the server ?says 404" },
	};
	_drop_scratch_ struct scratch s = scratch_make();

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		struct error err;

		wish.max_size = bad[i].max_size ? bad[i].max_size : 64 * MIB;
		played_begin(&played, &net, bad[i].serve);
		assert_refused(bad[i].want, &err,
			       read_for(9000, HASH_PLAN_WHOLE, &err));
		if (!strstr(err.text, bad[i].words))
			fail_msg("%s", err.text);
		assert_int_equal(raw.blob.fd, -1);
		assert_true(net.socket >= 0);
		played_end(&played);
		assert_int_equal(played.cancels, 1);
		assert_string_equal(net.provenance, "");
	}
}

static void serve_too_much_of_the_second(struct played *p)
{
	say_begin_at(p, 2, true, 5);
	say_begin_at(p, 1, true, (uint64_t)1 << 52);
}

/* For whoever goes on behind it. */
static void who_has_too_much_is_told(void **state)
{
	struct error err;

	(void)state;
	wish.max_size = UINT64_MAX;
	wish.url_count = 3;
	strcpy(wish.urls[1], URL "1");
	strcpy(wish.urls[2], URL "2");
	played_begin(&played, &net, serve_too_much_of_the_second);
	assert_refused(E_IMAGE_MEMORY, &err,
		       read_for(9000, HASH_PLAN_WHOLE, &err));
	assert_int_equal(facts.mirror, 1);
	assert_memory_equal(err.text, URL "1 has", sizeof(URL "1 ha"));
	played_end(&played);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_is_hashed_while_it_comes),
		TEST(of_unknown_size),
		TEST(what_came_before_a_beginning_is_void),
		TEST(an_empty_file_is_one),
		TEST(other_requests_do_not_count),
		TEST(one_after_the_other),
		TEST(a_line_is_there_or_is_not),
		TEST(nonsense_ends_a_file),
		TEST(who_has_too_much_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
