/*
 * "perf sched timehist": one line whenever a task leaves a CPU, with how long it had run, and
 * before that waited and been runnable. Shaped for tens of thousands of lines.
 *
 * Such a line is a sched_switch of which the second half is missing: who got the CPU. The next line
 * of the same CPU tells, because its run began at that very moment; where it did not (lines were
 * filtered out), nobody knows. So a line waits here until its CPU is heard of again.
 */
#include "ingest/perfscript_text.h"
#include "ingest/reader.h"
#include "ingest/timehist_summary.h"

#include "db/text.h"

#include <stdlib.h>
#include <string.h>

enum {
	QUEUE = 1 << 15, /* lines that wait */
	MAX_FRAMES = 64,
	SLACK = 2 * HU_NS_PER_US /* of three numbers with six digits each */
};

struct waiting {
	struct hu_switch row;
	bool known; /* who got the CPU, or that nobody can say */
};

struct cpu {
	uint64_t last; /* number of its last line in the queue, from 1; 0: none */
	hu_ns ts;
};

struct timehist {
	struct hu_perf_text text;
	struct hu_sink *to;
	size_t task_at; /* where the column "task name" begins; 0: no header yet */
	bool prio, state;
	struct waiting *queue;
	uint64_t first, end; /* numbers of the lines in it: [first, end) */
	struct cpu *cpu;
	size_t cpus;
	struct hu_task_names {
		int32_t tid;
		hu_name comm;
	} * name; /* open addressing; tid -1: free */
	size_t names, name_room;
	struct hu_timehist_summary summary;
	uint64_t switches, wakeups, migrations, chatter;
};

/* Names. */

static size_t spread(int32_t tid, size_t room)
{
	return (size_t)((uint32_t)tid * 2654435761u) & (room - 1);
}

static void grow_names(struct timehist *t)
{
	size_t room = t->name_room ? 2 * t->name_room : 256;
	struct hu_task_names *grown = hu_alloc(room * sizeof(*grown));

	for (size_t i = 0; i < room; i++)
		grown[i].tid = -1;
	for (size_t i = 0; i < t->name_room; i++) {
		if (t->name[i].tid < 0)
			continue;
		size_t at = spread(t->name[i].tid, room);
		while (grown[at].tid >= 0)
			at = (at + 1) & (room - 1);
		grown[at] = t->name[i];
	}
	free(t->name);
	t->name = grown;
	t->name_room = room;
}

static void named(struct timehist *t, const struct hu_where *at, int32_t tid, int32_t tgid,
		  struct hu_str comm)
{
	if (tid < 0 || !comm.len)
		return;
	if (2 * t->names >= t->name_room)
		grow_names(t);
	hu_name name = hu_intern(t->to, comm);
	size_t i = spread(tid, t->name_room);
	while (t->name[i].tid >= 0 && t->name[i].tid != tid)
		i = (i + 1) & (t->name_room - 1);
	if (t->name[i].tid == tid && t->name[i].comm == name)
		return;
	t->names += t->name[i].tid < 0;
	t->name[i] = (struct hu_task_names){tid, name};
	hu_put_task(t->to, &(struct hu_task){
				   .at = {.ts = at->ts, .pos = at->pos, .cpu = at->cpu, .tid = tid},
				   .tgid = tgid,
				   .parent = HU_NONE,
				   .step = HU_TASK_NAMED,
				   .comm = name});
}

/* The queue. */

static void put_first(struct timehist *t)
{
	hu_put_switch(t->to, &t->queue[t->first++ % QUEUE].row);
	t->switches++;
}

static void drain(struct timehist *t)
{
	while (t->first < t->end && t->queue[t->first % QUEUE].known)
		put_first(t);
}

static struct cpu *cpu_of(struct timehist *t, int32_t number)
{
	size_t at = (size_t)number;

	if (at >= t->cpus) {
		t->cpu = hu_realloc(t->cpu, (at + 1) * sizeof(*t->cpu));
		memset(t->cpu + t->cpus, 0, (at + 1 - t->cpus) * sizeof(*t->cpu));
		t->cpus = at + 1;
	}
	return &t->cpu[at];
}

