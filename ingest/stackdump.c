/* Collects the frames of one task at a time. Some thousand stacks of some ten frames. */
#include "ingest/stackdump.h"

void hu_stackdump_reset(struct hu_stackdump *d)
{
	d->open = false;
	d->count = 0;
	d->row = (struct hu_snapshot){
		.at = {.ts = HU_OPEN, .cpu = HU_NONE, .tid = HU_NONE},
		.blocker = HU_NONE,
		.kind = HU_SNAP_STACK,
	};
}

void hu_stackdump_push(struct hu_stackdump *d, struct hu_str symbol, struct hu_str module)
{
	if (!d->row.at.pos)
		d->row.at.pos = d->pos;
	d->open = true;
	if (d->count >= HU_STACKDUMP_FRAMES)
		return;
	d->frames[d->count].symbol = hu_intern(d->to, symbol);
	d->frames[d->count++].module = hu_intern(d->to, module);
}

static void put(struct hu_stackdump *d)
{
	hu_stack stack = 0;

	for (size_t i = d->count; i > 0; i--)
		stack = hu_push_frame(d->to, stack, d->frames[i - 1].symbol,
				      d->frames[i - 1].module);
	d->row.at.stack = stack;
	if (stack)
		d->row.at.context = HU_CTX_TASK;
	hu_put_snapshot(d->to, &d->row);
	d->snapshots++;
}

void hu_stackdump_flush(struct hu_stackdump *d)
{
	if (d->count)
		put(d);
	hu_stackdump_reset(d);
}

void hu_stackdump_flush_bare(struct hu_stackdump *d)
{
	if (d->count || d->row.at.tid != HU_NONE)
		put(d);
	hu_stackdump_reset(d);
}

void hu_stackdump_unended(const struct hu_stackdump *d)
{
	const struct hu_gap gap = {HU_OPEN, HU_OPEN, HU_NONE, HU_NONE, HU_LOSS_TRUNCATED, d->pos};

	hu_put_loss(d->to, &gap,
		    "the file ends without a line break in line %llu: its last stack may be cut",
		    (unsigned long long)d->pos);
}
