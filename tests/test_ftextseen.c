/* What the reader of ftrace text remembers: it has to say what it would say without remembering. */
#include "db/batch.h"
#include "ingest/ftext_head.h"
#include "ingest/ftext_line.h"
#include "ingest/ftext_stack.h"
#include "ingest/textfields.h"
#include "tests/test.h"

static bool same(struct hu_str a, struct hu_str b)
{
	return a.len == b.len && (!a.len || a.at == b.at);
}

/* Each line twice, after all that came before it, against the same line on its own. */
static void lines(void)
{
	static const char *const text[] = {
		"            bash-213   [001] d..2.    70.081809: sched_switch: x",
		"            bash-213   [001] d..2.    70.081810: sched_switch:   y",
		/* the same head with something else behind it */
		"            bash-213   [001] d..2.    70.081810: <stack trace>",
		"            bash-213   [001] d..2.    70.081810: sys_mount(dev_name: 1, a: 2)",
		"            bash-213   [001] d..2.    70.081810: sys_mount -> 0x0",
		"            bash-213   [001] d..2.    70.081810: down_write <-prealloc_shrinker",
		"            bash-213   [001] d..2.    70.081810: no event at all",
		"            bash-213   [001] d..2.    70.081810: sched_switch",
		"            bash-213   [001] d..2.    70.081810: :",
		"            bash-213   [001] d..2.    70.081810:",
		"            bash-213   [001] d..2.    70.081810",
		"            bash-213   [001] d..2.    70.",
		"            bash-213   [001] d..2.    7",
		"            bash-213   [001] d..2.    ",
		"            bash-213   [001] d..2.    70081810: sched_switch: x",
		"            bash-213   [001] d..2.    12us+: down_write <-prealloc_shrinker",
		"            bash-213   [001] d..2.    99999999999999999999.0: e: x",
		"            bash-213   [001] d..2.   170.081810: sched_switch: x",
		"            bash-213   [001] d..2.    70.0818101234567: sched_switch: x",
		/* other heads, as long or not */
		"            bash-213   [001] d.h2.    70.081810: sched_switch: x",
		"            bash-213   [000] d..2.    70.081810: sched_switch: x",
		"            dash-213   [001] d..2.    70.081810: sched_switch: x",
		"           <...>-213   [001] d..2.    70.081810: sched_switch: x",
		"     a b-1 [000]-77    [003] .....     5.000001: e: x",
		"     a b-1 [000]-77    [003] .....     5.000002: e: x",
		"    bash-217     0dNs4.    19.340916: e: x",
		"    bash-217     0dNs4.    19.340917: e: x",
		"second:               dd-231   [001] d..2.    70.081810: e: x",
		"second:               dd-231   [001] d..2.    70.081811: e: x",
		/* names that are read before, and what only begins like one */
		"            bash-213   [001] d..2.    70.081810: kernel_stack: <stack trace >",
		"            bash-213   [001] d..2.    70.081810: kernel_stack: => down_write",
		"            bash-213   [001] d..2.    70.081810: user_stack: <user stack trace>",
		"            bash-213   [001] d..2.    70.081810: function: a <-- b",
		"            bash-213   [001] d..2.    70.081810: (+3) sched_switch: x",
		"  <idle>-0       3dNs7    0us :      0:120:R   + [003]   312:100:R kworker/3:1H",
		"  <idle>-0       3dNs7    0us :      0:120:R   + [003]   312:100:R kworker/3:1H",
		"            bash-213   [001] d..2.    70.081810: 0: x",
		"            bash-213   [001] d..2.    70.081810: 0: [003] x",
		"            bash-213   [001] d..2.    70.081810: "
		"a_name_that_is_longer_than_what_is_remembered_of_one: x",
		"            bash-213   [001] d..2.    70.081810: "
		"a_name_that_is_longer_than_what_is_remembered_of_one: x",
		"            bash     213   1 0 00000000 0000000a [0000000004356df1] 12.345ms "
		"(+0.001ms): e: x",
		"=> down_write",
		"    => down_write ",
		"# tracer: nop",
		"",
	};
	struct hu_ftext_heads *heads = hu_ftext_heads_create();

	for (size_t i = 0; i < 2 * (sizeof(text) / sizeof(text[0])); i++) {
		const struct hu_str in = hu_str(text[i / 2]);
		struct hu_ftext_line alone, seen;
		TEST_CASE("%s", text[i / 2]);
		bool known = hu_ftext_line(in, &alone);
		CHECK(hu_ftext_next_line(heads, in, &seen) == known);
		CHECK_INT(seen.what, alone.what);
		if (!known)
			continue;
		CHECK_INT(seen.time, alone.time);
		CHECK_INT(seen.ts, alone.ts);
		CHECK_INT(seen.cpu, alone.cpu);
		CHECK_INT(seen.tid, alone.tid);
		CHECK_INT(seen.tgid, alone.tgid);
		CHECK_INT(seen.context, alone.context);
		CHECK_INT(seen.comm_cut, alone.comm_cut);
		CHECK_INT(seen.syscall, alone.syscall);
		CHECK_INT(seen.count, alone.count);
		CHECK(same(seen.buffer, alone.buffer));
		CHECK(same(seen.comm, alone.comm));
		CHECK(same(seen.rest, alone.rest));
		CHECK(hu_str_eq(seen.name, alone.name));
		CHECK(same(seen.body, alone.body));
	}
	hu_ftext_heads_destroy(heads);
}

