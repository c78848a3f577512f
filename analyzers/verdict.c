/* The verdict, and what every analyzer has to say for itself. */
#include "analyzers/conclude.h"

#include <stdlib.h>
#include <string.h>

static void fix_clause(struct hu_conclusion *c, const struct hu_cause *cause, struct hu_out *to)
{
	struct hu_rows *r = hu_rows_open(c->store, "SELECT fixed_in, applies FROM incident_fix "
						   "WHERE incident = ?1 ORDER BY rank LIMIT 1");

	hu_rows_bind_text(r, 1, hu_str(cause->id));
	if (hu_rows_next(r) && !hu_rows_null(r, 0)) {
		struct hu_str in = hu_rows_str(r, 0), applies = hu_rows_str(r, 1);
		if (hu_str_is(applies, "affected"))
			hu_out_printf(
				to, "; Linux %.*s ends this, and this kernel does not have the fix",
				(int)in.len, in.at);
		else if (hu_str_is(applies, "unknown"))
			hu_out_printf(to,
				      "; Linux %.*s ends this, and whether this kernel has the fix "
				      "is not known",
				      (int)in.len, in.at);
	}
	struct hu_err *err = hu_rows_close(r);
	if (c->err)
		hu_err_free(err);
	else
		c->err = err;
}

static void found(struct hu_conclusion *c, const struct hu_cause *cause, struct hu_out *to)
{
	const struct hu_op *op = &c->m->ops.at[cause->ops.at[0]];
	const struct hu_holder *h =
		cause->holders.count && !cause->holders.at[0].fellow ? &cause->holders.at[0] : NULL;
	const char *wanted = hu_mode_name(cause->part.mode),
		   *held = h ? hu_mode_name(h->mode) : NULL;

	hu_say_operations(c, cause, true, to);
	if (op->duration) {
		hu_out_puts(to, op->open ? " stalled, for at least " : " stalled, up to ");
		hu_out_duration(to, op->duration);
		hu_out_putc(to, ',');
	} else {
		hu_out_puts(to, " stalled");
	}
	if (cause->part.kind != HU_PART_LOCK) {
		hu_out_printf(to,
			      cause->part.kind == HU_PART_RUNNING ? " with %s" : " waiting for %s",
			      cause->label);
		if (cause->part.frame)
			hu_out_printf(to, " (in %s)", cause->part.frame);
		hu_out_puts(to, cause->part.kind == HU_PART_SLEEP ? "; no lock holder is to blame"
								  : "");
		fix_clause(c, cause, to);
		hu_out_putc(to, '.');
		return;
	}
	hu_out_printf(to, " waiting %s%s%s%s", wanted ? "to " : "for ", wanted ? wanted : "",
		      wanted ? "-lock " : "", cause->label);
	if (!h) {
		hu_out_puts(to, "; who held it is not in the capture");
	} else if (h->how == HU_SIGNATURE) {
		hu_out_printf(to, "; the holder may be %s, but no record proves it", h->comm);
	} else {
		hu_out_puts(to, ", which ");
		size_t others = 0;
		for (size_t i = 1; i < cause->holders.count; i++)
			others += !cause->holders.at[i].fellow && cause->holders.at[i].share >= 0.1;
		hu_say_task(c, h->tid, h->comm, to);
		if (!others)
			hu_say_role(h->role, to);
		for (size_t i = 1; i < cause->holders.count && others; i++) {
			if (cause->holders.at[i].fellow || cause->holders.at[i].share < 0.1)
				continue;
			hu_out_puts(to, --others ? ", " : " and ");
			hu_say_task(c, cause->holders.at[i].tid, cause->holders.at[i].comm, to);
		}
		hu_out_printf(to, " held%s%s for up to ", held ? " for " : "", held ? held : "");
		hu_out_duration(to, h->longest);
		if (h->doing)
			hu_out_printf(to, " inside %s", h->doing);
	}
	fix_clause(c, cause, to);
	hu_out_putc(to, '.');
}

static int64_t traced_ops(const struct hu_model *m)
{
	int64_t n = 0;

	for (size_t i = 0; i < m->ops.count; i++)
		n += m->ops.at[i].timed && !m->ops.at[i].inferred;
	return n;
}

