/*
 * Which device tree the next kernel gets: of UKIs and addons built in memory,
 * with trees that dtc made.
 */
#include "load_devicetree.h"

#include "fdt_trees.h"
#include "format/fdt_overlay.h"
#include "image_build.h"
#include "load_plan.h"
#include "uki_build.h"

static const struct verify_context off = { .mode = VERIFY_OFF };
static struct load_request request;

static int end(void **state)
{
	(void)state;
	load_request_drop(&request);
	return 0;
}

static struct raw_image raw_of(struct span bytes, const char *name)
{
	struct raw_image raw = { .blob = BLOB_NONE };
	struct blob_writer w;
	struct error err;

	snprintf(raw.name, sizeof(raw.name), "%s", name);
	assert_ok(&err, blob_begin("test", &w, &err));
	assert_ok(&err, blob_append(&w, bytes, &err));
	assert_ok(&err, blob_finish(&w, &raw.blob, &err));
	return raw;
}

static void begin_uki(struct pe_build *b)
{
	_drop_pe_ struct pe_build kernel;

	bzimage_build(&kernel);
	pe_build_begin(b, PE_MACHINE_X86_64, UKI_BUILD_HEADERS);
	pe_build_text(b, ".sdmagic", UKI_BUILD_MAGIC_262);
	pe_build_section(b, ".linux", pe_build_file(&kernel));
}

/* A tree for a board, whose model says where it stood. */
static void add_tree(struct pe_build *b, const char *section,
		     const char *compatible, const char *model)
{
	_drop_copy_ struct span tree = { 0 };
	char source[256];

	snprintf(source, sizeof(source),
		 "/dts-v1/;\n/ { compatible = \"%s\", \"x,soc\"; model = "
		 "\"%s\"; };\n",
		 compatible, model);
	tree = dtc("-@ -I dts -O dtb -a 8", source, strlen(source));
	pe_build_section(b, section, tree);
}

static void use_uki(const struct pe_build *b, uint32_t profile)
{
	struct raw_image raw = raw_of(pe_build_file(b), "/x.efi");
	struct error err;

	request.profile = profile;
	assert_ok(&err, verify_image(&raw, &off, &request.image, &err));
}

static void use_addon(const struct pe_build *b, const char *name)
{
	struct raw_image raw = raw_of(pe_build_file(b), name);
	struct error err;

	assert_ok(&err,
		  verify_addon(&raw, &off,
			       &request.addons[request.addon_count++], &err));
}

/* The model of the tree that is chosen, or "" if none is. */
static void assert_model(const char *want, const char *source)
{
	_drop_blob_ struct blob tree = BLOB_NONE;
	struct devicetree_plan plan;
	struct error err;

	load_plan_devicetree(&request, &plan);
	assert_string_equal(plan.source.text, source);
	assert_ok(&err, load_build_devicetree(&request, &plan, &tree, &err));
	if (!want[0])
		assert_int_equal(tree.fd, -1);
	else
		assert_string_equal(
			fdt_getprop(tree.bytes.ptr, 0, "model", NULL), want);
}

static void the_firmwares_tree_chooses(void **state)
{
	_drop_pe_ struct pe_build b;

	(void)state;
	begin_uki(&b);
	add_tree(&b, ".dtb", "any,board", "plain");
	add_tree(&b, ".dtbauto", "a,board", "base a");
	add_tree(&b, ".dtbauto", "b,board", "base b");
	add_tree(&b, ".dtbauto", "b,board", "base second b");
	pe_build_text(&b, ".profile", "ID=x\n");
	pe_build_text(&b, ".profile", "ID=y\n");
	add_tree(&b, ".dtbauto", "b,board", "profile b");
	use_uki(&b, 0);
	assert_model("plain", ".dtb of /x.efi");
	snprintf(request.firmware.compatible,
		 sizeof(request.firmware.compatible), "b,board");
	assert_model("base b", ".dtbauto of /x.efi");
	request.profile = 1;
	assert_model("profile b", ".dtbauto of /x.efi");
	snprintf(request.firmware.compatible,
		 sizeof(request.firmware.compatible), "a,board");
	assert_model("base a", ".dtbauto of /x.efi");
	/* Not the second string, and not the beginning of the first. */
	snprintf(request.firmware.compatible,
		 sizeof(request.firmware.compatible), "x,soc");
	assert_model("plain", ".dtb of /x.efi");
	snprintf(request.firmware.compatible,
		 sizeof(request.firmware.compatible), "a,boar");
	assert_model("plain", ".dtb of /x.efi");
}

