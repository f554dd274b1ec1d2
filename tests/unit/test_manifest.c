/* Manifests of loose entries: each field broken, every cut. */
#include "test.h"

#include "format/manifest.h"

#include <stdio.h>

/* sha256sum of "a" and "b" */
#define A "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
#define H "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d"

static enum status parse(struct span text, struct manifest_view *v,
			 struct error *err)
{
	_drop_copy_ struct span copy = test_copy(text);

	return manifest_parse(copy, v, err);
}

static void every_role_is_read(void **state)
{
	static const char text[] = "# what boots\n"
				   "\n"
				   "linux      " A "  /vmlinuz-6.1\n"
				   "initrd " H " /initrd.img 6.1\r\n"
				   "initrd\t" A "\t/more\t\n"
				   "  devicetree " A " /board.dtb  \n"
				   "devicetree-overlay " A " /o.dtbo\n"
				   "devicetree-overlay " H " /p.dtbo\n"
				   "options " H "  -";
	static const struct {
		enum manifest_role role;
		const char *name, *path;
		uint8_t first;
		uint32_t line;
	} want[] = {
		{ MANIFEST_LINUX, "linux", "/vmlinuz-6.1", 0xca, 3 },
		{ MANIFEST_INITRD, "initrd", "/initrd.img 6.1", 0x3e, 4 },
		{ MANIFEST_INITRD, "initrd", "/more", 0xca, 5 },
		{ MANIFEST_DEVICETREE, "devicetree", "/board.dtb", 0xca, 6 },
		{ MANIFEST_OVERLAY, "devicetree-overlay", "/o.dtbo", 0xca, 7 },
		{ MANIFEST_OVERLAY, "devicetree-overlay", "/p.dtbo", 0x3e, 8 },
		{ MANIFEST_OPTIONS, "options", "-", 0x3e, 9 },
	};
	struct manifest_view v;
	struct error err;

	(void)state;
	assert_ok(&err, manifest_parse(span_of_text(text), &v, &err));
	assert_int_equal(v.count, test_count(want));
	for (size_t i = 0; i < test_count(want); i++) {
		assert_int_equal(v.rows[i].role, want[i].role);
		assert_string_equal(manifest_role_name(v.rows[i].role),
				    want[i].name);
		assert_span_text(v.rows[i].path, want[i].path);
		assert_int_equal(v.rows[i].sha256[0], want[i].first);
		assert_int_equal(v.rows[i].line, want[i].line);
	}
	assert_int_equal(v.rows[0].sha256[31], 0xbb);
	assert_int_equal(v.rows[1].sha256[31], 0x9d);
}

static void each_fault_has_its_code(void **state)
{
	static const struct {
		const char *text;
		enum status want;
	} bad[] = {
		{ "", E_MANIFEST_NO_LINUX },
		{ "# nothing\n", E_MANIFEST_NO_LINUX },
		{ "initrd " A " /i\n", E_MANIFEST_NO_LINUX },
		{ "linux\n", E_MANIFEST_LINE },
		{ "linux " A "\n", E_MANIFEST_LINE },
		{ "linux " A "  \n", E_MANIFEST_LINE },
		{ A "  /vmlinuz\n", E_MANIFEST_LINE },
		{ "kernel " A " /k\n", E_MANIFEST_ROLE },
		{ "Linux " A " /k\n", E_MANIFEST_ROLE },
		{ "linux: " A " /k\n", E_MANIFEST_ROLE },
		{ "linux x /k\n", E_MANIFEST_DIGEST },
		{ "linux " A "00 /k\n", E_MANIFEST_DIGEST },
		{ "linux /k " A "\n", E_MANIFEST_DIGEST },
		{ "linux g" A " /k\n", E_MANIFEST_DIGEST },
		{ "linux ga978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b98077"
		  "85afee48bb /k\n",
		  E_MANIFEST_DIGEST },
		{ "linux " A " k\n", E_MANIFEST_PATH },
		{ "linux " A " */k\n", E_MANIFEST_PATH },
		{ "linux " A " -\n", E_MANIFEST_PATH },
		{ "linux " A " /k\noptions " A " /o\n", E_MANIFEST_PATH },
		{ "linux " A " /k\noptions " A " - -\n", E_MANIFEST_PATH },
		{ "linux " A " /k\nlinux " A " /k\n", E_MANIFEST_TWICE },
		{ "linux " A " /k\noptions " A " -\noptions " H " -\n",
		  E_MANIFEST_TWICE },
		{ "linux " A " /k\ndevicetree " A " /d\ninitrd " A
		  " /i\ndevicetree " A " /e\n",
		  E_MANIFEST_TWICE },
		{ "linux " A " /k\x01\n", E_MANIFEST_CONTROL },
		{ "linux " A " /k\x7f\n", E_MANIFEST_CONTROL },
		{ "linux " A " /k\rlinux " A " /k\n", E_MANIFEST_CONTROL },
		{ "linux " A " /\x1b[2J\n", E_MANIFEST_CONTROL },
	};

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		struct manifest_view v;
		struct error err;

		print_message("%s\n", bad[i].text);
		assert_refused(bad[i].want, &err,
			       parse(span_of_text(bad[i].text), &v, &err));
	}
}