/* The task of this line got its CPU `run` before it left it. */
static void queue(struct timehist *t, const struct hu_switch *row, hu_ns run, bool known)
{
	struct cpu *cpu = cpu_of(t, row->at.cpu);

	if (cpu->last && cpu->last > t->first) {
		struct waiting *before = &t->queue[(cpu->last - 1) % QUEUE];
		hu_ns began = row->at.ts - run;
		if (!before->known && run && llabs(began - cpu->ts) <= SLACK)
			before->row.next = row->at.tid;
		before->known = true;
	}
	if (t->end - t->first == QUEUE)
		put_first(t);
	t->queue[t->end % QUEUE] = (struct waiting){*row, known};
	t->end++;
	cpu->last = t->end;
	cpu->ts = row->at.ts;
	drain(t);
}

/* Lines. */

static bool columns(struct timehist *t, struct hu_str line)
{
	struct hu_str rest = line;
	ptrdiff_t task = hu_str_find(line, "task name");

	if (!hu_str_is(hu_str_word(&rest), "time") || !hu_str_is(hu_str_word(&rest), "cpu") ||
	    task < 0 || hu_str_find(line, "wait time") < 0 || hu_str_find(line, "run time") < 0)
		return false;
	rest = hu_str_skip(line, (size_t)task);
	t->task_at = (size_t)task;
	t->prio = hu_str_find(rest, " prio ") >= 0;
	t->state = hu_str_find(rest, "state") >= 0;
	return true;
}

/* "[tid/pid] (msec) (msec) (msec)", and the line of dashes. */
static bool under_columns(struct hu_str line)
{
	struct hu_str rest = line, word = hu_str_word(&rest);

	if (hu_str_is(word, "[tid/pid]"))
		return hu_str_find(rest, "(msec)") >= 0;
	for (rest = line; (word = hu_str_word(&rest)).len;)
		for (size_t i = 0; i < word.len; i++)
			if (word.at[i] != '-')
				return false;
	return hu_str_find(line, "------") >= 0;
}

static bool take_msec(struct hu_str *s, hu_ns *ret)
{
	struct hu_str word = hu_str_word(s);

	return word.len > 4 && word.at[word.len - 4] == '.' && hu_str_fixed(word, 6, ret) &&
	       *ret >= 0;
}

/*
 * perf had a table of its own, older than the kernels that it met: up to 6.7 it calls
 * TASK_REPORT_IDLE "K" and the mark of a preempted task "W" (TASK_STATE_TO_CHAR_STR of its
 * builtin-sched.c; no task leaves a CPU in the states that these letters were for). "x" may be dead
 * or parked. The idle task gets an "I", and is always runnable.
 */
static uint32_t state_of(struct hu_str word, int32_t tid)
{
	static const struct {
		char letter;
		uint32_t state;
	} states[] = {
		{'R', HU_STATE_RUNNING}, {'S', HU_STATE_SLEEPING}, {'D', HU_STATE_UNINTERRUPTIBLE},
		{'T', HU_STATE_STOPPED}, {'t', HU_STATE_TRACED},   {'X', HU_STATE_DEAD},
		{'Z', HU_STATE_DEAD},	 {'P', HU_STATE_PARKED},   {'I', HU_STATE_IDLE},
		{'K', HU_STATE_IDLE},	 {'W', HU_STATE_PREEMPTED}};

	if (!tid)
		return HU_STATE_RUNNING;

	for (size_t i = 0; word.len && i < sizeof(states) / sizeof(states[0]); i++)
		if (*word.at == states[i].letter)
			return states[i].state;
	return HU_STATE_UNKNOWN;
}

/* "preempt_schedule_common <- __cond_resched <- …", leaf first; what is below the system call
 * stands there as [unknown]. perf left out schedule() itself, and what lies deeper than
 * --max-stack. */
static hu_stack stack_of(struct timehist *t, struct hu_str chain)
{
	struct hu_str frame[MAX_FRAMES];
	size_t count = 0;
	hu_stack stack = 0;

	while (count < MAX_FRAMES && chain.len) {
		ptrdiff_t end = hu_str_find(chain, " <- ");
		struct hu_str one = end < 0 ? chain : (struct hu_str){chain.at, (size_t)end};
		chain = hu_str_skip(chain, end < 0 ? chain.len : (size_t)end + 4);
		one = hu_str_trim(one);
		if (!one.len || hu_str_is(one, "[unknown]"))
			break;
		frame[count++] = one;
	}
	while (count)
		stack = hu_push_frame(t->to, stack, hu_intern(t->to, frame[--count]), 0);
	return stack;
}

