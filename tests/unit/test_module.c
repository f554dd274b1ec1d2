/* Modules: which files are handed to the kernel, in which order, and what
 * becomes of tables and files that are wrong. The kernel's side is played. */
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static long fault_syscall(long number, int fd, const char *params, int flags);
#define syscall fault_syscall
#include "boot/sys/module.c"
#undef syscall

#include "scratch.h"
#include "test.h"

/* What the kernel was given, and what it answers for one file. */
static struct {
	char log[1024];
	const char *refuse; /* a part of the path */
	int fail;	    /* its errno */
} kernel;

static long fault_syscall(long number, int fd, const char *params, int flags)
{
	char link[64], path[512] = "";
	const char *base;

	assert_int_equal(number, SYS_finit_module);
	assert_string_equal(params, "async_probe");
	assert_int_equal(flags, 0);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	assert_true(readlink(link, path, sizeof(path) - 1) > 0);
	base = strrchr(path, '/') + 1;
	if (kernel.refuse && strstr(path, kernel.refuse)) {
		errno = kernel.fail;
		return -1;
	}
	strcat(kernel.log, base);
	strcat(kernel.log, " ");
	return 0;
}

static const char dep[] =
	"kernel/fs/fat/vfat.ko: kernel/fs/fat/fat.ko\n"
	"kernel/fs/fat/fat.ko:\n"
	"kernel/drivers/nvme/host/nvme.ko: "
	"kernel/drivers/nvme/host/nvme-core.ko kernel/lib/crc.ko "
	"kernel/lib/base.ko\n"
	"kernel/drivers/nvme/host/nvme-core.ko: kernel/lib/crc.ko "
	"kernel/lib/base.ko\n"
	"kernel/lib/crc.ko: kernel/lib/base.ko\n"
	"kernel/lib/base.ko:\n";

static const char alias[] = "# Aliases extracted from modules themselves.\n"
			    "alias pci:v*d*sv*sd*bc01sc08i02* nvme\n"
			    "alias virtio:d00000002v* nvme_core\n"
			    "alias fs-vfat vfat\n"
			    "alias pci:v*d*sv*sd*bc01sc08i02* base\n"
			    "alias usb:v0001p*d0[1-4A]*dc* crc\n"
			    "alias gone:* not_in_the_table\n";

static struct scratch make_tree(const char *dep_text, const char *alias_text)
{
	static const char *const files[] = {
		"fs/fat/vfat.ko",
		"fs/fat/fat.ko",
		"drivers/nvme/host/nvme.ko",
		"drivers/nvme/host/nvme-core.ko",
		"lib/crc.ko",
		"lib/base.ko",
	};
	struct scratch s = scratch_make();
	char path[128];

	memset(&kernel, 0, sizeof(kernel));
	scratch_text(&s, "lib/modules/6.1/modules.dep", dep_text);
	if (alias_text)
		scratch_text(&s, "lib/modules/6.1/modules.alias", alias_text);
	for (size_t i = 0; i < test_count(files); i++) {
		snprintf(path, sizeof(path), "lib/modules/6.1/kernel/%s",
			 files[i]);
		scratch_text(&s, path, "module");
	}
	return s;
}

static void close_tree(struct module_tree **tree)
{
	module_tree_close(*tree);
}
#define _close_tree_ __attribute__((cleanup(close_tree)))

static struct module_tree *open_tree(const struct scratch *s)
{
	struct module_tree *tree;
	struct error err;

	assert_ok(&err, module_tree_open(s->dir, "6.1", &tree, &err));
	return tree;
}

/* --- names ---------------------------------------------------------------- */

static void test_load_name(void **state)
{
	_drop_scratch_ struct scratch s = make_tree(dep, alias);
	_close_tree_ struct module_tree *tree = open_tree(&s);
	struct module_result result = { 0 };
	struct error err;

	(void)state;
	assert_ok(&err, module_load_name(tree, "nvme", &result, &err));
	assert_string_equal(kernel.log, "base.ko crc.ko nvme-core.ko nvme.ko ");
	assert_int_equal(result.loaded, 4);
	assert_int_equal(result.failed, 0);
	/* Once is enough. */
	assert_ok(&err, module_load_name(tree, "nvme", &result, &err));
	assert_ok(&err, module_load_name(tree, "crc", &result, &err));
	assert_int_equal(result.loaded, 4);
}

