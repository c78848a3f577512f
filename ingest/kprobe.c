/*
 * Probes that somebody set on kernel functions. The event's name says nothing ("foo", "p_1"): what
 * was probed is in the record, as an address, and kallsyms says which function that is. Probes on
 * lock functions become lock events; entry and return of any other function become one span.
 *
 * Only where nobody has a list of symbols is the name taken, and only in the group "probe", in
 * which perf probe calls a probe after its function (tools/perf/util/probe-event.c,
 * get_new_event_name()).
 *
 * Captures often filter the entry by one lock's address and cannot filter the return, which has no
 * address: in one of them 220,000 of 230,000 returns belong to locks that nobody asked about. A
 * return without its entry says nothing of which lock it was, so it is only counted.
 */
#include "ingest/kprobe.h"
#include "ingest/vocabulary_private.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 64 };

struct hu_function {
	hu_name name;
	const struct hu_lock_function *lock; /* NULL: an ordinary function */
	bool downgrade;
	bool by_name;	/* of its event */
	bool lied;	/* whose probes of that name lie at different places */
	uint64_t place; /* of the first of them */
	struct hu_function *next;
};

/* "down_write.cold", "super_cache_scan.isra.0": the compiler's variants of one function. */
static struct hu_str bare(struct hu_str name)
{
	struct hu_str left = name;

	struct hu_str first = hu_str_split(&left, '.');
	return first.len ? first : name;
}

static struct hu_function *add_function(struct hu_vocabulary *v, struct hu_str name)
{
	struct hu_function *function = hu_alloc(sizeof(*function));

	function->name = hu_intern(v->to, name);
	function->lock = hu_lock_function(name);
	function->downgrade = hu_str_is(name, "downgrade_write");
	function->next = v->functions;
	v->functions = function;
	return function;
}

/* The function that begins at `address`, give or take the landing pad in front of the probe. */
static struct hu_function *function_at(struct hu_vocabulary *v, struct hu_event_kind *kind,
				       uint64_t address)
{
	struct hu_str name, module;
	uint64_t offset;

	if (kind->last_address == address)
		return kind->last_function;
	struct hu_address *known = hu_vocabulary_resolve(v, address);
	if (!known->asked) {
		known->asked = true;
		/* a probe on the entry sits behind endbr64 (x86) or bti and a nop (arm64) */
		if (v->resolver.find(v->resolver.with, address, &name, &module, &offset) &&
		    offset <= 8) {
			known->function = add_function(v, bare(name));
		}
	}
	kind->last_address = address;
	kind->last_function = known->function;
	return known->function;
}

/* Entry and return have to give one function, and its probes one place. */
static struct hu_function *function_by_name(struct hu_vocabulary *v, struct hu_event_kind *kind,
					    uint64_t address, bool at_return)
{
	struct hu_str name = hu_probe_named_function(hu_str(kind->event), at_return);

	if (!v->resolver.nothing || !kind->perf_probe || !name.len)
		return NULL;
	if (!kind->named) {
		hu_name interned = hu_intern(v->to, name);
		for (struct hu_function *f = v->functions; f && !kind->named; f = f->next)
			if (f->by_name && f->name == interned)
				kind->named = f;
		if (!kind->named) {
			kind->named = add_function(v, name);
			kind->named->by_name = true;
			kind->named->place = address;
		}
	}
	uint64_t place = kind->named->place;
	kind->named->lied |= (place < address ? address - place : place - address) > 8;
	return kind->named->lied ? NULL : kind->named;
}

static struct hu_function *function_of(struct hu_vocabulary *v, struct hu_event_kind *kind,
				       uint64_t address, bool at_return)
{
	struct hu_function *function = function_at(v, kind, address);

	if (!function)
		function = function_by_name(v, kind, address, at_return);
	if (!function)
		v->unresolved++;
	else if (function->by_name)
		v->by_name++;
	return function;
}

void hu_probe_deinit(struct hu_vocabulary *v)
{
	while (v->functions) {
		struct hu_function *function = v->functions;
		v->functions = function->next;
		free(function);
	}
}

/* What is entered and not left. */

static void forget_old(struct hu_vocabulary *v, struct hu_task_state *task)
{
	if (task->epoch == v->epoch)
		return;
	task->epoch = v->epoch;
	task->depth = 0;
}

static void remove_entered(struct hu_task_state *task, uint32_t at)
{
	memmove(&task->entered[at], &task->entered[at + 1],
		(task->depth - at - 1) * sizeof(*task->entered));
	task->depth--;
}

