/* The table, part 1: include/trace/events/sched.h and task.h. */
#include "ingest/vocabulary_private.h"

#include <string.h>

/*
 * What the number in prev_state means changed in 4.14 (3f5fe9fef5b2 "sched/debug: Fix task state
 * recording/printout"), and vendors backport, so the event's own print format is asked: before, it
 * spelled TASK_DEAD (64) as "x".
 */
bool hu_switch_states_are_old(struct hu_str print)
{
	return hu_str_find(print, "\"x\"") >= 0;
}

static enum hu_state state_of(uint64_t bits, bool old)
{
	if (bits & 2) /* also TASK_KILLABLE; before 4.14 0x400 is TASK_NOLOAD, an idle kthread */
		return old && (bits & 0x400) ? HU_STATE_IDLE : HU_STATE_UNINTERRUPTIBLE;
	if (bits & 1)
		return HU_STATE_SLEEPING;
	if (bits & 4)
		return HU_STATE_STOPPED;
	if (bits & 8)
		return HU_STATE_TRACED;
	if (bits & 0x30) /* EXIT_DEAD, EXIT_ZOMBIE in either order */
		return HU_STATE_DEAD;
	if (old) {
		if (bits & 0x40) /* TASK_DEAD */
			return HU_STATE_DEAD;
		if (bits & 0x200)
			return HU_STATE_PARKED;
		return bits ? HU_STATE_PREEMPTED : HU_STATE_RUNNING; /* TASK_STATE_MAX: "R+" */
	}
	if (bits & 0x40)
		return HU_STATE_PARKED;
	if (bits & 0x80)
		return HU_STATE_IDLE;
	return bits & 0x100 ? HU_STATE_PREEMPTED : HU_STATE_RUNNING; /* TASK_REPORT_MAX */
}

enum { PREV, NEXT, STATE, PREV_COMM, NEXT_COMM };

static void see_switch(struct hu_vocabulary *v, struct hu_event_kind *kind,
		       struct hu_event_view *view)
{
	uint64_t bits;
	struct hu_switch row = {.at = view->at, .next = hu_slot_i32(kind, view, NEXT)};
	int32_t prev = hu_slot_i32(kind, view, PREV);

	if (prev >= 0)
		row.at.tid = prev;
	if (hu_slot(kind, view, STATE, &bits))
		row.state = state_of(bits, kind->old_states);
	hu_vocabulary_comm(v, &view->at, row.at.tid, hu_slot_text(kind, view, PREV_COMM));
	hu_vocabulary_comm(v, &view->at, row.next, hu_slot_text(kind, view, NEXT_COMM));
	hu_put_switch(v->to, &row);
	kind->used++;
}

static void see_wakeup(struct hu_vocabulary *v, struct hu_event_kind *kind,
		       struct hu_event_view *view)
{
	int32_t target = hu_slot_i32(kind, view, 0);

	hu_vocabulary_comm(v, &view->at, target, hu_slot_text(kind, view, 1));
	/* Before 4.x: success=0 is a wakeup of a task that was awake. */
	if (target < 0 || !hu_slot_or(kind, view, 2, 1))
		return;
	hu_put_wakeup(v->to, &(struct hu_wakeup){view->at, target, (uint32_t)kind->means->arg});
	kind->used++;
}

/* Puts the row, and remembers the name that it says. */
static void put_task(struct hu_vocabulary *v, struct hu_event_kind *kind,
		     struct hu_event_view *view, struct hu_task *row, struct hu_str comm)
{
	struct hu_task_state *task = hu_vocabulary_task(v, row->at.tid);

	if (comm.len > sizeof(task->comm))
		comm.len = sizeof(task->comm);
	row->comm = hu_intern(v->to, comm);
	task->named = comm.len;
	task->comm_len = (unsigned char)comm.len;
	if (comm.len)
		memcpy(task->comm, comm.at, comm.len);
	row->at.ts = view->at.ts;
	row->at.pos = view->at.pos;
	row->at.cpu = view->at.cpu;
	row->at.context = view->at.context;
	hu_put_task(v->to, row);
	kind->used++;
}

static void see_fork(struct hu_vocabulary *v, struct hu_event_kind *kind,
		     struct hu_event_view *view)
{
	int32_t parent = hu_slot_i32(kind, view, 2);
	struct hu_task row = {.at.tid = hu_slot_i32(kind, view, 0),
			      .tgid = HU_NONE,
			      .parent = parent,
			      .step = HU_TASK_FORKED};

