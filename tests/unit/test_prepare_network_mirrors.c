/*
 * Files of entries of the network that several mirrors have: who is asked next,
 * and what parts of two come to.
 */
#include "prepare_network_bench.h"

static void the_next_mirror_is_asked_for_what_does_not_verify(void **state)
{
	_drop_pe_ struct pe_build kernel;
	struct span good, bad = span_of_text("MZ, bad bytes");
	char text[256];
	struct error err;

	(void)state;
	bzimage_build(&kernel);
	good = pe_build_file(&kernel);
	snprintf(text, sizeof(text), "linux " A "k " B "k " C "k%s", pin(good));
	put_page(A "k", bad);
	put_page(B "k", span_of_text("worse"));
	put_page(C "k", good);
	assert_ok(&err, prepare_text(text, VERIFY_ENFORCE, &err));
	assert_string_equal(requests, A "k " B "k " C "k ");
	pages[2].bytes = bad;
	assert_refused(E_VERIFY_DIGEST, &err,
		       prepare_text(text, VERIFY_ENFORCE, &err));
	assert_string_equal(requests, A "k " B "k " C "k ");
	/* the process has passed over the first, where nothing is */
	pages[0].url = "http://nowhere.example/";
	pages[2].bytes = good;
	assert_ok(&err, prepare_text(text, VERIFY_ENFORCE, &err));
	assert_string_equal(requests, A "k " C "k ");
	assert_non_null(strstr(request.fetched, C "k from"));
	load_request_drop(&request);
}

/* Those that are left out, as nobody knows their names, count as well. */
static void each_mirror_is_asked_once(void **state)
{
	_drop_pe_ struct pe_build kernel;
	char text[256];
	struct error err;

	(void)state;
	bzimage_build(&kernel);
	snprintf(text, sizeof(text),
		 "linux " A "${hostname}/k " B "k " A "${serial}/k " C "k%s",
		 pin(pe_build_file(&kernel)));
	put_page(B "k", span_of_text("MZ, bad"));
	put_page(C "k", pe_build_file(&kernel));
	assert_ok(&err, prepare_text(text, VERIFY_ENFORCE, &err));
	assert_string_equal(requests, B "k " C "k ");
	pages[1].bytes = pages[0].bytes;
	assert_refused(E_VERIFY_DIGEST, &err,
		       prepare_text(text, VERIFY_ENFORCE, &err));
	assert_string_equal(requests, B "k " C "k ");
	load_request_drop(&request);
}

static void pages_for_people_are_passed_over(void **state)
{
	_drop_pe_ struct pe_build kernel;
	struct error err;

	(void)state;
	bzimage_build(&kernel);
	enroll(pe_build_file(&kernel));
	put_page(A "k", span_of_text("<html>Please log in.</html>"));
	put_page(B "k", span_of_text(""));
	put_page(C "k", pe_build_file(&kernel));
	assert_ok(&err, prepare_text("uki-url " A "k " B "k " C "k\n",
				     VERIFY_ENFORCE, &err));
	assert_string_equal(requests, A "k " B "k " C "k ");
	load_request_drop(&request);
}

static void parts_of_two_mirrors_are_fetched_whole_once(void **state)
{
	_drop_pe_ struct pe_build kernel;
	_drop_copy_ struct span half = { 0 };
	struct span good;
	char text[256];
	struct error err;

	(void)state;
	bzimage_build(&kernel);
	good = pe_build_file(&kernel);
	half = test_make_bytes(good.len);
	memcpy(test_bytes(half), "MZ", 2);
	snprintf(text, sizeof(text), "linux " A "k " B "k%s", pin(good));
	put_page(A "k", good);
	pages[0].half = half;
	assert_ok(&err, prepare_text(text, VERIFY_ENFORCE, &err));
	assert_string_equal(requests, A "k " A "k! ");
	/* neither that nor another one */
	pages[0].bytes = half;
	put_page(B "k", half);
	assert_refused(E_VERIFY_DIGEST, &err,
		       prepare_text(text, VERIFY_ENFORCE, &err));
	assert_string_equal(requests, A "k " A "k! " B "k! ");
}

static unsigned count(const char *text, const char *words)
{
	unsigned found = 0;

	while ((text = strstr(text, words)) != NULL) {
		found++;
		text++;
	}
	return found;
}

