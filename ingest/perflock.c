/*
 * The tables of "perf lock contention" (since 5.19) and "perf lock report": some tens of lines.
 * What was measured stands in the header, in columns that -F and -k choose; how the rows were
 * gathered (by caller, task, lock, cgroup) stands in the header's last words.
 */
#include "ingest/perfscript_text.h"
#include "ingest/reader.h"

#include "db/text.h"

#include <string.h>

enum column { CONTENDED, ACQUIRED, TOTAL, MAX, MIN, AVG, COLUMNS };
enum gathered { BY_NOTHING, BY_CALLER, BY_TASK, BY_OWNER, BY_LOCK, BY_CGROUP, REPORT };
enum { MOST = 8 };

static const struct {
	const char *words;
	enum column column;
} names[] = {
	{"contended", CONTENDED}, {"acquired", ACQUIRED}, {"total wait", TOTAL},
	{"max wait", MAX},	  {"min wait", MIN},	  {"avg wait", AVG},
};

static const struct {
	const char *words;
	enum gathered gathered;
} keys[] = {
	{"type caller", BY_CALLER},  {"pid comm", BY_TASK}, {"pid owner", BY_OWNER},
	{"address symbol", BY_LOCK}, {"cgroup", BY_CGROUP},
};

static const char *const tables[] = {
	[BY_CALLER] = "perf lock contention by caller", [BY_TASK] = "perf lock contention by task",
	[BY_OWNER] = "perf lock contention by owner",	[BY_LOCK] = "perf lock contention by lock",
	[BY_CGROUP] = "perf lock contention by cgroup", [REPORT] = "perf lock report",
};

struct head {
	enum gathered gathered; /* BY_NOTHING: none seen */
	enum column column[MOST];
	size_t columns;
	bool raw;	    /* "avg wait (ns)": numbers without units, before 6.0 */
	char sep;	    /* 0: a table */
	bool types, stacks; /* the last columns of -x */
};

struct lock {
	struct hu_perf_text text;
	struct hu_sink *to;
	struct head head;
	struct hu_out key, stack; /* of the row in force, whose stack may follow */
	bool upper;		  /* its first frame is in the upper half */
	uint64_t row_pos;
	int64_t value[COLUMNS];
	bool have[COLUMNS];
	bool debug; /* inside "=== output for debug ===" */
	uint64_t rows, stacks, chatter;
};

/* Takes these words off the front of *s, whatever the blanks between them. */
static bool take_words(struct hu_str *s, const char *words)
{
	struct hu_str rest = *s, left = hu_str(words);

	while (left.len)
		if (!hu_str_eq(hu_str_word(&rest), hu_str_split(&left, ' ')))
			return false;
	*s = rest;
	return true;
}

static bool take_column(struct hu_str *s, struct head *head)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!take_words(s, names[i].words))
			continue;
		if (head->columns == MOST)
			return false;
		head->column[head->columns++] = names[i].column;
		if (take_words(s, "(ns)"))
			head->raw = true;
		return true;
	}
	return false;
}

/* "# output: contended, total wait, max wait, avg wait, type, caller" of -x. */
static bool csv_header(struct hu_str line, struct head *ret)
{
	struct head head = {.raw = true};

	if (!hu_str_starts(line, "# output: "))
		return false;
	line = hu_str_skip(line, 10);
	for (size_t i = 0; i < line.len && !head.sep; i++)
		if (strchr(",;:|\t", line.at[i]))
			head.sep = line.at[i];
	while (head.sep && line.len) {
		struct hu_str cell = hu_str_trim(hu_str_split(&line, head.sep)), rest = cell;
		if (take_column(&rest, &head) && !rest.len)
			continue;
		if (hu_str_is(cell, "type") && head.gathered == BY_LOCK)
			head.types = true;
		else if (hu_str_is(cell, "stacktrace") && head.gathered == BY_CALLER)
			head.stacks = true;
		else if (hu_str_is(cell, "caller") && head.types)
			head.gathered = BY_CALLER;
		else if (hu_str_is(cell, "type") || hu_str_is(cell, "pid") ||
			 hu_str_is(cell, "address"))
			head.types = true;
		else if ((hu_str_is(cell, "comm") || hu_str_is(cell, "owner")) && head.types)
			head.gathered = hu_str_is(cell, "comm") ? BY_TASK : BY_OWNER;
		else if (hu_str_is(cell, "symbol") && head.types)
			head.gathered = BY_LOCK;
		else if (hu_str_is(cell, "cgroup"))
			head.gathered = BY_CGROUP;
		else
			return false;
	}
	if (!head.columns || !head.gathered)
		return false;
	*ret = head;
	return true;
}

