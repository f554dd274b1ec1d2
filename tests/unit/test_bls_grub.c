/* Type 1 entries of volumes that GRUB boots from: Fedora's, with variables. */
#include "format/bls.h"
#include "test.h"

#include <stdio.h>

struct variable {
	const char *name, *value;
};

static struct bls_entry entry;

static bool get(void *ctx, struct span name, struct span *ret_value)
{
	for (const struct variable *v = ctx; v->name; v++)
		if (span_equal_text(name, v->name)) {
			*ret_value = span_of_text(v->value);
			return true;
		}
	return false;
}

static const struct variable fedora[] = {
	{ "kernelopts", "root=/dev/mapper/f-root ro rhgb quiet" },
	{ "empty", "" },
	{ "blank", "  " },
	{ "outer", "a $inner z" },
	{ "inner", "[$kernelopts]" },
	{ "self", "$self" },
	{ "dir", "/boot" },
	{ "two", "/one.img two.img" },
	{ "control", "a\x1b" },
	{ "dots", "../x" },
	{ NULL, NULL },
};

static enum status parse_with(const char *text, const struct variable *list,
			      bool is_complete, struct error *err)
{
	const union {
		const struct variable *in;
		void *out;
	} ctx = { .in = list };
	struct bls_variables vars = { ctx.out, get, is_complete };
	struct span copy = test_copy(span_of_text(text));
	enum status s = bls_parse(copy, &vars, &entry, err);

	test_drop(&copy);
	return s;
}

static enum status parse(const char *text, struct error *err)
{
	return parse_with(text, fedora, true, err);
}

/* What Fedora wrote from 30 to 33, with tuned's words behind. */
static void fedora_entry_is_read(void **state)
{
	static const char text[] =
		"title Fedora (5.8.15-301.fc33.x86_64) 33 (Server Edition)\n"
		"version 5.8.15-301.fc33.x86_64\n"
		"linux /vmlinuz-5.8.15-301.fc33.x86_64\n"
		"initrd /initramfs-5.8.15-301.fc33.x86_64.img $tuned_initrd\n"
		"options $kernelopts $tuned_params\n"
		"id fedora-20201022144519-5.8.15-301.fc33.x86_64\n"
		"grub_users $grub_users\n"
		"grub_arg --unrestricted\n"
		"grub_class kernel\n";
	struct error err;

	(void)state;
	assert_ok(&err, parse(text, &err));
	assert_string_equal(entry.kernel, "/vmlinuz-5.8.15-301.fc33.x86_64");
	assert_int_equal(entry.initrd_count, 1);
	assert_string_equal(entry.initrds[0],
			    "/initramfs-5.8.15-301.fc33.x86_64.img");
	assert_string_equal(entry.options,
			    "root=/dev/mapper/f-root ro rhgb quiet");
	assert_int_equal(entry.unknown_keys, 0);
}

static void tuned_adds_its_own(void **state)
{
	static const struct variable tuned[] = {
		{ "tuned_initrd", "/tuned-initrd.img" },
		{ "tuned_params", "isolcpus=2-5" },
		{ NULL, NULL },
	};
	struct error err;

	(void)state;
	assert_ok(&err, parse_with("linux /k\ninitrd /i.img $tuned_initrd\n"
				   "options root=/dev/sda1 $tuned_params\n",
				   tuned, true, &err));
	assert_int_equal(entry.initrd_count, 2);
	assert_string_equal(entry.initrds[1], "/tuned-initrd.img");
	assert_string_equal(entry.options, "root=/dev/sda1 isolcpus=2-5");
}

static void options_are_replaced(void **state)
{
	static const struct {
		const char *options, *want;
	} cases[] = {
		{ "plain", "plain" },
		{ "a $kernelopts b",
		  "a root=/dev/mapper/f-root ro rhgb quiet b" },
		{ "x=${dir}/y", "x=/boot/y" },
		{ "x=$dir/y,$dir", "x=/boot/y,/boot" },
		{ "$dir$dir", "/boot/boot" },
		{ "a $missing b", "a b" },
		{ "$missing b", "b" },
		{ "a $missing", "a" },
		{ "a${missing}b", "ab" },
		{ "a $empty $missing b", "a b" },
		{ "$blank", "" },
		/* what a variable holds is replaced as well, once */
		{ "$outer", "a [$kernelopts] z" },
		{ "$self", "$self" },
		/* what is no variable */
		{ "memmap=10M$1G", "memmap=10M$1G" },
		{ "a$", "a$" },
		{ "$ a $$ ${1} ${} $? $-", "$ a $$ ${1} ${} $? $-" },
		{ "a\\$dir b\\c\\\\", "a$dir b\\c\\\\" },
		{ "$$dir", "$/boot" },
		{ "$_x", "" },
		{ "$dir2", "" },
	};
	char text[256];
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		snprintf(text, sizeof(text), "linux /k\noptions %s\n",
			 cases[i].options);
		assert_ok(&err, parse(text, &err));
		assert_string_equal(entry.options, cases[i].want);
	}
}

