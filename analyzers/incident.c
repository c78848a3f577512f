/* One incident: title, summary, numbers, holders. */
#include "analyzers/conclude.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* "mount", "umount", "mount and umount": the kinds of the stalled operations, most frequent first.
 */
static void kinds(struct hu_conclusion *c, const struct hu_cause *cause, const char *join,
		  struct hu_out *to)
{
	const char *names[8];
	size_t counts[8], n = 0;

	for (size_t i = 0; i < cause->ops.count; i++) {
		const struct hu_op *op = &c->m->ops.at[cause->ops.at[i]];
		const char *name = op->name;
		size_t k = 0;
		if (op->inferred && cause->operations >= 0)
			continue;
		while (k < n && strcmp(names[k], name) != 0)
			k++;
		if (k == n) {
			if (n == 8)
				continue;
			names[n] = name;
			counts[n++] = 0;
		}
		counts[k]++;
	}
	for (size_t i = 0; i < n; i++) /* alphabetical: stable, and mount before umount */
		for (size_t k = i + 1; k < n; k++)
			if (strcmp(names[k], names[i]) < 0) {
				const char *swap = names[i];
				names[i] = names[k];
				names[k] = swap;
			}
	for (size_t i = 0; i < n; i++)
		hu_out_printf(to, "%s%s", i ? join : "", names[i]);
}

/* A pasted call path is of nobody, and not countable; tasks in a list are, also without a time. */
static bool countable(const struct hu_conclusion *c, const struct hu_cause *cause)
{
	const struct hu_op *op = &c->m->ops.at[cause->ops.at[0]];

	return cause->timed ||
	       (op->tid >= 0 && op->begin.table && !strcmp(op->begin.table, "snapshot"));
}

void hu_say_operations(struct hu_conclusion *c, const struct hu_cause *cause, bool capital,
		       struct hu_out *to)
{
	int64_t operations = cause->operations;
	size_t from = to->len;

	if (operations >= 0)
		hu_out_printf(to, "%zu of %lld ", cause->ops.count - cause->inferred,
			      (long long)operations);
	else if (countable(c, cause))
		hu_out_printf(to, "%zu ", cause->ops.count);
	kinds(c, cause, " and ", to);
	bool one = countable(c, cause) &&
		   (operations == 1 || (operations < 0 && cause->ops.count == 1));
	/* A wait or a stuck task whose call nobody traced is no call. */
	struct hu_str said = hu_out_view(to);
	bool call = !hu_str_ends(said, " wait") && !hu_str_ends(said, " task");
	hu_out_printf(to, "%s%s", call ? " call" : "", one ? "" : "s");
	if (capital && to->len > from)
		to->at[from] = (char)toupper((unsigned char)to->at[from]);
}

static bool operations_known(const struct hu_cause *cause)
{
	return cause->operations >= 0;
}

static const struct hu_holder *first_holder(const struct hu_cause *cause)
{
	return cause->holders.count && !cause->holders.at[0].fellow ? &cause->holders.at[0] : NULL;
}

static size_t named_holders(const struct hu_cause *cause)
{
	size_t n = 0;

	for (size_t i = 0; i < cause->holders.count; i++)
		n += !cause->holders.at[i].fellow &&
		     (cause->holders.at[i].share >= 0.01 || !cause->covered);
	return n;
}

