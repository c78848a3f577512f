/* Reads the switches around a moment, not the whole table: a busy host makes a million a second. */
#include "analyzers/cpus.h"
#include "db/events.h"

#include <stdlib.h>

enum { MAX_CPU = 8192 };

/* A task that keeps its CPU without a switch is told by the next one: so far it is looked for. */
#define MARGIN (2 * HU_NS_PER_S)

static const struct hu_swept *whole_source(const struct hu_model *m, hu_ns from, hu_ns to)
{
	for (size_t i = 0; i < m->swept.count; i++)
		for (size_t k = 0; k < m->recorded.count && !m->swept.at[i].blind; k++) {
			const struct hu_recorded *r = &m->recorded.at[k];
			if (r->source == m->swept.at[i].source && r->from <= from && r->to >= to)
				return &m->swept.at[i];
		}
	return NULL;
}

static void sat(hu_seats *ret, int32_t cpu, int32_t tid, hu_ns from, hu_ns to, hu_ns low,
		hu_ns high)
{
	struct hu_seat seat = {cpu, tid, from, to};

	if (tid > 0 && to > from && from < high && to > low)
		HU_PUSH(ret, seat);
}

struct turn {
	hu_ns since;
	int32_t next;
	bool seen;
};

void hu_seats_find(struct hu_conclusion *c, int32_t cpu, hu_ns from, hu_ns to, hu_seats *ret)
{
	const struct hu_swept *in = whole_source(c->m, from, to);
	HU_VEC(struct turn) turns = {0};
	int64_t first, last;

	*ret = (hu_seats){0};
	if (!in || c->err)
		return;
	hu_ns low = from - MARGIN, high = to + MARGIN;
	c->err = hu_store_window(c->store, "switch", in->source, low - in->offset,
				 high - in->offset, &first, &last);
	if (c->err)
		return;
	struct hu_events *e = hu_events_open(c->store, HU_EVENTS_SWITCH, 0, first, last);
	hu_ns at = low;
	while (hu_events_next(e)) {
		int64_t on = hu_events_int_or(e, HU_COL_CPU, -1);
		if (hu_events_null(e, HU_COL_TS) || on < 0 || (cpu >= 0 && on != cpu))
			continue;
		at = hu_events_int(e, HU_COL_TS) + in->offset;
		if (on >= MAX_CPU)
			continue;
		while (turns.count <= (size_t)on)
			HU_PUSH(&turns, ((struct turn){.since = low}));
		struct turn *t = &turns.at[on];
		/* Whoever leaves has been there since the switch before. */
		sat(ret, (int32_t)on, (int32_t)hu_events_int_or(e, HU_COL_TID, HU_NONE), t->since,
		    at, from, to);
		*t = (struct turn){at, (int32_t)hu_events_int_or(e, HU_SWITCH_NEXT, HU_NONE), true};
	}
	for (size_t i = 0; i < turns.count; i++)
		if (turns.at[i].seen)
			sat(ret, (int32_t)i, turns.at[i].next, turns.at[i].since, at, from, to);
	free(turns.at);
	struct hu_err *err = hu_events_close(e);
	if (c->err)
		hu_err_free(err);
	else
		c->err = err;
}
