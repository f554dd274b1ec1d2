/*
 * The pieces that kexec_load(2) copies into place, and where in memory they
 * go: into RAM that nothing has reserved, and past each other.
 *
 * The kernel checks neither that a destination is memory nor that it is free;
 * what these functions let through is what gets overwritten at the jump.
 */
#ifndef KEELBOOT_KEXEC_SEGMENTS_H
#define KEELBOOT_KEXEC_SEGMENTS_H

#include "base/error.h"
#include "base/span.h"
#include "format/fdt.h"
#include "sys/platform.h"

#define KEXEC_SEGMENTS_MAX 16 /* KEXEC_SEGMENT_MAX of the kernel */

struct kexec_segment {
	const char *name;  /* "kernel", for messages */
	struct span bytes; /* not owned */
	uint64_t mem;	   /* physical address, a multiple of the page size */
	uint64_t memsz;	   /* the same; what bytes do not fill is zeroed */
};

struct kexec_segments {
	struct kexec_segment at[KEXEC_SEGMENTS_MAX];
	uint32_t count;
	uint64_t entry; /* where the kernel jumps to */
};

enum kexec_where {
	KEXEC_LOWEST = 0, /* the lowest place that fits */
	KEXEC_MIDDLE,	  /* the middle of the largest free piece */
};

/* What a piece needs of its place. */
struct kexec_wish {
	const char *name;
	struct span bytes;
	uint64_t memsz; /* at least bytes.len; rounded up to whole pages */
	uint64_t align; /* of the base; a power of two, pages at least */
	uint64_t skip;	/* distance of the segment from the base, which must be
			 * memory too; whole pages */
	uint64_t min;	/* lowest base */
	uint64_t end;	/* first address that may not be used */
	enum kexec_where where;
};

/* Random numbers for the next kernel, from outside: these functions are pure.
 */
struct kexec_seeds {
	bool has_seeds;
	uint64_t kaslr;
	uint8_t rng[FDT_SEED_LEN];
};

/*
 * Adds a segment where the wish says; *ret_mem is its address. The running
 * kernel's own memory is used only if there is no other.
 *
 * Large pieces do best in the middle. At the bottom lie the pages that a kernel
 * hands out when it has just started, and each that lies where a segment is to
 * go costs kexec_load(2) a search through all it has so far (measured: 5 s for
 * 54 MB, under emulation). At the top EFI firmware leaves tables in memory that
 * it calls free: segments placed there were seen to overwrite the memory
 * attributes table, and TPM event logs lay there, too.
 *
 * Errors: E_KEXEC_TOO_MANY_SEGMENTS, E_KEXEC_SEGMENT_SIZE (empty, or sizes that
 * make no sense), E_KEXEC_NO_ROOM (tells the largest free piece).
 */
enum status kexec_segments_add(struct kexec_segments *list,
			       const struct platform *platform,
			       const struct kexec_wish *wish, uint64_t *ret_mem,
			       struct error *err);

/*
 * Checks a list against every rule of kexec_load(2) and against the machine;
 * the sentence names the guilty segment.
 *
 * Errors: E_KEXEC_TOO_MANY_SEGMENTS, E_KEXEC_SEGMENT_ALIGN,
 * E_KEXEC_SEGMENT_SIZE, E_KEXEC_SEGMENT_OUTSIDE (not RAM),
 * E_KEXEC_SEGMENT_RESERVED, E_KEXEC_SEGMENT_OVERLAP, E_KEXEC_HALF_RAM,
 * E_KEXEC_ENTRY.
 */
enum status kexec_segments_check(const struct kexec_segments *list,
				 const struct platform *platform,
				 struct error *err);

/* Memory that the segments take together. */
uint64_t kexec_segments_total(const struct kexec_segments *list);

#endif
