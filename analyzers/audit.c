/*
 * The audit: evidence that looks good and is not, said in plain words, and the commands that would
 * decide. What it knows is kernel-facts sections 1 to 3.
 */
#include "analyzers/conclude.h"

#include <string.h>

static bool is_shrinker(const struct hu_cause *cause)
{
	return cause->part.kind == HU_PART_LOCK && cause->part.lock.name &&
	       !strcmp(cause->part.lock.name, "shrinker_rwsem");
}

/* Printed holds whose stack ends in the release of another lock: "dd, cost=7990ms" proves nothing
 * (kernel-facts 3). */
static void printed_holds(struct hu_conclusion *c, const struct hu_cause *cause)
{
	size_t wrong = 0, right = 0;
	const struct hu_hold *sample = NULL;

	for (size_t i = 0; i < c->m->holds.count; i++) {
		const struct hu_hold *h = &c->m->holds.at[i];
		if (!h->begin.table || strcmp(h->begin.table, "span") != 0 || h->in_table)
			continue;
		if (h->how == HU_OVERLAPPING && hu_lock_same(h->lock, cause->part.lock)) {
			right++;
			continue;
		}
		wrong++;
		if (!sample || h->duration > sample->duration)
			sample = h;
	}
	if (!sample)
		return;
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	const char *frame = hu_stack_facts(&c->m->stacks, sample->stack)->lock_frame;
	hu_out_printf(&text, "%zu of %zu printed holds do not prove a hold of %s: ", wrong,
		      wrong + right, cause->label);
	if (sample->stack && frame)
		hu_out_printf(&text,
			      "their stacks end in another lock's release (the longest, %s for ",
			      sample->comm ? sample->comm : "a task");
	else
		hu_out_printf(&text,
			      "they carry no stack that names the lock (the longest, %s for ",
			      sample->comm ? sample->comm : "a task");
	hu_out_duration(&text, sample->duration);
	if (sample->stack && frame)
		hu_out_printf(&text, ", was printed in %s)", frame);
	else
		hu_out_putc(&text, ')');
	hu_out_puts(&text, ". A script that starts its clock at the entry of down_read_trylock "
			   "without looking at the result, "
			   "and stops it at the next return of any up_read, times whatever came "
			   "between: a trylock that failed "
			   "because the lock was wanted already looks the same.");
	hu_add_note(c, cause->id, "caveat", text.at);
	if (is_shrinker(cause) && sample->stack &&
	    !hu_stack_facts(&c->m->stacks, sample->stack)->in_shrink_slab)
		hu_add_note(c, cause->id, "caveat",
			    "shrink_slab is not in that stack, so shrinker_rwsem was not held "
			    "there: it is released in page "
			    "reclaim, after an anon_vma or i_mmap rwsem. The conclusion that a "
			    "reader in shrink_slab delays the "
			    "writer fits the call path; this record does not prove it.");
}

static void failed_tries(struct hu_conclusion *c, const struct hu_cause *cause)
{
	if (!c->m->failed_tries || cause->part.kind != HU_PART_LOCK)
		return;
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	hu_out_grouped(&text, c->m->failed_tries);
	hu_out_printf(&text,
		      " trylocks by %zu task%s failed: none of them is a hold, and none of these "
		      "tasks is a holder for that "
		      "reason (while a writer waits, every new trylock fails).",
		      c->m->failed_tids.count, c->m->failed_tids.count == 1 ? "" : "s");
	hu_add_note(c, cause->id, "ruled_out", text.at);
}

static void losses(struct hu_conclusion *c, const struct hu_cause *cause)
{
	if (!c->m->lossy && !c->m->torn_pairs)
		return;
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	if (c->m->lost_events) {
		hu_out_grouped(&text, c->m->lost_events);
		hu_out_puts(&text, " events were lost by the tracer; ");
	} else if (!c->m->lossy) {
		hu_out_puts(&text,
			    "The records of the CPUs begin at different times, as a recorder "
			    "leaves them that overwrites its oldest events; ");
	} else if (c->m->silent_losses < 2) {
		hu_out_puts(&text, "Events were lost by the tracer; ");
	}
	if (c->m->silent_losses > 1) {
		hu_out_puts(&text, text.len ? "at " : "At ");
		hu_out_grouped(&text, c->m->silent_losses);
		hu_out_puts(&text,
			    " places the task that leaves a CPU is not the one that came to it "
			    "last, so events are missing there that no loss is told for; ");
	}
	if (c->m->torn_pairs) {
		hu_out_grouped(&text, c->m->torn_pairs);
		hu_out_printf(&text, " interval%s that might span a loss %s not believed, so ",
			      c->m->torn_pairs == 1 ? "" : "s",
			      c->m->torn_pairs == 1 ? "was" : "were");
	}
	hu_out_puts(&text, "counts and totals are lower bounds.");
	hu_add_note(c, cause->id, "caveat", text.at);
}

static void fellows(struct hu_conclusion *c, const struct hu_cause *cause)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out names = {0};
	size_t n = 0;

	for (size_t i = 0; i < cause->holders.count; i++) {
		const struct hu_holder *h = &cause->holders.at[i];
		if (!h->fellow)
			continue;
		if (n++ < 4)
			hu_out_printf(&names, "%s%s", n > 1 ? ", " : "", h->comm);
	}
	if (!n)
		return;
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	hu_out_printf(&text,
		      "%s%s: held the lock, too, but only after waiting for it themselves, and "
		      "passed it on at once: fellow "
		      "victims, not holders.",
		      names.at, n > 4 ? " and others" : "");
	hu_add_note(c, cause->id, "ruled_out", text.at);
}

