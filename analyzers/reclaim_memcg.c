/*
 * Reclaim by memory cgroup, as far as events say for which one it was: vmscan events and
 * mm_shrink_slab carry the cgroup's id from Linux 7.0 on (include/trace/events/vmscan.h, memcg_id).
 * It is the inode number of the cgroup's folder below /sys/fs/cgroup.
 */
#include "analyzers/conclude.h"
#include "db/table.h"

#include <stdlib.h>

struct group {
	uint64_t memcg;
	int64_t sessions, calls;
	hu_ns session_ns, shrinker_ns, longest;
	const char *function; /* of the longest call */
};
typedef HU_VEC(struct group) groups;

struct search {
	const groups *all;
	uint64_t memcg;
};

static bool is_group(const void *context, uint32_t slot)
{
	const struct search *s = context;

	return s->all->at[slot - 1].memcg == s->memcg;
}

static struct group *group_for(groups *all, struct hu_table *table, uint64_t memcg)
{
	struct search search = {all, memcg};
	uint32_t hash = hu_hash(&memcg, sizeof(memcg));
	uint32_t *slot = hu_table_slot(table, hash, is_group, &search);

	if (*slot)
		return &all->at[*slot - 1];
	HU_PUSH(all, (struct group){.memcg = memcg});
	hu_table_fill(table, slot, hash, (uint32_t)all->count);
	return &all->at[all->count - 1];
}

static int most_first(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	hu_ns of_x = x->session_ns > x->shrinker_ns ? x->session_ns : x->shrinker_ns,
	      of_y = y->session_ns > y->shrinker_ns ? y->session_ns : y->shrinker_ns;

	if (of_x != of_y)
		return of_x > of_y ? -1 : 1;
	return x->memcg < y->memcg ? -1 : x->memcg > y->memcg;
}

void hu_conclude_reclaim_memcg(struct hu_conclusion *c)
{
	enum { TOLD = 100 };
	const struct hu_model *m = c->m;
	groups all = {0};
	struct hu_table table = {0};

	for (size_t i = 0; i < m->sessions.count; i++) {
		const struct hu_session *s = &m->sessions.at[i];
		if (!s->memcg)
			continue;
		struct group *g = group_for(&all, &table, s->memcg);
		g->sessions++;
		g->session_ns += s->to - s->from;
	}
	for (size_t i = 0; i < m->scans.count; i++) {
		const struct hu_scan *s = &m->scans.at[i];
		if (!s->memcg)
			continue;
		struct group *g = group_for(&all, &table, s->memcg);
		g->calls++;
		g->shrinker_ns += s->to - s->from;
		if (s->to - s->from >= g->longest) {
			g->longest = s->to - s->from;
			g->function = s->function;
		}
	}
	hu_table_deinit(&table);
	if (all.count)
		qsort(all.at, all.count, sizeof(all.at[0]), most_first);
	for (size_t i = 0; i < all.count && i < TOLD; i++) {
		const struct group *g = &all.at[i];
		hu_result(c->store, &c->err,
			  "INSERT INTO pressure_memcg (rank, memcg, sessions, session_ns, calls, "
			  "shrinker_ns, longest_ns, function) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
			  "?8)",
			  "iiiiiiis", (int64_t)i + 1, (int64_t)g->memcg, g->sessions,
			  (int64_t)g->session_ns, g->calls, (int64_t)g->shrinker_ns,
			  (int64_t)g->longest, g->function);
	}
	free(all.at);
}