/* SMBIOS type 1 of a machine of maker M, product P. */
static void set_machine(void)
{
	static const uint8_t table[] = "\1\x1b\0\0\1\2\0\0\0\0\0\0\0\0\0\0\0"
				       "\0\0\0\0\0\0\0\0\0\0M\0P\0";

	request.firmware.smbios = malloc(sizeof(table));
	request.firmware.smbios_len = sizeof(table);
	memcpy(request.firmware.smbios, table, sizeof(table));
}

/* Of SHA-1 over the name space and "M&P" in UTF-16, by Python's hashlib. */
static const uint8_t machine_id[] = { 0x9a, 0xfe, 0x53, 0xed, 0x5a, 0xdd,
				      0xc0, 0x5c, 0x8a, 0xfa, 0x51, 0xe6,
				      0x86, 0xf8, 0x11, 0x31 };

static void add_hwids(struct pe_build *b, const uint8_t *chid,
		      const char *compatible)
{
	uint8_t table[56 + 64] = { 0 };

	store_le32(table, 0x1000001c);
	memcpy(table + 4, chid, 16);
	store_le32(table + 24, 56);
	memcpy(table + 56, compatible, strlen(compatible) + 1);
	pe_build_section(b, ".hwids", span_of(table, sizeof(table)));
}

static void hardware_ids_choose_without_one(void **state)
{
	static const uint8_t other[16] = { 1 };
	_drop_pe_ struct pe_build b, stranger;

	(void)state;
	set_machine();
	begin_uki(&b);
	add_hwids(&b, machine_id, "b,board");
	add_tree(&b, ".dtbauto", "a,board", "a");
	add_tree(&b, ".dtbauto", "b,board", "b");
	use_uki(&b, 0);
	assert_model("b", ".dtbauto of /x.efi");
	/* What the firmware says of itself counts more. */
	snprintf(request.firmware.compatible,
		 sizeof(request.firmware.compatible), "a,board");
	assert_model("a", ".dtbauto of /x.efi");
	request.firmware.compatible[0] = '\0';
	verified_image_drop(&request.image);
	begin_uki(&stranger);
	add_hwids(&stranger, other, "b,board");
	add_tree(&stranger, ".dtbauto", "b,board", "b");
	use_uki(&stranger, 0);
	assert_model("", "");
	assert_int_equal(request.notes.count, 0);
}

static void broken_sections_choose_nothing(void **state)
{
	_drop_pe_ struct pe_build b, c;

	(void)state;
	begin_uki(&b);
	pe_build_text(&b, ".hwids", "no table at all, but long enough for one");
	add_tree(&b, ".dtbauto", "b,board", "b");
	use_uki(&b, 0);
	assert_model("", "");
	assert_non_null(strstr(request.notes.text[0],
			       "/x.efi: its .hwids chooses nothing: "));
	verified_image_drop(&request.image);
	begin_uki(&c);
	pe_build_text(&c, ".dtbauto", "no tree");
	add_tree(&c, ".dtbauto", "b,board", "b");
	use_uki(&c, 0);
	snprintf(request.firmware.compatible,
		 sizeof(request.firmware.compatible), "b,board");
	assert_model("b", ".dtbauto of /x.efi");
	assert_non_null(strstr(request.notes.text[request.notes.count - 1],
			       "a .dtbauto of 7 bytes is no device tree"));
}

