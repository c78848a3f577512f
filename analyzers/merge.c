/*
 * One incident, recorded by several tracers at once: trace.dat, perf.data and CTF each saw the same
 * mount and the same wait, with stamps of their own. What two sources tell of one task, of one kind
 * and at the same times is one interval. Each side keeps what only it knows: one the lock's
 * address, the other the stack.
 *
 * "The same times": both ends within what the two clocks are known to, and never more than a
 * quarter of the interval, so that a loop of short calls is not folded onto its neighbours; what is
 * left then may come late, one for one. Each interval of one source stands for at most one of
 * another.
 */
#include "analyzers/merge.h"

#include <stdlib.h>
#include <string.h>

static const hu_ns apart = 50000; /* two tracepoint handlers of one event, an interrupt between */
/* … and the longest by which one of them may come late: an interrupt, a preemption, a slow machine
 */
static const hu_ns late = 10 * HU_NS_PER_MS;
static const hu_ns cap = HU_NS_PER_MS; /* of what clocks may be off by, for a short interval */

struct origin { /* a swept source */
	int64_t id;
	hu_ns slack;
	char clock[24];
};

struct item {
	size_t index;
	int32_t tid;
	hu_ns from, to;
	bool open;
	bool tail; /* it reaches past its exit event, which only who records stacks can tell */
	size_t origin;
	int worth; /* the more is known of it */
};

struct merging {
	struct hu_model *m;
	HU_VEC(struct origin) origins;
	HU_VEC(struct item) items;
	bool *dropped; /* by index */
	uint64_t *has; /* by index: the origins that it stands for */
	bool late;     /* second round: what fits nobody closely may still be one that came late */
	/* Are these two of one kind? Both indices are of the model's array. */
	bool (*same)(const struct hu_model *m, size_t a, size_t b);
	/* `keep` takes what only `drop` knows. */
	void (*join)(struct hu_model *m, size_t keep, size_t drop);
};

static struct hu_err *load_origins(struct merging *g)
{
	struct hu_rows *rows = hu_rows_open(
		g->m->store, "SELECT id, slack_ns, clock FROM source WHERE offset_ns NOTNULL AND "
			     "copy_of IS NULL AND id IN (SELECT source FROM switch UNION SELECT "
			     "source FROM lock_event UNION SELECT source FROM syscall UNION SELECT "
			     "source FROM reclaim UNION SELECT source FROM shrink) ORDER BY id");

	while (hu_rows_next(rows)) {
		struct origin o = {.id = hu_rows_int(rows, 0), .slack = hu_rows_int(rows, 1)};
		struct hu_str clock = hu_rows_str(rows, 2);
		memcpy(o.clock, clock.at, clock.len < sizeof(o.clock) ? clock.len : 23);
		if (g->origins.count < 64)
			HU_PUSH(&g->origins, o);
	}
	return hu_rows_close(rows);
}

static size_t origin_of(const struct merging *g, const struct hu_ref *begin,
			const struct hu_ref *end)
{
	int64_t id = begin->table ? begin->source : end->source;

	for (size_t i = 0; i < g->origins.count; i++)
		if (g->origins.at[i].id == id)
			return i;
	return SIZE_MAX;
}

static hu_ns tolerance(const struct merging *g, const struct item *a, const struct item *b)
{
	const struct origin *x = &g->origins.at[a->origin], *y = &g->origins.at[b->origin];
	hu_ns clocks = strcmp(x->clock, y->clock) == 0 ? 0 : x->slack + y->slack;
	hu_ns quarter =
		((a->to - a->from > b->to - b->from ? a->to - a->from : b->to - b->from)) / 4;
	hu_ns most = quarter > cap ? quarter : cap;

	clocks += apart;
	if (g->late)
		return clocks + late;
	return clocks < most ? clocks : most;
}

static hu_ns distance(hu_ns a, hu_ns b)
{
	return a > b ? a - b : b - a;
}

/* An end that the capture did not see agrees with any later one. */
static bool agree(const struct merging *g, const struct item *a, const struct item *b)
{
	hu_ns tol = tolerance(g, a, b);

	if (distance(a->from, b->from) > tol)
		return false;
	if (a->open && b->open)
		return true;
	if (a->open)
		return b->to >= a->to - tol;
	if (b->open)
		return a->to >= b->to - tol;
	/* How far a tail reaches each tells by what else it recorded. */
	if (a->tail || b->tail)
		return true;
	return distance(a->to, b->to) <= tol;
}

