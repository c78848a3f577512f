/* Stacks in memory: some thousand distinct leaves, each asked many times. */
#include "analyzers/stacks.h"
#include "analyzers/lockmap.h"
#include "analyzers/waitmap.h"
#include "db/rows.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 512 };

/* Where there is no kallsyms: functions that came with shrinker_mutex (6.7, mm/shrinker.c). */
static bool has_new_frames(const struct hu_stacks *s)
{
	static const char *const names[] = {"shrinker_register", "shrinker_free", "shrinker_alloc",
					    "shrinker_memcg_alloc"};

	for (size_t id = 1; id < s->count; id++)
		for (size_t i = 0; s->frame[id].symbol && i < 4; i++)
			if (hu_symbol_is(s->frame[id].symbol, names[i]))
				return true;
	return false;
}

struct hu_err *hu_stacks_load(struct hu_store *store, struct hu_stacks *ret)
{
	struct hu_out text = {0};
	struct hu_rows *rows = hu_rows_open(store, "SELECT coalesce(max(id), 0) FROM stack");

	*ret = (struct hu_stacks){0};
	if (hu_rows_next(rows))
		ret->count = (size_t)hu_rows_int(rows, 0) + 1;
	struct hu_err *err = hu_rows_close(rows);
	if (err)
		return err;
	ret->frame = hu_alloc(sizeof(*ret->frame) * (ret->count + 1));
	ret->facts = hu_alloc(sizeof(*ret->facts) * (ret->count + 1));
	size_t *at = hu_alloc(sizeof(*at) * (ret->count + 1));
	hu_out_putc(&text, '\0');
	rows = hu_rows_open(store, "SELECT stack.id, caller, text FROM stack JOIN name ON name.id "
				   "= symbol ORDER BY stack.id");
	while (hu_rows_next(rows)) {
		size_t id = (size_t)hu_rows_int(rows, 0);
		if (id >= ret->count)
			continue;
		ret->frame[id].caller = hu_rows_int(rows, 1);
		at[id] = text.len;
		hu_out_str(&text, hu_rows_str(rows, 2));
		hu_out_putc(&text, '\0');
	}
	err = hu_rows_close(rows);
	ret->text = text.at;
	for (size_t id = 1; id < ret->count; id++)
		ret->frame[id].symbol = ret->text + at[id];
	free(at);
	bool present;
	hu_store_symbol(store, "shrinker_mutex", &present);
	ret->mutex_kernel = present || (!err && has_new_frames(ret));
	return err;
}

void hu_stacks_deinit(struct hu_stacks *s)
{
	free(s->frame);
	free(s->facts);
	free(s->text);
	*s = (struct hu_stacks){0};
}

const char *hu_stack_frame(const struct hu_stacks *s, hu_stack_id id, size_t depth)
{
	for (; id > 0 && (size_t)id < s->count; id = s->frame[id].caller)
		if (!depth--)
			return s->frame[id].symbol;
	return NULL;
}

bool hu_stack_has(const struct hu_stacks *s, hu_stack_id id, const char *symbol)
{
	for (size_t depth = 0; id > 0 && (size_t)id < s->count && depth < MAX_DEPTH;
	     id = s->frame[id].caller, depth++)
		if (hu_symbol_is(s->frame[id].symbol, symbol))
			return true;
	return false;
}

/* The scheduler and the probes' own frames: they say nothing of the task. */
static bool is_machinery(const char *f)
{
	static const char *const names[] = {
		"schedule",
		"__schedule",
		"schedule_timeout",
		"schedule_preempt_disabled",
		"preempt_schedule",
		"preempt_schedule_common",
		"preempt_schedule_irq",
		"__cond_resched",
		"schedule_rtlock",
		"schedule_hrtimeout_range",
		"schedule_hrtimeout_range_clock",
		"schedule_hrtimeout",
		"schedule_timeout_uninterruptible",
		"schedule_timeout_killable",
		"schedule_timeout_interruptible",
		"kretprobe_trampoline",
		"arch_rethook_trampoline",
		"__kretprobe_trampoline",
		"ftrace_trampoline",
		"trace_clock_x86_tsc",
		"kprobe_ftrace_handler",
		"__switch_to",
		"context_switch",
		NULL,
	};

	if (hu_str_starts(hu_str(f), "trace_event_raw_event") ||
	    hu_str_starts(hu_str(f), "__traceiter_") || hu_str_starts(hu_str(f), "__bpf_trace") ||
	    hu_str_starts(hu_str(f), "bpf_prog_") || hu_str_starts(hu_str(f), "bpf_trampoline_") ||
	    hu_str_starts(hu_str(f), "kprobe_trace") ||
	    hu_str_starts(hu_str(f), "kprobe_dispatcher") ||
	    hu_str_starts(hu_str(f), "aggr_pre_handler"))
		return true;
	return hu_symbol_among(f, names);
}