static bool header(struct hu_str line, struct head *ret)
{
	struct head head = {0};
	struct hu_str rest = line;

	if (csv_header(line, ret))
		return true;
	if (take_words(&rest, "Name"))
		head.gathered = REPORT;
	while (take_column(&rest, &head))
		;
	for (size_t i = 0; !head.gathered && i < sizeof(keys) / sizeof(keys[0]); i++)
		if (take_words(&rest, keys[i].words))
			head.gathered = keys[i].gathered;
	if (!head.gathered || !head.columns || hu_str_trim(rest).len)
		return false;
	*ret = head;
	return true;
}

/* "31.95 s", "201.94 ms", "585.88 us", "0 ns"; or a bare number of nanoseconds. */
static bool take_duration(struct hu_str *s, bool raw, int64_t *ret)
{
	static const struct {
		const char *unit;
		int digits;
	} units[] = {{"ns", 0}, {"us", 3}, {"ms", 6}, {"s", 9}};
	struct hu_str rest = *s, number = hu_str_word(&rest);

	if (!number.len)
		return false;
	if (raw) {
		if (!hu_str_i64(number, ret))
			return false;
		*s = rest;
		return true;
	}
	struct hu_str unit = hu_str_word(&rest);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (!hu_str_is(unit, units[i].unit))
			continue;
		if (!hu_str_fixed(number, units[i].digits, ret))
			return false;
		*s = rest;
		return true;
	}
	/* "2.5 m", "1.2 h" of waits that went on for minutes */
	int64_t seconds;
	if ((!hu_str_is(unit, "m") && !hu_str_is(unit, "h")) ||
	    !hu_str_fixed(number, 9, &seconds) ||
	    __builtin_mul_overflow(seconds, hu_str_is(unit, "m") ? 60 : 3600, ret))
		return false;
	*s = rest;
	return true;
}

static bool is_count(enum column column)
{
	return column == CONTENDED || column == ACQUIRED;
}

static bool take_value(struct lock *l, struct hu_str *s, enum column column)
{
	if (!take_duration(s, l->head.raw || is_count(column), &l->value[column]) ||
	    l->value[column] < 0)
		return false;
	l->have[column] = true;
	return true;
}

static void put(struct lock *l, const char *of, struct hu_str key, int64_t count, int64_t total)
{
	hu_perf_put_summary(l->to, tables[l->head.gathered], of, hu_intern(l->to, key), l->row_pos,
			    count, total);
}

/* What a row said, once its stack is complete. The average is the total by the count: it is kept
 * only where one of them is not printed. */
static void flush(struct lock *l)
{
	struct hu_str key = hu_out_view(&l->key);
	bool count = l->have[CONTENDED], total = l->have[TOTAL];

	if (!l->row_pos)
		return;
	if (count)
		put(l, "", key, l->value[CONTENDED], total ? l->value[TOTAL] : HU_NONE);
	else if (total)
		put(l, ": total wait", key, 1, l->value[TOTAL]);
	if (l->have[ACQUIRED])
		put(l, ": acquired", key, l->value[ACQUIRED], HU_NONE);
	if (l->have[MAX])
		put(l, ": longest wait", key, 1, l->value[MAX]);
	if (l->have[MIN])
		put(l, ": shortest wait", key, 1, l->value[MIN]);
	if (l->have[AVG] && !(count && total))
		put(l, ": average wait", key, 1, l->value[AVG]);
	if (l->stack.len && count)
		put(l, ", stacks", hu_out_view(&l->stack), l->value[CONTENDED],
		    total ? l->value[TOTAL] : HU_NONE);
	l->stacks += l->stack.len && count;
	l->row_pos = 0;
	l->rows++;
}

