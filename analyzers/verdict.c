/* The verdict: one outcome, one sentence. */
#include "analyzers/oncpu.h"
#include "analyzers/trouble.h"

#include <stdlib.h>
#include <string.h>

/* Whoever runs 7.0.7 wants to hear of 7.0.9 before 7.1. */
static void fix_clause(struct hu_conclusion *c, const char *incident, struct hu_out *to)
{
	struct hu_rows *r =
		hu_rows_open(c->store, "SELECT coalesce(fixed_here || ' or ', '') || fixed_in, "
				       "applies FROM incident_fix WHERE incident = ?1 AND fixed_in "
				       "IS NOT NULL AND rank = (SELECT min(rank) FROM incident_fix "
				       "WHERE incident = ?1)");

	hu_rows_bind_text(r, 1, hu_str(incident));
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
	hu_result_close(&c->err, r);
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
		if (cause->part.frame && !strstr(cause->label, cause->part.frame))
			hu_out_printf(to, " (in %s)", cause->part.frame);
		hu_out_puts(to, cause->part.kind == HU_PART_SLEEP && !hu_part_nameless(&cause->part)
					? "; no lock holder is to blame"
					: "");
		fix_clause(c, cause->id, to);
		hu_out_putc(to, '.');
		return;
	}
	hu_out_printf(to, " waiting %s%s%s%s", wanted ? "to " : "for ", wanted ? wanted : "",
		      wanted ? "-lock " : "", cause->label);
	if (!h) {
		hu_out_puts(to, "; who held it is not in the capture");
	} else if (h->how == HU_SIGNATURE) {
		hu_out_printf(to, "; the holder may be %s, but no record proves it", h->comm);
	} else if (h->how == HU_RECORDED_OWNER && h->mode == HU_MODE_READ) {
		hu_out_printf(to,
			      "; the holder may be %s, the last reader that the kernel recorded, "
			      "which may be long gone",
			      h->comm);
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
		hu_out_printf(to, " held%s%s", held ? " for " : "", held ? held : "");
		if (h->longest > 0) {
			hu_out_puts(to, " for up to ");
			hu_out_duration(to, h->longest);
		}
		if (h->doing)
			hu_out_printf(to, " inside %s", h->doing);
	}
	fix_clause(c, cause->id, to);
	hu_out_putc(to, '.');
}

static void nothing(struct hu_conclusion *c, const char **outcome, struct hu_out *to)
{
	const struct hu_model *m = c->m;
	bool some = m->have_syscalls || m->have_contention || m->have_lock_events ||
		    m->have_spans || m->have_snapshots;
	int64_t ops = hu_traced_ops(m);

	/* Lock events, printed holds and stuck tasks show some stalls and miss others: only where
	 * operations were measured, or every sleep was recorded with its stack, can it be told that
	 * there was none. An unread capture is a second witness then; else it was the only one. */
	if (!ops && !c->unread && m->blocked_stacks && !m->unmeasured && m->long_sleeps) {
		*outcome = "not_assessed";
		hu_out_puts(to, "Not assessed: calls were not recorded, and tasks slept in some of "
				"them, uninterruptibly, for the threshold or more (");
		hu_out_grouped(to, m->long_sleeps);
		hu_out_puts(to, m->long_sleeps == 1 ? " time)." : " times).");
		return;
	}
	if (!ops && (!m->blocked_stacks || m->unmeasured || c->unread)) {
		*outcome = "not_assessed";
		if (c->unread)
			hu_out_printf(to,
				      "No stall in what could be read, but %s was not read: not "
				      "assessed.",
				      c->unread_path);
		else if (some)
			hu_out_puts(to, "Not assessed: no stall is told, but nothing in the bundle "
					"records how long operations took.");
		else
			hu_out_puts(to, "Not assessed: the bundle has no record of operations, "
					"lock waits or stuck tasks.");
		return;
	}
	if (!ops && m->to - m->from < m->options.threshold) {
		*outcome = "not_assessed";
		hu_out_puts(to, "Not assessed: what was recorded is shorter than the threshold, so "
				"no stall would show.");
		return;
	}
	if (m->torn_stalls && !m->cut) {
		*outcome = "not_assessed";
		hu_out_printf(to, "No stall in what could be read, but lost events tore ");
		hu_out_grouped(to, m->torn_stalls);
		hu_out_printf(to, " call%s apart that may have been one: not assessed.",
			      m->torn_stalls == 1 ? "" : "s");
		return;
	}
	if (m->wide_gap && !m->cut) {
		*outcome = "not_assessed";
		hu_out_puts(to, "No stall in what could be read, but so many events were lost at a "
				"stretch that one would fit in: not assessed.");
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
		hu_out_puts(to, "no lock wait and no blocked mount or umount took ");
	hu_out_duration(to, m->options.threshold);
	hu_out_puts(to, " or more");
	if (ops && c->causes->by_design)
		hu_out_printf(to, ", but for %zu asleep by design", c->causes->by_design);
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
	const char *outcome = NULL, *incident = NULL;

	const struct hu_spin *spin = c->spins->at.count ? &c->spins->at.at[0] : NULL;

	if (cause) {
		outcome = hu_cause_outcome(cause);
		incident = cause->id;
		found(c, cause, &sentence);
	} else if (spin) {
		outcome = "found";
		incident = spin->id;
		hu_say_spin(c, spin, &sentence);
		fix_clause(c, spin->id, &sentence);
		hu_out_putc(&sentence, '.');
	} else if ((incident = hu_say_trouble(c, &sentence))) {
		outcome = "found";
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
	hu_result_close(&c->err, r);
	hu_result(c->store, &c->err,
		  "INSERT INTO verdict (outcome, sentence, incident, threshold_ns, window_case, "
		  "duration_ns, wall_from, wall_to, lossy) "
		  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
		  "sssiiissi", outcome, sentence.at, incident, (int64_t)c->m->options.threshold,
		  (int64_t)c->m->from, (int64_t)(c->m->to - c->m->from),
		  wall_from.len ? wall_from.at : NULL, wall_to.len ? wall_to.at : NULL,
		  (int64_t)c->lossy);
}
