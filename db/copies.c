/*
 * Sources that repeat another: `perf script` beside the perf.data that it was made from, a
 * `trace-cmd report`, three dmesg of one boot. Their rows stay, and count in no conclusion.
 *
 * A text made from a capture prints the capture's own stamps. So two sources are compared by the
 * raw stamps of their rows, to the microsecond that texts print, and by task and event; which clock
 * it is does not matter. Two tracers that watched the same event each took a stamp of their own,
 * and are no copies of each other: the analyzers join those as intervals. Logs with wall clock
 * (`dmesg -T`) are compared by text and case time.
 *
 * One pass over each source of a pair, whatever its size: of the smaller a sample is kept in a hash
 * table, the rows of the larger are looked up in it.
 */
#include "db/store_private.h"
#include "db/rows.h"
#include "db/text.h"

#include <stdlib.h>
#include <string.h>

enum { SAMPLE = 1 << 15, SLOTS = 1 << 19, ENOUGH_PERCENT = 98 };

/* What tells rows of one word apart, beside time and task. */
static const struct word {
	const char *table, *extra;
	bool stack;
} words[] = {
	{"switch", "next", true},
	{"wakeup", "target", true},
	{"lock_event", "step", true},
	{"syscall", "step", true},
	{"reclaim", "kind * 4 + step", true},
	{"shrink", "step", true},
	{"io", "step", true},
	{"span", "duration_ns / 1000", true},
	{"sample", "0", true},
	{"message", "name.text", false},
};
enum { WORDS = sizeof(words) / sizeof(words[0]), MESSAGE = WORDS - 1 };

struct candidate {
	int64_t id;
	struct hu_stretch rows[WORDS];
	hu_ns from, to;	    /* raw */
	bool whole_seconds; /* a log with wall clock */
	bool placed;
	hu_ns offset;
	int64_t worth; /* how much is known in it */
	int64_t copy_of;
};

static int64_t one_int(struct hu_store *store, const char *sql, int64_t a, int64_t b)
{
	struct hu_rows *rows = hu_rows_open(store, sql);
	int64_t ret = 0;

	hu_rows_bind_int(rows, 1, a);
	hu_rows_bind_int(rows, 2, b);
	if (hu_rows_next(rows))
		ret = hu_rows_int(rows, 0);
	hu_store_end_rows(store, rows);
	return ret;
}

