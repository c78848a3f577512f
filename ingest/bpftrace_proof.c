/*
 * Scripts of some dozen lines, read for two questions alone. A script is not executed and not fully
 * parsed: where its shape is not one of the few that are understood, the answer is "unknown".
 */
#include "ingest/bpftrace_script.h"

#include <ctype.h>
#include <string.h>

enum { NAME_MAX_LEN = 64 };

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Comments become blanks, and so do the insides of strings; what is left has the same length. */
static void bare(struct hu_str s, struct hu_out *to)
{
	enum { CODE, LINE, BLOCK, TEXT } in = CODE;

	hu_out_clear(to);
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i], next = i + 1 < s.len ? s.at[i + 1] : 0;
		bool blank = in != CODE;
		if (in == CODE && c == '/' && next == '/' && (!i || s.at[i - 1] != ':')) {
			in = LINE;
			blank = true;
		} else if (in == CODE && c == '/' && next == '*') {
			in = BLOCK;
			blank = true;
		} else if (in == CODE && c == '#' && (!i || s.at[i - 1] == '\n')) {
			in = LINE;
			blank = true;
		} else if (in == CODE && c == '"') {
			in = TEXT;
		} else if (in == LINE && c == '\n') {
			in = CODE;
		} else if (in == BLOCK && c == '/' && i && s.at[i - 1] == '*') {
			in = CODE;
		} else if (in == TEXT && c == '\\') {
			hu_out_putc(to, ' ');
			i++;
		} else if (in == TEXT && (c == '"' || c == '\n')) {
			in = CODE;
			blank = false;
		}
		if (i < s.len)
			hu_out_putc(to, blank && c != '\n' ? ' ' : c);
	}
}

struct block {
	struct hu_str probes, filter, body;
};

/* The next "probes /filter/ { body }" of a bare script. */
static bool next_block(struct hu_str *s, struct block *ret)
{
	size_t open = 0, depth = 0, i;

	while (open < s->len && s->at[open] != '{')
		open++;
	if (open == s->len)
		return false;
	for (i = open; i < s->len; i++) {
		if (s->at[i] == '{')
			depth++;
		else if (s->at[i] == '}' && !--depth)
			break;
	}
	struct hu_str spec = hu_str_trim((struct hu_str){s->at, open});
	size_t slash = 0;
	while (slash < spec.len &&
	       !(spec.at[slash] == '/' && slash && isspace((unsigned char)spec.at[slash - 1])))
		slash++;
	ret->probes = (struct hu_str){spec.at, slash};
	ret->filter = hu_str_skip(spec, slash);
	ret->body = (struct hu_str){s->at + open, i - open};
	*s = hu_str_skip(*s, i + 1);
	return true;
}

enum side { SIDE_NONE, SIDE_ENTRY, SIDE_RETURN };

/* Whether a probe is on a lock function of this kind, and on which side of it. */
static enum side side_of(struct hu_str probes, bool (*kind)(struct hu_str function))
{
	static const struct {
		const char *provider;
		enum side side;
	} providers[] = {
		{"kprobe", SIDE_ENTRY}, {"k", SIDE_ENTRY},	   {"kfunc", SIDE_ENTRY},
		{"f", SIDE_ENTRY},	{"fentry", SIDE_ENTRY},	   {"kretprobe", SIDE_RETURN},
		{"kr", SIDE_RETURN},	{"kretfunc", SIDE_RETURN}, {"fr", SIDE_RETURN},
		{"fexit", SIDE_RETURN},
	};

	while (probes.len) {
		struct hu_str one = hu_str_trim(hu_str_split(&probes, ','));
		struct hu_str provider = hu_str_split(&one, ':');
		/* kfunc:vmlinux:up_read */
		while (hu_str_find(one, ":") >= 0)
			hu_str_split(&one, ':');
		for (size_t i = 0; i < sizeof(providers) / sizeof(providers[0]); i++)
			if (hu_str_is(provider, providers[i].provider) && kind(one))
				return providers[i].side;
	}
	return SIDE_NONE;
}

