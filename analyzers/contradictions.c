/* Records that cannot all be true: counted and said, and nothing is mended in silence. */
#include "analyzers/conclude.h"

/* CPUs may be off by a little, and a release is seen before it is done. */
#define TOLERANCE HU_NS_PER_MS

static bool counts(const struct hu_hold *h)
{
	return h->how == HU_OBSERVED && !h->loose && h->lock.address && h->timed && h->begin.table;
}

/* A lock that one task had for writing while another had it: how often. A NULL `lock`: any lock.
 * holds_by_lock has the holds of one lock together, by their beginning. */
int64_t hu_two_owners(const struct hu_model *m, const struct hu_lock_id *lock)
{
	int64_t n = 0;

	for (size_t i = 0, k; i < m->holds_by_lock.count; i = k) {
		uint64_t key = m->holds_by_lock.at[i].key;
		const struct hu_hold *write = NULL,
				     *any = NULL; /* those that last longest so far */
		bool asked = !lock || key == lock->address;
		for (k = i; k < m->holds_by_lock.count && m->holds_by_lock.at[k].key == key; k++) {
			const struct hu_hold *h = &m->holds.at[m->holds_by_lock.at[k].index];
			if (!asked || !counts(h) || h->lock.address != key)
				continue;
			const struct hu_hold *other = h->mode == HU_MODE_WRITE ? any : write;
			n += other && other->tid != h->tid &&
			     other->begin.source == h->begin.source &&
			     h->from + TOLERANCE < other->to;
			if (!any || h->to > any->to)
				any = h;
			if (h->mode == HU_MODE_WRITE && (!write || h->to > write->to))
				write = h;
		}
	}
	return n;
}

static void add(struct hu_out *to, int64_t n, const char *one, const char *many)
{
	if (!n)
		return;
	hu_out_puts(to, to->len ? "; " : "");
	hu_out_grouped(to, n);
	hu_out_printf(to, " %s", n == 1 ? one : many);
}

void hu_conclude_contradictions(struct hu_conclusion *c)
{
	const struct hu_model *m = c->m;
	HU_CLEANUP(hu_out_deinit) struct hu_out list = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	struct hu_rows *r = hu_rows_open(
		c->store,
		"SELECT count(DISTINCT tid) FROM (SELECT tid FROM task WHERE step IN (2, 4) GROUP "
		"BY source, tid HAVING min(CASE WHEN step = 4 THEN pos END) < max(CASE WHEN step = "
		"2 THEN pos END))");
	int64_t reused = hu_rows_next(r) ? hu_rows_int(r, 0) : 0;

	hu_result_close(&c->err, r);
	add(&list, m->impossible,
	    "interval ends before it begins, or nests deeper than any kernel does",
	    "intervals end before they begin, or nest deeper than any kernel does");
	add(&list, hu_two_owners(m, NULL),
	    "hold overlaps another task's hold of the same lock, one of them for write",
	    "holds overlap another task's hold of the same lock, one of them for write");
	add(&list, m->odd_ids, "record is of a CPU or a task that Linux cannot have",
	    "records are of CPUs or tasks that Linux cannot have");
	add(&list, reused, "task id is used again after its task had ended: names may be mixed up",
	    "task ids are used again after their tasks had ended: names may be mixed up");
	if (!list.len)
		return;
	hu_out_printf(&text, "The records contradict each other: %s. None of them was mended.",
		      list.at);
	hu_add_note(c, NULL, "caveat", text.at);
}
