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
static bool key_and_number(struct hu_str line, struct hu_str *key, uint64_t *value)
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
static bool vmstat_total(struct hu_str key)
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
static bool meminfo_line(struct hu_str line, struct hu_str *key, uint64_t *value, bool *kilobytes)
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
static bool zone_head(struct hu_str line, struct hu_str *node, struct hu_str *zone,
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
static bool pressure_line(struct hu_str line, struct hu_str *path, struct hu_str *rest)
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

	if (line.len && (*line.at == ' ' || *line.at == '\t'))
		return before == HU_PROC_ZONE ? HU_PROC_ZONE : HU_PROC_NONE;
	if (stat_line(line))
		return HU_PROC_STAT;
	if (key_and_number(line, &key, &value))
		return before == HU_PROC_VMSTAT || vmstat_key(key) ? HU_PROC_VMSTAT : HU_PROC_NONE;
	if (pressure_line(line, &key, &rest))
		return HU_PROC_PRESSURE;
	if (zone_head(line, &node, &zone, &rest))
		return !rest.len ? HU_PROC_ZONE : numbers(rest, 8) ? HU_PROC_BUDDY : HU_PROC_NONE;
	if (slab_line(line))
		return HU_PROC_SLAB;
	if (meminfo_line(line, &key, &value, &kilobytes))
		return before == HU_PROC_MEMINFO || meminfo_key(key) ? HU_PROC_MEMINFO
								     : HU_PROC_NONE;
	return HU_PROC_NONE;
}

static void put(struct hu_procfs *p, double value, bool running)
{
	hu_series_put(&p->series, hu_out_view(&p->name), value, running, p->ts, p->pos);
}

static struct hu_out *name(struct hu_procfs *p, const char *family)
{
	hu_out_clear(&p->name);
	hu_out_puts(&p->name, family);
	return &p->name;
}

static void put_stat(struct hu_procfs *p, struct hu_str line)
{
	static const char *const states[] = {"user", "nice",	"system", "idle",  "iowait",
					     "irq",  "softirq", "steal",  "guest", "guest_nice"};
	struct hu_str key = hu_str_word(&line);
	uint64_t value;

	if (hu_str_is(key, "cpu")) {
		for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
			if (!whole(hu_str_word(&line), &value))
				break;
			hu_out_puts(name(p, "proc.stat.cpu."), states[i]);
			put(p, (double)value, true);
		}
	} else if (hu_str_starts(key, "cpu")) {
		p->cpus++;
		p->unused[HU_PROC_STAT]++;
		return;
	} else if (whole(hu_str_word(&line), &value)) {
		/* Of intr and softirq the first number is the sum of all others. */
		hu_out_str(name(p, "proc.stat."), key);
		put(p, (double)value, !hu_str_starts(key, "procs_") && !hu_str_is(key, "btime"));
	}
	p->used[HU_PROC_STAT]++;
}

static void put_buddy(struct hu_procfs *p, struct hu_str node, struct hu_str zone,
		      struct hu_str counts)
{
	uint64_t value, pages = 0, order = 0;
	int64_t largest = HU_NONE;

	for (struct hu_str word; (word = hu_str_word(&counts)).len && order < 32; order++) {
		if (!whole(word, &value))
			break;
		pages += value << order;
		if (value)
			largest = (int64_t)order;
	}
	struct hu_out *out = name(p, "proc.buddy.");
	hu_out_str(out, node);
	hu_out_putc(out, '.');
	hu_out_str(out, zone);
	size_t len = out->len;
	hu_out_puts(out, ".pages");
	put(p, (double)pages, false);
	p->used[HU_PROC_BUDDY]++;
	if (largest == HU_NONE)
		return;
	out->len = len;
	hu_out_puts(out, ".order");
	put(p, (double)largest, false);
}

static void copy(char *to, size_t size, struct hu_str from)
{
	size_t n = from.len < size - 1 ? from.len : size - 1;

	memcpy(to, from.at, n);
	to[n] = '\0';
}

/* The free pages and watermarks of a zone: "  pages free     3808", "        min      177". */
static void put_zone(struct hu_procfs *p, struct hu_str line)
{
	struct hu_str node, zone, rest;
	uint64_t value;

	if (zone_head(line, &node, &zone, &rest)) {
		copy(p->node, sizeof(p->node), node);
		copy(p->zone, sizeof(p->zone), zone);
		p->used[HU_PROC_ZONE]++;
		return;
	}
	struct hu_str key = hu_str_word(&line);
	if (hu_str_is(key, "pages"))
		key = hu_str_word(&line);
	bool wanted = hu_str_is(key, "free") || hu_str_is(key, "min") || hu_str_is(key, "low") ||
		      hu_str_is(key, "high") || hu_str_is(key, "managed");
	if (!wanted || !whole(hu_str_word(&line), &value) || hu_str_trim(line).len) {
		p->unused[HU_PROC_ZONE]++;
		return;
	}
	hu_out_printf(name(p, "proc.zone."), "%s.%s.", p->node, p->zone);
	hu_out_str(&p->name, key);
	put(p, (double)value, false);
	p->used[HU_PROC_ZONE]++;
}

