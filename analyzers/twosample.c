/* The formulas; each is cited in the header. */
#include "analyzers/twosample.h"

#include <math.h>

static const double z = 1.959964; /* 95 % of a normal distribution, two-sided */

struct wilson {
	double p, low, high;
};

static struct wilson wilson(double k, double n)
{
	double p = k / n, middle = p + z * z / (2 * n),
	       half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)), by = 1 + z * z / n;

	return (struct wilson){p, (middle - half) / by, (middle + half) / by};
}

struct hu_between hu_share_difference(int64_t before, int64_t before_of, int64_t after,
				      int64_t after_of)
{
	if (before_of <= 0 || after_of <= 0)
		return (struct hu_between){(double)NAN, (double)NAN, (double)NAN};
	struct wilson a = wilson((double)after, (double)after_of),
		      b = wilson((double)before, (double)before_of);
	double d = a.p - b.p;
	return (struct hu_between){d, d - hypot(a.p - a.low, b.high - b.p),
				   d + hypot(a.high - a.p, b.p - b.low)};
}

double hu_same_rate(int64_t k1, double t1, int64_t k2, double t2)
{
	double n = (double)(k1 + k2), share = t1 / (t1 + t2), p = 0;

	if (!(t1 > 0) || !(t2 > 0))
		return (double)NAN;
	if (n > 1e6) { /* exact to no purpose */
		double away = fabs((double)k1 - n * share) / sqrt(n * share * (1 - share));
		return erfc(away / sqrt(2));
	}
	double whole = lgamma(n + 1);
	double mine = 0;
	/* Twice over the same terms: first that of what was seen. */
	for (int pass = 0; pass < 2; pass++)
		for (int64_t k = pass ? 0 : k1; k <= (pass ? k1 + k2 : k1); k++) {
			double x = (double)k;
			double log_p = whole - lgamma(x + 1) - lgamma(n - x + 1) + x * log(share) +
				       (n - x) * log1p(-share);
			if (!pass)
				mine = log_p;
			else if (log_p <= mine + 1e-7)
				p += exp(log_p);
		}
	return p > 1 ? 1 : p;
}

struct hu_ranks hu_mann_whitney(const struct hu_side_operation *before,
				const struct hu_side_operation *after)
{
	double n1 = 0, n2 = 0, wins = 0, ties = 0, below = 0;

	for (size_t i = 0; i < before->bucket_count; i++)
		n1 += (double)before->buckets[i].count;
	for (size_t i = 0; i < after->bucket_count; i++)
		n2 += (double)after->buckets[i].count;
	if (n1 <= 0 || n2 <= 0)
		return (struct hu_ranks){(double)NAN, (double)NAN};
	/* Both in the order of their lows; buckets of one grid. */
	for (size_t i = 0, k = 0; i < before->bucket_count || k < after->bucket_count;) {
		int64_t a = i < before->bucket_count ? before->buckets[i].low : INT64_MAX,
			b = k < after->bucket_count ? after->buckets[k].low : INT64_MAX;
		double x = a <= b ? (double)before->buckets[i++].count : 0,
		       y = b <= a ? (double)after->buckets[k++].count : 0, t = x + y;
		wins += y * (below + x / 2);
		below += x;
		ties += t * t * t - t;
	}
	double n = n1 + n2, mean = n1 * n2 / 2,
	       variance = n1 * n2 / 12 * (n + 1 - (n > 1 ? ties / (n * (n - 1)) : 0));
	double away = fabs(wins - mean) - 0.5;
	double p = variance > 0 && away > 0 ? erfc(away / sqrt(variance) / sqrt(2)) : 1;
	return (struct hu_ranks){p, wins / (n1 * n2)};
}
