#include "format/fdt.h"

#include <limits.h>
#include <libfdt.h>
#include <string.h>

#define HEADER_LEN  40
#define VERSION_MIN 17 /* of 2007; older ones do not bound every block */
#define TREE_ALIGN  8  /* of the tree in memory, and of its reservations */
#define TOKEN_ALIGN 4  /* of the structure block */

/* Real trees have some twenty properties in /chosen. Removing one moves all
 * that follows, so a tree made of nothing else would take minutes. */
#define CHOSEN_PROPERTIES_MAX 1024

#define INITRD_START "linux,initrd-start"
#define INITRD_END   "linux,initrd-end"
#define IMA_BUFFER   "linux,ima-kexec-buffer"
#define KHO_PREFIX   "linux,kho-"
#define UEFI_PREFIX  "linux,uefi-"
#define UEFI_TABLE   "linux,uefi-system-table"
#define UEFI_SECURE  "linux,uefi-secure-boot"

/* What libfdt says about an edit, as a status. */
static enum status fdt_result(int result, const char *doing, struct error *err)
{
	if (result >= 0)
		return OK;
	return fail(
		err, result == -FDT_ERR_NOSPACE ? E_FDT_ROOM : E_FDT_CORRUPT,
		"device tree: unable to %s: %s", doing, fdt_strerror(result));
}

static enum status fdt_check_alignment(const void *at, struct error *err)
{
	if ((uintptr_t)at % TREE_ALIGN)
		return fail(err, E_FDT_ALIGNMENT,
			    "device tree lies %u bytes past a multiple of %u",
			    (unsigned)((uintptr_t)at % TREE_ALIGN), TREE_ALIGN);
	return OK;
}

/* What libfdt leaves open: sizes against the file and our limit, versions that
 * it cannot check, and the alignment of the blocks. */
static enum status fdt_check_fields(struct span blob, uint32_t *ret_size,
				    struct error *err)
{
	struct cursor c = cursor_over(blob);
	uint32_t magic = cursor_be32(&c);
	uint32_t size = cursor_be32(&c);
	uint32_t structure = cursor_be32(&c);
	uint32_t reservations, version;

	cursor_skip(&c, 4); /* strings */
	reservations = cursor_be32(&c);
	version = cursor_be32(&c);
	if (blob.len < HEADER_LEN)
		return fail(err, E_FDT_SHORT,
			    "device tree of %zu bytes is shorter than its "
			    "header of %u",
			    blob.len, HEADER_LEN);
	if (magic != FDT_MAGIC)
		return fail(err, E_FDT_MAGIC,
			    "device tree begins with 0x%08x, not with 0x%08x",
			    magic, FDT_MAGIC);
	if (size > FDT_SIZE_MAX)
		return fail(err, E_FDT_TOO_LARGE,
			    "device tree has %u bytes, it can have %u", size,
			    FDT_SIZE_MAX);
	if (size > blob.len)
		return fail(err, E_FDT_SHORT,
			    "device tree has %u bytes, %zu are there", size,
			    blob.len);
	if (version < VERSION_MIN)
		return fail(err, E_FDT_VERSION,
			    "device tree has version %u, the oldest that is "
			    "supported is %u",
			    version, VERSION_MIN);
	if (structure % TOKEN_ALIGN || reservations % TREE_ALIGN)
		return fail(err, E_FDT_CORRUPT,
			    "device tree's blocks lie at 0x%x and 0x%x, not at "
			    "multiples of %u and %u",
			    structure, reservations, TOKEN_ALIGN, TREE_ALIGN);
	*ret_size = size;
	return OK;
}

enum status fdt_check_tree(struct span blob, uint32_t *ret_size,
			   struct error *err)
{
	uint32_t size = 0;
	enum status s = fdt_check_fields(blob, &size, err);
	int result;

	if (s == OK)
		s = fdt_check_alignment(blob.ptr, err);
	if (s != OK)
		return s;
	result = fdt_check_full(blob.ptr, size);
	if (!result && !fdt_get_name(blob.ptr, 0, &result))
		return fail(err, E_FDT_CORRUPT,
			    "device tree of %u bytes has no root node", size);
	if (result)
		return fail(err, E_FDT_CORRUPT,
			    "device tree of %u bytes is corrupt: %s", size,
			    fdt_strerror(result));
	*ret_size = size;
	return OK;
}

/* --- memory reservations ------------------------------------------------- */

/* Removes the first reservation of exactly that range, if there is one. */
static enum status fdt_drop_range(void *fdt, uint64_t start, uint64_t len,
				  struct error *err)
{
	int count = fdt_num_mem_rsv(fdt);

	for (int i = 0; i < count; i++) {
		uint64_t at, size;

		if (!fdt_get_mem_rsv(fdt, i, &at, &size) && at == start &&
		    size == len)
			return fdt_result(fdt_del_mem_rsv(fdt, i),
					  "remove a memory reservation", err);
	}
	return OK;
}

/* The boot loader of last time reserved the tree it passed on. Where that was
 * is not known any more, only its size; two reservations of that size cannot be
 * told apart, and then both stay: that wastes some memory, the other mistake
 * would give the firmware's away. */
