/*
 * What a line of a /proc file puts: levels, running totals, the facts among them. Units are the
 * kernel's, but for kB, which become bytes.
 */
#include "ingest/procfs.h"

#include <string.h>

void hu_procfs_value(struct hu_procfs *p, double value, bool running)
{
	hu_series_put(&p->series, hu_out_view(&p->name), value, running, p->ts, p->pos);
}

struct hu_out *hu_procfs_name(struct hu_procfs *p, const char *family)
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
			if (!hu_str_u64(hu_str_word(&line), 10, &value))
				break;
			hu_out_puts(hu_procfs_name(p, "proc.stat.cpu."), states[i]);
			hu_procfs_value(p, (double)value, true);
		}
	} else if (hu_str_starts(key, "cpu")) {
		p->cpus++;
		p->unused[HU_PROC_STAT]++;
		return;
	} else if (hu_str_u64(hu_str_word(&line), 10, &value)) {
		/* Of intr and softirq the first number is the sum of all others. */
		hu_out_str(hu_procfs_name(p, "proc.stat."), key);
		hu_procfs_value(p, (double)value,
				!hu_str_starts(key, "procs_") && !hu_str_is(key, "btime"));
	}
	p->used[HU_PROC_STAT]++;
}

static void put_buddy(struct hu_procfs *p, struct hu_str node, struct hu_str zone,
		      struct hu_str counts)
{
	uint64_t value, pages = 0, order = 0;
	int64_t largest = HU_NONE;

	for (struct hu_str word; (word = hu_str_word(&counts)).len && order < 32; order++) {
		if (!hu_str_u64(word, 10, &value))
			break;
		pages += value << order;
		if (value)
			largest = (int64_t)order;
	}
	struct hu_out *out = hu_procfs_name(p, "proc.buddy.");
	hu_out_str(out, node);
	hu_out_putc(out, '.');
	hu_out_str(out, zone);
	size_t len = out->len;
	hu_out_puts(out, ".pages");
	hu_procfs_value(p, (double)pages, false);
	p->used[HU_PROC_BUDDY]++;
	if (largest == HU_NONE)
		return;
	out->len = len;
	hu_out_puts(out, ".order");
	hu_procfs_value(p, (double)largest, false);
}

void hu_procfs_copy(char *to, size_t size, struct hu_str from)
{
	size_t n = from.len < size - 1 ? from.len : size - 1;

	if (n)
		memcpy(to, from.at, n);
	to[n] = '\0';
}

/* The free pages and watermarks of a zone: "  pages free     3808", "        min      177". */
static void put_zone(struct hu_procfs *p, struct hu_str line)
{
	struct hu_str node, zone, rest;
	uint64_t value;

	if (hu_procfs_zone(line, &node, &zone, &rest)) {
		hu_procfs_copy(p->node, sizeof(p->node), node);
		hu_procfs_copy(p->zone, sizeof(p->zone), zone);
		p->used[HU_PROC_ZONE]++;
		return;
	}
	struct hu_str key = hu_str_word(&line);
	if (hu_str_is(key, "pages"))
		key = hu_str_word(&line);
	bool wanted = hu_str_is(key, "free") || hu_str_is(key, "min") || hu_str_is(key, "low") ||
		      hu_str_is(key, "high") || hu_str_is(key, "managed");
	if (!wanted || !hu_str_u64(hu_str_word(&line), 10, &value) || hu_str_trim(line).len) {
		p->unused[HU_PROC_ZONE]++;
		return;
	}
	hu_out_printf(hu_procfs_name(p, "proc.zone."), "%s.%s.", p->node, p->zone);
	hu_out_str(&p->name, key);
	hu_procfs_value(p, (double)value, false);
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

	(void)hu_procfs_cgroup_path(p, path);
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
				p->of_group = group;
				hu_procfs_copy(p->resource, sizeof(p->resource),
					       hu_str(words[i].resource));
				return;
			}
		path = hu_str_skip(path, n + 1);
	}
}

