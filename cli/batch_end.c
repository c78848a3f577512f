/* The end of a batch: the fleet's database and reports, the exit status, a last word. */
#include "cli/batch_run.h"

#include <inttypes.h>
#include <signal.h>

#include "fleet/report.h"
#include "fleet/step.h"

static struct hu_err *add(void *data, const struct hu_record *record)
{
	return hu_fleet_add(data, record->card);
}

struct hu_err *cli_run_make_fleet(struct cli_run *run)
{
	HU_CLEANUP(hu_fleet_endp) struct hu_fleet *fleet = NULL;
	const char *path = hu_home_path(run->home);

	hu_step("fleet: before");
	struct hu_err *err = hu_fleet_begin(path, &fleet);
	if (!err)
		err = hu_books_list(run->books, add, fleet);
	hu_step("fleet: cards in");
	if (!err)
		err = hu_fleet_finish(fleet);
	if (!err)
		hu_fleet_counted(fleet, &run->counts);
	hu_step("fleet: made");
	if (!err)
		err = hu_fleet_publish(path, run->batch->baseline);
	hu_step("fleet: published");
	run->news = false;
	return err;
}

/* Over all that counts: the same after a resume. */
static int status_of(const struct cli_run *run)
{
	const struct hu_fleet_counts *n = &run->counts;

	if (!n->judged && (n->bundles || (!run->batch->parts && !run->watch))) {
		cli_complain("nothing usable: %s",
			     n->bundles ? "no bundle has a verdict" : "no bundle was given");
		return CLI_NOTHING_USABLE;
	}
	return n->judged < n->bundles ? CLI_ONE_YIELDED_NOTHING : CLI_DONE;
}

static int tell_result(const struct cli_run *run)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
	static const char *const files[] = {"fleet.db", "fleet.html", "fleet.md", "fleet.json"};
	const struct hu_fleet_counts *n = &run->counts;
	const struct {
		int64_t n;
		const char *what;
	} counts[] = {{n->bundles - n->judged, "without a verdict"},
		      {n->conflicts, "with results that differ"},
		      {run->reused, "done before"},
		      {run->twins, "given again"},
		      {run->foreign, "of other parts"}};

	hu_out_grouped(&out, n->bundles);
	hu_out_puts(&out, n->bundles == 1 ? " bundle" : " bundles");
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		if (counts[i].n) {
			hu_out_puts(&out, i ? "; " : ", ");
			hu_out_grouped(&out, counts[i].n);
			hu_out_printf(&out, " %s", counts[i].what);
		}
	hu_out_putc(&out, '\n');
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		hu_out_puts(&out, "  ");
		cli_put_safe(&out, hu_str(run->batch->target));
		hu_out_printf(&out, "/%s\n", files[i]);
	}
	return cli_print(hu_out_view(&out)) ? status_of(run) : CLI_FAULT;
}

int cli_run_finish(struct cli_run *run, int signalled)
{
	int64_t done = run->reused + run->fresh;

	cli_run_stop_on(run, hu_books_sync(run->books, false));
	cli_tell_step(&run->tell, true);
	if (run->stop == CLI_GO_ON)
		cli_run_stop_on(run, cli_run_make_fleet(run));
	hu_step_report();
	switch (run->stop) {
	case CLI_GO_ON:
		return tell_result(run);
	case CLI_STOP_SIGNAL:
		cli_complain("interrupted: %" PRId64
			     " bundles are done and written down; the same command goes on from "
			     "there",
			     done);
		hu_home_close(run->home);
		run->home = NULL;
		signal(signalled, SIG_DFL);
		raise(signalled);
		return CLI_FAULT;
	case CLI_STOP_DISK:
		cli_complain("%s cannot be written any more, because it is full or broken: %" PRId64
			     " bundles are done and written down; make room, and the same command "
			     "goes on from there",
			     run->batch->target, done);
		return CLI_FAULT;
	case CLI_STOP_FAULT:
		break;
	}
	return CLI_FAULT;
}
