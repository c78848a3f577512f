/*
 * The chain: where the worst operation's time went, and behind each wait who was in the way,
 * followed through that one's own waits to the end.
 */
#include "analyzers/chain.h"

#include <stdlib.h>
#include <string.h>

/* A chain of more links than that is no help to anybody. */
enum { MAX_CHILDREN = 48 };

static bool same_link(const struct hu_link *a, const struct hu_link *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case HU_LINK_PART:
		if (a->tid != b->tid || a->part.kind != b->part.kind)
			return false;
		if (a->part.kind == HU_PART_LOCK)
			return hu_lock_same(a->part.lock, b->part.lock) ||
			       (hu_lock_unknown(a->part.lock) && hu_lock_unknown(b->part.lock));
		if (a->part.kind == HU_PART_SLEEP)
			return a->part.why == b->part.why;
		return true;
	case HU_LINK_SCAN:
		return a->scan->function == b->scan->function &&
		       a->scan->shrinker == b->scan->shrinker;
	case HU_LINK_HOLDER:
	case HU_LINK_CIRCLE:
		return a->tid == b->tid && (a->tid >= 0 || a->comm == b->comm);
	case HU_LINK_SEAT:
	case HU_LINK_QUIET:
	case HU_LINK_WORKER:
		return a->tid == b->tid;
	case HU_LINK_DEVICE:
		return a->number == b->number && a->word == b->word;
	default:
		return true;
	}
}

size_t hu_chain_add(struct hu_chain *k, size_t parent, const struct hu_link *like, hu_ns from,
		    hu_ns to, int64_t source)
{
	struct hu_link_span span = {from, to, source, HU_NONE};
	size_t children = 0, at = SIZE_MAX;

	for (size_t i = parent == SIZE_MAX ? 0 : parent + 1; i < k->links.count; i++) {
		if (k->links.at[i].parent != parent)
			continue;
		children++;
		if (same_link(&k->links.at[i], like)) {
			at = i;
			break;
		}
	}
	if (at == SIZE_MAX && children >= MAX_CHILDREN && like->kind != HU_LINK_REST) {
		struct hu_link rest = {.kind = HU_LINK_REST};
		return hu_chain_add(k, parent, &rest, from, to, source);
	}
	if (at == SIZE_MAX) {
		struct hu_link fresh = *like;
		fresh.parent = parent;
		fresh.depth = parent == SIZE_MAX ? 0 : k->links.at[parent].depth + 1;
		fresh.ns = 0;
		fresh.count = 0;
		if (!fresh.comm && fresh.tid > 0)
			fresh.comm = hu_model_comm_at(k->c->m, fresh.tid, to);
		at = k->links.count;
		HU_PUSH(&k->links, fresh);
	}
	struct hu_link *link = &k->links.at[at];
	if (like->how < link->how)
		link->how = like->how;
	if (to - from > link->part.longest || !link->count) {
		link->part.longest = to - from;
		link->part.frame = like->part.frame ? like->part.frame : link->part.frame;
		link->part.stack = like->part.stack;
		link->until = like->until;
	}
	link->ns += to - from;
	link->count++;
	HU_PUSH(&link->spans, span);
	return at;
}

static void put_piece(struct hu_chain *k, size_t parent, int32_t tid, const char *comm,
		      const struct hu_piece *piece, int64_t source)
{
	struct hu_link like = {.kind = HU_LINK_PART,
			       .tid = tid,
			       .comm = comm,
			       .part = piece->part,
			       .how = HU_OBSERVED};

	size_t at = hu_chain_add(k, parent, &like, piece->from, piece->to, source);
	struct hu_link *link = &k->links.at[at];
	if (piece->sleep)
		link->spans.at[link->spans.count - 1].cpu = piece->sleep->cpu;
}