static uint64_t mix(uint64_t h, uint64_t value)
{
	h = (h ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

static uint64_t key_of(int word, int64_t tid, int64_t extra, int64_t when)
{
	uint64_t h = mix(mix(mix(mix(1, (uint64_t)word), (uint64_t)tid), (uint64_t)extra),
			 (uint64_t)when);
	return h ? h : 1;
}

/* A sample of the smaller source's rows. */
struct sample {
	uint64_t *keys; /* SLOTS; 0: free */
	uint32_t *rows; /* which row of the sample it is a key of */
	bool *met;	/* per row of the sample */
	size_t count, used;
};

static void sample_add(struct sample *s, uint64_t key, uint32_t row)
{
	size_t at = key & (SLOTS - 1);

	if (s->used > SLOTS / 2)
		return;
	while (s->keys[at])
		at = (at + 1) & (SLOTS - 1);
	s->keys[at] = key;
	s->rows[at] = row;
	s->used++;
}

static void sample_meet(struct sample *s, uint64_t key)
{
	for (size_t at = key & (SLOTS - 1); s->keys[at]; at = (at + 1) & (SLOTS - 1))
		if (s->keys[at] == key)
			s->met[s->rows[at]] = true;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* The time in which two sources are compared: raw microseconds, or seconds of case time. */
static int64_t when_of(const struct candidate *c, hu_ns ts, bool seconds)
{
	if (!seconds)
		return floor_div(ts, 1000);
	return __builtin_add_overflow(ts, c->offset, &ts) ? 0 : floor_div(ts, HU_NS_PER_S);
}

static struct hu_rows *open_rows(struct hu_store *store, const struct candidate *c, int word,
				 int64_t step)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};

	hu_out_printf(&sql,
		      "SELECT ts, %s, %s FROM %s WHERE %s.rowid > ?1 AND %s.rowid <= ?2 AND "
		      "ts IS NOT NULL",
		      word == MESSAGE ? "0" : "tid", words[word].extra,
		      word == MESSAGE ? "message JOIN name ON name.id = message.text"
				      : words[word].table,
		      words[word].table, words[word].table);
	if (step > 1)
		hu_out_printf(&sql, " AND %s.rowid %% ?3 = 0", words[word].table);
	struct hu_rows *rows = hu_rows_open(store, sql.at);
	hu_rows_bind_int(rows, 1, c->rows[word].first);
	hu_rows_bind_int(rows, 2, c->rows[word].last);
	if (step > 1)
		hu_rows_bind_int(rows, 3, step);
	return rows;
}

/* The column `extra`: a number, or a line of the log. `dmesg -T` indents continuation lines
 * otherwise than `dmesg`. */
static int64_t extra_of(struct hu_rows *rows, int word)
{
	if (word != MESSAGE)
		return hu_rows_int(rows, 2);
	struct hu_str text = hu_str_trim(hu_rows_str(rows, 2));
	return (int64_t)hu_hash(text.at, text.len);
}

static int64_t rows_in(const struct candidate *c)
{
	int64_t ret = 0;

	for (int w = 0; w < WORDS; w++)
		ret += c->rows[w].last - c->rows[w].first;
	return ret;
}

/* How many percent of `small` are in `large`; -1: nothing to compare. */
static int matching(struct hu_store *store, const struct candidate *small,
		    const struct candidate *large, bool seconds)
{
	int64_t around = seconds ? 2 : 1, step = rows_in(small) / SAMPLE + 1;
	HU_CLEANUP(hu_freep) uint64_t *keys = hu_alloc(SLOTS * sizeof(*keys));
	HU_CLEANUP(hu_freep) uint32_t *of = hu_alloc(SLOTS * sizeof(*of));
	HU_CLEANUP(hu_freep) bool *met = hu_alloc((size_t)SAMPLE * 2 * sizeof(*met));
	struct sample s = {keys, of, met, 0, 0};

	for (int w = 0; w < WORDS; w++) {
		if (small->rows[w].first == small->rows[w].last)
			continue;
		struct hu_rows *rows = open_rows(store, small, w, step);
		while (s.count < (size_t)SAMPLE * 2 && hu_rows_next(rows)) {
			int64_t when = when_of(small, hu_rows_int(rows, 0), seconds);
			for (int64_t d = -around; d <= around; d++)
				sample_add(&s,
					   key_of(w, hu_rows_int(rows, 1), extra_of(rows, w),
						  when + d),
					   (uint32_t)s.count);
			s.count++;
		}
		hu_store_end_rows(store, rows);
	}
	for (int w = 0; w < WORDS && s.count; w++) {
		if (large->rows[w].first == large->rows[w].last ||
		    small->rows[w].first == small->rows[w].last)
			continue;
		struct hu_rows *rows = open_rows(store, large, w, 1);
		while (hu_rows_next(rows))
			sample_meet(&s, key_of(w, hu_rows_int(rows, 1), extra_of(rows, w),
					       when_of(large, hu_rows_int(rows, 0), seconds)));
		hu_store_end_rows(store, rows);
	}
	size_t hits = 0;
	for (size_t i = 0; i < s.count; i++)
		hits += met[i];
	return s.count ? (int)(hits * 100 / s.count) : -1;
}

static bool may_repeat(const struct candidate *small, const struct candidate *large, bool wall)
{
	hu_ns slack = wall ? 3 * HU_NS_PER_S : 1000, shift = 0;

	if (wall && small->whole_seconds == large->whole_seconds)
		return false;
	for (int w = 0; w < WORDS; w++) {
		bool in_small = small->rows[w].first < small->rows[w].last;
		if (in_small && wall && w != MESSAGE)
			return false;
		if (in_small && large->rows[w].first == large->rows[w].last)
			return false;
	}
	if (wall && (!small->placed || !large->placed))
		return false;
	if (wall)
		shift = small->offset - large->offset;
	return small->from + shift >= large->from - slack && small->to + shift <= large->to + slack;
}

/* Named frames and addresses are worth more than bare rows: `perf script` output that somebody made
 * where the symbols were is worth more than the perf.data without them. */
static int64_t worth(struct hu_store *store, const struct candidate *c)
{
	int64_t ret = rows_in(c);

	for (int w = 0; w < WORDS; w++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};
		if (!words[w].stack || c->rows[w].first == c->rows[w].last)
			continue;
		hu_out_printf(&sql,
			      "SELECT count(*) FROM %s AS e JOIN stack ON stack.id = e.stack JOIN "
			      "name ON name.id = stack.symbol WHERE e.rowid > ?1 AND e.rowid <= ?2 "
			      "AND text NOT LIKE '0x%%'",
			      words[w].table);
		ret += one_int(store, sql.at, c->rows[w].first, c->rows[w].last);
	}
	if (c->rows[2].first < c->rows[2].last)
		ret += one_int(store,
			       "SELECT count(address) FROM lock_event WHERE rowid > ?1 AND rowid "
			       "<= ?2",
			       c->rows[2].first, c->rows[2].last);
	return ret;
}

