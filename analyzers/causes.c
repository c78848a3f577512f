/* Classifies each stalled operation by what it waited for most, and groups those that waited for
 * the same. */
#include "analyzers/causes.h"
#include "analyzers/windows.h"

#include <stdlib.h>
#include <string.h>

const char *hu_lock_type_name(uint32_t type)
{
	static const char *const names[] = {NULL,     "rwsem",	      "mutex",	  "spinlock",
					    "rwlock", "percpu-rwsem", "rt-mutex", "semaphore"};

	return type < sizeof(names) / sizeof(names[0]) ? names[type] : NULL;
}

const char *hu_lock_word(uint32_t type)
{
	const char *name = hu_lock_type_name(type);

	return name ? name : "lock";
}

const char *hu_mode_name(uint32_t mode)
{
	return mode == HU_MODE_READ ? "read" : mode == HU_MODE_WRITE ? "write" : NULL;
}

static bool same_cause(const struct hu_part *a, const struct hu_part *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == HU_PART_LOCK)
		return hu_lock_same(a->lock, b->lock) ||
		       (hu_lock_unknown(a->lock) && hu_lock_unknown(b->lock) && a->type == b->type);
	return a->kind != HU_PART_SLEEP || a->why == b->why;
}

bool hu_part_nameless(const struct hu_part *part)
{
	return part->kind == HU_PART_UNKNOWN ||
	       (part->kind == HU_PART_SLEEP && part->why == HU_WHY_UNKNOWN);
}

static const char *label_of(struct hu_model *m, const struct hu_part *part)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};

	/* The function it stands in is all there is to tell. */
	if (hu_part_nameless(part) && part->frame) {
		hu_out_printf(&text, "what %s waits for", part->frame);
		return hu_model_string(m, hu_out_view(&text));
	}
	switch (part->kind) {
	case HU_PART_LOCK:
		if (hu_lock_hashed(part->lock)) {
			hu_out_printf(&text, "a %s whose address the text hashes (%s)",
				      hu_lock_word(part->type),
				      part->lock.name + strlen("hashed "));
			return hu_model_string(m, hu_out_view(&text));
		}
		if (part->lock.name)
			return part->lock.name;
		if (!part->lock.address) {
			hu_out_printf(&text, "a %s that the capture does not name",
				      hu_lock_word(part->type));
			return hu_model_string(m, hu_out_view(&text));
		}
		hu_out_printf(&text, "the %s at 0x%llx", hu_lock_word(part->type),
			      (unsigned long long)part->lock.address);
		return hu_model_string(m, hu_out_view(&text));
	case HU_PART_SLEEP:
		if (part->why == HU_WHY_GRACE_PERIOD && part->frame &&
		    strstr(part->frame, "expedited"))
			return "an expedited RCU grace period";
		return hu_why_name(part->why);
	case HU_PART_RUNNABLE:
		return "a CPU";
	case HU_PART_RUNNING:
		return "its own work on the CPU";
	case HU_PART_UNKNOWN:
		break;
	}
	return "something the capture does not show";
}

static bool wanted(const struct hu_model *m, const struct hu_op *op)
{
	const struct hu_options *o = &m->options;

	if (op->timed && o->from != HU_OPEN && op->to - m->from < o->from)
		return false;
	if (op->timed && o->to != HU_OPEN && op->from - m->from > o->to)
		return false;
	return true;
}

/* Calls that sleep for as long as their caller likes: long is no stall (their man pages, section
 * 2). */
static bool waits_by_design(const char *call)
{
	static const char *const names[] = {
		"poll",
		"ppoll",
		"select",
		"pselect6",
		"epoll_wait",
		"epoll_pwait",
		"epoll_pwait2",
		"futex",
		"nanosleep",
		"clock_nanosleep",
		"wait4",
		"waitid",
		"pause",
		"rt_sigsuspend",
		"rt_sigtimedwait",
		"accept",
		"accept4",
		"recvfrom",
		"recvmsg",
		"recvmmsg",
		"io_getevents",
		"io_uring_enter",
		"semop",
		"semtimedop",
		"msgrcv",
		"mq_timedreceive",
		"sigaltstack",
		"restart_syscall",
		"flock",
		"splice",
		"connect",
		"execve",
		"vfork",
		NULL,
	};

	for (const char *const *n = names; *n; n++)
		if (!strcmp(call, *n))
			return true;
	return false;
}

