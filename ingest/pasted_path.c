/*
 * A call path as people draw it, with arrows, over several lines or in one. Narrow: three steps at
 * least, each nothing but a function and perhaps its argument.
 */
#include "ingest/pasted_parts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_STEPS = 32 }; /* of a path in one line */

static bool is_ident(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The length of an arrow at the start of s, 0 if there is none; *back: it points at the caller. */
static size_t arrow(struct hu_str s, bool *back)
{
	static const struct {
		const char *text;
		bool back;
	} arrows[] = {
		{"=>", false},
		{"->", false},
		{"-->", false},
		{"\xe2\x86\x92", false},
		{"\xe2\x87\x92", false},
		{"\xe2\x86\xb3", false},
		{"`->", false},
		{"|->", false},
		{"<=", true},
		{"<-", true},
		{"<--", true},
		{"\xe2\x86\x90", true},
	};
	size_t best = 0;

	for (size_t i = 0; i < sizeof(arrows) / sizeof(arrows[0]); i++) {
		size_t n = strlen(arrows[i].text);
		if (n <= best || !hu_str_starts(s, arrows[i].text))
			continue;
		best = n;
		*back = arrows[i].back;
	}
	return best;
}

/*
 * "func", "func(args);  // words", "func+0x12/0x34": the function, and the lock in the first
 * argument. False if it is something else, such as a word of prose.
 */
static bool step_of(struct hu_str s, struct hu_pasted_step *ret)
{
	size_t n = 0;

	s = hu_str_trim(s);
	if (!s.len || is_digit(s.at[0]))
		return false;
	while (n < s.len && (is_ident(s.at[n]) || (n && s.at[n] == '.')))
		n++;
	if (n < 2 || n >= sizeof(ret->function))
		return false;
	memcpy(ret->function, s.at, n);
	ret->function[n] = '\0';
	ret->lock[0] = '\0';
	struct hu_str rest = hu_str_skip(s, n);
	if (rest.len && rest.at[0] == '(') {
		const char *close = memchr(rest.at, ')', rest.len);
		if (!close)
			return false;
		struct hu_str inside = {rest.at + 1, (size_t)(close - rest.at) - 1};
		struct hu_str lock = hu_str_trim(hu_str_split(&inside, ','));
		/* "&sb->s_umount": the member names the lock. */
		for (size_t i = lock.len; i-- > 0;)
			if (!is_ident(lock.at[i])) {
				lock = hu_str_skip(lock, i + 1);
				break;
			}
		if (lock.len && lock.len < sizeof(ret->lock) && !is_digit(lock.at[0])) {
			memcpy(ret->lock, lock.at, lock.len);
			ret->lock[lock.len] = '\0';
		}
		rest = hu_str_skip(rest, (size_t)(close - rest.at) + 1);
	} else if (rest.len && rest.at[0] == '+') {
		while (rest.len && rest.at[0] != ' ')
			rest = hu_str_skip(rest, 1);
	}
	rest = hu_str_trim(rest);
	if (hu_str_starts(rest, ";") || hu_str_starts(rest, ":"))
		rest = hu_str_trim(hu_str_skip(rest, 1));
	return !rest.len || hu_str_starts(rest, "//") || hu_str_starts(rest, "/*") ||
	       hu_str_starts(rest, "#") || hu_str_starts(rest, "<--") || hu_str_starts(rest, "[") ||
	       hu_str_starts(rest, "(");
}

void hu_pasted_path_init(struct hu_pasted_path *path, struct hu_sink *to)
{
	*path = (struct hu_pasted_path){.to = to};
	path->step = hu_alloc(sizeof(*path->step) * HU_PASTED_STEPS);
}

void hu_pasted_path_deinit(struct hu_pasted_path *path)
{
	free(path->step);
}

/* The functions that wait for a lock, by the name in the path (kernel/locking). */
static const struct {
	const char *function;
	enum hu_lock_mode mode;
	enum hu_lock_type type;
} waits[] = {
	{"down_write", HU_MODE_WRITE, HU_LOCK_RWSEM},
	{"down_write_killable", HU_MODE_WRITE, HU_LOCK_RWSEM},
	{"down_write_nested", HU_MODE_WRITE, HU_LOCK_RWSEM},
	{"down_read", HU_MODE_READ, HU_LOCK_RWSEM},
	{"down_read_killable", HU_MODE_READ, HU_LOCK_RWSEM},
	{"down_read_interruptible", HU_MODE_READ, HU_LOCK_RWSEM},
	{"mutex_lock", HU_MODE_WRITE, HU_LOCK_MUTEX},
	{"mutex_lock_killable", HU_MODE_WRITE, HU_LOCK_MUTEX},
	{"mutex_lock_interruptible", HU_MODE_WRITE, HU_LOCK_MUTEX},
	{"mutex_lock_nested", HU_MODE_WRITE, HU_LOCK_MUTEX},
	{"__mutex_lock", HU_MODE_WRITE, HU_LOCK_MUTEX},
	{"spin_lock", HU_MODE_WRITE, HU_LOCK_SPIN},
	{"_raw_spin_lock", HU_MODE_WRITE, HU_LOCK_SPIN},
	{"raw_spin_lock", HU_MODE_WRITE, HU_LOCK_SPIN},
	{"spin_lock_irqsave", HU_MODE_WRITE, HU_LOCK_SPIN},
	{"read_lock", HU_MODE_READ, HU_LOCK_RWLOCK},
	{"write_lock", HU_MODE_WRITE, HU_LOCK_RWLOCK},
	{"percpu_down_read", HU_MODE_READ, HU_LOCK_PERCPU_RWSEM},
	{"percpu_down_write", HU_MODE_WRITE, HU_LOCK_PERCPU_RWSEM},
	{"rt_mutex_lock", HU_MODE_WRITE, HU_LOCK_RT},
	{"down", HU_MODE_WRITE, HU_LOCK_SEMAPHORE},
};

static void put_path(struct hu_pasted_path *path)
{
	const struct hu_pasted_step *leaf = &path->step[path->leaf_first ? 0 : path->steps - 1];
	hu_stack stack = 0;

	for (int i = 0; i < path->steps; i++) {
		int at = path->leaf_first ? path->steps - 1 - i : i;
		stack = hu_push_frame(path->to, stack,
				      hu_internz(path->to, path->step[at].function), 0);
	}
	hu_name lock = hu_internz(path->to, leaf->lock);
	struct hu_snapshot snap = {
		.at = {HU_OPEN, path->step[0].pos, HU_NONE, HU_NONE, stack, HU_CTX_UNKNOWN},
		.blocker = HU_NONE,
		.kind = HU_SNAP_STACK,
		.text = lock,
	};
	path->paths++;
	for (size_t i = 0; lock && i < sizeof(waits) / sizeof(waits[0]); i++) {
		if (strcmp(leaf->function, waits[i].function) != 0)
			continue;
		struct hu_lock_event wait = {
			.at = snap.at,
			.step = HU_LOCK_WAIT,
			.mode = waits[i].mode,
			.type = waits[i].type,
			.known = HU_KNOWS_NAME | HU_KNOWS_MODE,
			.name = lock,
			.function = hu_internz(path->to, leaf->function),
		};
		wait.at.pos = leaf->pos;
		snap.lock_type = waits[i].type;
		hu_put_lock(path->to, &wait);
	}
	hu_put_snapshot(path->to, &snap);
}

static void end_path(struct hu_pasted_path *path)
{
	/* A function and one arrow may be anything: "a => b". */
	if (path->steps >= 3)
		put_path(path);
	path->steps = 0;
	path->leaf_first = false;
}

/* "a => b => c" in one line. Its steps in step[]; how many, 0 if it is something else. */
static int steps_of(struct hu_str line, struct hu_pasted_step step[LINE_STEPS], bool *leaf_first)
{
	bool back = false;
	int steps = 0, underscored = 0;

	if (line.len > 4096)
		return 0;
	while (line.len && steps < LINE_STEPS) {
		size_t n = 0, width = 0;
		while (n < line.len && !width)
			if (!(n && line.at[n - 1] == ' ') ||
			    !(width = arrow(hu_str_skip(line, n), &back)))
				n++;
		struct hu_str one = hu_str_trim((struct hu_str){line.at, n});
		/* Before the path there may be words: "the slow one is ovl_mount => …". */
		if (!steps) {
			const char *blank = memrchr(one.at ? one.at : "", ' ', one.len);
			/* perf sched timehist ends its rows with such a path. */
			for (size_t i = 0; blank && i < (size_t)(blank - one.at); i++)
				if (is_digit(one.at[i]))
					return 0;
			if (blank)
				one = hu_str_skip(one, (size_t)(blank - one.at) + 1);
			while (one.len && !is_ident(one.at[0]))
				one = hu_str_skip(one, 1);
			*leaf_first = back;
		}
		if (!step_of(one, &step[steps]) || (width && back != *leaf_first))
			return 0;
		/* Names of the kernel have a "_" more often than not; words of prose never. */
		underscored += strchr(step[steps++].function, '_') != NULL;
		line = hu_str_skip(line, n + width);
	}
	return steps >= 3 && underscored * 2 >= steps ? steps : 0;
}

bool hu_pasted_path_line(struct hu_str line)
{
	struct hu_pasted_step step[LINE_STEPS] HU_UNSET;
	bool leaf_first;

	return steps_of(line, step, &leaf_first) > 0;
}

static bool take_one_line(struct hu_pasted_path *path, struct hu_str line, uint64_t pos)
{
	struct hu_pasted_step step[LINE_STEPS];
	bool leaf_first;
	int steps = steps_of(line, step, &leaf_first);

	if (!steps)
		return false;
	for (int i = 0; i < steps; i++) {
		path->step[i] = step[i];
		path->step[i].pos = pos;
	}
	path->steps = steps;
	path->leaf_first = leaf_first;
	end_path(path);
	return true;
}

bool hu_pasted_path_take(struct hu_pasted_path *path, struct hu_str line, uint64_t pos)
{
	struct hu_pasted_step step;
	struct hu_str text = hu_str_trim(line);
	bool back = false;
	size_t width = arrow(text, &back);

	if (width && path->steps && step_of(hu_str_skip(text, width), &step) &&
	    (path->steps == 1 || back == path->leaf_first)) {
		step.pos = pos;
		path->leaf_first = back;
		if (path->steps < HU_PASTED_STEPS)
			path->step[path->steps++] = step;
		return true;
	}
	end_path(path);
	if (take_one_line(path, text, pos))
		return true;
	/* A function alone may be where a path begins. */
	if (!width && step_of(text, &step)) {
		step.pos = pos;
		path->step[0] = step;
		path->steps = 1;
	}
	return false;
}

bool hu_pasted_arrows_take(struct hu_pasted_arrows *a, struct hu_str line)
{
	struct hu_pasted_step step;
	struct hu_str text = hu_str_trim(line);
	bool back = false;
	size_t width = arrow(text, &back), column = text.len ? (size_t)(text.at - line.at) : 0;

	if (!width || !a->base || !step_of(hu_str_skip(text, width), &step)) {
		*a = (struct hu_pasted_arrows){.base = !width && step_of(text, &step)};
		return false;
	}
	a->moved |= a->arrows && column > a->column;
	a->column = column;
	return ++a->arrows >= 2 && a->moved;
}
