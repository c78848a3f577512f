/* The words that come by the million, checked and put into the columns of their tables' blocks. */
#include "db/intake_parts.h"

static void put(struct hu_cells *c, int column, int64_t value)
{
	c->value[column] = value;
}

static void put_known(struct hu_cells *c, int column, bool known, int64_t value)
{
	c->value[column] = known ? value : 0;
	c->null |= (uint32_t)!known << column;
}

static void put_count(struct hu_cells *c, int column, int64_t value)
{
	put_known(c, column, value >= 0 && value != HU_OPEN, value);
}

static void put_name(struct hu_intake *in, struct hu_cells *c, int column, hu_name local)
{
	uint32_t id = hu_intake_name(in, local);

	put_known(c, column, id > 0, id);
}

static void put_where(struct hu_intake *in, struct hu_cells *c, const struct hu_where *at)
{
	uint32_t leaf = hu_intake_stack(in, at->stack);

	hu_intake_seen(in, at->ts);
	c->null = 0;
	put(c, HU_COL_SOURCE, in->source);
	put_known(c, HU_COL_TS, at->ts != HU_OPEN, at->ts);
	put_known(c, HU_COL_POS, at->pos && at->pos < (uint64_t)INT64_MAX, (int64_t)at->pos);
	put_count(c, HU_COL_CPU, at->cpu);
	put_count(c, HU_COL_TID, at->tid);
	put_known(c, HU_COL_STACK, leaf > 0, leaf);
	put_known(c, HU_COL_CONTEXT, at->context > 0 && at->context <= HU_CTX_NMI, at->context);
}

static void put_lock(struct hu_intake *in, struct hu_cells *c, const struct hu_lock_event *r)
{
	put_where(in, c, &r->at);
	put(c, HU_LOCK_STEP, hu_intake_within(in, r->step, HU_LOCK_RELEASE_CONTENDED));
	put(c, HU_LOCK_MODE, hu_intake_within(in, r->mode, HU_MODE_WRITE));
	put(c, HU_LOCK_TYPE, hu_intake_within(in, r->type, HU_LOCK_SEMAPHORE));
	put(c, HU_LOCK_KNOWN, r->known & 15);
	put_known(c, HU_LOCK_RESULT, r->known & HU_KNOWS_RESULT, r->result);
	put_known(c, HU_LOCK_ADDRESS, r->address != 0, (int64_t)r->address);
	put_name(in, c, HU_LOCK_NAME, r->name);
	put_name(in, c, HU_LOCK_FUNCTION, r->function);
}

static void put_span(struct hu_intake *in, struct hu_cells *c, const struct hu_span *r)
{
	put_where(in, c, &r->at);
	put(c, HU_SPAN_DURATION, r->duration < 0 ? 0 : r->duration);
	put_known(c, HU_SPAN_ADDRESS, r->address != 0, (int64_t)r->address);
	put_name(in, c, HU_SPAN_LABEL, r->label);
	put_name(in, c, HU_SPAN_COMM, r->comm);
	put_name(in, c, HU_SPAN_FUNCTION, r->function);
	put_name(in, c, HU_SPAN_NAME, r->name);
	put(c, HU_SPAN_KNOWN, r->known & 15);
}

static void put_syscall(struct hu_intake *in, struct hu_cells *c, const struct hu_syscall *r)
{
	put_where(in, c, &r->at);
	put(c, HU_SYSCALL_STEP, hu_intake_within(in, r->step, HU_END));
	put_count(c, HU_SYSCALL_NUMBER, r->number);
	put_name(in, c, HU_SYSCALL_NAME, r->name);
	put_known(c, HU_SYSCALL_RESULT, r->step == HU_END, r->result);
	put_name(in, c, HU_SYSCALL_DETAIL, r->detail);
}

