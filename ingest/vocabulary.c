/*
 * Kernel events to the words of db/words.h: the frame around the table. Every record of a capture
 * comes through hu_vocabulary_see(), so nothing in here looks at a name per record: names are
 * matched once per event type, and what a record needs is an index.
 */
#include "ingest/vocabulary_private.h"

#include <stdlib.h>
#include <string.h>

enum { TID_MAX = 1 << 22 }; /* PID_MAX_LIMIT, include/linux/threads.h */

static const struct hu_meaning *const table[] = {
	hu_meanings_sched,   hu_meanings_lock,	hu_meanings_mm,
	hu_meanings_syscall, hu_meanings_block, hu_meanings_tracers,
};

static bool matches(const char *pattern, struct hu_str name)
{
	size_t len = strlen(pattern);

	if (pattern[len - 1] == '*')
		return name.len > len - 1 && !memcmp(name.at, pattern, len - 1);
	return hu_str_is(name, pattern);
}

static const struct hu_meaning *meaning_of(struct hu_str name)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		for (const struct hu_meaning *m = table[i]; m->event; m++)
			if (matches(m->event, name))
				return m;
	return NULL;
}

/* The first of "new|old" that the event has; -1. */
static int field_of(const struct hu_event_type *type, const char *names)
{
	struct hu_str left = hu_str(names);

	while (left.len) {
		struct hu_str name = hu_str_split(&left, '|');
		for (size_t i = 0; i < type->fields; i++)
			if (hu_str_eq(type->field[i].name, name))
				return (int)i;
	}
	return -1;
}

struct hu_vocabulary *hu_vocabulary_create(struct hu_sink *to, const struct hu_resolver *resolver)
{
	struct hu_vocabulary *v = hu_alloc(sizeof(*v));

	v->to = to;
	v->resolver = *resolver;
	return v;
}

void hu_vocabulary_destroy(struct hu_vocabulary *v)
{
	if (!v)
		return;
	while (v->kinds) {
		struct hu_event_kind *kind = v->kinds;
		v->kinds = kind->next;
		free(kind->event);
		free(kind);
	}
	for (size_t i = 0; i < v->task_room; i++)
		free(v->task[i].entered);
	free(v->nobody.entered);
	free(v->task);
	free(v->address);
	free(v->saved);
	hu_probe_deinit(v);
	free(v);
}

struct hu_event_kind *hu_vocabulary_add(struct hu_vocabulary *v, const struct hu_event_type *type)
{
	struct hu_event_kind *kind = hu_alloc(sizeof(*kind));

	kind->event = hu_strdup(type->name);
	kind->next = v->kinds;
	v->kinds = kind;
	v->kind_count++;
	for (int i = 0; i < HU_SLOTS; i++)
		kind->slot[i] = -1;
	if (hu_probe_bind(kind, type))
		return kind;
	kind->means = meaning_of(type->name);
	if (!kind->means)
		return kind;
	for (int i = 0; i < HU_SLOTS && kind->means->slot[i]; i++)
		kind->slot[i] = field_of(type, kind->means->slot[i]);
	kind->old_states = hu_switch_states_are_old(type->print);
	hu_syscall_bind(v, kind, type);
	return kind;
}

bool hu_vocabulary_uses(const struct hu_event_kind *kind)
{
	return kind->means;
}

void hu_vocabulary_count(struct hu_event_kind *kind)
{
	kind->count++;
}

void hu_vocabulary_took(struct hu_event_kind *kind)
{
	kind->count++;
	kind->used++;
}

void hu_vocabulary_see(struct hu_vocabulary *v, struct hu_event_kind *kind,
		       struct hu_event_view *view)
{
	kind->count++;
	if (kind->means)
		kind->means->see(v, kind, view);
}

void hu_vocabulary_gap(struct hu_vocabulary *v)
{
	v->epoch++;
}

/* Tasks. */

