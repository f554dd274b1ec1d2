#include "image_build.h"

#include "test.h"

#include "format/pe.h"

#define HEADER_SIZE	0x1000
#define STUB_SIZE	0x200
#define LINUX_MAGIC	0x818223cd
#define AT_LINUX_MAGIC	0x38
#define ZBOOT_AT_OFFSET 0x08
#define ZBOOT_AT_LABEL	0x18

uint32_t zboot_build(struct pe_build *b, uint16_t machine, const char *label,
		     struct span payload, uint32_t out_len)
{
	/* the stub, the payload, its size, and the word with the size of the
	 * code that newer kernels have at the end of .text */
	size_t len = STUB_SIZE + payload.len + 4 + 4;
	uint8_t *text = calloc(1, len);
	uint32_t offset;

	assert_non_null(text);
	memcpy(text + STUB_SIZE, payload.ptr, payload.len);
	if (strcmp(label, "gzip") != 0)
		store_le32(text + STUB_SIZE + payload.len, out_len);
	pe_build_begin(b, machine, HEADER_SIZE);
	pe_build_section(b, ".text", span_of(text, len));
	pe_build_text(b, ".data", "");
	pe_build_section_set(b, 1, PE_S_VIRTUAL_SIZE, 0x400);
	pe_build_set(b, PE_SIZE_OF_IMAGE,
		     pe_build_get(b, PE_SIZE_OF_IMAGE) + 0x1000);
	offset = pe_build_section_get(b, 0, PE_S_RAW_OFFSET) + STUB_SIZE;
	memcpy(b->bytes + 4, "zimg", 4);
	store_le32(b->bytes + ZBOOT_AT_OFFSET, offset);
	store_le32(b->bytes + ZBOOT_AT_OFFSET + 4, (uint32_t)payload.len);
	memcpy(b->bytes + ZBOOT_AT_LABEL, label, strlen(label));
	store_le32(b->bytes + AT_LINUX_MAGIC, LINUX_MAGIC);
	free(text);
	return offset;
}

void bzimage_build(struct pe_build *b)
{
	static const uint8_t code[BZIMAGE_BUILD_CODE_LEN] = { 0xfc };
	uint8_t *setup;

	pe_build_begin(b, PE_MACHINE_X86_64, HEADER_SIZE);
	pe_build_text(b, ".setup", BZIMAGE_BUILD_VERSION);
	pe_build_section(b, ".text", span_of(code, sizeof(code)));
	store_le32(b->bytes + AT_LINUX_MAGIC, LINUX_MAGIC);
	setup = b->bytes;
	setup[0x1f1] = BZIMAGE_BUILD_PROTECTED / 512 - 1;
	store_le32(setup + 0x1f4, BZIMAGE_BUILD_CODE_LEN / 16);
	store_le16(setup + 0x1fe, 0xaa55);
	setup[0x200] = 0xeb; /* jmp to 0x26c, where the header ends */
	setup[0x201] = 0x6a;
	memcpy(setup + 0x202, "HdrS", 4);
	store_le16(setup + 0x206, 0x020f);
	store_le16(setup + 0x20e, HEADER_SIZE - 0x200); /* kernel_version */
	setup[0x211] = 0x01;				/* loaded high */
	store_le32(setup + 0x22c, 0x7fffffff);		/* initrd_addr_max */
	store_le32(setup + 0x230, 0x200000);		/* alignment */
	setup[0x234] = 1;				/* relocatable */
	store_le16(setup + 0x236, 0x7f);		/* xloadflags */
	store_le32(setup + 0x238, 2047);		/* cmdline_size */
	store_le32(setup + 0x248, 0x100);		/* payload */
	store_le32(setup + 0x24c, 0x4ff);
	store_le64(setup + 0x258, 0x1000000); /* pref_address */
	store_le32(setup + 0x260, 0x3000000); /* init_size */
}

void image_build(struct pe_build *b, uint16_t machine)
{
	pe_build_begin(b, machine, HEADER_SIZE);
	pe_build_text(b, ".text", "code of the kernel");
	store_le64(b->bytes + 8, 0x80000); /* text_offset, or the entry */
	store_le64(b->bytes + 16, IMAGE_BUILD_SIZE);
	store_le64(b->bytes + 24, 0x0a);
	if (machine == PE_MACHINE_ARM64)
		memcpy(b->bytes + 56, "ARM\x64", 4);
	else if (machine == PE_MACHINE_RISCV64)
		memcpy(b->bytes + 56, "RSC\x05", 4);
	else
		store_le32(b->bytes + 56, LINUX_MAGIC);
}

struct raw_image image_build_raw(struct span bytes)
{
	struct raw_image raw = { .name = "/x.efi" };
	struct blob_writer w;
	struct error err;

	assert_ok(&err, blob_begin("test", &w, &err));
	assert_ok(&err, blob_append(&w, bytes, &err));
	assert_ok(&err, blob_finish(&w, &raw.blob, &err));
	return raw;
}