static void put_reclaim(struct hu_intake *in, struct hu_cells *c, const struct hu_reclaim *r)
{
	put_where(in, c, &r->at);
	put(c, HU_RECLAIM_KIND, hu_intake_within(in, r->kind, HU_RECLAIM_ALLOC_STALL));
	put(c, HU_RECLAIM_STEP, hu_intake_within(in, r->step, HU_END));
	put_count(c, HU_RECLAIM_PAGES, r->pages);
	put_count(c, HU_RECLAIM_ORDER, r->order);
	put_count(c, HU_RECLAIM_NODE_ID, r->node);
	put_known(c, HU_RECLAIM_CGROUP, r->memcg != 0, (int64_t)r->memcg);
}

static void put_shrink(struct hu_intake *in, struct hu_cells *c, const struct hu_shrink *r)
{
	put_where(in, c, &r->at);
	put(c, HU_SHRINK_STEP, hu_intake_within(in, r->step, HU_END));
	put_known(c, HU_SHRINK_SHRINKER, r->shrinker != 0, (int64_t)r->shrinker);
	put_count(c, HU_SHRINK_OBJECTS, r->objects);
	put_count(c, HU_SHRINK_NODE, r->node);
	put_name(in, c, HU_SHRINK_FUNCTION, r->function);
	put_known(c, HU_SHRINK_CGROUP, r->memcg != 0, (int64_t)r->memcg);
}

static void put_io(struct hu_intake *in, struct hu_cells *c, const struct hu_io *r)
{
	put_where(in, c, &r->at);
	put(c, HU_IO_STEP, hu_intake_within(in, r->step, HU_END));
	put_known(c, HU_IO_DEVICE, r->device != 0, r->device);
	put(c, HU_IO_SECTOR, (int64_t)r->sector);
	put_count(c, HU_IO_BYTES, r->bytes);
	put_name(in, c, HU_IO_KIND, r->kind);
}

bool hu_intake_event(struct hu_intake *in, const struct hu_row *row)
{
	struct hu_cells c;
	enum hu_event_table table;

	switch ((enum hu_word)row->word) {
	case HU_WORD_SWITCH:
		table = HU_EVENTS_SWITCH;
		put_where(in, &c, &row->as.sw.at);
		put_count(&c, HU_SWITCH_NEXT, row->as.sw.next);
		put(&c, HU_SWITCH_STATE, hu_intake_within(in, row->as.sw.state, HU_STATE_PARKED));
		break;
	case HU_WORD_WAKEUP:
		table = HU_EVENTS_WAKEUP;
		put_where(in, &c, &row->as.wakeup.at);
		put_count(&c, HU_WAKEUP_TARGET, row->as.wakeup.target);
		put(&c, HU_WAKEUP_STEP, hu_intake_within(in, row->as.wakeup.step, HU_WAKEUP_NEW));
		break;
	case HU_WORD_LOCK:
		table = HU_EVENTS_LOCK;
		put_lock(in, &c, &row->as.lock);
		break;
	case HU_WORD_SYSCALL:
		table = HU_EVENTS_SYSCALL;
		put_syscall(in, &c, &row->as.syscall);
		break;
	case HU_WORD_RECLAIM:
		table = HU_EVENTS_RECLAIM;
		put_reclaim(in, &c, &row->as.reclaim);
		break;
	case HU_WORD_SHRINK:
		table = HU_EVENTS_SHRINK;
		put_shrink(in, &c, &row->as.shrink);
		break;
	case HU_WORD_IO:
		table = HU_EVENTS_IO;
		put_io(in, &c, &row->as.io);
		break;
	case HU_WORD_SPAN:
		table = HU_EVENTS_SPAN;
		put_span(in, &c, &row->as.span);
		break;
	case HU_WORD_SAMPLE:
		table = HU_EVENTS_SAMPLE;
		put_where(in, &c, &row->as.sample.at);
		put_name(in, &c, HU_SAMPLE_EVENT, row->as.sample.event);
		put(&c, HU_SAMPLE_PERIOD, row->as.sample.period);
		break;
	default:
		return false;
	}
	hu_store_event(in->store, table, &c);
	in->rows++;
	return true;
}
