/* ingest/textfields_shape.h - the fields that lines of one event had, in their order. */
#ifndef HU_TEXTFIELDS_SHAPE_H
#define HU_TEXTFIELDS_SHAPE_H

#include "ingest/textfields_private.h"

struct hu_text_shape {
	struct hu_event_kind *kind;
	bool used; /* records of it become rows */
};

struct hu_text_shapes { /* of one name */
	struct hu_text_shape_entry *first;
	unsigned count;
	bool used; /* one of them is */
};

/* The shape of this line; NULL: its name has too many. Lives as long as the shapes. */
struct hu_text_shape *hu_text_shape_of(struct hu_text_shapes *all, struct hu_vocabulary *words,
				       struct hu_str event, const struct hu_text_values *v);
/* One that only counts: of a name that means nothing, every line would be another shape. */
struct hu_text_shape *hu_text_shape_idle(struct hu_text_shapes *all, struct hu_vocabulary *words,
					 struct hu_str event);
void hu_text_shapes_deinit(struct hu_text_shapes *all);

#endif