static int by_worth(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->whole_seconds != y->whole_seconds)
		return x->whole_seconds ? 1 : -1;
	if (x->worth != y->worth)
		return x->worth > y->worth ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* A text whose stamps are the capture's own is in the capture's clock, whatever its form suggests:
 * `perf script` prints no clock. */
static void mark(struct hu_store *store, const struct candidate *copy, const struct candidate *of,
		 int percent, bool wall)
{
	sqlite3_stmt *s = hu_store_prepare(
		store,
		wall ? "UPDATE source SET copy_of = ?2, copy_percent = ?3 WHERE id = ?1"
		     : "UPDATE source SET copy_of = ?2, copy_percent = ?3, (clock, clock_how) "
		       "= (SELECT o.clock, CASE WHEN o.clock = source.clock THEN "
		       "source.clock_how ELSE 'its stamps are those of ' || o.path END FROM "
		       "source AS o WHERE o.id = ?2) WHERE id = ?1");

	sqlite3_bind_int64(s, 1, copy->id);
	sqlite3_bind_int64(s, 2, of->id);
	sqlite3_bind_int(s, 3, percent);
	hu_store_step(store, s);
	sqlite3_finalize(s);
}

static size_t find_candidates(struct hu_store *store, struct candidate **ret)
{
	struct hu_rows *rows = hu_rows_open(
		store, "SELECT id, first_ts, last_ts, clock, offset_ns FROM source WHERE "
		       "first_ts IS NOT NULL AND copy_of IS NULL ORDER BY id");
	size_t count = 0;

	while (hu_rows_next(rows)) {
		struct candidate c = {.id = hu_rows_int(rows, 0),
				      .from = hu_rows_int(rows, 1),
				      .to = hu_rows_int(rows, 2),
				      .placed = !hu_rows_null(rows, 4),
				      .offset = hu_rows_int(rows, 4)};
		enum hu_clock clock = hu_clock_by_name(hu_rows_str(rows, 3));
		for (int w = 0; w < WORDS; w++)
			c.rows[w] = hu_store_stretch(store, words[w].table, c.id);
		c.whole_seconds = (clock == HU_CLOCK_REALTIME || clock == HU_CLOCK_LOCAL_TIME) &&
				  c.rows[MESSAGE].first < c.rows[MESSAGE].last;
		if (!rows_in(&c))
			continue;
		*ret = hu_realloc(*ret, (count + 1) * sizeof(**ret));
		(*ret)[count++] = c;
	}
	hu_store_end_rows(store, rows);
	return count;
}

void hu_mark_copies(struct hu_store *store, bool wall)
{
	HU_CLEANUP(hu_freep) struct candidate *c = NULL;
	size_t count = find_candidates(store, &c);
	bool any = false;

	for (size_t i = 0; i < count && !any; i++)
		for (size_t k = 0; k < count && !any; k++)
			any = k != i && may_repeat(&c[i], &c[k], wall);
	if (!any)
		return;
	for (size_t i = 0; i < count; i++)
		c[i].worth = worth(store, &c[i]);
	qsort(c, count, sizeof(*c), by_worth);
	for (size_t i = 1; i < count; i++) {
		for (size_t k = 0; k < i && !c[i].copy_of; k++) {
			if (c[k].copy_of || !may_repeat(&c[i], &c[k], wall))
				continue;
			int percent = matching(store, &c[i], &c[k], wall);
			if (percent < ENOUGH_PERCENT)
				continue;
			c[i].copy_of = c[k].id;
			mark(store, &c[i], &c[k], percent, wall);
		}
	}
}
