#include "format/kimage.h"

#include "base/text.h"
#include "format/zboot.h"

/* x86: offsets of the setup header, Documentation/arch/x86/boot.rst. */
#define X86_SETUP_SECTS	      0x1f1
#define X86_SYSSIZE	      0x1f4
#define X86_BOOT_FLAG	      0x1fe
#define X86_JUMP	      0x200
#define X86_MAGIC	      0x202U
#define X86_VERSION	      0x206
#define X86_KERNEL_VERSION    0x20e
#define X86_LOADFLAGS	      0x211
#define X86_INITRD_ADDR_MAX   0x22c
#define X86_KERNEL_ALIGNMENT  0x230
#define X86_RELOCATABLE	      0x234
#define X86_XLOADFLAGS	      0x236
#define X86_CMDLINE_SIZE      0x238
#define X86_PAYLOAD_OFFSET    0x248
#define X86_PAYLOAD_LENGTH    0x24c
#define X86_PREF_ADDRESS      0x258
#define X86_INIT_SIZE	      0x260
#define X86_HEADER_2_12	      0x268 /* where the header of 2.12 ends */
#define X86_HEADER_ROOM	      0x290 /* where boot_params has other things */
#define X86_VERSION_OLDEST    0x020c
#define X86_SECTOR	      512
#define X86_SETUP_SECTS_UNSET 4	   /* what 0 means */
#define X86_LOADED_HIGH	      0x01 /* loadflags */
#define X86_KERNEL_64	      0x01 /* xloadflags */
#define X86_SHORT_JUMP	      0xeb
#define X86_PARAGRAPH	      16 /* the unit of syssize */

/* arm64, riscv and loongarch share the begin of their headers. */
#define IMAGE_HEADER_SIZE 64
#define IMAGE_TEXT_OFFSET 8
#define IMAGE_SIZE	  16
#define IMAGE_FLAGS	  24
#define RISCV_MAGIC	  48
#define IMAGE_MAGIC	  56
#define LOONGARCH_ENTRY	  8
#define LOONGARCH_OFFSET  24
#define DOS_PE_OFFSET	  0x3c
#define MAGIC_LINUX_PE	  0x818223cdU
#define FLAG_BIG_ENDIAN	  0x01

struct parser {
	struct span file;
	struct kimage_view *view;
	struct error *err;
};

static bool has_magic(struct span file, uint64_t offset, const char *magic,
		      size_t len)
{
	return span_equal(span_slice(file, offset, len), span_of(magic, len));
}

/* The value at 0x38 only says "Linux"; the PE header says which one. */
static bool is_loongarch(struct span file)
{
	return pe_is_candidate(file) && !zboot_is_candidate(file) &&
	       span_le32(file, IMAGE_MAGIC) == MAGIC_LINUX_PE &&
	       span_le16(file, (uint64_t)span_le32(file, DOS_PE_OFFSET) + 4) ==
		       PE_MACHINE_LOONGARCH64;
}

enum kimage_kind kimage_identify(struct span file)
{
	if (has_magic(file, X86_MAGIC, "HdrS", 4))
		return KIMAGE_BZIMAGE;
	if (file.len < IMAGE_HEADER_SIZE)
		return KIMAGE_NONE;
	if (has_magic(file, IMAGE_MAGIC, "ARM\x64", 4))
		return KIMAGE_ARM64;
	if (has_magic(file, IMAGE_MAGIC, "RSC\x05", 4) ||
	    has_magic(file, RISCV_MAGIC, "RISCV\0\0\0", 8))
		return KIMAGE_RISCV;
	if (is_loongarch(file))
		return KIMAGE_LOONGARCH;
	return KIMAGE_NONE;
}

/* A kernel with an EFI stub is a PE file, too. If it is signed, its own
 * signature check takes everything behind the certificate table for data, so
 * the file has to end there. */
static enum status read_pe(struct parser *p, uint16_t machine)
{
	struct pe_view pe;
	enum status s;

	p->view->machine = machine;
	p->view->file_len = p->file.len;
	p->view->data_len = p->file.len;
	if (!pe_is_candidate(p->file))
		return OK;
	s = pe_parse(p->file, p->file.len, &pe, p->err);
	if (s != OK)
		return fail_in(p->err, s, "the kernel's PE header");
	if (pe.machine != machine)
		return fail(p->err, E_KIMAGE_MACHINE,
			    "the kernel's magic says %s, its PE header %s "
			    "(0x%x)",
			    pe_machine_name(machine),
			    pe_machine_name(pe.machine), pe.machine);
	if (pe.cert_size) {
		p->view->file_len = (uint64_t)pe.cert_offset + pe.cert_size;
		p->view->data_len = pe.cert_offset;
	}
	return OK;
}

