/* Spinning as an incident: its sentences, and its rows of the result tables. */
#include "analyzers/oncpu.h"

#include <string.h>

/* "12 tasks called oploop", "oploop (301)", "oploop and 3 others". */
static void say_tasks(struct hu_conclusion *c, const struct hu_spin *spin, struct hu_out *to)
{
	const char *first = NULL;
	size_t other = 0, n = 0;

	for (size_t i = 0; i < spin->tasks.count; i++) {
		const char *comm = hu_model_comm(c->m, spin->tasks.at[i].tid);
		if (!first)
			first = comm;
		other += strcmp(comm, first) != 0;
		n++;
	}
	if (n == 1)
		hu_say_task(c, spin->tasks.at[0].tid, NULL, to);
	else if (!other)
		hu_out_printf(to, "%zu tasks called %s", n, first);
	else
		hu_out_printf(to, "%zu tasks, %s most of all", n, first);
}

void hu_say_spin(struct hu_conclusion *c, const struct hu_spin *spin, struct hu_out *to)
{
	hu_out_printf(to,
		      "%.1f %% of the CPU samples in %s were spent spinning for %s%s in %s, by ",
		      spin->share * 100, spin->path, spin->lock ? spin->lock : "a lock",
		      spin->lock ? "" : " taken", spin->caller);
	say_tasks(c, spin, to);
}

static void put_summary(struct hu_conclusion *c, const struct hu_spin *spin, struct hu_out *to)
{
	hu_out_grouped(to, spin->samples);
	hu_out_puts(to, " of ");
	hu_out_grouped(to, spin->all);
	hu_out_printf(to, " CPU samples in %s (%.1f %%", spin->path, spin->share * 100);
	if (spin->clock && spin->period > 0) {
		hu_out_puts(to, ", about ");
		hu_out_duration(to, spin->samples * spin->period);
		hu_out_puts(to, " of CPU time");
	}
	hu_out_printf(to, ") were spent spinning for %s in %s, by ",
		      spin->lock ? spin->lock : "a lock", spin->caller);
	say_tasks(c, spin, to);
	hu_out_puts(to, ". A profile does not record who holds a spin lock: those who spin for it "
			"take turns in holding it.");
}

static void put_evidence(struct hu_conclusion *c, const struct hu_spin *spin)
{
	struct hu_cause stub = {0};
	int rank = 0;

	memcpy(stub.id, spin->id, sizeof(stub.id));
	for (size_t i = 0; i < spin->stacks.count && i < 4; i++) {
		const struct hu_spin_stack *s = &spin->stacks.at[i];
		HU_CLEANUP(hu_out_deinit) struct hu_out claim = {0};
		hu_out_grouped(&claim, s->samples);
		hu_out_printf(&claim, " sample%s in this stack; the first of them",
			      s->samples == 1 ? "" : "s");
		hu_add_evidence(c, &stub, &rank, claim.at,
				(struct hu_ref){"sample", s->row, spin->source, 0});
	}
}

static void put_notes(struct hu_conclusion *c, const struct hu_spin *spin)
{
	hu_add_note(
		c, spin->id, "caveat",
		"`lock:contention_begin` tells of queued waiters alone; who spins on the pending "
		"bit of a spin lock is in no event: no contention event is not no contention.");
	if (!spin->lock)
		hu_add_note(
			c, spin->id, "caveat",
			"Which lock this function takes is not known to holdup: its source says.");
	hu_add_note(c, spin->id, "next_capture",
		    "`perf record -a -g -F 199 -- sleep 10` while it lasts, and the same where the "
		    "load is the same and nothing spins: the difference is the lock.");
}

void hu_conclude_spin(struct hu_conclusion *c, const struct hu_spin *spin, int rank)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out title = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out summary = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out sign = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out cause = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out who = {0};

	say_tasks(c, spin, &who);
	hu_out_printf(&title, "CPUs spun for %s: %.1f %% of the samples are in %s",
		      spin->lock ? spin->lock : "a lock", spin->share * 100, spin->caller);
	put_summary(c, spin, &summary);
	hu_out_printf(&sign, "oncpu|%s|%s", spin->lock ? spin->lock : "?", spin->caller);
	hu_out_printf(&cause, "spinning in %s", spin->caller);
	/* Many samples and a lock that the function is known to take, or less. */
	const char *confidence = spin->samples >= 100 && spin->lock ? "high"
				 : spin->lock			    ? "medium"
								    : "low";
	hu_result(c->store, &c->err,
		  "INSERT INTO incident (id, rank, signature, title, summary, confidence, "
		  "victim_detail, lock_name, lock_type, cause) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
		  "?8, ?9, ?10)",
		  "sissssssss", spin->id, (int64_t)rank, sign.at, title.at, summary.at, confidence,
		  who.at, spin->lock, "spinlock", cause.at);
	put_evidence(c, spin);
	put_notes(c, spin);
	hu_conclude_spin_fixes(c, spin);
}
