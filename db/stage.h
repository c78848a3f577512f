/* db/stage.h - where the time of one run goes, for whoever makes it faster. Off unless asked for;
 * never part of a report. */
#ifndef HU_STAGE_H
#define HU_STAGE_H

#include <stdio.h>

void hu_stages_on(void);
/* From now on time belongs to `name`, a literal; NULL: to nobody. One name may come again and
 * again. */
void hu_stage(const char *name);
/* A line for each stage: "timing NAME WALL_MS CPU_MS"; CPU with the children that have ended. */
void hu_stages_print(FILE *to);

#endif
