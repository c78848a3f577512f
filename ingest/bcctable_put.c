/*
 * Records to rows. A description says which words a record becomes; what of it is missing in this
 * line leaves the row out, or the column NULL.
 */
#include "ingest/bcctable.h"
#include "ingest/errname.h"

#include <string.h>

static hu_name name_of(struct hu_bcctable *r, const struct hu_tool_values *v,
		       enum hu_tool_role role)
{
	return v->set[role] ? hu_intern(r->to, hu_out_view(&v->text[role])) : 0;
}

/*
 * Where the kernel's part of a stack may end: tools print user frames behind it without a mark.
 * Faults and interrupts nest, so the last of these counts.
 */
static bool is_outermost(struct hu_str symbol)
{
	static const char *const starts[] = {
		"entry_SYSCALL", "entry_INT80",	     "entry_SYSENTER",	  "ret_from_fork",
		"asm_exc_",	 "asm_sysvec_",	     "asm_common_",	  "el0t_",
		"el0_svc",	 "ret_fast_syscall", "system_call",	  "tracesys",
		"sysenter_",	 "page_fault",	     "int_ret_from_",	  "secondary_startup",
		"start_kernel",	 "x86_64_start_",    "cpu_startup_entry", NULL,
	};

	for (const char *const *s = starts; *s; s++)
		if (hu_str_starts(symbol, *s))
			return true;
	return false;
}

/* The tool's own program, on top of what it looked at. */
static bool is_probe(struct hu_str symbol)
{
	return hu_str_starts(symbol, "bpf_prog_") || hu_str_starts(symbol, "bpf_trace_run") ||
	       hu_str_starts(symbol, "bpf_trampoline_") || hu_str_starts(symbol, "bpf_get_stack");
}

static hu_stack stack_of(struct hu_bcctable *r, const struct hu_tool_values *v, int side)
{
	enum { FRAMES_MAX = 512 };
	struct {
		hu_name symbol, module;
	} frame[FRAMES_MAX];
	struct hu_str rest = hu_out_view(&v->frames[side]), line;
	size_t n = 0, own = 0;

	while (n < FRAMES_MAX && hu_str_line(&rest, &line)) {
		struct hu_str symbol = hu_str_split(&line, '\t');
		if (!n && is_probe(symbol))
			continue;
		frame[n].symbol = hu_intern(r->to, symbol);
		frame[n++].module = hu_intern(r->to, line);
		if (is_outermost(symbol))
			own = n;
	}
	r->user_frames += own ? n - own : 0;
	n = own ? own : n;
	hu_stack stack = 0;
	while (n-- > 0)
		stack = hu_push_frame(r->to, stack, frame[n].symbol, frame[n].module);
	return stack;
}

static int32_t number32(const struct hu_tool_values *v, enum hu_tool_role role)
{
	if (!v->set[role] || v->number[role] < 0 || v->number[role] > INT32_MAX)
		return HU_NONE;
	return (int32_t)v->number[role];
}

static struct hu_where where(struct hu_bcctable *r, const struct hu_tool_values *v, hu_stack stack)
{
	int32_t tid = number32(v, HU_ROLE_TID);

	/* These tools' PID is the thread group: the same for kernel threads and whoever has one
	 * thread. */
	if (tid == HU_NONE && v->set[HU_ROLE_PID]) {
		tid = number32(v, HU_ROLE_PID);
		if (!r->told_pid)
			hu_put_fact(r->to, "printed.tid", hu_str("from pid"));
		r->told_pid = true;
	}
	return (struct hu_where){v->ts, v->pos, number32(v, HU_ROLE_CPU),
				 tid,	stack,	HU_CTX_UNKNOWN};
}

/* What was timed: a function, or the call that the line spells. */
static hu_name function_of(struct hu_bcctable *r, const struct hu_tool_values *v)
{
	struct hu_str call = hu_out_view(&v->text[HU_ROLE_CALL]);

	if (v->set[HU_ROLE_FUNCTION] || !v->set[HU_ROLE_CALL])
		return name_of(r, v, HU_ROLE_FUNCTION);
	return hu_intern(r->to, hu_str_split(&call, '('));
}

/* Names of tasks for rows that have no place for one: once per task and name. */
static void name_task(struct hu_bcctable *r, const struct hu_tool_values *v,
		      const struct hu_where *at)
{
	hu_name comm = name_of(r, v, HU_ROLE_COMM);

	if (!comm || at->tid < 0)
		return;
	size_t slot = (size_t)at->tid % HU_BCCTABLE_NAMED;
	if (r->named[slot].tid == at->tid && r->named[slot].comm == comm)
		return;
	r->named[slot].tid = at->tid;
	r->named[slot].comm = comm;
	struct hu_task task = {
		.at = *at,
		.tgid = v->set[HU_ROLE_PID] ? number32(v, HU_ROLE_PID) : HU_NONE,
		.parent = HU_NONE,
		.step = HU_TASK_NAMED,
		.comm = comm,
	};
	task.at.stack = 0;
	hu_put_task(r->to, &task);
}

