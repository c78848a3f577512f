/* db/census.h - how many tasks and locks a source has named, held against its caps. */
#ifndef HU_CENSUS_H
#define HU_CENSUS_H

#include "db/batch.h"
#include "db/caps.h"
#include "db/text.h"

struct hu_census {
	const struct hu_caps *caps;
	uint64_t over[HU_OVERS]; /* rows, names … left out */
	int64_t rows;
	int64_t tasks;
	unsigned char *seen; /* a bit per thread id; NULL until there is one */
	int64_t locks;
	uint64_t *address; /* open addressing; 0 is free */
	size_t slots;
};

/* May this row, of an event, be stored? If not it is counted. */
bool hu_census_admits(struct hu_census *c, const struct hu_row *row);
/* Counts it, and says no. */
bool hu_census_over(struct hu_census *c, enum hu_over what);
/* A sentence for each cap that was reached, joined by "; ". */
void hu_census_tell(const struct hu_census *c, struct hu_out *to);
void hu_census_deinit(struct hu_census *c);

#endif
