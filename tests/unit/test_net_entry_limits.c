/* Entries whose files come from the network: what fits, what is told of each
 * line, which texts are such entries, and those made by hand. */
#include "net_entry_bench.h"

#include "format/bls.h"
#include "format/url.h"

static char large[BLS_TEXT_MAX + 2];

static struct text start(const char *text)
{
	struct text t = text_over(large, sizeof(large));

	text_add(&t, text);
	return t;
}

static void fill(struct text *t, size_t len)
{
	while (len--)
		text_add_char(t, 'a');
}

static enum status parse_large(const struct text *t, struct error *err)
{
	assert_false(t->cut);
	return parse(large, err);
}

static void an_entry_has_a_length(void **state)
{
	struct text t = start(UKI "#");
	struct error err = { .code = OK };

	(void)state;
	fill(&t, BLS_TEXT_MAX - t.len);
	assert_ok(&err, parse_large(&t, &err));
	fill(&t, 1);
	assert_refused(E_BLS_TOO_LONG, &err, parse_large(&t, &err));
	assert_refused(E_BLS_NUL, &err,
		       net_entry_parse(span_of("title a\0", 8), true, NULL,
				       NULL, &entry, &err));
}

static void options_have_a_length(void **state)
{
	struct text t = start(UKI "options ");
	struct error err = { .code = OK };

	(void)state;
	fill(&t, 1000);
	text_add(&t, "\noptions ");
	fill(&t, NET_OPTIONS_MAX - 1 - 1001);
	assert_ok(&err, parse_large(&t, &err));
	assert_int_equal(strlen(entry.options), NET_OPTIONS_MAX - 1);
	fill(&t, 1);
	assert_refused(E_NET_ENTRY_LENGTH, &err, parse_large(&t, &err));
	t = start(UKI "options ");
	fill(&t, NET_OPTIONS_MAX);
	assert_refused(E_NET_ENTRY_LENGTH, &err, parse_large(&t, &err));
}

static void urls_have_a_length(void **state)
{
	struct text t = start("uki-url " URL);
	struct error err = { .code = OK };

	(void)state;
	fill(&t, URL_TEXT_MAX - 1 - strlen(URL));
	assert_ok(&err, parse_large(&t, &err));
	fill(&t, 1);
	assert_refused(E_NET_ENTRY_URL, &err, parse_large(&t, &err));
	fill(&t, 1);
	assert_refused(E_NET_ENTRY_URL, &err, parse_large(&t, &err));
}

/* A line whose text takes that many bytes, with its NUL. */
static void add_line(struct text *t, const char *key, const char *begin,
		     size_t len)
{
	text_addf(t, "%s %s", key, begin);
	fill(t, len - 1 - strlen(begin));
	text_add_char(t, '\n');
}

/* To the last byte. */
static void texts_have_room_together(void **state)
{
	size_t room = NET_POOL_MAX - (strlen(URL "k") + 1);
	struct error err = { .code = OK };
	struct text t = start(KERNEL);

	(void)state;
	for (unsigned i = 0; i < NET_INITRDS_MAX; i++, room -= 2000)
		add_line(&t, "initrd", URL, 2000);
	add_line(&t, "header", "X: ", room);
	assert_ok(&err, parse_large(&t, &err));
	assert_int_equal(entry.pool_len, NET_POOL_MAX);
	t.len--;
	text_add(&t, "a\n");
	assert_refused(E_NET_ENTRY_LENGTH, &err, parse_large(&t, &err));
}

/* --- reports ----------------------------------------------------------------
 */

struct heard {
	char lines[400]; /* "2 net-entry-url\n" */
	struct error first;
};

static void hear(void *ctx, uint32_t line, const struct error *why)
{
	struct heard *h = ctx;
	size_t used = strlen(h->lines);
	struct text t = text_over(h->lines + used, sizeof(h->lines) - used);

	test_check_sentence(why->code, why, __FILE__, __LINE__);
	text_addf(&t, "%u %s\n", line, status_slug(why->code));
	assert_false(t.cut);
	if (!used)
		h->first = *why;
}

static enum status parse_heard(const char *text, struct heard *heard,
			       struct error *err)
{
	*heard = (struct heard){ .lines = "" };
	return net_entry_parse(span_of_text(text), true, hear, heard, &entry,
			       err);
}

static void every_line_is_told(void **state)
{
	struct error err = { .code = OK };
	struct heard heard;

	(void)state;
	assert_ok(&err, parse_heard(UKI, &heard, &err));
	assert_string_equal(heard.lines, "");
	assert_ok(&err,
		  parse_heard("colour blue\n" UKI "\nefi /a\n", &heard, &err));
	assert_string_equal(heard.lines, "1 net-entry-unknown\n"
					 "4 net-entry-unknown\n");
	assert_int_equal(entry.unknown_keys, 2);
	assert_refused(E_NET_ENTRY_URL, &err,
		       parse_heard("colour blue\nlinux /vmlinuz\n# \n\n"
				   "sha256 " DIGEST "\nsha256 " DIGEST "\n"
				   "retry x\nretry 5\ntitle a\nsize 7\n",
				   &heard, &err));
	assert_string_equal(heard.lines, "1 net-entry-unknown\n"
					 "2 net-entry-url\n"
					 "6 net-entry-twice\n"
					 "7 net-entry-number\n"
					 "8 net-entry-twice\n"
					 "10 net-entry-unknown\n");
	assert_non_null(strstr(err.text, "line 2: linux: "));
	assert_refused(E_NET_ENTRY_KERNEL, &err,
		       parse_heard("title a\n", &heard, &err));
	assert_string_equal(heard.lines, "0 net-entry-kernel\n");
	assert_string_equal(heard.first.text, err.text);
}

