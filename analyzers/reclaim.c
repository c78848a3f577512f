/* Reclaim sessions and shrinker calls. */
#include "analyzers/sweep.h"

void hu_reclaim_event(struct hu_sweep *s, struct hu_task_state *t, const struct hu_cursor *c)
{
	uint32_t kind = (uint32_t)hu_events_int(c->e, HU_RECLAIM_KIND),
		 step = (uint32_t)hu_events_int(c->e, HU_RECLAIM_STEP);

	if (kind == HU_RECLAIM_KSWAPD_ASKED || kind == HU_RECLAIM_THROTTLED ||
	    kind == HU_RECLAIM_ALLOC_STALL)
		return;
	if (step == HU_BEGIN) {
		if (!t->in_session || t->session.kind != kind)
			t->session = (struct hu_session){
				.tid = t->tid,
				.kind = kind,
				.from = c->ts,
				.to = HU_OPEN,
				.open = true,
				.begin = hu_sweep_ref(s, HU_CURSOR_RECLAIM),
				.memcg = (uint64_t)hu_events_int(c->e, HU_RECLAIM_CGROUP)};
		t->in_session = true;
	} else {
		/* kswapd's first sleep without a wake: awake since before the capture. */
		if (!t->in_session)
			t->session = (struct hu_session){
				.tid = t->tid,
				.kind = kind,
				.from = s->m->from,
				.to = HU_OPEN,
				.open = true,
				.begin = hu_sweep_ref(s, HU_CURSOR_RECLAIM),
				.memcg = (uint64_t)hu_events_int(c->e, HU_RECLAIM_CGROUP)};
		t->session.to = c->ts;
		t->session.open = false;
		HU_PUSH_MUCH(s->m, &s->m->sessions, t->session);
		t->in_session = false;
	}
}

void hu_shrink_event(struct hu_sweep *s, struct hu_task_state *t, const struct hu_cursor *c)
{
	if (hu_events_int(c->e, HU_SHRINK_STEP) == HU_BEGIN) {
		hu_locks_in_shrinker(s->m, t);
		if (t->scan_count == sizeof(t->scan) / sizeof(t->scan[0]))
			t->scan_count = 0;
		t->scan[t->scan_count++] = (struct hu_scan){
			t->tid,
			c->ts,
			HU_OPEN,
			true,
			hu_model_name(s->m, hu_events_int(c->e, HU_SHRINK_FUNCTION)),
			(uint64_t)hu_events_int(c->e, HU_SHRINK_SHRINKER),
			hu_sweep_ref(s, HU_CURSOR_SHRINK),
			(uint64_t)hu_events_int(c->e, HU_SHRINK_CGROUP)};
		return;
	}
	if (!t->scan_count)
		return;
	struct hu_scan scan = t->scan[--t->scan_count];
	scan.to = c->ts;
	scan.open = false;
	if (!scan.function)
		scan.function = "a shrinker";
	HU_PUSH_MUCH(s->m, &s->m->scans, scan);
}