static void enter(struct hu_vocabulary *v, struct hu_function *function,
		  const struct hu_event_view *view, uint64_t address)
{
	struct hu_task_state *task = hu_vocabulary_task(v, view->at.tid);

	forget_old(v, task);
	/* A lock function is not in itself twice: the return of the first was missed. */
	for (uint32_t i = task->depth; function->lock && i-- > 0;)
		if (task->entered[i].function == function &&
		    task->entered[i].context == view->at.context)
			remove_entered(task, i);
	if (task->depth == DEPTH_MAX)
		remove_entered(task, 0);
	if (task->depth == task->room) {
		task->room = task->room ? task->room * 2 : 4;
		task->entered = hu_realloc(task->entered, task->room * sizeof(*task->entered));
	}
	task->entered[task->depth++] = (struct hu_entered){
		.function = function,
		.ts = view->at.ts,
		.stack = view->at.stack,
		.context = view->at.context,
		.address = address,
	};
}

/* The entry that this return belongs to, taken off with all that were entered after it. */
static bool leave(struct hu_vocabulary *v, struct hu_function *function,
		  const struct hu_event_view *view, struct hu_entered *ret)
{
	struct hu_task_state *task = hu_vocabulary_task(v, view->at.tid);

	forget_old(v, task);
	for (uint32_t i = task->depth; i-- > 0;) {
		if (task->entered[i].function != function ||
		    task->entered[i].context != view->at.context)
			continue;
		*ret = task->entered[i];
		task->depth = i;
		return true;
	}
	return false;
}

/* It gives the lock back, so it does not wait for it any more, whatever was missed. */
static void released(struct hu_vocabulary *v, const struct hu_event_view *view, uint64_t address)
{
	struct hu_task_state *task = hu_vocabulary_task(v, view->at.tid);

	forget_old(v, task);
	for (uint32_t i = task->depth; address && i-- > 0;)
		if (task->entered[i].address == address)
			remove_entered(task, i);
}

/* Records. */

enum { PROBED, VALUE };

static bool could_be_lock(const struct hu_vocabulary *v, uint64_t value)
{
	if (v->resolver.x86_64)
		return value >= UINT64_C(0xff00000000000000);
	return value >= 0x10000;
}

static void see_entry(struct hu_vocabulary *v, struct hu_event_kind *kind,
		      struct hu_event_view *view)
{
	uint64_t address, value;

	if (!hu_slot(kind, view, PROBED, &address))
		return;
	struct hu_function *function = function_of(v, kind, address, false);
	if (!function)
		return;
	if (!function->lock) {
		enter(v, function, view, 0);
		kind->used++;
		return;
	}
	struct hu_lock_event row = {
		.at = view->at,
		.step = function->lock->step,
		.mode = function->lock->mode,
		.type = function->lock->type,
		.known = function->by_name ? 0 : HU_KNOWS_MODE,
		.function = function->name,
	};
	if (hu_slot(kind, view, VALUE, &value) && could_be_lock(v, value)) {
		row.address = value;
		row.known |= HU_KNOWS_ADDRESS;
	}
	hu_put_lock(v->to, &row);
	kind->used++;
	if (row.step != HU_LOCK_RELEASE) {
		enter(v, function, view, row.address);
		return;
	}
	released(v, view, row.address);
	if (function->downgrade) { /* from then on it holds the lock for read */
		row.mode = HU_MODE_READ;
		row.step = HU_LOCK_ASK;
		hu_put_lock(v->to, &row);
		row.step = HU_LOCK_RETURNED;
		hu_put_lock(v->to, &row);
	}
}

/* Brings the return value to what HU_KNOWS_RESULT promises; false if there is none. */
static bool result_of(const struct hu_vocabulary *v, const struct hu_lock_function *lock,
		      uint64_t value, int64_t *ret)
{
	switch (lock->result) {
	case HU_RESULT_TRY:
		*ret = (uint32_t)value != 0;
		return true;
	case HU_RESULT_TRY_ZERO:
		*ret = (uint32_t)value == 0;
		return true;
	case HU_RESULT_POINTER: /* IS_ERR_VALUE(): the last 4095 addresses, include/linux/err.h */
		if (v->resolver.long_size == 4)
			value = (uint64_t)(int64_t)(int32_t)value;
		*ret = value >= (uint64_t)-4095 ? (int64_t)value : 0;
		return true;
	case HU_RESULT_ERRNO:
		*ret = (int32_t)value;
		return true;
	default:
		return false;
	}
}

