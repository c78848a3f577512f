/*
 * One line of a stack as bpftrace prints it (BPFtrace::get_stack() in its src/bpftrace.cpp), or as
 * /proc/PID/stack does. Called for every line of a text: it gives up at the first byte that does
 * not fit.
 */
#include "ingest/printf_line.h"

#include <ctype.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_ident(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static size_t hex_len(struct hu_str s)
{
	size_t i = 0;

	while (i < s.len && isxdigit((unsigned char)s.at[i]))
		i++;
	return i;
}

/* "+12" or "+0x1f/0x30" at the end of s: cuts it off. */
static bool cut_offset(struct hu_str *s, bool *hex)
{
	size_t plus = s->len;

	while (plus && s->at[plus - 1] != '+' && s->len - plus < 40)
		plus--;
	if (plus < 2 || s->at[plus - 1] != '+' || plus == s->len)
		return false;
	struct hu_str offset = hu_str_skip(*s, plus), whole = offset;
	struct hu_str into = hu_str_split(&offset, '/');
	uint64_t n;
	*hex = hu_str_starts(into, "0x");
	if (!hu_str_u64(into, *hex ? 16 : 10, &n) ||
	    (into.len < whole.len && !hu_str_u64(offset, 16, &n)))
		return false;
	s->len = plus - 1;
	return true;
}

/* "[ext4]", "(/usr/lib/libc.so.6)", "([unknown])" at the end of s: cuts it off. */
static void cut_module(struct hu_str *s, struct hu_printf_frame *frame)
{
	char close = s->len ? s->at[s->len - 1] : 0, open = close == ']' ? '[' : '(';
	size_t from = s->len;

	if (close != ']' && close != ')')
		return;
	while (from && s->at[from - 1] != open)
		from--;
	if (from && close == ')' && from > 1 && s->at[from - 2] == '(') /* "((deleted))" */
		from--;
	if (from < 2 || (s->at[from - 2] != ' ' && s->at[from - 2] != '\t'))
		return;
	struct hu_str module = {s->at + from, s->len - from - 1};
	*s = hu_str_trim((struct hu_str){s->at, from - 1});
	if (hu_str_starts(module, "[kernel") || hu_str_is(module, "kernel"))
		return;
	if (close == ')' && (hu_str_find(module, "/") >= 0 || hu_str_starts(module, "[")))
		frame->user = true;
	frame->module = module;
}

bool hu_printf_frame_parse(struct hu_str line, struct hu_printf_frame *ret)
{
	struct hu_printf_frame frame = {0};
	struct hu_str s = hu_str_trim(line);
	uint64_t number;

	frame.indented = line.len && (line.at[0] == ' ' || line.at[0] == '\t');
	if (s.len < 3 || s.len > 4096)
		return false;
	if (hu_str_starts(s, "[<")) { /* /proc/PID/stack */
		ptrdiff_t end = hu_str_find(s, ">] ");
		if (end < 0 || end > 20)
			return false;
		hu_str_u64((struct hu_str){s.at + 2, (size_t)end - 2}, 16, &frame.address);
		s = hu_str_skip(s, (size_t)end + 3);
		frame.indented = true;
	} else {
		size_t prefix = hu_str_starts(s, "0x") ? 2 : 0;
		size_t n = hex_len(hu_str_skip(s, prefix));
		/* A program that is not relocated has short addresses; its file is behind them. */
		bool low = n >= 5 && n < 8 && frame.indented && s.at[s.len - 1] == ')' &&
			   hu_str_find(s, " (/") > 0;
		if (((n >= 8 && n <= 16) || low) &&
		    (prefix + n == s.len || s.at[prefix + n] == ' ')) {
			hu_str_u64((struct hu_str){s.at, prefix + n}, 16, &frame.address);
			s = hu_str_trim(hu_str_skip(s, prefix + n));
		}
	}
	/* The lower half of a 64-bit address space; kernels of 32 bits live above 0xc0000000. */
	frame.user = frame.address >> 32 && frame.address < UINT64_C(0x800000000000);
	if (!s.len) {
		/* Digits alone are more likely a number that a script printed. */
		frame.bare_address = true;
		*ret = frame;
		return frame.address && !hu_str_u64(hu_str_trim(line), 10, &number);
	}
	cut_module(&s, &frame);
	if (frame.address &&
	    hu_str_starts(s, "0x")) { /* perf mode, unresolved: the address twice */
		*ret = frame;
		return true;
	}
	if (!cut_offset(&s, &frame.hex_offset) || !s.len)
		return false;
	bool spaced = false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];
		if (!is_ident((char)c) && !strchr(".$:~<>@", c) && c < 0x80)
			spaced = true;
	}
	/* C++ and Rust names hold anything: believed behind an address alone. */
	if (spaced && !frame.address)
		return false;
	if (!frame.address && is_digit(s.at[0]))
		return false;
	frame.user |= spaced;
	frame.symbol = s;
	*ret = frame;
	return true;
}
