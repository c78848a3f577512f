/* Small numbers with exact tests: most captures have a handful of stalls. */
#include "analyzers/statistics.h"

#include <math.h>

static double log_choose(double n, double k)
{
	return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

double hu_fisher(int64_t a, int64_t b, int64_t c, int64_t d)
{
	double row = (double)(a + b), other = (double)(c + d), column = (double)(a + c),
	       all = row + other;

	if (row <= 0 || other <= 0 || column <= 0 || column >= all)
		return 1;
	double whole = log_choose(all, column);
	double mine = log_choose(row, (double)a) + log_choose(other, (double)c) - whole, p = 0;
	double from = column > other ? column - other : 0, to = column < row ? column : row;
	for (double k = from; k <= to; k++) {
		double that = log_choose(row, k) + log_choose(other, column - k) - whole;
		/* The tolerance keeps tables of equal likelihood in, whatever lgamma rounds. */
		if (that <= mine + 1e-7)
			p += exp(that);
	}
	return p > 1 ? 1 : p;
}

struct hu_risk hu_risk_ratio(int64_t a, int64_t b, int64_t c, int64_t d)
{
	struct hu_risk r = {NAN, NAN, NAN};
	double exposed = (double)(a + b), other = (double)(c + d);

	if (a <= 0 || c <= 0 || exposed <= 0 || other <= 0)
		return r;
	r.ratio = (double)a / exposed / ((double)c / other);
	double se = sqrt(1 / (double)a - 1 / exposed + 1 / (double)c - 1 / other);
	r.low = exp(log(r.ratio) - 1.959964 * se);
	r.high = exp(log(r.ratio) + 1.959964 * se);
	return r;
}
