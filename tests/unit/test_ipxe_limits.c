/* Scripts of iPXE of any size: each limit at its edge, loops, every cut. */
#include "test.h"

#include "ipxe_rig.h"

static enum status try_lines(struct rig *r, const char *lines)
{
	static char text[IPXE_TEXT_MAX];

	snprintf(text, sizeof(text), "#!ipxe\n%s\n", lines);
	return rig_try(r, span_of_text(text));
}

/* A limit is none that "||" gets around. */
static void expect(struct rig *r, const struct text *t, enum status want)
{
	struct error err;

	assert_false(t->cut);
	if (want == OK)
		assert_ok(&r->err, rig_try(r, span_of(t->buf, t->len)));
	else
		assert_refused(
			want, &err,
			(enum status)(rig_try(r, span_of(t->buf, t->len)),
				      err = r->err, r->err.code));
}

static struct text begin(struct text *old)
{
	struct text t = old ? text_over(old->buf, old->cap)
			    : text_over(malloc(1U << 20), 1U << 20);

	assert_non_null(t.buf);
	text_add(&t, "#!ipxe\n");
	return t;
}

static void fill(struct text *t, const char *s, size_t times)
{
	while (times--)
		text_add(t, s);
}

static void sizes_have_limits(void **state)
{
	struct rig *r = rig_new();
	struct text t;

	(void)state;
	for (unsigned more = 0; more < 2; more++) {
		t = begin(more ? &t : NULL);
		text_add(&t, "exit\n");
		fill(&t, "\n", IPXE_TEXT_MAX + more - t.len);
		expect(r, &t, more ? E_IPXE_TOO_LONG : OK);

		t = begin(&t);
		text_add(&t, "echo ");
		fill(&t, "a", IPXE_LINE_MAX - 1 - 5 + more);
		text_add(&t, "\nexit ||\n");
		expect(r, &t, more ? E_IPXE_LINE_LONG : OK);

		t = begin(&t); /* a line that goes on is one */
		text_add(&t, "echo \\\n");
		for (unsigned i = 0; i < 3; i++) {
			fill(&t, "a", (IPXE_LINE_MAX - 1 - 5) / 3 + more);
			text_add(&t, "\\\r\n");
		}
		text_add(&t, "\nexit\n");
		expect(r, &t, more ? E_IPXE_LINE_LONG : OK);

		t = begin(&t);
		text_add(&t, "echo ");
		fill(&t, "a ", IPXE_WORDS_MAX - 1 + more);
		text_add(&t, "||\nexit\n");
		expect(r, &t, more ? E_IPXE_WORDS : OK);

		t = begin(&t); /* the words, each with its NUL, and one spare */
		text_add(&t, "set a ");
		fill(&t, "a", 1000);
		text_add(&t, "\necho ");
		fill(&t, "${a}", 16);
		fill(&t, "a", IPXE_WORD_POOL - 16000 - 7 + more);
		text_add(&t, " ||\nexit\n");
		expect(r, &t, more ? E_IPXE_WORDS_LONG : OK);

		t = begin(&t);
		text_add(&t, "set a ");
		fill(&t, "a", IPXE_OPTIONS_MAX - 1 + more);
		text_add(&t, " ||\nexit\n");
		expect(r, &t, more ? E_IPXE_WORDS_LONG : OK);

		t = begin(&t);
		text_add(&t, "kernel k ");
		fill(&t, "a", IPXE_OPTIONS_MAX - 1 + more);
		text_add(&t, " ||\nboot\n");
		expect(r, &t, more ? E_IPXE_OPTIONS_LONG : OK);
	}
	free(t.buf);
	rig_drop(r);
}