static bool put_span(struct hu_bcctable *r, const struct hu_tool_put *put,
		     const struct hu_tool_values *v)
{
	if (!v->set[put->duration] || v->ns[put->duration] == HU_OPEN)
		return false;
	struct hu_span span = {
		.at = where(r, v, stack_of(r, v, 0)),
		.duration = v->ns[put->duration],
		.comm = name_of(r, v, HU_ROLE_COMM),
		.function = function_of(r, v),
		.name = name_of(r, v, HU_ROLE_LOCK),
	};
	if (v->set[HU_ROLE_ADDRESS])
		memcpy(&span.address, &v->number[HU_ROLE_ADDRESS], sizeof(span.address));
	hu_tool_template(put->label, v, &r->text);
	span.label = hu_intern(r->to, hu_out_view(&r->text));
	if (span.address)
		span.known |= HU_KNOWS_ADDRESS;
	if (span.name)
		span.known |= HU_KNOWS_NAME;
	if (put->checks_result)
		span.known |= HU_KNOWS_RESULT;
	hu_put_span(r->to, &span);
	return true;
}

static hu_name short_unit(struct hu_bcctable *r, const struct hu_tool_values *v)
{
	static const char *const names[] = {[0] = "ns", [3] = "us", [6] = "ms", [9] = "s"};

	if (!v->set[HU_ROLE_UNIT])
		return 0;
	int digits = hu_tool_unit(hu_out_view(&v->text[HU_ROLE_UNIT]));
	return digits < 0 ? name_of(r, v, HU_ROLE_UNIT) : hu_internz(r->to, names[digits]);
}

static bool put_aggregate(struct hu_bcctable *r, const struct hu_tool_put *put,
			  const struct hu_tool_values *v)
{
	struct hu_aggregate row = {.ts = v->ts,
				   .pos = v->pos,
				   .low = v->low,
				   .high = v->high,
				   .count = HU_UNCOUNTED,
				   .total = HU_NONE};

	if (v->low != HU_OPEN) { /* a bucket */
		row.count = v->number[HU_ROLE_COUNT];
		row.unit = short_unit(r, v);
	}
	if (put->count && v->set[put->count])
		row.count = v->number[put->count];
	if (put->total && v->set[put->total]) {
		bool time = v->ns[put->total] != HU_OPEN;
		row.total = time ? v->ns[put->total] : v->number[put->total];
		row.unit = time ? hu_internz(r->to, "ns") : short_unit(r, v);
	}
	if (row.count == HU_UNCOUNTED && row.total == HU_NONE)
		return false;
	hu_tool_template(put->label, v, &r->text);
	row.table = hu_intern(r->to, hu_out_view(&r->text));
	hu_tool_key(put, v, &r->key);
	row.key = hu_intern(r->to, hu_out_view(&r->key));
	hu_put_aggregate(r->to, &row);
	return true;
}

static bool put_snapshot(struct hu_bcctable *r, const struct hu_tool_put *put,
			 const struct hu_tool_values *v)
{
	struct hu_snapshot snap = {
		.at = where(r, v, stack_of(r, v, 0)),
		.blocker = HU_NONE,
		.kind = HU_SNAP_STACK,
		.comm = name_of(r, v, HU_ROLE_COMM),
	};

	if (!snap.at.stack)
		return false;
	if (v->set[put->duration] && v->ns[put->duration] != HU_OPEN)
		snap.blocked = v->ns[put->duration];
	hu_tool_template(put->label, v, &r->text);
	snap.text = hu_intern(r->to, hu_out_view(&r->text));
	hu_put_snapshot(r->to, &snap);
	return true;
}

/* So many samples with this stack. */
static bool put_samples(struct hu_bcctable *r, const struct hu_tool_put *put,
			const struct hu_tool_values *v)
{
	struct hu_sample sample = {.at = where(r, v, stack_of(r, v, 0)), .period = HU_NONE};
	int64_t times = put->count && v->set[put->count] ? v->number[put->count] : 1;

	if (times < 1)
		return false;
	name_task(r, v, &sample.at);
	hu_tool_template(put->label, v, &r->text);
	sample.event = hu_intern(r->to, hu_out_view(&r->text));
	if (v->set[HU_ROLE_RATE] && v->number[HU_ROLE_RATE] > 0)
		sample.period = HU_NS_PER_S / v->number[HU_ROLE_RATE];
	for (; times && r->samples < HU_BCCTABLE_SAMPLES; times--, r->samples++)
		hu_put_sample(r->to, &sample);
	r->samples_left_out += (uint64_t)times;
	return true;
}