/* One call of a shrinker, or the piece of it that lies in this stretch. */
static size_t put_scan(struct hu_chain *k, size_t parent, const struct hu_scan *scan, hu_ns from,
		       hu_ns to, int64_t source)
{
	struct hu_link like = {.kind = HU_LINK_SCAN,
			       .tid = scan->tid,
			       .scan = scan,
			       .last_scan = scan,
			       .how = HU_OBSERVED};
	size_t at = hu_chain_add(k, parent, &like, from, to, source);
	struct hu_link *link = &k->links.at[at];

	/* Of the pieces of one call only the first is a call. */
	if (link->count > 1 && link->last_scan == scan)
		link->count--;
	link->last_scan = scan;
	return at;
}

/* A piece of a task's time, below the shrinker that it was in, if that was recorded. */
static void put_in_scan(struct hu_chain *k, size_t parent, int32_t tid,
			const struct hu_piece *piece, int64_t source)
{
	const struct hu_model *m = k->c->m;
	struct hu_piece left = *piece;
	size_t first, end = hu_model_scans(m, tid, &first);

	for (size_t i = first; i < end && m->scans.at[i].from < piece->to; i++) {
		const struct hu_scan *s = &m->scans.at[i];
		hu_ns from = s->from > left.from ? s->from : left.from,
		      to = s->to < piece->to ? s->to : piece->to;
		if (to <= from)
			continue;
		struct hu_piece before = *piece, in = *piece;
		before.from = left.from;
		before.to = in.from = from;
		in.to = left.from = to;
		if (before.to > before.from)
			put_piece(k, parent, tid, NULL, &before, source);
		put_piece(k, put_scan(k, parent, s, from, to, source), tid, NULL, &in, source);
	}
	if (left.to > left.from)
		put_piece(k, parent, tid, NULL, &left, source);
}

/* A task further up that waits behind this one: the chain is a circle. */
static bool is_above(const struct hu_chain *k, size_t at, int32_t tid)
{
	for (; at != SIZE_MAX; at = k->links.at[at].parent)
		if (k->links.at[at].kind == HU_LINK_PART &&
		    k->links.at[at].part.kind == HU_PART_LOCK && k->links.at[at].tid == tid)
			return true;
	return false;
}

/* What a task did in a span: the children of a holder, or of who did the work. */
static void behind_task(struct hu_chain *k, size_t at, struct hu_link_span span)
{
	struct hu_model *m = k->c->m;
	int32_t tid = k->links.at[at].tid;
	hu_pieces pieces;

	if (tid < 0)
		return;
	hu_timeline_of(m, tid, span.from, span.to, span.source, &pieces);
	/* Nothing at all is known of it: that is no link. */
	bool known = false;
	for (size_t i = 0; i < pieces.count; i++)
		known |= pieces.at[i].part.kind != HU_PART_UNKNOWN;
	for (size_t i = 0; i < pieces.count && known; i++)
		put_in_scan(k, at, tid, &pieces.at[i], span.source);
	free(pieces.at);
}

/* Work for a waiting task is done by whoever wakes it, if that is a task. */
static void behind_work(struct hu_chain *k, size_t at, struct hu_link_span span)
{
	const struct hu_model *m = k->c->m;
	size_t first, end = hu_model_naps(m, k->links.at[at].tid, &first);

	for (size_t i = first; i < end; i++) {
		const struct hu_sleep *s = &m->naps.at[i].sleep;
		if (s->to <= span.from || s->from >= span.to || s->waker <= 0 ||
		    s->waker_context != HU_CTX_TASK || s->waker == k->links.at[at].tid)
			continue;
		hu_ns from = s->from > span.from ? s->from : span.from,
		      to = s->to < span.to ? s->to : span.to;
		struct hu_link like = {.kind = HU_LINK_WORKER,
				       .tid = s->waker,
				       .how = HU_OVERLAPPING,
				       .part.kind = HU_PART_UNKNOWN};
		if (to > from)
			hu_chain_add(k, at, &like, from, to, m->naps.at[i].source);
	}
}

