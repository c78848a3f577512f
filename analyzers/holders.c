/*
 * Who was in the way: the holds on the same lock that overlap the victims' waits. Of an rwsem all
 * readers count, whatever the victim wanted: a reader that waits is kept out by a queued writer,
 * and that one by the readers inside (kernel-facts 1.10).
 */
#include "analyzers/causes.h"
#include "analyzers/lane.h"

#include <stdlib.h>
#include <string.h>

/* Of how many holders, most blocking first, it is worth to look up what they did. */
enum { DESCRIBED = 32 };

const char *hu_role_of(struct hu_model *m, const char *comm, hu_stack_id stack)
{
	if (hu_str_starts(hu_str(comm), "kswapd"))
		return "kswapd";
	if (hu_str_starts(hu_str(comm), "khugepaged"))
		return "khugepaged";
	if (hu_str_starts(hu_str(comm), "kcompactd"))
		return "kcompactd";
	if (hu_str_starts(hu_str(comm), "kworker"))
		return "kworker";
	if (hu_stack_has(&m->stacks, stack, "kswapd"))
		return "kswapd";
	if (hu_stack_has(&m->stacks, stack, "drop_slab") ||
	    hu_stack_has(&m->stacks, stack, "drop_slab_node") ||
	    hu_stack_has(&m->stacks, stack, "drop_caches_sysctl_handler"))
		return "drop_caches";
	if (hu_stack_has(&m->stacks, stack, "__node_reclaim") ||
	    hu_stack_has(&m->stacks, stack, "node_reclaim"))
		return "node_reclaim";
	if (hu_stack_has(&m->stacks, stack, "try_to_free_mem_cgroup_pages"))
		return "memcg_reclaim";
	if (hu_stack_has(&m->stacks, stack, "try_to_free_pages") ||
	    hu_stack_has(&m->stacks, stack, "__alloc_pages_slowpath") ||
	    hu_stack_has(&m->stacks, stack, "__perform_reclaim"))
		return "direct_reclaim";
	if (hu_stack_facts(&m->stacks, stack)->in_reclaim)
		return "reclaim";
	if (hu_stack_has(&m->stacks, stack, "kthread"))
		return "kernel_thread";
	return "user";
}

struct holder_key {
	const struct hu_cause *c;
	int32_t tid;
	const char *comm;
};

static bool is_holder(const void *ctx, uint32_t id)
{
	const struct holder_key *key = ctx;
	const struct hu_holder *have = &key->c->holders.at[id - 1];

	return key->tid >= 0 ? have->tid == key->tid : have->tid < 0 && have->comm == key->comm;
}

/* By tid; one that is known by its printed name alone, by that. */
static struct hu_holder *holder_for(struct hu_model *m, struct hu_cause *c, const struct hu_hold *h)
{
	struct holder_key key = {c, h->tid, h->comm ? h->comm : hu_model_comm(m, h->tid)};
	uint64_t bits = h->tid >= 0 ? (uint64_t)h->tid : (uint64_t)(uintptr_t)key.comm;
	uint32_t hash = hu_hash(&bits, sizeof(bits));
	uint32_t *slot = hu_table_slot(&c->holder_table, hash, is_holder, &key);

	if (*slot)
		return &c->holders.at[*slot - 1];
	struct hu_holder fresh = {
		.tid = h->tid, .comm = key.comm, .how = h->how, .longest = -1, .mode = h->mode};
	HU_PUSH(&c->holders, fresh);
	hu_table_fill(&c->holder_table, slot, hash, (uint32_t)c->holders.count);
	return &c->holders.at[c->holders.count - 1];
}

