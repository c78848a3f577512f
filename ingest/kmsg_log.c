/*
 * From the records of a kernel log to rows: messages with their stamps, how printk's clock goes
 * with the wall clock, boots. A few thousand to a few million records, taken once from front to
 * back.
 */
#include "ingest/kmsg_log.h"

#include <string.h>

enum {
	PAIR_LINES = 256,
	BOOTS_TOLD = 16 /* each in a sentence of its own */
};

void hu_kmsg_log_init(struct hu_kmsg_log *log, struct hu_sink *to, enum hu_clock clock,
		      struct hu_kmsg_boots *boots)
{
	*log = (struct hu_kmsg_log){
		.to = to,
		.blocks = hu_kmsg_blocks_create(to),
		.clock = clock,
		.boots = *boots,
		.last_ts = HU_OPEN,
		.last_sequence = HU_NONE,
	};
	*boots = (struct hu_kmsg_boots){0};
	log->old_boot = log->boots.count && log->boots.runs > log->boots.at[0].run + 1;
	log->old_boot |= log->boots.mixed;
	log->off_axis = log->old_boot && clock == HU_CLOCK_PRINTK;
}

void hu_kmsg_log_deinit(struct hu_kmsg_log *log)
{
	hu_kmsg_blocks_destroy(log->blocks);
	hu_kmsg_boots_deinit(&log->boots);
	hu_out_deinit(&log->scratch);
	hu_out_deinit(&log->stripped);
}

static bool counts_from_boot(const struct hu_kmsg_log *log)
{
	return log->clock == HU_CLOCK_PRINTK || log->clock == HU_CLOCK_MONOTONIC;
}

/* What happened between the boot before and this one, in the words of the sentence that tells it.
 */
static void tell_boot(struct hu_kmsg_log *log, const struct hu_kmsg_boot *boot, bool same)
{
	static const char *const words[] = {
		[HU_KMSG_BOOT_FIRST] = "the log begins",
		[HU_KMSG_BOOT_BANNER] = "the machine booted again",
		[HU_KMSG_BOOT_JUMP] = "the stamps jump back",
		[HU_KMSG_BOOT_COPY] = "the stamps jump back",
		[HU_KMSG_BOOT_NAMED] = "the machine booted again",
	};

	ptrdiff_t banner = hu_str_find(boot->line, "Linux version ");
	HU_CLEANUP(hu_out_deinit) struct hu_out release = {0};
	if (banner >= 0) {
		struct hu_str rest = hu_str_skip(boot->line, (size_t)banner + 14);
		struct hu_str word = hu_str_word(&rest);
		hu_out_printf(&release, " (Linux %.*s)", (int)(word.len < 64 ? word.len : 64),
			      word.at);
	}
	if (same)
		hu_kmsg_put_gap(log, HU_LOSS_MISSING, HU_NONE, HU_OPEN,
				"%s in line %llu: two copies of one boot's log follow each other",
				words[boot->kind], (unsigned long long)boot->pos);
	else
		hu_kmsg_put_gap(
			log, HU_LOSS_MISSING, HU_NONE, HU_OPEN, "%s in line %llu%s%s%s",
			words[boot->kind], (unsigned long long)boot->pos,
			release.len ? release.at : "",
			counts_from_boot(log) ? ": stamps before and after it count from different "
						"starts"
					      : "",
			log->clock == HU_CLOCK_PRINTK ? ", and only those of the last boot are used"
						      : "");
}

void hu_kmsg_log_at(struct hu_kmsg_log *log, uint64_t pos)
{
	log->pos = pos;
	if (log->boot + 1 >= log->boots.count || log->boots.at[log->boot + 1].pos != pos)
		return;
	const struct hu_kmsg_boot *boot = &log->boots.at[++log->boot];
	hu_kmsg_blocks_finish(log->blocks, HU_OPEN);
	log->last_sequence = HU_NONE;
	log->old_boot = boot->run + 1 != log->boots.runs || log->boots.mixed;
	if (log->boot <= BOOTS_TOLD)
		tell_boot(log, boot, boot->run == boot[-1].run);
	log->off_axis = log->old_boot && log->clock == HU_CLOCK_PRINTK;
	log->last_ts = HU_OPEN;
}

