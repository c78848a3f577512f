/*
 * One frame of a stack as the kernel prints it ("%pB": symbol+offset/size [module build-id]).
 * Called for every line of a kernel log that may be one, so it gives up early.
 */
#include "ingest/kframe.h"

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Compilers add ".constprop.0", ".isra.1", ".cold"; assembler labels and Rust names have "$". */
static bool is_symbol(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.' || c == '$';
}

static size_t run(struct hu_str s, bool (*of)(char))
{
	size_t n = 0;

	while (n < s.len && of(s.at[n]))
		n++;
	return n;
}

/* Takes "[<ffffffff8160e4f9>]", "[<0>]", "[c0000000001b8d60]" off the front. */
static bool skip_address(struct hu_str *s)
{
	size_t i = 0;

	if (s->len && s->at[0] == '(') /* s390 puts its first frame in brackets */
		i++;
	if (i >= s->len || s->at[i++] != '[')
		return false;
	bool angle = i < s->len && s->at[i] == '<';
	i += angle;
	size_t digits = run(hu_str_skip(*s, i), is_hex);
	if (!digits || (!angle && digits < 8))
		return false;
	i += digits;
	if (angle && (i >= s->len || s->at[i++] != '>'))
		return false;
	if (i >= s->len || s->at[i++] != ']')
		return false;
	*s = hu_str_trim(hu_str_skip(*s, i));
	return true;
}

static bool hex_number(struct hu_str *s)
{
	if (!hu_str_starts(*s, "0x"))
		return false;
	size_t digits = run(hu_str_skip(*s, 2), is_hex);
	if (!digits || digits > 16)
		return false;
	*s = hu_str_skip(*s, 2 + digits);
	return true;
}

/* "(kernel/sched/core.c:6803 (discriminator 4))" */
static bool source_place(struct hu_str *s)
{
	ptrdiff_t colon = hu_str_find(*s, ":"), end = -1;

	if (!hu_str_starts(*s, "(") || colon < 2)
		return false;
	struct hu_str after = hu_str_skip(*s, (size_t)colon + 1);
	if (!after.len || after.at[0] < '0' || after.at[0] > '9')
		return false;
	for (size_t i = (size_t)colon; i < s->len; i++)
		if (s->at[i] == ')')
			end = (ptrdiff_t)i;
	if (end < 0)
		return false;
	*s = hu_str_skip(*s, (size_t)end + 1);
	return true;
}

/* "kernel/sched/core.c:6803", as syzbot's reports have it behind a frame. */
static bool bare_place(struct hu_str *s)
{
	struct hu_str rest = *s, word = hu_str_word(&rest), line;
	ptrdiff_t colon = hu_str_find(word, ":");
	uint64_t number;

	if (colon < 3 || word.at[0] == '(' ||
	    (word.at[colon - 2] != '.' && hu_str_find(word, "/") < 0))
		return false;
	line = hu_str_skip(word, (size_t)colon + 1);
	if (!hu_str_u64(line, 10, &number))
		return false;
	*s = hu_str_trim(rest);
	return true;
}

bool hu_kframe_parse(struct hu_str line, struct hu_kframe *ret)
{
	struct hu_kframe frame = {.reliable = true};
	struct hu_str s = hu_str_trim(line);
	bool addressed = false;

	while (skip_address(&s))
		addressed = true;
	if (hu_str_starts(s, "? ")) {
		frame.reliable = false;
		s = hu_str_trim(hu_str_skip(s, 2));
	}
	size_t n = run(s, is_symbol);
	if (!n)
		return false;
	frame.symbol = (struct hu_str){s.at, n};
	struct hu_str rest = hu_str_skip(s, n);
	if (hu_str_starts(rest, "+")) {
		rest = hu_str_skip(rest, 1);
		if (!hex_number(&rest) || !hu_str_starts(rest, "/"))
			return false;
		rest = hu_str_skip(rest, 1);
		if (!hex_number(&rest))
			return false;
	} else if (hu_str_starts(frame.symbol, "0x")) {
		uint64_t address;
		if (n < 10 || !hu_str_u64(frame.symbol, 16, &address))
			return false;
	} else {
		rest = hu_str_trim(rest);
		bool inlined = bare_place(&rest);
		if (inlined && !hu_str_is(rest, "[inline]"))
			return false;
		if (inlined)
			rest.len = 0;
		else if (!source_place(&rest) && (!addressed || rest.len))
			return false;
	}
	if (rest.len && rest.at[0] != ' ' && rest.at[0] != ')')
		return false;
	while ((rest = hu_str_trim(rest)).len) {
		if (rest.at[0] == '[') {
			size_t name = run(hu_str_skip(rest, 1), is_symbol);
			ptrdiff_t end = hu_str_find(rest, "]");
			if (!name || end < 0)
				return false;
			frame.module = (struct hu_str){rest.at + 1, name};
			rest = hu_str_skip(rest, (size_t)end + 1);
		} else if (bare_place(&rest)) {
			continue;
		} else if (hu_str_starts(rest, "(unreliable)")) {
			frame.reliable = false;
			rest = hu_str_skip(rest, 12);
		} else if (rest.at[0] == '(' || rest.at[0] == ')') { /* arm64: (T), (P), (F) … */
			ptrdiff_t end = hu_str_find(rest, ")");
			if (end < 0 || end > 5)
				return false;
			rest = hu_str_skip(rest, (size_t)end + 1);
		} else {
			return false;
		}
	}
	*ret = frame;
	return true;
}
