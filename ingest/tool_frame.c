/*
 * One line of a stack as tools of bcc (BPF.ksym() and BPF.sym() of its Python module) and of
 * libbpf-tools print it. Python's older versions leave a "b'…'" around each name.
 */
#include "ingest/tool.h"

#include <ctype.h>
#include <string.h>

static size_t hex_len(struct hu_str s)
{
	size_t n = 0;

	while (n < s.len && isxdigit((unsigned char)s.at[n]))
		n++;
	return n;
}

/* "b'down_write'" in quotes, "b" and all. */
static struct hu_str unquoted(struct hu_str s)
{
	if (s.len > 3 && s.at[0] == 'b' && (s.at[1] == '\'' || s.at[1] == '"') &&
	    s.at[s.len - 1] == s.at[1])
		return (struct hu_str){s.at + 2, s.len - 3};
	return s;
}

/* "#0  " and an address in front. */
static struct hu_str without_address(struct hu_str s)
{
	if (s.len > 1 && s.at[0] == '#' && isdigit((unsigned char)s.at[1])) {
		hu_str_word(&s);
		s = hu_str_trim(s);
	}
	size_t prefix = hu_str_starts(s, "0x") ? 2 : 0, n = hex_len(hu_str_skip(s, prefix));
	if (n >= 6 && n <= 16 && prefix + n < s.len && s.at[prefix + n] == ' ')
		s = hu_str_trim(hu_str_skip(s, prefix + n));
	return s;
}

/* "+0x1f" at the end of s: cuts it off. */
static struct hu_str without_offset(struct hu_str s)
{
	size_t plus = s.len;

	while (plus && s.at[plus - 1] != '+' && s.len - plus < 20)
		plus--;
	if (plus < 2 || s.at[plus - 1] != '+')
		return s;
	struct hu_str offset = hu_str_skip(s, plus);
	uint64_t n;
	if (hu_str_starts(offset, "0x") && hu_str_u64(offset, 16, &n))
		s.len = plus - 1;
	return s;
}

bool hu_tool_frame_parse(struct hu_str line, struct hu_tool_frame *ret)
{
	struct hu_str s = without_address(hu_str_trim(line));

	*ret = (struct hu_tool_frame){.indented = line.len &&
						  (line.at[0] == ' ' || line.at[0] == '\t')};
	if (!s.len || s.len > 4096)
		return false;
	s = unquoted(s);
	if (hu_str_starts(s, "[unknown]") || hu_str_starts(s, "[Missed ") ||
	    hu_str_starts(s, "[unknow")) {
		ret->unknown = true;
		ret->user = hu_str_find(s, "User") >= 0;
		return true;
	}
	if (s.at[s.len - 1] == ']' || s.at[s.len - 1] == ')') {
		char open = s.at[s.len - 1] == ']' ? '[' : '(';
		size_t from = s.len - 1;
		while (from && s.at[from] != open)
			from--;
		if (from > 1 && s.at[from - 1] == ' ') {
			ret->module = (struct hu_str){s.at + from + 1, s.len - from - 2};
			s = hu_str_trim((struct hu_str){s.at, from});
			ret->user = hu_str_find(ret->module, ".so") >= 0 ||
				    hu_str_find(ret->module, "/") >= 0;
		}
	}
	if (hu_str_starts(ret->module, "kernel"))
		ret->module = (struct hu_str){0};
	s = without_offset(s);
	if (!s.len)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];
		/* C++, Rust, paths: no function of the kernel is spelled so. */
		if (!isalnum(c) && !strchr("_.$", c))
			ret->user = true;
	}
	ret->symbol = s;
	return true;
}
