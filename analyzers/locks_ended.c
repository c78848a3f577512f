/*
 * Holds that have ended although no release of them was recorded: the probe on the release is
 * missing, is of a function that nobody can name, or its record is lost. Only what is sure counts:
 * somebody else got the lock, its task is gone, or of this lock holds end and releases never show.
 * Shaped for many acquires of few locks: what is kept is of each lock, not of each acquire.
 */
#include "analyzers/locks_parts.h"
#include "db/bisect.h"

struct use_key {
	const struct hu_model *m;
	struct hu_lock_id lock;
};

static bool is_use(const void *ctx, uint32_t id)
{
	const struct use_key *key = ctx;

	return hu_lock_same(key->m->uses.at[id - 1].lock, key->lock);
}

/* By address, or by name where there is none: names are interned, so their addresses stand for
 * them. */
static uint32_t *use_slot(struct hu_model *m, struct hu_lock_id lock, uint32_t *hash)
{
	struct use_key key = {m, lock};
	uint64_t bits = lock.address ? lock.address : (uint64_t)(uintptr_t)lock.name;

	*hash = hu_hash(&bits, sizeof(bits));
	return hu_table_slot(&m->uses_table, *hash, is_use, &key);
}

static struct hu_lock_use *use_of(struct hu_model *m, struct hu_lock_id lock, int64_t source)
{
	uint32_t hash, *slot = use_slot(m, lock, &hash);
	struct hu_taken none = {INT64_MIN, INT64_MIN, HU_NONE};

	if (!*slot) {
		HU_PUSH(&m->uses, ((struct hu_lock_use){.source = HU_NONE}));
		hu_table_fill(&m->uses_table, slot, hash, (uint32_t)m->uses.count);
	}
	struct hu_lock_use *use = &m->uses.at[*slot - 1];
	/* Other probes, perhaps, and stamps that compare within some slack only. */
	if (use->source != source)
		*use = (struct hu_lock_use){
			.lock = lock, .source = source, .read = none, .write = none};
	return use;
}

/* Of these a second one gets in only when the first has left. A semaphore lets several in, and may
 * be given back by whom it was not given to. */
static bool is_owned(uint32_t type)
{
	return type == HU_LOCK_RWSEM || type == HU_LOCK_MUTEX || type == HU_LOCK_PERCPU_RWSEM ||
	       type == HU_LOCK_RT || type == HU_LOCK_SPIN || type == HU_LOCK_RWLOCK;
}

static void take(struct hu_taken *last, int32_t tid, hu_ns at)
{
	if (last->tid != tid)
		last->before = last->at;
	last->at = at;
	last->tid = tid;
}

static hu_ns taken_by_another(struct hu_taken last, int32_t tid)
{
	return last.tid == tid ? last.before : last.at;
}

void hu_locks_got(struct hu_model *m, int32_t tid, const struct hu_held *held)
{
	if (!is_owned(held->type) || hu_lock_unknown(held->lock) || held->mode == HU_MODE_UNKNOWN)
		return;
	struct hu_lock_use *use = use_of(m, held->lock, held->ref.source);
	use->write_ended |= use->write.at != INT64_MIN;
	if (held->mode == HU_MODE_READ) {
		take(&use->read, tid, held->ts);
		return;
	}
	use->read_ended |= use->read.at != INT64_MIN;
	take(&use->write, tid, held->ts);
}

void hu_locks_gave(struct hu_model *m, const struct hu_lock_row *row)
{
	struct hu_lock_use *use = use_of(m, row->lock, row->ref.source);

	/* contended_release does not say in which mode, and is there for both. */
	use->read_released |= row->mode != HU_MODE_WRITE;
	use->write_released |= row->mode != HU_MODE_READ;
}

bool hu_locks_given(struct hu_model *m, struct hu_lock_id lock, int64_t source)
{
	uint32_t hash, *slot = use_slot(m, lock, &hash);
	const struct hu_lock_use *use = *slot ? &m->uses.at[*slot - 1] : NULL;

	return use && !hu_lock_unknown(lock) && use->source == source &&
	       (use->read_released || use->write_released);
}

static bool died(const struct hu_model *m, int32_t tid, hu_ns from, hu_ns to)
{
	size_t a;

	HU_BISECT(a, 0, m->died.count,
		  m->died.at[a].tid < tid ||
			  (m->died.at[a].tid == tid && m->died.at[a].at <= from));
	return a < m->died.count && m->died.at[a].tid == tid && m->died.at[a].at <= to;
}

bool hu_locks_lasts(struct hu_model *m, int32_t tid, const struct hu_held *held, hu_ns end)
{
	uint32_t hash, *slot = use_slot(m, held->lock, &hash);
	const struct hu_lock_use *use = *slot ? &m->uses.at[*slot - 1] : NULL;
	bool write = held->mode != HU_MODE_READ;

	/* Where releases of this lock are not recorded, not having seen one says nothing. */
	if (!use || use->source != held->ref.source || !(use->read_released || use->write_released))
		return false;
	if (write ? use->write_ended && !use->write_released
		  : use->read_ended && !use->read_released)
		return false;
	/* Who froze a filesystem takes its lock along, out of the call and of life. */
	if (held->type != HU_LOCK_PERCPU_RWSEM && died(m, tid, held->ts, end))
		return false;
	hu_ns other = taken_by_another(use->write, tid);
	hu_ns reader = write ? taken_by_another(use->read, tid) : INT64_MIN;
	if (reader > other)
		other = reader;
	return other <= held->ts || other > end;
}
