/* Evidence: claims with the stored row, and through it the line or record, that proves each. */
#include "analyzers/conclude.h"

#include <string.h>

hu_ns hu_at(const struct hu_conclusion *c, hu_ns case_time)
{
	return case_time == HU_OPEN ? HU_OPEN : case_time - c->m->from;
}

/* One row of the store as text, with its place: "trace.dat", "record 18,204". */
struct place {
	struct hu_out source, location, text;
	hu_ns at; /* case time, HU_OPEN unknown */
};

static void place_deinit(struct place *p)
{
	hu_out_deinit(&p->source);
	hu_out_deinit(&p->location);
	hu_out_deinit(&p->text);
}

static const char *step_text(int64_t step)
{
	static const char *const names[] = {"?",
					    "asks for",
					    "tries",
					    "returns",
					    "begins to wait for",
					    "stops waiting for",
					    "releases",
					    "releases, with waiters,"};

	return step >= 0 && step < 8 ? names[step] : names[0];
}

static void lock_text(struct hu_conclusion *c, struct hu_rows *r, struct hu_out *to)
{
	uint64_t address = (uint64_t)hu_rows_int(r, 7);

	hu_out_str(to, hu_rows_str(r, 9));
	hu_out_printf(to, ": %s", step_text(hu_rows_int(r, 6)));
	if (address) {
		struct hu_lock_id id =
			hu_model_lock(c->m, address, hu_model_string(c->m, hu_rows_str(r, 10)));
		hu_out_printf(to, " 0x%llx", (unsigned long long)address);
		if (id.name)
			hu_out_printf(to, " (%s)", id.name);
	} else if (hu_rows_str(r, 10).len) {
		hu_out_putc(to, ' ');
		hu_out_str(to, hu_rows_str(r, 10));
	}
	if (!hu_rows_null(r, 8))
		hu_out_printf(to, ", result %lld", (long long)hu_rows_int(r, 8));
}

static void switch_text(struct hu_conclusion *c, struct hu_rows *r, struct hu_out *to)
{
	static const char letters[] = "?RRSDTtXIP";
	int64_t state = hu_rows_int(r, 7);

	hu_out_printf(to, "sched_switch: leaves the CPU in state %c",
		      letters[state >= 0 && state < 10 ? state : 0]);
	if (!hu_rows_null(r, 6))
		hu_out_printf(to, ", next %s", hu_model_comm(c->m, (int32_t)hu_rows_int(r, 6)));
}

static void span_text(struct hu_conclusion *c, struct hu_rows *r, struct hu_out *to)
{
	(void)c;
	hu_out_str(to, hu_rows_str(r, 8));
	hu_out_puts(to, ": ");
	hu_out_duration(to, hu_rows_int(r, 6));
	if (hu_rows_str(r, 7).len) {
		hu_out_puts(to, ", ");
		hu_out_str(to, hu_rows_str(r, 7));
	}
}

static void syscall_text(struct hu_conclusion *c, struct hu_rows *r, struct hu_out *to)
{
	(void)c;
	hu_out_puts(to, hu_rows_int(r, 6) == HU_BEGIN ? "enters " : "leaves ");
	hu_out_str(to, hu_rows_str(r, 7));
	if (!hu_rows_null(r, 8))
		hu_out_printf(to, ", result %lld", (long long)hu_rows_int(r, 8));
}

static void shrink_text(struct hu_conclusion *c, struct hu_rows *r, struct hu_out *to)
{
	(void)c;
	hu_out_puts(to, hu_rows_int(r, 6) == HU_BEGIN ? "shrinker begins: " : "shrinker ends: ");
	hu_out_str(to, hu_rows_str(r, 7));
	if (!hu_rows_null(r, 8))
		hu_out_printf(to, " (shrinker 0x%llx)", (unsigned long long)hu_rows_int(r, 8));
}

static void snapshot_text(struct hu_conclusion *c, struct hu_rows *r, struct hu_out *to)
{
	(void)c;
	hu_out_str(to, hu_rows_str(r, 6));
}

static void sample_text(struct hu_conclusion *c, struct hu_rows *r, struct hu_out *to)
{
	hu_out_str(to, hu_rows_str(r, 6));
	hu_out_puts(to, ": ");
	hu_stack_text(&c->m->stacks, hu_rows_int(r, 7), " < ", to);
}

