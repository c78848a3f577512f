/*
 * ingest/procfs.h - the parts of the procfs reader: stamps between snapshots, lines of the /proc
 * files, and the series that they become.
 */
#ifndef HU_PROCFS_H
#define HU_PROCFS_H

#include "db/sink.h"
#include "db/text.h"

/* Series: only what changes is stored (procfs_series.c) ---------------------------------------- */

struct hu_series_state {
	double value;
	hu_ns ts;
	uint64_t pos;
	hu_name name;
	bool known, stored, running;
};

struct hu_series {
	struct hu_sink *to;
	struct hu_series_state *state; /* by name */
	size_t count;
	/* Values of series beyond the most that one source may have. */
	uint64_t refused, refused_pos;
};

/*
 * One value as a snapshot shows it. Stored: the first, each change, of a running total also the
 * last value before a change, and whatever the last snapshot shows.
 */
void hu_series_put(struct hu_series *s, struct hu_str name, double value, bool running, hu_ns ts,
		   uint64_t pos);
void hu_series_finish(struct hu_series *s); /* puts the last values, frees the state */

/* Stamps (procfs_stamp.c) -----------------------------------------------------------------------
 */

struct hu_stamp { /* HU_OPEN where the line does not give that clock */
	hu_ns realtime, local, monotonic, boot;
	hu_ns day;  /* since midnight, of a day that is not told */
	hu_ns step; /* of the coarsest of several numbers: 10 ms for "62.21" */
};
/* Whether the whole line does nothing but tell the time, in one of the forms that loops over /proc
 * write between their samples. */
bool hu_stamp_line(struct hu_str line, struct hu_stamp *ret);

/* Lines (procfs_kinds.c, procfs_lines.c)
 * ------------------------------------------------------------------------
 */

enum hu_procfs_kind {
	HU_PROC_NONE, /* no line of these files */
	HU_PROC_VMSTAT,
	HU_PROC_MEMINFO,
	HU_PROC_STAT,
	HU_PROC_BUDDY,
	HU_PROC_ZONE,
	HU_PROC_PRESSURE,
	HU_PROC_SLAB,
	HU_PROC_LOADAVG,
	HU_PROC_DISK,
	HU_PROC_SCHED,
	HU_PROC_INTR, /* and softirqs */
	HU_PROC_CGROUP,
	HU_PROC_LOCKSTAT,
	HU_PROC_FREE,	  /* what tools make of these files: free, */
	HU_PROC_SLABTOP,  /* slabtop, vmstat -m, */
	HU_PROC_SUMS,	  /* vmstat -s and -D, */
	HU_PROC_VMSTAT_D, /* vmstat -d, */
	HU_PROC_NUMA,	  /* numastat -m */
	HU_PROC_KINDS
};

struct hu_procfs {
	struct hu_series series;
	hu_ns ts; /* of the snapshot in force */
	uint64_t pos;
	enum hu_procfs_kind kind; /* of the line before */
	char resource[16];	  /* of the pressure file: "memory", "unknown" */
	bool of_group;		  /* that file is a control group's */
	char node[16], zone[32];  /* of /proc/zoneinfo, where we are */
	uint64_t used[HU_PROC_KINDS], unused[HU_PROC_KINDS];
	uint64_t cpus;
	bool told_memory;
	char cgroup[256], cgroup_file[32]; /* empty: no path says it */
	bool single;			   /* the next line is one value of cgroup_file */
	char clock_zone[16];		   /* of the stamps of vmstat -d -t */
	uint64_t lock_points;		   /* rulers since the last class of /proc/lock_stat */
	uint64_t free_row;		   /* since free's header */
	size_t free_columns;
	bool free_old;
	double free_unit; /* bytes; negative: not told */
	uint16_t nodes[64];
	size_t node_count;
	uint64_t unclear; /* amounts whose unit is not told */
	struct hu_out name;
};

/* The kind of a line, by itself or by what came before (`before`; HU_PROC_NONE at the start). */
enum hu_procfs_kind hu_procfs_kind(struct hu_str line, enum hu_procfs_kind before);

