#include "zboot_load.h"

#include "load_devicetree.h"
#include "load_plan.h"
#include "sys/meminfo.h"
#include "unpack/unpack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a boot leaves to everything else. */
#define MEMORY_RESERVE (8ULL << 20)

void loadable_kernel_drop(struct loadable_kernel *kernel)
{
	blob_drop(&kernel->kernel);
	blob_drop(&kernel->initrd);
	blob_drop(&kernel->dtb);
}

static enum status need_memory(uint64_t bytes, const char *what,
			       struct error *err)
{
	struct meminfo mem;
	enum status s = meminfo_read(MEMINFO_PATH, &mem, err);
	uint64_t need;

	if (s != OK)
		return s;
	if (!add_size(bytes, MEMORY_RESERVE, &need) ||
	    need > mem.available_bytes)
		return fail(err, E_LOAD_MEMORY,
			    "%s needs %llu MiB of memory, %llu MiB are "
			    "available",
			    what, (unsigned long long)(bytes >> 20),
			    (unsigned long long)(mem.available_bytes >> 20));
	return OK;
}

/* The file the kernel is in. */
static struct verified_image **kernel_file(struct load_request *request)
{
	return request->thin_kernel ? &request->thin_kernel : &request->image;
}

/* The kernel as it lies in the image: possibly still a zboot. */
static enum status find_kernel(const struct load_request *request,
			       struct trusted_span *ret, struct error *err)
{
	const struct uki_view *uki = verified_uki(request->image);

	if (!uki || request->thin_kernel) {
		*ret = verified_bytes(request->thin_kernel
					      ? request->thin_kernel
					      : request->image);
		return OK;
	}
	if (uki->is_thin)
		return fail(err, E_LOAD_THIN,
			    "%s is a thin UKI: its kernel is another file, "
			    "named in .linux, and it has not been found",
			    verified_name(request->image));
	*ret = verified_section(request->image, request->profile, UKI_LINUX);
	if (!ret->in.len)
		return fail(err, E_LOAD_NO_KERNEL,
			    "%s has no .linux section in profile %u",
			    verified_name(request->image), request->profile);
	if (ret->zero_tail > LOAD_ZERO_TAIL_MAX)
		return fail(err, E_LOAD_ZERO_TAIL,
			    "section .linux asks for %u zero bytes behind its "
			    "%zu, the most is %u",
			    ret->zero_tail, ret->in.len, LOAD_ZERO_TAIL_MAX);
	return OK;
}

static bool arena_begin(enum codec codec, struct arena *ret)
{
	bool has_dictionary = codec == CODEC_XZ || codec == CODEC_LZMA;
	size_t size = has_dictionary ? ARENA_SIZE_MAX : 1U << 20;

	/* A machine smaller than the largest dictionary gets what it has: the
	 * pages are only touched if the stream needs them. */
	for (; size >= 1U << 20; size /= 2) {
		*ret = (struct arena){ .base = aligned_alloc(64, size),
				       .cap = size };
		if (ret->base)
			return true;
	}
	return false;
}

static enum status unpack_payload(struct span payload,
				  const struct zboot_view *zboot, uint8_t *out,
				  struct error *err)
{
	static const enum codec codecs[] = {
		[ZBOOT_GZIP] = CODEC_GZIP, [ZBOOT_ZSTD] = CODEC_ZSTD,
		[ZBOOT_XZ] = CODEC_XZ,	   [ZBOOT_LZMA] = CODEC_LZMA,
		[ZBOOT_LZ4] = CODEC_LZ4,   [ZBOOT_LZO] = CODEC_LZO,
	};
	enum codec codec = codecs[zboot->codec];
	struct arena arena;
	enum status s;

	if (!arena_begin(codec, &arena))
		return fail(err, E_NO_MEMORY, "no memory to unpack %s",
			    zboot->label);
	s = unpack(codec, payload, out, zboot->out_len, &arena, err);
	free(arena.base);
	return s;
}

/* Checks the unpacked kernel and says how much of it belongs to it. */
static enum status look_inside(struct span kernel,
			       const struct zboot_view *zboot,
			       struct kimage_view *ret, struct error *err)
{
	enum status s = kimage_parse(kernel, ret, err);

