/* os-release text: quoting as a shell has it, and nothing but display text. */
#include "test.h"

#include "format/osrel.h"

static const char debian[] = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"
			     "NAME=\"Debian GNU/Linux\"\n"
			     "VERSION_ID=\"12\"\n"
			     "VERSION=\"12 (bookworm)\"\n"
			     "VERSION_CODENAME=bookworm\n"
			     "ID=debian\n"
			     "HOME_URL=\"https://www.debian.org/\"\n";

static void assert_value(const char *text, const char *key, const char *want)
{
	_drop_copy_ struct span copy = test_copy(span_of_text(text));
	struct display d = { "untouched" };

	if (!want) {
		assert_false(osrel_get(copy, key, &d));
		assert_string_equal(d.text, "untouched");
		return;
	}
	assert_true(osrel_get(copy, key, &d));
	assert_string_equal(d.text, want);
}

static void real_file_is_read(void **state)
{
	(void)state;
	assert_value(debian, "ID", "debian");
	assert_value(debian, "VERSION_ID", "12");
	assert_value(debian, "VERSION", "12 (bookworm)");
	assert_value(debian, "HOME_URL", "https://www.debian.org/");
	assert_value(debian, "VARIANT", NULL);
}

static void values_are_unquoted_as_by_a_shell(void **state)
{
	static const struct {
		const char *text, *value;
	} cases[] = {
		{ "K=plain", "plain" },
		{ "K=", "" },
		{ "K=\"\"", "" },
		{ "K=''", "" },
		{ "K=\"double quotes\"", "double quotes" },
		{ "K='single quotes'", "single quotes" },
		{ "K=\"it's\"", "it's" },
		{ "K='say \"hi\"'", "say \"hi\"" },
		{ "K=\"a \\\"b\\\" \\\\ \\$c \\`d\\`\"", "a \"b\" \\ $c `d`" },
		{ "K=\"\\n\\a\"", "\\n\\a" },
		{ "K='\\n\\''", "\\n\\" },
		{ "K=a\\ b\\\"", "a b\"" },
		{ "K=a\"b c\"'d e'f", "ab cd ef" },
		{ "K=\"open", "open" },
		{ "K='", "" },
		{ "K=\\", "\\" },
		{ "K=\"\\", "\\" },
		{ "K=\\ab", "ab" },
		{ "K=a=b", "a=b" },
		{ "  K=indented  ", "indented" },
		{ "K=dos\r\nL=x\r\n", "dos" },
		{ "K=first\nK=last", "last" },
		{ "K=first\nK=", "" },
		{ "#K=comment\n", NULL },
		{ "KK=other\nK\n", NULL },
		{ "K =x", NULL },
		{ "k=x", NULL },
		{ "", NULL },
		{ "\n\n\n", NULL },
		{ "K", NULL },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++)
		assert_value(cases[i].text, "K", cases[i].value);
}

static void values_are_clean(void **state)
{
	(void)state;
	assert_value("K=\"\033]0;title\007\"", "K", "?]0;title?");
	assert_value("K=\xff\xfe", "K", "??");
	assert_value("K=Größe €", "K", "Größe €");
	assert_value("K=a\xe2\x80\xae"
		     "b",
		     "K", "a?b");
}

static void text_ends_at_its_first_nul(void **state)
{
	static const char text[] = "ID=a\0ID=b\n";
	struct display d;

	(void)state;
	assert_true(osrel_get(span_of(text, sizeof(text)), "ID", &d));
	assert_string_equal(d.text, "a");
	assert_false(osrel_get(span_of("\0ID=b", 5), "ID", &d));
	assert_false(osrel_get(span_of(NULL, 0), "ID", &d));
}

static void long_value_is_cut_at_a_character(void **state)
{
	char text[2000] = "K=";
	struct display d;

	(void)state;
	while (strlen(text) + 3 < sizeof(text))
		strcat(text, "€");
	assert_true(osrel_get(span_of_text(text), "K", &d));
	assert_int_equal(strlen(d.text), 126);
	assert_string_equal(d.text + 123, "€");
}

static void title_is_the_best_there_is(void **state)
{
	static const struct {
		const char *text, *title;
	} cases[] = {
		{ debian, "Debian GNU/Linux 12 (bookworm)" },
		{ "NAME=Fedora\nVERSION=42", "Fedora" },
		{ "ID=fedora\nNAME=Fedora", "Fedora" },
		{ "NAME=Fedora\nIMAGE_ID=appliance", "appliance" },
		{ "PRETTY_NAME=\nNAME=Fedora", "Fedora" },
		{ "IMAGE_ID=appliance\nID=x", "appliance" },
		{ "VERSION=1\nID=x", "x" },
		{ "ID=", NULL },
		{ "VERSION=1", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_copy_ struct span copy =
			test_copy(span_of_text(cases[i].text));
		struct display d = { "untouched" };

		assert_int_equal(osrel_title(copy, &d), cases[i].title != NULL);
		assert_string_equal(d.text, cases[i].title ? cases[i].title
							   : "untouched");
	}
}

static void assert_pick(bool (*pick)(struct span, struct display *),
			const char *text, const char *want)
{
	_drop_copy_ struct span copy = test_copy(span_of_text(text));
	struct display d = { "untouched" };

	assert_int_equal(pick(copy, &d), want != NULL);
	assert_string_equal(d.text, want ? want : "untouched");
}

static void version_is_the_best_there_is(void **state)
{
	static const struct {
		const char *text, *version;
	} cases[] = {
		{ debian, "12 (bookworm)" },
		{ "VERSION_ID=42", "42" },
		{ "BUILD_ID=rolling", "rolling" },
		{ "BUILD_ID=b\nVERSION_ID=i\nVERSION=v\nIMAGE_VERSION=m", "m" },
		{ "BUILD_ID=b\nVERSION_ID=i\nVERSION=v", "v" },
		{ "BUILD_ID=b\nVERSION_ID=i\nVERSION=\n", "i" },
		{ "NAME=x", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++)
		assert_pick(osrel_version, cases[i].text, cases[i].version);
}

static void sort_key_is_the_best_there_is(void **state)
{
	(void)state;
	assert_pick(osrel_sort_key, debian, "debian");
	assert_pick(osrel_sort_key, "ID=x\nIMAGE_ID=y", "y");
	assert_pick(osrel_sort_key, "ID=x\nIMAGE_ID=\"\"", "x");
	assert_pick(osrel_sort_key, "NAME=x", NULL);
}

static void long_title_is_cut(void **state)
{
	char text[400] = "NAME=";
	struct display d;

	(void)state;
	memset(text + 5, 'n', 200);
	assert_true(osrel_title(span_of_text(text), &d));
	assert_int_equal(strlen(d.text), DISPLAY_MAX - 1);
}

/* No text is refused, so every cut has to give something sane. */
static void every_cut_is_readable(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof(debian); len++) {
		_drop_copy_ struct span cut = test_copy(span_of(debian, len));
		struct display d = { "" };

		assert_int_equal(osrel_title(cut, &d),
				 len > strlen("PRETTY_NAME=\""));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_file_is_read),
		cmocka_unit_test(values_are_unquoted_as_by_a_shell),
		cmocka_unit_test(values_are_clean),
		cmocka_unit_test(text_ends_at_its_first_nul),
		cmocka_unit_test(long_value_is_cut_at_a_character),
		cmocka_unit_test(title_is_the_best_there_is),
		cmocka_unit_test(version_is_the_best_there_is),
		cmocka_unit_test(sort_key_is_the_best_there_is),
		cmocka_unit_test(long_title_is_cut),
		cmocka_unit_test(every_cut_is_readable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
