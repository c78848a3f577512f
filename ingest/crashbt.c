/*
 * Listings of stacks out of a crash dump or a live kernel's memory: `bt -a`, `foreach bt` and
 * `ps -m` of crash(8) and of what imitates it, and the numbered frames that drgn and gdb print. A
 * recorded session has the commands and other output between. Some thousand stacks, read once.
 *
 * Forms: crash's task.c (print_task_header), x86_64.c and arm64.c (bt); drgn's str(StackTrace).
 */
#include "ingest/mapped.h"
#include "ingest/reader.h"
#include "ingest/stackdump.h"
#include "ingest/taskline.h"
#include "ingest/walltime.h"

#include <string.h>

struct session {
	struct hu_stackdump dump;
	uint32_t asked;	     /* state that "foreach UN bt" selects; HU_STATE_UNKNOWN: any */
	struct hu_wall date; /* of the dump; ns HU_OPEN: not told */
	bool has_release, has_host, has_cpus, has_arch;
};

/* crash's two letters (task.c, task_state_string()). */
static uint32_t state_of(struct hu_str s)
{
	static const struct {
		const char *word;
		uint32_t state;
	} states[] = {
		{"UN", HU_STATE_UNINTERRUPTIBLE},
		{"RU", HU_STATE_RUNNING},
		{"IN", HU_STATE_SLEEPING},
		{"ST", HU_STATE_STOPPED},
		{"TR", HU_STATE_TRACED},
		{"ZO", HU_STATE_DEAD},
		{"DE", HU_STATE_DEAD},
		{"ID", HU_STATE_IDLE},
		{"PA", HU_STATE_PARKED},
	};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (hu_str_is(s, states[i].word))
			return states[i].state;
	return HU_STATE_UNKNOWN;
}

/* "[0 00:12:34.567] [UN]  " of `ps -m`: how long ago the task ran, and its state. */
static void last_run(struct hu_str *s, hu_ns *ago, uint32_t *state)
{
	struct hu_str rest = *s, clock;
	int64_t days, hours, minutes, seconds;

	if (!hu_str_starts(rest, "["))
		return;
	rest = hu_str_trim(hu_str_skip(rest, 1));
	struct hu_str number = hu_str_word(&rest);
	clock = hu_str_trim(hu_str_split(&rest, ']'));
	if (!hu_str_i64(number, &days) || days < 0 || days > 100000 ||
	    !hu_str_i64(hu_str_split(&clock, ':'), &hours) ||
	    !hu_str_i64(hu_str_split(&clock, ':'), &minutes) || !hu_str_fixed(clock, 9, &seconds) ||
	    hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 ||
	    seconds >= 60 * HU_NS_PER_S)
		return;
	*ago = ((days * 24 + hours) * 60 + minutes) * 60 * HU_NS_PER_S + seconds;
	rest = hu_str_trim(rest);
	if (hu_str_starts(rest, "[")) {
		rest = hu_str_skip(rest, 1);
		*state = state_of(hu_str_trim(hu_str_split(&rest, ']')));
	}
	*s = hu_str_trim(rest);
}

static struct hu_str behind(struct hu_str s, const char *key)
{
	ptrdiff_t at = hu_str_find(s, key);

	if (at < 0)
		return (struct hu_str){0};
	return hu_str_trim(hu_str_skip(s, (size_t)at + strlen(key)));
}

/* `PID: 45       TASK: ffff8d0e02b98000  CPU: 0    COMMAND: "kswapd0"` */
static bool crash_header(struct hu_str line, struct hu_snapshot *row, struct hu_str *comm)
{
	hu_ns ago = 0;
	uint32_t state = HU_STATE_UNKNOWN;
	int64_t pid, cpu;

	last_run(&line, &ago, &state);
	if (!hu_str_starts(line, "PID:") || hu_str_find(line, " TASK: ") < 0)
		return false;
	struct hu_str rest = behind(line, "PID:");
	if (!hu_str_i64(hu_str_word(&rest), &pid) || pid < 0 || pid > INT32_MAX)
		return false;
	rest = behind(line, " CPU:");
	row->at.cpu = hu_str_i64(hu_str_word(&rest), &cpu) && cpu >= 0 && cpu < INT32_MAX
			      ? (int32_t)cpu
			      : HU_NONE;
	row->at.tid = (int32_t)pid;
	row->state = state;
	if (state == HU_STATE_UNINTERRUPTIBLE)
		row->blocked = ago;
	*comm = behind(line, "COMMAND:");
	if (hu_str_starts(*comm, "\"") && hu_str_ends(*comm, "\"") && comm->len >= 2)
		*comm = (struct hu_str){comm->at + 1, comm->len - 2};
	return true;
}

