/*
 * sar's text as a capture: recognising it, and how far it goes inside another text.
 */
#include "ingest/sar.h"

#include "ingest/mapped.h"
#include "ingest/reader.h"

struct hu_err *hu_sar_lines(struct hu_str text, uint64_t first_line, struct hu_sink *to)
{
	uint64_t rows;

	return hu_sar_rows(&hu_sar_dialect, text, first_line, to, &rows);
}

size_t hu_sar_extent(struct hu_str text)
{
	struct hu_str rest = text, line;
	struct hu_sar_banner banner;
	struct hu_sar_time time;
	bool open = false;
	size_t extent = 0;

	while (hu_str_line(&rest, &line)) {
		if (!hu_str_trim(line).len || hu_sar_banner(line, &banner))
			continue;
		if (hu_sar_time(line, &time)) {
			bool header = hu_sar_is_header(time.rest);
			double value;
			char unit;
			bool row = false;
			open |= header;
			for (struct hu_str word; !row && (word = hu_str_word(&time.rest)).len;)
				row = hu_sar_number(word, &value, &unit);
			if (header || !open)
				row = false;
			if (!header && !row)
				break;
			if (row)
				extent = text.len - rest.len;
		} else if (extent && hu_sar_is_average(line)) {
			extent = text.len - rest.len;
		} else {
			break;
		}
	}
	return extent;
}

bool hu_sar_begins(struct hu_str head, bool (*is_header)(struct hu_str columns))
{
	struct hu_sar_banner banner;
	struct hu_sar_time time;
	struct hu_str line;
	bool said = false;

	while (hu_str_line(&head, &line)) {
		if (!hu_str_trim(line).len)
			continue;
		if (!said && hu_sar_banner(line, &banner)) {
			said = true;
			continue;
		}
		if (hu_sar_time(line, &time))
			return said && is_header(time.rest);
		return said && hu_str_is(hu_str_word(&line), "#") &&
		       hu_str_is(hu_str_word(&line), "Time") && is_header(line);
	}
	return false;
}

static enum hu_match probe(const struct hu_probe *in)
{
	struct hu_str rest = in->head, line;
	struct hu_sar_banner banner;
	struct hu_sar_time time;
	bool said = false;

	if (in->is_dir)
		return HU_MATCH_NO;
	if (hu_str_starts(rest, "\xef\xbb\xbf"))
		rest = hu_str_skip(rest, 3);
	while (hu_str_line(&rest, &line)) {
		if (!hu_str_trim(line).len)
			continue;
		if (!said && hu_sar_banner(line, &banner)) {
			said = true;
			continue;
		}
		if (!hu_sar_time(line, &time))
			return HU_MATCH_NO;
		if (said && hu_str_find(time.rest, "LINUX RESTART") >= 0)
			continue;
		/* mpstat's tables have the same form. */
		if (said && hu_mpstat_is_own_header(time.rest))
			return HU_MATCH_NO;
		if (!hu_sar_is_header(time.rest))
			return said && hu_sar_is_unknown_header(time.rest) &&
					       !hu_pidstat_is_header(time.rest)
				       ? HU_MATCH_LIKELY
				       : HU_MATCH_NO;
		/* Under a banner a header is enough; a pasted table needs its first row too. */
		if (said || hu_sar_extent(in->head))
			return HU_MATCH_LIKELY;
		return HU_MATCH_NO;
	}
	/* A banner and nothing else: sar was stopped before its first interval. */
	return said && in->head.len < HU_PROBE_BYTES ? HU_MATCH_LIKELY : HU_MATCH_NO;
}

static struct hu_err *read_sar(const char *path, struct hu_sink *to)
{
	struct hu_mapped file HU_CLEANUP(hu_mapped_close) = {0};
	struct hu_err *err = hu_mapped_open(path, &file);
	uint64_t rows;

	if (err)
		return err;
	err = hu_sar_rows(&hu_sar_dialect, file.text, 1, to, &rows);
	hu_put_totals(to, rows, file.text.len);
	return err;
}

const struct hu_reader_ops hu_reader_sar = {
	.name = "sar",
	.reads = "tables that sar prints, in any locale",
	.clock = HU_CLOCK_IN_FILE,
	.probe = probe,
	.read = read_sar,
};