	hu_vocabulary_comm(v, &view->at, parent, hu_slot_text(kind, view, 3));
	if (row.at.tid >= 0)
		put_task(v, kind, view, &row, hu_slot_text(kind, view, 1));
}

static void see_exec(struct hu_vocabulary *v, struct hu_event_kind *kind,
		     struct hu_event_view *view)
{
	struct hu_task row = {.at.tid = hu_slot_i32(kind, view, 0),
			      .tgid = HU_NONE,
			      .parent = HU_NONE,
			      .step = HU_TASK_EXECED};
	struct hu_str path = hu_slot_text(kind, view, 1);

	/* fs/exec.c, begin_new_exec(): the new name is the file's, cut to TASK_COMM_LEN - 1 */
	const char *slash = path.len ? memrchr(path.at, '/', path.len) : NULL;
	if (slash)
		path = hu_str_skip(path, (size_t)(slash + 1 - path.at));
	if (path.len > 15)
		path.len = 15;
	if (row.at.tid < 0)
		row.at.tid = view->at.tid;
	if (row.at.tid >= 0)
		put_task(v, kind, view, &row, path);
}

static void see_exit(struct hu_vocabulary *v, struct hu_event_kind *kind,
		     struct hu_event_view *view)
{
	struct hu_task row = {.at.tid = hu_slot_i32(kind, view, 0),
			      .tgid = HU_NONE,
			      .parent = HU_NONE,
			      .step = HU_TASK_EXITED};

	if (row.at.tid < 0)
		row.at.tid = view->at.tid;
	if (row.at.tid < 0)
		return;
	hu_vocabulary_task(v, row.at.tid)->depth = 0;
	put_task(v, kind, view, &row, hu_slot_text(kind, view, 1));
}

static void see_rename(struct hu_vocabulary *v, struct hu_event_kind *kind,
		       struct hu_event_view *view)
{
	int32_t tid = hu_slot_i32(kind, view, 0);

	hu_vocabulary_comm(v, &view->at, tid >= 0 ? tid : view->at.tid,
			   hu_slot_text(kind, view, 1));
	kind->used++;
}

/* LTTng lists the tasks that were there when it began; pid is what the kernel calls tgid. */
static void see_state(struct hu_vocabulary *v, struct hu_event_kind *kind,
		      struct hu_event_view *view)
{
	struct hu_task row = {.at.tid = hu_slot_i32(kind, view, 0),
			      .tgid = hu_slot_i32(kind, view, 2),
			      .parent = hu_slot_i32(kind, view, 3),
			      .step = HU_TASK_NAMED};

	if (row.at.tid >= 0)
		put_task(v, kind, view, &row, hu_slot_text(kind, view, 1));
}

/*
 * LTTng says tid where the kernel says pid, and in sched_process_fork it has both, pid being the
 * thread group. The perf_… are perf's own records as `perf data convert --to-ctf` names them.
 */
const struct hu_meaning hu_meanings_sched[] = {
	{"sched_switch",
	 see_switch,
	 0,
	 {"prev_pid|prev_tid", "next_pid|next_tid", "prev_state", "prev_comm", "next_comm"}},
	{"sched_waking", see_wakeup, HU_WAKING, {"pid|tid", "comm"}},
	{"sched_wakeup", see_wakeup, HU_WAKEUP, {"pid|tid", "comm", "success"}},
	{"sched_wakeup_new", see_wakeup, HU_WAKEUP_NEW, {"pid|tid", "comm", "success"}},
	{"sched_process_fork",
	 see_fork,
	 0,
	 {"child_tid|child_pid", "child_comm", "parent_tid|parent_pid", "parent_comm"}},
	{"sched_process_exec", see_exec, 0, {"pid|tid", "filename"}},
	{"sched_process_exit", see_exit, 0, {"pid|tid", "comm"}},
	{"task_rename", see_rename, 0, {"pid", "newcomm"}},
	{"lttng_statedump_process_state", see_state, 0, {"tid", "name", "pid", "ppid"}},
	{"perf_comm", see_rename, 0, {"tid", "comm"}},
	{"perf_fork", see_fork, 0, {"tid", "-", "ptid"}},
	{"perf_exit", see_exit, 0, {"tid"}},
	{0},
};
