/* db/intake_parts.h - what the files of the intake share: a source's values as the store believes
 * them. */
#ifndef HU_INTAKE_PARTS_H
#define HU_INTAKE_PARTS_H

#include "db/store_private.h"

/* name.id and stack.id for the source's own numbers; 0: none, or none that the source defined. */
uint32_t hu_intake_name(struct hu_intake *in, hu_name local);
uint32_t hu_intake_stack(struct hu_intake *in, hu_stack local);
/* `value`, or 0 where it is beyond `last`: that is counted. */
uint32_t hu_intake_within(struct hu_intake *in, uint32_t value, uint32_t last);
/* For the first and the last time of the source. */
void hu_intake_seen(struct hu_intake *in, hu_ns ts);
/* Stores an event of a table that is kept in blocks; false: the row is of another word. */
bool hu_intake_event(struct hu_intake *in, const struct hu_row *row);

#endif