static void other_causes(struct hu_conclusion *c, const struct hu_cause *cause)
{
	for (size_t i = 0; i < c->causes->at.count; i++) {
		const struct hu_cause *other = &c->causes->at.at[i];
		if (other == cause || other->part.kind == cause->part.kind)
			continue;
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		hu_out_printf(
			&text,
			"%zu other stalled operation%s waited for %s, not for %s: see incident %s.",
			other->ops.count, other->ops.count == 1 ? "" : "s", other->label,
			cause->label, other->id);
		hu_add_note(c, cause->id, "ruled_out", text.at);
	}
}

static void holder_doubts(struct hu_conclusion *c, const struct hu_cause *cause)
{
	const struct hu_holder *h = cause->holders.count ? &cause->holders.at[0] : NULL;

	if (cause->part.kind != HU_PART_LOCK)
		return;
	if (!h || h->fellow) {
		hu_add_note(c, cause->id, "caveat",
			    "No holder is named: the capture has no acquire or release of this "
			    "lock by another task while it was "
			    "waited for. lock:contention events show waiters only; a holder that "
			    "never waited does not appear in them.");
		return;
	}
	const char *table = c->m->holds.at[h->longest_hold].begin.table;
	if (h->how == HU_OVERLAPPING && table && !strcmp(table, "wakeup"))
		hu_add_note(c, cause->id, "caveat",
			    "The holder is who woke the waiter out of the lock's queue, in task "
			    "context; the wakeup carries no stack that shows the release. Only a "
			    "release does that, but for signals and fellow waiters.");
	else if (h->how == HU_OVERLAPPING && !c->m->holds.at[h->longest_hold].in_table)
		hu_add_note(c, cause->id, "caveat",
			    "The holder was seen in a function that runs under this lock, by a "
			    "record that does not show the "
			    "acquire's result: that is strong circumstance, not an observed hold.");
	if (h->how == HU_RECORDED_OWNER && h->mode == HU_MODE_READ)
		hu_add_note(c, cause->id, "caveat",
			    "The kernel's owner field of a reader-owned rwsem names only the last "
			    "reader that got it, possibly long "
			    "gone.");
	if (h->how == HU_SIGNATURE)
		hu_add_note(c, cause->id, "caveat",
			    "Only the victim's stack says which lock it was; the holder is a "
			    "candidate.");
	if (cause->blocked && (double)cause->covered < 0.8 * (double)cause->blocked) {
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		hu_out_printf(&text,
			      "The named holders cover %.0f %% of the waiting; who held the lock "
			      "in the rest is not recorded.",
			      100.0 * (double)cause->covered / (double)cause->blocked);
		hu_add_note(c, cause->id, "caveat", text.at);
	}
	if (cause->holders.count > 1 && !cause->holders.at[1].fellow &&
	    cause->holders.at[1].share > 0.2)
		hu_add_note(c, cause->id, "caveat",
			    "Several tasks held the lock at once or in turn: all are listed, and "
			    "removing one alone would not have "
			    "ended the stall.");
}

static void tail_note(struct hu_conclusion *c, const struct hu_cause *cause)
{
	for (size_t i = 0; i < cause->ops.count; i++) {
		const struct hu_op *op = &c->m->ops.at[cause->ops.at[i]];
		if (!op->tail)
			continue;
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		hu_out_printf(&text,
			      "%s does its slow part in task work, after the syscall's exit event: "
			      "the times here are what the "
			      "task lived through, not what the event pair spans.",
			      op->name);
		hu_add_note(c, cause->id, "caveat", text.at);
		return;
	}
}

/* Holds of a table have no time: that they were in the way is arithmetic, or not known. */
static void table_holds(struct hu_conclusion *c, const struct hu_cause *cause)
{
	const struct hu_holder *who = cause->holders.count ? &cause->holders.at[0] : NULL;
	const struct hu_hold *h = who ? &c->m->holds.at[who->longest_hold] : NULL;
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};

	if (!h || !h->in_table)
		return;
	hu_out_puts(&text, "The hold is a row of a table (klockstat), which has no times. ");
	if (h->at_least) {
		hu_out_puts(&text, "That it was in the way follows from sums: all other holds of "
				   "this lock together leave at least ");
		hu_out_duration(&text, h->at_least);
		hu_out_puts(&text, " of the longest wait to it. A hold that began before the tool "
				   "did is in no table.");
	} else {
		hu_out_puts(&text, "Others held the lock for long enough to be in the way as well, "
				   "or the table is not complete: it is a candidate.");
	}
	hu_add_note(c, cause->id, "caveat", text.at);
}

void hu_conclude_audit(struct hu_conclusion *c, struct hu_cause *cause)
{
	if (cause->part.kind == HU_PART_LOCK) {
		printed_holds(c, cause);
		table_holds(c, cause);
	}
	holder_doubts(c, cause);
	hu_conclude_candidates(c, cause);
	losses(c, cause);
	tail_note(c, cause);
	failed_tries(c, cause);
	fellows(c, cause);
	other_causes(c, cause);
	hu_conclude_next_capture(c, cause);
}