static bool put_io(struct hu_bcctable *r, const struct hu_tool_put *put,
		   const struct hu_tool_values *v)
{
	struct hu_io io = {.at = where(r, v, 0), .bytes = HU_NONE, .step = HU_BEGIN};
	hu_ns duration = v->set[put->duration] ? v->ns[put->duration] : HU_OPEN;

	if (!v->set[HU_ROLE_SECTOR] || v->number[HU_ROLE_SECTOR] < 0)
		return false;
	name_task(r, v, &io.at);
	io.sector = (uint64_t)v->number[HU_ROLE_SECTOR];
	if (v->set[HU_ROLE_BYTES])
		io.bytes = v->number[HU_ROLE_BYTES];
	io.kind = name_of(r, v, HU_ROLE_KIND);
	hu_ns end = io.at.ts;
	if (end != HU_OPEN && duration != HU_OPEN &&
	    !__builtin_sub_overflow(end, duration, &io.at.ts))
		hu_put_io(r->to, &io);
	io.at.ts = end;
	io.step = HU_END;
	io.at.tid = HU_NONE; /* whose context completed it, the table does not say */
	hu_put_io(r->to, &io);
	return true;
}

/* "-ENOENT", "ENOENT", "-2" */
static bool error_number(struct hu_str text, int64_t *ret)
{
	if (hu_str_i64(text, ret))
		return true;
	if (hu_str_starts(text, "0x")) {
		uint64_t n;
		if (!hu_str_u64(text, 16, &n))
			return false;
		memcpy(ret, &n, sizeof(n));
		return true;
	}
	return hu_errname_number(hu_str_starts(text, "-") ? hu_str_skip(text, 1) : text, ret);
}

/* "umount("/mnt", 0x0) = 0" */
static bool put_syscall(struct hu_bcctable *r, const struct hu_tool_put *put,
			const struct hu_tool_values *v)
{
	struct hu_str call = hu_out_view(&v->text[HU_ROLE_CALL]), rest = call;
	hu_ns duration = v->set[put->duration] ? v->ns[put->duration] : HU_OPEN;
	struct hu_str name = hu_str_trim(hu_str_split(&rest, '(')), arguments, result;
	size_t equals = rest.len;

	while (equals > 2 && (rest.at[equals - 1] != '=' || rest.at[equals - 2] != ' '))
		equals--;
	if (v->set[HU_ROLE_CALL]) {
		if (!name.len || equals <= 2)
			return false;
		arguments = hu_str_trim((struct hu_str){rest.at, equals - 2});
		if (arguments.len && arguments.at[arguments.len - 1] == ')')
			arguments.len--;
		result = hu_str_trim(hu_str_skip(rest, equals));
	} else {
		if (!v->set[HU_ROLE_FUNCTION] || !v->set[HU_ROLE_RESULT])
			return false;
		name = hu_out_view(&v->text[HU_ROLE_FUNCTION]);
		arguments = hu_out_view(&v->text[HU_ROLE_DETAIL]);
		if (!v->set[HU_ROLE_DETAIL])
			arguments.len = 0;
		result = hu_out_view(&v->text[HU_ROLE_RESULT]);
	}
	struct hu_syscall row = {.at = where(r, v, 0), .number = HU_NONE, .step = HU_BEGIN};
	hu_ns end = row.at.ts;
	name_task(r, v, &row.at);
	row.name = hu_intern(r->to, name);
	row.detail = hu_intern(r->to, arguments);
	if (end != HU_OPEN && duration != HU_OPEN &&
	    !__builtin_sub_overflow(end, duration, &row.at.ts))
		hu_put_syscall(r->to, &row);
	row.at.ts = end;
	row.step = HU_END;
	if (!error_number(result, &row.result))
		return false;
	hu_put_syscall(r->to, &row);
	return true;
}

void hu_bcctable_take(void *with, const struct hu_tool *table, const struct hu_tool_put *put,
		      const struct hu_tool_values *v)
{
	struct hu_bcctable *r = with;
	bool used = false;

	switch (put->word) {
	case HU_PUT_SPAN:
		used = put_span(r, put, v);
		break;
	case HU_PUT_AGGREGATE:
		used = put_aggregate(r, put, v);
		break;
	case HU_PUT_SNAPSHOT:
		used = put_snapshot(r, put, v);
		break;
	case HU_PUT_SAMPLE:
		used = put_samples(r, put, v);
		break;
	case HU_PUT_IO:
		used = put_io(r, put, v);
		break;
	case HU_PUT_SYSCALL:
		used = put_syscall(r, put, v);
		break;
	case HU_PUT_NOTHING:
		break;
	}
	r->user_frames += v->user_frames;
	size_t i = 0;
	while (i + 1 < HU_BCCTABLE_TOOLS && r->tool[i].table && r->tool[i].table != table)
		i++;
	if (!r->tool[i].table)
		r->tool[i].table = table;
	/* A record may give several rows, and is counted once. */
	if (used && r->tool[i].pos != v->pos) {
		r->tool[i].used++;
		r->tool[i].pos = v->pos;
	}
}