/* Takes "comm[tid/pid]", "<idle>" or "swapper" off the front of *s. A name may hold brackets:
 * the first that fits counts, if what follows it is blank. */
static bool take_task(struct hu_str *s, struct hu_str *comm, int32_t *tid, int32_t *tgid)
{
	static const char *const idle[] = {"<idle>", "swapper "};

	for (size_t i = 0; i < sizeof(idle) / sizeof(idle[0]); i++) {
		if (!hu_str_starts(*s, idle[i]))
			continue;
		*s = hu_str_skip(*s, strlen(idle[i]));
		return hu_perf_task(hu_str("<idle>"), comm, tid, tgid);
	}
	size_t most = s->len < 200 ? s->len : 200;
	for (size_t i = 2; i < most; i++) {
		if (s->at[i] != ']' || (i + 1 < s->len && s->at[i + 1] != ' '))
			continue;
		if (!hu_perf_task((struct hu_str){s->at, i + 1}, comm, tid, tgid))
			continue;
		*s = hu_str_skip(*s, i + 1);
		return true;
	}
	return false;
}

static bool other_line(struct timehist *t, struct hu_str rest, const struct hu_where *at)
{
	struct hu_str comm;
	int32_t tid, tgid;

	rest = hu_str_trim(rest);
	if (hu_str_starts(rest, "awakened: ")) {
		rest = hu_str_skip(rest, 10);
		if (!take_task(&rest, &comm, &tid, &tgid))
			return false;
		named(t, at, tid, tgid, comm);
		if (tid >= 0)
			hu_put_wakeup(t->to, &(struct hu_wakeup){*at, tid, HU_WAKEUP});
		t->wakeups++;
		return true;
	}
	if (hu_str_starts(rest, "migrated: ")) {
		t->migrations++;
		return true;
	}
	return false;
}

static bool event(struct timehist *t, struct hu_str line)
{
	struct hu_str rest = line, stamp = hu_str_word(&rest), comm;
	struct hu_switch row = {.at = {.pos = t->text.pos}, .next = HU_NONE};
	int32_t tgid, next_tgid;
	hu_ns wait, delay, run;

	if (stamp.len < 8 || stamp.at[stamp.len - 7] != '.' ||
	    !hu_str_fixed(stamp, 9, &row.at.ts) || row.at.ts < 0 ||
	    !hu_perf_cpu(&rest, &row.at.cpu))
		return false;
	if (line.len > t->task_at && t->task_at > (size_t)(rest.at - line.at))
		rest = hu_str_skip(line, t->task_at);
	while (rest.len && *rest.at == ' ')
		rest = hu_str_skip(rest, 1);
	if (!take_task(&rest, &comm, &row.at.tid, &tgid))
		return false;
	named(t, &row.at, row.at.tid, tgid, comm);
	if (t->prio) {
		struct hu_str before = rest, prio = hu_str_word(&rest);
		if (memchr(prio.at, '.', prio.len))
			rest = before; /* none, as for <idle> */
	}
	if (other_line(t, rest, &row.at))
		return true;
	if (!take_msec(&rest, &wait) || !take_msec(&rest, &delay) || !take_msec(&rest, &run))
		return false;
	if (t->state)
		row.state = state_of(hu_str_word(&rest), row.at.tid);
	rest = hu_str_trim(rest);
	bool known = false;
	if (hu_str_starts(rest, "next: ")) {
		rest = hu_str_skip(rest, 6);
		if (!take_task(&rest, &comm, &row.next, &next_tgid))
			return false;
		named(t, &row.at, row.next, next_tgid, comm);
		known = true;
		rest = hu_str_trim(rest);
	}
	row.at.stack = stack_of(t, rest);
	queue(t, &row, run, known);
	return true;
}

