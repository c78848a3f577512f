/*
 * /proc/loadavg, diskstats, schedstat, interrupts and softirqs: of the last three what all CPUs
 * together or each CPU did, not each pair of both.
 *
 * Sources: fs/proc/loadavg.c, block/genhd.c (diskstats_show;
 * Documentation/admin-guide/iostats.rst), kernel/sched/stats.c
 * (Documentation/scheduler/sched-stats.rst), kernel/irq/proc.c, fs/proc/softirqs.c.
 */
#include "ingest/procfs.h"

#include <string.h>

static bool whole(struct hu_str text, uint64_t *ret)
{
	return hu_str_u64(text, 10, ret);
}

/* loadavg: "0.52 0.58 0.59 2/345 12345" --------------------------------------------------------
 */

static bool share(struct hu_str word, uint64_t *a, uint64_t *b)
{
	struct hu_str left = hu_str_split(&word, '/');

	return whole(left, a) && whole(word, b);
}

bool hu_procfs_is_loadavg(struct hu_str line)
{
	uint64_t a, b;
	int64_t value;

	for (int i = 0; i < 3; i++) {
		struct hu_str word = hu_str_word(&line);
		if (hu_str_find(word, ".") < 1 || !hu_str_fixed(word, 2, &value))
			return false;
	}
	return share(hu_str_word(&line), &a, &b) && whole(hu_str_word(&line), &a) &&
	       !hu_str_trim(line).len;
}

void hu_procfs_put_loadavg(struct hu_procfs *p, struct hu_str line)
{
	static const char *const names[] = {"1", "5", "15"};
	uint64_t running, tasks;
	int64_t value;

	for (int i = 0; i < 3; i++) {
		if (!hu_str_fixed(hu_str_word(&line), 2, &value))
			return;
		hu_out_puts(hu_procfs_name(p, "proc.loadavg."), names[i]);
		hu_procfs_value(p, (double)value / 100, false);
	}
	if (!share(hu_str_word(&line), &running, &tasks))
		return;
	hu_procfs_name(p, "proc.loadavg.running");
	hu_procfs_value(p, (double)running, false);
	hu_procfs_name(p, "proc.loadavg.tasks");
	hu_procfs_value(p, (double)tasks, false);
	p->used[HU_PROC_LOADAVG]++;
}

/* diskstats ------------------------------------------------------------------------------------
 */

static const char *const disk_fields[] = {
	"reads",	 "reads_merged",    "sectors_read",    "read_ms",	    "writes",
	"writes_merged", "sectors_written", "write_ms",	       "in_flight",	    "io_ms",
	"weighted_ms",	 "discards",	    "discards_merged", "sectors_discarded", "discard_ms",
	"flushes",	 "flush_ms"};
enum { DISK_FIELDS = sizeof(disk_fields) / sizeof(disk_fields[0]), DISK_LEAST = 11, IN_FLIGHT = 8 };

bool hu_procfs_is_disk(struct hu_str line)
{
	uint64_t value;
	size_t n = 0;

	if (!whole(hu_str_word(&line), &value) || !whole(hu_str_word(&line), &value))
		return false;
	struct hu_str name = hu_str_word(&line);
	char c = name.len ? *name.at | 32 : 0;
	if (c < 'a' || c > 'z')
		return false;
	for (struct hu_str word; (word = hu_str_word(&line)).len; n++)
		if (!whole(word, &value))
			return false;
	return n >= DISK_LEAST;
}

static void put_disk(struct hu_procfs *p, struct hu_str disk, const char *field, uint64_t value,
		     bool running)
{
	struct hu_out *out = hu_procfs_name(p, "proc.disk.");

	hu_out_str(out, disk);
	hu_out_putc(out, '.');
	hu_out_puts(out, field);
	hu_procfs_value(p, (double)value, running);
}

void hu_procfs_put_disk(struct hu_procfs *p, struct hu_str line)
{
	uint64_t value;

	(void)hu_str_word(&line);
	(void)hu_str_word(&line);
	struct hu_str disk = hu_str_word(&line);
	for (size_t i = 0; i < DISK_FIELDS && whole(hu_str_word(&line), &value); i++)
		put_disk(p, disk, disk_fields[i], value, i != IN_FLIGHT);
	p->used[HU_PROC_DISK]++;
}

/* vmstat -d has the same numbers, but for its last, which is in seconds. */
bool hu_procfs_is_vmstat_d(struct hu_str line, enum hu_procfs_kind before)
{
	uint64_t value;
	struct hu_str rest = line;

	if (hu_str_starts(line, "disk- ---"))
		return true;
	if (before != HU_PROC_VMSTAT_D)
		return false;
	struct hu_str word = hu_str_word(&rest);
	if (hu_str_is(word, "total") && hu_str_is(hu_str_word(&rest), "merged"))
		return true;
	for (int i = 0; i < 10; i++)
		if (!whole(hu_str_word(&rest), &value))
			return false;
	return true;
}

