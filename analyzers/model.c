/* The model's own memory: strings, names of tasks and locks, and who was in a traced operation
 * when. */
#include "analyzers/model.h"
#include "db/bisect.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

void *hu_vec_grow(void *at, size_t *cap, size_t need, size_t size)
{
	size_t want = *cap ? *cap * 2 : 64;

	if (want < need)
		want = need;
	*cap = want;
	return hu_realloc(at, want * size);
}

const char *hu_how_name(enum hu_how how)
{
	static const char *const names[] = {"observed", "handed_over", "recorded_owner",
					    "overlapping", "signature"};

	return names[how];
}

hu_ns hu_overlap(hu_ns a_from, hu_ns a_to, hu_ns b_from, hu_ns b_to)
{
	hu_ns from = a_from > b_from ? a_from : b_from, to = a_to < b_to ? a_to : b_to;

	return to > from ? to - from : 0;
}

bool hu_glob(const char *pattern, const char *text)
{
	return fnmatch(pattern, text, 0) == 0;
}

bool hu_lock_same(struct hu_lock_id a, struct hu_lock_id b)
{
	if (a.address && b.address)
		return a.address == b.address;
	return a.name && a.name == b.name;
}

int64_t hu_model_source(const struct hu_ref *begin, const struct hu_ref *end)
{
	return begin->table ? begin->source : end->source;
}

int64_t hu_model_together(const struct hu_model *m, int64_t source)
{
	for (size_t i = 0; i < m->recorded.count; i++)
		if (m->recorded.at[i].source == source)
			return m->recorded.at[i].together;
	return source;
}

bool hu_lock_hashed(struct hu_lock_id a)
{
	return !a.address && a.name && !strncmp(a.name, "hashed ", 7);
}

bool hu_lock_described(struct hu_lock_id a)
{
	return a.name && !strncmp(a.name, "a lock ", 7);
}

bool hu_lock_unknown(struct hu_lock_id a)
{
	return !a.address && !a.name;
}

const char *hu_model_string(struct hu_model *m, struct hu_str text)
{
	size_t from = 0, to = m->strings.count;

	if (!text.len)
		return NULL;
	while (from < to) {
		size_t mid = from + (to - from) / 2;
		struct hu_str have = hu_str(m->strings.at[mid]);
		size_t n = have.len < text.len ? have.len : text.len;
		int order = memcmp(have.at, text.at, n);
		if (!order)
			order = have.len < text.len ? -1 : have.len > text.len;
		if (!order)
			return m->strings.at[mid];
		if (order < 0)
			from = mid + 1;
		else
			to = mid;
	}
	HU_PUSH(&m->strings, (char *)NULL);
	memmove(&m->strings.at[from + 1], &m->strings.at[from],
		sizeof(char *) * (m->strings.count - 1 - from));
	return m->strings.at[from] = hu_strdup(text);
}

/* The last of `tid` that began at `at` or before, else its first. */
static const struct hu_comm *comm_of(const struct hu_model *m, int32_t tid, hu_ns at)
{
	size_t a;

	HU_BISECT(a, 0, m->comm_count,
		  m->comms[a].tid < tid || (m->comms[a].tid == tid && m->comms[a].at <= at));
	if (a && m->comms[a - 1].tid == tid)
		return &m->comms[a - 1];
	return a < m->comm_count && m->comms[a].tid == tid ? &m->comms[a] : NULL;
}

const char *hu_model_comm_at(struct hu_model *m, int32_t tid, hu_ns at)
{
	const struct hu_comm *hit = comm_of(m, tid, at);

	if (hit)
		return hit->comm;
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	if (tid == 0)
		hu_out_puts(&text, "swapper");
	else if (tid < 0)
		hu_out_puts(&text, "an unknown task");
	else
		hu_out_printf(&text, "tid %d", tid);
	return hu_model_string(m, hu_out_view(&text));
}

const char *hu_model_name(struct hu_model *m, int64_t id)
{
	/* No file has as many names: the ids of a store are a stranger's. */
	enum { NAMES = 1 << 24 };
	static const char none[] = "";

	if (id <= 0 || id > NAMES)
		return NULL;
	while (m->names.count <= (size_t)id)
		HU_PUSH(&m->names, NULL);
	if (!m->names.at[id]) {
		struct hu_rows *rows =
			hu_rows_open(m->store, "SELECT text FROM name WHERE id = ?1");
		hu_rows_bind_int(rows, 1, id);
		const char *text =
			hu_rows_next(rows) ? hu_model_string(m, hu_rows_str(rows, 0)) : NULL;
		m->names.at[id] = text ? text : none;
		hu_err_free(hu_rows_close(rows));
	}
	return m->names.at[id] == none ? NULL : m->names.at[id];
}

const char *hu_model_comm(struct hu_model *m, int32_t tid)
{
	return hu_model_comm_at(m, tid, INT64_MAX);
}

struct hu_lock_id hu_model_lock(struct hu_model *m, uint64_t address, const char *name)
{
	size_t from = 0, to = m->locks.count;

	/* Sorted as SQLite sorts: as signed numbers. */
	while (address && from < to) {
		size_t mid = from + (to - from) / 2;
		if (m->locks.at[mid].address == address)
			return m->locks.at[mid];
		if ((int64_t)m->locks.at[mid].address < (int64_t)address)
			from = mid + 1;
		else
			to = mid;
	}
	return (struct hu_lock_id){address, name};
}

hu_ns hu_model_covered(const struct hu_model *m, int32_t tid, hu_ns from, hu_ns to)
{
	size_t a;
	hu_ns ns = 0;

	/* One task's operations follow one another, so their ends are in order, too. */
	HU_BISECT(a, 0, m->traced.count,
		  m->traced.at[a].tid < tid ||
			  (m->traced.at[a].tid == tid && m->traced.at[a].to <= from));
	for (; a < m->traced.count && m->traced.at[a].tid == tid && m->traced.at[a].from < to; a++)
		ns += hu_overlap(m->traced.at[a].from, m->traced.at[a].to, from, to);
	return ns;
}

void hu_model_deinit(struct hu_model *m)
{
	for (size_t i = 0; i < m->strings.count; i++)
		free(m->strings.at[i]);
	free(m->names.at);
	free(m->strings.at);
	hu_spill_drop(m->spill, m->ops.at);
	hu_spill_drop(m->spill, m->sleeps.at);
	hu_spill_drop(m->spill, m->waits.at);
	hu_spill_drop(m->spill, m->holds.at);
	hu_spill_drop(m->spill, m->naps.at);
	free(m->returning.at);
	free(m->surveyed.at);
	free(m->born.at);
	free(m->died.at);
	hu_spill_drop(m->spill, m->holds_by_lock.at);
	hu_spill_drop(m->spill, m->waits_by_lock.at);
	hu_spill_drop(m->spill, m->times.at);
	hu_spill_drop(m->spill, m->scans.at);
	hu_spill_drop(m->spill, m->sessions.at);
	hu_spill_drop(m->spill, m->handovers.at);
	free(m->lost.at);
	hu_spill_drop(m->spill, m->traced.at);
	free(m->recorded.at);
	free(m->hash_votes.at);
	free(m->swept.at);
	free(m->locks.at);
	free(m->failed_tids.at);
	free(m->uses.at);
	hu_table_deinit(&m->uses_table);
	free(m->comms);
	hu_stacks_deinit(&m->stacks);
	hu_spill_free(m->spill);
	free(m->folder);
	*m = (struct hu_model){0};
}
