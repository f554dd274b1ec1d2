/* Placement compared with a map of pages, over thousands of random machines. */
#include "kexec_segments.h"

#include "test.h"

static const uint8_t content[16];

static struct kexec_wish wish_for(uint64_t memsz)
{
	return (struct kexec_wish){
		.name = "piece",
		.bytes = span_of(content, memsz < 16 ? 0 : 16),
		.memsz = memsz,
		.min = 0,
		.end = UINT64_MAX,
	};
}

static uint64_t place(struct kexec_segments *list, const struct platform *p,
		      const struct kexec_wish *wish)
{
	struct error err;
	uint64_t mem = 0;

	assert_ok(&err, kexec_segments_add(list, p, wish, &mem, &err));
	assert_true(mem == list->at[list->count - 1].mem);
	return mem;
}

#define PAGES 256

struct model {
	bool is_free[PAGES], is_kernel[PAGES];
};

static bool model_fits(const struct model *m, uint64_t base, uint64_t pages,
		       bool keep_kernel)
{
	if (base + pages > PAGES)
		return false;
	for (uint64_t i = base; i < base + pages; i++) {
		if (!m->is_free[i] || (keep_kernel && m->is_kernel[i]))
			return false;
	}
	return true;
}

/* The page the piece has to go to, PAGES if there is none. */
static uint64_t model_lowest(const struct model *m, uint64_t pages,
			     uint64_t align, uint64_t min, uint64_t end,
			     bool keep_kernel)
{
	for (uint64_t base = 0; base + pages <= end; base += align) {
		if (base >= min && model_fits(m, base, pages, keep_kernel))
			return base;
	}
	return PAGES;
}

static uint64_t model_middle(const struct model *m, uint64_t pages,
			     uint64_t align, uint64_t min, uint64_t end,
			     bool keep_kernel)
{
	uint64_t found = PAGES, longest = 0, next;

	for (uint64_t run = min; run < end; run = next) {
		uint64_t len = 0, base = (run + align - 1) / align * align;

		while (run + len < end &&
		       model_fits(m, run, len + 1, keep_kernel))
			len++;
		next = run + len + 1;
		if (len <= longest || base + pages > run + len)
			continue;
		longest = len;
		found = base + (run + len - base - pages) / 2 / align * align;
	}
	return found;
}

static uint64_t model_place(const struct model *m, uint64_t pages,
			    uint64_t align, uint64_t min, uint64_t end,
			    enum kexec_where where)
{
	for (int keep = 1; keep >= 0; keep--) {
		uint64_t base =
			where == KEXEC_MIDDLE
				? model_middle(m, pages, align, min, end, keep)
				: model_lowest(m, pages, align, min, end, keep);

		if (base != PAGES)
			return base;
	}
	return PAGES;
}

static void add_random(uint64_t *seed, struct platform_ranges *list,
		       struct model *m, bool free_as, bool is_kernel)
{
	uint64_t start = test_random(seed) % PAGES;
	uint64_t end = start + 1 + test_random(seed) % 40;

	end = end > PAGES ? PAGES : end;
	list->at[list->count++] = (struct platform_range){
		start * 0x1000,
		end * 0x1000,
		PLATFORM_RAM,
	};
	for (uint64_t i = start; i < end; i++) {
		if (is_kernel)
			m->is_kernel[i] = true;
		else
			m->is_free[i] = free_as;
	}
}

static void agrees_with_a_map_of_pages(void **state)
{
	struct platform_range all = { 0, PAGES * 0x1000, PLATFORM_RAM };
	uint64_t seed = 20261123;

	(void)state;
	for (unsigned round = 0; round < 3000; round++) {
		struct platform_range taken[8], kernel[2];
		struct platform p = {
			.page_size = 0x1000,
			.ram_bytes = PAGES * 0x1000 * 4,
			.ram = { &all, 1, 0 },
			.reserved = { taken, 0, 0 },
			.kernel = { kernel, 0, 0 },
		};
		struct kexec_segments list = { .count = 0 };
		struct model m;

		memset(&m, 0, sizeof(m));
		memset(m.is_free, true, sizeof(m.is_free));
		for (uint64_t n = test_random(&seed) % 8; n; n--)
			add_random(&seed, &p.reserved, &m, false, false);
		for (uint64_t n = test_random(&seed) % 2; n; n--)
			add_random(&seed, &p.kernel, &m, false, true);
		for (unsigned n = 0; n < 8; n++) {
			uint64_t pages = 1 + test_random(&seed) % 60;
			uint64_t align = 1ULL << test_random(&seed) % 5;
			uint64_t min = test_random(&seed) % PAGES;
			uint64_t end = min + test_random(&seed) % PAGES;
			struct kexec_wish wish = wish_for(pages * 0x1000);
			uint64_t mem = 0, want;

			end = end > PAGES ? PAGES : end;
			wish.align = align * 0x1000;
			wish.min = min * 0x1000;
			wish.end = end * 0x1000;
			wish.where = round % 2 ? KEXEC_MIDDLE : KEXEC_LOWEST;
			want = model_place(&m, pages, align, min, end,
					   wish.where);
			if (want == PAGES) {
				assert_status(E_KEXEC_NO_ROOM,
					      kexec_segments_add(&list, &p,
								 &wish, &mem,
								 NULL));
				continue;
			}
			assert_true(place(&list, &p, &wish) == want * 0x1000);
			memset(m.is_free + want, false, pages);
		}
		list.entry = list.at[0].mem;
		if (list.count)
			assert_status(OK,
				      kexec_segments_check(&list, &p, NULL));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_a_map_of_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
