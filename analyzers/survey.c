/*
 * One look over all switches before the sweep: which sources recorded every switch, where events
 * are missing that no tracer tells of, and which CPUs' records begin late. Who leaves a CPU is who
 * came to it last; where every switch was recorded, anything else is a loss between the two.
 */
#include "analyzers/survey.h"
#include "db/events.h"

#include <stdlib.h>

enum {
	MAX_CPU = 8192,
	TIMES_ITS_GAP = 20,
	WHOLE = 50,
	FULL = 100 /* events that a buffer of any size holds */
};

struct cpu {
	hu_ns first, last;
	int64_t count;
	int32_t next;
};

struct look { /* at one source */
	int64_t source;
	hu_ns begins;
	HU_VEC(struct cpu) cpus;
	HU_VEC(struct hu_lost) breaks;
	int64_t pairs;
};

static void see(struct look *l, hu_ns ts, int64_t on, int32_t tid, int32_t next)
{
	if (on < 0 || on >= MAX_CPU)
		return;
	while (l->cpus.count <= (size_t)on)
		HU_PUSH(&l->cpus, ((struct cpu){.next = HU_NONE}));
	struct cpu *c = &l->cpus.at[on];
	if (!c->count)
		c->first = ts;
	if (c->count && c->next >= 0 && tid >= 0) {
		struct hu_lost lost = {.cpu = (int32_t)on,
				       .from = c->last,
				       .to = ts,
				       .count = HU_NONE,
				       .source = l->source};
		l->pairs++;
		if (c->next != tid)
			HU_PUSH(&l->breaks, lost);
	}
	c->count++;
	c->last = ts;
	c->next = next;
}

/* Of a filtered source ("prev_state == 2", or a text out of grep) every other link is broken. */
static bool is_filtered(const struct look *l)
{
	int64_t broken = (int64_t)l->breaks.count;

	return (broken >= 16 && broken * 10 > l->pairs) || (broken >= 2 && broken * 6 > l->pairs);
}

static bool told(const struct hu_model *m, size_t count, const struct hu_lost *lost)
{
	for (size_t i = 0; i < count; i++) {
		const struct hu_lost *have = &m->lost.at[i];
		if (have->source == lost->source && (have->cpu < 0 || have->cpu == lost->cpu) &&
		    (have->from == HU_OPEN || have->from <= lost->to) &&
		    (have->to == HU_OPEN || have->to >= lost->from))
			return true;
	}
	return false;
}

/*
 * A recorder that overwrites its oldest events keeps as much of each CPU as fits, so one CPU's
 * record begins seconds after another's. Before that nothing is known of it. A CPU that was idle
 * looks the same at first, but it stays as quiet.
 */
static void find_late(struct hu_model *m, const struct look *l)
{
	for (size_t i = 0; i < l->cpus.count; i++) {
		const struct cpu *c = &l->cpus.at[i];
		struct hu_lost late = {.cpu = (int32_t)i,
				       .from = l->begins,
				       .to = c->first,
				       .count = HU_NONE,
				       .source = l->source,
				       .late = true};
		hu_ns gap = c->first - l->begins;
		if (c->count >= FULL && gap > m->options.threshold &&
		    gap / TIMES_ITS_GAP > (c->last - c->first) / c->count)
			HU_PUSH(&m->lost, late);
	}
}

static void conclude(struct hu_model *m, struct look *l, size_t told_losses)
{
	/* A few dozen links in a row: that is a recording, not some lines of one. */
	struct hu_surveyed result = {l->source, is_filtered(l),
				     !is_filtered(l) && l->pairs >= WHOLE};

	if (!l->pairs && !l->cpus.count)
		return;
	HU_PUSH(&m->surveyed, result);
	for (size_t i = 0; i < l->breaks.count && !result.filtered; i++) {
		if (told(m, told_losses, &l->breaks.at[i]))
			continue;
		HU_PUSH(&m->lost, l->breaks.at[i]);
		m->silent_losses++;
		m->lossy = true;
	}
	find_late(m, l);
	l->cpus.count = l->breaks.count = 0;
	l->pairs = 0;
}

static int by_source_and_time(const void *a, const void *b)
{
	const struct hu_lost *x = a, *y = b;

	if (x->source != y->source)
		return x->source < y->source ? -1 : 1;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->to != y->to)
		return x->to < y->to ? -1 : 1;
	return x->cpu - y->cpu;
}

static struct hu_err *look_at(struct hu_model *m, struct look *l, hu_ns offset)
{
	struct hu_events *e = hu_events_all(m->store, HU_EVENTS_SWITCH, l->source);

	while (hu_events_next(e)) {
		if (hu_events_null(e, HU_COL_TS) || hu_events_null(e, HU_COL_CPU))
			continue;
		see(l, hu_events_int(e, HU_COL_TS) + offset, hu_events_int(e, HU_COL_CPU),
		    (int32_t)hu_events_int_or(e, HU_COL_TID, HU_NONE),
		    (int32_t)hu_events_int_or(e, HU_SWITCH_NEXT, HU_NONE));
	}
	return hu_events_close(e);
}

struct hu_err *hu_survey(struct hu_model *m)
{
	struct look l = {.source = -1};
	size_t told_losses = m->lost.count;
	struct hu_err *err = NULL;
	struct hu_rows *rows = hu_rows_open(
		m->store, "SELECT id, offset_ns, first_ts + offset_ns FROM source WHERE copy_of IS "
			  "NULL AND offset_ns IS NOT NULL ORDER BY id");

	while (!err && hu_rows_next(rows)) {
		l.source = hu_rows_int(rows, 0);
		l.begins = hu_rows_int(rows, 2);
		err = look_at(m, &l, hu_rows_int(rows, 1));
		conclude(m, &l, told_losses);
	}
	free(l.cpus.at);
	free(l.breaks.at);
	if (m->lost.count)
		qsort(m->lost.at, m->lost.count, sizeof(m->lost.at[0]), by_source_and_time);
	struct hu_err *mine = hu_rows_close(rows);
	if (err)
		hu_err_free(mine);
	return err ? err : mine;
}

struct hu_surveyed hu_surveyed(const struct hu_model *m, int64_t source)
{
	for (size_t i = 0; i < m->surveyed.count; i++)
		if (m->surveyed.at[i].source == source)
			return m->surveyed.at[i];
	return (struct hu_surveyed){source, false, false};
}
