/* analyzers/conclude.h - from causes to the result tables. Each file answers one chapter of the
 * report. */
#ifndef HU_CONCLUDE_H
#define HU_CONCLUDE_H

#include "analyzers/causes.h"
#include "analyzers/result.h"

struct hu_known;
struct hu_spin;
struct hu_spins;
struct hu_troubles;
struct hu_facts;

struct hu_conclusion {
	struct hu_model *m;
	struct hu_causes *causes;
	struct hu_spins *spins;
	struct hu_troubles *troubles;
	struct hu_store *store;
	struct hu_known *known; /* the library of known fixes */
	struct hu_err *err;	/* sticks */
	bool lossy;		/* events were lost inside the window */
	bool unread; /* a member looks like an event capture that no reader of this build takes */
	const char *unread_path;
};

/* Case time → time from the window's start. */
hu_ns hu_at(const struct hu_conclusion *c, hu_ns case_time);

/* Sentences about one cause; the pieces that verdict, title and summary share. */
void hu_say_operations(struct hu_conclusion *c, const struct hu_cause *cause, bool capital,
		       struct hu_out *to);
/* ", in direct reclaim,": what a holder was about, where its name does not tell; nothing else. */
void hu_say_role(const char *role, struct hu_out *to);
void hu_say_task(struct hu_conclusion *c, int32_t tid, const char *comm, struct hu_out *to);

void hu_conclude_incident(struct hu_conclusion *c, struct hu_cause *cause, int rank);
void hu_conclude_evidence(struct hu_conclusion *c, struct hu_cause *cause);
void hu_conclude_chain(struct hu_conclusion *c, struct hu_cause *cause);
void hu_conclude_figure(struct hu_conclusion *c, struct hu_cause *cause);
void hu_conclude_latency(struct hu_conclusion *c, const struct hu_cause *cause);
/* What the holder did while it held; and where CPUs spun. */
void hu_conclude_flame(struct hu_conclusion *c, const struct hu_cause *cause);
void hu_conclude_spin_figure(struct hu_conclusion *c, const struct hu_spin *spin);
/* Of what was found without a stalled operation, once its rows are there. */
void hu_conclude_trouble_figures(struct hu_conclusion *c);
void hu_conclude_spin_flame(struct hu_conclusion *c, const struct hu_spin *spin);
void hu_conclude_audit(struct hu_conclusion *c, struct hu_cause *cause);
void hu_conclude_next_capture(struct hu_conclusion *c, const struct hu_cause *cause);
void hu_conclude_candidates(struct hu_conclusion *c, const struct hu_cause *cause);
void hu_conclude_fixes(struct hu_conclusion *c, struct hu_cause *cause);
void hu_conclude_spin_fixes(struct hu_conclusion *c, const struct hu_spin *spin);
void hu_conclude_contradictions(struct hu_conclusion *c);
/* The same for an incident of another kind, with the facts that its analyzer has put together, and
 * frees them. */
void hu_conclude_facts(struct hu_conclusion *c, const char *incident, struct hu_facts *facts);
void hu_conclude_host(struct hu_conclusion *c);
void hu_conclude_pressure(struct hu_conclusion *c);
/* What tasks slept for inside reclaim, to pressure_wait; returns the time of all, HU_OPEN: no
 * stacks tell. */
hu_ns hu_conclude_reclaim_waits(struct hu_conclusion *c);
/* Reclaim by memory cgroup, to pressure_memcg. */
void hu_conclude_reclaim_memcg(struct hu_conclusion *c);
/* Puts every question of analyzers/questions.c; after hu_conclude_pressure(), whose tables some
 * ask. */
void hu_conclude_questions(struct hu_conclusion *c);
/* Operations that were traced as such, stalled or not. */
int64_t hu_traced_ops(const struct hu_model *m);
void hu_conclude_verdict(struct hu_conclusion *c);

void hu_add_evidence(struct hu_conclusion *c, const struct hu_cause *cause, int *rank,
		     const char *claim, struct hu_ref ref);
void hu_add_note(struct hu_conclusion *c, const char *incident, const char *kind, const char *text);

#endif
