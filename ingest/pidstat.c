/*
 * pidstat's tables: what single tasks used, per interval. The form is sar's, the rows are about
 * tasks; shaped for minutes of some hundred tasks.
 */
#include "ingest/mapped.h"
#include "ingest/reader.h"
#include "ingest/sar.h"

static struct hu_err *read_pidstat(const char *path, struct hu_sink *to)
{
	struct hu_mapped file HU_CLEANUP(hu_mapped_close) = {0};
	struct hu_err *err = hu_mapped_open(path, &file);
	uint64_t rows;

	if (err)
		return err;
	err = hu_sar_rows(&hu_pidstat_dialect, file.text, 1, to, &rows);
	hu_put_totals(to, rows, file.text.len);
	return err;
}

static enum hu_match probe(const struct hu_probe *in)
{
	return !in->is_dir && hu_sar_begins(in->head, hu_pidstat_is_header) ? HU_MATCH_LIKELY
									    : HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_pidstat = {
	.name = "pidstat",
	.reads = "tables of pidstat with any of its options, in any locale",
	.clock = HU_CLOCK_IN_FILE,
	.probe = probe,
	.read = read_pidstat,
};