static void paths_are_replaced(void **state)
{
	struct error err;

	(void)state;
	assert_ok(&err, parse("linux $blank$dir/k$blank\n"
			      "devicetree ${dir}/d.dtb\n"
			      "initrd $dir/a.img   /b.img\t$missing $two "
			      "/x$missing/c.img $empty\ninitrd d.img\n",
			      &err));
	assert_string_equal(entry.kernel, "/boot/k");
	assert_string_equal(entry.devicetree, "/boot/d.dtb");
	assert_int_equal(entry.initrd_count, 5);
	assert_string_equal(entry.initrds[0], "/boot/a.img");
	assert_string_equal(entry.initrds[1], "/b.img");
	assert_string_equal(entry.initrds[2], "/one.img");
	assert_string_equal(entry.initrds[3], "/two.img");
	assert_string_equal(entry.initrds[4], "/d.img");
	/* and these are not: GRUB would not know them */
	assert_ok(&err,
		  parse("uki $dir/k\nextra $dir/x.cred\ntitle $dir\n", &err));
	assert_string_equal(entry.uki, "/$dir/k");
	assert_string_equal(entry.extras[0], "/$dir/x.cred");
	assert_string_equal(entry.title.text, "$dir");
}

static void variables_of_grub_stand_in(void **state)
{
	static const struct variable list[] = {
		{ "default_kernelopts", "root=$disk ro" },
		{ "disk", "/dev/vda" },
		{ "early_initrd", "ucode.img  sub/acpi.img" },
		{ "devicetree", " board.dtb" },
		{ NULL, NULL },
	};
	struct error err;

	(void)state;
	assert_ok(&err, parse_with("linux /b/k\ninitrd /i/x.img\n", list, true,
				   &err));
	assert_string_equal(entry.options, "root=/dev/vda ro");
	assert_string_equal(entry.devicetree, "/b/board.dtb");
	assert_int_equal(entry.initrd_count, 3);
	assert_string_equal(entry.initrds[0], "/i/ucode.img");
	assert_string_equal(entry.initrds[1], "/i/sub/acpi.img");
	assert_string_equal(entry.initrds[2], "/i/x.img");
	assert_ok(&err, parse_with("linux k\noptions x\ndevicetree /d\n", list,
				   true, &err));
	assert_string_equal(entry.options, "x");
	assert_string_equal(entry.devicetree, "/d");
	assert_int_equal(entry.initrd_count, 2);
	assert_string_equal(entry.initrds[0], "/ucode.img");
	/* none of that for what GRUB does not boot by itself */
	assert_ok(&err, parse_with("uki k\n", list, true, &err));
	assert_string_equal(entry.options, "");
	assert_int_equal(entry.initrd_count, 0);
	assert_string_equal(entry.devicetree, "");
}

static void each_check_has_its_code(void **state)
{
	static const struct {
		const char *text;
		bool is_complete;
		enum status want;
	} cases[] = {
		{ "linux /k\noptions $missing\n", true, OK },
		{ "linux /k\noptions $missing\n", false, E_BLS_VARIABLE },
		{ "linux /k\noptions $inner\n", false, OK },
		{ "linux /k\ninitrd $missing\n", false, OK },
		{ "linux $missing/k\n", true, E_BLS_VARIABLE },
		{ "linux /k\ndevicetree $missing/k\n", true, E_BLS_VARIABLE },
		{ "linux /k\noptions ${dir\n", true, E_BLS_VARIABLE_OPEN },
		{ "linux /k\noptions ${dir-x}\n", true, E_BLS_VARIABLE_OPEN },
		{ "linux ${dir\n", true, E_BLS_VARIABLE_OPEN },
		{ "linux /k\ninitrd ${dir\n", true, E_BLS_VARIABLE_OPEN },
		{ "linux /$dots\n", true, E_BLS_PATH_DOTS },
		{ "linux $empty\n", true, E_BLS_PATH_LENGTH },
		{ "linux $control\n", true, E_BLS_PATH_CONTROL },
		{ "linux /k\ninitrd $control\n", true, E_BLS_PATH_CONTROL },
		{ "linux /k\noptions $control\n", true, E_BLS_OPTIONS_CONTROL },
		{ "linux $dir\nlinux $dir\n", true, E_BLS_TWICE },
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		err = (struct error){ .code = OK };
		test_check_status(cases[i].want,
				  parse_with(cases[i].text, fedora,
					     cases[i].is_complete, &err),
				  &err, cases[i].text, __FILE__, __LINE__);
	}
	assert_refused(E_BLS_VARIABLE, &err,
		       parse_with("linux /k\noptions $kernelopt\n", fedora,
				  false, &err));
	assert_non_null(strstr(err.text, "\"kernelopt\""));
	assert_non_null(strstr(err.text, "line 2"));
}