static void read_setup_header(struct parser *p)
{
	struct span file = p->file;
	struct kimage_view *v = p->view;
	uint8_t sects = (uint8_t)span_le16(file, X86_SETUP_SECTS);

	v->setup_sects = sects ? sects : X86_SETUP_SECTS_UNSET;
	v->boot_version = span_le16(file, X86_VERSION);
	v->xloadflags = span_le16(file, X86_XLOADFLAGS);
	v->cmdline_size = span_le32(file, X86_CMDLINE_SIZE);
	v->initrd_addr_max = span_le32(file, X86_INITRD_ADDR_MAX);
	v->kernel_alignment = span_le32(file, X86_KERNEL_ALIGNMENT);
	v->relocatable = (span_le16(file, X86_RELOCATABLE) & 0xff) != 0;
	v->pref_address = span_le64(file, X86_PREF_ADDRESS);
	v->init_size = span_le32(file, X86_INIT_SIZE);
	v->image_size = v->init_size;
	v->setup_header_end = X86_MAGIC + (span_le16(file, X86_JUMP) >> 8U);
	v->protected_offset = (v->setup_sects + 1U) * X86_SECTOR;
}

/* Is it a header of a kind that can be started at its 64-bit entry? */
static enum status check_setup_header(const struct parser *p)
{
	const struct kimage_view *v = p->view;
	unsigned boot_flag = span_le16(p->file, X86_BOOT_FLAG);
	unsigned jump = span_le16(p->file, X86_JUMP) & 0xff;
	unsigned loadflags = span_le16(p->file, X86_LOADFLAGS) & 0xff;

	if (boot_flag != 0xaa55)
		return fail(p->err, E_KIMAGE_BOOT_FLAG,
			    "the boot flag is 0x%04x, that of a kernel is "
			    "0xaa55",
			    boot_flag);
	if (v->boot_version < X86_VERSION_OLDEST)
		return fail(p->err, E_KIMAGE_OLD,
			    "the kernel's boot protocol is %u.%02u, the oldest "
			    "with a 64-bit entry is 2.12",
			    v->boot_version >> 8, v->boot_version & 0xff);
	if (jump != X86_SHORT_JUMP)
		return fail(p->err, E_KIMAGE_JUMP,
			    "the setup code begins with 0x%02x, not with a "
			    "short jump (0x%02x)",
			    jump, X86_SHORT_JUMP);
	if (v->setup_header_end < X86_HEADER_2_12 ||
	    v->setup_header_end > X86_HEADER_ROOM)
		return fail(p->err, E_KIMAGE_HEADER_END,
			    "the setup header ends at 0x%x, it has to end "
			    "between 0x%x and 0x%x",
			    v->setup_header_end, X86_HEADER_2_12,
			    X86_HEADER_ROOM);
	if (!(loadflags & X86_LOADED_HIGH))
		return fail(p->err, E_KIMAGE_LOW,
			    "the kernel loads below 1 MiB: loadflags 0x%02x "
			    "lack 0x%02x",
			    loadflags, X86_LOADED_HIGH);
	if (!(v->xloadflags & X86_KERNEL_64))
		return fail(p->err, E_KIMAGE_NO_64BIT,
			    "the kernel has no 64-bit entry: xloadflags 0x%04x "
			    "lack 0x%04x",
			    v->xloadflags, X86_KERNEL_64);
	return OK;
}

static enum status check_code_range(struct parser *p)
{
	struct kimage_view *v = p->view;
	uint64_t syssize =
		(uint64_t)span_le32(p->file, X86_SYSSIZE) * X86_PARAGRAPH;
	uint64_t payload_end =
		(uint64_t)span_le32(p->file, X86_PAYLOAD_OFFSET) +
		span_le32(p->file, X86_PAYLOAD_LENGTH);

	if (v->protected_offset >= p->view->data_len)
		return fail(p->err, E_KIMAGE_SETUP_PAST_EOF,
			    "nothing stands behind the setup code: it ends at "
			    "0x%x, the kernel ends at 0x%llx",
			    v->protected_offset,
			    (unsigned long long)p->view->data_len);
	v->protected_len = p->view->data_len - v->protected_offset;
	/* syssize is rounded up: the last paragraph may be a part of one. */
	if (syssize >= v->protected_len + X86_PARAGRAPH)
		return fail(p->err, E_KIMAGE_CODE_PAST_EOF,
			    "the kernel has 0x%llx bytes of code, the file has "
			    "0x%llx behind the setup code",
			    (unsigned long long)syssize,
			    (unsigned long long)v->protected_len);
	if (payload_end > v->protected_len)
		return fail(p->err, E_KIMAGE_PAYLOAD_PAST_EOF,
			    "the compressed kernel ends at 0x%llx of the code, "
			    "the code at 0x%llx",
			    (unsigned long long)payload_end,
			    (unsigned long long)v->protected_len);
	return OK;
}

static enum status check_memory(const struct parser *p)
{
	const struct kimage_view *v = p->view;

	if (!v->kernel_alignment ||
	    (v->kernel_alignment & (v->kernel_alignment - 1)))
		return fail(p->err, E_KIMAGE_ALIGNMENT,
			    "the kernel wants an alignment of 0x%x, not a "
			    "power of two",
			    v->kernel_alignment);
	if (!v->init_size)
		return fail(p->err, E_KIMAGE_INIT_SIZE,
			    "the kernel wants 0 bytes of memory for 0x%llx "
			    "bytes of code",
			    (unsigned long long)v->protected_len);
	if (v->init_size < v->protected_len)
		return fail(p->err, E_KIMAGE_INIT_SIZE_SMALL,
			    "the kernel wants 0x%x bytes of memory, it has "
			    "0x%llx bytes of code",
			    v->init_size, (unsigned long long)v->protected_len);
	return OK;
}