/* What it did in its longest hold: the shrinker that took most of it. */
static void find_doing(struct hu_model *m, struct hu_holder *holder)
{
	const struct hu_hold *h = &m->holds.at[holder->longest_hold];

	holder->doing_scan = SIZE_MAX;
	for (size_t i = 0; i < m->scans.count && h->timed; i++) {
		const struct hu_scan *s = &m->scans.at[i];
		hu_ns ns = s->tid == h->tid ? hu_overlap(s->from, s->to, h->from, h->to) : 0;
		if (ns > holder->doing_ns) {
			holder->doing_ns = ns;
			holder->doing = s->function;
			holder->doing_scan = i;
		}
	}
	if (holder->doing)
		return;
	for (size_t depth = 1;; depth++) {
		const char *f = hu_stack_frame(&m->stacks, h->stack, depth);
		if (!f)
			return;
		if (hu_symbol_is(f, "do_shrink_slab"))
			holder->doing = hu_stack_frame(&m->stacks, h->stack, depth - 1);
	}
}

/* A victim of the same lock that got it and passed it on: a link of the chain, never a holder. */
static void mark_fellows(struct hu_model *m, struct hu_cause *c)
{
	for (size_t i = 0; i < c->holders.count; i++) {
		struct hu_holder *h = &c->holders.at[i];
		const struct hu_op mine = {.tid = h->tid};
		size_t first = 0, end = h->tid >= 0 ? hu_op_waits(m, &mine, &first) : 0;
		for (size_t k = first; k < end && !h->fellow; k++)
			h->fellow = h->longest < m->options.threshold &&
				    hu_lock_same(m->waits.at[k].lock, c->part.lock);
	}
}

struct stretch {
	hu_ns from, to;
	size_t holder;
};

static int by_holder_then_time(const void *a, const void *b)
{
	const struct stretch *x = a, *y = b;

	if (x->holder != y->holder)
		return x->holder < y->holder ? -1 : 1;
	return x->from < y->from ? -1 : x->from > y->from;
}