/* Rows that came out. */

struct rows {
	struct hu_row row[HU_BATCH_ROWS];
	size_t count;
};

static void take(void *to, const struct hu_batch *batch)
{
	struct rows *rows = to;

	for (size_t i = 0; i < batch->rows && rows->count < HU_BATCH_ROWS; i++)
		if (batch->row[i].word == HU_WORD_SWITCH || batch->row[i].word == HU_WORD_LOCK ||
		    batch->row[i].word == HU_WORD_FRAME)
			rows->row[rows->count++] = batch->row[i];
}

struct scene {
	struct rows rows;
	struct hu_sink *sink;
	struct hu_text_events *events;
};

static void begin(struct scene *s)
{
	static const struct hu_surroundings nothing;

	s->rows.count = 0;
	s->sink = hu_sink_create(take, &s->rows);
	s->events = hu_text_events_create(s->sink, &nothing, (struct hu_str){NULL, 0});
}

static void end(struct scene *s)
{
	hu_text_events_destroy(s->events);
	hu_sink_destroy(s->sink);
}

/* One name in several forms, in turn: the form of the line before decides nothing. */
static void forms(void)
{
	static const struct {
		const char *body;
		bool whole;
		int32_t tid, next;
		enum hu_state state;
	} cases[] = {
		{"prev_comm=a b prev_pid=1 prev_prio=120 prev_state=D ==> next_comm=c next_pid=2 "
		 "next_prio=120",
		 true, 1, 2, HU_STATE_UNINTERRUPTIBLE},
		{"a:3 [120] W ==> b:4 [120]", true, 3, 4, HU_STATE_IDLE},
		/* raw fields */
		{"prev_comm=a prev_pid=5 prev_prio=120 prev_state=1 next_comm=b next_pid=6 "
		 "next_prio=120",
		 true, 5, 6, HU_STATE_SLEEPING},
		/* cut, in each form */
		{"prev_comm=a prev_pid=1 prev_prio=120 prev_state=D ==> next_comm=c next_pid=2",
		 false, 0, 0, 0},
		{"a:3 [120] W ==> b:4 [12", false, 0, 0, 0},
		{"prev_comm=a prev_pid=5 prev_prio=120 prev_state=1 next_com", false, 0, 0, 0},
		/* names that look like the text between fields */
		{"a:1 [120] S ==> b:7 [120] S ==> c:8 [120]", true, 1, 8, HU_STATE_SLEEPING},
		{"a [1]: ==> :9 [120] R+ ==> ]:x:10 [120]", true, 9, 10, HU_STATE_PREEMPTED},
		{"prev_comm=x prev_pid=1 prev_pid=11 prev_prio=120 prev_state=S ==> next_comm= "
		 "next_comm= next_pid=12 next_prio=120",
		 true, 11, 12, HU_STATE_SLEEPING},
		{"a:3 [120] D ==> b:4 [120]", true, 3, 4, HU_STATE_UNINTERRUPTIBLE},
		{"", false, 0, 0, 0},
	};
	static struct scene s;

	begin(&s);
	TEST_EACH(i, cases)
	{
		const struct hu_text_event event = {hu_str("sched_switch"), hu_str(cases[i].body),
						    NULL};
		const struct hu_where at = {.ts = 1, .pos = i + 1, .cpu = 0, .tid = 1};
		TEST_CASE("%s", cases[i].body);
		s.rows.count = 0;
		CHECK(hu_text_events_see(s.events, &event, &at) == cases[i].whole);
		hu_sink_flush(s.sink);
		CHECK_INT(s.rows.count, cases[i].whole);
		if (!cases[i].whole || !s.rows.count)
			continue;
		CHECK_INT(s.rows.row[0].as.sw.at.tid, cases[i].tid);
		CHECK_INT(s.rows.row[0].as.sw.next, cases[i].next);
		CHECK_INT(s.rows.row[0].as.sw.state, cases[i].state);
	}
	end(&s);
}