/* --- lines ------------------------------------------------------------------
 */

static void lines_are_cut_into_keys_and_values(void **state)
{
	static const struct {
		uint32_t number;
		const char *key, *value;
	} want[] = {
		{ 1, "a", "b" },
		{ 2, "a", "b = c" },
		{ 3, "a", "=b" },
		{ 6, "a", "" },
		{ 7, "", "b" },
		{ 8, "a", "" },
		{ 9, "\xef\xbb\xbf", "" },
	};
	struct span text = span_of_text("a b\n\ta = b = c \r\na==b\n\n # x\n"
					" a \n= b\na=\n\xef\xbb\xbf");
	struct span key, value;
	uint32_t number = 0;

	(void)state;
	for (size_t i = 0; i < test_count(want); i++) {
		assert_true(net_entry_next_line(&text, &number, &key, &value));
		assert_int_equal(number, want[i].number);
		assert_true(span_equal_text(key, want[i].key));
		assert_true(span_equal_text(value, want[i].value));
	}
	assert_false(net_entry_next_line(&text, &number, &key, &value));
}

/* --- which texts are entries ------------------------------------------------
 */

static void entries_are_told_from_others(void **state)
{
	static const char *const are[] = {
		UKI,
		KERNEL,
		"uki-url",
		"title a\n\n# b\n linux = http://h/k\n",
		"linux=tftp://h/k",
		"\xef\xbb\xbflinux\tHTTPS://h/k",
		"linux gopher://h/k",
	};
	static const char *const are_not[] = {
		"",
		"title a\n",
		"# uki-url http://h/k\n",
		"linux /vmlinuz\n",
		"linux vmlinuz\ninitrd http://h/i\n",
		"linux ://h/k\n",
		"linux http:/h/k\n",
		"linux http:\n",
		"linux /a://b\n",
		"linuxhttp://h/k\n",
		"uki-urls http://h/k\n",
		"options linux http://h/k\n",
	};

	(void)state;
	for (size_t i = 0; i < test_count(are); i++) {
		_drop_copy_ struct span copy = test_copy(span_of_text(are[i]));

		assert_true(net_entry_is(copy));
	}
	for (size_t i = 0; i < test_count(are_not); i++) {
		_drop_copy_ struct span copy =
			test_copy(span_of_text(are_not[i]));

		assert_false(net_entry_is(copy));
	}
}

/* --- by hand ----------------------------------------------------------------
 */

static enum status add(enum net_role role, struct error *err)
{
	return net_entry_add_file(&entry, role, URL "f", err);
}

static void entries_are_made_by_hand(void **state)
{
	struct error err = { .code = OK };

	(void)state;
	memset(&entry, 0xff, sizeof(entry));
	net_entry_begin(&entry);
	check_defaults();
	assert_int_equal(entry.file_count, 0);
	assert_ok(&err, net_entry_add_file(&entry, NET_INITRD, URL "i", &err));
	assert_ok(&err, net_entry_add_file(&entry, NET_LINUX, URL "k", &err));
	assert_ok(&err, net_entry_add_file(&entry, NET_INITRD, URL "j", &err));
	assert_int_equal(entry.file_count, 3);
	check_file(0, NET_LINUX, URL "k");
	check_file(1, NET_INITRD, URL "i");
	check_file(2, NET_INITRD, URL "j");
}

static void entries_by_hand_have_limits(void **state)
{
	struct error err = { .code = OK };
	struct text t = start("http://h/");

	(void)state;
	net_entry_begin(&entry);
	for (unsigned i = 0; i < NET_INITRDS_MAX; i++)
		assert_ok(&err, add(NET_INITRD, &err));
	assert_refused(E_NET_ENTRY_MANY, &err, add(NET_INITRD, &err));
	assert_ok(&err, add(NET_DEVICETREE, &err));
	assert_refused(E_NET_ENTRY_MANY, &err, add(NET_DEVICETREE, &err));
	assert_ok(&err, add(NET_ANY, &err));
	assert_refused(E_NET_ENTRY_MANY, &err, add(NET_ANY, &err));
	assert_refused(E_NET_ENTRY_MANY, &err, add(NET_LINUX, &err));
	assert_int_equal(entry.file_count, NET_FILES_MAX);
	check_file(0, NET_ANY, URL "f");

	net_entry_begin(&entry);
	fill(&t, NET_POOL_MAX - 1 - t.len);
	assert_ok(&err, net_entry_add_file(&entry, NET_ANY, large, &err));
	assert_int_equal(entry.pool_len, NET_POOL_MAX);
	assert_refused(E_NET_ENTRY_LENGTH, &err,
		       net_entry_add_file(&entry, NET_INITRD, "", &err));
}

static void roles_have_names(void **state)
{
	(void)state;
	assert_string_equal(net_role_name(NET_ANY), "uki-url");
	assert_string_equal(net_role_name(NET_LINUX), "linux");
	assert_string_equal(net_role_name(NET_INITRD), "initrd");
	assert_string_equal(net_role_name(NET_DEVICETREE), "devicetree");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_has_a_length),
		cmocka_unit_test(options_have_a_length),
		cmocka_unit_test(urls_have_a_length),
		cmocka_unit_test(texts_have_room_together),
		cmocka_unit_test(every_line_is_told),
		cmocka_unit_test(lines_are_cut_into_keys_and_values),
		cmocka_unit_test(entries_are_told_from_others),
		cmocka_unit_test(entries_are_made_by_hand),
		cmocka_unit_test(entries_by_hand_have_limits),
		cmocka_unit_test(roles_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