static void nothing(struct hu_conclusion *c, const char **outcome, struct hu_out *to)
{
	const struct hu_model *m = c->m;
	bool could = m->have_syscalls || m->have_contention || m->have_lock_events ||
		     m->have_spans || (m->have_snapshots && !m->have_counters);
	int64_t ops = traced_ops(m);

	/* Where operations were measured the unread capture is a second witness; where none were,
	 * it was the only one. */
	if (!could || (c->unread && !ops)) {
		*outcome = "not_assessed";
		if (c->unread)
			hu_out_printf(to,
				      "No stall in what could be read, but %s was not read: not "
				      "assessed.",
				      c->unread_path);
		else
			hu_out_puts(to, "Not assessed: the bundle has no record of operations, "
					"lock waits or stuck tasks.");
		return;
	}
	/* Nothing in a torn half is no all-clear for the whole. */
	*outcome = m->cut ? "not_assessed" : "clear";
	hu_out_puts(to, m->cut ? "No stall in what could be read of a capture that is cut short, "
				 "which is no all-clear: "
			       : "Clear: ");
	if (ops)
		hu_out_printf(to, "none of %lld traced operations took ", (long long)ops);
	else
		hu_out_puts(to, "no traced operation, lock wait or stuck task took ");
	hu_out_duration(to, m->options.threshold);
	hu_out_puts(to, " or more");
	const struct hu_hold *longest = NULL;
	for (size_t i = 0; i < m->holds.count; i++)
		if (m->holds.at[i].how != HU_SIGNATURE &&
		    (!longest || m->holds.at[i].duration > longest->duration))
			longest = &m->holds.at[i];
	if (longest && longest->duration >= m->options.threshold) {
		hu_out_puts(to, "; locks were held for up to ");
		hu_out_duration(to, longest->duration);
		hu_out_puts(to, " and nobody waited");
	}
	hu_out_puts(to, c->lossy ? " in what the tracer kept: events were lost" : "");
	if (c->unread)
		hu_out_printf(to, "; %s was not read", c->unread_path);
	hu_out_putc(to, '.');
}

void hu_conclude_verdict(struct hu_conclusion *c)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out sentence = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out wall_from = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out wall_to = {0};
	const struct hu_cause *cause = c->causes->at.count ? &c->causes->at.at[0] : NULL;
	const char *outcome = NULL;

	if (cause) {
		outcome = hu_cause_outcome(cause);
		found(c, cause, &sentence);
	} else {
		nothing(c, &outcome, &sentence);
	}
	struct hu_rows *r = hu_rows_open(
		c->store, "SELECT value FROM meta WHERE key = 'case.realtime_minus_case_ns'");
	int64_t add;
	if (hu_rows_next(r) && hu_str_i64(hu_rows_str(r, 0), &add) && c->m->any_time) {
		hu_out_rfc3339(&wall_from, c->m->from + add);
		hu_out_rfc3339(&wall_to, c->m->to + add);
	}
	struct hu_err *err = hu_rows_close(r);
	if (c->err)
		hu_err_free(err);
	else
		c->err = err;
	hu_result(c->store, &c->err,
		  "INSERT INTO verdict (outcome, sentence, incident, threshold_ns, window_case, "
		  "duration_ns, wall_from, wall_to, lossy) "
		  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
		  "sssiiissi", outcome, sentence.at, cause ? cause->id : NULL,
		  (int64_t)c->m->options.threshold, (int64_t)c->m->from,
		  (int64_t)(c->m->to - c->m->from), wall_from.len ? wall_from.at : NULL,
		  wall_to.len ? wall_to.at : NULL, (int64_t)c->lossy);
}

static void analyzer(struct hu_conclusion *c, const char *name, const char *asks,
		     const char *outcome, const char *why)
{
	hu_result(c->store, &c->err,
		  "INSERT INTO analyzer_result (rank, name, asks, outcome, why) VALUES ((SELECT "
		  "count(*) + 1 FROM "
		  "analyzer_result), ?1, ?2, ?3, ?4)",
		  "ssss", name, asks, outcome, why);
}

