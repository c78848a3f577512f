/*
 * What events/SYSTEM/EVENT/hist shows: Documentation/trace/histogram.rst. A row is
 * "{ key: value, … } hitcount:  N  other:  M"; keys that are stacks go over several lines, of which
 * only the last has the counts.
 */
#include "ingest/ftext_hist.h"

#include <string.h>

void hu_ftext_hist_header(struct hu_ftext_hist *hist, struct hu_str text)
{
	static const char info[] = "# trigger info: ";

	if (hu_str_is(text, "# event histogram")) {
		hist->headers++;
		hist->table = hu_internz(hist->to, "hist");
	}
	if (hist->table && hu_str_starts(text, info)) {
		struct hu_str trigger = hu_str_skip(text, sizeof(info) - 1);
		ptrdiff_t state = hu_str_find(trigger, " [");
		if (state > 0)
			trigger.len = (size_t)state;
		hist->table = hu_intern(hist->to, trigger);
	}
	if (hu_str_starts(text, "# tracer:"))
		hist->table = 0;
}

/* "hitcount:         23" and what follows it; the first sum behind is the total. */
static void counts_of(struct hu_str s, struct hu_aggregate *row)
{
	while (s.len) {
		struct hu_str name = hu_str_trim(hu_str_split(&s, ':'));
		struct hu_str left = s, word = hu_str_word(&left);
		int64_t value;
		if (!word.len)
			return;
		s = left;
		if (!hu_str_i64(word, &value))
			continue;
		if (hu_str_is(name, "hitcount"))
			row->count = value;
		else if (row->total == HU_NONE && value >= 0)
			row->total = value;
	}
}

bool hu_ftext_hist_line(struct hu_ftext_hist *hist, struct hu_str text, uint64_t pos,
			uint64_t *records)
{
	struct hu_str line = hu_str_trim(text);

	if (!hist->table)
		return false;
	ptrdiff_t counts = hu_str_find(line, "hitcount:");
	if (counts < 0 || !hu_str_find(line, "}")) {
		/* inside of a stack, or the totals below */
		return true;
	}
	struct hu_str key = {line.at, (size_t)counts};
	const char *end = key.len ? memrchr(key.at, '}', key.len) : NULL;
	if (!end)
		return true;
	key.len = (size_t)(end - key.at);
	if (hu_str_starts(key, "{"))
		key = hu_str_skip(key, 1);
	key = hu_str_trim(key);
	struct hu_aggregate row = {
		.ts = HU_OPEN,
		.pos = pos,
		.low = HU_OPEN,
		.high = HU_OPEN,
		.count = 0,
		.total = HU_NONE,
		.table = hist->table,
		.key = hu_intern(hist->to, key),
	};
	counts_of(hu_str_skip(line, (size_t)counts), &row);
	hu_put_aggregate(hist->to, &row);
	++*records;
	return true;
}
