/* Shrinker calls by shrinker: some ten thousand intervals of some dozen shrinkers. */
#include "analyzers/long_shrinkers.h"

#include <stdlib.h>
#include <string.h>

enum { LOOKED_INTO = 8 }; /* so many of the longest are asked what happened inside them */

/* The frame below do_shrink_slab(): the shrinker's own function; NULL: not in a shrinker. *depth is
 * its place. */
static const char *shrinker_frame(const struct hu_stacks *s, hu_stack_id id, size_t *depth)
{
	const char *f, *below = NULL;

	for (size_t at = 0; (f = hu_stack_frame(s, id, at)) && at < 512; at++) {
		if (hu_symbol_is(f, "do_shrink_slab") || hu_symbol_is(f, "shrink_slab") ||
		    hu_symbol_is(f, "shrink_slab_memcg")) {
			*depth = at ? at - 1 : 0;
			return below;
		}
		below = f;
	}
	return NULL;
}

static struct hu_shrinker *fresh(hu_shrinkers *to, enum hu_seen_how how, const char *function,
				 uint64_t address)
{
	struct hu_shrinker made = {.how = how,
				   .function = function,
				   .address = address,
				   .tid = HU_NONE,
				   .longest_at = HU_OPEN,
				   .freeable = -1,
				   .freed = -1,
				   .node = HU_NONE};

	HU_PUSH(to, made);
	return &to->at[to->count - 1];
}

/* Of those without an address: some dozen functions. */
static struct hu_shrinker *group(hu_shrinkers *to, enum hu_seen_how how, const char *function)
{
	for (size_t i = to->count; i-- > 0 && to->at[i].how != HU_SEEN_CALLS;)
		if (to->at[i].how == how && !strcmp(to->at[i].function, function))
			return &to->at[i];
	return fresh(to, how, function, 0);
}

static int by_shrinker(const void *a, const void *b)
{
	const struct hu_scan *x = *(const struct hu_scan *const *)a;
	const struct hu_scan *y = *(const struct hu_scan *const *)b;

	if (x->shrinker != y->shrinker)
		return x->shrinker < y->shrinker ? -1 : 1;
	int order = strcmp(x->function, y->function);
	if (order)
		return order;
	return x->from != y->from ? (x->from < y->from ? -1 : 1) : x->tid - y->tid;
}

/* Sorted, and not searched for: ten thousand mounts are ten thousand shrinkers. */
static void from_calls(struct hu_conclusion *c, hu_shrinkers *to)
{
	size_t n = c->m->scans.count;
	const struct hu_scan **sorted = hu_alloc(sizeof(*sorted) * (n + 1));
	struct hu_shrinker *s = NULL;

	for (size_t i = 0; i < n; i++)
		sorted[i] = &c->m->scans.at[i];
	if (n)
		qsort(sorted, n, sizeof(sorted[0]), by_shrinker);
	for (size_t i = 0; i < n; i++) {
		const struct hu_scan *scan = sorted[i];
		hu_ns ns = scan->to - scan->from;
		if (!s || s->address != scan->shrinker || strcmp(s->function, scan->function) != 0)
			s = fresh(to, HU_SEEN_CALLS, scan->function, scan->shrinker);
		s->calls++;
		s->total += ns;
		s->slow += ns >= c->m->options.threshold;
		if (s->longest_at != HU_OPEN && ns <= s->longest)
			continue;
		s->longest = ns;
		s->longest_at = scan->from;
		s->tid = scan->tid;
		s->ref = scan->begin;
	}
	free(sorted);
}

/* Objects and node stand in the two events of the call. */
static void look_up_objects(struct hu_conclusion *c, struct hu_shrinker *s)
{
	if (s->how != HU_SEEN_CALLS || !s->ref.table)
		return;
	struct hu_rows *rows = hu_rows_open(
		c->store,
		"SELECT objects, node, step FROM shrink WHERE rowid >= ?1 AND source = ?2 "
		"AND tid = ?3 ORDER BY rowid LIMIT 2");
	hu_rows_bind_int(rows, 1, s->ref.row);
	hu_rows_bind_int(rows, 2, s->ref.source);
	hu_rows_bind_int(rows, 3, s->tid);
	while (hu_rows_next(rows)) {
		if (hu_rows_int(rows, 2) == HU_BEGIN && s->freeable < 0) {
			s->freeable = hu_rows_int_or(rows, 0, -1);
			s->node = (int32_t)hu_rows_int_or(rows, 1, HU_NONE);
		} else if (hu_rows_int(rows, 2) == HU_END) {
			s->freed = hu_rows_int_or(rows, 0, -1);
		}
	}
	hu_result_close(&c->err, rows);
}