void hu_procfs_put_vmstat_d(struct hu_procfs *p, struct hu_str line)
{
	uint64_t value;
	struct hu_str rest = line, disk = hu_str_word(&rest), word;

	if (hu_str_starts(line, "disk-"))
		return;
	if (hu_str_is(disk, "total")) {
		/* Behind the ten names may stand the zone of the stamps. */
		for (int i = 1; i <= 10; i++)
			word = hu_str_word(&rest);
		hu_procfs_copy(p->clock_zone, sizeof(p->clock_zone), word);
		return;
	}
	for (size_t i = 0; i < 9 && whole(hu_str_word(&rest), &value); i++)
		put_disk(p, disk, disk_fields[i], value, i != IN_FLIGHT);
	if (whole(hu_str_word(&rest), &value))
		put_disk(p, disk, "io_s", value, true);
	p->used[HU_PROC_VMSTAT_D]++;
}

struct hu_str hu_procfs_row_stamp(const struct hu_procfs *p, struct hu_str line)
{
	if (!hu_procfs_is_vmstat_d(line, p->kind))
		return (struct hu_str){"", 0};
	for (int i = 0; i < 11; i++)
		(void)hu_str_word(&line);
	return hu_str_trim(line);
}

/* schedstat ------------------------------------------------------------------------------------
 */

bool hu_procfs_is_sched(struct hu_str line, enum hu_procfs_kind before)
{
	struct hu_str key = hu_str_word(&line), number = hu_str_word(&line);
	uint64_t value;
	bool alone = !hu_str_trim(line).len && whole(number, &value);

	if (hu_str_is(key, "version"))
		return alone && value >= 10 && value < 100;
	if (before != HU_PROC_SCHED)
		return false;
	if (hu_str_is(key, "timestamp"))
		return alone;
	return hu_str_starts(key, "domain") ||
	       (hu_str_starts(key, "cpu") && whole(hu_str_skip(key, 3), &value) && number.len);
}

void hu_procfs_put_sched(struct hu_procfs *p, struct hu_str line)
{
	/* Of the nine numbers since version 15 the last three: nanoseconds on the CPU, nanoseconds
	 * ready and waiting for it, how often a task got it. */
	static const char *const names[] = {"running_ns", "waiting_ns", "timeslices"};
	struct hu_str key = hu_str_word(&line), word[9];
	uint64_t value;

	if (!hu_str_starts(key, "cpu")) {
		p->unused[HU_PROC_SCHED]++;
		return;
	}
	for (size_t i = 0; i < 9; i++)
		word[i] = hu_str_word(&line);
	if (!word[8].len || hu_str_trim(line).len) {
		p->unused[HU_PROC_SCHED]++;
		return;
	}
	for (size_t i = 0; i < 3; i++) {
		if (!whole(word[6 + i], &value))
			return;
		hu_out_str(hu_procfs_name(p, "proc.sched."), key);
		hu_out_putc(&p->name, '.');
		hu_out_puts(&p->name, names[i]);
		hu_procfs_value(p, (double)value, true);
	}
	p->used[HU_PROC_SCHED]++;
}

/* interrupts, softirqs -------------------------------------------------------------------------
 */

static bool cpu_header(struct hu_str line)
{
	uint64_t value;
	size_t n = 0;

	for (struct hu_str word; (word = hu_str_word(&line)).len; n++)
		if (!hu_str_starts(word, "CPU") || !whole(hu_str_skip(word, 3), &value))
			return false;
	return n > 0;
}

bool hu_procfs_is_intr(struct hu_str line, enum hu_procfs_kind before)
{
	uint64_t value;

	if (cpu_header(line))
		return true;
	if (before != HU_PROC_INTR)
		return false;
	struct hu_str label = hu_str_word(&line);
	return label.len > 1 && hu_str_ends(label, ":") && whole(hu_str_word(&line), &value);
}

void hu_procfs_put_intr(struct hu_procfs *p, struct hu_str line)
{
	static const char *const softirqs[] = {"HI",	  "TIMER",    "NET_TX",	     "NET_RX",
					       "BLOCK",	  "IRQ_POLL", "TASKLET",     "SCHED",
					       "HRTIMER", "RCU",      "BLOCK_IOPOLL"};
	uint64_t value, sum = 0;
	bool soft = false;

	if (cpu_header(line)) {
		p->unused[HU_PROC_INTR]++;
		return;
	}
	struct hu_str label = hu_str_word(&line);
	label.len--;
	for (size_t i = 0; i < sizeof(softirqs) / sizeof(softirqs[0]); i++)
		soft |= hu_str_is(label, softirqs[i]);
	/* A number per CPU, then words: the controller, and who handles it. */
	while (whole(hu_str_word(&line), &value))
		sum += value;
	hu_out_str(hu_procfs_name(p, soft ? "proc.softirqs." : "proc.interrupts."), label);
	hu_procfs_value(p, (double)sum, true);
	p->used[HU_PROC_INTR]++;
}
