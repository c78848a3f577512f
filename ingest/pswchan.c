/*
 * ps(1) with a header line, whatever columns were asked for: who is in which state, and where in
 * the kernel. The wchan is one frame of the task's stack, the one that sleeps for it. Some thousand
 * lines; a script may have put several listings, each under a date, into one file.
 *
 * Columns: procps src/ps/output.c; their widths vary, so words are counted.
 */
#include "ingest/kframe.h"
#include "ingest/mapped.h"
#include "ingest/procfs.h"
#include "ingest/reader.h"
#include "ingest/taskline.h"
#include "ingest/tell.h"

#include <string.h>

enum { MAX_COLUMNS = 64 };

enum column {
	OTHER = 0,
	PID,
	TID,
	PARENT,
	STATE,
	WCHAN,
	COMM,	 /* a task's name, which may have blanks in it */
	CPU,	 /* PSR */
	STARTED, /* lstart: five words */
	COMMAND	 /* the last column: anything to the end */
};

struct table {
	enum column column[MAX_COLUMNS];
	size_t count;
	bool has[COMMAND + 1];
	size_t wchan_width; /* names are cut there */
};

struct listing {
	struct hu_sink *to;
	uint64_t pos, rows, odd, odd_pos, tasks;
	struct table table;
	hu_ns ts;
	enum hu_clock clock;
};

static enum column column_of(struct hu_str word)
{
	static const struct {
		const char *name;
		enum column column;
	} names[] = {
		{"PID", PID},	      {"TGID", OTHER},
		{"LWP", TID},	      {"TID", TID},
		{"SPID", TID},	      {"PPID", PARENT},
		{"S", STATE},	      {"STAT", STATE},
		{"STATE", STATE},     {"WCHAN", WCHAN},
		{"COMMAND", COMM},    {"CMD", COMM},
		{"COMM", COMM},	      {"UCMD", COMM},
		{"ARGS", COMM},	      {"PSR", CPU},
		{"P", CPU},	      {"CPUID", CPU},
		{"STARTED", STARTED}, {"WIDE-WCHAN-COLUMN", WCHAN},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (hu_str_is(word, names[i].name))
			return names[i].column;
	return OTHER;
}

/* A column that begins at `from` ends a blank before the next one. That one begins where its header
 * does, but for lstart, whose 24 letters end where its header ends. */
static size_t width_before(const char *from, struct hu_str next)
{
	enum { LSTART = 24 };
	size_t end = (size_t)(next.at + next.len - from);

	if (hu_str_is(next, "STARTED"))
		return end > LSTART + 1 ? end - LSTART - 1 : 0;
	return end - next.len - 1;
}

/* Only capitals, as all of ps's own headers are: "%CPU", "TTY", "WIDE-WCHAN-COLUMN". */
static bool header_of(struct hu_str line, struct table *ret)
{
	struct table t = {.wchan_width = SIZE_MAX};
	const char *wchan = NULL;
	struct hu_str word;

	while ((word = hu_str_word(&line)).len) {
		for (size_t i = 0; i < word.len; i++)
			if (word.at[i] >= 'a' && word.at[i] <= 'z')
				return false;
		if (t.count == MAX_COLUMNS)
			return false;
		enum column c = column_of(word);
		if (wchan)
			t.wchan_width = width_before(wchan, word);
		wchan = c == WCHAN ? word.at : NULL;
		if (c != OTHER && c != COMM && t.has[c])
			c = OTHER;
		t.has[c] = true;
		t.column[t.count++] = c;
	}
	if ((!t.has[PID] && !t.has[TID]) || !t.has[STATE] || t.count < 3)
		return false;
	if (t.column[t.count - 1] == COMM)
		t.column[t.count - 1] = COMMAND;
	*ret = t;
	return true;
}

/* How many of the words belong to a column: one, but for a name with blanks in the middle. */
static size_t words_of(const struct table *t, size_t column, size_t extra, bool *spent)
{
	if (t->column[column] == COMM && !*spent && t->column[t->count - 1] != COMMAND) {
		*spent = true;
		return 1 + extra;
	}
	return 1;
}

struct task {
	int32_t pid, tid, parent, cpu;
	uint32_t state;
	struct hu_str comm, wchan;
};

static size_t count_words(struct hu_str s)
{
	size_t n = 0;

	while (hu_str_word(&s).len)
		n++;
	return n;
}

static bool is_weekday(struct hu_str word)
{
	static const char names[] = "MonTueWedThuFriSatSun";

	for (size_t i = 0; i < 7 && word.len == 3; i++)
		if (!memcmp(word.at, names + 3 * i, 3))
			return true;
	return false;
}

static struct hu_str join(struct hu_str first, struct hu_str last)
{
	return (struct hu_str){first.at, (size_t)(last.at + last.len - first.at)};
}

/* The name of a program without its folder, arguments and brackets: "/usr/bin/umount /mnt",
 * "[kswapd0]", "umount". */
static struct hu_str short_name(struct hu_str s)
{
	struct hu_str rest = s;

