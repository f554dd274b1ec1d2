/* GRUB's environment block: values and their escapes, each fault, every cut. */
#include "test.h"

#include "base/text.h"
#include "format/grubenv.h"

#include <stdio.h>

#define SIGNATURE "# GRUB Environment Block\n"

/* A block of 1024 bytes, as grub-editenv makes it. */
static struct span block_of(const char *lines)
{
	static char block[1025];
	struct text t = text_over(block, sizeof(block));

	text_add(&t, SIGNATURE);
	text_add(&t, lines);
	while (!t.cut)
		text_add_char(&t, '#');
	return span_of(block, 1024);
}

static enum status get(struct span block, const char *name, char *ret,
		       size_t cap, bool *ret_found, struct error *err)
{
	_drop_copy_ struct span copy = test_copy(block);

	return grubenv_get(copy, name, ret, cap, ret_found, err);
}

static void values_are_found(void **state)
{
	static const char lines[] =
		"saved_entry=Debian GNU/Linux\nnext_entry=\nboot_success=0\n"
		"kernelopts=root=/dev/vda1 ro a=b \n"
		"escaped=a\\\\b\\\nc\\d=\n# a comment\n\nlast=x\nlast=y\n";
	static const char *const want[][2] = {
		{ "saved_entry", "Debian GNU/Linux" },
		{ "next_entry", "" },
		{ "boot_success", "0" },
		{ "kernelopts", "root=/dev/vda1 ro a=b " },
		{ "escaped", "a\\b\ncd=" },
		{ "last", "y" },
	};
	static const char *const none[] = {
		"saved",       "entry",	       "",
		"# a comment", "saved_entry2", "SAVED_ENTRY"
	};
	char value[GRUBENV_VALUE_MAX];
	struct error err;
	bool found;

	(void)state;
	for (size_t i = 0; i < test_count(want); i++) {
		assert_ok(&err, get(block_of(lines), want[i][0], value,
				    sizeof(value), &found, &err));
		assert_true(found);
		assert_string_equal(value, want[i][1]);
	}
	for (size_t i = 0; i < test_count(none); i++) {
		assert_ok(&err, get(block_of(lines), none[i], value,
				    sizeof(value), &found, &err));
		assert_false(found);
		assert_string_equal(value, "");
	}
}

static void variables_come_in_order(void **state)
{
	static const char *const names[] = { "a", "b_2", "C" };
	struct span block = block_of("a=1\n\nb_2=x\\\ny\n#c=\nC=z\n");
	struct grubenv_variable v;
	struct grubenv_cursor c;
	struct error err;
	bool found;

	(void)state;
	assert_ok(&err, grubenv_open(block, &c, &err));
	for (size_t i = 0; i < test_count(names); i++) {
		assert_ok(&err, grubenv_next(&c, &v, &found, &err));
		assert_true(found);
		assert_string_equal(v.name, names[i]);
	}
	assert_string_equal(v.value, "z");
	for (unsigned i = 0; i < 2; i++) {
		assert_ok(&err, grubenv_next(&c, &v, &found, &err));
		assert_false(found);
	}
}

static void each_fault_has_its_code(void **state)
{
	static const struct {
		const char *lines;
		enum status want;
	} bad[] = {
		{ "novalue\n", E_GRUBENV_LINE },
		{ " \n", E_GRUBENV_LINE },
		{ "=x\n", E_GRUBENV_NAME },
		{ "a b=x\n", E_GRUBENV_NAME },
		{ "a\x01=x\n", E_GRUBENV_NAME },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aaaa=x\n",
		  E_GRUBENV_NAME },
		{ "a=x", E_GRUBENV_END },
		{ "a=x\\\n", E_GRUBENV_END },
	};

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		_drop_copy_ struct span block =
			test_copy(block_of(bad[i].lines));
		struct grubenv_variable v;
		struct grubenv_cursor c;
		struct error err;
		bool found = true;

		print_message("%s\n", bad[i].lines);
		assert_ok(&err, grubenv_open(block, &c, &err));
		assert_refused(bad[i].want, &err,
			       grubenv_next(&c, &v, &found, &err));
		assert_non_null(strstr(err.text, "line 2: "));
		assert_false(found);
		assert_string_equal(v.value, "");
	}
}