static void put_message(struct hu_kmsg_log *log, const struct hu_kmsg_line *line, hu_ns ts)
{
	bool damaged, cut;
	struct hu_str text = hu_kmsg_clean(line->text, &log->scratch, &damaged, &cut);

	log->damaged += damaged;
	log->overlong += cut;
	if (!hu_str_trim(text).len) {
		log->blank++;
		return;
	}
	hu_kmsg_host_line(log, line, text, ts);
	const struct hu_message row = {
		.ts = log->off_axis ? HU_OPEN : ts,
		.pos = log->pos,
		.level = line->level,
		.tid = line->tid,
		.text = hu_intern(log->to, text),
		.block = hu_kmsg_blocks_line(log->blocks, line, text, ts, log->off_axis, log->pos),
	};
	hu_put_message(log->to, &row);
	log->lines++;
	log->untimed += log->off_axis && ts != HU_OPEN;
	if (ts != HU_OPEN)
		log->last_ts = ts;
}

/* Only the end of the log counts: what was printed before the daemon ran got its wall time late,
 * and NTP may have stepped the clock since. */
static void pair(struct hu_kmsg_log *log, const struct hu_kmsg_line *line)
{
	struct hu_kmsg_pair *now = &log->pairs[1];

	if (line->printk == HU_OPEN || line->wall == HU_OPEN || line->no_year || log->old_boot)
		return;
	if (++log->paired_lines % PAIR_LINES == 0) {
		log->pairs[0] = *now;
		*now = (struct hu_kmsg_pair){0};
	}
	if (now->pos && line->wall_clock == now->clock &&
	    line->wall - line->printk >= now->wall - now->printk)
		return;
	*now = (struct hu_kmsg_pair){line->printk, line->wall, line->wall_unit, log->pos,
				     line->wall_clock};
}

static hu_ns stamp_of(struct hu_kmsg_log *log, const struct hu_kmsg_line *line)
{
	if (counts_from_boot(log)) {
		if (line->printk == HU_OPEN && line->wall != HU_OPEN)
			log->foreign_stamps++;
		return line->printk;
	}
	if (line->wall != HU_OPEN && line->wall_clock == log->clock) {
		log->no_year |= line->no_year;
		return line->wall;
	}
	log->foreign_stamps += line->wall != HU_OPEN || line->printk != HU_OPEN;
	return HU_OPEN;
}

static void sequence(struct hu_kmsg_log *log, int64_t now, hu_ns ts)
{
	int64_t missing = now - log->last_sequence - 1;

	if (log->last_sequence != HU_NONE && missing > 0)
		hu_kmsg_put_gap(log, HU_LOSS_DROPPED, missing, ts,
				"%lld records are missing before record %lld", (long long)missing,
				(long long)now);
	log->last_sequence = now;
}

void hu_kmsg_log_take(struct hu_kmsg_log *log, const struct hu_kmsg_line *line)
{
	bool stamped = line->printk != HU_OPEN || line->wall != HU_OPEN;
	hu_ns ts = stamp_of(log, line);
	struct hu_kmsg_line part = *line;
	struct hu_str rest = line->text;

	/* printk and dmesg indent what follows a line break inside one message. */
	if (!stamped && line->text.len && line->text.at[0] == ' ')
		ts = log->last_ts;
	if (line->host.len && !log->old_boot)
		hu_kmsg_fact(log, &log->has_host, "hostname", line->host);
	if (line->sequence != HU_NONE)
		sequence(log, line->sequence, ts);
	pair(log, line);
	if (!line->text.len || !memchr(line->text.at, '\n', line->text.len)) {
		put_message(log, line, ts);
		return;
	}
	while (hu_str_line(&rest, &part.text))
		put_message(log, &part, ts);
}

