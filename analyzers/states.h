/* analyzers/states.h - the tables of what every task did: task_interval, task_time, task_wait
 * (db/results.sql). */
#ifndef HU_STATES_H
#define HU_STATES_H

#include "analyzers/conclude.h"

void hu_conclude_states(struct hu_conclusion *c);
/* task_release, from where the waits and holds of the model stand in task_interval; 0: nowhere. */
void hu_conclude_releases(struct hu_conclusion *c, const int64_t *wait_rows,
			  const int64_t *hold_rows);

/* operation_kind and operation_latency. */
void hu_conclude_operations(struct hu_conclusion *c);

#endif