static void the_last_addon_wins(void **state)
{
	_drop_pe_ struct pe_build b, one, two, three;

	(void)state;
	begin_uki(&b);
	add_tree(&b, ".dtb", "a,board", "uki");
	use_uki(&b, 0);
	pe_build_begin(&one, PE_MACHINE_X86_64, UKI_BUILD_HEADERS);
	pe_build_text(&one, ".sdmagic", UKI_BUILD_MAGIC_ADDON);
	add_tree(&one, ".dtb", "a,board", "plain of one");
	add_tree(&one, ".dtbauto", "b,board", "auto of one");
	use_addon(&one, "/one");
	assert_model("plain of one", ".dtb of /one");
	snprintf(request.firmware.compatible,
		 sizeof(request.firmware.compatible), "b,board");
	assert_model("auto of one", ".dtbauto of /one");
	pe_build_begin(&two, PE_MACHINE_X86_64, UKI_BUILD_HEADERS);
	pe_build_text(&two, ".sdmagic", UKI_BUILD_MAGIC_ADDON);
	add_tree(&two, ".dtb", "a,board", "two");
	use_addon(&two, "/two");
	pe_build_begin(&three, PE_MACHINE_X86_64, UKI_BUILD_HEADERS);
	pe_build_text(&three, ".sdmagic", UKI_BUILD_MAGIC_ADDON);
	pe_build_text(&three, ".cmdline", "no tree");
	use_addon(&three, "/three");
	assert_model("two", ".dtb of /two");
}

static struct verified_image *loose(struct span bytes, const char *name)
{
	struct raw_image raw = raw_of(bytes, name);
	struct verified_image *image = NULL;
	struct error err;

	assert_ok(&err, verify_loose_file(&raw, &off, &image, &err));
	return image;
}

static void overlays_go_on_the_entrys_tree(void **state)
{
	static const char base[] = "/dts-v1/;\n/ { model = \"base\"; "
				   "n: node { }; };\n";
	static const char first[] = "/dts-v1/;\n/plugin/;\n&{/} { model = "
				    "\"first\"; };\n&n { a; };\n";
	static const char second[] = "/dts-v1/;\n/plugin/;\n&n { b; m: c {};"
				     " };\n&{/} { model = \"second\"; };\n";
	static const char bad[] = "/dts-v1/;\n/plugin/;\n&other { x; };\n";
	static const char symbols[] = "-@ -I dts -O dtb -a 8";
	_drop_copy_ struct span tree = dtc(symbols, base, sizeof(base) - 1);
	_drop_copy_ struct span one = dtc(symbols, first, sizeof(first) - 1);
	_drop_copy_ struct span two = dtc(symbols, second, sizeof(second) - 1);
	_drop_copy_ struct span wrong = dtc(symbols, bad, sizeof(bad) - 1);
	_drop_blob_ struct blob built = BLOB_NONE;
	_drop_pe_ struct pe_build kernel;
	struct devicetree_plan plan;
	struct raw_image raw;
	struct error err;

	(void)state;
	bzimage_build(&kernel);
	raw = raw_of(pe_build_file(&kernel), "/vmlinuz");
	assert_ok(&err, verify_image(&raw, &off, &request.image, &err));
	request.dtb = loose(tree, "/base.dtb");
	request.overlays[request.overlay_count++] = loose(one, "/one.dtbo");
	request.overlays[request.overlay_count++] = loose(two, "/two.dtbo");
	assert_model("second", "/base.dtb");
	load_plan_devicetree(&request, &plan);
	assert_ok(&err, load_build_devicetree(&request, &plan, &built, &err));
	assert_true(fdt_path_offset(built.bytes.ptr, "/node/c") >= 0);
	request.overlays[request.overlay_count++] = loose(wrong, "/bad.dtbo");
	blob_drop(&built);
	assert_refused(E_FDT_OVERLAY, &err,
		       load_build_devicetree(&request, &plan, &built, &err));
	assert_non_null(strstr(err.text, "/bad.dtbo: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(the_firmwares_tree_chooses, end),
		cmocka_unit_test_teardown(hardware_ids_choose_without_one, end),
		cmocka_unit_test_teardown(broken_sections_choose_nothing, end),
		cmocka_unit_test_teardown(the_last_addon_wins, end),
		cmocka_unit_test_teardown(overlays_go_on_the_entrys_tree, end),
	};

	return cmocka_run_group_tests(tests, make_trees, drop_trees);
}
