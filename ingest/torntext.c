/*
 * Texts that were torn: cut in the middle of a line, or with blocks of zeros where a disk had not
 * written yet. Every tool that holdup reads ends its last line, and none prints zeros, so both can
 * be told of any text without knowing its format. One pass over the bytes with memchr().
 */
#include "ingest/torntext.h"

#include <string.h>

#include "ingest/mapped.h"

/* UTF-16, which is zeros by half: its mark, or a letter and a zero. */
static bool is_wide(struct hu_str text)
{
	return text.len >= 2 && (!memcmp(text.at, "\xff\xfe", 2) ||
				 !memcmp(text.at, "\xfe\xff", 2) || !text.at[0] != !text.at[1]);
}

/*
 * JSON and XML end with a bracket, with or without a line end behind it. A kernel log begins with
 * one, too, but with a number behind it, "[   12.345678]" or "<6>".
 */
static bool is_closed(struct hu_str text)
{
	struct hu_str inner = hu_str_trim(text);

	if (!inner.len || !strchr("{[<", inner.at[0]) || !strchr("}]>", inner.at[inner.len - 1]))
		return false;
	struct hu_str next = hu_str_trim(hu_str_skip(inner, 1));
	return inner.at[0] == '{' || (next.len && (next.at[0] < '0' || next.at[0] > '9'));
}

static uint64_t line_at(struct hu_str text, const char *at)
{
	uint64_t line = 1;

	for (const char *p = text.at; (p = memchr(p, '\n', (size_t)(at - p))); p++)
		line++;
	return line;
}

static void tell_zeros(struct hu_str text, struct hu_sink *to)
{
	const char *end = text.at + text.len, *first = memchr(text.at, '\0', text.len);
	int64_t zeros = 0;

	if (!first || hu_sink_lost(to, HU_LOSS_UNPARSED, line_at(text, first)))
		return;
	for (const char *p = first; p; p = p < end ? memchr(p, '\0', (size_t)(end - p)) : NULL)
		for (; p < end && !*p; p++)
			zeros++;
	const struct hu_gap gap = {HU_OPEN, HU_OPEN,	      HU_NONE,
				   HU_NONE, HU_LOSS_UNPARSED, line_at(text, first)};
	hu_put_loss(to, &gap,
		    "%lld zero bytes in the text, first in line %llu: what stood there is lost",
		    (long long)zeros, (unsigned long long)gap.pos);
}

void hu_torn_zeros(struct hu_str text, struct hu_sink *to)
{
	if (text.len && !is_wide(text))
		tell_zeros(text, to);
}

void hu_torn_text(const char *path, bool zeros, struct hu_sink *to)
{
	struct hu_mapped file HU_CLEANUP(hu_mapped_close) = {0};
	struct hu_err *err = hu_mapped_open(path, &file);
	struct hu_str text = file.text;

	hu_err_free(err);
	if (err || !text.len || is_wide(text))
		return;
	if (!zeros)
		tell_zeros(text, to);
	if (text.at[text.len - 1] == '\n' || is_closed(text))
		return;
	const uint64_t line = line_at(text, text.at + text.len);
	const struct hu_gap gap = {HU_OPEN, HU_OPEN, HU_NONE, HU_NONE, HU_LOSS_TRUNCATED, line};
	if (!hu_sink_lost(to, HU_LOSS_TRUNCATED, line))
		hu_put_loss(to, &gap,
			    "the text ends in the middle of line %llu: it may have been cut there",
			    (unsigned long long)line);
}