static void expand(struct hu_chain *k, size_t at)
{
	/* hu_chain_add() moves the links: what is needed is copied first. */
	struct hu_link link = k->links.at[at];
	bool long_enough = link.ns >= (k->whole + 99) / 100; /* of years, too */

	if (!long_enough || link.depth >= HU_CHAIN_DEPTH)
		return;
	if (link.kind == HU_LINK_PART && link.part.kind == HU_PART_SLEEP &&
	    link.part.why == HU_WHY_GRACE_PERIOD) {
		hu_chain_behind_grace_period(k, at);
		return;
	}
	if (link.kind == HU_LINK_PART && link.part.kind == HU_PART_RUNNABLE) {
		hu_chain_behind_cpu(k, at);
		return;
	}
	if (link.kind == HU_LINK_PART && link.part.kind == HU_PART_SLEEP &&
	    link.part.why != HU_WHY_WORK) {
		hu_chain_behind_device(k, at);
		return;
	}
	for (size_t i = 0; i < link.spans.count; i++) {
		/* spans.at stays where it is: nothing is added to this link any more. */
		struct hu_link_span span = link.spans.at[i];
		if (link.kind == HU_LINK_HOLDER || link.kind == HU_LINK_WORKER)
			behind_task(k, at, span);
		else if (link.kind != HU_LINK_PART)
			return;
		else if (link.part.kind == HU_PART_LOCK)
			hu_chain_behind_lock(k, at, span);
		else if (link.part.kind == HU_PART_SLEEP && link.part.why == HU_WHY_WORK)
			behind_work(k, at, span);
	}
}

/* A holder that waits for what a task further up holds is told as the circle that it is. */
static void close_circles(struct hu_chain *k, size_t from)
{
	for (size_t i = from; i < k->links.count; i++) {
		struct hu_link *link = &k->links.at[i];
		if (link->kind == HU_LINK_HOLDER && link->parent != SIZE_MAX &&
		    is_above(k, k->links.at[link->parent].parent, link->tid)) {
			link->kind = HU_LINK_CIRCLE;
			k->cause->deadlock = true;
		}
	}
}

static void untimed(struct hu_chain *k)
{
	struct hu_model *m = k->c->m;
	const struct hu_op *op = k->op;
	hu_parts parts;

	hu_op_parts(m, op, &parts);
	for (size_t i = 0; i < parts.count; i++) {
		struct hu_link like = {.kind = HU_LINK_PART,
				       .tid = op->tid,
				       .comm = op->comm,
				       .part = parts.at[i],
				       .how = HU_SIGNATURE};
		size_t at = hu_chain_add(k, SIZE_MAX, &like, 0, parts.at[i].ns, 0);
		hu_ns left = parts.at[i].ns > 0 ? parts.at[i].ns : HU_OPEN;
		/* No times: who is only said to have held it stands here as what it is. */
		for (size_t n = 0; !i && n < k->cause->holders.count && n < 3; n++) {
			const struct hu_holder *h = &k->cause->holders.at[n];
			struct hu_link holder = {.kind = HU_LINK_HOLDER,
						 .tid = h->tid,
						 .comm = h->comm,
						 .lock = k->cause->part.lock,
						 .how = h->how};
			hu_ns ns = h->longest > 0 ? h->longest : 0;
			if (left != HU_OPEN)
				left -= ns = ns < left ? ns : left;
			if (ns || !n)
				hu_chain_add(k, at, &holder, 0, ns, 0);
		}
	}
	free(parts.at);
}

void hu_conclude_chain(struct hu_conclusion *c, struct hu_cause *cause)
{
	const struct hu_op *op = &c->m->ops.at[cause->ops.at[0]];
	struct hu_chain k = {.c = c, .cause = cause, .op = op, .whole = op->duration};

	if (op->timed) {
		hu_pieces pieces;
		hu_timeline_of_op(c->m, op, &pieces);
		for (size_t i = 0; i < pieces.count; i++)
			put_piece(&k, SIZE_MAX, op->tid, op->comm, &pieces.at[i],
				  hu_model_source(&op->begin, &op->end));
		free(pieces.at);
		for (size_t i = 0; i < k.links.count; i++) {
			size_t before = k.links.count;
			expand(&k, i);
			close_circles(&k, before);
		}
	} else {
		untimed(&k);
	}
	hu_chain_tell(&k);
	hu_chain_graph(&k);
	for (size_t i = 0; i < k.links.count; i++)
		free(k.links.at[i].spans.at);
	free(k.links.at);
}