/* "     135.073978 lost 17 events on cpu 1" */
static bool lost(struct timehist *t, struct hu_str line)
{
	struct hu_str stamp = hu_str_word(&line);
	struct hu_gap gap = {.cpu = HU_NONE, .kind = HU_LOSS_DROPPED, .pos = t->text.pos};
	uint64_t cpu;

	if (!hu_str_fixed(stamp, 9, &gap.to) || !hu_str_is(hu_str_word(&line), "lost") ||
	    !hu_str_i64(hu_str_word(&line), &gap.count) || !hu_str_is(hu_str_word(&line), "events"))
		return false;
	hu_str_word(&line);
	if (hu_str_is(hu_str_word(&line), "cpu") && hu_str_u64(hu_str_word(&line), 10, &cpu) &&
	    cpu < 65536)
		gap.cpu = (int32_t)cpu;
	gap.from =
		gap.cpu != HU_NONE && cpu_of(t, gap.cpu)->last ? cpu_of(t, gap.cpu)->ts : HU_OPEN;
	hu_put_loss(t->to, &gap, "%lld events lost, says perf", (long long)gap.count);
	return true;
}

static void take_line(struct timehist *t, struct hu_str line)
{
	if (!hu_str_trim(line).len)
		return;
	if (t->task_at && event(t, line))
		return;
	if (columns(t, line) || under_columns(line) || lost(t, line))
		return;
	if (hu_timehist_summary_take(&t->summary, line, t->text.pos))
		return;
	if (hu_perf_is_chatter(line) || hu_str_starts(line, "Samples do not have callchains"))
		t->chatter++;
	else
		hu_perf_text_odd(&t->text, line);
}

static void count(struct timehist *t, const char *what, uint64_t n, bool used)
{
	if (n)
		hu_put_event_count(t->to, hu_str(what), n, used);
}

static struct hu_err *read_lines(struct timehist *t)
{
	struct hu_str line;

	hu_put_source_clock(t->to, HU_CLOCK_PERF,
			    "perf's own clock unless -k chose another: the text does not say");
	t->summary.to = t->to;
	t->queue = hu_alloc(QUEUE * sizeof(*t->queue));
	while (hu_perf_text_line(&t->text, &line))
		take_line(t, line);
	while (t->first < t->end)
		put_first(t);
	count(t, "switch", t->switches, true);
	count(t, "wakeup", t->wakeups, true);
	count(t, "migration", t->migrations, false);
	count(t, "summary row", t->summary.rows, true);
	count(t, "summary line", t->summary.others, false);
	count(t, "message of perf", t->chatter, false);
	uint64_t records = t->switches + t->wakeups + t->migrations + t->summary.rows;
	hu_put_totals(t->to, records, t->text.file.text.len);
	struct hu_err *err = hu_perf_text_end(&t->text, t->to);
	if (err || records || t->task_at)
		return err;
	return hu_err(HU_ERR_BAD_INPUT, "there is no line of perf sched timehist in it");
}

static struct hu_err *timehist_read(const char *path, struct hu_sink *to)
{
	struct timehist t = {.to = to};
	struct hu_err *err = hu_perf_text_open(&t.text, path);

	if (!err)
		err = read_lines(&t);
	hu_perf_text_close(&t.text);
	free(t.queue);
	free(t.cpu);
	free(t.name);
	return err;
}

static enum hu_match timehist_probe(const struct hu_probe *in)
{
	struct hu_perf_head head;
	struct hu_str line;
	struct timehist columns_of = {0};

	if (in->is_dir)
		return HU_MATCH_NO;
	hu_perf_head_init(&head, in->head);
	while (hu_perf_head_line(&head, &line)) {
		if (columns(&columns_of, line) || hu_timehist_summary_begins(line))
			return HU_MATCH_LIKELY;
		if (hu_str_trim(line).len && !hu_perf_is_chatter(line) &&
		    !hu_str_starts(line, "Samples do not have callchains"))
			return HU_MATCH_NO;
	}
	return HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_timehist = {
	.name = "timehist",
	.reads = "lines and summaries of \"perf sched timehist\"",
	.clock = HU_CLOCK_IN_FILE,
	.probe = timehist_probe,
	.read = timehist_read,
};