	if (s != OK)
		return fail_in(err, s, "kernel inside the zboot image");
	if (ret->machine != zboot->machine)
		return fail(err, E_LOAD_MACHINE,
			    "the zboot image is for %s, the kernel inside for "
			    "%s",
			    pe_machine_name(zboot->machine),
			    pe_machine_name(ret->machine));
	return OK;
}

static enum status unpack_zboot(struct trusted_span file,
				const struct zboot_view *zboot,
				struct loadable_kernel *ret, struct error *err)
{
	struct trusted_span payload =
		trusted_slice(file, zboot->payload_offset, zboot->payload_len);
	struct blob_writer w;
	uint8_t *out;
	enum status s = need_memory(zboot->out_len, "the unpacked kernel", err);

	if (s == OK)
		s = blob_begin("kernel", &w, err);
	if (s != OK)
		return s;
	s = blob_map_output(&w, zboot->out_len, &out, err);
	if (s == OK)
		s = unpack_payload(payload.in, zboot, out, err);
	if (s == OK)
		s = look_inside(span_of(out, zboot->out_len), zboot, &ret->view,
				err);
	if (s == OK)
		s = blob_trim_output(&w, ret->view.file_len, err);
	if (s != OK) {
		blob_abandon(&w);
		return s;
	}
	snprintf(ret->codec, sizeof(ret->codec), "%s", zboot->label);
	return blob_finish(&w, &ret->kernel, err);
}

static enum status copy_kernel(struct trusted_span kernel,
			       struct loadable_kernel *ret, struct error *err)
{
	struct blob_writer w;
	uint64_t stored = ret->view.file_len;
	enum status s;

	if (stored > kernel.in.len)
		stored = kernel.in.len;
	s = need_memory(ret->view.file_len, "the kernel", err);
	if (s == OK)
		s = blob_begin("kernel", &w, err);
	if (s != OK)
		return s;
	s = blob_append(&w, trusted_slice(kernel, 0, stored).in, err);
	if (s == OK)
		s = blob_append_zeros(&w, ret->view.file_len - stored, err);
	if (s != OK) {
		blob_abandon(&w);
		return s;
	}
	return blob_finish(&w, &ret->kernel, err);
}

/* A kernel file that is handed on as it is needs no copy. */
static bool is_whole_file(const struct verified_image *file,
			  const struct kimage_view *view)
{
	return verified_kind(file) == IMAGE_KERNEL &&
	       view->file_len == verified_bytes(file).in.len;
}

/* A section whose stored bytes are followed by zeros is a kernel with its
 * zeros; they count for the checks of its sizes. */
static enum status load_plain(struct load_request *request,
			      struct trusted_span kernel,
			      struct loadable_kernel *ret, struct error *err)
{
	struct verified_image **file = kernel_file(request);
	enum status s = kimage_parse(kernel.in, &ret->view, err);

	if (s != OK)
		return fail_in(err, s, "%s", verified_name(*file));
	if (is_whole_file(*file, &ret->view)) {
		ret->kernel = verified_take_blob(file);
		return OK;
	}
	if (ret->view.file_len == kernel.in.len)
		ret->view.file_len += kernel.zero_tail;
	return copy_kernel(kernel, ret, err);
}

static enum status load_kernel(struct load_request *request,
			       struct loadable_kernel *ret, struct error *err)
{
	const struct zboot_view *outer = verified_zboot(*kernel_file(request));
	struct zboot_view inner_zboot;
	struct trusted_span kernel;
	enum status s = find_kernel(request, &kernel, err);

	if (s != OK)
		return s;
	if (outer)
		return unpack_zboot(kernel, outer, ret, err);
	if (zboot_is_candidate(kernel.in)) {
		struct pe_view *pe = malloc(sizeof(*pe));

		if (!pe)
			return fail(err, E_NO_MEMORY, "no memory for a view");
		s = pe_parse(kernel.in, kernel.in.len, pe, err);
		if (s == OK)
			s = zboot_parse(kernel.in, pe, &inner_zboot, err);
		free(pe);
		if (s != OK)
			return fail_in(err, s, "zboot image in .linux");
		return unpack_zboot(kernel, &inner_zboot, ret, err);
	}
	return load_plain(request, kernel, ret, err);
}