static bool is_shrinker(struct hu_str function)
{
	return hu_str_is(function, "do_shrink_slab") || hu_str_is(function, "super_cache_scan") ||
	       hu_str_ends(function, "_shrink_scan") || hu_str_ends(function, "_scan_objects") ||
	       hu_str_ends(function, "_shrinker_scan") || hu_str_ends(function, "_cache_scan");
}

/* Somebody's script or funcslower timed the function. */
static void from_printed(struct hu_conclusion *c, hu_shrinkers *to)
{
	struct hu_rows *rows = hu_rows_open(
		c->store,
		"SELECT p.rowid, p.source, p.pos, p.ts + s.offset_ns, p.tid, k.text, f.text, "
		"p.duration_ns FROM span AS p JOIN source AS s ON s.id = p.source JOIN name AS f "
		"ON "
		"f.id = p.function LEFT JOIN name AS k ON k.id = p.comm WHERE s.copy_of IS NULL "
		"AND (f.text LIKE '%scan%' OR f.text = 'do_shrink_slab') ORDER BY p.source, "
		"p.rowid");

	while (hu_rows_next(rows)) {
		if (!is_shrinker(hu_rows_str(rows, 6)))
			continue;
		struct hu_shrinker *s =
			group(to, HU_SEEN_PRINTED, hu_model_string(c->m, hu_rows_str(rows, 6)));
		hu_ns ns = hu_rows_int(rows, 7), at = hu_rows_int_or(rows, 3, HU_OPEN);
		s->calls++;
		s->total += ns;
		s->slow += ns >= c->m->options.threshold;
		if (s->ref.table && ns <= s->longest)
			continue;
		s->longest = ns;
		s->longest_at = at == HU_OPEN ? at : at - ns;
		s->tid = (int32_t)hu_rows_int_or(rows, 4, HU_NONE);
		s->comm = hu_model_string(c->m, hu_rows_str(rows, 5));
		s->ref = (struct hu_ref){"span", hu_rows_int(rows, 0), hu_rows_int(rows, 1),
					 hu_rows_int(rows, 2)};
	}
	hu_result_close(&c->err, rows);
}

static hu_ns unit_of(struct hu_str unit)
{
	return hu_str_starts(unit, "n")	   ? 1
	       : hu_str_starts(unit, "us") ? HU_NS_PER_US
	       : hu_str_starts(unit, "ms") ? HU_NS_PER_MS
					   : 0;
}

/* The first word of a key that is a shrinker's name: "kswapd0, super_cache_scan". */
static const char *shrinker_word(struct hu_model *m, struct hu_str key)
{
	while (key.len) {
		size_t n = 0;
		while (n < key.len && !strchr(" ,;:[]()/", key.at[n]))
			n++;
		struct hu_str word = {key.at, n};
		if (n && is_shrinker(word))
			return hu_model_string(m, word);
		key = hu_str_skip(key, n ? n : 1);
	}
	return NULL;
}

/* Histograms of how long a shrinker took: funclatency, a bpftrace map. The last bucket that is not
 * empty says how long one call was at least. */
static void from_tables(struct hu_conclusion *c, hu_shrinkers *to)
{
	struct hu_rows *rows = hu_rows_open(
		c->store,
		"SELECT p.rowid, p.source, p.pos, p.ts + s.offset_ns, k.text, u.text, p.low, "
		"p.count FROM aggregate AS p JOIN source AS s ON s.id = p.source JOIN name AS k ON "
		"k.id = p.key JOIN name AS u ON u.id = p.unit WHERE s.copy_of IS NULL AND p.low IS "
		"NOT NULL AND p.count > 0 AND (k.text LIKE '%scan%' OR k.text LIKE "
		"'%do_shrink_slab%') ORDER BY p.source, p.rowid");

	while (hu_rows_next(rows)) {
		const char *function = shrinker_word(c->m, hu_rows_str(rows, 4));
		hu_ns unit = unit_of(hu_rows_str(rows, 5));
		int64_t low = hu_rows_int(rows, 6);
		if (!function || !unit || low < 0 || low > INT64_MAX / 2 / unit)
			continue;
		struct hu_shrinker *s = group(to, HU_SEEN_TABLES, function);
		s->calls += hu_rows_int(rows, 7);
		if (low * unit >= c->m->options.threshold)
			s->slow += hu_rows_int(rows, 7);
		if (s->ref.table && low * unit <= s->longest)
			continue;
		s->longest = low * unit;
		s->ref = (struct hu_ref){"aggregate", hu_rows_int(rows, 0), hu_rows_int(rows, 1),
					 hu_rows_int(rows, 2)};
	}
	hu_result_close(&c->err, rows);
}