static void wakeup_text(struct hu_conclusion *c, struct hu_rows *r, struct hu_out *to)
{
	hu_out_printf(to, "wakes %s (%lld)", hu_model_comm(c->m, (int32_t)hu_rows_int(r, 6)),
		      (long long)hu_rows_int(r, 6));
}

static void reclaim_text(struct hu_conclusion *c, struct hu_rows *r, struct hu_out *to)
{
	static const char *const names[] = {"reclaim",		"kswapd",
					    "kswapd asked for", "direct reclaim",
					    "memcg reclaim",	"memcg soft reclaim",
					    "node reclaim",	"throttled",
					    "compaction",	"allocation stall"};
	int64_t kind = hu_rows_int(r, 6);

	(void)c;
	hu_out_printf(to, "%s %s", names[kind > 0 && kind < 10 ? kind : 0],
		      hu_rows_int(r, 7) == HU_BEGIN ? "begins" : "ends");
}

static void io_text(struct hu_conclusion *c, struct hu_rows *r, struct hu_out *to)
{
	int64_t device = hu_rows_int(r, 6);

	(void)c;
	hu_out_printf(to, "%s a request to %lld:%lld, sector %lld",
		      hu_rows_int(r, 7) == HU_BEGIN ? "issues" : "completes",
		      (long long)(device >> 20), (long long)(device & 0xfffff),
		      (long long)hu_rows_int(r, 8));
}

/* Tables that tell of no task have NULL in its place. */
static void aggregate_text(struct hu_conclusion *c, struct hu_rows *r, struct hu_out *to)
{
	(void)c;
	hu_out_str(to, hu_rows_str(r, 6));
	hu_out_puts(to, ": ");
	hu_out_str(to, hu_rows_str(r, 7));
}

static void counter_text(struct hu_conclusion *c, struct hu_rows *r, struct hu_out *to)
{
	(void)c;
	hu_out_str(to, hu_rows_str(r, 6));
	hu_out_printf(to, " = %g", hu_rows_num(r, 7));
}

static const struct {
	const char *table, *columns, *joins;
	void (*text)(struct hu_conclusion *c, struct hu_rows *r, struct hu_out *to);
	bool of_no_task;
} kinds[] = {
	{"lock_event", "e.step, e.address, e.result, f.text, n.text",
	 "LEFT JOIN name AS f ON f.id = e.function LEFT JOIN name AS n ON n.id = e.name", lock_text,
	 false},
	{"switch", "e.next, e.state", "", switch_text, false},
	{"span", "e.duration_ns, k.text, l.text",
	 "LEFT JOIN name AS k ON k.id = e.comm LEFT JOIN name AS l ON l.id = e.label", span_text,
	 false},
	{"syscall", "e.step, n.text, e.result", "LEFT JOIN name AS n ON n.id = e.name",
	 syscall_text, false},
	{"shrink", "e.step, n.text, e.shrinker", "LEFT JOIN name AS n ON n.id = e.function",
	 shrink_text, false},
	{"sample", "n.text, e.stack", "LEFT JOIN name AS n ON n.id = e.event", sample_text, false},
	{"snapshot", "n.text", "LEFT JOIN name AS n ON n.id = e.text", snapshot_text, false},
	{"wakeup", "e.target", "", wakeup_text, false},
	{"reclaim", "e.kind, e.step", "", reclaim_text, false},
	{"io", "e.device, e.step, e.sector", "", io_text, false},
	{"aggregate", "t.text, k.text",
	 "LEFT JOIN name AS t ON t.id = e.\"table\" LEFT JOIN name AS k ON k.id = e.key",
	 aggregate_text, true},
	{"counter", "n.text, e.value", "LEFT JOIN name AS n ON n.id = e.series", counter_text,
	 true},
	{"message", "n.text", "LEFT JOIN name AS n ON n.id = e.text", snapshot_text, false},
};

/* "mountloop/1-222 ", as ftrace writes it; "tid 458 " where no name is known. */
static void say_tid(struct hu_conclusion *c, int32_t tid, struct hu_out *to)
{
	const char *comm = hu_model_comm(c->m, tid);

	hu_out_puts(to, comm);
	if (!hu_str_starts(hu_str(comm), "tid "))
		hu_out_printf(to, "-%d", tid);
	hu_out_putc(to, ' ');
}

/* Readers that count records; all others count lines. */
static bool is_binary(struct hu_str format)
{
	static const char *const names[] = {"tracedat", "tracefs", "perfdata", "ctf", NULL};

	for (const char *const *n = names; *n; n++)
		if (hu_str_is(format, *n))
			return true;
	return false;
}