static void a_nul_is_no_end(void **state)
{
	static const char text[] = "linux " A " /k\n\0initrd " A " /i\n";
	struct manifest_view v;
	struct error err;

	(void)state;
	assert_refused(E_MANIFEST_CONTROL, &err,
		       parse(span_of(text, sizeof(text) - 1), &v, &err));
}

static void sizes_have_limits(void **state)
{
	static char text[MANIFEST_SIZE_MAX + 1];
	struct manifest_view v;
	struct error err;
	size_t at;

	(void)state;
	at = (size_t)snprintf(text, sizeof(text), "linux %s /k\n", A);
	for (unsigned i = 1; i < MANIFEST_ROWS_MAX; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
				       "initrd %s /i\n", A);
	assert_ok(&err, parse(span_of(text, at), &v, &err));
	assert_int_equal(v.count, MANIFEST_ROWS_MAX);
	at += (size_t)snprintf(text + at, sizeof(text) - at, "initrd %s /i\n",
			       A);
	assert_refused(E_MANIFEST_TOO_MANY, &err,
		       parse(span_of(text, at), &v, &err));

	memset(text, '\n', sizeof(text));
	memcpy(text, "linux " A " /k", 6 + 64 + 3);
	assert_ok(&err, parse(span_of(text, MANIFEST_SIZE_MAX), &v, &err));
	assert_refused(E_MANIFEST_SIZE, &err,
		       parse(span_of(text, MANIFEST_SIZE_MAX + 1), &v, &err));
}

static void every_cut_is_read_or_refused(void **state)
{
	static const char text[] = "linux " A "  /k\ninitrd " A "  /i\n";
	size_t first = 6 + 64 + 3; /* up to the path's "/" */

	(void)state;
	for (size_t len = 0; len < strlen(text); len++) {
		struct manifest_view v, before;
		enum status s;

		memset(&v, 0xa5, sizeof(v));
		before = v;
		s = parse(span_of(text, len), &v, NULL);
		if (s != OK) {
			assert_memory_equal(&v, &before, sizeof(v));
			continue;
		}
		/* a shorter path is another path: the signature is over all */
		assert_true(len >= first);
		assert_int_equal(v.count, len < first + 3 ? 1 : 2);
	}
}

static void unknown_roles_have_a_name(void **state)
{
	(void)state;
	assert_string_equal(manifest_role_name((enum manifest_role)0),
			    "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_role_is_read),
		cmocka_unit_test(each_fault_has_its_code),
		cmocka_unit_test(a_nul_is_no_end),
		cmocka_unit_test(sizes_have_limits),
		cmocka_unit_test(every_cut_is_read_or_refused),
		cmocka_unit_test(unknown_roles_have_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
