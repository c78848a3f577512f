/* Sentences that several readers of text end with: once a file. */
#include "ingest/tell.h"

void hu_tell_lines(struct hu_sink *to, enum hu_loss kind, uint64_t count, uint64_t first,
		   const char *what)
{
	const struct hu_gap gap = {HU_OPEN, HU_OPEN, (int64_t)count, HU_NONE, kind, first};

	if (count)
		hu_put_loss(to, &gap, "%llu %s, the first in line %llu", (unsigned long long)count,
			    what, (unsigned long long)first);
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
