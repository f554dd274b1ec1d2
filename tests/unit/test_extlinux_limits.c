/* extlinux.conf of any size: each limit at its edge, every cut. */
#include "test.h"

#include "format/extlinux.h"

#include <stdio.h>

struct found {
	unsigned entries, good, notes;
	enum status last; /* why the last entry is refused */
	enum status note;
	bool include_next; /* INCLUDE 1 gives a file that has INCLUDE 2, ... */
	char texts[EXTLINUX_FILES_MAX + 2][64];
	struct extlinux_result result;
};

static bool load(void *ctx, const char *path, struct span *ret)
{
	struct found *f = ctx;
	unsigned n;

	if (!f->include_next || sscanf(path, "/%u", &n) != 1 ||
	    n >= test_count(f->texts))
		return false;
	snprintf(f->texts[n], sizeof(f->texts[n]),
		 "label l%u\nlinux k\ninclude %u\n", n, n + 1);
	*ret = span_of_text(f->texts[n]);
	return true;
}

static void count_entry(void *ctx, const struct extlinux_entry *e)
{
	struct found *f = ctx;

	f->entries++;
	f->good += e->why == OK;
	f->last = e->why;
	assert_true(!e->why == !e->reason[0]);
}

static void count_note(void *ctx, const char *file, uint32_t line,
		       const struct error *why)
{
	struct found *f = ctx;

	(void)file;
	(void)line;
	f->note = why->code;
	f->notes++;
}

static enum status run_at(struct found *f, const char *path, struct span text,
			  struct error *err)
{
	const struct extlinux_ops ops = { f, load, count_entry, count_note,
					  false };
	struct extlinux_state *x = malloc(extlinux_state_size());
	_drop_copy_ struct span copy = test_copy(text);
	enum status s;

	f->entries = f->good = f->notes = 0;
	s = extlinux_evaluate(x, path, copy, &ops, &f->result, err);
	free(x);
	return s;
}

static void run(struct found *f, struct span text)
{
	struct error err;

	assert_ok(&err, run_at(f, "/syslinux.cfg", text, &err));
	assert_int_equal(f->result.entry_count, f->entries);
}

static struct text big_text(void)
{
	char *buf = malloc(4U << 20);

	assert_non_null(buf);
	return text_over(buf, 4U << 20);
}

static void fill(struct text *t, char c, size_t len)
{
	while (len-- && !t->cut)
		text_add_char(t, c);
}

static void a_file_has_a_size_and_a_path(void **state)
{
	static const char *const paths[] = { "", "x", "/", "/..", "/../x" };
	struct text t = big_text();
	struct found f = { 0 };
	struct error err;

	(void)state;
	text_add(&t, "label a\nlinux k\n");
	fill(&t, '\n', EXTLINUX_TEXT_MAX + 1 - t.len);
	run(&f, span_of(t.buf, EXTLINUX_TEXT_MAX));
	assert_int_equal(f.good, 1);
	assert_refused(
		E_EXTLINUX_TOO_LONG, &err,
		run_at(&f, "/x", span_of(t.buf, EXTLINUX_TEXT_MAX + 1), &err));
	for (size_t i = 0; i < test_count(paths); i++)
		assert_refused(E_EXTLINUX_PATH, &err,
			       run_at(&f, paths[i], span_of("", 0), &err));
	free(t.buf);
}

/* What is wanted of the label a line of n bytes stands in. */
static void texts_have_a_length(void **state)
{
	static const struct {
		const char *before;
		size_t most;
		enum status want;
	} cases[] = {
		{ "label a\nlinux k\nappend ", EXTLINUX_OPTIONS_MAX - 1,
		  E_EXTLINUX_OPTIONS_LONG },
		{ "label a\nlinux k ", EXTLINUX_OPTIONS_MAX - 1,
		  E_EXTLINUX_OPTIONS_LONG },
		{ "append ", EXTLINUX_OPTIONS_MAX - 1,
		  E_EXTLINUX_OPTIONS_LONG },
		{ "label a\nlinux /", EXTLINUX_PATH_MAX - 2, E_EXTLINUX_PATH },
		{ "label a\nlinux k\ninitrd /", EXTLINUX_PATH_MAX - 2,
		  E_EXTLINUX_PATH },
		{ "label a\nlinux k\nlabel ", EXTLINUX_LABEL_MAX - 1,
		  E_EXTLINUX_LABEL },
	};
	struct text t = big_text();
	struct found f = { 0 };

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		for (unsigned more = 0; more < 3; more++) {
			size_t len = more < 2 ? cases[i].most + more
					      : EXTLINUX_TEXT_MAX - 100;

			print_message("%s %zu\n", cases[i].before, len);
			t = text_over(t.buf, t.cap);
			text_add(&t, cases[i].before);
			fill(&t, 'a', len);
			text_add(&t, i == 2   ? "\nlabel a\nlinux k\n"
				     : i == 5 ? "\nlinux k\n"
					      : "\n");
			run(&f, span_of(t.buf, t.len));
			assert_int_equal(f.last, more ? cases[i].want : OK);
		}
	}
	/* halves that are too long together */
	t = text_over(t.buf, t.cap);
	text_add(&t, "label a\nlinux k ");
	fill(&t, 'a', EXTLINUX_OPTIONS_MAX / 2);
	text_add(&t, "\nappend ");
	fill(&t, 'a', EXTLINUX_OPTIONS_MAX / 2);
	run(&f, span_of(t.buf, t.len));
	assert_int_equal(f.last, E_EXTLINUX_OPTIONS_LONG);
	free(t.buf);
}

