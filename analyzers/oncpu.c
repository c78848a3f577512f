/*
 * Profile samples in the slow path of a spinning lock, by the function that wanted the lock. Read
 * in groups (one row for each stack and task), so that a million samples are a few thousand rows.
 */
#include "analyzers/oncpu.h"

#include <math.h>
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

static const struct {
	const char *function, *lock;
} spun_for[] = {
	/* fs/namespace.c */
	{"mntput_no_expire", "mount_lock"},
	{"mntput_no_expire_slowpath", "mount_lock"},
	{"lookup_mnt", "mount_lock"},
	{"mnt_get_count", "mount_lock"},
	/* mm/list_lru.c: one lock for each node and memory cgroup */
	{"list_lru_add", "list_lru node lock"},
	{"list_lru_add_obj", "list_lru node lock"},
	{"list_lru_del", "list_lru node lock"},
	{"list_lru_del_obj", "list_lru node lock"},
	{"list_lru_walk_one", "list_lru node lock"},
	{"list_lru_count_one", "list_lru node lock"},
	/* mm/page_alloc.c */
	{"rmqueue_bulk", "zone lock"},
	{"free_pcppages_bulk", "zone lock"},
	{"__rmqueue_pcplist", "zone lock"},
	{"free_one_page", "zone lock"},
	/* mm/swap.c, mm/vmscan.c */
	{"release_pages", "lruvec lru_lock"},
	{"folios_put_refs", "lruvec lru_lock"},
	{"folio_batch_move_lru", "lruvec lru_lock"},
	{"pagevec_lru_move_fn", "lruvec lru_lock"},
	{"__pagevec_lru_add", "lruvec lru_lock"},
	{"shrink_inactive_list", "lruvec lru_lock"},
	{"shrink_active_list", "lruvec lru_lock"},
	/* kernel/cgroup/rstat.c */
	{"cgroup_rstat_flush", "cgroup_rstat_lock"},
	{"cgroup_rstat_flush_locked", "cgroup_rstat_lock"},
	{"cgroup_rstat_flush_irqsafe", "cgroup_rstat_lock"},
	{"__cgroup_rstat_lock", "cgroup_rstat_lock"},
	/* fs/dcache.c, lib/lockref.c */
	{"lockref_get_not_dead", "dentry lock"},
	{"lockref_put_return", "dentry lock"},
	{"lockref_put_or_lock", "dentry lock"},
	{"d_lookup", "dentry lock"},
	{"dput", "dentry lock"},
	{"__fsnotify_update_child_dentry_flags", "dentry lock"},
	/* fs/inode.c */
	{"inode_sb_list_add", "s_inode_list_lock"},
	{"new_inode", "s_inode_list_lock"},
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

static const char *lock_of(const char *caller)
{
	for (size_t i = 0; i < sizeof(spun_for) / sizeof(spun_for[0]); i++)
		if (hu_symbol_is(caller, spun_for[i].function))
			return spun_for[i].lock;
	return NULL;
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
	struct hu_spin fresh = {
		.caller = caller, .lock = lock_of(caller), .source = source, .path = ""};
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

/* "12 tasks called oploop", "oploop (301)", "oploop and 3 others". */
static void say_tasks(struct hu_conclusion *c, const struct hu_spin *spin, struct hu_out *to)
{
	const char *first = NULL;
	size_t other = 0, n = 0;

	for (size_t i = 0; i < spin->tasks.count; i++) {
		const char *comm = hu_model_comm(c->m, spin->tasks.at[i].tid);
		if (!first)
			first = comm;
		other += strcmp(comm, first) != 0;
		n++;
	}
	if (n == 1)
		hu_say_task(c, spin->tasks.at[0].tid, NULL, to);
	else if (!other)
		hu_out_printf(to, "%zu tasks called %s", n, first);
	else
		hu_out_printf(to, "%zu tasks, %s most of all", n, first);
}

void hu_say_spin(struct hu_conclusion *c, const struct hu_spin *spin, struct hu_out *to)
{
	hu_out_printf(to,
		      "%.1f %% of the CPU samples in %s were spent spinning for %s%s in %s, by ",
		      spin->share * 100, spin->path, spin->lock ? spin->lock : "a lock",
		      spin->lock ? "" : " taken", spin->caller);
	say_tasks(c, spin, to);
}

static void put_summary(struct hu_conclusion *c, const struct hu_spin *spin, struct hu_out *to)
{
	hu_out_grouped(to, spin->samples);
	hu_out_puts(to, " of ");
	hu_out_grouped(to, spin->all);
	hu_out_printf(to, " CPU samples in %s (%.1f %%", spin->path, spin->share * 100);
	if (spin->clock && spin->period > 0) {
		hu_out_puts(to, ", about ");
		hu_out_duration(to, spin->samples * spin->period);
		hu_out_puts(to, " of CPU time");
	}
	hu_out_printf(to, ") were spent spinning for %s in %s, by ",
		      spin->lock ? spin->lock : "a lock", spin->caller);
	say_tasks(c, spin, to);
	hu_out_puts(to, ". A profile does not record who holds a spin lock: those who spin for it "
			"take turns in holding it.");
}

static void put_evidence(struct hu_conclusion *c, const struct hu_spin *spin)
{
	struct hu_cause stub = {0};
	int rank = 0;

	memcpy(stub.id, spin->id, sizeof(stub.id));
	for (size_t i = 0; i < spin->stacks.count && i < 4; i++) {
		const struct hu_spin_stack *s = &spin->stacks.at[i];
		HU_CLEANUP(hu_out_deinit) struct hu_out claim = {0};
		hu_out_grouped(&claim, s->samples);
		hu_out_printf(&claim, " sample%s in this stack; the first of them",
			      s->samples == 1 ? "" : "s");
		hu_add_evidence(c, &stub, &rank, claim.at,
				(struct hu_ref){"sample", s->row, spin->source, 0});
	}
}

static void put_notes(struct hu_conclusion *c, const struct hu_spin *spin)
{
	hu_add_note(
		c, spin->id, "caveat",
		"`lock:contention_begin` tells of queued waiters alone; who spins on the pending "
		"bit of a spin lock is in no event: no contention event is not no contention.");
	if (!spin->lock)
		hu_add_note(
			c, spin->id, "caveat",
			"Which lock this function takes is not known to holdup: its source says.");
	hu_add_note(c, spin->id, "next_capture",
		    "`perf record -a -g -F 199 -- sleep 10` while it lasts, and the same where the "
		    "load is the same and nothing spins: the difference is the lock.");
}

void hu_conclude_spin(struct hu_conclusion *c, const struct hu_spin *spin, int rank)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out title = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out summary = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out sign = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out cause = {0};

	hu_out_printf(&title, "CPUs spun for %s: %.1f %% of the samples are in %s",
		      spin->lock ? spin->lock : "a lock", spin->share * 100, spin->caller);
	put_summary(c, spin, &summary);
	hu_out_printf(&sign, "oncpu|%s|%s", spin->lock ? spin->lock : "?", spin->caller);
	hu_out_printf(&cause, "spinning in %s", spin->caller);
	/* Many samples and a lock that the function is known to take, or less. */
	const char *confidence = spin->samples >= 100 && spin->lock ? "high"
				 : spin->lock			    ? "medium"
								    : "low";
	hu_result(c->store, &c->err,
		  "INSERT INTO incident (id, rank, signature, title, summary, confidence, "
		  "lock_name, lock_type, cause) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
		  "sisssssss", spin->id, (int64_t)rank, sign.at, title.at, summary.at, confidence,
		  spin->lock, "spinlock", cause.at);
	put_evidence(c, spin);
	put_notes(c, spin);
	hu_conclude_spin_fixes(c, spin);
}
