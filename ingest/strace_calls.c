/*
 * Calls of strace's lines to rows. A call that another task's line cut in two has a line for its
 * end, so memory is that of the calls that have begun and not ended.
 */
#include "ingest/strace_calls.h"
#include "ingest/vocabulary.h"

#include <stdlib.h>
#include <string.h>

enum {
	DETAIL_MAX = 512,
	COMM_MAX = 15, /* TASK_COMM_LEN of include/linux/sched.h, less its NUL */
};

struct hu_strace_task {
	int32_t tid;
	bool open; /* a call has begun */
	hu_ns begin;
	hu_name name, comm;
	char *arguments; /* as far as they were printed */
};

static struct hu_strace_task *task_of(struct hu_strace_calls *c, int32_t tid)
{
	size_t slot = (size_t)(tid < 0 ? 0 : tid + 1);

	if (slot >= c->indexed) {
		size_t more = slot + 1024;
		c->index = hu_realloc(c->index, sizeof(*c->index) * more);
		memset(c->index + c->indexed, 0, sizeof(*c->index) * (more - c->indexed));
		c->indexed = more;
	}
	if (!c->index[slot]) {
		if (!(c->tasks & (c->tasks - 1)))
			c->task = hu_realloc(c->task,
					     sizeof(*c->task) * (c->tasks ? 2 * c->tasks : 1));
		c->task[c->tasks++] = (struct hu_strace_task){.tid = tid};
		c->index[slot] = (uint32_t)c->tasks;
	}
	return &c->task[c->index[slot] - 1];
}

static struct hu_where where(const struct hu_strace_task *t, hu_ns ts, uint64_t pos)
{
	return (struct hu_where){ts, pos, HU_NONE, t->tid, 0, HU_CTX_TASK};
}

static void put_task(struct hu_strace_calls *c, struct hu_strace_task *t, enum hu_task_step step,
		     hu_ns ts, uint64_t pos, struct hu_str comm, int32_t parent)
{
	if (t->tid < 0)
		return;
	if (comm.len > COMM_MAX)
		comm.len = COMM_MAX;
	hu_name name = hu_intern(c->to, comm);
	if (step == HU_TASK_NAMED && (!name || name == t->comm))
		return;
	if (name)
		t->comm = name;
	hu_put_task(c->to, &(struct hu_task){.at = where(t, ts, pos),
					     .tgid = HU_NONE,
					     .parent = parent,
					     .step = step,
					     .comm = name});
}

/* The first text in quotes: a path, a name. */
static struct hu_str quoted(struct hu_str s)
{
	hu_str_split(&s, '"');
	const char *end = s.len ? memchr(s.at, '"', s.len) : NULL;

	return end ? (struct hu_str){s.at, (size_t)(end - s.at)} : (struct hu_str){0};
}

static struct hu_str base_name(struct hu_str path)
{
	const char *slash = path.len ? memrchr(path.at, '/', path.len) : NULL;

	return slash ? hu_str_skip(path, (size_t)(slash - path.at) + 1) : path;
}

/* Calls that say something of tasks. */
static void learn(struct hu_strace_calls *c, int32_t tid, const struct hu_strace_line *line,
		  struct hu_str arguments, hu_ns end, uint64_t pos)
{
	if (!line->has_result || line->is_error)
		return;
	struct hu_strace_task *t = task_of(c, tid);
	if (hu_str_is(line->name, "execve") || hu_str_is(line->name, "execveat")) {
		put_task(c, t, HU_TASK_EXECED, end, pos, base_name(quoted(arguments)), HU_NONE);
	} else if (hu_str_is(line->name, "prctl") && hu_str_starts(arguments, "PR_SET_NAME")) {
		put_task(c, t, HU_TASK_NAMED, end, pos, quoted(arguments), HU_NONE);
	} else if ((hu_str_is(line->name, "clone") || hu_str_is(line->name, "clone3") ||
		    hu_str_is(line->name, "fork") || hu_str_is(line->name, "vfork")) &&
		   line->result > 0 && line->result <= 4194304) {
		put_task(c, task_of(c, (int32_t)line->result), HU_TASK_FORKED, end, pos,
			 (struct hu_str){0}, tid);
	}
}

static void put_begin(struct hu_strace_calls *c, int32_t tid, struct hu_str name,
		      struct hu_str arguments, hu_ns ts, uint64_t pos)
{
	struct hu_strace_task *t = task_of(c, tid);

	if (arguments.len > DETAIL_MAX)
		arguments.len = DETAIL_MAX;
	hu_put_syscall(c->to, &(struct hu_syscall){
				      .at = where(t, ts, pos),
				      .number = HU_NONE,
				      .step = HU_BEGIN,
				      .name = hu_intern(c->to, hu_syscall_plain_name(name)),
				      .detail = hu_intern(c->to, arguments),
			      });
}