/* Two probes of one name with other fields and places, as a file of two traces has them. */
static void places(void)
{
	static const struct {
		const char *body;
		int64_t address; /* of the lock; -1: no lock event */
	} cases[] = {
		{"(down_write+0x0/0x50) sem=0xffff888000000010", 0x10},
		{"(down_write+0x0/0x50) sem=0xffff888000000020", 0x20},
		{"(down_read+0x0/0x50) caller=vfs_read sem=0xffff888000000030", 0x30},
		{"(down_write+0x0/0x50) sem=0xffff888000000040", 0x40},
		{"(vfs_read+0x0/0x50) sem=0xffff888000000050", -1},
		{"(down_write+0x40/0x50) sem=0xffff888000000060", -1}, /* not on its entry */
		{"(down_write+0x0/0x50) sem=0xffff888000000070", 0x70},
		{"(no place) sem=0xffff888000000080", -1},
		{"(down_write+0x0/0x50 sem=0xffff888000000090", -1},
	};
	static struct scene s;

	begin(&s);
	TEST_EACH(i, cases)
	{
		const struct hu_text_event event = {hu_str("p"), hu_str(cases[i].body), NULL};
		const struct hu_where at = {.ts = 1, .pos = i + 1, .cpu = 0, .tid = 1};
		TEST_CASE("%s", cases[i].body);
		s.rows.count = 0;
		hu_text_events_see(s.events, &event, &at);
		hu_sink_flush(s.sink);
		CHECK_INT(s.rows.count, cases[i].address >= 0);
		if (s.rows.count && cases[i].address >= 0)
			CHECK_INT(s.rows.row[0].as.lock.address & 0xff, cases[i].address);
	}
	end(&s);
}

static hu_stack stack_of(struct hu_ftext_stack *stack, const char *const *frame)
{
	hu_ftext_stack_begin(stack, true);
	for (; *frame; frame++)
		hu_ftext_stack_frame(stack, hu_str(*frame));
	hu_ftext_stack_top(stack);
	return hu_ftext_stack_name(stack);
}

static void stacks(void)
{
	static const char *const shrink[] = {"kprobe_dispatcher", "[FTRACE TRAMPOLINE]",
					     "down_read+0x5/0x50", "shrink_slab", NULL};
	static const char *const other[] = {"kprobe_dispatcher", "[FTRACE TRAMPOLINE]",
					    "down_read+0x5/0x50", "drop_slab", NULL};
	static const char *const shorter[] = {"down_read+0x5/0x50", "shrink_slab", NULL};
	static const char *const torn[] = {"kprobe_dispatcher",	 "[FTRACE TRAMPOLINE]",
					   "down_read+0x5/0x50", "two words",
					   "shrink_slab",	 NULL};
	static const char *const plain[] = {"kprobe_dispatcher", "down_read+0x5/0x50",
					    "shrink_slab", NULL};
	static char long_name[400];
	const char *const far[] = {long_name, "shrink_slab", NULL};
	static struct scene s;

	memset(long_name, 'a', sizeof(long_name) - 1);
	begin(&s);
	struct hu_ftext_stack *stack = hu_ftext_stack_create(s.events);
	TEST_CASE("stacks");
	hu_stack first = stack_of(stack, shrink);
	CHECK(hu_ftext_stack_top(stack)->by == HU_MADE_BY_PROBE);
	CHECK_STR_IS(hu_ftext_stack_top(stack)->function[0], "down_read");
	hu_stack second = stack_of(stack, other);
	CHECK(first && second && first != second);
	CHECK(stack_of(stack, shrink) == first);
	CHECK(hu_ftext_stack_top(stack)->by == HU_MADE_BY_PROBE);
	CHECK(stack_of(stack, other) == second);
	/* the machinery is no part of it, and what is no frame neither; what it says of the event
	 * is another thing */
	CHECK(stack_of(stack, torn) == first);
	hu_stack bare = stack_of(stack, shorter);
	CHECK(hu_ftext_stack_top(stack)->by == HU_MADE_UNKNOWN);
	CHECK(stack_of(stack, plain) == bare);
	CHECK(hu_ftext_stack_top(stack)->by == HU_MADE_BY_PROBE);
	/* too long to be remembered */
	hu_stack third = stack_of(stack, far);
	CHECK(third && third != first);
	CHECK(stack_of(stack, far) == third);
	CHECK(stack_of(stack, shrink) == first);
	/* none of the last one's frames are left */
	hu_ftext_stack_begin(stack, true);
	CHECK_INT(hu_ftext_stack_name(stack), 0);
	hu_ftext_stack_destroy(stack);
	end(&s);
}

/* More different ones than there is room for. */
static void many(void)
{
	static struct scene s;
	char text[64];

	begin(&s);
	struct hu_ftext_stack *stack = hu_ftext_stack_create(s.events);
	const char *const frames[] = {"shrink_slab", text, NULL};
	TEST_CASE("many stacks");
	snprintf(text, sizeof(text), "f0");
	hu_stack first = stack_of(stack, frames), last = first;
	bool differ = true;
	for (int i = 1; i < 20000; i++) {
		snprintf(text, sizeof(text), "f%d", i);
		hu_stack name = stack_of(stack, frames);
		differ &= name && name != last;
		last = name;
	}
	CHECK(differ);
	CHECK(stack_of(stack, frames) == last);
	snprintf(text, sizeof(text), "f0");
	CHECK(stack_of(stack, frames) == first);
	hu_ftext_stack_destroy(stack);
	end(&s);
}

int main(void)
{
	lines();
	forms();
	places();
	stacks();
	many();
	return test_end();
}
