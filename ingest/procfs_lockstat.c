/*
 * /proc/lock_stat: what each class of locks cost since boot or since it was last cleared, as rows
 * of aggregates. Thousands of lines, read once or a few times.
 *
 * Source: kernel/locking/lockdep_proc.c (seq_stats, seq_lock_time),
 * Documentation/locking/lockstat.rst. Times are microseconds with two digits behind the point.
 */
#include "ingest/procfs.h"

#include <stdio.h>

enum { LEAST_NUMBERS = 10, MOST_NUMBERS = 12 }; /* version 0.3 has no averages */

static bool ruler(struct hu_str line)
{
	line = hu_str_trim(line);
	for (size_t i = 0; i < line.len; i++)
		if (line.at[i] != '-' && line.at[i] != '.')
			return false;
	return line.len >= 10;
}

/* "&mm->mmap_lock-W:   46   84   0.26 …": a class may have colons in its name, its last ends it. */
static bool row(struct hu_str line, struct hu_str *name, struct hu_str *number, size_t *count)
{
	size_t colon = line.len;
	int64_t value;

	while (colon > 0 && line.at[colon - 1] != ':')
		colon--;
	if (!colon)
		return false;
	*name = hu_str_trim((struct hu_str){line.at, colon - 1});
	struct hu_str rest = hu_str_skip(line, colon);
	*count = 0;
	for (struct hu_str word; (word = hu_str_word(&rest)).len; (*count)++) {
		if (*count == MOST_NUMBERS || !hu_str_fixed(word, 3, &value))
			return false;
		number[*count] = word;
	}
	return name->len && *count >= LEAST_NUMBERS;
}

/* "&mm->mmap_lock   1   [<ffffffff811502a7>] khugepaged_scan_mm_slot+0x57/0x280" */
static bool point(struct hu_str line, struct hu_str *name, uint64_t *count, struct hu_str *where)
{
	ptrdiff_t at = hu_str_find(line, " [<");

	if (at < 1)
		return false;
	*where = hu_str_skip(line, (size_t)at);
	(void)hu_str_word(where);
	*where = hu_str_word(where);
	struct hu_str left = hu_str_trim((struct hu_str){line.at, (size_t)at});
	size_t blank = left.len;
	while (blank > 0 && left.at[blank - 1] != ' ' && left.at[blank - 1] != '\t')
		blank--;
	*name = hu_str_trim((struct hu_str){left.at, blank});
	return name->len && where->len && hu_str_u64(hu_str_skip(left, blank), 10, count);
}

bool hu_procfs_is_lockstat(struct hu_str line, enum hu_procfs_kind before)
{
	struct hu_str name, number[MOST_NUMBERS];
	uint64_t value;
	size_t count;

	if (hu_str_starts(line, "lock_stat version "))
		return true;
	/* `grep : /proc/lock_stat` leaves nothing but rows. */
	if (row(line, &name, number, &count) && count == MOST_NUMBERS &&
	    hu_str_find(number[0], ".") < 0 && hu_str_find(number[2], ".") > 0)
		return true;
	return before == HU_PROC_LOCKSTAT &&
	       (ruler(line) || hu_str_starts(hu_str_trim(line), "class name ") ||
		hu_str_starts(hu_str_trim(line), "*WARNING* lock debugging disabled") ||
		row(line, &name, number, &count) || point(line, &name, &value, &number[0]));
}

static void put(struct hu_procfs *p, const char *table, struct hu_str key, struct hu_str count,
		struct hu_str total)
{
	struct hu_aggregate agg = {.ts = p->ts,
				   .pos = p->pos,
				   .low = HU_OPEN,
				   .high = HU_OPEN,
				   .total = HU_NONE,
				   .table = hu_internz(p->series.to, table),
				   .key = hu_intern(p->series.to, key)};
	int64_t ns;

	if (!hu_str_i64(count, &agg.count))
		return;
	if (total.len && hu_str_fixed(total, 3, &ns)) {
		agg.total = ns;
		agg.unit = hu_internz(p->series.to, "ns");
	}
	hu_put_aggregate(p->series.to, &agg);
}

void hu_procfs_put_lockstat(struct hu_procfs *p, struct hu_str line)
{
	/* con-bounces contentions waittime-min -max -total [-avg] acq-bounces acquisitions
	 * holdtime-min -max -total [-avg] */
	struct hu_str name, where, number[MOST_NUMBERS], none = {"", 0};
	uint64_t value;
	size_t count;

	if (row(line, &name, number, &count)) {
		size_t hold = count == MOST_NUMBERS ? 7 : 6;
		put(p, "lock_stat.wait", name, number[1], number[4]);
		put(p, "lock_stat.wait_max", name, number[1], number[3]);
		put(p, "lock_stat.hold", name, number[hold], number[hold + 3]);
		put(p, "lock_stat.hold_max", name, number[hold], number[hold + 2]);
		p->lock_points = 0;
		p->used[HU_PROC_LOCKSTAT]++;
	} else if (point(line, &name, &value, &where)) {
		/* The first list is where tasks waited, the second where they held it meanwhile. */
		char digits[24];
		struct hu_out *out = hu_procfs_name(p, "");
		hu_out_str(out, name);
		hu_out_puts(out, " at ");
		hu_out_str(out, where);
		snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);
		put(p, p->lock_points > 1 ? "lock_stat.held_at" : "lock_stat.waited_at",
		    hu_out_view(out), hu_str(digits), none);
		p->used[HU_PROC_LOCKSTAT]++;
	} else {
		p->lock_points += ruler(line);
		p->unused[HU_PROC_LOCKSTAT]++;
	}
}