static void place_of(struct hu_conclusion *c, struct hu_ref ref, struct place *ret)
{
	*ret = (struct place){.at = HU_OPEN};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!ref.table || strcmp(ref.table, kinds[i].table) != 0)
			continue;
		HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};
		hu_out_printf(&sql,
			      "SELECT s.path, s.format, e.ts + s.offset_ns, e.pos, %s, e.ts, %s "
			      "FROM %s AS e JOIN source AS s "
			      "ON s.id = e.source %s WHERE e.rowid = ?1",
			      kinds[i].of_no_task ? "NULL" : "e.tid", kinds[i].columns,
			      kinds[i].table, kinds[i].joins);
		struct hu_rows *r = hu_rows_open(c->store, sql.at);
		hu_rows_bind_int(r, 1, ref.row);
		if (hu_rows_next(r)) {
			hu_out_str(&ret->source, hu_rows_str(r, 0));
			hu_out_puts(&ret->location,
				    is_binary(hu_rows_str(r, 1)) ? "record " : "line ");
			hu_out_grouped(&ret->location, hu_rows_int(r, 3));
			ret->at = hu_rows_int_or(r, 2, HU_OPEN);
			if (!hu_rows_null(r, 4))
				say_tid(c, (int32_t)hu_rows_int(r, 4), &ret->text);
			if (!hu_rows_null(r, 5)) {
				hu_out_stamp(&ret->text, hu_rows_int(r, 5));
				hu_out_puts(&ret->text, ": ");
			}
			kinds[i].text(c, r, &ret->text);
		}
		hu_result_close(&c->err, r);
	}
}

void hu_add_evidence(struct hu_conclusion *c, const struct hu_cause *cause, int *rank,
		     const char *claim, struct hu_ref ref)
{
	struct place p;

	if (!ref.table)
		return;
	place_of(c, ref, &p);
	if (p.source.len)
		hu_result(c->store, &c->err,
			  "INSERT INTO incident_evidence (incident, rank, claim, source, location, "
			  "time_ns, text, event_table, "
			  "event_row) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
			  "sisssossi", cause->id, (int64_t)++ * rank, claim, p.source.at,
			  p.location.at, hu_at(c, p.at), p.text.at, ref.table, ref.row);
	place_deinit(&p);
}

void hu_say_task(struct hu_conclusion *c, int32_t tid, const char *comm, struct hu_out *to)
{
	hu_out_puts(to, comm ? comm : hu_model_comm(c->m, tid));
	if (tid >= 0)
		hu_out_printf(to, " (%d)", tid);
}

static void interval(struct hu_out *to, hu_ns from, hu_ns until, bool open)
{
	hu_out_puts(to, " from ");
	hu_out_stamp(to, from);
	hu_out_puts(to, open ? " until the capture ended at " : " to ");
	hu_out_stamp(to, until);
	hu_out_puts(to, " (");
	hu_out_duration(to, until - from);
	hu_out_putc(to, ')');
}

static void hold_evidence(struct hu_conclusion *c, const struct hu_cause *cause,
			  const struct hu_holder *holder, int *rank)
{
	const struct hu_hold *h = &c->m->holds.at[holder->longest_hold];
	HU_CLEANUP(hu_out_deinit) struct hu_out claim = {0};
	const char *mode = hu_mode_name(h->mode);

	hu_say_task(c, h->tid, holder->comm, &claim);
	hu_out_printf(&claim, " %s %s%s%s",
		      h->how == HU_SIGNATURE ? "is said to have held" : "held", cause->label,
		      mode ? " for " : "", mode ? mode : "");
	if (h->timed) {
		interval(&claim, h->from, h->to, h->open);
	} else {
		hu_out_puts(&claim, " for ");
		hu_out_duration(&claim, h->duration);
	}
	hu_out_printf(&claim, "; how known: %s", hu_how_name(h->how));
	hu_add_evidence(c, cause, rank, claim.at, h->begin);
	if (h->end.table &&
	    (h->end.row != h->begin.row || strcmp(h->end.table, h->begin.table) != 0))
		hu_add_evidence(c, cause, rank, "… and this is where that hold ended", h->end);
	if (holder->doing && holder->doing_scan != SIZE_MAX &&
	    holder->doing_scan < c->m->scans.count) {
		const struct hu_scan *s = &c->m->scans.at[holder->doing_scan];
		hu_out_clear(&claim);
		hu_out_printf(&claim, "inside it, one call of %s took", s->function);
		hu_out_putc(&claim, ' ');
		hu_out_duration(&claim, s->to - s->from);
		hu_add_evidence(c, cause, rank, claim.at, s->begin);
	}
}