/* One blank where there were many: the same key from tables of different widths. */
static void put_key(struct hu_out *key, struct hu_str words)
{
	struct hu_str word;

	hu_out_clear(key);
	while ((word = hu_str_word(&words)).len) {
		if (key->len)
			hu_out_putc(key, ' ');
		hu_out_str(key, word);
	}
}

static bool key_is_sound(const struct lock *l, struct hu_str key)
{
	uint64_t number;
	int32_t tid;
	struct hu_str first = hu_str_word(&key);

	switch (l->head.gathered) {
	case BY_TASK:
	case BY_OWNER:
		return hu_perf_tid(first, &tid);
	case BY_LOCK:
		return first.len >= 8 && hu_str_u64(first, 16, &number);
	default:
		return first.len > 0;
	}
}

/* The line's last columns are numbers, what is before them is a name of any form, or none. */
static bool report_row(struct lock *l, struct hu_str line)
{
	size_t words = 0, per_row = 0, end = line.len;

	for (size_t i = 0; i < l->head.columns; i++)
		per_row += l->head.raw || is_count(l->head.column[i]) ? 1 : 2;
	while (end && words < per_row) {
		while (end && line.at[end - 1] == ' ')
			end--;
		while (end && line.at[end - 1] != ' ')
			end--;
		words++;
	}
	struct hu_str numbers = hu_str_skip(line, end);
	for (size_t i = 0; i < l->head.columns; i++)
		if (!take_value(l, &numbers, l->head.column[i]))
			return false;
	put_key(&l->key, (struct hu_str){line.at, end});
	return words == per_row;
}

static bool csv_row(struct lock *l, struct hu_str line)
{
	for (size_t i = 0; i < l->head.columns; i++) {
		struct hu_str cell = hu_str_split(&line, l->head.sep);
		if (!take_value(l, &cell, l->head.column[i]) || hu_str_trim(cell).len)
			return false;
	}
	struct hu_out *key = &l->key;
	hu_out_clear(key);
	struct hu_str first = hu_str_trim(hu_str_split(&line, l->head.sep)), stack = {0};
	hu_out_str(key, first);
	if (l->head.gathered == BY_CGROUP)
		return first.len;
	hu_out_putc(key, ' ');
	if (l->head.stacks || l->head.gathered == BY_LOCK) {
		hu_out_str(key, hu_str_trim(hu_str_split(&line, l->head.sep)));
		stack = hu_str_trim(line);
	} else {
		hu_out_str(key, hu_str_trim(line));
	}
	if (l->head.gathered == BY_LOCK && stack.len) {
		hu_out_printf(key, " (%.*s)", (int)stack.len, stack.at);
	} else if (stack.len) { /* "ffffffff94854aaf __mutex_lock+0x1f:ffff…" */
		hu_out_str(&l->stack, first);
		while (stack.len) {
			struct hu_str frame = hu_str_split(&stack, ':');
			hu_str_word(&frame);
			hu_out_putc(&l->stack, ';');
			hu_out_str(&l->stack, hu_str_trim(frame));
		}
	}
	return key_is_sound(l, hu_out_view(key));
}

static bool row(struct lock *l, struct hu_str line)
{
	flush(l);
	memset(l->have, 0, sizeof(l->have));
	hu_out_clear(&l->stack);
	bool sound;
	if (l->head.gathered == REPORT) {
		sound = report_row(l, line);
	} else if (l->head.sep) {
		sound = csv_row(l, line);
	} else {
		sound = true;
		for (size_t i = 0; sound && i < l->head.columns; i++)
			sound = take_value(l, &line, l->head.column[i]);
		sound = sound && key_is_sound(l, line);
		put_key(&l->key, line);
	}
	if (sound)
		l->row_pos = l->text.pos;
	return sound;
}

