/*
 * report/compose.h - the one composition behind all reports: the result tables (db/results.sql) and
 * what the store says of its sources, in memory. Nothing here is computed, and nothing is escaped.
 *
 * An integer that is not known is HU_OPEN, a number NAN, a text has `at` NULL. All texts and arrays
 * live until hu_page_close(). `*_ns` count from the window's start unless a comment says otherwise.
 */
#ifndef HU_COMPOSE_H
#define HU_COMPOSE_H

#include "db/store.h"
#include "db/text.h"

/* Longer texts are cut when they are read; a report is for people. */
enum { HU_PAGE_TEXT_MAX = 16384 };

struct hu_page_texts {
	struct hu_str *at;
	size_t count;
};

struct hu_page_verdict {
	struct hu_str outcome, sentence, incident, wall_from, wall_to;
	int64_t threshold_ns, window_case, duration_ns;
	int64_t wall_from_ns; /* realtime, from wall_from; HU_OPEN unknown */
	bool lossy;
};

struct hu_page_analyzer {
	struct hu_str name, asks, outcome, why;
};

struct hu_page_holder {
	struct hu_str comm, role, how, doing, stack;
	int64_t tid, holds, longest_ns, longest_at_ns, blocking_ns, doing_ns;
	double share;
};

struct hu_page_link {
	struct hu_str task, state, waits_on, how;
	int64_t depth, ns;
	double share;
};

struct hu_page_evidence {
	struct hu_str claim, source, location, text, event_table, stack;
	int64_t rank, time_ns, event_row;
};

enum hu_page_fix_item {
	HU_FIX_COMMIT,
	HU_FIX_WORKAROUND,
	HU_FIX_LINK,
	HU_FIX_MATCHED,
	HU_FIX_REFUTED,
	HU_FIX_UNTESTED,
	HU_FIX_VERIFY,
	HU_FIX_CONSEQUENCE,
	HU_FIX_TRIED,
	HU_FIX_ITEMS
};

struct hu_page_fix {
	struct hu_str id, title, applies, decided_by, decided_text, fixed_in, explains, library;
	struct hu_str fixed_here; /* in this kernel's own series */
	struct hu_page_texts items[HU_FIX_ITEMS];
};

enum hu_page_note { HU_NOTE_CAVEAT, HU_NOTE_CAPTURE, HU_NOTE_ACTION, HU_NOTE_RULED_OUT, HU_NOTES };

struct hu_page_bar {
	int64_t from_ns, to_ns;
	struct hu_str label, title;
};

struct hu_page_point {
	int64_t at_ns;
	double value;
};

struct hu_page_state {
	int64_t from_ns, to_ns;
	struct hu_str state, what;
};

struct hu_page_lane {
	int64_t lane;
	struct hu_str kind, label, unit;
	struct hu_page_bar *bars;
	size_t bar_count;
	struct hu_page_point *points;
	size_t point_count;
	struct hu_page_state *states;
	size_t state_count;
};

struct hu_page_node {
	int64_t node, parent, closes, ns;
	struct hu_str kind, label, detail, edge, how;
	double share;
};

struct hu_page_frame {
	int64_t depth, start, width;
	struct hu_str kind, label;
};

struct hu_page_flame {
	int64_t flame, total, left_out;
	struct hu_str kind, title, unit, basis;
	struct hu_page_frame *frames; /* by depth and start */
	size_t frame_count;
};

struct hu_page_stall {
	struct hu_str operation, comm;
	int64_t tid, from_ns, duration_ns;
	bool open;
};

struct hu_page_bucket {
	int64_t low_ns, high_ns, count;
	bool stalled;
};

struct hu_page_incident {
	struct hu_str id, signature, title, summary, confidence;
	struct hu_str operation, detail, comm;	  /* of the victim; operation NULL: no victim */
	struct hu_str waiter_stack, holder_stack; /* of the worst; frames, leaf first, one a line */
	struct hu_str lock_name, lock_type, lock_wanted, lock_held, cause, estimate_basis;
	int64_t rank, tid, at_ns, stalled, operations, worst_ns, median_ns, total_ns;
	int64_t lock_address; /* the bits of an unsigned address, see has_address */
	int64_t estimate_ns;
	bool worst_open, has_address, has_lock;
	struct hu_page_holder *holders;
	size_t holder_count;
	struct hu_page_link *links;
	size_t link_count;
	struct hu_page_evidence *evidence;
	size_t evidence_count;
	struct hu_page_fix *fixes;
	size_t fix_count;
	struct hu_page_lane *lanes;
	size_t lane_count;
	struct hu_page_bucket *buckets;
	size_t bucket_count;
	struct hu_page_stall *stalls;
	size_t stall_count;
	struct hu_page_node *nodes;
	size_t node_count;
	struct hu_page_flame *flames;
	size_t flame_count;
	struct hu_page_texts notes[HU_NOTES];
};