static void wait_evidence(struct hu_conclusion *c, const struct hu_cause *cause,
			  const struct hu_op *op, int *rank)
{
	size_t first, end = hu_op_waits(c->m, op, &first);
	const struct hu_wait *best = NULL;

	for (size_t i = first; i < end; i++) {
		const struct hu_wait *w = &c->m->waits.at[i];
		if (hu_wait_of(c->m, w, op) && hu_lock_same(w->lock, cause->part.lock) &&
		    (!best || w->duration > best->duration))
			best = w;
	}
	if (!best)
		return;
	HU_CLEANUP(hu_out_deinit) struct hu_out claim = {0};
	const char *mode = hu_mode_name(best->mode);
	hu_say_task(c, best->tid, op->comm, &claim);
	hu_out_printf(&claim, " waited for %s%s%s", cause->label, mode ? " to " : "",
		      mode ? mode : "");
	if (best->timed)
		interval(&claim, best->from, best->to, best->open);
	hu_add_evidence(c, cause, rank, claim.at, best->begin);
	if (best->end.table && best->end.row != best->begin.row)
		hu_add_evidence(c, cause, rank, "… and this is where that wait ended", best->end);
}

/* A script's own printout of the same hold: two witnesses. */
static void corroboration(struct hu_conclusion *c, const struct hu_cause *cause,
			  const struct hu_holder *holder, int *rank)
{
	const struct hu_hold *h = &c->m->holds.at[holder->longest_hold];

	if (!h->timed || h->how != HU_OBSERVED || h->tid < 0)
		return;
	struct hu_rows *r = hu_rows_open(
		c->store, "SELECT span.rowid, span.source FROM span JOIN source AS s "
			  "ON s.id = span.source WHERE s.copy_of IS NULL AND tid = ?1 AND "
			  "abs(ts + offset_ns - ?2) < 20000000 AND abs(duration_ns - "
			  "?3) < 20000000 + ?3 / 20 "
			  "ORDER BY span.source, span.rowid LIMIT 2");
	hu_rows_bind_int(r, 1, h->tid);
	hu_rows_bind_int(r, 2, h->to);
	hu_rows_bind_int(r, 3, h->duration);
	while (hu_rows_next(r)) {
		struct hu_ref ref = {"span", hu_rows_int(r, 0), hu_rows_int(r, 1), 0};
		hu_add_evidence(c, cause, rank, "a second witness printed the same hold", ref);
	}
	hu_result_close(&c->err, r);
}

void hu_conclude_evidence(struct hu_conclusion *c, struct hu_cause *cause)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out claim = {0};
	const struct hu_op *op = &c->m->ops.at[cause->ops.at[0]];
	int rank = 0;

	hu_say_task(c, op->tid, op->comm, &claim);
	if (op->timed) {
		hu_out_printf(&claim, ": %s%s, the worst,", op->name,
			      op->inferred ? " (told by its stack)" : "");
		interval(&claim, op->from, op->to, op->open);
		if (op->tail)
			hu_out_puts(
				&claim,
				", part of it after the syscall's own exit event, in task work");
	} else {
		hu_out_printf(&claim, ": %s, told without a time", op->name);
	}
	hu_add_evidence(c, cause, &rank, claim.at, op->begin);
	if (cause->part.kind == HU_PART_LOCK)
		wait_evidence(c, cause, op, &rank);
	for (size_t i = 0; i < op->sleep_count && cause->part.kind == HU_PART_SLEEP; i++) {
		const struct hu_sleep *s = hu_op_sleep(c->m, op, i);
		if (hu_stack_facts(&c->m->stacks, s->stack)->why != cause->part.why ||
		    (s->to - s->from) * 4 < op->duration)
			continue;
		hu_out_clear(&claim);
		hu_out_printf(&claim, "it slept in %s",
			      cause->part.frame ? cause->part.frame : cause->label);
		interval(&claim, s->from, s->to, false);
		hu_add_evidence(c, cause, &rank, claim.at, s->begin);
	}
	for (size_t i = 0; i < cause->holders.count && i < 4; i++) {
		if (cause->holders.at[i].fellow)
			continue;
		hold_evidence(c, cause, &cause->holders.at[i], &rank);
		corroboration(c, cause, &cause->holders.at[i], &rank);
	}
}