void hu_procfs_resource(struct hu_procfs *p, struct hu_str path)
{
	static const struct {
		const char *word, *resource;
	} words[] = {{"memory", "memory"},
		     {"mem", "memory"},
		     {"io", "io"},
		     {"cpu", "cpu"},
		     {"irq", "irq"}};

	/* Of the last part: "memory.pressure" is one control group's, not the system's. */
	for (size_t i = path.len; i-- > 0;)
		if (path.at[i] == '/') {
			path = hu_str_skip(path, i + 1);
			break;
		}
	bool group = hu_str_find(path, ".pressure") >= 0;
	while (path.len) {
		size_t n = 0;
		while (n < path.len && path.at[n] >= 'a' && path.at[n] <= 'z')
			n++;
		struct hu_str word = {path.at, n};
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (hu_str_is(word, words[i].word)) {
				p->resource[0] = '\0';
				if (group)
					strcpy(p->resource, "cgroup.");
				strcat(p->resource, words[i].resource);
				return;
			}
		path = hu_str_skip(path, n + 1);
	}
}

static bool put_pressure(struct hu_procfs *p, struct hu_str line)
{
	struct hu_str path, rest;

	if (!pressure_line(line, &path, &rest))
		return false;
	if (path.len)
		hu_procfs_resource(p, (struct hu_str){path.at, path.len - 1});
	struct hu_str share = hu_str_word(&rest);
	for (struct hu_str word; (word = hu_str_word(&rest)).len;) {
		struct hu_str key = hu_str_split(&word, '=');
		int64_t value;
		bool total = hu_str_is(key, "total");
		if (!(total || hu_str_starts(key, "avg")) ||
		    !hu_str_fixed(word, total ? 0 : 2, &value))
			return false;
		hu_out_printf(name(p, "psi."), "%s.", p->resource);
		hu_out_str(&p->name, share);
		hu_out_putc(&p->name, '.');
		hu_out_str(&p->name, key);
		put(p, total ? (double)value : (double)value / 100, total);
	}
	p->used[HU_PROC_PRESSURE]++;
	return true;
}

static bool put_slab(struct hu_procfs *p, struct hu_str line)
{
	uint64_t active;

	if (*line.at == '#' || hu_str_starts(line, "slabinfo - version:")) {
		p->unused[HU_PROC_SLAB]++;
		return true;
	}
	struct hu_str cache = hu_str_word(&line);
	if (!whole(hu_str_word(&line), &active))
		return false;
	hu_out_str(name(p, "proc.slab."), cache);
	hu_out_puts(&p->name, ".active");
	put(p, (double)active, false);
	p->used[HU_PROC_SLAB]++;
	return true;
}

static void put_meminfo(struct hu_procfs *p, struct hu_str line)
{
	struct hu_str key;
	uint64_t value = 0;
	bool kilobytes = false;

	if (!meminfo_line(line, &key, &value, &kilobytes))
		return;
	if (kilobytes && __builtin_mul_overflow(value, UINT64_C(1024), &value))
		return;
	hu_out_str(name(p, "proc.meminfo."), key);
	put(p, (double)value, false);
	p->used[HU_PROC_MEMINFO]++;
	if (p->told_memory || !hu_str_is(key, "MemTotal"))
		return;
	p->told_memory = true;
	hu_out_clear(&p->name);
	hu_out_printf(&p->name, "%llu", (unsigned long long)value);
	hu_put_fact(p->series.to, "memory_bytes", hu_out_view(&p->name));
}

bool hu_procfs_line(struct hu_procfs *p, struct hu_str line)
{
	struct hu_str key, node, zone, rest;
	uint64_t value;

	p->kind = hu_procfs_kind(line, p->kind);
	switch (p->kind) {
	case HU_PROC_VMSTAT:
		(void)key_and_number(line, &key, &value);
		hu_out_str(name(p, "proc.vmstat."), key);
		put(p, (double)value, vmstat_total(key));
		p->used[HU_PROC_VMSTAT]++;
		return true;
	case HU_PROC_MEMINFO:
		put_meminfo(p, line);
		return true;
	case HU_PROC_STAT:
		put_stat(p, line);
		return true;
	case HU_PROC_BUDDY:
		(void)zone_head(line, &node, &zone, &rest);
		put_buddy(p, node, zone, rest);
		return true;
	case HU_PROC_ZONE:
		put_zone(p, line);
		return true;
	case HU_PROC_PRESSURE:
		return put_pressure(p, line);
	case HU_PROC_SLAB:
		return put_slab(p, line);
	case HU_PROC_NONE:
	case HU_PROC_KINDS:
		break;
	}
	return false;
}

bool hu_procfs_is_marker(struct hu_str line)
{
	line = hu_str_trim(line);
	if (line.len > 200)
		return false;
	if (hu_str_starts(line, "==> ") && hu_str_ends(line, " <=="))
		return true;
	return hu_str_find(line, "/proc/") >= 0 && hu_str_find(line, " avg10=") < 0;
}
