/* Whether most functions of a symbol list are missing. */
#include "db/spacing.h"

void hu_spacing_add(struct hu_spacing *s, uint64_t address, char letter)
{
	enum { SAME_PLACE = 1 << 20 };

	if (letter != 't' && letter != 'T')
		return;
	if (s->last && address >= s->last && address - s->last < SAME_PLACE) {
		s->sum += address - s->last;
		s->count++;
	}
	s->last = address;
}

bool hu_spacing_filtered(const struct hu_spacing *s)
{
	enum { EXCERPT = 1000, FAR_APART = 1536 };

	return s->count >= EXCERPT && s->sum / s->count > FAR_APART;
}
