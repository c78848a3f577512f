/* holdup inspect: what is in a bundle, and what holdup makes of it; nothing stays. */
#include "cli/inspect.h"
#include "cli/columns.h"

#include <stdlib.h>
#include <string.h>

#include "db/rows.h"
#include "ingest/probe.h"

static const struct cli_option options[] = {
	{0, "json", NULL, "the same as JSON"},
	{0, "formats", NULL, "list the formats that this build reads; no bundle needed"},
	{'v', "verbose", NULL, "also the events of each member by name, every loss, and its hash"},
	CLI_READING,
	{'q', "quiet", NULL, "no progress, no complaints about members"},
	{0, NULL, NULL, NULL},
};

static int formats(bool json)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
	bool first = true;

	hu_out_puts(&out, json ? "[" : "");
	for (size_t i = 0; hu_readers[i]; i++, first = false) {
		if (json) {
			hu_out_printf(&out, "%s\n{\"name\": \"%s\", \"reads\": ", first ? "" : ",",
				      hu_readers[i]->name);
			cli_put_json(&out, hu_str(hu_readers[i]->reads));
			hu_out_puts(&out, ", \"needs\": null}");
		} else {
			hu_out_printf(&out, "%-14s%s\n", hu_readers[i]->name, hu_readers[i]->reads);
		}
	}
	for (size_t i = 0; hu_left_out[i].name; i++, first = false) {
		if (json) {
			hu_out_printf(&out, "%s\n{\"name\": \"%s\", \"reads\": ", first ? "" : ",",
				      hu_left_out[i].name);
			cli_put_json(&out, hu_str(hu_left_out[i].reads));
			hu_out_printf(&out, ", \"needs\": \"%s\"}", hu_left_out[i].needs);
		} else {
			hu_out_printf(&out, "%-14s%s (left out of this build: it needs %s)\n",
				      hu_left_out[i].name, hu_left_out[i].reads,
				      hu_left_out[i].needs);
		}
	}
	hu_out_puts(&out, json ? "\n]\n" : "");
	return cli_print(hu_out_view(&out)) ? CLI_DONE : CLI_FAULT;
}

/* A stamp as people know it from that clock. */
static void put_time(struct hu_out *out, struct hu_rows *rows, int column)
{
	struct hu_str clock = hu_rows_str(rows, S_CLOCK);
	int64_t ns = hu_rows_int(rows, column);

	if (hu_rows_null(rows, column)) {
		hu_out_putc(out, '-');
	} else if (hu_str_is(clock, "realtime")) {
		hu_out_rfc3339(out, ns);
	} else if (hu_str_is(clock, "local_time")) {
		hu_out_rfc3339(out, ns);
		out->at[--out->len] = '\0'; /* no zone is known: not Z */
	} else {
		hu_out_stamp(out, ns);
	}
}

static struct hu_err *put_captures(struct hu_store *store, struct hu_out *out)
{
	static const char *const titles[] = {"MEMBER", "FORMAT", "STATUS", "RECORDS",
					     "FROM",   "TO",	 "CLOCK"};
	enum { COLUMNS = sizeof(titles) / sizeof(titles[0]), RECORDS_AT = 3 };
	HU_CLEANUP(cli_columns_deinit) struct cli_columns table = {.count = COLUMNS};
	struct hu_rows *rows =
		hu_rows_open(store, CLI_INSPECT_SOURCES "WHERE format IS NOT NULL ORDER BY id");

	for (size_t i = 0; i < COLUMNS; i++)
		cli_columns_put(&table, hu_str(titles[i]), i == RECORDS_AT);
	while (hu_rows_next(rows)) {
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		cli_columns_put(&table, hu_rows_str(rows, S_PATH), false);
		cli_columns_put(&table, hu_rows_str(rows, S_FORMAT), false);
		cli_columns_put(&table, hu_rows_str(rows, S_STATUS), false);
		hu_out_grouped(&text, hu_rows_int(rows, S_RECORDS));
		cli_columns_put(&table, hu_out_view(&text), true);
		for (int column = S_FIRST; column <= S_LAST; column++) {
			hu_out_clear(&text);
			put_time(&text, rows, column);
			cli_columns_put(&table, hu_out_view(&text), false);
		}
		cli_columns_put(&table, hu_rows_str(rows, S_CLOCK), false);
	}
	struct hu_err *err = hu_rows_close(rows);
	if (table.filled > COLUMNS) {
		hu_out_putc(out, '\n');
		cli_columns_draw(&table, out, false);
	}
	return err;
}