static size_t causes_of(const struct hu_conclusion *c, enum hu_part_kind kind, enum hu_why why)
{
	size_t n = 0;

	for (size_t i = 0; i < c->causes->at.count; i++) {
		const struct hu_part *p = &c->causes->at.at[i].part;
		if (p->kind == kind && (kind != HU_PART_SLEEP || p->why == why))
			n += c->causes->at.at[i].ops.count;
	}
	return n;
}

static int64_t count(struct hu_conclusion *c, const char *sql)
{
	struct hu_rows *r = hu_rows_open(c->store, sql);
	int64_t n = hu_rows_next(r) ? hu_rows_int(r, 0) : 0;
	struct hu_err *err = hu_rows_close(r);

	if (c->err)
		hu_err_free(err);
	else
		c->err = err;
	return n;
}

static void say_stalls(struct hu_conclusion *c)
{
	const struct hu_model *m = c->m;
	HU_CLEANUP(hu_out_deinit) struct hu_out why = {0};
	bool could = m->have_syscalls || m->have_spans || m->have_snapshots || m->have_contention ||
		     m->have_lock_events;

	if (!could) {
		analyzer(c, "stalls", "Which operations took too long?", "not_assessed",
			 "No system calls, timed functions, lock waits or hung tasks were "
			 "recorded; record syscalls:sys_enter_mount, "
			 "sys_exit_mount and the like.");
		return;
	}
	if (!traced_ops(m) && !c->causes->stalled)
		hu_out_puts(&why, "No system call was seen, and no lock wait or stuck task took ");
	else
		hu_out_printf(&why, "%zu of %lld operations took ", c->causes->stalled,
			      (long long)traced_ops(m) > (long long)c->causes->stalled
				      ? (long long)traced_ops(m)
				      : (long long)c->causes->stalled);
	hu_out_duration(&why, m->options.threshold);
	hu_out_puts(&why, " or more.");
	analyzer(c, "stalls", "Which operations took too long?",
		 c->causes->stalled ? "found" : "clear", why.at);
}

static void say_locks(struct hu_conclusion *c)
{
	const struct hu_model *m = c->m;
	HU_CLEANUP(hu_out_deinit) struct hu_out why = {0};
	size_t n = causes_of(c, HU_PART_LOCK, 0);

	if (!m->have_lock_events && !m->have_contention && !m->have_spans && !m->have_snapshots) {
		analyzer(c, "lock_holders", "Who held the lock that the others waited for?",
			 "not_assessed",
			 "No lock event, printed hold or stack was recorded; probe the lock's "
			 "acquire and release functions with the "
			 "lock's address and the trylock's result.");
		return;
	}
	hu_out_printf(&why,
		      "%zu holds and %zu waits on locks were put together; %zu stalled operation%s "
		      "waited mostly for a lock.",
		      m->holds.count, m->waits.count, n, n == 1 ? "" : "s");
	if (m->failed_tries)
		hu_out_printf(&why, " %lld failed trylocks were not counted as holds.",
			      (long long)m->failed_tries);
	analyzer(c, "lock_holders", "Who held the lock that the others waited for?",
		 n ? "found" : "clear", why.at);
}

static void say_grace_periods(struct hu_conclusion *c)
{
	size_t n = causes_of(c, HU_PART_SLEEP, HU_WHY_GRACE_PERIOD);
	HU_CLEANUP(hu_out_deinit) struct hu_out why = {0};

	if (!count(c, "SELECT EXISTS (SELECT 1 FROM switch WHERE stack IS NOT NULL) OR EXISTS "
		      "(SELECT 1 FROM snapshot WHERE stack IS "
		      "NOT NULL) OR EXISTS (SELECT 1 FROM lock_event WHERE stack IS NOT NULL)")) {
		analyzer(c, "grace_periods", "Did operations wait for an RCU grace period?",
			 "not_assessed",
			 "No stacks of sleeping tasks; record sched_switch with a stacktrace "
			 "trigger.");
		return;
	}
	hu_out_printf(&why, "%zu stalled operation%s slept mostly in a grace period.", n,
		      n == 1 ? "" : "s");
	analyzer(c, "grace_periods", "Did operations wait for an RCU grace period?",
		 n ? "found" : "clear", why.at);
}

