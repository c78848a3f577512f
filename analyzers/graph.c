/*
 * The chain as a graph for people: victim, lock, holder, what that one waited for, to the roots. A
 * shrinker's call is told with the task that made it, and what is short is left to the table. At
 * most 20 nodes: of more a picture would be no help.
 */
#include "analyzers/chain.h"

#include <stdlib.h>
#include <string.h>

#include "analyzers/lane.h"

enum { MAX_NODES = 20, LEAST_PERCENT = 2 };

struct graph {
	struct hu_chain *k;
	int64_t nodes;
	size_t left; /* that may still be put */
	hu_ns least; /* what is shorter is left out */
};

static hu_ns own_time(const struct hu_chain *k, size_t at, enum hu_part_kind kind)
{
	hu_ns ns = 0;

	for (size_t i = at + 1; i < k->links.count; i++) {
		const struct hu_link *l = &k->links.at[i];
		if (l->parent != at)
			continue;
		if (l->kind == HU_LINK_PART && l->part.kind == kind)
			ns += l->ns;
		else if (l->kind == HU_LINK_SCAN)
			ns += own_time(k, i, kind);
	}
	return ns;
}

static void comma(struct hu_out *to)
{
	if (to->len)
		hu_out_puts(to, "; ");
}

/* Of a task: the shrinker that it was in, and how long it ran. */
static void say_doing(const struct graph *g, size_t at, struct hu_out *to)
{
	const struct hu_chain *k = g->k;
	const struct hu_link *scan = NULL;
	hu_ns ran = own_time(k, at, HU_PART_RUNNING);

	for (size_t i = at + 1; i < k->links.count; i++) {
		const struct hu_link *l = &k->links.at[i];
		if (l->parent == at && l->kind == HU_LINK_SCAN && (!scan || l->ns > scan->ns))
			scan = l;
	}
	if (scan && scan->ns >= g->least) {
		comma(to);
		hu_out_printf(to, scan->count == 1 ? "in one call of %s" : "in calls of %s",
			      scan->scan->function);
	}
	if (ran >= g->least) {
		comma(to);
		hu_out_puts(to, "ran ");
		hu_out_duration(to, ran);
	}
}

static int by_number(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return x < y ? -1 : x > y;
}

/* Other tasks that waited for the lock while the worst one did. */
static size_t others(const struct graph *g)
{
	const struct hu_model *m = g->k->c->m;
	const struct hu_op *op = g->k->op;
	struct hu_lane waits = hu_lane_of_waits(m, g->k->cause->part.lock);
	HU_VEC(int32_t) tids = {0};
	size_t n = 0;

	for (size_t i = hu_lane_reaching(&waits, op->from); i < waits.at.count; i++) {
		const struct hu_wait *w = &m->waits.at[waits.at.at[i]];
		if (w->from >= op->to)
			break;
		if (w->timed && w->tid != op->tid && w->tid >= 0 && w->to > op->from)
			HU_PUSH(&tids, w->tid);
	}
	hu_lane_deinit(&waits);
	if (tids.count)
		qsort(tids.at, tids.count, sizeof(tids.at[0]), by_number);
	for (size_t i = 0; i < tids.count; i++)
		n += !i || tids.at[i] != tids.at[i - 1];
	free(tids.at);
	return n;
}

static int64_t put(struct graph *g, int64_t parent, const char *kind, const char *label,
		   const char *detail, const char *edge, const struct hu_link *link,
		   const char *how, int64_t closes)
{
	const struct hu_chain *k = g->k;
	hu_ns ns = link ? link->ns : k->whole;

	hu_result(k->c->store, &k->c->err,
		  "INSERT INTO graph_node (incident, node, parent, kind, label, detail, edge, ns, "
		  "share, how, closes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
		  "siossssidso", k->cause->id, ++g->nodes, parent, kind, label, detail, edge,
		  (int64_t)ns, k->whole > 0 ? (double)ns / (double)k->whole : 0.0, how, closes);
	if (g->left)
		g->left--;
	return g->nodes;
}

