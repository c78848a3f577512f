/* analyzers/statistics.h - two by two tables: stalled or not, exposed or not. */
#ifndef HU_STATISTICS_H
#define HU_STATISTICS_H

#include <stdint.h>

/*
 * Fisher's exact test, two-sided: the sum over all tables with the same margins that are no
 * likelier than this one. a, b: stalled and not, exposed; c, d: the same, not exposed. 1 if a
 * margin is empty.
 */
double hu_fisher(int64_t a, int64_t b, int64_t c, int64_t d);

/* Risk ratio with its 95 % interval (Katz, log method). NaN where a cell it divides by is zero. */
struct hu_risk {
	double ratio, low, high;
};
struct hu_risk hu_risk_ratio(int64_t a, int64_t b, int64_t c, int64_t d);

#endif