static void put_end(struct hu_strace_calls *c, int32_t tid, const struct hu_strace_line *line,
		    struct hu_str arguments, hu_ns ts, uint64_t pos)
{
	struct hu_strace_task *t = task_of(c, tid);

	if (arguments.len > DETAIL_MAX)
		arguments.len = DETAIL_MAX;
	hu_name name = hu_intern(c->to, hu_syscall_plain_name(line->name));
	hu_put_syscall(c->to, &(struct hu_syscall){
				      .at = where(t, ts, pos),
				      .result = line->result,
				      .number = HU_NONE,
				      .step = HU_END,
				      .name = name,
				      .detail = hu_intern(c->to, arguments),
			      });
	/* Nothing but -T: a length without a place in time. */
	if (ts != HU_OPEN || line->duration == HU_OPEN)
		return;
	hu_put_span(c->to, &(struct hu_span){.at = where(t, HU_OPEN, pos),
					     .duration = line->duration,
					     .label = hu_internz(c->to, "system call"),
					     .comm = t->comm,
					     .function = name});
}

static hu_ns add(hu_ns ts, hu_ns duration)
{
	hu_ns end;

	if (ts == HU_OPEN || duration == HU_OPEN || __builtin_add_overflow(ts, duration, &end))
		return HU_OPEN;
	return end;
}

static void take_call(struct hu_strace_calls *c, int32_t tid, const struct hu_strace_line *line,
		      hu_ns ts, uint64_t pos)
{
	hu_ns end = add(ts, line->duration);

	c->calls++;
	if (!line->has_result) { /* "= ?": exit, or killed in it */
		put_begin(c, tid, line->name, line->arguments, ts, pos);
		return;
	}
	/* A beginning without an end would be taken for a call that never returned. */
	if (end != HU_OPEN) {
		put_begin(c, tid, line->name, line->arguments, ts, pos);
	} else if (ts != HU_OPEN && !c->no_end++) {
		c->no_end_pos = pos;
	}
	put_end(c, tid, line, line->arguments, end, pos);
	learn(c, tid, line, line->arguments, end, pos);
}

static void take_unfinished(struct hu_strace_calls *c, int32_t tid,
			    const struct hu_strace_line *line, hu_ns ts, uint64_t pos)
{
	struct hu_str kept = line->arguments;

	put_begin(c, tid, line->name, line->arguments, ts, pos);
	c->calls++;
	if (kept.len > DETAIL_MAX)
		kept.len = DETAIL_MAX;
	struct hu_strace_task *t = task_of(c, tid);
	free(t->arguments);
	t->arguments = hu_strdup(kept);
	t->open = true;
	t->begin = ts;
	t->name = hu_intern(c->to, line->name);
}

static void take_resumed(struct hu_strace_calls *c, int32_t tid, const struct hu_strace_line *line,
			 hu_ns ts, uint64_t pos)
{
	struct hu_strace_task *t = task_of(c, tid);
	bool ours = t->open && t->name == hu_intern(c->to, line->name);

	hu_out_clear(&c->text);
	if (ours) {
		hu_out_puts(&c->text, t->arguments);
		if (line->arguments.len && c->text.len && c->text.at[c->text.len - 1] == ',')
			hu_out_putc(&c->text, ' ');
		hu_ns end = add(t->begin, line->duration);
		if (end != HU_OPEN)
			ts = end;
	} else {
		c->calls++; /* it began before the trace did */
	}
	hu_out_str(&c->text, line->arguments);
	t->open = false;
	free(t->arguments);
	t->arguments = NULL;
	if (!line->has_result) {
		return;
	}
	put_end(c, tid, line, hu_out_view(&c->text), ts, pos);
	learn(c, tid, line, hu_out_view(&c->text), ts, pos);
}

void hu_strace_calls_take(struct hu_strace_calls *c, int32_t tid, const struct hu_strace_line *line,
			  hu_ns ts, uint64_t pos)
{
	if (line->what == HU_STRACE_CALL)
		take_call(c, tid, line, ts, pos);
	else if (line->what == HU_STRACE_UNFINISHED)
		take_unfinished(c, tid, line, ts, pos);
	else if (line->what == HU_STRACE_RESUMED)
		take_resumed(c, tid, line, ts, pos);
}

void hu_strace_calls_task(struct hu_strace_calls *c, int32_t tid, enum hu_task_step step, hu_ns ts,
			  uint64_t pos, struct hu_str comm)
{
	put_task(c, task_of(c, tid), step, ts, pos, comm, HU_NONE);
}

void hu_strace_calls_deinit(struct hu_strace_calls *c)
{
	for (size_t i = 0; i < c->tasks; i++)
		free(c->task[i].arguments);
	free(c->task);
	free(c->index);
	hu_out_deinit(&c->text);
}
