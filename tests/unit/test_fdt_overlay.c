/* Overlays put on trees that dtc made when the tests start. */
#include "format/fdt_overlay.h"

#include "fdt_trees.h"

#define BASE                                                                   \
	"/dts-v1/;\n/ { compatible = \"vendor,board\", \"vendor,soc\";\n"      \
	"	bus: bus { uart: uart@0 { status = \"disabled\"; }; }; };\n"
#define OVERLAY                                                                \
	"/dts-v1/;\n/plugin/;\n"                                               \
	"&uart { status = \"okay\"; extra { link = <&bus>; }; };\n"

static struct span make(const char *options, const char *source)
{
	return dtc(options, source, strlen(source));
}

static const char symbols[] = "-@ -I dts -O dtb -a 8";

static enum status apply(struct span base, struct span overlay, size_t room,
			 struct guarded *out, uint32_t *ret_size,
			 struct error *err)
{
	_drop_guarded_ struct guarded copy =
		guard_make((overlay.len + 7) & ~(size_t)7);

	memcpy(copy.ptr, overlay.ptr, overlay.len);
	*out = guard_make(room);
	return fdt_overlay(base, copy.ptr, overlay.len, out->ptr, room,
			   ret_size, err);
}

static void an_overlay_is_merged(void **state)
{
	_drop_copy_ struct span base = make(symbols, BASE);
	_drop_copy_ struct span overlay = make(symbols, OVERLAY);
	_drop_guarded_ struct guarded out = { 0 };
	uint32_t size, checked;
	struct error err;
	int uart, extra, len;

	(void)state;
	assert_ok(&err,
		  apply(base, overlay, fdt_overlay_room(base.len, overlay.len),
			&out, &size, &err));
	assert_ok(&err, fdt_check_tree(span_of(out.ptr, size), &checked, &err));
	assert_int_equal(checked, size);
	uart = fdt_path_offset(out.ptr, "/bus/uart@0");
	assert_string_equal(fdt_getprop(out.ptr, uart, "status", &len), "okay");
	extra = fdt_subnode_offset(out.ptr, uart, "extra");
	assert_true(extra >= 0);
	assert_int_equal(
		fdt_get_phandle(out.ptr, fdt_path_offset(out.ptr, "/bus")),
		fdt32_to_cpu(*(const fdt32_t *)fdt_getprop(out.ptr, extra,
							   "link", &len)));
}

static void what_does_not_fit_is_refused(void **state)
{
	_drop_copy_ struct span plain = make("-I dts -O dtb -a 8", BASE);
	_drop_copy_ struct span base = make(symbols, BASE);
	_drop_copy_ struct span overlay = make(symbols, OVERLAY);
	_drop_copy_ struct span other =
		make(symbols, "/dts-v1/;\n/plugin/;\n&spi { x; };\n");
	_drop_guarded_ struct guarded out = { 0 };
	uint32_t size;
	struct error err;

	(void)state;
	assert_refused(E_FDT_OVERLAY, &err,
		       apply(plain, overlay, 16384, &out, &size, &err));
	guard_drop(&out);
	assert_refused(E_FDT_OVERLAY, &err,
		       apply(base, other, 16384, &out, &size, &err));
	guard_drop(&out);
	assert_refused(E_FDT_ROOM, &err,
		       apply(base, overlay, (base.len + 15) & ~(size_t)7, &out,
			     &size, &err));
}

static void garbage_is_refused(void **state)
{
	_drop_copy_ struct span base = make(symbols, BASE);
	_drop_copy_ struct span overlay = make(symbols, OVERLAY);
	_drop_guarded_ struct guarded out = { 0 };
	uint32_t size;
	struct error err;

	(void)state;
	for (size_t len = 0; len < overlay.len; len += 3) {
		assert_int_not_equal(apply(base, span_of(overlay.ptr, len),
					   16384, &out, &size, &err),
				     OK);
		guard_drop(&out);
	}
	assert_refused(
		E_FDT_MAGIC, &err,
		apply(base, span_of(BASE, 64), 16384, &out, &size, &err));
}

static void the_first_compatible_counts(void **state)
{
	_drop_copy_ struct span base = make(symbols, BASE);
	_drop_copy_ struct span none_there =
		make(symbols, "/dts-v1/;\n/ { model = \"x\"; };\n");
	struct span found;

	(void)state;
	assert_true(fdt_first_compatible(base, &found));
	assert_span_text(found, "vendor,board");
	assert_false(fdt_first_compatible(none_there, &found));
	assert_false(fdt_first_compatible(span_of(base.ptr, 30), &found));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_overlay_is_merged),
		cmocka_unit_test(what_does_not_fit_is_refused),
		cmocka_unit_test(garbage_is_refused),
		cmocka_unit_test(the_first_compatible_counts),
	};

	return cmocka_run_group_tests(tests, make_trees, drop_trees);
}
