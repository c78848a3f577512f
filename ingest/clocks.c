/*
 * Clock readings: small files in which a capture kit noted several clocks at one moment. They are
 * what puts the sources of a bundle on one axis to the microsecond, so the best row is taken and
 * its doubt is measured, not assumed.
 */
#include "ingest/mapped.h"
#include "ingest/reader.h"
#include "ingest/tell.h"
#include "ingest/walltime.h"

#include <string.h>

enum { MAX_ROWS = 64, MAX_COLUMNS = 8, MAX_LINE = 4096 };

/* A table of nanoseconds: one row is one round over the clocks. */
struct table {
	size_t columns, rows;
	uint32_t clock[MAX_COLUMNS]; /* enum hu_clock; HU_CLOCK_NONE: a derived column */
	hu_ns value[MAX_ROWS][MAX_COLUMNS];
	uint64_t pos[MAX_ROWS];
};

struct mark {
	struct hu_str name;
	hu_ns mono, utc;
};

struct notes {
	struct hu_sink *to;
	uint64_t pos, understood, strange, first_strange, readings;
	struct table table;
	hu_ns date, uptime;
	struct mark best; /* of `marks` */
	uint64_t marks, best_pos;
	hu_ns least, most;
	bool has_trace_clock, has_source;
};

static uint32_t column_clock(struct hu_str word)
{
	static const struct {
		const char *name;
		enum hu_clock clock;
	} names[] = {
		{"realtime_ns", HU_CLOCK_REALTIME},
		{"monotonic_ns", HU_CLOCK_MONOTONIC},
		{"boottime_ns", HU_CLOCK_BOOT},
		{"monotonic_raw_ns", HU_CLOCK_MONOTONIC_RAW},
		{"tai_ns", HU_CLOCK_TAI},
		{"real_ns", HU_CLOCK_REALTIME},
		{"mono_ns", HU_CLOCK_MONOTONIC},
		{"boot_ns", HU_CLOCK_BOOT},
		{"mono_raw_ns", HU_CLOCK_MONOTONIC_RAW},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (hu_str_is(word, names[i].name))
			return names[i].clock;
	return HU_CLOCK_NONE;
}

/* "realtime_ns monotonic_ns … real_minus_mono_ns": two clocks at least, and nothing but words. */
static bool parse_header(struct hu_str line, struct table *t)
{
	size_t clocks = 0;
	struct hu_str word;

	*t = (struct table){0};
	while ((word = hu_str_word(&line)).len) {
		if (t->columns == MAX_COLUMNS || !hu_str_ends(word, "_ns"))
			return false;
		t->clock[t->columns] = column_clock(word);
		clocks += t->clock[t->columns++] != HU_CLOCK_NONE;
	}
	return clocks >= 2;
}

static bool parse_row(struct hu_str line, const struct table *t, hu_ns *ret)
{
	for (size_t i = 0; i < t->columns; i++)
		if (!hu_str_i64(hu_str_word(&line), &ret[i]))
			return false;
	return !hu_str_trim(line).len;
}

static size_t column(const struct table *t, enum hu_clock clock)
{
	size_t i = 0;

	while (i < t->columns && t->clock[i] != (uint32_t)clock)
		i++;
	return i;
}

static hu_ns apart(hu_ns a, hu_ns b)
{
	return a > b ? a - b : b - a;
}

/*
 * A row's reads are not at one moment: whatever ran between two of them (the first row warms the
 * caches) shows as a difference to the rows beside it.
 */
static hu_ns spread(const struct table *t, size_t row, size_t a, size_t b)
{
	hu_ns own = t->value[row][a] - t->value[row][b], most = 0;

	if (t->rows < 2)
		return HU_NS_PER_MS; /* nothing to compare with */
	for (size_t i = row ? row - 1 : 0; i <= row + 1 && i < t->rows; i++) {
		hu_ns other = apart(own, t->value[i][a] - t->value[i][b]);
		most = other > most ? other : most;
	}
	return most;
}

static void put_pair(struct notes *n, size_t a, size_t b)
{
	const struct table *t = &n->table;
	size_t best = 0;

	if (a >= t->columns || b >= t->columns || !t->rows)
		return;
	for (size_t row = 1; row < t->rows; row++)
		if (spread(t, row, a, b) < spread(t, best, a, b))
			best = row;
	hu_ns slack = spread(t, best, a, b);
	const struct hu_reading reading = {
		.a = t->clock[a],
		.ta = t->value[best][a],
		.b = t->clock[b],
		.tb = t->value[best][b],
		.slack = slack < HU_NS_PER_US ? HU_NS_PER_US : slack,
		.pos = t->pos[best],
	};
	hu_put_clock(n->to, &reading);
	n->readings++;
}

static void put_table(struct notes *n)
{
	static const enum hu_clock others[] = {HU_CLOCK_REALTIME, HU_CLOCK_BOOT,
					       HU_CLOCK_MONOTONIC_RAW, HU_CLOCK_TAI};
	size_t mono = column(&n->table, HU_CLOCK_MONOTONIC);

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		put_pair(n, column(&n->table, others[i]), mono);
	n->table.columns = n->table.rows = 0;
}

/* "2026-11-22T01:04:46.959308734Z" and its like, with a zone: a moment, and not just a wall. */
static bool parse_utc(struct hu_str s, hu_ns *ret)
{
	struct hu_wall wall;

	if (!hu_wall_stamp(s, &wall) || wall.clock != HU_CLOCK_REALTIME)
		return false;
	*ret = wall.ns;
	return true;
}

/* "window_start mono_ns 66247627048 utc 2026-11-22T01:04:46.959308734Z" */
static bool parse_mark(struct hu_str line, struct mark *ret)
{
	struct mark m = {.name = hu_str_word(&line)};

	if (!m.name.len || !hu_str_is(hu_str_word(&line), "mono_ns") ||
	    !hu_str_i64(hu_str_word(&line), &m.mono) || m.mono < 0 ||
	    !hu_str_is(hu_str_word(&line), "utc") || !parse_utc(hu_str_word(&line), &m.utc))
		return false;
	*ret = m;
	return !hu_str_trim(line).len;
}

/* "[local] global counter uptime perf mono …": the tracing clock in brackets. */
static bool parse_trace_clock(struct hu_str line, struct hu_str *ret)
{
	unsigned known = 0;
	struct hu_str word, chosen = {0};

	if (hu_str_starts(line, "trace_clock:"))
		line = hu_str_skip(line, 12);
	while ((word = hu_str_word(&line)).len) {
		if (word.len > 2 && word.at[0] == '[' && word.at[word.len - 1] == ']') {
			word = (struct hu_str){word.at + 1, word.len - 2};
			chosen = word;
		}
		known += hu_str_is(word, "local") || hu_str_is(word, "global") ||
			 hu_str_is(word, "counter") || hu_str_is(word, "uptime") ||
			 hu_str_is(word, "perf") || hu_str_is(word, "mono");
	}
	*ret = chosen;
	return chosen.len && known >= 4;
}

/* /proc/uptime: "14.73 14.01" */
static bool parse_uptime(struct hu_str line, hu_ns *ret)
{
	struct hu_str up = hu_str_word(&line), idle = hu_str_word(&line);
	hu_ns value;

	return up.len > 3 && up.at[up.len - 3] == '.' && idle.len > 3 &&
	       idle.at[idle.len - 3] == '.' && !hu_str_trim(line).len && hu_str_fixed(up, 9, ret) &&
	       hu_str_fixed(idle, 9, &value) && *ret >= 0;
}

/*
 * The two times of a mark were read by two programs, one after the other: on a busy host that is
 * up to 0.43 s in real captures, and always in one direction. So the smallest difference is the
 * best, and how far the others are from it is the doubt.
 */
static void take_mark(struct notes *n, const struct mark *mark)
{
	hu_ns difference = mark->utc - mark->mono;

	if (!n->marks++ || difference < n->least) {
		n->least = difference;
		n->best = *mark;
		n->best_pos = n->pos;
	}
	if (n->marks == 1 || difference > n->most)
		n->most = difference;
}

static void put_marks(struct notes *n)
{
	hu_ns doubt = n->most - n->least;

	if (!n->marks)
		return;
	const struct hu_reading reading = {
		.a = HU_CLOCK_REALTIME,
		.ta = n->best.utc,
		.b = HU_CLOCK_MONOTONIC,
		.tb = n->best.mono,
		.slack = n->marks == 1		     ? HU_NS_PER_S
			 : doubt < 10 * HU_NS_PER_MS ? 10 * HU_NS_PER_MS
						     : doubt,
		.pos = n->best_pos,
	};
	hu_put_clock(n->to, &reading);
	n->readings++;
}

static bool read_line(struct notes *n, struct hu_str line)
{
	struct table header;
	struct mark mark;
	struct hu_str name;

	if (parse_header(line, &header)) {
		put_table(n);
		n->table = header;
		return true;
	}
	if (n->table.columns) {
		hu_ns row[MAX_COLUMNS];
		if (parse_row(line, &n->table, row)) {
			for (size_t i = 0; i < n->table.columns; i++)
				if (row[i] < 0)
					return n->table.clock[i] == HU_CLOCK_NONE;
			if (n->table.rows == MAX_ROWS)
				return true; /* 64 rounds are enough to find a quiet one */
			memcpy(n->table.value[n->table.rows], row, sizeof(row));
			n->table.pos[n->table.rows++] = n->pos;
			return true;
		}
	}
	if (parse_mark(line, &mark)) {
		take_mark(n, &mark);
		return true;
	}
	/* Which clock tracing had when somebody looked; whoever traces may set another afterwards.
	 */
	if (parse_trace_clock(line, &name)) {
		if (!n->has_trace_clock)
			hu_put_fact(n->to, "trace_clock", name);
		n->has_trace_clock = true;
		return true;
	}
	if (hu_str_starts(line, "clocksource: ")) {
		if (!n->has_source)
			hu_put_fact(n->to, "clocksource", hu_str_trim(hu_str_skip(line, 13)));
		n->has_source = true;
		return true;
	}
	return parse_utc(line, &n->date) || parse_uptime(line, &n->uptime);
}

static struct hu_err *clockreadings_read(const char *path, struct hu_sink *to)
{
	struct hu_mapped file HU_CLEANUP(hu_mapped_close) = {0};
	struct hu_err *err = hu_mapped_open(path, &file);

	if (err)
		return err;
	struct notes n = {.to = to, .date = HU_OPEN, .uptime = HU_OPEN};
	struct hu_str rest = file.text, line;
	while (hu_str_line(&rest, &line)) {
		n.pos++;
		line = hu_str_trim(line);
		if (!line.len)
			continue;
		if (line.len <= MAX_LINE && read_line(&n, line))
			n.understood++;
		else
			hu_tell_count(&n.strange, &n.first_strange, n.pos);
	}
	bool table = n.table.rows > 0;
	put_table(&n);
	put_marks(&n);
	/* Two commands, a hundredth of a second and more apart: only where nothing better is there.
	 */
	if (!table && !n.readings && n.date != HU_OPEN && n.uptime != HU_OPEN) {
		const struct hu_reading reading = {
			.a = HU_CLOCK_REALTIME,
			.ta = n.date,
			.b = HU_CLOCK_BOOT,
			.tb = n.uptime,
			.slack = HU_NS_PER_S,
			.pos = n.pos,
		};
		hu_put_clock(to, &reading);
		n.readings++;
	}
	hu_tell_strange(to, n.strange, n.first_strange, "lines that are not understood");
	hu_put_totals(to, n.understood, file.text.len);
	return n.understood ? NULL : hu_err(HU_ERR_BAD_INPUT, "holds no clock reading");
}

static enum hu_match clockreadings_probe(const struct hu_probe *in)
{
	struct hu_str rest = in->head, line;
	unsigned firm = 0, lines = 0;
	hu_ns ns;

	if (in->is_dir)
		return HU_MATCH_NO;
	while (rest.len && lines < 16 && hu_str_line(&rest, &line)) {
		struct table table;
		struct mark mark;
		struct hu_str name;
		line = hu_str_trim(line);
		if (!line.len)
			continue;
		lines++;
		if (parse_header(line, &table) || parse_mark(line, &mark) ||
		    parse_trace_clock(line, &name)) {
			firm++;
		} else if (!firm && !hu_str_starts(line, "clocksource: ") &&
			   !parse_utc(line, &ns)) {
			return HU_MATCH_NO; /* such a file begins with what it is */
		}
	}
	return firm ? HU_MATCH_LIKELY : HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_clockreadings = {
	.name = "clockreadings",
	.reads = "readings of several clocks at one moment, marks of a capture's window, "
		 "trace_clock",
	.clock = HU_CLOCK_NONE,
	.probe = clockreadings_probe,
	.read = clockreadings_read,
};