static void a_bad_line_is_passed_over(void **state)
{
	struct span block = block_of("a\nb c=1\ngood=1\n");
	struct grubenv_variable v;
	struct grubenv_cursor c;
	char value[8];
	bool found;

	(void)state;
	assert_status(OK, grubenv_open(block, &c, NULL));
	assert_status(E_GRUBENV_LINE, grubenv_next(&c, &v, &found, NULL));
	assert_status(E_GRUBENV_NAME, grubenv_next(&c, &v, &found, NULL));
	assert_status(OK, grubenv_next(&c, &v, &found, NULL));
	assert_string_equal(v.name, "good");
	assert_status(OK,
		      get(block, "good", value, sizeof(value), &found, NULL));
	assert_true(found);
}

static void signatures_and_sizes(void **state)
{
	static const char *const bad[] = {
		"",
		"#",
		"# GRUB Environment Block",
		"# GRUB environment Block\n",
		"# GRUB Environment Block\r\n",
		"a=1\n",
	};
	static uint8_t large[GRUBENV_SIZE_MAX + 1];
	struct grubenv_cursor c;
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		_drop_copy_ struct span s = test_copy(span_of_text(bad[i]));

		assert_refused(E_GRUBENV_SIGNATURE, &err,
			       grubenv_open(s, &c, &err));
	}
	memset(large, '#', sizeof(large));
	memcpy(large, SIGNATURE, sizeof(SIGNATURE) - 1);
	assert_ok(&err,
		  grubenv_open(span_of(large, GRUBENV_SIZE_MAX), &c, &err));
	assert_refused(E_GRUBENV_SIZE, &err,
		       grubenv_open(span_of(large, sizeof(large)), &c, &err));
}

static void values_have_a_length(void **state)
{
	static char block[2 * GRUBENV_VALUE_MAX];
	struct grubenv_variable v;
	struct grubenv_cursor c;
	struct error err;
	char value[4];
	bool found;

	(void)state;
	for (unsigned more = 0; more < 2; more++) {
		struct text t = text_over(block, sizeof(block));

		text_add(&t, SIGNATURE "a=");
		for (unsigned i = 0; i < GRUBENV_VALUE_MAX - 1 + more; i++)
			text_add_char(&t, 'x');
		text_add(&t, "\nb=123\n");
		assert_ok(&err, grubenv_open(span_of(t.buf, t.len), &c, &err));
		assert_status(more ? E_GRUBENV_LONG : OK,
			      grubenv_next(&c, &v, &found, &err));
	}
	assert_ok(&err, get(span_of_text(block), "b", value, 4, &found, &err));
	assert_refused(E_GRUBENV_LONG, &err,
		       get(span_of_text(block), "b", value, 3, &found, &err));
	assert_false(found);
	assert_string_equal(value, "");
}

static void a_nul_is_no_end(void **state)
{
	static const char block[] = SIGNATURE "a=1\0002\nb=3\n";
	struct span s = span_of(block, sizeof(block) - 1);
	char value[8];
	struct error err;
	bool found;

	(void)state;
	assert_refused(E_GRUBENV_NUL, &err,
		       get(s, "a", value, sizeof(value), &found, &err));
	assert_ok(&err, get(s, "b", value, sizeof(value), &found, &err));
	assert_true(found);
}

static void every_cut_is_read_or_refused(void **state)
{
	static const char text[] = SIGNATURE "a=1\nb=x\\\ny\n#####";
	size_t head = sizeof(SIGNATURE) - 1;
	struct error err;

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		_drop_copy_ struct span s = test_copy(span_of(text, len));
		struct grubenv_variable v;
		struct grubenv_cursor c;
		unsigned count = 0;
		bool found;

		if (len < head) {
			assert_status(E_GRUBENV_SIGNATURE,
				      grubenv_open(s, &c, NULL));
			continue;
		}
		assert_ok(&err, grubenv_open(s, &c, &err));
		while (grubenv_next(&c, &v, &found, &err) == OK && found)
			count++;
		assert_int_equal(count, len < head + 4	  ? 0
					: len < head + 11 ? 1
							  : 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_found),
		cmocka_unit_test(variables_come_in_order),
		cmocka_unit_test(each_fault_has_its_code),
		cmocka_unit_test(a_bad_line_is_passed_over),
		cmocka_unit_test(signatures_and_sizes),
		cmocka_unit_test(values_have_a_length),
		cmocka_unit_test(a_nul_is_no_end),
		cmocka_unit_test(every_cut_is_read_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
