/*
 * Profile samples in the slow path of a spinning lock, by the function that wanted the lock. Read
 * in groups (one row for each stack and task), so that a million samples are a few thousand rows.
 */
#include "analyzers/oncpu.h"

#include <stdlib.h>
#include <string.h>

/* Where a CPU is while it spins: kernel/locking/qspinlock.c, qrwlock.c, osq_lock.c, rwsem.c,
 * mutex.c, paravirt; before 4.2 arch/x86/include/asm/spinlock.h (ticket locks) and, to 3.12,
 * brlocks. */
static const char *const spinning[] = {
	"native_queued_spin_lock_slowpath",
	"queued_spin_lock_slowpath",
	"__pv_queued_spin_lock_slowpath",
	"pv_queued_spin_lock_slowpath",
	"queued_read_lock_slowpath",
	"queued_write_lock_slowpath",
	"native_queued_read_lock_slowpath",
	"native_queued_write_lock_slowpath",
	"__ticket_spin_lock",
	"ticket_spin_lock_wait",
	"do_raw_spin_lock",
	"lg_global_lock",
	"lg_local_lock",
	"rwsem_spin_on_owner",
	"rwsem_optimistic_spin",
	"mutex_spin_on_owner",
	"mutex_optimistic_spin",
	"osq_lock",
	NULL,
};

/* Between the spinning and who wanted the lock. */
static const char *const wrappers[] = {
	"_raw_",
	"__raw_",
	"raw_spin_",
	"do_raw_",
	"spin_lock",
	"lock_mount_hash",
	"lg_",
	"br_",
	"queued_",
	"native_queued_",
	"pv_queued_",
	"__pv_queued_",
	"mutex_",
	"__mutex_",
	"rwsem_",
	"down_",
	"__down_",
	"osq_",
	"folio_lruvec_lock",
	"lock_page_lruvec",
	"call_rwsem_",
	"task_rq_lock",
	"__task_rq_lock",
	"__lock_text_start",
	"_spin_",
	NULL,
};

static bool is_spinning(const char *symbol)
{
	for (const char *const *s = spinning; *s; s++)
		if (hu_symbol_is(symbol, *s))
			return true;
	return false;
}

static bool is_wrapper(const char *symbol)
{
	for (const char *const *w = wrappers; *w; w++)
		if (!strncmp(symbol, *w, strlen(*w)))
			return true;
	return is_spinning(symbol);
}

/* The function that wanted the lock; NULL: this stack does not spin. `bare`: the lock function
 * itself is the spin loop, as with ticket locks. */
static const char *caller_of(const struct hu_stacks *s, hu_stack_id stack, bool bare)
{
	const char *leaf = hu_stack_frame(s, stack, 0), *frame;
	size_t depth = 1;

	if (!leaf || !(is_spinning(leaf) || (bare && !strncmp(leaf, "_raw_spin_lock", 14))))
		return NULL;
	while ((frame = hu_stack_frame(s, stack, depth)) && is_wrapper(frame) && depth < 8)
		depth++;
	return frame;
}

/* Whether a sample's event counts time on a CPU. */
static bool on_cpu(struct hu_str event)
{
	return hu_str_find(event, "clock") >= 0 || hu_str_find(event, "cycles") >= 0;
}

static struct hu_spin *spin_for(struct hu_spins *s, int64_t source, const char *caller)
{
	for (size_t i = 0; i < s->at.count; i++)
		if (s->at.at[i].source == source && !strcmp(s->at.at[i].caller, caller))
			return &s->at.at[i];
	const struct hu_lock_place *place = hu_spin_place(caller);
	struct hu_spin fresh = {
		.caller = caller, .lock = place ? place->lock : NULL, .source = source, .path = ""};
	HU_PUSH(&s->at, fresh);
	return &s->at.at[s->at.count - 1];
}

static void count_task(struct hu_spin *spin, int32_t tid, int64_t samples)
{
	for (size_t i = 0; i < spin->tasks.count; i++) {
		if (spin->tasks.at[i].tid == tid) {
			spin->tasks.at[i].samples += samples;
			return;
		}
	}
	HU_PUSH(&spin->tasks, ((struct hu_spinner){tid, samples}));
}

static void count_stack(struct hu_spin *spin, hu_stack_id stack, int64_t samples, int64_t row)
{
	for (size_t i = 0; i < spin->stacks.count; i++) {
		struct hu_spin_stack *s = &spin->stacks.at[i];
		if (s->stack == stack) {
			s->samples += samples;
			s->row = row < s->row ? row : s->row;
			return;
		}
	}
	HU_PUSH(&spin->stacks, ((struct hu_spin_stack){stack, samples, row}));
}

static int by_share(const void *a, const void *b)
{
	const struct hu_spin *x = a, *y = b;

	if (x->share != y->share)
		return x->share > y->share ? -1 : 1;
	if (x->source != y->source)
		return x->source < y->source ? -1 : 1;
	return strcmp(x->caller, y->caller);
}

