/*
 * The counters of control groups: memory.stat, memory.events, cpu.stat, single values such as
 * memory.current; of cgroup v2, and v1's memory.stat. Which group it is only a path tells: the
 * member's own, a line that names the file, or what grep printed before each line.
 *
 * Sources: mm/memcontrol.c (memcg_stat_format, memory_events_show, memcg1_stat_format),
 * kernel/cgroup/rstat.c, Documentation/admin-guide/cgroup-v2.rst.
 */
#include "ingest/procfs.h"

#include <string.h>

static bool is_file(struct hu_str name)
{
	static const char *const files[] = {"memory.stat", "memory.events", "memory.events.local",
					    "cpu.stat"};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (hu_str_is(name, files[i]))
			return true;
	return false;
}

static bool is_single(struct hu_str name)
{
	static const char *const files[] = {"memory.current",
					    "memory.peak",
					    "memory.min",
					    "memory.low",
					    "memory.high",
					    "memory.max",
					    "memory.swap.current",
					    "memory.swap.max",
					    "memory.usage_in_bytes",
					    "memory.limit_in_bytes",
					    "memory.failcnt",
					    "memory.max_usage_in_bytes",
					    "memory.zswap.current",
					    "memory.swap.high",
					    "memory.swap.peak"};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (hu_str_is(name, files[i]))
			return true;
	return false;
}

static struct hu_str base_of(struct hu_str path)
{
	for (size_t i = path.len; i-- > 0;)
		if (path.at[i] == '/')
			return hu_str_skip(path, i + 1);
	return path;
}

/* "…/sys/fs/cgroup/a/b/memory.stat" → "a/b"; "root" at the top, empty where no path says it. */
static struct hu_str group_of(struct hu_str path)
{
	static const char *const mounts[] = {"sys/fs/cgroup/", "/cgroup2/", "/cgroup/"};
	static const char *const controllers[] = {"memory/", "unified/", "cpu,cpuacct/", "cpu/"};

	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		ptrdiff_t at = hu_str_find(path, mounts[i]);
		if (at < 0)
			continue;
		path = hu_str_skip(path, (size_t)at + strlen(mounts[i]));
		for (size_t k = 0; k < sizeof(controllers) / sizeof(controllers[0]); k++)
			if (hu_str_starts(path, controllers[k])) {
				path = hu_str_skip(path, strlen(controllers[k]));
				break;
			}
		size_t len = path.len - base_of(path).len;
		return len ? (struct hu_str){path.at, len - 1} : hu_str("root");
	}
	return (struct hu_str){"", 0};
}

bool hu_procfs_cgroup_path(struct hu_procfs *p, struct hu_str path)
{
	struct hu_str name = base_of(path);
	bool file = is_file(name), single = is_single(name);

	hu_procfs_copy(p->cgroup, sizeof(p->cgroup), group_of(path));
	p->single = single;
	if (file || single)
		hu_procfs_copy(p->cgroup_file, sizeof(p->cgroup_file), name);
	return file || single;
}

/* What grep puts before a line: "/sys/fs/cgroup/a/memory.stat:". */
static bool prefixed(struct hu_str line, struct hu_str *path, struct hu_str *rest)
{
	ptrdiff_t colon = hu_str_find(line, ":");

	if (colon < 1)
		return false;
	*path = (struct hu_str){line.at, (size_t)colon};
	*rest = hu_str_skip(line, (size_t)colon + 1);
	struct hu_str name = base_of(*path);
	return hu_str_find(*path, " ") < 0 && (is_file(name) || is_single(name));
}

/* The key that a file begins with, and which file that is. */
static const char *file_of(struct hu_str key)
{
	static const struct {
		const char *key, *file;
	} starts[] = {{"anon", "memory.stat"},
		      {"cache", "memory.stat"},
		      {"low", "memory.events"},
		      {"usage_usec", "cpu.stat"}};

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (hu_str_is(key, starts[i].key))
			return starts[i].file;
	return NULL;
}

