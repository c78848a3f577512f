/*
 * Switches and wakeups as the UI's own scheduler data, from which it draws CPUs, states of threads
 * and who woke whom. Only of sources that recorded every switch: of others the UI would draw tasks
 * that run where nobody knows what they did. Shaped for millions of rows: one pass in the order of
 * time, one bundle for each CPU open, names of tasks by bisection.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "db/bisect.h"
#include "db/words.h"
#include "report/trace.h"

/* trace_packet.proto, ftrace_event_bundle.proto, ftrace_event.proto, sched.proto */
enum { PACKET_FTRACE = 1, BUNDLE_CPU = 1, BUNDLE_EVENT = 2 };
enum { EVENT_TIMESTAMP = 1, EVENT_PID = 2, EVENT_SWITCH = 4, EVENT_WAKEUP = 17, EVENT_WAKING = 20 };
enum { EVENT_WAKEUP_NEW = 114 };
enum { PREV_COMM = 1, PREV_PID = 2, PREV_STATE = 4, NEXT_COMM = 5, NEXT_PID = 6 };
enum { WAKE_COMM = 1, WAKE_PID = 2, WAKE_SUCCESS = 4 };

enum { CPUS = 8192, EVENTS = 512 };

struct name {
	int64_t tid;
	hu_ns ts;
	char *comm;
};

struct sched {
	struct hu_trace *t;
	struct name *names; /* by tid and time */
	size_t count, cap;
	struct cpu {
		struct hu_proto events; /* of one bundle, in the order of time */
		int held;
	} * cpus[CPUS];
	bool wakings;	    /* the source has sched_waking, from which the UI draws */
	bool new_states;    /* Linux 4.14 and later: P and I have bits of their own */
	bool knows_preempt; /* Linux 4.19 and later: R+ has a bit that the UI knows */
};

static void load_names(struct sched *s, int64_t source)
{
	struct hu_rows *r = hu_rows_open(
		s->t->store, "SELECT tid, ts, text FROM task JOIN name ON name.id = comm WHERE "
			     "source = ?1 AND tid >= 0 ORDER BY tid, ts, task.rowid");

	hu_rows_bind_int(r, 1, source);
	while (hu_rows_next(r)) {
		if (s->count == s->cap) {
			s->cap = s->cap ? 2 * s->cap : 256;
			s->names = hu_realloc(s->names, s->cap * sizeof(*s->names));
		}
		s->names[s->count++] =
			(struct name){hu_rows_int(r, 0), hu_rows_int_or(r, 1, INT64_MIN),
				      hu_strdup(hu_rows_str(r, 2))};
	}
	hu_trace_close(s->t, r);
}

/* The name that it had then; before its first one that one. */
static struct hu_str name_of(const struct sched *s, int64_t tid, hu_ns ts)
{
	size_t a;

	HU_BISECT(a, 0, s->count,
		  s->names[a].tid < tid || (s->names[a].tid == tid && s->names[a].ts <= ts));
	if (a && s->names[a - 1].tid == tid)
		return hu_str(s->names[a - 1].comm);
	if (a < s->count && s->names[a].tid == tid)
		return hu_str(s->names[a].comm);
	return hu_str("");
}

static void forget_names(struct sched *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->names[i].comm);
	free(s->names);
	s->names = NULL;
	s->count = s->cap = 0;
}

/* What sched_switch prints as prev_state, as numbers (include/trace/events/sched.h): the letters up
 * to Z never moved. */
static int64_t state_bits(const struct sched *s, int64_t state)
{
	switch (state) {
	case HU_STATE_SLEEPING:
		return 0x1;
	case HU_STATE_UNINTERRUPTIBLE:
		return 0x2;
	case HU_STATE_STOPPED:
		return 0x4;
	case HU_STATE_TRACED:
		return 0x8;
	case HU_STATE_DEAD:
		return 0x10;
	case HU_STATE_PARKED:
		return s->new_states ? 0x40 : 0x1;
	case HU_STATE_IDLE:
		return s->new_states ? 0x80 : 0x2;
	case HU_STATE_PREEMPTED:
		return s->knows_preempt ? 0x100 : 0;
	default:
		return 0;
	}
}

static void flush(struct sched *s, int64_t cpu)
{
	struct cpu *c = s->cpus[cpu];

	if (!c || !c->held)
		return;
	hu_trace_packet(s->t, HU_OPEN);
	hu_proto_begin(&s->t->proto, PACKET_FTRACE);
	hu_proto_uint(&s->t->proto, BUNDLE_CPU, (uint64_t)cpu);
	hu_out_str(&s->t->proto.out, hu_out_view(&c->events.out));
	hu_proto_end(&s->t->proto);
	hu_trace_packet_end(s->t);
	hu_out_clear(&c->events.out);
	c->held = 0;
}

enum { TS, AT, CPU, PID, TARGET, WORD, STEP };

static void put_name(struct sched *s, struct hu_proto *p, uint32_t field, int64_t tid, hu_ns ts)
{
	struct hu_str name = name_of(s, tid, ts);

	if (name.len)
		hu_trace_text_into(s->t, p, field, name);
}

