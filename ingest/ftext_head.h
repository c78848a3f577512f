/* ingest/ftext_head.h - the part of a line of ftrace text in front of its event. */
#ifndef HU_FTEXT_HEAD_H
#define HU_FTEXT_HEAD_H

#include "ingest/ftext_line.h"

/* Who, where, when; *ret is set to nothing known before. Borrows from `text`. */
bool hu_ftext_head(struct hu_str text, struct hu_ftext_line *ret);

/* Heads that were read, without their stamps. */
struct hu_ftext_heads;

struct hu_ftext_heads *hu_ftext_heads_create(void);
void hu_ftext_heads_destroy(struct hu_ftext_heads *h); /* NULL is fine */
/* As hu_ftext_head(); false also where the head was not seen before. */
bool hu_ftext_heads_find(struct hu_ftext_heads *h, struct hu_str text, struct hu_ftext_line *ret);
/* hu_ftext_head() gave this for `text`. */
void hu_ftext_heads_keep(struct hu_ftext_heads *h, struct hu_str text,
			 const struct hu_ftext_line *line);
/* The place of an event's name, which another may have taken. */
struct hu_ftext_name *hu_ftext_heads_name(struct hu_ftext_heads *h, struct hu_str name);

#endif