static void title(struct hu_conclusion *c, const struct hu_cause *cause, struct hu_out *to)
{
	const struct hu_op *op = &c->m->ops.at[cause->ops.at[0]];
	const struct hu_holder *h = first_holder(cause);

	kinds(c, cause, " and ", to);
	if (to->len)
		to->at[0] = (char)toupper((unsigned char)to->at[0]);
	if (op->duration > 0) {
		hu_out_puts(to, op->open ? " stalled for at least " : " stalled up to ");
		hu_out_duration(to, op->duration);
	} else {
		hu_out_puts(to, " stalled");
	}
	hu_out_puts(to, ": ");
	if (cause->part.kind != HU_PART_LOCK) {
		hu_out_printf(to, "%s%s", cause->part.kind == HU_PART_RUNNING ? "" : "waiting for ",
			      cause->label);
		return;
	}
	if (!h) {
		hu_out_printf(to, "waiting for %s, and nobody was seen holding it", cause->label);
		return;
	}
	size_t others = named_holders(cause) - 1;
	hu_out_puts(to, h->comm);
	if (others)
		hu_out_printf(to, " and %zu other%s", others, others == 1 ? "" : "s");
	bool doubtful =
		h->how == HU_SIGNATURE || (h->how == HU_RECORDED_OWNER && h->mode == HU_MODE_READ);
	hu_out_printf(to, " %s %s", doubtful ? "may have held" : "held", cause->label);
}

void hu_say_role(const char *role, struct hu_out *to)
{
	static const char *const said[][2] = {
		{"drop_caches", ", by writing to drop_caches,"},
		{"direct_reclaim", ", in direct reclaim,"},
		{"memcg_reclaim", ", in reclaim of its memory cgroup,"},
		{"node_reclaim", ", in node reclaim,"},
		{NULL, NULL},
	};

	/* kswapd and khugepaged say it by their names. */
	for (size_t i = 0; said[i][0]; i++)
		if (!strcmp(role, said[i][0]))
			hu_out_puts(to, said[i][1]);
}

static void holder_sentence(struct hu_conclusion *c, const struct hu_cause *cause,
			    const struct hu_holder *h, struct hu_out *to)
{
	const char *mode = hu_mode_name(h->mode);

	hu_say_task(c, h->tid, h->comm, to);
	hu_say_role(h->role, to);
	if (h->how == HU_SIGNATURE)
		hu_out_puts(to, " is a candidate only: printed for ");
	else
		hu_out_printf(to, " held it%s%s%s", mode ? " for " : "", mode ? mode : "",
			      h->longest > 0 ? " for up to " : ", for how long is not known");
	if (h->how == HU_SIGNATURE || h->longest > 0)
		hu_out_duration(to, h->longest);
	if (h->doing && h->doing_scan != SIZE_MAX) {
		hu_out_puts(to, ", ");
		hu_out_duration(to, h->doing_ns);
		hu_out_printf(to, " of it inside one call of %s", h->doing);
	} else if (h->doing) {
		hu_out_printf(to, ", in %s", h->doing);
	}
	if (cause->blocked && h->share > 0)
		hu_out_printf(to, "; %.1f %% of the waiting was behind it", h->share * 100);
}

static void summary(struct hu_conclusion *c, const struct hu_cause *cause, struct hu_out *to)
{
	const struct hu_op *op = &c->m->ops.at[cause->ops.at[0]];
	const char *mode = hu_mode_name(cause->part.mode);
	hu_ns median = cause->median;

	hu_say_operations(c, cause, true, to);
	if (op->duration > 0) {
		hu_out_puts(to, " stalled, the worst for ");
		hu_out_duration(to, op->duration);
		if (median >= 0) {
			hu_out_puts(to, " (median of all: ");
			hu_out_duration(to, median);
			hu_out_putc(to, ')');
		}
	}
	if (operations_known(cause) && cause->inferred)
		hu_out_printf(to, "; of %zu more only the waits are recorded", cause->inferred);
	if (!op->duration)
		hu_out_puts(to, " stalled; how often and for how long is not told");
	hu_out_puts(to, ". ");
	if (cause->part.kind == HU_PART_LOCK) {
		hu_out_printf(to, "Each waited %s%s%s. ", mode ? "to " : "for ", mode ? mode : "",
			      mode ? "-lock " : "");
		to->len -= 2; /* the sentence goes on */
		hu_out_printf(to, "%s. ", cause->label);
		if (!first_holder(cause))
			hu_out_puts(to, "No record in the bundle shows who held it. ");
		size_t said = 0;
		for (size_t i = 0; i < cause->holders.count && said < 3; i++) {
			const struct hu_holder *h = &cause->holders.at[i];
			if (h->fellow || (cause->covered && h->share < 0.01))
				continue;
			holder_sentence(c, cause, h, to);
			hu_out_puts(to, ". ");
			said++;
		}
		if (cause->deadlock)
			hu_out_puts(to, "The chain of waits is a circle: a deadlock, which nobody "
					"in it can leave. ");
		else if (cause->behind)
			hu_out_printf(to, "In the worst stall %s. ", cause->behind);
	} else {
		hu_out_printf(to,
			      cause->part.kind == HU_PART_RUNNING ? "They were busy with %s"
								  : "They waited for %s",
			      cause->label);
		if (cause->part.frame && !strstr(cause->label, cause->part.frame))
			hu_out_printf(to, " (in %s)", cause->part.frame);
		hu_out_puts(to, hu_part_nameless(&cause->part)
					? ". "
					: ". No lock holder is to blame for that. ");
	}
	while (to->len && to->at[to->len - 1] == ' ')
		to->at[--to->len] = '\0';
}

