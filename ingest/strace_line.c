/*
 * One line of strace's text (printing in its src/strace.c, src/syscall.c). A capture has thousands
 * to millions of them; each byte is looked at a few times at most.
 *
 *   457   1795309767.357988 mount("overlay", "/m0", "overlay", 0, "lowerdir="...) = 0 <0.001274>
 *   [pid 31660<sh>] 06:50:52.608247 (+     0.000004) close(3</etc/passwd>) = 0
 */
#include "ingest/strace_line.h"
#include "ingest/errname.h"
#include "ingest/walltime.h"

#include <ctype.h>
#include <string.h>

enum { PID_MAX = 4194304 }; /* PID_MAX_LIMIT, include/linux/threads.h */

static size_t digits(struct hu_str s)
{
	size_t n = 0;

	while (n < s.len && isdigit((unsigned char)s.at[n]))
		n++;
	return n;
}

static struct hu_str unblanked(struct hu_str s)
{
	while (s.len && (s.at[0] == ' ' || s.at[0] == '\t'))
		s = hu_str_skip(s, 1);
	return s;
}

/* "31660", "31660<sh>" at the start of *s. */
static bool task(struct hu_str *s, struct hu_strace_line *line)
{
	size_t n = digits(*s);
	uint64_t pid;

	if (!n || n > 7 || !hu_str_u64((struct hu_str){s->at, n}, 10, &pid) || pid > PID_MAX)
		return false;
	struct hu_str rest = hu_str_skip(*s, n), comm = {0};
	if (hu_str_starts(rest, "<")) {
		const char *end = memchr(rest.at, '>', rest.len);
		if (!end)
			return false;
		comm = (struct hu_str){rest.at + 1, (size_t)(end - rest.at) - 1};
		rest = hu_str_skip(rest, comm.len + 2);
	}
	if (!rest.len || (rest.at[0] != ' ' && rest.at[0] != ']'))
		return false;
	line->tid = (int32_t)pid;
	line->comm = comm;
	*s = rest;
	return true;
}

/* "1795309767.357988", "06:50:52.608247", "0.000369", and what -r puts behind the first two. */
static bool stamp(struct hu_str *s, struct hu_strace_line *line)
{
	size_t n = 0;

	while (n < s->len &&
	       (isdigit((unsigned char)s->at[n]) || s->at[n] == '.' || s->at[n] == ':'))
		n++;
	struct hu_str text = {s->at, n}, rest = hu_str_skip(*s, n);
	if (!n || n > 30 || !rest.len || rest.at[0] != ' ')
		return false;
	if (memchr(text.at, ':', n)) {
		if (!hu_wall_clock(text, &line->stamp))
			return false;
		line->clock = 'd';
	} else {
		size_t whole = digits(text);
		if (!hu_str_fixed(text, 9, &line->stamp) || (whole == n && whole < 9))
			return false;
		line->clock = whole >= 9 ? 'e' : 'r';
	}
	rest = unblanked(rest);
	if (hu_str_starts(rest, "(+")) {
		ptrdiff_t end = hu_str_find(rest, ") ");
		if (end < 0 || end > 30)
			return false;
		rest = unblanked(hu_str_skip(rest, (size_t)end + 2));
	}
	*s = rest;
	return true;
}

static bool is_name(char c)
{
	return islower((unsigned char)c) || isdigit((unsigned char)c) || c == '_' || c == '?';
}

/*
 * Where the arguments end: at the bracket that closes them, strings and brackets inside skipped.
 * Descriptors may be decorated ("3</a (b>"), so what does not add up is looked for from the end.
 */
static ptrdiff_t arguments_end(struct hu_str s)
{
	int depth = 1;
	bool text = false;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		if (text) {
			if (c == '\\')
				i++;
			else if (c == '"')
				text = false;
		} else if (c == '"') {
			text = true;
		} else if (strchr("([{", c)) {
			depth++;
		} else if (strchr(")]}", c) && !--depth) {
			struct hu_str after = unblanked(hu_str_skip(s, i + 1));
			if (hu_str_starts(after, "= "))
				return (ptrdiff_t)i;
			depth = 1;
		}
	}
	for (size_t i = s.len; i-- > 0;)
		if (s.at[i] == ')' && hu_str_starts(unblanked(hu_str_skip(s, i + 1)), "= "))
			return (ptrdiff_t)i;
	return -1;
}