static int by_time(const void *a, const void *b)
{
	const struct stretch *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

static hu_ns length_of_union(const struct stretch *s, size_t count)
{
	hu_ns ns = 0, last = INT64_MIN;

	for (size_t i = 0; i < count; i++) {
		hu_ns from = s[i].from > last ? s[i].from : last;
		if (s[i].to > from) {
			ns += s[i].to - from;
			last = s[i].to;
		}
	}
	return ns;
}

typedef HU_VEC(struct stretch) stretches;

/* Adds what overlapped one wait to its holders; *covered gets the union over all that are no
 * fellows. */
static void account(struct hu_cause *c, stretches *found, hu_ns *covered)
{
	*covered = 0;
	if (!found->count)
		return;
	qsort(found->at, found->count, sizeof(found->at[0]), by_holder_then_time);
	for (size_t i = 0; i < found->count;) {
		size_t end = i;
		while (end < found->count && found->at[end].holder == found->at[i].holder)
			end++;
		c->holders.at[found->at[i].holder].blocking +=
			length_of_union(&found->at[i], end - i);
		i = end;
	}
	size_t kept = 0;
	for (size_t i = 0; i < found->count; i++)
		if (!c->holders.at[found->at[i].holder].fellow)
			found->at[kept++] = found->at[i];
	qsort(found->at, kept, sizeof(found->at[0]), by_time);
	*covered = length_of_union(found->at, kept);
	found->count = 0;
}

static void collect(struct hu_model *m, struct hu_cause *c, const struct hu_lane *lane,
		    const struct hu_wait *w, hu_ns from, hu_ns to, stretches *found,
		    bool count_holds, bool *counted)
{
	for (size_t i = hu_lane_reaching(lane, from + 1); i < lane->at.count; i++) {
		const struct hu_hold *h = &m->holds.at[lane->at.at[i]];
		if (h->from >= to)
			break;
		if (h->tid == w->tid || !hu_overlap(h->from, h->to, from, to))
			continue;
		struct hu_holder *holder = holder_for(m, c, h);
		struct stretch s = {h->from > from ? h->from : from, h->to < to ? h->to : to,
				    (size_t)(holder - c->holders.at)};
		HU_PUSH(found, s);
		if (h->how < holder->how)
			holder->how = h->how;
		if (count_holds && !counted[i]) {
			counted[i] = true;
			holder->holds++;
		}
		if (h->duration > holder->longest) {
			holder->longest = h->duration;
			holder->longest_hold = lane->at.at[i];
			holder->mode = h->mode;
			holder->comm = h->comm ? h->comm : holder->comm;
		}
	}
}

typedef HU_VEC(struct hu_recorded) windows;

/* What a walk over the waits of a cause's operations needs. */
struct walk {
	struct hu_model *m;
	struct hu_cause *c;
	struct hu_lane lane;
	bool *counted;
	stretches found;
	windows windows; /* in which holds of this lock were recorded at all; none: not known */
};

static void windows_of(const struct hu_model *m, const struct hu_lane *lane, windows *ret)
{
	for (size_t i = 0; i < m->recorded.count; i++) {
		bool holds = false;
		for (size_t k = 0; k < lane->at.count && !holds; k++)
			holds = m->holds.at[lane->at.at[k]].begin.source ==
				m->recorded.at[i].source;
		if (holds)
			HU_PUSH(ret, m->recorded.at[i]);
	}
}

/* A second capture of the bundle may have recorded the waits of another hour, and no hold: that
 * says nothing of the holders. */
static bool holds_recorded(const struct walk *k, const struct hu_op *op)
{
	bool inside = !k->windows.count || !op->timed;

	for (size_t i = 0; i < k->windows.count && !inside; i++)
		inside = op->from <= k->windows.at[i].to && op->to >= k->windows.at[i].from;
	return inside;
}

static void walk_op(struct walk *k, const struct hu_op *op, bool first_pass, hu_ns *gone)
{
	size_t first, end = hu_op_waits(k->m, op, &first);

	for (size_t i = first; i < end; i++) {
		const struct hu_wait *w = &k->m->waits.at[i];
		if (!w->timed || !op->timed || !hu_wait_of(k->m, w, op) ||
		    !hu_lock_same(w->lock, k->c->part.lock))
			continue;
		hu_ns from = w->from > op->from ? w->from : op->from,
		      to = w->to < op->to ? w->to : op->to, covered;
		if (to <= from)
			continue;
		collect(k->m, k->c, &k->lane, w, from, to, &k->found, first_pass, k->counted);
		if (first_pass) {
			k->found.count = 0;
			continue;
		}
		account(k->c, &k->found, &covered);
		k->c->blocked += to - from;
		k->c->covered += covered;
		*gone += covered;
	}
}

/*
 * The one that was most in the way of the worst operation, which the report tells at length, leads;
 * never the task of that operation, which may have held the lock while others waited: it does not
 * wait for itself.
 */
static void lead(const struct hu_model *m, struct hu_cause *c)
{
	int32_t victim = c->ops.count ? m->ops.at[c->ops.at[0]].tid : HU_NONE;
	size_t best = 0;

	for (size_t i = 1; i < c->holders.count && !c->holders.at[i].fellow; i++)
		if (c->holders.at[i].in_worst > c->holders.at[best].in_worst)
			best = i;
	while (best < c->holders.count && !c->holders.at[best].fellow &&
	       c->holders.at[best].tid == victim && victim > 0)
		best++;
	if (best == c->holders.count || (best && c->holders.at[best].fellow)) {
		for (size_t i = 0; i < c->holders.count; i++)
			c->holders.at[i].fellow |= c->holders.at[i].tid == victim;
		return;
	}
	if (!best)
		return;
	struct hu_holder first = c->holders.at[best];
	memmove(&c->holders.at[1], &c->holders.at[0], best * sizeof(first));
	c->holders.at[0] = first;
}

static int most_blocking_first(const void *a, const void *b)
{
	const struct hu_holder *x = a, *y = b;

	if (x->fellow != y->fellow)
		return x->fellow ? 1 : -1;
	if (x->blocking != y->blocking)
		return x->blocking > y->blocking ? -1 : 1;
	if (x->longest != y->longest)
		return x->longest > y->longest ? -1 : 1;
	return strcmp(x->comm, y->comm) ? strcmp(x->comm, y->comm) : x->tid - y->tid;
}

/* Is the wait that a table proves this hold by one of the cause's own? A table has no time, and may
 * be of another hour. */
static bool is_its_wait(const struct hu_model *m, const struct hu_cause *c, const struct hu_hold *h)
{
	for (size_t i = 0; i < c->ops.count && i < 1000; i++) {
		const struct hu_op *op = &m->ops.at[c->ops.at[i]];
		if (op->tid == h->table_waiter && op->duration >= h->table_wait / 10 * 9 &&
		    (!op->timed || op->duration <= h->table_wait * 2))
			return true;
	}
	return false;
}

/* A printed hold without a time covers nothing, but where nothing better is there it is a
 * candidate. */
static void add_untimed(struct hu_model *m, struct hu_cause *c)
{
	for (size_t i = 0; i < m->holds.count; i++) {
		const struct hu_hold *h = &m->holds.at[i];
		const struct hu_stack_facts *facts = hu_stack_facts(&m->stacks, h->stack);
		bool same = hu_lock_same(h->lock, c->part.lock) ||
			    (!h->lock.address && !h->lock.name && c->part.lock.name &&
			     !strncmp(c->part.lock.name, "shrinker_", 9) &&
			     (facts->in_reclaim || facts->in_kswapd));
		/* A table has everybody who ever had the lock, the victims among them. */
		if (h->timed || !same || (h->in_table && h->duration < m->options.threshold))
			continue;
		bool proved = h->at_least && is_its_wait(m, c, h);
		enum hu_how how = h->at_least && !proved ? HU_SIGNATURE : h->how;
		struct hu_holder *holder = holder_for(m, c, h);
		if (!holder->holds || how < holder->how)
			holder->how = how;
		if (proved && c->blocked) {
			hu_ns left = c->blocked - c->covered;
			hu_ns more = h->at_least < left ? h->at_least : left;
			holder->blocking += more;
			c->covered += more;
		}
		holder->holds++;
		if (h->duration > holder->longest) {
			holder->longest = h->duration;
			holder->longest_hold = i;
			holder->mode = h->mode;
		}
	}
}

void hu_find_holders(struct hu_model *m, struct hu_cause *c)
{
	if (c->part.kind != HU_PART_LOCK) {
		c->confidence = hu_confidence_of(m, c);
		return;
	}
	struct walk k = {.m = m, .c = c};
	k.lane = hu_lane_of_holds(m, c->part.lock);
	k.counted = hu_alloc(k.lane.at.count + 1);
	windows_of(m, &k.lane, &k.windows);
	/* First who and how long, so that fellows are known; then how much of the waiting each
	 * covers. */
	for (size_t i = 0; i < c->ops.count; i++)
		walk_op(&k, &m->ops.at[c->ops.at[i]], true, NULL);
	mark_fellows(m, c);
	for (size_t i = 0; i < c->ops.count; i++) {
		const struct hu_op *op = &m->ops.at[c->ops.at[i]];
		hu_ns gone = 0;
		if (!holds_recorded(&k, op))
			continue;
		walk_op(&k, op, false, &gone);
		for (size_t n = 0; !i && n < c->holders.count; n++)
			c->holders.at[n].in_worst = c->holders.at[n].blocking;
		if (op->timed && op->duration - gone > c->estimate_worst)
			c->estimate_worst = op->duration - gone;
	}
	if (!c->covered)
		c->estimate_worst = -1;
	free(k.windows.at);
	hu_lane_deinit(&k.lane);
	free(k.counted);
	free(k.found.at);
	if (!c->covered)
		add_untimed(m, c);
	for (size_t i = 0; i < c->holders.count; i++) {
		struct hu_holder *h = &c->holders.at[i];
		h->share = c->blocked ? (double)h->blocking / (double)c->blocked : 0;
	}
	if (c->holders.count)
		qsort(c->holders.at, c->holders.count, sizeof(c->holders.at[0]),
		      most_blocking_first);
	lead(m, c);
	hu_table_deinit(&c->holder_table); /* it spoke of the order before */
	for (size_t i = 0; i < c->holders.count; i++) {
		struct hu_holder *h = &c->holders.at[i];
		h->role = hu_role_of(m, h->comm, m->holds.at[h->longest_hold].stack);
		h->doing_scan = SIZE_MAX;
		if (i < DESCRIBED)
			find_doing(m, h);
	}
	c->confidence = hu_confidence_of(m, c);
}
