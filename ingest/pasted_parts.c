/*
 * Small hand-written scanners, one per kind of evidence. Each is narrow: what is not surely
 * evidence stays prose.
 */
#include "ingest/pasted_parts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool is_ident(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Call paths ------------------------------------------------------------------------------------
 */

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

/* "a => b => c" in one line. */
static bool take_one_line(struct hu_pasted_path *path, struct hu_str line, uint64_t pos)
{
	struct hu_pasted_step step[HU_PASTED_STEPS / 4];
	int steps = 0;
	bool back = false, direction = false;

	if (line.len > 4096)
		return false;
	while (line.len && steps < HU_PASTED_STEPS / 4) {
		size_t n = 0, width = 0;
		while (n < line.len &&
		       !(width = (n && line.at[n - 1] == ' ') ? arrow(hu_str_skip(line, n), &back)
							      : 0))
			n++;
		struct hu_str one = {line.at, n};
		/* The words before the path and behind it are prose; the path is what is between.
		 */
		one = hu_str_trim(one);
		if (!steps) {
			const char *colon = memrchr(one.at, ' ', one.len);
			if (colon)
				one = hu_str_skip(one, (size_t)(colon - one.at) + 1);
			while (one.len && !is_ident(one.at[0]))
				one = hu_str_skip(one, 1);
		}
		if (!step_of(one, &step[steps]))
			return false;
		/* A word of prose is no function: names in the kernel's stacks have a "_" as a
		 * rule. */
		step[steps++].pos = pos;
		line = hu_str_skip(line, n + width);
		if (steps == 1)
			direction = back;
		else if (width && back != direction)
			return false;
	}
	int underscored = 0;
	for (int i = 0; i < steps; i++)
		underscored += strchr(step[i].function, '_') != NULL;
	if (steps < 3 || underscored * 2 < steps)
		return false;
	end_path(path);
	memcpy(path->step, step, sizeof(*step) * (size_t)steps);
	path->steps = steps;
	path->leaf_first = direction;
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

/* Kernel versions -------------------------------------------------------------------------------
 */

/* "5.4", "5.4.251", "6.1.0-rc3", "5.4.0-150-generic" at the start of s; its parts in *numbers. */
static size_t version_len(struct hu_str s, int *numbers, bool *flavoured)
{
	size_t i = 0;
	uint64_t major = 0;

	*numbers = 0;
	*flavoured = false;
	while (i < s.len && is_digit(s.at[i])) {
		size_t from = i;
		while (i < s.len && is_digit(s.at[i]))
			i++;
		if (i - from > 4)
			return 0;
		if (!(*numbers)++)
			hu_str_u64((struct hu_str){s.at + from, i - from}, 10, &major);
		if (*numbers == 3 || i + 1 >= s.len || s.at[i] != '.' || !is_digit(s.at[i + 1]))
			break;
		i++;
	}
	if (*numbers < 2 || major < 2 || major > 15)
		return 0;
	if (i + 1 < s.len && (s.at[i] == '-' || s.at[i] == '+') && is_ident(s.at[i + 1])) {
		while (i < s.len && (is_ident(s.at[i]) || strchr("-.+~", s.at[i])))
			i++;
		while (strchr("-.+~", s.at[i - 1]))
			i--;
		*flavoured = true;
	}
	return i;
}

/* Sentences about where a fix landed name kernels that nobody ran. */
static bool about_a_fix(struct hu_str line)
{
	static const char *const words[] = {
		"fix",	 "merge",    "upstream", "mainline",
		"since", "backport", "patch",	 "Fix",
		"Merge", "landed",   "until",	 "before",
		"after", "later",    "upgrade",	 "\xe5\x90\x88\xe5\x85\xa5",
		"newer", "older",    NULL,
	};

	for (const char *const *w = words; *w; w++)
		if (hu_str_find(line, *w) >= 0)
			return true;
	return false;
}

static bool known_flavour(struct hu_str release)
{
	static const char *const parts[] = {
		"generic", "amd64", ".el7",  ".el8",	".el9",	      ".el1",	".fc",	   "azure",
		"-aws",	   "-gcp",  "cloud", "default", "lts",	      "x86_64", "aarch64", "arm64",
		".amzn",   ".an",   ".oe",   ".tl",	"lowlatency", "oracle", "uek",	   NULL,
	};

	for (const char *const *p = parts; *p; p++)
		if (hu_str_find(release, *p) >= 0)
			return true;
	return false;
}

static void state(struct hu_pasted_kernel *k, int rank, struct hu_str release, const char *how,
		  uint64_t pos)
{
	k->seen++;
	if (rank < k->rank)
		return;
	if (rank == k->rank) {
		if (!hu_str_eq(release, hu_out_view(&k->release)) && !k->conflict) {
			k->conflict = true;
			hu_out_str(&k->other, release);
		}
		return;
	}
	k->rank = rank;
	k->pos = pos;
	k->conflict = false;
	hu_out_clear(&k->release);
	hu_out_clear(&k->other);
	hu_out_str(&k->release, release);
	hu_out_clear(&k->how);
	hu_out_puts(&k->how, how);
}

enum { RANK_LINK = 1, RANK_WORDS, RANK_UNAME };

/* Every "word VERSION" of the line, and every flavoured version alone. */
static void versions_of(struct hu_pasted_kernel *k, struct hu_str line, uint64_t pos)
{
	bool fix = about_a_fix(line);

	for (size_t i = 0; i < line.len; i++) {
		int numbers;
		bool flavoured;
		if (!is_digit(line.at[i]) ||
		    (i && (is_ident(line.at[i - 1]) || strchr(".-/@=~", line.at[i - 1])) &&
		     !(line.at[i - 1] == 'v' && (i == 1 || !is_ident(line.at[i - 2])))))
			continue;
		size_t n = version_len(hu_str_skip(line, i), &numbers, &flavoured);
		if (!n) {
			while (i < line.len && (is_ident(line.at[i]) || line.at[i] == '.'))
				i++;
			continue;
		}
		struct hu_str release = {line.at + i, n};
		struct hu_str before = hu_str_trim((struct hu_str){line.at, i});
		if (hu_str_ends(before, " v") || hu_str_is(before, "v"))
			before = hu_str_trim((struct hu_str){before.at, before.len - 1});
		if (hu_str_ends(before, "version"))
			before = hu_str_trim((struct hu_str){before.at, before.len - 7});
		while (before.len && strchr(":=", before.at[before.len - 1]))
			before = hu_str_trim((struct hu_str){before.at, before.len - 1});
		bool named = hu_str_ends(before, "Linux") || hu_str_ends(before, "linux") ||
			     hu_str_ends(before, "kernel") || hu_str_ends(before, "Kernel") ||
			     hu_str_ends(before, "uname -r") ||
			     hu_str_ends(before, "\xe5\x86\x85\xe6\xa0\xb8");
		if (flavoured && numbers == 3 && (named || known_flavour(release)) && !fix)
			state(k, RANK_UNAME, release, "stated in text", pos);
		else if (named && numbers == 3 && !fix)
			state(k, RANK_WORDS, release, "stated in text", pos);
		i += n;
	}
}

void hu_pasted_kernel_deinit(struct hu_pasted_kernel *k)
{
	hu_out_deinit(&k->release);
	hu_out_deinit(&k->how);
	hu_out_deinit(&k->other);
}

void hu_pasted_kernel_take(struct hu_pasted_kernel *k, struct hu_str line, uint64_t pos)
{
	if (line.len > 65536)
		line.len = 65536;
	/* A link into the source of one release: elixir.bootlin.com/linux/v5.4.251/source/… */
	struct hu_str rest = line;
	for (ptrdiff_t at; (at = hu_str_find(rest, "linux/v")) >= 0;) {
		int numbers;
		bool flavoured;
		rest = hu_str_skip(rest, (size_t)at + 7);
		size_t n = version_len(rest, &numbers, &flavoured);
		if (n && n < rest.len && rest.at[n] == '/' && numbers >= 2)
			state(k, RANK_LINK, (struct hu_str){rest.at, n},
			      "stated in text: a link to the source of this release", pos);
	}
	versions_of(k, line, pos);
}

void hu_pasted_kernel_end(struct hu_pasted_kernel *k, struct hu_sink *to)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out how = {0};

	if (!k->rank)
		return;
	if (k->conflict) {
		hu_out_printf(&how, "the text names several kernels: %s, %s", k->release.at,
			      k->other.at);
		hu_put_fact(to, "kernel.release.how", hu_out_view(&how));
		return;
	}
	hu_out_printf(&how, "%s, line %llu", k->how.at, (unsigned long long)k->pos);
	hu_put_fact(to, "kernel.release", hu_out_view(&k->release));
	hu_put_fact(to, "kernel.release.how", hu_out_view(&how));
}

