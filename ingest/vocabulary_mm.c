/* The table, part 3: include/trace/events/vmscan.h and compaction.h. */
#include "ingest/vocabulary_private.h"

enum { PAGES, ORDER, NODE, MEMCG };
#define KIND(kind, step) ((kind) << 8 | (step))

static void see_reclaim(struct hu_vocabulary *v, struct hu_event_kind *kind,
			struct hu_event_view *view)
{
	struct hu_reclaim row = {
		.at = view->at,
		.pages = hu_slot_or(kind, view, PAGES, HU_NONE),
		.order = hu_slot_i32(kind, view, ORDER),
		.node = hu_slot_i32(kind, view, NODE),
		.kind = (uint32_t)kind->means->arg >> 8,
		.step = (uint32_t)kind->means->arg & 0xff,
	};

	hu_slot(kind, view, MEMCG, &row.memcg);
	hu_put_reclaim(v->to, &row);
	kind->used++;
}

enum { SHRINKER, FUNCTION, SHRINK_NODE, OBJECTS, SHRINK_MEMCG };

static void see_shrink(struct hu_vocabulary *v, struct hu_event_kind *kind,
		       struct hu_event_view *view)
{
	struct hu_shrink row = {
		.at = view->at,
		.objects = hu_slot_or(kind, view, OBJECTS, HU_NONE),
		.node = hu_slot_i32(kind, view, SHRINK_NODE),
		.step = (uint32_t)kind->means->arg,
	};
	uint64_t function;

	hu_slot(kind, view, SHRINKER, &row.shrinker);
	hu_slot(kind, view, SHRINK_MEMCG, &row.memcg);
	if (hu_slot(kind, view, FUNCTION, &function) && function)
		row.function = hu_vocabulary_resolve(v, function)->symbol;
	hu_put_shrink(v->to, &row);
	kind->used++;
}

const struct hu_meaning hu_meanings_mm[] = {
	{"mm_vmscan_kswapd_wake",
	 see_reclaim,
	 KIND(HU_RECLAIM_KSWAPD, HU_BEGIN),
	 {"-", "order", "nid"}},
	{"mm_vmscan_kswapd_sleep", see_reclaim, KIND(HU_RECLAIM_KSWAPD, HU_END), {"-", "-", "nid"}},
	{"mm_vmscan_wakeup_kswapd",
	 see_reclaim,
	 KIND(HU_RECLAIM_KSWAPD_ASKED, HU_BEGIN),
	 {"-", "order", "nid"}},
	{"mm_vmscan_direct_reclaim_begin",
	 see_reclaim,
	 KIND(HU_RECLAIM_DIRECT, HU_BEGIN),
	 {"-", "order", "-", "memcg_id"}},
	{"mm_vmscan_direct_reclaim_end",
	 see_reclaim,
	 KIND(HU_RECLAIM_DIRECT, HU_END),
	 {"nr_reclaimed", "-", "-", "memcg_id"}},
	{"mm_vmscan_memcg_reclaim_begin",
	 see_reclaim,
	 KIND(HU_RECLAIM_MEMCG, HU_BEGIN),
	 {"-", "order", "-", "memcg_id"}},
	{"mm_vmscan_memcg_reclaim_end",
	 see_reclaim,
	 KIND(HU_RECLAIM_MEMCG, HU_END),
	 {"nr_reclaimed", "-", "-", "memcg_id"}},
	{"mm_vmscan_memcg_softlimit_reclaim_begin",
	 see_reclaim,
	 KIND(HU_RECLAIM_MEMCG_SOFT, HU_BEGIN),
	 {"-", "order", "-", "memcg_id"}},
	{"mm_vmscan_memcg_softlimit_reclaim_end",
	 see_reclaim,
	 KIND(HU_RECLAIM_MEMCG_SOFT, HU_END),
	 {"nr_reclaimed", "-", "-", "memcg_id"}},
	{"mm_vmscan_node_reclaim_begin",
	 see_reclaim,
	 KIND(HU_RECLAIM_NODE, HU_BEGIN),
	 {"-", "order", "nid", "memcg_id"}},
	{"mm_vmscan_node_reclaim_end",
	 see_reclaim,
	 KIND(HU_RECLAIM_NODE, HU_END),
	 {"nr_reclaimed", "-", "-", "memcg_id"}},
	{"mm_vmscan_throttled",
	 see_reclaim,
	 KIND(HU_RECLAIM_THROTTLED, HU_BEGIN),
	 {"-", "-", "nid"}},
	{"mm_compaction_begin", see_reclaim, KIND(HU_RECLAIM_COMPACTION, HU_BEGIN), {0}},
	{"mm_compaction_end", see_reclaim, KIND(HU_RECLAIM_COMPACTION, HU_END), {0}},
	/* before 3.11: no node; `retval` is what the shrinker returned last */
	{"mm_shrink_slab_start",
	 see_shrink,
	 HU_BEGIN,
	 {"shr", "shrink", "nid", "cache_items", "memcg_id"}},
	{"mm_shrink_slab_end", see_shrink, HU_END, {"shr", "shrink", "nid", "retval", "memcg_id"}},
	{"mm_vmscan_shrink_slab_start", /* as LTTng calls them */
	 see_shrink,
	 HU_BEGIN,
	 {"shr", "shrink", "nid", "cache_items", "memcg_id"}},
	{"mm_vmscan_shrink_slab_end",
	 see_shrink,
	 HU_END,
	 {"shr", "shrink", "nid", "retval", "memcg_id"}},
	{0},
};
