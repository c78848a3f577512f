/* The one list of questions, and how they are put. */
#include "analyzers/question.h"

extern const struct hu_question hu_question_stalls, hu_question_lock_holders,
	hu_question_grace_periods, hu_question_reclaim, hu_question_association, hu_question_oom,
	hu_question_reclaim_faults, hu_question_oncpu_contention, hu_question_long_shrinkers;

const struct hu_question *const hu_questions[] = {
	&hu_question_stalls,
	&hu_question_lock_holders,
	&hu_question_grace_periods,
	&hu_question_reclaim,
	&hu_question_long_shrinkers,
	&hu_question_association,
	&hu_question_oom,
	&hu_question_reclaim_faults,
	&hu_question_oncpu_contention,
	NULL,
};

size_t hu_stalled_by(const struct hu_conclusion *c, enum hu_part_kind kind, enum hu_why why)
{
	size_t n = 0;

	for (size_t i = 0; i < c->causes->at.count; i++) {
		const struct hu_part *p = &c->causes->at.at[i].part;
		if (p->kind == kind && (kind != HU_PART_SLEEP || p->why == why))
			n += c->causes->at.at[i].ops.count;
	}
	return n;
}

int64_t hu_count(struct hu_conclusion *c, const char *sql)
{
	struct hu_rows *r = hu_rows_open(c->store, sql);
	int64_t n = hu_rows_next(r) ? hu_rows_int(r, 0) : 0;
	hu_result_close(&c->err, r);
	return n;
}

int64_t hu_traced_ops(const struct hu_model *m)
{
	int64_t n = 0;

	for (size_t i = 0; i < m->ops.count; i++)
		n += m->ops.at[i].timed && !m->ops.at[i].inferred;
	return n;
}

void hu_conclude_questions(struct hu_conclusion *c)
{
	static const char *const outcomes[] = {"found", "clear", "not_assessed"};

	for (int64_t i = 0; hu_questions[i]; i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out why = {0};
		enum hu_outcome outcome = hu_questions[i]->answer(c, &why);
		hu_result(c->store, &c->err,
			  "INSERT INTO analyzer_result (rank, name, asks, outcome, why) VALUES "
			  "(?1, ?2, ?3, ?4, ?5)",
			  "issss", i + 1, hu_questions[i]->name, hu_questions[i]->asks,
			  outcomes[outcome], why.at);
	}
}
