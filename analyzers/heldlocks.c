/*
 * Who holds what by lockdep's own lists in the kernel log. Rare, because distributions build no
 * lockdep, and then the best witness there is: a list of some dozen rows.
 */
#include "analyzers/hung.h"

#include <stdlib.h>
#include <string.h>

/* A row of lockdep's list: "COMM/TID ADDRESS NAME at FUNCTION" (docs/formats/kernel-log.md). */
struct listed {
	const char *comm, *address, *function;
	int32_t tid;
	bool last; /* of this task's: the one that a blocked task waits for */
	struct hu_ref ref;
};
typedef HU_VEC(struct listed) listing;

static bool parse_listed(struct hu_model *m, struct hu_str key, struct listed *ret)
{
	struct hu_str rest = key;
	int64_t tid;

	/* A name may have blanks and slashes in it: the last one before an address counts. */
	for (size_t at = 0; at < key.len; at++) {
		uint64_t address;
		if (key.at[at] != '/')
			continue;
		rest = hu_str_skip(key, at + 1);
		struct hu_str number = hu_str_split(&rest, ' '), word = hu_str_split(&rest, ' ');
		if (!hu_str_i64(number, &tid) || tid <= 0 || tid > INT32_MAX ||
		    !hu_str_u64(word, 16, &address))
			continue;
		ptrdiff_t in = hu_str_find(rest, " at ");
		ret->comm = hu_model_string(m, (struct hu_str){key.at, at});
		ret->tid = (int32_t)tid;
		ret->address = hu_model_string(m, word);
		ret->function =
			in < 0 ? NULL : hu_model_string(m, hu_str_skip(rest, (size_t)in + 4));
		return ret->comm && ret->address;
	}
	return false;
}

/* The wait of that task which a report or a list told of. */
static const struct hu_wait *wait_of(const struct hu_model *m, int32_t tid)
{
	for (size_t i = 0; i < m->waits.count; i++)
		if (m->waits.at[i].tid == tid && m->waits.at[i].begin.table &&
		    !strcmp(m->waits.at[i].begin.table, "snapshot"))
			return &m->waits.at[i];
	return NULL;
}

/* Whether the row is what that task waits for: lockdep lists a lock before it is had. */
static bool awaited(struct hu_model *m, const struct listed *row)
{
	const struct hu_wait *w = row->last ? wait_of(m, row->tid) : NULL;

	if (!w)
		return false;
	const char *frame = hu_stack_facts(&m->stacks, w->stack)->lock_frame;
	return !row->function || !frame || hu_symbol_is(row->function, frame) ||
	       hu_symbol_is(frame, row->function);
}

/* A task's locks may be listed twice: under its report, and among those of all tasks. */
static bool told(const struct hu_model *m, int32_t tid, const struct hu_wait *w)
{
	for (size_t i = 0; i < m->holds.count; i++) {
		const struct hu_hold *h = &m->holds.at[i];
		if (h->tid == tid && h->how == HU_RECORDED_OWNER && h->from == w->from &&
		    h->to == w->to && hu_lock_same(h->lock, w->lock))
			return true;
	}
	return false;
}

/* Who has what a waiting task wants, by lockdep's own list: the kernel recorded the owner. */
static void lockdep_owners(struct hu_model *m, const listing *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		const struct listed *want = &rows->at[i];
		if (!awaited(m, want))
			continue;
		const struct hu_wait w = *wait_of(m, want->tid);
		for (size_t k = 0; k < rows->count; k++) {
			const struct listed *have = &rows->at[k];
			if (have->tid == want->tid || have->address != want->address ||
			    have->ref.source != want->ref.source || awaited(m, have))
				continue;
			if (told(m, have->tid, &w))
				continue;
			const struct hu_hold h = {.lock = w.lock,
						  .tid = have->tid,
						  .comm = have->comm,
						  .type = w.type,
						  .from = w.from,
						  .to = w.to,
						  .open = true,
						  .timed = w.timed,
						  .duration = w.duration,
						  .how = HU_RECORDED_OWNER,
						  .begin = have->ref,
						  .end = have->ref};
			HU_PUSH_MUCH(m, &m->holds, h);
		}
	}
}

struct hu_err *hu_held_locks(struct hu_model *m)
{
	listing rows = {0};
	struct hu_rows *r = hu_rows_open(
		m->store, "SELECT g.rowid, k.text, a.source, a.pos FROM aggregate AS a "
			  "JOIN message AS g ON g.source = a.source AND g.pos = a.pos "
			  "JOIN name AS t ON t.id = a.\"table\" JOIN name AS k ON k.id = a.key "
			  "WHERE t.text = 'locks held' ORDER BY a.source, a.rowid");

	while (hu_rows_next(r)) {
		struct listed row = {.last = true,
				     .ref = {"message", hu_rows_int(r, 0), hu_rows_int(r, 2),
					     hu_rows_int(r, 3)}};
		if (!parse_listed(m, hu_rows_str(r, 1), &row))
			continue;
		if (rows.count && rows.at[rows.count - 1].tid == row.tid &&
		    rows.at[rows.count - 1].ref.source == row.ref.source)
			rows.at[rows.count - 1].last = false;
		HU_PUSH(&rows, row);
	}
	struct hu_err *err = hu_rows_close(r);
	if (!err)
		lockdep_owners(m, &rows);
	free(rows.at);
	return err;
}