static void note_stack(struct hu_conclusion *c, struct hu_shrinker *s, hu_stack_id stack)
{
	static const char several[] = "several filesystems";
	const char *fs;
	size_t depth;

	if (s->fs == several || !shrinker_frame(&c->m->stacks, stack, &depth))
		return;
	s->stack = s->stack ? s->stack : stack;
	const char *frame = hu_filesystem_frame(&c->m->stacks, stack, 0, depth, &fs);
	if (!frame || (s->fs && !strcmp(s->fs, fs)))
		return;
	s->frame = s->fs ? NULL : frame;
	s->fs = s->fs ? several : fs;
}

/* Tasks that reports and lists of the kernel log show inside a shrinker. */
static void from_stacks(struct hu_conclusion *c, hu_shrinkers *to)
{
	struct hu_rows *rows = hu_rows_open(
		c->store,
		"SELECT p.rowid, p.source, p.pos, p.ts + s.offset_ns, p.tid, k.text, p.stack, "
		"p.kind, n.text FROM snapshot AS p JOIN source AS s ON s.id = p.source LEFT JOIN "
		"name AS k ON k.id = p.comm LEFT JOIN name AS n ON n.id = p.text WHERE s.copy_of "
		"IS "
		"NULL AND p.kind IN (1, 2, 3, 4) AND p.stack IS NOT NULL ORDER BY p.ts, p.source, "
		"p.rowid");

	while (hu_rows_next(rows)) {
		hu_stack_id stack = hu_rows_int(rows, 6);
		size_t depth;
		if (!hu_stack_facts(&c->m->stacks, stack)->in_shrink_slab)
			continue;
		const char *function = shrinker_frame(&c->m->stacks, stack, &depth);
		if (!function)
			continue;
		struct hu_shrinker *s = group(to, HU_SEEN_STACKS, function);
		int32_t tid = (int32_t)hu_rows_int_or(rows, 4, HU_NONE);
		hu_ns at = hu_rows_int_or(rows, 3, HU_OPEN);
		s->calls++;
		s->reported |= hu_rows_int(rows, 7) == HU_SNAP_LOCKUP;
		note_stack(c, s, stack);
		/* The same task with the same stack again: it has been in there since, or looks so.
		 */
		if (s->ref.table && s->tid == tid && s->stack == stack && at != HU_OPEN &&
		    s->longest_at != HU_OPEN && at - s->longest_at > s->longest)
			s->longest = at - s->longest_at;
		if (s->ref.table && hu_rows_int(rows, 7) != HU_SNAP_LOCKUP)
			continue;
		if (s->text)
			continue;
		s->tid = tid;
		s->stack = stack;
		s->longest_at = at;
		s->comm = hu_model_string(c->m, hu_rows_str(rows, 5));
		if (hu_rows_int(rows, 7) == HU_SNAP_LOCKUP)
			s->text = hu_model_string(c->m, hu_rows_str(rows, 8));
		s->ref = (struct hu_ref){"snapshot", hu_rows_int(rows, 0), hu_rows_int(rows, 1),
					 hu_rows_int(rows, 2)};
	}
	hu_result_close(&c->err, rows);
}

/* Profile samples below do_shrink_slab(): CPU time, by shrinker. */
static void from_samples(struct hu_conclusion *c, hu_shrinkers *to)
{
	size_t first = to->count;
	int64_t all = 0;
	struct hu_rows *rows = hu_rows_open(c->store, "SELECT p.stack, count(*), min(p.rowid), "
						      "min(p.source), min(p.tid) FROM sample AS p "
						      "JOIN source AS s ON s.id = p.source WHERE "
						      "s.copy_of IS NULL GROUP BY p.stack ORDER "
						      "BY count(*) DESC, min(p.rowid)");

	while (hu_rows_next(rows)) {
		hu_stack_id stack = hu_rows_int(rows, 0);
		size_t depth;
		all += hu_rows_int(rows, 1);
		if (!hu_stack_facts(&c->m->stacks, stack)->in_shrink_slab)
			continue;
		const char *function = shrinker_frame(&c->m->stacks, stack, &depth);
		if (!function)
			continue;
		struct hu_shrinker *s = group(to, HU_SEEN_SAMPLES, function);
		s->calls += hu_rows_int(rows, 1);
		note_stack(c, s, stack);
		if (s->ref.table)
			continue;
		s->tid = (int32_t)hu_rows_int_or(rows, 4, HU_NONE);
		s->stack = stack;
		s->ref = (struct hu_ref){"sample", hu_rows_int(rows, 2), hu_rows_int(rows, 3), 0};
	}
	hu_result_close(&c->err, rows);
	for (size_t i = first; i < to->count; i++)
		to->at[i].slow = all;
}