/* Whether a read or write that took so long for this did not choose to: it worked, or slept for
 * what nobody sends. */
static bool not_by_choice(const struct hu_part *part)
{
	switch (part->kind) {
	case HU_PART_RUNNING:
		return true;
	case HU_PART_SLEEP:
		return part->why == HU_WHY_GRACE_PERIOD || part->why == HU_WHY_WRITEBACK ||
		       part->why == HU_WHY_RECLAIM_THROTTLE || part->why == HU_WHY_FREEZE ||
		       part->why == HU_WHY_WORK || part->why == HU_WHY_JOURNAL ||
		       part->why == HU_WHY_MEMORY;
	default:
		return false;
	}
}

static bool by_design(struct hu_model *m, const struct hu_op *op, const hu_parts *parts)
{
	bool moves = !strcmp(op->name, "read") || !strcmp(op->name, "write");

	if (!waits_by_design(op->name) && !moves)
		return false;
	for (size_t i = 0; i < parts->count; i++)
		if (parts->at[i].kind == HU_PART_LOCK && parts->at[i].ns >= m->options.threshold)
			return false;
	return !(moves && parts->at[0].ns >= m->options.threshold && not_by_choice(&parts->at[0]));
}

static int worst_first(const void *a, const void *b, void *model)
{
	const struct hu_model *m = model;
	const struct hu_op *x = &m->ops.at[*(const size_t *)a], *y = &m->ops.at[*(const size_t *)b];

	if (x->duration != y->duration)
		return x->duration > y->duration ? -1 : 1;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->tid < y->tid ? -1 : x->tid > y->tid;
}

const char *hu_cause_outcome(const struct hu_cause *cause)
{
	const struct hu_holder *h =
		cause->holders.count && !cause->holders.at[0].fellow ? &cause->holders.at[0] : NULL;

	/* A reader that the owner field names may be long gone (kernel-facts 1.5). */
	if (cause->part.kind == HU_PART_LOCK)
		return h && h->how != HU_SIGNATURE &&
				       !(h->how == HU_RECORDED_OWNER && h->mode == HU_MODE_READ)
			       ? "found"
			       : "undecided";
	if (cause->part.kind == HU_PART_SLEEP)
		return cause->part.why != HU_WHY_UNKNOWN ? "found" : "undecided";
	return cause->part.kind == HU_PART_RUNNABLE ? "found" : "undecided";
}

static int causes_by_weight(const void *a, const void *b)
{
	const struct hu_cause *x = a, *y = b;

	if (x->timed != y->timed)
		return x->timed ? -1 : 1;
	/* What the capture does not explain outranks what it does only where that is next to
	 * nothing. */
	bool known_x = strcmp(hu_cause_outcome(x), "found") == 0;
	bool known_y = strcmp(hu_cause_outcome(y), "found") == 0;
	bool small_x = x->total < y->total / 10, small_y = y->total < x->total / 10;
	if (known_x != known_y && !(known_x ? small_x : small_y))
		return known_x ? -1 : 1;
	/* Nor does work that nothing explains hide a wait. */
	bool works_x = x->part.kind == HU_PART_RUNNING, works_y = y->part.kind == HU_PART_RUNNING;
	if (known_x == known_y && works_x != works_y && !(works_x ? small_y : small_x))
		return works_x ? 1 : -1;
	if (x->total != y->total)
		return x->total > y->total ? -1 : 1;
	return strcmp(x->label, y->label);
}

/* The same wait in two captures that have no moment in common is two incidents: each has its own
 * population, and holders that only one of them could see. `window` HU_NONE: no time is known. */
