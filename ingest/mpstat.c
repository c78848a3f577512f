/*
 * mpstat: shares of each CPU's time and rates of interrupts, as sar's kind of table or as JSON.
 * Shaped for minutes of a few hundred CPUs.
 */
#include "ingest/mapped.h"
#include "ingest/reader.h"
#include "ingest/sadf.h"

static void column(struct hu_out *out, const char *group, const char *key)
{
	if (hu_str_ends(hu_str(group), "-interrupts"))
		hu_out_printf(out, "%s/s", key);
	else
		hu_out_printf(out, "%%%s", key);
}

static const struct hu_sysstat_json form = {"mpstat.", column, hu_sysstat_stamp, false};

static bool is_json(struct hu_str head)
{
	static const char *const keys[] = {"\"cpu-load\"", "\"sum-interrupts\"", "\"node-load\"",
					   "\"individual-interrupts\"", "\"soft-interrupts\""};

	if (hu_str_find(head, "\"file-date\"") >= 0 ||
	    hu_str_find(head, "\"sysdata-version\"") >= 0)
		return false;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (hu_sysstat_json_begins(head, keys[i]))
			return true;
	return false;
}

static struct hu_err *read_mpstat(const char *path, struct hu_sink *to)
{
	struct hu_mapped file HU_CLEANUP(hu_mapped_close) = {0};
	struct hu_err *err = hu_mapped_open(path, &file);
	uint64_t rows;

	if (err)
		return err;
	if (hu_str_starts(hu_str_trim(file.text), "{"))
		return hu_sysstat_json_read(&form, "mpstat sample", file.text, to);
	err = hu_sar_rows(&hu_mpstat_dialect, file.text, 1, to, &rows);
	hu_put_totals(to, rows, file.text.len);
	return err;
}

static enum hu_match probe(const struct hu_probe *in)
{
	if (in->is_dir)
		return HU_MATCH_NO;
	return is_json(in->head) || hu_sar_begins(in->head, hu_mpstat_is_own_header)
		       ? HU_MATCH_LIKELY
		       : HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_mpstat = {
	.name = "mpstat",
	.reads = "tables of mpstat with any of its options, in any locale, and its JSON",
	.clock = HU_CLOCK_IN_FILE,
	.probe = probe,
	.read = read_mpstat,
};
