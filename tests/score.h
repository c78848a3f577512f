/*
 * tests/score.h - what is true of a bundle, and whether a report agrees with it: right, wrong or
 * declined. The rules are written in docs/testing.md. The truth is the key "score" of truth.json:
 *
 *	{"capture": "trace.dat", "answer": "found" | "clear" | "undecidable" | "not_assessed",
 *	 "worst_ms": 6475,
 *	 "causes": [{"cause": "shrinker_rwsem", "lock": ["shrinker_rwsem"], "holders": ["kswapd0"],
 *		     "worst_ms": 6475, "longest_hold_ms": 6414},
 *		    {"cause": "RCU", "says": ["grace period"], "minor": true}],
 *	 "not": ["dd"]}
 */
#ifndef HU_TEST_SCORE_H
#define HU_TEST_SCORE_H

#include <cjson/cJSON.h>

#include "db/text.h"

enum hu_mark { HU_RIGHT, HU_WRONG, HU_DECLINED, HU_NO_MARK, HU_MARKS = HU_NO_MARK };
extern const char *const hu_mark_names[];

/* What the truth is put under in a table: the first cause, "none", "undecidable". */
const char *hu_score_cause(const cJSON *score);
/* True if `score` has the form above; else *why gets a sentence. */
bool hu_score_check(const cJSON *score, struct hu_out *why);
/* *why gets what is wrong with a wrong report, or what it says. */
enum hu_mark hu_score_judge(const cJSON *score, const cJSON *report, struct hu_out *why);

/* The lock has an identity: another capture could name the same one. */
bool hu_score_named(const cJSON *lock);

#endif