/* "key 123" and nothing else: a line of /proc/vmstat. */
bool hu_procfs_pair(struct hu_str line, struct hu_str *key, uint64_t *value);
/* Whether a key of /proc/vmstat only ever grows; the others are levels. */
bool hu_procfs_is_total(struct hu_str key);
/* "MemTotal:  983460 kB", "HugePages_Total:  0". */
bool hu_procfs_meminfo(struct hu_str line, struct hu_str *key, uint64_t *value, bool *kilobytes);
/* "Node 0, zone    DMA32 …": *rest gets what follows. */
bool hu_procfs_zone(struct hu_str line, struct hu_str *node, struct hu_str *zone,
		    struct hu_str *rest);
/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=0"; *path gets what grep printed before it. */
bool hu_procfs_pressure(struct hu_str line, struct hu_str *path, struct hu_str *rest);

/* The name of the series in hand begins anew; then its value. */
struct hu_out *hu_procfs_name(struct hu_procfs *p, const char *family);
void hu_procfs_value(struct hu_procfs *p, double value, bool running);
void hu_procfs_copy(char *to, size_t size, struct hu_str from);

/* Of single files, each with what it puts (procfs_more.c, procfs_cgroup.c, procfs_lockstat.c,
 * procfs_tools.c). `before` is the kind of the line before. */
bool hu_procfs_is_loadavg(struct hu_str line);
void hu_procfs_put_loadavg(struct hu_procfs *p, struct hu_str line);
bool hu_procfs_is_disk(struct hu_str line);
void hu_procfs_put_disk(struct hu_procfs *p, struct hu_str line);
bool hu_procfs_is_sched(struct hu_str line, enum hu_procfs_kind before);
void hu_procfs_put_sched(struct hu_procfs *p, struct hu_str line);
bool hu_procfs_is_intr(struct hu_str line, enum hu_procfs_kind before);
void hu_procfs_put_intr(struct hu_procfs *p, struct hu_str line);
bool hu_procfs_is_cgroup(struct hu_str line, enum hu_procfs_kind before);
void hu_procfs_put_cgroup(struct hu_procfs *p, struct hu_str line, enum hu_procfs_kind before);
bool hu_procfs_is_lockstat(struct hu_str line, enum hu_procfs_kind before);
void hu_procfs_put_lockstat(struct hu_procfs *p, struct hu_str line);
bool hu_procfs_is_free(struct hu_str line, enum hu_procfs_kind before);
void hu_procfs_put_free(struct hu_procfs *p, struct hu_str line);
bool hu_procfs_is_slabtop(struct hu_str line, enum hu_procfs_kind before);
void hu_procfs_put_slabtop(struct hu_procfs *p, struct hu_str line);
bool hu_procfs_is_sums(struct hu_str line, enum hu_procfs_kind before);
void hu_procfs_put_sums(struct hu_procfs *p, struct hu_str line);
bool hu_procfs_is_vmstat_d(struct hu_str line, enum hu_procfs_kind before);
void hu_procfs_put_vmstat_d(struct hu_procfs *p, struct hu_str line);
/* The stamp behind a row of vmstat -d -t; empty otherwise. */
struct hu_str hu_procfs_row_stamp(const struct hu_procfs *p, struct hu_str line);
bool hu_procfs_is_numa(struct hu_str line, enum hu_procfs_kind before);
void hu_procfs_put_numa(struct hu_procfs *p, struct hu_str line);

/* Which control group and which of its files a path names; false if it names no such file. */
bool hu_procfs_cgroup_path(struct hu_procfs *p, struct hu_str path);
/* The one value of such a file, behind a line that named it. */
bool hu_procfs_put_single(struct hu_procfs *p, struct hu_str line);

/* Puts what the line tells; false if it is none of these files'. */
bool hu_procfs_line(struct hu_procfs *p, struct hu_str line);
/* Whether it only names the file that follows ("==> /proc/vmstat <==", "# cat /proc/vmstat"). */
bool hu_procfs_is_marker(struct hu_str line);
/* Takes from such a line what follows it. */
void hu_procfs_named(struct hu_procfs *p, struct hu_str line);
/* Takes the pressure resource from a path, if that names one: "psi_io.txt", "/proc/pressure/io". */
void hu_procfs_resource(struct hu_procfs *p, struct hu_str path);

#endif