static bool tries(struct hu_str function)
{
	return hu_str_find(function, "trylock") >= 0;
}

static bool releases(struct hu_str function)
{
	return hu_str_is(function, "up_read") || hu_str_is(function, "up_write") ||
	       hu_str_is(function, "up") || hu_str_is(function, "__up_read") ||
	       hu_str_is(function, "__up_write") || hu_str_find(function, "unlock") >= 0;
}

/* `word` as a whole word of s, from `from` on; -1 if it is not there. */
static ptrdiff_t find_word(struct hu_str s, const char *word, size_t from)
{
	size_t n = strlen(word);

	while (from < s.len) {
		ptrdiff_t hit = hu_str_find(hu_str_skip(s, from), word);
		if (hit < 0)
			return -1;
		size_t at = from + (size_t)hit;
		if ((!at || !is_word(s.at[at - 1])) && (at + n == s.len || !is_word(s.at[at + n])))
			return (ptrdiff_t)at;
		from = at + n;
	}
	return -1;
}

static bool has_word(struct hu_str s, const char *word)
{
	return find_word(s, word, 0) >= 0;
}

/* "@start[tid] = nsecs": the script's clock begins in this block. */
static bool starts_clock(struct hu_str body)
{
	for (ptrdiff_t at = find_word(body, "nsecs", 0); at >= 0;
	     at = find_word(body, "nsecs", (size_t)at + 5)) {
		size_t i = (size_t)at;
		while (i && isspace((unsigned char)body.at[i - 1]))
			i--;
		if (i < 2 || body.at[i - 1] != '=' || strchr("=!<>+-", body.at[i - 2]))
			continue;
		while (i && body.at[i - 1] != ';' && body.at[i - 1] != '{' && body.at[i - 1] != '@')
			i--;
		if (i && body.at[i - 1] == '@')
			return true;
	}
	return false;
}

/* The first argument is compared, or is (part of) a map's key. */
static bool compares_argument(struct hu_str s)
{
	static const char *const names[] = {"arg0", "args"};

	for (size_t k = 0; k < 2; k++) {
		for (ptrdiff_t hit = find_word(s, names[k], 0); hit >= 0;
		     hit = find_word(s, names[k], (size_t)hit + 4)) {
			size_t from = (size_t)hit, to = from + 4;
			while (to < s.len && (is_word(s.at[to]) || strchr(".->", s.at[to])))
				to++;
			while (to < s.len && isspace((unsigned char)s.at[to]))
				to++;
			if (to + 1 < s.len && (s.at[to] == '=' || s.at[to] == '!') &&
			    s.at[to + 1] == '=')
				return true;
			if (to < s.len && (s.at[to] == ']' || s.at[to] == ',')) {
				while (from && !strchr("[(;{}", s.at[from - 1]))
					from--;
				if (from && s.at[from - 1] == '[')
					return true;
			}
			from = (size_t)hit;
			while (from &&
			       (isspace((unsigned char)s.at[from - 1]) || s.at[from - 1] == '('))
				from--;
			if (from > 1 && s.at[from - 1] == '=' &&
			    (s.at[from - 2] == '=' || s.at[from - 2] == '!'))
				return true;
		}
	}
	return false;
}

/* Whether `user` reads a map that `maker` assigns. */
static bool shares_map(struct hu_str maker, struct hu_str user)
{
	for (size_t i = 0; i < maker.len; i++) {
		char name[NAME_MAX_LEN];
		size_t n = 0;
		if (maker.at[i] != '@')
			continue;
		while (i + n < maker.len && n < sizeof(name) - 1 &&
		       (!n || is_word(maker.at[i + n]))) {
			name[n] = maker.at[i + n];
			n++;
		}
		name[n] = '\0';
		size_t to = i + n;
		if (to < maker.len && maker.at[to] == '[')
			while (to < maker.len && maker.at[to - 1] != ']')
				to++;
		while (to < maker.len && isspace((unsigned char)maker.at[to]))
			to++;
		if (to + 1 < maker.len && maker.at[to] == '=' && maker.at[to + 1] != '=' &&
		    hu_str_find(user, name) >= 0)
			return true;
	}
	return false;
}

