/* Operations by kind, for report.json: what `holdup diff` compares. */
#include "db/rows.h"
#include "report/json_writer.h"
#include "report/operations.h"

struct hu_err *hu_page_read_operations(struct hu_page *page, struct hu_store *store)
{
	struct hu_rows *r = hu_rows_open(
		store, "SELECT name, recorded_by, count, stalled, bursts, recorded_ns, total_ns, "
		       "stalled_ns, p50_ns, p90_ns, p99_ns, worst_ns, worst_open FROM "
		       "operation_kind ORDER BY name, recorded_by");

	while (hu_rows_next(r)) {
		struct hu_page_operations *o =
			HU_PAGE_MORE(page, page->operations, page->operation_count);
		o->name = hu_page_text(page, r, 0);
		o->recorded_by = hu_page_text(page, r, 1);
		for (int i = 0; i < HU_OPERATION_NUMBERS; i++)
			o->numbers[i] = hu_page_int(r, 2 + i);
		o->worst_open = hu_rows_int(r, 2 + HU_OPERATION_NUMBERS);
	}
	struct hu_err *err = hu_rows_close(r);
	if (err)
		return err;
	r = hu_rows_open(store, "SELECT name, recorded_by, low_ns, high_ns, count FROM "
				"operation_latency ORDER BY name, recorded_by, low_ns");
	size_t i = 0;
	while (hu_rows_next(r)) {
		while (i < page->operation_count &&
		       (!hu_str_eq(page->operations[i].name, hu_rows_str(r, 0)) ||
			!hu_str_eq(page->operations[i].recorded_by, hu_rows_str(r, 1))))
			i++;
		if (i == page->operation_count)
			break;
		struct hu_page_operations *o = &page->operations[i];
		struct hu_page_bucket *b = HU_PAGE_MORE(page, o->buckets, o->bucket_count);
		b->low_ns = hu_rows_int(r, 2);
		b->high_ns = hu_rows_int(r, 3);
		b->count = hu_rows_int(r, 4);
	}
	return hu_rows_close(r);
}

void hu_json_operations(struct hu_json *j, const struct hu_page *page)
{
	static const char *const names[HU_OPERATION_NUMBERS] = {
		"count",      "stalled", "bursts", "recorded_ns", "total_ns",
		"stalled_ns", "p50_ns",	 "p90_ns", "p99_ns",	  "worst_ns"};

	hu_json_begin(j, "operations", '[');
	for (size_t i = 0; i < page->operation_count; i++) {
		const struct hu_page_operations *o = &page->operations[i];
		hu_json_begin(j, NULL, '{');
		hu_json_text(j, "name", o->name);
		hu_json_text(j, "recorded_by", o->recorded_by);
		for (int k = 0; k < HU_OPERATION_NUMBERS; k++)
			hu_json_integer(j, names[k], o->numbers[k]);
		hu_json_boolean(j, "worst_open", o->worst_open);
		/* low, high, count: an object for each would be most of the file. */
		hu_json_begin(j, "latency", '[');
		for (size_t k = 0; k < o->bucket_count; k++) {
			hu_json_name(j, NULL);
			hu_out_printf(j->to, "[%lld, %lld, %lld]", (long long)o->buckets[k].low_ns,
				      (long long)o->buckets[k].high_ns,
				      (long long)o->buckets[k].count);
		}
		hu_json_end(j, ']');
		hu_json_end(j, '}');
	}
	hu_json_end(j, ']');
}
