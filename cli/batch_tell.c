/* Progress of a batch. Times are for whoever waits: none of them gets into a result. */
#include "cli/batch.h"
#include "cli/pace.h"

#include <inttypes.h>
#include <unistd.h>

enum { LINE_MS = 30000, TERMINAL_MS = 200, SAMPLE_MS = 1000 };

void cli_tell_begin(struct cli_tell *tell, bool quiet, int64_t total)
{
	*tell = (struct cli_tell){.quiet = quiet, .total = total, .next_tenth = 1};
	tell->begun_ms = tell->line_ms = hu_now_ms();
	for (size_t i = 0; i < sizeof(tell->past) / sizeof(tell->past[0]); i++)
		tell->past[i].ms = tell->begun_ms;
}

/* Bundles per second over the last half minute, times 1000. */
static int64_t rate(struct cli_tell *tell)
{
	const size_t count = sizeof(tell->past) / sizeof(tell->past[0]);
	size_t newest = (tell->past_at + count - 1) % count;
	int64_t now = hu_now_ms();

	if (now - tell->past[newest].ms >= SAMPLE_MS) {
		tell->past[tell->past_at].ms = now;
		tell->past[tell->past_at].done = tell->done;
		tell->past_at = (tell->past_at + 1) % count;
	}
	int64_t ms = now - tell->past[tell->past_at].ms;
	return ms > 0 ? (tell->done - tell->past[tell->past_at].done) * 1000000 / ms : 0;
}

static void put_line(struct cli_tell *tell, struct hu_out *line)
{
	int64_t per_1000s = rate(tell);

	hu_out_grouped(line, tell->done);
	if (tell->total >= 0) {
		hu_out_puts(line, " of ");
		hu_out_grouped(line, tell->total > tell->done ? tell->total : tell->done);
		if (tell->total > 0)
			hu_out_printf(line, " (%" PRId64 " %%)",
				      tell->done < tell->total ? tell->done * 100 / tell->total
							       : 100);
	}
	hu_out_puts(line, " bundles");
	if (tell->failed)
		hu_out_printf(line, ", %" PRId64 " without a verdict", tell->failed);
	hu_out_printf(line, ", %" PRId64 ".%" PRId64 " a second", per_1000s / 1000,
		      per_1000s % 1000 / 100);
	if (per_1000s && tell->total > tell->done)
		cli_put_left(line, (tell->total - tell->done) * 1000 / per_1000s);
}

void cli_tell_step(struct cli_tell *tell, bool last)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out line = {0};
	bool terminal = isatty(STDERR_FILENO);
	int64_t now = hu_now_ms();
	bool tenth = tell->total > 0 && tell->done * 10 >= tell->next_tenth * tell->total;

	if (tell->quiet || (last && !terminal && tell->next_tenth > 10))
		return;
	if (terminal && !last) {
		if (now - tell->line_ms < TERMINAL_MS)
			return;
		put_line(tell, &line);
		cli_progress_line(line.at);
	} else {
		if (!last && !tenth && now - tell->line_ms < LINE_MS)
			return;
		put_line(tell, &line);
		cli_complain("%s", line.at);
		while (tell->total > 0 && tell->next_tenth <= tell->done * 10 / tell->total)
			tell->next_tenth++;
	}
	tell->line_ms = now;
}
