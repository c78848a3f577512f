/*
 * tests/checks.h - what an incident's truth.json may demand of a report.json. A check names nodes
 *by a JSON pointer (RFC 6901) in which `*` stands for every member, and says what must be true of
 *them:
 *
 *	{"path": P, …}   exactly one node, and it must satisfy …
 *	{"any": P, …}    one or more nodes do
 *	{"all": P, …}    every node does (there may be none)
 *	{"none": P, …}   no node does
 *
 *	"is": V   "is_not": V   "one_of": [V…]   "none_of": [V…]   "contains": "text"   "lacks":
 *"text" "near": N with "percent": N or "by": N   "at_least": N   "at_most": N   "count": N
 *(members) "absent": true (no such node, or null)   "present": true (not null)
 *
 * "why" may stand in each check, and is printed when it fails.
 */
#ifndef HU_TEST_CHECKS_H
#define HU_TEST_CHECKS_H

#include <cjson/cJSON.h>

#include "db/text.h"

/* True if `report` satisfies `check`; else *why gets a sentence with what was there. */
bool hu_test_check(const cJSON *report, const cJSON *check, struct hu_out *why);

#endif