static size_t spread(uint64_t key, size_t room)
{
	return (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (room - 1);
}

static void grow_tasks(struct hu_vocabulary *v)
{
	size_t room = v->task_room ? v->task_room * 2 : 256;
	struct hu_task_state *grown = hu_alloc(room * sizeof(*grown));

	for (size_t i = 0; i < room; i++)
		grown[i].tid = -1;
	for (size_t i = 0; i < v->task_room; i++) {
		if (v->task[i].tid < 0)
			continue;
		size_t at = spread((uint32_t)v->task[i].tid, room);
		while (grown[at].tid >= 0)
			at = (at + 1) & (room - 1);
		grown[at] = v->task[i];
	}
	free(v->task);
	v->task = grown;
	v->task_room = room;
}

struct hu_task_state *hu_vocabulary_task(struct hu_vocabulary *v, int32_t tid)
{
	if (tid < 0 || tid > TID_MAX) {
		v->nobody.depth = 0;
		v->nobody.named = false;
		return &v->nobody;
	}
	if (v->tasks * 2 >= v->task_room)
		grow_tasks(v);
	size_t at = spread((uint32_t)tid, v->task_room);
	while (v->task[at].tid >= 0 && v->task[at].tid != tid)
		at = (at + 1) & (v->task_room - 1);
	if (v->task[at].tid < 0) {
		v->task[at] = (struct hu_task_state){.tid = tid};
		v->tasks++;
	}
	return &v->task[at];
}

static bool renamed(struct hu_task_state *task, struct hu_str comm)
{
	if (comm.len > sizeof(task->comm))
		comm.len = sizeof(task->comm); /* TASK_COMM_LEN */
	if (task->named && task->comm_len == comm.len && !memcmp(task->comm, comm.at, comm.len))
		return false;
	task->named = true;
	task->comm_len = (unsigned char)comm.len;
	memcpy(task->comm, comm.at, comm.len);
	return true;
}

void hu_vocabulary_comm(struct hu_vocabulary *v, const struct hu_where *at, int32_t tid,
			struct hu_str comm)
{
	if (!comm.len || tid < 0 || tid > TID_MAX)
		return;
	struct hu_task_state *task = hu_vocabulary_task(v, tid);
	/* Every CPU has an idle task of its own, all of them tid 0: "swapper/1" is no change. */
	if (!tid) {
		if (task->named)
			return;
		comm = hu_str("swapper");
	}
	if (!renamed(task, comm))
		return;
	hu_put_task(v->to, &(struct hu_task){
				   .at = {.ts = at->ts, .pos = at->pos, .cpu = at->cpu, .tid = tid},
				   .tgid = HU_NONE,
				   .parent = HU_NONE,
				   .step = HU_TASK_NAMED,
				   .comm = hu_intern(v->to, comm),
			   });
}

void hu_vocabulary_name(struct hu_vocabulary *v, int32_t tid, struct hu_str comm)
{
	if (tid <= 0 || tid > TID_MAX || !comm.len)
		return;
	if (comm.len > sizeof(v->saved->comm))
		comm.len = sizeof(v->saved->comm);
	if ((v->saved_count & (v->saved_count - 1)) == 0)
		v->saved = hu_realloc(v->saved, (v->saved_count ? v->saved_count * 2 : 1) *
							sizeof(*v->saved));
	struct hu_saved_name *name = &v->saved[v->saved_count++];
	*name = (struct hu_saved_name){.tid = tid, .len = (unsigned char)comm.len};
	memcpy(name->comm, comm.at, comm.len);
}

/* Addresses. */

/*
 * What the tracer itself puts on top of a stack: the frames between the hook and ftrace's stack
 * walk. arch/x86/kernel/kprobes, kernel/trace/trace_kprobe.c, include/trace/trace_events.h.
 */
bool hu_vocabulary_is_machinery(struct hu_str name)
{
	static const char *const exact[] = {
		"kprobe_trace_func",
		"kprobe_dispatcher",
		"kprobe_perf_func",
		"kretprobe_dispatcher",
		"kretprobe_trace_func",
		"kretprobe_perf_func",
		"aggr_pre_handler",
		"aggr_post_handler",
		"kprobe_ftrace_handler",
		"pre_handler_kretprobe",
		"kretprobe_rethook_handler",
		"opt_pre_handler",
		"optimized_callback",
		"kprobe_handler",
		"kprobe_int3_handler",
		"ftrace_trampoline",
		"ftrace_call",
		"ftrace_regs_call",
		"ftrace_caller",
		"ftrace_regs_caller",
		"ftrace_ops_assist_func",
		"ftrace_ops_list_func",
		"arch_ftrace_ops_list_func",
		"__ftrace_ops_list_func",
		"fprobe_handler",
		"fprobe_dispatcher",
		"fentry_dispatcher",
		"fexit_dispatcher",
		"ftrace_syscall_enter",
		"ftrace_syscall_exit",
		"perf_syscall_enter",
		"perf_syscall_exit",
		"trace_event_buffer_commit",
		"trace_event_buffer_reserve",
		"trace_buffer_unlock_commit_regs",
		"__ftrace_trace_stack",
		"__trace_stack",
		"ftrace_trace_stack",
		"stack_trace_call",
		"stacktrace_trigger",
		"event_triggers_call",
		"event_triggers_post_call",
		"stack_trace_save",
		"asm_exc_int3",
		"exc_int3",
		"do_int3",
		"int3",
		"dyn_ftrace",
	};
	static const char *const prefixes[] = {
		"trace_event_raw_event_", "__traceiter_",    "perf_trace_",
		"__bpf_trace_",		  "__event_probe__", "lttng_",
		"bpf_trace_run",	  "trace_call_bpf",  "__probestub_"};

	for (size_t i = 0; i < sizeof(exact) / sizeof(exact[0]); i++)
		if (hu_str_is(name, exact[i]))
			return true;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (hu_str_starts(name, prefixes[i]))
			return true;
	return false;
}

static void grow_addresses(struct hu_vocabulary *v)
{
	size_t room = v->address_room ? v->address_room * 2 : 1024;
	struct hu_address *grown = hu_alloc(room * sizeof(*grown));

	for (size_t i = 0; i < v->address_room; i++) {
		if (!v->address[i].address)
			continue;
		size_t at = spread(v->address[i].address, room);
		while (grown[at].address)
			at = (at + 1) & (room - 1);
		grown[at] = v->address[i];
	}
	free(v->address);
	v->address = grown;
	v->address_room = room;
}

struct hu_address *hu_vocabulary_resolve(struct hu_vocabulary *v, uint64_t address)
{
	if (v->addresses * 2 >= v->address_room)
		grow_addresses(v);
	if (!address)
		address = 1; /* nothing lies at either */
	size_t at = spread(address, v->address_room);
	while (v->address[at].address && v->address[at].address != address)
		at = (at + 1) & (v->address_room - 1);
	struct hu_address *found = &v->address[at];
	if (found->address)
		return found;

	struct hu_str name, module;
	uint64_t offset;
	*found = (struct hu_address){.address = address};
	v->addresses++;
	if (v->resolver.find(v->resolver.with, address, &name, &module, &offset)) {
		found->symbol = hu_intern(v->to, name);
		found->module = hu_intern(v->to, module);
		found->machinery = hu_vocabulary_is_machinery(name);
		/* a module's data: what is asked for lies behind the module */
		found->nameless = hu_str_is(name, "__this_module");
	} else {
		found->nameless = true;
		static const char digits[] = "0123456789abcdef";
		char text[18] = "0x";
		size_t len = 2;
		bool any = false;
		for (int shift = 60; shift >= 0; shift -= 4) {
			unsigned digit = address >> shift & 15;
			any |= digit || !shift;
			if (any)
				text[len++] = digits[digit];
		}
		found->symbol = hu_intern(v->to, (struct hu_str){text, len});
	}
	return found;
}

hu_stack hu_vocabulary_stack(struct hu_vocabulary *v, const uint64_t *address, size_t count)
{
	hu_stack stack = 0;
	size_t top = 0;

	while (top < count && hu_vocabulary_resolve(v, address[top])->machinery)
		top++;
	/* Below them is the trampoline that ftrace made at run time; kallsyms has no name for it
	 * unless it was read while the trampoline was there. */
	if (top && top + 1 < count && hu_vocabulary_resolve(v, address[top])->nameless)
		top++;
	for (size_t i = count; i-- > top;) {
		struct hu_address *frame = hu_vocabulary_resolve(v, address[i]);
		stack = hu_push_frame(v->to, stack, frame->symbol, frame->module);
	}
	return stack;
}

/* The end. */

static int by_event(const void *a, const void *b)
{
	const struct hu_event_kind *const *ka = a, *const *kb = b;

	return strcmp((*ka)->event, (*kb)->event);
}

void hu_vocabulary_finish(struct hu_vocabulary *v)
{
	for (size_t i = 0; i < v->saved_count; i++) {
		struct hu_saved_name *saved = &v->saved[i];
		if (!hu_vocabulary_task(v, saved->tid)->named)
			hu_vocabulary_comm(v, &(struct hu_where){.ts = HU_OPEN, .cpu = HU_NONE},
					   saved->tid, (struct hu_str){saved->comm, saved->len});
	}

	struct hu_event_kind **kinds =
		hu_alloc((v->kind_count + 1) * sizeof(struct hu_event_kind *));
	size_t n = 0;
	for (struct hu_event_kind *kind = v->kinds; kind; kind = kind->next)
		kinds[n++] = kind;
	qsort(kinds, n, sizeof(*kinds), by_event);
	for (size_t i = 0; i < n;) {
		uint64_t count = 0, used = 0;
		size_t first = i;
		for (; i < n && !strcmp(kinds[i]->event, kinds[first]->event); i++) {
			count += kinds[i]->count;
			used += kinds[i]->used;
		}
		if (count)
			hu_put_event_count(v->to, hu_str(kinds[first]->event), count, used);
	}
	free(kinds);
	if (v->by_name)
		hu_put_loss(v->to,
			    &(struct hu_gap){.from = HU_OPEN,
					     .to = HU_OPEN,
					     .count = (int64_t)v->by_name,
					     .cpu = HU_NONE,
					     .kind = HU_LOSS_MISSING},
			    "%llu records of probes whose function is known by the event's name "
			    "alone, as perf probe gives it (probe:FUNCTION): no list of kernel "
			    "symbols is there to prove it",
			    (unsigned long long)v->by_name);
	if (v->unresolved)
		hu_put_loss(
			v->to,
			&(struct hu_gap){.from = HU_OPEN,
					 .to = HU_OPEN,
					 .count = (int64_t)v->unresolved,
					 .cpu = HU_NONE,
					 .kind = HU_LOSS_MISSING},
			"%llu records of probes on functions that no symbol in the capture names",
			(unsigned long long)v->unresolved);
}
