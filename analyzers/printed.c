/*
 * What scripts printed: "read lock held, cost=145ms, comm=kswapd0" says nothing of what its script
 * checked, so it is graded by its own record alone (kernel-facts 2 and 3). A printed hold counts as
 * overlapping only if the first frame behind the lock functions is one that takes this lock; a
 * deeper one releases another lock, even with shrink_slab below it.
 */
#include "analyzers/model.h"
#include "analyzers/lockmap.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum meaning { A_WAIT, A_HOLD, A_CALL, NOTHING };

static bool says(struct hu_str label, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= label.len; i++)
		if (!strncasecmp(label.at + i, word, n))
			return true;
	return false;
}

static bool is_acquire(struct hu_str function)
{
	static const char *const names[] = {"down_read",	"down_write", "mutex_lock",
					    "percpu_down_read", "down",	      NULL};

	for (const char *const *n = names; *n; n++)
		if (hu_str_starts(function, *n) && hu_str_find(function, "trylock") < 0)
			return true;
	return false;
}

static enum meaning meaning_of(struct hu_model *m, struct hu_str label, struct hu_str function,
			       hu_stack_id stack)
{
	const struct hu_stack_facts *facts = hu_stack_facts(&m->stacks, stack);

	if (is_acquire(function))
		return A_WAIT;
	if (function.len)
		return A_CALL;
	if (says(label, "wait") || says(label, "blocked") || says(label, "slow lock"))
		return A_WAIT;
	if (says(label, "held") || says(label, "hold"))
		return A_HOLD;
	/* "acquire lock", "kswapd lock": its stack decides, and where that is silent, it claims a
	 * hold. */
	if (says(label, "lock"))
		return facts->lock && facts->lock_mode == HU_MODE_WRITE ? A_WAIT : A_HOLD;
	return NOTHING;
}

static bool seen_already(const struct hu_model *m, int32_t tid, hu_ns to, hu_ns duration, bool hold)
{
	/* The same record in two outputs of one script, or in text beside JSON: its end and length
	 * agree to the unit printed. */
	if (to == HU_OPEN || tid < 0)
		return false;
	if (hold) {
		for (size_t i = 0; i < m->holds.count; i++) {
			const struct hu_hold *h = &m->holds.at[i];
			if (h->tid == tid && h->timed && llabs(h->to - to) < 20 * HU_NS_PER_MS &&
			    llabs(h->duration - duration) < 20 * HU_NS_PER_MS + duration / 20)
				return true;
		}
		return false;
	}
	for (size_t i = 0; i < m->waits.count; i++) {
		const struct hu_wait *w = &m->waits.at[i];
		if (w->tid == tid && w->timed && llabs(w->to - to) < 20 * HU_NS_PER_MS &&
		    llabs(w->duration - duration) < 20 * HU_NS_PER_MS + duration / 20)
			return true;
	}
	return false;
}

static bool traced_op_covers(const struct hu_model *m, int32_t tid, hu_ns from, hu_ns to)
{
	return hu_model_covered(m, tid, from, to) > (to - from) / 2;
}

static bool any_traced_op(const struct hu_model *m)
{
	for (size_t i = 0; i < m->ops.count; i++)
		if (!m->ops.at[i].inferred)
			return true;
	return false;
}

struct printed {
	hu_ns to, duration;
	int32_t tid;
	hu_stack_id stack;
	uint64_t address;
	const char *comm, *name;
	struct hu_ref ref;
};

static struct hu_lock_id lock_of(struct hu_model *m, const struct printed *p)
{
	const struct hu_stack_facts *facts = hu_stack_facts(&m->stacks, p->stack);
	struct hu_lock_id id = hu_model_lock(m, p->address, hu_model_string(m, hu_str(p->name)));

	if (!id.name && facts->lock)
		id.name = hu_model_string(m, hu_str(facts->lock));
	return id;
}

static void put_wait(struct hu_model *m, const struct printed *p)
{
	const struct hu_stack_facts *facts = hu_stack_facts(&m->stacks, p->stack);
	bool timed = p->to != HU_OPEN;
	hu_ns from = timed ? p->to - p->duration : 0, to = timed ? p->to : 0;
	struct hu_wait w = {.lock = lock_of(m, p),
			    .tid = p->tid,
			    .comm = p->comm,
			    .mode = facts->lock_mode,
			    .type = facts->lock_type,
			    .from = from,
			    .to = to,
			    .timed = timed,
			    .printed = true,
			    .duration = p->duration,
			    .stack = p->stack,
			    .begin = p->ref,
			    .end = p->ref};

	if (seen_already(m, p->tid, p->to, p->duration, false))
		return;
	HU_PUSH_MUCH(m, &m->waits, w);
	/* Without a time nobody can say which traced call it was; it is surely no further one. */
	if (timed ? traced_op_covers(m, p->tid, from, to) : any_traced_op(m))
		return;
	struct hu_op op = {.name = facts->call ? facts->call : "lock wait",
			   .tid = p->tid,
			   .comm = p->comm,
			   .from = from,
			   .to = to,
			   .timed = timed,
			   .inferred = true,
			   .duration = p->duration,
			   .stack = p->stack,
			   .begin = p->ref,
			   .end = p->ref,
			   .cause = -1};
	HU_PUSH_MUCH(m, &m->ops, op);
}

