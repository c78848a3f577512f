/* The table, part 2: include/trace/events/lock.h. Probes on lock functions are kprobe.c's. */
#include "ingest/vocabulary_private.h"

#include <string.h>

/* LCB_F_*, include/trace/events/lock.h */
enum { SPIN = 1, READ = 2, WRITE = 4, RT = 8, PERCPU = 16, MUTEX = 32 };

static enum hu_lock_type type_of(uint64_t flags)
{
	if (flags & MUTEX)
		return HU_LOCK_MUTEX;
	if (flags & PERCPU)
		return HU_LOCK_PERCPU_RWSEM;
	if (flags & RT)
		return HU_LOCK_RT;
	if (flags & SPIN)
		return flags & (READ | WRITE) ? HU_LOCK_RWLOCK : HU_LOCK_SPIN;
	if (flags & (READ | WRITE))
		return HU_LOCK_RWSEM;
	return flags ? HU_LOCK_UNKNOWN : HU_LOCK_SEMAPHORE; /* __down_common() passes 0 */
}

static enum hu_lock_mode mode_of(uint64_t flags)
{
	return flags & READ ? HU_MODE_READ : HU_MODE_WRITE;
}

enum { ADDRESS, FLAGS, RESULT };

/*
 * A text prints the lock with %p: 32 bits of a hash, the same for the same pointer until the next
 * boot (lib/vsprintf.c, ptr_to_hashval()). That is no address, and still tells one lock from
 * another.
 */
static hu_name hashed_name(struct hu_vocabulary *v, struct hu_str printed)
{
	char name[32] = "hashed ";

	if (printed.len != 16 || !hu_str_starts(printed, "00000000"))
		return 0;
	memcpy(name + 7, printed.at + 8, 8);
	return hu_internz(v->to, name);
}

static void see_contention(struct hu_vocabulary *v, struct hu_event_kind *kind,
			   struct hu_event_view *view)
{
	struct hu_lock_event row = {.at = view->at, .step = (uint32_t)kind->means->arg};
	uint64_t flags, result;

	if (hu_slot(kind, view, ADDRESS, &row.address) && row.address)
		row.known |= HU_KNOWS_ADDRESS;
	else
		row.name = hashed_name(v, hu_slot_text(kind, view, ADDRESS));
	if (hu_slot(kind, view, FLAGS, &flags)) {
		row.type = type_of(flags);
		row.mode = mode_of(flags);
		row.known |= HU_KNOWS_MODE;
	}
	if (hu_slot(kind, view, RESULT, &result)) {
		row.result = (int64_t)result;
		row.known |= HU_KNOWS_RESULT;
	}
	row.function = hu_internz(v->to, kind->event);
	hu_put_lock(v->to, &row);
	kind->used++;
}

/*
 * lockdep. Its address is that of the lockdep_map, which no other event carries (kernel-facts 1.2),
 * so only the name identifies the lock. lock_acquire with the try flag comes after the try has
 * succeeded (mutex_trylock() and its like report only then).
 */
static void see_lockdep(struct hu_vocabulary *v, struct hu_event_kind *kind,
			struct hu_event_view *view)
{
	struct hu_lock_event row = {.at = view->at, .step = (uint32_t)kind->means->arg};
	uint64_t flags;

	row.name = hu_intern(v->to, hu_slot_text(kind, view, ADDRESS));
	if (row.name)
		row.known |= HU_KNOWS_NAME;
	row.function = hu_internz(v->to, kind->event);
	kind->used++;
	if (!hu_slot(kind, view, FLAGS, &flags)) {
		hu_put_lock(v->to, &row);
		return;
	}
	row.mode = flags & 2 ? HU_MODE_READ : HU_MODE_WRITE;
	row.known |= HU_KNOWS_MODE;
	if (!(flags & 1)) {
		hu_put_lock(v->to, &row);
		return;
	}
	row.step = HU_LOCK_TRY;
	hu_put_lock(v->to, &row);
	row.step = HU_LOCK_RETURNED;
	row.result = 1;
	row.known |= HU_KNOWS_RESULT;
	hu_put_lock(v->to, &row);
}

const struct hu_meaning hu_meanings_lock[] = {
	{"contention_begin", see_contention, HU_LOCK_WAIT, {"lock_addr", "flags"}},
	{"contention_end", see_contention, HU_LOCK_WAIT_END, {"lock_addr", "-", "ret"}},
	{"contended_release", see_contention, HU_LOCK_RELEASE_CONTENDED, {"lock_addr"}},
	{"lock_acquire", see_lockdep, HU_LOCK_ASK, {"name", "flags"}},
	{"lock_contended", see_lockdep, HU_LOCK_WAIT, {"name"}},
	{"lock_acquired", see_lockdep, HU_LOCK_RETURNED, {"name"}},
	{"lock_release", see_lockdep, HU_LOCK_RELEASE, {"name"}},
	{0},
};