static enum status fdt_drop_own_range(void *fdt, uint32_t own_size,
				      struct error *err)
{
	int count = fdt_num_mem_rsv(fdt), found = -1;

	for (int i = 0; i < count; i++) {
		uint64_t at, size;

		if (fdt_get_mem_rsv(fdt, i, &at, &size) || size != own_size ||
		    at % TREE_ALIGN)
			continue;
		if (found >= 0)
			return OK;
		found = i;
	}
	if (found < 0)
		return OK;
	return fdt_result(fdt_del_mem_rsv(fdt, found),
			  "remove the reservation of the old tree", err);
}

/* Cells of 32 bits as one number; false unless there are one or two. */
static bool fdt_number(struct span cells, uint64_t *ret)
{
	struct cursor c = cursor_over(cells);

	if (cells.len == 4)
		*ret = cursor_be32(&c);
	else if (cells.len == 8)
		*ret = cursor_be64(&c);
	return cells.len == 4 || cells.len == 8;
}

static struct span fdt_value(const void *fdt, int node, const char *name)
{
	int len = 0;
	const void *value = fdt_getprop(fdt, node, name, &len);

	return span_of(value, value && len > 0 ? (size_t)len : 0);
}

static enum status fdt_drop_old_initrd(void *fdt, int chosen, struct error *err)
{
	uint64_t start, end;

	if (!fdt_number(fdt_value(fdt, chosen, INITRD_START), &start) ||
	    !fdt_number(fdt_value(fdt, chosen, INITRD_END), &end))
		return OK;
	return fdt_drop_range(fdt, start, end - start, err);
}

/* The list of measurements the kernel before the last left for the last. */
static enum status fdt_drop_old_ima(void *fdt, int chosen, struct error *err)
{
	struct span value = fdt_value(fdt, chosen, IMA_BUFFER);
	int address_cells = fdt_address_cells(fdt, 0);
	int size_cells = fdt_size_cells(fdt, 0);
	uint64_t start, len;

	if (address_cells < 0 || size_cells < 0 ||
	    value.len != 4U * (unsigned)(address_cells + size_cells))
		return OK;
	if (!fdt_number(span_slice(value, 0, 4U * (unsigned)address_cells),
			&start) ||
	    !fdt_number(span_slice(value, 4U * (unsigned)address_cells,
				   4U * (unsigned)size_cells),
			&len))
		return OK;
	return fdt_drop_range(fdt, start, len, err);
}

/* --- /chosen ------------------------------------------------------------- */

static bool has_prefix(const char *name, const char *prefix)
{
	return !strncmp(name, prefix, strlen(prefix));
}