static void victim(struct graph *g)
{
	struct hu_chain *k = g->k;
	const struct hu_op *op = k->op;
	HU_CLEANUP(hu_out_deinit) struct hu_out label = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out detail = {0};
	struct hu_link self = {.kind = HU_LINK_PART,
			       .tid = op->tid,
			       .comm = op->comm,
			       .parent = SIZE_MAX,
			       .ns = k->whole};

	hu_chain_say_task(k, &self, &label);
	if (op->duration > 0) {
		hu_out_printf(&detail, "%s %s", op->name, op->open ? "≥ " : "");
		hu_out_duration(&detail, op->duration);
	} else {
		hu_out_puts(&detail, op->name);
	}
	size_t more = op->timed && k->cause->part.kind == HU_PART_LOCK ? others(g) : 0;
	if (more)
		hu_out_printf(&detail, "; and %zu other task%s waited too", more,
			      more == 1 ? "" : "s");
	put(g, HU_OPEN, "victim", label.at, detail.at, NULL, &self, NULL, HU_OPEN);
}

/* What stands between the task in `parent` and what it waited for. */
static int64_t put_part(struct graph *g, int64_t parent, const struct hu_link *link)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out label = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out detail = {0};
	const struct hu_part *p = &link->part;
	const char *mode = hu_mode_name(p->mode);
	const struct hu_cause *cause = g->k->cause;

	switch (p->kind) {
	case HU_PART_LOCK:
		if (p->lock.name)
			hu_out_puts(&label, p->lock.name);
		else if (hu_lock_same(p->lock, cause->part.lock))
			hu_out_puts(&label, cause->label);
		else if (p->lock.address)
			hu_out_printf(&label, "%s 0x%llx", hu_lock_word(p->type),
				      (unsigned long long)p->lock.address);
		else
			hu_out_printf(&label, "a %s without a name", hu_lock_word(p->type));
		hu_out_puts(&detail, hu_lock_word(p->type));
		if (mode)
			hu_out_printf(&detail, ", to %s", mode);
		if (p->frame)
			hu_out_printf(&detail, ", in %s", p->frame);
		return put(g, parent, "lock", label.at, detail.at, "waits for", link, NULL,
			   HU_OPEN);
	case HU_PART_SLEEP:
		hu_out_puts(&label, cause->part.kind == HU_PART_SLEEP && cause->part.why == p->why
					    ? cause->label
					    : hu_why_name(p->why));
		if (p->frame)
			hu_out_printf(&detail, "in %s", p->frame);
		return put(g, parent, "reason", label.at, detail.len ? detail.at : NULL,
			   "waits for", link, NULL, HU_OPEN);
	case HU_PART_RUNNABLE:
		return put(g, parent, "cpu", "a CPU", "ready, and others ran", "waits for", link,
			   NULL, HU_OPEN);
	case HU_PART_RUNNING:
		return parent;
	case HU_PART_UNKNOWN:
		break;
	}
	return put(g, parent, "nobody", "not recorded", "the capture does not show it", "waits",
		   link, NULL, HU_OPEN);
}

