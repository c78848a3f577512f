/*
 * One record at a time: opened, given away with what was said above it, and when. A few fields a
 * line; memory is that of one record.
 */
#include "ingest/tool_reading.h"

#include <stdlib.h>

struct hu_tool_reading *hu_tool_reading_create(const struct hu_tools *all, hu_tool_take *take,
					       void *with)
{
	struct hu_tool_reading *r = hu_alloc(sizeof(*r));

	r->all = all;
	r->take = take;
	r->with = with;
	r->block_time = HU_OPEN;
	hu_tool_values_clear(&r->v);
	hu_tool_values_clear(&r->section);
	hu_tool_values_clear(&r->banner);
	return r;
}

void hu_tool_reading_destroy(struct hu_tool_reading *r)
{
	if (!r)
		return;
	hu_tool_values_deinit(&r->v);
	hu_tool_values_deinit(&r->section);
	hu_tool_values_deinit(&r->banner);
	hu_out_deinit(&r->unit);
	free(r);
}

char hu_tool_reading_stamps(const struct hu_tool_reading *r)
{
	return r->stamps;
}

hu_ns hu_tool_reading_stamp(struct hu_tool_reading *r, char kind, hu_ns ns)
{
	static const hu_ns day = 86400 * HU_NS_PER_S;

	if (r->stamps && r->stamps != kind) {
		r->counts.time_mixed++;
		return HU_OPEN;
	}
	if (!r->stamps)
		r->last_time = ns;
	r->stamps = kind;
	if (kind == 'd' && r->last_time - ns > day / 2 && r->days < 366)
		r->days++;
	r->last_time = ns;
	return ns + (kind == 'd' ? r->days * day : 0);
}

/* What was said above the record, where the record does not say it itself. */
static void inherit(struct hu_tool_values *v, const struct hu_tool_values *above)
{
	for (int i = 1; i < HU_ROLE_COUNT_OF; i++) {
		if (!above->set[i] || v->set[i])
			continue;
		v->set[i] = true;
		v->number[i] = above->number[i];
		v->ns[i] = above->ns[i];
		hu_out_clear(&v->text[i]);
		hu_out_str(&v->text[i], hu_out_view(&above->text[i]));
	}
}

void hu_tool_reading_give(struct hu_tool_reading *r, const struct hu_tool_form *form)
{
	struct hu_tool_values *v = &r->v;

	if (v->set[HU_ROLE_STAMP] && v->ns[HU_ROLE_STAMP] != HU_OPEN) {
		v->ts = hu_tool_reading_stamp(r, 'm', v->ns[HU_ROLE_STAMP]);
	} else if (v->set[HU_ROLE_TIME]) {
		v->ts = hu_tool_reading_stamp(r, (char)v->number[HU_ROLE_TIME],
					      v->ns[HU_ROLE_TIME]);
		if (v->ts != HU_OPEN && v->ts_is_start &&
		    (v->ns[HU_ROLE_DURATION] == HU_OPEN || !v->set[HU_ROLE_DURATION] ||
		     __builtin_add_overflow(v->ts, v->ns[HU_ROLE_DURATION], &v->ts)))
			v->ts = HU_OPEN;
	} else {
		v->ts = r->block_time;
	}
	inherit(v, &r->section);
	inherit(v, &r->banner);
	for (size_t i = 0; i < form->puts; i++)
		r->take(r->with, r->now, &form->put[i], v);
	r->counts.records++;
}

void hu_tool_reading_flush(struct hu_tool_reading *r)
{
	if (r->row_open) {
		r->row_open = false;
		hu_tool_reading_give(r, r->header.form);
	}
	if (r->record) {
		const struct hu_tool_form *form = r->record;
		r->record = NULL;
		hu_tool_reading_give(r, form);
	}
	if (r->stacks) { /* a block without its last line */
		r->stacks = NULL;
		r->counts.odd++;
		r->counts.odd_pos = r->v.pos;
	}
}

void hu_tool_reading_open(struct hu_tool_reading *r, uint64_t pos)
{
	hu_tool_values_clear(&r->v);
	r->v.pos = pos;
	r->side = 0;
	r->user = false;
}

bool hu_tool_any_pattern(const struct hu_tool_pattern *at, size_t count, struct hu_str line,
			 const char *unit, struct hu_tool_values *v)
{
	for (size_t i = 0; i < count; i++)
		if (hu_tool_pattern_match(&at[i], line, hu_str(unit), v))
			return true;
	return false;
}

void hu_tool_reading_use(struct hu_tool_reading *r, const struct hu_tool *table)
{
	if (r->now != table) {
		hu_tool_values_clear(&r->section);
		hu_tool_values_clear(&r->banner);
	}
	r->now = table;
}