/* "= -1 ENOENT (No such file or directory) <0.000010>" */
static bool outcome(struct hu_str s, struct hu_strace_line *line)
{
	s = hu_str_trim(s);
	if (!hu_str_starts(s, "="))
		return false;
	s = hu_str_trim(hu_str_skip(s, 1));
	if (s.len > 3 && s.at[s.len - 1] == '>') {
		size_t from = s.len - 1;
		while (from && s.at[from - 1] != '<' && s.len - from < 32)
			from--;
		if (from && (from == 1 || s.at[from - 2] == ' ') &&
		    hu_str_fixed((struct hu_str){s.at + from, s.len - from - 1}, 9,
				 &line->duration) &&
		    line->duration >= 0)
			s = hu_str_trim((struct hu_str){s.at, from - 1});
		else
			line->duration = HU_OPEN;
	}
	struct hu_str word = hu_str_word(&s), number = word;
	if (!word.len)
		return false;
	const char *path = memchr(word.at, '<', word.len); /* "3</etc/passwd>" */
	if (path)
		number.len = (size_t)(path - word.at);
	uint64_t hex;
	if (hu_str_is(number, "-1")) {
		line->has_result = hu_errname_number(hu_str_word(&s), &line->result);
		if (!line->has_result) {
			line->has_result = true;
			line->result = -1;
		}
		line->is_error = true;
	} else if (hu_str_starts(number, "0x")) {
		line->has_result = hu_str_u64(number, 16, &hex);
		if (line->has_result)
			memcpy(&line->result, &hex, sizeof(hex));
	} else if (hu_str_is(number, "?")) {
		line->has_result = hu_errname_number(hu_str_word(&s), &line->result);
		line->is_error = line->has_result;
	} else {
		line->has_result = hu_str_i64(number, &line->result);
		if (!line->has_result)
			return false;
	}
	return true;
}

static bool unfinished(struct hu_str s, struct hu_strace_line *line)
{
	static const char *const ends[] = {"<unfinished ...>", "<detached ...>", NULL};

	for (const char *const *e = ends; *e; e++) {
		if (!hu_str_ends(s, *e))
			continue;
		line->arguments = hu_str_trim((struct hu_str){s.at, s.len - strlen(*e)});
		line->what = HU_STRACE_UNFINISHED;
		return true;
	}
	/* On standard error strace's own word comes in between. */
	ptrdiff_t talk = hu_str_find(s, "strace: Process ");
	if (talk < 0)
		return false;
	line->arguments = hu_str_trim((struct hu_str){s.at, (size_t)talk});
	line->what = HU_STRACE_UNFINISHED;
	return true;
}

static void resumed(struct hu_str s, struct hu_strace_line *line)
{
	s = hu_str_skip(s, 5);
	ptrdiff_t end = hu_str_find(s, " resumed>");
	if (end < 1 || end > 64)
		return;
	line->name = (struct hu_str){s.at, (size_t)end};
	s = hu_str_skip(s, (size_t)end + 9);
	end = arguments_end(s);
	if (end < 0 && !hu_str_ends(s, "= ?"))
		return;
	if (end >= 0) {
		line->arguments = hu_str_trim((struct hu_str){s.at, (size_t)end});
		if (!outcome(hu_str_skip(s, (size_t)end + 1), line))
			return;
	}
	line->what = HU_STRACE_RESUMED;
}

static void call(struct hu_str s, struct hu_strace_line *line)
{
	size_t n = 0;

	while (n < s.len && n < 64 && is_name(s.at[n]))
		n++;
	if (!n || n == s.len || s.at[n] != '(' || isdigit((unsigned char)s.at[0]))
		return;
	line->name = (struct hu_str){s.at, n};
	s = hu_str_skip(s, n + 1);
	if (unfinished(s, line))
		return;
	ptrdiff_t end = arguments_end(s);
	if (end < 0 || !outcome(hu_str_skip(s, (size_t)end + 1), line))
		return;
	line->arguments = (struct hu_str){s.at, (size_t)end};
	line->what = HU_STRACE_CALL;
}

void hu_strace_line_parse(struct hu_str s, struct hu_strace_line *line)
{
	*line = (struct hu_strace_line){.tid = HU_NONE, .stamp = HU_OPEN, .duration = HU_OPEN};
	if (hu_str_starts(s, " > ")) {
		line->what = HU_STRACE_FRAME;
		return;
	}
	if (hu_str_starts(s, "strace: ") || hu_str_starts(s, " <unfinished ...>") ||
	    hu_str_starts(s, "[ Process PID=") || hu_str_starts(s, "strace-")) {
		line->what = HU_STRACE_TALK;
		return;
	}
	bool padded = s.len && s.at[0] == ' ';
	s = unblanked(s);
	if (hu_str_starts(s, "[pid ")) {
		struct hu_str rest = unblanked(hu_str_skip(s, 5));
		if (!task(&rest, line) || !hu_str_starts(rest, "]"))
			return;
		s = unblanked(hu_str_skip(rest, 1));
	} else if (!padded && task(&s, line)) {
		s = unblanked(s);
	}
	stamp(&s, line);
	if (hu_str_starts(s, "<... ")) {
		resumed(s, line);
	} else if (hu_str_starts(s, "--- ") && hu_str_ends(s, " ---")) {
		line->what = HU_STRACE_SIGNAL;
	} else if (hu_str_starts(s, "+++ ") && hu_str_ends(s, " +++")) {
		line->what = HU_STRACE_GONE;
		line->rest = (struct hu_str){s.at + 4, s.len - 8};
	} else {
		call(s, line);
	}
}
