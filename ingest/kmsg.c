/*
 * The kernel log as text: dmesg(1) in its time forms, journalctl -k, syslog files, /dev/kmsg,
 * netconsole, pstore, serial consoles with whatever else ran over the wire. A few thousand to a few
 * million short lines, read once from front to back; what a line means is kmsg_report.c's and
 * kmsg_block.c's question.
 */
#include "ingest/kmsg_log.h"
#include "ingest/mapped.h"
#include "ingest/reader.h"

#include <string.h>

enum {
	CLOCK_LINES = 512, /* stamped lines that decide which clock the file is in */
	MAX_SPLITS = 16	   /* stamps in one line of an interleaved console */
};

/* One line of the file: usually one message, on a console now and then several. */
static void read_line(struct hu_kmsg_log *log, struct hu_str physical)
{
	struct hu_kmsg_line line;

	if (physical.len && physical.at[physical.len - 1] == '\r')
		physical.len--;
	physical = hu_kmsg_plain(physical, &log->stripped);
	/* "-- Boot 6c1e… --", "-- Journal begins at …": journalctl's own */
	if (hu_str_starts(physical, "-- ") && hu_str_ends(physical, "--")) {
		log->other_programs++;
		return;
	}
	for (int splits = 0;; splits++) {
		hu_kmsg_unstamp(&log->calendar, physical, &line);
		if (line.property) {
			log->properties++;
			return;
		}
		if (line.other_program) {
			log->other_programs++;
			return;
		}
		bool console = line.wall == HU_OPEN && line.sequence == HU_NONE && !line.host.len;
		ptrdiff_t next =
			console && splits < MAX_SPLITS ? hu_kmsg_find_stamp(line.text) : -1;
		struct hu_str rest = {0};
		if (next > 0) {
			rest = hu_str_skip(line.text, (size_t)next);
			line.text.len = (size_t)next;
		}
		hu_kmsg_log_take(log, &line);
		if (next <= 0)
			return;
		physical = rest;
	}
}

/*
 * Which clock most stamps at the beginning are in. A bracketed stamp is the kernel's own: it wins,
 * unless it starts anew within the file and the lines have the wall clock beside it.
 */
static enum hu_clock choose_clock(struct hu_str text, bool several_boots)
{
	struct hu_kmsg_calendar calendar = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out scratch = {0};
	uint64_t printk = 0, real = 0, local = 0;
	struct hu_str physical;

	while (printk + real + local < CLOCK_LINES && hu_str_line(&text, &physical)) {
		struct hu_kmsg_line line;
		physical = hu_kmsg_plain(physical, &scratch);
		hu_kmsg_unstamp(&calendar, physical, &line);
		bool wall = !line.other_program && line.wall != HU_OPEN;
		if (line.printk != HU_OPEN && !(several_boots && wall))
			printk++;
		else if (wall && line.wall_clock == HU_CLOCK_REALTIME)
			real++;
		else if (wall && line.wall_clock == HU_CLOCK_LOCAL_TIME)
			local++;
		else if (!line.other_program && hu_kmsg_find_stamp(physical) > 0)
			printk++;
	}
	if (!printk && !real && !local)
		return HU_CLOCK_NONE;
	if (printk >= real + local)
		return HU_CLOCK_PRINTK;
	return real >= local ? HU_CLOCK_REALTIME : HU_CLOCK_LOCAL_TIME;
}

static struct hu_err *kmsg_read(const char *path, struct hu_sink *to)
{
	struct hu_mapped file HU_CLEANUP(hu_mapped_close) = {0};
	struct hu_kmsg_pieces pieces HU_CLEANUP(hu_kmsg_pieces_deinit) = {0};
	struct hu_kmsg_log log HU_CLEANUP(hu_kmsg_log_deinit) = {0};
	struct hu_kmsg_boots boots;
	struct hu_err *err = hu_mapped_open(path, &file);

	if (err)
		return err;
	hu_kmsg_pieces_find(file.text, &pieces);
	hu_kmsg_boots_find(&pieces, &boots);
	hu_kmsg_log_init(&log, to, choose_clock(file.text, boots.runs > 1), &boots);
	for (size_t i = 0; i < pieces.count; i++) {
		struct hu_str rest = pieces.at[i].text, line;
		for (uint64_t pos = pieces.at[i].pos + 1; hu_str_line(&rest, &line); pos++) {
			hu_kmsg_log_at(&log, pos);
			read_line(&log, line);
		}
	}
	hu_kmsg_log_finish(&log, file.text.len);
	if (pieces.parts)
		hu_put_event_count(to, hu_str("part that pstore kept"), pieces.parts, true);
	if (pieces.missing)
		hu_kmsg_put_gap(&log, HU_LOSS_MISSING, (int64_t)pieces.missing, HU_OPEN,
				"parts of the dump that pstore kept are not in this file: %llu",
				(unsigned long long)pieces.missing);
	if (!log.lines)
		return hu_err(HU_ERR_BAD_INPUT, "holds no kernel message");
	return NULL;
}

const struct hu_reader_ops hu_reader_kmsg = {
	.name = "kmsg",
	.reads = "kernel logs: dmesg, journalctl -k, syslog, /dev/kmsg, netconsole, pstore, serial "
		 "consoles",
	.clock = HU_CLOCK_IN_FILE,
	.probe = hu_kmsg_probe,
	.read = kmsg_read,
};
