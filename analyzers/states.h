/* analyzers/states.h - the tables of what every task did: task_interval, task_time, task_wait
 * (db/results.sql). */
#ifndef HU_STATES_H
#define HU_STATES_H

#include "analyzers/conclude.h"

void hu_conclude_states(struct hu_conclusion *c);

#endif