static size_t symbol_length(struct hu_str s)
{
	size_t n = 0;

	while (n < s.len && (s.at[n] == '_' || s.at[n] == '.' || s.at[n] == '$' ||
			     (s.at[n] >= '0' && s.at[n] <= '9') ||
			     ((s.at[n] | 32) >= 'a' && (s.at[n] | 32) <= 'z')))
		n++;
	return n;
}

/*
 * "#2 [ffffb0c1c00c7a28] schedule at ffffffff9d2a3a5f", "#1 [ffff…] evict at ffffffffc04 [ext4]",
 * "#0  context_switch (kernel/sched/core.c:5313:2)", "#1  __schedule+0x2f5/0x12a0",
 * "#1  0xffffffff9d2a3a5f in schedule () at kernel/sched/core.c:6803", "#7  0xffffffff9d2a3a5f"
 */
static bool frame_of(struct hu_str line, int64_t *number, struct hu_str *symbol,
		     struct hu_str *module)
{
	struct hu_str rest = line;
	uint64_t address;

	if (!hu_str_starts(rest, "#"))
		return false;
	struct hu_str word = hu_str_word(&rest);
	if (!hu_str_i64(hu_str_skip(word, 1), number) || *number < 0)
		return false;
	rest = hu_str_trim(rest);
	bool crash = hu_str_starts(rest, "[");
	if (crash) {
		struct hu_str stack = hu_str_skip(rest, 1);
		word = hu_str_split(&stack, ']');
		if (word.len > 16 || !hu_str_u64(word, 16, &address))
			return false;
		rest = hu_str_trim(stack);
	}
	size_t n = symbol_length(rest);
	*symbol = (struct hu_str){rest.at, n};
	*module = (struct hu_str){0};
	rest = hu_str_trim(hu_str_skip(rest, n));
	if (!n)
		return false;
	if (hu_str_starts(*symbol, "0x") && hu_str_starts(rest, "in ")) {
		/* gdb on a program gives the same form: only the kernel's addresses begin so. */
		bool kernel = hu_str_starts(*symbol, "0xffff");
		rest = hu_str_trim(hu_str_skip(rest, 3));
		n = symbol_length(rest);
		*symbol = (struct hu_str){rest.at, n};
		return kernel && n > 0;
	}
	if (crash) {
		ptrdiff_t at = hu_str_find(rest, "at ");
		if (at < 0)
			return hu_str_is(rest, "") || hu_str_starts(rest, "(");
		ptrdiff_t open = hu_str_find(hu_str_skip(rest, (size_t)at), "[");
		if (open > 0) {
			rest = hu_str_skip(rest, (size_t)at + (size_t)open + 1);
			*module = hu_str_split(&rest, ']');
		}
		return true;
	}
	/* Not the numbered lists of other tools: an offset, a place in the source, or an address.
	 */
	ptrdiff_t colon = hu_str_find(rest, ":"), close = hu_str_find(rest, ")");
	return hu_str_starts(rest, "+0x") ||
	       (hu_str_starts(rest, "(") && colon > 0 && colon < close) ||
	       (hu_str_starts(*symbol, "0x") && symbol->len >= 10 && !rest.len);
}

static void fact(struct session *s, bool *done, const char *key, struct hu_str value)
{
	if (*done || !value.len)
		return;
	*done = true;
	hu_put_fact(s->dump.to, key, value);
}

/* crash's banner, and the command `sys`: what the dump is of. */
static void system_line(struct session *s, struct hu_str line)
{
	struct hu_str value = line, key = hu_str_split(&value, ':');

	value = hu_str_trim(value);
	if (hu_str_is(key, "RELEASE")) {
		fact(s, &s->has_release, "kernel.release", value);
	} else if (hu_str_is(key, "NODENAME")) {
		fact(s, &s->has_host, "hostname", value);
	} else if (hu_str_is(key, "CPUS")) {
		fact(s, &s->has_cpus, "cpus", hu_str_word(&value));
	} else if (hu_str_is(key, "MACHINE")) {
		fact(s, &s->has_arch, "kernel.arch", hu_str_word(&value));
	} else if (hu_str_is(key, "DATE") && s->date.ns == HU_OPEN) {
		struct hu_wall when;
		if (hu_wall_stamp(value, &when))
			s->date = when;
	}
}

/* "crash> foreach UN bt": what is asked for decides the state of what follows. */
static bool prompt(struct session *s, struct hu_str line)
{
	if (!hu_str_starts(line, "crash> ") && !hu_str_starts(line, "crash64> ") &&
	    !hu_str_starts(line, ">>> "))
		return false;
	struct hu_str word;
	s->asked = HU_STATE_UNKNOWN;
	while ((word = hu_str_word(&line)).len)
		if (state_of(word))
			s->asked = state_of(word);
	return true;
}

static void begin(struct session *s)
{
	struct hu_stackdump *d = &s->dump;

	hu_stackdump_flush_bare(d);
	d->row.at.ts = s->date.ns;
	d->row.state = s->asked;
}