static void test_names(void **state)
{
	static const char *const same[] = { "nvme-core", "nvme_core" };
	static const char *const unknown[] = {
		"",   "nvm", "nvmecore",  "core", "nvme-core.ko",
		"ko", ".ko", "nvme-core-"
	};

	(void)state;
	for (size_t i = 0; i < test_count(same); i++) {
		_drop_scratch_ struct scratch s = make_tree(dep, alias);
		_close_tree_ struct module_tree *tree = open_tree(&s);
		struct module_result result = { 0 };
		struct error err;

		assert_ok(&err, module_load_name(tree, same[i], &result, &err));
		assert_int_equal(result.loaded, 3);
	}
	for (size_t i = 0; i < test_count(unknown); i++) {
		_drop_scratch_ struct scratch s = make_tree(dep, alias);
		_close_tree_ struct module_tree *tree = open_tree(&s);
		struct module_result result = { 0 };
		struct error err;

		assert_refused(
			E_MODULE_UNKNOWN, &err,
			module_load_name(tree, unknown[i], &result, &err));
	}
}

static void test_list(void **state)
{
	_drop_scratch_ struct scratch s = make_tree(dep, alias);
	_close_tree_ struct module_tree *tree = open_tree(&s);
	struct module_result result = { 0 };
	struct error err;

	(void)state;
	assert_ok(&err, module_load_list(tree, scratch_path(&s, "no"), &result,
					 &err));
	scratch_text(&s, "list",
		     "# what the ESP needs\n\n  vfat # and fat\r\n"
		     "nothing\n\tcrc");
	assert_ok(&err, module_load_list(tree, scratch_path(&s, "list"),
					 &result, &err));
	assert_string_equal(kernel.log, "fat.ko vfat.ko base.ko crc.ko ");
	assert_int_equal(result.loaded, 4);
	assert_int_equal(result.failed, 1);
	assert_refused(E_MODULE_READ, &err,
		       module_load_list(tree, s.dir, &result, &err));
}

/* --- what the kernel answers ---------------------------------------------- */

static void test_already_there(void **state)
{
	_drop_scratch_ struct scratch s = make_tree(dep, alias);
	_close_tree_ struct module_tree *tree = open_tree(&s);
	struct module_result result = { 0 };
	struct error err;

	(void)state;
	kernel.refuse = "fat.ko";
	kernel.fail = EEXIST;
	assert_ok(&err, module_load_name(tree, "vfat", &result, &err));
	assert_int_equal(result.loaded, 0);
	assert_int_equal(result.failed, 0);
}

static void test_refused(void **state)
{
	static const int errors[] = { ENODEV, ENOEXEC, EKEYREJECTED, ENOMEM,
				      EPERM };

	(void)state;
	for (size_t i = 0; i < test_count(errors); i++) {
		_drop_scratch_ struct scratch s = make_tree(dep, alias);
		_close_tree_ struct module_tree *tree = open_tree(&s);
		struct module_result result = { 0 };
		struct error err;

		kernel.refuse = "crc.ko";
		kernel.fail = errors[i];
		assert_refused(E_MODULE_LOAD, &err,
			       module_load_name(tree, "nvme", &result, &err));
		assert_int_equal(err.sys, errors[i]);
		assert_string_equal(kernel.log, "base.ko ");
		assert_int_equal(result.failed, 1);
		/* Neither it nor what needs it is tried again. */
		kernel.refuse = NULL;
		assert_refused(E_MODULE_LOAD, &err,
			       module_load_name(tree, "crc", &result, &err));
		assert_refused(E_MODULE_LOAD, &err,
			       module_load_name(tree, "nvme", &result, &err));
		assert_string_equal(kernel.log, "base.ko ");
		assert_int_equal(result.failed, 1);
	}
}

static void test_file_missing(void **state)
{
	_drop_scratch_ struct scratch s = make_tree(dep, alias);
	_close_tree_ struct module_tree *tree = open_tree(&s);
	struct module_result result = { 0 };
	struct error err;

	(void)state;
	unlink(scratch_path(&s, "lib/modules/6.1/kernel/fs/fat/fat.ko"));
	assert_refused(E_MODULE_LOAD, &err,
		       module_load_name(tree, "vfat", &result, &err));
	assert_int_equal(err.sys, ENOENT);
}

/* --- tables --------------------------------------------------------------- */

