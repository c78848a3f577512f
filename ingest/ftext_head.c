/*
 * The head of a line of ftrace text, the part in front of the event: what the kernel prints
 * (kernel/trace/trace_output.c, trace_print_context(), trace_print_lat_context()), and what
 * trace-cmd report makes of records (libtraceevent's tep_print_event()).
 *
 * A task's name may hold anything, so a head is not read from the left: it is the first place where
 * a dash, a pid, a CPU, a stamp and a colon follow each other. That is slow, and what stands in
 * front of the stamp is the same again and again, so heads are remembered by it.
 */
#include "ingest/ftext_head.h"
#include "ingest/ftext_scan.h"
#include "ingest/texthash.h"

#include <stdlib.h>

enum { HEAD_MAX = 256 }; /* a name of 16 bytes, padding, and what stands in front of the stamp */

/*
 * trace_print_lat_fmt(): irqs off, need resched, interrupt, preemption depth, and since 5.16 what
 * migrate_disable() has; TRACE_FLAG_* in include/linux/trace_events.h.
 */
uint32_t hu_ftext_context(struct hu_str flags)
{
	if (flags.len < 3 || flags.len > 8)
		return HU_CTX_UNKNOWN;
	if (!strchr("dDXbB.", flags.at[0]) || !strchr("NnpPBbLlT.?", flags.at[1]))
		return HU_CTX_UNKNOWN;
	for (size_t i = 3; i < flags.len; i++)
		if (!hu_ftext_digit(flags.at[i]) && flags.at[i] != '.' &&
		    !(flags.at[i] >= 'a' && flags.at[i] <= 'f'))
			return HU_CTX_UNKNOWN;
	switch (flags.at[2]) {
	case 'Z':
	case 'z':
		return HU_CTX_NMI;
	case 'H':
	case 'h':
		return HU_CTX_HARDIRQ;
	case 's':
		return HU_CTX_SOFTIRQ;
	case '.':
		return HU_CTX_TASK;
	default:
		return HU_CTX_UNKNOWN;
	}
}

/* "-0x29" of trace-cmd report -R: the flags as they are in the record */
static uint32_t raw_context(struct hu_str word)
{
	uint64_t flags;

	if (!hu_str_u64(word, 16, &flags))
		return HU_CTX_UNKNOWN;
	if (flags & 0x40)
		return HU_CTX_NMI;
	if (flags & 0x08)
		return HU_CTX_HARDIRQ;
	return flags & 0x10 ? HU_CTX_SOFTIRQ : HU_CTX_TASK;
}

/* "70.081809:", "19340475715:", "12us+:"; leaves what is behind the colon. */
static bool take_time(struct hu_str *s, struct hu_ftext_line *ret)
{
	const char *at = s->at, *end = at + s->len;
	uint64_t whole = 0, part = 0;
	int64_t ns;

	for (; at < end && hu_ftext_digit(*at); at++)
		whole = whole * 10 + (uint64_t)(*at - '0');
	if (at == s->at || at > s->at + 19)
		return false;
	struct hu_str left = {at, (size_t)(end - at)};
	enum hu_ftext_time form = HU_FTEXT_UNITS;
	if (left.len > 1 && at[0] == '.' && hu_ftext_digit(at[1])) {
		static const uint32_t times[] = {1000000000, 100000000, 10000000, 1000000, 100000,
						 10000,	     1000,	100,	  10,	   1};
		const char *const from = ++at;
		const char *const most = end - at > 9 ? at + 9 : end;
		for (; at < most && hu_ftext_digit(*at); at++)
			part = part * 10 + (uint64_t)(*at - '0');
		part *= times[at - from];
		while (at < end && hu_ftext_digit(*at))
			at++;
		left = (struct hu_str){at, (size_t)(end - at)};
		if (__builtin_mul_overflow((int64_t)whole, HU_NS_PER_S, &ns) ||
		    __builtin_add_overflow(ns, (int64_t)part, &ns))
			return false;
		form = HU_FTEXT_SECONDS;
	} else if (hu_str_starts(left, "us")) {
		left = hu_str_skip(left, 2);
		if (left.len && *left.at != ':') /* a mark for how long it took */
			left = hu_str_skip(left, 1);
		if (__builtin_mul_overflow((int64_t)whole, HU_NS_PER_US, &ns))
			return false;
		form = HU_FTEXT_RELATIVE;
	} else {
		ns = (int64_t)whole;
	}
	hu_ftext_blanks(&left); /* "12us : " */
	if (!left.len || *left.at != ':' || ns == HU_OPEN)
		return false;
	*s = hu_str_skip(left, 1);
	ret->ts = ns;
	ret->time = form;
	return true;
}

