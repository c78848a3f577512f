/* Sentences that several readers of text end with: once a file. */
#include "ingest/tell.h"
#include "db/text.h"

void hu_tell_lines(struct hu_sink *to, enum hu_loss kind, uint64_t count, uint64_t first,
		   const char *what)
{
	const struct hu_gap gap = {HU_OPEN, HU_OPEN, (int64_t)count, HU_NONE, kind, first};

	if (count)
		hu_put_loss(to, &gap, "%llu %s, the first in line %llu", (unsigned long long)count,
			    what, (unsigned long long)first);
}

void hu_tell_strange(struct hu_sink *to, uint64_t count, uint64_t first, const char *what)
{
	const struct hu_gap gap = {HU_OPEN, HU_OPEN,	      (int64_t)count,
				   HU_NONE, HU_LOSS_UNPARSED, first};

	if (count)
		hu_put_loss(to, &gap, "%s: %llu, the first is line %llu", what,
			    (unsigned long long)count, (unsigned long long)first);
}

void hu_tell_unused(struct hu_sink *to, enum hu_loss kind, uint64_t count, uint64_t first,
		    const char *what)
{
	const struct hu_gap gap = {HU_OPEN, HU_OPEN, (int64_t)count, HU_NONE, kind, first};

	if (count)
		hu_put_loss(to, &gap, "%llu %s (line %llu)", (unsigned long long)count, what,
			    (unsigned long long)first);
}

void hu_tell_count(uint64_t *count, uint64_t *first, uint64_t line)
{
	if (!(*count)++)
		*first = line;
}

void hu_odd_add(struct hu_odd_lines *odd, uint64_t line)
{
	if (odd->count < sizeof(odd->line) / sizeof(odd->line[0]))
		odd->line[odd->count] = line;
	odd->count++;
}

void hu_tell_odd(struct hu_sink *to, const struct hu_odd_lines *odd, const char *what)
{
	const uint64_t named = sizeof(odd->line) / sizeof(odd->line[0]);
	HU_CLEANUP(hu_out_deinit) struct hu_out lines = {0};
	const struct hu_gap gap = {HU_OPEN, HU_OPEN,	      (int64_t)odd->count,
				   HU_NONE, HU_LOSS_UNPARSED, odd->line[0]};

	if (!odd->count)
		return;
	for (uint64_t i = 0; i < named && i < odd->count; i++)
		hu_out_printf(&lines, "%s%llu", i ? ", " : "", (unsigned long long)odd->line[i]);
	hu_put_loss(to, &gap, "%llu %s (line %s%s)", (unsigned long long)odd->count, what, lines.at,
		    odd->count > named ? ", …" : "");
}

struct hu_err *hu_tell_cut(struct hu_sink *to, uint64_t line)
{
	const struct hu_gap gap = {HU_OPEN, HU_OPEN, 1, HU_NONE, HU_LOSS_TRUNCATED, line};
	struct hu_err *err = hu_err(HU_ERR_BAD_INPUT, "the text ends in the middle of line %llu",
				    (unsigned long long)line);

	hu_put_loss(to, &gap, "%s", hu_err_text(err));
	return err;
}

uint64_t hu_tell_events(struct hu_sink *to, const struct hu_tally *tally, size_t kinds)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < kinds; i++) {
		if (tally[i].count)
			hu_put_event_count(to, hu_str(tally[i].event), tally[i].count,
					   tally[i].used);
		sum += tally[i].count;
	}
	return sum;
}
