/*
 * What a loop over /proc measured, thinned: most of the 150 keys of /proc/vmstat stand still for
 * minutes. Nothing is lost by it: between two stored values a level keeps the first, and a running
 * total keeps it up to the last value before the change, so that a rate is that of the interval in
 * which it happened.
 */
#include "ingest/procfs.h"

#include <stdlib.h>

enum { MOST_NAMES = 1 << 17 };

static void store(struct hu_series *s, struct hu_series_state *state)
{
	if (state->stored)
		return;
	hu_put_counter(s->to, &(struct hu_counter){state->ts, state->pos, state->value, state->name,
						   state->running});
	state->stored = true;
}

void hu_series_put(struct hu_series *s, struct hu_str name, double value, bool running, hu_ns ts,
		   uint64_t pos)
{
	hu_name id = hu_intern(s->to, name);

	/* A sink numbers its names from 1 without holes: the id is the index. */
	if (!id || id >= MOST_NAMES) {
		if (!s->refused++)
			s->refused_pos = pos;
		return;
	}
	if (id >= s->count) {
		size_t count = (size_t)id * 2 + 256;
		s->state = hu_realloc(s->state, count * sizeof(*s->state));
		for (size_t i = s->count; i < count; i++)
			s->state[i] = (struct hu_series_state){0};
		s->count = count;
	}
	struct hu_series_state *state = &s->state[id];
	bool same = state->known && state->value == value;
	if (state->known && !same && running)
		store(s, state);
	*state = (struct hu_series_state){value, ts, pos, id, true, false, running};
	if (!same)
		store(s, state);
}

void hu_series_finish(struct hu_series *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->state[i].known)
			store(s, &s->state[i]);
	free(s->state);
	s->state = NULL;
	s->count = 0;
}