/* "(-------) ", "(   1684) " */
static bool take_tgid(struct hu_str *s, int32_t *ret)
{
	struct hu_str left = hu_str_skip(*s, 1), none;
	int32_t tgid = HU_NONE;

	hu_ftext_blanks(&left);
	none = hu_ftext_take_word(&left);
	if (hu_str_starts(none, "-") && hu_str_ends(none, ")")) {
		*s = left;
		return true;
	}
	if (none.len < 2 || none.at[none.len - 1] != ')')
		return false;
	none.len--;
	if (!hu_ftext_take_i32(&none, &tgid) || none.len)
		return false;
	*s = left;
	*ret = tgid;
	return true;
}

/* Behind "comm-pid": "[001] d..2.   70.081809:", "1d..2.   70.081809:" */
static bool take_place(struct hu_str *s, const char *line, struct hu_ftext_line *ret)
{
	struct hu_str left = *s;

	ret->tgid = HU_NONE;
	ret->context = HU_CTX_UNKNOWN;
	ret->comm_cut = false;
	hu_ftext_blanks(&left);
	if (left.len && *left.at == '(') {
		if (!take_tgid(&left, &ret->tgid))
			return false;
		hu_ftext_blanks(&left);
	}
	if (!left.len)
		return false;
	if (*left.at == '[') {
		left = hu_str_skip(left, 1);
		hu_ftext_blanks(&left);
		if (!hu_ftext_take_i32(&left, &ret->cpu) || !left.len || *left.at != ']')
			return false;
		left = hu_str_skip(left, 1);
		if (hu_str_starts(left, "-0x")) {
			struct hu_str flags = hu_ftext_take_word(&left);
			ret->context = raw_context(hu_str_skip(flags, 1));
		}
		hu_ftext_blanks(&left);
		if (left.len && !hu_ftext_digit(*left.at))
			ret->context = hu_ftext_context(hu_ftext_take_word(&left));
	} else {
		if (!hu_ftext_take_i32(&left, &ret->cpu))
			return false;
		struct hu_str flags = hu_ftext_take_word(&left);
		ret->context = hu_ftext_context(flags);
		if (flags.len < 3 || ret->context == HU_CTX_UNKNOWN)
			return false;
		ret->comm_cut = true;
	}
	hu_ftext_blanks(&left);
	ret->head = (size_t)(left.at - line);
	if (!take_time(&left, ret))
		return false;
	*s = left;
	return true;
}

/*
 * What stands in front of the dash: the name, right-aligned, and perhaps the buffer that the line
 * is from ("second:               dd-231"). A name has its own field of 16, so what is left of a
 * colon is a buffer only if the field behind it is as wide as one.
 */
static void take_name(struct hu_str text, struct hu_ftext_line *ret)
{
	size_t width = ret->comm_cut ? 8 : 16;
	struct hu_str left = text;

	ret->buffer = (struct hu_str){NULL, 0};
	hu_ftext_blanks(&left);
	const char *colon = left.len ? memchr(left.at, ':', left.len) : NULL;
	if (colon && left.len > (size_t)(colon - left.at) + 1 && colon[1] == ' ') {
		struct hu_str name = {left.at, (size_t)(colon - left.at)};
		struct hu_str field = hu_str_skip(left, name.len + 2);
		if (name.len && !memchr(name.at, ' ', name.len) && field.len >= width) {
			ret->buffer = name;
			left = field;
		}
	}
	ret->comm = hu_str_trim(left);
	if (hu_str_is(ret->comm, "<...>") || hu_str_is(ret->comm, "<XXX>") ||
	    hu_str_is(ret->comm, "<idle>"))
		ret->comm.len = 0;
	if (ret->comm_cut && ret->comm.len < 8)
		ret->comm_cut = false;
}

/*
 * latency-format with verbose: "%16s %7d %3d %d %08x %08lx [%08llx] %ld.%03ldms (+%ld.%03ldms): ",
 * name, pid, CPU, flags, preemption depth, number, stamp in microseconds, and since the first.
 */
static bool verbose_head(struct hu_str text, struct hu_ftext_line *ret)
{
	ptrdiff_t open = hu_str_find(text, " [");
	uint64_t stamp, flags;

	if (open < 40 || hu_str_find(text, "ms (+") < 0)
		return false;
	struct hu_str left = hu_str_skip(text, (size_t)open + 2);
	struct hu_str hex = hu_str_split(&left, ']');
	ptrdiff_t end = hu_str_find(left, "ms): ");
	if (end < 0 || end > 80 || !hu_str_u64(hex, 16, &stamp) || stamp > INT64_MAX / 1000)
		return false;
	left = hu_str_skip(left, (size_t)end + 5);
	/* From the right: five words, and what is left is the name. */
	struct hu_str head = {text.at, (size_t)open}, word[5];
	for (size_t i = 5; i-- > 0;) {
		while (head.len && head.at[head.len - 1] == ' ')
			head.len--;
		size_t begin = head.len;
		while (begin && head.at[begin - 1] != ' ')
			begin--;
		word[i] = hu_str_skip(head, begin);
		head.len = begin;
	}
	if (!hu_ftext_take_i32(&word[0], &ret->tid) || word[0].len ||
	    !hu_ftext_take_i32(&word[1], &ret->cpu) || word[1].len ||
	    !hu_str_u64(word[2], 10, &flags) || word[3].len != 8 || word[4].len < 8)
		return false;
	ret->context = flags & 0x40   ? HU_CTX_NMI
		       : flags & 0x08 ? HU_CTX_HARDIRQ
		       : flags & 0x10 ? HU_CTX_SOFTIRQ
				      : HU_CTX_TASK;
	ret->tgid = HU_NONE;
	ret->comm_cut = false;
	ret->ts = (hu_ns)stamp * HU_NS_PER_US;
	ret->time = HU_FTEXT_SECONDS;
	ret->rest = left;
	ret->head = 0;
	take_name(head, ret);
	return true;
}