/* Keys are words; what has a path in it is two lines that have grown together. */
static bool keyed(struct hu_str line, struct hu_str *key, uint64_t *value)
{
	return hu_procfs_pair(line, key, value) && hu_str_find(*key, "/") < 0 &&
	       hu_str_find(*key, ":") < 0;
}

bool hu_procfs_is_cgroup(struct hu_str line, enum hu_procfs_kind before)
{
	struct hu_str path, rest, key;
	uint64_t value;

	if (prefixed(line, &path, &rest))
		return keyed(rest, &key, &value) || hu_str_u64(rest, 10, &value) ||
		       hu_str_is(rest, "max");
	/* /proc/zoneinfo has "low" too, indented. */
	if (!line.len || *line.at == ' ' || !keyed(line, &key, &value))
		return false;
	if (file_of(key))
		return true;
	/* /proc/vmstat may follow without a word; it begins with its levels. */
	return before == HU_PROC_CGROUP &&
	       (!hu_str_starts(key, "nr_") || hu_str_is(key, "nr_periods") ||
		hu_str_is(key, "nr_throttled") || hu_str_is(key, "nr_bursts"));
}

/* Whether a key of memory.stat counts what happened; the others say how much there is. */
static bool is_total(struct hu_str key)
{
	static const char *const starts[] = {"pg",	"workingset_", "thp_",	 "zswpin",
					     "zswpout", "zswpwb",      "swpin_", "swpout_",
					     "pswp",	"numa_"};

	if (hu_str_starts(key, "total_")) /* v1: with all groups below it */
		key = hu_str_skip(key, 6);
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (hu_str_starts(key, starts[i]))
			return true;
	return false;
}

static void put(struct hu_procfs *p, struct hu_str key, double value, bool running)
{
	struct hu_out *out = hu_procfs_name(p, "cgroup.");

	hu_out_puts(out, *p->cgroup ? p->cgroup : "unknown");
	hu_out_putc(out, '.');
	hu_out_puts(out, p->cgroup_file);
	if (key.len) {
		hu_out_putc(out, '.');
		hu_out_str(out, key);
	}
	hu_procfs_value(p, value, running);
	p->used[HU_PROC_CGROUP]++;
}

bool hu_procfs_put_single(struct hu_procfs *p, struct hu_str line)
{
	struct hu_str none = {"", 0};
	uint64_t value;

	line = hu_str_trim(line);
	p->single = false;
	/* No limit: a fact, but no number. */
	if (hu_str_is(line, "max")) {
		p->unused[HU_PROC_CGROUP]++;
		return true;
	}
	if (!hu_str_u64(line, 10, &value))
		return false;
	put(p, none, (double)value, hu_str_is(hu_str(p->cgroup_file), "memory.failcnt"));
	return true;
}

void hu_procfs_put_cgroup(struct hu_procfs *p, struct hu_str line, enum hu_procfs_kind before)
{
	struct hu_str path, rest, key;
	uint64_t value;

	if (prefixed(line, &path, &rest)) {
		(void)hu_procfs_cgroup_path(p, path);
		line = rest;
		if (p->single) {
			(void)hu_procfs_put_single(p, line);
			return;
		}
	}
	if (!hu_procfs_pair(line, &key, &value))
		return;
	/* Without a path the first key tells the file. */
	if (before != HU_PROC_CGROUP && !*p->cgroup_file && file_of(key))
		hu_procfs_copy(p->cgroup_file, sizeof(p->cgroup_file), hu_str(file_of(key)));
	else if (!*p->cgroup && file_of(key))
		hu_procfs_copy(p->cgroup_file, sizeof(p->cgroup_file), hu_str(file_of(key)));
	bool stat = !strcmp(p->cgroup_file, "memory.stat");
	put(p, key, (double)value, !stat || is_total(key));
}