struct hu_page_pressure {
	bool there;
	int64_t kswapd_ns, kswapd_sessions, direct_ns, direct_sessions, direct_tasks;
	int64_t longest_direct_ns, scanned_pages, stolen_pages, slabs_scanned;
	int64_t in_stalled, in_other, out_stalled, out_other;
	double psi_full, psi_some, risk_ratio, risk_low, risk_high, p_value;
	struct hu_str basis, sentence;
};

struct hu_page_shrinker {
	struct hu_str comm, function;
	int64_t tid, calls, longest_ns, longest_at_ns, total_ns;
};

struct hu_page_loss {
	struct hu_str kind, text;
	int64_t pos, cpu, count;
	int64_t from_ns, to_ns; /* HU_OPEN too where the source is not on the case axis */
};

struct hu_page_source {
	struct hu_str path, format, why, status, error, clock, clock_how, aligned;
	struct hu_str repeats; /* the path of the source that this one repeats; empty: none */
	int64_t id, bytes, records, offset_ns, slack_ns;
	int64_t from_ns, to_ns; /* from the window's start; may be negative */
	struct hu_page_loss *losses;
	size_t loss_count;
	int64_t loss_rows; /* all of them; only the first HU_PAGE_LOSS_MAX are in losses[] */
};

enum { HU_PAGE_LOSS_MAX = 1000 };

struct hu_page_fact {
	struct hu_str key, value, source;
};

/* Of one kind, as one format recorded them; numbers in the order of operation_kind's columns. */
enum { HU_OPERATION_NUMBERS = 10 };
struct hu_page_operations {
	struct hu_str name, recorded_by;
	int64_t numbers[HU_OPERATION_NUMBERS];
	bool worst_open;
	struct hu_page_bucket *buckets;
	size_t bucket_count;
};

struct hu_page {
	struct hu_page_memory *memory;
	struct hu_str bundle_name, bundle_sha256;
	int64_t bundle_bytes, bundle_files;
	struct hu_page_verdict verdict;
	struct hu_page_incident *incidents;
	size_t incident_count;
	struct hu_page_analyzer *analyzers;
	size_t analyzer_count;
	struct hu_page_pressure pressure;
	struct hu_page_shrinker *shrinkers;
	size_t shrinker_count;
	struct hu_page_source *sources; /* by path */
	size_t source_count;
	struct hu_page_fact *facts; /* by key, then in order of sources */
	size_t fact_count;
	struct hu_page_operations *operations;
	size_t operation_count;
	struct hu_page_texts notes[HU_NOTES]; /* about the whole bundle */
};

/* Reads all of it, but of the incidents behind the first `whole` only their own rows: no page shows
 * more. *ret is untouched on failure. */
HU_MUST_CHECK struct hu_err *hu_page_open(struct hu_store *store, size_t whole,
					  struct hu_page **ret);
void hu_page_close(struct hu_page *page); /* NULL is fine */
void hu_page_closep(struct hu_page **page);

/* A copy that lives as long as the page. */
struct hu_str hu_page_keep(struct hu_page *page, struct hu_str s);
/* Zeroed memory that lives as long as the page. */
void *hu_page_alloc(struct hu_page *page, size_t bytes);
/* The first value of a fact, or NULL text. */
struct hu_str hu_page_fact(const struct hu_page *page, const char *key);

/* For the files that read tables. */

struct hu_rows;
HU_MUST_CHECK struct hu_err *hu_page_read_figures(struct hu_page *page, struct hu_store *store,
						  struct hu_page_incident *in);
HU_MUST_CHECK struct hu_err *hu_page_read_incidents(struct hu_page *page, struct hu_store *store,
						    size_t whole);
HU_MUST_CHECK struct hu_err *hu_page_read_notes(struct hu_page *page, struct hu_store *store,
						struct hu_str incident,
						struct hu_page_texts *notes);
struct hu_str hu_page_text(struct hu_page *page, struct hu_rows *rows, int column);
int64_t hu_page_int(struct hu_rows *rows, int column);
double hu_page_number(struct hu_rows *rows, int column);
void hu_page_add(struct hu_page *page, struct hu_page_texts *to, struct hu_str s);
void *hu_page_grow(struct hu_page *page, void *at, size_t count, size_t size);
/* One more zeroed element of an array that belongs to the page. */
#define HU_PAGE_MORE(page, array, count)                                                           \
	((array) = hu_page_grow((page), (array), (count), sizeof(*(array))), &(array)[(count)++])

#endif