/* Stable across hosts and boots: no addresses, no ids, no numbers behind names. */
static void signature(struct hu_conclusion *c, const struct hu_cause *cause, struct hu_out *to)
{
	const struct hu_holder *h = first_holder(cause);
	const char *mode = hu_mode_name(cause->part.mode);

	kinds(c, cause, ",", to);
	if (cause->part.kind == HU_PART_LOCK) {
		const char *plus =
			cause->part.lock.name ? strchr(cause->part.lock.name, '+') : NULL;
		hu_out_putc(to, '|');
		if (!cause->part.lock.name)
			hu_out_printf(to, "heap %s", hu_lock_word(cause->part.type));
		else
			hu_out_bytes(to, cause->part.lock.name,
				     plus ? (size_t)(plus - cause->part.lock.name)
					  : strlen(cause->part.lock.name));
		hu_out_printf(to, "|%s", mode ? mode : "?");
		hu_out_printf(to, "|%s|%s", h ? h->role : "?", h && h->doing ? h->doing : "?");
	} else {
		/* The frame has a field of its own. */
		const char *label =
			cause->part.kind == HU_PART_SLEEP && hu_part_nameless(&cause->part)
				? hu_why_name(cause->part.why)
				: cause->label;
		hu_out_printf(to, "|%s|%s", label, cause->part.frame ? cause->part.frame : "?");
	}
}

static void put_holders(struct hu_conclusion *c, const struct hu_cause *cause)
{
	int64_t rank = 0;

	for (size_t i = 0; i < cause->holders.count; i++) {
		const struct hu_holder *h = &cause->holders.at[i];
		const struct hu_hold *hold = &c->m->holds.at[h->longest_hold];
		HU_CLEANUP(hu_out_deinit) struct hu_out stack = {0};
		if (h->fellow || (cause->covered && h->share < 0.01))
			continue;
		hu_stack_text(&c->m->stacks, hold->stack, "\n", &stack);
		hu_result(c->store, &c->err,
			  "INSERT INTO incident_holder (incident, rank, comm, tid, role, how, "
			  "holds, longest_ns, longest_at_ns, "
			  "blocking_ns, share, doing, doing_ns, stack) VALUES (?1, ?2, ?3, ?4, ?5, "
			  "?6, ?7, ?8, ?9, ?10, ?11, ?12, "
			  "?13, ?14)",
			  "sisossiooonsos", cause->id, ++rank, h->comm, (int64_t)h->tid, h->role,
			  hu_how_name(h->how), (int64_t)h->holds, (int64_t)h->longest,
			  hold->timed ? hu_at(c, hold->from) : HU_OPEN,
			  cause->covered ? (int64_t)h->blocking : HU_OPEN,
			  cause->covered ? h->share : NAN, h->doing,
			  h->doing_ns ? (int64_t)h->doing_ns : HU_OPEN,
			  stack.len ? stack.at : NULL);
	}
}