static void test_tables_broken(void **state)
{
	static const struct {
		const char *dep, *alias;
		enum status want;
	} cases[] = {
		{ "", "", OK },
		{ "\n\n# comment\n", "\n \n", OK },
		{ "a.ko:", "alias x a", OK },
		{ "a.ko b.ko\n", "", E_MODULE_TABLE },
		{ "a.ko:\nb.ko\n", "", E_MODULE_TABLE },
		{ "", "alias\n", E_MODULE_TABLE },
		{ "", "alias x\n", E_MODULE_TABLE },
		{ "", "aliases x y\n", E_MODULE_TABLE },
		{ "", "x\n", E_MODULE_TABLE },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_scratch_ struct scratch s =
			make_tree(cases[i].dep, cases[i].alias);
		struct module_tree *tree = NULL;
		struct error err;

		assert_status(cases[i].want,
			      module_tree_open(s.dir, "6.1", &tree, &err));
		module_tree_close(tree);
	}
}

/* Every length of the tables: opened or refused, never more than that. */
static void test_tables_truncated(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof(alias); len += 3) {
		_drop_scratch_ struct scratch s = make_tree("", NULL);
		struct module_result result = { 0 };
		struct module_tree *tree = NULL;
		enum status got;

		scratch_file(&s, "lib/modules/6.1/modules.dep",
			     span_of(dep, len < sizeof(dep) ? len : 0));
		scratch_file(&s, "lib/modules/6.1/modules.alias",
			     span_of(alias, len));
		got = module_tree_open(s.dir, "6.1", &tree, NULL);
		assert_true(got == OK || got == E_MODULE_TABLE);
		if (got == OK)
			module_load_alias(tree, "fs-vfat", &result);
		module_tree_close(tree);
	}
}

static void test_no_tree(void **state)
{
	_drop_scratch_ struct scratch s = make_tree(dep, NULL);
	struct module_tree *tree = NULL;
	struct error err;

	(void)state;
	assert_refused(E_MODULE_NONE, &err,
		       module_tree_open(s.dir, "6.2", &tree, &err));
	assert_ok(&err, module_tree_open(s.dir, "6.1", &tree, &err));
	module_tree_close(tree);
	unlink(scratch_path(&s, "lib/modules/6.1/modules.dep"));
	assert_refused(E_MODULE_NONE, &err,
		       module_tree_open(s.dir, "6.1", &tree, &err));
	scratch_folder(&s, "lib/modules/6.1/modules.dep");
	assert_refused(E_MODULE_READ, &err,
		       module_tree_open(s.dir, "6.1", &tree, &err));
}

static void test_table_too_large(void **state)
{
	_drop_scratch_ struct scratch s = make_tree(dep, alias);
	struct module_tree *tree = NULL;
	struct error err;

	(void)state;
	assert_int_equal(
		truncate(scratch_path(&s, "lib/modules/6.1/modules.dep"),
			 (off_t)TABLE_MAX + 1),
		0);
	assert_refused(E_MODULE_TABLE, &err,
		       module_tree_open(s.dir, "6.1", &tree, &err));
}

static void test_needs(void **state)
{
	static const struct {
		const char *dep;
		enum status want;
	} cases[] = {
		{ "kernel/lib/base.ko: kernel/lib/base.ko\n", E_MODULE_LOOP },
		{ "kernel/lib/base.ko: kernel/lib/crc.ko\n"
		  "kernel/lib/crc.ko: kernel/lib/base.ko\n",
		  E_MODULE_LOOP },
		{ "kernel/lib/base.ko: kernel/lib/no.ko\n", E_MODULE_UNKNOWN },
		{ "kernel/lib/base.ko.xz:\n", E_MODULE_COMPRESSED },
		{ "kernel/lib/base.ko: kernel/lib/crc.ko.zst\n"
		  "kernel/lib/crc.ko.zst:\n",
		  E_MODULE_COMPRESSED },
		{ "kernel/lib/base.ko:  kernel/lib/crc.ko  \n"
		  "kernel/lib/crc.ko:\n",
		  OK },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_scratch_ struct scratch s = make_tree(cases[i].dep, "");
		_close_tree_ struct module_tree *tree = open_tree(&s);
		struct module_result result = { 0 };
		struct error err;

		assert_status(cases[i].want,
			      module_load_name(tree, "base", &result, &err));
	}
}

/* A chain that is longer than the stack should be deep. */
static void test_needs_long(void **state)
{
	char text[8192];
	struct text t = text_over(text, sizeof(text));

	(void)state;
	for (int i = 0; i < 100; i++)
		text_addf(&t, "m%d.ko: m%d.ko\n", i, i + 1);
	text_add(&t, "m100.ko:\n");
	{
		_drop_scratch_ struct scratch s = make_tree(text, "");
		_close_tree_ struct module_tree *tree = open_tree(&s);
		struct module_result result = { 0 };
		struct error err;

		assert_refused(E_MODULE_LOOP, &err,
			       module_load_name(tree, "m0", &result, &err));
	}
}