const char *hu_why_name(enum hu_why why)
{
	static const char *const names[] = {
		"something the stack does not tell",
		"a lock",
		"an RCU grace period",
		"I/O",
		"writeback",
		"throttled reclaim",
		"a frozen filesystem",
		"work of another task",
		"a timer",
		"a page lock",
		"a buffer lock",
		"a bit lock",
		"a journal",
		"the network",
		"a completion",
		"free memory",
		"a process that serves the kernel",
		"an event",
	};
	_Static_assert(sizeof(names) / sizeof(names[0]) == HU_WHY_COUNT,
		       "one name for each reason");
	return names[why];
}

/* "__x64_sys_umount" and its cousins, over versions and entry styles → "umount". */
static const char *call_name(const char *f)
{
	static const char *const prefixes[] = {"__x64_sys_",   "__ia32_sys_", "__arm64_sys_",
					       "__se_sys_",    "__do_sys_",   "__s390x_sys_",
					       "__riscv_sys_", "ksys_",	      "SyS_",
					       "sys_",	       NULL};

	for (const char *const *p = prefixes; *p; p++)
		if (hu_str_starts(hu_str(f), *p))
			return f + strlen(*p);
	/* The functions that do the work, for stacks that end before the entry. */
	static const char *const workers[][2] = {
		{"path_umount", "umount"},
		{"do_umount", "umount"},
		{"cleanup_mnt", "umount"},
		{"path_mount", "mount"},
		{"do_mount", "mount"},
		{"do_new_mount", "mount"},
		{"ovl_mount", "mount"},
		{"mount_nodev", "mount"},
		{"mount_bdev", "mount"},
		{"legacy_get_tree", "mount"},
		{"vfs_get_tree", "mount"},
		{"sget", "mount"},
		{"sget_fc", "mount"},
		{"alloc_super", "mount"},
		{"mem_cgroup_css_alloc", "mkdir"},
		{NULL, NULL},
	};
	for (size_t i = 0; workers[i][0]; i++)
		if (hu_symbol_is(f, workers[i][0]))
			return workers[i][1];
	return NULL;
}

/*
 * The lock that this frame takes: the first frame behind the lock functions, or, for the shrinker's
 * functions, one near above it, because the compiler inlines the ones between.
 */
static void name_lock(struct hu_stacks *s, struct hu_stack_facts *facts, const char *f,
		      size_t depth, uint32_t type, const char *via)
{
	bool next = f == facts->lock_frame;

	if (!next && (!type || depth > 5))
		return;
	const struct hu_lock_place *place = hu_lock_place(f, type, via, s->mutex_kernel);
	if (!place || (!next && strncmp(place->lock, "shrinker_", 9) != 0))
		return;
	facts->lock = place->lock;
	facts->lock_mode = place->mode;
	facts->lock_type = place->type;
}

/* Why a task sleeps, as far as the frames so far tell. */
struct reading {
	bool sure;
	size_t vague_at; /* depth of a frame that some caller near above it may explain; SIZE_MAX */
};

/* Deep below, a frame belongs to what called this sleep's caller, and not to this sleep. */
enum { DEEPEST = 12, NEAR = 4 };

static void weigh(struct hu_stack_facts *facts, struct reading *r, const char *f, size_t depth,
		  bool top, bool in_lock)
{
	if (r->sure || depth >= DEEPEST || (r->vague_at != SIZE_MAX && depth > r->vague_at + NEAR))
		return;
	const struct hu_wait_place *place = hu_wait_place(f, top);
	if (!place)
		return;
	/* Who waits for a lock waits for that alone, but for locks that stand for something else.
	 */
	if (in_lock && place->why != HU_WHY_GRACE_PERIOD && place->why != HU_WHY_FREEZE)
		return;
	/* A bit that is waited for with io_schedule() is one that I/O clears. */
	if (facts->why != HU_WHY_IO || place->why != HU_WHY_BIT_LOCK ||
	    place->weight == HU_WAIT_SAYS) {
		facts->why = place->why;
		facts->wait_frame = f;
	}
	r->sure = place->weight != HU_WAIT_VAGUE;
	r->vague_at = depth;
}