/* After the fix the worst operation is the worst that is left, stalled for this reason or not. */
static hu_ns estimate(struct hu_conclusion *c, const struct hu_cause *cause)
{
	hu_ns worst = cause->estimate_worst;

	/* Of a stall that never ended, behind a hold whose end nobody saw, there is nothing to
	 * subtract. */
	if (worst < 0 || (c->m->ops.at[cause->ops.at[0]].open && worst == 0))
		return HU_OPEN;
	for (size_t i = 0; i < c->m->ops.count; i++) {
		const struct hu_op *op = &c->m->ops.at[i];
		if (op->timed && !op->inferred && op->duration < c->m->options.threshold &&
		    hu_cause_watched(c->m, cause, op) && op->duration > worst &&
		    !strcmp(op->name, c->m->ops.at[cause->ops.at[0]].name))
			worst = op->duration;
	}
	return worst;
}

void hu_conclude_incident(struct hu_conclusion *c, struct hu_cause *cause, int rank)
{
	const struct hu_op *op = &c->m->ops.at[cause->ops.at[0]];
	bool lock = cause->part.kind == HU_PART_LOCK;
	const struct hu_holder *h = first_holder(cause);
	HU_CLEANUP(hu_out_deinit) struct hu_out head = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out sign = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out names = {0};

	title(c, cause, &head);
	summary(c, cause, &text);
	signature(c, cause, &sign);
	kinds(c, cause, ", ", &names);
	hu_result(c->store, &c->err,
		  "INSERT INTO incident (id, rank, signature, title, summary, confidence, "
		  "victim_operation, victim_comm, "
		  "victim_tid, victim_at_ns, stalled, operations, worst_ns, median_ns, total_ns, "
		  "worst_open) VALUES (?1, ?2, ?3, "
		  "?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
		  "sissssssoooooooi", cause->id, (int64_t)rank, sign.at, head.at, text.at,
		  cause->confidence, names.at,
		  op->tid >= 0 || op->comm ? (op->comm ? op->comm : hu_model_comm(c->m, op->tid))
					   : NULL,
		  (int64_t)op->tid, op->timed ? hu_at(c, op->from) : HU_OPEN,
		  countable(c, cause) ? (int64_t)(cause->ops.count -
						  (operations_known(cause) ? cause->inferred : 0))
				      : HU_OPEN,
		  cause->operations, op->duration ? (int64_t)op->duration : HU_OPEN,
		  (int64_t)cause->median, cause->total ? (int64_t)cause->total : HU_OPEN,
		  (int64_t)op->open);
	hu_result(c->store, &c->err, "UPDATE incident SET cause = ?2 WHERE id = ?1", "ss",
		  cause->id, lock && h ? NULL : cause->label);
	if (lock) {
		hu_result(c->store, &c->err,
			  "UPDATE incident SET lock_name = ?2, lock_address = nullif(?3, 0), "
			  "lock_type = ?4, lock_wanted = ?5, "
			  "lock_held = ?6 WHERE id = ?1",
			  "ssisss", cause->id,
			  hu_lock_described(cause->part.lock) ? NULL : cause->part.lock.name,
			  (int64_t)cause->part.lock.address, hu_lock_type_name(cause->part.type),
			  hu_mode_name(cause->part.mode), h ? hu_mode_name(h->mode) : NULL);
		hu_ns after = estimate(c, cause);
		if (after != HU_OPEN)
			hu_result(c->store, &c->err,
				  "UPDATE incident SET estimate_worst_ns = ?2, estimate_basis = ?3 "
				  "WHERE id = ?1",
				  "sos", cause->id, (int64_t)after,
				  "an estimate: every operation's time less the named holders' "
				  "holds that it waited behind");
		put_holders(c, cause);
	}
	hu_conclude_latency(c, cause);
}
