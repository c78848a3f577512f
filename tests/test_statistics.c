/* Exact tests against textbook tables (Fisher's tea, the dieting men); the interval of the ratio
 * was worked out by hand. */
#include "analyzers/statistics.h"
#include "tests/test.h"

#include <math.h>

int main(void)
{
	/* Fisher's lady tasting tea: two-sided 0.4857143. */
	CHECK_NEAR(hu_fisher(3, 1, 1, 3), 0.4857142857, 1e-9);
	/* matrix(c(1,11,9,3),nrow=2): 0.002759456 (the men who diet, two-sided). */
	CHECK_NEAR(hu_fisher(1, 9, 11, 3), 0.002759456, 1e-8);
	CHECK_NEAR(hu_fisher(0, 10, 0, 12), 1, 0);
	/* 5 of 10 against 1 of 20: ratio 10, log method interval 1.345 to 74.34. */
	struct hu_risk r = hu_risk_ratio(5, 5, 1, 19);
	CHECK_NEAR(r.ratio, 10, 1e-9);
	CHECK_NEAR(r.low, 1.345, 0.01);
	CHECK_NEAR(r.high, 74.3, 0.5);
	CHECK(isnan(hu_risk_ratio(5, 5, 0, 20).ratio));
	return test_end();
}