static void names_have_limits(void **state)
{
	static const struct {
		const char *before, *behind;
		size_t most;
		enum status want;
	} cases[] = {
		{ "set ", " 1 ||\nexit", IPXE_NAME_MAX - 1, E_IPXE_NAME_LONG },
		{ "echo ${", "} ||\nexit", IPXE_NAME_MAX - 1,
		  E_IPXE_NAME_LONG },
		{ "kernel --name ", " k ||\nboot", IPXE_NAME_MAX - 1,
		  E_IPXE_NAME_LONG },
		{ "kernel /x/", " ||\nboot", IPXE_NAME_MAX - 1,
		  E_IPXE_NAME_LONG },
		{ "kernel k\ninitrd i ", "\nboot", IPXE_PATH_MAX - 1,
		  E_IPXE_INITRD },
		{ "kernel /", "/k\nboot",
		  URL_TEXT_MAX - 1 - strlen("http://boot.example//k"),
		  E_IPXE_URL },
	};
	struct rig *r = rig_new();
	struct text t = begin(NULL);

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		for (unsigned more = 0; more < 2; more++) {
			print_message("%s\n", cases[i].before);
			t = begin(&t);
			text_add(&t, cases[i].before);
			fill(&t, "a", cases[i].most + more);
			text_add(&t, cases[i].behind);
			text_add(&t, "\n");
			expect(r, &t, more ? cases[i].want : OK);
		}
	}
	for (unsigned more = 0; more < 2; more++) {
		t = begin(&t);
		text_add(&t, "echo ");
		fill(&t, "${", IPXE_NESTED_MAX + more);
		text_add(&t, " ||\nexit\n");
		expect(r, &t, more ? E_IPXE_NESTED : OK);
	}
	free(t.buf);
	rig_drop(r);
}

static void counts_have_limits(void **state)
{
	struct rig *r = rig_new();
	struct text t = begin(NULL);

	(void)state;
	for (unsigned more = 0; more < 2; more++) {
		t = begin(&t);
		for (unsigned i = 0; i < IPXE_SETTINGS_MAX + more; i++)
			text_addf(&t, "set s%u ||\n", i);
		text_add(&t, "exit\n");
		expect(r, &t, more ? E_IPXE_SETTINGS : OK);

		t = begin(&t); /* the same ones again make no more */
		for (unsigned i = 0; i < 8; i++) {
			text_addf(&t, "set s%u a\nset s%u ", i, i);
			fill(&t, "a",
			     IPXE_SETTINGS_POOL / 8 - 2 + (i == 7 ? more : 0));
			text_add(&t, " ||\n");
		}
		text_add(&t, "exit\n");
		expect(r, &t, more ? E_IPXE_SETTINGS : OK);

		t = begin(&t);
		for (unsigned i = 0; i < IPXE_ITEMS_MAX + more; i++)
			text_addf(&t, "item i%u ||\n", i);
		text_add(&t, "exit\n");
		expect(r, &t, more ? E_IPXE_ITEMS : OK);

		t = begin(&t);
		for (unsigned i = 0; i < 4; i++) {
			text_add(&t, "item ");
			fill(&t, "a", IPXE_ITEM_POOL / 4 - 2 + (i ? 0 : more));
			text_add(&t, " ||\n");
		}
		text_add(&t, "exit\n");
		expect(r, &t, more ? E_IPXE_ITEMS : OK);

		t = begin(&t);
		for (unsigned i = 0; i < IPXE_IMAGES_MAX + more; i++)
			text_add(&t, "imgfetch i ||\n");
		text_add(&t, "exit\n");
		expect(r, &t, more ? E_IPXE_IMAGES : OK);

		t = begin(&t);
		text_add(&t, "kernel k\n");
		fill(&t, "initrd i\n", IPXE_INITRDS_MAX + more);
		text_add(&t, "boot || boot\n");
		expect(r, &t, more ? E_IPXE_INITRDS : OK);

		t = begin(&t);
		fill(&t, "chain none ||\n", IPXE_FETCHES_MAX + more);
		text_add(&t, "exit\n");
		expect(r, &t, more ? E_IPXE_FETCHES : OK);
		assert_int_equal(r->fetch_count, IPXE_FETCHES_MAX);
	}
	free(t.buf);
	rig_drop(r);
}

