/*
 * Snapshots of /proc files, one or many: what a shell loop or a sampler appended to a text file, or
 * one file as it was. Shaped for a sample a second over minutes to hours, most of whose values
 * stand still.
 *
 * A sample is what follows a line that tells the time. Without such a line nothing is known of
 * when.
 */
#include "ingest/procfs.h"

#include "ingest/mapped.h"
#include "ingest/reader.h"
#include "ingest/tell.h"

#include <string.h>

/* Where one line gives two clocks: the first pair, the last one and their neighbours. */
struct pair {
	hu_ns real, other, step;
	uint64_t pos;
};

struct snapshots {
	struct hu_procfs p;
	enum hu_clock clock; /* HU_CLOCK_IN_FILE: no stamp yet */
	enum hu_clock other; /* of the pairs, against real time */
	struct pair first, second, before_last, last;
	uint64_t pairs, samples;
	uint64_t blind, blind_pos, lost, lost_pos, cut_pos;
	uint64_t lines_least[HU_PROC_KINDS]; /* that a whole sample had */
	uint64_t lines_now[HU_PROC_KINDS];
	char mark[4]; /* how the lines that tell the time begin */
	uint64_t sample_pos;
	hu_ns latest;
	bool told_cpus;
};

static void count(uint64_t *n, uint64_t *pos, uint64_t at)
{
	if (!(*n)++)
		*pos = at;
}

static hu_ns of_clock(const struct hu_stamp *stamp, enum hu_clock clock)
{
	return clock == HU_CLOCK_MONOTONIC  ? stamp->monotonic
	       : clock == HU_CLOCK_BOOT	    ? stamp->boot
	       : clock == HU_CLOCK_REALTIME ? stamp->realtime
	       : clock == HU_CLOCK_NONE	    ? stamp->day
					    : stamp->local;
}

static void choose_clock(struct snapshots *s, const struct hu_stamp *stamp)
{
	const char *how;

	if (stamp->monotonic != HU_OPEN) {
		s->clock = HU_CLOCK_MONOTONIC;
		how = "the lines between the samples say monotonic";
	} else if (stamp->boot != HU_OPEN) {
		s->clock = HU_CLOCK_BOOT;
		how = "the lines between the samples give seconds, too few for seconds since 1970: "
		      "uptime";
	} else if (stamp->realtime != HU_OPEN) {
		s->clock = HU_CLOCK_REALTIME;
		how = "the lines between the samples give seconds since 1970, or a date with its "
		      "zone";
	} else if (stamp->day != HU_OPEN) {
		/* An order, and distances within a day. */
		s->clock = HU_CLOCK_NONE;
		how = "the lines between the samples give a time of day without a date";
	} else {
		s->clock = HU_CLOCK_LOCAL_TIME;
		how = "the lines between the samples give a date without an offset from UTC";
	}
	hu_put_source_clock(s->p.series.to, s->clock, how);
}

static void remember_pair(struct snapshots *s, const struct hu_stamp *stamp)
{
	enum hu_clock other = stamp->monotonic != HU_OPEN ? HU_CLOCK_MONOTONIC : HU_CLOCK_BOOT;
	struct pair now = {stamp->realtime, of_clock(stamp, other), stamp->step, s->p.pos};

	if (now.real == HU_OPEN || now.other == HU_OPEN)
		return;
	if (!s->pairs)
		s->other = other;
	else if (other != s->other)
		return;
	if (s->pairs++ == 0)
		s->first = now;
	else if (s->pairs == 2)
		s->second = now;
	s->before_last = s->last;
	s->last = now;
}

/* One line per CPU that is online, in the first sample. */
static void put_cpus(struct snapshots *s)
{
	if (!s->p.cpus || s->told_cpus)
		return;
	s->told_cpus = true;
	hu_out_clear(&s->p.name);
	hu_out_printf(&s->p.name, "%llu", (unsigned long long)s->p.cpus);
	hu_put_fact(s->p.series.to, "cpus", hu_out_view(&s->p.name));
}

/* A last sample that has fewer lines of a file than any before it was cut. */
static void close_sample(struct snapshots *s, bool last)
{
	put_cpus(s);
	for (int kind = 1; kind < HU_PROC_KINDS; kind++) {
		uint64_t least = s->lines_least[kind], now = s->lines_now[kind];
		bool fixed = kind == HU_PROC_VMSTAT || kind == HU_PROC_MEMINFO ||
			     kind == HU_PROC_STAT || kind == HU_PROC_PRESSURE;
		if (last && fixed && now < least && !s->cut_pos)
			hu_put_loss(s->p.series.to,
				    &(struct hu_gap){s->p.ts, HU_OPEN, (int64_t)(least - now),
						     HU_NONE, HU_LOSS_TRUNCATED, s->sample_pos},
				    "the last sample has %llu lines of %llu: it is cut",
				    (unsigned long long)now, (unsigned long long)least);
		if (now && (!least || now < least))
			s->lines_least[kind] = now;
		s->lines_now[kind] = 0;
	}
}