static void named(struct session *s, struct hu_str line)
{
	struct hu_snapshot row = s->dump.row;
	struct hu_str comm;
	struct hu_taskline who;

	if (crash_header(line, &row, &comm)) {
		begin(s);
		struct hu_snapshot *now = &s->dump.row;
		now->at.pos = s->dump.pos;
		now->at.tid = row.at.tid;
		now->at.cpu = row.at.cpu;
		now->blocked = row.blocked;
		now->state = row.state ? row.state : s->asked;
		now->comm = hu_intern(s->dump.to, comm);
		now->text = hu_intern(s->dump.to, line);
		const struct hu_task task = {
			.at = {.ts = s->date.ns,
			       .pos = s->dump.pos,
			       .cpu = HU_NONE,
			       .tid = row.at.tid},
			.tgid = HU_NONE,
			.parent = HU_NONE,
			.step = HU_TASK_NAMED,
			.comm = now->comm,
		};
		if (task.comm && row.at.tid)
			hu_put_task(s->dump.to, &task);
		s->dump.open = true;
		return;
	}
	/* A script's own line above drgn's frames. */
	hu_taskline(line, &who);
	if (who.tid == HU_NONE || line.len > 256)
		return;
	begin(s);
	s->dump.row.at.pos = s->dump.pos;
	s->dump.row.at.tid = who.tid;
	s->dump.row.comm = hu_intern(s->dump.to, who.comm);
	s->dump.row.state = who.state ? who.state : s->asked;
	s->dump.row.text = hu_intern(s->dump.to, line);
}

static void read_line(struct session *s, struct hu_str line)
{
	struct hu_stackdump *d = &s->dump;
	struct hu_str symbol, module, bare = hu_str_trim(line);
	int64_t number;

	if (!bare.len)
		return;
	if (frame_of(bare, &number, &symbol, &module)) {
		if (number == 0 && d->count) /* somebody else's, without a word on whose */
			begin(s);

		hu_stackdump_push(d, symbol, module);
		return;
	}
	/* The frames above are the interrupt's: the task's own follow. */
	if (hu_str_starts(bare, "--- <")) {
		d->count = 0;
		d->row.state = d->row.state ? d->row.state : HU_STATE_RUNNING;
		return;
	}
	if (prompt(s, bare)) {
		hu_stackdump_flush_bare(d);
		return;
	}
	if (hu_str_find(bare, "PID: ") >= 0 || !d->count ||
	    (line.at[0] != ' ' && line.at[0] != '\t')) {
		if (hu_str_starts(bare, "bt: ") || hu_str_starts(bare, "[exception RIP"))
			return;
		if (!d->count)
			system_line(s, bare);
		named(s, bare);
	}
}

static struct hu_err *crashbt_read(const char *path, struct hu_sink *to)
{
	struct hu_mapped file HU_CLEANUP(hu_mapped_close) = {0};
	struct hu_err *err = hu_mapped_open(path, &file);

	if (err)
		return err;
	struct session s = {.dump = {.to = to}, .date = {HU_OPEN, HU_CLOCK_NONE}};
	hu_stackdump_reset(&s.dump);
	struct hu_str rest = file.text, line;
	while (hu_str_line(&rest, &line)) {
		s.dump.pos++;
		read_line(&s, line);
	}
	hu_stackdump_flush_bare(&s.dump);
	if (file.text.len && file.text.at[file.text.len - 1] != '\n')
		hu_stackdump_unended(&s.dump);
	hu_put_source_clock(to, s.date.ns == HU_OPEN ? HU_CLOCK_NONE : s.date.clock,
			    s.date.ns == HU_OPEN ? "the listing has no time"
						 : "the date of the dump, to the second");
	hu_put_totals(to, s.dump.snapshots, file.text.len);
	return s.dump.snapshots ? NULL : hu_err(HU_ERR_BAD_INPUT, "holds no stack");
}

static enum hu_match crashbt_probe(const struct hu_probe *in)
{
	struct hu_str rest = in->head, line, symbol, module, comm;
	struct hu_snapshot row = {0};
	unsigned frames = 0, headers = 0, first = 0;
	int64_t number;

	if (in->is_dir)
		return HU_MATCH_NO;
	while (rest.len && (memchr(rest.at, '\n', rest.len) || !frames) &&
	       hu_str_line(&rest, &line)) {
		line = hu_str_trim(line);
		if (frame_of(line, &number, &symbol, &module)) {
			frames++;
			first += number == 0;
		}
		headers += crash_header(line, &row, &comm);
	}
	if (headers && (frames || headers >= 2))
		return HU_MATCH_LIKELY;
	return first && frames >= 3 ? HU_MATCH_LIKELY : HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_crashbt = {
	.name = "crashbt",
	.reads = "stacks of all tasks as crash (bt, foreach bt, ps -m), drgn and gdb list them",
	.clock = HU_CLOCK_IN_FILE,
	.probe = crashbt_probe,
	.read = crashbt_read,
};
