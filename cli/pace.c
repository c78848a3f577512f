/* Rates over the last seconds. */
#include "cli/pace.h"

#include <inttypes.h>

void cli_pace_begin(struct cli_pace *pace, int64_t now_ms)
{
	*pace = (struct cli_pace){.began_ms = now_ms, .past = {{.ms = now_ms}}, .count = 1};
}

void cli_put_left(struct hu_out *to, int64_t seconds)
{
	if (seconds >= 5400)
		hu_out_printf(to, ", %" PRId64 " h left", (seconds + 1800) / 3600);
	else if (seconds >= 90)
		hu_out_printf(to, ", %" PRId64 " min left", (seconds + 30) / 60);
	else
		hu_out_printf(to, ", %" PRId64 " s left", seconds);
}

/* 812345 → 812,000: more digits than that are noise. */
static int64_t rounded(int64_t n)
{
	int64_t step = 1;

	while (n / step >= 1000)
		step *= 10;
	return n / step * step;
}

void cli_pace_put(struct cli_pace *pace, int64_t now_ms, int64_t done, int64_t of, int64_t rows,
		  struct hu_out *to)
{
	size_t newest = (pace->from + pace->count - 1) % CLI_PACE_PAST;

	if (now_ms - pace->past[newest].ms >= CLI_PACE_SAMPLE_MS) {
		newest = (newest + 1) % CLI_PACE_PAST;
		if (pace->count < CLI_PACE_PAST)
			pace->count++;
		else
			pace->from = (pace->from + 1) % CLI_PACE_PAST;
		pace->past[newest].ms = now_ms;
		pace->past[newest].done = done;
		pace->past[newest].rows = rows;
	}
	int64_t ms = now_ms - pace->past[pace->from].ms;
	if (now_ms - pace->began_ms < CLI_PACE_QUIET_MS || ms <= 0)
		return;
	if (of > 0)
		hu_out_printf(to, ", %" PRId64 " %%", done < of ? done * 100 / of : 100);
	int64_t per_second = (rows - pace->past[pace->from].rows) * 1000 / ms;
	if (rows > 0) {
		hu_out_puts(to, ", ");
		hu_out_grouped(to, rounded(per_second));
		hu_out_puts(to, " rows a second");
	}
	int64_t speed = (done - pace->past[pace->from].done) * 1000 / ms;
	if (of > done && speed > 0)
		cli_put_left(to, (of - done + speed - 1) / speed);
}