/* For people only, so a pointer that leads nowhere gives no version. */
static void read_version(struct parser *p)
{
	struct kimage_view *v = p->view;
	uint64_t at = span_le16(p->file, X86_KERNEL_VERSION);
	uint64_t setup_len = (uint64_t)v->setup_sects * X86_SECTOR;
	struct text t = text_over(v->version, sizeof(v->version));
	struct span from;

	if (!at || at >= setup_len)
		return;
	from = span_slice(p->file, X86_JUMP + at, setup_len - at);
	text_add_safe(&t, span_until_nul(from));
}

static enum status parse_bzimage(struct parser *p)
{
	enum status s;

	if (p->file.len < X86_HEADER_2_12)
		return fail(p->err, E_KIMAGE_SHORT,
			    "the kernel has %zu bytes, its setup header ends "
			    "at %u",
			    p->file.len, X86_HEADER_2_12);
	read_setup_header(p);
	s = check_setup_header(p);
	if (s == OK)
		s = read_pe(p, PE_MACHINE_X86_64);
	if (s == OK)
		s = check_code_range(p);
	if (s == OK)
		s = check_memory(p);
	if (s == OK)
		read_version(p);
	return s;
}

/* image_size counts from the first byte of the file, bss included, so a file
 * that is longer holds something that would not be loaded. */
static enum status check_image_size(const struct parser *p)
{
	const struct kimage_view *v = p->view;

	if (!v->image_size)
		return fail(p->err, E_KIMAGE_NO_IMAGE_SIZE,
			    "the kernel wants 0 bytes of memory for 0x%llx "
			    "bytes of file",
			    (unsigned long long)p->view->data_len);
	if (v->image_size < p->view->data_len)
		return fail(p->err, E_KIMAGE_IMAGE_SIZE_SMALL,
			    "the kernel wants 0x%llx bytes of memory, the file "
			    "has 0x%llx",
			    (unsigned long long)v->image_size,
			    (unsigned long long)p->view->data_len);
	return OK;
}

static enum status parse_image(struct parser *p, uint16_t machine)
{
	struct kimage_view *v = p->view;
	enum status s;

	v->text_offset = span_le64(p->file, IMAGE_TEXT_OFFSET);
	v->image_size = span_le64(p->file, IMAGE_SIZE);
	v->flags = span_le64(p->file, IMAGE_FLAGS);
	if (v->flags & FLAG_BIG_ENDIAN)
		return fail(p->err, E_KIMAGE_BIG_ENDIAN,
			    "the kernel is big-endian: its flags 0x%llx have "
			    "0x%x",
			    (unsigned long long)v->flags, FLAG_BIG_ENDIAN);
	s = read_pe(p, machine);
	return s == OK ? check_image_size(p) : s;
}

static enum status parse_loongarch(struct parser *p)
{
	struct kimage_view *v = p->view;
	enum status s;

	v->entry = span_le64(p->file, LOONGARCH_ENTRY);
	v->image_size = span_le64(p->file, IMAGE_SIZE);
	v->text_offset = span_le64(p->file, LOONGARCH_OFFSET);
	s = read_pe(p, PE_MACHINE_LOONGARCH64);
	return s == OK ? check_image_size(p) : s;
}

enum status kimage_parse(struct span file, struct kimage_view *ret_view,
			 struct error *err)
{
	struct kimage_view view = { .kind = kimage_identify(file) };
	struct parser p = { .file = file, .view = &view, .err = err };
	enum status s;

	switch (view.kind) {
	case KIMAGE_BZIMAGE:
		s = parse_bzimage(&p);
		break;
	case KIMAGE_ARM64:
		s = parse_image(&p, PE_MACHINE_ARM64);
		break;
	case KIMAGE_RISCV:
		s = parse_image(&p, PE_MACHINE_RISCV64);
		break;
	case KIMAGE_LOONGARCH:
		s = parse_loongarch(&p);
		break;
	case KIMAGE_NONE:
	default:
		return fail(err, E_KIMAGE_UNKNOWN,
			    "the file (%zu bytes) has no kernel's magic, "
			    "neither of a bzImage at 0x%x nor of an Image at "
			    "0x%x",
			    file.len, X86_MAGIC, IMAGE_MAGIC);
	}
	if (s == OK)
		*ret_view = view;
	return s;
}

const char *kimage_kind_name(enum kimage_kind kind)
{
	switch (kind) {
	case KIMAGE_BZIMAGE:
		return "bzImage";
	case KIMAGE_ARM64:
		return "arm64 Image";
	case KIMAGE_RISCV:
		return "riscv Image";
	case KIMAGE_LOONGARCH:
		return "loongarch Image";
	case KIMAGE_NONE:
	default:
		return "no kernel";
	}
}