static void put_clocks(struct hu_kmsg_log *log)
{
	static const char *const how[HU_CLOCK_COUNT] = {
		[HU_CLOCK_NONE] = "no line has a stamp",
		[HU_CLOCK_PRINTK] = "printk's own stamps, which are local_clock()",
		[HU_CLOCK_MONOTONIC] = "the journal's stamps of arrival, which are monotonic",
		[HU_CLOCK_REALTIME] = "wall clock stamps with a zone",
		[HU_CLOCK_LOCAL_TIME] = "wall clock stamps without a zone",
	};

	hu_put_source_clock(log->to, log->clock,
			    log->no_year ? "wall clock stamps without a zone and without a year, "
					   "counted from 1 January 1970"
					 : how[log->clock]);
	if (log->no_year)
		hu_kmsg_put_gap(log, HU_LOSS_MISSING, HU_NONE, HU_OPEN, "the stamps carry no year");
	const struct hu_kmsg_pair *p = &log->pairs[1], *before = &log->pairs[0];
	if (!p->pos || (before->pos && before->clock == p->clock &&
			before->wall - before->printk < p->wall - p->printk))
		p = before;
	if (!p->pos || !counts_from_boot(log))
		return;
	/* The stamp is cut to its unit, and the daemon was a little late. */
	const struct hu_reading row = {
		.a = log->clock,
		.ta = p->printk,
		.b = p->clock,
		.tb = p->wall + p->unit / 2,
		.slack = p->unit < HU_NS_PER_S ? 200 * HU_NS_PER_MS : HU_NS_PER_S,
		.pos = p->pos,
	};
	hu_put_clock(log->to, &row);
}

static void put_losses(struct hu_kmsg_log *log)
{
	log->off_axis = true; /* they are not of one moment */
	if (log->boots.mixed)
		hu_kmsg_put_gap(log, HU_LOSS_MISSING, (int64_t)log->boots.count, HU_OPEN,
				"the stamps jump back more than %zu times: lines of several "
				"machines or boots are mixed, and no stamp is used",
				log->boots.count - 1);
	else if (log->boots.count > BOOTS_TOLD + 1)
		hu_kmsg_put_gap(log, HU_LOSS_MISSING, (int64_t)log->boots.count - 1, HU_OPEN,
				"the stamps jump back %zu times in all", log->boots.count - 1);
	if (log->untimed)
		hu_kmsg_put_gap(log, HU_LOSS_MISSING, (int64_t)log->untimed, HU_OPEN,
				"lines of earlier boots, kept without time: %llu",
				(unsigned long long)log->untimed);
	if (log->damaged)
		hu_kmsg_put_gap(log, HU_LOSS_UNPARSED, (int64_t)log->damaged, HU_OPEN,
				"lines with bytes that are no text: %llu",
				(unsigned long long)log->damaged);
	if (log->overlong)
		hu_kmsg_put_gap(log, HU_LOSS_UNPARSED, (int64_t)log->overlong, HU_OPEN,
				"lines longer than the kernel prints, of which %d bytes are kept: "
				"%llu",
				(int)HU_KMSG_MAX_TEXT, (unsigned long long)log->overlong);
	if (log->foreign_stamps)
		hu_kmsg_put_gap(log, HU_LOSS_UNPARSED, (int64_t)log->foreign_stamps, HU_OPEN,
				"lines with another kind of stamp than the rest, kept without "
				"time: %llu",
				(unsigned long long)log->foreign_stamps);
}

void hu_kmsg_log_finish(struct hu_kmsg_log *log, size_t bytes)
{
	hu_kmsg_blocks_finish(log->blocks, HU_OPEN);
	put_clocks(log);
	put_losses(log);
	hu_put_event_count(log->to, hu_str("kernel message"), log->lines, true);
	if (log->other_programs)
		hu_put_event_count(log->to, hu_str("line of another program"), log->other_programs,
				   false);
	if (log->properties)
		hu_put_event_count(log->to, hu_str("property of a record"), log->properties, false);
	if (log->blank)
		hu_put_event_count(log->to, hu_str("blank line"), log->blank, false);
	hu_put_totals(log->to, log->lines, bytes);
}