/* Writers of a frozen filesystem wait for a thaw: the freezer has left, and nobody holds anything.
 */
static void judge_lock(struct hu_stack_facts *facts)
{
	bool thaw = facts->lock && !strcmp(facts->lock, "sb_writers") &&
		    facts->lock_mode != HU_MODE_WRITE;

	if (thaw || facts->why == HU_WHY_UNKNOWN) {
		facts->why = thaw ? HU_WHY_FREEZE : HU_WHY_LOCK;
		facts->wait_frame = facts->lock_frame;
	}
}

static void ask(struct hu_stacks *s, hu_stack_id id, struct hu_stack_facts *facts)
{
	bool in_lock = false, past_lock = false, machinery = true;
	const char *worker = NULL, *via = NULL;
	struct reading reading = {false, SIZE_MAX};
	uint32_t type = HU_LOCK_UNKNOWN;

	for (size_t depth = 0; id > 0 && (size_t)id < s->count && depth < MAX_DEPTH;
	     id = s->frame[id].caller, depth++) {
		const char *f = s->frame[id].symbol;
		if (machinery && is_machinery(f))
			continue;
		bool top = machinery;
		machinery = false;
		if (!past_lock) {
			if (hu_is_lock_function(f)) {
				in_lock = true;
				via = f;
				if (!type)
					type = hu_lock_function_type(f);
			} else if (!is_machinery(f)) {
				past_lock = true;
				facts->lock_frame = f;
			}
		}
		facts->locking |= hu_is_lock_function(f);
		weigh(facts, &reading, f, depth, top, in_lock);
		if (past_lock && !facts->lock)
			name_lock(s, facts, f, depth, type, via);
		facts->task_work |= hu_symbol_is(f, "task_work_run") ||
				    hu_str_starts(hu_str(f), "exit_to_user_mode") ||
				    hu_symbol_is(f, "do_notify_resume") ||
				    hu_symbol_is(f, "cleanup_mnt");
		facts->exiting |= hu_symbol_is(f, "do_exit");
		facts->in_reclaim |=
			hu_symbol_is(f, "shrink_node") || hu_symbol_is(f, "shrink_slab") ||
			hu_symbol_is(f, "do_try_to_free_pages") ||
			hu_symbol_is(f, "shrink_lruvec") || hu_symbol_is(f, "shrink_zone");
		facts->in_kswapd |= hu_symbol_is(f, "kswapd") || hu_symbol_is(f, "balance_pgdat");
		facts->in_shrink_slab |=
			hu_symbol_is(f, "shrink_slab") || hu_symbol_is(f, "shrink_slab_memcg");
		if (hu_symbol_is(f, "cleanup_mnt"))
			worker = "umount";
		const char *call = call_name(f);
		if (call && !worker)
			worker = call;
		/* An entry function is the last word, but not for work that a task does on its way
		 * out of any call. */
		if (call && call != worker && !facts->task_work &&
		    (hu_str_starts(hu_str(f), "__x64_sys_") || hu_str_starts(hu_str(f), "SyS_")))
			worker = call;
	}
	facts->call = worker;
	if (in_lock)
		judge_lock(facts);
}

const struct hu_stack_facts *hu_stack_facts(struct hu_stacks *s, hu_stack_id id)
{
	static const struct hu_stack_facts none = {.done = true};

	if (id <= 0 || (size_t)id >= s->count)
		return &none;
	struct hu_stack_facts *facts = &s->facts[id];
	if (!facts->done) {
		facts->done = true;
		ask(s, id, facts);
	}
	return facts;
}

const char *hu_stack_top(const struct hu_stacks *s, hu_stack_id id)
{
	for (size_t depth = 0; id > 0 && (size_t)id < s->count && depth < MAX_DEPTH;
	     id = s->frame[id].caller, depth++) {
		const char *f = s->frame[id].symbol;
		if (!is_machinery(f))
			return *f && !hu_str_starts(hu_str(f), "0x") ? f : NULL;
	}
	return NULL;
}

void hu_stack_text(const struct hu_stacks *s, hu_stack_id id, const char *separator,
		   struct hu_out *to)
{
	bool first = true, machinery = true;

	for (size_t depth = 0; id > 0 && (size_t)id < s->count && depth < MAX_DEPTH;
	     id = s->frame[id].caller, depth++) {
		const char *f = s->frame[id].symbol;
		if (machinery && is_machinery(f))
			continue;
		machinery = false;
		if (!first)
			hu_out_puts(to, separator);
		hu_out_puts(to, f);
		first = false;
	}
}
