/* From the reports of the kernel log to faults of reclaim: which they are, and which are one. */
#include "analyzers/reclaim_faults.h"

#include <stdlib.h>
#include <string.h>

static bool has(const char *text, const char *word)
{
	return text && hu_str_find(hu_str(text), word) >= 0;
}

/* The depth of the first frame from `from` on that `is`; SIZE_MAX: none. */
static size_t find(const struct hu_stacks *s, hu_stack_id id, size_t from,
		   bool (*is)(const char *symbol))
{
	const char *f;

	for (size_t depth = from; (f = hu_stack_frame(s, id, depth)) && depth < 512; depth++)
		if (is(f))
			return depth;
	return SIZE_MAX;
}

/*
 * Filesystem, allocation, reclaim, and the same filesystem again, leaf last. By itself that is
 * legal and common (a read that allocates reclaims inodes of its own filesystem); it is a fault
 * where the inner call waits for a lock or a transaction, which the outer one may hold
 * (Documentation/core-api/gfp_mask-from-fs-io.rst).
 */
static bool recursion(struct hu_stacks *s, struct hu_fault_report *r)
{
	size_t reclaim = find(s, r->stack, 0, hu_is_reclaim);
	const char *outer_fs, *inner_fs;

	if (reclaim == SIZE_MAX)
		return false;
	size_t alloc = find(s, r->stack, reclaim, hu_is_allocation);
	if (alloc == SIZE_MAX)
		return false;
	const char *inner = hu_filesystem_frame(s, r->stack, 0, reclaim, &inner_fs);
	hu_filesystem_frame(s, r->stack, alloc, 512, &outer_fs);
	if (!inner || !outer_fs || strcmp(inner_fs, outer_fs) != 0)
		return false;
	enum hu_why why = hu_stack_facts(s, r->stack)->why;
	if (r->kind != HU_SNAP_WARNING && why != HU_WHY_LOCK && why != HU_WHY_JOURNAL)
		return false;
	r->fs = inner_fs;
	r->frame = inner;
	return true;
}

/* What a report is; HU_FAULT_KINDS: no fault of reclaim. Fills fs and frame. */
static enum hu_fault_kind fault_of(struct hu_stacks *s, struct hu_fault_report *r)
{
	bool warning = r->kind == HU_SNAP_WARNING;

	if (!r->kind)
		return HU_FAULT_LOOP;
	/* include/linux/lockdep: the class is fs_reclaim since 4.14, a state RECLAIM_FS before. */
	if (warning && r->lock)
		return HU_FAULT_LOCKDEP;
	bool allocator =
		warning && (has(r->text, "mm/page_alloc.c") || has(r->text, "__alloc_pages") ||
			    has(r->text, "__alloc_frozen_pages"));
	if (!r->stack)
		return allocator && has(r->text, "slowpath") ? HU_FAULT_NOFAIL : HU_FAULT_KINDS;
	size_t alloc = find(s, r->stack, 0, hu_is_allocation);
	size_t reclaim = alloc == SIZE_MAX ? SIZE_MAX : find(s, r->stack, alloc + 1, hu_is_reclaim);
	bool inside = reclaim != SIZE_MAX && !hu_stack_has(s, r->stack, "drop_slab");
	/* A filesystem between the two is whose eviction asks; deeper ones are bystanders. */
	if (inside && (allocator || r->kind == HU_SNAP_ALLOC_FAIL)) {
		r->frame = hu_filesystem_frame(s, r->stack, alloc, reclaim, &r->fs);
		return allocator ? HU_FAULT_NOFAIL : HU_FAULT_FAILED;
	}
	if (warning && (hu_stack_has(s, r->stack, "pageout") ||
			hu_stack_has(s, r->stack, "shrink_page_list") ||
			hu_stack_has(s, r->stack, "shrink_folio_list"))) {
		r->frame = hu_filesystem_frame(s, r->stack, 0, 4, &r->fs);
		if (r->frame && has(r->frame, "writepage"))
			return HU_FAULT_WRITEPAGE;
	}
	if (r->kind != HU_SNAP_ALLOC_FAIL && r->kind != HU_SNAP_OOM && recursion(s, r))
		return HU_FAULT_RECURSION;
	return HU_FAULT_KINDS;
}

