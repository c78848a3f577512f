/*
 * ingest/kmsg_log.h - a kernel log while it is read, whatever form its records come in: kmsg.c
 * feeds it lines of text, klogjson.c and klogexport.c records that name their fields. kmsg_log.c
 * makes messages and clock readings of them, kmsg_host.c facts and losses.
 */
#ifndef HU_KMSG_LOG_H
#define HU_KMSG_LOG_H

#include "db/text.h"
#include "ingest/kmsg.h"
#include "ingest/kmsg_boots.h"
#include "ingest/reader.h"

/* printk and wall clock in one line. The smallest difference of many had the least delay. */
struct hu_kmsg_pair {
	hu_ns printk, wall, unit;
	uint64_t pos; /* 0: none */
	enum hu_clock clock;
};

struct hu_kmsg_log {
	struct hu_sink *to;
	struct hu_kmsg_blocks *blocks;
	struct hu_kmsg_calendar calendar;
	struct hu_out scratch, stripped;
	enum hu_clock clock;
	struct hu_kmsg_boots boots;
	size_t boot;	/* of the line that is being read */
	bool old_boot;	/* it is not the last boot */
	bool off_axis;	/* and its stamps do not count */
	uint64_t pos;	/* of the line or record */
	uint64_t lines; /* messages put */
	uint64_t other_programs, blank, damaged, overlong, properties, foreign_stamps, untimed;
	hu_ns last_ts; /* HU_OPEN: no stamp yet */
	int64_t last_sequence;
	bool no_year;
	bool has_release, has_cmdline, has_hardware, has_cpus, has_host, has_rtc;
	struct hu_kmsg_pair pairs[2]; /* of the chunk before, and of this one */
	unsigned paired_lines;
};

/* Takes over what `boots` holds. */
void hu_kmsg_log_init(struct hu_kmsg_log *log, struct hu_sink *to, enum hu_clock clock,
		      struct hu_kmsg_boots *boots);
void hu_kmsg_log_deinit(struct hu_kmsg_log *log);
/* The next line of the file, before anything of it is taken: a boot may begin here. */
void hu_kmsg_log_at(struct hu_kmsg_log *log, uint64_t pos);
/* One message. What stands behind a line break in it is put as a message of its own. */
void hu_kmsg_log_take(struct hu_kmsg_log *log, const struct hu_kmsg_line *line);
/* Whatever is open is put; clocks, counts and losses that only the whole log tells. */
void hu_kmsg_log_finish(struct hu_kmsg_log *log, size_t bytes);

void hu_kmsg_put_gap(struct hu_kmsg_log *log, enum hu_loss kind, int64_t count, hu_ns ts,
		     const char *fmt, ...) HU_PRINTF(5, 6);
/* At most once: *done says whether it was put. */
void hu_kmsg_fact(struct hu_kmsg_log *log, bool *done, const char *key, struct hu_str value);
/* What a message says of the host, and of what the log does not hold. */
void hu_kmsg_host_line(struct hu_kmsg_log *log, const struct hu_kmsg_line *line, struct hu_str text,
		       hu_ns ts);

/*
 * Text that a table and a terminal can take: no escapes, no control characters, valid UTF-8, at
 * most HU_KMSG_MAX_TEXT bytes. *damaged and *cut are set where they apply. Borrowed from `s` or
 * `scratch`.
 */
enum { HU_KMSG_MAX_TEXT = 4096 }; /* printk cuts at about 1,000 bytes (LOG_LINE_MAX) */
struct hu_str hu_kmsg_clean(struct hu_str s, struct hu_out *scratch, bool *damaged, bool *cut);
/* Without terminal escapes (`dmesg --color=always`, a recorded terminal), which may stand inside a
 * stamp. */
struct hu_str hu_kmsg_plain(struct hu_str s, struct hu_out *scratch);

/* Whether text is a kernel log. */
enum hu_match hu_kmsg_probe(const struct hu_probe *in);

#endif