/* Without `all` the first few: a tracer that drops events does so a thousand times. */
static struct hu_err *put_losses(struct hu_store *store, int64_t source, bool all,
				 struct hu_out *out)
{
	enum { FEW = 5 };
	struct hu_rows *rows = hu_rows_open(store, CLI_INSPECT_LOSSES);
	size_t count = 0;

	hu_rows_bind_int(rows, 1, source);
	for (; hu_rows_next(rows); count++) {
		if (count >= FEW && !all)
			continue;
		hu_out_puts(out, "    lost: ");
		cli_put_safe(out, hu_rows_str(rows, 0));
		hu_out_putc(out, '\n');
	}
	if (count > FEW && !all)
		hu_out_printf(out, "    lost: … and %zu more, which --verbose lists\n",
			      count - FEW);
	return hu_rows_close(rows);
}

static struct hu_err *put_events(struct hu_store *store, int64_t source, struct hu_out *out)
{
	struct hu_rows *rows = hu_rows_open(store, CLI_INSPECT_EVENTS);

	hu_rows_bind_int(rows, 1, source);
	while (hu_rows_next(rows)) {
		HU_CLEANUP(hu_out_deinit) struct hu_out count = {0};
		hu_out_grouped(&count, hu_rows_int(rows, 1));
		hu_out_printf(out, "    %14s  ", count.at);
		cli_put_safe(out, hu_rows_str(rows, 0));
		hu_out_puts(out, hu_rows_int(rows, 2) ? "\n" : "  (counted, not used)\n");
	}
	return hu_rows_close(rows);
}

static void put_why(const struct hu_bundle *bundle, struct hu_str path, struct hu_out *out)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out why = {0};

	cli_inspect_why(bundle, path, &why);
	if (!why.len)
		return;
	hu_out_puts(out, "; ");
	cli_put_safe(out, hu_out_view(&why));
}

/* Below the table: per capture why it was taken for this, how its clock is known, what is lost. */
static struct hu_err *put_details(const struct hu_bundle *bundle, struct hu_store *store,
				  bool verbose, struct hu_out *out)
{
	struct hu_rows *rows =
		hu_rows_open(store, CLI_INSPECT_SOURCES "WHERE format IS NOT NULL ORDER BY id");
	struct hu_err *err = NULL;

	for (bool first = true; !err && hu_rows_next(rows); first = false) {
		if (first)
			hu_out_puts(out, "\nWhy, and what is missing:\n");
		hu_out_puts(out, "  ");
		cli_put_safe(out, hu_rows_str(rows, S_PATH));
		hu_out_puts(out, ": ");
		cli_put_safe(out, hu_rows_str(rows, S_WHY));
		put_why(bundle, hu_rows_str(rows, S_PATH), out);
		struct hu_str how = hu_rows_str(rows, S_CLOCK_HOW);
		if (how.len && !hu_rows_null(rows, S_FIRST)) {
			hu_out_puts(out, "; clock ");
			cli_put_safe(out, hu_rows_str(rows, S_CLOCK));
			hu_out_puts(out, ": ");
			cli_put_safe(out, how);
		}
		if (!hu_rows_null(rows, S_ALIGNED)) {
			hu_out_puts(out, "; on the case's time axis ");
			cli_put_safe(out, hu_rows_str(rows, S_ALIGNED));
			if (!hu_rows_null(rows, S_SLACK)) {
				hu_out_puts(out, ", give or take ");
				hu_out_duration(out, hu_rows_int(rows, S_SLACK));
			}
		}
		if (!hu_rows_null(rows, S_REPEATS)) {
			hu_out_puts(out, "; it repeats ");
			cli_put_safe(out, hu_rows_str(rows, S_REPEATS));
			hu_out_puts(out, ", which alone counts");
		}
		hu_out_putc(out, '\n');
		if (!hu_rows_null(rows, S_ERROR)) {
			hu_out_puts(out, "    error: ");
			cli_put_safe(out, hu_rows_str(rows, S_ERROR));
			hu_out_putc(out, '\n');
		}
		if (verbose) {
			hu_out_puts(out, "    sha256 ");
			hu_out_str(out, hu_rows_str(rows, S_SHA256));
			hu_out_putc(out, '\n');
		}
		int64_t id = hu_rows_int(rows, S_ID);
		err = put_losses(store, id, verbose, out);
		if (!err && verbose)
			err = put_events(store, id, out);
	}
	struct hu_err *closed = hu_rows_close(rows);
	if (err)
		hu_err_free(closed);
	return err ? err : closed;
}