static int by_task_and_time(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static void meet(struct merging *g, const struct item *a, const struct item *b)
{
	if (g->dropped[a->index] || g->dropped[b->index] || a->origin == b->origin ||
	    (g->has[a->index] & g->has[b->index]) || !agree(g, a, b) ||
	    !g->same(g->m, a->index, b->index))
		return;
	bool first = a->tail && b->tail	    ? a->to >= b->to
		     : a->tail != b->tail   ? a->tail
		     : a->open != b->open   ? b->open
		     : a->worth != b->worth ? a->worth > b->worth
					    : a->origin <= b->origin;
	const struct item *keep = first ? a : b, *drop = first ? b : a;
	g->join(g->m, keep->index, drop->index);
	g->has[keep->index] |= g->has[drop->index];
	g->dropped[drop->index] = true;
}

/* Marks what is told twice. `count`: of the model's array. */
static void fold(struct merging *g, size_t count)
{
	g->dropped = hu_alloc((count + 1) * sizeof(*g->dropped));
	g->has = hu_alloc((count + 1) * sizeof(*g->has));
	if (g->items.count)
		qsort(g->items.at, g->items.count, sizeof(*g->items.at), by_task_and_time);
	for (size_t i = 0; i < g->items.count; i++)
		g->has[g->items.at[i].index] = UINT64_C(1) << g->items.at[i].origin;
	for (int round = 0; round < 2; round++) {
		g->late = round > 0;
		for (size_t i = 0; i < g->items.count; i++) {
			const struct item *a = &g->items.at[i];
			hu_ns reach = (a->to - a->from) / 2 + 2 * late;
			for (size_t k = i + 1; k < g->items.count; k++) {
				const struct item *b = &g->items.at[k];
				if (g->dropped[a->index] || b->tid != a->tid ||
				    b->from - a->from > reach)
					break;
				meet(g, a, b);
			}
		}
	}
	g->late = false;
	g->items.count = 0;
}

static void forget(struct merging *g)
{
	hu_freep(&g->dropped);
	hu_freep(&g->has);
}

static void add(struct merging *g, size_t index, int32_t tid, hu_ns from, hu_ns to, bool open,
		int worth, const struct hu_ref *begin, const struct hu_ref *end)
{
	struct item item = {index, tid, from, to, open, false, origin_of(g, begin, end), worth};

	if (item.origin != SIZE_MAX)
		HU_PUSH(&g->items, item);
}

/* Keeps those that are not dropped, in their order. */
#define COMPACT(g, vec, deinit)                                                                    \
	do {                                                                                       \
		size_t kept = 0;                                                                   \
		for (size_t i = 0; i < (vec)->count; i++) {                                        \
			if ((g)->dropped[i])                                                       \
				deinit(&(vec)->at[i]);                                             \
			else                                                                       \
				(vec)->at[kept++] = (vec)->at[i];                                  \
		}                                                                                  \
		(vec)->count = kept;                                                               \
	} while (0)

static void op_deinit(struct hu_op *op)
{
	free(op->sleeps.at);
}

static void nothing(const void *item)
{
	(void)item;
}

static size_t named_sleeps(const struct hu_op *op)
{
	size_t n = 0;

	for (size_t i = 0; i < op->sleeps.count; i++)
		n += op->sleeps.at[i].stack != 0;
	return n;
}

/* These two sources watched the same calls. */
static void put_together(struct hu_model *m, int64_t a, int64_t b)
{
	int64_t x = hu_model_together(m, a), y = hu_model_together(m, b);

	for (size_t i = 0; i < m->recorded.count && x != y; i++)
		if (m->recorded.at[i].together == (x < y ? y : x))
			m->recorded.at[i].together = x < y ? x : y;
}

static void join_ops(struct hu_model *m, size_t keep, size_t drop)
{
	struct hu_op *k = &m->ops.at[keep], *d = &m->ops.at[drop];

	put_together(m, k->begin.table ? k->begin.source : k->end.source,
		     d->begin.table ? d->begin.source : d->end.source);

	if (named_sleeps(d) > named_sleeps(k) || (!k->sleeps.count && d->sleeps.count)) {
		struct hu_op other = *k;
		k->sleeps.at = d->sleeps.at;
		k->sleeps.count = d->sleeps.count;
		k->sleeps.cap = d->sleeps.cap;
		d->sleeps.at = other.sleeps.at;
		d->sleeps.count = other.sleeps.count;
		d->sleeps.cap = other.sleeps.cap;
	}
	if (!k->stack)
		k->stack = d->stack;
	k->blind &= d->blind;
}

static bool same_op(const struct hu_model *m, size_t a, size_t b)
{
	const struct hu_op *x = &m->ops.at[a], *y = &m->ops.at[b];

	return x->inferred == y->inferred && x->name && y->name && strcmp(x->name, y->name) == 0;
}

/* One source saw a long sleep, the other the call in which it happened. */
static void drop_inferred(struct merging *g)
{
	struct hu_model *m = g->m;

	for (size_t i = 0; i < g->items.count; i++) {
		const struct item *a = &g->items.at[i];
		if (!m->ops.at[a->index].inferred)
			continue;
		/* Items are sorted by task and begin; calls of one task do not nest. */
		for (size_t k = i; k-- > 0 && g->items.at[k].tid == a->tid;) {
			const struct item *b = &g->items.at[k];
			if (m->ops.at[b->index].inferred || b->origin == a->origin)
				continue;
			if (2 * hu_overlap(a->from, a->to, b->from, b->to) > a->to - a->from) {
				join_ops(m, b->index, a->index);
				g->dropped[a->index] = true;
			}
			break;
		}
	}
}

static void merge_ops(struct merging *g)
{
	struct hu_model *m = g->m;

	for (size_t i = 0; i < m->ops.count; i++) {
		const struct hu_op *op = &m->ops.at[i];
		add(g, i, op->tid, op->from, op->to, op->open,
		    4 * !op->inferred + 2 * !op->blind + (int)(named_sleeps(op) > 0), &op->begin,
		    &op->end);
		if (op->tail && g->items.count && g->items.at[g->items.count - 1].index == i)
			g->items.at[g->items.count - 1].tail = true;
	}
	g->same = same_op;
	g->join = join_ops;
	size_t items = g->items.count;
	fold(g, m->ops.count);
	g->items.count = items; /* still sorted */
	drop_inferred(g);
	g->items.count = 0;
	COMPACT(g, &m->ops, op_deinit);
	forget(g);
}

static bool same_lock(struct hu_lock_id a, struct hu_lock_id b)
{
	if (hu_lock_hashed(a) || hu_lock_hashed(b))
		return hu_lock_same(a, b) || a.address || b.address || hu_lock_unknown(a) ||
		       hu_lock_unknown(b);
	return hu_lock_same(a, b) || (!a.address && !a.name) || (!b.address && !b.name) ||
	       /* One has the address alone, the other the name alone. */
	       (a.name && b.name && strcmp(a.name, b.name) == 0) || (!a.name && !b.address) ||
	       (!b.name && !a.address);
}

static bool same_mode(uint32_t a, uint32_t b)
{
	return a == b || a == HU_MODE_UNKNOWN || b == HU_MODE_UNKNOWN;
}

/*
 * Which lock a hash stands for: the one that tracers with addresses saw in the same waits. One wait
 * in ten may have met another by chance.
 */
static void vote(struct hu_model *m, struct hu_lock_id hashed, struct hu_lock_id lock)
{
	struct hu_hash_vote v = {hashed.name, lock, 1};

	for (size_t i = 0; i < m->hash_votes.count; i++) {
		if (m->hash_votes.at[i].hashed == hashed.name &&
		    hu_lock_same(m->hash_votes.at[i].lock, lock)) {
			m->hash_votes.at[i].votes++;
			return;
		}
	}
	HU_PUSH(&m->hash_votes, v);
}

static struct hu_lock_id unhashed(const struct hu_model *m, struct hu_lock_id lock)
{
	const struct hu_hash_vote *best = NULL;
	int64_t all = 0;

	for (size_t i = 0; i < m->hash_votes.count && hu_lock_hashed(lock); i++) {
		const struct hu_hash_vote *v = &m->hash_votes.at[i];
		if (v->hashed != lock.name)
			continue;
		all += v->votes;
		if (!best || v->votes > best->votes)
			best = v;
	}
	return best && best->votes >= 2 && best->votes * 10 >= all * 9 ? best->lock : lock;
}

static void join_lock(struct hu_model *m, struct hu_lock_id *keep, struct hu_lock_id drop)
{
	if (hu_lock_hashed(*keep) && drop.address) {
		vote(m, *keep, drop);
		*keep = drop;
	} else if (hu_lock_hashed(drop) && keep->address) {
		vote(m, drop, *keep);
		return;
	}
	if (!keep->address)
		keep->address = drop.address;
	if (!keep->name)
		keep->name = drop.name;
}

static bool same_wait(const struct hu_model *m, size_t a, size_t b)
{
	const struct hu_wait *x = &m->waits.at[a], *y = &m->waits.at[b];

	return same_lock(x->lock, y->lock) && same_mode(x->mode, y->mode);
}

static void join_waits(struct hu_model *m, size_t keep, size_t drop)
{
	struct hu_wait *k = &m->waits.at[keep], *d = &m->waits.at[drop];

	join_lock(m, &k->lock, d->lock);
	if (!k->stack)
		k->stack = d->stack;
	if (!k->mode)
		k->mode = d->mode;
	if (!k->type)
		k->type = d->type;
}

static bool same_hold(const struct hu_model *m, size_t a, size_t b)
{
	const struct hu_hold *x = &m->holds.at[a], *y = &m->holds.at[b];

	return same_lock(x->lock, y->lock) && same_mode(x->mode, y->mode);
}

static void join_holds(struct hu_model *m, size_t keep, size_t drop)
{
	struct hu_hold *k = &m->holds.at[keep], *d = &m->holds.at[drop];

	join_lock(m, &k->lock, d->lock);
	if (!k->stack)
		k->stack = d->stack;
	if (!k->mode)
		k->mode = d->mode;
	if (!k->type)
		k->type = d->type;
	if (d->how < k->how)
		k->how = d->how;
}

static void merge_locks(struct merging *g)
{
	struct hu_model *m = g->m;

	for (size_t i = 0; i < m->waits.count; i++) {
		const struct hu_wait *w = &m->waits.at[i];
		add(g, i, w->tid, w->from, w->to, w->open,
		    2 * (w->lock.address != 0) + (w->stack != 0), &w->begin, &w->end);
	}
	g->same = same_wait;
	g->join = join_waits;
	fold(g, m->waits.count);
	COMPACT(g, &m->waits, nothing);
	forget(g);

	for (size_t i = 0; i < m->holds.count; i++) {
		const struct hu_hold *h = &m->holds.at[i];
		if (h->timed)
			add(g, i, h->tid, h->from, h->to, h->open,
			    2 * (h->lock.address != 0) + (h->stack != 0), &h->begin, &h->end);
	}
	g->same = same_hold;
	g->join = join_holds;
	fold(g, m->holds.count);
	COMPACT(g, &m->holds, nothing);
	forget(g);
	for (size_t i = 0; i < m->waits.count && m->hash_votes.count; i++)
		m->waits.at[i].lock = unhashed(m, m->waits.at[i].lock);
	for (size_t i = 0; i < m->holds.count && m->hash_votes.count; i++)
		m->holds.at[i].lock = unhashed(m, m->holds.at[i].lock);
	for (size_t i = 0; i < m->handovers.count && m->hash_votes.count; i++)
		m->handovers.at[i].lock = unhashed(m, m->handovers.at[i].lock);
}

static bool same_scan(const struct hu_model *m, size_t a, size_t b)
{
	return strcmp(m->scans.at[a].function, m->scans.at[b].function) == 0;
}

static bool same_session(const struct hu_model *m, size_t a, size_t b)
{
	return m->sessions.at[a].kind == m->sessions.at[b].kind;
}

static bool same_handover(const struct hu_model *m, size_t a, size_t b)
{
	return same_lock(m->handovers.at[a].lock, m->handovers.at[b].lock);
}

static void join_nothing(struct hu_model *m, size_t keep, size_t drop)
{
	(void)m;
	(void)keep;
	(void)drop;
}

static void merge_rest(struct merging *g)
{
	static const struct hu_ref none;
	struct hu_model *m = g->m;

	g->join = join_nothing;
	for (size_t i = 0; i < m->scans.count; i++) {
		const struct hu_scan *s = &m->scans.at[i];
		add(g, i, s->tid, s->from, s->to, s->open, 0, &s->begin, &none);
	}
	g->same = same_scan;
	fold(g, m->scans.count);
	COMPACT(g, &m->scans, nothing);
	forget(g);

	for (size_t i = 0; i < m->sessions.count; i++) {
		const struct hu_session *s = &m->sessions.at[i];
		add(g, i, s->tid, s->from, s->to, s->open, 0, &s->begin, &none);
	}
	g->same = same_session;
	fold(g, m->sessions.count);
	COMPACT(g, &m->sessions, nothing);
	forget(g);

	for (size_t i = 0; i < m->handovers.count; i++) {
		const struct hu_handover *h = &m->handovers.at[i];
		add(g, i, h->tid, h->at, h->at, false, h->stack != 0, &h->ref, &none);
	}
	g->same = same_handover;
	fold(g, m->handovers.count);
	COMPACT(g, &m->handovers, nothing);
	forget(g);
}

struct hu_err *hu_merge(struct hu_model *m)
{
	struct merging g = {.m = m};
	struct hu_err *err = load_origins(&g);

	if (!err && g.origins.count > 1) {
		merge_ops(&g);
		merge_locks(&g);
		merge_rest(&g);
	}
	free(g.origins.at);
	free(g.items.at);
	return err;
}
