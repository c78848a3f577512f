/*
 * Tables of who held a lock how long (klockstat): they match acquire and release by task and lock,
 * and see trylocks only if they succeeded (libbpf-tools/klockstat.bpf.c), so each row is of real
 * holds. They have no times. That a hold was in the way of a wait can still follow, by sums: for
 * the whole of the table's longest wait somebody had the lock, and what all others held it for,
 * over the table's whole time, is known. What they cannot have filled was this one's doing.
 */
#include "analyzers/model.h"

#include <stdlib.h>

/* Printed with two digits or more: "2.1 s" is up to one part in twenty off. */
enum { DIGITS = 20 };
/* A table that was cut to its first rows may lack others, each shorter than its last: they cannot
 * matter if they are so many times shorter than the wait. */
enum { NEGLIGIBLE = 100 };

struct row {
	int64_t row, source;
	int32_t tid;
	uint64_t address;
	const char *name;
	hu_ns longest, total;
	bool hold;
};

typedef HU_VEC(struct row) table_rows;

/* Those of one lock in one capture. */
struct sums {
	hu_ns wait, held, shortest, last;
	int32_t waiter;
	bool sorted;
};

static bool same_lock(const struct row *a, const struct row *b)
{
	return a->source == b->source && a->address == b->address && a->name == b->name;
}

static void sum_up(const table_rows *all, const struct row *of, struct sums *s)
{
	*s = (struct sums){.shortest = HU_OPEN, .last = HU_OPEN, .sorted = true};
	for (size_t i = 0; i < all->count; i++) {
		const struct row *r = &all->at[i];
		/* Rows of all locks are in one order: a cut takes from its end. */
		if (r->hold && r->source == of->source) {
			s->sorted &= s->last == HU_OPEN || r->longest <= s->last;
			s->last = r->longest;
			if (s->shortest == HU_OPEN || r->longest < s->shortest)
				s->shortest = r->longest;
		}
		if (!same_lock(r, of))
			continue;
		if (r->hold)
			s->held += r->total;
		else if (r->longest > s->wait) {
			s->wait = r->longest;
			s->waiter = r->tid;
		}
	}
}

/* How much of the longest wait nobody else can have filled. */
static hu_ns left_to(const struct sums *s, const struct row *of)
{
	if (!s->wait || !s->sorted || s->shortest == HU_OPEN || s->shortest > s->wait / NEGLIGIBLE)
		return 0;
	hu_ns others = s->held - of->total;
	hu_ns left = s->wait - s->wait / DIGITS - others - others / DIGITS;
	return left > s->wait / NEGLIGIBLE && of->longest >= left ? left : 0;
}

static void mark(struct hu_model *m, const table_rows *all, const struct row *r)
{
	struct sums s;

	sum_up(all, r, &s);
	for (size_t i = 0; i < m->holds.count; i++) {
		struct hu_hold *h = &m->holds.at[i];
		if (h->timed || h->begin.source != r->source || h->begin.row != r->row)
			continue;
		h->in_table = true;
		h->at_least = left_to(&s, r);
		h->table_wait = s.wait;
		h->table_waiter = s.waiter;
		h->how = h->at_least ? HU_OVERLAPPING : HU_SIGNATURE;
	}
}

struct hu_err *hu_table_holds(struct hu_model *m)
{
	table_rows all = {0};
	struct hu_rows *rows = hu_rows_open(
		m->store,
		"SELECT s.rowid, s.source, s.address, n.text, s.duration_ns, a.total, "
		"l.text = 'longest lock hold of a caller', s.tid FROM span AS s JOIN name AS l ON "
		"l.id = "
		"s.label JOIN source AS o ON o.id = s.source JOIN aggregate AS a ON a.source = "
		"s.source AND a.pos = s.pos LEFT JOIN name AS n ON n.id = s.name WHERE s.ts IS "
		"NULL "
		"AND o.copy_of IS NULL AND l.text IN ('longest lock hold of a caller', 'longest "
		"lock "
		"wait of a caller') AND (s.address IS NOT NULL OR s.name IS NOT NULL) ORDER BY "
		"s.source, s.rowid");

	while (hu_rows_next(rows)) {
		struct row r = {.row = hu_rows_int(rows, 0),
				.source = hu_rows_int(rows, 1),
				.address = (uint64_t)hu_rows_int(rows, 2),
				.name = hu_model_string(m, hu_rows_str(rows, 3)),
				.longest = hu_rows_int(rows, 4),
				.total = hu_rows_int(rows, 5),
				.hold = hu_rows_int(rows, 6),
				.tid = (int32_t)hu_rows_int_or(rows, 7, HU_NONE)};
		HU_PUSH(&all, r);
	}
	struct hu_err *err = hu_rows_close(rows);
	/* A table is as long as a person reads; one of thousands of rows is nobody's proof. */
	for (size_t i = 0; i < all.count && all.count <= 4096 && !err; i++)
		if (all.at[i].hold)
			mark(m, &all, &all.at[i]);
	free(all.at);
	return err;
}
