/* Sources that overlap in time, joined. There are a few dozen at most. */
#include "analyzers/windows.h"

#include <stdlib.h>

void hu_windows_add(const struct hu_model *m, struct hu_windows *windows, int64_t source)
{
	for (size_t i = 0; i < windows->at.count; i++)
		if (windows->at.at[i].source == source)
			return;
	for (size_t i = 0; i < m->recorded.count; i++)
		if (m->recorded.at[i].source == source)
			HU_PUSH(&windows->at, m->recorded.at[i]);
}

static int by_begin(const void *a, const void *b)
{
	const struct hu_recorded *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->source < y->source ? -1 : x->source > y->source;
}

void hu_windows_join(struct hu_windows *windows)
{
	hu_ns reach = INT64_MIN;
	int64_t window = -1;

	if (windows->at.count)
		qsort(windows->at.at, windows->at.count, sizeof(windows->at.at[0]), by_begin);
	for (size_t i = 0; i < windows->at.count; i++) {
		struct hu_recorded *r = &windows->at.at[i];
		if (window < 0 || r->from > reach)
			window++;
		r->together = window;
		reach = r->to > reach ? r->to : reach;
	}
}

int64_t hu_windows_of(const struct hu_windows *windows, int64_t source)
{
	for (size_t i = 0; i < windows->at.count; i++)
		if (windows->at.at[i].source == source)
			return windows->at.at[i].together;
	return HU_NONE;
}

void hu_windows_deinit(struct hu_windows *windows)
{
	free(windows->at.at);
	*windows = (struct hu_windows){0};
}