/* True for what the last boot left for the last kernel. */
static bool fdt_is_stale(const char *name, bool drop_uefi)
{
	static const char *const names[] = {
		"bootargs",
		INITRD_START,
		INITRD_END,
		"kaslr-seed",
		"rng-seed",
		"linux,elfcorehdr",
		"linux,usable-memory-range",
		IMA_BUFFER,
		"linux,booted-from-kexec",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return true;
	return has_prefix(name, KHO_PREFIX) ||
	       (drop_uefi && has_prefix(name, UEFI_PREFIX));
}

static enum status fdt_check_chosen(const void *fdt, int chosen,
				    struct error *err)
{
	unsigned count = 0;
	int property;

	fdt_for_each_property_offset(property, fdt, chosen) count++;
	if (count > CHOSEN_PROPERTIES_MAX)
		return fail(err, E_FDT_CORRUPT,
			    "device tree's /chosen has %u properties, it can "
			    "have %u",
			    count, CHOSEN_PROPERTIES_MAX);
	return OK;
}

/* The name of a stale property, which may stand there more than once, or
 * NULL. It points into the strings, which no removal moves. */
static const char *fdt_next_stale(const void *fdt, int chosen, bool drop_uefi)
{
	int property;

	fdt_for_each_property_offset(property, fdt, chosen)
	{
		const char *name = NULL;

		if (fdt_getprop_by_offset(fdt, property, &name, NULL) && name &&
		    fdt_is_stale(name, drop_uefi))
			return name;
	}
	return NULL;
}

static enum status fdt_drop_stale(void *fdt, int chosen, bool drop_uefi,
				  struct error *err)
{
	const char *name;
	enum status s;

	while ((name = fdt_next_stale(fdt, chosen, drop_uefi))) {
		s = fdt_result(fdt_delprop(fdt, chosen, name),
			       "remove a property of /chosen", err);
		if (s != OK)
			return s;
	}
	return OK;
}

static enum status fdt_copy_uefi(const void *from, void *fdt, int chosen,
				 struct error *err)
{
	int source = fdt_path_offset(from, "/chosen"), property;
	enum status s;

	if (source < 0)
		return OK;
	s = fdt_check_chosen(from, source, err);
	if (s != OK)
		return s;
	fdt_for_each_property_offset(property, from, source)
	{
		const char *name = NULL;
		int len = 0;
		const void *value =
			fdt_getprop_by_offset(from, property, &name, &len);

		if (!value || !name || !has_prefix(name, UEFI_PREFIX))
			continue;
		s = fdt_result(fdt_setprop(fdt, chosen, name, value, len),
			       "copy a linux,uefi- property", err);
		if (s != OK)
			return s;
	}
	return OK;
}

static int fdt_set_numbers(void *fdt, int chosen, const struct fdt_edits *edits)
{
	int result = 0;

	if (edits->has_initrd)
		result = fdt_setprop_u64(fdt, chosen, INITRD_START,
					 edits->initrd_start);
	if (!result && edits->has_initrd)
		result = fdt_setprop_u64(fdt, chosen, INITRD_END,
					 edits->initrd_end);
	if (!result && edits->has_seeds)
		result = fdt_setprop_u64(fdt, chosen, "kaslr-seed",
					 edits->kaslr_seed);
	if (!result && edits->has_seeds)
		result = fdt_setprop(fdt, chosen, "rng-seed", edits->rng_seed,
				     FDT_SEED_LEN);
	return result;
}

static int fdt_set_cmdline(void *fdt, int chosen, const char *cmdline)
{
	size_t len = cmdline ? strlen(cmdline) : 0;

	if (!len)
		return 0;
	if (len >= FDT_SIZE_MAX)
		return -FDT_ERR_NOSPACE;
	return fdt_setprop(fdt, chosen, "bootargs", cmdline, (int)len + 1);
}

static enum status fdt_set_chosen(void *fdt, int chosen,
				  const struct fdt_edits *edits,
				  struct error *err)
{
	int result = fdt_set_numbers(fdt, chosen, edits);

	if (!result)
		result = fdt_set_cmdline(fdt, chosen, edits->cmdline);
	if (!result)
		result = fdt_setprop_empty(fdt, chosen,
					   "linux,booted-from-kexec");
	if (!result && fdt_getprop(fdt, chosen, UEFI_TABLE, NULL) &&
	    !fdt_getprop(fdt, chosen, UEFI_SECURE, NULL))
		result = fdt_setprop_u32(fdt, chosen, UEFI_SECURE, 0);
	return fdt_result(result, "set a property of /chosen", err);
}

/* Offsets of nodes count from the start of the structure block: no reservation
 * that goes and no property of /chosen itself moves /chosen. */
static enum status fdt_edit_chosen(void *fdt, struct span base_from,
				   const struct fdt_edits *edits,
				   struct error *err)
{
	int chosen = fdt_path_offset(fdt, "/chosen");
	enum status s;

	if (chosen == -FDT_ERR_NOTFOUND)
		chosen = fdt_add_subnode(fdt, 0, "chosen");
	s = fdt_result(chosen, "find or add /chosen", err);
	if (s == OK)
		s = fdt_check_chosen(fdt, chosen, err);
	if (s == OK)
		s = fdt_drop_old_initrd(fdt, chosen, err);
	if (s == OK)
		s = fdt_drop_old_ima(fdt, chosen, err);
	if (s == OK)
		s = fdt_drop_stale(fdt, chosen,
				   !edits->keep_uefi || base_from.len, err);
	if (s == OK && edits->keep_uefi && base_from.len)
		s = fdt_copy_uefi(base_from.ptr, fdt, chosen, err);
	if (s == OK)
		s = fdt_set_chosen(fdt, chosen, edits, err);
	return s;
}

enum status fdt_edit(struct span blob, struct span base_from,
		     const struct fdt_edits *edits, uint8_t *out,
		     size_t out_len, uint32_t *ret_size, struct error *err)
{
	int room = out_len > INT_MAX ? INT_MAX : (int)out_len;
	uint32_t size, base_size, packed;
	enum status s = fdt_check_tree(blob, &size, err);

	if (s == OK && base_from.len)
		s = fdt_check_tree(base_from, &base_size, err);
	if (s == OK)
		s = fdt_check_alignment(out, err);
	if (s == OK)
		s = fdt_result(fdt_open_into(blob.ptr, out, room),
			       "copy it into the room set aside", err);
	if (s == OK && !base_from.len)
		s = fdt_drop_own_range(out, size, err);
	if (s == OK)
		s = fdt_edit_chosen(out, base_from, edits, err);
	if (s == OK)
		s = fdt_result(fdt_pack(out), "pack it", err);
	if (s != OK)
		return s;
	packed = fdt_totalsize(out);
	if (packed > FDT_SIZE_MAX)
		return fail(err, E_FDT_TOO_LARGE,
			    "device tree grew to %u bytes, it can have %u",
			    packed, FDT_SIZE_MAX);
	*ret_size = packed;
	return OK;
}

bool fdt_lacks_secure_boot(struct span blob)
{
	uint32_t size;
	int chosen;

	if (fdt_check_tree(blob, &size, NULL) != OK)
		return false;
	chosen = fdt_path_offset(blob.ptr, "/chosen");
	return chosen >= 0 && fdt_getprop(blob.ptr, chosen, UEFI_TABLE, NULL) &&
	       !fdt_getprop(blob.ptr, chosen, UEFI_SECURE, NULL);
}
