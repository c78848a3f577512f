/* The chain: where the worst operation's time went, and behind each wait who was in the way and
 * what that one did. */
#include "analyzers/conclude.h"

#include <stdlib.h>
#include <string.h>

/* A chain of more links than that is no help to anybody. */
enum { MAX_LOOKED_AT = 64 };

struct chain {
	struct hu_conclusion *c;
	struct hu_cause *cause;
	hu_ns whole;
	int64_t rank;
};

static void link_to(struct chain *k, int64_t depth, const char *task, const char *state,
		    const char *on, const char *how, hu_ns ns)
{
	hu_result(k->c->store, &k->c->err,
		  "INSERT INTO incident_link (incident, rank, depth, task, state, waits_on, how, "
		  "ns, share) VALUES (?1, ?2, ?3, "
		  "?4, ?5, ?6, ?7, ?8, ?9)",
		  "siissssid", k->cause->id, ++k->rank, depth, task, state, on, how, (int64_t)ns,
		  k->whole > 0 ? (double)ns / (double)k->whole : 0.0);
}

/* What one holder's holds cover of this operation's waits. */
static hu_ns covers(struct chain *k, const struct hu_op *op, const struct hu_holder *h)
{
	struct hu_model *m = k->c->m;
	size_t first, end = hu_op_waits(m, op, &first);
	hu_ns ns = 0;

	for (size_t i = first; i < end; i++) {
		const struct hu_wait *w = &m->waits.at[i];
		if (!w->timed || !hu_wait_of(m, w, op) ||
		    !hu_lock_same(w->lock, k->cause->part.lock))
			continue;
		hu_ns from = w->from > op->from ? w->from : op->from,
		      to = w->to < op->to ? w->to : op->to, last = from;
		for (size_t n = 0; n < m->holds.count && m->holds.at[n].from < to; n++) {
			const struct hu_hold *hold = &m->holds.at[n];
			const char *comm = hold->comm ? hold->comm : hu_model_comm(m, hold->tid);
			bool mine =
				h->tid >= 0 ? hold->tid == h->tid : hold->comm && comm == h->comm;
			if (!mine || !hold->timed || !hu_lock_same(hold->lock, k->cause->part.lock))
				continue;
			hu_ns a = hold->from > last ? hold->from : last;
			hu_ns part = hu_overlap(a, hold->to, from, to);
			ns += part;
			if (part)
				last = hold->to;
		}
	}
	return ns;
}

/* The longest call of one shrinker by this task, as far as the operation waited behind it: it lies
 * inside the hold. */
static void inside(struct chain *k, const struct hu_op *op, const struct hu_holder *h,
		   const char *task)
{
	struct hu_model *m = k->c->m;
	const struct hu_scan *best = NULL;
	size_t first, end = hu_op_waits(m, op, &first);
	hu_ns most = 0;

	for (size_t i = 0; i < m->scans.count; i++) {
		const struct hu_scan *s = &m->scans.at[i];
		hu_ns ns = 0;
		for (size_t w = s->tid == h->tid ? first : end; w < end; w++)
			if (hu_wait_of(m, &m->waits.at[w], op) &&
			    hu_lock_same(m->waits.at[w].lock, k->cause->part.lock))
				ns += hu_overlap(s->from, s->to, m->waits.at[w].from,
						 m->waits.at[w].to);
		if (ns > most) {
			most = ns;
			best = s;
		}
	}
	if (!best)
		return;
	HU_CLEANUP(hu_out_deinit) struct hu_out on = {0};
	hu_out_printf(&on, "one call of %s", best->function);
	if (best->shrinker)
		hu_out_printf(&on, " (shrinker 0x%llx)", (unsigned long long)best->shrinker);
	link_to(k, 2, task, "running", on.at, "observed", most);
}

static void behind_lock(struct chain *k, const struct hu_op *op, hu_ns waited)
{
	hu_ns fellows = 0, explained = 0;
	size_t fellow_count = 0;

	for (size_t i = 0; i < k->cause->holders.count && i < MAX_LOOKED_AT; i++) {
		const struct hu_holder *h = &k->cause->holders.at[i];
		hu_ns ns = covers(k, op, h);
		if (!ns)
			continue;
		if (h->fellow) {
			fellows += ns;
			fellow_count++;
			continue;
		}
		if (ns * 1000 < k->whole && i)
			continue;
		HU_CLEANUP(hu_out_deinit) struct hu_out task = {0};
		HU_CLEANUP(hu_out_deinit) struct hu_out on = {0};
		hu_say_task(k->c, h->tid, h->comm, &task);
		hu_out_puts(&on, k->cause->label);
		if (hu_mode_name(h->mode))
			hu_out_printf(&on, ", for %s", hu_mode_name(h->mode));
		link_to(k, 1, task.at, "holding", on.at, hu_how_name(h->how), ns);
		inside(k, op, h, task.at);
		explained = ns > explained ? ns : explained;
	}
	if (fellow_count) {
		HU_CLEANUP(hu_out_deinit) struct hu_out task = {0};
		hu_out_printf(&task, "%zu fellow victim%s", fellow_count,
			      fellow_count == 1 ? "" : "s");
		HU_CLEANUP(hu_out_deinit) struct hu_out on = {0};
		hu_out_printf(&on, "got %s first and passed it on", k->cause->label);
		link_to(k, 1, task.at, "holding", on.at, NULL, fellows);
	}
	if (!op->timed) {
		/* No times: who is only said to have held it stands here as what it is. */
		for (size_t i = 0; i < k->cause->holders.count && i < 3; i++) {
			const struct hu_holder *h = &k->cause->holders.at[i];
			HU_CLEANUP(hu_out_deinit) struct hu_out task = {0};
			hu_say_task(k->c, h->tid, h->comm, &task);
			link_to(k, 1, task.at, "holding", k->cause->label, hu_how_name(h->how),
				h->longest);
		}
		return;
	}
	if (!explained)
		link_to(k, 1, "nobody seen", "unknown", "no record shows a holder", NULL, waited);
}