void hu_procfs_named(struct hu_procfs *p, struct hu_str line)
{
	line = hu_str_trim(line);
	if (hu_str_starts(line, "==> ") && hu_str_ends(line, " <=="))
		line = (struct hu_str){line.at + 4, line.len - 8};
	if (hu_str_ends(line, ":"))
		line.len--;
	hu_procfs_resource(p, line);
	p->kind = hu_procfs_cgroup_path(p, line) ? HU_PROC_CGROUP : HU_PROC_NONE;
}

static bool put_pressure(struct hu_procfs *p, struct hu_str line)
{
	struct hu_str path, rest;

	if (!hu_procfs_pressure(line, &path, &rest))
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
		hu_procfs_name(p, p->of_group ? "psi.cgroup." : "psi.");
		if (p->of_group && *p->cgroup)
			hu_out_printf(&p->name, "%s.", p->cgroup);
		hu_out_printf(&p->name, "%s.", p->resource);
		hu_out_str(&p->name, share);
		hu_out_putc(&p->name, '.');
		hu_out_str(&p->name, key);
		hu_procfs_value(p, total ? (double)value : (double)value / 100, total);
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
	if (!hu_str_u64(hu_str_word(&line), 10, &active))
		return false;
	hu_out_str(hu_procfs_name(p, "proc.slab."), cache);
	hu_out_puts(&p->name, ".active");
	hu_procfs_value(p, (double)active, false);
	p->used[HU_PROC_SLAB]++;
	return true;
}

static void put_meminfo(struct hu_procfs *p, struct hu_str line)
{
	struct hu_str key;
	uint64_t value = 0;
	bool kilobytes = false;

	if (!hu_procfs_meminfo(line, &key, &value, &kilobytes))
		return;
	if (kilobytes && __builtin_mul_overflow(value, UINT64_C(1024), &value))
		return;
	hu_out_str(hu_procfs_name(p, "proc.meminfo."), key);
	hu_procfs_value(p, (double)value, false);
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
	enum hu_procfs_kind before = p->kind;
	uint64_t value;

	if (p->single && hu_procfs_put_single(p, line)) {
		p->kind = HU_PROC_CGROUP;
		return true;
	}
	p->kind = hu_procfs_kind(line, p->kind);
	switch (p->kind) {
	case HU_PROC_VMSTAT:
		(void)hu_procfs_pair(line, &key, &value);
		hu_out_str(hu_procfs_name(p, "proc.vmstat."), key);
		hu_procfs_value(p, (double)value, hu_procfs_is_total(key));
		p->used[HU_PROC_VMSTAT]++;
		return true;
	case HU_PROC_MEMINFO:
		put_meminfo(p, line);
		return true;
	case HU_PROC_STAT:
		put_stat(p, line);
		return true;
	case HU_PROC_BUDDY:
		(void)hu_procfs_zone(line, &node, &zone, &rest);
		put_buddy(p, node, zone, rest);
		return true;
	case HU_PROC_ZONE:
		put_zone(p, line);
		return true;
	case HU_PROC_PRESSURE:
		return put_pressure(p, line);
	case HU_PROC_SLAB:
		return put_slab(p, line);
	case HU_PROC_LOADAVG:
		hu_procfs_put_loadavg(p, line);
		return true;
	case HU_PROC_DISK:
		hu_procfs_put_disk(p, line);
		return true;
	case HU_PROC_SCHED:
		hu_procfs_put_sched(p, line);
		return true;
	case HU_PROC_INTR:
		hu_procfs_put_intr(p, line);
		return true;
	case HU_PROC_CGROUP:
		hu_procfs_put_cgroup(p, line, before);
		return true;
	case HU_PROC_LOCKSTAT:
		hu_procfs_put_lockstat(p, line);
		return true;
	case HU_PROC_FREE:
		hu_procfs_put_free(p, line);
		return true;
	case HU_PROC_SLABTOP:
		hu_procfs_put_slabtop(p, line);
		return true;
	case HU_PROC_SUMS:
		hu_procfs_put_sums(p, line);
		return true;
	case HU_PROC_VMSTAT_D:
		hu_procfs_put_vmstat_d(p, line);
		return true;
	case HU_PROC_NUMA:
		hu_procfs_put_numa(p, line);
		return true;
	case HU_PROC_NONE:
	case HU_PROC_KINDS:
		break;
	}
	return false;
}
