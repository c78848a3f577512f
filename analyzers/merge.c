/*
 * One incident, recorded by several tracers at once: trace.dat, perf.data and CTF each saw the same
 * mount and the same wait, with stamps of their own. What two sources tell of one task, of one kind
 * and at the same times (fold.c) is one interval. Each side keeps what only it knows: one the
 * lock's address, the other the stack.
 */
#include "analyzers/merge.h"
#include "analyzers/fold.h"

#include <stdlib.h>
#include <string.h>

/* Keeps those that are not dropped, in their order. */
#define COMPACT(fold, vec)                                                                         \
	do {                                                                                       \
		size_t kept = 0;                                                                   \
		for (size_t i = 0; i < (vec)->count; i++)                                          \
			if (!(fold)->dropped[i])                                                   \
				(vec)->at[kept++] = (vec)->at[i];                                  \
		(vec)->count = kept;                                                               \
	} while (0)

static void join_nothing(struct hu_model *m, size_t keep, size_t drop)
{
	(void)m;
	(void)keep;
	(void)drop;
}

/* Calls. */

static size_t named_sleeps(const struct hu_model *m, const struct hu_op *op)
{
	size_t n = 0;

	for (size_t i = 0; i < op->sleep_count; i++)
		n += hu_op_sleep(m, op, i)->stack != 0;
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

	put_together(m, hu_model_source(&k->begin, &k->end), hu_model_source(&d->begin, &d->end));
	if (named_sleeps(m, d) > named_sleeps(m, k) || (!k->sleep_count && d->sleep_count)) {
		k->sleep_first = d->sleep_first;
		k->sleep_count = d->sleep_count;
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
static void drop_inferred(struct hu_fold *f)
{
	struct hu_model *m = f->m;

	for (size_t i = 0; i < f->items.count; i++) {
		const struct hu_fold_item *a = &f->items.at[i];
		if (!m->ops.at[a->index].inferred)
			continue;
		/* Items are sorted by task and begin; calls of one task do not nest. */
		for (size_t k = i; k-- > 0 && f->items.at[k].tid == a->tid;) {
			const struct hu_fold_item *b = &f->items.at[k];
			if (m->ops.at[b->index].inferred || b->source == a->source)
				continue;
			if (2 * hu_overlap(a->from, a->to, b->from, b->to) > a->to - a->from) {
				join_ops(m, b->index, a->index);
				f->dropped[a->index] = true;
			}
			break;
		}
	}
}

static void merge_ops(struct hu_model *m)
{
	HU_CLEANUP(hu_fold_deinit) struct hu_fold f = hu_fold_begin(m, same_op, join_ops);

	for (size_t i = 0; i < m->ops.count; i++) {
		const struct hu_op *op = &m->ops.at[i];
		hu_fold_add(&f, (struct hu_fold_item){
					.index = i,
					.tid = op->tid,
					.from = op->from,
					.to = op->to,
					.open = op->open,
					.tail = op->tail,
					.worth = 4 * !op->inferred + 2 * !op->blind +
						 (int)(named_sleeps(m, op) > 0),
					.source = hu_model_source(&op->begin, &op->end),
				});
	}
	hu_fold_do(&f, m->ops.count);
	drop_inferred(&f);
	COMPACT(&f, &m->ops);
}

/* Locks: what a wait and a hold have in common. */

struct claim {
	struct hu_lock_id *lock;
	uint32_t *mode, *type;
	hu_stack_id *stack;
};

static struct claim of_wait(struct hu_wait *w)
{
	return (struct claim){&w->lock, &w->mode, &w->type, &w->stack};
}

static struct claim of_hold(struct hu_hold *h)
{
	return (struct claim){&h->lock, &h->mode, &h->type, &h->stack};
}

static bool same_lock(struct hu_lock_id a, struct hu_lock_id b)
{
	if (hu_lock_same(a, b) || hu_lock_unknown(a) || hu_lock_unknown(b))
		return true;
	if (hu_lock_hashed(a) || hu_lock_hashed(b))
		return a.address || b.address;
	/* One has the address alone, the other the name alone; or both the name. */
	return (!a.name && !b.address) || (!b.name && !a.address) ||
	       (a.name && b.name && strcmp(a.name, b.name) == 0);
}

static bool same_claim(struct claim a, struct claim b)
{
	return same_lock(*a.lock, *b.lock) &&
	       (*a.mode == *b.mode || *a.mode == HU_MODE_UNKNOWN || *b.mode == HU_MODE_UNKNOWN);
}

static void join_lock(struct hu_model *m, struct hu_lock_id *keep, struct hu_lock_id drop)
{
	if (hu_lock_hashed(*keep) && drop.address) {
		hu_unhash_vote(m, *keep, drop);
		*keep = drop;
	} else if (hu_lock_hashed(drop) && keep->address) {
		hu_unhash_vote(m, drop, *keep);
		return;
	}
	if (!keep->address)
		keep->address = drop.address;
	if (!keep->name)
		keep->name = drop.name;
}

static void join_claim(struct hu_model *m, struct claim keep, struct claim drop)
{
	join_lock(m, keep.lock, *drop.lock);
	if (!*keep.stack)
		*keep.stack = *drop.stack;
	if (!*keep.mode)
		*keep.mode = *drop.mode;
	if (!*keep.type)
		*keep.type = *drop.type;
}

static bool same_wait(const struct hu_model *m, size_t a, size_t b)
{
	return same_claim(of_wait(&m->waits.at[a]), of_wait(&m->waits.at[b]));
}

static void join_waits(struct hu_model *m, size_t keep, size_t drop)
{
	join_claim(m, of_wait(&m->waits.at[keep]), of_wait(&m->waits.at[drop]));
}

static bool same_hold(const struct hu_model *m, size_t a, size_t b)
{
	return same_claim(of_hold(&m->holds.at[a]), of_hold(&m->holds.at[b]));
}

static void join_holds(struct hu_model *m, size_t keep, size_t drop)
{
	struct hu_hold *k = &m->holds.at[keep], *d = &m->holds.at[drop];

	join_claim(m, of_hold(k), of_hold(d));
	if (d->how < k->how)
		k->how = d->how;
}

static void merge_waits(struct hu_model *m)
{
	HU_CLEANUP(hu_fold_deinit) struct hu_fold f = hu_fold_begin(m, same_wait, join_waits);

	for (size_t i = 0; i < m->waits.count; i++) {
		const struct hu_wait *w = &m->waits.at[i];
		hu_fold_add(&f, (struct hu_fold_item){
					.index = i,
					.tid = w->tid,
					.from = w->from,
					.to = w->to,
					.open = w->open,
					.worth = 2 * (w->lock.address != 0) + (w->stack != 0),
					.source = hu_model_source(&w->begin, &w->end),
				});
	}
	hu_fold_do(&f, m->waits.count);
	COMPACT(&f, &m->waits);
}

static void merge_holds(struct hu_model *m)
{
	HU_CLEANUP(hu_fold_deinit) struct hu_fold f = hu_fold_begin(m, same_hold, join_holds);

	for (size_t i = 0; i < m->holds.count; i++) {
		const struct hu_hold *h = &m->holds.at[i];
		if (h->timed)
			hu_fold_add(&f,
				    (struct hu_fold_item){
					    .index = i,
					    .tid = h->tid,
					    .from = h->from,
					    .to = h->to,
					    .open = h->open,
					    .worth = 2 * (h->lock.address != 0) + (h->stack != 0),
					    .source = hu_model_source(&h->begin, &h->end),
				    });
	}
	hu_fold_do(&f, m->holds.count);
	COMPACT(&f, &m->holds);
}

static void name_hashed(struct hu_model *m)
{
	if (!m->hash_votes.count)
		return;
	for (size_t i = 0; i < m->waits.count; i++)
		m->waits.at[i].lock = hu_unhashed(m, m->waits.at[i].lock);
	for (size_t i = 0; i < m->holds.count; i++)
		m->holds.at[i].lock = hu_unhashed(m, m->holds.at[i].lock);
	for (size_t i = 0; i < m->handovers.count; i++)
		m->handovers.at[i].lock = hu_unhashed(m, m->handovers.at[i].lock);
}

/* Reclaim, and who gave a lock away. */

static bool same_scan(const struct hu_model *m, size_t a, size_t b)
{
	return strcmp(m->scans.at[a].function, m->scans.at[b].function) == 0;
}

static void merge_scans(struct hu_model *m)
{
	HU_CLEANUP(hu_fold_deinit) struct hu_fold f = hu_fold_begin(m, same_scan, join_nothing);

	for (size_t i = 0; i < m->scans.count; i++) {
		const struct hu_scan *s = &m->scans.at[i];
		hu_fold_add(&f, (struct hu_fold_item){.index = i,
						      .tid = s->tid,
						      .from = s->from,
						      .to = s->to,
						      .open = s->open,
						      .source = s->begin.source});
	}
	hu_fold_do(&f, m->scans.count);
	COMPACT(&f, &m->scans);
}

static bool same_session(const struct hu_model *m, size_t a, size_t b)
{
	return m->sessions.at[a].kind == m->sessions.at[b].kind;
}

static void merge_sessions(struct hu_model *m)
{
	HU_CLEANUP(hu_fold_deinit) struct hu_fold f = hu_fold_begin(m, same_session, join_nothing);

	for (size_t i = 0; i < m->sessions.count; i++) {
		const struct hu_session *s = &m->sessions.at[i];
		hu_fold_add(&f, (struct hu_fold_item){.index = i,
						      .tid = s->tid,
						      .from = s->from,
						      .to = s->to,
						      .open = s->open,
						      .source = s->begin.source});
	}
	hu_fold_do(&f, m->sessions.count);
	COMPACT(&f, &m->sessions);
}

static bool same_handover(const struct hu_model *m, size_t a, size_t b)
{
	return same_lock(m->handovers.at[a].lock, m->handovers.at[b].lock);
}

static void merge_handovers(struct hu_model *m)
{
	HU_CLEANUP(hu_fold_deinit) struct hu_fold f = hu_fold_begin(m, same_handover, join_nothing);

	for (size_t i = 0; i < m->handovers.count; i++) {
		const struct hu_handover *h = &m->handovers.at[i];
		hu_fold_add(&f, (struct hu_fold_item){.index = i,
						      .tid = h->tid,
						      .from = h->at,
						      .to = h->at,
						      .worth = h->stack != 0,
						      .source = h->ref.source});
	}
	hu_fold_do(&f, m->handovers.count);
	COMPACT(&f, &m->handovers);
}

/* The function behind the lock functions names the lock that the text hashes: twice as sure as one
 * shared wait. */
static void vote_by_stack(struct hu_model *m)
{
	for (size_t i = 0; i < m->waits.count; i++) {
		const struct hu_wait *w = &m->waits.at[i];
		if (!hu_lock_hashed(w->lock))
			continue;
		const struct hu_stack_facts *facts = hu_stack_facts(&m->stacks, w->stack);
		struct hu_lock_id named = {0, NULL};
		if (facts->lock)
			named.name = hu_model_string(m, hu_str(facts->lock));
		for (int vote = 0; named.name && vote < 2; vote++)
			hu_unhash_vote(m, w->lock, named);
	}
}

void hu_merge(struct hu_model *m)
{
	vote_by_stack(m);
	if (m->swept.count < 2) {
		name_hashed(m);
		return;
	}
	merge_ops(m);
	merge_waits(m);
	merge_holds(m);
	name_hashed(m);
	merge_scans(m);
	merge_sessions(m);
	merge_handovers(m);
}