static enum status load_initrd(struct load_request *request,
			       struct loadable_kernel *ret, struct error *err)
{
	_drop_plan_ struct initrd_plan plan = { 0 };
	uint64_t size = 0;
	enum status s = load_plan_initrd(request, &plan, err);

	if (s == OK)
		s = initrd_plan_size(&plan, &size, err);
	if (s == OK && size)
		s = need_memory(size, "the initrd", err);
	if (s == OK)
		s = initrd_build(&plan, &ret->initrd, err);
	return s;
}

static enum status load_devicetree(struct load_request *request,
				   struct loadable_kernel *ret,
				   struct error *err)
{
	struct devicetree_plan plan;

	load_plan_devicetree(request, &plan);
	return load_build_devicetree(request, &plan, &ret->dtb, err);
}

/* One initrd that is a whole file is handed on as it is. */
static bool initrd_is_one_file(const struct load_request *request)
{
	return request->initrd_count == 1 && !request->companion_count &&
	       !request->addon_count && !request->handover &&
	       verified_kind(request->image) != IMAGE_UKI;
}

/* A stub for one machine around a kernel for another is nobody's intent. */
static enum status check_machine(uint16_t outer, uint16_t kernel,
				 struct error *err)
{
	if (outer != kernel)
		return fail(err, E_LOAD_MACHINE,
			    "the image is for %s, the kernel inside for %s",
			    pe_machine_name(outer), pe_machine_name(kernel));
	return OK;
}

static enum status make_cmdline(const struct load_request *request,
				struct loadable_kernel *ret, struct error *err)
{
	struct cmdline *line = malloc(sizeof(*line));
	enum status s;

	if (!line)
		return fail(err, E_NO_MEMORY, "no memory for a command line");
	s = load_plan_cmdline(request, line, err);
	if (s == OK) {
		memcpy(ret->cmdline.text, line->text, line->len + 1UL);
		ret->cmdline.len = line->len;
	}
	free(line);
	return s;
}

static void begin(const struct load_request *request,
		  struct loadable_kernel *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->kernel = ret->initrd = ret->dtb = BLOB_NONE;
	ret->how = verified_how(request->image);
	ret->signer = display_of_text(verified_signer(request->image));
}

/* The last step, as it may use up the image. */
static enum status end(struct load_request *request,
		       struct loadable_kernel *ret, struct error *err)
{
	const struct pe_view *pe = verified_pe(request->image);
	uint16_t machine = pe ? pe->machine : 0;
	enum status s;

	load_request_drop_initrds(request); /* the kernel needs memory, too */
	s = load_kernel(request, ret, err);
	if (s == OK && machine)
		s = check_machine(machine, ret->view.machine, err);
	return s;
}

enum status zboot_load(struct load_request *request,
		       struct loadable_kernel *ret, struct error *err)
{
	enum status s;

	begin(request, ret);
	s = make_cmdline(request, ret, err);
	if (s == OK)
		s = load_check_profile(request, err);
	if (s == OK)
		s = load_devicetree(request, ret, err);
	if (s == OK && initrd_is_one_file(request))
		ret->initrd = verified_take_blob(&request->initrds[0]);
	else if (s == OK)
		s = load_initrd(request, ret, err);
	if (s == OK)
		s = end(request, ret, err);
	load_request_drop(request);
	if (s != OK)
		loadable_kernel_drop(ret);
	return s;
}

enum status zboot_load_kernel(struct load_request *request,
			      struct loadable_kernel *ret, struct error *err)
{
	enum status s;

	begin(request, ret);
	s = load_check_profile(request, err);
	if (s == OK)
		s = load_devicetree(request, ret, err);
	if (s == OK)
		s = end(request, ret, err);
	load_request_drop(request);
	if (s != OK)
		loadable_kernel_drop(ret);
	return s;
}