/* "			0xffffffff94854aaf  __mutex_lock.constprop.0+0x3f" under a row, by -v. */
static bool frame(struct lock *l, struct hu_str line)
{
	uint64_t address;
	struct hu_str rest = hu_str_trim(line), word = hu_str_word(&rest);

	if (!hu_str_starts(line, "\t") || !hu_str_starts(word, "0x") ||
	    !hu_str_u64(word, 16, &address))
		return false;
	if (!l->row_pos)
		return true;
	/* Under the kernel's frames, in the upper half of the address space, lie the program's. */
	bool upper = address >> 63;
	if (!l->stack.len)
		l->upper = upper;
	if (l->upper && !upper)
		return true;
	if (!l->stack.len)
		hu_out_str(&l->stack, hu_str_word(&(struct hu_str){l->key.at, l->key.len}));
	hu_out_putc(&l->stack, ';');
	rest = hu_str_trim(rest);
	hu_out_str(&l->stack, rest.len ? rest : word);
	return true;
}

/* "=== output for debug ===", "bad: 3, total: 6" and what follows. */
static bool debug_line(struct lock *l, struct hu_str line)
{
	struct hu_str rest = line;
	int64_t bad, total;

	if (hu_str_starts(line, "=== output for debug")) {
		flush(l);
		return l->debug = true;
	}
	if (!l->debug || !take_words(&rest, "bad:"))
		return l->debug;
	struct hu_str number = hu_str_split(&rest, ',');
	if (hu_str_i64(hu_str_trim(number), &bad) && take_words(&rest, "total:") &&
	    hu_str_i64(hu_str_trim(rest), &total) && bad > 0)
		hu_put_loss(l->to,
			    &(struct hu_gap){HU_OPEN, HU_OPEN, bad, HU_NONE, HU_LOSS_DROPPED,
					     l->text.pos},
			    "perf could not use %lld of %lld sequences of lock events",
			    (long long)bad, (long long)total);
	return true;
}

static void take_line(struct lock *l, struct hu_str line)
{
	if (!hu_str_trim(line).len)
		return;
	struct head head;
	if (header(line, &head)) {
		flush(l);
		l->head = head;
		l->debug = false;
	} else if (debug_line(l, line) || (l->head.gathered && frame(l, line))) {
		return;
	} else if (hu_perf_is_chatter(line)) {
		l->chatter++;
	} else if (!l->head.gathered || !row(l, line)) {
		hu_perf_text_odd(&l->text, line);
	}
}

static struct hu_err *read_lines(struct lock *l)
{
	struct hu_str line;

	while (hu_perf_text_line(&l->text, &line))
		take_line(l, line);
	flush(l);
	if (l->rows)
		hu_put_event_count(l->to, hu_str("row"), l->rows, true);
	if (l->chatter)
		hu_put_event_count(l->to, hu_str("message of perf"), l->chatter, false);
	hu_put_totals(l->to, l->rows, l->text.file.text.len);
	struct hu_err *err = hu_perf_text_end(&l->text, l->to);
	if (err || l->head.gathered)
		return err;
	return hu_err(HU_ERR_BAD_INPUT, "there is no table in it");
}

static struct hu_err *perflock_read(const char *path, struct hu_sink *to)
{
	struct lock l = {.to = to};
	struct hu_err *err = hu_perf_text_open(&l.text, path);

	if (!err)
		err = read_lines(&l);
	hu_perf_text_close(&l.text);
	hu_out_deinit(&l.key);
	hu_out_deinit(&l.stack);
	return err;
}

static enum hu_match perflock_probe(const struct hu_probe *in)
{
	struct hu_perf_head head;
	struct hu_str line;
	struct head columns;

	if (in->is_dir)
		return HU_MATCH_NO;
	hu_perf_head_init(&head, in->head);
	while (hu_perf_head_line(&head, &line)) {
		if (header(line, &columns))
			return HU_MATCH_LIKELY;
		if (hu_str_trim(line).len && !hu_perf_is_chatter(line))
			return HU_MATCH_NO;
	}
	return HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_perflock = {
	.name = "perflock",
	.reads = "tables of \"perf lock contention\" and \"perf lock report\"",
	.clock = HU_CLOCK_NONE,
	.probe = perflock_probe,
	.read = perflock_read,
};