static int64_t put_task(struct graph *g, int64_t parent, size_t at)
{
	struct hu_chain *k = g->k;
	const struct hu_link *link = &k->links.at[at];
	HU_CLEANUP(hu_out_deinit) struct hu_out label = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out detail = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out edge = {0};
	const char *kind = "task", *how = hu_how_name(link->how);
	const char *mode = hu_mode_name(link->mode);

	hu_chain_say_task(k, link, &label);
	switch (link->kind) {
	case HU_LINK_HOLDER:
		hu_out_printf(&edge, "held%s%s by", mode ? " for " : "", mode ? mode : "");
		say_doing(g, at, &detail);
		break;
	case HU_LINK_FELLOWS:
		kind = "more";
		how = NULL;
		hu_out_puts(&edge, "passed on by");
		hu_out_puts(&detail, "got it first");
		break;
	case HU_LINK_NOBODY:
		kind = "nobody";
		how = NULL;
		hu_out_puts(&edge, "held by");
		hu_out_puts(&detail, "no record shows a holder");
		break;
	case HU_LINK_SEAT:
		hu_out_puts(&edge, "taken by");
		break;
	case HU_LINK_QUIET:
		hu_out_puts(&edge, "held up by");
		hu_out_printf(&detail, "on CPU %lld without a switch", (long long)link->number);
		break;
	case HU_LINK_RCU:
		kind = "nobody";
		how = NULL;
		hu_out_puts(&detail, "no CPU was seen to hold it up");
		break;
	case HU_LINK_DEVICE:
		kind = "device";
		hu_out_puts(&edge, "served by");
		hu_chain_say(k, link, &detail);
		break;
	case HU_LINK_WORKER:
		hu_out_puts(&edge, "ended by");
		say_doing(g, at, &detail);
		break;
	default:
		return parent;
	}
	return put(g, parent, kind, label.at, detail.len ? detail.at : NULL,
		   edge.len ? edge.at : NULL, link, how, HU_OPEN);
}

static int64_t closes_on(const struct graph *g, size_t at, const int64_t *node_of)
{
	const struct hu_chain *k = g->k;
	int32_t tid = k->links.at[at].tid;

	for (size_t i = k->links.at[at].parent; i != SIZE_MAX; i = k->links.at[i].parent)
		if (k->links.at[i].kind == HU_LINK_HOLDER && k->links.at[i].tid == tid)
			return node_of[i];
	return tid == k->op->tid ? 1 : HU_OPEN;
}

static int longest_first(const void *a, const void *b, void *chain)
{
	const struct hu_chain *k = chain;
	const struct hu_link *x = &k->links.at[*(const size_t *)a],
			     *y = &k->links.at[*(const size_t *)b];

	/* A parent is never shorter than its children, and comes before them. */
	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	return x < y ? -1 : x > y;
}

void hu_chain_graph(struct hu_chain *k)
{
	struct graph g = {.k = k,
			  .left = MAX_NODES,
			  .least = k->whole / 100 * LEAST_PERCENT +
				   k->whole % 100 * LEAST_PERCENT / 100};
	size_t n = k->links.count;
	int64_t *node_of = hu_alloc((n + 1) * sizeof(*node_of));
	size_t *order = hu_alloc((n + 1) * sizeof(*order));

	victim(&g);
	for (size_t i = 0; i < n; i++)
		order[i] = i;
	if (n)
		qsort_r(order, n, sizeof(*order), longest_first, k);
	for (size_t o = 0; o < n && g.left; o++) {
		size_t i = order[o];
		const struct hu_link *link = &k->links.at[i];
		int64_t parent = link->parent == SIZE_MAX ? 1 : node_of[link->parent];
		bool first = link->parent == SIZE_MAX && o == 0;
		if (!parent || (link->ns < g.least && !first))
			continue;
		if (link->kind == HU_LINK_CIRCLE) {
			HU_CLEANUP(hu_out_deinit) struct hu_out label = {0};
			hu_chain_say_task(k, link, &label);
			node_of[i] = put(&g, parent, "circle", label.at,
					 "waits itself, further up: a circle", "held by", link,
					 hu_how_name(link->how), closes_on(&g, i, node_of));
		} else if (link->kind == HU_LINK_SCAN) {
			node_of[i] = parent;
		} else if (link->kind == HU_LINK_PART) {
			node_of[i] = put_part(&g, parent, link);
		} else if (link->kind != HU_LINK_REST) {
			node_of[i] = put_task(&g, parent, i);
		}
	}
	free(order);
	free(node_of);
}
