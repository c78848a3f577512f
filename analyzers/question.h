/*
 * analyzers/question.h - one question put to the bundle, and how it ends: found, clear (what it
 * needs was recorded, and there is nothing) or not assessed (it was not, and what to capture next
 * time).
 *
 * To add one: write analyzers/question_foo.c with one const struct hu_question, and list it in
 * analyzers/questions.c, in report order. What it concludes beyond its sentence goes to the result
 * tables (db/results.sql), as in hu_conclude_pressure().
 */
#ifndef HU_QUESTION_H
#define HU_QUESTION_H

#include "analyzers/conclude.h"

enum hu_outcome { HU_FOUND, HU_CLEAR, HU_NOT_ASSESSED };

struct hu_question {
	const char *name; /* "lock_holders": the name in report.json, never changed */
	const char *asks; /* "Who held the lock that the others waited for?" */
	/* Appends one or two sentences to *why; for HU_NOT_ASSESSED they say what to record. */
	enum hu_outcome (*answer)(struct hu_conclusion *c, struct hu_out *why);
};

extern const struct hu_question *const hu_questions[]; /* NULL-terminated, in report order */

/* For answers: one number of the store, 0 for none; stalled operations whose cause is of that kind;
 * all traced operations. */
int64_t hu_count(struct hu_conclusion *c, const char *sql);
size_t hu_stalled_by(const struct hu_conclusion *c, enum hu_part_kind kind, enum hu_why why);

#endif