/* The name in kaddr("…"), if all of them say the same. */
static struct hu_str lock_name(struct hu_str script)
{
	struct hu_str name = {0};

	for (size_t i = 0;;) {
		ptrdiff_t hit = hu_str_find(hu_str_skip(script, i), "kaddr(\"");
		if (hit < 0)
			return name;
		i += (size_t)hit + 7;
		struct hu_str rest = hu_str_skip(script, i);
		struct hu_str one = hu_str_split(&rest, '"');
		for (size_t k = 0; k < one.len; k++)
			if (!is_word(one.at[k]))
				return (struct hu_str){0};
		if (name.len && !hu_str_eq(name, one))
			return (struct hu_str){0};
		name = one;
	}
}

struct found {
	int entry, ret;	   /* blocks on either side */
	bool entry_starts; /* the clock begins at the entry */
	bool ret_checks, ret_starts, ret_undoes;
};

static enum hu_proof checks_result(const struct found *try)
{
	if (!try->entry && !try->ret)
		return HU_PROOF_ABSENT;
	if (try->ret_checks && try->ret_starts && !try->entry_starts)
		return HU_PROOF_YES;
	if (try->ret_checks && try->entry_starts && try->ret_undoes)
		return HU_PROOF_YES;
	if (!try->ret_checks && (try->entry_starts || try->ret_starts))
		return HU_PROOF_NO;
	return HU_PROOF_UNKNOWN;
}

static enum hu_proof both(enum hu_proof a, enum hu_proof b)
{
	return a == HU_PROOF_ABSENT || a == b ? b : HU_PROOF_UNKNOWN;
}

void hu_bpftrace_script_prove(struct hu_str script, struct hu_bpftrace_proofs *ret)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out code = {0};
	struct found try = {0};
	struct block block, matched = {0};
	enum hu_proof at_entry = HU_PROOF_ABSENT, at_return = HU_PROOF_ABSENT;

	bare(script, &code);
	struct hu_str rest = hu_out_view(&code);
	while (next_block(&rest, &block)) {
		enum side side = side_of(block.probes, tries);
		bool retval = has_word(block.body, "retval") || has_word(block.filter, "retval");
		try.entry += side == SIDE_ENTRY;
		try.ret += side == SIDE_RETURN;
		try.entry_starts |= side == SIDE_ENTRY && starts_clock(block.body);
		if (side == SIDE_RETURN) {
			try.ret_starts |= starts_clock(block.body);
			try.ret_checks |= retval;
			try.ret_undoes |= hu_str_find(block.body, "delete(") >= 0;
		}
		if (side_of(block.probes, releases) == SIDE_ENTRY) {
			bool yes = compares_argument(block.filter) || compares_argument(block.body);
			bool sees = has_word(block.filter, "arg0") ||
				    has_word(block.body, "arg0") || has_word(block.body, "args");
			at_entry = both(at_entry, yes	 ? HU_PROOF_YES
						  : sees ? HU_PROOF_UNKNOWN
							 : HU_PROOF_NO);
			if (yes)
				matched = block;
		}
	}
	/* An argument is gone when the function returns: a return probe knows the lock only if an
	 * entry probe left it a mark. */
	rest = hu_out_view(&code);
	while (next_block(&rest, &block)) {
		if (side_of(block.probes, releases) != SIDE_RETURN)
			continue;
		enum hu_proof proof = HU_PROOF_NO;
		if (matched.body.len)
			proof = shares_map(matched.body, block.filter) ||
						shares_map(matched.body, block.body)
					? HU_PROOF_YES
					: HU_PROOF_UNKNOWN;
		else if (has_word(block.body, "args") || has_word(block.filter, "args"))
			proof = HU_PROOF_UNKNOWN; /* fexit sees the arguments */
		at_return = both(at_return, proof);
	}
	ret->checks_result = checks_result(&try);
	ret->matches_address = at_return != HU_PROOF_ABSENT ? at_return : at_entry;
	ret->lock = lock_name(script);
}