/* "ffff88810a4e61d8 (&examplefs_nondir_ilock){++++}-{3:3}, at: examplefs_evict+0x9e/0x150" */
static void parse_lock(struct hu_model *m, struct hu_str line, struct hu_fault_report *r)
{
	ptrdiff_t open = hu_str_find(line, "("), close = hu_str_find(line, "){");
	ptrdiff_t in = hu_str_find(line, " at: ");

	if (open < 0 || close <= open)
		return;
	r->lock =
		hu_model_string(m, (struct hu_str){line.at + open + 1, (size_t)(close - open - 1)});
	if (in < 0)
		return;
	struct hu_str place = hu_str_skip(line, (size_t)in + 5);
	ptrdiff_t plus = hu_str_find(place, "+0x");
	if (hu_str_starts(place, "[<")) { /* "[<ffffffffa04b609d>] name+0x6d/0x320" before 4.10 */
		hu_str_split(&place, ' ');
		plus = hu_str_find(place, "+0x");
	}
	r->place = hu_model_string(m, plus > 0 ? (struct hu_str){place.at, (size_t)plus} : place);
}

/* The lines of lockdep's report: is reclaim one side of the cycle, and which lock is the other? */
static void read_lockdep(struct hu_conclusion *c, struct hu_fault_report *r)
{
	struct hu_fault_report seen = {0};
	bool reclaim = false, next = false;
	struct hu_rows *rows = hu_rows_open(
		c->store,
		"SELECT n.text FROM message AS x JOIN name AS n ON n.id = x.text WHERE x.source = "
		"?1 AND x.block = (SELECT block FROM message WHERE source = ?1 AND pos = ?2 LIMIT "
		"1) "
		"ORDER BY x.pos, x.rowid");

	hu_rows_bind_int(rows, 1, r->ref.source);
	hu_rows_bind_int(rows, 2, r->ref.pos);
	while (hu_rows_next(rows)) {
		struct hu_str line = hu_rows_str(rows, 0);
		reclaim |= hu_str_find(line, "fs_reclaim") >= 0 ||
			   hu_str_find(line, "RECLAIM_FS") >= 0;
		if (next && !seen.lock)
			parse_lock(c->m, line, &seen);
		next = hu_str_ends(line, "is trying to acquire lock:") ||
		       hu_str_ends(line, " takes:");
	}
	hu_result_close(&c->err, rows);
	if (!reclaim)
		return;
	r->lock = seen.lock ? seen.lock : "a lock";
	r->place = seen.place;
	r->frame = r->place;
	r->fs = r->place ? hu_filesystem_of(r->place) : NULL;
}

typedef HU_VEC(struct hu_fault_report) reports;

/* Logs overlap: the same words of the same task, as near as clocks without a zone's second are. */
static bool repeated(const struct hu_fault_report *a, const struct hu_fault_report *b)
{
	enum { NEAR = 3 };

	return a->text == b->text && a->tid == b->tid && a->ref.source != b->ref.source &&
	       (a->at == HU_OPEN || b->at == HU_OPEN ||
		llabs((long long)(a->at - b->at)) < NEAR * HU_NS_PER_S);
}

static int by_time(const void *a, const void *b)
{
	const struct hu_fault_report *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->ref.source != y->ref.source)
		return x->ref.source < y->ref.source ? -1 : 1;
	return x->ref.row < y->ref.row ? -1 : x->ref.row > y->ref.row;
}

static void add(reports *to, const struct hu_fault_report *r)
{
	enum { RECENT = 64 };

	for (size_t i = to->count > RECENT ? to->count - RECENT : 0; i < to->count; i++)
		if (repeated(&to->at[i], r))
			return;
	HU_PUSH(to, *r);
}

