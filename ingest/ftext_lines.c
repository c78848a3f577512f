/*
 * Lines of ftrace text. Nearly all are clean and are borrowed from the file; what a terminal or a
 * torn disk has put into one is left out of a copy.
 */
#include "ingest/ftext_lines.h"
#include "db/reading.h"

#include <stdlib.h>

enum {
	LINE_MAX_BYTES = 1 << 16, /* a raw stack has 3 KB; the kernel cuts a line at a page */
	COPIES_BYTES = 1 << 20,
	AHEAD = 1 << 16,
};

void hu_ftext_lines_deinit(struct hu_ftext_lines *l)
{
	free(l->copies);
}

/*
 * Is `c` in the line? Looks far ahead, as most texts have none, and at no byte twice: none is
 * between here and *known.
 */
static bool has(const struct hu_ftext_lines *l, struct hu_str line, int c, const char **known)
{
	const char *end = line.at + line.len;

	if (*known >= end)
		return false;
	if (*known < line.at)
		*known = line.at;
	const size_t left = (size_t)(l->text.at + l->text.len - *known);
	const size_t len = left < line.len + AHEAD ? left : line.len + AHEAD;
	const char *hit = memchr(*known, c, len);
	*known = hit ? hit : *known + len;
	return *known < end;
}

static struct hu_str cleaned(struct hu_ftext_lines *l, struct hu_str line)
{
	if (!l->copies)
		l->copies = hu_alloc(COPIES_BYTES);
	if (l->copied + line.len > COPIES_BYTES) {
		hu_ftext_queue_flush(l->queue);
		l->copied = 0;
	}
	char *to = l->copies + l->copied;
	size_t len = 0;
	for (size_t i = 0; i < line.len; i++) {
		if (!line.at[i])
			continue;
		if (line.at[i] == '\033' && i + 1 < line.len && line.at[i + 1] == '[') {
			for (i += 2; i < line.len && (line.at[i] < '@' || line.at[i] > '~');)
				i++;
			continue;
		}
		to[len++] = line.at[i];
	}
	l->copied += len;
	return (struct hu_str){to, len};
}

enum hu_ftext_taken hu_ftext_lines_next(struct hu_ftext_lines *l, struct hu_str *ret)
{
	struct hu_str line = hu_str_skip(l->text, l->at);

	if (l->at >= l->text.len)
		return HU_FTEXT_NO_LINE;
	const char *eol = memchr(line.at, '\n', line.len);
	if (eol)
		line.len = (size_t)(eol - line.at);
	l->at += line.len + 1;
	l->pos++;
	hu_reading_at(l->at);
	const bool zero = has(l, line, 0, &l->zero);
	l->zeros |= zero;
	if (line.len && line.at[line.len - 1] == '\r')
		line.len--;
	if (!eol && line.len) {
		/* What is cut may still look whole, with another number at its end. */
		l->cut = true;
		return HU_FTEXT_NO_LINE;
	}
	*ret = line;
	if (line.len > LINE_MAX_BYTES)
		return HU_FTEXT_LONG_LINE;
	if (has(l, line, '\033', &l->escape) || zero)
		*ret = cleaned(l, line);
	return HU_FTEXT_LINE;
}