static int by_samples(const void *a, const void *b)
{
	const struct hu_spinner *x = a, *y = b;

	if (x->samples != y->samples)
		return x->samples > y->samples ? -1 : 1;
	return x->tid < y->tid ? -1 : x->tid > y->tid;
}

static int stacks_by_samples(const void *a, const void *b)
{
	const struct hu_spin_stack *x = a, *y = b;

	if (x->samples != y->samples)
		return x->samples > y->samples ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

/* One source's samples of one event: two events of one capture are two profiles of the same time.
 */
static void one_profile(struct hu_conclusion *c, struct hu_spins *s, int64_t source, int64_t event,
			const char *path, bool clock, int64_t all)
{
	size_t first = s->at.count;
	bool queued = false;

	for (int pass = 0; pass < 2; pass++) {
		struct hu_rows *r = hu_rows_open(
			c->store,
			"SELECT stack, tid, count(*), min(rowid), max(period) FROM sample "
			"WHERE source = ?1 AND event = ?2 AND stack NOTNULL GROUP BY "
			"stack, tid ORDER BY min(rowid)");
		hu_rows_bind_int(r, 1, source);
		hu_rows_bind_int(r, 2, event);
		while (hu_rows_next(r)) {
			hu_stack_id stack = hu_rows_int(r, 0);
			const char *leaf = hu_stack_frame(&c->m->stacks, stack, 0);
			s->stacks = true;
			/* Queued locks spin in a function of their own: there the lock function
			 * itself is only the price of taking the lock. */
			if (pass == 0) {
				queued |= leaf && strstr(leaf, "queued_spin_lock_slowpath");
				continue;
			}
			const char *caller = caller_of(&c->m->stacks, stack, !queued);
			if (!caller)
				continue;
			struct hu_spin *spin = spin_for(s, source, caller);
			spin->samples += hu_rows_int(r, 2);
			spin->period = hu_rows_int(r, 4);
			spin->clock = clock;
			spin->path = path;
			spin->event = event;
			count_task(spin, (int32_t)hu_rows_int_or(r, 1, HU_NONE), hu_rows_int(r, 2));
			count_stack(spin, stack, hu_rows_int(r, 2), hu_rows_int(r, 3));
		}
		hu_result_close(&c->err, r);
	}
	for (size_t i = first; i < s->at.count; i++) {
		struct hu_spin *spin = &s->at.at[i];
		spin->all = all;
		spin->share = all ? (double)spin->samples / (double)all : 0;
		if (spin->share > s->most) {
			s->most = spin->share;
			s->most_caller = spin->caller;
		}
	}
}

static void spin_deinit(struct hu_spin *spin)
{
	free(spin->tasks.at);
	free(spin->stacks.at);
}

void hu_spins_deinit(struct hu_spins *s)
{
	for (size_t i = 0; i < s->at.count; i++)
		spin_deinit(&s->at.at[i]);
	free(s->at.at);
}

void hu_spins_find(struct hu_conclusion *c, struct hu_spins *ret)
{
	*ret = (struct hu_spins){0};
	struct hu_rows *r = hu_rows_open(
		c->store,
		"SELECT source, event, text, path, count(*) AS n FROM sample JOIN name ON "
		"name.id = event JOIN source ON source.id = sample.source WHERE copy_of "
		"IS NULL GROUP BY source, event ORDER BY source, n DESC, event");
	int64_t last = -1;

	while (hu_rows_next(r)) {
		if (!on_cpu(hu_rows_str(r, 2)) || hu_rows_int(r, 0) == last)
			continue;
		last = hu_rows_int(r, 0);
		ret->samples += hu_rows_int(r, 4);
		one_profile(c, ret, last, hu_rows_int(r, 1),
			    hu_model_string(c->m, hu_rows_str(r, 3)),
			    hu_str_find(hu_rows_str(r, 2), "clock") >= 0, hu_rows_int(r, 4));
	}
	hu_result_close(&c->err, r);
	size_t kept = 0;
	for (size_t i = 0; i < ret->at.count; i++) {
		struct hu_spin *spin = &ret->at.at[i];
		if (spin->samples < HU_SPIN_LEAST_SAMPLES || spin->share < HU_SPIN_LEAST_SHARE) {
			spin_deinit(spin);
			continue;
		}
		qsort(spin->tasks.at, spin->tasks.count, sizeof(*spin->tasks.at), by_samples);
		qsort(spin->stacks.at, spin->stacks.count, sizeof(*spin->stacks.at),
		      stacks_by_samples);
		ret->at.at[kept++] = *spin;
	}
	ret->at.count = kept;
	if (kept)
		qsort(ret->at.at, kept, sizeof(*ret->at.at), by_share);
}