static void stamp_line(struct snapshots *s, const struct hu_stamp *stamp, struct hu_str line)
{
	bool any = false;

	for (int kind = 1; kind < HU_PROC_KINDS; kind++)
		any |= s->lines_now[kind] != 0;
	if (any)
		close_sample(s, false);
	if (s->clock == HU_CLOCK_IN_FILE)
		choose_clock(s, stamp);
	hu_ns ts = of_clock(stamp, s->clock);
	if (ts == HU_OPEN)
		count(&s->blind, &s->blind_pos, s->p.pos);
	s->samples += ts == HU_OPEN || ts != s->latest;
	s->latest = ts;
	s->p.ts = ts;
	s->p.kind = HU_PROC_NONE;
	s->sample_pos = s->p.pos;
	remember_pair(s, stamp);
	memset(s->mark, 0, sizeof(s->mark));
	memcpy(s->mark, line.at, line.len < 3 ? line.len : 3);
}

static void one_line(struct snapshots *s, struct hu_str line)
{
	struct hu_stamp stamp;
	enum hu_procfs_kind before = s->p.kind;

	if (!hu_str_trim(line).len)
		return;
	/* vmstat -d -t ends each row with its time. */
	struct hu_str when = hu_procfs_row_stamp(&s->p, line);
	if (when.len) {
		hu_out_clear(&s->p.name);
		hu_out_str(&s->p.name, when);
		hu_out_putc(&s->p.name, ' ');
		hu_out_puts(&s->p.name, s->p.clock_zone);
		if (hu_stamp_line(hu_str_trim(hu_out_view(&s->p.name)), &stamp) &&
		    (s->latest == HU_OPEN || of_clock(&stamp, s->clock) != s->latest)) {
			stamp_line(s, &stamp, line);
			s->p.kind = before;
		}
	}
	/* Content first: no line of these files is a time, and most lines are content. */
	if (hu_procfs_line(&s->p, line)) {
		s->lines_now[s->p.kind]++;
		return;
	}
	if (hu_stamp_line(line, &stamp)) {
		stamp_line(s, &stamp, line);
		return;
	}
	if (hu_procfs_is_marker(line)) {
		hu_procfs_named(&s->p, line);
		return;
	}
	s->p.kind = before;
	if (s->mark[0] && hu_str_starts(line, s->mark)) {
		/* It told the time once: what follows is not of the sample before. */
		s->p.ts = HU_OPEN;
		count(&s->blind, &s->blind_pos, s->p.pos);
		return;
	}
	count(&s->lost, &s->lost_pos, s->p.pos);
}

/*
 * A loop reads its two clocks one after the other, in a shell by two processes: a millisecond, or
 * what the last digit is worth, or as much as two neighbouring pairs disagree.
 */
static void put_pair(struct snapshots *s, const struct pair *at, const struct pair *neighbour)
{
	hu_ns slack = at->step > HU_NS_PER_MS ? at->step : HU_NS_PER_MS, a, b, apart;

	if (neighbour) {
		if (__builtin_sub_overflow(at->real, at->other, &a) ||
		    __builtin_sub_overflow(neighbour->real, neighbour->other, &b) ||
		    __builtin_sub_overflow(a > b ? a : b, a > b ? b : a, &apart))
			return;
		slack = apart > slack ? apart : slack;
	}
	hu_put_clock(s->p.series.to, &(struct hu_reading){at->real, at->other, slack, at->pos,
							  HU_CLOCK_REALTIME, s->other});
}

static void put_counts(struct snapshots *s)
{
	static const char *const names[HU_PROC_KINDS] = {"",
							 "/proc/vmstat line",
							 "/proc/meminfo line",
							 "/proc/stat line",
							 "/proc/buddyinfo line",
							 "/proc/zoneinfo line",
							 "/proc/pressure line",
							 "/proc/slabinfo line",
							 "/proc/loadavg line",
							 "/proc/diskstats line",
							 "/proc/schedstat line",
							 "/proc/interrupts or softirqs line",
							 "cgroup line",
							 "/proc/lock_stat line",
							 "free line",
							 "slabtop or vmstat -m line",
							 "vmstat -s or -D line",
							 "vmstat -d line",
							 "numastat -m line"};
	struct hu_out *out = &s->p.name;

	for (int kind = 1; kind < HU_PROC_KINDS; kind++) {
		if (s->p.used[kind])
			hu_put_event_count(s->p.series.to, hu_str(names[kind]), s->p.used[kind],
					   true);
		if (!s->p.unused[kind])
			continue;
		hu_out_clear(out);
		hu_out_printf(out, "%s, other", names[kind]);
		hu_put_event_count(s->p.series.to, hu_out_view(out), s->p.unused[kind], false);
	}
}