static void see_return(struct hu_vocabulary *v, struct hu_event_kind *kind,
		       struct hu_event_view *view)
{
	struct hu_entered entered;
	uint64_t address, value;

	if (!hu_slot(kind, view, PROBED, &address))
		return;
	struct hu_function *function = function_of(v, kind, address, true);
	if (!function)
		return;
	if (!leave(v, function, view, &entered))
		return;
	kind->used++;
	if (!function->lock) {
		struct hu_span row = {
			.at = view->at,
			.duration = view->at.ts - entered.ts,
			.label = function->name,
			.function = function->name,
		};
		if (entered.stack)
			row.at.stack = entered.stack;
		if (row.duration >= 0)
			hu_put_span(v->to, &row);
		return;
	}
	struct hu_lock_event row = {
		.at = view->at,
		.step = function->lock->step == HU_LOCK_WAIT ? HU_LOCK_WAIT_END : HU_LOCK_RETURNED,
		.mode = function->lock->mode,
		.type = function->lock->type,
		.known = function->by_name ? 0 : HU_KNOWS_MODE,
		.function = function->name,
	};
	if (hu_slot(kind, view, VALUE, &value) && result_of(v, function->lock, value, &row.result))
		row.known |= HU_KNOWS_RESULT;
	hu_put_lock(v->to, &row);
}

static const struct hu_meaning entry_meaning = {"*", see_entry, 0, {"__probe_ip"}};
static const struct hu_meaning return_meaning = {"*", see_return, 0, {"__probe_func"}};

/*
 * Which of the fetched arguments is meant: one that says so by its name, or the only one there is.
 * Names are free, so several unknown ones leave it open.
 */
static int value_field(const struct hu_event_type *type, const char *const *names, size_t count)
{
	int only = -1;
	int numbers = 0;

	for (size_t k = 0; k < count; k++)
		for (size_t i = 0; i < type->fields; i++)
			if (type->field[i].kind == HU_FIELD_NUMBER &&
			    hu_str_is(type->field[i].name, names[k]))
				return (int)i;
	for (size_t i = 0; i < type->fields; i++) {
		if (type->field[i].kind != HU_FIELD_NUMBER ||
		    hu_str_starts(type->field[i].name, "__probe_"))
			continue;
		only = (int)i;
		numbers++;
	}
	return numbers == 1 ? only : -1;
}

/*
 * LTTng's probes have no argument: --probe has "ip" alone, --function "ip" and "parent_ip" in two
 * events that end in _entry and _exit, both with the function's address (lttng-kretprobes.c).
 */
static bool bind_lttng(struct hu_event_kind *kind, const struct hu_event_type *type)
{
	bool both = type->fields == 2 && hu_str_is(type->field[1].name, "parent_ip");

	if (!type->fields || !hu_str_is(type->field[0].name, "ip") ||
	    type->field[0].kind != HU_FIELD_NUMBER)
		return false;
	if (both && hu_str_ends(type->name, "_exit"))
		kind->means = &return_meaning;
	else if (type->fields == 1 || (both && hu_str_ends(type->name, "_entry")))
		kind->means = &entry_meaning;
	else
		return false;
	kind->slot[PROBED] = 0;
	return true;
}

bool hu_probe_bind(struct hu_event_kind *kind, const struct hu_event_type *type)
{
	static const char *const lock_names[] = {
		"sem",	     "rwsem",	 "lock",  "mutex", "rw",   "sema", "rwsem_addr",
		"lock_addr", "sem_addr", "lockp", "lk",	   "arg1", "arg0"};
	static const char *const result_names[] = {"ret", "retval", "rc",  "result",
						   "rv",  "arg1",   "arg0"};

	if (bind_lttng(kind, type))
		return true;
	kind->perf_probe = hu_str_is(type->system, "probe");
	for (size_t i = 0; i < type->fields; i++) {
		if (hu_str_is(type->field[i].name, "__probe_ip")) {
			kind->means = &entry_meaning;
			kind->slot[PROBED] = (int)i;
			kind->slot[VALUE] = value_field(type, lock_names,
							sizeof(lock_names) / sizeof(lock_names[0]));
			return true;
		}
		if (hu_str_is(type->field[i].name, "__probe_func")) {
			kind->means = &return_meaning;
			kind->slot[PROBED] = (int)i;
			kind->slot[VALUE] = value_field(
				type, result_names, sizeof(result_names) / sizeof(result_names[0]));
			return true;
		}
	}
	return false;
}