/* --- aliases -------------------------------------------------------------- */

static void test_alias(void **state)
{
	static const struct {
		const char *modalias, *log;
	} cases[] = {
		{ "virtio:d00000002v00001AF4", "base.ko crc.ko nvme-core.ko " },
		{ "virtio:d00000001v00001AF4", "" },
		{ "fs-vfat", "fat.ko vfat.ko " },
		{ "fs-vfat2", "" },
		{ "fs-vfa", "" },
		{ "gone:x", "" },
		{ "", "" },
		{ "pci:v00001B36d00000010sv1sd2bc01sc08i02",
		  "base.ko crc.ko nvme-core.ko nvme.ko " },
		{ "pci:v00001B36d00000010sv1sd2bc01sc08i01", "" },
		{ "*", "" },
		{ "usb:v0001p0002d0100dc00", "base.ko crc.ko " },
		{ "usb:v0001pd0Adc", "base.ko crc.ko " },
		{ "usb:v0001p0002d0500dc00", "" },
		{ "usb:v0001p0002d0-00dc00", "" },
		{ "usb:v0001p0002d0", "" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_scratch_ struct scratch s = make_tree(dep, alias);
		_close_tree_ struct module_tree *tree = open_tree(&s);
		struct module_result result = { 0 };

		module_load_alias(tree, cases[i].modalias, &result);
		assert_string_equal(kernel.log, cases[i].log);
		module_load_alias(tree, cases[i].modalias, &result);
		assert_string_equal(kernel.log, cases[i].log);
		assert_int_equal(result.failed, 0);
	}
}

/* The table of modaliases that were seen, through its growth. */
static void test_alias_many(void **state)
{
	_drop_scratch_ struct scratch s = make_tree(dep, alias);
	_close_tree_ struct module_tree *tree = open_tree(&s);
	struct module_result result = { 0 };
	char modalias[32];

	(void)state;
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 5000; i++) {
			snprintf(modalias, sizeof(modalias), "usb:%d", i);
			module_load_alias(tree, modalias, &result);
		}
	assert_int_equal(tree->seen_count, 5000);
	module_load_alias(tree, "fs-vfat", &result);
	assert_int_equal(result.loaded, 2);
}

static void test_coldplug(void **state)
{
	_drop_scratch_ struct scratch s = make_tree(dep, alias);
	_close_tree_ struct module_tree *tree = open_tree(&s);
	struct module_result result = { 0 };

	(void)state;
	module_coldplug(tree, scratch_path(&s, "sys"), &result);
	assert_int_equal(result.loaded, 0);
	scratch_text(&s, "sys/devices/pci/a/modalias",
		     "virtio:d00000002v00001AF4\n");
	scratch_text(&s, "sys/devices/b/modalias", "fs-vfat\n");
	scratch_folder(&s, "sys/devices/c");
	scratch_folder(&s, "sys/bus/virtio/devices");
	scratch_folder(&s, "sys/bus/x/devices");
	scratch_folder(&s, "sys/bus/none");
	assert_int_equal(symlink("../../../devices/pci/a",
				 scratch_path(&s, "sys/bus/virtio/devices/a")),
			 0);
	assert_int_equal(symlink("../../../devices/b",
				 scratch_path(&s, "sys/bus/x/devices/b")),
			 0);
	assert_int_equal(symlink("../../../devices/c",
				 scratch_path(&s, "sys/bus/x/devices/c")),
			 0);
	assert_int_equal(
		symlink("nothing", scratch_path(&s, "sys/bus/x/devices/d")), 0);
	module_coldplug(tree, scratch_path(&s, "sys"), &result);
	assert_int_equal(result.loaded, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load_name),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_already_there),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_file_missing),
		cmocka_unit_test(test_tables_broken),
		cmocka_unit_test(test_tables_truncated),
		cmocka_unit_test(test_no_tree),
		cmocka_unit_test(test_table_too_large),
		cmocka_unit_test(test_needs),
		cmocka_unit_test(test_needs_long),
		cmocka_unit_test(test_alias),
		cmocka_unit_test(test_alias_many),
		cmocka_unit_test(test_coldplug),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