static void variables_break_what_they_stand_in_for(void **state)
{
	static const struct {
		struct variable list[2];
		enum status want;
	} cases[] = {
		{ { { "early_initrd", "../x" } }, E_BLS_PATH_DOTS },
		{ { { "early_initrd", "a\x01" } }, E_BLS_PATH_CONTROL },
		{ { { "early_initrd", "1 2 3 4 5 6 7 8 9 a b c d e f g" } },
		  OK },
		{ { { "early_initrd", "1 2 3 4 5 6 7 8 9 a b c d e f g h" } },
		  E_BLS_TOO_MANY },
		{ { { "devicetree", ".." } }, E_BLS_PATH_DOTS },
		{ { { "devicetree", "" } }, OK },
		{ { { "default_kernelopts", "${" } }, OK },
		{ { { "default_kernelopts", "${x" } }, E_BLS_VARIABLE_OPEN },
		{ { { "default_kernelopts", "\x02" } }, E_BLS_OPTIONS_CONTROL },
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		err = (struct error){ .code = OK };
		test_check_status(
			cases[i].want,
			parse_with("linux /k\n", cases[i].list, true, &err),
			&err, cases[i].list[0].value, __FILE__, __LINE__);
		if (cases[i].want != OK)
			assert_non_null(strstr(err.text, "grubenv"));
	}
}

static void limits_hold_behind_variables(void **state)
{
	static char value[BLS_OPTIONS_MAX + 1], text[2 * BLS_OPTIONS_MAX];
	struct variable list[] = { { "v", value }, { NULL, NULL } };
	struct error err;

	(void)state;
	for (size_t len = BLS_OPTIONS_MAX - 3; len <= BLS_OPTIONS_MAX; len++) {
		memset(value, 'v', len);
		value[len] = '\0';
		assert_status(
			len < BLS_OPTIONS_MAX ? OK : E_BLS_VARIABLE_LENGTH,
			parse_with("linux /k\noptions $v\n", list, true, &err));
		snprintf(text, sizeof(text), "linux /k\noptions %s\n", value);
		assert_status(len < BLS_OPTIONS_MAX ? OK
						    : E_BLS_VARIABLE_LENGTH,
			      parse_with(text, list, true, &err));
		assert_refused(len < BLS_OPTIONS_MAX ? E_BLS_PATH_LENGTH
						     : E_BLS_VARIABLE_LENGTH,
			       &err,
			       parse_with("linux $v\n", list, true, &err));
		assert_refused(
			len < BLS_OPTIONS_MAX ? E_BLS_PATH_LENGTH
					      : E_BLS_VARIABLE_LENGTH,
			&err,
			parse_with("linux /k\ninitrd $v\n", list, true, &err));
	}
	memset(value, 'v', 3000);
	value[3000] = '\0';
	assert_refused(E_BLS_OPTIONS_LENGTH, &err,
		       parse_with("linux /k\noptions $v\noptions $v\n", list,
				  true, &err));
	list[0].name = "early_initrd";
	assert_refused(E_BLS_PATH_LENGTH, &err,
		       parse_with("linux /k\n", list, true, &err));
	value[200] = '\0';
	assert_ok(&err, parse_with("linux /k\n", list, true, &err));
	snprintf(text, sizeof(text), "linux /%0*d/k\n", 100, 0);
	assert_refused(E_BLS_PATH_LENGTH, &err,
		       parse_with(text, list, true, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fedora_entry_is_read),
		cmocka_unit_test(tuned_adds_its_own),
		cmocka_unit_test(options_are_replaced),
		cmocka_unit_test(paths_are_replaced),
		cmocka_unit_test(variables_of_grub_stand_in),
		cmocka_unit_test(each_check_has_its_code),
		cmocka_unit_test(variables_break_what_they_stand_in_for),
		cmocka_unit_test(limits_hold_behind_variables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