static struct hu_fault_report read_row(struct hu_conclusion *c, struct hu_rows *rows,
				       const char *table)
{
	return (struct hu_fault_report){
		.ref = {table, hu_rows_int(rows, 0), hu_rows_int(rows, 1), hu_rows_int(rows, 2)},
		.at = hu_rows_int_or(rows, 3, HU_OPEN),
		.tid = (int32_t)hu_rows_int_or(rows, 4, HU_NONE),
		.comm = hu_model_string(c->m, hu_rows_str(rows, 5)),
		.text = hu_model_string(c->m, hu_rows_str(rows, 6)),
		.stack = hu_rows_int(rows, 7),
		.kind = (uint32_t)hu_rows_int(rows, 8)};
}

static void read_reports(struct hu_conclusion *c, reports of[HU_FAULT_KINDS])
{
	struct hu_rows *rows = hu_rows_open(
		c->store,
		"SELECT p.rowid, p.source, p.pos, p.ts + s.offset_ns, p.tid, k.text, n.text, "
		"p.stack, p.kind FROM snapshot AS p JOIN source AS s ON s.id = p.source LEFT JOIN "
		"name AS k ON k.id = p.comm LEFT JOIN name AS n ON n.id = p.text WHERE s.copy_of "
		"IS NULL AND p.kind IN (1, 2, 3, 4, 6) ORDER BY n.text, p.tid, p.source, p.rowid");

	while (hu_rows_next(rows)) {
		struct hu_fault_report r = read_row(c, rows, "snapshot");
		bool lockdep =
			r.kind == HU_SNAP_WARNING && (has(r.text, "lock") || has(r.text, "LOCK"));
		if (lockdep)
			read_lockdep(c, &r);
		enum hu_fault_kind kind = fault_of(&c->m->stacks, &r);
		if (kind < HU_FAULT_KINDS)
			add(&of[kind], &r);
	}
	hu_result_close(&c->err, rows);
	/* fs/xfs/kmem.c, until 6.8: "NAME(PID) possible memory allocation deadlock size N in …" */
	rows = hu_rows_open(
		c->store,
		"SELECT x.rowid, x.source, x.pos, x.ts + s.offset_ns, x.tid, NULL, n.text, 0, 0 "
		"FROM message AS x JOIN source AS s ON s.id = x.source JOIN name AS n ON n.id = "
		"x.text WHERE s.copy_of IS NULL AND n.text LIKE '%possible memory allocation "
		"deadlock%' ORDER BY n.text, x.tid, x.source, x.rowid");
	while (hu_rows_next(rows)) {
		struct hu_fault_report r = read_row(c, rows, "message");
		r.fs = "xfs";
		add(&of[HU_FAULT_LOOP], &r);
	}
	hu_result_close(&c->err, rows);
}

static bool same(const struct hu_fault_report *a, const struct hu_fault_report *b)
{
	const char *x = a->fs ? a->fs : "", *y = b->fs ? b->fs : "";

	return !strcmp(x, y) &&
	       (!a->lock || !b->lock || a->lock == b->lock || !strcmp(a->lock, b->lock));
}

void hu_find_reclaim_faults(struct hu_conclusion *c, struct hu_troubles *to)
{
	reports of[HU_FAULT_KINDS] = {0};

	read_reports(c, of);
	for (int kind = 0; kind < HU_FAULT_KINDS; kind++) {
		reports *all = &of[kind];
		if (all->count)
			qsort(all->at, all->count, sizeof(all->at[0]), by_time);
		/* One incident for each filesystem (of lockdep: each lock). */
		while (all->count) {
			reports one = {0}, rest = {0};
			for (size_t i = 0; i < all->count; i++) {
				if (same(&all->at[0], &all->at[i]))
					HU_PUSH(&one, all->at[i]);
				else
					HU_PUSH(&rest, all->at[i]);
			}
			hu_conclude_fault(c, to, (enum hu_fault_kind)kind, one.at, one.count);
			free(one.at);
			free(all->at);
			*all = rest;
		}
		free(all->at);
	}
}
