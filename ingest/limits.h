/*
 * ingest/limits.h - what a bundle may cost: the one table of limits. Each has a default, the option
 * `--limit NAME=VALUE`, and a sentence in the report when it strikes; what it cut off is a loss,
 * never an error of the whole.
 */
#ifndef HU_LIMITS_H
#define HU_LIMITS_H

#include "db/caps.h"
#include "db/text.h"

struct hu_limits {
	/* unpacking */
	int64_t bytes;	    /* unpacked, in all */
	int64_t ratio;	    /* unpacked : packed … */
	int64_t ratio_from; /* … once so many bytes are unpacked */
	int64_t free_bytes; /* that must stay free where the scratch folder is */
	/* listing */
	int64_t files; /* members, also of a folder */
	int64_t depth; /* folders in folders */
	/* reading one member */
	int64_t member_s; /* of processor time; and as long without a word */
	int64_t memory;
	int64_t line; /* bytes of a line of text */
	struct hu_caps caps;
	/* reading the bundle */
	int64_t bundle_s; /* processor time */
	int64_t crashes;  /* readers that may be started again */
};
extern const struct hu_limits hu_default_limits;

enum hu_limit_unit { HU_LIMIT_COUNT, HU_LIMIT_BYTES, HU_LIMIT_SECONDS };

struct hu_limit {
	const char *name;
	enum hu_limit_unit unit;
	size_t at; /* in struct hu_limits */
	int64_t most;
	const char *help;
};
extern const struct hu_limit hu_limit_table[]; /* a NULL name ends it */

/* "members=5000", "memory=2G", "member-time=90": into *limits. HU_ERR_USAGE with a sentence. */
HU_MUST_CHECK struct hu_err *hu_limits_set(struct hu_limits *limits, const char *text);
/* "64G", "2,000", "10 min": the value of one, as hu_limits_set() takes it (but for commas). */
void hu_limit_put(const struct hu_limit *limit, const struct hu_limits *limits, struct hu_out *to);

#endif