static void put(struct sched *s, struct hu_rows *r)
{
	int64_t cpu = hu_rows_int_or(r, CPU, -1), pid = hu_rows_int(r, PID),
		target = hu_rows_int(r, TARGET), step = hu_rows_int(r, STEP);
	hu_ns ts = hu_rows_int(r, TS);
	bool wakes = hu_rows_int(r, WORD);

	if (cpu < 0 || cpu >= CPUS) {
		s->t->done->left_out++;
		return;
	}
	if (!s->cpus[cpu])
		s->cpus[cpu] = hu_alloc(sizeof(*s->cpus[cpu]));
	struct hu_proto *p = &s->cpus[cpu]->events;
	hu_proto_begin(p, BUNDLE_EVENT);
	hu_proto_uint(p, EVENT_TIMESTAMP, hu_trace_when(s->t, hu_rows_int(r, AT)));
	hu_proto_uint(p, EVENT_PID, pid > 0 ? (uint64_t)pid : 0);
	if (wakes) {
		bool waking = step == HU_WAKING || (!s->wakings && step == HU_WAKEUP);
		hu_proto_begin(p, waking		  ? EVENT_WAKING
				  : step == HU_WAKEUP_NEW ? EVENT_WAKEUP_NEW
							  : EVENT_WAKEUP);
		put_name(s, p, WAKE_COMM, target, ts);
		hu_proto_int(p, WAKE_PID, target);
		hu_proto_int(p, WAKE_SUCCESS, 1);
		s->t->done->wakeups++;
	} else {
		hu_proto_begin(p, EVENT_SWITCH);
		put_name(s, p, PREV_COMM, pid, ts);
		hu_proto_int(p, PREV_PID, pid);
		hu_proto_int(p, PREV_STATE, state_bits(s, step));
		put_name(s, p, NEXT_COMM, target, ts);
		hu_proto_int(p, NEXT_PID, target);
		s->t->done->switches++;
	}
	hu_proto_end(p);
	hu_proto_end(p);
	if (++s->cpus[cpu]->held == EVENTS)
		flush(s, cpu);
}

static void write_source(struct sched *s, int64_t source)
{
	struct hu_rows *r = hu_rows_open(
		s->t->store,
		"SELECT e.ts, e.ts + offset_ns - v.window_case AS at, cpu, tid, next, 0, state, "
		"pos "
		"FROM switch e JOIN source ON source.id = e.source, verdict v WHERE e.source = ?1 "
		"AND e.ts NOT NULL AND tid NOT NULL AND next NOT NULL UNION ALL SELECT e.ts, e.ts "
		"+ "
		"offset_ns - v.window_case, cpu, tid, target, 1, step, pos FROM wakeup e JOIN "
		"source ON source.id = e.source, verdict v WHERE e.source = ?1 AND e.ts NOT NULL "
		"AND target NOT NULL ORDER BY at, pos");

	hu_rows_bind_int(r, 1, source);
	while (hu_rows_next(r) && !s->t->err)
		if (hu_trace_in_window(s->t, hu_rows_int(r, AT)))
			put(s, r);
	hu_trace_close(s->t, r);
	for (int64_t cpu = 0; cpu < CPUS; cpu++)
		flush(s, cpu);
}

static void look(struct sched *s, int64_t source)
{
	struct hu_rows *r = hu_rows_open(
		s->t->store, "SELECT EXISTS (SELECT 1 FROM wakeup WHERE source = ?1 AND step = 1)");

	hu_rows_bind_int(r, 1, source);
	s->wakings = hu_rows_next(r) && hu_rows_int(r, 0);
	hu_trace_close(s->t, r);
	r = hu_rows_open(s->t->store,
			 "SELECT value FROM fact WHERE key = 'kernel.release' ORDER BY "
			 "source LIMIT 1");
	if (hu_rows_next(r)) {
		struct hu_str rest = hu_rows_str(r, 0), major = hu_str_split(&rest, '.');
		int64_t a = 0, b = 0;
		size_t n = 0;
		while (n < rest.len && rest.at[n] >= '0' && rest.at[n] <= '9')
			n++;
		if (hu_str_i64(major, &a) && hu_str_i64((struct hu_str){rest.at, n}, &b)) {
			s->new_states = a > 4 || (a == 4 && b >= 14);
			s->knows_preempt = a > 4 || (a == 4 && b >= 19);
		}
	}
	hu_trace_close(s->t, r);
}

/* Of sources that saw the same seconds the one with the most switches: two would be drawn as one.
 */
void hu_trace_switches(struct hu_trace *t)
{
	struct hu_rows *r = hu_rows_open(
		t->store,
		"SELECT s.id, s.first_ts + s.offset_ns, s.last_ts + s.offset_ns, (SELECT count(*) "
		"FROM switch WHERE source = s.id) AS n FROM source s WHERE s.copy_of IS NULL AND "
		"s.offset_ns NOT NULL AND s.path IN (SELECT source FROM task_time WHERE running_ns "
		"NOT NULL) ORDER BY n DESC, s.id");
	struct stretch {
		hu_ns from, to;
	} *taken = NULL;
	size_t count = 0;
	struct sched s = {.t = t};

	while (hu_rows_next(r) && !t->err) {
		hu_ns from = hu_rows_int(r, 1), to = hu_rows_int(r, 2);
		bool free_of_others = hu_rows_int(r, 3) > 0;
		for (size_t i = 0; i < count; i++)
			free_of_others &= from > taken[i].to || to < taken[i].from;
		if (!free_of_others)
			continue;
		taken = hu_realloc(taken, (count + 1) * sizeof(*taken));
		taken[count++] = (struct stretch){from, to};
		look(&s, hu_rows_int(r, 0));
		load_names(&s, hu_rows_int(r, 0));
		write_source(&s, hu_rows_int(r, 0));
		forget_names(&s);
	}
	hu_trace_close(t, r);
	free(taken);
	for (size_t i = 0; i < CPUS; i++) {
		if (s.cpus[i])
			hu_proto_deinit(&s.cpus[i]->events);
		free(s.cpus[i]);
	}
}