static void say_reclaim(struct hu_conclusion *c)
{
	const struct hu_model *m = c->m;
	int64_t rows = count(c, "SELECT count(*) FROM pressure");

	if (!rows) {
		analyzer(c, "reclaim", "Was memory being reclaimed, by whom, in which shrinker?",
			 "not_assessed",
			 "No vmscan events, /proc/vmstat samples or sar -B; record the vmscan "
			 "events and one /proc/vmstat a second.");
		return;
	}
	bool busy = m->sessions.count || m->scans.count ||
		    count(c, "SELECT coalesce(scanned_pages, 0) + coalesce(slabs_scanned, 0) > 0 "
			     "OR in_stalled + in_other > 0 OR "
			     "basis LIKE 'intervals%' FROM pressure");
	HU_CLEANUP(hu_out_deinit) struct hu_out why = {0};
	hu_out_printf(&why, "%zu reclaim sessions and %zu shrinker calls in the traces.",
		      m->sessions.count, m->scans.count);
	if (!m->have_reclaim && !m->have_shrink)
		hu_out_puts(&why, " Only counters were recorded: who reclaimed is not known.");
	analyzer(c, "reclaim", "Was memory being reclaimed, by whom, in which shrinker?",
		 busy ? "found" : "clear", why.at);
	if (count(c, "SELECT coalesce(in_stalled + in_other + out_stalled + out_other, 0) FROM "
		     "pressure")) {
		bool together = count(c, "SELECT p_value < 0.01 AND in_stalled > 0 FROM pressure");
		hu_out_clear(&why);
		hu_out_printf(&why,
			      "%lld of %lld operations that overlap reclaim stalled, and %lld of "
			      "%lld of the others (Fisher's "
			      "exact test, two-sided).",
			      (long long)count(c, "SELECT in_stalled FROM pressure"),
			      (long long)count(c, "SELECT in_stalled + in_other FROM pressure"),
			      (long long)count(c, "SELECT out_stalled FROM pressure"),
			      (long long)count(c, "SELECT out_stalled + out_other FROM pressure"));
		analyzer(c, "association", "Do stalls coincide with reclaim?",
			 together ? "found" : "clear", why.at);
	} else {
		analyzer(c, "association", "Do stalls coincide with reclaim?", "not_assessed",
			 "No traced operations to set against the reclaim that was recorded.");
	}
}

void hu_conclude_analyzers(struct hu_conclusion *c)
{
	int64_t faults, oom;

	say_stalls(c);
	say_locks(c);
	say_grace_periods(c);
	say_reclaim(c);
	bool log = count(c, "SELECT EXISTS (SELECT 1 FROM message)") != 0;
	oom = count(c, "SELECT count(DISTINCT text) FROM snapshot WHERE kind = 5");
	faults = count(c, "SELECT count(DISTINCT n.text) FROM snapshot JOIN name AS n ON n.id = "
			  "snapshot.text WHERE kind = 3 AND "
			  "n.text LIKE '%page_alloc%'");
	HU_CLEANUP(hu_out_deinit) struct hu_out why = {0};
	hu_out_printf(&why, "%lld OOM report%s in the kernel log.", (long long)oom,
		      oom == 1 ? "" : "s");
	analyzer(c, "oom", "Did the kernel run out of memory?",
		 !log  ? "not_assessed"
		 : oom ? "found"
		       : "clear",
		 log ? why.at : "No kernel log in the bundle; add dmesg.");
	hu_out_clear(&why);
	hu_out_printf(&why, "%lld warning%s of the page allocator in the kernel log.",
		      (long long)faults, faults == 1 ? "" : "s");
	analyzer(c, "reclaim_faults", "Did reclaim allocate, or re-enter a filesystem?",
		 !log	  ? "not_assessed"
		 : faults ? "found"
			  : "clear",
		 log ? why.at : "No kernel log in the bundle; add dmesg.");
	analyzer(c, "oncpu_contention", "Were CPUs burnt spinning on a lock?", "not_assessed",
		 "Profiles (perf.data, perf script) are not read by this version; perf report -g "
		 "caller on native_queued_spin_lock_slowpath "
		 "shows it.");
}