	if (hu_str_starts(s, "[") && hu_str_ends(s, "]"))
		return (struct hu_str){s.at + 1, s.len - 2};
	if (!hu_str_starts(s, "/"))
		return s;
	struct hu_str word = hu_str_word(&rest);
	for (size_t i = word.len; i > 0; i--)
		if (word.at[i - 1] == '/')
			return hu_str_skip(word, i);
	return word;
}

static bool number(struct hu_str word, int32_t *ret)
{
	int64_t value;

	if (!hu_str_i64(word, &value) || value < 0 || value > INT32_MAX)
		return false;
	*ret = (int32_t)value;
	return true;
}

static bool take(enum column column, struct hu_str value, struct task *task)
{
	switch (column) {
	case PID:
		return number(value, &task->pid);
	case TID:
		return number(value, &task->tid);
	case PARENT:
		return number(value, &task->parent);
	case CPU:
		number(value, &task->cpu);
		return true;
	case STATE:
		task->state = hu_taskline_state(value);
		return value.len && value.at[0] >= 'A' && value.at[0] <= 'z';
	case WCHAN:
		task->wchan = value;
		return true;
	case COMM:
	case COMMAND:
		if (!task->comm.len)
			task->comm = short_name(value);
		return true;
	default:
		return true;
	}
}

static bool row_of(const struct table *t, struct hu_str line, struct task *ret)
{
	struct task task = {HU_NONE, HU_NONE, HU_NONE, HU_NONE, HU_STATE_UNKNOWN, {0}, {0}};
	struct hu_str rest = line;
	size_t words = count_words(line), extra = words > t->count ? words - t->count : 0;
	bool spent = false;

	if (words < t->count)
		return false;
	for (size_t i = 0; i < t->count; i++) {
		struct hu_str first = hu_str_word(&rest), last = first;
		if (t->column[i] == COMMAND) {
			last = hu_str_trim(join(first, rest));
		} else if (t->column[i] == STARTED && is_weekday(first) && extra >= 4) {
			extra -= 4; /* "Sun Nov 22 01:04:43 2026" */
			for (int k = 0; k < 4; k++)
				last = hu_str_word(&rest);
		} else if (t->column[i] == STARTED && extra && first.len == 3) {
			extra--; /* "Nov 22" */
			last = hu_str_word(&rest);
		} else {
			for (size_t n = words_of(t, i, extra, &spent); n > 1; n--)
				last = hu_str_word(&rest);
		}
		struct hu_str value = t->column[i] == COMMAND ? last : join(first, last);
		if (!first.len || !take(t->column[i], value, &task))
			return false;
	}
	if (task.tid == HU_NONE)
		task.tid = task.pid;
	*ret = task;
	return task.tid != HU_NONE;
}

static bool is_function(struct hu_str s)
{
	if (s.len < 2)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] != '_' && s.at[i] != '.' && (s.at[i] < '0' || s.at[i] > '9') &&
		    ((s.at[i] | 32) < 'a' || (s.at[i] | 32) > 'z'))
			return false;
	return s.at[0] < '0' || s.at[0] > '9';
}