static struct hu_err *finish(struct snapshots *s)
{
	struct hu_sink *to = s->p.series.to;
	uint64_t used = 0;

	for (int kind = 1; kind < HU_PROC_KINDS; kind++)
		used += s->p.used[kind] + s->p.unused[kind];
	close_sample(s, true);
	hu_series_finish(&s->p.series);
	if (s->clock == HU_CLOCK_IN_FILE)
		hu_put_source_clock(to, HU_CLOCK_NONE, "a snapshot without a time");
	if (s->pairs)
		put_pair(s, &s->first, s->pairs > 1 ? &s->second : NULL);
	if (s->pairs > 1)
		put_pair(s, &s->last, &s->before_last);
	put_counts(s);
	hu_tell_lines(to, HU_LOSS_UNPARSED, s->lost, s->lost_pos,
		      "lines are of no /proc file that we read");
	hu_tell_lines(to, HU_LOSS_MISSING, s->blind, s->blind_pos,
		      "samples have no time that we can read in the clock of the first");
	if (s->p.unclear)
		hu_put_loss(to,
			    &(struct hu_gap){HU_OPEN, HU_OPEN, (int64_t)s->p.unclear, HU_NONE,
					     HU_LOSS_MISSING, 0},
			    "%llu amounts of free have a unit that it does not print, or that may "
			    "be 1000 or 1024: left out",
			    (unsigned long long)s->p.unclear);
	hu_tell_lines(to, HU_LOSS_UNPARSED, s->p.series.refused, s->p.series.refused_pos,
		      "values are of more series than one file has");
	if (s->cut_pos)
		return hu_tell_cut(to, s->cut_pos);
	if (!used)
		return hu_err(HU_ERR_BAD_INPUT, "no line of a /proc file in it");
	return NULL;
}

static struct hu_err *read_procfs(const char *path, const struct hu_surroundings *around,
				  struct hu_sink *to)
{
	struct hu_mapped file HU_CLEANUP(hu_mapped_close) = {0};
	struct hu_err *err = hu_mapped_open(path, &file);
	struct snapshots s = {.p = {.series = {.to = to}, .ts = HU_OPEN, .resource = "unknown"},
			      .latest = HU_OPEN};
	struct hu_str rest = file.text, line;

	if (err)
		return err;
	/* A pressure file does not say of what: its name does. And the folders around a control
	 * group's file are its group. */
	hu_procfs_resource(&s.p, hu_str(around->path ? around->path : path));
	bool ended = hu_str_ends(rest, "\n");
	for (s.p.pos = 1; hu_str_line(&rest, &line); s.p.pos++) {
		/* Without a newline behind it the last number may have lost digits. */
		if (!ended && !rest.len)
			s.cut_pos = s.p.pos;
		else
			one_line(&s, line);
	}
	err = finish(&s);
	hu_put_totals(to, s.samples ? s.samples : 1, file.text.len);
	hu_out_deinit(&s.p.name);
	return err;
}

static enum hu_match probe(const struct hu_probe *in)
{
	struct hu_str rest = in->head, line;
	enum hu_procfs_kind kind = HU_PROC_NONE;
	struct hu_stamp stamp;
	size_t content = 0, unknown = 0;
	uint64_t value;

	if (in->is_dir)
		return HU_MATCH_NO;
	/* One number: only its name says of what. */
	struct hu_procfs single = {0};
	if (in->path && in->head.len < 32 &&
	    (hu_procfs_cgroup_path(&single, hu_str(in->path)), single.single))
		return hu_str_is(hu_str_trim(rest), "max") ||
				       hu_str_u64(hu_str_trim(rest), 10, &value)
			       ? HU_MATCH_LIKELY
			       : HU_MATCH_NO;
	while (hu_str_line(&rest, &line)) {
		/* The head's last line may be half a line. */
		if (!rest.len && in->head.len >= HU_PROBE_BYTES)
			break;
		if (!hu_str_trim(line).len)
			continue;
		enum hu_procfs_kind here = hu_procfs_kind(line, kind);
		if (here != HU_PROC_NONE) {
			kind = here;
			content++;
		} else if (!hu_stamp_line(line, &stamp) && !hu_procfs_is_marker(line)) {
			unknown++;
		}
	}
	/* A line of /proc/stat or its like may be in any text: nearly all lines have to be. */
	return content && unknown * 8 <= content && unknown < 4 ? HU_MATCH_LIKELY : HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_procfs = {
	.name = "procfs",
	.reads = "snapshots of /proc/vmstat, meminfo, stat, buddyinfo, zoneinfo, slabinfo, "
		 "pressure/*, loadavg, diskstats, schedstat, interrupts, softirqs, lock_stat, of "
		 "cgroups' memory.* and cpu.stat, and of free, slabtop, vmstat -d -m -s -D, "
		 "numastat -m",
	.clock = HU_CLOCK_IN_FILE,
	.probe = probe,
	.read_among = read_procfs,
};