bool hu_pasted_kernel_only(struct hu_str text)
{
	struct hu_str line;
	bool stated = false;
	int lines = 0;

	while (hu_str_line(&text, &line)) {
		int numbers;
		bool flavoured;
		line = hu_str_trim(line);
		if (!line.len)
			continue;
		if (++lines > 2)
			return false;
		static const char *const words[] = {
			"Linux ", "Kernel: ", "kernel: ", "Kernel ", "kernel ", NULL};
		for (const char *const *w = words; *w; w++) {
			if (!hu_str_starts(line, *w))
				continue;
			struct hu_str rest = hu_str_trim(hu_str_skip(line, strlen(*w)));
			size_t n = version_len(rest, &numbers, &flavoured);
			rest = hu_str_skip(rest, n);
			/* "Linux 6.1.0 (host) 11/22/26 _x86_64_ (2 CPU)" is sar's banner. */
			stated |= n && numbers == 3 && (!rest.len || rest.at[0] == '.') &&
				  rest.len < 2;
		}
	}
	return stated;
}

/* Tables and commands ---------------------------------------------------------------------------
 */

bool hu_pasted_sar_header(struct hu_str line)
{
	static const char *const columns[] = {
		"pgpgin/s", "pgscank/s", "kbmemfree", "pswpin/s",
		"%iowait",  "runq-sz",	 "pgsteal/s", NULL,
	};
	int known = 0, rates = 0;

	for (int i = 0; i < 32; i++) {
		struct hu_str word = hu_str_word(&line);
		if (!word.len)
			break;
		rates += hu_str_ends(word, "/s") || hu_str_starts(word, "%") ||
			 hu_str_starts(word, "kb");
		for (const char *const *c = columns; *c; c++)
			known += hu_str_is(word, *c);
	}
	return known && rates >= 3;
}

bool hu_pasted_funcslower(struct hu_str line)
{
	line = hu_str_trim(line);
	if (hu_str_starts(line, "$ ") || hu_str_starts(line, "# "))
		line = hu_str_skip(line, 2);
	struct hu_str tool = hu_str_word(&line);
	if (hu_str_is(tool, "sudo"))
		tool = hu_str_word(&line);
	while (memchr(tool.at ? tool.at : "", '/', tool.len))
		hu_str_split(&tool, '/');
	if (!hu_str_is(tool, "funcslower") && !hu_str_is(tool, "funcslower-bpfcc") &&
	    !hu_str_is(tool, "funcslower.py"))
		return false;
	/* A command has a function to look at; "funcslower is a tool" is prose. */
	struct hu_str first = hu_str_word(&line);
	return first.len && (first.at[0] == '-' || memchr(first.at, '_', first.len));
}
