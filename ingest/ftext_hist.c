/*
 * What events/SYSTEM/EVENT/hist shows: Documentation/trace/histogram.rst. A row is
 * "{ key: value, … } hitcount:  N  other:  M"; keys that are stacks go over several lines, of which
 * only the last has the counts.
 */
#include "ingest/ftext_hist.h"
#include "ingest/textfields.h"

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

void hu_ftext_hist_deinit(struct hu_ftext_hist *hist)
{
	hu_out_deinit(&hist->key);
}

/* Keys are padded to columns: one blank says as much. Frames are told from keys by the offset. */
static void add_key(struct hu_out *key, struct hu_str part)
{
	enum { KEY_MAX = 4096 };
	struct hu_text_frame frame;
	struct hu_str word, whole = hu_str_trim(part);

	if (key->len + part.len > KEY_MAX)
		return;
	if (hu_str_find(whole, "+0x") > 0 && hu_text_frame(whole, &frame)) {
		if (key->len && key->at[key->len - 1] != ':')
			hu_out_putc(key, ';');
		else
			hu_out_puts(key, key->len ? " " : "");
		hu_out_str(key, frame.symbol);
		return;
	}
	while ((word = hu_str_word(&part)).len) {
		if (key->len && key->at[key->len - 1] != '[' && !hu_str_is(word, ",") &&
		    word.at[0] != ']')
			hu_out_putc(key, ' ');
		hu_out_str(key, word);
	}
}

bool hu_ftext_hist_line(struct hu_ftext_hist *hist, struct hu_str text, uint64_t pos,
			uint64_t *records)
{
	struct hu_str line = hu_str_trim(text);

	if (!hist->table)
		return false;
	if (hu_str_starts(line, "{")) {
		hu_out_clear(&hist->key);
		line = hu_str_skip(line, 1);
	}
	ptrdiff_t counts = hu_str_find(line, "} hitcount:");
	if (counts < 0) { /* part of a key, or the totals below */
		add_key(&hist->key, line);
		return true;
	}
	add_key(&hist->key, (struct hu_str){line.at, (size_t)counts});
	struct hu_aggregate row = {
		.ts = HU_OPEN,
		.pos = pos,
		.low = HU_OPEN,
		.high = HU_OPEN,
		.count = 0,
		.total = HU_NONE,
		.table = hist->table,
		.key = hist->key.len ? hu_intern(hist->to, hu_out_view(&hist->key)) : 0,
	};
	counts_of(hu_str_skip(line, (size_t)counts + 2), &row);
	hu_put_aggregate(hist->to, &row);
	++*records;
	hu_out_clear(&hist->key);
	return true;
}
