/* Lines of the function_graph tracer: columns that its options choose, then C's braces. */
#include "ingest/ftext_graph_line.h"
#include "db/text.h"
#include "ingest/ftext_line.h"
#include "ingest/textfields_private.h"

#include <string.h>

static void blanks(struct hu_str *s)
{
	while (s->len && (*s->at == ' ' || *s->at == '\t'))
		*s = hu_str_skip(*s, 1);
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

bool hu_ftext_duration(struct hu_str s, hu_ns *ret)
{
	int64_t ns;

	s = hu_str_trim(s);
	if (s.len > 1 && strchr("+!#*@$ ", s.at[0])) {
		s = hu_str_skip(s, 1);
		blanks(&s);
	}
	struct hu_str number = hu_str_word(&s);
	if (!hu_str_is(hu_str_trim(s), "us") || !number.len || !digit(*number.at) ||
	    !hu_str_fixed(number, 3, &ns))
		return false;
	*ret = ns;
	return true;
}

static bool is_function(struct hu_str s)
{
	struct hu_text_frame frame;

	return hu_text_frame(s, &frame) && frame.symbol.len;
}

struct hu_str hu_ftext_bare(struct hu_str s)
{
	struct hu_text_frame frame;

	return hu_text_frame(s, &frame) ? frame.symbol : s;
}

/* What stands between "slash star" and "star slash"; empty if nothing does. */
static struct hu_str comment_in(struct hu_str s)
{
	ptrdiff_t open = hu_str_find(s, "/*");
	size_t end = s.len;

	if (open < 0)
		return (struct hu_str){NULL, 0};
	if (hu_str_ends(s, "*/"))
		end -= 2;
	if (end < (size_t)open + 2)
		return (struct hu_str){NULL, 0};
	return hu_str_trim((struct hu_str){s.at + open + 2, end - (size_t)open - 2});
}

bool hu_ftext_call_of(struct hu_str s, struct hu_ftext_call *ret)
{
	size_t indent = 0;

	while (indent < s.len && s.at[indent] == ' ')
		indent++;
	s = hu_str_trim(s);
	*ret = (struct hu_ftext_call){.depth = indent / 2};
	if (hu_str_starts(s, "/*")) {
		ret->what = HU_FTEXT_NOTE;
		ret->note = comment_in(s);
		return ret->note.len;
	}
	if (hu_str_starts(s, "}")) {
		struct hu_str tail = comment_in(s);
		ret->what = HU_FTEXT_RETURN;
		/* "func = 0x0", "= 0x0", "func", "func ret=0x0" */
		struct hu_str word = hu_str_word(&tail);
		if (is_function(word))
			ret->function = hu_ftext_bare(word);
		return s.len == 1 || hu_str_find(s, "/*") > 0 || s.at[1] == ' ' || s.at[1] == ';';
	}
	ptrdiff_t open = hu_str_find(s, "(");
	struct hu_str name = {s.at, open > 0 ? (size_t)open : 0};
	if (open <= 0 || !is_function(name))
		return false;
	ret->function = hu_ftext_bare(name);
	struct hu_str rest = hu_str_skip(s, (size_t)open);
	ptrdiff_t leaf = hu_str_find(rest, ");");
	if (leaf > 0)
		ret->what = HU_FTEXT_LEAF;
	else if (hu_str_ends(rest, "{") || hu_str_find(rest, ") {") > 0)
		ret->what = HU_FTEXT_CALL;
	else
		return false;
	return true;
}

/* "mount-223", "kworker/0:1-11", "<...>-9" */
static bool task_of(struct hu_str s, struct hu_ftext_columns *ret)
{
	const char *dash;
	int64_t tid;

	s = hu_str_trim(s);
	dash = s.len ? memrchr(s.at, '-', s.len) : NULL;
	if (!dash || !hu_str_i64(hu_str_skip(s, (size_t)(dash - s.at) + 1), &tid) || tid < 0 ||
	    tid > INT32_MAX)
		return false;
	ret->at.tid = (int32_t)tid;
	ret->comm = (struct hu_str){s.at, (size_t)(dash - s.at)};
	if (hu_str_is(ret->comm, "<...>") || hu_str_is(ret->comm, "<idle>"))
		ret->comm.len = 0;
	return true;
}

bool hu_ftext_columns_of(struct hu_str s, struct hu_ftext_columns *ret)
{
	bool any = false;

	*ret = (struct hu_ftext_columns){.at = {.ts = HU_OPEN, .cpu = HU_NONE, .tid = HU_NONE},
					 .duration = HU_OPEN};
	blanks(&s);
	/* "   70.081809 |" */
	size_t n = 0;
	while (n < s.len && (digit(s.at[n]) || s.at[n] == '.'))
		n++;
	struct hu_str number = {s.at, n}, behind = hu_str_skip(s, n);
	blanks(&behind);
	if (n && hu_str_starts(behind, "|") && hu_str_find(number, ".") > 0) {
		if (!hu_str_fixed(number, 9, &ret->at.ts))
			return false;
		s = hu_str_skip(behind, 1);
		blanks(&s);
		any = true;
	}
	/* "0)" */
	n = 0;
	while (n < s.len && n < 5 && digit(s.at[n]))
		n++;
	if (n && n < s.len && s.at[n] == ')') {
		int64_t cpu;
		if (hu_str_i64((struct hu_str){s.at, n}, &cpu))
			ret->at.cpu = (int32_t)cpu;
		s = hu_str_skip(s, n + 1);
		any = true;
	}
	ptrdiff_t arrow = hu_str_find(s, " => ");
	if (any && arrow >= 0 && arrow < 64 && !memchr(s.at, '|', s.len)) {
		ret->switch_line = true;
		return task_of(hu_str_skip(s, (size_t)arrow + 4), ret);
	}
	/* Up to three columns, each closed by a bar: the task, its flags, the duration. */
	for (unsigned column = 0; column < 3; column++) {
		const char *bar = s.len ? memchr(s.at, '|', s.len < 128 ? s.len : 128) : NULL;
		if (!bar)
			break;
		struct hu_str part = {s.at, (size_t)(bar - s.at)};
		struct hu_str inner = hu_str_trim(part);
		struct hu_str left = hu_str_skip(s, part.len + 1);
		uint32_t context = hu_ftext_context(inner);
		bool timed = hu_ftext_duration(inner, &ret->duration);
		if (timed || !inner.len) {
			/* without a duration this is the last column, or the flags follow it */
			s = left;
			if (hu_str_starts(s, "  "))
				s = hu_str_skip(s, 2);
			ret->body = s;
			return true;
		}
		if (hu_str_starts(inner, "=====") || hu_str_starts(inner, "<====")) {
			ret->mark = true;
			return any;
		}
		if (column < 2 && task_of(inner, ret)) {
			any = true;
		} else if (column < 2 && context != HU_CTX_UNKNOWN) {
			ret->at.context = context;
			any = true;
		} else {
			break;
		}
		s = left;
	}
	if (hu_str_find(s, "==========>") >= 0 || hu_str_find(s, "<==========") >= 0)
		ret->mark = true;
	/* without a duration column: two blanks in front of the body */
	if (hu_str_starts(s, "  "))
		s = hu_str_skip(s, 2);
	ret->body = s;
	return any;
}