static struct hu_cause *cause_for(struct hu_model *m, struct hu_causes *c,
				  const struct hu_part *part, int64_t window)
{
	for (size_t i = 0; i < c->at.count; i++) {
		struct hu_cause *have = &c->at.at[i];
		if (!same_cause(&have->part, part) ||
		    (have->window != window && have->window != HU_NONE && window != HU_NONE))
			continue;
		if (have->window == HU_NONE)
			have->window = window;
		return have;
	}
	struct hu_cause fresh = {
		.part = *part, .label = label_of(m, part), .estimate_worst = -1, .window = window};
	fresh.part.ns = 0;
	fresh.part.longest = 0;
	HU_PUSH(&c->at, fresh);
	return &c->at.at[c->at.count - 1];
}

static void classify(struct hu_model *m, struct hu_causes *c, const struct hu_windows *windows,
		     size_t index)
{
	struct hu_op *op = &m->ops.at[index];
	hu_parts parts;

	hu_op_parts(m, op, &parts);
	if (parts.count && by_design(m, op, &parts)) {
		c->by_design++;
	} else if (parts.count) {
		struct hu_cause *cause = cause_for(
			m, c, &parts.at[0],
			op->timed ? hu_windows_of(windows, hu_model_source(&op->begin, &op->end))
				  : HU_NONE);
		/* A function names the cause only where all of them stood in it. */
		if (hu_part_nameless(&cause->part) && cause->part.frame &&
		    (!parts.at[0].frame || strcmp(parts.at[0].frame, cause->part.frame) != 0)) {
			struct hu_part several = cause->part;
			several.frame = NULL;
			cause->label = label_of(m, &several);
		}
		cause->part.ns += parts.at[0].ns;
		if (parts.at[0].longest >= cause->part.longest) {
			cause->part.longest = parts.at[0].longest;
			cause->part.stack =
				parts.at[0].stack ? parts.at[0].stack : cause->part.stack;
			cause->part.frame = parts.at[0].frame;
		}
		if (!cause->part.lock.address)
			cause->part.lock.address = parts.at[0].lock.address;
		if (!cause->part.mode)
			cause->part.mode = parts.at[0].mode;
		if (!cause->part.type)
			cause->part.type = parts.at[0].type;
		cause->total += op->duration;
		cause->timed |= op->timed;
		HU_PUSH(&cause->ops, index);
		c->stalled++;
	}
	free(parts.at);
}

static int by_length(const void *a, const void *b)
{
	hu_ns x = *(const hu_ns *)a, y = *(const hu_ns *)b;

	return x < y ? -1 : x > y;
}

/* The distinct names of a cause's operations: one, or "mount" and "umount"; of those that were
 * traced, if any were. */
static void find_kinds(const struct hu_model *m, struct hu_cause *c)
{
	for (size_t k = 0; k < c->ops.count; k++) {
		const struct hu_op *op = &m->ops.at[c->ops.at[k]];
		bool counts = !op->inferred || c->inferred == c->ops.count;
		if (counts && !hu_cause_is_kind(c, op->name))
			HU_PUSH(&c->kinds, op->name);
	}
}

bool hu_cause_is_kind(const struct hu_cause *c, const char *name)
{
	for (size_t k = 0; k < c->kinds.count; k++)
		if (c->kinds.at[k] == name || !strcmp(c->kinds.at[k], name))
			return true;
	return false;
}

static int64_t capture_of(const struct hu_model *m, const struct hu_op *op)
{
	return hu_model_together(m, hu_model_source(&op->begin, &op->end));
}

bool hu_cause_watched(const struct hu_model *m, const struct hu_cause *c, const struct hu_op *op)
{
	int64_t capture = capture_of(m, op);

	for (size_t i = 0; i < c->captures.count; i++)
		if (c->captures.at[i] == capture)
			return true;
	return !c->captures.count;
}

