/* analyzers/survey.h - what the task switches of each source tell of the source itself. */
#ifndef HU_SURVEY_H
#define HU_SURVEY_H

#include "analyzers/model.h"

/* Adds the losses that nobody told of, and the late CPUs, to model.lost; after the told ones. */
HU_MUST_CHECK struct hu_err *hu_survey(struct hu_model *m);
/* All false for a source without switches. */
struct hu_surveyed hu_surveyed(const struct hu_model *m, int64_t source);

#endif
