/*
 * analyzers/windows.h - stretches of time in which the sources of a bundle recorded without a break
 * between them: two captures of different hours are two windows.
 */
#ifndef HU_WINDOWS_H
#define HU_WINDOWS_H

#include "analyzers/model.h"

struct hu_windows {
	HU_VEC(struct hu_recorded) at; /* by beginning; `together` is the window once joined */
};

/* A source that counts; one that is not on the axis is left out, and so is a second call. */
void hu_windows_add(const struct hu_model *m, struct hu_windows *windows, int64_t source);
void hu_windows_join(struct hu_windows *windows);
/* HU_NONE: not among them. */
int64_t hu_windows_of(const struct hu_windows *windows, int64_t source);
void hu_windows_deinit(struct hu_windows *windows);

#endif