static void put(struct listing *l, const struct task *task, struct hu_str line)
{
	hu_name comm = hu_intern(l->to, task->comm);
	const struct hu_task named = {
		.at = {.ts = l->ts, .pos = l->pos, .cpu = HU_NONE, .tid = task->tid},
		.tgid = task->pid,
		.parent = task->parent,
		.step = HU_TASK_NAMED,
		.comm = comm,
	};
	struct hu_snapshot row = {
		.at = {.ts = l->ts, .pos = l->pos, .cpu = task->cpu, .tid = task->tid},
		.blocker = HU_NONE,
		.kind = HU_SNAP_STACK,
		.state = task->state,
		.comm = comm,
		.text = hu_intern(l->to, line),
	};

	hu_put_task(l->to, &named);
	l->rows++;
	/* `ps -l` gives wchan six letters: "rwsem_" is no function. */
	if (is_function(task->wchan) && task->wchan.len < l->table.wchan_width) {
		row.at.stack = hu_push_frame(l->to, 0, hu_intern(l->to, task->wchan), 0);
		row.at.context = HU_CTX_TASK;
	}
	/* A task that sleeps nowhere in particular is no news. */
	if (row.at.stack || task->state == HU_STATE_UNINTERRUPTIBLE)
		hu_put_snapshot(l->to, &row);
}

static void read_line(struct listing *l, struct hu_str line)
{
	enum { MAX_LINE = 512 };
	struct hu_stamp stamp;
	struct task task;
	struct hu_str bare = hu_str_trim(line);

	if (!bare.len)
		return;
	if (header_of(bare, &l->table)) {
		l->tasks++;
		return;
	}
	if (l->table.count && row_of(&l->table, bare, &task)) {
		put(l, &task, (struct hu_str){bare.at, bare.len < MAX_LINE ? bare.len : MAX_LINE});
		return;
	}
	if (bare.len <= 128 && hu_stamp_line(bare, &stamp)) {
		const struct {
			hu_ns ts;
			enum hu_clock clock;
		} known[] = {{stamp.realtime, HU_CLOCK_REALTIME},
			     {stamp.local, HU_CLOCK_LOCAL_TIME}};
		for (size_t i = 0; i < 2; i++)
			if (known[i].ts != HU_OPEN &&
			    (!l->rows || l->clock == HU_CLOCK_NONE || l->clock == known[i].clock)) {
				l->ts = known[i].ts;
				l->clock = known[i].clock;
			}
		return;
	}
	if (!l->odd++)
		l->odd_pos = l->pos;
}

static struct hu_err *pswchan_read(const char *path, struct hu_sink *to)
{
	struct hu_mapped file HU_CLEANUP(hu_mapped_close) = {0};
	struct hu_err *err = hu_mapped_open(path, &file);

	if (err)
		return err;
	struct listing l = {.to = to, .ts = HU_OPEN, .clock = HU_CLOCK_NONE};
	struct hu_str rest = file.text, line;
	while (hu_str_line(&rest, &line)) {
		l.pos++;
		read_line(&l, line);
	}
	hu_put_source_clock(to, l.clock,
			    l.clock == HU_CLOCK_NONE ? "the listing has no time"
						     : "the dates above the listings");
	hu_tell_strange(to, l.odd, l.odd_pos, "lines that do not fit the header");
	hu_put_totals(to, l.rows, file.text.len);
	return l.rows ? NULL : hu_err(HU_ERR_BAD_INPUT, "holds no task");
}

static enum hu_match pswchan_probe(const struct hu_probe *in)
{
	struct hu_str rest = in->head, line;
	struct table table = {0};
	struct task task;
	unsigned rows = 0, odd = 0, before = 0;

	if (in->is_dir)
		return HU_MATCH_NO;
	while (rest.len && (memchr(rest.at, '\n', rest.len) || !rows) &&
	       hu_str_line(&rest, &line)) {
		line = hu_str_trim(line);
		if (!line.len || header_of(line, &table))
			continue;
		if (!table.count)
			before++;
		else if (row_of(&table, line, &task))
			rows++;
		else
			odd++;
	}
	return rows >= 2 && rows > odd && before <= 8 ? HU_MATCH_LIKELY : HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_pswchan = {
	.name = "pswchan",
	.reads = "ps with a header: states of tasks, and the function that each sleeps in",
	.clock = HU_CLOCK_IN_FILE,
	.probe = pswchan_probe,
	.read = pswchan_read,
};
