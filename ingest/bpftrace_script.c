/*
 * Finds bpftrace scripts in a text that comes line by line: in a file of their own, above the
 * output that they printed, inside an article, or as `bpftrace -e '…'` in somebody's shell.
 */
#include "ingest/bpftrace_script.h"

#include <string.h>

enum { SCRIPT_MAX = 256 << 10 };

static bool probe_line(struct hu_str s)
{
	static const char *const providers[] = {
		"kprobe:",     "kretprobe:",	 "kfunc:",  "kretfunc:",  "fentry:",	 "fexit:",
		"tracepoint:", "rawtracepoint:", "uprobe:", "uretprobe:", "interval:",	 "profile:",
		"software:",   "hardware:",	 "usdt:",   "iter:",	  "watchpoint:", NULL,
	};

	for (const char *const *p = providers; *p; p++)
		if (hu_str_starts(s, *p) && s.len > strlen(*p) && s.at[strlen(*p)] != ' ')
			return true;
	for (int i = 0; i < 2; i++) {
		const char *word = i ? "END" : "BEGIN";
		if (!hu_str_starts(s, word))
			continue;
		struct hu_str rest = hu_str_trim(hu_str_skip(s, strlen(word)));
		if (!rest.len || rest.at[0] == '{')
			return true;
	}
	return false;
}

bool hu_bpftrace_script_begins(struct hu_str line)
{
	return (hu_str_starts(line, "#!") && hu_str_find(line, "bpftrace") >= 0) ||
	       probe_line(line);
}

void hu_bpftrace_script_deinit(struct hu_bpftrace_script *s)
{
	hu_out_deinit(&s->text);
	hu_out_deinit(&s->proof_text);
}

static void close_script(struct hu_bpftrace_script *s)
{
	struct hu_bpftrace_proofs proofs;

	s->open = false;
	if (!s->block)
		return;
	s->count++;
	hu_bpftrace_script_prove(hu_out_view(&s->text), &proofs);
	if (s->proof_pos || (!proofs.checks_result && !proofs.matches_address))
		return;
	hu_out_str(&s->proof_text, hu_out_view(&s->text));
	hu_bpftrace_script_prove(hu_out_view(&s->proof_text), &s->proofs);
	s->proof_pos = s->pos;
}

/* Counts the braces of a line, outside of strings and comments. */
static void count_braces(struct hu_bpftrace_script *s, struct hu_str line)
{
	bool text = false;

	for (size_t i = 0; i < line.len; i++) {
		char c = line.at[i], next = i + 1 < line.len ? line.at[i + 1] : 0;
		if (s->comment) {
			if (c == '*' && next == '/')
				s->comment = false;
		} else if (text) {
			if (c == '\\')
				i++;
			else if (c == '"')
				text = false;
		} else if (c == '"') {
			text = true;
		} else if (c == '/' && next == '*') {
			s->comment = true;
		} else if (c == '/' && next == '/' && (!i || line.at[i - 1] != ':')) {
			return;
		} else if (c == '{') {
			s->depth++;
			s->block = true;
		} else if (c == '}' && s->depth) {
			s->depth--;
		}
	}
}

/* At depth 0: may this line still be of the script? */
static bool goes_on(struct hu_str line)
{
	struct hu_str s = hu_str_trim(line);

	return !s.len || s.at[0] == '{' || s.at[0] == '/' || s.at[0] == '#' || s.at[0] == '*' ||
	       hu_str_is(s, "}") || probe_line(s) || hu_str_starts(s, "struct ") ||
	       hu_str_ends(s, ",");
}

static void add_line(struct hu_bpftrace_script *s, struct hu_str line)
{
	if (s->text.len + line.len < SCRIPT_MAX) {
		hu_out_str(&s->text, line);
		hu_out_putc(&s->text, '\n');
	}
	count_braces(s, line);
}

/* bpftrace -e '…', whose program may go on over more lines. */
static bool take_one_liner(struct hu_bpftrace_script *s, struct hu_str line, uint64_t pos)
{
	ptrdiff_t tool = hu_str_find(line, "bpftrace"), e;

	if (tool < 0)
		return false;
	line = hu_str_skip(line, (size_t)tool);
	e = hu_str_find(line, " -e '");
	if (e < 0)
		return false;
	line = hu_str_skip(line, (size_t)e + 5);
	struct hu_str rest = line, program = hu_str_split(&rest, '\'');
	s->open = true;
	s->quoted = program.len == line.len;
	s->comment = s->block = false;
	s->depth = 0;
	s->pos = pos;
	hu_out_clear(&s->text);
	add_line(s, program);
	if (!s->quoted)
		close_script(s);
	return true;
}

bool hu_bpftrace_script_take(struct hu_bpftrace_script *s, struct hu_str line, uint64_t pos)
{
	if (s->open) {
		struct hu_str rest = line, program = hu_str_split(&rest, '\'');
		bool fence = hu_str_starts(hu_str_trim(line), "```") ||
			     hu_str_starts(line, "Attaching ");
		if (s->quoted && !fence) {
			add_line(s, program);
			if (program.len < line.len)
				close_script(s);
			return true;
		}
		if (!fence && (s->depth || s->comment || goes_on(line))) {
			add_line(s, line);
			return true;
		}
		close_script(s);
	}
	struct hu_str text = hu_str_trim(line);
	if (!hu_bpftrace_script_begins(text))
		return take_one_liner(s, line, pos);
	s->open = true;
	s->quoted = s->comment = s->block = false;
	s->depth = 0;
	s->pos = pos;
	hu_out_clear(&s->text);
	add_line(s, line);
	return true;
}

static void put_proof(struct hu_sink *to, const char *key, enum hu_proof proof)
{
	static const char *const words[] = {NULL, "unknown", "no", "yes"};

	if (words[proof])
		hu_put_fact(to, key, hu_str(words[proof]));
}

void hu_bpftrace_script_end(struct hu_bpftrace_script *s, struct hu_sink *to)
{
	if (s->open)
		close_script(s);
	if (s->count)
		hu_put_event_count(to, hu_str("bpftrace script"), s->count, true);
	if (!s->proof_pos)
		return;
	HU_CLEANUP(hu_out_deinit) struct hu_out line = {0};
	hu_out_printf(&line, "%llu", (unsigned long long)s->proof_pos);
	hu_put_fact(to, "script.line", hu_out_view(&line));
	put_proof(to, "script.checks_trylock_result", s->proofs.checks_result);
	put_proof(to, "script.matches_release_address", s->proofs.matches_address);
	if (s->proofs.lock.len)
		hu_put_fact(to, "script.lock", s->proofs.lock);
}
