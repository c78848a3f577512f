/*
 * The lines of /proc/vmstat, meminfo, stat, buddyinfo, zoneinfo, slabinfo and pressure/, told apart
 * by their own keys; short lines by the thousand.
 *
 * Sources: mm/vmstat.c (vmstat_text, zoneinfo_show_print, frag_show_print), fs/proc/meminfo.c,
 * fs/proc/stat.c, kernel/sched/psi.c (psi_show), mm/slab_common.c.
 */
#include "ingest/procfs.h"

#include <string.h>

static bool whole(struct hu_str text, uint64_t *ret)
{
	return hu_str_u64(text, 10, ret);
}

/* "key 123" and nothing else. */
bool hu_procfs_pair(struct hu_str line, struct hu_str *key, uint64_t *value)
{
	*key = hu_str_word(&line);
	for (size_t i = 0; i < key->len; i++) {
		char c = key->at[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
			return false;
	}
	return key->len && whole(hu_str_word(&line), value) && !hu_str_trim(line).len;
}

static bool vmstat_key(struct hu_str key)
{
	static const char *const starts[] = {"nr_",
					     "numa_",
					     "pg",
					     "workingset_",
					     "allocstall",
					     "kswapd_",
					     "slabs_scanned",
					     "compact_",
					     "thp_",
					     "zone_reclaim_",
					     "drop_",
					     "oom_kill",
					     "pswp",
					     "unevictable_pgs_",
					     "htlb_",
					     "balloon_",
					     "swap_ra",
					     "zswp",
					     "pageoutrun",
					     "kcompactd_",
					     "cma_alloc",
					     "direct_map_level"};

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (hu_str_starts(key, starts[i]))
			return true;
	return false;
}

/* Whether a key of /proc/vmstat only ever grows. What is counted per zone and node is a level
 * ("nr_…"), but for events that are counted there because they are per node. */
bool hu_procfs_is_total(struct hu_str key)
{
	static const char *const totals[] = {"nr_dirtied",
					     "nr_written",
					     "nr_throttled_written",
					     "nr_vmscan_write",
					     "nr_vmscan_immediate_reclaim",
					     "nr_foll_pin_acquired",
					     "nr_foll_pin_released"};

	if (hu_str_is(key, "workingset_nodes"))
		return false;
	if (!hu_str_starts(key, "nr_") || hu_str_starts(key, "nr_tlb_"))
		return true;
	for (size_t i = 0; i < sizeof(totals) / sizeof(totals[0]); i++)
		if (hu_str_is(key, totals[i]))
			return true;
	return false;
}

/* "MemTotal:  983460 kB", "HugePages_Total:  0". */
bool hu_procfs_meminfo(struct hu_str line, struct hu_str *key, uint64_t *value, bool *kilobytes)
{
	ptrdiff_t colon = hu_str_find(line, ":");

	if (colon <= 0)
		return false;
	*key = (struct hu_str){line.at, (size_t)colon};
	for (size_t i = 0; i < key->len; i++)
		if (key->at[i] == ' ' || key->at[i] == '\t')
			return false;
	line = hu_str_skip(line, (size_t)colon + 1);
	if (!whole(hu_str_word(&line), value))
		return false;
	struct hu_str unit = hu_str_word(&line);
	*kilobytes = hu_str_is(unit, "kB");
	if (hu_str_trim(line).len)
		return false;
	return *kilobytes || (!unit.len && hu_str_starts(*key, "HugePages_"));
}

static bool meminfo_key(struct hu_str key)
{
	static const char *const keys[] = {
		"MemTotal",	"MemFree",	  "MemAvailable",    "Buffers",
		"Cached",	"SwapCached",	  "Active",	     "Inactive",
		"Active(anon)", "Inactive(anon)", "Active(file)",    "Inactive(file)",
		"Unevictable",	"Mlocked",	  "SwapTotal",	     "SwapFree",
		"Zswap",	"Zswapped",	  "Dirty",	     "Writeback",
		"AnonPages",	"Mapped",	  "Shmem",	     "KReclaimable",
		"Slab",		"SReclaimable",	  "SUnreclaim",	     "KernelStack",
		"PageTables",	"CommitLimit",	  "Committed_AS",    "VmallocTotal",
		"VmallocUsed",	"Percpu",	  "HugePages_Total", "HugePages_Free",
		"Hugepagesize", "AnonHugePages",  "DirectMap4k",     "DirectMap2M"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (hu_str_is(key, keys[i]))
			return true;
	return false;
}

static bool numbers(struct hu_str line, size_t least)
{
	uint64_t value;
	size_t n = 0;

	for (struct hu_str word; (word = hu_str_word(&line)).len; n++)
		if (!whole(word, &value))
			return false;
	return n >= least;
}

static bool stat_line(struct hu_str line)
{
	struct hu_str key = hu_str_word(&line);

	if (hu_str_starts(key, "cpu")) {
		uint64_t n;
		struct hu_str digits = hu_str_skip(key, 3);
		return (!digits.len || whole(digits, &n)) && numbers(line, 4);
	}
	if (hu_str_is(key, "intr") || hu_str_is(key, "softirq"))
		return numbers(line, 2);
	if (hu_str_is(key, "ctxt") || hu_str_is(key, "btime") || hu_str_is(key, "processes") ||
	    hu_str_is(key, "procs_running") || hu_str_is(key, "procs_blocked"))
		return numbers(line, 1) && !numbers(line, 2);
	return false;
}

/* "Node 0, zone    DMA32 …": *rest gets what follows. */
bool hu_procfs_zone(struct hu_str line, struct hu_str *node, struct hu_str *zone,
		    struct hu_str *rest)
{
	uint64_t n;

	if (!hu_str_starts(line, "Node "))
		return false;
	line = hu_str_skip(line, 5);
	*node = hu_str_split(&line, ',');
	if (!whole(*node, &n) || !hu_str_is(hu_str_word(&line), "zone"))
		return false;
	*zone = hu_str_word(&line);
	*rest = hu_str_trim(line);
	return zone->len > 0;
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=0", behind a path where grep printed it. */
bool hu_procfs_pressure(struct hu_str line, struct hu_str *path, struct hu_str *rest)
{
	ptrdiff_t at = hu_str_find(line, " avg10=");

	if (at < 4)
		return false;
	struct hu_str word = {line.at + at - 4, 4};
	if (!hu_str_is(word, "some") && !hu_str_is(word, "full"))
		return false;
	*path = (struct hu_str){line.at, (size_t)at - 4};
	*rest = hu_str_skip(line, (size_t)at - 4);
	return !path->len || (path->at[path->len - 1] == ':' && hu_str_find(*path, " ") < 0);
}

static bool slab_line(struct hu_str line)
{
	return hu_str_starts(line, "slabinfo - version:") ||
	       hu_str_starts(line, "# name            <active_objs>") ||
	       (hu_str_find(line, " : tunables ") > 0 && hu_str_find(line, " : slabdata ") > 0);
}

enum hu_procfs_kind hu_procfs_kind(struct hu_str line, enum hu_procfs_kind before)
{
	struct hu_str key, node, zone, rest;
	uint64_t value;
	bool kilobytes;

	/* What is sure by its form alone, or by what came before; some of it is indented. */
	static const struct {
		enum hu_procfs_kind kind;
		bool (*is)(struct hu_str line, enum hu_procfs_kind before);
	} others[] = {{HU_PROC_SCHED, hu_procfs_is_sched},
		      {HU_PROC_INTR, hu_procfs_is_intr},
		      {HU_PROC_LOCKSTAT, hu_procfs_is_lockstat},
		      {HU_PROC_VMSTAT_D, hu_procfs_is_vmstat_d},
		      {HU_PROC_SLABTOP, hu_procfs_is_slabtop},
		      {HU_PROC_SUMS, hu_procfs_is_sums},
		      {HU_PROC_NUMA, hu_procfs_is_numa},
		      {HU_PROC_FREE, hu_procfs_is_free},
		      {HU_PROC_CGROUP, hu_procfs_is_cgroup}};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i].is(line, before))
			return others[i].kind;
	if (hu_procfs_is_disk(line))
		return HU_PROC_DISK;
	if (hu_procfs_is_loadavg(line))
		return HU_PROC_LOADAVG;
	if (line.len && (*line.at == ' ' || *line.at == '\t'))
		return before == HU_PROC_ZONE ? HU_PROC_ZONE : HU_PROC_NONE;
	if (stat_line(line))
		return HU_PROC_STAT;
	if (hu_procfs_pair(line, &key, &value))
		return before == HU_PROC_VMSTAT || vmstat_key(key) ? HU_PROC_VMSTAT : HU_PROC_NONE;
	if (hu_procfs_pressure(line, &key, &rest))
		return HU_PROC_PRESSURE;
	if (hu_procfs_zone(line, &node, &zone, &rest))
		return !rest.len ? HU_PROC_ZONE : numbers(rest, 8) ? HU_PROC_BUDDY : HU_PROC_NONE;
	if (slab_line(line))
		return HU_PROC_SLAB;
	if (hu_procfs_meminfo(line, &key, &value, &kilobytes))
		return before == HU_PROC_MEMINFO || meminfo_key(key) ? HU_PROC_MEMINFO
								     : HU_PROC_NONE;
	return HU_PROC_NONE;
}

bool hu_procfs_is_marker(struct hu_str line)
{
	line = hu_str_trim(line);
	if (line.len > 200)
		return false;
	if (hu_str_starts(line, "==> ") && hu_str_ends(line, " <=="))
		return true;
	/* The path comes last; in an error message it does not. */
	struct hu_str last = {"", 0};
	bool ends = false;
	for (struct hu_str word; (word = hu_str_word(&line)).len;) {
		ends = (*word.at >= 'a' && *word.at <= 'z') || *word.at == '/';
		if (ends)
			last = word;
	}
	if (hu_str_ends(last, ":"))
		last.len--;
	/* With a number behind it a group's path is half a line of its file. */
	return hu_str_starts(last, "/proc/") || (ends && hu_str_starts(last, "/sys/fs/cgroup/"));
}