/* A CPU that did not switch while a grace period waited for it (kernel-facts 1.14). Named only if
 * it is seen. */
static void behind_grace_period(struct chain *k, const struct hu_op *op, hu_ns waited)
{
	struct hu_conclusion *c = k->c;
	struct hu_rows *r = hu_rows_open(
		c->store,
		"WITH s AS (SELECT source, cpu, ts + offset_ns AS at, next, switch.rowid AS id "
		"FROM switch JOIN source ON source.id = source "
		"WHERE cpu IS NOT NULL AND copy_of IS NULL), g AS (SELECT cpu, at, next, lead(at) "
		"OVER "
		"(PARTITION BY source, cpu ORDER BY at, id) AS until "
		"FROM s) SELECT cpu, next, at, until FROM g WHERE next > 0 AND at < ?2 "
		"AND until > ?1 AND "
		"min(until, ?2) - max(at, ?1) > (?2 - ?1) / 4 ORDER BY min(until, ?2) - "
		"max(at, ?1) DESC, cpu LIMIT 1");
	hu_ns from = op->from, to = op->to;
	for (size_t i = 0; i < op->sleeps.count; i++)
		if (op->sleeps.at[i].to - op->sleeps.at[i].from == k->cause->part.longest) {
			from = op->sleeps.at[i].from;
			to = op->sleeps.at[i].to;
		}
	hu_rows_bind_int(r, 1, from);
	hu_rows_bind_int(r, 2, to);
	if (hu_rows_next(r)) {
		HU_CLEANUP(hu_out_deinit) struct hu_out task = {0};
		HU_CLEANUP(hu_out_deinit) struct hu_out on = {0};
		int64_t cpu = hu_rows_int(r, 0);
		int32_t tid = (int32_t)hu_rows_int(r, 1);
		hu_say_task(c, tid, NULL, &task);
		hu_out_printf(&on, "on CPU %lld without a context switch until ", (long long)cpu);
		hu_out_stamp(&on, hu_rows_int(r, 3));
		hu_out_puts(
			&on,
			": a grace period cannot end before that CPU has passed a quiescent state");
		link_to(k, 1, task.at, "running", on.at, "overlapping",
			hu_overlap(hu_rows_int(r, 2), hu_rows_int(r, 3), op->from, op->to));
	} else {
		link_to(k, 1, "RCU", "unknown", "no CPU was seen to hold up the grace period", NULL,
			waited);
	}
	hu_result_close(&c->err, r);
}

void hu_conclude_chain(struct hu_conclusion *c, struct hu_cause *cause)
{
	const struct hu_op *op = &c->m->ops.at[cause->ops.at[0]];
	struct chain k = {.c = c, .cause = cause, .whole = op->duration};
	HU_CLEANUP(hu_out_deinit) struct hu_out task = {0};
	hu_parts parts;

	if (op->tid >= 0 || op->comm)
		hu_say_task(c, op->tid, op->comm, &task);
	else
		hu_out_puts(&task, "the caller");
	hu_op_parts(c->m, op, &parts);
	for (size_t i = 0; i < parts.count; i++) {
		const struct hu_part *p = &parts.at[i];
		HU_CLEANUP(hu_out_deinit) struct hu_out on = {0};
		bool main_part = i == 0;
		/* A printed wait is its script's word, not an event's. */
		bool printed = op->begin.table && !strcmp(op->begin.table, "span");
		switch (p->kind) {
		case HU_PART_LOCK:
			if (p->lock.name)
				hu_out_puts(&on, p->lock.name);
			else if (!p->lock.address)
				hu_out_printf(&on, "a %s that the capture does not name",
					      hu_lock_word(p->type));
			else
				hu_out_printf(&on, "%s 0x%llx", hu_lock_word(p->type),
					      (unsigned long long)p->lock.address);
			if (hu_mode_name(p->mode))
				hu_out_printf(&on, ", to %s", hu_mode_name(p->mode));
			if (p->frame)
				hu_out_printf(&on, ", in %s", p->frame);
			link_to(&k, 0, task.at, "waiting", on.at,
				!op->timed ? "signature"
				: printed  ? NULL
					   : "observed",
				p->ns);
			if (main_part)
				behind_lock(&k, op, p->ns);
			break;
		case HU_PART_SLEEP:
			hu_out_puts(&on, p->why == HU_WHY_GRACE_PERIOD && main_part
						 ? cause->label
						 : hu_why_name(p->why));
			if (p->frame)
				hu_out_printf(&on, " (%s)", p->frame);
			link_to(&k, 0, task.at, "waiting", on.at, "observed", p->ns);
			if (main_part && p->why == HU_WHY_GRACE_PERIOD)
				behind_grace_period(&k, op, p->ns);
			break;
		case HU_PART_RUNNABLE:
			link_to(&k, 0, task.at, "runnable", "a CPU", "observed", p->ns);
			break;
		case HU_PART_RUNNING:
			link_to(&k, 0, task.at, "running", NULL, "observed", p->ns);
			break;
		case HU_PART_UNKNOWN:
			link_to(&k, 0, task.at, "unknown", "the capture does not show it", NULL,
				p->ns);
			break;
		}
	}
	free(parts.at);
}