static void find_captures(const struct hu_model *m, struct hu_cause *c)
{
	for (size_t i = 0; i < c->ops.count; i++) {
		const struct hu_op *op = &m->ops.at[c->ops.at[i]];
		if (op->timed && !op->inferred &&
		    (!c->captures.count || !hu_cause_watched(m, c, op)))
			HU_PUSH(&c->captures, capture_of(m, op));
	}
}

static void count_population(const struct hu_model *m, struct hu_cause *c)
{
	HU_VEC(hu_ns) all = {0};

	c->operations = -1;
	c->median = -1;
	find_captures(m, c);
	for (size_t i = 0; i < c->ops.count; i++)
		c->inferred += m->ops.at[c->ops.at[i]].inferred;
	find_kinds(m, c);
	/* Where most are known by their waits alone the total is not known. */
	if (c->inferred * 2 > c->ops.count)
		return;
	for (size_t i = 0; i < m->ops.count; i++) {
		const struct hu_op *op = &m->ops.at[i];
		if (!op->inferred && op->timed && wanted(m, op) && hu_cause_is_kind(c, op->name) &&
		    hu_cause_watched(m, c, op))
			HU_PUSH(&all, op->duration);
	}
	if (!all.count)
		return;
	qsort(all.at, all.count, sizeof(all.at[0]), by_length);
	c->operations = (int64_t)all.count;
	c->median = all.at[all.count / 2];
	free(all.at);
}

static bool matches_task(struct hu_model *m, const struct hu_op *op)
{
	const char *want = m->options.task;
	int64_t tid;

	if (!want)
		return true;
	if (hu_str_i64(hu_str(want), &tid))
		return op->tid == tid;
	const char *comm = op->comm ? op->comm : hu_model_comm(m, op->tid);
	return hu_glob(want, comm);
}

void hu_causes_find(struct hu_model *m, struct hu_causes *ret)
{
	*ret = (struct hu_causes){0};
	hu_model_sort(m);
	hu_handovers(m);
	HU_CLEANUP(hu_windows_deinit) struct hu_windows windows = {0};
	for (size_t i = 0; i < m->ops.count; i++)
		if (m->ops.at[i].duration >= m->options.threshold && m->ops.at[i].timed)
			hu_windows_add(m, &windows,
				       hu_model_source(&m->ops.at[i].begin, &m->ops.at[i].end));
	hu_windows_join(&windows);
	for (size_t i = 0; i < m->ops.count; i++) {
		const struct hu_op *op = &m->ops.at[i];
		/* A pasted call path or a task in a list has no duration at all. */
		bool stalled = op->duration >= m->options.threshold ||
			       (!op->timed && op->inferred && !op->duration);
		if (stalled && wanted(m, op) && matches_task(m, op))
			classify(m, ret, &windows, i);
	}
	for (size_t i = 0; i < ret->at.count;) {
		struct hu_cause *c = &ret->at.at[i];
		if (m->options.lock &&
		    (c->part.kind != HU_PART_LOCK || !hu_glob(m->options.lock, c->label))) {
			ret->stalled -= c->ops.count;
			free(c->ops.at);
			*c = ret->at.at[--ret->at.count];
			continue;
		}
		qsort_r(c->ops.at, c->ops.count, sizeof(c->ops.at[0]), worst_first, m);
		i++;
	}
	for (size_t i = 0; i < ret->at.count; i++) {
		hu_find_holders(m, &ret->at.at[i]);
		count_population(m, &ret->at.at[i]);
	}
	if (ret->at.count)
		qsort(ret->at.at, ret->at.count, sizeof(ret->at.at[0]), causes_by_weight);
}

void hu_causes_deinit(struct hu_causes *c)
{
	for (size_t i = 0; i < c->at.count; i++) {
		free(c->at.at[i].ops.at);
		free(c->at.at[i].holders.at);
		free(c->at.at[i].captures.at);
		free(c->at.at[i].kinds.at);
		hu_table_deinit(&c->at.at[i].holder_table);
	}
	free(c->at.at);
	*c = (struct hu_causes){0};
}