static void nothing_goes_on_for_ever(void **state)
{
	struct rig *r = rig_new();
	struct text t = begin(NULL);

	(void)state;
	assert_refused(E_IPXE_STEPS, &r->err,
		       try_lines(r, ":a\ngoto a || exit"));
	assert_refused(E_IPXE_STEPS, &r->err,
		       try_lines(r, ":a\nsleep 1 ; prompt ; goto a"));
	/* a script that is over counts no more */
	assert_ok(&r->err, try_lines(r, "exit\n:a\ngoto a"));
	fill(&t, "; ", 500);
	text_add(&t, "\n:a\ngoto a\n");
	fill(&t, "#\n", (IPXE_TEXT_MAX - t.len) / 2);
	expect(r, &t, E_IPXE_WORK);
	t = begin(&t);
	for (unsigned i = 0; i < IPXE_SETTINGS_MAX; i++)
		text_addf(&t, "set s%u\n", i);
	text_add(&t, ":a\necho ");
	fill(&t, "${t}", 1000);
	text_add(&t, "\ngoto a\n");
	expect(r, &t, E_IPXE_WORK);

	r->chains_to_itself = true;
	assert_refused(E_IPXE_DEPTH, &r->err, try_lines(r, "chain x || exit"));
	assert_int_equal(r->fetch_count, IPXE_DEPTH_MAX);
	assert_refused(E_IPXE_DEPTH, &r->err,
		       try_lines(r, "chain --replace x ||\nexit"));
	/* many that come back are no depth */
	assert_refused(E_IPXE_FETCHES, &r->err,
		       try_lines(r, "isset ${n} && exit ||\nset n 1\n"
				    ":a\nchain x\ngoto a"));
	free(t.buf);
	rig_drop(r);
}

static const char good[] =
	"#!ipxe\n"
	"set i:int32 0\n"
	":next\n"
	"isset ${net${i}/mac} || goto on\n"
	"inc i && goto next\n"
	":on\n"
	"menu Title\n"
	"item --key a one One\n"
	"choose --timeout 5 --default one what || exit 3\n"
	"goto ${what}\n"
	":one\n"
	"kernel http://boot.example/${uuid}/k a=${mac:hexhyp} \\\n"
	"	b=${hostname} || exit 2\n"
	"initrd i /etc/x mode=0600\n"
	"isset ${sub} || boot\n";

static void every_cut_is_a_script_or_refused(void **state)
{
	struct rig *r = rig_new();

	(void)state;
	for (size_t len = 0; len < sizeof(good); len++) {
		enum status s = rig_try(r, span_of(good, len));

		/* before the last command there is nothing to boot */
		assert_true(s != OK || len + 3 > sizeof(good) - 1 ||
			    r->result.outcome != IPXE_BOOTS);
	}
	rig_run(r, good);
	assert_int_equal(r->result.outcome, IPXE_BOOTS);
	rig_drop(r);
}

static void every_byte_may_be_another(void **state)
{
	struct rig *r = rig_new();
	uint64_t seed = 6;

	(void)state;
	for (size_t at = 0; at + 1 < sizeof(good); at++) {
		char text[sizeof(good)];

		memcpy(text, good, sizeof(good));
		text[at] = (char)test_random(&seed);
		(void)!rig_try(r, span_of(text, sizeof(text) - 1));
		text[at] = '$';
		(void)!rig_try(r, span_of(text, sizeof(text) - 1));
	}
	rig_drop(r);
}

static void noise(void **state)
{
	static const char *const words[] = {
		"set ",
		"a ",
		"${a}",
		"${net0/mac:hexhyp}",
		"\n",
		"|| ",
		"&& ",
		"; ",
		"goto ",
		":a ",
		"kernel ",
		"initrd ",
		"imgargs ",
		"boot ",
		"chain ",
		"x ",
		"imgfree ",
		"isset ",
		"iseq ",
		"inc ",
		"item ",
		"choose ",
		"--default ",
		"--timeout 1 ",
		"${",
		"}",
		"\\\n",
		"\x01"
		"0",
		"exit ",
		"# ",
		"${hostname}",
		"${product:uristring}",
		":int32 ",
		"menu ",
	};
	struct rig *r = rig_new();
	uint64_t seed = 9;
	char text[2000];

	(void)state;
	r->files[0] = (struct rig_file){ "http://boot.example/menu/x", good };
	for (unsigned round = 0; round < 400; round++) {
		struct text t = text_over(text, sizeof(text));

		text_add(&t, "#!ipxe\n");
		while (!t.cut)
			text_add(&t,
				 words[test_random(&seed) % test_count(words)]);
		(void)!rig_try(r, span_of(t.buf, t.len));
	}
	rig_drop(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_have_limits),
		cmocka_unit_test(names_have_limits),
		cmocka_unit_test(counts_have_limits),
		cmocka_unit_test(nothing_goes_on_for_ever),
		cmocka_unit_test(every_cut_is_a_script_or_refused),
		cmocka_unit_test(every_byte_may_be_another),
		cmocka_unit_test(noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
