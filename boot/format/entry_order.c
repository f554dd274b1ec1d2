#include "format/entry_order.h"

#include "format/version.h"

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static bool is_bad(const struct entry_order *e)
{
	return e->counted && !e->left;
}

static int compare_keys(const struct entry_order *a,
			const struct entry_order *b)
{
	int result = span_compare(a->sort_key, b->sort_key);

	if (!result)
		result = span_compare(a->machine_id, b->machine_id);
	return result ? result : version_compare(b->version, a->version);
}

static int compare_counters(const struct entry_order *a,
			    const struct entry_order *b)
{
	int result = order(a->counted, b->counted);

	if (result || !a->counted)
		return result;
	result = order(b->left, a->left);
	return result ? result : order(a->done, b->done);
}

int entry_order_compare(const struct entry_order *a,
			const struct entry_order *b)
{
	int result = order(is_bad(a), is_bad(b));

	if (!result)
		result = order(!a->sort_key.len, !b->sort_key.len);
	if (!result && a->sort_key.len)
		result = compare_keys(a, b);
	if (!result)
		result = version_compare(b->id, a->id);
	if (!result)
		result = order(a->profile, b->profile);
	return result ? result : compare_counters(a, b);
}