bool hu_ftext_head(struct hu_str text, struct hu_ftext_line *ret)
{
	size_t end = text.len < HEAD_MAX ? text.len : HEAD_MAX;

	*ret = (struct hu_ftext_line){
		.ts = HU_OPEN, .cpu = HU_NONE, .tid = HU_NONE, .tgid = HU_NONE, .count = HU_NONE};
	for (size_t i = 0; i + 1 < end; i++) {
		if (text.at[i] != '-')
			continue;
		struct hu_str left = hu_str_skip(text, i + 1);
		bool negative = left.len > 1 && *left.at == '-' && hu_ftext_digit(left.at[1]);
		if (negative) /* "<XXX>--1" */
			left = hu_str_skip(left, 1);
		if (!left.len || !hu_ftext_digit(*left.at) ||
		    !hu_ftext_take_i32(&left, &ret->tid) || !left.len || *left.at != ' ' ||
		    !take_place(&left, text.at, ret))
			continue;
		if (negative)
			ret->tid = HU_NONE;
		ret->rest = left;
		take_name((struct hu_str){text.at, i}, ret);
		return true;
	}
	return verbose_head(text, ret);
}

/* Heads that were read. */

/*
 * What stands in front of the stamp decides all of a head but the stamp: to read on from an earlier
 * dash, one would have to come to the same stamp. Columns are aligned, so the next head is as long
 * as the last one, or as one before it.
 */
enum { KEPT = 512, KEPT_BYTES = 64, LENGTHS = 2, NAMES = 256 };

struct kept {
	size_t len; /* 0: nothing */
	char text[KEPT_BYTES];
	struct hu_ftext_line line; /* its texts lie in ours */
};

struct hu_ftext_heads {
	size_t len[LENGTHS]; /* of the last ones, the last one first */
	struct kept kept[KEPT];
	struct hu_ftext_name name[NAMES];
};

struct hu_ftext_heads *hu_ftext_heads_create(void)
{
	return hu_alloc(sizeof(struct hu_ftext_heads));
}

void hu_ftext_heads_destroy(struct hu_ftext_heads *h)
{
	free(h);
}

static struct kept *place_of(struct hu_ftext_heads *h, struct hu_str head)
{
	return &h->kept[hu_text_hash(head) % KEPT];
}

static struct hu_str moved(struct hu_str s, const char *from, const char *to)
{
	return s.at ? (struct hu_str){to + (s.at - from), s.len} : s;
}

bool hu_ftext_heads_find(struct hu_ftext_heads *h, struct hu_str text, struct hu_ftext_line *ret)
{
	for (size_t i = 0; i < LENGTHS; i++) {
		const struct hu_str head = {text.at, h->len[i]};
		if (!head.len || text.len <= head.len || !hu_ftext_digit(text.at[head.len]))
			continue;
		const struct kept *kept = place_of(h, head);
		if (kept->len != head.len || memcmp(kept->text, head.at, head.len) != 0)
			continue;
		*ret = kept->line;
		ret->rest = hu_str_skip(text, head.len);
		if (!take_time(&ret->rest, ret))
			return false;
		ret->comm = moved(kept->line.comm, kept->text, text.at);
		ret->buffer = moved(kept->line.buffer, kept->text, text.at);
		h->len[i] = h->len[0];
		h->len[0] = head.len;
		return true;
	}
	return false;
}

void hu_ftext_heads_keep(struct hu_ftext_heads *h, struct hu_str text,
			 const struct hu_ftext_line *line)
{
	const struct hu_str head = {text.at, line->head};

	if (!head.len || head.len > KEPT_BYTES)
		return;
	struct kept *kept = place_of(h, head);
	kept->len = head.len;
	memcpy(kept->text, head.at, head.len);
	kept->line = *line;
	kept->line.comm = moved(line->comm, text.at, kept->text);
	kept->line.buffer = moved(line->buffer, text.at, kept->text);
	if (head.len == h->len[0])
		return;
	h->len[1] = h->len[0];
	h->len[0] = head.len;
}

struct hu_ftext_name *hu_ftext_heads_name(struct hu_ftext_heads *h, struct hu_str name)
{
	return &h->name[hu_text_hash(name) % NAMES];
}