static struct hu_err *put_unread(const struct hu_bundle *bundle, struct hu_store *store,
				 struct hu_out *out)
{
	struct hu_rows *rows =
		hu_rows_open(store, CLI_INSPECT_SOURCES "WHERE format IS NULL ORDER BY id");
	bool any = false;

	for (; hu_rows_next(rows); any = true) {
		if (!any)
			hu_out_puts(out, "\nNot read:\n");
		hu_out_puts(out, "  ");
		cli_put_safe(out, hu_rows_str(rows, S_PATH));
		hu_out_puts(out, ": ");
		cli_put_safe(out, hu_rows_str(rows, S_WHY));
		put_why(bundle, hu_rows_str(rows, S_PATH), out);
		hu_out_putc(out, '\n');
	}
	return hu_rows_close(rows);
}

static struct hu_err *put_text(const struct hu_bundle *bundle, struct hu_store *store, bool verbose,
			       struct hu_out *out)
{
	cli_put_safe(out, hu_str(bundle->name));
	hu_out_puts(out, ": ");
	hu_out_grouped(out, bundle->files);
	hu_out_puts(out, bundle->files == 1 ? " file, " : " files, ");
	hu_out_grouped(out, bundle->bytes);
	hu_out_printf(out, " bytes\nsha256 %s\n", bundle->sha256);
	struct hu_err *err = put_captures(store, out);
	if (!err)
		err = put_details(bundle, store, verbose, out);
	return err ? err : put_unread(bundle, store, out);
}

static int run(const struct cli_input *in)
{
	HU_CLEANUP(hu_bundle_closep) struct hu_bundle *bundle = NULL;
	HU_CLEANUP(hu_scratch_destroyp) struct hu_scratch *scratch = NULL;
	HU_CLEANUP(hu_store_closep) struct hu_store *store = NULL;
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
	bool json = cli_value(in, "json"), quiet = cli_value(in, "quiet");
	struct hu_loaded loaded;

	if (cli_value(in, "formats"))
		return in->count ? cli_usage(in->command, "--formats needs no bundle")
				 : formats(json);
	if (in->count != 1)
		return cli_usage(in->command, in->count ? "one bundle at a time" : "which bundle?");
	int status = cli_open_bundle(in, in->operands, 1, quiet, &bundle);
	if (status)
		return status;
	bundle->explain = true;
	/* On disk, not in memory: a capture may be larger than that. */
	struct hu_err *err = hu_scratch_create(NULL, "holdup", &scratch);
	if (err)
		return cli_fail_output(err);
	HU_CLEANUP(hu_freep) char *path = hu_scratch_file(scratch, "store.db");
	status = cli_load(in, bundle, path, quiet, &store, &loaded);
	if (status)
		return status;
	err = json ? cli_inspect_json(bundle, store, &out)
		   : put_text(bundle, store, cli_value(in, "verbose"), &out);
	if (err)
		return cli_fail_output(err);
	if (!cli_print(hu_out_view(&out)))
		return CLI_FAULT;
	return cli_load_status(bundle, &loaded);
}

const struct cli_command cli_inspect = {
	.name = "inspect",
	.synopsis = "BUNDLE [OPTION...]",
	.summary = "say what is in a bundle: members, formats, times, clocks, losses",
	.details = "Everything is read as \"holdup analyze\" would read it, and nothing is kept.",
	.options = options,
	.run = run,
};