static int by_length(const void *a, const void *b)
{
	const struct hu_shrinker *x = a, *y = b;

	if (x->reported != y->reported)
		return x->reported ? -1 : 1;
	if (x->longest != y->longest)
		return x->longest > y->longest ? -1 : 1;
	if (x->how != y->how)
		return x->how < y->how ? -1 : 1;
	if (x->calls != y->calls)
		return x->calls > y->calls ? -1 : 1;
	int order = strcmp(x->function, y->function);
	return order ? order : x->address < y->address ? -1 : x->address > y->address;
}

/* The shrinker whose longest call that task was in at that moment. */
static struct hu_shrinker *at_time(hu_shrinkers *all, int64_t tid, hu_ns at)
{
	for (size_t i = 0; i < all->count && i < LOOKED_INTO; i++) {
		struct hu_shrinker *s = &all->at[i];
		if (s->how <= HU_SEEN_PRINTED && s->tid == tid && s->longest_at != HU_OPEN &&
		    at >= s->longest_at && at <= s->longest_at + s->longest)
			return s;
	}
	return NULL;
}

/* What the task did inside: stacks at its switches tell the filesystem, I/O tells the device. */
static void look_inside(struct hu_conclusion *c, hu_shrinkers *all)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out tids = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};

	for (size_t i = 0; i < all->count && i < LOOKED_INTO; i++)
		if (all->at[i].how <= HU_SEEN_PRINTED && all->at[i].tid >= 0)
			hu_out_printf(&tids, "%s%d", tids.len ? ", " : "", all->at[i].tid);
	if (!tids.len)
		return;
	hu_out_printf(&sql,
		      "SELECT e.tid, e.ts + s.offset_ns, e.stack FROM switch AS e JOIN source AS s "
		      "ON s.id = e.source WHERE e.stack IS NOT NULL AND e.tid IN (%s) UNION ALL "
		      "SELECT e.tid, e.ts + s.offset_ns, e.stack FROM sample AS e JOIN source AS s "
		      "ON s.id = e.source WHERE e.stack IS NOT NULL AND e.tid IN (%s)",
		      tids.at, tids.at);
	struct hu_rows *rows = hu_rows_open(c->store, sql.at);
	while (hu_rows_next(rows)) {
		struct hu_shrinker *s = at_time(all, hu_rows_int(rows, 0), hu_rows_int(rows, 1));
		if (s)
			note_stack(c, s, hu_rows_int(rows, 2));
	}
	hu_result_close(&c->err, rows);
	hu_out_clear(&sql);
	hu_out_printf(&sql,
		      "SELECT e.tid, e.ts + s.offset_ns, e.device FROM io AS e JOIN source AS s ON "
		      "s.id = e.source WHERE e.step = 1 AND e.device IS NOT NULL AND e.tid IN (%s) "
		      "ORDER BY e.source, e.rowid",
		      tids.at);
	rows = hu_rows_open(c->store, sql.at);
	while (hu_rows_next(rows)) {
		struct hu_shrinker *s = at_time(all, hu_rows_int(rows, 0), hu_rows_int(rows, 1));
		HU_CLEANUP(hu_out_deinit) struct hu_out device = {0};
		int64_t number = hu_rows_int(rows, 2);
		if (!s || s->device || !number)
			continue;
		hu_out_printf(&device, "%lld:%lld", (long long)(number >> 20),
			      (long long)(number & 0xfffff));
		s->device = hu_model_string(c->m, hu_out_view(&device));
	}
	hu_result_close(&c->err, rows);
}

void hu_shrinkers_find(struct hu_conclusion *c, hu_shrinkers *ret)
{
	*ret = (hu_shrinkers){0};
	from_calls(c, ret);
	from_printed(c, ret);
	from_tables(c, ret);
	from_stacks(c, ret);
	from_samples(c, ret);
	if (!ret->count)
		return;
	qsort(ret->at, ret->count, sizeof(ret->at[0]), by_length);
	look_inside(c, ret);
	for (size_t i = 0; i < ret->count && i < LOOKED_INTO; i++)
		look_up_objects(c, &ret->at[i]);
	for (size_t i = 0; i < ret->count; i++)
		if (!ret->at[i].comm && ret->at[i].tid >= 0)
			ret->at[i].comm = hu_model_comm(c->m, ret->at[i].tid);
}
