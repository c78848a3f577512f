/* What a long job says of its pace, at times that the test makes up. */
#include "cli/pace.h"
#include "tests/test.h"

static struct hu_out line;

static const char *at(struct cli_pace *pace, int64_t ms, int64_t done, int64_t of, int64_t rows)
{
	hu_out_clear(&line);
	hu_out_puts(&line, "x");
	cli_pace_put(pace, ms, done, of, rows, &line);
	return line.at;
}

static void test_quiet_at_first(void)
{
	struct cli_pace pace;

	cli_pace_begin(&pace, 5000);
	CHECK_STR(at(&pace, 5000, 0, 1000, 0), "x");
	CHECK_STR(at(&pace, 6999, 100, 1000, 70), "x");
	CHECK_STR(at(&pace, 7000, 200, 1000, 140), "x, 20 %, 70 rows a second, 8 s left");
}

static void test_rate_is_of_now(void)
{
	struct cli_pace pace;

	cli_pace_begin(&pace, 0);
	/* ten seconds at 1,000 bytes a second, then at 10,000 */
	for (int64_t ms = 0; ms <= 10000; ms += 100)
		at(&pace, ms, ms, 1000000, ms * 7);
	CHECK_STR(at(&pace, 10001, 10001, 1000000, 70007),
		  "x, 1 %, 7,000 rows a second, 17 min left");
	for (int64_t ms = 10100; ms <= 15000; ms += 100)
		at(&pace, ms, 10000 + (ms - 10000) * 10, 1000000, 70000 + (ms - 10000) * 70);
	CHECK_STR(at(&pace, 15001, 60010, 1000000, 420070),
		  "x, 6 %, 70,000 rows a second, 2 min left");
}

static void test_unknown_and_odd(void)
{
	struct cli_pace pace;

	cli_pace_begin(&pace, 0);
	at(&pace, 1000, 0, 0, 1234567);
	/* no size known: no share, no end */
	CHECK_STR(at(&pace, 3000, 0, 0, 3703701), "x, 1,230,000 rows a second");
	/* more than there is: a worker that lies, or a file that grew */
	CHECK_STR(at(&pace, 4000, 2000, 1000, 4938268), "x, 100 %, 1,230,000 rows a second");
	/* nothing moves */
	cli_pace_begin(&pace, 0);
	CHECK_STR(at(&pace, 9000, 0, 1000, 0), "x, 0 %");
	/* the clock stands still, or goes back */
	cli_pace_begin(&pace, 9000);
	CHECK_STR(at(&pace, 9000, 1, 1000, 1), "x");
	CHECK_STR(at(&pace, 8000, 1, 1000, 1), "x");
}

static void test_left(void)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} cases[] = {{0, ", 0 s left"},
		     {89, ", 89 s left"},
		     {90, ", 2 min left"},
		     {5399, ", 90 min left"},
		     {5400, ", 2 h left"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		hu_out_clear(&line);
		cli_put_left(&line, cases[i].seconds);
		CHECK_STR(line.at, cases[i].text);
	}
}

int main(void)
{
	test_quiet_at_first();
	test_rate_is_of_now();
	test_unknown_and_odd();
	test_left();
	hu_out_deinit(&line);
	return test_end();
}