static void put_hold(struct hu_model *m, const struct printed *p)
{
	const struct hu_stack_facts *facts = hu_stack_facts(&m->stacks, p->stack);
	bool timed = p->to != HU_OPEN;
	struct hu_lock_id claimed =
		hu_model_lock(m, p->address, hu_model_string(m, hu_str(p->name)));
	struct hu_hold h = {.lock = lock_of(m, p),
			    .tid = p->tid,
			    .comm = p->comm,
			    .mode = facts->lock_mode,
			    .type = facts->lock_type,
			    .from = timed ? p->to - p->duration : 0,
			    .to = timed ? p->to : 0,
			    .timed = timed,
			    .duration = p->duration,
			    .how = HU_SIGNATURE,
			    .stack = p->stack,
			    .begin = p->ref,
			    .end = p->ref};

	if (timed && seen_already(m, p->tid, p->to, p->duration, true))
		return;
	if (facts->lock && (!claimed.name || !strcmp(claimed.name, facts->lock)))
		h.how = HU_OVERLAPPING;
	HU_PUSH_MUCH(m, &m->holds, h);
}

/* A function that somebody timed: an operation if its name is one of a call, else only its own
 * business. */
static void put_call(struct hu_model *m, const struct printed *p, struct hu_str function)
{
	if (hu_str_find(function, "mount") < 0 || p->duration < m->options.threshold)
		return;
	bool timed = p->to != HU_OPEN;
	hu_ns from = timed ? p->to - p->duration : 0;
	if (timed ? traced_op_covers(m, p->tid, from, p->to) : any_traced_op(m))
		return;
	struct hu_op op = {.name = hu_str_find(function, "umount") >= 0 ? "umount" : "mount",
			   .tid = p->tid,
			   .comm = p->comm,
			   .from = from,
			   .to = timed ? p->to : 0,
			   .timed = timed,
			   .duration = p->duration,
			   .stack = p->stack,
			   .begin = p->ref,
			   .end = p->ref,
			   .cause = -1};
	HU_PUSH_MUCH(m, &m->ops, op);
}

static struct hu_err *spans(struct hu_model *m)
{
	struct hu_rows *rows = hu_rows_open(
		m->store,
		"SELECT span.rowid, span.ts + s.offset_ns, pos, tid, stack, duration_ns, address, "
		"l.text, c.text, "
		"f.text, n.text, span.source FROM span JOIN source AS s ON s.id = span.source "
		"LEFT JOIN name AS l ON l.id = label LEFT JOIN name AS c ON c.id = span.comm "
		"LEFT JOIN name AS f ON f.id = function LEFT JOIN name AS n ON n.id = span.name "
		"WHERE s.copy_of IS NULL ORDER BY span.source, span.rowid");

	while (hu_rows_next(rows)) {
		struct printed p = {.to = hu_rows_int_or(rows, 1, HU_OPEN),
				    .duration = hu_rows_int(rows, 5),
				    .tid = (int32_t)hu_rows_int_or(rows, 3, HU_NONE),
				    .stack = hu_rows_int(rows, 4),
				    .address = (uint64_t)hu_rows_int(rows, 6),
				    .comm = hu_model_string(m, hu_rows_str(rows, 8)),
				    .name = hu_model_string(m, hu_rows_str(rows, 10)),
				    .ref = {"span", hu_rows_int(rows, 0), hu_rows_int(rows, 11),
					    hu_rows_int(rows, 2)}};
		struct hu_str function = hu_rows_str(rows, 9);
		switch (meaning_of(m, hu_rows_str(rows, 7), function, p.stack)) {
		case A_WAIT:
			put_wait(m, &p);
			break;
		case A_HOLD:
			put_hold(m, &p);
			break;
		case A_CALL:
			put_call(m, &p, function);
			break;
		case NOTHING:
			break;
		}
	}
	return hu_rows_close(rows);
}

/* A call path that somebody pasted: which lock was waited for, without when and for how long. */
static struct hu_err *pasted_paths(struct hu_model *m)
{
	struct hu_rows *rows = hu_rows_open(
		m->store, "SELECT e.rowid, pos, stack, mode, type, address, n.text, "
			  "source, f.text FROM lock_event AS e LEFT JOIN name "
			  "AS n ON n.id = e.name LEFT JOIN name AS f ON f.id = "
			  "e.function WHERE step = 4 AND ts IS NULL AND "
			  "source NOT IN (SELECT id FROM source WHERE copy_of NOTNULL) "
			  "ORDER BY e.source, e.rowid");

	while (hu_rows_next(rows)) {
		hu_stack_id stack = hu_rows_int(rows, 2);
		const struct hu_stack_facts *facts = hu_stack_facts(&m->stacks, stack);
		struct hu_lock_id id = hu_model_lock(m, (uint64_t)hu_rows_int(rows, 5),
						     hu_model_string(m, hu_rows_str(rows, 6)));
		if (!id.name && facts->lock)
			id.name = hu_model_string(m, hu_str(facts->lock));
		struct hu_ref ref = {"lock_event", hu_rows_int(rows, 0), hu_rows_int(rows, 7),
				     hu_rows_int(rows, 1)};
		struct hu_wait w = {.lock = id,
				    .tid = HU_NONE,
				    .mode = (uint32_t)hu_rows_int(rows, 3),
				    .type = (uint32_t)hu_rows_int(rows, 4),
				    .printed = true,
				    .stack = stack,
				    .begin = ref,
				    .end = ref};
		if (!w.mode)
			w.mode = facts->lock_mode;
		if (!w.type)
			w.type = facts->lock_type;
		HU_PUSH_MUCH(m, &m->waits, w);
		struct hu_op op = {.name = facts->call ? facts->call : "lock wait",
				   .tid = HU_NONE,
				   .inferred = true,
				   .stack = stack,
				   .begin = ref,
				   .end = ref,
				   .cause = -1};
		HU_PUSH_MUCH(m, &m->ops, op);
	}
	return hu_rows_close(rows);
}

struct hu_err *hu_printed(struct hu_model *m)
{
	struct hu_err *err = spans(m);

	if (!err)
		err = hu_table_holds(m);
	return err ? err : pasted_paths(m);
}