static void entries_are_counted(void **state)
{
	static const unsigned counts[] = { EXTLINUX_ENTRIES_MAX,
					   EXTLINUX_ENTRIES_MAX + 1, 10000 };
	struct text t = big_text();
	struct found f = { 0 };

	(void)state;
	for (size_t k = 0; k < test_count(counts); k++) {
		t = text_over(t.buf, t.cap);
		for (unsigned i = 0; i < counts[k]; i++)
			text_addf(&t, "label %u\nlinux k\n", i);
		run(&f, span_of(t.buf, t.len));
		assert_int_equal(f.good, EXTLINUX_ENTRIES_MAX);
		assert_int_equal(f.notes, k > 0);
		if (k)
			assert_int_equal(f.note, E_EXTLINUX_ENTRIES);
	}
	free(t.buf);
}

static void files_and_menus_have_a_depth(void **state)
{
	struct found f = { .include_next = true };
	struct text t = big_text();

	(void)state;
	run(&f, span_of_text("include 1\nlabel last\nlinux k\n"));
	assert_int_equal(f.good, EXTLINUX_DEPTH_MAX);
	assert_int_equal(f.notes, 1);
	assert_int_equal(f.note, E_EXTLINUX_DEPTH);

	for (unsigned i = 0; i < EXTLINUX_FILES_MAX + 2; i++)
		text_addf(&t, "include %u\n", EXTLINUX_FILES_MAX + 1);
	f.include_next = true;
	run(&f, span_of(t.buf, t.len));
	assert_int_equal(f.note, E_EXTLINUX_FILES);

	t = text_over(t.buf, t.cap);
	for (unsigned i = 0; i < EXTLINUX_MENUS_MAX + 1; i++)
		text_addf(&t, "menu begin m%u\nlabel l%u\nlinux k\n", i, i);
	for (unsigned i = 0; i < EXTLINUX_MENUS_MAX + 1; i++)
		text_add(&t, "menu end\n");
	text_add(&t, "label last\nlinux k\n");
	run(&f, span_of(t.buf, t.len));
	assert_int_equal(f.good, EXTLINUX_MENUS_MAX + 2);
	assert_int_equal(f.notes, 1);
	assert_int_equal(f.note, E_EXTLINUX_MENUS);
	run(&f, span_of_text("menu begin a\nlabel b\nlinux k\n"));
	assert_int_equal(f.note, E_EXTLINUX_MENUS);
	free(t.buf);
}

static void notes_are_counted(void **state)
{
	struct text t = big_text();
	struct found f = { 0 };

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		text_add(&t, "nonsense\n");
	run(&f, span_of(t.buf, t.len));
	assert_int_equal(f.notes, EXTLINUX_NOTES_MAX);
	assert_int_equal(f.result.note_count, 1000);
	free(t.buf);
}

static void every_cut_keeps_what_is_before_it(void **state)
{
	static const char *const files[] = {
		"tests/data/menus/alpine.conf",
		"tests/data/menus/debian-u-boot.conf",
	};

	(void)state;
	for (size_t i = 0; i < test_count(files); i++) {
		_drop_copy_ struct span text = test_read_file(files[i]);
		struct found f = { 0 };
		unsigned least = 0;

		for (size_t len = 0; len <= text.len; len++) {
			run(&f, span_slice(text, 0, len));
			/* the label that is cut itself may go either way */
			assert_true(f.entries + 1 >= least);
			if (f.entries > least)
				least = f.entries;
		}
		assert_int_equal(f.entries, 2);
	}
}

static void noise(void **state)
{
	static const char *const words[] = {
		"label ",   "linux ",	"menu ", "begin ",	"end",	   "\n",
		"default ", "append ",	"-",	 "initrd=",	",",	   "..",
		"/",	    "include ", "1",	 "text help\n", "endtext", "a",
		"fdt ",	    "\t",	"^",	 "fdtdir ",	"\x01",	   "#",
	};
	static char text[4000];
	uint64_t seed = 4;

	(void)state;
	for (unsigned round = 0; round < 500; round++) {
		struct text t = text_over(text, sizeof(text));
		struct found f = { .include_next = true };

		while (!t.cut)
			text_add(&t,
				 words[test_random(&seed) % test_count(words)]);
		run(&f, span_of(t.buf, t.len));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_has_a_size_and_a_path),
		cmocka_unit_test(texts_have_a_length),
		cmocka_unit_test(entries_are_counted),
		cmocka_unit_test(files_and_menus_have_a_depth),
		cmocka_unit_test(notes_are_counted),
		cmocka_unit_test(every_cut_keeps_what_is_before_it),
		cmocka_unit_test(noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