/* What a signature or a digest does not tell. */
static void parts_that_nothing_vouches_for_are_fetched_whole_once(void **state)
{
	static const enum verify_mode modes[] = { VERIFY_WARN, VERIFY_OFF };
	_drop_pe_ struct pe_build kernel;
	_drop_copy_ struct span other = { 0 };
	struct span good, initrd = span_of_text("a good initrd");
	struct error err;

	(void)state;
	bzimage_build(&kernel);
	good = pe_build_file(&kernel);
	other = test_copy(good);
	test_bytes(other)[good.len / 4] ^= 1;
	for (size_t i = 0; i < test_count(modes); i++) {
		page_count = 0;
		put_page(A "k", good);
		pages[0].half = other;
		put_page(A "i", initrd);
		pages[1].half = span_of_text("an evil initrd");
		assert_ok(&err, prepare_text("linux " A "k\ninitrd " A "i\n",
					     modes[i], &err));
		assert_string_equal(requests, A "k " A "k! " A "i " A "i! ");
		assert_span_equal(verified_bytes(request.image).in, good);
		assert_span_equal(verified_bytes(request.initrds[0]).in,
				  initrd);
		/* what did not count has no verdict */
		assert_int_equal(count(request.fetched, "fetched "), 4);
		assert_int_equal(count(request.fetched, ", NOT VERIFIED"), 2);
		load_request_drop(&request);
		/* which does not help if it does not come */
		page_count = 1;
		pages[0].is_gone_whole = true;
		assert_refused(E_FETCH_STATUS, &err,
			       prepare_text("linux " A "k\n", modes[i], &err));
		assert_string_equal(requests, A "k " A "k! ");
		assert_null(request.image);
	}
	/* where somebody has vouched for it, it is as it should be */
	enroll(good);
	pages[0] = (struct page){ .url = A "k", .bytes = good, .half = good };
	assert_ok(&err, prepare_text("uki-url " A "k\n", VERIFY_WARN, &err));
	assert_string_equal(requests, A "k ");
	assert_ok(&err, prepare_text(entry_text("linux " A "k%s", pin(good)),
				     VERIFY_OFF, &err));
	assert_string_equal(requests, A "k ");
	load_request_drop(&request);
}

/* It is verified later, by whoever follows it. */
static void a_text_of_parts_is_fetched_whole_once(void **state)
{
	static const char text[] = "#!ipxe\nkernel " A "k\nboot\n";
	struct error err;

	(void)state;
	put_page(A "x", span_of_text(text));
	pages[0].half = span_of_text("#!ipxe\nkernel " B "k\nboot\n");
	assert_refused(E_NET_TEXT, &err,
		       prepare_text("uki-url " A "x\n", VERIFY_OFF, &err));
	assert_string_equal(requests, A "x " A "x! ");
	assert_span_text(net.text.blob.bytes, text);
	pages[0].is_gone_whole = true;
	assert_refused(E_FETCH_STATUS, &err,
		       prepare_text("uki-url " A "x\n", VERIFY_OFF, &err));
	assert_int_equal(net.text.blob.fd, -1);
}

/* A mirror that lies about what it has, or never ends. */
static void who_is_too_large_does_not_speak_for_the_next(void **state)
{
	static const char text[] = "linux " A "k " B "k " C "k\nmax-size 1M\n";
	_drop_pe_ struct pe_build kernel;
	char large[128];
	struct error err;

	(void)state;
	bzimage_build(&kernel);
	snprintf(large, sizeof(large), "%.*s%llu\n", (int)strcspn(text, "1"),
		 text, 1ULL << 52);
	for (unsigned is_endless = 0; is_endless < 2; is_endless++) {
		const char *lines = is_endless ? text : large;
		struct span some = span_of_text("some");

		page_count = 0;
		put_page(B "k", some);
		put_page(C "k", pe_build_file(&kernel));
		pages[0].is_endless = is_endless;
		pages[0].told = is_endless ? 0 : 1ULL << 52;
		assert_ok(&err, prepare_text(lines, VERIFY_OFF, &err));
		/* the process has passed over the first */
		assert_string_equal(requests, A "k " C "k ");
		pages[1] = pages[0];
		pages[1].url = C "k";
		assert_refused(E_IMAGE_MEMORY, &err,
			       prepare_text(lines, VERIFY_OFF, &err));
		assert_memory_equal(err.text, C "k has ", sizeof(C "k has"));
		assert_string_equal(requests, A "k " C "k ");
		/* the last one's reason counts */
		pages[1].told = 0;
		pages[1].is_endless = false;
		page_count = 1;
		assert_refused(E_FETCH_STATUS, &err,
			       prepare_text(lines, VERIFY_OFF, &err));
		assert_string_equal(requests, A "k " C "k ");
	}
	load_request_drop(&request);
}

/* The process has tried them all. */
static void what_does_not_come_is_not_asked_for_again(void **state)
{
	struct error err;

	(void)state;
	assert_refused(E_FETCH_STATUS, &err,
		       prepare_text("linux " A "k " B "k\n", VERIFY_OFF, &err));
	assert_string_equal(err.text, "404 Not Found");
	assert_string_equal(requests, A "k ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_next_mirror_is_asked_for_what_does_not_verify),
		TEST(each_mirror_is_asked_once),
		TEST(pages_for_people_are_passed_over),
		TEST(parts_of_two_mirrors_are_fetched_whole_once),
		TEST(parts_that_nothing_vouches_for_are_fetched_whole_once),
		TEST(a_text_of_parts_is_fetched_whole_once),
		TEST(who_is_too_large_does_not_speak_for_the_next),
		TEST(what_does_not_come_is_not_asked_for_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
