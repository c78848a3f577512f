/*
 * fleet/record.h - what the journal of a batch says of one bundle: "done", whose it is, what came
 * of it, and its card.
 */
#ifndef HU_RECORD_H
#define HU_RECORD_H

#include "db/base.h"
#include "db/text.h"
#include "fleet/seen.h"

struct hu_record {
	struct hu_str content; /* 64 hex digits: of the file, or of the folder's members */
	struct hu_str bundle;  /* … of the bundle itself, or `content` where it was not opened */
	struct hu_str tool;    /* 16 hex digits: which holdup, with which options */
	struct hu_str outcome; /* "judged", or the word for why not */
	struct hu_str limits;  /* of the worker: "600s/4096M" */
	struct hu_str folder;  /* in bundles/; "-": no report */
	struct hu_str shown;   /* a JSON string, with its quotes */
	struct hu_str card;
};

void hu_record_put(const struct hu_record *record, struct hu_out *to);
/* Borrows from `payload`; false: it is another kind of record. */
bool hu_record_parse(struct hu_str payload, struct hu_record *ret);

/* Another kind: "reports", a folder in bundles/, and the tool that from here on wrote what is in
 * it.
 */
void hu_record_put_owner(struct hu_str folder, struct hu_str tool, struct hu_out *to);
bool hu_record_parse_owner(struct hu_str payload, struct hu_str *folder, struct hu_str *tool);

/* May look different the next time: no such file, killed by somebody. It is done again. */
bool hu_record_passing(const struct hu_record *record);
/* Is it about the limits, and were they other ones? */
bool hu_record_limited(const struct hu_record *record, struct hu_str limits);
bool hu_record_judged(const struct hu_record *record);

#endif
